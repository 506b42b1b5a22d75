//! CMS signatures outside PDFs — EN 319 122-1 6: in a file of their own, or in a container.

use super::{Climbed, Form, Ladder, Which, extend_error};
use crate::base::read::ReadAt;
use crate::cli::args::Level;
use crate::cli::error::CliError;
use crate::cli::judging::Detached;
use crate::cli::texts::errors::Code;
use crate::cms::{oids, stream};
use crate::sign::extend::ExtendError;
use crate::sign::extend_cades::{self, IMPRINT, Signers};
use crate::validate::cades;
use crate::validate::candidate::Kind;
use crate::validate::collected::Collected;
use crate::validate::material::Material;
use crate::validate::verdict::Verdict;

impl From<Which> for Signers {
    fn from(which: Which) -> Self {
        match which {
            Which::All => Signers::All,
            Which::Last => Signers::Last,
        }
    }
}

impl Ladder<'_> {
    /// Takes a CMS in a file called `name`, over `content` where that stands outside, up to the target.
    ///
    /// # Errors
    /// [`Code::TsaFailed`], [`Code::ExtendNoContent`], what is missing, or why it cannot be read.
    pub(crate) fn cms(
        &self,
        cms: Vec<u8>,
        name: &str,
        content: Option<&Detached>,
        which: Which,
    ) -> Result<Climbed<Vec<u8>>, CliError> {
        let mut climbed = Climbed { made: cms, times: Vec::new() };
        self.stamp_cms(&mut climbed, which)?;
        if self.target == Level::T {
            return Ok(climbed);
        }
        let collected = self.collect_cms(&climbed.made, name, content)?.ok_or_else(|| self.failed(&"RFC 3161"))?;
        let digest = collected.candidates.first().and_then(|c| c.digests.0.get(&IMPRINT).cloned());
        let last = collected.candidates.iter().rfind(|c| c.kind == Kind::Signature).map(|c| c.id.clone());
        let of = |v: &Verdict| which == Which::All || last.as_ref() == Some(&v.id);
        let material = self.material(&collected, Form::Cades, &of)?;
        self.complete_cms(&mut climbed.made, &material)?;
        if self.target == Level::Lta {
            let missing = || CliError::new(Code::ExtendNoContent).path("path", self.input);
            self.archive_cms(&mut climbed, &digest.ok_or_else(missing)?, which)?;
        }
        Ok(climbed)
    }

    /// Level T for every signer that has no time-stamp.
    pub(crate) fn stamp_cms(&self, climbed: &mut Climbed<Vec<u8>>, which: Which) -> Result<(), CliError> {
        let lacking = extend_cades::lacks_time_stamp(&climbed.made, which.into()).map_err(|e| self.not_extended(&e))?;
        if lacking {
            let stamped = extend_cades::add_signature_time_stamps(&climbed.made, which.into(), self.tsa()?);
            let stamped = stamped.map_err(|e| self.not_extended(&e))?;
            climbed.times.extend(stamped.times);
            climbed.made = stamped.cms;
        }
        Ok(())
    }

    /// Level LT.
    pub(super) fn complete_cms(&self, cms: &mut Vec<u8>, material: &Material) -> Result<(), CliError> {
        let added = extend_cades::add_validation_data(cms, &material.certificates, &material.crls, &material.ocsp);
        if let Some(more) = added.map_err(|e| self.not_extended(&e))? {
            *cms = more;
        }
        Ok(())
    }

    /// Level LTA; `digest` is that of the content, under SHA-256.
    pub(super) fn archive_cms(
        &self,
        climbed: &mut Climbed<Vec<u8>>,
        digest: &[u8],
        which: Which,
    ) -> Result<(), CliError> {
        let stamped = extend_cades::add_archive_time_stamps(&climbed.made, which.into(), digest, self.tsa()?);
        let stamped = stamped.map_err(|e| self.not_extended(&e))?;
        climbed.times.extend(stamped.times);
        climbed.made = stamped.cms;
        Ok(())
    }

    /// What a CMS brings along; `None` for an RFC 3161 token.
    ///
    /// # Errors
    /// [`Code::ExtendFailed`] when it cannot be read.
    pub(crate) fn collect_cms(
        &self,
        cms: &dyn ReadAt,
        name: &str,
        content: Option<&Detached>,
    ) -> Result<Option<Collected>, CliError> {
        let outline = stream::outline(cms).map_err(|e| self.failed(&e))?;
        if *outline.signed_data.encapsulated_content_type() == oids::TST_INFO {
            return Ok(None);
        }
        cades::collect(cms, outline, name, content.map(Detached::content)).map(Some).map_err(|e| self.failed(&e))
    }

    fn not_extended(&self, error: &ExtendError) -> CliError {
        extend_error(self.input, error)
    }
}
