//! `congvan unpack FILE --out DIR`: the files of a packet and its metadata, in a new folder.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::metadata::{Metadata, Unknown, unknowns};
use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::asic::zip::{Archive, Limits as ZipLimits, ZipError};
use crate::base::encoding::hex;
use crate::base::read::ReadAt;
use crate::cli::args::OutArgs;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, FileReader, PathName, WholeFolder, path_text, printable};
use crate::cli::package;
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::unpack as texts;
use crate::edxml::attachment::{Form, form};
use crate::edxml::detached::MESSAGE_ENTRY;
use crate::edxml::name::safe_names;
use crate::edxml::{EdxmlError, Limits, Message, Packet, Sinks, read};
use crate::validate::packet::{PacketSignature, check_with};

/// Name of the description beside the files.
const METADATA: &str = "metadata.json";

/// Arguments of `unpack`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Serialize)]
struct Unpacked<'a> {
    schema: &'static str,
    package: &'static str,
    #[serde(flatten)]
    source: PathName,
    sha256: String,
    /// Whether the packet's own signature holds; not whether its signer is trusted.
    package_signature: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_signer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_signature_reason: Option<String>,
    meta: &'a Metadata,
    files: Vec<UnpackedFile>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct UnpackedFile {
    /// The name it has in the folder.
    name: String,
    /// The name it has in the packet.
    original_name: String,
    content_id: String,
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    size: u64,
    sha256: String,
    /// True when the file was the only entry of a ZIP around it.
    unzipped: bool,
    /// Elements of the attachment that the regulation does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extra: Vec<Unknown>,
}

/// Writes files and metadata.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let source = FileReader::open(&args.file)?;
    let out = match &args.out.out {
        Some(out) => out.clone(),
        None => args.file.with_extension(""),
    };
    if args.out.out.is_none() && out == args.file {
        return Err(CliError::new(Code::OutputExists).path("path", &out));
    }
    let folder = WholeFolder::create(&out, Existing::from(args.out.force))?;
    let progress = Progress::bytes(context, texts::UNPACKING.get(context.lang), source.len() / 4 * 3);
    let mut sinks = Parts { folder: folder.path().to_owned(), open: None, done: Vec::new(), progress };
    // The packet's own digest is computed beside the unpacking, on another core where there is one.
    let (opened, sha256) = std::thread::scope(|scope| {
        let whole = scope.spawn(|| digest(&source));
        let opened = match crate::cli::judging::format(&source) {
            Ok(crate::cli::judging::Format::Zip) => from_container(&source, &mut sinks, &args.file, &out),
            _ => from_packet(&source, &mut sinks, &args.file, &out),
        };
        (opened, whole.join())
    });
    let opened = opened?;
    let sha256 = sha256.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
    let Opened { packet, package, places, seal, strays } = opened;
    let parts = std::mem::take(&mut sinks.done);
    drop(sinks);
    let files = name_files(&packet, &places, &parts, folder.path(), &args.file, &out)?;
    let strays = strays.iter().map(|name| context.say(texts::STRAY_FILE, &[("name", &printable(name))]));
    let strays: Vec<String> = strays.collect();
    let meta = match &packet.message {
        Message::Document(document) => Metadata::of_document(document),
        Message::Status(status) => Metadata::of_status(status),
    };
    let unpacked = Unpacked {
        schema: "congvan.package/1",
        package,
        source: PathName::from(args.file.as_path()),
        sha256: sha256.map_err(|e| CliError::reading(&args.file, &e))?,
        package_signature: seal.0,
        package_signer: seal.1,
        package_signature_reason: seal.2,
        meta: &meta,
        files,
        warnings: packet.warnings.iter().map(|w| printable(&w.to_string())).chain(strays).collect(),
    };
    write_metadata(&folder.path().join(METADATA), &unpacked).map_err(|e| CliError::writing(&out, &e))?;
    folder.commit()?;
    report(&unpacked, &out, context)?;
    Ok(Exit::Done)
}

