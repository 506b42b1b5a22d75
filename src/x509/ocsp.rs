//! OCSP requests and responses — RFC 6960 §4, RFC 9654 (nonce).
//!
//! Read and written here; believed in `revocation::ocsp`. A response that is to be written is made of
//! [`ResponseData`], whose bytes someone signs, and [`assemble_response`].

use std::fmt;
use std::sync::Arc;

use super::crl::Reason;
use super::extensions::{self, Extension};
use super::name::Name;
use super::{Certificate, X509Error, build, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv, write};
use crate::base::encoding::pem_blocks;
use crate::base::oid::Oid;
use crate::base::time::UnixTime;

/// Most bytes of one OCSP message that are read.
pub const MAX_OCSP: usize = 1 << 20;
/// Most single requests, single responses or certificates in one message that are read.
pub const MAX_LIST: usize = 1_024;

const SHA1: Oid = Oid::from_static(&[0x2b, 14, 3, 2, 26]);
const SHA256: Oid = Oid::from_static(&[0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 1]);

/// Which certificate is asked about — RFC 6960 §4.1.1.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CertId {
    /// Digest both hashes are made with.
    pub hash_algorithm: AlgorithmIdentifier,
    /// Digest of the issuer's name, DER.
    pub issuer_name_hash: Vec<u8>,
    /// Digest of the issuer's public key bits.
    pub issuer_key_hash: Vec<u8>,
    /// Serial number, content octets.
    pub serial: Vec<u8>,
}

impl CertId {
    /// With SHA-1, which every responder understands (RFC 5019 §2.1.1).
    pub fn sha1(issuer: &Certificate, serial: &[u8]) -> CertId {
        Self::with(SHA1, &ring::digest::SHA1_FOR_LEGACY_USE_ONLY, issuer, serial)
    }

    /// With SHA-256.
    pub fn sha256(issuer: &Certificate, serial: &[u8]) -> CertId {
        Self::with(SHA256, &ring::digest::SHA256, issuer, serial)
    }

    fn with(oid: Oid, digest: &'static ring::digest::Algorithm, issuer: &Certificate, serial: &[u8]) -> CertId {
        CertId {
            hash_algorithm: AlgorithmIdentifier { oid, parameters: Some(write::null()) },
            issuer_name_hash: ring::digest::digest(digest, issuer.subject().der()).as_ref().to_vec(),
            issuer_key_hash: ring::digest::digest(digest, issuer.public_key_bits()).as_ref().to_vec(),
            serial: serial.to_vec(),
        }
    }

    /// Its DER form.
    pub fn to_der(&self) -> Vec<u8> {
        write::sequence(&[
            self.hash_algorithm.to_der(),
            write::octet_string(&self.issuer_name_hash),
            write::octet_string(&self.issuer_key_hash),
            write::tlv(tag::INTEGER, &self.serial),
        ])
    }

    /// Equal but for the parameters of the digest, which some leave out and others write as NULL.
    fn means_same(&self, other: &CertId) -> bool {
        self.hash_algorithm.oid == other.hash_algorithm.oid
            && self.issuer_name_hash == other.issuer_name_hash
            && self.issuer_key_hash == other.issuer_key_hash
            && self.serial == other.serial
    }

    fn from_tlv(value: &Tlv<'_>) -> Result<CertId, X509Error> {
        let mut fields = extensions::sequence_of(value)?;
        let id = CertId {
            hash_algorithm: AlgorithmIdentifier::read(&mut fields)?,
            issuer_name_hash: fields.expect(tag::OCTET_STRING)?.content.to_vec(),
            issuer_key_hash: fields.expect(tag::OCTET_STRING)?.content.to_vec(),
            serial: fields.expect(tag::INTEGER)?.content.to_vec(),
        };
        fields.end()?;
        Ok(id)
    }
}

