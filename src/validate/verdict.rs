//! What validation says about one signature.

use super::candidate::{Change, Extent, Kind, StampKind};
use super::conclusion::Conclusion;
use super::crypto::Integrity;
use super::finding::Finding;
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::base::time::UnixTime;
use crate::x509::Certificate;

/// The verdict on one signature.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Field name or position, unique in the file.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Id of the signature it counter-signs.
    pub parent: Option<String>,
    /// The conclusion of EN 319 102-1.
    pub conclusion: Conclusion,
    /// Do digest and signature value hold; never depends on trust.
    pub integrity: Integrity,
    /// What became of the document afterwards.
    pub document: DocumentState,
    /// A path to a configured anchor was found and judged good.
    pub trusted: bool,
    /// The level reached: `PAdES-B-B`, …
    pub level: Option<&'static str>,
    /// The signer's certificate.
    pub signer: Option<Certificate>,
    /// What the signer says the time was.
    pub claimed_time: Option<UnixTime>,
    /// Best-signature-time (EN 319 102-1 5.5.4): proven, or the validation time.
    pub best_time: Option<UnixTime>,
    /// What it covers.
    pub extent: Extent,
    /// Page of its stamp, from 1.
    pub page: Option<u32>,
    /// Its stamp's rectangle in PDF units.
    pub rect: Option<[f64; 4]>,
    /// What was added after it.
    pub changes: Vec<Change>,
    /// Digest over the content.
    pub digest: Option<DigestAlgorithm>,
    /// Signature scheme.
    pub scheme: Option<SignatureScheme>,
    /// The path, signer first.
    pub chain: Vec<Certificate>,
    /// Revocation facts, one for each certificate that needs one.
    pub revocation: Vec<RevocationFact>,
    /// Time-stamps of the signature.
    pub timestamps: Vec<TimestampVerdict>,
    /// Remarks, those that cost the verdict among them.
    pub findings: Vec<Finding>,
}

/// What became of the document after a signature.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum DocumentState {
    /// Nothing follows the signed bytes.
    Unchanged,
    /// Only what the rules allow was added.
    AllowedChanges,
    /// Readers may disagree about what it is.
    Ambiguous,
    /// Something else was added or replaced.
    Changed,
}

impl DocumentState {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            DocumentState::Unchanged => "unchanged",
            DocumentState::AllowedChanges => "allowed-changes",
            DocumentState::Ambiguous => "ambiguous",
            DocumentState::Changed => "changed",
        }
    }
}

/// What was found out about the revocation of one certificate.
#[derive(Clone, Debug)]
pub struct RevocationFact {
    /// The certificate.
    pub certificate: Certificate,
    /// Where the answer came from.
    pub source: RevocationSource,
    /// The answer.
    pub status: RevocationStatus,
    /// thisUpdate of the answer, or the time of revocation.
    pub at: Option<UnixTime>,
    /// SHA-256 of the CRL or OCSP response.
    pub evidence: Option<[u8; 32]>,
}

/// Where a revocation answer came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevocationSource {
    /// An OCSP response.
    Ocsp,
    /// A certificate revocation list.
    Crl,
    /// The certificate says that it is not checked (id-pkix-ocsp-nocheck).
    NoCheck,
    /// Nowhere.
    None,
}

impl RevocationSource {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            RevocationSource::Ocsp => "ocsp",
            RevocationSource::Crl => "crl",
            RevocationSource::NoCheck => "nocheck",
            RevocationSource::None => "none",
        }
    }
}

/// A revocation answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevocationStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// The responder does not know the certificate.
    Unknown,
    /// There was no usable answer.
    Unavailable,
}

impl RevocationStatus {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            RevocationStatus::Good => "good",
            RevocationStatus::Revoked => "revoked",
            RevocationStatus::Unknown => "unknown",
            RevocationStatus::Unavailable => "unavailable",
        }
    }
}

/// The verdict on one time-stamp of a signature.
#[derive(Clone, Debug)]
pub struct TimestampVerdict {
    /// What it is for.
    pub kind: StampKind,
    /// The time it states; `None` when the token could not be read.
    pub gen_time: Option<UnixTime>,
    /// The authority's certificate.
    pub authority: Option<Certificate>,
    /// The conclusion of EN 319 102-1 5.4.
    pub conclusion: Conclusion,
}
