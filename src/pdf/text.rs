//! Lines of text with their places on the pages — ISO 32000-2 9.4, 9.10.
//!
//! Good enough to find a position line, a name, a number or a secrecy mark in what office programs print: it follows the
//! text and graphics state, forms XObjects and filled text fields, reads ToUnicode, and joins what stands on one
//! baseline. It does not guess: letters without a Unicode value are counted, text that does not run from left to right is
//! left out, a scan has no lines. It works on `lopdf`'s view of ordinary files; larger ones are not checked.

mod content;
mod fonts;
mod lines;

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::{Dictionary, Document, Object, ObjectId};

pub use lines::{Cell, TextLine};

use super::page::{PageGeometry, Rect};
use content::{Operand, Operations};
use fonts::Font;

/// Largest file read for its text, bytes.
pub const MAX_FILE: usize = 32 << 20;
/// Most objects of such a file.
pub const MAX_OBJECTS: usize = 100_000;
/// Most pages looked at; the last ones are kept when there are more than this.
pub const MAX_PAGES: usize = 2_000;
/// Largest decoded content of one page or form, bytes.
const MAX_CONTENT: usize = 8 << 20;
/// Operators executed in one document.
const MAX_OPERATIONS: usize = 4_000_000;
/// Letters placed in one document.
const MAX_GLYPHS: usize = 1_000_000;
/// Bytes decoded in one document: contents, forms, ToUnicode maps.
const MAX_DECODED: usize = 128 << 20;
/// Largest decoded object or cross-reference stream while loading, bytes.
const MAX_OBJECT_STREAM: usize = 32 << 20;
const MAX_FORM_DEPTH: usize = 8;
const MAX_STATE_DEPTH: usize = 64;
const MAX_ANNOTATIONS: usize = 1_000;
const MAX_PARENTS: usize = 64;

/// Why a file's text was not looked at.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// More bytes than [`MAX_FILE`].
    #[error("the file has {bytes} bytes; text is read in files up to {MAX_FILE}")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// More objects than [`MAX_OBJECTS`].
    #[error("the file has {objects} objects; text is read in files up to {MAX_OBJECTS}")]
    TooManyObjects {
        /// How many.
        objects: usize,
    },
    /// It is encrypted and the password given, if any, does not open it.
    #[error("the file is encrypted")]
    Encrypted,
    /// The object graph cannot be read.
    #[error("the file's objects cannot be read for their text")]
    Unreadable,
}

/// What a document says.
#[derive(Clone, Debug, Default)]
pub struct DocumentText {
    /// Its pages in order.
    pub pages: Vec<PageText>,
    /// True when a work limit ended the reading early: what is missing is not known.
    pub cut: bool,
}

/// One page.
#[derive(Clone, Debug)]
pub struct PageText {
    /// From 1.
    pub number: usize,
    /// Size and orientation.
    pub geometry: PageGeometry,
    /// Lines from top to bottom, then from left to right.
    pub lines: Vec<TextLine>,
    /// Letters that have no Unicode value.
    pub unreadable: usize,
    /// Pictures drawn.
    pub pictures: usize,
}

impl DocumentText {
    /// Reads the text of a PDF file's bytes; `password` opens an encrypted one.
    ///
    /// # Errors
    /// [`TextError`] when the file is too large or cannot be read. A page that cannot be read has no lines.
    pub fn from_bytes(file: &[u8], password: Option<&str>) -> Result<DocumentText, TextError> {
        if file.len() > MAX_FILE {
            return Err(TextError::FileTooLarge { bytes: file.len() });
        }
        Self::read(file, password, Pages::All)
    }

    /// Reads the text of the first page only.
    ///
    /// # Errors
    /// Those of [`DocumentText::from_bytes`].
    pub fn first_page(file: &[u8], password: Option<&str>) -> Result<DocumentText, TextError> {
        if file.len() > MAX_FILE {
            return Err(TextError::FileTooLarge { bytes: file.len() });
        }
        Self::read(file, password, Pages::First)
    }

