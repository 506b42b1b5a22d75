//! XAdES signatures in XML files: enveloped, enveloping, or beside the files they sign.

use std::path::Path;

use super::{Action, Decision, Form, Job, Outcome, Run, level_of, make_folder};
use crate::base::read::ReadAt as _;
use crate::base::time::UnixTime;
use crate::cli::args::Level;
use crate::cli::climbing::{missing_error, tsa_error};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, check_output, printable, write_whole};
use crate::cli::judging::xml::with_outside;
use crate::cli::judging::{Nesting, Source};
use crate::cli::texts::errors::Code;
use crate::net::HttpTsa;
use crate::sign::xades::XadesError;
use crate::sign::xades::extend::{
    Values, Which, add_archive_time_stamp, add_signature_time_stamp, add_values, signatures,
};
use crate::validate::candidate::Kind;
use crate::validate::lifetime;
use crate::validate::material::Material;
use crate::validate::xml::{Contents, Outside, collect};
use crate::xml::dsig::DsigError;
use crate::xml::parse::MAX_BYTES;
use crate::xml::{decode, parse};

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
        let failed = |cause: &dyn std::fmt::Display| failed(input, &cause.to_string());
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
        let (file, time_stamps) = self.climb_xml(bytes, outside, before.unwrap_or(Level::B), input)?;
        let now = collect(&file, outside).map_err(|e| failed(&e))?;
        let now = self.judge.judged_at_hand(&now, clock::now());
        let after = self.check(&earlier, &now, Form::Xades)?;
        make_folder(&job.output)?;
        write_whole(&job.output, &file, self.existing, &[input])?;
        let action = if renews { Action::Renewed } else { Action::Extended };
        Ok(Outcome { action, before, after, end: lifetime::end(&now, rules), time_stamps, form: Form::Xades })
    }

    fn climb_xml(
        &self,
        mut file: Vec<u8>,
        outside: &Outside<'_>,
        before: Level,
        input: &Path,
    ) -> Result<(Vec<u8>, Vec<UnixTime>), CliError> {
        let error = |e: XadesError| xades_error(input, &e);
        let tsa =
            || -> Result<&HttpTsa, CliError> { self.tsa.as_ref().ok_or_else(|| CliError::new(Code::TsaNotGiven)) };
        let places = signatures(&file).map_err(error)?;
        let mut times = Vec::new();
        for place in (0..places).filter(|_| before < Level::T) {
            let stamped = add_signature_time_stamp(&file, Which::Place(place), tsa()?).map_err(error)?;
            times.push(stamped.time);
            file = stamped.file;
        }
        if self.target > Level::T {
            let material = self.xml_material(&file, outside, input)?;
            let certificates: Vec<&[u8]> = material.certificates.iter().map(|c| c.der()).collect();
            let crls: Vec<&[u8]> = material.crls.iter().map(|c| c.der()).collect();
            let ocsp_responses: Vec<&[u8]> = material.ocsp.iter().map(|c| c.der()).collect();
            let values = Values { certificates: &certificates, crls: &crls, ocsp_responses: &ocsp_responses };
            for place in 0..places {
                file = add_values(&file, Which::Place(place), &values).map_err(error)?;
            }
        }
        if self.target == Level::Lta {
            let text = decode(&file).map_err(|e| failed(input, &e.to_string()))?.into_owned();
            let tree = parse(&text).map_err(|e| failed(input, &e.to_string()))?;
            let contents = Contents::of(&tree, outside);
            for place in 0..places {
                let externals = |uri: &str| contents.get(uri);
                let stamped = add_archive_time_stamp(&file, Which::Place(place), &externals, tsa()?).map_err(error)?;
                times.push(stamped.time);
                file = stamped.file;
            }
        }
        Ok((file, times))
    }

    /// What the signatures and their time-stamps need, all together: what passed needs nothing that is missing now.
    #[expect(clippy::ptr_arg, reason = "a vector is what reads at offsets, a slice is not")]
    fn xml_material(&self, file: &Vec<u8>, outside: &Outside<'_>, input: &Path) -> Result<Material, CliError> {
        let collected = collect(file, outside).map_err(|e| failed(input, &e.to_string()))?;
        let proven = self.judge.prove_collected(&collected, clock::now());
        let mut all = Material::default();
        for (verdict, material) in proven.verdicts.iter().zip(proven.material) {
            if let Some(missing) = material.missing.first().filter(|_| !verdict.conclusion.passed()) {
                return Err(missing_error(missing, Form::Xades.level(self.target), input));
            }
            all.merge(material);
        }
        Ok(all)
    }
}

fn xades_error(input: &Path, error: &XadesError) -> CliError {
    match error {
        XadesError::TimeStamp(cause) => tsa_error(cause),
        XadesError::Layout(DsigError::Unresolved(_)) => CliError::new(Code::ExtendNoContent).path("path", input),
        other => failed(input, &other.to_string()),
    }
}

fn failed(input: &Path, cause: &str) -> CliError {
    CliError::new(Code::ExtendFailed).path("path", input).with("cause", printable(cause))
}
