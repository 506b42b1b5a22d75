//! Scenarios of XML signatures and XAdES: a test authority, a document signed by it, something that went right or
//! wrong, and the verdict EN 319 102-1 has for it.

use congvan::asn1::write;
use congvan::authority::{LocalTsa, Purpose, Subject, TsaFault};
use congvan::base::encoding::{base64, from_base64};
use congvan::base::time::UnixTime;
use congvan::keys::Signer;
use congvan::sign::cades::digest_of;
use congvan::sign::xades::extend::{Values, Which, add_archive_time_stamp, add_values};
use congvan::sign::xades::{DetachedObject, detached, enveloped};
use congvan::validate::candidate::Kind;
use congvan::validate::conclusion::SubIndication;
use congvan::validate::crypto::Integrity;
use congvan::validate::verdict::Verdict;
use congvan::x509::crl::Reason;
use congvan::xml::xades::COUNTERSIGNED_TYPE;

use super::cms_formats::codes;
use super::scene::{DAY, NOW, PASSED, Scene, Setting, failed, indeterminate, outcome};
use super::xml_scene::*;

const DOCUMENT: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<QuyetDinh so=\"15/QĐ-UBND\"><SoTien>100</SoTien></QuyetDinh>\n";

fn tsa(scene: &Scene, at: UnixTime) -> LocalTsa<'_> {
    LocalTsa { authority: &scene.authority, now: at, fault: TsaFault::None }
}

pub(crate) fn plain(scene: &Scene) -> Vec<u8> {
    enveloped(DOCUMENT.as_bytes(), &request(&scene.leader), &*scene.leader.signer, None).expect("signs")
}

pub(crate) fn stamped(scene: &Scene, at: UnixTime) -> Vec<u8> {
    let tsa = tsa(scene, at);
    enveloped(DOCUMENT.as_bytes(), &request(&scene.leader), &*scene.leader.signer, Some(&tsa)).expect("signs")
}

// Revocation data of `at` put beside the signature.
fn with_values(scene: &Scene, file: &[u8], at: UnixTime) -> Vec<u8> {
    let crls = [scene.authority.crl(at).expect("signs"), scene.authority.root_crl(at).expect("signs")];
    let certificates = [scene.authority.issuing().der(), scene.authority.root().der()];
    let crls: Vec<&[u8]> = crls.iter().map(Vec::as_slice).collect();
    add_values(file, Which::Last, &Values { certificates: &certificates, crls: &crls, ..Values::default() })
        .expect("adds")
}

fn archived(scene: &Scene, file: &[u8], at: UnixTime) -> Vec<u8> {
    add_archive_time_stamp(file, Which::Last, &|_| None, &tsa(scene, at)).expect("adds").file
}

fn one(scene: &Scene, file: &[u8], setting: &Setting) -> Verdict {
    let mut all = verdicts(scene, file, setting);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn an_enveloped_signature_passes_at_level_b_and_says_what_it_covers() {
    let scene = Scene::new();
    let verdict = one(&scene, &plain(&scene), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!((verdict.level, verdict.integrity, verdict.trusted), (Some("XAdES-B-B"), Integrity::Intact, true));
    assert_eq!((verdict.extent.whole_file, verdict.extent.names), (true, vec!["<QuyetDinh>".to_owned()]));
    assert_eq!(verdict.claimed_time, Some(NOW));
}

#[test]
fn one_changed_character_of_content_or_properties_is_a_hash_failure() {
    let scene = Scene::new();
    let text = String::from_utf8(plain(&scene)).expect("UTF-8");
    for (from, to) in [("<SoTien>100<", "<SoTien>1000<"), ("so=\"15/", "so=\"16/"), ("T08:00:00Z", "T09:00:00Z")] {
        assert!(text.contains(from));
        let verdict = one(&scene, text.replace(from, to).as_bytes(), &Setting::at(NOW.plus(60)));
        assert_eq!(outcome(&verdict), failed(SubIndication::HashFailure), "{from}");
        assert_eq!(verdict.integrity, Integrity::Broken);
    }
}

#[test]
fn a_changed_value_or_signed_info_is_a_crypto_failure() {
    let scene = Scene::new();
    let text = String::from_utf8(plain(&scene)).expect("UTF-8");
    let verdict = one(&scene, text.replace("-r1\" URI=\"\"", "-r9\" URI=\"\"").as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), failed(SubIndication::SigCryptoFailure));
}

#[test]
fn without_a_matching_anchor_nothing_passes_and_integrity_is_still_told() {
    let scene = Scene::new();
    let setting = Setting { other_root: true, ..Setting::at(NOW.plus(60)) };
    let verdict = one(&scene, &plain(&scene), &setting);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::NoCertificateChainFound));
    assert_eq!((verdict.integrity, verdict.trusted), (Integrity::Intact, false));
}

