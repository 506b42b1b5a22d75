//! A signature beside the file (CAdES) or inside it (XAdES), and another one, or a counter-signature, to those.

use std::io::Write as _;
use std::path::Path;

use super::afterwards::{self, Kept};
use super::container::{failed, output};
use super::document::Warning;
use super::format::Task;
use super::other::{Made, Work};
use crate::base::read::ReadAt as _;
use crate::cli::args::Level;
use crate::cli::climbing::{Climbed, Form, Which as Climbing, tsa_error};
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, printable, read_small};
use crate::cli::judging::{Detached, Nesting, Source};
use crate::cli::texts::errors::Code;
use crate::cms::{SignedData, stream};
use crate::sign::asic::{self, AsicError};
use crate::sign::cades::{self, CmsRequest, CounterError, digest_of};
use crate::sign::extend_cades::IMPRINT;
use crate::sign::xades::extend::{Which, add_signature_time_stamp};
use crate::sign::xades::{self, XadesError, XadesRequest};
use crate::validate::cades::Named;
use crate::validate::xml::Outside;

/// Most bytes of a CMS another signature goes into: it is rewritten in memory.
const LARGEST: usize = 256 << 20;

/// Writes a detached CAdES signature.
pub(super) fn create(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let content = named(input)?;
    let who = work.who();
    let digest = asic::digest(&content.file, digest_of(who.signer)).map_err(|e| CliError::reading(input, &e))?;
    let der = asic::detached(&digest, &who).map_err(|e| failed(work, &e, task))?;
    climb_cms(work, task, input, der, Some(&content), Kept::Nothing)
}

/// Adds a signature over the same content to a CMS, detached or not.
pub(super) fn join(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let earlier = afterwards::sound_before(work, input)?;
    let file = FileReader::open(input)?;
    let content = beside(work, input, &file)?;
    let there = file.read_range(0, file.len(), LARGEST).map_err(|e| CliError::reading(input, &e))?;
    let who = work.who();
    let algorithm = digest_of(who.signer);
    let unreadable = |e: &dyn std::fmt::Display| {
        CliError::new(Code::SignFailed).path("path", input).with("cause", printable(&e.to_string()))
    };
    let outline = stream::outline(&file).map_err(|e| unreadable(&e))?;
    let digest = match (outline.content, &content) {
        (Some(place), _) => {
            let mut hasher = algorithm.hasher();
            stream::feed(&file, place, &mut |piece| hasher.update(piece)).map_err(|e| unreadable(&e))?;
            hasher.finish()
        }
        (None, Some(content)) => {
            asic::digest(&content.file, algorithm).map_err(|e| CliError::reading(Path::new(&content.name), &e))?
        }
        (None, None) => return Err(CliError::new(Code::ExtendNoContent).path("path", input)),
    };
    let request = CmsRequest {
        content_type: outline.signed_data.encapsulated_content_type().clone(),
        signing_time: Some(who.at),
        ..CmsRequest::detached(&digest, who.certificate, who.chain)
    };
    let signed = cades::sign(&request, who.signer).map_err(|e| failed(work, &AsicError::Cades(e), task))?;
    let both = signed.add_to(&there).map_err(|e| unreadable(&e))?;
    climb_cms(work, task, input, both, content.as_ref(), Kept::Verdicts(&earlier))
}

/// Counter-signs the last signature of a CMS.
pub(super) fn countersign_cms(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let earlier = afterwards::sound_before(work, input)?.require_some(input)?;
    let file = FileReader::open(input)?;
    let content = beside(work, input, &file)?;
    let there = file.read_range(0, file.len(), LARGEST).map_err(|e| CliError::reading(input, &e))?;
    let (made, level, warnings) = counter_cms(work, task, input, &there)?;
    write(work, task, &made, content.as_ref(), level, Kept::Verdicts(&earlier))?;
    Ok(Made { form: Form::Cades, level, is_counter: true, warnings })
}

/// Signs an XML document inside. One that is signed as a whole already gets a counter-signature: another signature
/// over all of it would break the first.
pub(super) fn envelop(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let document = document(input)?;
    let who = work.who();
    let request = XadesRequest { certificate: who.certificate, chain: who.chain, signing_time: who.at };
    let signed = match xades::enveloped(&document, &request, who.signer, None) {
        Err(XadesError::AlreadySigned) => return countersign_xml(work, task),
        other => other.map_err(|e| failed(work, &AsicError::Xades(e), task))?,
    };
    // A document with signatures over parts of it keeps those.
    let has_signatures = document.windows(SIGNATURE.len()).any(|w| w == SIGNATURE);
    let earlier = has_signatures.then(|| afterwards::sound_before(work, input)).transpose()?;
    let kept = earlier.as_ref().map_or(Kept::Nothing, Kept::Verdicts);
    let (signed, level, mut warnings) = work.stamped(input, signed, |ladder, signed| {
        let mut climbed = Climbed { made: signed.clone(), times: Vec::new() };
        ladder.stamp_xml(&mut climbed, Climbing::Last)?;
        Ok(climbed)
    })?;
    let signed = if level > Level::T {
        let climbed =
            work.with_ladder(level, input, |ladder| ladder.xml(signed, &Outside::nothing(), Climbing::Last))?;
        warnings.extend(climbed.times.into_iter().take(1).filter_map(super::before_after::clock));
        climbed.made
    } else {
        signed
    };
    write(work, task, &signed, None, level, kept)?;
    Ok(Made { form: Form::Xades, level, is_counter: false, warnings })
}

