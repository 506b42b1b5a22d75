//! Cryptographic verification — EN 319 102-1 5.2.7: does the digest of the content hold, and the signature
//! value over it.
//!
//! Depends on no trust. An algorithm nothing here computes is INDETERMINATE under its name, never "broken".

use super::candidate::Candidate;
use super::conclusion::{Conclusion, SubIndication};
use super::envelope::{Envelope, NotVerifiable, ReferenceOutcome, XmlSignature};
use super::finding::Finding;
use crate::algorithms::cms_signer::{Coverage, SignerError, verify_signer};
use crate::algorithms::{DigestAlgorithm, SignatureScheme, VerifyError, XmlValue};
use crate::base::oid::Oid;
use crate::cms::{AttributeError, SignerInfo, oids};

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
    /// `Passed`, FORMAT_FAILURE, HASH_FAILURE, SIG_CRYPTO_FAILURE, SIGNED_DATA_NOT_FOUND, or
    /// CRYPTO_CONSTRAINTS_FAILURE for what cannot be computed.
    pub(crate) conclusion: Conclusion,
    /// The same, as one word for reports.
    pub(crate) integrity: Integrity,
    /// Digest over the content; of several, the first.
    pub(crate) digest: Option<DigestAlgorithm>,
    /// Every digest over the content.
    pub(crate) digests: Vec<DigestAlgorithm>,
    /// Scheme of the signature value.
    pub(crate) scheme: Option<SignatureScheme>,
    /// False when the value covers the content directly, without signed attributes.
    pub(crate) has_signed_attributes: bool,
    /// Remarks.
    pub(crate) findings: Vec<Finding>,
}

/// Verifies a signature under the key `spki` when a certificate was found; `None` when nothing of it can be read.
pub(crate) fn verify(candidate: &Candidate, spki: Option<&[u8]>) -> Option<Cryptographic> {
    match &candidate.envelope {
        Envelope::Unreadable => None,
        Envelope::Cms(cms) => Some(verify_cms(&cms.signer, cms.content_type.as_ref(), &candidate.digests, spki)),
        Envelope::Xml(xml) => Some(verify_xml(xml, spki)),
    }
}

