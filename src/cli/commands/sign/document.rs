//! One document: opened, judged fit to be signed, signed, written, and looked at again before it gets its name.

use std::path::Path;

use super::before_after;
use super::check;
use super::draft::Draft;
use super::options::{OnTsaFailure, Options};
use super::refusal::{self, pades_error, pdf_error};
use super::stamp::{self, Plan};
use super::terms::Terms;
use crate::algorithms::DigestAlgorithm;
use crate::base::read::ReadAt as _;
use crate::base::time::UnixTime;
use crate::cli::args::Level;
use crate::cli::climbing::{self, Added, tsa_error};
use crate::cli::error::CliError;
use crate::cli::files::{Contents, Existing, FileReader, WholeFile, path_text, printable};
use crate::cli::identity::Identity;
use crate::cli::texts::Text;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::keys::KeyError;
use crate::pdf::incremental::UpdateBytes;
use crate::pdf::text::{DocumentText, TextError};
use crate::pdf::{Document, Place};
use crate::sign::cades::{self, CadesError, CmsRequest, TIME_STAMP_RESERVE};
use crate::sign::extend::Extension;
use crate::sign::pades::{self, Encoding, PadesError, SignerFacts};
use crate::stamp::classified::{self, Guard};
use crate::stamp::layout::Role;
use crate::timestamp::TimeStampSource as _;
use crate::validate::hashing::Prefix;
use crate::validate::verdict::Verdict;
use crate::x509::Certificate;

/// Largest document kept in memory while it is signed, bytes.
const IN_MEMORY: u64 = 4 << 20;

/// Everything that is the same for all files of one run.
#[derive(Clone, Copy)]
pub(super) struct Signing<'a> {
    pub(super) options: &'a Options,
    pub(super) identity: &'a Identity,
    /// What was found about the signer's certificate, the same for every file.
    pub(super) standing: &'a [Warning],
    pub(super) now: UnixTime,
    /// Someone declared that the documents are not classified.
    pub(super) declared: bool,
    pub(super) existing: Existing,
    /// Bytes of the hole where they are the same for every file: without time-stamps.
    pub(super) hole: Option<usize>,
    /// An output that is there already and is what this run would make is left as it is.
    pub(super) resume: bool,
}

/// A warning: stable code, sentence and what fills it.
pub(super) type Warning = ((&'static str, Text), Vec<(&'static str, String)>);

/// What became of one file.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) field: String,
    pub(super) signer: String,
    pub(super) level: Level,
    pub(super) encoding: Encoding,
    /// Updates of our own follow the signature.
    pub(super) followed: bool,
    pub(super) time: UnixTime,
    pub(super) shown: Option<(usize, Place)>,
    pub(super) time_stamp: Option<UnixTime>,
    pub(super) added: Added,
    pub(super) warnings: Vec<Warning>,
}

impl Signed {
    /// Its level, or its format where that has no levels.
    pub(super) fn level_name(&self) -> &'static str {
        match self.encoding {
            Encoding::Cades => self.level.pades(),
            other => other.sub_filter(),
        }
    }
}

/// How one file ended that is no error.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was signed.
    Signed(Box<Signed>),
    /// A run before did it.
    AlreadyDone,
}

/// A signed file that was found sound and waits for its name.
pub(super) enum Ready {
    /// Written beside its output.
    Written(WholeFile, Box<Signed>),
    /// A run before did it.
    AlreadyDone,
}

impl Ready {
    /// Makes the file durable and gives it its name; the name is durable once its folder was synced
    /// ([`crate::cli::files::sync_folder`]), which a batch does once.
    ///
    /// # Errors
    /// Those of [`WholeFile::commit_name_unsynced`].
    pub(super) fn finish(self) -> Result<Outcome, CliError> {
        match self {
            Ready::AlreadyDone => Ok(Outcome::AlreadyDone),
            Ready::Written(file, signed) => {
                file.commit_name_unsynced()?;
                Ok(Outcome::Signed(signed))
            }
        }
    }
}

