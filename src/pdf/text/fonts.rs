//! What a font's codes mean and how wide they are — ISO 32000-2 9.6, 9.7, 9.10.
//!
//! ToUnicode first; without it the encoding of a simple font, whose tables are `lopdf`'s. Maps are read here: every range
//! is bounded, four thousand million entries if the file says so.

use std::collections::HashMap;
use std::rc::Rc;

use super::content::{hex_digit, is_regular, is_space};
use super::{Need, follow, under};
use crate::pdf::bridge::to_lopdf;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::view::View;

/// Most entries of one map or width table.
const MAX_ENTRIES: usize = 70_000;
/// Longest text of one code, UTF-16 units.
const MAX_TARGET: usize = 16;
/// Most entries written into one table, those that replace others counted.
const MAX_WRITES: usize = 4 * MAX_ENTRIES;
/// What an entry costs beside decoded bytes.
const BYTES_PER_WRITE: usize = 8;
/// Codes below this have a row of their own.
const LOW: usize = 4_096;

/// Something for each code: a row for the low codes that nearly all fonts have, a map for the others.
#[derive(Debug)]
struct Table<T> {
    low: Vec<Option<T>>,
    high: HashMap<u32, T>,
    writes: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { low: Vec::new(), high: HashMap::new(), writes: 0 }
    }
}

impl<T> Table<T> {
    fn get(&self, code: u32) -> Option<&T> {
        match usize::try_from(code) {
            Ok(row) if row < LOW => self.low.get(row)?.as_ref(),
            _ => self.high.get(&code),
        }
    }

    fn set(&mut self, code: u32, value: T) {
        self.writes += 1;
        match usize::try_from(code) {
            Ok(row) if row < LOW => {
                if self.low.len() <= row {
                    self.low.resize_with(row + 1, || None);
                }
                if let Some(place) = self.low.get_mut(row) {
                    *place = Some(value);
                }
            }
            _ => {
                self.high.insert(code, value);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.high.len() >= MAX_ENTRIES || self.writes >= MAX_WRITES
    }
}

/// What matters about the text of a code where only some letters are looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Class {
    /// Nothing but white space.
    Space,
    /// Other letters.
    Other,
    /// One of those looked for is among them.
    Wanted,
}

impl Class {
    fn of(text: &str, wanted: &[char]) -> Self {
        if !text.is_ascii() && text.contains(wanted) {
            Class::Wanted
        } else if text.contains(|c: char| !c.is_whitespace()) {
            Class::Other
        } else {
            Class::Space
        }
    }
}

/// A font as far as text needs it.
#[derive(Debug, Default)]
pub(super) struct Font {
    wide: bool,
    unicode: Table<Rc<str>>,
    // In place of the texts, where these are enough.
    classes: Table<Class>,
    // The code is its own UTF-16 value (`UniXX-UCS2-H` and the like).
    unicode_codes: bool,
    widths: Table<f64>,
    default_width: f64,
    pub(super) bold: bool,
    pub(super) slanted: bool,
}

impl Font {
    /// Reads a font; never fails, at worst nothing of it is readable. Also says what it cost: bytes decoded, and entries
    /// written at [`BYTES_PER_WRITE`]. Widths are read where places are needed.
    pub(super) fn read(
        view: View<'_, '_>,
        font: &Dictionary,
        limit: usize,
        need: Need<'_>,
        ascii: &Ascii,
    ) -> (Font, usize) {
        let mut out = Font { default_width: 0.5, ..Font::default() };
        let name = String::from_utf8_lossy(font.name("BaseFont").unwrap_or_default()).to_lowercase();
        out.bold = name.contains("bold") || name.contains("-bd");
        out.slanted = name.contains("italic") || name.contains("oblique");
        out.wide = font.is_name("Subtype", "Type0");
        if out.wide {
            out.wide_font(view, font, need);
        } else {
            out.simple_font(view, font, need, ascii);
        }
        let mut decoded = 0;
        if let Object::Stream(stream) = &*under(view, font, "ToUnicode")
            && let Ok(plain) = view.stream_data(stream, limit.min(4 << 20))
        {
            decoded = plain.len();
            match need {
                Need::Places => to_unicode(&plain, &mut out.unicode, &|text| Rc::from(text)),
                Need::Letters(wanted) => to_unicode(&plain, &mut out.classes, &|text| Class::of(text, wanted)),
            }
        }
        let texts = out.unicode.writes.saturating_add(out.classes.writes);
        let writes = texts.saturating_add(out.widths.writes);
        (out, decoded + writes * BYTES_PER_WRITE)
    }

