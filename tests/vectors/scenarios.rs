//! Scenarios: a test authority, a document signed by it, something that went right or wrong, and the verdict
//! EN 319 102-1 has for it. The clock is pinned.

use congvan::authority::{Purpose, Subject, TsaFault};
use congvan::validate::RevocationChecks;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::crypto::Integrity;
use congvan::validate::pdf::collect;
use congvan::x509::crl::Reason;

use super::scene::*;

#[test]
fn signed_and_judged_with_crls_passes() {
    let scene = Scene::new();
    let verdict = scene.judge(&scene.sign(None), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!((verdict.level, verdict.integrity, verdict.trusted), (Some("PAdES-B-B"), Integrity::Intact, true));
}

#[test]
fn a_time_stamp_makes_level_t_and_proves_the_time() {
    let scene = Scene::new();
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!((verdict.level, verdict.best_time), (Some("PAdES-B-T"), Some(NOW.plus(5))));
}

#[test]
fn without_a_matching_anchor_nothing_passes_and_integrity_is_still_told() {
    let scene = Scene::new();
    let verdict = scene.judge(&scene.sign(None), &Setting { other_root: true, ..Setting::at(NOW.plus(60)) });
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::NoCertificateChainFound));
    assert_eq!((verdict.integrity, verdict.trusted), (Integrity::Intact, false));
}

#[test]
fn one_changed_byte_is_a_hash_failure() {
    let scene = Scene::new();
    let mut file = scene.sign(None);
    let at = file.windows(6).position(|w| w == b"stream").expect("a stream") + 40;
    file[at] ^= 1;
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), failed(SubIndication::HashFailure));
    assert_eq!(verdict.integrity, Integrity::Broken);
}

#[test]
fn a_changed_signature_value_is_a_crypto_failure() {
    let scene = Scene::new();
    let file = scene.sign(None);
    let signed = collect(&file, None).expect("a PDF").candidates.remove(0);
    let value = signed.envelope.value().expect("CMS").to_vec();
    let hex: String = value.iter().map(|b| format!("{b:02x}")).collect();
    let text = file.windows(hex.len()).position(|w| w.eq_ignore_ascii_case(hex.as_bytes())).expect("the value");
    let mut broken = file;
    // The last digit of the last integer: still DER, another number.
    let last = text + hex.len() - 1;
    broken[last] = if broken[last] == b'0' { b'1' } else { b'0' };
    let verdict = scene.judge(&broken, &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), failed(SubIndication::SigCryptoFailure));
}

#[test]
fn revoked_without_proof_of_time_is_indeterminate() {
    let scene = Scene::new();
    let file = scene.sign(None);
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(DAY), Reason::KeyCompromise);
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(2 * DAY)));
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::RevokedNoPoe));
}

#[test]
fn revoked_after_the_time_stamp_passes() {
    let scene = Scene::new();
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(DAY), Reason::CessationOfOperation);
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(2 * DAY)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
}

#[test]
fn revoked_at_the_second_of_the_time_stamp_does_not_pass() {
    let scene = Scene::new();
    let file = scene.sign(Some((NOW.plus(DAY), TsaFault::None)));
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(DAY), Reason::KeyCompromise);
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(2 * DAY)));
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::RevokedNoPoe));
}

#[test]
fn without_revocation_data_the_answer_is_try_later() {
    let scene = Scene::new();
    let verdict = scene.judge(&scene.sign(None), &Setting { crls_of: Vec::new(), ..Setting::at(NOW.plus(60)) });
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::TryLater));
}

#[test]
fn a_stale_crl_does_not_speak_for_today() {
    let scene = Scene::new();
    let verdict = scene.judge(&scene.sign(None), &Setting { crls_of: vec![NOW], ..Setting::at(NOW.plus(60 * DAY)) });
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::TryLater));
}

