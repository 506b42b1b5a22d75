//! Does a package say the same about its document as the document itself: number, notation, date, signer.
//!
//! Compared is what both state. A document without readable text, or without the decree's layout, states nothing.

use crate::cli::files::FileReader;
use crate::edxml::codes::fold;
use crate::edxml::{Date, DocumentPacket};
use crate::base::read::ReadAt;
use crate::pdf::text::{self, DocumentText};
use crate::stamp::metadata::{self, Metadata};

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

/// The text of a PDF of ordinary size; `None` when it cannot be had.
pub(crate) fn text_of(file: &dyn ReadAt) -> Option<DocumentText> {
    let bytes = file.read_range(0, file.len(), text::MAX_FILE).ok()?;
    DocumentText::from_bytes(&bytes, None).ok()
}

/// The text of a file that calls itself a PDF in its first kilobyte.
pub(crate) fn text_of_pdf(file: &FileReader) -> Option<DocumentText> {
    match crate::cli::judging::format(file) {
        Ok(crate::cli::judging::Format::Pdf) => text_of(file),
        _ => None,
    }
}

/// What both state, compared.
pub(crate) fn compare(packet: &DocumentPacket, text: &DocumentText) -> Vec<Compared> {
    let printed = metadata::extract(text);
    let mut out = Vec::new();
    let mut add = |field, declared: Option<String>, printed: Option<String>, same: fn(&str, &str) -> bool| {
        if let (Some(declared), Some(printed)) = (declared.filter(|d| !d.trim().is_empty()), printed) {
            let same = same(&declared, &printed);
            out.push(Compared { field, declared, printed, same });
        }
    };
    add("number", Some(packet.number.clone()), printed.number.clone(), same_number);
    add("notation", Some(packet.notation.clone()), printed.notation.clone(), same_words);
    add("date", packet.date.map(Date::iso), printed_date(&printed).map(Date::iso), same_words);
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

    fn printed(name: &str) -> DocumentText {
        let path = format!("{}/fixtures/documents/{name}.pdf", env!("CARGO_MANIFEST_DIR"));
        text_of(&std::fs::read(path).expect("the fixture")).expect("reads")
    }

    fn declared(number: &str, date: Option<Date>, signer: &str) -> DocumentPacket {
        let mut packet = DocumentPacket { number: number.to_owned(), date, ..DocumentPacket::default() };
        packet.signer.full_name = Some(signer.to_owned());
        packet
    }

    #[test]
    fn a_document_and_a_package_that_agree_or_differ_are_told_field_by_field() {
        let text = printed("letter");
        let own = metadata::extract(&text);
        let (number, signer) = (own.number.clone().expect("printed"), own.signer.clone().expect("printed"));
        let date = printed_date(&own);
        let same = compare(&declared(&number, date, &signer.to_uppercase()), &text);
        assert!(same.len() >= 3 && same.iter().all(|c| c.same), "{same:?}");
        let short = number.trim_start_matches('0');
        assert!(compare(&declared(&format!("00{short}"), date, &signer), &text).iter().all(|c| c.same));
        let other = compare(&declared("999", Date::new(2020, 1, 1), "Ai Đó"), &text);
        let differing: Vec<_> = other.iter().filter(|c| !c.same).map(|c| c.field).collect();
        assert_eq!(differing, ["number", "date", "signer"]);
    }

    #[test]
    fn what_one_side_leaves_open_is_not_compared() {
        assert_eq!(compare(&declared("1", None, "A"), &printed("report-scan")), []);
        assert!(compare(&DocumentPacket::default(), &printed("letter")).is_empty());
    }
}
