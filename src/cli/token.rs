//! Tokens on the command line: which module, which PIN, and what a token's answers mean for a person.

use std::path::{Path, PathBuf};

use super::args::TokenArgs;
use super::context::Context;
use super::environment;
use super::error::CliError;
use super::files::printable;
#[cfg(feature = "pkcs11")]
use super::secrets;
#[cfg(feature = "pkcs11")]
use super::texts::Text;
use super::texts::{errors::Code, key as texts};
use crate::keys::pkcs11::{KeyEntry, PinState, SCHEME, TokenFacts, TokenUri, UriError};
use crate::keys::{OpenedKey, RsaPadding, TokenError};
use crate::x509::Certificate;

/// A reference to a key on a token: where it came from decides which PIN sources come first.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "pkcs11"), expect(dead_code, reason = "a build without tokens asks for no PIN"))]
pub(crate) struct TokenReference {
    /// What is meant.
    pub(crate) uri: TokenUri,
    /// The URI stood on the command line, not in the profile.
    pub(crate) named: bool,
    /// The profile's module.
    pub(crate) module: Option<PathBuf>,
    /// The profile's reference to the PIN.
    pub(crate) pin: Option<String>,
}

/// The URI a reference spells, `None` when it is a file. A PKCS #11 library named as a key stands for its tokens.
///
/// # Errors
/// [`Code::PinInArgument`] and [`Code::BadKeyUri`].
pub(crate) fn uri_of(reference: &Path) -> Result<Option<TokenUri>, CliError> {
    let text = reference.to_string_lossy();
    let is_uri = text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME));
    if is_uri {
        return TokenUri::parse(&text).map(Some).map_err(|error| match error {
            UriError::PinValue => CliError::new(Code::PinInArgument),
            other => CliError::new(Code::BadKeyUri).with("cause", printable(&other.to_string())),
        });
    }
    if is_library(reference) {
        return Ok(Some(TokenUri { module_path: Some(reference.to_owned()), ..TokenUri::default() }));
    }
    Ok(None)
}

/// The library to load: the URI's, `--pkcs11-module`, the profile's, one of the URI's name, else p11-kit's.
///
/// # Errors
/// [`Code::ModuleNotGiven`] when nothing names one.
pub(crate) fn module_path(reference: &TokenReference, args: &TokenArgs) -> Result<PathBuf, CliError> {
    let named = reference.uri.module_path.clone().or_else(|| args.pkcs11_module.clone());
    let configured = || reference.module.clone().filter(|_| reference.uri.module_name.is_none());
    if let Some(path) = named.or_else(configured) {
        // A bare name is looked for where the system keeps libraries, unless it is a file here.
        let here = path.components().count() == 1 && path.is_file();
        return Ok(if here { Path::new(".").join(path) } else { path });
    }
    let name = reference.uri.module_name.as_deref();
    let found = installed(name.unwrap_or("p11-kit-proxy"));
    found.ok_or_else(|| CliError::new(Code::ModuleNotGiven).with("name", printable(name.unwrap_or("p11-kit-proxy"))))
}

/// Opens the key: finds the token, shows its warnings, asks for the PIN where it asks for one, logs in once.
///
/// # Errors
/// What is missing, ambiguous, refused or locked, each with its own code.
#[cfg(feature = "pkcs11")]
pub(crate) fn open(
    reference: &TokenReference,
    args: &TokenArgs,
    given: &[Certificate],
    padding: RsaPadding,
    context: &mut Context,
) -> Result<OpenedKey, CliError> {
    let login = log_in(reference, args, context)?;
    let label = printable(&login.token().facts().label);
    login.open_key(&reference.uri, given, padding).map_err(|e| failure(&e, &label))
}

/// Finds the token and logs in to it, once.
///
/// # Errors
/// Those of [`open`].
#[cfg(feature = "pkcs11")]
pub(crate) fn log_in(
    reference: &TokenReference,
    args: &TokenArgs,
    context: &mut Context,
) -> Result<crate::keys::pkcs11::Login, CliError> {
    let path = module_path(reference, args)?;
    let unusable = |e: TokenError| failure(&e, &super::files::path_text(&path));
    let token = crate::keys::pkcs11::Module::load(&path, patience(&path, args, context))
        .and_then(|module| module.find_token(&reference.uri))
        .map_err(unusable)?;
    let facts = token.facts().clone();
    let label = printable(&facts.label);
    token.check(args.allow_last_try).map_err(|e| failure(&e, &label))?;
    for warning in warnings(&facts) {
        context.warn(warning, &[("token", &label)]);
    }
    let pin = if token.asks_for_pin() {
        let source = reference.uri.pin_source.as_deref();
        let (first, later) = if reference.named { (source, None) } else { (None, source) };
        Some(secrets::pin(context, args, [first, later, reference.pin.as_deref()], &label)?)
    } else {
        None
    };
    token.login(pin.as_deref().map(String::as_str)).map_err(|e| failure(&e, &label))
}

