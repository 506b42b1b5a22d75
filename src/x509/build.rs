//! Certificates and CRLs from parts — RFC 5280 §4.1 and §5.1. What is returned is signed elsewhere.

use super::crl::Reason;
use super::extensions::{Extension, KeyUsage};
use super::name::Name;
use super::oids;
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, write};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;

/// A certificate to be signed.
#[derive(Clone, Debug)]
pub struct TbsCertificate {
    /// Serial number, unsigned big-endian (RFC 5280 §4.1.2.2: at most 20 octets, not zero).
    pub serial: Vec<u8>,
    /// What the signature will be made with.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Issuer.
    pub issuer: Name,
    /// First instant of validity.
    pub not_before: UnixTime,
    /// Last instant of validity.
    pub not_after: UnixTime,
    /// Subject.
    pub subject: Name,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Extensions, in order.
    pub extensions: Vec<Extension>,
}

impl TbsCertificate {
    /// The bytes to sign.
    pub fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![
            write::context(0, &[write::integer(2)]),
            write::integer_unsigned(&self.serial),
            self.signature_algorithm.to_der(),
            self.issuer.der().to_vec(),
            write::sequence(&[write::time(self.not_before), write::time(self.not_after)]),
            self.subject.der().to_vec(),
            self.spki.clone(),
        ];
        if !self.extensions.is_empty() {
            parts.push(write::context(3, &[extensions_to_der(&self.extensions)]));
        }
        write::sequence(&parts)
    }
}

/// A CRL to be signed.
#[derive(Clone, Debug)]
pub struct TbsCertList {
    /// What the signature will be made with.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Issuer.
    pub issuer: Name,
    /// When it is issued.
    pub this_update: UnixTime,
    /// When the next one is due at the latest.
    pub next_update: Option<UnixTime>,
    /// What is revoked.
    pub revoked: Vec<RevokedEntry>,
    /// Extensions, in order; [`crl_number`] belongs in every CRL.
    pub extensions: Vec<Extension>,
}

/// One entry of a CRL to be signed.
#[derive(Clone, Debug)]
pub struct RevokedEntry {
    /// Serial number, content octets as [`super::Certificate::serial`] gives them.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub at: UnixTime,
    /// Why; left out when not known (RFC 5280 §5.3.1).
    pub reason: Option<Reason>,
    /// Further entry extensions.
    pub extensions: Vec<Extension>,
}

impl TbsCertList {
    /// The bytes to sign.
    pub fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![
            write::integer(1),
            self.signature_algorithm.to_der(),
            self.issuer.der().to_vec(),
            write::time(self.this_update),
        ];
        if let Some(next) = self.next_update {
            parts.push(write::time(next));
        }
        if !self.revoked.is_empty() {
            let entries: Vec<Vec<u8>> = self.revoked.iter().map(RevokedEntry::to_der).collect();
            parts.push(write::sequence(&entries));
        }
        if !self.extensions.is_empty() {
            parts.push(write::context(0, &[extensions_to_der(&self.extensions)]));
        }
        write::sequence(&parts)
    }
}

impl RevokedEntry {
    fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![write::tlv(tag::INTEGER, &self.serial), write::time(self.at)];
        let mut list: Vec<Extension> = Vec::new();
        if let Some(reason) = self.reason {
            list.push(extension(oids::CRL_REASON, false, write::enumerated(reason.code())));
        }
        list.extend(self.extensions.iter().cloned());
        if !list.is_empty() {
            parts.push(extensions_to_der(&list));
        }
        write::sequence(&parts)
    }
}

/// Certificate or CertificateList from signed bytes.
pub fn assemble(tbs: &[u8], algorithm: &AlgorithmIdentifier, signature: &[u8]) -> Vec<u8> {
    write::sequence(&[tbs.to_vec(), algorithm.to_der(), write::bit_string(signature)])
}

/// Any extension, from the DER its value holds.
pub fn extension(oid: Oid, critical: bool, value: Vec<u8>) -> Extension {
    Extension { oid, critical, value }
}

/// Basic constraints, critical. For an end entity the value is the empty sequence.
pub fn basic_constraints(ca: bool, path_len: Option<u32>) -> Extension {
    let mut parts = Vec::new();
    if ca {
        parts.push(write::boolean(true));
    }
    if let Some(n) = path_len {
        parts.push(write::integer(u64::from(n)));
    }
    extension(oids::BASIC_CONSTRAINTS, true, write::sequence(&parts))
}

