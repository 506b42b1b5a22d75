//! Text around a binary structure: PEM (RFC 7468), or base64 and nothing else. What was taken out goes back as it came.

use crate::base::encoding::{base64, from_base64, pem_blocks, to_pem};

/// PEM labels of structures with signatures (RFC 7468 §8, §9, and what other tools write).
const LABELS: [&str; 4] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA", "TIMESTAMP TOKEN"];
/// Letters on a line of base64 (RFC 7468 §2).
const LINE: usize = 64;

/// What stood around a structure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Armour {
    form: Form,
    crlf: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Form {
    /// A block with this label, and the text before and after it.
    Pem { label: String, before: String, after: String },
    /// Base64, on lines of 64 letters or on one, with a line's end behind it or none.
    Base64 { lines: bool, ended: bool },
}

impl Armour {
    /// The first structure with signatures in a text, and what stands around it; `None` where there is none.
    pub(crate) fn take_off(text: &str) -> Option<(Vec<u8>, Armour)> {
        let crlf = text.contains("\r\n");
        if text.trim_start().starts_with("-----BEGIN ") || text.contains("\n-----BEGIN ") {
            let block = pem_blocks(text).into_iter().find(|block| LABELS.contains(&block.label.as_str()))?;
            let (before, after) = around(text, &block.label, &block.der).unwrap_or_default();
            let (before, after) = (before.to_owned(), after.to_owned());
            return Some((block.der, Armour { form: Form::Pem { label: block.label, before, after }, crlf }));
        }
        let der = from_base64(text)?;
        let form = Form::Base64 { lines: text.trim().contains('\n'), ended: text.ends_with('\n') };
        Some((der, Armour { form, crlf }))
    }

    /// The text with another structure in the place of the one that was taken out.
    pub(crate) fn put_on(&self, der: &[u8]) -> String {
        let end = if self.crlf { "\r\n" } else { "\n" };
        match &self.form {
            Form::Pem { label, before, after } => {
                let block = to_pem(label, der);
                format!("{before}{}{after}", block.replace('\n', end))
            }
            Form::Base64 { lines, ended } => {
                let text = base64(der);
                let mut lined = String::new();
                let width = if *lines { LINE } else { text.len().max(1) };
                let mut rest = text.as_str();
                while !rest.is_empty() {
                    let (line, tail) = rest.split_at(rest.len().min(width));
                    lined.push_str(line);
                    rest = tail;
                    if !rest.is_empty() || *ended {
                        lined.push_str(end);
                    }
                }
                lined
            }
        }
    }
}

// What stands before the block's first line and behind its last one.
fn around<'t>(text: &'t str, label: &str, der: &[u8]) -> Option<(&'t str, &'t str)> {
    let (first, last) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let (before, rest) = text.split_at(text.find(&first)?);
    let (block, after) = rest.split_at(rest.find(&last)?.checked_add(last.len())?);
    // The first such lines may be of a block that is not the one that was read.
    let is_it = pem_blocks(block).first().is_some_and(|found| found.der == der);
    let after = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n')).unwrap_or(after);
    is_it.then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_goes_back_between_the_same_lines() {
        let certificate = to_pem("CERTIFICATE", &[5; 30]);
        for end in ["\n", "\r\n"] {
            let text = format!("a note\n\n{}{certificate}", to_pem("PKCS7", &[7; 100])).replace('\n', end);
            let (der, armour) = Armour::take_off(&text).expect("a structure");
            assert_eq!(der, [7; 100]);
            assert_eq!(armour.put_on(&der), text);
            let longer = armour.put_on(&[8; 200]);
            assert!(longer.starts_with("a note") && longer.ends_with(&certificate.replace('\n', end)));
            assert_eq!(Armour::take_off(&longer).expect("a structure").0, [8; 200]);
        }
    }

    #[test]
    fn base64_keeps_its_lines() {
        let one = base64(&[9; 100]);
        let many = to_pem("X", &[9; 100]).lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
        for text in [one.clone(), format!("{one}\n"), many.clone(), format!("{many}\n")] {
            let (der, armour) = Armour::take_off(&text).expect("base64");
            assert_eq!((der.as_slice(), armour.put_on(&der)), ([9; 100].as_slice(), text));
        }
    }

    #[test]
    fn a_certificate_or_prose_is_no_structure_and_a_broken_block_is_passed_over() {
        assert!(Armour::take_off(&to_pem("CERTIFICATE", &[5; 30])).is_none());
        assert!(Armour::take_off("Kính gửi: các sở").is_none());
        let broken = format!("-----BEGIN CMS-----\n!!\n-----END CMS-----\n{}", to_pem("CMS", &[1; 9]));
        let (der, armour) = Armour::take_off(&broken).expect("the second");
        assert_eq!((der, armour.put_on(&[1; 9])), (vec![1; 9], to_pem("CMS", &[1; 9])));
    }
}
