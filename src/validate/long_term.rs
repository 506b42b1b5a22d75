//! Validation of signatures with time and long-term material — EN 319 102-1 5.5 and 5.6: time-stamps prove when
//! a signature existed, and what no longer validates now may have been good then.
//!
//! Document time-stamps are judged newest first, because each proves the age of those before it; signatures
//! likewise, because what was added after one stands or falls with the verdict on what was added.

use std::cmp::Reverse;

use super::basic::{self, Basic};
use super::candidate::{Candidate, Change, Form, Judged, Kind, Stamp, StampKind};
use super::certificate::{is_exempt, sunset};
use super::collected::Collected;
use super::conclusion::{Conclusion, Indication, SubIndication};
use super::crypto::Integrity;
use super::envelope::Envelope;
use super::finding::Finding;
use super::original::role_of;
use super::past_certificate::NotPast;
use super::poe::{self, ProofsOfExistence};
use super::verdict::{DocumentState, RevocationStatus, Verdict};
use super::{Inputs, constraints, past_certificate, timestamp};
use crate::algorithms::DigestAlgorithm;
use crate::base::time::UnixTime;
use crate::path::{self, Purpose, ValidPath};
use crate::policy::{Role, Roles};
use crate::revocation::{self, Context, Target, Usable};
use crate::tsp::Token;

/// Seconds a signer's clock may be ahead of the time-stamp before it is remarked on.
const CLOCK_SKEW_S: i64 = 60;
/// Vietnam time written as UTC: the claimed time is this many seconds ahead, give or take half an hour.
const LOCAL_AS_UTC_S: std::ops::RangeInclusive<i64> = 23_400..=27_000;

/// Judges every signature of a file, in the order collected.
pub fn judge(collected: &Collected, inputs: &Inputs<'_>) -> Vec<Verdict> {
    judge_since(collected, inputs, None)
}

/// The same for a file whose bytes are proven to exist since a time, by something outside it ([`super::existence`]).
pub fn judge_since(collected: &Collected, inputs: &Inputs<'_>, existed: Option<UnixTime>) -> Vec<Verdict> {
    let mut proofs = ProofsOfExistence::new(inputs.now);
    if let Some(time) = existed {
        let inside = collected.candidates.iter().flat_map(Candidate::objects);
        for object in inside.chain(collected.stored.iter().copied()) {
            proofs.add(object, time);
        }
    }
    let mut verdicts: Vec<Option<Verdict>> = collected.candidates.iter().map(|_| None).collect();
    let newest_first: Vec<usize> = (0..collected.candidates.len()).rev().collect();
    // 5.6.3.4: document time-stamps first, newest to oldest, each adding to the proofs of existence.
    for at in newest_first.iter().copied() {
        let Some(candidate) = collected.candidates.get(at).filter(|c| c.kind == Kind::DocTimestamp) else { continue };
        let verdict = document_timestamp(candidate, &proofs, inputs);
        if let Some(time) = verdict.best_time.filter(|_| verdict.conclusion.passed()) {
            prove(collected, candidate, time, &mut proofs);
        }
        if let Some(slot) = verdicts.get_mut(at) {
            *slot = Some(verdict);
        }
    }
    prove_by_records(collected, &mut proofs, inputs);
    for at in newest_first.iter().copied() {
        let Some(candidate) = collected.candidates.get(at).filter(|c| c.kind != Kind::DocTimestamp) else { continue };
        let verdict = signature(candidate, collected, &mut proofs, inputs);
        if let Some(slot) = verdicts.get_mut(at) {
            *slot = Some(verdict);
        }
    }
    settle_changes(&mut verdicts, collected, &newest_first, &inputs.policy.roles);
    verdicts.into_iter().flatten().collect()
}

/// What a document time-stamp proves: everything in the revision it covers (5.6.2.3).
fn prove(collected: &Collected, by: &Candidate, time: UnixTime, proofs: &mut ProofsOfExistence) {
    for object in &by.stored {
        proofs.add(*object, time);
    }
    // A signature that only claims an early revision may have been added after the time-stamp.
    let before = |c: &&Candidate| c.is_placed() && c.extent.revision < by.extent.revision;
    for object in collected.candidates.iter().filter(before).flat_map(Candidate::objects) {
        proofs.add(object, time);
    }
}

