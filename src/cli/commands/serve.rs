//! `congvan serve`: the exchange endpoint, its directory and the check of its store.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::base::time::UnixTime;
use crate::cli::config;
use crate::cli::context::Context;
use crate::cli::endpoint::{self, read_directory};
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::agency_code;
use crate::cli::files::{Existing, path_text, printable, write_whole};
use crate::cli::identity::certificates_in;
use crate::cli::texts::errors::Code;
use crate::cli::texts::serve as texts;
use crate::exchange::directory::{Agency, Directory, ListedCertificate, Role};

/// Arguments of `serve`.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = false)]
pub(crate) struct Args {
    #[arg(long, value_name = "FILE", default_value = "congvan.toml", global = true)]
    config: PathBuf,
    #[arg(long)]
    check_config: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

/// What else than serving.
#[derive(clap::Subcommand, Debug)]
enum Action {
    Agency(AgencyArgs),
    Fsck(FsckArgs),
}

#[derive(clap::Args, Debug)]
struct FsckArgs {}

#[derive(clap::Args, Debug)]
struct AgencyArgs {
    #[command(subcommand)]
    action: AgencyAction,
}

#[derive(clap::Subcommand, Debug)]
enum AgencyAction {
    Add(AddArgs),
}

#[derive(clap::Args, Debug)]
struct AddArgs {
    #[arg(value_name = "CODE")]
    code: String,
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    cert: Vec<PathBuf>,
    #[arg(long, value_name = "tls|seal|service")]
    role: String,
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    #[arg(long, value_name = "RFC3339")]
    from: Option<String>,
    #[arg(long, value_name = "RFC3339")]
    until: Option<String>,
}

#[derive(Serialize)]
struct Listening<'a> {
    schema: &'static str,
    url: String,
    origin: &'a str,
    log_vkey: &'a str,
}

#[derive(Serialize)]
struct Added<'a> {
    schema: &'static str,
    agency: &'a str,
    role: &'static str,
    certificate: String,
}

#[derive(Serialize)]
struct Checked<'a> {
    schema: &'static str,
    faults: &'a [String],
}

/// Serves, or does one of the things around it.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let config = config::server(&args.config)?;
    if args.check_config {
        context.out.text(&config::effective(&config)?)?;
        return Ok(Exit::Done);
    }
    match &args.action {
        Some(Action::Agency(AgencyArgs { action: AgencyAction::Add(add) })) => add_agency(add, &config, context),
        Some(Action::Fsck(_)) => {
            let faults = endpoint::fsck(&config)?;
            if context.json {
                context.out.json(&Checked { schema: "congvan.fsck/1", faults: &faults })?;
            } else if faults.is_empty() {
                context.out.line(texts::SOUND.get(context.lang))?;
            } else {
                for fault in &faults {
                    context.out.line(&printable(fault))?;
                }
            }
            Ok(if faults.is_empty() { Exit::Done } else { Exit::Failed })
        }
        None => serve(&config, context),
    }
}

fn serve(config: &config::Server, context: &mut Context) -> Result<Exit, CliError> {
    let level = if context.is_quiet() { tracing::Level::WARN } else { tracing::Level::INFO };
    // A second subscriber in one process (tests) is no reason to stop.
    let messages = tracing_subscriber::fmt().json().with_max_level(level).log_internal_errors(false);
    let _ = messages.with_writer(|| Messages).try_init();
    let started = endpoint::start(config)?;
    let url = format!("https://{}", started.address);
    if context.json {
        let (origin, log_vkey) = (config.origin.as_str(), started.vkey.as_str());
        context.out.json(&Listening { schema: "congvan.serve/1", url, origin, log_vkey })?;
    } else {
        let line = context.say(texts::LISTENING, &[("url", &url), ("vkey", &started.vkey)]);
        context.out.line(&line)?;
    }
    context.out.flush()?;
    let interrupted = interruptions()?;
    started.wait(|| interrupted.load(Ordering::SeqCst))?;
    Ok(Exit::Done)
}

/// Where the endpoint's own messages go. That they cannot be written, on a full device say, is no reason to serve
/// nobody any more.
struct Messages;

impl std::io::Write for Messages {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        let _lost = std::io::stderr().write_all(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Becomes true when the process is asked to end.
pub(super) fn interruptions() -> Result<Arc<AtomicBool>, CliError> {
    let failed = |e: std::io::Error| CliError::new(Code::StoreUnusable).with("cause", e);
    let flag = Arc::new(AtomicBool::new(false));
    let own = flag.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(asked_to_end());
            own.store(true, Ordering::SeqCst);
        })
        .map_err(failed)?;
    Ok(flag)
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}

fn add_agency(add: &AddArgs, config: &config::Server, context: &mut Context) -> Result<Exit, CliError> {
    let path = config.directory.as_path();
    let signer = endpoint::operator_signer(config)?;
    let bad = |what: &'static str, value: &str| {
        CliError::new(Code::BadValue).with("what", what).with("value", printable(value))
    };
    let code = agency_code(&add.code)?;
    let role = Role::parse(&add.role).ok_or_else(|| bad("--role", &add.role))?;
    let time = |text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => match UnixTime::parse_rfc3339(text) {
            Some(time) => Ok(Some(time)),
            None => Err(CliError::new(Code::BadTime).with("value", text)),
        },
    };
    let (from, until) = (time(&add.from)?, time(&add.until)?);
    let mut certificates = Vec::new();
    for file in &add.cert {
        // The first certificate of a file is the agency's, the rest its issuers.
        certificates.extend(certificates_in(file)?.into_iter().next());
    }
    let directory = if path.exists() { read_directory(path, config.operator.as_ref())? } else { Directory::default() };
    let mut agencies: Vec<Agency> = directory.agencies().cloned().collect();
    if !agencies.iter().any(|agency| agency.code == code) {
        agencies.push(Agency::new(code.clone(), &add.code));
    }
    for agency in agencies.iter_mut().filter(|agency| agency.code == code) {
        if let Some(name) = &add.name {
            agency.name.clone_from(name);
        }
        for certificate in &certificates {
            let listed = ListedCertificate { role, from, until, der: certificate.der().to_vec() };
            agency.certificates.retain(|known| (known.role, &known.der) != (listed.role, &listed.der));
            agency.certificates.push(listed);
        }
    }
    let invalid = |e: crate::exchange::directory::DirectoryError| {
        CliError::new(Code::DirectoryInvalid).path("path", path).with("cause", printable(&e.to_string()))
    };
    let text = Directory::new(agencies).and_then(|directory| directory.to_toml()).map_err(invalid)?;
    // The signature first: the endpoint reads the directory when either changes, and keeps the old one until both fit.
    if let Some(signer) = signer {
        let note = signer.sign(&endpoint::note_text(text.as_bytes())).map_err(|e| {
            CliError::new(Code::DirectoryInvalid).path("path", path).with("cause", printable(&e.to_string()))
        })?;
        write_whole(&endpoint::note_path(path), note.as_bytes(), Existing::Replace, &[])?;
    }
    write_whole(path, text.as_bytes(), Existing::Replace, &[])?;
    for certificate in &certificates {
        let sha256 = crate::base::encoding::hex(certificate.sha256());
        if context.json {
            context.out.json(&Added {
                schema: "congvan.agency-added/1",
                agency: code.as_str(),
                role: role.name(),
                certificate: sha256,
            })?;
        } else {
            let line = context.say(
                texts::ADDED,
                &[("agency", &code), ("role", &role.name()), ("certificate", &sha256), ("path", &path_text(path))],
            );
            context.out.line(&line)?;
        }
    }
    Ok(Exit::Done)
}
