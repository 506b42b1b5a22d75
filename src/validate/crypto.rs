//! Cryptographic verification — EN 319 102-1 5.2.7: does the digest of the content hold, and the signature
//! value over it.
//!
//! Depends on no trust. An algorithm nothing here computes is INDETERMINATE under its name, never "broken".

use super::conclusion::{Conclusion, SubIndication};
use super::finding::Finding;
use crate::algorithms::{DigestAlgorithm, SignatureScheme, VerifyError};
use crate::base::oid::Oid;
use crate::cms::SignerInfo;

/// Do digest and signature value hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Integrity {
    /// Both do.
    Intact,
    /// One does not.
    Broken,
    /// It could not be computed.
    Unknown,
}

/// The signed content, as the verifier can reach it.
pub(crate) trait Content {
    /// Its digest; `None` when the content is not at hand.
    fn digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>>;
}

/// Outcome of 5.2.7.
#[derive(Clone, Debug)]
pub(crate) struct Cryptographic {
    /// `Passed`, HASH_FAILURE, SIG_CRYPTO_FAILURE, SIGNED_DATA_NOT_FOUND or CRYPTO_CONSTRAINTS_FAILURE.
    pub(crate) conclusion: Conclusion,
    /// The same, as one word for reports.
    pub(crate) integrity: Integrity,
    /// Digest over the content.
    pub(crate) digest: Option<DigestAlgorithm>,
    /// Scheme of the signature value.
    pub(crate) scheme: Option<SignatureScheme>,
    /// Remarks.
    pub(crate) findings: Vec<Finding>,
}

/// Verifies one CMS signer (RFC 5652 §5.4, §5.6) over `content` under the key `spki` (when a certificate was found).
pub(crate) fn verify(
    signer: &SignerInfo,
    content_type: &Oid,
    content: &dyn Content,
    spki: Option<&[u8]>,
) -> Cryptographic {
    let mut outcome = Cryptographic {
        conclusion: Conclusion::Passed,
        integrity: Integrity::Unknown,
        digest: DigestAlgorithm::from_oid(&signer.digest_algorithm().oid),
        scheme: None,
        findings: Vec::new(),
    };
    let Some(digest) = outcome.digest else {
        return outcome.unsupported(signer.digest_algorithm().oid.to_string());
    };
    outcome.scheme = match SignatureScheme::from_identifiers(signer.signature_algorithm(), Some(digest)) {
        Ok(scheme) => Some(scheme),
        Err(VerifyError::Unsupported(name)) => return outcome.unsupported(name),
        Err(_) => return outcome.unsupported(signer.signature_algorithm().oid.to_string()),
    };
    let Some(computed) = content.digest(digest) else {
        outcome.conclusion = Conclusion::Not(SubIndication::SignedDataNotFound);
        return outcome;
    };
    match signer.signed_attributes_raw() {
        Some(attributes) => outcome.with_attributes(signer, content_type, &computed, attributes, spki),
        None => outcome.without_attributes(signer, &computed, spki),
    }
}

impl Cryptographic {
    fn with_attributes(
        mut self,
        signer: &SignerInfo,
        content_type: &Oid,
        computed: &[u8],
        attributes: &[u8],
        spki: Option<&[u8]>,
    ) -> Self {
        match signer.message_digest() {
            Ok(Some(claimed)) if claimed == computed => {}
            Ok(Some(_)) => return self.failed(SubIndication::HashFailure),
            Ok(None) | Err(_) => {
                self.findings.push(Finding::AttributeMissing("message-digest"));
                return self.failed(SubIndication::FormatFailure);
            }
        }
        match signer.content_type() {
            Ok(Some(claimed)) if claimed == *content_type => {}
            Ok(Some(_)) => {
                self.findings.push(Finding::ContentType);
                return self.failed(SubIndication::FormatFailure);
            }
            Ok(None) | Err(_) => {
                self.findings.push(Finding::AttributeMissing("content-type"));
                return self.failed(SubIndication::FormatFailure);
            }
        }
        let (Some(scheme), Some(spki)) = (self.scheme, spki) else { return self.no_key() };
        let as_filed = scheme.verify(spki, attributes, signer.signature());
        if as_filed == Err(VerifyError::Invalid)
            && let Some(sorted) = signer.signed_attributes_sorted()
        {
            // Some signers sign the DER order and write another (RFC 5652 §5.4 demands the DER order be signed).
            return self.settle(scheme.verify(spki, &sorted, signer.signature()));
        }
        self.settle(as_filed)
    }

    fn without_attributes(mut self, signer: &SignerInfo, computed: &[u8], spki: Option<&[u8]>) -> Self {
        self.findings.push(Finding::NoSignedAttributes);
        let (Some(scheme), Some(spki)) = (self.scheme, spki) else { return self.no_key() };
        self.settle(scheme.verify_digest(spki, computed, signer.signature()))
    }

    fn settle(mut self, outcome: Result<(), VerifyError>) -> Self {
        match outcome {
            Ok(()) => {
                self.integrity = Integrity::Intact;
                self
            }
            Err(VerifyError::Unsupported(name)) => self.unsupported(name),
            Err(_) => self.failed(SubIndication::SigCryptoFailure),
        }
    }

    fn failed(mut self, why: SubIndication) -> Self {
        self.integrity = Integrity::Broken;
        self.conclusion = Conclusion::Not(why);
        self
    }

    fn no_key(mut self) -> Self {
        self.conclusion = Conclusion::Not(SubIndication::NoSigningCertificateFound);
        self
    }

    fn unsupported(mut self, name: String) -> Self {
        self.findings.push(Finding::AlgorithmNotSupported(name));
        self.conclusion = Conclusion::Not(SubIndication::CryptoConstraintsFailure);
        self
    }
}
