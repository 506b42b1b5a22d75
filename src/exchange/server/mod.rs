//! The endpoint: HTTP over TLS with client certificates, before a store.
//!
//! Handlers read and bound the request, ask the pure parts, sign off the async threads, and hand the
//! store one operation. What a stranger learns is a [`Problem`]; causes go to the log with the request's id.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, patch, post, put};
use ring::rand::SecureRandom as _;
use tokio::sync::{Notify, Semaphore};

use super::directory::{Directory, Role};
use super::id::{AgencyCode, Sha256, Uuid};
use super::log::note::NoteSigner;
use super::notary::{Nonce, Notary};
use super::package::Containers;
use super::problem::{Code, Problem};
use super::store::{self, Store};
use super::trust::Trust;
use crate::base::encoding::hex;
use crate::base::time::UnixTime;

mod answer;
mod bounds;
mod deliveries;
mod inbox;
mod info;
mod one_shot;
mod peers;
mod recall;
mod signed;
mod tls;
mod uploads;

pub use tls::{TlsError, TlsIdentity, server_config};

/// The endpoint's clock.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// One reading of the clock.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Milliseconds of Unix time.
    pub unix_ms: u64,
}

impl Now {
    /// Whole seconds.
    pub fn seconds(self) -> UnixTime {
        UnixTime(i64::try_from(self.unix_ms / 1_000).unwrap_or(i64::MAX))
    }
}

/// The system's clock.
pub fn system_clock() -> Clock {
    Arc::new(system_now)
}

fn system_now() -> Now {
    #[expect(clippy::disallowed_methods, reason = "the endpoint is one of the places that read the clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Now { unix_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX) }
}

/// Bounds of what an endpoint accepts.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest package, in octets.
    pub package: u64,
    /// Largest request that is not an upload, in octets.
    pub request: usize,
    /// How long an unfinished upload is kept, in seconds.
    pub upload_age_s: u32,
    /// Most unfinished uploads of one agency.
    pub open_uploads: u32,
    /// Most octets the unfinished uploads of one agency have room reserved for.
    pub reserved: u64,
    /// Slowest upload that is waited for, in octets a second over a request's first [`Limits::run_up`] and from then on;
    /// 0 for any.
    pub slowest: u64,
    /// How long a request may take before its speed is looked at.
    pub run_up: Duration,
    /// Most items of one claim.
    pub claim: u32,
    /// Most items one agency has under a lease at once.
    pub leased: u32,
    /// Most octets that bodies of requests under way take together, uploads apart.
    pub bodies: u64,
    /// Rejections of one agency in a minute that get evidence.
    pub rejections: u32,
    /// Longest silence inside a request body.
    pub patience: Duration,
    /// Most connections at once; one more waits for its turn.
    pub connections: u32,
    /// Days a package is kept after its last recipient decided; for ever when absent.
    pub package_days: Option<u32>,
    /// How far packages are looked into before they are accepted.
    pub containers: Containers,
    /// How often the endpoint looks for what is due.
    pub beat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            package: 10 << 30,
            request: 512 << 10,
            upload_age_s: 86_400,
            open_uploads: 64,
            reserved: 100 << 30,
            slowest: 1 << 10,
            run_up: Duration::from_secs(30),
            claim: 100,
            leased: 10_000,
            bodies: 64 << 20,
            rejections: 30,
            patience: Duration::from_secs(60),
            connections: 1_024,
            package_days: Some(90),
            containers: Containers::Whole,
            beat: Duration::from_secs(1),
        }
    }
}

/// Everything an endpoint is made of.
pub struct Endpoint {
    /// Where deliveries are kept.
    pub store: Arc<dyn Store>,
    /// Who is who; replaced whole when the file changes.
    pub directory: RwLock<Arc<Directory>>,
    /// Makes evidence.
    pub notary: Notary,
    /// Signs directory entries.
    pub directory_signer: NoteSigner,
    /// Anchors of the agencies' certificates and what is known of their revocation.
    pub trust: Arc<RwLock<Arc<Trust>>>,
    /// The time.
    pub clock: Clock,
    /// Bounds.
    pub limits: Limits,
    /// What changes with requests.
    pub running: Running,
}

/// What changes while an endpoint runs.
#[derive(Debug)]
pub struct Running {
    workers: Arc<Semaphore>,
    bodies: Semaphore,
    changed: Notify,
    rejections: Mutex<HashMap<AgencyCode, (i64, u32)>>,
    peers: Mutex<peers::Peers>,
    stopping: AtomicBool,
}

