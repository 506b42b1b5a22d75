//! The work no verifier can leave out: `cargo bench --bench verify -- FOLDER [PEM FILE…]`.
//!
//! Every file of the folder is a PDF whose newest signature covers all of it. Each is read and hashed once and its
//! signature value checked, on all cores; nothing is parsed, judged or reported. What to check was found out before the
//! clock starts. One JSON line: files, bytes, `seconds` for that, and `seconds_alone` when the certificates and CRLs in
//! the PEM files are checked again for every file, as a verifier does that looks at one file at a time.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use congvan::algorithms::{DigestAlgorithm, SignatureScheme};
use congvan::asn1::AlgorithmIdentifier;
use congvan::cms::SignedData;
use congvan::pdf::Document;
use congvan::x509::{Certificate, Crl};

/// A signature value and what it is over.
struct Value {
    scheme: SignatureScheme,
    spki: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Value {
    fn of(algorithm: &AlgorithmIdentifier, digest: Option<DigestAlgorithm>, issuer: &Certificate) -> Self {
        let scheme = SignatureScheme::from_identifiers(algorithm, digest).expect("a known algorithm");
        Value { scheme, spki: issuer.spki().to_vec(), message: Vec::new(), signature: Vec::new() }
    }

    fn check(&self) {
        self.scheme.verify(&self.spki, &self.message, &self.signature).expect("a sound signature");
    }
}

/// One file, and what is to be done with its bytes.
struct Task {
    path: PathBuf,
    hole: (usize, usize),
    digest: DigestAlgorithm,
    expected: Vec<u8>,
    value: Value,
}

impl Task {
    fn of(path: PathBuf) -> Self {
        let bytes = std::fs::read(&path).expect("reads");
        let document = Document::open(&bytes).expect("a PDF");
        let fields = document.signatures().expect("reads");
        let signature = fields.iter().filter_map(|field| field.signature.as_ref()).find(|s| s.coverage.whole_file);
        let signature = signature.expect("a signature over all of the file");
        let range = signature.coverage.range.as_ref().expect("a byte range");
        let at = |offset: u64| usize::try_from(offset).expect("small");
        let contents = signature.value.contents.as_deref().expect("a value");
        let cms = SignedData::parse(&contents[..signature.coverage.cms_length.expect("a CMS")]).expect("a CMS");
        let signer = cms.signers().first().expect("a signer");
        let certificate = cms.certificates().iter().find(|c| signer.id().names(c)).expect("its certificate");
        let digest = DigestAlgorithm::from_oid(&signer.digest_algorithm().oid).expect("a known digest");
        let value = Value {
            message: signer.signed_attributes_raw().expect("signed attributes").to_vec(),
            signature: signer.signature().to_vec(),
            ..Value::of(signer.signature_algorithm(), Some(digest), certificate)
        };
        Task {
            hole: (at(range.hole_start), at(range.hole_end)),
            digest,
            expected: signer.message_digest().expect("reads").expect("there"),
            value,
            path,
        }
    }

    /// Reads the file, hashes each of its bytes and compares; returns its length.
    fn run(&self) -> usize {
        let bytes = std::fs::read(&self.path).expect("reads");
        let mut signed = self.digest.hasher();
        signed.update(&bytes[..self.hole.0]);
        let mut whole = signed.clone();
        signed.update(&bytes[self.hole.1..]);
        whole.update(&bytes[self.hole.0..]);
        assert_eq!(signed.finish(), self.expected, "{}", self.path.display());
        std::hint::black_box(whole.finish());
        self.value.check();
        bytes.len()
    }
}

/// The signatures on the certificates and CRLs of these files whose issuers are among them.
fn shared(files: &[String]) -> Vec<Value> {
    let read = |path: &String| std::fs::read(path).expect("reads");
    let (lists, others): (Vec<_>, Vec<_>) =
        files.iter().map(read).partition(|pem| pem.starts_with(b"-----BEGIN X509 CRL"));
    let certificates: Vec<Certificate> =
        others.iter().flat_map(|pem| Certificate::from_pem_or_der(pem).expect("certificates")).collect();
    let mut found = Vec::new();
    for issuer in &certificates {
        for one in certificates.iter().filter(|c| c.issuer() == issuer.subject() && !c.is_self_issued()) {
            let (message, signature) = (one.tbs().to_vec(), one.signature().to_vec());
            found.push(Value { message, signature, ..Value::of(one.signature_algorithm(), None, issuer) });
        }
        for crl in lists.iter().flat_map(|pem| Crl::from_pem_or_der(pem).expect("CRLs")) {
            if crl.issuer() == issuer.subject() {
                let (message, signature) = (crl.tbs().to_vec(), crl.signature().to_vec());
                found.push(Value { message, signature, ..Value::of(crl.signature_algorithm(), None, issuer) });
            }
        }
    }
    found
}

/// Runs every task on all cores; bytes read and seconds taken.
fn timed(tasks: &[Task], each: &[Value]) -> (usize, f64) {
    let (next, total) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    total.fetch_add(task.run(), Ordering::Relaxed);
                    each.iter().for_each(Value::check);
                }
            });
        }
    });
    (total.into_inner(), start.elapsed().as_secs_f64())
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("reads").path()).collect();
    files.sort();
    files
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(folder) = arguments.next() else { return };
    let tasks: Vec<Task> = files_of(Path::new(&folder)).into_iter().map(Task::of).collect();
    let shared = shared(&arguments.collect::<Vec<_>>());
    let (bytes, seconds) = timed(&tasks, &[]);
    let (_, alone) = timed(&tasks, &shared);
    let line = serde_json::json!({
        "files": tasks.len(), "bytes": bytes, "seconds": seconds, "seconds_alone": alone, "values_alone": shared.len() + 1,
    });
    writeln!(std::io::stdout(), "{line}").expect("writes");
}
