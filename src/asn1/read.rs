//! The reader — X.690. Accepts BER: indefinite lengths, long-form lengths, constructed strings.
//!
//! Strictness is a question a caller asks afterwards ([`Tlv::is_der`]); reading only needs a shape.

use crate::base::oid::Oid;
use crate::base::time::{Civil, UnixTime};

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;

/// Why bytes are not the ASN.1 that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Asn1Error {
    /// The bytes end inside a value.
    #[error("the ASN.1 value is cut short")]
    Truncated,
    /// A length that no file has, or one that exceeds its parent.
    #[error("an ASN.1 length exceeds its parent")]
    Length,
    /// Another tag stands where `expected` was due.
    #[error("ASN.1 tag {found:#04x} where {expected:#04x} was due")]
    Tag {
        /// Identifier octet that was due.
        expected: u8,
        /// Identifier octet that was found.
        found: u8,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("ASN.1 nested too deep")]
    Depth,
    /// A value whose content does not fit its type.
    #[error("an ASN.1 value does not fit its type")]
    Value,
    /// Bytes follow where the value should end.
    #[error("bytes follow the end of an ASN.1 value")]
    Trailing,
}

/// One value: its identifier octet, its content and all of its bytes as they stand in the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// Identifier octet (class, constructed bit, number below 31).
    pub tag: u8,
    /// Content octets; for an indefinite length without the end-of-contents octets.
    pub content: &'a [u8],
    /// Identifier, length, content and, for an indefinite length, end-of-contents octets.
    pub raw: &'a [u8],
    indefinite: bool,
}

/// Universal tags, as identifier octets.
pub mod tag {
    #![expect(missing_docs, reason = "the names are those of X.680")]
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// `[n]` constructed.
    pub const fn context(n: u8) -> u8 {
        0xa0 | n
    }
    /// `[n]` primitive (IMPLICIT of a primitive type).
    pub const fn context_primitive(n: u8) -> u8 {
        0x80 | n
    }
}

/// Walks the values of some content octets one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// True when everything was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The identifier octet of the next value.
    pub fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads the next value, whatever it is.
    ///
    /// # Errors
    /// [`Asn1Error::Truncated`], [`Asn1Error::Length`] or [`Asn1Error::Depth`].
    pub fn any(&mut self) -> Result<Tlv<'a>, Asn1Error> {
        let (tlv, rest) = read_tlv(self.rest, 0)?;
        self.rest = rest;
        Ok(tlv)
    }

    /// Reads the next value, which must have this identifier octet.
    ///
    /// # Errors
    /// [`Asn1Error::Tag`] for another one, and those of [`Reader::any`].
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Asn1Error> {
        match self.peek_tag() {
            None => Err(Asn1Error::Truncated),
            Some(found) if found != tag => Err(Asn1Error::Tag { expected: tag, found }),
            Some(_) => self.any(),
        }
    }

    /// Reads the next value if it has this identifier octet.
    ///
    /// # Errors
    /// Those of [`Reader::any`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Asn1Error> {
        if self.peek_tag() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Reads a SEQUENCE and returns a reader over its content.
    ///
    /// # Errors
    /// Those of [`Reader::expect`].
    pub fn sequence(&mut self) -> Result<Reader<'a>, Asn1Error> {
        self.expect(tag::SEQUENCE).map(|t| Reader::new(t.content))
    }

    /// Reads an OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// Those of [`Reader::expect`], [`Asn1Error::Value`] for an empty one.
    pub fn oid(&mut self) -> Result<Oid, Asn1Error> {
        self.expect(tag::OID)?.as_oid()
    }

    /// Says that nothing may follow.
    ///
    /// # Errors
    /// [`Asn1Error::Trailing`] when something does.
    pub fn end(&self) -> Result<(), Asn1Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Asn1Error::Trailing) }
    }
}