    fn read(file: &[u8], password: Option<&str>, pages: Pages) -> Result<DocumentText, TextError> {
        let load = |password: Option<&str>| {
            let options = lopdf::LoadOptions {
                password: password.map(str::to_owned),
                max_decompressed_size: Some(MAX_OBJECT_STREAM),
                ..lopdf::LoadOptions::default()
            };
            Document::load_mem_with_options(file, options)
        };
        let document = match (load(password), password) {
            (Ok(document), _) => document,
            // A password whose letters PDFDocEncoding lacks: producers then take the bytes as they are.
            (Err(lopdf::Error::InvalidPassword), Some(password)) => {
                let mut document = load(None).map_err(|_| TextError::Encrypted)?;
                document.decrypt_raw(password).map_err(|_| TextError::Encrypted)?;
                document
            }
            (Err(lopdf::Error::InvalidPassword), None) => return Err(TextError::Encrypted),
            (Err(_), _) => return Err(TextError::Unreadable),
        };
        Self::pages_of(&document, pages)
    }

    /// Reads the text of a loaded document.
    ///
    /// # Errors
    /// [`TextError::TooManyObjects`], [`TextError::Encrypted`].
    pub fn from_document(document: &Document) -> Result<DocumentText, TextError> {
        Self::pages_of(document, Pages::All)
    }

    fn pages_of(document: &Document, wanted: Pages) -> Result<DocumentText, TextError> {
        if document.objects.len() > MAX_OBJECTS {
            return Err(TextError::TooManyObjects { objects: document.objects.len() });
        }
        if document.is_encrypted() {
            return Err(TextError::Encrypted);
        }
        let most = if wanted == Pages::First { 1 } else { MAX_OBJECTS };
        let ids: Vec<ObjectId> = document.page_iter().take(most).collect();
        let skipped = ids.len().saturating_sub(MAX_PAGES);
        let mut reader = Reader { document, fonts: HashMap::new(), work: Work::default() };
        let mut pages = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            // The first page and the last ones carry what we look for.
            if index == 0 || index >= skipped {
                pages.push(reader.page(index + 1, *id));
            }
        }
        Ok(DocumentText { pages, cut: skipped > 0 || reader.work.spent() })
    }

    /// All lines, page after page.
    pub fn lines(&self) -> impl Iterator<Item = &TextLine> + Clone {
        self.pages.iter().flat_map(|p| &p.lines)
    }

    /// Whether no page has any readable letter.
    pub fn is_empty(&self) -> bool {
        self.pages.iter().all(|p| p.lines.is_empty())
    }
}

/// Which pages are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pages {
    All,
    First,
}

#[derive(Default)]
struct Work {
    operations: usize,
    glyphs: usize,
    decoded: usize,
}

impl Work {
    fn spent(&self) -> bool {
        self.operations >= MAX_OPERATIONS || self.glyphs >= MAX_GLYPHS || self.decoded >= MAX_DECODED
    }
}

struct Reader<'d> {
    document: &'d Document,
    fonts: HashMap<ObjectId, Rc<Font>>,
    work: Work,
}

/// One drawn letter (or ligature) on the page as displayed, mm.
#[derive(Clone, Debug)]
struct Glyph {
    text: Rc<str>,
    left: f64,
    right: f64,
    baseline: f64,
    size_mm: f64,
    bold: bool,
    slanted: bool,
    order: usize,
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

struct Sheet {
    /// From default user space to the page as displayed, mm.
    shown: Matrix,
    glyphs: Vec<Glyph>,
    unreadable: usize,
    pictures: usize,
}

type Matrix = [f64; 6];
const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

impl<'d> Reader<'d> {
    fn page(&mut self, number: usize, id: ObjectId) -> PageText {
        let empty = Dictionary::new();
        let Ok(page) = self.document.get_dictionary(id) else {
            let crop = Rect { x0: 0.0, y0: 0.0, x1: 612.0, y1: 792.0 };
            let geometry = PageGeometry { crop, rotate: 0, user_unit: 1.0 };
            return PageText { number, geometry, lines: Vec::new(), unreadable: 0, pictures: 0 };
        };
        let geometry = self.geometry(page);
        let mut sheet = Sheet { shown: shown(&geometry), glyphs: Vec::new(), unreadable: 0, pictures: 0 };
        let resources = self.inherited(page, b"Resources").and_then(|r| r.as_dict().ok()).unwrap_or(&empty);
        let content = self.page_content(page);
        self.run(&content, resources, State::new(IDENTITY), &mut sheet, 0);
        self.fields(page, &mut sheet);
        let Sheet { glyphs, unreadable, pictures, .. } = sheet;
        PageText { number, geometry, lines: lines::assemble(number, glyphs), unreadable, pictures }
    }

