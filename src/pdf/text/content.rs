//! Operators and operands of a content stream — ISO 32000-2 7.8.2, 8.9.7 for inline images.
//!
//! Borrows from the decoded stream wherever nothing was escaped. What is no token is passed over: text after a slip is
//! still text a viewer may show.

use std::borrow::Cow;

/// Deepest nesting of arrays and dictionaries; what is deeper is passed over.
const MAX_DEPTH: usize = 16;
/// Most operands kept before an operator (ISO 32000-2 Annex C has 32 for colour components).
const MAX_OPERANDS: usize = 64;

/// One operand, where it stands in the stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand<'c> {
    /// An integer or a real.
    Number(f64),
    /// A name, without its slash; see [`Operand::name`].
    Name(&'c [u8]),
    /// A literal string without anything that is escaped.
    Plain(&'c [u8]),
    /// Another literal string; see [`Operand::text`].
    Escaped(&'c [u8]),
    /// The digits of a hexadecimal string; see [`Operand::text`].
    Hexadecimal(&'c [u8]),
    /// An array; see [`Operations::items`].
    Array,
    /// A dictionary, or a word that is no operator.
    Other,
}

impl<'c> Operand<'c> {
    /// A name with `#xx` decoded.
    pub(super) fn name(self) -> Option<Cow<'c, [u8]>> {
        match self {
            Operand::Name(name) => Some(unescaped_name(name)),
            _ => None,
        }
    }

    /// The bytes of a string; they are decoded into `room` where they do not stand in the stream as they are.
    pub(super) fn text<'r>(self, room: &'r mut Vec<u8>) -> Option<&'r [u8]>
    where
        'c: 'r,
    {
        match self {
            Operand::Plain(bytes) => return Some(bytes),
            Operand::Escaped(inner) => unescape(inner, room),
            Operand::Hexadecimal(digits) => from_hexadecimal(digits, room),
            _ => return None,
        }
        Some(room)
    }
}

/// Reads one operation after the other.
pub(super) struct Operations<'c> {
    bytes: &'c [u8],
    at: usize,
    operands: Vec<Operand<'c>>,
    // Of the last array, the arrays in it opened out.
    items: Vec<Operand<'c>>,
}

