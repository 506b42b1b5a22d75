//! A full disk: a clear sentence and nothing left behind.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use crate::run::{command, copy_fixtures, finished};

/// Runs the command with `full` as a file system of 32 kB of its own; `None` where the system gives us none.
fn on_a_small_disk(folder: &Path, line: &str) -> Option<crate::run::Done> {
    let script = format!(
        "mount -t tmpfs -o size=32k none full || exit 77; \"$0\" {line}; code=$?; ls -A full > left; exit $code"
    );
    let plain = command(folder);
    let mut inside = Command::new("unshare");
    inside.args(["-rm", "sh", "-c", &script]).arg(plain.get_program()).current_dir(folder);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    let done = finished(inside.output().ok()?);
    (!matches!(done.exit, Some(77 | 1)) || !done.stderr.contains("unshare"))
        .then_some(done)
        .filter(|d| d.exit != Some(77))
}

#[test]
fn a_full_disk_is_named_and_nothing_is_left() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::create_dir(folder.path().join("full")).expect("makes");
    copy_fixtures(folder.path(), &[("a.pdf", "documents/letter.pdf"), ("key.pem", "keys/rsa-with-chain.pem")]);
    let form = format!("<form>{}</form>", "<n>07</n>".repeat(8_000));
    std::fs::write(folder.path().join("a.xml"), form).expect("writes");
    for (line, out) in [
        ("sign a.pdf --key key.pem --out full/b.pdf", "full/b.pdf"),
        ("sign a.pdf --key key.pem --format asic-e --out full/b.asice", "full/b.asice"),
        ("sign a.xml --key key.pem --out full/b.xml", "full/b.xml"),
    ] {
        let Some(done) = on_a_small_disk(folder.path(), line) else {
            // Containers without user namespaces cannot make a small disk.
            eprintln!("not run: no file system of its own can be mounted here");
            return;
        };
        assert_eq!((done.exit, done.stdout.as_str()), (Some(4), ""), "{line}: {}", done.stderr);
        assert_eq!(
            done.stderr,
            format!(
                "error: the disk is full while writing `{out}`\n\
                 hint: free some space and run again; no half-written file was left\n"
            )
        );
        assert_eq!(std::fs::read_to_string(folder.path().join("left")).expect("listed"), "", "{line}");
    }
}
