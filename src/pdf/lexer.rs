//! Tokens and direct objects — ISO 32000-2 7.2 and 7.3.
//!
//! Reads from any offset through a small buffer; bounds depth, number of values and string length, so that no
//! object costs more than a few megabytes however it is written.

use std::io;

use super::object::{Dictionary, Object, ObjectId, PdfString, Real};
use crate::base::read::ReadAt;

/// Deepest nesting of arrays and dictionaries that is read.
pub const MAX_DEPTH: usize = 100;
/// Most values (array elements, dictionary keys and values) in one indirect object.
pub const MAX_VALUES: usize = 400_000;
/// Most bytes of all strings and names in one indirect object.
pub const MAX_STRING_BYTES: usize = 16 << 20;
const MAX_TOKEN: usize = 127;
const BUFFER: usize = 512;

/// Why bytes are not the object that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Syntax {
    /// The file ends inside an object.
    #[error("the file ends inside an object")]
    EndOfFile,
    /// A byte that starts no token.
    #[error("byte {0:#04x} starts no token")]
    UnexpectedByte(u8),
    /// A word that is no PDF keyword at this place.
    #[error("an unknown word stands where an object was due")]
    UnexpectedWord,
    /// A number that is none, or one outside the range of 64 bits.
    #[error("a number is malformed or too large")]
    Number,
    /// A closing bracket without its opening one, or a key without a value.
    #[error("brackets or dictionary keys do not pair up")]
    Unbalanced,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("objects are nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// More than [`MAX_VALUES`] values or [`MAX_STRING_BYTES`] string bytes.
    #[error("an object is larger than this program reads")]
    TooLarge,
    /// The storage failed; the cause is kept by the reader.
    #[error("the file could not be read")]
    Io(io::ErrorKind),
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    Value(Object),
    ArrayOpen,
    ArrayClose,
    DictionaryOpen,
    DictionaryClose,
    /// Any other regular characters: `obj`, `R`, `xref`, `true` …
    Word(Vec<u8>),
    End,
}

/// A reader of tokens at a moving position.
pub(crate) struct Lexer<'a> {
    source: &'a dyn ReadAt,
    // All of the source, where it lies in memory: then `at` counts from its start and the buffer stays empty.
    whole: Option<&'a [u8]>,
    buffer: Vec<u8>,
    base: u64,
    filled: usize,
    at: usize,
    in_file: bool,
    values_left: usize,
    string_bytes_left: usize,
    failure: Option<io::ErrorKind>,
}

impl<'a> Lexer<'a> {
    /// Reads a file from `position`.
    pub(crate) fn new(source: &'a dyn ReadAt, position: u64) -> Self {
        let whole = source.in_memory();
        let (base, at) = match whole {
            Some(_) => (0, usize::try_from(position).unwrap_or(usize::MAX)),
            None => (position, 0),
        };
        Lexer {
            source,
            whole,
            buffer: Vec::new(),
            base,
            filled: 0,
            at,
            in_file: true,
            values_left: MAX_VALUES,
            string_bytes_left: MAX_STRING_BYTES,
            failure: None,
        }
    }

    /// Reads decoded bytes, whose positions mean nothing in the file.
    pub(crate) fn decoded(source: &'a dyn ReadAt, position: u64) -> Self {
        Lexer { in_file: false, ..Lexer::new(source, position) }
    }

