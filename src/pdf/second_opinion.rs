//! What other parsers see in the signed bytes.
//!
//! Our own reader decides. Attacks hide where parsers disagree, so two others read exactly the bytes of the signed
//! revision: `hayro-syntax` everything that can be reached, `pdf` the signature, catalog, form and page tree. A
//! hybrid file is also compared with itself as an old reader sees it. Disagreement is told part by part; not being
//! able to read, or not having tried, is no disagreement.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hayro_syntax::object::{MaybeRef, Object as HayroObject, ObjectIdentifier};

use super::document::{Beginning, Document, HybridRule, View};
use super::error::PdfError;
use super::object::{Dictionary, Object, ObjectId, PdfString, Real, Stream};
use super::page::Page;
use super::xref::Entry;

/// Largest signed revision another parser reads, in bytes.
pub const MAX_BYTES: u64 = 32 << 20;
/// Most objects of a revision another parser reads.
pub const MAX_OBJECTS: usize = 100_000;
const MAX_DEPTH: usize = 100;
const MAX_TOLD: usize = 32;

/// What one parser says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Opinion {
    /// It sees what we see.
    Agree,
    /// It sees something else.
    Disagree(Vec<Disagreement>),
    /// It cannot read the bytes.
    CannotRead,
    /// It was not asked.
    NotRun(NotRun),
}

/// Why a parser was not asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotRun {
    /// More than [`MAX_BYTES`] or [`MAX_OBJECTS`].
    TooLarge,
    /// The document is encrypted.
    Encrypted,
    /// The file is no hybrid.
    NotHybrid,
    /// The signature covers no revision that could be read.
    NoRevision,
    /// It is known to keep old versions of objects in object streams that were replaced.
    Unsuited,
}

/// One thing two parsers see differently.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disagreement {
    /// Which part of the document.
    pub part: Part,
    /// The object, where it is one.
    pub object: Option<ObjectId>,
}

/// Parts of a document.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// The signature dictionary.
    Signature,
    /// The catalog, or something below it that is none of the others.
    Catalog,
    /// The form and its fields.
    Form,
    /// Which pages there are, and their order.
    PageTree,
    /// What this page shows, from 1.
    PageContent(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Signature => f.write_str("the signature dictionary"),
            Part::Catalog => f.write_str("the catalog"),
            Part::Form => f.write_str("the form"),
            Part::PageTree => f.write_str("the page tree"),
            Part::PageContent(page) => write!(f, "the content of page {page}"),
        }
    }
}

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotRun::TooLarge => "the signed revision is too large for it",
            NotRun::Encrypted => "the document is encrypted",
            NotRun::NotHybrid => "the file is no hybrid",
            NotRun::NoRevision => "the signature covers no revision",
            NotRun::Unsuited => "the reader does not suit the file",
        })
    }
}

/// All opinions on one signed revision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecondOpinion {
    /// `hayro-syntax`.
    pub hayro: Opinion,
    /// `pdf`.
    pub pdf: Opinion,
    /// Our own reader without `/XRefStm`.
    pub hybrid: Opinion,
}

impl SecondOpinion {
    /// Every disagreement with the name of who disagrees.
    pub fn disagreements(&self) -> impl Iterator<Item = (&'static str, &Disagreement)> {
        [("hayro-syntax", &self.hayro), ("pdf", &self.pdf), ("hybrid", &self.hybrid)].into_iter().flat_map(
            |(who, opinion)| {
                let told = if let Opinion::Disagree(told) = opinion { told.as_slice() } else { &[] };
                told.iter().map(move |disagreement| (who, disagreement))
            },
        )
    }

    /// True when any parser disagrees: the structure is ambiguous.
    pub fn is_ambiguous(&self) -> bool {
        self.disagreements().next().is_some()
    }

    /// True when `hayro-syntax` could neither agree nor disagree.
    pub fn is_missing(&self) -> bool {
        !matches!(self.hayro, Opinion::Agree | Opinion::Disagree(_))
    }
}

