//! XAdES signatures — EN 319 132-1 6.3 (level B-B, B-T): enveloped in an XML document, or detached over the entries of
//! a container. Higher levels are added to what is written here by [`extend`].
//!
//! Everything inside the signature is under exclusive canonicalization and declares its own prefixes, so that it means
//! the same wherever it stands. The document's own bytes stay as they are; only the signature is put in.

pub mod extend;

use crate::algorithms::public_key::same_key;
use crate::algorithms::{DigestAlgorithm, VerifyError};
use crate::base::encoding::base64;
use crate::base::time::UnixTime;
use crate::keys::{KeyError, Signer};
use crate::sign::cades::digest_of;
use crate::timestamp::{TimeStampError, TimeStampSource};
use crate::x509::Certificate;
use crate::xml::c14n::{Method, canonicalize};
use crate::xml::dsig::{DsigError, ENVELOPED, Ids, NAMESPACE, Signature, escaped};
use crate::xml::xades::{COUNTERSIGNED_TYPE, NAMESPACE_132, SIGNED_PROPERTIES_TYPE};
use crate::xml::{self, Node, XmlError};

/// Namespace of the file of signatures in a container (EN 319 162-1 A.5).
pub const ASIC_NAMESPACE: &str = "http://uri.etsi.org/02918/v1.2.1#";

/// Who signs, and when as far as the signer claims.
#[derive(Clone, Copy, Debug)]
pub struct XadesRequest<'a> {
    /// The signer's certificate.
    pub certificate: &'a Certificate,
    /// Further certificates put beside it: its issuers.
    pub chain: &'a [Certificate],
    /// SigningTime (EN 319 132-1 5.2.1).
    pub signing_time: UnixTime,
}

/// One content outside that is signed.
#[derive(Clone, Copy, Debug)]
pub struct DetachedObject<'a> {
    /// Its name in the container, or relative to the signature: written as URI, percent-encoded here.
    pub name: &'a str,
    /// Its media type (EN 319 132-1 5.2.4 asks for one).
    pub media_type: &'a str,
    /// Its digest under [`digest_of`] the signer.
    pub digest: &'a [u8],
}

