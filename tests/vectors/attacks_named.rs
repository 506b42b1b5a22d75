//! The published attacks on signed PDFs, class by class and variant by variant, made from their papers' descriptions:
//! Mladenov et al., "1 Trillion Dollar Refund" (2019); Mainka et al., "Shadow Attacks" (2021); Rohlmann et al.,
//! "Breaking the Specification: PDF Certification" (2021). Each is named in the verdict, and none is TOTAL-PASSED.
//! Universal forgery and wrapping stand in `attacks.rs` with the byte range rules they break.

use congvan::pdf::Permission;
use congvan::sign::pades::{SignatureKind, Target};
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::verdict::{DocumentState, Verdict};

use super::attacks::*;
use super::scene::*;

/// The first signature is not TOTAL-PASSED, and the verdict names this attack.
fn named(scene: &Scene, what: &str, file: &[u8], attack: &str) {
    refused(scene, what, file, &format!("KNOWN_ATTACK this is the shape of a {attack} attack"));
}

fn judged(scene: &Scene, file: &[u8]) -> Verdict {
    scene.judge(file, &Setting::at(NOW.plus(60)))
}

fn certified(scene: &Scene, permission: Permission) -> Vec<u8> {
    let mut certify = visible([300.0, 50.0, 500.0, 120.0]);
    certify.kind = SignatureKind::Certification(permission);
    sign_by(scene, &document(), certify)
}

// --- Mladenov et al.: incremental saving ---

#[test]
fn incremental_saving_in_all_four_forms() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let (_, content) = page(&signed);
    let forged = format!("{content} 0 obj\n{CONTENT}\nendobj\n");
    // 1: a complete update.
    named(&scene, "complete", &update(&signed, &[(content, CONTENT)], None), "incremental-saving");
    // 2: only the object, for readers that search the file.
    refused(&scene, "object alone", &[&signed[..], forged.as_bytes()].concat(), "BYTES_AFTER_END");
    // 3: the object and a trailer without a table.
    let trailer = format!("{forged}trailer\n<</Root 1 0 R/Size 900>>\nstartxref\n0\n%%EOF\n");
    let bare = [&signed[..], trailer.as_bytes()].concat();
    let verdicts = scene.judge_all(&bare, &Setting::at(NOW.plus(60)));
    assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "no table");
    // 4: a complete update that brings a copy of the signature along.
    let copied = {
        let bytes = signed.clone();
        let parsed = congvan::pdf::Document::open(&bytes).expect("opens");
        let found = parsed.signatures().expect("reads").remove(0);
        found.signature.expect("signed").value.id.expect("an object").number
    };
    let copy = body(&signed, copied);
    named(&scene, "copied", &update(&signed, &[(content, CONTENT), (copied, &copy)], None), "signature-wrapping");
}

#[test]
fn an_object_that_no_table_lists_inside_an_honest_update() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let (_, content) = page(&signed);
    // The update itself is an honest second signature; the forged object stands before its objects.
    let hidden = format!("{content} 0 obj\n{CONTENT}\nendobj\n");
    let padded = [&signed[..], hidden.as_bytes()].concat();
    let second = sign_by(&scene, &padded, visible([300.0, 50.0, 500.0, 120.0]));
    refused(&scene, "unlisted", &second, "OBJECT_UNLISTED");
    named(&scene, "unlisted", &second, "incremental-saving");
}

// --- Mainka et al.: shadow attacks ---

/// The decision with one more drawing on page 1: object 700 is drawn last.
fn with_drawing(drawing: &str) -> Vec<u8> {
    let base = document();
    let (page, content) = page(&base);
    let drawn =
        body(&base, page).replace(&format!("/Contents {content} 0 R"), &format!("/Contents [{content} 0 R 702 0 R]"));
    let paint = "<</Length 19>>\nstream\nq /Cover Do Q      \nendstream";
    let after = &drawn[drawn.find("/Resources ").expect("resources") + 11..];
    let number: u32 = after.split(' ').next().and_then(|n| n.parse().ok()).expect("an object of its own");
    let resources = body(&base, number);
    assert!(!resources.contains("/XObject"), "{resources}");
    let resources = resources.replacen("<<", "<< /XObject << /Cover 700 0 R >> ", 1);
    update(&base, &[(page, &drawn), (number, &resources), (702, paint), (700, drawing)], None)
}

const COVER: &str =
    "<</Type/XObject/Subtype/Form/BBox[0 0 600 900]/Length 24>>\nstream\n1 g 0 0 600 900 re f n  \nendstream";
