//! CMS and CAdES files, and time-stamps in files of their own: made with the test authority, spoiled in one place,
//! and the verdict they must have. The clock is pinned.

use congvan::algorithms::DigestAlgorithm;
use congvan::asn1::{AlgorithmIdentifier, Tlv, write};
use congvan::authority::{Identity, KeyChoice, Purpose, Subject, TsaFault};
use congvan::base::oid::Oid;
use congvan::base::time::UnixTime;
use congvan::cms::ats_hash_index::ats_hash_index_v3;
use congvan::cms::build::{self, SignedDataParts, SignerParts};
use congvan::cms::{SignedData, SignerInfo, oids, stream};
use congvan::keys::Signer as _;
use congvan::tsp::Token;
use congvan::validate::cades::{self, Content, Named};
use congvan::validate::candidate::{Kind, StampKind};
use congvan::validate::collected::Collected;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::crypto::Integrity;
use congvan::validate::tst;
use congvan::validate::verdict::Verdict;
use congvan::x509::crl::Reason;

use super::scene::*;

pub(crate) const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
pub(crate) const CONTENT: &[u8] = b"Danh s\xc3\xa1ch k\xc3\xa8m theo Quy\xe1\xba\xbft \xc4\x91\xe1\xbb\x8bnh\n";

/// A SignerInfo over the digest of `content`, with more signed attributes behind the usual three.
fn signer_with(who: &Identity, content: &[u8], more: &[Vec<u8>], named: bool, typed: bool) -> SignerParts {
    let certificate = &who.certificate;
    let mut attributes = vec![build::message_digest(&SHA256.digest(content))];
    if typed {
        attributes.push(build::content_type(&oids::DATA));
    }
    if named {
        let digest = SHA256.digest(certificate.der());
        attributes.push(build::signing_certificate_v2(certificate, &SHA256.oid(), &digest));
    }
    attributes.extend(more.iter().cloned());
    let attributes = build::signed_attributes(&attributes);
    SignerParts {
        id: SignerParts::id_of(certificate),
        digest_algorithm: AlgorithmIdentifier { oid: SHA256.oid(), parameters: None },
        signature: who.signer.sign(&attributes).expect("signs"),
        signed_attributes: Some(attributes),
        signature_algorithm: who.signer.scheme().to_identifier(),
        unsigned_attributes: Vec::new(),
    }
}

pub(crate) fn signer(who: &Identity, content: &[u8]) -> SignerParts {
    signer_with(who, content, &[], true, true)
}

/// A counter-signature over `value`, as the attribute it stands in.
fn counter(who: &Identity, value: &[u8]) -> Vec<u8> {
    let whole = build::signed_data(
        &oids::DATA,
        &SignedDataParts { signers: &[signer_with(who, value, &[], true, false)], ..SignedDataParts::default() },
    );
    let read = SignedData::parse(&whole).expect("reads");
    build::attribute(&oids::COUNTER_SIGNATURE, &[read.signers()[0].raw().to_vec()])
}

/// The structure: certificates of `people` and their issuer, the content inside or not.
pub(crate) fn structure(people: &[&Identity], inside: Option<&[u8]>, signers: &[SignerParts]) -> Vec<u8> {
    let mut certificates: Vec<&[u8]> = people.iter().map(|who| who.certificate.der()).collect();
    certificates.extend(people.iter().flat_map(|who| &who.issuers).map(|c| c.der()));
    certificates.sort_unstable();
    certificates.dedup();
    let parts = SignedDataParts { content: inside, certificates, signers, ..SignedDataParts::default() };
    build::signed_data(&oids::DATA, &parts)
}

fn collected(file: &[u8], content: Option<(&[u8], Named)>) -> Collected {
    let file = file.to_vec();
    let held = content.map(|(bytes, named)| (bytes.to_vec(), named));
    let content = held.as_ref().map(|(file, named)| Content { name: "danh-sach.txt", file, named: *named });
    let outline = stream::outline(&file).expect("an outline");
    cades::collect(&file, outline, "danh-sach.txt.p7s", content).expect("memory")
}

