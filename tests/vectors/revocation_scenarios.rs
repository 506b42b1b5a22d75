//! CRLs and OCSP answers that are right, stale, of the wrong signer, about something else, or partial.

use std::sync::Arc;

use congvan::asn1::write;
use congvan::path::{Anchors, Links, Pool, Purpose, Settings, ValidPath, validate};
use congvan::policy::UnknownStatus;
use congvan::revocation::{Chosen, Context, Evidence, Source, Status, Target, Unusable, Usable, check};
use congvan::x509::crl::Reason;
use congvan::x509::ocsp::{CertId, CertStatus};
use congvan::x509::{Certificate, Crl, Extension, KeyUsage, OcspResponse, build, oids};

use crate::made_pki::{DAY, NOW, Party, YEAR, ca, signer};

struct Bench {
    root: Party,
    issuing: Party,
    root_certificate: Certificate,
    issuing_certificate: Certificate,
    leaf: Certificate,
}

fn bench() -> Bench {
    let (root, issuing) = (Party::new("root"), Party::new("issuing"));
    let leaf = issuing.issue(&Party::new("leader"), signer());
    let (root_certificate, issuing_certificate) = (root.root(), root.issue(&issuing, ca(None)));
    Bench { root, issuing, root_certificate, issuing_certificate, leaf }
}

impl Bench {
    fn path(&self) -> ValidPath {
        let anchors = Anchors::from_certificates([self.root_certificate.clone()]);
        let pool = Pool::new([self.issuing_certificate.clone()]);
        let settings = Settings::new(NOW, Purpose::DocumentSigning);
        validate(&self.leaf, &pool, &anchors, &settings, &Links::new()).expect("a valid path")
    }

    fn look(&self, crls: &[Crl], ocsp: &[OcspResponse], more: &[Certificate]) -> Chosen {
        self.look_at(NOW.plus(60), crls, ocsp, more, None)
    }

    fn look_at(
        &self,
        time: congvan::base::time::UnixTime,
        crls: &[Crl],
        ocsp: &[OcspResponse],
        more: &[Certificate],
        nonce: Option<&[u8]>,
    ) -> Chosen {
        let mut evidence = Evidence::new();
        for crl in crls {
            evidence.add_crl(crl.clone());
        }
        for answer in ocsp {
            evidence.add_ocsp(answer.clone());
        }
        let pool = Pool::new(more.iter().cloned().chain([self.issuing_certificate.clone()]));
        let links = Links::new();
        let context = Context {
            pool: &pool,
            links: &links,
            time,
            usable: Usable::Current { max_age_s: None },
            unknown_signer: UnknownStatus::Deny,
            work: 100_000,
        };
        check(Target { path: &self.path(), at: 0 }, &evidence, &context, nonce)
    }

    fn revoked(&self, reason: Option<Reason>) -> Crl {
        self.issuing.crl(NOW, &[(&self.leaf, NOW.plus(-DAY), reason)])
    }
}

fn reasons(chosen: &Chosen) -> Vec<&Unusable> {
    chosen.dismissed.iter().map(|d| &d.reason).collect()
}

fn responder(extra: Vec<Extension>) -> (Party, Vec<Extension>) {
    let mut extensions = signer();
    extensions.push(build::extended_key_usage(&[oids::KP_OCSP_SIGNING], false));
    extensions.extend(extra);
    (Party::new("responder"), extensions)
}

#[test]
fn a_crl_says_good_or_revoked_and_nothing_says_unknown() {
    let b = bench();
    assert_eq!(b.look(&[b.issuing.crl(NOW, &[])], &[], &[]).status(), Status::Good);
    let revoked = b.look(&[b.revoked(Some(Reason::KeyCompromise))], &[], &[]).status();
    assert_eq!(revoked, Status::Revoked { at: NOW.plus(-DAY), reason: Some(Reason::KeyCompromise) });
    assert!(revoked.is_revoked_at(NOW.plus(-DAY)) && !revoked.is_revoked_at(NOW.plus(-DAY - 1)));
    assert_eq!(b.look(&[], &[], &[]).status(), Status::Unknown);
}

#[test]
fn a_crl_speaks_from_its_issue_to_its_next_update() {
    let b = bench();
    let crl = b.issuing.crl(NOW, &[]);
    let at = |time| b.look_at(time, std::slice::from_ref(&crl), &[], &[], None);
    assert_eq!(at(NOW).status(), Status::Good);
    assert_eq!(at(NOW.plus(DAY)).status(), Status::Good);
    assert!(matches!(reasons(&at(NOW.plus(-1)))[..], [Unusable::FromTheFuture { .. }]));
    assert!(matches!(reasons(&at(NOW.plus(DAY + 1)))[..], [Unusable::Outdated { .. }]));
}