const BARE: &str = "<</Type/XObject/Subtype/Form/BBox[0 0 600 900]/Length 1>>\nstream\nn\nendstream";

#[test]
fn shadow_hide_takes_a_cover_away() {
    let scene = Scene::new();
    let signed = sign(&with_drawing(COVER), &scene.authority, &scene.leader, None);
    passes(&scene, "covered", &signed);
    // Its object freed, and its place in the page's resources left dangling.
    named(&scene, "freed", &update(&signed, &[(700, "")], None), "shadow-hide");
    named(&scene, "null", &update(&signed, &[(700, "null")], None), "shadow-hide");
}

#[test]
fn shadow_replace_exchanges_what_is_drawn() {
    let scene = Scene::new();
    let signed = sign(&with_drawing(BARE), &scene.authority, &scene.leader, None);
    named(&scene, "overlay", &update(&signed, &[(700, COVER)], None), "shadow-replace");
}

#[test]
fn shadow_hide_and_replace_switches_to_what_lay_ready() {
    let scene = Scene::new();
    // A second object of the same number lies in the signed bytes, where no table leads.
    let base = document();
    let (page, content) = page(&base);
    let old = body(&base, content);
    let ready = format!("{content} 0 obj\n{CONTENT}\nendobj\n");
    let mut out = base.clone();
    let at = out.len();
    out.extend_from_slice(ready.as_bytes());
    let kept = out.len();
    out.extend_from_slice(format!("{content} 0 obj\n{old}\nendobj\n").as_bytes());
    let prepared = finish(&base, out, &format!("{content} 1\n{kept:010} 00000 n \n"), None);
    let signed = sign(&prepared, &scene.authority, &scene.leader, None);
    let rows = format!("{content} 1\n{at:010} 00000 n \n");
    let switched = finish(&signed, signed.clone(), &rows, None);
    refused(&scene, "object", &switched, "XREF_REDIRECTED");
    named(&scene, "object", &switched, "shadow-hide-and-replace");
    // A whole second catalog lies ready.
    let tree = "<</Type/Pages/Count 1/Kids[752 0 R]>>";
    let leaf = "<</Type/Page/Parent 751 0 R/MediaBox[0 0 595 842]/Contents 753 0 R>>";
    let catalog = body(&base, trailer_root(&base));
    let tree_at = &catalog[catalog.find("/Pages").expect("a tree")..];
    let second = catalog.replace(&tree_at[..tree_at.find('R').expect("a reference") + 1], "/Pages 751 0 R");
    let objects = [(750, second.as_str()), (751, tree), (752, leaf), (753, CONTENT)];
    let signed = sign(&update(&base, &objects, None), &scene.authority, &scene.leader, None);
    let switched = update(&signed, &[(page, &body(&signed, page))], Some(750));
    let verdicts = scene.judge_all(&switched, &Setting::at(NOW.plus(60)));
    assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "catalog");
    assert!(
        verdicts.iter().all(|v| told(v).contains("shadow-hide-and-replace")),
        "catalog: {:?}",
        verdicts.first().map(told)
    );
}

// --- Rohlmann et al.: certification attacks ---

#[test]
fn evil_annotations_on_certified_documents() {
    let scene = Scene::new();
    for permission in [Permission::NoChanges, Permission::FillForms, Permission::Annotate] {
        let signed = certified(&scene, permission);
        for subtype in ["FreeText", "Stamp", "Redact", "Square"] {
            let annotation = OVERLAY.replace("FreeText", subtype);
            named(&scene, subtype, &with_annotation(&signed, &annotation), "evil-annotation");
        }
    }
}

#[test]
fn sneaky_signatures_on_certified_documents() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    for permission in [Permission::FillForms, Permission::Annotate] {
        let signed = certified(&scene, permission);
        let over = sign_by(&stranger, &signed, visible([0.0, 0.0, 595.0, 842.0]));
        named(&scene, "over the page", &over, "sneaky-signature");
        let small = sign_by(&stranger, &signed, visible([100.0, 400.0, 200.0, 430.0]));
        named(&scene, "over one line", &small, "sneaky-signature");
    }
}

