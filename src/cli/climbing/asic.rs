//! Signatures and time-stamps in containers — EN 319 162-1 5: XAdES climbs inside its file (5.3.2.2); CAdES in ASiC-S
//! likewise (5.2.2.3); CAdES in ASiC-E, and whatever a time-stamp of the container covers already, gets its archive
//! time-stamp from an `ASiCArchiveManifest` (5.3.2.3, A.7).
//!
//! What a time-stamp of the container lists by digest is never touched again: what it lacks goes into the newest
//! time-stamp, which nothing lists yet.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Seek, Write};
use std::rc::Rc;

use super::{Climbed, Form, Ladder, Which, tsa_error};
use crate::algorithms::DigestAlgorithm;
use crate::asic::container::{Container, Kind, SignatureFile, SignatureKind};
use crate::asic::manifest::entry_name;
use crate::asic::zip_write::{Change, rewrite};
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::cli::args::Level;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, WholeFile};
use crate::cli::judging::asic::contents;
use crate::cli::texts::errors::Code;
use crate::sign::asic::digest;
use crate::sign::extend_asic::{ArchiveError, archive};
use crate::sign::extend_cades::IMPRINT;
use crate::validate::asic::collect;
use crate::validate::collected::Collected;
use crate::validate::material::Material;
use crate::validate::verdict::Verdict;

/// The content of a container's entries, in their order.
type Contents<'a> = Vec<Option<Rc<dyn ReadAt + 'a>>>;

/// Whose signatures climb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose<'a> {
    /// Everybody's.
    All,
    /// The last one in this entry: whoever just signed.
    LastIn(&'a str),
}

/// What becomes of a container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rewrite {
    changes: BTreeMap<String, Change>,
    added: Vec<(String, Vec<u8>)>,
    /// What the new time-stamps state.
    pub(crate) times: Vec<UnixTime>,
}

impl Rewrite {
    /// One that gives some entries other content.
    pub(crate) fn of(entries: Vec<(String, Vec<u8>)>) -> Self {
        let changes = entries.into_iter().map(|(name, bytes)| (name, Change::Content(bytes)));
        Rewrite { changes: changes.collect(), ..Rewrite::default() }
    }

    /// Writes the container `from` anew.
    ///
    /// # Errors
    /// Those of the storage.
    pub(crate) fn write<W: Write + Seek>(&self, from: &dyn ReadAt, to: W) -> io::Result<W> {
        rewrite(from, to, &self.changes, &self.added)
    }
}

/// The form of the signatures of a container: XAdES, where it has any.
pub(crate) fn form(container: &Container<'_>) -> Form {
    let is_xades = container.signatures.iter().any(|s| s.kind == SignatureKind::Xades);
    if is_xades { Form::Xades } else { Form::Cades }
}

impl Ladder<'_> {
    /// Takes the signatures of a container up to the target.
    ///
    /// # Errors
    /// [`Code::TsaFailed`], what is missing, or why it cannot be read.
    pub(crate) fn container(&self, file: &dyn ReadAt, whose: Whose<'_>) -> Result<Rewrite, CliError> {
        let mut container = self.open(file)?;
        let contents = contents(&container, file).map_err(|e| self.failed(&e))?;
        let mut climb = Climb { ladder: self, file, whose, contents, times: Vec::new() };
        climb.stamp(&mut container)?;
        if self.target > Level::T {
            climb.complete(&mut container)?;
        }
        let mut made = Rewrite::default();
        if self.target == Level::Lta {
            climb.archive(&mut container, &mut made)?;
        }
        made.times = climb.times;
        let changed = container.replaced().map(|(name, bytes)| (name.to_owned(), Change::Content(bytes.to_vec())));
        made.changes.extend(changed);
        Ok(made)
    }

    /// Writes a container by `written` and, where the target is above level T, once more with what the levels there add to
    /// the last signature in the entry `own`.
    ///
    /// # Errors
    /// As [`Ladder::container`], and those of the storage.
    pub(crate) fn write_container(
        &self,
        whole: &mut WholeFile,
        own: &str,
        written: &dyn Fn(&mut File) -> io::Result<()>,
    ) -> Result<(), CliError> {
        if self.target <= Level::T {
            let made = written(whole.file_mut());
            return made.map_err(|e| whole.failed(&e));
        }
        let mut draft = tempfile::tempfile().map_err(|e| whole.failed(&e))?;
        written(&mut draft).map_err(|e| whole.failed(&e))?;
        let draft = FileReader::of(draft).map_err(|e| whole.failed(&e))?;
        let climbed = self.container(&draft, Whose::LastIn(own))?;
        let made = climbed.write(&draft, whole.file_mut()).map(|_| ());
        made.map_err(|e| whole.failed(&e))
    }

    /// What a container brings along.
    ///
    /// # Errors
    /// [`Code::ExtendFailed`] when it cannot be read.
    pub(crate) fn collect_container(&self, file: &dyn ReadAt) -> Result<Collected, CliError> {
        let container = self.open(file)?;
        let contents = contents(&container, file).map_err(|e| self.failed(&e))?;
        collect(&container, file, &contents).map_err(|e| self.failed(&e))
    }

    fn open<'f>(&self, file: &'f dyn ReadAt) -> Result<Container<'f>, CliError> {
        Container::open(file, crate::asic::zip::Limits::default()).map_err(|e| self.failed(&e))
    }
}

