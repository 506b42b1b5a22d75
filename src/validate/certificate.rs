//! X.509 certificate validation — EN 319 102-1 5.2.6: a path to an anchor, revocation along it, and the
//! constraints of the policy, all at one time.

use super::cause::Cause;
use super::conclusion::{Conclusion, SubIndication};
use super::finding::Finding;
use super::verdict::{RevocationFact, RevocationSource, RevocationStatus};
use super::{Inputs, RevocationChecks, constraints};
use crate::base::time::UnixTime;
use crate::path::{self, Anchors, Category, PathError, Problem, Purpose, Search, Settings, ValidPath};
use crate::policy::UnknownStatus;
use crate::revocation::{self, Context, Dismissed, Found, PathStatus, Question, Source, Status, Unusable, Usable};
use crate::x509::{Certificate, oids};

/// Outcome of 5.2.6.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// `Passed`, or why not.
    pub(crate) conclusion: Conclusion,
    /// The path that was judged, when one reached an anchor.
    pub(crate) path: Option<ValidPath>,
    /// The certificates of the path or of the attempt, signer first, anchor last.
    pub(crate) chain: Vec<Certificate>,
    /// When certificates of the path are revoked and nothing else is wrong with it: the first of their times.
    pub(crate) good_before: Option<UnixTime>,
    /// Revocation facts along the path.
    pub(crate) revocation: Vec<RevocationFact>,
    /// Remarks.
    pub(crate) findings: Vec<Finding>,
}

/// Searches a path by `settings`, whose time may lie beside `at` when the certificate is outside its validity;
/// revocation is looked at as of `at`.
///
/// # Errors
/// Why no path validates.
pub(crate) fn find(
    certificate: &Certificate,
    settings: &Settings,
    at: UnixTime,
    anchors: &Anchors,
    inputs: &Inputs<'_>,
) -> Result<Found, PathError> {
    let context = Context {
        pool: inputs.pool,
        links: inputs.links,
        time: at,
        usable: Usable::Current { max_age_s: inputs.policy.revocation.freshness.max_age_s() },
        unknown_signer: inputs.policy.revocation.unknown_signer,
        work: settings.work,
    };
    let mut kept: Option<Found> = None;
    let found = path::search(certificate, inputs.pool, anchors, settings, inputs.links, &mut |candidate| {
        let status = match inputs.revocation {
            RevocationChecks::On => revocation::check_path(candidate, inputs.evidence, &context),
            RevocationChecks::Off => PathStatus::default(),
        };
        let unknown = demanded_unknown(candidate, &status, inputs);
        let good = status.revoked_at(at).is_none() && unknown.is_none();
        if good || kept.is_none() {
            kept = Some(Found { path: candidate.clone(), status, unknown });
        }
        if good { Search::Take } else { Search::Next }
    });
    match (kept, found) {
        (Some(kept), _) => Ok(kept),
        (None, Err(error)) => Err(error),
        (None, Ok(path)) => Ok(Found { path, status: PathStatus::default(), unknown: None }),
    }
}

/// [`find`] by the usual settings at `time`, or what it found when asked the same by the same evidence.
fn found(
    certificate: &Certificate,
    purpose: Purpose,
    time: UnixTime,
    at: UnixTime,
    inputs: &Inputs<'_>,
) -> Result<Found, PathError> {
    let anchors = inputs.anchors_for(purpose);
    let rules = &inputs.policy.revocation;
    let looks = inputs.revocation == RevocationChecks::On;
    // Whatever else `find` comes to look at belongs in here.
    let question = Question {
        leaf: *certificate.sha256(),
        pool: *inputs.pool.fingerprint(),
        anchors: *anchors.fingerprint(),
        purpose,
        time,
        at,
        max_age_s: rules.freshness.max_age_s(),
        unknown_signer: rules.unknown_signer,
        unknown_end_entity: looks.then_some(rules.end_entity),
        unknown_issuer: looks.then_some(rules.intermediate),
    };
    let settings = Settings::new(time, purpose);
    inputs.evidence.answer(&question, || find(certificate, &settings, at, anchors, inputs))
}