    /// Offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.base.saturating_add(u64::try_from(self.at).unwrap_or(0))
    }

    /// Continues at `position`.
    pub(crate) fn seek(&mut self, position: u64) {
        if self.whole.is_some() {
            self.at = usize::try_from(position).unwrap_or(usize::MAX);
            return;
        }
        let inside =
            position.checked_sub(self.base).and_then(|d| usize::try_from(d).ok()).filter(|d| *d <= self.filled);
        match inside {
            Some(at) => self.at = at,
            None => {
                self.base = position;
                self.filled = 0;
                self.at = 0;
            }
        }
    }

    /// The next byte, left in place.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        match self.whole {
            Some(whole) => whole.get(self.at).copied(),
            None => self.peek_buffered(),
        }
    }

    fn peek_buffered(&mut self) -> Option<u8> {
        if self.at >= self.filled {
            self.buffer.resize(BUFFER, 0);
            let position = self.position();
            self.base = position;
            self.at = 0;
            self.filled = 0;
            loop {
                match self.source.read_at(&mut self.buffer, position) {
                    Ok(n) => {
                        self.filled = n.min(BUFFER);
                        break;
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => {
                        self.failure = Some(e.kind());
                        break;
                    }
                }
            }
        }
        self.buffer.get(self.at).copied().filter(|_| self.at < self.filled)
    }

    /// What is left of a source that lies in memory; nothing of one that is read piece by piece.
    fn rest(&self) -> &'a [u8] {
        self.whole.and_then(|whole| whole.get(self.at..)).unwrap_or_default()
    }

    /// The next byte.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn end(&self) -> Syntax {
        self.failure.map_or(Syntax::EndOfFile, Syntax::Io)
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while let Some(inner) = self.peek() {
                    if matches!(inner, b'\r' | b'\n') {
                        break;
                    }
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// Skips white space only.
    pub(crate) fn skip_white(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// True and moved past it when the next bytes are `word`.
    pub(crate) fn take(&mut self, word: &[u8]) -> bool {
        let start = self.position();
        for expected in word {
            if self.next() != Some(*expected) {
                self.seek(start);
                return false;
            }
        }
        true
    }

    /// Reads one token.
    pub(crate) fn token(&mut self) -> Result<Token, Syntax> {
        self.skip_space();
        let start = self.position();
        let Some(byte) = self.peek() else {
            return if self.failure.is_some() { Err(self.end()) } else { Ok(Token::End) };
        };
        match byte {
            b'[' => self.single(Token::ArrayOpen),
            b']' => self.single(Token::ArrayClose),
            b'(' => self.literal_string(start),
            b'/' => self.name().map(|name| Token::Value(Object::Name(name))),
            b'<' => {
                self.at += 1;
                if self.peek() == Some(b'<') { self.single(Token::DictionaryOpen) } else { self.hex_string(start) }
            }
            b'>' => {
                self.at += 1;
                if self.peek() == Some(b'>') {
                    self.single(Token::DictionaryClose)
                } else {
                    Err(Syntax::UnexpectedByte(byte))
                }
            }
            b')' | b'{' | b'}' => Err(Syntax::UnexpectedByte(byte)),
            _ => self.word_or_number(),
        }
    }

    fn single(&mut self, token: Token) -> Result<Token, Syntax> {
        self.at += 1;
        Ok(token)
    }

    /// Reads one direct object or reference.
    pub(crate) fn object(&mut self) -> Result<Object, Syntax> {
        let token = self.token()?;
        self.object_from(token, 0)
    }

    fn object_from(&mut self, token: Token, depth: usize) -> Result<Object, Syntax> {
        if depth > MAX_DEPTH {
            return Err(Syntax::Depth);
        }
        self.values_left = self.values_left.checked_sub(1).ok_or(Syntax::TooLarge)?;
        match token {
            Token::Value(Object::Integer(number)) => Ok(self.reference(number).unwrap_or(Object::Integer(number))),
            Token::Value(value) => Ok(value),
            Token::ArrayOpen => {
                let mut items = Vec::with_capacity(4);
                loop {
                    match self.token()? {
                        Token::ArrayClose => return Ok(Object::Array(items)),
                        Token::End => return Err(self.end()),
                        inner => items.push(self.object_from(inner, depth + 1)?),
                    }
                }
            }
            Token::DictionaryOpen => {
                let mut entries = Vec::with_capacity(8);
                loop {
                    match self.token()? {
                        Token::DictionaryClose => return Ok(Dictionary::from_entries(entries).into()),
                        Token::Value(Object::Name(key)) => {
                            let value = match self.token()? {
                                Token::DictionaryClose | Token::ArrayClose => return Err(Syntax::Unbalanced),
                                inner => self.object_from(inner, depth + 1)?,
                            };
                            entries.push((key, value));
                        }
                        Token::End => return Err(self.end()),
                        _ => return Err(Syntax::Unbalanced),
                    }
                }
            }
            Token::ArrayClose | Token::DictionaryClose => Err(Syntax::Unbalanced),
            Token::Word(word) => match word.as_slice() {
                b"true" => Ok(Object::Boolean(true)),
                b"false" => Ok(Object::Boolean(false)),
                b"null" => Ok(Object::Null),
                _ => Err(Syntax::UnexpectedWord),
            },
            Token::End => Err(self.end()),
        }
    }

    // `number generation R`, or nothing read.
    fn reference(&mut self, number: i64) -> Option<Object> {
        let number = u32::try_from(number).ok()?;
        // Two numbers in a row are common, and most of them are none.
        if let [b' ', b'0'..=b'9', rest @ ..] = self.rest()
            && let [b']' | b'/' | b'>', ..] | [b' ', b'0'..=b'9' | b']' | b'/', ..] = skip_digits(rest)
        {
            return None;
        }
        let start = self.position();
        let found = self.reference_rest();
        if found.is_none() {
            self.seek(start);
        }
        found.map(|generation| Object::Reference(ObjectId { number, generation }))
    }

    fn reference_rest(&mut self) -> Option<u16> {
        self.skip_space();
        let mut generation: u32 = 0;
        let mut digits = 0;
        while let Some(byte) = self.peek().filter(u8::is_ascii_digit) {
            generation = generation.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            digits += 1;
            self.at += 1;
        }
        if digits == 0 || !self.peek().is_some_and(is_space) {
            return None;
        }
        self.skip_space();
        let reference = self.next() == Some(b'R') && self.peek().is_none_or(|b| !is_regular(b));
        if reference { u16::try_from(generation).ok() } else { None }
    }

    fn word_or_number(&mut self) -> Result<Token, Syntax> {
        let mut copied = [0; MAX_TOKEN];
        let word = if self.whole.is_some() {
            let rest = self.rest();
            let within = rest.get(..=MAX_TOKEN).unwrap_or(rest);
            let length = within.iter().position(|b| !is_regular(*b)).unwrap_or(within.len());
            self.at = self.at.saturating_add(length);
            rest.get(..length).filter(|word| word.len() <= MAX_TOKEN).ok_or(Syntax::TooLarge)?
        } else {
            let mut length = 0;
            while let Some(byte) = self.peek().filter(|b| is_regular(*b)) {
                *copied.get_mut(length).ok_or(Syntax::TooLarge)? = byte;
                length += 1;
                self.at += 1;
            }
            copied.get(..length).unwrap_or_default()
        };
        let Some(first) = word.first().copied() else { return Err(self.end()) };
        if first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.') {
            return number(word).map(Token::Value).ok_or(Syntax::Number);
        }
        Ok(Token::Word(word.to_vec()))
    }

    fn name(&mut self) -> Result<Vec<u8>, Syntax> {
        self.at += 1;
        let rest = self.rest();
        let plain = rest.iter().position(|b| !is_regular(*b) || *b == b'#').unwrap_or(rest.len());
        if let Some(name) = rest.get(..plain).filter(|_| rest.get(plain).is_some_and(|b| *b != b'#')) {
            self.spend_string_bytes(plain)?;
            self.at = self.at.saturating_add(plain);
            return Ok(name.to_vec());
        }
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|b| is_regular(*b)) {
            self.at += 1;
            self.spend_string_byte()?;
            if byte == b'#' {
                let start = self.position();
                let pair = (self.next().and_then(hex_digit), self.next().and_then(hex_digit));
                if let (Some(high), Some(low)) = pair {
                    name.push(high << 4 | low);
                    continue;
                }
                self.seek(start);
            }
            name.push(byte);
        }
        Ok(name)
    }

    fn spend_string_byte(&mut self) -> Result<(), Syntax> {
        self.spend_string_bytes(1)
    }

    fn spend_string_bytes(&mut self, count: usize) -> Result<(), Syntax> {
        self.string_bytes_left = self.string_bytes_left.checked_sub(count).ok_or(Syntax::TooLarge)?;
        Ok(())
    }

    fn span(&self, start: u64) -> Option<(u64, u64)> {
        self.in_file.then(|| (start, self.position()))
    }

    fn hex_string(&mut self, start: u64) -> Result<Token, Syntax> {
        if let Some((bytes, length)) = plain_hex(self.rest()) {
            self.spend_string_bytes(bytes.len())?;
            self.at = self.at.saturating_add(length);
            let string = PdfString { bytes, hex: true, malformed: false, span: self.span(start) };
            return Ok(Token::Value(Object::String(Box::new(string))));
        }
        let mut bytes = Vec::new();
        let mut high = None;
        let mut malformed = false;
        loop {
            let byte = self.next().ok_or_else(|| self.end())?;
            if byte == b'>' {
                break;
            }
            match (hex_digit(byte), high) {
                (Some(digit), None) => high = Some(digit),
                (Some(digit), Some(first)) => {
                    self.spend_string_byte()?;
                    bytes.push(first << 4 | digit);
                    high = None;
                }
                (None, _) if is_space(byte) => {}
                (None, _) => {
                    self.spend_string_byte()?;
                    malformed = true;
                }
            }
        }
        if let Some(first) = high {
            bytes.push(first << 4);
        }
        let string = PdfString { bytes, hex: true, malformed, span: self.span(start) };
        Ok(Token::Value(Object::String(Box::new(string))))
    }

    fn literal_string(&mut self, start: u64) -> Result<Token, Syntax> {
        self.at += 1;
        let rest = self.rest();
        let plain = rest.iter().take_while(|b| !matches!(b, b'(' | b')' | b'\\' | b'\r')).count();
        if rest.get(plain) == Some(&b')') {
            self.spend_string_bytes(plain.saturating_add(1))?;
            self.at = self.at.saturating_add(plain).saturating_add(1);
            let bytes = rest.get(..plain).unwrap_or_default().to_vec();
            let string = PdfString { bytes, hex: false, malformed: false, span: self.span(start) };
            return Ok(Token::Value(Object::String(Box::new(string))));
        }
        let mut bytes = Vec::new();
        let mut open: u32 = 1;
        loop {
            let byte = self.next().ok_or_else(|| self.end())?;
            self.spend_string_byte()?;
            match byte {
                b'(' => open = open.checked_add(1).ok_or(Syntax::TooLarge)?,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                // Any end of line inside a string reads as one line feed.
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    bytes.push(b'\n');
                    continue;
                }
                b'\\' => {
                    self.escape(&mut bytes)?;
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
        let string = PdfString { bytes, hex: false, malformed: false, span: self.span(start) };
        Ok(Token::Value(Object::String(Box::new(string))))
    }

    // ISO 32000-2 Table 3.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Syntax> {
        let byte = self.next().ok_or_else(|| self.end())?;
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|b| matches!(b, b'0'..=b'7')) else { break };
                    value = value << 3 | u32::from(digit - b'0');
                    self.at += 1;
                }
                // High-order overflow is ignored.
                bytes.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            other => bytes.push(other),
        }
        Ok(())
    }
}

