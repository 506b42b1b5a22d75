//! The guard against classified documents — Decree 30/2020/NĐ-CP, Appendix I, box 10a.
//!
//! Only documents that are not classified may be signed and sent with this tool. A line of page 1 that is exactly MẬT,
//! TỐI MẬT or TUYỆT MẬT where the decree puts the mark of secrecy refuses; the same line elsewhere warns. Words that
//! merely contain these (BẢO MẬT, MẬT MÃ, MẬT ONG) are innocent. A first page without readable text is not checked.

use crate::pdf::View;
use crate::pdf::text::{DocumentText, Letters, TextLine};
use crate::stamp::font::normalise;

/// A mark of secrecy.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Secrecy {
    /// MẬT.
    Confidential,
    /// TỐI MẬT.
    Secret,
    /// TUYỆT MẬT.
    TopSecret,
}

impl Secrecy {
    /// The mark as the decree writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Secrecy::Confidential => "MẬT",
            Secrecy::Secret => "TỐI MẬT",
            Secrecy::TopSecret => "TUYỆT MẬT",
        }
    }
}

/// What page 1 says about secrecy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Guard {
    /// No mark.
    Clear,
    /// A mark stands where box 10a is: refuse.
    Refuse(Secrecy),
    /// A line is exactly a mark, but elsewhere: warn.
    Warn(Secrecy),
    /// Page 1 has no text, or much of it cannot be read or was left unread: someone must declare it.
    NotChecked,
}

/// Every mark has Ậ, drawn as one letter or put together with one of these marks above and below.
const TELLING: [char; 3] = ['Ậ', '\u{302}', '\u{323}'];

/// True when the letters of page 1 alone settle that [`judge`] would find nothing: all of them can be read, and none can
/// be part of a mark. Much cheaper than reading lines; false says nothing.
pub fn is_surely_clear(view: View<'_, '_>) -> bool {
    let letters = DocumentText::first_page_letters(view, &TELLING);
    letters.is_ok_and(|Letters { upright, found, unreadable, cut }| upright && !found && unreadable == 0 && !cut)
}

/// Judges a document by the lines of its first page.
pub fn judge(text: &DocumentText) -> Guard {
    let Some(page) = text.pages.first().filter(|p| p.number == 1) else { return Guard::NotChecked };
    let mut warned = None;
    let others = page.others.iter().map(|other| (&other.geometry, other.turned == 0, &other.lines));
    // The decree's box is looked for on the page as its text reads and as it is displayed.
    for (geometry, has_box, lines) in std::iter::once((&page.geometry, true, &page.lines)).chain(others.clone()) {
        let (width, height) = geometry.display_size_mm();
        for line in lines {
            let Some(mark) = mark(&line.text) else { continue };
            if has_box && in_box_10a(line, width, height) {
                return Guard::Refuse(mark);
            }
            warned = warned.max(Some(mark));
        }
    }
    let lines = page.lines.iter().chain(others.flat_map(|(_, _, lines)| lines));
    let readable: usize = lines.map(|l| l.cells.len().max(l.text.chars().count())).sum();
    // A tenth may be signs of symbol fonts; more means that a mark could hide among what we cannot read.
    match warned {
        Some(mark) => Guard::Warn(mark),
        None if readable == 0 || page.cut || page.unreadable > readable / 10 => Guard::NotChecked,
        None => Guard::Clear,
    }
}

/// The mark a line is, exactly: NFC, capitals, alone; letters set apart (`M Ậ T`) are read together.
pub fn mark(line: &str) -> Option<Secrecy> {
    // Every mark has one, and most lines have none.
    if !line.contains('T') {
        return None;
    }
    let line = normalise(line);
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    if words.len() > 2 && words.iter().all(|w| w.chars().count() == 1) {
        words = vec![words.concat()];
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["MẬT"] => Some(Secrecy::Confidential),
        ["TỐI", "MẬT"] | ["TỐIMẬT"] => Some(Secrecy::Secret),
        ["TUYỆT", "MẬT"] | ["TUYỆTMẬT"] => Some(Secrecy::TopSecret),
        _ => None,
    }
}

