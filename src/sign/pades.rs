//! Signatures in PDF files — ETSI EN 319 142-1, ISO 32000-2 12.8: prepare, digest, embed.
//!
//! [`prepare`] appends everything a signature needs as one incremental update, its `/Contents` still empty;
//! [`Prepared::for_each_chunk`] gives the bytes to digest; [`Prepared::embed`] puts the CMS value in. The caller
//! writes the untouched file and then the update. Time, key and trust are the caller's matter: nothing here writes
//! `/Cert`, and `/M` is the time it was told.

use std::io;

use lopdf::dictionary;

use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::pdf::form_update::{
    APPEND_ONLY, NewField, NewFieldKind, SIGNATURES_EXIST, lock_dictionary, reference, string,
};
use crate::pdf::incremental::{Update, UpdateBytes, UpdateError};
use crate::pdf::object::to_text_string;
use crate::pdf::signature_field::{FieldSelection, SignatureField, format_date};
use crate::pdf::{
    ByteRange, Change, Document, Field, FieldLock, ObjectId, PdfError, Permission, Rect, SeedValue, Transform,
};
use crate::sign::seed_value::{self, Asked, Intended};
use crate::stamp::appearance::{Appearance, Colours, Paint};
use crate::stamp::image::Masking;
use crate::x509::Certificate;

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

/// Why a PDF is not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PadesError {
    /// The file cannot be extended.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// No signature field of that name.
    #[error("the document has no signature field named {0}")]
    NoSuchField(String),
    /// No text field of that name.
    #[error("the document has no text field named {0}")]
    NoSuchTextField(String),
    /// The field already holds a signature.
    #[error("the field {0} is already signed")]
    AlreadySigned(String),
    /// A field of that name exists.
    #[error("the document already has a field named {0}")]
    NameTaken(String),
    /// A new field's name is empty or holds a period.
    #[error("{0:?} cannot be the name of a new field")]
    BadName(String),
    /// An earlier certification forbids this change.
    #[error("signature {by} certifies the document and allows {}", allowed(*.permission))]
    Certified {
        /// Field of the certifying signature.
        by: String,
        /// What it allows.
        permission: Permission,
    },
    /// An earlier signature locks the field.
    #[error("signature {by} locks the field {field}")]
    FieldLocked {
        /// The field.
        field: String,
        /// Field of the locking signature.
        by: String,
    },
    /// A certification must come first.
    #[error("a certifying signature must be the first, and the document already has {0}")]
    NotFirst(String),
    /// The field's seed value asks for something else.
    #[error("the field {field} asks for {asked}")]
    SeedValue {
        /// The field.
        field: String,
        /// What it asks for.
        asked: Asked,
    },
    /// The file is encrypted and its permissions forbid the change to whoever has only the user's password.
    #[error("the file's permissions forbid {}", change_name(*.0))]
    NotPermitted(Change),
    /// The form is an XFA form: what it shows is not what the PDF says (deprecated by ISO 32000-2 12.7.8).
    #[error("the form is an XFA form, which shows something else than its PDF pages")]
    Xfa,
    /// The stamp does not fit into the field.
    #[error("the stamp is {stamp_mm:?} mm, the field {field} only {field_mm:?} mm")]
    StampTooLarge {
        /// The field.
        field: String,
        /// Width and height of the stamp as displayed, mm.
        stamp_mm: (f64, f64),
        /// Width and height of the field as displayed, mm.
        field_mm: (f64, f64),
    },
    /// The CMS value is larger than the space reserved.
    #[error("the signature needs {needed} bytes and only {reserved} were reserved")]
    ContentsTooSmall {
        /// Bytes of the CMS value.
        needed: usize,
        /// Bytes reserved.
        reserved: usize,
    },
    /// The file is too long for a byte range, or its update could not be laid out.
    #[error("the signature could not be laid out in the file")]
    Layout,
}

impl From<PdfError> for PadesError {
    fn from(error: PdfError) -> Self {
        PadesError::Update(error.into())
    }
}

fn change_name(change: Change) -> &'static str {
    match change {
        Change::FillField => "filling and signing fields",
        Change::AddField => "adding fields",
    }
}

