//! Attacks on XML signatures: wrapping (McIntosh and Austel 2005; Somorovsky et al. 2012, variants 1 to 8), doubled
//! identifiers, comments and namespaces that make readers disagree, entities, references to nothing, and documents
//! made to cost time. None may pass, none may take long.

use std::time::{Duration, Instant};

use congvan::algorithms::DigestAlgorithm;
use congvan::base::encoding::base64;
use congvan::sign::xades::enveloped;
use congvan::validate::conclusion::Indication;
use congvan::validate::verdict::Verdict;
use congvan::validate::xml::{Outside, collect};

use super::scene::{NOW, Scene, Setting};
use super::xml_scene::*;

const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";

fn judged(scene: &Scene, file: &str) -> Vec<Verdict> {
    verdicts(scene, file.as_bytes(), &Setting::at(NOW.plus(60)))
}

#[track_caller]
fn passes(scene: &Scene, file: &str) {
    let all = judged(scene, file);
    assert!(all.iter().all(|v| v.conclusion.passed()), "{:?}", all.iter().map(|v| &v.findings).collect::<Vec<_>>());
}

#[track_caller]
fn never_passes(scene: &Scene, file: &str) {
    let all = judged(scene, file);
    assert!(!all.is_empty(), "no signature in {file}");
    assert!(all.iter().all(|v| v.conclusion.indication() != Indication::Passed), "{file}");
}

// A message whose document element is signed by its Id: the good one, and its parts for the attacker.
struct Message {
    body: String,
    signature: String,
}

impl Message {
    fn new(scene: &Scene) -> Self {
        let who = &scene.leader;
        let signature = signature(who, &reference("#m", &[ENVELOPED, EXCLUSIVE]), "");
        let whole = signed(&format!("<m Id=\"m\"><pay>100</pay>{signature}</m>"), who, &[]);
        let start = whole.find("<Signature").expect("one");
        let end = whole.find("</Signature>").expect("one") + "</Signature>".len();
        Message { body: "<pay>100</pay>".to_owned(), signature: whole[start..end].to_owned() }
    }

    fn original(&self, inside: &str) -> String {
        format!("<m Id=\"m\">{}{inside}</m>", self.body)
    }

    // The signature with something more inside, at its end.
    fn signature_with(&self, inside: &str) -> String {
        self.signature.replace("</Signature>", &format!("{inside}</Signature>"))
    }
}

#[test]
fn the_message_itself_passes() {
    let scene = Scene::new();
    let message = Message::new(&scene);
    passes(&scene, &message.original(&message.signature));
}

#[test]
fn wrapped_messages_never_pass() {
    let scene = Scene::new();
    let m = Message::new(&scene);
    let (original, signature) = (m.original(""), &m.signature);
    let signed_original = m.original(signature);
    let evil = "<pay>900</pay>";
    for (name, file) in [
        (
            "1: evil around, original inside the signature",
            format!("<m Id=\"e\">{evil}{}</m>", m.signature_with(&format!("<Object>{original}</Object>"))),
        ),
        ("1b: the same without an object", format!("<m Id=\"e\">{evil}{}</m>", m.signature_with(&original))),
        ("2: evil around, signature and original side by side", format!("<m Id=\"e\">{evil}{signature}{original}</m>")),
        ("3: evil before the signed original", format!("<r><m Id=\"e\">{evil}</m>{signed_original}</r>")),
        ("4: original below evil", format!("<r><m Id=\"e\">{evil}{signed_original}</m></r>")),
        ("5: signature in evil, original behind", format!("<r><m Id=\"e\">{evil}{signature}</m>{original}</r>")),
        (
            "6: original inside the signature inside evil",
            format!("<r><m Id=\"e\">{evil}{}</m></r>", m.signature_with(&format!("<Object>{original}</Object>"))),
        ),
        (
            "7: original in an extension before",
            format!("<r><Extensions>{original}</Extensions><m Id=\"e\">{evil}</m>{signature}</r>"),
        ),
        (
            "8: evil in an object of the signature",
            m.original(&m.signature_with(&format!("<Object><m Id=\"e\">{evil}</m></Object>"))),
        ),
        ("evil in an object as text", m.original(&m.signature_with("<Object>900</Object>"))),
        (
            "evil in the key information",
            m.original(&signature.replace("</KeyInfo>", &format!("<m xmlns=\"\">{evil}</m></KeyInfo>"))),
        ),
        ("evil directly in the signature", m.original(&m.signature_with(&format!("<m xmlns=\"\">{evil}</m>")))),
        (
            "evil in the value",
            m.original(&signature.replace("</SignatureValue>", &format!("<m xmlns=\"\">{evil}</m></SignatureValue>"))),
        ),
        ("evil in unsigned properties of nothing", {
            let property = format!("<SignatureProperties><m xmlns=\"\">{evil}</m></SignatureProperties>");
            m.original(&m.signature_with(&property))
        }),
        ("evil text in the signature", m.original(&m.signature_with("900"))),
        ("evil without Id around", format!("<m>{evil}{signed_original}</m>")),
        ("the signed message below another document element", format!("<order>{signed_original}</order>")),
        ("a style sheet beside", format!("<?xml-stylesheet href=\"evil.xsl\"?>{signed_original}")),
    ] {
        let all = judged(&scene, &file);
        assert!(!all.is_empty() && all.iter().all(|v| !v.conclusion.passed()), "{name}");
    }
}

