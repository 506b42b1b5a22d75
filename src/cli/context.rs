//! What every verb gets: where to write, which language, which configuration.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write};

use serde::Serialize;

use super::args::GlobalArgs;
use super::config::{self, Client};
use super::error::{CliError, Exit};
use super::output::{Captured, Output};
use super::texts::{Lang, Text, common};

/// The surroundings of one run.
pub(crate) struct Context {
    /// Results.
    pub(crate) out: Output,
    /// The language of every sentence.
    pub(crate) lang: Lang,
    /// True when results are JSON objects.
    pub(crate) json: bool,
    /// The client configuration: file < `CONGVAN_*`; flags win over it in each verb.
    pub(crate) config: Client,
    quiet: bool,
    errors: Box<dyn Write + Send>,
}

/// A message beside the results, as `--json` prints it on standard error.
#[derive(Serialize)]
struct Message<'a> {
    schema: &'static str,
    code: &'a str,
    text: &'a str,
    hint: Option<&'a str>,
    exit: u8,
}

impl Context {
    /// The streams of this process, before any configuration is read.
    pub(crate) fn new(lang: Lang, json: bool) -> Self {
        Context {
            out: Output::stdout(),
            lang,
            json,
            config: Client::default(),
            quiet: false,
            errors: Box::new(io::stderr()),
        }
    }

    /// Results and messages in memory, in the order said.
    pub(crate) fn captured(lang: Lang, into: &Captured) -> Self {
        Context { out: Output::captured(into), errors: Box::new(into.clone()), ..Context::new(lang, false) }
    }

    /// Takes over the global flags and reads the profile's configuration.
    pub(crate) fn apply(&mut self, global: &GlobalArgs) -> Result<(), CliError> {
        self.quiet = global.quiet;
        self.json = global.json;
        self.config = config::client(global.profile.as_deref())?;
        if let Some(lang) = global.lang {
            self.lang = lang;
        } else if let Some(lang) = self.config.lang {
            self.lang = lang;
        }
        Ok(())
    }

    /// A sentence in the reader's language.
    pub(crate) fn say(&self, text: Text, values: &[(&str, &dyn std::fmt::Display)]) -> String {
        text.fill(self.lang, values)
    }

    /// Warns on standard error; never silenced by `--quiet`.
    pub(crate) fn warn(&mut self, text: Text, values: &[(&str, &dyn std::fmt::Display)]) {
        let line = format!("{}: {}", common::WARNING.get(self.lang), text.fill(self.lang, values));
        self.error_line(&line);
    }

    /// Tells something useful on standard error, unless `--quiet`.
    pub(crate) fn note(&mut self, text: Text, values: &[(&str, &dyn std::fmt::Display)]) {
        if !self.quiet {
            let line = text.fill(self.lang, values);
            self.error_line(&line);
        }
    }

    /// Reports an error of one of several inputs and goes on; returns the exit code it stands for.
    pub(crate) fn fail(&mut self, error: &CliError) -> Exit {
        // What was already found must not come after the reason for stopping.
        let _ = self.out.flush();
        if error.is_quiet() {
            return error.exit();
        }
        let (message, hint) = (error.message(self.lang), error.hint_text(self.lang));
        if self.json {
            let object = Message {
                schema: "congvan.error/1",
                code: error.code.as_str(),
                text: &message,
                hint: Some(&hint),
                exit: error.exit().number(),
            };
            if let Ok(line) = serde_json::to_string(&object) {
                self.error_line(&line);
            }
        } else {
            self.error_line(&format!("{}: {message}", common::ERROR.get(self.lang)));
            self.error_line(&format!("{}: {hint}", common::HINT.get(self.lang)));
        }
        error.exit()
    }

    /// True when a question can be asked and answered.
    pub(crate) fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a yes-or-no question on the terminal; false, without asking, where nobody can answer.
    pub(crate) fn asks(&mut self, question: Text) -> bool {
        if !self.is_interactive() {
            return false;
        }
        let _ = write!(self.errors, "{} ", question.get(self.lang));
        let mut answer = String::new();
        let yes = io::stdin().lock().take(64).read_line(&mut answer).is_ok();
        yes && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "c" | "co" | "có")
    }

    /// True when only warnings and errors are wanted beside the results.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// True when a progress bar would be seen and is wanted.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    fn error_line(&mut self, line: &str) {
        // Nobody is left to tell when standard error itself fails.
        let _ = writeln!(self.errors, "{line}");
    }
}
