//! Packs: texts of sections, `== name` and a body.

use std::path::{Path, PathBuf};

use congvan::base::encoding::from_base64;

/// A file below `fixtures/vectors`.
pub(crate) fn vectors(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors").join(path)
}

/// The text of a file below `fixtures/vectors`.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(vectors(path)).unwrap_or_else(|e| panic!("fixtures/vectors/{path}: {e}"))
}

/// The sections of a pack, in order.
pub(crate) fn sections(path: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in text(path).lines() {
        match line.strip_prefix("== ") {
            Some(name) => out.push((name.to_owned(), String::new())),
            None => {
                let (_, body) = out.last_mut().expect("a pack starts with a section");
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    out
}

/// The sections of a pack whose bodies are base64.
pub(crate) fn binaries(path: &str) -> Vec<(String, Vec<u8>)> {
    sections(path).into_iter().map(|(name, body)| (name, from_base64(&body).expect("base64"))).collect()
}

/// The rows of a table below its heading.
pub(crate) fn rows(path: &str) -> Vec<Vec<String>> {
    text(path).lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
