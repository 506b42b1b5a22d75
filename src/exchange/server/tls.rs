//! The channel: TLS with client certificates, judged by our own path validation.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use axum::{Extension, Router};
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime as TlsTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{DistinguishedName, SignatureAlgorithm, SignatureScheme};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::{Clock, Endpoint, Peer};
use crate::algorithms::DigestAlgorithm;
use crate::algorithms::public_key::{Curve, KeyKind, key_bits};
use crate::exchange::handshake::handshake_signatures_by_the_library;
use crate::exchange::id::Sha256;
use crate::exchange::trust::{Asking, Trust};
use crate::keys::{Signer, fits_certificate};
use crate::path::Purpose;
use crate::x509::Certificate;

/// Most certificates read beside a client's own.
const OTHERS: usize = 8;
/// How long a connection beyond the limit waits for its turn.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(20);

/// A certificate chain and its private key for one side of the channel.
#[derive(Clone)]
pub struct TlsIdentity {
    /// Own certificate first.
    pub chain: Vec<Certificate>,
    /// The key. An RSA key must sign RSASSA-PSS with SHA-256 to be of use in TLS 1.3.
    pub signer: Arc<dyn Signer>,
}

/// Why a channel cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// No certificate was given.
    #[error("no certificate was given for the TLS key")]
    NoCertificate,
    /// The key is not that of the first certificate.
    #[error("the TLS key does not match the certificate")]
    KeyDoesNotMatch,
    /// TLS knows no signature scheme for this key.
    #[error("TLS knows no signature scheme for this key ({0})")]
    Scheme(&'static str),
    /// Certificate and key do not fit, or are of a kind TLS does not take.
    #[error("the TLS certificate or key is not accepted: {0}")]
    Identity(#[from] rustls::Error),
}

impl TlsIdentity {
    /// In the form the TLS library asks for, for either side.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn resolver(&self) -> Result<Arc<SingleCertAndKey>, TlsError> {
        let certificate = self.chain.first().ok_or(TlsError::NoCertificate)?;
        if !fits_certificate(self.signer.as_ref(), certificate.spki()) {
            return Err(TlsError::KeyDoesNotMatch);
        }
        let chain = self.chain.iter().map(|c| CertificateDer::from(c.der().to_vec())).collect();
        let key = TlsKey { scheme: tls_scheme(self.signer.as_ref())?, signer: self.signer.clone() };
        Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, Arc::new(key)))))
    }
}

/// The name TLS has for what a key signs (RFC 8446 §4.2.3).
fn tls_scheme(signer: &dyn Signer) -> Result<SignatureScheme, TlsError> {
    use crate::algorithms::SignatureScheme as Own;
    let scheme = signer.scheme();
    let curve = key_bits(signer.public_key()).map(|(kind, _)| kind);
    match (scheme, curve) {
        (Own::Ecdsa(DigestAlgorithm::Sha256), Ok(KeyKind::Ec(Curve::P256))) => {
            Ok(SignatureScheme::ECDSA_NISTP256_SHA256)
        }
        (Own::Ecdsa(DigestAlgorithm::Sha384), Ok(KeyKind::Ec(Curve::P384))) => {
            Ok(SignatureScheme::ECDSA_NISTP384_SHA384)
        }
        (Own::Ed25519, _) => Ok(SignatureScheme::ED25519),
        (Own::RsaPss { digest: DigestAlgorithm::Sha256, mgf_digest: DigestAlgorithm::Sha256, salt_len: 32 }, _) => {
            Ok(SignatureScheme::RSA_PSS_SHA256)
        }
        (Own::RsaPkcs1v15(DigestAlgorithm::Sha256), _) => Ok(SignatureScheme::RSA_PKCS1_SHA256),
        _ => Err(TlsError::Scheme(scheme.name())),
    }
}

/// One of our keys in the TLS library's terms.
#[derive(Clone)]
struct TlsKey {
    scheme: SignatureScheme,
    signer: Arc<dyn Signer>,
}

impl std::fmt::Debug for TlsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsKey").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered.contains(&self.scheme).then(|| -> Box<dyn rustls::sign::Signer> { Box::new(self.clone()) })
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.scheme {
            SignatureScheme::ED25519 => SignatureAlgorithm::ED25519,
            SignatureScheme::RSA_PSS_SHA256 | SignatureScheme::RSA_PKCS1_SHA256 => SignatureAlgorithm::RSA,
            _ => SignatureAlgorithm::ECDSA,
        }
    }
}

