//! How long one path takes, run by hand: `cargo test --test vectors -- --ignored --nocapture speed`.

use std::time::Instant;

use congvan::base::time::UnixTime;
use congvan::path::{Anchors, Links, Pool, Purpose, Settings, validate};
use congvan::policy::UnknownStatus;
use congvan::revocation::{Context, Evidence, Usable, check_path};
use congvan::x509::{Certificate, Crl};

use crate::pack::binaries;

#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "a measurement is printed")]
fn speed_of_one_pkits_path_with_its_crls() {
    let find = |file: &str, name: &str| binaries(file).into_iter().find(|(n, _)| n == name).expect("there").1;
    let certificate = |name: &str| Certificate::from_der(&find("pkits/certs.txt", name)).expect("reads");
    let der = find("pkits/certs.txt", "ValidCertificatePathTest1EE");
    let anchors = Anchors::from_certificates([certificate("TrustAnchorRootCertificate")]);
    let pool = Pool::new([certificate("GoodCACert")]);
    let mut evidence = Evidence::new();
    for name in ["TrustAnchorRootCRL", "GoodCACRL"] {
        evidence.add_crl(Crl::from_der(&find("pkits/crls.txt", name)).expect("reads"));
    }
    let time = UnixTime::parse_rfc3339("2011-04-15T00:00:00Z").expect("a time");
    let settings = Settings::new(time, Purpose::Any);
    let run = |links: &Links| {
        let leaf = Certificate::from_der(&der).expect("reads");
        let path = validate(&leaf, &pool, &anchors, &settings, links).expect("valid");
        let context = Context {
            pool: &pool,
            links,
            time,
            usable: Usable::Current { max_age_s: None },
            unknown_signer: UnknownStatus::Deny,
            work: settings.work,
        };
        assert!(check_path(&path, &evidence, &context).unknown().is_none());
    };
    let shared = Links::new();
    for (label, warm) in [("four signatures each time", false), ("signatures shared", true)] {
        let began = Instant::now();
        for _ in 0..2_000 {
            if warm { run(&shared) } else { run(&Links::new()) }
        }
        println!("{label}: {:.1} µs a path", began.elapsed().as_secs_f64() * 1e6 / 2_000.0);
    }
}
