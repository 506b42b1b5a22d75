//! Which bytes a signature covers, and whether it covers them as it must — ISO 32000-2 12.8.1,
//! ETSI EN 319 142-1 clause 5.
//!
//! The rules: exactly two ranges, the first from byte 0; the hole between them is the hexadecimal string of this
//! dictionary's own `/Contents`, delimiters included, and of no other; after the CMS value in it only zeros; the
//! ranges end inside the file, at the end of a revision. Every breach is a finding with a name.

use std::io;

use super::document::Document;
use super::object::{Dictionary, Object, ObjectId};
use super::signature_field::SignatureValue;
use crate::asn1::Tlv;
use crate::base::read::ReadAt;

/// What breaks the rules of a byte range.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ByteRangeFinding {
    /// No `/ByteRange`.
    #[error("the signature dictionary has no ByteRange")]
    Missing,
    /// Not exactly four direct or resolvable integers.
    #[error("the ByteRange is not two pairs of numbers")]
    NotTwoPairs,
    /// A negative number, or one past 2^63.
    #[error("the ByteRange holds a number no file offset can be")]
    OutOfRange,
    /// The first range begins elsewhere.
    #[error("the signed bytes begin at {start}, not at 0")]
    NotFromStart {
        /// First signed byte.
        start: u64,
    },
    /// The second range begins before the first ends.
    #[error("the two signed ranges overlap")]
    Overlap,
    /// The ranges end past the end of the file.
    #[error("the signed bytes end at {end}, the file at {length}")]
    PastEndOfFile {
        /// First byte after the ranges.
        end: u64,
        /// Length of the file.
        length: u64,
    },
    /// No `/Contents`, or it is not a string.
    #[error("the signature dictionary has no Contents string")]
    NoContents,
    /// `/Contents` cannot be placed in the file: it lies in an object stream or behind a reference.
    #[error("the Contents string has no place of its own in the file")]
    ContentsNotInFile,
    /// `/Contents` is written `(…)`, or holds something other than hexadecimal digits.
    #[error("the Contents string is not plain hexadecimal")]
    ContentsNotHex,
    /// The hole is not the `/Contents` token.
    #[error("the unsigned gap {hole_start}..{hole_end} is not the Contents string at {contents_start}..{contents_end}")]
    HoleIsNotContents {
        /// First byte of the gap.
        hole_start: u64,
        /// First byte after it.
        hole_end: u64,
        /// First byte of the `/Contents` token.
        contents_start: u64,
        /// First byte after it.
        contents_end: u64,
    },
    /// Another signature dictionary's gap overlaps this one's.
    #[error("signature dictionary {other} leaves the same gap unsigned")]
    HoleShared {
        /// The other dictionary.
        other: ObjectId,
    },
    /// A byte other than zero follows the CMS value.
    #[error("byte {offset} of the Contents string is neither CMS nor zero padding")]
    NotZeroAfterCms {
        /// Offset within the decoded string.
        offset: usize,
    },
    /// The string does not begin with a complete ASN.1 value.
    #[error("the Contents string does not hold a complete CMS value")]
    NotCms,
    /// The signed bytes do not end where a revision ends.
    #[error("the signed bytes end at {end}, which is not the end of a revision")]
    NotAtRevisionEnd {
        /// First byte after the ranges.
        end: u64,
    },
    /// The dictionary came with a key twice: readers may see different values.
    #[error("the signature dictionary repeats a key")]
    RepeatedKey,
    /// The dictionary, as the signed revision has it, is another one or is not there.
    #[error("the signature dictionary is not in the revision it signs")]
    NotInSignedRevision,
}

/// The bytes a signature covers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ByteRange {
    /// First byte of the first range; 0 when the rules hold.
    pub start: u64,
    /// First byte of the hole.
    pub hole_start: u64,
    /// First byte after the hole.
    pub hole_end: u64,
    /// First byte after the second range.
    pub end: u64,
}

/// How a signature covers its file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Coverage {
    /// The ranges; `None` when the dictionary holds none that could be read.
    pub range: Option<ByteRange>,
    /// Index of the revision covered, 0 the oldest; `None` when the range ends at no revision's end.
    pub revision: Option<usize>,
    /// True when not one byte follows the ranges.
    pub whole_file: bool,
    /// Length of the CMS value at the start of `/Contents`, in bytes.
    pub cms_length: Option<usize>,
    /// Breaches of the rules; empty when the range is sound.
    pub findings: Vec<ByteRangeFinding>,
}

