//! `congvan extend FILE…`: time-stamps and validation data for files that are signed already.

mod asic;
mod cms;
mod report;
mod xml;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::time::UnixTime;
use crate::cli::args::{ExtendingProofArgs, Level, OutArgs, TsaArgs, TsaWaitArgs, beside};
use crate::cli::climbing::{self, Form, Ladder, level_of};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, FileReader, check_output, folder_of, printable, walk};
use crate::cli::judging::{Format, Judge, format};
use crate::cli::parallel;
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::extend as texts;
use crate::cli::trust::{Trust, policy};
use crate::net::{AddressRule, FetchSettings, HttpTsa};
use crate::sign::extend::Extension;
use crate::timestamp::TimeStampSource;
use crate::validate::conclusion::Indication;
use crate::validate::crypto::Integrity;
use crate::validate::lifetime::{self, End};
use crate::validate::verdict::{DocumentState, Verdict};

/// Arguments of `extend`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[arg(long, value_enum, value_name = "t|lt|lta", default_value = "lta")]
    level: Target,
    #[arg(long, value_name = "RFC3339")]
    due: Option<String>,
    #[arg(long, conflicts_with = "due")]
    renew: bool,
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    tsa: TsaArgs,
    #[command(flatten)]
    wait: TsaWaitArgs,
    #[command(flatten)]
    trust: ExtendingProofArgs,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    content: Vec<PathBuf>,
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<String>,
    #[command(flatten)]
    out: OutArgs,
}

/// A level files can be taken to afterwards.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Target {
    T,
    Lt,
    Lta,
}

impl From<Target> for Level {
    fn from(target: Target) -> Self {
        match target {
            Target::T => Level::T,
            Target::Lt => Level::Lt,
            Target::Lta => Level::Lta,
        }
    }
}

/// What is the same for all files of one run.
struct Run {
    judge: Judge,
    tsa: Option<HttpTsa>,
    target: Level,
    due: Option<UnixTime>,
    renew: bool,
    dry: bool,
    existing: Existing,
}

/// One file and what it becomes.
struct Job {
    input: PathBuf,
    output: PathBuf,
    named: bool,
}

/// What became of one file.
struct Outcome {
    action: Action,
    before: Option<Level>,
    after: Option<Level>,
    /// When proof ends: of the result, or of the file where nothing was written.
    end: Option<End>,
    time_stamps: Vec<UnixTime>,
    form: Form,
}

impl Outcome {
    /// Nothing was written.
    fn left(action: Action, level: Option<Level>, end: Option<End>, form: Form) -> Self {
        Outcome { action, before: level, after: level, end, time_stamps: Vec::new(), form }
    }
}

/// What is to be done with one file.
enum Decision {
    /// Nothing.
    Leave(Action),
    /// It climbs.
    Extend,
    /// It is at the level, and gets a new time-stamp.
    Renew,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Action {
    Extended,
    Renewed,
    /// It has the level.
    Already,
    /// It lasts longer than asked about.
    NotDue,
    WouldExtend,
    WouldRenew,
    /// In a folder: no PDF, or one without signatures.
    Skipped,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Extended => "extended",
            Action::Renewed => "renewed",
            Action::Already => "left",
            Action::NotDue => "not-due",
            Action::WouldExtend => "would-extend",
            Action::WouldRenew => "would-renew",
            Action::Skipped => "skipped",
        }
    }
}

/// Extends every file; a file that fails does not stop the others.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let run = prepare(args, context)?;
    let jobs = plan(args)?;
    let several = jobs.len() > 1 || args.files.iter().any(|path| path.is_dir());
    let mut progress =
        Progress::count(context, &context.say(texts::WORKING, &[]), u64::try_from(jobs.len()).unwrap_or(u64::MAX));
    let mut totals = report::Totals::default();
    let mut exit = Exit::Done;
    parallel::in_order(
        &jobs,
        parallel::cores(),
        |job| run.file(job),
        |job, outcome| {
            progress.advance(1);
            totals.count(&outcome);
            exit = exit.worst(report::file(job, outcome, context)?);
            Ok::<(), CliError>(())
        },
    )?;
    drop(progress);
    if several {
        totals.report(context)?;
    }
    Ok(exit)
}

