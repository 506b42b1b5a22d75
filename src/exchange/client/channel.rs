//! The client's side of the channel: the endpoint's certificate must name its host, lead to an anchor by our own path
//! validation, and not be revoked (PROTOCOL.md §3).

use std::sync::{Arc, Mutex, PoisonError};

use rustls::CertificateError;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;

use crate::exchange::handshake::handshake_signatures_by_the_library;
use crate::exchange::server::Clock;
use crate::exchange::trust::{Trust, Untrusted};
use crate::path::Purpose;
use crate::x509::Certificate;

/// Most certificates read beside the endpoint's own.
const OTHERS: usize = 8;

/// Judges the endpoint's certificate, and remembers why it was not trusted: the TLS library keeps no reasons.
pub(super) struct EndpointVerifier {
    trust: Trust,
    clock: Clock,
    provider: Arc<CryptoProvider>,
    refused: Mutex<Option<Untrusted>>,
}

impl EndpointVerifier {
    pub(super) fn new(trust: Trust, clock: Clock, provider: Arc<CryptoProvider>) -> Self {
        EndpointVerifier { trust, clock, provider, refused: Mutex::new(None) }
    }

    /// Why the last certificate was not trusted, once.
    pub(super) fn refusal(&self) -> Option<Untrusted> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl std::fmt::Debug for EndpointVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointVerifier").field("trust", &self.trust).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for EndpointVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let bad = |_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
        let leaf = Certificate::from_der(end_entity).map_err(bad)?;
        let others: Vec<Certificate> =
            intermediates.iter().take(OTHERS).filter_map(|der| Certificate::from_der(der).ok()).collect();
        // RFC 9525 §6: the name asked for is one the certificate lists.
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        self.trust.check(&leaf, &others, Purpose::TlsServer, (self.clock)().seconds()).map_err(|error| {
            let kind = match &error {
                Untrusted::Revoked { .. } => CertificateError::Revoked,
                Untrusted::StatusUnknown { .. } | Untrusted::StatusStale { .. } => {
                    CertificateError::UnknownRevocationStatus
                }
                Untrusted::Path(_) => CertificateError::UnknownIssuer,
            };
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            rustls::Error::InvalidCertificate(kind)
        })?;
        Ok(ServerCertVerified::assertion())
    }

    handshake_signatures_by_the_library!();
}
