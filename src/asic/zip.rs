//! A strict ZIP reader — PKWARE APPNOTE 6.3, STORED and DEFLATE.
//!
//! Two readers of one ZIP must never see two different sets of files. So both the local headers and the central
//! directory are read, and everything in which they differ, every byte that belongs to no entry, every name that
//! stands twice is a [`Fault`]. Nothing is extracted by name.

use std::collections::HashMap;
use std::io;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::base::read::ReadAt;

/// Bounds for reading a ZIP.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most entries.
    pub entries: usize,
    /// Largest entry after decompression, in bytes.
    pub entry: u64,
    /// Most bytes after decompression for each compressed byte; judged above [`Limits::ratio_from`].
    pub ratio: u64,
    /// Entries up to this size may have any ratio, in bytes.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { entries: 10_000, entry: 4 << 30, ratio: 200, ratio_from: 4 << 20 }
    }
}

/// Largest central directory, in bytes.
const MAX_DIRECTORY: usize = 16 << 20;
/// Longest entry name, in bytes.
const MAX_NAME: usize = 4_096;

/// Why a ZIP cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// The source failed.
    #[error("the ZIP could not be read")]
    Io(#[from] io::Error),
    /// No end record where one must be.
    #[error("the file does not end as a ZIP does")]
    NoEnd,
    /// Two end records fit, so two readers may see two directories.
    #[error("the ZIP has two possible ends")]
    TwoEnds,
    /// Several disks, encryption, a ZIP64 directory or another compression.
    #[error("the ZIP uses {0}, which is not read")]
    Unsupported(&'static str),
    /// The central directory cannot be followed.
    #[error("the central directory of the ZIP is damaged at entry {entry}")]
    Directory {
        /// Counted from 1.
        entry: usize,
    },
    /// Too many entries.
    #[error("the ZIP has more than {limit} entries")]
    TooManyEntries {
        /// The bound.
        limit: usize,
    },
    /// An entry is too large, or shrinks too well to be honest.
    #[error("the ZIP entry {name:?} unpacks to more than is allowed")]
    Bomb {
        /// Its name.
        name: String,
    },
    /// The data of an entry is damaged.
    #[error("the data of the ZIP entry {name:?} is damaged")]
    Data {
        /// Its name.
        name: String,
    },
    /// The receiver of the data failed.
    #[error("the unpacked data could not be stored")]
    Sink(#[source] io::Error),
}

/// One entry of the central directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its name, bytes that are not UTF-8 replaced.
    pub name: String,
    /// The name's bytes.
    pub name_bytes: Vec<u8>,
    /// Size after decompression, in bytes.
    pub size: u64,
    /// Size in the ZIP, in bytes.
    pub packed: u64,
    /// True when the data is stored as it is.
    pub stored: bool,
    /// Length of the extra field in the local header.
    pub local_extra: usize,
    /// Offset of the local header.
    pub offset: u64,
    crc: u32,
    flags: u16,
    other_name: bool,
    // `None` when the local header cannot be used.
    data: Option<u64>,
}

impl Entry {
    /// True for a folder entry.
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// Something in which two readers of the ZIP may differ.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// One name, several entries.
    #[error("the entry {0:?} stands more than once")]
    Duplicate(String),
    /// Names that are one file where case does not matter.
    #[error("the entry {0:?} differs from another only in case")]
    CaseDuplicate(String),
    /// Local header and central directory disagree.
    #[error("the entry {0:?} is described differently in its own header and in the directory")]
    Mismatch(String),
    /// No local header where the directory says.
    #[error("the entry {0:?} has no header where the directory says")]
    NoLocalHeader(String),
    /// Data of two entries overlaps.
    #[error("the entry {0:?} overlaps another one")]
    Overlap(String),
    /// Bytes between entries, or before the first, that no entry owns.
    #[error("bytes before the entry {0:?} belong to no entry")]
    Unlisted(String),
    /// A name that leads out of a folder, or that some system cannot hold.
    #[error("the entry name {0:?} is not a plain relative path")]
    Name(String),
    /// A second name in the extra field (APPNOTE 4.6.9), which some readers go by and others do not.
    #[error("the entry {0:?} has another name in its extra field")]
    OtherName(String),
    /// Called a folder, with content that some readers write to a file.
    #[error("the folder {0:?} has content")]
    FolderWithContent(String),
}

/// An open ZIP.
pub struct Archive<'a> {
    source: &'a dyn ReadAt,
    limits: Limits,
    /// The entries, in the order of the central directory.
    pub entries: Vec<Entry>,
    /// Where readers may differ; empty for an honest ZIP.
    pub faults: Vec<Fault>,
    /// The comment of the ZIP.
    pub comment: Vec<u8>,
}

