//! The test authority of `demo` and the tests: a root, an issuing CA for state bodies, a time-stamping
//! authority, an OCSP responder and CRLs, all in this process.
//!
//! It has no clock and no socket: the time is an argument, and `net::authority_server` puts it on loopback.
//! Everything it issues says TEST ONLY; [`is_test_anchor`] lets every other command refuse a published key as an
//! anchor, while the fresh root of one `demo` run can be looked at with `verify --anchor`.

pub mod ca;
pub mod identity;
pub mod ocsp;
#[cfg(test)]
mod openssl_tests;
pub mod tsa;

pub use ca::{Authority, CaKeys, Settings};
pub use identity::{Identity, KeyChoice, Purpose, Subject};
pub use ocsp::OcspFault;
pub use tsa::{LocalTsa, TsaFault};

use crate::algorithms::public_key::same_key;
use crate::keys::{KeyError, Signer as _, SoftwareKey};
use crate::x509::{Certificate, X509Error};
use std::sync::OnceLock;

/// The organisation in the name of every certificate of this authority.
pub const TEST_ORGANIZATION: &str = "TEST ONLY - congvan";

/// Why the authority could not do its work.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A key could not be made, read or used.
    #[error("the test authority cannot use a key: {0}")]
    Key(#[from] KeyError),
    /// What was built does not read back.
    #[error("the test authority built a certificate that does not read: {0}")]
    Certificate(#[from] X509Error),
}

/// A published RSA private key of the test authority, made by `scripts/make-fixtures`. TEST ONLY.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "named after whom they stand for")]
pub enum EmbeddedKey {
    Root,
    Issuing,
    Leader,
    SealA,
    SealB,
    Tsa,
}

impl EmbeddedKey {
    const ALL: [EmbeddedKey; 6] = [
        EmbeddedKey::Root,
        EmbeddedKey::Issuing,
        EmbeddedKey::Leader,
        EmbeddedKey::SealA,
        EmbeddedKey::SealB,
        EmbeddedKey::Tsa,
    ];

    /// The key file.
    pub fn pem(self) -> &'static str {
        match self {
            EmbeddedKey::Root => include_str!("../../fixtures/pki/root.pem"),
            EmbeddedKey::Issuing => include_str!("../../fixtures/pki/issuing.pem"),
            EmbeddedKey::Leader => include_str!("../../fixtures/pki/leader.pem"),
            EmbeddedKey::SealA => include_str!("../../fixtures/pki/seal-a.pem"),
            EmbeddedKey::SealB => include_str!("../../fixtures/pki/seal-b.pem"),
            EmbeddedKey::Tsa => include_str!("../../fixtures/pki/tsa.pem"),
        }
    }

    /// The key.
    ///
    /// # Errors
    /// [`KeyError`] when the embedded file is damaged.
    pub fn open(self) -> Result<SoftwareKey, KeyError> {
        crate::keys::software::open_software(self.pem().as_bytes(), None).map(|(key, _)| key)
    }
}

/// True for certificates nobody may trust outside `demo` and the tests: those whose private key is published here.
pub fn is_test_anchor(certificate: &Certificate) -> bool {
    static PUBLISHED: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let published = PUBLISHED.get_or_init(|| {
        EmbeddedKey::ALL.iter().filter_map(|key| key.open().ok()).map(|key| key.public_key().to_vec()).collect()
    });
    published.iter().any(|spki| same_key(spki, certificate.spki()))
}