    /// The codes of a shown string, and whether each is the single-byte space that word spacing stretches.
    pub(super) fn for_each_code(&self, string: &[u8], mut take: impl FnMut(u32, bool)) {
        if self.wide {
            for pair in string.chunks_exact(2) {
                take(pair.iter().fold(0, |n, b| n * 256 + u32::from(*b)), false);
            }
        } else {
            for byte in string {
                take(u32::from(*byte), *byte == 32);
            }
        }
    }

    /// The text of a code.
    pub(super) fn unicode(&self, code: u32) -> Option<&Rc<str>> {
        self.unicode.get(code)
    }

    /// What matters about the text of a code, of a font read for letters only.
    pub(super) fn class(&self, code: u32) -> Option<Class> {
        self.classes.get(code).copied()
    }

    /// Advance of a code in font sizes.
    pub(super) fn width(&self, code: u32) -> f64 {
        self.widths.get(code).copied().unwrap_or(self.default_width)
    }

    fn set(&mut self, need: Need<'_>, code: u32, text: &str) {
        match need {
            Need::Places => self.unicode.set(code, text.into()),
            Need::Letters(wanted) => self.classes.set(code, Class::of(text, wanted)),
        }
    }

    fn simple_font(&mut self, view: View<'_, '_>, font: &Dictionary, need: Need<'_>, ascii: &Ascii) {
        match (simple_encoding(view, font), need) {
            (Some(letters), _) => letters.into_iter().for_each(|(code, text)| self.set(need, code, &text)),
            (None, Need::Places) => ascii.0.iter().for_each(|(code, text)| self.unicode.set(*code, Rc::clone(text))),
            (None, Need::Letters(_)) => {
                PRINTABLE.for_each(|byte| self.set(need, u32::from(byte), char::from(byte).encode_utf8(&mut [0; 4])));
            }
        }
        if need != Need::Places {
            return;
        }
        let first = under(view, font, "FirstChar").as_integer().unwrap_or(0);
        let first = u32::try_from(first).unwrap_or(0).min(255);
        for (code, width) in (first..=255).zip(under(view, font, "Widths").as_array().unwrap_or_default()) {
            if let Some(width) = follow(view, width).as_number() {
                self.widths.set(code, width / 1000.0);
            }
        }
        let descriptor = under(view, font, "FontDescriptor");
        let missing = descriptor.as_dictionary().and_then(|d| under(view, d, "MissingWidth").as_number());
        if let Some(missing) = missing.filter(|m| *m > 0.0) {
            self.default_width = missing / 1000.0;
        }
    }

