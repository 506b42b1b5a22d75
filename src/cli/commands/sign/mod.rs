//! `congvan sign FILE…`: PAdES signatures with the stamp a role has by law.

mod document;
mod options;
mod stamp;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::time::UnixTime;
use crate::cli::args::{KeyArgs, OutArgs, TsaArgs, beside};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{PathName, path_text};
use crate::cli::identity::{self, Identity};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::cli::{clock, parallel};
use crate::pdf::page::Place;
use document::{Signed, Signing};
use options::Options;

/// Arguments of `sign`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    #[arg(long = "as", value_name = "ROLE", default_value = "plain")]
    pub(super) role: crate::stamp::layout::Role,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[arg(long, value_enum, value_name = "b|t")]
    pub(super) level: Option<options::Level>,
    #[command(flatten)]
    pub(super) tsa: TsaArgs,
    #[arg(long, value_name = "NAME", conflicts_with_all = ["place", "anchor"])]
    pub(super) field: Option<String>,
    #[arg(long, value_name = "PAGE,X,Y[,W,H]", conflicts_with = "anchor")]
    pub(super) place: Option<String>,
    #[arg(long, value_name = "TEXT")]
    pub(super) anchor: Option<String>,
    #[arg(long, value_name = "NUMBER")]
    pub(super) number: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(super) date: Option<String>,
    #[arg(long, value_name = "PNG")]
    pub(super) image: Option<PathBuf>,
    #[arg(long, value_name = "MM", requires = "image")]
    pub(super) stamp_size: Option<f32>,
    #[arg(long, value_name = "FORM", value_enum)]
    pub(super) copy_form: Option<options::CopyFormName>,
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    #[arg(long, value_name = "TEXT")]
    pub(super) location: Option<String>,
    #[arg(long)]
    pub(super) declare_unclassified: bool,
    #[command(flatten)]
    pub(super) out: OutArgs,
}

/// One signed file, as `--json` prints it.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    #[serde(flatten)]
    path: PathName,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_bytes: Option<String>,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorLine>,
}

#[derive(Serialize)]
struct SignedLine<'a> {
    level: &'static str,
    field: &'a str,
    signer: &'a str,
    time: String,
    page: Option<usize>,
    /// Left, top, width, height in mm from the top left of the page as displayed.
    rect_mm: Option<[f64; 4]>,
    time_stamp: Option<String>,
    declared_unclassified: bool,
}

#[derive(Serialize)]
struct Warning {
    code: &'static str,
    text: String,
}

#[derive(Serialize)]
struct ErrorLine {
    code: &'static str,
    text: String,
    hint: String,
}

struct Job {
    input: PathBuf,
    output: PathBuf,
}

/// Signs every file; a file that fails does not stop the others.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let options = Options::from_args(args, context)?;
    let jobs = jobs(args)?;
    for job in &jobs {
        crate::cli::files::check_output(&job.output, args.out.force.into(), &[&job.input]).or_else(|e| {
            // With several files the others still get their turn.
            if jobs.len() > 1 { Ok(()) } else { Err(e) }
        })?;
    }
    let identity = identity::open(&args.key, context)?;
    let now = clock::now();
    identity::check_usable(&identity.certificate, now)?;
    let mut declared = args.declare_unclassified;
    if let [job] = jobs.as_slice() {
        let signing = signing(args, &options, &identity, now, declared);
        let wait = Progress::wait(context, &context.say(texts::WORKING, &[]));
        let mut outcome = wait.during(|| signing.sign(&job.input, &job.output));
        if matches!(&outcome, Err(e) if e.code == Code::NotChecked) && context.asks(texts::ASK_UNCLASSIFIED) {
            declared = true;
            outcome = Signing { declared, ..signing }.sign(&job.input, &job.output);
        }
        return report(job, &options, outcome, declared, context);
    }
    let signing = signing(args, &options, &identity, now, declared);
    let mut progress = Progress::count(context, &context.say(texts::WORKING, &[]), count(jobs.len()));
    let mut exit = Exit::Done;
    parallel::in_order(
        &jobs,
        parallel::cores(),
        |job| signing.sign(&job.input, &job.output),
        |job, outcome| {
            progress.advance(1);
            exit = exit.worst(report(job, &options, outcome, declared, context)?);
            Ok::<(), CliError>(())
        },
    )?;
    Ok(exit)
}

fn signing<'a>(
    args: &Args,
    options: &'a Options,
    identity: &'a Identity,
    now: UnixTime,
    declared: bool,
) -> Signing<'a> {
    Signing { options, identity, now, declared, existing: args.out.force.into() }
}

