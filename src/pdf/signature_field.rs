//! Signature fields, their widgets, locks and seed values, and the signature dictionaries in them —
//! ISO 32000-2 12.7.5.5, 12.8.
//!
//! Reports what stands there. Whether a signature is good is not decided here; whether its byte range keeps the
//! rules is, in [`super::byte_range`].

use std::collections::{HashMap, HashSet};

use super::byte_range::{self, Coverage};
use super::document::Document;
use super::error::{Limit, PdfError};
use super::object::{Dictionary, Object, ObjectId, PdfString, text_string};
use super::page::Rect;
use super::seed_value::{SeedValue, seed_value};
use super::view::View;
use crate::base::seeded::SeededSet;
use crate::base::time::{Civil, UnixTime};

/// Most signature fields of one form.
pub const MAX_SIGNATURES: usize = 1_000;
/// Most fields of one form.
pub const MAX_FIELDS: usize = 100_000;
/// Deepest field tree.
const MAX_DEPTH: usize = 64;
/// Largest signature value, in bytes.
pub const MAX_CONTENTS: usize = 8 << 20;
const MAX_LIST: usize = 10_000;

/// A terminal field of the form.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field object; `None` for one that stands directly in its parent.
    pub id: Option<ObjectId>,
    /// Fully qualified name, parts joined by a period (ISO 32000-2 12.7.4.2).
    pub name: String,
    /// `Sig`, `Tx`, `Btn`, `Ch`, or empty; inherited values included.
    pub kind: Vec<u8>,
    /// `/Ff`, inherited values included; bit 1 (value 1) is read-only.
    pub flags: i64,
    /// `/V`, not resolved, inherited values included.
    pub value: Option<Object>,
    /// The field dictionary itself.
    pub dictionary: Dictionary,
    /// Its widgets: the field itself where merged, else its kids.
    pub widgets: Vec<Widget>,
}

/// Where a field shows on a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Widget {
    /// The widget object; `None` when direct.
    pub id: Option<ObjectId>,
    /// Page number from 1; `None` when no page lists it.
    pub page: Option<usize>,
    /// Rectangle in user space; `None` when malformed. A zero size is an invisible signature.
    pub rect: Option<Rect>,
    /// Annotation flags `/F`.
    pub flags: i64,
}

/// A signature field and the signature in it.
#[derive(Clone, Debug)]
pub struct SignatureField {
    /// The field.
    pub field: Field,
    /// `/Lock`.
    pub lock: Option<FieldLock>,
    /// `/SV`.
    pub seed: Option<SeedValue>,
    /// The signature; `None` for an empty field.
    pub signature: Option<Signature>,
}

/// A signature dictionary in its field.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The signature dictionary.
    pub value: SignatureValue,
    /// What it covers.
    pub coverage: Coverage,
    /// Names of other fields that hold the same dictionary.
    pub shared_with: Vec<String>,
}

/// `/SubFilter` — ISO 32000-2 Table 260, ETSI EN 319 142-1 6.2.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SubFilter {
    /// `ETSI.CAdES.detached`.
    EtsiCadesDetached,
    /// `ETSI.RFC3161`: a document time-stamp.
    EtsiRfc3161,
    /// `adbe.pkcs7.detached`.
    AdbePkcs7Detached,
    /// `adbe.pkcs7.sha1`.
    AdbePkcs7Sha1,
    /// `adbe.x509.rsa_sha1`.
    AdbeX509RsaSha1,
    /// Any other name.
    Other(String),
    /// None.
    Missing,
}

/// What the dictionary says it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignatureType {
    /// `/Type /Sig`, or no `/Type`.
    Signature,
    /// `/Type /DocTimeStamp`.
    DocTimeStamp,
    /// Any other name.
    Other(String),
}

