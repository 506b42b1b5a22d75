//! `congvan.verify/1` and `congvan.summary/1`.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::base::time::UnixTime;
use crate::validate::cause::Cause;
use crate::validate::finding::Finding;

/// Schema string of [`FileReport`].
pub const VERIFY_SCHEMA: &str = "congvan.verify/1";
/// Schema string of [`SummaryReport`].
pub const SUMMARY_SCHEMA: &str = "congvan.summary/1";

/// Status of a file or of one signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Status {
    /// Every check passed under the policy.
    #[serde(rename = "TOTAL-PASSED")]
    TotalPassed,
    /// What is at hand does not settle the question.
    #[serde(rename = "INDETERMINATE")]
    Indeterminate,
    /// Wrong, whatever else we may learn later.
    #[serde(rename = "TOTAL-FAILED")]
    TotalFailed,
    /// A readable file of a known format without a signature.
    #[serde(rename = "NO-SIGNATURE")]
    NoSignature,
    /// The file could not be read as what it claims to be.
    #[serde(rename = "UNREADABLE")]
    Unreadable,
    /// In a folder: a file of no known format, not judged.
    #[serde(rename = "SKIPPED")]
    Skipped,
}

impl Status {
    /// The spelling of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Status::TotalPassed => "TOTAL-PASSED",
            Status::Indeterminate => "INDETERMINATE",
            Status::TotalFailed => "TOTAL-FAILED",
            Status::NoSignature => "NO-SIGNATURE",
            Status::Unreadable => "UNREADABLE",
            Status::Skipped => "SKIPPED",
        }
    }
}

/// One file: `congvan.verify/1`.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// [`VERIFY_SCHEMA`].
    pub schema: &'static str,
    /// The path as given or found; percent-escaped where it is not UTF-8.
    pub path: String,
    /// The path's own bytes in base64, only when `path` had to be escaped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
    /// SHA-256 of the file, hexadecimal; null when it could not be read.
    pub sha256: Option<String>,
    /// `pdf cades xades xml-dsig asic-e asic-s edxml tst unknown`.
    pub format: &'static str,
    /// The verdict: that of the worst signature.
    pub indication: Status,
    /// When the file was judged, and by which clock.
    pub validation_time: ValidationTime,
    /// The policy applied.
    pub policy: PolicyName,
    /// The files a reader would open, and the signatures that cover each.
    pub documents: Vec<DocumentEntry>,
    /// `absent not-interpretable valid invalid` for packages, else null.
    pub package_signature: Option<&'static str>,
    /// Since when the file is proven to exist by a receipt that names it, or the file around it; RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existed_since: Option<String>,
    /// Reports of files inside this one.
    pub children: Vec<FileReport>,
    /// One entry for every signature and document time-stamp.
    pub signatures: Vec<SignatureReport>,
    /// What kept us from looking, or from judging the file as a whole.
    pub errors: Vec<Remark>,
    /// What a careful reader should know about the file and that costs nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// The findings among `errors`, by place: what their texts are made of.
    #[serde(skip)]
    pub findings: Vec<(usize, Finding)>,
    /// [`FileReport::existed_since`] as a time.
    #[serde(skip)]
    pub existed: Option<UnixTime>,
}

/// The time a verdict speaks about.
#[derive(Clone, Debug, Serialize)]
pub struct ValidationTime {
    /// RFC 3339, UTC.
    pub at: String,
    /// `clock`, or `at` when `--at` set it.
    pub source: &'static str,
}

/// A policy by name and digest.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyName {
    /// Its name.
    pub name: String,
    /// SHA-256 of its text, hexadecimal.
    pub sha256: String,
    /// SHA-256 of the file that says who signs as what, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles_sha256: Option<String>,
}

/// A document inside the file.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentEntry {
    /// Its name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Ids of the signatures that cover it.
    pub covered_by: Vec<String>,
}

