//! Puts the text table's help into the argument definitions, in the reader's language.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Args as _, Command, CommandFactory as _};

use super::args::GlobalArgs;
use super::commands::{Cli, DEFINITIONS};
use super::texts::{Lang, Text, common, help};

/// Widest line of help, in columns.
const WIDEST: usize = 100;

/// The whole command with every help text in `lang`.
pub(crate) fn command(lang: Lang) -> Command {
    dress(Cli::command(), "", None, lang)
}

/// As [`command`], for telling what is wrong with this command line: verbs that are not in it have their first line
/// only.
pub(crate) fn command_for(arguments: &[OsString], lang: Lang) -> Command {
    dress(Cli::command(), "", Some(arguments), lang)
}

/// As [`command_for`] without a single text and without the verbs that are not in the command line: enough to read one
/// that is right. Defining everything costs more than verifying a small file.
pub(crate) fn wordless(arguments: &[OsString]) -> Command {
    let command = Command::new("congvan").bin_name("congvan").version(env!("CARGO_PKG_VERSION"));
    let command = command.subcommand_required(true).arg_required_else_help(true);
    let command = with_own_flags(undressed(GlobalArgs::augment_args(command)), Lang::En);
    let named = DEFINITIONS.iter().filter(|(verb, _)| arguments.iter().skip(1).any(|word| word == verb));
    named.fold(command, |command, (verb, define)| command.subcommand(undressed(define(Command::new(*verb)))))
}

fn undressed(command: Command) -> Command {
    let command = command.disable_help_flag(true).disable_version_flag(true).disable_help_subcommand(true);
    command.mut_subcommands(undressed)
}

fn dress(command: Command, path: &str, arguments: Option<&[OsString]>, lang: Lang) -> Command {
    if arguments.is_some_and(|words| !path.is_empty() && !words.iter().any(|word| word == command.get_name())) {
        let about = help::find(path).map_or("", |text| text.get(lang));
        return command.about(about.lines().next().unwrap_or("").to_owned());
    }
    let path = path.to_owned();
    let about = help::find(&path).map_or("", |text| text.get(lang));
    let first = about.lines().next().unwrap_or("").to_owned();
    let heading = if path.is_empty() { common::SHARED_OPTIONS } else { common::OPTIONS };
    let mut command = command
        .about(first)
        .long_about(about.to_owned())
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .max_term_width(WIDEST)
        .help_template(format!("{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}", common::USAGE.get(lang)))
        .subcommand_help_heading(common::VERBS.get(lang))
        .subcommand_value_name(common::USAGE_VERB.get(lang).trim_matches(['<', '>']))
        .mut_args(|arg| dress_argument(arg, &path, heading, lang));
    if path.is_empty() {
        command = with_own_flags(command, lang);
    }
    let usage = command.clone().bin_name(full_name(&path)).render_usage().to_string();
    let usage = usage.split_once(": ").map_or(usage.as_str(), |(_, rest)| rest);
    let usage = usage.trim().replace(common::USAGE_OPTIONS.en, common::USAGE_OPTIONS.get(lang));
    command.override_usage(usage).mut_subcommands(|inner| {
        let inner_path = format!("{path} {}", inner.get_name()).trim().to_owned();
        dress(inner, &inner_path, arguments, lang)
    })
}

// `--help` and `--version` in the reader's language, in place of the parser's own.
fn with_own_flags(command: Command, lang: Lang) -> Command {
    command
        .arg(
            Arg::new("help")
                .long("help")
                .short('h')
                .action(ArgAction::Help)
                .global(true)
                .help(help::text("--help", lang))
                .help_heading(common::SHARED_OPTIONS.get(lang)),
        )
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .action(ArgAction::Version)
                .help(help::text("--version", lang))
                .help_heading(common::SHARED_OPTIONS.get(lang)),
        )
}

fn dress_argument(arg: Arg, path: &str, heading: Text, lang: Lang) -> Arg {
    let text = argument_text(&arg, path).map_or("", |text| text.get(lang));
    let heading = if arg.is_positional() { common::ARGUMENTS } else { heading };
    let mut lines = text.splitn(2, "\n\n");
    let short = lines.next().unwrap_or("").to_owned();
    let mut arg = arg.help(short).help_heading(heading.get(lang));
    if arg.get_action().takes_values() {
        arg = arg.hide_default_value(true).hide_possible_values(true);
    }
    match lines.next() {
        Some(_) => arg.long_help(text.to_owned()),
        None => arg,
    }
}

/// `VERB --flag` or `VERB NAME`, then `--flag` or `NAME` for the shared groups.
fn argument_text(arg: &Arg, path: &str) -> Option<Text> {
    let name = argument_name(arg);
    help::find(format!("{path} {name}").trim()).or_else(|| help::find(&name))
}