/// The entries of a signature dictionary — ISO 32000-2 Table 255.
#[derive(Clone, Debug)]
pub struct SignatureValue {
    /// The dictionary's object; `None` when it stands directly in the field.
    pub id: Option<ObjectId>,
    /// `/Type`.
    pub kind: SignatureType,
    /// `/Filter`.
    pub filter: Option<String>,
    /// `/SubFilter`.
    pub sub_filter: SubFilter,
    /// `/Contents` decoded, zero padding included.
    pub contents: Option<Vec<u8>>,
    /// File offsets of the `/Contents` token.
    pub contents_span: Option<(u64, u64)>,
    /// True when `/Contents` is written as plain hexadecimal.
    pub contents_is_hex: bool,
    /// `/ByteRange` as it stands; [`Object::Null`] when absent.
    pub byte_range: Object,
    /// `/M` as text.
    pub claimed_time_text: Option<String>,
    /// `/M` as an instant, when it names one. Never a proof.
    pub claimed_time: Option<UnixTime>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// `/Cert`: one or several certificates, only for `adbe.x509.rsa_sha1`.
    pub certificates: Vec<Vec<u8>>,
    /// `/Reference`.
    pub references: Vec<SignatureReference>,
}

/// A signature reference — ISO 32000-2 12.8.1, Table 256.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignatureReference {
    /// `/TransformMethod` with its parameters.
    pub transform: Transform,
    /// True with an (obsolete) object digest.
    pub has_digest: bool,
}

/// What a signature says about later changes — ISO 32000-2 12.8.2.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transform {
    /// Certification: what may change after it.
    DocMdp(Permission),
    /// Fields that must not change.
    FieldMdp(FieldSelection),
    /// Usage rights; obsolete.
    Ur3,
    /// Any other.
    Other(String),
}

/// Access permissions of a certification — ISO 32000-2 Table 257.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Permission {
    /// `/P 1`: no changes.
    NoChanges,
    /// `/P 2`: filling forms and signing.
    FillForms,
    /// `/P 3`: annotations too.
    Annotate,
}

/// Which fields — ISO 32000-2 Tables 236 and 259.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FieldSelection {
    /// Every field.
    All,
    /// These fields.
    Include(Vec<String>),
    /// Every field but these.
    Exclude(Vec<String>),
}

/// A field lock: what signing this field locks — ISO 32000-2 Table 236.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldLock {
    /// Which fields.
    pub fields: FieldSelection,
    /// `/P` of PDF 2.0: what may change in the document at all.
    pub permission: Option<Permission>,
}

impl FieldSelection {
    /// True when the selection names this field, or an ancestor of it.
    pub fn selects(&self, name: &str) -> bool {
        let among = |names: &[String]| {
            names.iter().any(|n| name == n || name.strip_prefix(n.as_str()).is_some_and(|rest| rest.starts_with('.')))
        };
        match self {
            FieldSelection::All => true,
            FieldSelection::Include(names) => among(names),
            FieldSelection::Exclude(names) => !among(names),
        }
    }
}

impl Document<'_> {
    /// Every signature field of the newest revision, in the order of the form, byte ranges judged.
    ///
    /// # Errors
    /// [`PdfError::Limit`] for a form past the bounds or more than [`MAX_SIGNATURES`] signature fields, and those of
    /// [`View::get`].
    pub fn signatures(&self) -> Result<Vec<SignatureField>, PdfError> {
        let view = self.view();
        let mut found = Vec::new();
        for field in view.fields()? {
            if field.kind == b"Sig" {
                if found.len() >= MAX_SIGNATURES {
                    return Err(PdfError::Limit(Limit::Fields));
                }
                found.push(signature_field(&view, field)?);
            }
        }
        name_shared(&mut found);
        let mut values: Vec<(Option<ObjectId>, &mut Coverage)> = Vec::new();
        let mut seen = HashSet::new();
        for field in &mut found {
            if let Some(signature) = field.signature.as_mut()
                && signature.value.id.is_none_or(|id| seen.insert(id))
            {
                values.push((signature.value.id, &mut signature.coverage));
            }
        }
        byte_range::judge_shared_holes(&mut values);
        Ok(found)
    }
}

