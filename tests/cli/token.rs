//! Keys on a token: SoftHSM2, and a library in front of it that counts and plays the broken token.

#![cfg(all(target_os = "linux", target_pointer_width = "64", feature = "pkcs11"))]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::run::{Done, command, finished};

const PIN: &str = "73940215";
/// CK_TOKEN_INFO: CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED.
const COUNT_LOW: u32 = 0x1_0000;
const FINAL_TRY: u32 = 0x2_0000;
const LOCKED: u32 = 0x4_0000;
const CKR_DEVICE_ERROR: u32 = 0x30;

/// A folder with one token that holds keys of several kinds, their certificates beside it.
struct Token {
    folder: tempfile::TempDir,
    module: PathBuf,
}

/// SoftHSM's library; `None` where it is not installed, which in CI is an error.
fn soft_hsm() -> Option<PathBuf> {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let found = places.iter().map(PathBuf::from).find(|path| path.is_file());
    let in_ci = std::env::vars_os().any(|(name, value)| name == "CI" && value == "true");
    assert!(found.is_some() || !in_ci, "softhsm2 is not installed");
    if found.is_none() {
        eprintln!("not run: softhsm2 is not installed");
    }
    found
}

/// The library of `shim.c`, built once.
fn shim() -> PathBuf {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    let built = SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/token/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
        let mut compile = Command::new("cc");
        ok(compile.args(["-shared", "-fPIC", "-w", "-o"]).arg(&library).arg(source).arg("-ldl"));
        library
    });
    built.clone()
}

