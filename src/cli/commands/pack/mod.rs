//! `congvan pack FILE…`: an edXML packet of files and their metadata.

mod admission;
mod container;
mod words;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::metadata::{About, Metadata, Party, Signer, Trace, extras};
use crate::algorithms::DigestAlgorithm;
use crate::base::encoding::hex;
use crate::base::read::ReadAt;
use crate::cli::args::{KeyArgs, Level, OutArgs, TrustArgs, TsaArgs, TsaWaitArgs};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, FileReader, PathName, WholeFile, check_output, path_text, printable};
use crate::cli::identity::{self, Identity};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::pack as texts;
use crate::edxml::attachment::media_type;
use crate::edxml::name::safe_names;
use crate::edxml::write::Signing;
use crate::edxml::{FileEntry, Finding, Skeleton, StatusPacket, WriteError, date};
use crate::sign::edxml::{SignPacketError, sign_document, sign_status};
use crate::x509::Certificate;

/// Largest packet the national axis and known receivers take, in bytes.
const AXIS_LIMIT: u64 = 50_000_000;
/// Largest package an exchange endpoint takes, in bytes.
const ENDPOINT_LIMIT: u64 = 10 << 30;

/// Arguments of `pack`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE")]
    file: Vec<PathBuf>,
    #[arg(long, value_name = "PACKAGE", conflicts_with_all = ["file", "meta", "status"])]
    convert: Option<PathBuf>,
    #[arg(long, value_enum, value_name = "edxml|asic-e", default_value = "edxml")]
    format: Form,
    #[arg(long, value_name = "FILE")]
    meta: Option<PathBuf>,
    #[arg(long, value_name = "CODE[=NAME]")]
    from: Option<String>,
    #[arg(long, value_name = "CODE[=NAME]", num_args = 1..)]
    to: Vec<String>,
    #[arg(long, value_name = "new|recall|update|replace", conflicts_with = "status")]
    kind: Option<String>,
    #[arg(long, value_name = "01…16")]
    status: Option<String>,
    #[arg(long, value_name = "TEXT")]
    number: Option<String>,
    #[arg(long, value_name = "TEXT")]
    notation: Option<String>,
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    #[arg(long = "type", value_name = "NAME")]
    document_type: Option<String>,
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    #[arg(long, value_name = "NAME")]
    place: Option<String>,
    #[arg(long, value_name = "NAME")]
    signer: Option<String>,
    #[arg(long, value_name = "TEXT")]
    position: Option<String>,
    #[arg(long, value_name = "TEXT")]
    competence: Option<String>,
    #[arg(long, value_name = "0…4")]
    priority: Option<i64>,
    #[arg(long, value_name = "DATE")]
    due: Option<String>,
    #[arg(long, value_name = "ID", num_args = 1..)]
    about: Vec<String>,
    #[arg(long, value_name = "ID", num_args = 1..)]
    reply_to: Vec<String>,
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[arg(long)]
    paper: bool,
    #[arg(long, short = 'y')]
    yes: bool,
    #[arg(long)]
    declare_unclassified: bool,
    #[arg(long)]
    allow_unsigned: bool,
    #[arg(long, value_enum, value_name = "axis|endpoint")]
    transport: Option<Transport>,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[arg(long, value_enum, value_name = "b|t|lt|lta")]
    level: Option<Level>,
    #[command(flatten)]
    tsa: TsaArgs,
    #[command(flatten)]
    wait: TsaWaitArgs,
    #[arg(long)]
    no_packet_signature: bool,
    #[command(flatten)]
    out: OutArgs,
}

/// What a package is written as.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Form {
    /// An edXML packet.
    Edxml,
    /// An ASiC-E container with the packet and its files as signed entries.
    AsicE,
}

/// How the packet will travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Transport {
    /// The national axis, or a system behind it.
    Axis,
    /// An exchange endpoint, by `congvan push`.
    Endpoint,
}

impl Transport {
    fn limit(self) -> u64 {
        match self {
            Transport::Axis => AXIS_LIMIT,
            Transport::Endpoint => ENDPOINT_LIMIT,
        }
    }
}

#[derive(Serialize)]
struct Packed<'a> {
    schema: &'static str,
    #[serde(flatten)]
    path: PathName,
    size: u64,
    sha256: String,
    kind: &'a str,
    document_id: &'a str,
    signed: bool,
    to: Vec<&'a str>,
    files: Vec<PackedFile<'a>>,
    /// Fields nobody gave, taken from the document's own text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    read_from_document: Vec<&'static str>,
    /// Someone declared that what could not be read is not classified.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    declared_unclassified: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<PackWarning>,
}