fn count(files: usize) -> u64 {
    u64::try_from(files).unwrap_or(u64::MAX)
}

/// Which file goes where: `--out` is a folder when there are several files, when it is one, or when it ends like one.
fn jobs(args: &Args) -> Result<Vec<Job>, CliError> {
    let into_folder = |folder: &Path, input: &Path| {
        let beside = beside(input, "signed");
        folder.join(beside.file_name().unwrap_or_default())
    };
    let folder = |out: &Path| {
        let text = out.as_os_str().as_encoded_bytes();
        args.files.len() > 1 || out.is_dir() || text.last().is_some_and(|b| std::path::is_separator(char::from(*b)))
    };
    let mut taken = BTreeSet::new();
    let mut jobs = Vec::new();
    for input in &args.files {
        let output = match &args.out.out {
            None => beside(input, "signed"),
            Some(out) if folder(out) => into_folder(out, input),
            Some(out) => out.clone(),
        };
        if !taken.insert(output.clone()) {
            return Err(CliError::new(Code::SameOutput).path("path", &output));
        }
        jobs.push(Job { input: input.clone(), output });
    }
    if let Some(out) = args.out.out.as_deref().filter(|out| folder(out)) {
        std::fs::create_dir_all(out).map_err(|e| CliError::writing(out, &e))?;
    }
    Ok(jobs)
}

fn report(
    job: &Job,
    options: &Options,
    outcome: Result<Signed, CliError>,
    declared: bool,
    context: &mut Context,
) -> Result<Exit, CliError> {
    if context.json {
        return report_json(job, options, outcome, declared, context);
    }
    match outcome {
        Ok(signed) => {
            for (text, values) in &signed.warnings {
                let path = path_text(&job.input);
                context.warn(text.1, &filling(&path, values));
            }
            let place = match signed.shown {
                Some((page, place)) => context.say(
                    texts::SHOWN,
                    &[("page", &page), ("x", &format!("{:.0}", place.x_mm)), ("y", &format!("{:.0}", place.y_mm))],
                ),
                None => context.say(texts::INVISIBLE, &[]),
            };
            let line = context.say(
                texts::SIGNED,
                &[
                    ("path", &path_text(&job.input)),
                    ("out", &path_text(&job.output)),
                    ("signer", &signed.signer),
                    ("level", &signed.level),
                    ("place", &place),
                ],
            );
            context.out.line(&line)?;
            Ok(Exit::Done)
        }
        Err(error) => Ok(context.fail(&error)),
    }
}

fn filling<'a>(
    path: &'a dyn std::fmt::Display,
    values: &'a [(&'static str, String)],
) -> Vec<(&'a str, &'a dyn std::fmt::Display)> {
    let mut all = vec![("path", path)];
    all.extend(values.iter().map(|(name, value)| -> (&str, &dyn std::fmt::Display) { (name, value) }));
    all
}

fn report_json(
    job: &Job,
    options: &Options,
    outcome: Result<Signed, CliError>,
    declared: bool,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let lang = context.lang;
    let mut line = Line {
        schema: "congvan.sign/1",
        path: job.input.as_path().into(),
        out: None,
        out_bytes: None,
        role: options.role.as_str(),
        signed: None,
        warnings: Vec::new(),
        error: None,
    };
    match outcome {
        Ok(signed) => {
            let PathName { path, path_bytes } = job.output.as_path().into();
            (line.out, line.out_bytes) = (Some(path), path_bytes);
            let path = path_text(&job.input);
            for (text, values) in &signed.warnings {
                line.warnings.push(Warning { code: text.0, text: text.1.fill(lang, &filling(&path, values)) });
            }
            let rect = |p: Place| [p.x_mm, p.y_mm, p.width_mm, p.height_mm].map(|v| (v * 10.0).round() / 10.0);
            line.signed = Some(SignedLine {
                level: signed.level,
                field: &signed.field,
                signer: &signed.signer,
                time: signed.time.rfc3339_vietnam(),
                page: signed.shown.map(|(page, _)| page),
                rect_mm: signed.shown.map(|(_, place)| rect(place)),
                time_stamp: signed.time_stamp.map(UnixTime::rfc3339),
                declared_unclassified: declared,
            });
            context.out.json(&line)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            line.error =
                Some(ErrorLine { code: error.code.as_str(), text: error.message(lang), hint: error.hint_text(lang) });
            context.out.json(&line)?;
            Ok(error.exit())
        }
    }
}