impl std::fmt::Debug for Archive<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("entries", &self.entries).field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl<'a> Archive<'a> {
    /// Reads directory and local headers; no data is unpacked.
    ///
    /// # Errors
    /// A [`ZipError`] when there is no directory that can be followed.
    pub fn open(source: &'a dyn ReadAt, limits: Limits) -> Result<Self, ZipError> {
        let end = End::find(source)?;
        if end.entries > limits.entries {
            return Err(ZipError::TooManyEntries { limit: limits.entries });
        }
        let directory =
            source.read_range(end.directory, end.directory_length, MAX_DIRECTORY).map_err(|e| match e.kind() {
                io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => ZipError::Directory { entry: 1 },
                _ => ZipError::Io(e),
            })?;
        let mut entries = Vec::new();
        let mut rest = Fields(&directory);
        for number in 1..=end.entries {
            entries.push(central_entry(&mut rest, number)?);
        }
        if !rest.0.is_empty() {
            return Err(ZipError::Directory { entry: end.entries.saturating_add(1) });
        }
        let mut archive = Archive { source, limits, entries, faults: Vec::new(), comment: end.comment };
        archive.check_names();
        archive.check_layout(end.directory)?;
        Ok(archive)
    }

    /// The entry of that name, if there is exactly one.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let mut found = self.entries.iter().filter(|e| e.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    /// Unpacks an entry into `sink`, checking size, ratio and CRC.
    ///
    /// # Errors
    /// [`ZipError::Bomb`] past a bound, [`ZipError::Data`] when it is damaged, [`ZipError::Sink`] from `sink`.
    pub fn unpack(&self, entry: &Entry, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), ZipError> {
        let bomb = || ZipError::Bomb { name: entry.name.clone() };
        let damaged = || ZipError::Data { name: entry.name.clone() };
        if entry.size > self.limits.entry
            || (entry.size > self.limits.ratio_from && entry.size / self.limits.ratio.max(1) > entry.packed)
        {
            return Err(bomb());
        }
        let start = entry.data.ok_or_else(damaged)?;
        let (mut crc, mut produced) = (Crc::new(), 0_u64);
        let mut out = |bytes: &[u8]| {
            produced = produced.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if produced > entry.size {
                return Err(damaged());
            }
            crc.update(bytes);
            sink(bytes).map_err(ZipError::Sink)
        };
        if entry.stored {
            self.each_chunk(start, entry.packed, &mut out)?;
        } else {
            let mut inflate = Inflate::new();
            self.each_chunk(start, entry.packed, &mut |chunk| {
                inflate.push(chunk, &mut out)?.then_some(()).ok_or_else(damaged)
            })?;
            if !inflate.ended {
                return Err(damaged());
            }
        }
        if produced != entry.size || crc.sum() != entry.crc {
            return Err(damaged());
        }
        Ok(())
    }

    /// Where the data of an entry stands that is stored as it is and lies whole in the file; its CRC is not looked at.
    pub fn stored_at(&self, entry: &Entry) -> Option<u64> {
        let start = entry.data.filter(|_| entry.stored && entry.size == entry.packed)?;
        let end = start.checked_add(entry.size)?;
        (end <= self.source.len()).then_some(start)
    }

