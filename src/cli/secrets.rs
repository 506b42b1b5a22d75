//! Passphrases and PINs: from a prompt, the environment, a file descriptor or a reference, never from an argument.

use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::args::PassphraseArgs;
#[cfg(feature = "pkcs11")]
use super::args::TokenArgs;
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
        return from_descriptor("--passphrase-fd", number);
    }
    if let Some(file) = &args.passphrase_file {
        return from_file(file);
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

/// The PIN of the token labelled `token`: `--pin-fd`, `--pin-file`, the first of `references` (the URI's on the command
/// line), `CONGVAN_PIN`, the other references (the profile's), then a question on the terminal.
///
/// Call it only once the token is known to be there and to ask for a PIN.
///
/// # Errors
/// [`Code::PinNeeded`] when there is no source and no terminal, [`Code::SecretUnavailable`] when a source that was named
/// cannot be read or is empty: an empty PIN would be counted as a wrong one.
#[cfg(feature = "pkcs11")]
pub(crate) fn pin(
    context: &Context,
    args: &TokenArgs,
    references: [Option<&str>; 3],
    token: &str,
) -> Result<Secret, CliError> {
    let [first, later @ ..] = references;
    let pin = if let Some(number) = args.pin_fd {
        from_descriptor("--pin-fd", number)?
    } else if let Some(file) = &args.pin_file {
        from_file(file)?
    } else if let Some(reference) = first {
        resolve(reference)?
    } else if let Some(value) = environment::text("CONGVAN_PIN") {
        Zeroizing::new(value)
    } else if let Some(reference) = later.into_iter().flatten().next() {
        resolve(reference)?
    } else if context.is_interactive() {
        prompt(&context.say(common::ASK_PIN, &[("token", &token)]))?
    } else {
        return Err(CliError::new(Code::PinNeeded).with("token", token));
    };
    if pin.is_empty() {
        return Err(CliError::new(Code::SecretUnavailable).with("source", "PIN").with("cause", "it is empty"));
    }
    Ok(pin)
}

/// True when [`pin`] would find a PIN without asking.
#[cfg(feature = "pkcs11")]
pub(crate) fn has_pin(args: &TokenArgs, references: [Option<&str>; 2]) -> bool {
    let flagged = args.pin_fd.is_some() || args.pin_file.is_some();
    flagged || references.iter().any(Option::is_some) || environment::variable("CONGVAN_PIN").is_some()
}

/// Asks on the terminal without echo.
pub(crate) fn ask(context: &Context, question: Text, path: &Path) -> Result<Secret, CliError> {
    prompt(&context.say(question, &[("path", &path_text(path))]))
}

fn prompt(question: &str) -> Result<Secret, CliError> {
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

fn from_file(path: &Path) -> Result<Secret, CliError> {
    std::fs::File::open(path)
        .and_then(first_line)
        .map_err(|e| CliError::new(Code::SecretUnavailable).with("source", path_text(path)).with("cause", plain(&e)))
}

/// The first line of a file descriptor that `flag` named.
///
/// # Errors
/// [`Code::SecretUnavailable`].
#[cfg(unix)]
pub(crate) fn from_descriptor(flag: &str, number: u32) -> Result<Secret, CliError> {
    let path = format!("/dev/fd/{number}");
    let unavailable = |e: std::io::Error| {
        CliError::new(Code::SecretUnavailable).with("source", format!("{flag} {number}")).with("cause", plain(&e))
    };
    std::fs::File::open(path).and_then(first_line).map_err(unavailable)
}

/// The first line of a file descriptor that `flag` named: there are none on this system.
///
/// # Errors
/// [`Code::SecretUnavailable`].
#[cfg(not(unix))]
pub(crate) fn from_descriptor(flag: &str, number: u32) -> Result<Secret, CliError> {
    let cause = "file descriptors cannot be passed on this system";
    Err(CliError::new(Code::SecretUnavailable).with("source", format!("{flag} {number}")).with("cause", cause))
}

/// The first line, without its end; one that is longer than any passphrase is an error, not cut.
fn first_line(from: impl std::io::Read) -> std::io::Result<Secret> {
    // Room for all of it at once: a string that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or(0) + 64));
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
