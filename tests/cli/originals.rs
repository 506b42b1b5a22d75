//! Originals, roles, policies and receipts on the command line: what `verify` says of a decision that the leader signed
//! and the agency sealed, and when `sign` refuses to seal.

use std::path::Path;
use std::sync::Arc;

use congvan::algorithms::DigestAlgorithm;
use congvan::authority::{Authority, CaKeys, Identity, KeyChoice, Purpose, Settings, Subject, TsaFault};
use congvan::base::encoding::{base64, hex};
use congvan::base::time::UnixTime;
use congvan::exchange::envelope::Package;
use congvan::exchange::evidence::{Event, Evidence, LogName, Receipt, SenderAuthentication};
use congvan::exchange::id::{AgencyCode, Sha256, Uuid};
use congvan::exchange::log::leaf::leaf_hash;
use congvan::exchange::log::note::NoteSigner;
use congvan::exchange::log::proof::InclusionProof;
use congvan::exchange::seal::Sealer;
use congvan::keys::SoftwareKey;
use congvan::pdf::{Document, Update};
use congvan::sign::cades::{CmsRequest, sign};
use congvan::sign::pades::{PadesRequest, prepare};
use congvan::tsp::TimeStampRequest;

use crate::proofs::now;
use crate::run::{Done, command, finished};

const TRUST: [&str; 5] = ["--offline", "--anchor", "root.der", "--crl", "crls"];

/// A folder with a decision signed by the leader (`led.pdf`), sealed by the agency too (`sealed.pdf`), what is needed
/// to trust both, and who they are (`roles.toml`).
struct Office {
    folder: tempfile::TempDir,
    now: UnixTime,
    authority: Authority,
    agency: Identity,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now = now(folder.path());
        let settings = Settings { now, base_url: "http://127.0.0.1:1".to_owned(), keys: CaKeys::Fresh };
        let authority = Authority::new(&settings).expect("an authority");
        let issue =
            |subject: &Subject| authority.issue(subject, Purpose::Signing, &KeyChoice::Fresh).expect("a certificate");
        let leader = issue(&Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải"));
        let agency = issue(&Subject::agency("Ủy ban nhân dân tỉnh Sơn Hải", "Tỉnh Sơn Hải"));
        let office = Office { folder, now, authority, agency };
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents/decision.pdf");
        let led = signed(&std::fs::read(fixture).expect("the fixture"), &leader);
        office.write("sealed.pdf", &signed(&led, &office.agency));
        office.write("led.pdf", &led);
        office.write("root.der", office.authority.root().der());
        std::fs::create_dir(office.path("crls")).expect("a folder");
        office.write("crls/issuing.crl", &office.authority.crl(now).expect("a CRL"));
        office.write("crls/root.crl", &office.authority.root_crl(now).expect("a CRL"));
        let entry = |who: &Identity, role: &str| {
            format!("[[signer]]\nsha256 = \"{}\"\nrole = \"{role}\"\nagency = \"H99\"\n", hex(who.certificate.sha256()))
        };
        let (person, seal) = (entry(&leader, "person"), entry(&office.agency, "agency"));
        office.write("roles.toml", format!("{person}{seal}").as_bytes());
        office.write("seal-only.toml", seal.as_bytes());
        office.write("person-only.toml", person.as_bytes());
        office.write("seal.key", office.agency.key_pem().as_bytes());
        office.write("seal.pem", office.agency.chain_pem().as_bytes());
        office
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("writes");
    }

    fn verify(&self, file: &str, more: &[&str]) -> (Option<i32>, serde_json::Value) {
        let mut command = command(self.folder.path());
        let done = finished(command.args(["verify", file, "--json"]).args(TRUST).args(more).output().expect("starts"));
        // Errors stand on the other stream.
        let line = done.stdout.lines().chain(done.stderr.lines()).next().unwrap_or_else(|| panic!("{done:?}"));
        (done.exit, serde_json::from_str(line).expect("JSON"))
    }

