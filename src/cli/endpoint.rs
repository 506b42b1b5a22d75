//! An endpoint from its configuration, running in threads of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::config::Server;
use super::error::CliError;
use super::exchange::{open_software, open_tls};
use super::files::read_small;
use super::identity::certificates_in;
use super::texts::errors::Code;
use super::trust;
use crate::exchange::directory::Directory;
use crate::exchange::evidence::LogName;
use crate::exchange::log::note::NoteSigner;
use crate::exchange::notary::Notary;
use crate::exchange::seal::{Sealer, Trust};
use crate::exchange::server::{self, Endpoint, Limits, Running, Stop, server_config, system_clock};
use crate::exchange::store::sqlite::SqliteStore;
use crate::exchange::store::{Store, StoreError};
use crate::keys::{Signer as _, software};
use crate::x509::Certificate;

/// Most bytes of `agencies.toml`.
const LARGEST_DIRECTORY: u64 = 64 << 20;
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
    let (endpoint, tls) = build(config, anchors)?;
    let failed = |e: std::io::Error| CliError::new(Code::ListenFailed).with("address", config.listen).with("cause", e);
    let listener = TcpListener::bind(config.listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let vkey = endpoint.notary.log.vkey.clone();
    let stop = Stop::new(&endpoint);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let (own_stop, directory) = (stop.clone(), config.directory.clone());
    let thread = std::thread::Builder::new().name("endpoint".to_owned()).spawn(move || {
        runtime.spawn(reload(endpoint.clone(), directory));
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

fn build(config: &Server, anchors: Vec<Certificate>) -> Result<(Arc<Endpoint>, Arc<rustls::ServerConfig>), CliError> {
    let trusted = Arc::new(Trust::new(anchors, Vec::new()));
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
        directory: RwLock::new(Arc::new(read_directory(&config.directory)?)),
        notary: Notary { endpoint: name_of(&config.origin).to_owned(), sealer, log, max_log_delay_s: MAX_LOG_DELAY_S },
        directory_signer: signers,
        trust: trusted,
        clock,
        limits: Limits {
            package: config.limits.package_bytes,
            request: usize::try_from(config.limits.request_bytes).unwrap_or(usize::MAX),
            open_uploads: config.limits.open_uploads,
            upload_age_s: config.retention.upload_days.saturating_mul(86_400),
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
    SqliteStore::open(&config.data, log).map_err(|e| store_error(&e))
}

fn store_error(error: &StoreError) -> CliError {
    CliError::new(Code::StoreUnusable).with("cause", error)
}

/// Reads `agencies.toml`.
///
/// # Errors
/// [`Code::DirectoryInvalid`], or why the file cannot be read.
pub(crate) fn read_directory(path: &Path) -> Result<Directory, CliError> {
    let invalid = |cause: String| CliError::new(Code::DirectoryInvalid).path("path", path).with("cause", cause);
    let text =
        String::from_utf8(read_small(path, LARGEST_DIRECTORY)?).map_err(|_| invalid("it is not UTF-8".to_owned()))?;
    Directory::from_toml(&text).map_err(|e| invalid(super::files::printable(&e.to_string())))
}

// A directory that cannot be read leaves the one before in force.
async fn reload(endpoint: Arc<Endpoint>, path: std::path::PathBuf) {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let mut last = changed(&path);
    let mut beat = tokio::time::interval(RELOAD);
    loop {
        beat.tick().await;
        let own = path.clone();
        let seen = tokio::task::spawn_blocking(move || {
            let now = changed(&own);
            (now != last).then(|| (now, read_directory(&own)))
        });
        match seen.await {
            Ok(Some((now, Ok(directory)))) => {
                endpoint.replace_directory(directory);
                tracing::info!("the directory was read anew");
                last = now;
            }
            Ok(Some((now, Err(error)))) => {
                tracing::error!(error = %error.message(super::texts::Lang::En), "the directory stays as it was");
                last = now;
            }
            _ => {}
        }
    }
}

/// Checks the store of a configuration against itself; the endpoint must not be running.
///
/// # Errors
/// [`Code::StoreUnusable`].
pub(crate) fn fsck(config: &Server) -> Result<Vec<String>, CliError> {
    let (log, _) = log_of(config)?;
    let store = open_store(config, &log)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|e| CliError::new(Code::StoreUnusable).with("cause", e))?;
    let faults = runtime.block_on(store.fsck()).map_err(|e| store_error(&e))?;
    Ok(faults.iter().map(ToString::to_string).collect())
}