impl<'a> Tlv<'a> {
    /// Reads one value that must fill `bytes`.
    ///
    /// # Errors
    /// Those of [`Reader::any`], and [`Asn1Error::Trailing`].
    pub fn parse(bytes: &'a [u8]) -> Result<Tlv<'a>, Asn1Error> {
        let mut reader = Reader::new(bytes);
        let tlv = reader.any()?;
        reader.end()?;
        Ok(tlv)
    }

    /// Reads one value at the start of `bytes` and leaves the rest: `(value, rest)`.
    ///
    /// # Errors
    /// Those of [`Reader::any`].
    pub fn parse_prefix(bytes: &'a [u8]) -> Result<(Tlv<'a>, &'a [u8]), Asn1Error> {
        read_tlv(bytes, 0)
    }

    /// A reader over the content.
    pub fn reader(&self) -> Reader<'a> {
        Reader::new(self.content)
    }

    /// True for a constructed value.
    pub fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }

    /// True when this value and everything inside has definite, shortest lengths and no constructed string.
    /// (Order of SETs and value ranges are not looked at.)
    pub fn is_der(&self) -> bool {
        fn shortest(tlv: &Tlv<'_>) -> bool {
            let header = tlv.raw.len() - tlv.content.len();
            let needed = match tlv.content.len() {
                0..=0x7f => 2,
                0x80..=0xff => 3,
                0x100..=0xffff => 4,
                0x1_0000..=0xff_ffff => 5,
                _ => 6,
            };
            header == needed
        }
        fn walk(tlv: &Tlv<'_>, depth: usize) -> bool {
            if tlv.indefinite || !shortest(tlv) || depth > MAX_DEPTH {
                return false;
            }
            if !tlv.is_constructed() {
                return true;
            }
            if tlv.tag & 0xc0 == 0 && !matches!(tlv.tag, tag::SEQUENCE | tag::SET) {
                return false;
            }
            let mut reader = tlv.reader();
            while !reader.is_empty() {
                match reader.any() {
                    Ok(inner) if walk(&inner, depth + 1) => {}
                    _ => return false,
                }
            }
            true
        }
        walk(self, 0)
    }

    /// The object identifier this value holds.
    ///
    /// # Errors
    /// [`Asn1Error::Tag`] for another type, [`Asn1Error::Value`] when it is empty or cut.
    pub fn as_oid(&self) -> Result<Oid, Asn1Error> {
        if self.tag != tag::OID {
            return Err(Asn1Error::Tag { expected: tag::OID, found: self.tag });
        }
        match self.content.last() {
            Some(last) if last & 0x80 == 0 && self.content.len() <= 64 => Ok(Oid::from_content(self.content)),
            _ => Err(Asn1Error::Value),
        }
    }

    /// The octets of an OCTET STRING, primitive or constructed (also `[n]` IMPLICIT ones), joined.
    ///
    /// # Errors
    /// [`Asn1Error`] when the segments are no octet strings.
    pub fn octets(&self) -> Result<std::borrow::Cow<'a, [u8]>, Asn1Error> {
        if !self.is_constructed() {
            return Ok(std::borrow::Cow::Borrowed(self.content));
        }
        let mut joined = Vec::new();
        join_segments(self.content, &mut joined, 0)?;
        Ok(std::borrow::Cow::Owned(joined))
    }

    /// The octets of a BIT STRING with no unused bits.
    ///
    /// # Errors
    /// [`Asn1Error::Value`] when bits are unused or the string is constructed.
    pub fn bit_octets(&self) -> Result<&'a [u8], Asn1Error> {
        match self.content.split_first() {
            Some((0, octets)) if !self.is_constructed() => Ok(octets),
            _ => Err(Asn1Error::Value),
        }
    }

    /// A non-negative INTEGER or ENUMERATED that fits `u64`.
    ///
    /// # Errors
    /// [`Asn1Error::Value`] when it is negative, empty or larger.
    pub fn as_u64(&self) -> Result<u64, Asn1Error> {
        let digits = self.content;
        if digits.first().is_none_or(|b| b & 0x80 != 0) {
            return Err(Asn1Error::Value);
        }
        let significant = digits.iter().position(|b| *b != 0).map_or(&[][..], |at| &digits[at..]);
        if significant.len() > 8 {
            return Err(Asn1Error::Value);
        }
        Ok(significant.iter().fold(0, |sum, b| sum << 8 | u64::from(*b)))
    }

    /// A BOOLEAN; any octet but zero is true (BER).
    ///
    /// # Errors
    /// [`Asn1Error::Value`] when it is not one octet.
    pub fn as_bool(&self) -> Result<bool, Asn1Error> {
        match self.content {
            [octet] => Ok(*octet != 0),
            _ => Err(Asn1Error::Value),
        }
    }

    /// A UTCTime or GeneralizedTime. Years of UTCTime: 50–99 are 19xx (RFC 5280 §4.1.2.5.1).
    /// Fractions of a second are cut off; a numeric zone is applied.
    ///
    /// # Errors
    /// [`Asn1Error::Value`] for a time that does not exist or has no zone.
    pub fn as_time(&self) -> Result<UnixTime, Asn1Error> {
        let text = std::str::from_utf8(self.content).map_err(|_| Asn1Error::Value)?;
        let year_digits = match self.tag {
            tag::UTC_TIME => 2,
            tag::GENERALIZED_TIME => 4,
            found => return Err(Asn1Error::Tag { expected: tag::GENERALIZED_TIME, found }),
        };
        parse_time(text, year_digits).ok_or(Asn1Error::Value)
    }
}

