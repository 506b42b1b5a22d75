//! What a document in the decree's form says about itself — Decree 30/2020/NĐ-CP, Appendix I, boxes 2 to 9.
//!
//! A pure function over lines of text, for filling a package's header. It reports what is printed and leaves open what is
//! not there; nothing is looked up or corrected.

use crate::pdf::text::{DocumentText, PageText, TextLine};
use crate::stamp::anchor;

const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Kinds of document that carry their kind as a heading — Decree 30/2020/NĐ-CP, Article 7.
pub const KINDS: [&str; 28] = [
    "NGHỊ QUYẾT",
    "QUYẾT ĐỊNH",
    "CHỈ THỊ",
    "QUY CHẾ",
    "QUY ĐỊNH",
    "THÔNG CÁO",
    "THÔNG BÁO",
    "HƯỚNG DẪN",
    "CHƯƠNG TRÌNH",
    "KẾ HOẠCH",
    "PHƯƠNG ÁN",
    "ĐỀ ÁN",
    "DỰ ÁN",
    "BÁO CÁO",
    "BIÊN BẢN",
    "TỜ TRÌNH",
    "HỢP ĐỒNG",
    "CÔNG ĐIỆN",
    "BẢN GHI NHỚ",
    "BẢN THỎA THUẬN",
    "GIẤY ỦY QUYỀN",
    "GIẤY MỜI",
    "GIẤY GIỚI THIỆU",
    "GIẤY NGHỈ PHÉP",
    "PHIẾU GỬI",
    "PHIẾU CHUYỂN",
    "PHIẾU BÁO",
    "THƯ CÔNG",
];

/// The kind of a document without a heading of its kind.
pub const OFFICIAL_LETTER: &str = "CÔNG VĂN";

/// What was found; `None` and empty lists where nothing was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Metadata {
    /// The agency above, as printed.
    pub superior: Option<String>,
    /// The issuing agency (box 2), as printed.
    pub agency: Option<String>,
    /// The number (box 3): `07`.
    pub number: Option<String>,
    /// The notation (box 3): `QĐ-UBND`.
    pub notation: Option<String>,
    /// The place (box 4).
    pub place: Option<String>,
    /// Year, month, day (box 4), when all three are printed and exist.
    pub date: Option<Date>,
    /// The kind (box 5a), one of [`KINDS`], or [`OFFICIAL_LETTER`].
    pub kind: Option<&'static str>,
    /// The abstract (box 5a, 5b), without its `V/v`.
    pub subject: Option<String>,
    /// `TM.`, `KT.`, `TL.`, `TUQ.`, `Q.` and for whom.
    pub competence: Option<(String, String)>,
    /// The signer's position (box 7a).
    pub position: Option<String>,
    /// The signer's name (box 7b).
    pub signer: Option<String>,
    /// Recipients (box 9b), without their dashes.
    pub recipients: Vec<String>,
}

/// Reads a document's own metadata.
pub fn extract(text: &DocumentText) -> Metadata {
    let mut out = Metadata::default();
    let Some(page) = text.pages.first().filter(|p| p.number == 1) else { return out };
    let number_line = page.lines.iter().find(|l| after_label(&l.text, "Số").is_some());
    if let Some(line) = number_line {
        (out.number, out.notation) = number(&line.text);
        (out.superior, out.agency) = agency(page, line);
    }
    if let Some((place, date)) = page.lines.iter().find_map(|l| place_and_date(&l.text)) {
        out.place = Some(place);
        out.date = date;
    }
    let top = number_line.map_or(0.0, |l| l.baseline);
    if let Some(heading) = page.lines.iter().position(|l| l.baseline > top && kind(&l.text).is_some()) {
        out.kind = page.lines.get(heading).and_then(|l| kind(&l.text));
        out.subject = heading_subject(page, heading);
    } else if let Some((start, line)) =
        page.lines.iter().enumerate().find(|(_, l)| l.baseline > top && letter_subject(&l.text).is_some())
    {
        out.kind = Some(OFFICIAL_LETTER);
        out.subject = Some(joined(page, start, line, letter_subject(&line.text).unwrap_or_default()));
    }
    if let Some(signer) = anchor::candidates(text).pop() {
        out.competence = [signer.on_behalf.as_deref(), Some(signer.position.as_str())]
            .into_iter()
            .flatten()
            .find_map(anchor::competence)
            .map(|(mark, who)| (mark.to_owned(), who.to_owned()));
        out.position = Some(signer.position);
        out.signer = Some(signer.name);
    }
    out.recipients = recipients(text);
    out
}

// What stands behind `Số:` (or `Số `): the label alone is enough.
fn after_label<'t>(line: &'t str, label: &str) -> Option<&'t str> {
    let rest = line.trim_start().strip_prefix(label)?.trim_start();
    Some(rest.strip_prefix(':')?.trim())
}

