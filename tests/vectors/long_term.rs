//! Long-term scenarios: files at LT and LTA, renewed or not, judged years later by what they carry — EN 319 102-1 5.6.3,
//! EN 319 142-1 6. The clock is pinned; nobody is asked but the test authorities.

use congvan::authority::ca::CaKeys;
use congvan::authority::{Authority, Identity, KeyChoice, LocalTsa, Purpose, Settings, Subject, TsaFault};
use congvan::base::read::ReadAt;
use congvan::base::time::UnixTime;
use congvan::path::{Anchors, Links, Pool};
use congvan::pdf::Permission;
use congvan::policy::Policy;
use congvan::revocation::Evidence;
use congvan::sign::cades::{self, CmsRequest};
use congvan::sign::extend::{ExtendError, Extension, Proofs};
use congvan::sign::pades::SignatureKind;
use congvan::validate::candidate::Kind;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::lifetime::{self, Cause};
use congvan::validate::material::{Missing, material};
use congvan::validate::pdf::collect;
use congvan::validate::verdict::Verdict;
use congvan::validate::{Inputs, RevocationChecks, judge};
use congvan::x509::crl::Reason;
use congvan::x509::{Crl, OcspResponse};

use super::scene::{DAY, NOW, PASSED, YEAR, document, failed, outcome, request, sign, sign_as, token};

/// Authorities everybody trusts, and whether their present CRLs are to be had.
struct World<'a> {
    authorities: Vec<&'a Authority>,
    policy: Policy,
}

impl<'a> World<'a> {
    fn of(authorities: &[&'a Authority]) -> Self {
        World { authorities: authorities.to_vec(), policy: Policy::strict() }
    }

    /// Judges at `at` by the file and, when `asking`, by today's CRLs; `look` sees the verdicts and the inputs.
    fn look<T>(&self, file: &[u8], at: UnixTime, asking: bool, look: impl Fn(&[Verdict], &Inputs<'_>) -> T) -> T {
        let file = file.to_vec();
        let collected = collect(&file, None).expect("a PDF");
        let embedded = collected.embedded();
        let mut pool = Pool::new(self.authorities.iter().map(|a| a.issuing().clone()));
        pool.extend(embedded.certificates);
        let mut evidence = Evidence::new();
        for crl in embedded.crls.iter().filter_map(|der| Crl::from_der(der).ok()) {
            evidence.add_crl(crl);
        }
        for answer in embedded.ocsp_responses.iter().filter_map(|der| OcspResponse::from_der(der).ok()) {
            evidence.add_ocsp(answer);
        }
        for authority in self.authorities.iter().filter(|_| asking) {
            for der in [authority.crl(at), authority.root_crl(at)] {
                evidence.add_crl(Crl::from_der(&der.expect("signs")).expect("reads"));
            }
        }
        let anchors = Anchors::from_certificates(self.authorities.iter().map(|a| a.root().clone()));
        let inputs = Inputs {
            now: at,
            signer_anchors: &anchors,
            tsa_anchors: &anchors,
            pool: &pool,
            evidence: &evidence,
            links: &Links::new(),
            policy: &self.policy,
            revocation: RevocationChecks::On,
        };
        look(&judge(&collected, &inputs), &inputs)
    }

    fn judge(&self, file: &[u8], at: UnixTime, asking: bool) -> Vec<Verdict> {
        self.look(file, at, asking, |verdicts, _| verdicts.to_vec())
    }

    fn first(&self, file: &[u8], at: UnixTime, asking: bool) -> Verdict {
        self.judge(file, at, asking).remove(0)
    }

    /// Puts into the file what judging it at `at` takes.
    fn with_proofs(&self, file: &[u8], at: UnixTime) -> Vec<u8> {
        let gathered = self.look(file, at, true, |verdicts, inputs| {
            let of = |verdict: &Verdict| {
                let purpose = match verdict.kind {
                    Kind::DocTimestamp => congvan::path::Purpose::TimeStamping,
                    _ => congvan::path::Purpose::DocumentSigning,
                };
                let mut all = material(verdict.signer.as_ref().expect("a signer"), purpose, inputs);
                for authority in verdict.timestamps.iter().filter_map(|t| t.authority.as_ref()) {
                    all.merge(material(authority, congvan::path::Purpose::TimeStamping, inputs));
                }
                (verdict.id.clone(), all)
            };
            verdicts.iter().map(of).collect::<Vec<_>>()
        });
        let proofs: Vec<Proofs<'_>> = gathered
            .iter()
            .map(|(field, m)| Proofs { field, certificates: &m.certificates, crls: &m.crls, ocsp: &m.ocsp })
            .collect();
        let file = file.to_vec();
        let mut extension = Extension::new(&file, None, Vec::new());
        assert!(extension.add_proofs(&proofs).expect("adds"), "nothing was new");
        whole(&extension)
    }
}

fn whole(extension: &Extension<'_>) -> Vec<u8> {
    let all = extension.whole();
    all.read_range(0, all.len(), 1 << 30).expect("memory")
}

fn stamped(file: &[u8], authority: &Authority, at: UnixTime) -> Vec<u8> {
    let file = file.to_vec();
    let mut extension = Extension::new(&file, None, Vec::new());
    extension.add_time_stamp(&LocalTsa { authority, now: at, fault: TsaFault::None }, at).expect("stamps");
    whole(&extension)
}

fn authority(now: UnixTime, keys: CaKeys) -> Authority {
    Authority::new(&Settings { now, base_url: "http://127.0.0.1:1".to_owned(), keys }).expect("an authority")
}

fn leader(authority: &Authority, days: i64) -> Identity {
    let subject = Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ").valid(NOW.plus(-DAY), NOW.plus(days * DAY));
    authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("a certificate")
}

/// Signed and stamped at NOW, at LT a minute later, at LTA two minutes later.
fn at_lta(world: &World<'_>, authority: &Authority, who: &Identity) -> Vec<u8> {
    let lt = world.with_proofs(&sign(&document(), authority, who, Some((NOW.plus(5), TsaFault::None))), NOW.plus(60));
    stamped(&lt, authority, NOW.plus(120))
}

#[test]
fn each_step_reaches_its_level_and_keeps_every_byte() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let who = leader(&authority, 300);
    let t = sign(&document(), &authority, &who, Some((NOW.plus(5), TsaFault::None)));
    let lt = world.with_proofs(&t, NOW.plus(60));
    let lta = stamped(&lt, &authority, NOW.plus(120));
    assert!(lt.starts_with(&t) && lta.starts_with(&lt));
    // By what is in the file alone, while it is fresh.
    for (file, level) in [(&t, "PAdES-B-T"), (&lt, "PAdES-B-LT"), (&lta, "PAdES-B-LTA")] {
        let verdict = world.first(file, NOW.plus(200), level == "PAdES-B-T");
        assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some(level)), "{:?}", verdict.findings);
    }
    // And just as much when newer data turns up elsewhere.
    for (file, level) in [(&lt, "PAdES-B-LT"), (&lta, "PAdES-B-LTA")] {
        assert_eq!(world.first(file, NOW.plus(30 * DAY), true).level, Some(level));
    }
}