    fn wide_font(&mut self, view: View<'_, '_>, font: &Dictionary, need: Need<'_>) {
        let encoding = under(view, font, "Encoding");
        let encoding = String::from_utf8_lossy(encoding.as_name().unwrap_or_default());
        self.unicode_codes = encoding.contains("UCS2") || encoding.contains("UTF16");
        if self.unicode_codes {
            // Only what Vietnamese and Latin text uses: the rest of the plane is not looked for.
            let letters = (0x20..0x0250).chain(0x1e00..0x1f00).chain(0x2010..0x2040).chain([0x20ab]);
            for (code, letter) in letters.filter_map(|code| Some((code, char::from_u32(code)?))) {
                self.set(need, code, letter.encode_utf8(&mut [0; 4]));
            }
        }
        if need != Need::Places {
            return;
        }
        self.default_width = 1.0;
        let descendants = under(view, font, "DescendantFonts");
        let Some(descendant) = descendants.as_array().and_then(<[Object]>::first) else { return };
        let descendant = follow(view, descendant);
        let Some(descendant) = descendant.as_dictionary() else { return };
        if let Some(width) = under(view, descendant, "DW").as_number() {
            self.default_width = width / 1000.0;
        }
        let items = under(view, descendant, "W");
        // ISO 32000-2 9.7.4.3: `c [w1 w2 …]` or `first last w`.
        let mut items = items.as_array().unwrap_or_default().iter().take(MAX_ENTRIES);
        let code = |object: &Object| {
            let value = follow(view, object).as_integer().and_then(|v| u32::try_from(v).ok());
            value.filter(|v| *v <= 0xffff)
        };
        while let Some(first) = items.next() {
            let (Some(first), Some(second)) = (code(first), items.next()) else { return };
            match &*follow(view, second) {
                Object::Array(widths) => {
                    for (offset, width) in (0u32..=0xffff).zip(widths) {
                        if let Some(width) = follow(view, width).as_number() {
                            self.widths.set(first.saturating_add(offset), width / 1000.0);
                        }
                    }
                }
                last => {
                    let width = items.next().and_then(|o| follow(view, o).as_number());
                    let (Some(last), Some(width)) = (code(last), width) else { return };
                    for code in first..=last {
                        self.widths.set(code, width / 1000.0);
                    }
                }
            }
            if self.widths.is_full() {
                return;
            }
        }
    }
}

const PRINTABLE: std::ops::Range<u8> = 0x20..0x7f;

/// The printable letters of ASCII: what simple fonts without an encoding we know are read by.
#[derive(Default)]
pub(super) struct Ascii(Vec<(u32, Rc<str>)>);

impl Ascii {
    pub(super) fn new() -> Self {
        let letter = |byte: u8| (u32::from(byte), Rc::from(&*char::from(byte).encode_utf8(&mut [0; 4])));
        Ascii(PRINTABLE.map(letter).collect())
    }
}

// The letters of a simple font's encoding, when it has one we know.
fn simple_encoding(view: View<'_, '_>, font: &Dictionary) -> Option<Vec<(u32, String)>> {
    let plain = |name: &[u8]| {
        [&b"StandardEncoding"[..], b"MacRomanEncoding", b"WinAnsiEncoding", b"PDFDocEncoding"].contains(&name)
    };
    let encoding = match &*under(view, font, "Encoding") {
        // Only shapes whose reading touches no stream.
        Object::Name(name) if plain(name) => Some(lopdf::Object::Name(name.clone())),
        Object::Dictionary(d) if d.get("BaseEncoding").is_none_or(|base| base.as_name().is_some_and(plain)) => {
            let mut direct = Dictionary::new();
            for key in ["Type", "BaseEncoding", "Differences"] {
                direct.set(key, Object::clone(&under(view, d, key)));
            }
            Some(to_lopdf(&direct.into()))
        }
        _ => None,
    };
    let encoding = encoding?;
    let mut bare = lopdf::Dictionary::new();
    for key in ["Type", "Subtype", "BaseFont"] {
        bare.set(key, to_lopdf(font.get(key).unwrap_or(&Object::Null)));
    }
    bare.set("Encoding", encoding);
    let none = lopdf::Document::new();
    let encoding = bare.get_font_encoding_with_limit(&none, 1 << 16).ok()?;
    let letter = |byte| {
        let text = encoding.bytes_to_string(&[byte]).ok().filter(|text| !text.is_empty())?;
        Some((u32::from(byte), text))
    };
    Some((0u8..=255).filter_map(letter).collect())
}

// bfchar and bfrange of a ToUnicode CMap — ISO 32000-2 9.10.3. What cannot be read is skipped.
fn to_unicode<T>(plain: &[u8], map: &mut Table<T>, make: &impl Fn(&str) -> T) {
    let mut tokens = Tokens { rest: plain };
    let mut kind = Kind::None;
    while let Some(token) = tokens.next() {
        if map.is_full() {
            break;
        }
        match token {
            Token::Word(b"beginbfchar") => kind = Kind::Char,
            Token::Word(b"beginbfrange") => kind = Kind::Range,
            Token::Word(b"endbfchar" | b"endbfrange") => kind = Kind::None,
            Token::Hex(source) => {
                let from = value(&source);
                match kind {
                    Kind::None => {}
                    Kind::Char => {
                        if let (Some(from), Some(Token::Hex(target))) = (from, tokens.next())
                            && let Some(text) = utf16(&target, 0, make)
                        {
                            map.set(from, text);
                        }
                    }
                    Kind::Range => {
                        let Some(Token::Hex(to)) = tokens.next() else { continue };
                        let (Some(from), Some(to)) = (from, value(&to)) else { continue };
                        range(map, &mut tokens, from, to, make);
                    }
                }
            }
            _ => {}
        }
    }
}

fn range<T>(map: &mut Table<T>, tokens: &mut Tokens<'_>, from: u32, to: u32, make: &impl Fn(&str) -> T) {
    let last = to.min(from.saturating_add(0xffff));
    match tokens.next() {
        Some(Token::Hex(target)) => {
            for (offset, code) in (0u16..=u16::MAX).zip(from..=last) {
                if map.is_full() {
                    return;
                }
                if let Some(text) = utf16(&target, offset, make) {
                    map.set(code, text);
                }
            }
        }
        Some(Token::Open) => {
            let mut code = from;
            while let Some(Token::Hex(target)) = tokens.next() {
                if code <= last
                    && !map.is_full()
                    && let Some(text) = utf16(&target, 0, make)
                {
                    map.set(code, text);
                }
                code = code.saturating_add(1);
            }
        }
        _ => {}
    }
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Char,
    Range,
}

enum Token<'t> {
    Word(&'t [u8]),
    Hex(Bytes),
    Open,
    Close,
}

/// Bytes of one hexadecimal string; what is longer than any code's text is cut.
struct Bytes {
    room: [u8; 2 * MAX_TARGET],
    len: usize,
}

impl Bytes {
    fn of(digits: &[u8]) -> Self {
        let mut bytes = Bytes { room: [0; 2 * MAX_TARGET], len: 0 };
        let mut high = None;
        for digit in digits.iter().filter_map(|b| hex_digit(*b)).take(4 * MAX_TARGET) {
            match high.take() {
                None => high = Some(digit),
                Some(high) => bytes.push(high << 4 | digit),
            }
        }
        if let Some(high) = high {
            bytes.push(high << 4);
        }
        bytes
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.room.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }
}

struct Tokens<'t> {
    rest: &'t [u8],
}

