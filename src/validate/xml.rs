//! Signatures in XML files — XML Signature 1.1, EN 319 132-1, TS 101 903: finding them, following and hashing what
//! their references lead to, and saying what each of them reaches.
//!
//! Enveloped, enveloping and detached signatures are read, and those that stand in a file of signatures (ASiC).
//! What a reference leads to outside the file is handed in; nothing is fetched. Whether a signature reaches what it
//! must is decided in `reach`, what its time-stamps prove in `proofs`.

mod proofs;
mod reach;
mod records;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::rc::Rc;

use self::reach::{Reach, Reached, Told};
use super::candidate::{Candidate, Form, Kind};
use super::collected::{Collected, Document};
use super::conclusion::SubIndication;
use super::envelope::{
    CertificateReference, Envelope, KeyName, NotVerifiable, ReferenceOutcome, XmlReference, XmlSignature,
};
use super::finding::Finding;
use super::poe::ObjectDigest;
use crate::algorithms::{DigestAlgorithm, SignatureScheme, VerifyError, spki_of_key_value};
use crate::base::budget::Budget;
use crate::base::read::ReadAt;
use crate::x509::Certificate;
use crate::xml::c14n::C14nError;
use crate::xml::dsig::{Covered, DsigError, Ids, NAMESPACE, Reference, Signature, Transform};
use crate::xml::key_info::{KeyInfo, Pointer, from_decimal};
use crate::xml::parse::MAX_BYTES;
use crate::xml::xades::{COUNTERSIGNED_TYPE, PolicyIdentifier, Xades, is_signed_properties};
use crate::xml::{self, Node, NodeId, XmlError};

/// Most signatures in one file.
const MAX_SIGNATURES: usize = 100;
/// Most manifests of one signature.
const MAX_MANIFESTS: usize = 20;
/// Most files outside that are looked up.
const MAX_CONTENTS: usize = 4_000;
/// Octets of canonical forms computed for one file, beside eight times its own size.
const WORK_BYTES: u64 = 64 << 20;
/// Certificates of one signature whose key is tried to find the signer's.
const MAX_TRIED: usize = 32;

/// The signature policy of Estonian containers whose time comes from an OCSP answer's nonce.
const TIME_MARK_POLICY: &str = "1.3.6.1.4.1.10015.1000.3.2.1";

/// Why a file cannot be read as XML with signatures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XmlFileError {
    /// It is not XML that is read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// More signatures than the bound.
    #[error("the XML has more than {limit} signatures")]
    TooManySignatures {
        /// The bound.
        limit: usize,
    },
    /// It, or something its references lead to, could not be read.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
}

/// What stands around an XML file: content its references may lead to.
#[derive(Clone)]
pub struct Outside<'a> {
    /// The content under the URI of a reference, as it stands in the file (percent-encoding not taken off).
    pub find: &'a dyn Fn(&str) -> Option<Content<'a>>,
    /// What all references that lead out of the file mean, when they agree on one URI and `find` knows it not.
    pub only: Option<Content<'a>>,
    /// Names of contents that every signature has to cover: those the user asks about.
    pub named: &'a [String],
    /// What the XML file itself is.
    pub carrier: Carrier,
}

/// What an XML file is to the signatures in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Carrier {
    /// The document, or around it: a signature has to reach its document element, unless there is nothing in the file
    /// but signatures or the user names other content.
    Document,
    /// Only the place where signatures over other files stand (EN 319 162-1 4.4): each has to cover some content.
    Signatures,
}

/// Content outside an XML file.
#[derive(Clone)]
pub struct Content<'a> {
    /// Its name in reports, as [`Document`] has it.
    pub name: String,
    /// Its bytes.
    pub bytes: Rc<dyn ReadAt + 'a>,
}

impl Outside<'_> {
    /// Nothing at all.
    pub fn nothing() -> Self {
        Outside { find: &|_| None, only: None, named: &[], carrier: Carrier::Document }
    }
}

