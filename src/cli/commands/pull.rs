//! `congvan pull --out DIR`: takes what waits at the endpoint, checks it, keeps it, acknowledges it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::push::show;
use super::serve::interruptions;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, agency_code, client, delivery_id, failed};
use crate::cli::files::{PathName, path_text, printable};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::pull as texts;
use crate::exchange::client::{CURSOR, Client, PullOptions, PullReport, Request, RequestKind};
use crate::exchange::envelope::Envelope;
use crate::exchange::evidence::Reason;

/// Longest wait for an event, in seconds.
const WAIT_S: u32 = 25;

/// Arguments of `pull`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(long, short = 'o', value_name = "DIR", required_unless_present = "reject")]
    out: Option<PathBuf>,
    #[arg(long)]
    watch: bool,
    #[arg(long, value_name = "DELIVERY", requires = "reason", conflicts_with_all = ["out", "watch"])]
    reject: Option<String>,
    #[arg(long, value_name = "TEXT", requires = "reject")]
    reason: Option<String>,
    #[arg(long, value_name = "CODE", requires = "reject")]
    sender: Option<String>,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

#[derive(Serialize)]
struct Asked<'a> {
    schema: &'static str,
    kind: &'static str,
    delivery: String,
    sender: &'a str,
    in_time: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
}

/// Somebody's time to receive runs out.
#[derive(Serialize)]
pub(super) struct RunsOut<'a> {
    pub(super) schema: &'static str,
    pub(super) delivery: String,
    pub(super) sender: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recipient: Option<&'a str>,
}

#[derive(Serialize)]
struct Taken<'a> {
    schema: &'static str,
    outcome: &'static str,
    delivery: &'a str,
    sender: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<PathName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Takes everything that waits; with `--watch`, whatever comes, until interrupted.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let client = client(&args.endpoint, context)?;
    if let (Some(delivery), Some(reason)) = (&args.reject, &args.reason) {
        return reject(&client, args, delivery, reason, context);
    }
    let Some(out) = &args.out else { return Err(CliError::new(Code::NothingSelected)) };
    if !args.watch {
        return once(&client, out, context);
    }
    let interrupted = interruptions()?;
    let mut exit = Exit::Done;
    let mut pause = Duration::from_secs(1);
    while !interrupted.load(Ordering::SeqCst) {
        let round = once(&client, out, context).and_then(|ended| {
            exit = exit.worst(ended);
            context.out.flush()?;
            // An event ends the wait; what was given back with a delay comes without one.
            let after = client.journal().cursor(CURSOR).map_err(|e| failed(e.into()))?;
            client.events(after, WAIT_S).map_err(failed)
        });
        match round {
            Ok(_) => pause = Duration::from_secs(1),
            Err(error) => {
                context.fail(&error);
                sleep_unless(&interrupted, pause);
                pause = (pause * 2).min(Duration::from_secs(60));
            }
        }
    }
    Ok(exit)
}

