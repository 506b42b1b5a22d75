//! `congvan trust list`: which anchors and intermediates a verdict would rest on, and until when they are good.

use std::path::PathBuf;

use serde::Serialize;

use crate::base::encoding::hex;
use crate::base::time::UnixTime;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::printable;
use crate::cli::texts::errors::Code;
use crate::cli::texts::trust as texts;
use crate::cli::trust;
use crate::x509::Certificate;

/// Arguments of `trust`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    List(ListArgs),
}

/// Arguments of `trust list`.
#[derive(clap::Args, Debug)]
struct ListArgs {
    #[arg(long, value_name = "FILE", num_args = 1..)]
    anchor: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    tsa_anchor: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    untrusted: Vec<PathBuf>,
}

/// One certificate, as `--json` prints it.
#[derive(Serialize)]
struct Line {
    schema: &'static str,
    /// `anchor`, `tsa-anchor` or `intermediate`.
    kind: &'static str,
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    sha256: String,
    /// `valid`, `expired`, `not-yet-valid` at this machine's time.
    validity: &'static str,
    /// True for certificates that may issue others.
    ca: bool,
}

/// Runs the verb below `trust`.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let Verb::List(args) = &args.verb;
    let configured = if args.anchor.is_empty() { context.config.anchors.clone() } else { args.anchor.clone() };
    let now = clock::now();
    let mut lines = Vec::new();
    for (kind, certificates) in [
        ("anchor", trust::anchors(&configured)?),
        ("tsa-anchor", trust::anchors(&args.tsa_anchor)?),
        ("intermediate", trust::certificates(&args.untrusted)?),
    ] {
        lines.extend(certificates.iter().map(|certificate| Line::new(kind, certificate, now)));
    }
    if !lines.iter().any(|line| line.kind == "anchor") {
        return Err(CliError::new(Code::AnchorsNotGiven));
    }
    for line in &lines {
        if context.json { context.out.json(line)? } else { print(line, context)? }
    }
    Ok(Exit::Done)
}

impl Line {
    fn new(kind: &'static str, c: &Certificate, now: UnixTime) -> Self {
        let validity = match () {
            () if now < c.not_before() => "not-yet-valid",
            () if now > c.not_after() => "expired",
            () => "valid",
        };
        Line {
            schema: "congvan.trust/1",
            kind,
            subject: c.subject().to_string(),
            issuer: c.issuer().to_string(),
            serial: hex(c.serial()),
            not_before: c.not_before().rfc3339_vietnam(),
            not_after: c.not_after().rfc3339_vietnam(),
            sha256: hex(c.sha256()),
            validity,
            ca: c.is_ca(),
        }
    }
}

fn print(line: &Line, context: &mut Context) -> Result<(), CliError> {
    let kind = match line.kind {
        "anchor" => texts::ANCHOR,
        "tsa-anchor" => texts::TSA_ANCHOR,
        _ => texts::INTERMEDIATE,
    };
    let validity = match line.validity {
        "valid" => texts::VALID,
        "expired" => texts::EXPIRED,
        _ => texts::NOT_YET,
    };
    let (kind, subject) = (kind.get(context.lang), printable(&line.subject));
    let heading = context.say(texts::CERTIFICATE, &[("kind", &kind), ("subject", &subject)]);
    let period = context.say(validity, &[("from", &line.not_before), ("until", &line.not_after)]);
    context.out.line(&heading)?;
    context.out.line(&format!("    {period}"))?;
    context.out.line(&format!("    SHA-256 {}", line.sha256))
}