/// One signature.
#[derive(Clone, Debug, Serialize)]
pub struct SignatureReport {
    /// Field name or position, unique in the file.
    pub id: String,
    /// `signature doc-timestamp counter-signature`.
    pub kind: &'static str,
    /// Id of the signature this one counter-signs.
    pub parent: Option<String>,
    /// The verdict.
    pub indication: Status,
    /// Its reason in the words of EN 319 102-1.
    pub sub_indication: Option<&'static str>,
    /// `intact broken unknown`: do digest and signature value hold. Never depends on trust.
    pub integrity: &'static str,
    /// `unchanged allowed-changes changed ambiguous`: what became of the document after this signature.
    pub document: &'static str,
    /// A path to an anchor the user configured was found and judged good.
    pub trusted: bool,
    /// `PAdES-B-B`, `PAdES-B-T`, …, or the legacy form's name; null when none is reached.
    pub level: Option<&'static str>,
    /// Role by the policy's mapping: `person`, `agency`, `tsa`; null when unknown.
    pub role: Option<String>,
    /// The signer's certificate in short.
    pub signer: Option<Signer>,
    /// What the signer says the time was; proves nothing.
    pub claimed_time: Option<String>,
    /// The earliest time the signature is proven to have existed at, else the validation time.
    pub best_time: Option<String>,
    /// What the signature covers.
    pub covers: Covers,
    /// Page of the visible stamp, from 1; null when invisible.
    pub page: Option<u32>,
    /// The stamp's rectangle in PDF units.
    pub rect: Option<[f64; 4]>,
    /// What was added to the file after this signature.
    pub changes_after: Vec<ChangeReport>,
    /// Digest over the signed content.
    pub digest: Option<&'static str>,
    /// Signature scheme.
    pub algorithm: Option<&'static str>,
    /// SHA-256 of each certificate of the path, signer first.
    pub chain: Vec<String>,
    /// Revocation facts used, one per certificate that needs one.
    pub revocation: Vec<RevocationReport>,
    /// Signature time-stamps.
    pub timestamps: Vec<TimestampReport>,
    /// Everything a careful reader should know; none of it decides the verdict by itself.
    pub warnings: Vec<Remark>,
    /// What the texts of `warnings` are made of, one each.
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

/// A signer's certificate in short.
#[derive(Clone, Debug, Serialize)]
pub struct Signer {
    /// Subject name on one line.
    pub subject: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Agency by the policy's mapping.
    pub agency: Option<String>,
    /// Issuer name on one line.
    pub issuer: String,
}

/// What a signature covers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Covers {
    /// Revision of the file it signs, from 1; null outside PDF.
    pub revision: Option<u32>,
    /// Revisions in the file.
    pub of: Option<u32>,
    /// True when nothing follows the signed bytes.
    pub whole_file: bool,
    /// Names of covered files in a container.
    pub names: Vec<String>,
}

/// One change after a signature.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeReport {
    /// What was done: `signature-added`, `field-filled`, `annotation-added`, …
    pub kind: String,
    /// `allowed not-judged forbidden`.
    pub judged: &'static str,
    /// Page it shows on, from 1.
    pub page: Option<u32>,
    /// Where it shows there, in PDF units from the bottom left: left, bottom, right, top.
    pub rect: Option<[f64; 4]>,
    /// The object and the detail, in words.
    pub what: String,
    /// What `what` is made of.
    #[serde(skip)]
    pub cause: Cause,
}

/// One revocation fact.
#[derive(Clone, Debug, Serialize)]
pub struct RevocationReport {
    /// SHA-256 of the certificate it is about.
    pub certificate: String,
    /// `ocsp`, `crl`, `none`, or `nocheck`.
    pub source: &'static str,
    /// `good revoked unknown unavailable`.
    pub status: &'static str,
    /// thisUpdate, or the revocation time when revoked.
    pub at: Option<String>,
}

/// One time-stamp.
#[derive(Clone, Debug, Serialize)]
pub struct TimestampReport {
    /// `signature`, `content`, `references`, `archive`.
    pub kind: &'static str,
    /// genTime; null when the token could not be read.
    pub gen_time: Option<String>,
    /// Subject of the TSA's certificate.
    pub tsa: Option<String>,
    /// `PASSED INDETERMINATE FAILED`.
    pub indication: &'static str,
    /// The reason.
    pub sub_indication: Option<&'static str>,
}

/// A coded remark; `congvan explain CODE` says what to do about it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Remark {
    /// Stable code, `WEAK_DIGEST`.
    pub code: String,
    /// One sentence.
    pub text: String,
}

/// Last line over several files: `congvan.summary/1`.
#[derive(Clone, Debug, Serialize)]
pub struct SummaryReport {
    /// [`SUMMARY_SCHEMA`].
    pub schema: &'static str,
    /// Files per status.
    pub counts: BTreeMap<&'static str, u64>,
    /// Files in folders that were of no known format.
    pub skipped: u64,
}
