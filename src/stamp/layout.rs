//! How each role's stamp looks — Decree 30/2020/NĐ-CP, Appendix I, and Appendix IV for the arrival stamp.
//!
//! | role | picture given | no picture |
//! |---|---|---|
//! | initial | the picture | signer and time, size 8 |
//! | leader | the hand signature in its own size | signer and time, size 10 |
//! | seal | the seal in its own size | refused: the decree asks for the picture |
//! | appendix | refused: the decree forbids one | number and notation, time; size 10, upright, black |
//! | copy | refused | form of copy, agency, time; size 10, upright, black |
//! | incoming | refused | the ĐẾN box, 50 mm wide and 35 mm high |
//! | plain | picture beside the text | signer, agency, time; size 9 |
//!
//! Pictures keep the size they were read with; text wraps, and shrinks only inside the ĐẾN box, whose size is fixed.

use std::fmt;
use std::str::FromStr;

use crate::base::time::UnixTime;
use crate::stamp::appearance::{Appearance, PT_PER_MM, Paint};
use crate::stamp::font::{Face, FontError, FontUse, normalise};
use crate::stamp::image::Picture;

/// Longest text of one item, characters; longer input is refused, not cut.
pub const MAX_TEXT: usize = 300;

/// In which function someone signs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Ký nháy: initials of whoever answers for the content.
    Initial,
    /// The authorised person.
    Leader,
    /// The agency, over the person's signature.
    Seal,
    /// The agency, on an attachment in a file of its own.
    Appendix,
    /// The agency, on an electronic copy.
    Copy,
    /// The receiving agency's arrival stamp.
    Incoming,
    /// A signature that the decree does not describe.
    Plain,
}

impl Role {
    /// All roles, in the order help texts list them.
    pub const ALL: [Role; 7] =
        [Role::Initial, Role::Leader, Role::Seal, Role::Appendix, Role::Copy, Role::Incoming, Role::Plain];

    /// The word the command line and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Initial => "initial",
            Role::Leader => "leader",
            Role::Seal => "seal",
            Role::Appendix => "appendix",
            Role::Copy => "copy",
            Role::Incoming => "incoming",
            Role::Plain => "plain",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = StampError;
    fn from_str(text: &str) -> Result<Self, StampError> {
        Role::ALL.into_iter().find(|r| r.as_str() == text).ok_or(StampError::UnknownRole)
    }
}

/// The three forms of copy — Decree 30/2020/NĐ-CP, Article 25.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CopyForm {
    /// A full copy of the original.
    #[default]
    SaoY,
    /// A full copy of a copy.
    SaoLuc,
    /// A copy of a part.
    TrichSao,
}

impl CopyForm {
    /// The words of the stamp.
    pub fn as_str(self) -> &'static str {
        match self {
            CopyForm::SaoY => "SAO Y",
            CopyForm::SaoLuc => "SAO LỤC",
            CopyForm::TrichSao => "TRÍCH SAO",
        }
    }
}

/// What the arrival stamp holds; empty items stay dotted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Arrival<'a> {
    /// Số: the number in the register of incoming documents.
    pub number: &'a str,
    /// Ngày: the day it was registered, as printed.
    pub date: &'a str,
    /// Chuyển: to whom it is passed.
    pub passed_to: &'a str,
    /// Số và ký hiệu HS: number and notation of the file it goes into.
    pub file: &'a str,
}

/// Everything a stamp may show.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The function.
    pub role: Role,
    /// The signer's name, from the certificate.
    pub signer: &'a str,
    /// The agency's name.
    pub agency: Option<&'a str>,
    /// When it is signed: the same instant as the signature dictionary's `/M`.
    pub time: UnixTime,
    /// Number and notation of the document (`07/QĐ-UBND`), for `appendix`.
    pub number: Option<&'a str>,
    /// For `copy`.
    pub copy_form: CopyForm,
    /// For `incoming`.
    pub arrival: Arrival<'a>,
    /// Hand signature or seal.
    pub picture: Option<Picture>,
}