/// Reads the signatures of an XML file and hashes what they cover.
///
/// Candidates come in document order, a counter-signature behind the signature it is about, or before it where an
/// archive time-stamp of that signature covers both. A file without any signature has no candidates.
///
/// # Errors
/// [`XmlFileError`] when the file cannot be read as XML at all, or content outside it not be read.
pub fn collect(file: &dyn ReadAt, outside: &Outside<'_>) -> Result<Collected, XmlFileError> {
    let bytes = file.read_range(0, file.len(), MAX_BYTES).map_err(|e| match e.kind() {
        io::ErrorKind::InvalidInput => XmlFileError::Xml(XmlError::TooLarge { limit: MAX_BYTES }),
        _ => e.into(),
    })?;
    let mut collected = Collected { sha256: DigestAlgorithm::Sha256.digest(&bytes), ..Collected::default() };
    let text = xml::decode(&bytes)?;
    let tree = xml::parse(&text)?;
    let nodes: Vec<Node<'_, '_>> = tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature"))).collect();
    if nodes.len() > MAX_SIGNATURES {
        return Err(XmlFileError::TooManySignatures { limit: MAX_SIGNATURES });
    }
    let scene = Scene {
        tree: &tree,
        ids: Ids::of(&tree),
        contents: Contents::of(&tree, outside),
        outside,
        budget: RefCell::new(Budget::new(file.len().saturating_mul(8).saturating_add(WORK_BYTES))),
        digests: RefCell::new(HashMap::new()),
        sealed: RefCell::new(HashMap::new()),
        failed: Cell::new(None),
    };
    let mut found: Vec<Found> = nodes.iter().map(|node| scene.read(*node)).collect();
    for at in 0..found.len() {
        scene.connect(&mut found, at);
    }
    if let Some(error) = scene.failed.take() {
        return Err(error.into());
    }
    collected.documents = scene.documents(&found)?;
    collected.candidates = in_order(found);
    Ok(collected)
}

/// Everything the references of signatures and manifests in a file lead to outside it, looked up once.
pub struct Contents<'a>(BTreeMap<String, Content<'a>>);

impl<'a> Contents<'a> {
    /// Looks up every URI of a reference in `tree`.
    pub fn of(tree: &xml::Document<'_>, outside: &Outside<'a>) -> Self {
        Contents(contents(tree, outside))
    }

    /// The bytes under a URI.
    pub fn get(&self, uri: &str) -> Option<&dyn ReadAt> {
        let content: &dyn ReadAt = &*self.0.get(uri)?.bytes;
        Some(content)
    }
}

fn contents<'a>(tree: &xml::Document<'_>, outside: &Outside<'a>) -> BTreeMap<String, Content<'a>> {
    let mut found = BTreeMap::new();
    let wanted =
        |n: &Node<'_, '_>| n.has_tag_name((NAMESPACE, "Reference")) || n.has_tag_name((NAMESPACE, "RetrievalMethod"));
    let uris = tree.descendants().filter(wanted).filter_map(|n| n.attribute("URI"));
    let uris: BTreeSet<&str> = uris.filter(|uri| !uri.is_empty() && !uri.starts_with('#')).collect();
    for uri in uris.iter().take(MAX_CONTENTS) {
        let only = || outside.only.clone().filter(|_| uris.len() == 1);
        if let Some(content) = (outside.find)(uri).or_else(only) {
            found.insert((*uri).to_owned(), content);
        }
    }
    found
}

struct Scene<'a, 'i, 'o> {
    tree: &'a xml::Document<'i>,
    ids: Ids,
    contents: Contents<'o>,
    outside: &'a Outside<'o>,
    budget: RefCell<Budget>,
    // Digests of whole contents outside, by URI: several signatures are over the same files.
    digests: RefCell<HashMap<(String, DigestAlgorithm), Vec<u8>>>,
    // Tokens of the evidence records in a property.
    sealed: RefCell<HashMap<NodeId, Vec<ObjectDigest>>>,
    failed: Cell<Option<io::Error>>,
}

