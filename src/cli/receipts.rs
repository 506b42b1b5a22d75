//! Receipts as proofs of existence: `verify --receipt FILE`.
//!
//! A receipt states that an endpoint had a package of some SHA-256. That it existed at a time is proven by no word of
//! the endpoint but by the hashes from the package to the log's checkpoint, and by a trusted time-stamp over that: the
//! proof of inclusion stands beside the receipt as `NAME.tlog-proof`, the time-stamp as `NAME.tsr` or `NAME.tst`.

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::files::{SMALL_FILE, path_text, read_small};
use super::texts::errors::Code;
use crate::cms::SignedData;
use crate::exchange::evidence::{Evidence, Receipt};
use crate::exchange::id::Sha256;
use crate::exchange::log::note::NoteVerifier;
use crate::exchange::log::proof::InclusionProof;
use crate::exchange::trust::Trust;
use crate::tsp::TimeStampResponse;
use crate::validate::cause::Cause;
use crate::x509::Certificate;

/// A receipt, as far as it can be judged without a time.
#[derive(Clone, Debug)]
pub(crate) struct NamedBytes {
    /// SHA-256 of the package it names.
    pub(crate) package: Sha256,
    /// What its time-stamp is over, and the token; or why there is none.
    pub(crate) stamped: Result<Stamped, Cause>,
}

/// A checkpoint and the time-stamp over it.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    /// The signed text of the checkpoint.
    pub(crate) text: Vec<u8>,
    /// The RFC 3161 token.
    pub(crate) token: Vec<u8>,
    /// The certificates it carries.
    pub(crate) certificates: Vec<Certificate>,
}

/// Reads receipts and what stands beside each.
///
/// # Errors
/// [`Code::ReceiptUnreadable`] for a file that is no receipt, or why a file cannot be read.
pub(crate) fn load(paths: &[PathBuf], trust: &Trust) -> Result<Vec<NamedBytes>, CliError> {
    paths.iter().map(|path| one(path, trust)).collect()
}

fn one(path: &Path, trust: &Trust) -> Result<NamedBytes, CliError> {
    let bytes = read_small(path, SMALL_FILE)?;
    let unreadable =
        |cause: &dyn std::fmt::Display| CliError::new(Code::ReceiptUnreadable).path("path", path).with("cause", cause);
    let (receipt, evidence) = Receipt::from_bytes(&bytes).map_err(|e| unreadable(&e))?;
    let package = evidence.package.sha256;
    let detail = |code, error: &dyn std::fmt::Display| Cause::new(code, vec![("detail", error.to_string())], error);
    let stamped = match trust.check_evidence(&receipt, &evidence) {
        Ok(_) => stamped(path, &receipt, &evidence)?,
        Err(error) => Err(detail("receipt-seal", &error)),
    };
    Ok(NamedBytes { package, stamped })
}

fn stamped(path: &Path, receipt: &Receipt, evidence: &Evidence) -> Result<Result<Stamped, Cause>, CliError> {
    let missing = |code, file: &Path| {
        let name = path_text(file);
        Cause::new(code, vec![("file", name.clone())], format!("{name} is not there"))
    };
    let proof_path = path.with_extension("tlog-proof");
    if !proof_path.is_file() {
        return Ok(Err(missing("receipt-no-proof", &proof_path)));
    }
    let proof = String::from_utf8(read_small(&proof_path, SMALL_FILE)?);
    let log = NoteVerifier::parse(&evidence.log.vkey);
    let checked = proof.map_err(|_| "it is not text".to_owned()).and_then(|text| {
        let proof = InclusionProof::parse(&text).map_err(|e| e.to_string())?;
        let log = log.map_err(|e| e.to_string())?;
        proof.verify(&receipt.leaf, &evidence.log.origin, &log).map_err(|e| e.to_string())
    });
    let checkpoint = match checked {
        Ok(checkpoint) => checkpoint,
        Err(error) => return Ok(Err(Cause::new("receipt-proof", vec![("detail", error.clone())], error))),
    };
    let stamps = ["tsr", "tst"].map(|ending| path.with_extension(ending));
    let Some(stamp_path) = stamps.iter().find(|path| path.is_file()) else {
        let [first, _] = &stamps;
        return Ok(Err(missing("receipt-no-stamp", first)));
    };
    let bytes = read_small(stamp_path, SMALL_FILE)?;
    // A response as it came from the authority, or the token alone.
    let token = TimeStampResponse::parse(&bytes).ok().and_then(|response| response.token).unwrap_or(bytes);
    let certificates = SignedData::parse(&token).map(|token| token.certificates().to_vec()).unwrap_or_default();
    Ok(Ok(Stamped { text: checkpoint.text.into_bytes(), token, certificates }))
}
