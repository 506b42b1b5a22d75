//! `congvan sign FILE…`: PAdES signatures with the stamp a role has by law.

mod afterwards;
mod batch;
mod before_after;
mod cades;
mod check;
mod container;
mod document;
mod draft;
mod format;
mod options;
mod other;
mod preview;
mod refusal;
mod report;
mod stamp;
mod terms;

use std::path::PathBuf;

use crate::base::time::UnixTime;
use crate::cli::args::{KeyArgs, Level, OutArgs, SigningProofArgs, TsaArgs, TsaWaitArgs};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::identity::{self, Identity};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::keys::RsaPadding;
pub(crate) use refusal::pdf_error;

use batch::Batch;
use document::{Ready, Signing, Warning};
use options::Options;
use report::Totals;

/// Arguments of `sign`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    #[arg(long = "as", value_name = "ROLE", default_value = "plain")]
    pub(super) role: crate::stamp::layout::Role,
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<format::Format>,
    #[arg(long, conflicts_with_all = ["format", "field", "place", "anchor", "image", "certify"])]
    pub(super) countersign: bool,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[arg(long)]
    pub(super) pss: bool,
    #[arg(long, value_enum, value_name = "b|t|lt|lta")]
    pub(super) level: Option<Level>,
    #[command(flatten)]
    pub(super) tsa: TsaArgs,
    #[command(flatten)]
    pub(super) wait: TsaWaitArgs,
    #[arg(long, value_enum, value_name = "refuse|b", default_value = "refuse")]
    pub(super) on_tsa_failure: options::OnTsaFailure,
    #[command(flatten)]
    pub(super) proof: SigningProofArgs,
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
    #[arg(long, value_name = "TEXT")]
    pub(super) passed_to: Option<String>,
    #[arg(long, value_name = "TEXT")]
    pub(super) file_code: Option<String>,
    #[arg(long, value_name = "1|2|3", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(super) certify: Option<u8>,
    #[arg(long, value_name = "N")]
    pub(super) pdf_password_fd: Option<u32>,
    #[arg(long, value_name = "PNG", conflicts_with = "out")]
    pub(super) preview: Option<PathBuf>,
    #[arg(long)]
    pub(super) declare_unclassified: bool,
    #[command(flatten)]
    pub(super) out: OutArgs,
}

/// What one run signs with, looked at once.
pub(super) struct Setup {
    options: Options,
    identity: Identity,
    /// What was found about the signer's certificate, the same for every file.
    standing: Vec<Warning>,
    now: UnixTime,
}

/// Signs every file; a file that fails does not stop the others.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let (pdfs, tasks) = format::sort(args)?;
    if let Some(out) = &args.preview {
        return preview::run(args, out, &Options::from_args(args, context)?, context);
    }
    if tasks.is_empty() {
        let options = Options::from_args(args, context)?;
        let batch = batch::plan(args)?;
        if let Some(job) = batch.single() {
            crate::cli::files::check_output(&job.output, args.out.force.into(), &[&job.input])?;
        }
        let setup = prepare(args, options, context)?;
        return documents(args, &batch, &setup, Totals::default(), context);
    }
    let shown = [
        (args.field.is_some(), "--field"),
        (args.place.is_some(), "--place"),
        (args.anchor.is_some(), "--anchor"),
        (args.image.is_some(), "--image"),
        (args.certify.is_some(), "--certify"),
    ];
    if let (true, Some((_, flag))) = (pdfs.is_empty(), shown.into_iter().find(|(given, _)| *given)) {
        let path = tasks.first().and_then(|task| task.inputs.first());
        let error = CliError::new(Code::FlagNeedsPdf).with("flag", flag);
        return Err(path.into_iter().fold(error, |error, path| error.path("path", path)));
    }
    let setup = prepare(args, Options::from_args(args, context)?, context)?;
    if pdfs.is_empty() {
        return other::run_alone(args, &tasks, &setup, context);
    }
    // One login and one summary, whatever the files are.
    let batch = batch::plan_several(&Args { files: pdfs, ..args.clone() })?;
    let mut totals = Totals::default();
    let exit = other::run(args, &tasks, &setup, &mut totals, context)?;
    Ok(exit.worst(documents(args, &batch, &setup, totals, context)?))
}

fn prepare(args: &Args, options: Options, context: &mut Context) -> Result<Setup, CliError> {
    let padding = if args.pss { RsaPadding::Pss } else { RsaPadding::default() };
    let identity = identity::open_padded(&args.key, padding, context)?;
    let now = clock::now();
    identity::check_usable(&identity.certificate, now)?;
    let standing = before_after::before(&identity, &options, now)?;
    if !context.json {
        for (text, values) in &standing {
            context.warn(text.1, &report::filling(&"", values));
        }
    }
    Ok(Setup { options, identity, standing, now })
}

/// Signs PDFs in themselves.
fn documents(
    args: &Args,
    batch: &Batch,
    setup: &Setup,
    totals: Totals,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let mut signing = Signing {
        options: &setup.options,
        identity: &setup.identity,
        standing: &setup.standing,
        now: setup.now,
        declared: args.declare_unclassified,
        existing: args.out.force.into(),
        hole: if setup.options.tsa.is_some() { None } else { Some(document::hole(&setup.identity, 0)?) },
        resume: batch.single().is_none(),
    };
    let Some(job) = batch.single() else { return batch.run(&signing, totals, context) };
    let wait = Progress::wait(context, &context.say(texts::WORKING, &[]));
    let mut outcome = wait.during(|| signing.sign(&job.input, &job.output).and_then(Ready::finish));
    if matches!(&outcome, Err(e) if e.code == Code::NotChecked) && context.asks(texts::ASK_UNCLASSIFIED) {
        signing.declared = true;
        outcome = signing.sign(&job.input, &job.output).and_then(Ready::finish);
    }
    if outcome.is_ok() {
        batch.make_names_durable()?;
    }
    report::file(job, &signing, outcome, context)
}
