//! From where in the document the objects of later revisions are reached.
//!
//! One walk over the newest revision. Every object of a later revision gets the list of places that lead to it: an
//! appearance stream that a page also draws is not only an appearance. Objects no later revision touched are walked
//! through, not recorded.

use std::collections::{HashMap, HashSet};

use crate::pdf::error::{Limit, PdfError};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::page::Page;
use crate::pdf::signature_field::Field;
use crate::pdf::view::View;

/// Most objects walked through.
const MAX_VISITS: usize = 4_000_000;
/// Most places kept for one object; one that has more counts as changed behaviour of the document.
const MAX_PLACES: usize = 256;

/// A place that leads to an object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Catalog,
    PageNode,
    /// The page object itself.
    Page(usize),
    /// Anything a page draws or names but its annotations.
    PageContent(usize),
    /// An indirect `/Annots` array.
    AnnotationList(usize),
    /// An annotation of a page, or what it draws: the page and the annotation's own object.
    Annotation(usize, Option<ObjectId>),
    Form,
    FormList,
    /// Under another key of the form dictionary.
    FormPart(String),
    /// A field that has child fields.
    FieldNode,
    /// A terminal field or its separate widget: index into the fields of the newest revision.
    Field(usize),
    /// Under a key of a field or widget.
    FieldPart(usize, String),
    Dss,
    Metadata,
    Info,
    StructureTree,
    /// Under another key of the catalog.
    Other(String),
    Encryption,
}

/// What the walk found.
pub(crate) struct Reach {
    pub(crate) places: HashMap<u32, Vec<Place>>,
    pub(crate) pages: Vec<Page>,
    pub(crate) fields: Vec<Field>,
    /// For each annotation that a later revision wrote: the pages that list it, as often as they do.
    pub(crate) listed: HashMap<u32, Vec<usize>>,
}

impl Reach {
    pub(crate) fn walk(view: View<'_, '_>, later: &HashSet<u32>) -> Result<Reach, PdfError> {
        let pages = view.pages()?;
        let fields = view.fields()?;
        let mut walker = Walker {
            view,
            later,
            places: HashMap::new(),
            edges: HashSet::new(),
            structure: HashSet::new(),
            listed: HashMap::new(),
            visits: 0,
        };
        walker.document(&pages, &fields)?;
        Ok(Reach { places: walker.places, pages, fields, listed: walker.listed })
    }
}

struct Walker<'d, 'a, 'l> {
    view: View<'d, 'a>,
    later: &'l HashSet<u32>,
    places: HashMap<u32, Vec<Place>>,
    // Objects with a place of their own: walks of other places stop there.
    edges: HashSet<u32>,
    // Those of them that are the catalog, page nodes and pages.
    structure: HashSet<u32>,
    listed: HashMap<u32, Vec<usize>>,
    visits: usize,
}

