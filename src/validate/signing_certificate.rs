//! Identification of the signing certificate — EN 319 102-1 5.2.3.
//!
//! The signer names its certificate twice: by the SignerInfo's identifier, unprotected, and by the digest in
//! the signed ESS attribute (RFC 5035 §5). The second decides; a certificate that only the first names is
//! used where the form of the signature has no such attribute.

use super::conclusion::{Conclusion, SubIndication};
use super::finding::Finding;
use crate::algorithms::DigestAlgorithm;
use crate::cms::{EssCertId, SignerInfo};
use crate::x509::Certificate;

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

/// Finds the certificate `signer` means among `candidates`.
pub(crate) fn identify<'a>(
    signer: &SignerInfo,
    candidates: impl Iterator<Item = &'a Certificate> + Clone,
) -> Identified {
    let mut findings = Vec::new();
    let references = match references(signer) {
        Ok(references) => references,
        Err(attribute) => {
            findings.push(Finding::AttributeMissing(attribute));
            let certificate = candidates.clone().find(|c| signer.id().names(c)).cloned();
            let conclusion = Conclusion::Not(SubIndication::NoSigningCertificateFound);
            return Identified { certificate, reference: Reference::Other, conclusion, findings };
        }
    };
    let named_by_id = || candidates.clone().filter(|c| signer.id().names(c));
    if references.is_empty() {
        let certificate = named_by_id().next().cloned();
        let conclusion = match certificate {
            Some(_) => Conclusion::Passed,
            None => Conclusion::Not(SubIndication::NoSigningCertificateFound),
        };
        return Identified { certificate, reference: Reference::Absent, conclusion, findings };
    }
    // All references must agree on one certificate (both versions of the attribute may stand side by side).
    let meant = |c: &&Certificate| references.iter().all(|r| names(r, c) == Some(true));
    if let Some(certificate) = named_by_id().find(meant) {
        let certificate = Some(certificate.clone());
        return Identified { certificate, reference: Reference::Named, conclusion: Conclusion::Passed, findings };
    }
    let certificate = named_by_id().next().cloned();
    if let Some(found) = &certificate {
        let unknown = references.iter().find(|r| names(r, found).is_none());
        findings.push(match unknown {
            Some(r) => Finding::AlgorithmNotSupported(r.digest_algorithm.oid.to_string()),
            None => Finding::SigningCertificateMismatch,
        });
    }
    let conclusion = Conclusion::Not(SubIndication::NoSigningCertificateFound);
    Identified { certificate, reference: Reference::Other, conclusion, findings }
}

/// The first reference of each version of the attribute: the signer's own certificate.
fn references(signer: &SignerInfo) -> Result<Vec<EssCertId>, &'static str> {
    let mut found = Vec::new();
    let versions = [
        ("signing-certificate", signer.signing_certificate()),
        ("signing-certificate-v2", signer.signing_certificate_v2()),
    ];
    for (name, list) in versions {
        match list {
            Ok(None) => {}
            Ok(Some(list)) => found.push(list.into_iter().next().ok_or(name)?),
            Err(_) => return Err(name),
        }
    }
    Ok(found)
}

/// Whether the digest is that of `certificate`; `None` when it cannot be computed.
fn names(reference: &EssCertId, certificate: &Certificate) -> Option<bool> {
    let digest = DigestAlgorithm::from_oid(&reference.digest_algorithm.oid)?;
    Some(digest.digest(certificate.der()) == reference.digest)
}
