//! CMS signatures outside PDFs — RFC 5652, EN 319 122-1: attached or detached, several signers, counter-signatures,
//! their time-stamps. What is found in the file, before any judging.
//!
//! The content is hashed once for every digest that anyone will ask for, wherever it stands; it is never held.

mod records;

use std::io;
use std::sync::Arc;

use super::archive;
use super::candidate::{Candidate, Digests, Form, Kind, Stamp, StampKind};
use super::collected::{Collected, Document};
use super::conclusion::SubIndication;
use super::envelope::{CmsSignature, Envelope};
use super::finding::Finding;
use super::{hashing, poe};
use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::asn1::Tlv;
use crate::base::read::ReadAt;
use crate::cms::stream::{self, Outline, StreamError};
use crate::cms::{SignedData, SignerInfo, oids};
use crate::tsp::Token;

/// Deepest nesting of counter-signatures.
const MAX_COUNTER_DEPTH: usize = 8;
/// Most counter-signatures in one structure.
const MAX_COUNTER_SIGNATURES: usize = 256;
/// Bytes read at once.
const STEP: usize = 256 << 10;

/// A file a detached signature is over.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// Its bytes.
    pub file: &'a dyn ReadAt,
    /// Who says that it is the one.
    pub named: Named,
}

/// Who says that a file is the content of a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Named {
    /// The user, or the container: it must be the content, also where there is one inside.
    Expressly,
    /// Only its place beside the signature.
    ByPlace,
}

/// Reads the signatures of a CMS structure and hashes what they cover.
///
/// `outline` is that of `file`; `name` is the file's own, without folders. For a detached signature without `content`
/// nothing is hashed, and judging says SIGNED_DATA_NOT_FOUND.
///
/// # Errors
/// [`StreamError`] when `file` or the content cannot be read any more.
pub fn collect(
    file: &dyn ReadAt,
    outline: Outline,
    name: &str,
    content: Option<Content<'_>>,
) -> Result<Collected, StreamError> {
    let mut collected = Collected { sha256: hashing::hash(file, &[])?.0, ..Collected::default() };
    let outside = content.filter(|_| outline.content.is_none()).map(|given| given.file);
    let mut records = records::stamps(file, &outline, outside)?;
    let signed_data = Arc::new(outline.signed_data);
    let wanted = wanted(&signed_data);
    let mut breaches = Vec::new();
    let mut document = None;
    let mut digests = Digests::default();
    if let Some(place) = outline.content {
        let mut hashers = Hashers::new(&wanted);
        stream::feed(file, place, &mut |piece| hashers.update(piece))?;
        digests = hashers.finish();
        document = Some(inner_name(name));
        if let Some(given) = content.filter(|c| c.named == Named::Expressly) {
            let outside = digest_file(given.file, &[DigestAlgorithm::Sha256])?;
            document = Some(given.name.to_owned());
            if outside.0.get(&DigestAlgorithm::Sha256) != digests.0.get(&DigestAlgorithm::Sha256) {
                breaches.push((Finding::ContentDiffers, SubIndication::HashFailure));
            }
        }
    } else if let Some(given) = content {
        digests = digest_file(given.file, &wanted)?;
        document = Some(given.name.to_owned());
    }
    if let (Some(name), Some(sha256)) = (&document, digests.0.get(&DigestAlgorithm::Sha256)) {
        collected.documents.push(Document { name: Some(name.clone()), sha256: sha256.clone() });
    }
    let mut remarks = Vec::new();
    if !outline.is_der {
        remarks.push(Finding::CmsNotDer);
    }
    if trailing(file, outline.len)? {
        breaches.push((Finding::TrailingBytes, SubIndication::FormatFailure));
    }
    let whole = Whole::read(file, outline.encapsulated, outside, &signed_data, &outline.raw)?;
    let shared = Shared { raw: outline.raw.into(), signed_data: signed_data.clone() };
    let mut counters = Vec::new();
    for (at, signer) in signed_data.signers().iter().enumerate() {
        let id = format!("Sig{}", at.saturating_add(1));
        let content_type = Some(signed_data.encapsulated_content_type().clone());
        let mut one = Candidate::new(id, Kind::Signature, Form::Cms, shared.envelope(signer.clone(), content_type));
        one.stamps = stamps(&signed_data, signer, &digests, &whole);
        one.digests = digests.clone();
        one.stored = carried(&signed_data, signer);
        one.extent.names = document.iter().cloned().collect();
        one.remarks.clone_from(&remarks);
        one.breaches.clone_from(&breaches);
        note_policy(&mut one);
        let records = records.remove(&at).unwrap_or_default();
        one.stamps.extend(records.stamps);
        one.remarks.extend(records.remarks);
        collect_counters(&one.id, signer, &shared, 0, &mut counters);
        collected.candidates.push(one);
    }
    if counters.len() > MAX_COUNTER_SIGNATURES {
        let finding = Finding::SignatureUnreadable(format!("more than {MAX_COUNTER_SIGNATURES} counter-signatures"));
        collected.breaches.push((finding, SubIndication::FormatFailure));
        counters.truncate(MAX_COUNTER_SIGNATURES);
    }
    collected.candidates.extend(counters);
    Ok(collected)
}

