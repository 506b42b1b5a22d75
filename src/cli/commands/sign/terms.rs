//! The terms of one signature: what the flags ask for, and what the seed value of its field demands beyond them
//! (ISO 32000-2 12.7.5.5). What is demanded and possible is done and told; the rest is refused by name where the
//! signature is prepared.

use std::borrow::Cow;
use std::path::Path;

use super::document::{Signing, Warning};
use super::options::Options;
use super::refusal::pdf_error;
use super::stamp::Plan;
use crate::algorithms::DigestAlgorithm;
use crate::cli::args::Level;
use crate::cli::climbing;
use crate::cli::error::CliError;
use crate::cli::files::printable;
use crate::cli::texts::sign as texts;
use crate::cms::build::revocation_info_archival;
use crate::keys::{Signer, WithDigest};
use crate::net::HttpTsa;
use crate::pdf::{Document, PdfError, SeedValue};
use crate::sign::cades;
use crate::sign::pades::{Encoding, SignatureKind};
use crate::sign::seed_value::{Asked, Demands, RevocationPlace, Wished, demands};
use crate::x509::{Crl, OcspResponse};

/// What the signature is in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) kind: SignatureKind,
    pub(super) encoding: Encoding,
    pub(super) locks_document: bool,
}

impl Shape {
    /// As the flags ask for it.
    fn asked(options: &Options) -> Self {
        let kind = options.certify.map_or(SignatureKind::Approval, SignatureKind::Certification);
        Shape { kind, encoding: Encoding::Cades, locks_document: false }
    }

    /// The same, with what a field demands.
    fn demanded(self, demands: &Demands) -> Self {
        let kind = demands.certification.map_or(self.kind, SignatureKind::Certification);
        Shape { kind, encoding: demands.encoding, locks_document: demands.lock }
    }

    /// What a signature made as planned will be, whoever signs.
    ///
    /// # Errors
    /// When the fields cannot be read.
    pub(super) fn foreseen(document: &Document<'_>, plan: &Plan, options: &Options) -> Result<Self, PdfError> {
        let asked = Shape::asked(options);
        let seeded = seeded(document, plan, options, DigestAlgorithm::Sha256, &|_| true)?;
        Ok(seeded.map_or(asked, |(_, demands)| asked.demanded(&demands)))
    }
}

/// The seed value of the field that is signed, and what it demands of a key with this digest that `can` use others.
fn seeded(
    document: &Document<'_>,
    plan: &Plan,
    options: &Options,
    digest: DigestAlgorithm,
    can: &dyn Fn(DigestAlgorithm) -> bool,
) -> Result<Option<(SeedValue, Demands)>, PdfError> {
    let Some(name) = plan.existing_field() else { return Ok(None) };
    let Some(field) = document.signatures()?.into_iter().find(|s| s.field.name == name) else { return Ok(None) };
    let lock = field.lock.and_then(|lock| lock.permission);
    let wished = Wished { kind: Shape::asked(options).kind, digest, time_stamped: options.tsa.is_some(), lock };
    Ok(field.seed.map(|seed| {
        let demands = demands(&seed, &wished, can);
        (seed, demands)
    }))
}

/// How one signature is made.
pub(super) struct Terms<'s> {
    own: &'s dyn Signer,
    other: Option<WithDigest<'s>>,
    pub(super) shape: Shape,
    pub(super) tsa: Option<Cow<'s, HttpTsa>>,
    /// The field wants a time-stamp: going without is no choice.
    pub(super) stamp_demanded: bool,
    pub(super) level: Level,
    /// Signed attributes beyond those of every signature.
    pub(super) attributes: Vec<Vec<u8>>,
    /// Revocation data goes into the security store whatever the level.
    pub(super) store: bool,
    pub(super) warnings: Vec<Warning>,
}

