//! One document: opened, judged fit to be signed, signed, written, and looked at again before it gets its name.

use std::io::Write as _;
use std::path::Path;

use super::options::Options;
use super::stamp::{self, Plan};
use crate::algorithms::DigestAlgorithm;
use crate::algorithms::cms_signer::verify_signer;
use crate::base::read::ReadAt as _;
use crate::base::time::UnixTime;
use crate::cli::error::CliError;
use crate::cli::files::{Existing, FileReader, WholeFile, printable};
use crate::cli::identity::Identity;
use crate::cli::texts::Text;
use crate::cli::texts::errors::Code;
use crate::cms::{SignedData, oids};
use crate::pdf::incremental::{UpdateBytes, UpdateError};
use crate::pdf::signature_field::{Signature, SignatureField};
use crate::pdf::text::{self, DocumentText};
use crate::pdf::{Document, OpenOptions, PdfError, Place};
use crate::sign::cades::{self, CadesError, CmsRequest, TIME_STAMP_RESERVE};
use crate::sign::pades::{self, PadesError};
use crate::stamp::classified::{self, Guard};
use crate::timestamp::TimeStampSource as _;
use crate::x509::Certificate;

/// Everything that is the same for all files of one run.
#[derive(Clone, Copy)]
pub(super) struct Signing<'a> {
    pub(super) options: &'a Options,
    pub(super) identity: &'a Identity,
    pub(super) now: UnixTime,
    /// Someone declared that the documents are not classified.
    pub(super) declared: bool,
    pub(super) existing: Existing,
}

/// A warning: stable code, sentence and what fills it.
pub(super) type Warning = ((&'static str, Text), Vec<(&'static str, String)>);

/// What became of one file.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) field: String,
    pub(super) signer: String,
    pub(super) level: &'static str,
    pub(super) time: UnixTime,
    pub(super) shown: Option<(usize, Place)>,
    pub(super) time_stamp: Option<UnixTime>,
    pub(super) warnings: Vec<Warning>,
}

impl Signing<'_> {
    /// Signs `input` into `output`. Nothing appears at `output` unless the result was found sound.
    ///
    /// # Errors
    /// Why it was not signed.
    pub(super) fn sign(&self, input: &Path, output: &Path) -> Result<Signed, CliError> {
        crate::cli::files::check_output(output, self.existing, &[input])?;
        let file = FileReader::open(input)?;
        let password = self.options.pdf_password.as_deref().map(String::as_str);
        let open = OpenOptions { password, ..OpenOptions::default() };
        let document = Document::open_with(&file, open).map_err(|e| pdf_error(input, &e))?;
        if let Some(encryption) = document.encryption() {
            encryption.require_open().map_err(|e| pdf_error(input, &e))?;
        }
        let text = read_text(&file, password);
        let mut warnings = self.guard(input, text.as_ref())?;
        let signer = self.signer_name();
        let plan = stamp::plan(input, &document, text.as_ref(), self.options, &signer, self.now)?;
        warnings.extend(plan.warnings.iter().cloned());
        let made = self.make(input, &document, &plan, &signer)?;
        let mut whole = WholeFile::create(output, self.existing, &[input])?;
        made.update.write_to(&file, &mut whole).and_then(|()| whole.flush()).map_err(|e| whole.failed(&e))?;
        self.look_again(&whole, &made.field, open)?;
        whole.commit()?;
        Ok(Signed {
            field: made.field,
            signer,
            level: self.options.level_name(),
            time: self.now,
            shown: plan.shown,
            time_stamp: made.time_stamp,
            warnings,
        })
    }

    fn signer_name(&self) -> String {
        let subject = self.identity.certificate.subject();
        printable(&subject.common_name().unwrap_or_else(|| subject.to_string()))
    }

    /// Classified documents are not signed here (Decree 30/2020/NĐ-CP, Appendix I, box 10a).
    fn guard(&self, input: &Path, text: Option<&DocumentText>) -> Result<Vec<Warning>, CliError> {
        match text.map_or(Guard::NotChecked, classified::judge) {
            Guard::Refuse(mark) => {
                Err(CliError::new(Code::MarkedClassified).path("path", input).with("mark", mark.as_str()))
            }
            Guard::NotChecked if !self.declared => Err(CliError::new(Code::NotChecked).path("path", input)),
            Guard::Warn(mark) => Ok(vec![(
                ("SECRECY_MARK", crate::cli::texts::sign::SECRECY_MARK),
                vec![("mark", mark.as_str().to_owned())],
            )]),
            Guard::NotChecked | Guard::Clear => Ok(Vec::new()),
        }
    }

    fn make(&self, input: &Path, document: &Document<'_>, plan: &Plan, name: &str) -> Result<Made, CliError> {
        let Identity { signer, certificate, chain, .. } = self.identity;
        let digest = cades::digest_of(signer.as_ref());
        let nothing = vec![0; digest.output_len()];
        let reserve = if self.options.tsa.is_some() { TIME_STAMP_RESERVE } else { 0 };
        let mut size = cades::max_len(&CmsRequest::detached(&nothing, certificate, chain), signer.as_ref(), reserve)
            .map_err(|e| cades_error(&e))?;
        // A time-stamp larger than foreseen costs a second round, with the room the first one asked for.
        for _ in 0..3 {
            let request = plan.request(size, self.now, name, self.options);
            let prepared = pades::prepare(document, request).map_err(|e| pades_error(input, &e))?;
            let field = prepared.field().to_owned();
            let hash = prepared.digest(document.file(), digest).map_err(|e| CliError::reading(input, &e))?;
            let mut cms = cades::sign(&CmsRequest::detached(&hash, certificate, chain), signer.as_ref())
                .map_err(|e| cades_error(&e))?;
            let mut time_stamp = None;
            if let Some(tsa) = &self.options.tsa {
                let imprint = DigestAlgorithm::Sha256.digest(cms.signature_value());
                let (token, facts) = tsa
                    .time_stamp(DigestAlgorithm::Sha256, &imprint)
                    .map_err(|e| CliError::new(Code::TsaFailed).with("cause", printable(&e.to_string())))?;
                cms.add_signature_time_stamp(token.raw());
                time_stamp = Some(facts.gen_time);
            }
            match prepared.embed(&cms.to_der()) {
                Ok(update) => return Ok(Made { update, field, time_stamp }),
                Err(PadesError::ContentsTooSmall { needed, .. }) => size = needed.saturating_add(64),
                Err(other) => return Err(pades_error(input, &other)),
            }
        }
        Err(CliError::new(Code::SignFailed).path("path", input).with("cause", "the signature does not fit"))
    }

    /// The check after signing: intact, over the whole file, by the key asked for.
    fn look_again(&self, whole: &WholeFile, field: &str, open: OpenOptions<'_>) -> Result<(), CliError> {
        let file = FileReader::open(whole.temporary_path())?;
        let sound = || -> Option<bool> {
            let document = Document::open_with(&file, open).ok()?;
            let found = document.signatures().ok()?.into_iter().find(|s| s.field.name == field)?.signature?;
            let stamped = intact(&document, &found, Some(&self.identity.certificate))?;
            Some(found.coverage.whole_file && (stamped || self.options.tsa.is_none()))
        };
        if sound() == Some(true) { Ok(()) } else { Err(CliError::new(Code::NotSoundAfter)) }
    }
}

