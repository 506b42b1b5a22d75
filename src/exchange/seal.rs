//! Signatures over objects of the protocol: detached CAdES-B-B (EN 319 122-1) in the one shape PROTOCOL.md §2 allows.
//!
//! [`verify`] says which certificate signed; whether that certificate may is the directory's business
//! ([`super::directory`]) and whether it is trusted is [`super::trust::Trust`]'s.

use std::sync::Arc;

use super::evidence::{Evidence, MAX_SIGNATURE, Receipt};
use super::id::Sha256;
use super::message::MessageError;
use super::trust::Untrusted;
use crate::algorithms::cms_signer::{Coverage, SignerError, verify_signer};
use crate::algorithms::public_key::{KeyKind, key_bits};
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::cms::{CmsError, SignedData, oids};
use crate::keys::Signer;
use crate::sign::cades::{self, CadesError, CmsRequest};
use crate::x509::Certificate;

/// Fewest bits of an RSA key.
const MIN_RSA_BITS: usize = 2_048;
/// Most certificates beside the signer's.
const MAX_CERTIFICATES: usize = 8;

/// A key that seals objects, with its certificates.
#[derive(Clone)]
pub struct Sealer {
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    issuers: Vec<Certificate>,
}

/// Why an object was not signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// There is no certificate for the key.
    #[error("no certificate was given for the key")]
    NoCertificate,
    /// The signature could not be made.
    #[error(transparent)]
    Cades(#[from] CadesError),
    /// The signature would not be accepted by the other side.
    #[error("the signature would not be accepted by the other side: {0}")]
    Unfit(#[from] SignatureError),
}

/// Why a signature does not count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Longer than allowed.
    #[error("the signature has {found} octets, more than the {MAX_SIGNATURE} allowed")]
    TooLong {
        /// Octets found.
        found: usize,
    },
    /// Not a SignedData, or octets follow it.
    #[error("the signature is not a SignedData: {0}")]
    Format(#[from] CmsError),
    /// Octets follow it.
    #[error("octets follow the signature")]
    Trailing,
    /// It carries content of its own.
    #[error("the signature carries content of its own")]
    NotDetached,
    /// Not exactly one signer.
    #[error("the signature has {0} signers, not one")]
    Signers(usize),
    /// The signer's certificate is not in it, or signing-certificate-v2 does not name it by SHA-256.
    #[error("the signature does not name and carry the signer's certificate")]
    Certificate,
    /// More certificates than a chain needs.
    #[error("the signature carries more certificates than a chain needs")]
    TooManyCertificates,
    /// An algorithm or key below the rules.
    #[error("the signature uses an algorithm or key below the rules")]
    Weak,
    /// The value or the digest is wrong.
    #[error("the signature does not verify: {0}")]
    Value(#[from] SignerError),
    /// What was signed is not the signed attributes as they stand.
    #[error("the signed attributes are missing or not in DER")]
    Attributes,
}

impl Sealer {
    /// A key with its certificate first and its issuers after it.
    ///
    /// # Errors
    /// [`SealError::NoCertificate`]; [`SealError::Cades`] when the key is not the certificate's;
    /// [`SealError::Unfit`] for a key the protocol does not take.
    pub fn new(signer: Arc<dyn Signer>, chain: &[Certificate]) -> Result<Self, SealError> {
        let (certificate, issuers) = chain.split_first().ok_or(SealError::NoCertificate)?;
        let sealer = Sealer { signer, certificate: certificate.clone(), issuers: issuers.to_vec() };
        // A trial signature finds a foreign key or a weak one now, not at the first delivery.
        let trial = sealer.seal(b"trial")?;
        verify(b"trial", &trial)?;
        Ok(sealer)
    }

    /// The certificate signatures verify under.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Signs an object's octets.
    ///
    /// # Errors
    /// [`SealError::Cades`].
    pub fn seal(&self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        let digest = cades::digest_of(self.signer.as_ref()).digest(message);
        let request = CmsRequest::detached(&digest, &self.certificate, &self.issuers);
        Ok(cades::sign(&request, self.signer.as_ref())?.to_der())
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("certificate", &self.certificate.subject().to_string()).finish()
    }
}

/// A signature that verifies.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// What else the signature carries: perhaps its issuers.
    pub others: Vec<Certificate>,
}

impl Verified {
    /// SHA-256 of the signer's certificate.
    pub fn sha256(&self) -> Sha256 {
        Sha256(*self.certificate.sha256())
    }
}

/// Checks a signature over an object's octets: form, digest, value, and that it names its certificate.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(message: &[u8], signature: &[u8]) -> Result<Verified, SignatureError> {
    if signature.len() > MAX_SIGNATURE {
        return Err(SignatureError::TooLong { found: signature.len() });
    }
    if crate::cms::encoded_len(signature)? != signature.len() {
        return Err(SignatureError::Trailing);
    }
    let cms = SignedData::parse(signature)?;
    if cms.encapsulated_content().is_some() || *cms.encapsulated_content_type() != oids::DATA {
        return Err(SignatureError::NotDetached);
    }
    let [signer] = cms.signers() else { return Err(SignatureError::Signers(cms.signers().len())) };
    if cms.certificates().len() > MAX_CERTIFICATES {
        return Err(SignatureError::TooManyCertificates);
    }
    // RFC 5035 §4: the first certificate named is the signer's.
    let named = signer.signing_certificate_v2().ok().flatten().unwrap_or_default();
    let certificate = named
        .first()
        .filter(|first| DigestAlgorithm::from_oid(&first.digest_algorithm.oid) == Some(DigestAlgorithm::Sha256))
        .and_then(|first| cms.certificates().iter().find(|c| c.sha256().as_slice() == first.digest))
        .filter(|certificate| signer.id().names(certificate))
        .ok_or(SignatureError::Certificate)?;
    let facts = verify_signer(signer, certificate.spki(), Some(&oids::DATA), &mut |d| Some(d.digest(message)))?;
    if facts.coverage != Coverage::SignedAttributes {
        return Err(SignatureError::Attributes);
    }
    if !is_strong(facts.scheme, certificate.spki()) {
        return Err(SignatureError::Weak);
    }
    let others = cms.certificates().iter().filter(|c| c.sha256() != certificate.sha256()).cloned().collect();
    Ok(Verified { certificate: certificate.clone(), others })
}

