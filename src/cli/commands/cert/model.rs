//! The JSON forms `congvan.cert/1` and `congvan.certificate/1`; fields are added, never changed.

use serde::Serialize;

use crate::base::encoding::hex;
use crate::base::oid::Oid;
use crate::path::PolicySet;
use crate::revocation::{Chosen, Status};
use crate::validate::certificate::is_exempt;
use crate::validate::verdict::{RevocationSource, RevocationStatus};
use crate::x509::{Certificate, oids};

/// Result of `cert check`.
#[derive(Debug, Serialize)]
pub(super) struct CertReport {
    pub(super) schema: &'static str,
    pub(super) file: String,
    pub(super) indication: &'static str,
    pub(super) sub_indication: Option<&'static str>,
    pub(super) validation_time: TimeEntry,
    pub(super) policy: PolicyEntry,
    pub(super) purpose: &'static str,
    pub(super) path: Vec<PathEntry>,
    pub(super) policies: Vec<String>,
    pub(super) errors: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}

#[derive(Debug, Serialize)]
pub(super) struct TimeEntry {
    pub(super) at: String,
    pub(super) source: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct PolicyEntry {
    pub(super) name: String,
    pub(super) sha256: String,
}

/// One certificate of the path, end entity first, anchor last.
#[derive(Debug, Serialize)]
pub(super) struct PathEntry {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) serial: String,
    pub(super) sha256: String,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) anchor: bool,
    pub(super) revocation: Option<RevocationEntry>,
}

#[derive(Debug, Serialize)]
pub(super) struct RevocationEntry {
    pub(super) source: Option<&'static str>,
    pub(super) status: &'static str,
    pub(super) at: Option<String>,
    pub(super) reason: Option<&'static str>,
    pub(super) this_update: Option<String>,
    pub(super) next_update: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Remark {
    pub(super) code: &'static str,
    pub(super) text: String,
}

impl PathEntry {
    pub(super) fn new(certificate: &Certificate, anchor: bool, chosen: Option<&Chosen>) -> PathEntry {
        PathEntry {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: hex(certificate.serial()),
            sha256: hex(certificate.sha256()),
            not_before: certificate.not_before().rfc3339(),
            not_after: certificate.not_after().rfc3339(),
            anchor,
            revocation: chosen.map(|chosen| RevocationEntry::new(certificate, chosen)),
        }
    }
}

impl RevocationEntry {
    fn new(certificate: &Certificate, chosen: &Chosen) -> RevocationEntry {
        let best = chosen.best.as_ref();
        if best.is_none() && is_exempt(certificate) {
            let source = Some(RevocationSource::NoCheck.name());
            let status = RevocationStatus::Good.name();
            return RevocationEntry { source, status, at: None, reason: None, this_update: None, next_update: None };
        }
        let (status, at, reason) = match chosen.status() {
            Status::Good => ("good", None, None),
            Status::Unknown => ("unknown", None, None),
            Status::Revoked { at, reason } => ("revoked", Some(at.rfc3339()), reason.map(|r| r.name())),
        };
        RevocationEntry {
            source: best.map(|f| f.source.name()),
            status,
            at,
            reason,
            this_update: best.map(|f| f.this_update.rfc3339()),
            next_update: best.and_then(|f| f.next_update).map(|t| t.rfc3339()),
        }
    }
}

/// The identifiers of a policy set; anyPolicy stands for [`PolicySet::Any`].
pub(super) fn policies(set: &PolicySet) -> Vec<String> {
    match set {
        PolicySet::Any => vec![oids::ANY_POLICY.to_string()],
        PolicySet::These(these) => these.iter().map(Oid::to_string).collect(),
    }
}
