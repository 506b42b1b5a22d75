//! Signature containers: a new one around files, or another signature into one that is there.

use std::io::{Seek as _, Write as _};
use std::path::Path;

use super::format::{Task, Work};
use crate::asic::container::{Container, Kind, SignatureKind};
use crate::asic::zip::{Limits, ZipError};
use crate::base::read::ReadAt;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, Found, WholeFile, printable};
use crate::cli::texts::errors::Code;
use crate::edxml::attachment::media_type;
use crate::edxml::name::safe_names;
use crate::report::model::{FileReport, Status};
use crate::sign::asic::{self, AsicError, DataFile, RESERVED, Shape};

/// Largest file that is unpacked from a container into memory to be signed again, in bytes.
const IN_MEMORY: usize = 256 << 20;

/// Writes a new container; returns the level reached.
pub(super) fn create(work: &Work<'_>, task: &Task, shape: Shape) -> Result<&'static str, CliError> {
    let readers = task.inputs.iter().map(|path| FileReader::open(path)).collect::<Result<Vec<_>, _>>()?;
    let given = task.inputs.iter().map(|p| p.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let given: Vec<String> = given.collect();
    let names = safe_names(std::iter::once(RESERVED).chain(given.iter().map(String::as_str)));
    let files: Vec<DataFile<'_>> = names
        .iter()
        .skip(1)
        .zip(&readers)
        .map(|(name, content)| DataFile { name, media_type: media_type(name), content })
        .collect();
    let mut whole = output(work, task)?;
    asic::write(whole.file_mut(), shape, &files, &work.who()).map_err(|e| failed(&e, &task.output))?;
    let is_xades = matches!(shape, Shape::ExtendedXades | Shape::SimpleXades);
    look_again(work, &whole, None, 1)?;
    whole.commit()?;
    Ok(work.level(is_xades))
}

/// Adds a signature over every data file of a container.
pub(super) fn countersign(work: &Work<'_>, task: &Task) -> Result<&'static str, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let before = work.judge().file(&Found { path: input.clone(), named: true });
    if let Some(why) = unsound(&before) {
        return Err(CliError::new(Code::DocumentNotVerified).path("path", input).with("why", printable(&why)));
    }
    let file = FileReader::open(input)?;
    let container = Container::open(&file, Limits::default())
        .map_err(|e| CliError::new(Code::SignFailed).path("path", input).with("cause", printable(&e.to_string())))?;
    if container.kind == Kind::Simple {
        return Err(CliError::new(Code::SimpleContainer).path("path", input));
    }
    let is_xades = !container.signatures.iter().any(|s| s.kind == SignatureKind::Cades);
    let shape = if is_xades { Shape::ExtendedXades } else { Shape::ExtendedCades };
    let unpacked = container
        .data
        .iter()
        .filter_map(|at| container.entries().get(*at))
        .map(|entry| container.archive().read(entry, IN_MEMORY).map(|bytes| (entry.name.as_str(), bytes)))
        .collect::<Result<Vec<_>, _>>();
    let unpacked = unpacked.map_err(|e| match e {
        ZipError::Io(cause) => CliError::reading(input, &cause),
        other => CliError::new(Code::SignFailed).path("path", input).with("cause", printable(&other.to_string())),
    })?;
    let files: Vec<DataFile<'_>> =
        unpacked.iter().map(|(name, content)| DataFile { name, media_type: media_type(name), content }).collect();
    let mut whole = output(work, task)?;
    copy(&file, &mut whole, input)?;
    asic::add(whole.file_mut(), shape, free_number(&container), &files, &work.who())
        .map_err(|e| failed(&e, &task.output))?;
    look_again(work, &whole, None, before.signatures.len().saturating_add(1))?;
    whole.commit()?;
    Ok(work.level(is_xades))
}

// A number that no entry below META-INF has in its name.
fn free_number(container: &Container<'_>) -> usize {
    let taken = |number: &usize| {
        let digits = format!("{number:03}.");
        let plain = format!("{number}.");
        container.entries().iter().any(|e| {
            e.name.strip_prefix("META-INF/").is_some_and(|name| {
                let stem = name.trim_start_matches(|c: char| !c.is_ascii_digit());
                stem.starts_with(&digits) || stem.starts_with(&plain)
            })
        })
    };
    (1..).find(|number| !taken(number)).unwrap_or(1)
}

/// The result before it gets its name.
pub(super) fn output(work: &Work<'_>, task: &Task) -> Result<WholeFile, CliError> {
    let inputs: Vec<&Path> = task.inputs.iter().map(std::path::PathBuf::as_path).collect();
    WholeFile::create(&task.output, work.existing, &inputs)
}

fn copy(file: &FileReader, whole: &mut WholeFile, input: &Path) -> Result<(), CliError> {
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let read = file.read_at(&mut buffer, at).map_err(|e| CliError::reading(input, &e))?;
        if read == 0 {
            break;
        }
        whole.write_all(buffer.get(..read).unwrap_or_default()).map_err(|e| whole.failed(&e))?;
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    whole.file_mut().rewind().map_err(|e| whole.failed(&e))
}

/// The check after signing: every signature is intact, ours is among them, nothing is left uncovered.
pub(super) fn look_again(
    work: &Work<'_>,
    whole: &WholeFile,
    content: Option<&Path>,
    signatures: usize,
) -> Result<(), CliError> {
    let path = whole.temporary_path().to_owned();
    let report = match content {
        None => work.judge().file(&Found { path, named: true }),
        Some(content) => work.judge().with_contents(&[content.to_owned()]).file(&Found { path, named: true }),
    };
    let serial = crate::base::encoding::hex(work.identity.certificate.serial());
    let own = report.signatures.iter().rfind(|s| s.signer.as_ref().is_some_and(|signer| signer.serial == serial));
    let stamped = own.is_some_and(|s| work.options.tsa.is_none() || !s.timestamps.is_empty());
    if unsound(&report).is_none() && stamped && report.signatures.len() >= signatures {
        return Ok(());
    }
    Err(CliError::new(Code::NotSoundAfter))
}

// What no proof of trust could mend: a signature that is not intact, a file that is not covered.
fn unsound(report: &FileReport) -> Option<String> {
    if let Some(error) = report.errors.first() {
        return Some(error.text.clone());
    }
    if matches!(report.indication, Status::TotalFailed | Status::Unreadable) {
        return Some(report.indication.name().to_owned());
    }
    let broken = report.signatures.iter().find(|s| s.integrity != "intact")?;
    Some(format!("{}: {}", broken.id, broken.integrity))
}

pub(super) fn failed(error: &AsicError, output: &Path) -> CliError {
    match error {
        AsicError::Io(cause) => CliError::writing(output, cause),
        AsicError::TimeStamp(cause) => CliError::new(Code::TsaFailed).with("cause", printable(&cause.to_string())),
        AsicError::Xades(crate::sign::xades::XadesError::TimeStamp(cause)) => {
            CliError::new(Code::TsaFailed).with("cause", printable(&cause.to_string()))
        }
        other => CliError::new(Code::SignFailed).path("path", output).with("cause", printable(&other.to_string())),
    }
}