#[test]
fn a_crl_of_another_key_of_the_same_name_is_not_believed() {
    let b = bench();
    let impostor = Party::new("issuing");
    let forged = impostor.crl(NOW, &[]);
    assert_eq!(reasons(&b.look(std::slice::from_ref(&forged), &[], &[])), [&Unusable::Signer]);
    // Not even with a certificate of its own making in the pool: it does not lead to the same anchor.
    let chosen = b.look(&[forged], &[], &[impostor.root()]);
    assert!(matches!(reasons(&chosen)[..], [Unusable::SignerPath(_)]), "{chosen:?}");
    // The name of another authority does not fit at all.
    assert_eq!(b.look(&[b.root.crl(NOW, &[])], &[], &[]).all.len(), 0);
}

#[test]
fn a_damaged_crl_signature_is_not_believed() {
    let b = bench();
    let mut der = b.issuing.crl(NOW, &[]).der().to_vec();
    *der.last_mut().expect("bytes") ^= 1;
    let damaged = Crl::from_der(&der).expect("reads");
    assert_eq!(reasons(&b.look(&[damaged], &[], &[])), [&Unusable::Signer]);
}

#[test]
fn a_key_the_ca_gave_for_its_crls_counts_until_that_is_revoked() {
    let b = bench();
    let crl_signer = Party::new("issuing");
    let extensions = vec![build::key_usage(KeyUsage::CRL_SIGN)];
    let certificate = b.issuing.issue(&crl_signer, extensions);
    let by_signer = crl_signer.crl(NOW, &[]);
    let pool = [certificate.clone()];
    // Its own status is on the very CRL it signs: the circle is left open, its path counts.
    assert_eq!(b.look(std::slice::from_ref(&by_signer), &[], &pool).status(), Status::Good);
    let revokes_it = b.issuing.crl(NOW, &[(&certificate, NOW.plus(-DAY), None)]);
    let chosen = b.look(&[by_signer, revokes_it], &[], &pool);
    assert!(reasons(&chosen).contains(&&Unusable::SignerRevoked), "{chosen:?}");
    // Without cRLSign the key may not sign them.
    let no_right = [b.issuing.issue(&crl_signer, signer())];
    assert_eq!(reasons(&b.look(&[crl_signer.crl(NOW, &[])], &[], &no_right)), [&Unusable::Signer]);
}

#[test]
fn a_delta_adds_a_revocation_and_lifts_a_hold_and_counts_for_nothing_alone() {
    let b = bench();
    let base = |revoked: &[_]| b.issuing.crl_with(NOW, revoked, vec![build::crl_number(5)]);
    let delta = |n: u64, from: u64, revoked: &[_]| {
        let indicator = build::extension(oids::DELTA_CRL_INDICATOR, true, write::integer(from));
        b.issuing.crl_with(NOW.plus(10), revoked, vec![build::crl_number(n), indicator])
    };
    let hold = [(&b.leaf, NOW.plus(-DAY), Some(Reason::CertificateHold))];
    let lifted = [(&b.leaf, NOW, Some(Reason::RemoveFromCrl))];
    let bad = [(&b.leaf, NOW, Some(Reason::KeyCompromise))];
    assert!(matches!(b.look(&[base(&[]), delta(6, 5, &bad)], &[], &[]).status(), Status::Revoked { .. }));
    assert_eq!(b.look(&[base(&hold), delta(6, 5, &lifted)], &[], &[]).status(), Status::Good);
    // A delta that starts after the base, or ends before it, does not complete it.
    assert_eq!(b.look(&[base(&[]), delta(7, 6, &bad)], &[], &[]).status(), Status::Good);
    assert_eq!(b.look(&[base(&[]), delta(4, 3, &bad)], &[], &[]).status(), Status::Good);
    let alone = b.look(&[delta(6, 5, &[])], &[], &[]);
    assert_eq!((alone.status(), reasons(&alone)), (Status::Unknown, vec![&Unusable::DeltaAlone]));
}

