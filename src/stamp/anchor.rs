//! Where a role's stamp goes on a document that follows the decree — Decree 30/2020/NĐ-CP, Appendix I.
//!
//! The leader's signature stands between position (box 7a) and name (box 7b): a line of capitals with a title in it, a
//! name in the same column below it, nothing between. The last such pair of the document is meant. The seal covers the
//! left third of that signature; text stamps stand at the top right of page 1; the arrival stamp takes blank paper.
//! All of this is a pure function over lines of text; what cannot be decided comes back as candidates, never as a guess.

use crate::pdf::page::{PageGeometry, Place};
use crate::pdf::text::{DocumentText, PageText, TextLine};
use crate::stamp::layout::Role;

/// Least and greatest height of the blank between position and name, mm.
const BLANK_MM: std::ops::RangeInclusive<f64> = 8.0..=80.0;
/// How far apart the middles of position and name may be, mm.
const COLUMN_MM: f64 = 15.0;
/// Distance kept from the right edge by text stamps: the smallest right margin of the decree, mm.
const RIGHT_MARGIN_MM: f64 = 15.0;
const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// A position line and a name line with blank paper between.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// Page number, from 1.
    pub page: usize,
    /// The position, as printed (`PHÓ CHỦ TỊCH`).
    pub position: String,
    /// The name, as printed.
    pub name: String,
    /// The line above the position when it says on whose behalf (`KT. CHỦ TỊCH`).
    pub on_behalf: Option<String>,
    /// Horizontal middle of the column, mm.
    pub middle_mm: f64,
    /// Where the blank begins and ends, mm from the top.
    pub blank_mm: (f64, f64),
}

/// Where a stamp would go and which lines it would touch there.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Page number, from 1.
    pub page: usize,
    /// The rectangle, on the page as its text reads ([`PageText::geometry`]).
    pub place: Place,
    /// Texts it overlaps; expected for a seal, a reason to look twice for others.
    pub covers: Vec<String>,
}

/// Why no place can be named.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// No page has any text: a scan.
    #[error("the document has no text to find the place by")]
    NoText,
    /// Text, but no position and name with a blank between.
    #[error("no position line with a name below it and blank paper between was found")]
    NotFound,
    /// Several pairs and nothing to choose by.
    #[error("{} places fit", .candidates.len())]
    Ambiguous {
        /// The pairs, in reading order.
        candidates: Vec<Anchor>,
    },
    /// The seal is placed by the leader's signature, and there is none.
    #[error("there is no signature of a person for the seal to cover")]
    NoSignature,
    /// No blank paper of that size where the decree wants the stamp.
    #[error("page 1 has no blank area of {width_mm:.0} by {height_mm:.0} mm")]
    NoBlank {
        /// Width wanted, mm.
        width_mm: f64,
        /// Height wanted, mm.
        height_mm: f64,
    },
}

/// What helps to choose among anchors.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Text that position or name must have (compared without case and spaces), from the command line.
    pub anchor: Option<&'a str>,
    /// The signer's name from the certificate: decides between several, is no condition.
    pub signer: Option<&'a str>,
    /// Page and place of the person's signature, for the seal.
    pub signature: Option<(usize, Place)>,
}

/// Names the place of a stamp of `width_mm` by `height_mm` for `role`.
///
/// # Errors
/// [`PlaceError`]; the caller then asks for a field or a place.
pub fn place(
    role: Role,
    text: &DocumentText,
    width_mm: f64,
    height_mm: f64,
    wanted: &Wanted<'_>,
) -> Result<Placement, PlaceError> {
    let size = (width_mm, height_mm);
    match role {
        Role::Leader | Role::Plain => {
            let anchor = choose(text, wanted)?;
            Ok(placement(text, anchor.page, anchor.centred(size)))
        }
        Role::Seal => {
            let (page, signature) = wanted.signature.ok_or(PlaceError::NoSignature)?;
            Ok(placement(text, page, over_left_third(&signature, size)))
        }
        Role::Appendix | Role::Copy => {
            let first = text.pages.first().ok_or(PlaceError::NoText)?;
            Ok(placement(text, first.number, top_right(first, size)))
        }
        Role::Incoming => {
            let first = text.pages.first().filter(|p| !p.lines.is_empty()).ok_or(PlaceError::NoText)?;
            let place = blank_area(first, size).ok_or(PlaceError::NoBlank { width_mm, height_mm })?;
            Ok(placement(text, first.number, place))
        }
        Role::Initial => initial(text, size),
    }
}

