//! Writing SignedData — RFC 5652 §5, DER throughout: attributes, signers, the whole, and adding to what exists.

use super::{CmsError, SignedData, SignerId, ess, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Tlv, write};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::x509::Certificate;

/// Attribute of `oid` with encoded values.
pub fn attribute(oid: &Oid, values: &[Vec<u8>]) -> Vec<u8> {
    write::sequence(&[write::oid(oid), write::set_of(values)])
}

/// content-type (RFC 5652 §11.1).
pub fn content_type(oid: &Oid) -> Vec<u8> {
    attribute(&oids::CONTENT_TYPE, &[write::oid(oid)])
}

/// message-digest (RFC 5652 §11.2).
pub fn message_digest(digest: &[u8]) -> Vec<u8> {
    attribute(&oids::MESSAGE_DIGEST, &[write::octet_string(digest)])
}

/// signing-time (RFC 5652 §11.3); never in PAdES (EN 319 142-1 6.3).
pub fn signing_time(at: UnixTime) -> Vec<u8> {
    attribute(&oids::SIGNING_TIME, &[write::time(at)])
}

/// signingCertificateV2 (RFC 5035 §3) for one certificate; `digest` is its digest under `digest_oid`.
pub fn signing_certificate_v2(certificate: &Certificate, digest_oid: &Oid, digest: &[u8]) -> Vec<u8> {
    attribute(&oids::SIGNING_CERTIFICATE_V2, &[ess::signing_certificate_v2(certificate, digest_oid, digest)])
}

/// adbe-revocationInfoArchival (ISO 32000-2 12.8.3.3.2): CRLs and OCSP responses, each DER; always signed.
pub fn revocation_info_archival(crls: &[&[u8]], ocsp: &[&[u8]]) -> Vec<u8> {
    let list =
        |number: u8, values: &[&[u8]]| (!values.is_empty()).then(|| write::context(number, &[write::sequence(values)]));
    let lists: Vec<Vec<u8>> = [list(0, crls), list(1, ocsp)].into_iter().flatten().collect();
    attribute(&oids::ADOBE_REVOCATION, &[write::sequence(&lists)])
}

/// signature-time-stamp (EN 319 122-1 5.3) with one encoded token.
pub fn signature_time_stamp(token: &[u8]) -> Vec<u8> {
    attribute(&oids::SIGNATURE_TIME_STAMP, &[token.to_vec()])
}

/// The signed attributes as one SET: what is signed (RFC 5652 §5.4).
pub fn signed_attributes(attributes: &[Vec<u8>]) -> Vec<u8> {
    write::set_of(attributes)
}

/// The parts of one SignerInfo.
#[derive(Clone, Debug)]
pub struct SignerParts {
    /// How the certificate is named.
    pub id: SignerId,
    /// `digestAlgorithm`.
    pub digest_algorithm: AlgorithmIdentifier,
    /// The signed attributes as [`signed_attributes`] made them; `None` to sign the content itself.
    pub signed_attributes: Option<Vec<u8>>,
    /// `signatureAlgorithm`.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature value.
    pub signature: Vec<u8>,
    /// Encoded unsigned attributes.
    pub unsigned_attributes: Vec<Vec<u8>>,
}

impl SignerParts {
    /// The name of a certificate by issuer and serial number.
    pub fn id_of(certificate: &Certificate) -> SignerId {
        SignerId::IssuerSerial { issuer: certificate.issuer().der().to_vec(), serial: certificate.serial().to_vec() }
    }

    /// The SignerInfo (RFC 5652 §5.3); also the value of a countersignature attribute (§11.4).
    pub fn to_der(&self) -> Vec<u8> {
        let (version, id) = match &self.id {
            SignerId::IssuerSerial { issuer, serial } => {
                (1, write::sequence(&[issuer.as_slice(), &write::tlv(tag::INTEGER, serial)]))
            }
            SignerId::KeyId(id) => (3, write::tlv(tag::context_primitive(0), id)),
        };
        let mut fields = vec![write::integer(version), id, self.digest_algorithm.to_der()];
        if let Some(set) = &self.signed_attributes {
            let mut implicit = set.clone();
            if let Some(first) = implicit.first_mut() {
                *first = tag::context(0);
            }
            fields.push(implicit);
        }
        fields.push(self.signature_algorithm.to_der());
        fields.push(write::octet_string(&self.signature));
        if !self.unsigned_attributes.is_empty() {
            fields.push(write::context_set(1, &self.unsigned_attributes));
        }
        write::sequence(&fields)
    }
}

