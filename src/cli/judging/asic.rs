//! Signature containers: ASiC-S, ASiC-E and what has grown up beside them (BDOC, OpenDocument signatures).

use std::io::Write as _;
use std::rc::Rc;

use super::{Judge, Source, not_supported};
use crate::asic::container::{Container, ContainerError, Kind};
use crate::asic::zip::{Entry, Limits, ZipError};
use crate::base::read::ReadAt;
use crate::cli::files::FileReader;
use crate::edxml::detached::MESSAGE_ENTRY;
use crate::edxml::envelope::read_skeleton;
use crate::edxml::{DocumentPacket, Message};
use crate::report::model::FileReport;
use crate::validate::asic::collect;

/// Entries up to this size are unpacked into memory, in bytes; larger ones into a temporary file.
const IN_MEMORY: u64 = 4 << 20;
/// Largest packet of a package that is read, in bytes.
const MAX_MESSAGE: usize = 8 << 20;
/// Most bytes all data files of one container unpack to.
const MAX_UNPACKED: u64 = 4 << 30;

pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    let container = match Container::open(source.file, Limits::default()) {
        Ok(container) => container,
        Err(ContainerError::NotAContainer) => return not_supported(source, "a ZIP that is no container", report),
        Err(ContainerError::Zip(ZipError::Io(error))) => {
            return report.set_unreadable("READ_FAILED", error.to_string());
        }
        Err(error) => return report.set_unreadable("CONTAINER_UNREADABLE", error.to_string()),
    };
    report.format = match container.kind {
        Kind::Simple => "asic-s",
        Kind::Extended => "asic-e",
    };
    let contents = match contents(&container, source.file) {
        Ok(contents) => contents,
        Err(error @ ContentsError::TooLarge) => {
            return report.set_unreadable("CONTAINER_TOO_LARGE", error.to_string());
        }
        Err(error) => return report.set_unreadable("READ_FAILED", error.to_string()),
    };
    match collect(&container, source.file, &contents) {
        Ok(collected) => {
            judge.conclude(&collected, source.name, report);
        }
        Err(error) => return report.set_unreadable("READ_FAILED", error.to_string()),
    }
    let packet = packet(&container);
    for at in &container.data {
        let (Some(entry), Some(Some(content))) = (container.entries().get(*at), contents.get(*at)) else { continue };
        // The packet of a package is no file inside: it says what the files are.
        if packet.is_some() && entry.name == MESSAGE_ENTRY {
            continue;
        }
        if let Some(child) = judge.child(&**content, &entry.name, report, source.nesting) {
            report.children.push(child);
        }
    }
    if let Some((document, main)) = packet {
        let main = container.entries().iter().position(|e| e.name == main);
        if let Some(Some(Some(content))) = main.map(|at| contents.get(at)) {
            super::edxml::agreement(&document, &**content, report);
        }
    }
}

/// Why the files of a container are not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentsError {
    /// They are too large together.
    #[error("the files in the container unpack to more than {MAX_UNPACKED} bytes")]
    TooLarge,
    /// Where they lie, or where they go.
    #[error("{0}")]
    Storage(String),
}

/// The content of every data file of a container `file`, by its place among the entries; `None` where it is damaged.
///
/// # Errors
/// A [`ContentsError`].
pub(crate) fn contents<'a>(
    container: &Container<'a>,
    file: &'a dyn ReadAt,
) -> Result<Vec<Option<Rc<dyn ReadAt + 'a>>>, ContentsError> {
    let total = container.data.iter().filter_map(|at| container.entries().get(*at)).map(|e| e.size);
    if total.fold(0, u64::saturating_add) > MAX_UNPACKED {
        return Err(ContentsError::TooLarge);
    }
    let mut contents = Vec::new();
    for (at, entry) in container.entries().iter().enumerate() {
        let wanted = container.data.contains(&at);
        contents.push(match wanted.then(|| unpacked(container, entry, file)) {
            None | Some(Err(Failed::Damaged)) => None,
            Some(Ok(content)) => Some(content),
            Some(Err(Failed::Storage(why))) => return Err(ContentsError::Storage(why)),
        });
    }
    Ok(contents)
}

/// What a package in a container says, and the entry of its first PDF (see [`crate::edxml::detached`]).
fn packet(container: &Container<'_>) -> Option<(Box<DocumentPacket>, String)> {
    let entry = container.archive().entry(MESSAGE_ENTRY)?;
    let bytes = container.archive().read(entry, MAX_MESSAGE).ok()?;
    let packet = read_skeleton(&bytes).ok()?;
    let mut names = packet.attachments.iter().filter_map(|a| a.entry_name.clone());
    let main = names.find(|name| name.to_ascii_lowercase().ends_with(".pdf")).unwrap_or_default();
    match packet.message {
        Message::Document(document) => Some((document, main)),
        Message::Status(_) => None,
    }
}

enum Failed {
    /// The entry is damaged, or a bomb.
    Damaged,
    /// Where it lies, or where it goes.
    Storage(String),
}

fn unpacked<'a>(container: &Container<'a>, entry: &Entry, file: &'a dyn ReadAt) -> Result<Rc<dyn ReadAt + 'a>, Failed> {
    if let Some(place) = container.archive().stored_at(entry) {
        return Ok(Rc::new(Part { file, start: place, length: entry.size }));
    }
    let failed = |error: ZipError| match error {
        ZipError::Io(error) | ZipError::Sink(error) => Failed::Storage(error.to_string()),
        _ => Failed::Damaged,
    };
    if entry.size <= IN_MEMORY {
        let limit = usize::try_from(IN_MEMORY).unwrap_or(usize::MAX);
        return Ok(Rc::new(container.archive().read(entry, limit).map_err(failed)?));
    }
    let storage = |error: std::io::Error| Failed::Storage(error.to_string());
    let mut temporary = tempfile::tempfile().map_err(storage)?;
    container.archive().unpack(entry, &mut |bytes| temporary.write_all(bytes)).map_err(failed)?;
    Ok(Rc::new(FileReader::of(temporary).map_err(storage)?))
}

/// An entry that is stored as it is.
struct Part<'a> {
    file: &'a dyn ReadAt,
    start: u64,
    length: u64,
}

impl ReadAt for Part<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        self.file.read_at(buffer.get_mut(..length).unwrap_or_default(), self.start.saturating_add(offset))
    }
}
