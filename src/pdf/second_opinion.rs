//! What other parsers see in the signed bytes.
//!
//! Our own reader decides. Attacks hide where parsers disagree, so two others read exactly the bytes of the signed
//! revision: `hayro-syntax` everything that can be reached, `pdf` the signature, catalog, form and page tree, with
//! what the tree gives its pages where the first one did not see all of it as we do. A hybrid file is also compared
//! with itself as an old reader sees it. Disagreement is told part by part; not being able to read, or not having
//! tried, is no disagreement. Revisions share their first bytes: what a parser read as we do it need not read again
//! where its own table leads it to the same place, see `agreed`.

mod agreed;
mod alike;
mod hayro;
mod third;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use agreed::Agreed;
use alike::{alike, alike_dictionaries};
use hayro::Hayro;

use super::document::{Document, Span};
use super::error::PdfError;
use super::object::{Object, ObjectId, Stream};
use super::page::Page;
use super::view::{Catalog, HybridRule, View};
use super::xref::Entry;
use crate::base::seeded::SeededSet;

/// Largest signed revision another parser reads, in bytes.
pub const MAX_BYTES: u64 = 32 << 20;
/// Most objects of a revision another parser reads.
pub const MAX_OBJECTS: usize = 100_000;
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

/// The other parsers, to be asked about revisions of one document, by several threads if need be.
pub struct Readers<'d, 'a> {
    document: &'d Document<'a>,
    // Worth keeping when they are asked again.
    agreed: Option<Known>,
}

/// What each was seen to read as we do.
#[derive(Default)]
struct Known {
    hayro: Agreed,
    third: Agreed,
}

impl<'d, 'a> Readers<'d, 'a> {
    /// Readers of this document, which will be asked about so many revisions.
    pub fn new(document: &'d Document<'a>, revisions: usize) -> Self {
        // How strings are decrypted may be another matter in another revision.
        let keeps = revisions > 1 && document.encryption().is_none();
        Readers { document, agreed: keeps.then(Known::default) }
    }

    /// What they see in the revision `revision`, whose signed bytes end at `end`; `signature` is the signature
    /// dictionary.
    ///
    /// # Errors
    /// Those of the storage, and of [`View::get`] for limits. What another parser cannot read is an opinion.
    pub fn ask(
        &self,
        revision: Option<usize>,
        end: u64,
        signature: Option<ObjectId>,
    ) -> Result<SecondOpinion, PdfError> {
        ask(self.document, revision, end, signature, self.agreed.as_ref())
    }
}

fn ask(
    document: &Document<'_>,
    revision: Option<usize>,
    end: u64,
    signature: Option<ObjectId>,
    agreed: Option<&Known>,
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
    let hayro = hayro::ask(&own, signature, bytes.clone(), agreed.map(|agreed| &agreed.hayro))?;
    let pdf = if document.encryption().is_some() {
        Opinion::NotRun(NotRun::Encrypted)
    } else if replaces_compressed(view) {
        Opinion::NotRun(NotRun::Unsuited)
    } else {
        // What the page tree gives its pages was seen alike already, or else is looked at here.
        let depth = if hayro == Opinion::Agree { Depth::Nodes } else { Depth::Structure };
        third::ask(&own, signature, bytes.as_ref().as_ref(), depth, agreed.map(|agreed| &agreed.third))?
    };
    Ok(SecondOpinion { hayro, pdf, hybrid })
}

/// What `hayro-syntax` sees differently in the newest revision of a document that is about to be signed; `None` when it
/// agrees, was not asked (too large, encrypted) or cannot read the file.
///
/// # Errors
/// Those of [`Readers::ask`], and [`PdfError::Object`] for a page whose content cannot be read.
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
    match compare(&Own::of(view)?, None, &Hayro::new(other, None), Depth::Everything)? {
        Opinion::Disagree(told) => Ok(told.into_iter().next()),
        _ => Ok(None),
    }
}

// `pdf` 0.10 lets an older compressed entry win over a newer one.
fn replaces_compressed(view: View<'_, '_>) -> bool {
    let is_compressed = |(_, entry)| matches!(entry, Entry::Compressed { .. });
    if !view.sections().iter().any(|section| section.entries.iter().any(is_compressed)) {
        return false;
    }
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
    /// Signature, catalog, form, page tree with what it gives its pages, page dictionaries and the content streams.
    Structure,
    /// The same, but of the page tree its nodes only.
    Nodes,
}

/// Another parser.
trait Parser {
    /// The root object.
    fn root(&self) -> Option<ObjectId>;
    /// An object in our terms, streams as their dictionaries; `None` when it cannot be read, `Null` when absent.
    fn object(&self, id: ObjectId) -> Option<Object>;
    /// Undecoded, decrypted data of a stream.
    fn data(&self, id: ObjectId) -> Option<Vec<u8>>;
    /// True when it surely sees `ours`, which stands at `place`, under this number, stream bytes (`data`) included. False says nothing: the
    /// object is then compared part by part.
    fn surely_has(&self, _id: ObjectId, _ours: &Object, _data: Option<&[u8]>, _place: Option<Span>) -> bool {
        false
    }
    /// Page objects in order; `None` when the parser does not list pages.
    fn pages(&self) -> Option<Vec<Option<ObjectId>>>;
}

