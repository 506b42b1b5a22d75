//! Judging one file: what format it is, what it brings along, and the report on it.
//!
//! Shared by every verb that looks at a document: `verify`, the check after `sign`, `audit`, arrival in `pull`.
//!
//! Each format has a file below `judging/` with one function that fills a report; [`Judge::fill`] picks it. A format
//! that holds files has each of them judged by [`Judge::child`], within one budget for the whole tree.

pub(crate) mod asic;
mod cms;
mod edxml;
mod pdf;
mod prove;
pub(crate) mod xml;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use prove::Standing;

use super::clock;
use super::context::Context;
use super::error::{CliError, Exit};
use super::files::{Contents, FileReader, Found, PathName};
use super::receipts::{NamedBytes, Stamped};
use super::trust::{Trust, collector};
use crate::base::budget::Budget;
use crate::base::encoding::hex;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::net::{Collector, FetchSettings, Fetcher, Wanted};
use crate::path::{Links, Purpose, Settings};
use crate::policy::{self, Original, Policy};
use crate::proofs::Store;
use crate::report::model::{FileReport, PolicyName, Status};
use crate::revocation::Usable;
use crate::validate::cades::Named;
use crate::validate::candidate::Kind;
use crate::validate::cause::Cause;
use crate::validate::collected::Collected;
use crate::validate::conclusion::Indication;
use crate::validate::finding::Finding;
use crate::validate::original;
use crate::validate::verdict::Verdict;
use crate::validate::{Inputs, RevocationChecks, existence, hashing, judge_since};
use crate::x509::{Certificate, Crl, OcspResponse};

/// Bytes looked at to tell a format.
const HEAD: usize = 1_024;

/// Largest file that is read once and judged in memory; a larger one is read where it lies.
const IN_MEMORY: u64 = 1 << 20;
/// Most certificates a file may bring for its proofs to be shared with other files, and most sets of such.
const MOST_SHARED: usize = 16;
const MOST_STORES: usize = 64;
/// Deepest nesting of files inside files.
const DEEPEST: usize = 4;
/// Most files judged inside one file, over all levels.
const MOST_CHILDREN: u64 = 2_000;
/// Most bytes judged inside one file, over all levels; what a container unpacks to is bounded by its own reader too.
const MOST_BYTES: u64 = 8 << 30;

/// A file to be judged, wherever it lies.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Its bytes.
    pub(crate) file: &'a dyn ReadAt,
    /// Its own name, without folders.
    pub(crate) name: &'a str,
    /// Where it lies; `None` inside another file.
    pub(crate) path: Option<&'a Path>,
    /// True when it was named, not found in a folder or inside another file: then it is judged whatever it is.
    pub(crate) named: bool,
    /// How deep inside other files it lies, and what may still be spent.
    pub(crate) nesting: &'a Nesting,
}

/// How deep inside other files something lies, and what the whole tree may still cost.
pub(crate) struct Nesting {
    depth: usize,
    budget: std::rc::Rc<RefCell<(Budget, Budget)>>,
}

impl Nesting {
    /// At the top, with everything to spend.
    pub(crate) fn top() -> Self {
        let budget = (Budget::new(MOST_CHILDREN), Budget::new(MOST_BYTES));
        Nesting { depth: 0, budget: std::rc::Rc::new(RefCell::new(budget)) }
    }

    /// One level down, when neither depth nor budget forbid a file of `bytes`.
    fn inside(&self, bytes: u64) -> Option<Self> {
        let mut budget = self.budget.borrow_mut();
        let affordable = budget.0.spend(1).is_ok() && budget.1.spend(bytes).is_ok();
        (affordable && self.depth < DEEPEST)
            .then(|| Nesting { depth: self.depth + 1, budget: std::rc::Rc::clone(&self.budget) })
    }
}

/// Everything that stays the same from file to file.
pub(crate) struct Judge {
    trust: Trust,
    policy: Policy,
    at: (UnixTime, &'static str),
    links: Links,
    store: Store,
    password: Option<zeroize::Zeroizing<String>>,
    // With the certificates of files that bring nothing else, by their digests in order.
    stores: Mutex<HashMap<Vec<[u8; 32]>, Arc<Store>>>,
    contents: Vec<PathBuf>,
    receipts: Vec<NamedBytes>,
    collector: Option<Collector>,
    used: Option<Mutex<Store>>,
    helpers: usize,
}

/// Whether an agency may put its seal on a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sealing {
    /// A person with the right to sign has.
    Allowed,
    /// Somebody has, and nobody told as what.
    WithoutRoles,
    /// Nobody whom the roles name as a person has, or the signature did not pass.
    NoPerson,
    /// The signatures there are did not pass.
    NonePassed,
}