pub(crate) fn judged(scene: &Scene, file: &[u8], content: Option<&[u8]>, setting: &Setting) -> Vec<Verdict> {
    let found = collected(file, content.map(|bytes| (bytes, Named::ByPlace)));
    scene.judge_collected(&found, setting, scene.crls(setting), None)
}

pub(crate) fn soon() -> Setting {
    Setting::at(NOW.plus(60))
}

pub(crate) fn clerk(scene: &Scene) -> Identity {
    let subject = Subject::agency("Văn thư", "Ủy ban nhân dân tỉnh Sơn Hải");
    scene.authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("a certificate")
}

pub(crate) fn codes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.findings.iter().map(|f| f.code()).collect()
}

#[test]
fn attached_and_detached_signatures_pass_and_name_what_they_cover() {
    let scene = Scene::new();
    let signers = [signer(&scene.leader, CONTENT)];
    for (inside, outside) in [(Some(CONTENT), None), (None, Some(CONTENT))] {
        let file = structure(&[&scene.leader], inside, &signers);
        let verdict = judged(&scene, &file, outside, &soon()).remove(0);
        assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
        assert_eq!((verdict.level, verdict.kind), (Some("CAdES-B-B"), Kind::Signature));
        assert_eq!(verdict.extent.names, ["danh-sach.txt"]);
        let found = collected(&file, outside.map(|c| (c, Named::ByPlace)));
        assert_eq!(found.documents[0].sha256, SHA256.digest(CONTENT));
    }
}

#[test]
fn one_changed_byte_of_the_content_is_a_hash_failure_wherever_it_stands() {
    let scene = Scene::new();
    let signers = [signer(&scene.leader, CONTENT)];
    let mut other = CONTENT.to_vec();
    other[3] ^= 1;
    let attached = structure(&[&scene.leader], Some(&other), &signers);
    let detached = structure(&[&scene.leader], None, &signers);
    for verdicts in [judged(&scene, &attached, None, &soon()), judged(&scene, &detached, Some(&other), &soon())] {
        assert_eq!(outcome(&verdicts[0]), failed(SubIndication::HashFailure));
        assert_eq!(verdicts[0].integrity, Integrity::Broken);
    }
}

#[test]
fn a_detached_signature_without_its_content_is_not_found_unless_its_value_is_wrong_anyway() {
    let scene = Scene::new();
    let mut signers = [signer(&scene.leader, CONTENT)];
    let file = structure(&[&scene.leader], None, &signers);
    let verdict = judged(&scene, &file, None, &soon()).remove(0);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::SignedDataNotFound));
    assert_eq!(verdict.integrity, Integrity::Unknown);
    let last = signers[0].signature.len() - 1;
    signers[0].signature[last] ^= 1;
    let verdict = judged(&scene, &structure(&[&scene.leader], None, &signers), None, &soon()).remove(0);
    assert_eq!(outcome(&verdict), failed(SubIndication::SigCryptoFailure));
}

#[test]
fn another_content_named_beside_an_attached_one_is_told_and_one_found_by_its_name_is_not_asked() {
    let scene = Scene::new();
    let file = structure(&[&scene.leader], Some(CONTENT), &[signer(&scene.leader, CONTENT)]);
    let judge = |named| {
        let found = collected(&file, Some((b"something else", named)));
        scene.judge_collected(&found, &soon(), scene.crls(&soon()), None).remove(0)
    };
    let verdict = judge(Named::Expressly);
    assert_eq!(outcome(&verdict), failed(SubIndication::HashFailure));
    assert!(codes(&verdict).contains(&"CONTENT_DIFFERS"));
    assert_eq!(outcome(&judge(Named::ByPlace)), PASSED);
}

