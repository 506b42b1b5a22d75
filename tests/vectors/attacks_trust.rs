//! Attacks on certificates, time-stamps, revocation and CMS: what is signed is what is shown, and still nothing may
//! pass that the right people did not sign in time.

use congvan::algorithms::DigestAlgorithm;
use congvan::asn1::AlgorithmIdentifier;
use congvan::authority::{Authority, KeyChoice, Purpose, Subject, TsaFault};
use congvan::base::time::UnixTime;
use congvan::cms::build::{self as cms, SignedDataParts, SignerParts};
use congvan::cms::oids;
use congvan::keys::Signer as _;
use congvan::revocation::Evidence;
use congvan::sign::cades::{CmsRequest, sign as make};
use congvan::sign::pades::SignatureKind;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::x509::crl::Reason;
use congvan::x509::{Certificate, Crl, KeyUsage, build};

use super::attacks::{body, update};
use super::scene::*;

fn crls(of: &[&Authority], at: UnixTime) -> Evidence {
    let mut evidence = Evidence::new();
    for authority in of {
        for der in [authority.crl(at), authority.root_crl(at)] {
            evidence.add_crl(Crl::from_der(&der.expect("signs")).expect("reads"));
        }
    }
    evidence
}

fn soon() -> Setting {
    Setting::at(NOW.plus(60))
}

/// The catalog gets a security store with these certificates and CRLs.
fn with_store(file: &[u8], certificates: &[Vec<u8>], crls: &[Vec<u8>]) -> Vec<u8> {
    let mut objects: Vec<(u32, String)> = Vec::new();
    let mut list = |from: u32, values: &[Vec<u8>]| {
        let mut references = String::new();
        for (number, value) in (from..).zip(values) {
            let hex: String = value.iter().map(|b| format!("{b:02x}")).collect();
            let length = hex.len() + 1;
            let stream = format!("<</Filter/ASCIIHexDecode/Length {length}>>\nstream\n{hex}>\nendstream");
            objects.push((number, stream));
            references.push_str(&format!("{number} 0 R "));
        }
        references
    };
    let store = format!("<</Certs[{}]/CRLs[{}]>>", list(820, certificates), list(840, crls));
    let catalog = body(file, 1).replacen("<<", "<< /DSS 810 0 R ", 1);
    objects.push((1, catalog));
    objects.push((810, store));
    let objects: Vec<(u32, &str)> = objects.iter().map(|(number, text)| (*number, text.as_str())).collect();
    update(file, &objects, None)
}

#[test]
fn a_store_with_the_attackers_own_authority_makes_nobody_trusted() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    let file = sign(&document(), &stranger.authority, &stranger.leader, None);
    let bring = &stranger.authority;
    let certificates = [bring.root().der().to_vec(), bring.issuing().der().to_vec()];
    let lists = [bring.crl(NOW.plus(30)).expect("signs"), bring.root_crl(NOW.plus(30)).expect("signs")];
    let verdict = scene.judge(&with_store(&file, &certificates, &lists), &soon());
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::NoCertificateChainFound));
}

#[test]
fn a_crl_of_another_key_under_the_same_name_does_not_clear_a_revoked_signer() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    let file = scene.sign(None);
    scene.authority.revoke(&scene.leader.certificate, NOW.plus(5), Reason::KeyCompromise);
    let lists = [stranger.authority.crl(NOW.plus(30)).expect("signs")];
    let poisoned = with_store(&file, &[stranger.authority.issuing().der().to_vec()], &lists);
    let nothing = Setting { crls_of: Vec::new(), ..soon() };
    let with_root = || {
        let mut evidence = Evidence::new();
        let root = scene.authority.root_crl(NOW.plus(30)).expect("signs");
        evidence.add_crl(Crl::from_der(&root).expect("reads"));
        evidence
    };
    let alone = scene.judge_by(&poisoned, &nothing, with_root(), None).remove(0);
    assert_eq!(outcome(&alone), indeterminate(SubIndication::TryLater));
    assert_eq!(outcome(&scene.judge(&poisoned, &soon())), indeterminate(SubIndication::RevokedNoPoe));
    // A good one of the right key, but of before and run out.
    let old = [scene.authority.crl(NOW.plus(-60 * DAY)).expect("signs")];
    let stale = scene.judge_by(&with_store(&file, &[], &old), &nothing, with_root(), None).remove(0);
    assert_eq!(outcome(&stale), indeterminate(SubIndication::TryLater));
}

