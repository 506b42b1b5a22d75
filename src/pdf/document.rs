//! A PDF as its bytes say it is: sections, revisions, objects by number — ISO 32000-2 7.5.
//!
//! The reader is strict: it follows the cross-reference data and never guesses. [`Repair::Scan`] is there for
//! reports about damaged files and marks the document, so that nobody signs or trusts what was guessed.
//! Memory: a window of 128 kB, 24 bytes per cross-reference entry, at most two decoded object streams and the objects
//! of 256 kB of source, which are read once however often they are asked for.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::encryption::Encryption;
use super::error::{Limit, ObjectFault, PdfError, XrefFault};
use super::filter;
use super::lexer::{Lexer, Syntax, Token};
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::repair;
use super::revision::{self, Revision};
use super::window::Window;
use super::xref::{self, Entry, Section};
use crate::base::read::ReadAt;
use crate::base::seeded::SeededMap;

/// Where an object stands in the file: its first byte and the one after its last.
pub(crate) type Span = (u64, u64);

/// Largest decoded object stream, in bytes.
pub const MAX_OBJECT_STREAM: usize = 64 << 20;
// Work over the life of one document: an object costs one unit and one more for every 256 bytes of it.
const WORK: u64 = 500_000;
const WORK_PER_BYTE: u64 = 4;
const BYTES_PER_UNIT: u64 = 256;
const MAX_REFERENCES: usize = 32;
const CACHED_STREAMS: usize = 2;
const ENDSTREAM_SEARCH: u64 = 1 << 20;
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

/// Whether objects only stream-aware readers see are looked up — ISO 32000-2 7.5.8.4.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum HybridRule {
    /// As every current reader does.
    #[default]
    Follow,
    /// As a reader before PDF 1.5 did.
    Ignore,
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
    window: Window<'a>,
    base: u64,
    sections: Vec<Section>,
    revisions: Vec<Revision>,
    encryption: Option<Encryption>,
    oddities: Vec<Oddity>,
    rebuilt: bool,
    start_xref: u64,
    streams: Mutex<Vec<(u64, Arc<ObjectStream>)>>,
    kept: Mutex<Kept>,
    copy: OnceLock<Arc<Vec<u8>>>,
    decoded_left: AtomicU64,
    objects_left: AtomicU64,
    has_run_out: AtomicBool,
}

