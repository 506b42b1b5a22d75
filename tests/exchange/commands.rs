//! The command itself: an endpoint, two agencies, one package, exit codes and files left behind.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use congvan::authority::ca::{Authority, CaKeys, Identity, KeyChoice, Purpose, Settings, Subject};
use congvan::base::encoding::to_pem;
use congvan::exchange::client::{self, Client};
use congvan::exchange::journal::Journal;
use congvan::exchange::server::system_clock;
use congvan::exchange::state::Phase;
use congvan::exchange::trust::Trust;
use ring::signature::Ed25519KeyPair;

struct Office {
    folder: tempfile::TempDir,
    root: congvan::x509::Certificate,
    identities: HashMap<String, Identity>,
    serving: Option<Child>,
    url: String,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop();
    }
}

fn congvan(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_congvan"))
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .args(["--lang", "en"])
        .args(arguments)
        .output()
        .expect("runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn write(path: PathBuf, octets: impl AsRef<[u8]>) {
    std::fs::write(path, octets).expect("writes");
}

fn keep(folder: &Path, name: &str, identity: &Identity) {
    write(folder.join(format!("{name}.key")), identity.key_pem());
    write(folder.join(format!("{name}.pem")), identity.chain_pem());
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            now: (system_clock())().seconds(),
            base_url: "http://127.0.0.1:9".to_owned(),
            keys: CaKeys::Fresh,
        };
        let authority = Authority::new(&settings).expect("an authority");
        let issue = |subject: &Subject, purpose| authority.issue(subject, purpose, &KeyChoice::Fresh).expect("issued");
        let at = folder.path();
        write(at.join("root.pem"), to_pem("CERTIFICATE", authority.root().der()));
        keep(at, "host", &issue(&Subject::host("localhost", &["localhost"]), Purpose::TlsServer));
        keep(at, "endpoint", &issue(&Subject::agency("TEST ONLY - Truc", "UBND"), Purpose::Signing));
        let log = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
        write(at.join("log.key"), to_pem("PRIVATE KEY", log.as_ref()));
        // A port that stays the same over a restart.
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        write(
            at.join("server.toml"),
            format!(
                "listen = \"127.0.0.1:{port}\"\ncontainers = \"shape\"\ndata = \"data\"\norigin = \"exchange.example.vn/log\"\nclient_anchors = [\"root.pem\"]\n\
             directory = \"agencies.toml\"\n[tls]\ncert = \"host.pem\"\nkey = \"host.key\"\n[seal]\ncert = \"endpoint.pem\"\n\
             key = \"endpoint.key\"\n[log]\nkey = \"log.key\"\n"
            ),
        );
        let mut identities = HashMap::new();
        for code in ["H45.01", "H45.02"] {
            let tls = issue(&Subject::host(code, &[]), Purpose::TlsClient);
            let seal = issue(&Subject::agency(code, "UBND"), Purpose::Signing);
            for (name, identity) in [(format!("{code}-tls"), tls), (format!("{code}-seal"), seal)] {
                keep(at, &name, &identity);
                identities.insert(name, identity);
            }
            for role in ["tls", "seal"] {
                let cert = format!("{code}-{role}.pem");
                let added = congvan(
                    at,
                    &["serve", "--config", "server.toml", "agency", "add", code, "--cert", &cert, "--role", role],
                );
                assert!(added.status.success(), "{}", said(&added));
            }
        }
        let root = authority.root().clone();
        let mut office = Office { folder, root, identities, serving: None, url: String::new() };
        office.serve();
        office
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn serve(&mut self) {
        let mut serving = Command::new(env!("CARGO_BIN_EXE_congvan"))
            .current_dir(self.path())
            .args(["serve", "--config", "server.toml", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("serves");
        let mut line = String::new();
        BufReader::new(serving.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["schema"], "congvan.serve/1");
        self.url = value["url"].as_str().expect("a URL").replace("127.0.0.1", "localhost");
        self.serving = Some(serving);
    }

    fn stop(&mut self) {
        if let Some(mut serving) = self.serving.take() {
            let _ = serving.kill();
            let _ = serving.wait();
        }
    }

    fn client(&self, code: &str, journal: &str) -> Client {
        Client::new(client::Settings {
            endpoint: self.url.clone(),
            agency: crate::support::code(code),
            identity: crate::support::tls_identity(&self.identities[&format!("{code}-tls")]),
            sealer: crate::support::sealer(&self.identities[&format!("{code}-seal")]),
            anchors: vec![self.root.clone()],
            channel: Trust::new(vec![self.root.clone()], Vec::new()),
            journal: Journal::open(&self.path().join(journal)).expect("a journal"),
            clock: system_clock(),
            retry: client::Retry::never(),
        })
        .expect("a client")
    }

    /// Writes the profile of an agency and runs a verb with it.
    fn run(&self, code: &str, arguments: &[&str]) -> Output {
        write(
            self.path().join(format!("{code}.toml")),
            format!(
                "agency = \"{code}\"\nendpoint = \"{}\"\nanchors = [\"root.pem\"]\n[key]\nref = \"{code}-seal.key\"\n\
                 cert = [\"{code}-seal.pem\"]\n[tls]\nref = \"{code}-tls.key\"\ncert = [\"{code}-tls.pem\"]\n",
                self.url
            ),
        );
        let mut all = vec!["--profile".to_owned(), format!("./{code}.toml")];
        all.extend(arguments.iter().map(|a| (*a).to_owned()));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        congvan(self.path(), &all)
    }
}

#[test]
fn a_package_goes_from_one_agency_to_another_and_the_store_is_sound() {
    let mut office = Office::open();
    write(office.path().join("15-QD.edxml"), "<?xml version=\"1.0\"?><edXML/>");
    let pushed = office.run("H45.01", &["push", "15-QD.edxml", "--to", "H45.02", "--json"]);
    assert!(pushed.status.success(), "{}", said(&pushed));
    let sent: serde_json::Value = serde_json::from_slice(&pushed.stdout).expect("JSON");
    assert_eq!((sent["schema"].as_str(), sent["repeated"].as_bool()), (Some("congvan.push/1"), Some(false)));
    assert!(office.path().join("15-QD.edxml.receipt.json").is_file());

    let again = office.run("H45.01", &["push", "15-QD.edxml", "--to", "H45.02"]);
    assert!(again.status.success() && said(&again).contains("nothing was sent twice"), "{}", said(&again));

    let pulled = office.run("H45.02", &["pull", "--out", "in", "--json"]);
    assert!(pulled.status.success(), "{}", said(&pulled));
    let taken: serde_json::Value = serde_json::from_slice(&pulled.stdout).expect("JSON");
    let package = office.path().join(taken["package"]["path"].as_str().unwrap_or_else(|| panic!("{taken}")));
    assert_eq!(std::fs::read(package).expect("kept"), b"<?xml version=\"1.0\"?><edXML/>");

    let status = office.run("H45.01", &["status"]);
    assert!(status.status.success() && said(&status).contains("H45.02: has it"), "{}", said(&status));

    office.stop();
    let fsck = congvan(office.path(), &["serve", "--config", "server.toml", "fsck"]);
    assert!(fsck.status.success() && said(&fsck).contains("sound"), "{}", said(&fsck));
}

#[test]
fn a_killed_endpoint_is_a_clear_error_and_the_second_push_finishes() {
    let mut office = Office::open();
    write(office.path().join("a.edxml"), "<a/>");
    office.stop();
    let broken = office.run("H45.01", &["push", "a.edxml", "--to", "H45.02"]);
    assert_eq!(broken.status.code(), Some(4), "{}", said(&broken));
    assert!(said(&broken).contains("cannot reach"), "{}", said(&broken));
    assert!(!office.path().join("a.edxml.receipt.json").exists());
    office.serve();
    let finished = office.run("H45.01", &["push", "a.edxml", "--to", "H45.02"]);
    assert!(finished.status.success(), "{}", said(&finished));
    assert!(office.path().join("a.edxml.receipt.json").is_file());
}

/// An id nobody used.
const ID: &str = "019cbc35-aa00-7707-8708-070707070707";

#[test]
fn mistakes_have_one_sentence_a_hint_and_their_exit_code() {
    let office = Office::open();
    write(office.path().join("a.edxml"), "<a/>");
    write(office.path().join("a.pdf"), "%PDF-1.7");
    for (arguments, exit, words) in [
        (&["push", "a.edxml", "--to", "H45.09"][..], 4, "H45.09 (recipient-unknown)"),
        (&["push", "a.edxml", "--to", "../x"], 2, "is not an agency code"),
        (&["push", "a.pdf", "--to", "H45.02"], 2, "not a package that travels"),
        (&["push", "b.edxml", "--to", "H45.02"], 4, "cannot find"),
        (&["status", "nonsense"], 2, "is no delivery id"),
        (&["status", ID, "--set", "07"], 2, "is no status a recipient can give"),
        (&["status", ID, "--set", "16"], 2, "status 16 needs a reason"),
        (&["status", ID], 4, "this agency has no such delivery"),
        (&["pull", "--out", "in", "--endpoint", "http://localhost"], 2, "not an https URL"),
        (&["pull", "--out", "in", "--tls-key", "H45.01-seal.key"], 2, "no certificate"),
    ] {
        let output = office.run("H45.01", arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains("hint: "), "{arguments:?}");
    }
    let vietnamese = office.run("H45.01", &["status", ID, "--lang", "vi"]);
    assert!(said(&vietnamese).contains("cơ quan này không có lần gửi"), "{}", said(&vietnamese));
    let wrong = office.run("H45.02", &["push", "a.edxml", "--to", "H45.01", "--agency", "H45.01"]);
    assert_eq!(wrong.status.code(), Some(4), "{}", said(&wrong));
    assert!(said(&wrong).contains("sender-mismatch"), "another agency's name: {}", said(&wrong));
}

#[cfg(unix)]
#[test]
fn an_endpoint_killed_again_and_again_keeps_every_receipt_it_gave() {
    let mut office = Office::open();
    let to = [crate::support::code("H45.02")];
    let receipts = Mutex::new(BTreeMap::new());
    let mut unfinished = Vec::new();
    for round in 0..5_u64 {
        let mut serving = office.serving.take().expect("serving");
        let broken: Vec<PathBuf> = std::thread::scope(|scope| {
            let (office, to, receipts) = (&office, &to, &receipts);
            let pushers: Vec<_> = (0..4)
                .map(|pusher| {
                    scope.spawn(move || {
                        let client = office.client("H45.01", &format!("journal-{pusher}"));
                        for n in 0.. {
                            let file = office.path().join(format!("{pusher}-{round}-{n}.edxml"));
                            // Some are rows of the database, some are files.
                            let size = if n % 3 == 2 { 300_000 } else { 500 };
                            let text = format!("<a n=\"{pusher} {round} {n}\">{}</a>", "x".repeat(size));
                            std::fs::write(&file, text).expect("writes");
                            match client.push(&crate::support::outgoing_xml(&file, to), &|_| {}) {
                                Ok(pushed) => {
                                    receipts.lock().expect("not poisoned").insert(pushed.delivery, pushed.receipt);
                                }
                                Err(_) => return file,
                            }
                        }
                        unreachable!("the endpoint is killed")
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(250 + 130 * round));
            // SIGKILL, not a polite stop: nothing is flushed.
            serving.kill().expect("killed");
            pushers.into_iter().map(|pusher| pusher.join().expect("stopped")).collect()
        });
        serving.wait().expect("ended");
        office.serve();
        unfinished.extend(broken.into_iter().enumerate());
    }
    for (pusher, file) in &unfinished {
        let client = office.client("H45.01", &format!("journal-{pusher}"));
        let pushed = client.push(&crate::support::outgoing_xml(file, &to), &|_| {}).expect("finished");
        receipts.lock().expect("not poisoned").insert(pushed.delivery, pushed.receipt);
    }
    let receipts = receipts.into_inner().expect("not poisoned");
    let sender = office.client("H45.01", "journal-0");
    let recipient = office.client("H45.02", "journal-in");
    let report = recipient.pull(&office.path().join("in"), None).expect("pulled");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    assert_eq!(report.taken.len(), receipts.len(), "each once, none lost");
    for (delivery, receipt) in receipts.iter().step_by(5) {
        let status = sender.status(*delivery).expect("status");
        assert_eq!(status.evidence[0].0, *receipt);
        assert_eq!(status.recipients[0].state, Phase::Accepted);
    }
    office.stop();
    let fsck = congvan(office.path(), &["serve", "--config", "server.toml", "fsck"]);
    let orphans_only = said(&fsck).lines().all(|line| line.contains("belongs to nothing") || line.contains("sound"));
    assert!(orphans_only, "{}", said(&fsck));
    eprintln!("{} deliveries over five kills", receipts.len());
}

const EDXML: &str = "<?xml version=\"1.0\"?><edXML/>";

#[test]
fn sync_sends_receives_verifies_and_brings_evidence_back() {
    let office = Office::open();
    for name in ["a", "b"] {
        std::fs::create_dir_all(office.path().join(name).join("OUT")).expect("a folder");
    }
    let out = office.path().join("a/OUT");
    write(out.join("15-QD.edxml"), EDXML);
    write(
        out.join("15-QD.edxml.to.json"),
        r#"{"to":["H45.02"],"number":"15","notation":"QĐ-UBND","date":"2026-03-05"}"#,
    );
    write(out.join("unknown.edxml"), "<other/>");
    write(out.join("wrong.edxml"), "<wrong/>");
    write(out.join("wrong.edxml.to.json"), r#"{"to":["H45.99"]}"#);
    write(out.join("half.edxml.part"), "<half");
    let sent = office.run("H45.01", &["sync", "a", "--once", "--offline"]);
    assert!(said(&sent).contains("15-QD.edxml: sent"), "{}", said(&sent));
    assert!(said(&sent).contains("unknown.edxml: nobody said to whom"), "{}", said(&sent));
    assert_eq!(names(&out), ["half.edxml.part", "unknown.edxml"]);
    let failed = office.path().join("a/FAILED");
    let failure = failed.join(&names(&failed)[0]);
    assert_eq!(names(&failure), ["failure.json", "wrong.edxml", "wrong.edxml.to.json"]);
    let done = office.path().join("a/DONE");
    let delivery = names(&done).remove(0);
    assert_eq!(names(&done.join(&delivery)), ["15-QD.edxml", "15-QD.edxml.to.json"]);

    let got = office.run("H45.02", &["sync", "b", "--once", "--offline"]);
    let arrived = office.path().join("b/IN").join(format!("H45.01_{delivery}"));
    assert_eq!(std::fs::read_to_string(arrived.join("package.edxml")).expect("kept"), EDXML, "{}", said(&got));
    let outcome: serde_json::Value =
        serde_json::from_slice(&std::fs::read(arrived.join("verify.json")).expect("verified")).expect("JSON");
    assert_eq!(outcome["schema"], "congvan.verify/1");

    office.run("H45.01", &["sync", "a", "--once", "--offline"]);
    let receipts = names(&office.path().join("a/RECEIPTS").join(&delivery));
    assert_eq!(receipts, ["000-SubmissionAcceptance.json", "001-ContentConsignment.json", "002-ContentHandover.json"]);
}

#[test]
fn a_sync_killed_after_sending_sends_nothing_twice() {
    let office = Office::open();
    std::fs::create_dir_all(office.path().join("a/OUT")).expect("a folder");
    let file = office.path().join("a/OUT/1.edxml");
    write(file.clone(), EDXML);
    write(office.path().join("a/OUT/1.edxml.to.json"), r#"{"to":["H45.02"]}"#);
    // As a run leaves it that was killed between the receipt and the move: sent, and still lying in OUT.
    let pushed = office.run("H45.01", &["push", "a/OUT/1.edxml", "--to", "H45.02", "--receipt", "r.json", "--json"]);
    let sent: serde_json::Value = serde_json::from_slice(&pushed.stdout).expect("JSON");
    let again = office.run("H45.01", &["sync", "a", "--once", "--offline"]);
    assert!(said(&again).contains(sent["delivery"].as_str().expect("an id")), "{}", said(&again));
    assert!(!file.exists());
    let pulled = office.run("H45.02", &["pull", "--out", "in", "--json"]);
    assert_eq!(String::from_utf8_lossy(&pulled.stdout).lines().count(), 1);
    // Or between its two moves: the order left behind must not become that of the next file of this name.
    let done = office.path().join("a/DONE").join(sent["delivery"].as_str().expect("an id"));
    let order = office.path().join("a/OUT/1.edxml.to.json");
    std::fs::rename(done.join("1.edxml.to.json"), &order).expect("moves");
    office.run("H45.01", &["sync", "a", "--once", "--offline"]);
    assert!(!order.exists() && done.join("1.edxml.to.json").is_file());
    // An order that belongs to nothing sent stays where it is.
    write(office.path().join("a/OUT/2.edxml.to.json"), r#"{"to":["H45.02"]}"#);
    office.run("H45.01", &["sync", "a", "--once", "--offline"]);
    assert!(office.path().join("a/OUT/2.edxml.to.json").is_file());
}

#[test]
fn recall_replace_and_status_are_commands() {
    let office = Office::open();
    write(office.path().join("1.edxml"), "<one/>");
    write(office.path().join("2.edxml"), "<two/>");
    let push = |file: &str| -> String {
        let pushed = office.run("H45.01", &["push", file, "--to", "H45.02", "--json"]);
        let sent: serde_json::Value = serde_json::from_slice(&pushed.stdout).expect("JSON");
        sent["delivery"].as_str().expect("an id").to_owned()
    };
    let first = push("1.edxml");
    let replaced = office.run("H45.01", &["replace", &first, "2.edxml", "--json"]);
    assert!(replaced.status.success(), "{}", said(&replaced));
    let second: serde_json::Value = serde_json::from_slice(&replaced.stdout).expect("JSON");
    let second = second["delivery"].as_str().expect("an id").to_owned();
    let pulled = office.run("H45.02", &["pull", "--out", "in"]);
    assert!(said(&pulled).contains(&second) && said(&pulled).contains("took it back"), "{}", said(&pulled));
    let late = office.run("H45.01", &["recall", &second, "--reason", "Gửi nhầm"]);
    assert_eq!(late.status.code(), Some(3), "{}", said(&late));
    let asked = office.run("H45.02", &["pull", "--out", "in"]);
    assert!(said(&asked).contains("asks for it back (Gửi nhầm)"), "{}", said(&asked));
    let declined = office.run("H45.02", &["status", "--set", "16", &second]);
    assert_eq!(declined.status.code(), Some(2), "a refusal needs its words: {}", said(&declined));
    let declined = office.run("H45.02", &["status", "--set", "16", "--text", "Đã xử lý", &second]);
    assert!(declined.status.success(), "{}", said(&declined));
    let status = office.run("H45.01", &["status", &second]);
    assert!(said(&status).contains("business: 16"), "{}", said(&status));
    let old = office.run("H45.01", &["status", &first]);
    assert!(
        said(&old).contains("recalled") && said(&old).contains(&format!("replaced by delivery {second}")),
        "{}",
        said(&old)
    );
}

#[test]
fn a_directory_that_the_operator_did_not_sign_is_not_served() {
    let mut office = Office::open();
    office.stop();
    let key = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
    write(office.path().join("operator.key"), to_pem("PRIVATE KEY", key.as_ref()));
    let signer = std::sync::Arc::new(congvan::keys::software::SoftwareKey::from_pkcs8(key.as_ref()).expect("opens"));
    let vkey =
        congvan::exchange::log::note::NoteSigner::new("operator.example.vn", signer).expect("a key").verifier().vkey();
    let config = std::fs::read_to_string(office.path().join("server.toml")).expect("reads");
    write(
        office.path().join("signed.toml"),
        format!("{config}[operator]\nvkey = \"{vkey}\"\nkey = \"operator.key\"\n"),
    );
    let add = |folder: &Path| {
        let arguments = [
            "serve",
            "--config",
            "signed.toml",
            "agency",
            "add",
            "H45.01",
            "--cert",
            "H45.01-tls.pem",
            "--role",
            "tls",
        ];
        congvan(folder, &arguments)
    };
    let unsigned = add(office.path());
    assert!(!unsigned.status.success(), "an unsigned directory is not taken over: {}", said(&unsigned));
    std::fs::remove_file(office.path().join("agencies.toml")).expect("removes");
    let signed = add(office.path());
    assert!(signed.status.success() && office.path().join("agencies.toml.note").is_file(), "{}", said(&signed));
    let changed = std::fs::read_to_string(office.path().join("agencies.toml")).expect("reads").replace("tls", "seal");
    write(office.path().join("agencies.toml"), changed);
    let refused = congvan(office.path(), &["serve", "--config", "signed.toml"]);
    assert!(!refused.status.success() && said(&refused).contains("over another directory"), "{}", said(&refused));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
