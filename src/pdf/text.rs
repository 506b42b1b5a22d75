//! Lines of text with their places on the pages — ISO 32000-2 9.4, 9.10.
//!
//! Good enough to find a position line, a name, a number or a secrecy mark in what office programs print: it follows the
//! text and graphics state, forms XObjects and filled text fields, reads ToUnicode, and joins what stands on one
//! baseline. It does not guess: letters without a Unicode value are counted, text that runs neither level nor straight up
//! or down is left out, a scan has no lines. Objects come one by one from our own reader, so a file of any size can be looked at;
//! what is decoded and drawn is bounded.

mod content;
mod fonts;
mod lines;

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

pub use lines::{Cell, TextLine};

use super::document::{Document, OpenOptions};
use super::error::PdfError;
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::page::{Page, PageGeometry, Rect};
use super::view::{Resolved, View};
use crate::base::read::ReadAt;
use content::{Operand, Operations};
use fonts::{Ascii, Class, Font};

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
const MAX_FORM_DEPTH: usize = 8;
const MAX_STATE_DEPTH: usize = 64;
const MAX_ANNOTATIONS: usize = 1_000;
const MAX_PARENTS: usize = 64;

/// Why a file's text was not looked at.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
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
    /// Size and orientation in which its lines are upright: of the page as displayed, turned on by `turned`.
    pub geometry: PageGeometry,
    /// How far the page as displayed must be turned clockwise for its text to be upright: 0 but for pages that are
    /// displayed on their side or upside down.
    pub turned: u16,
    /// Lines from top to bottom, then from left to right.
    pub lines: Vec<TextLine>,
    /// Text that runs another way than most of the page's.
    pub others: Vec<Reading>,
    /// Letters that have no Unicode value.
    pub unreadable: usize,
    /// Pictures drawn.
    pub pictures: usize,
    /// True when a work limit ended the reading of this page early.
    pub cut: bool,
}

/// What the letters of a first page say without their places: enough to rule out that certain words stand there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Letters {
    /// Some letter that is no space runs level, or straight up or down.
    pub upright: bool,
    /// One of the letters asked for is drawn somewhere on the page, in whatever direction.
    pub found: bool,
    /// Letters that have no Unicode value.
    pub unreadable: usize,
    /// True when a work limit ended the reading early.
    pub cut: bool,
}

/// Lines of a page that run one way.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Size and orientation of the page in which they are upright.
    pub geometry: PageGeometry,
    /// How far the page as displayed must be turned for that.
    pub turned: u16,
    /// They, from top to bottom.
    pub lines: Vec<TextLine>,
}

impl DocumentText {
    /// Opens a PDF and reads the text of all its pages; `password` opens an encrypted one.
    ///
    /// # Errors
    /// [`TextError`] when the file cannot be read. A page that cannot be read has no lines.
    pub fn read(file: &dyn ReadAt, password: Option<&str>) -> Result<DocumentText, TextError> {
        let options = OpenOptions { password, ..OpenOptions::default() };
        let document = Document::open_with(file, options).map_err(|_| TextError::Unreadable)?;
        Self::of(document.view())
    }

    /// Reads the text of all pages of an opened document.
    ///
    /// # Errors
    /// Those of [`DocumentText::read`].
    pub fn of(view: View<'_, '_>) -> Result<DocumentText, TextError> {
        require_open(view)?;
        let all = view.pages().map_err(|_| TextError::Unreadable)?;
        let skipped = all.len().saturating_sub(MAX_PAGES);
        let mut reader = Reader::new(view);
        // The first page and the last ones carry what we look for.
        let looked_at = all.iter().enumerate().filter(|(index, _)| *index == 0 || *index >= skipped);
        let pages = looked_at.map(|(_, page)| reader.page(page)).collect();
        Ok(DocumentText { pages, cut: skipped > 0 || reader.work.spent() })
    }

    /// Reads the text of the first page only.
    ///
    /// # Errors
    /// Those of [`DocumentText::read`].
    pub fn first_page(view: View<'_, '_>) -> Result<DocumentText, TextError> {
        DocumentText::page(view, 1)
    }

