//! Where time-stamps come from, as signing sees it.

use super::verify::{AnswerError, TokenFacts};
use crate::algorithms::DigestAlgorithm;
use crate::path::PathError;
use crate::tsp::Token;

/// Gives time-stamps: an HTTP client in `net`, the test authority in `authority`.
pub trait TimeStampSource {
    /// A token over a digest, already bound to the question and checked.
    ///
    /// # Errors
    /// [`TimeStampError`] when no authority gave a sound one.
    fn time_stamp(&self, digest: DigestAlgorithm, imprint: &[u8]) -> Result<(Token, TokenFacts), TimeStampError>;

    /// Octets of the largest token it gave so far: what to expect of the next one. `None` before the first.
    fn expected_len(&self) -> Option<usize> {
        None
    }
}

/// No authority gave a sound time-stamp; why, for each that was asked, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampError {
    /// What became of each authority.
    pub attempts: Vec<Attempt>,
}

/// One authority that gave no time-stamp.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Which one: its URL.
    pub authority: String,
    /// Why not.
    pub why: WhyNot,
}

/// Why one authority gave no time-stamp.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WhyNot {
    /// It could not be reached; the sentence of the network layer.
    #[error("{0}")]
    Unreachable(String),
    /// It answered, and the answer is not taken.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// Its certificate leads to none of the anchors configured for time-stamping.
    #[error("the certificate of the time-stamping authority, {subject}, is not trusted: {cause}")]
    NotTrusted {
        /// Whose.
        subject: String,
        /// Why.
        cause: Box<PathError>,
    },
    /// It did not answer an earlier question of this run.
    #[error("it did not answer before and is not asked again")]
    Silent,
    /// No random number for the request.
    #[error("the system has no random numbers")]
    NoRandom,
}

impl std::fmt::Display for TimeStampError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.attempts.is_empty() {
            return f.write_str("no time-stamping authority is configured");
        }
        f.write_str("no time-stamp: ")?;
        for (number, attempt) in self.attempts.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", attempt.authority, attempt.why)?;
        }
        Ok(())
    }
}

impl std::error::Error for TimeStampError {}
