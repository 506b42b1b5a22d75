//! Whether a certificate of a validated path was revoked — RFC 5280 §6.3 and RFC 6960.
//!
//! Everything is offline: CRLs and OCSP answers come in as [`Evidence`], what speaks for a certificate
//! comes out as [`Finding`]s with the times the freshness rules need (EN 319 102-1 5.2.5 judges those).
//! An answer is believed only when it is bound to the certificate, signed by who may sign it, and its
//! signer leads to the same anchor. `unknown`, nothing at all and a partial CRL are never good.

mod crl;
mod evidence;
mod known;
mod ocsp;
mod status;

pub use evidence::Evidence;
pub use known::{Found, Question};
pub use ocsp::matches_cert_id;
pub use status::{Chosen, PathStatus, check, check_path};

use crate::algorithms::SignatureScheme;
use crate::asn1::Tlv;
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::path::{Links, Pool, Problem, ValidPath};
use crate::policy::UnknownStatus;
use crate::x509::crl::Reason;
use crate::x509::{Certificate, Extension, X509Error};

/// Deepest chain of "who signed the CRL that speaks for who signed the answer".
pub(crate) const MAX_DEPTH: usize = 4;

/// What revocation is judged with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Certificates that may have signed CRLs and OCSP answers.
    pub pool: &'a Pool,
    /// Signatures already checked.
    pub links: &'a Links,
    /// The validation time.
    pub time: UnixTime,
    /// Which evidence may speak, by its own dates.
    pub usable: Usable,
    /// Whether an answer counts whose signer's own status is not known.
    pub unknown_signer: UnknownStatus,
    /// Work one path search for a signer may do; see [`crate::path::DEFAULT_WORK`].
    pub work: u64,
}

/// Which evidence may speak, by its own dates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Usable {
    /// Issued at or before the validation time, and not past `nextUpdate` nor older than `max_age_s` seconds then.
    Current {
        /// Oldest age in seconds; `None` leaves it to `nextUpdate`, which must then be there.
        max_age_s: Option<i64>,
    },
    /// Whatever its dates: the caller slides the time (EN 319 102-1 5.6.2.2) or judges freshness itself.
    AnyTime,
}

/// What a source says about a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// Not revoked, for every reason.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        at: UnixTime,
        /// Why, when given.
        reason: Option<Reason>,
    },
    /// The source does not know, or speaks for some reasons only.
    Unknown,
}

impl Status {
    /// True when revoked for good: a hold may be lifted (RFC 5280 §5.3.1).
    pub fn is_lasting(self) -> bool {
        let liftable = [Some(Reason::CertificateHold), Some(Reason::RemoveFromCrl)];
        matches!(self, Status::Revoked { reason, .. } if !liftable.contains(&reason))
    }

    /// True when revoked at or before `time`. On hold counts as revoked; so does a key that went bad.
    pub fn is_revoked_at(self, time: UnixTime) -> bool {
        matches!(self, Status::Revoked { at, .. } if at <= time)
    }
}

/// Kind of source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// A CRL, with its delta where one was used.
    Crl,
    /// An OCSP answer.
    Ocsp,
}

impl Source {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Source::Crl => "crl",
            Source::Ocsp => "ocsp",
        }
    }
}

/// What one piece of evidence says about one certificate, after its own checks.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where it comes from.
    pub source: Source,
    /// What it says.
    pub status: Status,
    /// From when on it is known right.
    pub this_update: UnixTime,
    /// When newer information is due.
    pub next_update: Option<UnixTime>,
    /// When it was signed: `producedAt` of an OCSP answer, `thisUpdate` of a CRL.
    pub issued_at: UnixTime,
    /// SHA-256 of the CRL or OCSP response.
    pub sha256: [u8; 32],
    /// Path of the signer, when it is not the certificate's issuer itself.
    pub signer: Option<ValidPath>,
    /// The algorithm it is signed with; of a delta CRL where one completes it. `None` where nothing here computes it.
    pub scheme: Option<SignatureScheme>,
}

/// A piece of evidence that was looked at and does not count, and why.
#[derive(Clone, Debug)]
pub struct Dismissed {
    /// Where it comes from.
    pub source: Source,
    /// SHA-256 of the CRL or OCSP response.
    pub sha256: [u8; 32],
    /// Why.
    pub reason: Unusable,
}

