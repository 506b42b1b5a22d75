//! The blanks for number and date that a prepared document leaves open — Decree 30/2020/NĐ-CP, Appendix I, boxes 3 and 4.
//!
//! `Số:        /QĐ-UBND` and `Sơn Hải, ngày      tháng      năm 2026`: the leader's signing puts empty text fields
//! there, the seal's fills them. Spaces, dots, ellipses and underscores count as blank.

use crate::pdf::page::Place;
use crate::pdf::text::{DocumentText, PageText};

const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// How far below the top of page 1 both boxes stand at most, part of the page's height.
const UPPER: f64 = 0.4;
/// Widest blank for a number, mm.
const WIDEST_MM: f64 = 60.0;

/// What goes into a blank.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BlankKind {
    /// The number; the notation is printed behind it.
    Number,
    /// Number and notation: nothing is printed behind `Số:`.
    NumberAndNotation,
    /// Day of the month, two digits.
    Day,
    /// Month; January and February with a leading nought.
    Month,
}

impl BlankKind {
    /// The name of the text field made for it; a root field's name has no period (ISO 32000-2 12.7.4.2).
    pub fn field_name(self) -> &'static str {
        match self {
            BlankKind::Number | BlankKind::NumberAndNotation => "congvan_number",
            BlankKind::Day => "congvan_day",
            BlankKind::Month => "congvan_month",
        }
    }
}

/// A number as the decree prints it: below ten with a leading nought.
pub fn printed_number(number: u32) -> String {
    format!("{number:02}")
}

/// A day as the decree prints it: below ten with a leading nought.
pub fn printed_day(day: u8) -> String {
    format!("{day:02}")
}

/// A month as the decree prints it: 01 and 02, then 3 to 12.
pub fn printed_month(month: u8) -> String {
    if month <= 2 { format!("{month:02}") } else { month.to_string() }
}

/// An open place on page 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blank {
    /// What goes there.
    pub kind: BlankKind,
    /// Page number, from 1.
    pub page: usize,
    /// Left and right end, mm.
    pub span_mm: (f64, f64),
    /// Baseline of the line it stands in, mm from the top.
    pub baseline_mm: f64,
    /// Size of that line's letters, points.
    pub size_pt: f64,
    /// Whether that line is italic.
    pub slanted: bool,
}

impl Blank {
    /// The field's rectangle: as high as [`crate::stamp::layout::field_value`] draws, on the line's baseline.
    pub fn place(&self) -> Place {
        let size_mm = self.size_pt / POINTS_PER_MM;
        Place {
            x_mm: self.span_mm.0,
            y_mm: self.baseline_mm - 0.95 * size_mm,
            width_mm: self.span_mm.1 - self.span_mm.0,
            height_mm: 1.2 * size_mm,
        }
    }
}

/// The blanks of page 1, in the order number, day, month; what is filled in already is not among them.
pub fn find(text: &DocumentText) -> Vec<Blank> {
    let Some(page) = text.pages.first().filter(|p| p.number == 1) else { return Vec::new() };
    let rows = rows(page);
    let mut found = Vec::new();
    found.extend(rows.iter().find_map(number));
    if let Some((day, month)) = rows.iter().find_map(date) {
        found.extend(day);
        found.extend(month);
    }
    found
}

struct Letter {
    letter: char,
    left: f64,
    right: f64,
    baseline: f64,
    size_pt: f64,
    slanted: bool,
}

struct Row {
    letters: Vec<Letter>,
    baseline: f64,
}