    /// Unpacks an entry of at most `limit` bytes into memory.
    ///
    /// # Errors
    /// As [`Archive::unpack`]; [`ZipError::Bomb`] past `limit`.
    pub fn read(&self, entry: &Entry, limit: usize) -> Result<Vec<u8>, ZipError> {
        if usize::try_from(entry.size).map_or(true, |size| size > limit) {
            return Err(ZipError::Bomb { name: entry.name.clone() });
        }
        let mut out = Vec::new();
        self.unpack(entry, &mut |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(out)
    }

    fn each_chunk(
        &self,
        start: u64,
        length: u64,
        step: &mut dyn FnMut(&[u8]) -> Result<(), ZipError>,
    ) -> Result<(), ZipError> {
        let mut buffer = vec![0; CHUNK];
        let (mut at, mut left) = (start, length);
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let chunk = buffer.get_mut(..wanted).unwrap_or_default();
            self.source.read_exact_at(chunk, at)?;
            step(chunk)?;
            let read = u64::try_from(wanted).unwrap_or(left);
            at = at.saturating_add(read);
            left -= read;
        }
        Ok(())
    }

    fn check_names(&mut self) {
        let mut exact: HashMap<&[u8], ()> = HashMap::new();
        let mut folded: HashMap<String, ()> = HashMap::new();
        let mut faults = Vec::new();
        for entry in &self.entries {
            if exact.insert(&entry.name_bytes, ()).is_some() {
                faults.push(Fault::Duplicate(entry.name.clone()));
            } else if folded.insert(entry.name.to_lowercase(), ()).is_some() {
                faults.push(Fault::CaseDuplicate(entry.name.clone()));
            }
            if !is_plain_path(&entry.name) {
                faults.push(Fault::Name(entry.name.clone()));
            }
            if entry.is_folder() && entry.size != 0 {
                faults.push(Fault::FolderWithContent(entry.name.clone()));
            }
        }
        self.faults = faults;
    }

    // Entries must fill the file from its start to the directory without holes and overlaps.
    fn check_layout(&mut self, directory: u64) -> Result<(), ZipError> {
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|at| self.entries.get(*at).map_or(0, |e| e.offset));
        let mut next = 0_u64;
        for at in order {
            let Some(entry) = self.entries.get(at) else { continue };
            let name = entry.name.clone();
            match entry.offset.cmp(&next) {
                std::cmp::Ordering::Less => self.faults.push(Fault::Overlap(name.clone())),
                std::cmp::Ordering::Greater => self.faults.push(Fault::Unlisted(name.clone())),
                std::cmp::Ordering::Equal => {}
            }
            match local_header(self.source, entry)? {
                Some(local) => {
                    let end = local.data.saturating_add(entry.packed);
                    if !local.agrees {
                        self.faults.push(Fault::Mismatch(name.clone()));
                    }
                    if local.other_name || entry.other_name {
                        self.faults.push(Fault::OtherName(name.clone()));
                    }
                    if end > directory {
                        self.faults.push(Fault::Overlap(name));
                        next = next.max(end);
                        continue;
                    }
                    next = next.max(end.saturating_add(descriptor_length(self.source, entry, end, directory)?));
                    if let Some(entry) = self.entries.get_mut(at) {
                        entry.data = Some(local.data);
                        entry.local_extra = local.extra;
                    }
                }
                None => self.faults.push(Fault::NoLocalHeader(name)),
            }
        }
        if next < directory {
            self.faults.push(Fault::Unlisted(String::new()));
        }
        Ok(())
    }
}

const CHUNK: usize = 64 * 1024;

struct Inflate {
    state: Decompress,
    out: Vec<u8>,
    ended: bool,
}

impl Inflate {
    fn new() -> Self {
        Inflate { state: Decompress::new(false), out: vec![0; CHUNK], ended: false }
    }

