//! Passphrases and passwords: used from every source, and said nowhere — not in an error, a result, a log or a file.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Done, command, copy_fixtures, finished};

/// No word of any sentence, and no name of a file.
const RIGHT: &str = "secret";
const WRONG: &str = "Kx7-quên-mất-Zq9";

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        copy_fixtures(
            folder.path(),
            &[
                ("modern.p12", "keys/modern.p12"),
                ("legacy.p12", "keys/legacy.p12"),
                ("encrypted.pem", "keys/p256-encrypted.pem"),
                ("letter.pdf", "documents/letter.pdf"),
            ],
        );
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = command(self.folder.path());
        command.args(line.split_whitespace()).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
        command
    }

    /// Runs; whatever comes of it, the secret is nowhere in what was said or written.
    fn checked(&self, mut command: Command, secret: &str) -> Done {
        let done = finished(command.output().expect("starts"));
        assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret), "said: {done:?}");
        for entry in std::fs::read_dir(self.folder.path()).expect("lists") {
            let path = entry.expect("entry").path();
            if path.is_file() && path.extension().is_some_and(|kind| kind != "secret" && kind != "toml") {
                let bytes = std::fs::read(&path).expect("reads");
                assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "written: {}", path.display());
            }
        }
        done
    }
}

#[test]
fn a_wrong_passphrase_is_repeated_nowhere_whatever_the_key_and_the_source() {
    let desk = Desk::new();
    std::fs::write(desk.path("wrong.secret"), format!("{WRONG}\n")).expect("writes");
    for key in ["modern.p12", "legacy.p12", "encrypted.pem"] {
        for verb in
            ["sign letter.pdf --out out.pdf", "sign letter.pdf --out out.pdf --json", "key test", "key test --json"]
        {
            let line = format!("{verb} --key {key}");
            let mut by_environment = desk.command(&line);
            by_environment.env("CONGVAN_PASSPHRASE", WRONG);
            let by_file = desk.command(&format!("{line} --passphrase-file wrong.secret"));
            for run in [by_environment, by_file] {
                let done = desk.checked(run, WRONG);
                assert_eq!(done.exit, Some(4), "{line}: {done:?}");
                assert!(format!("{done:?}").contains("passphrase"), "{line}: {done:?}");
            }
        }
        let mut list = desk.command(&format!("key list {key} --json"));
        list.env("CONGVAN_PASSPHRASE", WRONG);
        desk.checked(list, WRONG);
    }
}

#[test]
fn the_right_passphrase_and_pdf_password_are_not_in_the_results() {
    let desk = Desk::new();
    for line in [
        "sign letter.pdf --key modern.p12 --out plain.pdf --json --force",
        "sign letter.pdf --key modern.p12 --out leader.pdf --as leader --force",
        "key test --key modern.p12 --json",
        "pack letter.pdf --key modern.p12 --out packet.edxml",
    ] {
        let mut run = desk.command(line);
        run.env("CONGVAN_PASSPHRASE", RIGHT).env("CONGVAN_PDF_PASSWORD", WRONG);
        // The passphrase of the fixtures is an English word: the password stands for both in what is searched.
        let done = desk.checked(run, WRONG);
        assert!(!done.stdout.contains(RIGHT) && !done.stderr.contains(RIGHT), "{line}: {done:?}");
    }
    let mut verify = desk.command("verify plain.pdf leader.pdf --json --offline");
    verify.env("CONGVAN_PDF_PASSWORD", WRONG);
    desk.checked(verify, WRONG);
}

#[test]
fn a_secret_written_where_a_reference_belongs_is_refused_and_not_repeated() {
    let desk = Desk::new();
    for entry in ["passphrase", "pin"] {
        let profile = format!("[key]\nref = \"modern.p12\"\n{entry} = \"{WRONG}\"\n");
        std::fs::write(desk.path("congvan.toml"), profile).expect("writes");
        for line in ["key test --profile ./congvan.toml", "sign letter.pdf --out o.pdf --json --profile ./congvan.toml"]
        {
            let done = desk.checked(desk.command(line), WRONG);
            assert!(done.exit.is_some_and(|exit| exit == 2 || exit == 4), "{line}: {done:?}");
        }
    }
    let done = desk.checked(desk.command(&format!("key test --key pkcs11:token=a?pin-value={WRONG}")), WRONG);
    assert_eq!(done.exit, Some(2), "{done:?}");
}
