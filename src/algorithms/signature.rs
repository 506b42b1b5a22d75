//! Signature schemes: what an algorithm identifier means, and verifying one value under one key.

use super::digest::DigestAlgorithm;

/// A signature scheme with everything needed to verify one value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1v15(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Digest of the message.
        digest: DigestAlgorithm,
        /// Digest of MGF1.
        mgf_digest: DigestAlgorithm,
        /// Salt length in octets.
        salt_len: usize,
    },
    /// ECDSA (FIPS 186-5) over the curve of the key, value as DER.
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// DSA (FIPS 186-4), only ever verified.
    Dsa(DigestAlgorithm),
}

/// Why a signature value was not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The value does not verify under this key.
    #[error("the signature value does not verify under the key")]
    Invalid,
    /// No maintained library here computes this; says which.
    #[error("the algorithm {0} is not supported")]
    Unsupported(String),
    /// The key is damaged or of another kind than the scheme.
    #[error("the public key does not fit the algorithm")]
    Key,
}

impl SignatureScheme {
    /// The name used in reports: `rsa-pkcs1v15`, `rsa-pss`, `ecdsa`, `ed25519`, `dsa`.
    pub fn name(self) -> &'static str {
        match self {
            SignatureScheme::RsaPkcs1v15(_) => "rsa-pkcs1v15",
            SignatureScheme::RsaPss { .. } => "rsa-pss",
            SignatureScheme::Ecdsa(_) => "ecdsa",
            SignatureScheme::Ed25519 => "ed25519",
            SignatureScheme::Dsa(_) => "dsa",
        }
    }

    /// The digest the scheme applies to the message; SHA-512 for Ed25519.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            SignatureScheme::RsaPkcs1v15(d) | SignatureScheme::Ecdsa(d) | SignatureScheme::Dsa(d) => d,
            SignatureScheme::RsaPss { digest, .. } => digest,
            SignatureScheme::Ed25519 => DigestAlgorithm::Sha512,
        }
    }
}
