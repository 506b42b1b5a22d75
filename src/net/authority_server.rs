//! The test authority on loopback, speaking the real protocols over HTTP: TSA, OCSP (POST and GET), CRLs and
//! issuer certificates. For `demo` and the tests; it can be told to misbehave.

use crate::authority::{Authority, OcspFault, TsaFault};
use crate::base::encoding::from_base64;
use crate::base::time::UnixTime;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Largest request that is read, in octets.
const MAX_REQUEST: usize = 64 << 10;

/// How the server misbehaves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Faults {
    /// Of time-stamps.
    pub tsa: TsaFault,
    /// Of OCSP answers.
    pub ocsp: OcspFault,
    /// Waits this long before every answer.
    pub delay: Duration,
    /// Answers everything with 503.
    pub down: bool,
}

/// Tells the time; given by the caller, so that tests can pin it.
pub type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// A bound address, before there is an authority: its certificates must name the address.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

/// The running server; dropped, it stops.
pub struct AuthorityServer {
    address: SocketAddr,
    state: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    authority: Arc<Authority>,
    clock: Clock,
    faults: Mutex<Faults>,
}

impl std::fmt::Debug for AuthorityServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorityServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Listener {
    /// Binds a free port of 127.0.0.1.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind() -> io::Result<Listener> {
        let socket = TcpListener::bind(("127.0.0.1", 0))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        Ok(Listener { socket, address })
    }

    /// The address as the authority's `base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves `authority` on a thread of its own.
    ///
    /// # Errors
    /// What the system says when it has no thread or event queue left.
    pub fn serve(self, authority: Arc<Authority>, clock: Clock) -> io::Result<AuthorityServer> {
        let state = Arc::new(Shared { authority, clock, faults: Mutex::new(Faults::default()) });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let router = router(Arc::clone(&state));
        let socket = self.socket;
        let thread = std::thread::Builder::new().name("test-authority".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(socket) else { return };
                tokio::select! {
                    _ended = async { axum::serve(listener, router).await } => {}
                    _asked = stopped => {}
                }
            });
        })?;
        Ok(AuthorityServer { address: self.address, state, stop: Some(stop), thread: Some(thread) })
    }
}

impl AuthorityServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authority behind it.
    pub fn authority(&self) -> &Authority {
        &self.state.authority
    }

    /// Makes it misbehave from the next request on.
    pub fn set_faults(&self, faults: Faults) {
        *self.state.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }
}

impl Drop for AuthorityServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn router(state: Arc<Shared>) -> Router {
    Router::new()
        .route("/tsa", post(time_stamp))
        .route("/ocsp", post(ocsp_post))
        .route("/ocsp/{*request}", get(ocsp_get))
        .route("/{file}", get(file))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(state)
}

async fn time_stamp(State(state): State<Arc<Shared>>, body: Bytes) -> Response {
    let faults = match pause(&state).await {
        Ok(faults) => faults,
        Err(down) => return down,
    };
    let answer = state.authority.answer_time_stamp(&body, (state.clock)(), faults.tsa);
    octets("application/timestamp-reply", answer)
}

async fn ocsp_post(State(state): State<Arc<Shared>>, body: Bytes) -> Response {
    ocsp(&state, &body).await
}

