//! Attacks on the structure of a signed PDF: each is made here from the test authority's signature, and none may
//! end in TOTAL-PASSED for the signature attacked. Honest updates beside them must pass.

use congvan::authority::TsaFault;
use congvan::pdf::{Document, ObjectId, Rect};
use congvan::sign::pades::{ExtraField, ExtraFieldKind, SignatureKind, Target};
use congvan::sign::pades::{FieldValue, PadesRequest};
use congvan::validate::conclusion::Indication;
use congvan::validate::verdict::Verdict;

use super::scene::*;

pub(crate) const OVERLAY: &str =
    "<</Type/Annot/Subtype/FreeText/Rect[100 300 400 600]/DA(/Helv 12 Tf)/Contents(5.000.000)>>";
pub(crate) const CONTENT: &str = "<</Length 32>>\nstream\nBT /F1 24 Tf (forged) Tj ET 0 0 m\n\nendstream";

/// Appends one revision with these objects; `keys` are added to or replace those of the trailer.
pub(crate) fn update(file: &[u8], objects: &[(u32, &str)], root: Option<u32>) -> Vec<u8> {
    let (mut rows, mut out) = (String::new(), file.to_vec());
    for (number, body) in objects {
        if body.is_empty() {
            rows.push_str(&format!("{number} 1\n0000000000 00001 f \n"));
            continue;
        }
        rows.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    finish(file, out, &rows, root)
}

/// Ends a revision after `file` with these rows of a cross-reference table.
pub(crate) fn finish(file: &[u8], mut out: Vec<u8>, rows: &str, root: Option<u32>) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let previous: String = text[text.rfind("startxref").expect("one") + 10..].lines().next().expect("a line").into();
    let id = &text[text.rfind("/ID").expect("one")..];
    let id = &id[..=id.find(']').expect("closed")];
    let root = root.unwrap_or_else(|| trailer_root(file));
    let at = out.len();
    let trailer = format!("<</Size 900/Root {root} 0 R/Info 2 0 R/Prev {previous}{id}>>");
    out.extend_from_slice(format!("xref\n{rows}trailer\n{trailer}\nstartxref\n{at}\n%%EOF\n").as_bytes());
    out
}

pub(crate) fn trailer_root(file: &[u8]) -> u32 {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    document.view().trailer().get("Root").and_then(|r| r.as_reference()).expect("a root").number
}

/// The body of an object as the newest revision has it.
pub(crate) fn body(file: &[u8], number: u32) -> String {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    let place = document.view().get_with_place(ObjectId::new(number)).expect("reads").1.expect("a place");
    let at = |offset: u64| usize::try_from(offset).expect("small");
    let text = String::from_utf8_lossy(&file[at(place.0)..at(place.1)]).into_owned();
    let inner = &text[text.find("obj").expect("a head") + 3..];
    inner.trim_end_matches("endobj").trim().to_owned()
}

/// Object numbers of the first page and of its content.
pub(crate) fn page(file: &[u8]) -> (u32, u32) {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    let pages = document.view().pages().expect("pages");
    let page = document.view().page_dictionary(&pages[0]).expect("a page");
    let content = page.get("Contents").and_then(|c| c.as_reference()).expect("one stream");
    (pages[0].id.expect("an object").number, content.number)
}

fn signature_object(file: &[u8]) -> u32 {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    let found = document.signatures().expect("reads").remove(0);
    found.signature.expect("signed").value.id.expect("an object").number
}

pub(crate) fn with_annotation(file: &[u8], annotation: &str) -> Vec<u8> {
    let (page, _) = page(file);
    let old = body(file, page);
    let new = if old.contains("/Annots [") {
        old.replacen("/Annots [", "/Annots [ 800 0 R ", 1)
    } else if old.contains("/Annots[") {
        old.replacen("/Annots[", "/Annots[ 800 0 R ", 1)
    } else {
        old.replacen("<<", "<< /Annots [ 800 0 R ] ", 1)
    };
    update(file, &[(page, &new), (800, annotation)], None)
}