/// A request: the certificates asked about and the nonce. Written unsigned; a signature read is not looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OcspRequest {
    /// What is asked about.
    pub cert_ids: Vec<CertId>,
    /// Octets the answer must repeat (RFC 9654: 1 to 128, 32 advised).
    pub nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// Asks about one certificate.
    pub fn new(cert_id: CertId, nonce: Option<Vec<u8>>) -> OcspRequest {
        OcspRequest { cert_ids: vec![cert_id], nonce }
    }

    /// OCSPRequest, DER.
    pub fn to_der(&self) -> Vec<u8> {
        let requests: Vec<Vec<u8>> = self.cert_ids.iter().map(|id| write::sequence(&[id.to_der()])).collect();
        let mut tbs = vec![write::sequence(&requests)];
        if let Some(nonce) = &self.nonce {
            tbs.push(write::context(2, &[write::sequence(&[nonce_extension(nonce)])]));
        }
        write::sequence(&[write::sequence(&tbs)])
    }

    /// Whether a response answers this request: one answer for each certificate asked about, and our nonce or
    /// none (RFC 9654 §2.1 allows a responder to leave it out; another one is a replay).
    pub fn is_answered_by(&self, response: &OcspResponse) -> bool {
        let Some(basic) = response.basic() else { return false };
        let nonce = self.nonce.is_none() || basic.nonce.is_none() || basic.nonce == self.nonce;
        nonce && self.cert_ids.iter().all(|id| basic.responses.iter().any(|r| r.cert_id.means_same(id)))
    }

    /// Reads an OCSPRequest.
    ///
    /// # Errors
    /// [`X509Error::TooLarge`], [`X509Error::TooMany`], [`X509Error::Asn1`], [`X509Error::OcspForm`].
    pub fn from_der(der: &[u8]) -> Result<OcspRequest, X509Error> {
        bound(der)?;
        let mut outer = extensions::whole(der, tag::SEQUENCE)?.reader();
        let mut tbs = outer.sequence()?;
        outer.optional(tag::context(0))?;
        outer.end()?;
        version_one(&mut tbs)?;
        tbs.optional(tag::context(1))?;
        let mut list = tbs.sequence()?;
        let mut cert_ids = Vec::new();
        while !list.is_empty() {
            if cert_ids.len() >= MAX_LIST {
                return Err(X509Error::TooMany { bound: MAX_LIST });
            }
            let mut single = list.sequence()?;
            cert_ids.push(CertId::from_tlv(&single.any()?)?);
            single.optional(tag::context(0))?;
            single.end()?;
        }
        let extensions = explicit_extensions(&mut tbs, 2)?;
        tbs.end()?;
        if cert_ids.is_empty() {
            return Err(X509Error::OcspForm("the request asks about nothing"));
        }
        Ok(OcspRequest { cert_ids, nonce: nonce_of(&extensions)? })
    }
}

/// What the responder says about itself answering — RFC 6960 §4.2.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names are those of RFC 6960 §4.2.1")]
pub enum ResponseStatus {
    Successful,
    MalformedRequest,
    InternalError,
    TryLater,
    SigRequired,
    Unauthorized,
}

impl ResponseStatus {
    const TABLE: [(u8, ResponseStatus); 6] = [
        (0, ResponseStatus::Successful),
        (1, ResponseStatus::MalformedRequest),
        (2, ResponseStatus::InternalError),
        (3, ResponseStatus::TryLater),
        (5, ResponseStatus::SigRequired),
        (6, ResponseStatus::Unauthorized),
    ];
}

/// A response. Cloning is cheap; equality is equality of the bytes.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    status: ResponseStatus,
    basic: Option<BasicResponse>,
}

/// The signed part — RFC 6960 §4.2.1, BasicOCSPResponse.
#[derive(Clone, Debug)]
pub struct BasicResponse {
    /// BasicOCSPResponse as it stands.
    pub der: Vec<u8>,
    /// ResponseData as it stands: what the signature is over.
    pub tbs: Vec<u8>,
    /// Who answers.
    pub responder_id: ResponderId,
    /// When the answer was signed.
    pub produced_at: UnixTime,
    /// The answers.
    pub responses: Vec<SingleResponse>,
    /// The nonce, when there.
    pub nonce: Option<Vec<u8>>,
    /// Every response extension.
    pub extensions: Vec<Extension>,
    /// Signature algorithm.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Signature value.
    pub signature: Vec<u8>,
    /// Certificates sent along, those that read.
    pub certificates: Vec<Certificate>,
    /// How many certificates sent along do not read.
    pub unreadable_certificates: usize,
}

