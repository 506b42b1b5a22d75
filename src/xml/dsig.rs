//! XML signatures — W3C XML Signature Syntax and Processing 1.1: the model, what each reference covers, the bytes to
//! digest and to verify. The mathematics is done by whoever asks.
//!
//! Base64, enveloped-signature and the canonical forms are the only transforms; XPath and XSLT can make a signature
//! cover next to nothing and are refused by name. An `Id` that two elements share resolves to none.

use std::collections::HashMap;
use std::io;

use roxmltree::{Document, Node, NodeId};

use super::XML_NAMESPACE;
use super::c14n::{C14nError, Form, Method, canonicalize};
use super::parse::{MAX_BYTES, XmlError, decode, parse};
use crate::base::encoding::{base64, from_base64};
use crate::base::read::ReadAt;

/// Namespace of XML signatures.
pub const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Identifier of the enveloped-signature transform (§6.6.4).
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Identifier of the base64 transform (§6.6.2).
pub const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";

/// Most references in one signature or manifest.
const MAX_REFERENCES: usize = 2_000;
/// Most transforms of one reference.
const MAX_TRANSFORMS: usize = 8;
/// Most certificates of one signature.
const MAX_CERTIFICATES: usize = 100;

/// Why a signature cannot be interpreted, or a reference not be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DsigError {
    /// A part that must be there is not, or is there twice.
    #[error("the XML signature has no usable {0}")]
    Missing(&'static str),
    /// Too many of something.
    #[error("the XML signature has more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A canonicalization method that is not known.
    #[error("the canonicalization method {0:?} is not supported")]
    Canonicalization(String),
    /// A transform that is not carried out.
    #[error("the transform {0:?} is refused")]
    Transform(String),
    /// A transform that does not fit what the one before it made.
    #[error("the transform {0:?} does not fit its input")]
    TransformInput(&'static str),
    /// No element has the `Id`.
    #[error("no element has the Id {0:?}")]
    NoSuchId(String),
    /// Several elements have the `Id`, so nobody can say which one is signed.
    #[error("more than one element has the Id {0:?}")]
    DuplicateId(String),
    /// A reference without URI, or to something that was not handed in.
    #[error("the reference {0:?} leads to nothing at hand")]
    Unresolved(String),
    /// No canonical form.
    #[error(transparent)]
    C14n(#[from] C14nError),
    /// A transform needed XML and there was none.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The content of a reference could not be read.
    #[error("the content of a reference could not be read")]
    Io(#[from] io::Error),
}

/// A `Signature` element.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The element.
    pub node: NodeId,
    /// Its `Id`.
    pub id: Option<String>,
    /// The `SignedInfo` element.
    pub signed_info: NodeId,
    /// How `SignedInfo` becomes bytes.
    pub canonicalization: Method,
    /// How those bytes were signed.
    pub method: SignatureMethod,
    /// What is signed.
    pub references: Vec<Reference>,
    /// The signature value.
    pub value: Vec<u8>,
    /// The certificates of `KeyInfo`, in order, DER; those that are not base64 are left out.
    pub certificates: Vec<Vec<u8>>,
    /// The `Object` elements.
    pub objects: Vec<NodeId>,
}

/// `SignatureMethod`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignatureMethod {
    /// The algorithm identifier.
    pub uri: String,
    /// `RSAPSSParams` (RFC 6931 §2.3.9), where given.
    pub pss: Option<PssParameters>,
}

/// Parameters of RSASSA-PSS; `None` is the default of RFC 6931.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PssParameters {
    /// Identifier of the digest.
    pub digest: Option<String>,
    /// Identifier of the digest inside the mask generation function.
    pub mask_digest: Option<String>,
    /// Length of the salt in bytes.
    pub salt_len: Option<usize>,
}

/// A `Reference`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// Its `Id`.
    pub id: Option<String>,
    /// What it points at; `None` when the attribute is missing.
    pub uri: Option<String>,
    /// Its `Type`.
    pub kind: Option<String>,
    /// What happens to the content before it is digested.
    pub transforms: Vec<Transform>,
    /// Identifier of the digest.
    pub digest_method: String,
    /// The digest.
    pub digest: Vec<u8>,
}

/// A `Transform`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transform {
    /// The signature itself is taken out.
    Enveloped,
    /// Base64 is decoded.
    Base64,
    /// A canonical form is made.
    Canonical(Method),
    /// One that is not carried out; its identifier.
    Refused(String),
}

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

