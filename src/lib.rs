//! congvan signs, verifies, packs and exchanges official documents between agencies.
//!
//! Layers point one way (`tests/layering.rs`):
//!
//! ```text
//! base ← asn1 x509 cms tsp · pdf · xml · asic · edxml ← algorithms policy
//!      ← keys path revocation timestamp proofs ← sign validate stamp
//!      ← report exchange axis authority ← net ← cli
//! ```

pub mod algorithms;
pub mod asic;
pub mod asn1;
pub mod authority;
pub mod base;
pub mod cli;
pub mod cms;
pub mod edxml;
pub mod exchange;
pub mod keys;
pub mod net;
pub mod path;
pub mod pdf;
pub mod policy;
pub mod proofs;
pub mod report;
pub mod revocation;
pub mod sign;
pub mod stamp;
pub mod timestamp;
pub mod tsp;
pub mod validate;
pub mod x509;
pub mod xml;