/// The one anchor meant, by [`Wanted`].
///
/// # Errors
/// [`PlaceError::NoText`], [`PlaceError::NotFound`], [`PlaceError::Ambiguous`].
pub fn choose(text: &DocumentText, wanted: &Wanted<'_>) -> Result<Anchor, PlaceError> {
    if text.is_empty() {
        return Err(PlaceError::NoText);
    }
    let mut all = candidates(text);
    if let Some(words) = wanted.anchor {
        all.retain(|a| same_words(&a.position, words) || same_words(&a.name, words));
    }
    let last = all.last().cloned().ok_or(PlaceError::NotFound)?;
    // Side by side with the last one: two people sign on one height, and which of them is not ours to say.
    let rivals: Vec<Anchor> = all
        .into_iter()
        .filter(|a| a.page == last.page && a.blank_mm.0 < last.blank_mm.1 && last.blank_mm.0 < a.blank_mm.1)
        .collect();
    if rivals.len() < 2 {
        return Ok(last);
    }
    let mut named = rivals.iter().filter(|a| wanted.signer.is_some_and(|s| same_words(&a.name, s)));
    match (named.next(), named.next()) {
        (Some(one), None) => Ok(one.clone()),
        _ => Err(PlaceError::Ambiguous { candidates: rivals }),
    }
}

/// All pairs of position and name, in reading order.
pub fn candidates(text: &DocumentText) -> Vec<Anchor> {
    let mut found = Vec::new();
    for page in &text.pages {
        for name in page.lines.iter().filter(|l| is_name(&l.text)) {
            let above = |l: &&TextLine| {
                l.bottom <= name.top && (l.middle() - name.middle()).abs() <= COLUMN_MM && is_position(&l.text)
            };
            let Some(position) = page.lines.iter().rfind(above) else { continue };
            let blank = (position.bottom, name.top);
            let column = (position.left.min(name.left), position.right.max(name.right));
            let is_blank = !page
                .lines
                .iter()
                .any(|l| l.top < blank.1 - 0.5 && l.bottom > blank.0 + 0.5 && l.left < column.1 && l.right > column.0);
            if !is_blank || !BLANK_MM.contains(&(blank.1 - blank.0)) {
                continue;
            }
            let size_mm = position.size_pt / POINTS_PER_MM;
            let on_behalf = page.lines.iter().rfind(|l| {
                l.baseline < position.baseline
                    && position.baseline - l.baseline < 2.5 * size_mm
                    && (l.middle() - position.middle()).abs() <= COLUMN_MM
                    && competence(&l.text).is_some()
            });
            found.push(Anchor {
                page: page.number,
                position: position.text.clone(),
                name: name.text.clone(),
                on_behalf: on_behalf.map(|l| l.text.clone()),
                middle_mm: (position.middle() + name.middle()) / 2.0,
                blank_mm: blank,
            });
        }
    }
    found
}

impl Anchor {
    /// A box of this size in the middle of the blank.
    pub fn centred(&self, (width_mm, height_mm): (f64, f64)) -> Place {
        Place {
            x_mm: self.middle_mm - width_mm / 2.0,
            y_mm: (self.blank_mm.0 + self.blank_mm.1 - height_mm) / 2.0,
            width_mm,
            height_mm,
        }
    }
}

/// The seal's box: its right edge a third into the signature, the middles on one height.
pub fn over_left_third(signature: &Place, (width_mm, height_mm): (f64, f64)) -> Place {
    Place {
        x_mm: (signature.x_mm + signature.width_mm / 3.0 - width_mm).max(0.0),
        y_mm: (signature.y_mm + (signature.height_mm - height_mm) / 2.0).max(0.0),
        width_mm,
        height_mm,
    }
}

/// The box of a text stamp at the top right, in the top margin as far as that goes.
pub fn top_right(page: &PageText, (width_mm, height_mm): (f64, f64)) -> Place {
    let (page_width, _) = page.geometry.display_size_mm();
    let x_mm = (page_width - RIGHT_MARGIN_MM - width_mm).max(0.0);
    // A scan is taken to keep the decree's least top margin.
    let first = page.lines.iter().filter(|l| l.right > x_mm).map(|l| l.top).fold(f64::MAX, f64::min);
    let first = if page.lines.is_empty() { 20.0 } else { first };
    // A millimetre above the first line, between 4 and 10 mm from the edge.
    Place { x_mm, y_mm: (first - 1.0 - height_mm).clamp(4.0, 10.0), width_mm, height_mm }
}