impl Signing<'_> {
    /// Signs `input` for `output` and looks at the result. Nothing appears at `output` before [`Ready::finish`].
    ///
    /// # Errors
    /// Why it was not signed.
    pub(super) fn sign(&self, input: &Path, output: &Path) -> Result<Ready, CliError> {
        let refused = crate::cli::files::check_output(output, self.existing, &[input]).err();
        if let Some(error) = refused.as_ref().filter(|e| e.code != Code::OutputExists || !self.resume) {
            return Err(error.clone());
        }
        let source = Contents::open(input, IN_MEMORY)?;
        if let Some(error) = refused {
            let certificate = &self.identity.certificate;
            let done = FileReader::open(output).is_ok_and(|o| check::is_done(&source, &o, certificate, self.options));
            return if done { Ok(Ready::AlreadyDone) } else { Err(error) };
        }
        let Update { mut draft, bytes, signed, earlier, may_be_archive } = self.update(input, output, &source)?;
        let length = source.len();
        drop(source);
        draft.append(&bytes)?;
        let signer = &self.identity.certificate;
        let expected = before_after::Expected {
            field: &signed.field,
            level: signed.level,
            signer,
            added: signed.added,
            followed: signed.followed,
        };
        let untouched = Prefix::new(length, draft.hasher(), cades::digest_of(self.identity.signer.as_ref()));
        before_after::after(&self.options.judge, &draft, untouched, &expected, &earlier)?;
        if may_be_archive {
            check::archive_kept(input, &draft, length, self.options)?;
        }
        Ok(Ready::Written(draft.written()?, Box::new(signed)))
    }

    /// What is to be appended to the document.
    fn update(&self, input: &Path, output: &Path, source: &Contents) -> Result<Update, CliError> {
        let document =
            Document::open_with(source, check::open_options(self.options)).map_err(|e| pdf_error(input, &e))?;
        if let Some(encryption) = document.encryption() {
            encryption.require_open().map_err(|e| pdf_error(input, &e))?;
        }
        refusal::require_one_reading(input, &document)?;
        let (text, mut warnings) = self.guarded_text(input, &document)?;
        let archive = document.view().archive();
        warnings.extend(archive.iter().flatten().find_map(|claim| refusal::doubtful_archive(&document, claim)));
        // What is appended never touches the metadata that say so.
        let may_be_archive = !matches!(archive, Ok(None));
        let signer = name_of(&self.identity.certificate);
        let plan = stamp::plan(input, &document, text.as_ref(), self.options, &signer, self.now)?;
        warnings.extend(plan.warnings.iter().cloned());
        let judge = &self.options.judge;
        if self.options.role == Role::Seal {
            let sealing = judge.sealing(source).map_err(|e| pdf_error(input, &e))?;
            warnings.extend(refusal::require_sealable(input, sealing)?);
        }
        let earlier = before_after::earlier(judge, &document, self.now).map_err(|e| pdf_error(input, &e))?;
        let hasher = cades::digest_of(self.identity.signer.as_ref()).hasher();
        let draft = Draft::begin(source, input, output, self.existing, hasher)?;
        let mut made = self.make(input, &document, &draft, &plan, &signer)?;
        warnings.append(&mut made.warnings);
        if made.level > Level::T || made.store {
            self.climb(input, source, &mut made)?;
        }
        let signed = Signed {
            field: made.field,
            signer,
            level: made.level,
            encoding: made.encoding,
            followed: made.level > Level::T || made.store,
            time: self.now,
            shown: plan.shown,
            time_stamp: made.time_stamp,
            added: plan.added(),
            warnings,
        };
        Ok(Update { draft, bytes: made.update.bytes, signed, earlier, may_be_archive })
    }

    /// The text the stamp needs, and what the guard says. Where no stamp needs it and letters alone show that page 1
    /// bears no mark, there is nothing to read.
    fn guarded_text(
        &self,
        input: &Path,
        document: &Document<'_>,
    ) -> Result<(Result<DocumentText, TextError>, Vec<Warning>), CliError> {
        if !stamp::is_visible(self.options) && classified::is_surely_clear(document.view()) {
            return Ok((Ok(DocumentText::default()), Vec::new()));
        }
        let text = read_text(document, self.options);
        let warnings = guard(input, text.as_ref().ok(), self.declared)?;
        Ok((text, warnings))
    }

    fn make(
        &self,
        input: &Path,
        document: &Document<'_>,
        draft: &Draft,
        plan: &Plan,
        name: &str,
    ) -> Result<Made, CliError> {
        let Identity { certificate, chain, path, .. } = self.identity;
        let terms = Terms::of(self, input, document, plan)?;
        let (signer, digest) = (terms.signer(), terms.digest());
        let source = terms.tsa.as_deref();
        let reserve = source.map_or(0, |tsa| tsa.expected_len().unwrap_or(0).saturating_add(TIME_STAMP_RESERVE));
        let mut size = match self.hole.filter(|_| terms.are_usual()) {
            Some(size) => size,
            None => {
                let nothing = vec![0; digest.output_len()];
                cades::max_len(&self.cms_over(&terms, &nothing), signer, reserve).map_err(|e| cades_error(&e, path))?
            }
        };
        let mut warnings = Vec::new();
        // A time-stamp larger than foreseen costs a second round, with the room the first one asked for.
        for _ in 0..3 {
            let facts = SignerFacts {
                certificate: Some(certificate),
                chain,
                digest: Some(digest),
                time_stamped: source.is_some(),
                with_revocation: terms.with_revocation(),
            };
            let request = plan.request(size, self.now, name, self.options, terms.shape, facts);
            let prepared = pades::prepare(document, request).map_err(|e| pades_error(input, &e))?;
            let field = prepared.field().to_owned();
            // What was hashed while the file was copied serves the key's own digest.
            let hash = if digest == cades::digest_of(self.identity.signer.as_ref()) {
                prepared.digest_after(draft.hasher()).map_err(|e| pades_error(input, &e))?
            } else {
                prepared.digest(document.file(), digest).map_err(|e| CliError::reading(input, &e))?
            };
            let mut cms = cades::sign(&self.cms_over(&terms, &hash), signer).map_err(|e| cades_error(&e, path))?;
            let (mut time_stamp, mut level) = (None, terms.level);
            if let Some(tsa) = source {
                let imprint = DigestAlgorithm::Sha256.digest(cms.signature_value());
                match tsa.time_stamp(DigestAlgorithm::Sha256, &imprint) {
                    Ok((token, facts)) => {
                        cms.add_signature_time_stamp(token.raw());
                        warnings.extend(before_after::clock(facts.gen_time));
                        time_stamp = Some(facts.gen_time);
                    }
                    Err(error) if self.options.on_tsa_failure == OnTsaFailure::B && !terms.stamp_demanded => {
                        level = Level::B;
                        let cause = vec![("cause", printable(&error.to_string()))];
                        warnings.push((("SIGNED_WITHOUT_TIME_STAMP", texts::WITHOUT_TIME_STAMP), cause));
                    }
                    Err(error) => return Err(tsa_error(&error)),
                }
            }
            match prepared.embed(&cms.to_der()) {
                Ok(update) => {
                    warnings.extend(terms.warnings.iter().cloned());
                    let (encoding, store) = (terms.shape.encoding, terms.store);
                    return Ok(Made { update, field, time_stamp, level, encoding, store, warnings });
                }
                Err(PadesError::ContentsTooSmall { needed, reserved }) => {
                    size = needed.saturating_add(TIME_STAMP_RESERVE);
                    let values = vec![("needed", needed.to_string()), ("reserved", reserved.to_string())];
                    warnings = vec![(("SIGNED_TWICE", texts::SIGNED_TWICE), values)];
                }
                Err(other) => return Err(pades_error(input, &other)),
            }
        }
        Err(CliError::new(Code::SignFailed).path("path", input).with("cause", "the signature does not fit"))
    }

    fn cms_over<'r>(&'r self, terms: &'r Terms<'_>, hash: &'r [u8]) -> CmsRequest<'r> {
        let Identity { certificate, chain, .. } = self.identity;
        CmsRequest { more_attributes: &terms.attributes, ..CmsRequest::detached(hash, certificate, chain) }
    }

    /// From T to the long-term levels, still in memory: a failure leaves nothing behind.
    fn climb(&self, input: &Path, source: &Contents, made: &mut Made) -> Result<(), CliError> {
        let password = self.options.pdf_password.as_deref().map(String::as_str);
        let mut extension = Extension::new(source, password, std::mem::take(&mut made.update.bytes));
        climbing::add_proofs(&mut extension, &self.options.judge, made.level, input, &mut |v| v.id == made.field)?;
        if let Some(tsa) = self.options.tsa.as_ref().filter(|_| made.level == Level::Lta) {
            climbing::add_time_stamp(&mut extension, tsa, input)?;
        }
        made.update.bytes = extension.into_tail();
        Ok(())
    }
}

