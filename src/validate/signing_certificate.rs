//! Identification of the signing certificate — EN 319 102-1 5.2.3.
//!
//! The signer names its certificate twice: by the SignerInfo's identifier or KeyInfo, unprotected, and by the
//! digest in the signed attribute (RFC 5035 §5, EN 319 132-1 5.2.2). The second decides; a certificate that only
//! the first names is used where the form of the signature has no such attribute.

use super::conclusion::{Conclusion, SubIndication};
use super::envelope::Envelope;
use super::finding::Finding;
use crate::algorithms::VerifyError;
use crate::x509::Certificate;

/// Most certificates whose key is tried where the signature does not say which one is meant.
const MAX_TRIED: usize = 32;

/// What was found out about who signed.
#[derive(Clone, Debug)]
pub(crate) struct Identified {
    /// The certificate, when there is one to go on with.
    pub(crate) certificate: Option<Certificate>,
    /// Whether the signed attribute names it.
    pub(crate) reference: Reference,
    /// `Passed` when `certificate` may be relied on as the one meant.
    pub(crate) conclusion: Conclusion,
    /// Remarks.
    pub(crate) findings: Vec<Finding>,
}

/// What the signed attributes say about the certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reference {
    /// They name it.
    Named,
    /// They name another.
    Other,
    /// They name none.
    Absent,
}

/// Finds the certificate `envelope` means among `candidates`, those of the signature itself first.
pub(crate) fn identify<'a>(
    envelope: &Envelope,
    candidates: impl Iterator<Item = &'a Certificate> + Clone,
) -> Identified {
    let mut findings = Vec::new();
    let references = match envelope.references() {
        Ok(references) => references,
        Err(attribute) => {
            findings.push(Finding::AttributeMissing(attribute));
            let certificate = candidates.clone().find(|c| envelope.names(c)).cloned();
            let conclusion = Conclusion::Not(SubIndication::NoSigningCertificateFound);
            return Identified { certificate, reference: Reference::Other, conclusion, findings };
        }
    };
    let named_by_id = || candidates.clone().filter(|c| envelope.names(c));
    if references.is_empty() {
        let certificate = signer_of(envelope, named_by_id()).cloned();
        let conclusion = match certificate {
            Some(_) => Conclusion::Passed,
            None => Conclusion::Not(SubIndication::NoSigningCertificateFound),
        };
        return Identified { certificate, reference: Reference::Absent, conclusion, findings };
    }
    // All references must agree on one certificate (both versions of the attribute may stand side by side).
    let meant = |c: &&Certificate| references.iter().all(|r| r.names(c) == Some(true));
    if let Some(certificate) = named_by_id().find(meant) {
        let certificate = Some(certificate.clone());
        return Identified { certificate, reference: Reference::Named, conclusion: Conclusion::Passed, findings };
    }
    let certificate = signer_of(envelope, named_by_id()).cloned();
    if let Some(found) = &certificate {
        let unknown = references.iter().filter(|r| r.names(found).is_none()).find_map(|r| r.algorithm.clone().err());
        findings.push(match unknown {
            Some(name) => Finding::AlgorithmNotSupported(name),
            None => Finding::SigningCertificateMismatch,
        });
    }
    let conclusion = Conclusion::Not(SubIndication::NoSigningCertificateFound);
    Identified { certificate, reference: Reference::Other, conclusion, findings }
}

/// The certificate to go on with where no reference decides: KeyInfo may list a whole chain in any order (XML
/// Signature 1.1 §4.5.4), so the one under whose key the value is right comes first.
fn signer_of<'a>(
    envelope: &Envelope,
    mut named: impl Iterator<Item = &'a Certificate> + Clone,
) -> Option<&'a Certificate> {
    let Envelope::Xml(xml) = envelope else { return named.next() };
    let scheme = xml.method.as_ref().ok();
    let made_by = |c: &Certificate| scheme.map(|s| s.verify_xml(c.spki(), &xml.signed_info, &xml.value));
    let tried = named.clone().map(|c| (c, made_by(c))).filter(|(_, o)| !matches!(o, Some(Err(VerifyError::Key))));
    let right = tried.take(MAX_TRIED).find(|(_, outcome)| matches!(outcome, Some(Ok(_)))).map(|(c, _)| c);
    // Where nobody is named, a certificate that happens to be at hand is nobody's.
    let nobody = xml.key_info.is_empty() && xml.key_names.is_empty();
    right.or_else(|| named.next().filter(|_| !nobody))
}
