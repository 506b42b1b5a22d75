//! Validation of signatures — EN 319 102-1, one file per building block.
//!
//! A pure function of (document, proofs, anchors, policy, time): collected first, judged after. Nothing
//! here fetches, reads a clock or opens a file, so the same inputs give the same verdict years later.

pub mod conclusion;
pub mod candidate;
pub mod crypto;
pub mod finding;
mod hashing;
pub mod pdf;
mod signing_certificate;
pub mod verdict;
