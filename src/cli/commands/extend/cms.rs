//! CMS signatures outside PDFs: CAdES, detached or attached, in DER, PEM or base64.

use super::{Action, Decision, Form, Job, Outcome, Run, make_folder};
use crate::base::read::ReadAt as _;
use crate::cli::armour::Armour;
use crate::cli::climbing::{Which, level_of};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, check_output, write_whole};
use crate::cli::judging::{Nesting, Source};
use crate::cli::texts::errors::Code;
use crate::validate::lifetime;

/// Most bytes of a CMS that is extended: it is rewritten in memory.
const LARGEST: usize = 256 << 20;

impl Run {
    /// Takes a CMS up to the target; one in PEM or base64 (`armoured`) stays in it.
    pub(super) fn cms(&self, job: &Job, file: &FileReader, armoured: bool) -> Result<Outcome, CliError> {
        let input = &job.input;
        let unsupported = |name: &str| CliError::new(Code::ExtendUnsupported).path("path", input).with("format", name);
        let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let nesting = Nesting::top();
        let source = Source { file, name: &name, path: Some(input), named: job.named, nesting: &nesting };
        let content = self.judge.detached(&source)?;
        let bytes = file.read_range(0, file.len(), LARGEST).map_err(|e| CliError::reading(input, &e))?;
        let (bytes, armour) = match armoured {
            false => (bytes, None),
            true => match std::str::from_utf8(&bytes).ok().and_then(Armour::take_off) {
                Some((der, armour)) => (der, Some(armour)),
                None if job.named => return Err(unsupported("—")),
                None => return Ok(self.leave(Action::Skipped, None, None, Form::Cades)),
            },
        };
        let ladder = self.ladder(input);
        let collected = match ladder.collect_cms(&bytes, &name, content.as_ref()) {
            Ok(Some(collected)) => collected,
            Ok(None) if job.named => return Err(unsupported("RFC 3161")),
            Err(error) if job.named => return Err(error),
            Ok(None) | Err(_) => return Ok(self.leave(Action::Skipped, None, None, Form::Cades)),
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
        let climbed = ladder.cms(bytes, &name, content.as_ref(), Which::All)?;
        let collected = ladder.collect_cms(&climbed.made, &name, content.as_ref())?;
        let collected = collected.ok_or_else(|| unsupported("—"))?;
        let now = self.judge.judged_at_hand(&collected, clock::now());
        let after = self.check(&earlier, &now, Form::Cades)?;
        make_folder(&job.output)?;
        let made = match armour {
            Some(armour) => armour.put_on(&climbed.made).into_bytes(),
            None => climbed.made,
        };
        write_whole(&job.output, &made, self.existing, &[input])?;
        let action = if renews { Action::Renewed } else { Action::Extended };
        let end = lifetime::end(&now, rules);
        Ok(Outcome { action, before, after, end, time_stamps: climbed.times, form: Form::Cades })
    }
}