/// How long the tokens behind the library `path` are waited for. Whoever waits is told on standard error: also a
/// program reads there that nothing is stuck for good.
#[cfg(feature = "pkcs11")]
fn patience(path: &Path, args: &TokenArgs, context: &Context) -> crate::keys::pkcs11::Patience {
    use std::io::Write as _;
    use std::time::Duration;
    const EVERY: Duration = Duration::from_secs(15);
    let limit = (args.token_timeout > 0).then(|| Duration::from_secs(args.token_timeout));
    let (lang, name) = (context.lang, super::files::path_text(path));
    crate::keys::pkcs11::Patience::new(limit, EVERY, move |waited| {
        let said = texts::TOKEN_THINKS.fill(lang, &[("token", &name), ("seconds", &waited.as_secs())]);
        // The signing threads have no context of their own.
        let _ = writeln!(std::io::stderr(), "{said}");
    })
}

/// Every token of the reference's module that fits it, with what is seen on it: all where a PIN was given for the one
/// token that fits (one login), else what is public.
///
/// # Errors
/// When the module cannot be used, or the login fails.
#[cfg(feature = "pkcs11")]
pub(crate) fn listed(
    reference: &TokenReference,
    args: &TokenArgs,
    context: &mut Context,
) -> Result<Vec<Listed>, CliError> {
    let path = module_path(reference, args)?;
    let unusable = |e: TokenError| failure(&e, &super::files::path_text(&path));
    let module = crate::keys::pkcs11::Module::load(&path, patience(&path, args, context)).map_err(unusable)?;
    let tokens = module.tokens(&reference.uri).map_err(unusable)?;
    let given = secrets::has_pin(args, [reference.uri.pin_source.as_deref(), reference.pin.as_deref()]);
    let logs_in = given && tokens.len() == 1;
    let mut all = Vec::new();
    for token in tokens {
        let (facts, uri) = (token.facts().clone(), token.uri());
        let may = token.check(args.allow_last_try).is_ok();
        let login = if logs_in && may { Ok(log_in(reference, args, context)?) } else { token.browse() };
        let entries = login.and_then(|login| login.entries()).map_err(|e| failure(&e, &printable(&facts.label)));
        all.push(Listed { facts, uri, module: path.clone(), entries });
    }
    Ok(all)
}

/// This build cannot.
///
/// # Errors
/// Always [`Code::Pkcs11NotBuilt`].
#[cfg(not(feature = "pkcs11"))]
pub(crate) fn listed(reference: &TokenReference, args: &TokenArgs, _: &mut Context) -> Result<Vec<Listed>, CliError> {
    module_path(reference, args)?;
    Err(CliError::new(Code::Pkcs11NotBuilt))
}

/// A token and what is seen on it.
#[derive(Debug)]
pub(crate) struct Listed {
    /// What it says about itself.
    pub(crate) facts: TokenFacts,
    /// Its URI.
    pub(crate) uri: TokenUri,
    /// The library it is seen through.
    pub(crate) module: PathBuf,
    /// Its keys and certificates, or why they cannot be seen.
    pub(crate) entries: Result<Vec<KeyEntry>, CliError>,
}

/// This build cannot.
///
/// # Errors
/// Always [`Code::Pkcs11NotBuilt`].
#[cfg(not(feature = "pkcs11"))]
pub(crate) fn open(
    reference: &TokenReference,
    args: &TokenArgs,
    _: &[Certificate],
    _: RsaPadding,
    _: &mut Context,
) -> Result<OpenedKey, CliError> {
    module_path(reference, args)?;
    Err(CliError::new(Code::Pkcs11NotBuilt))
}

/// What a token says that its owner should know before the PIN is given.
#[cfg(feature = "pkcs11")]
pub(crate) fn warnings(facts: &TokenFacts) -> Vec<Text> {
    let mut found = Vec::new();
    match facts.pin {
        PinState::WrongTryMade => found.push(texts::WRONG_TRY_MADE),
        PinState::LastTry => found.push(texts::LAST_TRY),
        PinState::Normal | PinState::Locked | PinState::NotSet => {}
    }
    if facts.pin_to_be_changed {
        found.push(texts::PIN_TO_BE_CHANGED);
    }
    found
}

