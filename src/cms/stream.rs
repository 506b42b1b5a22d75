//! A SignedData whose content is not held: its outline is read, its content handed over piece by piece.
//!
//! RFC 5652 §5.2 lets the content stand inside the structure, in one piece or in segments without a length known
//! beforehand (X.690 §8.1.3.6), and of any size. Everything beside it is bounded by [`MAX_BESIDE`].

use std::io;

use super::{CmsError, SignedData, build, oids};
use crate::asn1::read::{MAX_DEPTH, tag};
use crate::asn1::{Asn1Error, Reader, Tlv, write};
use crate::base::read::ReadAt;

/// Most bytes beside the content: certificates, revocation data, signers.
pub const MAX_BESIDE: usize = 64 << 20;
/// Most bytes of an identifier or a list of algorithms.
const MAX_SMALL: usize = 64 << 10;
/// Bytes read at once.
const WINDOW: usize = 64 << 10;
/// OCTET STRING in segments.
const CONSTRUCTED_OCTETS: u8 = tag::OCTET_STRING | 0x20;

/// Why the outline of a structure cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The file cannot be read.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
    /// The structure is damaged or of another type.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// More stands beside the content than is held.
    #[error("more than {limit} bytes stand beside the content of the CMS structure")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
}

impl From<Asn1Error> for StreamError {
    fn from(error: Asn1Error) -> Self {
        StreamError::Cms(error.into())
    }
}

/// A SignedData without its content.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The structure as if it were detached.
    pub signed_data: SignedData,
    /// The same, encoded; every field beside the content as it stands in the file.
    pub raw: Vec<u8>,
    /// Where the content stands, when it stands inside.
    pub content: Option<ContentPlace>,
    /// First byte of encapContentInfo in the file, and the first byte after it.
    pub encapsulated: (u64, u64),
    /// No indefinite length, no content in segments, shortest lengths.
    pub is_der: bool,
    /// Bytes of the structure; what follows in the file is not part of it.
    pub len: u64,
}

/// Where the encapsulated content stands in its file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContentPlace {
    /// First byte of the value that holds it.
    start: u64,
    /// First byte after that value.
    end: u64,
}

/// Reads the outline of a ContentInfo with a SignedData at the start of `file`.
///
/// # Errors
/// [`StreamError`].
pub fn outline(file: &dyn ReadAt) -> Result<Outline, StreamError> {
    let mut walk = Walk::new(file);
    let outer = walk.expect(0, file.len(), tag::SEQUENCE)?;
    let (found, at) = walk.small(outer.body, outer.limit())?;
    let found = Tlv::parse(&found)?.as_oid()?;
    if found != oids::SIGNED_DATA {
        return Err(CmsError::ContentType { found }.into());
    }
    let explicit = walk.expect(at, outer.limit(), tag::context(0))?;
    let fields = walk.expect(explicit.body, explicit.limit(), tag::SEQUENCE)?;
    let (version, at) = walk.small(fields.body, fields.limit())?;
    let (algorithms, at) = walk.small(at, fields.limit())?;
    let whole = at;
    let encapsulated = walk.expect(at, fields.limit(), tag::SEQUENCE)?;
    let (content_type, at) = walk.small(encapsulated.body, encapsulated.limit())?;
    let mut is_der = [&outer, &explicit, &fields, &encapsulated].iter().all(|h| h.is_shortest());
    let mut content = None;
    let mut after = at;
    if !walk.at_end(&encapsulated, at)? {
        let wrapped = walk.expect(at, encapsulated.limit(), tag::context(0))?;
        let value = walk.header(wrapped.body, wrapped.limit())?;
        let end = walk.skip(wrapped.body, wrapped.limit(), 0)?;
        is_der &= wrapped.is_shortest() && value.is_shortest() && value.tag != CONSTRUCTED_OCTETS;
        content = Some(ContentPlace { start: wrapped.body, end });
        after = walk.close(&wrapped, end)?;
    }
    let start = walk.close(&encapsulated, after)?;
    let rest_end = fields.end.unwrap_or(file.len());
    let rest = match file.read_range(start, rest_end.saturating_sub(start), MAX_BESIDE) {
        Ok(rest) => rest,
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            return Err(StreamError::TooLarge { limit: MAX_BESIDE });
        }
        Err(error) => return Err(error.into()),
    };
    let mut parts = vec![version, algorithms, write::sequence(&[content_type])];
    let mut reader = Reader::new(&rest);
    while !reader.is_empty() && (fields.end.is_some() || !reader.rest().starts_with(&[0, 0])) {
        parts.push(reader.any()?.raw.to_vec());
    }
    let unread = u64::try_from(reader.rest().len()).unwrap_or(u64::MAX);
    let end = walk.close(&fields, rest_end.saturating_sub(unread))?;
    let end = walk.close(&explicit, end)?;
    let len = walk.close(&outer, end)?;
    let raw = build::content_info(&write::sequence(&parts));
    is_der &= Tlv::parse(&raw).is_ok_and(|value| value.is_der());
    Ok(Outline { signed_data: SignedData::parse(&raw)?, raw, content, encapsulated: (whole, start), is_der, len })
}

