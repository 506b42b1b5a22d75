//! Files: read in place, written whole or not at all, walked in a fixed order, named without loss.

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use tempfile::{NamedTempFile, TempDir};

use super::error::CliError;
use super::texts::errors::Code;
use crate::base::encoding::{base64, is_deceptive};
use crate::base::read::ReadAt;

/// Most bytes of a key, certificate, list or configuration file; documents are never read whole.
pub(crate) const SMALL_FILE: u64 = 64 << 20;

/// Most folder levels a walk goes down.
const DEEPEST: usize = 64;

/// An open file that can be read at any offset, from several threads.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: File,
    length: u64,
}

impl FileReader {
    /// Opens a regular file.
    ///
    /// # Errors
    /// [`Code::FileNotFound`] or [`Code::ReadFailed`].
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        // A named pipe must not be opened before we know what it is: that would wait for a writer.
        fs::metadata(path)
            .and_then(|found| if found.is_file() { File::open(path) } else { Err(not_regular(&found)) })
            .and_then(|file| {
                let found = file.metadata()?;
                if !found.is_file() {
                    return Err(not_regular(&found));
                }
                Ok(FileReader { length: found.len(), file })
            })
            .map_err(|e| CliError::reading(path, &e))
    }
}

impl FileReader {
    /// Takes over a file that is open already, a temporary one.
    ///
    /// # Errors
    /// Those of the storage.
    pub(crate) fn of(file: File) -> io::Result<Self> {
        Ok(FileReader { length: file.metadata()?.len(), file })
    }

    // From where it stands to the end, at most `limit` bytes; in one read where the length is still what it was.
    fn read_up_to(&self, limit: u64) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        let expected = usize::try_from(self.length.min(limit)).unwrap_or(0);
        let mut bytes = vec![0; expected];
        let mut filled = 0;
        while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
            match file.read(room) {
                Ok(0) => break,
                Ok(n) => filled = filled.saturating_add(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        bytes.truncate(filled);
        let left = limit.saturating_sub(u64::try_from(filled).unwrap_or(u64::MAX));
        file.take(left).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn not_regular(found: &fs::Metadata) -> io::Error {
    let kind = if found.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
    io::Error::new(kind, if found.is_dir() { "it is a folder" } else { "it is not a regular file" })
}

impl ReadAt for FileReader {
    fn len(&self) -> u64 {
        self.length
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }
}

/// An input: in memory while it is small, read in place beyond.
#[derive(Debug)]
pub(crate) enum Contents {
    /// All of it, read once.
    Memory(Arc<Vec<u8>>),
    /// The open file.
    File(FileReader),
}

impl Contents {
    /// Opens a regular file; up to `limit` bytes are kept in memory.
    ///
    /// # Errors
    /// As [`FileReader::open`].
    pub(crate) fn open(path: &Path, limit: u64) -> Result<Self, CliError> {
        let reader = FileReader::open(path)?;
        if reader.length > limit {
            return Ok(Contents::File(reader));
        }
        let bytes = reader.read_up_to(limit.saturating_add(1)).map_err(|e| CliError::reading(path, &e))?;
        // One that grew meanwhile is read in place.
        if ReadAt::len(&bytes) > limit {
            Ok(Contents::File(FileReader::open(path)?))
        } else {
            Ok(Contents::Memory(Arc::new(bytes)))
        }
    }
}

impl ReadAt for Contents {
    fn len(&self) -> u64 {
        match self {
            Contents::Memory(bytes) => ReadAt::len(&**bytes),
            Contents::File(file) => file.len(),
        }
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Contents::Memory(bytes) => bytes.read_at(buffer, offset),
            Contents::File(file) => file.read_at(buffer, offset),
        }
    }

    fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Contents::Memory(bytes) => Some(bytes),
            Contents::File(_) => None,
        }
    }

    fn shared(&self) -> Option<Arc<Vec<u8>>> {
        match self {
            Contents::Memory(bytes) => Some(Arc::clone(bytes)),
            Contents::File(_) => None,
        }
    }
}

