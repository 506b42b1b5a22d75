//! What changed after a signature, object by object, and how each change is judged — ISO 32000-2 12.8.2.2,
//! EN 319 102-1 5.2.2 in spirit.
//!
//! Only done when bytes follow the signed range. The signed revision is compared with the newest one; every object
//! a later revision defines must be explained by every place that leads to it. *Allowed*: a new signature that
//! passes itself, the security store, document time-stamps, filling a field that existed unlocked. *Not judged*:
//! annotations and other things that cannot alter what a page says but are nobody's business here. *Anything else*
//! is forbidden.

mod compare;
mod gaps;
mod level;
mod number_and_date;
mod overlap;
mod reach;
mod rules;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::HashSet;

use super::document::{Document, Oddity};
use super::error::PdfError;
use super::object::ObjectId;
use super::page::Rect;
use super::signature_field::SignatureField;
use super::view::View;
use super::xref::Entry;
use crate::base::read::ReadAt as _;
use reach::Reach;

pub use level::{Attack, Judged, LaterSignature, Terms};
pub use number_and_date::NUMBER_AND_DATE_FIELDS;

/// Every detail code of a change.
pub const CODES: &[&str] = &[
    "ACTION_CHANGED",
    "ANNOTATION_ADDED",
    "ANNOTATION_CHANGED",
    "ANNOTATION_NOT_PERMITTED",
    "ANNOTATION_REMOVED",
    "APPEARANCE_ONLY",
    "APPEARANCE_SHARED",
    "BYTES_AFTER_END",
    "BYTES_UNLISTED",
    "CATALOG_CHANGED",
    "DOC_TIME_STAMP",
    "DOC_TIME_STAMP_VISIBLE",
    "ENCRYPTION_CHANGED",
    "FIELD_ADDED",
    "FIELD_CHANGED",
    "FIELD_FILLED",
    "FIELD_LOCKED",
    "FIELD_LOOK_CHANGED",
    "FIELD_READ_ONLY",
    "FIELD_REMOVED",
    "FIELD_REPLACED",
    "FILE_ID_CHANGED",
    "FORM_CHANGED",
    "FORM_DEFAULTS_ADDED",
    "INFO_CHANGED",
    "INFO_DATES",
    "LAYERS_CHANGED",
    "METADATA_ADDED",
    "METADATA_CHANGED",
    "METADATA_DATES",
    "NAMES_CHANGED",
    "NO_CHANGES_PERMITTED",
    "NUMBER_OR_DATE_ADDED",
    "OBJECT_COMPLETED_LATER",
    "OBJECT_UNLISTED",
    "PAGE_ATTRIBUTE_CHANGED",
    "PAGE_CHANGED",
    "PAGE_CONTENT_CHANGED",
    "PAGE_TREE_CHANGED",
    "PAGE_TREE_REPLACED",
    "PERMISSIONS_CHANGED",
    "ROOT_MOVED",
    "ROOT_REPLACED",
    "SECURITY_STORE",
    "SIGNATURE_ADDED",
    "SIGNATURE_FIELD_CHANGED",
    "SIGNATURE_FLAGS_CLEARED",
    "SIGNATURE_REPLACED",
    "SIGNED_REVISION_UNKNOWN",
    "STRUCTURE_TREE_CHANGED",
    "TOO_MANY_CHANGES",
    "TRAILER_CHANGED",
    "VERSION_CHANGED",
    "WIDGET_MOVED",
    "WIDGET_REMOVED",
    "XFA_CHANGED",
    "XREF_ORDER",
    "XREF_REDIRECTED",
    "XREF_REPEATED",
];

/// Most changes listed for one signature.
pub const MAX_CHANGES: usize = 2_000;

