//! What `extend` says about each file and at the end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Action, Job, Outcome};
use crate::cli::context::Context;
use crate::cli::error::{CliError, ErrorLine, Exit};
use crate::cli::files::{PathName, path_text, printable};
use crate::cli::texts::{Lang, extend as texts};
use crate::validate::lifetime::{Cause, End};

/// One file, as `--json` prints it.
#[derive(Serialize)]
struct Line {
    schema: &'static str,
    #[serde(flatten)]
    path: PathName,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level_before: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof_ends: Option<EndLine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    time_stamps: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorLine>,
}

#[derive(Serialize)]
struct EndLine {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
}

impl From<&End> for EndLine {
    fn from(end: &End) -> Self {
        let (certificate, algorithm) = match &end.by {
            Cause::Expiry(certificate) => (Some(certificate.subject().to_string()), None),
            Cause::Algorithm(name) => (None, Some(name.clone())),
        };
        EndLine { at: end.at.rfc3339(), certificate, algorithm }
    }
}

/// Reports one file, as text or as a JSON line; returns the exit code it stands for.
pub(super) fn file(job: &Job, outcome: Result<Outcome, CliError>, context: &mut Context) -> Result<Exit, CliError> {
    let lang = context.lang;
    if context.json {
        let mut line = Line {
            schema: "congvan.extend/1",
            path: job.input.as_path().into(),
            out: None,
            action: None,
            level_before: None,
            level: None,
            proof_ends: None,
            time_stamps: Vec::new(),
            error: None,
        };
        let exit = match outcome {
            Ok(Outcome { action: Action::Skipped, .. }) => return Ok(Exit::Done),
            Ok(outcome) => {
                let written = matches!(outcome.action, Action::Extended | Action::Renewed);
                line.out = written.then(|| PathName::from(job.output.as_path()).path);
                line.action = Some(outcome.action.name());
                line.level_before = outcome.before.map(|level| outcome.form.level(level));
                line.level = outcome.after.map(|level| outcome.form.level(level));
                line.proof_ends = outcome.end.as_ref().map(EndLine::from);
                line.time_stamps = outcome.time_stamps.iter().map(|t| t.rfc3339()).collect();
                Exit::Done
            }
            Err(error) => {
                line.error = Some(error.line(lang));
                error.exit()
            }
        };
        context.out.json(&line)?;
        return Ok(exit);
    }
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return Ok(context.fail(&error)),
    };
    let text = match outcome.action {
        Action::Extended => texts::EXTENDED,
        Action::Renewed => texts::RENEWED,
        Action::Already => texts::ALREADY,
        Action::NotDue => texts::NOT_DUE,
        Action::WouldExtend => texts::WOULD,
        Action::WouldRenew => texts::WOULD_RENEW,
        Action::Skipped => return Ok(Exit::Done),
    };
    let until = match &outcome.end {
        Some(end) => end.at.rfc3339_vietnam(),
        None => context.say(texts::UNBOUNDED, &[]),
    };
    let why = outcome.end.as_ref().map_or_else(|| "—".to_owned(), |end| why(&end.by, lang));
    let (before, after) =
        (outcome.before.map_or("—", |l| outcome.form.level(l)), outcome.after.map_or("—", |l| outcome.form.level(l)));
    let (path, out) = (path_text(&job.input), path_text(&job.output));
    let line = context.say(
        text,
        &[("path", &path), ("out", &out), ("before", &before), ("after", &after), ("until", &until), ("why", &why)],
    );
    context.out.line(&line)?;
    Ok(Exit::Done)
}

fn why(cause: &Cause, lang: Lang) -> String {
    match cause {
        Cause::Expiry(certificate) => {
            let subject = certificate.subject();
            let name = printable(&subject.common_name().unwrap_or_else(|| subject.to_string()));
            texts::EXPIRY.fill(lang, &[("subject", &name)])
        }
        Cause::Algorithm(name) => texts::ALGORITHM.fill(lang, &[("name", name)]),
    }
}

/// Totals of a run.
#[derive(Default)]
pub(super) struct Totals {
    extended: usize,
    would: usize,
    left: usize,
    failed: usize,
    skipped: usize,
}

/// `congvan.summary/1`, with this verb's own counts.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    counts: BTreeMap<&'static str, usize>,
    skipped: usize,
}

impl Totals {
    pub(super) fn count(&mut self, outcome: &Result<Outcome, CliError>) {
        let counter = match outcome {
            Err(_) => &mut self.failed,
            Ok(outcome) => match outcome.action {
                Action::Extended | Action::Renewed => &mut self.extended,
                Action::WouldExtend | Action::WouldRenew => &mut self.would,
                Action::Already | Action::NotDue => &mut self.left,
                Action::Skipped => &mut self.skipped,
            },
        };
        *counter += 1;
    }

    /// The last line of a run over several files.
    pub(super) fn report(&self, context: &mut Context) -> Result<(), CliError> {
        if context.json {
            let counts =
                [("EXTENDED", self.extended), ("TO-EXTEND", self.would), ("LEFT", self.left), ("FAILED", self.failed)];
            let counts = counts.into_iter().filter(|(_, n)| *n > 0).collect();
            return context.out.json(&Summary { schema: "congvan.summary/1", counts, skipped: self.skipped });
        }
        let parts = [
            (self.extended, texts::COUNT_EXTENDED),
            (self.would, texts::COUNT_WOULD),
            (self.left, texts::COUNT_LEFT),
            (self.failed, texts::COUNT_FAILED),
            (self.skipped, texts::COUNT_SKIPPED),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, text)| context.say(text, &[("n", &n)])).collect();
        let line = context.say(texts::SUMMARY, &[("counts", &parts.join(", "))]);
        context.out.line(&line)
    }
}