impl View<'_, '_> {
    /// The interactive form dictionary; its object where it is one.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn form(&self) -> Result<Option<(Option<ObjectId>, Dictionary)>, PdfError> {
        let (_, catalog) = self.catalog_shared()?;
        let Some(entry) = catalog.get("AcroForm") else { return Ok(None) };
        Ok(self.resolve_shared(entry)?.as_dictionary().map(|form| (entry.as_reference(), form.clone())))
    }

    /// Every terminal field of the form.
    ///
    /// # Errors
    /// [`PdfError::Limit`] for more than [`MAX_FIELDS`] nodes or a tree that is too deep, and those of [`View::get`].
    pub fn fields(&self) -> Result<Vec<Field>, PdfError> {
        let mut fields = self.fields_unplaced()?;
        let needs_pages = fields.iter().any(|f| f.kind == b"Sig" && !f.widgets.is_empty());
        if needs_pages {
            self.place_widgets(&mut fields)?;
        }
        Ok(fields)
    }

    /// [`View::fields`] without the page numbers of widgets, which cost a walk over all pages.
    pub(crate) fn fields_unplaced(&self) -> Result<Vec<Field>, PdfError> {
        let (_, catalog) = self.catalog_shared()?;
        let form = self.value_shared(&catalog, "AcroForm")?;
        let Some(form) = form.as_dictionary() else { return Ok(Vec::new()) };
        let roots = self.value_shared(form, "Fields")?;
        let mut walk = FieldWalk { view: *self, seen: SeededSet::default(), nodes: 0, fields: Vec::new() };
        for root in roots.as_array().unwrap_or_default() {
            walk.node(root, &Parent::default(), 0)?;
        }
        Ok(walk.fields)
    }

    // Page numbers of the widgets of signature fields: from /P, else from the pages' /Annots.
    fn place_widgets(&self, fields: &mut [Field]) -> Result<(), PdfError> {
        let Ok(numbers) = self.page_numbers() else { return Ok(()) };
        let mut unplaced: HashMap<ObjectId, ()> = HashMap::new();
        for field in fields.iter_mut() {
            let page_of = |dictionary: &Dictionary| dictionary.get("P").and_then(Object::as_reference);
            for widget in &mut field.widgets {
                let page = match widget.id {
                    Some(id) if Some(id) != field.id => self.get_shared(id)?.as_dictionary().and_then(page_of),
                    _ => page_of(&field.dictionary),
                };
                widget.page = page.and_then(|id| numbers.get(&id).copied());
                if widget.page.is_none()
                    && let Some(id) = widget.id
                {
                    unplaced.insert(id, ());
                }
            }
        }
        if unplaced.is_empty() {
            return Ok(());
        }
        let mut places = HashMap::new();
        for page in self.pages()? {
            let Ok(dictionary) = self.page_dictionary(&page) else { continue };
            let annotations = self.value(&dictionary, "Annots").unwrap_or_default();
            for id in annotations.as_array().unwrap_or_default().iter().filter_map(Object::as_reference) {
                if unplaced.contains_key(&id) {
                    places.entry(id).or_insert(page.number);
                }
            }
        }
        for widget in fields.iter_mut().flat_map(|f| f.widgets.iter_mut()) {
            if widget.page.is_none() {
                widget.page = widget.id.and_then(|id| places.get(&id).copied());
            }
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Parent {
    name: String,
    kind: Option<Vec<u8>>,
    flags: Option<i64>,
    value: Option<Object>,
}

struct FieldWalk<'d, 'a> {
    view: View<'d, 'a>,
    seen: SeededSet<ObjectId>,
    nodes: usize,
    fields: Vec<Field>,
}

impl FieldWalk<'_, '_> {
    fn node(&mut self, node: &Object, parent: &Parent, depth: usize) -> Result<(), PdfError> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_FIELDS {
            return Err(PdfError::Limit(Limit::Fields));
        }
        let id = node.as_reference();
        if id.is_some_and(|id| !self.seen.insert(id)) {
            return Ok(());
        }
        let resolved = self.view.resolve_shared(node)?;
        let Object::Dictionary(dictionary) = &*resolved else { return Ok(()) };
        let own = self.inherit(dictionary, parent)?;
        let kids = self.view.value_shared(dictionary, "Kids")?;
        let mut widgets = Vec::new();
        let mut has_child_fields = false;
        for kid in kids.as_array().unwrap_or_default() {
            let resolved = self.view.resolve_shared(kid)?;
            let Some(child) = resolved.as_dictionary() else { continue };
            // A kid with a name or kids of its own is a field, any other a widget (ISO 32000-2 12.7.4.2).
            if child.has("T") || child.has("Kids") {
                has_child_fields = true;
                self.node(kid, &own, depth + 1)?;
            } else if kid.as_reference().is_none_or(|id| self.seen.insert(id)) {
                self.nodes += 1;
                widgets.push(self.widget(kid.as_reference(), child)?);
            }
        }
        if has_child_fields && widgets.is_empty() {
            return Ok(());
        }
        if dictionary.is_name("Subtype", "Widget") || dictionary.has("Rect") {
            widgets.insert(0, self.widget(id, dictionary)?);
        }
        self.fields.push(Field {
            id,
            name: own.name,
            kind: own.kind.unwrap_or_default(),
            flags: own.flags.unwrap_or(0),
            value: own.value,
            dictionary: Dictionary::clone(dictionary),
            widgets,
        });
        Ok(())
    }

    fn inherit(&self, dictionary: &Dictionary, parent: &Parent) -> Result<Parent, PdfError> {
        let partial = self.view.value_shared(dictionary, "T")?.as_string().map(|t| text_string(&t.bytes));
        let name = match (parent.name.as_str(), partial) {
            (parent, None) => parent.to_owned(),
            ("", Some(own)) => own,
            (parent, Some(own)) => format!("{parent}.{own}"),
        };
        Ok(Parent {
            name,
            kind: self
                .view
                .value_shared(dictionary, "FT")?
                .as_name()
                .map(<[u8]>::to_vec)
                .or_else(|| parent.kind.clone()),
            flags: self.view.value_shared(dictionary, "Ff")?.as_integer().or(parent.flags),
            value: dictionary.get("V").cloned().or_else(|| parent.value.clone()),
        })
    }

    fn widget(&self, id: Option<ObjectId>, dictionary: &Dictionary) -> Result<Widget, PdfError> {
        let rect = self.view.rectangle(&*self.view.value_shared(dictionary, "Rect")?)?;
        let flags = self.view.value_shared(dictionary, "F")?.as_integer().unwrap_or(0);
        Ok(Widget { id, page: None, rect, flags })
    }
}

fn signature_field(view: &View<'_, '_>, field: Field) -> Result<SignatureField, PdfError> {
    let lock = view.dictionary(&field.dictionary, "Lock")?.map(|d| field_lock(view, &d)).transpose()?;
    let seed = view.dictionary(&field.dictionary, "SV")?.map(|d| seed_value(view, &d)).transpose()?;
    let signature = match &field.value {
        None => None,
        Some(entry) => match &*view.resolve_shared(entry)? {
            Object::Dictionary(dictionary) => {
                let value = signature_value(view, entry.as_reference(), dictionary)?;
                let coverage = byte_range::judge(view.document(), dictionary, &value);
                Some(Signature { value, coverage, shared_with: Vec::new() })
            }
            _ => None,
        },
    };
    Ok(SignatureField { field, lock, seed, signature })
}

/// Reads a signature dictionary.
pub(crate) fn signature_value(
    view: &View<'_, '_>,
    id: Option<ObjectId>,
    dictionary: &Dictionary,
) -> Result<SignatureValue, PdfError> {
    let contents = view.value_shared(dictionary, "Contents")?;
    let contents = contents.as_string();
    if contents.is_some_and(|c| c.bytes.len() > MAX_CONTENTS) {
        return Err(PdfError::Limit(Limit::SignatureValue));
    }
    // Only a string that stands in the dictionary itself can be the hole of its byte range.
    let direct = dictionary.get("Contents").and_then(Object::as_string);
    let claimed_time_text = string(view, dictionary, "M")?;
    Ok(SignatureValue {
        id,
        kind: match name(view, dictionary, "Type")? {
            None => SignatureType::Signature,
            Some(kind) if kind == "Sig" => SignatureType::Signature,
            Some(kind) if kind == "DocTimeStamp" => SignatureType::DocTimeStamp,
            Some(kind) => SignatureType::Other(kind),
        },
        filter: name(view, dictionary, "Filter")?,
        sub_filter: SubFilter::from_name(name(view, dictionary, "SubFilter")?.as_deref()),
        contents: contents.map(|c| c.bytes.clone()),
        contents_span: direct.and_then(|c| c.span),
        contents_is_hex: contents.is_some_and(|c: &PdfString| c.hex && !c.malformed),
        byte_range: byte_range_object(view, dictionary)?,
        claimed_time: claimed_time_text.as_deref().and_then(parse_date),
        claimed_time_text,
        name: string(view, dictionary, "Name")?,
        reason: string(view, dictionary, "Reason")?,
        location: string(view, dictionary, "Location")?,
        contact: string(view, dictionary, "ContactInfo")?,
        certificates: match view.value(dictionary, "Cert")? {
            Object::String(single) => vec![single.bytes],
            Object::Array(items) => byte_strings(view, &items)?,
            _ => Vec::new(),
        },
        references: references(view, dictionary)?,
    })
}

fn byte_range_object(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<Object, PdfError> {
    match view.value(dictionary, "ByteRange")? {
        Object::Array(items) => {
            let items: Result<Vec<Object>, PdfError> = items.iter().take(16).map(|i| view.resolve(i)).collect();
            Ok(Object::Array(items?))
        }
        other => Ok(other),
    }
}

fn references(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<Vec<SignatureReference>, PdfError> {
    let list = view.value(dictionary, "Reference")?;
    let mut references = Vec::new();
    for item in list.as_array().unwrap_or_default().iter().take(MAX_LIST) {
        let resolved = view.resolve(item)?;
        let Some(reference) = resolved.as_dictionary() else { continue };
        let parameters = view.dictionary(reference, "TransformParams")?.unwrap_or_default();
        let transform = match name(view, reference, "TransformMethod")?.unwrap_or_default().as_str() {
            // ISO 32000-2 Table 257: P defaults to 2.
            "DocMDP" => {
                Transform::DocMdp(Permission::from_number(view.value(&parameters, "P")?.as_integer().unwrap_or(2)))
            }
            "FieldMDP" => Transform::FieldMdp(field_selection(view, &parameters)?),
            "UR3" | "UR" => Transform::Ur3,
            other => Transform::Other(other.to_owned()),
        };
        references.push(SignatureReference { transform, has_digest: reference.has("DigestValue") });
    }
    Ok(references)
}

fn field_lock(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<FieldLock, PdfError> {
    Ok(FieldLock {
        fields: field_selection(view, dictionary)?,
        permission: view.value(dictionary, "P")?.as_integer().map(Permission::from_number),
    })
}

// An unknown action locks everything: the stricter reading.
fn field_selection(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<FieldSelection, PdfError> {
    let names = strings(view, dictionary, "Fields")?;
    Ok(match name(view, dictionary, "Action")?.as_deref() {
        Some("Include") => FieldSelection::Include(names),
        Some("Exclude") => FieldSelection::Exclude(names),
        _ => FieldSelection::All,
    })
}

impl Permission {
    /// `/P`; any number that is none of 1, 2, 3 is read as 1, the strictest.
    pub fn from_number(number: i64) -> Self {
        match number {
            2 => Permission::FillForms,
            3 => Permission::Annotate,
            _ => Permission::NoChanges,
        }
    }

    /// `/P` for writing.
    pub fn number(self) -> i64 {
        match self {
            Permission::NoChanges => 1,
            Permission::FillForms => 2,
            Permission::Annotate => 3,
        }
    }
}

impl SubFilter {
    fn from_name(name: Option<&str>) -> Self {
        match name {
            None => SubFilter::Missing,
            Some("ETSI.CAdES.detached") => SubFilter::EtsiCadesDetached,
            Some("ETSI.RFC3161") => SubFilter::EtsiRfc3161,
            Some("adbe.pkcs7.detached") => SubFilter::AdbePkcs7Detached,
            Some("adbe.pkcs7.sha1") => SubFilter::AdbePkcs7Sha1,
            Some("adbe.x509.rsa_sha1") => SubFilter::AdbeX509RsaSha1,
            Some(other) => SubFilter::Other(other.to_owned()),
        }
    }

    /// The name as a file has it; empty when there is none.
    pub fn as_str(&self) -> &str {
        match self {
            SubFilter::EtsiCadesDetached => "ETSI.CAdES.detached",
            SubFilter::EtsiRfc3161 => "ETSI.RFC3161",
            SubFilter::AdbePkcs7Detached => "adbe.pkcs7.detached",
            SubFilter::AdbePkcs7Sha1 => "adbe.pkcs7.sha1",
            SubFilter::AdbeX509RsaSha1 => "adbe.x509.rsa_sha1",
            SubFilter::Other(other) => other,
            SubFilter::Missing => "",
        }
    }
}

pub(super) fn name(view: &View<'_, '_>, dictionary: &Dictionary, key: &str) -> Result<Option<String>, PdfError> {
    Ok(view.value_shared(dictionary, key)?.as_name().map(|n| String::from_utf8_lossy(n).into_owned()))
}

pub(super) fn string(view: &View<'_, '_>, dictionary: &Dictionary, key: &str) -> Result<Option<String>, PdfError> {
    Ok(view.value_shared(dictionary, key)?.as_string().map(|s| text_string(&s.bytes)))
}

pub(super) fn strings(view: &View<'_, '_>, dictionary: &Dictionary, key: &str) -> Result<Vec<String>, PdfError> {
    let list = view.value(dictionary, key)?;
    Ok(byte_strings(view, list.as_array().unwrap_or_default())?.iter().map(|s| text_string(s)).collect())
}

pub(super) fn names(view: &View<'_, '_>, dictionary: &Dictionary, key: &str) -> Result<Vec<String>, PdfError> {
    let list = view.value(dictionary, key)?;
    let items = list.as_array().unwrap_or_default().iter().take(MAX_LIST);
    Ok(items.filter_map(Object::as_name).map(|n| String::from_utf8_lossy(n).into_owned()).collect())
}

pub(super) fn byte_strings(view: &View<'_, '_>, items: &[Object]) -> Result<Vec<Vec<u8>>, PdfError> {
    let mut strings = Vec::new();
    for item in items.iter().take(MAX_LIST) {
        if let Object::String(string) = view.resolve(item)? {
            strings.push(string.bytes);
        }
    }
    Ok(strings)
}

fn name_shared(found: &mut [SignatureField]) {
    let mut holders: HashMap<ObjectId, Vec<String>> = HashMap::new();
    for field in found.iter() {
        if let Some(id) = field.signature.as_ref().and_then(|s| s.value.id) {
            holders.entry(id).or_default().push(field.field.name.clone());
        }
    }
    for field in found.iter_mut() {
        let name = field.field.name.clone();
        if let Some(signature) = field.signature.as_mut()
            && let Some(names) = signature.value.id.and_then(|id| holders.get(&id))
            && names.len() > 1
        {
            signature.shared_with = names.iter().filter(|other| **other != name).cloned().collect();
            if signature.shared_with.is_empty() {
                // Two fields of one name: still two fields.
                signature.shared_with.push(name);
            }
        }
    }
}

/// A PDF date — ISO 32000-2 7.9.4: `D:YYYYMMDDHHmmSSOHH'mm`; later parts may be missing, the zone then counts as UTC.
pub fn parse_date(text: &str) -> Option<UnixTime> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, zone) = text.split_at_checked(digits)?;
    let field = |at: usize, default: u8| -> Option<u8> {
        match number.get(at..at + 2) {
            Some(pair) => pair.parse().ok(),
            None if number.len() <= at => Some(default),
            None => None,
        }
    };
    let civil = Civil {
        year: number.get(..4)?.parse().ok()?,
        month: field(4, 1)?,
        day: field(6, 1)?,
        hour: field(8, 0)?,
        minute: field(10, 0)?,
        second: field(12, 0)?,
    };
    if digits > 14 {
        return None;
    }
    let instant = civil.to_unix()?;
    let mut parts = zone.bytes().filter(|b| *b != b'\'');
    let sign = match parts.next() {
        None | Some(b'Z') => return Some(instant),
        Some(b'+') => -1,
        Some(b'-') => 1,
        Some(_) => return None,
    };
    let rest: String = parts.map(char::from).collect();
    let part = |at: usize| -> Option<i64> {
        match rest.get(at..at + 2) {
            Some(pair) if pair.bytes().all(|b| b.is_ascii_digit()) => pair.parse().ok(),
            None if rest.len() == at => Some(0),
            _ => None,
        }
    };
    let (hours, minutes) = (part(0)?, part(2)?);
    (hours < 24 && minutes < 60 && !rest.is_empty()).then(|| instant.plus(sign * (hours * 3_600 + minutes * 60)))
}

/// A PDF date in Vietnam time, `D:20260305140709+07'00'`.
pub fn format_date(at: UnixTime) -> String {
    let c = at.civil(crate::base::time::VIETNAM_OFFSET_S);
    format!("D:{:04}{:02}{:02}{:02}{:02}{:02}+07'00'", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_length_and_zone_are_read() {
        let at = |text: &str| parse_date(text).map(UnixTime::rfc3339);
        assert_eq!(at("D:20260305140709+07'00'").as_deref(), Some("2026-03-05T07:07:09Z"));
        assert_eq!(at("D:20260305140709+07'00").as_deref(), Some("2026-03-05T07:07:09Z"));
        assert_eq!(at("D:20260305070709Z").as_deref(), Some("2026-03-05T07:07:09Z"));
        assert_eq!(at("D:20260305070709Z00'00'").as_deref(), Some("2026-03-05T07:07:09Z"));
        assert_eq!(at("D:2026").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(at("D:20260305140709-0330").as_deref(), Some("2026-03-05T17:37:09Z"));
        for bad in ["", "D:", "D:202", "D:20261305", "D:20260305140709+", "D:20260305140709+25'00'", "D:20260230"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_written_date_reads_back() {
        let at = UnixTime(1_772_694_429);
        assert_eq!(parse_date(&format_date(at)), Some(at));
        assert!(format_date(at).ends_with("+07'00'"));
    }

    #[test]
    fn selections_reach_descendants_but_not_namesakes() {
        let include = FieldSelection::Include(vec!["form.number".into()]);
        assert!(include.selects("form.number"));
        assert!(include.selects("form.number.part"));
        assert!(!include.selects("form.numbers"));
        assert!(!FieldSelection::Exclude(vec!["a".into()]).selects("a"));
        assert!(FieldSelection::All.selects("anything"));
    }

    #[test]
    fn unknown_permissions_are_read_as_the_strictest() {
        assert_eq!(Permission::from_number(0), Permission::NoChanges);
        assert_eq!(Permission::from_number(4), Permission::NoChanges);
        assert_eq!(Permission::from_number(3), Permission::Annotate);
    }
}
