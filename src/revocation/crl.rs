//! CRLs — RFC 5280 §6.3.3: complete, delta, indirect, partitioned by distribution point and reason.

use super::status::Judge;
use super::{Dismissed, Finding, MAX_DEPTH, Source, Status, Target, Unusable, check_dates, check_kept};
use crate::algorithms::SignatureScheme;
use crate::base::time::UnixTime;
use crate::path::{Anchors, Issuer, Purpose, Search, Settings, ValidPath, search};
use crate::x509::crl::Reason;
use crate::x509::extensions::{DistributionPoint, DistributionPointName, Reasons};
use crate::x509::{Certificate, Crl, GeneralName, KeyUsage, Name, oids};

/// SHA-256 of a CRL.
type Digest = [u8; 32];
/// Who signed a CRL: the path of the signer, none for the certificate's issuer itself.
type Signed = Result<Option<ValidPath>, Unusable>;

/// What the CRLs at hand say about a certificate: at most one finding per CRL, the covered reasons joined.
pub(super) fn judge(
    judge: &Judge<'_>,
    target: Target<'_>,
    depth: usize,
    dismissed: &mut Vec<Dismissed>,
) -> Vec<Finding> {
    let (Some(subject), Some(issuer)) = (target.certificate(), target.path.issuer_of(target.at)) else {
        return Vec::new();
    };
    // RFC 5280 §6.3.3: the points of the certificate, then one that stands for the issuer itself.
    let mut points: Vec<DistributionPoint> = subject.crl_distribution_points().to_vec();
    points.push(DistributionPoint {
        name: Some(DistributionPointName::Full(vec![GeneralName::Directory(subject.issuer().clone())])),
        ..DistributionPoint::default()
    });

    let mut findings: Vec<Finding> = Vec::new();
    let mut covered = Reasons::default();
    let mut looked_at: Vec<(Digest, Signed)> = Vec::new();
    let mut out_of_scope: Vec<&Crl> = Vec::new();
    for point in &points {
        for crl in candidates(judge, point, subject) {
            if let Some(delta) = crl.delta_base().map(|_| crl) {
                if !judge.evidence.crls_of(delta.issuer()).any(|c| c.delta_base().is_none()) {
                    note(dismissed, crl, Unusable::DeltaAlone);
                }
                continue;
            }
            let Some(reasons) = scope(point, crl, subject) else {
                out_of_scope.push(crl);
                continue;
            };
            // One that is out of date still tells of a revocation, which no later silence takes back.
            let stale = match check_dates(&judge.context, crl.this_update(), crl.next_update()) {
                Ok(()) => None,
                Err(reason @ (Unusable::Outdated { .. } | Unusable::TooOld { .. })) => Some(reason),
                Err(reason) => {
                    note(dismissed, crl, reason);
                    continue;
                }
            };
            if let Some(reason) = &stale
                && !look_up(crl, None, subject).is_lasting()
            {
                note(dismissed, crl, reason.clone());
                continue;
            }
            let signer = match looked_at.iter().find(|(sha256, _)| sha256 == crl.sha256()) {
                Some((_, known)) => known.clone(),
                None => {
                    let found = signer(judge, target, &issuer, crl, depth);
                    looked_at.push((*crl.sha256(), found.clone()));
                    found
                }
            };
            let signer = match signer {
                Ok(signer) => signer,
                Err(reason) => {
                    note(dismissed, crl, reason);
                    continue;
                }
            };
            let delta = best_delta(judge, crl, &issuer, signer.as_ref());
            let status = look_up(crl, delta, subject);
            let strange = has_unknown_critical(crl) || delta.is_some_and(has_unknown_critical);
            if strange && !matches!(status, Status::Revoked { .. }) {
                // RFC 5280 §5.2, §5.3: it may still say revoked, never good.
                note(dismissed, crl, Unusable::UnknownCriticalExtension);
                continue;
            }
            let newest = delta.unwrap_or(crl);
            if status == Status::Good
                && let Err(reason) =
                    check_kept(subject, newest.this_update(), newest.extensions(), &oids::EXPIRED_CERTS_ON_CRL)
            {
                note(dismissed, crl, reason);
                continue;
            }
            if stale.is_none() {
                covered = covered.union(reasons);
            } else if !status.is_lasting() {
                continue;
            }
            if findings.iter().all(|f| f.sha256 != *crl.sha256()) {
                findings.push(Finding {
                    source: Source::Crl,
                    status,
                    this_update: newest.this_update(),
                    next_update: newest.next_update(),
                    issued_at: newest.this_update(),
                    sha256: *crl.sha256(),
                    signer,
                    scheme: SignatureScheme::from_identifiers(newest.signature_algorithm(), None).ok(),
                });
            }
        }
    }
    for crl in out_of_scope {
        if findings.iter().all(|f| f.sha256 != *crl.sha256()) {
            note(dismissed, crl, Unusable::Scope);
        }
    }
    if !covered.contains(Reasons::ALL) {
        // Some reasons are spoken for by no CRL: what was not found revoked is undetermined.
        for finding in findings.iter_mut().filter(|f| f.status == Status::Good) {
            finding.status = Status::Unknown;
        }
    }
    findings
}

