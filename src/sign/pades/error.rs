//! Why a PDF is not signed.

use crate::pdf::incremental::UpdateError;
use crate::pdf::{Change, PdfError, Permission};
use crate::sign::seed_value::Asked;

/// Why a PDF is not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PadesError {
    /// The file cannot be extended.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// No signature field of that name.
    #[error("the document has no signature field named {0}")]
    NoSuchField(String),
    /// No text field of that name.
    #[error("the document has no text field named {0}")]
    NoSuchTextField(String),
    /// The field already holds a signature.
    #[error("the field {0} is already signed")]
    AlreadySigned(String),
    /// A field of that name exists.
    #[error("the document already has a field named {0}")]
    NameTaken(String),
    /// A new field's name is empty or holds a period.
    #[error("{0:?} cannot be the name of a new field")]
    BadName(String),
    /// An earlier certification forbids this change.
    #[error("signature {by} certifies the document and allows {}", allowed(*.permission))]
    Certified {
        /// Field of the certifying signature.
        by: String,
        /// What it allows.
        permission: Permission,
    },
    /// An earlier signature locks the field.
    #[error("signature {by} locks the field {field}")]
    FieldLocked {
        /// The field.
        field: String,
        /// Field of the locking signature.
        by: String,
    },
    /// A certification must come first.
    #[error("a certifying signature must be the first, and the document already has {0}")]
    NotFirst(String),
    /// The field's seed value asks for something else.
    #[error("the field {field} asks for {asked}")]
    SeedValue {
        /// The field.
        field: String,
        /// What it asks for.
        asked: Asked,
    },
    /// The file is encrypted and its permissions forbid the change to whoever has only the user's password.
    #[error("the file's permissions forbid {}", change_name(*.0))]
    NotPermitted(Change),
    /// The form is an XFA form: what it shows is not what the PDF says (deprecated by ISO 32000-2 12.7.8).
    #[error("the form is an XFA form, which shows something else than its PDF pages")]
    Xfa,
    /// The stamp does not fit into the field.
    #[error("the stamp is {stamp_mm:?} mm, the field {field} only {field_mm:?} mm")]
    StampTooLarge {
        /// The field.
        field: String,
        /// Width and height of the stamp as displayed, mm.
        stamp_mm: (f64, f64),
        /// Width and height of the field as displayed, mm.
        field_mm: (f64, f64),
    },
    /// The CMS value is larger than the space reserved.
    #[error("the signature needs {needed} bytes and only {reserved} were reserved")]
    ContentsTooSmall {
        /// Bytes of the CMS value.
        needed: usize,
        /// Bytes reserved.
        reserved: usize,
    },
    /// The file is too long for a byte range, or its update could not be laid out.
    #[error("the signature could not be laid out in the file")]
    Layout,
}

impl From<PdfError> for PadesError {
    fn from(error: PdfError) -> Self {
        PadesError::Update(error.into())
    }
}

fn change_name(change: Change) -> &'static str {
    match change {
        Change::FillField => "filling and signing fields",
        Change::AddField => "adding fields",
    }
}

fn allowed(permission: Permission) -> &'static str {
    match permission {
        Permission::NoChanges => "no changes",
        Permission::FillForms => "filling forms and signing only",
        Permission::Annotate => "filling forms, signing and annotations only",
    }
}
