//! Which format a file is signed in, and where the result goes, for everything that is no PDF.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Args;
use crate::asic::Container;
use crate::asic::zip::Limits;
use crate::base::read::ReadAt as _;
use crate::cli::args::beside;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, folder_of, walk};
use crate::cli::judging;
use crate::cli::parallel;
use crate::cli::texts::errors::Code;
use crate::cms::{oids, stream};
use crate::sign::asic::Shape;

/// Formats of signatures, as `--format` spells them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// In the PDF itself.
    Pades,
    /// A container of any number of files, with XAdES.
    AsicE,
    /// The same with CAdES.
    AsicECades,
    /// A container of one file, with CAdES.
    AsicS,
    /// The same with XAdES.
    AsicSXades,
    /// A CMS signature beside the file.
    Cades,
    /// Inside the XML document.
    Xades,
}

/// What becomes of some inputs.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Task {
    pub(super) inputs: Vec<PathBuf>,
    pub(super) output: PathBuf,
    pub(super) how: How,
}

/// How they are signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum How {
    /// Into a new container.
    Container(Shape),
    /// Another signature over the same files, into a container that is there.
    Join,
    /// A signature in a file beside it.
    Cades,
    /// Another signature over the same content, into a CMS that is there.
    JoinCms,
    /// A signature inside it.
    Xades,
    /// A signature over the last signature of a container, a CMS or an XML file.
    Counter(Carrier),
}

/// What a counter-signature goes into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Carrier {
    /// A container.
    Container,
    /// A CMS.
    Cms,
    /// An XML file.
    Xml,
    /// Nothing that could take one.
    None,
}

/// Sorts the files named into PDFs and folders, which are signed in themselves, and tasks for everything else.
///
/// # Errors
/// [`Code::SameOutput`], or why a file cannot be read.
pub(super) fn sort(args: &Args) -> Result<(Vec<PathBuf>, Vec<Task>), CliError> {
    let mut pdfs = Vec::new();
    let mut others: Vec<Found> = Vec::new();
    // What cannot be opened, or not be counter-signed, is told when its turn comes.
    let look = |path: &PathBuf| match args.format {
        Some(Format::Pades) => Kind::Pdf,
        Some(format) if path.is_dir() => Kind::Folder(format),
        Some(format) => Kind::Other(format.how()),
        None if args.countersign && path.is_dir() => Kind::Pdf,
        None if args.countersign => Kind::Other(How::Counter(carrier(path).unwrap_or(Carrier::None))),
        None => by_content(path).unwrap_or(None).map_or(Kind::Pdf, Kind::Other),
    };
    parallel::in_order(&args.files, sorters(args.files.len()), look, |path, kind| {
        match kind {
            Kind::Folder(format) => {
                for found in walk(std::slice::from_ref(path))? {
                    let below = found.path.strip_prefix(path).ok().map(Path::to_owned);
                    others.push(Found { path: found.path, how: format.how(), below });
                }
            }
            Kind::Other(how) => others.push(Found { path: path.clone(), how, below: None }),
            Kind::Pdf => pdfs.push(path.clone()),
        }
        Ok::<(), CliError>(())
    })?;
    Ok((pdfs, plan(args, others)?))
}

/// What a path named on the command line leads to.
enum Kind {
    /// A PDF, or a folder that is looked through for them.
    Pdf,
    /// A folder whose every file is signed in this format.
    Folder(Format),
    /// Something else.
    Other(How),
}

// Looking at a few files takes less than starting a thread.
fn sorters(files: usize) -> usize {
    if files < 64 { 0 } else { parallel::cores() }
}

/// A file to be signed.
struct Found {
    path: PathBuf,
    how: How,
    /// Its name below the folder it was found in.
    below: Option<PathBuf>,
}

