//! `congvan cert`: looking at certificates and validating their paths.

mod check;
mod model;
mod show;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

/// Arguments of `cert`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Check(Box<check::Args>),
    Show(show::Args),
}

/// Runs the verb below `cert`.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    match &args.verb {
        Verb::Check(args) => check::run(args, context),
        Verb::Show(args) => show::run(args, context),
    }
}
