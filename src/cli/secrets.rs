//! Passphrases and PINs: from a prompt, the environment, a file descriptor or a reference, never from an argument.

use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::args::PassphraseArgs;
use super::context::Context;
use super::environment;
use super::error::{CliError, plain};
use super::files::path_text;
use super::texts::{Text, common, errors::Code};

/// Longest secret we read, in bytes.
const LONGEST: u64 = 4_096;

/// A secret; wiped when dropped.
pub(crate) type Secret = Zeroizing<String>;

/// The passphrase of the key at `path`: `--passphrase-fd`, `CONGVAN_PASSPHRASE`, `reference` (from the profile),
/// then a question on the terminal.
///
/// Call it only once a key turned out to be encrypted: it may ask.
///
/// # Errors
/// [`Code::PassphraseNeeded`] when there is no source and no terminal, [`Code::SecretUnavailable`] when a source
/// that was named cannot be read.
pub(crate) fn passphrase(
    context: &Context,
    args: &PassphraseArgs,
    reference: Option<&str>,
    path: &Path,
) -> Result<Secret, CliError> {
    if let Some(number) = args.passphrase_fd {
        return from_descriptor(number);
    }
    if let Some(value) = environment::text("CONGVAN_PASSPHRASE") {
        return Ok(Zeroizing::new(value));
    }
    if let Some(reference) = reference {
        return resolve(reference);
    }
    if !context.is_interactive() {
        return Err(CliError::new(Code::PassphraseNeeded).path("path", path));
    }
    ask(context, common::ASK_PASSPHRASE, path)
}

/// Asks on the terminal without echo.
pub(crate) fn ask(context: &Context, question: Text, path: &Path) -> Result<Secret, CliError> {
    let question = context.say(question, &[("path", &path_text(path))]);
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|e| CliError::new(Code::SecretUnavailable).with("source", "terminal").with("cause", plain(&e)))
}

/// Resolves a `file:PATH` or `env:NAME` reference.
pub(crate) fn resolve(reference: &str) -> Result<Secret, CliError> {
    let unavailable =
        |cause: String| CliError::new(Code::SecretUnavailable).with("source", reference).with("cause", cause);
    if let Some(path) = reference.strip_prefix("file:") {
        let file = std::fs::File::open(path).map_err(|e| unavailable(plain(&e)))?;
        return first_line(file).map_err(|e| unavailable(plain(&e)));
    }
    if let Some(name) = reference.strip_prefix("env:") {
        return environment::text(name)
            .map(Zeroizing::new)
            .ok_or_else(|| unavailable("the variable is not set".to_owned()));
    }
    Err(CliError::new(Code::BadReference).with("value", "***"))
}

/// True for a `file:` or `env:` reference.
pub(crate) fn is_reference(value: &str) -> bool {
    value.starts_with("file:") || value.starts_with("env:")
}

#[cfg(unix)]
fn from_descriptor(number: u32) -> Result<Secret, CliError> {
    let path = format!("/dev/fd/{number}");
    let unavailable = |e: std::io::Error| {
        CliError::new(Code::SecretUnavailable)
            .with("source", format!("--passphrase-fd {number}"))
            .with("cause", plain(&e))
    };
    std::fs::File::open(path).and_then(first_line).map_err(unavailable)
}

#[cfg(not(unix))]
fn from_descriptor(number: u32) -> Result<Secret, CliError> {
    let cause = "file descriptors cannot be passed on this system";
    Err(CliError::new(Code::SecretUnavailable).with("source", format!("--passphrase-fd {number}")).with("cause", cause))
}

/// The first line, without its end; one that is longer than any passphrase is an error, not cut.
fn first_line(from: impl std::io::Read) -> std::io::Result<Secret> {
    let mut text = Zeroizing::new(String::new());
    from.take(LONGEST + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LONGEST) {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "more than 4096 bytes"));
    }
    let line = text.split('\n').next().unwrap_or("");
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_without_its_end() {
        assert_eq!(*first_line(&b"b\xc3\xad m\xe1\xba\xadt\r\nrest"[..]).expect("reads"), "bí mật");
        assert_eq!(*first_line(&b" x "[..]).expect("reads"), " x ");
    }

    #[test]
    fn a_secret_one_byte_too_long_is_an_error() {
        assert!(first_line(vec![b'x'; 4_096].as_slice()).is_ok());
        assert!(first_line(vec![b'x'; 4_097].as_slice()).is_err());
    }

    #[test]
    fn a_value_that_is_no_reference_is_refused_without_repeating_it() {
        let error = resolve("hunter2").expect_err("refused");
        assert_eq!(error.code, Code::BadReference);
        assert!(!error.message(crate::cli::texts::Lang::En).contains("hunter2"));
    }
}