#[test]
fn of_two_signers_each_has_its_own_verdict() {
    let scene = Scene::new();
    let clerk = clerk(&scene);
    let signers = [signer(&scene.leader, CONTENT), signer(&clerk, b"other content")];
    let file = structure(&[&scene.leader, &clerk], Some(CONTENT), &signers);
    let read = SignedData::parse(&file).expect("reads");
    let verdicts = judged(&scene, &file, None, &soon());
    assert_eq!(verdicts.len(), 2);
    // DER sorts the set of signers: which comes first is not for us to say.
    for (verdict, signer) in verdicts.iter().zip(read.signers()) {
        let is_leader = signer.id().names(&scene.leader.certificate);
        let expected = if is_leader { PASSED } else { failed(SubIndication::HashFailure) };
        assert_eq!(outcome(verdict), expected, "{:?}", verdict.findings);
    }
}

#[test]
fn a_counter_signature_names_its_parent_and_is_over_its_value_only() {
    let scene = Scene::new();
    let clerk = clerk(&scene);
    let judge = |attribute: Vec<u8>| {
        let mut parts = signer(&scene.leader, CONTENT);
        parts.unsigned_attributes.push(attribute);
        judged(&scene, &structure(&[&scene.leader, &clerk], Some(CONTENT), &[parts]), None, &soon())
    };
    let value = signer(&scene.leader, CONTENT).signature;
    // Signatures with ECDSA differ each time; the counter-signature is made over the one in the file.
    let mut parts = signer(&scene.leader, CONTENT);
    let nested = {
        let inner = signer_with(&clerk, &parts.signature, &[], true, false);
        let value = inner.signature.clone();
        let mut inner = inner;
        inner.unsigned_attributes.push(counter(&scene.leader, &value));
        let whole = build::signed_data(&oids::DATA, &SignedDataParts { signers: &[inner], ..Default::default() });
        let read = SignedData::parse(&whole).expect("reads");
        build::attribute(&oids::COUNTER_SIGNATURE, &[read.signers()[0].raw().to_vec()])
    };
    parts.unsigned_attributes.push(nested);
    let good = judged(&scene, &structure(&[&scene.leader, &clerk], Some(CONTENT), &[parts]), None, &soon());
    assert_eq!(good.len(), 3);
    for verdict in &good {
        assert_eq!(outcome(verdict), PASSED, "{}: {:?}", verdict.id, verdict.findings);
    }
    let found: Vec<_> = good.iter().map(|v| (v.id.as_str(), v.kind.name(), v.parent.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("Sig1", "signature", None),
            ("Sig1.1", "counter-signature", Some("Sig1")),
            ("Sig1.1.1", "counter-signature", Some("Sig1.1")),
        ]
    );

    let other = judge(counter(&clerk, b"another value"));
    assert_eq!(outcome(&other[0]), PASSED, "the signature itself is untouched");
    assert_eq!(outcome(&other[1]), failed(SubIndication::HashFailure));
    let garbage = judge(build::attribute(&oids::COUNTER_SIGNATURE, &[write::sequence(&[write::integer(1)])]));
    assert_eq!(outcome(&garbage[1]), failed(SubIndication::FormatFailure));
    assert!(!value.is_empty());
}

#[test]
fn revocation_costs_a_signature_unless_a_time_stamp_is_older() {
    for (stamped, expected) in [(false, indeterminate(SubIndication::RevokedNoPoe)), (true, PASSED)] {
        let scene = Scene::new();
        let mut parts = signer(&scene.leader, CONTENT);
        if stamped {
            let token = token(&scene.authority, &parts.signature, NOW.plus(5), TsaFault::None);
            parts.unsigned_attributes.push(build::signature_time_stamp(&token));
        }
        scene.authority.revoke(&scene.leader.certificate, NOW.plus(DAY), Reason::CessationOfOperation);
        let file = structure(&[&scene.leader], Some(CONTENT), &[parts]);
        let verdict = judged(&scene, &file, None, &Setting::at(NOW.plus(2 * DAY))).remove(0);
        assert_eq!(outcome(&verdict), expected, "{:?}", verdict.findings);
    }
}