/// Reads a small file whole (keys, certificates, lists).
///
/// # Errors
/// [`Code::TooLarge`] past `limit` bytes, or why it cannot be read.
pub(crate) fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    let reader = FileReader::open(path)?;
    let too_large = || CliError::new(Code::TooLarge).path("path", path).with("limit", limit);
    if reader.length > limit {
        return Err(too_large());
    }
    let bytes = reader.read_up_to(limit.saturating_add(1)).map_err(|e| CliError::reading(path, &e))?;
    if u64::try_from(bytes.len()).map_or(true, |length| length > limit) {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Whether an existing file may be replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Existing {
    /// Refuse; the default.
    Keep,
    /// `--force`.
    Replace,
}

impl From<bool> for Existing {
    fn from(force: bool) -> Self {
        if force { Existing::Replace } else { Existing::Keep }
    }
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readers {
    /// Whoever the process' umask allows.
    Everyone,
    /// Only the owner: private keys.
    Owner,
}

/// A file that appears whole under its name at [`WholeFile::commit`], or not at all.
///
/// The bytes go to a temporary name in the same folder; dropping it removes them.
#[derive(Debug)]
pub(crate) struct WholeFile {
    temporary: NamedTempFile,
    path: PathBuf,
    existing: Existing,
}

impl WholeFile {
    /// Starts the file `path`; `inputs` are the files it is made from.
    ///
    /// # Errors
    /// [`Code::SameFile`] when `path` is one of the inputs, [`Code::OutputExists`] when it exists and may not be
    /// replaced, [`Code::WriteFailed`] when its folder cannot be written to.
    pub(crate) fn create(path: &Path, existing: Existing, inputs: &[&Path]) -> Result<Self, CliError> {
        Self::create_for(path, existing, inputs, Readers::Everyone)
    }

    /// As [`WholeFile::create`], saying who may read the result.
    pub(crate) fn create_for(
        path: &Path,
        existing: Existing,
        inputs: &[&Path],
        readers: Readers,
    ) -> Result<Self, CliError> {
        check_output(path, existing, inputs)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".congvan-").suffix(".part");
        open_to(&mut builder, readers);
        let temporary = builder.tempfile_in(folder_of(path)).map_err(|e| CliError::writing(path, &e))?;
        Ok(WholeFile { temporary, path: path.to_owned(), existing })
    }

    /// The file itself, for writers that go back and forth.
    pub(crate) fn file_mut(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// [`Code::OutputExists`] when the name was taken meanwhile, [`Code::DiskFull`] or [`Code::WriteFailed`].
    pub(crate) fn commit(self) -> Result<(), CliError> {
        let path = self.path.clone();
        self.commit_name_unsynced()?;
        sync_folder(folder_of(&path)).map_err(|e| CliError::writing(&path, &e))
    }

    /// As [`WholeFile::commit`], but after a power failure the file may be missing (never half there) until
    /// [`sync_folder`] was called: once for many files.
    ///
    /// # Errors
    /// As [`WholeFile::commit`].
    pub(crate) fn commit_name_unsynced(self) -> Result<(), CliError> {
        let WholeFile { temporary, path, existing } = self;
        let failed = |e: io::Error| CliError::writing(&path, &e);
        temporary.as_file().sync_all().map_err(failed)?;
        let moved = match existing {
            Existing::Replace => temporary.persist(&path),
            Existing::Keep => temporary.persist_noclobber(&path),
        };
        match moved {
            Ok(_) => {}
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(CliError::new(Code::OutputExists).path("path", &path));
            }
            Err(e) => return Err(failed(e.error)),
        }
        Ok(())
    }

    /// Where the bytes are until then, for looking at them once more.
    pub(crate) fn temporary_path(&self) -> &Path {
        self.temporary.path()
    }

    /// The error to report when writing to it fails.
    pub(crate) fn failed(&self, cause: &io::Error) -> CliError {
        CliError::writing(&self.path, cause)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file_mut().flush()
    }
}

/// Refuses an output that may not be written, before any work is done for it.
///
/// # Errors
/// As [`WholeFile::create`].
pub(crate) fn check_output(path: &Path, existing: Existing, inputs: &[&Path]) -> Result<(), CliError> {
    let there = fs::symlink_metadata(path);
    let missing = there.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::NotFound);
    // Where nothing is, there is no input either, unless that is missing too.
    if inputs.iter().any(|input| *input == path || !missing && same_file(input, path)) {
        return Err(CliError::new(Code::SameFile).path("path", path));
    }
    if existing == Existing::Keep && there.is_ok() {
        return Err(CliError::new(Code::OutputExists).path("path", path));
    }
    Ok(())
}

/// Writes `bytes` as the whole file `path`.
///
/// # Errors
/// As [`WholeFile::create`] and [`WholeFile::commit`].
pub(crate) fn write_whole(path: &Path, bytes: &[u8], existing: Existing, inputs: &[&Path]) -> Result<(), CliError> {
    let mut file = WholeFile::create(path, existing, inputs)?;
    file.write_all(bytes).map_err(|e| file.failed(&e))?;
    file.commit()
}