/// The bytes of a hexadecimal string written as whole pairs of digits and nothing else, and what it takes of the
/// source, `>` included; `None` for any other.
fn plain_hex(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = rest.iter().position(|byte| *byte == b'>')?;
    let pairs = rest.get(..end).filter(|digits| digits.len().is_multiple_of(2))?.chunks_exact(2);
    let mut bytes = Vec::with_capacity(end / 2);
    for pair in pairs {
        let [high, low] = *pair else { return None };
        let (high, low) = (HEX[usize::from(high)], HEX[usize::from(low)]);
        if high | low > 15 {
            return None;
        }
        bytes.push(high << 4 | low);
    }
    Some((bytes, end.checked_add(1)?))
}

/// The value of each hexadecimal digit; 255 for what is none.
static HEX: [u8; 256] = {
    let mut values = [255; 256];
    let mut byte: u8 = 0;
    let mut at = 0;
    while at < 128 {
        values[at] = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => 255,
        };
        byte += 1;
        at += 1;
    }
    values
};

fn skip_digits(bytes: &[u8]) -> &[u8] {
    let count = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    bytes.get(count..).unwrap_or_default()
}

fn number(word: &[u8]) -> Option<Object> {
    // Short plain integers, nearly all there are.
    if word.len() <= 15 && word.iter().all(u8::is_ascii_digit) {
        return Some(Object::Integer(word.iter().fold(0, |value, digit| value * 10 + i64::from(*digit - b'0'))));
    }
    let text = std::str::from_utf8(word).ok()?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') || digits == "." {
        return None;
    }
    match digits.bytes().filter(|b| *b == b'.').count() {
        0 => text.parse().ok().map(Object::Integer),
        1 => {
            let value = text.parse::<f64>().ok().filter(|v| v.is_finite())?;
            Some(Object::Real(Box::new(Real { value, text: text.to_owned() })))
        }
        _ => None,
    }
}

