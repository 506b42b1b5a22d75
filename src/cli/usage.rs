//! Usage errors in our own words: the argument parser knows English only.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::Parsed;
use super::error::CliError;
use super::texts::{Lang, errors::Code, usage};

/// Turns what the parser says into help to print or an error to report.
pub(super) fn judge(error: &Error, arguments: &[OsString], lang: Lang) -> Result<Parsed, CliError> {
    match error.kind() {
        ErrorKind::DisplayHelp => Ok(Parsed::Help(error.render().to_string())),
        ErrorKind::DisplayVersion => Ok(Parsed::Help(format!("congvan {}\n", env!("CARGO_PKG_VERSION")))),
        kind => Err(usage_error(kind, error, arguments, lang)),
    }
}

fn usage_error(kind: ErrorKind, error: &Error, arguments: &[OsString], lang: Lang) -> CliError {
    let invalid_argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let what = match kind {
        ErrorKind::InvalidSubcommand => usage::UNKNOWN_VERB,
        ErrorKind::UnknownArgument => usage::UNKNOWN_ARGUMENT,
        ErrorKind::MissingRequiredArgument => usage::MISSING_ARGUMENT,
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => usage::MISSING_VERB,
        ErrorKind::InvalidValue if value.is_empty() => usage::MISSING_VALUE,
        ErrorKind::InvalidValue if !text(error, ContextKind::ValidValue).is_empty() => usage::VALUE_NOT_IN_LIST,
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => usage::INVALID_VALUE,
        ErrorKind::ArgumentConflict => usage::CONFLICT,
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => usage::MISSING_VALUE,
        ErrorKind::TooManyValues => usage::TOO_MANY_VALUES,
        ErrorKind::InvalidUtf8 => usage::NOT_UTF8,
        _ => usage::NOT_UNDERSTOOD,
    };
    let argument = if kind == ErrorKind::InvalidSubcommand {
        text(error, ContextKind::InvalidSubcommand)
    } else {
        invalid_argument
    };
    let values: &[(&'static str, &dyn std::fmt::Display)] = &[
        ("argument", &argument),
        ("value", &value),
        ("allowed", &text(error, ContextKind::ValidValue)),
        ("other", &text(error, ContextKind::PriorArg)),
    ];
    let result = CliError::new(Code::Usage).with_text("what", what, values).with("help", help_command(arguments, lang));
    match suggestion(error) {
        Some(suggestion) => result.with("suggestion", suggestion).hint(usage::DID_YOU_MEAN),
        None => result,
    }
}

fn suggestion(error: &Error) -> Option<String> {
    [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .map(|kind| match error.get(kind) {
            // The likeliest comes last.
            Some(ContextValue::Strings(many)) => many.last().cloned().unwrap_or_default(),
            _ => text(error, kind),
        })
        .find(|found| !found.is_empty())
        // The nearest comes last.
        .and_then(|found| found.rsplit(", ").next().map(str::to_owned))
}

/// `congvan VERB --help` for the verb the command line got to.
fn help_command(arguments: &[OsString], lang: Lang) -> String {
    let known = super::help::command(lang);
    let mut words = vec!["congvan"];
    let mut at = &known;
    for word in arguments.iter().skip(1) {
        if let Some(inner) = at.find_subcommand(word) {
            words.push(inner.get_name());
            at = inner;
        }
    }
    words.push("--help");
    words.join(" ")
}

fn text(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(many)) => many.join(", "),
        Some(ContextValue::StyledStr(one)) => one.to_string(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
