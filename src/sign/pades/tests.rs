//! Signatures in every form of file, and what earlier ones forbid.

use super::*;
use crate::pdf::incremental::UpdateError;
use crate::pdf::signature_field::FieldSelection;
use crate::pdf::testing::{FORMS, Form, document, document_with};
use crate::pdf::{Object, PdfError, SubFilter};
use crate::sign::seed_value::Asked;

// An empty SEQUENCE stands for a CMS value.
const CMS: [u8; 2] = [0x30, 0x00];

fn signed(file: &[u8], request: PadesRequest<'_>) -> Result<Vec<u8>, PadesError> {
    let file = file.to_vec();
    let document = Document::open(&file)?;
    let update = prepare(&document, request)?.embed(&CMS)?;
    let mut out = Vec::new();
    update.write_to(&file, &mut out).expect("memory");
    Ok(out)
}

fn request<'r>() -> PadesRequest<'r> {
    PadesRequest { claimed_time: Some(UnixTime(1_772_694_429)), reason: Some("Ký duyệt"), ..PadesRequest::new(100) }
}

#[test]
fn every_form_of_file_keeps_its_bytes_and_gets_a_sound_signature() {
    for form in FORMS {
        let file = document(form, "", "");
        let once = signed(&file, request()).expect("signs");
        assert!(once.starts_with(&file), "{form:?}");
        let twice = signed(&once, request()).expect("signs");
        let document = Document::open(&twice).expect("opens");
        let found = document.signatures().expect("reads");
        let names: Vec<&str> = found.iter().map(|s| s.field.name.as_str()).collect();
        assert_eq!(names, ["Signature1", "Signature2"], "{form:?}");
        for (at, field) in found.iter().enumerate() {
            let signature = field.signature.as_ref().expect("signed");
            assert!(signature.coverage.is_sound(), "{form:?} {:?}", signature.coverage);
            assert_eq!(signature.coverage.revision, Some(at + 1));
            assert_eq!(signature.coverage.whole_file, at == 1);
            assert_eq!(signature.value.sub_filter, SubFilter::EtsiCadesDetached);
            assert_eq!(signature.value.reason.as_deref(), Some("Ký duyệt"));
            assert_eq!(signature.value.claimed_time, Some(UnixTime(1_772_694_429)));
            assert!(signature.value.certificates.is_empty());
            assert_eq!(field.field.widgets.iter().map(|w| w.page).collect::<Vec<_>>(), [Some(1)]);
        }
        assert_eq!(document.oddities(), [], "{form:?}");
    }
}

#[test]
fn the_digest_is_that_of_the_ranges_in_the_finished_file() {
    let file = document(Form::Table, "", "");
    let open = Document::open(&file).expect("opens");
    let prepared = prepare(&open, request()).expect("prepares");
    let digest = prepared.digest(&file, DigestAlgorithm::Sha256).expect("memory");
    let mut begun = DigestAlgorithm::Sha256.hasher();
    begun.update(&file);
    assert_eq!(prepared.digest_after(begun).expect("laid out"), digest);
    let range = prepared.byte_range().clone();
    let mut out = Vec::new();
    prepared.embed(&CMS).expect("fits").write_to(&file, &mut out).expect("memory");
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    range.for_each_chunk(&out, &mut |piece| hasher.update(piece)).expect("inside");
    assert_eq!(hasher.finish(), digest);
    assert_eq!(
        Some(range),
        Document::open(&out).expect("opens").signatures().expect("reads")[0]
            .signature
            .as_ref()
            .expect("signed")
            .coverage
            .range
            .clone()
    );
}

#[test]
fn a_value_one_byte_too_long_is_refused_with_the_size_it_needs() {
    let file = document(Form::Table, "", "");
    let open = Document::open(&file).expect("opens");
    let prepared = prepare(&open, request()).expect("prepares");
    assert!(prepared.clone().embed(&[0x30; 100]).is_ok());
    let refused = prepared.embed(&[0x30; 101]);
    assert!(matches!(refused, Err(PadesError::ContentsTooSmall { needed: 101, reserved: 100 })));
}