#[test]
fn without_revocation_data_for_the_issuing_ca_nothing_passes() {
    let scene = Scene::new();
    let mut evidence = Evidence::new();
    evidence.add_crl(Crl::from_der(&scene.authority.crl(NOW.plus(30)).expect("signs")).expect("reads"));
    let verdict = scene.judge_by(&scene.sign(None), &soon(), evidence, None).remove(0);
    assert_eq!(outcome(&verdict), indeterminate(SubIndication::TryLater));
}

#[test]
fn a_signers_revocation_does_not_hide_behind_a_later_one_of_its_ca() {
    let tsa = Scene::new().authority;
    let judged = |signer_revoked: Option<i64>| {
        let scene = Scene::new();
        let who = &scene.leader;
        let file = sign_as(&document(), request(), |digest| {
            let request = CmsRequest::detached(digest, &who.certificate, &who.issuers);
            let mut made = make(&request, &*who.signer).expect("signs");
            made.add_signature_time_stamp(&token(&tsa, made.signature_value(), NOW.plus(2 * DAY), TsaFault::None));
            made.to_der()
        });
        if let Some(days) = signer_revoked {
            scene.authority.revoke(&who.certificate, NOW.plus(days * DAY), Reason::KeyCompromise);
        }
        scene.authority.revoke(scene.authority.issuing(), NOW.plus(3 * DAY), Reason::CaCompromise);
        let now = NOW.plus(4 * DAY);
        let verdict = scene.judge_by(&file, &Setting::at(now), crls(&[&scene.authority, &tsa], now), Some(&tsa));
        let verdict = verdict.into_iter().next().expect("one");
        assert_eq!(verdict.best_time, Some(NOW.plus(2 * DAY)), "{:?}", verdict.findings);
        outcome(&verdict)
    };
    assert_eq!(judged(None), PASSED);
    assert_eq!(judged(Some(3)), PASSED);
    assert_eq!(judged(Some(1)), indeterminate(SubIndication::RevokedCaNoPoe));
}

#[test]
fn stamped_after_expiry_a_later_revocation_does_not_make_it_good() {
    let tsa = Scene::new().authority;
    let subject = Subject::person("Trần Thị Bình", "Giám đốc", "Sở").valid(NOW.plus(-DAY), NOW.plus(DAY));
    let scene = Scene::with(subject, Purpose::Signing);
    let who = &scene.leader;
    let file = sign_as(&document(), request(), |digest| {
        let request = CmsRequest::detached(digest, &who.certificate, &who.issuers);
        let mut made = make(&request, &*who.signer).expect("signs");
        made.add_signature_time_stamp(&token(&tsa, made.signature_value(), NOW.plus(2 * DAY), TsaFault::None));
        made.to_der()
    });
    scene.authority.revoke(&who.certificate, NOW.plus(3 * DAY), Reason::KeyCompromise);
    let now = NOW.plus(4 * DAY);
    let verdicts = scene.judge_by(&file, &Setting::at(now), crls(&[&scene.authority, &tsa], now), Some(&tsa));
    assert_eq!(outcome(&verdicts[0]), indeterminate(SubIndication::RevokedNoPoe));
}

#[test]
fn a_time_stamp_of_a_stranger_the_future_or_before_its_authority_proves_nothing() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    let times = [
        (&stranger.authority, NOW.plus(5)),
        (&scene.authority, NOW.plus(DAY)),
        (&scene.authority, NOW.plus(-30 * YEAR)),
    ];
    for (tsa, at) in times {
        let who = &scene.leader;
        let file = sign_as(&document(), request(), |digest| {
            let request = CmsRequest::detached(digest, &who.certificate, &who.issuers);
            let mut made = make(&request, &*who.signer).expect("signs");
            made.add_signature_time_stamp(&token(tsa, made.signature_value(), at, TsaFault::None));
            made.to_der()
        });
        let verdict = scene.judge(&file, &soon());
        assert_eq!((verdict.best_time, verdict.level), (Some(NOW.plus(60)), Some("PAdES-B-B")), "{at}");
        assert!(!verdict.timestamps[0].conclusion.passed(), "{at}");
    }
}