/// Hands the octets of an encapsulated content to `sink`, in order: those of an OCTET STRING, or the content octets of
/// any other value (PKCS #7 v1.5; RFC 5652 §5.2.1).
///
/// # Errors
/// [`StreamError`] when `file` is not the one `place` was found in, or cannot be read.
pub fn feed(file: &dyn ReadAt, place: ContentPlace, sink: &mut dyn FnMut(&[u8])) -> Result<(), StreamError> {
    let mut walk = Walk::new(file);
    let value = walk.header(place.start, place.end)?;
    if value.tag == CONSTRUCTED_OCTETS {
        walk.segments(place.start, place.end, 0, sink)?;
        return Ok(());
    }
    // The end-of-contents octets of an indefinite length are no content.
    let end = value.end.unwrap_or_else(|| place.end.saturating_sub(2));
    walk.feed(value.body, end, sink)
}

/// Identifier and length octets of one value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    tag: u8,
    /// First content octet.
    pub(super) body: u64,
    /// First byte after the content; `None` for an indefinite length.
    pub(super) end: Option<u64>,
    /// First byte after the value around it.
    outer: u64,
    shortest: bool,
}

impl Header {
    /// The furthest byte its content may reach.
    pub(super) fn limit(&self) -> u64 {
        self.end.unwrap_or(self.outer)
    }

    fn is_shortest(&self) -> bool {
        self.end.is_some() && self.shortest
    }
}