#[test]
fn a_leaders_fields_are_filled_and_signed_by_the_seal() {
    for form in FORMS {
        let rect = Rect { x0: 100.0, y0: 700.0, x1: 200.0, y1: 715.0 };
        let text = |name| ExtraField {
            name,
            label: Some("Số"),
            page: 1,
            rect: Some(rect),
            kind: ExtraFieldKind::Text { value: None, read_only: false },
            appearance: None,
        };
        let seal = ExtraField { name: "Seal", kind: ExtraFieldKind::Signature { lock: None }, ..text("") };
        let leader = PadesRequest { add_fields: vec![text("Number"), text("Date"), seal], ..request() };
        let once = signed(&document(form, "", ""), leader).expect("signs");
        let value = |name, value| FieldValue { name, value, read_only: true, appearance: None };
        let sealing = PadesRequest {
            target: Target::Existing("Seal"),
            fill_fields: vec![value("Number", "15/QĐ-UBND"), value("Date", "05/03/2026")],
            ..request()
        };
        let twice = signed(&once, sealing.clone()).expect("signs");
        let document = Document::open(&twice).expect("opens");
        let fields = document.view().fields().expect("reads");
        let number = fields.iter().find(|f| f.name == "Number").expect("there");
        assert_eq!(number.flags, 1);
        let shown = number.value.as_ref().and_then(Object::as_string).expect("a string");
        assert_eq!(crate::pdf::object::text_string(&shown.bytes), "15/QĐ-UBND");
        let found = document.signatures().expect("reads");
        assert!(found.iter().all(|f| f.signature.as_ref().is_some_and(|s| s.coverage.is_sound())));
        assert!(matches!(signed(&twice, sealing), Err(PadesError::AlreadySigned(_))));
    }
}

#[test]
fn fields_that_are_not_there_or_already_there_are_named() {
    let file = document(Form::Table, "", "");
    let target = |target| PadesRequest { target, ..request() };
    assert!(matches!(signed(&file, target(Target::Existing("X"))), Err(PadesError::NoSuchField(_))));
    let new = |name| Target::New { name: Some(name), page: 1, rect: None, lock: None };
    assert!(matches!(signed(&file, target(new("a.b"))), Err(PadesError::BadName(_))));
    let once = signed(&file, target(new("A"))).expect("signs");
    assert!(matches!(signed(&once, target(new("A"))), Err(PadesError::NameTaken(_))));
    let page = Target::New { name: None, page: 2, rect: None, lock: None };
    assert!(matches!(
        signed(&file, target(page)),
        Err(PadesError::Update(UpdateError::Pdf(PdfError::NoSuchPage { asked: 2, pages: 1 })))
    ));
}

#[test]
fn a_certification_is_honoured_and_must_come_first() {
    let certify = |permission| PadesRequest { kind: SignatureKind::Certification(permission), ..request() };
    let file = document(Form::Stream, "", "");
    let approved = signed(&file, request()).expect("signs");
    assert!(matches!(signed(&approved, certify(Permission::FillForms)), Err(PadesError::NotFirst(_))));
    let closed = signed(&file, certify(Permission::NoChanges)).expect("signs");
    assert!(matches!(signed(&closed, request()), Err(PadesError::Certified { .. })));
    let stamped = PadesRequest { kind: SignatureKind::DocTimeStamp, ..request() };
    let stamped = signed(&closed, stamped).expect("a time-stamp is allowed");
    let found = Document::open(&stamped).expect("opens").signatures().expect("reads");
    let last = found[1].signature.as_ref().expect("signed");
    assert_eq!(last.value.sub_filter, SubFilter::EtsiRfc3161);
    assert_eq!(last.value.claimed_time, None);
    let open = signed(&file, certify(Permission::FillForms)).expect("signs");
    let document = Document::open(&open).expect("opens");
    assert_eq!(
        document.signatures().expect("reads")[0].signature.as_ref().expect("signed").value.references[0].transform,
        Transform::DocMdp(Permission::FillForms)
    );
    assert!(document.view().catalog().expect("there").1.has("Perms"));
    assert!(signed(&open, request()).is_ok());
}

