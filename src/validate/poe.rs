//! Proofs of existence — EN 319 102-1 5.6.2.3: since when an object is proven to exist.
//!
//! Everything in hand exists now. A time-stamp that passed moves what it covers back to its own time.

use std::collections::HashMap;

use crate::base::time::UnixTime;

/// SHA-256 of an object: a signature value, certificate, CRL, OCSP response or token.
pub(crate) type ObjectDigest = [u8; 32];

/// What is proven, and since when.
#[derive(Clone, Debug)]
pub(crate) struct ProofsOfExistence {
    now: UnixTime,
    earliest: HashMap<ObjectDigest, UnixTime>,
}

impl ProofsOfExistence {
    /// Only that everything exists at `now`.
    pub(crate) fn new(now: UnixTime) -> Self {
        ProofsOfExistence { now, earliest: HashMap::new() }
    }

    /// An object is proven to exist at `at`.
    pub(crate) fn add(&mut self, object: ObjectDigest, at: UnixTime) {
        let known = self.earliest.entry(object).or_insert(at);
        *known = (*known).min(at);
    }

    /// True when a time-stamp that passed covers the object.
    pub(crate) fn is_proven(&self, object: &ObjectDigest) -> bool {
        self.earliest.contains_key(object)
    }

    /// The earliest time the object is proven to exist at.
    pub(crate) fn of(&self, object: &ObjectDigest) -> UnixTime {
        self.earliest.get(object).copied().unwrap_or(self.now).min(self.now)
    }
}

/// SHA-256 of an object's bytes.
pub(crate) fn digest(bytes: &[u8]) -> ObjectDigest {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_proof_counts_and_never_the_future() {
        let mut proofs = ProofsOfExistence::new(UnixTime(100));
        let object = digest(b"x");
        assert_eq!(proofs.of(&object), UnixTime(100));
        proofs.add(object, UnixTime(70));
        proofs.add(object, UnixTime(80));
        assert_eq!(proofs.of(&object), UnixTime(70));
        proofs.add(digest(b"y"), UnixTime(200));
        assert_eq!(proofs.of(&digest(b"y")), UnixTime(100));
        assert!(proofs.is_proven(&object) && !proofs.is_proven(&digest(b"z")));
    }
}