/// Kinds of changes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ChangeKind {
    /// A later signature.
    SignatureAdded,
    /// A document time-stamp.
    DocTimeStampAdded,
    /// Validation data in the security store.
    SecurityStore,
    /// A field that existed was filled.
    FieldFilled,
    /// A field was added that is not a signature.
    FieldAdded,
    /// A read-only field for number or date came with a signature, in the shape a seal adds it.
    NumberOrDateAdded,
    /// A field was changed otherwise, or removed.
    FieldChanged,
    /// An earlier or this signature was altered.
    SignatureChanged,
    /// An annotation was added.
    AnnotationAdded,
    /// An annotation was changed or removed.
    AnnotationChanged,
    /// What a page shows.
    PageContent,
    /// Which pages there are, or their sizes.
    PageTree,
    /// Title, dates and the like.
    Metadata,
    /// The form as a whole.
    Form,
    /// Document-wide behaviour: scripts, actions, layers, attachments, permissions.
    Catalog,
    /// Cross-reference data, trailer or bytes outside every revision.
    Structure,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [ChangeKind; 16] = [
        ChangeKind::SignatureAdded,
        ChangeKind::DocTimeStampAdded,
        ChangeKind::SecurityStore,
        ChangeKind::FieldFilled,
        ChangeKind::FieldAdded,
        ChangeKind::NumberOrDateAdded,
        ChangeKind::FieldChanged,
        ChangeKind::SignatureChanged,
        ChangeKind::AnnotationAdded,
        ChangeKind::AnnotationChanged,
        ChangeKind::PageContent,
        ChangeKind::PageTree,
        ChangeKind::Metadata,
        ChangeKind::Form,
        ChangeKind::Catalog,
        ChangeKind::Structure,
    ];

    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::SignatureAdded => "signature-added",
            ChangeKind::DocTimeStampAdded => "doc-timestamp-added",
            ChangeKind::SecurityStore => "security-store",
            ChangeKind::FieldFilled => "field-filled",
            ChangeKind::FieldAdded => "field-added",
            ChangeKind::NumberOrDateAdded => "number-or-date-added",
            ChangeKind::FieldChanged => "field-changed",
            ChangeKind::SignatureChanged => "signature-changed",
            ChangeKind::AnnotationAdded => "annotation-added",
            ChangeKind::AnnotationChanged => "annotation-changed",
            ChangeKind::PageContent => "page-content",
            ChangeKind::PageTree => "page-tree",
            ChangeKind::Metadata => "metadata",
            ChangeKind::Form => "form",
            ChangeKind::Catalog => "catalog",
            ChangeKind::Structure => "structure",
        }
    }
}

/// One change after a signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What kind.
    pub kind: ChangeKind,
    /// How it is judged.
    pub judged: Judged,
    /// Detail code, stable: `PAGE_CONTENT_CHANGED`.
    pub code: &'static str,
    /// The revision that last touched it; `None` when that cannot be said.
    pub revision: Option<usize>,
    /// The object.
    pub object: Option<ObjectId>,
    /// Page, from 1.
    pub page: Option<usize>,
    /// Full name of the field.
    pub field: Option<String>,
    /// Where it shows, in user space.
    pub rect: Option<Rect>,
    /// What changed, in a few words.
    pub what: String,
    /// The key, keys or type that `what` names.
    pub detail: Option<String>,
    /// Names of fields it lies over, `page` for most of a page, and what is written there; for visible signatures.
    pub overlaps: Vec<String>,
    /// For [`ChangeKind::NumberOrDateAdded`]: full name of the field whose signature brought it in its own update.
    /// Not judged here: it is allowed where that signature passes and is an agency's.
    pub comes_with: Option<String>,
    /// The attack this has the shape of.
    pub attack: Option<Attack>,
}

/// All changes after one signature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// The changes; empty when nothing but white space follows the signed bytes.
    pub changes: Vec<Change>,
    /// True when the list was cut at [`MAX_CHANGES`].
    pub cut: bool,
}

impl Diff {
    /// The worst judgement, with later signatures settled by what became of them: passed ones are allowed, open ones
    /// leave the question open, failed ones are forbidden. [`Judged::Allowed`] without changes.
    pub fn settle(&self, later: &dyn Fn(&str) -> LaterSignature) -> Judged {
        self.changes.iter().map(|change| change.settle(later)).max().unwrap_or(Judged::Allowed)
    }
}