#[test]
fn a_locked_field_is_not_filled() {
    let catalog = "/AcroForm<</Fields[10 0 R 11 0 R]>>";
    let field = "<</FT/Tx/T(Number)/Type/Annot/Subtype/Widget/Rect[0 0 10 10]/P 3 0 R>>";
    let seal = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R\
                /Lock<</Type/SigFieldLock/Action/Include/Fields[(Number)]>>>>";
    let file = document_with(Form::Table, catalog, "/Annots[10 0 R 11 0 R]", &[(10, field), (11, seal)]);
    let once = signed(&file, PadesRequest { target: Target::Existing("Sig"), ..request() }).expect("signs");
    let value = FieldValue { name: "Number", value: "1", read_only: false, appearance: None };
    let fill = PadesRequest { fill_fields: vec![value], ..request() };
    assert!(signed(&file, fill.clone()).is_ok());
    assert!(matches!(signed(&once, fill), Err(PadesError::FieldLocked { .. })));
    assert!(signed(&once, request()).is_ok());
    let found = Document::open(&once).expect("opens").signatures().expect("reads");
    assert_eq!(
        found[0].signature.as_ref().expect("signed").value.references[0].transform,
        Transform::FieldMdp(crate::pdf::FieldSelection::Include(vec!["Number".into()]))
    );
}

#[test]
fn a_field_that_must_lock_the_document_gets_a_lock_and_its_signature_locks_every_field() {
    let field = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R\
                 /SV<</Type/SV/Ff 128/LockDocument/true>>>>";
    for form in [Form::Table, Form::Compressed] {
        let file = document_with(form, "/AcroForm<</Fields[11 0 R]>>", "/Annots[11 0 R]", &[(11, field)]);
        let target = || PadesRequest { target: Target::Existing("Sig"), ..request() };
        let refused = signed(&file, target());
        assert!(matches!(refused, Err(PadesError::SeedValue { asked: Asked::LockedDocument, .. })), "{refused:?}");
        let locked = PadesRequest { locks_document: true, encoding: Encoding::Pkcs7, ..target() };
        let once = signed(&file, locked).expect("signs");
        let document = Document::open(&once).expect("opens");
        let found = document.signatures().expect("reads").remove(0);
        let all = FieldLock { fields: FieldSelection::All, permission: Some(Permission::NoChanges) };
        assert_eq!(found.lock, Some(all));
        let value = &found.signature.as_ref().expect("signed").value;
        assert_eq!(value.sub_filter, SubFilter::AdbePkcs7Detached);
        assert!(matches!(value.references[0].transform, Transform::FieldMdp(FieldSelection::All)));
        assert!(matches!(signed(&once, request()), Err(PadesError::Certified { .. })));
    }
}

#[test]
fn a_seed_value_that_asks_for_another_format_refuses() {
    let seal = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R\
                /SV<</Type/SV/Ff 2/SubFilter[/adbe.pkcs7.detached]>>>>";
    let file = document_with(Form::Table, "/AcroForm<</Fields[11 0 R]>>", "/Annots[11 0 R]", &[(11, seal)]);
    let refused = signed(&file, PadesRequest { target: Target::Existing("Sig"), ..request() });
    assert!(matches!(refused, Err(PadesError::SeedValue { .. })));
}

#[test]
fn a_damaged_file_is_refused_even_where_it_can_be_read() {
    let file = document(Form::Table, "", "");
    let at = file.windows(9).rposition(|w| w == b"startxref").expect("there");
    let damaged = [&file[..at], b"startxref\n7\n%%EOF\n"].concat();
    assert!(matches!(Document::open(&damaged), Err(PdfError::XrefDamaged { .. })));
    let options = crate::pdf::OpenOptions { password: None, repair: crate::pdf::Repair::Scan };
    let document = Document::open_with(&damaged, options).expect("scans");
    assert_eq!(document.view().pages().expect("reads").len(), 1);
    assert!(matches!(prepare(&document, request()), Err(PadesError::Update(UpdateError::Damaged))));
}
