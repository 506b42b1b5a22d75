//! What a font's codes mean and how wide they are — ISO 32000-2 9.6, 9.7, 9.10.
//!
//! ToUnicode first; without it the encoding of a simple font. Maps are read here rather than by `lopdf`, whose reader
//! expands every range it meets, four thousand million entries if the file says so.

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::{Dictionary, Document, Object};

/// Most entries of one map or width table.
const MAX_ENTRIES: usize = 70_000;
/// Longest text of one code, UTF-16 units.
const MAX_TARGET: usize = 16;

/// A font as far as text needs it.
#[derive(Debug, Default)]
pub(super) struct Font {
    wide: bool,
    unicode: HashMap<u32, Rc<str>>,
    // The code is its own UTF-16 value (`UniXX-UCS2-H` and the like).
    unicode_codes: bool,
    widths: HashMap<u32, f64>,
    default_width: f64,
    pub(super) bold: bool,
    pub(super) slanted: bool,
}

impl Font {
    /// Reads a font; never fails, at worst nothing of it is readable. Also says how many bytes were decoded.
    pub(super) fn read(document: &Document, font: &Dictionary, limit: usize) -> (Font, usize) {
        let mut out = Font { default_width: 0.5, ..Font::default() };
        let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_lowercase();
        out.bold = name.contains("bold") || name.contains("-bd");
        out.slanted = name.contains("italic") || name.contains("oblique");
        out.wide = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|n| n == b"Type0");
        if out.wide {
            out.wide_font(document, font);
        } else {
            out.simple_font(document, font);
        }
        let mut decoded = 0;
        if let Some(stream) = font.get_deref(b"ToUnicode", document).ok().and_then(|o| o.as_stream().ok())
            && let Ok(plain) = stream.get_plain_content_with_limit(limit.min(4 << 20))
        {
            decoded = plain.len();
            out.unicode.extend(to_unicode(&plain));
        }
        (out, decoded)
    }

    /// The codes of a shown string, and whether each is the single-byte space that word spacing stretches.
    pub(super) fn codes<'s>(&self, string: &'s [u8]) -> Box<dyn Iterator<Item = (u32, bool)> + 's> {
        if self.wide {
            Box::new(string.chunks_exact(2).map(|c| (c.iter().fold(0, |n, b| n * 256 + u32::from(*b)), false)))
        } else {
            Box::new(string.iter().map(|b| (u32::from(*b), *b == 32)))
        }
    }

    /// The text of a code.
    pub(super) fn unicode(&self, code: u32) -> Option<&Rc<str>> {
        self.unicode.get(&code)
    }

    /// Advance of a code in font sizes.
    pub(super) fn width(&self, code: u32) -> f64 {
        self.widths.get(&code).copied().unwrap_or(self.default_width)
    }

    fn simple_font(&mut self, document: &Document, font: &Dictionary) {
        for (code, text) in simple_encoding(document, font) {
            self.unicode.insert(code, text.into());
        }
        let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).unwrap_or(0);
        let first = u32::try_from(first).unwrap_or(0).min(255);
        if let Some(widths) = font.get_deref(b"Widths", document).ok().and_then(|o| o.as_array().ok()) {
            for (code, width) in (first..=255).zip(widths) {
                if let Some(width) = number(document, width) {
                    self.widths.insert(code, width / 1000.0);
                }
            }
        }
        let missing = font
            .get_deref(b"FontDescriptor", document)
            .ok()
            .and_then(|o| o.as_dict().ok())
            .and_then(|d| d.get(b"MissingWidth").ok())
            .and_then(|o| number(document, o));
        if let Some(missing) = missing.filter(|m| *m > 0.0) {
            self.default_width = missing / 1000.0;
        }
    }

    fn wide_font(&mut self, document: &Document, font: &Dictionary) {
        let encoding = font.get_deref(b"Encoding", document).and_then(Object::as_name).unwrap_or_default();
        let encoding = String::from_utf8_lossy(encoding);
        self.unicode_codes = encoding.contains("UCS2") || encoding.contains("UTF16");
        if self.unicode_codes {
            // Only what Vietnamese and Latin text uses: the rest of the plane is not looked for.
            let letters = (0x20..0x0250).chain(0x1e00..0x1f00).chain(0x2010..0x2040).chain([0x20ab]);
            self.unicode.extend(letters.filter_map(|c| char::from_u32(c).map(|l| (c, l.to_string().into()))));
        }
        self.default_width = 1.0;
        let descendant = font
            .get_deref(b"DescendantFonts", document)
            .ok()
            .and_then(|o| o.as_array().ok())
            .and_then(|a| a.first())
            .and_then(|o| document.dereference(o).ok())
            .and_then(|(_, o)| o.as_dict().ok());
        let Some(descendant) = descendant else { return };
        if let Some(width) = descendant.get(b"DW").ok().and_then(|o| number(document, o)) {
            self.default_width = width / 1000.0;
        }
        let Some(items) = descendant.get_deref(b"W", document).ok().and_then(|o| o.as_array().ok()) else { return };
        // ISO 32000-2 9.7.4.3: `c [w1 w2 …]` or `first last w`.
        let mut items = items.iter().take(MAX_ENTRIES);
        while let Some(first) = items.next() {
            let Some(first) = code(document, first) else { return };
            let Some(second) = items.next().and_then(|o| document.dereference(o).ok()) else { return };
            match second.1 {
                Object::Array(widths) => {
                    for (offset, width) in (0u32..=0xffff).zip(widths) {
                        if let Some(width) = number(document, width) {
                            self.widths.insert(first.saturating_add(offset), width / 1000.0);
                        }
                    }
                }
                last => {
                    let (Some(last), Some(width)) =
                        (code(document, last), items.next().and_then(|o| number(document, o)))
                    else {
                        return;
                    };
                    for code in first..=last.min(0xffff) {
                        self.widths.insert(code, width / 1000.0);
                    }
                }
            }
            if self.widths.len() > MAX_ENTRIES {
                return;
            }
        }
    }
}

