//! Signatures and time-stamps in containers: ASiC-S and ASiC-E, with XAdES, CAdES or time-stamps alone.

use super::{Action, Decision, Form, Job, Outcome, Run, make_folder};
use crate::asic::Container;
use crate::asic::container::ContainerError;
use crate::asic::zip::{Limits, ZipError};
use crate::cli::climbing::asic::{Whose, form};
use crate::cli::climbing::level_of;
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, WholeFile, check_output, printable};
use crate::cli::texts::errors::Code;
use crate::validate::candidate::Kind;
use crate::validate::conclusion::{Indication, SubIndication};
use crate::validate::finding::Finding;
use crate::validate::lifetime;

impl Run {
    pub(super) fn container(&self, job: &Job, file: &FileReader) -> Result<Outcome, CliError> {
        let input = &job.input;
        let unsupported = |name: &str| CliError::new(Code::ExtendUnsupported).path("path", input).with("format", name);
        let skipped = || Ok(Outcome::left(Action::Skipped, None, None, Form::Xades));
        let form = match Container::open(file, Limits::default()) {
            Ok(container) => form(&container),
            Err(ContainerError::Zip(ZipError::Io(error))) => return Err(CliError::reading(input, &error)),
            Err(_) if !job.named => return skipped(),
            Err(ContainerError::NotAContainer) => return Err(unsupported("ZIP")),
            Err(error) => {
                let cause = printable(&error.to_string());
                return Err(CliError::new(Code::ExtendFailed).path("path", input).with("cause", cause));
            }
        };
        let ladder = self.ladder(input);
        let collected = ladder.collect_container(file)?;
        match collected.candidates.is_empty() {
            true if job.named => return Err(CliError::new(Code::NotSigned).path("path", input)),
            true => return skipped(),
            false => {}
        }
        // A container that readers may see differently is not kept for later as it is.
        let breach = |(_, sub): &&(Finding, SubIndication)| sub.indication() == Indication::Failed;
        if let Some((finding, _)) = collected.breaches.iter().find(breach) {
            let cause = printable(&finding.to_string());
            return Err(CliError::new(Code::ExtendUnsound)
                .path("path", input)
                .with("field", "ASiC")
                .with("cause", cause));
        }
        let earlier = self.judge.judged_at_hand(&collected, clock::now());
        let plain = |level: &str| level == "XML-DSig" || level.starts_with("CMS-");
        if earlier.iter().any(|v| v.kind == Kind::Signature && v.level.is_none_or(plain)) {
            return Err(unsupported("XML-DSig, CMS"));
        }
        let rules = &self.judge.policy().algorithms;
        let (before, end) = (level_of(&earlier), lifetime::end(&earlier, rules));
        let renews = match self.decide(input, &earlier, before, end.as_ref())? {
            Decision::Leave(action) => return Ok(self.leave(action, before, end, form)),
            decision => matches!(decision, Decision::Renew),
        };
        check_output(&job.output, self.existing, &[input])?;
        let climbed = ladder.container(file, Whose::All)?;
        make_folder(&job.output)?;
        let mut whole = WholeFile::create(&job.output, self.existing, &[input])?;
        let written = climbed.write(file, whole.file_mut()).map(|_| ());
        written.map_err(|e| whole.failed(&e))?;
        let made = FileReader::open(whole.temporary_path())?;
        let now = self.judge.judged_at_hand(&ladder.collect_container(&made)?, clock::now());
        let after = self.check(&earlier, &now, form)?;
        whole.commit()?;
        let action = if renews { Action::Renewed } else { Action::Extended };
        Ok(Outcome { action, before, after, end: lifetime::end(&now, rules), time_stamps: climbed.times, form })
    }
}
