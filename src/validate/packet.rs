//! The signature of a packet — edXML, QCVN 102:2016/BTTTT — reported apart from those of the documents inside.
//!
//! Says whether the value is right and reaches everything it must: header, body, an order about another document, and
//! each attachment with the name it is shown under. Whether the certificate is trusted is asked afterwards, as for any
//! other signature.

use std::collections::{HashMap, HashSet};
use std::io;

use roxmltree::{Document, Node, NodeId};

use crate::algorithms::{DigestAlgorithm, SignatureScheme, VerifyError, XmlValue};
use crate::base::read::ReadAt;
use crate::edxml::{EdxmlError, Message, Packet, SignatureForm};
use crate::x509::Certificate;
use crate::xml::dsig::{Covered, DsigError, Ids, NAMESPACE, Reference, Signature, Transform};
use crate::xml::parse::MAX_BYTES;
use crate::xml::{decode, parse};

/// What became of a packet's signature.
#[derive(Clone, Debug)]
pub enum PacketSignature {
    /// There is none.
    Absent,
    /// There is something, but nobody can say what it signs.
    NotInterpretable(NotInterpretable),
    /// It does not hold.
    Invalid(Invalid),
    /// It holds, and covers header, body and every attachment.
    Valid(Box<Verified>),
}

/// Why a signature cannot be interpreted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotInterpretable {
    /// An empty placeholder, or the dummy of the public samples.
    #[error("the signature element is a placeholder outside the XML signature namespace")]
    Placeholder,
    /// More than one.
    #[error("the packet has more than one signature")]
    Several,
    /// Damaged, or with parts that are refused.
    #[error("{0}")]
    Structure(String),
    /// An algorithm that is not computed.
    #[error("the algorithm {0} is not supported")]
    Algorithm(String),
    /// No readable certificate in it.
    #[error("the signature carries no readable certificate")]
    NoCertificate,
    /// It is over the whole document, which is too large to be held.
    #[error("the signature is over the whole packet, which is larger than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
}

/// Why a signature does not hold.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// What a reference points at was changed, taken away or doubled.
    #[error("the content of the reference {0:?} is not what was signed")]
    Changed(String),
    /// The value does not verify under any certificate in it.
    #[error("the signature value does not verify under its certificate")]
    Value,
    /// A part is not signed at all.
    #[error("the signature does not cover {0}")]
    Uncovered(String),
}

/// A signature that holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The signer's certificate first, then the others it carries.
    pub certificates: Vec<Certificate>,
    /// How it was made.
    pub scheme: SignatureScheme,
    /// Digests of its references.
    pub digests: Vec<DigestAlgorithm>,
}

impl Verified {
    /// True when SHA-1 is in it anywhere.
    pub fn is_weak(&self) -> bool {
        let sha1 = |digest: &DigestAlgorithm| *digest == DigestAlgorithm::Sha1;
        sha1(&self.scheme.digest()) || self.digests.iter().any(sha1)
    }
}

impl PacketSignature {
    /// The word of the report: `absent`, `not-interpretable`, `valid`, `invalid`.
    pub fn name(&self) -> &'static str {
        match self {
            PacketSignature::Absent => "absent",
            PacketSignature::NotInterpretable(_) => "not-interpretable",
            PacketSignature::Invalid(_) => "invalid",
            PacketSignature::Valid(_) => "valid",
        }
    }

    /// Why it is not valid, as a sentence.
    pub fn reason(&self) -> Option<String> {
        match self {
            PacketSignature::NotInterpretable(why) => Some(why.to_string()),
            PacketSignature::Invalid(why) => Some(why.to_string()),
            PacketSignature::Absent | PacketSignature::Valid(_) => None,
        }
    }
}

/// Checks the signature of `packet`, which was read from `source`.
///
/// # Errors
/// Only when `source` cannot be read any more; whatever is wrong with the signature is the result.
pub fn check(packet: &Packet, source: &dyn ReadAt) -> Result<PacketSignature, EdxmlError> {
    check_with(packet, source, &[])
}

