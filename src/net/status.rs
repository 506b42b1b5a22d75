//! OCSP for the exchange: asks the responders a certificate names, in order, each time anew.

use std::sync::Arc;

use super::collect::Collector;
use super::fetch::Fetcher;
use crate::base::time::UnixTime;
use crate::exchange::trust::StatusSource;
use crate::proofs::plan::Request;
use crate::x509::ocsp::CertId;
use crate::x509::{Certificate, OcspResponse};

/// Asks over the network.
pub struct OcspOverHttp {
    fetcher: Arc<Fetcher>,
}

impl OcspOverHttp {
    /// One that fetches within these bounds.
    pub fn new(fetcher: Arc<Fetcher>) -> Self {
        OcspOverHttp { fetcher }
    }
}

impl std::fmt::Debug for OcspOverHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OcspOverHttp").finish_non_exhaustive()
    }
}

impl StatusSource for OcspOverHttp {
    fn ask(&self, certificate: &Certificate, issuer: &Certificate, now: UnixTime) -> Option<OcspResponse> {
        let cert_id = CertId::sha1(issuer, certificate.serial());
        certificate.ocsp_urls().into_iter().find_map(|url| {
            let request = Request::Ocsp { url: url.to_owned(), cert_id: cert_id.clone() };
            // A collector remembers for one run; here every question is a new one.
            match Collector::new(self.fetcher.clone()).ask(&request, now) {
                Ok(bytes) => OcspResponse::from_der(&bytes).ok(),
                Err(error) => {
                    tracing::warn!(%error, url, "an OCSP responder gave no answer");
                    None
                }
            }
        })
    }
}
