//! OCSP answers — RFC 6960 §3.2 and §4.2.2.2.

use super::status::Judge;
use super::{Dismissed, Finding, MAX_DEPTH, Source, Status, Target, Unusable, Usable, check_dates, check_kept};
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Tlv};
use crate::path::{Issuer, Purpose, Settings, ValidPath, validate_chain};
use crate::x509::ocsp::{BasicResponse, CertId, CertStatus, ResponderId, SingleResponse};
use crate::x509::{Certificate, OcspResponse, oids};

/// What the OCSP answers at hand say about a certificate.
pub(super) fn judge(
    judge: &Judge<'_>,
    target: Target<'_>,
    depth: usize,
    dismissed: &mut Vec<Dismissed>,
) -> Vec<Finding> {
    let (Some(subject), Some(issuer)) = (target.certificate(), target.path.issuer_of(target.at)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for response in judge.evidence.ocsp_about(subject.serial()) {
        match judge_one(judge, target, subject, &issuer, response, depth) {
            Ok(finding) => findings.push(finding),
            Err(reason) => {
                dismissed.push(Dismissed { source: Source::Ocsp, sha256: *response.sha256(), reason });
            }
        }
    }
    findings
}

fn judge_one(
    judge: &Judge<'_>,
    target: Target<'_>,
    subject: &Certificate,
    issuer: &Issuer<'_>,
    response: &OcspResponse,
    depth: usize,
) -> Result<Finding, Unusable> {
    let basic = response.basic().ok_or(Unusable::NoAnswer)?;
    let answers: Vec<&SingleResponse> =
        basic.responses.iter().filter(|single| matches_cert_id(&single.cert_id, subject, &issuer.spki)).collect();
    if answers.is_empty() {
        return Err(Unusable::NotAsked);
    }
    let strange = basic.extensions.iter().chain(answers.iter().flat_map(|a| &a.extensions));
    if strange.into_iter().any(|e| e.critical && e.oid != oids::OCSP_NONCE) {
        return Err(Unusable::UnknownCriticalExtension);
    }
    if let Some(expected) = &judge.nonce
        && basic.nonce.as_ref().is_some_and(|found| found != expected)
    {
        // RFC 9654 §2.1: absent is accepted (RFC 5019 responders), different is not.
        return Err(Unusable::Nonce);
    }
    let mut current = Vec::new();
    let mut dates = Unusable::NotAsked;
    for answer in answers {
        match check_answer_dates(judge, basic, answer) {
            Ok(()) => current.push(answer),
            // One that is out of date still tells of a revocation, which no later silence takes back.
            Err(Unusable::Outdated { .. } | Unusable::TooOld { .. }) if said(answer).is_lasting() => {
                current.push(answer);
            }
            Err(reason) => dates = reason,
        }
    }
    // The worst answer counts: revoked, then unknown, then good.
    let worst = current.into_iter().max_by_key(|single| match single.status {
        CertStatus::Good => 0,
        CertStatus::Unknown => 1,
        CertStatus::Revoked { .. } => 2,
    });
    let Some(answer) = worst else { return Err(dates) };
    if answer.status == CertStatus::Good {
        check_kept(subject, answer.this_update, &answer.extensions, &oids::OCSP_ARCHIVE_CUTOFF)?;
    }
    let signer = signer(judge, target, issuer, response, basic, depth)?;
    Ok(Finding {
        source: Source::Ocsp,
        status: said(answer),
        this_update: answer.this_update,
        next_update: answer.next_update,
        issued_at: basic.produced_at,
        sha256: *response.sha256(),
        signer,
        scheme: SignatureScheme::from_identifiers(&basic.signature_algorithm, None).ok(),
    })
}

fn said(answer: &SingleResponse) -> Status {
    match answer.status {
        CertStatus::Good => Status::Good,
        CertStatus::Revoked { at, reason } => Status::Revoked { at, reason },
        CertStatus::Unknown => Status::Unknown,
    }
}

fn check_answer_dates(judge: &Judge<'_>, basic: &BasicResponse, answer: &SingleResponse) -> Result<(), Unusable> {
    // RFC 6960 §4.2.2.1: what is signed cannot speak about later than its signing, nor be signed after its end.
    if answer.this_update > basic.produced_at || answer.next_update.is_some_and(|next| next < basic.produced_at) {
        return Err(Unusable::Dates);
    }
    let at = judge.context.time;
    if matches!(judge.context.usable, Usable::Current { .. }) && basic.produced_at > at {
        return Err(Unusable::FromTheFuture { this_update: basic.produced_at, at });
    }
    check_dates(&judge.context, answer.this_update, answer.next_update)
}

/// Whether `id` means this certificate of this issuer (RFC 6960 §4.1.1), under any digest we compute.
pub fn matches_cert_id(id: &CertId, subject: &Certificate, issuer_spki: &[u8]) -> bool {
    if id.serial != subject.serial() {
        return false;
    }
    let Some(digest) = DigestAlgorithm::from_oid(&id.hash_algorithm.oid) else { return false };
    let Some(key) = key_bits(issuer_spki) else { return false };
    digest.digest(subject.issuer().der()) == id.issuer_name_hash && digest.digest(key) == id.issuer_key_hash
}

fn key_bits(spki: &[u8]) -> Option<&[u8]> {
    let mut fields = Tlv::parse(spki).ok()?.reader();
    AlgorithmIdentifier::read(&mut fields).ok()?;
    fields.expect(tag::BIT_STRING).ok()?.bit_octets().ok()
}

/// RFC 6960 §4.2.2.2: the issuer itself (`None`), or who it delegated to with id-kp-OCSPSigning.
fn signer(
    judge: &Judge<'_>,
    target: Target<'_>,
    issuer: &Issuer<'_>,
    response: &OcspResponse,
    basic: &BasicResponse,
    depth: usize,
) -> Result<Option<ValidPath>, Unusable> {
    let is_issuer = match &basic.responder_id {
        ResponderId::ByName(name) => name.matches(issuer.name),
        ResponderId::ByKey(hash) => {
            key_bits(&issuer.spki).is_some_and(|key| DigestAlgorithm::Sha1.digest(key) == *hash)
        }
    };
    if is_issuer && verifies(judge, response, basic, &issuer.spki) {
        return Ok(None);
    }
    let above = target.path.chain.get(target.at.saturating_add(1)..).unwrap_or_default();
    let mut reason = Unusable::Signer;
    let pool: Vec<&Certificate> = match &basic.responder_id {
        ResponderId::ByName(name) => judge.context.pool.with_subject(name).collect(),
        ResponderId::ByKey(_) => judge.context.pool.all().iter().filter(|c| basic.responder_id.names(c)).collect(),
    };
    for candidate in basic.certificates.iter().chain(pool) {
        if !basic.responder_id.names(candidate)
            || !candidate.issuer().matches(issuer.name)
            || !verifies(judge, response, basic, candidate.spki())
        {
            continue;
        }
        if depth >= MAX_DEPTH {
            return Err(Unusable::SignerStatusUnknown);
        }
        // The delegate hangs directly below the key that issued the certificate in question.
        let mut chain = vec![candidate.clone()];
        chain.extend(above.iter().cloned());
        let settings = Settings { work: judge.context.work, ..Settings::new(basic.produced_at, Purpose::OcspSigning) };
        match validate_chain(&chain, &target.path.anchor, &settings, judge.context.links) {
            Ok(path) => {
                if candidate.has_ocsp_no_check() {
                    return Ok(Some(path));
                }
                match judge.signer_is_good(&path, target.path, basic.produced_at, depth) {
                    Ok(()) => return Ok(Some(path)),
                    Err(error) => reason = error,
                }
            }
            Err(error) => reason = Unusable::SignerPath(error.problem),
        }
    }
    Err(reason)
}

fn verifies(judge: &Judge<'_>, response: &OcspResponse, basic: &BasicResponse, spki: &[u8]) -> bool {
    judge
        .context
        .links
        .verify(response.sha256(), spki, &basic.signature_algorithm, &basic.tbs, &basic.signature)
        .is_ok()
}