/// Why no signature was made or added to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XadesError {
    /// The key is not that of the certificate.
    #[error("the key does not match the certificate")]
    KeyDoesNotMatch,
    /// The key's scheme has no name in XML signatures.
    #[error("the key's signature scheme cannot be used in an XML signature")]
    Scheme,
    /// A digest has another length than the signer's digest.
    #[error("a digest has {found} octets where {} has {}", .digest.name(), .digest.output_len())]
    DigestLength {
        /// Octets given.
        found: usize,
        /// The digest of the signer.
        digest: DigestAlgorithm,
    },
    /// Nothing is to be signed.
    #[error("there is nothing to sign")]
    Nothing,
    /// A name that XML cannot carry.
    #[error("the name {0:?} cannot be written in XML")]
    Name(String),
    /// The document is not read, or is in UTF-16.
    #[error("only XML in UTF-8 is signed: {0}")]
    Document(#[from] XmlError),
    /// The document is in UTF-16.
    #[error("only XML in UTF-8 is signed, and this document is in UTF-16")]
    Utf16,
    /// A signature over the whole document stands in it already and would be broken by another one inside.
    #[error("a signature over the whole document stands in it already, and another one inside would break it")]
    AlreadySigned,
    /// There is no signature, or not the one asked for.
    #[error("there is no XAdES signature to add to")]
    NoSignature,
    /// The value of the signature has no `Id` of its own that a counter-signature could name.
    #[error("the value of the signature has no Id of its own that a counter-signature could name")]
    NoValueId,
    /// The key would not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The value the key gave does not verify under the certificate.
    #[error("the key gave a value that does not verify: {0}")]
    WrongValue(VerifyError),
    /// No authority gave a time-stamp.
    #[error(transparent)]
    TimeStamp(#[from] TimeStampError),
    /// What was laid out cannot be read back.
    #[error("the signature laid out cannot be read back: {0}")]
    Layout(#[from] DsigError),
}

/// Signs contents outside, and gives the file of signatures a container holds: `META-INF/signatures001.xml` of ASiC-E
/// or `META-INF/signatures.xml` of ASiC-S (EN 319 162-1 4.3, 4.4).
///
/// The caller hashes each content with [`digest_of`] the signer and names it as the container does:
///
/// ```text
/// let digest = digest_of(signer);
/// let objects = [DetachedObject { name: "to-trinh.pdf", media_type: "application/pdf", digest: &hash(…, digest) }];
/// let signatures = xades::detached(&objects, &request, signer, tsa)?;   // → the entry's bytes
/// ```
///
/// With `tsa` the signature gets a time-stamp (B-T). [`extend`] adds what LT and LTA need.
///
/// # Errors
/// [`XadesError`].
pub fn detached(
    objects: &[DetachedObject<'_>],
    request: &XadesRequest<'_>,
    signer: &dyn Signer,
    tsa: Option<&dyn TimeStampSource>,
) -> Result<Vec<u8>, XadesError> {
    let references = references_of(objects, signer)?;
    let frame = |signature: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:XAdESSignatures xmlns:asic=\"{ASIC_NAMESPACE}\">{signature}</asic:XAdESSignatures>\n"
        )
    };
    finish(sign(&references, request, signer, &frame)?, tsa)
}

/// Puts another signature over contents outside into a file of signatures: the only one of an ASiC-S holds them all
/// (EN 319 162-1 4.3.3.2). What is there stays byte for byte.
///
/// # Errors
/// [`XadesError`]; [`XadesError::NoSignature`] when the file is no place for signatures.
pub fn add_detached(
    file: &[u8],
    objects: &[DetachedObject<'_>],
    request: &XadesRequest<'_>,
    signer: &dyn Signer,
    tsa: Option<&dyn TimeStampSource>,
) -> Result<Vec<u8>, XadesError> {
    let references = references_of(objects, signer)?;
    let text = utf8(file)?;
    let tree = xml::parse(text)?;
    let root = tree.root_element();
    if root.has_tag_name((NAMESPACE, "Signature")) {
        return Err(XadesError::NoSignature);
    }
    let frame = |signature: &str| with_last_child(text, root, signature);
    Ok(with_mark(file, finish(sign(&references, request, signer, &frame)?, tsa)?))
}

/// Counter-signs the last signature of a file (EN 319 132-1 5.2.7.2): a signature over its value, among its unsigned
/// properties. Everything it and others signed stays byte for byte. Gives the file and the `Id` of the new signature,
/// by which [`extend::add_signature_time_stamp`] finds it.
///
/// # Errors
/// [`XadesError`]; [`XadesError::NoValueId`] when nothing can refer to the value.
pub fn countersign(
    file: &[u8],
    request: &XadesRequest<'_>,
    signer: &dyn Signer,
) -> Result<(Vec<u8>, String), XadesError> {
    let text = utf8(file)?;
    let tree = xml::parse(text)?;
    let (signature, xades) = extend::find(&tree, extend::Which::Last)?;
    let node = tree.get_node(signature.node).ok_or(XadesError::NoSignature)?;
    let value = node.children().find(|n| n.has_tag_name((NAMESPACE, "SignatureValue")));
    let value = value.ok_or(XadesError::NoSignature)?;
    let id = value.attribute("Id").ok_or(XadesError::NoValueId)?;
    if Ids::of(&tree).find(id)? != value.id() {
        return Err(XadesError::NoValueId);
    }
    let exclusive = Method::exclusive();
    let bytes = canonicalize(value, None, &exclusive).map_err(DsigError::from)?;
    let transforms = [exclusive.uri()];
    let reference = NewReference {
        uri: format!("#{id}"),
        transforms: &transforms,
        kind: Some(COUNTERSIGNED_TYPE),
        media_type: "",
        digest: digest_of(signer).digest(&bytes),
    };
    let frame = |signature: &str| {
        let fragment =
            format!("<xades:CounterSignature xmlns:xades=\"{NAMESPACE_132}\">{signature}</xades:CounterSignature>");
        extend::with_property(text, &tree, &xades, &fragment)
    };
    let signed = sign(&[reference], request, signer, &frame)?;
    Ok((with_mark(file, signed.text.into_bytes()), signed.id))
}

fn references_of<'a>(objects: &[DetachedObject<'a>], signer: &dyn Signer) -> Result<Vec<NewReference<'a>>, XadesError> {
    let digest = digest_of(signer);
    let mut references = Vec::new();
    for object in objects {
        if object.digest.len() != digest.output_len() {
            return Err(XadesError::DigestLength { found: object.digest.len(), digest });
        }
        references.push(NewReference {
            uri: percent_encoded(object.name)?,
            transforms: &[],
            kind: None,
            media_type: object.media_type,
            digest: object.digest.to_vec(),
        });
    }
    if references.is_empty() { Err(XadesError::Nothing) } else { Ok(references) }
}