/// A signature on its way to a candidate.
struct Found {
    node: NodeId,
    id: String,
    signature: Option<Signature>,
    xades: Option<Xades>,
    reach: Reach,
    candidate: Candidate,
    // The signature it counter-signs, by its place, and whether that one's archive time-stamps cover this one.
    parent: Option<(usize, bool)>,
}

impl<'o> Scene<'_, '_, 'o> {
    fn external(&self, uri: &str) -> Option<&dyn ReadAt> {
        self.contents.get(uri)
    }

    fn read(&self, node: Node<'_, '_>) -> Found {
        let mut found = Found {
            node: node.id(),
            id: node.attribute("Id").unwrap_or("").to_owned(),
            signature: None,
            xades: None,
            reach: Reach::default(),
            candidate: Candidate::new(String::new(), Kind::Signature, Form::XmlDsig, Envelope::Unreadable),
            parent: None,
        };
        match Signature::parse(node) {
            Ok(signature) => self.fill(&mut found, signature),
            Err(error) => found.unreadable(&error),
        }
        found
    }

    fn fill(&self, found: &mut Found, signature: Signature) {
        let xades = match Xades::parse(&signature, self.tree) {
            Ok(xades) => xades,
            Err(error) => {
                found.unreadable(&error);
                None
            }
        };
        let info = match signature.key_info(self.tree, &self.ids, &|uri| self.external(uri)) {
            Ok(info) => info,
            Err(error) => {
                found.unreadable(&error);
                KeyInfo::default()
            }
        };
        let references = self.follow_all(&signature, &mut found.reach);
        let mut envelope = self.envelope(&signature, &info, xades.as_ref());
        envelope.references = references;
        let bound = self.bind(found, &signature, xades.as_ref(), &mut envelope);
        if bound {
            found.candidate.form = Form::Xades;
        }
        found.candidate.remarks.extend(xades.iter().flat_map(proofs::not_evaluated));
        found.candidate.envelope = Envelope::Xml(Box::new(envelope));
        (found.signature, found.xades) = (Some(signature), xades);
    }

    // The value, how it was made, and every certificate the signature carries.
    fn envelope(&self, signature: &Signature, info: &KeyInfo, xades: Option<&Xades>) -> XmlSignature {
        let (signed_info, method) = match signature.signed_bytes(self.tree) {
            Ok(bytes) => {
                let method = SignatureScheme::from_xml(&signature.method).map_err(|error| match error {
                    VerifyError::Unsupported(name) => NotVerifiable::Algorithm(name),
                    other => NotVerifiable::Algorithm(other.to_string()),
                });
                (bytes, method)
            }
            Err(DsigError::Canonicalization(uri)) => (Vec::new(), Err(NotVerifiable::Algorithm(uri))),
            Err(other) => (Vec::new(), Err(NotVerifiable::NoCanonicalForm(other.to_string()))),
        };
        let parsed = |list: &[Vec<u8>]| -> Vec<Certificate> {
            list.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
        };
        let mut envelope = XmlSignature {
            value: signature.value.clone(),
            signed_info,
            method,
            references: Vec::new(),
            key_info: parsed(&info.certificates),
            key_names: info.pointers.iter().filter_map(key_name).collect(),
            bare_keys: info.keys.iter().filter_map(spki_of_key_value).collect(),
            certificates: Vec::new(),
            crls: info.crls.clone(),
            ocsp_responses: Vec::new(),
            signing_certificate: Ok(Vec::new()),
            signing_time: None,
        };
        for values in xades.into_iter().flat_map(|x| x.values(usize::MAX)) {
            envelope.certificates.extend(parsed(&values.certificates));
            envelope.crls.extend(values.crls.iter().cloned());
            envelope.ocsp_responses.extend(values.ocsp_responses.iter().cloned());
        }
        envelope
    }

