//! Signatures in PDF files — ETSI EN 319 142-1, ISO 32000-2 12.8: prepare, digest, embed.
//!
//! [`prepare`] appends everything a signature needs as one incremental update, its `/Contents` still empty;
//! [`Prepared::for_each_chunk`] gives the bytes to digest; [`Prepared::embed`] puts the CMS value in. The caller
//! writes the untouched file and then the update. Time, key and trust are the caller's matter: nothing here writes
//! `/Cert`, and `/M` is the time it was told.

mod error;
mod fields;
#[cfg(test)]
mod tests;
use std::io;

use lopdf::dictionary;

use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::pdf::form_update::{
    APPEND_ONLY, NewField, NewFieldKind, SIGNATURES_EXIST, lock_dictionary, reference, string,
};
use crate::pdf::incremental::{Update, UpdateBytes};
use crate::pdf::object::to_text_string;
use crate::pdf::signature_field::{SignatureField, format_date};
use crate::pdf::{ByteRange, Change, Document, Field, FieldLock, ObjectId, Permission, Rect, SeedValue, Transform};
use crate::sign::seed_value;
use crate::stamp::appearance::Appearance;
use crate::x509::Certificate;

pub use error::PadesError;
use fields::{Canvas, appearance_in, embed_appearance, put_into_field};

/// Where the signature goes.
#[derive(Clone, Debug)]
pub enum Target<'r> {
    /// An existing, empty signature field by its full name.
    Existing(&'r str),
    /// A new field.
    New {
        /// Its name; `None` takes the first free of `Signature1`, `Signature2` …
        name: Option<&'r str>,
        /// Page it is on, from 1.
        page: usize,
        /// Where it shows, in user space; `None` for an invisible one.
        rect: Option<Rect>,
        /// What signing it locks.
        lock: Option<FieldLock>,
    },
}

/// How the CMS value of a signature is made: its `/SubFilter`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Encoding {
    /// `ETSI.CAdES.detached`, EN 319 142-1.
    #[default]
    Cades,
    /// `adbe.pkcs7.detached`, ISO 32000-2 12.8.3.3: only where a field demands it.
    Pkcs7,
}

/// What kind of signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureKind {
    /// `ETSI.CAdES.detached`.
    Approval,
    /// `ETSI.CAdES.detached` that certifies the document with this permission; only as the first signature.
    Certification(Permission),
    /// `ETSI.RFC3161`: a document time-stamp.
    DocTimeStamp,
}

/// A field to be added beside the signature.
#[derive(Clone, Debug)]
pub struct ExtraField<'r> {
    /// Its name; a root field, so without periods.
    pub name: &'r str,
    /// What screen readers say.
    pub label: Option<&'r str>,
    /// Page, from 1.
    pub page: usize,
    /// Where it shows, in user space.
    pub rect: Option<Rect>,
    /// What it is.
    pub kind: ExtraFieldKind,
    /// What it shows.
    pub appearance: Option<Appearance>,
}

/// Kinds of fields added beside a signature.
#[derive(Clone, Debug)]
pub enum ExtraFieldKind {
    /// A signature field left empty for someone else.
    Signature {
        /// What signing it will lock.
        lock: Option<FieldLock>,
    },
    /// A text field.
    Text {
        /// Its value; `None` leaves it empty.
        value: Option<String>,
        /// Not to be changed in a viewer.
        read_only: bool,
    },
}

/// A value for a text field that exists.
#[derive(Clone, Debug)]
pub struct FieldValue<'r> {
    /// Full name of the field.
    pub name: &'r str,
    /// Its new value.
    pub value: &'r str,
    /// Not to be changed in a viewer afterwards.
    pub read_only: bool,
    /// How the value shows; without one the old appearance stays.
    pub appearance: Option<Appearance>,
}

