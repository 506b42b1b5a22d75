//! A leader signed with another tool, which prepared no fields: the agency's seal brings number and date in its own
//! update. That is an original; whatever else comes in their name is not allowed, whoever signs it.

use congvan::algorithms::DigestAlgorithm;
use congvan::authority::Identity;
use congvan::pdf::signature_field::FieldSelection;
use congvan::pdf::text::DocumentText;
use congvan::pdf::{Document, FieldLock, Permission, Rect};
use congvan::policy::{Policy, Roles};
use congvan::sign::cades::{CmsRequest, sign as make};
use congvan::sign::pades::{ExtraField, ExtraFieldKind, PadesRequest, SignatureKind, Target};
use congvan::stamp::{blanks, layout};
use congvan::validate::candidate::Judged;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::original::{NotOriginal, Originality, judge};
use congvan::validate::verdict::Verdict;
use congvan::x509::crl::Reason;

use super::attacks::{body, update};
use super::originals::Office;
use super::scene::*;

/// Signed by the leader as any tool does it: nothing but a signature.
fn led(office: &Office) -> Vec<u8> {
    office.sign(&document(), &office.scene.leader, request())
}

/// Number, day and month as the seal adds them over the blanks of the decision.
fn number_and_date(file: &[u8]) -> Vec<ExtraField<'static>> {
    let text = DocumentText::read(&file.to_vec(), None).expect("reads");
    let blanks = blanks::find(&text);
    assert_eq!(blanks.len(), 3);
    let field = |blank: &blanks::Blank| {
        let value = "15".to_owned();
        let look = layout::field_value(&value, blank.place().width_mm, blank.size_pt, blank.slanted).expect("draws");
        ExtraField {
            name: blank.kind.field_name(),
            label: Some("Số văn bản"),
            page: blank.page,
            rect: Some(text.pages[0].geometry.to_user_space(&blank.place())),
            kind: ExtraFieldKind::Text { value: Some(value), read_only: true },
            appearance: Some(look),
        }
    };
    blanks.iter().map(field).collect()
}

fn with(fields: Vec<ExtraField<'static>>) -> PadesRequest<'static> {
    PadesRequest { add_fields: fields, ..request() }
}

/// The number alone, put elsewhere.
fn number_at(file: &[u8], page: usize, rect: Rect) -> Vec<ExtraField<'static>> {
    let mut fields = number_and_date(file);
    fields.truncate(1);
    fields[0].page = page;
    fields[0].rect = Some(rect);
    fields
}

fn verdicts(office: &Office, file: &[u8], roles: Roles) -> Vec<Verdict> {
    let policy = Policy { roles, ..Policy::strict() };
    office.scene.judge_all(file, &Setting { policy, ..Setting::at(NOW.plus(60)) })
}

/// The leader's verdict, and how each new text field is judged.
fn of_leader(office: &Office, file: &[u8], roles: Roles) -> ((Indication, Option<SubIndication>), Vec<Judged>) {
    let leader = verdicts(office, file, roles).remove(0);
    let fields = leader.changes.iter().filter(|c| c.kind == "number-or-date-added" || c.kind == "field-added");
    (outcome(&leader), fields.map(|c| c.judged).collect())
}

fn open() -> (Indication, Option<SubIndication>) {
    indeterminate(SubIndication::SigConstraintsFailure)
}

/// Writes other bytes of the same length into the last update and signs it again.
fn patched(file: &[u8], from: &str, to: &str, who: &Identity) -> Vec<u8> {
    assert!(to.len() <= from.len());
    let find = |bytes: &[u8], what: &[u8], after: usize| {
        after + bytes[after..].windows(what.len()).position(|w| w == what).unwrap_or_else(|| panic!("{from} is there"))
    };
    let mut file = file.to_vec();
    let last = led_length(&file);
    let at = find(&file, from.as_bytes(), last);
    let padded = format!("{to:<width$}", width = from.len());
    file[at..at + from.len()].copy_from_slice(padded.as_bytes());
    let hole = find(&file, b"/Contents <", last) + 10;
    let end = find(&file, b">", hole) + 1;
    let signed = [&file[..hole], &file[end..]].concat();
    let digest = DigestAlgorithm::Sha256.digest(&signed);
    let cms = make(&CmsRequest::detached(&digest, &who.certificate, &who.issuers), &*who.signer).expect("signs");
    let hex: String = cms.to_der().iter().map(|byte| format!("{byte:02x}")).collect();
    file[hole + 1..hole + 1 + hex.len()].copy_from_slice(hex.as_bytes());
    file[hole + 1 + hex.len()..end - 1].fill(b'0');
    file
}

