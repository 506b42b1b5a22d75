//! One certificate — RFC 5280 §4.1, parsed once and shared.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use x509_parser::certificate::X509CertificateParser;
use x509_parser::nom::Parser as _;

use super::extensions::{
    AuthorityKeyIdentifier, BasicConstraints, Decoded, DistributionPoint, DistributionPointName, ExtendedKeyUsage,
    Extension, GeneralName, KeyUsage, MAX_EXTENSIONS, NameConstraints, PolicyConstraints, PolicyInformation,
};
use super::name::Name;
use super::{X509Error, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Tlv};
use crate::base::encoding::pem_blocks;
use crate::base::oid::Oid;
use crate::base::recent::Recent;
use crate::base::time::UnixTime;

/// Most bytes of one certificate that are read.
pub const MAX_CERTIFICATE: usize = 1 << 20;
/// Most certificates that are read from one file.
pub const MAX_CERTIFICATES: usize = 10_000;

/// A certificate. Cloning is cheap; equality is equality of the bytes.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    tbs: Range<usize>,
    version: u32,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: UnixTime,
    not_after: UnixTime,
    spki: Vec<u8>,
    public_key_bits: Vec<u8>,
    signature_algorithm: AlgorithmIdentifier,
    inner_signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    extensions: Vec<Extension>,
    decoded: Decoded,
}

thread_local! {
    static RECENT: RefCell<Recent<Certificate>> = RefCell::default();
}

impl Certificate {
    /// Reads one certificate that fills `der`.
    ///
    /// # Errors
    /// [`X509Error::TooLarge`], [`X509Error::NotACertificate`], [`X509Error::Asn1`].
    pub fn from_der(der: &[u8]) -> Result<Certificate, X509Error> {
        if let Some(known) = RECENT.with_borrow(|recent| recent.get(der)) {
            return Ok(known);
        }
        let read = Certificate::read(der)?;
        RECENT.with_borrow_mut(|recent| recent.keep(der, read.clone()));
        Ok(read)
    }

    fn read(der: &[u8]) -> Result<Certificate, X509Error> {
        if der.len() > MAX_CERTIFICATE {
            return Err(X509Error::TooLarge { found: der.len(), bound: MAX_CERTIFICATE });
        }
        let (rest, parsed) = X509CertificateParser::new()
            .with_deep_parse_extensions(false)
            .parse(der)
            .map_err(|_| X509Error::NotACertificate)?;
        if !rest.is_empty() {
            return Err(X509Error::Asn1(crate::asn1::Asn1Error::Trailing));
        }
        // The parser above checked the structure; this walk only fetches bytes as they stand.
        let outer = Tlv::parse(der)?;
        let mut parts = outer.reader();
        let tbs = parts.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut parts)?;
        // Unused bits make it no signature value of any scheme: the certificate reads, and never verifies.
        let signature = parts.expect(tag::BIT_STRING)?.bit_octets().unwrap_or_default().to_vec();
        parts.end()?;
        let start = outer.raw.len() - outer.content.len();
        let mut fields = tbs.reader();
        fields.optional(tag::context(0))?;
        let serial = fields.expect(tag::INTEGER)?.content.to_vec();
        let inner_signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;

