//! What stands in later revisions without any cross-reference entry that leads to it.
//!
//! A reader that follows the tables never sees such objects; one that rebuilds a damaged table by searching the file
//! (ISO 32000-2 7.5.4 leaves that to readers) takes the last object of each number and shows them. An appending writer
//! lists every object it writes, so nobody honest needs them.

use std::collections::HashSet;

use crate::base::read::ReadAt as _;
use crate::pdf::document::Document;
use crate::pdf::error::PdfError;
use crate::pdf::indirect::read_indirect;
use crate::pdf::lexer::is_space;
use crate::pdf::object::{Object, ObjectId};
use crate::pdf::xref::Entry;

/// Bytes read at a time.
const STEP: u64 = 64 << 10;
/// Bytes two pieces share, so that no word is cut.
const OVERLAP: u64 = 32;
/// Most bytes of unlisted places that are looked through; more are an object by assumption.
const MAX_LOOK: u64 = 256 << 20;
/// Most bytes of an object stream's index.
const MAX_INDEX: usize = 16 << 20;

/// Something no cross-reference entry leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Unlisted {
    /// The revision it stands in.
    pub(super) revision: usize,
    /// Its object number; `None` for other bytes.
    pub(super) object: Option<ObjectId>,
    /// True for what a searching reader takes for an object or for cross-reference data.
    pub(super) reads_as_object: bool,
}

/// Everything unlisted in the revisions after `signed`, whose signed bytes end at `signed_end`; at most one finding a
/// gap. `spans` are the places of listed objects.
pub(super) fn unlisted(
    document: &Document<'_>,
    signed: usize,
    signed_end: u64,
    spans: &[(u32, u64, u64)],
) -> Result<Vec<Unlisted>, PdfError> {
    let mut known: Vec<(u64, u64)> = spans.iter().map(|(_, from, to)| (*from, *to)).collect();
    for index in signed.saturating_add(1)..document.revisions().len() {
        for section in document.revision_sections(index) {
            known.push((section.offset, section.end));
            if let Some(hybrid) = &section.hybrid {
                // Its stream need not list itself.
                let raw = read_indirect(document.window(), hybrid.offset, &|_| None).ok().flatten();
                known.push((hybrid.offset, raw.map_or(hybrid.offset, |raw| raw.end)));
            }
        }
        if let Some(revision) = document.revisions().get(index) {
            // startxref, its number and %%EOF.
            known.push((revision.section_end, revision.end));
        }
    }
    known.sort_unstable();
    let mut found = Vec::new();
    let mut at = signed_end;
    let mut left = MAX_LOOK;
    let end = document.revisions().last().map_or(signed_end, |revision| revision.end);
    for (from, to) in known.into_iter().chain([(end, end)]) {
        if from > at {
            let revision = revision_at(document, at).unwrap_or(signed);
            found.extend(look(document, at, from.min(end), &mut left)?.map(|kind| Unlisted { revision, ..kind }));
        }
        at = at.max(to);
    }
    for index in signed.saturating_add(1)..document.revisions().len() {
        contained(document, index, &mut found)?;
    }
    Ok(found)
}

fn revision_at(document: &Document<'_>, at: u64) -> Option<usize> {
    document.revisions().iter().position(|revision| revision.start <= at && at < revision.end)
}

/// What a gap holds: nothing, comments, other bytes, or an object.
fn look(document: &Document<'_>, from: u64, to: u64, left: &mut u64) -> Result<Option<Unlisted>, PdfError> {
    let object = |object| Some(Unlisted { revision: 0, object, reads_as_object: true });
    let length = to.saturating_sub(from);
    if length > *left {
        return Ok(object(None));
    }
    *left = left.saturating_sub(length);
    let (mut at, mut comment, mut other) = (from, false, false);
    while at < to {
        let piece = to.saturating_sub(at).min(STEP.saturating_add(OVERLAP));
        let bytes = document.window().read_range(at, piece, usize::try_from(STEP + OVERLAP).unwrap_or(usize::MAX))?;
        if let Some(found) = object_in(&bytes) {
            return Ok(object(found));
        }
        for byte in bytes.iter().take(usize::try_from(STEP).unwrap_or(usize::MAX)) {
            match byte {
                b'\r' | b'\n' => comment = false,
                b'%' => comment = true,
                byte if !comment && !is_space(*byte) => other = true,
                _ => {}
            }
        }
        at = at.saturating_add(STEP);
    }
    Ok(other.then_some(Unlisted { revision: 0, object: None, reads_as_object: false }))
}