    /// Reads the text of one page only, counted from 1; nothing where there is no such page.
    ///
    /// # Errors
    /// Those of [`DocumentText::read`].
    pub fn page(view: View<'_, '_>, number: usize) -> Result<DocumentText, TextError> {
        require_open(view)?;
        let page = match view.page(number) {
            Ok(page) => page,
            Err(PdfError::NoSuchPage { .. }) => return Ok(DocumentText::default()),
            Err(_) => return Err(TextError::Unreadable),
        };
        let mut reader = Reader::new(view);
        let pages = vec![reader.page(&page)];
        Ok(DocumentText { pages, cut: reader.work.spent() })
    }

    /// Looks whether the first page has any of the letters `wanted`, at a fraction of the cost of [`Self::first_page`].
    ///
    /// # Errors
    /// Those of [`DocumentText::read`].
    pub fn first_page_letters(view: View<'_, '_>, wanted: &[char]) -> Result<Letters, TextError> {
        require_open(view)?;
        let page = view.page(1).map_err(|_| TextError::Unreadable)?;
        let own = view.page_dictionary(&page).map_err(|_| TextError::Unreadable)?;
        let mut reader = Reader::for_letters(view, wanted);
        let mut sheet = Sheet::blank(reader.geometry(&page));
        reader.draw(&page, &own, &mut sheet);
        let Sheet { mut letters, unreadable, .. } = sheet;
        (letters.unreadable, letters.cut) = (unreadable, reader.work.spent());
        Ok(letters)
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

fn require_open(view: View<'_, '_>) -> Result<(), TextError> {
    match view.document().encryption() {
        Some(encryption) => encryption.require_open().map_err(|_| TextError::Encrypted),
        None => Ok(()),
    }
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

/// What is read of a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Need<'d> {
    /// Letters with their places.
    Places,
    /// Only whether some of these are among the letters: which they are and how wide they are does not matter.
    Letters(&'d [char]),
}

struct Reader<'d, 'a> {
    view: View<'d, 'a>,
    need: Need<'d>,
    fonts: HashMap<ObjectId, Rc<Font>>,
    ascii: Ascii,
    work: Work,
}

/// The fonts and drawn objects a content stream can name, each looked up once.
struct Resources<'r> {
    fonts: Resolved<'r>,
    objects: Resolved<'r>,
    known_fonts: HashMap<Vec<u8>, Option<Rc<Font>>>,
    known_objects: HashMap<Vec<u8>, Option<Rc<Stream>>>,
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
    /// From default user space to the page as displayed, mm, and to the same turned by 90, 180 and 270 degrees.
    shown: [Matrix; TURNS.len()],
    /// Letters that are upright so.
    glyphs: [Vec<Glyph>; TURNS.len()],
    unreadable: usize,
    pictures: usize,
    /// What is known where nothing is placed.
    letters: Letters,
}

impl Sheet {
    fn blank(geometry: PageGeometry) -> Self {
        Sheet {
            shown: TURNS.map(|by| shown(&turn(geometry, by))),
            glyphs: Default::default(),
            unreadable: 0,
            pictures: 0,
            letters: Letters::default(),
        }
    }
}

/// Clockwise turns of a page, degrees.
const TURNS: [u16; 4] = [0, 90, 180, 270];

type Matrix = [f64; 6];
const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

const NOTHING: Resolved<'static> = Resolved::Here(&Object::Null);

/// The value itself, or what a reference leads to; `Null` where that cannot be read.
fn follow<'o>(view: View<'_, '_>, object: &'o Object) -> Resolved<'o> {
    view.resolve_shared(object).unwrap_or(NOTHING)
}

/// [`follow`] for the value of a key.
fn under<'o>(view: View<'_, '_>, dictionary: &'o Dictionary, key: &str) -> Resolved<'o> {
    dictionary.get(key).map_or(NOTHING, |value| follow(view, value))
}

