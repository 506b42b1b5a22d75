//! Documents changed after signing, each with the judgement it must have.

use super::*;
use crate::pdf::ObjectId;
use crate::pdf::testing::{Builder, FORMS, Form, document_with};

const FIELD: &str =
    "<</FT/Tx/T(Number)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/DA(/F1 9 Tf)/AP<</N 12 0 R>>>>";
const FORM: &str = "<</Fields[20 0 R 10 0 R]/SigFlags 3>>";
const PAGE: &str = "/Annots[20 0 R 10 0 R]";

// A document with a text field 10, its appearance 12, a form 11, and a signature field 20 with signature 21 that
// covers everything. `terms` are added to the signature dictionary, `field` to its field.
pub(super) fn signed(form: Form, terms: &str, field: &str) -> Vec<u8> {
    signed_with(form, terms, field, &[])
}

pub(super) fn signed_with(form: Form, terms: &str, field: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let base = document_with(form, "/AcroForm 11 0 R", PAGE, &[(10, FIELD), (11, FORM)]);
    let field = format!("<</FT/Sig/T(First)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 21 0 R{field}>>");
    let appearance = |builder: &mut Builder| {
        builder.stream(12, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"q Q");
        builder.object(20, &field);
        for (number, body) in more {
            builder.object(*number, body);
        }
    };
    signature(&base, 21, terms, form, appearance)
}

// Appends a revision with a signature dictionary whose range covers all of the result.
pub(super) fn signature(base: &[u8], number: u32, terms: &str, form: Form, with: impl FnOnce(&mut Builder)) -> Vec<u8> {
    let mut builder = Builder::after(base);
    with(&mut builder);
    let range = " ".repeat(60);
    let body = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached{terms}/ByteRange {range}/Contents <3000{}>>>",
        "0".repeat(60)
    );
    builder.object(number, &body);
    let file = end(builder, base, form, number + 80);
    let at = |pattern: &[u8], from: usize| {
        from + file[from..].windows(pattern.len()).position(|w| w == pattern).expect("there")
    };
    let dictionary = at(format!("{number} 0 obj").as_bytes(), base.len());
    let range_at = at(b"/ByteRange ", dictionary) + 11;
    let hole = at(b"/Contents <", dictionary) + 10;
    let hole_end = at(b">", hole) + 1;
    let text = format!("[0 {hole} {hole_end} {}]", file.len() - hole_end);
    let mut file = file;
    file[range_at..range_at + text.len()].copy_from_slice(text.as_bytes());
    file
}

fn end(mut builder: Builder, base: &[u8], form: Form, xref: u32) -> Vec<u8> {
    let previous = Document::open(&base.to_vec()).expect("opens").start_xref();
    let trailer = format!("/Root 1 0 R/Size 200/Prev {previous}");
    if matches!(form, Form::Table | Form::Hybrid) {
        return builder.table(&trailer);
    }
    let at = builder.xref_stream(xref, &trailer, &[]);
    builder.end(at)
}

// Appends objects in one more revision.
pub(super) fn changed(base: &[u8], form: Form, objects: &[(u32, &str)]) -> Vec<u8> {
    let mut builder = Builder::after(base);
    for (number, body) in objects {
        builder.object(*number, body);
    }
    end(builder, base, form, 150)
}

pub(super) fn diff(file: &[u8]) -> Diff {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    let signatures = document.signatures().expect("reads");
    let index = signatures.iter().position(|s| s.field.name == "First").expect("there");
    let first = signatures[index].signature.as_ref().expect("signed");
    assert!(first.coverage.is_sound(), "{:?}", first.coverage);
    Analysis::new(&document, &signatures).expect("walks").changes_after(index).expect("compares")
}

fn verdict(file: &[u8]) -> (Judged, Vec<&'static str>) {
    let diff = diff(file);
    (diff.settle(&|_| LaterSignature::Passed), diff.changes.iter().map(|c| c.code).collect())
}