/// Asks the other parsers about the revision `revision`, whose signed bytes end at `end`; `signature` is the
/// signature dictionary.
///
/// # Errors
/// Those of the storage, and of [`View::get`] for limits. What another parser cannot read is an opinion.
pub fn ask(
    document: &Document<'_>,
    revision: Option<usize>,
    end: u64,
    signature: Option<ObjectId>,
) -> Result<SecondOpinion, PdfError> {
    let none =
        |why| SecondOpinion { hayro: Opinion::NotRun(why), pdf: Opinion::NotRun(why), hybrid: Opinion::NotRun(why) };
    let Some(view) = revision.and_then(|revision| document.view_at(revision)) else {
        return Ok(none(NotRun::NoRevision));
    };
    let objects: usize = view.sections().iter().map(|s| s.entries.len()).sum();
    if end > MAX_BYTES || end > document.len() || objects > MAX_OBJECTS {
        return Ok(none(NotRun::TooLarge));
    }
    let hybrid = if view.sections().iter().any(|s| s.hybrid.is_some()) {
        let old = Ours(view.with_hybrid(HybridRule::Ignore));
        compare(&Own::of(view)?, signature, &old, Depth::Structure)?
    } else {
        Opinion::NotRun(NotRun::NotHybrid)
    };
    if document.encryption().is_some_and(|e| e.is_locked()) {
        return Ok(SecondOpinion { hybrid, ..none(NotRun::Encrypted) });
    }
    let bytes = document.copy_of(end, MAX_BYTES)?;
    let own = Own::of(view)?;
    let hayro = match hayro_syntax::Pdf::new(Arc::clone(&bytes)) {
        Ok(other) => compare(&own, signature, &Hayro(other), Depth::Everything)?,
        Err(_) => Opinion::CannotRead,
    };
    let pdf = if document.encryption().is_some() {
        Opinion::NotRun(NotRun::Encrypted)
    } else if replaces_compressed(view) {
        Opinion::NotRun(NotRun::Unsuited)
    } else {
        ask_pdf(&own, signature, &bytes)?
    };
    Ok(SecondOpinion { hayro, pdf, hybrid })
}

/// What `hayro-syntax` sees differently in the newest revision of a document that is about to be signed; `None` when it
/// agrees, was not asked (too large, encrypted) or cannot read the file.
///
/// # Errors
/// Those of [`ask`], and [`PdfError::Object`] for a page whose content cannot be read.
pub fn before_signing(document: &Document<'_>) -> Result<Option<Disagreement>, PdfError> {
    let view = document.view();
    let objects: usize = view.sections().iter().map(|s| s.entries.len()).sum();
    // An encrypted file opens for it with the empty password only.
    if document.len() > MAX_BYTES || objects > MAX_OBJECTS || document.encryption().is_some() {
        return Ok(None);
    }
    for page in view.pages()? {
        let contents = view.value(&view.page_dictionary(&page)?, "Contents")?;
        for piece in contents.as_array().unwrap_or_default() {
            view.resolve(piece)?;
        }
    }
    let bytes = document.copy_of(document.len(), MAX_BYTES)?;
    let Ok(other) = hayro_syntax::Pdf::new(bytes) else { return Ok(None) };
    match compare(&Own::of(view)?, None, &Hayro(other), Depth::Everything)? {
        Opinion::Disagree(told) => Ok(told.into_iter().next()),
        _ => Ok(None),
    }
}

// `pdf` 0.10 lets an older compressed entry win over a newer one.
fn replaces_compressed(view: View<'_, '_>) -> bool {
    let mut seen = HashSet::new();
    view.sections().iter().any(|section| {
        section.entries.iter().any(|(number, entry)| {
            let again = !seen.insert(number);
            again && matches!(entry, Entry::Compressed { .. })
        })
    })
}

/// How much is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Depth {
    /// Everything that can be reached from the catalog, stream bytes included.
    Everything,
    /// Signature, catalog, form, page tree, page dictionaries and the content streams.
    Structure,
}

/// Another parser.
trait Parser {
    /// The root object.
    fn root(&self) -> Option<ObjectId>;
    /// An object in our terms, streams as their dictionaries; `None` when it cannot be read, `Null` when absent.
    fn object(&self, id: ObjectId) -> Option<Object>;
    /// Undecoded, decrypted data of a stream.
    fn data(&self, id: ObjectId) -> Option<Vec<u8>>;
    /// True when it surely sees `ours` under this number, stream bytes (`data`) included. False says nothing: the
    /// object is then compared part by part.
    fn surely_has(&self, _id: ObjectId, _ours: &Object, _data: Option<&[u8]>) -> bool {
        false
    }
    /// Page objects in order; `None` when the parser does not list pages.
    fn pages(&self) -> Option<Vec<Option<ObjectId>>>;
}

