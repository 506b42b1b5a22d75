//! Time-stamping authorities over HTTP, asked in order until one gives a sound token.

use super::fetch::Fetcher;
use crate::algorithms::DigestAlgorithm;
use crate::timestamp::{Attempt, TimeStampError, TimeStampSource, TokenFacts, WhyNot, check_answer};
use crate::tsp::{TimeStampRequest, Token};
use crate::x509::Certificate;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::sync::Arc;

/// Octets of a request's nonce.
const NONCE_LEN: usize = 16;

/// Authorities to ask, the first first.
#[derive(Clone, Debug)]
pub struct HttpTsa {
    /// Who fetches.
    pub fetcher: Arc<Fetcher>,
    /// Their URLs.
    pub urls: Vec<String>,
    /// Certificates for tokens that carry none.
    pub pool: Vec<Certificate>,
}

impl HttpTsa {
    /// The authorities at `urls`.
    pub fn new(fetcher: Arc<Fetcher>, urls: Vec<String>) -> Self {
        HttpTsa { fetcher, urls, pool: Vec::new() }
    }

    fn ask(&self, url: &str, digest: DigestAlgorithm, imprint: &[u8]) -> Result<(Token, TokenFacts), WhyNot> {
        let mut nonce = [0u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| WhyNot::NoRandom)?;
        let request = TimeStampRequest::new(&digest.oid(), imprint, &nonce);
        let answer =
            self.fetcher.time_stamp(url, &request.to_der()).map_err(|error| WhyNot::Unreachable(error.to_string()))?;
        Ok(check_answer(&request, &answer, &self.pool)?)
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
}
