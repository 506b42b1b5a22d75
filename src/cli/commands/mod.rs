//! One file per verb; how to add one stands in [`super`].

mod audit;
mod cert;
mod demo;
mod explain;
mod extend;
mod key;
mod metadata;
mod pack;
mod pull;
mod push;
mod recall;
mod replace;
mod serve;
mod sign;
mod status;
mod sync;
mod trust;
mod unpack;
mod verify;

pub(crate) use sign::pdf_error;

use clap::{Args as _, Command, Parser, Subcommand};

use super::args::GlobalArgs;
use super::context::Context;
use super::error::{CliError, Exit};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "congvan", bin_name = "congvan", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Audit(audit::Args),
    Cert(cert::Args),
    Demo(demo::Args),
    Explain(explain::Args),
    Key(key::Args),
    Extend(Box<extend::Args>),
    Sign(Box<sign::Args>),
    Verify(verify::Args),
    Pack(Box<pack::Args>),
    Trust(trust::Args),
    Unpack(unpack::Args),
    Push(Box<push::Args>),
    Pull(Box<pull::Args>),
    Status(Box<status::Args>),
    Recall(Box<recall::Args>),
    Replace(Box<replace::Args>),
    Sync(Box<sync::Args>),
    Serve(Box<serve::Args>),
}

/// Adds a verb's arguments to its command.
type Define = fn(Command) -> Command;

/// Each verb by itself, to read a command line without defining all the others.
pub(crate) static DEFINITIONS: [(&str, Define); 18] = [
    ("audit", audit::Args::augment_args),
    ("cert", cert::Args::augment_args),
    ("demo", demo::Args::augment_args),
    ("explain", explain::Args::augment_args),
    ("key", key::Args::augment_args),
    ("extend", extend::Args::augment_args),
    ("sign", sign::Args::augment_args),
    ("verify", verify::Args::augment_args),
    ("pack", pack::Args::augment_args),
    ("trust", trust::Args::augment_args),
    ("unpack", unpack::Args::augment_args),
    ("push", push::Args::augment_args),
    ("pull", pull::Args::augment_args),
    ("status", status::Args::augment_args),
    ("recall", recall::Args::augment_args),
    ("replace", replace::Args::augment_args),
    ("sync", sync::Args::augment_args),
    ("serve", serve::Args::augment_args),
];

/// Runs a verb.
///
/// # Errors
/// Whatever stopped it; findings about documents are results, not errors.
pub(crate) fn run(verb: &Verb, context: &mut Context) -> Result<Exit, CliError> {
    match verb {
        Verb::Audit(args) => audit::run(args, context),
        Verb::Cert(args) => cert::run(args, context),
        Verb::Demo(args) => demo::run(args, context),
        Verb::Explain(args) => explain::run(args, context),
        Verb::Key(args) => key::run(args, context),
        Verb::Extend(args) => extend::run(args, context),
        Verb::Sign(args) => sign::run(args, context),
        Verb::Verify(args) => verify::run(args, context),
        Verb::Pack(args) => pack::run(args, context),
        Verb::Trust(args) => trust::run(args, context),
        Verb::Unpack(args) => unpack::run(args, context),
        Verb::Push(args) => push::run(args, context),
        Verb::Pull(args) => pull::run(args, context),
        Verb::Status(args) => status::run(args, context),
        Verb::Recall(args) => recall::run(args, context),
        Verb::Replace(args) => replace::run(args, context),
        Verb::Sync(args) => sync::run(args, context),
        Verb::Serve(args) => serve::run(args, context),
    }
}