fn number(document: &Document, object: &Object) -> Option<f64> {
    document.dereference(object).ok()?.1.as_float().ok().map(f64::from).filter(|v| v.is_finite())
}

fn code(document: &Document, object: &Object) -> Option<u32> {
    document.dereference(object).ok()?.1.as_i64().ok().and_then(|v| u32::try_from(v).ok()).filter(|v| *v <= 0xffff)
}

// The letters of a simple font's encoding; ASCII alone when it has none we know.
fn simple_encoding(document: &Document, font: &Dictionary) -> Vec<(u32, String)> {
    let encoding = font.get_deref(b"Encoding", document).ok();
    let plain = |name: &[u8]| {
        [&b"StandardEncoding"[..], b"MacRomanEncoding", b"WinAnsiEncoding", b"PDFDocEncoding"].contains(&name)
    };
    // Only shapes whose reading touches no stream.
    let readable = match encoding {
        Some(Object::Name(name)) => plain(name),
        Some(Object::Dictionary(d)) => match d.get(b"BaseEncoding") {
            Ok(base) => base.as_name().is_ok_and(plain),
            Err(_) => true,
        },
        _ => false,
    };
    let read = if readable { font.get_font_encoding_with_limit(document, 1 << 16).ok() } else { None };
    (0u8..=255)
        .filter_map(|byte| {
            let text = match &read {
                Some(encoding) => encoding.bytes_to_string(&[byte]).ok()?,
                None if (0x20..0x7f).contains(&byte) => char::from(byte).to_string(),
                None => return None,
            };
            (!text.is_empty()).then(|| (u32::from(byte), text))
        })
        .collect()
}

// bfchar and bfrange of a ToUnicode CMap — ISO 32000-2 9.10.3. What cannot be read is skipped.
fn to_unicode(plain: &[u8]) -> HashMap<u32, Rc<str>> {
    let mut map = HashMap::new();
    let mut tokens = Tokens { rest: plain };
    let mut kind = Kind::None;
    while let Some(token) = tokens.next() {
        if map.len() >= MAX_ENTRIES {
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
                            && let Some(text) = utf16(&target, 0)
                        {
                            map.insert(from, text);
                        }
                    }
                    Kind::Range => {
                        let Some(Token::Hex(to)) = tokens.next() else { continue };
                        let (Some(from), Some(to)) = (from, value(&to)) else { continue };
                        range(&mut map, &mut tokens, from, to);
                    }
                }
            }
            _ => {}
        }
    }
    map
}

