//! x509-limbo, the cases of its SERVER profile that are about paths.

use congvan::base::encoding::pem_blocks;
use congvan::base::time::UnixTime;
use congvan::path::{Anchors, Links, Pool, Purpose, Settings, validate};
use congvan::x509::Certificate;

use crate::outcome::{Outcome, Tally};
use crate::pack::text;

#[derive(serde::Deserialize)]
struct Case {
    id: String,
    validation_time: Option<String>,
    expected_result: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
}

#[test]
fn limbo_cases_have_their_expected_result() {
    let cases: Vec<Case> = serde_json::from_str(&text("limbo/cases.json")).expect("cases read");
    let mut tally = Tally::new("limbo");
    let count = cases.len();
    for case in cases {
        let expected = if case.expected_result == "SUCCESS" { Outcome::Valid } else { Outcome::Invalid };
        let (got, detail) = match judged(&case) {
            Ok(()) => (Outcome::Valid, String::new()),
            Err(error) => (Outcome::Invalid, error),
        };
        tally.add(&case.id, expected, got, &detail);
    }
    tally.finish(count);
}

fn judged(case: &Case) -> Result<(), String> {
    let read = |pem: &str| {
        let block = pem_blocks(pem).into_iter().next().expect("a PEM block");
        Certificate::from_der(&block.der).map_err(|e| e.to_string())
    };
    let all = |list: &[String]| list.iter().filter_map(|pem| read(pem).ok()).collect::<Vec<_>>();
    let leaf = read(&case.peer_certificate)?;
    // Cases without a time are made to be valid whenever they run.
    let time = case.validation_time.as_deref().unwrap_or("2023-12-02T00:00:00Z");
    let settings = Settings::new(UnixTime::parse_rfc3339(time).expect("a time"), Purpose::TlsServer);
    let anchors = Anchors::from_certificates(all(&case.trusted_certs));
    let pool = Pool::new(all(&case.untrusted_intermediates));
    validate(&leaf, &pool, &anchors, &settings, &Links::new()).map(drop).map_err(|e| e.to_string())
}
