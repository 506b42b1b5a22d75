//! File names from outside, made safe for Windows and Linux; the original stays in the metadata.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::base::encoding::is_deceptive;

/// Longest safe name, in bytes of UTF-8; leaves room below the 255 of common file systems.
pub const MAX_NAME: usize = 200;

const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// One name without folder, device, control or reserved characters; never empty, composed Unicode (NFC), at most
/// [`MAX_NAME`] bytes with the extension kept.
///
/// A `/` or `\` cuts off everything before it, so `../../etc/passwd` becomes `passwd`.
pub fn safe_name(original: &str) -> String {
    let last = original.rsplit(['/', '\\']).next().unwrap_or("");
    let replaced: String = last.nfc().map(|c| if is_safe(c) { c } else { '_' }).collect();
    // Windows drops blanks and full stops at the end; one at the start hides the file elsewhere.
    let trimmed = replaced.trim().trim_end_matches([' ', '.']);
    let mut name = match trimmed.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => trimmed.to_owned(),
    };
    if name.is_empty() {
        name.push_str("unnamed");
    }
    if is_device(&name) {
        name.insert(0, '_');
    }
    shorten(&name)
}

/// Gives every name of a list a different safe name, told apart as file systems do that ignore case and Unicode form.
pub fn safe_names<'a>(originals: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    originals
        .into_iter()
        .map(|original| {
            let name = safe_name(original);
            let (stem, extension) = split_extension(&name);
            let mut candidate = name.clone();
            let mut count = 1_u32;
            while !taken.insert(super::codes::fold(&candidate)) {
                count = count.saturating_add(1);
                candidate = format!("{stem} ({count}){extension}");
            }
            candidate
        })
        .collect()
}

/// Splits `report.pdf` into `report` and `.pdf`; a name without extension has an empty second part.
pub fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= 12 => name.split_at(at),
        _ => (name, ""),
    }
}

fn is_safe(c: char) -> bool {
    // Characters that steer the direction of text can make `exe` look like `pdf`.
    !is_deceptive(c) && !"<>:\"|?*/\\".contains(c)
}

// `CON`, `COM1`, `LPT¹` and so on name devices on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or("").trim_end().to_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|d| matches!(d, "¹" | "²" | "³") || (d.len() == 1 && d.as_bytes()[0].is_ascii_digit()))
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let mut end = MAX_NAME.saturating_sub(extension.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem.get(..end).unwrap_or("unnamed").trim_end_matches([' ', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_devices_and_reserved_characters_are_taken_out() {
        for (original, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\win.ini", "win.ini"),
            ("/etc/passwd", "passwd"),
            ("C:nul", "C_nul"),
            ("NUL", "_NUL"),
            ("com1.pdf", "_com1.pdf"),
            ("LPT³", "_LPT³"),
            ("a:b*c?.pdf", "a_b_c_.pdf"),
            ("x\u{0}y\n.pdf", "x_y_.pdf"),
            ("..", "unnamed"),
            ("", "unnamed"),
            ("tệp/", "unnamed"),
            (".bashrc", "_bashrc"),
            ("name. . ", "name"),
            ("fdp\u{202e}exe.pdf", "fdp_exe.pdf"),
            ("Công văn số 12.pdf", "Công văn số 12.pdf"),
            ("comedy.pdf", "comedy.pdf"),
        ] {
            assert_eq!(safe_name(original), expected, "{original:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension_and_whole_characters() {
        let name = safe_name(&format!("{}.pdf", "ệ".repeat(500)));
        assert!(name.len() <= MAX_NAME && name.ends_with(".pdf"), "{}", name.len());
    }

    #[test]
    fn names_that_collide_on_some_file_system_are_numbered() {
        let decomposed: String = "Quyết định.pdf".nfd().collect();
        let names = safe_names(["Quyết định.pdf", decomposed.as_str(), "QUYẾT ĐỊNH.PDF", "../Quyết định.pdf", "b"]);
        assert_eq!(names, ["Quyết định.pdf", "Quyết định (2).pdf", "QUYẾT ĐỊNH (3).PDF", "Quyết định (4).pdf", "b"]);
    }
}