/// Sleeps, and wakes early when the process is asked to end.
pub(super) fn sleep_unless(interrupted: &AtomicBool, pause: Duration) {
    let until = Instant::now() + pause;
    while Instant::now() < until && !interrupted.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn reject(client: &Client, args: &Args, delivery: &str, reason: &str, context: &mut Context) -> Result<Exit, CliError> {
    let delivery = delivery_id(delivery)?;
    let sender = args.sender.as_deref().map(agency_code).transpose()?;
    let reason = Reason::new("refused", Some(reason));
    let evidence = client.reject(delivery, sender.as_ref(), reason).map_err(failed)?;
    if context.json {
        context.out.json(&Taken {
            schema: "congvan.pull/1",
            outcome: "rejected",
            delivery: &delivery.to_string(),
            sender: evidence.sender.as_str(),
            package: None,
            sha256: None,
            error: None,
        })?;
    } else {
        let line = context.say(texts::REJECTED, &[("delivery", &delivery), ("sender", &evidence.sender)]);
        context.out.line(&line)?;
    }
    Ok(Exit::Done)
}

/// Takes everything that waits now.
fn once(client: &Client, out: &Path, context: &mut Context) -> Result<Exit, CliError> {
    let progress = Mutex::new(Progress::bytes(context, texts::TAKING.get(context.lang), 0));
    let came = |envelope: &Envelope, octets| show(&progress, octets, envelope.package.size);
    let report = client.pull_with(out, &PullOptions { registry: None, came: Some(&came) }).map_err(failed)?;
    drop(progress);
    tell(&report, context)
}

/// Tells what a pull did.
pub(super) fn tell(report: &PullReport, context: &mut Context) -> Result<Exit, CliError> {
    for item in &report.taken {
        let (delivery, sender) = (item.delivery.to_string(), item.sender.as_str());
        if context.json {
            context.out.json(&Taken {
                schema: "congvan.pull/1",
                outcome: "accepted",
                delivery: &delivery,
                sender,
                package: Some(PathName::from(item.package.as_path())),
                sha256: Some(item.envelope.package.sha256.to_string()),
                error: None,
            })?;
        } else {
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("path", &path_text(&item.package)), ("sender", &sender), ("delivery", &delivery)];
            let line = context.say(texts::TAKEN, &values);
            context.out.line(&line)?;
            if item.recall_asked {
                let line = context.say(texts::ASKED_BACK, &values);
                context.out.line(&line)?;
            }
        }
    }
    let mut exit = Exit::Done;
    for item in &report.failed {
        let (why, delivery, sender) =
            (printable(&item.why.to_string()), printable(&item.delivery), printable(&item.sender));
        if context.json {
            context.out.json(&Taken {
                schema: "congvan.pull/1",
                outcome: "given-back",
                delivery: &delivery,
                sender: &sender,
                package: None,
                sha256: None,
                error: Some(why.clone()),
            })?;
        }
        let error =
            CliError::new(Code::ItemNotTaken).with("delivery", &delivery).with("sender", &sender).with("cause", &why);
        exit = exit.worst(context.fail(&error));
    }
    for request in &report.requests {
        ask(request, context)?;
    }
    for (delivery, sender) in &report.running_out {
        if context.json {
            context.out.json(&RunsOut {
                schema: "congvan.expiry-warning/1",
                delivery: delivery.to_string(),
                sender: sender.as_str(),
                recipient: None,
            })?;
        } else {
            let line = context.say(texts::RUNS_OUT, &[("delivery", delivery), ("sender", sender)]);
            context.out.line(&line)?;
        }
    }
    let is_quiet = report.taken.is_empty() && report.failed.is_empty();
    if is_quiet && report.requests.is_empty() && report.running_out.is_empty() {
        context.note(texts::NOTHING, &[]);
    }
    Ok(exit)
}

/// Tells what a sender asks about a delivery that came earlier.
fn ask(request: &Request, context: &mut Context) -> Result<(), CliError> {
    let sender = printable(request.sender.as_str());
    let (kind, reason, by) = match &request.kind {
        RequestKind::Recall(recall) => ("recall", recall.reason.text.as_deref(), None),
        RequestKind::Replacement(envelope) => ("replacement", None, Some(envelope.delivery.to_string())),
    };
    if context.json {
        return context.out.json(&Asked {
            schema: "congvan.request/1",
            kind,
            delivery: request.delivery.to_string(),
            sender: &sender,
            in_time: request.in_time,
            reason,
            replaced_by: by,
        });
    }
    let text = match (request.in_time, &by) {
        (true, _) => texts::TAKEN_BACK,
        (false, None) => texts::ASKS_BACK,
        (false, Some(_)) => texts::ASKS_REPLACED,
    };
    let line = context.say(
        text,
        &[
            ("sender", &sender),
            ("delivery", &request.delivery),
            ("reason", &printable(reason.unwrap_or("—"))),
            ("by", &by.unwrap_or_default()),
        ],
    );
    context.out.line(&line)
}
