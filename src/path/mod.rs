//! Certification path building and validation — RFC 5280 §6.1.
//!
//! [`validate`] answers whether a certificate leads to an anchor the caller configured, at a time the
//! caller names (also one in the past), for a purpose. It is a pure function: certificates come from a
//! [`Pool`], anchors from [`Anchors`], and the work is bounded by a budget, so that looping and
//! cross-signed sets end. Revocation is judged afterwards, certificate by certificate, in `revocation`;
//! [`search`] lets that judgement ask for the next path. Whether an algorithm is still good enough is
//! `policy`'s question: here a signature verifies or it does not.

mod anchor;
mod build;
mod chain;
mod links;
mod names;
mod policies;
mod purpose;

pub use anchor::{Anchor, AnchorRules, Anchors, Constraints, Expiration};
pub use build::{Pool, Search, search, validate};
pub use chain::validate_chain;
pub use links::Links;
pub use policies::PolicySet;
pub use purpose::Purpose;

use std::borrow::Cow;

use crate::algorithms::VerifyError;
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::x509::{Certificate, Name};

/// Most certificates of one path, anchor not counted.
pub const MAX_PATH: usize = 16;
/// Work one search may do by default: a certificate looked at costs 1, a signature checked 100.
pub const DEFAULT_WORK: u64 = 100_000;
/// What checking one signature costs.
pub(crate) const SIGNATURE_COST: u64 = 100;

/// What RFC 5280 §6.1.1 takes beside the path and the anchor.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time every certificate must be valid at.
    pub time: UnixTime,
    /// What the certificate is used for.
    pub purpose: Purpose,
    /// The user-initial-policy-set.
    pub policies: PolicySet,
    /// initial-explicit-policy.
    pub explicit_policy: ExplicitPolicy,
    /// initial-policy-mapping-inhibit.
    pub policy_mapping: PolicyMapping,
    /// initial-any-policy-inhibit.
    pub any_policy: AnyPolicy,
    /// Work the search may do; see [`DEFAULT_WORK`].
    pub work: u64,
}

impl Settings {
    /// Any policy, nothing inhibited.
    pub fn new(time: UnixTime, purpose: Purpose) -> Settings {
        Settings {
            time,
            purpose,
            policies: PolicySet::Any,
            explicit_policy: ExplicitPolicy::AsCertificatesSay,
            policy_mapping: PolicyMapping::Allow,
            any_policy: AnyPolicy::Allow,
            work: DEFAULT_WORK,
        }
    }
}

/// Whether the path must be valid for a policy of the set (RFC 5280 §6.1.1 (f)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExplicitPolicy {
    /// Always.
    Require,
    /// Only where a certificate of the path demands it.
    AsCertificatesSay,
}

/// Whether policies may be mapped (RFC 5280 §6.1.1 (e)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PolicyMapping {
    /// Yes, where no certificate inhibits it.
    Allow,
    /// No.
    Inhibit,
}

/// Whether anyPolicy in a certificate counts (RFC 5280 §6.1.1 (g)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnyPolicy {
    /// Yes, where no certificate inhibits it.
    Allow,
    /// No.
    Inhibit,
}

/// A path that passed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValidPath {
    /// End entity first; without the anchor, unless the anchor's certificate is the end entity itself.
    pub chain: Vec<Certificate>,
    /// Where it ends.
    pub anchor: Anchor,
    /// The user-constrained-policy-set.
    pub policies: PolicySet,
}

impl ValidPath {
    /// End entity first, and the anchor's certificate last where it has one.
    pub fn with_anchor(&self) -> Vec<Certificate> {
        let mut all = self.chain.clone();
        if let Some(certificate) = self.anchor.certificate()
            && all.last() != Some(certificate)
        {
            all.push(certificate.clone());
        }
        all
    }

    /// Name and key of the issuer of `chain[at]`; `None` past the end.
    pub fn issuer_of(&self, at: usize) -> Option<Issuer<'_>> {
        self.chain.get(at)?;
        Some(match self.chain.get(at + 1) {
            Some(issuer) => {
                let above = self.chain.get(at.saturating_add(2)..).unwrap_or_default();
                let spki = chain::working_key(issuer, above, &self.anchor);
                Issuer { name: issuer.subject(), spki, certificate: Some(issuer) }
            }
            None => Issuer {
                name: self.anchor.name(),
                spki: Cow::Borrowed(self.anchor.spki()),
                certificate: self.anchor.certificate(),
            },
        })
    }
}

/// Who issued a certificate of a path.
#[derive(Clone, Debug)]
pub struct Issuer<'a> {
    /// Its name.
    pub name: &'a Name,
    /// Its SubjectPublicKeyInfo, with the parameters it inherits (RFC 5280 §6.1.4 (e)).
    pub spki: Cow<'a, [u8]>,
    /// Its certificate, where there is one.
    pub certificate: Option<&'a Certificate>,
}

