//! Package octets in files: `ab/cd/DIGEST` below one folder, whole or not there.
//!
//! A part is written under `parts`, synced, renamed to its digest and the folder synced, in this order; the
//! folder's handle is open before the rename, so that an error of its sync is not lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::StoreError;
use super::running_digest::RunningDigest;
use crate::base::read::ReadAt;
use crate::exchange::id::Sha256;

/// The folder of package files.
#[derive(Debug)]
pub struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    /// Opens the folder, making it when it is not there.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder.join("parts"))?;
        // Packages are only as durable as the folders above them.
        sync_folder(folder)?;
        sync_folder(above(folder))?;
        Ok(Blobs { folder: folder.to_owned() })
    }

    /// Makes the part of an upload and takes all its room at once, so that want of room shows before anything
    /// is promised. The part's name is durable afterwards.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::NoSpace`]; nothing is left behind then.
    pub fn reserve(&self, upload: &str, length: u64) -> Result<(), StoreError> {
        let path = self.part_path(upload);
        let made = || -> Result<(), StoreError> {
            let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            super::space::allocate(&file, length)?;
            file.sync_all().map_err(full)?;
            sync_folder(&self.folder.join("parts"))?;
            Ok(())
        };
        made().inspect_err(|_| self.drop_part(upload))
    }

    /// Opens the part of an upload, to go on with it at `offset`; `running` is the digest kept for that offset.
    ///
    /// # Errors
    /// [`StoreError::File`], also when it is not there.
    pub fn part(&self, upload: &str, offset: u64, running: Option<&[u8]>) -> Result<Part, StoreError> {
        let file = OpenOptions::new().read(true).write(true).open(self.part_path(upload))?;
        let kept = running.and_then(RunningDigest::from_bytes).filter(|_| offset > 0);
        let is_restored = kept.is_some();
        let hashed = if is_restored { offset } else { 0 };
        let hasher = kept.unwrap_or_default();
        Ok(Part { file, hasher: hasher.clone(), hashed, settled: (hasher, hashed), is_restored })
    }

    /// Names of all parts.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn parts(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder.join("parts"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    /// Removes a package no row refers to any more.
    ///
    /// # Errors
    /// [`StoreError::File`]; that it is gone already is none.
    pub fn remove(&self, digest: &Sha256) -> Result<(), StoreError> {
        match fs::remove_file(self.path(digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Gives a synced part its name.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn keep(&self, upload: &str, digest: &Sha256) -> Result<(), StoreError> {
        let target = self.path(digest);
        let folder = target.parent().unwrap_or(&self.folder);
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            sync_folder(folder.parent().unwrap_or(&self.folder))?;
            sync_folder(&self.folder)?;
        }
        let handle = FolderHandle::open(folder)?;
        fs::rename(self.part_path(upload), &target)?;
        handle.sync()?;
        Ok(())
    }

    /// Removes a part that is not wanted any more.
    pub fn drop_part(&self, upload: &str) {
        // A part left behind costs room only; `fsck` names it.
        let _ = fs::remove_file(self.part_path(upload));
    }

    /// Opens a package.
    ///
    /// # Errors
    /// [`StoreError::File`], also when it is not there.
    pub fn read(&self, digest: &Sha256) -> Result<BlobFile, StoreError> {
        let file = File::open(self.path(digest))?;
        let length = file.metadata()?.len();
        Ok(BlobFile { file: Mutex::new(file), length })
    }

    /// Digests of all packages, and names that belong to nothing.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn list(&self) -> Result<(Vec<Sha256>, Vec<String>), StoreError> {
        let (mut found, mut strange) = (Vec::new(), Vec::new());
        for first in folders(&self.folder)? {
            for second in folders(&first)? {
                for entry in fs::read_dir(&second)? {
                    let path = entry?.path();
                    let name = path.file_name().and_then(|n| n.to_str()).and_then(Sha256::parse);
                    match name.filter(|digest| self.path(digest) == path) {
                        Some(digest) => found.push(digest),
                        None => strange.push(path.display().to_string()),
                    }
                }
            }
        }
        Ok((found, strange))
    }

    fn part_path(&self, upload: &str) -> PathBuf {
        self.folder.join("parts").join(upload)
    }

    fn path(&self, digest: &Sha256) -> PathBuf {
        let name = digest.to_string();
        let (first, rest) = name.split_at(2);
        self.folder.join(first).join(rest.split_at(2).0).join(&name)
    }
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "parts") {
            found.push(path);
        }
    }
    Ok(found)
}

/// A package being written.
#[derive(Debug)]
pub struct Part {
    file: File,
    hasher: RunningDigest,
    hashed: u64,
    /// The digest so far at the last offset that was settled: a chunk sent again goes on from there.
    settled: (RunningDigest, u64),
    /// Whether the digest began with one that was kept.
    is_restored: bool,
}

