//! `congvan pull --out DIR`: takes what waits at the endpoint, checks it, keeps it, acknowledges it.

use std::path::PathBuf;
use std::sync::Mutex;

use serde::Serialize;

use super::push::show;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, client, failed};
use crate::cli::files::{PathName, path_text, printable};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::pull as texts;
use crate::exchange::client::PullOptions;
use crate::exchange::envelope::Envelope;

/// Arguments of `pull`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(long, short = 'o', value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    endpoint: EndpointArgs,
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

/// Takes everything that waits.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let client = client(&args.endpoint, context)?;
    let progress = Mutex::new(Progress::bytes(context, texts::TAKING.get(context.lang), 0));
    let came = |envelope: &Envelope, octets| show(&progress, octets, envelope.package.size);
    let report = client.pull_with(&args.out, &PullOptions { registry: None, came: Some(&came) }).map_err(failed)?;
    drop(progress);
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
    if report.taken.is_empty() && report.failed.is_empty() {
        context.note(texts::NOTHING, &[]);
    }
    Ok(exit)
}