    /// Takes over what the signed properties say, if they are signed; false for a plain XML signature.
    fn bind(
        &self,
        found: &mut Found,
        signature: &Signature,
        xades: Option<&Xades>,
        envelope: &mut XmlSignature,
    ) -> bool {
        let covers = |id: NodeId| self.tree.get_node(id).is_some_and(|node| found.reach.covers(node, signature.node));
        let properties = xades.and_then(|x| x.signed.as_ref());
        let signed = properties.filter(|p| covers(p.node));
        let key_info_signed = signature.key_info.is_some_and(&covers);
        let breaches = &mut found.candidate.breaches;
        // EN 319 132-1 4.4.2: the reference with that type leads to these very properties.
        let elsewhere = signature.references.iter().filter(|r| is_signed_properties(r)).any(|reference| {
            let target = reference.uri.as_deref().and_then(|uri| uri.strip_prefix('#'));
            let target = target.and_then(|id| self.ids.find(id).ok());
            target.is_some() && target != properties.map(|p| p.node)
        });
        if elsewhere {
            let why = "its reference to signed properties leads to something else".to_owned();
            breaches.push((Finding::SignatureUnreadable(why), SubIndication::FormatFailure));
        }
        if properties.is_some() && signed.is_none() {
            let what = "its own SignedProperties, which are therefore ignored".to_owned();
            breaches.push((Finding::NotCovered(what), SubIndication::SigConstraintsFailure));
        }
        if let Some(target) = xades.and_then(|x| x.target.as_deref()).filter(|t| !t.is_empty())
            && target.strip_prefix('#') != signature.id.as_deref()
        {
            let why = format!("its qualifying properties name {target:?} as their signature");
            breaches.push((Finding::SignatureUnreadable(why), SubIndication::SigConstraintsFailure));
        }
        let Some(signed) = signed else {
            if key_info_signed && let Some(signer) = made_by(envelope).map(|c| *c.sha256()) {
                envelope.signing_certificate = Ok(vec![own_reference(&signer)]);
            }
            return false;
        };
        envelope.signing_time = signed.claimed_time();
        envelope.signing_certificate = match signed.signing_certificate.as_slice() {
            // TS 101 903 7.2: instead of the property, the signature may cover KeyInfo with the certificate.
            [] if key_info_signed => Ok(made_by(envelope).map(|c| own_reference(c.sha256())).into_iter().collect()),
            lists => lists.iter().map(|list| the_signers(list, envelope)).collect(),
        };
        if let Some(PolicyIdentifier::Named(name)) = &signed.policy {
            found.candidate.remarks.push(Finding::SignaturePolicy(name.chars().take(200).collect()));
            // The OCSP answer stands in for a time-stamp there (BDOC 2.1, 6.1).
            if name.trim_start_matches("urn:oid:") == TIME_MARK_POLICY {
                found.candidate.remarks.push(Finding::TimestampNotEvaluated("time-mark"));
            }
        }
        true
    }

    // XML Signature 1.1 §3.2.1, and §5.1 for manifests.
    fn follow_all(&self, signature: &Signature, reach: &mut Reach) -> Vec<XmlReference> {
        let mut outcomes = Vec::new();
        let mut manifests = 0;
        for reference in &signature.references {
            let (outcome, reached) = self.follow(signature, reference);
            outcomes.push(outcome);
            let Some(reached) = reached else { continue };
            let manifest = self.manifest(reference, &reached);
            reach.add(reached);
            let Some(manifest) = manifest else { continue };
            let listed = match manifest {
                Ok(node) if manifests < MAX_MANIFESTS => xml::dsig::references(node).map_err(|e| e.to_string()),
                Ok(_) => Err(format!("there are more than {MAX_MANIFESTS} manifests")),
                Err(why) => Err(why),
            };
            manifests += 1;
            match listed {
                Ok(listed) => {
                    for entry in &listed {
                        let (mut outcome, reached) = self.follow(signature, entry);
                        if is_manifest_type(entry) && outcome.outcome == ReferenceOutcome::Right {
                            outcome.outcome = ReferenceOutcome::NotComputed("a manifest inside a manifest".to_owned());
                        }
                        outcomes.push(outcome);
                        reached.into_iter().for_each(|r| reach.add(r));
                    }
                }
                Err(why) => outcomes.push(XmlReference {
                    uri: reference.uri.clone().unwrap_or_default(),
                    digest: None,
                    outcome: ReferenceOutcome::Unresolved(why),
                }),
            }
        }
        outcomes
    }

