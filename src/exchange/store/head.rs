//! The newest head of the log that somebody was told of, in a file of its own beside the database.
//!
//! Written after a commit and before its answers, so a database that went back behind it — a copy restored, a log of
//! writes damaged on disk — is noticed when the store is opened, and not by the agency whose receipt it forgot
//! (promise G8). Two slots are written in turn, each with its own digest: one that was torn leaves the other.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::blobs::sync_folder;
use crate::base::encoding::hex;
use crate::exchange::id::Sha256;

/// Octets of a slot: a sector, the most that a disk writes at once.
const SLOT: usize = 512;
/// First line of a slot.
const SCHEMA: &str = "congvan.head/1";

/// A head: how many leaves there are, and the hash of the last one. A leaf holds random octets, so its hash stands for
/// the history that made it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// Hash of the last one (RFC 6962 §2.1).
    pub last: Sha256,
}

/// The file.
#[derive(Debug)]
pub(super) struct HeadFile {
    file: File,
    newest: Option<Head>,
    next_slot: u64,
}

impl HeadFile {
    /// Opens it, making it when it is not there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        (&file).take(2 * u64::try_from(SLOT).unwrap_or(0)).read_to_end(&mut bytes)?;
        let slots: Vec<Option<Head>> = (0..2).map(|n| bytes.chunks(SLOT).nth(n).and_then(read_slot)).collect();
        let newest = slots.iter().flatten().copied().max_by_key(|head| head.size);
        // The slot that does not hold the newest is written next.
        let next_slot = u64::from(newest.is_some() && slots.first().copied().flatten() == newest);
        if bytes.len() < 2 * SLOT {
            // Its room is taken once: later writes then change no length, and cost one sync of the disk.
            bytes.resize(2 * SLOT, 0);
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            sync_folder(&parent(path))?;
        }
        Ok(HeadFile { file, newest, next_slot })
    }

    /// The newest head it holds.
    pub(super) fn newest(&self) -> Option<Head> {
        self.newest
    }

    /// Makes a newer head durable.
    pub(super) fn write(&mut self, head: Head) -> io::Result<()> {
        if self.newest == Some(head) {
            return Ok(());
        }
        let at = self.next_slot * u64::try_from(SLOT).unwrap_or(0);
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&slot(head))?;
        self.file.sync_data()?;
        self.next_slot = 1 - self.next_slot.min(1);
        self.newest = Some(head);
        Ok(())
    }
}

fn parent(path: &Path) -> PathBuf {
    super::blobs::above(path).to_owned()
}

fn slot(head: Head) -> Vec<u8> {
    let text = format!("{SCHEMA}\n{}\n{}\n", head.size, head.last);
    let mut bytes = format!("{text}{}\n", hex(&Sha256::of(text.as_bytes()).0)).into_bytes();
    bytes.resize(SLOT, 0);
    bytes
}

fn read_slot(bytes: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches('\0');
    let mut lines = text.lines();
    let (schema, size, last, check) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
    let head = Head { size: size.parse().ok()?, last: Sha256::parse(last)? };
    let covered = format!("{SCHEMA}\n{}\n{}\n", head.size, head.last);
    (schema == SCHEMA && Sha256::parse(check)? == Sha256::of(covered.as_bytes())).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(size: u64) -> Head {
        Head { size, last: Sha256::of(&size.to_be_bytes()) }
    }

    #[test]
    fn the_newest_head_is_had_again_and_a_torn_slot_leaves_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("head");
        let mut file = HeadFile::open(&path).expect("opens");
        assert_eq!(file.newest(), None);
        for size in 1..=5 {
            file.write(head(size)).expect("writes");
            assert_eq!(HeadFile::open(&path).expect("opens").newest(), Some(head(size)));
        }
        let mut bytes = std::fs::read(&path).expect("reads");
        assert_eq!(bytes.len(), 2 * SLOT);
        // The fifth stands in the first slot.
        bytes[20] ^= 1;
        std::fs::write(&path, &bytes).expect("writes");
        let mut file = HeadFile::open(&path).expect("opens");
        assert_eq!(file.newest(), Some(head(4)));
        file.write(head(6)).expect("writes");
        assert_eq!(HeadFile::open(&path).expect("opens").newest(), Some(head(6)));
    }

    #[test]
    fn a_file_of_something_else_holds_no_head() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("head");
        std::fs::write(&path, "congvan.head/1\n5\nabc\n").expect("writes");
        assert_eq!(HeadFile::open(&path).expect("opens").newest(), None);
    }
}
