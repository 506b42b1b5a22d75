//! The signature itself, whatever it is wrapped in: judging asks these questions and no others.
//!
//! Everything that depends on the file was computed when it was collected, so that judging stays a function of
//! values: a CMS signer with its structure, or an XML signature with the outcome of each of its references.

use std::sync::Arc;

use super::poe::{self, ObjectDigest};
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::cms::{EssCertId, IssuerSerial, SignedData, SignerInfo};
use crate::x509::{Certificate, Name};

/// A signature as it stands in its file.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are CMS, and none is kept in numbers")]
pub enum Envelope {
    /// Nothing could be read of it; a finding of the candidate says why.
    Unreadable,
    /// A signer of a CMS structure.
    Cms(CmsSignature),
    /// An XML signature.
    Xml(Box<XmlSignature>),
}

/// One signer of a CMS structure — RFC 5652 §5.3.
#[derive(Clone, Debug)]
pub struct CmsSignature {
    /// The whole structure as it stands in the file, without padding.
    pub raw: Arc<[u8]>,
    /// The structure, for its certificates and revocation data.
    pub signed_data: Arc<SignedData>,
    /// The signer; for a counter-signature the SignerInfo of the attribute.
    pub signer: SignerInfo,
    /// The type content-type must name; `None` for a counter-signature, which has none (RFC 5652 §11.4).
    pub content_type: Option<Oid>,
}

/// An XML signature — XML Signature 1.1, EN 319 132-1 — with all that judging will ask already computed.
///
/// The collector fills every field; what it could not read goes to `Candidate::breaches`.
#[derive(Clone, Debug)]
pub struct XmlSignature {
    /// The octets of SignatureValue, base64 taken off (ECDSA and DSA as two numbers side by side).
    pub value: Vec<u8>,
    /// SignedInfo in the canonical form CanonicalizationMethod names: what `value` is over.
    pub signed_info: Vec<u8>,
    /// What SignatureMethod names; `Err` where nothing here computes it (HMAC included).
    pub method: Result<SignatureScheme, NotVerifiable>,
    /// One entry for each Reference of SignedInfo, and of each signed Manifest, in document order.
    pub references: Vec<XmlReference>,
    /// The certificates of ds:X509Certificate in KeyInfo, in document order.
    pub key_info: Vec<Certificate>,
    /// What else in KeyInfo points at the certificate.
    pub key_names: Vec<KeyName>,
    /// Bare keys of KeyInfo, SubjectPublicKeyInfo: they tell a changed value from a sound one, never who signed.
    pub bare_keys: Vec<Vec<u8>>,
    /// Every other certificate the signature carries: xades:CertificateValues, TimeStampValidationData, …
    pub certificates: Vec<Certificate>,
    /// CRLs the signature carries (xades:CRLValues), DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSPResponses the signature carries (xades:OCSPValues), DER.
    pub ocsp_responses: Vec<Vec<u8>>,
    /// The xades:Cert of each of SigningCertificate and SigningCertificateV2 that names the signer, or else its first —
    /// only where the signature covers SignedProperties. Where it covers KeyInfo instead, the certificate there. Empty
    /// without any; `Err` with the element's name where it is damaged.
    pub signing_certificate: Result<Vec<CertificateReference>, &'static str>,
    /// xades:SigningTime, or nothing.
    pub signing_time: Option<UnixTime>,
}

/// What became of one Reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct XmlReference {
    /// Its URI as it stands there, for people; empty when it has none.
    pub uri: String,
    /// Its digest; `None` when DigestMethod names one that nothing here computes.
    pub digest: Option<DigestAlgorithm>,
    /// Whether the content has the digest that was signed.
    pub outcome: ReferenceOutcome,
}

