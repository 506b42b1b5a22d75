//! Paths that were judged already, kept beside the evidence they were judged by.
//!
//! The files of a batch have few signers. What is known about the path of a certificate follows from the certificate,
//! the pool, the anchors, the evidence, two times and the rules that are looked at; for exactly the same of all of them
//! the answer is repeated. Evidence that grows forgets every answer, and a copy of it knows none.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::PathStatus;
use crate::base::time::UnixTime;
use crate::path::{PathError, Purpose, ValidPath};
use crate::policy::UnknownStatus;

/// Most answers that are kept; past it all are forgotten.
const CAPACITY: usize = 512;

/// Everything the answer follows from, but for the evidence itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Question {
    /// SHA-256 of the certificate the path begins with.
    pub leaf: [u8; 32],
    /// [`crate::path::Pool::fingerprint`].
    pub pool: [u8; 32],
    /// [`crate::path::Anchors::fingerprint`].
    pub anchors: [u8; 32],
    /// What the certificate is used for.
    pub purpose: Purpose,
    /// The time the certificates of the path must be valid at.
    pub time: UnixTime,
    /// The time revocation is looked at.
    pub at: UnixTime,
    /// How old evidence may be, seconds.
    pub max_age_s: Option<i64>,
    /// Whether a signer of evidence counts whose own status is not known.
    pub unknown_signer: UnknownStatus,
    /// The same for the end entity; `None` when revocation is not looked at.
    pub unknown_end_entity: Option<UnknownStatus>,
    /// The same for the issuers; `None` when revocation is not looked at.
    pub unknown_issuer: Option<UnknownStatus>,
}

/// The path that counts, and what is known about the revocation of its certificates.
#[derive(Clone, Debug)]
pub struct Found {
    /// The first path nothing speaks against; where there is none, the first that validates.
    pub path: ValidPath,
    /// Per certificate of it; empty when revocation is not looked at.
    pub status: PathStatus,
    /// The certificate nearest the anchor whose status is not known although the policy demands it.
    pub unknown: Option<usize>,
}

/// Answers given before, shared between threads.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<Question, Result<Found, PathError>>>);

impl Clone for Known {
    // A copy of the evidence is about to grow.
    fn clone(&self) -> Self {
        Known::default()
    }
}

impl Known {
    /// The answer given to the very same question, or the one `answer` gives now.
    pub(super) fn answer(
        &self,
        question: &Question,
        answer: impl FnOnce() -> Result<Found, PathError>,
    ) -> Result<Found, PathError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(question) {
            return known.clone();
        }
        let given = answer();
        let mut known = lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(*question, given.clone());
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Problem;

    fn nobody() -> Result<Found, PathError> {
        Err(PathError { problem: Problem::NoAnchors, certificate: None, chain: Vec::new(), anchor: None })
    }

    fn question() -> Question {
        Question {
            leaf: [1; 32],
            pool: [2; 32],
            anchors: [3; 32],
            purpose: Purpose::DocumentSigning,
            time: UnixTime(5),
            at: UnixTime(5),
            max_age_s: None,
            unknown_signer: UnknownStatus::Deny,
            unknown_end_entity: Some(UnknownStatus::Deny),
            unknown_issuer: Some(UnknownStatus::Deny),
        }
    }

    #[test]
    fn the_same_question_is_answered_once_and_any_other_afresh() {
        let known = Known::default();
        let asked = std::cell::Cell::new(0);
        let ask = |question: &Question, known: &Known| {
            let _ = known.answer(question, || {
                asked.set(asked.get() + 1);
                nobody()
            });
        };
        ask(&question(), &known);
        ask(&question(), &known);
        assert_eq!(asked.get(), 1);
        let others = [
            Question { leaf: [9; 32], ..question() },
            Question { pool: [9; 32], ..question() },
            Question { anchors: [9; 32], ..question() },
            Question { purpose: Purpose::TimeStamping, ..question() },
            Question { time: UnixTime(6), ..question() },
            Question { at: UnixTime(6), ..question() },
            Question { max_age_s: Some(1), ..question() },
            Question { unknown_signer: UnknownStatus::Allow, ..question() },
            Question { unknown_end_entity: None, ..question() },
            Question { unknown_issuer: Some(UnknownStatus::Allow), ..question() },
        ];
        others.iter().for_each(|other| ask(other, &known));
        assert_eq!(asked.get(), 11);
        ask(&question(), &known.clone());
        assert_eq!(asked.get(), 12);
    }
}
