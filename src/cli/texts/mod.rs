//! Every sentence a person reads, in Vietnamese and English, in one table.
//!
//! Placeholders are `{name}`; both languages must use the same ones, which a test checks together with
//! completeness. One file per verb, so that two people adding sentences rarely meet.

pub(crate) mod audit;
pub(crate) mod cert;
pub(crate) mod changes;
pub(crate) mod common;
pub(crate) mod demo;
pub(crate) mod errors;
pub(crate) mod explain;
pub(crate) mod extend;
pub(crate) mod findings;
pub(crate) mod help;
pub(crate) mod key;
pub(crate) mod pack;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod recall;
pub(crate) mod refusals;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod trust;
pub(crate) mod unpack;
pub(crate) mod usage;
pub(crate) mod verdicts;
pub(crate) mod verify;

use std::fmt::{Display, Write as _};

/// A language the command speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lang {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

/// One sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    /// Vietnamese, NFC.
    pub(crate) vi: &'static str,
    /// English.
    pub(crate) en: &'static str,
}

impl Text {
    /// The sentence as written, placeholders included.
    pub(crate) fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Vi => self.vi,
            Lang::En => self.en,
        }
    }

    /// The sentence with each `{name}` replaced by its value; a name without a value stays as it is.
    pub(crate) fn fill(self, lang: Lang, values: &[(&str, &dyn Display)]) -> String {
        let mut out = String::new();
        let mut rest = self.get(lang);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => {
                    // Writing to a string cannot fail unless the value's own Display does.
                    let _ = write!(out, "{value}");
                }
                None => {
                    let _ = write!(out, "{{{name}}}");
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// Declares sentences of one area and the list the tests walk.
macro_rules! texts {
    ($($name:ident { vi: $vi:expr, en: $en:expr $(,)? })*) => {
        $(
            #[cfg_attr(
                not(all(feature = "pkcs11", feature = "preview")),
                allow(dead_code, reason = "a build that can do less says less")
            )]
            pub(crate) const $name: $crate::cli::texts::Text = $crate::cli::texts::Text { vi: $vi, en: $en };
        )*
        #[cfg(test)]
        pub(super) const ALL: &[(&str, $crate::cli::texts::Text)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use texts;

#[cfg(test)]
mod tests {
    use super::errors::Code;
    use super::*;

    /// Every area's table; a new file under `texts/` is added here.
    const AREAS: &[(&str, &[(&str, Text)])] = &[
        ("audit", audit::ALL),
        ("cert", cert::ALL),
        ("common", common::ALL),
        ("demo", demo::ALL),
        ("explain", explain::ALL),
        ("extend", extend::ALL),
        ("key", key::ALL),
        ("pack", pack::ALL),
        ("pull", pull::ALL),
        ("push", push::ALL),
        ("recall", recall::ALL),
        ("refusals", refusals::ALL),
        ("serve", serve::ALL),
        ("status", status::ALL),
        ("sync", sync::ALL),
        ("trust", trust::ALL),
        ("unpack", unpack::ALL),
        ("sign", sign::ALL),
        ("usage", usage::ALL),
        ("verify", verify::ALL),
    ];

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(n, _)| n)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn everything() -> Vec<(String, Text)> {
        let mut all: Vec<(String, Text)> = AREAS
            .iter()
            .flat_map(|(area, texts)| texts.iter().map(move |(name, text)| (format!("{area}::{name}"), *text)))
            .collect();
        all.extend(help::all().map(|(key, text)| (format!("help {key}"), *text)));
        for verdict in verdicts::ALL.iter().chain(changes::ALL) {
            all.push((format!("{} why", verdict.code), verdict.why));
            all.push((format!("{} todo", verdict.code), verdict.todo));
        }
        for code in Code::ALL {
            let entry = code.entry();
            for (part, text) in [("message", entry.message), ("hint", entry.hint), ("meaning", entry.meaning)] {
                all.push((format!("{} {part}", code.as_str()), text));
            }
        }
        all
    }

    #[test]
    fn no_code_and_no_help_key_stands_twice() {
        let mut names: Vec<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
        names.extend(help::all().map(|(key, _)| format!("help {key}")));
        let before = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), before);
    }

    #[test]
    fn both_languages_are_there_with_the_same_placeholders() {
        for (name, text) in everything() {
            assert!(!text.vi.trim().is_empty() && !text.en.trim().is_empty(), "{name} is empty in one language");
            assert_eq!(placeholders(text.vi), placeholders(text.en), "{name}: placeholders differ");
        }
    }

    #[test]
    fn vietnamese_is_composed_and_not_a_copy_of_the_english() {
        use unicode_normalization::UnicodeNormalization as _;
        for (name, text) in everything() {
            assert_eq!(text.vi, text.vi.nfc().collect::<String>(), "{name} is not NFC");
            let prose = text.en.split('{').map(|part| part.rsplit('}').next().unwrap_or(part)).collect::<String>();
            let words = prose.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
            assert!(text.vi != text.en || words < 3, "{name}: the Vietnamese is the English");
        }
    }

    #[test]
    fn every_file_of_texts_is_in_the_table() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/texts");
        for entry in std::fs::read_dir(folder).expect("readable folder") {
            let path = entry.expect("readable entry").path();
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let known = ["mod", "changes", "errors", "findings", "help", "verdicts"].contains(&stem.as_str())
                || AREAS.iter().any(|(area, _)| *area == stem);
            assert!(known, "texts/{stem}.rs is missing in AREAS");
        }
    }

    #[test]
    fn placeholders_are_filled_and_unknown_ones_stay() {
        let text = Text { vi: "tệp {path}: {n}", en: "file {path}: {n} {x" };
        assert_eq!(text.fill(Lang::Vi, &[("path", &"a"), ("n", &3)]), "tệp a: 3");
        assert_eq!(text.fill(Lang::En, &[("path", &"{n}")]), "file {n}: {n} {x");
    }
}
