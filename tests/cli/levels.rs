//! Every level of every form of signature, from whole commands against an authority of their own: signed directly, taken
//! up later, renewed, joined by others — and what a time-stamping service that fails or lies leaves behind.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use congvan::authority::{Authority, CaKeys, KeyChoice, Purpose, Settings, Subject, TsaFault};
use congvan::base::encoding::{base64, to_pem};
use congvan::base::time::UnixTime;
use congvan::net::authority_server::{AuthorityServer, Faults, Listener};
use serde_json::Value;

use crate::run::{Done, command, copy_fixtures, finished};

/// `--format` and the form levels are named by.
const FORMATS: [(&str, &str, &str); 6] = [
    ("cades", "note.txt", "CAdES"),
    ("xades", "form.xml", "XAdES"),
    ("asic-e", "note.txt", "XAdES"),
    ("asic-e-cades", "note.txt", "CAdES"),
    ("asic-s", "note.txt", "CAdES"),
    ("asic-s-xades", "note.txt", "XAdES"),
];

/// A folder with files to sign, keys of two signers, and an authority that answers.
struct Desk {
    folder: tempfile::TempDir,
    server: AuthorityServer,
    place: String,
}

/// The time the file system has: that of this machine.
fn now(folder: &Path) -> UnixTime {
    let path = folder.join("now");
    std::fs::write(&path, b"").expect("writes");
    let modified = std::fs::metadata(&path).and_then(|m| m.modified()).expect("a time");
    let since = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    UnixTime(i64::try_from(since).expect("small"))
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = Listener::bind().expect("a port");
        let place = listener.base_url();
        let start = now(folder.path()).plus(-5);
        let settings = Settings { now: start, base_url: place.clone(), keys: CaKeys::Fresh };
        let authority = Arc::new(Authority::new(&settings).expect("an authority"));
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("writes");
        write("root.der", authority.root().der());
        let person = Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải");
        let agency = Subject::agency("Ủy ban nhân dân", "tỉnh Sơn Hải");
        for (name, subject) in [("an", person), ("ubnd", agency)] {
            let one = authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("issues");
            write(&format!("{name}.key"), one.key_pem().as_bytes());
            write(&format!("{name}.pem"), one.chain_pem().as_bytes());
        }
        write("note.txt", "Kế hoạch\n".as_bytes());
        write("form.xml", "<?xml version='1.0'?>\n<đơn><số>07</số></đơn>\n".as_bytes());
        copy_fixtures(folder.path(), &[("letter.pdf", "documents/letter.pdf")]);
        let clock = folder.path().to_owned();
        let server = listener.serve(authority, Arc::new(move || now(&clock))).expect("serves");
        Desk { folder, server, place }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Done {
        let mut command = command(self.folder.path());
        command.args(words).env("CONGVAN_CACHE", self.path("cache"));
        finished(command.output().expect("starts"))
    }

    fn sign(&self, who: &str, words: &[&str]) -> Done {
        let (key, chain, tsa) = (format!("{who}.key"), format!("{who}.pem"), format!("{}/tsa", self.place));
        let own = ["--key", &key, "--cert", &chain, "--tsa", &tsa, "--trust-anchor", "root.der", "--json"];
        self.run(&[&["sign"][..], words, &own].concat())
    }

    fn extend(&self, words: &[&str]) -> Done {
        let tsa = format!("{}/tsa", self.place);
        self.run(&[&["extend"][..], words, &["--tsa", &tsa, "--anchor", "root.der", "--json"]].concat())
    }

    /// The report by the root alone, nobody being asked.
    fn report(&self, file: &str, content: Option<&str>) -> Value {
        let content: Vec<&str> = content.into_iter().flat_map(|name| ["--content", name]).collect();
        let words = [&["verify", file, "--anchor", "root.der", "--offline", "--json"][..], &content].concat();
        let done = self.run(&words);
        serde_json::from_str(done.stdout.lines().next().unwrap_or_else(|| panic!("{done:?}"))).expect("JSON")
    }

    fn levels(&self, file: &str, content: Option<&str>) -> Vec<(String, String)> {
        let report = self.report(file, content);
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let signatures = report["signatures"].as_array().unwrap_or_else(|| panic!("{report}")).iter();
        let signatures = signatures.filter(|s| s["kind"] != "doc-timestamp");
        signatures.map(|s| (text(&s["level"]), text(&s["indication"]))).collect()
    }
}