enum Token<'c> {
    Operand(Operand<'c>),
    ArrayOpen,
    ArrayEnd,
    DictionaryEnd,
    Word(&'c [u8]),
}

impl<'c> Operations<'c> {
    /// Begins at the first byte.
    pub(super) fn new(bytes: &'c [u8]) -> Self {
        Operations { bytes, at: 0, operands: Vec::new(), items: Vec::new() }
    }

    /// The operands of the operator returned last.
    pub(super) fn operands(&self) -> &[Operand<'c>] {
        &self.operands
    }

    /// What is in the last array before it; arrays inside that one are opened out.
    pub(super) fn items(&self) -> &[Operand<'c>] {
        &self.items
    }

    /// The next operator; an inline image is one `BI` without operands.
    pub(super) fn next(&mut self) -> Option<&'c [u8]> {
        self.operands.clear();
        self.items.clear();
        loop {
            match self.token(0)? {
                Token::ArrayOpen => {
                    self.array()?;
                    if self.operands.len() < MAX_OPERANDS {
                        self.operands.push(Operand::Array);
                    }
                }
                Token::Operand(operand) if self.operands.len() < MAX_OPERANDS => self.operands.push(operand),
                Token::Operand(_) | Token::ArrayEnd | Token::DictionaryEnd => {}
                Token::Word(b"true" | b"false" | b"null") => self.operands.push(Operand::Other),
                Token::Word(b"BI") => {
                    self.skip_image();
                    return Some(b"BI");
                }
                Token::Word(operator) => return Some(operator),
            }
        }
    }

    fn token(&mut self, depth: usize) -> Option<Token<'c>> {
        loop {
            self.skip_space();
            let first = *self.bytes.get(self.at)?;
            let second = self.bytes.get(self.at + 1).copied();
            match first {
                b'/' => {
                    self.at += 1;
                    let name = self.regular();
                    return Some(Token::Operand(Operand::Name(name)));
                }
                b'(' => return Some(Token::Operand(self.literal())),
                b'<' if second == Some(b'<') => {
                    self.at += 2;
                    if depth < MAX_DEPTH {
                        while !matches!(self.token(depth + 1)?, Token::DictionaryEnd) {}
                        return Some(Token::Operand(Operand::Other));
                    }
                }
                b'<' => return Some(Token::Operand(self.hexadecimal())),
                b'>' if second == Some(b'>') => {
                    self.at += 2;
                    return Some(Token::DictionaryEnd);
                }
                b'[' => {
                    self.at += 1;
                    return Some(Token::ArrayOpen);
                }
                b']' => {
                    self.at += 1;
                    return Some(Token::ArrayEnd);
                }
                b')' | b'>' | b'{' | b'}' => self.at += 1,
                _ => {
                    let word = self.regular();
                    return Some(match number(word) {
                        Some(value) => Token::Operand(Operand::Number(value)),
                        None => Token::Word(word),
                    });
                }
            }
        }
    }

    // What follows the bracket, as far as the one that closes it.
    fn array(&mut self) -> Option<()> {
        self.items.clear();
        let mut open = 1_usize;
        loop {
            match self.token(1)? {
                Token::Operand(item) => self.items.push(item),
                Token::ArrayOpen => open += 1,
                Token::ArrayEnd if open == 1 => return Some(()),
                Token::ArrayEnd => open -= 1,
                Token::DictionaryEnd | Token::Word(_) => {}
            }
        }
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let blank = rest.iter().position(|b| !is_space(*b)).unwrap_or(rest.len());
            self.at += blank;
            if rest.get(blank) != Some(&b'%') {
                return;
            }
            let comment = rest.get(blank..).unwrap_or_default();
            self.at += comment.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(comment.len());
        }
    }

    fn regular(&mut self) -> &'c [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    // ISO 32000-2 7.3.4.2.
    fn literal(&mut self) -> Operand<'c> {
        self.at += 1;
        let start = self.at;
        let mut open = 1_usize;
        let mut plain = true;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => {
                    plain = false;
                    self.at += 1;
                }
                b'\r' => plain = false,
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
            self.at += 1;
        }
        let end = self.at.min(self.bytes.len());
        self.at = end + 1;
        let inner = self.bytes.get(start..end).unwrap_or_default();
        if plain { Operand::Plain(inner) } else { Operand::Escaped(inner) }
    }

    fn hexadecimal(&mut self) -> Operand<'c> {
        self.at += 1;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
        self.at += length + 1;
        Operand::Hexadecimal(rest.get(..length).unwrap_or_default())
    }

    // The data ends at `EI` with white space on both sides.
    fn skip_image(&mut self) {
        while let Some(token) = self.token(0) {
            if matches!(token, Token::Word(b"ID")) {
                break;
            }
        }
        let from = self.at.min(self.bytes.len());
        let rest = self.bytes.get(from..).unwrap_or_default();
        let space_at = |at: usize| rest.get(at).copied().is_none_or(is_space);
        let ends = |(at, two): (usize, &[u8])| two == b"EI" && space_at(at + 2) && at > 0 && space_at(at - 1);
        let end = rest.windows(2).enumerate().find(|found| ends(*found)).map_or(rest.len(), |(at, _)| at + 2);
        self.at = from + end;
    }
}

// White space 1, delimiters 2 — ISO 32000-2 Tables 1 and 2.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let (white, delimiters) = (b"\0\t\n\x0c\r ", b"()<>[]{}/%");
    let mut at = 0_usize;
    let mut byte = 0_u8;
    while at < 256 {
        let mut i = 0;
        while i < white.len() {
            if white[i] == byte {
                kinds[at] = 1;
            }
            i += 1;
        }
        i = 0;
        while i < delimiters.len() {
            if delimiters[i] == byte {
                kinds[at] = 2;
            }
            i += 1;
        }
        at += 1;
        byte = byte.wrapping_add(1);
    }
    kinds
};