/// The error a token's refusal is reported as; `name` is the token's, or the module's.
pub(crate) fn failure(error: &TokenError, name: &str) -> CliError {
    let code = match error {
        TokenError::ModuleUnloadable(_) | TokenError::Module(_) => Code::ModuleUnusable,
        TokenError::NoToken { .. } => Code::TokenNotFound,
        TokenError::AmbiguousToken { .. } => Code::TokenAmbiguous,
        TokenError::PinLocked => Code::PinLocked,
        TokenError::LastTry => Code::PinLastTry,
        TokenError::PinWrong { .. } => Code::WrongPin,
        TokenError::PinNeeded => Code::PinNeeded,
        TokenError::NoKey => Code::KeyNotFound,
        TokenError::AmbiguousKey { .. } => Code::KeyAmbiguous,
        TokenError::Gone => Code::TokenGone,
        TokenError::Silent { .. } => Code::TokenSilent,
        _ => Code::TokenUnusable,
    };
    let then = match error {
        TokenError::PinWrong { then: PinState::LastTry } => texts::ONE_TRY_LEFT,
        TokenError::PinWrong { then: PinState::Locked } => texts::LOCKED_NOW,
        _ => texts::TRY_COUNTED,
    };
    let listed = match error {
        TokenError::NoToken { present } if present.is_empty() => "—".to_owned(),
        TokenError::NoToken { present: found }
        | TokenError::AmbiguousToken { found }
        | TokenError::AmbiguousKey { found } => found.join(", "),
        _ => String::new(),
    };
    let seconds = if let TokenError::Silent { seconds } = error { *seconds } else { 0 };
    CliError::new(code)
        .with("token", name)
        .with("seconds", seconds)
        .with("cause", printable(&error.to_string()))
        .with("found", printable(&listed))
        .with_text("then", then, &[])
}

/// True for a file that begins like a shared library: ELF, PE or Mach-O.
fn is_library(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 4];
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    let read = is_file && std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok();
    let mach_o = [[0xcf, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe]];
    read && (start == *b"\x7fELF" || start.starts_with(b"MZ") || mach_o.contains(&start))
}

/// A library of that name where this system keeps such libraries (RFC 7512 §2.4, `module-name`).
fn installed(name: &str) -> Option<PathBuf> {
    let names: Vec<String> = if cfg!(windows) {
        vec![format!("{name}.dll"), format!("lib{name}.dll")]
    } else if cfg!(target_os = "macos") {
        vec![format!("lib{name}.dylib"), format!("{name}.dylib"), format!("{name}.so")]
    } else {
        vec![format!("lib{name}.so"), format!("{name}.so")]
    };
    let mut folders: Vec<PathBuf> = Vec::new();
    if cfg!(windows) {
        folders.extend(environment::variable("SystemRoot").map(|root| PathBuf::from(root).join("System32")));
    } else {
        let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
        for library in
            ["/usr/lib".to_owned(), format!("/usr/lib/{triplet}"), "/usr/lib64".into(), "/usr/local/lib".into()]
        {
            let library = PathBuf::from(library);
            folders.extend(["pkcs11", "softhsm"].map(|below| library.join(below)));
            folders.push(library);
        }
        folders.push(PathBuf::from("/opt/homebrew/lib"));
    }
    let candidates = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::texts::Lang;

    #[test]
    fn a_file_is_no_uri_and_a_pin_in_one_is_refused_without_repeating_it() {
        assert!(uri_of(Path::new("key.pem")).expect("a file").is_none());
        assert!(uri_of(Path::new("PKCS11:token=a")).expect("a URI").is_some());
        let refused = uri_of(Path::new("pkcs11:token=a?pin-value=987654")).expect_err("refused");
        assert_eq!(refused.code, Code::PinInArgument);
        assert!(!refused.message(Lang::En).contains("987654"));
        assert_eq!(uri_of(Path::new("pkcs11:x=1")).expect_err("refused").code, Code::BadKeyUri);
    }

    #[test]
    fn the_uri_names_the_module_before_the_flag_and_the_flag_before_the_profile() {
        let reference = |uri: &str, module: Option<&str>| TokenReference {
            uri: TokenUri::parse(uri).expect("a URI"),
            named: true,
            module: module.map(PathBuf::from),
            pin: None,
        };
        let flag = TokenArgs { pkcs11_module: Some("flag.so".into()), ..TokenArgs::default() };
        let path = |uri, module, args: &TokenArgs| module_path(&reference(uri, module), args).ok();
        assert_eq!(path("pkcs11:?module-path=uri.so", Some("profile.so"), &flag), Some("uri.so".into()));
        assert_eq!(path("pkcs11:", Some("profile.so"), &flag), Some("flag.so".into()));
        assert_eq!(path("pkcs11:", Some("profile.so"), &TokenArgs::default()), Some("profile.so".into()));
        let missing = module_path(&reference("pkcs11:?module-name=no-such-one", None), &TokenArgs::default());
        assert_eq!(missing.expect_err("refused").code, Code::ModuleNotGiven);
    }

    #[test]
    fn a_wrong_pin_says_what_is_left() {
        let said = |then| failure(&TokenError::PinWrong { then }, "ky").message(Lang::En);
        assert_eq!(said(PinState::LastTry), "the PIN of the token `ky` is wrong; one try is left before it locks");
        assert_eq!(said(PinState::Locked), "the PIN of the token `ky` is wrong; the token is locked now");
    }
}
