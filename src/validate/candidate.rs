//! A signature as found in a file, its content already hashed: everything that judging needs and nothing
//! that has to be read again.

use std::collections::BTreeMap;

use super::cause::Cause;
use super::conclusion::SubIndication;
use super::crypto::Content;
use super::envelope::Envelope;
use super::finding::Finding;
use super::poe::{self, ObjectDigest};
use crate::algorithms::DigestAlgorithm;
use crate::base::time::UnixTime;

/// What kind of signature stands there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A signature of a person, an agency or a service.
    Signature,
    /// A time-stamp over the document (EN 319 142-1 5.4.3) or over whole files (RFC 3161, EN 319 162-1).
    DocTimestamp,
    /// A signature over the value of another one (RFC 5652 §11.4, EN 319 132-1 5.2.7).
    CounterSignature,
}

impl Kind {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Signature => "signature",
            Kind::DocTimestamp => "doc-timestamp",
            Kind::CounterSignature => "counter-signature",
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
    /// CMS outside a PDF: CAdES (EN 319 122-1) when it names its certificate, else plain (RFC 5652).
    Cms,
    /// An RFC 3161 token outside a PDF.
    Token,
    /// XML with xades:QualifyingProperties that the signature covers (EN 319 132-1).
    Xades,
    /// XML without them (XML Signature 1.1).
    XmlDsig,
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

    /// True when the signed part has to name the signer's certificate.
    pub(crate) fn demands_reference(&self) -> bool {
        matches!(self, Form::PadesCades | Form::Xades)
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
    /// Names of the files it covers, as [`super::collected::Document`] has them; empty when it covers only the file
    /// it stands in.
    pub names: Vec<String>,
    /// Signatures and time-stamps of a container that its archive time-stamp is over, by id (EN 319 162-1 A.7).
    pub signatures: Vec<String>,
}

/// A time-stamp that belongs to a signature.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// What it is for.
    pub kind: StampKind,
    /// The RFC 3161 token, encoded.
    pub token: Vec<u8>,
    /// Digests of what it must have been made for: at least under the token's own imprint algorithm, unless what it
    /// covers is not at hand.
    pub imprints: Digests,
    /// SHA-256 of every object whose existence it proves when it passes: the signature value for one over the
    /// signature; values, certificates, CRLs, OCSP responses and older tokens for one over the archive.
    pub proves: Vec<ObjectDigest>,
    /// What breaks its form: such a stamp proves nothing.
    pub breaches: Vec<(Finding, SubIndication)>,
}

/// What a time-stamp of a signature is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StampKind {
    /// Over the content, made before signing (EN 319 122-1 5.2.8).
    Content,
    /// Over the signature value (EN 319 122-1 5.3).
    Signature,
    /// Over references to certificates and revocation data (EN 319 122-1 A.1.5): shown, proves the value only.
    References,
    /// Over everything (EN 319 122-1 5.5).
    Archive,
    /// Of an evidence record over everything (RFC 4998, TS 119 122-3, TS 119 132-3).
    Record,
}

impl StampKind {
    /// The spelling of the report contract.
    pub fn name(self) -> &'static str {
        match self {
            StampKind::Content => "content",
            StampKind::Signature => "signature",
            StampKind::References => "references",
            StampKind::Archive => "archive",
            StampKind::Record => "evidence-record",
        }
    }
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
    /// Detail code, object and field.
    pub what: Cause,
    /// Full name of the field.
    pub field: Option<String>,
    /// The later signature this change stands or falls with.
    pub depends_on: Option<String>,
    /// The later signature that brought this field for number or date: where it passes and is an agency's, the field
    /// is allowed and depends on it.
    pub comes_with: Option<String>,
    /// Where it shows, in user space.
    pub rect: Option<[f64; 4]>,
    /// The published attack it has the shape of, where it is not allowed.
    pub attack: Option<&'static str>,
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
    /// Id of the signature this one counter-signs.
    pub parent: Option<String>,
    /// The signature itself.
    pub envelope: Envelope,
    /// Digests of the covered content, for every algorithm that judging a CMS or a token will ask for; of the parent's
    /// value for a counter-signature. Not used for XML, whose references were looked at when collected.
    pub digests: Digests,
    /// Its time-stamps, in the order of the file.
    pub stamps: Vec<Stamp>,
    /// What breaks its form, each with the sub-indication that costs.
    pub breaches: Vec<(Finding, SubIndication)>,
    /// Remarks that cost nothing.
    pub remarks: Vec<Finding>,
    /// What the file says about the time outside what is signed: `/M`.
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
    /// For a document time-stamp: SHA-256 of every object it covers beside the signatures of earlier PDF revisions,
    /// which are found by themselves. [`Candidate::objects`] gives those of a signature it covers.
    /// For a signature: of the revocation data it carries as part of its own level (EN 319 122-1 6, LT).
    pub stored: Vec<ObjectDigest>,
}

/// Digests of one content.
#[derive(Clone, Debug, Default)]
pub struct Digests(pub BTreeMap<DigestAlgorithm, Vec<u8>>);

impl Candidate {
    /// One with nothing in it yet but its name, kind, form and what it is wrapped in.
    pub fn new(id: String, kind: Kind, form: Form, envelope: Envelope) -> Self {
        Candidate {
            id,
            kind,
            form,
            parent: None,
            envelope,
            digests: Digests::default(),
            stamps: Vec::new(),
            breaches: Vec::new(),
            remarks: Vec::new(),
            claimed_time: None,
            extent: Extent::default(),
            page: None,
            rect: None,
            changes: Vec::new(),
            ambiguous: false,
            stored: Vec::new(),
        }
    }

    /// SHA-256 of every object that is proven to exist by proving that this signature does, time-stamps included.
    pub fn objects(&self) -> Vec<ObjectDigest> {
        let mut found = self.envelope.objects();
        found.extend(self.stored.iter().copied());
        found.extend(self.stamps.iter().map(|stamp| poe::digest(&stamp.token)));
        found
    }

    /// True when it stands in the very revision its byte range ends with: only then can what covers that revision
    /// prove anything about it.
    pub(crate) fn is_placed(&self) -> bool {
        self.extent.revision.is_some() && !self.breaches.iter().any(|(f, _)| matches!(f, Finding::ByteRange(_)))
    }
}

impl Extent {
    /// True for a time-stamp of this extent when the signature `id`, of the extent `of`, is older than it and covered by
    /// it: in an earlier revision of a PDF, or listed in the manifest of a container.
    pub(crate) fn is_over(&self, id: &str, of: &Extent) -> bool {
        self.revision > of.revision || self.signatures.iter().any(|one| one == id)
    }
}

impl Content for Digests {
    fn digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        self.0.get(&algorithm).cloned()
    }
}