/// Verifies an XML signature — XML Signature 1.1 §3.2: its references, which were followed when it was collected, then
/// the value over SignedInfo.
fn verify_xml(xml: &XmlSignature, spki: Option<&[u8]>) -> Cryptographic {
    let digests: Vec<DigestAlgorithm> = xml.references.iter().filter_map(|r| r.digest).collect();
    let mut outcome = Cryptographic {
        conclusion: Conclusion::Passed,
        integrity: Integrity::Intact,
        digest: digests.first().copied(),
        digests,
        scheme: xml.method.as_ref().ok().copied(),
        has_signed_attributes: true,
        findings: Vec::new(),
    };
    let mut worst = None;
    for reference in &xml.references {
        let uri = reference.uri.clone();
        let (why, finding) = match &reference.outcome {
            ReferenceOutcome::Right => continue,
            ReferenceOutcome::Wrong => (SubIndication::HashFailure, Finding::ReferenceChanged(uri)),
            ReferenceOutcome::NotAtHand => (SubIndication::SignedDataNotFound, Finding::ReferenceNotAtHand(uri)),
            ReferenceOutcome::Unresolved(why) => {
                (SubIndication::FormatFailure, Finding::ReferenceUnresolved { uri, why: why.clone() })
            }
            ReferenceOutcome::Refused(name) => {
                (SubIndication::SigConstraintsFailure, Finding::TransformRefused(name.clone()))
            }
            ReferenceOutcome::NoCanonicalForm(why) => {
                (SubIndication::SigConstraintsFailure, Finding::NoCanonicalForm(why.clone()))
            }
            ReferenceOutcome::NotComputed(name) => {
                (SubIndication::CryptoConstraintsFailure, Finding::AlgorithmNotSupported(name.clone()))
            }
        };
        if !outcome.findings.contains(&finding) {
            outcome.findings.push(finding);
        }
        // A content that was changed is told before a reference that leads nowhere.
        let rank = |why: SubIndication| (why.indication(), why == SubIndication::HashFailure);
        if worst.is_none_or(|known| rank(why) > rank(known)) {
            worst = Some(why);
        }
    }
    if xml.references.is_empty() {
        worst = Some(SubIndication::FormatFailure);
    }
    let mut bare = false;
    let value = match (&xml.method, spki) {
        (Err(NotVerifiable::Algorithm(name)), _) => {
            outcome.findings.push(Finding::AlgorithmNotSupported(name.clone()));
            Some(SubIndication::CryptoConstraintsFailure)
        }
        (Err(NotVerifiable::NoCanonicalForm(why)), _) => {
            outcome.findings.push(Finding::NoCanonicalForm(why.clone()));
            Some(SubIndication::SigConstraintsFailure)
        }
        // A bare key tells a changed value from a sound one, and nothing about who signed.
        (Ok(scheme), None) => {
            let made_by = |spki: &Vec<u8>| scheme.verify_xml(spki, &xml.signed_info, &xml.value);
            let outcomes: Vec<_> = xml.bare_keys.iter().map(made_by).collect();
            bare = outcomes.iter().any(Result::is_ok);
            if bare {
                outcome.findings.push(Finding::BareKey);
            }
            let broken = !bare && outcomes.iter().any(|o| matches!(o, Err(VerifyError::Invalid)));
            Some(if broken { SubIndication::SigCryptoFailure } else { SubIndication::NoSigningCertificateFound })
        }
        (Ok(scheme), Some(spki)) => match scheme.verify_xml(spki, &xml.signed_info, &xml.value) {
            Ok(XmlValue::Standard) => None,
            Ok(XmlValue::Der) => {
                outcome.findings.push(Finding::EcdsaValueDer);
                None
            }
            Err(VerifyError::Unsupported(name)) => {
                outcome.findings.push(Finding::AlgorithmNotSupported(name));
                Some(SubIndication::CryptoConstraintsFailure)
            }
            Err(_) => Some(SubIndication::SigCryptoFailure),
        },
    };
    let only_value = worst.is_none();
    let worst = match (worst, value) {
        (Some(worst), Some(value)) if value.indication() > worst.indication() => Some(value),
        (worst, value) => worst.or(value),
    };
    if let Some(why) = worst {
        outcome.settle(why);
        if bare && only_value {
            outcome.integrity = Integrity::Intact;
        }
    }
    outcome
}

