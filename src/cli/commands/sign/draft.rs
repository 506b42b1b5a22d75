//! A document between its signing and its name: small ones in memory, large ones in their temporary file.
//!
//! Whatever is to be appended is appended here, and the check after signing reads here; the result appears, whole,
//! only once what [`Draft::written`] gives is committed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};

use crate::algorithms::Hasher;
use crate::base::read::ReadAt;
use crate::cli::error::CliError;
use crate::cli::files::{Contents, Existing, FileReader, WholeFile};

/// Bytes a signature without stamp appends at most, more or less: room for them is there at once.
const APPENDED: usize = 32 << 10;

/// The whole result so far.
pub(super) struct Draft {
    bytes: Bytes,
    /// Over the untouched bytes: whoever hashes the result goes on from here.
    hasher: Hasher,
    output: PathBuf,
    existing: Existing,
    input: PathBuf,
}

enum Bytes {
    Memory(Vec<u8>),
    File { whole: WholeFile, reader: FileReader },
}

impl Draft {
    /// Begins with the untouched bytes of `input`, to become `output`; the same bytes go into `hasher`.
    ///
    /// # Errors
    /// Why the input cannot be read or the output not be written.
    pub(super) fn begin(
        source: &Contents,
        input: &Path,
        output: &Path,
        existing: Existing,
        mut hasher: Hasher,
    ) -> Result<Self, CliError> {
        let bytes = match source {
            Contents::Memory(untouched) => {
                let mut bytes = Vec::with_capacity(untouched.len().saturating_add(APPENDED));
                bytes.extend_from_slice(untouched);
                hasher.update(&bytes);
                Bytes::Memory(bytes)
            }
            Contents::File(file) => {
                let mut whole = WholeFile::create(output, existing, &[input])?;
                copy(file, input, &mut whole, &mut hasher)?;
                let reader = FileReader::open(whole.temporary_path())?;
                Bytes::File { whole, reader }
            }
        };
        Ok(Draft { bytes, hasher, output: output.to_owned(), existing, input: input.to_owned() })
    }

    /// The hasher given at the beginning, after the untouched bytes.
    pub(super) fn hasher(&self) -> Hasher {
        self.hasher.clone()
    }

    /// Appends one incremental update.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) fn append(&mut self, update: &[u8]) -> Result<(), CliError> {
        match &mut self.bytes {
            Bytes::Memory(bytes) => bytes.extend_from_slice(update),
            Bytes::File { whole, reader } => {
                whole.write_all(update).and_then(|()| whole.flush()).map_err(|e| whole.failed(&e))?;
                *reader = FileReader::open(whole.temporary_path())?;
            }
        }
        Ok(())
    }

    /// The result in a file of its own that lacks only its name.
    ///
    /// # Errors
    /// Those of [`WholeFile::create`], or why it cannot be written.
    pub(super) fn written(self) -> Result<WholeFile, CliError> {
        match self.bytes {
            Bytes::File { whole, .. } => Ok(whole),
            Bytes::Memory(bytes) => {
                let mut whole = WholeFile::create(&self.output, self.existing, &[&self.input])?;
                whole.write_all(&bytes).map_err(|e| whole.failed(&e))?;
                Ok(whole)
            }
        }
    }
}

impl ReadAt for Draft {
    fn len(&self) -> u64 {
        match &self.bytes {
            Bytes::Memory(bytes) => ReadAt::len(bytes),
            Bytes::File { reader, .. } => reader.len(),
        }
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.bytes {
            Bytes::Memory(bytes) => bytes.read_at(buffer, offset),
            Bytes::File { reader, .. } => reader.read_at(buffer, offset),
        }
    }

    fn in_memory(&self) -> Option<&[u8]> {
        match &self.bytes {
            Bytes::Memory(bytes) => Some(bytes),
            Bytes::File { .. } => None,
        }
    }
}

/// Bytes read, hashed and written at a time.
const STEP: usize = 64 << 10;
/// Pieces that may wait for the disk.
const AHEAD: usize = 2;
/// Written bytes the disk is asked to keep before the end, so that little is left to wait for then.
const DURABLE_EVERY: usize = 8 << 20;

