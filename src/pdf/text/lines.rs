//! Letters joined to lines: one baseline, small gaps, NFC.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Glyph;

/// A run of letters on one baseline without a column gap. Lengths in mm from the top left of the page as displayed.
#[derive(Clone, Debug, PartialEq)]
pub struct TextLine {
    /// Page number, from 1.
    pub page: usize,
    /// Its text in NFC, words separated by one space, none at the ends.
    pub text: String,
    /// Left edge of the first letter.
    pub left: f64,
    /// Right edge of the last letter.
    pub right: f64,
    /// Top of capital letters with their accents.
    pub top: f64,
    /// Bottom of letters that go below the baseline.
    pub bottom: f64,
    /// The baseline.
    pub baseline: f64,
    /// Size of most letters, points.
    pub size_pt: f64,
    /// Whether most letters are bold.
    pub bold: bool,
    /// Whether most letters are italic.
    pub slanted: bool,
    /// Letters with their places, spaces left out.
    pub cells: Vec<Cell>,
}

/// One letter of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Where its text begins in the line's text, bytes.
    pub at: usize,
    /// Left edge, mm.
    pub left: f64,
    /// Right edge, mm.
    pub right: f64,
}

impl TextLine {
    /// Horizontal middle, mm.
    pub fn middle(&self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Joins letters to lines, from top to bottom and left to right.
pub(super) fn assemble(page: usize, mut glyphs: Vec<Glyph>) -> Vec<TextLine> {
    glyphs.retain(|g| g.left.is_finite() && g.right.is_finite() && g.baseline.is_finite());
    glyphs.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut lines = Vec::new();
    let mut group: Vec<Glyph> = Vec::new();
    for glyph in glyphs {
        // Compared with the first of the group, so that a slope cannot chain lines together.
        let same = group.first().is_none_or(|f| glyph.baseline - f.baseline <= 0.25 * f.size_mm.min(glyph.size_mm));
        if !same {
            columns(page, std::mem::take(&mut group), &mut lines);
        }
        group.push(glyph);
    }
    columns(page, group, &mut lines);
    lines.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.left.total_cmp(&b.left)));
    lines
}

fn columns(page: usize, mut group: Vec<Glyph>, lines: &mut Vec<TextLine>) {
    group.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.order.cmp(&b.order)));
    let mut run: Vec<Glyph> = Vec::new();
    let mut reach = f64::MIN;
    for glyph in group {
        if let Some(last) = run.last() {
            let gap = glyph.left - reach;
            // Drawn one after the other: one text with a jump in it. Drawn apart: two columns that nearly touch.
            let follows = glyph.order == last.order + 1;
            if gap > last.size_mm.max(glyph.size_mm) * if follows { 1.5 } else { 0.7 } {
                lines.extend(line(page, std::mem::take(&mut run)));
                reach = f64::MIN;
            }
        }
        reach = reach.max(glyph.right);
        run.push(glyph);
    }
    lines.extend(line(page, run));
}