fn prepare(args: &Args, context: &Context) -> Result<Run, CliError> {
    let due = args.due.as_deref().map(|text| {
        UnixTime::parse_rfc3339(text).ok_or_else(|| CliError::new(Code::BadTime).with("value", printable(text)))
    });
    let due = due.transpose()?;
    let trust = Trust::load(&args.trust.as_trust(), context)?;
    let policy = policy(args.policy.as_deref(), context)?;
    let password = crate::cli::environment::text("CONGVAN_PDF_PASSWORD");
    let (tsa_anchors, pool) = (trust.tsa_anchors.clone(), trust.untrusted.clone());
    let mut judge = Judge::new(trust, policy, (clock::now(), "clock"), password).with_contents(&args.content);
    if !args.trust.proof.offline && !args.dry_run {
        // Who signed and who stamped was taken for good by whoever keeps the file: their addresses may be private.
        judge = judge.online_by(FetchSettings { found: AddressRule::Any, ..FetchSettings::default() });
    }
    let target = Level::from(args.level);
    if target > Level::T && !args.dry_run && !judge.has_anchors() {
        return Err(CliError::new(Code::LevelNeedsAnchors).with("level", target.pades()));
    }
    let urls = if args.tsa.tsa.is_empty() { &context.config.tsa } else { &args.tsa.tsa };
    let tsa = (!urls.is_empty() && !args.dry_run).then(|| climbing::services(urls, &args.wait, tsa_anchors, pool));
    if tsa.is_none() && !args.dry_run && target != Level::Lt {
        return Err(CliError::new(Code::TsaNotGiven));
    }
    Ok(Run { judge, tsa, target, due, renew: args.renew, dry: args.dry_run, existing: args.out.force.into() })
}

/// Which file goes where. Below a folder of results the names stay; beside the input the result is `NAME.extended.EXT`.
fn plan(args: &Args) -> Result<Vec<Job>, CliError> {
    let single = args.files.len() == 1 && !args.files.iter().any(|path| path.is_dir());
    let out = args.out.out.as_deref();
    let folder = out.filter(|out| {
        let last = out.as_os_str().as_encoded_bytes().last().copied();
        !single || out.is_dir() || last.is_some_and(|b| std::path::is_separator(char::from(b)))
    });
    let mut jobs = Vec::new();
    for named in &args.files {
        for found in walk(std::slice::from_ref(named))? {
            let below = found.path.strip_prefix(named).ok().filter(|below| !below.as_os_str().is_empty());
            let name = below.or_else(|| found.path.file_name().map(Path::new)).unwrap_or(&found.path);
            if folder.is_some_and(|out| found.path.starts_with(out) && !named.starts_with(out)) {
                continue;
            }
            let output = match (out, folder) {
                (_, Some(folder)) => folder.join(name),
                (Some(out), None) => out.to_owned(),
                (None, _) => beside(&found.path, "extended"),
            };
            jobs.push(Job { input: found.path, output, named: found.named });
        }
    }
    // Results of an earlier run beside their inputs are not inputs.
    let outputs: BTreeSet<PathBuf> = jobs.iter().map(|job| job.output.clone()).collect();
    jobs.retain(|job| job.named || !outputs.contains(&job.input));
    let mut taken = BTreeSet::new();
    for job in &jobs {
        if !taken.insert(&job.output) {
            return Err(CliError::new(Code::SameOutput).path("path", &job.output));
        }
    }
    match (args.files.first(), jobs.is_empty()) {
        (Some(first), true) => Err(CliError::new(Code::NothingSelected).path("path", first)),
        _ => Ok(jobs),
    }
}

impl Run {
    fn file(&self, job: &Job) -> Result<Outcome, CliError> {
        let input = &job.input;
        let file = FileReader::open(input)?;
        let unsupported = |name: &str| CliError::new(Code::ExtendUnsupported).path("path", input).with("format", name);
        match format(&file).map_err(|e| CliError::reading(input, &e))? {
            Format::Pdf => self.pdf(job, &file),
            Format::Der => self.cms(job, &file, false),
            Format::Text => self.cms(job, &file, true),
            Format::Xml => self.xml(job, &file),
            Format::Zip => self.container(job, &file),
            _ if !job.named => Ok(Outcome::left(Action::Skipped, None, None, Form::Pades)),
            Format::Unknown => Err(unsupported("—")),
        }
    }

    /// What takes a file that is no PDF up to the target.
    fn ladder<'a>(&'a self, input: &'a Path) -> Ladder<'a> {
        Ladder {
            judge: &self.judge,
            tsa: self.tsa.as_ref().map(|tsa| -> &dyn TimeStampSource { tsa }),
            target: self.target,
            input,
            // What passed needs nothing that is missing now; what did not must become complete.
            demanded: &|v| !v.conclusion.passed(),
        }
    }

    fn pdf(&self, job: &Job, file: &FileReader) -> Result<Outcome, CliError> {
        let input = &job.input;
        let pdf_error = |e: crate::pdf::PdfError| super::pdf_error(input, &e);
        let earlier = self.judge.verdicts_at_hand(file, clock::now()).map_err(pdf_error)?;
        if earlier.is_empty() {
            return match job.named {
                true => Err(CliError::new(Code::NotSigned).path("path", input)),
                false => Ok(Outcome::left(Action::Skipped, None, None, Form::Pades)),
            };
        }
        let rules = &self.judge.policy().algorithms;
        let (before, end) = (level_of(&earlier), lifetime::end(&earlier, rules));
        let renews = match self.decide(input, &earlier, before, end.as_ref())? {
            Decision::Leave(action) => return Ok(self.leave(action, before, end, Form::Pades)),
            decision => matches!(decision, Decision::Renew),
        };
        check_output(&job.output, self.existing, &[input])?;
        let password = self.judge.password().map(|password| zeroize::Zeroizing::new(password.to_owned()));
        let mut extension = Extension::new(file, password.as_deref().map(String::as_str), Vec::new());
        let time_stamps = self.climb(&mut extension, before.unwrap_or(Level::B), input)?;
        let now = self.judge.verdicts_at_hand(&extension.whole(), clock::now()).map_err(pdf_error)?;
        let after = self.check(&earlier, &now, Form::Pades)?;
        make_folder(&job.output)?;
        climbing::write(&extension, input, &job.output, self.existing)?;
        let action = if renews { Action::Renewed } else { Action::Extended };
        Ok(Outcome { action, before, after, end: lifetime::end(&now, rules), time_stamps, form: Form::Pades })
    }