impl<'d, 'a> Reader<'d, 'a> {
    fn new(view: View<'d, 'a>) -> Self {
        Reader { view, need: Need::Places, fonts: HashMap::new(), ascii: Ascii::new(), work: Work::default() }
    }

    fn for_letters(view: View<'d, 'a>, wanted: &'d [char]) -> Self {
        let need = Need::Letters(wanted);
        Reader { view, need, fonts: HashMap::new(), ascii: Ascii::default(), work: Work::default() }
    }

    fn page(&mut self, page: &Page) -> PageText {
        let geometry = self.geometry(page);
        let mut sheet = Sheet::blank(geometry);
        if let Ok(own) = self.view.page_dictionary(page) {
            self.draw(page, &own, &mut sheet);
        }
        let Sheet { glyphs, unreadable, pictures, .. } = sheet;
        let letters = glyphs.each_ref().map(Vec::len);
        let mut readings: Vec<Reading> = TURNS
            .into_iter()
            .zip(glyphs)
            .map(|(turned, glyphs)| Reading {
                geometry: turn(geometry, turned),
                turned,
                lines: lines::assemble(page.number, glyphs),
            })
            .collect();
        let most = readings.remove(main_turn(letters));
        readings.retain(|reading| !reading.lines.is_empty());
        let Reading { geometry, turned, lines } = most;
        let (number, cut) = (page.number, self.work.spent());
        PageText { number, geometry, turned, lines, others: readings, unreadable, pictures, cut }
    }

    fn geometry(&self, page: &Page) -> PageGeometry {
        let letter = Rect { x0: 0.0, y0: 0.0, x1: 612.0, y1: 792.0 };
        let geometry = self.view.page_geometry(page);
        geometry.unwrap_or(PageGeometry { crop: letter, rotate: 0, user_unit: 1.0 })
    }

    fn draw(&mut self, page: &Page, own: &Dictionary, sheet: &mut Sheet) {
        let resources = self.view.page_resources(page).unwrap_or_default();
        let content = self.page_content(own);
        self.run(&content, &resources, State::new(IDENTITY), sheet, 0);
        self.fields(own, sheet);
    }

    fn six_numbers(&self, dictionary: &Dictionary, key: &str) -> Option<Matrix> {
        let array = under(self.view, dictionary, key);
        let number = |o: &Object| follow(self.view, o).as_number();
        let numbers: Vec<f64> = array.as_array()?.iter().take(6).map(number).collect::<Option<_>>()?;
        numbers.try_into().ok()
    }

    fn rectangle(&self, dictionary: &Dictionary, key: &str) -> Option<Rect> {
        self.view.rectangle(&under(self.view, dictionary, key)).ok().flatten()
    }