/// Name or key of a responder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ResponderId {
    /// Its subject.
    ByName(Name),
    /// SHA-1 of its public key bits.
    ByKey(Vec<u8>),
}

impl ResponderId {
    /// The responder that holds this certificate, by key.
    pub fn key_of(certificate: &Certificate) -> ResponderId {
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.public_key_bits());
        ResponderId::ByKey(digest.as_ref().to_vec())
    }

    /// Whether it is the one that holds this certificate.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            ResponderId::ByName(name) => name.matches(certificate.subject()),
            ResponderId::ByKey(_) => *self == ResponderId::key_of(certificate),
        }
    }
}

/// The answer about one certificate.
#[derive(Clone, Debug)]
pub struct SingleResponse {
    /// Which one.
    pub cert_id: CertId,
    /// What about it.
    pub status: CertStatus,
    /// From when on the answer is known right.
    pub this_update: UnixTime,
    /// When newer information is due.
    pub next_update: Option<UnixTime>,
    /// Every single extension.
    pub extensions: Vec<Extension>,
}

/// Status of a certificate — RFC 6960 §2.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        at: UnixTime,
        /// Why, when given.
        reason: Option<Reason>,
    },
    /// The responder does not know it. Never good.
    Unknown,
}

impl OcspResponse {
    /// Reads an OCSPResponse that fills `der`. Another response type than basic is refused.
    ///
    /// # Errors
    /// [`X509Error::TooLarge`], [`X509Error::TooMany`], [`X509Error::Asn1`], [`X509Error::OcspForm`].
    pub fn from_der(der: &[u8]) -> Result<OcspResponse, X509Error> {
        bound(der)?;
        let mut outer = extensions::whole(der, tag::SEQUENCE)?.reader();
        let code = outer.expect(tag::ENUMERATED)?.as_u64()?;
        let status = ResponseStatus::TABLE
            .iter()
            .find(|(n, _)| u64::from(*n) == code)
            .map(|(_, status)| *status)
            .ok_or(X509Error::OcspForm("the response status is unknown"))?;
        let bytes = outer.optional(tag::context(0))?;
        outer.end()?;
        let basic = match bytes {
            Some(explicit) => {
                let mut fields = extensions::whole(explicit.content, tag::SEQUENCE)?.reader();
                if fields.oid()? != oids::OCSP_BASIC {
                    return Err(X509Error::OcspForm("the response type is not basic"));
                }
                let octets = fields.expect(tag::OCTET_STRING)?;
                fields.end()?;
                Some(BasicResponse::from_der(octets.content)?)
            }
            None => None,
        };
        // RFC 6960 §4.2.1: bytes exactly when successful.
        if (status == ResponseStatus::Successful) != basic.is_some() {
            return Err(X509Error::OcspForm("the status does not fit the presence of an answer"));
        }
        let sha256 = super::certificate::sha256(der);
        Ok(OcspResponse(Arc::new(Inner { der: der.to_vec(), sha256, status, basic })))
    }

    /// Reads the responses of a file: one in DER, or every PEM block that holds one.
    ///
    /// # Errors
    /// Those of [`OcspResponse::from_der`]; an empty list when no PEM block is an OCSP response.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<OcspResponse>, X509Error> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return OcspResponse::from_der(bytes).map(|one| vec![one]);
        }
        pem_blocks(&String::from_utf8_lossy(bytes))
            .iter()
            .filter(|block| block.label == "OCSP RESPONSE")
            .map(|block| OcspResponse::from_der(&block.der))
            .collect()
    }

    /// Reads a bare BasicOCSPResponse (the form revocation values in signatures have) and wraps it.
    ///
    /// # Errors
    /// Those of [`OcspResponse::from_der`].
    pub fn from_basic_der(der: &[u8]) -> Result<OcspResponse, X509Error> {
        OcspResponse::from_der(&wrap_basic(der))
    }

    /// The whole OCSPResponse.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`OcspResponse::der`].
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0.sha256
    }

    /// Whether the responder answered.
    pub fn status(&self) -> ResponseStatus {
        self.0.status
    }

    /// The answer; there exactly when the status is successful.
    pub fn basic(&self) -> Option<&BasicResponse> {
        self.0.basic.as_ref()
    }
}

