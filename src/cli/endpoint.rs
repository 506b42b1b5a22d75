//! An endpoint from its configuration, running in threads of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::config::{Operator, Server};
use super::error::CliError;
use super::exchange::{answers, open_software, open_tls};
use super::files::read_small;
use super::identity::certificates_in;
use super::texts::errors::Code;
use super::trust;
use crate::exchange::directory::Directory;
use crate::exchange::evidence::LogName;
use crate::exchange::id::Sha256;
use crate::exchange::log::note::{NoteSigner, NoteVerifier};
use crate::exchange::notary::Notary;
use crate::exchange::seal::Sealer;
use crate::exchange::server::{self, Endpoint, Limits, Running, Stop, server_config, system_clock};
use crate::exchange::store::space::Marks;
use crate::exchange::store::sqlite::SqliteStore;
use crate::exchange::store::{Store, StoreError};
use crate::exchange::trust::{Answers, Trust};
use crate::keys::{Signer as _, software};
use crate::x509::Certificate;

/// Most bytes of `agencies.toml`.
const LARGEST_DIRECTORY: u64 = 64 << 20;
/// Most bytes of the signature over it.
const LARGEST_NOTE: u64 = 64 << 10;
/// Seconds within which evidence stands in the log.
const MAX_LOG_DELAY_S: u32 = 60;
/// How often the directory file is looked at.
const RELOAD: Duration = Duration::from_secs(2);

