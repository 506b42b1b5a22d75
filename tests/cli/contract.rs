//! Promises to scripts that hold for every verb: exit codes of error codes, streams, closed pipes.

use std::path::Path;

use crate::run::{command, finished, run, updating};

/// `CODE exit`, one a line: a code that ever shipped stays and keeps its exit code.
#[test]
fn error_codes_and_their_exit_codes_are_as_promised() {
    let folder = tempfile::tempdir().expect("folder");
    let listed = run(folder.path(), &["explain", "--json"]);
    assert_eq!(listed.exit, Some(0));
    let mut table = String::new();
    for line in listed.stdout.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        if entry["kind"] == "error" {
            table.push_str(&format!("{} {}\n", entry["code"].as_str().expect("a code"), entry["exit"]));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/error-codes.txt");
    if updating() {
        std::fs::write(&path, &table).expect("records");
    }
    let recorded = std::fs::read_to_string(&path).expect("recorded codes");
    assert_eq!(table, recorded, "a code or exit code changed; a new one is recorded with CONGVAN_UPDATE=1");
}

#[test]
fn every_exit_code_is_explained_in_both_languages() {
    let folder = tempfile::tempdir().expect("folder");
    for code in ["0", "1", "2", "3", "4"] {
        for (lang, start) in [("en", "exit code"), ("vi", "mã thoát")] {
            let got = run(folder.path(), &["explain", code, "--lang", lang]);
            assert_eq!(got.exit, Some(0));
            assert!(got.stdout.starts_with(&format!("{start} {code}: ")), "{}", got.stdout);
        }
    }
}

#[test]
fn every_error_code_can_be_explained_by_its_name() {
    let folder = tempfile::tempdir().expect("folder");
    let codes = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/error-codes.txt"));
    for line in codes.expect("recorded codes").lines() {
        let (code, exit) = line.split_once(' ').expect("code and exit");
        let got = run(folder.path(), &["explain", &code.to_lowercase()]);
        assert_eq!(got.exit, Some(0), "{code}");
        assert!(got.stdout.starts_with(&format!("{code} (exit code {exit})\n")), "{}", got.stdout);
    }
}

#[test]
fn a_closed_pipe_ends_quietly_and_not_as_a_success() {
    let folder = tempfile::tempdir().expect("folder");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let got = finished(command(folder.path()).arg("explain").stdout(writer).output().expect("the command runs"));
    assert_eq!((got.exit, got.stderr.as_str()), (Some(4), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error_with_a_hint() {
    let folder = tempfile::tempdir().expect("folder");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let got = command(folder.path()).arg("explain").stdout(full).output().expect("runs");
    let errors = String::from_utf8(got.stderr).expect("UTF-8");
    assert_eq!(got.status.code(), Some(4));
    assert_eq!(
        errors,
        "error: cannot write the results to standard output: no space left on device\n\
         hint: check the space where the output is sent to\n"
    );
}