pub(crate) fn told(verdict: &Verdict) -> String {
    let findings = verdict.findings.iter().map(|f| format!("{} {f}", f.code()));
    let changes = verdict.changes.iter().map(|c| format!("{} {} {:?}", c.kind, c.what, c.judged));
    findings.chain(changes).collect::<Vec<_>>().join("; ")
}

/// The first signature does not pass, and the reason is among what is told.
pub(crate) fn refused(scene: &Scene, name: &str, file: &[u8], reason: &str) {
    let verdicts = scene.judge_all(file, &Setting::at(NOW.plus(60)));
    let first = verdicts.iter().find(|v| v.id == "Signature1").unwrap_or_else(|| panic!("{name}: it is gone"));
    let told = told(first);
    assert_ne!(first.conclusion.indication(), Indication::Passed, "{name}: {told}");
    assert!(told.contains(reason), "{name}: wanted {reason}, told {:?} {told}", first.conclusion);
}

pub(crate) fn passes(scene: &Scene, name: &str, file: &[u8]) {
    for verdict in scene.judge_all(file, &Setting::at(NOW.plus(60))) {
        let told = told(&verdict);
        assert!(verdict.conclusion.passed(), "{name}, {}: {:?} {told}", verdict.id, verdict.conclusion);
    }
}

pub(crate) fn sign_by(scene: &Scene, file: &[u8], request: PadesRequest<'_>) -> Vec<u8> {
    use congvan::sign::cades::{CmsRequest, sign};
    let who = &scene.leader;
    sign_as(file, request, |digest| {
        sign(&CmsRequest::detached(digest, &who.certificate, &who.issuers), &*who.signer).expect("signs").to_der()
    })
}

pub(crate) fn visible(rect: [f64; 4]) -> PadesRequest<'static> {
    let [x0, y0, x1, y1] = rect;
    let mut request = request();
    request.target = Target::New { name: None, page: 1, rect: Some(Rect { x0, y0, x1, y1 }), lock: None };
    request
}

#[test]
fn honest_updates_pass() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    passes(&scene, "alone", &signed);
    passes(&scene, "white space", &[&signed[..], b"\r\n \n"].concat());
    passes(&scene, "a second signature", &sign_by(&scene, &signed, visible([300.0, 50.0, 500.0, 120.0])));
    let catalog = trailer_root(&signed);
    let with_store = body(&signed, catalog).replacen("<<", "<< /DSS 801 0 R ", 1);
    let store = update(&signed, &[(catalog, &with_store), (801, "<</Certs[]>>")], None);
    passes(&scene, "a security store", &store);

    let prepared = with_text_field(&scene, false);
    let mut filling = request();
    filling.fill_fields = vec![FieldValue { name: "So", value: "15", read_only: true, appearance: None }];
    passes(&scene, "the number filled by the next signer", &sign_by(&scene, &prepared, filling));
}

fn with_text_field(scene: &Scene, read_only: bool) -> Vec<u8> {
    let mut request = request();
    request.add_fields = vec![ExtraField {
        name: "So",
        label: None,
        page: 1,
        rect: Some(Rect { x0: 100.0, y0: 700.0, x1: 160.0, y1: 715.0 }),
        kind: ExtraFieldKind::Text { value: None, read_only },
        appearance: None,
    }];
    sign_by(scene, &document(), request)
}