#[test]
fn a_plain_cms_passes_with_a_remark_and_one_without_signed_attributes_does_not() {
    let scene = Scene::new();
    let plain = signer_with(&scene.leader, CONTENT, &[], false, true);
    let file = structure(&[&scene.leader], Some(CONTENT), &[plain]);
    let verdict = judged(&scene, &file, None, &soon()).remove(0);
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("CMS-B")));
    assert!(codes(&verdict).contains(&"NO_SIGNING_CERTIFICATE_REFERENCE"));

    let mut bare = signer(&scene.leader, CONTENT);
    bare.signed_attributes = None;
    bare.signature = scene.leader.signer.sign(CONTENT).expect("signs");
    let verdict = judged(&scene, &structure(&[&scene.leader], Some(CONTENT), &[bare]), None, &soon()).remove(0);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::SigConstraintsFailure));
    assert_eq!(verdict.integrity, Integrity::Intact);
}

#[test]
fn bytes_behind_the_structure_fail_and_zeros_do_not() {
    let scene = Scene::new();
    let mut file = structure(&[&scene.leader], Some(CONTENT), &[signer(&scene.leader, CONTENT)]);
    file.extend_from_slice(&[0; 7]);
    assert_eq!(outcome(&judged(&scene, &file, None, &soon())[0]), PASSED);
    file.push(b'x');
    let verdict = judged(&scene, &file, None, &soon()).remove(0);
    assert_eq!(outcome(&verdict), failed(SubIndication::FormatFailure));
    assert!(codes(&verdict).contains(&"TRAILING_BYTES"));
}

#[test]
fn a_content_time_stamp_later_than_the_signature_is_out_of_order() {
    for (content_at, expected) in
        [(NOW.plus(3), PASSED), (NOW.plus(9), indeterminate(SubIndication::TimestampOrderFailure))]
    {
        let scene = Scene::new();
        let over_content = token(&scene.authority, CONTENT, content_at, TsaFault::None);
        let attribute = build::attribute(&oids::CONTENT_TIME_STAMP, &[over_content]);
        let mut parts = signer_with(&scene.leader, CONTENT, &[attribute], true, true);
        let over_value = token(&scene.authority, &parts.signature, NOW.plus(5), TsaFault::None);
        parts.unsigned_attributes.push(build::signature_time_stamp(&over_value));
        let file = structure(&[&scene.leader], Some(CONTENT), &[parts]);
        let verdict = judged(&scene, &file, None, &soon()).remove(0);
        assert_eq!(outcome(&verdict), expected, "{:?}", verdict.findings);
        let kinds: Vec<_> = verdict.timestamps.iter().map(|t| t.kind).collect();
        assert_eq!(kinds, [StampKind::Content, StampKind::Signature]);
    }
}

/// Adds an archive time-stamp of `at` over everything that stands in `file` (EN 319 122-1 5.5.3).
fn archived(scene: &Scene, file: &[u8], content: &[u8], at: UnixTime) -> Vec<u8> {
    let read = SignedData::parse(file).expect("reads");
    let signer = &read.signers()[0];
    let digests = |parts: Vec<Vec<u8>>| parts.iter().map(|p| SHA256.digest(p)).collect::<Vec<_>>();
    let certificates = digests(read.certificates().iter().map(|c| c.der().to_vec()).collect());
    let crls = digests(read.revocation_entries().map(|(raw, _)| raw.to_vec()).collect());
    let values = signer.unsigned_attributes().iter().flat_map(|attribute| {
        attribute.values.iter().map(|value| [write::oid(&attribute.oid), value.clone()].concat())
    });
    let index = ats_hash_index_v3(&SHA256.oid(), &certificates, &crls, &digests(values.collect()));
    let over = [
        write::oid(read.encapsulated_content_type()),
        SHA256.digest(content),
        signer.signed_fields().to_vec(),
        index.clone(),
    ]
    .concat();
    let token = token(&scene.authority, &over, at, TsaFault::None);
    let index = build::attribute(&oids::ATS_HASH_INDEX_V3, &[index]);
    let token = build::add_unsigned_attributes(&token, 0, &[index]).expect("a token");
    add(file, &oids::ARCHIVE_TIME_STAMP_V3, token)
}

fn add(file: &[u8], attribute: &Oid, value: Vec<u8>) -> Vec<u8> {
    build::add_unsigned_attributes(file, 0, &[build::attribute(attribute, &[value])]).expect("one signer")
}

