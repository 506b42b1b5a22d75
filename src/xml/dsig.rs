//! XML signatures — W3C XML Signature Syntax and Processing 1.1: the model and the bytes the value is over; what each
//! reference reaches is in [`super::reference`]. The mathematics is done by whoever asks.

use std::io;

use roxmltree::{Document, Node, NodeId};

use super::c14n::{C14nError, Form, Method, canonicalize};
use super::key_info::{KeyInfo, MAX_ENTRIES};
use super::parse::XmlError;
pub use super::reference::{Covered, Externals, Ids};
use crate::base::encoding::{base64, from_base64};

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
/// Most prefixes of one exclusive canonicalization.
const MAX_PREFIXES: usize = 256;

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
    /// How `SignedInfo` becomes bytes; `Err` with the identifier of a method that is not known.
    pub canonicalization: Result<Method, String>,
    /// How those bytes were signed.
    pub method: SignatureMethod,
    /// What is signed.
    pub references: Vec<Reference>,
    /// The signature value.
    pub value: Vec<u8>,
    /// The `SignatureValue` element.
    pub value_node: NodeId,
    /// The `KeyInfo` element.
    pub key_info: Option<NodeId>,
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
    /// A mask generation function other than MGF1, or a trailer other than 1.
    pub other: Option<String>,
}

/// A `Reference`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// The element.
    pub node: NodeId,
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

pub(super) fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

pub(super) fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(NAMESPACE)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, DsigError> {
    let mut found = node.children().filter(|n| is(*n, name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(DsigError::Missing(name)),
    }
}

// At most one.
fn optional<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Option<Node<'a, 'i>>, DsigError> {
    let mut found = node.children().filter(|n| is(*n, name));
    match (found.next(), found.next()) {
        (one, None) => Ok(one),
        _ => Err(DsigError::Missing(name)),
    }
}

/// The text directly below `node`; comments inside it take nothing from it.
pub(super) fn text_of(node: Node<'_, '_>) -> String {
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
        let value_node = child(node, "SignatureValue")?;
        let value = from_base64(&text_of(value_node)).ok_or(DsigError::Missing("SignatureValue"))?;
        let key_info = optional(node, "KeyInfo")?;
        Ok(Signature {
            node: node.id(),
            id: node.attribute("Id").map(str::to_owned),
            signed_info: signed_info.id(),
            canonicalization: match canonicalization(child(signed_info, "CanonicalizationMethod")?) {
                Ok(method) => Ok(method),
                Err(DsigError::Canonicalization(uri)) => Err(uri),
                Err(other) => return Err(other),
            },
            method: SignatureMethod {
                uri: algorithm(method, "SignatureMethod")?,
                pss: method.children().find(|n| n.is_element() && n.tag_name().name() == "RSAPSSParams").map(pss),
            },
            references,
            value,
            value_node: value_node.id(),
            key_info: key_info.map(|n| n.id()),
            certificates: certificates(key_info)?,
            objects: node.children().filter(|n| is(*n, "Object")).map(|n| n.id()).collect(),
        })
    }

    /// What its `KeyInfo` says, all of it.
    ///
    /// # Errors
    /// [`DsigError::TooMany`].
    pub fn key_info(&self, tree: &Document<'_>, ids: &Ids, externals: Externals<'_>) -> Result<KeyInfo, DsigError> {
        match self.key_info.and_then(|id| tree.get_node(id)) {
            Some(node) => KeyInfo::parse(node, tree, ids, externals),
            None => Ok(KeyInfo::default()),
        }
    }

    /// The bytes the signature value is over: the canonical form of `SignedInfo` (§3.2.2).
    ///
    /// # Errors
    /// [`DsigError::C14n`], [`DsigError::Canonicalization`], or [`DsigError::Missing`] when `tree` is not the one the signature was read from.
    pub fn signed_bytes(&self, tree: &Document<'_>) -> Result<Vec<u8>, DsigError> {
        let node = tree.get_node(self.signed_info).ok_or(DsigError::Missing("SignedInfo"))?;
        let method = self.canonicalization.as_ref().map_err(|uri| DsigError::Canonicalization(uri.clone()))?;
        Ok(canonicalize(node, None, method)?)
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
        let transforms = match optional(node, "Transforms")? {
            Some(list) => transforms(list)?,
            None => Vec::new(),
        };
        let digest = child(node, "DigestValue")?;
        out.push(Reference {
            node: node.id(),
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
        if words.clone().nth(MAX_PREFIXES).is_some() {
            return Err(DsigError::TooMany { what: "prefixes", limit: MAX_PREFIXES });
        }
        *prefixes = words.map(|p| if p == "#default" { String::new() } else { p.to_owned() }).collect();
    }
    Ok(method)
}

fn pss(node: Node<'_, '_>) -> PssParameters {
    const MGF1: &str = "http://www.w3.org/2007/05/xmldsig-more#MGF1";
    let part = |name: &str| node.children().find(|n| n.is_element() && n.tag_name().name() == name);
    let digest_of = |parent: Node<'_, '_>| {
        let method = parent.children().find(|n| n.is_element() && n.tag_name().name() == "DigestMethod");
        method.and_then(|n| n.attribute("Algorithm")).map(str::to_owned)
    };
    let mask = part("MaskGenerationFunction");
    let other_mask = mask.and_then(|n| n.attribute("Algorithm")).filter(|uri| *uri != MGF1).map(cut);
    let trailer = part("TrailerField").map(|n| text_of(n).trim().to_owned()).filter(|t| t != "1");
    PssParameters {
        digest: digest_of(node),
        mask_digest: mask.and_then(digest_of),
        salt_len: part("SaltLength").and_then(|n| text_of(n).trim().parse().ok()),
        other: other_mask.or_else(|| trailer.map(|t| format!("RSASSA-PSS with trailer {}", cut(&t)))),
    }
}

fn certificates(info: Option<Node<'_, '_>>) -> Result<Vec<Vec<u8>>, DsigError> {
    let mut out = Vec::new();
    let data = info.into_iter().flat_map(|i| i.children()).filter(|n| is(*n, "X509Data"));
    for node in data.flat_map(|d| d.children()).filter(|n| is(*n, "X509Certificate")) {
        if out.len() >= MAX_ENTRIES {
            return Err(DsigError::TooMany { what: "certificates", limit: MAX_ENTRIES });
        }
        out.extend(from_base64(&text_of(node)));
    }
    Ok(out)
}

/// Text as it stands in the value of an attribute or between tags.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
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
    use super::super::parse::parse;
    use super::*;
    use crate::base::read::ReadAt;

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
        let tree = parse(&unknown).expect("parses");
        let read = Signature::parse(tree.root_element()).expect("reads");
        assert!(matches!(read.signed_bytes(&tree), Err(DsigError::Canonicalization(uri)) if uri == "u:c"));
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