fn range(map: &mut HashMap<u32, Rc<str>>, tokens: &mut Tokens<'_>, from: u32, to: u32) {
    let last = to.min(from.saturating_add(0xffff));
    match tokens.next() {
        Some(Token::Hex(target)) => {
            for (offset, code) in (0u16..=u16::MAX).zip(from..=last) {
                if map.len() >= MAX_ENTRIES {
                    return;
                }
                if let Some(text) = utf16(&target, offset) {
                    map.insert(code, text);
                }
            }
        }
        Some(Token::Open) => {
            let mut code = from;
            while let Some(Token::Hex(target)) = tokens.next() {
                if code <= last
                    && map.len() < MAX_ENTRIES
                    && let Some(text) = utf16(&target, 0)
                {
                    map.insert(code, text);
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
    Hex(Vec<u8>),
    Open,
    Close,
}

struct Tokens<'t> {
    rest: &'t [u8],
}

impl<'t> Tokens<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            let start = self.rest.iter().position(|b| !b.is_ascii_whitespace() && *b != 0)?;
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
                    let digits: Vec<u8> = self
                        .rest
                        .get(1..end)?
                        .iter()
                        .copied()
                        .filter(u8::is_ascii_hexdigit)
                        .take(4 * MAX_TARGET)
                        .collect();
                    self.rest = self.rest.get(end + 1..)?;
                    let nibble = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
                    let bytes = digits
                        .chunks(2)
                        .map(|c| c.first().map_or(0, nibble) << 4 | c.get(1).map_or(0, nibble))
                        .collect();
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
                    let ends = |b: &u8| b.is_ascii_whitespace() || b"<>[](){}/%\0".contains(b);
                    let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
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
fn utf16(bytes: &[u8], offset: u16) -> Option<Rc<str>> {
    let mut units: Vec<u16> = match bytes {
        [one] => vec![u16::from(*one)],
        _ => bytes.chunks_exact(2).map(|c| c.iter().fold(0u16, |n, b| n << 8 | u16::from(*b))).collect(),
    };
    if units.len() > MAX_TARGET {
        return None;
    }
    let last = units.last_mut()?;
    *last = last.checked_add(offset)?;
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    (!text.chars().any(|c| c == '\u{fffd}' || (c.is_control() && c != '\t'))).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_ranges_and_arrays_of_a_map_are_read() {
        let map = to_unicode(
            b"1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfchar <01> <1EA4> <02> <004100420043> endbfchar \
              2 beginbfrange <10> <12> <0061> <20> <21> [<0110> <0111>] endbfrange",
        );
        assert_eq!(&*map[&1], "Ấ");
        assert_eq!(&*map[&2], "ABC");
        assert_eq!(&*map[&0x12], "c");
        assert_eq!((&*map[&0x20], &*map[&0x21]), ("Đ", "đ"));
    }

    #[test]
    fn a_range_over_everything_ends_at_the_limit() {
        let map = to_unicode(b"1 beginbfrange <00000000> <FFFFFFFF> <0000> endbfrange");
        assert!(map.len() <= MAX_ENTRIES);
        let many: Vec<u8> = (0..50)
            .flat_map(|i| format!("beginbfrange <{i:02}000000> <FFFFFFFF> <0041> endbfrange ").into_bytes())
            .collect();
        assert!(to_unicode(&many).len() <= MAX_ENTRIES);
    }

    #[test]
    fn broken_maps_give_what_they_can() {
        for text in
            ["beginbfchar <01", "beginbfchar <01> 5 <02> <0041>", "beginbfrange <01> <02> [<0041", "<<<<<>>>>[[[]", ""]
        {
            to_unicode(text.as_bytes());
        }
        assert!(to_unicode(b"beginbfchar <01> <D800> endbfchar").is_empty());
        assert!(to_unicode(b"beginbfchar <01> <FFFD> endbfchar").is_empty());
    }
}