#[test]
fn switching_revocation_off_never_passes() {
    let scene = Scene::new();
    let setting = Setting { revocation: RevocationChecks::Off, crls_of: Vec::new(), ..Setting::at(NOW.plus(60)) };
    let verdict = scene.judge(&scene.sign(None), &setting);
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate);
    assert!(verdict.findings.iter().any(|f| f.code() == "REVOCATION_NOT_CHECKED"));
}

fn short_lived() -> Subject {
    Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ").valid(NOW.plus(-DAY), NOW.plus(10 * DAY))
}

#[test]
fn expired_without_proof_of_time_is_out_of_bounds() {
    let scene = Scene::with(short_lived(), Purpose::Signing);
    let file = scene.sign(None);
    let later = NOW.plus(30 * DAY);
    assert_eq!(outcome(&scene.judge(&file, &Setting::at(later))), indeterminate(SubIndication::OutOfBoundsNotRevoked));
    let blind = Setting { crls_of: Vec::new(), ..Setting::at(later) };
    assert_eq!(outcome(&scene.judge(&file, &blind)), indeterminate(SubIndication::OutOfBoundsNoPoe));
}

#[test]
fn expired_since_the_time_stamp_passes() {
    let scene = Scene::with(short_lived(), Purpose::Signing);
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(30 * DAY)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
}

#[test]
fn stamped_after_the_certificate_had_expired_does_not_pass() {
    let scene = Scene::with(short_lived(), Purpose::Signing);
    let file = scene.sign(Some((NOW.plus(10 * DAY + 1), TsaFault::None)));
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(30 * DAY)));
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate);
}

#[test]
fn old_revocation_data_mends_an_expired_certificate_through_sliding() {
    // Judged years later with nothing but the CRL of that time: EN 319 102-1 5.6.2.2 slides the time to it.
    let scene = Scene::with(short_lived(), Purpose::Signing);
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    let setting = Setting { crls_of: vec![NOW.plus(DAY), NOW.plus(YEAR)], ..Setting::at(NOW.plus(YEAR)) };
    let verdict = scene.judge(&file, &setting);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
}

#[test]
fn proven_older_than_its_certificate_is_not_yet_valid() {
    let subject = Subject::person("Lê Thị Châu", "Giám đốc", "Sở").valid(NOW.plus(DAY), NOW.plus(YEAR));
    let scene = Scene::with(subject, Purpose::Signing);
    let file = scene.sign(Some((NOW, TsaFault::None)));
    let verdict = scene.judge(&file, &Setting::at(NOW.plus(2 * DAY)));
    assert_eq!(outcome(&verdict), failed(SubIndication::NotYetValid));
}

#[test]
fn a_tls_certificate_may_not_sign_documents() {
    let scene = Scene::with(Subject::host("may-chu.example", &["may-chu.example"]), Purpose::TlsServer);
    let verdict = scene.judge(&scene.sign(None), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::ChainConstraintsFailure));
}

#[test]
fn a_time_stamp_that_lies_proves_nothing_and_breaks_nothing() {
    for fault in [TsaFault::WrongImprint, TsaFault::WrongSigner, TsaFault::BrokenSignature] {
        let scene = Scene::new();
        let file = scene.sign(Some((NOW.plus(5), fault)));
        let verdict = scene.judge(&file, &Setting::at(NOW.plus(60)));
        assert_eq!(verdict.level, Some("PAdES-B-B"), "{fault:?}");
        assert_eq!(verdict.best_time, Some(NOW.plus(60)), "{fault:?}");
        assert!(!verdict.timestamps[0].conclusion.passed(), "{fault:?}");
        assert_eq!(outcome(&verdict), PASSED, "{fault:?}");
    }
}

#[test]
fn the_same_inputs_give_the_same_verdict() {
    let scene = Scene::new();
    let file = scene.sign(Some((NOW.plus(5), TsaFault::None)));
    let once = format!("{:?}", scene.judge(&file, &Setting::at(NOW.plus(60))).findings);
    for _ in 0..3 {
        assert_eq!(format!("{:?}", scene.judge(&file, &Setting::at(NOW.plus(60))).findings), once);
    }
}
