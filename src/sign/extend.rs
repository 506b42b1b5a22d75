//! Climbing the levels later — ETSI EN 319 142-1 5.4 and 6: validation data into the security store (LT), a document
//! time-stamp over everything (T for a signature that has none, LTA, and its renewal).
//!
//! Each step is one incremental update of its own; every earlier byte stays. What to add and whom to ask is the
//! caller's matter.

use std::io;

use crate::algorithms::DigestAlgorithm;
use crate::base::read::{Appended, ReadAt};
use crate::base::time::UnixTime;
use crate::cms::CmsError;
use crate::pdf::incremental::{Update, UpdateError};
use crate::pdf::{Document, OpenOptions, PdfError, RelatedInformation, Repair, SecurityStore};
use crate::sign::pades::{self, PadesError, PadesRequest, SignatureKind};
use crate::timestamp::{TimeStampError, TimeStampSource, TokenFacts};
use crate::x509::{Certificate, Crl, OcspResponse};

/// Octets kept free in a hole beyond everything that is known to go into it.
pub const SPARE: usize = 16 << 10;

/// Digest of what document time-stamps are made for.
const IMPRINT: DigestAlgorithm = DigestAlgorithm::Sha256;

/// Validation data for one signature.
#[derive(Clone, Copy, Debug)]
pub struct Proofs<'p> {
    /// Full name of its field.
    pub field: &'p str,
    /// Certificates.
    pub certificates: &'p [Certificate],
    /// CRLs.
    pub crls: &'p [Crl],
    /// OCSP responses.
    pub ocsp: &'p [OcspResponse],
}

/// Why a document was not extended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendError {
    /// The file cannot be read as it stands.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The update could not be made.
    #[error(transparent)]
    Pades(#[from] PadesError),
    /// The CMS cannot be read, or not be added to.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// An evidence record is over the whole CMS and would no longer fit (ETSI TS 119 122-3 5.2).
    #[error("an evidence record in the signature is over all of it, and would prove nothing once something is added")]
    Sealed,
    /// No signature in a field of that name.
    #[error("the document has no signature named {0}")]
    NoSuchSignature(String),
    /// No authority gave a time-stamp.
    #[error(transparent)]
    TimeStamp(#[from] TimeStampError),
    /// The file could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<UpdateError> for ExtendError {
    fn from(error: UpdateError) -> Self {
        ExtendError::Pades(error.into())
    }
}

/// A document time-stamp that was added.
#[derive(Clone, Debug)]
pub struct AddedTimeStamp {
    /// Full name of its field.
    pub field: String,
    /// What its token states.
    pub facts: TokenFacts,
}

/// A file and the updates made to it so far, none of them written.
pub struct Extension<'a> {
    file: &'a dyn ReadAt,
    password: Option<&'a str>,
    tail: Vec<u8>,
}

impl<'a> Extension<'a> {
    /// Begins with `tail` (an update of `file` made by someone else, or nothing) behind `file`.
    pub fn new(file: &'a dyn ReadAt, password: Option<&'a str>, tail: Vec<u8>) -> Self {
        Extension { file, password, tail }
    }