/// Validates `certificate` for `purpose` at `at`.
pub(crate) fn validate(certificate: &Certificate, purpose: Purpose, at: UnixTime, inputs: &Inputs<'_>) -> Outcome {
    let in_bounds = certificate.not_before() <= at && at <= certificate.not_after();
    // Outside its validity the path is still looked for, at the nearest moment it could be good, so that
    // OUT_OF_BOUNDS_NOT_REVOKED can be told from OUT_OF_BOUNDS_NO_POE (5.2.6.4).
    let looked_at =
        UnixTime(at.0.clamp(certificate.not_before().0, certificate.not_after().0.max(certificate.not_before().0)));
    let anchors = inputs.anchors_for(purpose);
    let at_time = |time| found(certificate, purpose, time, at, inputs);
    match at_time(looked_at) {
        Ok(found) => judge(found, at, in_bounds, inputs),
        // The end of an anchor is no fault of the path: it is trusted for what is proven to be older (5.2.6.4).
        Err(error) => match anchor_end(&error, anchors).filter(|end| *end < looked_at).map(at_time) {
            Some(Ok(found)) => judge(found, at, in_bounds, inputs),
            _ => no_path(error, in_bounds, anchors.is_empty()),
        },
    }
}

/// When the anchor ended at which a search came to its end.
fn anchor_end(error: &PathError, anchors: &Anchors) -> Option<UnixTime> {
    let Problem::Expired { not_after, .. } = error.problem else { return None };
    let at = error.certificate.as_ref()?;
    anchors.all().iter().any(|anchor| anchor.certificate() == Some(at)).then_some(not_after)
}

fn judge(found: Found, at: UnixTime, in_bounds: bool, inputs: &Inputs<'_>) -> Outcome {
    let Found { path, status, unknown } = found;
    let mut findings = Vec::new();
    let mut outcome = Outcome {
        conclusion: Conclusion::Passed,
        chain: path.with_anchor(),
        good_before: None,
        revocation: facts(&path, &status),
        findings: Vec::new(),
        path: None,
    };
    let revoked = status.revoked_at(at);
    outcome.conclusion = if let Some((place, _)) = revoked {
        // What else is wrong must not hide behind the revocation.
        if unknown.is_none() && constraints::chain(&path, at, inputs.policy).is_none() {
            outcome.good_before = first_revocation(&status);
        }
        let leaf = place == 0;
        Conclusion::Not(if leaf { SubIndication::RevokedNoPoe } else { SubIndication::RevokedCaNoPoe })
    } else if let Some(place) = unknown {
        if let (Some(certificate), Some(chosen)) = (path.chain.get(place), status.certificates.get(place)) {
            let subject = certificate.subject().to_string();
            findings.push(Finding::RevocationUnavailable(Cause::no_proof(subject, chosen.dismissed.first())));
        }
        Conclusion::Not(if in_bounds { SubIndication::TryLater } else { SubIndication::OutOfBoundsNoPoe })
    } else if !in_bounds && inputs.revocation == RevocationChecks::Off {
        // Nothing was looked at, so nobody said that it was not revoked.
        findings.push(Finding::RevocationNotChecked);
        Conclusion::Not(SubIndication::OutOfBoundsNoPoe)
    } else if !in_bounds {
        Conclusion::Not(SubIndication::OutOfBoundsNotRevoked)
    } else if let Some((signer, source)) = outlived(&status, at).filter(|_| inputs.revocation == RevocationChecks::On) {
        // 5.2.5: whose certificate has run out may have signed at any time since.
        let reason = Unusable::SignerPath(Problem::Expired { not_after: signer.not_after(), at });
        let dismissed = Dismissed { source, sha256: *signer.sha256(), reason };
        findings.push(Finding::RevocationUnavailable(Cause::no_proof(signer.subject().to_string(), Some(&dismissed))));
        Conclusion::Not(SubIndication::RevocationOutOfBoundsNoPoe)
    } else if let Some(end) = sunset(&path).filter(|end| *end < at) {
        // 5.2.6.4: the anchor is trusted for what is proven to be older than its end.
        findings.push(Finding::Path((&Problem::Expired { not_after: end, at }).into()));
        Conclusion::Not(SubIndication::NoCertificateChainFoundNoPoe)
    } else if let Some(finding) = constraints::chain(&path, at, inputs.policy) {
        findings.push(finding);
        Conclusion::Not(SubIndication::CryptoConstraintsFailureNoPoe)
    } else if inputs.revocation == RevocationChecks::Off {
        findings.push(Finding::RevocationNotChecked);
        Conclusion::Not(SubIndication::TryLater)
    } else if let Some(finding) = weak_revocation(&path, &status, at, inputs) {
        findings.push(finding);
        Conclusion::Not(SubIndication::CryptoConstraintsFailureNoPoe)
    } else {
        Conclusion::Passed
    };
    outcome.findings = findings;
    outcome.path = Some(path);
    outcome
}

/// The end of an anchor that is known by its certificate.
pub(crate) fn sunset(path: &ValidPath) -> Option<UnixTime> {
    path.anchor.certificate().map(Certificate::not_after)
}

