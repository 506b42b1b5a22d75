//! A PDF as its bytes say it is: sections, revisions, objects by number — ISO 32000-2 7.5.
//!
//! The reader is strict: it follows the cross-reference data and never guesses. [`Repair::Scan`] is there for
//! reports about damaged files and marks the document, so that nobody signs or trusts what was guessed.
//! Memory: a window of 128 kB, 24 bytes per cross-reference entry, at most two decoded object streams and the objects
//! of 256 kB of source, which are read once however often they are asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::encryption::Encryption;
use super::error::{Limit, PdfError, XrefFault};
use super::indirect::object_header;
use super::lexer::Lexer;
use super::object::{Object, ObjectId};
use super::repair;
use super::revision::{self, Revision};
use super::view::{ObjectStream, View};
use super::window::Window;
use super::xref::{self, Entry, Section};
use crate::base::read::ReadAt;
use crate::base::seeded::SeededMap;

/// Where an object stands in the file: its first byte and the one after its last.
pub(crate) type Span = (u64, u64);

// Work over the life of one document, in units that views spend.
const WORK: u64 = 500_000;
const WORK_PER_BYTE: u64 = 4;
const HEADER_WINDOW: u64 = 1_024;
// Source bytes of the objects that are kept once read; whatever has no room is read again.
const KEPT_BYTES: u64 = 256 << 10;

/// What to do with damaged cross-reference data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Repair {
    /// Say so.
    #[default]
    Refuse,
    /// Search the whole file for objects; for reports only.
    Scan,
}

/// How a document is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions<'p> {
    /// User or owner password; without one the empty user password is tried.
    pub password: Option<&'p str>,
    /// What to do with damaged cross-reference data.
    pub repair: Repair,
}

/// Something a careful reader notices and a lenient one hides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Oddity {
    /// The header is not at byte 0.
    BytesBeforeHeader {
        /// Offset of `%PDF-`.
        header_at: u64,
        /// True when offsets count from the header, not from byte 0.
        offsets_from_header: bool,
    },
    /// Something other than white space follows the last `%%EOF`.
    BytesAfterEnd {
        /// First such byte.
        at: u64,
    },
    /// The cross-reference data was rebuilt by scanning.
    XrefRebuilt,
    /// A section lists one object twice.
    RepeatedEntry {
        /// Offset of the section.
        section: u64,
    },
    /// A later section stands before an earlier one and the file is not linearised.
    SectionsOutOfOrder {
        /// Offset of the later section.
        section: u64,
    },
    /// A section is not followed by `startxref` and `%%EOF`.
    NoEndMarker {
        /// Offset of the section.
        section: u64,
    },
}

/// An opened PDF.
pub struct Document<'a> {
    pub(super) window: Window<'a>,
    base: u64,
    pub(super) sections: Vec<Section>,
    revisions: Vec<Revision>,
    pub(super) encryption: Option<Encryption>,
    oddities: Vec<Oddity>,
    rebuilt: bool,
    start_xref: u64,
    pub(super) streams: Mutex<Vec<(u64, Arc<ObjectStream>)>>,
    kept: Mutex<Kept>,
    copy: OnceLock<Arc<Vec<u8>>>,
    decoded_left: AtomicU64,
    objects_left: AtomicU64,
    has_run_out: AtomicBool,
}

impl<'a> Document<'a> {
    /// Opens a document strictly, trying the empty user password where it is encrypted.
    ///
    /// # Errors
    /// [`PdfError::NotPdf`], [`PdfError::XrefDamaged`], [`PdfError::Io`]. An encrypted document that does not
    /// open with the password is returned locked: see [`Document::encryption`].
    pub fn open(file: &'a dyn ReadAt) -> Result<Self, PdfError> {
        Self::open_with(file, OpenOptions::default())
    }