#[derive(Serialize)]
struct PackWarning {
    code: &'static str,
    text: String,
}

#[derive(Serialize)]
struct PackedFile<'a> {
    name: &'a str,
    content_type: &'a str,
    size: u64,
}

/// Writes the packet.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    if let Some(level) =
        args.level.filter(|level| *level > Level::B && args.convert.is_none() && args.format != Form::AsicE)
    {
        return Err(CliError::new(Code::PackLevel).with("level", level.short()));
    }
    if let Some(package) = &args.convert {
        return container::convert(package, args, context);
    }
    let mut meta = match &args.meta {
        Some(path) => Metadata::read(path)?,
        None => Metadata::default(),
    };
    merge(&mut meta, args, context);
    if let Some(secrecy) = meta.secrecy.as_deref().map(str::trim).filter(|s| !s.is_empty()) {
        return Err(CliError::new(Code::Classified).with("secrecy", printable(secrecy)));
    }
    let out = match &args.out.out {
        Some(out) => out.clone(),
        None => {
            let extension = if args.format == Form::AsicE { "asice" } else { "edxml" };
            let first = args.file.first().cloned().unwrap_or_else(|| PathBuf::from("packet"));
            first.with_extension(extension)
        }
    };
    let inputs: Vec<&Path> = args.file.iter().chain(&args.meta).map(PathBuf::as_path).collect();
    check_output(&out, Existing::from(args.out.force), &inputs)?;
    if meta.status.is_some() {
        return status(&meta, args, &out, context);
    }
    refuse(meta.to_document().1)?;
    let readers: Vec<FileReader> = args.file.iter().map(|path| FileReader::open(path)).collect::<Result<_, _>>()?;
    let admitted = admission::admit(args, &readers, context)?;
    // The main document comes first; where it is no PDF, the first one that is speaks for it.
    let printed = admitted.texts.iter().flatten().next().map(crate::stamp::metadata::extract).unwrap_or_default();
    let read = words::fill(&mut meta, printed.clone());
    words::confirm(&read, args.yes, context)?;
    let (mut packet, faults) = meta.to_document();
    refuse(faults)?;
    packet.files = entries(&args.file, &meta);
    let contents: Vec<&dyn ReadAt> = readers.iter().map(|r| -> &dyn ReadAt { r }).collect();
    let unsigned = Skeleton::document(&packet, Signing::Unsigned).map_err(|e| failed(e, &out))?;
    let mut warnings = admitted.warnings;
    warnings.extend(words::contradictions(&packet, &printed));
    warnings.extend(fits(&unsigned, &contents, args, &out)?);
    let names: Vec<&str> = packet.files.iter().map(|f| f.name.as_str()).collect();
    let (written, signed) = if args.format == Form::AsicE {
        (container::write(&unsigned.text(), &names, &contents, &out, &inputs, args, context)?, true)
    } else {
        let signer = signer(args, context)?;
        let skeleton = match &signer {
            Some((identity, chain)) => sign_document(&packet, &contents, identity.signer.as_ref(), chain)
                .map_err(|e| sign_failed(e, identity, &out))?,
            None => unsigned,
        };
        (write(&skeleton, &contents, &out, args, &inputs, context)?, signer.is_some())
    };
    let files = packet.files.iter().zip(&readers);
    report(
        &Packed {
            schema: "congvan.pack/1",
            path: PathName::from(out.as_path()),
            size: written.size,
            sha256: written.sha256.clone(),
            kind: packet.business.kind.name(),
            document_id: &packet.document_id,
            signed,
            to: packet.to.iter().map(|t| t.code.as_str()).collect(),
            files: files
                .map(|(f, r)| PackedFile { name: &f.name, content_type: &f.content_type, size: r.len() })
                .collect(),
            read_from_document: read.iter().map(|f| f.0).collect(),
            declared_unclassified: admitted.declared_unclassified,
            warnings: told(&warnings, context),
        },
        &out,
        context,
    )?;
    Ok(Exit::Done)
}

/// A packet over the limit of the transport asked for is not written; with none asked for, the axis' is told.
fn fits(
    skeleton: &Skeleton,
    contents: &[&dyn ReadAt],
    args: &Args,
    out: &Path,
) -> Result<Option<admission::Warning>, CliError> {
    // A signature adds a few kilobytes.
    let size = skeleton.written_len(contents.iter().map(|c| c.len())).saturating_add(16 << 10);
    let megabytes = size.div_ceil(1_000_000);
    match args.transport {
        Some(transport) if size > transport.limit() => Err(CliError::new(Code::OverTransportLimit)
            .path("path", out)
            .with("size", megabytes)
            .with("limit", transport.limit() / 1_000_000)),
        None if size > AXIS_LIMIT => {
            Ok(Some(("TOO_LARGE_FOR_AXIS", texts::TOO_LARGE_FOR_AXIS, vec![("size", megabytes.to_string())])))
        }
        _ => Ok(None),
    }
}

