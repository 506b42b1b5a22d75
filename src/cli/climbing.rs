//! The steps up the ladder of EN 319 142-1 6 that `sign`, `extend` and `pack` share: validation data, then a
//! time-stamp over everything. PDFs here, other forms below, by [`Ladder`].

pub(crate) mod asic;
mod cms;
mod xml;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::args::{Level, TsaWaitArgs};
use super::clock;
use super::commands::pdf_error;
use super::error::CliError;
use super::files::{Existing, WholeFile, printable};
use super::judging::Judge;
use super::texts::errors::Code;
use crate::base::read::ReadAt as _;
use crate::base::time::UnixTime;
use crate::net::{FetchSettings, Fetcher, HttpTsa};
use crate::path::Anchors;
use crate::sign::extend::{AddedTimeStamp, ExtendError, Extension, Proofs};
use crate::timestamp::{TimeStampError, TimeStampSource};
use crate::validate::candidate::{Kind, StampKind};
use crate::validate::collected::Collected;
use crate::validate::conclusion::Indication;
use crate::validate::crypto::Integrity;
use crate::validate::material::{Material, Missing};
use crate::validate::verdict::{DocumentState, Verdict};
use crate::x509::Certificate;

/// The time-stamping services named, in order. Where there are anchors for them, their answers must lead to one.
pub(crate) fn services(urls: &[String], wait: &TsaWaitArgs, anchors: Anchors, pool: Vec<Certificate>) -> HttpTsa {
    let bounds = FetchSettings { tsa_timeout: Duration::from_secs(wait.tsa_timeout), ..FetchSettings::default() };
    let tsa = HttpTsa::new(Arc::new(Fetcher::new(bounds)), urls.to_vec());
    if anchors.is_empty() { tsa } else { tsa.below(anchors, pool) }
}

/// The form of the signatures of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// In a PDF.
    Pades,
    /// CMS, alone or in a container.
    Cades,
    /// XML, alone or in a container.
    Xades,
}

impl Form {
    /// The name of a level in reports.
    pub(crate) fn level(self, level: Level) -> &'static str {
        match (self, level) {
            (Form::Pades, level) => level.pades(),
            (Form::Cades, Level::B) => "CAdES-B-B",
            (Form::Cades, Level::T) => "CAdES-B-T",
            (Form::Cades, Level::Lt) => "CAdES-B-LT",
            (Form::Cades, Level::Lta) => "CAdES-B-LTA",
            (Form::Xades, Level::B) => "XAdES-B-B",
            (Form::Xades, Level::T) => "XAdES-B-T",
            (Form::Xades, Level::Lt) => "XAdES-B-LT",
            (Form::Xades, Level::Lta) => "XAdES-B-LTA",
        }
    }
}

/// Which signatures of a file climb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Which {
    /// All of them.
    All,
    /// The last one: whoever just signed.
    Last,
}

/// Takes the signatures of a file that is no PDF up to a level, in memory.
#[derive(Clone, Copy)]
pub(crate) struct Ladder<'a> {
    /// Who says what is there and what is needed.
    pub(crate) judge: &'a Judge,
    /// Who stamps.
    pub(crate) tsa: Option<&'a dyn TimeStampSource>,
    /// How far up.
    pub(crate) target: Level,
    /// The file, as errors name it.
    pub(crate) input: &'a Path,
    /// What these need must be complete; of what the others need goes in what there is.
    pub(crate) demanded: &'a dyn Fn(&Verdict) -> bool,
}

/// What climbing made, and the times of the time-stamps it took.
#[derive(Clone, Debug)]
pub(crate) struct Climbed<T> {
    /// The result.
    pub(crate) made: T,
    /// What the new time-stamps state.
    pub(crate) times: Vec<UnixTime>,
}