/// What we see, read once for all the others.
struct Own<'d, 'a> {
    view: View<'d, 'a>,
    catalog: (Option<ObjectId>, Dictionary),
    pages: OnceCell<Vec<Page>>,
}

impl<'d, 'a> Own<'d, 'a> {
    fn of(view: View<'d, 'a>) -> Result<Self, PdfError> {
        Ok(Own { view, catalog: view.catalog()?, pages: OnceCell::new() })
    }

    fn pages(&self) -> Result<&[Page], PdfError> {
        match self.pages.get() {
            Some(pages) => Ok(pages),
            None => {
                let pages = self.view.pages()?;
                Ok(self.pages.get_or_init(|| pages))
            }
        }
    }
}

fn compare(
    own: &Own<'_, '_>,
    signature: Option<ObjectId>,
    other: &dyn Parser,
    depth: Depth,
) -> Result<Opinion, PdfError> {
    let view = own.view;
    let mut comparison = Comparison { own, view, other, depth, seen: HashSet::new(), told: Vec::new(), gap: false };
    comparison.run(signature)?;
    let gap = comparison.gap;
    let mut told = comparison.told;
    told.sort_by_key(|d| (d.part, d.object));
    told.dedup();
    told.truncate(MAX_TOLD);
    Ok(match (told.is_empty(), gap) {
        (true, false) => Opinion::Agree,
        (true, true) => Opinion::CannotRead,
        (false, _) => Opinion::Disagree(told),
    })
}

struct Comparison<'c, 'd, 'a> {
    own: &'c Own<'d, 'a>,
    view: View<'d, 'a>,
    other: &'c dyn Parser,
    depth: Depth,
    seen: HashSet<ObjectId>,
    told: Vec<Disagreement>,
    // Something it could not read, which is no disagreement.
    gap: bool,
}

