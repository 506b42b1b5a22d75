//! What is looked at before and after signing a file that is no PDF, and whether an earlier run did it already — by the
//! same judge as `verify`.

use std::path::Path;

use super::cades::{beside, named};
use super::container::entry_names;
use super::format::{Carrier, How, Task};
use super::other::Work;
use crate::algorithms::DigestAlgorithm;
use crate::cli::args::Level;
use crate::cli::climbing::{Added, level_of_one, worse};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, printable};
use crate::cli::judging::Detached;
use crate::cli::texts::errors::Code;
use crate::sign::asic::digest;
use crate::validate::candidate::Kind;
use crate::validate::collected::Collected;
use crate::validate::conclusion::{Indication, SubIndication};
use crate::validate::crypto::Integrity;
use crate::validate::finding::Finding;
use crate::validate::verdict::Verdict;
use crate::validate::xml::Outside;
use crate::xml::c14n::{Method, canonicalize};

/// The signatures a file had before, and what was said about them.
pub(super) struct Earlier {
    verdicts: Vec<Verdict>,
    values: Vec<Vec<u8>>,
}

/// What must be as it was before.
#[derive(Clone, Copy)]
pub(super) enum Kept<'a> {
    /// There was nothing.
    Nothing,
    /// Earlier signatures, whose verdicts must not be worse.
    Verdicts(&'a Earlier),
}

impl Earlier {
    /// That there is something to counter-sign in `input`.
    ///
    /// # Errors
    /// [`Code::NotSigned`].
    pub(super) fn require_some(self, input: &Path) -> Result<Self, CliError> {
        if self.values.is_empty() { Err(CliError::new(Code::NotSigned).path("path", input)) } else { Ok(self) }
    }
}

/// The signatures of a file another one is to join, if there are any: each of them intact.
///
/// # Errors
/// [`Code::DocumentNotVerified`] when something is not as it should be.
pub(super) fn sound_before(work: &Work<'_>, input: &Path) -> Result<Earlier, CliError> {
    let file = FileReader::open(input)?;
    let collected = collected_by_content(work, input, &file)?;
    let verdicts = work.options.judge.judged_at_hand(&collected, clock::now());
    match unsound(&collected, &verdicts) {
        Some(why) => Err(CliError::new(Code::DocumentNotVerified).path("path", input).with("why", printable(&why))),
        None => Ok(Earlier { verdicts, values: values(&collected) }),
    }
}

/// The check after signing: every signature is intact, ours is among them at its level, nothing is left uncovered, no
/// earlier verdict is worse.
///
/// # Errors
/// [`Code::NotSoundAfter`], [`Code::LevelNotReached`], [`Code::EarlierWorse`].
pub(super) fn check(
    work: &Work<'_>,
    how: How,
    made: &Path,
    content: Option<&Detached>,
    level: Level,
    kept: Kept<'_>,
) -> Result<(), CliError> {
    let file = FileReader::open(made)?;
    let collected = collected(work, how, made, &file, content)?;
    let verdicts = work.options.judge.judged_at_hand(&collected, clock::now());
    let before = match kept {
        Kept::Nothing => 0,
        Kept::Verdicts(earlier) => earlier.verdicts.len(),
    };
    let own = own(work, &verdicts).ok_or_else(|| CliError::new(Code::NotSoundAfter))?;
    if unsound(&collected, &verdicts).is_some() || verdicts.len() <= before {
        return Err(CliError::new(Code::NotSoundAfter));
    }
    if !is_at(own, &verdicts, level) {
        return Err(CliError::new(Code::LevelNotReached).with("level", level.short()));
    }
    let Kept::Verdicts(earlier) = kept else { return Ok(()) };
    match worse(&earlier.verdicts, &verdicts, own.conclusion.indication(), Added::Nothing) {
        Some(field) => Err(CliError::new(Code::EarlierWorse).with("field", printable(field))),
        None => Ok(()),
    }
}

/// True when the output of a task is there and is what the task would make: sound, with a signature by this key at the
/// level asked for, over the same content, and with every signature that was there before.
pub(super) fn is_done(work: &Work<'_>, task: &Task) -> bool {
    let done = || -> Option<bool> {
        let input = task.inputs.first()?;
        let file = FileReader::open(&task.output).ok()?;
        let content = match task.how {
            How::Cades => Some(named(input).ok()?),
            How::JoinCms | How::Counter(Carrier::Cms) => beside(work, input, &FileReader::open(input).ok()?).ok()?,
            _ => None,
        };
        let made = collected(work, task.how, &task.output, &file, content.as_ref()).ok()?;
        let verdicts = work.options.judge.judged_at_hand(&made, clock::now());
        let own = own(work, &verdicts)?;
        let level_is_right = work.options.level == Level::B || is_at(own, &verdicts, work.options.level);
        if unsound(&made, &verdicts).is_some() || !level_is_right {
            return None;
        }
        let same = match task.how {
            How::Cades => true,
            How::Container(_) => same_files(task, &made)?,
            How::Xades if sound_before(work, input).is_ok_and(|earlier| earlier.values.is_empty()) => {
                same_document(input, &task.output)?
            }
            _ => {
                let earlier = sound_before(work, input).ok()?;
                let now = values(&made);
                now.len() > earlier.values.len() && earlier.values.iter().all(|value| now.contains(value))
            }
        };
        Some(same)
    };
    done() == Some(true)
}

