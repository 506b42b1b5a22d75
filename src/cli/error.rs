//! What the command says when it fails, and the exit code it ends with.

use std::fmt::Display;
use std::io;
use std::path::Path;

use super::files::path_text;
use super::texts::errors::Code;
use super::texts::{Lang, Text};

/// How the process ends; the numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// 0: passed, or done.
    Done,
    /// 1: TOTAL-FAILED.
    Failed,
    /// 2: usage, or nothing selected.
    Usage,
    /// 3: INDETERMINATE or NO-SIGNATURE.
    Indeterminate,
    /// 4: could not do its job, or UNREADABLE.
    CouldNot,
}

impl Exit {
    /// The number the process ends with.
    pub(crate) fn number(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Indeterminate => 3,
            Exit::CouldNot => 4,
        }
    }

    /// The one that counts when several files end differently: 1 before 4 before 3, a usage error above all.
    #[must_use]
    pub(crate) fn worst(self, other: Exit) -> Exit {
        if self.weight() >= other.weight() { self } else { other }
    }

    fn weight(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Indeterminate => 1,
            Exit::CouldNot => 2,
            Exit::Failed => 3,
            Exit::Usage => 4,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.number())
    }
}

/// A failure of the command itself, with both languages ready.
///
/// Findings about a document are not errors; they are part of a report.
#[derive(Clone, Debug)]
pub(crate) struct CliError {
    /// The stable code.
    pub(crate) code: Code,
    hint: Option<Text>,
    values: Vec<(&'static str, Value)>,
    quiet: bool,
}

#[derive(Clone, Debug)]
enum Value {
    Plain(String),
    Text(Text, Vec<(&'static str, String)>),
}

/// An error of one file among several, in `--json`.
#[derive(Debug, serde::Serialize)]
pub(crate) struct ErrorLine {
    code: &'static str,
    text: String,
    hint: String,
}

impl CliError {
    /// An error of the table, without values yet.
    pub(crate) fn new(code: Code) -> Self {
        CliError { code, hint: None, values: Vec::new(), quiet: false }
    }

    /// Fills the placeholder `name` of message and hint.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.values.push((name, Value::Plain(value.to_string())));
        self
    }

    /// Fills the placeholder `name` with a path, quoted and safe to print.
    #[must_use]
    pub(crate) fn path(self, name: &'static str, path: &Path) -> Self {
        let quoted = format!("`{}`", path_text(path));
        self.with(name, quoted)
    }

    /// Fills the placeholder `name` with another sentence of the table, in the language of the reader.
    #[must_use]
    pub(crate) fn with_text(mut self, name: &'static str, text: Text, values: &[(&'static str, &dyn Display)]) -> Self {
        let values = values.iter().map(|(known, value)| (*known, value.to_string())).collect();
        self.values.push((name, Value::Text(text, values)));
        self
    }

    /// Another hint than the table's, where the case at hand has a better one.
    #[must_use]
    pub(crate) fn hint(mut self, hint: Text) -> Self {
        self.hint = Some(hint);
        self
    }

    /// The reader of our output went away: end without a word.
    pub(crate) fn closed_pipe() -> Self {
        CliError { quiet: true, ..CliError::new(Code::StdoutFailed) }
    }

    /// What fills `name` in its sentence.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.values.iter().find(|(known, _)| *known == name).and_then(|(_, value)| match value {
            Value::Plain(text) => Some(text.clone()),
            Value::Text(..) => None,
        })
    }

    /// True when nothing is to be said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Why `path` could not be read.
    pub(crate) fn reading(path: &Path, cause: &io::Error) -> Self {
        let code = if cause.kind() == io::ErrorKind::NotFound { Code::FileNotFound } else { Code::ReadFailed };
        CliError::new(code).path("path", path).with("cause", plain(cause))
    }

    /// Why `path` could not be written.
    pub(crate) fn writing(path: &Path, cause: &io::Error) -> Self {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        let code = if matches!(cause.kind(), StorageFull | QuotaExceeded) { Code::DiskFull } else { Code::WriteFailed };
        CliError::new(code).path("path", path).with("cause", plain(cause))
    }

    /// The exit code it leads to.
    pub(crate) fn exit(&self) -> Exit {
        self.code.entry().exit
    }

    /// The sentence after `error:`.
    pub(crate) fn message(&self, lang: Lang) -> String {
        self.fill(self.code.entry().message, lang)
    }

    /// As a line of `--json` holds it.
    pub(crate) fn line(&self, lang: Lang) -> ErrorLine {
        ErrorLine { code: self.code.as_str(), text: self.message(lang), hint: self.hint_text(lang) }
    }

    /// The sentence after `hint:`.
    pub(crate) fn hint_text(&self, lang: Lang) -> String {
        self.fill(self.hint.unwrap_or(self.code.entry().hint), lang)
    }

    fn fill(&self, text: Text, lang: Lang) -> String {
        let filled: Vec<(&str, String)> = self.values.iter().map(|(name, value)| (*name, value.get(lang))).collect();
        let values: Vec<(&str, &dyn Display)> =
            filled.iter().map(|(name, value)| -> (&str, &dyn Display) { (name, value) }).collect();
        text.fill(lang, &values)
    }
}

impl Value {
    fn get(&self, lang: Lang) -> String {
        match self {
            Value::Plain(value) => value.clone(),
            Value::Text(text, values) => {
                let values: Vec<(&str, &dyn Display)> =
                    values.iter().map(|(name, value)| -> (&str, &dyn Display) { (name, value) }).collect();
                text.fill(lang, &values)
            }
        }
    }
}

/// The system's sentence without the `(os error 13)` tail that tells a person nothing.
pub(crate) fn plain(cause: &io::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worst_is_failed_then_could_not_then_indeterminate() {
        let order = [Exit::Done, Exit::Indeterminate, Exit::CouldNot, Exit::Failed];
        for (at, low) in order.iter().enumerate() {
            for high in &order[at..] {
                assert_eq!(low.worst(*high), *high);
                assert_eq!(high.worst(*low), *high);
            }
        }
        assert_eq!(order.map(Exit::number), [0, 3, 4, 1]);
    }

    #[test]
    fn the_system_sentence_loses_its_number() {
        assert_eq!(plain(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }

    #[test]
    fn a_missing_file_and_a_full_disk_have_their_own_codes() {
        let path = Path::new("a.pdf");
        assert_eq!(CliError::reading(path, &io::ErrorKind::NotFound.into()).code, Code::FileNotFound);
        assert_eq!(CliError::writing(path, &io::ErrorKind::StorageFull.into()).code, Code::DiskFull);
        let error = CliError::reading(path, &io::ErrorKind::NotFound.into());
        assert_eq!(error.message(Lang::En), "cannot find `a.pdf`");
        assert_eq!(error.message(Lang::Vi), "không tìm thấy `a.pdf`");
    }
}
