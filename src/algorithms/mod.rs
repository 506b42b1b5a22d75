//! Digest and signature algorithms: names, object identifiers and the mathematics of verifying.
//!
//! Says whether a value is right, never whether an algorithm is still good enough: that is `policy`.

pub mod cms_signer;
pub mod digest;
mod fallback;
pub mod public_key;
pub mod signature;
#[cfg(test)]
mod wycheproof;
mod xml_names;

pub use digest::{DigestAlgorithm, Hasher};
pub use public_key::{Curve, KeyKind, key_bits};
pub use signature::{SignatureScheme, VerifyError};
pub use xml_names::{XmlValue, spki_of_key_value};