impl Default for Running {
    fn default() -> Self {
        Running::within(&Limits::default())
    }
}

impl Running {
    /// For an endpoint with these bounds.
    pub fn within(limits: &Limits) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Running {
            workers: Arc::new(Semaphore::new(cores)),
            bodies: Semaphore::new(bounds::permits(limits.bodies)),
            changed: Notify::new(),
            rejections: Mutex::default(),
            peers: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }
}

/// The certificate a connection was opened with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) Sha256);

impl Endpoint {
    fn now(&self) -> UnixTime {
        (self.clock)().seconds()
    }

    fn directory(&self) -> Arc<Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn trust(&self) -> Arc<Trust> {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other anchors and revocation lists in place of those so far.
    pub fn replace_trust(&self, trust: Trust) {
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
    }

    /// Puts another directory in place of the one so far.
    pub fn replace_directory(&self, directory: Directory) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }

    /// The agency of a connection, looked up anew for every request.
    fn caller(&self, peer: Peer) -> Result<AgencyCode, Problem> {
        if self.running.stopping.load(Ordering::SeqCst) {
            return Err(Problem::new(Code::ShuttingDown));
        }
        self.still_admits(peer)?;
        let directory = self.directory();
        let agency = directory
            .owner(&peer.0, &[Role::Tls], self.now())
            .ok_or_else(|| Problem::new(Code::CertUnknown).with("certificate", peer.0))?;
        if agency.suspended {
            return Err(Problem::new(Code::AgencySuspended));
        }
        Ok(agency.code.clone())
    }

    /// Runs work that computes for long, on as many threads as there are cores.
    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let workers = self.running.workers.clone();
        let Ok(permit) = workers.acquire_owned().await else { return Err(Problem::new(Code::ShuttingDown)) };
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a worker panicked");
            Problem::new(Code::Internal)
        })
    }

    /// Removes packages and uploads that are kept no longer.
    ///
    /// # Errors
    /// What the store says.
    pub async fn clean_up(&self) -> Result<store::Upkept, store::StoreError> {
        let now = self.now();
        let packages_before = self.limits.package_days.map(|days| now.plus(-86_400 * i64::from(days)));
        self.store.upkeep(store::Upkeep { now, packages_before }).await
    }

    /// Gives warnings and ends what ran out, as every beat of a served endpoint does.
    ///
    /// # Errors
    /// What stopped it.
    pub async fn tick(self: &Arc<Self>) -> Result<usize, Problem> {
        recall::tick(self, 64).await
    }

    fn nonce(&self) -> Result<Nonce, Problem> {
        Ok(Nonce { id: Uuid::v7((self.clock)().unix_ms, random()?), salt: random()? })
    }

    /// Whether one more rejection of this agency gets evidence in this minute.
    fn may_reject(&self, agency: &AgencyCode) -> bool {
        let minute = self.now().0 / 60;
        let mut rejections = self.running.rejections.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = rejections.entry(agency.clone()).or_insert((minute, 0));
        if entry.0 != minute {
            *entry = (minute, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        entry.1 <= self.limits.rejections
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("notary", &self.notary).finish_non_exhaustive()
    }
}

/// Random octets of the system.
fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut octets = [0; N];
    ring::rand::SystemRandom::new().fill(&mut octets).map_err(|_| {
        tracing::error!("the system has no random octets");
        Problem::new(Code::Internal)
    })?;
    Ok(octets)
}

/// A name nobody can guess: the time, so that names given one after another stand together in an index, and 80 random
/// bits.
fn token() -> Result<String, Problem> {
    let time = hex(&system_now().unix_ms.to_be_bytes());
    Ok(format!("{}{}", time.get(4..).unwrap_or_default(), hex(&random::<10>()?)))
}

/// Stops a running endpoint.
#[derive(Clone, Debug)]
pub struct Stop {
    handle: axum_server::Handle<SocketAddr>,
    endpoint: Arc<Endpoint>,
}

impl Stop {
    /// A way to stop this endpoint.
    pub fn new(endpoint: &Arc<Endpoint>) -> Self {
        Stop { handle: axum_server::Handle::new(), endpoint: endpoint.clone() }
    }

    /// Lets requests under way finish for at most `grace`, then ends.
    pub fn stop(&self, grace: Duration) {
        self.endpoint.running.stopping.store(true, Ordering::SeqCst);
        self.endpoint.running.changed.notify_waiters();
        self.handle.graceful_shutdown(Some(grace));
    }