#[test]
fn a_second_time_with_the_same_proofs_adds_nothing() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let lt = at_lta(&world, &authority, &leader(&authority, 300));
    let mut extension = Extension::new(&lt, None, Vec::new());
    let none = Proofs { field: "Signature1", certificates: &[], crls: &[], ocsp: &[] };
    assert!(!extension.add_proofs(&[none]).expect("nothing to do"));
    assert!(extension.tail().is_empty());
    let unknown = Proofs { field: "Elsewhere", ..none };
    assert!(matches!(extension.add_proofs(&[unknown]), Err(ExtendError::NoSuchSignature(name)) if name == "Elsewhere"));
}

#[test]
fn lta_passes_after_the_signer_expired() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let lta = at_lta(&world, &authority, &leader(&authority, 10));
    let verdicts = world.judge(&lta, NOW.plus(300 * DAY), true);
    assert_eq!(verdicts.iter().map(outcome).collect::<Vec<_>>(), [PASSED, PASSED], "{:?}", verdicts[0].findings);
    assert_eq!(verdicts[0].level, Some("PAdES-B-LTA"));
}

#[test]
fn lta_passes_after_signer_and_issuer_were_revoked_for_compromise() {
    let authority = authority(NOW, CaKeys::Fresh);
    let other = self::authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority, &other]);
    let who = leader(&authority, 300);
    let t = sign(&document(), &other, &who, None);
    // Stamped by an authority of its own, whose path is not touched by what happens to the signer's.
    let lt = world.with_proofs(&stamped(&t, &other, NOW.plus(5)), NOW.plus(60));
    let lta = stamped(&lt, &other, NOW.plus(120));
    authority.revoke(&who.certificate, NOW.plus(2 * DAY), Reason::KeyCompromise);
    authority.revoke(authority.issuing(), NOW.plus(3 * DAY), Reason::CaCompromise);
    let verdict = world.first(&lta, NOW.plus(10 * DAY), true);
    assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
}

