//! Packages as ASiC-E containers, and the way from one form to the other.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Args, Packed, PackedFile, Written, report, signer};
use crate::algorithms::DigestAlgorithm;
use crate::base::encoding::hex;
use crate::base::read::ReadAt;
use crate::cli::args::Level;
use crate::cli::climbing::{Climbed, Form, Ladder, Which, services};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, FileReader, PathName, WholeFile, check_output, printable};
use crate::cli::judging::{self, Format, Judge};
use crate::cli::package::{self, Held};
use crate::cli::texts::errors::Code;
use crate::cli::texts::pack as texts;
use crate::cli::trust::{Trust, policy};
use crate::edxml::attachment::media_type;
use crate::edxml::detached::{MESSAGE_ENTRY, attach, detach};
use crate::edxml::name::safe_names;
use crate::edxml::{EdxmlError, Limits, Message, Packet, SignatureForm, Skeleton, read};
use crate::net::{AddressRule, FetchSettings, HttpTsa};
use crate::sign::asic::{self, AsicError, DataFile, RESERVED, Shape, Who};
use crate::sign::edxml::sign_document;
use crate::timestamp::TimeStampSource;
use crate::validate::verdict::Verdict;

/// Writes a container of a packet, laid out without its files, and the files; signed by the key given.
pub(super) fn write(
    skeleton: &str,
    names: &[&str],
    contents: &[&dyn ReadAt],
    out: &Path,
    inputs: &[&Path],
    args: &Args,
    context: &mut Context,
) -> Result<Written, CliError> {
    let Some((identity, chain)) = signer(args, context)? else { return Err(CliError::new(Code::KeyNotGiven)) };
    let entries: Vec<String> =
        safe_names([RESERVED, MESSAGE_ENTRY].into_iter().chain(names.iter().copied())).into_iter().skip(2).collect();
    let message = detach(skeleton, &entries).map_err(|e| unusable(out, &e))?.into_bytes();
    let mut files = vec![DataFile { name: MESSAGE_ENTRY, media_type: "application/xml", content: &message }];
    files.extend(entries.iter().zip(contents).map(|(name, content)| DataFile {
        name,
        media_type: media_type(name),
        content: *content,
    }));
    let who = Who {
        signer: identity.signer.as_ref(),
        certificate: &identity.certificate,
        chain: chain.get(1..).unwrap_or_default(),
        at: clock::now(),
        tsa: None,
    };
    let shape = Shape::ExtendedXades;
    let mut signature = asic::sign(shape, 1, &files, &who).map_err(|e| match e {
        AsicError::Io(cause) => CliError::writing(out, &cause),
        other => CliError::new(Code::SignFailed).path("path", out).with("cause", printable(&other.to_string())),
    })?;
    let mut file = WholeFile::create(out, Existing::from(args.out.force), inputs)?;
    let own = &identity.certificate;
    let demanded = |v: &Verdict| v.signer.as_ref().is_some_and(|signer| signer.der() == own.der());
    let (judge, tsa) = climbing(args, context)?;
    let ladder = Ladder {
        judge: &judge,
        tsa: tsa.as_ref().map(|tsa| -> &dyn TimeStampSource { tsa }),
        target: level(args),
        input: out,
        demanded: &demanded,
    };
    if let Some((_, bytes)) = signature.last_mut().filter(|_| ladder.target > Level::B) {
        let mut climbed = Climbed { made: std::mem::take(bytes), times: Vec::new() };
        ladder.stamp_xml(&mut climbed, Which::Last)?;
        *bytes = climbed.made;
    }
    let entry = signature.last().map_or("", |(name, _)| name.as_str());
    let assembled = |made: &mut std::fs::File| asic::assemble(made, shape, &files, &signature).map(|_| ());
    ladder.write_container(&mut file, entry, &assembled)?;
    let written = FileReader::open(file.temporary_path())?;
    let digest = asic::digest(&written, DigestAlgorithm::Sha256).map_err(|e| file.failed(&e))?;
    let told = Written { size: written.len(), sha256: hex(&digest) };
    file.commit()?;
    Ok(told)
}

/// The level of the container's signature: that asked for, or T where a time-stamping service is named.
fn level(args: &Args) -> Level {
    args.level.unwrap_or(if args.tsa.tsa.is_empty() { Level::B } else { Level::T })
}

/// Who gathers what the level needs, and who stamps.
fn climbing(args: &Args, context: &Context) -> Result<(Judge, Option<HttpTsa>), CliError> {
    let level = level(args);
    let trust = Trust::load(&args.trust, context)?;
    let (anchors, pool) = (trust.tsa_anchors.clone(), trust.untrusted.clone());
    let mut judge = Judge::new(trust, policy(None, context)?, (clock::now(), "clock"), None);
    if level <= Level::B {
        return Ok((judge, None));
    }
    let urls = if args.tsa.tsa.is_empty() { &context.config.tsa } else { &args.tsa.tsa };
    if urls.is_empty() {
        return Err(CliError::new(Code::TsaNotGiven));
    }
    if level > Level::T && !judge.has_anchors() {
        return Err(CliError::new(Code::LevelNeedsAnchors).with("level", Form::Xades.level(level)));
    }
    if !args.trust.proof.offline {
        // The signer's own certificates and those of the service the signer names: their addresses may be private.
        judge = judge.online_by(FetchSettings { found: AddressRule::Any, ..FetchSettings::default() });
    }
    Ok((judge, Some(services(urls, &args.wait, anchors, pool))))
}

