//! The help of every verb in both languages, as recorded in `tests/cli/help`.
//!
//! `CONGVAN_UPDATE=1` records it anew; read the difference before committing it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::run::{run, updating};

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help")
}

/// Every verb as its words, the command itself first.
fn verbs(folder: &Path) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while let Some(words) = all.get(at).cloned() {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.extend(["-h", "--lang", "en"]);
        let help = run(folder, &arguments).stdout;
        let list = help.split("\nVerbs:\n").nth(1).unwrap_or("");
        for line in list.lines().take_while(|line| !line.is_empty()) {
            // Wrapped lines are indented further than the names.
            if let Some(name) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
                let mut inner = words.clone();
                inner.push(name.split_whitespace().next().expect("a name").to_owned());
                all.push(inner);
            }
        }
        at += 1;
    }
    all
}

#[test]
fn help_is_as_recorded() {
    let folder = tempfile::tempdir().expect("folder");
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for words in verbs(folder.path()) {
        let mut file = words.join("-");
        if file.is_empty() {
            "congvan".clone_into(&mut file);
        }
        file.push_str(".txt");
        for lang in ["en", "vi"] {
            let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            arguments.extend(["--help", "--lang", lang]);
            let got = run(folder.path(), &arguments);
            assert_eq!((got.exit, got.stderr.as_str()), (Some(0), ""), "{words:?}");
            let path = recorded().join(lang).join(&file);
            if updating() {
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("makes the folder");
                std::fs::write(&path, &got.stdout).expect("records");
            } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&got.stdout) {
                wrong.push(format!("{lang}/{file}"));
            }
        }
        names.insert(file);
    }
    for lang in ["en", "vi"] {
        for entry in std::fs::read_dir(recorded().join(lang)).expect("recorded help") {
            let entry = entry.expect("readable");
            let name = entry.file_name().to_string_lossy().into_owned();
            if !names.contains(&name) {
                if updating() {
                    std::fs::remove_file(entry.path()).expect("removes");
                } else {
                    wrong.push(format!("{lang}/{name} has no verb"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "help changed; record it with CONGVAN_UPDATE=1 and read the difference: {wrong:?}");
}

#[test]
fn no_line_of_help_is_wider_than_a_hundred_columns() {
    let folder = tempfile::tempdir().expect("folder");
    for words in verbs(folder.path()) {
        for (lang, form) in [("en", "-h"), ("en", "--help"), ("vi", "-h"), ("vi", "--help")] {
            let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            arguments.extend([form, "--lang", lang]);
            for line in run(folder.path(), &arguments).stdout.lines() {
                assert!(
                    line.chars().count() <= 100 || line.contains("Usage:") || line.contains("Cách dùng:"),
                    "{line}"
                );
            }
        }
    }
}