// Lines on one baseline, letters from left to right without spaces.
fn rows(page: &PageText) -> Vec<Row> {
    let (_, height) = page.geometry.display_size_mm();
    let mut rows: Vec<Row> = Vec::new();
    for line in page.lines.iter().filter(|l| l.baseline < height * UPPER) {
        let letters = line.cells.iter().enumerate().flat_map(|(i, cell)| {
            let end = line.cells.get(i + 1).map_or(line.text.len(), |next| next.at);
            let piece = line.text.get(cell.at..end).unwrap_or_default().trim();
            let count = u32::try_from(piece.chars().count()).map_or(1.0, f64::from).max(1.0);
            let step = (cell.right - cell.left) / count;
            (0u32..).zip(piece.chars()).map(move |(n, letter)| Letter {
                letter,
                left: cell.left + step * f64::from(n),
                right: cell.left + step * (f64::from(n) + 1.0),
                baseline: line.baseline,
                size_pt: line.size_pt,
                slanted: line.slanted,
            })
        });
        match rows.last_mut().filter(|r| (r.baseline - line.baseline).abs() < 1.0) {
            Some(row) => row.letters.extend(letters),
            None => rows.push(Row { letters: letters.collect(), baseline: line.baseline }),
        }
    }
    for row in &mut rows {
        row.letters.sort_by(|a, b| a.left.total_cmp(&b.left));
    }
    rows
}

impl Row {
    // Where `word` begins at or behind `from`, letters compared without case.
    fn find(&self, word: &str, from: usize) -> Option<usize> {
        let word: Vec<char> = word.chars().collect();
        let rest = self.letters.get(from..)?;
        rest.windows(word.len())
            .position(|w| w.iter().zip(&word).all(|(l, c)| l.letter.to_lowercase().eq(c.to_lowercase())))
            .map(|at| at + from)
    }

    // The blank between the letter before `start` and the letter at `end`, if only fillers stand there.
    fn gap(&self, start: usize, end: usize) -> Option<(f64, f64)> {
        let between = self.letters.get(start..end)?;
        between.iter().all(|l| ".…_·‥".contains(l.letter)).then_some(())?;
        let before = self.letters.get(start.checked_sub(1)?)?;
        let after = self.letters.get(end)?;
        Some((before.right, after.left))
    }

    fn blank(&self, kind: BlankKind, (left, right): (f64, f64), at: usize, least: f64) -> Option<Blank> {
        let model = self.letters.get(at)?;
        let inset = 0.4;
        (right - left >= least).then_some(Blank {
            kind,
            page: 1,
            span_mm: (left + inset, right - inset),
            baseline_mm: model.baseline,
            size_pt: model.size_pt,
            slanted: model.slanted,
        })
    }
}

fn number(row: &Row) -> Option<Blank> {
    let start = row.find("Số:", 0)?;
    let behind = start + 3;
    let left = row.letters.get(behind - 1)?.right;
    // The notation's slash, with nothing but blank before it and near enough to belong to this column.
    let next = (behind..row.letters.len()).find(|i| row.letters.get(*i).is_some_and(|l| !".…_·‥".contains(l.letter)));
    match next.and_then(|i| row.letters.get(i).map(|l| (i, l))) {
        Some((slash, letter)) if letter.letter == '/' && letter.left - left <= WIDEST_MM => {
            row.blank(BlankKind::Number, row.gap(behind, slash)?, start, 6.0)
        }
        // Another column, far away, or nothing: all of number and notation is open.
        Some((_, letter)) if letter.left - left > 25.0 => {
            row.blank(BlankKind::NumberAndNotation, (left, left + (letter.left - left - 3.0).min(35.0)), start, 20.0)
        }
        None => row.blank(BlankKind::NumberAndNotation, (left, left + 35.0), start, 20.0),
        Some(_) => None,
    }
}