fn parse_time(text: &str, year_digits: usize) -> Option<UnixTime> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, mut zone) = text.split_at_checked(digits)?;
    let field = |at: usize, width: usize| -> Option<u8> { number.get(at..at + width)?.parse().ok() };
    let mut year: i64 = number.get(..year_digits)?.parse().ok()?;
    if year_digits == 2 {
        year += if year >= 50 { 1900 } else { 2000 };
    }
    let y = year_digits;
    let second = match digits - y {
        10 => field(y + 8, 2)?,
        8 => 0,
        _ => return None,
    };
    let civil = Civil {
        year,
        month: field(y, 2)?,
        day: field(y + 2, 2)?,
        hour: field(y + 4, 2)?,
        minute: field(y + 6, 2)?,
        second,
    };
    if let Some(fraction) = zone.strip_prefix(['.', ',']) {
        zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let offset = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let digit = |b: &u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
            let seconds = (digit(h1)? * 10 + digit(h2)?) * 3_600 + (digit(m1)? * 10 + digit(m2)?) * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    civil.to_unix().map(|t| UnixTime(t.0 - offset))
}

fn join_segments(content: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), Asn1Error> {
    if depth > MAX_DEPTH {
        return Err(Asn1Error::Depth);
    }
    let mut reader = Reader::new(content);
    while !reader.is_empty() {
        let segment = reader.any()?;
        match segment.tag {
            tag::OCTET_STRING => out.extend_from_slice(segment.content),
            0x24 => join_segments(segment.content, out, depth + 1)?,
            found => return Err(Asn1Error::Tag { expected: tag::OCTET_STRING, found }),
        }
    }
    Ok(())
}