/// `N G obj`, or a word of cross-reference data, in comments too: whoever searches does not parse.
fn object_in(bytes: &[u8]) -> Option<Option<ObjectId>> {
    for (at, window) in bytes.windows(4).enumerate() {
        if window.starts_with(b"obj") && at > 0 {
            let before = bytes.get(..at).unwrap_or_default();
            if let Some(id) = header_before(before) {
                return Some(Some(id));
            }
        }
    }
    let words: [&[u8]; 4] = [b"trailer", b"startxref", b"/XRef", b"/ObjStm"];
    words.iter().any(|word| bytes.windows(word.len()).any(|w| w == *word)).then_some(None)
}

/// The `N G ` that ends these bytes.
fn header_before(before: &[u8]) -> Option<ObjectId> {
    let tail = before.get(before.len().saturating_sub(24)..).unwrap_or_default();
    if !tail.last().copied().is_some_and(is_space) {
        return None;
    }
    let mut words = tail.split(|b| is_space(*b)).filter(|w| !w.is_empty()).rev();
    let generation = digits(words.next()?)?;
    // Whatever stands right before the number: readers that search take `xx12 0 obj` for object 12.
    let number = words.next()?;
    let start = number.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at.saturating_add(1));
    let number = digits(number.get(start..)?)?;
    Some(ObjectId { number, generation: u16::try_from(generation).ok()? })
}

fn digits(word: &[u8]) -> Option<u32> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Objects of a revision's object streams that no entry leads to.
fn contained(document: &Document<'_>, index: usize, found: &mut Vec<Unlisted>) -> Result<(), PdfError> {
    let Some(view) = document.view_at(index) else { return Ok(()) };
    let rows = document.revision_objects(index);
    let listed: HashSet<(u32, u32)> = rows
        .iter()
        .filter_map(|(number, entry)| match entry {
            Entry::Compressed { stream, .. } => Some((*stream, *number)),
            _ => None,
        })
        .collect();
    let mentioned: HashSet<u32> = rows.iter().map(|(number, _)| *number).collect();
    for (number, entry) in &rows {
        let Entry::InUse { generation, .. } = entry else { continue };
        let object = match view.get(ObjectId { number: *number, generation: *generation }) {
            Ok(object) => object,
            Err(error @ (PdfError::Io(_) | PdfError::Limit(_))) => return Err(error),
            Err(_) => continue,
        };
        let Some(stream) = object.as_stream().filter(|s| s.dictionary.is_name("Type", "ObjStm")) else { continue };
        let count = stream.dictionary.get("N").and_then(Object::as_integer).and_then(|n| usize::try_from(n).ok());
        let data = match view.stream_data(stream, MAX_INDEX) {
            Ok(data) => data,
            Err(PdfError::Io(error)) => return Err(error.into()),
            // Nobody reads it then.
            Err(_) => continue,
        };
        for inner in numbers(&data, count.unwrap_or(0)) {
            // An entry of the same revision that leads elsewhere tells the writer's will.
            if !listed.contains(&(*number, inner)) && !mentioned.contains(&inner) {
                found.push(Unlisted { revision: index, object: Some(ObjectId::new(inner)), reads_as_object: true });
                break;
            }
        }
    }
    Ok(())
}

/// The object numbers of an object stream's index (ISO 32000-2 7.5.7).
fn numbers(data: &[u8], count: usize) -> Vec<u32> {
    let words = data.split(|b| is_space(*b)).filter(|w| !w.is_empty());
    words.step_by(2).take(count.min(data.len())).map_while(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_headers_are_found_wherever_a_searching_reader_finds_them() {
        let id = |number| Some(Some(ObjectId::new(number)));
        assert_eq!(object_in(b"4 0 obj <<>>"), id(4));
        assert_eq!(object_in(b"% 12 \n0\tobj\n"), id(12));
        assert_eq!(object_in(b"endobj12 0 obj\n"), id(12));
        assert_eq!(object_in(b"the object of 5 0 objections"), id(5));
        assert_eq!(object_in(b"endobj an obj 4 obj"), None);
        assert_eq!(object_in(b"trailer"), Some(None));
        assert_eq!(object_in(b""), None);
    }

    #[test]
    fn the_index_of_an_object_stream_is_read_and_bounded() {
        assert_eq!(numbers(b"4 0 5 12 6 30 <<>>", 3), [4, 5, 6]);
        assert_eq!(numbers(b"4 0 x 12 6 30", 3), [4]);
        assert_eq!(numbers(b"", usize::MAX), [0u32; 0]);
    }
}
