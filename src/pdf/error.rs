//! Why a PDF cannot be read.

use std::io;

use super::filter::FilterError;
use super::lexer::Syntax;
use super::object::ObjectId;

/// Why a PDF, or one object of it, cannot be read. Whether a *readable* document is good is never told here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// The storage failed.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
    /// No `%PDF-` within the first kilobyte.
    #[error("the file is not a PDF: it has no %PDF header")]
    NotPdf,
    /// The cross-reference data is damaged. Repair with `qpdf`, or read with [`super::Repair::Scan`].
    #[error("the cross-reference data at byte {at} is damaged: {fault}")]
    XrefDamaged {
        /// Where, as a file offset.
        at: u64,
        /// What is wrong there.
        fault: XrefFault,
    },
    /// An object does not read.
    #[error("object {id} at byte {at} cannot be read: {fault}")]
    Object {
        /// The object asked for.
        id: ObjectId,
        /// File offset of it or of its object stream.
        at: u64,
        /// What is wrong.
        fault: ObjectFault,
    },
    /// A reference chain, tree or stream asked for more work than a document may.
    #[error("the document is larger or deeper than this program reads: {0}")]
    Limit(Limit),
    /// The document is encrypted and the password is missing or wrong.
    #[error("the document is encrypted and cannot be opened without the right password")]
    PasswordNeeded,
    /// The document is encrypted by a handler this program cannot open.
    #[error("the document is encrypted in a way this program does not open: {0}")]
    EncryptionUnsupported(String),
    /// The trailer names no catalog, or the catalog is no dictionary.
    #[error("the document has no catalog")]
    NoCatalog,
    /// A page that is not there was asked for.
    #[error("the document has no page {asked}; it has {pages}")]
    NoSuchPage {
        /// Page asked for, from 1.
        asked: usize,
        /// Pages there are.
        pages: usize,
    },
}

/// What is wrong with cross-reference data.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum XrefFault {
    /// No `startxref` near the end of the file.
    #[error("no startxref near the end of the file")]
    NoStartXref,
    /// Neither a table nor a stream where an offset points.
    #[error("neither a table nor a stream is there")]
    NotThere,
    /// A table row or subsection header that does not read.
    #[error("a table row does not read")]
    Row,
    /// A table without trailer dictionary.
    #[error("the table has no trailer dictionary")]
    NoTrailer,
    /// A stream whose `/W`, `/Index` or data do not fit.
    #[error("the stream's widths, index or data do not fit")]
    Stream,
    /// `/Prev` leads back to a section already read.
    #[error("its sections lead in a circle")]
    Loop,
    /// More sections or entries than are read.
    #[error("it has more sections or entries than this program reads")]
    TooMany,
    /// An entry points where its object is not.
    #[error("an entry points where its object is not")]
    WrongOffset,
    /// It reads as PDF, but an object in it does not.
    #[error("{0}")]
    Syntax(Syntax),
}

/// What is wrong with one object.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectFault {
    /// It does not parse.
    #[error("{0}")]
    Syntax(#[from] Syntax),
    /// Another object, or none, stands there.
    #[error("another object or none stands there")]
    NotThere,
    /// Its stream has no end.
    #[error("its stream has no end")]
    StreamEnd,
    /// Its stream does not decode.
    #[error("{0}")]
    Filter(#[from] FilterError),
    /// Its object stream is none, or does not hold it.
    #[error("its object stream does not hold it")]
    ObjectStream,
    /// It does not decrypt.
    #[error("it does not decrypt")]
    Decrypt,
    /// It is of another type than its place asks for.
    #[error("it is of another type than its place asks for")]
    Type,
}

/// Which bound was met.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// References to references.
    #[error("references lead to references without end")]
    References,
    /// Objects read in all.
    #[error("too many objects")]
    Objects,
    /// Decoded bytes in all.
    #[error("too many decoded bytes")]
    Decoded,
    /// Nodes or depth of the page tree.
    #[error("the page tree")]
    PageTree,
    /// Nodes or depth of the form field tree.
    #[error("the form fields")]
    Fields,
    /// A signature, certificate or other value of the signature layer.
    #[error("a signature value")]
    SignatureValue,
    /// A file longer than cross-reference data can address.
    #[error("the file length")]
    FileLength,
}