/// What one file gets appended.
struct Update {
    /// The untouched file, where the result is made.
    draft: Draft,
    bytes: Vec<u8>,
    /// What the report says about it.
    signed: Signed,
    /// The verdicts on the signatures there before.
    earlier: Vec<Verdict>,
    /// The file says that it is PDF/A, or may.
    may_be_archive: bool,
}

struct Made {
    update: UpdateBytes,
    field: String,
    time_stamp: Option<UnixTime>,
    /// The level it was made for, or less where the user allowed that.
    level: Level,
    encoding: Encoding,
    /// Its revocation data goes into the security store though the level does not ask for it.
    store: bool,
    warnings: Vec<Warning>,
}

/// Bytes the signature of this identity needs, with room for a time-stamp token of `time_stamp` bytes.
///
/// # Errors
/// The certificate's key is none we sign with.
pub(super) fn hole(identity: &Identity, time_stamp: usize) -> Result<usize, CliError> {
    let Identity { signer, certificate, chain, path } = identity;
    let nothing = vec![0; cades::digest_of(signer.as_ref()).output_len()];
    cades::max_len(&CmsRequest::detached(&nothing, certificate, chain), signer.as_ref(), time_stamp)
        .map_err(|e| cades_error(&e, path))
}

/// Who signs, as a stamp names them.
pub(super) fn name_of(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    printable(&subject.common_name().unwrap_or_else(|| subject.to_string()))
}