/// Everything a signature needs to know before its digest.
#[derive(Clone, Debug)]
pub struct PadesRequest<'r> {
    /// Where it goes.
    pub target: Target<'r>,
    /// What kind it is.
    pub kind: SignatureKind,
    /// What it shows.
    pub appearance: Option<Appearance>,
    /// `/M`; not for document time-stamps.
    pub claimed_time: Option<UnixTime>,
    /// `/Name`.
    pub name: Option<&'r str>,
    /// `/Reason`.
    pub reason: Option<&'r str>,
    /// `/Location`.
    pub location: Option<&'r str>,
    /// `/ContactInfo`.
    pub contact: Option<&'r str>,
    /// Bytes reserved for the CMS value.
    pub contents_size: usize,
    /// Fields to add in the same update, before the signature.
    pub add_fields: Vec<ExtraField<'r>>,
    /// Fields to fill in the same update, before the signature.
    pub fill_fields: Vec<FieldValue<'r>>,
    /// What seed values may ask about.
    pub facts: SignerFacts<'r>,
    /// How the value is made; not for document time-stamps.
    pub encoding: Encoding,
    /// Forbids every later change by the lock of the existing field (ISO 32000-2 Table 236, `/P` 1).
    pub locks_document: bool,
}

/// What a field's seed value may ask about the signature to come (ISO 32000-2 12.7.5.5).
#[derive(Clone, Copy, Debug, Default)]
pub struct SignerFacts<'r> {
    /// The signer's certificate.
    pub certificate: Option<&'r Certificate>,
    /// Its issuers.
    pub chain: &'r [Certificate],
    /// Digest the document will be hashed with; `None` when it is not decided.
    pub digest: Option<DigestAlgorithm>,
    /// A time-stamp will be put beside the value.
    pub time_stamped: bool,
    /// Revocation data will be added.
    pub with_revocation: bool,
}

impl<'r> PadesRequest<'r> {
    /// An invisible approval signature in a new field on page 1.
    pub fn new(contents_size: usize) -> Self {
        PadesRequest {
            target: Target::New { name: None, page: 1, rect: None, lock: None },
            kind: SignatureKind::Approval,
            appearance: None,
            claimed_time: None,
            name: None,
            reason: None,
            location: None,
            contact: None,
            contents_size,
            add_fields: Vec::new(),
            fill_fields: Vec::new(),
            facts: SignerFacts::default(),
            encoding: Encoding::Cades,
            locks_document: false,
        }
    }
}

/// An update with an empty hole for the CMS value.
#[derive(Clone, Debug)]
pub struct Prepared {
    update: UpdateBytes,
    range: ByteRange,
    field: String,
    contents_size: usize,
}

impl Prepared {
    /// The bytes the signature covers, as offsets in the file to be.
    pub fn byte_range(&self) -> &ByteRange {
        &self.range
    }

    /// Full name of the signed field.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Hands the bytes to be digested to `take`, in order, in pieces of at most 64 kB. `file` is the untouched file.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn for_each_chunk(&self, file: &dyn ReadAt, take: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let whole = ByteRange {
            start: 0,
            hole_start: self.update.offset,
            hole_end: self.update.offset,
            end: self.update.offset,
        };
        whole.for_each_chunk(file, take)?;
        let [before, _, after] = self.pieces().ok_or(io::ErrorKind::InvalidData)?;
        take(before);
        take(after);
        Ok(())
    }

    /// The digest of the signed bytes. `file` is the untouched file.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn digest(&self, file: &dyn ReadAt, algorithm: DigestAlgorithm) -> io::Result<Vec<u8>> {
        let mut hasher = algorithm.hasher();
        self.for_each_chunk(file, &mut |piece| hasher.update(piece))?;
        Ok(hasher.finish())
    }

    /// [`Prepared::digest`], where `hasher` has been given the untouched file already.
    ///
    /// # Errors
    /// [`PadesError::Layout`], which [`prepare`] rules out.
    pub fn digest_after(&self, mut hasher: Hasher) -> Result<Vec<u8>, PadesError> {
        let [before, _, after] = self.pieces().ok_or(PadesError::Layout)?;
        hasher.update(before);
        hasher.update(after);
        Ok(hasher.finish())
    }

    /// Puts the CMS value into the hole; what remains of it stays zero.
    ///
    /// # Errors
    /// [`PadesError::ContentsTooSmall`] with the size it takes.
    pub fn embed(mut self, cms: &[u8]) -> Result<UpdateBytes, PadesError> {
        if cms.len() > self.contents_size {
            return Err(PadesError::ContentsTooSmall { needed: cms.len(), reserved: self.contents_size });
        }
        let start = self.inside(self.range.hole_start).ok_or(PadesError::Layout)? + 1;
        let end = cms.len().checked_mul(2).and_then(|digits| start.checked_add(digits)).ok_or(PadesError::Layout)?;
        let hole = self.update.bytes.get_mut(start..end).ok_or(PadesError::Layout)?;
        if crate::base::encoding::hex_into(cms, hole) { Ok(self.update) } else { Err(PadesError::Layout) }
    }

    fn inside(&self, offset: u64) -> Option<usize> {
        usize::try_from(offset.checked_sub(self.update.offset)?).ok()
    }

    fn pieces(&self) -> Option<[&[u8]; 3]> {
        let (before, rest) = self.update.bytes.split_at_checked(self.inside(self.range.hole_start)?)?;
        let length = usize::try_from(self.range.hole_end.checked_sub(self.range.hole_start)?).ok()?;
        let (hole, after) = rest.split_at_checked(length)?;
        Some([before, hole, after])
    }
}