/// The content that stands beside a detached signature.
fn content_of(format: &str) -> Option<&'static str> {
    (format == "cades").then_some("note.txt")
}

fn line(done: &Done) -> Value {
    serde_json::from_str(done.stdout.lines().next().unwrap_or_else(|| panic!("{done:?}"))).expect("JSON")
}

#[test]
fn every_form_is_signed_at_every_level_and_stands_alone_from_lt_on() {
    let desk = Desk::new();
    for (format, input, form) in FORMATS {
        for level in ["t", "lt", "lta"] {
            let out = format!("{format}-{level}");
            let done = desk.sign("an", &[input, "--format", format, "--level", level, "--out", &out]);
            assert_eq!(done.exit, Some(0), "{format} {level}: {done:?}");
            let name = format!("{form}-B-{}", level.to_uppercase());
            assert_eq!(line(&done)["signed"]["level"], name.as_str(), "{format} {level}");
            let found = desk.levels(&out, content_of(format));
            if level == "t" {
                // Without anybody to ask it lacks the revocation data that LT carries.
                assert_eq!((found.len(), found[0].1.as_str()), (1, "INDETERMINATE"), "{format} {level}");
            } else {
                assert_eq!(found, [(name, "TOTAL-PASSED".to_owned())], "{format} {level}");
            }
        }
    }
}

#[test]
fn a_signature_in_pem_or_base64_is_taken_up_and_stays_in_it() {
    let desk = Desk::new();
    desk.sign("an", &["note.txt", "--format", "cades", "--level", "t", "--out", "note.p7s"]);
    let der = std::fs::read(desk.path("note.p7s")).expect("signed");
    let certificate = std::fs::read_to_string(desk.path("an.pem")).expect("a certificate");
    std::fs::create_dir(desk.path("texts")).expect("a folder");
    for (name, begins, text) in [
        ("texts/note.pem", certificate.as_str(), format!("{certificate}{}", to_pem("PKCS7", &der))),
        ("texts/note.b64", "MI", base64(&der)),
        ("texts/an.pem", "", certificate.clone()),
    ] {
        std::fs::write(desk.path(name), &text).expect("writes");
        let (level, out) = ("lt", format!("{name}.out"));
        let done = desk.extend(&[name, "--level", level, "--content", "note.txt", "--out", &out]);
        if name == "texts/an.pem" {
            assert_eq!(done.exit, Some(4), "{done:?}");
            assert!(
                done.stdout.contains("EXTEND_UNSUPPORTED") || done.stderr.contains("EXTEND_UNSUPPORTED"),
                "{done:?}"
            );
            assert!(!desk.path(&out).exists());
            continue;
        }
        assert_eq!(done.exit, Some(0), "{name}: {done:?}");
        let made = std::fs::read_to_string(desk.path(&out)).expect("text");
        assert!(made.starts_with(begins), "{name}: {made}");
        assert!(made.len() > text.len());
        assert_eq!(
            desk.levels(&out, Some("note.txt")),
            [("CAdES-B-LT".to_owned(), "TOTAL-PASSED".to_owned())],
            "{name}"
        );
        std::fs::remove_file(desk.path(&out)).expect("removes");
    }
    // In a folder the certificate is no signature to be extended.
    let done = desk.extend(&["texts", "--level", "lt", "--content", "note.txt", "--out", "raised/"]);
    assert_eq!(done.exit, Some(0), "{done:?}");
    assert!(desk.path("raised/note.pem").exists() && !desk.path("raised/an.pem").exists(), "{done:?}");
}