/// Why evidence does not count for a certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It was issued after the validation time.
    #[error("issued at {this_update}, after the time looked at, {at}")]
    FromTheFuture {
        /// When it was issued.
        this_update: UnixTime,
        /// Validation time.
        at: UnixTime,
    },
    /// Newer information was due by the validation time.
    #[error("newer information was due at {next_update}, looked at {at}")]
    Outdated {
        /// When it was due.
        next_update: UnixTime,
        /// Validation time.
        at: UnixTime,
    },
    /// Older than allowed, or without an end of its own where no age is set.
    #[error("issued at {this_update}, too old at {at}")]
    TooOld {
        /// When it was issued.
        this_update: UnixTime,
        /// Validation time.
        at: UnixTime,
    },
    /// It was issued after the certificate had run out, and does not say that it still speaks of such.
    #[error("issued at {this_update}, when the certificate had run out, without keeping expired ones")]
    AfterExpiry {
        /// When it was issued.
        this_update: UnixTime,
    },
    /// The dates contradict each other.
    #[error("the dates in it contradict each other")]
    Dates,
    /// A CRL of another scope: issuer, distribution point, kind of certificate or reasons.
    #[error("the CRL does not cover the certificate")]
    Scope,
    /// A delta CRL without the complete one it completes.
    #[error("a delta CRL without its complete CRL")]
    DeltaAlone,
    /// A critical extension that is not understood.
    #[error("a critical extension in it is not understood")]
    UnknownCriticalExtension,
    /// Nobody who may sign it did, as far as the certificates at hand say.
    #[error("no certificate at hand that may sign it verifies its signature")]
    Signer,
    /// The signer is known, and its path does not pass.
    #[error("its signer is not accepted: {0}")]
    SignerPath(Problem),
    /// The signer was revoked when it signed.
    #[error("its signer was revoked")]
    SignerRevoked,
    /// The signer's own status is not known.
    #[error("the status of its signer is not known")]
    SignerStatusUnknown,
    /// The algorithms inside and outside differ.
    #[error("the signature algorithms inside and outside differ")]
    AlgorithmMismatch,
    /// An OCSP answer about other certificates.
    #[error("the OCSP answer is about other certificates")]
    NotAsked,
    /// The OCSP responder gave no answer.
    #[error("the OCSP responder gave no answer")]
    NoAnswer,
    /// The nonce differs from that of the request.
    #[error("the nonce of the OCSP answer differs from the request's")]
    Nonce,
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] X509Error),
}

/// A certificate of a validated path, with the path.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The path.
    pub path: &'a ValidPath,
    /// Which of its certificates, 0 the end entity.
    pub at: usize,
}

impl<'a> Target<'a> {
    /// The certificate in question; `None` past the end of the path.
    pub fn certificate(&self) -> Option<&'a Certificate> {
        self.path.chain.get(self.at)
    }
}

/// Whether silence about a certificate still means that it is good: revoked ones may be forgotten once they have
/// run out (RFC 5280 §3.3), unless an extension says since when they are kept (expiredCertsOnCRL of ITU-T X.509,
/// archiveCutoff of RFC 6960 §4.4.4).
pub(crate) fn check_kept(
    subject: &Certificate,
    this_update: UnixTime,
    extensions: &[Extension],
    kept_since: &Oid,
) -> Result<(), Unusable> {
    let kept = || {
        let extension = extensions.iter().find(|e| e.oid == *kept_since)?;
        Tlv::parse(&extension.value).ok()?.as_time().ok()
    };
    if this_update <= subject.not_after() || kept().is_some_and(|since| since <= subject.not_after()) {
        return Ok(());
    }
    Err(Unusable::AfterExpiry { this_update })
}

/// Whether evidence with these dates may speak.
pub(crate) fn check_dates(
    context: &Context<'_>,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
) -> Result<(), Unusable> {
    if next_update.is_some_and(|next| next < this_update) {
        return Err(Unusable::Dates);
    }
    let Usable::Current { max_age_s } = context.usable else { return Ok(()) };
    let at = context.time;
    if this_update > at {
        return Err(Unusable::FromTheFuture { this_update, at });
    }
    match next_update {
        Some(next_update) if next_update < at => return Err(Unusable::Outdated { next_update, at }),
        None if max_age_s.is_none() => return Err(Unusable::TooOld { this_update, at }),
        _ => {}
    }
    match max_age_s {
        Some(limit) if at.0.saturating_sub(this_update.0) > limit => Err(Unusable::TooOld { this_update, at }),
        _ => Ok(()),
    }
}
