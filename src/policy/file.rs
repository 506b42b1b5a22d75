//! The TOML form of a policy.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};

use super::roles::SignerForm;
use super::{
    AlgorithmRules, DigestRule, Freshness, KeyRule, Original, Policy, RevocationRules, Roles, RolesError,
    StructureRules, TimestampRules, Trust, UnknownStatus,
};
use crate::base::time::UnixTime;

/// Most bytes of a policy file that are read.
pub(super) const MAX_POLICY: usize = 1 << 20;

const BUILT_IN: [(&str, &str); 3] = [
    ("strict", include_str!("default.toml")),
    ("nd30", include_str!("nd30.toml")),
    ("integrity-only", include_str!("integrity-only.toml")),
];

/// Why a policy file cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Larger than any policy.
    #[error("the policy file has {found} bytes, the bound is {MAX_POLICY}")]
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// Not UTF-8.
    #[error("the policy file is not UTF-8 text")]
    NotText,
    /// Not TOML, or a key that is unknown, missing or of the wrong kind; with the parser's own words.
    #[error("the policy file cannot be read: {0}")]
    Form(String),
    /// A date that does not exist.
    #[error("the date {0} in the policy file does not exist, write YYYY-MM-DD")]
    Date(String),
    /// Hours that are no age.
    #[error("max-age-hours is {0}, it must be between 1 and 87600")]
    Age(i64),
    /// A list of signers that cannot be used.
    #[error(transparent)]
    Roles(#[from] RolesError),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    name: String,
    trust: Trust,
    original: Original,
    revocation: Revocation,
    structure: StructureRules,
    timestamps: TimestampRules,
    algorithms: Algorithms,
    #[serde(default)]
    signer: Vec<SignerForm>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Revocation {
    end_entity: UnknownStatus,
    intermediate: UnknownStatus,
    unknown_signer: UnknownStatus,
    max_age_hours: Option<i64>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Algorithms {
    digests: BTreeMap<String, Digest>,
    signatures: BTreeMap<String, Vec<Key>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Digest {
    until: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Key {
    min_bits: u32,
    until: Option<String>,
}

/// The names of the built-in policies.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

pub(super) fn strict() -> Policy {
    built_in("strict").expect("a test reads every built-in policy")
}

pub(super) fn built_in(name: &str) -> Option<Policy> {
    BUILT_IN.iter().find(|(n, _)| *n == name).and_then(|(_, text)| read(text.as_bytes()).ok())
}

pub(super) fn read(bytes: &[u8]) -> Result<Policy, PolicyError> {
    if bytes.len() > MAX_POLICY {
        return Err(PolicyError::TooLarge { found: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotText)?;
    let file: File = toml::from_str(text).map_err(|e| PolicyError::Form(e.message().to_owned()))?;
    let mut sha256 = [0u8; 32];
    sha256.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
    let freshness = match file.revocation.max_age_hours {
        None => Freshness::NextUpdate,
        Some(hours @ 1..=87_600) => Freshness::MaxAge(hours.saturating_mul(3_600)),
        Some(hours) => return Err(PolicyError::Age(hours)),
    };
    let digests = file
        .algorithms
        .digests
        .into_iter()
        .map(|(name, rule)| Ok((name, DigestRule { until: day(rule.until)? })))
        .collect::<Result<_, PolicyError>>()?;
    let signatures = file
        .algorithms
        .signatures
        .into_iter()
        .map(|(name, rules)| {
            let rules = rules
                .into_iter()
                .map(|rule| Ok(KeyRule { min_bits: rule.min_bits, until: day(rule.until)? }))
                .collect::<Result<Vec<_>, PolicyError>>()?;
            Ok((name, rules))
        })
        .collect::<Result<_, PolicyError>>()?;
    Ok(Policy {
        name: file.name,
        sha256,
        trust: file.trust,
        original: file.original,
        revocation: RevocationRules {
            end_entity: file.revocation.end_entity,
            intermediate: file.revocation.intermediate,
            unknown_signer: file.revocation.unknown_signer,
            freshness,
        },
        algorithms: AlgorithmRules { digests, signatures },
        structure: file.structure,
        timestamps: file.timestamps,
        roles: Roles::read(file.signer)?,
    })
}

fn day(text: Option<String>) -> Result<Option<UnixTime>, PolicyError> {
    text.map(|day| UnixTime::parse_rfc3339(&format!("{day}T00:00:00Z")).ok_or(PolicyError::Date(day))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_policy_reads_and_bears_its_name() {
        for (name, _) in BUILT_IN {
            assert_eq!(built_in(name).map(|p| p.name).as_deref(), Some(name));
        }
        assert_eq!(strict().trust, Trust::Required);
        assert_eq!(built_in("nd30").map(|p| (p.trust, p.original)), Some((Trust::Required, Original::Nd30)));
        assert_eq!(built_in("integrity-only").map(|p| p.trust), Some(Trust::NotJudged));
        assert_eq!(built_in("lax"), None);
    }

    #[test]
    fn nd30_differs_from_strict_in_originality_alone() {
        let nd30 = Policy {
            name: strict().name,
            sha256: strict().sha256,
            original: Original::NotJudged,
            ..built_in("nd30").expect("there")
        };
        assert_eq!(nd30, strict());
    }

    #[test]
    fn unknown_keys_dates_that_do_not_exist_and_odd_ages_are_errors() {
        let text = BUILT_IN[0].1;
        let with = |from: &str, to: &str| read(text.replacen(from, to, 1).as_bytes());
        assert!(matches!(with("trust =", "trusted = true\ntrust ="), Err(PolicyError::Form(_))));
        assert!(matches!(with("[timestamps]", "[timestamps]\nmax-delay = 3"), Err(PolicyError::Form(_))));
        assert!(matches!(with("trust = \"required\"\n", ""), Err(PolicyError::Form(_))));
        assert_eq!(with("2014-01-01", "2014-02-30").err(), Some(PolicyError::Date("2014-02-30".to_owned())));
        assert_eq!(with("[structure]", "max-age-hours = 0\n[structure]").err(), Some(PolicyError::Age(0)));
        let day = with("[structure]", "max-age-hours = 24\n[structure]").expect("reads");
        assert_eq!(day.revocation.freshness, Freshness::MaxAge(86_400));
        assert_ne!(day.sha256, strict().sha256);
    }

    #[test]
    fn a_policy_may_say_who_signs_as_what() {
        let signer = format!("[[signer]]\nsha256 = \"{}\"\nrole = \"person\"\n", "0".repeat(64));
        let policy = read([BUILT_IN[0].1, &signer].concat().as_bytes()).expect("reads");
        assert!(!policy.roles.is_empty() && strict().roles.is_empty());
        let bad = signer.replace("person", "agency");
        assert!(matches!(read([BUILT_IN[0].1, &bad].concat().as_bytes()), Err(PolicyError::Roles(_))));
    }
}