const SIGNATURE: &[u8] = b"SignatureValue";

/// Counter-signs the last signature of an XML file.
pub(super) fn countersign_xml(work: &Work<'_>, task: &Task) -> Result<Made, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    if work.options.level > Level::T {
        return Err(CliError::new(Code::LevelByExtend).with("level", work.options.level.short()));
    }
    let earlier = afterwards::sound_before(work, input)?.require_some(input)?;
    let document = document(input)?;
    let (made, level, warnings) = counter_xml(work, task, input, &document)?;
    write(work, task, &made, None, level, Kept::Verdicts(&earlier))?;
    Ok(Made { form: Form::Xades, level, is_counter: true, warnings })
}

/// A CMS with a counter-signature of its last signature, time-stamped where the level asks for it.
pub(super) fn counter_cms(
    work: &Work<'_>,
    task: &Task,
    input: &Path,
    cms: &[u8],
) -> Result<(Vec<u8>, Level, Vec<Warning>), CliError> {
    let who = work.who();
    let last = SignedData::parse(cms).map_or(0, |read| read.signers().len().saturating_sub(1));
    let request = CmsRequest { signing_time: Some(who.at), ..CmsRequest::detached(&[], who.certificate, who.chain) };
    let counter = cades::countersign(cms, last, &request, who.signer).map_err(|e| counter_error(work, &e, task))?;
    let (counter, level, warnings) = work.stamped(input, counter, |ladder, counter| {
        let mut made = counter.clone();
        let imprint = IMPRINT.digest(made.signature_value());
        let (token, facts) = ladder.tsa()?.time_stamp(IMPRINT, &imprint).map_err(|e| tsa_error(&e))?;
        made.add_signature_time_stamp(token.raw());
        Ok(Climbed { made, times: vec![facts.gen_time] })
    })?;
    let made = counter.counter(cms, last).map_err(|e| counter_error(work, &CounterError::Cms(e), task))?;
    Ok((made, level, warnings))
}

/// XML with a counter-signature of its last signature, time-stamped where the level asks for it.
pub(super) fn counter_xml(
    work: &Work<'_>,
    task: &Task,
    input: &Path,
    xml: &[u8],
) -> Result<(Vec<u8>, Level, Vec<Warning>), CliError> {
    let who = work.who();
    let request = XadesRequest { certificate: who.certificate, chain: who.chain, signing_time: who.at };
    let failed = |e: XadesError| failed(work, &AsicError::Xades(e), task);
    let (made, id) = xades::countersign(xml, &request, who.signer).map_err(failed)?;
    work.stamped(input, made, |ladder, made| {
        let stamped = add_signature_time_stamp(made, Which::Id(&id), ladder.tsa()?).map_err(failed)?;
        Ok(Climbed { made: stamped.file, times: vec![stamped.time] })
    })
}

/// Takes a CMS to the level asked for and writes it.
fn climb_cms(
    work: &Work<'_>,
    task: &Task,
    input: &Path,
    der: Vec<u8>,
    content: Option<&Detached>,
    kept: Kept<'_>,
) -> Result<Made, CliError> {
    let (cms, level, warnings): (Vec<u8>, Level, Vec<Warning>) = work.stamped(input, der, |ladder, der| {
        let mut climbed = Climbed { made: der.clone(), times: Vec::new() };
        ladder.stamp_cms(&mut climbed, Climbing::Last)?;
        Ok(climbed)
    })?;
    let cms = if level > Level::T {
        let name = input.file_name().unwrap_or_default().to_string_lossy();
        work.with_ladder(level, input, |ladder| ladder.cms(cms, &name, content, Climbing::Last))?.made
    } else {
        cms
    };
    write(work, task, &cms, content, level, kept)?;
    Ok(Made { form: Form::Cades, level, is_counter: false, warnings })
}

fn write(
    work: &Work<'_>,
    task: &Task,
    bytes: &[u8],
    content: Option<&Detached>,
    level: Level,
    kept: Kept<'_>,
) -> Result<(), CliError> {
    let mut whole = output(work, task)?;
    whole.write_all(bytes).map_err(|e| whole.failed(&e))?;
    afterwards::check(work, task.how, whole.temporary_path(), content, level, kept)?;
    whole.commit()
}

fn document(input: &Path) -> Result<Vec<u8>, CliError> {
    read_small(input, u64::try_from(crate::xml::parse::MAX_BYTES).unwrap_or(u64::MAX))
}

/// The content of a signature that is being made.
pub(super) fn named(input: &Path) -> Result<Detached, CliError> {
    let name = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Detached { name, file: FileReader::open(input)?, named: Named::Expressly })
}

/// The content of a signature that is there.
pub(super) fn beside(work: &Work<'_>, input: &Path, file: &FileReader) -> Result<Option<Detached>, CliError> {
    let name = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let nesting = Nesting::top();
    work.options.judge.detached(&Source { file, name: &name, path: Some(input), named: true, nesting: &nesting })
}

fn counter_error(work: &Work<'_>, error: &CounterError, task: &Task) -> CliError {
    match error {
        CounterError::Cades(error) => super::document::cades_error(error, &work.identity.path),
        other => {
            CliError::new(Code::SignFailed).path("path", &task.output).with("cause", printable(&other.to_string()))
        }
    }
}