fn line(page: usize, run: Vec<Glyph>) -> Option<TextLine> {
    struct Piece<'g> {
        text: Cow<'g, str>,
        left: f64,
        right: f64,
        space_before: bool,
    }
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(run.len());
    let mut kept: Vec<&Glyph> = Vec::with_capacity(run.len());
    let mut space = false;
    for glyph in &run {
        if glyph.text.chars().all(char::is_whitespace) {
            space = true;
            continue;
        }
        if let (Some(before), Some(piece)) = (kept.last(), pieces.last_mut()) {
            // Printed twice for boldness.
            if before.text == glyph.text && (glyph.left - before.left).abs() < 0.12 * glyph.size_mm {
                continue;
            }
            if !glyph.text.is_ascii() && glyph.text.starts_with(is_combining_mark) {
                piece.text.to_mut().push_str(&glyph.text);
                piece.right = piece.right.max(glyph.right);
                continue;
            }
            let gap = glyph.left - before.right;
            // A blank's own spaces, with what was filled in drawn over them, part no letters.
            space = gap > 0.18 * glyph.size_mm || (space && gap > 0.05 * glyph.size_mm);
        }
        pieces.push(Piece {
            text: Cow::Borrowed(&glyph.text),
            left: glyph.left,
            right: glyph.right,
            space_before: space,
        });
        kept.push(glyph);
        space = false;
    }
    let first = pieces.first()?;
    let (left, mut right) = (first.left, first.right);
    let mut text = String::new();
    let mut cells = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        if piece.space_before && !text.is_empty() {
            text.push(' ');
        }
        cells.push(Cell { at: text.len(), left: piece.left, right: piece.right });
        if piece.text.is_ascii() && !piece.text.contains(|c: char| c.is_ascii_whitespace() || c.is_control()) {
            text.push_str(&piece.text);
        } else {
            // Inner spaces of ligature texts are rare and become one.
            text.extend(piece.text.split_whitespace().collect::<Vec<_>>().join(" ").nfc());
        }
        right = right.max(piece.right);
    }
    let mut sizes: Vec<f64> = kept.iter().map(|g| g.size_mm).collect();
    sizes.sort_by(f64::total_cmp);
    let size_mm = sizes.get(sizes.len() / 2).copied()?;
    let baseline = kept.first()?.baseline;
    let half = kept.len() / 2;
    Some(TextLine {
        page,
        text,
        left,
        right,
        top: baseline - 0.9 * size_mm,
        bottom: baseline + 0.22 * size_mm,
        baseline,
        size_pt: size_mm * POINTS_PER_MM,
        bold: kept.iter().filter(|g| g.bold).count() > half,
        slanted: kept.iter().filter(|g| g.slanted).count() > half,
        cells,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(text: &str, left: f64, baseline: f64, order: usize) -> Vec<Glyph> {
        text.chars()
            .enumerate()
            .map(|(i, c)| {
                let step = f64::from(u32::try_from(i).unwrap()) * 2.0;
                Glyph {
                    text: c.to_string().into(),
                    left: left + step,
                    right: left + step + 2.0,
                    baseline,
                    size_mm: 4.0,
                    bold: false,
                    slanted: false,
                    order: order + i,
                }
            })
            .collect()
    }

    fn texts(glyphs: Vec<Glyph>) -> Vec<String> {
        assemble(1, glyphs).into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn two_columns_on_one_baseline_stay_apart() {
        let mut all = glyphs("Số: 7", 30.0, 50.0, 1);
        all.extend(glyphs("Hà Nội", 110.0, 50.05, 100));
        assert_eq!(texts(all), ["Số: 7", "Hà Nội"]);
    }

    #[test]
    fn columns_that_nearly_touch_are_told_apart_by_the_order_of_drawing() {
        let mut all = glyphs("ABC", 30.0, 50.0, 1);
        all.extend(glyphs("DEF", 39.5, 50.0, 60));
        assert_eq!(texts(all), ["ABC", "DEF"]);
        let mut one = glyphs("ABC", 30.0, 50.0, 1);
        one.extend(glyphs("DEF", 39.5, 50.0, 4));
        assert_eq!(texts(one), ["ABC DEF"]);
    }

    #[test]
    fn marks_drawn_apart_join_their_letter() {
        let mut all = glyphs("a", 30.0, 50.0, 1);
        all.extend(glyphs("\u{302}", 31.0, 50.0, 2));
        all.extend(glyphs("\u{301}", 31.2, 50.0, 3));
        assert_eq!(texts(all), ["ấ"]);
    }

    #[test]
    fn letters_printed_twice_count_once() {
        let mut all = glyphs("KÝ", 30.0, 50.0, 1);
        all.extend(glyphs("KÝ", 30.2, 50.0, 10));
        assert_eq!(texts(all), ["KÝ"]);
    }

    #[test]
    fn a_run_of_spaces_is_one_space_but_keeps_its_width() {
        let line = assemble(1, glyphs("Số:      /QĐ", 30.0, 50.0, 1)).remove(0);
        assert_eq!(line.text, "Số: /QĐ");
        let slash = line.cells.iter().find(|c| line.text[c.at..].starts_with('/')).unwrap();
        assert_eq!(slash.left, 30.0 + 9.0 * 2.0);
    }

    #[test]
    fn what_is_filled_into_a_blank_of_spaces_is_not_parted_by_them() {
        let mut all = glyphs("Số:      /QĐ", 30.0, 50.0, 1);
        all.extend(glyphs("07", 39.0, 50.0, 100));
        assert_eq!(texts(all), ["Số: 07 /QĐ"]);
    }

    #[test]
    fn lines_come_from_top_to_bottom() {
        let mut all = glyphs("hai", 30.0, 60.0, 1);
        all.extend(glyphs("một", 30.0, 50.0, 9));
        assert_eq!(texts(all), ["một", "hai"]);
    }
}