/// The document as one revision left it.
#[derive(Clone, Copy)]
pub struct View<'d, 'a> {
    document: &'d Document<'a>,
    newest: usize,
    hybrid: HybridRule,
    // Bytes from here on belong to later revisions.
    end: u64,
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
        View { document: self, newest: 0, hybrid: HybridRule::Follow, end: self.len() }
    }

    /// The document as revision `index` (0 is the oldest) left it.
    pub fn view_at(&self, index: usize) -> Option<View<'_, 'a>> {
        let newest = self.revisions.get(index)?.newest_section;
        let is_last = index + 1 == self.revisions.len();
        let end = if is_last { self.len() } else { self.revisions.get(index)?.end };
        Some(View { document: self, newest, hybrid: HybridRule::Follow, end })
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

    fn kept(&self, key: &Key) -> Option<KeptObject> {
        self.kept.lock().ok()?.objects.get(key).cloned()
    }

    // Up to the bound on the bytes of source that are kept.
    fn keep(&self, key: Key, object: KeptObject, source: u64) {
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

    fn spend_work(&self, units: u64) -> Result<(), PdfError> {
        self.spend(&self.objects_left, units, Limit::Objects)
    }

    fn spend_decoded(&self, bytes: u64) -> Result<(), PdfError> {
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

impl<'d, 'a> View<'d, 'a> {
    /// The document this is a view of.
    pub fn document(&self) -> &'d Document<'a> {
        self.document
    }

    /// The same revision with or without what only stream-aware readers see.
    #[must_use]
    pub fn with_hybrid(self, hybrid: HybridRule) -> Self {
        View { hybrid, ..self }
    }

    /// Trailer dictionary of the newest section seen.
    pub fn trailer(&self) -> &'d Dictionary {
        &self.document.sections[self.newest].trailer
    }

    /// Sections seen, newest first.
    pub fn sections(&self) -> &'d [Section] {
        &self.document.sections[self.newest..]
    }

    /// Where an object number leads.
    pub fn entry(&self, number: u32) -> Entry {
        for section in self.sections() {
            let plain = section.entries.get(number);
            let hidden = match (&section.hybrid, self.hybrid) {
                (Some(hybrid), HybridRule::Follow) => hybrid.entries.get(number),
                _ => None,
            };
            // A hidden object is free in the table and real in the stream.
            match (plain, hidden) {
                (Some(Entry::Free) | None, Some(entry)) | (Some(entry), _) => return entry,
                (None, None) => {}
            }
        }
        Entry::Free
    }

    /// The highest object number any section seen mentions, or 0.
    pub fn highest_number(&self) -> u32 {
        let last = |entries: &xref::Entries| entries.iter().last().map_or(0, |row| row.0);
        self.sections()
            .iter()
            .map(|s| last(&s.entries).max(s.hybrid.as_ref().map_or(0, |h| last(&h.entries))))
            .max()
            .unwrap_or(0)
    }

    /// Reads an object; [`Object::Null`] for one that does not exist.
    ///
    /// # Errors
    /// [`PdfError::Object`] when its place holds something else, [`PdfError::PasswordNeeded`] when it lies in
    /// an encrypted object stream of a locked document, [`PdfError::Limit`], [`PdfError::Io`].
    pub fn get(&self, id: ObjectId) -> Result<Object, PdfError> {
        self.read(id, Lengths::Resolve).map(|(object, _)| Arc::unwrap_or_clone(object))
    }

    /// [`View::get`] without a copy of what is kept.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub(crate) fn get_shared(&self, id: ObjectId) -> Result<Arc<Object>, PdfError> {
        self.read(id, Lengths::Resolve).map(|(object, _)| object)
    }

    /// [`View::get_with_place`] without a copy of what is kept.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub(crate) fn get_shared_with_place(&self, id: ObjectId) -> Result<(Arc<Object>, Option<Span>), PdfError> {
        self.read(id, Lengths::Resolve)
    }

    /// Reads an object and says where it stands: file offsets from `N G obj` to behind `endobj`, or `None`
    /// inside an object stream.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn get_with_place(&self, id: ObjectId) -> Result<(Object, Option<Span>), PdfError> {
        self.read(id, Lengths::Resolve).map(|(object, place)| (Arc::unwrap_or_clone(object), place))
    }

    fn read(&self, id: ObjectId, lengths: Lengths) -> Result<(Arc<Object>, Option<Span>), PdfError> {
        self.document.spend_work(1)?;
        let nothing = || Ok((Arc::new(Object::Null), None));
        match self.entry(id.number) {
            Entry::Free => nothing(),
            Entry::InUse { generation, .. } if generation != id.generation => nothing(),
            // ISO 32000-2 7.3.10: what is not there is null, whatever a later update put in its place.
            Entry::InUse { offset, .. } if offset >= self.end => nothing(),
            Entry::InUse { offset, .. } => {
                if let Some(kept) = self.document.kept(&(id, offset, None)) {
                    self.document.spend_work(kept.units)?;
                    return Ok((kept.object, kept.place));
                }
                let fault = |fault| PdfError::Object { id, at: offset, fault };
                let length_of = |id: ObjectId| match lengths {
                    Lengths::Resolve => self.read(id, Lengths::Direct).ok().and_then(|(o, _)| o.as_integer()),
                    Lengths::Direct => None,
                };
                let raw = read_indirect(&self.document.window, offset, &length_of).map_err(fault)?;
                let mut raw = raw.filter(|raw| raw.id == id).ok_or(fault(ObjectFault::NotThere))?;
                let units = match raw.object.as_stream() {
                    Some(stream) if stream.length_repaired => 1_000,
                    Some(stream) => stream.start.saturating_sub(offset) / BYTES_PER_UNIT,
                    None => raw.end.saturating_sub(offset) / BYTES_PER_UNIT,
                };
                self.document.spend_work(units)?;
                if let Some(encryption) = &self.document.encryption {
                    encryption.decrypt_strings(id, &mut raw.object).map_err(fault)?;
                }
                let (object, place) = (Arc::new(raw.object), Some((offset, raw.end)));
                // Where a length is an object of its own, the revision seen decides what it is.
                let stream = object.as_stream();
                if stream.is_none_or(|s| !s.length_repaired && s.dictionary.integer("Length").is_some()) {
                    let source = stream.map_or(raw.end, |s| s.start).saturating_sub(offset);
                    let kept = KeptObject { object: Arc::clone(&object), place, units };
                    self.document.keep((id, offset, None), kept, source);
                }
                Ok((object, place))
            }
            Entry::Compressed { .. } if id.generation != 0 => nothing(),
            Entry::Compressed { stream, index } => {
                let container = self.object_stream(stream, lengths)?;
                let fault = |fault| PdfError::Object { id, at: container.at, fault };
                let slot = usize::try_from(index).ok().and_then(|index| container.index.get(index));
                let Some((_, start)) = slot.filter(|(number, _)| *number == id.number) else {
                    return Err(fault(ObjectFault::ObjectStream));
                };
                let key = (id, container.at, Some(index));
                if let Some(kept) = self.document.kept(&key) {
                    self.document.spend_work(kept.units)?;
                    return Ok((kept.object, None));
                }
                let mut lexer = Lexer::decoded(&container.data, *start);
                let object = Arc::new(lexer.object().map_err(|f| fault(f.into()))?);
                let source = lexer.position().saturating_sub(*start);
                let units = source / BYTES_PER_UNIT;
                self.document.spend_work(units)?;
                self.document.keep(key, KeptObject { object: Arc::clone(&object), place: None, units }, source);
                Ok((object, None))
            }
        }
    }

    /// Follows references until a value that is none.
    ///
    /// # Errors
    /// Those of [`View::get`], and [`PdfError::Limit`] for references in a circle.
    pub fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let Object::Reference(id) = object else { return Ok(object.clone()) };
        let mut id = *id;
        for _ in 0..MAX_REFERENCES {
            match self.get(id)? {
                Object::Reference(next) => id = next,
                object => return Ok(object),
            }
        }
        Err(PdfError::Limit(Limit::References))
    }

    /// [`View::resolve`] without a copy.
    ///
    /// # Errors
    /// Those of [`View::resolve`].
    pub(crate) fn resolve_shared<'o>(&self, object: &'o Object) -> Result<Resolved<'o>, PdfError> {
        let Object::Reference(id) = object else { return Ok(Resolved::Here(object)) };
        let mut id = *id;
        for _ in 0..MAX_REFERENCES {
            let found = self.get_shared(id)?;
            match found.as_reference() {
                Some(next) => id = next,
                None => return Ok(Resolved::Kept(found)),
            }
        }
        Err(PdfError::Limit(Limit::References))
    }

    /// The value of `key` with references followed; [`Object::Null`] when absent.
    ///
    /// # Errors
    /// Those of [`View::resolve`].
    pub fn value(&self, dictionary: &Dictionary, key: &str) -> Result<Object, PdfError> {
        dictionary.get(key).map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The dictionary (or stream dictionary) under `key`, references followed.
    ///
    /// # Errors
    /// Those of [`View::resolve`].
    pub fn dictionary(&self, dictionary: &Dictionary, key: &str) -> Result<Option<Dictionary>, PdfError> {
        let Some(value) = dictionary.get(key) else { return Ok(None) };
        Ok(self.resolve_shared(value)?.as_dictionary().cloned())
    }

    /// The catalog: its object, where it is one, and its dictionary.
    ///
    /// # Errors
    /// [`PdfError::NoCatalog`], and those of [`View::resolve`].
    pub fn catalog(&self) -> Result<(Option<ObjectId>, Dictionary), PdfError> {
        let (id, catalog) = self.catalog_shared()?;
        Ok((id, catalog.clone()))
    }

    /// [`View::catalog`] without a copy.
    ///
    /// # Errors
    /// Those of [`View::catalog`].
    pub(crate) fn catalog_shared(&self) -> Result<(Option<ObjectId>, Catalog<'d>), PdfError> {
        let root = self.trailer().get("Root").ok_or(PdfError::NoCatalog)?;
        let resolved = self.resolve_shared(root)?;
        match &*resolved {
            Object::Dictionary(_) => Ok((root.as_reference(), Catalog(resolved))),
            _ => Err(PdfError::NoCatalog),
        }
    }

    /// [`View::value`] without a copy.
    ///
    /// # Errors
    /// Those of [`View::resolve`].
    pub(crate) fn value_shared<'o>(&self, dictionary: &'o Dictionary, key: &str) -> Result<Resolved<'o>, PdfError> {
        static ABSENT: Object = Object::Null;
        self.resolve_shared(dictionary.get(key).unwrap_or(&ABSENT))
    }

    /// Decoded data of a stream, at most `limit` bytes.
    ///
    /// # Errors
    /// [`PdfError::Object`] with a [`filter::FilterError`], [`PdfError::PasswordNeeded`] in a locked document,
    /// [`PdfError::Limit`], [`PdfError::Io`].
    pub fn stream_data(&self, stream: &Stream, limit: usize) -> Result<Vec<u8>, PdfError> {
        let fault = |fault: ObjectFault| PdfError::Object { id: stream.id, at: stream.start, fault };
        let raw = match self.raw_stream_in_memory(stream, limit)? {
            Some(raw) => Cow::Borrowed(raw),
            None => Cow::Owned(self.raw_stream_data(stream, limit)?),
        };
        let mut dictionary = Dictionary::new();
        for key in ["Filter", "DecodeParms"] {
            let value = match self.value(&stream.dictionary, key)? {
                Object::Array(items) => {
                    Object::Array(items.iter().take(16).map(|item| self.resolve(item)).collect::<Result<_, _>>()?)
                }
                other => other,
            };
            dictionary.set(key, value);
        }
        let data = filter::decode(&dictionary, raw, limit).map_err(|f| fault(f.into()))?;
        let spent = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.document.spend_decoded(spent)?;
        Ok(data)
    }

    /// Data of a stream before its filters, decrypted; at most `limit` bytes.
    ///
    /// # Errors
    /// Those of [`View::stream_data`].
    pub fn raw_stream_data(&self, stream: &Stream, limit: usize) -> Result<Vec<u8>, PdfError> {
        let fault = |fault: ObjectFault| PdfError::Object { id: stream.id, at: stream.start, fault };
        if usize::try_from(stream.length).map_or(true, |length| length > limit) {
            return Err(fault(filter::FilterError::TooLarge { limit }.into()));
        }
        self.document.spend_decoded(stream.length)?;
        let raw = self.document.window.read_range(stream.start, stream.length, limit)?;
        match &self.document.encryption {
            Some(encryption) => encryption.decrypt_stream(stream, raw),
            None => Ok(raw),
        }
    }

    /// [`View::raw_stream_data`] where it lies, of a document in memory that is not encrypted; `None` for any other.
    ///
    /// # Errors
    /// Those of [`View::stream_data`].
    pub(crate) fn raw_stream_in_memory(&self, stream: &Stream, limit: usize) -> Result<Option<&'d [u8]>, PdfError> {
        let Some(whole) = self.document.window.in_memory().filter(|_| self.document.encryption.is_none()) else {
            return Ok(None);
        };
        let start = usize::try_from(stream.start).ok();
        let length = usize::try_from(stream.length).ok().filter(|length| *length <= limit);
        let found = start.zip(length).and_then(|(start, length)| whole.get(start..start.checked_add(length)?));
        if found.is_some() {
            self.document.spend_decoded(stream.length)?;
        }
        Ok(found)
    }

    fn object_stream(&self, number: u32, lengths: Lengths) -> Result<Arc<ObjectStream>, PdfError> {
        let id = ObjectId::new(number);
        let Entry::InUse { offset, .. } = self.entry(number) else {
            return Err(PdfError::Object { id, at: 0, fault: ObjectFault::ObjectStream });
        };
        if let Ok(mut cached) = self.document.streams.lock()
            && let Some(at) = cached.iter().position(|(start, _)| *start == offset)
        {
            let hit = cached.remove(at);
            let stream = Arc::clone(&hit.1);
            cached.push(hit);
            return Ok(stream);
        }
        let fault = |fault: ObjectFault| PdfError::Object { id, at: offset, fault };
        let (object, _) = self.read(id, lengths)?;
        let stream = object.as_stream().ok_or(fault(ObjectFault::ObjectStream))?;
        if !stream.dictionary.is_name("Type", "ObjStm") {
            return Err(fault(ObjectFault::ObjectStream));
        }
        let data = self.stream_data(stream, MAX_OBJECT_STREAM)?;
        let number = |key: &str| {
            let direct = stream.dictionary.integer(key);
            let value = direct.or_else(|| self.value(&stream.dictionary, key).ok()?.as_integer());
            value.and_then(|v| usize::try_from(v).ok()).filter(|v| *v <= data.len())
        };
        let (Some(count), Some(first)) = (number("N"), number("First")) else {
            return Err(fault(ObjectFault::ObjectStream));
        };
        let index = object_stream_index(&data, count, first).ok_or(fault(ObjectFault::ObjectStream))?;
        let stream = Arc::new(ObjectStream { at: offset, data, index });
        if let Ok(mut cached) = self.document.streams.lock() {
            if cached.len() >= CACHED_STREAMS {
                cached.remove(0);
            }
            cached.push((offset, Arc::clone(&stream)));
        }
        Ok(stream)
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

/// A value where it stands.
pub(crate) enum Resolved<'o> {
    /// It was no reference.
    Here(&'o Object),
    /// The object referred to.
    Kept(Arc<Object>),
}

impl std::ops::Deref for Resolved<'_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        match self {
            Resolved::Here(object) => object,
            Resolved::Kept(object) => object,
        }
    }
}