impl<'s> Terms<'s> {
    /// The terms for signing as planned.
    ///
    /// # Errors
    /// When the fields cannot be read, or revocation data that the field demands cannot be had.
    pub(super) fn of(
        signing: &Signing<'s>,
        input: &Path,
        document: &Document<'_>,
        plan: &Plan,
    ) -> Result<Self, CliError> {
        let options = signing.options;
        let own = signing.identity.signer.as_ref();
        let mut terms = Terms {
            own,
            other: None,
            shape: Shape::asked(options),
            tsa: options.tsa.as_ref().map(Cow::Borrowed),
            stamp_demanded: false,
            level: options.level,
            attributes: Vec::new(),
            store: false,
            warnings: Vec::new(),
        };
        let can = |digest| own.scheme_with(digest).is_some();
        let found = seeded(document, plan, options, cades::digest_of(own), &can).map_err(|e| pdf_error(input, &e))?;
        if let (Some((seed, demands)), Some(name)) = (found, plan.existing_field()) {
            terms.obey(signing, input, name, &seed, demands)?;
        }
        Ok(terms)
    }

    fn obey(
        &mut self,
        signing: &Signing<'s>,
        input: &Path,
        field: &str,
        seed: &SeedValue,
        demanded: Demands,
    ) -> Result<(), CliError> {
        let mut done = Vec::new();
        if let Some(digest) = demanded.digest {
            self.other = WithDigest::new(self.own, digest);
            done.push(Asked::Digest(vec![digest.name().to_owned()]));
        }
        self.shape = self.shape.demanded(&demanded);
        if let Some(permission) = demanded.certification {
            done.push(Asked::Certification(permission.number()));
        }
        if demanded.lock {
            done.push(Asked::LockedDocument);
        }
        if demanded.encoding != Encoding::Cades {
            done.push(Asked::Format(vec![demanded.encoding.sub_filter().to_owned()]));
        }
        if demanded.time_stamp
            && let (Some(url), Some(base)) = (&seed.time_stamp_url, &signing.options.found_tsa)
        {
            let mut tsa = base.clone();
            tsa.urls = vec![url.clone()];
            self.tsa = Some(Cow::Owned(tsa));
            self.level = self.level.max(Level::T);
            done.push(Asked::TimeStamp(Some(url.clone())));
        }
        self.stamp_demanded = seed.time_stamp_required;
        match demanded.revocation {
            None => {}
            Some(RevocationPlace::Store) if self.level > Level::T => {}
            Some(RevocationPlace::Store) => {
                self.store = true;
                done.push(Asked::Revocation);
            }
            Some(RevocationPlace::Value) => {
                self.attributes.push(revocation(signing, input)?);
                done.push(Asked::Revocation);
            }
        }
        if !done.is_empty() {
            let asked = done.iter().map(Asked::to_string).collect::<Vec<_>>().join("; ");
            let values = vec![("field", printable(field)), ("asked", printable(&asked))];
            self.warnings.push((("FIELD_DEMANDS", texts::FIELD_DEMANDS), values));
        }
        Ok(())
    }

    /// Nothing was demanded that the flags do not ask for.
    pub(super) fn are_usual(&self) -> bool {
        self.warnings.is_empty()
    }

    /// The key as this signature uses it.
    pub(super) fn signer(&self) -> &dyn Signer {
        match &self.other {
            Some(other) => other,
            None => self.own,
        }
    }

    /// Digest of the document.
    pub(super) fn digest(&self) -> DigestAlgorithm {
        cades::digest_of(self.signer())
    }

    /// Revocation data will be in the file.
    pub(super) fn with_revocation(&self) -> bool {
        self.level > Level::T || self.store || !self.attributes.is_empty()
    }
}

// What speaks for the signer's certificate and its issuers now, as the attribute that carries it in the value.
fn revocation(signing: &Signing<'_>, input: &Path) -> Result<Vec<u8>, CliError> {
    let identity = signing.identity;
    let found = signing.options.judge.evidence(&identity.certificate, &identity.chain, signing.now);
    if let Some(missing) = found.missing.first() {
        return Err(climbing::missing_error(missing, "AddRevInfo", input));
    }
    let crls: Vec<&[u8]> = found.crls.iter().map(Crl::der).collect();
    let answers: Vec<&[u8]> = found.ocsp.iter().map(OcspResponse::der).collect();
    Ok(revocation_info_archival(&crls, &answers))
}