/// Blank paper for the arrival stamp: the left column first, below what stands at its top, then below the date; where
/// the upper half of the page is full, its lower half.
pub fn blank_area(page: &PageText, size: (f64, f64)) -> Option<Place> {
    let (_, height) = page.geometry.display_size_mm();
    blank_between(page, size, 25.0, height * 0.55).or_else(|| blank_between(page, size, height * 0.5, height - 6.0))
}

fn blank_between(page: &PageText, (width_mm, height_mm): (f64, f64), from_mm: f64, to_mm: f64) -> Option<Place> {
    const GAP_MM: f64 = 1.0;
    let (page_width, _) = page.geometry.display_size_mm();
    let lowest = to_mm - height_mm;
    let lefts = (0..20u32).map(|step| 30.0 - f64::from(step) * 2.5).take_while(|x| *x >= 4.0);
    let rights =
        (0..20u32).map(|step| page_width - 4.0 - width_mm - f64::from(step) * 2.5).filter(|x| *x > page_width / 2.0);
    for x_mm in lefts.chain(rights) {
        for step in 0..200u32 {
            let y_mm = from_mm + f64::from(step);
            if y_mm > lowest {
                break;
            }
            let place = Place { x_mm, y_mm, width_mm, height_mm };
            let apart = |l: &TextLine| {
                l.right + GAP_MM <= x_mm
                    || l.left >= x_mm + width_mm + GAP_MM
                    || l.bottom + GAP_MM <= y_mm
                    || l.top >= y_mm + height_mm + GAP_MM
            };
            if page.lines.iter().all(apart) {
                return Some(place);
            }
        }
    }
    None
}

// Beside the end of the content, which official documents mark with `./.`; else at the foot of the last page.
fn initial(text: &DocumentText, (width_mm, height_mm): (f64, f64)) -> Result<Placement, PlaceError> {
    let last_page = text.pages.last().ok_or(PlaceError::NoText)?;
    let (page_width, page_height) = last_page.geometry.display_size_mm();
    // Regulations and annexes behind the signature end the same way: the one before the signer's position is meant.
    let signer = candidates(text).pop();
    let before = |l: &&TextLine| signer.as_ref().is_none_or(|s| (l.page, l.baseline) < (s.page, s.blank_mm.0));
    let end = text.lines().filter(|l| l.text.ends_with("./.")).filter(before).last();
    if let Some(end) = end {
        let width =
            text.pages.iter().find(|p| p.number == end.page).map_or(page_width, |p| p.geometry.display_size_mm().0);
        let x_mm = end.right + 1.5;
        if x_mm + width_mm <= width - 5.0 {
            let y_mm = (end.top + end.bottom - height_mm) / 2.0;
            return Ok(placement(text, end.page, Place { x_mm, y_mm, width_mm, height_mm }));
        }
    }
    if text.is_empty() {
        return Err(PlaceError::NoText);
    }
    let x_mm = (page_width - RIGHT_MARGIN_MM - width_mm).max(0.0);
    let y_mm = (page_height - 8.0 - height_mm).max(0.0);
    Ok(placement(text, last_page.number, Place { x_mm, y_mm, width_mm, height_mm }))
}

fn placement(text: &DocumentText, page: usize, place: Place) -> Placement {
    Placement { page, place, covers: covered(text, page, &place) }
}

/// Texts of `page` that `place` overlaps by more than half a millimetre both ways.
pub fn covered(text: &DocumentText, page: usize, place: &Place) -> Vec<String> {
    let (right, bottom) = (place.x_mm + place.width_mm, place.y_mm + place.height_mm);
    let touches = |l: &&TextLine| {
        l.right.min(right) - l.left.max(place.x_mm) > 0.5 && l.bottom.min(bottom) - l.top.max(place.y_mm) > 0.5
    };
    text.pages
        .iter()
        .filter(|p| p.number == page)
        .flat_map(|p| &p.lines)
        .filter(touches)
        .map(|l| l.text.clone())
        .collect()
}