/// Whether a Reference holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ReferenceOutcome {
    /// The content has the digest that was signed.
    Right,
    /// It has another: HASH_FAILURE.
    Wrong,
    /// It leads out of the document, to something that is not at hand: SIGNED_DATA_NOT_FOUND.
    NotAtHand,
    /// It leads to no element or to several, or its transforms do not fit: FORMAT_FAILURE, with the reason.
    Unresolved(String),
    /// A transform that is refused (XSLT, XPath): SIG_CONSTRAINTS_FAILURE, with its identifier.
    Refused(String),
    /// A digest or canonicalisation that nothing here computes: CRYPTO_CONSTRAINTS_FAILURE, with its identifier.
    NotComputed(String),
    /// What it leads to has no canonical form, or none within the bounds: SIG_CONSTRAINTS_FAILURE, with the reason.
    NoCanonicalForm(String),
}

/// A certificate named without its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyName {
    /// By its issuer's name, as text that is only a hint, and the octets of its serial number without leading zeros.
    IssuerSerial {
        /// The issuer's name, RFC 4514.
        issuer: String,
        /// The serial number.
        serial: Vec<u8>,
    },
    /// By its subject's name, RFC 4514.
    Subject(String),
    /// By its subject key identifier.
    KeyId(Vec<u8>),
    /// By a digest of the whole certificate.
    Digest(CertificateReference),
}

impl KeyName {
    fn names(&self, certificate: &Certificate) -> bool {
        match self {
            KeyName::IssuerSerial { issuer, serial } => {
                let own = certificate.serial();
                own.iter().skip_while(|b| **b == 0).eq(serial) && reads_like(issuer, certificate.issuer())
            }
            KeyName::Subject(subject) => reads_like(subject, certificate.subject()),
            KeyName::KeyId(id) => certificate.subject_key_identifier() == Some(id.as_slice()),
            KeyName::Digest(digest) => digest.names(certificate) == Some(true),
        }
    }
}

/// Whether every value of `name` stands in a name written as text, whatever order, spelling of types and white space
/// the writer chose: it only narrows down which certificates are tried.
fn reads_like(text: &str, name: &Name) -> bool {
    let plain = |value: &str| -> String {
        let unquoted = value.chars().filter(|c| !matches!(c, '\\' | '"'));
        unquoted.filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    let text = plain(text);
    !name.is_empty() && name.attributes().filter_map(|a| a.text.as_deref()).all(|value| text.contains(&plain(value)))
}

/// Why nothing here can verify the value of an XML signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotVerifiable {
    /// The algorithm under this identifier is not computed.
    Algorithm(String),
    /// SignedInfo has no canonical form (Canonical XML 1.0, section 1.3).
    NoCanonicalForm(String),
}

/// A signed statement of which certificate is meant: ESS certID (RFC 5035 §4) or xades:Cert.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateReference {
    /// The digest algorithm; `Err` with its name where nothing here computes it.
    pub algorithm: Result<DigestAlgorithm, String>,
    /// Digest of the whole certificate.
    pub digest: Vec<u8>,
    /// Issuer and serial number beside it; a hint, not more (EN 319 122-1 5.2.2).
    pub issuer_serial: Option<IssuerSerial>,
}

impl CertificateReference {
    /// Whether the digest is that of `certificate`; `None` when it cannot be computed.
    pub(crate) fn names(&self, certificate: &Certificate) -> Option<bool> {
        let algorithm = self.algorithm.as_ref().ok()?;
        Some(algorithm.digest(certificate.der()) == self.digest)
    }
}

impl From<EssCertId> for CertificateReference {
    fn from(ess: EssCertId) -> Self {
        let oid = &ess.digest_algorithm.oid;
        CertificateReference {
            algorithm: DigestAlgorithm::from_oid(oid).ok_or_else(|| oid.to_string()),
            digest: ess.digest,
            issuer_serial: ess.issuer_serial,
        }
    }
}

impl Envelope {
    /// The CMS signer, when it is one.
    pub fn cms(&self) -> Option<&CmsSignature> {
        match self {
            Envelope::Cms(cms) => Some(cms),
            Envelope::Unreadable | Envelope::Xml(_) => None,
        }
    }

