//! Whether a file that is there already is soundly signed by this key, and whether PDF/A stayed PDF/A.

use std::path::Path;

use super::before_after;
use super::options::Options;
use super::refusal::{pdf_error, require_archive_kept};
use crate::algorithms::DigestAlgorithm;
use crate::algorithms::cms_signer::verify_signer;
use crate::base::read::ReadAt;
use crate::cli::args::Level;
use crate::cli::error::CliError;
use crate::cli::files::{Contents, FileReader};
use crate::cms::{SignedData, oids};
use crate::pdf::signature_field::{Signature, SignatureField};
use crate::pdf::{Document, OpenOptions};
use crate::x509::Certificate;

/// A file that says it is PDF/A still is; it had `before` bytes before.
///
/// # Errors
/// [`crate::cli::texts::errors::Code::PdfaBroken`] when what was added is not; why the draft cannot be read.
pub(super) fn archive_kept(input: &Path, draft: &dyn ReadAt, before: u64, options: &Options) -> Result<(), CliError> {
    let document = Document::open_with(draft, open_options(options)).map_err(|e| pdf_error(input, &e))?;
    require_archive_kept(input, &document, before)
}

/// True when `output` is `input`, byte for byte, and behind it a sound signature by `certificate` at the level asked for:
/// an earlier run did this one.
pub(super) fn is_done(input: &Contents, output: &FileReader, certificate: &Certificate, options: &Options) -> bool {
    let done = || -> Option<bool> {
        if output.len() <= input.len() || !begins_with(output, input)? {
            return None;
        }
        let document = Document::open_with(output, open_options(options)).ok()?;
        let signatures = document.signatures().ok()?;
        let ours = signatures.iter().filter_map(|s| s.signature.as_ref()).find(|signature| {
            let end = signature.coverage.range.as_ref().map_or(0, |range| range.end);
            end > input.len() && is_at_level(&document, signature, certificate, options) == Some(true)
        });
        ours?;
        Some(options.level <= Level::T || before_after::is_at(&options.judge, output, certificate, options.level))
    };
    done() == Some(true)
}

/// True when an earlier signature is over the bytes it must be over and its value is right; nothing about trust.
pub(super) fn is_intact(document: &Document<'_>, field: &SignatureField) -> bool {
    field.signature.as_ref().is_some_and(|signature| intact(document, signature, None).is_some())
}

/// How this run opens documents.
pub(super) fn open_options(options: &Options) -> OpenOptions<'_> {
    let password = options.pdf_password.as_deref().map(String::as_str);
    OpenOptions { password, ..OpenOptions::default() }
}

fn is_at_level(
    document: &Document<'_>,
    signature: &Signature,
    certificate: &Certificate,
    options: &Options,
) -> Option<bool> {
    let stamped = intact(document, signature, Some(certificate))?;
    Some(stamped || options.tsa.is_none())
}

/// The value is right under `certificate`, or under the one the signer names; `Some(true)` when time-stamped too.
fn intact(document: &Document<'_>, signature: &Signature, certificate: Option<&Certificate>) -> Option<bool> {
    let range = signature.coverage.range.as_ref().filter(|_| signature.coverage.is_sound())?;
    let contents = signature.value.contents.as_ref()?.get(..signature.coverage.cms_length?)?;
    let signed = SignedData::parse(contents).ok()?;
    let [signer] = signed.signers() else { return None };
    let own = || signed.certificates().iter().find(|c| signer.id().names(c));
    let certificate = certificate.or_else(own)?;
    let mut digest = |algorithm: DigestAlgorithm| {
        let mut hasher = algorithm.hasher();
        range.for_each_chunk(document.file(), &mut |piece| hasher.update(piece)).ok()?;
        Some(hasher.finish())
    };
    verify_signer(signer, certificate.spki(), Some(&oids::DATA), &mut digest).ok()?;
    Some(signer.signature_time_stamps().next().is_some())
}

fn begins_with(whole: &dyn ReadAt, start: &dyn ReadAt) -> Option<bool> {
    const STEP: u64 = 64 << 10;
    let mut at = 0;
    while at < start.len() {
        let step = (start.len() - at).min(STEP);
        let limit = usize::try_from(STEP).ok()?;
        if whole.read_range(at, step, limit).ok()? != start.read_range(at, step, limit).ok()? {
            return Some(false);
        }
        at = at.saturating_add(step);
    }
    Some(true)
}
