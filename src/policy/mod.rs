//! Validation policies: what is demanded, as data with a strict default.
//!
//! A policy is a TOML file; unknown keys are errors. Three are built in: `strict`, `nd30` (strict, and
//! judges whether a file is an original by Decree 30/2020) and `integrity-only`. The name and the SHA-256
//! of the file stand in every report. Mechanisms take their part of it by reference.

mod algorithms;
mod file;
mod revocation;
mod roles;

pub use algorithms::{AlgorithmRules, DigestRule, KeyRule, Weak};
pub use file::{PolicyError, built_in_names};
pub use revocation::{Freshness, RevocationRules, UnknownStatus};
pub use roles::{MAX_ROLES, MAX_SIGNERS, Role, Roles, RolesError, Signer, key_of};

/// A validation policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file it was read from.
    pub sha256: [u8; 32],
    /// Whether a verdict needs a path to an anchor.
    pub trust: Trust,
    /// Whether originality is judged.
    pub original: Original,
    /// Revocation.
    pub revocation: RevocationRules,
    /// Algorithms and their end dates.
    pub algorithms: AlgorithmRules,
    /// What a structure asks for beyond its own reader.
    pub structure: StructureRules,
    /// Time-stamps.
    pub timestamps: TimestampRules,
    /// Who signs as what, where the policy or whoever applies it says so.
    pub roles: Roles,
}

/// Whether a verdict needs a path to an anchor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Without one nothing passes.
    Required,
    /// Only integrity is judged; the verdict is INDETERMINATE at best.
    NotJudged,
}

/// Whether originality is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Original {
    /// No.
    NotJudged,
    /// By Decree 30/2020: a person's signature, then the agency's, and nothing forbidden between or after.
    Nd30,
}

/// What follows when a check could not be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDoubt {
    /// A warning in the report.
    Warn,
    /// INDETERMINATE.
    Refuse,
}

/// What a structure asks for beyond its own reader.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StructureRules {
    /// The second reader cannot read the file.
    pub second_opinion_unreadable: OnDoubt,
    /// The second reader was not run (size budget).
    pub second_opinion_not_run: OnDoubt,
    /// The signature follows a signature policy of its own, which is not looked at (EN 319 102-1 5.2.4).
    #[serde(default = "warn")]
    pub signature_policy: OnDoubt,
}

fn warn() -> OnDoubt {
    OnDoubt::Warn
}

/// Time-stamps (EN 319 102-1 5.2.4 constraints).
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimestampRules {
    /// Longest time in seconds between the claimed signing time and the signature time-stamp; absent: no bound.
    pub max_delay_s: Option<i64>,
}

impl Policy {
    /// The default policy.
    pub fn strict() -> Policy {
        file::strict()
    }

    /// A built-in policy by name.
    pub fn built_in(name: &str) -> Option<Policy> {
        file::built_in(name)
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`]: not UTF-8, not TOML, an unknown or missing key, a date that does not exist.
    pub fn from_toml(bytes: &[u8]) -> Result<Policy, PolicyError> {
        file::read(bytes)
    }
}