    fn geometry(&self, page: &Dictionary) -> PageGeometry {
        let media = self.inherited(page, b"MediaBox").and_then(|o| self.rectangle(o));
        let media = media.unwrap_or(Rect { x0: 0.0, y0: 0.0, x1: 612.0, y1: 792.0 });
        let crop = self.inherited(page, b"CropBox").and_then(|o| self.rectangle(o));
        let crop = crop.and_then(|c| c.intersect(&media)).unwrap_or(media);
        let rotate = self.inherited(page, b"Rotate").and_then(|o| o.as_i64().ok()).unwrap_or(0).rem_euclid(360);
        let rotate = u16::try_from(rotate).ok().filter(|r| r % 90 == 0).unwrap_or(0);
        let unit = page.get(b"UserUnit").ok().and_then(|o| self.number(o)).filter(|u| *u > 0.0);
        PageGeometry { crop, rotate, user_unit: unit.unwrap_or(1.0) }
    }

    fn inherited(&self, page: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
        let mut node = page;
        for _ in 0..MAX_PARENTS {
            if let Ok(value) = node.get(key) {
                return self.follow(value);
            }
            node = self.follow(node.get(b"Parent").ok()?)?.as_dict().ok()?;
        }
        None
    }

    fn follow(&self, object: &'d Object) -> Option<&'d Object> {
        self.document.dereference(object).ok().map(|(_, o)| o)
    }

    fn number(&self, object: &'d Object) -> Option<f64> {
        self.follow(object)?.as_float().ok().map(f64::from).filter(|v| v.is_finite())
    }

    fn array(&self, dictionary: &'d Dictionary, key: &[u8]) -> Option<Vec<f64>> {
        let items = self.follow(dictionary.get(key).ok()?)?.as_array().ok()?;
        items.iter().take(6).map(|o| self.number(o)).collect()
    }

    fn rectangle(&self, object: &'d Object) -> Option<Rect> {
        let items = object.as_array().ok()?;
        let numbers: Vec<f64> = items.iter().take(4).filter_map(|o| self.number(o)).collect();
        let [a, b, c, d] = numbers[..] else { return None };
        Some(Rect { x0: a.min(c), y0: b.min(d), x1: a.max(c), y1: b.max(d) })
    }

    fn decode(&mut self, stream: &lopdf::Stream) -> Vec<u8> {
        let room = MAX_CONTENT.min(MAX_DECODED.saturating_sub(self.work.decoded));
        match stream.get_plain_content_with_limit(room) {
            Ok(plain) => {
                self.work.decoded = self.work.decoded.saturating_add(plain.len());
                plain
            }
            Err(_) => {
                // A bomb costs what it could have made, so that many of them end the reading.
                self.work.decoded = self.work.decoded.saturating_add(room / 8);
                Vec::new()
            }
        }
    }

    fn page_content(&mut self, page: &'d Dictionary) -> Vec<u8> {
        let Some(contents) = page.get(b"Contents").ok().and_then(|o| self.follow(o)) else { return Vec::new() };
        let parts: Vec<&Object> = match contents {
            Object::Array(items) => items.iter().filter_map(|o| self.follow(o)).collect(),
            single => vec![single],
        };
        let mut all = Vec::new();
        for part in parts {
            if let Ok(stream) = part.as_stream() {
                let plain = self.decode(stream);
                if all.len() + plain.len() > MAX_CONTENT {
                    break;
                }
                all.extend(plain);
                all.push(b'\n');
            }
        }
        all
    }

    // Values of filled text fields are read where they are shown — ISO 32000-2 12.5.5, algorithm "appearance streams".
    fn fields(&mut self, page: &'d Dictionary, sheet: &mut Sheet) {
        let Some(list) = page.get(b"Annots").ok().and_then(|o| self.follow(o)).and_then(|o| o.as_array().ok()) else {
            return;
        };
        for annotation in list.iter().take(MAX_ANNOTATIONS) {
            let Some(widget) = self.follow(annotation).and_then(|o| o.as_dict().ok()) else { continue };
            let hidden = widget.get(b"F").and_then(Object::as_i64).unwrap_or(0) & 0b10_0010 != 0;
            let is_text = self.inherited(widget, b"FT").and_then(|o| o.as_name().ok()).is_some_and(|n| n == b"Tx");
            if hidden || !is_text {
                continue;
            }
            let form = widget
                .get(b"AP")
                .ok()
                .and_then(|o| self.follow(o))
                .and_then(|o| o.as_dict().ok())
                .and_then(|ap| ap.get(b"N").ok())
                .and_then(|o| self.follow(o))
                .and_then(|o| o.as_stream().ok());
            let rect = widget.get(b"Rect").ok().and_then(|o| self.follow(o)).and_then(|o| self.rectangle(o));
            let (Some(form), Some(rect)) = (form, rect) else { continue };
            let Some(onto) = self.annotation_matrix(form, &rect) else { continue };
            self.form(form, &Dictionary::new(), onto, sheet, 0);
        }
    }

    fn annotation_matrix(&self, form: &'d lopdf::Stream, rect: &Rect) -> Option<Matrix> {
        let own = self.array(&form.dict, b"Matrix").and_then(|m| <Matrix>::try_from(m).ok()).unwrap_or(IDENTITY);
        let bbox = form.dict.get(b"BBox").ok().and_then(|o| self.follow(o)).and_then(|o| self.rectangle(o))?;
        let corners = [(bbox.x0, bbox.y0), (bbox.x1, bbox.y0), (bbox.x0, bbox.y1), (bbox.x1, bbox.y1)];
        let moved = corners.map(|(x, y)| apply(&own, x, y));
        let low = moved.iter().fold((f64::MAX, f64::MAX), |m, p| (m.0.min(p.0), m.1.min(p.1)));
        let high = moved.iter().fold((f64::MIN, f64::MIN), |m, p| (m.0.max(p.0), m.1.max(p.1)));
        let (wide, tall) = (high.0 - low.0, high.1 - low.1);
        if wide <= 0.0 || tall <= 0.0 {
            return None;
        }
        let (sx, sy) = (rect.width() / wide, rect.height() / tall);
        Some([sx, 0.0, 0.0, sy, rect.x0 - low.0 * sx, rect.y0 - low.1 * sy])
    }

    fn form(&mut self, form: &'d lopdf::Stream, outer: &Dictionary, matrix: Matrix, sheet: &mut Sheet, depth: usize) {
        if depth >= MAX_FORM_DEPTH || self.work.spent() {
            return;
        }
        let own = self.array(&form.dict, b"Matrix").and_then(|m| <Matrix>::try_from(m).ok()).unwrap_or(IDENTITY);
        let resources = form.dict.get(b"Resources").ok().and_then(|o| self.follow(o)).and_then(|o| o.as_dict().ok());
        let content = self.decode(form);
        // A form costs something even when it is empty: else forms that call forms cost nothing.
        self.work.operations += 16;
        self.run(&content, resources.unwrap_or(outer), State::new(multiply(&own, &matrix)), sheet, depth + 1);
    }

    fn run(&mut self, content: &[u8], resources: &Dictionary, start: State, sheet: &mut Sheet, depth: usize) {
        let mut state = start;
        let mut saved: Vec<State> = Vec::new();
        let (mut text, mut line) = (IDENTITY, IDENTITY);
        let mut operations = Operations::new(content);
        while let Some(operator) = operations.next() {
            if self.work.spent() {
                break;
            }
            self.work.operations += 1;
            let operands = operations.operands();
            let number = |i: usize| match operands.get(i) {
                Some(Operand::Number(value)) => *value,
                _ => 0.0,
            };
            let name = || match operands.first() {
                Some(Operand::Name(name)) => Some(name.as_ref()),
                _ => None,
            };
            let six = || -> Matrix { [number(0), number(1), number(2), number(3), number(4), number(5)] };
            match std::str::from_utf8(operator).unwrap_or("") {
                "q" if saved.len() < MAX_STATE_DEPTH => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "cm" => state.matrix = multiply(&six(), &state.matrix),
                "BT" => (text, line) = (IDENTITY, IDENTITY),
                "Tf" => {
                    state.size = number(1);
                    state.font = name().and_then(|name| self.font(resources, name));
                }
                "Tc" => state.letter_space = number(0),
                "Tw" => state.word_space = number(0),
                "Tz" => state.scale = number(0) / 100.0,
                "TL" => state.leading = number(0),
                "Ts" => state.rise = number(0),
                "Td" | "TD" => {
                    if operator == b"TD" {
                        state.leading = -number(1);
                    }
                    line = multiply(&[1.0, 0.0, 0.0, 1.0, number(0), number(1)], &line);
                    text = line;
                }
                "Tm" => {
                    line = six();
                    text = line;
                }
                "T*" => {
                    line = multiply(&[1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], &line);
                    text = line;
                }
                "Tj" | "'" | "\"" => {
                    if operator != b"Tj" {
                        line = multiply(&[1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], &line);
                        text = line;
                    }
                    if operator == b"\"" {
                        (state.word_space, state.letter_space) = (number(0), number(1));
                    }
                    if let Some(Operand::String(string)) = operands.last() {
                        self.show(string, &state, &mut text, sheet);
                    }
                }
                "TJ" => {
                    let Some(Operand::Array(items)) = operands.first() else { continue };
                    for item in items {
                        match item {
                            Operand::String(string) => self.show(string, &state, &mut text, sheet),
                            Operand::Number(back) => {
                                advance(&mut text, -back / 1000.0 * state.size * state.scale);
                            }
                            _ => {}
                        }
                    }
                }
                "Do" => {
                    let object = name()
                        .and_then(|name| self.resource(resources, b"XObject", name))
                        .and_then(|o| o.as_stream().ok());
                    let Some(stream) = object else { continue };
                    match stream.dict.get(b"Subtype").and_then(Object::as_name) {
                        Ok(b"Form") => self.form(stream, resources, state.matrix, sheet, depth),
                        Ok(b"Image") => sheet.pictures += 1,
                        _ => {}
                    }
                }
                "BI" => sheet.pictures += 1,
                _ => {}
            }
        }
    }

    fn resource(&self, resources: &Dictionary, kind: &[u8], name: &[u8]) -> Option<&'d Object> {
        // The dictionary may live shorter than the document (a form without resources): only references are kept.
        let document = self.document;
        let group = resources.get(kind).ok()?;
        let group = document.dereference(group).ok()?.1.as_dict().ok()?;
        match group.get(name).ok()? {
            Object::Reference(id) => document.get_object(*id).ok(),
            _ => None,
        }
    }

