//! `congvan replace DELIVERY FILE`: sends a package in the place of an earlier one, which is taken back in the same step.

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, agency_code, client, delivery_id, failed};
use crate::cli::texts::errors::Code;
use crate::exchange::envelope::Envelope;

use super::push::{Parcel, send};

/// Arguments of `replace`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "DELIVERY")]
    delivery: String,
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "CODE", num_args = 1..)]
    to: Vec<String>,
    #[command(flatten)]
    parcel: Parcel,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

/// Sends, to the recipients of the earlier delivery unless others are named.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let replaced = delivery_id(&args.delivery)?;
    let client = client(&args.endpoint, context)?;
    let recipients = if args.to.is_empty() {
        let entries = client.journal().entries().map_err(|e| failed(e.into()))?;
        let entry = entries.iter().find(|entry| entry.delivery == replaced);
        let envelope = entry.and_then(|entry| Envelope::from_bytes(&entry.envelope).ok());
        let unknown = || CliError::new(Code::DeliveryNotKnown).with("delivery", replaced);
        envelope.ok_or_else(unknown)?.recipients
    } else {
        args.to.iter().map(|code| agency_code(code)).collect::<Result<Vec<_>, _>>()?
    };
    send(&client, &args.file, &recipients, &args.parcel, (None, Some(replaced)), context)
}