    /// The manifest a reference leads to: by its type, or because it is one.
    fn manifest(&self, reference: &Reference, reached: &Reached) -> Option<Result<Node<'_, '_>, String>> {
        let apex = match reached.covered {
            Covered::Element(apex) => self.tree.get_node(apex),
            Covered::Document | Covered::External => None,
        };
        let is = |n: &Node<'_, '_>| n.has_tag_name((NAMESPACE, "Manifest"));
        match apex {
            Some(node) if is(&node) => Some(Ok(node)),
            _ if !is_manifest_type(reference) => None,
            Some(node) => {
                let mut inside = node.children().filter(is);
                Some(match (inside.next(), inside.next()) {
                    (Some(one), None) => Ok(one),
                    _ => Err("there is no manifest where its type says so".to_owned()),
                })
            }
            None => Some(Err("there is no manifest where its type says so".to_owned())),
        }
    }

    fn follow(&self, signature: &Signature, reference: &Reference) -> (XmlReference, Option<Reached>) {
        let uri = reference.uri.clone().unwrap_or_default();
        let mut result = XmlReference { uri: shown(&uri), digest: None, outcome: ReferenceOutcome::Wrong };
        let Some(algorithm) = DigestAlgorithm::from_xml_uri(&reference.digest_method) else {
            result.outcome = ReferenceOutcome::NotComputed(shown(&reference.digest_method));
            return (result, None);
        };
        result.digest = Some(algorithm);
        match self.digest(signature, reference, algorithm) {
            Ok((digest, covered)) => {
                if digest != reference.digest {
                    return (result, None);
                }
                result.outcome = ReferenceOutcome::Right;
                let reached = self.reached(reference, covered);
                (result, Some(reached))
            }
            Err(error) => {
                result.outcome = self.why_not(error, reference);
                (result, None)
            }
        }
    }

    /// True when it leads to content outside, taken as it is.
    fn is_plain(&self, reference: &Reference) -> bool {
        reference.transforms.is_empty() && reference.uri.as_ref().is_some_and(|uri| self.contents.0.contains_key(uri))
    }

    fn digest(
        &self,
        signature: &Signature,
        reference: &Reference,
        algorithm: DigestAlgorithm,
    ) -> Result<(Vec<u8>, Covered), DsigError> {
        let plain = reference.uri.as_ref().filter(|_| self.is_plain(reference));
        let key = plain.map(|uri| (uri.clone(), algorithm));
        if let Some(known) = key.as_ref().and_then(|key| self.digests.borrow().get(key).cloned()) {
            return Ok((known, Covered::External));
        }
        let mut hasher = algorithm.hasher();
        let externals = |uri: &str| self.external(uri);
        let mut octets = 0_u64;
        self.spend(0)?;
        let covered = signature.digest_input(self.tree, &self.ids, reference, &externals, &mut |piece| {
            octets = octets.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            hasher.update(piece);
        });
        if key.is_none() {
            self.spend(octets)?;
        }
        let (covered, digest) = (covered?, hasher.finish());
        if let Some(key) = key {
            self.digests.borrow_mut().insert(key, digest.clone());
        }
        Ok((digest, covered))
    }