#[test]
fn every_form_is_taken_up_later_and_renewed_twice() {
    let desk = Desk::new();
    for (format, input, form) in FORMATS {
        let lta = format!("{form}-B-LTA");
        let base = format!("{format}-0");
        let done = desk.sign("an", &[input, "--format", format, "--level", "b", "--out", &base]);
        assert_eq!(done.exit, Some(0), "{format}: {done:?}");
        let content: Vec<&str> = content_of(format).into_iter().flat_map(|name| ["--content", name]).collect();
        let mut last = base;
        for (turn, more) in
            [&["--level", "t"][..], &["--level", "lt"], &[], &["--renew"], &["--renew"]].iter().enumerate()
        {
            let next = format!("{format}-{}", turn + 1);
            let done = desk.extend(&[&[last.as_str(), "--out", &next][..], more, &content].concat());
            assert_eq!(done.exit, Some(0), "{format} turn {turn}: {done:?}");
            let action = if turn < 3 { "extended" } else { "renewed" };
            assert_eq!(line(&done)["action"], action, "{format} turn {turn}");
            if turn >= 2 {
                assert_eq!(
                    desk.levels(&next, content_of(format)),
                    [(lta.clone(), "TOTAL-PASSED".to_owned())],
                    "{next}"
                );
            }
            last = next;
        }
        // At its level it is left alone.
        let done = desk.extend(&[&[last.as_str(), "--out", "never"][..], &content].concat());
        assert_eq!((line(&done)["action"].as_str(), desk.path("never").exists()), (Some("left"), false), "{format}");
    }
}

#[test]
fn a_changed_file_in_an_archived_container_is_found_and_nothing_is_added_to_it() {
    let desk = Desk::new();
    let done = desk.sign("an", &["note.txt", "--format", "asic-e-cades", "--level", "lta", "--out", "good.asice"]);
    assert_eq!(done.exit, Some(0), "{done:?}");
    let bytes = std::fs::read(desk.path("good.asice")).expect("there");
    for needle in [&b"META-INF/timestamp001.tst"[..], b"META-INF/ASiCArchiveManifest.xml"] {
        assert!(bytes.windows(needle.len()).any(|w| w == needle));
    }
    // The archive manifest is stored compressed; what it lists is named by its entry.
    let broken = rezipped(&bytes, "META-INF/signature001.p7s", &|content| {
        let last = content.len() - 1;
        content[last] ^= 1;
    });
    std::fs::write(desk.path("bad.asice"), broken).expect("writes");
    assert_eq!(desk.report("bad.asice", None)["indication"], "TOTAL-FAILED");
    let done = desk.extend(&["bad.asice", "--out", "never", "--renew"]);
    assert_eq!((done.exit, desk.path("never").exists()), (Some(1), false), "{done:?}");
}

/// The container with one entry changed.
fn rezipped(bytes: &[u8], entry: &str, change: &dyn Fn(&mut Vec<u8>)) -> Vec<u8> {
    use congvan::asic::Container;
    use congvan::asic::zip::Limits;
    use congvan::asic::zip_write::{Change, rewrite};
    let file = bytes.to_vec();
    let container = Container::open(&file, Limits::default()).expect("opens");
    let at = container.entries().iter().position(|e| e.name == entry).expect("there");
    let mut content = container.metadata(at).expect("unpacks");
    change(&mut content);
    let changes = [(entry.to_owned(), Change::Content(content))].into();
    rewrite(&file, std::io::Cursor::new(Vec::new()), &changes, &[]).expect("writes").into_inner()
}

#[test]
fn a_folder_of_every_form_is_renewed_when_due_and_left_when_not() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("archive")).expect("makes");
    std::fs::copy(desk.path("note.txt"), desk.path("archive/note.txt")).expect("copies");
    for (format, input, _) in FORMATS {
        let ending = match format {
            "cades" => "note.txt.p7s".to_owned(),
            "xades" => "form.xml".to_owned(),
            other => format!("{other}.{}", if other.starts_with("asic-e") { "asice" } else { "asics" }),
        };
        let out = format!("archive/{ending}");
        let done = desk.sign("an", &[input, "--format", format, "--level", "lta", "--out", &out]);
        assert_eq!(done.exit, Some(0), "{format}: {done:?}");
    }
    let done = desk.sign("an", &["letter.pdf", "--level", "lta", "--out", "archive/letter.pdf"]);
    assert_eq!(done.exit, Some(0), "{done:?}");
    let summary = |done: &Done| -> Value {
        serde_json::from_str(done.stdout.lines().last().unwrap_or_else(|| panic!("{done:?}"))).expect("JSON")
    };
    let early = desk.extend(&["archive", "--due", "2001-01-01T00:00:00Z", "--dry-run"]);
    assert_eq!((early.exit, &summary(&early)["counts"]), (Some(0), &serde_json::json!({"LEFT": 7})), "{early:?}");
    let due = desk.extend(&["archive", "--due", "2200-01-01T00:00:00Z", "--dry-run"]);
    assert_eq!(summary(&due)["counts"], serde_json::json!({"TO-EXTEND": 7}), "{due:?}");
    let done = desk.extend(&["archive", "--due", "2200-01-01T00:00:00Z", "--out", "renewed"]);
    assert_eq!((done.exit, &summary(&done)["counts"]), (Some(0), &serde_json::json!({"EXTENDED": 7})), "{done:?}");
    assert_eq!(desk.levels("renewed/letter.pdf", None)[0].0, "PAdES-B-LTA");
    assert_eq!(
        desk.levels("renewed/asic-e-cades.asice", None),
        [("CAdES-B-LTA".to_owned(), "TOTAL-PASSED".to_owned())]
    );
}