impl Comparison<'_, '_, '_> {
    fn run(&mut self, signature: Option<ObjectId>) -> Result<(), PdfError> {
        let own = self.own;
        let (catalog_id, catalog) = (own.catalog.0, &own.catalog.1);
        if self.other.root() != catalog_id {
            self.tell(Part::Catalog, catalog_id);
            return Ok(());
        }
        if let Some(id) = signature {
            self.object(id, Part::Signature)?;
        }
        if let Some(id) = catalog_id {
            self.object(id, Part::Catalog)?;
        }
        let pages = own.pages()?;
        for page in pages {
            self.seen.extend(page.id);
        }
        if let Some(theirs) = self.other.pages()
            && theirs != pages.iter().map(|page| page.id).collect::<Vec<_>>()
        {
            self.tell(Part::PageTree, None);
        }
        for page in pages {
            let Some(id) = page.id else { continue };
            self.seen.remove(&id);
            let part = Part::PageContent(page.number);
            let Some(object) = self.object(id, part)? else { continue };
            self.seen.insert(id);
            let Some(dictionary) = object.as_dictionary() else { continue };
            for (key, value) in dictionary.iter() {
                match (self.depth, key) {
                    (_, b"Parent") => {}
                    (Depth::Structure, b"Contents") => {
                        self.list(value, part)?;
                    }
                    (Depth::Structure, _) => {}
                    (Depth::Everything, _) => self.below(value, part)?,
                }
            }
        }
        if let Some(form) = catalog.get("AcroForm") {
            self.below(form, Part::Form)?;
        }
        if let Some(tree) = catalog.get("Pages") {
            self.below(tree, Part::PageTree)?;
        }
        if self.depth == Depth::Everything {
            for (_, value) in catalog.iter() {
                self.below(value, Part::Catalog)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, value: &Object, part: Part) -> Result<(), PdfError> {
        let mut ids: Vec<ObjectId> = value.as_reference().into_iter().collect();
        if let Object::Array(items) = self.view.resolve(value)? {
            ids.extend(items.iter().filter_map(Object::as_reference));
        }
        for id in ids {
            self.object(id, part)?;
        }
        Ok(())
    }

    fn below(&mut self, value: &Object, part: Part) -> Result<(), PdfError> {
        let mut open = Vec::new();
        references(value, &mut open);
        while let Some(id) = open.pop() {
            if self.seen.len() > MAX_OBJECTS {
                return Ok(());
            }
            if let Some(object) = self.object(id, part)? {
                references(&object, &mut open);
            }
        }
        Ok(())
    }

    // Compares one object once; returns ours when it was new.
    fn object(&mut self, id: ObjectId, part: Part) -> Result<Option<Arc<Object>>, PdfError> {
        if !self.seen.insert(id) {
            return Ok(None);
        }
        let ours = match self.view.get_shared(id) {
            Ok(object) => object,
            Err(error @ (PdfError::Io(_) | PdfError::Limit(_))) => return Err(error),
            // What we cannot read but they can is a difference.
            Err(_) => {
                if self.other.object(id).is_some_and(|object| !object.is_null()) {
                    self.tell(part, Some(id));
                }
                return Ok(None);
            }
        };
        if self.is_surely_same(&ours, id)? {
            return Ok(Some(ours));
        }
        let theirs = self.other.object(id);
        let Some(theirs) = theirs else {
            self.gap |= !ours.is_null();
            return Ok(Some(ours));
        };
        let same = match &*ours {
            Object::Stream(stream) => {
                let theirs = theirs.as_dictionary();
                theirs.is_some_and(|theirs| alike_dictionaries(&stream.dictionary, theirs, 0))
                    && self.same_data(stream, id)?
            }
            ours => alike(ours, &theirs, 0),
        };
        if !same {
            self.tell(part, Some(id));
        }
        Ok(Some(ours))
    }

    fn is_surely_same(&self, ours: &Object, id: ObjectId) -> Result<bool, PdfError> {
        let Some(stream) = ours.as_stream() else { return Ok(self.other.surely_has(id, ours, None)) };
        let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let data = self.view.raw_stream_in_memory(stream, limit)?;
        Ok(data.is_some() && self.other.surely_has(id, ours, data))
    }

    fn same_data(&mut self, stream: &Stream, id: ObjectId) -> Result<bool, PdfError> {
        let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let theirs = self.other.data(id);
        match (self.view.raw_stream_data(stream, limit), theirs) {
            (Err(error @ (PdfError::Io(_) | PdfError::Limit(_))), _) => Err(error),
            (Ok(ours), Some(theirs)) => Ok(ours == theirs),
            (Ok(_), None) => {
                self.gap = true;
                Ok(true)
            }
            (Err(_), theirs) => Ok(theirs.is_none()),
        }
    }

    fn tell(&mut self, part: Part, object: Option<ObjectId>) {
        if self.told.len() < MAX_OBJECTS {
            self.told.push(Disagreement { part, object });
        }
    }
}

fn references(value: &Object, into: &mut Vec<ObjectId>) {
    match value {
        Object::Reference(id) => into.push(*id),
        Object::Array(items) => items.iter().for_each(|item| references(item, into)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, item)| references(item, into)),
        Object::Stream(stream) => stream.dictionary.iter().for_each(|(_, item)| references(item, into)),
        _ => {}
    }
}

// Equal up to the precision of single floating point.
fn alike(ours: &Object, theirs: &Object, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (ours, theirs) {
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, depth + 1))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => alike_dictionaries(a, b, depth),
        // Not every parser reads any end of line in a string as a line feed (ISO 32000-2 7.3.4.2).
        (Object::String(a), Object::String(b)) => a.bytes == b.bytes || line_feeds(&a.bytes) == line_feeds(&b.bytes),
        _ => match (ours.as_number(), theirs.as_number()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-5 * a.abs().max(1.0),
            _ => ours == theirs,
        },
    }
}

fn line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
            b'\r' => out.push(b'\n'),
            other => out.push(*other),
        }
    }
    out
}

fn alike_dictionaries(ours: &Dictionary, theirs: &Dictionary, depth: usize) -> bool {
    // Not encrypted, but decrypted by parsers that do not know the exception (ISO 32000-2 7.6.2).
    let is_signature = ours.has("ByteRange");
    let covered = |a: &Dictionary, b: &Dictionary, forward: bool| {
        a.iter().all(|(key, _)| {
            if is_signature && key == b"Contents" {
                return true;
            }
            let Ok(key) = std::str::from_utf8(key) else { return true };
            match (a.get(key), b.get(key)) {
                (None, None) => true,
                (Some(x), Some(y)) => !forward || alike(x, y, depth + 1),
                _ => false,
            }
        })
    };
    covered(ours, theirs, true) && covered(theirs, ours, false)
}

