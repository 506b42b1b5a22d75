//! The time-stamping authority's side of RFC 3161, with the faults tests ask for.

use super::ca::Authority;
use super::identity::Identity;
use crate::algorithms::DigestAlgorithm;
use crate::asn1::{AlgorithmIdentifier, Tlv, write};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::cms::build::{self, SignedDataParts, SignerParts};
use crate::cms::oids;
use crate::keys::{KeyError, Signer};
use crate::timestamp::{Attempt, TimeStampError, TimeStampSource, TokenFacts, WhyNot, check_answer};
use crate::tsp::{Accuracy, FailureInfo, TimeStampRequest, TimeStampResponse, Token, TstInfo};

/// The policy of every token of the test authority; an arc of documentation examples (2.999).
pub const TSA_POLICY: &str = "2.999.704.2";

/// How an answer is wrong, for tests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TsaFault {
    /// Nothing is wrong.
    #[default]
    None,
    /// Repeats another nonce.
    WrongNonce,
    /// Stamps other data.
    WrongImprint,
    /// Signs with the OCSP responder's key and certificate.
    WrongSigner,
    /// The signature value does not verify.
    BrokenSignature,
    /// Says no.
    Refuses,
    /// Grants and sends no token.
    Empty,
    /// Is no answer at all.
    Garbage,
}

impl Authority {
    /// Answers an RFC 3161 request with the time `now`.
    pub fn answer_time_stamp(&self, request: &[u8], now: UnixTime, fault: TsaFault) -> Vec<u8> {
        let refuse = |failure, text| TimeStampResponse::rejected(failure, text).to_der();
        match fault {
            TsaFault::Refuses => return refuse(FailureInfo::SystemFailure, "thử nghiệm: từ chối"),
            TsaFault::Empty => {
                return TimeStampResponse { token: None, ..TimeStampResponse::granted(Vec::new()) }.to_der();
            }
            TsaFault::Garbage => return b"<html>".to_vec(),
            _ => {}
        }
        let Ok(request) = TimeStampRequest::parse(request) else {
            return refuse(FailureInfo::BadDataFormat, "the request cannot be read");
        };
        let Some(digest) = DigestAlgorithm::from_oid(&request.imprint_algorithm.oid) else {
            return refuse(FailureInfo::BadAlg, "the digest is not known");
        };
        if request.imprint.len() != digest.output_len() {
            return refuse(FailureInfo::BadDataFormat, "the imprint has another length than its digest");
        }
        if request.has_extensions {
            return refuse(FailureInfo::UnacceptedExtension, "no extension is known");
        }
        let policy = Oid::parse(TSA_POLICY);
        if request.policy.is_some() && request.policy != policy {
            return refuse(FailureInfo::UnacceptedPolicy, "the policy is not ours");
        }
        let mut info = TstInfo {
            policy: policy.unwrap_or(oids::DATA),
            imprint_algorithm: request.imprint_algorithm.clone(),
            imprint: request.imprint.clone(),
            serial: number(self.next_number()),
            gen_time: now,
            accuracy: Some(Accuracy { seconds: 1, millis: 0, micros: 0 }),
            ordering: false,
            nonce: request.nonce.clone(),
            tsa: None,
        };
        match fault {
            TsaFault::WrongNonce => info.nonce = Some(vec![0x2a]),
            TsaFault::WrongImprint => info.imprint.iter_mut().for_each(|octet| *octet ^= 0xff),
            _ => {}
        }
        let who = if fault == TsaFault::WrongSigner { &self.ocsp } else { &self.tsa };
        let broken = fault == TsaFault::BrokenSignature;
        match make_token(who, &info, request.cert_req, broken) {
            Ok(token) => TimeStampResponse::granted(token).to_der(),
            Err(_) => refuse(FailureInfo::SystemFailure, "the key would not sign"),
        }
    }
}

fn make_token(who: &Identity, info: &TstInfo, with_certificates: bool, broken: bool) -> Result<Vec<u8>, KeyError> {
    let digest = who.signer.scheme().digest();
    let content = info.to_der();
    let attributes = build::signed_attributes(&[
        build::content_type(&oids::TST_INFO),
        build::message_digest(&digest.digest(&content)),
        build::signing_time(info.gen_time),
        build::signing_certificate_v2(&who.certificate, &digest.oid(), &digest.digest(who.certificate.der())),
    ]);
    let mut signature = who.signer.sign(&attributes)?;
    if broken && let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    let signer = SignerParts {
        id: SignerParts::id_of(&who.certificate),
        digest_algorithm: AlgorithmIdentifier { oid: digest.oid(), parameters: None },
        signed_attributes: Some(attributes),
        signature_algorithm: who.signer.scheme().to_identifier(),
        signature,
        unsigned_attributes: Vec::new(),
    };
    let certificates = if with_certificates {
        // The root is left out: whoever trusts it has it.
        let intermediates = who.issuers.iter().filter(|c| !c.is_self_issued());
        std::iter::once(&who.certificate).chain(intermediates).map(|c| c.der()).collect()
    } else {
        Vec::new()
    };
    Ok(build::signed_data(
        &oids::TST_INFO,
        &SignedDataParts { content: Some(&content), certificates, signers: &[signer], ..SignedDataParts::default() },
    ))
}

fn number(value: u64) -> Vec<u8> {
    let encoded = write::integer(value);
    Tlv::parse(&encoded).map(|n| n.content.to_vec()).unwrap_or_default()
}

/// The authority asked without a network: for signing in tests.
#[derive(Debug)]
pub struct LocalTsa<'a> {
    /// The authority.
    pub authority: &'a Authority,
    /// The time it stamps.
    pub now: UnixTime,
    /// How it misbehaves.
    pub fault: TsaFault,
}

impl TimeStampSource for LocalTsa<'_> {
    fn time_stamp(&self, digest: DigestAlgorithm, imprint: &[u8]) -> Result<(Token, TokenFacts), TimeStampError> {
        let nonce = number(self.authority.next_number());
        let request = TimeStampRequest::new(&digest.oid(), imprint, &nonce);
        let answer = self.authority.answer_time_stamp(&request.to_der(), self.now, self.fault);
        check_answer(&request, &answer, &[]).map_err(|error| TimeStampError {
            attempts: vec![Attempt { authority: "local".to_owned(), why: WhyNot::Answer(error) }],
        })
    }
}
