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

use crate::algorithms::public_key::rsa_modulus;
use crate::base::encoding::hex;
use crate::keys::{KeyError, SoftwareKey};
use crate::x509::certificate::sha256;
use crate::x509::{Certificate, X509Error};

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
    #[cfg(test)]
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
    let modulus = rsa_modulus(certificate.spki()).map(|modulus| hex(&sha256(modulus)));
    modulus.is_some_and(|modulus| PUBLISHED.contains(&modulus.as_str()))
}

/// SHA-256 of the modulus of every [`EmbeddedKey`]: opening six keys costs more than verifying a file.
const PUBLISHED: [&str; 6] = [
    "5fd7676fcf0146a6025d22e32e7ea4f02d57ea5fa33de3b12a63520dcedd2afa",
    "09b6d4575376ab70534b98647836e2bbc4abc7f5283a13aaf3d3f187b95644ce",
    "de3453f291e83ee2f7804965a2ce242abba6e5eec6e2e00679ad5978a235543a",
    "7d095e2279f0326d6938ef41fa4cc9a828eac78033ef7da3fa25ca535c35807b",
    "06f7bedb542cf12dff93b065fcfbedf0fe6e5acc079c4f460609d92c64579198",
    "3e718def24f7bde1bf4aece4dc70c6ab3daae72db97ecc46a3819f8ca4ae5c48",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Signer as _;

    #[test]
    fn the_digests_are_those_of_the_embedded_keys() {
        let of = |key: EmbeddedKey| {
            let key = key.open().expect("opens");
            hex(&sha256(rsa_modulus(key.public_key()).expect("an RSA key")))
        };
        assert_eq!(EmbeddedKey::ALL.map(of), PUBLISHED);
    }
}
