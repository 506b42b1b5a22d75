//! `congvan verify PATH…`: a verdict per signature, document and file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::args::TrustArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{printable, walk_past};
use crate::cli::judging::{Judge, exit_of};
use crate::cli::parallel;
use crate::cli::progress::Progress;
use crate::cli::receipts;
use crate::cli::texts::findings::localise;
use crate::cli::texts::{Lang, verdicts, verify as texts};
use crate::cli::trust::{Trust, certificates, policy_with_roles, save};
use crate::exchange::trust as exchange_trust;
use crate::report::model::{FileReport, SUMMARY_SCHEMA, SignatureReport, Status, SummaryReport};

/// Arguments of `verify`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustArgs,
    #[arg(long, value_name = "FILE")]
    content: Vec<PathBuf>,
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<String>,
    #[arg(long, value_name = "FILE")]
    roles: Option<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    receipt: Vec<PathBuf>,
}

/// Verifies files and folders, in parallel, and reports them in order.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let at = args.trust.time()?;
    let trust = Trust::load(&args.trust, context)?;
    let policy = policy_with_roles(args.policy.as_deref(), args.roles.as_deref(), context)?;
    if trust.signer_anchors.is_empty() {
        context.note(texts::NO_ANCHORS, &[]);
    }
    let mut judge = Judge::new(trust, policy, at, None).with_contents(&args.content);
    if !args.receipt.is_empty() {
        let configured = if args.trust.anchor.is_empty() { &context.config.anchors } else { &args.trust.anchor };
        let seals = exchange_trust::Trust::new(certificates(configured)?, certificates(&args.trust.proof.untrusted)?);
        judge = judge.with_receipts(receipts::load(&args.receipt, &seals)?);
    }
    if !args.trust.proof.offline {
        judge = judge.online(context)?;
    }
    if args.trust.save_proofs.is_some() {
        judge = judge.remembering();
    }
    let files = walk_past(&args.paths)?;
    // Of many files every core has its own; asking how many there are costs more than a thread too many.
    let judge = judge.with_helpers(if files.len() == 1 { 1 } else { 0 });
    let several = files.len() > 1 || args.paths.iter().any(|p| p.is_dir());
    let mut summary = SummaryReport { schema: SUMMARY_SCHEMA, counts: BTreeMap::new(), skipped: 0 };
    let total = u64::try_from(files.len()).unwrap_or(u64::MAX);
    let mut progress = Progress::count(context, texts::PROGRESS.get(context.lang), total);
    let mut exit = Exit::Done;
    let lang = context.lang;
    parallel::in_order(
        &files,
        if files.len() < 2 { 1 } else { parallel::cores() },
        |found| judge.file(found),
        |_, mut report| {
            progress.advance(1);
            localise(&mut report, lang);
            exit = exit.worst(exit_of(report.indication));
            if report.indication == Status::Skipped {
                summary.skipped += 1;
                return Ok(());
            }
            *summary.counts.entry(report.indication.name()).or_insert(0) += 1;
            if context.json { context.out.json(&report) } else { print(&report, context) }
        },
    )?;
    if let (Some(folder), Some(used)) = (&args.trust.save_proofs, judge.used()) {
        save(&used, folder)?;
    }
    if several {
        if context.json {
            context.out.json(&summary)?;
        } else {
            let mut parts: Vec<String> = summary.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
            if summary.skipped > 0 {
                parts.push(context.say(texts::SKIPPED, &[("n", &summary.skipped)]));
            }
            let line = context.say(texts::SUMMARY, &[("counts", &parts.join(", "))]);
            context.out.line(&line)?;
        }
    }
    if summary.counts.is_empty() {
        return Ok(Exit::Usage);
    }
    Ok(exit)
}

fn print(report: &FileReport, context: &mut Context) -> Result<(), CliError> {
    context.out.line(&format!("{:<13} {}", report.indication.name(), printable(&report.path)))?;
    for error in &report.errors {
        context.out.line(&format!("    {}: {}", error.code, printable(&error.text)))?;
    }
    if let Some(time) = &report.existed_since {
        context.out.line(&format!("    {}", texts::EXISTED.fill(context.lang, &[("time", time)])))?;
    }
    if report.signatures.is_empty()
        && report.children.is_empty()
        && let Some(entry) = verdicts::find(report.indication.name())
    {
        context.out.line(&format!("    {}", entry.why.get(context.lang)))?;
    }
    if let Some(package) = report.package_signature {
        let line = context.say(texts::PACKAGE_SIGNATURE, &[("state", &package)]);
        context.out.line(&format!("    {line}"))?;
    }
    for signature in &report.signatures {
        for line in describe(signature, context.lang) {
            context.out.line(&format!("    {line}"))?;
        }
    }
    for remark in &report.remarks {
        context.out.line(&format!("    {}: {}", remark.code, printable(&remark.text)))?;
    }
    // Files inside, each under its own path.
    report.children.iter().try_for_each(|child| print(child, context))
}

/// The lines about one signature.
pub(crate) fn describe(signature: &SignatureReport, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let sub = signature.sub_indication.map(|s| format!(" ({s})")).unwrap_or_default();
    lines.push(format!("{}: {}{sub}", printable(&signature.id), signature.indication.name()));
    let mut say = |text: super::super::texts::Text, values: &[(&str, &dyn std::fmt::Display)]| {
        lines.push(format!("  {}", text.fill(lang, values)));
    };
    if let Some(signer) = &signature.signer {
        say(texts::SIGNER, &[("subject", &printable(&signer.subject))]);
    }
    if let Some(time) = &signature.best_time {
        let proven = signature.timestamps.iter().any(|t| t.indication == "PASSED") || signature.kind == "doc-timestamp";
        let text = if proven { texts::PROVEN } else { texts::UNPROVEN };
        let claimed = signature.claimed_time.as_deref().unwrap_or("—");
        say(text, &[("time", time), ("claimed", &claimed)]);
    }
    if let (Some(revision), Some(of)) = (signature.covers.revision, signature.covers.of) {
        let document = match signature.document {
            "unchanged" => texts::UNCHANGED,
            "allowed-changes" => texts::ALLOWED_CHANGES,
            "ambiguous" => texts::AMBIGUOUS,
            _ => texts::CHANGED,
        };
        say(texts::COVERS, &[("revision", &revision), ("of", &of), ("document", &document.get(lang))]);
    }
    if let Some(level) = signature.level {
        let algorithm = signature.algorithm.unwrap_or("?");
        say(
            texts::LEVEL,
            &[("level", &level), ("algorithm", &algorithm), ("digest", &signature.digest.unwrap_or("?"))],
        );
    }
    if let Some(entry) = signature.sub_indication.and_then(verdicts::find) {
        say(texts::REASON, &[("why", &entry.why.get(lang)), ("todo", &entry.todo.get(lang))]);
    }
    for change in signature.changes_after.iter().filter(|c| c.judged != "allowed") {
        let page = change.page.map(|p| p.to_string()).unwrap_or_else(|| "—".to_owned());
        let judged = texts::judged(change.judged).get(lang);
        say(texts::CHANGE, &[("judged", &judged), ("page", &page), ("what", &printable(&change.what))]);
    }
    for warning in &signature.warnings {
        lines.push(format!("  {}: {}", warning.code, printable(&warning.text)));
    }
    lines
}
