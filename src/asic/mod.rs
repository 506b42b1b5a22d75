//! Associated signature containers — ETSI EN 319 162-1 — and the ZIP they are in.

pub mod container;
pub mod manifest;
pub mod zip;
pub mod zip_write;

pub use container::{Container, ContainerError, ContainerFault, Coverage, Kind, SignatureFile, SignatureKind};