/// The catalog where it stands.
pub(crate) struct Catalog<'o>(Resolved<'o>);

impl std::ops::Deref for Catalog<'_> {
    type Target = Dictionary;

    fn deref(&self) -> &Dictionary {
        static EMPTY: Dictionary = Dictionary::new();
        // What holds no dictionary is no catalog.
        self.0.as_dictionary().unwrap_or(&EMPTY)
    }
}

/// Objects that were read already.
struct Kept {
    // Bytes of source there is room for.
    room: u64,
    objects: SeededMap<Key, KeptObject>,
}

// The object, where it or its object stream begins in the file, and its place in the latter.
type Key = (ObjectId, u64, Option<u32>);

/// One of them: it costs its work again whenever it is asked for.
#[derive(Clone)]
struct KeptObject {
    object: Arc<Object>,
    place: Option<Span>,
    units: u64,
}

struct ObjectStream {
    at: u64,
    data: Vec<u8>,
    index: Vec<(u32, u64)>,
}

#[derive(Clone, Copy)]
enum Lengths {
    Resolve,
    // While a length itself is looked up: an indirect one would go round in circles.
    Direct,
}

/// An indirect object as it stands in the file.
pub(crate) struct RawObject {
    pub(crate) id: ObjectId,
    pub(crate) object: Object,
    /// First byte after `endobj`, or after what was read where that is missing.
    pub(crate) end: u64,
}