#[test]
fn incremental_saving_is_refused() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let (page, content) = page(&signed);
    refused(&scene, "content", &update(&signed, &[(content, CONTENT)], None), "PAGE_CONTENT_CHANGED");
    let other = body(&signed, page).replace(&format!("/Contents {content} 0 R"), "/Contents 800 0 R");
    refused(&scene, "page", &update(&signed, &[(page, &other), (800, CONTENT)], None), "PAGE_CHANGED");
    refused(&scene, "annotation", &with_annotation(&signed, OVERLAY), "ANNOTATION_ADDED");
    refused(&scene, "page removed", &update(&signed, &[(page, "")], None), "page");

    let root = trailer_root(&signed);
    let tree = "<</Type/Pages/Count 1/Kids[803 0 R]>>";
    let leaf = "<</Type/Page/Parent 802 0 R/MediaBox[0 0 595 842]/Contents 804 0 R>>";
    let own = [(802, tree), (803, leaf), (804, CONTENT)];
    let catalog = body(&signed, root);
    let pages = &catalog[catalog.find("/Pages").expect("a tree")..];
    let pages = &pages[..pages.find('R').expect("a reference") + 1];
    let swapped = catalog.replace(pages, "/Pages 802 0 R");
    let objects = |number| [&[(number, swapped.as_str())][..], &own[..]].concat();
    refused(&scene, "tree swapped", &update(&signed, &objects(root), None), "PAGE_TREE_REPLACED");
    refused(&scene, "root swapped", &update(&signed, &objects(805), Some(805)), "PAGE_TREE_REPLACED");
    // The signatures gone: nothing may be reported as passed.
    let bare = update(&signed, &[(805, "<</Type/Catalog/Pages 802 0 R>>"), own[0], own[1], own[2]], Some(805));
    assert!(scene.judge_all(&bare, &Setting::at(NOW.plus(60))).is_empty());
}

fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert!(to.len() <= from.len(), "{from}");
    let at = file.windows(from.len()).rposition(|w| w == from.as_bytes()).unwrap_or_else(|| panic!("no {from}"));
    let mut out = file.to_vec();
    out[at..at + from.len()].fill(b' ');
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    out
}

#[test]
fn universal_forgeries_are_refused() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let (_, content) = page(&signed);
    let number = signature_object(&signed);
    let dictionary = body(&signed, number);
    let part = |key: &str, close: char| {
        let from = &dictionary[dictionary.find(key).unwrap_or_else(|| panic!("{key}"))..];
        from[..=from.find(close).expect("closed")].to_owned()
    };
    let (range, contents) = (part("/ByteRange", ']'), part("/Contents", '>'));
    let numbers: Vec<u64> = range.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    let [_, a, b, c] = numbers[..] else { panic!("{range}") };
    let forms = [
        (range.as_str(), String::new()),
        (&range, "/ByteRange null".to_owned()),
        (&range, "/ByteRange []".to_owned()),
        (&range, format!("/ByteRange [0 -{a} {b} {c}]")),
        (&range, format!("/ByteRange [0 {b} {a} {c}]")),
        (&range, format!("/ByteRange [0 {a} {b} -1]")),
        (&range, format!("/ByteRange [0 {a} {b}]")),
        (&range, format!("/ByteRange [1 {a} {b} {c}]")),
        (&range, "/ByteRange [0 0 0 0]".to_owned()),
        (&contents, String::new()),
        (&contents, "/Contents null".to_owned()),
        (&contents, "/Contents <>".to_owned()),
        (&contents, "/Contents <00>".to_owned()),
        (&contents, "/Contents <30>".to_owned()),
    ];
    for (old, new) in forms {
        let name = format!("{} -> {new}", &old[..10]);
        let forged = dictionary.replace(old, &new);
        refused(&scene, &name, &update(&signed, &[(number, &forged)], None), "BYTE_RANGE_INVALID");
        let both = update(&signed, &[(number, &forged), (content, CONTENT)], None);
        refused(&scene, &name, &both, "KNOWN_ATTACK");
        if new.len() > old.len() {
            continue;
        }
        let in_place = replaced(&signed, old, &new);
        let verdicts = scene.judge_all(&in_place, &Setting::at(NOW.plus(60)));
        assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "{name} in place");
    }
}