#[test]
fn a_crl_for_some_reasons_or_cas_only_never_says_good() {
    let b = bench();
    let scoped = |value: Vec<u8>, revoked: &[_]| {
        let point = build::extension(oids::ISSUING_DISTRIBUTION_POINT, true, write::sequence(&[value]));
        b.issuing.crl_with(NOW, revoked, vec![build::crl_number(1), point])
    };
    let only_ca = scoped(write::tlv(0x82, &[0xff]), &[]);
    assert_eq!(reasons(&b.look(&[only_ca], &[], &[])), [&Unusable::Scope]);
    let some = || write::tlv(0x83, &[6, 0x40]); // keyCompromise
    assert_eq!(b.look(&[scoped(some(), &[])], &[], &[]).status(), Status::Unknown);
    let listed = [(&b.leaf, NOW, Some(Reason::KeyCompromise))];
    assert!(matches!(b.look(&[scoped(some(), &listed)], &[], &[]).status(), Status::Revoked { .. }));
    let rest = scoped(write::tlv(0x83, &[7, 0x3f, 0x80]), &[]);
    assert_eq!(b.look(&[scoped(some(), &[]), rest], &[], &[]).status(), Status::Good);
}

#[test]
fn the_issuers_ocsp_answer_counts_and_unknown_is_not_good() {
    let b = bench();
    let answer = |status| b.issuing.ocsp(&b.issuing_certificate, &b.leaf, status, None, &[]);
    let good = b.look(&[], &[answer(CertStatus::Good)], &[]);
    assert_eq!((good.status(), good.best.expect("one").source), (Status::Good, Source::Ocsp));
    assert_eq!(b.look(&[], &[answer(CertStatus::Unknown)], &[]).status(), Status::Unknown);
    let revoked = CertStatus::Revoked { at: NOW, reason: None };
    assert!(matches!(b.look(&[], &[answer(revoked)], &[]).status(), Status::Revoked { .. }));
    // A CRL that says revoked is not outvoted by an answer that says good.
    let both = b.look(&[b.revoked(None)], &[answer(CertStatus::Good)], &[]);
    assert!(matches!(both.status(), Status::Revoked { .. }));
}

#[test]
fn a_lifted_hold_is_told_by_newer_information_only() {
    let b = bench();
    let hold = b.revoked(Some(Reason::CertificateHold));
    let newer = b.issuing.crl(NOW.plus(30), &[]);
    let older = b.issuing.crl(NOW.plus(-30), &[]);
    assert_eq!(b.look(&[hold.clone(), newer.clone()], &[], &[]).status(), Status::Good);
    assert!(matches!(b.look(&[hold, older], &[], &[]).status(), Status::Revoked { .. }));
    // Any other revocation stays one.
    assert!(matches!(b.look(&[b.revoked(None), newer], &[], &[]).status(), Status::Revoked { .. }));
}

#[test]
fn an_ocsp_answer_about_another_certificate_or_issuer_is_not_about_this_one() {
    let b = bench();
    let other = b.issuing.issue(&Party::new("other"), signer());
    let about_other = b.issuing.ocsp(&b.issuing_certificate, &other, CertStatus::Good, None, &[]);
    assert_eq!(b.look(&[], &[about_other], &[]).status(), Status::Unknown);
    // The same serial number under another issuer's hashes.
    let elsewhere = b.issuing.ocsp(&b.root_certificate, &b.leaf, CertStatus::Good, None, &[]);
    assert_eq!(reasons(&b.look(&[], &[elsewhere], &[])), [&Unusable::NotAsked]);
}

#[test]
fn an_absent_nonce_is_accepted_and_a_different_one_is_not() {
    let b = bench();
    let with = |nonce: Option<Vec<u8>>| b.issuing.ocsp(&b.issuing_certificate, &b.leaf, CertStatus::Good, nonce, &[]);
    let look = |answer: OcspResponse| b.look_at(NOW, &[], &[answer], &[], Some(&[7; 32]));
    assert_eq!(look(with(Some(vec![7; 32]))).status(), Status::Good);
    assert_eq!(look(with(None)).status(), Status::Good);
    assert_eq!(reasons(&look(with(Some(vec![8; 32])))), [&Unusable::Nonce]);
}