/// The same, with the SHA-256 of each attachment's decoded content where it is known already, by
/// [`crate::edxml::Attachment::index`].
///
/// # Errors
/// As [`check`].
pub fn check_with(packet: &Packet, source: &dyn ReadAt, known: &[Vec<u8>]) -> Result<PacketSignature, EdxmlError> {
    let form = match packet.signature {
        SignatureForm::Absent => return Ok(PacketSignature::Absent),
        SignatureForm::Placeholder => Err(NotInterpretable::Placeholder),
        SignatureForm::Several => Err(NotInterpretable::Several),
        SignatureForm::XmlDsig => Ok(()),
    };
    let outcome =
        form.map_err(Stop::Unclear).and_then(|()| judge(packet, source, known, packet.skeleton(), View::Skeleton));
    let outcome = match outcome {
        Err(Stop::NeedsWhole) => whole(packet, source, known),
        other => other,
    };
    match outcome {
        Ok(verified) => Ok(PacketSignature::Valid(Box::new(verified))),
        Err(Stop::Unclear(why)) => Ok(PacketSignature::NotInterpretable(why)),
        Err(Stop::Bad(why)) => Ok(PacketSignature::Invalid(why)),
        Err(Stop::Reading(e)) => Err(e),
        Err(Stop::NeedsWhole) => Ok(PacketSignature::NotInterpretable(NotInterpretable::TooLarge { limit: MAX_BYTES })),
    }
}