#[test]
fn signature_wrapping_is_refused() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let (_, content) = page(&signed);
    let number = signature_object(&signed);
    let dictionary = body(&signed, number);
    // The same dictionary once more: its gap is not the old one.
    let again = update(&signed, &[(number, &dictionary), (content, CONTENT)], None);
    refused(&scene, "dictionary written again", &again, "BYTE_RANGE_INVALID");

    // The tail moved behind the attacker's revision, a second range inside the old gap.
    let at = dictionary.find("/ByteRange").expect("a range");
    let range = &dictionary[at..][..=dictionary[at..].find(']').expect("closed")];
    let numbers: Vec<usize> = range.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    let [_, a, b, c] = numbers[..] else { panic!("{range}") };
    let gap = &signed[a..b];
    let used = gap.iter().rposition(|byte| *byte != b'0' && *byte != b'>').expect("CMS") + 3;
    let used = used - used % 2 + 1;
    let forged = update(&signed, &[(content, CONTENT)], None);
    let moved_to = forged.len() + 200;
    let inside = format!("> /ByteRange [0 {a} {moved_to} {c}] /Padding <");
    let mut wrapped = forged;
    wrapped[a + used..a + used + inside.len()].copy_from_slice(inside.as_bytes());
    wrapped.resize(moved_to, b' ');
    wrapped.extend_from_slice(&signed[b..]);
    let verdicts = scene.judge_all(&wrapped, &Setting::at(NOW.plus(60)));
    assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "tail moved");
    refused(&scene, "tail moved", &wrapped, "BYTE_RANGE_INVALID");
}

#[test]
fn shadow_attacks_are_refused() {
    let scene = Scene::new();
    let signed = sign_by(&scene, &document(), visible([300.0, 50.0, 500.0, 120.0]));
    let text = String::from_utf8_lossy(&signed).into_owned();
    let font: u32 = text[..text.find("/Type /FontDescriptor").expect("a font")]
        .rsplit("endobj\n")
        .next()
        .and_then(|o| o.split(' ').next()?.parse().ok())
        .expect("a number");
    let shorter = body(&signed, font).replace("/FontFile2", "/FontFile9");
    refused(&scene, "font replaced", &update(&signed, &[(font, &shorter)], None), "shadow-replace");
    refused(&scene, "font taken away", &update(&signed, &[(font, "")], None), "PAGE_CONTENT_CHANGED");

    let field = {
        let bytes = signed.clone();
        let parsed = Document::open(&bytes).expect("opens");
        parsed.signatures().expect("reads").remove(0).field.id.expect("an object").number
    };
    let look = body(&signed, field).replacen("<<", "<< /MK <</CA(X)>> ", 1);
    refused(&scene, "stamp changed", &update(&signed, &[(field, &look)], None), "SIGNATURE_FIELD_CHANGED");
    let moved = body(&signed, field).replace("/Rect", "/Rekt");
    refused(&scene, "stamp hidden", &update(&signed, &[(field, &moved)], None), "SIGNATURE_FIELD_CHANGED");

    for (read_only, reason) in [(true, "FIELD_READ_ONLY"), (false, "APPEARANCE_ONLY")] {
        let signed = with_text_field(&scene, read_only);
        let bytes = signed.clone();
        let parsed = Document::open(&bytes).expect("opens");
        let fields = parsed.view().fields().expect("reads");
        let number = fields.iter().find(|f| f.name == "So").and_then(|f| f.id).expect("an object").number;
        let dictionary = body(&signed, number);
        let look = &dictionary[dictionary.find("/N").expect("an appearance") + 2..];
        let look: u32 = look.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a reference");
        let drawing = "<</Type/XObject/Subtype/Form/BBox[0 0 60 15]/Length 1>>\nstream\nn\nendstream";
        refused(&scene, reason, &update(&signed, &[(look, drawing)], None), reason);
    }
}

/// The decision with one more content stream whose object stands, by the cross-reference table, at `at`.
fn announcing(at: usize) -> Vec<u8> {
    let base = document();
    let (page, content) = page(&base);
    let drawn =
        body(&base, page).replace(&format!("/Contents {content} 0 R"), &format!("/Contents [{content} 0 R 700 0 R]"));
    let mut out = base.clone();
    let rows = format!("700 1\n{at:010} 00000 n \n{page} 1\n{:010} 00000 n \n", out.len());
    out.extend_from_slice(format!("{page} 0 obj\n{drawn}\nendobj\n").as_bytes());
    finish(&base, out, &rows, None)
}