impl<'t> Tokens<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            let start = self.rest.iter().position(|b| !is_space(*b))?;
            self.rest = self.rest.get(start..)?;
            let first = *self.rest.first()?;
            match first {
                b'%' => {
                    let end = self.rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(self.rest.len());
                    self.rest = self.rest.get(end..)?;
                }
                b'<' if self.rest.get(1) == Some(&b'<') => self.rest = self.rest.get(2..)?,
                b'<' => {
                    let end = self.rest.iter().position(|b| *b == b'>')?;
                    let bytes = Bytes::of(self.rest.get(1..end)?);
                    self.rest = self.rest.get(end + 1..)?;
                    return Some(Token::Hex(bytes));
                }
                b'[' => {
                    self.rest = self.rest.get(1..)?;
                    return Some(Token::Open);
                }
                b']' => {
                    self.rest = self.rest.get(1..)?;
                    return Some(Token::Close);
                }
                b'>' | b'(' | b')' | b'{' | b'}' | b'/' => self.rest = self.rest.get(1..)?,
                _ => {
                    let end = self.rest.iter().position(|b| !is_regular(*b)).unwrap_or(self.rest.len());
                    let (word, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    return Some(Token::Word(word));
                }
            }
        }
    }
}

fn value(bytes: &[u8]) -> Option<u32> {
    (1..=4).contains(&bytes.len()).then(|| bytes.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)))
}