/// Appends fields, values and an empty signature to a document, as one update.
///
/// # Errors
/// [`PadesError`]; the file is never touched.
pub fn prepare(document: &Document<'_>, request: PadesRequest<'_>) -> Result<Prepared, PadesError> {
    let mut update = Update::begin(document)?;
    let fields = update.view().fields()?;
    let signatures = document.signatures()?;
    let name = target_name(&fields, &request)?;
    check_permissions(&signatures, &name, &request)?;
    check_encryption(document, &request)?;
    check_xfa(&update, &request)?;
    let canvas = Canvas::of(&update, &request)?;
    let given = request.reason;
    let reason = seed_value::reason(seed_of(&signatures, &name), given).map(str::to_owned);
    let request = PadesRequest { reason: reason.as_deref().or(given), ..request };

    for value in &request.fill_fields {
        let field = fields
            .iter()
            .find(|f| f.name == value.name && f.kind == b"Tx")
            .ok_or_else(|| PadesError::NoSuchTextField(value.name.to_owned()))?;
        let form = match value.appearance.clone() {
            Some(appearance) => Some(appearance_in(&mut update, canvas, field, appearance)?),
            None => None,
        };
        update.fill_text(field, value.value, value.read_only, form)?;
    }
    for extra in &request.add_fields {
        check_new_name(extra.name, &fields)?;
        let appearance = extra.appearance.clone().map(|a| embed_appearance(&mut update, canvas, a)).transpose()?;
        let page = update.view().page(extra.page)?;
        let kind = match &extra.kind {
            ExtraFieldKind::Signature { lock } => NewFieldKind::Signature { value: None, lock: lock.clone() },
            ExtraFieldKind::Text { value, read_only } => {
                NewFieldKind::Text { value: value.clone(), read_only: *read_only }
            }
        };
        let field = NewField { name: extra.name, label: extra.label, kind, rect: extra.rect, appearance };
        update.add_field(&page, &field)?;
    }
    let value = update.reserve()?;
    let lock = put_into_field(&mut update, canvas, &signatures, &request, &name, value)?;
    update.set_signature_flags(SIGNATURES_EXIST | APPEND_ONLY)?;
    if let SignatureKind::Certification(_) = request.kind {
        let mut permissions = crate::pdf::Dictionary::new();
        permissions.set("DocMDP", value);
        update.change_catalog(|catalog| catalog.set("Perms", crate::pdf::Object::from(permissions)))?;
    }
    lay_out(document, update, &request, value, lock, name)
}

// ISO 32000-2 12.8.2.2 and 12.8.2.4: what earlier signatures forbid.
fn check_permissions(
    signatures: &[SignatureField],
    target: &str,
    request: &PadesRequest<'_>,
) -> Result<(), PadesError> {
    let signed: Vec<&SignatureField> = signatures.iter().filter(|s| s.signature.is_some()).collect();
    if let (SignatureKind::Certification(_), Some(first)) = (request.kind, signed.first()) {
        return Err(PadesError::NotFirst(first.field.name.clone()));
    }
    let mut touched: Vec<&str> = request.fill_fields.iter().map(|f| f.name).collect();
    touched.extend(request.add_fields.iter().map(|f| f.name));
    touched.push(target);
    for by in signed {
        let Some(signature) = &by.signature else { continue };
        let name = by.field.name.clone();
        let locks_permission = by.lock.as_ref().and_then(|lock| lock.permission);
        let certified = signature.value.references.iter().filter_map(|reference| match reference.transform {
            Transform::DocMdp(permission) => Some(permission),
            _ => None,
        });
        let permission = certified.chain(locks_permission).min();
        let only_time_stamp = request.kind == SignatureKind::DocTimeStamp
            && request.add_fields.is_empty()
            && request.fill_fields.is_empty();
        // A document time-stamp is allowed even under P 1 (ISO 32000-2 Table 257).
        if let Some(permission) = permission
            && !only_time_stamp
            && (permission == Permission::NoChanges || !request.add_fields.is_empty())
        {
            return Err(PadesError::Certified { by: name, permission });
        }
        if only_time_stamp {
            continue;
        }
        let locks = signature.value.references.iter().filter_map(|reference| match &reference.transform {
            Transform::FieldMdp(selection) => Some(selection),
            _ => None,
        });
        for selection in locks.chain(by.lock.as_ref().map(|lock| &lock.fields)) {
            if let Some(field) = touched.iter().find(|field| selection.selects(field)) {
                return Err(PadesError::FieldLocked { field: (*field).to_owned(), by: name });
            }
        }
    }
    Ok(())
}

