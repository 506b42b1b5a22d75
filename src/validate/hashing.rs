//! Hashing a file and what its signatures cover in one pass.
//!
//! A signature made by an incremental update covers everything up to its hole and a few kilobytes after it, so
//! its digest begins like that of the file: the running SHA-256 is forked at the hole, and the file's bytes are
//! hashed once however many signatures it has. Only SHA-256 over ranges from byte 0 shares; the rest is hashed
//! by itself.

use std::io;

use super::candidate::Digests;
use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::base::read::ReadAt;

const STEP: usize = 128 << 10;

/// One content: the ranges it is made of, in order, and the digests that are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// First byte and first byte after, of each piece.
    pub(crate) ranges: Vec<(u64, u64)>,
    /// Digests to compute.
    pub(crate) algorithms: Vec<DigestAlgorithm>,
}

impl Wanted {
    /// Every piece lies in a file of `length` bytes.
    fn fits(&self, length: u64) -> bool {
        !self.ranges.is_empty() && self.ranges.iter().all(|(start, end)| start <= end && *end <= length)
    }

    /// Where the first piece ends, when it begins with the file.
    fn fork(&self) -> Option<u64> {
        self.ranges.first().filter(|(start, _)| *start == 0).map(|(_, end)| *end)
    }
}

/// A running SHA-256 over the first bytes of a file, for whoever has just written them and knows that they are those.
#[derive(Clone)]
pub(crate) struct Prefix {
    length: u64,
    hasher: Hasher,
}

impl Prefix {
    /// `hasher` was given the first `length` bytes; `None` for another digest than SHA-256, which shares nothing.
    pub(crate) fn new(length: u64, hasher: Hasher, algorithm: DigestAlgorithm) -> Option<Self> {
        (algorithm == DigestAlgorithm::Sha256).then_some(Prefix { length, hasher })
    }
}

/// SHA-256 of the whole file, and the digests of each content; a content whose ranges leave the file has none.
///
/// # Errors
/// Those of the storage.
pub(crate) fn hash(file: &dyn ReadAt, contents: &[Wanted]) -> io::Result<(Vec<u8>, Vec<Digests>)> {
    hash_from(file, contents, None)
}

/// [`hash`], going on from what is known of the file's first bytes.
///
/// # Errors
/// Those of the storage.
pub(crate) fn hash_from(
    file: &dyn ReadAt,
    contents: &[Wanted],
    known: Option<Prefix>,
) -> io::Result<(Vec<u8>, Vec<Digests>)> {
    let length = file.len();
    let mut digests: Vec<Digests> = contents.iter().map(|_| Digests::default()).collect();
    let shares = |w: &Wanted| w.fits(length) && w.algorithms.contains(&DigestAlgorithm::Sha256);
    let mut forks: Vec<(u64, usize)> =
        contents.iter().enumerate().filter(|(_, w)| shares(w)).filter_map(|(at, w)| Some((w.fork()?, at))).collect();
    forks.sort_unstable();
    // A content that forks within the known bytes needs them from the beginning.
    let first = forks.first().map_or(length, |(fork, _)| *fork);
    let known = known.filter(|known| known.length <= first);
    let (mut at, mut whole) =
        known.map_or_else(|| (0, DigestAlgorithm::Sha256.hasher()), |known| (known.length, known.hasher));
    let mut buffer = Vec::new();
    let mut feed = |start: u64, end: u64, hasher: &mut Hasher| feed(file, start, end, hasher, &mut buffer);
    for (fork, index) in forks {
        feed(at, fork, &mut whole)?;
        at = fork;
        let mut own = whole.clone();
        for (start, end) in contents.get(index).map(|w| w.ranges.get(1..).unwrap_or_default()).unwrap_or_default() {
            feed(*start, *end, &mut own)?;
        }
        if let Some(slot) = digests.get_mut(index) {
            slot.0.insert(DigestAlgorithm::Sha256, own.finish());
        }
    }
    feed(at, length, &mut whole)?;
    for (wanted, slot) in contents.iter().zip(&mut digests) {
        for algorithm in wanted.algorithms.iter().filter(|_| wanted.fits(length)) {
            if !slot.0.contains_key(algorithm) {
                let mut own = algorithm.hasher();
                for (start, end) in &wanted.ranges {
                    feed(*start, *end, &mut own)?;
                }
                slot.0.insert(*algorithm, own.finish());
            }
        }
    }
    Ok((whole.finish(), digests))
}