    fn decode(&mut self, stream: &Stream) -> Vec<u8> {
        let room = MAX_CONTENT.min(MAX_DECODED.saturating_sub(self.work.decoded));
        match self.view.stream_data(stream, room) {
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

    fn page_content(&mut self, page: &Dictionary) -> Vec<u8> {
        let contents = under(self.view, page, "Contents");
        let single = std::slice::from_ref(&*contents);
        let mut all = Vec::new();
        for part in contents.as_array().unwrap_or(single) {
            if let Object::Stream(stream) = &*follow(self.view, part) {
                let plain = self.decode(stream);
                if all.len() + plain.len() > MAX_CONTENT {
                    break;
                }
                if all.is_empty() {
                    all = plain;
                } else {
                    all.extend(plain);
                }
                all.push(b'\n');
            }
        }
        all
    }

    // Values of filled text fields are read where they are shown — ISO 32000-2 12.5.5, algorithm "appearance streams".
    fn fields(&mut self, page: &Dictionary, sheet: &mut Sheet) {
        let list = under(self.view, page, "Annots");
        for annotation in list.as_array().unwrap_or_default().iter().take(MAX_ANNOTATIONS) {
            let annotation = follow(self.view, annotation);
            let Some(widget) = annotation.as_dictionary() else { continue };
            let hidden = widget.integer("F").unwrap_or(0) & 0b10_0010 != 0;
            if hidden || !self.is_text_field(widget) {
                continue;
            }
            let appearances = under(self.view, widget, "AP");
            let Some(appearances) = appearances.as_dictionary() else { continue };
            let form = under(self.view, appearances, "N");
            let (Some(form), Some(rect)) = (form.as_stream(), self.rectangle(widget, "Rect")) else { continue };
            let Some(onto) = self.annotation_matrix(form, &rect) else { continue };
            self.form(form, &Dictionary::new(), onto, sheet, 0);
        }
    }

    fn is_text_field(&self, widget: &Dictionary) -> bool {
        let mut node = Cow::Borrowed(widget);
        for _ in 0..MAX_PARENTS {
            if node.has("FT") {
                return under(self.view, &node, "FT").as_name() == Some(b"Tx");
            }
            let parent = match under(self.view, &node, "Parent").as_dictionary() {
                Some(parent) => parent.clone(),
                None => return false,
            };
            node = Cow::Owned(parent);
        }
        false
    }

    fn annotation_matrix(&self, form: &Stream, rect: &Rect) -> Option<Matrix> {
        let own = self.six_numbers(&form.dictionary, "Matrix").unwrap_or(IDENTITY);
        let bbox = self.rectangle(&form.dictionary, "BBox")?;
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

    fn form(&mut self, form: &Stream, outer: &Dictionary, matrix: Matrix, sheet: &mut Sheet, depth: usize) {
        if depth >= MAX_FORM_DEPTH || self.work.spent() {
            return;
        }
        let own = self.six_numbers(&form.dictionary, "Matrix").unwrap_or(IDENTITY);
        let resources = under(self.view, &form.dictionary, "Resources");
        let content = self.decode(form);
        // A form costs something even when it is empty: else forms that call forms cost nothing.
        self.work.operations += 16;
        let resources = resources.as_dictionary().unwrap_or(outer);
        self.run(&content, resources, State::new(multiply(&own, &matrix)), sheet, depth + 1);
    }

    fn run(&mut self, content: &[u8], resources: &Dictionary, start: State, sheet: &mut Sheet, depth: usize) {
        let mut named = Resources::of(self.view, resources);
        let mut state = start;
        let mut saved: Vec<State> = Vec::new();
        let (mut text, mut line) = (IDENTITY, IDENTITY);
        let (mut operations, mut room) = (Operations::new(content), Vec::new());
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
            let name = || operands.first().and_then(|first| first.name());
            let six = || -> Matrix { [number(0), number(1), number(2), number(3), number(4), number(5)] };
            match operator {
                b"q" if saved.len() < MAX_STATE_DEPTH => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => state.matrix = multiply(&six(), &state.matrix),
                b"BT" => (text, line) = (IDENTITY, IDENTITY),
                b"Tf" => {
                    state.size = number(1);
                    state.font = name().and_then(|name| self.font(&mut named, &name));
                }
                b"Tc" => state.letter_space = number(0),
                b"Tw" => state.word_space = number(0),
                b"Tz" => state.scale = number(0) / 100.0,
                b"TL" => state.leading = number(0),
                b"Ts" => state.rise = number(0),
                b"Td" | b"TD" => {
                    if operator == b"TD" {
                        state.leading = -number(1);
                    }
                    line = multiply(&[1.0, 0.0, 0.0, 1.0, number(0), number(1)], &line);
                    text = line;
                }
                b"Tm" => {
                    line = six();
                    text = line;
                }
                b"T*" => {
                    line = multiply(&[1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], &line);
                    text = line;
                }
                b"Tj" | b"'" | b"\"" => {
                    if operator != b"Tj" {
                        line = multiply(&[1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], &line);
                        text = line;
                    }
                    if operator == b"\"" {
                        (state.word_space, state.letter_space) = (number(0), number(1));
                    }
                    if let Some(string) = operands.last().and_then(|last| last.text(&mut room)) {
                        self.show(string, &state, &mut text, sheet);
                    }
                }
                b"TJ" => {
                    if operands.first() != Some(&Operand::Array) {
                        continue;
                    }
                    for item in operations.items() {
                        if let Operand::Number(back) = item {
                            advance(&mut text, -back / 1000.0 * state.size * state.scale);
                        } else if let Some(string) = item.text(&mut room) {
                            self.show(string, &state, &mut text, sheet);
                        }
                    }
                }
                b"Do" => {
                    let Some(stream) = name().and_then(|name| self.object(&mut named, &name)) else { continue };
                    match stream.dictionary.name("Subtype") {
                        Some(b"Form") => self.form(&stream, resources, state.matrix, sheet, depth),
                        Some(b"Image") => sheet.pictures += 1,
                        _ => {}
                    }
                }
                b"BI" => sheet.pictures += 1,
                _ => {}
            }
        }
    }

    fn object(&self, named: &mut Resources<'_>, name: &[u8]) -> Option<Rc<Stream>> {
        if let Some(known) = named.known_objects.get(name) {
            return known.clone();
        }
        let entry = named.objects.as_dictionary().and_then(|group| group.by_name(name));
        let found = entry.and_then(|entry| follow(self.view, entry).as_stream().cloned()).map(Rc::new);
        named.known_objects.insert(name.to_vec(), found.clone());
        found
    }

    fn font(&mut self, named: &mut Resources<'_>, name: &[u8]) -> Option<Rc<Font>> {
        if let Some(known) = named.known_fonts.get(name) {
            return known.clone();
        }
        let entry = named.fonts.as_dictionary().and_then(|group| group.by_name(name));
        let found = entry.and_then(|entry| self.font_of(entry));
        named.known_fonts.insert(name.to_vec(), found.clone());
        found
    }

    fn font_of(&mut self, entry: &Object) -> Option<Rc<Font>> {
        let id = entry.as_reference();
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Some(Rc::clone(known));
        }
        let object = follow(self.view, entry);
        let room = MAX_DECODED.saturating_sub(self.work.decoded);
        let (font, cost) =
            Font::read(self.view, object.as_dictionary()?, room.min(MAX_CONTENT), self.need, &self.ascii);
        // Reading a font again and again without a number of its own has its price.
        self.work.decoded = self.work.decoded.saturating_add(cost).saturating_add(1_000);
        let font = Rc::new(font);
        if let Some(id) = id {
            self.fonts.insert(id, Rc::clone(&font));
        }
        Some(font)
    }

    fn show(&mut self, string: &[u8], state: &State, text: &mut Matrix, sheet: &mut Sheet) {
        let Some(font) = &state.font else { return };
        let scaled = [state.size * state.scale, 0.0, 0.0, state.size, 0.0, state.rise];
        // Left to right and level, within five degrees, on the page turned one way or another; the rest is decoration.
        let standing = |sheet: &Sheet, text: &Matrix| {
            (0..TURNS.len()).find_map(|turn| {
                let drawn = multiply(text, &multiply(&state.matrix, sheet.shown.get(turn)?));
                // Letters of one string differ in where they stand only.
                let placed = multiply(&scaled, &drawn);
                let size_mm = placed[2].hypot(placed[3]);
                let upright = placed[3] < 0.0 && size_mm.is_finite() && size_mm > 0.05;
                let level = placed[0] >= 0.0 && placed[1].abs() <= 0.09 * placed[0] + 1e-6;
                (upright && level).then_some((turn, drawn, placed, size_mm))
            })
        };
        if self.need != Need::Places {
            // Once some are found to stand, it does not matter how the others do.
            let stands = !sheet.letters.upright
                && standing(sheet, text)
                    .is_some_and(|(_, _, placed, _)| placed[4].is_finite() && placed[5].is_finite());
            self.look(font, string, stands, sheet);
            return;
        }
        let standing = standing(sheet, text);
        let mut gone = 0.0;
        font.for_each_code(string, |code, is_space| {
            if self.work.glyphs >= MAX_GLYPHS {
                return;
            }
            self.work.glyphs += 1;
            let width = font.width(code);
            match font.unicode(code) {
                Some(letters) => {
                    if let Some((turn, drawn, placed, size_mm)) = &standing
                        && let Some(glyphs) = sheet.glyphs.get_mut(*turn)
                    {
                        let left = placed[4] + gone * drawn[0];
                        glyphs.push(Glyph {
                            text: Rc::clone(letters),
                            left,
                            right: left + placed[0] * width,
                            baseline: placed[5] + gone * drawn[1],
                            size_mm: *size_mm,
                            bold: font.bold,
                            slanted: font.slanted,
                            order: self.work.glyphs,
                        });
                    }
                }
                None => sheet.unreadable += 1,
            }
            let space = if is_space { state.word_space } else { 0.0 };
            gone += (width * state.size + state.letter_space + space) * state.scale;
        });
        advance(text, gone);
    }

    fn look(&mut self, font: &Font, string: &[u8], stands: bool, sheet: &mut Sheet) {
        let Letters { mut upright, mut found, .. } = sheet.letters;
        let (mut glyphs, mut unreadable) = (self.work.glyphs, sheet.unreadable);
        font.for_each_code(string, |code, _| {
            if glyphs >= MAX_GLYPHS {
                return;
            }
            glyphs += 1;
            match font.class(code) {
                Some(class) => {
                    found |= class == Class::Wanted;
                    upright |= stands && class != Class::Space;
                }
                None => unreadable += 1,
            }
        });
        (sheet.letters.upright, sheet.letters.found) = (upright, found);
        (self.work.glyphs, sheet.unreadable) = (glyphs, unreadable);
    }
}

impl<'r> Resources<'r> {
    fn of(view: View<'_, '_>, resources: &'r Dictionary) -> Self {
        Resources {
            fonts: under(view, resources, "Font"),
            objects: under(view, resources, "XObject"),
            known_fonts: HashMap::new(),
            known_objects: HashMap::new(),
        }
    }
}

impl State {
    fn new(matrix: Matrix) -> Self {
        State { matrix, font: None, size: 0.0, letter_space: 0.0, word_space: 0.0, scale: 1.0, leading: 0.0, rise: 0.0 }
    }
}

fn turn(geometry: PageGeometry, by: u16) -> PageGeometry {
    PageGeometry { rotate: (geometry.rotate + by) % 360, ..geometry }
}

// The page as displayed, unless less than a quarter of its letters is upright so: a table on its side turns no page.
fn main_turn(letters: [usize; TURNS.len()]) -> usize {
    let all: usize = letters.iter().sum();
    let most = letters.iter().enumerate().max_by_key(|(turn, count)| (**count, TURNS.len() - turn)).map_or(0, |m| m.0);
    let displayed = letters.first().copied().unwrap_or(0);
    if displayed.saturating_mul(4) >= all { 0 } else { most }
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
    text[4] += by * text[0];
    text[5] += by * text[1];
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

    fn of_document(name: &str) -> DocumentText {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents").join(name);
        DocumentText::read(&std::fs::read(path).unwrap(), None).unwrap()
    }

    fn find<'t>(text: &'t DocumentText, wanted: &str) -> &'t TextLine {
        text.lines().find(|l| l.text == wanted).unwrap_or_else(|| panic!("no line {wanted:?}"))
    }

    #[test]
    fn a_decision_reads_as_printed_and_in_its_places() {
        let text = of_document("decision.pdf");
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
        let text = of_document("letter-xref-stream.pdf");
        assert_eq!(find(&text, "Lê Thị Minh Châu").page, 1);
        assert!(text.lines().any(|l| l.text.starts_with("V/v rà soát chứng thư số")));
    }

    #[test]
    fn a_scan_has_pictures_and_no_lines() {
        let text = of_document("report-scan.pdf");
        assert!(text.is_empty());
        assert_eq!(text.pages.len(), 10);
        assert!(text.pages.iter().all(|p| p.pictures == 1));
    }

    #[test]
    fn the_first_page_alone_reads_like_the_first_of_all() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents/decision.pdf");
        let file = std::fs::read(path).unwrap();
        let document = Document::open(&file).unwrap();
        let first = DocumentText::first_page(document.view()).unwrap();
        assert_eq!(first.pages.len(), 1);
        assert_eq!(first.pages[0].lines, DocumentText::of(document.view()).unwrap().pages[0].lines);
    }

    #[test]
    fn what_is_no_pdf_is_not_looked_at() {
        assert_eq!(DocumentText::read(&b"%PDF-1.7 nothing".to_vec(), None).unwrap_err(), TextError::Unreadable);
    }

    // One page with the given content; /F1 is Helvetica without widths, /X0 a form that calls itself and draws nothing.
    fn page(content: &str, more: lopdf::Dictionary) -> DocumentText {
        use lopdf::{Document, Object, Stream, dictionary};
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
        let file = crate::pdf::testing::one_page(document, content.as_bytes(), resources, &more);
        DocumentText::read(&file, None).unwrap()
    }

    #[test]
    fn a_page_displayed_on_its_side_reads_turned_and_a_line_on_its_side_turns_no_page() {
        for (rotate, turned) in [(0, 0), (90, 270), (180, 180), (270, 90)] {
            let text = page("BT /F1 10 Tf 72 700 Td (Upright) Tj ET", lopdf::dictionary! { "Rotate" => rotate });
            let read = &text.pages[0];
            assert_eq!((read.turned, read.geometry.rotate), (turned, 0), "{rotate}");
            assert_eq!(read.lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["Upright"]);
            assert!((read.lines[0].left - 72.0 / POINTS).abs() < 0.01 && read.others.is_empty());
        }
        let content =
            "BT /F1 10 Tf 72 700 Td (Upright) Tj ET BT /F1 10 Tf 0 1 -1 0 300 300 Tm (On its side, longer) Tj ET";
        let text = page(content, lopdf::Dictionary::new());
        let read = &text.pages[0];
        assert_eq!((read.turned, read.lines.len(), read.others.len()), (0, 1, 1));
        assert_eq!((read.others[0].turned, read.others[0].lines[0].text.as_str()), (90, "On its side, longer"));
    }

    #[test]
    fn the_page_as_displayed_wins_from_a_quarter_of_its_letters() {
        assert_eq!(main_turn([1, 3, 0, 0]), 0);
        assert_eq!(main_turn([1, 4, 0, 0]), 1);
        assert_eq!(main_turn([0, 0, 2, 2]), 2);
        assert_eq!(main_turn([0; 4]), 0);
    }

    #[test]
    fn a_turned_page_reads_as_displayed() {
        let turned = lopdf::dictionary! { "Rotate" => 90 };
        // On a page displayed turned clockwise, text that reads upright runs upwards in user space.
        let text =
            page("BT /F1 10 Tf 0 1 -1 0 72 144 Tm (Upright) Tj ET BT /F1 10 Tf 300 300 Td (Lying) Tj ET", turned);
        let lines: Vec<_> = text.lines().map(|l| l.text.as_str()).collect();
        assert_eq!(lines, ["Upright"]);
        let line = text.lines().next().unwrap();
        assert!((line.left - 144.0 / POINTS).abs() < 0.01 && (line.baseline - 72.0 / POINTS).abs() < 0.01, "{line:?}");
    }

    const POINTS: f64 = 72.0 / 25.4;

    #[test]
    fn forms_that_call_themselves_end() {
        let text = page("/X0 Do BT /F1 10 Tf 72 700 Td (after) Tj ET", lopdf::Dictionary::new());
        assert_eq!(text.lines().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["after"]);
    }

    #[test]
    fn numbers_out_of_any_range_do_no_harm() {
        let content = "BT /F1 1e38 Tf 1e38 1e38 Td (x) Tj ET 1e38 0 0 1e38 0 0 cm BT /F1 9 Tf (y) Tj ET q Q Q Q \
                       BT /F1 -9 Tf 10 10 Td (z) Tj [(a) (b) 1e38 (c)] TJ /None 9 Tf (q) Tj ET";
        let text = page(content, lopdf::Dictionary::new());
        assert!(text.lines().all(|l| l.left.is_finite() && l.size_pt.is_finite()));
    }
}