fn is_strong(scheme: SignatureScheme, spki: &[u8]) -> bool {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    if !matches!(scheme.digest(), Sha256 | Sha384 | Sha512) {
        return false;
    }
    match (scheme, key_bits(spki)) {
        (SignatureScheme::RsaPkcs1v15(_) | SignatureScheme::RsaPss { .. }, Ok((KeyKind::Rsa, bits))) => {
            bits >= MIN_RSA_BITS
        }
        (SignatureScheme::Ecdsa(_), Ok((_, bits))) => bits >= 256,
        (SignatureScheme::Ed25519, Ok(_)) => true,
        _ => false,
    }
}

/// A receipt that holds.
#[derive(Clone, Debug)]
pub struct CheckedReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// What it states.
    pub evidence: Evidence,
    /// The certificate that sealed it.
    pub certificate: Certificate,
}

/// Why a receipt does not count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Not a receipt.
    #[error(transparent)]
    Form(#[from] MessageError),
    /// The seal is wrong.
    #[error(transparent)]
    Seal(#[from] SignatureError),
    /// Another certificate sealed it than it names.
    #[error("another certificate sealed it than it names")]
    OtherCertificate,
    /// The sealing certificate leads to no anchor.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/modern.p12");
        let opened = crate::keys::software::open(&std::fs::read(path).expect("the fixture"), Some("secret"));
        let opened = opened.expect("opens");
        Sealer::new(Arc::from(opened.signer), &opened.chain).expect("a sealer")
    }

    #[test]
    fn what_is_sealed_verifies_and_names_its_certificate() {
        let sealer = sealer();
        let signature = sealer.seal(b"{}").expect("seals");
        let verified = verify(b"{}", &signature).expect("verifies");
        assert_eq!(verified.certificate, *sealer.certificate());
    }

    #[test]
    fn other_octets_other_values_and_trailing_octets_are_refused() {
        let signature = sealer().seal(b"{}").expect("seals");
        assert!(matches!(verify(b"{ }", &signature), Err(SignatureError::Value(SignerError::MessageDigest))));
        let mut changed = signature.clone();
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        assert!(matches!(verify(b"{}", &changed), Err(SignatureError::Value(_))));
        let mut longer = signature.clone();
        longer.push(0);
        assert_eq!(verify(b"{}", &longer).err(), Some(SignatureError::Trailing));
        assert!(matches!(verify(b"{}", &vec![0x30; MAX_SIGNATURE + 1]), Err(SignatureError::TooLong { .. })));
        assert!(matches!(verify(b"{}", b""), Err(SignatureError::Format(_))));
    }

    #[test]
    fn a_signature_with_its_own_content_is_refused() {
        let sealer = sealer();
        let digest = cades::digest_of(sealer.signer.as_ref()).digest(b"{}");
        let request =
            CmsRequest { content: Some(b"{}"), ..CmsRequest::detached(&digest, &sealer.certificate, &sealer.issuers) };
        let signature = cades::sign(&request, sealer.signer.as_ref()).expect("signs").to_der();
        assert_eq!(verify(b"{}", &signature).err(), Some(SignatureError::NotDetached));
    }
}
