//! Paths through sets of certificates made to mislead, and the edges of each rule.

use std::time::{Duration, Instant};

use congvan::algorithms::VerifyError;
use congvan::asn1::write;
use congvan::base::oid::Oid;
use congvan::base::time::UnixTime;
use congvan::path::{
    Anchor, AnchorRules, Anchors, Category, Constraints, Expiration, ExplicitPolicy, Links, PathError, PolicySet, Pool,
    Problem, Purpose, Search, Settings, ValidPath, search, validate,
};
use congvan::x509::{Certificate, Extension, build, oids};

use crate::made_pki::{NOW, Party, YEAR, ca, signer};

fn at(time: UnixTime, leaf: &Certificate, pool: &[&Certificate], anchor: &Certificate) -> Result<ValidPath, PathError> {
    for_purpose(Purpose::DocumentSigning, time, leaf, pool, anchor)
}

fn for_purpose(
    purpose: Purpose,
    time: UnixTime,
    leaf: &Certificate,
    pool: &[&Certificate],
    anchor: &Certificate,
) -> Result<ValidPath, PathError> {
    let anchors = Anchors::from_certificates([anchor.clone()]);
    let pool = Pool::new(pool.iter().map(|c| (*c).clone()));
    validate(leaf, &pool, &anchors, &Settings::new(time, purpose), &Links::new())
}

struct Chain {
    issuing: Party,
    leaf: Party,
    root_certificate: Certificate,
    issuing_certificate: Certificate,
    leaf_certificate: Certificate,
}

fn chain() -> Chain {
    let (root, issuing, leaf) = (Party::new("root"), Party::new("issuing"), Party::new("leader"));
    Chain {
        root_certificate: root.root(),
        issuing_certificate: root.issue(&issuing, ca(Some(0))),
        leaf_certificate: issuing.issue(&leaf, signer()),
        issuing,
        leaf,
    }
}

#[test]
fn a_certificate_is_valid_from_its_first_to_its_last_second() {
    let c = chain();
    let (first, last) = (NOW.plus(-YEAR), NOW.plus(YEAR));
    let look = |time| at(time, &c.leaf_certificate, &[&c.issuing_certificate], &c.root_certificate);
    for time in [first, NOW, last] {
        assert_eq!(look(time).expect("valid").chain.len(), 2);
    }
    let early = look(first.plus(-1)).expect_err("too early");
    assert!(matches!(early.problem, Problem::NotYetValid { .. }), "{early}");
    let late = look(last.plus(1)).expect_err("too late");
    assert!(matches!(late.problem, Problem::Expired { .. }), "{late}");
}

#[test]
fn an_expired_end_entity_under_valid_issuers_is_out_of_bounds_and_not_a_bad_chain() {
    let c = chain();
    let expired = c.issuing.issue_for(&c.leaf, NOW.plus(-YEAR), NOW.plus(-1), signer());
    let error = at(NOW, &expired, &[&c.issuing_certificate], &c.root_certificate).expect_err("expired");
    assert_eq!(error.category(), Category::LeafOutOfBounds);
    assert!(at(NOW.plus(-1), &expired, &[&c.issuing_certificate], &c.root_certificate).is_ok());
}

#[test]
fn nothing_passes_without_an_anchor_or_its_issuer() {
    let c = chain();
    let none = validate(
        &c.leaf_certificate,
        &Pool::new([c.issuing_certificate.clone(), c.root_certificate.clone()]),
        &Anchors::default(),
        &Settings::new(NOW, Purpose::Any),
        &Links::new(),
    );
    assert_eq!(none.expect_err("no anchors").category(), Category::NoChain);
    let error = at(NOW, &c.leaf_certificate, &[], &c.root_certificate).expect_err("no intermediate");
    assert_eq!((error.problem.clone(), error.category()), (Problem::NoIssuer, Category::NoChain));
    let stranger = Party::new("root").root();
    let error = at(NOW, &c.leaf_certificate, &[&c.issuing_certificate], &stranger).expect_err("another root");
    assert_eq!(error.category(), Category::NoChain, "{error}");
}

#[test]
fn a_forged_certificate_that_names_the_real_issuer_is_shown_with_the_chain_it_claims() {
    let c = chain();
    let mut forged = c.leaf_certificate.der().to_vec();
    *forged.last_mut().expect("bytes") ^= 1;
    let forged = Certificate::from_der(&forged).expect("reads");
    let error = at(NOW, &forged, &[&c.issuing_certificate], &c.root_certificate).expect_err("forged");
    assert_eq!(error.problem, Problem::Signature(VerifyError::Invalid));
    assert_eq!((error.category(), error.chain.len()), (Category::NoChain, 2));
    assert!(error.anchor.is_some());
    assert_eq!(error.certificate.as_ref(), Some(&forged));
}