/// What the entries of one structure have in common.
struct Shared {
    raw: Arc<[u8]>,
    signed_data: Arc<SignedData>,
}

impl Shared {
    fn envelope(&self, signer: SignerInfo, content_type: Option<crate::base::oid::Oid>) -> Envelope {
        Envelope::Cms(CmsSignature {
            raw: self.raw.clone(),
            signed_data: self.signed_data.clone(),
            signer,
            content_type,
        })
    }
}

/// The counter-signatures of a signer, and theirs (RFC 5652 §11.4): each is over the value of the one it stands in.
fn collect_counters(parent: &str, signer: &SignerInfo, shared: &Shared, depth: usize, into: &mut Vec<Candidate>) {
    for (at, raw) in signer.counter_signatures().enumerate() {
        if into.len() > MAX_COUNTER_SIGNATURES {
            return;
        }
        let id = format!("{parent}.{}", at.saturating_add(1));
        let read = Tlv::parse(raw).map_err(Into::into).and_then(|value| SignerInfo::from_tlv(&value));
        let too_deep = depth >= MAX_COUNTER_DEPTH;
        let mut one = match read {
            Ok(counter) if !too_deep => {
                let mut one =
                    Candidate::new(id, Kind::CounterSignature, Form::Cms, shared.envelope(counter.clone(), None));
                if let Some(digest) = DigestAlgorithm::from_oid(&counter.digest_algorithm().oid) {
                    one.digests.0.insert(digest, digest.digest(signer.signature()));
                }
                one.stamps = signature_stamps(&counter);
                one.stored = carried(&shared.signed_data, &counter);
                one
            }
            read => {
                let why = read.err().map_or_else(|| "nested too deep".to_owned(), |error| error.to_string());
                let mut one = Candidate::new(id, Kind::CounterSignature, Form::Cms, Envelope::Unreadable);
                one.breaches.push((Finding::SignatureUnreadable(why), SubIndication::FormatFailure));
                one
            }
        };
        one.parent = Some(parent.to_owned());
        let (id, envelope) = (one.id.clone(), one.envelope.clone());
        into.push(one);
        if let Envelope::Cms(counter) = envelope {
            collect_counters(&id, &counter.signer, shared, depth.saturating_add(1), into);
        }
    }
}

