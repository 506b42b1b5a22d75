//! Associated signature containers — ETSI EN 319 162-1, and the ZIP they are in.

pub mod zip;
pub mod zip_write;
