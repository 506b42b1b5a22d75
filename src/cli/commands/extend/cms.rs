//! CMS signatures outside PDFs: CAdES, detached or attached, in DER.

use std::path::Path;

use super::{Decision, Form, Job, Outcome, Run, level_of, make_folder};
use crate::algorithms::DigestAlgorithm;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::cli::args::Level;
use crate::cli::climbing::{extend_error, missing_error};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, check_output, printable, write_whole};
use crate::cli::judging::{Detached, Nesting, Source};
use crate::cli::texts::errors::Code;
use crate::cms::{oids, stream};
use crate::net::HttpTsa;
use crate::sign::extend_cades;
use crate::validate::cades::{self, Content};
use crate::validate::collected::Collected;
use crate::validate::lifetime;
use crate::validate::material::Material;

/// Most bytes of a CMS that is extended: it is rewritten in memory.
const LARGEST: usize = 256 << 20;

impl Run {
    pub(super) fn cms(&self, job: &Job, file: &FileReader) -> Result<Outcome, CliError> {
        let input = &job.input;
        let unsupported = |name: &str| CliError::new(Code::ExtendUnsupported).path("path", input).with("format", name);
        let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let nesting = Nesting::top();
        let source = Source { file, name: &name, path: Some(input), named: job.named, nesting: &nesting };
        let content = self.judge.detached(&source)?;
        let bytes = file.read_range(0, file.len(), LARGEST).map_err(|e| CliError::reading(input, &e))?;
        let collected = match collect(&bytes, &name, content.as_ref(), input) {
            Ok(Some(collected)) => collected,
            Ok(None) if job.named => return Err(unsupported("RFC 3161")),
            Err(error) if job.named => return Err(error),
            Ok(None) | Err(_) => return Ok(self.leave(super::Action::Skipped, None, None, Form::Cades)),
        };
        let earlier = self.judge.judged_at_hand(&collected, clock::now());
        if earlier.iter().any(|v| v.level.is_none_or(|level| level.starts_with("CMS-"))) {
            return Err(unsupported("CMS without signing-certificate attribute"));
        }
        let rules = &self.judge.policy().algorithms;
        let (before, end) = (level_of(&earlier), lifetime::end(&earlier, rules));
        let renews = match self.decide(input, &earlier, before, end.as_ref())? {
            Decision::Leave(action) => return Ok(self.leave(action, before, end, Form::Cades)),
            decision => matches!(decision, Decision::Renew),
        };
        check_output(&job.output, self.existing, &[input])?;
        let (cms, time_stamps) = self.climb_cms(bytes, &name, content.as_ref(), before.unwrap_or(Level::B), input)?;
        let collected = collect(&cms, &name, content.as_ref(), input)?.ok_or_else(|| unsupported("—"))?;
        let now = self.judge.judged_at_hand(&collected, clock::now());
        let after = self.check(&earlier, &now, Form::Cades)?;
        make_folder(&job.output)?;
        write_whole(&job.output, &cms, self.existing, &[input])?;
        let action = if renews { super::Action::Renewed } else { super::Action::Extended };
        Ok(Outcome { action, before, after, end: lifetime::end(&now, rules), time_stamps, form: Form::Cades })
    }

    fn climb_cms(
        &self,
        mut cms: Vec<u8>,
        name: &str,
        content: Option<&Detached>,
        before: Level,
        input: &Path,
    ) -> Result<(Vec<u8>, Vec<UnixTime>), CliError> {
        let failed = |e| extend_error(input, &e);
        let tsa =
            || -> Result<&HttpTsa, CliError> { self.tsa.as_ref().ok_or_else(|| CliError::new(Code::TsaNotGiven)) };
        let mut times = Vec::new();
        if before < Level::T {
            let stamped = extend_cades::add_signature_time_stamps(&cms, tsa()?).map_err(failed)?;
            times.extend(stamped.times);
            cms = stamped.cms;
        }
        let mut digest = None;
        if self.target > Level::T {
            let collected = collect(&cms, name, content, input)?;
            let collected = collected.ok_or_else(|| CliError::new(Code::ExtendFailed).path("path", input))?;
            let of_content = |c: &crate::validate::candidate::Candidate| c.digests.0.get(&IMPRINT).cloned();
            digest = collected.candidates.first().and_then(of_content);
            let proven = self.judge.prove_collected(&collected, clock::now());
            let mut all = Material::default();
            for (verdict, material) in proven.verdicts.iter().zip(proven.material) {
                if let Some(missing) = material.missing.first().filter(|_| !verdict.conclusion.passed()) {
                    return Err(missing_error(missing, Form::Cades.level(self.target), input));
                }
                all.merge(material);
            }
            let added = extend_cades::add_validation_data(&cms, &all.certificates, &all.crls, &all.ocsp);
            cms = added.map_err(failed)?.unwrap_or(cms);
        }
        if self.target == Level::Lta {
            let missing = || CliError::new(Code::ExtendNoContent).path("path", input);
            let digest = digest.ok_or_else(missing)?;
            let stamped = extend_cades::add_archive_time_stamps(&cms, &digest, tsa()?).map_err(failed)?;
            times.extend(stamped.times);
            cms = stamped.cms;
        }
        Ok((cms, times))
    }
}

const IMPRINT: DigestAlgorithm = extend_cades::IMPRINT;

/// What a CMS brings along; `None` for an RFC 3161 token.
fn collect(
    cms: &dyn ReadAt,
    name: &str,
    content: Option<&Detached>,
    input: &Path,
) -> Result<Option<Collected>, CliError> {
    let failed = |e: stream::StreamError| {
        CliError::new(Code::ExtendFailed).path("path", input).with("cause", printable(&e.to_string()))
    };
    let outline = stream::outline(cms).map_err(failed)?;
    if *outline.signed_data.encapsulated_content_type() == oids::TST_INFO {
        return Ok(None);
    }
    let given = content.map(|d| Content { name: &d.name, file: &d.file, named: d.named });
    cades::collect(cms, outline, name, given).map(Some).map_err(failed)
}