/// Signed by someone whose certificate is short-lived, stamped, with the CRLs of the day inside.
fn long_term() -> (Scene, Vec<u8>) {
    let subject = Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ").valid(NOW.plus(-DAY), NOW.plus(10 * DAY));
    let scene = Scene::with(subject, Purpose::Signing);
    let mut parts = signer(&scene.leader, CONTENT);
    let stamp = token(&scene.authority, &parts.signature, NOW.plus(5), TsaFault::None);
    parts.unsigned_attributes.push(build::signature_time_stamp(&stamp));
    let crls = [scene.authority.crl(NOW.plus(DAY)), scene.authority.root_crl(NOW.plus(DAY))].map(|c| c.expect("signs"));
    let people = [&scene.leader];
    let mut certificates: Vec<&[u8]> = people.iter().map(|who| who.certificate.der()).collect();
    certificates.extend(scene.leader.issuers.iter().map(|c| c.der()));
    let file = build::signed_data(
        &oids::DATA,
        &SignedDataParts {
            content: Some(CONTENT),
            certificates,
            crls: crls.iter().map(Vec::as_slice).collect(),
            signers: &[parts],
            ..SignedDataParts::default()
        },
    );
    (scene, file)
}

fn in_a_year(years: i64) -> Setting {
    let now = NOW.plus(years * YEAR);
    Setting { crls_of: Vec::new(), ..Setting::at(now) }
}

#[test]
fn what_the_file_carries_makes_its_level() {
    let (scene, file) = long_term();
    let at = Setting { crls_of: Vec::new(), ..Setting::at(NOW.plus(DAY + 60)) };
    let verdict = judged(&scene, &file, None, &at).remove(0);
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("CAdES-B-LT")), "{:?}", verdict.findings);
    let file = archived(&scene, &file, CONTENT, NOW.plus(DAY + 30));
    let verdict = judged(&scene, &file, None, &at).remove(0);
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("CAdES-B-LTA")), "{:?}", verdict.findings);
    assert!(verdict.timestamps.iter().all(|t| t.conclusion.passed()));
}

#[test]
fn an_archive_time_stamp_proves_the_revocation_data_that_speaks_for_an_expired_certificate() {
    // A year later the CRLs inside are all there is about the signer; fresh ones speak for the time-stamps' authority.
    let (scene, file) = long_term();
    let year = Setting::at(NOW.plus(YEAR));
    let renewed = archived(&scene, &archived(&scene, &file, CONTENT, NOW.plus(2 * DAY)), CONTENT, NOW.plus(300 * DAY));
    let verdict = judged(&scene, &renewed, None, &year).remove(0);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!(verdict.best_time, Some(NOW.plus(5)));
    // Without any revocation data at the time of judging nothing settles it.
    let blind = judged(&scene, &file, None, &in_a_year(1)).remove(0);
    assert_eq!(blind.conclusion.indication(), Indication::Indeterminate);
}