    /// The octets of the signature value.
    pub fn value(&self) -> Option<&[u8]> {
        match self {
            Envelope::Unreadable => None,
            Envelope::Cms(cms) => Some(cms.signer.signature()),
            Envelope::Xml(xml) => Some(&xml.value),
        }
    }

    /// The certificates it carries itself, those most likely the signer's first.
    pub fn certificates(&self) -> Vec<&Certificate> {
        match self {
            Envelope::Unreadable => Vec::new(),
            Envelope::Cms(cms) => cms.signed_data.certificates().iter().collect(),
            Envelope::Xml(xml) => xml.key_info.iter().chain(&xml.certificates).collect(),
        }
    }

    /// What the signer says the time was, inside what is signed.
    pub fn claimed_time(&self) -> Option<UnixTime> {
        match self {
            Envelope::Unreadable => None,
            Envelope::Cms(cms) => cms.signer.signing_time().ok().flatten(),
            Envelope::Xml(xml) => xml.signing_time,
        }
    }

    /// True when the part of it that is not protected names `certificate` as the signer's, or names none at all.
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Envelope::Unreadable => false,
            Envelope::Cms(cms) => cms.signer.id().names(certificate),
            Envelope::Xml(xml) => {
                let nobody = xml.key_info.is_empty() && xml.key_names.is_empty();
                nobody
                    || xml.key_info.iter().any(|c| c.der() == certificate.der())
                    || xml.key_names.iter().any(|name| name.names(certificate))
            }
        }
    }

    /// What the signed part says about the signer's certificate: empty when nothing, `Err` with the name of the
    /// attribute or element that is damaged or repeated.
    pub(crate) fn references(&self) -> Result<Vec<CertificateReference>, &'static str> {
        match self {
            Envelope::Unreadable => Ok(Vec::new()),
            Envelope::Xml(xml) => xml.signing_certificate.clone(),
            Envelope::Cms(cms) => {
                let versions = [
                    ("signing-certificate", cms.signer.signing_certificate()),
                    ("signing-certificate-v2", cms.signer.signing_certificate_v2()),
                ];
                let mut found = Vec::new();
                for (name, list) in versions {
                    match list {
                        Ok(None) => {}
                        // The first of each version is the signer's own.
                        Ok(Some(list)) => found.push(list.into_iter().next().ok_or(name)?.into()),
                        Err(_) => return Err(name),
                    }
                }
                Ok(found)
            }
        }
    }

    /// Digests of what exists since this signature's file exists (EN 319 102-1 5.6.2.3): the value, the structure,
    /// the certificates and the revocation data it carries. Its time-stamps are the candidate's.
    pub(crate) fn objects(&self) -> Vec<ObjectDigest> {
        let mut found: Vec<ObjectDigest> = self.certificates().into_iter().map(|c| *c.sha256()).collect();
        found.extend(self.value().map(poe::digest));
        match self {
            Envelope::Unreadable => {}
            Envelope::Cms(cms) => {
                found.push(poe::digest(&cms.raw));
                found.extend(cms.signed_data.crls().map(poe::digest));
                found.extend(cms.signed_data.ocsp_responses().map(poe::digest));
                found.extend(cms.signer.certificate_values().iter().map(|der| poe::digest(der)));
                let (crls, answers) = cms.signer.revocation_values();
                found.extend(crls.iter().chain(&answers).map(|der| poe::digest(der)));
                let archival = cms.signer.signed_attributes().adobe_revocation().ok().flatten();
                if let Some((crls, answers)) = archival {
                    found.extend(crls.iter().chain(&answers).map(|der| poe::digest(der)));
                }
            }
            Envelope::Xml(xml) => {
                found.extend(xml.crls.iter().chain(&xml.ocsp_responses).map(|der| poe::digest(der)));
            }
        }
        found
    }
}