/// Copies the file: one thread reads and hashes, another writes the same pieces, and a third waits for the disk.
fn copy(file: &FileReader, input: &Path, whole: &mut WholeFile, hasher: &mut Hasher) -> Result<(), CliError> {
    let same = whole.file_mut().try_clone().map_err(|e| whole.failed(&e))?;
    let (read, written, kept) = std::thread::scope(|scope| {
        let (pieces, unwritten) = mpsc::sync_channel::<Arc<Vec<u8>>>(AHEAD);
        let (ask, asked) = mpsc::sync_channel::<()>(1);
        let out = &mut *whole;
        let writer = scope.spawn(move || -> io::Result<()> {
            let mut at_risk: usize = 0;
            for piece in unwritten {
                out.write_all(&piece)?;
                at_risk = at_risk.saturating_add(piece.len());
                if at_risk >= DURABLE_EVERY {
                    // A disk that is busy with what came before is asked next time.
                    let _ = ask.try_send(());
                    at_risk = 0;
                }
            }
            Ok(())
        });
        // What fails here is told to nobody who asks the system again.
        let keeper = scope.spawn(move || asked.iter().try_for_each(|()| same.sync_data()));
        let read = read(file, hasher, &pieces);
        drop(pieces);
        (read, writer.join(), keeper.join())
    });
    read.map_err(|e| CliError::reading(input, &e))?;
    for done in [written, kept] {
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(|e| whole.failed(&e))?;
    }
    Ok(())
}

/// Reads to the end, hashing what is read and handing it on; or until nobody takes it any more.
fn read(file: &FileReader, hasher: &mut Hasher, pieces: &SyncSender<Arc<Vec<u8>>>) -> io::Result<()> {
    // One more is being filled, and one written, than can wait.
    let mut buffers: Vec<Arc<Vec<u8>>> = (0..AHEAD + 2).map(|_| Arc::default()).collect();
    let mut at = 0;
    loop {
        buffers.rotate_left(1);
        let Some(piece) = buffers.first_mut() else { return Ok(()) };
        let buffer = Arc::make_mut(piece);
        buffer.resize(STEP, 0);
        let read = match file.read_at(buffer, at) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        buffer.truncate(read);
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
        if pieces.send(Arc::clone(piece)).is_err() {
            return Ok(());
        }
        hasher.update(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::DigestAlgorithm;

    fn appended(limit: u64) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("folder");
        let (input, output) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&input, b"untouched").expect("writes");
        let source = Contents::open(&input, limit).expect("opens");
        let hasher = DigestAlgorithm::Sha256.hasher();
        let mut draft = Draft::begin(&source, &input, &output, Existing::Keep, hasher).expect("begins");
        assert_eq!(draft.hasher().finish(), DigestAlgorithm::Sha256.digest(b"untouched"));
        draft.append(b" one").expect("appends");
        draft.append(b" two").expect("appends");
        assert!(!output.exists());
        assert_eq!(draft.read_range(0, draft.len(), 64).expect("reads"), b"untouched one two");
        draft.written().and_then(WholeFile::commit).expect("commits");
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 2);
        std::fs::read(&output).expect("reads")
    }

    #[test]
    fn small_and_large_documents_come_out_the_same() {
        assert_eq!(appended(9), b"untouched one two");
        assert_eq!(appended(8), b"untouched one two");
    }

    #[test]
    fn a_document_of_many_pieces_is_copied_and_hashed_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let (input, output) = (folder.path().join("a"), folder.path().join("b"));
        let bytes: Vec<u8> = (0..DURABLE_EVERY + 3 * STEP + 7).map(|n| u8::try_from(n % 251).expect("small")).collect();
        std::fs::write(&input, &bytes).expect("writes");
        let source = Contents::open(&input, 0).expect("opens");
        let hasher = DigestAlgorithm::Sha256.hasher();
        let mut draft = Draft::begin(&source, &input, &output, Existing::Keep, hasher).expect("begins");
        assert_eq!(draft.hasher().finish(), DigestAlgorithm::Sha256.digest(&bytes));
        draft.append(b" end").expect("appends");
        draft.written().and_then(WholeFile::commit).expect("commits");
        assert_eq!(std::fs::read(&output).expect("reads"), [&bytes[..], b" end"].concat());
    }

    #[test]
    fn a_draft_that_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let (input, output) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&input, b"untouched").expect("writes");
        for limit in [0, 100] {
            let source = Contents::open(&input, limit).expect("opens");
            let hasher = DigestAlgorithm::Sha256.hasher();
            drop(Draft::begin(&source, &input, &output, Existing::Keep, hasher).expect("begins"));
            assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1);
        }
    }
}