/// RFC 6960 appendix A.1: the request as URL-encoded base64 in the path.
async fn ocsp_get(State(state): State<Arc<Shared>>, Path(request): Path<String>) -> Response {
    match from_base64(&request) {
        Some(request) => ocsp(&state, &request).await,
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn ocsp(state: &Shared, request: &[u8]) -> Response {
    let faults = match pause(state).await {
        Ok(faults) => faults,
        Err(down) => return down,
    };
    octets("application/ocsp-response", state.authority.answer_ocsp(request, (state.clock)(), faults.ocsp))
}

async fn file(State(state): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    if let Err(down) = pause(&state).await {
        return down;
    }
    let authority = &state.authority;
    let now = (state.clock)();
    let crl = "application/pkix-crl";
    let found = match name.as_str() {
        "issuing.crl" => authority.crl(now).map(|list| (crl, list)),
        "root.crl" => authority.root_crl(now).map(|list| (crl, list)),
        "issuing.cer" => Ok(("application/pkix-cert", authority.issuing().der().to_vec())),
        "root.cer" => Ok(("application/pkix-cert", authority.root().der().to_vec())),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match found {
        Ok((kind, body)) => octets(kind, body),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn pause(state: &Shared) -> Result<Faults, Response> {
    let faults = *state.faults.lock().unwrap_or_else(PoisonError::into_inner);
    if !faults.delay.is_zero() {
        tokio::time::sleep(faults.delay).await;
    }
    if faults.down { Err(StatusCode::SERVICE_UNAVAILABLE.into_response()) } else { Ok(faults) }
}

fn octets(kind: &'static str, body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, kind)], Body::from(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::DigestAlgorithm;
    use crate::authority::{KeyChoice, Purpose, Settings, Subject, ca::CaKeys};
    use crate::net::{AddressRule, FetchSettings, Fetcher, HttpTsa, Origin};
    use crate::timestamp::{AnswerError, TimeStampSource as _, WhyNot};
    use crate::x509::ocsp::{CertId, OcspRequest, OcspResponse};
    use crate::x509::{Certificate, Crl};

    const NOW: UnixTime = UnixTime(1_772_700_000);

    fn start() -> (AuthorityServer, Arc<Fetcher>) {
        let listener = Listener::bind().expect("a port");
        let settings = Settings { now: NOW, base_url: listener.base_url(), keys: CaKeys::Fresh };
        let authority = Arc::new(Authority::new(&settings).expect("an authority"));
        let server = listener.serve(authority, Arc::new(|| NOW)).expect("serves");
        let bounds = FetchSettings {
            found: AddressRule::Any,
            tsa_timeout: Duration::from_millis(700),
            ..FetchSettings::default()
        };
        (server, Arc::new(Fetcher::new(bounds)))
    }

    #[test]
    fn everything_a_certificate_points_to_is_there() {
        let (server, fetcher) = start();
        let authority = server.authority();
        let seal = authority
            .issue(&Subject::agency("Sở Thử nghiệm", "Tỉnh"), Purpose::Signing, &KeyChoice::Fresh)
            .expect("issues")
            .certificate;
        let crl = fetcher.crl(seal.crl_urls()[0], Origin::Found).expect("fetched");
        assert!(Crl::from_der(&crl).expect("a CRL").is_empty());
        let issuer = fetcher.certificate(seal.ca_issuer_urls()[0], Origin::Found).expect("fetched");
        assert_eq!(Certificate::from_der(&issuer).expect("a certificate"), *authority.issuing());
        let request = OcspRequest::new(CertId::sha256(authority.issuing(), seal.serial()), Some(vec![1; 32])).to_der();
        let answer = fetcher.ocsp(seal.ocsp_urls()[0], Origin::Found, &request).expect("fetched");
        assert!(OcspResponse::from_der(&answer).expect("an answer").basic().is_some());
    }

    #[test]
    fn the_next_authority_is_asked_when_one_fails_and_each_failure_is_told() {
        let (server, fetcher) = start();
        let good = server.authority().tsa_url();
        let nobody = "http://127.0.0.1:1/tsa".to_owned();
        let imprint = DigestAlgorithm::Sha256.digest(b"data");
        let two = HttpTsa::new(Arc::clone(&fetcher), vec![nobody.clone(), good.clone()]);
        assert_eq!(two.time_stamp(DigestAlgorithm::Sha256, &imprint).expect("the second").1.gen_time, NOW);

        let ask = |faults: Faults| {
            server.set_faults(faults);
            let tsa = HttpTsa::new(Arc::clone(&fetcher), vec![good.clone()]);
            let mut error = tsa.time_stamp(DigestAlgorithm::Sha256, &imprint).expect_err("a fault");
            error.attempts.remove(0).why
        };
        let nonce = ask(Faults { tsa: TsaFault::WrongNonce, ..Faults::default() });
        assert_eq!(nonce, WhyNot::Answer(AnswerError::Nonce));
        assert!(matches!(ask(Faults { down: true, ..Faults::default() }), WhyNot::Unreachable(_)));
        let slow = ask(Faults { delay: Duration::from_secs(3), ..Faults::default() });
        assert!(matches!(&slow, WhyNot::Unreachable(why) if why.contains("did not answer")), "{slow:?}");
    }
}
