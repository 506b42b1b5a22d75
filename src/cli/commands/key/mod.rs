//! `congvan key`: looking at keys and trying them.

mod list;
mod model;
mod test;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

/// Arguments of `key`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    List(Box<list::Args>),
    Test(Box<test::Args>),
}

/// Runs the verb below `key`.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    match &args.verb {
        Verb::List(args) => list::run(args, context),
        Verb::Test(args) => test::run(args, context),
    }
}
