//! BoringSSL's path, CRL and OCSP cases.

use std::collections::BTreeMap;

use congvan::base::encoding::pem_blocks;
use congvan::base::oid::Oid;
use congvan::base::time::UnixTime;
use congvan::path::{
    Anchor, AnchorRules, Anchors, Constraints, Expiration, Links, PolicySet, Pool, Purpose, Settings, ValidPath,
    validate,
};
use congvan::policy::UnknownStatus;
use congvan::revocation::{Context, Evidence, Status, Target, Usable, check};
use congvan::x509::{Certificate, Crl, OcspResponse};

use crate::outcome::{Outcome, Tally};
use crate::pack::sections;

/// What the unit test uses where a case says DEFAULT.
const DEFAULT_TIME: &str = "2021-10-05T12:00:00Z";

#[test]
fn chains_are_valid_exactly_where_boringssl_expects_no_error() {
    let all: BTreeMap<String, String> = sections("boringssl-chain/chains.txt").into_iter().collect();
    let mut tally = Tally::new("boringssl-chain");
    let (mut count, mut other_profiles) = (0, 0);
    for (name, test) in all.iter().filter(|(name, _)| name.ends_with(".test")) {
        let (head, errors) = test.split_once("expected_errors:").expect("expected_errors");
        let field = |key: &str| head.lines().find_map(|l| l.strip_prefix(&format!("{key}: "))).map(str::trim);
        let folder = name.rsplit_once('/').expect("a folder").0;
        let key_purpose = field("key_purpose").expect("key_purpose");
        // Profiles of other trades: CAs' own stricter TLS rules, messaging layer security, content provenance.
        if key_purpose.contains("STRICT") || key_purpose.starts_with("MLS") || key_purpose.starts_with("C2PA") {
            other_profiles += 1;
            continue;
        }
        let chain_file = field("chain").expect("a chain");
        let body = all.get(&format!("{folder}/{chain_file}")).unwrap_or_else(|| panic!("{name}: {chain_file}"));
        let chain: Vec<Certificate> = pem_blocks(body)
            .iter()
            .map(|block| Certificate::from_der(&block.der).unwrap_or_else(|e| panic!("{name}: {e}")))
            .collect();
        let expected = if errors.contains("ERROR:") { Outcome::Invalid } else { Outcome::Valid };
        let (leaf, top) = (chain.first().expect("a leaf"), chain.last().expect("an anchor"));
        let trust = field("last_cert_trust").expect("last_cert_trust");
        let has = |word: &str| trust.contains(word);
        let rules = AnchorRules {
            constraints: if has("CONSTRAINTS") { Constraints::Apply } else { Constraints::Ignore },
            expiration: if has("EXPIRATION") { Expiration::Apply } else { Expiration::Ignore },
        };
        let trusted = has("TRUSTED_ANCHOR") || has("TRUSTED_LEAF");
        let anchors = Anchors::new(trusted.then(|| Anchor::from_certificate(top.clone(), rules)));
        let pool = Pool::new(chain.get(1..chain.len() - 1).unwrap_or_default().iter().cloned());
        let time = match field("utc_time").expect("utc_time") {
            "DEFAULT" => UnixTime::parse_rfc3339(DEFAULT_TIME).expect("a time"),
            utc => {
                let part = |at: usize| &utc[at..at + 2];
                let text = format!("20{}-{}-{}T{}:{}:{}Z", part(0), part(2), part(4), part(6), part(8), part(10));
                UnixTime::parse_rfc3339(&text).expect("a time")
            }
        };
        let purpose = match key_purpose {
            "SERVER_AUTH" => Purpose::TlsServer,
            "CLIENT_AUTH" => Purpose::TlsClient,
            "ANY_EKU" => Purpose::Any,
            other => panic!("{name}: purpose {other}"),
        };
        let settings = Settings::new(time, purpose);
        let result = validate(leaf, &pool, &anchors, &settings, &Links::new());
        let (got, detail) = match result {
            Ok(path) => {
                if let Some(policies) = field("expected_user_constrained_policy_set")
                    && expected == Outcome::Valid
                {
                    let wanted = policies.split(", ").map(|p| Oid::parse(p).expect("an identifier"));
                    assert_eq!(path.policies, PolicySet::of(wanted), "{name}");
                }
                (Outcome::Valid, String::new())
            }
            Err(error) => (Outcome::Invalid, error.to_string()),
        };
        count += 1;
        tally.add(name, expected, got, &format!("{detail}; expected {}", errors.trim()));
    }
    tally.finish(count);
    assert_eq!((count, other_profiles), (71, 22));
}