/// Writes a private key as the new file `path`, readable by its owner only.
///
/// # Errors
/// As [`WholeFile::create`] and [`WholeFile::commit`].
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut file = WholeFile::create_for(path, Existing::Keep, &[], Readers::Owner)?;
    file.write_all(bytes).map_err(|e| file.failed(&e))?;
    file.commit()
}

/// A folder of results that appears whole under its name at [`WholeFolder::commit`], or not at all.
#[derive(Debug)]
pub(crate) struct WholeFolder {
    temporary: TempDir,
    path: PathBuf,
    existing: Existing,
}

impl WholeFolder {
    /// Starts the folder `path`. An existing empty folder may be used; one with files only with
    /// [`Existing::Replace`], which replaces it as a whole.
    ///
    /// # Errors
    /// [`Code::OutputExists`] or [`Code::WriteFailed`].
    pub(crate) fn create(path: &Path, existing: Existing) -> Result<Self, CliError> {
        let failed = |e: io::Error| CliError::writing(path, &e);
        let taken = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
                return Err(CliError::new(Code::OutputExists).path("path", path));
            }
            Err(e) => return Err(failed(e)),
        };
        if taken && existing == Existing::Keep {
            return Err(CliError::new(Code::OutputExists).path("path", path));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".congvan-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let temporary = builder.tempdir_in(folder_of(path)).map_err(failed)?;
        Ok(WholeFolder { temporary, path: path.to_owned(), existing })
    }

    /// Where the files go until the folder is complete.
    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Gives the folder its name; the files in it must have been synced by their writers.
    ///
    /// # Errors
    /// [`Code::OutputExists`] when the name was taken meanwhile, or [`Code::WriteFailed`].
    pub(crate) fn commit(self) -> Result<(), CliError> {
        let WholeFolder { temporary, path, existing } = self;
        let failed = |e: io::Error| CliError::writing(&path, &e);
        sync_folder(temporary.path()).map_err(failed)?;
        let mut aside = None;
        if path.is_dir() {
            // An empty folder disappears; one that filled up meanwhile stays and the rename below fails.
            let emptied = fs::remove_dir(&path).is_ok();
            if !emptied && existing == Existing::Replace {
                let old = tempfile::Builder::new()
                    .prefix(".congvan-")
                    .suffix(".old")
                    .tempdir_in(folder_of(&path))
                    .map_err(failed)?;
                fs::rename(&path, old.path().join("old")).map_err(failed)?;
                aside = Some(old);
            }
        }
        match fs::rename(temporary.path(), &path) {
            Ok(()) => {
                // The name is gone: nothing is left to remove when the guard is dropped.
                let _ = temporary.keep();
                drop(aside);
                sync_folder(folder_of(&path)).map_err(failed)
            }
            Err(e) => {
                if let Some(old) = aside {
                    fs::rename(old.path().join("old"), &path).map_err(failed)?;
                }
                let taken = matches!(e.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty);
                if taken { Err(CliError::new(Code::OutputExists).path("path", &path)) } else { Err(failed(e)) }
            }
        }
    }
}

#[cfg(unix)]
fn open_to(builder: &mut tempfile::Builder<'_, '_>, readers: Readers) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = match readers {
        Readers::Everyone => 0o666,
        Readers::Owner => 0o600,
    };
    builder.permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn open_to(_: &mut tempfile::Builder<'_, '_>, _: Readers) {}

/// Makes a rename in `folder` durable.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Renames are journalled by the file system here; a folder cannot be opened for syncing.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder a path stands in; `.` for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// True when both names lead to one file, also through links.
pub(crate) fn same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        #[cfg(unix)]
        (Ok(a), Ok(b)) => {
            use std::os::unix::fs::MetadataExt as _;
            return (a.dev(), a.ino()) == (b.dev(), b.ino());
        }
        // A name that leads nowhere leads to no other file.
        (Err(e), _) | (_, Err(e)) if e.kind() == io::ErrorKind::NotFound => return one == other,
        _ => {}
    }
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(a), Ok(b)) => a == b,
        _ => one == other,
    }
}

/// One file to work on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// True when it stood on the command line itself, false when a folder led to it.
    pub(crate) named: bool,
}

/// The files behind `paths`, folders walked in byte order of the names; links to folders inside folders are not
/// followed, hidden files are.
///
/// # Errors
/// [`Code::FileNotFound`] for a path that does not exist, [`Code::ReadFailed`] for a folder that cannot be listed or is
/// nested too deep, [`Code::NothingSelected`] when there is no file at all.
pub(crate) fn walk(paths: &[PathBuf]) -> Result<Vec<Found>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        let found = fs::metadata(path).map_err(|e| CliError::reading(path, &e))?;
        if found.is_dir() {
            walk_folder(path, DEEPEST, &mut files)?;
        } else {
            files.push(Found { path: path.clone(), named: true });
        }
    }
    match paths.first() {
        Some(first) if files.is_empty() => Err(CliError::new(Code::NothingSelected).path("path", first)),
        _ => Ok(files),
    }
}