    // False when the stream is damaged or goes on behind its end.
    fn push(&mut self, mut chunk: &[u8], out: &mut dyn FnMut(&[u8]) -> Result<(), ZipError>) -> Result<bool, ZipError> {
        loop {
            if self.ended {
                return Ok(chunk.is_empty());
            }
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let Ok(status) = self.state.decompress(chunk, &mut self.out, FlushDecompress::None) else {
                return Ok(false);
            };
            let consumed = usize::try_from(self.state.total_in() - before_in).unwrap_or(usize::MAX);
            let produced = usize::try_from(self.state.total_out() - before_out).unwrap_or(usize::MAX);
            chunk = chunk.get(consumed..).unwrap_or_default();
            out(self.out.get(..produced).unwrap_or_default())?;
            self.ended = status == Status::StreamEnd;
            if !self.ended && produced == 0 && (chunk.is_empty() || consumed == 0) {
                return Ok(chunk.is_empty());
            }
        }
    }
}

struct End {
    entries: usize,
    directory: u64,
    directory_length: u64,
    comment: Vec<u8>,
}

const END_LENGTH: u64 = 22;

impl End {
    // APPNOTE 4.3.16: the record is the last thing in the file, except for a comment whose length it states.
    fn find(source: &dyn ReadAt) -> Result<End, ZipError> {
        let length = source.len();
        let window = length.min(END_LENGTH + 65_535);
        if length < END_LENGTH {
            return Err(ZipError::NoEnd);
        }
        let start = length - window;
        let tail = source.read_range(start, window, 70_000)?;
        let mut found = None;
        for (at, bytes) in tail.windows(22).enumerate() {
            if !bytes.starts_with(b"PK\x05\x06") {
                continue;
            }
            let mut fields = Fields(bytes.get(4..).unwrap_or_default());
            let Some(end) = End::parse(&mut fields) else { continue };
            let comment = tail.get(at + 22..).unwrap_or_default();
            if comment.len() != end.1 {
                continue;
            }
            let offset = start.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
            if found.is_some() {
                return Err(ZipError::TwoEnds);
            }
            found = Some((end.0, offset, comment.to_vec()));
        }
        let (end, offset, comment) = found.ok_or(ZipError::NoEnd)?;
        if end.directory == 0xffff_ffff || end.directory_length == 0xffff_ffff || end.entries == 0xffff {
            return Err(ZipError::Unsupported("a ZIP64 directory"));
        }
        if end.directory.checked_add(end.directory_length) != Some(offset) {
            return Err(ZipError::Directory { entry: 1 });
        }
        Ok(End { comment, ..end })
    }

    fn parse(fields: &mut Fields<'_>) -> Option<(End, usize)> {
        let (disk, first_disk, here, entries) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
        let (directory_length, directory) = (u64::from(fields.u32()?), u64::from(fields.u32()?));
        let comment = usize::from(fields.u16()?);
        let one_disk = disk == 0 && first_disk == 0 && here == entries;
        one_disk
            .then(|| (End { entries: usize::from(entries), directory, directory_length, comment: Vec::new() }, comment))
    }
}

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 8;