#[test]
fn a_signature_that_claims_an_early_revision_is_not_proven_by_its_time_stamp() {
    let scene = Scene::new();
    let base = document();
    let parsed = congvan::pdf::Document::open(&base).expect("opens");
    let mut wish = request();
    (wish.kind, wish.claimed_time) = (SignatureKind::DocTimeStamp, None);
    let prepared = congvan::sign::pades::prepare(&parsed, wish).expect("prepares");
    let mut covered = Vec::new();
    prepared.for_each_chunk(&base, &mut |piece| covered.extend_from_slice(piece)).expect("memory");
    let stamped = prepared.embed(&token(&scene.authority, &covered, NOW, TsaFault::None)).expect("fits");
    let stamped = [&base[..], &stamped.bytes].concat();
    let signed = sign(&stamped, &scene.authority, &scene.leader, None);
    // One more field whose dictionary holds the same CMS and claims the first revision.
    let parsed = congvan::pdf::Document::open(&signed).expect("opens");
    let fields = parsed.signatures().expect("reads");
    let number = fields.last().and_then(|f| f.signature.as_ref()?.value.id).expect("an object").number;
    let dictionary = body(&signed, number);
    let at = dictionary.find("/ByteRange").expect("a range");
    let range = &dictionary[at..][..=dictionary[at..].find(']').expect("closed")];
    let bogus = dictionary.replace(range, &format!("/ByteRange [0 10 20 {}]", base.len() - 20));
    let catalog = body(&signed, 1);
    let form = match catalog.split("/AcroForm").nth(1).expect("a form").split_whitespace().next() {
        Some(number) => number.parse::<u32>().ok(),
        None => None,
    };
    let holder = form.unwrap_or(1);
    let changed = body(&signed, holder).replacen("/Fields [", "/Fields [ 811 0 R ", 1);
    let changed = changed.replacen("/Fields[", "/Fields[ 811 0 R ", 1);
    let field = "<</FT/Sig/T(Bogus)/V 812 0 R/Subtype/Widget/Rect[0 0 0 0]>>";
    let attacked = update(&signed, &[(holder, &changed), (811, field), (812, &bogus)], None);
    let verdicts = scene.judge_all(&attacked, &soon());
    assert!(verdicts.iter().any(|v| v.id == "Bogus"), "the attack is in the file");
    for verdict in verdicts.iter().filter(|v| v.kind.name() == "signature") {
        assert_eq!(verdict.best_time, Some(NOW.plus(60)), "{}", verdict.id);
        assert!(!verdict.conclusion.passed(), "{}", verdict.id);
    }
}

#[test]
fn the_same_subject_under_another_key_or_the_leaf_as_a_ca_is_nobody() {
    let (scene, stranger) = (Scene::new(), Scene::new());
    assert_eq!(stranger.leader.certificate.subject(), scene.leader.certificate.subject());
    let file = sign(&document(), &scene.authority, &stranger.leader, None);
    assert_eq!(scene.judge(&file, &soon()).conclusion.indication(), Indication::Indeterminate);

    // The leader's key issues a certificate to the attacker's key.
    let (leaf, key) = (&scene.leader.certificate, &stranger.leader.signer);
    let algorithm = scene.leader.signer.scheme().to_identifier();
    let tbs = build::TbsCertificate {
        serial: vec![7; 8],
        signature_algorithm: algorithm.clone(),
        issuer: leaf.subject().clone(),
        not_before: NOW.plus(-DAY),
        not_after: NOW.plus(DAY),
        subject: stranger.leader.certificate.subject().clone(),
        spki: key.public_key().to_vec(),
        extensions: vec![build::key_usage(KeyUsage::DIGITAL_SIGNATURE)],
    }
    .to_der();
    let value = scene.leader.signer.sign(&tbs).expect("signs");
    let issued = Certificate::from_der(&build::assemble(&tbs, &algorithm, &value)).expect("reads");
    let chain = [leaf.clone(), scene.authority.issuing().clone()];
    let file = sign_as(&document(), request(), |digest| {
        make(&CmsRequest::detached(digest, &issued, &chain), &**key).expect("signs").to_der()
    });
    let verdict = scene.judge(&file, &soon());
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate, "{:?}", verdict.findings);
    assert!(!verdict.trusted);
}

