//! Which algorithms suffice, and until when.
//!
//! A value made before an algorithm's end keeps its worth where a proof of existence from before that
//! day exists (EN 319 102-1 5.2.8); here only the question "good enough at this time?" is answered.

use std::collections::BTreeMap;

use crate::base::time::UnixTime;

/// A digest algorithm that suffices.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DigestRule {
    /// First instant at which it no longer does; `None`: no end is known.
    pub until: Option<UnixTime>,
}

/// A signature algorithm that suffices with keys of this size and more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyRule {
    /// Smallest key in bits.
    pub min_bits: u32,
    /// First instant at which it no longer does; `None`: no end is known.
    pub until: Option<UnixTime>,
}

/// The algorithms a policy knows; any other never suffices.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AlgorithmRules {
    /// Digest algorithms by name (`sha256`).
    pub digests: BTreeMap<String, DigestRule>,
    /// Signature algorithms by name (`rsa-pkcs1v15`, `rsa-pss`, `ecdsa`, `ed25519`, `dsa`), sizes ascending.
    pub signatures: BTreeMap<String, Vec<KeyRule>>,
}

/// Why an algorithm does not suffice.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Weak {
    /// The policy does not know it.
    #[error("the policy does not accept the algorithm {name}")]
    NotAccepted {
        /// The algorithm.
        name: String,
    },
    /// The key is smaller than any the policy accepts.
    #[error("the policy accepts {name} from {min_bits} bits, the key has {bits}")]
    KeyTooSmall {
        /// The algorithm.
        name: String,
        /// Bits of the key.
        bits: u32,
        /// Bits that suffice.
        min_bits: u32,
    },
    /// Its time is over.
    #[error("the policy accepts {name} until {until}, looked at {at}")]
    Ended {
        /// The algorithm.
        name: String,
        /// First instant at which it no longer suffices.
        until: UnixTime,
        /// The time asked about.
        at: UnixTime,
    },
}

impl AlgorithmRules {
    /// Whether the digest algorithm of this name suffices at `at`.
    ///
    /// # Errors
    /// [`Weak::NotAccepted`], [`Weak::Ended`].
    pub fn check_digest(&self, name: &str, at: UnixTime) -> Result<(), Weak> {
        let rule = self.digests.get(name).ok_or_else(|| Weak::NotAccepted { name: name.to_owned() })?;
        check_end(name, rule.until, at)
    }

    /// Whether the signature algorithm of this name suffices at `at` with a key of `bits` bits.
    ///
    /// # Errors
    /// [`Weak::NotAccepted`], [`Weak::KeyTooSmall`], [`Weak::Ended`].
    pub fn check_signature(&self, name: &str, bits: u32, at: UnixTime) -> Result<(), Weak> {
        let rules = self.signatures.get(name).ok_or_else(|| Weak::NotAccepted { name: name.to_owned() })?;
        let rule = rules.iter().filter(|rule| rule.min_bits <= bits).max_by_key(|rule| rule.min_bits);
        let Some(rule) = rule else {
            let min_bits = rules.iter().map(|rule| rule.min_bits).min().unwrap_or(u32::MAX);
            return Err(Weak::KeyTooSmall { name: name.to_owned(), bits, min_bits });
        };
        check_end(name, rule.until, at)
    }
}

fn check_end(name: &str, until: Option<UnixTime>, at: UnixTime) -> Result<(), Weak> {
    match until {
        Some(until) if at >= until => Err(Weak::Ended { name: name.to_owned(), until, at }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    #[test]
    fn an_algorithm_suffices_until_the_second_before_its_end() {
        let rules = Policy::strict().algorithms;
        let until = rules.digests["sha1"].until.expect("an end");
        assert_eq!(rules.check_digest("sha1", until.plus(-1)), Ok(()));
        assert_eq!(rules.check_digest("sha1", until), Err(Weak::Ended { name: "sha1".to_owned(), until, at: until }));
        assert_eq!(rules.check_digest("md5", UnixTime(0)), Err(Weak::NotAccepted { name: "md5".to_owned() }));
    }

    #[test]
    fn the_largest_size_the_key_reaches_decides() {
        let rules = Policy::strict().algorithms;
        let at = UnixTime::parse_rfc3339("2026-11-24T00:00:00Z").expect("valid");
        assert_eq!(rules.check_signature("rsa-pkcs1v15", 2_048, at), Ok(()));
        assert!(matches!(rules.check_signature("rsa-pkcs1v15", 1_024, at), Err(Weak::Ended { .. })));
        assert!(matches!(rules.check_signature("rsa-pkcs1v15", 512, at), Err(Weak::KeyTooSmall { .. })));
        assert!(matches!(rules.check_signature("sm2", 256, at), Err(Weak::NotAccepted { .. })));
        let later = UnixTime::parse_rfc3339("2040-01-01T00:00:00Z").expect("valid");
        assert!(matches!(rules.check_signature("rsa-pss", 2_048, later), Err(Weak::Ended { .. })));
        assert_eq!(rules.check_signature("rsa-pss", 3_072, later), Ok(()));
    }
}