impl<'a> Request<'a> {
    /// A request with nothing but the three items every role has.
    pub fn new(role: Role, signer: &'a str, time: UnixTime) -> Self {
        Request {
            role,
            signer,
            agency: None,
            time,
            number: None,
            copy_form: CopyForm::default(),
            arrival: Arrival::default(),
            picture: None,
        }
    }
}

/// Why a stamp cannot be drawn.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// No role of that name.
    #[error("there is no such role")]
    UnknownRole,
    /// The role's stamp is a picture and none was given.
    #[error("the stamp of role {role} needs a picture")]
    PictureNeeded {
        /// The role.
        role: Role,
    },
    /// The role's stamp is text only by law.
    #[error("the stamp of role {role} carries no picture")]
    PictureForbidden {
        /// The role.
        role: Role,
    },
    /// The stamp shows the document's number and none was given.
    #[error("the stamp of role {role} shows the document's number and notation")]
    NumberNeeded {
        /// The role.
        role: Role,
    },
    /// The stamp shows the agency's name and none was given.
    #[error("the stamp of role {role} shows the agency's name")]
    AgencyNeeded {
        /// The role.
        role: Role,
    },
    /// An item is longer than [`MAX_TEXT`] or does not fit its box.
    #[error("a text of {chars} characters does not fit the stamp")]
    TextTooLong {
        /// Characters.
        chars: usize,
    },
    /// The font cannot set the text.
    #[error(transparent)]
    Font(#[from] FontError),
}

const BLACK: &str = "0 g 0 G";
const RED: &str = "0.82 0.06 0.11 rg 0.82 0.06 0.11 RG";
const BLUE: &str = "0.10 0.24 0.62 rg 0.10 0.24 0.62 RG";
/// Widest text block, points (85 mm: what the right half of a page takes).
const BLOCK_PT: f32 = 85.0 * PT_PER_MM;
/// Space between a block's edge and its text, points.
const INSET_PT: f32 = 1.5;
/// Baseline distance in font sizes.
const LEADING: f32 = 1.2;

/// Draws the stamp of `request.role`.
///
/// # Errors
/// [`StampError`] says which item is missing, forbidden, too long or beyond the font.
pub fn draw(request: &Request<'_>) -> Result<Appearance, StampError> {
    let role = request.role;
    for text in [Some(request.signer), request.agency, request.number].into_iter().flatten() {
        let chars = text.chars().count();
        if chars > MAX_TEXT {
            return Err(StampError::TextTooLong { chars });
        }
    }
    if matches!(role, Role::Appendix | Role::Copy | Role::Incoming) && request.picture.is_some() {
        return Err(StampError::PictureForbidden { role });
    }
    let time = request.time.rfc3339_vietnam();
    match (role, &request.picture) {
        (Role::Initial | Role::Leader | Role::Seal, Some(picture)) => picture_alone(picture, caption(request, &time)),
        (Role::Seal, None) => Err(StampError::PictureNeeded { role }),
        (Role::Initial, None) => block(&[request.signer.into(), time], 8.0, BLUE, Side::Left),
        (Role::Leader, None) => {
            block(&[format!("Ký bởi: {}", request.signer), format!("Thời gian ký: {time}")], 10.0, BLUE, Side::Centre)
        }
        (Role::Appendix, _) => {
            let number = request.number.filter(|n| !n.trim().is_empty()).ok_or(StampError::NumberNeeded { role })?;
            block(&[with_nought(number), time], 10.0, BLACK, Side::Right)
        }
        (Role::Copy, _) => {
            let agency = request.agency.filter(|a| !a.trim().is_empty()).ok_or(StampError::AgencyNeeded { role })?;
            block(&[request.copy_form.as_str().into(), agency.into(), time], 10.0, BLACK, Side::Right)
        }
        (Role::Incoming, _) => arrival_box(request),
        (Role::Plain, picture) => plain(request, picture.as_ref(), &time),
    }
}