// UTF-16BE, its last unit raised by `offset`.
fn utf16<T>(bytes: &[u8], offset: u16, make: &impl Fn(&str) -> T) -> Option<T> {
    let mut units = [0u16; MAX_TARGET];
    let count = match bytes {
        [one] => {
            units[0] = u16::from(*one);
            1
        }
        _ => bytes.len() / 2,
    };
    for (unit, pair) in units.iter_mut().zip(bytes.chunks_exact(2)) {
        *unit = pair.iter().fold(0u16, |n, b| n << 8 | u16::from(*b));
    }
    let units = units.get_mut(..count)?;
    let last = units.last_mut()?;
    *last = last.checked_add(offset)?;
    let mut text = [0; 3 * MAX_TARGET];
    let mut length = 0;
    for letter in char::decode_utf16(units.iter().copied()) {
        let letter = letter.ok().filter(|c| *c != '\u{fffd}' && (!c.is_control() || *c == '\t'))?;
        length += letter.encode_utf8(text.get_mut(length..length + letter.len_utf8())?).len();
    }
    std::str::from_utf8(text.get(..length)?).ok().map(make)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_of(plain: &[u8]) -> Table<Rc<str>> {
        let mut map = Table::default();
        to_unicode(plain, &mut map, &|text| Rc::from(text));
        map
    }

    #[test]
    fn characters_ranges_and_arrays_of_a_map_are_read() {
        let map = map_of(
            b"1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfchar <01> <1EA4> <02> <004100420043> endbfchar \
              2 beginbfrange <10> <12> <0061> <20> <21> [<0110> <0111>] endbfrange",
        );
        let text = |code| map.get(code).map(|text| &**text);
        assert_eq!(text(1), Some("Ấ"));
        assert_eq!(text(2), Some("ABC"));
        assert_eq!(text(0x12), Some("c"));
        assert_eq!((text(0x20), text(0x21)), (Some("Đ"), Some("đ")));
        assert_eq!(text(3), None);
    }

    #[test]
    fn a_range_over_everything_ends_at_the_limit() {
        let map = map_of(b"1 beginbfrange <00000000> <FFFFFFFF> <0000> endbfrange");
        assert!(map.high.len() <= MAX_ENTRIES);
        let many: Vec<u8> = (0..50)
            .flat_map(|i| format!("beginbfrange <{i:02}000000> <FFFFFFFF> <0041> endbfrange ").into_bytes())
            .collect();
        assert!(map_of(&many).high.len() <= MAX_ENTRIES);
    }

    #[test]
    fn writing_the_same_codes_over_and_over_ends_too() {
        let again = b"beginbfrange <0000> <0fff> <0041> endbfrange ".repeat(1_000);
        assert!(map_of(&again).writes <= MAX_WRITES);
    }

    #[test]
    fn broken_maps_give_what_they_can() {
        for text in
            ["beginbfchar <01", "beginbfchar <01> 5 <02> <0041>", "beginbfrange <01> <02> [<0041", "<<<<<>>>>[[[]", ""]
        {
            map_of(text.as_bytes());
        }
        assert!(map_of(b"beginbfchar <01> <D800> endbfchar").get(1).is_none());
        assert!(map_of(b"beginbfchar <01> <FFFD> endbfchar").get(1).is_none());
    }
}