    fn font(&mut self, resources: &Dictionary, name: &[u8]) -> Option<Rc<Font>> {
        let group = resources.get(b"Font").ok()?;
        let group = self.document.dereference(group).ok()?.1.as_dict().ok()?;
        let entry = group.get(name).ok()?;
        let id = entry.as_reference().ok();
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Some(Rc::clone(known));
        }
        let dictionary = self.document.dereference(entry).ok()?.1.as_dict().ok()?;
        let room = MAX_DECODED.saturating_sub(self.work.decoded);
        let (font, decoded) = Font::read(self.document, dictionary, room.min(MAX_CONTENT));
        // Reading a font again and again without a number of its own has its price.
        self.work.decoded = self.work.decoded.saturating_add(decoded).saturating_add(1_000);
        let font = Rc::new(font);
        if let Some(id) = id {
            self.fonts.insert(id, Rc::clone(&font));
        }
        Some(font)
    }

    fn show(&mut self, string: &[u8], state: &State, text: &mut Matrix, sheet: &mut Sheet) {
        let Some(font) = &state.font else { return };
        let scaled = [state.size * state.scale, 0.0, 0.0, state.size, 0.0, state.rise];
        let onto = multiply(&state.matrix, &sheet.shown);
        for (code, is_space) in font.codes(string) {
            if self.work.glyphs >= MAX_GLYPHS {
                return;
            }
            self.work.glyphs += 1;
            let width = font.width(code);
            let placed = multiply(&multiply(&scaled, text), &onto);
            match font.unicode(code) {
                Some(letters) => {
                    let start = apply(&placed, 0.0, 0.0);
                    let end = apply(&placed, width, 0.0);
                    let above = apply(&placed, 0.0, 1.0);
                    let size_mm = (above.0 - start.0).hypot(above.1 - start.1);
                    // Left to right and level, within five degrees; the rest is decoration.
                    let level = (end.1 - start.1).abs() <= 0.09 * (end.0 - start.0).abs() + 1e-6;
                    if level && end.0 >= start.0 && size_mm.is_finite() && size_mm > 0.05 && above.1 < start.1 {
                        sheet.glyphs.push(Glyph {
                            text: Rc::clone(letters),
                            left: start.0,
                            right: end.0,
                            baseline: start.1,
                            size_mm,
                            bold: font.bold,
                            slanted: font.slanted,
                            order: self.work.glyphs,
                        });
                    }
                }
                None => sheet.unreadable += 1,
            }
            let space = if is_space { state.word_space } else { 0.0 };
            advance(text, (width * state.size + state.letter_space + space) * state.scale);
        }
    }
}

