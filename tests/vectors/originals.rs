//! Originals by Decree 30/2020/NĐ-CP: the leader signs, the agency seals, and what else may come in between and after.

use congvan::authority::{Identity, KeyChoice, Purpose, Subject};
use congvan::base::encoding::hex;
use congvan::pdf::Rect;
use congvan::policy::Roles;
use congvan::sign::cades::{CmsRequest, sign as make};
use congvan::sign::pades::{ExtraField, ExtraFieldKind, FieldValue, PadesRequest, Target};
use congvan::validate::original::{NotOriginal, Originality, judge, sealable};
use congvan::validate::verdict::Verdict;

use super::attacks::{body, update};
use super::scene::*;

pub(crate) struct Office {
    pub(crate) scene: Scene,
    pub(crate) seal: Identity,
    pub(crate) receiver: Identity,
    pub(crate) other: Identity,
}

impl Office {
    pub(crate) fn new() -> Self {
        let scene = Scene::new();
        let issue = |subject: &Subject| {
            scene.authority.issue(subject, Purpose::Signing, &KeyChoice::Fresh).expect("a certificate")
        };
        let seal = issue(&Subject::agency("Ủy ban nhân dân tỉnh Sơn Hải", "Tỉnh Sơn Hải"));
        let receiver = issue(&Subject::agency("Sở Nội vụ", "Tỉnh Sơn Hải"));
        let other = issue(&Subject::person("Lê Thị Châu", "Chuyên viên", "Sở Nội vụ"));
        Office { scene, seal, receiver, other }
    }

    pub(crate) fn roles(&self, who: &[(&Identity, &str, &str)]) -> Roles {
        let entry = |(who, role, agency): &(&Identity, &str, &str)| {
            let digest = hex(who.certificate.sha256());
            format!("[[signer]]\nsha256 = \"{digest}\"\nrole = \"{role}\"\nagency = \"{agency}\"\n")
        };
        Roles::from_toml(who.iter().map(entry).collect::<String>().as_bytes()).expect("reads")
    }

    pub(crate) fn all(&self) -> Roles {
        self.roles(&[
            (&self.scene.leader, "person", "H99"),
            (&self.other, "person", "H99"),
            (&self.seal, "agency", "H99"),
            (&self.receiver, "agency", "H99.01"),
        ])
    }

    pub(crate) fn sign(&self, file: &[u8], who: &Identity, request: PadesRequest<'_>) -> Vec<u8> {
        sign_as(file, request, |digest| {
            make(&CmsRequest::detached(digest, &who.certificate, &who.issuers), &*who.signer).expect("signs").to_der()
        })
    }

    /// Signed by the leader, with the empty fields for number and date and one for something else.
    fn led(&self) -> Vec<u8> {
        let mut request = request();
        let field = |name: &'static str, y: f64| ExtraField {
            name,
            label: None,
            page: 1,
            rect: Some(Rect { x0: 100.0, y0: y, x1: 160.0, y1: y + 15.0 }),
            kind: ExtraFieldKind::Text { value: None, read_only: false },
            appearance: None,
        };
        request.add_fields = vec![field("congvan_number", 700.0), field("congvan_day", 680.0), field("amount", 660.0)];
        self.sign(&document(), &self.scene.leader, request)
    }

    fn sealed(&self, file: &[u8], fill: &[&'static str]) -> Vec<u8> {
        let mut request = request();
        request.fill_fields =
            fill.iter().map(|name| FieldValue { name, value: "15", read_only: true, appearance: None }).collect();
        self.sign(file, &self.seal, request)
    }

    fn verdicts(&self, file: &[u8]) -> Vec<Verdict> {
        self.scene.judge_all(file, &Setting::at(NOW.plus(60)))
    }

    fn judge(&self, file: &[u8]) -> Originality {
        judge(&self.verdicts(file), &self.all())
    }
}

fn visible() -> PadesRequest<'static> {
    let mut request = request();
    let rect = Some(Rect { x0: 400.0, y0: 780.0, x1: 500.0, y1: 830.0 });
    request.target = Target::New { name: None, page: 1, rect, lock: None };
    request
}

