//! The run over everything that is no PDF: in parallel, each task on its own, and started again where it broke off.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use super::document::Warning;
use super::format::{Carrier, How, Task};
use super::options::{OnTsaFailure, Options};
use super::report::{self, End, Line, Totals};
use super::{Args, Setup, afterwards, cades, container};
use crate::base::time::UnixTime;
use crate::cli::agreement::text_of_pdf;
use crate::cli::args::Level;
use crate::cli::climbing::{Climbed, Form, Ladder};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, FileReader, check_output, path_text, printable};
use crate::cli::identity::Identity;
use crate::cli::judging;
use crate::cli::parallel;
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::sign::asic::Who;
use crate::stamp::classified::{self, Guard};
use crate::stamp::layout::Role;
use crate::timestamp::TimeStampSource;
use crate::validate::verdict::Verdict;

/// Signing waits for the disk, for tokens and for time-stamps: more workers than cores keep the cores busy meanwhile.
const WORKERS_PER_CORE: usize = 2;

/// Everything the tasks of one run share.
pub(super) struct Work<'a> {
    pub(super) options: &'a Options,
    pub(super) identity: &'a Identity,
    pub(super) standing: &'a [Warning],
    pub(super) now: UnixTime,
    pub(super) existing: Existing,
    /// Someone declared that the documents are not classified.
    pub(super) declared: bool,
    /// An output that is there already and is what this run would make is left as it is.
    pub(super) resume: bool,
}

/// What was made of one task.
pub(super) struct Made {
    pub(super) form: Form,
    pub(super) level: Level,
    /// It is over another signature, not over the document.
    pub(super) is_counter: bool,
    pub(super) warnings: Vec<Warning>,
}

/// How one task ended that is no error.
enum Outcome {
    Signed(Made),
    /// A run before did it.
    AlreadyDone,
}

#[derive(Serialize)]
struct SignedLine<'a> {
    level: &'a str,
    /// `counter-signature`, where it is over another signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    signer: &'a str,
    time: String,
    declared_unclassified: bool,
}

/// Carries out every task; one that fails does not stop the others. `totals` counts on, for whoever reports them.
///
/// # Errors
/// [`Code::RoleNeedsPdf`], or when the results cannot be told.
pub(super) fn run(
    args: &Args,
    tasks: &[Task],
    setup: &Setup,
    totals: &mut Totals,
    context: &mut Context,
) -> Result<Exit, CliError> {
    if let (true, Some(path)) = (args.role != Role::Plain, tasks.iter().find_map(|t| t.inputs.first())) {
        return Err(CliError::new(Code::RoleNeedsPdf).path("path", path).with("role", args.role));
    }
    let counter = tasks.iter().any(|task| matches!(task.how, How::Counter(_)));
    if counter && setup.options.level > Level::T {
        return Err(CliError::new(Code::LevelByExtend).with("level", setup.options.level.short()));
    }
    let mut work = Work {
        options: &setup.options,
        identity: &setup.identity,
        standing: &setup.standing,
        now: setup.now,
        existing: args.out.force.into(),
        declared: args.declare_unclassified,
        resume: args.files.len() > 1 || tasks.len() > 1,
    };
    if let [task] = tasks {
        let wait = Progress::wait(context, &context.say(texts::WORKING, &[]));
        let mut outcome = wait.during(|| work.carry_out(task));
        if matches!(&outcome, Err(e) if e.code == Code::NotChecked) && context.asks(texts::ASK_UNCLASSIFIED) {
            work.declared = true;
            outcome = work.carry_out(task);
        }
        count(totals, &outcome);
        return report(task, &work, outcome, context);
    }
    let total = u64::try_from(tasks.len()).unwrap_or(u64::MAX);
    let mut progress = Progress::count(context, &context.say(texts::WORKING, &[]), total);
    let mut exit = Exit::Done;
    parallel::in_order(
        tasks,
        parallel::cores().saturating_mul(WORKERS_PER_CORE),
        |task| work.carry_out(task),
        |task, outcome| {
            progress.advance(1);
            count(totals, &outcome);
            exit = exit.worst(report(task, &work, outcome, context)?);
            Ok::<(), CliError>(())
        },
    )?;
    Ok(exit)
}

/// [`run`], and the totals where there was more than one file.
///
/// # Errors
/// The same.
pub(super) fn run_alone(args: &Args, tasks: &[Task], setup: &Setup, context: &mut Context) -> Result<Exit, CliError> {
    let began = Instant::now();
    let mut totals = Totals::default();
    let exit = run(args, tasks, setup, &mut totals, context)?;
    if tasks.len() > 1 {
        totals.report(began.elapsed(), context)?;
    }
    Ok(exit)
}