#[test]
fn a_second_signer_joins_what_the_first_signed_and_neither_is_worse_for_it() {
    let desk = Desk::new();
    for (format, input, form) in FORMATS.into_iter().filter(|(format, ..)| *format != "xades") {
        for (first, second) in [("b", "b"), ("lta", "lta"), ("lt", "t")] {
            let name = match format {
                "cades" => "note.txt.p7s".to_owned(),
                other => format!("{other}.{}", if other.starts_with("asic-e") { "asice" } else { "asics" }),
            };
            let (once, twice) = (format!("{first}-{second}-1/{name}"), format!("{first}-{second}-2/{name}"));
            for folder in [&once, &twice] {
                std::fs::create_dir_all(desk.path(folder).parent().expect("a folder")).expect("makes");
            }
            std::fs::copy(desk.path("note.txt"), desk.path(&once).with_file_name("note.txt")).expect("copies");
            let done = desk.sign("an", &[input, "--format", format, "--level", first, "--out", &once]);
            assert_eq!(done.exit, Some(0), "{format}: {done:?}");
            let done = desk.sign("ubnd", &[&once, "--level", second, "--out", &twice]);
            assert_eq!(done.exit, Some(0), "{format} {first} {second}: {done:?}");
            let found = desk.levels(&twice, content_of(format));
            assert_eq!(found.len(), 2, "{format}: {found:?}");
            if second == "lta" {
                let lta = (format!("{form}-B-LTA"), "TOTAL-PASSED".to_owned());
                assert_eq!(found, [lta.clone(), lta], "{format} {first} {second}");
            }
            if first == "lt" {
                assert!(found.contains(&(format!("{form}-B-LT"), "TOTAL-PASSED".to_owned())), "{format}: {found:?}");
            }
        }
    }
}

#[test]
fn a_counter_signature_stands_beside_the_signature_it_confirms() {
    let desk = Desk::new();
    for (format, input, form) in FORMATS {
        let (once, twice, later) = (format!("{format}-1"), format!("{format}-2"), format!("{format}-3"));
        let once = if format == "cades" { "note.txt.p7s".to_owned() } else { once };
        let done = desk.sign("an", &[input, "--format", format, "--level", "t", "--out", &once]);
        assert_eq!(done.exit, Some(0), "{format}: {done:?}");
        let done = desk.sign("ubnd", &[&once, "--countersign", "--level", "t", "--out", &twice]);
        assert_eq!(
            (done.exit, &line(&done)["signed"]["kind"]),
            (Some(0), &"counter-signature".into()),
            "{format}: {done:?}"
        );
        let report = desk.report(&twice, content_of(format));
        let kinds: Vec<&str> =
            report["signatures"].as_array().expect("some").iter().filter_map(|s| s["kind"].as_str()).collect();
        assert_eq!(kinds, ["signature", "counter-signature"], "{format}");
        let content: Vec<&str> = content_of(format).into_iter().flat_map(|name| ["--content", name]).collect();
        let done = desk.extend(&[&[twice.as_str(), "--out", &later][..], &content].concat());
        assert_eq!(done.exit, Some(0), "{format}: {done:?}");
        let report = desk.report(&later, content_of(format));
        assert_eq!(report["indication"], "TOTAL-PASSED", "{format}: {report}");
        let all = report["signatures"].as_array().expect("some");
        let levels: Vec<&str> =
            all.iter().filter(|s| s["kind"] == "signature").filter_map(|s| s["level"].as_str()).collect();
        assert_eq!(levels, [format!("{form}-B-LTA").as_str()], "{format}");
    }
    // A second signature over a whole document would break the first: it becomes a counter-signature by itself.
    let done = desk.sign("ubnd", &["xades-1", "--format", "xades", "--level", "b", "--out", "own.xml"]);
    assert_eq!((done.exit, &line(&done)["signed"]["kind"]), (Some(0), &"counter-signature".into()), "{done:?}");
    let done = desk.sign("ubnd", &["note.txt.p7s", "--countersign", "--level", "lta", "--out", "never"]);
    assert_eq!((done.exit, line_code(&done).as_str()), (Some(2), "LEVEL_BY_EXTEND"), "{done:?}");
    let done = desk.sign("ubnd", &["letter.pdf", "--countersign", "--level", "b", "--out", "never"]);
    assert_eq!((done.exit, line_code(&done).as_str()), (Some(2), "COUNTERSIGN_PDF"), "{done:?}");
    assert!(!desk.path("never").exists());
}

