//! What `sign` says about each file and at the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::batch::Job;
use super::document::{self, Outcome, Signing};
use crate::base::time::UnixTime;
use crate::cli::context::Context;
use crate::cli::error::{CliError, ErrorLine, Exit};
use crate::cli::files::{PathName, path_text};
use crate::cli::texts::sign as texts;
use crate::pdf::page::Place;

/// What became of one file or container, as `--json` prints it; `S` is what is told of the signature.
#[derive(Serialize)]
pub(super) struct Line<S> {
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
    /// Why nothing was done: `already-signed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<S>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorLine>,
}

/// How one file ended, as far as its line tells.
pub(super) enum End<S> {
    Signed(S, Vec<Warning>),
    AlreadySigned,
    Failed(CliError),
}

impl<S: Serialize> Line<S> {
    /// Prints the line of `inputs` that ended so, at `output` unless it failed; returns the exit code it stands for.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(super) fn print(
        inputs: &[&Path],
        output: &Path,
        role: &'static str,
        end: End<S>,
        context: &mut Context,
    ) -> Result<Exit, CliError> {
        let Some((first, others)) = inputs.split_first() else { return Ok(Exit::Done) };
        let mut line = Line {
            schema: "congvan.sign/1",
            path: (*first).into(),
            with: others.iter().map(|path| PathName::from(*path).path).collect(),
            out: None,
            out_bytes: None,
            role,
            skipped: None,
            signed: None,
            warnings: Vec::new(),
            error: None,
        };
        if !matches!(end, End::Failed(_)) {
            let PathName { path, path_bytes } = output.into();
            (line.out, line.out_bytes) = (Some(path), path_bytes);
        }
        let exit = match end {
            End::Signed(signed, warnings) => {
                (line.signed, line.warnings) = (Some(signed), warnings);
                Exit::Done
            }
            End::AlreadySigned => {
                line.skipped = Some("already-signed");
                Exit::Done
            }
            End::Failed(error) => {
                line.error = Some(error.line(context.lang));
                error.exit()
            }
        };
        context.out.json(&line)?;
        Ok(exit)
    }
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
pub(super) struct Warning {
    code: &'static str,
    text: String,
}

/// Reports one file, as text or as a JSON line; returns the exit code it stands for.
pub(super) fn file(
    job: &Job,
    signing: &Signing<'_>,
    outcome: Result<Outcome, CliError>,
    context: &mut Context,
) -> Result<Exit, CliError> {
    if context.json {
        return file_as_json(job, signing, outcome, context);
    }
    match outcome {
        Ok(Outcome::AlreadyDone) => {
            let (path, out) = (path_text(&job.input), path_text(&job.output));
            let line = context.say(texts::ALREADY_SIGNED, &[("path", &path), ("out", &out)]);
            context.out.line(&line)?;
            Ok(Exit::Done)
        }
        Ok(Outcome::Signed(signed)) => {
            warnings(&job.input, &signed.warnings, context);
            let place = place(signed.shown, context);
            let line = context.say(
                texts::SIGNED,
                &[
                    ("path", &path_text(&job.input)),
                    ("out", &path_text(&job.output)),
                    ("signer", &signed.signer),
                    ("level", &signed.level_name()),
                    ("place", &place),
                ],
            );
            context.out.line(&line)?;
            Ok(Exit::Done)
        }
        Err(error) => Ok(context.fail(&error)),
    }
}

/// Tells the warnings of one file: on standard error, or, with `--json`, as what its line holds.
pub(super) fn warnings(input: &Path, told: &[document::Warning], context: &mut Context) -> Vec<Warning> {
    let path = path_text(input);
    let mut line = Vec::new();
    for (text, values) in told {
        if context.json {
            line.push(Warning { code: text.0, text: text.1.fill(context.lang, &filling(&path, values)) });
        } else {
            context.warn(text.1, &filling(&path, values));
        }
    }
    line
}