/// [`walk`] for reports on every path: of several, one that cannot be had is left for its reader to name, and the others
/// are still looked at.
///
/// # Errors
/// Those of [`walk`] for a single path; [`Code::NothingSelected`] when there is no file at all.
pub(crate) fn walk_past(paths: &[PathBuf]) -> Result<Vec<Found>, CliError> {
    let [_, _, ..] = paths else { return walk(paths) };
    let mut files = Vec::new();
    for path in paths {
        match walk(std::slice::from_ref(path)) {
            Ok(found) => files.extend(found),
            Err(error) if error.code == Code::NothingSelected => {}
            Err(_) => files.push(Found { path: path.clone(), named: true }),
        }
    }
    match paths.first() {
        Some(first) if files.is_empty() => Err(CliError::new(Code::NothingSelected).path("path", first)),
        _ => Ok(files),
    }
}

fn walk_folder(folder: &Path, levels: usize, files: &mut Vec<Found>) -> Result<(), CliError> {
    let failed = |e: io::Error| CliError::reading(folder, &e);
    let Some(levels) = levels.checked_sub(1) else {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "folders are nested too deep")));
    };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((entry.file_name(), entry.file_type().map_err(failed)?));
    }
    entries.sort_by(|a, b| a.0.as_encoded_bytes().cmp(b.0.as_encoded_bytes()));
    for (name, kind) in entries {
        let path = folder.join(name);
        if kind.is_dir() {
            walk_folder(&path, levels, files)?;
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            files.push(Found { path, named: false });
        }
    }
    Ok(())
}

/// A path as reports carry it: text, and the raw bytes beside it when the text could not hold them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct PathName {
    /// The path; bytes that are not UTF-8, and then `%` itself, as `%XX`.
    pub(crate) path: String,
    /// The bytes in base64, only when `path` is escaped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path_bytes: Option<String>,
}

impl From<&Path> for PathName {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => PathName { path: text.to_owned(), path_bytes: None },
            None => {
                let bytes = path.as_os_str().as_encoded_bytes();
                PathName { path: escaped(bytes), path_bytes: Some(base64(bytes)) }
            }
        }
    }
}

/// A path for people: not UTF-8 escaped as in reports, control characters replaced so that a name cannot write on
/// the terminal.
pub(crate) fn path_text(path: &Path) -> String {
    printable(&PathName::from(path).path)
}

