//! Judging one file: what format it is, what it brings along, and the report on it.
//!
//! Shared by every verb that looks at a document: `verify`, the check after `sign`, `audit`, arrival in `pull`.

use std::path::Path;

use super::error::Exit;
use super::files::{FileReader, Found, PathName};
use super::trust::Trust;
use crate::base::encoding::hex;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::path::{Links, Pool};
use crate::policy::Policy;
use crate::report::model::{DocumentEntry, FileReport, PolicyName, Remark, Status};
use crate::revocation::Evidence;
use crate::validate::pdf::{Collected, collect};
use crate::validate::verdict::Verdict;
use crate::validate::{Inputs, judge};
use crate::x509::{Crl, OcspResponse};

/// Bytes looked at to tell a format.
const HEAD: usize = 1_024;

/// Everything that stays the same from file to file.
pub(crate) struct Judge {
    trust: Trust,
    policy: Policy,
    at: (UnixTime, &'static str),
    links: Links,
    pool: Pool,
    evidence: Evidence,
    password: Option<String>,
}

/// A format told by its first bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// `%PDF-` within the first kilobyte.
    Pdf,
    /// A ZIP archive.
    Zip,
    /// An ASN.1 SEQUENCE.
    Der,
    /// Something that begins like XML.
    Xml,
    /// None of these.
    Unknown,
}