// A reference over attachments as XML needs the document with their base64 in it.
fn whole(packet: &Packet, source: &dyn ReadAt, known: &[Vec<u8>]) -> Result<Verified, Stop> {
    let bytes = match source.read_range(0, source.len(), MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => return Err(Stop::NeedsWhole),
        Err(e) => return Err(Stop::Reading(e.into())),
    };
    let text = decode(&bytes).map_err(|e| Stop::Unclear(NotInterpretable::Structure(e.to_string())))?;
    judge(packet, source, known, &text, View::Whole)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum View {
    Skeleton,
    Whole,
}

enum Stop {
    Unclear(NotInterpretable),
    Bad(Invalid),
    NeedsWhole,
    Reading(EdxmlError),
}

impl From<DsigError> for Stop {
    fn from(e: DsigError) -> Self {
        match e {
            DsigError::NoSuchId(id) | DsigError::DuplicateId(id) => Stop::Bad(Invalid::Changed(format!("#{id}"))),
            other => Stop::Unclear(NotInterpretable::Structure(other.to_string())),
        }
    }
}

fn judge(packet: &Packet, source: &dyn ReadAt, known: &[Vec<u8>], text: &str, view: View) -> Result<Verified, Stop> {
    let tree = parse(text).map_err(DsigError::from)?;
    let node =
        tree.descendants().find(|n| n.has_tag_name((NAMESPACE, "Signature"))).ok_or(DsigError::Missing("Signature"))?;
    let signature = Signature::parse(node)?;
    let scheme = SignatureScheme::from_xml(&signature.method).map_err(|e| unsupported(&e))?;
    let certificates: Vec<Certificate> =
        signature.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    if certificates.is_empty() {
        return Err(Stop::Unclear(NotInterpretable::NoCertificate));
    }
    let ids = Ids::of(&tree);
    let (mut digests, mut covered) = (Vec::new(), Reach::default());
    for (at, attachment) in packet.attachments.iter().enumerate() {
        if let Some(sha256) = attachment.index.and_then(|index| known.get(index)) {
            covered.digests.insert((at, DigestAlgorithm::Sha256), sha256.clone());
        }
    }
    for reference in &signature.references {
        let algorithm = DigestAlgorithm::from_xml_uri(&reference.digest_method)
            .ok_or_else(|| Stop::Unclear(NotInterpretable::Algorithm(reference.digest_method.clone())))?;
        let found = digest(packet, source, &tree, &ids, &signature, reference, algorithm, view, &mut covered)?;
        if found != reference.digest {
            return Err(Stop::Bad(Invalid::Changed(reference.uri.clone().unwrap_or_default())));
        }
        digests.push(algorithm);
    }
    let message = signature.signed_bytes(&tree)?;
    let signer = signer(&certificates, scheme, &message, &signature.value)?;
    covered.check(packet, &tree, node)?;
    let others = certificates.iter().enumerate().filter(|(at, _)| *at != signer).map(|(_, c)| c.clone());
    let certificates = certificates.get(signer).cloned().into_iter().chain(others).collect();
    Ok(Verified { certificates, scheme, digests })
}

fn unsupported(error: &VerifyError) -> Stop {
    Stop::Unclear(match error {
        VerifyError::Unsupported(name) => NotInterpretable::Algorithm(name.clone()),
        other => NotInterpretable::Structure(other.to_string()),
    })
}

fn signer(certificates: &[Certificate], scheme: SignatureScheme, message: &[u8], value: &[u8]) -> Result<usize, Stop> {
    let mut supported = None;
    for (at, certificate) in certificates.iter().enumerate() {
        match scheme.verify_xml(certificate.spki(), message, value) {
            Ok(XmlValue::Standard) => return Ok(at),
            Ok(XmlValue::Der) => {}
            Err(error @ VerifyError::Unsupported(_)) => supported = Some(error),
            Err(_) => {}
        }
    }
    Err(supported.map_or(Stop::Bad(Invalid::Value), |error| unsupported(&error)))
}

// What the references reach: elements of the tree, and attachments by their place.
#[derive(Default)]
struct Reach {
    elements: HashSet<NodeId>,
    attachments: HashSet<usize>,
    // Digests of attachments, each computed once however many references lead there.
    digests: HashMap<(usize, DigestAlgorithm), Vec<u8>>,
}

impl Reach {
    fn check(&self, packet: &Packet, tree: &Document<'_>, signature: Node<'_, '_>) -> Result<(), Stop> {
        let uncovered = |what: &str| Stop::Bad(Invalid::Uncovered(what.to_owned()));
        // What stands inside the signature itself may have been taken out of what is signed.
        let reached = |node: Node<'_, '_>| {
            node.ancestors().any(|a| self.elements.contains(&a.id())) && node.ancestors().all(|a| a != signature)
        };
        let named = |name: &'static str| tree.descendants().filter(move |n| is_named(*n, name));
        let below = |node: Node<'_, '_>, name: &str| node.parent().is_some_and(|parent| is_named(parent, name));
        // Of two that readers look for each might take another.
        for part in ["edXMLEnvelope", "edXMLHeader", "TraceHeaderList", "Bussiness", "edXMLBody", "edXMLManifest"] {
            if named(part).nth(1).is_some() {
                return Err(uncovered(part));
            }
        }
        if !named("MessageHeader").all(reached) {
            return Err(uncovered("MessageHeader"));
        }
        if let Message::Document(document) = &packet.message {
            if !named("edXMLBody").all(|n| reached(n) && below(n, "edXMLEnvelope")) {
                return Err(uncovered("edXMLBody"));
            }
            // It counts where it is read, to the letter, and must not be covered by name and stand elsewhere.
            let is = |n: Node<'_, '_>, name: &str| n.tag_name().name() == name;
            let in_place = |n: Node<'_, '_>| {
                is(n, "Bussiness")
                    && n.parent().is_some_and(|list| is(list, "TraceHeaderList") && below(list, "edXMLHeader"))
            };
            let is_signed = document.business.is_order() || named("Bussiness").any(reached);
            if is_signed && !named("Bussiness").all(|n| reached(n) && in_place(n)) {
                return Err(uncovered("Bussiness"));
            }
        }
        let elements: Vec<_> = named("AttachmentEncoded").flat_map(|list| list.children()).collect();
        let elements: Vec<_> = elements.iter().filter(|n| n.tag_name().name() == "Attachment").collect();
        let listed: Vec<Listed> =
            named("edXMLManifest").filter(|n| reached(*n)).flat_map(|list| list.children()).filter_map(entry).collect();
        for (at, attachment) in packet.attachments.iter().enumerate() {
            if elements.get(at).is_some_and(|n| reached(**n)) {
                continue;
            }
            let (id, name) = (&attachment.entry.content_id, &attachment.entry.name);
            let kind = &attachment.entry.content_type;
            if !self.attachments.contains(&at) {
                return Err(uncovered(name));
            }
            // Its content is signed by its id; the name that is shown for it, and the type that says how it is to be
            // taken, have to be those of the signed list.
            let Some(listed) = listed.iter().find(|listed| listed.id == *id && listed.name == *name) else {
                return Err(uncovered(&format!("the name {name:?}")));
            };
            if listed.kind.as_ref().is_some_and(|listed| listed != kind) {
                return Err(uncovered(&format!("the type {kind:?} of {name:?}")));
            }
        }
        Ok(())
    }
}

// Readers of packets do not mind the case of the outer elements.
fn is_named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name().eq_ignore_ascii_case(name)
}