impl Coverage {
    /// True when every rule holds.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

impl ByteRange {
    /// Reads the two pairs of a `/ByteRange`.
    ///
    /// # Errors
    /// The finding that says why it is none.
    pub fn from_object(object: &Object) -> Result<ByteRange, ByteRangeFinding> {
        let items = object.as_array().ok_or(ByteRangeFinding::NotTwoPairs)?;
        let [a, b, c, d] = items else { return Err(ByteRangeFinding::NotTwoPairs) };
        let number = |item: &Object| match item {
            Object::Integer(value) => u64::try_from(*value).map_err(|_| ByteRangeFinding::OutOfRange),
            _ => Err(ByteRangeFinding::NotTwoPairs),
        };
        let (start, first, hole_end, second) = (number(a)?, number(b)?, number(c)?, number(d)?);
        let hole_start = start.checked_add(first).ok_or(ByteRangeFinding::OutOfRange)?;
        let end = hole_end.checked_add(second).ok_or(ByteRangeFinding::OutOfRange)?;
        Ok(ByteRange { start, hole_start, hole_end, end })
    }

    /// The four numbers of `/ByteRange`.
    pub fn to_numbers(&self) -> [u64; 4] {
        [self.start, self.hole_start.saturating_sub(self.start), self.hole_end, self.end.saturating_sub(self.hole_end)]
    }

    /// Number of signed bytes.
    pub fn signed_length(&self) -> u64 {
        let [_, first, _, second] = self.to_numbers();
        first.saturating_add(second)
    }

