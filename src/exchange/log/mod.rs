//! The append-only log all evidence stands in: leaves (RFC 6962 §2.1) and signed notes (C2SP signed-note).
//!
//! A leaf gets its place in the transaction that accepts the evidence; tiles and checkpoints are derived
//! from the leaves and can be rebuilt from them at any time.

pub mod leaf;
pub mod note;
pub mod proof;
