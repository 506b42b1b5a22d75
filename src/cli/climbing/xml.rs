//! XAdES signatures — EN 319 132-1 6: in a file of their own, or in a container.

use super::{Climbed, Form, Ladder, Which, tsa_error};
use crate::base::read::ReadAt;
use crate::cli::args::Level;
use crate::cli::error::CliError;
use crate::cli::texts::errors::Code;
use crate::sign::xades::XadesError;
use crate::sign::xades::extend::{self, Values, Which as Signature, signatures};
use crate::validate::candidate::Kind;
use crate::validate::material::Material;
use crate::validate::verdict::Verdict;
use crate::validate::xml::{Contents, Outside, collect};
use crate::xml::dsig::DsigError;
use crate::xml::{decode, parse};

impl Ladder<'_> {
    /// Takes the signatures of an XML file up to the target.
    ///
    /// # Errors
    /// [`Code::TsaFailed`], [`Code::ExtendNoContent`], what is missing, or why it cannot be read.
    pub(crate) fn xml(&self, file: Vec<u8>, outside: &Outside<'_>, which: Which) -> Result<Climbed<Vec<u8>>, CliError> {
        let mut climbed = Climbed { made: file, times: Vec::new() };
        self.stamp_xml(&mut climbed, which)?;
        if self.target == Level::T {
            return Ok(climbed);
        }
        let collected = collect(&climbed.made, outside).map_err(|e| self.failed(&e))?;
        let last = collected.candidates.iter().rfind(|c| c.kind == Kind::Signature).map(|c| c.id.clone());
        let of = |v: &Verdict| which == Which::All || last.as_ref() == Some(&v.id);
        let material = self.material(&collected, Form::Xades, &of)?;
        self.complete_xml(&mut climbed.made, &material, which)?;
        if self.target == Level::Lta {
            let text = decode(&climbed.made).map_err(|e| self.failed(&e))?.into_owned();
            let tree = parse(&text).map_err(|e| self.failed(&e))?;
            let contents = Contents::of(&tree, outside);
            self.archive_xml(&mut climbed, &|uri| contents.get(uri), which)?;
        }
        Ok(climbed)
    }

    /// Level T for every signature that has no time-stamp.
    pub(crate) fn stamp_xml(&self, climbed: &mut Climbed<Vec<u8>>, which: Which) -> Result<(), CliError> {
        for place in self.places(&climbed.made, which)? {
            let place = Signature::Place(place);
            if extend::is_time_stamped(&climbed.made, place).map_err(|e| self.not_added(&e))? {
                continue;
            }
            let stamped = extend::add_signature_time_stamp(&climbed.made, place, self.tsa()?);
            let stamped = stamped.map_err(|e| self.not_added(&e))?;
            climbed.times.push(stamped.time);
            climbed.made = stamped.file;
        }
        Ok(())
    }

    /// Level LT.
    pub(super) fn complete_xml(&self, file: &mut Vec<u8>, material: &Material, which: Which) -> Result<(), CliError> {
        let certificates: Vec<&[u8]> = material.certificates.iter().map(|c| c.der()).collect();
        let crls: Vec<&[u8]> = material.crls.iter().map(|c| c.der()).collect();
        let ocsp_responses: Vec<&[u8]> = material.ocsp.iter().map(|c| c.der()).collect();
        let values = Values { certificates: &certificates, crls: &crls, ocsp_responses: &ocsp_responses };
        for place in self.places(file, which)? {
            *file = extend::add_values(file, Signature::Place(place), &values).map_err(|e| self.not_added(&e))?;
        }
        Ok(())
    }

    /// Level LTA.
    pub(super) fn archive_xml<'x>(
        &self,
        climbed: &mut Climbed<Vec<u8>>,
        externals: &'x dyn Fn(&str) -> Option<&'x dyn ReadAt>,
        which: Which,
    ) -> Result<(), CliError> {
        for place in self.places(&climbed.made, which)? {
            let stamped =
                extend::add_archive_time_stamp(&climbed.made, Signature::Place(place), externals, self.tsa()?);
            let stamped = stamped.map_err(|e| self.not_added(&e))?;
            climbed.times.push(stamped.time);
            climbed.made = stamped.file;
        }
        Ok(())
    }

    fn places(&self, file: &[u8], which: Which) -> Result<std::ops::Range<usize>, CliError> {
        let count = signatures(file).map_err(|e| self.not_added(&e))?;
        Ok(match which {
            Which::All => 0..count,
            Which::Last => count.saturating_sub(1)..count,
        })
    }

    fn not_added(&self, error: &XadesError) -> CliError {
        match error {
            XadesError::TimeStamp(cause) => tsa_error(cause),
            XadesError::Layout(DsigError::Unresolved(_)) => {
                CliError::new(Code::ExtendNoContent).path("path", self.input)
            }
            other => self.failed(other),
        }
    }
}