impl<'a> Ladder<'a> {
    /// Who stamps.
    ///
    /// # Errors
    /// [`Code::TsaNotGiven`].
    pub(crate) fn tsa(&self) -> Result<&'a dyn TimeStampSource, CliError> {
        self.tsa.ok_or_else(|| CliError::new(Code::TsaNotGiven))
    }

    /// What the signatures named by `of` need, all together; `form` is theirs.
    fn material(&self, collected: &Collected, form: Form, of: &dyn Fn(&Verdict) -> bool) -> Result<Material, CliError> {
        let proven = self.judge.prove_collected(collected, clock::now());
        let mut all = Material::default();
        for (verdict, material) in proven.verdicts.iter().zip(proven.material) {
            if !of(verdict) {
                continue;
            }
            if let Some(missing) = material.missing.first().filter(|_| (self.demanded)(verdict)) {
                return Err(missing_error(missing, form.level(self.target), self.input));
            }
            all.merge(material);
        }
        Ok(all)
    }

    fn failed(&self, cause: &dyn std::fmt::Display) -> CliError {
        let cause = printable(&cause.to_string());
        CliError::new(Code::ExtendFailed).path("path", self.input).with("cause", cause)
    }
}

/// The lowest level of the signatures of a file, by what is in the file.
pub(crate) fn level_of(verdicts: &[Verdict]) -> Option<Level> {
    let stamps: Vec<&Verdict> = verdicts.iter().filter(|v| v.kind == Kind::DocTimestamp).collect();
    match verdicts.iter().filter(|v| v.kind == Kind::Signature).map(|v| level_of_one(v, &stamps)).min() {
        Some(level) => level,
        // Only time-stamps: each renews the one before.
        None if !stamps.is_empty() => Some(Level::Lta),
        None => None,
    }
}

/// The level of one signature, `stamps` being the time-stamps of the file that stand for themselves.
pub(crate) fn level_of_one(v: &Verdict, stamps: &[&Verdict]) -> Option<Level> {
    let level = v.level.and_then(Level::of_report);
    // What a time-stamp is worth today is not asked here: renewing is what brings the proofs for it.
    let stamped = v.timestamps.iter().any(|t| {
        t.kind == StampKind::Signature && t.gen_time.is_some() && t.conclusion.indication() != Indication::Failed
    });
    let level = if stamped { level.max(Some(Level::T)) } else { level };
    // The older form has no names above T; a time-stamp over the document does for it what LTA does.
    if v.level.is_some_and(|name| name.starts_with("PKCS7"))
        && stamps.iter().any(|s| s.extent.is_over(&v.id, &v.extent))
    {
        return Some(Level::Lta);
    }
    level
}

/// Puts the validation data of every signature into the file. Where `demanded` says so it must be complete; of the
/// others goes in what there is. Returns false when all of it was there.
///
/// # Errors
/// [`Code::ProofsMissing`], [`Code::SignerRevoked`], or why the file cannot be extended.
pub(crate) fn add_proofs(
    extension: &mut Extension<'_>,
    judge: &Judge,
    level: Level,
    path: &Path,
    demanded: &mut dyn FnMut(&Verdict) -> bool,
) -> Result<bool, CliError> {
    let proven = judge.prove(&extension.whole(), clock::now()).map_err(|e| pdf_error(path, &e))?;
    let mut proofs = Vec::new();
    for (verdict, material) in proven.verdicts.iter().zip(&proven.material) {
        if let Some(missing) = material.missing.first().filter(|_| demanded(verdict)) {
            return Err(missing_error(missing, level.pades(), path));
        }
        proofs.push(Proofs {
            field: &verdict.id,
            certificates: &material.certificates,
            crls: &material.crls,
            ocsp: &material.ocsp,
        });
    }
    extension.add_proofs(&proofs).map_err(|e| extend_error(path, &e))
}

/// Adds a document time-stamp over everything in the file.
///
/// # Errors
/// [`Code::TsaFailed`], or why the file cannot be extended.
pub(crate) fn add_time_stamp(
    extension: &mut Extension<'_>,
    source: &dyn TimeStampSource,
    path: &Path,
) -> Result<AddedTimeStamp, CliError> {
    extension.add_time_stamp(source, clock::now()).map_err(|e| extend_error(path, &e))
}

