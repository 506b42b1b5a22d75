//! The packet in which agencies exchange documents: edXML, QCVN 102:2016/BTTTT.
//!
//! Written in the one strict shape that every known peer takes; read in every shape that was met. Only the skeleton
//! of a packet becomes a tree: attachments are cut out while the bytes pass, so memory does not grow with them.

pub mod attachment;
pub mod codes;
pub mod date;
pub mod detached;
pub mod envelope;
mod fields;
pub mod header;
pub mod name;
pub mod write;

#[cfg(test)]
mod tests;

pub use attachment::{NoSinks, Sinks};
pub use codes::{AgencyCode, Kind, Status};
pub use date::Date;
pub use envelope::{Attachment, EdxmlError, Limits, Message, Packet, SignatureForm, read};
pub use header::{DocumentPacket, FileEntry, Finding, StatusPacket};
pub use write::{Skeleton, WriteError};

/// The namespace of the regulation.
pub const NAMESPACE: &str = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
