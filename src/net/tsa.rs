//! Time-stamping authorities over HTTP, asked in order until one gives a sound token.
//!
//! One that does not answer is not waited for again by the same source; how large tokens get is remembered, so that
//! the next hole fits.

use super::fetch::{FetchError, Fetcher, Origin};
use crate::algorithms::DigestAlgorithm;
use crate::path::{self, Anchors, Links, Pool, Purpose, Settings};
use crate::timestamp::{Attempt, TimeStampError, TimeStampSource, TokenFacts, WhyNot, check_answer};
use crate::tsp::{TimeStampRequest, Token};
use crate::x509::Certificate;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Octets of a request's nonce.
const NONCE_LEN: usize = 16;

/// Authorities to ask, the first first.
#[derive(Clone, Debug)]
pub struct HttpTsa {
    /// Who fetches.
    pub fetcher: Arc<Fetcher>,
    /// Their URLs.
    pub urls: Vec<String>,
    /// Certificates for tokens that carry none, and for paths to the anchors.
    pub pool: Vec<Certificate>,
    /// Where the path of an authority's certificate must end at the time it states; with none anybody is taken.
    pub anchors: Anchors,
    /// Who named the URLs.
    pub origin: Origin,
    memory: Arc<Memory>,
}

/// What one source learns while it is used; shared by its clones.
#[derive(Debug, Default)]
struct Memory {
    silent: Mutex<HashSet<String>>,
    largest: AtomicUsize,
}

impl HttpTsa {
    /// The authorities at `urls`, which the user or the configuration named.
    pub fn new(fetcher: Arc<Fetcher>, urls: Vec<String>) -> Self {
        let (pool, anchors, memory) = (Vec::new(), Anchors::default(), Arc::default());
        HttpTsa { fetcher, urls, pool, anchors, origin: Origin::Configured, memory }
    }

    /// The same, its URLs read from a document: they may lead only where [`super::FetchSettings::found`] allows.
    #[must_use]
    pub fn found(mut self) -> Self {
        self.origin = Origin::Found;
        self
    }

    /// The same, taking only authorities below `anchors`, by way of `pool`.
    #[must_use]
    pub fn below(mut self, anchors: Anchors, pool: Vec<Certificate>) -> Self {
        (self.anchors, self.pool) = (anchors, pool);
        self
    }

    fn ask(&self, url: &str, digest: DigestAlgorithm, imprint: &[u8]) -> Result<(Token, TokenFacts), WhyNot> {
        if self.silent().contains(url) {
            return Err(WhyNot::Silent);
        }
        let mut nonce = [0u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| WhyNot::NoRandom)?;
        let request = TimeStampRequest::new(&digest.oid(), imprint, &nonce);
        let answer = self.fetcher.time_stamp(url, self.origin, &request.to_der()).map_err(|error| {
            if matches!(error, FetchError::Connect { .. } | FetchError::Timeout { .. }) {
                self.silent().insert(url.to_owned());
            }
            WhyNot::Unreachable(error.to_string())
        })?;
        let (token, facts) = check_answer(&request, &answer, &self.pool)?;
        self.check_trust(&token, &facts)?;
        self.memory.largest.fetch_max(token.raw().len(), Ordering::Relaxed);
        Ok((token, facts))
    }

    fn check_trust(&self, token: &Token, facts: &TokenFacts) -> Result<(), WhyNot> {
        if self.anchors.is_empty() {
            return Ok(());
        }
        let pool = Pool::new(token.signed_data().certificates().iter().chain(&self.pool).cloned());
        let settings = Settings::new(facts.gen_time, Purpose::TimeStamping);
        match path::validate(&facts.certificate, &pool, &self.anchors, &settings, &Links::new()) {
            Ok(_) => Ok(()),
            Err(cause) => {
                Err(WhyNot::NotTrusted { subject: facts.certificate.subject().to_string(), cause: Box::new(cause) })
            }
        }
    }