fn document_timestamp(candidate: &Candidate, proofs: &ProofsOfExistence, inputs: &Inputs<'_>) -> Verdict {
    let mut verdict = blank(candidate);
    verdict.findings.extend(candidate.remarks.iter().cloned());
    for (finding, sub) in &candidate.breaches {
        verdict.conclusion = verdict.conclusion.worse(Conclusion::Not(*sub));
        verdict.findings.push(finding.clone());
    }
    let Envelope::Cms(cms) = &candidate.envelope else {
        verdict.conclusion = Conclusion::Not(SubIndication::FormatFailure);
        return verdict;
    };
    let digests = &candidate.digests.0;
    let outcome = timestamp::validate(&cms.raw, &mut |d| digests.get(&d).cloned(), proofs, inputs);
    verdict.integrity = match (outcome.conclusion.sub_indication(), &outcome.algorithms) {
        (_, Some(_)) => Integrity::Intact,
        (Some(SubIndication::HashFailure | SubIndication::SigCryptoFailure), _) => Integrity::Broken,
        _ => Integrity::Unknown,
    };
    verdict.conclusion = verdict.conclusion.worse(outcome.conclusion);
    verdict.best_time = outcome.gen_time;
    verdict.claimed_time = outcome.gen_time;
    verdict.trusted = outcome.trusted;
    verdict.level = (candidate.form == Form::PadesTimestamp).then_some("PAdES-DTS");
    (verdict.digest, verdict.scheme) = outcome.algorithms.unzip();
    verdict.signer = outcome.authority;
    verdict.chain = outcome.chain;
    verdict.revocation = outcome.revocation;
    verdict.findings.extend(outcome.findings);
    verdict
}

fn signature(
    candidate: &Candidate,
    collected: &Collected,
    proofs: &mut ProofsOfExistence,
    inputs: &Inputs<'_>,
) -> Verdict {
    let basic = basic::validate(candidate, inputs);
    let mut verdict = blank(candidate);
    verdict.findings.clone_from(&basic.findings);
    verdict.integrity = basic.integrity();
    verdict.digest = basic.cryptographic.as_ref().and_then(|c| c.digest);
    verdict.scheme = basic.cryptographic.as_ref().and_then(|c| c.scheme);
    verdict.signer.clone_from(&basic.signer);
    let value = candidate.envelope.value().map(poe::digest);
    let mut proven = false;
    let mut archived = false;
    let mut content_time = None;
    for (stamp, outcome) in stamps(candidate, proofs, inputs) {
        let passed = stamp.breaches.is_empty() && outcome.conclusion.passed();
        match stamp.kind {
            StampKind::Archive => archived |= passed,
            // 5.5.4 (2): signature time-stamps that pass set the best-signature-time.
            StampKind::Signature | StampKind::References | StampKind::Content | StampKind::Record => {}
        }
        proven |= passed && value.is_some_and(|v| stamp.proves.contains(&v));
        if let Some(time) = outcome.gen_time.filter(|_| passed && stamp.kind == StampKind::Content) {
            content_time = content_time.max(Some(time));
        }
        if !passed {
            let told = stamp.breaches.iter().map(|(finding, _)| finding).chain(outcome.findings.first());
            for finding in told {
                if !verdict.findings.contains(finding) {
                    verdict.findings.push(finding.clone());
                }
            }
        }
        verdict.timestamps.push(outcome.verdict(stamp.kind));
    }
    let best = value.map_or(inputs.now, |v| proofs.of(&v));
    // A document time-stamp of this very second is one all the same.
    proven |= value.is_some_and(|v| proofs.is_proven(&v));
    verdict.best_time = Some(best);
    let claimed = candidate.envelope.claimed_time().or(candidate.claimed_time);
    verdict.claimed_time = claimed;
    if let Some(claimed) = claimed.filter(|_| proven) {
        verdict.findings.extend(compare_times(claimed, best));
    }
    conclude(&basic, best, proven, proofs, inputs, &mut verdict);
    if let Some(sub) = content_time.and_then(|made_after| made_too_late(made_after, &basic)) {
        verdict.conclusion = verdict.conclusion.worse(Conclusion::Not(sub));
    }
    // 5.5.4 (7): the time-stamp follows the claimed time soon enough, where the policy says so.
    let limit = inputs.policy.timestamps.max_delay_s.filter(|_| proven);
    if let (Some(claimed), Some(limit)) = (claimed, limit)
        && best.0.saturating_sub(claimed.0) > limit
    {
        verdict.findings.push(Finding::TimestampDelay { claimed, proven: best });
        verdict.conclusion = verdict.conclusion.worse(Conclusion::Not(SubIndication::SigConstraintsFailure));
    }
    // 5.5.4 (6): a time-stamp over the content is older than every one over the signature.
    if let Some(content) = content_time.filter(|content| *content > best) {
        verdict.findings.push(Finding::TimestampOrder { content, signature: best });
        verdict.conclusion = verdict.conclusion.worse(Conclusion::Not(SubIndication::TimestampOrderFailure));
    }
    verdict.level = level(candidate, collected, &basic, Reached { proven, archived }, inputs);
    verdict
}

