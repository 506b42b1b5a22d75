//! What a reference of an XML signature reaches — XML Signature 1.1 §4.4.3: finding it, its transforms, the bytes
//! that are digested.
//!
//! A reference leads to the whole document, to exactly one element by its `Id`, or to something outside that was
//! handed in by name; nothing is fetched. An `Id` that two elements share leads nowhere. Base64,
//! enveloped-signature and the canonical forms are carried out; XPath, XSLT and all others are refused by name,
//! because they can make a signature cover next to nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

use roxmltree::{Document, Node, NodeId};

use super::XML_NAMESPACE;
use super::c14n::{C14nError, MAX_OUTPUT, Method, canonicalize, canonicalize_to};
use super::dsig::{DsigError, Reference, Signature, Transform, cut};
use super::parse::{MAX_BYTES, XmlError, decode, parse};
use crate::base::budget::Budget;
use crate::base::encoding::from_base64;
use crate::base::read::ReadAt;

/// Octets read and made for all references of one document, beside eight times its own size.
const WORK_BYTES: u64 = 64 << 20;

/// Namespace of `wsu:Id` (WS-Security 1.0 utility schema).
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// What a reference covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Covered {
    /// The document the signature stands in.
    Document,
    /// One element of it.
    Element(NodeId),
    /// Something outside.
    External,
}

/// Content for references that lead out of the document.
pub type Externals<'x> = &'x dyn Fn(&str) -> Option<&'x dyn ReadAt>;

/// The elements of a document by their `Id`, and what following references to them may still cost: thousands of
/// references may lead to the same large element, each with several transforms, whether they hold or not.
#[derive(Debug)]
pub struct Ids {
    known: HashMap<String, Option<NodeId>>,
    work: RefCell<Budget>,
}

impl Ids {
    /// Collects `Id`, `ID`, `id`, `xml:id` and `wsu:Id` of every element; what two elements share belongs to none.
    pub fn of(tree: &Document<'_>) -> Self {
        let mut ids: HashMap<String, Option<NodeId>> = HashMap::new();
        for node in tree.descendants().filter(|n| n.is_element()) {
            for attribute in node.attributes() {
                let is_id = match attribute.namespace() {
                    None => matches!(attribute.name(), "Id" | "ID" | "id"),
                    Some(XML_NAMESPACE) => attribute.name() == "id",
                    Some(WSU) => attribute.name() == "Id",
                    Some(_) => false,
                };
                if is_id {
                    ids.entry(attribute.value().to_owned())
                        .and_modify(|known| {
                            if *known != Some(node.id()) {
                                *known = None;
                            }
                        })
                        .or_insert(Some(node.id()));
                }
            }
        }
        let size = u64::try_from(tree.input_text().len()).unwrap_or(u64::MAX);
        let work = RefCell::new(Budget::new(size.saturating_mul(8).saturating_add(WORK_BYTES)));
        Ids { known: ids, work }
    }

    // Once it is gone nothing more is computed; what went over it still counts.
    fn spend(&self, octets: usize) -> Result<(), DsigError> {
        let mut work = self.work.borrow_mut();
        if work.left() == 0 {
            return Err(C14nError::TooLarge.into());
        }
        let _empty_now = work.spend(u64::try_from(octets).unwrap_or(u64::MAX));
        Ok(())
    }

    /// The one element with that `Id`.
    ///
    /// # Errors
    /// [`DsigError::NoSuchId`] or [`DsigError::DuplicateId`].
    pub fn find(&self, id: &str) -> Result<NodeId, DsigError> {
        match self.known.get(id) {
            Some(Some(node)) => Ok(*node),
            Some(None) => Err(DsigError::DuplicateId(cut(id))),
            None => Err(DsigError::NoSuchId(cut(id))),
        }
    }
}

