//! Validation of what no longer validates now: which revocation data of the past counts, and when none may.

use congvan::authority::{Purpose, Subject, TsaFault};
use congvan::base::time::UnixTime;
use congvan::revocation::Evidence;
use congvan::validate::RevocationChecks;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::x509::Crl;
use congvan::x509::crl::Reason;

use super::scene::*;

fn short_lived() -> Scene {
    let subject = Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ").valid(NOW.plus(-DAY), NOW.plus(10 * DAY));
    Scene::with(subject, Purpose::Signing)
}

fn lists(scene: &Scene, at: UnixTime) -> Vec<Crl> {
    let both = [scene.authority.crl(at), scene.authority.root_crl(at)];
    both.into_iter().map(|der| Crl::from_der(&der.expect("signs")).expect("reads")).collect()
}

fn evidence(crls: impl IntoIterator<Item = Crl>) -> Evidence {
    let mut evidence = Evidence::new();
    for crl in crls {
        evidence.add_crl(crl);
    }
    evidence
}

#[test]
fn a_revocation_told_once_counts_although_a_later_list_forgot_it() {
    let later = NOW.plus(30 * DAY);
    let judged = |revoked_at: i64| {
        let scene = short_lived();
        let file = scene.sign(Some((NOW.plus(5 * DAY), TsaFault::None)));
        // A later list no longer has it.
        let silent = lists(&scene, later);
        scene.authority.revoke(&scene.leader.certificate, NOW.plus(revoked_at), Reason::KeyCompromise);
        let told = lists(&scene, NOW.plus(7 * DAY));
        let setting = Setting { crls_of: Vec::new(), ..Setting::at(later) };
        let verdict = scene.judge_by(&file, &setting, evidence(told.into_iter().chain(silent)), None).remove(0);
        verdict.conclusion.indication()
    };
    assert_eq!(judged(3 * DAY), Indication::Indeterminate, "revoked before the time-stamp");
    assert_eq!(judged(5 * DAY), Indication::Indeterminate, "revoked in the second of the time-stamp");
    assert_eq!(judged(6 * DAY), Indication::Passed, "revoked after the time-stamp");
}

#[test]
fn a_list_older_than_the_signature_does_not_speak_for_it_in_the_past() {
    use congvan::sign::cades::{CmsRequest, sign};
    let (scene, stamps) = (short_lived(), Scene::new());
    let who = &scene.leader;
    let file = sign_as(&document(), request(), |digest| {
        let request = CmsRequest::detached(digest, &who.certificate, &who.issuers);
        let mut made = sign(&request, &*who.signer).expect("signs");
        let at = NOW.plus(5 * DAY);
        made.add_signature_time_stamp(&token(&stamps.authority, made.signature_value(), at, TsaFault::None));
        made.to_der()
    });
    let later = NOW.plus(400 * DAY);
    let setting = Setting { crls_of: Vec::new(), ..Setting::at(later) };
    let judge = |at: UnixTime| {
        // Today only the roots still speak, and everybody who speaks for the time-stamp.
        let root = Crl::from_der(&scene.authority.root_crl(later).expect("signs")).expect("reads");
        let all = lists(&scene, at).into_iter().chain([root]).chain(lists(&stamps, later));
        scene.judge_by(&file, &setting, evidence(all), Some(&stamps.authority)).remove(0)
    };
    // The control time slides to the list's issue: before the time-stamp it says nothing about the signature.
    assert_eq!(judge(NOW.plus(DAY)).conclusion.indication(), Indication::Indeterminate);
    let fresh = judge(NOW.plus(6 * DAY));
    assert_eq!(outcome(&fresh), PASSED, "{:?}", fresh.findings);
}

#[test]
fn without_revocation_checks_nothing_passes_in_the_past_either() {
    let scene = short_lived();
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    let later = NOW.plus(30 * DAY);
    let off = Setting { revocation: RevocationChecks::Off, crls_of: vec![NOW.plus(DAY), later], ..Setting::at(later) };
    let verdict = scene.judge(&file, &off);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::OutOfBoundsNoPoe), "{:?}", verdict.findings);
    assert!(verdict.findings.iter().any(|f| f.code() == "REVOCATION_NOT_CHECKED"));
    assert!(!verdict.trusted);
    // Nor for a revoked signer: what was not looked at may not be used to pass.
    let scene = Scene::new();
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(60), Reason::KeyCompromise);
    let off = Setting { revocation: RevocationChecks::Off, ..Setting::at(NOW.plus(120)) };
    assert_eq!(scene.judge(&file, &off).conclusion.indication(), Indication::Indeterminate);
}
