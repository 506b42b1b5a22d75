//! Cryptographic Message Syntax — RFC 5652, with the attributes of RFC 5035 and EN 319 122-1.
//!
//! Reads BER and keeps the file's own bytes (what was signed is what stands there), writes DER.
//! Says what a structure holds, never whether it is good: that is `validate` and `timestamp`.

pub mod ats_hash_index;
pub mod attributes;
pub mod build;
pub mod ess;
pub mod oids;
pub mod reduced;
pub mod signed_data;
pub mod signer_info;
pub mod stream;

pub use ats_hash_index::{AtsHashIndex, ats_hash_index_v3};
pub use attributes::{Attribute, AttributeError, Attributes};
pub use ess::{EssCertId, IssuerSerial};
pub use signed_data::{RevocationInfo, SignedData, encoded_len};
pub use signer_info::{SignerId, SignerInfo};

use crate::asn1::Asn1Error;
use crate::base::oid::Oid;

/// Most entries of `certificates` that are read.
pub const MAX_CERTIFICATES: usize = 4_096;
/// Most entries of `crls` that are read.
pub const MAX_REVOCATION_INFOS: usize = 4_096;
/// Most signers that are read.
pub const MAX_SIGNERS: usize = 256;
/// Most attributes of one signer, and most values of one attribute, that are read.
pub const MAX_ATTRIBUTES: usize = 512;

/// Why bytes are no SignedData we can read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The encoding is damaged.
    #[error("the CMS structure is damaged: {0}")]
    Encoding(#[from] Asn1Error),
    /// A CMS content of another type.
    #[error("the CMS content has type {found} where signed data was due")]
    ContentType {
        /// The type found.
        found: Oid,
    },
    /// More of something than is read.
    #[error("the CMS structure holds more than {limit} {what}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// There is no signer with that number.
    #[error("the CMS structure has no signer number {index}")]
    NoSigner {
        /// The number asked for, from 0.
        index: usize,
    },
}