fn date(row: &Row) -> Option<(Option<Blank>, Option<Blank>)> {
    // `, ngày`: the comma behind the place tells the line from a date in running text.
    let comma = row.find(",ngày", 0)?;
    let day = comma + 5;
    let month_word = row.find("tháng", day)?;
    let month = month_word + 5;
    let year_word = row.find("năm", month)?;
    let blank = |kind, from, to| row.gap(from, to).and_then(|gap| row.blank(kind, gap, comma + 1, 4.0));
    Some((blank(BlankKind::Day, day, month_word), blank(BlankKind::Month, month, year_word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::text::{Cell, TextLine};
    use crate::stamp::anchor::tests::{document, line};

    // A line whose letters are 2 mm wide, one cell each.
    fn typed(text: &str, left: f64, baseline: f64) -> TextLine {
        let mut made = line(text, 0.0, baseline);
        (made.left, made.right) = (left, left);
        made.text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut at = 0;
        let mut x = left;
        let mut pending = false;
        for letter in text.chars() {
            if letter == ' ' {
                pending = true;
            } else {
                at += usize::from(pending && at > 0);
                pending = false;
                made.cells.push(Cell { at, left: x, right: x + 2.0 });
                at += letter.len_utf8();
                made.right = x + 2.0;
            }
            x += 2.0;
        }
        made
    }

    fn kinds(lines: Vec<TextLine>) -> Vec<BlankKind> {
        find(&document(lines)).into_iter().map(|b| b.kind).collect()
    }

    #[test]
    fn the_documents_leave_number_day_and_month_open() {
        for name in ["decision", "letter", "letter-xref-stream"] {
            let path = format!("{}/fixtures/documents/{name}.pdf", env!("CARGO_MANIFEST_DIR"));
            let text = DocumentText::read(&std::fs::read(path).unwrap(), None).unwrap();
            let found = find(&text);
            let kinds: Vec<_> = found.iter().map(|b| b.kind).collect();
            assert_eq!(kinds, [BlankKind::Number, BlankKind::Day, BlankKind::Month], "{name}");
            let number = found[0].place();
            assert!(number.width_mm > 10.0 && number.x_mm > 40.0 && number.x_mm + number.width_mm < 80.0, "{number:?}");
            assert!((found[0].size_pt - 13.0).abs() < 0.1 && !found[0].slanted && found[1].slanted);
        }
    }

    #[test]
    fn dots_and_underscores_are_blank_and_digits_are_not() {
        assert_eq!(kinds(vec![typed("Số: ....../QĐ-UBND", 30.0, 50.0)]), [BlankKind::Number]);
        assert_eq!(kinds(vec![typed("Số: _____/QĐ-UBND", 30.0, 50.0)]), [BlankKind::Number]);
        assert_eq!(kinds(vec![typed("Số: 07/QĐ-UBND", 30.0, 50.0)]), []);
        assert_eq!(kinds(vec![typed("Hà Nội, ngày 05 tháng      năm 2026", 100.0, 50.0)]), [BlankKind::Month]);
        assert_eq!(kinds(vec![typed("Hà Nội, ngày 05 tháng 3 năm 2026", 100.0, 50.0)]), []);
    }

    #[test]
    fn a_notation_in_a_piece_of_its_own_is_found() {
        let lines = vec![typed("Số:", 30.0, 50.0), typed("/SNV-VP", 50.0, 50.1), typed("Hà Nội, ngày", 120.0, 50.0)];
        assert_eq!(kinds(lines), [BlankKind::Number]);
    }

    #[test]
    fn without_a_notation_both_are_open() {
        let lines = vec![typed("Số:", 30.0, 50.0), typed("Hà Nội, ngày", 120.0, 50.0)];
        assert_eq!(kinds(lines), [BlankKind::NumberAndNotation]);
    }

    #[test]
    fn noughts_lead_where_the_decree_asks() {
        assert_eq!((printed_number(7).as_str(), printed_number(10).as_str()), ("07", "10"));
        assert_eq!((printed_day(9).as_str(), printed_day(31).as_str()), ("09", "31"));
        assert_eq!((printed_month(2).as_str(), printed_month(3).as_str()), ("02", "3"));
    }

    #[test]
    fn a_gap_of_one_space_is_no_blank_and_running_text_has_none() {
        assert_eq!(kinds(vec![typed("Số: /QĐ-UBND", 30.0, 50.0)]), []);
        assert_eq!(kinds(vec![typed("ban hành ngày      tháng      năm 2020", 30.0, 80.0)]), []);
        assert_eq!(kinds(vec![typed("Hà Nội, ngày      tháng      năm 2026", 100.0, 200.0)]), []);
    }
}