#[test]
fn an_archive_time_stamp_whose_index_does_not_fit_proves_nothing() {
    let (scene, file) = long_term();
    let soon = Setting::at(NOW.plus(3 * DAY));
    let good = archived(&scene, &file, CONTENT, NOW.plus(2 * DAY));
    assert_eq!(judged(&scene, &good, None, &soon)[0].level, Some("CAdES-B-LTA"));
    // What is added later is not covered, and costs nothing.
    let later = add(&good, &oids::CERTIFICATE_VALUES, write::sequence(&[scene.authority.root().der()]));
    assert_eq!(judged(&scene, &later, None, &soon)[0].level, Some("CAdES-B-LTA"));
    // One of the CRLs it names is taken out of the structure.
    let read = SignedData::parse(&good).expect("reads");
    let crl = read.revocation_entries().next().expect("a CRL").0.to_vec();
    let mut other = crl.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    let at = good.windows(crl.len()).position(|w| w == crl).expect("there");
    let mut spoiled = good.clone();
    spoiled[at..at + crl.len()].copy_from_slice(&other);
    let verdict = judged(&scene, &spoiled, None, &soon).remove(0);
    assert!(codes(&verdict).contains(&"ARCHIVE_INDEX"), "{:?}", verdict.findings);
    assert_ne!(verdict.level, Some("CAdES-B-LTA"));
    let archive = verdict.timestamps.iter().find(|t| t.kind == StampKind::Archive).expect("one");
    assert_eq!(archive.conclusion.sub_indication(), Some(SubIndication::HashFailure));
    // Made for another content, it is over something else.
    let foreign = archived(&scene, &file, b"other content", NOW.plus(2 * DAY));
    let verdict = judged(&scene, &foreign, None, &soon).remove(0);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_ne!(verdict.level, Some("CAdES-B-LTA"));
    // Without an index, or of a withdrawn kind, it is named.
    let bare = token(&scene.authority, b"anything", NOW.plus(2 * DAY), TsaFault::None);
    for (attribute, code) in [
        (oids::ARCHIVE_TIME_STAMP_V3, "ARCHIVE_INDEX"),
        (oids::ARCHIVE_TIME_STAMP_V2, "TIMESTAMP_NOT_PASSED"),
        (oids::ARCHIVE_TIME_STAMP_V1, "TIMESTAMP_NOT_EVALUATED"),
    ] {
        let verdict = judged(&scene, &add(&file, &attribute, bare.clone()), None, &soon).remove(0);
        assert!(codes(&verdict).contains(&code), "{code}: {:?}", verdict.findings);
        assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    }
}

/// The file with an archive-time-stamp-v2 over all that stands in it.
fn archived_in_the_old_way(scene: &Scene, file: &[u8], at: UnixTime) -> Vec<u8> {
    let read = SignedData::parse(file).expect("reads");
    let signer = &read.signers()[0];
    let outer = Tlv::parse(file).expect("DER");
    let mut fields = outer.reader();
    fields.any().expect("a type");
    let inside = fields.any().expect("[0]").reader().any().expect("SignedData");
    let mut fields = inside.reader();
    fields.any().expect("a version");
    fields.any().expect("algorithms");
    let mut over = fields.any().expect("encapContentInfo").raw.to_vec();
    while fields.peek_tag().is_some_and(|tag| tag >= 0xa0) {
        over.extend_from_slice(fields.any().expect("a set").raw);
    }
    over.extend_from_slice(signer.signed_fields());
    let attributes: Vec<&[u8]> = signer.unsigned_attributes().iter().map(|a| a.raw.as_slice()).collect();
    over.extend_from_slice(&write::context(1, &attributes));
    add(file, &oids::ARCHIVE_TIME_STAMP_V2, token(&scene.authority, &over, at, TsaFault::None))
}

#[test]
fn an_archive_time_stamp_of_the_second_version_covers_what_was_there_and_breaks_with_what_was_added() {
    let (scene, file) = long_term();
    let soon = Setting::at(NOW.plus(20 * DAY));
    let once = archived_in_the_old_way(&scene, &file, NOW.plus(2 * DAY));
    let twice = archived_in_the_old_way(&scene, &once, NOW.plus(9 * DAY));
    for (name, file) in [("once", &once), ("twice", &twice)] {
        let verdict = judged(&scene, file, None, &soon).remove(0);
        assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("CAdES-B-LTA")), "{name}: {:?}", verdict.findings);
        assert!(verdict.timestamps.iter().all(|t| t.conclusion.passed()), "{name}");
    }
    // It proves the revocation data inside, which speaks for a certificate that has expired since.
    let year = Setting { crls_of: vec![NOW.plus(YEAR)], ..Setting::at(NOW.plus(YEAR)) };
    let renewed = archived_in_the_old_way(&scene, &once, NOW.plus(300 * DAY));
    assert_eq!(outcome(&judged(&scene, &renewed, None, &year)[0]), PASSED);
    // It has no index: what joins the sets it covers afterwards takes its ground away, and no more than that.
    let later = add(&once, &oids::CERTIFICATE_VALUES, write::sequence(&[scene.authority.root().der()]));
    let verdict = judged(&scene, &later, None, &soon).remove(0);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert!(codes(&verdict).contains(&"TIMESTAMP_NOT_PASSED") && verdict.level != Some("CAdES-B-LTA"));
}