impl rustls::sign::Signer for TlsKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.signer.sign(message).map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsIdentity").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// The server's side of the channel: TLS 1.2 and 1.3, a client certificate from everybody.
///
/// # Errors
/// [`TlsError`].
pub fn server_config(
    identity: &TlsIdentity,
    trust: Arc<RwLock<Arc<Trust>>>,
    clock: Clock,
) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(PathVerifier { trust, clock, provider: provider.clone() });
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity.resolver()?);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Client certificates must lead to the endpoint's anchors and not be known as revoked; who they stand for is the
/// directory's business. What has to be asked for first is asked once the handshake is over: it must not wait.
struct PathVerifier {
    trust: Arc<RwLock<Arc<Trust>>>,
    clock: Clock,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for PathVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PathVerifier").field("trust", &self.trust).finish_non_exhaustive()
    }
}

impl ClientCertVerifier for PathVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: TlsTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let read = |der: &CertificateDer<'_>| Certificate::from_der(der);
        let leaf =
            read(end_entity).map_err(|_| rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding))?;
        let others: Vec<Certificate> = intermediates.iter().take(OTHERS).filter_map(|der| read(der).ok()).collect();
        let trust = self.trust.read().unwrap_or_else(PoisonError::into_inner).clone();
        let now = (self.clock)().seconds();
        match trust.check_with(&leaf, &others, Purpose::TlsClient, now, Asking::Never) {
            Err(error) if !(trust.can_ask() && error.is_for_lack_of_status()) => {
                tracing::info!(%error, subject = %leaf.subject(), "a client certificate is not trusted");
                Err(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer))
            }
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    handshake_signatures_by_the_library!();
}

/// Hands every handler the certificate its connection was opened with, once nobody says it was revoked.
#[derive(Clone, Debug)]
pub(super) struct PeerAcceptor {
    tls: RustlsAcceptor<NoDelayAcceptor>,
    places: Arc<Semaphore>,
    endpoint: Arc<Endpoint>,
}

impl PeerAcceptor {
    pub(super) fn new(config: Arc<rustls::ServerConfig>, endpoint: Arc<Endpoint>) -> Self {
        let connections = endpoint.limits.connections;
        // Answers are small: waiting to fill a packet would add a delayed acknowledgement to each.
        let tls = RustlsAcceptor::new(RustlsConfig::from_config(config)).acceptor(NoDelayAcceptor::new());
        let places = Semaphore::new(usize::try_from(connections).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS));
        PeerAcceptor { tls, places: Arc::new(places), endpoint }
    }
}

type Accepted<S> = Pin<Box<dyn Future<Output = io::Result<(S, Router)>> + Send>>;

impl Accept<TcpStream, Router> for PeerAcceptor {
    type Stream = <RustlsAcceptor<NoDelayAcceptor> as Accept<TcpStream, ()>>::Stream;
    type Service = Router;
    type Future = Accepted<Self::Stream>;

    fn accept(&self, stream: TcpStream, router: Router) -> Self::Future {
        let (tls, places, endpoint) = (self.tls.clone(), self.places.clone(), self.endpoint.clone());
        Box::pin(async move {
            // Beyond the limit a connection waits here, without a handshake that would cost something.
            let waiting = tokio::time::timeout(LONGEST_WAIT, places.acquire_owned());
            let place = waiting.await.map_err(|_| io::ErrorKind::TimedOut)?.map_err(|_| io::ErrorKind::BrokenPipe)?;
            let (stream, _) = tls.accept(stream, ()).await?;
            let (_, connection) = stream.get_ref();
            let shown = connection.peer_certificates().unwrap_or_default();
            let leaf = shown.first().ok_or_else(|| io::Error::other("the client showed no certificate"))?;
            let peer = Peer(Sha256::of(leaf));
            let read = |der: &CertificateDer<'_>| Certificate::from_der(der).ok();
            let chain: Arc<[Certificate]> = shown.iter().take(OTHERS + 1).filter_map(read).collect();
            if !endpoint.admits(peer, chain).await {
                return Err(io::Error::other("the client's certificate is not trusted"));
            }
            // The place is given back when the connection's service goes.
            Ok((stream, router.layer(Extension(peer)).layer(Extension(Arc::new(place)))))
        })
    }
}