impl BasicResponse {
    fn from_der(der: &[u8]) -> Result<BasicResponse, X509Error> {
        let mut outer = extensions::whole(der, tag::SEQUENCE)?.reader();
        let tbs = outer.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut outer)?;
        let signature = outer.expect(tag::BIT_STRING)?.bit_octets()?.to_vec();
        let mut certificates = Vec::new();
        let mut unreadable_certificates = 0usize;
        if let Some(explicit) = outer.optional(tag::context(0))? {
            let mut list = extensions::whole(explicit.content, tag::SEQUENCE)?.reader();
            while !list.is_empty() {
                if certificates.len() + unreadable_certificates >= MAX_LIST {
                    return Err(X509Error::TooMany { bound: MAX_LIST });
                }
                match Certificate::from_der(list.any()?.raw) {
                    Ok(certificate) => certificates.push(certificate),
                    Err(_) => unreadable_certificates += 1,
                }
            }
        }
        outer.end()?;

        let mut fields = tbs.reader();
        version_one(&mut fields)?;
        let responder = fields.any()?;
        let responder_id = match responder.tag {
            0xa1 => ResponderId::ByName(Name::from_der(responder.content)?),
            0xa2 => ResponderId::ByKey(extensions::whole(responder.content, tag::OCTET_STRING)?.content.to_vec()),
            found => return Err(Asn1Error::Tag { expected: 0xa1, found }.into()),
        };
        let produced_at = fields.expect(tag::GENERALIZED_TIME)?.as_time()?;
        let mut list = fields.sequence()?;
        let mut responses = Vec::new();
        while !list.is_empty() {
            if responses.len() >= MAX_LIST {
                return Err(X509Error::TooMany { bound: MAX_LIST });
            }
            responses.push(SingleResponse::from_reader(list.sequence()?)?);
        }
        let extensions = explicit_extensions(&mut fields, 1)?;
        fields.end()?;
        Ok(BasicResponse {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            responder_id,
            produced_at,
            responses,
            nonce: nonce_of(&extensions)?,
            extensions,
            signature_algorithm,
            signature,
            certificates,
            unreadable_certificates,
        })
    }
}

impl SingleResponse {
    fn from_reader(mut fields: Reader<'_>) -> Result<SingleResponse, X509Error> {
        let cert_id = CertId::from_tlv(&fields.any()?)?;
        let choice = fields.any()?;
        let status = match choice.tag {
            0x80 if choice.content.is_empty() => CertStatus::Good,
            0x82 if choice.content.is_empty() => CertStatus::Unknown,
            0xa1 => {
                let mut info = choice.reader();
                let at = info.expect(tag::GENERALIZED_TIME)?.as_time()?;
                let reason = match info.optional(tag::context(0))? {
                    Some(explicit) => {
                        let code = extensions::whole(explicit.content, tag::ENUMERATED)?.as_u64()?;
                        Some(Reason::from_code(code).ok_or(X509Error::OcspForm("the reason code is unknown"))?)
                    }
                    None => None,
                };
                info.end()?;
                CertStatus::Revoked { at, reason }
            }
            _ => return Err(X509Error::OcspForm("the certificate status is none of the three")),
        };
        let this_update = fields.expect(tag::GENERALIZED_TIME)?.as_time()?;
        let next_update = match fields.optional(tag::context(0))? {
            Some(explicit) => Some(extensions::whole(explicit.content, tag::GENERALIZED_TIME)?.as_time()?),
            None => None,
        };
        let extensions = explicit_extensions(&mut fields, 1)?;
        fields.end()?;
        Ok(SingleResponse { cert_id, status, this_update, next_update, extensions })
    }
}

/// What a responder signs — RFC 6960 §4.2.1, ResponseData.
#[derive(Clone, Debug)]
pub struct ResponseData {
    /// Who answers.
    pub responder_id: ResponderId,
    /// When.
    pub produced_at: UnixTime,
    /// The answers; their extensions are written as they are.
    pub responses: Vec<SingleResponse>,
    /// The request's nonce, repeated.
    pub nonce: Option<Vec<u8>>,
}

