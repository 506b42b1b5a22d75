//! `congvan audit …`: what happened to a document, told from what can be proven.

mod chain;
mod delivery;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

/// Arguments of `audit`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Chain(chain::Args),
}

/// Runs one kind of audit.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    match &args.what {
        What::Chain(args) => chain::run(args, context),
    }
}