fn feed(file: &dyn ReadAt, mut at: u64, end: u64, hasher: &mut Hasher, buffer: &mut Vec<u8>) -> io::Result<()> {
    if let Some(there) = file.in_memory() {
        let range = usize::try_from(at).ok().zip(usize::try_from(end).ok());
        let piece = range.and_then(|(at, end)| there.get(at..end)).ok_or(io::ErrorKind::UnexpectedEof)?;
        hasher.update(piece);
        return Ok(());
    }
    buffer.resize(STEP, 0);
    while at < end {
        let piece = usize::try_from(end - at).unwrap_or(STEP).min(STEP);
        let piece = buffer.get_mut(..piece).unwrap_or_default();
        file.read_exact_at(piece, at)?;
        hasher.update(piece);
        at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use DigestAlgorithm::{Sha256, Sha384};

    fn want(ranges: &[(u64, u64)], algorithms: &[DigestAlgorithm]) -> Wanted {
        Wanted { ranges: ranges.to_vec(), algorithms: algorithms.to_vec() }
    }

    #[test]
    fn what_is_known_of_the_first_bytes_changes_no_digest() {
        let file: Vec<u8> = (0..1_000u32).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let both = vec![DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
        let wanted = Wanted { ranges: vec![(0, 600), (700, 1_000)], algorithms: both };
        let plain = hash(&file, std::slice::from_ref(&wanted)).expect("memory");
        for length in [0, 599, 600, 601, 1_000, 1_001] {
            let mut hasher = DigestAlgorithm::Sha256.hasher();
            hasher.update(file.get(..length).unwrap_or(&file));
            let known = Prefix::new(u64::try_from(length).expect("small"), hasher, DigestAlgorithm::Sha256);
            let got = hash_from(&file, std::slice::from_ref(&wanted), known).expect("memory");
            assert_eq!((got.0, &got.1[0].0), (plain.0.clone(), &plain.1[0].0), "{length}");
        }
        assert!(Prefix::new(1, DigestAlgorithm::Sha512.hasher(), DigestAlgorithm::Sha512).is_none());
    }

    #[test]
    fn forked_digests_are_those_of_the_pieces() {
        let file: Vec<u8> = (0..700_000u32).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let contents = [
            want(&[(0, 600_000), (650_000, 700_000)], &[Sha256, Sha384]),
            want(&[(0, 100), (200, 300)], &[Sha256]),
            want(&[(10, 20)], &[Sha256]),
        ];
        let (whole, digests) = hash(&file, &contents).expect("memory");
        assert_eq!(whole, Sha256.digest(&file));
        let first = [&file[..600_000], &file[650_000..]].concat();
        assert_eq!(digests[0].0[&Sha256], Sha256.digest(&first));
        assert_eq!(digests[0].0[&Sha384], Sha384.digest(&first));
        assert_eq!(digests[1].0[&Sha256], Sha256.digest(&[&file[..100], &file[200..300]].concat()));
        assert_eq!(digests[2].0[&Sha256], Sha256.digest(&file[10..20]));
    }

    #[test]
    fn ranges_that_leave_the_file_have_no_digest() {
        let file = vec![1; 100];
        let (_, digests) =
            hash(&file, &[want(&[(0, 50), (60, 101)], &[Sha256]), want(&[(60, 50)], &[Sha256])]).expect("memory");
        assert!(digests.iter().all(|d| d.0.is_empty()));
    }
}