/// One climb of one container.
struct Climb<'l, 'f> {
    ladder: &'l Ladder<'l>,
    file: &'f dyn ReadAt,
    whose: Whose<'l>,
    contents: Contents<'f>,
    times: Vec<UnixTime>,
}

impl Climb<'_, '_> {
    /// Files whose signatures climb, and which of them.
    fn climbing(&self, container: &Container<'_>) -> Vec<(SignatureFile, Which)> {
        let frozen = listed_by_time_stamps(container);
        let climbs = |file: &SignatureFile| {
            let name = name_of(container, file.entry);
            let which = match self.whose {
                Whose::All => Which::All,
                Whose::LastIn(own) if own == name => Which::Last,
                Whose::LastIn(_) => return None,
            };
            (!frozen.contains(name)).then_some((*file, which))
        };
        container.signatures.iter().filter_map(climbs).collect()
    }

    /// Level T for every signature without a time-stamp.
    fn stamp(&mut self, container: &mut Container<'_>) -> Result<(), CliError> {
        for (file, which) in self.climbing(container) {
            let before = self.metadata(container, file.entry)?;
            let mut climbed = Climbed { made: before.clone(), times: Vec::new() };
            match file.kind {
                SignatureKind::Xades => self.ladder.stamp_xml(&mut climbed, which)?,
                SignatureKind::Cades => self.ladder.stamp_cms(&mut climbed, which)?,
                SignatureKind::TimeStamp | SignatureKind::EvidenceRecord => {}
            }
            self.take(container, file, &before, climbed);
        }
        Ok(())
    }

    /// Level LT.
    fn complete(&mut self, container: &mut Container<'_>) -> Result<(), CliError> {
        let collected = collect(container, self.file, &self.contents).map_err(|e| self.ladder.failed(&e))?;
        let climbing = self.climbing(container);
        for (file, which) in &climbing {
            let name = name_of(container, file.entry).to_owned();
            let last = collected.candidates.iter().rfind(|c| stands_in(&c.id, &name) && c.parent.is_none());
            let last = last.map(|c| c.id.clone());
            let of = |v: &Verdict| match which {
                Which::All => stands_in(&v.id, &name),
                Which::Last => last.as_ref() == Some(&v.id),
            };
            let before = self.metadata(container, file.entry)?;
            let mut climbed = Climbed { made: before.clone(), times: Vec::new() };
            match file.kind {
                SignatureKind::Xades => {
                    let material = self.ladder.material(&collected, Form::Xades, &of)?;
                    self.ladder.complete_xml(&mut climbed.made, &material, *which)?;
                }
                SignatureKind::Cades => {
                    let material = self.ladder.material(&collected, Form::Cades, &of)?;
                    self.ladder.complete_cms(&mut climbed.made, &material)?;
                }
                SignatureKind::TimeStamp | SignatureKind::EvidenceRecord => continue,
            }
            self.take(container, *file, &before, climbed);
        }
        self.complete_newest(container, &collected)
    }

    /// What the files lack that a time-stamp lists, and what the newest time-stamp needs itself, goes into that one.
    fn complete_newest(&mut self, container: &mut Container<'_>, collected: &Collected) -> Result<(), CliError> {
        let frozen = listed_by_time_stamps(container);
        let free =
            |s: &&SignatureFile| s.kind == SignatureKind::TimeStamp && !frozen.contains(name_of(container, s.entry));
        let Some(newest) = container.signatures.iter().rfind(free).copied() else { return Ok(()) };
        let own = name_of(container, newest.entry).to_owned();
        let of = |v: &Verdict| {
            stands_in(&v.id, &own) || frozen.iter().any(|name| self.whose == Whose::All && stands_in(&v.id, name))
        };
        let material: Material = self.ladder.material(collected, Form::Cades, &of)?;
        let before = self.metadata(container, newest.entry)?;
        let mut climbed = Climbed { made: before.clone(), times: Vec::new() };
        self.ladder.complete_cms(&mut climbed.made, &material)?;
        self.take(container, newest, &before, climbed);
        Ok(())
    }