/// ISO 32000-2 Table 1.
#[inline]
pub(crate) fn is_space(byte: u8) -> bool {
    KINDS[usize::from(byte)] == SPACE
}

/// Neither white space nor a delimiter — ISO 32000-2 7.2.3.
#[inline]
pub(crate) fn is_regular(byte: u8) -> bool {
    KINDS[usize::from(byte)] == REGULAR
}

const REGULAR: u8 = 0;
const SPACE: u8 = 1;
const DELIMITER: u8 = 2;
static KINDS: [u8; 256] = {
    let mut kinds = [REGULAR; 256];
    let mut byte: u8 = 0;
    let mut at = 0;
    while at < 128 {
        kinds[at] = match byte {
            0 | b'\t' | b'\n' | 12 | b'\r' | b' ' => SPACE,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%' => DELIMITER,
            _ => REGULAR,
        };
        byte += 1;
        at += 1;
    }
    kinds
};

fn hex_digit(byte: u8) -> Option<u8> {
    Some(HEX[usize::from(byte)]).filter(|digit| *digit < 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::OnDisk;

    #[test]
    fn bytes_in_memory_and_bytes_read_piece_by_piece_are_the_same_tokens() {
        let long = format!("<{}>", "0aF9".repeat(700));
        let word = "x".repeat(MAX_TOKEN);
        let texts = [
            "<</A[1 -2 +3 .5 4. 12 0 R 7 8]/B#20c(p\\(q)(r(s)t)(u\rv)/C<0 1 2>/D<0g>/E true>>",
            "<</Name/Na#6De/Empty<>/Odd<abc>/Long 123456789012345678/Sixteen 1234567890123456>> % end",
            "[(never ended",
            "<00",
            "<0",
            "<",
            "/",
            "/A#",
            "1 0",
            "<<",
            "(a",
            "[1 0 R",
            "99999999999999999999",
            ">",
            long.as_str(),
            word.as_str(),
        ];
        let longer = format!("{word}x");
        for text in texts.into_iter().chain([longer.as_str()]) {
            let memory = text.as_bytes().to_vec();
            let disk = OnDisk(memory.clone());
            let (mut here, mut there) = (Lexer::new(&memory, 0), Lexer::new(&disk, 0));
            let read = (here.object(), there.object());
            assert_eq!(format!("{:?}", read.0), format!("{:?}", read.1), "{text}");
            if read.0.is_ok() {
                assert_eq!(here.position(), there.position(), "{text}");
            }
        }
    }

    fn parse(text: &[u8]) -> Result<Object, Syntax> {
        let bytes = text.to_vec();
        Lexer::new(&bytes, 0).object()
    }

    #[test]
    fn every_kind_of_object_is_read() {
        let got =
            parse(b"<</A[1 -2.5 +3 .5 5.]/B<48 65 6c6>/C(a\\(b\\)\\101\\\nc(d))/D 12 3 R/E true/F null/G#20H/x>>")
                .expect("reads");
        let dictionary = got.as_dictionary().expect("a dictionary");
        let array = dictionary.get("A").and_then(Object::as_array).expect("an array");
        assert_eq!(array.iter().filter_map(Object::as_number).collect::<Vec<_>>(), [1.0, -2.5, 3.0, 0.5, 5.0]);
        let string = |key| dictionary.get(key).and_then(Object::as_string).expect("a string").bytes.clone();
        assert_eq!(string("B"), b"Hel\x60");
        assert_eq!(string("C"), b"a(b)Ac(d)");
        assert_eq!(dictionary.get("D").and_then(Object::as_reference), Some(ObjectId { number: 12, generation: 3 }));
        assert_eq!(dictionary.get("E").and_then(Object::as_bool), Some(true));
        assert!(!dictionary.has("F"));
        assert_eq!(dictionary.name("G H"), Some(&b"x"[..]));
    }

    #[test]
    fn spans_name_the_whole_token() {
        let bytes = b"  <</Contents <00ff> /X (ab)>>".to_vec();
        let got = Lexer::new(&bytes, 0).object().expect("reads");
        let span = |key| got.as_dictionary().and_then(|d| d.get(key)).and_then(Object::as_string).and_then(|s| s.span);
        assert_eq!(span("Contents"), Some((14, 20)));
        assert_eq!(span("X"), Some((24, 28)));
        let got = Lexer::decoded(&bytes, 0).object().expect("reads");
        let contents = got.as_dictionary().and_then(|d| d.get("Contents")).and_then(Object::as_string).expect("there");
        assert_eq!(contents.span, None);
    }

    #[test]
    fn two_numbers_without_r_stay_two_numbers() {
        let got = parse(b"[1 0 2 0 R 3 4 Rx]");
        assert_eq!(got, Err(Syntax::UnexpectedWord));
        let got = parse(b"[1 0 2 0 R 3 70000 5]").expect("reads");
        assert_eq!(got.as_array().map(<[Object]>::len), Some(6));
    }

    #[test]
    fn nesting_past_the_limit_is_refused() {
        let text = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(parse(&text(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&text(MAX_DEPTH + 2)), Err(Syntax::Depth));
        assert_eq!(parse(&vec![b'['; 1 << 20]), Err(Syntax::Depth));
    }

    #[test]
    fn broken_input_has_a_named_fault() {
        assert_eq!(parse(b"[1 2"), Err(Syntax::EndOfFile));
        assert_eq!(parse(b"(abc"), Err(Syntax::EndOfFile));
        assert_eq!(parse(b"<</A>>"), Err(Syntax::Unbalanced));
        assert_eq!(parse(b"<<1 2>>"), Err(Syntax::Unbalanced));
        assert_eq!(parse(b"1.2.3"), Err(Syntax::Number));
        assert_eq!(parse(b"99999999999999999999"), Err(Syntax::Number));
        assert_eq!(parse(b"obj"), Err(Syntax::UnexpectedWord));
        assert_eq!(parse(b"}"), Err(Syntax::UnexpectedByte(b'}')));
    }

    #[test]
    fn tokens_across_the_buffer_edge_are_whole() {
        for pad in BUFFER - 6..BUFFER + 2 {
            let bytes = [vec![b' '; pad], b"12 0 R ".to_vec()].concat();
            let got = Lexer::new(&bytes, 0).object().expect("reads");
            assert_eq!(got.as_reference(), Some(ObjectId::new(12)), "{pad}");
        }
    }
}