/// Where the leader's revision ends.
fn led_length(file: &[u8]) -> usize {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    let first = document.signatures().expect("reads").into_iter().filter_map(|s| s.signature?.coverage.range);
    usize::try_from(first.map(|range| range.end).min().expect("signed")).expect("small")
}

#[test]
fn a_seal_with_number_and_date_over_another_tools_signature_makes_an_original() {
    let office = Office::new();
    let led = led(&office);
    let file = office.sign(&led, &office.seal, with(number_and_date(&led)));
    let got = verdicts(&office, &file, office.all());
    assert!(got.iter().all(|v| v.conclusion.passed()), "{:?}", got[0].findings);
    let fields: Vec<_> = got[0].changes.iter().filter(|c| c.kind == "number-or-date-added").collect();
    assert_eq!(fields.len(), 3);
    for field in fields {
        assert_eq!((field.judged, field.page), (Judged::Allowed, Some(1)));
        assert!(field.rect.is_some() && field.depends_on.as_deref() == Some(got[1].id.as_str()), "{field:?}");
    }
    assert!(matches!(judge(&got, &office.all()), Originality::Original { code, .. } if code == "H99"));
    // A receiver's arrival and a security store take nothing from it.
    let arrived = office.sign(&file, &office.receiver, request());
    let catalog = body(&arrived, 1).replacen("<<", "<< /DSS 801 0 R ", 1);
    let kept = update(&arrived, &[(1, &catalog), (801, "<</Certs[]>>")], None);
    let got = verdicts(&office, &kept, office.all());
    assert!(got.iter().all(|v| v.conclusion.passed()), "{:?}", got[0].findings);
    assert!(matches!(judge(&got, &office.all()), Originality::Original { .. }));
}

#[test]
fn without_roles_or_by_anybody_but_an_agency_they_leave_the_leader_open() {
    let office = Office::new();
    let led = led(&office);
    let file = office.sign(&led, &office.seal, with(number_and_date(&led)));
    let not_judged = vec![Judged::NotJudged; 3];
    let as_person = office.roles(&[(&office.seal, "person", "H99")]);
    let as_tsa = office.roles(&[(&office.seal, "tsa", "H99")]);
    for roles in [Roles::default(), office.roles(&[(&office.scene.leader, "person", "H99")]), as_person, as_tsa] {
        assert_eq!(of_leader(&office, &file, roles), (open(), not_judged.clone()));
    }
    // Somebody of the same authority whom the roles do not know, and one they know as a person.
    for who in [&office.other, &office.scene.leader] {
        let file = office.sign(&led, who, with(number_and_date(&led)));
        assert_eq!(of_leader(&office, &file, office.all()), (open(), not_judged.clone()));
    }
    // Known as an agency, and trusted by nobody.
    let stranger = Office::new();
    let file = stranger.sign(&led, &stranger.seal, with(number_and_date(&led)));
    let roles = office.roles(&[(&stranger.seal, "agency", "H99"), (&office.scene.leader, "person", "H99")]);
    let (outcome, judged) = of_leader(&office, &file, roles);
    assert_eq!((outcome.0, judged), (Indication::Indeterminate, not_judged));
}

