//! Adding proofs to a XAdES signature — EN 319 132-1 5.3 (T), 5.4 (LT), 5.5 (LTA): unsigned properties behind those
//! that are there, every earlier byte as it was.

use super::{XadesError, utf8, with_last_child};
use crate::algorithms::DigestAlgorithm;
use crate::base::encoding::base64;
use crate::base::time::UnixTime;
use crate::timestamp::TimeStampSource;
use crate::xml::c14n::Method;
use crate::xml::dsig::{DsigError, Externals, Ids, NAMESPACE, Signature};
use crate::xml::xades::{NAMESPACE_132, NAMESPACE_141, StampKind, Xades};
use crate::xml::{self, Node};

/// Digest of the time-stamps asked for.
const IMPRINT: DigestAlgorithm = DigestAlgorithm::Sha256;

/// Which signature of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Which<'a> {
    /// The one with this `Id`.
    Id(&'a str),
    /// By its place, from 0, counter-signatures not counted.
    Place(usize),
    /// The last one, counter-signatures not counted.
    Last,
}

/// Certificates and revocation data to put beside a signature, DER.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// Certificates of its paths that it does not carry yet.
    pub certificates: &'a [&'a [u8]],
    /// CRLs.
    pub crls: &'a [&'a [u8]],
    /// OCSP responses.
    pub ocsp_responses: &'a [&'a [u8]],
}

/// A file with one more time-stamp.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// The file.
    pub file: Vec<u8>,
    /// The time the authority states.
    pub time: UnixTime,
}

/// How many signatures a file has, counter-signatures not counted: the places of [`Which::Place`].
///
/// # Errors
/// [`XadesError::Document`] when it is not XML that is read.
pub fn signatures(file: &[u8]) -> Result<usize, XadesError> {
    let tree = xml::parse(utf8(file)?)?;
    let nodes = tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature")));
    Ok(nodes.filter(|n| !is_inside_another(*n)).count())
}

/// Whether a signature has a time-stamp over its value.
///
/// # Errors
/// [`XadesError`] when there is no such signature.
pub fn is_time_stamped(file: &[u8], which: Which<'_>) -> Result<bool, XadesError> {
    let tree = xml::parse(utf8(file)?)?;
    let (_, xades) = find(&tree, which)?;
    Ok(xades.stamps().any(|(_, stamp)| stamp.kind == StampKind::Signature))
}

/// Adds a time-stamp over the signature value (EN 319 132-1 5.3): level B-T.
///
/// # Errors
/// [`XadesError`].
pub fn add_signature_time_stamp(
    file: &[u8],
    which: Which<'_>,
    tsa: &dyn TimeStampSource,
) -> Result<Stamped, XadesError> {
    add_time_stamp(file, which, "SignatureTimeStamp", NAMESPACE_132, &|_| None, tsa)
}

/// Adds an archive time-stamp over everything so far (EN 319 132-1 5.5.2): level B-LTA. `externals` gives what the
/// references lead to outside the file.
///
/// # Errors
/// [`XadesError`]; [`DsigError::Unresolved`] inside it when a content is not at hand.
pub fn add_archive_time_stamp(
    file: &[u8],
    which: Which<'_>,
    externals: Externals<'_>,
    tsa: &dyn TimeStampSource,
) -> Result<Stamped, XadesError> {
    add_time_stamp(file, which, "ArchiveTimeStamp", NAMESPACE_141, externals, tsa)
}

/// Adds certificates and revocation data: level B-LT. The first time they become `CertificateValues` and
/// `RevocationValues` (EN 319 132-1 5.4.1, 5.4.2), afterwards `TimeStampValidationData` (5.5.1), which may stand more
/// than once. What the signature carries already is left out; without anything new the file stays as it is.
///
/// # Errors
/// [`XadesError`].
pub fn add_values(file: &[u8], which: Which<'_>, values: &Values<'_>) -> Result<Vec<u8>, XadesError> {
    let text = utf8(file)?;
    let tree = xml::parse(text)?;
    let (signature, xades) = find(&tree, which)?;
    let known = |der: &&&[u8]| {
        let inside = xades.values(usize::MAX).flat_map(|v| [&v.certificates, &v.crls, &v.ocsp_responses]);
        inside.flatten().any(|one| one == **der) || signature.certificates.iter().any(|one| one == **der)
    };
    let fresh =
        |list: &[&[u8]]| -> Vec<String> { list.iter().filter(|der| !known(der)).map(|der| base64(der)).collect() };
    let certificates = fresh(values.certificates);
    let (crls, answers) = (fresh(values.crls), fresh(values.ocsp_responses));
    if certificates.is_empty() && crls.is_empty() && answers.is_empty() {
        return Ok(file.to_vec());
    }
    let mut inside = String::new();
    if !certificates.is_empty() {
        inside.push_str(&element("CertificateValues", &each("EncapsulatedX509Certificate", &certificates)));
    }
    if !crls.is_empty() || !answers.is_empty() {
        let mut data = String::new();
        if !crls.is_empty() {
            data.push_str(&element("CRLValues", &each("EncapsulatedCRLValue", &crls)));
        }
        if !answers.is_empty() {
            data.push_str(&element("OCSPValues", &each("EncapsulatedOCSPValue", &answers)));
        }
        inside.push_str(&element("RevocationValues", &data));
    }
    let fragment = if xades.values(usize::MAX).next().is_none() {
        inside
            .replacen(
                "<xades:CertificateValues",
                &format!("<xades:CertificateValues xmlns:xades=\"{NAMESPACE_132}\""),
                1,
            )
            .replacen("<xades:RevocationValues", &format!("<xades:RevocationValues xmlns:xades=\"{NAMESPACE_132}\""), 1)
    } else {
        format!(
            "<xades141:TimeStampValidationData xmlns:xades141=\"{NAMESPACE_141}\" xmlns:xades=\"{NAMESPACE_132}\">{inside}</xades141:TimeStampValidationData>"
        )
    };
    Ok(appended(file, text, &tree, &xades, &fragment))
}