#[test]
fn an_earlier_generation_of_the_same_ca_is_no_issuer_and_no_forgery() {
    let (first, second, leaf) = (Party::new("issuing"), Party::new("issuing"), Party::new("leader"));
    let signed = second.issue(&leaf, signer());
    let error = at(NOW, &signed, &[], &first.root()).expect_err("the other generation signed");
    assert_eq!((error.problem.clone(), error.category()), (Problem::NoIssuer, Category::NoChain));
    assert!(at(NOW, &signed, &[], &second.root()).is_ok());
    // With both at hand the right one is found.
    let anchors = Anchors::from_certificates([first.root(), second.root()]);
    let found = validate(&signed, &Pool::default(), &anchors, &Settings::new(NOW, Purpose::Any), &Links::new());
    assert_eq!(found.expect("found").anchor, anchors.all()[1]);
}

#[test]
fn a_path_that_is_passed_over_gives_way_to_the_cross_signed_one() {
    let (old, new, issuing, leaf) =
        (Party::new("old root"), Party::new("new root"), Party::new("issuing"), Party::new("leader"));
    let by_old = old.issue(&issuing, ca(None));
    let by_new = new.issue(&issuing, ca(None));
    let signed = issuing.issue(&leaf, signer());
    let anchors = Anchors::from_certificates([old.root(), new.root()]);
    let pool = Pool::new([by_old.clone(), by_new.clone()]);
    let settings = Settings::new(NOW, Purpose::Any);
    let links = Links::new();
    let mut seen = 0;
    let found = search(&signed, &pool, &anchors, &settings, &links, &mut |path| {
        seen += 1;
        if path.chain[1] == by_old { Search::Next } else { Search::Take }
    });
    assert_eq!(found.expect("the other one").chain[1], by_new);
    let none = search(&signed, &pool, &anchors, &settings, &links, &mut |_| Search::Next);
    assert_eq!(none.expect_err("all passed over").problem, Problem::Rejected);
    assert!(seen >= 1);
}

#[test]
fn authorities_that_certify_each_other_in_circles_end() {
    let parties: Vec<Party> = (0..12).map(|n| Party::new(&format!("ca {n}"))).collect();
    let mut all = Vec::new();
    for from in &parties {
        for to in &parties {
            if from.name != to.name {
                all.push(from.issue(to, ca(None)));
            }
        }
    }
    let leaf = parties[0].issue(&Party::new("leader"), signer());
    let began = Instant::now();
    let error = at(NOW, &leaf, &all.iter().collect::<Vec<_>>(), &Party::new("nobody").root()).expect_err("no anchor");
    assert_eq!(error.problem, Problem::WorkExhausted);
    assert_eq!(error.category(), Category::NoChain);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // One of them trusted: found although the circles are still there.
    let root = parties[11].root();
    assert!(at(NOW, &leaf, &all.iter().collect::<Vec<_>>(), &root).is_ok());
}

#[test]
fn two_hundred_impostors_of_the_issuer_do_not_hide_it() {
    let c = chain();
    let impostors: Vec<Certificate> = (0..200).map(|_| Party::new("issuing").root()).collect();
    let mut pool: Vec<&Certificate> = impostors.iter().collect();
    pool.push(&c.issuing_certificate);
    assert!(at(NOW, &c.leaf_certificate, &pool, &c.root_certificate).is_ok());
}

#[test]
fn an_end_entity_cannot_issue_and_a_ca_not_below_its_path_length() {
    let c = chain();
    let below = c.leaf.issue(&Party::new("below"), signer());
    let error =
        at(NOW, &below, &[&c.issuing_certificate, &c.leaf_certificate], &c.root_certificate).expect_err("no CA");
    assert_eq!(error.problem, Problem::NotACa);
    let sub = Party::new("sub");
    let sub_certificate = c.issuing.issue(&sub, ca(None));
    let leaf = sub.issue(&Party::new("leader"), signer());
    let error = at(NOW, &leaf, &[&c.issuing_certificate, &sub_certificate], &c.root_certificate).expect_err("too deep");
    assert_eq!(error.problem, Problem::PathLength);
}

#[test]
fn an_anchor_counts_with_its_constraints_unless_they_are_waived() {
    let root = Party::new("root");
    let (issuing, leaf) = (Party::new("issuing"), Party::new("leader"));
    let short = root.issue_for(&root, NOW.plus(-YEAR), NOW.plus(-1), ca(Some(0)));
    let pool = Pool::new([root.issue(&issuing, ca(None))]);
    let signed = issuing.issue(&leaf, signer());
    let look = |constraints, expiration| {
        let rules = AnchorRules { constraints, expiration };
        let anchors = Anchors::new([Anchor::from_certificate(short.clone(), rules)]);
        validate(&signed, &pool, &anchors, &Settings::new(NOW, Purpose::Any), &Links::new()).map_err(|e| e.problem)
    };
    assert!(matches!(look(Constraints::Apply, Expiration::Apply), Err(Problem::Expired { .. })));
    assert_eq!(look(Constraints::Apply, Expiration::Ignore).err(), Some(Problem::PathLength));
    assert!(matches!(look(Constraints::Ignore, Expiration::Apply), Err(Problem::Expired { .. })));
    assert!(look(Constraints::Ignore, Expiration::Ignore).is_ok());
}