impl Change {
    /// The judgement of this change, with later signatures settled as in [`Diff::settle`].
    pub fn settle(&self, later: &dyn Fn(&str) -> LaterSignature) -> Judged {
        match (self.judged, &self.field) {
            (Judged::IfPassed, Some(field)) => match later(field) {
                LaterSignature::Passed => Judged::Allowed,
                LaterSignature::Indeterminate => Judged::NotJudged,
                LaterSignature::Failed => Judged::Forbidden,
            },
            (Judged::IfPassed, None) => Judged::Forbidden,
            (judged, _) => judged,
        }
    }
}

/// Compares the newest revision of one document with the revisions its signatures cover.
pub struct Analysis<'d, 'a, 's> {
    document: &'d Document<'a>,
    signatures: &'s [SignatureField],
    reach: Option<Reach>,
    candidates: Vec<u32>,
    // Where objects begin and end.
    spans: Vec<(u32, u64, u64)>,
    overlap_checks: Cell<usize>,
    // Lines of the pages that later stamps lie on.
    lines: overlap::Lines,
}

impl<'d, 'a, 's> Analysis<'d, 'a, 's> {
    /// Prepares the comparison; walks the document once, and not at all when nothing follows any signed range.
    ///
    /// # Errors
    /// Those of [`View::get`] while walking the newest revision.
    pub fn new(document: &'d Document<'a>, signatures: &'s [SignatureField]) -> Result<Self, PdfError> {
        let newest = document.revisions().len().checked_sub(1);
        let covered = signatures.iter().filter_map(|s| s.signature.as_ref()?.coverage.revision);
        let covered: HashSet<usize> = covered.filter(|r| Some(*r) != newest).collect();
        let mut later = HashSet::new();
        if let Some(first) = covered.iter().min() {
            for index in first + 1..document.revisions().len() {
                later.extend(document.revision_objects(index).into_iter().map(|(number, _)| number));
            }
            for index in &covered {
                add_contained(document, *index, &mut later);
                add_appearances(document, *index, &mut later)?;
            }
        }
        let reach = if covered.is_empty() { None } else { Some(Reach::walk(document.view(), &later)?) };
        let mut candidates: Vec<u32> = later.into_iter().collect();
        candidates.sort_unstable();
        let spans = covered.iter().min().map_or(Ok(Vec::new()), |first| spans(document, *first))?;
        Ok(Analysis {
            document,
            signatures,
            reach,
            candidates,
            spans,
            overlap_checks: Cell::new(0),
            lines: Default::default(),
        })
    }

    /// What changed after the signature in `signatures[index]`.
    ///
    /// # Errors
    /// Those of [`View::get`] for the storage and for limits; an unreadable object is a forbidden change.
    pub fn changes_after(&self, index: usize) -> Result<Diff, PdfError> {
        let Some(field) = self.signatures.get(index) else { return Ok(Diff::default()) };
        let Some(signature) = &field.signature else { return Ok(Diff::default()) };
        let mut changes = Vec::new();
        self.trailing_bytes(signature, &mut changes)?;
        let revision = signature.coverage.revision;
        match (revision, &self.reach) {
            (Some(revision), _) if revision + 1 == self.document.revisions().len() => {}
            (Some(revision), Some(reach)) => {
                let Some(old) = self.document.view_at(revision) else { return Ok(Diff::default()) };
                self.structure(revision, &mut changes);
                self.completed_later(signature, &mut changes);
                self.unlisted(signature, &mut changes)?;
                let comparison = rules::Comparison {
                    old,
                    new: self.document.view(),
                    reach,
                    terms: Terms::of(field),
                    signed: field,
                    signatures: self.signatures,
                    candidates: &self.candidates,
                    moved: Default::default(),
                    overlap_checks: &self.overlap_checks,
                    lines: &self.lines,
                };
                comparison.run(&mut changes)?;
            }
            // Nothing tells what the signer saw.
            _ => changes.push(structure(
                Judged::Forbidden,
                "SIGNED_REVISION_UNKNOWN",
                "the signed bytes end at no revision",
                None,
            )),
        }
        changes.sort_by(|a, b| {
            (b.judged, a.page, a.kind, a.code, &a.field, a.object)
                .cmp(&(a.judged, b.page, b.kind, b.code, &b.field, b.object))
        });
        changes.dedup();
        let cut = changes.len() > MAX_CHANGES;
        changes.truncate(MAX_CHANGES);
        Ok(Diff { changes, cut })
    }