#[test]
fn revocation_data_issued_while_it_is_asked_for_is_not_from_the_future() {
    let desk = Desk::new();
    // Every answer is made in a later second than the question.
    desk.server.set_faults(Faults { delay: Duration::from_millis(1_100), ..Faults::default() });
    let done = desk.sign("an", &["note.txt", "--format", "cades", "--level", "lt", "--out", "note.txt.p7s"]);
    assert_eq!(done.exit, Some(0), "{done:?}");
    let found = desk.levels("note.txt.p7s", Some("note.txt"));
    assert_eq!(found, [("CAdES-B-LT".to_owned(), "TOTAL-PASSED".to_owned())]);
    let done = desk.run(&["verify", "note.txt.p7s", "--anchor", "root.der", "--content", "note.txt", "--json"]);
    assert_eq!(done.exit, Some(0), "{done:?}");
}

/// The code of a failed run, on a line of its own or in that of the file.
fn line_code(done: &Done) -> String {
    let text = if done.stdout.is_empty() { &done.stderr } else { &done.stdout };
    let line = text.lines().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{done:?}"));
    let value: Value = serde_json::from_str(line).expect("JSON");
    let code = value["error"]["code"].as_str().or_else(|| value["code"].as_str());
    code.or_else(|| value["errors"][0]["code"].as_str()).unwrap_or_default().to_owned()
}

#[test]
fn a_time_stamping_service_that_lies_fails_or_keeps_silent_leaves_nothing_in_any_form() {
    let desk = Desk::new();
    let faults = [
        TsaFault::WrongNonce,
        TsaFault::WrongImprint,
        TsaFault::WrongSigner,
        TsaFault::BrokenSignature,
        TsaFault::Refuses,
        TsaFault::Empty,
        TsaFault::Garbage,
    ];
    let inputs = [("letter.pdf", "pades"), ("note.txt", "asic-e"), ("note.txt", "cades"), ("form.xml", "xades")];
    for tsa in faults {
        desk.server.set_faults(Faults { tsa, ..Faults::default() });
        for (input, format) in inputs {
            let done = desk.sign("an", &[input, "--format", format, "--level", "t", "--out", "never"]);
            let found = (done.exit, line_code(&done), desk.path("never").exists());
            assert_eq!(found, (Some(4), "TSA_FAILED".to_owned(), false), "{tsa:?} {format}: {done:?}");
        }
    }
    for (faults, more) in [
        (Faults { down: true, ..Faults::default() }, &[][..]),
        (Faults { delay: Duration::from_secs(4), ..Faults::default() }, &["--tsa-timeout", "1", "--offline"][..]),
    ] {
        desk.server.set_faults(faults);
        for (input, format) in inputs {
            let words = [&[input, "--format", format, "--level", "t", "--out", "never"][..], more].concat();
            let done = desk.sign("an", &words);
            let found = (done.exit, line_code(&done), desk.path("never").exists());
            assert_eq!(found, (Some(4), "TSA_FAILED".to_owned(), false), "{faults:?} {format}: {done:?}");
        }
    }
    // Where the user allows it, each is signed at level B and says so.
    desk.server.set_faults(Faults { down: true, ..Faults::default() });
    for (input, format) in inputs {
        let out = format!("{format}-without");
        let words = [input, "--format", format, "--level", "t", "--on-tsa-failure", "b", "--out", &out];
        let done = desk.sign("an", &words);
        let said = line(&done);
        assert!(said["signed"]["level"].as_str().is_some_and(|l| l.ends_with("-B-B")), "{format}: {done:?}");
        let codes: Vec<&str> =
            said["warnings"].as_array().expect("some").iter().filter_map(|w| w["code"].as_str()).collect();
        assert!(codes.contains(&"SIGNED_WITHOUT_TIME_STAMP"), "{format}: {codes:?}");
        // What is signed is a signature all the same, and a service that lies takes it no further.
        desk.server.set_faults(Faults { tsa: TsaFault::WrongImprint, ..Faults::default() });
        let content: Vec<&str> = content_of(format).into_iter().flat_map(|name| ["--content", name]).collect();
        let done = desk.extend(&[&[out.as_str(), "--out", "never", "--level", "t"][..], &content].concat());
        assert_eq!((done.exit, line_code(&done).as_str()), (Some(4), "TSA_FAILED"), "{format}: {done:?}");
        assert!(!desk.path("never").exists());
        desk.server.set_faults(Faults { down: true, ..Faults::default() });
    }
}