/// Signs an XML document: the signature becomes the last child of its document element and covers everything but itself.
///
/// # Errors
/// [`XadesError`]; a document with a signature over the whole of it is [`XadesError::AlreadySigned`].
pub fn enveloped(
    document: &[u8],
    request: &XadesRequest<'_>,
    signer: &dyn Signer,
    tsa: Option<&dyn TimeStampSource>,
) -> Result<Vec<u8>, XadesError> {
    let text = utf8(document)?;
    let tree = xml::parse(text)?;
    let whole = |n: Node<'_, '_>| covers_all(n, &tree);
    if tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature"))).any(whole) {
        return Err(XadesError::AlreadySigned);
    }
    let exclusive = Method::exclusive();
    let bytes = canonicalize(tree.root(), None, &exclusive).map_err(DsigError::from)?;
    let transforms = [ENVELOPED, exclusive.uri()];
    let reference = NewReference {
        uri: String::new(),
        transforms: &transforms,
        kind: None,
        media_type: "text/xml",
        digest: digest_of(signer).digest(&bytes),
    };
    let root = tree.root_element();
    let frame = |signature: &str| with_last_child(text, root, signature);
    Ok(with_mark(document, finish(sign(&[reference], request, signer, &frame)?, tsa)?))
}

/// `made`, which came from the text of `file`, behind the byte order mark that one may have.
fn with_mark(file: &[u8], made: Vec<u8>) -> Vec<u8> {
    match file.strip_prefix(b"\xef\xbb\xbf") {
        Some(_) => [&b"\xef\xbb\xbf"[..], &made].concat(),
        None => made,
    }
}

struct NewReference<'a> {
    uri: String,
    transforms: &'a [&'a str],
    /// `Type`.
    kind: Option<&'a str>,
    /// Empty for what needs no DataObjectFormat.
    media_type: &'a str,
    digest: Vec<u8>,
}

/// A document with a new signature in it.
struct Signed {
    text: String,
    id: String,
}