/// Key usage, critical.
pub fn key_usage(usage: KeyUsage) -> Extension {
    extension(oids::KEY_USAGE, true, write::named_bits(&usage.bits()))
}

/// Extended key usage.
pub fn extended_key_usage(purposes: &[Oid], critical: bool) -> Extension {
    let list: Vec<Vec<u8>> = purposes.iter().map(write::oid).collect();
    extension(oids::EXTENDED_KEY_USAGE, critical, write::sequence(&list))
}

/// The key identifier of RFC 5280 §4.2.1.2 method (1): SHA-1 of the public key bits.
pub fn key_identifier(public_key_bits: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, public_key_bits).as_ref().to_vec()
}

/// Subject key identifier.
pub fn subject_key_identifier(key_id: &[u8]) -> Extension {
    extension(oids::SUBJECT_KEY_IDENTIFIER, false, write::octet_string(key_id))
}

/// Authority key identifier, by key identifier alone.
pub fn authority_key_identifier(key_id: &[u8]) -> Extension {
    let value = write::sequence(&[write::tlv(tag::context_primitive(0), key_id)]);
    extension(oids::AUTHORITY_KEY_IDENTIFIER, false, value)
}

/// CRL distribution points, one per URL.
pub fn crl_distribution_points(urls: &[&str]) -> Extension {
    let points: Vec<Vec<u8>> =
        urls.iter().map(|url| write::sequence(&[write::context(0, &[write::context(0, &[uri(url)])])])).collect();
    extension(oids::CRL_DISTRIBUTION_POINTS, false, write::sequence(&points))
}

/// Authority information access.
pub fn authority_info_access(ocsp: &[&str], ca_issuers: &[&str]) -> Extension {
    let one = |method: &Oid, url: &str| write::sequence(&[write::oid(method), uri(url)]);
    let list: Vec<Vec<u8>> = ocsp
        .iter()
        .map(|url| one(&oids::AD_OCSP, url))
        .chain(ca_issuers.iter().map(|url| one(&oids::AD_CA_ISSUERS, url)))
        .collect();
    extension(oids::AUTHORITY_INFO_ACCESS, false, write::sequence(&list))
}

/// Certificate policies without qualifiers.
pub fn certificate_policies(policies: &[Oid]) -> Extension {
    let list: Vec<Vec<u8>> = policies.iter().map(|p| write::sequence(&[write::oid(p)])).collect();
    extension(oids::CERTIFICATE_POLICIES, false, write::sequence(&list))
}

/// Subject alternative names of the DNS kind.
pub fn subject_alt_dns(names: &[&str]) -> Extension {
    let list: Vec<Vec<u8>> = names.iter().map(|name| write::tlv(tag::context_primitive(2), name.as_bytes())).collect();
    extension(oids::SUBJECT_ALT_NAME, false, write::sequence(&list))
}

/// The mark that an OCSP responder's certificate needs no revocation check (RFC 6960 §4.2.2.2.1).
pub fn ocsp_no_check() -> Extension {
    extension(oids::OCSP_NO_CHECK, false, write::null())
}

/// The number of a CRL (RFC 5280 §5.2.3).
pub fn crl_number(number: u64) -> Extension {
    extension(oids::CRL_NUMBER, false, write::integer(number))
}

/// The promise that a CRL keeps certificates that ran out at `since` or later (ITU-T X.509, expiredCertsOnCRL).
pub fn expired_certs_on_crl(since: UnixTime) -> Extension {
    extension(oids::EXPIRED_CERTS_ON_CRL, false, write::generalized_time(since))
}

/// One extension, DER.
pub fn extension_to_der(one: &Extension) -> Vec<u8> {
    let mut parts = vec![write::oid(&one.oid)];
    if one.critical {
        parts.push(write::boolean(true));
    }
    parts.push(write::octet_string(&one.value));
    write::sequence(&parts)
}

fn extensions_to_der(list: &[Extension]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = list.iter().map(extension_to_der).collect();
    write::sequence(&parts)
}