/// Validates the time-stamps of a signature, those over the archive first and the newest of them before the older
/// ones (5.6.3.4), each adding what it proves to the proofs of existence. The order returned is that of the file.
fn stamps<'a>(
    candidate: &'a Candidate,
    proofs: &mut ProofsOfExistence,
    inputs: &Inputs<'_>,
) -> Vec<(&'a Stamp, timestamp::Outcome)> {
    let mut order: Vec<usize> = (0..candidate.stamps.len()).collect();
    order.sort_by_key(|at| {
        candidate.stamps.get(*at).map(|stamp| {
            let stated = stated_time(stamp);
            let rank = match stamp.kind {
                StampKind::Archive | StampKind::Record => 0,
                StampKind::References => 1,
                StampKind::Signature => 2,
                StampKind::Content => 3,
            };
            // Of the same second: what stands later renews what stands before it.
            (rank, Reverse(stated), Reverse(*at))
        })
    });
    let mut outcomes: Vec<(usize, &Stamp, timestamp::Outcome)> = Vec::new();
    for at in order {
        let Some(stamp) = candidate.stamps.get(at) else { continue };
        let outcome = stamp_outcome(stamp, proofs, inputs);
        outcomes.push((at, stamp, outcome));
    }
    outcomes.sort_by_key(|(at, ..)| *at);
    outcomes.into_iter().map(|(_, stamp, outcome)| (stamp, outcome)).collect()
}

/// Validates one time-stamp of a signature and adds what it proves to the proofs of existence.
fn stamp_outcome(stamp: &Stamp, proofs: &mut ProofsOfExistence, inputs: &Inputs<'_>) -> timestamp::Outcome {
    let digests = &stamp.imprints.0;
    let mut outcome = timestamp::validate(&stamp.token, &mut |d| digests.get(&d).cloned(), proofs, inputs);
    let form = stamp.breaches.iter().fold(Conclusion::Passed, |c, (_, sub)| c.worse(Conclusion::Not(*sub)));
    outcome.conclusion = form.worse(outcome.conclusion);
    // RFC 4998 §5.3: the digest of a hash tree was good until the next time-stamp took its place.
    if stamp.kind == StampKind::Record && outcome.conclusion.passed() {
        let existed = proofs.of(&poe::digest(&stamp.token));
        let weak = |digest: &&DigestAlgorithm| inputs.policy.algorithms.check_digest(digest.name(), existed).is_err();
        if let Some(weak) = digests.keys().find(weak) {
            outcome.conclusion = Conclusion::Not(SubIndication::CryptoConstraintsFailureNoPoe);
            outcome.findings.insert(0, Finding::WeakDigest(weak.name()));
        }
    }
    if let Some(time) = outcome.proven() {
        for object in &stamp.proves {
            proofs.add(*object, time);
        }
    }
    outcome
}

/// Evidence records are over every signature of a structure, whichever of them they stand in: what they prove is known
/// before any is judged, the newest time-stamps first.
fn prove_by_records(collected: &Collected, proofs: &mut ProofsOfExistence, inputs: &Inputs<'_>) {
    let all = collected.candidates.iter().flat_map(|candidate| &candidate.stamps);
    let mut records: Vec<(UnixTime, usize, &Stamp)> = all
        .filter(|stamp| stamp.kind == StampKind::Record)
        .enumerate()
        .map(|(at, stamp)| (stated_time(stamp), at, stamp))
        .collect();
    records.sort_by_key(|(stated, at, _)| Reverse((*stated, *at)));
    for (_, _, stamp) in records {
        stamp_outcome(stamp, proofs, inputs);
    }
}

fn stated_time(stamp: &Stamp) -> UnixTime {
    Token::parse(&stamp.token).map_or(UnixTime(i64::MIN), |token| token.info().gen_time)
}