/// A file that a detached signature is over.
pub(crate) struct Detached {
    /// Its own name, without folders.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) file: FileReader,
    /// Whether the user named it, or it stands beside the signature.
    pub(crate) named: Named,
}

/// Endings of files with a detached signature or time-stamp: the rest of the name is that of the content.
const DETACHED: [&str; 10] = ["p7s", "p7m", "p7", "pkcs7", "cms", "sig", "xades", "cades", "tsr", "tst"];

/// The file of that name, or of the name it had before results of ours got `.signed` or `.extended` put in.
fn content_beside(mut name: PathBuf) -> Option<PathBuf> {
    while !name.is_file() {
        name.extension().filter(|e| *e == "signed" || *e == "extended")?;
        name = name.with_extension("");
    }
    Some(name)
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
    /// PEM, or base64 of an ASN.1 SEQUENCE.
    Text,
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
        Judge {
            trust,
            policy,
            at,
            links: Links::new(),
            store,
            password: password.map(zeroize::Zeroizing::new),
            stores: Mutex::default(),
            contents: Vec::new(),
            receipts: Vec::new(),
            collector: None,
            used: None,
            helpers: 0,
        }
    }

    /// The same, where so many threads more may look at each file; worth it when there are fewer files than cores.
    #[must_use]
    pub(crate) fn with_helpers(mut self, helpers: usize) -> Self {
        self.helpers = helpers;
        self
    }

    /// The same, fetching missing issuers and revocation data. Not for another time than now: what is fetched
    /// today says nothing about another day.
    ///
    /// # Errors
    /// Those of [`collector`].
    pub(crate) fn online(mut self, context: &Context) -> Result<Self, CliError> {
        if self.asks_nobody() {
            return Ok(self);
        }
        self.collector = Some(collector(context)?);
        Ok(self)
    }

    fn asks_nobody(&self) -> bool {
        self.at.1 != "clock" || self.trust.revocation == RevocationChecks::Off
    }

    /// [`Judge::online`] with other bounds, and without memory on disk.
    #[must_use]
    pub(crate) fn online_by(mut self, bounds: FetchSettings) -> Self {
        if !self.asks_nobody() {
            self.collector = Some(Collector::new(Arc::new(Fetcher::new(bounds))));
        }
        self
    }

    /// The same, with files that detached signatures may be over (`--content`).
    #[must_use]
    pub(crate) fn with_contents(mut self, contents: &[PathBuf]) -> Self {
        self.contents = contents.to_vec();
        self
    }

    /// The same, with receipts that may name a file (`--receipt`).
    #[must_use]
    pub(crate) fn with_receipts(mut self, receipts: Vec<NamedBytes>) -> Self {
        self.receipts = receipts;
        self
    }

    /// Since when the file is proven to exist by a receipt that names it; what does not prove it is told.
    fn existed(&self, file: &dyn ReadAt, report: &mut FileReport) {
        if self.receipts.is_empty() {
            return;
        }
        // Whoever cannot be read is told so by the format's own reader.
        let Ok((sha256, _)) = hashing::hash(file, &[]) else { return };
        let mut earliest: Option<UnixTime> = None;
        for receipt in self.receipts.iter().filter(|receipt| receipt.package.0.as_slice() == sha256) {
            match receipt.stamped.as_ref().map_err(Clone::clone).and_then(|stamped| self.time_of(stamped)) {
                Ok(time) => earliest = Some(earliest.map_or(time, |known| known.min(time))),
                Err(why) => report.push_finding(&Finding::ReceiptNotUsed(why)),
            }
        }
        report.set_existed(earliest);
    }

    fn time_of(&self, stamped: &Stamped) -> Result<UnixTime, Cause> {
        let mut store = self.store.clone();
        for certificate in &stamped.certificates {
            store.add_certificate(certificate.clone());
        }
        if let Some(collector) = &self.collector {
            self.fetch(collector, &stamped.certificates, Purpose::TimeStamping, self.at.0, &mut store);
        }
        if let Some(used) = &self.used {
            used.lock().unwrap_or_else(PoisonError::into_inner).merge(&store);
        }
        existence(&stamped.token, &stamped.text, &self.inputs(&store, self.at.0)).map_err(|finding| {
            let cause = finding.cause().cloned().unwrap_or_else(|| finding.to_string().into());
            Cause::new("receipt-stamp", Vec::new(), &finding).because(cause)
        })
    }

    /// The files that detached signatures may be over.
    pub(crate) fn contents(&self) -> &[PathBuf] {
        &self.contents
    }

    /// What a detached signature is over: the one file named with `--content`, the one of several that has the
    /// signature's name without its last ending, or else the file of that name beside the signature.
    ///
    /// # Errors
    /// Why a file that is there cannot be opened.
    pub(crate) fn detached(&self, source: &Source<'_>) -> Result<Option<Detached>, CliError> {
        let stem = Path::new(source.name).file_stem();
        let chosen = match self.contents.as_slice() {
            [only] => Some((only.clone(), Named::Expressly)),
            several => {
                let of_that_name = several.iter().find(|path| path.file_name() == stem);
                of_that_name.map(|path| (path.clone(), Named::Expressly))
            }
        };
        let beside = || {
            let path = source.path?;
            let ending = path.extension()?.to_str()?.to_ascii_lowercase();
            let content = content_beside(path.with_extension(""))?;
            DETACHED.contains(&ending.as_str()).then_some((content, Named::ByPlace))
        };
        let Some((path, named)) = chosen.or_else(beside) else { return Ok(None) };
        let name = path.file_name().map(|name| PathName::from(Path::new(name)).path).unwrap_or_default();
        Ok(Some(Detached { name, file: FileReader::open(&path)?, named }))
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
        let file = match Contents::open(&found.path, IN_MEMORY) {
            Ok(file) => file,
            Err(error) => {
                report.set_unreadable(error.code.as_str(), error.message(super::texts::Lang::En));
                return report;
            }
        };
        let name = last_part(&report.path);
        let nesting = Nesting::top();
        let source =
            Source { file: &file, name: &name, path: Some(&found.path), named: found.named, nesting: &nesting };
        self.existed(&file, &mut report);
        self.fill(&source, &mut report);
        report
    }

    /// The report on a file inside another one, whose report is `outer`; `None` when it is of no known format.
    /// Beyond the bounds of nesting it is UNREADABLE, and says why.
    pub(crate) fn child(
        &self,
        file: &dyn ReadAt,
        name: &str,
        outer: &FileReport,
        nesting: &Nesting,
    ) -> Option<FileReport> {
        let mut report = self.blank(Path::new(""));
        report.path = format!("{}!/{name}", outer.path);
        // What lies in a file is as old as the file.
        report.set_existed(outer.existed);
        match nesting.inside(file.len()) {
            Some(nesting) => {
                let own = last_part(name);
                let source = Source { file, name: &own, path: None, named: false, nesting: &nesting };
                self.fill(&source, &mut report);
            }
            None => {
                let text = "files are nested too deep, or there are too many of them, to look at this one";
                report.set_unreadable("NESTED_TOO_DEEP", text.to_owned());
            }
        }
        (report.indication != Status::Skipped).then_some(report)
    }

    /// The verdicts on what was collected of a file, also written into its report.
    pub(crate) fn conclude(&self, collected: &Collected, own_name: &str, report: &mut FileReport) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        if !collected.candidates.is_empty() {
            let at;
            (verdicts, at) = self.verdicts_since(collected, report.existed);
            report.validation_time.at = at.rfc3339();
        }
        report.set_signatures(&verdicts);
        report.set_documents(own_name, collected, &verdicts);
        report.set_roles(&verdicts, &self.policy.roles);
        // A container is no document: what lies in it is judged by itself.
        let is_document = !matches!(report.format, "asic-e" | "asic-s" | "edxml" | "tst");
        if self.policy.original == Original::Nd30 && is_document && !verdicts.is_empty() {
            report.set_originality(&original::judge(&verdicts, &self.policy.roles));
        }
        verdicts
    }

    /// The verdicts on what was collected of a file, which is proven to exist since `existed` where that is told.
    /// The time is that of the judgement.
    fn verdicts_since(&self, collected: &Collected, existed: Option<UnixTime>) -> (Vec<Verdict>, UnixTime) {
        let store = self.gather_shared(collected);
        let at = self.answered(self.at.0);
        (judge_since(collected, &self.inputs(&store, at), existed), at)
    }

    /// The time to judge at once everybody has answered: what is issued while we ask is not from the future.
    fn answered(&self, asked: UnixTime) -> UnixTime {
        if self.collector.is_some() { asked.max(clock::now()) } else { asked }
    }

    /// [`Judge::gather`] at the time of judging, shared between files that bring the same certificates and nothing
    /// else: what becomes known about their paths is then known for the next file too.
    fn gather_shared(&self, collected: &Collected) -> Arc<Store> {
        let embedded = collected.embedded();
        let plain = embedded.crls.is_empty() && embedded.ocsp_responses.is_empty();
        let alone = self.collector.is_none() && self.used.is_none();
        if !plain || !alone || embedded.certificates.len() > MOST_SHARED {
            return Arc::new(self.gather(collected, self.collector.as_ref(), self.at.0));
        }
        let key: Vec<[u8; 32]> = embedded.certificates.iter().map(|certificate| *certificate.sha256()).collect();
        let stores = || self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = stores().get(&key) {
            return Arc::clone(known);
        }
        let store = Arc::new(self.gather(collected, None, self.at.0));
        let mut stores = stores();
        if stores.len() >= MOST_STORES {
            stores.clear();
        }
        stores.insert(key, Arc::clone(&store));
        store
    }

    /// Every proof at hand for judging at `now`: those given, those of the file and, where someone is asked, those
    /// fetched.
    fn gather(&self, collected: &Collected, asked: Option<&Collector>, now: UnixTime) -> Store {
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
        if let Some(collector) = asked {
            let (documents, stamps) = collected.signers();
            self.fetch(collector, &documents, Purpose::DocumentSigning, now, &mut store);
            self.fetch(collector, &stamps, Purpose::TimeStamping, now, &mut store);
        }
        if let Some(used) = &self.used {
            used.lock().unwrap_or_else(PoisonError::into_inner).merge(&store);
        }
        store
    }

    /// Whether an agency may seal a PDF: a person's signature on it passed ([`original::sealable`]). Where nobody said who
    /// signs as what, any signature that passed will do, and one that failed is in the way; where nobody is trusted
    /// either, none can pass, and that none failed is all there is to know.
    ///
    /// # Errors
    /// [`crate::pdf::PdfError`] when it cannot be read as a PDF at all.
    pub(crate) fn sealing(&self, file: &dyn ReadAt) -> Result<Sealing, crate::pdf::PdfError> {
        let collected = crate::validate::pdf::collect(file, self.password())?;
        let (verdicts, _) = self.verdicts_since(&collected, None);
        let roles = &self.policy.roles;
        if !roles.is_empty() {
            let may = original::sealable(&verdicts, roles).is_some();
            return Ok(if may { Sealing::Allowed } else { Sealing::NoPerson });
        }
        let signatures = || verdicts.iter().filter(|v| v.kind == Kind::Signature);
        let failed = signatures().any(|v| v.conclusion.indication() == Indication::Failed);
        let trusts = !self.trust.signer_anchors.is_empty() && self.policy.trust == policy::Trust::Required;
        let known = !trusts || signatures().any(|v| v.conclusion.passed());
        Ok(if known && !failed { Sealing::WithoutRoles } else { Sealing::NonePassed })
    }

    fn inputs<'a>(&'a self, store: &'a Store, now: UnixTime) -> Inputs<'a> {
        Inputs {
            now,
            signer_anchors: &self.trust.signer_anchors,
            tsa_anchors: &self.trust.tsa_anchors,
            pool: store.pool(),
            evidence: store.evidence(),
            links: &self.links,
            policy: &self.policy,
            revocation: self.trust.revocation,
        }
    }

    /// Fetches what paths of these certificates lack; what cannot be had shows in the verdict.
    fn fetch(
        &self,
        collector: &Collector,
        certificates: &[Certificate],
        purpose: Purpose,
        now: UnixTime,
        store: &mut Store,
    ) {
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
            settings: &Settings::new(now, purpose),
            links: &self.links,
            usable: Usable::Current { max_age_s: self.policy.revocation.freshness.max_age_s() },
            unknown_signer: self.policy.revocation.unknown_signer,
        };
        let _shown_in_the_verdict = collector.collect(&wanted, store);
    }

    fn blank(&self, path: &Path) -> FileReport {
        let name = PathName::from(path);
        let policy = PolicyName {
            name: self.policy.name.clone(),
            sha256: hex(&self.policy.sha256),
            roles_sha256: self.policy.roles.sha256().map(|digest| hex(digest)),
        };
        let mut report = FileReport::new(name.path, "unknown", self.at, policy);
        report.path_bytes = name.path_bytes;
        report
    }

    fn fill(&self, source: &Source<'_>, report: &mut FileReport) {
        let format = match format(source.file) {
            Ok(format) => format,
            Err(error) => return report.set_unreadable("READ_FAILED", error.to_string()),
        };
        // Under the name of a PDF it would be opened as one, whatever stands before its head.
        let opens_as_pdf = format == Format::Der && source.name.to_ascii_lowercase().ends_with(".pdf");
        match format {
            Format::Der if opens_as_pdf => pdf::fill(self, source, report),
            Format::Pdf => pdf::fill(self, source, report),
            Format::Unknown if !source.named => report.indication = Status::Skipped,
            Format::Unknown => {
                report.set_unreadable("UNKNOWN_FORMAT", "the file is of no format that carries signatures".to_owned());
            }
            Format::Der => cms::fill(self, source, report),
            Format::Text => cms::fill_text(self, source, report),
            Format::Xml if edxml::looks_like_one(source.file) => edxml::fill(self, source, report),
            Format::Xml => xml::fill(self, source, report),
            Format::Zip => asic::fill(self, source, report),
        }
    }

    /// The password for encrypted files, where one was given.
    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref().map(String::as_str)
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
    // A CMS signature may hold a PDF whose first bytes are among these.
    let is_cms = head.first() == Some(&0x30)
        && head.get(..40).is_some_and(|start| start.windows(cms::SIGNED_DATA.len()).any(|w| w == cms::SIGNED_DATA));
    Ok(match head.as_slice() {
        _ if is_cms => Format::Der,
        // First: a container may begin with a PDF that is stored as it is.
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Format::Zip,
        _ if head.windows(5).any(|w| w == b"%PDF-") => Format::Pdf,
        [0x30, length, ..] if *length >= 0x80 => Format::Der,
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => Format::Xml,
        _ if text.starts_with(b"<") => Format::Xml,
        _ if text.starts_with(b"-----BEGIN ") || is_base64(text) => Format::Text,
        _ => Format::Unknown,
    })
}