#[test]
fn a_revoked_or_broken_seal_brings_nothing() {
    let office = Office::new();
    let led = led(&office);
    let file = office.sign(&led, &office.seal, with(number_and_date(&led)));
    let mut broken = file.clone();
    let last = led_length(&file);
    let at = last + broken[last..].windows(7).position(|w| w == b"(D:2026").expect("a date");
    broken[at + 6] = b'5';
    let (outcome, _) = of_leader(&office, &broken, office.all());
    assert_ne!(outcome.0, Indication::Passed);
    office.scene.authority.revoke(&office.seal.certificate, NOW.plus(-DAY), Reason::KeyCompromise);
    let (outcome, judged) = of_leader(&office, &file, office.all());
    assert_eq!((outcome.0, judged), (Indication::Indeterminate, vec![Judged::NotJudged; 3]));
}

#[test]
fn over_content_outside_the_page_or_on_another_it_is_one_more_field() {
    let office = Office::new();
    let led = led(&office);
    let text = DocumentText::read(&led.clone(), None).expect("reads");
    let line = text.pages[0].lines.iter().find(|line| line.text.chars().count() > 8).expect("a line").clone();
    let page = text.pages[0].geometry;
    let place = congvan::pdf::page::Place { x_mm: line.left, y_mm: line.top, width_mm: 20.0, height_mm: 5.0 };
    let free = number_and_date(&led)[0].rect.expect("a place");
    let mut tried = vec![
        (1, page.to_user_space(&place)),
        (1, Rect { x0: -200.0, x1: -120.0, ..free }),
        (1, Rect { y0: page.crop.y1 + 10.0, y1: page.crop.y1 + 25.0, ..free }),
        (1, Rect { x0: page.crop.x1 - 20.0, x1: page.crop.x1 + 20.0, ..free }),
        (1, Rect { x0: 0.0, y0: 0.0, x1: page.crop.x1, y1: page.crop.y1 }),
        (1, Rect { y0: 100.0, y1: 115.0, ..free }),
    ];
    if text.pages.len() > 1 {
        tried.push((2, free));
    }
    for (number, rect) in tried {
        let file = office.sign(&led, &office.seal, with(number_at(&led, number, rect)));
        assert_eq!(of_leader(&office, &file, office.all()), (open(), vec![Judged::NotJudged]), "{number}: {rect:?}");
    }
}

#[test]
fn hidden_with_an_action_doubled_or_writable_it_is_one_more_field() {
    let office = Office::new();
    let led = led(&office);
    let not_judged = |file: &[u8]| {
        let (outcome, judged) = of_leader(&office, file, office.all());
        outcome == open() && !judged.contains(&Judged::Allowed)
    };
    let label = "x".repeat(60);
    let mut labelled = number_and_date(&led);
    labelled.truncate(1);
    labelled[0].label = Some(Box::leak(label.clone().into_boxed_str()));
    let file = office.sign(&led, &office.seal, with(labelled));
    assert_eq!(of_leader(&office, &file, office.all()).0, PASSED);
    let label = format!("/TU({label})");
    for entry in
        ["/A<</S/JavaScript/JS(app.alert(1))>>", "/AA<</PV<</S/JavaScript/JS(x)>>>>", "/OC 1 0 R", "/MK<</BG[1]>>"]
    {
        assert!(not_judged(&patched(&file, &label, entry, &office.seal)), "{entry}");
    }
    // The same patch without a change of meaning still passes: it is the entry that counts.
    assert_eq!(of_leader(&office, &patched(&file, &label, "", &office.seal), office.all()).0, PASSED);
    for flags in ["/F 6", "/F 2", "/F 0"] {
        assert!(not_judged(&patched(&file, "/F 4", flags, &office.seal)), "{flags}");
    }
    assert!(not_judged(&patched(&file, "/Ff 1", "/Ff 0", &office.seal)), "writable");
    // A fourth field beside the three, and a name that is not one of them.
    let mut four = number_and_date(&led);
    let mut amount = four[0].clone();
    amount.name = "congvan_amount";
    amount.rect = amount.rect.map(|r| Rect { y0: r.y0 - 200.0, y1: r.y1 - 200.0, ..r });
    four.push(amount);
    let file = office.sign(&led, &office.seal, with(four));
    let (outcome, judged) = of_leader(&office, &file, office.all());
    assert_eq!((outcome, judged), (open(), vec![Judged::NotJudged; 4]));
    // Three numbers: the names of two are made the first's in the signed update.
    let file = office.sign(&led, &office.seal, with(number_and_date(&led)));
    let tripled = patched(&file, "(congvan_month)", "(congvan_day)", &office.seal);
    assert!(not_judged(&tripled), "two days");
}