/// One renewal as `extend` does it: proofs, a time-stamp, and the proofs from after it.
fn renewed(world: &World<'_>, file: &[u8], by: &Authority, at: UnixTime) -> Vec<u8> {
    world.with_proofs(&stamped(&world.with_proofs(file, at), by, at.plus(60)), at.plus(120))
}

#[test]
fn renewed_lta_passes_after_its_first_time_stamping_authority_expired_and_unrenewed_does_not() {
    let first = authority(NOW, CaKeys::Fresh);
    // The second authority opens two years later; the first one's time-stamping certificate ends after 1,065 days.
    let second = authority(NOW.plus(2 * YEAR), CaKeys::Fresh);
    let world = World::of(&[&first, &second]);
    let lta = at_lta(&world, &first, &leader(&first, 300));
    let renewed = renewed(&world, &lta, &second, NOW.plus(2 * YEAR + 100 * DAY));
    let later = NOW.plus(4 * YEAR);
    // The first issuing CA publishes no more; its root still does.
    let verdict_on = |file: &[u8]| {
        world.look(file, later, false, |_, inputs| {
            let mut evidence = inputs.evidence.clone();
            for der in [second.crl(later), second.root_crl(later), first.root_crl(later)] {
                evidence.add_crl(Crl::from_der(&der.expect("signs")).expect("reads"));
            }
            let file = file.to_vec();
            judge(&collect(&file, None).expect("a PDF"), &Inputs { evidence: &evidence, ..*inputs }).remove(0)
        })
    };
    let verdict = verdict_on(&renewed);
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("PAdES-B-LTA")), "{:?}", verdict.findings);
    assert_eq!(verdict.best_time, Some(NOW.plus(5)));
    let verdict = verdict_on(&lta);
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate, "{:?}", verdict.findings);
    // Without the first one's anchor the renewal is worth nothing either.
    let verdict = World::of(&[&second]).first(&renewed, later, true);
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate);
}

/// The strict policy with an end of RSA-2048 that comes while the test's certificates are valid.
fn rsa_ends(date: &str) -> Policy {
    let until =
        "rsa-pkcs1v15 = [{ min-bits = 1024, until = \"2014-01-01\" }, { min-bits = 2048, until = \"2031-01-01\" }";
    let text = include_str!("../../src/policy/default.toml");
    assert!(text.contains(until));
    Policy::from_toml(text.replace(until, &until.replace("2031-01-01", date)).as_bytes()).expect("a policy")
}

#[test]
fn an_algorithm_that_ended_is_carried_by_renewals_made_before_and_by_none_made_after() {
    let time = |text: &str| UnixTime::parse_rfc3339(text).expect("a time");
    let rsa = authority(NOW, CaKeys::Embedded);
    let curve = authority(time("2027-06-01T00:00:00Z"), CaKeys::Fresh);
    let world = World { policy: rsa_ends("2028-01-01"), ..World::of(&[&rsa, &curve]) };
    let lta = at_lta(&world, &rsa, &leader(&rsa, 300));
    let twice =
        |first: &str, second: &str| renewed(&world, &renewed(&world, &lta, &curve, time(first)), &curve, time(second));
    let later = time("2028-03-01T00:00:00Z");
    let in_time = world.first(&twice("2027-06-01T00:00:00Z", "2027-09-01T00:00:00Z"), later, true);
    assert_eq!(outcome(&in_time), PASSED, "{:?}", in_time.findings);
    let too_late = world.first(&twice("2028-01-01T00:00:00Z", "2028-02-01T00:00:00Z"), later, true);
    assert_eq!(too_late.conclusion.indication(), Indication::Indeterminate, "{:?}", too_late.findings);
    let never = world.first(&lta, later, true);
    assert_eq!(never.conclusion.indication(), Indication::Indeterminate, "{:?}", never.findings);
}

#[test]
fn one_changed_byte_in_the_signed_part_fails_at_every_level() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let mut lta = at_lta(&world, &authority, &leader(&authority, 300));
    let at = lta.windows(6).position(|w| w == b"stream").expect("a stream") + 40;
    lta[at] ^= 1;
    for verdict in world.judge(&lta, NOW.plus(200), false) {
        assert_eq!(outcome(&verdict), failed(SubIndication::HashFailure));
    }
}