    /// Opens a document with a password or with leave to search for objects.
    ///
    /// # Errors
    /// Those of [`Document::open`]; with [`Repair::Scan`] only when no object and no trailer is found.
    pub fn open_with(file: &'a dyn ReadAt, options: OpenOptions<'_>) -> Result<Self, PdfError> {
        let window = Window::new(file);
        let header_at = header(&window)?;
        let read = match read_sections(&window, header_at) {
            Err(PdfError::XrefDamaged { .. }) if options.repair == Repair::Scan => {
                repair::scan(&window).map(|section| (0, section.offset, vec![section], true))
            }
            other => other.map(|(base, start, sections)| (base, start, sections, false)),
        };
        let (base, start_xref, sections, rebuilt) = read?;
        let mut oddities = Vec::new();
        if header_at > 0 {
            oddities.push(Oddity::BytesBeforeHeader { header_at, offsets_from_header: base > 0 });
        }
        if rebuilt {
            oddities.push(Oddity::XrefRebuilt);
        }
        for section in sections.iter().filter(|s| s.entries.has_repeated()) {
            oddities.push(Oddity::RepeatedEntry { section: section.offset });
        }
        let revisions = revision::of_sections(&window, &sections, &mut oddities);
        let length = file.len();
        let mut document = Document {
            window,
            base,
            sections,
            revisions,
            encryption: None,
            oddities,
            rebuilt,
            start_xref,
            streams: Mutex::new(Vec::new()),
            kept: Mutex::new(Kept { room: KEPT_BYTES, objects: SeededMap::default() }),
            copy: OnceLock::new(),
            decoded_left: AtomicU64::new((512u64 << 20).saturating_add(length.saturating_mul(4))),
            objects_left: AtomicU64::new(WORK.saturating_add(length / WORK_PER_BYTE)),
            has_run_out: AtomicBool::new(false),
        };
        document.encryption = Encryption::open(&document.view(), options.password)?;
        // What was read until here was not decrypted.
        document.kept = Mutex::new(Kept { room: KEPT_BYTES, objects: SeededMap::default() });
        Ok(document)
    }

    /// The file.
    pub fn file(&self) -> &'a dyn ReadAt {
        self.window.inner()
    }

    /// Length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.window.len()
    }

    /// True for an empty file, which never opens.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Offset that numbers in cross-reference data count from: 0, or the header's where bytes stand before it.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// File offset the last `startxref` leads to.
    pub fn start_xref(&self) -> u64 {
        self.start_xref
    }

    /// Sections, newest first.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Revisions, oldest first.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// What a lenient reader would hide.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// True when the cross-reference data was rebuilt; such a file must not be signed.
    pub fn is_rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// How the document is encrypted, if it is.
    pub fn encryption(&self) -> Option<&Encryption> {
        self.encryption.as_ref()
    }

    /// The newest revision.
    pub fn view(&self) -> View<'_, 'a> {
        View::new(self, 0, self.len())
    }

    /// The document as revision `index` (0 is the oldest) left it.
    pub fn view_at(&self, index: usize) -> Option<View<'_, 'a>> {
        let newest = self.revisions.get(index)?.newest_section;
        let is_last = index + 1 == self.revisions.len();
        let end = if is_last { self.len() } else { self.revisions.get(index)?.end };
        Some(View::new(self, newest, end))
    }

    /// The first `end` bytes for a reader that wants them whole: of a file of at most `limit` bytes one copy serves every
    /// revision.
    ///
    /// # Errors
    /// Those of the storage; `InvalidInput` past `limit`.
    pub(crate) fn copy_of(&self, end: u64, limit: u64) -> Result<Arc<Beginning>, PdfError> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let all = match self.copy.get() {
            Some(all) => Arc::clone(all),
            None if self.len() <= limit => {
                let all = match self.window.shared() {
                    Some(all) => all,
                    None => Arc::new(self.window.read_range(0, self.len(), most)?),
                };
                Arc::clone(self.copy.get_or_init(|| all))
            }
            None => Arc::new(self.window.read_range(0, end, most)?),
        };
        let end = usize::try_from(end).unwrap_or(usize::MAX).min(all.len());
        Ok(Arc::new(Beginning { all, end }))
    }

    pub(crate) fn window(&self) -> &Window<'a> {
        &self.window
    }

    pub(super) fn kept(&self, key: &Key) -> Option<KeptObject> {
        self.kept.lock().ok()?.objects.get(key).cloned()
    }

    // Up to the bound on the bytes of source that are kept.
    pub(super) fn keep(&self, key: Key, object: KeptObject, source: u64) {
        let Ok(mut kept) = self.kept.lock() else { return };
        // An object of no bytes takes room all the same.
        if let Some(room) = kept.room.checked_sub(source.saturating_add(64)) {
            kept.room = room;
            kept.objects.insert(key, object);
        }
    }

    /// True when something was refused because the document had cost as much as one may.
    pub(crate) fn has_run_out(&self) -> bool {
        self.has_run_out.load(Ordering::Relaxed)
    }

    pub(super) fn spend_work(&self, units: u64) -> Result<(), PdfError> {
        self.spend(&self.objects_left, units, Limit::Objects)
    }

    pub(super) fn spend_decoded(&self, bytes: u64) -> Result<(), PdfError> {
        self.spend(&self.decoded_left, bytes, Limit::Decoded)
    }

    fn spend(&self, left: &AtomicU64, units: u64, limit: Limit) -> Result<(), PdfError> {
        let spent = left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(units));
        spent.map(|_| ()).map_err(|_| {
            self.has_run_out.store(true, Ordering::Relaxed);
            PdfError::Limit(limit)
        })
    }
}