    // Once the budget is gone nothing more is computed; what went over it still counts.
    fn spend(&self, octets: u64) -> Result<(), DsigError> {
        let mut budget = self.budget.borrow_mut();
        if budget.left() == 0 {
            return Err(DsigError::C14n(C14nError::TooLarge));
        }
        let _empty_now = budget.spend(octets);
        Ok(())
    }

    fn why_not(&self, error: DsigError, reference: &Reference) -> ReferenceOutcome {
        match error {
            DsigError::Transform(uri) => ReferenceOutcome::Refused(uri),
            DsigError::Canonicalization(uri) => ReferenceOutcome::NotComputed(uri),
            // What the standard refuses to define (Canonical XML 1.0 §1.3) some tools sign nevertheless.
            DsigError::C14n(error @ (C14nError::RelativeNamespace(_) | C14nError::TooLarge)) => {
                ReferenceOutcome::NoCanonicalForm(error.to_string())
            }
            // Content outside that is XML of a kind that is not read.
            DsigError::Xml(error) => ReferenceOutcome::NoCanonicalForm(error.to_string()),
            // A pointer that has to be evaluated is an XPath by another name.
            DsigError::Unresolved(uri) if uri.starts_with('#') => ReferenceOutcome::Refused(uri),
            DsigError::Unresolved(_) => {
                let refused = reference.transforms.iter().find_map(|t| match t {
                    Transform::Refused(uri) => Some(ReferenceOutcome::Refused(shown(uri))),
                    _ => None,
                });
                refused.unwrap_or(ReferenceOutcome::NotAtHand)
            }
            DsigError::Io(error) => {
                self.failed.set(Some(error));
                ReferenceOutcome::NotAtHand
            }
            other => ReferenceOutcome::Unresolved(other.to_string()),
        }
    }

    fn reached(&self, reference: &Reference, covered: Covered) -> Reached {
        let apex = match covered {
            Covered::Document => Some(self.tree.root()),
            Covered::Element(apex) => self.tree.get_node(apex),
            Covered::External => None,
        };
        let enveloped = reference.transforms.contains(&Transform::Enveloped);
        // Decoded base64 is all there is only where no tags stand between and nothing is said in attributes.
        let about_itself = |name: &str| matches!(name, "Id" | "ID" | "id" | "Encoding" | "MimeType");
        let only_text = apex.is_some_and(|n| {
            !n.is_root() && n.children().all(|c| c.is_text()) && n.attributes().all(|a| about_itself(a.name()))
        });
        let keeps = |t: &Transform| match t {
            Transform::Enveloped | Transform::Canonical(_) => true,
            Transform::Base64 => only_text || apex.is_none(),
            Transform::Refused(_) => false,
        };
        let uri = reference.uri.as_deref().unwrap_or("");
        let name = match apex {
            Some(node) if node.is_root() => element_name(self.tree.root_element()),
            Some(node) => element_name(node),
            None => self.contents.0.get(uri).map_or_else(|| shown(uri), |content| content.name.clone()),
        };
        Reached { covered, enveloped, whole: reference.transforms.iter().all(keeps), name }
    }