#[test]
fn a_changed_security_store_breaks_the_time_stamp_over_it() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let mut lta = at_lta(&world, &authority, &leader(&authority, 300));
    let dss = lta.windows(5).position(|w| w == b"/Cert").expect("a store");
    lta[dss + 1] = b'c';
    let verdicts = world.judge(&lta, NOW.plus(200), true);
    let stamp = verdicts.iter().find(|v| v.kind == Kind::DocTimestamp).expect("one");
    assert_eq!(outcome(stamp), failed(SubIndication::HashFailure));
}

#[test]
fn a_document_certified_against_all_changes_still_climbs() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let who = leader(&authority, 300);
    let mut request = request();
    request.kind = SignatureKind::Certification(Permission::NoChanges);
    let certified = sign_as(&document(), request, |digest| {
        let cms = CmsRequest::detached(digest, &who.certificate, &who.issuers);
        let mut cms = cades::sign(&cms, &*who.signer).expect("signs");
        cms.add_signature_time_stamp(&token(&authority, cms.signature_value(), NOW.plus(5), TsaFault::None));
        cms.to_der()
    });
    let lta = stamped(&world.with_proofs(&certified, NOW.plus(60)), &authority, NOW.plus(120));
    let verdict = world.first(&lta, NOW.plus(200), false);
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("PAdES-B-LTA")), "{:?}", verdict.findings);
}

#[test]
fn a_document_time_stamp_makes_t_of_b_in_the_very_second_it_is_judged() {
    let authority = authority(NOW, CaKeys::Fresh);
    let world = World::of(&[&authority]);
    let b = sign(&document(), &authority, &leader(&authority, 300), None);
    assert_eq!(world.first(&b, NOW.plus(5), true).level, Some("PAdES-B-B"));
    let verdict = world.first(&stamped(&b, &authority, NOW.plus(5)), NOW.plus(5), true);
    assert_eq!((outcome(&verdict), verdict.level), (PASSED, Some("PAdES-B-T")), "{:?}", verdict.findings);
}

#[test]
fn what_is_missing_for_lt_is_named() {
    let authority = authority(NOW, CaKeys::Fresh);
    let who = leader(&authority, 300);
    let t = sign(&document(), &authority, &who, Some((NOW.plus(5), TsaFault::None)));
    let gather = |world: &World<'_>, asking| {
        world.look(&t, NOW.plus(60), asking, |_, inputs| {
            material(&who.certificate, congvan::path::Purpose::DocumentSigning, inputs)
        })
    };
    let world = World::of(&[&authority]);
    let complete = gather(&world, true);
    assert_eq!(complete.missing, []);
    assert_eq!((complete.certificates.len(), complete.crls.len()), (3, 2));
    let without = gather(&world, false);
    let unknown = |certificate: &congvan::x509::Certificate| Missing::Revocation { certificate: certificate.clone() };
    assert_eq!(without.missing, [unknown(&who.certificate), unknown(authority.issuing())]);
    let stranger = self::authority(NOW, CaKeys::Fresh);
    let nowhere = gather(&World::of(&[&stranger]), true);
    assert!(matches!(nowhere.missing.as_slice(), [Missing::Path { .. }]), "{:?}", nowhere.missing);
    authority.revoke(&who.certificate, NOW.plus(10), Reason::KeyCompromise);
    let revoked = gather(&world, true);
    assert_eq!(revoked.missing, [Missing::Revoked { certificate: who.certificate.clone(), at: NOW.plus(10) }]);
}

#[test]
fn proof_ends_with_the_newest_time_stamp_or_its_algorithm() {
    let rsa = authority(NOW, CaKeys::Embedded);
    let world = World::of(&[&rsa]);
    let rules = Policy::strict().algorithms;
    let who = leader(&rsa, 300);
    let end = |file: &[u8]| lifetime::end(&world.judge(file, NOW.plus(200), true), &rules).expect("an end");
    let b = sign(&document(), &rsa, &who, None);
    assert_eq!(end(&b).at, who.certificate.not_after().plus(1));
    let lta = at_lta(&world, &rsa, &who);
    let authority = rsa.time_stamper().certificate.not_after();
    assert_eq!(end(&lta).at, authority.plus(1));
    assert!(matches!(end(&lta).by, Cause::Expiry(certificate) if certificate.not_after() == authority));
    // A policy that ends RSA sooner.
    let sooner = rsa_ends("2027-01-01");
    let found = lifetime::end(&world.judge(&lta, NOW.plus(200), true), &sooner.algorithms).expect("an end");
    assert_eq!(found.at, UnixTime::parse_rfc3339("2027-01-01T00:00:00Z").expect("a time"));
    assert_eq!(found.by, Cause::Algorithm("rsa-pkcs1v15 2048".to_owned()));
    assert_eq!(lifetime::end(&[], &rules), None);
}
