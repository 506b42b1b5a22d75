//! An agency's side: pushing packages, pulling them, asking how they fare.
//!
//! Everything can be broken off anywhere and run again: ids and claims are in the [`Journal`] before they
//! leave, and whatever the endpoint says is checked before it is kept.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::blocking::{RequestBuilder, Response};
use ring::rand::SecureRandom as _;

use super::directory::Agency;
use super::evidence::{Evidence, Receipt};
use super::id::{AgencyCode, Sha256, Uuid};
use super::journal::{Journal, JournalError};
use super::log::note::{NoteError, NoteVerifier};
use super::message::MessageError;
use super::problem::ReadProblem;
use super::seal::{ReceiptError, SealError, Sealer, SignatureError};
use super::server::{Clock, TlsError, TlsIdentity};
use super::trust::{Trust, Untrusted};
use crate::algorithms::DigestAlgorithm;
use crate::base::time::UnixTime;
use crate::x509::Certificate;

mod after;
mod channel;
mod pull;
mod push;
mod retry;
mod status;
mod transfer;

use channel::EndpointVerifier;

pub use after::{RecallOutcome, Recalled, Request, RequestKind};
pub use pull::{CURSOR, Progress, PullFailure, PullOptions, PullProblem, PullReport, Pulled};
pub use push::{Again, Outgoing, Pushed};
pub use retry::Retry;
pub use status::{DeliveryStatus, RecipientStatus, SaidStatus};

/// Longest silence before a connection counts as dead.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest wait for the answer to a submission, beside the time it takes to read the package.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// Longest answer that is no package, in octets.
const MAX_ANSWER: u64 = 64 << 20;

/// What a client is made of.
pub struct Settings {
    /// The endpoint's URL, without path.
    pub endpoint: String,
    /// Own agency.
    pub agency: AgencyCode,
    /// Opens the channel.
    pub identity: TlsIdentity,
    /// Signs envelopes and acknowledgements.
    pub sealer: Sealer,
    /// Anchors of everybody's seals.
    pub anchors: Vec<Certificate>,
    /// What the endpoint's own certificate is judged by.
    pub channel: Trust,
    /// Where ids are remembered.
    pub journal: Journal,
    /// The time.
    pub clock: Clock,
    /// What is done about a connection that breaks off.
    pub retry: Retry,
}

/// An agency's client of one endpoint.
pub struct Client {
    http: reqwest::blocking::Client,
    endpoint: String,
    agency: AgencyCode,
    sealer: Sealer,
    trust: Arc<Trust>,
    verifier: Arc<EndpointVerifier>,
    journal: Journal,
    clock: Clock,
    retry: Retry,
    reached: AtomicBool,
}

/// How a connection failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Broken {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// It ended in the middle.
    #[error("the connection broke off")]
    BrokeOff,
    /// Nothing came for too long.
    #[error("no answer in time")]
    Silent,
    /// The name leads nowhere.
    #[error("the host's name is not known")]
    NoSuchHost,
    /// What the network says otherwise.
    #[error("{0}")]
    Other(String),
}

impl Broken {
    fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = error;
        let mut found = None;
        loop {
            if let Some(error) = cause.downcast_ref::<reqwest::Error>()
                && error.is_timeout()
            {
                found = Some(Broken::Silent);
            }
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                found = Broken::of_kind(error.kind()).or(found);
            }
            match cause.source() {
                Some(inner) => cause = inner,
                None => break,
            }
        }
        // The innermost cause is the one a person can act on.
        let text = cause.to_string();
        found.unwrap_or_else(|| match text.contains("failed to lookup address") || text.contains("dns error") {
            true => Broken::NoSuchHost,
            false => Broken::Other(text),
        })
    }

    fn of_kind(kind: io::ErrorKind) -> Option<Self> {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, TimedOut, UnexpectedEof,
        };
        match kind {
            ConnectionRefused => Some(Broken::Refused),
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Some(Broken::BrokeOff),
            TimedOut => Some(Broken::Silent),
            _ => None,
        }
    }
}

