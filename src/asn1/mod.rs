//! ASN.1 as bytes: a raw-preserving reader (DER, and BER where CMS demands it) and a DER writer.
//!
//! Values keep their place in the input, so that what was signed can be hashed as it stands in the
//! file (re-encoding `signedAttrs` gives other bytes in real files).

pub mod algorithm;
pub mod read;
pub mod write;

pub use algorithm::AlgorithmIdentifier;
pub use read::{Asn1Error, Reader, Tlv};