/// 5.5.4 (4) and 5.6.3.4: combines the basic result with what is proven about the time.
fn conclude(
    basic: &Basic,
    best: UnixTime,
    proven: bool,
    proofs: &ProofsOfExistence,
    inputs: &Inputs<'_>,
    verdict: &mut Verdict,
) {
    let Some(outcome) = &basic.certificate else {
        verdict.conclusion = basic.intrinsic;
        return;
    };
    verdict.chain.clone_from(&outcome.chain);
    verdict.revocation.clone_from(&outcome.revocation);
    verdict.findings.extend(outcome.findings.iter().cloned());
    let mut path = outcome.conclusion;
    if let Some(certificate) = basic.signer.as_ref().filter(|_| proven) {
        use SubIndication as S;
        match path.sub_indication() {
            // Revoked after the signature is proven to have existed, within its certificate's validity.
            Some(S::RevokedNoPoe | S::RevokedCaNoPoe)
                if best <= certificate.not_after() && outcome.good_before.is_some_and(|at| best < at) =>
            {
                path = Conclusion::Passed;
            }
            // The certificate has run out since, and is known not to be revoked; or the anchor has.
            Some(S::OutOfBoundsNotRevoked | S::NoCertificateChainFoundNoPoe)
                if best <= certificate.not_after()
                    && outcome.path.as_ref().is_some_and(|p| was_good(p, best, inputs)) =>
            {
                path = Conclusion::Passed;
            }
            _ => {}
        }
        if best < certificate.not_before() {
            path = Conclusion::Not(S::NotYetValid);
        }
        if mendable(path) {
            match past_certificate::validate(certificate, Purpose::DocumentSigning, proofs, inputs) {
                Ok(past) if best <= past.control_time && best <= certificate.not_after() => {
                    verdict.chain = past.path.with_anchor();
                    path = Conclusion::Passed;
                }
                // 5.6.2.2.4: what would speak for the certificate is not proven to be old enough.
                Err(NotPast::NoProof) if path == Conclusion::Not(S::OutOfBoundsNoPoe) => {
                    path = Conclusion::Not(S::NoPoe);
                }
                _ => {}
            }
        }
    }
    verdict.trusted = path.passed();
    if path.passed() && !outcome.conclusion.passed() {
        verdict.findings.retain(|f| !outcome.findings.contains(f));
    }
    verdict.conclusion = basic.intrinsic.worse(path);
    if basic.weak_now.is_some()
        && let Some(weak) = weak_then(basic, best, inputs)
    {
        verdict.findings.push(weak);
        let sub =
            if proven { SubIndication::CryptoConstraintsFailure } else { SubIndication::CryptoConstraintsFailureNoPoe };
        verdict.conclusion = verdict.conclusion.worse(Conclusion::Not(sub));
    }
}

/// True when nothing about a path but the end of its certificates was wrong at `best`.
fn was_good(path: &ValidPath, best: UnixTime, inputs: &Inputs<'_>) -> bool {
    sunset(path).is_none_or(|end| best <= end) && constraints::chain(path, best, inputs.policy).is_none()
}

/// 5.3.4 (5): a time-stamp over the content proves that the signature was made after it; when its certificate was
/// revoked or had run out by then, no further proof can mend it.
fn made_too_late(made_after: UnixTime, basic: &Basic) -> Option<SubIndication> {
    use SubIndication as S;
    let outcome = basic.certificate.as_ref()?;
    let certificate = basic.signer.as_ref()?;
    match outcome.conclusion.sub_indication()? {
        S::RevokedNoPoe => {
            let fact = outcome.revocation.first().filter(|f| f.status == RevocationStatus::Revoked)?;
            fact.at.filter(|at| *at <= made_after).map(|_| S::Revoked)
        }
        S::OutOfBoundsNoPoe | S::OutOfBoundsNotRevoked => (certificate.not_after() < made_after).then_some(S::Expired),
        _ => None,
    }
}

/// Sub-indications that a proof of existence may turn (5.6.2.4).
fn mendable(conclusion: Conclusion) -> bool {
    use SubIndication as S;
    matches!(
        conclusion.sub_indication(),
        Some(
            S::RevokedNoPoe
                | S::RevokedCaNoPoe
                | S::OutOfBoundsNoPoe
                | S::OutOfBoundsNotRevoked
                | S::CryptoConstraintsFailureNoPoe
                | S::RevocationOutOfBoundsNoPoe
                | S::TryLater
        )
    )
}

fn weak_then(basic: &Basic, best: UnixTime, inputs: &Inputs<'_>) -> Option<Finding> {
    let cryptographic = basic.cryptographic.as_ref()?;
    constraints::value(
        cryptographic.scheme?,
        &cryptographic.digests,
        basic.signer.as_ref()?.spki(),
        best,
        inputs.policy,
    )
}