impl ResponseData {
    /// ResponseData, DER: the bytes to sign.
    pub fn to_der(&self) -> Vec<u8> {
        let responder = match &self.responder_id {
            ResponderId::ByName(name) => write::context(1, &[name.der()]),
            ResponderId::ByKey(hash) => write::context(2, &[write::octet_string(hash)]),
        };
        let responses: Vec<Vec<u8>> = self.responses.iter().map(single_to_der).collect();
        let mut parts = vec![responder, write::generalized_time(self.produced_at), write::sequence(&responses)];
        if let Some(nonce) = &self.nonce {
            parts.push(write::context(1, &[write::sequence(&[nonce_extension(nonce)])]));
        }
        write::sequence(&parts)
    }
}

/// A whole OCSPResponse from signed [`ResponseData`] bytes.
pub fn assemble_response(
    tbs: &[u8],
    algorithm: &AlgorithmIdentifier,
    signature: &[u8],
    certificates: &[Certificate],
) -> Vec<u8> {
    let mut parts = vec![tbs.to_vec(), algorithm.to_der(), write::bit_string(signature)];
    if !certificates.is_empty() {
        let list: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
        parts.push(write::context(0, &[write::sequence(&list)]));
    }
    wrap_basic(&write::sequence(&parts))
}

/// An OCSPResponse that says why there is no answer.
pub fn error_response(status: ResponseStatus) -> Vec<u8> {
    let code = ResponseStatus::TABLE.iter().find(|(_, s)| *s == status).map_or(2, |(n, _)| *n);
    write::sequence(&[write::enumerated(code)])
}

fn wrap_basic(basic: &[u8]) -> Vec<u8> {
    let bytes = write::sequence(&[write::oid(&oids::OCSP_BASIC), write::octet_string(basic)]);
    write::sequence(&[write::enumerated(0), write::context(0, &[bytes])])
}

fn single_to_der(single: &SingleResponse) -> Vec<u8> {
    let status = match single.status {
        CertStatus::Good => write::tlv(tag::context_primitive(0), &[]),
        CertStatus::Unknown => write::tlv(tag::context_primitive(2), &[]),
        CertStatus::Revoked { at, reason } => {
            let mut info = vec![write::generalized_time(at)];
            if let Some(reason) = reason {
                info.push(write::context(0, &[write::enumerated(reason.code())]));
            }
            write::context(1, &info)
        }
    };
    let mut parts = vec![single.cert_id.to_der(), status, write::generalized_time(single.this_update)];
    if let Some(next) = single.next_update {
        parts.push(write::context(0, &[write::generalized_time(next)]));
    }
    if !single.extensions.is_empty() {
        let list: Vec<Vec<u8>> = single.extensions.iter().map(build::extension_to_der).collect();
        parts.push(write::context(1, &[write::sequence(&list)]));
    }
    write::sequence(&parts)
}

fn nonce_extension(nonce: &[u8]) -> Vec<u8> {
    // RFC 9654 §2.1: the value is an OCTET STRING inside extnValue.
    write::sequence(&[write::oid(&oids::OCSP_NONCE), write::octet_string(&write::octet_string(nonce))])
}

// Old responders put the bare octets into extnValue; both forms are read.
fn nonce_of(list: &[Extension]) -> Result<Option<Vec<u8>>, X509Error> {
    let mut found = list.iter().filter(|e| e.oid == oids::OCSP_NONCE);
    let Some(first) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(X509Error::DuplicateExtension(oids::OCSP_NONCE));
    }
    match extensions::whole(&first.value, tag::OCTET_STRING) {
        Ok(inner) => Ok(Some(inner.content.to_vec())),
        Err(_) => Ok(Some(first.value.clone())),
    }
}

fn explicit_extensions(fields: &mut Reader<'_>, n: u8) -> Result<Vec<Extension>, X509Error> {
    match fields.optional(tag::context(n))? {
        Some(explicit) => extensions::extensions(extensions::whole(explicit.content, tag::SEQUENCE)?.reader()),
        None => Ok(Vec::new()),
    }
}