fn same_number(ours: &Object, theirs: f64) -> bool {
    ours.as_number().is_some_and(|ours| (ours - theirs).abs() <= 1e-5 * ours.abs().max(1.0))
}

// True when the keys are the same, each once and none with null, and `same` holds for every value; the value of a
// signature is left out as in `alike_dictionaries`.
fn surely_alike_dictionaries(ours: &Dictionary, count: usize, same: impl Fn(&str, &Object, Value) -> bool) -> bool {
    let is_signature = ours.has("ByteRange");
    !ours.has_repeated_key()
        && ours.len() == count
        && ours.iter().all(|(key, value)| {
            let left_out = is_signature && key == b"Contents";
            let what = if left_out { Value::LeftOut } else { Value::Compared };
            !value.is_null() && std::str::from_utf8(key).is_ok_and(|key| same(key, value, what))
        })
}

/// Whether the value under a key counts, or only that there is one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Value {
    Compared,
    LeftOut,
}

/// Our own reader under another rule.
struct Ours<'d, 'a>(View<'d, 'a>);

impl Parser for Ours<'_, '_> {
    fn root(&self) -> Option<ObjectId> {
        self.0.catalog().ok()?.0
    }

    fn object(&self, id: ObjectId) -> Option<Object> {
        self.0.get(id).ok().map(|object| match object {
            Object::Stream(stream) => stream.dictionary.into(),
            other => other,
        })
    }

    fn data(&self, id: ObjectId) -> Option<Vec<u8>> {
        let object = self.0.get(id).ok()?;
        self.0.raw_stream_data(object.as_stream()?, usize::try_from(MAX_BYTES).ok()?).ok()
    }

    fn pages(&self) -> Option<Vec<Option<ObjectId>>> {
        self.0.pages().ok().map(|pages| pages.into_iter().map(|page| page.id).collect())
    }
}

struct Hayro(hayro_syntax::Pdf);

fn hayro_id(id: ObjectId) -> ObjectIdentifier {
    ObjectIdentifier::new(id.number, i32::from(id.generation))
}

fn from_hayro_id(number: u32, generation: i32) -> Option<ObjectId> {
    Some(ObjectId { number, generation: u16::try_from(generation).ok()? })
}

impl Parser for Hayro {
    fn root(&self) -> Option<ObjectId> {
        let id = self.0.xref().root_id();
        from_hayro_id(id.obj_number, id.gen_number)
    }

    fn object(&self, id: ObjectId) -> Option<Object> {
        let object = self.0.xref().get::<HayroObject<'_>>(hayro_id(id));
        object.map_or(Some(Object::Null), |object| from_hayro(object, 0))
    }

    fn data(&self, id: ObjectId) -> Option<Vec<u8>> {
        let stream = self.0.xref().get::<hayro_syntax::object::Stream<'_>>(hayro_id(id))?;
        Some(stream.raw_data().into_owned())
    }

    fn surely_has(&self, id: ObjectId, ours: &Object, data: Option<&[u8]>) -> bool {
        match self.0.xref().get::<HayroObject<'_>>(hayro_id(id)) {
            Some(HayroObject::Stream(stream)) => {
                let ours = ours.as_stream().map(|stream| &stream.dictionary);
                ours.is_some_and(|ours| surely_hayro_dictionary(ours, stream.dict(), 0))
                    && data.is_some_and(|data| *data == *stream.raw_data())
            }
            Some(theirs) => data.is_none() && surely_hayro(ours, &theirs, 0),
            None => false,
        }
    }

    fn pages(&self) -> Option<Vec<Option<ObjectId>>> {
        let id = |page: &hayro_syntax::page::Page<'_>| {
            page.raw().obj_id().and_then(|id| from_hayro_id(id.obj_number, id.gen_number))
        };
        Some(self.0.pages().iter().map(id).collect())
    }
}

