//! SignerInfo — RFC 5652 §5.3: one signature, its algorithms and its attributes.

use super::ess::{self, EssCertId, Version};
use super::{AttributeError, Attributes, CmsError, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Tlv, write};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::x509::{Certificate, Name};

/// How a signer names its certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignerId {
    /// Issuer and serial number.
    IssuerSerial {
        /// The issuer's name, encoded.
        issuer: Vec<u8>,
        /// Content octets of the serial number.
        serial: Vec<u8>,
    },
    /// The subject key identifier.
    KeyId(Vec<u8>),
}

impl SignerId {
    /// True when `certificate` is one this identifier names.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            SignerId::IssuerSerial { issuer, serial } => {
                certificate.serial() == serial.as_slice()
                    && (certificate.issuer().der() == issuer.as_slice()
                        || Name::from_der(issuer).is_ok_and(|name| name.matches(certificate.issuer())))
            }
            SignerId::KeyId(id) => certificate.subject_key_identifier() == Some(id.as_slice()),
        }
    }
}

/// One signer of a SignedData.
#[derive(Clone, Debug)]
pub struct SignerInfo {
    raw: Vec<u8>,
    version: u64,
    id: SignerId,
    digest_algorithm: AlgorithmIdentifier,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    signed_raw: Option<Vec<u8>>,
    signed: Attributes,
    unsigned: Attributes,
}

