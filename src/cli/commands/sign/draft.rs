//! A document between its signing and its name: small ones in memory, large ones in their temporary file.
//!
//! Whatever is to be appended is appended here, and the check after signing reads here; the result appears, whole,
//! only once what [`Draft::written`] gives is committed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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

fn copy(file: &FileReader, input: &Path, whole: &mut WholeFile, hasher: &mut Hasher) -> Result<(), CliError> {
    const STEP: usize = 128 << 10;
    let mut buffer = vec![0; STEP];
    let mut at = 0;
    loop {
        let read = match file.read_at(&mut buffer, at) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(CliError::reading(input, &e)),
        };
        let piece = buffer.get(..read).unwrap_or_default();
        hasher.update(piece);
        whole.write_all(piece).map_err(|e| whole.failed(&e))?;
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
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