// The document with a signature in it, which `frame` puts where it belongs.
fn sign(
    references: &[NewReference<'_>],
    request: &XadesRequest<'_>,
    signer: &dyn Signer,
    frame: &dyn Fn(&str) -> String,
) -> Result<Signed, XadesError> {
    let scheme = signer.scheme();
    let method = scheme.xml_uri().ok_or(XadesError::Scheme)?;
    if !same_key(signer.public_key(), request.certificate.spki()) {
        return Err(XadesError::KeyDoesNotMatch);
    }
    let digest = digest_of(signer);
    let id = unique_id(references, request, &frame(""));
    let mut layout =
        Layout { id: &id, method, digest, references, request, properties: vec![0; digest.output_len()], value: &[] };
    // Its own digest is not in it, so the properties can be hashed before the rest stands.
    let text = frame(&layout.write());
    let tree = xml::parse(&text)?;
    let node = tree.get_node(Ids::of(&tree).find(&format!("{id}-properties"))?).ok_or(XadesError::NoSignature)?;
    let bytes = canonicalize(node, None, &Method::exclusive()).map_err(DsigError::from)?;
    layout.properties = digest.digest(&bytes);

    let text = frame(&layout.write());
    let tree = xml::parse(&text)?;
    let to_sign = read(&tree, &id)?.signed_bytes(&tree)?;
    let raw = signer.sign(&to_sign)?;
    let value = scheme.value_for_xml(signer.public_key(), &raw).map_err(|_: VerifyError| XadesError::Scheme)?;
    scheme.verify_xml(request.certificate.spki(), &to_sign, &value).map_err(XadesError::WrongValue)?;
    layout.value = &value;
    let text = frame(&layout.write());
    Ok(Signed { text, id })
}

fn finish(signed: Signed, tsa: Option<&dyn TimeStampSource>) -> Result<Vec<u8>, XadesError> {
    match tsa {
        Some(tsa) => {
            Ok(extend::add_signature_time_stamp(signed.text.as_bytes(), extend::Which::Id(&signed.id), tsa)?.file)
        }
        None => Ok(signed.text.into_bytes()),
    }
}

fn read(tree: &xml::Document<'_>, id: &str) -> Result<Signature, XadesError> {
    let mut nodes = tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature")));
    let own = nodes.find(|n| n.attribute("Id") == Some(id)).ok_or(XadesError::NoSignature)?;
    Ok(Signature::parse(own)?)
}

// Whether a signature is over the document or its element, so that another one inside would change what it signed.
fn covers_all(node: Node<'_, '_>, tree: &xml::Document<'_>) -> bool {
    let ids = Ids::of(tree);
    let Ok(signature) = Signature::parse(node) else { return false };
    signature.references.iter().filter_map(|r| r.uri.as_deref()).any(|uri| {
        let named = uri.strip_prefix('#').and_then(|id| ids.find(id).ok());
        uri.is_empty() || uri.starts_with("#xpointer(/)") || named == Some(tree.root_element().id())
    })
}

fn utf8(document: &[u8]) -> Result<&str, XadesError> {
    xml::decode(document)?;
    if matches!(xml::parse::Encoding::detect(document), xml::parse::Encoding::Utf16 { .. }) {
        return Err(XadesError::Utf16);
    }
    let bytes = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding { encoding: "UTF-8" }.into())
}

/// `text` with `fragment` as last child of the element `node`, every other byte as it was.
fn with_last_child(text: &str, node: Node<'_, '_>, fragment: &str) -> String {
    let range = node.range();
    let element = text.get(range.clone()).unwrap_or_default();
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    if let Some(start) = element.strip_suffix("/>").filter(|_| !node.has_children()) {
        let name = start.get(1..).unwrap_or_default();
        let name = name.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
        return format!("{before}{start}>{fragment}</{name}>{after}");
    }
    let end = element.rfind("</").unwrap_or(element.len());
    let (content, end) = element.split_at(end);
    format!("{before}{content}{fragment}{end}{after}")
}

// An Id that nothing in the text around has: made of what is signed, by whom and when.
fn unique_id(references: &[NewReference<'_>], request: &XadesRequest<'_>, around: &str) -> String {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    for reference in references {
        hasher.update(reference.uri.as_bytes());
        hasher.update(&reference.digest);
    }
    hasher.update(request.certificate.sha256());
    hasher.update(request.signing_time.rfc3339().as_bytes());
    let mut octets = hasher.finish();
    loop {
        let id = format!("id-{}", crate::base::encoding::hex(octets.get(..12).unwrap_or_default()));
        if !around.contains(&id) {
            return id;
        }
        octets = DigestAlgorithm::Sha256.digest(&octets);
    }
}

struct Layout<'a> {
    id: &'a str,
    method: &'a str,
    digest: DigestAlgorithm,
    references: &'a [NewReference<'a>],
    request: &'a XadesRequest<'a>,
    properties: Vec<u8>,
    value: &'a [u8],
}