/// What we see, read once for all the others.
struct Own<'d, 'a> {
    view: View<'d, 'a>,
    catalog: (Option<ObjectId>, Catalog<'d>),
    pages: OnceCell<Vec<Page>>,
}

impl<'d, 'a> Own<'d, 'a> {
    fn of(view: View<'d, 'a>) -> Result<Self, PdfError> {
        Ok(Own { view, catalog: view.catalog_shared()?, pages: OnceCell::new() })
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
    let mut comparison =
        Comparison { own, view, other, depth, seen: SeededSet::default(), told: Vec::new(), gap: false };
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
    seen: SeededSet<ObjectId>,
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
                    (Depth::Everything, _) => self.below(value, part)?,
                    (_, b"Contents") => self.list(value, part)?,
                    _ => {}
                }
            }
        }
        if let Some(form) = catalog.get("AcroForm") {
            self.below(form, Part::Form)?;
        }
        if let Some(tree) = catalog.get("Pages") {
            match self.depth {
                Depth::Nodes => self.nodes(tree)?,
                _ => self.below(tree, Part::PageTree)?,
            }
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

    // The nodes of the page tree and the lists of their kids. Pages that are objects were seen before; one that stands
    // in such a list itself is looked at whole.
    fn nodes(&mut self, tree: &Object) -> Result<(), PdfError> {
        let mut open = vec![tree.clone()];
        while let Some(node) = open.pop() {
            if self.seen.len() > MAX_OBJECTS {
                return Ok(());
            }
            let (object, is_direct) = match &node {
                Object::Reference(id) => (self.object(*id, Part::PageTree)?, false),
                _ => (Some(Arc::new(node)), true),
            };
            let Some(object) = object else { continue };
            match (&*object, object.as_dictionary()) {
                (Object::Array(kids), _) => open.extend(kids.iter().cloned()),
                (Object::Reference(_), _) => open.push(Object::clone(&object)),
                (_, Some(dictionary)) if is_direct && !dictionary.has("Kids") => {
                    self.below(&object, Part::PageTree)?;
                }
                (_, Some(dictionary)) => {
                    open.extend(dictionary.iter().filter(|(key, _)| *key == b"Kids").map(|(_, kids)| kids.clone()));
                }
                _ => {}
            }
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
        let (ours, place) = match self.view.get_shared_with_place(id) {
            Ok(read) => read,
            Err(error @ (PdfError::Io(_) | PdfError::Limit(_))) => return Err(error),
            // What we cannot read but they can is a difference.
            Err(_) => {
                if self.other.object(id).is_some_and(|object| !object.is_null()) {
                    self.tell(part, Some(id));
                }
                return Ok(None);
            }
        };
        if self.is_surely_same(&ours, place, id)? {
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

    fn is_surely_same(&self, ours: &Object, place: Option<Span>, id: ObjectId) -> Result<bool, PdfError> {
        let Some(stream) = ours.as_stream() else { return Ok(self.other.surely_has(id, ours, None, place)) };
        let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let data = self.view.raw_stream_in_memory(stream, limit)?;
        Ok(data.is_some() && self.other.surely_has(id, ours, data, place))
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

/// Our own reader under another rule.
struct Ours<'d, 'a>(View<'d, 'a>);

impl Parser for Ours<'_, '_> {
    fn root(&self) -> Option<ObjectId> {
        self.0.catalog_shared().ok()?.0
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{Builder, FORMS, Form, document, document_with};

    fn opinion(file: &[u8]) -> SecondOpinion {
        let file = file.to_vec();
        let document = Document::open(&file).expect("opens");
        Readers::new(&document, 1).ask(document.revisions().len().checked_sub(1), document.len(), None).expect("asks")
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

    const TREE: [(u32, &str); 6] = [
        (1, "<</Type/Catalog/Pages 2 0 R>>"),
        (2, "<</Type/Pages/Kids 7 0 R/Count 1/Resources 5 0 R/MediaBox[0 0 99 99]>>"),
        (6, "<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1>>"),
        (7, "[6 0 R]"),
        (3, "<</Type/Page/Parent 6 0 R/Contents[4 0 R]>>"),
        (5, "<</Font<<>>>>"),
    ];

    // The tree with a content and perhaps another object in place of one.
    fn tree(instead: Option<(u32, &str)>, content: &[u8]) -> Vec<u8> {
        let mut builder = Builder::new();
        for (number, body) in TREE {
            builder.object(number, instead.filter(|(other, _)| *other == number).map_or(body, |(_, other)| other));
        }
        builder.stream(4, "", content).table("/Root 1 0 R/Size 9")
    }

    fn compared(ours: &[u8], theirs: &[u8], depth: Depth) -> Opinion {
        let (ours, theirs) = (ours.to_vec(), theirs.to_vec());
        let (ours, theirs) = (Document::open(&ours).expect("opens"), Document::open(&theirs).expect("opens"));
        let own = Own::of(ours.view()).expect("reads");
        compare(&own, None, &Ours(theirs.view()), depth).expect("compares")
    }

    #[test]
    fn every_node_and_content_of_the_page_tree_is_compared_at_every_depth() {
        let plain = tree(None, b"(one) Tj");
        let others: [(u32, &str, Part); 5] = [
            (1, "<</Type/Catalog/Pages 2 0 R/Lang(vi)>>", Part::Catalog),
            (2, "<</Type/Pages/Kids 7 0 R/Count 1/Resources 5 0 R/MediaBox[0 0 99 98]>>", Part::PageTree),
            (6, "<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1/Rotate 90>>", Part::PageTree),
            (7, "[6 0 R 6 0 R]", Part::PageTree),
            (3, "<</Type/Page/Parent 6 0 R/Contents[4 0 R]/Rotate 90>>", Part::PageContent(1)),
        ];
        for depth in [Depth::Everything, Depth::Structure, Depth::Nodes] {
            assert_eq!(compared(&plain, &plain, depth), Opinion::Agree);
            for (number, other, part) in others {
                let other = compared(&plain, &tree(Some((number, other)), b"(one) Tj"), depth);
                let told = Disagreement { part, object: Some(ObjectId::new(number)) };
                assert!(matches!(&other, Opinion::Disagree(all) if all.contains(&told)), "{number} {other:?}");
            }
            let told = Disagreement { part: Part::PageContent(1), object: Some(ObjectId::new(4)) };
            assert_eq!(compared(&plain, &tree(None, b"(two) Tj"), depth), Opinion::Disagree(vec![told]));
        }
    }

    #[test]
    fn what_the_page_tree_gives_its_pages_is_left_to_the_parser_that_reads_everything() {
        let (plain, other) = (tree(None, b""), tree(Some((5, "<</Font<</F 9 0 R>>>>")), b""));
        let told = Opinion::Disagree(vec![Disagreement { part: Part::PageTree, object: Some(ObjectId::new(5)) }]);
        assert_eq!(compared(&plain, &other, Depth::Everything), told);
        assert_eq!(compared(&plain, &other, Depth::Structure), told);
        assert_eq!(compared(&plain, &other, Depth::Nodes), Opinion::Agree);
    }

    #[test]
    fn a_page_that_stands_in_the_list_of_kids_has_its_content_compared() {
        let file = |content: &[u8]| {
            let mut builder = Builder::new();
            builder.object(1, "<</Type/Catalog/Pages 2 0 R>>");
            builder.object(2, "<</Type/Pages/Kids[<</Type/Page/Contents 4 0 R>>]/Count 1/MediaBox[0 0 99 99]>>");
            builder.stream(4, "", content).table("/Root 1 0 R/Size 9")
        };
        let told = Disagreement { part: Part::PageTree, object: Some(ObjectId::new(4)) };
        assert_eq!(compared(&file(b"(one) Tj"), &file(b"(one) Tj"), Depth::Nodes), Opinion::Agree);
        assert_eq!(compared(&file(b"(one) Tj"), &file(b"(two) Tj"), Depth::Nodes), Opinion::Disagree(vec![told]));
    }

    #[test]
    fn what_agreed_in_an_older_revision_is_read_again_where_it_changed() {
        let base = document(Form::Table, "", "");
        let previous = Document::open(&base).expect("opens").start_xref();
        let mut builder = Builder::after(&base);
        let page = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Rotate 90>>";
        builder.object(3, page).object(3, &page.replace("90", "180"));
        let file = builder.table(&format!("/Root 1 0 R/Size 60/Prev {previous}"));
        let document = Document::open(&file).expect("opens");
        let readers = Readers::new(&document, 3);
        let first = readers.ask(Some(0), u64::try_from(base.len()).expect("small"), None).expect("asks");
        assert_eq!((&first.hayro, &first.pdf), (&Opinion::Agree, &Opinion::Agree));
        let second = readers.ask(Some(1), document.len(), None).expect("asks");
        let alone = Readers::new(&document, 1).ask(Some(1), document.len(), None).expect("asks");
        assert_eq!(second, alone);
        assert!(second.is_ambiguous(), "{second:?}");
        // Asked again it says the same from what it remembers.
        assert_eq!(readers.ask(Some(0), u64::try_from(base.len()).expect("small"), None).expect("asks"), first);
    }

    #[test]
    fn a_file_past_the_bound_is_not_read_whole() {
        let file = document(Form::Table, "", "");
        let opened = Document::open(&file).expect("opens");
        let readers = Readers::new(&opened, 2);
        let got = readers.ask(Some(0), MAX_BYTES + 1, None).expect("asks");
        assert_eq!(got.hayro, Opinion::NotRun(NotRun::TooLarge));
        assert!(got.is_missing() && !got.is_ambiguous());
        assert_eq!(readers.ask(None, 10, None).expect("asks").hayro, Opinion::NotRun(NotRun::NoRevision));
    }
}
