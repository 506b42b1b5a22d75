//! CMS and CAdES signatures, RFC 3161 tokens and the answers that brought them; in DER or BER, PEM or base64.

use super::{Detached, Judge, Source, not_supported};
use crate::base::read::ReadAt;
use crate::cli::armour::Armour;
use crate::cms::stream::{self, StreamError};
use crate::cms::{CmsError, oids};
use crate::report::model::{FileReport, Status};
use crate::tsp::{self, TimeStampResponse, Token};
use crate::validate::cades::{self, Content};
use crate::validate::tst;

/// Most bytes of a PEM or base64 file: it is decoded in memory.
const MAX_TEXT: usize = 64 << 20;
/// The identifier of signed data, encoded; it stands among the first bytes of every CMS signature.
pub(super) const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// PEM, or base64 without anything around it.
pub(super) fn fill_text(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    let text = source.file.read_range(0, source.file.len(), MAX_TEXT).ok().and_then(|b| String::from_utf8(b).ok());
    let Some(text) = text else { return not_supported(source, "this text file", report) };
    let Some((der, _)) = Armour::take_off(&text) else { return not_supported(source, "this text file", report) };
    fill(judge, &Source { file: &der, ..*source }, report);
    // The report speaks about the file as it lies there.
    report.sha256 = cades::sha256(source.file).ok().map(|digest| crate::base::encoding::hex(&digest));
}

/// DER or BER.
pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    let outline = match stream::outline(source.file) {
        Ok(outline) => outline,
        Err(StreamError::Read(error)) => return report.set_unreadable("READ_FAILED", error.to_string()),
        Err(error) => return without_outline(judge, source, &error, report),
    };
    if *outline.signed_data.encapsulated_content_type() == oids::TST_INFO {
        return match token(source.file, outline.len) {
            Ok(token) => fill_token(judge, source, &token, report),
            Err(why) => unreadable("tst", why, report),
        };
    }
    report.format = "cades";
    let Some(content) = content(judge, source, report) else { return };
    let given = content.as_ref().map(Detached::content);
    match cades::collect(source.file, outline, source.name, given) {
        Ok(collected) => {
            judge.conclude(&collected, source.name, report);
        }
        Err(error) => report.set_unreadable("READ_FAILED", error.to_string()),
    }
}

/// A file that is no CMS signature: an answer of a time-stamping authority, or nothing we know.
fn without_outline(judge: &Judge, source: &Source<'_>, error: &StreamError, report: &mut FileReport) {
    let answer = source.file.read_range(0, source.file.len(), tsp::MAX_LEN).ok();
    if let Some(answer) = answer.and_then(|bytes| TimeStampResponse::parse(&bytes).ok()) {
        let Some(token) = answer.token else {
            report.format = "tst";
            return;
        };
        return match Token::parse(&token) {
            Ok(token) => fill_token(judge, source, &token, report),
            Err(error) => unreadable("tst", error.to_string(), report),
        };
    }
    let mut head = vec![0; 64.min(usize::try_from(source.file.len()).unwrap_or(64))];
    let is_signed_data = source.file.read_exact_at(&mut head, 0).is_ok()
        && head.windows(SIGNED_DATA.len()).any(|window| window == SIGNED_DATA);
    match error {
        _ if is_signed_data => unreadable("cades", error.to_string(), report),
        StreamError::Cms(CmsError::ContentType { found }) => {
            not_supported(source, &format!("CMS content of the type {found}"), report);
        }
        _ if source.named => {
            report.set_unreadable("UNKNOWN_FORMAT", "the file is of no format that carries signatures".to_owned());
        }
        _ => report.indication = Status::Skipped,
    }
}

fn fill_token(judge: &Judge, source: &Source<'_>, token: &Token, report: &mut FileReport) {
    report.format = "tst";
    let Some(content) = content(judge, source, report) else { return };
    match tst::collect(source.file, token, content.as_ref().map(Detached::content)) {
        Ok(collected) => {
            judge.conclude(&collected, source.name, report);
        }
        Err(error) => report.set_unreadable("READ_FAILED", error.to_string()),
    }
}

fn token(file: &dyn ReadAt, length: u64) -> Result<Token, String> {
    let bytes = file.read_range(0, length, tsp::MAX_LEN).map_err(|error| error.to_string())?;
    Token::parse(&bytes).map_err(|error| error.to_string())
}

/// What the signature may be over; `None` when it is named and cannot be opened, which the report then says.
fn content(judge: &Judge, source: &Source<'_>, report: &mut FileReport) -> Option<Option<Detached>> {
    match judge.detached(source) {
        Ok(content) => Some(content),
        Err(error) => {
            report.set_unreadable(error.code.as_str(), error.message(crate::cli::texts::Lang::En));
            None
        }
    }
}

fn unreadable(format: &'static str, why: String, report: &mut FileReport) {
    report.format = format;
    report.set_unreadable("SIGNATURE_UNREADABLE", why);
}

impl Detached {
    /// What it is over, as validation takes it.
    pub(crate) fn content(&self) -> Content<'_> {
        Content { name: &self.name, file: &self.file, named: self.named }
    }
}