/// Where something shows, in words.
pub(super) fn place(shown: Option<(usize, Place)>, context: &Context) -> String {
    match shown {
        Some((page, place)) => context.say(
            texts::SHOWN,
            &[("page", &page), ("x", &format!("{:.0}", place.x_mm)), ("y", &format!("{:.0}", place.y_mm))],
        ),
        None => context.say(texts::INVISIBLE, &[]),
    }
}

/// Left, top, width and height to a tenth of a millimetre.
pub(super) fn rect_mm(place: Place) -> [f64; 4] {
    [place.x_mm, place.y_mm, place.width_mm, place.height_mm].map(|v| (v * 10.0).round() / 10.0)
}

pub(super) fn filling<'a>(
    path: &'a dyn std::fmt::Display,
    values: &'a [(&'static str, String)],
) -> Vec<(&'a str, &'a dyn std::fmt::Display)> {
    let mut all = vec![("path", path)];
    all.extend(values.iter().map(|(name, value)| -> (&str, &dyn std::fmt::Display) { (name, value) }));
    all
}

fn file_as_json(
    job: &Job,
    signing: &Signing<'_>,
    outcome: Result<Outcome, CliError>,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let (inputs, role) = ([job.input.as_path()], signing.options.role.as_str());
    let signed = match outcome {
        Ok(Outcome::Signed(signed)) => signed,
        Ok(Outcome::AlreadyDone) => {
            return Line::<SignedLine<'_>>::print(&inputs, &job.output, role, End::AlreadySigned, context);
        }
        Err(error) => return Line::<SignedLine<'_>>::print(&inputs, &job.output, role, End::Failed(error), context),
    };
    let all: Vec<_> = signing.standing.iter().chain(&signed.warnings).cloned().collect();
    let warnings = warnings(&job.input, &all, context);
    let line = SignedLine {
        level: signed.level_name(),
        field: &signed.field,
        signer: &signed.signer,
        time: signed.time.rfc3339_vietnam(),
        page: signed.shown.map(|(page, _)| page),
        rect_mm: signed.shown.map(|(_, place)| rect_mm(place)),
        time_stamp: signed.time_stamp.map(UnixTime::rfc3339),
        declared_unclassified: signing.declared,
    };
    Line::print(&inputs, &job.output, role, End::Signed(line, warnings), context)
}

/// Totals of a batch.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) signed: usize,
    pub(super) already: usize,
    pub(super) failed: usize,
    /// Files of a folder that are no PDF.
    pub(super) skipped: usize,
}

/// `congvan.summary/1`, as `verify` has it, with this verb's own counts.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    counts: BTreeMap<&'static str, usize>,
    skipped: usize,
}

impl Totals {
    pub(super) fn count(&mut self, outcome: &Result<Outcome, CliError>) {
        match outcome {
            Ok(Outcome::Signed(_)) => self.signed += 1,
            Ok(Outcome::AlreadyDone) => self.already += 1,
            Err(_) => self.failed += 1,
        }
    }

    /// The last line of a batch.
    pub(super) fn report(&self, took: Duration, context: &mut Context) -> Result<(), CliError> {
        if context.json {
            let counts = [("SIGNED", self.signed), ("ALREADY-SIGNED", self.already), ("FAILED", self.failed)];
            let counts = counts.into_iter().filter(|(_, count)| *count > 0).collect();
            return context.out.json(&Summary { schema: "congvan.summary/1", counts, skipped: self.skipped });
        }
        let mut parts = vec![context.say(texts::COUNT_SIGNED, &[("n", &self.signed)])];
        for (count, text) in [
            (self.already, texts::COUNT_ALREADY),
            (self.failed, texts::COUNT_FAILED),
            (self.skipped, texts::COUNT_SKIPPED),
        ] {
            if count > 0 {
                parts.push(context.say(text, &[("n", &count)]));
            }
        }
        let seconds = format!("{:.1}", took.as_secs_f64());
        let line = context.say(texts::SUMMARY, &[("counts", &parts.join(", ")), ("seconds", &seconds)]);
        context.out.line(&line)
    }
}
