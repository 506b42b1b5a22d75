//! What is demanded of revocation information.

/// Whether something counts whose status is not known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownStatus {
    /// It counts.
    Allow,
    /// It does not.
    Deny,
}

/// How old revocation information may be at the time it speaks for (EN 319 102-1 5.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Freshness {
    /// Until its `nextUpdate`; without one it never suffices.
    NextUpdate,
    /// At most this many seconds after `thisUpdate`, and not past `nextUpdate`.
    MaxAge(i64),
}

impl Freshness {
    /// The age bound in seconds, if there is one.
    pub fn max_age_s(self) -> Option<i64> {
        match self {
            Freshness::NextUpdate => None,
            Freshness::MaxAge(s) => Some(s),
        }
    }
}

/// What is demanded of revocation information.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RevocationRules {
    /// Whether a signer's certificate passes whose status is not known.
    pub end_entity: UnknownStatus,
    /// Whether an intermediate passes whose status is not known.
    pub intermediate: UnknownStatus,
    /// Whether an OCSP answer or CRL counts whose own signer's status is not known.
    pub unknown_signer: UnknownStatus,
    /// Age of the information.
    pub freshness: Freshness,
}
