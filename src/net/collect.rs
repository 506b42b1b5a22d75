//! Carries out what `proofs::plan` lists: issuers, OCSP answers and CRLs, until nothing more is asked for.
//!
//! One collector serves a whole run: the same question is asked once however many files raise it, a host that
//! does not answer is not tried again, and answers may be kept on disk until they run out.

use super::cache::Cache;
use super::fetch::{FetchError, Fetcher, Origin};
use crate::base::time::UnixTime;
use crate::path::{Anchors, Links, Settings};
use crate::policy::UnknownStatus;
use crate::proofs::{Store, plan};
use crate::revocation::{Context, Usable};
use crate::x509::ocsp::{CertId, ResponseStatus};
use crate::x509::{Certificate, Crl, OcspRequest, OcspResponse};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use crate::proofs::plan::Request;

/// Most rounds of planning and fetching for one set of certificates.
const MAX_ROUNDS: usize = 8;
/// Questions asked at the same time.
const PARALLEL: usize = 8;
/// Octets of an OCSP nonce (RFC 9654 §2.1).
const NONCE_LEN: usize = 32;

/// Why a question has no answer that is taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// Nothing was fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The host did not answer an earlier question of this run.
    #[error("{host} did not answer before and is not asked again")]
    HostSilent {
        /// The host.
        host: String,
    },
    /// The answer is not what was asked for.
    #[error("the answer of {url} is not {expected}")]
    NotUsable {
        /// The URL.
        url: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// The OCSP responder refuses.
    #[error("the OCSP responder {url} answers `{}`", status_name(*.status))]
    Responder {
        /// The URL.
        url: String,
        /// What it says.
        status: ResponseStatus,
    },
    /// The OCSP answer is about something else, or answers another request.
    #[error("the OCSP answer of {url} answers another question")]
    OtherQuestion {
        /// The URL.
        url: String,
    },
}

/// What became of one question that has no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The question.
    pub request: Request,
    /// Why.
    pub error: CollectError,
}

/// Everything a plan is made with beside the store.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The certificates to be judged.
    pub certificates: &'a [Certificate],
    /// The anchors they shall reach.
    pub anchors: &'a Anchors,
    /// Time and purpose.
    pub settings: &'a Settings,
    /// Signatures already checked.
    pub links: &'a Links,
    /// Which evidence may speak, by its own dates.
    pub usable: Usable,
    /// Whether an answer counts whose signer's own status is not known.
    pub unknown_signer: UnknownStatus,
}

/// Asks and remembers; shared between threads.
pub struct Collector {
    fetcher: Arc<Fetcher>,
    cache: Option<Cache>,
    answers: Mutex<HashMap<Request, Arc<OnceLock<Answer>>>>,
    silent: Mutex<HashSet<String>>,
}

type Answer = Result<Arc<Vec<u8>>, CollectError>;

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").field("cache", &self.cache).finish_non_exhaustive()
    }
}

impl Collector {
    /// A collector without memory on disk.
    pub fn new(fetcher: Arc<Fetcher>) -> Self {
        Collector { fetcher, cache: None, answers: Mutex::default(), silent: Mutex::default() }
    }

