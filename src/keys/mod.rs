//! Private keys: the only place that touches one.
//!
//! Everything above signs through [`Signer`] and never learns where the key lives.

pub mod pkcs11;
mod pkcs12;
pub mod software;

pub use pkcs11::{RsaPadding, TokenError};
pub use software::{OpenedKey, SoftwareKey};

use crate::algorithms::public_key::same_key;
use crate::algorithms::{DigestAlgorithm, SignatureScheme};

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

    /// True where [`Signer::sign`] has verified every value it gives under [`Signer::public_key`].
    fn verifies_itself(&self) -> bool {
        false
    }

    /// The scheme with another digest; `None` where this key does not sign so.
    fn scheme_with(&self, digest: DigestAlgorithm) -> Option<SignatureScheme> {
        Some(self.scheme()).filter(|scheme| scheme.digest() == digest)
    }

    /// Signs under a scheme that [`Signer::scheme_with`] gave.
    ///
    /// # Errors
    /// Those of [`Signer::sign`], [`KeyError::Unsupported`] for a scheme it did not give.
    fn sign_as(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        if scheme == self.scheme() { self.sign(message) } else { Err(KeyError::Unsupported(scheme.name().to_owned())) }
    }
}

/// A key that signs with another digest than its own choice.
pub struct WithDigest<'s> {
    signer: &'s dyn Signer,
    scheme: SignatureScheme,
}

impl<'s> WithDigest<'s> {
    /// The key with this digest; `None` where it does not sign so.
    pub fn new(signer: &'s dyn Signer, digest: DigestAlgorithm) -> Option<Self> {
        signer.scheme_with(digest).map(|scheme| WithDigest { signer, scheme })
    }
}

impl Signer for WithDigest<'_> {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn public_key(&self) -> &[u8] {
        self.signer.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.signer.sign_as(self.scheme, message)
    }
}

/// True when `signer` holds the private half of the key in `spki` (SubjectPublicKeyInfo DER of a certificate).
pub fn fits_certificate(signer: &dyn Signer, spki: &[u8]) -> bool {
    same_key(signer.public_key(), spki)
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
    /// The file does not hold exactly one private key.
    #[error("the key file holds {found} private keys where exactly one is needed")]
    KeyCount {
        /// Private keys in the file.
        found: usize,
    },
    /// A certificate in the key file cannot be read.
    #[error("a certificate in the key file cannot be read")]
    Certificate,
    /// A kind of key we do not sign with.
    #[error("keys of the kind {0} are not supported")]
    Unsupported(String),
    /// The key would not sign.
    #[error("the key would not sign: {0}")]
    Refused(String),
    /// The token it is on says no.
    #[error(transparent)]
    Token(#[from] TokenError),
}
