//! `congvan explain [CODE]`: what a code means and what to do about it.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::texts::errors::Code;
use crate::cli::texts::verdicts::{self, Verdict};
use crate::cli::texts::{Text, changes, common, explain as texts};

/// Arguments of `explain`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

const EXITS: &[(Exit, Text)] = &[
    (Exit::Done, texts::EXIT_DONE),
    (Exit::Failed, texts::EXIT_FAILED),
    (Exit::Usage, texts::EXIT_USAGE),
    (Exit::Indeterminate, texts::EXIT_INDETERMINATE),
    (Exit::CouldNot, texts::EXIT_COULD_NOT),
];

#[derive(Serialize)]
struct Explained<'a> {
    schema: &'static str,
    kind: &'static str,
    code: &'a str,
    exit: Option<u8>,
    meaning: &'a str,
    hint: Option<&'a str>,
}

/// Explains one code, or lists all of them.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let Some(name) = &args.code else {
        for (exit, text) in EXITS {
            explain_exit(*exit, *text, context)?;
        }
        for verdict in verdicts::ALL.iter().chain(changes::ALL) {
            explain_verdict(verdict, context)?;
        }
        for code in Code::ALL {
            explain_error(*code, context)?;
        }
        return Ok(Exit::Done);
    };
    if let Some((exit, text)) = EXITS.iter().find(|(exit, _)| exit.number().to_string() == *name) {
        explain_exit(*exit, *text, context)?;
    } else if let Some(verdict) = verdicts::find(name) {
        explain_verdict(verdict, context)?;
    } else if let Some(code) = Code::find(name) {
        explain_error(code, context)?;
    } else {
        return Err(CliError::new(Code::NotInTable).with("code", crate::cli::files::printable(name)));
    }
    Ok(Exit::Done)
}

fn explain_exit(exit: Exit, text: Text, context: &mut Context) -> Result<(), CliError> {
    let (number, meaning) = (exit.number(), text.get(context.lang));
    if context.json {
        let code = number.to_string();
        return context.out.json(&Explained {
            schema: "congvan.explain/1",
            kind: "exit",
            code: &code,
            exit: Some(number),
            meaning,
            hint: None,
        });
    }
    let label = common::EXIT.get(context.lang);
    context.out.line(&format!("{label} {number}: {meaning}"))
}

fn explain_verdict(verdict: &Verdict, context: &mut Context) -> Result<(), CliError> {
    let (meaning, hint) = (verdict.why.get(context.lang), verdict.todo.get(context.lang));
    if context.json {
        return context.out.json(&Explained {
            schema: "congvan.explain/1",
            kind: "verdict",
            code: verdict.code,
            exit: None,
            meaning,
            hint: Some(hint),
        });
    }
    let todo = texts::WHAT_TO_DO.get(context.lang);
    context.out.line(verdict.code)?;
    context.out.line(&format!("  {meaning}"))?;
    context.out.line(&format!("  {todo}: {hint}"))
}

fn explain_error(code: Code, context: &mut Context) -> Result<(), CliError> {
    let entry = code.entry();
    let (meaning, hint) = (entry.meaning.get(context.lang), entry.hint.get(context.lang));
    if context.json {
        return context.out.json(&Explained {
            schema: "congvan.explain/1",
            kind: "error",
            code: entry.code,
            exit: Some(entry.exit.number()),
            meaning,
            hint: Some(hint),
        });
    }
    let exit_label = common::EXIT.get(context.lang);
    let todo = texts::WHAT_TO_DO.get(context.lang);
    context.out.line(&format!("{} ({exit_label} {})", entry.code, entry.exit.number()))?;
    context.out.line(&format!("  {meaning}"))?;
    context.out.line(&format!("  {todo}: {hint}"))
}
