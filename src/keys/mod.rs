//! Private keys: the only place that touches one.
//!
//! Everything above signs through [`Signer`] and never learns where the key lives.

use crate::algorithms::SignatureScheme;

/// A private key that can sign.
pub trait Signer: Send + Sync {
    /// The scheme its values verify under.
    fn scheme(&self) -> SignatureScheme;

    /// Its public key as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER.
    fn public_key(&self) -> &[u8];

    /// Signs `message` (the scheme's digest is applied here, not by the caller).
    ///
    /// # Errors
    /// [`KeyError::Refused`] when the key or its module would not sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Why a key cannot be opened or used. Never carries a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Neither PKCS#8 nor PKCS#12.
    #[error("the key file is neither PKCS#8 nor PKCS#12")]
    Format,
    /// The passphrase is wrong.
    #[error("the passphrase is wrong")]
    Passphrase,
    /// The key is encrypted and no passphrase was given.
    #[error("the key is encrypted and no passphrase was given")]
    PassphraseNeeded,
    /// A kind of key we do not sign with.
    #[error("keys of the kind {0} are not supported")]
    Unsupported(String),
    /// The key or its module would not sign.
    #[error("the key would not sign: {0}")]
    Refused(String),
}
