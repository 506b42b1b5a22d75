//! Does a package say the same about its document as the document itself: number, notation, date, signer.
//!
//! Compared is what both state. A document without readable text, or without the decree's layout, states nothing.

use crate::base::read::ReadAt;
use crate::cli::files::FileReader;
use crate::edxml::codes::fold;
use crate::edxml::{Date, DocumentPacket};
use crate::pdf::text::DocumentText;
use crate::stamp::metadata::Metadata;

/// One statement that both make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Compared {
    /// `number`, `notation`, `date` or `signer`.
    pub(crate) field: &'static str,
    /// What the package says.
    pub(crate) declared: String,
    /// What the document prints.
    pub(crate) printed: String,
    /// Whether they are the same.
    pub(crate) same: bool,
}

/// The text of a PDF; `None` when it cannot be had.
pub(crate) fn text_of(file: &dyn ReadAt) -> Option<DocumentText> {
    DocumentText::read(file, None).ok()
}

/// The text of a file that calls itself a PDF in its first kilobyte.
pub(crate) fn text_of_pdf(file: &FileReader) -> Option<DocumentText> {
    match crate::cli::judging::format(file) {
        Ok(crate::cli::judging::Format::Pdf) => text_of(file),
        _ => None,
    }
}

/// What both state, compared.
pub(crate) fn compare(packet: &DocumentPacket, printed: &Metadata) -> Vec<Compared> {
    let mut out = Vec::new();
    let mut add = |field, declared: Option<String>, printed: Option<String>, same: fn(&str, &str) -> bool| {
        if let (Some(declared), Some(printed)) = (declared.filter(|d| !d.trim().is_empty()), printed) {
            let same = same(&declared, &printed);
            out.push(Compared { field, declared, printed, same });
        }
    };
    add("number", Some(packet.number.clone()), printed.number.clone(), same_number);
    add("notation", Some(packet.notation.clone()), printed.notation.clone(), same_words);
    add("date", packet.date.map(Date::iso), printed_date(printed).map(Date::iso), same_words);
    add("signer", packet.signer.full_name.clone(), printed.signer.clone(), same_words);
    out
}

/// The day of issue as printed.
pub(crate) fn printed_date(printed: &Metadata) -> Option<Date> {
    let (year, month, day) = printed.date?;
    Date::new(year, month, day)
}

fn same_words(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

// The decree writes a leading nought below ten, many systems do not.
fn same_number(one: &str, other: &str) -> bool {
    fold(one).trim_start_matches('0') == fold(other).trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed() -> Metadata {
        Metadata {
            number: Some("07".to_owned()),
            notation: Some("QĐ-UBND".to_owned()),
            date: Some((2026, 3, 5)),
            signer: Some("Nguyễn Văn An".to_owned()),
            ..Metadata::default()
        }
    }

    fn declared(number: &str, date: Option<Date>, signer: &str) -> DocumentPacket {
        let mut packet = DocumentPacket { number: number.to_owned(), date, ..DocumentPacket::default() };
        packet.signer.full_name = Some(signer.to_owned());
        packet
    }

    #[test]
    fn a_document_and_a_package_that_agree_or_differ_are_told_field_by_field() {
        let date = Date::new(2026, 3, 5);
        for number in ["07", "7", "007"] {
            let same = compare(&declared(number, date, "NGUYỄN VĂN  AN"), &printed());
            assert_eq!(
                same.iter().map(|c| (c.field, c.same)).collect::<Vec<_>>(),
                [("number", true), ("date", true), ("signer", true)]
            );
        }
        let other = compare(&declared("8", Date::new(2026, 3, 6), "Ai Đó"), &printed());
        assert!(other.iter().all(|c| !c.same) && other.len() == 3, "{other:?}");
        assert_eq!((other[1].declared.as_str(), other[1].printed.as_str()), ("2026-03-06", "2026-03-05"));
    }

    #[test]
    fn what_one_side_leaves_open_is_not_compared() {
        assert_eq!(compare(&declared("1", None, "A"), &Metadata::default()), []);
        assert_eq!(compare(&DocumentPacket::default(), &printed()), []);
    }
}