fn ok(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Token {
    /// The token `Văn thư` with `keys` (names of `fixtures/keys`, without `.pem`), each with a certificate `NAME.crt`.
    fn with(keys: &[&str]) -> Option<Token> {
        let module = soft_hsm()?;
        let token = Token { folder: tempfile::tempdir().expect("folder"), module };
        std::fs::create_dir(token.path("tokens")).expect("makes");
        let configuration = format!("directories.tokendir = {}\nlog.level = ERROR\n", token.path("tokens").display());
        std::fs::write(token.path("softhsm.conf"), configuration).expect("writes");
        token.util(&["--init-token", "--free", "--label", "Văn thư", "--pin", PIN, "--so-pin", "12345678"]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (at, name) in keys.iter().enumerate() {
            let pem = root.join("fixtures/keys").join(format!("{name}.pem"));
            let (file, id) = (pem.to_string_lossy().into_owned(), format!("a{at}"));
            let subject = format!("/C=VN/O=TEST ONLY/CN={name}");
            let mut certificate = Command::new("openssl");
            certificate.args(["req", "-x509", "-key", &file, "-subj", &subject, "-days", "30", "-out"]);
            certificate.arg(token.path(&format!("{name}.crt"))).args(["-addext", "keyUsage=critical,digitalSignature"]);
            ok(certificate.args(["-addext", "basicConstraints=critical,CA:FALSE"]));
            token.util(&["--import", &file, "--token", "Văn thư", "--label", name, "--id", &id, "--pin", PIN]);
        }
        std::fs::copy(root.join("fixtures/documents/letter.pdf"), token.path("letter.pdf")).expect("copies");
        std::fs::write(token.path("pin"), format!("{PIN}\n")).expect("writes");
        Some(token)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn util(&self, arguments: &[&str]) {
        ok(Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", self.path("softhsm.conf")));
    }

    fn prepared(&self, module: &Path, line: &[&str]) -> Command {
        let mut congvan = command(self.folder.path());
        congvan.env("SOFTHSM2_CONF", self.path("softhsm.conf")).args(line).arg("--pkcs11-module").arg(module);
        congvan
    }

    /// Runs with SoftHSM itself, the PIN from its file unless the line names another source.
    fn run(&self, line: &[&str]) -> Done {
        let mut congvan = self.prepared(&self.module, line);
        if !line.iter().any(|word| word.starts_with("--pin-")) {
            congvan.args(["--pin-file", "pin"]);
        }
        checked(congvan)
    }

    /// Runs through the shim with its settings.
    fn shimmed(&self, line: &[&str], settings: &[(&str, String)]) -> Done {
        let mut congvan = self.prepared(&shim(), line);
        congvan.env("SHIM_MODULE", &self.module).env("SHIM_LOG", self.path("calls")).args(["--pin-file", "pin"]);
        congvan.envs(settings.iter().map(|(name, value)| (*name, value)));
        checked(congvan)
    }

    fn calls(&self, what: &str) -> usize {
        let log = std::fs::read_to_string(self.path("calls")).unwrap_or_default();
        log.lines().filter(|line| *line == what).count()
    }

    fn verify(&self, path: &str) -> serde_json::Value {
        let done =
            finished(command(self.folder.path()).args(["verify", path, "--json", "--offline"]).output().expect("runs"));
        serde_json::from_str(done.stdout.lines().next().unwrap_or_default()).expect("a report")
    }

    fn batch(&self, files: usize) {
        std::fs::create_dir(self.path("in")).expect("makes");
        for at in 0..files {
            std::fs::copy(self.path("letter.pdf"), self.path(&format!("in/{at:02}.pdf"))).expect("copies");
        }
    }
}

/// Runs, and holds every run to the rule that the PIN is nowhere in what it says.
fn checked(mut congvan: Command) -> Done {
    let done = finished(congvan.output().expect("the command starts"));
    assert!(!done.stdout.contains(PIN) && !done.stderr.contains(PIN), "the PIN was said: {done:?}");
    done
}

/// Not a test: puts a certificate onto the token, in a process that has the token's configuration.
#[test]
#[ignore = "run by certificates_and_chain_are_found_on_the_token"]
fn put_certificate() {
    use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
    use cryptoki::object::{Attribute, CertificateType, ObjectClass};
    use cryptoki::session::UserType;
    let setting = |wanted: &str| {
        let found = std::env::vars_os().find(|(name, _)| name == wanted).map(|(_, value)| value);
        PathBuf::from(found.expect("the setting"))
    };
    let pkcs11 = Pkcs11::new(setting("TEST_MODULE")).expect("loads");
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).expect("starts");
    let slot = pkcs11.get_slots_with_initialized_token().expect("slots").remove(0);
    let session = pkcs11.open_rw_session(slot).expect("opens");
    session.login(UserType::User, Some(&PIN.into())).expect("logs in");
    let pem = std::fs::read(setting("TEST_CERTIFICATE")).expect("reads");
    for certificate in &congvan::x509::Certificate::from_pem_or_der(&pem).expect("certificates") {
        let id = if certificate.is_ca() { vec![0xb0] } else { vec![0xa0] };
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Label(b"chung thu".to_vec()),
            Attribute::Id(id),
            Attribute::Subject(certificate.subject().der().to_vec()),
            Attribute::Value(certificate.der().to_vec()),
        ];
        session.create_object(&template).expect("creates");
    }
}

#[test]
fn every_kind_of_key_signs_and_what_it_signed_is_intact() {
    let Some(token) = Token::with(&["rsa", "p256", "p384", "p521", "ed25519"]) else { return };
    for (name, algorithm, digest, extra) in [
        ("rsa", "rsa-pkcs1v15", "sha256", None),
        ("rsa", "rsa-pss", "sha256", Some("--pss")),
        ("p256", "ecdsa", "sha256", None),
        ("p384", "ecdsa", "sha384", None),
        ("p521", "ecdsa", "sha512", None),
        // RFC 8419 §2.3.
        ("ed25519", "ed25519", "sha512", None),
    ] {
        let (key, certificate) = (format!("pkcs11:token=V%C4%83n%20th%C6%B0;object={name}"), format!("{name}.crt"));
        let mut line =
            vec!["sign", "letter.pdf", "--key", &key, "--cert", &certificate, "--out", "signed.pdf", "--force"];
        line.extend(extra);
        let done = token.run(&line);
        assert_eq!((done.exit, done.stderr.as_str()), (Some(0), ""), "{name}");
        let report = token.verify("signed.pdf");
        let signature = &report["signatures"][0];
        assert_eq!(signature["integrity"], "intact", "{name}: {report}");
        assert_eq!((&signature["algorithm"], &signature["digest"]), (&algorithm.into(), &digest.into()), "{name}");
        let tested = token.run(&["key", "test", "--key", &key, "--cert", &certificate]);
        assert_eq!(tested.exit, Some(0), "{tested:?}");
    }
}

#[test]
fn certificates_and_chain_are_found_on_the_token() {
    let Some(token) = Token::with(&["rsa"]) else { return };
    let chain = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/rsa-with-chain.pem");
    let mut helper = Command::new(std::env::current_exe().expect("this test"));
    helper.args(["--exact", "token::put_certificate", "--ignored"]);
    helper.env("TEST_MODULE", &token.module).env("TEST_CERTIFICATE", chain);
    ok(helper.env("SOFTHSM2_CONF", token.path("softhsm.conf")));

    let done = token.run(&["sign", "letter.pdf", "--out", "signed.pdf", "--json"]);
    assert_eq!((done.exit, done.stderr.as_str()), (Some(0), ""));
    let report = token.verify("signed.pdf");
    assert_eq!(report["signatures"][0]["integrity"], "intact");
    assert!(report["signatures"][0]["chain"].as_array().is_some_and(|chain| chain.len() >= 2), "{report}");

    let listed = token.run(&["key", "list", "--json"]);
    let key: serde_json::Value = serde_json::from_str(listed.stdout.trim()).expect("one key");
    assert_eq!((&key["usable"], &key["label"], &key["id"]), (&true.into(), &"rsa".into(), &"a0".into()), "{key}");
    assert_eq!((&key["algorithm"], &key["token"]["pin"]), (&"rsa-2048".into(), &"ready".into()), "{key}");
    // Its own URI, as listed, names it.
    let uri = key["ref"].as_str().expect("a reference");
    assert_eq!(token.run(&["key", "test", "--key", uri]).exit, Some(0));
    // Without a PIN the private key is not seen, and nothing is asked or guessed.
    let public = finished(token.prepared(&token.module, &["key", "list", "--json"]).output().expect("runs"));
    let key: serde_json::Value = serde_json::from_str(public.stdout.trim()).expect("one certificate");
    assert_eq!((public.exit, &key["usable"]), (Some(0), &serde_json::Value::Null), "{key}");
    // The library named as the key stands for its token.
    let mut by_library = command(token.folder.path());
    by_library.env("SOFTHSM2_CONF", token.path("softhsm.conf")).env("CONGVAN_PIN", PIN);
    by_library.args(["key", "test", "--key"]).arg(&token.module);
    assert_eq!(checked(by_library).exit, Some(0));
}

#[test]
fn a_wrong_pin_is_one_try_and_says_so() {
    let Some(token) = Token::with(&["p256"]) else { return };
    std::fs::write(token.path("pin"), "00000000\n").expect("writes");
    let line = ["sign", "letter.pdf", "--key", "pkcs11:", "--cert", "p256.crt", "--out", "signed.pdf"];
    let done = token.shimmed(&line, &[]);
    assert_eq!((done.exit, done.stdout.as_str(), token.calls("login")), (Some(4), "", 1));
    assert_eq!(
        done.stderr,
        "error: the PIN of the token `Văn thư` is wrong; the token has counted one wrong try\n\
         hint: check the PIN before you try again: after some wrong ones the token locks\n"
    );
    assert!(!token.path("signed.pdf").exists());
    // The token remembers, and its owner is told before the PIN goes out again.
    std::fs::write(token.path("pin"), PIN).expect("writes");
    let warned = token.shimmed(&line, &[("SHIM_FLAGS", COUNT_LOW.to_string())]);
    assert_eq!(warned.exit, Some(0));
    assert!(warned.stderr.starts_with("warning: token `Văn thư`: a wrong PIN was given before"), "{}", warned.stderr);
}

#[test]
fn no_pin_an_empty_one_and_one_in_the_uri_cost_no_try() {
    let Some(token) = Token::with(&["p256"]) else { return };
    for (key, pin, exit, says) in [
        ("pkcs11:", None, 4, "error: the token `Văn thư` asks for a PIN and none was given\n"),
        ("pkcs11:", Some("--pin-file=empty"), 4, "error: cannot get the passphrase or PIN from PIN: it is empty\n"),
        (
            "pkcs11:?pin-source=file:nowhere",
            None,
            4,
            "error: cannot get the passphrase or PIN from file:nowhere: no such",
        ),
        ("pkcs11:?pin-value=73940214", None, 2, "error: the URI of the key carries the PIN itself (`pin-value`)\n"),
    ] {
        std::fs::write(token.path("empty"), "\n").expect("writes");
        let mut congvan = token.prepared(&shim(), &["sign", "letter.pdf", "--cert", "p256.crt", "--key", key]);
        congvan.args(pin).env("SHIM_MODULE", &token.module).env("SHIM_LOG", token.path("calls"));
        let done = checked(congvan);
        assert_eq!(done.exit, Some(exit), "{done:?}");
        assert!(done.stderr.starts_with(says) && !done.stderr.contains("73940214"), "{}", done.stderr);
        assert_eq!(token.calls("login"), 0);
    }
}

#[test]
fn a_pin_comes_from_a_descriptor_the_environment_the_uri_and_the_profile() {
    let Some(token) = Token::with(&["p256"]) else { return };
    let profile = "[key]\nref = \"pkcs11:object=p256\"\ncert = [\"p256.crt\"]\npin = \"file:pin\"\n";
    std::fs::write(token.path("congvan.toml"), format!("{profile}module = {:?}\n", token.module)).expect("writes");
    let base = |line: &[&str]| {
        let mut congvan = command(token.folder.path());
        congvan.env("SOFTHSM2_CONF", token.path("softhsm.conf")).args(["key", "test"]).args(line);
        congvan
    };
    let module = token.module.to_string_lossy().into_owned();
    let flags = ["--pkcs11-module", &module, "--cert", "p256.crt"];
    let mut by_environment = base(&flags);
    by_environment.env("CONGVAN_PIN", PIN);
    let mut by_descriptor = Command::new("sh");
    let inner = base(&flags);
    by_descriptor
        .arg("-c")
        .arg("exec \"$@\" --pin-fd 7 7< pin")
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args());
    by_descriptor.env("SOFTHSM2_CONF", token.path("softhsm.conf")).current_dir(token.folder.path());
    let by_uri = base(&[&flags[..], &["--key", "pkcs11:?pin-source=file:pin"]].concat());
    let by_profile = base(&["--profile", "./congvan.toml"]);
    for congvan in [by_environment, by_descriptor, by_uri, by_profile] {
        let done = checked(congvan);
        assert_eq!((done.exit, done.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_locked_token_and_one_at_its_last_try_are_not_sent_the_pin() {
    let Some(token) = Token::with(&["p256"]) else { return };
    let line = ["sign", "letter.pdf", "--key", "pkcs11:", "--cert", "p256.crt"];
    let locked = token.shimmed(&line, &[("SHIM_FLAGS", LOCKED.to_string())]);
    assert_eq!((locked.exit, token.calls("login")), (Some(4), 0));
    assert!(locked.stderr.starts_with("error: the token `Văn thư` is locked after too many wrong PINs\n"));
    let last = token.shimmed(&line, &[("SHIM_FLAGS", FINAL_TRY.to_string())]);
    assert_eq!((last.exit, token.calls("login")), (Some(4), 0));
    assert!(last.stderr.starts_with("error: the token `Văn thư` has one try of the PIN left before it locks\n"));
    let allowed = [&line[..], &["--allow-last-try"]].concat();
    let done = token.shimmed(&allowed, &[("SHIM_FLAGS", FINAL_TRY.to_string())]);
    assert_eq!((done.exit, token.calls("login")), (Some(0), 1));
    assert!(done.stderr.starts_with("warning: token `Văn thư`: this is the last try"), "{}", done.stderr);
}

#[test]
fn what_is_not_there_or_not_one_is_named() {
    let Some(token) = Token::with(&["p256", "p384"]) else { return };
    for (line, exit, says) in [
        (["--key", "pkcs11:token=Other"], 4, "error: no token fits (present: Văn thư)\n"),
        (["--key", "pkcs11:object=none"], 4, "error: the token `Văn thư` holds no signing key that fits\n"),
        (
            ["--key", "pkcs11:"],
            2,
            "error: the token `Văn thư` holds more than one key that fits: pkcs11:token=V%C4%83n",
        ),
        (["--key", "pkcs11:object=p384"], 4, "error: the key `pkcs11:object=p384` is not that of the certificate"),
        (["--key", "pkcs11:colour=red"], 2, "error: the URI of the key is not understood: it has an attribute we do"),
        (
            ["--key", "pkcs11:?module-path=pin"],
            4,
            "error: cannot use the library `./pin`: the PKCS #11 module cannot be",
        ),
    ] {
        let done = token.run(&[&["sign", "letter.pdf", "--cert", "p256.crt"], &line[..]].concat());
        assert_eq!((done.exit, done.stdout.as_str()), (Some(exit), ""), "{done:?}");
        assert!(done.stderr.starts_with(says), "{}", done.stderr);
    }
    assert!(!token.path("letter.signed.pdf").exists());
}

#[test]
fn a_key_without_a_certificate_asks_for_one() {
    let Some(token) = Token::with(&["p256"]) else { return };
    let done = token.run(&["sign", "letter.pdf", "--key", "pkcs11:object=p256", "--json"]);
    assert_eq!(done.exit, Some(2), "{done:?}");
    assert!(done.stderr.contains("\"code\":\"CERT_NOT_GIVEN\""), "{done:?}");
}

#[test]
fn fifty_files_take_one_login_and_a_session_for_each_worker() {
    let Some(token) = Token::with(&["rsa"]) else { return };
    token.batch(50);
    let line = ["sign", "in", "--key", "pkcs11:", "--cert", "rsa.crt", "--out", "out/", "--json"];
    let done = token.shimmed(&line, &[]);
    assert_eq!(done.exit, Some(0), "{}", done.stderr);
    assert!(done.stdout.ends_with("{\"schema\":\"congvan.summary/1\",\"counts\":{\"SIGNED\":50},\"skipped\":0}\n"));
    let workers = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(token.calls("login"), 1);
    assert!(token.calls("session") <= workers + 1, "{} sessions", token.calls("session"));
    assert_eq!(token.verify("out/49.signed.pdf")["signatures"][0]["integrity"], "intact");
}

#[test]
fn a_token_pulled_out_in_a_batch_fails_the_rest_and_the_next_run_goes_on() {
    let Some(token) = Token::with(&["p256"]) else { return };
    token.batch(20);
    let line = ["sign", "in", "--key", "pkcs11:", "--cert", "p256.crt", "--out", "out/", "--json"];
    let mut left = 20;
    // Some drivers say so at once, others only that something is wrong.
    for settings in [
        vec![("SHIM_SIGNS", "7".to_owned())],
        vec![("SHIM_SIGNS", "5".to_owned()), ("SHIM_GONE_AS", CKR_DEVICE_ERROR.to_string())],
    ] {
        let done = token.shimmed(&line, &settings);
        assert_eq!(done.exit, Some(4));
        let lines: Vec<serde_json::Value> =
            done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let failed: Vec<_> = lines.iter().filter(|line| !line["error"].is_null()).collect();
        let signed = lines.iter().filter(|line| !line["signed"].is_null()).count();
        assert_eq!(failed.len() + signed, left, "{}", done.stdout);
        assert!(signed >= 1 && failed.len() >= 5 && failed.iter().all(|line| line["error"]["code"] == "TOKEN_GONE"));
        left -= signed;
        let names: Vec<_> =
            std::fs::read_dir(token.path("out")).expect("lists").map(|e| e.expect("entry").file_name()).collect();
        assert_eq!(names.len(), 20 - left);
        assert!(names.iter().all(|name| name.to_string_lossy().ends_with(".signed.pdf")), "{names:?}");
    }
    let done = token.shimmed(&line, &[]);
    let summary: serde_json::Value =
        serde_json::from_str(done.stdout.lines().last().expect("a summary")).expect("JSON");
    assert_eq!((done.exit, &summary["counts"]["SIGNED"]), (Some(0), &left.into()), "{summary}");
    assert_eq!(summary["counts"]["ALREADY-SIGNED"], 20 - left);
}

#[test]
fn other_forms_take_one_login_and_go_on_after_a_pulled_token() {
    let Some(token) = Token::with(&["p256"]) else { return };
    token.batch(12);
    let line = |out: &'static str, format: &'static str| {
        ["sign", "in", "--format", format, "--key", "pkcs11:", "--cert", "p256.crt", "--out", out, "--json"]
    };
    for (format, out) in [("cades", "cades/"), ("asic-e", "asic/")] {
        let logins = token.calls("login");
        let done = token.shimmed(&line(out, format), &[("SHIM_SIGNS", "5".to_owned())]);
        assert_eq!((done.exit, token.calls("login")), (Some(4), logins + 1), "{format}: {}", done.stderr);
        let lines: Vec<serde_json::Value> =
            done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let failed: Vec<_> = lines.iter().filter(|line| !line["error"].is_null()).collect();
        let signed = lines.iter().filter(|line| !line["signed"].is_null()).count();
        assert_eq!(failed.len() + signed, 12, "{}", done.stdout);
        assert!(signed >= 1 && failed.iter().all(|line| line["error"]["code"] == "TOKEN_GONE"), "{}", done.stdout);
        let done = token.shimmed(&line(out, format), &[]);
        let summary: serde_json::Value =
            serde_json::from_str(done.stdout.lines().last().expect("a summary")).expect("JSON");
        assert_eq!(done.exit, Some(0), "{format}: {}", done.stdout);
        assert_eq!(summary["counts"], serde_json::json!({"SIGNED": 12 - signed, "ALREADY-SIGNED": signed}), "{format}");
    }
}

#[test]
fn a_library_that_hangs_is_given_up_with_one_error_wherever_it_hangs() {
    let Some(token) = Token::with(&["p256"]) else { return };
    let sign = ["sign", "letter.pdf", "--key", "pkcs11:", "--cert", "p256.crt", "--token-timeout", "1"];
    let began = std::time::Instant::now();
    for (call, named) in
        [("initialize", "shim-"), ("slots", "shim-"), ("login", "token `Văn thư`"), ("sign", "`pkcs11:")]
    {
        let done = token.shimmed(&sign, &[("SHIM_HANG", call.to_owned())]);
        assert_eq!((done.exit, done.stdout.as_str(), token.calls("hang")), (Some(4), "", 1), "{call}: {done:?}");
        let first = done.stderr.lines().next().unwrap_or_default();
        assert!(first.contains(named) && first.ends_with("has not answered for 1 s"), "{call}: {}", done.stderr);
        assert_eq!(done.stderr.matches("error:").count(), 1, "{call}: {}", done.stderr);
        std::fs::remove_file(token.path("calls")).expect("there");
        assert!(!token.path("letter.signed.pdf").exists());
    }
    // What was signed stays signed when only the goodbye hangs.
    let done = token.shimmed(&sign, &[("SHIM_HANG", "close".to_owned())]);
    assert_eq!((done.exit, done.stderr.as_str()), (Some(0), ""));
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    assert_eq!(token.verify("letter.signed.pdf")["signatures"][0]["integrity"], "intact");
}

#[test]
fn a_library_that_hangs_in_a_batch_costs_one_wait_and_the_next_run_goes_on() {
    let Some(token) = Token::with(&["p256"]) else { return };
    token.batch(30);
    let line =
        ["sign", "in", "--key", "pkcs11:", "--cert", "p256.crt", "--out", "out/", "--json", "--token-timeout", "1"];
    let began = std::time::Instant::now();
    let done = token.shimmed(&line, &[("SHIM_HANG", "sign".to_owned())]);
    assert_eq!(done.exit, Some(4), "{done:?}");
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
    assert_eq!(done.stdout.matches("\"code\":\"TOKEN_SILENT\"").count(), 30, "{}", done.stdout);
    assert!(done.stdout.contains("\"FAILED\":30"), "{}", done.stdout);
    let done = token.shimmed(&line, &[]);
    assert_eq!(done.exit, Some(0), "{done:?}");
}

#[test]
fn two_tokens_of_one_label_are_told_apart_by_their_serial_numbers() {
    let Some(token) = Token::with(&["p256"]) else { return };
    token.util(&["--init-token", "--free", "--label", "Văn thư", "--pin", PIN, "--so-pin", "12345678"]);
    let sign = |key: &str| token.run(&["sign", "letter.pdf", "--key", key, "--cert", "p256.crt", "--force"]);
    let done = sign("pkcs11:token=V%C4%83n%20th%C6%B0");
    assert_eq!(done.exit, Some(2), "{done:?}");
    assert!(done.stderr.starts_with("error: more than one token fits"), "{}", done.stderr);
    let found: Vec<&str> =
        done.stderr.split(&[' ', ',', '\n'][..]).filter(|word| word.starts_with("pkcs11:")).collect();
    assert_eq!(found.len(), 2, "{}", done.stderr);
    let exits: Vec<_> = found.iter().map(|uri| sign(uri.trim_matches(&['(', ')', '`'][..])).exit).collect();
    assert!(exits.contains(&Some(0)) && exits.contains(&Some(4)), "the key is on one of them: {exits:?}");
}