/// `pack --convert PACKAGE`: the same package in the other form.
pub(super) fn convert(input: &Path, args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let file = FileReader::open(input)?;
    let is_container = matches!(judging::format(&file), Ok(Format::Zip));
    let out = args.out.out.clone().unwrap_or_else(|| other_name(input, is_container));
    check_output(&out, Existing::from(args.out.force), &[input])?;
    if let Some(level) = args.level.filter(|level| is_container && *level > Level::B) {
        return Err(CliError::new(Code::PackLevel).with("level", level.short()));
    }
    if is_container {
        to_packet(input, &file, &out, args, context)
    } else {
        to_container(input, &file, &out, args, context)
    }
}

fn other_name(input: &Path, is_container: bool) -> PathBuf {
    input.with_extension(if is_container { "edxml" } else { "asice" })
}

fn to_container(
    input: &Path,
    file: &FileReader,
    out: &Path,
    args: &Args,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let mut held = Held::default();
    let packet = read(file, &mut held, &Limits::default()).map_err(|e| not_a_package(input, &e))?;
    let contents = held.contents().map_err(|e| CliError::reading(input, &e))?;
    let present: Vec<_> = packet.attachments.iter().filter(|a| a.index.is_some()).collect();
    let names: Vec<&str> = present.iter().map(|a| a.entry.name.as_str()).collect();
    let borrowed: Vec<&dyn ReadAt> = contents.iter().map(|c| &**c).collect();
    let written = write(packet.skeleton(), &names, &borrowed, out, &[input], args, context)?;
    tell(&packet, &contents, out, &written, true, context)
}

fn to_packet(
    input: &Path,
    file: &FileReader,
    out: &Path,
    args: &Args,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let Some(boxed) = package::open(file, input)? else {
        let cause = format!("it has no entry {MESSAGE_ENTRY}");
        return Err(CliError::new(Code::NotAPackage).path("path", input).with("cause", cause));
    };
    if let ("invalid", _, why) = package::seal(input, clock::now()) {
        let why = why.unwrap_or_default();
        return Err(CliError::new(Code::DocumentNotVerified).path("path", input).with("why", why));
    }
    for stray in &boxed.strays {
        context.warn(texts::STRAY_FILE, &[("name", &printable(stray))]);
    }
    let contents = package::contents(&boxed, input)?;
    let borrowed: Vec<&dyn ReadAt> = contents.iter().map(|c| &**c).collect();
    // A packet signature that is there stays; without one, the key given makes it.
    let wanted = boxed.packet.signature == SignatureForm::Absent;
    let skeleton = match (&boxed.packet.message, signer(args, context)?.filter(|_| wanted)) {
        (Message::Document(document), Some((identity, chain))) => {
            sign_document(document, &borrowed, identity.signer.as_ref(), &chain)
                .map_err(|e| super::sign_failed(e, &identity, out))?
        }
        _ => attach(&boxed.message).map_err(|e| unusable(out, &e))?,
    };
    let written = super::write(&skeleton, &borrowed, out, args, &[input], context)?;
    let signed = skeleton_is_signed(&skeleton);
    tell(&boxed.packet, &contents, out, &written, signed, context)
}

fn skeleton_is_signed(skeleton: &Skeleton) -> bool {
    skeleton.text().contains("http://www.w3.org/2000/09/xmldsig#")
}

fn tell(
    packet: &Packet,
    contents: &[Rc<dyn ReadAt>],
    out: &Path,
    written: &Written,
    signed: bool,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let (kind, document_id, to) = match &packet.message {
        Message::Document(document) => (
            document.business.kind.name(),
            document.document_id.as_str(),
            document.to.iter().map(|t| t.code.as_str()).collect(),
        ),
        Message::Status(status) => ("status", status.about.document_id.as_str(), vec![status.about.agency.as_str()]),
    };
    let files = packet.attachments.iter().zip(contents);
    report(
        &Packed {
            schema: "congvan.pack/1",
            path: PathName::from(out),
            size: written.size,
            sha256: written.sha256.clone(),
            kind,
            document_id,
            signed,
            to,
            files: files
                .map(|(a, c)| PackedFile { name: &a.entry.name, content_type: &a.entry.content_type, size: c.len() })
                .collect(),
            read_from_document: Vec::new(),
            declared_unclassified: false,
            warnings: Vec::new(),
        },
        out,
        context,
    )?;
    Ok(Exit::Done)
}

fn not_a_package(path: &Path, error: &EdxmlError) -> CliError {
    match error {
        EdxmlError::Io(cause) => CliError::reading(path, cause),
        other => unusable(path, other),
    }
}

fn unusable(path: &Path, error: &EdxmlError) -> CliError {
    CliError::new(Code::NotAPackage).path("path", path).with("cause", printable(&error.to_string()))
}