#[test]
fn a_time_stamp_makes_level_t_and_saves_a_signature_made_before_revocation() {
    let scene = Scene::new();
    let late = plain(&scene);
    let file = stamped(&scene, NOW.plus(5));
    let verdict = one(&scene, &file, &Setting::at(NOW.plus(60)));
    assert_eq!((verdict.level, verdict.best_time), (Some("XAdES-B-T"), Some(NOW.plus(5))), "{:?}", verdict.findings);
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(DAY), Reason::CessationOfOperation);
    let setting = Setting::at(NOW.plus(2 * DAY));
    assert_eq!(outcome(&one(&scene, &file, &setting)), PASSED);
    assert_eq!(outcome(&one(&scene, &late, &setting)), indeterminate(SubIndication::RevokedNoPoe));
}

#[test]
fn a_time_stamp_moved_from_another_signature_proves_nothing() {
    let scene = Scene::new();
    let other = String::from_utf8(stamped(&scene, NOW.plus(5))).expect("UTF-8");
    let (_, token) = other.split_once("<xades:UnsignedProperties").expect("has some");
    let (token, _) = token.split_once("</xades:UnsignedProperties>").expect("ends");
    let own = DOCUMENT.replace("100", "200");
    let own = enveloped(own.as_bytes(), &request(&scene.leader), &*scene.leader.signer, None).expect("signs");
    let moved = String::from_utf8(own).expect("UTF-8").replace(
        "</xades:QualifyingProperties>",
        &format!("<xades:UnsignedProperties{token}</xades:UnsignedProperties></xades:QualifyingProperties>"),
    );
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(DAY), Reason::CessationOfOperation);
    let verdict = one(&scene, moved.as_bytes(), &Setting::at(NOW.plus(2 * DAY)));
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::RevokedNoPoe));
    assert!(codes(&verdict).contains(&"TIMESTAMP_NOT_PASSED"), "{:?}", verdict.findings);
}

#[test]
fn revocation_data_inside_makes_level_lt_and_an_archive_time_stamp_lta() {
    let scene = Scene::new();
    let long_term = with_values(&scene, &stamped(&scene, NOW.plus(5)), NOW.plus(30));
    let offline = |now| Setting { crls_of: Vec::new(), ..Setting::at(now) };
    let verdict = one(&scene, &long_term, &offline(NOW.plus(60)));
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("XAdES-B-LT")), "{:?}", verdict.findings);
    let file = archived(&scene, &long_term, NOW.plus(DAY));
    let verdict = one(&scene, &file, &offline(NOW.plus(DAY + 60)));
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("XAdES-B-LTA")), "{:?}", verdict.findings);
    assert_eq!(verdict.timestamps.iter().map(|t| t.kind.name()).collect::<Vec<_>>(), ["signature", "archive"]);
}