/// Warnings as `--json` has them; otherwise they are said at once.
fn told(warnings: &[admission::Warning], context: &mut Context) -> Vec<PackWarning> {
    let mut all = Vec::new();
    for (code, text, values) in warnings {
        let values: Vec<(&str, &dyn std::fmt::Display)> =
            values.iter().map(|(name, value)| -> (&str, &dyn std::fmt::Display) { (name, value) }).collect();
        if context.json {
            all.push(PackWarning { code, text: text.fill(context.lang, &values) });
        } else {
            context.warn(*text, &values);
        }
    }
    all
}

fn status(meta: &Metadata, args: &Args, out: &Path, context: &mut Context) -> Result<Exit, CliError> {
    if let Some(file) = args.file.first() {
        return Err(CliError::new(Code::StatusWithFiles).path("path", file));
    }
    let (packet, faults) = meta.to_status();
    refuse(faults)?;
    let unsigned = Skeleton::status(&packet, Signing::Unsigned).map_err(|e| failed(e, out))?;
    if args.format == Form::AsicE {
        let written = container::write(&unsigned.text(), &[], &[], out, &[], args, context)?;
        return told_status(&packet, &written, out, true, context);
    }
    let signer = signer(args, context)?;
    let skeleton = match &signer {
        Some((identity, chain)) => {
            sign_status(&packet, identity.signer.as_ref(), chain).map_err(|e| sign_failed(e, identity, out))?
        }
        None => unsigned,
    };
    let written = write(&skeleton, &[], out, args, &[], context)?;
    told_status(&packet, &written, out, signer.is_some(), context)
}

fn told_status(
    packet: &StatusPacket,
    written: &Written,
    out: &Path,
    signed: bool,
    context: &mut Context,
) -> Result<Exit, CliError> {
    report(
        &Packed {
            schema: "congvan.pack/1",
            path: PathName::from(out),
            size: written.size,
            sha256: written.sha256.clone(),
            kind: "status",
            document_id: &packet.about.document_id,
            signed,
            to: vec![&packet.about.agency],
            files: Vec::new(),
            read_from_document: Vec::new(),
            declared_unclassified: false,
            warnings: Vec::new(),
        },
        out,
        context,
    )?;
    Ok(Exit::Done)
}

// The packet is signed when there is a key: --key, or that of the profile. Roots stay at home.
fn signer(args: &Args, context: &mut Context) -> Result<Option<(Identity, Vec<Certificate>)>, CliError> {
    if args.no_packet_signature || (args.key.key.is_none() && context.config.key.is_none()) {
        return Ok(None);
    }
    let identity = identity::open(&args.key, context)?;
    identity::check_usable(&identity.certificate, clock::now())?;
    let chain = std::iter::once(identity.certificate.clone())
        .chain(identity.chain.iter().filter(|c| !c.is_self_issued()).cloned())
        .collect();
    Ok(Some((identity, chain)))
}

fn sign_failed(error: SignPacketError, identity: &Identity, out: &Path) -> CliError {
    match error {
        SignPacketError::Write(error) => failed(error, out),
        other => CliError::new(Code::KeyUnreadable).path("path", &identity.path).with("cause", other),
    }
}

// Flags win over the file, the file over the profile.
fn merge(meta: &mut Metadata, args: &Args, context: &Context) {
    let set = |field: &mut Option<String>, flag: &Option<String>| {
        if flag.is_some() {
            field.clone_from(flag);
        }
    };
    set(&mut meta.kind, &args.kind);
    set(&mut meta.status, &args.status);
    set(&mut meta.number, &args.number);
    set(&mut meta.notation, &args.notation);
    set(&mut meta.date, &args.date);
    set(&mut meta.document_type, &args.document_type);
    set(&mut meta.subject, &args.subject);
    set(&mut meta.place, &args.place);
    set(&mut meta.due, &args.due);
    set(&mut meta.reason, &args.reason);
    meta.priority = args.priority.or(meta.priority);
    if args.paper {
        meta.paper = Some(1);
    }
    if let Some(from) = &args.from {
        meta.from = Some(Party::parse(from));
    }
    if meta.from.is_none() {
        meta.from = context.config.agency.as_deref().map(Party::parse);
    }
    if !args.to.is_empty() {
        meta.to = args.to.iter().map(|to| Party::parse(to)).collect();
    }
    if !args.about.is_empty() {
        meta.about = args.about.iter().map(|id| About::parse(id)).collect();
    }
    if !args.reply_to.is_empty() {
        meta.reply_to = args.reply_to.iter().map(|id| About::parse(id)).collect();
    }
    if args.signer.is_some() || args.position.is_some() || args.competence.is_some() {
        let signer = meta.signer.get_or_insert_with(Signer::default);
        set(&mut signer.name, &args.signer);
        set(&mut signer.position, &args.position);
        set(&mut signer.competence, &args.competence);
    }
    let now = date::format_timestamp(clock::now());
    if meta.status.is_some() {
        meta.at.get_or_insert(now);
    } else {
        // A changed document, or one passed on, is traced by whoever packs it.
        let agency = meta.from.as_ref().map(|f| f.code.clone()).unwrap_or_default();
        meta.trace.push(Trace { agency, at: Some(now), extra: Vec::new() });
    }
}