#[test]
fn a_batch_of_every_kind_goes_on_past_a_bad_file_and_is_resumed() {
    let desk = Desk::new();
    std::fs::write(desk.path("broken.pdf"), b"%PDF-1.7 cut short").expect("writes");
    std::fs::create_dir(desk.path("done")).expect("makes");
    std::fs::write(desk.path("done/form.signed.xml"), b"<other/>").expect("writes");
    let batch = ["note.txt", "broken.pdf", "letter.pdf", "form.xml", "--level", "t", "--out", "done/"];
    let first = desk.sign("an", &batch);
    let outcome = |done: &Done| -> Value {
        serde_json::from_str(done.stdout.lines().last().unwrap_or_else(|| panic!("{done:?}"))).expect("JSON")
    };
    assert_eq!(first.exit, Some(4), "{first:?}");
    assert_eq!(outcome(&first)["counts"], serde_json::json!({"SIGNED": 2, "FAILED": 2}), "{first:?}");
    assert_eq!(std::fs::read(desk.path("done/form.signed.xml")).expect("there"), b"<other/>");
    // What failed is put right; what is done is not done again.
    std::fs::remove_file(desk.path("done/form.signed.xml")).expect("removes");
    std::fs::copy(desk.path("letter.pdf"), desk.path("broken.pdf")).expect("copies");
    let before = std::fs::read(desk.path("done/note.asice")).expect("there");
    let second = desk.sign("an", &batch);
    assert_eq!(second.exit, Some(0), "{second:?}");
    assert_eq!(outcome(&second)["counts"], serde_json::json!({"SIGNED": 2, "ALREADY-SIGNED": 2}), "{second:?}");
    assert_eq!(std::fs::read(desk.path("done/note.asice")).expect("there"), before);
    let third = desk.sign("an", &batch);
    assert_eq!(outcome(&third)["counts"], serde_json::json!({"ALREADY-SIGNED": 4}), "{third:?}");
    // Another input, another key or a higher level is not what was made.
    for (who, level, change) in [("ubnd", "t", false), ("an", "lt", false), ("an", "t", true)] {
        if change {
            std::fs::write(desk.path("note.txt"), b"khac").expect("writes");
            std::fs::write(desk.path("form.xml"), b"<khac/>").expect("writes");
        }
        let done = desk.sign(who, &["note.txt", "form.xml", "--level", level, "--out", "done/"]);
        assert_eq!((done.exit, line_code(&done).as_str()), (Some(4), "OUTPUT_EXISTS"), "{who} {level}: {done:?}");
    }
}

#[test]
fn a_folder_is_signed_file_by_file_in_the_format_asked_for() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("in/below")).expect("makes");
    for (to, from) in [("in/a.txt", "note.txt"), ("in/below/b.pdf", "letter.pdf")] {
        std::fs::copy(desk.path(from), desk.path(to)).expect("copies");
    }
    let done = desk.sign("an", &["in", "--format", "cades", "--level", "lta", "--out", "signed"]);
    assert_eq!(done.exit, Some(0), "{done:?}");
    assert!(desk.path("signed/a.txt.p7s").exists() && desk.path("signed/below/b.pdf.p7s").exists());
    let done = desk.sign("an", &["in", "--format", "cades", "--level", "lta", "--out", "signed"]);
    assert!(done.stdout.contains("\"ALREADY-SIGNED\":2"), "{done:?}");
}