/// The appearance of a text field's value: one line on the baseline of a [`crate::stamp::blanks::Blank`], centred.
///
/// The box is `width_mm` wide and `1.2 × size_pt` high, its baseline `0.25 × size_pt` above the lower edge. `slanted`
/// leans the letters as the date line's italic does. Empty text gives an empty field.
///
/// # Errors
/// [`StampError::TextTooLong`] when the line does not fit even at 70 % of its size; [`StampError::Font`].
pub fn field_value(text: &str, width_mm: f64, size_pt: f64, slanted: bool) -> Result<Appearance, StampError> {
    let width = narrow(width_mm) * PT_PER_MM;
    let size_pt = narrow(size_pt);
    let mut canvas = Canvas::new()?;
    canvas.raw("/Tx BMC q");
    if !text.is_empty() {
        let natural = canvas.face().width_pt(text, size_pt);
        let size = if natural > width { size_pt * width / natural } else { size_pt };
        if size < size_pt * 0.7 {
            return Err(StampError::TextTooLong { chars: text.chars().count() });
        }
        canvas.raw(BLACK);
        let left = (width - canvas.face().width_pt(text, size)) / 2.0;
        canvas.line(text, left, 0.25 * size_pt, size, if slanted { Slant::Leaning } else { Slant::Upright })?;
        canvas.shown(text);
    }
    canvas.raw("Q EMC");
    canvas.finish(width, LEADING * size_pt)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Left,
    Centre,
    Right,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Slant {
    Upright,
    Leaning,
}

// Numbers below ten are written with a leading nought (box 3).
fn with_nought(number: &str) -> String {
    let number = number.trim();
    let single =
        number.starts_with(|c: char| ('1'..='9').contains(&c)) && number.get(1..).is_some_and(|r| r.starts_with('/'));
    if single { format!("0{number}") } else { number.to_owned() }
}

fn caption(request: &Request<'_>, time: &str) -> Vec<String> {
    let mut lines = vec![request.signer.to_owned()];
    lines.extend(request.agency.filter(|a| *a != request.signer).map(str::to_owned));
    lines.push(time.to_owned());
    lines
}

fn picture_alone(picture: &Picture, text: Vec<String>) -> Result<Appearance, StampError> {
    let (width, height) = in_points(picture);
    Ok(Appearance {
        width_pt: width,
        height_pt: height,
        content: format!("q {} 0 0 {} 0 0 cm /Im0 Do Q", n(width), n(height)).into_bytes(),
        fonts: Vec::new(),
        pictures: vec![("Im0".into(), picture.clone())],
        text,
        page_rotation: 0,
        paint: Paint::default(),
    })
}

fn block(items: &[String], size: f32, colour: &str, side: Side) -> Result<Appearance, StampError> {
    let mut canvas = Canvas::new()?;
    let face = canvas.face();
    let lines: Vec<String> = items.iter().flat_map(|i| wrap(face, i, size, BLOCK_PT - 2.0 * INSET_PT)).collect();
    let width = lines.iter().map(|l| face.width_pt(l, size)).fold(0.0, f32::max) + 2.0 * INSET_PT;
    let height = count(lines.len()) * size * LEADING + 2.0 * INSET_PT;
    canvas.raw(&format!("q {colour}"));
    canvas.stack(&lines, size, INSET_PT, width - INSET_PT, height - INSET_PT, side)?;
    canvas.raw("Q");
    for item in items {
        canvas.shown(item);
    }
    canvas.finish(width, height)
}

fn plain(request: &Request<'_>, picture: Option<&Picture>, time: &str) -> Result<Appearance, StampError> {
    let size = 9.0;
    let mut items = vec![format!("Ký bởi: {}", request.signer)];
    // An agency that signs itself is named once.
    items.extend(request.agency.filter(|a| *a != request.signer).map(|a| format!("Cơ quan: {a}")));
    items.push(format!("Thời gian ký: {time}"));
    let mut canvas = Canvas::new()?;
    let face = canvas.face();
    let (picture_width, picture_height) = picture.map(in_points).unwrap_or_default();
    let lines: Vec<String> = items.iter().flat_map(|i| wrap(face, i, size, BLOCK_PT)).collect();
    let gap = 4.0;
    let left = picture_width + if picture.is_some() { 2.0 * gap } else { gap };
    let width = left + lines.iter().map(|l| face.width_pt(l, size)).fold(0.0, f32::max) + gap;
    let text_height = count(lines.len()) * size * LEADING;
    let height = text_height.max(picture_height) + 2.0 * gap;
    canvas.raw(&format!("q {BLUE} 0.6 w 0.3 0.3 {} {} re S", n(width - 0.6), n(height - 0.6)));
    if let Some(picture) = picture {
        let bottom = (height - picture_height) / 2.0;
        canvas.picture(picture, gap, bottom, picture_width, picture_height);
    }
    canvas.raw(BLACK);
    canvas.stack(&lines, size, left, width - gap, (height + text_height) / 2.0, Side::Left)?;
    canvas.raw("Q");
    for item in &items {
        canvas.shown(item);
    }
    canvas.finish(width, height)
}

/// Width and height of the arrival stamp, millimetres (Appendix IV: 35 mm × 50 mm).
pub const ARRIVAL_MM: (f32, f32) = (50.0, 35.0);

fn arrival_box(request: &Request<'_>) -> Result<Appearance, StampError> {
    let agency =
        request.agency.filter(|a| !a.trim().is_empty()).ok_or(StampError::AgencyNeeded { role: Role::Incoming })?;
    let (width, height) = (ARRIVAL_MM.0 * PT_PER_MM, ARRIVAL_MM.1 * PT_PER_MM);
    let mm = PT_PER_MM;
    let mut canvas = Canvas::new()?;
    let face = canvas.face();
    canvas.raw(&format!("q {RED} 1 w 0.5 0.5 {} {} re S 0.6 w", n(width - 1.0), n(height - 1.0)));
    // Rows from the top: the agency, ĐẾN beside number and date, passed to, file.
    let (head, middle, third) = (height - 9.0 * mm, height - 22.0 * mm, height - 28.5 * mm);
    let column = 17.0 * mm;
    for y in [head, middle, third] {
        canvas.raw(&format!("0.5 {0} m {1} {0} l S", n(y), n(width - 0.5)));
    }
    canvas.raw(&format!("{0} {1} m {0} {2} l S", n(column), n(middle), n(head)));

    let room = width - 4.0 * mm;
    let agency_line = agency.to_uppercase();
    // One line reads better than two, as long as it is not much smaller.
    let one = fit(face, &agency_line, room, 9.0 * LEADING, 9.0).ok().filter(|(_, size)| *size >= 7.5);
    let (lines, size) = match one {
        Some(one) => one,
        None => fit(face, &agency_line, room, 8.0 * mm, 9.0)?,
    };
    let mut top = head + (9.0 * mm + count(lines.len()) * size * LEADING) / 2.0;
    for line in &lines {
        let left = (width - face.width_pt(line, size)) / 2.0;
        canvas.line(line, left, top - size, size, Slant::Upright)?;
        top -= size * LEADING;
    }
    let big = 17.0;
    canvas.raw("2 Tr 0.5 w");
    canvas.line("ĐẾN", (column - face.width_pt("ĐẾN", big)) / 2.0, middle + 4.3 * mm, big, Slant::Upright)?;
    canvas.raw("0 Tr 0.6 w");
    let arrival = &request.arrival;
    let rows = [
        ("Số: ", arrival.number, column, (head + middle) / 2.0 + 2.2 * mm),
        ("Ngày: ", arrival.date, column, middle + 2.2 * mm),
        ("Chuyển: ", arrival.passed_to, 0.0, third + 2.2 * mm),
        ("Số và ký hiệu HS: ", arrival.file, 0.0, 2.2 * mm),
    ];
    for (label, value, left, baseline) in rows {
        let start = left + 1.5 * mm;
        canvas.line(label, start, baseline, 10.0, Slant::Upright)?;
        let from = start + face.width_pt(label, 10.0);
        let room = width - 1.5 * mm - from;
        if value.is_empty() {
            canvas.raw(&format!("[0.8 2] 0 d {} {} m {} {1} l S [] 0 d", n(from), n(baseline), n(from + room)));
        } else {
            let (lines, size) = fit(face, value, room, 10.0 * LEADING, 10.0)?;
            let mut y = baseline + count(lines.len().saturating_sub(1)) * size * LEADING / 2.0;
            for line in &lines {
                canvas.line(line, from, y, size, Slant::Upright)?;
                y -= size * LEADING;
            }
        }
        canvas.shown(&format!("{label}{value}"));
    }
    canvas.raw("Q");
    canvas.shown(agency);
    canvas.finish(width, height)
}

// The largest size from `start` down to 5 points at which `text` wraps into `width` by `height`, and its lines.
fn fit(face: &Face, text: &str, width: f32, height: f32, start: f32) -> Result<(Vec<String>, f32), StampError> {
    let mut size = start;
    while size >= 5.0 {
        let lines = wrap(face, text, size, width);
        if count(lines.len()) * size * LEADING <= height + 0.01 {
            return Ok((lines, size));
        }
        size -= 0.5;
    }
    Err(StampError::TextTooLong { chars: text.chars().count() })
}

// Greedy line breaking at spaces; a word wider than the line is broken between letters.
fn wrap(face: &Face, text: &str, size: f32, width: f32) -> Vec<String> {
    let text = normalise(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if face.width_pt(&joined, size) <= width {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if face.width_pt(&line, size) > width && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

struct Canvas {
    content: String,
    font: FontUse,
    used: bool,
    pictures: Vec<(String, Picture)>,
    text: Vec<String>,
}

impl Canvas {
    fn new() -> Result<Self, StampError> {
        Ok(Canvas {
            content: String::new(),
            font: FontUse::new()?,
            used: false,
            pictures: Vec::new(),
            text: Vec::new(),
        })
    }

    fn face(&self) -> &'static Face {
        self.font.face()
    }

    fn raw(&mut self, operators: &str) {
        self.content.push_str(operators);
        self.content.push('\n');
    }

    fn shown(&mut self, text: &str) {
        self.text.push(normalise(text));
    }

    fn line(&mut self, text: &str, x: f32, y: f32, size: f32, slant: Slant) -> Result<(), StampError> {
        let codes = hex::encode_upper(self.font.encode(text)?);
        // Twelve degrees, as the italic of Times leans.
        let lean = if slant == Slant::Leaning { "0.21" } else { "0" };
        self.raw(&format!("BT /F0 {} Tf 1 0 {lean} 1 {} {} Tm <{codes}> Tj ET", n(size), n(x), n(y)));
        self.used = true;
        Ok(())
    }

    fn stack(
        &mut self,
        lines: &[String],
        size: f32,
        left: f32,
        right: f32,
        top: f32,
        side: Side,
    ) -> Result<(), StampError> {
        let mut baseline = top - size * (LEADING + 0.6) / 2.0;
        for line in lines {
            let x = match side {
                Side::Left => left,
                Side::Centre => (left + right - self.face().width_pt(line, size)) / 2.0,
                Side::Right => right - self.face().width_pt(line, size),
            };
            self.line(line, x, baseline, size, Slant::Upright)?;
            baseline -= size * LEADING;
        }
        Ok(())
    }

    fn picture(&mut self, picture: &Picture, x: f32, y: f32, width: f32, height: f32) {
        let name = format!("Im{}", self.pictures.len());
        self.raw(&format!("q {} 0 0 {} {} {} cm /{name} Do Q", n(width), n(height), n(x), n(y)));
        self.pictures.push((name, picture.clone()));
    }

    fn finish(self, width_pt: f32, height_pt: f32) -> Result<Appearance, StampError> {
        let fonts = if self.used { vec![("F0".into(), self.font.finish()?)] } else { Vec::new() };
        Ok(Appearance {
            width_pt,
            height_pt,
            content: self.content.into_bytes(),
            fonts,
            pictures: self.pictures,
            text: self.text,
            page_rotation: 0,
            paint: Paint::default(),
        })
    }
}

fn in_points(picture: &Picture) -> (f32, f32) {
    let (width, height) = picture.size_mm();
    (width * PT_PER_MM, height * PT_PER_MM)
}

// A number of lines; more than 65,535 never fit anything.
fn count(lines: usize) -> f32 {
    u16::try_from(lines).map_or(f32::MAX, f32::from)
}

#[expect(clippy::as_conversions, reason = "f64 to f32 has no From; lengths on paper lose nothing that shows")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn n(value: f32) -> String {
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-0" { "0".into() } else { short.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::image::tests::{SEAL, SIGNATURE};

    const AT: UnixTime = UnixTime(1_772_694_429); // 2026-03-05T14:07:09+07:00

    fn size(a: &Appearance) -> (f64, f64) {
        a.size_mm()
    }

    #[test]
    fn the_hand_signature_keeps_its_own_size() {
        let mut request = Request::new(Role::Leader, "Nguyễn Văn An", AT);
        request.picture = Some(Picture::from_png(SIGNATURE, None).unwrap());
        let (w, h) = size(&draw(&request).unwrap());
        assert!((w - 46.0).abs() < 0.1 && (h - 18.9).abs() < 0.1, "{w} {h}");
    }

    #[test]
    fn a_leader_without_picture_gets_name_and_time() {
        let drawn = draw(&Request::new(Role::Leader, "Nguyễn Văn An", AT)).unwrap();
        assert_eq!(drawn.text, ["Ký bởi: Nguyễn Văn An", "Thời gian ký: 2026-03-05T14:07:09+07:00"]);
        let (w, h) = size(&drawn);
        assert!(w < 75.0 && h < 12.0, "{w} {h}");
    }

    #[test]
    fn a_seal_without_picture_is_refused() {
        let got = draw(&Request::new(Role::Seal, "Sở Nội vụ", AT)).unwrap_err();
        assert_eq!(got, StampError::PictureNeeded { role: Role::Seal });
    }

    #[test]
    fn appendix_and_copy_carry_the_texts_of_the_decree_and_no_picture() {
        let mut request = Request::new(Role::Appendix, "UBND tỉnh", AT);
        assert_eq!(draw(&request).unwrap_err(), StampError::NumberNeeded { role: Role::Appendix });
        request.number = Some("123/QĐ-UBND");
        assert_eq!(draw(&request).unwrap().text, ["123/QĐ-UBND", "2026-03-05T14:07:09+07:00"]);
        request.number = Some("7/QĐ-UBND");
        assert_eq!(draw(&request).unwrap().text[0], "07/QĐ-UBND");
        request.role = Role::Copy;
        assert_eq!(draw(&request).unwrap_err(), StampError::AgencyNeeded { role: Role::Copy });
        request.agency = Some("Ủy ban nhân dân tỉnh Sơn Hải");
        assert_eq!(
            draw(&request).unwrap().text,
            ["SAO Y", "Ủy ban nhân dân tỉnh Sơn Hải", "2026-03-05T14:07:09+07:00"]
        );
        request.picture = Some(Picture::from_png(SEAL, None).unwrap());
        assert_eq!(draw(&request).unwrap_err(), StampError::PictureForbidden { role: Role::Copy });
    }

    #[test]
    fn a_copy_fits_the_top_margin_even_with_a_long_agency_name() {
        let mut request = Request::new(Role::Copy, "x", AT);
        request.agency = Some("Sở Khoa học và Công nghệ");
        let (w, h) = size(&draw(&request).unwrap());
        assert!(w < 60.0 && h < 15.0, "{w} {h}");
        request.agency = Some("Ban Quản lý các khu công nghiệp và khu kinh tế ven biển tỉnh Sơn Hải phía Nam");
        assert!(size(&draw(&request).unwrap()).0 <= 85.1);
    }

    #[test]
    fn the_arrival_box_is_50_by_35_and_shrinks_what_is_long_until_it_cannot() {
        let mut request = Request::new(Role::Incoming, "x", AT);
        request.agency = Some("Sở Nông nghiệp và Môi trường tỉnh Sơn Hải");
        request.arrival =
            Arrival { number: "1204", date: "06/3/2026", passed_to: "Phòng Kế hoạch - Tài chính", file: "" };
        let drawn = draw(&request).unwrap();
        let (w, h) = size(&drawn);
        assert!((w - 50.0).abs() < 0.01 && (h - 35.0).abs() < 0.01);
        let long = "Phòng ".repeat(45);
        request.arrival.passed_to = &long;
        assert!(matches!(draw(&request), Err(StampError::TextTooLong { .. })));
    }

    #[test]
    fn text_past_the_limit_is_refused_and_at_the_limit_wraps() {
        let at = "n".repeat(MAX_TEXT);
        let past = "n".repeat(MAX_TEXT + 1);
        assert!(draw(&Request::new(Role::Plain, &at, AT)).is_ok());
        assert_eq!(
            draw(&Request::new(Role::Plain, &past, AT)).unwrap_err(),
            StampError::TextTooLong { chars: MAX_TEXT + 1 }
        );
    }

    #[test]
    fn a_field_value_is_centred_and_refused_when_it_cannot_fit() {
        let value = field_value("07", 12.0, 13.0, false).unwrap();
        assert_eq!(value.text, ["07"]);
        assert!(String::from_utf8(value.content).unwrap().starts_with("/Tx BMC"));
        assert!(field_value("", 12.0, 13.0, true).unwrap().fonts.is_empty());
        assert!(matches!(field_value("1234567890", 12.0, 13.0, false), Err(StampError::TextTooLong { .. })));
    }

    // The appearance on a page of its own, as `sign` would embed it.
    fn on_a_page(appearance: Appearance) -> crate::pdf::text::DocumentText {
        use lopdf::{Dictionary, Document, Object, dictionary};
        let mut document = Document::with_version("1.7");
        let mut next = 0;
        let (form, objects) = appearance.into_objects(&mut || {
            next += 1;
            (next, 0)
        });
        document.max_id = next;
        document.objects.extend(objects);
        let resources = dictionary! { "XObject" => dictionary! { "X0" => Object::Reference(form) } };
        let content = b"q 1 0 0 1 72 400 cm /X0 Do Q";
        let file = crate::pdf::testing::one_page(document, content, resources, &Dictionary::new());
        crate::pdf::text::DocumentText::read(&file, None).unwrap()
    }

    #[test]
    fn what_is_drawn_reads_back_in_composed_form_at_its_place() {
        use unicode_normalization::UnicodeNormalization;
        let agency: String = "Ủy ban nhân dân phường Bến Thủy Nguyên".nfd().collect();
        let mut request = Request::new(Role::Copy, "x", AT);
        request.agency = Some(&agency);
        let drawn = draw(&request).unwrap();
        let (width, height) = drawn.size_mm();
        let text = on_a_page(drawn);
        let lines: Vec<_> = text.lines().map(|l| l.text.as_str()).collect();
        assert_eq!(lines, ["SAO Y", "Ủy ban nhân dân phường Bến Thủy Nguyên", "2026-03-05T14:07:09+07:00"]);
        let (left, bottom) = (72.0 * 25.4 / 72.0, (842.0 - 400.0) * 25.4 / 72.0);
        for line in text.lines() {
            assert!((line.size_pt - 10.0).abs() < 0.01);
            assert!(line.left >= left && line.right <= left + width + 0.01, "{line:?}");
            assert!(line.bottom <= bottom && line.top >= bottom - height, "{line:?}");
        }
    }

    #[test]
    fn role_words_read_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("Leader".parse::<Role>(), Err(StampError::UnknownRole));
    }
}