fn version_one(fields: &mut Reader<'_>) -> Result<(), X509Error> {
    if let Some(explicit) = fields.optional(tag::context(0))?
        && extensions::whole(explicit.content, tag::INTEGER)?.content != [0]
    {
        return Err(X509Error::OcspForm("the version is not v1"));
    }
    Ok(())
}

fn bound(der: &[u8]) -> Result<(), X509Error> {
    if der.len() > MAX_OCSP { Err(X509Error::TooLarge { found: der.len(), bound: MAX_OCSP }) } else { Ok(()) }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.0.sha256 == other.0.sha256
    }
}

impl Eq for OcspResponse {}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({:?}, {} answers)", self.status(), self.basic().map_or(0, |b| b.responses.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CertId {
        CertId {
            hash_algorithm: AlgorithmIdentifier { oid: SHA1, parameters: Some(write::null()) },
            issuer_name_hash: vec![1; 20],
            issuer_key_hash: vec![2; 20],
            serial: vec![3],
        }
    }

    fn data() -> ResponseData {
        let single = |status| SingleResponse {
            cert_id: id(),
            status,
            this_update: UnixTime(1_000),
            next_update: Some(UnixTime(2_000)),
            extensions: Vec::new(),
        };
        ResponseData {
            responder_id: ResponderId::ByKey(vec![7; 20]),
            produced_at: UnixTime(1_500),
            responses: vec![
                single(CertStatus::Good),
                single(CertStatus::Revoked { at: UnixTime(5), reason: Some(Reason::KeyCompromise) }),
                single(CertStatus::Unknown),
            ],
            nonce: Some(vec![8; 32]),
        }
    }

    #[test]
    fn a_request_written_reads_back() {
        for nonce in [None, Some(vec![5; 32])] {
            let request = OcspRequest::new(id(), nonce);
            assert_eq!(OcspRequest::from_der(&request.to_der()), Ok(request));
        }
    }

    #[test]
    fn a_response_written_reads_back_and_keeps_what_was_signed() {
        let algorithm = id().hash_algorithm;
        let der = assemble_response(&data().to_der(), &algorithm, &[1, 2, 3], &[]);
        let got = OcspResponse::from_der(&der).expect("reads");
        let basic = got.basic().expect("answers");
        assert_eq!(basic.tbs, data().to_der());
        assert_eq!(basic.nonce, Some(vec![8; 32]));
        assert_eq!(basic.signature, [1, 2, 3]);
        let statuses: Vec<_> = basic.responses.iter().map(|r| r.status).collect();
        assert_eq!(statuses, data().responses.iter().map(|r| r.status).collect::<Vec<_>>());
        assert_eq!(OcspResponse::from_basic_der(&basic.der).expect("reads"), got);
        for at in 0..der.len() {
            let mut damaged = der.clone();
            damaged[at] ^= 0x55;
            drop(OcspResponse::from_der(&damaged));
        }
    }

    #[test]
    fn an_answer_is_bound_to_the_certificate_and_the_nonce() {
        let response = OcspResponse::from_der(&assemble_response(&data().to_der(), &id().hash_algorithm, &[1], &[]))
            .expect("reads");
        assert!(OcspRequest::new(id(), Some(vec![8; 32])).is_answered_by(&response));
        assert!(!OcspRequest::new(id(), Some(vec![9; 32])).is_answered_by(&response));
        assert!(OcspRequest::new(id(), None).is_answered_by(&response));
        let other = CertId { serial: vec![4], ..id() };
        assert!(!OcspRequest::new(other, Some(vec![8; 32])).is_answered_by(&response));
        let silent = ResponseData { nonce: None, ..data() };
        let silent = OcspResponse::from_der(&assemble_response(&silent.to_der(), &id().hash_algorithm, &[1], &[]));
        assert!(OcspRequest::new(id(), Some(vec![8; 32])).is_answered_by(&silent.expect("reads")));
    }

    #[test]
    fn an_error_has_no_answer_and_success_without_one_is_refused() {
        let got = OcspResponse::from_der(&error_response(ResponseStatus::TryLater)).expect("reads");
        assert_eq!((got.status(), got.basic().is_none()), (ResponseStatus::TryLater, true));
        assert!(OcspResponse::from_der(&error_response(ResponseStatus::Successful)).is_err());
    }
}