impl State {
    fn new(matrix: Matrix) -> Self {
        State { matrix, font: None, size: 0.0, letter_space: 0.0, word_space: 0.0, scale: 1.0, leading: 0.0, rise: 0.0 }
    }
}

// What `PageGeometry::to_display` does to points is affine: three of them say all.
fn shown(geometry: &PageGeometry) -> Matrix {
    let display = |x: f64, y: f64| {
        let place = geometry.to_display(&Rect { x0: x, y0: y, x1: x, y1: y });
        (place.x_mm, place.y_mm)
    };
    let (origin, right, up) = (display(0.0, 0.0), display(1.0, 0.0), display(0.0, 1.0));
    [right.0 - origin.0, right.1 - origin.1, up.0 - origin.0, up.1 - origin.1, origin.0, origin.1]
}

fn advance(text: &mut Matrix, by: f64) {
    *text = multiply(&[1.0, 0.0, 0.0, 1.0, by, 0.0], text);
}

fn apply(m: &Matrix, x: f64, y: f64) -> (f64, f64) {
    (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])
}

// `first` then `second` — ISO 32000-2 8.3.4.
fn multiply(first: &Matrix, second: &Matrix) -> Matrix {
    let (a, b) = (first, second);
    let origin = apply(b, a[4], a[5]);
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        origin.0,
        origin.1,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECISION: &[u8] = include_bytes!("../../fixtures/documents/decision.pdf");
    const LETTER: &[u8] = include_bytes!("../../fixtures/documents/letter-xref-stream.pdf");
    const SCAN: &[u8] = include_bytes!("../../fixtures/documents/report-scan.pdf");

    fn find<'t>(text: &'t DocumentText, wanted: &str) -> &'t TextLine {
        text.lines().find(|l| l.text == wanted).unwrap_or_else(|| panic!("no line {wanted:?}"))
    }

    #[test]
    fn a_decision_reads_as_printed_and_in_its_places() {
        let text = DocumentText::from_bytes(DECISION, None).unwrap();
        assert_eq!(text.pages.len(), 3);
        let nation = find(&text, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
        assert!(nation.bold && (nation.size_pt - 13.0).abs() < 0.1 && nation.page == 1, "{nation:?}");
        assert!((nation.middle() - 146.5).abs() < 1.0 && nation.top > 19.0 && nation.baseline < 26.0, "{nation:?}");
        assert!((find(&text, "ỦY BAN NHÂN DÂN").middle() - 64.0).abs() < 1.0);
        assert_eq!(find(&text, "Số: /QĐ-UBND").page, 1);
        assert!(find(&text, "Sơn Hải, ngày tháng năm 2026").slanted);
        let name = find(&text, "Nguyễn Văn An");
        let position = find(&text, "PHÓ CHỦ TỊCH");
        assert!((name.middle() - position.middle()).abs() < 1.0);
        assert!((25.0..40.0).contains(&(name.top - position.bottom)), "{} {}", name.top, position.bottom);
        assert!(text.pages.iter().all(|p| p.unreadable == 0) && !text.cut);
    }

    #[test]
    fn object_streams_make_no_difference() {
        let text = DocumentText::from_bytes(LETTER, None).unwrap();
        assert_eq!(find(&text, "Lê Thị Minh Châu").page, 1);
        assert!(text.lines().any(|l| l.text.starts_with("V/v rà soát chứng thư số")));
    }

    #[test]
    fn a_scan_has_pictures_and_no_lines() {
        let text = DocumentText::from_bytes(SCAN, None).unwrap();
        assert!(text.is_empty());
        assert_eq!(text.pages.len(), 10);
        assert!(text.pages.iter().all(|p| p.pictures == 1));
    }

    #[test]
    fn a_file_past_the_limit_is_not_looked_at() {
        let huge = vec![0; MAX_FILE + 1];
        assert_eq!(DocumentText::from_bytes(&huge, None).unwrap_err(), TextError::FileTooLarge { bytes: MAX_FILE + 1 });
        assert_eq!(DocumentText::from_bytes(b"%PDF-1.7 nothing", None).unwrap_err(), TextError::Unreadable);
    }

    // One page with the given content; /F1 is Helvetica without widths, /X0 a form that calls itself and draws nothing.
    fn page(content: &str, more: lopdf::Dictionary) -> Document {
        use lopdf::{Stream, dictionary};
        let mut document = Document::with_version("1.7");
        let font =
            document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
        let form = document.new_object_id();
        let resources = dictionary! {
            "Font" => dictionary! { "F1" => Object::Reference(font) },
            "XObject" => dictionary! { "X0" => Object::Reference(form) },
        };
        let calls = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
            "Resources" => resources.clone(),
        };
        document.objects.insert(form, Object::Stream(Stream::new(calls, b"/X0 Do /X0 Do /X0 Do /X0 Do".to_vec())));
        let content = document.add_object(Stream::new(Dictionary::new(), content.as_bytes().to_vec()));
        let pages = document.new_object_id();
        let mut page = dictionary! {
            "Type" => "Page", "Parent" => Object::Reference(pages), "Contents" => Object::Reference(content),
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()], "Resources" => resources,
        };
        page.extend(&more);
        let page = document.add_object(page);
        let tree = dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![Object::Reference(page)] };
        document.objects.insert(pages, Object::Dictionary(tree));
        let root = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => Object::Reference(pages) });
        document.trailer.set("Root", Object::Reference(root));
        document
    }

    #[test]
    fn a_turned_page_reads_as_displayed() {
        let turned = lopdf::dictionary! { "Rotate" => 90 };
        // On a page displayed turned clockwise, text that reads upright runs upwards in user space.
        let document =
            page("BT /F1 10 Tf 0 1 -1 0 72 144 Tm (Upright) Tj ET BT /F1 10 Tf 300 300 Td (Lying) Tj ET", turned);
        let text = DocumentText::from_document(&document).unwrap();
        let lines: Vec<_> = text.lines().map(|l| l.text.as_str()).collect();
        assert_eq!(lines, ["Upright"]);
        let line = text.lines().next().unwrap();
        assert!((line.left - 144.0 / POINTS).abs() < 0.01 && (line.baseline - 72.0 / POINTS).abs() < 0.01, "{line:?}");
    }

    const POINTS: f64 = 72.0 / 25.4;

    #[test]
    fn forms_that_call_themselves_end() {
        let document = page("/X0 Do BT /F1 10 Tf 72 700 Td (after) Tj ET", Dictionary::new());
        let text = DocumentText::from_document(&document).unwrap();
        assert_eq!(text.lines().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["after"]);
    }

    #[test]
    fn numbers_out_of_any_range_do_no_harm() {
        let content = "BT /F1 1e38 Tf 1e38 1e38 Td (x) Tj ET 1e38 0 0 1e38 0 0 cm BT /F1 9 Tf (y) Tj ET q Q Q Q \
                       BT /F1 -9 Tf 10 10 Td (z) Tj [(a) (b) 1e38 (c)] TJ /None 9 Tf (q) Tj ET";
        let text = DocumentText::from_document(&page(content, Dictionary::new())).unwrap();
        assert!(text.lines().all(|l| l.left.is_finite() && l.size_pt.is_finite()));
    }
}