/// White space, ISO 32000-2 Table 1.
#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    KINDS[usize::from(byte)] == 1
}

/// Neither white space nor a delimiter.
#[inline]
pub(super) fn is_regular(byte: u8) -> bool {
    KINDS[usize::from(byte)] == 0
}

const NO_DIGIT: u8 = 0xff;

const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut at = 0_usize;
    let mut byte = 0_u8;
    while at < 256 {
        digits[at] = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => NO_DIGIT,
        };
        at += 1;
        byte = byte.wrapping_add(1);
    }
    digits
};

/// The value of a hexadecimal digit.
#[inline]
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    let digit = DIGITS[usize::from(byte)];
    (digit != NO_DIGIT).then_some(digit)
}

// ISO 32000-2 7.3.3; no exponents. Digits beyond what 64 bits of fraction hold do not matter for places on a page.
fn number(word: &[u8]) -> Option<f64> {
    let (negative, digits) = match word {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut value = 0.0_f64;
    let mut scale = 1.0_f64;
    let mut point = false;
    let mut any = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                any = true;
                value = value * 10.0 + f64::from(byte - b'0');
                if point {
                    scale *= 10.0;
                }
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    let value = value / scale;
    (any && value.is_finite()).then_some(if negative { -value } else { value })
}

fn unescaped_name(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'#') {
        return name.into();
    }
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'#'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(*first);
        }
    }
    out.into()
}

// ISO 32000-2 7.3.4.3: what is no digit is passed over, and an odd last digit is the upper half.
fn from_hexadecimal(digits: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let (pairs, last) = digits.as_chunks::<2>();
    for [high, low] in pairs {
        let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else {
            return from_odd_hexadecimal(digits, out);
        };
        out.push(high << 4 | low);
    }
    out.extend(last.first().and_then(|digit| hex_digit(*digit)).map(|high| high << 4));
}

fn from_odd_hexadecimal(digits: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut high = None;
    for digit in digits.iter().filter_map(|b| hex_digit(*b)) {
        match high.take() {
            None => high = Some(digit),
            Some(high) => out.push(high << 4 | digit),
        }
    }
    out.extend(high.map(|high| high << 4));
}

