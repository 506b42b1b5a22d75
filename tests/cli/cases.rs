//! Data-driven cases: `tests/cli/cases/*.toml`, each a folder of files and the commands run in it.
//!
//! ```toml
//! [files]                      # text files to start with
//! "a.txt" = "text"
//! [copies]                     # name in the folder = file of the repository
//! "cv.pdf" = "fixtures/pdf/cong-van.pdf"
//! [truncated]                  # name = [file of the repository, bytes kept]
//! "cut.pdf" = ["fixtures/pdf/cong-van.pdf", 700]
//!
//! [[step]]
//! line = "verify a.txt"        # words split at white space
//! env = { CONGVAN_LANG = "vi" }
//! exit = 4
//! stdout = ""                  # exact; a line `[..]` stands for any lines, `[..]` inside one for any text
//! stderr = """
//! error: …
//! hint: …
//! """
//! left = ["a.txt"]             # every file in the folder afterwards; not checked when absent
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::run::{Done, command, finished};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    copies: BTreeMap<String, String>,
    #[serde(default)]
    truncated: BTreeMap<String, (String, usize)>,
    step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    line: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    exit: i32,
    stdout: Option<String>,
    stderr: Option<String>,
    left: Option<Vec<String>>,
}

#[test]
fn every_case_ends_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(root.join("tests/cli/cases"))
        .expect("cases")
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    let wrong: Vec<String> = paths.iter().flat_map(|path| check(root, path)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn check(root: &Path, path: &Path) -> Vec<String> {
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("readable case");
    let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let folder = tempfile::tempdir().expect("folder");
    let put = |name: &str, bytes: &[u8]| {
        let to = folder.path().join(name);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("makes the folder");
        std::fs::write(to, bytes).expect("writes");
    };
    let original = |from: &str| std::fs::read(root.join(from)).unwrap_or_else(|e| panic!("{name}: {from}: {e}"));
    case.files.iter().for_each(|(to, text)| put(to, text.as_bytes()));
    case.copies.iter().for_each(|(to, from)| put(to, &original(from)));
    case.truncated.iter().for_each(|(to, (from, kept))| put(to, original(from).get(..*kept).expect("long enough")));
    let mut wrong = Vec::new();
    for step in &case.step {
        let mut command = command(folder.path());
        command.args(step.line.split_whitespace()).envs(&step.env);
        let got = finished(command.output().expect("the command starts"));
        if let Some(difference) = difference(step, &got, folder.path()) {
            wrong.push(format!("{name}: congvan {}\n{difference}", step.line));
        }
    }
    wrong
}

fn difference(step: &Step, got: &Done, folder: &Path) -> Option<String> {
    let mut out = String::new();
    if got.exit != Some(step.exit) {
        out.push_str(&format!("  exit {:?}, expected {}\n", got.exit, step.exit));
    }
    for (stream, expected, got) in [("stdout", &step.stdout, &got.stdout), ("stderr", &step.stderr, &got.stderr)] {
        if let Some(expected) = expected
            && !matches(expected, got)
        {
            out.push_str(&format!("  {stream}:\n{got}  expected:\n{expected}\n"));
        }
    }
    if let Some(expected) = &step.left {
        let mut left = Vec::new();
        list(folder, folder, &mut left);
        left.sort();
        let mut expected = expected.clone();
        expected.sort();
        if left != expected {
            out.push_str(&format!("  left on disk {left:?}, expected {expected:?}\n"));
        }
    }
    if !out.is_empty() && step.stderr.is_none() {
        out.push_str(&format!("  stderr was:\n{}", got.stderr));
    }
    (!out.is_empty()).then_some(out)
}

fn list(root: &Path, folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("lists") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            list(root, &path, into);
        } else {
            into.push(path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/"));
        }
    }
}

fn matches(expected: &str, got: &str) -> bool {
    let expected: Vec<&str> = expected.lines().collect();
    let got: Vec<&str> = got.lines().collect();
    lines_match(&expected, &got)
}

fn lines_match(expected: &[&str], got: &[&str]) -> bool {
    match (expected.split_first(), got.split_first()) {
        (None, None) => true,
        (Some((&"[..]", rest)), _) => (0..=got.len()).any(|skipped| lines_match(rest, &got[skipped..])),
        (Some((first, rest)), Some((line, more))) => line_matches(first, line) && lines_match(rest, more),
        _ => false,
    }
}

fn line_matches(expected: &str, got: &str) -> bool {
    match expected.split_once("[..]") {
        None => expected == got,
        Some((before, after)) => got.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_matches(after, &rest[at..]))
        }),
    }
}

#[test]
fn wildcards_match_what_they_should_and_nothing_else() {
    assert!(matches("a [..] c\n[..]\nz\n", "a b c\nx\ny\nz\n"));
    assert!(matches("[..]\nz", "z"));
    assert!(matches("a[..]", "a"));
    assert!(!matches("a [..] c", "a b d"));
    assert!(!matches("a\n[..]\nz", "a\nx"));
    assert!(!matches("a", "a\nb"));
}
