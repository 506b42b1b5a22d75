//! Results for the inputs met last.
//!
//! The files of a batch carry the same certificates and names over and over; what was read of them once is read.

use std::collections::HashMap;

/// Most bytes of inputs that are kept; past it everything is forgotten.
const ROOM: usize = 256 << 10;
/// Larger inputs are not kept.
const LARGEST: usize = 16 << 10;

/// Remembers by the whole input, never by a part or a digest of it.
#[derive(Debug)]
pub struct Recent<V> {
    known: HashMap<Box<[u8]>, V>,
    bytes: usize,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Recent { known: HashMap::new(), bytes: 0 }
    }
}

impl<V: Clone> Recent<V> {
    /// What was kept for exactly this input.
    pub fn get(&self, input: &[u8]) -> Option<V> {
        self.known.get(input).cloned()
    }

    /// Keeps what follows from this input alone.
    pub fn keep(&mut self, input: &[u8], value: V) {
        if input.len() > LARGEST {
            return;
        }
        // Short inputs take room all the same.
        let cost = input.len().saturating_add(256);
        if self.bytes.saturating_add(cost) > ROOM {
            self.known.clear();
            self.bytes = 0;
        }
        if self.known.insert(input.into(), value).is_none() {
            self.bytes = self.bytes.saturating_add(cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_same_input_is_known() {
        let mut recent = Recent::default();
        recent.keep(b"abc", 1);
        assert_eq!((recent.get(b"abc"), recent.get(b"abd"), recent.get(b"ab")), (Some(1), None, None));
        recent.keep(b"abc", 2);
        assert_eq!(recent.get(b"abc"), Some(2));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut recent = Recent::default();
        recent.keep(&vec![0; LARGEST + 1], 0);
        assert!(recent.known.is_empty());
        for number in 0..10_000_u32 {
            recent.keep(&number.to_be_bytes(), number);
            assert!(recent.bytes <= ROOM);
        }
        assert_eq!(recent.get(&9_999_u32.to_be_bytes()), Some(9_999));
        assert!(recent.known.len() < 2_000);
    }
}