/// The elements of a document by their `Id`.
#[derive(Debug)]
pub struct Ids(HashMap<String, Option<NodeId>>);

impl Ids {
    /// Collects `Id`, `ID`, `id` and `xml:id` of every element; what two elements share belongs to none.
    pub fn of(tree: &Document<'_>) -> Self {
        let mut ids: HashMap<String, Option<NodeId>> = HashMap::new();
        for node in tree.descendants().filter(|n| n.is_element()) {
            for attribute in node.attributes() {
                let is_id = match attribute.namespace() {
                    None => matches!(attribute.name(), "Id" | "ID" | "id"),
                    Some(XML_NAMESPACE) => attribute.name() == "id",
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
        Ids(ids)
    }

    /// The one element with that `Id`.
    ///
    /// # Errors
    /// [`DsigError::NoSuchId`] or [`DsigError::DuplicateId`].
    pub fn find(&self, id: &str) -> Result<NodeId, DsigError> {
        match self.0.get(id) {
            Some(Some(node)) => Ok(*node),
            Some(None) => Err(DsigError::DuplicateId(cut(id))),
            None => Err(DsigError::NoSuchId(cut(id))),
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(NAMESPACE)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, DsigError> {
    let mut found = node.children().filter(|n| is(*n, name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(DsigError::Missing(name)),
    }
}

fn text_of(node: Node<'_, '_>) -> String {
    node.children().filter(|n| n.is_text()).filter_map(|n| n.text()).collect()
}

fn algorithm(node: Node<'_, '_>, name: &'static str) -> Result<String, DsigError> {
    node.attribute("Algorithm").map(str::to_owned).ok_or(DsigError::Missing(name))
}

impl Signature {
    /// Reads a `Signature` element (§4.2).
    ///
    /// # Errors
    /// A [`DsigError`] that names what is missing, unknown or too much.
    pub fn parse(node: Node<'_, '_>) -> Result<Self, DsigError> {
        if !is(node, "Signature") {
            return Err(DsigError::Missing("Signature"));
        }
        let signed_info = child(node, "SignedInfo")?;
        let method = child(signed_info, "SignatureMethod")?;
        let references = references(signed_info)?;
        if references.is_empty() {
            return Err(DsigError::Missing("Reference"));
        }
        let value =
            from_base64(&text_of(child(node, "SignatureValue")?)).ok_or(DsigError::Missing("SignatureValue"))?;
        Ok(Signature {
            node: node.id(),
            id: node.attribute("Id").map(str::to_owned),
            signed_info: signed_info.id(),
            canonicalization: canonicalization(child(signed_info, "CanonicalizationMethod")?)?,
            method: SignatureMethod {
                uri: algorithm(method, "SignatureMethod")?,
                pss: method.children().find(|n| n.is_element() && n.tag_name().name() == "RSAPSSParams").map(pss),
            },
            references,
            value,
            certificates: certificates(node)?,
            objects: node.children().filter(|n| is(*n, "Object")).map(|n| n.id()).collect(),
        })
    }

    /// The bytes the signature value is over: the canonical form of `SignedInfo` (§3.2.2).
    ///
    /// # Errors
    /// [`DsigError::C14n`], or [`DsigError::Missing`] when `tree` is not the one the signature was read from.
    pub fn signed_bytes(&self, tree: &Document<'_>) -> Result<Vec<u8>, DsigError> {
        let node = tree.get_node(self.signed_info).ok_or(DsigError::Missing("SignedInfo"))?;
        Ok(canonicalize(node, None, &self.canonicalization)?)
    }

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
        let uri = reference.uri.as_deref().ok_or_else(|| DsigError::Unresolved(String::new()))?;
        let (covered, mut data) = self.dereference(tree, ids, uri, externals)?;
        for transform in &reference.transforms {
            data = self.transform(tree, data, transform)?;
        }
        match data {
            Data::Octets(bytes) => sink(&bytes),
            Data::Nodes(nodes) => sink(&nodes.canonical(tree, &Method::inclusive())?),
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

enum Data<'x> {
    Nodes(Nodes),
    Octets(Vec<u8>),
    External(&'x dyn ReadAt),
}

impl Data<'_> {
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
        let apex = tree.get_node(self.apex).ok_or(DsigError::Missing("node"))?;
        let method = Method { comments: method.comments && self.comments, form: method.form.clone() };
        Ok(canonicalize(apex, self.exclude, &method)?)
    }

    fn text(&self, tree: &Document<'_>) -> Result<String, DsigError> {
        let apex = tree.get_node(self.apex).ok_or(DsigError::Missing("node"))?;
        let kept = |n: &Node<'_, '_>| self.exclude.is_none_or(|out| !n.ancestors().any(|a| a.id() == out));
        Ok(apex.descendants().filter(|n| n.is_text()).filter(kept).filter_map(|n| n.text()).collect())
    }
}

/// The `Reference`s directly below `SignedInfo` or a `Manifest`.
///
/// # Errors
/// A [`DsigError`] that names what is missing, unknown or too much.
pub fn references(parent: Node<'_, '_>) -> Result<Vec<Reference>, DsigError> {
    let mut out = Vec::new();
    for node in parent.children().filter(|n| is(*n, "Reference")) {
        if out.len() >= MAX_REFERENCES {
            return Err(DsigError::TooMany { what: "references", limit: MAX_REFERENCES });
        }
        let transforms = match node.children().find(|n| is(*n, "Transforms")) {
            Some(list) => transforms(list)?,
            None => Vec::new(),
        };
        let digest = child(node, "DigestValue")?;
        out.push(Reference {
            id: node.attribute("Id").map(str::to_owned),
            uri: node.attribute("URI").map(str::to_owned),
            kind: node.attribute("Type").map(str::to_owned),
            transforms,
            digest_method: algorithm(child(node, "DigestMethod")?, "DigestMethod")?,
            digest: from_base64(&text_of(digest)).ok_or(DsigError::Missing("DigestValue"))?,
        });
    }
    Ok(out)
}

fn transforms(list: Node<'_, '_>) -> Result<Vec<Transform>, DsigError> {
    let mut out = Vec::new();
    for node in list.children().filter(|n| n.is_element()) {
        if out.len() >= MAX_TRANSFORMS {
            return Err(DsigError::TooMany { what: "transforms", limit: MAX_TRANSFORMS });
        }
        let uri = algorithm(node, "Transform")?;
        out.push(match uri.as_str() {
            ENVELOPED => Transform::Enveloped,
            BASE64 => Transform::Base64,
            _ => match canonicalization(node) {
                Ok(method) => Transform::Canonical(method),
                Err(_) => Transform::Refused(uri),
            },
        });
    }
    Ok(out)
}

/// A canonicalization named by the `Algorithm` of `node`, with its prefix list (Exclusive XML Canonicalization §4).
///
/// # Errors
/// [`DsigError::Canonicalization`] for one that is not known.
pub fn canonicalization(node: Node<'_, '_>) -> Result<Method, DsigError> {
    let uri = algorithm(node, "CanonicalizationMethod")?;
    let mut method = Method::from_uri(&uri).ok_or_else(|| DsigError::Canonicalization(cut(&uri)))?;
    if let Form::Exclusive { prefixes } = &mut method.form
        && let Some(list) = node.children().find(|n| n.is_element() && n.tag_name().name() == "InclusiveNamespaces")
    {
        let words = list.attribute("PrefixList").unwrap_or("").split_ascii_whitespace();
        *prefixes = words.map(|p| if p == "#default" { String::new() } else { p.to_owned() }).collect();
    }
    Ok(method)
}

fn pss(node: Node<'_, '_>) -> PssParameters {
    let part = |parent: Node<'_, '_>, name: &str| {
        parent.children().find(|n| n.is_element() && n.tag_name().name() == name).map(|n| n.id())
    };
    let get = |id: Option<NodeId>| id.and_then(|id| node.document().get_node(id));
    let digest_of = |parent: Node<'_, '_>| {
        get(part(parent, "DigestMethod")).and_then(|n| n.attribute("Algorithm")).map(str::to_owned)
    };
    PssParameters {
        digest: digest_of(node),
        mask_digest: get(part(node, "MaskGenerationFunction")).and_then(digest_of),
        salt_len: get(part(node, "SaltLength")).and_then(|n| text_of(n).trim().parse().ok()),
    }
}

fn certificates(signature: Node<'_, '_>) -> Result<Vec<Vec<u8>>, DsigError> {
    let mut out = Vec::new();
    let Some(info) = signature.children().find(|n| is(*n, "KeyInfo")) else { return Ok(out) };
    let data = info.children().filter(|n| is(*n, "X509Data"));
    for node in data.flat_map(|d| d.children()).filter(|n| is(*n, "X509Certificate")) {
        if out.len() >= MAX_CERTIFICATES {
            return Err(DsigError::TooMany { what: "certificates", limit: MAX_CERTIFICATES });
        }
        out.extend(from_base64(&text_of(node)));
    }
    Ok(out)
}

/// A reference to be written.
#[derive(Clone, Debug)]
pub struct NewReference<'a> {
    /// What it points at; XML-safe.
    pub uri: String,
    /// Identifiers of its transforms.
    pub transforms: &'a [&'a str],
    /// Identifier of the digest.
    pub digest_method: &'a str,
    /// The digest.
    pub digest: Vec<u8>,
}

/// Writes a `Signature` on one line, its own namespace as the default one, `SignedInfo` under exclusive
/// canonicalization. `value` is empty for the form whose [`Signature::signed_bytes`] are to be signed.
pub fn write(signature_method: &str, references: &[NewReference<'_>], value: &[u8], certificates: &[&[u8]]) -> String {
    let mut out = format!("<Signature xmlns=\"{NAMESPACE}\"><SignedInfo>");
    out.push_str(&format!("<CanonicalizationMethod Algorithm=\"{}\"/>", Method::exclusive().uri()));
    out.push_str(&format!("<SignatureMethod Algorithm=\"{signature_method}\"/>"));
    for reference in references {
        out.push_str(&format!("<Reference URI=\"{}\">", reference.uri));
        if !reference.transforms.is_empty() {
            out.push_str("<Transforms>");
            for uri in reference.transforms {
                out.push_str(&format!("<Transform Algorithm=\"{uri}\"/>"));
            }
            out.push_str("</Transforms>");
        }
        out.push_str(&format!("<DigestMethod Algorithm=\"{}\"/>", reference.digest_method));
        out.push_str(&format!("<DigestValue>{}</DigestValue></Reference>", base64(&reference.digest)));
    }
    out.push_str(&format!("</SignedInfo><SignatureValue>{}</SignatureValue>", base64(value)));
    if !certificates.is_empty() {
        out.push_str("<KeyInfo><X509Data>");
        for certificate in certificates {
            out.push_str(&format!("<X509Certificate>{}</X509Certificate>", base64(certificate)));
        }
        out.push_str("</X509Data></KeyInfo>");
    }
    out.push_str("</Signature>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(references: &str) -> String {
        format!(
            "<Signature xmlns=\"{NAMESPACE}\"><SignedInfo><CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
             <SignatureMethod Algorithm=\"u:m\"/>{references}</SignedInfo><SignatureValue>AAAA</SignatureValue></Signature>"
        )
    }

    fn reference(uri: &str, transforms: &str) -> String {
        format!(
            "<Reference URI=\"{uri}\"><Transforms>{transforms}</Transforms><DigestMethod Algorithm=\"u:d\"/><DigestValue>AAAA</DigestValue></Reference>"
        )
    }

    fn input(text: &str) -> Result<(Covered, String), DsigError> {
        let tree = parse(text).expect("parses");
        let node = tree.descendants().find(|n| is(*n, "Signature")).expect("has one");
        let signature = Signature::parse(node)?;
        let outside = b"outside &".to_vec();
        let externals = |uri: &str| -> Option<&dyn ReadAt> { (uri == "cid:1").then_some(&outside) };
        let mut out = Vec::new();
        let covered =
            signature.digest_input(&tree, &Ids::of(&tree), &signature.references[0], &externals, &mut |b| {
                out.extend_from_slice(b)
            })?;
        Ok((covered, String::from_utf8(out).expect("UTF-8")))
    }

    const EXCLUSIVE: &str = "<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

    #[test]
    fn the_whole_document_without_the_signature_and_without_comments() {
        let enveloped = format!("<Transform Algorithm=\"{ENVELOPED}\"/>{EXCLUSIVE}");
        let text = format!("<a><!--c--><b/>{}</a>", signature(&reference("", &enveloped)));
        let (covered, bytes) = input(&text).expect("digests");
        assert_eq!((covered, bytes.as_str()), (Covered::Document, "<a><b></b></a>"));
    }

    #[test]
    fn one_element_by_id_and_nothing_when_two_share_it() {
        let text = |more: &str| format!("<a><b Id='x'>1</b>{more}{}</a>", signature(&reference("#x", EXCLUSIVE)));
        assert_eq!(input(&text("")).expect("digests").1, "<b Id=\"x\">1</b>");
        for double in ["<c Id='x'/>", "<c ID='x'/>", "<c xml:id='x'/>", "<c><d id='x'/></c>"] {
            assert!(matches!(input(&text(double)), Err(DsigError::DuplicateId(_))), "{double}");
        }
        assert!(matches!(input(&text("").replace("#x", "#y")), Err(DsigError::NoSuchId(_))));
        assert_eq!(input(&text("").replace("#x", "#xpointer(id('x'))")).expect("digests").1, "<b Id=\"x\">1</b>");
        assert!(matches!(input(&text("").replace("#x", "#xpointer(//b)")), Err(DsigError::Unresolved(_))));
    }

    #[test]
    fn outside_content_is_taken_as_it_is() {
        let text = signature(&reference("cid:1", ""));
        assert_eq!(input(&text).expect("digests"), (Covered::External, "outside &".to_owned()));
        assert!(matches!(input(&text.replace("cid:1", "cid:2")), Err(DsigError::Unresolved(_))));
        assert!(matches!(input(&text.replace(" URI=\"cid:1\"", "")), Err(DsigError::Unresolved(_))));
    }

    #[test]
    fn base64_is_decoded_and_evaluating_transforms_are_refused_by_name() {
        let text = |t: &str| format!("<a><b Id='x'>aGVs<c>bG8=</c></b>{}</a>", signature(&reference("#x", t)));
        let base64 = format!("<Transform Algorithm=\"{BASE64}\"/>");
        assert_eq!(input(&text(&base64)).expect("digests").1, "hello");
        for uri in [
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            "http://www.w3.org/2002/06/xmldsig-filter2",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
            "http://www.w3.org/TR/xml-exc-c14n#",
        ] {
            let refused = input(&text(&format!("<Transform Algorithm=\"{uri}\"/>")));
            assert!(matches!(refused, Err(DsigError::Transform(named)) if named == uri));
        }
    }

    #[test]
    fn a_signature_with_parts_missing_or_doubled_is_not_interpreted() {
        let good = signature(&reference("", ""));
        assert!(input(&good).is_ok());
        for (from, to) in [
            ("<SignatureValue>AAAA</SignatureValue>", ""),
            ("<SignatureValue>AAAA", "<SignatureValue>!"),
            ("</SignedInfo>", "</SignedInfo><SignedInfo/>"),
            ("<DigestValue>AAAA</DigestValue>", "<DigestValue>AAAA</DigestValue><DigestValue>AAAA</DigestValue>"),
            (" Algorithm=\"u:m\"", ""),
        ] {
            assert!(matches!(input(&good.replace(from, to)), Err(DsigError::Missing(_))), "{from}");
        }
        let unknown = good.replace("http://www.w3.org/2001/10/xml-exc-c14n#", "u:c");
        assert!(matches!(input(&unknown), Err(DsigError::Canonicalization(_))));
        let many = signature(&reference("", "").repeat(MAX_REFERENCES + 1));
        assert!(matches!(input(&many), Err(DsigError::TooMany { .. })));
    }

    #[test]
    fn what_is_written_is_read_back_with_the_bytes_to_sign() {
        let references = [NewReference {
            uri: "#x".to_owned(),
            transforms: &[ENVELOPED],
            digest_method: "u:d",
            digest: vec![1, 2, 3],
        }];
        let text = write("u:m", &references, &[9], &[b"cert"]);
        let tree = parse(&text).expect("parses");
        let read = Signature::parse(tree.root_element()).expect("reads");
        assert_eq!((read.value.as_slice(), read.certificates[0].as_slice()), (&[9][..], &b"cert"[..]));
        assert_eq!(read.references[0].digest, [1, 2, 3]);
        let bytes = read.signed_bytes(&tree).expect("canonical");
        assert!(bytes.starts_with(format!("<SignedInfo xmlns=\"{NAMESPACE}\"><CanonicalizationMethod").as_bytes()));
    }
}
