//! Before and after signing: the signer's certificate is not revoked as far as anybody can be asked, and the file
//! that was made is what was asked for — judged by the same judge as `verify`.

use super::document::Warning;
use super::options::Options;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::cli::args::Level;
use crate::cli::climbing::{Added, revoked, worse};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::printable;
use crate::cli::identity::Identity;
use crate::cli::judging::{Judge, Standing};
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::pdf::{Document, PdfError};
use crate::validate::conclusion::Indication;
use crate::validate::crypto::Integrity;
use crate::validate::hashing::Prefix;
use crate::validate::verdict::{DocumentState, Verdict};
use crate::x509::Certificate;

/// Seconds a time-stamp may lie beside this machine's clock before that is remarked on.
const CLOCK_TOLERANCE_S: u64 = 300;

/// Looks the signer's certificate up once for a run.
///
/// # Errors
/// [`Code::CertRevoked`]; [`Code::RevocationUnknown`] where the user demands an answer and there is none.
pub(super) fn before(identity: &Identity, options: &Options, now: UnixTime) -> Result<Vec<Warning>, CliError> {
    let subject = || printable(&identity.certificate.subject().to_string());
    match options.judge.standing(&identity.certificate, &identity.chain, now) {
        Standing::Good => Ok(Vec::new()),
        Standing::Revoked { certificate, at } => Err(revoked(&certificate, at)),
        Standing::Unknown { why, .. } if options.require_revocation => {
            let cause = why.map(|why| printable(&why)).unwrap_or_else(|| "—".to_owned());
            Err(CliError::new(Code::RevocationUnknown).with("subject", subject()).with("cause", cause))
        }
        // Where nobody is to be asked, or nobody is named to be asked, there is nothing new to say.
        Standing::Unknown { names_a_source: false, .. } => Ok(Vec::new()),
        Standing::Unknown { .. } if options.offline => Ok(Vec::new()),
        Standing::Unknown { why, .. } => {
            let cause = why.map(|why| printable(&why)).unwrap_or_else(|| "—".to_owned());
            let values = vec![("subject", subject()), ("cause", cause)];
            Ok(vec![(("SIGNER_STATUS_UNKNOWN", texts::SIGNER_STATUS_UNKNOWN), values)])
        }
    }
}

/// A remark when the authority's time is far from this machine's.
pub(super) fn clock(stated: UnixTime) -> Option<Warning> {
    let now = clock::now();
    let values = vec![("stated", stated.rfc3339_vietnam()), ("now", now.rfc3339_vietnam())];
    (stated.0.abs_diff(now.0) > CLOCK_TOLERANCE_S).then_some((("TSA_CLOCK_DIFFERS", texts::TSA_CLOCK_DIFFERS), values))
}

/// The verdicts on the signatures the file has already; empty, and nothing is judged, when it has none.
///
/// # Errors
/// [`PdfError`] when they cannot be read.
pub(super) fn earlier(judge: &Judge, document: &Document<'_>, now: UnixTime) -> Result<Vec<Verdict>, PdfError> {
    if document.signatures()?.iter().all(|field| field.signature.is_none()) {
        return Ok(Vec::new());
    }
    judge.verdicts_at_hand(document.file(), now)
}

/// What the new signature must be.
pub(super) struct Expected<'a> {
    pub(super) field: &'a str,
    pub(super) level: Level,
    pub(super) signer: &'a Certificate,
    pub(super) added: Added,
    /// Updates of our own follow it.
    pub(super) followed: bool,
}

/// Judges the file that was made: the new signature is intact, by the certificate asked for, over everything that was
/// there, at its level; no earlier verdict is worse. INDETERMINATE for lack of proofs is no reason to refuse.
/// `untouched` is the running digest over the bytes that were there, taken while they were written.
///
/// # Errors
/// [`Code::NotSoundAfter`], [`Code::LevelNotReached`], [`Code::EarlierWorse`].
pub(super) fn after(
    judge: &Judge,
    file: &dyn ReadAt,
    untouched: Option<Prefix>,
    expected: &Expected<'_>,
    earlier: &[Verdict],
) -> Result<(), CliError> {
    let unsound = || CliError::new(Code::NotSoundAfter);
    // Alone and over the whole file, there is nothing after it to be judged.
    let alone = earlier.is_empty() && !expected.followed;
    let now = clock::now();
    let verdicts = if alone { judge.verdicts_on_own(file, untouched, now) } else { judge.verdicts_at_hand(file, now) };
    let verdicts = verdicts.map_err(|_| unsound())?;
    let new = verdicts.iter().find(|v| v.id == expected.field).ok_or_else(unsound)?;
    let by_us = new.signer.as_ref().is_some_and(|signer| signer.der() == expected.signer.der());
    // What we add behind a signature is judged like anybody's addition.
    let covers = if expected.followed { new.document <= DocumentState::AllowedChanges } else { new.extent.whole_file };
    if new.integrity != Integrity::Intact || !by_us || !covers {
        return Err(unsound());
    }
    if !reached(new, expected.level) {
        return Err(CliError::new(Code::LevelNotReached).with("level", expected.level.pades()));
    }
    match worse(earlier, &verdicts, new.conclusion.indication(), expected.added) {
        Some(field) => Err(CliError::new(Code::EarlierWorse).with("field", printable(field))),
        None => Ok(()),
    }
}

/// True when a signature by `signer` in the file has this level, by what is in the file.
pub(super) fn is_at(judge: &Judge, file: &dyn ReadAt, signer: &Certificate, level: Level) -> bool {
    judge.verdicts_at_hand(file, clock::now()).is_ok_and(|verdicts| {
        let ours = |v: &Verdict| v.signer.as_ref().is_some_and(|own| own.der() == signer.der());
        verdicts.iter().any(|v| ours(v) && reached(v, level))
    })
}

fn reached(new: &Verdict, level: Level) -> bool {
    match level {
        Level::B => true,
        // Whether its authority is trusted is a matter of anchors, which level T does not ask for.
        Level::T => {
            new.timestamps.iter().any(|t| t.gen_time.is_some() && t.conclusion.indication() != Indication::Failed)
        }
        Level::Lt | Level::Lta => new.level.and_then(Level::of_report).is_some_and(|found| found >= level),
    }
}