/// Who signed the revocation data that counts with a certificate that has run out at `at`.
fn outlived(status: &PathStatus, at: UnixTime) -> Option<(Certificate, Source)> {
    let best = status.certificates.iter().filter_map(|chosen| chosen.best.as_ref());
    best.filter_map(|finding| Some((finding.signer.as_ref()?.chain.first()?, finding.source)))
        .find(|(signer, _)| signer.not_after() < at)
        .map(|(signer, source)| (signer.clone(), source))
}

/// Why nothing that says good of some certificate is signed well enough for `at` (5.2.8).
fn weak_revocation(path: &ValidPath, status: &PathStatus, at: UnixTime, inputs: &Inputs<'_>) -> Option<Finding> {
    status.certificates.iter().enumerate().find_map(|(place, chosen)| {
        let best = chosen.best.as_ref()?;
        let weak = |finding| constraints::revocation(finding, path, place, at, inputs.policy);
        let told = weak(best)?;
        chosen.all.iter().filter(|other| other.status == best.status).all(|other| weak(other).is_some()).then_some(told)
    })
}

fn first_revocation(status: &PathStatus) -> Option<UnixTime> {
    let times = status.certificates.iter().filter_map(|chosen| match chosen.status() {
        Status::Revoked { at, .. } => Some(at),
        Status::Good | Status::Unknown => None,
    });
    times.min()
}

/// The certificate nearest the anchor whose status is not known although the policy demands it.
fn demanded_unknown(path: &ValidPath, status: &PathStatus, inputs: &Inputs<'_>) -> Option<usize> {
    let rules = &inputs.policy.revocation;
    status.certificates.iter().enumerate().rev().find_map(|(place, chosen)| {
        let demanded = if place == 0 { rules.end_entity } else { rules.intermediate };
        let exempt = path.chain.get(place).is_some_and(is_exempt);
        (chosen.status() == Status::Unknown && demanded == UnknownStatus::Deny && !exempt).then_some(place)
    })
}

fn no_path(error: PathError, in_bounds: bool, no_anchors: bool) -> Outcome {
    let sub = match error.category() {
        Category::NoChain => SubIndication::NoCertificateChainFound,
        Category::LeafOutOfBounds => SubIndication::OutOfBoundsNoPoe,
        Category::Constraints => SubIndication::ChainConstraintsFailure,
        Category::General => SubIndication::CertificateChainGeneralFailure,
    };
    let finding = match &error.problem {
        _ if no_anchors => Finding::NoAnchors,
        Problem::NoAnchors => Finding::NoAnchors,
        _ => Finding::Path((&error).into()),
    };
    // A certificate past its end whose path also fails proves nothing either way.
    let sub = if in_bounds || error.category() == Category::NoChain { sub } else { SubIndication::OutOfBoundsNoPoe };
    Outcome {
        conclusion: Conclusion::Not(sub),
        path: None,
        chain: error.chain,
        good_before: None,
        revocation: Vec::new(),
        findings: vec![finding],
    }
}

/// One fact for each certificate of the path that is not the anchor.
pub(crate) fn facts(path: &ValidPath, status: &PathStatus) -> Vec<RevocationFact> {
    path.chain
        .iter()
        .zip(&status.certificates)
        .map(|(certificate, chosen)| {
            let certificate = certificate.clone();
            let Some(best) = &chosen.best else {
                let exempt = is_exempt(&certificate);
                let source = if exempt { RevocationSource::NoCheck } else { RevocationSource::None };
                let status = if exempt { RevocationStatus::Good } else { RevocationStatus::Unavailable };
                return RevocationFact { certificate, source, status, at: None, evidence: None };
            };
            let source = match best.source {
                Source::Crl => RevocationSource::Crl,
                Source::Ocsp => RevocationSource::Ocsp,
            };
            let (status, at) = match best.status {
                Status::Good => (RevocationStatus::Good, best.this_update),
                Status::Revoked { at, .. } => (RevocationStatus::Revoked, at),
                Status::Unknown => (RevocationStatus::Unknown, best.this_update),
            };
            RevocationFact { certificate, source, status, at: Some(at), evidence: Some(best.sha256) }
        })
        .collect()
}

/// The CA says that nobody need ask about this OCSP responder (RFC 6960 §4.2.2.2.1); on any other certificate the
/// extension means nothing.
pub(crate) fn is_exempt(certificate: &Certificate) -> bool {
    let responder = certificate.extended_key_usage().is_some_and(|purposes| purposes.contains(&oids::KP_OCSP_SIGNING));
    responder && certificate.has_ocsp_no_check()
}