#[test]
fn an_id_that_two_elements_share_leads_nowhere() {
    let scene = Scene::new();
    let m = Message::new(&scene);
    let evil = "<pay>900</pay>";
    for double in [
        format!("<r><m Id=\"m\">{evil}</m>{}</r>", m.original(&m.signature)),
        format!("<r>{}<m ID=\"m\">{evil}</m></r>", m.original(&m.signature)),
        format!("<r>{}<m xml:id=\"m\">{evil}</m></r>", m.original(&m.signature)),
        m.original(&m.signature_with(&format!("<Object Id=\"m\">{evil}</Object>"))),
        m.original(&m.signature.replace("<KeyInfo>", "<KeyInfo Id=\"m\">")),
    ] {
        let all = judged(&scene, &double);
        assert!(all.iter().all(|v| v.conclusion.indication() == Indication::Failed), "{double}");
    }
}

#[test]
fn a_signature_that_reaches_nothing_never_passes() {
    let scene = Scene::new();
    let who = &scene.leader;
    let empty = "<Object Id=\"o\"/>";
    for references in [
        reference("#o", &[EXCLUSIVE]),
        reference("#none", &[EXCLUSIVE]),
        reference("#k", &[EXCLUSIVE]),
        reference("#v", &[]),
        reference("#xpointer(//pay)", &[]),
        reference("", &[ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"]),
        reference("nowhere.xml", &[]),
    ] {
        let inside = signature(who, &references, empty).replace("<KeyInfo>", "<KeyInfo Id=\"k\">");
        let file = signed(&format!("<m><pay Id=\"v\">100</pay>{inside}</m>"), who, &[]);
        never_passes(&scene, &file);
    }
    let without = signature(who, "", empty).replace('?', "AA==");
    never_passes(&scene, &format!("<m><pay>100</pay>{without}</m>"));
    // Alone in its file it signs its key, or an empty object, and no content.
    let alone = |references: &str| {
        signed(&signature(who, references, empty).replace("<KeyInfo>", "<KeyInfo Id=\"k\">"), who, &[])
    };
    never_passes(&scene, &alone(&reference("#k", &[EXCLUSIVE])));
}

#[test]
fn a_signature_over_one_part_does_not_speak_for_the_document() {
    let scene = Scene::new();
    let who = &scene.leader;
    let inside = signature(who, &reference("#p", &[EXCLUSIVE]), "");
    let file = signed(&format!("<m><pay Id=\"p\">100</pay><to>A</to>{inside}</m>"), who, &[]);
    never_passes(&scene, &file);
    let all = judged(&scene, &file);
    assert_eq!(all[0].extent.names, ["<pay p>"]);
    assert!(all[0].findings.iter().any(|f| f.code() == "NOT_COVERED"));
}

#[test]
fn chains_of_transforms_that_lose_something_never_pass() {
    let scene = Scene::new();
    let who = &scene.leader;
    let base64_transform = "http://www.w3.org/2000/09/xmldsig#base64";
    for transforms in [
        vec![base64_transform],
        vec![ENVELOPED, base64_transform],
        vec![ENVELOPED, EXCLUSIVE, base64_transform],
        vec![ENVELOPED, EXCLUSIVE, ENVELOPED],
        vec![ENVELOPED, "urn:unknown"],
        vec![EXCLUSIVE; 9],
    ] {
        let inside = signature(who, &reference("", &transforms), "");
        // Base64 of the text alone, so that the decoding succeeds.
        let text = format!("<m><a>AAAA</a>{inside}</m>");
        let readable = std::panic::catch_unwind(|| signed(&text, who, &[]));
        let file = readable.unwrap_or_else(|_| text.replace('?', "AA=="));
        never_passes(&scene, &file);
    }
}

#[test]
fn comments_in_text_change_nothing_that_is_signed_or_read() {
    let scene = Scene::new();
    let good =
        enveloped(b"<m><pay>100</pay></m>", &request(&scene.leader), &*scene.leader.signer, None).expect("signs");
    let good = String::from_utf8(good).expect("UTF-8");
    // Comments are not signed under these canonical forms; what they hide would have to be text, which is.
    passes(&scene, &good.replace("<pay>100<", "<pay>1<!-- x -->00<"));
    never_passes(&scene, &good.replace("<pay>100<", "<pay>1<!-- 00 --><"));
    never_passes(&scene, &good.replace("<pay>100<", "<pay>100<!-- --> 000<"));
    // A comment inside a digest takes nothing from it and hides nothing (it is read as a whole, as it is signed).
    let digest = good.split("<ds:DigestValue>").nth(1).and_then(|d| d.split('<').next()).expect("one");
    let other = base64(&DigestAlgorithm::Sha256.digest(b"evil"));
    never_passes(&scene, &good.replace(digest, &format!("{other}<!--{digest}-->")));
    never_passes(&scene, &good.replace(digest, &format!("<!--{digest}-->{other}")));
}

#[test]
fn namespaces_moved_around_are_another_document() {
    let scene = Scene::new();
    let document = b"<m xmlns='urn:a' xmlns:p='urn:p'><p:pay>100</p:pay><x at='p:y'/></m>";
    let good = enveloped(document, &request(&scene.leader), &*scene.leader.signer, None).expect("signs");
    let good = String::from_utf8(good).expect("UTF-8");
    passes(&scene, &good);
    never_passes(&scene, &good.replace("xmlns:p='urn:p'", "xmlns:p='urn:q'"));
    never_passes(&scene, &good.replace("xmlns='urn:a'", "xmlns='urn:b'"));
    never_passes(&scene, &good.replace("<p:pay>", "<p:pay xmlns:p='urn:q'>"));
    never_passes(&scene, &good.replace("<x at", "<x xmlns='' at"));
    // A signature element in a namespace that only looks the part is none, and the rest was not signed that way.
    let fake = good.replace("http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2000/09/xmldsig# ");
    assert!(judged(&scene, &fake).is_empty());
}

#[test]
fn two_of_what_must_stand_once_is_no_signature() {
    let scene = Scene::new();
    let m = Message::new(&scene);
    let part = |name: &str| {
        let start = m.signature.find(&format!("<{name}")).expect("there");
        let end = m.signature.find(&format!("</{name}>")).expect("there") + name.len() + 3;
        m.signature[start..end].to_owned()
    };
    for name in ["SignedInfo", "SignatureValue", "KeyInfo", "CanonicalizationMethod", "Transforms", "DigestValue"] {
        if name == "CanonicalizationMethod" {
            let method = format!("<CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
            never_passes(&scene, &m.original(&m.signature.replace(&method, &[&method[..], &method[..]].concat())));
            continue;
        }
        let twice = m.signature.replacen(&part(name), &[part(name), part(name)].concat(), 1);
        never_passes(&scene, &m.original(&twice));
    }
    // Another SignedInfo hidden in an object is not the one that was signed.
    let hidden = m.signature_with(&format!("<Object>{}</Object>", part("SignedInfo")));
    never_passes(&scene, &m.original(&hidden).replace("100", "900"));
}

#[test]
fn signed_properties_of_somebody_else_are_not_believed() {
    let scene = Scene::new();
    let good =
        enveloped(b"<m><pay>100</pay></m>", &request(&scene.leader), &*scene.leader.signer, None).expect("signs");
    let good = String::from_utf8(good).expect("UTF-8");
    passes(&scene, &good);
    // The reference without its type still covers them; leading elsewhere it does not.
    let (_, id) = good.split_once("<xades:SignedProperties Id=\"").expect("one");
    let id = id.split('"').next().expect("ends").to_owned();
    let start = good.find("<xades:SignedProperties").expect("one");
    let end = good.find("</xades:SignedProperties>").expect("one") + "</xades:SignedProperties>".len();
    let original = good[start..end].to_owned();
    let forged = original.replace(&id, "forged").replace("T08:00:00Z", "T01:00:00Z");
    let moved = good.replace(&original, &forged).replace(
        "</ds:Signature>",
        &format!("<ds:Object xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">{original}</ds:Object></ds:Signature>"),
    );
    let all = judged(&scene, &moved);
    assert!(all.iter().all(|v| !v.conclusion.passed()));
    assert_ne!(all[0].claimed_time, congvan::base::time::UnixTime::parse_rfc3339("2026-03-05T01:00:00Z"));
    // A second set of properties beside the first.
    let second = good.replace("</ds:Object></ds:Signature>", &format!("</ds:Object><ds:Object><xades:QualifyingProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">{forged}</xades:QualifyingProperties></ds:Object></ds:Signature>"));
    never_passes(&scene, &second);
}

#[test]
fn a_plain_signature_dressed_up_as_xades_does_not_pass() {
    let scene = Scene::new();
    let who = &scene.leader;
    let inside = signature(who, &reference("", &[ENVELOPED, EXCLUSIVE]), "");
    let plain = signed(&format!("<m><pay>100</pay>{inside}</m>"), who, &[]);
    passes(&scene, &plain);
    let dressed = plain.replace(
        "</Signature>",
        "<Object><q:QualifyingProperties xmlns:q=\"http://uri.etsi.org/01903/v1.3.2#\"><q:SignedProperties><q:SignedSignatureProperties><q:SigningTime>2020-01-01T00:00:00Z</q:SigningTime></q:SignedSignatureProperties></q:SignedProperties></q:QualifyingProperties></Object></Signature>",
    );
    let all = judged(&scene, &dressed);
    assert!(!all[0].conclusion.passed() && all[0].claimed_time.is_none());
}

#[test]
fn entities_and_document_types_are_not_read() {
    let bomb = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><a>&b;</a>";
    assert!(collect(&bomb.as_bytes().to_vec(), &Outside::nothing()).is_err());
    assert!(collect(&b"<a>&b;</a>".to_vec(), &Outside::nothing()).is_err());
}

// Each cost a factor of thousands before: references that hold, asked about for every element of the signature; and
// transforms that fail when everything has been gone through.
#[test]
fn many_references_cost_no_more_for_many_elements_or_late_failures() {
    let scene = Scene::new();
    let who = &scene.leader;
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 8 });
    let one = signed(&signature(who, &reference("#a", &[EXCLUSIVE]), "<Object Id=\"a\"/>"), who, &[]);
    let from = one.find("<Reference ").expect("there");
    let to = one.find("</SignedInfo>").expect("there");
    let objects = "<Object/>".repeat(1_000_000);
    let holding = format!("{}{}{}", &one[..from], one[from..to].repeat(2_000), &one[to..]);
    let holding = holding.replace("</Signature>", &format!("{objects}</Signature>"));
    let base64 = reference("#x", &["http://www.w3.org/2000/09/xmldsig#base64"]).repeat(2_000);
    let late = format!("<m><x Id=\"x\">{}!</x>{}</m>", "QUJD".repeat(1_000_000), signature(who, &base64, ""));
    let chain = reference("#x", &[EXCLUSIVE, EXCLUSIVE, EXCLUSIVE, EXCLUSIVE, XPATH]).repeat(2_000);
    let refused = format!("<m><x Id=\"x\">{}</x>{}</m>", "QUJD".repeat(1_000_000), signature(who, &chain, ""));
    for (name, file) in [("holding", holding), ("late", late), ("refused", refused)] {
        let start = Instant::now();
        let all = judged(&scene, &file.replace('?', "AA=="));
        assert!(all.iter().all(|v| !v.conclusion.passed()), "{name}");
        assert!(start.elapsed() < limit, "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn documents_made_to_cost_time_end_soon() {
    let scene = Scene::new();
    let who = &scene.leader;
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 20 });
    // A large body under many references, each of which would canonicalize all of it.
    let many: String = (0..1_000).map(|_| reference("", &[EXCLUSIVE])).collect();
    let body = "<a/>".repeat(200_000);
    let wide = format!("<m>{body}{}</m>", signature(who, &many, "")).replace('?', "AA==");
    // Namespaces in scope at every element.
    let declared: String = (0..200).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    let spaces = format!(
        "<m{declared}>{body}{}</m>",
        signature(who, &reference("", &["http://www.w3.org/TR/2001/REC-xml-c14n-20010315"]), "")
    )
    .replace('?', "AA==");
    let nested =
        format!("{}{}{}", "<a>".repeat(200), signature(who, &reference("", &[EXCLUSIVE]), ""), "</a>".repeat(200))
            .replace('?', "AA==");
    for file in [wide, spaces, nested] {
        let start = Instant::now();
        let all = judged(&scene, &file);
        assert!(all.iter().all(|v| !v.conclusion.passed()));
        assert!(start.elapsed() < limit, "{:?}", start.elapsed());
    }
    let signatures = format!("<m>{}</m>", signature(who, &reference("", &[]), "").repeat(101)).replace('?', "AA==");
    assert!(collect(&signatures.into_bytes(), &Outside::nothing()).is_err());
}