// True only where `from_hayro` would give something `alike`.
fn surely_hayro(ours: &Object, theirs: &HayroObject<'_>, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (ours, theirs) {
        (Object::Null, HayroObject::Null(_)) => true,
        (Object::Boolean(a), HayroObject::Boolean(b)) => a == b,
        (Object::Integer(_) | Object::Real(_), HayroObject::Number(b)) => same_number(ours, b.as_f64()),
        (Object::String(a), HayroObject::String(b)) => a.bytes == b.as_bytes(),
        (Object::Name(a), HayroObject::Name(b)) => a.as_slice() == b.as_ref(),
        (Object::Dictionary(a), HayroObject::Dict(b)) => surely_hayro_dictionary(a, b, depth),
        (Object::Array(a), HayroObject::Array(b)) => {
            let mut theirs = b.raw_iter();
            let all = a.iter().all(|a| theirs.next().is_some_and(|b| surely_hayro_item(a, &b, depth + 1)));
            all && theirs.next().is_none()
        }
        _ => false,
    }
}

fn surely_hayro_dictionary(ours: &Dictionary, theirs: &hayro_syntax::object::Dict<'_>, depth: usize) -> bool {
    surely_alike_dictionaries(ours, theirs.len(), |key, ours, value| match value {
        Value::LeftOut => theirs.contains_key(key),
        Value::Compared => {
            theirs.get_raw::<HayroObject<'_>>(key).is_some_and(|theirs| surely_hayro_item(ours, &theirs, depth + 1))
        }
    })
}

fn surely_hayro_item(ours: &Object, theirs: &MaybeRef<HayroObject<'_>>, depth: usize) -> bool {
    match theirs {
        MaybeRef::Ref(id) => {
            ours.as_reference().is_some_and(|ours| from_hayro_id(id.obj_number, id.gen_number) == Some(ours))
        }
        MaybeRef::NotRef(object) => surely_hayro(ours, object, depth),
    }
}

fn from_hayro(object: HayroObject<'_>, depth: usize) -> Option<Object> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match object {
        HayroObject::Null(_) => Object::Null,
        HayroObject::Boolean(value) => Object::Boolean(value),
        HayroObject::Number(number) => real(number.as_f64()),
        HayroObject::String(string) => Object::string(string.as_bytes()),
        HayroObject::Name(name) => Object::Name(name.as_ref().to_vec()),
        HayroObject::Dict(dictionary) => hayro_dictionary(&dictionary, depth)?.into(),
        HayroObject::Stream(stream) => hayro_dictionary(stream.dict(), depth)?.into(),
        HayroObject::Array(array) => {
            let items: Option<Vec<Object>> = array.raw_iter().map(|item| from_hayro_item(item, depth + 1)).collect();
            Object::Array(items?)
        }
    })
}

fn hayro_dictionary(dictionary: &hayro_syntax::object::Dict<'_>, depth: usize) -> Option<Dictionary> {
    let entries: Option<Vec<(Vec<u8>, Object)>> = dictionary
        .entries()
        .map(|(key, value)| Some((key.as_ref().to_vec(), from_hayro_item(value, depth + 1)?)))
        .collect();
    Some(Dictionary::from_entries(entries?))
}

fn from_hayro_item(item: MaybeRef<HayroObject<'_>>, depth: usize) -> Option<Object> {
    match item {
        MaybeRef::Ref(id) => from_hayro_id(id.obj_number, id.gen_number).map(Object::Reference),
        MaybeRef::NotRef(object) => from_hayro(object, depth),
    }
}

fn real(value: f64) -> Object {
    Object::Real(Box::new(Real { value, text: value.to_string() }))
}

// The third parser is older and less hardened: its panics are "cannot read".
fn ask_pdf(own: &Own<'_, '_>, signature: Option<ObjectId>, bytes: &Beginning) -> Result<Opinion, PdfError> {
    use ::pdf::file::{NoCache, NoLog, Storage};
    use ::pdf::object::ParseOptions;
    let asked = catch_unwind(AssertUnwindSafe(|| {
        let mut storage =
            Storage::with_cache(bytes.as_ref(), ParseOptions::tolerant(), NoCache, NoCache, NoLog).ok()?;
        let trailer = storage.load_storage_and_trailer().ok()?;
        let other = PdfCrate { resolver: &storage.resolver(), trailer };
        // A table it cannot follow makes every object unreadable; that is no opinion.
        other.holds_dictionary(other.root()?).then_some(())?;
        Some(compare(own, signature, &other, Depth::Structure))
    }));
    match asked {
        Ok(Some(opinion)) => opinion,
        Ok(None) | Err(_) => Ok(Opinion::CannotRead),
    }
}

