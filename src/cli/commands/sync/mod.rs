//! `congvan sync DIR`: drop folders worked unattended: OUT is sent, IN is what came, RECEIPTS what became of it.
//!
//! Nothing is remembered here that is not in a file first: delivery ids stand in the journal before an octet leaves,
//! a file leaves OUT only after its receipt is on disk, an event counts as dealt with only after its evidence is. A
//! run killed anywhere is finished by the next one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;

use super::pull::{RunsOut, sleep_unless, tell};
use super::serve::interruptions;
use crate::cli::args::{ProofArgs, TrustArgs};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, agency_code, client, failed};
use crate::cli::files::{Existing, Found, path_text, printable, write_whole};
use crate::cli::judging::Judge;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sync as texts;
use crate::cli::trust::{Trust, policy};
use crate::exchange::client::{Client, PullOptions};
use crate::exchange::id::AgencyCode;
use crate::exchange::store::{EventLine, Happening};

mod order;
mod outbox;

use outbox::{Looks, Sent};

/// Name of the journal's cursor of events whose evidence lies in RECEIPTS.
const CURSOR: &str = "sync";
/// Longest pause after an error, in seconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Arguments of `sync`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[arg(long)]
    once: bool,
    #[arg(long, value_name = "CODE", num_args = 1..)]
    to: Vec<String>,
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    interval: u32,
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

/// The folders.
struct Folders {
    out: PathBuf,
    inbox: PathBuf,
    receipts: PathBuf,
    done: PathBuf,
    failed: PathBuf,
}

impl Folders {
    fn make(base: &Path) -> Result<Self, CliError> {
        let made = |name: &str| -> Result<PathBuf, CliError> {
            let path = base.join(name);
            fs::create_dir_all(&path).map_err(|e| CliError::writing(&path, &e))?;
            Ok(path)
        };
        Ok(Folders {
            out: made("OUT")?,
            inbox: made("IN")?,
            receipts: made("RECEIPTS")?,
            done: made("DONE")?,
            failed: made("FAILED")?,
        })
    }
}

/// Everything a round needs.
struct Work {
    folders: Folders,
    client: Client,
    judge: Judge,
    to: Vec<AgencyCode>,
}