fn note(dismissed: &mut Vec<Dismissed>, crl: &Crl, reason: Unusable) {
    if dismissed.iter().all(|d| d.sha256 != *crl.sha256() || d.reason != reason) {
        dismissed.push(Dismissed { source: Source::Crl, sha256: *crl.sha256(), reason });
    }
}

// The issuer names a CRL for this point may bear: RFC 5280 §6.3.3 (b) (1).
fn candidates<'a>(judge: &Judge<'a>, point: &DistributionPoint, subject: &Certificate) -> Vec<&'a Crl> {
    if point.crl_issuer.is_empty() {
        return judge.evidence.crls_of(subject.issuer()).collect();
    }
    point.crl_issuer.iter().filter_map(directory).flat_map(|name| judge.evidence.crls_of(name)).collect()
}

fn directory(name: &GeneralName) -> Option<&Name> {
    if let GeneralName::Directory(name) = name { Some(name) } else { None }
}

/// RFC 5280 §6.3.3 (b) and (d): the reasons this CRL covers for this point, `None` when it does not cover
/// the certificate at all.
fn scope(point: &DistributionPoint, crl: &Crl, subject: &Certificate) -> Option<Reasons> {
    let issuing = crl.issuing_distribution_point();
    if point.crl_issuer.is_empty() {
        if !crl.issuer().matches(subject.issuer()) {
            return None;
        }
    } else if !issuing.is_some_and(|i| i.indirect) {
        return None;
    }
    let own = point.reasons.unwrap_or(Reasons::ALL);
    let Some(issuing) = issuing else { return Some(own) };
    if issuing.only_attribute_certs
        || (issuing.only_user_certs && subject.is_ca())
        || (issuing.only_ca_certs && !subject.is_ca())
    {
        return None;
    }
    if let Some(name) = &issuing.name {
        let theirs = full_names(name, crl.issuer())?;
        let ours = match &point.name {
            Some(name) => {
                let base = point.crl_issuer.iter().find_map(directory).unwrap_or(subject.issuer());
                full_names(name, base)?
            }
            None => point.crl_issuer.clone(),
        };
        if !ours.iter().any(|name| theirs.contains(name)) {
            return None;
        }
    }
    Some(issuing.only_some_reasons.map_or(own, |some| some.intersection(own)))
}

fn full_names(name: &DistributionPointName, issuer: &Name) -> Option<Vec<GeneralName>> {
    match name {
        DistributionPointName::Full(names) => Some(names.clone()),
        DistributionPointName::Relative(rdn) => {
            issuer.extended_by(rdn).ok().map(|full| vec![GeneralName::Directory(full)])
        }
    }
}

/// RFC 5280 §6.3.3 (f), (g): who signed it. `None` when it is the certificate's issuer itself.
fn signer(
    judge: &Judge<'_>,
    target: Target<'_>,
    issuer: &Issuer<'_>,
    crl: &Crl,
    depth: usize,
) -> Result<Option<ValidPath>, Unusable> {
    if crl.signature_algorithm() != crl.inner_signature_algorithm() {
        return Err(Unusable::AlgorithmMismatch);
    }
    let may_sign =
        |c: Option<&Certificate>| c.and_then(Certificate::key_usage).is_none_or(|u| u.has_any(KeyUsage::CRL_SIGN));
    if crl.issuer().matches(issuer.name) && may_sign(issuer.certificate) && verifies(judge, crl, &issuer.spki) {
        return Ok(None);
    }
    let mut reason = Unusable::Signer;
    let chain = target.path.chain.iter().chain(target.path.anchor.certificate());
    let pool = judge.context.pool.with_subject(crl.issuer());
    let anchors = Anchors::new([target.path.anchor.clone()]);
    for candidate in chain.filter(|c| c.subject().matches(crl.issuer())).chain(pool) {
        if !may_sign(Some(candidate)) || !verifies(judge, crl, candidate.spki()) {
            continue;
        }
        if target.path.anchor.certificate() == Some(candidate) {
            return Ok(None); // the anchor itself, already trusted
        }
        if depth >= MAX_DEPTH {
            return Err(Unusable::SignerStatusUnknown);
        }
        let settings = Settings { work: judge.context.work, ..Settings::new(crl.this_update(), Purpose::CrlSigning) };
        let mut last = None;
        let found =
            search(candidate, judge.context.pool, &anchors, &settings, judge.context.links, &mut |path| match judge
                .signer_is_good(path, target.path, crl.this_update(), depth)
            {
                Ok(()) => Search::Take,
                Err(reason) => {
                    last = Some(reason);
                    Search::Next
                }
            });
        match found {
            Ok(path) => return Ok(Some(path)),
            Err(error) => reason = last.unwrap_or(Unusable::SignerPath(error.problem)),
        }
    }
    Err(reason)
}