struct PdfCrate<'s, R> {
    resolver: &'s R,
    trailer: ::pdf::primitive::Dictionary,
}

impl<R: ::pdf::object::Resolve> PdfCrate<'_, R> {
    fn holds_dictionary(&self, id: ObjectId) -> bool {
        use ::pdf::primitive::Primitive;
        matches!(self.resolver.resolve(plain(id)), Ok(Primitive::Dictionary(_) | Primitive::Stream(_)))
    }
}

impl<R: ::pdf::object::Resolve> Parser for PdfCrate<'_, R> {
    fn root(&self) -> Option<ObjectId> {
        match self.trailer.get("Root")? {
            ::pdf::primitive::Primitive::Reference(id) => from_plain(*id),
            _ => None,
        }
    }

    fn object(&self, id: ObjectId) -> Option<Object> {
        match self.resolver.resolve(plain(id)) {
            Ok(primitive) => from_primitive(&primitive, 0),
            Err(::pdf::PdfError::FreeObject { .. } | ::pdf::PdfError::NullRef { .. }) => Some(Object::Null),
            Err(_) => None,
        }
    }

    fn data(&self, id: ObjectId) -> Option<Vec<u8>> {
        match self.resolver.resolve(plain(id)).ok()? {
            ::pdf::primitive::Primitive::Stream(stream) => Some(stream.raw_data(self.resolver).ok()?.to_vec()),
            _ => None,
        }
    }

    fn surely_has(&self, id: ObjectId, ours: &Object, data: Option<&[u8]>) -> bool {
        use ::pdf::primitive::Primitive;
        match self.resolver.resolve(plain(id)) {
            Ok(Primitive::Stream(stream)) => {
                let ours = ours.as_stream().map(|stream| &stream.dictionary);
                ours.is_some_and(|ours| surely_primitive_dictionary(ours, &stream.info, 0))
                    && data.is_some_and(|data| stream.raw_data(self.resolver).is_ok_and(|theirs| *data == *theirs))
            }
            Ok(theirs) => data.is_none() && surely_primitive(ours, &theirs, 0),
            Err(_) => false,
        }
    }

    fn pages(&self) -> Option<Vec<Option<ObjectId>>> {
        None
    }
}