impl Layout<'_> {
    fn write(&self) -> String {
        let id = self.id;
        let exclusive = Method::exclusive();
        let mut out = format!("<ds:Signature xmlns:ds=\"{NAMESPACE}\" Id=\"{id}\"><ds:SignedInfo>");
        out.push_str(&format!("<ds:CanonicalizationMethod Algorithm=\"{}\"/>", exclusive.uri()));
        out.push_str(&format!("<ds:SignatureMethod Algorithm=\"{}\"/>", self.method));
        for (at, reference) in self.references.iter().enumerate() {
            let kind = reference.kind.map(|uri| format!(" Type=\"{uri}\"")).unwrap_or_default();
            let attributes =
                format!(" Id=\"{id}-r{}\"{kind} URI=\"{}\"", at.saturating_add(1), escaped(&reference.uri));
            self.reference(&mut out, &attributes, reference.transforms, &reference.digest);
        }
        let attributes = format!(" Type=\"{SIGNED_PROPERTIES_TYPE}\" URI=\"#{id}-properties\"");
        self.reference(&mut out, &attributes, &[exclusive.uri()], &self.properties);
        out.push_str(&format!(
            "</ds:SignedInfo><ds:SignatureValue Id=\"{id}-value\">{}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>",
            base64(self.value)
        ));
        let own = self.request.certificate;
        let chain = self.request.chain.iter().filter(|c| c.der() != own.der());
        for certificate in std::iter::once(own).chain(chain) {
            out.push_str(&format!("<ds:X509Certificate>{}</ds:X509Certificate>", base64(certificate.der())));
        }
        out.push_str("</ds:X509Data></ds:KeyInfo><ds:Object>");
        self.properties(&mut out);
        out.push_str("</ds:Object></ds:Signature>");
        out
    }

    fn reference(&self, out: &mut String, attributes: &str, transforms: &[&str], digest: &[u8]) {
        out.push_str(&format!("<ds:Reference{attributes}>"));
        if !transforms.is_empty() {
            out.push_str("<ds:Transforms>");
            for uri in transforms {
                out.push_str(&format!("<ds:Transform Algorithm=\"{uri}\"/>"));
            }
            out.push_str("</ds:Transforms>");
        }
        out.push_str(&self.digest_elements(digest));
        out.push_str("</ds:Reference>");
    }

    fn digest_elements(&self, digest: &[u8]) -> String {
        let method = self.digest.xml_uri();
        format!("<ds:DigestMethod Algorithm=\"{method}\"/><ds:DigestValue>{}</ds:DigestValue>", base64(digest))
    }

    // EN 319 132-1 6.3: SigningTime, SigningCertificateV2 and a DataObjectFormat for each content.
    fn properties(&self, out: &mut String) {
        let id = self.id;
        out.push_str(&format!(
            "<xades:QualifyingProperties xmlns:xades=\"{NAMESPACE_132}\" Target=\"#{id}\"><xades:SignedProperties Id=\"{id}-properties\"><xades:SignedSignatureProperties>"
        ));
        out.push_str(&format!("<xades:SigningTime>{}</xades:SigningTime>", self.request.signing_time.rfc3339()));
        let digest = self.digest.digest(self.request.certificate.der());
        out.push_str(&format!(
            "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{}</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>",
            self.digest_elements(&digest)
        ));
        out.push_str("</xades:SignedSignatureProperties>");
        let mut formats = String::new();
        for (at, reference) in self.references.iter().enumerate().filter(|(_, r)| !r.media_type.is_empty()) {
            formats.push_str(&format!(
                "<xades:DataObjectFormat ObjectReference=\"#{id}-r{}\"><xades:MimeType>{}</xades:MimeType></xades:DataObjectFormat>",
                at.saturating_add(1),
                escaped(reference.media_type)
            ));
        }
        if !formats.is_empty() {
            out.push_str(&format!("<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties>"));
        }
        out.push_str("</xades:SignedProperties></xades:QualifyingProperties>");
    }
}

