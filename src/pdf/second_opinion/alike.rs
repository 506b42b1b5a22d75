//! When two readings of one object say the same.

use crate::pdf::object::{Dictionary, Object, Real};

/// Deepest nesting that is compared; below it nothing is alike.
pub(super) const MAX_DEPTH: usize = 100;

// Equal up to the precision of single floating point.
pub(super) fn alike(ours: &Object, theirs: &Object, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (ours, theirs) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, depth + 1))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => alike_dictionaries(a, b, depth),
        // Not every parser reads any end of line in a string as a line feed (ISO 32000-2 7.3.4.2).
        (Object::String(a), Object::String(b)) => a.bytes == b.bytes || line_feeds(&a.bytes) == line_feeds(&b.bytes),
        _ => match (ours.as_number(), theirs.as_number()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-5 * a.abs().max(1.0),
            _ => ours == theirs,
        },
    }
}

fn line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
            b'\r' => out.push(b'\n'),
            other => out.push(*other),
        }
    }
    out
}

pub(super) fn alike_dictionaries(ours: &Dictionary, theirs: &Dictionary, depth: usize) -> bool {
    // Not encrypted, but decrypted by parsers that do not know the exception (ISO 32000-2 7.6.2).
    let is_signature = ours.has("ByteRange");
    let covered = |a: &Dictionary, b: &Dictionary, forward: bool| {
        a.iter().all(|(key, _)| {
            if is_signature && key == b"Contents" {
                return true;
            }
            let Ok(key) = std::str::from_utf8(key) else { return true };
            match (a.get(key), b.get(key)) {
                (None, None) => true,
                (Some(x), Some(y)) => !forward || alike(x, y, depth + 1),
                _ => false,
            }
        })
    };
    covered(ours, theirs, true) && covered(theirs, ours, false)
}

pub(super) fn same_number(ours: &Object, theirs: f64) -> bool {
    ours.as_number().is_some_and(|ours| (ours - theirs).abs() <= 1e-5 * ours.abs().max(1.0))
}

// True when the keys are the same, each once and none with null, and `same` holds for every value; the value of a
// signature is left out as in `alike_dictionaries`.
pub(super) fn surely_alike_dictionaries(
    ours: &Dictionary,
    count: usize,
    same: impl Fn(&str, &Object, Value) -> bool,
) -> bool {
    let is_signature = ours.has("ByteRange");
    !ours.has_repeated_key()
        && ours.len() == count
        && ours.iter().all(|(key, value)| {
            let left_out = is_signature && key == b"Contents";
            let what = if left_out { Value::LeftOut } else { Value::Compared };
            !value.is_null() && std::str::from_utf8(key).is_ok_and(|key| same(key, value, what))
        })
}

/// Whether the value under a key counts, or only that there is one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Compared,
    LeftOut,
}

pub(super) fn real(value: f64) -> Object {
    Object::Real(Box::new(Real { value, text: value.to_string() }))
}