#[test]
fn nothing_after_the_signature_is_no_change() {
    for form in FORMS {
        assert_eq!(diff(&signed(form, "", "")), Diff::default(), "{form:?}");
    }
}

#[test]
fn filling_an_unlocked_field_is_allowed() {
    let filled = FIELD.replace("/AP<<", "/V(15)/Ff 1/AP<<");
    for form in FORMS {
        let file = changed(&signed(form, "", ""), form, &[(10, &filled)]);
        assert_eq!(verdict(&file), (Judged::Allowed, vec!["FIELD_FILLED"]), "{form:?}");
        let found = diff(&file);
        assert_eq!(found.changes[0].page, Some(1));
        assert_eq!(found.changes[0].field.as_deref(), Some("Number"));
        assert_eq!(found.changes[0].revision, Some(2));
    }
}

#[test]
fn a_locked_or_read_only_or_moved_field_is_forbidden() {
    let filled = FIELD.replace("/AP<<", "/V(15)/AP<<");
    let lock = "/Lock<</Type/SigFieldLock/Action/Include/Fields[(Number)]>>";
    let file = changed(&signed(Form::Table, "", lock), Form::Table, &[(10, &filled)]);
    assert_eq!(verdict(&file), (Judged::Forbidden, vec!["FIELD_LOCKED"]));
    let mdp = "/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]";
    let file = changed(&signed(Form::Table, mdp, ""), Form::Table, &[(10, &filled)]);
    assert_eq!(verdict(&file), (Judged::Forbidden, vec!["FIELD_LOCKED"]));

    let read_only = FIELD.replace("/AP<<", "/Ff 1/AP<<");
    let base = signed_with(Form::Table, "", "", &[(10, &read_only)]);
    let file = changed(&base, Form::Table, &[(10, &read_only.replace("/AP<<", "/V(16)/AP<<"))]);
    assert_eq!(verdict(&file), (Judged::Forbidden, vec!["FIELD_READ_ONLY"]));

    let moved = FIELD.replace("[10 10 90 30]", "[10 500 90 530]");
    let file = changed(&signed(Form::Table, "", ""), Form::Table, &[(10, &moved)]);
    assert_eq!(verdict(&file), (Judged::Forbidden, vec!["WIDGET_MOVED"]));
}

#[test]
fn another_look_with_the_same_value_is_not_judged() {
    for form in FORMS {
        let base = signed(form, "", "");
        let mut builder = Builder::after(&base);
        builder.stream(12, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"BT (99) Tj ET");
        let file = end(builder, &base, form, 150);
        assert_eq!(verdict(&file), (Judged::NotJudged, vec!["APPEARANCE_ONLY"]), "{form:?}");
        assert_eq!(diff(&file).changes[0].attack, Some(Attack::ShadowReplace));
    }
}