/// Text from outside, safe to print: control characters and those that hide or turn text become U+FFFD.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_deceptive(c) { '\u{fffd}' } else { c }).collect()
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_file_leaves_nothing_and_a_committed_one_is_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.pdf");
        let mut half = WholeFile::create(&path, Existing::Keep, &[]).expect("starts");
        half.write_all(b"half").expect("writes");
        drop(half);
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 0);
        write_whole(&path, b"whole", Existing::Keep, &[]).expect("writes");
        assert_eq!(fs::read(&path).expect("reads"), b"whole");
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1);
    }

    #[test]
    fn existing_output_is_kept_without_force_and_replaced_with_it() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.pdf");
        fs::write(&path, b"old").expect("writes");
        let refused = write_whole(&path, b"new", Existing::Keep, &[]).expect_err("refused");
        assert_eq!(refused.code, Code::OutputExists);
        assert_eq!(fs::read(&path).expect("reads"), b"old");
        write_whole(&path, b"new", Existing::Replace, &[]).expect("writes");
        assert_eq!(fs::read(&path).expect("reads"), b"new");
    }

    #[test]
    fn a_name_taken_while_writing_is_not_overwritten() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.pdf");
        let file = WholeFile::create(&path, Existing::Keep, &[]).expect("starts");
        fs::write(&path, b"someone else").expect("writes");
        assert_eq!(file.commit().expect_err("refused").code, Code::OutputExists);
        assert_eq!(fs::read(&path).expect("reads"), b"someone else");
    }

    #[test]
    fn output_over_its_input_is_refused_even_with_force() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.pdf");
        fs::write(&path, b"in").expect("writes");
        let other_name = folder.path().join(".").join("a.pdf");
        let refused = check_output(&other_name, Existing::Replace, &[&path]).expect_err("refused");
        assert_eq!(refused.code, Code::SameFile);
    }

    #[cfg(unix)]
    #[test]
    fn output_over_a_hard_link_of_its_input_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let (path, link) = (folder.path().join("a.pdf"), folder.path().join("b.pdf"));
        fs::write(&path, b"in").expect("writes");
        fs::hard_link(&path, &link).expect("links");
        assert_eq!(check_output(&link, Existing::Replace, &[&path]).expect_err("refused").code, Code::SameFile);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key.pem");
        write_private(&path, b"key").expect("writes");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_folder_appears_whole_and_replaces_only_with_force() {
        let root = tempfile::tempdir().expect("folder");
        let path = root.path().join("out");
        let first = WholeFolder::create(&path, Existing::Keep).expect("starts");
        fs::write(first.path().join("a"), b"1").expect("writes");
        assert!(!path.exists());
        first.commit().expect("commits");
        assert_eq!(fs::read(path.join("a")).expect("reads"), b"1");
        assert_eq!(WholeFolder::create(&path, Existing::Keep).expect_err("refused").code, Code::OutputExists);
        let second = WholeFolder::create(&path, Existing::Replace).expect("starts");
        fs::write(second.path().join("b"), b"2").expect("writes");
        second.commit().expect("commits");
        assert!(!path.join("a").exists() && path.join("b").exists());
        assert_eq!(fs::read_dir(root.path()).expect("lists").count(), 1);
    }

    #[test]
    fn an_existing_empty_folder_is_used_and_a_dropped_one_leaves_nothing() {
        let root = tempfile::tempdir().expect("folder");
        let path = root.path().join("out");
        fs::create_dir(&path).expect("makes");
        drop(WholeFolder::create(&path, Existing::Keep).expect("starts"));
        assert_eq!(fs::read_dir(root.path()).expect("lists").count(), 1);
        WholeFolder::create(&path, Existing::Keep).expect("starts").commit().expect("commits");
        assert!(path.is_dir());
    }

    #[test]
    fn folders_are_walked_in_name_order_and_named_files_are_marked() {
        let root = tempfile::tempdir().expect("folder");
        fs::create_dir(root.path().join("b")).expect("makes");
        for name in ["c.pdf", "a.pdf", "b/x.pdf"] {
            fs::write(root.path().join(name), b"x").expect("writes");
        }
        let found = walk(&[root.path().to_owned(), root.path().join("c.pdf")]).expect("walks");
        let names: Vec<_> = found.iter().map(|f| f.path.strip_prefix(root.path()).expect("below").to_owned()).collect();
        assert_eq!(names, ["a.pdf", "b/x.pdf", "c.pdf", "c.pdf"].map(PathBuf::from));
        assert_eq!(found.iter().map(|f| f.named).collect::<Vec<_>>(), [false, false, false, true]);
    }

    #[test]
    fn an_empty_folder_selects_nothing_and_a_missing_one_is_named() {
        let root = tempfile::tempdir().expect("folder");
        assert_eq!(walk(&[root.path().to_owned()]).expect_err("empty").code, Code::NothingSelected);
        assert_eq!(walk(&[root.path().join("no")]).expect_err("missing").code, Code::FileNotFound);
    }

    #[test]
    fn a_file_at_the_limit_is_read_and_one_past_it_is_not() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        fs::write(&path, b"1234").expect("writes");
        assert_eq!(read_small(&path, 4).expect("reads"), b"1234");
        assert_eq!(read_small(&path, 3).expect_err("too large").code, Code::TooLarge);
        assert_eq!(read_small(folder.path(), 3).expect_err("folder").code, Code::ReadFailed);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_utf_8_is_escaped_and_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"c\xf4ng%\x1b.pdf"));
        let name = PathName::from(path);
        assert_eq!(name.path, "c%F4ng%25\u{1b}.pdf");
        assert_eq!(name.path_bytes.as_deref(), Some("Y/RuZyUbLnBkZg=="));
        assert_eq!(path_text(path), "c%F4ng%25\u{fffd}.pdf");
        assert_eq!(PathName::from(Path::new("công%.pdf")).path, "công%.pdf");
    }

    #[test]
    fn a_reader_reads_at_offsets_and_stops_at_the_end() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        fs::write(&path, b"0123456789").expect("writes");
        let reader = FileReader::open(&path).expect("opens");
        assert_eq!(reader.len(), 10);
        let mut buffer = [0; 4];
        reader.read_exact_at(&mut buffer, 6).expect("reads");
        assert_eq!(&buffer, b"6789");
        assert!(reader.read_exact_at(&mut buffer, 7).is_err());
    }
}
