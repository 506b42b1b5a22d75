//! Everything that is no PDF: which format a file is signed in, where the result goes, and the run over all of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Args;
use super::container;
use super::document::Warning;
use super::options::Options;
use super::report;
use crate::asic::Container;
use crate::asic::zip::Limits;
use crate::base::read::ReadAt as _;
use crate::base::time::UnixTime;
use crate::cli::agreement::text_of_pdf;
use crate::cli::args::beside;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, ErrorLine, Exit};
use crate::cli::files::{Existing, FileReader, PathName, check_output, path_text, printable};
use crate::cli::identity::{self, Identity};
use crate::cli::judging::{self, Judge};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::cli::trust::Trust;
use crate::keys::RsaPadding;
use crate::policy::Policy;
use crate::sign::asic::{Shape, Who};
use crate::stamp::classified::{self, Guard};
use crate::stamp::layout::Role;
use crate::timestamp::TimeStampSource;

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
    /// Another signature into a container that is there.
    Countersign,
    /// A signature in a file beside it.
    Cades,
    /// A signature inside it.
    Xades,
}

/// Everything the tasks of one run share.
pub(super) struct Work<'a> {
    pub(super) options: &'a Options,
    pub(super) identity: &'a Identity,
    pub(super) now: UnixTime,
    pub(super) existing: Existing,
    /// Someone declared that the documents are not classified.
    pub(super) declared: bool,
}

/// One signed result, as `--json` prints it.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    #[serde(flatten)]
    path: PathName,
    /// Further files of the same container.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    with: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_bytes: Option<String>,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<report::Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorLine>,
}

#[derive(Serialize)]
struct SignedLine<'a> {
    level: &'a str,
    signer: &'a str,
    time: String,
    declared_unclassified: bool,
}

/// What was signed, for the report.
pub(super) struct Signed {
    pub(super) level: &'static str,
    pub(super) warnings: Vec<Warning>,
}

/// Sorts the files named into PDFs and folders, which are signed in themselves, and tasks for everything else.
///
/// # Errors
/// [`Code::SameOutput`], or why a file cannot be read.
pub(super) fn sort(args: &Args) -> Result<(Vec<PathBuf>, Vec<Task>), CliError> {
    let mut pdfs = Vec::new();
    let mut others: Vec<(PathBuf, How)> = Vec::new();
    for path in &args.files {
        let how = match args.format {
            Some(Format::Pades) => None,
            _ if path.is_dir() => None,
            Some(format) => Some(format.how()),
            // What cannot be opened is told when its turn comes.
            None => by_content(path).unwrap_or(None),
        };
        match how {
            Some(how) => others.push((path.clone(), how)),
            None => pdfs.push(path.clone()),
        }
    }
    Ok((pdfs, plan(args, others)?))
}

fn plan(args: &Args, others: Vec<(PathBuf, How)>) -> Result<Vec<Task>, CliError> {
    let text = |out: &Path| out.as_os_str().as_encoded_bytes().last().copied();
    let ends_as_folder = |out: &Path| text(out).is_some_and(|b| std::path::is_separator(char::from(b)));
    let folder = args.out.out.as_deref().filter(|out| out.is_dir() || ends_as_folder(out));
    // `sign a b c --format asic-e --out x.asice`: one container of all of them.
    let together = matches!(args.format, Some(Format::AsicE | Format::AsicECades)) && folder.is_none();
    if let (true, Some(out), Some((_, how))) = (together && others.len() > 1, &args.out.out, others.first()) {
        let inputs = others.iter().map(|(path, _)| path.clone()).collect();
        return Ok(vec![Task { inputs, output: out.clone(), how: *how }]);
    }
    let several = args.files.len() > 1;
    let mut taken = BTreeSet::new();
    let mut tasks = Vec::new();
    for (input, how) in others {
        let name = how.output(&input);
        let output = match (&args.out.out, folder) {
            (None, _) => name,
            (Some(out), None) if !several => out.clone(),
            (Some(out), _) => out.join(name.file_name().unwrap_or_default()),
        };
        if !taken.insert(output.clone()) {
            return Err(CliError::new(Code::SameOutput).path("path", &output));
        }
        tasks.push(Task { inputs: vec![input], output, how });
    }
    if let Some(out) = args.out.out.as_deref().filter(|out| several || folder == Some(*out)) {
        std::fs::create_dir_all(out).map_err(|e| CliError::writing(out, &e))?;
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
            How::Countersign | How::Xades => beside(input, "signed"),
            How::Cades => {
                let mut name = input.file_name().unwrap_or_default().to_owned();
                name.push(".p7s");
                input.with_file_name(name)
            }
        }
    }
}