fn entries(paths: &[PathBuf], meta: &Metadata) -> Vec<FileEntry> {
    let names: Vec<String> =
        paths.iter().map(|p| p.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    let note = |name: &str| meta.files.iter().find(|note| note.name == name);
    let original = |name: &str| note(name).and_then(|n| n.original_name.clone()).unwrap_or_else(|| name.to_owned());
    let safe = safe_names(names.iter().map(|name| original(name)).collect::<Vec<_>>().iter().map(String::as_str));
    let mut ids = HashSet::new();
    let mut entries = Vec::new();
    for (at, (given, name)) in names.iter().zip(safe).enumerate() {
        let note = note(given);
        let number = at.saturating_add(1);
        let wanted = note.and_then(|n| n.content_id.clone()).filter(|id| !id.is_empty());
        let mut content_id = wanted.unwrap_or_else(|| format!("file-{number}"));
        while !ids.insert(content_id.clone()) {
            content_id.push_str(&format!("-{number}"));
        }
        // What makes peers unpack a file is only said of a file that is a ZIP by name.
        let kept =
            note.and_then(|n| n.content_type.clone()).filter(|t| !t.trim().eq_ignore_ascii_case("application/zip"));
        entries.push(FileEntry {
            content_id,
            content_type: kept.unwrap_or_else(|| media_type(&name).to_owned()),
            description: note.and_then(|n| n.description.clone()),
            extra: note.map(|n| extras(&n.extra)).unwrap_or_default(),
            name,
        });
    }
    entries
}

struct Written {
    size: u64,
    sha256: String,
}

fn write(
    skeleton: &Skeleton,
    contents: &[&dyn ReadAt],
    out: &Path,
    args: &Args,
    inputs: &[&Path],
    context: &mut Context,
) -> Result<Written, CliError> {
    let mut file = WholeFile::create(out, Existing::from(args.out.force), inputs)?;
    let total = contents.iter().map(|c| c.len()).fold(0, u64::saturating_add);
    let mut counting = Counting {
        to: &mut file,
        size: 0,
        hasher: DigestAlgorithm::Sha256.hasher(),
        progress: Progress::bytes(context, texts::PACKING.get(context.lang), total / 3 * 4),
    };
    skeleton.write(&mut counting, contents).map_err(|e| failed(e, out))?;
    let written = Written { size: counting.size, sha256: hex(&counting.hasher.finish()) };
    file.commit()?;
    Ok(written)
}

struct Counting<'a> {
    to: &'a mut WholeFile,
    size: u64,
    hasher: crate::algorithms::Hasher,
    progress: Progress,
}

impl std::io::Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.to.write_all(bytes)?;
        self.hasher.update(bytes);
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        self.size = self.size.saturating_add(length);
        self.progress.advance(length);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn report(packed: &Packed<'_>, out: &Path, context: &mut Context) -> Result<(), CliError> {
    if context.json {
        return context.out.json(packed);
    }
    let line = context.say(
        texts::PACKED,
        &[("path", &path_text(out)), ("id", &printable(packed.document_id)), ("files", &packed.files.len())],
    );
    context.out.line(&line)
}

fn refuse(faults: Vec<Finding>) -> Result<(), CliError> {
    if faults.is_empty() { Ok(()) } else { Err(rules(&faults)) }
}

fn rules(findings: &[Finding]) -> CliError {
    let list: Vec<String> = findings.iter().map(|f| printable(&f.to_string())).collect();
    CliError::new(Code::PacketRules).with("faults", list.join("; "))
}

fn failed(error: WriteError, out: &Path) -> CliError {
    match error {
        WriteError::Rules(findings) => rules(&findings),
        WriteError::Io(cause) => CliError::writing(out, &cause),
        other => CliError::new(Code::WriteFailed).path("path", out).with("cause", other),
    }
}