#[test]
fn the_archive_time_stamp_proves_what_stands_before_it_and_nothing_changed_afterwards() {
    let subject = Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải");
    let scene = Scene::with(subject.valid(NOW.plus(-DAY), NOW.plus(10 * DAY)), Purpose::Signing);
    let long_term = with_values(&scene, &stamped(&scene, NOW.plus(5)), NOW.plus(30));
    let file = archived(&scene, &long_term, NOW.plus(DAY));
    // The signer's certificate has run out since: only what was proven to exist in time counts.
    let later = NOW.plus(20 * DAY);
    let setting = Setting { crls_of: vec![later], ..Setting::at(later) };
    let verdict = one(&scene, &file, &setting);
    assert_eq!((outcome(&verdict), verdict.best_time), (PASSED, Some(NOW.plus(5))), "{:?}", verdict.findings);
    let undated = one(&scene, &plain(&scene), &setting);
    assert_eq!(outcome(&undated), indeterminate(SubIndication::OutOfBoundsNotRevoked));
    let text = String::from_utf8(file).expect("UTF-8");
    let crl = text.split("<xades:EncapsulatedCRLValue>").nth(1).and_then(|t| t.split('<').next()).expect("there");
    let with_other_crl = text.replace(crl, &base64(&scene.authority.crl(NOW.plus(31)).expect("signs")));
    let verdict = one(&scene, with_other_crl.as_bytes(), &setting);
    assert_ne!(verdict.level, Some("XAdES-B-LTA"));
    let archive = verdict.timestamps.iter().find(|t| t.kind.name() == "archive").expect("there");
    assert_eq!(archive.conclusion.sub_indication(), Some(SubIndication::HashFailure));
}

#[test]
fn a_detached_signature_holds_for_its_files_only() {
    let scene = Scene::new();
    let (first, second) = (b"mot".to_vec(), b"hai".to_vec());
    let digest = digest_of(&*scene.leader.signer);
    let (one_digest, two_digest) = (digest.digest(&first), digest.digest(&second));
    let objects = [
        DetachedObject { name: "mot.txt", media_type: "text/plain", digest: &one_digest },
        DetachedObject { name: "hai.txt", media_type: "text/plain", digest: &two_digest },
    ];
    let file = detached(&objects, &request(&scene.leader), &*scene.leader.signer, None).expect("signs");
    let setting = Setting::at(NOW.plus(60));
    let judged = |contents: &[(&str, &[u8])], named: &[&str]| {
        let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
        with_contents(&scene, &file, &setting, contents, &named).remove(0)
    };
    let both: [(&str, &[u8]); 2] = [("mot.txt", &first), ("hai.txt", &second)];
    let verdict = judged(&both, &[]);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!(
        (verdict.extent.whole_file, verdict.extent.names),
        (false, vec!["mot.txt".to_owned(), "hai.txt".to_owned()])
    );
    assert_eq!(outcome(&judged(&both, &["hai.txt"])), PASSED);
    assert_eq!(outcome(&judged(&both, &["ba.txt"])), indeterminate(SubIndication::SigConstraintsFailure));
    assert_eq!(outcome(&judged(&both[..1], &[])), indeterminate(SubIndication::SignedDataNotFound));
    let swapped: [(&str, &[u8]); 2] = [("mot.txt", &second), ("hai.txt", &first)];
    assert_eq!(outcome(&judged(&swapped, &[])), failed(SubIndication::HashFailure));
}

#[test]
fn an_enveloping_signature_reaches_its_objects() {
    let scene = Scene::new();
    let who = &scene.leader;
    let text = signature(who, &reference("#o", &[EXCLUSIVE]), "<Object Id=\"o\"><a>100</a></Object>");
    let file = signed(&text, who, &[]);
    let verdict = one(&scene, file.as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!((verdict.level, verdict.extent.names.as_slice()), (Some("XML-DSig"), &["<Object o>".to_owned()][..]));
    assert!(codes(&verdict).contains(&"NO_SIGNING_CERTIFICATE_REFERENCE"));
    let changed = one(&scene, file.replace("100", "900").as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&changed), failed(SubIndication::HashFailure));
}

#[test]
fn base64_inside_is_signed_as_what_it_decodes_to() {
    let scene = Scene::new();
    let who = &scene.leader;
    let decode = "http://www.w3.org/2000/09/xmldsig#base64";
    let file = signed(&signature(who, &reference("#o", &[decode]), "<Object Id=\"o\">bm9pIGR1bmc=</Object>"), who, &[]);
    let setting = Setting::at(NOW.plus(60));
    assert_eq!(outcome(&one(&scene, file.as_bytes(), &setting)), PASSED);
    // Tags between the characters are not signed, so nothing says what the object is.
    let tags = file.replace("bm9pIGR1bmc=", "bm9p<x a=\"1\">IGR1bmc=</x>");
    assert_eq!(outcome(&one(&scene, tags.as_bytes(), &setting)), indeterminate(SubIndication::SigConstraintsFailure));
}

