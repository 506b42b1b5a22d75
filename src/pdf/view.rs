//! A document as one of its revisions left it: objects by number, references followed, streams decoded.

use std::borrow::Cow;
use std::sync::Arc;

use super::document::{Document, KeptObject, Span};
use super::error::{Limit, ObjectFault, PdfError};
use super::filter;
use super::indirect::{object_stream_index, read_indirect};
use super::lexer::Lexer;
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::xref::{self, Entry, Section};
use crate::base::read::ReadAt as _;

/// Largest decoded object stream, in bytes.
pub const MAX_OBJECT_STREAM: usize = 64 << 20;
// An object costs one unit of work and one more for so many bytes of it.
const BYTES_PER_UNIT: u64 = 256;
const MAX_REFERENCES: usize = 32;
const CACHED_STREAMS: usize = 2;

/// Whether objects only stream-aware readers see are looked up — ISO 32000-2 7.5.8.4.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum HybridRule {
    /// As every current reader does.
    #[default]
    Follow,
    /// As a reader before PDF 1.5 did.
    Ignore,
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

impl<'d, 'a> View<'d, 'a> {
    /// From the section `newest` on, up to byte `end`.
    pub(super) fn new(document: &'d Document<'a>, newest: usize, end: u64) -> Self {
        View { document, newest, hybrid: HybridRule::Follow, end }
    }

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

pub(super) struct ObjectStream {
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
