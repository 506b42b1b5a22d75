//! XML as signatures and packets need it: bounded reading, Canonical XML, and the XML-DSig core.
//!
//! No entity is ever expanded and no document type is ever read.

pub mod c14n;
pub mod dsig;
pub mod key_info;
pub mod parse;
pub mod reference;
pub mod scan;
mod uri;
pub mod xades;
pub mod xades_stamps;

pub use parse::{XmlError, decode, parse};
pub use roxmltree::{Document, Node, NodeId};

/// Namespace of `xml:lang`, `xml:space`, `xml:base` and `xml:id` (Namespaces in XML 1.0 §3).
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