#[test]
fn a_delegated_responder_needs_the_purpose_and_the_same_issuing_key() {
    let b = bench();
    let (responder, extensions) = responder(vec![build::ocsp_no_check()]);
    let answer =
        |inside: Certificate| responder.ocsp(&b.issuing_certificate, &b.leaf, CertStatus::Good, None, &[inside]);
    let delegated = b.issuing.issue(&responder, extensions.clone());
    let chosen = b.look(&[], &[answer(delegated)], &[]);
    assert_eq!(chosen.status(), Status::Good);
    assert!(chosen.best.expect("one").signer.is_some());
    let no_purpose = b.issuing.issue(&responder, signer());
    assert!(matches!(reasons(&b.look(&[], &[answer(no_purpose)], &[]))[..], [Unusable::SignerPath(_)]));
    let by_root = b.root.issue(&responder, extensions.clone());
    assert_eq!(reasons(&b.look(&[], &[answer(by_root)], &[])), [&Unusable::Signer]);
    let impostor = Party::new("issuing").issue(&responder, extensions.clone());
    assert!(matches!(reasons(&b.look(&[], &[answer(impostor)], &[]))[..], [Unusable::SignerPath(_)]));
    let expired = b.issuing.issue_for(&responder, NOW.plus(-YEAR), NOW.plus(-1), extensions);
    assert!(matches!(reasons(&b.look(&[], &[answer(expired)], &[]))[..], [Unusable::SignerPath(_)]));
}

#[test]
fn a_responder_the_ca_can_revoke_is_checked() {
    let b = bench();
    let (responder, extensions) = responder(vec![build::crl_distribution_points(&["http://crl.example/a.crl"])]);
    let certificate = b.issuing.issue(&responder, extensions);
    let answer =
        || responder.ocsp(&b.issuing_certificate, &b.leaf, CertStatus::Good, None, std::slice::from_ref(&certificate));
    assert_eq!(reasons(&b.look(&[], &[answer()], &[])), [&Unusable::SignerStatusUnknown]);
    let clean = b.issuing.crl(NOW, &[]);
    assert_eq!(b.look(&[clean], &[answer()], &[]).all.len(), 2);
    let revoked = b.issuing.crl(NOW, &[(&certificate, NOW.plus(-1), Some(Reason::KeyCompromise))]);
    let chosen = b.look(&[revoked], &[answer()], &[]);
    assert!(reasons(&chosen).contains(&&Unusable::SignerRevoked), "{chosen:?}");
}

#[test]
fn a_damaged_ocsp_signature_is_not_believed() {
    let b = bench();
    let mut der = b.issuing.ocsp(&b.issuing_certificate, &b.leaf, CertStatus::Good, None, &[]).der().to_vec();
    *der.last_mut().expect("bytes") ^= 1;
    let damaged = OcspResponse::from_der(&der).expect("reads");
    assert_eq!(reasons(&b.look(&[], &[damaged], &[])), [&Unusable::Signer]);
}

#[test]
fn a_crl_issued_after_the_certificate_ran_out_is_silent_unless_it_keeps_expired_ones() {
    let b = bench();
    let later = b.leaf.not_after().plus(DAY);
    let at = |crl: Crl| b.look_at(later.plus(60), &[crl], &[], &[], None);
    let silent = at(b.issuing.crl(later, &[]));
    assert_eq!(silent.status(), Status::Unknown);
    assert!(matches!(reasons(&silent)[..], [Unusable::AfterExpiry { .. }]), "{silent:?}");
    let keeping = |since| vec![build::crl_number(1), build::expired_certs_on_crl(since)];
    assert_eq!(at(b.issuing.crl_with(later, &[], keeping(b.leaf.not_after()))).status(), Status::Good);
    assert_eq!(at(b.issuing.crl_with(later, &[], keeping(later))).status(), Status::Unknown);
    // What it does say counts.
    let revoked = at(b.issuing.crl(later, &[(&b.leaf, NOW, None)])).status();
    assert_eq!(revoked, Status::Revoked { at: NOW, reason: None });
}

#[test]
fn an_ocsp_answer_about_an_expired_certificate_is_silent_unless_its_archive_reaches_back() {
    let b = bench();
    let end = b.leaf.not_after();
    let later = end.plus(DAY);
    let look = |status, extensions| {
        let id = CertId::sha256(&b.issuing_certificate, b.leaf.serial());
        let answer = b.issuing.ocsp_at(later, id, status, None, extensions, &[]);
        b.look_at(later.plus(60), &[], &[answer], &[], None)
    };
    let cutoff = |since| vec![build::extension(oids::OCSP_ARCHIVE_CUTOFF, false, write::generalized_time(since))];
    let silent = look(CertStatus::Good, Vec::new());
    assert_eq!(silent.status(), Status::Unknown);
    assert!(matches!(reasons(&silent)[..], [Unusable::AfterExpiry { .. }]), "{silent:?}");
    // RFC 6960 §4.4.4: the archive reaches back to the certificate's end, or begins a second after it.
    assert_eq!(look(CertStatus::Good, cutoff(end)).status(), Status::Good);
    assert_eq!(look(CertStatus::Good, cutoff(end.plus(1))).status(), Status::Unknown);
    // What it does say counts.
    let revoked = look(CertStatus::Revoked { at: NOW, reason: None }, Vec::new()).status();
    assert_eq!(revoked, Status::Revoked { at: NOW, reason: None });
    // On the day it ran out nothing had been forgotten yet.
    let id = CertId::sha256(&b.issuing_certificate, b.leaf.serial());
    let last = b.issuing.ocsp_at(end, id, CertStatus::Good, None, Vec::new(), &[]);
    assert_eq!(b.look_at(end.plus(60), &[], &[last], &[], None).status(), Status::Good);
}

