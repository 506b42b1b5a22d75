//! Maps and sets of small keys that are asked often, hashed with one multiplication a number.
//!
//! The seed is drawn once a process, so that nobody can choose keys that fall together.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

/// A map hashed by [`Seeded`].
pub type SeededMap<K, V> = HashMap<K, V, Seeded>;
/// A set hashed by [`Seeded`].
pub type SeededSet<K> = HashSet<K, Seeded>;

// An odd number without a pattern: the fraction of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashing with the seed of this process.
#[derive(Clone, Copy, Debug)]
pub struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        static SEED: OnceLock<u64> = OnceLock::new();
        Seeded(*SEED.get_or_init(|| RandomState::new().hash_one(FACTOR)))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer(self.0)
    }
}

/// A running hash.
#[derive(Clone, Copy, Debug)]
pub struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    // Both halves of the product: the low one alone never depends on the high bits of its factors.
    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * u128::from(FACTOR);
        let half = |wide: u128| u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0);
        self.0 = (half(product) ^ half(product >> 64)).wrapping_add(FACTOR);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_a_row_and_keys_far_apart_spread_over_the_buckets() {
        for step in [1_u64, 20, 4_096, 1 << 20, 1 << 32, 1 << 40] {
            let seeded = Seeded::default();
            let low: HashSet<u64> = (0..1_024).map(|n| seeded.hash_one((n * step, 0_u16)) % 1_024).collect();
            // As many as chance leaves: 63 % of them, give or take.
            assert!(low.len() > 500, "{step} {}", low.len());
        }
    }

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let set: SeededSet<(u32, u16, u64)> = (0..5_000).map(|n| (n, 0, u64::from(n) * 300)).collect();
        assert_eq!(set.len(), 5_000);
        assert!(set.contains(&(17, 0, 5_100)) && !set.contains(&(17, 0, 5_101)));
    }
}