impl SignerInfo {
    /// Reads one SignerInfo, also one that stands alone as a countersignature.
    ///
    /// # Errors
    /// [`CmsError`] when it is none.
    pub fn from_tlv(value: &Tlv<'_>) -> Result<Self, CmsError> {
        if value.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: value.tag }.into());
        }
        let mut fields = value.reader();
        let version = fields.expect(tag::INTEGER)?.as_u64()?;
        let named = fields.any()?;
        let id = match named.tag {
            tag::SEQUENCE => {
                let mut pair = named.reader();
                let issuer = pair.expect(tag::SEQUENCE)?.raw.to_vec();
                let serial = pair.expect(tag::INTEGER)?.content.to_vec();
                pair.end()?;
                SignerId::IssuerSerial { issuer, serial }
            }
            0x80 | 0xa0 => SignerId::KeyId(named.octets()?.into_owned()),
            found => return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found }.into()),
        };
        let digest_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signed = fields.optional(tag::context(0))?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let signature = fields.any()?;
        if !matches!(signature.tag, tag::OCTET_STRING | 0x24) {
            return Err(Asn1Error::Tag { expected: tag::OCTET_STRING, found: signature.tag }.into());
        }
        let unsigned = fields.optional(tag::context(1))?;
        fields.end()?;
        Ok(SignerInfo {
            raw: value.raw.to_vec(),
            version,
            id,
            digest_algorithm,
            signature_algorithm,
            signature: signature.octets()?.into_owned(),
            signed_raw: signed.map(|field| as_set(&field)),
            signed: signed.map_or_else(|| Ok(Attributes::default()), |f| Attributes::read(f.content))?,
            unsigned: unsigned.map_or_else(|| Ok(Attributes::default()), |f| Attributes::read(f.content))?,
        })
    }

    /// The whole SignerInfo as it stands in the file.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Version, identifier, algorithms, signed attributes and value as they stand in the file: everything but the
    /// unsigned attributes (EN 319 122-1 5.5.3).
    pub fn signed_fields(&self) -> &[u8] {
        let Ok(whole) = Tlv::parse(&self.raw) else { return &[] };
        let mut fields = whole.reader();
        let mut before = whole.content.len();
        while let Ok(field) = fields.any() {
            if fields.is_empty() && field.tag == tag::context(1) {
                before = before.saturating_sub(field.raw.len());
            }
        }
        // The content stands somewhere in `raw`; found by lengths, so that the result borrows from it.
        let start = if self.raw.get(1) == Some(&0x80) { 2 } else { self.raw.len().saturating_sub(whole.content.len()) };
        self.raw.get(start..start.saturating_add(before)).unwrap_or_default()
    }

    /// Its version: 1 with issuer and serial number, 3 with a key identifier.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How the signer names its certificate.
    pub fn id(&self) -> &SignerId {
        &self.id
    }

    /// `digestAlgorithm`.
    pub fn digest_algorithm(&self) -> &AlgorithmIdentifier {
        &self.digest_algorithm
    }

    /// `signatureAlgorithm`.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.signature_algorithm
    }

    /// The signature value.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What the signature value is over when there are signed attributes (RFC 5652 §5.4): the bytes of the
    /// file with the SET tag in place of `[0]`. An indefinite length is made definite, nothing else changes.
    pub fn signed_attributes_raw(&self) -> Option<&[u8]> {
        self.signed_raw.as_deref()
    }

    /// The DER form of the signed attributes (RFC 5652 §5.4: it is what is signed, whatever the file holds):
    /// values definite, strings in one piece, the set in order. `None` without signed attributes and when this is
    /// the form of the file.
    pub fn signed_attributes_der(&self) -> Option<Vec<u8>> {
        let raw = self.signed_raw.as_deref()?;
        let mut reader = Tlv::parse(raw).ok()?.reader();
        let mut parts = Vec::new();
        while !reader.is_empty() {
            parts.push(write::normalised(&reader.any().ok()?).ok()?);
        }
        let der = write::set_of(&parts);
        (der != raw).then_some(der)
    }

    /// The signed attributes; empty when there are none.
    pub fn signed_attributes(&self) -> &Attributes {
        &self.signed
    }

    /// The unsigned attributes; empty when there are none.
    pub fn unsigned_attributes(&self) -> &Attributes {
        &self.unsigned
    }

    /// The signed content-type (RFC 5652 §11.1).
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn content_type(&self) -> Result<Option<Oid>, AttributeError> {
        self.signed.decoded(&oids::CONTENT_TYPE, |value| value.as_oid())
    }

    /// The signed message-digest (RFC 5652 §11.2).
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn message_digest(&self) -> Result<Option<Vec<u8>>, AttributeError> {
        self.signed.decoded(&oids::MESSAGE_DIGEST, |value| match value.tag {
            tag::OCTET_STRING | 0x24 => Ok(value.octets()?.into_owned()),
            found => Err(Asn1Error::Tag { expected: tag::OCTET_STRING, found }),
        })
    }

    /// The signature policy the signer follows (EN 319 122-1 5.2.9): its identifier, `None` inside for an implied one.
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn signature_policy(&self) -> Result<Option<Option<Oid>>, AttributeError> {
        self.signed.decoded(&oids::SIGNATURE_POLICY, |value| match value.tag {
            tag::NULL => Ok(None),
            tag::SEQUENCE => value.reader().oid().map(Some),
            found => Err(Asn1Error::Tag { expected: tag::SEQUENCE, found }),
        })
    }

    /// The time the signer claims (RFC 5652 §11.3).
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn signing_time(&self) -> Result<Option<UnixTime>, AttributeError> {
        self.signed.decoded(&oids::SIGNING_TIME, |value| value.as_time())
    }

    /// ESS signingCertificate, SHA-1 only (RFC 2634 §5.4); the signer's certificate first.
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn signing_certificate(&self) -> Result<Option<Vec<EssCertId>>, AttributeError> {
        self.signed.decoded(&oids::SIGNING_CERTIFICATE, |value| ess::read(value, Version::V1))
    }

    /// ESS signingCertificateV2 (RFC 5035 §3); the signer's certificate first.
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn signing_certificate_v2(&self) -> Result<Option<Vec<EssCertId>>, AttributeError> {
        self.signed.decoded(&oids::SIGNING_CERTIFICATE_V2, |value| ess::read(value, Version::V2))
    }

    /// Digest and signature algorithm the signer protected (RFC 6211).
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn algorithm_protection(
        &self,
    ) -> Result<Option<(AlgorithmIdentifier, Option<AlgorithmIdentifier>)>, AttributeError> {
        self.signed.decoded(&oids::ALGORITHM_PROTECTION, |value| {
            let mut fields = value.reader();
            let digest = AlgorithmIdentifier::read(&mut fields)?;
            let signature = match fields.optional(tag::context(1))? {
                None => None,
                // [1] IMPLICIT: the fields of the SEQUENCE stand directly inside.
                Some(field) => {
                    let as_sequence = write::tlv(tag::SEQUENCE, field.content);
                    Some(AlgorithmIdentifier::from_tlv(&Tlv::parse(&as_sequence)?)?)
                }
            };
            Ok((digest, signature))
        })
    }

    /// Every signature time-stamp token (EN 319 122-1 5.3), encoded.
    pub fn signature_time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.unsigned.values(&oids::SIGNATURE_TIME_STAMP)
    }

    /// Every content time-stamp token (EN 319 122-1 5.2.8), encoded.
    pub fn content_time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.signed.values(&oids::CONTENT_TIME_STAMP)
    }

    /// Every countersignature (RFC 5652 §11.4), encoded; read them with [`SignerInfo::from_tlv`].
    pub fn counter_signatures(&self) -> impl Iterator<Item = &[u8]> {
        self.unsigned.values(&oids::COUNTER_SIGNATURE)
    }

    /// Certificates of certificate-values (EN 319 122-1 A.1.1.2), encoded; damaged values give none.
    pub fn certificate_values(&self) -> Vec<Vec<u8>> {
        self.unsigned.values(&oids::CERTIFICATE_VALUES).flat_map(Self::certificates_in).collect()
    }

    /// Certificates of one value of certificate-values, encoded.
    pub fn certificates_in(value: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        if let Ok(list) = Tlv::parse(value) {
            collect(&list, &mut found);
        }
        found
    }

    /// CRLs and OCSP responses of revocation-values (EN 319 122-1 A.1.2.2): `(crls, ocsp)`, encoded; each
    /// BasicOCSPResponse is wrapped into an OCSPResponse. Damaged values give none.
    pub fn revocation_values(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut crls, mut ocsp) = (Vec::new(), Vec::new());
        for value in self.unsigned.values(&oids::REVOCATION_VALUES) {
            let found = Self::revocation_in(value);
            crls.extend(found.0);
            ocsp.extend(found.1);
        }
        (crls, ocsp)
    }

    /// CRLs and OCSP responses of one value of revocation-values, as [`SignerInfo::revocation_values`] gives them.
    pub fn revocation_in(value: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut crls, mut ocsp) = (Vec::new(), Vec::new());
        if let Ok(fields) = Tlv::parse(value) {
            let mut reader = fields.reader();
            while let Ok(field) = reader.any() {
                let Ok(list) = Tlv::parse(field.content) else { continue };
                match field.tag {
                    0xa0 => collect(&list, &mut crls),
                    0xa1 => collect(&list, &mut ocsp),
                    _ => {}
                }
            }
        }
        // Some writers put whole OCSPResponses there: those begin with an ENUMERATED.
        let whole = |raw: Vec<u8>| match Tlv::parse(&raw).map(|value| value.reader().peek_tag()) {
            Ok(Some(tag::ENUMERATED)) => raw,
            _ => super::signed_data::wrap_basic_response(&raw),
        };
        (crls, ocsp.into_iter().map(whole).collect())
    }
}

fn collect(list: &Tlv<'_>, into: &mut Vec<Vec<u8>>) {
    let mut reader = list.reader();
    while into.len() < super::MAX_CERTIFICATES {
        let Ok(item) = reader.any() else { return };
        into.push(item.raw.to_vec());
    }
}

/// The bytes of a `[0]` field with the SET tag.
fn as_set(field: &Tlv<'_>) -> Vec<u8> {
    if field.raw.get(1) == Some(&0x80) {
        return write::tlv(tag::SET, field.content);
    }
    let mut bytes = field.raw.to_vec();
    if let Some(first) = bytes.first_mut() {
        *first = tag::SET;
    }
    bytes
}
