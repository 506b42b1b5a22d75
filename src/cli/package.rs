//! Packages as ASiC-E containers: a packet without its files in one entry, each file in one of its own, all of it
//! signed (see [`crate::edxml::detached`]).

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::rc::Rc;

use super::error::CliError;
use super::files::{FileReader, Found, printable};
use super::judging::Judge;
use super::texts::errors::Code;
use super::trust::Trust;
use crate::asic::Container;
use crate::asic::zip::{Limits as ZipLimits, ZipError};
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::edxml::detached::MESSAGE_ENTRY;
use crate::edxml::envelope::read_skeleton;
use crate::edxml::{Packet, Sinks};
use crate::policy::Policy;
use crate::report::model::{FileReport, Status};

/// Largest packet without its files that is read, in bytes.
const MAX_MESSAGE: usize = 8 << 20;
/// Attachments up to this size are held in memory, in bytes; larger ones in a temporary file.
const IN_MEMORY: usize = 4 << 20;

/// A container that is a package.
pub(crate) struct Boxed<'a> {
    /// The container.
    pub(crate) container: Container<'a>,
    /// The packet.
    pub(crate) packet: Packet,
    /// The packet's text, names in the place of the files' content.
    pub(crate) message: String,
    /// For each attachment its place among the container's entries, where it has content.
    pub(crate) entries: Vec<Option<usize>>,
    /// Data files of the container that are not part of the package.
    pub(crate) strays: Vec<String>,
}

/// Opens a container as a package; `None` when it is none.
///
/// # Errors
/// [`Code::NotAPackage`] when it calls itself one and cannot be read as such.
pub(crate) fn open<'a>(file: &'a FileReader, path: &Path) -> Result<Option<Boxed<'a>>, CliError> {
    let unusable = |cause: &dyn std::fmt::Display| {
        CliError::new(Code::NotAPackage).path("path", path).with("cause", printable(&cause.to_string()))
    };
    let container = Container::open(file, ZipLimits::default()).map_err(|e| unusable(&e))?;
    let Some(entry) = container.archive().entry(MESSAGE_ENTRY) else { return Ok(None) };
    let bytes = container.archive().read(entry, MAX_MESSAGE).map_err(|e| unusable(&e))?;
    let packet = read_skeleton(&bytes).map_err(|e| unusable(&e))?;
    let message = String::from_utf8(bytes).map_err(|_| unusable(&"the packet in it is not UTF-8"))?;
    let mut taken = HashSet::from([MESSAGE_ENTRY.to_owned()]);
    let mut entries = Vec::new();
    for attachment in &packet.attachments {
        let Some(name) = &attachment.entry_name else {
            // The content stands in the packet itself, which a detached one does not do.
            if attachment.index.is_some() {
                return Err(unusable(&"the packet in it carries files itself"));
            }
            entries.push(None);
            continue;
        };
        let place = container.data.iter().find(|at| container.entries().get(**at).is_some_and(|e| e.name == *name));
        match place {
            Some(at) if taken.insert(name.clone()) => entries.push(Some(*at)),
            Some(_) => return Err(unusable(&format!("two files of the packet are the entry {name:?}"))),
            None => return Err(unusable(&format!("the entry {name:?} is missing"))),
        }
    }
    let names = container.data.iter().filter_map(|at| container.entries().get(*at)).map(|e| e.name.clone());
    let strays = names.filter(|name| !taken.contains(name)).collect();
    Ok(Some(Boxed { container, packet, message, entries, strays }))
}

/// Whether the container's signatures hold, as reports say it of a package, the signer and why not. Nobody is trusted.
pub(crate) fn seal(path: &Path, now: UnixTime) -> (&'static str, Option<String>, Option<String>) {
    let judge = Judge::new(Trust::none(), Policy::strict(), (now, "clock"), None);
    let report = judge.file(&Found { path: path.to_owned(), named: true });
    let why = broken(&report);
    let signer = report.signatures.first().and_then(|s| s.signer.as_ref()).map(|s| printable(&s.subject));
    match (report.signatures.is_empty(), why) {
        (true, _) => ("absent", None, None),
        (false, Some(why)) => ("invalid", None, Some(printable(&why))),
        (false, None) => ("valid", signer, None),
    }
}

fn broken(report: &FileReport) -> Option<String> {
    if let Some(error) = report.errors.first() {
        return Some(error.text.clone());
    }
    let broken = report.signatures.iter().find(|s| s.integrity != "intact");
    let failed = matches!(report.indication, Status::TotalFailed | Status::Unreadable);
    broken.map(|s| format!("{}: {}", s.id, s.integrity)).or_else(|| failed.then(|| report.indication.name().to_owned()))
}

/// The content of each attachment of a boxed package, in order; empty where it has none.
///
/// # Errors
/// [`Code::NotAPackage`] when an entry is damaged, or why it cannot be stored.
pub(crate) fn contents(boxed: &Boxed<'_>, path: &Path) -> Result<Vec<Rc<dyn ReadAt>>, CliError> {
    let mut held = Held::default();
    for (at, entry) in boxed.entries.iter().enumerate() {
        let failed = |e: io::Error| CliError::reading(path, &e);
        held.begin(at).map_err(failed)?;
        if let Some(entry) = entry.and_then(|at| boxed.container.entries().get(at)) {
            boxed.container.archive().unpack(entry, &mut |bytes| held.write(bytes)).map_err(|e| match e {
                ZipError::Io(cause) | ZipError::Sink(cause) => failed(cause),
                other => {
                    CliError::new(Code::NotAPackage).path("path", path).with("cause", printable(&other.to_string()))
                }
            })?;
        }
    }
    held.contents().map_err(|e| CliError::reading(path, &e))
}

/// Attachments while they are read: small ones in memory, large ones in temporary files.
#[derive(Default)]
pub(crate) struct Held {
    done: Vec<(Vec<u8>, Option<File>)>,
}

impl Held {
    /// Everything that was read, in order.
    ///
    /// # Errors
    /// Those of the storage.
    pub(crate) fn contents(self) -> io::Result<Vec<Rc<dyn ReadAt>>> {
        let one = |(bytes, file): (Vec<u8>, Option<File>)| -> io::Result<Rc<dyn ReadAt>> {
            Ok(match file {
                Some(file) => Rc::new(FileReader::of(file)?),
                None => Rc::new(bytes),
            })
        };
        self.done.into_iter().map(one).collect()
    }
}

impl Sinks for Held {
    fn begin(&mut self, _: usize) -> io::Result<()> {
        self.done.push((Vec::new(), None));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some((memory, file)) = self.done.last_mut() else { return Ok(()) };
        if let Some(file) = file {
            return file.write_all(bytes);
        }
        memory.extend_from_slice(bytes);
        if memory.len() > IN_MEMORY {
            let mut large = tempfile::tempfile()?;
            large.write_all(memory)?;
            *memory = Vec::new();
            *file = Some(large);
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