/// Classified documents are not signed here (Decree 30/2020/NĐ-CP, Appendix I, box 10a).
pub(super) fn guard(input: &Path, text: Option<&DocumentText>, declared: bool) -> Result<Vec<Warning>, CliError> {
    match text.map_or(Guard::NotChecked, classified::judge) {
        Guard::Refuse(mark) => {
            Err(CliError::new(Code::MarkedClassified).path("path", input).with("mark", mark.as_str()))
        }
        Guard::NotChecked if !declared => Err(CliError::new(Code::NotChecked).path("path", input)),
        Guard::Warn(mark) => {
            Ok(vec![(("SECRECY_MARK", texts::SECRECY_MARK), vec![("mark", mark.as_str().to_owned())])])
        }
        Guard::NotChecked | Guard::Clear => Ok(Vec::new()),
    }
}

/// The text of a document: all of it where the stamp needs it, else the page the guard reads.
///
/// # Errors
/// Why it cannot be had.
pub(super) fn read_text(document: &Document<'_>, options: &Options) -> Result<DocumentText, TextError> {
    let read = if stamp::is_visible(options) { DocumentText::of } else { DocumentText::first_page };
    read(document.view())
}

/// Why the key gave no value.
pub(super) fn cades_error(error: &CadesError, key: &Path) -> CliError {
    if let CadesError::Key(KeyError::Token(refusal)) = error {
        return crate::cli::token::failure(refusal, &path_text(key));
    }
    CliError::new(Code::KeyRefused).with("cause", printable(&error.to_string()))
}