#[test]
fn a_covered_key_info_names_the_certificate() {
    let scene = Scene::new();
    let who = &scene.leader;
    let references = [reference("#o", &[EXCLUSIVE]), reference("#k", &[EXCLUSIVE])].concat();
    let text = signature(who, &references, "<Object Id=\"o\">x</Object>").replace("<KeyInfo>", "<KeyInfo Id=\"k\">");
    let verdict = one(&scene, signed(&text, who, &[]).as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert!(!codes(&verdict).contains(&"NO_SIGNING_CERTIFICATE_REFERENCE"));
}

#[test]
fn an_ecdsa_value_in_der_is_taken_and_named() {
    let scene = Scene::new();
    let who = &scene.leader;
    let file = signed(&signature(who, &reference("#o", &[EXCLUSIVE]), "<Object Id=\"o\">x</Object>"), who, &[]);
    let (before, rest) = file.split_once("<SignatureValue>").expect("one");
    let (value, after) = rest.split_once('<').expect("ends");
    let pair = from_base64(value).expect("base64");
    let (r, s) = pair.split_at(pair.len() / 2);
    let der = write::sequence(&[write::integer_unsigned(r), write::integer_unsigned(s)]);
    let file = format!("{before}<SignatureValue>{}<{after}", base64(&der));
    let verdict = one(&scene, file.as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert!(codes(&verdict).contains(&"ECDSA_VALUE_DER"));
}

#[test]
fn a_bare_key_is_intact_and_nobodys() {
    let scene = Scene::new();
    let who = &scene.leader;
    let info = format!(
        "<d:DEREncodedKeyValue xmlns:d=\"http://www.w3.org/2009/xmldsig11#\">{}</d:DEREncodedKeyValue>",
        base64(who.signer.public_key())
    );
    let file =
        signed(&with_key_info(who, &reference("#o", &[EXCLUSIVE]), "<Object Id=\"o\">x</Object>", &info), who, &[]);
    let verdict = one(&scene, file.as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::NoSigningCertificateFound));
    assert_eq!((verdict.integrity, verdict.trusted), (Integrity::Intact, false));
    assert!(codes(&verdict).contains(&"BARE_KEY"));
    let changed = one(&scene, file.replace(">x<", ">y<").as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(outcome(&changed), failed(SubIndication::HashFailure));
}

#[test]
fn a_shared_secret_and_an_unknown_algorithm_are_named_and_never_broken() {
    let scene = Scene::new();
    let who = &scene.leader;
    let file = signed(&signature(who, &reference("#o", &[EXCLUSIVE]), "<Object Id=\"o\">x</Object>"), who, &[]);
    let method = who.signer.scheme().xml_uri().expect("has a name");
    for other in
        ["http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448"]
    {
        let verdict = one(&scene, file.replace(method, other).as_bytes(), &Setting::at(NOW.plus(60)));
        assert_eq!(outcome(&verdict), indeterminate(SubIndication::CryptoConstraintsFailure));
        assert_eq!(verdict.integrity, Integrity::Unknown);
        assert!(verdict.findings.iter().any(|f| f.to_string().contains(other)), "{:?}", verdict.findings);
    }
}

#[test]
fn evaluating_transforms_are_refused_by_name_and_not_called_broken() {
    let scene = Scene::new();
    let who = &scene.leader;
    for refused in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
    ] {
        let file = signed(&signature(who, &reference("#o", &[refused]), "<Object Id=\"o\">x</Object>"), who, &[]);
        let verdict = one(&scene, file.as_bytes(), &Setting::at(NOW.plus(60)));
        assert_eq!(outcome(&verdict), indeterminate(SubIndication::SigConstraintsFailure), "{refused}");
        assert_eq!(verdict.integrity, Integrity::Unknown);
        assert!(verdict.findings.iter().any(|f| f.code() == "TRANSFORM_REFUSED" && f.to_string().contains(refused)));
    }
}

#[test]
fn what_a_manifest_lists_is_checked_like_what_is_signed() {
    let scene = Scene::new();
    let who = &scene.leader;
    let manifest = format!(
        "<Object><Manifest Id=\"m\">{}{}</Manifest></Object>",
        reference("a.txt", &[]),
        reference("b.txt", &[])
    );
    let kind = " Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"";
    let text = signature(who, &typed_reference("#m", &[EXCLUSIVE], kind), &manifest);
    let contents: [(&str, &[u8]); 2] = [("a.txt", b"a"), ("b.txt", b"b")];
    let file = signed(&text, who, &contents);
    let setting = Setting::at(NOW.plus(60));
    let judged = |contents: &[(&str, &[u8])]| with_contents(&scene, file.as_bytes(), &setting, contents, &[]).remove(0);
    let verdict = judged(&contents);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!(verdict.extent.names, ["a.txt", "b.txt"]);
    assert_eq!(outcome(&judged(&contents[..1])), indeterminate(SubIndication::SignedDataNotFound));
    assert_eq!(outcome(&judged(&[("a.txt", b"a"), ("b.txt", b"B")])), failed(SubIndication::HashFailure));
}

#[test]
fn a_counter_signature_is_an_entry_of_its_own_with_its_parent() {
    let scene = Scene::new();
    let who = &scene.leader;
    let parent = String::from_utf8(plain(&scene)).expect("UTF-8");
    let (_, id) = parent.split_once("<ds:SignatureValue Id=\"").expect("one");
    let id = id.split('"').next().expect("ends");
    let kind = format!(" Type=\"{COUNTERSIGNED_TYPE}\"");
    let counter = |uri: &str| {
        let inside = signature(who, &typed_reference(uri, &[EXCLUSIVE], &kind), "");
        let text = parent.replace(
            "</xades:QualifyingProperties>",
            &format!("<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CounterSignature>{inside}</xades:CounterSignature></xades:UnsignedSignatureProperties></xades:UnsignedProperties></xades:QualifyingProperties>"),
        );
        verdicts(&scene, signed(&text, who, &[]).as_bytes(), &Setting::at(NOW.plus(60)))
    };
    let all = counter(&format!("#{id}"));
    assert_eq!(all.len(), 2);
    assert_eq!((all[1].kind, all[1].parent.as_deref()), (Kind::CounterSignature, Some(all[0].id.as_str())));
    assert_eq!((outcome(&all[0]), outcome(&all[1])), (PASSED, PASSED), "{:?}", all[1].findings);
    // Over something else it says nothing about the signature it stands in.
    let elsewhere = counter(&format!("#{}", id.replace("-value", "-properties")));
    assert_eq!(outcome(&elsewhere[1]), indeterminate(SubIndication::SigConstraintsFailure));
    assert_eq!(outcome(&elsewhere[0]), PASSED);
}

#[test]
fn a_certificate_put_in_place_of_the_signers_is_found_out() {
    let scene = Scene::new();
    let text = String::from_utf8(plain(&scene)).expect("UTF-8");
    let own = base64(scene.leader.certificate.der());
    let other = base64(scene.authority.issuing().der());
    let verdict = one(&scene, text.replace(&own, &other).as_bytes(), &Setting::at(NOW.plus(60)));
    assert_ne!(outcome(&verdict), PASSED);
    assert!(!verdict.trusted || verdict.integrity != Integrity::Intact);
}

#[test]
fn a_time_without_zone_is_no_claimed_time() {
    let scene = Scene::new();
    let text = String::from_utf8(plain(&scene)).expect("UTF-8");
    let verdict = one(&scene, text.replace("T08:00:00Z", "T08:00:00").as_bytes(), &Setting::at(NOW.plus(60)));
    assert_eq!(verdict.claimed_time, None);
}
