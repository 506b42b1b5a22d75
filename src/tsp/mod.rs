//! Time-Stamp Protocol — RFC 3161 (with RFC 5816): requests, responses and tokens, read and written.
//!
//! Both ends use it: the client that asks, and the test authority that answers. Whether a token is good is
//! decided in `timestamp`.

pub mod evidence_record;
pub mod request;
pub mod response;
pub mod token;

pub use request::TimeStampRequest;
pub use response::{FailureInfo, TimeStampResponse};
pub use token::{Accuracy, Token, TstInfo};

use crate::asn1::Asn1Error;
use crate::base::oid::Oid;
use crate::cms::CmsError;

/// Largest request, response or token that is read, in octets.
pub const MAX_LEN: usize = 8 << 20;

/// Why bytes are no time-stamp structure.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TspError {
    /// Longer than is read.
    #[error("the time-stamp structure is longer than {MAX_LEN} octets")]
    TooLong,
    /// The encoding is damaged.
    #[error("the time-stamp structure is damaged: {0}")]
    Encoding(#[from] Asn1Error),
    /// The token is no readable CMS structure.
    #[error("the time-stamp token is damaged: {0}")]
    Cms(#[from] CmsError),
    /// The token's content is of another type.
    #[error("the token holds content of type {found} where time-stamp information was due")]
    ContentType {
        /// The type found.
        found: Oid,
    },
    /// The token has no content inside.
    #[error("the token holds no time-stamp information")]
    NoContent,
    /// A version this is not written for.
    #[error("the time-stamp structure has version {found}")]
    Version {
        /// The version found.
        found: u64,
    },
}