    /// Ends at once, whatever is under way.
    pub fn cut(&self) {
        self.handle.shutdown();
    }
}

/// Serves until stopped, or until the store can commit no more.
///
/// # Errors
/// What the socket says; an error of kind `Other` when the store stopped.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    endpoint: Arc<Endpoint>,
    stop: Stop,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut server = axum_server::from_tcp(listener)?;
    let http = server.http_builder();
    http.http1().max_buf_size(bounds::HEAD);
    http.http2().max_concurrent_streams(bounds::STREAMS).max_header_list_size(bounds::HEADER_LIST);
    let server = server
        .handle(stop.handle.clone())
        .acceptor(tls::PeerAcceptor::new(tls, endpoint.clone()))
        .first_request_timeout(Duration::from_secs(30))
        .serve(router(endpoint.clone()).into_make_service());
    let watch = async {
        let mut beat = tokio::time::interval(Duration::from_millis(500));
        loop {
            beat.tick().await;
            if !endpoint.store.is_ready() {
                break;
            }
        }
    };
    let upkeep = tokio::spawn(keep_house(endpoint.clone()));
    let served = tokio::select! {
        served = server => served,
        () = watch => {
            stop.cut();
            Err(std::io::Error::other("the store can commit no more"))
        }
    };
    upkeep.abort();
    served
}

/// Looks for what is due, beat by beat; every minute removes what is kept no longer.
async fn keep_house(endpoint: Arc<Endpoint>) {
    let mut beat = tokio::time::interval(endpoint.limits.beat);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut cleaned: Option<tokio::time::Instant> = None;
    loop {
        beat.tick().await;
        // A beat that did all it may is followed by another at once.
        while recall::tick(&endpoint, 64).await.is_ok_and(|done| done >= 64) {}
        if cleaned.is_some_and(|at| at.elapsed() < Duration::from_secs(60)) {
            continue;
        }
        cleaned = Some(tokio::time::Instant::now());
        endpoint.ask_about_peers().await;
        match endpoint.clean_up().await {
            Ok(done) if done != store::Upkept::default() => {
                tracing::info!(packages = done.packages, uploads = done.uploads, "removed what is kept no longer");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the store could not be tidied"),
        }
    }
}

fn router(endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route("/.well-known/agency-exchange", get(info::well_known))
        .route("/healthz", get(info::healthy))
        .route("/readyz", get(info::ready))
        .route("/v1/agencies/{code}", get(info::agency))
        .route("/v1/uploads", post(uploads::create))
        .route("/v1/uploads/{upload}", patch(uploads::append).head(uploads::state).delete(uploads::cancel))
        .route("/v1/deliveries", post(one_shot::submit))
        .route("/v1/deliveries/check", post(deliveries::check))
        .route("/v1/deliveries/{id}", put(deliveries::submit).get(deliveries::view))
        .route("/v1/deliveries/{id}/recall", post(recall::recall))
        .route("/v1/deliveries/{id}/statements", get(deliveries::statements))
        .route("/v1/deliveries/{id}/evidence", get(deliveries::evidence_list))
        .route("/v1/deliveries/{id}/evidence/{n}", get(deliveries::evidence))
        .route("/v1/deliveries/{id}/evidence/{n}/proof", get(deliveries::proof))
        .route("/v1/rejections/{id}", get(deliveries::rejection))
        .route("/v1/inbox", get(inbox::list))
        .route("/v1/inbox/claim", post(inbox::claim))
        .route("/v1/inbox/{item}/package", get(inbox::package))
        .route("/v1/inbox/{item}/extend", post(inbox::extend))
        .route("/v1/inbox/{item}/release", post(inbox::release))
        .route("/v1/inbox/{item}/ack", post(inbox::acknowledge))
        .route("/v1/inbox/{item}/envelope", get(inbox::envelope_of))
        .route("/v1/inbox/{item}/recall", get(inbox::recall_of))
        .route("/v1/inbox/{item}/status", post(inbox::fares))
        .route("/v1/events", get(inbox::events))
        .fallback(answer::no_such_path)
        .method_not_allowed_fallback(answer::no_such_path)
        .layer(axum::middleware::from_fn_with_state(endpoint.clone(), bounds::take_room))
        .layer(axum::middleware::from_fn(answer::name_request))
        .with_state(endpoint)
}