    /// Hands the signed bytes to `take` in order, in pieces of at most 64 kB.
    ///
    /// # Errors
    /// Those of the storage; `UnexpectedEof` for ranges past the end of the file.
    pub fn for_each_chunk(&self, file: &dyn ReadAt, take: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        const STEP: usize = 64 << 10;
        let mut buffer = vec![0; STEP];
        for (mut at, end) in [(self.start, self.hole_start), (self.hole_end, self.end)] {
            if end > file.len() || at > end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            while at < end {
                let wanted = usize::try_from(end - at).unwrap_or(STEP).min(STEP);
                let piece = &mut buffer[..wanted];
                file.read_exact_at(piece, at)?;
                take(piece);
                at = at.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
            }
        }
        Ok(())
    }
}

/// Judges one signature dictionary by itself; [`judge_shared_holes`] looks at all of them together.
pub(crate) fn judge(document: &Document<'_>, dictionary: &Dictionary, value: &SignatureValue) -> Coverage {
    let mut coverage =
        Coverage { range: None, revision: None, whole_file: false, cms_length: None, findings: Vec::new() };
    let mut findings = Vec::new();
    if dictionary.has_repeated_key() {
        findings.push(ByteRangeFinding::RepeatedKey);
    }
    match &value.byte_range {
        Object::Null => findings.push(ByteRangeFinding::Missing),
        object => match ByteRange::from_object(object) {
            Ok(range) => coverage.range = Some(range),
            Err(finding) => findings.push(finding),
        },
    }
    coverage.cms_length = judge_contents(value, &mut findings);
    if let Some(range) = &coverage.range {
        judge_range(range, document.len(), value, &mut findings);
        if range.end <= document.len() {
            coverage.whole_file = range.end == document.len();
            coverage.revision = document.revision_ending_at(range.end);
            if coverage.revision.is_none() {
                findings.push(ByteRangeFinding::NotAtRevisionEnd { end: range.end });
            }
        }
    }
    if let (Some(revision), Some(id)) = (coverage.revision, value.id)
        && let Some(view) = document.view_at(revision)
    {
        let there = view.get_shared(id).ok();
        let there = there.as_deref().and_then(Object::as_dictionary);
        let same = there == Some(dictionary) && there.and_then(contents_span) == value.contents_span;
        if !same {
            findings.push(ByteRangeFinding::NotInSignedRevision);
        }
    }
    coverage.findings = findings;
    coverage
}

// In steps that the compiler turns into a few instructions each: the padding is most of the value.
fn first_not_zero(bytes: &[u8]) -> Option<usize> {
    const STEP: usize = 64;
    let step = bytes.chunks(STEP).position(|step| step.iter().fold(0, |all, byte| all | byte) != 0)?;
    let start = step.checked_mul(STEP)?;
    bytes.get(start..)?.iter().position(|byte| *byte != 0).and_then(|at| start.checked_add(at))
}

fn contents_span(dictionary: &Dictionary) -> Option<(u64, u64)> {
    dictionary.get("Contents").and_then(Object::as_string).and_then(|s| s.span)
}

fn judge_contents(value: &SignatureValue, findings: &mut Vec<ByteRangeFinding>) -> Option<usize> {
    let Some(contents) = &value.contents else {
        findings.push(ByteRangeFinding::NoContents);
        return None;
    };
    if value.contents_span.is_none() {
        findings.push(ByteRangeFinding::ContentsNotInFile);
    }
    if !value.contents_is_hex {
        findings.push(ByteRangeFinding::ContentsNotHex);
    }
    // X.690: the value says itself how long it is, in definite or indefinite form.
    match Tlv::parse_prefix(contents) {
        Ok((cms, padding)) if cms.is_constructed() => {
            if let Some(at) = first_not_zero(padding) {
                findings.push(ByteRangeFinding::NotZeroAfterCms { offset: cms.raw.len() + at });
            }
            Some(cms.raw.len())
        }
        _ => {
            findings.push(ByteRangeFinding::NotCms);
            None
        }
    }
}

fn judge_range(range: &ByteRange, length: u64, value: &SignatureValue, findings: &mut Vec<ByteRangeFinding>) {
    if range.start != 0 {
        findings.push(ByteRangeFinding::NotFromStart { start: range.start });
    }
    if range.hole_end < range.hole_start {
        findings.push(ByteRangeFinding::Overlap);
    }
    if range.end > length {
        findings.push(ByteRangeFinding::PastEndOfFile { end: range.end, length });
    }
    if let Some((contents_start, contents_end)) = value.contents_span
        && (contents_start, contents_end) != (range.hole_start, range.hole_end)
    {
        findings.push(ByteRangeFinding::HoleIsNotContents {
            hole_start: range.hole_start,
            hole_end: range.hole_end,
            contents_start,
            contents_end,
        });
    }
}

/// Finds signature dictionaries whose holes overlap: one of them would sign what the other leaves open.
pub(crate) fn judge_shared_holes(values: &mut [(Option<ObjectId>, &mut Coverage)]) {
    let ids: Vec<ObjectId> = values.iter().map(|(id, _)| id.unwrap_or(ObjectId::new(0))).collect();
    let holes: Vec<Option<(u64, u64)>> =
        values.iter().map(|(_, c)| c.range.as_ref().map(|r| (r.hole_start, r.hole_end))).collect();
    for (at, (_, coverage)) in values.iter_mut().enumerate() {
        let Some((start, end)) = holes.get(at).copied().flatten() else { continue };
        let other = holes.iter().zip(&ids).enumerate().find_map(|(index, (hole, id))| {
            let (other_start, other_end) = (*hole)?;
            (index != at && other_start < end && start < other_end).then_some(*id)
        });
        if let Some(other) = other {
            coverage.findings.push(ByteRangeFinding::HoleShared { other });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(numbers: &[i64]) -> Result<ByteRange, ByteRangeFinding> {
        ByteRange::from_object(&Object::Array(numbers.iter().map(|n| Object::Integer(*n)).collect()))
    }

    #[test]
    fn two_pairs_and_nothing_else_are_a_range() {
        let got = range(&[0, 10, 30, 5]).expect("two pairs");
        assert_eq!((got.hole_start, got.hole_end, got.end, got.signed_length()), (10, 30, 35, 15));
        assert_eq!(got.to_numbers(), [0, 10, 30, 5]);
        assert_eq!(range(&[0, 10, 30]), Err(ByteRangeFinding::NotTwoPairs));
        assert_eq!(range(&[0, 10, 30, 5, 40, 1]), Err(ByteRangeFinding::NotTwoPairs));
        assert_eq!(range(&[0, -10, 30, 5]), Err(ByteRangeFinding::OutOfRange));
        assert!(range(&[0, i64::MAX, i64::MAX, i64::MAX]).is_ok());
    }

    #[test]
    fn chunks_are_the_signed_bytes_and_stop_at_the_end_of_the_file() {
        let file: Vec<u8> = (0..200_000u32).map(|n| u8::try_from(n % 256).expect("small")).collect();
        let covered = range(&[0, 70_000, 80_000, 120_000]).expect("two pairs");
        let mut got = Vec::new();
        covered.for_each_chunk(&file, &mut |piece| got.extend_from_slice(piece)).expect("memory");
        assert_eq!(got, [&file[..70_000], &file[80_000..]].concat());
        let past = range(&[0, 70_000, 80_000, 120_001]).expect("two pairs");
        assert!(past.for_each_chunk(&file, &mut |_| {}).is_err());
    }
}
