//! XAdES signatures in XML files: enveloped, enveloping, or beside the files they sign.

use super::{Action, Decision, Form, Job, Outcome, Run, make_folder};
use crate::base::read::ReadAt as _;
use crate::cli::climbing::{Which, level_of};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, check_output, printable, write_whole};
use crate::cli::judging::xml::with_outside;
use crate::cli::judging::{Nesting, Source};
use crate::cli::texts::errors::Code;
use crate::validate::candidate::Kind;
use crate::validate::lifetime;
use crate::validate::xml::{Outside, collect};
use crate::xml::parse::MAX_BYTES;

impl Run {
    pub(super) fn xml(&self, job: &Job, file: &FileReader) -> Result<Outcome, CliError> {
        let input = &job.input;
        let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let nesting = Nesting::top();
        let source = Source { file, name: &name, path: Some(input), named: job.named, nesting: &nesting };
        let bytes = file.read_range(0, file.len(), MAX_BYTES).map_err(|e| CliError::reading(input, &e))?;
        with_outside(&self.judge, &source, |outside| self.xml_within(job, bytes, outside))?
    }

    fn xml_within(&self, job: &Job, bytes: Vec<u8>, outside: &Outside<'_>) -> Result<Outcome, CliError> {
        let input = &job.input;
        let unsupported = |name: &str| CliError::new(Code::ExtendUnsupported).path("path", input).with("format", name);
        let failed = |cause: &dyn std::fmt::Display| {
            CliError::new(Code::ExtendFailed).path("path", input).with("cause", printable(&cause.to_string()))
        };
        let skipped = || Ok(Outcome::left(Action::Skipped, None, None, Form::Xades));
        let collected = match collect(&bytes, outside) {
            Ok(collected) => collected,
            Err(_) if !job.named => return skipped(),
            Err(error) => return Err(failed(&error)),
        };
        match collected.candidates.is_empty() {
            true if job.named => return Err(CliError::new(Code::NotSigned).path("path", input)),
            true => return skipped(),
            false => {}
        }
        let earlier = self.judge.judged_at_hand(&collected, clock::now());
        let plain = |level: &str| level == "XML-DSig";
        if earlier.iter().any(|v| v.kind == Kind::Signature && v.level.is_none_or(plain)) {
            return Err(unsupported("XML-DSig"));
        }
        let rules = &self.judge.policy().algorithms;
        let (before, end) = (level_of(&earlier), lifetime::end(&earlier, rules));
        let renews = match self.decide(input, &earlier, before, end.as_ref())? {
            Decision::Leave(action) => return Ok(self.leave(action, before, end, Form::Xades)),
            decision => matches!(decision, Decision::Renew),
        };
        check_output(&job.output, self.existing, &[input])?;
        let climbed = self.ladder(input).xml(bytes, outside, Which::All)?;
        let now = collect(&climbed.made, outside).map_err(|e| failed(&e))?;
        let now = self.judge.judged_at_hand(&now, clock::now());
        let after = self.check(&earlier, &now, Form::Xades)?;
        make_folder(&job.output)?;
        write_whole(&job.output, &climbed.made, self.existing, &[input])?;
        let action = if renews { Action::Renewed } else { Action::Extended };
        let end = lifetime::end(&now, rules);
        Ok(Outcome { action, before, after, end, time_stamps: climbed.times, form: Form::Xades })
    }
}