/// An entry of the signed manifest.
struct Listed {
    id: String,
    name: String,
    kind: Option<String>,
}

fn entry(node: Node<'_, '_>) -> Option<Listed> {
    let text = |name: &str| -> Option<String> {
        let child = node.children().find(|n| n.is_element() && n.tag_name().name() == name)?;
        let text: String = child.children().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
        Some(text.trim().to_owned())
    };
    let id =
        text("ContentId").or_else(|| node.attributes().find(|a| a.name() == "href").map(|a| a.value().to_owned()))?;
    let id = id.trim();
    let id = id.strip_prefix("cid:").unwrap_or(id).to_owned();
    Some(Listed { id, name: text("AttachmentName")?, kind: text("ContentType") })
}

#[expect(clippy::too_many_arguments, reason = "one reference needs everything around it")]
fn digest(
    packet: &Packet,
    source: &dyn ReadAt,
    tree: &Document<'_>,
    ids: &Ids,
    signature: &Signature,
    reference: &Reference,
    algorithm: DigestAlgorithm,
    view: View,
    reach: &mut Reach,
) -> Result<Vec<u8>, Stop> {
    let mut hasher = algorithm.hasher();
    let uri = reference.uri.as_deref().unwrap_or("");
    if let Some(id) = uri.strip_prefix("cid:") {
        let mut found = packet.attachments.iter().enumerate().filter(|(_, a)| a.entry.content_id == id);
        let (Some((at, attachment)), None) = (found.next(), found.next()) else {
            return Err(Stop::Bad(Invalid::Changed(uri.to_owned())));
        };
        if !reference.transforms.is_empty() {
            return Err(DsigError::TransformInput("cid").into());
        }
        reach.attachments.insert(at);
        if let Some(digest) = reach.digests.get(&(at, algorithm)) {
            return Ok(digest.clone());
        }
        let mut take = |bytes: &[u8]| {
            hasher.update(bytes);
            Ok(())
        };
        packet.content(source, attachment, &mut take).map_err(Stop::Reading)?;
        let digest = hasher.finish();
        reach.digests.insert((at, algorithm), digest.clone());
        return Ok(digest);
    }
    let nothing = |_: &str| None;
    let covered = signature.digest_input(tree, ids, reference, &nothing, &mut |bytes| hasher.update(bytes))?;
    let apex = match covered {
        Covered::Document => tree.root().id(),
        Covered::Element(apex) => apex,
        Covered::External => return Ok(hasher.finish()),
    };
    let around = tree.get_node(apex).is_some_and(|n| n.descendants().any(is_content));
    let inside = tree.get_node(apex).is_some_and(|n| n.ancestors().any(is_content));
    if view == View::Skeleton && (around || inside) {
        return Err(Stop::NeedsWhole);
    }
    let keeps_all = |t: &Transform| matches!(t, Transform::Enveloped | Transform::Canonical(_));
    if reference.transforms.iter().all(keeps_all) {
        reach.elements.insert(apex);
    }
    Ok(hasher.finish())
}

fn is_content(node: roxmltree::Node<'_, '_>) -> bool {
    node.is_element() && node.tag_name().name() == "ContentTransferEncoded"
}
