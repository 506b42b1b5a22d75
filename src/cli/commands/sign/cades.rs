//! A signature beside the file (CAdES) or inside it (XAdES).

use std::io::Write as _;

use super::container::{failed, look_again, output};
use super::format::{Task, Work};
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, printable, read_small};
use crate::cli::texts::errors::Code;
use crate::sign::asic;
use crate::sign::cades::digest_of;
use crate::sign::xades::{self, XadesError, XadesRequest};

/// Writes a detached CAdES signature; returns the level reached.
pub(super) fn create(work: &Work<'_>, task: &Task) -> Result<&'static str, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let file = FileReader::open(input)?;
    let who = work.who();
    let digest = asic::digest(&file, digest_of(who.signer)).map_err(|e| CliError::reading(input, &e))?;
    let der = asic::detached(&digest, &who).map_err(|e| failed(&e, &task.output))?;
    let mut whole = output(work, task)?;
    whole.write_all(&der).map_err(|e| whole.failed(&e))?;
    look_again(work, &whole, Some(input), 1)?;
    whole.commit()?;
    Ok(work.level(false))
}

/// Signs an XML document inside; returns the level reached.
pub(super) fn envelop(work: &Work<'_>, task: &Task) -> Result<&'static str, CliError> {
    let Some(input) = task.inputs.first() else { return Err(CliError::new(Code::NothingSelected)) };
    let limit = u64::try_from(crate::xml::parse::MAX_BYTES).unwrap_or(u64::MAX);
    let document = read_small(input, limit)?;
    let who = work.who();
    let request = XadesRequest { certificate: who.certificate, chain: who.chain, signing_time: who.at };
    let signed = xades::enveloped(&document, &request, who.signer, who.tsa).map_err(|error| match error {
        XadesError::TimeStamp(cause) => CliError::new(Code::TsaFailed).with("cause", printable(&cause.to_string())),
        other => CliError::new(Code::SignFailed).path("path", input).with("cause", printable(&other.to_string())),
    })?;
    let mut whole = output(work, task)?;
    whole.write_all(&signed).map_err(|e| whole.failed(&e))?;
    look_again(work, &whole, None, 1)?;
    whole.commit()?;
    Ok(work.level(true))
}
