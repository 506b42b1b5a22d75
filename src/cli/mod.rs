//! The command line: clock, environment, terminal and files meet the layers below here and nowhere else.
//!
//! # Adding a verb
//!
//! 1. `commands/VERB.rs`: a `#[derive(clap::Args)] pub(crate) struct Args` built from the shared groups in
//!    `args`, and `pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError>`.
//! 2. One line each in `commands/mod.rs`: the `mod`, the variant of `Verb`, the arm of `run`.
//! 3. `texts/help.rs`: `("VERB", …)` with a first line in the imperative without a period, an explanation and an
//!    `Example:` block (the tests parse it as a command line), and one entry per argument: `"VERB --flag"` or
//!    `"VERB FILE"`, falling back to `"--flag"` for the shared groups. Code holds no help text.
//! 4. `texts/VERB.rs` for every other sentence, in both languages, with the same `{placeholders}`.
//! 5. A new way to fail is a new entry in `texts/errors.rs`: stable code, exit code, sentence, hint and meaning;
//!    `congvan explain CODE` knows it from then on.
//! 6. Run `CONGVAN_UPDATE=1` with the test `help_is_as_recorded` and read the difference.
//!
//! Results go through `output::Output` (`line` for people, `json` for one object a line), everything else through
//! `context.warn`, `context.note` and `progress`. Files are read with `files::FileReader` and written with
//! `files::WholeFile` or `files::WholeFolder`, which never leave half of anything behind.

pub(crate) mod agreement;
pub(crate) mod args;
mod armour;
pub(crate) mod climbing;
pub(crate) mod clock;
mod commands;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod endpoint;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod exchange;
pub(crate) mod files;
mod help;
pub(crate) mod identity;
pub(crate) mod judging;
pub(crate) mod output;
pub(crate) mod package;
pub(crate) mod parallel;
pub(crate) mod progress;
pub(crate) mod receipts;
pub(crate) mod secrets;
pub(crate) mod texts;
pub(crate) mod token;
pub(crate) mod trust;
mod two_steps;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches as _;

use context::Context;
use error::{CliError, Exit};

/// Runs the command with the arguments, environment and streams of this process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    run(&arguments).into()
}

/// Runs one command line of `demo` in this process: how it ended, and everything it said.
pub(crate) fn run_quietly(arguments: &[OsString]) -> (Exit, String) {
    let said = output::Captured::default();
    let mut context = Context::captured(environment::language(arguments), &said);
    let exit = run_in(arguments, &mut context);
    (exit, said.text())
}

fn run(arguments: &[OsString]) -> Exit {
    let lang = environment::language(arguments);
    let json = arguments.iter().skip(1).take_while(|a| *a != "--").any(|a| a == "--json");
    run_in(arguments, &mut Context::new(lang, json))
}

fn run_in(arguments: &[OsString], context: &mut Context) -> Exit {
    let outcome = parse(arguments, context).and_then(|parsed| match parsed {
        Parsed::Help(text) => context.out.text(&text).map(|()| Exit::Done),
        Parsed::Verb(cli) => {
            context.apply(&cli.global)?;
            commands::run(&cli.verb, context)
        }
    });
    let outcome = outcome.and_then(|exit| context.out.flush().map(|()| exit));
    match outcome {
        Ok(exit) => exit,
        Err(error) => context.fail(&error),
    }
}

enum Parsed {
    Help(String),
    Verb(Box<commands::Cli>),
}

fn parse(arguments: &[OsString], context: &mut Context) -> Result<Parsed, CliError> {
    let read = help::wordless(arguments).try_get_matches_from(arguments);
    if let Some(cli) = read.ok().and_then(|matches| commands::Cli::from_arg_matches(&matches).ok()) {
        return Ok(Parsed::Verb(Box::new(cli)));
    }
    // Help was asked for, or there is something to say about the command line.
    let mut command = help::command_for(arguments, context.lang);
    let matches = match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) => return usage::judge(&error, arguments, context.lang),
    };
    match commands::Cli::from_arg_matches(&matches) {
        Ok(cli) => Ok(Parsed::Verb(Box::new(cli))),
        Err(error) => usage::judge(&error, arguments, context.lang),
    }
}
