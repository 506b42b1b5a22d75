//! The validation data a signature needs to be judged later — ETSI EN 319 142-1 5.4.2, EN 319 122-1 5.4: the
//! certificates of the paths that validation itself takes, what speaks for each of them, and the same for whoever
//! signed that.

use std::collections::HashSet;

use super::certificate::{self, is_exempt};
use super::finding::Finding;
use super::{Inputs, RevocationChecks};
use crate::base::time::UnixTime;
use crate::path::{self, Purpose, ValidPath};
use crate::revocation::{self, Context, Status, Target, Usable};
use crate::x509::{Certificate, Crl, OcspResponse};

/// Deepest chain of "who signed what speaks for whoever signed".
const MAX_DEPTH: usize = 4;

/// Certificates, CRLs and OCSP answers, each once; the path first, signer to anchor.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Certificates, the anchor's included.
    pub certificates: Vec<Certificate>,
    /// CRLs.
    pub crls: Vec<Crl>,
    /// OCSP responses.
    pub ocsp: Vec<OcspResponse>,
    /// What is still missing; empty when the material is complete.
    pub missing: Vec<Missing>,
}

/// Something that could not be had.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Missing {
    /// No path to a configured anchor.
    Path {
        /// Whose.
        certificate: Certificate,
        /// Why.
        why: Option<Finding>,
    },
    /// Nothing that speaks for the certificate at the time looked at.
    Revocation {
        /// Whose.
        certificate: Certificate,
    },
    /// The certificate is revoked.
    Revoked {
        /// Which.
        certificate: Certificate,
        /// Since when.
        at: UnixTime,
    },
}

impl Material {
    /// Adds what another one has and this one has not.
    pub fn merge(&mut self, other: Material) {
        other.certificates.into_iter().for_each(|c| push(&mut self.certificates, c));
        other.crls.into_iter().for_each(|c| push_by(&mut self.crls, c, |c| *c.sha256()));
        other.ocsp.into_iter().for_each(|o| push_by(&mut self.ocsp, o, |o| *o.sha256()));
        for missing in other.missing {
            if !self.missing.contains(&missing) {
                self.missing.push(missing);
            }
        }
    }
}

/// Gathers what judging `certificate` for `purpose` at `inputs.now` takes from the proofs at hand.
pub fn material(certificate: &Certificate, purpose: Purpose, inputs: &Inputs<'_>) -> Material {
    let outcome = certificate::validate(certificate, purpose, inputs.now, inputs);
    let mut found = Material::default();
    let Some(path) = outcome.path else {
        found
            .missing
            .push(Missing::Path { certificate: certificate.clone(), why: outcome.findings.into_iter().next() });
        push(&mut found.certificates, certificate.clone());
        return found;
    };
    let context = Context {
        pool: inputs.pool,
        links: inputs.links,
        time: inputs.now,
        usable: Usable::Current { max_age_s: inputs.policy.revocation.freshness.max_age_s() },
        unknown_signer: inputs.policy.revocation.unknown_signer,
        work: path::DEFAULT_WORK,
    };
    let mut seen = HashSet::new();
    gather(&path, &context, inputs, &mut seen, 0, &mut found);
    found
}

fn gather(
    path: &ValidPath,
    context: &Context<'_>,
    inputs: &Inputs<'_>,
    seen: &mut HashSet<[u8; 32]>,
    depth: usize,
    found: &mut Material,
) {
    path.with_anchor().into_iter().for_each(|c| push(&mut found.certificates, c));
    let own_anchor = path.chain.len() == 1 && path.anchor.certificate() == path.chain.first();
    if own_anchor || depth >= MAX_DEPTH || inputs.revocation == RevocationChecks::Off {
        return;
    }
    for (at, certificate) in path.chain.iter().enumerate() {
        if path.anchor.certificate() == Some(certificate) || !seen.insert(*certificate.sha256()) {
            continue;
        }
        let chosen = revocation::check(Target { path, at }, inputs.evidence, context, None);
        let Some(best) = chosen.best.filter(|b| b.status != Status::Unknown) else {
            // Below, `revocation` took the evidence and with it the standing of its signer.
            if depth == 0 && !is_exempt(certificate) {
                found.missing.push(Missing::Revocation { certificate: certificate.clone() });
            }
            continue;
        };
        if let Status::Revoked { at, .. } = best.status {
            found.missing.push(Missing::Revoked { certificate: certificate.clone(), at });
        }
        for crl in inputs.evidence.crls().iter().filter(|c| *c.sha256() == best.sha256) {
            push_by(&mut found.crls, crl.clone(), |c| *c.sha256());
        }
        for answer in inputs.evidence.ocsp().iter().filter(|o| *o.sha256() == best.sha256) {
            push_by(&mut found.ocsp, answer.clone(), |o| *o.sha256());
        }
        if let Some(signer) = &best.signer {
            gather(signer, context, inputs, seen, depth + 1, found);
        }
    }
}

fn push(list: &mut Vec<Certificate>, certificate: Certificate) {
    push_by(list, certificate, |c| *c.sha256());
}

fn push_by<T>(list: &mut Vec<T>, one: T, digest: impl Fn(&T) -> [u8; 32]) {
    let new = digest(&one);
    if !list.iter().any(|known| digest(known) == new) {
        list.push(one);
    }
}