impl Work<'_> {
    fn carry_out(&self, task: &Task) -> Result<Outcome, CliError> {
        let inputs: Vec<&Path> = task.inputs.iter().map(PathBuf::as_path).collect();
        if let Err(error) = check_output(&task.output, self.existing, &inputs) {
            let may_be_done = self.resume && error.code == Code::OutputExists;
            return if may_be_done && afterwards::is_done(self, task) { Ok(Outcome::AlreadyDone) } else { Err(error) };
        }
        let mut warnings = Vec::new();
        for input in &inputs {
            warnings.extend(self.guard(input)?);
        }
        let mut made = match task.how {
            How::Container(shape) => container::create(self, task, shape)?,
            How::Join => container::join(self, task)?,
            How::Cades => cades::create(self, task)?,
            How::JoinCms => cades::join(self, task)?,
            How::Xades => cades::envelop(self, task)?,
            How::Counter(Carrier::Container) => container::countersign(self, task)?,
            How::Counter(Carrier::Cms) => cades::countersign_cms(self, task)?,
            How::Counter(Carrier::Xml) => cades::countersign_xml(self, task)?,
            How::Counter(Carrier::None) => {
                let path = task.inputs.first().map(PathBuf::as_path).unwrap_or(&task.output);
                super::format::carrier(path)?;
                return Err(CliError::new(Code::NotSigned).path("path", path));
            }
        };
        warnings.append(&mut made.warnings);
        Ok(Outcome::Signed(Made { warnings, ..made }))
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

    /// Who signs. The time-stamp comes afterwards, so that a service that fails costs no second use of the key.
    pub(super) fn who(&self) -> Who<'_> {
        Who {
            signer: self.identity.signer.as_ref(),
            certificate: &self.identity.certificate,
            chain: &self.identity.chain,
            at: self.now,
            tsa: None,
        }
    }

    /// Who stamps, where the level asks for it.
    pub(super) fn tsa(&self) -> Option<&dyn TimeStampSource> {
        self.options.tsa.as_ref().map(|tsa| -> &dyn TimeStampSource { tsa })
    }

    /// Runs `climb` with what takes a file to `level`. Of what this key's signature needs, nothing may be missing.
    pub(super) fn with_ladder<R>(&self, level: Level, input: &Path, climb: impl FnOnce(&Ladder<'_>) -> R) -> R {
        let certificate = &self.identity.certificate;
        let demanded = |v: &Verdict| v.signer.as_ref().is_some_and(|own| own.der() == certificate.der());
        climb(&Ladder { judge: &self.options.judge, tsa: self.tsa(), target: level, input, demanded: &demanded })
    }

    /// Time-stamps what was signed at level B, by `stamp`, where a level above that is asked for; where no service
    /// answers and the user allows it, `signed` stays as it is, with a warning. Returns the level it is to reach.
    ///
    /// # Errors
    /// [`Code::TsaFailed`], or why it cannot be stamped.
    pub(super) fn stamped<T>(
        &self,
        input: &Path,
        signed: T,
        stamp: impl FnOnce(&Ladder<'_>, &T) -> Result<Climbed<T>, CliError>,
    ) -> Result<(T, Level, Vec<Warning>), CliError> {
        let level = self.options.level;
        if level == Level::B {
            return Ok((signed, level, Vec::new()));
        }
        match self.with_ladder(Level::T, input, |ladder| stamp(ladder, &signed)) {
            Ok(climbed) => {
                let warnings = climbed.times.into_iter().filter_map(super::before_after::clock).collect();
                Ok((climbed.made, level, warnings))
            }
            Err(error) => self.without_time_stamp(error).map(|warning| (signed, Level::B, vec![warning])),
        }
    }

    fn without_time_stamp(&self, error: CliError) -> Result<Warning, CliError> {
        if error.code != Code::TsaFailed || self.options.on_tsa_failure != OnTsaFailure::B {
            return Err(error);
        }
        let cause = vec![("cause", error.value("cause").unwrap_or_default())];
        Ok((("SIGNED_WITHOUT_TIME_STAMP", texts::WITHOUT_TIME_STAMP), cause))
    }

    fn signer_name(&self) -> String {
        let subject = self.identity.certificate.subject();
        printable(&subject.common_name().unwrap_or_else(|| subject.to_string()))
    }
}

fn count(totals: &mut Totals, outcome: &Result<Outcome, CliError>) {
    match outcome {
        Ok(Outcome::Signed(_)) => totals.signed += 1,
        Ok(Outcome::AlreadyDone) => totals.already += 1,
        Err(_) => totals.failed += 1,
    }
}

fn report(
    task: &Task,
    work: &Work<'_>,
    outcome: Result<Outcome, CliError>,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let Some(first) = task.inputs.first() else { return Ok(Exit::Done) };
    if context.json {
        return report_as_json(first, task, work, outcome, context);
    }
    let (path, out) = (path_text(first), path_text(&task.output));
    let line = match outcome {
        Ok(Outcome::Signed(made)) => {
            report::warnings(first, &made.warnings, context);
            let signer = work.signer_name();
            let text = if made.is_counter { texts::COUNTERSIGNED_FILE } else { texts::SIGNED_FILE };
            let level = made.form.level(made.level);
            context.say(text, &[("path", &path), ("out", &out), ("signer", &signer), ("level", &level)])
        }
        Ok(Outcome::AlreadyDone) => context.say(texts::ALREADY_SIGNED, &[("path", &path), ("out", &out)]),
        Err(error) => return Ok(context.fail(&error)),
    };
    context.out.line(&line)?;
    Ok(Exit::Done)
}

fn report_as_json(
    first: &Path,
    task: &Task,
    work: &Work<'_>,
    outcome: Result<Outcome, CliError>,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let signer = work.signer_name();
    let end = match outcome {
        Ok(Outcome::Signed(made)) => {
            let all: Vec<Warning> = work.standing.iter().chain(&made.warnings).cloned().collect();
            let signed = SignedLine {
                level: made.form.level(made.level),
                kind: made.is_counter.then_some("counter-signature"),
                signer: &signer,
                time: work.now.rfc3339_vietnam(),
                declared_unclassified: work.declared,
            };
            End::Signed(signed, report::warnings(first, &all, context))
        }
        Ok(Outcome::AlreadyDone) => End::AlreadySigned,
        Err(error) => End::Failed(error),
    };
    let inputs: Vec<&Path> = task.inputs.iter().map(PathBuf::as_path).collect();
    Line::print(&inputs, &task.output, work.options.role.as_str(), end, context)
}