/// The first bytes of a file.
pub(crate) struct Beginning {
    all: Arc<Vec<u8>>,
    end: usize,
}

impl AsRef<[u8]> for Beginning {
    fn as_ref(&self) -> &[u8] {
        self.all.get(..self.end).unwrap_or_default()
    }
}

/// Objects that were read already.
struct Kept {
    // Bytes of source there is room for.
    room: u64,
    objects: SeededMap<Key, KeptObject>,
}

// The object, where it or its object stream begins in the file, and its place in the latter.
pub(super) type Key = (ObjectId, u64, Option<u32>);

/// One of them: it costs its work again whenever it is asked for.
#[derive(Clone)]
pub(super) struct KeptObject {
    pub(super) object: Arc<Object>,
    pub(super) place: Option<Span>,
    pub(super) units: u64,
}

fn header(file: &Window<'_>) -> Result<u64, PdfError> {
    let length = file.len().min(HEADER_WINDOW);
    let start = file.read_range(0, length, usize::try_from(HEADER_WINDOW).unwrap_or(usize::MAX))?;
    let at = start.windows(5).position(|window| window == b"%PDF-").ok_or(PdfError::NotPdf)?;
    Ok(u64::try_from(at).unwrap_or(0))
}

// (base, file offset of the newest section, sections newest first)
fn read_sections(file: &Window<'_>, header_at: u64) -> Result<(u64, u64, Vec<Section>), PdfError> {
    let fault = |at, fault| PdfError::XrefDamaged { at, fault };
    let (at, start) = xref::last_startxref(file, file.len())?.ok_or(fault(file.len(), XrefFault::NoStartXref))?;
    let direct = xref::read_chain(file, 0, start).and_then(|sections| {
        if header_at > 0 && !first_object_is_there(file, &sections) {
            return Err(fault(at, XrefFault::WrongOffset));
        }
        Ok((0, start, sections))
    });
    match direct {
        // Many writers count from the header and many readers follow them.
        Err(PdfError::XrefDamaged { .. }) if header_at > 0 => match xref::read_chain(file, header_at, start) {
            Ok(sections) if first_object_is_there(file, &sections) => {
                Ok((header_at, header_at.saturating_add(start), sections))
            }
            _ => direct,
        },
        other => other,
    }
}