fn unescape(inner: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut rest = inner;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'\r', _) => {
                out.push(b'\n');
                rest = tail.strip_prefix(b"\n").unwrap_or(tail);
            }
            (b'\\', [escaped, after @ ..]) => {
                rest = after;
                match escaped {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'\r' => rest = after.strip_prefix(b"\n").unwrap_or(after),
                    b'\n' => {}
                    b'0'..=b'7' => {
                        let count = tail.iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                        let (digits, after) = tail.split_at(count);
                        let value = digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                        // High-order overflow is ignored (ISO 32000-2 Table 3).
                        out.extend(u8::try_from(value & 0xff));
                        rest = after;
                    }
                    other => out.push(*other),
                }
            }
            (other, _) => out.push(*other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Seen {
        Number(f64),
        Name(Vec<u8>),
        String(Vec<u8>),
        Array(Vec<Seen>),
        Other,
    }

    fn seen(operations: &Operations<'_>, operand: &Operand<'_>) -> Seen {
        match operand {
            Operand::Number(value) => Seen::Number(*value),
            Operand::Name(_) => Seen::Name(operand.name().expect("a name").into_owned()),
            Operand::Array => Seen::Array(operations.items().iter().map(|item| seen(operations, item)).collect()),
            Operand::Other => Seen::Other,
            text => Seen::String(text.text(&mut Vec::new()).expect("a string").to_vec()),
        }
    }

    fn read(bytes: &[u8]) -> Vec<(String, Vec<Seen>)> {
        let mut operations = Operations::new(bytes);
        let mut all = Vec::new();
        while let Some(operator) = operations.next() {
            let operands = operations.operands().iter().map(|operand| seen(&operations, operand)).collect();
            all.push((String::from_utf8_lossy(operator).into_owned(), operands));
        }
        all
    }

    fn string(text: &[u8]) -> Seen {
        Seen::String(text.to_vec())
    }

    #[test]
    fn operands_come_before_their_operator() {
        let got = read(b"q 1 0 0 -1 72.5 -.25 cm /F#31 12 Tf % note\n[(a\\051) <414> -250]TJ T*");
        let numbers = [1.0, 0.0, 0.0, -1.0, 72.5, -0.25].map(Seen::Number).to_vec();
        assert_eq!(got[0], ("q".to_owned(), vec![]));
        assert_eq!(got[1], ("cm".to_owned(), numbers));
        assert_eq!(got[2], ("Tf".to_owned(), vec![Seen::Name(b"F1".to_vec()), Seen::Number(12.0)]));
        let array = Seen::Array(vec![string(b"a)"), string(b"A@"), Seen::Number(-250.0)]);
        assert_eq!(got[3], ("TJ".to_owned(), vec![array]));
        assert_eq!(got[4].0, "T*");
    }

    #[test]
    fn strings_nest_and_escape_as_the_standard_says() {
        let got = read(b"(a(b)c\\(\\\\\\101\\7\\\r\nx\r\ny\\q) Tj");
        assert_eq!(got[0].1, [string(b"a(b)c(\\A\x07x\nyq")]);
    }

    #[test]
    fn hexadecimal_strings_may_have_anything_between_their_digits() {
        let got = read(b"<4142> Tj <4 1\n42> Tj <414> Tj <41zz4> Tj <> Tj <4> Tj");
        let strings: Vec<&Seen> = got.iter().flat_map(|(_, operands)| operands).collect();
        let want = [&b"AB"[..], b"AB", b"A@", b"A@", b"", b"@"].map(string);
        assert_eq!(strings, want.iter().collect::<Vec<_>>());
    }

    #[test]
    fn arrays_in_an_array_are_opened_out() {
        let got = read(b"[(a) [<62> [(c)]] 4 << /K [(x)] >> (e)] TJ (f) Tj");
        let items = vec![string(b"a"), string(b"b"), string(b"c"), Seen::Number(4.0), Seen::Other, string(b"e")];
        assert_eq!(got[0], ("TJ".to_owned(), vec![Seen::Array(items)]));
        assert_eq!(got[1], ("Tj".to_owned(), vec![string(b"f")]));
    }

    #[test]
    fn an_inline_image_is_one_picture_and_what_follows_is_read() {
        let got = read(b"BI /W 2 /H 1 ID \x00EIx EI Q (after) Tj");
        let operators: Vec<&str> = got.iter().map(|(operator, _)| operator.as_str()).collect();
        assert_eq!(operators, ["BI", "Q", "Tj"]);
    }

    #[test]
    fn dictionaries_are_one_operand_and_slips_do_not_end_the_reading() {
        let got = read(b"/Span << /A [1 2] /B << >> >> BDC ) > } 1.2.3 (x) Tj");
        assert_eq!(got[0], ("BDC".to_owned(), vec![Seen::Name(b"Span".to_vec()), Seen::Other]));
        assert_eq!(got.last().expect("an operation"), &("Tj".to_owned(), vec![string(b"x")]));
    }

    #[test]
    fn unfinished_and_hostile_streams_end() {
        for bytes in [&b"("[..], b"<", b"[", b"<<", b"(\\", b"BI", b"BI ID", b"/", b"(((("] {
            read(bytes);
        }
        read(&b"[".repeat(100_000));
        read(&b"<<".repeat(100_000));
        assert_eq!(read(&[b"9".repeat(400), b" Tj".to_vec()].concat()).len(), 2);
    }
}