    /// The file as it stands after the updates.
    pub fn whole(&self) -> Appended<'_> {
        Appended::new(self.file, &self.tail)
    }

    /// Everything to be written after the file.
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// The same, taken out.
    pub fn into_tail(self) -> Vec<u8> {
        self.tail
    }

    /// Puts validation data into the security store, under the signature each is for. Returns false, and adds no
    /// update, when all of it is there already.
    ///
    /// # Errors
    /// [`ExtendError`]; nothing is added then.
    pub fn add_proofs(&mut self, proofs: &[Proofs<'_>]) -> Result<bool, ExtendError> {
        let update = {
            let whole = self.whole();
            let document = open(&whole, self.password)?;
            let more = store(&document, proofs)?;
            let mut update = Update::begin(&document)?;
            if update.add_to_security_store(&more)? == 0 {
                return Ok(false);
            }
            let seed = format!("{} {:?}", document.len(), more.entries.iter().map(|e| &e.key).collect::<Vec<_>>());
            update.set_file_id(DigestAlgorithm::Sha256.digest(seed.as_bytes()).into_iter().take(16).collect());
            update.finish()?
        };
        self.tail.extend_from_slice(&update.bytes);
        Ok(true)
    }

    /// Adds a document time-stamp (EN 319 142-1 5.4.3) over the file as it stands. `claimed` only makes the name of
    /// the new file version differ; the time is the token's.
    ///
    /// # Errors
    /// [`ExtendError`]; nothing is added then.
    pub fn add_time_stamp(
        &mut self,
        source: &dyn TimeStampSource,
        claimed: UnixTime,
    ) -> Result<AddedTimeStamp, ExtendError> {
        let (update, added) = {
            let whole = self.whole();
            let document = open(&whole, self.password)?;
            let mut size = source.expected_len().unwrap_or(0).saturating_add(SPARE);
            let mut rounds = 0;
            loop {
                rounds += 1;
                let request = PadesRequest {
                    kind: SignatureKind::DocTimeStamp,
                    claimed_time: Some(claimed),
                    ..PadesRequest::new(size)
                };
                let prepared = pades::prepare(&document, request)?;
                let field = prepared.field().to_owned();
                let imprint = prepared.digest(&whole, IMPRINT)?;
                let (token, facts) = source.time_stamp(IMPRINT, &imprint)?;
                match prepared.embed(token.raw()) {
                    Ok(update) => break (update, AddedTimeStamp { field, facts }),
                    // A token larger than any before costs a second question, with the room the first one asked for.
                    Err(PadesError::ContentsTooSmall { needed, .. }) if rounds < 3 => {
                        size = needed.saturating_add(SPARE);
                    }
                    Err(other) => return Err(other.into()),
                }
            }
        };
        self.tail.extend_from_slice(&update.bytes);
        Ok(added)
    }
}

/// The key of a signature's VRI entry: the SHA-1 of what stands in its `/Contents`, padding included, in upper-case
/// hexadecimal (ISO 32000-2 12.8.4.4).
pub fn vri_key(contents: &[u8]) -> String {
    crate::base::encoding::hex(&DigestAlgorithm::Sha1.digest(contents)).to_ascii_uppercase()
}

fn open<'d>(file: &'d dyn ReadAt, password: Option<&str>) -> Result<Document<'d>, PdfError> {
    Document::open_with(file, OpenOptions { password, repair: Repair::Refuse })
}