    /// What can only be said once every signature is known: who counter-signs whom, and whether each reaches what it
    /// must.
    fn connect(&self, found: &mut [Found], at: usize) {
        let parent = self.parent(found, at);
        let ids: Vec<String> = (0..found.len()).map(|n| unique_id(found, n)).collect();
        let value =
            parent.and_then(|(parent, _)| found.get(parent)).and_then(|p| p.signature.as_ref().map(|s| s.value_node));
        let stamps = found.get(at).map(|f| proofs::stamps(self, f, found)).unwrap_or_default();
        let (records, remarks) = found.get(at).map(|f| records::stamps(self, f, found)).unwrap_or_default();
        let Some(own) = found.get_mut(at) else { return };
        own.candidate.id = ids.get(at).cloned().unwrap_or_default();
        own.parent = parent;
        if let Some((parent, _)) = parent {
            own.candidate.kind = Kind::CounterSignature;
            own.candidate.parent = ids.get(parent).cloned();
        }
        let Some(signature) = &own.signature else { return };
        (own.candidate.stamps, own.candidate.stored) = stamps;
        own.candidate.stamps.extend(records);
        own.candidate.remarks.extend(remarks);
        let judged = match parent {
            Some(_) => own.reach.judge_counter_signature(self.tree, signature, own.xades.as_ref(), value),
            None => {
                let right = |xml: &XmlSignature| xml.references.iter().all(|r| r.outcome == ReferenceOutcome::Right);
                let told = if own.xml().is_some_and(right) { Told::Nothing } else { Told::Already };
                own.reach.judge(self.tree, signature, own.xades.as_ref(), self.outside, told)
            }
        };
        own.candidate.extent.whole_file = judged.whole_file;
        own.candidate.extent.names = judged.names;
        own.candidate.breaches.extend(judged.breaches);
    }

    fn parent(&self, found: &[Found], at: usize) -> Option<(usize, bool)> {
        let own = found.get(at)?;
        let inside = found
            .iter()
            .position(|f| f.xades.as_ref().is_some_and(|x| x.counter_signatures().any(|node| node == own.node)));
        if let Some(parent) = inside {
            let archived = found.get(parent).and_then(|f| f.xades.as_ref()).is_some_and(|x| {
                let place = x
                    .unsigned
                    .iter()
                    .position(|p| self.tree.get_node(p.node).is_some_and(|n| n.children().any(|c| c.id() == own.node)));
                x.stamps().any(|(stamp, s)| proofs::is_archive(s) && place.is_some_and(|place| place < stamp))
            });
            return Some((parent, archived));
        }
        // EN 319 132-1 5.2.7.2: a detached one tells itself by the type of its reference.
        let references = own.signature.as_ref().map(|s| s.references.as_slice()).unwrap_or_default();
        let typed = references.iter().find(|r| r.kind.as_deref() == Some(COUNTERSIGNED_TYPE))?;
        let target = self.ids.find(typed.uri.as_deref()?.strip_prefix('#')?).ok()?;
        let parent = found
            .iter()
            .position(|f| f.node != own.node && f.signature.as_ref().is_some_and(|s| s.value_node == target))?;
        Some((parent, false))
    }

    // The file itself where it is more than a place for signatures, and what lies outside and is covered.
    fn documents(&self, found: &[Found]) -> io::Result<Vec<Document>> {
        let mut documents: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (uri, content) in &self.contents.0 {
            let covers = |f: &Found| f.candidate.extent.names.contains(&content.name);
            if documents.contains_key(&content.name) || !found.iter().any(covers) {
                continue;
            }
            let known = self.digests.borrow().get(&(uri.clone(), DigestAlgorithm::Sha256)).cloned();
            let digest = known.map_or_else(|| sha256(&*content.bytes), Ok)?;
            documents.insert(content.name.clone(), digest);
        }
        Ok(documents.into_iter().map(|(name, sha256)| Document { name: Some(name), sha256 }).collect())
    }
}

impl Found {
    fn xml(&self) -> Option<&XmlSignature> {
        match &self.candidate.envelope {
            Envelope::Xml(xml) => Some(xml),
            Envelope::Unreadable | Envelope::Cms(_) => None,
        }
    }

    fn unreadable(&mut self, error: &DsigError) {
        let finding = Finding::SignatureUnreadable(error.to_string());
        self.candidate.breaches.push((finding, SubIndication::FormatFailure));
    }
}

