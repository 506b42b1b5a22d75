//! `congvan audit chain FILE`: one story, top to bottom: revision, who, as what, under which chain, proven when,
//! what was added afterwards, how it was sent, when it was handed over.

use std::path::PathBuf;

use serde::Serialize;

use super::delivery::{self, Delivery, Step};
use crate::base::encoding::from_hex;
use crate::cli::args::TrustArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{FileReader, Found, path_text, printable};
use crate::cli::judging::{Judge, exit_of};
use crate::cli::texts::findings::localise;
use crate::cli::texts::{audit as texts, verdicts, verify};
use crate::cli::trust::{Trust, certificates, policy, save};
use crate::exchange::trust as exchange_trust;
use crate::report::model::{FileReport, SignatureReport};

/// Arguments of `audit chain`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Folder of the delivery; found above FILE by itself.
    #[arg(long, value_name = "DIR")]
    delivery: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustArgs,
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<String>,
}

#[derive(Serialize)]
struct Chain<'a> {
    schema: &'static str,
    document: &'a FileReport,
    delivery: Option<&'a Delivery>,
}

/// Tells the story of one document.
pub(super) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    // A file that is not there is an error of the command, not a finding about the document.
    drop(FileReader::open(&args.file)?);
    let at = args.trust.time()?;
    let trust = Trust::load(&args.trust, context)?;
    let policy = policy(args.policy.as_deref(), context)?;
    let configured = if args.trust.anchor.is_empty() { &context.config.anchors } else { &args.trust.anchor };
    let seals = exchange_trust::Trust::new(certificates(configured)?, trust.untrusted.clone());
    let mut judge = Judge::new(trust, policy, at, None);
    if !args.trust.proof.offline {
        judge = judge.online(context)?;
    }
    if args.trust.save_proofs.is_some() {
        judge = judge.remembering();
    }
    let mut report = judge.file(&Found { path: args.file.clone(), named: true });
    localise(&mut report, context.lang);
    let digest = report.sha256.as_deref().and_then(from_hex).unwrap_or_default();
    let folder = args.delivery.clone().or_else(|| delivery::folder_of(&args.file));
    let delivery = match folder {
        Some(folder) => delivery::examine(&folder, &digest, &seals)?,
        None => None,
    };
    if let (Some(folder), Some(used)) = (&args.trust.save_proofs, judge.used()) {
        save(&used, folder)?;
    }
    let mut exit = exit_of(report.indication);
    if let Some(delivery) = &delivery {
        let sound = delivery.package_is_the_one_sent && delivery.steps.iter().all(|s| s.holds);
        exit = exit.worst(if sound { Exit::Done } else { Exit::Failed });
    }
    if context.json {
        let chain = Chain { schema: "congvan.audit-chain/1", document: &report, delivery: delivery.as_ref() };
        context.out.json(&chain)?;
    } else {
        tell(args, &report, delivery.as_ref(), context)?;
    }
    Ok(exit)
}

fn tell(args: &Args, report: &FileReport, delivery: Option<&Delivery>, context: &mut Context) -> Result<(), CliError> {
    let line =
        context.say(texts::DOCUMENT, &[("path", &path_text(&args.file)), ("indication", &report.indication.name())]);
    context.out.line(&line)?;
    if let Some(sha256) = &report.sha256 {
        context.out.line(&format!("  SHA-256 {sha256}"))?;
    }
    for error in &report.errors {
        context.out.line(&format!("  {}: {}", error.code, printable(&error.text)))?;
    }
    for (number, signature) in report.signatures.iter().enumerate() {
        tell_signature(number + 1, signature, context)?;
    }
    if report.signatures.is_empty() {
        let line = context.say(texts::UNSIGNED, &[]);
        context.out.line(&line)?;
    }
    match delivery {
        None => {
            let line = context.say(texts::NO_DELIVERY, &[]);
            context.out.line(&line)
        }
        Some(delivery) => tell_delivery(delivery, report.signatures.len(), context),
    }
}