#[test]
fn a_time_stamp_over_references_is_over_the_value_too() {
    let scene = Scene::new();
    let mut parts = signer(&scene.leader, CONTENT);
    let references = build::attribute(&oids::CERTIFICATE_REFS, &[write::sequence::<Vec<u8>>(&[])]);
    // Type and value, without what makes them an Attribute.
    let inside = &references[2..];
    let over = [parts.signature.as_slice(), inside].concat();
    let stamp = token(&scene.authority, &over, NOW.plus(5), TsaFault::None);
    parts.unsigned_attributes.push(references.clone());
    parts.unsigned_attributes.push(build::attribute(&oids::ESC_TIME_STAMP, &[stamp]));
    let file = structure(&[&scene.leader], Some(CONTENT), &[parts]);
    let verdict = judged(&scene, &file, None, &soon()).remove(0);
    assert_eq!((outcome(&verdict), verdict.best_time), (PASSED, Some(NOW.plus(5))), "{:?}", verdict.findings);
    assert_eq!(verdict.timestamps[0].kind, StampKind::References);
}

#[test]
fn a_token_in_a_file_of_its_own_is_judged_by_its_content() {
    let scene = Scene::new();
    let judge = |token: &[u8], content: Option<&[u8]>| {
        let read = Token::parse(token).expect("a token");
        let held = content.map(<[u8]>::to_vec);
        let content = held.as_ref().map(|file| Content { name: "a.pdf", file, named: Named::ByPlace });
        let found = tst::collect(&token.to_vec(), &read, content).expect("memory");
        scene.judge_collected(&found, &soon(), scene.crls(&soon()), None).remove(0)
    };
    let good = token(&scene.authority, CONTENT, NOW.plus(5), TsaFault::None);
    let verdict = judge(&good, Some(CONTENT));
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!((verdict.kind, verdict.best_time), (Kind::DocTimestamp, Some(NOW.plus(5))));
    assert_eq!(verdict.extent.names, ["a.pdf"]);
    assert_eq!(outcome(&judge(&good, Some(b"other"))), failed(SubIndication::HashFailure));
    assert_eq!(outcome(&judge(&good, None)), indeterminate(SubIndication::SignedDataNotFound));
    let broken = token(&scene.authority, CONTENT, NOW.plus(5), TsaFault::BrokenSignature);
    assert_eq!(outcome(&judge(&broken, None)), failed(SubIndication::SigCryptoFailure));
    let future = token(&scene.authority, CONTENT, NOW.plus(DAY), TsaFault::None);
    assert_eq!(outcome(&judge(&future, Some(CONTENT))), indeterminate(SubIndication::TimestampOrderFailure));
}

#[test]
fn hostile_bytes_never_panic_and_never_pass() {
    let scene = Scene::new();
    let file = structure(&[&scene.leader], Some(CONTENT), &[signer(&scene.leader, CONTENT)]);
    let whole = judged(&scene, &file, None, &soon()).remove(0);
    assert_eq!(outcome(&whole), PASSED);
    let content = file.windows(CONTENT.len()).position(|w| w == CONTENT).expect("inside");
    for at in (0..file.len()).step_by(7).chain(content..content + CONTENT.len()) {
        let mut changed = file.clone();
        changed[at] ^= 0x01;
        let Ok(outline) = stream::outline(&changed) else { continue };
        let Ok(found) = cades::collect(&changed, outline, "x", None) else { continue };
        let verdicts = scene.judge_collected(&found, &soon(), scene.crls(&soon()), None);
        if (content..content + CONTENT.len()).contains(&at) {
            assert!(verdicts.iter().all(|v| !v.conclusion.passed()), "byte {at}");
        }
    }
    let _reads: Result<SignerInfo, _> =
        congvan::asn1::Tlv::parse(&file).map_err(Into::into).and_then(|value| SignerInfo::from_tlv(&value));
}