fn plan(args: &Args, mut others: Vec<Found>) -> Result<Vec<Task>, CliError> {
    let text = |out: &Path| out.as_os_str().as_encoded_bytes().last().copied();
    let ends_as_folder = |out: &Path| text(out).is_some_and(|b| std::path::is_separator(char::from(b)));
    let folder = args.out.out.as_deref().filter(|out| out.is_dir() || ends_as_folder(out));
    // `sign a b c --format asic-e --out x.asice`: one container of all of them.
    let together = matches!(args.format, Some(Format::AsicE | Format::AsicECades)) && folder.is_none();
    if let (true, Some(out), Some(first)) = (together && others.len() > 1, &args.out.out, others.first()) {
        let how = first.how;
        return Ok(vec![Task { inputs: others.into_iter().map(|f| f.path).collect(), output: out.clone(), how }]);
    }
    let several = args.files.len() > 1 || args.files.iter().any(|path| path.is_dir());
    let output = |found: &Found| {
        let name = found.how.output(&found.path);
        match (&args.out.out, folder) {
            (None, _) => name,
            (Some(out), None) if !several => out.clone(),
            (Some(out), _) => match &found.below {
                Some(below) => out.join(below).with_file_name(name.file_name().unwrap_or_default()),
                None => out.join(name.file_name().unwrap_or_default()),
            },
        }
    };
    // Results of an earlier run that lie in the folder are not inputs.
    let outputs: BTreeSet<PathBuf> = others.iter().map(output).collect();
    let in_results = |found: &Found| args.out.out.as_deref().is_some_and(|out| found.path.starts_with(out));
    others.retain(|found| found.below.is_none() || !outputs.contains(&found.path) && !in_results(found));
    let mut taken = BTreeSet::new();
    let mut tasks = Vec::new();
    for found in others {
        let output = output(&found);
        if !taken.insert(output.clone()) {
            return Err(CliError::new(Code::SameOutput).path("path", &output));
        }
        if args.out.out.is_some() && several || folder.is_some() {
            let folder = folder_of(&output);
            std::fs::create_dir_all(folder).map_err(|e| CliError::writing(folder, &e))?;
        }
        tasks.push(Task { inputs: vec![found.path], output, how: found.how });
    }
    Ok(tasks)
}

impl Format {
    fn how(self) -> How {
        match self {
            // PDFs never come here.
            Format::Pades | Format::AsicE => How::Container(Shape::ExtendedXades),
            Format::AsicECades => How::Container(Shape::ExtendedCades),
            Format::AsicS => How::Container(Shape::SimpleCades),
            Format::AsicSXades => How::Container(Shape::SimpleXades),
            Format::Cades => How::Cades,
            Format::Xades => How::Xades,
        }
    }
}

impl How {
    fn output(self, input: &Path) -> PathBuf {
        match self {
            How::Container(Shape::ExtendedXades | Shape::ExtendedCades) => input.with_extension("asice"),
            How::Container(Shape::SimpleXades | Shape::SimpleCades) => input.with_extension("asics"),
            How::Join | How::JoinCms | How::Xades | How::Counter(_) => beside(input, "signed"),
            How::Cades => {
                let mut name = input.file_name().unwrap_or_default().to_owned();
                name.push(".p7s");
                input.with_file_name(name)
            }
        }
    }
}

/// What a counter-signature would go into.
///
/// # Errors
/// [`Code::NotSigned`] for what holds no signature that can be counter-signed, or why the file cannot be read.
pub(super) fn carrier(path: &Path) -> Result<Carrier, CliError> {
    let file = FileReader::open(path)?;
    match judging::format(&file).map_err(|e| CliError::reading(path, &e))? {
        judging::Format::Zip => Ok(Carrier::Container),
        judging::Format::Der => Ok(Carrier::Cms),
        judging::Format::Xml => Ok(Carrier::Xml),
        judging::Format::Pdf => Err(CliError::new(Code::CountersignPdf).path("path", path)),
        _ => Err(CliError::new(Code::NotSigned).path("path", path)),
    }
}

// A PDF is signed in itself, a container or CMS gets another signature, XML one inside; everything else goes into an
// ASiC-E.
fn by_content(path: &Path) -> Result<Option<How>, CliError> {
    let file = FileReader::open(path)?;
    let is_xml = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml"));
    Ok(match judging::format(&file).map_err(|e| CliError::reading(path, &e))? {
        judging::Format::Pdf => None,
        judging::Format::Zip if Container::open(&file, Limits::default()).is_ok() => Some(How::Join),
        judging::Format::Der if is_signature(&file) => Some(How::JoinCms),
        judging::Format::Xml if is_xml => Some(How::Xades),
        // An empty file, or one cut short, is said to be no PDF rather than put away in a container.
        _ if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) || file.is_empty() => None,
        _ => Some(How::Container(Shape::ExtendedXades)),
    })
}

// A CMS signature, and no time-stamp.
fn is_signature(file: &FileReader) -> bool {
    stream::outline(file).is_ok_and(|o| *o.signed_data.encapsulated_content_type() != oids::TST_INFO)
}
