//! Is one CMS signer's value right? — RFC 5652 §5.4 and §5.6, the mathematics only.
//!
//! Digest of the content against message-digest, content-type against the content, the value over the signed
//! attributes as they stand in the file. Which certificate it must be and whether it is good is decided above.

use super::{DigestAlgorithm, SignatureScheme, VerifyError};
use crate::base::oid::Oid;
use crate::cms::{AttributeError, SignerInfo};

/// What a right signature value covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coverage {
    /// The signed attributes as they stand in the file, and through them the content.
    SignedAttributes,
    /// The signed attributes in DER, which is not the form of the file: right, and worth a warning.
    SortedAttributes,
    /// The content itself, without signed attributes.
    Content,
}

/// Facts of a signature whose value is right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignerFacts {
    /// The scheme of the value.
    pub scheme: SignatureScheme,
    /// The digest of the content.
    pub digest: DigestAlgorithm,
    /// What the value covers.
    pub coverage: Coverage,
}

/// Why a signer is not right.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// A digest we cannot compute.
    #[error("the digest algorithm {0} is not supported")]
    Digest(Oid),
    /// The content is not at hand.
    #[error("the signed content is not at hand")]
    NoContent,
    /// A signed attribute is damaged or stands there twice.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// There are signed attributes without message-digest.
    #[error("the signed attributes hold no message digest")]
    NoMessageDigest,
    /// The content is not what was signed.
    #[error("the content does not have the digest that was signed")]
    MessageDigest,
    /// There are signed attributes without content-type.
    #[error("the signed attributes hold no content type")]
    NoContentType,
    /// The signed content type is not that of the content.
    #[error("the signed content type {signed} is not {content}, that of the content")]
    ContentType {
        /// What was signed.
        signed: Oid,
        /// What stands there.
        content: Oid,
    },
    /// The protected algorithms are not those used (RFC 6211).
    #[error("the algorithms differ from those the signer protected")]
    AlgorithmProtection,
    /// The value does not verify or cannot be computed.
    #[error(transparent)]
    Value(#[from] VerifyError),
}

/// Checks one signer under the key of `spki`.
///
/// `content_digest` gives the digest of the content (`None` when it is not at hand), `content_type` is that of
/// the content, `None` for a countersignature, which has none (RFC 5652 §11.4).
///
/// # Errors
/// [`SignerError`]; a wrong content is told before a wrong value.
pub fn verify_signer(
    signer: &SignerInfo,
    spki: &[u8],
    content_type: Option<&Oid>,
    content_digest: &mut dyn FnMut(DigestAlgorithm) -> Option<Vec<u8>>,
) -> Result<SignerFacts, SignerError> {
    let oid = &signer.digest_algorithm().oid;
    let digest = DigestAlgorithm::from_oid(oid).ok_or_else(|| SignerError::Digest(oid.clone()))?;
    let scheme = SignatureScheme::from_identifiers(signer.signature_algorithm(), Some(digest))?;
    let found = content_digest(digest).ok_or(SignerError::NoContent)?;
    let facts = |coverage| SignerFacts { scheme, digest, coverage };

    let Some(signed) = signer.signed_attributes_raw() else {
        scheme.verify_digest(spki, &found, signer.signature())?;
        return Ok(facts(Coverage::Content));
    };
    let expected = signer.message_digest()?.ok_or(SignerError::NoMessageDigest)?;
    if expected != found {
        return Err(SignerError::MessageDigest);
    }
    if let Some(content) = content_type {
        let signed = signer.content_type()?.ok_or(SignerError::NoContentType)?;
        if signed != *content {
            return Err(SignerError::ContentType { signed, content: content.clone() });
        }
    }
    if let Some((protected_digest, protected_signature)) = signer.algorithm_protection()? {
        let signature = protected_signature.is_none_or(|s| s.oid == signer.signature_algorithm().oid);
        if protected_digest.oid != *oid || !signature {
            return Err(SignerError::AlgorithmProtection);
        }
    }
    match scheme.verify(spki, signed, signer.signature()) {
        Ok(()) => Ok(facts(Coverage::SignedAttributes)),
        Err(VerifyError::Invalid) => match signer.signed_attributes_der() {
            Some(der) if scheme.verify(spki, &der, signer.signature()).is_ok() => Ok(facts(Coverage::SortedAttributes)),
            _ => Err(VerifyError::Invalid.into()),
        },
        Err(other) => Err(other.into()),
    }
}
