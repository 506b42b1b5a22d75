//! XML signatures made by a test authority, of any shape a test wants, and the verdicts on them. The clock is pinned.

use std::rc::Rc;

use congvan::algorithms::{DigestAlgorithm, SignatureScheme};
use congvan::authority::Identity;
use congvan::base::encoding::base64;
use congvan::base::read::ReadAt;
use congvan::keys::Signer;
use congvan::path::{Anchors, Links, Pool};
use congvan::policy::Policy;
use congvan::revocation::Evidence;
use congvan::sign::xades::XadesRequest;
use congvan::validate::verdict::Verdict;
use congvan::validate::xml::{Carrier, Content, Outside, collect};
use congvan::validate::{Inputs, judge};
use congvan::x509::{Crl, OcspResponse};
use congvan::xml;
use congvan::xml::dsig::{Ids, NAMESPACE, Signature};

use super::scene::{NOW, Scene, Setting};

pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

pub(crate) fn request(who: &Identity) -> XadesRequest<'_> {
    XadesRequest { certificate: &who.certificate, chain: &who.issuers, signing_time: NOW }
}

/// The verdicts, everything outside the file missing.
pub(crate) fn verdicts(scene: &Scene, file: &[u8], setting: &Setting) -> Vec<Verdict> {
    with_contents(scene, file, setting, &[], &[])
}

/// The verdicts, with contents by name; those in `named` are what the user asks about.
pub(crate) fn with_contents(
    scene: &Scene,
    file: &[u8],
    setting: &Setting,
    contents: &[(&str, &[u8])],
    named: &[String],
) -> Vec<Verdict> {
    let find = |uri: &str| {
        let found = contents.iter().find(|(name, _)| *name == uri)?;
        Some(Content { name: found.0.to_owned(), bytes: Rc::new(found.1.to_vec()) })
    };
    let outside = Outside { find: &find, only: None, named, carrier: Carrier::Document };
    let collected = collect(&file.to_vec(), &outside).expect("XML");
    let mut evidence = Evidence::new();
    for at in &setting.crls_of {
        for der in [scene.authority.crl(*at), scene.authority.root_crl(*at)] {
            evidence.add_crl(Crl::from_der(&der.expect("signs")).expect("reads"));
        }
    }
    let embedded = collected.embedded();
    let mut pool = Pool::new([scene.authority.issuing().clone()]);
    pool.extend(embedded.certificates);
    for crl in embedded.crls.iter().filter_map(|der| Crl::from_der(der).ok()) {
        evidence.add_crl(crl);
    }
    for answer in embedded.ocsp_responses.iter().filter_map(|der| OcspResponse::from_der(der).ok()) {
        evidence.add_ocsp(answer);
    }
    let other = Scene::new();
    let root = if setting.other_root { other.authority.root() } else { scene.authority.root() };
    let anchors = Anchors::from_certificates([root.clone()]);
    judge(
        &collected,
        &Inputs {
            now: setting.now,
            signer_anchors: &anchors,
            tsa_anchors: &anchors,
            pool: &pool,
            evidence: &evidence,
            links: &Links::new(),
            policy: &Policy::strict(),
            revocation: setting.revocation,
        },
    )
}

/// A `Reference` whose digest is filled in by [`signed`].
pub(crate) fn reference(uri: &str, transforms: &[&str]) -> String {
    typed_reference(uri, transforms, "")
}

/// The same with further attributes.
pub(crate) fn typed_reference(uri: &str, transforms: &[&str], attributes: &str) -> String {
    let transforms: String = transforms.iter().map(|t| format!("<Transform Algorithm=\"{t}\"/>")).collect();
    let transforms = if transforms.is_empty() { transforms } else { format!("<Transforms>{transforms}</Transforms>") };
    format!(
        "<Reference URI=\"{uri}\"{attributes}>{transforms}<DigestMethod Algorithm=\"{SHA256}\"/><DigestValue>?</DigestValue></Reference>"
    )
}

/// A plain XML signature with the signer's certificate, its digests and value to be filled in by [`signed`].
pub(crate) fn signature(who: &Identity, references: &str, objects: &str) -> String {
    with_key_info(who, references, objects, &certificate_info(who))
}