/// A name as the path of a relative reference (RFC 3986 §3.3): everything but unreserved characters, `/` and the
/// sub-delimiters that mean nothing there is percent-encoded.
fn percent_encoded(name: &str) -> Result<String, XadesError> {
    if name.is_empty() || name.contains('\0') {
        return Err(XadesError::Name(name.chars().take(100).collect()));
    }
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::software;
    use crate::xml::dsig::Externals;
    use crate::xml::xades::Xades;

    const AT: UnixTime = UnixTime(1_772_697_600);

    fn opened() -> software::OpenedKey {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/modern.p12");
        software::open(&std::fs::read(path).expect("the fixture"), Some("secret")).expect("opens")
    }

    fn request(key: &software::OpenedKey) -> XadesRequest<'_> {
        XadesRequest { certificate: &key.chain[0], chain: &key.chain[1..], signing_time: AT }
    }

    fn nth(tree: &xml::Document<'_>, at: usize) -> Signature {
        let mut nodes = tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature")));
        Signature::parse(nodes.nth(at).expect("there")).expect("reads")
    }

    // Every reference holds and the value verifies.
    fn holds(bytes: &[u8], externals: Externals<'_>) -> bool {
        nth_holds(bytes, 0, externals)
    }

    fn nth_holds(bytes: &[u8], at: usize, externals: Externals<'_>) -> bool {
        let text = xml::decode(bytes).expect("UTF-8");
        let tree = xml::parse(&text).expect("parses");
        let signature = nth(&tree, at);
        let key = opened();
        let scheme = crate::algorithms::SignatureScheme::from_xml(&signature.method).expect("known");
        let right = |reference: &xml::dsig::Reference| {
            let digest = DigestAlgorithm::from_xml_uri(&reference.digest_method).expect("known");
            let mut hasher = digest.hasher();
            let input = signature.digest_input(&tree, &Ids::of(&tree), reference, externals, &mut |b| hasher.update(b));
            input.is_ok() && hasher.finish() == reference.digest
        };
        let signed = signature.signed_bytes(&tree).expect("canonical");
        signature.references.iter().all(right)
            && scheme.verify_xml(key.chain[0].spki(), &signed, &signature.value).is_ok()
    }

    #[test]
    fn an_enveloped_signature_leaves_every_byte_and_holds() {
        let key = opened();
        for (document, end) in [
            ("<?xml version=\"1.0\"?>\r\n<!-- c --><a x='1'>\n  <b>Số đi</b>\n</a >\n<?pi?>\n", "</a >\n<?pi?>\n"),
            ("<x:a xmlns:x='urn:x'/>", "</x:a>"),
            ("\u{feff}<a>/></a>", "</a>"),
        ] {
            let signed = enveloped(document.as_bytes(), &request(&key), key.signer.as_ref(), None).expect("signs");
            let text = String::from_utf8(signed.clone()).expect("UTF-8");
            assert!(holds(&signed, &|_| None), "{document}");
            let (before, rest) = text.split_once("<ds:Signature").expect("one");
            let (_, after) = rest.split_once("</ds:Signature>").expect("one");
            assert_eq!(after, end);
            assert!(document.starts_with(before.trim_end_matches('>').trim_end_matches("</x:a")), "{before}");
        }
        let signed = enveloped("<a>Số đi</a>".as_bytes(), &request(&key), key.signer.as_ref(), None).expect("signs");
        let changed = String::from_utf8(signed).expect("UTF-8").replace("Số đi", "Số đến");
        assert!(!holds(changed.as_bytes(), &|_| None));
    }

    #[test]
    fn a_document_signed_as_a_whole_is_not_signed_again_inside() {
        let key = opened();
        let once = enveloped(b"<a/>", &request(&key), key.signer.as_ref(), None).expect("signs");
        let twice = enveloped(&once, &request(&key), key.signer.as_ref(), None);
        assert!(matches!(twice, Err(XadesError::AlreadySigned)));
        let wide: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = [&[0xff, 0xfe][..], &wide].concat();
        assert!(matches!(enveloped(&wide, &request(&key), key.signer.as_ref(), None), Err(XadesError::Utf16)));
    }

    #[test]
    fn a_counter_signature_and_a_second_signature_leave_the_first_as_it_was() {
        let key = opened();
        let once = enveloped("<a>Số đi</a>".as_bytes(), &request(&key), key.signer.as_ref(), None).expect("signs");
        let twice = countersign(&once, &request(&key), key.signer.as_ref()).expect("countersigns").0;
        assert!(nth_holds(&twice, 0, &|_| None) && nth_holds(&twice, 1, &|_| None));
        let text = String::from_utf8(twice.clone()).expect("UTF-8");
        let value = text.find("<ds:SignatureValue").expect("there");
        let other = format!("{}{}", &text[..value], text[value..].replacen("-value\">", "-value\" >", 1));
        assert!(nth_holds(other.as_bytes(), 1, &|_| None), "the same to an XML reader");
        let other = text.replacen("-value\">", "-value\">AAAA", 1);
        assert!(!nth_holds(other.as_bytes(), 1, &|_| None));
        let unnamed = String::from_utf8(once).expect("UTF-8").replacen("Value Id=\"", "Value Name=\"", 1);
        assert!(countersign(unnamed.as_bytes(), &request(&key), key.signer.as_ref()).is_err());

        let content = b"noi dung".to_vec();
        let digest = digest_of(key.signer.as_ref()).digest(&content);
        let objects = [DetachedObject { name: "a.txt", media_type: "text/plain", digest: &digest }];
        let one = detached(&objects, &request(&key), key.signer.as_ref(), None).expect("signs");
        let later = XadesRequest { signing_time: UnixTime(AT.0 + 1), ..request(&key) };
        let two = add_detached(&one, &objects, &later, key.signer.as_ref(), None).expect("signs");
        let at_hand = |_: &str| -> Option<&dyn crate::base::read::ReadAt> { Some(&content) };
        assert!(nth_holds(&two, 0, &at_hand) && nth_holds(&two, 1, &at_hand));
        assert!(two.starts_with(one.strip_suffix(b"</asic:XAdESSignatures>\n").expect("ends so")));
        let bare = "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>";
        assert!(add_detached(bare.as_bytes(), &objects, &later, key.signer.as_ref(), None).is_err());
    }

    #[test]
    fn a_detached_signature_names_each_content_and_holds_for_these_only() {
        let key = opened();
        let content = b"noi dung".to_vec();
        let digest = digest_of(key.signer.as_ref()).digest(&content);
        let object = |name, digest| DetachedObject { name, media_type: "application/pdf", digest };
        let objects = [object("tờ trình & 1.pdf", &digest[..]), object("b/c.pdf", &digest[..])];
        let signed = detached(&objects, &request(&key), key.signer.as_ref(), None).expect("signs");
        let text = String::from_utf8(signed.clone()).expect("UTF-8");
        assert!(text.contains("URI=\"t%E1%BB%9D%20tr%C3%ACnh%20%26%201.pdf\""), "{text}");
        let other = b"khac".to_vec();
        let at_hand = |_: &str| -> Option<&dyn crate::base::read::ReadAt> { Some(&content) };
        let changed = |_: &str| -> Option<&dyn crate::base::read::ReadAt> { Some(&other) };
        assert!(holds(&signed, &at_hand));
        assert!(!holds(&signed, &changed));
        let tree = xml::parse(&text).expect("parses");
        let signature = nth(&tree, 0);
        let properties = Xades::parse(&signature, &tree).expect("reads").expect("some").signed.expect("some");
        assert_eq!(properties.claimed_time(), Some(AT));
        assert_eq!(properties.formats.len(), 2);
        let short = [object("a", &digest[1..])];
        let refused = detached(&short, &request(&key), key.signer.as_ref(), None);
        assert!(matches!(refused, Err(XadesError::DigestLength { .. })));
        assert!(matches!(detached(&[], &request(&key), key.signer.as_ref(), None), Err(XadesError::Nothing)));
        let foreign = XadesRequest { certificate: &key.chain[1], ..request(&key) };
        assert!(matches!(detached(&objects, &foreign, key.signer.as_ref(), None), Err(XadesError::KeyDoesNotMatch)));
    }
}
