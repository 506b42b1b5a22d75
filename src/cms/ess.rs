//! Which certificate the signer meant — ESS signingCertificate (RFC 2634 §5.4) and signingCertificateV2
//! (RFC 5035 §4).

use super::{MAX_CERTIFICATES, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv, write};
use crate::base::oid::Oid;
use crate::x509::{Certificate, Name};

/// A certificate named by its digest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EssCertId {
    /// The digest algorithm: SHA-1 in the first version, SHA-256 unless named in the second.
    pub digest_algorithm: AlgorithmIdentifier,
    /// Digest of the whole certificate.
    pub digest: Vec<u8>,
    /// Issuer and serial number beside it; a hint, not more (EN 319 122-1 5.2.2).
    pub issuer_serial: Option<IssuerSerial>,
}

/// Issuer and serial number as ESS writes them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuerSerial {
    /// GeneralNames, encoded.
    pub issuer: Vec<u8>,
    /// Content octets of the serial number.
    pub serial: Vec<u8>,
}

impl IssuerSerial {
    /// True when this is the issuer (as its only directory name) and serial number of `certificate`.
    pub fn names(&self, certificate: &Certificate) -> bool {
        let directory = || -> Option<Name> {
            let names = Tlv::parse(&self.issuer).ok()?;
            let mut reader = names.reader();
            let only = reader.expect(tag::context(4)).ok()?;
            reader.end().ok()?;
            Name::from_der(only.content).ok()
        };
        self.serial == certificate.serial() && directory().is_some_and(|name| name.matches(certificate.issuer()))
    }
}

/// Reads SigningCertificate (`V2` false) or SigningCertificateV2: the list, the signer's certificate first.
pub(super) fn read(value: &Tlv<'_>, version: Version) -> Result<Vec<EssCertId>, Asn1Error> {
    if value.tag != tag::SEQUENCE {
        return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: value.tag });
    }
    let mut fields = value.reader();
    let mut list = fields.sequence()?;
    if !fields.is_empty() {
        fields.expect(tag::SEQUENCE)?; // policies
        fields.end()?;
    }
    let mut found = Vec::new();
    while !list.is_empty() {
        if found.len() == MAX_CERTIFICATES {
            return Err(Asn1Error::Value);
        }
        found.push(read_one(&mut list, version)?);
    }
    if found.is_empty() { Err(Asn1Error::Value) } else { Ok(found) }
}

/// Which of the two attributes is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Version {
    V1,
    V2,
}

fn read_one(list: &mut Reader<'_>, version: Version) -> Result<EssCertId, Asn1Error> {
    let mut one = list.sequence()?;
    let digest_algorithm = match version {
        Version::V1 => AlgorithmIdentifier { oid: oids::SHA1, parameters: None },
        Version::V2 => match one.optional(tag::SEQUENCE)? {
            Some(identifier) => AlgorithmIdentifier::from_tlv(&identifier)?,
            None => AlgorithmIdentifier { oid: oids::SHA256, parameters: None },
        },
    };
    let digest = one.expect(tag::OCTET_STRING)?.content.to_vec();
    let issuer_serial = match one.optional(tag::SEQUENCE)? {
        None => None,
        Some(pair) => {
            let mut fields = pair.reader();
            let issuer = fields.expect(tag::SEQUENCE)?.raw.to_vec();
            let serial = fields.expect(tag::INTEGER)?.content.to_vec();
            Some(IssuerSerial { issuer, serial })
        }
    };
    one.end()?;
    Ok(EssCertId { digest_algorithm, digest, issuer_serial })
}

/// The value of signingCertificateV2 for one certificate, with its issuer and serial number.
///
/// `digest` is that of the whole certificate under `digest_oid`; SHA-256 is left out as the default (DER).
pub(super) fn signing_certificate_v2(certificate: &Certificate, digest_oid: &Oid, digest: &[u8]) -> Vec<u8> {
    let issuer = write::sequence(&[write::context(4, &[certificate.issuer().der()])]);
    let serial = write::tlv(tag::INTEGER, certificate.serial());
    let mut fields = Vec::new();
    if *digest_oid != oids::SHA256 {
        fields.push(write::algorithm(digest_oid, None));
    }
    fields.push(write::octet_string(digest));
    fields.push(write::sequence(&[issuer, serial]));
    write::sequence(&[write::sequence(&[write::sequence(&fields)])])
}