// A PDF is signed in itself, a container gets another signature, XML one inside; everything else goes into an ASiC-E.
fn by_content(path: &Path) -> Result<Option<How>, CliError> {
    let file = FileReader::open(path)?;
    let is_xml = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml"));
    Ok(match judging::format(&file).map_err(|e| CliError::reading(path, &e))? {
        judging::Format::Pdf => None,
        judging::Format::Zip if Container::open(&file, Limits::default()).is_ok() => Some(How::Countersign),
        judging::Format::Xml if is_xml => Some(How::Xades),
        // An empty file, or one cut short, is said to be no PDF rather than put away in a container.
        _ if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) || file.is_empty() => None,
        _ => Some(How::Container(Shape::ExtendedXades)),
    })
}

/// Carries out every task; one that fails does not stop the others.
///
/// # Errors
/// [`Code::RoleNeedsPdf`], or when the results cannot be told.
pub(super) fn run(args: &Args, tasks: &[Task], context: &mut Context) -> Result<Exit, CliError> {
    let options = Options::from_args(args, context)?;
    if let (true, Some(path)) = (args.role != Role::Plain, tasks.iter().find_map(|t| t.inputs.first())) {
        return Err(CliError::new(Code::RoleNeedsPdf).path("path", path).with("role", args.role));
    }
    let padding = if args.pss { RsaPadding::Pss } else { RsaPadding::default() };
    let identity = identity::open_padded(&args.key, padding, context)?;
    let now = clock::now();
    identity::check_usable(&identity.certificate, now)?;
    for (text, values) in super::before_after::before(&identity, &options, now)? {
        if !context.json {
            context.warn(text.1, &report::filling(&"", &values));
        }
    }
    let mut work = Work {
        options: &options,
        identity: &identity,
        now,
        existing: args.out.force.into(),
        declared: args.declare_unclassified,
    };
    let mut exit = Exit::Done;
    for task in tasks {
        let wait = Progress::wait(context, &context.say(texts::WORKING, &[]));
        let mut outcome = wait.during(|| work.carry_out(task));
        if matches!(&outcome, Err(e) if e.code == Code::NotChecked) && context.asks(texts::ASK_UNCLASSIFIED) {
            work.declared = true;
            outcome = work.carry_out(task);
        }
        exit = exit.worst(report(task, &work, outcome, context)?);
    }
    Ok(exit)
}