fn compare_times(claimed: UnixTime, proven: UnixTime) -> Option<Finding> {
    let ahead = claimed.0.saturating_sub(proven.0);
    if LOCAL_AS_UTC_S.contains(&ahead) {
        Some(Finding::LocalTimeAsUtc { claimed, proven })
    } else if ahead > CLOCK_SKEW_S {
        Some(Finding::ClaimedAfterProven { claimed, proven })
    } else {
        None
    }
}

/// What the time-stamps of a signature reached.
#[derive(Clone, Copy)]
struct Reached {
    /// The time is proven.
    proven: bool,
    /// An archive time-stamp passed.
    archived: bool,
}

/// The level reached — EN 319 142-1 6, EN 319 122-1 6, EN 319 132-1 6: what the file itself carries, not what was
/// fetched beside it.
fn level(
    candidate: &Candidate,
    collected: &Collected,
    basic: &Basic,
    reached: Reached,
    inputs: &Inputs<'_>,
) -> Option<&'static str> {
    let attributes = basic.cryptographic.as_ref().is_some_and(|c| c.has_signed_attributes);
    let [b, t, lt, lta] = match candidate.form {
        _ if !attributes => return None,
        Form::PadesCades if basic.named => ["PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA"],
        Form::Cms if basic.named => ["CAdES-B-B", "CAdES-B-T", "CAdES-B-LT", "CAdES-B-LTA"],
        Form::Xades if basic.named => ["XAdES-B-B", "XAdES-B-T", "XAdES-B-LT", "XAdES-B-LTA"],
        Form::Pkcs7Detached => return Some(if reached.proven { "PKCS7-T" } else { "PKCS7-B" }),
        Form::Cms => return Some(if reached.proven { "CMS-T" } else { "CMS-B" }),
        Form::XmlDsig => return Some("XML-DSig"),
        _ => return None,
    };
    if !reached.proven {
        return Some(b);
    }
    let mut stored = collected.stored.clone();
    stored.extend(candidate.stored.iter().copied());
    if stored.is_empty() {
        return Some(t);
    }
    let needed = speaking(basic, inputs);
    let kept = |objects: &[poe::ObjectDigest]| {
        !needed.is_empty() && needed.iter().all(|each| each.iter().any(|one| objects.contains(one)))
    };
    if !kept(&stored) {
        return Some(t);
    }
    let later = |c: &Candidate| c.kind == Kind::DocTimestamp && c.extent.is_over(&candidate.id, &candidate.extent);
    let archived = reached.archived || collected.candidates.iter().any(|c| later(c) && kept(&c.stored));
    Some(if archived { lta } else { lt })
}

/// For each certificate of the path that has a status: the revocation data that speaks about it, of whatever age.
fn speaking(basic: &Basic, inputs: &Inputs<'_>) -> Vec<Vec<poe::ObjectDigest>> {
    let Some(path) = basic.certificate.as_ref().and_then(|outcome| outcome.path.as_ref()) else { return Vec::new() };
    let context = Context {
        pool: inputs.pool,
        links: inputs.links,
        time: inputs.now,
        usable: Usable::AnyTime,
        unknown_signer: inputs.policy.revocation.unknown_signer,
        work: path::DEFAULT_WORK,
    };
    let own_anchor = path.chain.len() == 1 && path.anchor.certificate() == path.chain.first();
    let asked = path.chain.iter().enumerate().filter(|(_, certificate)| !own_anchor && !is_exempt(certificate));
    asked
        .map(|(at, _)| {
            let chosen = revocation::check(Target { path, at }, inputs.evidence, &context, None);
            chosen.all.iter().map(|finding| finding.sha256).collect()
        })
        .collect()
}