fn first_object_is_there(file: &Window<'_>, sections: &[Section]) -> bool {
    let first = sections.iter().flat_map(|s| s.entries.iter()).find_map(|(number, entry)| match entry {
        Entry::InUse { offset, .. } => Some((number, offset)),
        _ => None,
    });
    let Some((number, offset)) = first else { return true };
    let found = object_header(&mut Lexer::new(file, offset));
    matches!(found, Ok(Some(id)) if id.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::HybridRule;
    use crate::pdf::diff::Analysis;
    use crate::pdf::second_opinion;
    use crate::pdf::testing::{Builder, FORMS, Form, document, document_with};

    fn open(file: &dyn ReadAt) -> Document<'_> {
        Document::open(file).expect("opens")
    }

    #[test]
    fn every_form_of_file_reads_the_same() {
        for form in FORMS {
            let file = document_with(form, "", "", &[(10, "[1 0 R (x) 5]")]);
            let document = open(&file);
            let view = document.view();
            let page = view.page(1).expect("there");
            assert_eq!(
                view.page_content(&page, 1000).expect("decodes"),
                b"BT /F1 24 Tf 72 720 Td (Quyet dinh) Tj ET\n"
            );
            assert!(view.page_resources(&page).expect("reads").has("Font"));
            let size = view.page_geometry(&page).expect("reads").display_size_mm();
            assert!((size.0 - 210.0).abs() < 0.01 && (size.1 - 297.0).abs() < 0.01, "{size:?}");
            let array = view.get(ObjectId::new(10)).expect("reads");
            assert_eq!(array.as_array().map(<[Object]>::len), Some(3), "{form:?}");
            assert_eq!(view.get(ObjectId::new(999)).expect("absent"), Object::Null);
            assert_eq!(view.get(ObjectId { number: 10, generation: 1 }).expect("absent"), Object::Null);
            assert_eq!(document.revisions().len(), 1);
            assert_eq!(document.revisions()[0].end, document.len());
        }
    }

    #[test]
    fn hidden_objects_of_a_hybrid_file_are_hidden_from_old_readers_only() {
        let file = document(Form::Hybrid, "", "");
        let document = open(&file);
        let font = ObjectId::new(5);
        assert!(!document.view().get(font).expect("reads").is_null());
        assert!(document.view().with_hybrid(HybridRule::Ignore).get(font).expect("reads").is_null());
    }

    #[test]
    fn each_revision_is_seen_as_it_was() {
        for form in FORMS {
            let base = document_with(form, "", "", &[(10, "(old)")]);
            let previous = open(&base).start_xref();
            let mut builder = Builder::after(&base);
            let at = builder.object(10, "(new)").xref_stream(60, &format!("/Root 1 0 R/Size 61/Prev {previous}"), &[]);
            let file = builder.end(at);
            let document = open(&file);
            let text =
                |view: View<'_, '_>| view.get(ObjectId::new(10)).expect("reads").as_string().map(|s| s.bytes.clone());
            assert_eq!(document.revisions().len(), 2);
            assert_eq!(text(document.view()), Some(b"new".to_vec()));
            assert_eq!(text(document.view_at(0).expect("there")), Some(b"old".to_vec()));
            let length = u64::try_from(base.len()).expect("small");
            assert_eq!(document.revision_ending_at(length), Some(0));
            assert_eq!(document.revision_ending_at(document.len()), Some(1));
            assert_eq!(document.revision_ending_at(length + 20), None);
            assert_eq!(document.revision_ending_at(length - 30), None);
        }
    }

    #[test]
    fn a_stream_is_as_long_as_the_revision_seen_says() {
        let mut builder = Builder::new();
        builder.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]/Count 0>>");
        builder.raw(10, b"<</Length 11 0 R>>stream\nabc\nendstream\nendstream").object(11, "3");
        let base = builder.table("/Root 1 0 R/Size 12");
        let previous = open(&base).start_xref();
        let mut builder = Builder::after(&base);
        let at = builder.object(11, "13").xref_stream(60, &format!("/Root 1 0 R/Size 61/Prev {previous}"), &[]);
        let file = builder.end(at);
        let document = open(&file);
        let length = |view: View<'_, '_>| {
            let stream = view.get(ObjectId::new(10)).expect("reads");
            stream.as_stream().map(|s| (s.length, s.length_repaired))
        };
        for _ in 0..2 {
            assert_eq!(length(document.view_at(0).expect("there")), Some((3, false)));
            assert_eq!(length(document.view()), Some((13, false)));
        }
    }

    #[test]
    fn bytes_before_the_header_are_told_and_either_way_of_counting_is_read() {
        let file = document(Form::Table, "", "");
        let shifted = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &file].concat();
        let document = open(&shifted);
        assert_eq!(document.view().pages().expect("reads").len(), 1);
        assert_eq!(document.oddities(), [Oddity::BytesBeforeHeader { header_at: 19, offsets_from_header: true }]);
    }

    #[test]
    fn what_is_no_pdf_or_cut_short_has_its_name() {
        assert!(matches!(Document::open(&b"hello".to_vec()), Err(PdfError::NotPdf)));
        assert!(matches!(Document::open(&Vec::new()), Err(PdfError::NotPdf)));
        let mut file = document(Form::Table, "", "");
        file.truncate(file.len() / 2);
        assert!(matches!(Document::open(&file), Err(PdfError::XrefDamaged { fault: XrefFault::NoStartXref, .. })));
        let scan = OpenOptions { password: None, repair: Repair::Scan };
        assert!(Document::open_with(&file, scan).is_ok_and(|d| d.is_rebuilt()));
    }

    #[test]
    fn circles_end() {
        let page = "/Resources 10 0 R";
        let file = document_with(Form::Table, "", page, &[(10, "11 0 R"), (11, "10 0 R")]);
        let circle = open(&file).view().resolve(&Object::Reference(ObjectId::new(10)));
        assert!(matches!(circle, Err(PdfError::Limit(Limit::References))));

        let mut builder = Builder::new();
        builder.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>");
        builder.object(2, "<</Type/Pages/Kids[2 0 R 2 0 R]>>");
        builder.object(5, "<</T(a)/Kids[6 0 R]>>").object(6, "<</T(b)/Kids[5 0 R 6 0 R]>>");
        // A stream whose length is its own, and an object stream within itself.
        builder.raw(7, b"<</Length 7 0 R>>stream\nabc\nendstream");
        let file = builder.table("/Root 1 0 R/Size 9");
        let document = open(&file);
        assert!(matches!(document.view().pages(), Err(PdfError::Limit(Limit::PageTree))));
        assert!(document.view().fields().expect("ends").len() < 3);
        let stream = document.view().get(ObjectId::new(7)).expect("reads");
        assert!(stream.as_stream().is_some_and(|s| s.length == 3 && s.length_repaired));

        let mut builder = Builder::new();
        builder.object(1, "<</Type/Catalog/Pages 2 0 R>>");
        let at = builder.xref_stream(9, "/Root 1 0 R/Size 10", &[(5, 5, 0), (6, 7, 0), (7, 6, 0)]);
        let file = builder.end(at);
        let document = open(&file);
        for number in [5, 6, 7] {
            assert!(document.view().get(ObjectId::new(number)).is_err());
        }
    }

    #[test]
    fn work_is_bounded_however_often_a_large_object_is_named() {
        let big = format!("[{}]", "0 ".repeat(300_000));
        let file = document_with(Form::Table, "", "", &[(10, &big)]);
        let document = open(&file);
        let reads = (0..100_000).take_while(|_| document.view().get(ObjectId::new(10)).is_ok()).count();
        assert!(reads > 10 && reads < 1_000, "{reads}");
    }

    #[test]
    fn encrypted_files_open_with_the_empty_password_or_say_what_they_need() {
        let mut builder = Builder::new();
        builder.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]/Count 0>>");
        builder.object(3, "<</Filter/Standard/V 9/R 9/O()/U()/P -4>>");
        let file = builder.table("/Root 1 0 R/Size 9/Encrypt 3 0 R/ID[<00><00>]");
        let document = open(&file);
        let encryption = document.encryption().expect("encrypted");
        assert!(encryption.is_locked());
        assert!(matches!(encryption.require_open(), Err(PdfError::PasswordNeeded)));
    }

    // Everything a verifier does with a file, whatever its bytes; nothing may panic or run away.
    fn exercise(file: &dyn ReadAt) {
        for repair in [Repair::Refuse, Repair::Scan] {
            let Ok(document) = Document::open_with(file, OpenOptions { password: None, repair }) else { continue };
            let view = document.view();
            for page in view.pages().into_iter().flatten() {
                let _ = view.page_content(&page, 1 << 20);
                let _ = view.page_geometry(&page);
            }
            let _ = view.security_store();
            let Ok(signatures) = document.signatures() else { continue };
            if let Ok(analysis) = Analysis::new(&document, &signatures) {
                for index in 0..signatures.len() {
                    let _ = analysis.changes_after(index);
                }
            }
            let revision = document.revisions().len().checked_sub(1);
            let _ = second_opinion::Readers::new(&document, 1).ask(revision, document.len(), None);
            let _ = crate::pdf::Update::begin(&document).and_then(crate::pdf::Update::finish);
        }
    }

    #[test]
    fn no_cut_and_no_changed_byte_makes_the_reader_panic() {
        for form in FORMS {
            let field = "<</FT/Sig/T(S)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]/P 3 0 R/V 12 0 R>>";
            let value = "<</Type/Sig/ByteRange[0 10 20 30]/Contents<3000>/Reference[<</TransformMethod/DocMDP>>]>>";
            let base =
                document_with(form, "/AcroForm<</Fields[11 0 R]>>", "/Annots[11 0 R]", &[(11, field), (12, value)]);
            let previous = open(&base).start_xref();
            let mut builder = Builder::after(&base);
            let at = builder.object(11, field).xref_stream(60, &format!("/Root 1 0 R/Size 61/Prev {previous}"), &[]);
            let file = builder.end(at);
            for length in (0..file.len()).step_by(23) {
                exercise(&file[..length].to_vec());
            }
            // A fixed sequence, so that a failure can be met again.
            let mut state: u32 = 12_345;
            for at in (0..file.len()).step_by(7) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let mut changed = file.clone();
                changed[at] = state.to_be_bytes()[0];
                exercise(&changed);
            }
        }
    }
}
