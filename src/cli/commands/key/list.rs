//! `congvan key list`: the keys in files and on tokens, and why one cannot be used. Asks for nothing.

use std::path::{Path, PathBuf};

use super::model::{KeyReport, TokenReport, algorithm};
use crate::base::encoding::hex;
use crate::cli::args::{PassphraseArgs, TokenArgs};
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::environment;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{path_text, printable, read_small, walk};
use crate::cli::identity::{certificates_in, key_error};
use crate::cli::secrets;
use crate::cli::texts::errors::Code;
use crate::cli::texts::{Text, key as texts};
use crate::cli::token::{self, Listed, TokenReference};
use crate::keys::pkcs11::{KeyEntry, SCHEME, TokenUri};
use crate::keys::{KeyError, fits_certificate, software};
use crate::x509::Certificate;

/// Arguments of `key list`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "KEY")]
    keys: Vec<PathBuf>,
    #[arg(long)]
    valid: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    token: TokenArgs,
}

/// One place keys are in.
struct Place {
    path: PathBuf,
    /// Certificates the profile names beside it.
    certificates: Vec<PathBuf>,
    passphrase: Option<String>,
    /// A file that stood in a folder: one that is no key is passed over.
    found: bool,
    token: Option<TokenReference>,
}

/// Lists them.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let places = places(args, context)?;
    let mut exit = Exit::Done;
    let mut shown = 0_usize;
    for place in &places {
        let outcome = match &place.token {
            Some(reference) => list_token(reference, args, context),
            None => list_file(place, args, context),
        };
        match outcome {
            Ok(count) => shown += count,
            Err(error) if places.len() > 1 => exit = exit.worst(context.fail(&error)),
            Err(error) => return Err(error),
        }
    }
    if shown == 0 && exit == Exit::Done {
        let first = places.first().map_or_else(PathBuf::new, |place| place.path.clone());
        return Err(CliError::new(Code::NothingSelected).path("path", &first));
    }
    Ok(exit)
}

fn places(args: &Args, context: &Context) -> Result<Vec<Place>, CliError> {
    let plain = |path: PathBuf| Place { path, certificates: Vec::new(), passphrase: None, found: false, token: None };
    let on_token = |path: PathBuf, uri: TokenUri| {
        let token = TokenReference { uri, named: true, module: None, pin: None };
        Place { token: Some(token), ..plain(path) }
    };
    let mut places = Vec::new();
    for path in &args.keys {
        match token::uri_of(path)? {
            Some(uri) => places.push(on_token(path.clone(), uri)),
            None if path.is_dir() => {
                let files = walk(std::slice::from_ref(path))?;
                places.extend(files.into_iter().map(|file| Place { found: true, ..plain(file.path) }));
            }
            None => places.push(plain(path.clone())),
        }
    }
    if places.is_empty() && args.token.pkcs11_module.is_some() {
        places.push(on_token(PathBuf::from(SCHEME), TokenUri::default()));
    }
    if places.is_empty() {
        let key = context.config.key.clone().ok_or_else(|| CliError::new(Code::KeyNotGiven))?;
        let uri = token::uri_of(&key.reference)?;
        let token = uri.map(|uri| TokenReference { uri, named: false, module: key.module, pin: key.pin });
        let (certificates, passphrase) = (key.cert, key.passphrase);
        places.push(Place { path: key.reference, certificates, passphrase, found: false, token });
    }
    Ok(places)
}