/// The digests of the content that judging will ask for; SHA-256 for the report is always among them.
fn wanted(signed_data: &SignedData) -> Vec<DigestAlgorithm> {
    let mut wanted = vec![DigestAlgorithm::Sha256];
    for signer in signed_data.signers() {
        wanted.extend(DigestAlgorithm::from_oid(&signer.digest_algorithm().oid));
        let archived = signer.unsigned_attributes().values(&oids::ARCHIVE_TIME_STAMP_V3);
        wanted.extend(signer.content_time_stamps().chain(archived).filter_map(imprint_algorithm));
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// What an archive-time-stamp-v2 is over beside the signer, as far as all signers share it.
pub(crate) struct Whole {
    /// For each digest a stamp of that kind was made with: having taken encapContentInfo as it stands in the file, and
    /// the content outside where there is none inside.
    pub(crate) begun: Vec<(DigestAlgorithm, Hasher)>,
    /// `certificates` and `crls` of the SignedData, as they stand.
    pub(crate) sets: Vec<u8>,
}

impl Whole {
    fn read(
        file: &dyn ReadAt,
        (start, end): (u64, u64),
        outside: Option<&dyn ReadAt>,
        signed_data: &SignedData,
        raw: &[u8],
    ) -> io::Result<Self> {
        let stamped =
            signed_data.signers().iter().flat_map(|s| s.unsigned_attributes().values(&oids::ARCHIVE_TIME_STAMP_V2));
        let mut algorithms: Vec<DigestAlgorithm> = stamped.filter_map(imprint_algorithm).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        if algorithms.is_empty() {
            return Ok(Whole { begun: Vec::new(), sets: Vec::new() });
        }
        let mut hashers = Hashers::new(&algorithms);
        pass(file, start, end, &mut hashers)?;
        if let Some(outside) = outside {
            pass(outside, 0, outside.len(), &mut hashers)?;
        }
        Ok(Whole { begun: hashers.0, sets: archive::sets_of(raw).unwrap_or_default() })
    }
}

/// Says which signature policy the signer follows (EN 319 102-1 5.2.4); one that cannot be read cannot be followed.
pub(crate) fn note_policy(candidate: &mut Candidate) {
    let Envelope::Cms(cms) = &candidate.envelope else { return };
    match cms.signer.signature_policy() {
        Ok(None | Some(None)) => {}
        Ok(Some(Some(id))) => candidate.remarks.push(Finding::SignaturePolicy(id.to_string())),
        Err(_) => {
            let finding = Finding::AttributeMissing("signature-policy-identifier");
            candidate.breaches.push((finding, SubIndication::PolicyProcessingError));
        }
    }
}

/// Every time-stamp of a signer outside a PDF, in the order of the file, those among the signed attributes first.
fn stamps(signed_data: &SignedData, signer: &SignerInfo, content: &Digests, whole: &Whole) -> Vec<Stamp> {
    // EN 319 122-1 5.2.8: over the content, made before signing; proves nothing about the signature.
    let over_content = |token: &[u8]| Stamp {
        kind: StampKind::Content,
        token: token.to_vec(),
        imprints: content.clone(),
        proves: Vec::new(),
        breaches: Vec::new(),
    };
    let mut found: Vec<Stamp> = signer.content_time_stamps().map(over_content).collect();
    for attribute in signer.unsigned_attributes().iter() {
        for token in &attribute.values {
            let oid = &attribute.oid;
            found.extend(match oid {
                _ if *oid == oids::SIGNATURE_TIME_STAMP => Some(over_value(signer, token)),
                _ if *oid == oids::ARCHIVE_TIME_STAMP_V3 => {
                    Some(archive::version_3(signed_data, signer, content, token))
                }
                _ if *oid == oids::ESC_TIME_STAMP || *oid == oids::CERT_CRL_TIME_STAMP => {
                    Some(archive::over_references(signer, oid, token))
                }
                _ if *oid == oids::ARCHIVE_TIME_STAMP_V2 => {
                    Some(archive::version_2(whole, signed_data, signer, attribute, token))
                }
                _ if *oid == oids::ARCHIVE_TIME_STAMP_V1 => Some(archive::not_evaluated(token, "archive-time-stamp")),
                _ => None,
            });
        }
    }
    found
}

/// The time-stamps over a signer's value (EN 319 122-1 5.3).
pub(crate) fn signature_stamps(signer: &SignerInfo) -> Vec<Stamp> {
    signer.signature_time_stamps().map(|token| over_value(signer, token)).collect()
}

fn over_value(signer: &SignerInfo, token: &[u8]) -> Stamp {
    Stamp {
        kind: StampKind::Signature,
        token: token.to_vec(),
        imprints: imprints(token, &[signer.signature()]),
        proves: vec![poe::digest(signer.signature())],
        breaches: Vec::new(),
    }
}

/// The digest a token was made with, where it is computed here.
pub(crate) fn imprint_algorithm(token: &[u8]) -> Option<DigestAlgorithm> {
    DigestAlgorithm::from_oid(&Token::parse(token).ok()?.info().imprint_algorithm.oid)
}

/// The digest of `pieces`, one after the other, under the algorithm a token was made with.
pub(crate) fn imprints(token: &[u8], pieces: &[&[u8]]) -> Digests {
    let mut digests = Digests::default();
    if let Some(algorithm) = imprint_algorithm(token) {
        let mut hasher = algorithm.hasher();
        pieces.iter().for_each(|piece| hasher.update(piece));
        digests.0.insert(algorithm, hasher.finish());
    }
    digests
}

/// SHA-256 of the revocation data a signer carries for its own long-term level (EN 319 122-1 5.4, A.1.2.2).
fn carried(signed_data: &SignedData, signer: &SignerInfo) -> Vec<poe::ObjectDigest> {
    let (crls, answers) = signer.revocation_values();
    let inside = signed_data.crls().chain(signed_data.ocsp_responses());
    inside.map(poe::digest).chain(crls.iter().chain(&answers).map(|der| poe::digest(der))).collect()
}

/// True when something else than zeros and white space follows the structure.
fn trailing(file: &dyn ReadAt, mut at: u64) -> io::Result<bool> {
    let mut buffer = vec![0; STEP];
    loop {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            return Ok(false);
        }
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.iter().any(|octet| *octet != 0 && !octet.is_ascii_whitespace()) {
            return Ok(true);
        }
        at = at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

/// Several digests of the same bytes.
pub(crate) struct Hashers(Vec<(DigestAlgorithm, Hasher)>);

impl Hashers {
    /// One for each algorithm.
    pub(crate) fn new(algorithms: &[DigestAlgorithm]) -> Self {
        Hashers(algorithms.iter().map(|a| (*a, a.hasher())).collect())
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, piece: &[u8]) {
        self.0.iter_mut().for_each(|(_, hasher)| hasher.update(piece));
    }

    /// The digests.
    pub(crate) fn finish(self) -> Digests {
        Digests(self.0.into_iter().map(|(algorithm, hasher)| (algorithm, hasher.finish())).collect())
    }
}

/// SHA-256 of a whole file.
///
/// # Errors
/// Those of the storage.
pub fn sha256(file: &dyn ReadAt) -> io::Result<Vec<u8>> {
    Ok(hashing::hash(file, &[])?.0)
}

/// Digests of a whole file, in one pass.
///
/// # Errors
/// Those of the storage.
pub(crate) fn digest_file(file: &dyn ReadAt, algorithms: &[DigestAlgorithm]) -> io::Result<Digests> {
    let mut hashers = Hashers::new(algorithms);
    pass(file, 0, file.len(), &mut hashers)?;
    Ok(hashers.finish())
}

fn pass(file: &dyn ReadAt, mut at: u64, end: u64, hashers: &mut Hashers) -> io::Result<()> {
    let mut buffer = vec![0; STEP];
    while at < end {
        let piece = usize::try_from(end.saturating_sub(at)).unwrap_or(STEP).min(STEP);
        let piece = buffer.get_mut(..piece).unwrap_or_default();
        file.read_exact_at(piece, at)?;
        hashers.update(piece);
        at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// What content inside `to-trinh.txt.p7m` is called.
fn inner_name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}