// ISO 32000-2 Table 22. A document time-stamp and what comes with it changes nothing a reader sees.
fn check_encryption(document: &Document<'_>, request: &PadesRequest<'_>) -> Result<(), PadesError> {
    let Some(encryption) = document.encryption().filter(|_| request.kind != SignatureKind::DocTimeStamp) else {
        return Ok(());
    };
    let adds = matches!(request.target, Target::New { .. }) || !request.add_fields.is_empty();
    let changes = if adds { [Change::FillField, Change::AddField] } else { [Change::FillField; 2] };
    match changes.into_iter().find(|change| !encryption.permits(*change)) {
        Some(change) => Err(PadesError::NotPermitted(change)),
        None => Ok(()),
    }
}

fn check_xfa(update: &Update<'_, '_>, request: &PadesRequest<'_>) -> Result<(), PadesError> {
    let form = update.view().form()?;
    let is_xfa = form.is_some_and(|(_, form)| form.has("XFA"));
    if is_xfa && request.kind != SignatureKind::DocTimeStamp { Err(PadesError::Xfa) } else { Ok(()) }
}

fn seed_of<'s>(signatures: &'s [SignatureField], name: &str) -> Option<&'s SeedValue> {
    signatures.iter().find(|s| s.field.name == name).and_then(|s| s.seed.as_ref())
}

fn check_new_name(name: &str, fields: &[Field]) -> Result<(), PadesError> {
    if name.is_empty() || name.contains('.') || name.contains('\0') {
        return Err(PadesError::BadName(name.to_owned()));
    }
    let root_of =
        |field: &Field| field.name == name || field.name.strip_prefix(name).is_some_and(|r| r.starts_with('.'));
    if fields.iter().any(root_of) {
        return Err(PadesError::NameTaken(name.to_owned()));
    }
    Ok(())
}

// The full name of the field to be signed; for a new one a name nobody has.
fn target_name(fields: &[Field], request: &PadesRequest<'_>) -> Result<String, PadesError> {
    let added = |name: &str| request.add_fields.iter().any(|f| f.name == name);
    match &request.target {
        Target::Existing(name) => Ok((*name).to_owned()),
        Target::New { name: Some(name), .. } => {
            check_new_name(name, fields)?;
            if added(name) {
                return Err(PadesError::NameTaken((*name).to_owned()));
            }
            Ok((*name).to_owned())
        }
        Target::New { name: None, .. } => (1u32..)
            .map(|n| format!("Signature{n}"))
            .find(|name| check_new_name(name, fields).is_ok() && !added(name))
            .ok_or(PadesError::Layout),
    }
}

fn sub_filter(request: &PadesRequest<'_>) -> &'static str {
    match (request.kind, request.encoding) {
        (SignatureKind::DocTimeStamp, _) => "ETSI.RFC3161",
        (_, encoding) => encoding.sub_filter(),
    }
}

impl Encoding {
    /// Its `/SubFilter`.
    pub fn sub_filter(self) -> &'static str {
        match self {
            Encoding::Cades => "ETSI.CAdES.detached",
            Encoding::Pkcs7 => "adbe.pkcs7.detached",
        }
    }
}