#[derive(Serialize)]
struct Did<'a> {
    schema: &'static str,
    did: &'static str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    indication: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Works the folders, once or until interrupted.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let to = args.to.iter().map(|code| agency_code(code)).collect::<Result<Vec<_>, _>>()?;
    let folders = Folders::make(&args.folder)?;
    // Held until the end of the process; the system lets go of it when that is killed.
    let lock_path = args.folder.join(".sync.lock");
    let lock = File::create(&lock_path).map_err(|e| CliError::writing(&lock_path, &e))?;
    if lock.try_lock().is_err() {
        return Err(CliError::new(Code::SyncBusy).path("path", &args.folder));
    }
    let client = client(&args.endpoint, context)?;
    let work = Work { folders, client, judge: judge(args, context)?, to };
    let mut looks = Looks::default();
    if args.once {
        // Files without an order are looked at twice, to see that nobody writes to them any more.
        if looks.look(&work.folders.out)?.iter().any(|(path, _)| !outbox::has_order(path)) {
            std::thread::sleep(Duration::from_secs(2));
        }
        return round(&work, &mut looks, context);
    }
    let interrupted = interruptions()?;
    let mut exit = Exit::Done;
    let mut pause = Duration::from_secs(1);
    while !interrupted.load(Ordering::SeqCst) {
        let outcome = round(&work, &mut looks, context).and_then(|ended| {
            exit = exit.worst(ended);
            context.out.flush()?;
            let after = work.client.journal().cursor(CURSOR).map_err(|e| failed(e.into()))?;
            work.client.events(after, args.interval.min(25)).map_err(failed)
        });
        match outcome {
            Ok((events, _)) => {
                pause = Duration::from_secs(1);
                if events.is_empty() && args.interval > 25 {
                    sleep_unless(&interrupted, Duration::from_secs(u64::from(args.interval - 25)));
                }
            }
            Err(error) => {
                context.fail(&error);
                sleep_unless(&interrupted, pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    Ok(exit)
}

/// Who looks at what arrives: the anchors and policy of the profile, or those named.
fn judge(args: &Args, context: &Context) -> Result<Judge, CliError> {
    let trust = TrustArgs {
        anchor: args.endpoint.anchor.clone(),
        proof: ProofArgs { offline: args.offline, ..ProofArgs::default() },
        ..TrustArgs::default()
    };
    let judge = Judge::new(Trust::load(&trust, context)?, policy(None, context)?, (clock::now(), "clock"), None);
    if args.offline { Ok(judge) } else { judge.online(context) }
}

/// One round: send, receive, look at what came, fetch what became of what was sent.
fn round(work: &Work, looks: &mut Looks, context: &mut Context) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    for sent in outbox::send_all(work, looks)? {
        exit = exit.worst(tell_sent(&sent, context)?);
    }
    let report = work.client.pull_with(&work.folders.inbox, &PullOptions::default()).map_err(failed)?;
    if !report.taken.is_empty()
        || !report.failed.is_empty()
        || !report.requests.is_empty()
        || !report.running_out.is_empty()
    {
        exit = exit.worst(tell(&report, context)?);
    }
    look_at_arrivals(work, context)?;
    fetch_evidence(work, context)?;
    Ok(exit)
}

fn tell_sent(sent: &Sent, context: &mut Context) -> Result<Exit, CliError> {
    match sent {
        Sent::Done { file, delivery } => {
            if context.json {
                context.out.json(&Did {
                    schema: "congvan.sync/1",
                    did: "sent",
                    file,
                    delivery: Some(delivery.to_string()),
                    indication: None,
                    error: None,
                })?;
            } else {
                let line = context.say(texts::SENT, &[("file", &printable(file)), ("delivery", delivery)]);
                context.out.line(&line)?;
            }
            Ok(Exit::Done)
        }
        Sent::Failed { file, error } => {
            if context.json {
                context.out.json(&Did {
                    schema: "congvan.sync/1",
                    did: "failed",
                    file,
                    delivery: None,
                    indication: None,
                    error: Some(error.code.as_str()),
                })?;
            }
            Ok(context.fail(error))
        }
        Sent::Waits { file } => {
            context.note(texts::WAITS, &[("file", &printable(file))]);
            Ok(Exit::Done)
        }
    }
}

/// Verifies every package in IN that has no outcome beside it yet.
fn look_at_arrivals(work: &Work, context: &mut Context) -> Result<(), CliError> {
    for folder in folders_in(&work.folders.inbox)? {
        let outcome = folder.join("verify.json");
        if outcome.exists() {
            continue;
        }
        let Some(package) = package_in(&folder)? else { continue };
        let report = work.judge.file(&Found { path: package.clone(), named: true });
        let json = serde_json::to_vec_pretty(&report)
            .map_err(|e| CliError::new(Code::WriteFailed).path("path", &outcome).with("cause", e))?;
        write_whole(&outcome, &json, Existing::Replace, &[&package])?;
        let name = path_text(&package);
        if context.json {
            context.out.json(&Did {
                schema: "congvan.sync/1",
                did: "verified",
                file: &name,
                delivery: None,
                indication: Some(report.indication.name()),
                error: None,
            })?;
        } else {
            let line = context.say(texts::VERIFIED, &[("path", &name), ("indication", &report.indication.name())]);
            context.out.line(&line)?;
        }
    }
    Ok(())
}

/// Fetches the evidence of every event of own deliveries since the last round.
fn fetch_evidence(work: &Work, context: &mut Context) -> Result<(), CliError> {
    let journal = work.client.journal();
    loop {
        let after = journal.cursor(CURSOR).map_err(|e| failed(e.into()))?;
        let (events, next) = work.client.events(after, 0).map_err(failed)?;
        for event in &events {
            if event.event == Happening::ExpiryWarning && event.item.is_none() {
                warn_of_expiry(event, context)?;
            }
            let Some(n) = event.n else { continue };
            let folder = work.folders.receipts.join(event.delivery.to_string());
            let path = folder.join(format!("{n:03}-{}.json", event.event.name()));
            if path.exists() {
                continue;
            }
            fs::create_dir_all(&folder).map_err(|e| CliError::writing(&folder, &e))?;
            let receipt = work.client.evidence(event.delivery, n).map_err(failed)?;
            write_whole(&path, &receipt, Existing::Replace, &[])?;
            let name = path_text(&path);
            if context.json {
                context.out.json(&Did {
                    schema: "congvan.sync/1",
                    did: "receipt",
                    file: &name,
                    delivery: Some(event.delivery.to_string()),
                    indication: None,
                    error: None,
                })?;
            } else {
                let who = event.recipient.as_ref().map_or("—", AgencyCode::as_str);
                let line = context.say(
                    texts::EVIDENCE,
                    &[("delivery", &event.delivery), ("recipient", &who), ("event", &event.event.name())],
                );
                context.out.line(&line)?;
            }
        }
        if next == after {
            return Ok(());
        }
        journal.set_cursor(CURSOR, next).map_err(|e| failed(e.into()))?;
    }
}

/// Tells that a recipient has not received, and its time runs out.
fn warn_of_expiry(event: &EventLine, context: &mut Context) -> Result<(), CliError> {
    let (sender, recipient) = (event.sender.as_str(), event.recipient.as_ref().map(AgencyCode::as_str));
    if context.json {
        let (schema, delivery) = ("congvan.expiry-warning/1", event.delivery.to_string());
        return context.out.json(&RunsOut { schema, delivery, sender, recipient });
    }
    let line = context.say(texts::RUNS_OUT, &[("delivery", &event.delivery), ("recipient", &recipient.unwrap_or("—"))]);
    context.out.line(&line)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let reading = |e: std::io::Error| CliError::reading(folder, &e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !is_hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn package_in(folder: &Path) -> Result<Option<PathBuf>, CliError> {
    let reading = |e: std::io::Error| CliError::reading(folder, &e);
    for entry in fs::read_dir(folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        if path.file_stem().is_some_and(|stem| stem == "package") && path.is_file() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
