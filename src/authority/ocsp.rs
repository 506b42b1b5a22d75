//! The OCSP responder — RFC 6960 §4.2, with the faults tests ask for.

use super::ca::Authority;
use crate::base::time::UnixTime;
use crate::keys::Signer as _;
use crate::x509::ocsp::{
    CertId, CertStatus, OcspRequest, ResponderId, ResponseData, ResponseStatus, SingleResponse, assemble_response,
    error_response,
};

/// How long an answer is good for, in seconds.
pub const OCSP_PERIOD_S: i64 = 3_600;

/// How an answer is wrong, for tests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OcspFault {
    /// Nothing is wrong.
    #[default]
    None,
    /// Repeats another nonce.
    WrongNonce,
    /// Answers about another certificate.
    WrongCertificate,
    /// Signs with the time-stamping authority's key and certificate.
    WrongSigner,
    /// The signature value does not verify.
    BrokenSignature,
    /// Is a day older than it may be.
    Stale,
    /// Says "unknown" to everything.
    Unknown,
    /// Says "try later".
    TryLater,
}

impl Authority {
    /// Answers an OCSP request as of `now`.
    pub fn answer_ocsp(&self, request: &[u8], now: UnixTime, fault: OcspFault) -> Vec<u8> {
        if fault == OcspFault::TryLater {
            return error_response(ResponseStatus::TryLater);
        }
        let Ok(request) = OcspRequest::from_der(request) else {
            return error_response(ResponseStatus::MalformedRequest);
        };
        let this_update = if fault == OcspFault::Stale { now.plus(-OCSP_PERIOD_S - 86_400) } else { now };
        let responses = request
            .cert_ids
            .iter()
            .map(|asked| {
                let mut cert_id = asked.clone();
                if fault == OcspFault::WrongCertificate {
                    cert_id.serial = vec![0x2a];
                }
                SingleResponse {
                    cert_id,
                    status: if fault == OcspFault::Unknown { CertStatus::Unknown } else { self.status_of(asked, now) },
                    this_update,
                    next_update: Some(this_update.plus(OCSP_PERIOD_S)),
                    extensions: Vec::new(),
                }
            })
            .collect();
        let who = if fault == OcspFault::WrongSigner { &self.tsa } else { &self.ocsp };
        let nonce = match fault {
            OcspFault::WrongNonce => Some(vec![0x2a; 32]),
            _ => request.nonce,
        };
        let data = ResponseData {
            responder_id: ResponderId::key_of(&who.certificate),
            produced_at: this_update,
            responses,
            nonce,
        };
        let tbs = data.to_der();
        let Ok(mut signature) = who.signer.sign(&tbs) else {
            return error_response(ResponseStatus::InternalError);
        };
        if fault == OcspFault::BrokenSignature
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        let algorithm = who.signer.scheme().to_identifier();
        assemble_response(&tbs, &algorithm, &signature, std::slice::from_ref(&who.certificate))
    }

    fn status_of(&self, asked: &CertId, now: UnixTime) -> CertStatus {
        let ours = [CertId::sha1(self.issuing(), &asked.serial), CertId::sha256(self.issuing(), &asked.serial)]
            .iter()
            .any(|id| {
                id.hash_algorithm.oid == asked.hash_algorithm.oid
                    && id.issuer_name_hash == asked.issuer_name_hash
                    && id.issuer_key_hash == asked.issuer_key_hash
            });
        match self.status(&asked.serial).filter(|_| ours) {
            None => CertStatus::Unknown,
            Some(Some((at, reason))) if at <= now => CertStatus::Revoked { at, reason: Some(reason) },
            Some(_) => CertStatus::Good,
        }
    }
}