impl Judge {
    /// A judge with this trust, policy and time.
    pub(crate) fn new(trust: Trust, policy: Policy, at: (UnixTime, &'static str), password: Option<String>) -> Self {
        let mut pool = Pool::new(trust.untrusted.iter().cloned());
        let anchors = [&trust.signer_anchors, &trust.tsa_anchors];
        pool.extend(anchors.iter().flat_map(|a| a.all()).filter_map(|a| a.certificate().cloned()));
        let mut evidence = Evidence::new();
        for crl in &trust.crls {
            evidence.add_crl(crl.clone());
        }
        for answer in &trust.ocsp {
            evidence.add_ocsp(answer.clone());
        }
        Judge { trust, policy, at, links: Links::new(), pool, evidence, password }
    }

    /// The validation time.
    pub(crate) fn now(&self) -> UnixTime {
        self.at.0
    }

    /// The report on a file found by a walk. In a folder, a file of no known format is only skipped.
    pub(crate) fn file(&self, found: &Found) -> FileReport {
        let mut report = self.blank(&found.path);
        let file = match FileReader::open(&found.path) {
            Ok(file) => file,
            Err(error) => {
                report.set_unreadable(error.code.as_str(), error.message(super::texts::Lang::En));
                return report;
            }
        };
        self.fill(&file, found.named, &mut report);
        report
    }

    /// The report on bytes at hand, under a name.
    pub(crate) fn bytes(&self, bytes: &dyn ReadAt, name: &str) -> FileReport {
        let mut report = self.blank(Path::new(name));
        self.fill(bytes, true, &mut report);
        report
    }

    /// The verdicts on a PDF at hand.
    ///
    /// # Errors
    /// [`crate::pdf::PdfError`] when it cannot be read as a PDF at all.
    pub(crate) fn pdf(&self, file: &dyn ReadAt) -> Result<(Collected, Vec<Verdict>), crate::pdf::PdfError> {
        let collected = collect(file, self.password.as_deref())?;
        let verdicts = if collected.candidates.is_empty() { Vec::new() } else { self.verdicts(&collected) };
        Ok((collected, verdicts))
    }

    fn verdicts(&self, collected: &Collected) -> Vec<Verdict> {
        let embedded = collected.embedded();
        let mut pool = self.pool.clone();
        pool.extend(embedded.certificates);
        let mut own = None;
        if !embedded.crls.is_empty() || !embedded.ocsp_responses.is_empty() {
            let mut evidence = self.evidence.clone();
            for crl in embedded.crls.iter().filter_map(|der| Crl::from_der(der).ok()) {
                evidence.add_crl(crl);
            }
            for answer in embedded.ocsp_responses.iter().filter_map(|der| OcspResponse::from_der(der).ok()) {
                evidence.add_ocsp(answer);
            }
            own = Some(evidence);
        }
        let inputs = Inputs {
            now: self.at.0,
            signer_anchors: &self.trust.signer_anchors,
            tsa_anchors: &self.trust.tsa_anchors,
            pool: &pool,
            evidence: own.as_ref().unwrap_or(&self.evidence),
            links: &self.links,
            policy: &self.policy,
            revocation: self.trust.revocation,
        };
        judge(collected, &inputs)
    }

    fn blank(&self, path: &Path) -> FileReport {
        let name = PathName::from(path);
        let policy = PolicyName { name: self.policy.name.clone(), sha256: hex(&self.policy.sha256) };
        let mut report = FileReport::new(name.path, "unknown", self.at, policy);
        report.path_bytes = name.path_bytes;
        report
    }

    fn fill(&self, file: &dyn ReadAt, named: bool, report: &mut FileReport) {
        let format = match format(file) {
            Ok(format) => format,
            Err(error) => return report.set_unreadable("READ_FAILED", error.to_string()),
        };
        match format {
            Format::Pdf => self.fill_pdf(file, report),
            Format::Unknown if !named => report.indication = Status::Skipped,
            Format::Unknown => {
                report.set_unreadable("UNKNOWN_FORMAT", "the file is of no format that carries signatures".to_owned());
            }
            Format::Zip | Format::Der | Format::Xml if !named => report.indication = Status::Skipped,
            Format::Zip | Format::Der | Format::Xml => {
                let text = "this version verifies signatures in PDF files only".to_owned();
                report.set_unreadable("FORMAT_NOT_SUPPORTED", text);
            }
        }
    }

    fn fill_pdf(&self, file: &dyn ReadAt, report: &mut FileReport) {
        report.format = "pdf";
        match self.pdf(file) {
            Ok((collected, verdicts)) => {
                let sha256 = hex(&collected.sha256);
                report.documents.push(DocumentEntry {
                    name: last_part(&report.path),
                    sha256: sha256.clone(),
                    covered_by: verdicts.iter().filter(|v| v.extent.whole_file).map(|v| v.id.clone()).collect(),
                });
                report.sha256 = Some(sha256);
                report.set_signatures(&verdicts);
            }
            Err(error) => {
                report.set_unreadable("PDF_UNREADABLE", error.to_string());
            }
        }
    }
}

/// Tells the format by the first bytes.
///
/// # Errors
/// Those of the storage.
pub(crate) fn format(file: &dyn ReadAt) -> std::io::Result<Format> {
    let mut head = vec![0; HEAD.min(usize::try_from(file.len()).unwrap_or(HEAD))];
    file.read_exact_at(&mut head, 0)?;
    let text = head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&head).trim_ascii_start();
    Ok(match head.as_slice() {
        _ if head.windows(5).any(|w| w == b"%PDF-") => Format::Pdf,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Format::Zip,
        [0x30, length, ..] if *length >= 0x80 => Format::Der,
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => Format::Xml,
        _ if text.starts_with(b"<") => Format::Xml,
        _ => Format::Unknown,
    })
}

/// The exit code a verdict on a file stands for.
pub(crate) fn exit_of(status: Status) -> Exit {
    match status {
        Status::TotalPassed | Status::Skipped => Exit::Done,
        Status::TotalFailed => Exit::Failed,
        Status::Indeterminate | Status::NoSignature => Exit::Indeterminate,
        Status::Unreadable => Exit::CouldNot,
    }
}

/// A remark for reports, from a code of the command.
pub(crate) fn remark(code: &str, text: String) -> Remark {
    Remark { code: code.to_owned(), text }
}

fn last_part(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let of = |bytes: &[u8]| format(&bytes.to_vec()).expect("memory");
        assert_eq!(of(b"junk\n%PDF-1.7"), Format::Pdf);
        assert_eq!(of(b"PK\x03\x04rest"), Format::Zip);
        assert_eq!(of(&[0x30, 0x82, 1, 2]), Format::Der);
        assert_eq!(of(b"\xef\xbb\xbf <?xml?>"), Format::Xml);
        assert_eq!(of(b""), Format::Unknown);
        assert_eq!(of(b"text"), Format::Unknown);
    }
}