    /// What to do with a file whose signatures are at `before` and whose proof ends at `end`.
    ///
    /// # Errors
    /// [`Code::ExtendUnsound`] when something would be added to what does not hold.
    fn decide(
        &self,
        input: &Path,
        verdicts: &[Verdict],
        before: Option<Level>,
        end: Option<&End>,
    ) -> Result<Decision, CliError> {
        if let Some(due) = self.due
            && end.is_none_or(|end| end.at >= due)
        {
            return Ok(Decision::Leave(Action::NotDue));
        }
        let complete = before.is_some_and(|level| level >= self.target);
        let renews = complete && self.target == Level::Lta && (self.renew || self.due.is_some());
        if complete && !renews {
            return Ok(Decision::Leave(Action::Already));
        }
        sound(input, verdicts)?;
        Ok(match (self.dry, renews) {
            (true, true) => Decision::Leave(Action::WouldRenew),
            (true, false) => Decision::Leave(Action::WouldExtend),
            (false, true) => Decision::Renew,
            (false, false) => Decision::Extend,
        })
    }

    fn leave(&self, action: Action, before: Option<Level>, end: Option<End>, form: Form) -> Outcome {
        let outcome = Outcome::left(action, before, end, form);
        match action {
            Action::WouldExtend | Action::WouldRenew => Outcome { after: Some(self.target), ..outcome },
            _ => outcome,
        }
    }

    /// The check afterwards: the level is reached, and no verdict is worse than before.
    fn check(&self, earlier: &[Verdict], now: &[Verdict], form: Form) -> Result<Option<Level>, CliError> {
        let after = level_of(now);
        if after.is_none_or(|level| level < self.target) {
            return Err(CliError::new(Code::LevelNotReached).with("level", form.level(self.target)));
        }
        match climbing::worse(earlier, now, Indication::Indeterminate, climbing::Added::Nothing) {
            Some(field) => Err(CliError::new(Code::EarlierWorse).with("field", printable(field))),
            None => Ok(after),
        }
    }

    /// The steps from `before` to the target, in memory; returns the times of the time-stamps added.
    fn climb(&self, extension: &mut Extension<'_>, before: Level, input: &Path) -> Result<Vec<UnixTime>, CliError> {
        let mut times = Vec::new();
        let mut stamp = |extension: &mut Extension<'_>| {
            let tsa = self.tsa.as_ref().ok_or_else(|| CliError::new(Code::TsaNotGiven))?;
            times.push(climbing::add_time_stamp(extension, tsa, input)?.facts.gen_time);
            Ok::<(), CliError>(())
        };
        if before < Level::T {
            stamp(extension)?;
        }
        if self.target > Level::T {
            // What passed needs nothing that is missing now; what did not must become complete.
            let mut demanded = |v: &Verdict| !v.conclusion.passed();
            climbing::add_proofs(extension, &self.judge, self.target, input, &mut demanded)?;
        }
        if self.target == Level::Lta {
            stamp(extension)?;
            // What the new time-stamp proves to exist wants an answer from after that moment (EN 319 102-1 5.6.2.2), and
            // so does its own authority. It helps where it can be had, and the next renewal covers it.
            let _ = climbing::add_proofs(extension, &self.judge, self.target, input, &mut |_| false)?;
        }
        Ok(times)
    }
}

fn make_folder(output: &Path) -> Result<(), CliError> {
    let folder = folder_of(output);
    std::fs::create_dir_all(folder).map_err(|e| CliError::writing(folder, &e))
}

/// Nothing is added to what does not hold.
fn sound(input: &Path, verdicts: &[Verdict]) -> Result<(), CliError> {
    let wrong = |v: &&Verdict| {
        v.integrity == Integrity::Broken
            || v.conclusion.indication() == Indication::Failed
            || v.document > DocumentState::AllowedChanges
    };
    let Some(verdict) = verdicts.iter().find(wrong) else { return Ok(()) };
    let cause =
        verdict.conclusion.sub_indication().map_or_else(|| verdict.document.name().to_owned(), |s| s.to_string());
    Err(CliError::new(Code::ExtendUnsound)
        .path("path", input)
        .with("field", printable(&verdict.id))
        .with("cause", cause))
}