        let body = &parsed.tbs_certificate;
        if body.extensions().len() > MAX_EXTENSIONS {
            return Err(X509Error::TooMany { bound: MAX_EXTENSIONS });
        }
        let extensions: Vec<Extension> = body
            .extensions()
            .iter()
            .map(|e| Extension {
                oid: Oid::from_content(e.oid.as_bytes()),
                critical: e.critical,
                value: e.value.to_vec(),
            })
            .collect();
        let spki = body.subject_pki.raw.to_vec();
        let mut key_parts = Tlv::parse(&spki)?.reader();
        AlgorithmIdentifier::read(&mut key_parts)?;
        let public_key_bits = key_parts.expect(tag::BIT_STRING)?.bit_octets()?.to_vec();
        let decoded = Decoded::read(&extensions);
        Ok(Certificate(Arc::new(Inner {
            sha256: sha256(der),
            tbs: start..start + tbs.raw.len(),
            version: body.version.0.saturating_add(1),
            serial,
            issuer: Name::from_der(body.issuer.as_raw())?,
            subject: Name::from_der(body.subject.as_raw())?,
            not_before: UnixTime(body.validity.not_before.timestamp()),
            not_after: UnixTime(body.validity.not_after.timestamp()),
            spki,
            public_key_bits,
            signature_algorithm,
            inner_signature_algorithm,
            signature,
            extensions,
            decoded,
            der: der.to_vec(),
        })))
    }

    /// Reads the certificates of a file: one DER certificate, or every PEM block that holds one.
    /// Blocks of other kinds (keys, CRLs) are passed over.
    ///
    /// # Errors
    /// [`X509Error::NoCertificate`] when there is none, [`X509Error::TooMany`] past [`MAX_CERTIFICATES`],
    /// and those of [`Certificate::from_der`] for a block that says it is one and is not.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Certificate>, X509Error> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return Certificate::from_der(bytes).map(|one| vec![one]);
        }
        let text = String::from_utf8_lossy(bytes);
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for block in pem_blocks(&text) {
            if !matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") {
                continue;
            }
            if found.len() >= MAX_CERTIFICATES {
                return Err(X509Error::TooMany { bound: MAX_CERTIFICATES });
            }
            let certificate = Certificate::from_der(&block.der)?;
            if seen.insert(*certificate.sha256()) {
                found.push(certificate);
            }
        }
        if found.is_empty() { Err(X509Error::NoCertificate) } else { Ok(found) }
    }

    /// The whole certificate.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`Certificate::der`].
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0.sha256
    }

    /// TBSCertificate as it stands: what the signature is over.
    pub fn tbs(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// 1, 2 or 3.
    pub fn version(&self) -> u32 {
        self.0.version
    }

    /// Serial number, content octets of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// Whose it is.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// First instant of the validity period, inclusive.
    pub fn not_before(&self) -> UnixTime {
        self.0.not_before
    }

    /// Last instant of the validity period, inclusive.
    pub fn not_after(&self) -> UnixTime {
        self.0.not_after
    }

    /// SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// The octets of the BIT STRING in SubjectPublicKeyInfo, what key identifiers and OCSP hash.
    pub fn public_key_bits(&self) -> &[u8] {
        &self.0.public_key_bits
    }

    /// The outer signature algorithm.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.signature_algorithm
    }

    /// The signature algorithm inside TBSCertificate; RFC 5280 §4.1.1.2 wants both equal.
    pub fn inner_signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.inner_signature_algorithm
    }

    /// The signature value.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Every extension, undecoded, in file order.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// One extension, undecoded.
    pub fn extension(&self, oid: &Oid) -> Option<&Extension> {
        self.0.extensions.iter().find(|e| e.oid == *oid)
    }

    /// Known extensions whose value cannot be decoded; they count as absent in the accessors here.
    pub fn malformed_extensions(&self) -> &[Oid] {
        &self.0.decoded.malformed
    }

    /// Extensions that stand more than once; the first one counts in the accessors here.
    pub fn duplicate_extensions(&self) -> &[Oid] {
        &self.0.decoded.duplicate
    }

    /// Key usage, when there.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.decoded.key_usage
    }

    /// Extended key usage with its criticality, when there.
    pub fn extended_key_usage_extension(&self) -> Option<&ExtendedKeyUsage> {
        self.0.decoded.extended_key_usage.as_ref()
    }

    /// The purposes of extended key usage, when there.
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.0.decoded.extended_key_usage.as_ref().map(|e| e.purposes.as_slice())
    }

    /// True when extended key usage is there and critical.
    pub fn extended_key_usage_is_critical(&self) -> bool {
        self.0.decoded.extended_key_usage.as_ref().is_some_and(|e| e.critical)
    }

    /// Identifier of this certificate's key.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.decoded.subject_key_identifier.as_deref()
    }

    /// Identifier of the issuer's key.
    pub fn authority_key_identifier(&self) -> Option<&AuthorityKeyIdentifier> {
        self.0.decoded.authority_key_identifier.as_ref()
    }

    /// Basic constraints, when there.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.decoded.basic_constraints
    }

    /// True when basic constraints say it is a CA's.
    pub fn is_ca(&self) -> bool {
        self.0.decoded.basic_constraints.is_some_and(|b| b.ca)
    }

    /// Certificate policies, when there.
    pub fn policies(&self) -> Option<&[PolicyInformation]> {
        self.0.decoded.policies.as_deref()
    }

    /// Policy mappings as (issuer domain, subject domain).
    pub fn policy_mappings(&self) -> &[(Oid, Oid)] {
        &self.0.decoded.policy_mappings
    }

    /// Policy constraints; both absent when the extension is.
    pub fn policy_constraints(&self) -> PolicyConstraints {
        self.0.decoded.policy_constraints
    }

    /// inhibitAnyPolicy, when there.
    pub fn inhibit_any_policy(&self) -> Option<u32> {
        self.0.decoded.inhibit_any
    }

    /// Name constraints, when there.
    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        self.0.decoded.name_constraints.as_ref()
    }

    /// Subject alternative names.
    pub fn subject_alt_names(&self) -> &[GeneralName] {
        &self.0.decoded.subject_alt_names
    }

    /// CRL distribution points.
    pub fn crl_distribution_points(&self) -> &[DistributionPoint] {
        &self.0.decoded.distribution_points
    }

    /// Where delta CRLs are found.
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.0.decoded.freshest_crl
    }

    /// True when an OCSP responder's certificate needs no revocation check (RFC 6960 §4.2.2.2.1).
    pub fn has_ocsp_no_check(&self) -> bool {
        self.0.decoded.ocsp_no_check
    }

    /// URLs of CRLs, base and delta, in file order.
    pub fn crl_urls(&self) -> Vec<&str> {
        self.0
            .decoded
            .distribution_points
            .iter()
            .chain(&self.0.decoded.freshest_crl)
            .filter_map(|p| match &p.name {
                Some(DistributionPointName::Full(names)) => Some(names),
                _ => None,
            })
            .flatten()
            .filter_map(url)
            .collect()
    }

    /// URLs of OCSP responders.
    pub fn ocsp_urls(&self) -> Vec<&str> {
        self.access(&oids::AD_OCSP)
    }

    /// URLs of the issuer's certificates.
    pub fn ca_issuer_urls(&self) -> Vec<&str> {
        self.access(&oids::AD_CA_ISSUERS)
    }

    fn access(&self, method: &Oid) -> Vec<&str> {
        self.0.decoded.info_access.iter().filter(|(m, _)| m == method).filter_map(|(_, place)| url(place)).collect()
    }

    /// True when issuer and subject are the same name (RFC 5280 §3.2).
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer.matches(&self.0.subject)
    }
}

fn url(name: &GeneralName) -> Option<&str> {
    if matches!(name, GeneralName::Uri(_)) { name.ascii() } else { None }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut out = [0u8; 32];
    out.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    out
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.sha256 == other.0.sha256
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.sha256.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), hex::encode(self.serial()))
    }
}