fn tell_signature(number: usize, signature: &SignatureReport, context: &mut Context) -> Result<(), CliError> {
    let who = signature.signer.as_ref().map_or_else(|| "?".to_owned(), |s| printable(&s.subject));
    let revision = signature.covers.revision.map_or_else(|| "?".to_owned(), |r| r.to_string());
    let kind = if signature.kind == "doc-timestamp" { texts::STAMPED } else { texts::SIGNED };
    let mut lines = vec![
        String::new(),
        context.say(
            kind,
            &[("number", &number), ("revision", &revision), ("who", &who), ("field", &printable(&signature.id))],
        ),
        format!("   {}{}", signature.indication.name(), sub(signature)),
    ];
    let proven = signature.timestamps.iter().find(|t| t.indication == "PASSED");
    let time = match (proven, signature.kind) {
        (Some(stamp), _) => context.say(
            texts::PROVEN,
            &[
                ("time", &stamp.gen_time.as_deref().unwrap_or("?")),
                ("tsa", &printable(stamp.tsa.as_deref().unwrap_or("?"))),
            ],
        ),
        (None, "doc-timestamp") => {
            context.say(texts::TIME, &[("time", &signature.best_time.as_deref().unwrap_or("?"))])
        }
        (None, _) => context.say(texts::CLAIMED, &[("time", &signature.claimed_time.as_deref().unwrap_or("—"))]),
    };
    lines.push(format!("   {time}"));
    if let Some(signer) = &signature.signer {
        let line = context.say(
            texts::CHAIN,
            &[("serial", &signer.serial), ("issuer", &printable(&signer.issuer)), ("links", &signature.chain.len())],
        );
        lines.push(format!("   {line}"));
    }
    for fact in &signature.revocation {
        let at = fact.at.as_deref().unwrap_or("—");
        let short = fact.certificate.get(..16).unwrap_or(&fact.certificate);
        let values: [(&str, &dyn std::fmt::Display); 4] =
            [("certificate", &short), ("source", &fact.source), ("status", &fact.status), ("at", &at)];
        lines.push(format!("   {}", context.say(texts::REVOCATION, &values)));
    }
    if signature.changes_after.is_empty() {
        lines.push(format!("   {}", context.say(texts::NOTHING_AFTER, &[])));
    }
    for change in &signature.changes_after {
        let page = change.page.map_or_else(|| "—".to_owned(), |p| p.to_string());
        let judged = verify::judged(change.judged).get(context.lang);
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("what", &printable(&change.what)), ("page", &page), ("judged", &judged)];
        lines.push(format!("   {}", context.say(texts::AFTER, &values)));
    }
    if let Some(entry) = signature.sub_indication.and_then(verdicts::find) {
        lines.push(format!("   {} {}", entry.why.get(context.lang), entry.todo.get(context.lang)));
    }
    lines.iter().try_for_each(|line| context.out.line(line))
}

fn tell_delivery(delivery: &Delivery, signatures: usize, context: &mut Context) -> Result<(), CliError> {
    let mut lines = vec![
        String::new(),
        context.say(
            texts::DELIVERY,
            &[("id", &delivery.id), ("sender", &delivery.sender), ("recipients", &delivery.recipients.join(", "))],
        ),
    ];
    let inside = match &delivery.document_name {
        Some(name) => context.say(texts::INSIDE, &[("name", &printable(name))]),
        None => context.say(texts::NOT_INSIDE, &[]),
    };
    lines.push(format!("   {inside}"));
    if !delivery.package_is_the_one_sent {
        lines.push(format!("   {}", context.say(texts::OTHER_PACKAGE, &[])));
    }
    for (at, step) in delivery.steps.iter().enumerate() {
        lines.push(String::new());
        lines.extend(tell_step(signatures + at + 1, step, context));
    }
    lines.iter().try_for_each(|line| context.out.line(line))
}

fn tell_step(number: usize, step: &Step, context: &Context) -> Vec<String> {
    let text = match step.kind.as_str() {
        "envelope" => texts::SENT,
        "SubmissionAcceptance" => texts::ACCEPTED,
        "ContentConsignment" => texts::CONSIGNED,
        "ContentHandover" => texts::HANDED_OVER,
        "acknowledgement" => texts::ACKNOWLEDGED,
        _ => texts::OTHER_STEP,
    };
    let values: [(&str, &dyn std::fmt::Display); 4] =
        [("number", &number), ("time", &step.time), ("by", &printable(&step.by)), ("kind", &printable(&step.kind))];
    let mut lines = vec![context.say(text, &values)];
    let seal = printable(step.sealed_by.as_deref().unwrap_or("?"));
    let verdict = match &step.problem {
        None => context.say(texts::HOLDS, &[("seal", &seal), ("file", &step.file)]),
        Some(problem) => context
            .say(texts::DOES_NOT_HOLD, &[("seal", &seal), ("file", &step.file), ("problem", &printable(problem))]),
    };
    lines.push(format!("   {verdict}"));
    if let (Some(leaf), Some(log)) = (&step.leaf, &step.log) {
        lines.push(format!("   {}", context.say(texts::LEAF, &[("log", &printable(log)), ("leaf", leaf)])));
    }
    lines
}

fn sub(signature: &SignatureReport) -> String {
    let level = signature.level.map(|l| format!(", {l}")).unwrap_or_default();
    let why = signature.sub_indication.map(|s| format!(" ({s})")).unwrap_or_default();
    format!("{why}{level}")
}
