//! Why a PDF is not signed, in the words of the command.

use std::path::Path;

use super::document::Warning;
use crate::cli::error::CliError;
use crate::cli::files::printable;
use crate::cli::judging::Sealing;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::pdf::archive::Archive;
use crate::pdf::incremental::UpdateError;
use crate::pdf::second_opinion;
use crate::pdf::{Document, PdfError, archive};
use crate::sign::pades::PadesError;

pub(crate) fn pdf_error(path: &Path, error: &PdfError) -> CliError {
    let caused = |code: Code| CliError::new(code).path("path", path).with("cause", error);
    match error {
        PdfError::Io(cause) => CliError::reading(path, cause),
        PdfError::NotPdf => CliError::new(Code::NotAPdf).path("path", path),
        PdfError::PasswordNeeded => CliError::new(Code::PdfPassword).path("path", path),
        PdfError::EncryptionUnsupported(_) => caused(Code::PdfEncryption),
        PdfError::NoSuchPage { pages: 0, .. } => caused(Code::PdfDamaged),
        PdfError::NoSuchPage { asked, pages } => {
            CliError::new(Code::NoSuchPage).path("path", path).with("page", asked).with("pages", pages)
        }
        _ => caused(Code::PdfDamaged),
    }
}

/// What sealing must say first: nothing, that nobody knows who signed, or why not.
///
/// # Errors
/// [`Code::SealNeedsPerson`], [`Code::SealNeedsPassed`].
pub(super) fn require_sealable(path: &Path, sealing: Sealing) -> Result<Option<Warning>, CliError> {
    match sealing {
        Sealing::Allowed => Ok(None),
        Sealing::WithoutRoles => Ok(Some((("SEALED_WITHOUT_ROLES", texts::SEALED_WITHOUT_ROLES), Vec::new()))),
        Sealing::NoPerson => Err(CliError::new(Code::SealNeedsPerson).path("path", path)),
        Sealing::NonePassed => Err(CliError::new(Code::SealNeedsPassed).path("path", path)),
    }
}

pub(super) fn pades_error(path: &Path, error: &PadesError) -> CliError {
    let named = |code: Code, field: &str| CliError::new(code).path("path", path).with("field", printable(field));
    let cause = || printable(&error.to_string());
    match error {
        PadesError::Update(UpdateError::Pdf(inner)) => pdf_error(path, inner),
        PadesError::NoSuchField(field) => named(Code::NoSuchField, field),
        PadesError::AlreadySigned(field) => named(Code::FieldSigned, field),
        PadesError::Certified { by, .. } => named(Code::Certified, by).with("cause", cause()),
        PadesError::FieldLocked { .. } => CliError::new(Code::Certified).path("path", path).with("cause", cause()),
        PadesError::NotFirst(by) => named(Code::CertifyFirst, by),
        PadesError::StampTooLarge { field, .. } => named(Code::StampTooLarge, field).with("cause", cause()),
        PadesError::SeedValue { field, asked } => {
            named(Code::FieldAsks, field).with("asked", printable(&asked.to_string()))
        }
        PadesError::NotPermitted(_) => CliError::new(Code::PdfNotPermitted).path("path", path).with("cause", cause()),
        PadesError::Xfa => CliError::new(Code::PdfXfa).path("path", path),
        _ => CliError::new(Code::SignFailed).path("path", path).with("cause", cause()),
    }
}

/// What another reader sees in the file must be what we see, or the signature is over something unknown.
///
/// # Errors
/// [`Code::PdfAmbiguous`], [`Code::PdfDamaged`].
pub(super) fn require_one_reading(path: &Path, document: &Document<'_>) -> Result<(), CliError> {
    match second_opinion::before_signing(document) {
        Ok(None) => Ok(()),
        Ok(Some(disagreement)) => {
            Err(CliError::new(Code::PdfAmbiguous).path("path", path).with("cause", disagreement.part))
        }
        Err(error) => Err(pdf_error(path, &error)),
    }
}

/// A file that says it is PDF/A must be one after signing as far as it was before; `signed` is the result, what lies from
/// byte `before` on is new.
///
/// # Errors
/// [`Code::PdfaBroken`] with the first rule the update breaks.
pub(super) fn require_archive_kept(path: &Path, signed: &Document<'_>, before: u64) -> Result<(), CliError> {
    let view = signed.view();
    let Some(claim) = view.archive().map_err(|e| pdf_error(path, &e))? else { return Ok(()) };
    let breaches = archive::update_breaches(&view, &claim, before).map_err(|e| pdf_error(path, &e))?;
    match breaches.first() {
        None => Ok(()),
        Some(breach) => {
            Err(CliError::new(Code::PdfaBroken).path("path", path).with("claim", claim).with("cause", breach))
        }
    }
}

/// A file that says it is PDF/A (`claim`) and is none, whatever is signed into it.
pub(super) fn doubtful_archive(document: &Document<'_>, claim: &Archive) -> Option<Warning> {
    let breach = archive::file_breaches(&document.view(), claim).into_iter().next()?;
    let values = vec![("claim", claim.to_string()), ("cause", breach.to_string())];
    Some((("PDFA_NOT_KEPT", crate::cli::texts::sign::PDFA_NOT_KEPT), values))
}