#[test]
fn a_later_self_signed_signature_whose_stamp_covers_the_amount_is_named_with_page_and_object() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    let signed = scene.sign(None);
    let over = sign_by(&stranger, &signed, visible([100.0, 400.0, 300.0, 430.0]));
    let verdict = judged(&scene, &over);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::SigConstraintsFailure));
    let finding = verdict.findings.iter().find(|f| f.code() == "CHANGED_AFTER_SIGNING").expect("told").to_string();
    let field = {
        let parsed = congvan::pdf::Document::open(&over).expect("opens");
        let all = parsed.signatures().expect("reads");
        all.iter().find(|s| s.field.name == "Signature2").and_then(|s| s.field.id).expect("an object")
    };
    for part in ["SIGNATURE_ADDED", "field Signature2", &format!("object {field}"), "page 1"] {
        assert!(finding.contains(part), "{part} in {finding}");
    }
    named(&scene, "stranger", &over, "sneaky-signature");
    // One that is broken on top of it forbids.
    let at = over.windows(10).rposition(|w| w == b"/Contents ").expect("one") + 4_000;
    let mut broken = over.clone();
    broken[at] = if broken[at] == b'0' { b'1' } else { b'0' };
    let verdict = judged(&scene, &broken);
    assert_ne!(verdict.conclusion.indication(), Indication::Passed);
    // Without a stamp there is nothing to see, and still nobody vouches for it.
    let invisible = sign(&signed, &stranger.authority, &stranger.leader, None);
    let verdict = judged(&scene, &invisible);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::SigConstraintsFailure));
    assert!(!told(&verdict).contains("KNOWN_ATTACK"));
}

#[test]
fn an_honest_second_signature_without_proofs_is_no_attack() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let second = sign_by(&scene, &signed, visible([300.0, 50.0, 500.0, 120.0]));
    let blind = Setting { crls_of: Vec::new(), ..Setting::at(NOW.plus(60)) };
    let nobody = Setting { other_root: true, ..Setting::at(NOW.plus(60)) };
    for setting in [blind, nobody] {
        for verdict in scene.judge_all(&second, &setting) {
            assert!(!told(&verdict).contains("KNOWN_ATTACK"), "{}", told(&verdict));
            assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate);
        }
    }
}

// --- What the peers were measured with ---

#[test]
fn the_peers_attack_files_have_their_verdicts() {
    use congvan::authority::Subject;
    let scene = Scene::new();
    let good = scene.sign(None);
    let soon = Setting::at(NOW.plus(60));
    passes(&scene, "good", &good);
    let mut flipped = good.clone();
    flipped[2_000] ^= 1;
    let verdict = scene.judge(&flipped, &soon);
    assert_eq!(outcome(&verdict), failed(SubIndication::HashFailure));
    let (page, _) = page(&good);
    let replaced = body(&good, page);
    let replaced = replaced.replacen("/Contents ", "/Contents 800 0 R /Was ", 1);
    let verdict = scene.judge(&update(&good, &[(page, &replaced), (800, CONTENT)], None), &soon);
    assert_eq!(outcome(&verdict), failed(SubIndication::FormatFailure));
    assert_eq!(verdict.document, DocumentState::Changed);
    let verdict = scene.judge(&with_annotation(&good, OVERLAY), &soon);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::SigConstraintsFailure));
    let locked = certified(&scene, Permission::NoChanges);
    let verdict = scene.judge(&with_annotation(&locked, OVERLAY), &soon);
    assert_eq!(outcome(&verdict), failed(SubIndication::FormatFailure));
    let stranger = Scene::new();
    let untrusted = sign(&document(), &stranger.authority, &stranger.leader, None);
    assert_eq!(outcome(&scene.judge(&untrusted, &soon)), indeterminate(SubIndication::NoCertificateChainFound));
    let over = Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ").valid(NOW.plus(-2 * DAY), NOW.plus(-DAY));
    let expired = Scene::with(over, congvan::authority::Purpose::Signing);
    let verdict = expired.judge(&expired.sign(None), &soon);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::OutOfBoundsNotRevoked));
    assert!(scene.judge_all(&document(), &soon).is_empty(), "not signed");
    let tail = [&good[..], b"\n% harmless looking tail\n"].concat();
    assert_eq!(outcome(&scene.judge(&tail, &soon)), indeterminate(SubIndication::SigConstraintsFailure));
    passes(&scene, "a second signature", &sign_by(&scene, &good, request_of("Sig2")));
}

fn request_of(name: &'static str) -> congvan::sign::pades::PadesRequest<'static> {
    let mut request = request();
    request.target = Target::New { name: Some(name), page: 1, rect: None, lock: None };
    request
}
