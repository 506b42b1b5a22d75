//! Signature containers: a new one around files, and another signature, or a counter-signature, in one that is there.

use std::io::{Seek as _, Write as _};
use std::path::Path;

use super::afterwards::{self, Kept};
use super::cades::{counter_cms, counter_xml};
use super::format::Task;
use super::other::{Made, Work};
use crate::asic::container::{Container, Kind, SignatureFile, SignatureKind};
use crate::asic::zip::{Limits, ZipError};
use crate::base::read::ReadAt;
use crate::cli::args::Level;
use crate::cli::climbing::asic::{Rewrite, listed_by_time_stamps};
use crate::cli::climbing::{Climbed, Form, Which};
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, WholeFile, printable};
use crate::cli::texts::errors::Code;
use crate::edxml::attachment::media_type;
use crate::edxml::name::safe_names;
use crate::sign::asic::{self, AsicError, DataFile, Entries, RESERVED, Shape};
use crate::sign::xades;

/// Largest file that is unpacked from a container into memory to be signed again, in bytes.
const IN_MEMORY: usize = 256 << 20;

/// Writes a new container.
pub(super) fn create(work: &Work<'_>, task: &Task, shape: Shape) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let readers = task.inputs.iter().map(|path| FileReader::open(path)).collect::<Result<Vec<_>, _>>()?;
    let names = entry_names(&task.inputs);
    let files: Vec<DataFile<'_>> = names
        .iter()
        .zip(&readers)
        .map(|(name, content)| DataFile { name, media_type: media_type(name), content })
        .collect();
    let signature = asic::sign(shape, 1, &files, &work.who()).map_err(|e| failed(work, &e, task))?;
    let (signature, level, warnings) = stamped(work, input, shape, signature)?;
    let written = |file: &mut std::fs::File| asic::assemble(file, shape, &files, &signature).map(|_| ());
    finish(work, task, input, level, own_entry(&signature), &written, Kept::Nothing)?;
    Ok(Made { form: form_of(shape), level, is_counter: false, warnings })
}