// Writes the signature dictionary by hand, so that /ByteRange and /Contents have known places, and patches the range.
fn lay_out(
    document: &Document<'_>,
    mut update: Update<'_, '_>,
    request: &PadesRequest<'_>,
    value: ObjectId,
    lock: Option<FieldLock>,
    field: String,
) -> Result<Prepared, PadesError> {
    // Enough digits for three offsets of 2^63.
    const RANGE_WIDTH: usize = 64;
    let entries = lopdf::Object::Dictionary(signature_entries(&update, request, lock)?);
    let mut dictionary = update.serialise(value, &entries)?;
    dictionary.truncate(dictionary.len().saturating_sub(2));
    dictionary.extend_from_slice(b"/ByteRange ");
    let range_at = dictionary.len();
    dictionary.extend(std::iter::repeat_n(b' ', RANGE_WIDTH));
    dictionary.extend_from_slice(b"/Contents ");
    let contents_at = dictionary.len();
    let digits = request.contents_size.checked_mul(2).ok_or(PadesError::Layout)?;
    dictionary.push(b'<');
    dictionary.extend(std::iter::repeat_n(b'0', digits));
    dictionary.extend_from_slice(b">>>");
    update.set_ready(value, dictionary);
    let seed = (document.len(), request.claimed_time.map(|t| t.0), request.name, &field);
    let id = DigestAlgorithm::Sha256.digest(format!("{seed:?}").as_bytes());
    update.set_file_id(id.into_iter().take(16).collect());

    let mut update = update.finish()?;
    let body = update.body_of(value).ok_or(PadesError::Layout)?;
    let absolute =
        |at: usize| u64::try_from(at).ok().and_then(|at| update.offset.checked_add(at)).ok_or(PadesError::Layout);
    let hole_start = absolute(body + contents_at)?;
    let hole_end = absolute(body + contents_at + digits + 2)?;
    let end = absolute(update.bytes.len())?;
    let range = ByteRange { start: 0, hole_start, hole_end, end };
    let [a, b, c, d] = range.to_numbers();
    let text = format!("[{a} {b} {c} {d}]");
    let place = update.bytes.get_mut(body + range_at..body + range_at + text.len()).ok_or(PadesError::Layout)?;
    if text.len() > RANGE_WIDTH {
        return Err(PadesError::Layout);
    }
    place.copy_from_slice(text.as_bytes());
    Ok(Prepared { update, range, field, contents_size: request.contents_size })
}

// ISO 32000-2 Table 255, ETSI EN 319 142-1 6.3: /Filter, /SubFilter, /M; no /Cert.
fn signature_entries(
    update: &Update<'_, '_>,
    request: &PadesRequest<'_>,
    lock: Option<FieldLock>,
) -> Result<lopdf::Dictionary, PadesError> {
    let kind = if request.kind == SignatureKind::DocTimeStamp { "DocTimeStamp" } else { "Sig" };
    let mut entries = dictionary! {
        "Type" => kind,
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => sub_filter(request),
    };
    if request.kind == SignatureKind::DocTimeStamp {
        return Ok(entries);
    }
    if let Some(at) = request.claimed_time {
        entries.set("M", string(format_date(at).as_bytes()));
    }
    for (key, text) in [
        ("Name", request.name),
        ("Reason", request.reason),
        ("Location", request.location),
        ("ContactInfo", request.contact),
    ] {
        if let Some(text) = text {
            entries.set(key, string(&to_text_string(text)));
        }
    }
    let mut references = Vec::new();
    if let SignatureKind::Certification(permission) = request.kind {
        references.push(lopdf::Object::Dictionary(dictionary! {
            "Type" => "SigRef",
            "TransformMethod" => "DocMDP",
            "TransformParams" => dictionary! {
                "Type" => "TransformParams", "V" => "1.2", "P" => permission.number(),
            },
        }));
    }
    if let Some(lock) = lock {
        let mut parameters = lock_dictionary(&lock, "TransformParams");
        parameters.remove(b"P");
        parameters.set("V", "1.2");
        let mut reference_to_catalog = dictionary! {
            "Type" => "SigRef",
            "TransformMethod" => "FieldMDP",
            "TransformParams" => parameters,
        };
        // ISO 32000-2 Table 256: /Data names the catalog for FieldMDP.
        if let (Some(catalog), _) = update.view().catalog()? {
            reference_to_catalog.set("Data", reference(catalog));
        }
        references.push(lopdf::Object::Dictionary(reference_to_catalog));
    }
    if !references.is_empty() {
        entries.set("Reference", lopdf::Object::Array(references));
    }
    Ok(entries)
}