fn list_file(place: &Place, args: &Args, context: &mut Context) -> Result<usize, CliError> {
    let path = &place.path;
    let limit = u64::try_from(software::MAX_FILE_LEN).unwrap_or(u64::MAX);
    let bytes = match read_small(path, limit) {
        Ok(bytes) => zeroize::Zeroizing::new(bytes),
        Err(_) if place.found => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut report = KeyReport::new(path_text(path), "file");
    let opened = match software::open(&bytes, None) {
        Err(KeyError::PassphraseNeeded) if has_passphrase(place, args) => {
            let passphrase = secrets::passphrase(context, &args.passphrase, place.passphrase.as_deref(), path)?;
            software::open(&bytes, Some(&passphrase))
        }
        other => other,
    };
    match opened {
        Ok(opened) => {
            report.usable = Some(true);
            report.algorithm = algorithm(opened.signer.public_key());
            let scheme = opened.signer.scheme();
            report.scheme = Some(format!("{} {}", scheme.name(), scheme.digest().name()));
            let mut chain = opened.chain;
            for file in &place.certificates {
                chain.extend(certificates_in(file)?);
            }
            let own = chain.iter().position(|c| fits_certificate(opened.signer.as_ref(), c.spki()));
            report.chain = chain.len().saturating_sub(usize::from(own.is_some()));
            let own = own.map(|at| chain.remove(at));
            judge(&mut report, own.as_ref(), path, context);
        }
        Err(KeyError::Format) if place.found => return Ok(0),
        Err(error) => report.refuse(&key_error(&error, path), context.lang),
    }
    let heading = context.say(texts::FILE, &[("path", &path_text(path))]);
    show(&report, &heading, args, context)
}

fn has_passphrase(place: &Place, args: &Args) -> bool {
    let flagged = args.passphrase.passphrase_fd.is_some() || args.passphrase.passphrase_file.is_some();
    flagged || place.passphrase.is_some() || environment::variable("CONGVAN_PASSPHRASE").is_some()
}

fn list_token(reference: &TokenReference, args: &Args, context: &mut Context) -> Result<usize, CliError> {
    let tokens = token::listed(reference, &args.token, context)?;
    if tokens.is_empty() {
        let module = token::module_path(reference, &args.token)?;
        let line = context.say(texts::NO_TOKENS, &[("module", &path_text(&module))]);
        context.out.line(&line)?;
    }
    let mut shown = 0;
    for Listed { facts, uri, module, entries } in tokens {
        let token = TokenReport::new(path_text(&module), &facts);
        if !context.json {
            let state = state_text(token.pin).get(context.lang);
            let (label, model, serial) = (printable(&facts.label), printable(&facts.model), printable(&facts.serial));
            let line = context.say(
                texts::TOKEN,
                &[
                    ("token", &label),
                    ("slot", &facts.slot_id),
                    ("model", &model),
                    ("serial", &serial),
                    ("state", &state),
                ],
            );
            context.out.line(&line)?;
        }
        let entries = entries?;
        if entries.is_empty() && !context.json {
            let line = format!("  {}", texts::NO_KEYS.get(context.lang));
            context.out.line(&line)?;
        }
        for entry in entries {
            shown += list_entry(&entry, &uri, &token, args, context)?;
        }
        // The token itself is an answer, even an empty one.
        shown = shown.max(1);
    }
    Ok(shown)
}

fn list_entry(
    entry: &KeyEntry,
    token_uri: &TokenUri,
    token: &TokenReport,
    args: &Args,
    context: &mut Context,
) -> Result<usize, CliError> {
    let uri = TokenUri {
        token: token_uri.token.clone(),
        serial: token_uri.serial.clone(),
        object: Some(entry.label.clone()).filter(|label| !label.is_empty()),
        id: Some(entry.id.clone()).filter(|id| !id.is_empty()),
        ..TokenUri::default()
    };
    let mut report = KeyReport::new(uri.to_string(), "token");
    report.token = Some(token.clone());
    report.label = Some(printable(&entry.label));
    report.id = Some(hex(&entry.id));
    report.algorithm = entry.public_key.as_deref().and_then(algorithm);
    report.usable = entry.private_seen.then_some(true);
    let reference = PathBuf::from(&report.reference);
    judge(&mut report, entry.certificate.as_ref(), &reference, context);
    let name = report.label.clone().filter(|label| !label.is_empty());
    let name = name.unwrap_or_else(|| texts::UNNAMED.get(context.lang).to_owned());
    let heading = format!("  {name}");
    show(&report, &heading, args, context)
}

fn judge(report: &mut KeyReport, certificate: Option<&Certificate>, path: &Path, context: &Context) {
    let missing = CliError::new(Code::CertNotGiven).path("path", path);
    report.judge(certificate, clock::now(), missing, context.lang);
}

fn show(report: &KeyReport, heading: &str, args: &Args, context: &mut Context) -> Result<usize, CliError> {
    if args.valid && report.usable == Some(false) {
        return Ok(0);
    }
    if context.json {
        context.out.json(report)?;
        return Ok(1);
    }
    let indent = " ".repeat(heading.len() - heading.trim_start().len() + 2);
    let algorithm = report.algorithm.as_deref().unwrap_or("?");
    let mut lines = vec![context.say(texts::KEY, &[("name", &heading), ("algorithm", &algorithm)])];
    let mut add = |line: String| lines.push(format!("{indent}{line}"));
    match &report.certificate {
        Some(certificate) => {
            let (subject, until) = (printable(&certificate.subject), &certificate.not_after);
            add(context.say(texts::CERTIFICATE, &[("subject", &subject), ("until", until)]));
        }
        None => add(texts::NO_CERTIFICATE.get(context.lang).to_owned()),
    }
    match report.usable {
        Some(true) => add(texts::USABLE.get(context.lang).to_owned()),
        None => add(texts::PRIVATE_NOT_SEEN.get(context.lang).to_owned()),
        Some(false) => {
            for reason in &report.reasons {
                add(context.say(texts::NOT_USABLE, &[("why", &reason.text)]));
            }
        }
    }
    if report.kind == "token" {
        add(context.say(texts::REFERENCE, &[("uri", &report.reference)]));
    }
    for line in lines {
        context.out.line(&line)?;
    }
    Ok(1)
}

fn state_text(state: &str) -> Text {
    match state {
        "wrong-try-made" => texts::PIN_WRONG_TRY,
        "last-try" => texts::PIN_LAST_TRY,
        "locked" => texts::PIN_LOCKED,
        "not-set-up" => texts::PIN_NOT_SET,
        _ => texts::PIN_NORMAL,
    }
}