/// No path passed; says what the best attempt failed on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{problem}{}", subject(.certificate.as_ref()))]
pub struct PathError {
    /// What is wrong.
    pub problem: Problem,
    /// The certificate it is wrong with.
    pub certificate: Option<Certificate>,
    /// The attempt, end entity first, as far as it got.
    pub chain: Vec<Certificate>,
    /// The anchor the attempt reached.
    pub anchor: Option<Anchor>,
}

fn subject(certificate: Option<&Certificate>) -> String {
    certificate.map(|c| format!(", at certificate {}", c.subject())).unwrap_or_default()
}

/// What is wrong with a path.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No anchor was configured for the purpose.
    #[error("no trust anchor is configured")]
    NoAnchors,
    /// No issuer is known for the last certificate of the attempt.
    #[error("no issuer of the certificate leads to a trust anchor")]
    NoIssuer,
    /// The set of certificates asks for more work than is allowed.
    #[error("the certificates at hand form more paths than are tried")]
    WorkExhausted,
    /// Longer than [`MAX_PATH`].
    #[error("the path is longer than {MAX_PATH} certificates")]
    TooLong,
    /// A caller rejected the path for its own reason, revocation for instance.
    #[error("every path was rejected after its validation")]
    Rejected,
    /// `notBefore` is later than the validation time.
    #[error("not valid before {not_before}, looked at {at}")]
    NotYetValid {
        /// Start of validity.
        not_before: UnixTime,
        /// Validation time.
        at: UnixTime,
    },
    /// `notAfter` is earlier than the validation time.
    #[error("not valid after {not_after}, looked at {at}")]
    Expired {
        /// End of validity.
        not_after: UnixTime,
        /// Validation time.
        at: UnixTime,
    },
    /// The signature does not verify under the issuer's key, or cannot be computed.
    #[error("the signature is not accepted: {0}")]
    Signature(VerifyError),
    /// The algorithm inside differs from the one outside (RFC 5280 §4.1.1.2).
    #[error("the signature algorithms inside and outside differ")]
    AlgorithmMismatch,
    /// The issuer's name is not the subject of the certificate above.
    #[error("the issuer is not the subject of the certificate above")]
    NameChaining,
    /// An intermediate without basic constraints that say CA.
    #[error("not a certification authority")]
    NotACa,
    /// Key usage without keyCertSign on an intermediate.
    #[error("the key may not sign certificates")]
    MayNotSignCertificates,
    /// More intermediates than pathLenConstraint allows.
    #[error("more intermediates follow than the path length constraint allows")]
    PathLength,
    /// A critical extension that is not understood.
    #[error("the critical extension {0} is not understood")]
    UnknownCriticalExtension(Oid),
    /// An extension that must be processed cannot be decoded.
    #[error("the extension {0} cannot be decoded")]
    MalformedExtension(Oid),
    /// The same extension stands twice.
    #[error("the extension {0} stands more than once")]
    DuplicateExtension(Oid),
    /// A name lies outside the permitted subtrees.
    #[error("a name lies outside the permitted subtrees")]
    NotPermitted,
    /// A name lies inside an excluded subtree.
    #[error("a name lies in an excluded subtree")]
    Excluded,
    /// A name or constraint of a form, or with a distance, that cannot be compared.
    #[error("a name constraint cannot be applied to a name of its form")]
    UncomparableName,
    /// anyPolicy in policy mappings (RFC 5280 §6.1.4 (a)).
    #[error("policy mappings map anyPolicy")]
    MapsAnyPolicy,
    /// A valid policy is demanded and none is left.
    #[error("the path is valid for none of the policies that are demanded")]
    NoValidPolicy,
    /// Key usage of the end entity does not allow the purpose.
    #[error("the key usage does not allow {0}")]
    KeyUsage(Purpose),
    /// Extended key usage does not allow the purpose.
    #[error("the extended key usage does not allow {0}")]
    ExtendedKeyUsage(Purpose),
}

/// How EN 319 102-1 5.2.6 sorts what can go wrong with a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Category {
    /// No chain to an anchor: NO_CERTIFICATE_CHAIN_FOUND.
    NoChain,
    /// The end entity is outside its validity: OUT_OF_BOUNDS_NO_POE and its kin.
    LeafOutOfBounds,
    /// The chain does not meet what the caller demands: CHAIN_CONSTRAINTS_FAILURE.
    Constraints,
    /// The chain breaks RFC 5280 in another way: CERTIFICATE_CHAIN_GENERAL_FAILURE.
    General,
}

impl PathError {
    /// The kind of failure.
    pub fn category(&self) -> Category {
        let at_leaf = self.certificate.is_some() && self.certificate.as_ref() == self.chain.first();
        match &self.problem {
            Problem::NoAnchors | Problem::NoIssuer | Problem::WorkExhausted | Problem::TooLong => Category::NoChain,
            Problem::NotYetValid { .. } | Problem::Expired { .. } if at_leaf => Category::LeafOutOfBounds,
            Problem::NoValidPolicy | Problem::KeyUsage(_) | Problem::ExtendedKeyUsage(_) => Category::Constraints,
            // A link that does not verify is no link, whoever bears the name.
            Problem::Signature(_) => Category::NoChain,
            _ => Category::General,
        }
    }
}