    fn trailing_bytes(&self, signature: &super::Signature, changes: &mut Vec<Change>) -> Result<(), PdfError> {
        const LOOK: u64 = 1 << 20;
        let signed_end = signature.coverage.range.as_ref().map_or(0, |range| range.end);
        let after = self.document.oddities().iter().find_map(|oddity| match oddity {
            Oddity::BytesAfterEnd { at } if *at >= signed_end => Some(*at),
            _ => None,
        });
        let Some(at) = after else { return Ok(()) };
        let length = (self.document.len() - at).min(LOOK);
        let bytes = self.document.window().read_range(at, length, usize::try_from(LOOK).unwrap_or(usize::MAX))?;
        // Lenient readers look for objects anywhere.
        let looks_like_pdf = [&b" obj"[..], b"xref", b"trailer", b"endobj"]
            .iter()
            .any(|word| bytes.windows(word.len()).any(|window| window == *word));
        let judged = if looks_like_pdf || length == LOOK { Judged::Forbidden } else { Judged::NotJudged };
        changes.push(structure(judged, "BYTES_AFTER_END", "bytes follow the last %%EOF", None));
        Ok(())
    }

    // Objects that the signed revision only announces: their bytes, or the rest of them, came later.
    fn completed_later(&self, signature: &super::Signature, changes: &mut Vec<Change>) {
        let Some(signed) = signature.coverage.revision else { return };
        let Some(end) = signature.coverage.range.as_ref().map(|range| range.end) else { return };
        let Some(old) = self.document.view_at(signed) else { return };
        for (number, from, _) in self.spans.iter().copied().filter(|(_, _, to)| *to > end) {
            let announced = matches!(old.entry(number), Entry::InUse { offset, .. } if offset == from);
            if announced {
                let what = "the signed revision leads an object to bytes that came later";
                let id = Some(ObjectId::new(number));
                let mut change = structure(Judged::Forbidden, "OBJECT_COMPLETED_LATER", what, id);
                change.attack = Some(Attack::ShadowHideAndReplace);
                changes.push(change);
            }
        }
    }

    // Objects that only readers find which search the file.
    fn unlisted(&self, signature: &super::Signature, changes: &mut Vec<Change>) -> Result<(), PdfError> {
        let Some(signed) = signature.coverage.revision else { return Ok(()) };
        let Some(end) = signature.coverage.range.as_ref().map(|range| range.end) else { return Ok(()) };
        for found in gaps::unlisted(self.document, signed, end, &self.spans)? {
            let mut change = if found.reads_as_object {
                let what = "an object that no cross-reference entry leads to";
                structure(Judged::Forbidden, "OBJECT_UNLISTED", what, found.object)
            } else {
                structure(Judged::NotJudged, "BYTES_UNLISTED", "bytes between the objects of a later revision", None)
            };
            change.attack = found.reads_as_object.then_some(Attack::IncrementalSaving);
            change.revision = Some(found.revision);
            changes.push(change);
        }
        Ok(())
    }