/// Verifies one CMS signer (RFC 5652 §5.4, §5.6) over `content`, under the key `spki` when a certificate was found.
fn verify_cms(
    signer: &SignerInfo,
    content_type: Option<&Oid>,
    content: &dyn Content,
    spki: Option<&[u8]>,
) -> Cryptographic {
    let digest = DigestAlgorithm::from_oid(&signer.digest_algorithm().oid);
    let mut outcome = Cryptographic {
        conclusion: Conclusion::Passed,
        integrity: Integrity::Unknown,
        digest,
        digests: digest.into_iter().collect(),
        scheme: SignatureScheme::from_identifiers(signer.signature_algorithm(), digest).ok(),
        has_signed_attributes: signer.signed_attributes_raw().is_some(),
        findings: Vec::new(),
    };
    if !outcome.has_signed_attributes {
        outcome.findings.push(Finding::NoSignedAttributes);
    }
    let Some(spki) = spki else {
        // Without a key the content can still be told from what was signed.
        let claimed = signer.message_digest().ok().flatten();
        let found = digest.and_then(|d| content.digest(d));
        let differs = matches!((claimed, found), (Some(claimed), Some(found)) if claimed != found);
        let why = if differs { SubIndication::HashFailure } else { SubIndication::NoSigningCertificateFound };
        outcome.settle(why);
        return outcome;
    };
    // The value may not be made with another digest than the one that is announced (RFC 5652 §5.3).
    let announced = SignatureScheme::from_identifiers(signer.signature_algorithm(), None).ok();
    let announced = announced.filter(|s| !matches!(s, SignatureScheme::Ed25519));
    let differ = announced.is_some_and(|scheme| Some(scheme.digest()) != digest);
    outcome.scheme = outcome.scheme.or(announced);
    match verify_signer(signer, spki, content_type, &mut |digest| content.digest(digest)) {
        Ok(facts) => {
            outcome.integrity = Integrity::Intact;
            outcome.digest = Some(facts.digest);
            outcome.scheme = Some(facts.scheme);
            if facts.coverage == Coverage::SortedAttributes {
                outcome.findings.push(Finding::AttributesOutOfOrder);
            }
        }
        // Without the content it can still be told whether the value is right for what it claims to be over.
        Err(SignerError::NoContent) if outcome.has_signed_attributes => {
            let claimed = signer.message_digest().ok().flatten();
            let checked = verify_signer(signer, spki, content_type, &mut |_| claimed.clone());
            let (why, finding) = match checked {
                Ok(_) | Err(SignerError::NoContent) => (SubIndication::SignedDataNotFound, None),
                Err(error) => judge(error),
            };
            outcome.findings.extend(finding);
            outcome.settle(why);
        }
        Err(error) => {
            let (why, finding) = judge(error);
            outcome.findings.extend(finding);
            outcome.settle(if differ && why == SubIndication::SigCryptoFailure {
                SubIndication::SigConstraintsFailure
            } else {
                why
            });
        }
    }
    if differ {
        outcome.findings.push(Finding::DigestAlgorithmsDiffer);
        outcome.conclusion = outcome.conclusion.worse(Conclusion::Not(SubIndication::SigConstraintsFailure));
    }
    outcome
}

impl Cryptographic {
    fn settle(&mut self, why: SubIndication) {
        self.conclusion = Conclusion::Not(why);
        self.integrity = match why {
            SubIndication::HashFailure | SubIndication::SigCryptoFailure | SubIndication::FormatFailure => {
                Integrity::Broken
            }
            _ => Integrity::Unknown,
        };
    }
}

fn judge(error: SignerError) -> (SubIndication, Option<Finding>) {
    use SubIndication as S;
    match error {
        SignerError::Digest(oid) => {
            (S::CryptoConstraintsFailure, Some(Finding::AlgorithmNotSupported(oid.to_string())))
        }
        SignerError::Value(VerifyError::Unsupported(name)) => {
            (S::CryptoConstraintsFailure, Some(Finding::AlgorithmNotSupported(name)))
        }
        SignerError::NoContent => (S::SignedDataNotFound, None),
        SignerError::MessageDigest => (S::HashFailure, None),
        SignerError::NoMessageDigest => (S::FormatFailure, Some(Finding::AttributeMissing("message-digest"))),
        SignerError::NoContentType => (S::FormatFailure, Some(Finding::AttributeMissing("content-type"))),
        SignerError::ContentType { .. } => (S::FormatFailure, Some(Finding::ContentType)),
        SignerError::AlgorithmProtection => (S::FormatFailure, Some(Finding::DigestAlgorithmsDiffer)),
        SignerError::Attribute(error) => (S::FormatFailure, Some(Finding::AttributeMissing(attribute_name(&error)))),
        SignerError::Value(_) => (S::SigCryptoFailure, None),
    }
}

fn attribute_name(error: &AttributeError) -> &'static str {
    let oid = match error {
        AttributeError::Duplicate { oid, .. }
        | AttributeError::Values { oid, .. }
        | AttributeError::Encoding { oid, .. } => oid,
    };
    let known = [
        (&oids::MESSAGE_DIGEST, "message-digest"),
        (&oids::CONTENT_TYPE, "content-type"),
        (&oids::SIGNING_TIME, "signing-time"),
        (&oids::SIGNING_CERTIFICATE, "signing-certificate"),
        (&oids::SIGNING_CERTIFICATE_V2, "signing-certificate-v2"),
        (&oids::ALGORITHM_PROTECTION, "cms-algorithm-protection"),
    ];
    known.iter().find(|(known, _)| *known == oid).map_or("(other)", |(_, name)| name)
}