/// Why a client did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The channel cannot be set up with this key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP library refuses its settings.
    #[error("the connection cannot be set up: {0}")]
    Setup(String),
    /// The endpoint's URL is not `https://…`.
    #[error("the endpoint {0} is not an https URL without a path")]
    Url(String),
    /// The endpoint could not be reached, or the connection broke off.
    #[error("the endpoint {endpoint} could not be reached or broke off: {cause}")]
    Unreachable {
        /// Its URL.
        endpoint: String,
        /// How.
        cause: Broken,
    },
    /// The endpoint's own certificate is not trusted.
    #[error("the certificate of the endpoint {endpoint} is not trusted: {why}")]
    Endpoint {
        /// Its URL.
        endpoint: String,
        /// Why.
        why: Untrusted,
    },
    /// The endpoint refused.
    #[error("the endpoint refused ({}): {}{}", .0.code, .0.title, detail(.0))]
    Refused(Box<ReadProblem>),
    /// Recipients that would not be accepted, with the code for each.
    #[error("not every recipient is accepted: {}", list(.0))]
    Recipients(Vec<(String, String)>),
    /// The endpoint's answer is not one of this protocol.
    #[error("the endpoint gave an answer that is not of this protocol: {0}")]
    Answer(&'static str),
    /// A signed object in an answer cannot be read.
    #[error("the endpoint sent a signed object that cannot be read: {0}")]
    Object(#[from] MessageError),
    /// A signature in an answer does not verify.
    #[error("a signature the endpoint sent does not count: {0}")]
    Signature(#[from] SignatureError),
    /// A certificate in an answer is not trusted.
    #[error("a certificate the endpoint sent is not trusted: {0}")]
    Untrusted(#[from] Untrusted),
    /// A receipt that speaks of something else than was sent.
    #[error("the receipt speaks of another {0} than was sent")]
    ForeignReceipt(&'static str),
    /// Evidence that does not form one story.
    #[error(transparent)]
    Chain(#[from] super::chain::ChainError),
    /// A directory entry that is not signed.
    #[error("the directory entry is not signed by the endpoint: {0}")]
    Directory(#[from] NoteError),
    /// The own seal would not sign.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A file cannot be read or written.
    #[error("the file {path} could not be read or written: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The seal under an object is not one the agency lists.
    #[error("the certificate of the seal is not listed for the agency")]
    SealNotListed,
    /// No delivery of this id lies in the own inbox, now or earlier.
    #[error("no delivery {0} was received")]
    NotReceived(Uuid),
    /// Deliveries of several senders have this id.
    #[error("several senders have a delivery {0}; name the sender")]
    SeveralSenders(Uuid),
    /// The file changed while it was sent.
    #[error("the file {0} changed while it was sent")]
    Changed(PathBuf),
    /// The system has no random octets.
    #[error("the system has no random octets")]
    Random,
}

impl From<ReceiptError> for ClientError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Form(error) => error.into(),
            ReceiptError::Seal(error) => error.into(),
            ReceiptError::OtherCertificate => ClientError::ForeignReceipt("seal certificate"),
            ReceiptError::Untrusted(error) => error.into(),
        }
    }
}

fn detail(problem: &ReadProblem) -> String {
    problem.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default()
}

fn list(recipients: &[(String, String)]) -> String {
    recipients.iter().map(|(code, why)| format!("{code}: {why}")).collect::<Vec<_>>().join(", ")
}

impl Client {
    /// Sets up the channel; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Url`], [`ClientError::Tls`], [`ClientError::Setup`].
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let endpoint = settings.endpoint.trim_end_matches('/').to_owned();
        let host = endpoint.strip_prefix("https://").unwrap_or("");
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(ClientError::Url(settings.endpoint));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(EndpointVerifier::new(settings.channel, settings.clock.clone(), provider.clone()));
        // Not the library's own verifier: ours knows of revocation, and validates paths as everywhere else.
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Identity)?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_client_cert_resolver(settings.identity.resolver()?);
        let http = reqwest::blocking::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.retry.silence)
            .user_agent(concat!("congvan/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ClientError::Setup(error.to_string()))?;
        Ok(Client {
            http,
            endpoint,
            agency: settings.agency,
            sealer: settings.sealer,
            trust: Arc::new(Trust::new(settings.anchors, Vec::new())),
            verifier,
            journal: settings.journal,
            clock: settings.clock,
            retry: settings.retry,
            reached: AtomicBool::new(false),
        })
    }

    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    fn now(&self) -> UnixTime {
        (self.clock)().seconds()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint)
    }

    fn get(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        self.patiently(|| self.body(self.send(self.http.get(self.url(path)))?))
    }

    /// Posts a body. Every call of the protocol may be repeated as it stands, so a lost answer is asked for again.
    fn post(&self, path: &str, body: &serde_json::Value) -> Result<Vec<u8>, ClientError> {
        self.patiently(|| self.body(self.send(self.http.post(self.url(path)).json(body))?))
    }

    /// Does something that may be repeated until it succeeds, fails for good, or patience is at its end.
    fn patiently<T>(&self, mut work: impl FnMut() -> Result<T, ClientError>) -> Result<T, ClientError> {
        let mut tries = self.tries();
        loop {
            match work() {
                Ok(value) => return Ok(value),
                Err(error) => tries.wait(error)?,
            }
        }
    }

    fn tries(&self) -> retry::Tries<'_> {
        retry::Tries::new(&self.retry, &self.reached)
    }

    /// Sends a request; a refusal is an error.
    fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().map_err(|error| self.unreachable(&error))?;
        self.reached.store(true, Ordering::SeqCst);
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = self.body(response)?;
        match serde_json::from_slice::<ReadProblem>(&bytes) {
            Ok(problem) => Err(ClientError::Refused(Box::new(problem))),
            Err(_) if status == StatusCode::NOT_FOUND => Err(ClientError::Answer("nothing is at this path")),
            Err(_) => Err(ClientError::Answer("a refusal without a code")),
        }
    }

    fn body(&self, response: Response) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        response.take(MAX_ANSWER).read_to_end(&mut bytes).map_err(|error| self.broken(&error))?;
        Ok(bytes)
    }

    fn unreachable(&self, error: &reqwest::Error) -> ClientError {
        if let Some(why) = self.verifier.refusal() {
            return ClientError::Endpoint { endpoint: self.endpoint.clone(), why };
        }
        ClientError::Unreachable { endpoint: self.endpoint.clone(), cause: Broken::of(error) }
    }

    fn broken(&self, error: &std::io::Error) -> ClientError {
        ClientError::Unreachable { endpoint: self.endpoint.clone(), cause: Broken::of(error) }
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], ClientError> {
        let mut octets = [0; N];
        ring::rand::SystemRandom::new().fill(&mut octets).map_err(|_| ClientError::Random)?;
        Ok(octets)
    }

    /// Checks a receipt: form, leaf, seal, issuer, anchor.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn check_receipt(&self, bytes: &[u8]) -> Result<(Receipt, Evidence), ClientError> {
        let checked = self.trust.check_receipt(bytes)?;
        Ok((checked.receipt, checked.evidence))
    }

    /// An agency's entry, as the endpoint publishes and signs it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn agency_entry(&self, code: &AgencyCode) -> Result<Agency, ClientError> {
        let known: serde_json::Value = self.json(&self.get("/.well-known/agency-exchange")?)?;
        let vkey =
            known.get("directory_vkey").and_then(|v| v.as_str()).ok_or(ClientError::Answer("no directory key"))?;
        let note = self.get(&format!("/v1/agencies/{code}"))?;
        let note = String::from_utf8(note).map_err(|_| ClientError::Answer("a directory entry that is not text"))?;
        let text = NoteVerifier::parse(vkey)?.open(&note)?;
        let agency = Agency::from_entry(text.trim_end_matches('\n').as_bytes())?;
        if agency.code != *code {
            return Err(ClientError::Answer("the directory entry of another agency"));
        }
        Ok(agency)
    }

    fn json<T: serde::de::DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, ClientError> {
        serde_json::from_slice(bytes).map_err(|_| ClientError::Answer("a body that is not the JSON of this call"))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).field("agency", &self.agency).finish_non_exhaustive()
    }
}

/// A digest as RFC 9530 writes it.
fn digest_header(digest: &Sha256) -> String {
    format!("sha-256=:{}:", crate::base::encoding::base64(&digest.0))
}

/// SHA-256 and length of what is left to read.
fn digest_of(file: &mut dyn Read) -> io::Result<(Sha256, u64)> {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    let mut buffer = vec![0; 1 << 20];
    let mut size: u64 = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(buffer.get(..n).unwrap_or(&[]));
        size = size.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
    }
    let digest = Sha256::from_slice(&hasher.finish()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((digest, size))
}
