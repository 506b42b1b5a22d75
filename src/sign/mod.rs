//! Making signatures: pure functions of a document, a signer and, where the level asks for it, a time-stamp.

pub mod asic;
pub mod cades;
pub mod edxml;
pub mod extend;
pub mod extend_asic;
pub mod extend_cades;
pub mod pades;
pub mod seed_value;
pub mod xades;