/// The names files get in a container.
pub(super) fn entry_names(inputs: &[std::path::PathBuf]) -> Vec<String> {
    let given = inputs.iter().map(|p| p.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let given: Vec<String> = given.collect();
    safe_names(std::iter::once(RESERVED).chain(given.iter().map(String::as_str))).into_iter().skip(1).collect()
}

/// Adds a signature over every data file of a container.
pub(super) fn join(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let earlier = afterwards::sound_before(work, input)?;
    let file = FileReader::open(input)?;
    let container = open(&file, input)?;
    let is_xades = !container.signatures.iter().any(|s| s.kind == SignatureKind::Cades);
    let unpacked = container
        .data
        .iter()
        .filter_map(|at| container.entries().get(*at))
        .map(|entry| container.archive().read(entry, IN_MEMORY).map(|bytes| (entry.name.as_str(), bytes)))
        .collect::<Result<Vec<_>, _>>();
    let unpacked = unpacked.map_err(|e| zip_error(&e, input))?;
    let files: Vec<DataFile<'_>> =
        unpacked.iter().map(|(name, content)| DataFile { name, media_type: media_type(name), content }).collect();
    if container.kind == Kind::Simple {
        return join_simple(work, task, input, &file, &container, &files, &earlier);
    }
    let shape = if is_xades { Shape::ExtendedXades } else { Shape::ExtendedCades };
    let signature = asic::sign(shape, free_number(&container), &files, &work.who());
    let signature = signature.map_err(|e| failed(work, &e, task))?;
    let (signature, level, warnings) = stamped(work, input, shape, signature)?;
    let written = |made: &mut std::fs::File| {
        copy(&file, made)?;
        asic::append(made, &signature).map(|_| ())
    };
    finish(work, task, input, level, own_entry(&signature), &written, Kept::Verdicts(&earlier))?;
    Ok(Made { form: form_of(shape), level, is_counter: false, warnings })
}

/// The signature file of an ASiC-S holds every signature over its one file.
fn join_simple(
    work: &Work<'_>,
    task: &Task,
    input: &Path,
    file: &FileReader,
    container: &Container<'_>,
    files: &[DataFile<'_>],
    earlier: &afterwards::Earlier,
) -> Result<Made, CliError> {
    let (own, name) = changeable(container, input)?;
    let Some(content) = files.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let shape = if own.kind == SignatureKind::Xades { Shape::SimpleXades } else { Shape::SimpleCades };
    let there = container.metadata(own.entry).map_err(|e| zip_error(&e, input))?;
    let signatures = asic::add_to_simple(&there, shape, content, &work.who());
    let signatures = signatures.map_err(|e| failed(work, &e, task))?;
    let (signature, level, warnings) = stamped(work, input, shape, vec![(name.to_owned(), signatures)])?;
    let rewrite = Rewrite::of(signature);
    let written = |made: &mut std::fs::File| rewrite.write(file, made).map(|_| ());
    finish(work, task, input, level, name, &written, Kept::Verdicts(earlier))?;
    Ok(Made { form: form_of(shape), level, is_counter: false, warnings })
}

/// Counter-signs the last signature of a container.
pub(super) fn countersign(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let earlier = afterwards::sound_before(work, input)?.require_some(input)?;
    let file = FileReader::open(input)?;
    let container = open(&file, input)?;
    let (own, name) = changeable(&container, input)?;
    let there = container.metadata(own.entry).map_err(|e| zip_error(&e, input))?;
    let (made, level, warnings) = match own.kind {
        SignatureKind::Xades => counter_xml(work, task, input, &there)?,
        _ => counter_cms(work, task, input, &there)?,
    };
    let form = if own.kind == SignatureKind::Xades { Form::Xades } else { Form::Cades };
    let rewrite = Rewrite::of(vec![(name.to_owned(), made)]);
    let written = |made: &mut std::fs::File| rewrite.write(&file, made).map(|_| ());
    finish(work, task, input, level, name, &written, Kept::Verdicts(&earlier))?;
    Ok(Made { form, level, is_counter: true, warnings })
}

/// The last signature file that may still be changed, and its name: none that a time-stamp lists.
fn changeable<'c>(container: &'c Container<'_>, input: &Path) -> Result<(SignatureFile, &'c str), CliError> {
    let frozen = listed_by_time_stamps(container);
    let named = container.signatures.iter().filter_map(|s| Some((*s, container.entries().get(s.entry)?.name.as_str())));
    let mut signed = named.filter(|(s, _)| matches!(s.kind, SignatureKind::Xades | SignatureKind::Cades));
    let found = signed.rfind(|(_, name)| !frozen.contains(*name));
    found.ok_or_else(|| CliError::new(Code::SimpleContainer).path("path", input))
}

/// Level T for a signature that is not in its container yet.
fn stamped(
    work: &Work<'_>,
    input: &Path,
    shape: Shape,
    signature: Entries,
) -> Result<(Entries, Level, Vec<super::document::Warning>), CliError> {
    work.stamped(input, signature, |ladder, signature| {
        let mut made = signature.clone();
        let Some((_, bytes)) = made.last_mut() else { return Ok(Climbed { made, times: Vec::new() }) };
        let mut climbed = Climbed { made: std::mem::take(bytes), times: Vec::new() };
        match shape.is_xades() {
            true => ladder.stamp_xml(&mut climbed, Which::Last)?,
            false => ladder.stamp_cms(&mut climbed, Which::Last)?,
        }
        *bytes = climbed.made;
        Ok(Climbed { made, times: climbed.times })
    })
}

/// Writes the container by `written` and, above level T, once more with what the levels there add to the last signature
/// in the entry `own`; it gets its name when it was found sound.
fn finish(
    work: &Work<'_>,
    task: &Task,
    input: &Path,
    level: Level,
    own: &str,
    written: &dyn Fn(&mut std::fs::File) -> std::io::Result<()>,
    kept: Kept<'_>,
) -> Result<(), CliError> {
    let mut whole = output(work, task)?;
    work.with_ladder(level, input, |ladder| ladder.write_container(&mut whole, own, written))?;
    afterwards::check(work, task.how, whole.temporary_path(), None, level, kept)?;
    whole.commit()
}

fn own_entry(signature: &Entries) -> &str {
    signature.last().map_or("", |(name, _)| name.as_str())
}

fn form_of(shape: Shape) -> Form {
    if shape.is_xades() { Form::Xades } else { Form::Cades }
}

fn open<'f>(file: &'f FileReader, input: &Path) -> Result<Container<'f>, CliError> {
    Container::open(file, Limits::default())
        .map_err(|e| CliError::new(Code::SignFailed).path("path", input).with("cause", printable(&e.to_string())))
}

fn zip_error(error: &ZipError, input: &Path) -> CliError {
    match error {
        ZipError::Io(cause) => CliError::reading(input, cause),
        other => CliError::new(Code::SignFailed).path("path", input).with("cause", printable(&other.to_string())),
    }
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

fn copy(file: &FileReader, made: &mut std::fs::File) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            break;
        }
        made.write_all(buffer.get(..read).unwrap_or_default())?;
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    made.rewind()
}

pub(super) fn failed(work: &Work<'_>, error: &AsicError, task: &Task) -> CliError {
    let (output, key) = (&task.output, &work.identity.path);
    match error {
        AsicError::Io(cause) => CliError::writing(output, cause),
        AsicError::TimeStamp(cause) => crate::cli::climbing::tsa_error(cause),
        AsicError::Xades(xades::XadesError::TimeStamp(cause)) => crate::cli::climbing::tsa_error(cause),
        AsicError::Cades(error) => super::document::cades_error(error, key),
        AsicError::Xades(xades::XadesError::Key(error)) => {
            super::document::cades_error(&crate::sign::cades::CadesError::Key(error.clone()), key)
        }
        other => CliError::new(Code::SignFailed).path("path", output).with("cause", printable(&other.to_string())),
    }
}
