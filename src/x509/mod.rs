//! Certificates, CRLs and OCSP messages as bytes and facts — RFC 5280, RFC 6960.
//!
//! Everything here is read once, keeps the bytes it came from (what was signed is hashed as it stands)
//! and is cheap to clone. Nothing here decides: validity, trust and revocation are judged in `path` and
//! `revocation`. An extension that cannot be decoded does not make the certificate unreadable, it is
//! listed in [`Certificate::malformed_extensions`] and refused by `path`.

pub mod build;
pub mod certificate;
pub mod crl;
pub mod extensions;
pub mod name;
pub mod ocsp;
pub mod oids;

pub use certificate::Certificate;
pub use crl::Crl;
pub use extensions::{Extension, GeneralName, KeyUsage};
pub use name::Name;
pub use ocsp::{OcspRequest, OcspResponse};

use crate::asn1::Asn1Error;
use crate::base::oid::Oid;

/// Why bytes are no certificate, CRL or OCSP message.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum X509Error {
    /// More bytes than any honest object of this kind has.
    #[error("the object has {found} bytes, the bound is {bound}")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        bound: usize,
    },
    /// More elements than are read.
    #[error("a list holds more than {bound} elements")]
    TooMany {
        /// Elements allowed.
        bound: usize,
    },
    /// The ASN.1 is damaged.
    #[error(transparent)]
    Asn1(#[from] Asn1Error),
    /// The structure is not that of a certificate.
    #[error("the bytes are not an X.509 certificate")]
    NotACertificate,
    /// No certificate in a file that should hold some.
    #[error("the file holds no certificate")]
    NoCertificate,
    /// A CRL field has a form RFC 5280 §5 forbids.
    #[error("the CRL breaks RFC 5280 §5: {0}")]
    CrlForm(&'static str),
    /// An OCSP field has a form RFC 6960 §4 forbids.
    #[error("the OCSP message breaks RFC 6960 §4: {0}")]
    OcspForm(&'static str),
    /// An extension that must be understood cannot be decoded.
    #[error("the extension {0} cannot be decoded")]
    Extension(Oid),
    /// The same extension stands twice (RFC 5280 §4.2).
    #[error("the extension {0} stands more than once")]
    DuplicateExtension(Oid),
}