fn is_original(outcome: &Originality) -> bool {
    matches!(outcome, Originality::Original { code, .. } if code == "H99")
}

#[test]
fn led_then_sealed_with_number_and_date_is_an_original() {
    let office = Office::new();
    let file = office.sealed(&office.led(), &["congvan_number", "congvan_day"]);
    let verdicts = office.verdicts(&file);
    assert!(verdicts.iter().all(|v| v.conclusion.passed()), "{:?}", verdicts[0].findings);
    let got = judge(&verdicts, &office.all());
    assert!(is_original(&got), "{got:?}");
}

#[test]
fn one_signature_or_the_wrong_order_is_no_original() {
    let office = Office::new();
    let led = office.led();
    assert!(matches!(office.judge(&led), Originality::Not(NotOriginal::NoAgency { .. })));
    let sealed_only = office.sealed(&document(), &[]);
    assert!(matches!(office.judge(&sealed_only), Originality::Not(NotOriginal::NoPerson)));
    let reversed = office.sign(&sealed_only, &office.scene.leader, request());
    assert!(matches!(office.judge(&reversed), Originality::Not(NotOriginal::NotCovered { .. })));
}

#[test]
fn another_field_or_signature_between_the_two_makes_it_none() {
    let office = Office::new();
    let filled = office.sealed(&office.led(), &["congvan_number", "amount"]);
    assert!(matches!(office.judge(&filled), Originality::Not(NotOriginal::Between { .. })), "another field");
    // The leader last: then only the second person counts, and nothing stands between it and the seal.
    let second = office.sign(&office.led(), &office.other, request());
    assert!(is_original(&office.judge(&office.sealed(&second, &["congvan_number"]))), "two persons");
    let foreign = office.sign(&office.led(), &office.receiver, request());
    let got = office.judge(&office.sealed(&foreign, &["congvan_number"]));
    assert!(matches!(got, Originality::Not(NotOriginal::Between { .. })), "another agency: {got:?}");
}

#[test]
fn after_the_seal_a_receivers_arrival_is_fine_and_nothing_else() {
    let office = Office::new();
    let original = office.sealed(&office.led(), &["congvan_number", "congvan_day"]);
    assert!(is_original(&office.judge(&office.sign(&original, &office.receiver, visible()))), "arrival");
    for (who, name) in [(&office.seal, "the same agency"), (&office.other, "a person")] {
        let got = office.judge(&office.sign(&original, who, visible()));
        assert!(
            matches!(got, Originality::Not(NotOriginal::After { .. } | NotOriginal::Between { .. })),
            "{name}: {got:?}"
        );
    }
    let catalog = body(&original, 1).replacen("<<", "<< /DSS 801 0 R ", 1);
    assert!(is_original(&office.judge(&update(&original, &[(1, &catalog), (801, "<</Certs[]>>")], None))), "store");
}

#[test]
fn an_unknown_role_leaves_the_question_open() {
    let office = Office::new();
    let file = office.sealed(&office.led(), &["congvan_number"]);
    let verdicts = office.verdicts(&file);
    for roles in [Roles::default(), office.roles(&[(&office.scene.leader, "person", "H99")])] {
        assert!(matches!(judge(&verdicts, &roles), Originality::RoleUnknown { .. }));
    }
    let swapped = office.roles(&[(&office.scene.leader, "agency", "H99"), (&office.seal, "person", "H99")]);
    assert!(matches!(judge(&verdicts, &swapped), Originality::Not(NotOriginal::NotCovered { .. })));
}

#[test]
fn a_seal_goes_only_onto_a_passed_signature_of_a_mapped_person() {
    let office = Office::new();
    let led = office.verdicts(&office.led());
    assert!(sealable(&led, &office.all()).is_some());
    assert!(sealable(&led, &office.roles(&[(&office.seal, "agency", "H99")])).is_none());
    let stranger = Scene::new();
    let foreign = sign(&document(), &stranger.authority, &stranger.leader, None);
    let roles = office.roles(&[(&stranger.leader, "person", "H99")]);
    assert!(sealable(&office.verdicts(&foreign), &roles).is_none(), "mapped, and trusted by nobody");
}
