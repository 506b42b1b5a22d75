//! One indirect object as it stands in the file: `N G obj … endobj` — ISO 32000-2 7.3.8, 7.3.10.

use super::error::ObjectFault;
use super::lexer::{Lexer, Syntax, Token};
use super::object::{Dictionary, Object, ObjectId, Stream};
use crate::base::read::ReadAt;

const ENDSTREAM_SEARCH: u64 = 1 << 20;

/// An indirect object as it stands in the file.
pub(crate) struct RawObject {
    pub(crate) id: ObjectId,
    pub(crate) object: Object,
    /// First byte after `endobj`, or after what was read where that is missing.
    pub(crate) end: u64,
}

/// Reads `N G obj …` at an offset; `None` when no such header stands there.
pub(crate) fn read_indirect(
    file: &dyn ReadAt,
    at: u64,
    length_of: &dyn Fn(ObjectId) -> Option<i64>,
) -> Result<Option<RawObject>, ObjectFault> {
    let mut lexer = Lexer::new(file, at);
    let Some(id) = object_header(&mut lexer)? else { return Ok(None) };
    let object = lexer.object()?;
    let object = match object {
        Object::Dictionary(dictionary) => {
            let after = lexer.position();
            lexer.skip_space();
            if lexer.take(b"stream") {
                Object::Stream(Box::new(stream(file, &mut lexer, *dictionary, id, length_of)?))
            } else {
                lexer.seek(after);
                Object::Dictionary(dictionary)
            }
        }
        other => other,
    };
    let mut end = lexer.position();
    lexer.skip_space();
    if lexer.take(b"endobj") {
        end = lexer.position();
    }
    Ok(Some(RawObject { id, object, end }))
}

/// Reads `N G obj` where the lexer stands.
pub(crate) fn object_header(lexer: &mut Lexer<'_>) -> Result<Option<ObjectId>, Syntax> {
    let number = match lexer.token() {
        Ok(Token::Value(Object::Integer(number))) => u32::try_from(number).ok(),
        Err(Syntax::Io(kind)) => return Err(Syntax::Io(kind)),
        _ => None,
    };
    let Some(number) = number else { return Ok(None) };
    let generation = match lexer.token() {
        Ok(Token::Value(Object::Integer(generation))) => u16::try_from(generation).ok(),
        Err(Syntax::Io(kind)) => return Err(Syntax::Io(kind)),
        _ => None,
    };
    let Some(generation) = generation else { return Ok(None) };
    lexer.skip_space();
    Ok(lexer.take(b"obj").then_some(ObjectId { number, generation }))
}

fn stream(
    file: &dyn ReadAt,
    lexer: &mut Lexer<'_>,
    dictionary: Dictionary,
    id: ObjectId,
    length_of: &dyn Fn(ObjectId) -> Option<i64>,
) -> Result<Stream, ObjectFault> {
    // ISO 32000-2 7.3.8.1: CR LF or LF, never CR alone; blanks before it are met and harmless.
    while lexer.peek() == Some(b' ') {
        lexer.next();
    }
    if lexer.peek() == Some(b'\r') {
        lexer.next();
    }
    if lexer.peek() == Some(b'\n') {
        lexer.next();
    }
    let start = lexer.position();
    let stated = match dictionary.get("Length") {
        Some(Object::Integer(length)) => Some(*length),
        Some(Object::Reference(id)) => length_of(*id),
        _ => None,
    };
    let stated = stated.and_then(|length| u64::try_from(length).ok());
    if let Some(length) = stated
        && let Some(end) = start.checked_add(length).filter(|end| *end <= file.len())
    {
        lexer.seek(end);
        lexer.skip_white();
        if lexer.take(b"endstream") {
            return Ok(Stream { dictionary, id, start, length, length_repaired: false });
        }
    }
    let at = find(file, start, b"endstream", ENDSTREAM_SEARCH)
        .map_err(|e| Syntax::Io(e.kind()))?
        .ok_or(ObjectFault::StreamEnd)?;
    // The end of line before `endstream` is not data.
    let mut end = at;
    for byte in [b'\n', b'\r'] {
        let before = end.checked_sub(1).filter(|before| *before >= start);
        if let Some(before) = before
            && file.read_range(before, 1, 1).map_err(|e| Syntax::Io(e.kind()))?.first() == Some(&byte)
        {
            end = before;
        }
    }
    lexer.seek(at.saturating_add(9));
    Ok(Stream { dictionary, id, start, length: end - start, length_repaired: true })
}

/// First place of `pattern` at or after `from`, within `distance` bytes.
pub(crate) fn find(file: &dyn ReadAt, from: u64, pattern: &[u8], distance: u64) -> std::io::Result<Option<u64>> {
    const STEP: usize = 16 << 10;
    let overlap = u64::try_from(pattern.len().saturating_sub(1)).unwrap_or(0);
    let stop = from.saturating_add(distance).min(file.len());
    let mut at = from;
    while at < stop {
        let length = stop.saturating_sub(at).min(u64::try_from(STEP).unwrap_or(1)).saturating_add(overlap);
        let length = length.min(file.len().saturating_sub(at));
        let bytes = file.read_range(at, length, STEP + pattern.len())?;
        if let Some(found) = bytes.windows(pattern.len()).position(|window| window == pattern) {
            return Ok(Some(at.saturating_add(u64::try_from(found).unwrap_or(0))));
        }
        at = at.saturating_add(u64::try_from(STEP).unwrap_or(1));
    }
    Ok(None)
}

// ISO 32000-2 7.5.7: pairs of object number and offset from /First.
pub(super) fn object_stream_index(data: &dyn ReadAt, count: usize, first: usize) -> Option<Vec<(u32, u64)>> {
    let first = u64::try_from(first).ok()?;
    let most = usize::try_from(data.len() / 4).unwrap_or(usize::MAX);
    let mut lexer = Lexer::decoded(data, 0);
    let mut index = Vec::with_capacity(count.min(most + 1));
    let mut integer = || match lexer.token() {
        Ok(Token::Value(Object::Integer(value))) => Some(value),
        _ => None,
    };
    for _ in 0..count {
        let number = u32::try_from(integer()?).ok()?;
        let offset = u64::try_from(integer()?).ok()?;
        index.push((number, first.checked_add(offset)?));
    }
    Some(index)
}