    /// The same, keeping answers in `cache` as long as they are good.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Plans, asks and adds to `store` until nothing more is asked for; returns what got no answer.
    pub fn collect(&self, wanted: &Wanted<'_>, store: &mut Store) -> Vec<Failure> {
        let mut made = HashSet::new();
        let mut failures = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let requests = {
                let context = Context {
                    pool: store.pool(),
                    links: wanted.links,
                    time: wanted.settings.time,
                    usable: wanted.usable,
                    unknown_signer: wanted.unknown_signer,
                    work: wanted.settings.work,
                };
                plan::plan(wanted.certificates, store, wanted.anchors, wanted.settings, &context, &made)
            };
            if requests.is_empty() {
                break;
            }
            for (request, answer) in self.ask_all(&requests, wanted.settings.time) {
                made.insert(request.clone());
                match answer {
                    // The answer was read before it was kept, so it adds something.
                    Ok(bytes) => {
                        let _added = store.add_bytes(&bytes);
                    }
                    Err(error) => failures.push(Failure { request, error }),
                }
            }
        }
        failures
    }

    /// Asks one question, or remembers its answer. `now` tells which kept answers are still good.
    ///
    /// # Errors
    /// [`CollectError`].
    pub fn ask(&self, request: &Request, now: UnixTime) -> Result<Arc<Vec<u8>>, CollectError> {
        let slot = Arc::clone(lock(&self.answers).entry(request.clone()).or_default());
        slot.get_or_init(|| self.ask_afresh(request, now)).clone()
    }

    /// Forgets the OCSP answers of this run, so that the next question brings one from after this call.
    pub fn forget_ocsp(&self) {
        lock(&self.answers).retain(|request, _| !matches!(request, Request::Ocsp { .. }));
    }

    fn ask_all(&self, requests: &[Request], now: UnixTime) -> Vec<(Request, Answer)> {
        let mut answers = Vec::with_capacity(requests.len());
        for group in requests.chunks(PARALLEL) {
            std::thread::scope(|scope| {
                let running: Vec<_> =
                    group.iter().map(|request| (request, scope.spawn(|| self.ask(request, now)))).collect();
                for (request, thread) in running {
                    if let Ok(answer) = thread.join() {
                        answers.push((request.clone(), answer));
                    }
                }
            });
        }
        answers
    }

    fn ask_afresh(&self, request: &Request, now: UnixTime) -> Answer {
        if let Some(cache) = &self.cache
            && let Some(bytes) = cache.get(request, now)
        {
            return Ok(Arc::new(bytes));
        }
        let host = host_of(request.url());
        if lock(&self.silent).contains(&host) {
            return Err(CollectError::HostSilent { host });
        }
        let answer = self.fetch(request);
        match &answer {
            Err(CollectError::Fetch(FetchError::Connect { .. } | FetchError::Timeout { .. })) => {
                lock(&self.silent).insert(host);
            }
            Ok(bytes) => {
                if let Some(cache) = &self.cache {
                    cache.put(request, bytes);
                }
            }
            Err(_) => {}
        }
        answer.map(Arc::new)
    }

    fn fetch(&self, request: &Request) -> Result<Vec<u8>, CollectError> {
        let not_usable = |expected| CollectError::NotUsable { url: request.url().to_owned(), expected };
        match request {
            Request::Issuer { url } => {
                let bytes = self.fetcher.certificate(url, Origin::Found)?;
                match Store::new().add_bytes(&bytes) {
                    Ok(added) if added.certificates > 0 => Ok(bytes),
                    _ => Err(not_usable("a certificate")),
                }
            }
            Request::Crl { url } => {
                let bytes = self.fetcher.crl(url, Origin::Found)?;
                match Crl::from_pem_or_der(&bytes) {
                    Ok(lists) if !lists.is_empty() => Ok(bytes),
                    _ => Err(not_usable("a CRL")),
                }
            }
            Request::Ocsp { url, cert_id } => {
                let mut nonce = vec![0u8; NONCE_LEN];
                let nonce = SystemRandom::new().fill(&mut nonce).ok().map(|()| nonce);
                let question = OcspRequest::new(cert_id.clone(), nonce);
                let bytes = self.fetcher.ocsp(url, Origin::Found, &question.to_der())?;
                check_ocsp(url, &question, cert_id, &bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// Binds an OCSP answer to its question: it is about the certificate, and its nonce, where it has one, is ours
/// (RFC 9654 §2.1: responders may leave it out). Who signed it and when is judged in `revocation`.
fn check_ocsp(url: &str, question: &OcspRequest, cert_id: &CertId, bytes: &[u8]) -> Result<(), CollectError> {
    let url = || url.to_owned();
    let not_usable = || CollectError::NotUsable { url: url(), expected: "an OCSP answer" };
    let answer = OcspResponse::from_der(bytes).map_err(|_| not_usable())?;
    if answer.status() != ResponseStatus::Successful {
        return Err(CollectError::Responder { url: url(), status: answer.status() });
    }
    let basic = answer.basic().ok_or_else(not_usable)?;
    let nonce_fits = basic.nonce.is_none() || basic.nonce == question.nonce;
    let about_it = basic.responses.iter().any(|single| {
        single.cert_id.hash_algorithm.oid == cert_id.hash_algorithm.oid
            && single.cert_id.issuer_name_hash == cert_id.issuer_name_hash
            && single.cert_id.issuer_key_hash == cert_id.issuer_key_hash
            && single.cert_id.serial == cert_id.serial
    });
    if nonce_fits && about_it { Ok(()) } else { Err(CollectError::OtherQuestion { url: url() }) }
}

fn status_name(status: ResponseStatus) -> &'static str {
    match status {
        ResponseStatus::Successful => "successful",
        ResponseStatus::MalformedRequest => "malformedRequest",
        ResponseStatus::InternalError => "internalError",
        ResponseStatus::TryLater => "tryLater",
        ResponseStatus::SigRequired => "sigRequired",
        ResponseStatus::Unauthorized => "unauthorized",
    }
}

/// Scheme, host and port, to tell hosts apart.
fn host_of(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Authority, CaKeys, KeyChoice, OcspFault, Purpose, Subject};
    use crate::net::authority_server::{AuthorityServer, Faults, Listener};
    use crate::net::{AddressRule, FetchSettings};
    use crate::x509::crl::Reason;
    use std::time::Duration;

    const NOW: UnixTime = UnixTime(1_772_700_000);

    struct Bench {
        server: AuthorityServer,
        seal: Certificate,
        fetcher: Arc<Fetcher>,
    }

    impl Bench {
        fn new() -> Bench {
            let listener = Listener::bind().expect("a port");
            let settings = crate::authority::Settings { now: NOW, base_url: listener.base_url(), keys: CaKeys::Fresh };
            let authority = Arc::new(Authority::new(&settings).expect("an authority"));
            let server = listener.serve(authority, Arc::new(|| NOW)).expect("serves");
            let subject = Subject::agency("Sở Thử nghiệm", "Tỉnh");
            let seal = server.authority().issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("issues");
            let bounds =
                FetchSettings { found: AddressRule::Any, timeout: Duration::from_secs(2), ..FetchSettings::default() };
            Bench { server, seal: seal.certificate, fetcher: Arc::new(Fetcher::new(bounds)) }
        }

        fn collect(&self, collector: &Collector) -> (Store, Vec<Failure>) {
            let mut store = Store::new();
            let anchors = Anchors::from_certificates(vec![self.server.authority().root().clone()]);
            let settings = Settings::new(NOW, crate::path::Purpose::DocumentSigning);
            let wanted = Wanted {
                certificates: std::slice::from_ref(&self.seal),
                anchors: &anchors,
                settings: &settings,
                links: &Links::new(),
                usable: Usable::Current { max_age_s: None },
                unknown_signer: UnknownStatus::Deny,
            };
            let failures = collector.collect(&wanted, &mut store);
            (store, failures)
        }
    }

    #[test]
    fn a_bare_leaf_is_completed_from_what_it_points_to() {
        let bench = Bench::new();
        let (store, failures) = bench.collect(&Collector::new(Arc::clone(&bench.fetcher)));
        assert_eq!(failures, []);
        assert!(store.pool().all().contains(bench.server.authority().issuing()));
        assert_eq!(store.evidence().ocsp().len(), 1);
        // The root's CRL speaks for the issuing CA; the leaf's own CRL is not needed after OCSP.
        assert_eq!(store.evidence().crls().len(), 1);
    }

    #[test]
    fn a_failing_responder_is_told_and_the_crl_asked_instead() {
        for fault in [OcspFault::TryLater, OcspFault::WrongNonce, OcspFault::WrongCertificate] {
            let bench = Bench::new();
            bench.server.set_faults(Faults { ocsp: fault, ..Faults::default() });
            let (store, failures) = bench.collect(&Collector::new(Arc::clone(&bench.fetcher)));
            assert_eq!(failures.len(), 1, "{fault:?}: {failures:?}");
            assert_eq!(store.evidence().ocsp().len(), 0, "{fault:?}");
            assert_eq!(store.evidence().crls().len(), 2, "{fault:?}");
        }
    }

    #[test]
    fn a_silent_host_is_tried_once() {
        let bench = Bench::new();
        let collector = Collector::new(Arc::clone(&bench.fetcher));
        let nobody = |path: &str| Request::Crl { url: format!("http://127.0.0.1:1/{path}") };
        let first = collector.ask(&nobody("a.crl"), NOW);
        assert!(matches!(first, Err(CollectError::Fetch(FetchError::Connect { .. }))), "{first:?}");
        assert!(matches!(collector.ask(&nobody("b.crl"), NOW), Err(CollectError::HostSilent { .. })));
    }

    #[test]
    fn kept_answers_serve_without_the_host_until_they_run_out() {
        let bench = Bench::new();
        let folder = tempfile::tempdir().expect("a folder");
        let collector =
            || Collector::new(Arc::clone(&bench.fetcher)).with_cache(Cache::open(folder.path()).expect("a cache"));
        bench.collect(&collector());
        bench.server.set_faults(Faults { down: true, ..Faults::default() });
        let (store, failures) = bench.collect(&collector());
        assert_eq!(failures, []);
        assert_eq!((store.evidence().ocsp().len(), store.evidence().crls().len()), (1, 1));

        let request = Request::Ocsp {
            url: bench.seal.ocsp_urls()[0].to_owned(),
            cert_id: CertId::sha1(bench.server.authority().issuing(), bench.seal.serial()),
        };
        let period = crate::authority::ocsp::OCSP_PERIOD_S;
        assert!(collector().ask(&request, NOW.plus(period - 1)).is_ok());
        assert!(collector().ask(&request, NOW.plus(period)).is_err());
    }

    #[test]
    fn revocation_reaches_the_store() {
        let bench = Bench::new();
        bench.server.authority().revoke(&bench.seal, NOW.plus(-10), Reason::KeyCompromise);
        let (store, _) = bench.collect(&Collector::new(Arc::clone(&bench.fetcher)));
        let status = store.evidence().ocsp()[0].basic().expect("basic").responses[0].status;
        assert!(matches!(status, crate::x509::ocsp::CertStatus::Revoked { .. }));
    }
}