#[test]
fn a_certificate_given_as_anchor_stands_for_itself_and_issues_nothing() {
    let c = chain();
    let path = at(NOW, &c.leaf_certificate, &[], &c.leaf_certificate).expect("trusted itself");
    assert_eq!(path.chain, std::slice::from_ref(&c.leaf_certificate));
    assert!(at(NOW.plus(2 * YEAR), &c.leaf_certificate, &[], &c.leaf_certificate).is_err());
    let below = c.leaf.issue(&Party::new("below"), signer());
    let error = at(NOW, &below, &[], &c.leaf_certificate).expect_err("an end entity's key");
    assert_eq!(error.problem, Problem::MayNotSignCertificates);
}

#[test]
fn each_purpose_takes_its_own_certificates_only() {
    let c = chain();
    let with = |purposes: &[Oid], critical| {
        let mut extensions = signer();
        extensions.push(build::extended_key_usage(purposes, critical));
        c.issuing.issue(&c.leaf, extensions)
    };
    let verdict = |purpose, certificate: &Certificate| {
        for_purpose(purpose, NOW, certificate, &[&c.issuing_certificate], &c.root_certificate)
            .map_err(|e| e.category())
            .map(|_| ())
    };
    let refused = Err(Category::Constraints);
    let stamp = with(&[oids::KP_TIME_STAMPING], true);
    assert_eq!(verdict(Purpose::TimeStamping, &stamp), Ok(()));
    assert_eq!(verdict(Purpose::TimeStamping, &with(&[oids::KP_TIME_STAMPING], false)), refused);
    assert_eq!(
        verdict(Purpose::TimeStamping, &with(&[oids::KP_TIME_STAMPING, oids::KP_EMAIL_PROTECTION], true)),
        refused
    );
    assert_eq!(verdict(Purpose::TimeStamping, &c.leaf_certificate), refused);
    assert_eq!(verdict(Purpose::DocumentSigning, &stamp), refused);
    assert_eq!(verdict(Purpose::DocumentSigning, &with(&[oids::KP_SERVER_AUTH], false)), refused);
    assert_eq!(verdict(Purpose::DocumentSigning, &with(&[oids::KP_EMAIL_PROTECTION], false)), Ok(()));
    assert_eq!(verdict(Purpose::OcspSigning, &with(&[oids::KP_OCSP_SIGNING], false)), Ok(()));
    assert_eq!(verdict(Purpose::OcspSigning, &with(&[oids::ANY_EXTENDED_KEY_USAGE], false)), refused);
    assert_eq!(verdict(Purpose::TlsServer, &with(&[oids::KP_CLIENT_AUTH], false)), refused);
    assert_eq!(verdict(Purpose::CrlSigning, &c.leaf_certificate), refused);
    assert_eq!(verdict(Purpose::Any, &stamp), Ok(()));
}

#[test]
fn policies_that_multiply_at_every_level_take_no_time() {
    // RFC 9618 §1: every level maps each policy to all others, so the tree of RFC 5280 doubles and more a level.
    let policy = |n: u8| Oid::from_content(&[0x2a, 3, n]);
    let all: Vec<Oid> = (0..40).map(policy).collect();
    let mut pairs = Vec::new();
    for from in &all {
        for to in &all {
            pairs.push(write::sequence(&[write::oid(from), write::oid(to)]));
        }
    }
    let mut extensions = ca(None);
    extensions.push(build::certificate_policies(&all));
    extensions.push(Extension { oid: oids::POLICY_MAPPINGS, critical: true, value: write::sequence(&pairs) });
    let parties: Vec<Party> = (0..12).map(|n| Party::new(&format!("ca {n}"))).collect();
    let certificates: Vec<Certificate> =
        parties.windows(2).map(|pair| pair[0].issue(&pair[1], extensions.clone())).collect();
    let mut last = signer();
    last.push(build::certificate_policies(&all));
    let leaf = parties[11].issue(&Party::new("leader"), last);
    let anchors = Anchors::from_certificates([parties[0].root()]);
    let settings = Settings {
        policies: PolicySet::of([policy(7)]),
        explicit_policy: ExplicitPolicy::Require,
        ..Settings::new(NOW, Purpose::Any)
    };
    let began = Instant::now();
    let found = validate(&leaf, &Pool::new(certificates), &anchors, &settings, &Links::new()).expect("valid");
    assert_eq!(found.policies, PolicySet::of([policy(7)]));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn links_remember_signatures_but_never_the_time() {
    let c = chain();
    let anchors = Anchors::from_certificates([c.root_certificate.clone()]);
    let pool = Pool::new([c.issuing_certificate.clone()]);
    let links = Links::new();
    let look = |time| validate(&c.leaf_certificate, &pool, &anchors, &Settings::new(time, Purpose::Any), &links);
    assert!(look(NOW).is_ok());
    assert!(look(NOW.plus(3 * YEAR)).is_err());
    assert!(look(NOW).is_ok());
}