    /// Level LTA.
    fn archive(&mut self, container: &mut Container<'_>, made: &mut Rewrite) -> Result<(), CliError> {
        let climbing = self.climbing(container);
        let is_stamped = container.signatures.iter().any(|s| s.kind == SignatureKind::TimeStamp);
        let is_extended = container.kind == Kind::Extended;
        let by_manifest = |kind: SignatureKind| kind != SignatureKind::Xades && (is_stamped || is_extended);
        let is_manifest_wanted = climbing.iter().any(|(file, _)| by_manifest(file.kind));
        for (file, which) in &climbing {
            let before = self.metadata(container, file.entry)?;
            let mut climbed = Climbed { made: before.clone(), times: Vec::new() };
            match file.kind {
                SignatureKind::Xades => {
                    let externals = |uri: &str| self.content(container, uri);
                    self.ladder.archive_xml(&mut climbed, &externals, *which)?;
                }
                SignatureKind::Cades if !by_manifest(file.kind) => {
                    let digest = container.data.first().map(|at| self.digest(*at, IMPRINT)).transpose();
                    let digest = digest.map_err(|e| self.ladder.failed(&e))?.flatten();
                    let missing = || CliError::new(Code::ExtendNoContent).path("path", self.ladder.input);
                    self.ladder.archive_cms(&mut climbed, &digest.ok_or_else(missing)?, *which)?;
                }
                _ => continue,
            }
            self.take(container, *file, &before, climbed);
        }
        if is_manifest_wanted {
            let digest = |at: usize, algorithm| self.digest(at, algorithm);
            let archived = archive(container, &digest, self.ladder.tsa()?).map_err(|e| match e {
                ArchiveError::TimeStamp(cause) => tsa_error(&cause),
                other => self.ladder.failed(&other),
            })?;
            self.times.push(archived.time);
            made.added = archived.added;
            made.changes.extend(archived.renamed.map(|(from, to)| (from, Change::Name(to))));
        }
        Ok(())
    }

    fn metadata(&self, container: &Container<'_>, entry: usize) -> Result<Vec<u8>, CliError> {
        container.metadata(entry).map_err(|e| self.ladder.failed(&e))
    }

    fn take(&mut self, container: &mut Container<'_>, file: SignatureFile, before: &[u8], climbed: Climbed<Vec<u8>>) {
        self.times.extend(climbed.times);
        if climbed.made != before {
            container.replace(file.entry, climbed.made);
        }
    }

    fn digest(&self, at: usize, algorithm: DigestAlgorithm) -> io::Result<Option<Vec<u8>>> {
        let content = self.contents.get(at).and_then(Option::as_ref);
        content.map(|content| digest(&**content, algorithm)).transpose()
    }

    fn content(&self, container: &Container<'_>, uri: &str) -> Option<&dyn ReadAt> {
        let named = |name: &str| container.data.iter().find(|at| name_of(container, **at) == name);
        let at = entry_name(uri).as_deref().and_then(named).or_else(|| named(uri))?;
        self.contents.get(*at)?.as_deref().map(|content| -> &dyn ReadAt { content })
    }
}

fn name_of<'c>(container: &'c Container<'_>, entry: usize) -> &'c str {
    container.entries().get(entry).map_or("", |e| e.name.as_str())
}

/// Whether a verdict is about something in that entry, as container reports name it.
fn stands_in(id: &str, entry: &str) -> bool {
    id.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

/// Names a time-stamp or evidence record of the container lists by digest.
pub(crate) fn listed_by_time_stamps(container: &Container<'_>) -> HashSet<String> {
    let stamps: HashSet<&str> = container
        .signatures
        .iter()
        .filter(|s| matches!(s.kind, SignatureKind::TimeStamp | SignatureKind::EvidenceRecord))
        .map(|s| name_of(container, s.entry))
        .collect();
    let lists = container.manifests.iter().filter(|(_, m)| stamps.contains(m.signature.as_str()));
    lists.flat_map(|(_, m)| m.references.iter().map(|r| r.name.clone())).collect()
}