impl Signature {
    /// Hands the bytes a reference is digested over to `sink`, piece by piece, and says what they cover (§4.4.3).
    ///
    /// # Errors
    /// A [`DsigError`] when the reference cannot be followed or its transforms not be carried out.
    pub fn digest_input<'x>(
        &self,
        tree: &Document<'_>,
        ids: &Ids,
        reference: &Reference,
        externals: Externals<'x>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<Covered, DsigError> {
        self.octets(tree, ids, reference, externals, &Method::inclusive(), sink)
    }

    /// The same, a node-set that no transform made octets of under the canonical form `last` (§4.4.3.2 names Canonical
    /// XML 1.0; time-stamps name their own, EN 319 132-1 4.5).
    ///
    /// # Errors
    /// As [`Signature::digest_input`].
    pub fn octets<'x>(
        &self,
        tree: &Document<'_>,
        ids: &Ids,
        reference: &Reference,
        externals: Externals<'x>,
        last: &Method,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<Covered, DsigError> {
        let uri = reference.uri.as_deref().ok_or_else(|| DsigError::Unresolved(String::new()))?;
        let (covered, mut data) = self.dereference(tree, ids, uri, externals)?;
        // Nothing is computed for a reference that cannot be followed to its end.
        if let Some(refused) = reference.transforms.iter().find_map(refused) {
            return Err(DsigError::Transform(cut(refused)));
        }
        for transform in &reference.transforms {
            let free = *transform == Transform::Enveloped;
            ids.spend(if free { 0 } else { data.size(tree) })?;
            data = self.transform(tree, data, transform).inspect_err(|error| {
                if matches!(error, DsigError::C14n(C14nError::TooLarge)) {
                    let _spent = ids.spend(MAX_OUTPUT);
                }
            })?;
        }
        match data {
            Data::Octets(bytes) => {
                ids.spend(bytes.len())?;
                sink(&bytes);
            }
            Data::Nodes(nodes) => {
                let mut octets = 0_usize;
                ids.spend(0)?;
                let made = nodes.canonical_to(tree, last, &mut |piece| {
                    octets = octets.saturating_add(piece.len());
                    sink(piece);
                });
                ids.spend(octets)?;
                made?;
            }
            Data::External(source) => {
                let mut buffer = vec![0; 64 * 1024];
                let mut at = 0_u64;
                while at < source.len() {
                    let read = source.read_at(&mut buffer, at)?;
                    if read == 0 {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                    }
                    sink(buffer.get(..read).unwrap_or_default());
                    at = at.saturating_add(u64::try_from(read).unwrap_or(0));
                }
            }
        }
        Ok(covered)
    }

    // §4.4.3.2: same-document references leave comments out, except for the XPointer forms.
    fn dereference<'x>(
        &self,
        tree: &Document<'_>,
        ids: &Ids,
        uri: &str,
        externals: Externals<'x>,
    ) -> Result<(Covered, Data<'x>), DsigError> {
        let root = tree.root().id();
        let element = |id: &str, comments| {
            ids.find(id).map(|apex| (Covered::Element(apex), Data::Nodes(Nodes { apex, comments, exclude: None })))
        };
        let Some(fragment) = uri.strip_prefix('#') else {
            if uri.is_empty() {
                return Ok((Covered::Document, Data::Nodes(Nodes { apex: root, comments: false, exclude: None })));
            }
            let source = externals(uri).ok_or_else(|| DsigError::Unresolved(cut(uri)))?;
            return Ok((Covered::External, Data::External(source)));
        };
        if fragment == "xpointer(/)" {
            return Ok((Covered::Document, Data::Nodes(Nodes { apex: root, comments: true, exclude: None })));
        }
        if let Some(id) = fragment.strip_prefix("xpointer(id(").and_then(|rest| rest.strip_suffix("))")) {
            let quoted = |q: char| id.strip_prefix(q).and_then(|rest| rest.strip_suffix(q));
            let id = quoted('\'').or_else(|| quoted('"')).ok_or_else(|| DsigError::Unresolved(cut(uri)))?;
            return element(id, true);
        }
        if fragment.contains('(') {
            return Err(DsigError::Unresolved(cut(uri)));
        }
        element(fragment, false)
    }

    fn transform<'x>(&self, tree: &Document<'_>, data: Data<'x>, transform: &Transform) -> Result<Data<'x>, DsigError> {
        match transform {
            Transform::Refused(uri) => Err(DsigError::Transform(cut(uri))),
            Transform::Enveloped => match data {
                Data::Nodes(nodes) => Ok(Data::Nodes(Nodes { exclude: Some(self.node), ..nodes })),
                _ => Err(DsigError::TransformInput("enveloped-signature")),
            },
            Transform::Canonical(method) => match data {
                Data::Nodes(nodes) => Ok(Data::Octets(nodes.canonical(tree, method)?)),
                other => {
                    let bytes = other.into_bytes()?;
                    let text = decode(&bytes)?;
                    Ok(Data::Octets(canonicalize(parse(&text)?.root(), None, method)?))
                }
            },
            Transform::Base64 => {
                let text = match data {
                    Data::Nodes(nodes) => nodes.text(tree)?,
                    other => String::from_utf8(other.into_bytes()?).map_err(|_| DsigError::TransformInput("base64"))?,
                };
                from_base64(&text).map(Data::Octets).ok_or(DsigError::TransformInput("base64"))
            }
        }
    }
}