#[test]
fn locked_or_certified_documents_take_no_number() {
    let office = Office::new();
    let target = |lock: FieldLock| Target::New { name: None, page: 1, rect: None, lock: Some(lock) };
    let everything = FieldLock { fields: FieldSelection::All, permission: None };
    let number = FieldLock { fields: FieldSelection::Include(vec!["congvan_number".to_owned()]), permission: None };
    for (lock, free) in [(everything, 0), (number, 2)] {
        let led = office.sign(&document(), &office.scene.leader, PadesRequest { target: target(lock), ..request() });
        let (outcome, judged) = raw_seal(&office, &led);
        assert_eq!(outcome, failed(SubIndication::FormatFailure));
        assert!(judged.iter().filter(|j| **j == Judged::Allowed).count() <= free, "{judged:?}");
        assert!(judged.contains(&Judged::Forbidden), "{judged:?}");
    }
    for permission in [Permission::NoChanges, Permission::FillForms, Permission::Annotate] {
        let kind = SignatureKind::Certification(permission);
        let led = office.sign(&document(), &office.scene.leader, PadesRequest { kind, ..request() });
        let (outcome, judged) = raw_seal(&office, &led);
        assert_ne!(outcome.0, Indication::Passed, "{permission:?}");
        assert!(!judged.contains(&Judged::Allowed), "{permission:?}: {judged:?}");
    }
}

/// A seal by a tool that heeds no lock: the update is made over the same file without its terms, and put behind it.
fn raw_seal(office: &Office, led: &[u8]) -> ((Indication, Option<SubIndication>), Vec<Judged>) {
    let hide = |name: &[u8], file: &mut Vec<u8>| {
        while let Some(at) = file.windows(name.len()).position(|w| w == name) {
            file[at + 1] = b'Z';
        }
    };
    let mut blind = led.to_vec();
    for name in [&b"/Reference"[..], b"/Lock", b"/Perms"] {
        hide(name, &mut blind);
    }
    let fields = number_and_date(led);
    let request = with(fields);
    let document = Document::open(&blind).expect("a PDF");
    let prepared = congvan::sign::pades::prepare(&document, request).expect("prepares");
    let digest = prepared.digest(&led.to_vec(), DigestAlgorithm::Sha256).expect("hashes");
    let who = &office.seal;
    let cms = make(&CmsRequest::detached(&digest, &who.certificate, &who.issuers), &*who.signer).expect("signs");
    let made = prepared.embed(&cms.to_der()).expect("fits").bytes;
    let mut file = [led, &made].concat();
    // What the update copied from the blinded file gets its own name back.
    while let Some(at) = file.windows(6).position(|w| w == b"/Zerms") {
        file[at + 1] = b'P';
    }
    let file = patched(&file, "/Filter", "/Filter", who);
    of_leader(office, &file, office.all())
}

#[test]
fn after_an_agencys_seal_no_other_agency_numbers_the_document() {
    let office = Office::new();
    let led = led(&office);
    let sealed = office.sign(&led, &office.seal, request());
    let numbered = office.sign(&sealed, &office.receiver, with(number_and_date(&sealed)));
    let got = verdicts(&office, &numbered, office.all());
    assert_eq!(outcome(&got[1]), open(), "the first seal");
    let changes = got[1].changes.iter().filter(|c| c.kind == "number-or-date-added");
    assert!(changes.clone().count() == 3 && changes.clone().all(|c| c.judged == Judged::NotJudged));
    assert!(matches!(
        judge(&got, &office.all()),
        Originality::Not(NotOriginal::NotPassed { .. } | NotOriginal::Between { .. } | NotOriginal::After { .. })
    ));
}