fn number(line: &str) -> (Option<String>, Option<String>) {
    let Some(rest) = after_label(line, "Số") else { return (None, None) };
    let Some((number, notation)) = rest.split_once('/') else { return (digits(rest), None) };
    let notation = notation.split_whitespace().next().map(str::to_owned);
    (digits(number), notation)
}

// One to six digits, perhaps with a letter behind (`15a`), and nothing else.
fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let tail = text.get(end..).unwrap_or_default();
    ((1..=6).contains(&end) && tail.chars().count() <= 1 && tail.chars().all(char::is_alphabetic))
        .then(|| text.to_owned())
}

fn agency(page: &PageText, number: &TextLine) -> (Option<String>, Option<String>) {
    let (width, _) = page.geometry.display_size_mm();
    let above: Vec<&TextLine> = page
        .lines
        .iter()
        .filter(|l| l.baseline < number.top && l.middle() < width * 0.5 && (l.middle() - number.middle()).abs() < 45.0)
        .filter(|l| l.text.chars().any(char::is_alphabetic) && !l.text.chars().any(char::is_lowercase))
        .collect();
    let first_bold = above.iter().position(|l| l.bold);
    // Nothing bold (a font without a telling name): the last line is the agency's.
    let split = first_bold.unwrap_or(above.len().saturating_sub(1));
    let join = |lines: &[&TextLine]| {
        let text = lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    };
    let (superior, own) = above.split_at(split.min(above.len()));
    (join(superior), join(own))
}

/// Year, month, day.
pub type Date = (i64, u8, u8);

/// The year of the place and date line (box 4), which drafts print though day and month are open.
pub fn printed_year(text: &DocumentText) -> Option<i64> {
    let page = text.pages.first().filter(|p| p.number == 1)?;
    let (_, height) = page.geometry.display_size_mm();
    let upper = page.lines.iter().filter(|l| l.baseline < height * 0.4);
    upper.map(|l| l.text.as_str()).find_map(|line| {
        let (_, rest) = line.split_once(", ngày")?;
        let (_, year) = rest.split_once("tháng")?.1.split_once("năm")?;
        year.trim().get(..4)?.parse().ok()
    })
}

fn place_and_date(line: &str) -> Option<(String, Option<Date>)> {
    let (place, rest) = line.split_once(", ngày")?;
    let (day, rest) = rest.split_once("tháng")?;
    let (month, year) = rest.split_once("năm")?;
    let date = || {
        let (day, month): (u8, u8) = (day.trim().parse().ok()?, month.trim().parse().ok()?);
        let year: i64 = year.trim().get(..4)?.parse().ok()?;
        (1..=crate::base::time::days_in_month(year, month)).contains(&day).then_some((year, month, day))
    };
    let place = place.trim();
    (!place.is_empty() && place.chars().count() <= 60).then(|| (place.to_owned(), date()))
}

fn kind(line: &str) -> Option<&'static str> {
    let line = line.trim().replace("THOẢ", "THỎA").replace("UỶ", "ỦY");
    KINDS.into_iter().find(|k| *k == line)
}

// The lines below the kind as long as they stand close together in one column and look alike.
fn heading_subject(page: &PageText, heading: usize) -> Option<String> {
    let kind = page.lines.get(heading)?;
    let first = page.lines.get(heading + 1)?;
    let near = first.baseline - kind.baseline < 2.2 * kind.size_pt / POINTS_PER_MM;
    if !near || (first.middle() - kind.middle()).abs() > 25.0 {
        return None;
    }
    let start = letter_subject(&first.text).unwrap_or(&first.text);
    Some(joined(page, heading + 1, first, start))
}

fn letter_subject(line: &str) -> Option<&str> {
    ["V/v", "V/V", "Về việc", "VỀ VIỆC"]
        .into_iter()
        .find_map(|mark| line.strip_prefix(mark))
        .map(|rest| rest.trim_start_matches([':', ' ']))
}

fn joined(page: &PageText, start: usize, first: &TextLine, text: &str) -> String {
    let mut out = text.to_owned();
    let mut last = first;
    for line in page.lines.iter().skip(start + 1) {
        let size_mm = last.size_pt / POINTS_PER_MM;
        let step = line.baseline - last.baseline;
        if step > 1.75 * size_mm {
            break;
        }
        let alike = line.bold == first.bold && (line.size_pt - first.size_pt).abs() < 0.6;
        if step > 0.5 * size_mm && alike && (line.middle() - first.middle()).abs() < 25.0 {
            out.push(' ');
            out.push_str(&line.text);
            last = line;
        }
    }
    out.trim().to_owned()
}

