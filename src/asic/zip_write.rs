//! Writing a ZIP whose bytes depend on its content only: fixed time stamps, no extra fields, entries in the order given.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::base::read::ReadAt;

/// How an entry is put in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Packing {
    /// As it is; the `mimetype` entry needs it (EN 319 162-1 A.1).
    Store,
    /// Compressed.
    Deflate,
}

/// What becomes of an entry in [`rewrite`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Other bytes under its name.
    Content(Vec<u8>),
    /// Another name for its bytes.
    Name(String),
}

/// Writes the ZIP `from` into `to` with some entries changed and others added at the end. Entries that stay keep their
/// order and their packed bytes.
///
/// # Errors
/// What `from` or `to` say, or that `from` is no ZIP.
pub fn rewrite<W: Write + Seek>(
    from: &dyn ReadAt,
    to: W,
    changes: &BTreeMap<String, Change>,
    added: &[(String, Vec<u8>)],
) -> io::Result<W> {
    let mut source = ZipArchive::new(Reading { source: from, at: 0 }).map_err(io::Error::from)?;
    let mut zip = Writer::new(to);
    for index in 0..source.len() {
        let entry = source.by_index_raw(index).map_err(io::Error::from)?;
        let name = entry.name().map_err(io::Error::from)?.into_owned();
        match changes.get(&name) {
            None => zip.0.raw_copy_file(entry).map_err(io::Error::from)?,
            Some(Change::Name(other)) => zip.0.raw_copy_file_rename(entry, other.as_str()).map_err(io::Error::from)?,
            Some(Change::Content(bytes)) => zip.add(&name, Packing::Deflate, bytes)?,
        }
    }
    for (name, bytes) in added {
        zip.add(name, Packing::Deflate, bytes)?;
    }
    zip.finish()
}

/// Bytes at offsets as something to read and to seek in.
struct Reading<'a> {
    source: &'a dyn ReadAt,
    at: u64,
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(buffer, self.at)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

impl Seek for Reading<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// A ZIP being written.
pub struct Writer<W: Write + Seek>(ZipWriter<Output<W>>);

/// Where a ZIP is written to. After the first failure, which the caller was told, everything is taken and nothing kept:
/// a writer that is dropped unfinished tries to finish, and would print what it meets.
struct Output<W> {
    to: W,
    at: u64,
    has_failed: bool,
}

impl<W> Output<W> {
    fn new(to: W) -> Self {
        Output { to, at: 0, has_failed: false }
    }

    fn attempt<T>(&mut self, then: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.has_failed {
            return Ok(then);
        }
        let done = act(&mut self.to);
        self.has_failed = done.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::Interrupted);
        done
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.attempt(bytes.len(), |to| to.write(bytes))?;
        self.at = self.at.saturating_add(length(taken));
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), W::flush)
    }
}

impl<W: Seek> Seek for Output<W> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        let then = if let SeekFrom::Start(at) = place { at } else { self.at };
        self.at = self.attempt(then, |to| to.seek(place))?;
        Ok(self.at)
    }
}

impl<W: Read> Read for Output<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let taken = self.attempt(0, |to| to.read(buffer))?;
        self.at = self.at.saturating_add(length(taken));
        Ok(taken)
    }
}

fn length(taken: usize) -> u64 {
    u64::try_from(taken).unwrap_or(u64::MAX)
}

impl<W: Read + Write + Seek> Writer<W> {
    /// Goes on with a ZIP that is there; its entries stay as they are.
    ///
    /// # Errors
    /// What `to` says, or that it is no ZIP.
    pub fn append(to: W) -> io::Result<Self> {
        Ok(Writer(ZipWriter::new_append(Output::new(to)).map_err(io::Error::from)?))
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Starts a ZIP; the `mimetype` entry of a container has to be added first.
    pub fn new(to: W) -> Self {
        Writer(ZipWriter::new(Output::new(to)))
    }

    /// Adds an entry from memory.
    ///
    /// # Errors
    /// What `to` says, or `InvalidInput` for a name that stands already.
    pub fn add(&mut self, name: &str, packing: Packing, content: &[u8]) -> io::Result<()> {
        self.add_from(name, packing, &mut io::Cursor::new(content))
    }

    /// Adds an entry of less than 4 GiB from a reader.
    ///
    /// # Errors
    /// As [`Writer::add`], and what `content` says.
    pub fn add_from(&mut self, name: &str, packing: Packing, content: &mut dyn Read) -> io::Result<()> {
        let method = match packing {
            Packing::Store => CompressionMethod::Stored,
            Packing::Deflate => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.0.start_file(name, options).map_err(io::Error::from)?;
        io::copy(content, &mut self.0)?;
        Ok(())
    }

    /// Writes the directory and hands the output back.
    ///
    /// # Errors
    /// What `to` says.
    pub fn finish(self) -> io::Result<W> {
        let Output { to, has_failed, .. } = self.0.finish().map_err(io::Error::from)?;
        if has_failed { Err(io::ErrorKind::WriteZero.into()) } else { Ok(to) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::zip::{Archive, Limits};
    use super::*;

    fn zip() -> Vec<u8> {
        let mut writer = Writer::new(io::Cursor::new(Vec::new()));
        writer.add("mimetype", Packing::Store, b"t").expect("adds");
        writer.add("tệp.txt", Packing::Deflate, &[7; 9_000]).expect("adds");
        writer.add("META-INF/a.xml", Packing::Deflate, b"one").expect("adds");
        writer.finish().expect("finishes").into_inner()
    }

    #[test]
    fn what_is_not_named_keeps_its_place_and_its_packed_bytes() {
        let before = zip();
        let changes = [
            ("META-INF/a.xml".to_owned(), Change::Name("META-INF/a001.xml".to_owned())),
            ("absent".to_owned(), Change::Content(b"never".to_vec())),
        ];
        let added = [("META-INF/a.xml".to_owned(), b"two".to_vec())];
        let after =
            rewrite(&before, io::Cursor::new(Vec::new()), &changes.into(), &added).expect("writes").into_inner();
        let read = Archive::open(&after, Limits::default()).expect("opens");
        let names: Vec<&str> = read.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["mimetype", "tệp.txt", "META-INF/a001.xml", "META-INF/a.xml"]);
        assert_eq!((read.faults.as_slice(), read.entries[0].local_extra), (&[][..], 0));
        // Everything up to the renamed entry is as it was, byte for byte.
        let kept = usize::try_from(read.entries[2].offset).expect("small");
        assert_eq!(after.get(..kept), before.get(..kept));
        assert_eq!(read.read(&read.entries[3], 10).expect("unpacks"), b"two");
        let changed = [("tệp.txt".to_owned(), Change::Content(b"x".to_vec()))].into();
        let after = rewrite(&before, io::Cursor::new(Vec::new()), &changed, &[]).expect("writes").into_inner();
        let read = Archive::open(&after, Limits::default()).expect("opens");
        assert_eq!(read.read(&read.entries[1], 10).expect("unpacks"), b"x");
        assert!(rewrite(&b"no zip".to_vec(), io::Cursor::new(Vec::new()), &changed, &[]).is_err());
    }
}