/// A running endpoint; ends when it is dropped.
pub(crate) struct Started {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Verifier key of its log.
    pub(crate) vkey: String,
    stop: Stop,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// Opens keys, directory and store, binds the address and serves.
///
/// # Errors
/// The first thing that is wrong with configuration, files, store or address.
pub(crate) fn start(config: &Server) -> Result<Started, CliError> {
    start_trusting(config, trust::anchors(&config.client_anchors)?)
}

/// The same with anchors of the caller's choice: a demonstration trusts its own.
///
/// # Errors
/// As [`start`].
pub(crate) fn start_trusting(config: &Server, anchors: Vec<Certificate>) -> Result<Started, CliError> {
    // OCSP answers stay when lists or directory are read anew.
    let answers = answers(config.ocsp, &config.fetch_hosts)?;
    let (endpoint, tls) = build(config, anchors.clone(), answers.clone())?;
    let failed = |e: std::io::Error| CliError::new(Code::ListenFailed).with("address", config.listen).with("cause", e);
    let listener = TcpListener::bind(config.listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let vkey = endpoint.notary.log.vkey.clone();
    let stop = Stop::new(&endpoint);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let (own_stop, watched) = (stop.clone(), config.clone());
    let thread = std::thread::Builder::new().name("endpoint".to_owned()).spawn(move || {
        runtime.spawn(reload(endpoint.clone(), watched, anchors, answers));
        let served = runtime.block_on(server::serve(listener, tls, endpoint, own_stop));
        runtime.shutdown_timeout(Duration::from_secs(5));
        served
    });
    Ok(Started { address, vkey, stop, thread: Some(thread.map_err(failed)?) })
}

impl Started {
    /// Waits until the endpoint ends by itself or `interrupted` says so.
    ///
    /// # Errors
    /// [`Code::StoreUnusable`] when the store can commit no more.
    pub(crate) fn wait(mut self, interrupted: impl Fn() -> bool) -> Result<(), CliError> {
        loop {
            let done = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
            if done {
                break;
            }
            if interrupted() {
                self.stop.stop(Duration::from_secs(10));
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => Err(CliError::new(Code::StoreUnusable).with("cause", error)),
            Some(Err(_)) => Err(CliError::new(Code::StoreUnusable).with("cause", "the endpoint panicked")),
            _ => Ok(()),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.stop.stop(Duration::from_secs(2));
            let _ = thread.join();
        }
    }
}

fn build(
    config: &Server,
    anchors: Vec<Certificate>,
    answers: Option<Arc<Answers>>,
) -> Result<(Arc<Endpoint>, Arc<rustls::ServerConfig>), CliError> {
    let trusted = Arc::new(RwLock::new(Arc::new(trust_of(config, anchors, answers)?)));
    let clock = system_clock();
    let tls = open_tls(&config.tls.key, std::slice::from_ref(&config.tls.cert), config.tls.passphrase.as_deref())?;
    let tls = server_config(&tls, trusted.clone(), clock.clone())
        .map_err(|e| CliError::new(Code::KeyUnreadable).path("path", &config.tls.key).with("cause", e))?;
    let (seal, _) = open_software(&config.seal.key, config.seal.passphrase.as_deref())?;
    let chain = software::order_chain(seal.public_key(), certificates_in(&config.seal.cert)?);
    let chain: Vec<_> =
        chain.iter().take(1).chain(chain.iter().skip(1).filter(|c| !c.is_self_issued())).cloned().collect();
    let sealer = Sealer::new(Arc::new(seal), &chain)
        .map_err(|e| CliError::new(Code::KeyUnreadable).path("path", &config.seal.key).with("cause", e))?;
    let (log, signers) = log_of(config)?;
    let endpoint = Endpoint {
        store: Arc::new(open_store(config, &log)?),
        directory: RwLock::new(Arc::new(read_directory(&config.directory, config.operator.as_ref())?)),
        notary: Notary { endpoint: name_of(&config.origin).to_owned(), sealer, log, max_log_delay_s: MAX_LOG_DELAY_S },
        directory_signer: signers,
        trust: trusted,
        clock,
        limits: Limits {
            package: config.limits.package_bytes,
            request: usize::try_from(config.limits.request_bytes).unwrap_or(usize::MAX),
            open_uploads: config.limits.open_uploads,
            reserved: config.limits.reserved_bytes,
            slowest: config.limits.slowest_bytes_s,
            leased: config.limits.leased_items,
            upload_age_s: config.retention.upload_days.saturating_mul(86_400),
            connections: config.limits.connections,
            containers: config.containers,
            package_days: Some(config.retention.package_days).filter(|days| *days > 0),
            ..Limits::default()
        },
        running: Running::default(),
    };
    Ok((Arc::new(endpoint), tls))
}

// The endpoint's name in evidence is the host of its log.
fn name_of(origin: &str) -> &str {
    origin.split_once('/').map_or(origin, |(host, _)| host)
}

fn log_of(config: &Server) -> Result<(LogName, NoteSigner), CliError> {
    let (key, _) = open_software(&config.log.key, config.log.passphrase.as_deref())?;
    let key = Arc::new(key);
    let unusable = |e| CliError::new(Code::KeyUnreadable).path("path", &config.log.key).with("cause", e);
    let log = NoteSigner::new(&config.origin, key.clone()).map_err(unusable)?;
    let directory = NoteSigner::new(&format!("{}/directory", config.origin), key).map_err(unusable)?;
    Ok((LogName { origin: config.origin.clone(), vkey: log.verifier().vkey() }, directory))
}

fn open_store(config: &Server, log: &LogName) -> Result<SqliteStore, CliError> {
    let marks = Marks::of_reserve(config.limits.reserve_bytes);
    SqliteStore::open_with(&config.data, log, marks).map_err(|e| store_error(&e))
}

fn store_error(error: &StoreError) -> CliError {
    match error {
        StoreError::WentBack { found, acknowledged, file } => CliError::new(Code::StoreWentBack)
            .with("found", found)
            .with("acknowledged", acknowledged)
            .path("path", file),
        _ => CliError::new(Code::StoreUnusable).with("cause", error),
    }
}

/// Anchors, with the revocation lists of the configuration and whom it has asked.
fn trust_of(config: &Server, anchors: Vec<Certificate>, answers: Option<Arc<Answers>>) -> Result<Trust, CliError> {
    let trust = Trust::new(anchors, Vec::new());
    if config.crls.is_empty() && answers.is_none() {
        return Ok(trust);
    }
    let grace_s = i64::from(config.crl_grace_hours).saturating_mul(3_600);
    Ok(trust.with_status(trust::crls(&config.crls)?, grace_s, answers))
}

/// Where the operator's signature over a directory is.
pub(crate) fn note_path(directory: &Path) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(".note");
    PathBuf::from(name)
}

/// What the operator signs: that a directory of these octets counts.
pub(crate) fn note_text(directory: &[u8]) -> String {
    format!("congvan-directory/1\n{}\n", Sha256::of(directory))
}

/// The operator's key, to sign a changed directory with; `None` where directories are not signed.
///
/// # Errors
/// [`Code::DirectoryInvalid`] where they are and the key is not configured, or is another; [`Code::KeyUnreadable`].
pub(crate) fn operator_signer(config: &Server) -> Result<Option<NoteSigner>, CliError> {
    let Some(operator) = &config.operator else { return Ok(None) };
    let invalid = |cause: &str| {
        CliError::new(Code::DirectoryInvalid).path("path", &config.directory).with("cause", cause.to_owned())
    };
    let Some(path) = &operator.key else { return Err(invalid("operator.key is needed to sign it")) };
    let (key, _) = open_software(path, operator.passphrase.as_deref())?;
    let verifier = NoteVerifier::parse(&operator.vkey).map_err(|e| invalid(&e.to_string()))?;
    let signer = NoteSigner::new(verifier.name(), Arc::new(key))
        .map_err(|e| CliError::new(Code::KeyUnreadable).path("path", path).with("cause", e))?;
    if signer.verifier().vkey() != operator.vkey {
        return Err(invalid("operator.key is not the key of operator.vkey"));
    }
    Ok(Some(signer))
}

/// Reads `agencies.toml`; where there is an operator's key, its signature must stand beside it.
///
/// # Errors
/// [`Code::DirectoryInvalid`], or why a file cannot be read.
pub(crate) fn read_directory(path: &Path, operator: Option<&Operator>) -> Result<Directory, CliError> {
    let invalid = |cause: String| CliError::new(Code::DirectoryInvalid).path("path", path).with("cause", cause);
    let octets = read_small(path, LARGEST_DIRECTORY)?;
    if let Some(operator) = operator {
        let verifier = NoteVerifier::parse(&operator.vkey).map_err(|e| invalid(e.to_string()))?;
        let note = read_small(&note_path(path), LARGEST_NOTE)?;
        let note = String::from_utf8(note).map_err(|_| invalid("its signature is not UTF-8".to_owned()))?;
        let signed = verifier.open(&note).map_err(|e| invalid(e.to_string()))?;
        if signed != note_text(&octets) {
            return Err(invalid("the operator's signature is over another directory".to_owned()));
        }
    }
    let text = String::from_utf8(octets).map_err(|_| invalid("it is not UTF-8".to_owned()))?;
    Directory::from_toml(&text).map_err(|e| invalid(super::files::printable(&e.to_string())))
}

// A directory or a revocation list that cannot be read leaves the one before in force.
async fn reload(endpoint: Arc<Endpoint>, config: Server, anchors: Vec<Certificate>, answers: Option<Arc<Answers>>) {
    let config = Arc::new(config);
    let (mut directory, mut lists) = (directory_state(&config), lists_state(&config));
    let mut beat = tokio::time::interval(RELOAD);
    loop {
        beat.tick().await;
        let (own, before, anchors, answers) =
            (config.clone(), (directory, lists.clone()), anchors.clone(), answers.clone());
        let seen = tokio::task::spawn_blocking(move || {
            let (directory, lists) = (directory_state(&own), lists_state(&own));
            let new_directory = (directory != before.0).then(|| read_directory(&own.directory, own.operator.as_ref()));
            let new_trust = (lists != before.1).then(|| trust_of(&own, anchors, answers));
            (directory, lists, new_directory, new_trust)
        });
        let Ok((new_directory_state, new_lists_state, new_directory, new_trust)) = seen.await else { continue };
        (directory, lists) = (new_directory_state, new_lists_state);
        match new_directory {
            Some(Ok(new)) => {
                endpoint.replace_directory(new);
                tracing::info!("the directory was read anew");
            }
            Some(Err(error)) => {
                tracing::error!(error = %error.message(super::texts::Lang::En), "the directory stays as it was");
            }
            None => {}
        }
        match new_trust {
            Some(Ok(new)) => {
                endpoint.replace_trust(new);
                tracing::info!("the revocation lists were read anew");
            }
            Some(Err(error)) => {
                tracing::error!(error = %error.message(super::texts::Lang::En), "the revocation lists stay as they were");
            }
            None => {}
        }
    }
}

/// When a file was last changed; `None` when it is not there.
type Changed = Option<SystemTime>;

fn changed(path: &Path) -> Changed {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn directory_state(config: &Server) -> (Changed, Changed) {
    (changed(&config.directory), changed(&note_path(&config.directory)))
}

fn lists_state(config: &Server) -> Vec<(PathBuf, Changed)> {
    let files = super::files::walk(&config.crls).unwrap_or_default();
    files.into_iter().map(|found| (found.path.clone(), changed(&found.path))).collect()
}

/// Checks the store of a configuration against itself; the endpoint must not be running.
///
/// # Errors
/// [`Code::StoreUnusable`].
pub(crate) fn fsck(config: &Server) -> Result<Vec<String>, CliError> {
    let (log, _) = log_of(config)?;
    let store = match SqliteStore::open_with(&config.data, &log, Marks::of_reserve(config.limits.reserve_bytes)) {
        Ok(store) => store,
        // What is too damaged to be opened is what this is for.
        Err(error) if error.is_damage() => {
            let found = SqliteStore::examine(&config.data).unwrap_or_default();
            return Ok(std::iter::once(error.to_string()).chain(found.iter().map(ToString::to_string)).collect());
        }
        Err(error) => return Err(store_error(&error)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|e| CliError::new(Code::StoreUnusable).with("cause", e))?;
    let faults = runtime.block_on(store.fsck()).map_err(|e| store_error(&e))?;
    Ok(faults.iter().map(ToString::to_string).collect())
}