    /// Lets the agency seal `file` with these roles configured.
    fn seal(&self, file: &str, roles: &str) -> Done {
        let stamp = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stamps/seal.png");
        std::fs::copy(stamp, self.path("seal.png")).expect("copies");
        let line = "--as seal --key seal.key --cert seal.pem --image seal.png --number 7/QĐ-UBND --date 5/3/2026";
        let mut command = command(self.folder.path());
        command.args(["sign", file]).args(line.split(' ')).args(["--place", "1,20,230", "--out", "out.pdf"]);
        command.args(["--offline", "--trust-anchor", "root.der", "--crl", "crls"]);
        if !roles.is_empty() {
            command.env("CONGVAN_ROLES", roles);
        }
        finished(command.output().expect("starts"))
    }

    /// A receipt for `bytes` of an endpoint whose certificate is the agency's, with its proof and its time-stamp.
    fn receive(&self, bytes: &[u8], stamped: UnixTime) {
        let pkcs8 = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
        let key = SoftwareKey::from_pkcs8(pkcs8.as_ref()).expect("opens");
        let log = NoteSigner::new("exchange.example/log", Arc::new(key)).expect("a log");
        let code = |text| AgencyCode::parse(text).expect("a code");
        let evidence = Evidence {
            id: Uuid::v7(1_772_700_001_000, [9; 10]),
            event: Event::SubmissionAcceptance,
            time: stamped,
            endpoint: "exchange.example".to_owned(),
            issuer_certificate: Sha256::of(self.agency.certificate.der()),
            delivery: Uuid::v7(1_772_700_000_000, [8; 10]),
            envelope: Sha256::of(b"envelope"),
            sender: code("H99"),
            sender_authentication: SenderAuthentication::Seal,
            recipients: vec![code("H98")],
            package: Package {
                sha256: Sha256::of(bytes),
                size: u64::try_from(bytes.len()).expect("small"),
                media_type: "application/pdf".to_owned(),
            },
            submitted: Some(stamped),
            reasons: Vec::new(),
            acknowledgement: None,
            previous: None,
            salt: [3; 16],
            log: LogName { origin: "exchange.example/log".to_owned(), vkey: log.verifier().vkey() },
            max_log_delay_s: 60,
        };
        let said = evidence.to_bytes();
        let chain: Vec<_> = std::iter::once(&self.agency.certificate).chain(&self.agency.issuers).cloned().collect();
        let sealer = Sealer::new(self.agency.signer.clone(), &chain).expect("a seal");
        let signature = sealer.seal(&said).expect("seals");
        let receipt = Receipt { leaf: evidence.leaf(&said).to_bytes(), evidence: said, signature };
        // A log of one leaf: its hash is the root.
        let text = format!("exchange.example/log\n1\n{}\n", base64(&leaf_hash(&receipt.leaf).0));
        let checkpoint = log.sign(&text).expect("signs");
        let proof = InclusionProof { index: 0, hashes: Vec::new(), checkpoint };
        let algorithm = DigestAlgorithm::Sha256;
        let question = TimeStampRequest::new(&algorithm.oid(), &algorithm.digest(text.as_bytes()), &[1, 2, 3, 4]);
        let answer = self.authority.answer_time_stamp(&question.to_der(), stamped, TsaFault::None);
        self.write("receipt.json", &receipt.to_bytes());
        self.write("receipt.tlog-proof", proof.to_text().as_bytes());
        self.write("receipt.tsr", &answer);
    }
}

fn signed(file: &[u8], who: &Identity) -> Vec<u8> {
    let file = file.to_vec();
    let parsed = Document::open(&file).expect("a PDF");
    let prepared = prepare(&parsed, PadesRequest::new(40_000)).expect("prepares");
    let digest = prepared.digest(&file, DigestAlgorithm::Sha256).expect("hashes");
    let request = CmsRequest::detached(&digest, &who.certificate, &who.issuers);
    let cms = sign(&request, &*who.signer).expect("signs").to_der();
    let update = prepared.embed(&cms).expect("fits").bytes;
    [file, update].concat()
}

