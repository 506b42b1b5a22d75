//! Digest and signature algorithms: names, object identifiers and the mathematics of verifying.
//!
//! Says whether a value is right, never whether an algorithm is still good enough: that is `policy`.

pub mod digest;
pub mod signature;

pub use digest::{DigestAlgorithm, Hasher};
pub use signature::{SignatureScheme, VerifyError};
