//! A whole submission in one request.

use congvan::base::encoding::base64;
use congvan::exchange::envelope::Envelope;
use congvan::exchange::evidence::{Event, Receipt};

use crate::support::{Raw, Said, World, over_all_stores};

fn octets(size: usize, fill: u8) -> Vec<u8> {
    let mut octets = b"PK\x03\x04".to_vec();
    octets.resize(size, fill);
    octets
}

fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, octets) in parts {
        body.extend_from_slice(format!("--x7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
        body.extend_from_slice(octets);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x7--\r\n");
    body
}

fn post(raw: &Raw, parts: &[(&str, &[u8])], key: Option<&str>) -> Said {
    let request = raw
        .http
        .post(format!("{}/v1/deliveries", raw.url))
        .header("content-type", "multipart/form-data; boundary=x7")
        .body(body(parts));
    raw.call(match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    })
}

fn signed(world: &World, envelope: &Envelope) -> Vec<u8> {
    serde_json::to_vec(&world.submission("H45.01", envelope)).expect("JSON")
}

#[test]
fn a_small_and_a_large_package_are_accepted_whole_and_a_replay_gets_the_same_receipt() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        // A row of the database, the smallest file, and the largest that may come this way.
        for size in [64, 256 * 1024, 256 * 1024 + 1, 8 << 20] {
            let package = octets(size, 3);
            let envelope = world.envelope(&package);
            let envelope_json = signed(world, &envelope);
            let parts: [(&str, &[u8]); 2] = [("envelope", &envelope_json), ("package", &package)];
            let said = post(&raw, &parts, None);
            assert_eq!(said.status, 201, "{size}: {}", String::from_utf8_lossy(&said.body));
            let (_, evidence) = Receipt::from_bytes(&said.body).expect("a receipt");
            assert_eq!((evidence.event, evidence.delivery), (Event::SubmissionAcceptance, envelope.delivery));
            let again = post(&raw, &parts, Some(&format!("\"{}\"", envelope.delivery)));
            assert_eq!((again.status, &again.body), (200, &said.body));
            // The other way in knows it too.
            let path = format!("/v1/deliveries/{}", envelope.delivery);
            let put = raw.put(&path, &world.submission("H45.01", &envelope));
            assert_eq!((put.status, &put.body), (200, &said.body));
            let recipient = world.raw(&world.members["H45.02"].tls);
            let listed = recipient.get(&format!("/v1/inbox?delivery={}", envelope.delivery)).json();
            let item = listed["items"][0]["item"].as_str().expect("an item").to_owned();
            assert!(recipient.get(&format!("/v1/inbox/{item}/package")).body == package, "{size}");
        }
    });
}

#[test]
fn what_does_not_fit_together_is_refused_and_leaves_nothing_behind() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let (package, other) = (octets(64, 4), octets(64, 5));
        let envelope = world.envelope(&package);
        let json = signed(world, &envelope);
        let code = |said: &Said| (said.status, said.code());
        let refused = |parts: &[(&str, &[u8])], key: Option<&str>| code(&post(&raw, parts, key));
        let malformed = (400, "malformed".to_owned());
        assert_eq!(refused(&[("envelope", &json), ("package", &other)], None), (400, "digest-mismatch".to_owned()));
        assert_eq!(refused(&[("envelope", &json), ("package", &package)], Some("another")), malformed);
        assert_eq!(refused(&[("envelope", &json)], None), malformed);
        assert_eq!(refused(&[("envelope", &json), ("package", &package), ("package", &package)], None), malformed);
        assert_eq!(refused(&[("envelope", b"{}"), ("package", &package)], None), malformed);
        let plain = raw.http.post(format!("{}/v1/deliveries", raw.url)).json(&world.submission("H45.01", &envelope));
        assert_eq!(code(&raw.call(plain)), malformed, "no multipart at all");
        let large = octets((8 << 20) + 1, 6);
        let too_large = signed(world, &world.envelope(&large));
        assert_eq!(refused(&[("envelope", &too_large), ("package", &large)], None), (413, "too-large".to_owned()));
        let stranger = serde_json::json!({"envelope": base64(&envelope.to_bytes()), "signature": world.signed("H45.02", &envelope.to_bytes())});
        let stranger = serde_json::to_vec(&stranger).expect("JSON");
        assert_eq!(refused(&[("envelope", &stranger), ("package", &package)], None), (403, "cert-unknown".to_owned()));
        // None of this took the id, or kept the package.
        assert_eq!(raw.get(&format!("/v1/deliveries/{}", envelope.delivery)).status, 404);
        assert_eq!(raw.create(&package).status, 201, "it was not stored");
    });
}
