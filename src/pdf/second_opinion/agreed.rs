//! Objects that another parser was seen to read as we do, by where it finds them.
//!
//! Revisions of one file share their first bytes. When its own table leads a parser to the same place for the same
//! object, it reads there what it read before.

use std::sync::{Mutex, PoisonError};

use super::Span;
use crate::base::seeded::SeededSet;
use crate::pdf::object::{Object, ObjectId};

/// The object, where it begins for us, and where for the other.
type Key = (ObjectId, usize, usize);

/// Objects read alike so far.
#[derive(Default)]
pub(super) struct Agreed(Mutex<SeededSet<Key>>);

impl Agreed {
    /// True when it was read alike from these places.
    pub(super) fn has(&self, id: ObjectId, ours: usize, theirs: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&(id, ours, theirs))
    }

    /// From now on it was.
    pub(super) fn add(&self, id: ObjectId, ours: usize, theirs: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((id, ours, theirs));
    }
}

/// Where an object begins whose reading depends on its own bytes only, all of them well within the `bytes` of this
/// revision.
pub(super) fn begins_alone(bytes: &[u8], ours: &Object, place: Option<Span>) -> Option<usize> {
    let (start, end) = place?;
    let end = usize::try_from(end).ok().filter(|end| *end < bytes.len())?;
    let is_closed = bytes.get(..end)?.ends_with(b"endobj");
    // The length of a stream may be an object of its own, which is another one in another revision.
    let stands_alone = ours.as_stream().is_none_or(|stream| stream.dictionary.integer("Length").is_some());
    if is_closed && stands_alone { usize::try_from(start).ok() } else { None }
}