#[test]
fn partitioned_crls_speak_for_the_point_they_are_issued_for() {
    let b = bench();
    let url = |text: &str| write::tlv(0x86, text.as_bytes());
    let full = |text: &str| write::tlv(0xa0, &write::tlv(0xa0, &url(text)));
    let mut extensions = signer();
    extensions.push(build::crl_distribution_points(&["http://crl.example/1.crl"]));
    let mine = b.about(b.issuing.issue(&Party::new("partitioned"), extensions));
    let list = |text: &str, revoked: &[_]| {
        let point = build::extension(oids::ISSUING_DISTRIBUTION_POINT, true, write::sequence(&[full(text)]));
        b.issuing.crl_with(NOW, revoked, vec![build::crl_number(1), point])
    };
    assert_eq!(mine.look(&[list("http://crl.example/1.crl", &[])], &[], &[]).status(), Status::Good);
    let other = mine.look(&[list("http://crl.example/2.crl", &[])], &[], &[]);
    assert_eq!((other.status(), reasons(&other)), (Status::Unknown, vec![&Unusable::Scope]));
    let listed = [(&mine.leaf, NOW, Some(Reason::Superseded))];
    let revoked = mine.look(&[list("http://crl.example/1.crl", &listed)], &[], &[]).status();
    assert_eq!(revoked, Status::Revoked { at: NOW, reason: Some(Reason::Superseded) });
}

#[test]
fn an_indirect_crl_speaks_for_another_issuer_where_the_certificate_names_it() {
    let b = bench();
    let crl_issuer = Party::new("crl issuer");
    let certificate = b.root.issue(&crl_issuer, vec![build::key_usage(KeyUsage::CRL_SIGN)]);
    let named = write::tlv(0xa2, &write::tlv(0xa4, crl_issuer.name.der()));
    let point = write::sequence(&[write::sequence(&[named])]);
    let mut extensions = signer();
    extensions.push(build::extension(oids::CRL_DISTRIBUTION_POINTS, false, point));
    let mine = b.about(b.issuing.issue(&Party::new("indirect"), extensions));
    let indirect = |flag: bool, revoked: &[(&Certificate, congvan::base::time::UnixTime, Option<Reason>)]| {
        // indirectCRL, or onlyContainsUserCerts.
        let flags = [write::tlv(if flag { 0x84 } else { 0x81 }, &[0xff])];
        let scope = build::extension(oids::ISSUING_DISTRIBUTION_POINT, true, write::sequence(&flags));
        crl_issuer.crl_with(NOW, revoked, vec![build::crl_number(1), scope])
    };
    // Its signer is spoken for by the root.
    let pool = [certificate];
    let with_root = |crl: Crl| mine.look(&[crl, b.root.crl(NOW, &[])], &[], &pool);
    assert_eq!(with_root(indirect(true, &[])).status(), Status::Good);
    let direct = with_root(indirect(false, &[]));
    assert_eq!(direct.status(), Status::Unknown);
    assert!(reasons(&direct).contains(&&Unusable::Scope), "{direct:?}");
    // An entry without a certificate issuer means certificates of the CRL's own issuer (RFC 5280 §5.3.3).
    let own = with_root(indirect(true, &[(&mine.leaf, NOW, None)]));
    assert_eq!(own.status(), Status::Good);
}

impl Bench {
    /// Questions about another certificate of the same authority.
    fn about(&self, leaf: Certificate) -> Bench {
        let again = |party: &Party| Party { name: party.name.clone(), key: Arc::clone(&party.key) };
        Bench {
            root: again(&self.root),
            issuing: again(&self.issuing),
            root_certificate: self.root_certificate.clone(),
            issuing_certificate: self.issuing_certificate.clone(),
            leaf,
        }
    }
}