/// Writes the file and its updates as `output`, whole or not at all.
///
/// # Errors
/// Why `input` cannot be read or `output` not be written.
pub(crate) fn write(
    extension: &Extension<'_>,
    input: &Path,
    output: &Path,
    existing: Existing,
) -> Result<(), CliError> {
    const STEP: usize = 256 << 10;
    let whole = extension.whole();
    let mut file = WholeFile::create(output, existing, &[input])?;
    let mut buffer = vec![0; STEP];
    let mut at = 0;
    while at < whole.len() {
        let wanted = usize::try_from(whole.len() - at).unwrap_or(STEP).min(STEP);
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        whole.read_exact_at(piece, at).map_err(|e| CliError::reading(input, &e))?;
        file.write_all(piece).map_err(|e| file.failed(&e))?;
        at = at.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
    }
    file.commit()
}

/// Why no authority gave a time-stamp.
pub(crate) fn tsa_error(error: &TimeStampError) -> CliError {
    CliError::new(Code::TsaFailed).with("cause", printable(&error.to_string()))
}

/// Why a file could not be extended.
pub(crate) fn extend_error(path: &Path, error: &ExtendError) -> CliError {
    match error {
        ExtendError::Pdf(error) => pdf_error(path, error),
        ExtendError::TimeStamp(error) => tsa_error(error),
        ExtendError::Io(error) => CliError::reading(path, error),
        _ => CliError::new(Code::ExtendFailed).path("path", path).with("cause", printable(&error.to_string())),
    }
}

/// What a level lacks.
pub(crate) fn missing_error(missing: &Missing, level: &str, path: &Path) -> CliError {
    let subject = |certificate: &crate::x509::Certificate| printable(&certificate.subject().to_string());
    let of = |code: Code, certificate| CliError::new(code).path("path", path).with("subject", subject(certificate));
    match missing {
        Missing::Revoked { certificate, at } => revoked(certificate, *at),
        Missing::Revocation { certificate } => of(Code::RevocationMissing, certificate).with("level", level),
        Missing::Path { certificate, why } => {
            let why = why.as_ref().map(|f| printable(&f.to_string())).unwrap_or_default();
            of(Code::PathMissing, certificate).with("level", level).with("cause", why)
        }
    }
}

/// A certificate that must not sign any more.
pub(crate) fn revoked(certificate: &crate::x509::Certificate, at: UnixTime) -> CliError {
    let subject = printable(&certificate.subject().to_string());
    CliError::new(Code::CertRevoked).with("subject", subject).with("time", at.rfc3339_vietnam())
}

/// What was added beside a new signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Added {
    /// Nothing that validators must judge.
    Nothing,
    /// The fields for number and date, behind a signature of another tool that prepared none: the decree wants them on
    /// the page, no validator can tell them from other fields, and whoever signs was told so.
    NumberAndDate,
}

/// The first earlier signature that lost something by what was added.
pub(crate) fn worse<'v>(earlier: &'v [Verdict], now: &[Verdict], new: Indication, added: Added) -> Option<&'v str> {
    let lost = |before: &Verdict| {
        let Some(after) = now.iter().find(|v| v.id == before.id) else { return true };
        let broken = before.integrity == Integrity::Intact && after.integrity != Integrity::Intact;
        let changed = after.document > before.document.max(DocumentState::AllowedChanges);
        let (was, is) = (before.conclusion.indication(), after.conclusion.indication());
        // A new signature that nothing is known about yet leaves the earlier one waiting with it.
        let waits = is == Indication::Indeterminate && new == Indication::Indeterminate;
        if added == Added::NumberAndDate {
            return broken || is == Indication::Failed;
        }
        broken || changed || (is > was && !waits)
    };
    earlier.iter().find(|before| lost(before)).map(|before| before.id.as_str())
}