/// Whether a place lies on the page as displayed.
pub fn on_page(geometry: &PageGeometry, place: &Place) -> bool {
    let (width, height) = geometry.display_size_mm();
    place.x_mm >= -0.01
        && place.y_mm >= -0.01
        && place.width_mm > 0.0
        && place.height_mm > 0.0
        && place.x_mm + place.width_mm <= width + 0.01
        && place.y_mm + place.height_mm <= height + 0.01
}

/// `TM.`, `KT.`, `TL.`, `TUQ.`, `Q.` at the head of a line, with what follows.
pub fn competence(line: &str) -> Option<(&'static str, &str)> {
    ["TUQ.", "TM.", "KT.", "TL.", "Q."].into_iter().find_map(|mark| {
        let rest = line.strip_prefix(mark)?.trim();
        (!rest.is_empty()).then_some((mark, rest))
    })
}

// Capitals with a word of rank among them; the words of box 7a in the decree's examples and what agencies add to them.
fn is_position(line: &str) -> bool {
    const RANKS: &[&str] = &[
        "CHỦ TỊCH",
        "GIÁM ĐỐC",
        "TRƯỞNG",
        "CHÁNH",
        "BÍ THƯ",
        "THỦ TƯỚNG",
        "CHỦ NHIỆM",
        "TỔNG BIÊN TẬP",
        "THƯ KÝ",
        "ỦY VIÊN",
        "UỶ VIÊN",
        "TỔNG KIỂM TOÁN",
        "THỐNG ĐỐC",
        "CHỦ TỌA",
        "PHÓ VĂN PHÒNG",
    ];
    let length = line.chars().count();
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    if !(4..=80).contains(&length) || letters < 4 || line.chars().any(|c| c.is_lowercase() || c.is_ascii_digit()) {
        return false;
    }
    let words: Vec<&str> = line.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).collect();
    RANKS.iter().any(|rank| {
        let rank: Vec<&str> = rank.split(' ').collect();
        words.windows(rank.len()).any(|w| w == rank.as_slice())
    })
}

// Two to seven words, each one capital and small letters; a degree or rank may stand before them.
fn is_name(line: &str) -> bool {
    const BEFORE: &[&str] = &[
        "Đại tướng",
        "Thượng tướng",
        "Trung tướng",
        "Thiếu tướng",
        "Đại tá",
        "Thượng tá",
        "Trung tá",
        "Thiếu tá",
        "Đại úy",
        "Thượng úy",
        "Trung úy",
        "Thiếu úy",
    ];
    if line.chars().count() > 60 {
        return false;
    }
    let mut rest = line.trim();
    for rank in BEFORE {
        rest = rest.strip_prefix(rank).unwrap_or(rest).trim_start();
    }
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    // Degrees: PGS.TS., ThS., BS.CKII.
    while words.first().is_some_and(|w| w.ends_with('.') && w.chars().count() > 1) {
        words.remove(0);
    }
    (2..=7).contains(&words.len())
        && words.iter().all(|word| {
            let mut letters = word.chars();
            letters.next().is_some_and(char::is_uppercase) && letters.all(|c| c.is_lowercase() || c == '-')
        })
}