    fn silent(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.memory.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TimeStampSource for HttpTsa {
    fn time_stamp(&self, digest: DigestAlgorithm, imprint: &[u8]) -> Result<(Token, TokenFacts), TimeStampError> {
        let mut attempts = Vec::new();
        for url in &self.urls {
            match self.ask(url, digest, imprint) {
                Ok(token) => return Ok(token),
                Err(why) => attempts.push(Attempt { authority: url.clone(), why }),
            }
        }
        Err(TimeStampError { attempts })
    }

    fn expected_len(&self) -> Option<usize> {
        Some(self.memory.largest.load(Ordering::Relaxed)).filter(|len| *len > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Authority, TsaFault, ca::CaKeys};
    use crate::base::time::UnixTime;
    use crate::net::FetchSettings;
    use crate::net::authority_server::{AuthorityServer, Faults, Listener};
    use crate::timestamp::{AnswerError, TokenError};
    use std::time::Duration;

    const NOW: UnixTime = UnixTime(1_772_700_000);

    fn serve(clock: UnixTime) -> (AuthorityServer, HttpTsa) {
        let listener = Listener::bind().expect("a port");
        let settings = crate::authority::Settings { now: NOW, base_url: listener.base_url(), keys: CaKeys::Fresh };
        let authority = Arc::new(Authority::new(&settings).expect("an authority"));
        let url = authority.tsa_url();
        let server = listener.serve(authority, Arc::new(move || clock)).expect("serves");
        let bounds = FetchSettings { tsa_timeout: Duration::from_millis(800), ..FetchSettings::default() };
        (server, HttpTsa::new(Arc::new(Fetcher::new(bounds)), vec![url]))
    }

    fn why(tsa: &HttpTsa) -> WhyNot {
        let imprint = DigestAlgorithm::Sha256.digest(b"data");
        tsa.time_stamp(DigestAlgorithm::Sha256, &imprint).expect_err("refused").attempts.remove(0).why
    }

    fn stamps(tsa: &HttpTsa) -> bool {
        tsa.time_stamp(DigestAlgorithm::Sha256, &DigestAlgorithm::Sha256.digest(b"data")).is_ok()
    }

    #[test]
    fn every_lie_is_called_by_its_name() {
        let (server, tsa) = serve(NOW);
        let told = |tsa_fault| {
            server.set_faults(Faults { tsa: tsa_fault, ..Faults::default() });
            match why(&tsa) {
                WhyNot::Answer(error) => error,
                other => panic!("{tsa_fault:?}: {other:?}"),
            }
        };
        assert_eq!(told(TsaFault::WrongNonce), AnswerError::Nonce);
        assert_eq!(told(TsaFault::WrongImprint), AnswerError::Imprint);
        assert_eq!(told(TsaFault::WrongSigner), AnswerError::Token(TokenError::Usage));
        assert!(matches!(told(TsaFault::BrokenSignature), AnswerError::Token(TokenError::Signer(_))));
        assert!(matches!(told(TsaFault::Refuses), AnswerError::Refused { status: 2, .. }));
        assert_eq!(told(TsaFault::Empty), AnswerError::NoToken);
        assert!(matches!(told(TsaFault::Garbage), AnswerError::Form(_)));
        server.set_faults(Faults::default());
        assert!(stamps(&tsa), "an authority that lied once is asked again");
    }

    #[test]
    fn a_time_outside_the_validity_of_the_authority_s_certificate_is_not_taken() {
        let (server, _) = serve(NOW);
        let last = server.authority().time_stamper().certificate.not_after();
        for (at, good) in [(last.plus(-100), true), (last.plus(100), false)] {
            // Another authority with the same periods, its clock there.
            let (_server, tsa) = serve(at);
            assert_eq!(stamps(&tsa), good, "{at}");
            if !good {
                assert!(
                    matches!(why(&tsa), WhyNot::Answer(AnswerError::OutsideValidity { stated, .. }) if stated == at)
                );
            }
        }
    }

    #[test]
    fn with_anchors_of_its_own_only_an_authority_below_them_is_taken() {
        let (server, tsa) = serve(NOW);
        let (stranger, _) = serve(NOW);
        let below = |root: &Certificate| tsa.clone().below(Anchors::from_certificates([root.clone()]), Vec::new());
        assert!(stamps(&below(server.authority().root())));
        assert!(matches!(why(&below(stranger.authority().root())), WhyNot::NotTrusted { .. }));
        assert!(stamps(&tsa), "without anchors whoever answers rightly is taken");
    }

    #[test]
    fn one_that_was_silent_is_not_waited_for_again() {
        let (server, tsa) = serve(NOW);
        server.set_faults(Faults { delay: Duration::from_secs(2), ..Faults::default() });
        assert!(matches!(why(&tsa), WhyNot::Unreachable(_)));
        let began = std::time::Instant::now();
        assert_eq!(why(&tsa), WhyNot::Silent);
        assert!(began.elapsed() < Duration::from_millis(500));
    }

    #[test]
    fn the_largest_token_tells_what_to_expect() {
        let (_server, tsa) = serve(NOW);
        assert_eq!(tsa.expected_len(), None);
        assert!(stamps(&tsa));
        let expected = tsa.clone().expected_len().expect("one was given");
        assert!((500..16_384).contains(&expected), "{expected}");
    }
}
