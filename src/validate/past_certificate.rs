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

/// Finds a path that was good at some time, and slides the control time down it.
pub(crate) fn validate(
    certificate: &Certificate,
    purpose: Purpose,
    proofs: &ProofsOfExistence,
    inputs: &Inputs<'_>,
) -> Option<Past> {
    if inputs.revocation == RevocationChecks::Off {
        return None;
    }
    // 5.6.2.1.4 (1): the path is validated at a date inside the validity of all of its certificates; the end
    // of the signer's own validity is the latest such date in a properly nested hierarchy, its start the earliest.
    for at in [certificate.not_after(), certificate.not_before()] {
        let settings = Settings::new(at, purpose);
        let mut slid = None;
        let found =
            path::search(certificate, inputs.pool, inputs.anchors_for(purpose), &settings, inputs.links, &mut |p| {
                match slide(p, proofs, inputs) {
                    Some(control_time) => {
                        slid = Some(control_time);
                        Search::Take
                    }
                    None => Search::Next,
                }
            });
        if let (Ok(path), Some(control_time)) = (found, slid) {
            return Some(Past { path, control_time });
        }
    }
    None
}

fn lasting_revocation(finding: &Finding) -> Option<UnixTime> {
    match finding.status {
        Status::Revoked { reason: Some(Reason::CertificateHold), .. } | Status::Good | Status::Unknown => None,
        Status::Revoked { at, .. } => Some(at),
    }
}

/// 5.6.2.2.4: from the anchor's child down to the end entity.
fn slide(path: &ValidPath, proofs: &ProofsOfExistence, inputs: &Inputs<'_>) -> Option<UnixTime> {
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
        let usable =
            |f: &&Finding| f.this_update <= control && proofs.of(&f.sha256) <= control && f.status != Status::Unknown;
        let finding = chosen.all.iter().filter(usable).max_by_key(|f| f.this_update)?;
        if proofs.of(certificate.sha256()) > control {
            return None;
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
        // (d) the algorithms of the path: what has ended since counts until the second before its end.
        if constraints::chain(path, control, inputs.policy).is_some() {
            control = control.min(lifetime::end_of_path(path, &inputs.policy.algorithms)?.plus(-1));
            constraints::chain(path, control, inputs.policy).is_none().then_some(())?;
        }
    }
    Some(control)
}