/// The files of a container made by a task are those of the task.
fn same_files(task: &Task, made: &Collected) -> Option<bool> {
    let names = entry_names(&task.inputs);
    if names.len() != made.documents.len() {
        return Some(false);
    }
    for (name, input) in names.iter().zip(&task.inputs) {
        let found = made.documents.iter().find(|d| d.name.as_ref() == Some(name))?;
        if found.sha256 != digest(&FileReader::open(input).ok()?, DigestAlgorithm::Sha256).ok()? {
            return Some(false);
        }
    }
    Some(true)
}

/// The last signature in `output` is over the document `input`.
fn same_document(input: &Path, output: &Path) -> Option<bool> {
    let bytes = std::fs::read(input).ok()?;
    let text = crate::xml::decode(&bytes).ok()?;
    let tree = crate::xml::parse(&text).ok()?;
    let made = std::fs::read(output).ok()?;
    let signed = crate::xml::decode(&made).ok()?;
    let signed = crate::xml::parse(&signed).ok()?;
    let node =
        signed.root_element().children().rfind(|n| n.has_tag_name((crate::xml::dsig::NAMESPACE, "Signature")))?;
    let signature = crate::xml::dsig::Signature::parse(node).ok()?;
    let reference = signature.references.iter().find(|r| r.uri.as_deref() == Some(""))?;
    let algorithm = DigestAlgorithm::from_xml_uri(&reference.digest_method)?;
    let canonical = canonicalize(tree.root(), None, &Method::exclusive()).ok()?;
    Some(algorithm.digest(&canonical) == reference.digest)
}

/// What a file brings along that this task makes.
fn collected(
    work: &Work<'_>,
    how: How,
    path: &Path,
    file: &FileReader,
    content: Option<&Detached>,
) -> Result<Collected, CliError> {
    work.with_ladder(work.options.level, path, |ladder| match how {
        How::Container(_) | How::Join | How::Counter(Carrier::Container) => ladder.collect_container(file),
        How::Cades | How::JoinCms | How::Counter(Carrier::Cms) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            ladder.collect_cms(file, &name, content)?.ok_or_else(|| CliError::new(Code::NotSoundAfter))
        }
        How::Xades | How::Counter(Carrier::Xml | Carrier::None) => xml(path, file),
    })
}

fn xml(path: &Path, file: &FileReader) -> Result<Collected, CliError> {
    crate::validate::xml::collect(file, &Outside::nothing())
        .map_err(|e| CliError::new(Code::SignFailed).path("path", path).with("cause", printable(&e.to_string())))
}

fn collected_by_content(work: &Work<'_>, path: &Path, file: &FileReader) -> Result<Collected, CliError> {
    use crate::cli::judging::Format;
    match crate::cli::judging::format(file).map_err(|e| CliError::reading(path, &e))? {
        Format::Zip => collected(work, How::Join, path, file, None),
        Format::Der => collected(work, How::JoinCms, path, file, beside(work, path, file)?.as_ref()),
        Format::Xml => crate::cli::judging::xml::with_outside(
            &work.options.judge,
            &crate::cli::judging::Source {
                file,
                name: &path.file_name().unwrap_or_default().to_string_lossy(),
                path: Some(path),
                named: true,
                nesting: &crate::cli::judging::Nesting::top(),
            },
            |outside| {
                crate::validate::xml::collect(file, outside).map_err(|e| {
                    CliError::new(Code::SignFailed).path("path", path).with("cause", printable(&e.to_string()))
                })
            },
        )?,
        _ => Err(CliError::new(Code::NotSigned).path("path", path)),
    }
}

/// The newest signature by this key.
fn own<'v>(work: &Work<'_>, verdicts: &'v [Verdict]) -> Option<&'v Verdict> {
    let certificate = &work.identity.certificate;
    let ours = |v: &&Verdict| {
        v.kind != Kind::DocTimestamp && v.signer.as_ref().is_some_and(|own| own.der() == certificate.der())
    };
    verdicts.iter().filter(ours).max_by_key(|v| v.claimed_time)
}

fn is_at(own: &Verdict, verdicts: &[Verdict], level: Level) -> bool {
    let stamps: Vec<&Verdict> = verdicts.iter().filter(|v| v.kind == Kind::DocTimestamp).collect();
    level_of_one(own, &stamps).is_some_and(|found| found >= level)
}

fn values(collected: &Collected) -> Vec<Vec<u8>> {
    collected.candidates.iter().filter_map(|c| c.envelope.value().map(<[u8]>::to_vec)).collect()
}

// What no proof of trust could mend: a signature that is not intact, a file that is not covered.
fn unsound(collected: &Collected, verdicts: &[Verdict]) -> Option<String> {
    let breach = |(_, sub): &&(Finding, SubIndication)| sub.indication() == Indication::Failed;
    if let Some((finding, _)) = collected.breaches.iter().find(breach) {
        return Some(finding.to_string());
    }
    let wrong = |v: &&Verdict| v.integrity != Integrity::Intact || v.conclusion.indication() == Indication::Failed;
    verdicts.iter().find(wrong).map(|v| match v.conclusion.sub_indication() {
        Some(sub) => format!("{}: {sub}", v.id),
        None => v.id.clone(),
    })
}
