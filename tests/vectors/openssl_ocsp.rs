//! OpenSSL's OCSP responder checks: direct and delegated answers, and what is wrong with each broken one.

use std::collections::BTreeMap;

use congvan::base::encoding::{from_base64, pem_blocks};
use congvan::base::time::UnixTime;
use congvan::path::{Anchors, Links, Pool, Purpose, Settings, validate};
use congvan::policy::UnknownStatus;
use congvan::revocation::{Context, Evidence, Status, Target, Usable, check};
use congvan::x509::{Certificate, OcspResponse};

use crate::outcome::{Outcome, Tally};
use crate::pack::{rows, sections};

#[test]
fn ocsp_answers_count_exactly_where_openssl_expects_it() {
    let files: BTreeMap<String, String> = sections("openssl-ocsp/files.txt").into_iter().collect();
    let certificate = |name: &str| {
        let block = pem_blocks(&files[name]).into_iter().next().expect("a PEM block");
        Certificate::from_der(&block.der).expect("a certificate")
    };
    let mut tally = Tally::new("openssl-ocsp");
    let links = Links::new();
    for row in rows("openssl-ocsp/expected.tsv") {
        let [case, expected, leaf, root, others, responses, time, ..] = row.as_slice() else {
            panic!("a row has seven fields: {row:?}")
        };
        let words = |text: &str| text.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let time = UnixTime::parse_rfc3339(time).expect("a time");
        let pool = Pool::new(words(others).iter().map(|name| certificate(name)));
        let anchors = Anchors::from_certificates([certificate(root)]);
        let path = validate(&certificate(leaf), &pool, &anchors, &Settings::new(time, Purpose::Any), &links)
            .unwrap_or_else(|e| panic!("{case}: {e}"));
        let mut evidence = Evidence::new();
        for name in words(responses) {
            let der = from_base64(&files[&name]).expect("base64");
            evidence.add_ocsp(OcspResponse::from_der(&der).unwrap_or_else(|e| panic!("{name}: {e}")));
        }
        let context = Context {
            pool: &pool,
            links: &links,
            time,
            usable: Usable::Current { max_age_s: None },
            unknown_signer: UnknownStatus::Deny,
            work: 10_000,
        };
        // The certificates the responses are about; the intermediate of some cases has none at all.
        let asked = words(responses).len();
        let chosen: Vec<_> =
            (0..asked).map(|at| check(Target { path: &path, at }, &evidence, &context, None)).collect();
        let good = chosen.iter().all(|c| c.status() == Status::Good);
        let got = if good { Outcome::Valid } else { Outcome::Invalid };
        tally.add(case, Outcome::parse(expected), got, &format!("{chosen:?}"));
    }
    tally.finish(20);
}