/// True when an earlier signature is over the bytes it must be over and its value is right; nothing about trust.
pub(super) fn is_intact(document: &Document<'_>, field: &SignatureField) -> bool {
    field.signature.as_ref().is_some_and(|signature| intact(document, signature, None).is_some())
}

/// The value is right under `certificate`, or under the one the signer names; `Some(true)` when time-stamped too.
fn intact(document: &Document<'_>, signature: &Signature, certificate: Option<&Certificate>) -> Option<bool> {
    let range = signature.coverage.range.as_ref().filter(|_| signature.coverage.is_sound())?;
    let contents = signature.value.contents.as_ref()?.get(..signature.coverage.cms_length?)?;
    let signed = SignedData::parse(contents).ok()?;
    let [signer] = signed.signers() else { return None };
    let own = || signed.certificates().iter().find(|c| signer.id().names(c));
    let certificate = certificate.or_else(own)?;
    let mut digest = |algorithm: DigestAlgorithm| {
        let mut hasher = algorithm.hasher();
        range.for_each_chunk(document.file(), &mut |piece| hasher.update(piece)).ok()?;
        Some(hasher.finish())
    };
    verify_signer(signer, certificate.spki(), Some(&oids::DATA), &mut digest).ok()?;
    Some(signer.signature_time_stamps().next().is_some())
}

struct Made {
    update: UpdateBytes,
    field: String,
    time_stamp: Option<UnixTime>,
}

/// The text of a document of ordinary size; `None` when it cannot be had.
fn read_text(file: &FileReader, password: Option<&str>) -> Option<DocumentText> {
    let bytes = file.read_range(0, file.len(), text::MAX_FILE).ok()?;
    DocumentText::from_bytes(&bytes, password).ok()
}

pub(super) fn pdf_error(path: &Path, error: &PdfError) -> CliError {
    match error {
        PdfError::Io(cause) => CliError::reading(path, cause),
        PdfError::NotPdf => CliError::new(Code::NotAPdf).path("path", path),
        PdfError::XrefDamaged { .. } => CliError::new(Code::PdfDamaged).path("path", path).with("cause", error),
        PdfError::PasswordNeeded => CliError::new(Code::PdfPassword).path("path", path),
        PdfError::EncryptionUnsupported(_) => {
            CliError::new(Code::PdfEncryption).path("path", path).with("cause", error)
        }
        PdfError::NoSuchPage { asked, pages } => {
            CliError::new(Code::NoSuchPage).path("path", path).with("page", asked).with("pages", pages)
        }
        _ => CliError::new(Code::PdfDamaged).path("path", path).with("cause", error),
    }
}

fn pades_error(path: &Path, error: &PadesError) -> CliError {
    let named = |code: Code, field: &str| CliError::new(code).path("path", path).with("field", printable(field));
    match error {
        PadesError::Update(UpdateError::Pdf(inner)) => pdf_error(path, inner),
        PadesError::NoSuchField(field) => named(Code::NoSuchField, field),
        PadesError::AlreadySigned(field) => named(Code::FieldSigned, field),
        PadesError::Certified { by, .. } => named(Code::Certified, by).with("cause", error),
        PadesError::FieldLocked { .. } => CliError::new(Code::Certified).path("path", path).with("cause", error),
        PadesError::StampTooLarge { field, .. } => named(Code::StampTooLarge, field).with("cause", error),
        _ => CliError::new(Code::SignFailed).path("path", path).with("cause", printable(&error.to_string())),
    }
}

fn cades_error(error: &CadesError) -> CliError {
    CliError::new(Code::KeyRefused).with("cause", printable(&error.to_string()))
}