/// The parts of a SignedData.
#[derive(Clone, Debug, Default)]
pub struct SignedDataParts<'a> {
    /// The content put inside; `None` for a detached signature.
    pub content: Option<&'a [u8]>,
    /// Encoded certificates.
    pub certificates: Vec<&'a [u8]>,
    /// Encoded CRLs.
    pub crls: Vec<&'a [u8]>,
    /// Encoded OCSPResponses (RFC 5940).
    pub ocsp_responses: Vec<&'a [u8]>,
    /// The signers.
    pub signers: &'a [SignerParts],
}

/// Writes a ContentInfo with a SignedData over content of type `content_type`.
pub fn signed_data(content_type: &Oid, parts: &SignedDataParts<'_>) -> Vec<u8> {
    let mut algorithms: Vec<Vec<u8>> = parts.signers.iter().map(|s| s.digest_algorithm.to_der()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let mut encapsulated = vec![write::oid(content_type)];
    if let Some(content) = parts.content {
        encapsulated.push(write::context(0, &[write::octet_string(content)]));
    }
    let key_ids = parts.signers.iter().any(|s| matches!(s.id, SignerId::KeyId(_)));
    // RFC 5652 §5.1: other revocation formats make it 5, key identifiers or other content make it 3.
    let version = if !parts.ocsp_responses.is_empty() {
        5
    } else if key_ids || *content_type != oids::DATA {
        3
    } else {
        1
    };
    let mut fields = vec![write::integer(version), write::set_of(&algorithms), write::sequence(&encapsulated)];
    if !parts.certificates.is_empty() {
        fields.push(write::context_set(0, &parts.certificates));
    }
    if !parts.crls.is_empty() || !parts.ocsp_responses.is_empty() {
        let mut infos: Vec<Vec<u8>> = parts.crls.iter().map(|crl| crl.to_vec()).collect();
        infos.extend(
            parts
                .ocsp_responses
                .iter()
                .map(|response| write::context(1, &[&write::oid(&oids::RI_OCSP_RESPONSE), *response])),
        );
        fields.push(write::context_set(1, &infos));
    }
    let signers: Vec<Vec<u8>> = parts.signers.iter().map(SignerParts::to_der).collect();
    fields.push(write::set_of(&signers));
    content_info(&write::sequence(&fields))
}

/// Adds encoded unsigned attributes to signer number `index` of an existing structure.
///
/// Every other byte inside stays; lengths around the place become definite.
///
/// # Errors
/// [`CmsError`] when `cms` is no SignedData or has no such signer.
pub fn add_unsigned_attributes(cms: &[u8], index: usize, attributes: &[Vec<u8>]) -> Result<Vec<u8>, CmsError> {
    let outer = Tlv::parse(cms)?;
    let mut info = outer.reader();
    let found = info.oid()?;
    if found != oids::SIGNED_DATA {
        return Err(CmsError::ContentType { found });
    }
    let mut fields = info.expect(tag::context(0))?.reader().sequence()?;
    let mut parts: Vec<Vec<u8>> = Vec::new();
    while !fields.is_empty() {
        let field = fields.any()?;
        // signerInfos is the last field and, behind the first two, the only one with the SET tag.
        if field.tag == tag::SET && fields.is_empty() {
            parts.push(with_unsigned(&field, index, attributes)?);
        } else {
            parts.push(field.raw.to_vec());
        }
    }
    Ok(content_info(&write::sequence(&parts)))
}

/// Adds a signer, and encoded certificates that are not there, to an existing structure.
///
/// What is there keeps its bytes; lengths around it become definite.
///
/// # Errors
/// [`CmsError`] when `cms` is no SignedData.
pub fn add_signer(cms: &[u8], signer: &SignerParts, certificates: &[&[u8]]) -> Result<Vec<u8>, CmsError> {
    let read = SignedData::parse(cms)?;
    let fresh: Vec<&[u8]> =
        certificates.iter().filter(|new| !read.certificates().iter().any(|c| c.der() == **new)).copied().collect();
    let cms = if fresh.is_empty() { cms.to_vec() } else { add_validation_data(cms, &fresh, &[], &[])? };
    let outer = Tlv::parse(&cms)?;
    let mut info = outer.reader();
    let _signed_data = info.oid()?;
    let mut fields = info.expect(tag::context(0))?.reader().sequence()?;
    let version = fields.any()?;
    let algorithms = fields.any()?;
    let mut parts = vec![version.raw.to_vec(), with_algorithm(&algorithms, &signer.digest_algorithm)?];
    while !fields.is_empty() {
        let field = fields.any()?;
        // signerInfos is the last field and, behind the first two, the only one with the SET tag.
        if field.tag == tag::SET && fields.is_empty() {
            parts.push(write::tlv(tag::SET, &[field.content, &signer.to_der()].concat()));
        } else {
            parts.push(field.raw.to_vec());
        }
    }
    Ok(content_info(&write::sequence(&parts)))
}

fn with_algorithm(algorithms: &Tlv<'_>, new: &AlgorithmIdentifier) -> Result<Vec<u8>, CmsError> {
    let mut reader = algorithms.reader();
    let mut list: Vec<Vec<u8>> = Vec::new();
    let mut is_known = false;
    while !reader.is_empty() {
        let one = reader.any()?;
        is_known |= AlgorithmIdentifier::from_tlv(&one).is_ok_and(|known| known.oid == new.oid);
        list.push(one.raw.to_vec());
    }
    if is_known {
        return Ok(algorithms.raw.to_vec());
    }
    list.push(new.to_der());
    Ok(write::set_of(&list))
}

/// Adds encoded certificates, CRLs and OCSP responses to the fields of an existing structure.
///
/// What is there keeps its bytes; lengths around it become definite, and the version becomes 5 where
/// OCSP responses come in (RFC 5652 §5.1).
///
/// # Errors
/// [`CmsError`] when `cms` is no SignedData.
pub fn add_validation_data(
    cms: &[u8],
    certificates: &[&[u8]],
    crls: &[&[u8]],
    ocsp_responses: &[&[u8]],
) -> Result<Vec<u8>, CmsError> {
    let outer = Tlv::parse(cms)?;
    let mut info = outer.reader();
    let found = info.oid()?;
    if found != oids::SIGNED_DATA {
        return Err(CmsError::ContentType { found });
    }
    let mut fields = info.expect(tag::context(0))?.reader().sequence()?;
    let version = fields.any()?;
    let algorithms = fields.any()?;
    let encapsulated = fields.any()?;
    let (mut all_certificates, mut all_infos, mut signers) = (Vec::new(), Vec::new(), Vec::new());
    while !fields.is_empty() {
        let field = fields.any()?;
        let into = match field.tag {
            found if found == tag::context(0) => &mut all_certificates,
            found if found == tag::context(1) => &mut all_infos,
            _ => {
                signers.push(field.raw.to_vec());
                continue;
            }
        };
        let mut inside = field.reader();
        while !inside.is_empty() {
            into.push(inside.any()?.raw.to_vec());
        }
    }
    all_certificates.extend(certificates.iter().map(|der| der.to_vec()));
    all_infos.extend(crls.iter().map(|der| der.to_vec()));
    let answers = ocsp_responses.iter().map(|der| write::context(1, &[&write::oid(&oids::RI_OCSP_RESPONSE), *der]));
    all_infos.extend(answers);
    let version = if ocsp_responses.is_empty() { version.raw.to_vec() } else { write::integer(5) };
    let mut parts = vec![version, algorithms.raw.to_vec(), encapsulated.raw.to_vec()];
    // The older archive time-stamps are over these fields as they stand; version 3 is over each entry by itself.
    let read = SignedData::parse(cms)?;
    let mut unsigned = read.signers().iter().flat_map(|s| s.unsigned_attributes().iter());
    let as_they_stand = unsigned.any(|a| a.oid == oids::ARCHIVE_TIME_STAMP_V1 || a.oid == oids::ARCHIVE_TIME_STAMP_V2);
    for (number, list) in [(0, &all_certificates), (1, &all_infos)] {
        match list.is_empty() {
            true => {}
            false if as_they_stand => parts.push(write::context(number, list)),
            false => parts.push(write::context_set(number, list)),
        }
    }
    parts.extend(signers);
    Ok(content_info(&write::sequence(&parts)))
}

fn with_unsigned(signers: &Tlv<'_>, index: usize, attributes: &[Vec<u8>]) -> Result<Vec<u8>, CmsError> {
    let mut reader = signers.reader();
    let mut list: Vec<Vec<u8>> = Vec::new();
    let mut changed = false;
    while !reader.is_empty() {
        let signer = reader.any()?;
        if list.len() != index {
            list.push(signer.raw.to_vec());
            continue;
        }
        if signer.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: signer.tag }.into());
        }
        let mut fields = signer.reader();
        let mut parts = Vec::new();
        let mut unsigned: Vec<Vec<u8>> = Vec::new();
        while !fields.is_empty() {
            let field = fields.any()?;
            if field.tag == tag::context(1) && fields.is_empty() {
                let mut existing = field.reader();
                while !existing.is_empty() {
                    unsigned.push(existing.any()?.raw.to_vec());
                }
            } else {
                parts.push(field.raw.to_vec());
            }
        }
        unsigned.extend_from_slice(attributes);
        // Not sorted: the order of existing attributes may have been stamped over.
        parts.push(write::context(1, &unsigned));
        list.push(write::sequence(&parts));
        changed = true;
    }
    if !changed {
        return Err(CmsError::NoSigner { index });
    }
    Ok(write::tlv(tag::SET, &list.concat()))
}

pub(super) fn content_info(signed_data: &[u8]) -> Vec<u8> {
    write::sequence(&[write::oid(&oids::SIGNED_DATA), write::context(0, &[signed_data])])
}