fn argument_name(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg
            .get_value_names()
            .and_then(|names| names.first())
            .map_or_else(|| arg.get_id().as_str().to_uppercase(), |name| name.as_str().to_owned()),
    }
}

fn full_name(path: &str) -> String {
    format!("congvan {path}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;

    fn visit(command: &Command, path: &str, with: &mut dyn FnMut(&Command, &str)) {
        with(command, path);
        for inner in command.get_subcommands() {
            visit(inner, format!("{path} {}", inner.get_name()).trim(), with);
        }
    }

    #[test]
    fn the_definition_is_sound_in_both_languages() {
        for lang in [Lang::Vi, Lang::En] {
            command(lang).debug_assert();
        }
    }

    #[test]
    fn every_verb_is_defined_by_itself() {
        let mut all: Vec<String> = Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
        let mut alone: Vec<&str> = DEFINITIONS.iter().map(|(verb, _)| *verb).collect();
        all.sort_unstable();
        alone.sort_unstable();
        assert_eq!(all, alone);
    }

    #[test]
    fn the_wordless_definition_reads_what_the_full_one_reads() {
        let lines = [
            "congvan verify a.pdf --offline --json",
            "congvan --json verify -q a.pdf",
            "congvan sign a.pdf --as seal --number 1 --lang vi",
            "congvan audit chain a.pdf",
            "congvan audit",
            "congvan verify",
            "congvan verify --no-such-flag a.pdf",
            "congvan verify --help",
            "congvan help verify",
            "congvan -V",
            "congvan",
        ];
        for line in lines {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let full = command_for(&words, Lang::En).try_get_matches_from(&words).map_err(|e| e.kind());
            let bare = wordless(&words).try_get_matches_from(&words).map_err(|e| e.kind());
            assert_eq!(full.is_ok(), bare.is_ok(), "{line}");
            if let (Ok(full), Ok(bare)) = (full, bare) {
                let read = |matches| format!("{:?}", Cli::from_arg_matches(&matches).map(|cli| (cli.global, cli.verb)));
                assert_eq!(read(full), read(bare), "{line}");
            }
        }
    }

    #[test]
    fn every_verb_and_argument_has_its_help() {
        let mut missing = Vec::new();
        visit(&Cli::command(), "", &mut |command, path| {
            if help::find(path).is_none() {
                missing.push(path.to_owned());
            }
            for arg in command.get_arguments() {
                if argument_text(arg, path).is_none() {
                    missing.push(format!("{path} {}", argument_name(arg)));
                }
            }
        });
        assert!(missing.is_empty(), "texts/help.rs lacks: {missing:?}");
    }

    #[test]
    fn no_help_is_kept_for_what_is_gone() {
        let mut used = vec!["--help".to_owned(), "--version".to_owned()];
        visit(&Cli::command(), "", &mut |command, path| {
            used.push(path.to_owned());
            for arg in command.get_arguments() {
                let name = argument_name(arg);
                used.push(format!("{path} {name}").trim().to_owned());
                used.push(name);
            }
        });
        let stale: Vec<_> = help::all().map(|(key, _)| *key).filter(|key| !used.iter().any(|u| u == key)).collect();
        assert!(stale.is_empty(), "texts/help.rs has no use for: {stale:?}");
    }

    /// The words of a command line as a shell would split it: single quotes hold blanks.
    fn words(line: &str) -> Vec<String> {
        let parts = line.split('\'').enumerate();
        let mut words = vec![String::new()];
        for (at, part) in parts {
            if at % 2 == 1 {
                words.last_mut().expect("never empty").push_str(part);
                continue;
            }
            for (index, word) in part.split(' ').enumerate() {
                if index > 0 {
                    words.push(String::new());
                }
                words.last_mut().expect("never empty").push_str(word);
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn first_lines_end_without_a_period_and_examples_parse() {
        visit(&Cli::command(), "", &mut |command, path| {
            let Some(text) = help::find(path) else { return };
            for lang in [Lang::Vi, Lang::En] {
                let text = text.get(lang);
                let first = text.lines().next().unwrap_or("");
                assert!(!first.ends_with('.') && !first.is_empty(), "{path}: `{first}`");
                let examples: Vec<&str> = text.lines().map(str::trim).filter(|l| l.starts_with("congvan ")).collect();
                assert!(!examples.is_empty(), "{path} has no example");
                if command.has_subcommands() && path.is_empty() {
                    continue;
                }
                for example in examples {
                    assert!(example.starts_with(&full_name(path)), "{path}: `{example}` is about another verb");
                    let parsed = super::super::help::command(lang).try_get_matches_from(words(example));
                    assert!(parsed.is_ok(), "{path}: `{example}` does not parse: {parsed:?}");
                }
            }
        });
    }
}