/// Reads `N G obj …` at an offset; `None` when no such header stands there.
pub(crate) fn read_indirect(
    file: &dyn ReadAt,
    at: u64,
    length_of: &dyn Fn(ObjectId) -> Option<i64>,
) -> Result<Option<RawObject>, ObjectFault> {
    let mut lexer = Lexer::new(file, at);
    let Some(id) = object_header(&mut lexer)? else { return Ok(None) };
    let object = lexer.object()?;
    let object = match object {
        Object::Dictionary(dictionary) => {
            let after = lexer.position();
            lexer.skip_space();
            if lexer.take(b"stream") {
                Object::Stream(Box::new(stream(file, &mut lexer, *dictionary, id, length_of)?))
            } else {
                lexer.seek(after);
                Object::Dictionary(dictionary)
            }
        }
        other => other,
    };
    let mut end = lexer.position();
    lexer.skip_space();
    if lexer.take(b"endobj") {
        end = lexer.position();
    }
    Ok(Some(RawObject { id, object, end }))
}

/// Reads `N G obj` where the lexer stands.
pub(crate) fn object_header(lexer: &mut Lexer<'_>) -> Result<Option<ObjectId>, Syntax> {
    let number = match lexer.token() {
        Ok(Token::Value(Object::Integer(number))) => u32::try_from(number).ok(),
        Err(Syntax::Io(kind)) => return Err(Syntax::Io(kind)),
        _ => None,
    };
    let Some(number) = number else { return Ok(None) };
    let generation = match lexer.token() {
        Ok(Token::Value(Object::Integer(generation))) => u16::try_from(generation).ok(),
        Err(Syntax::Io(kind)) => return Err(Syntax::Io(kind)),
        _ => None,
    };
    let Some(generation) = generation else { return Ok(None) };
    lexer.skip_space();
    Ok(lexer.take(b"obj").then_some(ObjectId { number, generation }))
}

