//! The best evidence for a certificate at a time, and for a whole path.

use super::{Context, Dismissed, Evidence, Finding, MAX_DEPTH, Status, Target, Unusable, crl, ocsp};
use crate::base::time::UnixTime;
use crate::path::ValidPath;
use crate::policy::UnknownStatus;
use crate::x509::Certificate;
use crate::x509::crl::Reason;
use crate::x509::oids;

/// What is known about one certificate.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The finding that counts: a revocation if there is one, else the newest good one, else `unknown`.
    pub best: Option<Finding>,
    /// Every finding, best first.
    pub all: Vec<Finding>,
    /// Evidence that was looked at and does not count.
    pub dismissed: Vec<Dismissed>,
}

impl Chosen {
    /// The status that counts; [`Status::Unknown`] without any finding.
    pub fn status(&self) -> Status {
        self.best.as_ref().map_or(Status::Unknown, |f| f.status)
    }
}

/// What is known about the certificates of a path, end entity first; the anchor has no status.
#[derive(Clone, Debug, Default)]
pub struct PathStatus {
    /// Per certificate of the path.
    pub certificates: Vec<Chosen>,
}

impl PathStatus {
    /// The certificate nearest the anchor that was revoked at or before `time`: its place and finding.
    pub fn revoked_at(&self, time: UnixTime) -> Option<(usize, &Finding)> {
        self.certificates.iter().enumerate().rev().find_map(|(at, chosen)| {
            let finding = chosen.best.as_ref()?;
            finding.status.is_revoked_at(time).then_some((at, finding))
        })
    }

    /// The place of the certificate nearest the anchor whose status is not known.
    pub fn unknown(&self) -> Option<usize> {
        self.certificates.iter().rposition(|chosen| chosen.status() == Status::Unknown)
    }
}

/// Judges one certificate of a validated path. `nonce` is that of the request, when the caller sent one.
pub fn check(target: Target<'_>, evidence: &Evidence, context: &Context<'_>, nonce: Option<&[u8]>) -> Chosen {
    let judge = Judge { evidence, context: *context, nonce: nonce.map(<[u8]>::to_vec), busy: Vec::new() };
    judge.choose(target, 0)
}

/// Judges every certificate of a validated path.
pub fn check_path(path: &ValidPath, evidence: &Evidence, context: &Context<'_>) -> PathStatus {
    // An end entity that is itself the anchor has no issuer to speak about it.
    let own_anchor = path.chain.len() == 1 && path.anchor.certificate() == path.chain.first();
    let count = if own_anchor { 0 } else { path.chain.len() };
    PathStatus { certificates: (0..count).map(|at| check(Target { path, at }, evidence, context, None)).collect() }
}

/// The inputs of one question, and the certificates whose status is being asked for above it.
#[derive(Clone, Debug)]
pub(super) struct Judge<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) context: Context<'a>,
    pub(super) nonce: Option<Vec<u8>>,
    busy: Vec<[u8; 32]>,
}

impl Judge<'_> {
    fn choose(&self, target: Target<'_>, depth: usize) -> Chosen {
        let mut dismissed = Vec::new();
        let mut all = ocsp::judge(self, target, depth, &mut dismissed);
        all.extend(crl::judge(self, target, depth, &mut dismissed));
        let newest_good = all.iter().filter(|f| f.status == Status::Good).map(|f| f.this_update).max();
        all.sort_by_key(|finding| {
            let rank = match finding.status {
                // RFC 5280 §5.3.1: a hold may be lifted, so newer information that no longer lists it wins.
                Status::Revoked { reason: Some(Reason::CertificateHold), .. }
                    if newest_good.is_some_and(|newest| newest > finding.this_update) =>
                {
                    2
                }
                Status::Revoked { .. } => 0,
                Status::Good => 1,
                Status::Unknown => 3,
            };
            (rank, std::cmp::Reverse(finding.this_update))
        });
        Chosen { best: all.first().cloned(), all, dismissed }
    }

    /// Whether the signer of evidence was itself good when it signed: every certificate of its path that is
    /// not part of the path in question (those are judged by whoever asked).
    pub(super) fn signer_is_good(
        &self,
        signer: &ValidPath,
        asked: &ValidPath,
        signed_at: UnixTime,
        depth: usize,
    ) -> Result<(), Unusable> {
        for (at, certificate) in signer.chain.iter().enumerate() {
            if asked.chain.contains(certificate) || asked.anchor.certificate() == Some(certificate) {
                continue;
            }
            // A CRL signer covered only by the CRL it signed: the standards leave the circle open, and the
            // key has been accepted by its path.
            if self.busy.contains(certificate.sha256()) {
                continue;
            }
            if depth.saturating_add(1) >= MAX_DEPTH {
                return Err(Unusable::SignerStatusUnknown);
            }
            let mut inner = self.clone();
            inner.nonce = None;
            inner.busy.push(*certificate.sha256());
            let chosen = inner.choose(Target { path: signer, at }, depth.saturating_add(1));
            match chosen.status() {
                Status::Good => {}
                Status::Revoked { at, .. } if at <= signed_at => return Err(Unusable::SignerRevoked),
                Status::Revoked { .. } => {}
                Status::Unknown => {
                    if self.context.unknown_signer == UnknownStatus::Deny && !is_exempt(certificate) {
                        return Err(Unusable::SignerStatusUnknown);
                    }
                }
            }
        }
        Ok(())
    }
}

// RFC 6960 §4.2.2.2.1: the CA says that nobody need ask, or names no way of asking about its responder, and
// then the CA's key above it is all there is.
fn is_exempt(certificate: &Certificate) -> bool {
    let responder = certificate.extended_key_usage().is_some_and(|list| list.contains(&oids::KP_OCSP_SIGNING));
    certificate.has_ocsp_no_check()
        || (responder && certificate.crl_distribution_points().is_empty() && certificate.ocsp_urls().is_empty())
}