/// One SignerInfo of the leader over `digest`, made by hand.
fn parts(scene: &Scene, digest: &[u8], named: &Certificate, with_attributes: bool) -> SignerParts {
    let sha256 = DigestAlgorithm::Sha256;
    let attributes = cms::signed_attributes(&[
        cms::content_type(&oids::DATA),
        cms::message_digest(digest),
        cms::signing_certificate_v2(named, &sha256.oid(), &sha256.digest(named.der())),
    ]);
    let who = &scene.leader;
    SignerParts {
        id: SignerParts::id_of(&who.certificate),
        digest_algorithm: AlgorithmIdentifier { oid: sha256.oid(), parameters: None },
        signature: who.signer.sign(&attributes).expect("signs"),
        signed_attributes: with_attributes.then_some(attributes),
        signature_algorithm: who.signer.scheme().to_identifier(),
        unsigned_attributes: Vec::new(),
    }
}

#[test]
fn tricks_inside_the_cms_are_refused() {
    let scene = Scene::new();
    let other = scene
        .authority
        .issue(&Subject::agency("Văn thư", "Ủy ban"), Purpose::Signing, &KeyChoice::Fresh)
        .expect("a certificate");
    let leader = &scene.leader.certificate;
    let judged = |change: &dyn Fn(&mut Vec<SignerParts>), content: Option<&[u8]>, named: &Certificate, plain: bool| {
        let file = sign_as(&document(), request(), |digest| {
            let mut signers = vec![parts(&scene, digest, named, !plain)];
            change(&mut signers);
            let certificates = vec![leader.der(), other.certificate.der(), scene.authority.issuing().der()];
            let parts = SignedDataParts { content, certificates, signers: &signers, ..SignedDataParts::default() };
            cms::signed_data(&oids::DATA, &parts)
        });
        scene.judge_all(&file, &soon())
    };
    let honest = judged(&|_| {}, None, leader, false);
    assert_eq!(outcome(&honest[0]), PASSED, "{:?}", honest[0].findings);

    let refused = |name: &str, verdicts: Vec<congvan::validate::verdict::Verdict>, code: &str| {
        for verdict in verdicts {
            assert!(!verdict.conclusion.passed(), "{name}");
            let codes: Vec<_> = verdict.findings.iter().map(|f| f.code()).collect();
            assert!(codes.contains(&code), "{name}: {:?} {codes:?}", verdict.conclusion);
        }
    };
    refused(
        "another certificate named",
        judged(&|_| {}, None, &other.certificate, false),
        "SIGNING_CERTIFICATE_MISMATCH",
    );
    refused("no signed attributes", judged(&|_| {}, None, leader, true), "NO_SIGNED_ATTRIBUTES");
    refused("other content inside", judged(&|_| {}, Some(b"5.000.000"), leader, false), "CONTENT_TYPE_MISMATCH");
    let twice = |signers: &mut Vec<SignerParts>| signers.extend(signers.clone());
    refused("two signers", judged(&twice, None, leader, false), "SIGNER_COUNT");
    let swapped = |signers: &mut Vec<SignerParts>| {
        signers[0].digest_algorithm = AlgorithmIdentifier { oid: DigestAlgorithm::Sha512.oid(), parameters: None };
    };
    refused("digest swapped", judged(&swapped, None, leader, false), "DIGEST_ALGORITHMS_DIFFER");
}