/// Base64 of something that begins with a SEQUENCE of more than 127 bytes or of no length known beforehand.
fn is_base64(text: &[u8]) -> bool {
    let begins = [b"MI", b"MH", b"MD", b"MG"].iter().any(|start| text.starts_with(*start));
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=') || b.is_ascii_whitespace();
    begins && text.len() >= 64 && text.iter().all(plain)
}

/// Says that signatures in a format are not verified; in a folder the file is only skipped.
fn not_supported(source: &Source<'_>, what: &str, report: &mut FileReport) {
    if source.named {
        report.set_unreadable("FORMAT_NOT_SUPPORTED", format!("signatures in {what} are not verified"));
    } else {
        report.indication = Status::Skipped;
    }
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
        assert_eq!(of(b"PK\x03\x04 a.pdf %PDF-1.7"), Format::Zip);
        assert_eq!(of(&[0x30, 0x82, 1, 2]), Format::Der);
        assert_eq!(of(b"\xef\xbb\xbf <?xml?>"), Format::Xml);
        assert_eq!(of(b""), Format::Unknown);
        let signed_data = [&[0x30, 0x80], cms::SIGNED_DATA, &[0; 40], b"%PDF-1.7"].concat();
        assert_eq!(of(&signed_data), Format::Der);
        assert_eq!(of(b"text"), Format::Unknown);
        assert_eq!(of(b"-----BEGIN PKCS7-----\n"), Format::Text);
        assert_eq!(of(&[b"MIIB".as_slice(), &[b'A'; 80]].concat()), Format::Text);
        assert_eq!(
            of(b"MIIB and so on, which is no base64 at all, however long it may become in the end"),
            Format::Unknown
        );
    }
}