/// A package that was read; its files are in the sinks.
struct Opened {
    packet: Packet,
    /// `edxml` or `asic-e`.
    package: &'static str,
    /// For each attachment its place among the sinks' parts.
    places: Vec<Option<usize>>,
    /// Whether the package's own signature holds, who made it, and why not.
    seal: (&'static str, Option<String>, Option<String>),
    /// Files of a container that are not part of the package.
    strays: Vec<String>,
}

fn from_packet(source: &FileReader, sinks: &mut Parts, file: &Path, out: &Path) -> Result<Opened, CliError> {
    let packet = read(source, sinks, &Limits::default()).map_err(|e| failed(e, file, out))?;
    let known: Vec<Vec<u8>> = sinks.done.iter().map(|part| part.digest.clone()).collect();
    let signature = check_with(&packet, source, &known).map_err(|e| failed(e, file, out))?;
    let signer = match &signature {
        PacketSignature::Valid(verified) => verified.certificates.first().map(|c| printable(&c.subject().to_string())),
        _ => None,
    };
    let places = packet.attachments.iter().map(|a| a.index).collect();
    let seal = (signature.name(), signer, signature.reason().map(|r| printable(&r)));
    Ok(Opened { packet, package: "edxml", places, seal, strays: Vec::new() })
}

fn from_container(source: &FileReader, sinks: &mut Parts, file: &Path, out: &Path) -> Result<Opened, CliError> {
    let Some(boxed) = package::open(source, file)? else {
        let cause = format!("it is a container without the entry {MESSAGE_ENTRY}");
        return Err(CliError::new(Code::NotAPackage).path("path", file).with("cause", cause));
    };
    let writing = |e: io::Error| CliError::writing(out, &e);
    let mut places = Vec::new();
    for entry in &boxed.entries {
        let Some(entry) = entry.and_then(|at| boxed.container.entries().get(at)) else {
            places.push(None);
            continue;
        };
        places.push(Some(sinks.done.len()));
        sinks.begin(sinks.done.len()).map_err(writing)?;
        let unpacked = boxed.container.archive().unpack(entry, &mut |bytes| sinks.write(bytes));
        unpacked.map_err(|e| zip_failed(e, &entry.name, file, out))?;
        sinks.end().map_err(writing)?;
    }
    let seal = package::seal(file, clock::now());
    Ok(Opened { packet: boxed.packet, package: "asic-e", places, seal, strays: boxed.strays })
}

fn report(unpacked: &Unpacked<'_>, out: &Path, context: &mut Context) -> Result<(), CliError> {
    for warning in &unpacked.warnings {
        context.warn(texts::ODD_FIELD, &[("what", warning)]);
    }
    if unpacked.package_signature == "invalid" {
        let why = unpacked.package_signature_reason.clone().unwrap_or_default();
        context.warn(texts::SIGNATURE_INVALID, &[("why", &why)]);
    }
    if context.json {
        return context.out.json(unpacked);
    }
    for file in &unpacked.files {
        let line = context.say(
            texts::FILE,
            &[
                ("path", &path_text(&out.join(&file.name))),
                ("size", &file.size),
                ("original", &printable(&file.original_name)),
            ],
        );
        context.out.line(&line)?;
    }
    let signature = match unpacked.package_signature {
        "absent" => texts::SIGNATURE_ABSENT,
        "valid" => texts::SIGNATURE_VALID,
        "invalid" => texts::SIGNATURE_BROKEN,
        _ => texts::SIGNATURE_UNCLEAR,
    };
    let signer = unpacked.package_signer.clone().unwrap_or_default();
    let why = unpacked.package_signature_reason.clone().unwrap_or_default();
    let line = context.say(signature, &[("signer", &signer), ("why", &why)]);
    context.out.line(&line)?;
    let line = context.say(texts::UNPACKED, &[("path", &path_text(&out.join(METADATA)))]);
    context.out.line(&line)
}

// Attachments are first stored under numbers: their names are only known at the end of the packet.
struct Parts {
    folder: PathBuf,
    open: Option<(File, Hasher, u64)>,
    done: Vec<Part>,
    progress: Progress,
}

struct Part {
    path: PathBuf,
    size: u64,
    /// SHA-256.
    digest: Vec<u8>,
}

impl Parts {
    fn path(&self) -> PathBuf {
        self.folder.join(format!(".part-{}", self.done.len()))
    }
}

impl Sinks for Parts {
    fn begin(&mut self, _: usize) -> io::Result<()> {
        let file = File::create_new(self.path())?;
        self.open = Some((file, DigestAlgorithm::Sha256.hasher(), 0));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some((file, hasher, size)) = &mut self.open {
            file.write_all(bytes)?;
            hasher.update(bytes);
            let length = u64::try_from(bytes.len()).unwrap_or(0);
            *size = size.saturating_add(length);
            self.progress.advance(length);
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some((file, hasher, size)) = self.open.take() {
            file.sync_all()?;
            let path = self.path();
            self.done.push(Part { path, size, digest: hasher.finish() });
        }
        Ok(())
    }
}

fn name_files(
    packet: &Packet,
    places: &[Option<usize>],
    parts: &[Part],
    folder: &Path,
    source: &Path,
    out: &Path,
) -> Result<Vec<UnpackedFile>, CliError> {
    // The metadata's own name is taken.
    let originals = packet.attachments.iter().map(|a| a.entry.name.as_str());
    let names = safe_names(std::iter::once(METADATA).chain(originals));
    let mut files = Vec::new();
    let places = places.iter().copied().chain(std::iter::repeat(None));
    for ((attachment, name), place) in packet.attachments.iter().zip(names.into_iter().skip(1)).zip(places) {
        let Some(part) = place.and_then(|at| parts.get(at)) else { continue };
        let entry = &attachment.entry;
        let target = folder.join(&name);
        let mut file = UnpackedFile {
            name,
            original_name: entry.name.clone(),
            content_id: entry.content_id.clone(),
            content_type: entry.content_type.clone(),
            description: entry.description.clone(),
            size: part.size,
            sha256: hex(&part.digest),
            unzipped: false,
            extra: unknowns(&entry.extra),
        };
        let failed = |e: io::Error| CliError::writing(out, &e);
        let mut head = Vec::new();
        File::open(&part.path).and_then(|f| f.take(4).read_to_end(&mut head)).map_err(failed)?;
        let unzipped = match form(&entry.content_type, &entry.name, &head) {
            Form::Raw => None,
            Form::MaybeZip => unzip(&part.path, &target).map_err(|e| zip_failed(e, &entry.name, source, out))?,
        };
        match unzipped {
            Some((size, sha256)) => {
                std::fs::remove_file(&part.path).map_err(failed)?;
                (file.size, file.sha256, file.unzipped) = (size, sha256, true);
            }
            None => std::fs::rename(&part.path, &target).map_err(failed)?,
        }
        files.push(file);
    }
    Ok(files)
}

// The only entry of the ZIP at `path` as the file `target`; nothing when it is not such a ZIP.
fn unzip(path: &Path, target: &Path) -> Result<Option<(u64, String)>, ZipError> {
    let source = FileReader::open(path).map_err(|_| ZipError::Io(io::ErrorKind::Other.into()))?;
    let Ok(archive) = Archive::open(&source, ZipLimits::default()) else { return Ok(None) };
    let [entry] = archive.entries.as_slice() else { return Ok(None) };
    if entry.is_folder() || !archive.faults.iter().all(|f| matches!(f, crate::asic::zip::Fault::Name(_))) {
        return Ok(None);
    }
    let mut file = File::create_new(target).map_err(ZipError::Sink)?;
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    archive.unpack(entry, &mut |bytes| {
        hasher.update(bytes);
        file.write_all(bytes)
    })?;
    file.sync_all().map_err(ZipError::Sink)?;
    Ok(Some((entry.size, hex(&hasher.finish()))))
}

fn digest(source: &FileReader) -> io::Result<String> {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    let mut buffer = vec![0; 128 << 10];
    let mut at = 0;
    loop {
        let read = source.read_at(&mut buffer, at)?;
        if read == 0 {
            return Ok(hex(&hasher.finish()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
}

fn write_metadata(path: &Path, unpacked: &Unpacked<'_>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    serde_json::to_writer_pretty(&mut file, unpacked).map_err(io::Error::from)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn failed(error: EdxmlError, source: &Path, out: &Path) -> CliError {
    match error {
        EdxmlError::Io(cause) => CliError::reading(source, &cause),
        EdxmlError::Sink(cause) => CliError::writing(out, &cause),
        other => CliError::new(Code::NotAPackage).path("path", source).with("cause", printable(&other.to_string())),
    }
}

fn zip_failed(error: ZipError, name: &str, source: &Path, out: &Path) -> CliError {
    match error {
        ZipError::Io(cause) | ZipError::Sink(cause) => CliError::writing(out, &cause),
        other => {
            let cause = format!("{}: {other}", printable(name));
            CliError::new(Code::NotAPackage).path("path", source).with("cause", cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asic::zip_write::{Packing, Writer};
    use crate::cli::texts::Lang;
    use crate::edxml::header::Agency;
    use crate::edxml::write::Signing;
    use crate::edxml::{Date, DocumentPacket, FileEntry, Skeleton};

    fn packet(files: &[(&str, &str, Vec<u8>)]) -> Vec<u8> {
        let agency = |code: &str| Agency { code: code.to_owned(), name: Some(code.to_owned()), ..Agency::default() };
        let mut packet = DocumentPacket {
            from: agency("H99"),
            to: vec![agency("H99.01")],
            document_id: "id".to_owned(),
            number: "1".to_owned(),
            notation: "A".to_owned(),
            date: Date::new(2026, 3, 5),
            subject: "x".to_owned(),
            ..DocumentPacket::default()
        };
        packet.document_type.name = "Công văn".to_owned();
        for (at, (name, content_type, _)) in files.iter().enumerate() {
            packet.files.push(FileEntry {
                content_id: format!("f{at}"),
                name: (*name).to_owned(),
                content_type: (*content_type).to_owned(),
                description: None,
                ..FileEntry::default()
            });
        }
        let contents: Vec<&dyn ReadAt> = files.iter().map(|f| -> &dyn ReadAt { &f.2 }).collect();
        let mut out = Vec::new();
        Skeleton::document(&packet, Signing::Unsigned).expect("good").write(&mut out, &contents).expect("writes");
        out
    }

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer::new(io::Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.add(name, Packing::Deflate, content).expect("adds");
        }
        writer.finish().expect("finishes").into_inner()
    }

    /// Exit or error, and every path below the folder in which the packet was unpacked into `out`.
    fn unpacked(files: &[(&str, &str, Vec<u8>)]) -> (Result<Exit, CliError>, Vec<String>, tempfile::TempDir) {
        let root = tempfile::tempdir().expect("folder");
        let file = root.path().join("in.edxml");
        std::fs::write(&file, packet(files)).expect("writes");
        let out = OutArgs { out: Some(root.path().join("out")), force: false };
        let result = run(&Args { file, out }, &mut Context::new(Lang::En, false));
        let found = crate::cli::files::walk(&[root.path().to_owned()]).expect("walks");
        let names = found
            .iter()
            .map(|f| f.path.strip_prefix(root.path()).expect("below").to_string_lossy().replace('\\', "/"))
            .collect();
        (result, names, root)
    }

    #[test]
    fn a_zip_around_one_file_is_taken_off_whatever_its_entry_is_called() {
        let (result, names, root) = unpacked(&[
            ("a.xlsx", "application/zip", zip(&[("0b1f6a52.xlsx", b"one")])),
            ("b.txt", "application/zip", zip(&[("../../evil", b"two")])),
            ("c.txt", "application/zip", zip(&[("x", b"1"), ("y", b"2")])),
            ("d.zip", "application/zip", zip(&[("x", b"1")])),
            ("e.docx", "application/msword", zip(&[("x", b"1")])),
        ]);
        assert!(result.is_ok());
        let read = |name: &str| std::fs::read(root.path().join("out").join(name)).expect("there");
        assert_eq!(
            names,
            ["in.edxml", "out/a.xlsx", "out/b.txt", "out/c.txt", "out/d.zip", "out/e.docx", "out/metadata.json"]
        );
        assert_eq!((read("a.xlsx"), read("b.txt")), (b"one".to_vec(), b"two".to_vec()));
        for raw in ["c.txt", "d.zip", "e.docx"] {
            assert!(read(raw).starts_with(b"PK\x03\x04"), "{raw}");
        }
    }

    #[test]
    fn a_zip_bomb_is_refused_and_nothing_is_left() {
        let (result, names, _root) = unpacked(&[("a.pdf", "application/zip", zip(&[("x", &vec![0; 8 << 20])]))]);
        assert_eq!(result.expect_err("refused").code, Code::NotAPackage);
        assert_eq!(names, ["in.edxml"]);
    }

    #[test]
    fn names_from_outside_stay_in_the_folder_and_apart() {
        let text = |name: &'static str| (name, "text/plain", b"x".to_vec());
        let (result, names, _root) = unpacked(&[
            text("../../evil"),
            text("/etc/passwd"),
            text("C:\\x\\NUL.txt"),
            text("metadata.json"),
            text("A.txt"),
            text("a.TXT"),
            text(".part-0"),
        ]);
        assert!(result.is_ok());
        assert_eq!(
            names,
            [
                "in.edxml",
                "out/A.txt",
                "out/_NUL.txt",
                "out/_part-0",
                "out/a (2).TXT",
                "out/evil",
                "out/metadata (2).json",
                "out/metadata.json",
                "out/passwd",
            ]
        );
    }
}