impl Walker<'_, '_, '_> {
    fn document(&mut self, pages: &[Page], fields: &[Field]) -> Result<(), PdfError> {
        let (catalog_id, catalog) = self.view.catalog_shared()?;
        self.note(catalog_id, Place::Catalog);
        self.edges.extend(catalog_id.map(|id| id.number));
        let nodes = self.page_nodes(&catalog)?;
        for id in &nodes {
            self.note(Some(*id), Place::PageNode);
            self.edges.insert(id.number);
        }
        for page in pages {
            self.note(page.id, Place::Page(page.number));
            self.edges.extend(page.id.map(|id| id.number));
        }
        self.structure = self.edges.clone();
        self.edges.extend(
            fields
                .iter()
                .flat_map(|f| f.id.into_iter().chain(f.widgets.iter().filter_map(|w| w.id)))
                .map(|id| id.number),
        );
        let mut annotations: Vec<(usize, Object)> = Vec::new();
        for page in pages {
            let Ok(dictionary) = self.view.page_dictionary(page) else { continue };
            let list = dictionary.get("Annots").cloned().unwrap_or_default();
            self.note(list.as_reference(), Place::AnnotationList(page.number));
            self.edges.extend(list.as_reference().map(|id| id.number));
            for item in self.view.resolve(&list)?.as_array().unwrap_or_default() {
                self.edges.extend(item.as_reference().map(|id| id.number));
                self.list(item, page.number);
                annotations.push((page.number, item.clone()));
            }
        }
        self.protected(&catalog, &nodes, pages)?;
        self.form(&catalog, fields)?;
        let widgets: HashSet<ObjectId> =
            fields.iter().flat_map(|f| f.id.into_iter().chain(f.widgets.iter().filter_map(|w| w.id))).collect();
        for (page, item) in annotations {
            if item.as_reference().is_some_and(|id| widgets.contains(&id)) {
                continue;
            }
            self.root(&item, &Place::Annotation(page, item.as_reference()), &mut HashSet::new())?;
        }
        Ok(())
    }

    // Everything that must not change: one visited set, the first place that reaches an object names it.
    fn protected(&mut self, catalog: &Dictionary, nodes: &[ObjectId], pages: &[Page]) -> Result<(), PdfError> {
        let mut seen = HashSet::new();
        for page in pages {
            let Ok(dictionary) = self.view.page_dictionary(page) else { continue };
            for (_, value) in dictionary.iter().filter(|(key, _)| !matches!(*key, b"Annots" | b"Parent")) {
                self.below(value, &Place::PageContent(page.number), &mut seen)?;
            }
        }
        for id in nodes {
            let node = self.view.get(*id)?;
            for (_, value) in node.as_dictionary().into_iter().flat_map(Dictionary::iter) {
                self.below(value, &Place::PageNode, &mut seen)?;
            }
        }
        const GUIDED: [&[u8]; 4] = [b"Pages", b"AcroForm", b"DSS", b"Metadata"];
        for (key, value) in catalog.iter() {
            if GUIDED.contains(&key) || key == b"StructTreeRoot" {
                continue;
            }
            self.below(value, &Place::Other(String::from_utf8_lossy(key).into_owned()), &mut seen)?;
        }
        for (key, value) in self.view.trailer().iter() {
            let key = String::from_utf8_lossy(key).into_owned();
            if !super::rules::TRAILER_FREE.contains(&key.as_str()) {
                self.below(value, &Place::Other(key), &mut seen)?;
            }
        }
        for (key, place) in
            [("StructTreeRoot", Place::StructureTree), ("DSS", Place::Dss), ("Metadata", Place::Metadata)]
        {
            if let Some(value) = catalog.get(key) {
                self.below(value, &place, &mut HashSet::new())?;
            }
        }
        for (key, place) in [("Info", Place::Info), ("Encrypt", Place::Encryption)] {
            if let Some(value) = self.view.trailer().get(key) {
                self.below(value, &place, &mut HashSet::new())?;
            }
        }
        Ok(())
    }

    fn form(&mut self, catalog: &Dictionary, fields: &[Field]) -> Result<(), PdfError> {
        let Some(entry) = catalog.get("AcroForm") else { return Ok(()) };
        self.note(entry.as_reference(), Place::Form);
        let resolved = self.view.resolve(entry)?;
        let Some(form) = resolved.as_dictionary() else { return Ok(()) };
        for (key, value) in form.iter() {
            if key == b"Fields" {
                self.note(value.as_reference(), Place::FormList);
                for root in self.view.resolve(value)?.as_array().unwrap_or_default() {
                    self.field_nodes(root, 0)?;
                }
            } else {
                self.below(value, &Place::FormPart(String::from_utf8_lossy(key).into_owned()), &mut HashSet::new())?;
            }
        }
        for (index, field) in fields.iter().enumerate() {
            self.note(field.id, Place::Field(index));
            self.field_parts(&field.dictionary, index)?;
            for id in field.widgets.iter().filter_map(|w| w.id).filter(|id| Some(*id) != field.id) {
                self.note(Some(id), Place::Field(index));
                let widget = self.view.get(id)?;
                if let Some(dictionary) = widget.as_dictionary() {
                    self.field_parts(dictionary, index)?;
                }
            }
        }
        Ok(())
    }

    fn field_parts(&mut self, dictionary: &Dictionary, index: usize) -> Result<(), PdfError> {
        for (key, value) in dictionary.iter() {
            if !matches!(key, b"Kids" | b"Parent" | b"P") {
                let place = Place::FieldPart(index, String::from_utf8_lossy(key).into_owned());
                self.below(value, &place, &mut HashSet::new())?;
            }
        }
        Ok(())
    }

    // Fields that are not terminal have no entry in `fields`.
    fn field_nodes(&mut self, node: &Object, depth: usize) -> Result<(), PdfError> {
        let Some(id) = node.as_reference() else { return Ok(()) };
        self.visit()?;
        if depth > 64 || self.edges.contains(&id.number) {
            return Ok(());
        }
        self.note(Some(id), Place::FieldNode);
        self.edges.insert(id.number);
        let resolved = self.view.get(id)?;
        let Some(dictionary) = resolved.as_dictionary() else { return Ok(()) };
        for kid in self.view.value(dictionary, "Kids")?.as_array().unwrap_or_default() {
            self.field_nodes(kid, depth + 1)?;
        }
        Ok(())
    }

    fn page_nodes(&mut self, catalog: &Dictionary) -> Result<Vec<ObjectId>, PdfError> {
        let mut nodes = Vec::new();
        let mut seen = HashSet::new();
        let mut open: Vec<ObjectId> = catalog.get("Pages").and_then(Object::as_reference).into_iter().collect();
        while let Some(id) = open.pop() {
            self.visit()?;
            let node = self.view.get(id)?;
            let Some(dictionary) = node.as_dictionary().filter(|d| d.has("Kids")) else { continue };
            if !seen.insert(id) {
                continue;
            }
            nodes.push(id);
            // An array of its own is part of its node.
            self.note(dictionary.get("Kids").and_then(Object::as_reference), Place::PageNode);
            let kids = self.view.value(dictionary, "Kids")?;
            open.extend(kids.as_array().unwrap_or_default().iter().filter_map(Object::as_reference));
        }
        Ok(nodes)
    }

    fn root(&mut self, object: &Object, place: &Place, seen: &mut HashSet<u32>) -> Result<(), PdfError> {
        match object {
            Object::Reference(id) => {
                self.note(Some(*id), place.clone());
                seen.insert(id.number);
                let resolved = self.view.get(*id)?;
                self.below(&resolved, place, seen)
            }
            direct => self.below(direct, place, seen),
        }
    }

    // Notes everything below a value; stops at objects with a place of their own.
    fn below(&mut self, value: &Object, place: &Place, seen: &mut HashSet<u32>) -> Result<(), PdfError> {
        let mut open = Vec::new();
        collect(value, &mut open);
        while let Some(id) = open.pop() {
            if self.edges.contains(&id.number) {
                // A widget that a page also draws from is page content too.
                if matches!(place, Place::PageContent(_)) && !self.structure.contains(&id.number) {
                    self.note(Some(id), place.clone());
                }
                continue;
            }
            if !seen.insert(id.number) {
                continue;
            }
            self.visit()?;
            self.note(Some(id), place.clone());
            match self.view.get(id) {
                Ok(object) => collect(&object, &mut open),
                Err(PdfError::Io(error)) => return Err(error.into()),
                Err(PdfError::Limit(limit)) => return Err(PdfError::Limit(limit)),
                // Unreadable for every revision unless a later one touched it, and then it is noted.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn list(&mut self, annotation: &Object, page: usize) {
        let Some(id) = annotation.as_reference().filter(|id| self.later.contains(&id.number)) else { return };
        let pages = self.listed.entry(id.number).or_default();
        if pages.len() < MAX_PLACES {
            pages.push(page);
        }
    }

    fn visit(&mut self) -> Result<(), PdfError> {
        self.visits += 1;
        if self.visits > MAX_VISITS { Err(PdfError::Limit(Limit::Objects)) } else { Ok(()) }
    }

    fn note(&mut self, id: Option<ObjectId>, place: Place) {
        let Some(id) = id.filter(|id| self.later.contains(&id.number)) else { return };
        let places = self.places.entry(id.number).or_default();
        if places.contains(&place) {
            return;
        }
        match places.len() {
            length if length < MAX_PLACES => places.push(place),
            MAX_PLACES => places.push(Place::Other("(more places than are kept)".to_owned())),
            _ => {}
        }
    }
}

fn collect(value: &Object, into: &mut Vec<ObjectId>) {
    match value {
        Object::Reference(id) => into.push(*id),
        Object::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, item)| collect(item, into)),
        Object::Stream(stream) => stream.dictionary.iter().for_each(|(_, item)| collect(item, into)),
        _ => {}
    }
}
