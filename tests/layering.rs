//! Layers point one way: this reads `src/**`, collects `crate::NAME` uses and compares ranks.

use std::path::Path;

/// Module → rank; a module may use modules of its own rank's allowance or below.
const RANKS: &[(&str, u32)] = &[
    ("base", 0),
    ("asn1", 10),
    ("x509", 11),
    ("cms", 12),
    ("xml", 11),
    ("tsp", 13),
    ("pdf", 14),
    ("asic", 15),
    ("edxml", 15),
    ("algorithms", 20),
    ("policy", 20),
    ("keys", 30),
    ("path", 40),
    ("revocation", 40),
    ("timestamp", 40),
    ("proofs", 40),
    ("sign", 50),
    ("validate", 50),
    ("stamp", 50),
    ("report", 60),
    ("exchange", 60),
    ("axis", 60),
    ("authority", 60),
    ("net", 70),
    ("cli", 80),
];

/// Pairs of equal or rising rank that are meant: (user, used).
const ALLOWED: &[(&str, &str)] = &[
    ("path", "revocation"),
    ("proofs", "revocation"),
    ("timestamp", "path"),
    ("timestamp", "revocation"),
    ("timestamp", "proofs"),
    ("revocation", "path"),
    ("proofs", "path"),
    ("algorithms", "policy"),
    ("sign", "stamp"),
];

#[test]
fn no_module_uses_a_layer_above_it() {
    let mut wrong = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        let relative = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("below src");
        let module = relative.components().next().expect("a name").as_os_str().to_string_lossy().replace(".rs", "");
        if module == "lib" || module == "main" {
            return;
        }
        let own = rank(&module).unwrap_or_else(|| panic!("module {module} has no rank: add it to RANKS"));
        // Unit tests, last in their file, may set a scene with whatever there is.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for used in code.split("crate::").skip(1).flat_map(names) {
                let Some(other) = rank(&used) else { continue };
                let fine = used == module || other < own || ALLOWED.contains(&(module.as_str(), used.as_str()));
                if !fine {
                    wrong.push(format!(
                        "{}:{}: {module} (rank {own}) uses {used} (rank {other}): {}",
                        relative.display(),
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    });
    assert!(wrong.is_empty(), "layers point one way (see src/lib.rs):\n{}", wrong.join("\n"));
}

/// The first path segments after `crate::`, also of `crate::{a::…, b::…}` on one line.
fn names(rest: &str) -> Vec<String> {
    let first = |s: &str| s.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    match rest.strip_prefix('{') {
        Some(list) => {
            let mut depth = 0;
            let mut starts = vec![list];
            for (at, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => starts.push(&list[at + 1..]),
                    _ => {}
                }
            }
            starts.into_iter().map(first).collect()
        }
        None => vec![first(rest)],
    }
}

fn rank(module: &str) -> Option<u32> {
    RANKS.iter().find(|(name, _)| *name == module).map(|(_, rank)| *rank)
}

fn visit(folder: &Path, with: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            visit(&path, with);
        } else if path.extension().is_some_and(|e| e == "rs") {
            with(&path, &std::fs::read_to_string(&path).expect("UTF-8 source"));
        }
    }
}

#[test]
fn the_reader_of_this_test_sees_grouped_and_plain_uses() {
    assert_eq!(names("asn1::Tlv;"), ["asn1"]);
    assert_eq!(names("{cli::error, base::{oid, time}};"), ["cli", "base"]);
}