#[test]
fn a_package_is_written_as_a_container_at_every_level() {
    let desk = Desk::new();
    let tsa = format!("{}/tsa", desk.place);
    for (level, name) in [("b", "XAdES-B-B"), ("t", "XAdES-B-T"), ("lt", "XAdES-B-LT"), ("lta", "XAdES-B-LTA")] {
        let out = format!("{level}.asice");
        let done = desk.run(&[
            "pack",
            "letter.pdf",
            "--format",
            "asic-e",
            "--from",
            "H99.01=Sở A",
            "--to",
            "H99.02=Sở B",
            "--number",
            "07",
            "--date",
            "2026-03-05",
            "--allow-unsigned",
            "--yes",
            "--key",
            "ubnd.key",
            "--cert",
            "ubnd.pem",
            "--level",
            level,
            "--tsa",
            &tsa,
            "--anchor",
            "root.der",
            "--out",
            &out,
            "--json",
        ]);
        assert_eq!(done.exit, Some(0), "{level}: {done:?}");
        if level > "l" && level < "m" {
            assert_eq!(desk.levels(&out, None)[0], (name.to_owned(), "TOTAL-PASSED".to_owned()), "{level}");
        }
        let done = desk.run(&["unpack", &out, "--out", level]);
        assert_eq!(done.exit, Some(0), "{level}: {done:?}");
    }
    desk.server.set_faults(Faults { tsa: TsaFault::WrongNonce, ..Faults::default() });
    let done = desk.run(&[
        "pack",
        "letter.pdf",
        "--format",
        "asic-e",
        "--from",
        "H99.01=Sở A",
        "--to",
        "H99.02=Sở B",
        "--number",
        "07",
        "--date",
        "2026-03-05",
        "--allow-unsigned",
        "--yes",
        "--key",
        "ubnd.key",
        "--cert",
        "ubnd.pem",
        "--level",
        "t",
        "--tsa",
        &tsa,
        "--out",
        "never.asice",
        "--json",
    ]);
    assert_eq!((done.exit, desk.path("never.asice").exists()), (Some(4), false), "{done:?}");
}

#[test]
fn bad_input_is_told_by_its_code_and_leaves_nothing_in_any_form() {
    let desk = Desk::new();
    let keys = [("key.p12", "keys/modern.p12"), ("expired.pem", "cli/expired.pem"), ("other.pem", "keys/p256.pem")];
    copy_fixtures(desk.folder.path(), &keys);
    std::fs::write(desk.path("there"), b"kept").expect("writes");
    std::fs::write(desk.path("wrong"), b"wrong").expect("writes");
    let inputs = [("letter.pdf", "pades"), ("note.txt", "asic-e"), ("note.txt", "cades"), ("form.xml", "xades")];
    for (input, format) in inputs {
        for (words, exit, code) in [
            (&["--key", "key.p12", "--passphrase-file", "wrong", "--out", "never"][..], 4, "WRONG_PASSPHRASE"),
            (&["--key", "expired.pem", "--out", "never"], 4, "CERT_EXPIRED"),
            (&["--key", "other.pem", "--cert", "an.pem", "--out", "never"], 4, "KEY_CERT_MISMATCH"),
            (&["--key", "an.key", "--cert", "an.pem", "--out", "there"], 4, "OUTPUT_EXISTS"),
            (&["--key", "an.key", "--cert", "an.pem", "--out", "never", "--level", "t"], 2, "TSA_NOT_GIVEN"),
        ] {
            let done = desk.run(&[&["sign", input, "--format", format, "--json"][..], words].concat());
            let told = line_code(&done);
            assert_eq!(
                (done.exit, desk.path("never").exists()),
                (Some(exit), false),
                "{format} {code} {told}: {done:?}"
            );
            assert_eq!(told, code, "{format}: {done:?}");
            assert_eq!(std::fs::read(desk.path("there")).expect("there"), b"kept");
        }
    }
    let picture = ["letter.pdf", "--image", "note.txt", "--stamp-size", "20", "--place", "1,20,20", "--out", "never"];
    assert_eq!(line_code(&desk.sign("an", &picture)), "PICTURE_UNUSABLE");
    let done = desk.sign("an", &["note.txt", "--place", "1,20,20", "--out", "never"]);
    assert_eq!((done.exit, line_code(&done).as_str()), (Some(2), "FLAG_NEEDS_PDF"), "{done:?}");
    assert!(!desk.path("never").exists());
}