fn store(document: &Document<'_>, proofs: &[Proofs<'_>]) -> Result<SecurityStore, ExtendError> {
    let signatures = document.signatures()?;
    let mut more = SecurityStore::default();
    for one in proofs {
        let contents = signatures
            .iter()
            .filter(|s| s.field.name == one.field)
            .find_map(|s| s.signature.as_ref()?.value.contents.as_deref())
            .ok_or_else(|| ExtendError::NoSuchSignature(one.field.to_owned()))?;
        let entry = RelatedInformation {
            key: vri_key(contents),
            certificates: one.certificates.iter().map(|c| c.der().to_vec()).collect(),
            crls: one.crls.iter().map(|c| c.der().to_vec()).collect(),
            ocsp_responses: one.ocsp.iter().map(|o| o.der().to_vec()).collect(),
            ..RelatedInformation::default()
        };
        more.entries.push(entry);
    }
    Ok(more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;
    use crate::authority::{Authority, LocalTsa, TsaFault, ca::CaKeys};
    use crate::pdf::testing::{FORMS, document, past_ten_digits};
    use crate::tsp::Token;

    const NOW: UnixTime = UnixTime(1_772_700_000);

    fn authority() -> Authority {
        let settings =
            crate::authority::Settings { now: NOW, base_url: "http://127.0.0.1:1".to_owned(), keys: CaKeys::Fresh };
        Authority::new(&settings).expect("an authority")
    }

    fn covers_everything(file: &dyn ReadAt, field: &str) -> bool {
        let document = Document::open(file).expect("opens");
        let found = document.signatures().expect("reads").into_iter().find(|s| s.field.name == field);
        let coverage = found.and_then(|s| s.signature).expect("signed").coverage;
        coverage.is_sound() && coverage.whole_file
    }

    #[test]
    fn a_time_stamp_covers_all_that_was_there_in_every_cross_reference_form() {
        let authority = authority();
        let tsa = LocalTsa { authority: &authority, now: NOW, fault: TsaFault::None };
        for form in FORMS {
            let file = document(form, "", "");
            let mut extension = Extension::new(&file, None, Vec::new());
            let first = extension.add_time_stamp(&tsa, NOW).expect("stamps");
            let second = extension.add_time_stamp(&tsa, NOW).expect("stamps");
            assert_eq!((first.field.as_str(), second.field.as_str()), ("Signature1", "Signature2"), "{form:?}");
            assert_eq!(second.facts.gen_time, NOW);
            assert!(covers_everything(&extension.whole(), "Signature2"), "{form:?}");
            assert!(!covers_everything(&extension.whole(), "Signature1"), "{form:?}");
        }
    }

    #[test]
    fn a_lying_authority_leaves_the_file_as_it_was() {
        let authority = authority();
        let tsa = LocalTsa { authority: &authority, now: NOW, fault: TsaFault::WrongImprint };
        let file = document(FORMS[0], "", "");
        let mut extension = Extension::new(&file, None, Vec::new());
        assert!(matches!(extension.add_time_stamp(&tsa, NOW), Err(ExtendError::TimeStamp(_))));
        assert!(extension.tail().is_empty());
    }

    #[test]
    fn the_key_of_an_entry_is_upper_case_and_over_the_padding_too() {
        assert_eq!(vri_key(b""), "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709");
        assert_ne!(vri_key(&[0x30, 0]), vri_key(&[0x30, 0, 0]));
    }

    // Gives sound tokens and says nothing about their size; the first holes are too small for them.
    struct Fat<'a> {
        inner: LocalTsa<'a>,
        asked: std::cell::Cell<usize>,
    }

    impl TimeStampSource for Fat<'_> {
        fn time_stamp(
            &self,
            digest: DigestAlgorithm,
            imprint: &[u8],
        ) -> Result<(crate::tsp::Token, TokenFacts), TimeStampError> {
            self.asked.set(self.asked.get() + 1);
            let (token, facts) = self.inner.time_stamp(digest, imprint)?;
            let ballast = crate::cms::build::attribute(&crate::cms::oids::DATA, &[write::octet_string(&[7; 40_000])]);
            let fat = crate::cms::build::add_unsigned_attributes(token.raw(), 0, &[ballast]).expect("adds");
            Ok((Token::parse(&fat).expect("reads"), facts))
        }
    }

    #[test]
    fn a_token_larger_than_its_hole_is_asked_for_again() {
        let authority = authority();
        let inner = LocalTsa { authority: &authority, now: NOW, fault: TsaFault::None };
        let tsa = Fat { inner, asked: std::cell::Cell::new(0) };
        let file = document(FORMS[0], "", "");
        let mut extension = Extension::new(&file, None, Vec::new());
        let added = extension.add_time_stamp(&tsa, NOW).expect("stamps");
        assert_eq!(tsa.asked.get(), 2);
        assert!(covers_everything(&extension.whole(), &added.field));
    }

    #[test]
    fn offsets_beyond_ten_digits_are_right_in_byte_range_and_cross_reference() {
        let file = past_ten_digits();
        let opened = Document::open(&file).expect("opens");
        let prepared = pades::prepare(&opened, PadesRequest::new(4_096)).expect("prepares");
        let range = prepared.byte_range().clone();
        assert!(range.hole_start > 10_000_000_000 && range.end > range.hole_end);
        let update = prepared.embed(&write::sequence(&[write::integer(1)])).expect("fits");
        let signed = file.followed_by(&update.bytes);
        assert_eq!(range.end, signed.len());
        assert!(covers_everything(&signed, "Signature1"));
        let mut extension = Extension::new(&signed, None, Vec::new());
        let none = Proofs { field: "Signature1", certificates: &[], crls: &[], ocsp: &[] };
        assert!(!extension.add_proofs(&[none]).expect("nothing to add"));
    }
}