fn recipients(text: &DocumentText) -> Vec<String> {
    let mut out = Vec::new();
    let Some((page, at)) =
        text.pages.iter().find_map(|p| p.lines.iter().position(|l| l.text.starts_with("Nơi nhận")).map(|at| (p, at)))
    else {
        return out;
    };
    let Some(head) = page.lines.get(at) else { return out };
    let mut last = head.baseline;
    for line in page.lines.iter().skip(at + 1).filter(|l| l.left - head.left < 10.0 && l.left - head.left > -10.0) {
        if line.baseline - last > 12.0 || out.len() >= 200 {
            break;
        }
        last = line.baseline;
        let trimmed = line.text.trim_start_matches(['-', '–', '+', ' ']).trim_end_matches([';', '.', ' ']);
        if line.text.starts_with(['-', '–', '+']) {
            out.push(trimmed.to_owned());
        } else if let Some(before) = out.last_mut() {
            before.push(' ');
            before.push_str(trimmed);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Metadata {
        let path = format!("{}/fixtures/documents/{name}.pdf", env!("CARGO_MANIFEST_DIR"));
        extract(&DocumentText::read(&std::fs::read(path).unwrap(), None).unwrap())
    }

    #[test]
    fn a_decision_tells_its_boxes() {
        let got = fixture("decision");
        assert_eq!(got.agency.as_deref(), Some("ỦY BAN NHÂN DÂN TỈNH SƠN HẢI"));
        assert_eq!(got.superior, None);
        assert_eq!((got.number, got.notation.as_deref()), (None, Some("QĐ-UBND")));
        assert_eq!((got.place.as_deref(), got.date), (Some("Sơn Hải"), None));
        assert_eq!(got.kind, Some("QUYẾT ĐỊNH"));
        assert_eq!(
            got.subject.as_deref(),
            Some(
                "Ban hành Quy chế gửi, nhận và xử lý văn bản điện tử giữa các cơ quan nhà nước trên địa bàn tỉnh Sơn Hải"
            )
        );
        assert_eq!(got.competence, Some(("KT.".into(), "CHỦ TỊCH".into())));
        assert_eq!((got.position.as_deref(), got.signer.as_deref()), (Some("PHÓ CHỦ TỊCH"), Some("Nguyễn Văn An")));
        assert_eq!(got.recipients.len(), 5);
        assert_eq!(got.recipients[1], "Thường trực Tỉnh ủy");
    }

    #[test]
    fn an_official_letter_tells_its_boxes() {
        let got = fixture("letter-xref-stream");
        assert_eq!(got.superior.as_deref(), Some("UBND TỈNH SƠN HẢI"));
        assert_eq!(got.agency.as_deref(), Some("SỞ KHOA HỌC VÀ CÔNG NGHỆ"));
        assert_eq!(got.notation.as_deref(), Some("SKHCN-CĐS"));
        assert_eq!(got.kind, Some(OFFICIAL_LETTER));
        assert_eq!(
            got.subject.as_deref(),
            Some("rà soát chứng thư số và tỷ lệ gửi, nhận văn bản điện tử quý I năm 2026")
        );
        assert_eq!((got.competence, got.signer.as_deref()), (None, Some("Lê Thị Minh Châu")));
    }

    #[test]
    fn a_scan_tells_nothing() {
        assert_eq!(fixture("report-scan"), Metadata::default());
    }

    #[test]
    fn numbers_and_dates_read_or_stay_open() {
        assert_eq!(number("Số: 07/QĐ-UBND"), (Some("07".into()), Some("QĐ-UBND".into())));
        assert_eq!(number("Số: 15a/BC-SNV ngày"), (Some("15a".into()), Some("BC-SNV".into())));
        assert_eq!(number("Số: ..../BC-SNV"), (None, Some("BC-SNV".into())));
        assert_eq!(number("Số: 1234567/X"), (None, Some("X".into())));
        assert_eq!(place_and_date("Hà Nội, ngày 29 tháng 02 năm 2024"), Some(("Hà Nội".into(), Some((2024, 2, 29)))));
        assert_eq!(place_and_date("Hà Nội, ngày 29 tháng 02 năm 2025"), Some(("Hà Nội".into(), None)));
        assert_eq!(place_and_date("Căn cứ Luật ngày 22 tháng 6 năm 2023"), None);
    }

    #[test]
    fn the_year_is_read_where_day_and_month_are_open() {
        let path = format!("{}/fixtures/documents/decision.pdf", env!("CARGO_MANIFEST_DIR"));
        let text = DocumentText::read(&std::fs::read(path).unwrap(), None).unwrap();
        assert_eq!(printed_year(&text), Some(2026));
        assert_eq!(printed_year(&DocumentText::default()), None);
    }
}