fn element(name: &str, inside: &str) -> String {
    format!("<xades:{name}>{inside}</xades:{name}>")
}

fn each(name: &str, values: &[String]) -> String {
    values.iter().map(|value| element(name, value)).collect()
}

// Everything before the token is in the imprint, so the container is put in first and filled afterwards.
fn add_time_stamp(
    file: &[u8],
    which: Which<'_>,
    name: &str,
    namespace: &str,
    externals: Externals<'_>,
    tsa: &dyn TimeStampSource,
) -> Result<Stamped, XadesError> {
    let text = utf8(file)?;
    let tree = xml::parse(text)?;
    let (_, xades) = find(&tree, which)?;
    let container = |token: &str| {
        format!(
            "<s:{name} xmlns:s=\"{namespace}\"><ds:CanonicalizationMethod xmlns:ds=\"{NAMESPACE}\" Algorithm=\"{}\"/>\
             <xades:EncapsulatedTimeStamp xmlns:xades=\"{NAMESPACE_132}\">{token}</xades:EncapsulatedTimeStamp></s:{name}>",
            Method::exclusive().uri()
        )
    };
    let empty = appended(file, text, &tree, &xades, &container(""));
    let hollow = xml::parse(utf8(&empty)?)?;
    let (signature, extended) = find(&hollow, which)?;
    let (place, stamp) = extended.stamps().last().ok_or(XadesError::NoSignature)?;
    let mut hasher = IMPRINT.hasher();
    extended.stamped(&signature, &hollow, &Ids::of(&hollow), stamp, place, externals, &mut |b| hasher.update(b))?;
    let (token, facts) = tsa.time_stamp(IMPRINT, &hasher.finish())?;
    let file = appended(file, text, &tree, &xades, &container(&base64(token.raw())));
    Ok(Stamped { file, time: facts.gen_time })
}

pub(super) fn find(tree: &xml::Document<'_>, which: Which<'_>) -> Result<(Signature, Xades), XadesError> {
    let mut nodes = tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature")));
    let node = match which {
        Which::Id(id) => nodes.find(|n| n.attribute("Id") == Some(id)),
        Which::Place(at) => nodes.filter(|n| !is_inside_another(*n)).nth(at),
        Which::Last => nodes.rfind(|n| !is_inside_another(*n)),
    };
    let signature = Signature::parse(node.ok_or(XadesError::NoSignature)?)?;
    let xades = Xades::parse(&signature, tree)?.ok_or(XadesError::NoSignature)?;
    Ok((signature, xades))
}

fn is_inside_another(node: Node<'_, '_>) -> bool {
    node.ancestors().skip(1).any(|a| a.has_tag_name((NAMESPACE, "Signature")))
}

// The file with one more unsigned property, the elements around it made where they are missing.
fn appended(file: &[u8], text: &str, tree: &xml::Document<'_>, xades: &Xades, fragment: &str) -> Vec<u8> {
    let mark = file.len().saturating_sub(text.len());
    let mut out = file.get(..mark).unwrap_or_default().to_vec();
    out.extend_from_slice(with_property(text, tree, xades, fragment).as_bytes());
    out
}

/// [`appended`], to the text of a file.
pub(super) fn with_property(text: &str, tree: &xml::Document<'_>, xades: &Xades, fragment: &str) -> String {
    let Some(properties) = tree.get_node(xades.node) else { return text.to_owned() };
    let named = |n: Node<'_, '_>, name: &str| {
        n.is_element() && n.tag_name().name() == name && n.tag_name().namespace() == properties.tag_name().namespace()
    };
    let unsigned = properties.children().find(|n| named(*n, "UnsignedProperties"));
    let signature = unsigned.and_then(|n| n.children().find(|n| named(*n, "UnsignedSignatureProperties")));
    let namespace = properties.tag_name().namespace().unwrap_or(NAMESPACE_132);
    let inner = format!(
        "<xades:UnsignedSignatureProperties xmlns:xades=\"{namespace}\">{fragment}</xades:UnsignedSignatureProperties>"
    );
    match (unsigned, signature) {
        (_, Some(node)) => with_last_child(text, node, fragment),
        (Some(node), None) => with_last_child(text, node, &inner),
        (None, None) => {
            let outer =
                format!("<xades:UnsignedProperties xmlns:xades=\"{namespace}\">{inner}</xades:UnsignedProperties>");
            with_last_child(text, properties, &outer)
        }
    }
}

impl From<xml::c14n::C14nError> for XadesError {
    fn from(error: xml::c14n::C14nError) -> Self {
        XadesError::Layout(DsigError::C14n(error))
    }
}