impl Part {
    /// Writes octets at an offset.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::NoSpace`].
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(bytes).map_err(full)?;
        if offset != self.hashed && offset == self.settled.1 {
            (self.hasher, self.hashed) = self.settled.clone();
        }
        if offset == self.hashed {
            self.hasher.update(bytes);
            self.hashed = self.hashed.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        } else {
            // Not in order: the digest is taken anew from the file at the end.
            self.hashed = u64::MAX;
        }
        Ok(())
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// [`StoreError::File`], [`StoreError::NoSpace`].
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(full)?;
        if self.hashed != u64::MAX {
            self.settled = (self.hasher.clone(), self.hashed);
        }
        Ok(())
    }

    /// The running digest as it is kept, when it is that of the octets below `offset`.
    pub fn running(&self, offset: u64) -> Option<Vec<u8>> {
        (self.hashed == offset).then(|| self.hasher.to_bytes())
    }

    /// Cuts off what stands past `length` and says whether the whole has this digest.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn has_digest(&mut self, length: u64, digest: &Sha256) -> Result<bool, StoreError> {
        self.file.set_len(length)?;
        if self.hashed == length {
            let is_it = self.hasher.finish()? == *digest;
            if is_it || !self.is_restored {
                return Ok(is_it);
            }
            // A digest kept by another run is trusted only where it fits.
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.hasher = RunningDigest::default();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match self.file.read(&mut buffer)? {
                0 => break,
                n => self.hasher.update(buffer.get(..n).unwrap_or(&[])),
            }
        }
        (self.hashed, self.is_restored) = (length, false);
        Ok(self.hasher.finish()? == *digest)
    }
}

pub(super) fn full(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::NoSpace,
        _ => StoreError::File(error),
    }
}

/// A package file, readable from several threads.
#[derive(Debug)]
pub struct BlobFile {
    file: Mutex<File>,
    length: u64,
}

impl ReadAt for BlobFile {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

/// The folder a folder stands in.
pub(super) fn above(folder: &Path) -> &Path {
    match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => folder,
    }
}

/// Makes a folder's entries durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    FolderHandle::open(folder)?.sync()
}

/// An open folder whose entries can be made durable. Windows syncs a rename with the file itself.
struct FolderHandle(Option<File>);

impl FolderHandle {
    fn open(folder: &Path) -> io::Result<Self> {
        if cfg!(unix) { File::open(folder).map(|f| FolderHandle(Some(f))) } else { Ok(FolderHandle(None)) }
    }

    fn sync(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), File::sync_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_found_under_its_digest_and_reads_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path()).expect("opens");
        let digest = Sha256::of(b"hello world");
        blobs.reserve("u1", 11).expect("room");
        let mut part = blobs.part("u1", 0, None).expect("a part");
        part.write(0, b"hello ").expect("writes");
        part.sync().expect("syncs");
        part.write(6, b"wrong").expect("writes");
        part.write(6, b"world").expect("a chunk sent again");
        assert_eq!(part.hashed, 11, "no second reading");
        part.sync().expect("syncs");
        assert!(part.has_digest(11, &digest).expect("digest"));
        blobs.keep("u1", &digest).expect("kept");
        let body = blobs.read(&digest).expect("opens");
        assert_eq!(body.read_range(6, 5, 100).expect("reads"), b"world");
        assert_eq!(blobs.list().expect("lists"), (vec![digest], vec![]));
    }

    #[test]
    fn a_part_resumed_by_another_process_has_the_digest_of_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path()).expect("opens");
        blobs.reserve("u1", 11).expect("room");
        let mut part = blobs.part("u1", 0, None).expect("a part");
        part.write(0, b"hello ").expect("writes");
        let kept = part.running(6).expect("in order");
        assert_eq!(part.running(5), None, "of another offset");
        for running in [None, Some(&kept[..]), Some(b"kept by a later version".as_slice())] {
            let mut part = blobs.part("u1", 6, running).expect("the same part");
            part.write(6, b"world, and more").expect("writes");
            assert!(part.has_digest(11, &Sha256::of(b"hello world")).expect("digest"));
        }
    }

    #[test]
    fn a_kept_digest_of_other_octets_is_found_out_by_reading_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path()).expect("opens");
        blobs.reserve("u1", 11).expect("room");
        let mut other = RunningDigest::default();
        other.update(b"HELLO ");
        blobs.part("u1", 0, None).expect("a part").write(0, b"hello ").expect("writes");
        let mut part = blobs.part("u1", 6, Some(&other.to_bytes())).expect("the part");
        part.write(6, b"world").expect("writes");
        assert!(part.has_digest(11, &Sha256::of(b"hello world")).expect("digest"));
    }
}
