//! Time-stamp tokens judged: what one proves, and whether an answer fits its question — RFC 3161.

pub mod source;
pub mod verify;

pub use source::{Attempt, TimeStampError, TimeStampSource, WhyNot};
pub use verify::{AnswerError, TokenError, TokenFacts, check_answer, verify_token};