impl Work<'_> {
    fn carry_out(&self, task: &Task) -> Result<Signed, CliError> {
        let inputs: Vec<&Path> = task.inputs.iter().map(PathBuf::as_path).collect();
        check_output(&task.output, self.existing, &inputs)?;
        let mut warnings = Vec::new();
        for input in &inputs {
            warnings.extend(self.guard(input)?);
        }
        let level = match task.how {
            How::Container(shape) => container::create(self, task, shape)?,
            How::Countersign => container::countersign(self, task)?,
            How::Cades => super::cades::create(self, task)?,
            How::Xades => super::cades::envelop(self, task)?,
        };
        Ok(Signed { level, warnings })
    }

    /// Classified documents are not signed, in whatever they are wrapped (Decree 30/2020/NĐ-CP, Appendix I, box 10a).
    fn guard(&self, input: &Path) -> Result<Vec<Warning>, CliError> {
        let file = FileReader::open(input)?;
        let is_pdf = matches!(judging::format(&file), Ok(judging::Format::Pdf));
        if !is_pdf {
            return Ok(Vec::new());
        }
        match text_of_pdf(&file).map_or(Guard::NotChecked, |text| classified::judge(&text)) {
            Guard::Refuse(mark) => {
                Err(CliError::new(Code::MarkedClassified).path("path", input).with("mark", mark.as_str()))
            }
            Guard::NotChecked if !self.declared => Err(CliError::new(Code::NotChecked).path("path", input)),
            Guard::Warn(mark) => {
                Ok(vec![(("SECRECY_MARK", texts::SECRECY_MARK), vec![("mark", mark.as_str().to_owned())])])
            }
            Guard::NotChecked | Guard::Clear => Ok(Vec::new()),
        }
    }

    /// Who signs.
    pub(super) fn who(&self) -> Who<'_> {
        Who {
            signer: self.identity.signer.as_ref(),
            certificate: &self.identity.certificate,
            chain: &self.identity.chain,
            at: self.now,
            tsa: self.options.tsa.as_ref().map(|tsa| -> &dyn TimeStampSource { tsa }),
        }
    }

    /// A judge for form and integrity; nobody is trusted by it.
    pub(super) fn judge(&self) -> Judge {
        Judge::new(Trust::none(), Policy::strict(), (self.now, "clock"), None)
    }

    /// The level reached, with or without a time-stamp.
    pub(super) fn level(&self, is_xades: bool) -> &'static str {
        match (is_xades, self.options.tsa.is_some()) {
            (true, false) => "XAdES-B-B",
            (true, true) => "XAdES-B-T",
            (false, false) => "CAdES-B-B",
            (false, true) => "CAdES-B-T",
        }
    }

    fn signer_name(&self) -> String {
        let subject = self.identity.certificate.subject();
        printable(&subject.common_name().unwrap_or_else(|| subject.to_string()))
    }
}

fn report(
    task: &Task,
    work: &Work<'_>,
    outcome: Result<Signed, CliError>,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let Some(first) = task.inputs.first() else { return Ok(Exit::Done) };
    let signer = work.signer_name();
    if !context.json {
        let signed = match outcome {
            Ok(signed) => signed,
            Err(error) => return Ok(context.fail(&error)),
        };
        let path = path_text(first);
        report::warnings(first, &signed.warnings, context);
        let line = context.say(
            texts::SIGNED_FILE,
            &[("path", &path), ("out", &path_text(&task.output)), ("signer", &signer), ("level", &signed.level)],
        );
        context.out.line(&line)?;
        return Ok(Exit::Done);
    }
    let lang = context.lang;
    let mut line = Line {
        schema: "congvan.sign/1",
        path: first.as_path().into(),
        with: task.inputs.iter().skip(1).map(|p| PathName::from(p.as_path()).path).collect(),
        out: None,
        out_bytes: None,
        role: work.options.role.as_str(),
        signed: None,
        warnings: Vec::new(),
        error: None,
    };
    let exit = match outcome {
        Ok(signed) => {
            let PathName { path, path_bytes } = task.output.as_path().into();
            (line.out, line.out_bytes) = (Some(path), path_bytes);
            line.warnings = report::warnings(first, &signed.warnings, context);
            line.signed = Some(SignedLine {
                level: signed.level,
                signer: &signer,
                time: work.now.rfc3339_vietnam(),
                declared_unclassified: work.declared,
            });
            Exit::Done
        }
        Err(error) => {
            line.error = Some(error.line(lang));
            error.exit()
        }
    };
    context.out.json(&line)?;
    Ok(exit)
}