/// Reads headers and values at their places in a file.
pub(super) struct Walk<'a> {
    file: &'a dyn ReadAt,
    window: Vec<u8>,
    window_at: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(file: &'a dyn ReadAt) -> Self {
        Walk { file, window: Vec::new(), window_at: 0 }
    }

    /// Up to `count` bytes at `at`, from the window where they are there.
    fn peek(&mut self, at: u64, count: usize) -> Result<&[u8], StreamError> {
        let offset = at.checked_sub(self.window_at).and_then(|o| usize::try_from(o).ok());
        let held = |window: &[u8], o: usize| window.len().checked_sub(o).is_some_and(|left| left >= count);
        let offset = match offset {
            Some(offset) if held(&self.window, offset) => offset,
            _ => {
                let left = usize::try_from(self.file.len().saturating_sub(at)).unwrap_or(usize::MAX);
                self.window.resize(left.min(WINDOW), 0);
                self.window_at = at;
                self.file.read_exact_at(&mut self.window, at)?;
                0
            }
        };
        let rest = self.window.get(offset..).unwrap_or_default();
        Ok(rest.get(..count).unwrap_or(rest))
    }

    fn header(&mut self, at: u64, outer: u64) -> Result<Header, StreamError> {
        // Identifier, length of the length, up to eight octets of it.
        let bytes = self.peek(at, 10)?;
        let (&found, rest) = bytes.split_first().ok_or(Asn1Error::Truncated)?;
        if found & 0x1f == 0x1f {
            return Err(Asn1Error::Value.into());
        }
        let (&first, rest) = rest.split_first().ok_or(Asn1Error::Truncated)?;
        let (length, octets) = match first {
            0x80 if found & 0x20 == 0 => return Err(Asn1Error::Length.into()),
            0x80 => (None, 0),
            0..0x80 => (Some(u64::from(first)), 0),
            _ => {
                let count = usize::from(first & 0x7f);
                let octets = rest.get(..count).ok_or(Asn1Error::Length)?;
                (
                    Some(
                        octets
                            .iter()
                            .try_fold(0_u64, |sum, o| sum.checked_mul(256)?.checked_add(u64::from(*o)))
                            .ok_or(Asn1Error::Length)?,
                    ),
                    count,
                )
            }
        };
        let shortest = match (length, octets) {
            (Some(n), 0) => n < 0x80,
            (Some(n), count) => {
                n >= 0x80
                    && u64::BITS.saturating_sub(n.leading_zeros()).div_ceil(8) == u32::try_from(count).unwrap_or(0)
            }
            (None, _) => false,
        };
        let body =
            at.checked_add(2).and_then(|n| n.checked_add(u64::try_from(octets).ok()?)).ok_or(Asn1Error::Length)?;
        let end = match length {
            Some(length) => Some(body.checked_add(length).ok_or(Asn1Error::Length)?),
            None => None,
        };
        if body > outer || end.is_some_and(|end| end > outer) {
            return Err(Asn1Error::Truncated.into());
        }
        Ok(Header { tag: found, body, end, outer, shortest })
    }

    pub(super) fn expect(&mut self, at: u64, outer: u64, expected: u8) -> Result<Header, StreamError> {
        let header = self.header(at, outer)?;
        if header.tag != expected {
            return Err(Asn1Error::Tag { expected, found: header.tag }.into());
        }
        Ok(header)
    }

    /// One value that is small, as it stands there, and the first byte after it.
    pub(super) fn small(&mut self, at: u64, outer: u64) -> Result<(Vec<u8>, u64), StreamError> {
        let end = self.skip(at, outer, 0)?;
        let length = end.saturating_sub(at);
        if usize::try_from(length).map_or(true, |n| n > MAX_SMALL) {
            return Err(Asn1Error::Length.into());
        }
        Ok((self.file.read_range(at, length, MAX_SMALL)?, end))
    }

    /// First byte after the value at `at`.
    fn skip(&mut self, at: u64, outer: u64, depth: usize) -> Result<u64, StreamError> {
        if depth > MAX_DEPTH {
            return Err(Asn1Error::Depth.into());
        }
        let header = self.header(at, outer)?;
        if let Some(end) = header.end {
            return Ok(end);
        }
        let mut at = header.body;
        while !self.at_end(&header, at)? {
            at = self.skip(at, header.limit(), depth + 1)?;
        }
        self.close(&header, at)
    }

    /// True when the content of `header` ends at `at`.
    fn at_end(&mut self, header: &Header, at: u64) -> Result<bool, StreamError> {
        match header.end {
            Some(end) => Ok(at >= end),
            None => Ok(self.peek(at, 2)? == [0, 0]),
        }
    }

    /// First byte after the value `header` begins, whose content ends at `at`.
    fn close(&mut self, header: &Header, at: u64) -> Result<u64, StreamError> {
        match header.end {
            Some(end) if end == at => Ok(end),
            Some(_) => Err(Asn1Error::Trailing.into()),
            None if self.peek(at, 2)? == [0, 0] => Ok(at.saturating_add(2)),
            None => Err(Asn1Error::Truncated.into()),
        }
    }

    fn segments(&mut self, at: u64, outer: u64, depth: usize, sink: &mut dyn FnMut(&[u8])) -> Result<u64, StreamError> {
        if depth > MAX_DEPTH {
            return Err(Asn1Error::Depth.into());
        }
        let header = self.header(at, outer)?;
        match (header.tag, header.end) {
            (tag::OCTET_STRING, Some(end)) => {
                self.feed(header.body, end, sink)?;
                Ok(end)
            }
            (CONSTRUCTED_OCTETS, _) => {
                let mut at = header.body;
                while !self.at_end(&header, at)? {
                    at = self.segments(at, header.limit(), depth + 1, sink)?;
                }
                self.close(&header, at)
            }
            (found, _) => Err(Asn1Error::Tag { expected: tag::OCTET_STRING, found }.into()),
        }
    }

    pub(super) fn feed(&mut self, mut at: u64, end: u64, sink: &mut dyn FnMut(&[u8])) -> Result<(), StreamError> {
        while at < end {
            let count = usize::try_from(end.saturating_sub(at)).unwrap_or(WINDOW).min(WINDOW);
            let bytes = self.peek(at, count)?;
            if bytes.is_empty() {
                return Err(Asn1Error::Truncated.into());
            }
            sink(bytes);
            at = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::build::SignedDataParts;

    #[expect(clippy::ptr_arg, reason = "a vector is what reads at offsets, a slice is not")]
    fn content(bytes: &Vec<u8>) -> Option<Vec<u8>> {
        let outline = outline(bytes).expect("an outline");
        assert_eq!(outline.len, u64::try_from(bytes.len()).expect("small"));
        let mut joined = Vec::new();
        feed(bytes, outline.content?, &mut |piece| joined.extend_from_slice(piece)).expect("feeds");
        Some(joined)
    }

    fn indefinite(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat()
    }

    #[test]
    fn content_in_one_piece_and_in_segments_is_the_same() {
        let big = vec![7; 200_000];
        let parts = SignedDataParts { content: Some(&big), ..SignedDataParts::default() };
        let der = build::signed_data(&oids::DATA, &parts);
        assert_eq!(content(&der).as_deref(), Some(big.as_slice()));
        assert!(outline(&der).expect("reads").is_der);
        let pieces: Vec<Vec<u8>> = big.chunks(1_000).map(write::octet_string).collect();
        let segments = indefinite(0x24, &[&indefinite(0x24, &[&pieces.concat()]), &write::octet_string(b"")]);
        let encapsulated = indefinite(0x30, &[&write::oid(&oids::DATA), &indefinite(0xa0, &[&segments])]);
        let none = write::set_of::<Vec<u8>>(&[]);
        let inner = indefinite(0x30, &[&write::integer(1), &none, &encapsulated, &none]);
        let ber = indefinite(0x30, &[&write::oid(&oids::SIGNED_DATA), &indefinite(0xa0, &[&inner])]);
        assert_eq!(content(&ber), Some(big));
        assert!(!outline(&ber).expect("reads").is_der);
    }

    #[test]
    fn a_detached_structure_has_no_content_and_what_follows_is_not_part_of_it() {
        let mut der = build::signed_data(&oids::DATA, &SignedDataParts::default());
        assert_eq!(content(&der), None);
        let length = u64::try_from(der.len()).expect("small");
        der.extend_from_slice(b"more");
        assert_eq!(outline(&der).expect("reads").len, length);
    }

    #[test]
    fn hostile_bytes_end_in_errors() {
        let parts = SignedDataParts { content: Some(b"some content"), ..SignedDataParts::default() };
        let whole = build::signed_data(&oids::DATA, &parts);
        for at in 0..whole.len() {
            assert!(outline(&whole[..at].to_vec()).is_err(), "cut at {at}");
            for mask in [1, 0x20, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= mask;
                if let Ok(outline) = outline(&changed)
                    && let Some(place) = outline.content
                {
                    let _any = feed(&changed, place, &mut |_| {});
                }
            }
        }
        assert!(outline(&[0x30, 0x80].repeat(10_000)).is_err());
        let endless = [&[0x30, 0x80][..], &write::oid(&oids::SIGNED_DATA), &[0xa0, 0x80].repeat(10_000)].concat();
        assert!(outline(&endless).is_err());
    }
}