fn central_entry(fields: &mut Fields<'_>, number: usize) -> Result<Entry, ZipError> {
    let damaged = || ZipError::Directory { entry: number };
    let read = |fields: &mut Fields<'_>| -> Option<(Entry, u16, u16)> {
        if fields.take(4)? != b"PK\x01\x02" {
            return None;
        }
        fields.take(4)?; // versions
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.take(4)?; // time and date
        let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
        let disk = fields.u16()?;
        fields.take(6)?; // attributes
        let offset = fields.u32()?;
        let name_bytes = fields.take(usize::from(name)).filter(|n| n.len() <= MAX_NAME && !n.is_empty())?.to_vec();
        let extra = fields.take(usize::from(extra))?;
        fields.take(usize::from(comment))?;
        let [size, packed, offset] = long_values([size, packed, offset], extra)?;
        let entry = Entry {
            name: String::from_utf8_lossy(&name_bytes).into_owned(),
            other_name: names_another(extra, &name_bytes),
            name_bytes,
            size,
            packed,
            stored: method == STORED,
            local_extra: 0,
            offset,
            crc,
            flags,
            data: None,
        };
        Some((entry, method, disk))
    };
    let (entry, method, disk) = read(fields).ok_or_else(damaged)?;
    if entry.flags & FLAG_ENCRYPTED != 0 {
        return Err(ZipError::Unsupported("encryption"));
    }
    if method != STORED && method != DEFLATED {
        return Err(ZipError::Unsupported("a compression other than DEFLATE"));
    }
    if disk != 0 || (entry.stored && entry.size != entry.packed) {
        return Err(damaged());
    }
    Ok(entry)
}

struct Local {
    data: u64,
    extra: usize,
    agrees: bool,
    other_name: bool,
}

fn local_header(source: &dyn ReadAt, entry: &Entry) -> Result<Option<Local>, ZipError> {
    let mut head = [0_u8; 30];
    match source.read_exact_at(&mut head, entry.offset) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let mut fields = Fields(&head);
    let mut read = || {
        if fields.take(4)? != b"PK\x03\x04" {
            return None;
        }
        fields.take(2)?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.take(4)?;
        let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        Some((flags, method, crc, packed, size, fields.u16()?, fields.u16()?))
    };
    let Some((flags, method, crc, packed, size, name, extra)) = read() else { return Ok(None) };
    let name_at = entry.offset.saturating_add(30);
    let Ok(name_bytes) = source.read_range(name_at, u64::from(name), usize::from(u16::MAX)) else { return Ok(None) };
    let extra_at = name_at.saturating_add(u64::from(name));
    let Ok(extra_bytes) = source.read_range(extra_at, u64::from(extra), usize::from(u16::MAX)) else { return Ok(None) };
    let sizes = long_values([size, packed, 0], &extra_bytes)
        .is_some_and(|[size, packed, _]| (packed, size, crc) == (entry.packed, entry.size, entry.crc));
    let later = flags & FLAG_DESCRIPTOR != 0 && (packed, size, crc) == (0, 0, 0);
    let same_method = method == if entry.stored { STORED } else { DEFLATED };
    let agrees = name_bytes == entry.name_bytes && same_method && flags == entry.flags && (sizes || later);
    let data = extra_at.saturating_add(u64::from(extra));
    let other_name = names_another(&extra_bytes, &entry.name_bytes);
    Ok(Some(Local { data, extra: usize::from(extra), agrees, other_name }))
}

// APPNOTE 4.5.3: what does not fit into 32 bits stands in the extra field, in this order: size, packed size, offset.
fn long_values(short: [u32; 3], extra: &[u8]) -> Option<[u64; 3]> {
    let mut long: Option<&[u8]> = None;
    let mut fields = Fields(extra);
    while let (Some(id), Some(length)) = (fields.u16(), fields.u16()) {
        let Some(body) = fields.take(usize::from(length)) else { break };
        if id == 1 && long.replace(body).is_some() {
            return None;
        }
    }
    let mut long = Fields(long.unwrap_or_default());
    let mut out = [0; 3];
    for (value, out) in short.into_iter().zip(&mut out) {
        *out = if value == u32::MAX { long.u64()? } else { u64::from(value) };
    }
    Some(out)
}

// APPNOTE 4.6.9, the Info-ZIP Unicode Path: a version, the CRC of the name it stands in for, and that other name. Whether
// a reader goes by it or not must make no difference.
fn names_another(extra: &[u8], name: &[u8]) -> bool {
    const UNICODE_PATH: u16 = 0x7075;
    let mut fields = Fields(extra);
    while let (Some(id), Some(length)) = (fields.u16(), fields.u16()) {
        let Some(body) = fields.take(usize::from(length)) else { break };
        if id == UNICODE_PATH && body.get(5..) != Some(name) {
            return true;
        }
    }
    false
}

