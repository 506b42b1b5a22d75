//! PDF: reading what a file says, its revisions and signatures, what changed after one, and appending to it —
//! ISO 32000-2.
//!
//! Our own strict reader decides; `lopdf` derives encryption keys and serialises, `hayro-syntax` and `pdf` give
//! second opinions. Nothing here knows trust, time or policy.

pub mod archive;
pub mod bridge;
pub mod byte_range;
pub mod diff;
pub mod document;
pub mod encryption;
pub mod error;
pub mod filter;
pub mod form_update;
pub mod incremental;
mod indirect;
pub mod lexer;
pub mod object;
pub mod page;
#[cfg(feature = "preview")]
pub mod render;
mod repair;
pub mod revision;
pub mod second_opinion;
pub mod security_store;
mod security_store_update;
pub mod seed_value;
pub mod signature_field;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod view;
mod window;
pub mod xref;

pub use byte_range::{ByteRange, ByteRangeFinding, Coverage};
pub use document::{Document, Oddity, OpenOptions, Repair};
pub use encryption::{Change, Encryption, OpenedBy};
pub use error::{Limit, ObjectFault, PdfError, XrefFault};
pub use incremental::{Update, UpdateBytes, UpdateError};
pub use object::{Dictionary, Object, ObjectId, PdfString, Stream};
pub use page::{Page, PageGeometry, Place, Rect};
pub use revision::Revision;
pub use security_store::{RelatedInformation, SecurityStore};
pub use seed_value::{CertificateSeed, SeedValue};
pub use signature_field::{
    Field, FieldLock, FieldSelection, Permission, Signature, SignatureField, SignatureReference, SignatureType,
    SignatureValue, SubFilter, Transform, Widget,
};
pub use view::{HybridRule, View};