// Below the number (box 3) or the abstract of a letter (box 5b), in the left column; with room for crowded headers.
fn in_box_10a(line: &TextLine, width: f64, height: f64) -> bool {
    line.middle() <= width * 0.52 && line.baseline <= height * 0.42
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::one_page;
    use crate::stamp::anchor::tests::{document, line};
    use unicode_normalization::UnicodeNormalization;

    fn with(text: &str, middle: f64, baseline: f64) -> Guard {
        judge(&document(vec![line("Số: 12/QĐ-UBND", 60.0, 45.0), line(text, middle, baseline)]))
    }

    #[test]
    fn the_three_marks_refuse_where_the_decree_puts_them() {
        assert_eq!(with("MẬT", 60.0, 62.0), Guard::Refuse(Secrecy::Confidential));
        assert_eq!(with("TỐI MẬT", 45.0, 55.0), Guard::Refuse(Secrecy::Secret));
        assert_eq!(with("TUYỆT  MẬT", 60.0, 80.0), Guard::Refuse(Secrecy::TopSecret));
        assert_eq!(with("T U Y Ệ T M Ậ T", 60.0, 80.0), Guard::Refuse(Secrecy::TopSecret));
        let decomposed: String = "TỐI MẬT".nfd().collect();
        assert_eq!(with(&decomposed, 60.0, 62.0), Guard::Refuse(Secrecy::Secret));
    }

    #[test]
    fn the_same_line_elsewhere_warns() {
        assert_eq!(with("MẬT", 150.0, 62.0), Guard::Warn(Secrecy::Confidential));
        assert_eq!(with("TUYỆT MẬT", 60.0, 200.0), Guard::Warn(Secrecy::TopSecret));
        assert_eq!(with("MẬT", 109.0, 124.0), Guard::Refuse(Secrecy::Confidential));
        assert_eq!(with("MẬT", 109.0, 125.0), Guard::Warn(Secrecy::Confidential));
    }

    // One page with these operators; /F1 is a font whose codes 1 to 9 are the letters.
    fn drawn(letters: &str, content: &str) -> Vec<u8> {
        use lopdf::{Dictionary, Document, Object, Stream, dictionary};
        let mut document = Document::with_version("1.7");
        let pairs: String =
            (1..).zip(letters.chars()).map(|(code, c)| format!("<{code:02x}> <{:04x}> ", u32::from(c))).collect();
        let map = document
            .add_object(Stream::new(Dictionary::new(), format!("9 beginbfchar {pairs} endbfchar").into_bytes()));
        let font = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "X", "ToUnicode" => Object::Reference(map),
            "Encoding" => dictionary! { "Type" => "Encoding", "BaseEncoding" => "None" },
        });
        let resources = dictionary! { "Font" => dictionary! { "F1" => Object::Reference(font) } };
        one_page(document, content.as_bytes(), resources, &Dictionary::new())
    }

    fn surely_and_by_lines(file: Vec<u8>) -> (bool, Guard) {
        let document = crate::pdf::Document::open(&file).unwrap();
        (is_surely_clear(document.view()), judge(&DocumentText::first_page(document.view()).unwrap()))
    }

    #[test]
    fn letters_alone_clear_only_what_lines_clear() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents");
        let mut cleared = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "pdf") {
                let (surely, by_lines) = surely_and_by_lines(std::fs::read(&path).unwrap());
                assert!(!surely || by_lines == Guard::Clear, "{path:?} {by_lines:?}");
                cleared += usize::from(surely);
            }
        }
        assert!(cleared > 0, "{cleared}");
    }

    #[test]
    fn letters_of_a_mark_are_looked_at_line_by_line_however_they_are_drawn() {
        let at = "BT /F1 12 Tf 120 700 Td";
        let refused = Guard::Refuse(Secrecy::Confidential);
        assert_eq!(surely_and_by_lines(drawn("MẬT", &format!("{at} <010203> Tj ET"))), (false, refused));
        assert!(!surely_and_by_lines(drawn("MA\u{323}\u{302}T", &format!("{at} <0102030405> Tj ET"))).0);
        assert!(!surely_and_by_lines(drawn("MÂ\u{323}T", &format!("{at} <01020304> Tj ET"))).0);
        // Innocent, but only their line says so.
        assert_eq!(surely_and_by_lines(drawn("MẬT", &format!("{at} <0201> Tj ET"))), (false, Guard::Clear));
        assert_eq!(surely_and_by_lines(drawn("BAN", &format!("{at} <010203> Tj ET"))), (true, Guard::Clear));
    }

    #[test]
    fn a_page_that_lies_is_read_like_one_that_stands() {
        let lying = "BT /F1 12 Tf 0 1 -1 0 120 700 Tm <010203> Tj ET";
        assert_eq!(surely_and_by_lines(drawn("BAN", lying)), (true, Guard::Clear));
        let (surely, by_lines) = surely_and_by_lines(drawn("MẬT", lying));
        assert!(!surely && matches!(by_lines, Guard::Warn(_) | Guard::Refuse(_)), "{by_lines:?}");
    }

    #[test]
    fn pages_without_level_readable_letters_are_never_surely_clear() {
        let slanting = "BT /F1 12 Tf 0.87 0.5 -0.5 0.87 120 700 Tm <010203> Tj ET";
        assert_eq!(surely_and_by_lines(drawn("BAN", slanting)), (false, Guard::NotChecked));
        let spaces = "BT /F1 12 Tf 120 700 Td <040404> Tj ET";
        assert_eq!(surely_and_by_lines(drawn("BAN ", spaces)), (false, Guard::NotChecked));
        let unknown = "BT /F1 12 Tf 120 700 Td <01020309> Tj ET";
        assert_eq!(surely_and_by_lines(drawn("BAN", unknown)), (false, Guard::NotChecked));
        assert_eq!(surely_and_by_lines(drawn("BAN", "")), (false, Guard::NotChecked));
    }

    // First lines of ten documents that are not classified though the word is in them.
    #[test]
    fn ten_innocent_documents_pass() {
        let innocent: [&[&str]; 10] = [
            &["KẾ HOẠCH", "Tăng cường công tác BẢO MẬT hệ thống thông tin"],
            &["BẢO MẬT"],
            &["BAN CƠ YẾU CHÍNH PHỦ", "CỤC QUẢN LÝ KỸ THUẬT NGHIỆP VỤ", "MẬT MÃ"],
            &["V/v phòng trừ sâu bệnh cho vùng nuôi MẬT ONG"],
            &["MẬT ONG", "TIÊU CHUẨN CƠ SỞ"],
            &["Danh mục bí mật nhà nước của ngành Nội vụ đã được giải mật"],
            &["Mật", "khẩu của hệ thống"],
            &["ĐỘ MẬT: KHÔNG"],
            &["MẬT ĐỘ DÂN SỐ", "Báo cáo kết quả điều tra"],
            &["ĐÃ GIẢI MẬT", "KHÔNG MẬT"],
        ];
        for lines in innocent {
            let placed = (0u32..).zip(lines).map(|(i, l)| line(l, 60.0, 50.0 + f64::from(i) * 7.0)).collect();
            assert_eq!(judge(&document(placed)), Guard::Clear, "{lines:?}");
        }
    }

    #[test]
    fn a_mark_in_text_on_its_side_warns_and_one_that_is_displayed_upright_refuses() {
        let turned = |turned| {
            let mut text = document(vec![line("Số: 12/QĐ-UBND", 60.0, 45.0)]);
            let geometry = text.pages[0].geometry;
            let lines = vec![line("MẬT", 60.0, 62.0)];
            text.pages[0].others.push(crate::pdf::text::Reading { geometry, turned, lines });
            judge(&text)
        };
        assert_eq!(turned(90), Guard::Warn(Secrecy::Confidential));
        assert_eq!(turned(0), Guard::Refuse(Secrecy::Confidential));
    }

    #[test]
    fn a_page_without_text_is_not_checked() {
        assert_eq!(judge(&document(Vec::new())), Guard::NotChecked);
        assert_eq!(judge(&DocumentText::default()), Guard::NotChecked);
        let mut half = document(vec![line("Số: 12/QĐ-UBND", 60.0, 45.0)]);
        half.pages[0].unreadable = 1;
        assert_eq!(judge(&half), Guard::Clear);
        half.pages[0].unreadable = 2;
        assert_eq!(judge(&half), Guard::NotChecked);
    }

    #[test]
    fn the_fixtures_are_clear_and_the_scan_is_not_checked() {
        for (name, want) in [("decision", Guard::Clear), ("letter", Guard::Clear), ("report-scan", Guard::NotChecked)] {
            let path = format!("{}/fixtures/documents/{name}.pdf", env!("CARGO_MANIFEST_DIR"));
            let text = DocumentText::read(&std::fs::read(path).unwrap(), None).unwrap();
            assert_eq!(judge(&text), want, "{name}");
        }
    }
}
