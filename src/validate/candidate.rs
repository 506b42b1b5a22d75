//! A signature as found in a file, its content already hashed: everything that judging needs and nothing
//! that has to be read again.

use std::collections::BTreeMap;

use super::conclusion::SubIndication;
use super::crypto::Content;
use super::finding::Finding;
use crate::algorithms::DigestAlgorithm;
use crate::base::time::UnixTime;
use crate::cms::SignedData;

/// What kind of signature stands there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A signature of a person, an agency or a service.
    Signature,
    /// A time-stamp over the document (EN 319 142-1 5.4.3).
    DocTimestamp,
}

impl Kind {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Signature => "signature",
            Kind::DocTimestamp => "doc-timestamp",
        }
    }
}

/// How the container binds content and signature; decides which rules of form apply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Form {
    /// `ETSI.CAdES.detached` (EN 319 142-1 6).
    PadesCades,
    /// `adbe.pkcs7.detached` (ISO 32000-1 12.8.3.3).
    Pkcs7Detached,
    /// `ETSI.RFC3161`.
    PadesTimestamp,
    /// Recognised and never passed: `adbe.pkcs7.sha1`, `adbe.x509.rsa_sha1`.
    Legacy(String),
    /// Anything else.
    Unknown(String),
}

impl Form {
    /// True when the signed content lies outside the CMS.
    pub(crate) fn is_detached(&self) -> bool {
        matches!(self, Form::PadesCades | Form::Pkcs7Detached)
    }
}

/// What a signature covers in its file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extent {
    /// Revision it signs, from 1.
    pub revision: Option<u32>,
    /// Revisions in the file.
    pub of: Option<u32>,
    /// Nothing follows the signed bytes.
    pub whole_file: bool,
}

/// Something added after a signature, already judged by the rules that need no verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `signature-added`, `field-filled`, …
    pub kind: String,
    /// What the rules say.
    pub judged: Judged,
    /// Page it shows on, from 1.
    pub page: Option<u32>,
    /// Object and detail, in words.
    pub what: String,
    /// The later signature this change stands or falls with.
    pub depends_on: Option<String>,
}

/// The judgement table's columns.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Judged {
    /// Takes nothing from the signature.
    Allowed,
    /// A person must look.
    NotJudged,
    /// The signature no longer speaks for what is shown.
    Forbidden,
}

impl Judged {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            Judged::Allowed => "allowed",
            Judged::NotJudged => "not-judged",
            Judged::Forbidden => "forbidden",
        }
    }
}

/// One signature as found.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Field name, unique in the file.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// How it is bound.
    pub form: Form,
    /// The CMS as it stands in the file, without the padding after it.
    pub cms: Vec<u8>,
    /// The CMS; `None` when it could not be read (a finding says why).
    pub signed_data: Option<SignedData>,
    /// Which of its signers this entry is about.
    pub signer: usize,
    /// Digests of the covered content, for every algorithm its signers name.
    pub digests: Digests,
    /// What breaks its form, each with the sub-indication that costs.
    pub breaches: Vec<(Finding, SubIndication)>,
    /// Remarks that cost nothing.
    pub remarks: Vec<Finding>,
    /// What the file says about the time: `/M`.
    pub claimed_time: Option<UnixTime>,
    /// What it covers.
    pub extent: Extent,
    /// Page of its widget, from 1.
    pub page: Option<u32>,
    /// Rectangle of its widget in PDF units.
    pub rect: Option<[f64; 4]>,
    /// What was added after it.
    pub changes: Vec<Change>,
    /// Two readers disagree about the revision it signs.
    pub ambiguous: bool,
    /// SHA-256 of what the security store held in the revision a document time-stamp covers.
    pub stored: Vec<[u8; 32]>,
}

/// Digests of one content.
#[derive(Clone, Debug, Default)]
pub struct Digests(pub BTreeMap<DigestAlgorithm, Vec<u8>>);

impl Candidate {
    /// True when it stands in the very revision its byte range ends with: only then can what covers that revision
    /// prove anything about it.
    pub(crate) fn is_placed(&self) -> bool {
        self.extent.revision.is_some() && !self.breaches.iter().any(|(f, _)| matches!(f, Finding::ByteRange(_)))
    }
}

impl Content for Digests {
    fn digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        self.0.get(&algorithm).cloned()
    }
}