fn plain(id: ObjectId) -> ::pdf::object::PlainRef {
    ::pdf::object::PlainRef { id: u64::from(id.number), r#gen: u64::from(id.generation) }
}

fn from_plain(id: ::pdf::object::PlainRef) -> Option<ObjectId> {
    Some(ObjectId { number: u32::try_from(id.id).ok()?, generation: u16::try_from(id.r#gen).ok()? })
}

// True only where `from_primitive` would give something `alike`.
fn surely_primitive(ours: &Object, theirs: &::pdf::primitive::Primitive, depth: usize) -> bool {
    use ::pdf::primitive::Primitive;
    if depth > MAX_DEPTH {
        return false;
    }
    match (ours, theirs) {
        (Object::Null, Primitive::Null) => true,
        (Object::Boolean(a), Primitive::Boolean(b)) => a == b,
        (Object::Integer(_) | Object::Real(_), Primitive::Integer(b)) => same_number(ours, f64::from(*b)),
        (Object::Integer(_) | Object::Real(_), Primitive::Number(b)) => same_number(ours, f64::from(*b)),
        (Object::String(a), Primitive::String(b)) => a.bytes == b.as_bytes(),
        (Object::Name(a), Primitive::Name(b)) => a.as_slice() == b.as_str().as_bytes(),
        (Object::Reference(a), Primitive::Reference(b)) => from_plain(*b) == Some(*a),
        (Object::Dictionary(a), Primitive::Dictionary(b)) => surely_primitive_dictionary(a, b, depth),
        (Object::Array(a), Primitive::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| surely_primitive(a, b, depth + 1))
        }
        _ => false,
    }
}

fn surely_primitive_dictionary(ours: &Dictionary, theirs: &::pdf::primitive::Dictionary, depth: usize) -> bool {
    surely_alike_dictionaries(ours, theirs.len(), |key, ours, value| {
        theirs.get(key).is_some_and(|theirs| value == Value::LeftOut || surely_primitive(ours, theirs, depth + 1))
    })
}

fn from_primitive(primitive: &::pdf::primitive::Primitive, depth: usize) -> Option<Object> {
    use ::pdf::primitive::Primitive;
    if depth > MAX_DEPTH {
        return None;
    }
    let dictionary = |dictionary: &::pdf::primitive::Dictionary| -> Option<Object> {
        let entries: Option<Vec<(Vec<u8>, Object)>> = dictionary
            .iter()
            .map(|(key, value)| Some((key.as_str().as_bytes().to_vec(), from_primitive(value, depth + 1)?)))
            .collect();
        Some(Dictionary::from_entries(entries?).into())
    };
    Some(match primitive {
        Primitive::Null => Object::Null,
        Primitive::Integer(value) => Object::Integer(i64::from(*value)),
        Primitive::Number(value) => real(f64::from(*value)),
        Primitive::Boolean(value) => Object::Boolean(*value),
        Primitive::String(string) => {
            Object::String(Box::new(PdfString { bytes: string.as_bytes().to_vec(), ..PdfString::default() }))
        }
        Primitive::Name(name) => Object::Name(name.as_str().as_bytes().to_vec()),
        Primitive::Reference(id) => Object::Reference(from_plain(*id)?),
        Primitive::Array(items) => {
            Object::Array(items.iter().map(|item| from_primitive(item, depth + 1)).collect::<Option<_>>()?)
        }
        Primitive::Dictionary(inner) => dictionary(inner)?,
        Primitive::Stream(stream) => dictionary(&stream.info)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{Builder, FORMS, Form, document, document_with};

    fn opinion(file: &[u8]) -> SecondOpinion {
        let file = file.to_vec();
        let document = Document::open(&file).expect("opens");
        ask(&document, document.revisions().len().checked_sub(1), document.len(), None).expect("asks")
    }

    #[test]
    fn every_form_of_file_is_seen_alike() {
        for form in FORMS {
            let got = opinion(&document(form, "", ""));
            assert_eq!(got.hayro, Opinion::Agree, "{form:?}");
            assert!(matches!(got.pdf, Opinion::Agree | Opinion::CannotRead), "{form:?} {:?}", got.pdf);
            let hybrid = if form == Form::Hybrid { Opinion::Agree } else { Opinion::NotRun(NotRun::NotHybrid) };
            assert_eq!(got.hybrid, hybrid);
            assert!(!got.is_ambiguous() && !got.is_missing());
        }
    }

    #[test]
    fn a_form_only_new_readers_see_is_ambiguous() {
        let got = opinion(&document_with(Form::Hybrid, "/AcroForm 11 0 R", "", &[(11, "<</Fields[]>>")]));
        assert_eq!(got.hayro, Opinion::Agree);
        let told = vec![Disagreement { part: Part::Form, object: Some(ObjectId::new(11)) }];
        assert_eq!(got.hybrid, Opinion::Disagree(told));
    }

    #[test]
    fn two_entries_for_one_object_are_seen_differently() {
        let mut builder = Builder::new();
        builder.object(1, "<</Type/Catalog/Pages 2 0 R>>");
        builder.object(2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 99 99]>>");
        builder.object(3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>");
        builder.stream(4, "", b"(one) Tj").stream(4, "", b"(two) Tj");
        let got = opinion(&builder.table("/Root 1 0 R/Size 9"));
        let told: Vec<&Disagreement> = got.disagreements().map(|(_, d)| d).collect();
        assert!(
            told.contains(&&Disagreement { part: Part::PageContent(1), object: Some(ObjectId::new(4)) }),
            "{got:?}"
        );
    }

    #[test]
    fn a_file_past_the_bound_is_not_read_whole() {
        let file = document(Form::Table, "", "");
        let opened = Document::open(&file).expect("opens");
        let got = ask(&opened, Some(0), MAX_BYTES + 1, None).expect("asks");
        assert_eq!(got.hayro, Opinion::NotRun(NotRun::TooLarge));
        assert!(got.is_missing() && !got.is_ambiguous());
        assert_eq!(ask(&opened, None, 10, None).expect("asks").hayro, Opinion::NotRun(NotRun::NoRevision));
    }
}