pub(crate) fn certificate_info(who: &Identity) -> String {
    format!("<X509Data><X509Certificate>{}</X509Certificate></X509Data>", base64(who.certificate.der()))
}

/// The same with any key information.
pub(crate) fn with_key_info(who: &Identity, references: &str, objects: &str, info: &str) -> String {
    let method = who.signer.scheme().xml_uri().expect("has a name");
    format!(
        "<Signature xmlns=\"{NAMESPACE}\"><SignedInfo><CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <SignatureMethod Algorithm=\"{method}\"/>{references}</SignedInfo><SignatureValue>?</SignatureValue>\
         <KeyInfo>{info}</KeyInfo>{objects}</Signature>"
    )
}

/// Fills in every digest and value that is `?`, signature by signature in document order; manifests inside a
/// signature first. What leads nowhere gets the digest of nothing.
pub(crate) fn signed(text: &str, who: &Identity, contents: &[(&str, &[u8])]) -> String {
    let mut text = text.to_owned();
    while text.contains("<DigestValue>?<") {
        let readable = text
            .replace("<DigestValue>?<", "<DigestValue>AA==<")
            .replace("<SignatureValue>?<", "<SignatureValue>AA==<");
        let tree = xml::parse(&readable).expect("parses");
        let open = |n: &xml::Node<'_, '_>| {
            n.has_tag_name((NAMESPACE, "Reference"))
                && n.children().any(|c| c.has_tag_name((NAMESPACE, "DigestValue")) && c.text() == Some("AA=="))
        };
        // A manifest's entries before the reference to the manifest.
        let all: Vec<_> = tree.descendants().filter(open).collect();
        let in_manifest =
            |n: &xml::Node<'_, '_>| n.parent_element().is_some_and(|p| p.has_tag_name((NAMESPACE, "Manifest")));
        let node = *all.iter().find(|n| in_manifest(n)).unwrap_or(&all[0]);
        let around = node.ancestors().find(|a| a.has_tag_name((NAMESPACE, "Signature"))).expect("one");
        let parsed = Signature::parse(around).expect("reads");
        let list = xml::dsig::references(node.parent_element().expect("has one")).expect("reads");
        let wanted = list.iter().find(|r| r.node == node.id()).expect("itself");
        let held: Vec<(&str, Vec<u8>)> = contents.iter().map(|(n, b)| (*n, b.to_vec())).collect();
        let externals =
            |uri: &str| held.iter().find(|(name, _)| *name == uri).map(|(_, bytes)| -> &dyn ReadAt { bytes });
        let mut octets = Vec::new();
        let _leads_nowhere =
            parsed.digest_input(&tree, &Ids::of(&tree), wanted, &externals, &mut |b| octets.extend_from_slice(b));
        let digest = base64(&DigestAlgorithm::Sha256.digest(&octets));
        // The same place among all digests of the text still to be filled.
        let place = all.iter().position(|n| n.id() == node.id()).expect("itself");
        let at = text.match_indices("<DigestValue>?<").nth(place).expect("as many").0 + "<DigestValue>".len();
        text.replace_range(at..=at, &digest);
    }
    while let Some(at) = text.find("<SignatureValue>?<") {
        let readable = text.replace("<SignatureValue>?<", "<SignatureValue>AA==<");
        let tree = xml::parse(&readable).expect("parses");
        let unsigned = |n: &xml::Node<'_, '_>| {
            n.has_tag_name((NAMESPACE, "Signature"))
                && n.children().any(|c| c.has_tag_name((NAMESPACE, "SignatureValue")) && c.text() == Some("AA=="))
        };
        let node = tree.descendants().filter(unsigned).min_by_key(|n| {
            n.children().find(|c| c.has_tag_name((NAMESPACE, "SignatureValue"))).map(|c| c.range().start)
        });
        let parsed = Signature::parse(node.expect("one")).expect("reads");
        let message = parsed.signed_bytes(&tree).expect("canonical");
        let value = value_of(who, &message);
        let at = at + "<SignatureValue>".len();
        text.replace_range(at..=at, &base64(&value));
    }
    text
}

fn value_of(who: &Identity, message: &[u8]) -> Vec<u8> {
    let raw = who.signer.sign(message).expect("signs");
    let scheme: SignatureScheme = who.signer.scheme();
    scheme.value_for_xml(who.signer.public_key(), &raw).expect("fits")
}