fn stream(
    file: &dyn ReadAt,
    lexer: &mut Lexer<'_>,
    dictionary: Dictionary,
    id: ObjectId,
    length_of: &dyn Fn(ObjectId) -> Option<i64>,
) -> Result<Stream, ObjectFault> {
    // ISO 32000-2 7.3.8.1: CR LF or LF, never CR alone; blanks before it are met and harmless.
    while lexer.peek() == Some(b' ') {
        lexer.next();
    }
    if lexer.peek() == Some(b'\r') {
        lexer.next();
    }
    if lexer.peek() == Some(b'\n') {
        lexer.next();
    }
    let start = lexer.position();
    let stated = match dictionary.get("Length") {
        Some(Object::Integer(length)) => Some(*length),
        Some(Object::Reference(id)) => length_of(*id),
        _ => None,
    };
    let stated = stated.and_then(|length| u64::try_from(length).ok());
    if let Some(length) = stated
        && let Some(end) = start.checked_add(length).filter(|end| *end <= file.len())
    {
        lexer.seek(end);
        lexer.skip_white();
        if lexer.take(b"endstream") {
            return Ok(Stream { dictionary, id, start, length, length_repaired: false });
        }
    }
    let at = find(file, start, b"endstream", ENDSTREAM_SEARCH)
        .map_err(|e| Syntax::Io(e.kind()))?
        .ok_or(ObjectFault::StreamEnd)?;
    // The end of line before `endstream` is not data.
    let mut end = at;
    for byte in [b'\n', b'\r'] {
        let before = end.checked_sub(1).filter(|before| *before >= start);
        if let Some(before) = before
            && file.read_range(before, 1, 1).map_err(|e| Syntax::Io(e.kind()))?.first() == Some(&byte)
        {
            end = before;
        }
    }
    lexer.seek(at.saturating_add(9));
    Ok(Stream { dictionary, id, start, length: end - start, length_repaired: true })
}