/// Whether two texts say the same: composed alike, without case, runs of white space as one.
pub fn same_words(a: &str, b: &str) -> bool {
    let bare =
        |s: &str| crate::stamp::font::normalise(s).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    bare(a) == bare(b)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::pdf::page::Rect;

    /// A line of 14 point text with its middle and baseline in mm; a letter is 2.3 mm wide.
    pub(crate) fn line(text: &str, middle: f64, baseline: f64) -> TextLine {
        let half = f64::from(u32::try_from(text.chars().count()).unwrap()) * 2.3 / 2.0;
        let size = 14.0 / POINTS_PER_MM;
        TextLine {
            page: 1,
            text: text.into(),
            left: middle - half,
            right: middle + half,
            top: baseline - 0.9 * size,
            bottom: baseline + 0.22 * size,
            baseline,
            size_pt: 14.0,
            bold: false,
            slanted: false,
            cells: Vec::new(),
        }
    }

    /// One A4 page of lines.
    pub(crate) fn document(mut lines: Vec<TextLine>) -> DocumentText {
        lines.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
        let crop = Rect { x0: 0.0, y0: 0.0, x1: 595.276, y1: 841.89 };
        let geometry = PageGeometry { crop, rotate: 0, user_unit: 1.0 };
        DocumentText {
            pages: vec![PageText {
                number: 1,
                geometry,
                turned: 0,
                lines,
                others: Vec::new(),
                unreadable: 0,
                pictures: 0,
                cut: false,
            }],
            cut: false,
        }
    }

    fn fixture(name: &str) -> DocumentText {
        let path = format!("{}/fixtures/documents/{name}.pdf", env!("CARGO_MANIFEST_DIR"));
        DocumentText::read(&std::fs::read(path).unwrap(), None).unwrap()
    }

    #[test]
    fn the_leaders_place_is_between_position_and_name() {
        for (name, position, person) in
            [("decision", "PHÓ CHỦ TỊCH", "Nguyễn Văn An"), ("letter", "GIÁM ĐỐC", "Lê Thị Minh Châu")]
        {
            let text = fixture(name);
            let anchor = choose(&text, &Wanted::default()).unwrap();
            assert_eq!((anchor.position.as_str(), anchor.name.as_str(), anchor.page), (position, person, 1));
            let at = place(Role::Leader, &text, 46.0, 18.9, &Wanted::default()).unwrap();
            assert!((at.place.x_mm + 23.0 - 146.5).abs() < 1.0 && at.covers.is_empty(), "{at:?}");
            assert!(at.place.y_mm > anchor.blank_mm.0 && at.place.y_mm + 18.9 < anchor.blank_mm.1);
        }
        assert_eq!(candidates(&fixture("decision"))[0].on_behalf.as_deref(), Some("KT. CHỦ TỊCH"));
    }

    #[test]
    fn a_scan_says_that_it_has_no_text() {
        let text = fixture("report-scan");
        assert_eq!(choose(&text, &Wanted::default()), Err(PlaceError::NoText));
        assert_eq!(place(Role::Incoming, &text, 50.0, 35.0, &Wanted::default()), Err(PlaceError::NoText));
        assert!(place(Role::Copy, &text, 50.0, 13.0, &Wanted::default()).is_ok());
    }

    #[test]
    fn the_last_of_several_pairs_is_meant() {
        let text = document(vec![
            line("GIÁM ĐỐC", 150.0, 60.0),
            line("Trần Thị Bình", 150.0, 90.0),
            line("CHÁNH VĂN PHÒNG", 150.0, 150.0),
            line("Lê Văn Cường", 150.0, 185.0),
        ]);
        assert_eq!(candidates(&text).len(), 2);
        assert_eq!(choose(&text, &Wanted::default()).unwrap().name, "Lê Văn Cường");
        let wanted = Wanted { anchor: Some("giám  đốc"), ..Wanted::default() };
        assert_eq!(choose(&text, &wanted).unwrap().name, "Trần Thị Bình");
        let wanted = Wanted { anchor: Some("BỘ TRƯỞNG"), ..Wanted::default() };
        assert_eq!(choose(&text, &wanted), Err(PlaceError::NotFound));
    }

    #[test]
    fn two_people_side_by_side_are_ambiguous_until_the_signer_is_known() {
        let text = document(vec![
            line("GIÁM ĐỐC SỞ NỘI VỤ", 60.0, 200.0),
            line("GIÁM ĐỐC SỞ TÀI CHÍNH", 150.0, 200.0),
            line("Trần Thị Bình", 60.0, 235.0),
            line("Lê Văn Cường", 150.0, 235.0),
        ]);
        let Err(PlaceError::Ambiguous { candidates }) = choose(&text, &Wanted::default()) else { panic!() };
        assert_eq!(candidates.len(), 2);
        let wanted = Wanted { signer: Some("TRẦN THỊ BÌNH"), ..Wanted::default() };
        assert_eq!(choose(&text, &wanted).unwrap().position, "GIÁM ĐỐC SỞ NỘI VỤ");
        let wanted = Wanted { signer: Some("Người Khác"), ..Wanted::default() };
        assert!(matches!(choose(&text, &wanted), Err(PlaceError::Ambiguous { .. })));
    }

    #[test]
    fn text_between_or_too_little_paper_is_no_anchor() {
        let filled = document(vec![
            line("GIÁM ĐỐC", 150.0, 200.0),
            line("(Đã ký)", 150.0, 215.0),
            line("Trần Thị Bình", 150.0, 235.0),
        ]);
        assert_eq!(choose(&filled, &Wanted::default()), Err(PlaceError::NotFound));
        let tight = document(vec![line("GIÁM ĐỐC", 150.0, 200.0), line("Trần Thị Bình", 150.0, 212.0)]);
        assert_eq!(choose(&tight, &Wanted::default()), Err(PlaceError::NotFound));
        let wide = document(vec![line("GIÁM ĐỐC", 150.0, 200.0), line("Trần Thị Bình", 150.0, 215.0)]);
        assert!(choose(&wide, &Wanted::default()).is_ok());
        let apart = document(vec![line("GIÁM ĐỐC", 60.0, 200.0), line("Trần Thị Bình", 150.0, 235.0)]);
        assert_eq!(choose(&apart, &Wanted::default()), Err(PlaceError::NotFound));
    }

    #[test]
    fn names_and_positions_are_told_from_other_lines() {
        for name in ["Nguyễn Văn An", "PGS.TS. Trần Thị Bình", "Đại tá Lê Văn Cường", "Y Thông", "ThS. Hồ Đắc Di"]
        {
            assert!(is_name(name), "{name}");
        }
        for other in ["GIÁM ĐỐC", "Nơi nhận:", "- Như Điều 4;", "Sở nội vụ", "Sơn Hải, ngày 5", "An", "Điều 1."]
        {
            assert!(!is_name(other), "{other}");
        }
        for position in ["KT. CHỦ TỊCH", "PHÓ GIÁM ĐỐC", "TRƯỞNG BAN", "Q. CỤC TRƯỞNG", "TUQ. CHÁNH VĂN PHÒNG"]
        {
            assert!(is_position(position), "{position}");
        }
        for other in ["QUYẾT ĐỊNH:", "Giám đốc", "SỞ NỘI VỤ", "TĂNG TRƯỞNG 5%", "CHÁNHVĂN"] {
            assert!(!is_position(other), "{other}");
        }
    }

    #[test]
    fn the_seal_covers_a_third_of_the_signature_from_the_left() {
        let signature = Place { x_mm: 120.0, y_mm: 200.0, width_mm: 48.0, height_mm: 20.0 };
        let seal = over_left_third(&signature, (36.0, 36.0));
        assert_eq!((seal.x_mm + 36.0, seal.y_mm), (136.0, 192.0));
        let text = fixture("letter");
        assert_eq!(place(Role::Seal, &text, 36.0, 36.0, &Wanted::default()), Err(PlaceError::NoSignature));
    }

    #[test]
    fn text_stamps_stay_in_the_top_margin() {
        for name in ["letter-annex", "decision"] {
            let at = place(Role::Appendix, &fixture(name), 45.0, 9.5, &Wanted::default()).unwrap();
            assert!(at.covers.is_empty() && at.place.y_mm >= 4.0, "{at:?}");
            assert!((at.place.x_mm + 45.0 - 195.0).abs() < 0.1);
        }
    }

    #[test]
    fn the_arrival_stamp_finds_blank_paper_or_says_there_is_none() {
        for name in ["decision", "letter", "letter-annex"] {
            let at = place(Role::Incoming, &fixture(name), 50.0, 35.0, &Wanted::default());
            match at {
                Ok(at) => assert!(at.covers.is_empty(), "{at:?}"),
                Err(e) => panic!("{name}: {e}"),
            }
        }
        let full = document((0..60u32).map(|i| line(&"x".repeat(90), 105.0, 20.0 + f64::from(i) * 4.5)).collect());
        assert!(matches!(
            place(Role::Incoming, &full, 50.0, 35.0, &Wanted::default()),
            Err(PlaceError::NoBlank { .. })
        ));
    }

    #[test]
    fn initials_stand_behind_the_end_of_the_content() {
        let at = place(Role::Initial, &fixture("decision"), 20.0, 8.0, &Wanted::default()).unwrap();
        assert_eq!(at.page, 1);
        let text = document(vec![line("thi hành Quyết định này./.", 80.0, 150.0)]);
        let at = place(Role::Initial, &text, 20.0, 8.0, &Wanted::default()).unwrap();
        assert!(at.place.x_mm > 80.0 && (at.place.y_mm + 4.0 - 149.0).abs() < 2.0 && at.covers.is_empty());
    }
}