fn codes(report: &serde_json::Value) -> Vec<String> {
    let errors = report["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn nd30_passes_an_original_whose_signers_are_known_and_says_what_is_missing_of_others() {
    let office = Office::new();
    let nd30 = ["--policy", "nd30", "--roles", "roles.toml"];
    let (exit, report) = office.verify("sealed.pdf", &nd30);
    assert_eq!((exit, report["indication"].as_str()), (Some(0), Some("TOTAL-PASSED")), "{report}");
    let told =
        |n: usize| (report["signatures"][n]["role"].clone(), report["signatures"][n]["signer"]["agency"].clone());
    assert_eq!(told(0), ("person".into(), "H99".into()));
    assert_eq!(told(1), ("agency".into(), "H99".into()));
    assert_eq!(report["policy"]["name"], "nd30");

    let (exit, report) = office.verify("led.pdf", &nd30);
    assert_eq!((exit, report["indication"].as_str()), (Some(3), Some("INDETERMINATE")), "{report}");
    assert_eq!(codes(&report), ["NOT_ORIGINAL"]);

    // Nobody said who signed as what: a common name says nothing.
    let (exit, report) = office.verify("sealed.pdf", &["--policy", "nd30"]);
    assert_eq!((exit, report["indication"].as_str()), (Some(3), Some("INDETERMINATE")), "{report}");
    assert!(codes(&report).contains(&"ROLE_UNKNOWN".to_owned()), "{report}");
    assert_eq!(report["signatures"][0]["indication"], "TOTAL-PASSED");

    // Under strict the same file passes without roles: its signatures are sound.
    assert_eq!(office.verify("sealed.pdf", &[]).0, Some(0));
}

#[test]
fn a_policy_or_a_list_of_roles_that_says_something_unknown_is_refused() {
    let office = Office::new();
    let strict = include_str!("../../src/policy/default.toml");
    office.write("own.toml", strict.as_bytes());
    assert_eq!(office.verify("sealed.pdf", &["--policy", "own.toml"]).0, Some(0));
    office.write("typo.toml", format!("trustt = \"none\"\n{strict}").as_bytes());
    let (exit, error) = office.verify("sealed.pdf", &["--policy", "typo.toml"]);
    assert_eq!((exit, error["code"].as_str()), (Some(2), Some("POLICY_INVALID")), "{error}");
    assert!(error["text"].as_str().is_some_and(|text| text.contains("trustt")), "{error}");
    office.write("cn.toml", b"[[signer]]\nsubject = \"CN=Somebody\"\nrole = \"person\"\n");
    let (exit, error) = office.verify("sealed.pdf", &["--policy", "nd30", "--roles", "cn.toml"]);
    assert_eq!((exit, error["code"].as_str()), (Some(2), Some("ROLES_INVALID")), "{error}");
    let (exit, error) = office.verify("sealed.pdf", &["--policy", "absent.toml"]);
    assert_ne!(exit, Some(0), "{error}");
}

#[test]
fn the_seal_waits_for_a_person_whom_the_roles_know() {
    let office = Office::new();
    let refused = office.seal("led.pdf", "seal-only.toml");
    assert_eq!(refused.exit, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("has no TOTAL-PASSED signature of a person"), "{refused:?}");
    assert!(!office.path("out.pdf").exists());

    let sealed = office.seal("led.pdf", "roles.toml");
    assert_eq!(sealed.exit, Some(0), "{sealed:?}");
    // The leader had prepared no fields: number and date came in the seal's own update, which is what an agency does.
    let (exit, report) = office.verify("out.pdf", &["--policy", "nd30", "--roles", "roles.toml"]);
    assert_eq!((exit, report["indication"].as_str()), (Some(0), Some("TOTAL-PASSED")), "{report}");
    let changes = report["signatures"][0]["changes_after"].as_array().expect("changes");
    let numbered: Vec<_> = changes.iter().filter(|change| change["kind"] == "number-or-date-added").collect();
    assert_eq!(numbered.len(), 3, "{report}");
    for change in numbered {
        assert_eq!((&change["judged"], &change["page"]), (&"allowed".into(), &1.into()), "{report}");
        assert_eq!(change["rect"].as_array().map(Vec::len), Some(4), "{report}");
    }
    // Whoever does not know the seal as the agency's cannot conclude about the leader's signature.
    for more in [&[][..], &["--roles", "person-only.toml"], &["--policy", "nd30"]] {
        let (exit, report) = office.verify("out.pdf", more);
        assert_eq!(
            (exit, report["signatures"][0]["indication"].as_str()),
            (Some(3), Some("INDETERMINATE")),
            "{report}"
        );
        assert_eq!(report["signatures"][1]["indication"], "TOTAL-PASSED", "{report}");
    }
}

#[test]
fn without_roles_the_seal_goes_onto_what_passed_and_says_that_nobody_knows_the_signer() {
    let office = Office::new();
    let sealed = office.seal("led.pdf", "");
    assert_eq!(sealed.exit, Some(0), "{sealed:?}");
    assert!(sealed.stderr.contains("is sealed without knowing who signed as what"), "{sealed:?}");
    std::fs::remove_file(office.path("out.pdf")).expect("removes");

    // Anchors are configured and do not lead to the signer.
    let stranger = Office::new();
    office.write("foreign.pdf", &std::fs::read(stranger.path("led.pdf")).expect("reads"));
    // The leader's signature is intact, and the page was changed behind it.
    let led = std::fs::read(office.path("led.pdf")).expect("reads");
    let document = Document::open(&led).expect("a PDF");
    let mut update = Update::begin(&document).expect("begins");
    let page = document.view().page(1).expect("a page");
    let mut changed = document.view().page_dictionary(&page).expect("a page");
    changed.set("Dur", 5);
    update.replace(page.id.expect("an object"), changed);
    office.write("changed.pdf", &[led.clone(), update.finish().expect("finishes").bytes].concat());
    for name in ["foreign.pdf", "changed.pdf"] {
        let refused = office.seal(name, "");
        assert_eq!(refused.exit, Some(4), "{refused:?}");
        let said = format!("no earlier signature in `{name}` is TOTAL-PASSED");
        assert!(refused.stderr.contains(&said), "{refused:?}");
        assert!(!office.path("out.pdf").exists());
    }
    // Who trusts nobody cannot ask for more than that nothing failed.
    let bare = "--as seal --key seal.key --cert seal.pem --image seal.png --number 7/QĐ-UBND --date 5/3/2026 --offline";
    let sign = |name: &str| {
        let mut command = command(office.folder.path());
        command.args(["sign", name, "--place", "1,20,230", "--out", "bare.pdf", "--json"]).args(bare.split(' '));
        finished(command.output().expect("starts"))
    };
    assert!(sign("changed.pdf").stdout.contains("SEAL_NEEDS_PASSED"));
    let done = sign("led.pdf");
    assert_eq!(done.exit, Some(0), "{done:?}");
    assert!(done.stdout.contains("SEALED_WITHOUT_ROLES"), "{done:?}");
}

#[test]
fn a_receipt_proves_since_when_the_very_bytes_existed_and_nothing_about_others() {
    let office = Office::new();
    let sealed = std::fs::read(office.path("sealed.pdf")).expect("reads");
    office.receive(&sealed, office.now.plus(1));
    let receipt = ["--receipt", "receipt.json"];
    let (exit, report) = office.verify("sealed.pdf", &receipt);
    assert_eq!(exit, Some(0), "{report}");
    assert_eq!(report["existed_since"].as_str(), Some(office.now.plus(1).to_string().as_str()), "{report}");
    assert!(office.verify("led.pdf", &receipt).1["existed_since"].is_null());

    // Without the time-stamp the endpoint's word is all there is, and that is no proof.
    std::fs::remove_file(office.path("receipt.tsr")).expect("removes");
    let (_, report) = office.verify("sealed.pdf", &receipt);
    assert!(report["existed_since"].is_null(), "{report}");
    assert!(codes(&report).contains(&"RECEIPT_NOT_USED".to_owned()), "{report}");

    office.write("receipt.json", b"{}");
    let (exit, error) = office.verify("sealed.pdf", &receipt);
    assert_eq!((exit, error["code"].as_str()), (Some(4), Some("RECEIPT_UNREADABLE")), "{error}");
}