/// First place of `pattern` at or after `from`, within `distance` bytes.
pub(crate) fn find(file: &dyn ReadAt, from: u64, pattern: &[u8], distance: u64) -> std::io::Result<Option<u64>> {
    const STEP: usize = 16 << 10;
    let overlap = u64::try_from(pattern.len().saturating_sub(1)).unwrap_or(0);
    let stop = from.saturating_add(distance).min(file.len());
    let mut at = from;
    while at < stop {
        let length = stop.saturating_sub(at).min(u64::try_from(STEP).unwrap_or(1)).saturating_add(overlap);
        let length = length.min(file.len().saturating_sub(at));
        let bytes = file.read_range(at, length, STEP + pattern.len())?;
        if let Some(found) = bytes.windows(pattern.len()).position(|window| window == pattern) {
            return Ok(Some(at.saturating_add(u64::try_from(found).unwrap_or(0))));
        }
        at = at.saturating_add(u64::try_from(STEP).unwrap_or(1));
    }
    Ok(None)
}

// ISO 32000-2 7.5.7: pairs of object number and offset from /First.
fn object_stream_index(data: &dyn ReadAt, count: usize, first: usize) -> Option<Vec<(u32, u64)>> {
    let first = u64::try_from(first).ok()?;
    let most = usize::try_from(data.len() / 4).unwrap_or(usize::MAX);
    let mut lexer = Lexer::decoded(data, 0);
    let mut index = Vec::with_capacity(count.min(most + 1));
    let mut integer = || match lexer.token() {
        Ok(Token::Value(Object::Integer(value))) => Some(value),
        _ => None,
    };
    for _ in 0..count {
        let number = u32::try_from(integer()?).ok()?;
        let offset = u64::try_from(integer()?).ok()?;
        index.push((number, first.checked_add(offset)?));
    }
    Some(index)
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