#[test]
fn an_object_announced_before_and_written_after_signing_is_refused() {
    const AT: usize = 400_000;
    let scene = Scene::new();
    let signed = scene_sign(&scene, &announcing(AT));
    // A later revision lists another object, inside which the announced one comes to stand.
    let head = "<</Length 300000>>\nstream\n";
    let mut out = signed.clone();
    let rows = format!("801 1\n{:010} 00000 n \n", out.len());
    out.extend_from_slice(format!("801 0 obj\n{head}").as_bytes());
    let start = out.len();
    out.resize(AT, b' ');
    out.extend_from_slice(format!("700 0 obj\n{CONTENT}\nendobj\n").as_bytes());
    out.resize(start + 300_000, b' ');
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let attacked = finish(&signed, out, &rows, None);
    refused(&scene, "announced", &attacked, "OBJECT_COMPLETED_LATER");
}

#[test]
fn a_stream_that_a_later_revision_makes_longer_is_refused() {
    const LENGTH: usize = 300_000;
    let scene = Scene::new();
    let base = document();
    let (page, content) = page(&base);
    let drawn =
        body(&base, page).replace(&format!("/Contents {content} 0 R"), &format!("/Contents [{content} 0 R 700 0 R]"));
    let long = format!("<</Length {LENGTH}>>\nstream\nn\nendstream");
    let prepared = update(&base, &[(page, &drawn), (700, &long)], None);
    let signed = scene_sign(&scene, &prepared);
    let start = prepared.windows(11).rposition(|w| w == b"stream\nn\nen").expect("the stream") + 7;
    let mut out = signed.clone();
    let rows = format!("801 1\n{:010} 00000 n \n", out.len());
    out.extend_from_slice(b"801 0 obj\n<</Length 100000>>\nstream\n");
    out.resize(start + LENGTH, b' ');
    out.extend_from_slice(b"\nendstream endobj endstream\nendobj\n");
    let attacked = finish(&signed, out, &rows, None);
    refused(&scene, "longer", &attacked, "OBJECT_COMPLETED_LATER");
}

fn scene_sign(scene: &Scene, file: &[u8]) -> Vec<u8> {
    sign(file, &scene.authority, &scene.leader, None)
}

#[test]
fn certification_attacks_are_refused() {
    use congvan::pdf::Permission;
    let scene = Scene::new();
    let stranger = Scene::new();
    for (permission, reason) in
        [(Permission::NoChanges, "NO_CHANGES_PERMITTED"), (Permission::FillForms, "ANNOTATION_NOT_PERMITTED")]
    {
        let mut certify = visible([300.0, 50.0, 500.0, 120.0]);
        certify.kind = SignatureKind::Certification(permission);
        let signed = sign_by(&scene, &document(), certify);
        passes(&scene, "certified", &signed);
        refused(&scene, "annotation", &with_annotation(&signed, OVERLAY), reason);
        if permission == Permission::FillForms {
            let over = sign_by(&stranger, &signed, visible([0.0, 0.0, 595.0, 842.0]));
            refused(&scene, "a stranger's stamp over everything", &over, "STAMP_OVERLAPS");
        }
    }
}

#[test]
fn a_later_signature_nobody_vouches_for_leaves_the_earlier_open() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let over = sign_by(&Scene::new(), &signed, visible([0.0, 0.0, 595.0, 842.0]));
    refused(&scene, "foreign", &over, "STAMP_OVERLAPS");
}