/// Applies the judgement table once every verdict is known: newest first, each by those after it.
fn settle_changes(verdicts: &mut [Option<Verdict>], collected: &Collected, newest_first: &[usize], roles: &Roles) {
    for at in newest_first.iter().copied() {
        let Some(candidate) = collected.candidates.get(at) else { continue };
        let mut changes = candidate.changes.clone();
        let own = verdicts.get(at).and_then(Option::as_ref);
        let trusted = own.is_some_and(|v| v.trusted);
        let broken = own.is_some_and(|v| v.integrity == Integrity::Broken);
        for change in &mut changes {
            settle_number_or_date(change, own, verdicts, roles);
            let Some(later) = &change.depends_on else { continue };
            // Names may repeat in a hostile file: the worst of those that bear it counts.
            let named = || verdicts.iter().flatten().filter(|v| v.id == *later);
            change.judged = change.judged.max(match named().map(|v| v.conclusion.indication()).max() {
                Some(Indication::Passed) => Judged::Allowed,
                Some(Indication::Indeterminate) => Judged::NotJudged,
                Some(Indication::Failed) | None => Judged::Forbidden,
            });
            // Where nobody is trusted, or proofs are only missing, an open signature is no sign of an attack.
            let strange = |v: &Verdict| v.conclusion.indication() == Indication::Failed || trusted && is_nobody(v);
            let innocent = change.judged == Judged::NotJudged && !named().any(strange);
            // Such an attack leaves the signature it deceives about intact.
            if broken || innocent {
                change.attack = None;
            }
        }
        let Some(verdict) = verdicts.get_mut(at).and_then(Option::as_mut) else { continue };
        let worst = changes.iter().map(|c| c.judged).max();
        let own_doubt = changes.iter().any(|c| c.judged == Judged::NotJudged && c.depends_on.is_none());
        verdict.document = match worst {
            _ if candidate.ambiguous => DocumentState::Ambiguous,
            None => DocumentState::Unchanged,
            Some(Judged::Forbidden) => DocumentState::Changed,
            Some(Judged::NotJudged) if own_doubt => DocumentState::Changed,
            Some(_) => DocumentState::AllowedChanges,
        };
        for change in changes.iter().filter(|c| c.judged != Judged::Allowed) {
            verdict.findings.push(Finding::ChangedAfter { what: change.what.clone(), page: change.page });
            let attack = change.attack.map(|name| Finding::Attack(name.to_owned()));
            verdict.findings.extend(attack.filter(|attack| !verdict.findings.contains(attack)));
        }
        let cost = match worst {
            Some(Judged::Forbidden) => Some(SubIndication::FormatFailure),
            Some(Judged::NotJudged) => Some(SubIndication::SigConstraintsFailure),
            _ if candidate.ambiguous => Some(SubIndication::SigConstraintsFailure),
            _ => None,
        };
        if let Some(sub) = cost {
            verdict.conclusion = verdict.conclusion.worse(Conclusion::Not(sub));
        }
        verdict.changes = changes;
    }
}

/// A field for number or date is allowed where the signature it came with passed and is known as an agency's: numbering
/// is what an agency's seal does (Decree 30/2020/NĐ-CP, Appendix I, boxes 3 and 4). Once an agency has sealed, no other
/// numbers the document.
fn settle_number_or_date(change: &mut Change, own: Option<&Verdict>, verdicts: &[Option<Verdict>], roles: &Roles) {
    let Some(seal) = change.comes_with.clone().filter(|_| change.judged == Judged::NotJudged) else { return };
    let is_agency = |v: &Verdict| role_of(v, roles).is_some_and(|signer| signer.role == Role::Agency);
    let mut named = verdicts.iter().flatten().filter(|v| v.id == seal).peekable();
    let by_agency =
        named.peek().is_some() && named.all(|v| v.kind == Kind::Signature && v.conclusion.passed() && is_agency(v));
    if by_agency && own.is_some_and(|own| !is_agency(own)) {
        change.judged = Judged::Allowed;
        change.depends_on = Some(seal);
    }
}

/// True when the signer leads to no anchor at all.
fn is_nobody(verdict: &Verdict) -> bool {
    use SubIndication as S;
    let sub = verdict.conclusion.sub_indication();
    matches!(sub, Some(S::NoCertificateChainFound | S::NoSigningCertificateFound | S::CertificateChainGeneralFailure))
}

fn blank(candidate: &Candidate) -> Verdict {
    Verdict {
        id: candidate.id.clone(),
        kind: candidate.kind,
        parent: candidate.parent.clone(),
        conclusion: Conclusion::Passed,
        integrity: Integrity::Unknown,
        document: DocumentState::Unchanged,
        trusted: false,
        level: None,
        signer: None,
        claimed_time: candidate.claimed_time,
        best_time: None,
        extent: candidate.extent.clone(),
        page: candidate.page,
        rect: candidate.rect,
        changes: Vec::new(),
        digest: None,
        scheme: None,
        chain: Vec::new(),
        revocation: Vec::new(),
        timestamps: Vec::new(),
        findings: Vec::new(),
    }
}
