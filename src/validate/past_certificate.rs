//! Past certificate validation and validation-time sliding — EN 319 102-1 5.6.2.1 and 5.6.2.2.
//!
//! A certificate that no longer validates now may have been good until some control time: the latest moment up
//! to which revocation data in hand still speaks for every certificate of its path, anchor first.

use super::certificate::is_exempt;
use super::poe::ProofsOfExistence;
use super::{Inputs, RevocationChecks, constraints, lifetime};
use crate::base::time::UnixTime;
use crate::path::{self, Purpose, Search, Settings, ValidPath};
use crate::revocation::{self, Context, Finding, Status, Target, Usable};
use crate::x509::Certificate;
use crate::x509::crl::Reason;

/// A path and the moment until which it is known to have been good.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// The path.
    pub(crate) path: ValidPath,
    /// A signature proven to exist at this moment or before was made while the path was good.
    pub(crate) control_time: UnixTime,
}

/// Why there is no such moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotPast {
    /// No path, or no revocation data about one of its certificates.
    NoPath,
    /// Revocation data speaks for every certificate, and is not proven to have existed early enough.
    NoProof,
}

/// Finds a path that was good at some time, and slides the control time down it.
pub(crate) fn validate(
    certificate: &Certificate,
    purpose: Purpose,
    proofs: &ProofsOfExistence,
    inputs: &Inputs<'_>,
) -> Result<Past, NotPast> {
    if inputs.revocation == RevocationChecks::Off {
        return Err(NotPast::NoPath);
    }
    let mut why = NotPast::NoPath;
    // 5.6.2.1.4 (1): the path is validated at a date inside the validity of all of its certificates; the end
    // of the signer's own validity is the latest such date in a properly nested hierarchy, its start the earliest.
    for at in [certificate.not_after(), certificate.not_before()] {
        let settings = Settings::new(at, purpose);
        let mut slid = None;
        let found =
            path::search(certificate, inputs.pool, inputs.anchors_for(purpose), &settings, inputs.links, &mut |p| {
                match slide(p, proofs, inputs) {
                    Ok(control_time) => {
                        slid = Some(control_time);
                        Search::Take
                    }
                    Err(reason) => {
                        if reason == NotPast::NoProof {
                            why = reason;
                        }
                        Search::Next
                    }
                }
            });
        if let (Ok(path), Some(control_time)) = (found, slid) {
            return Ok(Past { path, control_time });
        }
    }
    Err(why)
}

fn lasting_revocation(finding: &Finding) -> Option<UnixTime> {
    match finding.status {
        Status::Revoked { reason: Some(Reason::CertificateHold), .. } | Status::Good | Status::Unknown => None,
        Status::Revoked { at, .. } => Some(at),
    }
}

/// 5.6.2.2.4: from the anchor's child down to the end entity.
fn slide(path: &ValidPath, proofs: &ProofsOfExistence, inputs: &Inputs<'_>) -> Result<UnixTime, NotPast> {
    let mut control = inputs.now;
    let context = Context {
        pool: inputs.pool,
        links: inputs.links,
        time: inputs.now,
        usable: Usable::AnyTime,
        unknown_signer: inputs.policy.revocation.unknown_signer,
        work: path::DEFAULT_WORK,
    };
    let own_anchor = path.chain.len() == 1 && path.anchor.certificate() == path.chain.first();
    for (place, certificate) in path.chain.iter().enumerate().rev() {
        if own_anchor {
            break;
        }
        if is_exempt(certificate) {
            continue;
        }
        let chosen = revocation::check(Target { path, at: place }, inputs.evidence, &context, None);
        // A CA may forget revoked certificates once they have run out: a revocation counts whoever is silent later.
        if let Some(at) = chosen.all.iter().filter_map(lasting_revocation).min() {
            control = control.min(at.plus(-1));
        }
        // (a) revocation data issued, and proven to exist, before the control time; the newest speaks.
        let speaks = |f: &&Finding| f.this_update <= control && f.status != Status::Unknown;
        // What was signed with a certificate that has run out since must be proven older than its end.
        let in_bounds = |f: &Finding, proven: UnixTime| {
            let signer = f.signer.as_ref().and_then(|path| path.chain.first());
            signer.is_none_or(|signer| proven <= signer.not_after())
        };
        let usable = |f: &&Finding| {
            let proven = proofs.of(&f.sha256);
            speaks(f) && proven <= control && in_bounds(f, proven)
        };
        let Some(finding) = chosen.all.iter().filter(usable).max_by_key(|f| f.this_update) else {
            return Err(if chosen.all.iter().any(|f| speaks(&f)) { NotPast::NoProof } else { NotPast::NoPath });
        };
        if proofs.of(certificate.sha256()) > control {
            return Err(NotPast::NoProof);
        }
        match finding.status {
            // (b) revoked: good until the second before.
            Status::Revoked { at, .. } => control = control.min(at.plus(-1)),
            // (c) not revoked, and not fresh at the control time: good until the data was issued.
            _ => {
                let rules = &inputs.policy.revocation.freshness;
                let stale = finding.next_update.is_none_or(|next| next < control)
                    || rules.max_age_s().is_some_and(|limit| control.0.saturating_sub(finding.this_update.0) > limit);
                if stale {
                    control = control.min(finding.this_update);
                }
            }
        }
        // (d) the algorithms of the revocation data: what has ended since counts until the second before its end.
        if constraints::revocation(finding, path, place, control, inputs.policy).is_some() {
            let rules = &inputs.policy.algorithms;
            let own =
                constraints::signed_by(finding, path, place).and_then(|(s, spki)| lifetime::end_of(s, &spki, rules));
            let signers = finding.signer.as_ref().and_then(|signer| lifetime::end_of_path(signer, rules));
            let end = own.into_iter().chain(signers).min().ok_or(NotPast::NoPath)?;
            control = control.min(end.plus(-1));
            if constraints::revocation(finding, path, place, control, inputs.policy).is_some() {
                return Err(NotPast::NoPath);
            }
        }
        // (d) the algorithms of the path: what has ended since counts until the second before its end.
        if constraints::chain(path, control, inputs.policy).is_some() {
            let end = lifetime::end_of_path(path, &inputs.policy.algorithms).ok_or(NotPast::NoPath)?;
            control = control.min(end.plus(-1));
            if constraints::chain(path, control, inputs.policy).is_some() {
                return Err(NotPast::NoPath);
            }
        }
    }
    Ok(control)
}