fn uri(url: &str) -> Vec<u8> {
    write::tlv(tag::context_primitive(6), url.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::{Certificate, Crl};
    use super::*;

    fn algorithm() -> AlgorithmIdentifier {
        // ecdsa-with-SHA256, RFC 5758 §3.2.
        let oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
        AlgorithmIdentifier { oid, parameters: None }
    }

    fn spki() -> Vec<u8> {
        let id = Oid::from_static(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
        write::sequence(&[write::algorithm(&id, None), write::bit_string(&[4; 65])])
    }

    fn tbs() -> TbsCertificate {
        TbsCertificate {
            serial: vec![0xff, 1],
            signature_algorithm: algorithm(),
            issuer: Name::build(&[(oids::AT_COMMON_NAME, "CA")]),
            not_before: UnixTime(0),
            not_after: UnixTime(4_102_444_800),
            subject: Name::build(&[(oids::AT_COMMON_NAME, "Sở Nội vụ")]),
            spki: spki(),
            extensions: vec![
                basic_constraints(true, Some(1)),
                key_usage(KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN)),
                extended_key_usage(&[oids::KP_TIME_STAMPING], true),
                subject_key_identifier(&[1, 2]),
                authority_key_identifier(&[3, 4]),
                crl_distribution_points(&["http://a.example/c.crl"]),
                authority_info_access(&["http://o.example"], &["http://i.example/ca.cer"]),
                certificate_policies(&[oids::ANY_POLICY]),
                subject_alt_dns(&["a.example"]),
                ocsp_no_check(),
            ],
        }
    }

    #[test]
    fn a_certificate_built_reads_back_with_every_field() {
        let der = assemble(&tbs().to_der(), &algorithm(), &[9; 70]);
        let got = Certificate::from_der(&der).expect("reads");
        assert_eq!(got.tbs(), tbs().to_der());
        assert_eq!(got.serial(), [0, 0xff, 1]);
        assert_eq!(got.version(), 3);
        assert_eq!((got.not_before(), got.not_after()), (UnixTime(0), UnixTime(4_102_444_800)));
        assert_eq!(got.subject().common_name().as_deref(), Some("Sở Nội vụ"));
        assert_eq!(got.spki(), spki());
        assert_eq!(got.public_key_bits(), [4; 65]);
        assert_eq!(got.signature(), [9; 70]);
        assert_eq!(got.inner_signature_algorithm(), got.signature_algorithm());
        assert_eq!(got.basic_constraints().map(|b| (b.ca, b.path_len)), Some((true, Some(1))));
        assert_eq!(got.key_usage().map(KeyUsage::bits), Some(vec![5, 6]));
        assert!(got.extended_key_usage_is_critical());
        assert_eq!(got.subject_key_identifier(), Some(&[1, 2][..]));
        assert_eq!(got.authority_key_identifier().and_then(|a| a.key_id.clone()), Some(vec![3, 4]));
        assert_eq!(got.crl_urls(), ["http://a.example/c.crl"]);
        assert_eq!(got.ocsp_urls(), ["http://o.example"]);
        assert_eq!(got.ca_issuer_urls(), ["http://i.example/ca.cer"]);
        assert!(got.has_ocsp_no_check() && !got.is_self_issued());
        assert!(got.malformed_extensions().is_empty());
    }

    #[test]
    fn bytes_cut_or_added_are_no_certificate() {
        let der = assemble(&tbs().to_der(), &algorithm(), &[9; 70]);
        assert!(Certificate::from_der(&der[..der.len() - 1]).is_err());
        assert!(Certificate::from_der(&[der.as_slice(), &[0]].concat()).is_err());
        for at in 0..der.len() {
            let mut damaged = der.clone();
            damaged[at] ^= 0x55;
            drop(Certificate::from_der(&damaged));
        }
    }

    #[test]
    fn a_crl_built_reads_back_and_is_searched_by_serial() {
        let entry = |serial: u8, reason| RevokedEntry {
            serial: vec![serial],
            at: UnixTime(100),
            reason,
            extensions: Vec::new(),
        };
        let list = TbsCertList {
            signature_algorithm: algorithm(),
            issuer: Name::build(&[(oids::AT_COMMON_NAME, "CA")]),
            this_update: UnixTime(200),
            next_update: Some(UnixTime(300)),
            revoked: vec![entry(9, None), entry(3, Some(Reason::KeyCompromise)), entry(9, Some(Reason::Superseded))],
            extensions: vec![crl_number(7)],
        };
        let got = Crl::from_der(&assemble(&list.to_der(), &algorithm(), &[1])).expect("reads");
        assert_eq!(got.tbs(), list.to_der());
        assert_eq!((got.this_update(), got.next_update()), (UnixTime(200), Some(UnixTime(300))));
        assert_eq!(got.number(), Some(&[7][..]));
        assert_eq!(got.find(&[3]).map(|r| r.reason).collect::<Vec<_>>(), [Some(Reason::KeyCompromise)]);
        assert_eq!(got.find(&[9]).count(), 2);
        assert_eq!(got.find(&[4]).count(), 0);
    }
}
