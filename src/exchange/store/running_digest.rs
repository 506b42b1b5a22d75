//! A SHA-256 that is kept with an upload's offset and goes on after a restart, without reading what came before.

use sha2::Digest as _;
use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};

use super::StoreError;
use crate::exchange::id::Sha256;

/// First octet of a kept state: how the rest is laid out. Another one is not read.
const LAYOUT: u8 = 1;

/// A digest being taken.
#[derive(Clone, Debug, Default)]
pub(super) struct RunningDigest(sha2::Sha256);

impl RunningDigest {
    pub(super) fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// The digest of everything taken in so far.
    pub(super) fn finish(&self) -> Result<Sha256, StoreError> {
        Sha256::from_slice(&self.0.clone().finalize()).ok_or(StoreError::Corrupt("digest"))
    }

    /// As it is kept.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&[LAYOUT], self.0.serialize().as_slice()].concat()
    }

    /// One that was kept; `None` for what this program does not read, which only means that the octets are read again.
    pub(super) fn from_bytes(kept: &[u8]) -> Option<Self> {
        let (layout, state) = kept.split_first()?;
        let state = SerializedState::<sha2::Sha256>::try_from(state).ok().filter(|_| *layout == LAYOUT)?;
        sha2::Sha256::deserialize(&state).ok().map(RunningDigest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_digest_goes_on_as_if_never_interrupted() {
        for cut in [0, 1, 63, 64, 65, 1_000] {
            let octets = vec![7; 1_000];
            let mut first = RunningDigest::default();
            first.update(&octets[..cut]);
            let mut second = RunningDigest::from_bytes(&first.to_bytes()).expect("reads");
            second.update(&octets[cut..]);
            assert_eq!(second.finish().expect("a digest"), Sha256::of(&octets), "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_kept_digest_is_not_read() {
        let kept = RunningDigest::default().to_bytes();
        let mut other = kept.clone();
        other[0] = LAYOUT + 1;
        for wrong in [&[][..], &kept[..kept.len() - 1], &other] {
            assert!(RunningDigest::from_bytes(wrong).is_none());
        }
    }
}