fn allowed(permission: Permission) -> &'static str {
    match permission {
        Permission::NoChanges => "no changes",
        Permission::FillForms => "filling forms and signing only",
        Permission::Annotate => "filling forms, signing and annotations only",
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

// Returns what signing the field locks.
fn put_into_field(
    update: &mut Update<'_, '_>,
    canvas: Canvas,
    signatures: &[SignatureField],
    request: &PadesRequest<'_>,
    name: &str,
    value: ObjectId,
) -> Result<Option<FieldLock>, PadesError> {
    match &request.target {
        Target::Existing(_) => {
            let found = signatures
                .iter()
                .find(|s| s.field.name == name)
                .ok_or_else(|| PadesError::NoSuchField(name.to_owned()))?;
            let old = found.field.value.as_ref().map(|v| update.view().resolve(v)).transpose()?;
            if old.is_some_and(|old| !old.is_null()) {
                return Err(PadesError::AlreadySigned(name.to_owned()));
            }
            check_seed(found, request)?;
            let form = match request.appearance.clone() {
                Some(appearance) => Some(appearance_in(update, canvas, &found.field, appearance)?),
                None => None,
            };
            let lock = lock_of(found, request);
            update.fill_signature(
                &found.field,
                value,
                form,
                lock.as_ref().filter(|l| Some(*l) != found.lock.as_ref()),
            )?;
            Ok(lock)
        }
        Target::New { page, rect, lock, .. } => {
            let appearance = request.appearance.clone().map(|a| embed_appearance(update, canvas, a)).transpose()?;
            let page = update.view().page(*page)?;
            let kind = NewFieldKind::Signature { value: Some(value), lock: lock.clone() };
            update.add_field(&page, &NewField { name, label: None, kind, rect: *rect, appearance })?;
            Ok(lock.clone())
        }
    }
}

// ISO 32000-2 Table 236: whoever locks the document locks every field.
fn lock_of(field: &SignatureField, request: &PadesRequest<'_>) -> Option<FieldLock> {
    if !request.locks_document || seed_value::locks_document(request.kind, None) {
        return field.lock.clone();
    }
    Some(FieldLock { fields: FieldSelection::All, permission: Some(Permission::NoChanges) })
}

fn check_seed(field: &SignatureField, request: &PadesRequest<'_>) -> Result<(), PadesError> {
    let Some(seed) = field.seed.as_ref().filter(|_| request.kind != SignatureKind::DocTimeStamp) else {
        return Ok(());
    };
    let SignerFacts { certificate, chain, digest, time_stamped, with_revocation } = request.facts;
    let intended = Intended {
        kind: request.kind,
        sub_filter: sub_filter(request),
        reason: request.reason,
        digest,
        time_stamped,
        with_revocation,
        certificate,
        chain,
        locks_document: seed_value::locks_document(request.kind, lock_of(field, request).and_then(|l| l.permission)),
    };
    let refused = |asked| PadesError::SeedValue { field: field.field.name.clone(), asked };
    seed_value::check(seed, &intended).map_err(refused)
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

// How appearances may paint in this file: what it says of itself (ISO 19005) decides.
#[derive(Clone, Copy)]
struct Canvas {
    paint: Paint,
}

impl Canvas {
    fn of(update: &Update<'_, '_>, request: &PadesRequest<'_>) -> Result<Self, PadesError> {
        let mut paint = Paint::default();
        let paints = request.appearance.is_some()
            || request.add_fields.iter().any(|field| field.appearance.is_some())
            || request.fill_fields.iter().any(|value| value.appearance.is_some());
        if let Some(archive) = if paints { update.view().archive()? } else { None } {
            if archive.forbids_transparency() {
                paint.masking = Masking::Hard;
            }
            if archive.needs_calibrated_colour() {
                paint.colours = Colours::Calibrated;
            }
        }
        Ok(Canvas { paint })
    }
}

fn embed_appearance(
    update: &mut Update<'_, '_>,
    canvas: Canvas,
    appearance: Appearance,
) -> Result<ObjectId, PadesError> {
    let mut failure = None;
    let mut allocate = || match update.reserve() {
        Ok(id) => (id.number, id.generation),
        Err(error) => {
            failure = Some(error);
            (0, 0)
        }
    };
    let ((number, generation), objects) = appearance.painted(canvas.paint).into_objects(&mut allocate);
    if let Some(error) = failure {
        return Err(error.into());
    }
    for ((number, generation), object) in objects {
        update.set_new(ObjectId { number, generation }, object);
    }
    Ok(ObjectId { number, generation })
}

// A viewer stretches an appearance to its field. Put it at its own size into one that has the field's.
fn appearance_in(
    update: &mut Update<'_, '_>,
    canvas: Canvas,
    field: &Field,
    appearance: Appearance,
) -> Result<ObjectId, PadesError> {
    let (width, height) = appearance.displayed_size_pt();
    let (width, height) = (f64::from(width), f64::from(height));
    let rotation = appearance.page_rotation;
    let form = embed_appearance(update, canvas, appearance)?;
    let Some((page, rect)) = field.widgets.iter().find_map(|w| Some((w.page, w.rect?))) else { return Ok(form) };
    // The stamp is in points, the rectangle in units of its page.
    let unit = match page {
        Some(page) => update.view().page_geometry(&update.view().page(page)?)?.user_unit,
        None => 1.0,
    };
    let (rect_width, rect_height) = (rect.width() * unit, rect.height() * unit);
    let (spare_x, spare_y) = (rect_width - width, rect_height - height);
    if spare_x.abs() < 0.5 && spare_y.abs() < 0.5 {
        return Ok(form);
    }
    if spare_x < -1.0 || spare_y < -1.0 {
        let mm = |pt: f64| (pt * 254.0 / 72.0).round() / 10.0;
        return Err(PadesError::StampTooLarge {
            field: field.name.clone(),
            stamp_mm: (mm(width), mm(height)),
            field_mm: (mm(rect_width), mm(rect_height)),
        });
    }
    // The turned box of the stamp does not begin at its origin.
    let (from_x, from_y) = match rotation {
        90 => (width, 0.0),
        180 => (width, height),
        270 => (0.0, height),
        _ => (0.0, 0.0),
    };
    let content = format!("q 1 0 0 1 {:.3} {:.3} cm /Fm0 Do Q", spare_x / 2.0 + from_x, spare_y / 2.0 + from_y);
    let size = Rect { x0: 0.0, y0: 0.0, x1: rect_width, y1: rect_height };
    let outer = lopdf::Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "BBox" => crate::pdf::bridge::to_lopdf(&size.to_object()),
            "Resources" => dictionary! { "XObject" => dictionary! { "Fm0" => reference(form) } },
        },
        content.into_bytes(),
    );
    Ok(update.add(lopdf::Object::Stream(outer))?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{FORMS, Form, document, document_with};
    use crate::pdf::{Object, SubFilter};

    // An empty SEQUENCE stands for a CMS value.
    const CMS: [u8; 2] = [0x30, 0x00];

    fn signed(file: &[u8], request: PadesRequest<'_>) -> Result<Vec<u8>, PadesError> {
        let file = file.to_vec();
        let document = Document::open(&file)?;
        let update = prepare(&document, request)?.embed(&CMS)?;
        let mut out = Vec::new();
        update.write_to(&file, &mut out).expect("memory");
        Ok(out)
    }

    fn request<'r>() -> PadesRequest<'r> {
        PadesRequest {
            claimed_time: Some(UnixTime(1_772_694_429)), reason: Some("Ký duyệt"), ..PadesRequest::new(100)
        }
    }

    #[test]
    fn every_form_of_file_keeps_its_bytes_and_gets_a_sound_signature() {
        for form in FORMS {
            let file = document(form, "", "");
            let once = signed(&file, request()).expect("signs");
            assert!(once.starts_with(&file), "{form:?}");
            let twice = signed(&once, request()).expect("signs");
            let document = Document::open(&twice).expect("opens");
            let found = document.signatures().expect("reads");
            let names: Vec<&str> = found.iter().map(|s| s.field.name.as_str()).collect();
            assert_eq!(names, ["Signature1", "Signature2"], "{form:?}");
            for (at, field) in found.iter().enumerate() {
                let signature = field.signature.as_ref().expect("signed");
                assert!(signature.coverage.is_sound(), "{form:?} {:?}", signature.coverage);
                assert_eq!(signature.coverage.revision, Some(at + 1));
                assert_eq!(signature.coverage.whole_file, at == 1);
                assert_eq!(signature.value.sub_filter, SubFilter::EtsiCadesDetached);
                assert_eq!(signature.value.reason.as_deref(), Some("Ký duyệt"));
                assert_eq!(signature.value.claimed_time, Some(UnixTime(1_772_694_429)));
                assert!(signature.value.certificates.is_empty());
                assert_eq!(field.field.widgets.iter().map(|w| w.page).collect::<Vec<_>>(), [Some(1)]);
            }
            assert_eq!(document.oddities(), [], "{form:?}");
        }
    }

    #[test]
    fn the_digest_is_that_of_the_ranges_in_the_finished_file() {
        let file = document(Form::Table, "", "");
        let open = Document::open(&file).expect("opens");
        let prepared = prepare(&open, request()).expect("prepares");
        let digest = prepared.digest(&file, DigestAlgorithm::Sha256).expect("memory");
        let mut begun = DigestAlgorithm::Sha256.hasher();
        begun.update(&file);
        assert_eq!(prepared.digest_after(begun).expect("laid out"), digest);
        let range = prepared.byte_range().clone();
        let mut out = Vec::new();
        prepared.embed(&CMS).expect("fits").write_to(&file, &mut out).expect("memory");
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        range.for_each_chunk(&out, &mut |piece| hasher.update(piece)).expect("inside");
        assert_eq!(hasher.finish(), digest);
        assert_eq!(
            Some(range),
            Document::open(&out).expect("opens").signatures().expect("reads")[0]
                .signature
                .as_ref()
                .expect("signed")
                .coverage
                .range
                .clone()
        );
    }

    #[test]
    fn a_value_one_byte_too_long_is_refused_with_the_size_it_needs() {
        let file = document(Form::Table, "", "");
        let open = Document::open(&file).expect("opens");
        let prepared = prepare(&open, request()).expect("prepares");
        assert!(prepared.clone().embed(&[0x30; 100]).is_ok());
        let refused = prepared.embed(&[0x30; 101]);
        assert!(matches!(refused, Err(PadesError::ContentsTooSmall { needed: 101, reserved: 100 })));
    }

    #[test]
    fn a_leaders_fields_are_filled_and_signed_by_the_seal() {
        for form in FORMS {
            let rect = Rect { x0: 100.0, y0: 700.0, x1: 200.0, y1: 715.0 };
            let text = |name| ExtraField {
                name,
                label: Some("Số"),
                page: 1,
                rect: Some(rect),
                kind: ExtraFieldKind::Text { value: None, read_only: false },
                appearance: None,
            };
            let seal = ExtraField { name: "Seal", kind: ExtraFieldKind::Signature { lock: None }, ..text("") };
            let leader = PadesRequest { add_fields: vec![text("Number"), text("Date"), seal], ..request() };
            let once = signed(&document(form, "", ""), leader).expect("signs");
            let value = |name, value| FieldValue { name, value, read_only: true, appearance: None };
            let sealing = PadesRequest {
                target: Target::Existing("Seal"),
                fill_fields: vec![value("Number", "15/QĐ-UBND"), value("Date", "05/03/2026")],
                ..request()
            };
            let twice = signed(&once, sealing.clone()).expect("signs");
            let document = Document::open(&twice).expect("opens");
            let fields = document.view().fields().expect("reads");
            let number = fields.iter().find(|f| f.name == "Number").expect("there");
            assert_eq!(number.flags, 1);
            let shown = number.value.as_ref().and_then(Object::as_string).expect("a string");
            assert_eq!(crate::pdf::object::text_string(&shown.bytes), "15/QĐ-UBND");
            let found = document.signatures().expect("reads");
            assert!(found.iter().all(|f| f.signature.as_ref().is_some_and(|s| s.coverage.is_sound())));
            assert!(matches!(signed(&twice, sealing), Err(PadesError::AlreadySigned(_))));
        }
    }

    #[test]
    fn fields_that_are_not_there_or_already_there_are_named() {
        let file = document(Form::Table, "", "");
        let target = |target| PadesRequest { target, ..request() };
        assert!(matches!(signed(&file, target(Target::Existing("X"))), Err(PadesError::NoSuchField(_))));
        let new = |name| Target::New { name: Some(name), page: 1, rect: None, lock: None };
        assert!(matches!(signed(&file, target(new("a.b"))), Err(PadesError::BadName(_))));
        let once = signed(&file, target(new("A"))).expect("signs");
        assert!(matches!(signed(&once, target(new("A"))), Err(PadesError::NameTaken(_))));
        let page = Target::New { name: None, page: 2, rect: None, lock: None };
        assert!(matches!(
            signed(&file, target(page)),
            Err(PadesError::Update(UpdateError::Pdf(PdfError::NoSuchPage { asked: 2, pages: 1 })))
        ));
    }

    #[test]
    fn a_certification_is_honoured_and_must_come_first() {
        let certify = |permission| PadesRequest { kind: SignatureKind::Certification(permission), ..request() };
        let file = document(Form::Stream, "", "");
        let approved = signed(&file, request()).expect("signs");
        assert!(matches!(signed(&approved, certify(Permission::FillForms)), Err(PadesError::NotFirst(_))));
        let closed = signed(&file, certify(Permission::NoChanges)).expect("signs");
        assert!(matches!(signed(&closed, request()), Err(PadesError::Certified { .. })));
        let stamped = PadesRequest { kind: SignatureKind::DocTimeStamp, ..request() };
        let stamped = signed(&closed, stamped).expect("a time-stamp is allowed");
        let found = Document::open(&stamped).expect("opens").signatures().expect("reads");
        let last = found[1].signature.as_ref().expect("signed");
        assert_eq!(last.value.sub_filter, SubFilter::EtsiRfc3161);
        assert_eq!(last.value.claimed_time, None);
        let open = signed(&file, certify(Permission::FillForms)).expect("signs");
        let document = Document::open(&open).expect("opens");
        assert_eq!(
            document.signatures().expect("reads")[0].signature.as_ref().expect("signed").value.references[0].transform,
            Transform::DocMdp(Permission::FillForms)
        );
        assert!(document.view().catalog().expect("there").1.has("Perms"));
        assert!(signed(&open, request()).is_ok());
    }

    #[test]
    fn a_locked_field_is_not_filled() {
        let catalog = "/AcroForm<</Fields[10 0 R 11 0 R]>>";
        let field = "<</FT/Tx/T(Number)/Type/Annot/Subtype/Widget/Rect[0 0 10 10]/P 3 0 R>>";
        let seal = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R\
                    /Lock<</Type/SigFieldLock/Action/Include/Fields[(Number)]>>>>";
        let file = document_with(Form::Table, catalog, "/Annots[10 0 R 11 0 R]", &[(10, field), (11, seal)]);
        let once = signed(&file, PadesRequest { target: Target::Existing("Sig"), ..request() }).expect("signs");
        let value = FieldValue { name: "Number", value: "1", read_only: false, appearance: None };
        let fill = PadesRequest { fill_fields: vec![value], ..request() };
        assert!(signed(&file, fill.clone()).is_ok());
        assert!(matches!(signed(&once, fill), Err(PadesError::FieldLocked { .. })));
        assert!(signed(&once, request()).is_ok());
        let found = Document::open(&once).expect("opens").signatures().expect("reads");
        assert_eq!(
            found[0].signature.as_ref().expect("signed").value.references[0].transform,
            Transform::FieldMdp(crate::pdf::FieldSelection::Include(vec!["Number".into()]))
        );
    }

    #[test]
    fn a_field_that_must_lock_the_document_gets_a_lock_and_its_signature_locks_every_field() {
        let field = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R\
                     /SV<</Type/SV/Ff 128/LockDocument/true>>>>";
        for form in [Form::Table, Form::Compressed] {
            let file = document_with(form, "/AcroForm<</Fields[11 0 R]>>", "/Annots[11 0 R]", &[(11, field)]);
            let target = || PadesRequest { target: Target::Existing("Sig"), ..request() };
            let refused = signed(&file, target());
            assert!(matches!(refused, Err(PadesError::SeedValue { asked: Asked::LockedDocument, .. })), "{refused:?}");
            let locked = PadesRequest { locks_document: true, encoding: Encoding::Pkcs7, ..target() };
            let once = signed(&file, locked).expect("signs");
            let document = Document::open(&once).expect("opens");
            let found = document.signatures().expect("reads").remove(0);
            let all = FieldLock { fields: FieldSelection::All, permission: Some(Permission::NoChanges) };
            assert_eq!(found.lock, Some(all));
            let value = &found.signature.as_ref().expect("signed").value;
            assert_eq!(value.sub_filter, SubFilter::AdbePkcs7Detached);
            assert!(matches!(value.references[0].transform, Transform::FieldMdp(FieldSelection::All)));
            assert!(matches!(signed(&once, request()), Err(PadesError::Certified { .. })));
        }
    }

    #[test]
    fn a_seed_value_that_asks_for_another_format_refuses() {
        let seal = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R\
                    /SV<</Type/SV/Ff 2/SubFilter[/adbe.pkcs7.detached]>>>>";
        let file = document_with(Form::Table, "/AcroForm<</Fields[11 0 R]>>", "/Annots[11 0 R]", &[(11, seal)]);
        let refused = signed(&file, PadesRequest { target: Target::Existing("Sig"), ..request() });
        assert!(matches!(refused, Err(PadesError::SeedValue { .. })));
    }

    #[test]
    fn a_damaged_file_is_refused_even_where_it_can_be_read() {
        let file = document(Form::Table, "", "");
        let at = file.windows(9).rposition(|w| w == b"startxref").expect("there");
        let damaged = [&file[..at], b"startxref\n7\n%%EOF\n"].concat();
        assert!(matches!(Document::open(&damaged), Err(PdfError::XrefDamaged { .. })));
        let options = crate::pdf::OpenOptions { password: None, repair: crate::pdf::Repair::Scan };
        let document = Document::open_with(&damaged, options).expect("scans");
        assert_eq!(document.view().pages().expect("reads").len(), 1);
        assert!(matches!(prepare(&document, request()), Err(PadesError::Update(UpdateError::Damaged))));
    }
}
