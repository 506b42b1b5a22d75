//! Equality of objects across revisions.

use crate::base::read::ReadAt as _;
use crate::pdf::error::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::view::View;
use crate::pdf::xref::Entry;

/// True when an object number means the same in both revisions, references inside not followed.
///
/// # Errors
/// Those of the storage and of limits; an object that does not read in one of them is not the same.
pub(crate) fn same_object(old: View<'_, '_>, new: View<'_, '_>, number: u32) -> Result<bool, PdfError> {
    let (before, after) = (old.entry(number), new.entry(number));
    if before == after && !matches!(before, Entry::Compressed { .. }) {
        return Ok(true);
    }
    let id = |entry: Entry| ObjectId {
        number,
        generation: if let Entry::InUse { generation, .. } = entry { generation } else { 0 },
    };
    if id(before) != id(after) {
        return Ok(false);
    }
    let read = |view: View<'_, '_>| match view.get(id(before)) {
        Ok(object) => Ok(Some(object)),
        Err(error @ (PdfError::Io(_) | PdfError::Limit(_))) => Err(error),
        Err(_) => Ok(None),
    };
    match (read(old)?, read(new)?) {
        (Some(a), Some(b)) => same_value(old, new, &a, &b),
        _ => Ok(false),
    }
}

/// True when two values mean the same; streams by dictionary and encoded bytes.
pub(crate) fn same_value(old: View<'_, '_>, new: View<'_, '_>, a: &Object, b: &Object) -> Result<bool, PdfError> {
    match (a, b) {
        (Object::Stream(a), Object::Stream(b)) => {
            Ok(changed_keys(&a.dictionary, &b.dictionary).iter().all(|key| key == "Length")
                && same_bytes(old, new, a, b)?)
        }
        _ => Ok(a == b),
    }
}

fn same_bytes(old: View<'_, '_>, new: View<'_, '_>, a: &Stream, b: &Stream) -> Result<bool, PdfError> {
    const STEP: u64 = 64 << 10;
    if a.length != b.length {
        return Ok(false);
    }
    let (mut at, limit) = (0, usize::try_from(STEP).unwrap_or(usize::MAX));
    while at < a.length {
        let length = (a.length - at).min(STEP);
        let before = old.document().window().read_range(a.start + at, length, limit)?;
        let after = new.document().window().read_range(b.start + at, length, limit)?;
        if before != after {
            return Ok(false);
        }
        at += length;
    }
    Ok(true)
}

/// Keys with different values, references compared as such; `*` when a key came twice and the dictionaries differ.
pub(crate) fn changed_keys(a: &Dictionary, b: &Dictionary) -> Vec<String> {
    if (a.has_repeated_key() || b.has_repeated_key()) && a != b {
        return vec!["*".to_owned()];
    }
    let text = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let mut keys: Vec<String> = Vec::new();
    let (left, right): (std::collections::HashMap<_, _>, std::collections::HashMap<_, _>) =
        (a.iter().collect(), b.iter().collect());
    for (key, value) in &left {
        let other = right.get(key).copied().unwrap_or(&Object::Null);
        if *value != other {
            keys.push(text(key));
        }
    }
    for (key, value) in &right {
        if !left.contains_key(key) && !value.is_null() {
            keys.push(text(key));
        }
    }
    keys.sort();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(text: &[u8]) -> Dictionary {
        let bytes = text.to_vec();
        let object = crate::pdf::lexer::Lexer::new(&bytes, 0).object().expect("valid");
        object.as_dictionary().expect("a dictionary").clone()
    }

    #[test]
    fn added_removed_and_changed_keys_are_told_and_null_is_absence() {
        let a = dictionary(b"<</A 1/B 2/C 3/N null>>");
        let b = dictionary(b"<</A 1.0/B 3/D 4>>");
        assert_eq!(changed_keys(&a, &b), ["B", "C", "D"]);
        assert!(changed_keys(&a, &a).is_empty());
    }

    #[test]
    fn a_repeated_key_is_never_a_harmless_difference() {
        let a = dictionary(b"<</V 1>>");
        let b = dictionary(b"<</V 1/V 2>>");
        assert_eq!(changed_keys(&a, &b), ["*"]);
    }
}