#[test]
fn a_document_time_stamp_that_draws_over_the_page_leaves_the_signature_open() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let stamp = |rect: Option<[f64; 4]>| {
        let mut request = rect.map_or_else(request, visible);
        request.kind = SignatureKind::DocTimeStamp;
        request.claimed_time = None;
        let file = signed.clone();
        let parsed = Document::open(&file).expect("opens");
        let prepared = congvan::sign::pades::prepare(&parsed, request).expect("prepares");
        let mut covered = Vec::new();
        prepared.for_each_chunk(&file, &mut |piece| covered.extend_from_slice(piece)).expect("memory");
        let token = token(&scene.authority, &covered, NOW.plus(10), TsaFault::None);
        [&signed[..], &prepared.embed(&token).expect("fits").bytes].concat()
    };
    passes(&scene, "invisible", &stamp(None));
    refused(&scene, "visible", &stamp(Some([100.0, 300.0, 400.0, 600.0])), "DOC_TIME_STAMP_VISIBLE");
}

#[test]
fn two_later_signatures_of_one_name_are_settled_by_the_worse() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let second = sign_by(&scene, &signed, visible([300.0, 50.0, 500.0, 120.0]));
    let third = sign_by(&Scene::new(), &second, visible([0.0, 0.0, 595.0, 842.0]));
    let verdicts = scene.judge_all(&third, &Setting::at(NOW.plus(60)));
    assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "a stranger's stamp covers all of them");
    // Renamed to the good one's name in place: its own byte range breaks, and so must what it stands for.
    let renamed = replaced(&third, "(Signature3)", "(Signature2)");
    let verdicts = scene.judge_all(&renamed, &Setting::at(NOW.plus(60)));
    assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "one name for both");
}

#[test]
fn cross_reference_tricks_are_refused() {
    let scene = Scene::new();
    let signed = scene.sign(None);
    let (_, content) = page(&signed);
    let forged = format!("{content} 0 obj\n{CONTENT}\nendobj\n");
    refused(&scene, "object after the end", &[&signed[..], forged.as_bytes()].concat(), "BYTES_AFTER_END");

    // A second row for the same object in one section.
    let mut out = signed.clone();
    let first = out.len();
    out.extend_from_slice(b"801 0 obj\nnull\nendobj\n");
    let second = out.len();
    out.extend_from_slice(forged.as_bytes());
    let rows = format!(
        "801 1\n{first:010} 00000 n \n{content} 1\n{second:010} 00000 n \n{content} 1\n{second:010} 00000 n \n"
    );
    refused(&scene, "twice in a table", &finish(&signed, out, &rows, None), "KNOWN_ATTACK");
    // The last pointer damaged: readers that rebuild would show the forged object.
    let changed = update(&signed, &[(content, CONTENT)], None);
    let at = changed.windows(9).rposition(|w| w == b"startxref").expect("one");
    let damaged = [&changed[..at], b"startxref\n7\n%%EOF\n"].concat();
    if let Ok(collected) = congvan::validate::pdf::collect(&damaged, None) {
        assert!(collected.candidates.iter().all(|c| !c.breaches.is_empty()), "rebuilt");
    }
}

#[test]
fn a_hybrid_file_that_shows_other_content_to_new_readers_is_refused() {
    let scene = Scene::new();
    let base = document();
    let (_, content) = page(&base);
    // The stream's table frees nothing for old readers; new ones get another content for the same number.
    let mut out = base.clone();
    let forged = out.len();
    out.extend_from_slice(format!("{content} 0 obj\n{CONTENT}\nendobj\n").as_bytes());
    let stream = out.len();
    let mut row = vec![1u8];
    row.extend_from_slice(&u32::try_from(forged).expect("small").to_be_bytes());
    row.extend_from_slice(&[0, 0]);
    let head = format!("802 0 obj\n<</Type/XRef/Size 900/W[1 4 2]/Index[{content} 1]/Length {}>>\nstream\n", row.len());
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&row);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let hybrid = finish(&base, out, "0 1\n0000000000 65535 f \n", None);
    let at = hybrid.windows(6).rposition(|w| w == b"/Prev ").expect("one");
    let hybrid = [&hybrid[..at], format!("/XRefStm {stream}").as_bytes(), &hybrid[at..]].concat();
    let signed = scene_sign(&scene, &hybrid);
    refused(&scene, "hybrid", &signed, "STRUCTURE_AMBIGUOUS");
}