#[test]
fn content_pages_fonts_and_catalog_are_forbidden_and_the_attack_has_a_name() {
    for form in FORMS {
        let base = signed(form, "", "");
        let mut builder = Builder::after(&base);
        builder.stream(4, "", b"BT /F1 24 Tf 72 720 Td (Changed) Tj ET");
        let file = end(builder, &base, form, 150);
        assert_eq!(verdict(&file), (Judged::Forbidden, vec!["PAGE_CONTENT_CHANGED"]), "{form:?}");
        assert_eq!(diff(&file).changes[0].attack, Some(Attack::IncrementalSaving));

        let font = changed(&base, form, &[(5, "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>")]);
        assert_eq!(verdict(&font), (Judged::Forbidden, vec!["PAGE_CONTENT_CHANGED"]), "{form:?}");
        assert_eq!(diff(&font).changes[0].attack, Some(Attack::ShadowReplace));

        let tree =
            changed(&base, form, &[(2, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2/MediaBox[0 0 595.276 841.89]>>")]);
        assert!(verdict(&tree).1.contains(&"PAGE_TREE_CHANGED"), "{form:?}");

        let open = "<</Type/Catalog/Pages 2 0 R/AcroForm 11 0 R/OpenAction<</S/JavaScript/JS(x)>>>>";
        assert_eq!(
            verdict(&changed(&base, form, &[(1, open)])),
            (Judged::Forbidden, vec!["ACTION_CHANGED"]),
            "{form:?}"
        );
    }
}

#[test]
fn an_object_the_page_already_named_but_only_came_later_is_content() {
    let base = signed_with(
        Form::Table,
        "",
        "",
        &[(3, "<</Type/Page/Parent 2 0 R/Contents[4 0 R 50 0 R]/Annots[20 0 R 10 0 R]>>")],
    );
    let mut builder = Builder::after(&base);
    builder.stream(50, "", b"BT (hidden until now) Tj ET");
    let file = end(builder, &base, Form::Table, 150);
    assert_eq!(verdict(&file), (Judged::Forbidden, vec!["PAGE_CONTENT_CHANGED"]));
}

#[test]
fn a_catalog_that_lay_ready_in_the_signed_bytes_is_hide_and_replace() {
    let base = signed_with(
        Form::Table,
        "",
        "",
        &[(30, "<</Type/Catalog/Pages 31 0 R/AcroForm 11 0 R>>"), (31, "<</Type/Pages/Kids[]/Count 0>>")],
    );
    let previous = Document::open(&base).expect("opens").start_xref();
    let file = Builder::after(&base).table(&format!("/Root 30 0 R/Size 200/Prev {previous}"));
    let file_view = file.clone();
    let document = Document::open(&file_view).expect("opens");
    let signatures = document.signatures().expect("reads");
    let found = Analysis::new(&document, &signatures).expect("walks").changes_after(0).expect("compares");
    let root = found.changes.iter().find(|c| c.code == "ROOT_REPLACED").expect("told");
    assert_eq!((root.judged, root.attack), (Judged::Forbidden, Some(Attack::ShadowHideAndReplace)));
}

#[test]
fn an_entry_led_to_other_signed_bytes_is_hide_and_replace() {
    let base = signed_with(
        Form::Table,
        "",
        "",
        &[(30, "<</Note(5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Symbol>> endobj)>>")],
    );
    let at = base.windows(8).rposition(|w| w == b"5 0 obj ").expect("there");
    let mut builder = Builder::after(&base);
    builder.offsets.push((5, at));
    let file = end(builder, &base, Form::Table, 150);
    let found = diff(&file);
    let redirected = found.changes.iter().find(|c| c.code == "XREF_REDIRECTED").expect("told");
    assert_eq!(redirected.object, Some(ObjectId::new(5)));
    assert_eq!(redirected.attack, Some(Attack::ShadowHideAndReplace));
    assert_eq!(verdict(&file).0, Judged::Forbidden);
}

#[test]
fn a_replaced_object_stream_changes_what_was_in_it() {
    let base = signed(Form::Compressed, "", "");
    let document = Document::open(&base).expect("opens");
    let crate::pdf::xref::Entry::Compressed { stream, .. } = document.view().entry(5) else { panic!("compressed") };
    let container = document.view().get(ObjectId::new(stream)).expect("reads");
    let container = container.as_stream().expect("a stream");
    let data = document.view().stream_data(container, 1 << 20).expect("decodes");
    let text = String::from_utf8(data).expect("text").replace("/BaseFont/Helvetica", "/BaseFont/Symbol   ");
    let first = container.dictionary.integer("First").expect("there");
    let count = container.dictionary.integer("N").expect("there");
    let mut builder = Builder::after(&base);
    builder.stream(stream, &format!("/Type/ObjStm/N {count}/First {first}"), text.as_bytes());
    let file = end(builder, &base, Form::Compressed, 150);
    let (judged, codes) = verdict(&file);
    assert_eq!(judged, Judged::Forbidden);
    assert!(codes.contains(&"PAGE_CONTENT_CHANGED"), "{codes:?}");
}

#[test]
fn annotations_are_not_judged_and_under_permission_two_forbidden() {
    let page = |base: &str| {
        format!(
            "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[20 0 R 10 0 R{base}]>>"
        )
    };
    let note = "<</Type/Annot/Subtype/FreeText/Rect[0 0 500 500]/Contents(over)>>";
    let certify = |p| format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {p}>>>>]");
    for (terms, judged, code, attack) in [
        (String::new(), Judged::NotJudged, "ANNOTATION_ADDED", None),
        (certify(3), Judged::NotJudged, "ANNOTATION_ADDED", Some(Attack::EvilAnnotation)),
        (certify(2), Judged::Forbidden, "ANNOTATION_NOT_PERMITTED", Some(Attack::EvilAnnotation)),
        (certify(1), Judged::Forbidden, "NO_CHANGES_PERMITTED", Some(Attack::EvilAnnotation)),
    ] {
        let file = changed(&signed(Form::Table, &terms, ""), Form::Table, &[(3, &page(" 60 0 R")), (60, note)]);
        assert_eq!(verdict(&file), (judged, vec![code]), "{terms}");
        let found = diff(&file);
        assert_eq!(found.changes[0].attack, attack, "{terms}");
        assert!(found.changes[0].rect.is_some());
    }
    let removed = changed(
        &signed(Form::Table, "", ""),
        Form::Table,
        &[(3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[20 0 R]>>")],
    );
    assert_eq!(verdict(&removed), (Judged::Forbidden, vec!["WIDGET_REMOVED"]));
}

#[test]
fn what_an_old_annotation_newly_draws_is_told() {
    let page = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[20 0 R 10 0 R 60 0 R]>>";
    let note = "<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]/AP<</N 61 0 R>>>>";
    let base = signed_with(Form::Table, "", "", &[(3, page), (60, note)]);
    let mut builder = Builder::after(&base);
    builder.stream(61, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"f");
    let file = end(builder, &base, Form::Table, 150);
    assert_eq!(verdict(&file), (Judged::NotJudged, vec!["ANNOTATION_CHANGED"]));
}

#[test]
fn later_signatures_count_as_they_fare_themselves() {
    let base = signed(Form::Table, "", "");
    let second = |name: &str, rect: &str| {
        let field = format!("<</FT/Sig/T({name})/Type/Annot/Subtype/Widget/Rect[{rect}]/P 3 0 R/V 71 0 R>>");
        let page =
            "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[20 0 R 10 0 R 70 0 R]>>";
        signature(&base, 71, "", Form::Table, |builder| {
            builder.object(3, page).object(70, &field).object(11, "<</Fields[20 0 R 10 0 R 70 0 R]/SigFlags 3>>");
        })
    };
    let found = diff(&second("Second", "0 0 300 500"));
    assert_eq!(found.changes.len(), 1, "{found:?}");
    assert_eq!(found.changes[0].judged, Judged::IfPassed);
    assert_eq!(found.changes[0].overlaps, ["Number"]);
    assert_eq!(found.settle(&|_| LaterSignature::Passed), Judged::Allowed);
    assert_eq!(found.settle(&|_| LaterSignature::Indeterminate), Judged::NotJudged);
    assert_eq!(found.settle(&|_| LaterSignature::Failed), Judged::Forbidden);
    assert_eq!(verdict(&second("Number", "0 0 0 0")), (Judged::Forbidden, vec!["FIELD_REPLACED"]));
    let all_over = diff(&second("Second", "0 0 595 841"));
    assert!(all_over.changes[0].overlaps.contains(&"page".to_owned()));
    // What is written under the stamp is told, and what stands beside it is not.
    assert_eq!(diff(&second("Second", "60 700 200 760")).changes[0].overlaps, ["\"Quyet dinh\""]);
    assert!(diff(&second("Second", "300 700 400 760")).changes[0].overlaps.is_empty());
    assert!(diff(&second("Second", "60 770 200 800")).changes[0].overlaps.is_empty());
}

#[test]
fn a_stamp_over_an_annotation_or_text_that_runs_sideways_says_so() {
    let page =
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[20 0 R 10 0 R 30 0 R 31 0 R";
    let text = "BT /F1 24 Tf 72 720 Td (Quyet dinh) Tj ET BT /F1 12 Tf 0 1 -1 0 500 300 Tm (Thang dung) Tj ET";
    let content = format!("<</Length {}>>\nstream\n{text}\nendstream", text.len());
    let signed_page = format!("{page}]>>");
    let more = [
        (3, signed_page.as_str()),
        (4, content.as_str()),
        (30, "<</Type/Annot/Subtype/Link/Rect[300 500 350 520]>>"),
        (31, "<</Type/Annot/Subtype/Popup/Rect[300 500 350 520]>>"),
    ];
    let base = signed_with(Form::Table, "", "", &more);
    let stamped = |rect: &str| {
        let field = format!("<</FT/Sig/T(Second)/Type/Annot/Subtype/Widget/Rect[{rect}]/P 3 0 R/V 71 0 R>>");
        let file = signature(&base, 71, "", Form::Table, |builder| {
            builder.object(3, &format!("{page} 70 0 R]>>")).object(70, &field);
            builder.object(11, "<</Fields[20 0 R 10 0 R 70 0 R]/SigFlags 3>>");
        });
        let found = diff(&file);
        assert_eq!(found.changes.len(), 1, "{found:?}");
        found.changes[0].overlaps.clone()
    };
    assert_eq!(stamped("340 510 400 600"), ["annotation Link"]);
    assert!(stamped("351 521 400 600").is_empty());
    assert_eq!(stamped("480 310 510 330"), ["\"Thang dung\""]);
    assert!(stamped("510 310 540 330").is_empty());
    assert_eq!(stamped("60 700 200 760"), ["\"Quyet dinh\""]);
}

#[test]
fn a_replaced_signature_dictionary_is_wrapping() {
    let base = signed(Form::Table, "", "");
    let at = base.windows(8).rposition(|w| w == b"21 0 obj").expect("there");
    let end_at = at + base[at..].windows(6).position(|w| w == b"endobj").expect("there");
    let body = String::from_utf8(base[at + 9..end_at - 1].to_vec())
        .expect("text")
        .replace("/Type/Sig", "/Type/Sig/Reason(other)");
    let file = changed(&base, Form::Table, &[(21, &body)]);
    let open = Document::open(&file).expect("opens");
    let signatures = open.signatures().expect("reads");
    let coverage = &signatures[0].signature.as_ref().expect("signed").coverage;
    assert!(
        coverage.findings.iter().any(|f| Attack::of_byte_range(f) == Some(Attack::SignatureWrapping)),
        "{coverage:?}"
    );
    let found = Analysis::new(&open, &signatures).expect("walks").changes_after(0).expect("compares");
    assert_eq!(found.changes[0].code, "SIGNATURE_REPLACED");
}

#[test]
fn the_security_store_is_allowed_under_every_permission() {
    let certify = "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]";
    let base = signed(Form::Stream, certify, "");
    let mut builder = Builder::after(&base);
    builder.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 11 0 R/DSS<</Certs[60 0 R]>>>>");
    builder.stream(60, "", b"\x30\x00");
    let file = end(builder, &base, Form::Stream, 150);
    assert_eq!(verdict(&file), (Judged::Allowed, vec!["SECURITY_STORE"]));
    let view = file.clone();
    let document = Document::open(&view).expect("opens");
    let store = document.view().security_store().expect("reads").expect("there");
    assert_eq!(store.certificates, [vec![0x30, 0x00]]);
}

#[test]
fn bytes_after_the_end_are_not_judged_and_objects_there_forbidden() {
    let base = signed(Form::Table, "", "");
    let odd = [&base[..], b"some text\n"].concat();
    assert_eq!(verdict(&odd), (Judged::NotJudged, vec!["BYTES_AFTER_END"]));
    let objects = [&base[..], b"3 0 obj <<>> endobj\n"].concat();
    assert_eq!(verdict(&objects), (Judged::Forbidden, vec!["BYTES_AFTER_END"]));
    let white = [&base[..], b"\n\n  \n"].concat();
    assert_eq!(verdict(&white), (Judged::Allowed, vec![]));
}

#[test]
fn rewriting_an_object_unchanged_is_no_change() {
    for form in FORMS {
        let base = signed(form, "", "");
        let file = changed(&base, form, &[(5, "<</BaseFont/Helvetica /Subtype/Type1 /Type/Font>>"), (10, FIELD)]);
        assert_eq!(verdict(&file), (Judged::Allowed, vec![]), "{form:?}");
    }
}

#[test]
fn objects_that_no_table_leads_to_are_forbidden_and_other_bytes_not_judged() {
    let base = signed(Form::Table, "", "");
    let with = |between: &[u8]| {
        let mut builder = Builder::after(&base);
        builder.object(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
        builder.bytes.extend_from_slice(between);
        builder.object(10, FIELD);
        end(builder, &base, Form::Table, 150)
    };
    assert_eq!(verdict(&with(b"  \n\r\n")), (Judged::Allowed, vec![]));
    assert_eq!(verdict(&with(b"% made by nobody\n")), (Judged::Allowed, vec![]));
    assert_eq!(verdict(&with(b"some text\n")), (Judged::NotJudged, vec!["BYTES_UNLISTED"]));
    for hidden in ["4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n", "% 4 0 obj <<>> endobj\n"] {
        let file = with(hidden.as_bytes());
        assert_eq!(verdict(&file), (Judged::Forbidden, vec!["OBJECT_UNLISTED"]), "{hidden}");
        assert_eq!(diff(&file).changes[0].object, Some(ObjectId::new(4)));
    }
    assert_eq!(verdict(&with(b"trailer <</Root 9 0 R>>\n")).0, Judged::Forbidden);
    // The same object, listed by a revision in between and superseded since, is nothing new.
    let between = changed(&base, Form::Table, &[(5, "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>")]);
    let back = changed(&between, Form::Table, &[(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")]);
    assert_eq!(verdict(&back), (Judged::Allowed, vec![]));
}

#[test]
fn an_object_stream_with_more_than_the_table_lists_is_forbidden() {
    for (numbers, expected) in [("10 0 ", Judged::Allowed), ("10 0 4 5 ", Judged::Forbidden)] {
        let base = signed(Form::Stream, "", "");
        let mut builder = Builder::after(&base);
        let count = numbers.split_whitespace().count() / 2;
        let data = format!("{numbers}{FIELD} null");
        let head = format!("/Type/ObjStm/N {count}/First {}", numbers.len());
        builder.stream(140, &head, data.as_bytes());
        let previous = Document::open(&base).expect("opens").start_xref();
        let trailer = format!("/Root 1 0 R/Size 200/Prev {previous}");
        let at = builder.xref_stream(150, &trailer, &[(10, 140, 0)]);
        let (judged, codes) = verdict(&builder.end(at));
        assert_eq!(judged, expected, "{numbers}: {codes:?}");
        assert_eq!(codes.contains(&"OBJECT_UNLISTED"), expected == Judged::Forbidden);
    }
}

#[test]
fn an_object_used_in_more_places_than_are_kept_counts_as_changed_behaviour() {
    // A new annotation's picture is nobody's business, wherever it is used; beyond the bound nobody knows any more.
    for (uses, expected) in [(200, Judged::NotJudged), (300, Judged::Forbidden)] {
        let list: String = (0..uses).map(|at| format!("{} 0 R ", 300 + at)).collect();
        let page = format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[20 0 R 10 0 R {list}]>>");
        let notes: Vec<(u32, String)> = (0..uses)
            .map(|at| (300 + at, "<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]/AP<</N 61 0 R>>>>".to_owned()))
            .collect();
        let notes: Vec<(u32, &str)> = notes.iter().map(|(number, body)| (*number, body.as_str())).collect();
        let base = signed_with(Form::Table, "", "", &[&[(3, page.as_str())][..], &notes].concat());
        let mut builder = Builder::after(&base);
        builder.stream(61, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"f");
        let file = end(builder, &base, Form::Table, 150);
        assert_eq!(verdict(&file).0, expected, "{uses} uses");
    }
}