#[test]
fn crls_say_what_boringssl_expects() {
    let mut tally = Tally::new("boringssl-crl");
    for (name, body) in sections("boringssl-crl/cases.txt") {
        let (case, expected) = name.split_once(' ').expect("case and outcome");
        let mut evidence = Evidence::new();
        let detail = match Crl::from_der(&block(&body, "CRL")) {
            Ok(crl) => {
                evidence.add_crl(crl);
                String::new()
            }
            Err(error) => error.to_string(),
        };
        let got = judged(&body, &evidence, "2017-03-09T00:00:00Z");
        tally.add(case, Outcome::parse(expected), got.0, &format!("{detail} {}", got.1));
    }
    tally.finish(32);
}

#[test]
fn ocsp_answers_say_what_boringssl_expects() {
    let mut tally = Tally::new("boringssl-ocsp");
    for (name, body) in sections("boringssl-ocsp/cases.txt") {
        let (case, expected) = name.split_once(' ').expect("case and outcome");
        let mut evidence = Evidence::new();
        let detail = match OcspResponse::from_der(&block(&body, "OCSP RESPONSE")) {
            Ok(response) => {
                evidence.add_ocsp(response);
                String::new()
            }
            Err(error) => error.to_string(),
        };
        let got = judged(&body, &evidence, "2017-03-05T00:00:00Z");
        tally.add(case, Outcome::parse(expected), got.0, &format!("{detail} {}", got.1));
    }
    tally.finish(16);
}

/// The status of the certificate under the CA, the CA being the anchor.
fn judged(body: &str, evidence: &Evidence, at: &str) -> (Outcome, String) {
    let time = UnixTime::parse_rfc3339(at).expect("a time");
    let read = |label: &str| Certificate::from_der(&block(body, label)).expect("a certificate");
    let (leaf, issuer) = (read("CERTIFICATE"), read("CA CERTIFICATE"));
    // These cases test revocation alone and give no path.
    let top = pem_blocks(body).into_iter().find(|b| b.label == "CA CERTIFICATE 2");
    let path = match top {
        Some(top) => {
            let top = Certificate::from_der(&top.der).expect("a certificate");
            ValidPath {
                chain: vec![leaf, issuer],
                anchor: Anchor::from_certificate(top, AnchorRules::default()),
                policies: PolicySet::Any,
            }
        }
        None => ValidPath {
            chain: vec![leaf],
            anchor: Anchor::from_certificate(issuer, AnchorRules::default()),
            policies: PolicySet::Any,
        },
    };
    let links = Links::new();
    let context = Context {
        pool: &Pool::default(),
        links: &links,
        time,
        usable: Usable::Current { max_age_s: Some(7 * 86_400) },
        unknown_signer: UnknownStatus::Allow,
        work: 10_000,
    };
    let chosen = check(Target { path: &path, at: 0 }, evidence, &context, None);
    let outcome = match chosen.status() {
        Status::Good => Outcome::Valid,
        Status::Revoked { .. } => Outcome::Invalid,
        Status::Unknown => Outcome::Indeterminate,
    };
    (outcome, format!("{chosen:?}"))
}

fn block(body: &str, label: &str) -> Vec<u8> {
    pem_blocks(body).into_iter().find(|b| b.label == label).unwrap_or_else(|| panic!("no {label}")).der
}
