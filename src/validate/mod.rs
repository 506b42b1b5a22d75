//! Validation of signatures — EN 319 102-1, one file per building block.
//!
//! A pure function of (document, proofs, anchors, policy, time): collected first, judged after. Nothing
//! here fetches, reads a clock or opens a file, so the same inputs give the same verdict years later.

mod archive;
pub mod asic;
mod basic;
pub mod cades;
pub mod candidate;
pub mod cause;
pub(crate) mod certificate;
pub mod collected;
pub mod conclusion;
pub(crate) mod constraints;
pub mod crypto;
pub mod envelope;
pub(crate) mod evidence_record;
pub mod finding;
pub(crate) mod hashing;
pub mod lifetime;
mod long_term;
pub mod material;
pub mod original;
pub mod packet;
mod past_certificate;
pub mod pdf;
mod poe;
mod signing_certificate;
mod timestamp;
pub mod tst;
pub mod verdict;
pub mod xml;

pub use long_term::{judge, judge_since};
pub use timestamp::existence;

use std::sync::OnceLock;

use crate::base::time::UnixTime;
use crate::path::{Anchors, Links, Pool, Purpose};
use crate::policy::{Policy, Trust};
use crate::revocation::Evidence;

/// What signatures are judged with.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The current time of EN 319 102-1.
    pub now: UnixTime,
    /// Anchors for signers of documents.
    pub signer_anchors: &'a Anchors,
    /// Anchors for time-stamping authorities.
    pub tsa_anchors: &'a Anchors,
    /// Certificates of unknown worth: those of the file, those given, those fetched.
    pub pool: &'a Pool,
    /// CRLs and OCSP answers of unknown worth.
    pub evidence: &'a Evidence,
    /// Certificate signatures already checked; shared between files.
    pub links: &'a Links,
    /// The policy.
    pub policy: &'a Policy,
    /// Whether revocation is looked at.
    pub revocation: RevocationChecks,
}

/// Whether revocation is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevocationChecks {
    /// As the policy says.
    On,
    /// Not at all: nothing passes then.
    Off,
}

impl Inputs<'_> {
    /// The anchors configured for a purpose; none where the policy leaves trust to others.
    pub(crate) fn anchors_for(&self, purpose: Purpose) -> &Anchors {
        static NONE: OnceLock<Anchors> = OnceLock::new();
        match purpose {
            _ if self.policy.trust == Trust::NotJudged => NONE.get_or_init(Anchors::default),
            Purpose::TimeStamping => self.tsa_anchors,
            _ => self.signer_anchors,
        }
    }
}
