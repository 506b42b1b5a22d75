//! NIST PKITS: 249 tests of path validation, policies, name constraints and CRLs.

use std::collections::{BTreeMap, BTreeSet};

use congvan::base::oid::Oid;
use congvan::base::time::UnixTime;
use congvan::path::{
    Anchors, AnyPolicy, ExplicitPolicy, Links, PolicyMapping, PolicySet, Pool, Purpose, Settings, validate,
};
use congvan::policy::UnknownStatus;
use congvan::revocation::{Context, Evidence, Usable, check_path};
use congvan::x509::{Certificate, Crl};

use crate::outcome::{Outcome, Tally};
use crate::pack::{binaries, rows};

#[test]
fn every_pkits_test_has_the_outcome_nist_gives_it() {
    let certificates: BTreeMap<String, Certificate> = binaries("pkits/certs.txt")
        .into_iter()
        .map(|(name, der)| {
            let read = Certificate::from_der(&der).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, read)
        })
        .collect();
    let crls: BTreeMap<String, Crl> = binaries("pkits/crls.txt")
        .into_iter()
        .map(|(name, der)| {
            let read = Crl::from_der(&der).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, read)
        })
        .collect();
    let links = Links::new();
    let mut tally = Tally::new("pkits");
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows("pkits/expected.tsv") {
        let [test, name, expected, chain, listed, initial, explicit, mapping, any, constrained, time] = row.as_slice()
        else {
            panic!("a row has eleven fields: {row:?}")
        };
        // Tests with several settings repeat their number.
        let part = seen.entry(test.clone()).or_default();
        *part += 1;
        let case = format!("{test}/{part}");
        let chain: Vec<Certificate> = chain.split(' ').map(|n| certificates[n].clone()).collect();
        let leaf = chain.last().expect("an end entity");
        let anchors = Anchors::from_certificates([chain[0].clone()]);
        let pool = Pool::new(chain[1..].iter().cloned());
        let time = UnixTime::parse_rfc3339(time).expect("a time");
        let settings = Settings {
            policies: policies(initial),
            explicit_policy: if explicit == "true" {
                ExplicitPolicy::Require
            } else {
                ExplicitPolicy::AsCertificatesSay
            },
            policy_mapping: if mapping == "true" { PolicyMapping::Inhibit } else { PolicyMapping::Allow },
            any_policy: if any == "true" { AnyPolicy::Inhibit } else { AnyPolicy::Allow },
            ..Settings::new(time, Purpose::Any)
        };
        let mut evidence = Evidence::new();
        for crl in listed.split(' ').filter(|n| !n.is_empty()) {
            evidence.add_crl(crls[crl].clone());
        }
        let context = Context {
            pool: &pool,
            links: &links,
            time,
            usable: Usable::Current { max_age_s: None },
            unknown_signer: UnknownStatus::Deny,
            work: settings.work,
        };
        let (got, detail) = match validate(leaf, &pool, &anchors, &settings, &links) {
            Err(error) => (Outcome::Invalid, error.to_string()),
            Ok(path) => {
                if expected == "valid" && !constrained.is_empty() {
                    assert_eq!(path.policies, policies(constrained), "{case} {name}: user-constrained policies");
                }
                let status = check_path(&path, &evidence, &context);
                let detail = format!("{status:?}");
                // NIST counts an undetermined status as a path that does not validate.
                let good = status.revoked_at(time).is_none() && status.unknown().is_none();
                (if good { Outcome::Valid } else { Outcome::Invalid }, detail)
            }
        };
        tally.add(&case, Outcome::parse(expected), got, &format!("{name}: {detail}"));
    }
    tally.finish(249);
}

fn policies(text: &str) -> PolicySet {
    if text == "anyPolicy" {
        return PolicySet::Any;
    }
    let set: BTreeSet<Oid> = text
        .split(',')
        .filter(|n| !n.is_empty())
        .map(|name| {
            // csor-testpolicies, 2.16.840.1.101.3.2.1.48.N
            let number = name.strip_prefix("NIST-test-policy-").expect("a test policy");
            Oid::parse(&format!("2.16.840.1.101.3.2.1.48.{number}")).expect("an identifier")
        })
        .collect();
    PolicySet::These(set)
}