fn verifies(judge: &Judge<'_>, crl: &Crl, spki: &[u8]) -> bool {
    judge.context.links.verify(crl.sha256(), spki, crl.signature_algorithm(), crl.tbs(), crl.signature()).is_ok()
}

/// RFC 5280 §6.3.3 (c), (h) and §5.2.4: the newest delta that completes `crl`, signed by the same key.
fn best_delta<'a>(judge: &Judge<'a>, crl: &Crl, issuer: &Issuer<'_>, signer: Option<&ValidPath>) -> Option<&'a Crl> {
    let spki = signer.and_then(|p| p.chain.first()).map_or(&*issuer.spki, Certificate::spki);
    let number = crl.number()?;
    judge
        .evidence
        .crls_of(crl.issuer())
        .filter(|delta| {
            let fits = delta.delta_base().is_some_and(|base| number_order(base, number).is_le())
                && delta.number().is_some_and(|n| number_order(n, number).is_ge());
            fits && delta.issuing_distribution_point() == crl.issuing_distribution_point()
                && delta.authority_key_identifier() == crl.authority_key_identifier()
                && check_dates(&judge.context, delta.this_update(), delta.next_update()).is_ok()
                && delta.signature_algorithm() == delta.inner_signature_algorithm()
                && verifies(judge, delta, spki)
        })
        .max_by(|a, b| {
            let numbers = number_order(a.number().unwrap_or_default(), b.number().unwrap_or_default());
            numbers.then(a.this_update().cmp(&b.this_update()))
        })
}

fn number_order(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let strip = |n: &'_ [u8]| n.iter().skip_while(|octet| **octet == 0).copied().collect::<Vec<u8>>();
    let (a, b) = (strip(a), strip(b));
    a.len().cmp(&b.len()).then(a.cmp(&b))
}

/// RFC 5280 §6.3.3 (i) to (k).
fn look_up(crl: &Crl, delta: Option<&Crl>, subject: &Certificate) -> Status {
    let on = |crl: &Crl| {
        crl.find(subject.serial())
            .filter(|entry| match entry.issuer {
                // RFC 5280 §5.3.3: in an indirect CRL an entry names whose certificate it means.
                Some(names) => names.iter().filter_map(directory).any(|n| n.matches(subject.issuer())),
                None => crl.issuer().matches(subject.issuer()),
            })
            .map(|entry| (entry.at, entry.reason))
            .min_by_key(|(at, reason)| (*reason == Some(Reason::RemoveFromCrl), *at))
    };
    let listed: Option<(UnixTime, Option<Reason>)> = match delta.and_then(on) {
        Some((_, Some(Reason::RemoveFromCrl))) => None,
        Some(found) => Some(found),
        None => on(crl),
    };
    match listed {
        Some((_, Some(Reason::RemoveFromCrl))) | None => Status::Good,
        Some((at, reason)) => Status::Revoked { at, reason },
    }
}

fn has_unknown_critical(crl: &Crl) -> bool {
    let known = [
        oids::CRL_NUMBER,
        oids::DELTA_CRL_INDICATOR,
        oids::ISSUING_DISTRIBUTION_POINT,
        oids::AUTHORITY_KEY_IDENTIFIER,
        oids::FRESHEST_CRL,
        oids::ISSUER_ALT_NAME,
        oids::AUTHORITY_INFO_ACCESS,
    ];
    crl.has_unknown_critical_entry_extension() || crl.extensions().iter().any(|e| e.critical && !known.contains(&e.oid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crl_numbers_are_compared_as_numbers() {
        assert!(number_order(&[2], &[1, 0]).is_lt());
        assert!(number_order(&[0, 0xff], &[0xff]).is_eq());
        assert!(number_order(&[1, 0], &[0, 0xff]).is_gt());
    }
}