fn is_manifest_type(reference: &Reference) -> bool {
    reference.kind.as_deref().and_then(|kind| kind.strip_prefix(NAMESPACE)) == Some("Manifest")
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

/// `<name>` or `<name Id>`, which no file is called.
fn element_name(node: Node<'_, '_>) -> String {
    let name = node.tag_name().name();
    let id = ["Id", "ID", "id"].iter().find_map(|a| node.attribute(*a)).filter(|id| !id.is_empty());
    match id {
        Some(id) => format!("<{name} {}>", shown(id)),
        None => format!("<{name}>"),
    }
}

fn key_name(pointer: &Pointer) -> Option<KeyName> {
    Some(match pointer {
        Pointer::IssuerSerial { issuer, serial } => {
            KeyName::IssuerSerial { issuer: issuer.clone(), serial: from_decimal(serial)? }
        }
        Pointer::Subject(subject) => KeyName::Subject(subject.clone()),
        Pointer::KeyIdentifier(id) => KeyName::KeyId(id.clone()),
        Pointer::Digest { method, value } => KeyName::Digest(CertificateReference {
            algorithm: DigestAlgorithm::from_xml_uri(method).ok_or_else(|| shown(method)),
            digest: value.clone(),
            issuer_serial: None,
        }),
    })
}

/// The certificate of the signature under whose key its value is right.
fn made_by(envelope: &XmlSignature) -> Option<&Certificate> {
    let scheme = envelope.method.as_ref().ok()?;
    let right = |c: &&Certificate| scheme.verify_xml(c.spki(), &envelope.signed_info, &envelope.value).is_ok();
    envelope.key_info.iter().chain(&envelope.certificates).take(MAX_TRIED).find(right)
}

fn own_reference(sha256: &[u8; 32]) -> CertificateReference {
    CertificateReference { algorithm: Ok(DigestAlgorithm::Sha256), digest: sha256.to_vec(), issuer_serial: None }
}

// Of several references the one that names the signer, or else the first.
fn the_signers(
    list: &[xml::xades::CertificateReference],
    envelope: &XmlSignature,
) -> Result<CertificateReference, &'static str> {
    let all: Vec<CertificateReference> = list
        .iter()
        .map(|reference| CertificateReference {
            algorithm: DigestAlgorithm::from_xml_uri(&reference.digest_method)
                .ok_or_else(|| shown(&reference.digest_method)),
            digest: reference.digest.clone(),
            issuer_serial: None,
        })
        .collect();
    let named = made_by(envelope).and_then(|signer| all.iter().find(|r| r.names(signer) == Some(true)));
    named.or(all.first()).cloned().ok_or("SigningCertificate")
}

// Its Id, where no other signature has it; else its place.
fn unique_id(found: &[Found], at: usize) -> String {
    let id = found.get(at).map(|f| f.id.as_str()).unwrap_or_default();
    let others = found.iter().enumerate().filter(|(n, f)| *n != at && f.id == id);
    if id.is_empty() || others.count() > 0 { format!("signature {}", at.saturating_add(1)) } else { shown(id) }
}

fn in_order(found: Vec<Found>) -> Vec<Candidate> {
    let parents: Vec<Option<(usize, bool)>> = found.iter().map(|f| f.parent).collect();
    let mut slots: Vec<Option<Candidate>> = found.into_iter().map(|f| Some(f.candidate)).collect();
    let mut out = Vec::new();
    for at in 0..slots.len() {
        // Those an archive time-stamp covers beside it are judged after it, and judging goes backwards.
        let early = |(_, parent): &(usize, &Option<(usize, bool)>)| **parent == Some((at, true));
        for (child, _) in parents.iter().enumerate().filter(early) {
            out.extend(slots.get_mut(child).and_then(Option::take));
        }
        out.extend(slots.get_mut(at).and_then(Option::take));
    }
    out
}

fn sha256(content: &dyn ReadAt) -> io::Result<Vec<u8>> {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    let mut buffer = vec![0; 128 << 10];
    let mut at = 0;
    while at < content.len() {
        let read = content.read_at(&mut buffer, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        at = at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok(hasher.finish())
}