fn refused(transform: &Transform) -> Option<&str> {
    if let Transform::Refused(uri) = transform { Some(uri) } else { None }
}

enum Data<'x> {
    Nodes(Nodes),
    Octets(Vec<u8>),
    External(&'x dyn ReadAt),
}

impl Data<'_> {
    // What has to be gone through to make something else of it, in octets.
    fn size(&self, tree: &Document<'_>) -> usize {
        match self {
            Data::Octets(bytes) => bytes.len(),
            Data::External(source) => usize::try_from(source.len()).unwrap_or(usize::MAX),
            Data::Nodes(nodes) => tree.get_node(nodes.apex).map_or(0, |apex| apex.range().len()),
        }
    }

    fn into_bytes(self) -> Result<Vec<u8>, DsigError> {
        match self {
            Data::Octets(bytes) => Ok(bytes),
            Data::External(source) => source.read_range(0, source.len(), MAX_BYTES).map_err(|e| match e.kind() {
                io::ErrorKind::InvalidInput => XmlError::TooLarge { limit: MAX_BYTES }.into(),
                _ => e.into(),
            }),
            Data::Nodes(_) => Err(DsigError::TransformInput("octets")),
        }
    }
}

struct Nodes {
    apex: NodeId,
    comments: bool,
    exclude: Option<NodeId>,
}

impl Nodes {
    fn canonical(&self, tree: &Document<'_>, method: &Method) -> Result<Vec<u8>, DsigError> {
        let mut out = Vec::new();
        self.canonical_to(tree, method, &mut |bytes| out.extend_from_slice(bytes))?;
        Ok(out)
    }

    fn canonical_to(&self, tree: &Document<'_>, method: &Method, sink: &mut dyn FnMut(&[u8])) -> Result<(), DsigError> {
        let apex = tree.get_node(self.apex).ok_or(DsigError::Missing("node"))?;
        let method = Method { comments: method.comments && self.comments, form: method.form.clone() };
        Ok(canonicalize_to(apex, self.exclude, &method, sink)?)
    }

    fn text(&self, tree: &Document<'_>) -> Result<String, DsigError> {
        let apex = tree.get_node(self.apex).ok_or(DsigError::Missing("node"))?;
        let kept = |n: &Node<'_, '_>| self.exclude.is_none_or(|out| !n.ancestors().any(|a| a.id() == out));
        Ok(apex.descendants().filter(|n| n.is_text()).filter(kept).filter_map(|n| n.text()).collect())
    }
}
