//! Judging one file: what format it is, what it brings along, and the report on it.
//!
//! Shared by every verb that looks at a document: `verify`, the check after `sign`, `audit`, arrival in `pull`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Exit;
use super::files::{FileReader, Found, PathName};
use super::trust::Trust;
use crate::base::encoding::hex;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::net::{Collector, FetchSettings, Fetcher, Wanted};
use crate::path::{Links, Purpose, Settings};
use crate::policy::Policy;
use crate::proofs::Store;
use crate::report::model::{DocumentEntry, FileReport, PolicyName, Status};
use crate::revocation::Usable;
use crate::validate::pdf::{Collected, collect};
use crate::validate::verdict::Verdict;
use crate::validate::{Inputs, RevocationChecks, judge};
use crate::x509::{Certificate, Crl, OcspResponse};

/// Bytes looked at to tell a format.
const HEAD: usize = 1_024;

/// Everything that stays the same from file to file.
pub(crate) struct Judge {
    trust: Trust,
    policy: Policy,
    at: (UnixTime, &'static str),
    links: Links,
    store: Store,
    password: Option<String>,
    collector: Option<Collector>,
    used: Option<Mutex<Store>>,
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
        let mut store = Store::new();
        let anchors = [&trust.signer_anchors, &trust.tsa_anchors];
        let anchors = anchors.iter().flat_map(|a| a.all()).filter_map(|a| a.certificate().cloned());
        for certificate in trust.untrusted.iter().cloned().chain(anchors) {
            store.add_certificate(certificate);
        }
        for crl in &trust.crls {
            store.add_crl(crl.clone());
        }
        for answer in &trust.ocsp {
            store.add_ocsp(answer.clone());
        }
        Judge { trust, policy, at, links: Links::new(), store, password, collector: None, used: None }
    }

    /// The same, fetching missing issuers and revocation data. Not for another time than now: what is fetched
    /// today says nothing about another day.
    #[must_use]
    pub(crate) fn online(mut self) -> Self {
        if self.at.1 == "clock" && self.trust.revocation == RevocationChecks::On {
            self.collector = Some(Collector::new(Arc::new(Fetcher::new(FetchSettings::default()))));
        }
        self
    }

    /// The same, remembering every proof for [`Judge::used`].
    #[must_use]
    pub(crate) fn remembering(mut self) -> Self {
        self.used = Some(Mutex::new(self.store.clone()));
        self
    }

    /// Every proof at hand while judging, when [`Judge::remembering`].
    pub(crate) fn used(&self) -> Option<Store> {
        self.used.as_ref().map(|used| used.lock().unwrap_or_else(PoisonError::into_inner).clone())
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
        let mut store = self.store.clone();
        for certificate in embedded.certificates {
            store.add_certificate(certificate);
        }
        for crl in embedded.crls.iter().filter_map(|der| Crl::from_der(der).ok()) {
            store.add_crl(crl);
        }
        for answer in embedded.ocsp_responses.iter().filter_map(|der| OcspResponse::from_der(der).ok()) {
            store.add_ocsp(answer);
        }
        if let Some(collector) = &self.collector {
            let (documents, stamps) = collected.signers();
            self.fetch(collector, &documents, Purpose::DocumentSigning, &mut store);
            self.fetch(collector, &stamps, Purpose::TimeStamping, &mut store);
        }
        if let Some(used) = &self.used {
            used.lock().unwrap_or_else(PoisonError::into_inner).merge(&store);
        }
        let inputs = Inputs {
            now: self.at.0,
            signer_anchors: &self.trust.signer_anchors,
            tsa_anchors: &self.trust.tsa_anchors,
            pool: store.pool(),
            evidence: store.evidence(),
            links: &self.links,
            policy: &self.policy,
            revocation: self.trust.revocation,
        };
        judge(collected, &inputs)
    }

    /// Fetches what paths of these certificates lack; what cannot be had shows in the verdict.
    fn fetch(&self, collector: &Collector, certificates: &[Certificate], purpose: Purpose, store: &mut Store) {
        let anchors = match purpose {
            Purpose::TimeStamping => &self.trust.tsa_anchors,
            _ => &self.trust.signer_anchors,
        };
        if certificates.is_empty() || anchors.is_empty() {
            return;
        }
        let wanted = Wanted {
            certificates,
            anchors,
            settings: &Settings::new(self.at.0, purpose),
            links: &self.links,
            usable: Usable::Current { max_age_s: self.policy.revocation.freshness.max_age_s() },
            unknown_signer: self.policy.revocation.unknown_signer,
        };
        let _shown_in_the_verdict = collector.collect(&wanted, store);
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
                if collected.is_rebuilt && verdicts.is_empty() {
                    let text = "the PDF is damaged or cut short, and no signature was found in what is left of it";
                    report.set_unreadable("PDF_INCOMPLETE", text.to_owned());
                }
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