fn read_tlv(bytes: &[u8], depth: usize) -> Result<(Tlv<'_>, &[u8]), Asn1Error> {
    if depth > MAX_DEPTH {
        return Err(Asn1Error::Depth);
    }
    let (&tag, after_tag) = bytes.split_first().ok_or(Asn1Error::Truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(Asn1Error::Value); // no structure we read has tag numbers above 30
    }
    let (&first, after_length) = after_tag.split_first().ok_or(Asn1Error::Truncated)?;
    if first == 0x80 {
        if tag & 0x20 == 0 {
            return Err(Asn1Error::Length);
        }
        return read_indefinite(bytes, tag, after_length, depth);
    }
    let (length, body) = if first < 0x80 {
        (usize::from(first), after_length)
    } else {
        let count = usize::from(first & 0x7f);
        let octets = after_length.get(..count).ok_or(Asn1Error::Truncated)?;
        let significant = octets.iter().position(|b| *b != 0).map_or(&[][..], |at| &octets[at..]);
        if significant.len() > 6 {
            return Err(Asn1Error::Length);
        }
        let length = significant.iter().fold(0u64, |sum, b| sum << 8 | u64::from(*b));
        (usize::try_from(length).map_err(|_| Asn1Error::Length)?, &after_length[count..])
    };
    if length > body.len() {
        return Err(Asn1Error::Truncated);
    }
    let (content, rest) = body.split_at(length);
    let raw = &bytes[..bytes.len() - rest.len()];
    Ok((Tlv { tag, content, raw, indefinite: false }, rest))
}

fn read_indefinite<'a>(
    bytes: &'a [u8],
    tag: u8,
    body: &'a [u8],
    depth: usize,
) -> Result<(Tlv<'a>, &'a [u8]), Asn1Error> {
    let mut rest = body;
    loop {
        if let Some(after) = rest.strip_prefix(&[0, 0]) {
            let content = &body[..body.len() - rest.len()];
            let raw = &bytes[..bytes.len() - after.len()];
            return Ok((Tlv { tag, content, raw, indefinite: true }, after));
        }
        let (_, after) = read_tlv(rest, depth + 1)?;
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_keep_their_raw_bytes() {
        let bytes = [0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0xaa, 0x04, 0x01, 0xbb, 0, 0, 0, 0, 0x05, 0x00];
        let (outer, rest) = Tlv::parse_prefix(&bytes).expect("reads");
        assert_eq!(outer.raw, &bytes[..14]);
        assert_eq!(rest, [0x05, 0x00]);
        assert!(!outer.is_der());
        let inner = outer.reader().any().expect("reads");
        assert_eq!(&*inner.octets().expect("joins"), [0xaa, 0xbb]);
    }

    #[test]
    fn lengths_past_the_input_are_truncated_not_read() {
        assert_eq!(Tlv::parse(&[0x30, 0x82, 0xff, 0xff, 0x00]), Err(Asn1Error::Truncated));
        assert_eq!(Tlv::parse(&[0x30, 0x87, 1, 2, 3, 4, 5, 6, 7]), Err(Asn1Error::Length));
        assert_eq!(Tlv::parse(&[0x30, 0x80, 0x05]), Err(Asn1Error::Truncated));
        assert_eq!(Tlv::parse(&[0x30]), Err(Asn1Error::Truncated));
    }

    #[test]
    fn endless_nesting_ends() {
        let bytes = [0x30, 0x80].repeat(10_000);
        assert_eq!(Tlv::parse(&bytes), Err(Asn1Error::Depth));
    }

    #[test]
    fn times_of_both_kinds_and_zones() {
        let time = |tag: u8, text: &str| {
            let mut bytes = vec![tag, u8::try_from(text.len()).expect("short")];
            bytes.extend_from_slice(text.as_bytes());
            Tlv::parse(&bytes).expect("reads").as_time().map(UnixTime::rfc3339)
        };
        assert_eq!(time(tag::UTC_TIME, "500101000000Z").as_deref(), Ok("1950-01-01T00:00:00Z"));
        assert_eq!(time(tag::UTC_TIME, "260305140709+0700").as_deref(), Ok("2026-03-05T07:07:09Z"));
        assert_eq!(time(tag::GENERALIZED_TIME, "20260305140709.5Z").as_deref(), Ok("2026-03-05T14:07:09Z"));
        assert_eq!(time(tag::GENERALIZED_TIME, "20260305140709"), Err(Asn1Error::Value));
        assert_eq!(time(tag::UTC_TIME, "260230000000Z"), Err(Asn1Error::Value));
    }
}