    // Cross-reference data that no appending writer makes.
    fn structure(&self, signed: usize, changes: &mut Vec<Change>) {
        let revisions = self.document.revisions();
        let Some(signed_end) = revisions.get(signed).map(|r| r.section_end) else { return };
        for oddity in self.document.oddities() {
            let (section, code, what) = match oddity {
                Oddity::RepeatedEntry { section } => (*section, "XREF_REPEATED", "a section lists an object twice"),
                Oddity::SectionsOutOfOrder { section } => {
                    (*section, "XREF_ORDER", "a later section stands before an earlier one")
                }
                _ => continue,
            };
            if section >= signed_end || matches!(oddity, Oddity::SectionsOutOfOrder { .. }) {
                changes.push(structure(Judged::Forbidden, code, what, None));
            }
        }
        let Some(old) = self.document.view_at(signed) else { return };
        for index in signed + 1..revisions.len() {
            for (number, entry) in self.document.revision_objects(index) {
                let Entry::InUse { offset, .. } = entry else { continue };
                // Some writers repeat all old rows; only another place in the signed bytes is a redirection.
                if offset < signed_end && old.entry(number) != entry {
                    let mut change = structure(
                        Judged::Forbidden,
                        "XREF_REDIRECTED",
                        "a later section leads an object to other bytes of the signed revision",
                        Some(ObjectId::new(number)),
                    );
                    change.attack = Some(Attack::ShadowHideAndReplace);
                    change.revision = Some(index);
                    changes.push(change);
                }
            }
        }
    }
}

// Every object still in use, and every one that a revision after `first` wrote: number, first byte, first byte after it.
fn spans(document: &Document<'_>, first: usize) -> Result<Vec<(u32, u64, u64)>, PdfError> {
    let mut spans = Vec::new();
    let mut seen = HashSet::new();
    for index in 0..document.revisions().len() {
        let Some(then) = document.view_at(index) else { continue };
        for (number, entry) in document.revision_objects(index) {
            let Entry::InUse { offset, generation } = entry else { continue };
            let current = document.view().entry(number) == entry;
            if (!current && index <= first) || !seen.insert((number, offset)) {
                continue;
            }
            let view = if current { document.view() } else { then };
            match view.get_with_place(ObjectId { number, generation }) {
                Ok((_, Some((from, to)))) => spans.push((number, from, to)),
                Ok((_, None)) => {}
                Err(error @ (PdfError::Io(_) | PdfError::Limit(_))) => return Err(error),
                // Unreadable from `offset`, before and after.
                Err(_) => spans.push((number, offset, offset)),
            }
        }
    }
    Ok(spans)
}

fn structure(judged: Judged, code: &'static str, what: &str, object: Option<ObjectId>) -> Change {
    Change {
        kind: ChangeKind::Structure,
        judged,
        code,
        revision: None,
        object,
        page: None,
        field: None,
        rect: None,
        what: what.to_owned(),
        detail: None,
        overlaps: Vec::new(),
        comes_with: None,
        attack: None,
    }
}

// Objects in object streams that a later revision replaced changed with them.
fn add_contained(document: &Document<'_>, revision: usize, later: &mut HashSet<u32>) {
    let Some(view) = document.view_at(revision) else { return };
    let mut contained = Vec::new();
    for section in view.sections() {
        let hidden = section.hybrid.iter().flat_map(|hybrid| hybrid.entries.iter());
        for (number, entry) in section.entries.iter().chain(hidden) {
            if let Entry::Compressed { stream, .. } = entry
                && later.contains(&stream)
                && !later.contains(&number)
            {
                contained.push(number);
            }
        }
    }
    later.extend(contained);
}

// Appearance dictionaries of fields, to know where else they are used.
fn add_appearances(document: &Document<'_>, revision: usize, later: &mut HashSet<u32>) -> Result<(), PdfError> {
    let Some(view) = document.view_at(revision) else { return Ok(()) };
    let fields = view.fields_unplaced()?;
    let dictionaries = fields.iter().filter_map(|field| field.dictionary.get("AP")?.as_reference());
    later.extend(dictionaries.map(|id| id.number));
    Ok(())
}

/// The newest revision, up to and with `view`'s, that lists an object.
pub(crate) fn last_revision(view: View<'_, '_>, number: u32) -> Option<usize> {
    let document = view.document();
    (0..document.revisions().len()).rev().find(|index| {
        document.revision_sections(*index).iter().any(|section| {
            section.entries.get(number).is_some()
                || section.hybrid.as_ref().is_some_and(|hybrid| hybrid.entries.get(number).is_some())
        })
    })
}