// APPNOTE 4.3.9: crc and sizes behind the data, with or without a signature.
fn descriptor_length(source: &dyn ReadAt, entry: &Entry, at: u64, directory: u64) -> Result<u64, ZipError> {
    if entry.flags & FLAG_DESCRIPTOR == 0 {
        return Ok(0);
    }
    let mut bytes = [0_u8; 24];
    let length = usize::try_from(directory.saturating_sub(at)).unwrap_or(24).min(24);
    source.read_exact_at(bytes.get_mut(..length).unwrap_or_default(), at)?;
    let crc = entry.crc.to_le_bytes();
    let short = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    let narrow = [crc, short(entry.packed), short(entry.size)].concat();
    let wide = [&crc[..], &entry.packed.to_le_bytes(), &entry.size.to_le_bytes()].concat();
    let signed = bytes.strip_prefix(b"PK\x07\x08");
    for (start, before) in [(Some(&bytes[..]), 0), (signed, 4)] {
        for (expected, long) in [(&narrow, 12), (&wide, 20)] {
            if start.is_some_and(|s| s.starts_with(expected)) {
                return Ok(before + long);
            }
        }
    }
    Ok(0)
}

fn is_plain_path(name: &str) -> bool {
    let body = name.strip_suffix('/').unwrap_or(name);
    !name.starts_with('/')
        && !name.contains(['\\', ':', '\u{fffd}'])
        && !name.chars().any(char::is_control)
        && body.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::zip_write::{Packing, Writer};
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = Writer::new(io::Cursor::new(Vec::new()));
        writer.add("mimetype", Packing::Store, b"application/vnd.etsi.asic-e+zip").expect("adds");
        writer.add("tệp.txt", Packing::Deflate, &b"hello ".repeat(1000)).expect("adds");
        writer.finish().expect("finishes").into_inner()
    }

    fn faults(bytes: &[u8]) -> Vec<Fault> {
        Archive::open(&bytes.to_vec(), Limits::default()).expect("opens").faults
    }

    #[test]
    fn what_we_write_has_no_fault_and_comes_back() {
        let bytes = sample();
        let archive = Archive::open(&bytes, Limits::default()).expect("opens");
        assert_eq!(archive.faults, []);
        let names: Vec<&str> = archive.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["mimetype", "tệp.txt"]);
        assert!(archive.entries[0].stored && archive.entries[0].local_extra == 0 && archive.entries[0].offset == 0);
        assert_eq!(archive.read(&archive.entries[1], 6_000).expect("reads"), b"hello ".repeat(1000));
        assert!(matches!(archive.read(&archive.entries[1], 5_999), Err(ZipError::Bomb { .. })));
        assert_eq!(sample(), bytes, "the same input gives the same bytes");
    }

    fn patched(find: &[u8], with: &[u8], nth: usize) -> Vec<u8> {
        let mut bytes = sample();
        let at = bytes.windows(find.len()).enumerate().filter(|(_, w)| *w == find).nth(nth).expect("there").0;
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    }

    #[test]
    fn a_local_name_that_differs_from_the_directory_is_a_mismatch() {
        let local = patched(b"mimetype", b"mimetypf", 0);
        assert_eq!(faults(&local), [Fault::Mismatch("mimetype".to_owned())]);
        let central = patched(b"mimetype", b"mimetypf", 1);
        assert_eq!(faults(&central), [Fault::Mismatch("mimetypf".to_owned())]);
    }

    // One entry whose local header and directory were given something else.
    fn made(name: &str, data: &[u8], extra: &[u8], local_method: u16) -> Vec<u8> {
        let short = |n: usize| u16::try_from(n).expect("short").to_le_bytes();
        let long = |n: usize| u32::try_from(n).expect("short").to_le_bytes();
        let mut crc = Crc::new();
        crc.update(data);
        let sizes = [&crc.sum().to_le_bytes()[..], &long(data.len()), &long(data.len())].concat();
        let lengths = [short(name.len()), short(extra.len())].concat();
        let middle = |method: u16| [&[0, 0][..], &method.to_le_bytes(), &[0; 4], &sizes, &lengths].concat();
        let local = [b"PK\x03\x04\x14\0", &middle(local_method)[..], name.as_bytes(), extra, data].concat();
        let central = [b"PK\x01\x02\x14\0\x14\0", &middle(STORED)[..], &[0; 14], name.as_bytes(), extra].concat();
        let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &long(central.len())[..], &long(local.len()), &[0, 0]].concat();
        [local, central, end].concat()
    }

    #[test]
    fn a_local_header_with_another_compression_is_a_mismatch() {
        assert_eq!(faults(&made("a", b"x", b"", STORED)), []);
        for method in [DEFLATED, 1, 9, 14, 93, 0xffff] {
            assert_eq!(faults(&made("a", b"x", b"", method)), [Fault::Mismatch("a".to_owned())], "{method}");
        }
        let deflated = sample();
        let at = deflated.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x03\x04").nth(1).expect("there").0;
        for method in [9_u8, 14, 93] {
            let mut other = deflated.clone();
            other[at + 8] = method;
            assert_eq!(faults(&other), [Fault::Mismatch("t\u{1ec7}p.txt".to_owned())], "{method}");
        }
    }

    #[test]
    fn a_second_name_in_the_extra_field_is_a_fault() {
        let path = |name: &[u8]| {
            let length = u8::try_from(name.len() + 5).expect("short");
            [&[0x75, 0x70, length, 0, 1, 1, 2, 3, 4][..], name].concat()
        };
        assert_eq!(faults(&made("a.txt", b"x", &path(b"a.txt"), STORED)), []);
        assert_eq!(faults(&made("a.txt", b"x", &path(b"b.exe"), STORED)), [Fault::OtherName("a.txt".to_owned())]);
    }

    #[test]
    fn a_folder_with_content_is_a_fault() {
        assert_eq!(faults(&made("a/", b"", b"", STORED)), []);
        assert_eq!(faults(&made("a/", b"x", b"", STORED)), [Fault::FolderWithContent("a/".to_owned())]);
    }

    #[test]
    fn hidden_bytes_and_trailing_bytes_are_found() {
        let mut prefixed = b"MZ".to_vec();
        prefixed.extend(sample());
        assert!(matches!(Archive::open(&prefixed, Limits::default()), Err(ZipError::Directory { .. })));
        let mut trailing = sample();
        trailing.push(0);
        assert!(matches!(Archive::open(&trailing, Limits::default()), Err(ZipError::NoEnd)));
        assert!(matches!(Archive::open(&b"PK".to_vec(), Limits::default()), Err(ZipError::NoEnd)));
    }

    #[test]
    fn two_ends_are_refused() {
        let bytes = sample();
        let end = bytes.len() - 22;
        let mut comment = bytes[end..].to_vec();
        comment[20..22].copy_from_slice(&0_u16.to_le_bytes());
        let mut two = bytes.clone();
        two[end + 20..].copy_from_slice(&22_u16.to_le_bytes());
        two.extend(&comment);
        assert!(matches!(Archive::open(&two, Limits::default()), Err(ZipError::TwoEnds)));
    }

    #[test]
    fn names_that_repeat_or_escape_are_faults() {
        let make = |names: &[&str]| {
            let mut writer = Writer::new(io::Cursor::new(Vec::new()));
            for (at, _) in names.iter().enumerate() {
                writer.add(&format!("name-{at}"), Packing::Store, b"x").expect("adds");
            }
            let mut bytes = writer.finish().expect("finishes").into_inner();
            for (at, name) in names.iter().enumerate() {
                let placeholder = format!("name-{at}");
                while let Some(found) = bytes.windows(6).position(|w| w == placeholder.as_bytes()) {
                    bytes[found..found + 6].copy_from_slice(name.as_bytes());
                }
            }
            faults(&bytes)
        };
        assert_eq!(make(&["same.x", "same.x"]), [Fault::Duplicate("same.x".to_owned())]);
        assert_eq!(make(&["same.x", "SAME.x"]), [Fault::CaseDuplicate("SAME.x".to_owned())]);
        for name in ["../abc", "/abcde", "a\\bcde", "c:abcd", "a//bcd", "a/./bc", "a\x00bcde"] {
            assert_eq!(make(&[name]), [Fault::Name(name.to_owned())], "{name:?}");
        }
        assert_eq!(make(&["abc/de"]), []);
    }

    #[test]
    fn damaged_data_and_bombs_are_refused() {
        let bytes = patched(b"application/vnd", b"application/xnd", 0);
        let archive = Archive::open(&bytes, Limits::default()).expect("opens");
        assert!(matches!(archive.read(&archive.entries[0], 100), Err(ZipError::Data { .. })));
        let mut writer = Writer::new(io::Cursor::new(Vec::new()));
        writer.add("zeros", Packing::Deflate, &vec![0; 5 << 20]).expect("adds");
        let bytes = writer.finish().expect("finishes").into_inner();
        let archive = Archive::open(&bytes, Limits::default()).expect("opens");
        let unpack = |archive: &Archive<'_>| archive.unpack(&archive.entries[0], &mut |_| Ok(()));
        assert!(matches!(unpack(&archive), Err(ZipError::Bomb { .. })));
        let roomy = Limits { ratio_from: 5 << 20, ..Limits::default() };
        assert!(unpack(&Archive::open(&bytes, roomy).expect("opens")).is_ok());
        let small = Limits { entry: (5 << 20) - 1, ratio_from: u64::MAX, ..Limits::default() };
        assert!(matches!(unpack(&Archive::open(&bytes, small).expect("opens")), Err(ZipError::Bomb { .. })));
        let few = Limits { entries: 0, ..Limits::default() };
        assert!(matches!(Archive::open(&bytes, few), Err(ZipError::TooManyEntries { limit: 0 })));
    }

    #[test]
    fn a_size_that_lies_is_damage() {
        let size = 6_000_u32.to_le_bytes();
        for lie in [5_999_u32, 6_001] {
            let mut bytes = sample();
            while let Some(at) = bytes.windows(4).position(|w| w == size) {
                bytes[at..at + 4].copy_from_slice(&lie.to_le_bytes());
            }
            let archive = Archive::open(&bytes, Limits::default()).expect("opens");
            assert!(matches!(archive.read(&archive.entries[1], 10_000), Err(ZipError::Data { .. })), "{lie}");
        }
    }

    #[test]
    fn sizes_in_the_extra_field_are_read_and_two_of_them_are_not() {
        let extra = [&[1, 0, 16, 0][..], &7_u64.to_le_bytes(), &5_u64.to_le_bytes()].concat();
        assert_eq!(long_values([u32::MAX, u32::MAX, 9], &extra), Some([7, 5, 9]));
        assert_eq!(long_values([u32::MAX, u32::MAX, u32::MAX], &extra), None);
        assert_eq!(long_values([1, 2, 3], &extra), Some([1, 2, 3]));
        assert_eq!(long_values([1, 2, 3], &extra.repeat(2)), None);
    }

    #[test]
    fn mutations_never_panic() {
        let bytes = sample();
        for at in 0..bytes.len() {
            for value in [0, 0xff, bytes[at] ^ 1] {
                let mut mutated = bytes.clone();
                mutated[at] = value;
                if let Ok(archive) = Archive::open(&mutated, Limits::default()) {
                    for entry in &archive.entries {
                        let _ = archive.read(entry, 100_000);
                    }
                }
            }
            let _ = Archive::open(&bytes[..at].to_vec(), Limits::default());
        }
    }
}
