//! PUT: idempotence, conflicts, refusals with evidence.

use congvan::base::encoding::base64;
use congvan::exchange::envelope::{Class, Mode};
use congvan::exchange::evidence::{Event, Receipt};

use crate::support::{code, over_all_stores};

#[test]
fn the_same_submission_a_hundred_times_in_parallel_is_one_delivery_with_one_receipt() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 a hundred times".to_vec();
        let raw = world.raw(&world.members["H45.01"].tls);
        raw.upload(&package);
        let envelope = world.envelope(&package);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..100)
                .map(|_| {
                    // A signature of its own each time: ECDSA values differ, the envelope does not.
                    let body = world.submission("H45.01", &envelope);
                    let (raw, path) = (raw.clone(), path.clone());
                    scope.spawn(move || raw.put(&path, &body))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("answered")).collect()
        });
        assert_eq!(answers.iter().filter(|said| said.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|said| said.status == 200).count(), 99);
        assert!(answers.iter().all(|said| said.body == answers[0].body));
        let inbox = world.raw(&world.members["H45.02"].tls).get("/v1/inbox").json();
        assert_eq!(inbox["items"].as_array().expect("a list").len(), 1);
    });
}

#[test]
fn the_same_id_with_another_envelope_is_a_conflict_that_names_both() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 conflict".to_vec();
        let raw = world.raw(&world.members["H45.01"].tls);
        raw.upload(&package);
        let envelope = world.envelope(&package);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let first = raw.put(&path, &world.submission("H45.01", &envelope));
        assert_eq!(first.status, 201);
        let mut other = envelope.clone();
        other.recipients = vec![code("H45.03")];
        let said = raw.put(&path, &world.submission("H45.01", &other));
        assert_eq!((said.status, said.code().as_str()), (409, "id-reused"));
        assert_ne!(said.json()["stored-envelope"], said.json()["given-envelope"]);
        let again = raw.put(&path, &world.submission("H45.01", &envelope));
        assert_eq!((again.status, &again.body), (200, &first.body));
    });
}

#[test]
fn two_senders_may_use_the_same_id() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 same id".to_vec();
        let envelope = world.envelope(&package);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        for name in ["H45.01", "H45.03"] {
            let raw = world.raw(&world.members[name].tls);
            raw.upload(&package);
            let mut own = envelope.clone();
            own.sender = code(name);
            assert_eq!(raw.put(&path, &world.submission(name, &own)).status, 201, "{name}");
        }
    });
}

#[test]
fn another_agencys_package_is_as_good_as_absent() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 theirs".to_vec();
        world.raw(&world.members["H45.03"].tls).upload(&package);
        let raw = world.raw(&world.members["H45.01"].tls);
        let envelope = world.envelope(&package);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let said = raw.put(&path, &world.submission("H45.01", &envelope));
        assert_eq!((said.status, said.code().as_str()), (409, "upload-incomplete"));
        assert_eq!(raw.create(&package).header("upload-complete"), "?0", "no sign of it at creation either");
        raw.upload(&package);
        assert_eq!(raw.put(&path, &world.submission("H45.01", &envelope)).status, 201, "the id stayed free");
    });
}

#[test]
fn refusals_by_the_rules_of_the_exchange_come_with_sealed_evidence() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 refused".to_vec();
        let html = b"<!doctype html> not a zip".to_vec();
        let raw = world.raw(&world.members["H45.01"].tls);
        raw.upload(&package);
        raw.upload(&html);
        let now = world.now();
        type Change = fn(&mut congvan::exchange::envelope::Envelope, congvan::base::time::UnixTime);
        let cases: [(&str, Change); 6] = [
            ("recipient-unknown", |e, _| e.recipients.push(code("H99"))),
            ("class-not-accepted", |e, _| e.class = Class::parse("secret").expect("a class")),
            ("class-not-accepted", |e, _| e.class = Class::parse("personnel").expect("a class")),
            ("mode-not-accepted", |e, _| e.mode = Mode::Consent),
            ("envelope-expired", |e, now| e.not_after = Some(now.plus(-1))),
            ("clock-skew", |e, now| e.created = now.plus(400)),
        ];
        for (expected, change) in cases {
            let mut envelope = world.envelope(&package);
            change(&mut envelope, now);
            let path = format!("/v1/deliveries/{}", envelope.delivery);
            let said = raw.put(&path, &world.submission("H45.01", &envelope));
            assert_eq!((said.status, said.code().as_str()), (422, expected));
            let evidence = said.json()["evidence"].as_str().expect("a path").to_owned();
            let (_, stated) = Receipt::from_bytes(&raw.get(&evidence).body).expect("a receipt");
            assert_eq!((stated.event, stated.reasons[0].code.as_str()), (Event::SubmissionRejection, expected));
            assert_eq!(raw.get(&path).status, 404, "no delivery came of it");
            let other = world.raw(&world.members["H45.02"].tls);
            assert_eq!(other.get(&evidence).status, 404, "nobody else reads it");
        }
        let envelope = world.envelope(&html);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let said = raw.put(&path, &world.submission("H45.01", &envelope));
        assert_eq!((said.status, said.code().as_str()), (422, "container-invalid"));
    });
}

#[test]
fn whoever_is_not_known_or_does_not_sign_is_refused_without_evidence() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 forged".to_vec();
        let raw = world.raw(&world.members["H45.01"].tls);
        raw.upload(&package);
        let envelope = world.envelope(&package);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let good = world.submission("H45.01", &envelope);

        let mut foreign = good.clone();
        foreign["signature"] = world.submission("H45.02", &envelope)["signature"].clone();
        let said = raw.put(&path, &foreign);
        assert_eq!((said.status, said.code().as_str()), (403, "cert-unknown"), "another agency's seal");
        assert!(said.json().get("evidence").is_none());

        let mut changed = envelope.clone();
        changed.recipients = vec![code("H45.03")];
        let mut tampered = good.clone();
        tampered["envelope"] = base64(&changed.to_bytes()).into();
        let said = raw.put(&path, &tampered);
        assert_eq!((said.status, said.code().as_str()), (422, "signature-invalid"), "other octets than signed");

        let mut loose = good.clone();
        let spaced = String::from_utf8(envelope.to_bytes()).expect("text").replacen(':', ": ", 1);
        loose["envelope"] = base64(spaced.as_bytes()).into();
        let said = raw.put(&path, &loose);
        assert_eq!((said.status, said.code().as_str()), (422, "envelope-invalid"), "not canonical");

        let said = world.raw(&world.members["H45.02"].tls).put(&path, &good);
        assert_eq!((said.status, said.code().as_str()), (403, "sender-mismatch"), "another agency's channel");

        let seal_as_channel = &world.members["H45.01"].seal;
        let unknown = world.authority.issue(
            &congvan::authority::ca::Subject::host("TEST ONLY - stranger", &[]),
            congvan::authority::ca::Purpose::TlsClient,
            &congvan::authority::ca::KeyChoice::Fresh,
        );
        let said = world.raw(&unknown.expect("issued")).get("/v1/inbox");
        assert_eq!((said.status, said.code().as_str()), (403, "cert-unknown"), "not in the directory");
        let _ = seal_as_channel;

        assert_eq!(raw.put(&path, &good).status, 201, "and the right one passes");
    });
}

#[test]
fn a_suspended_or_removed_agency_is_out_at_its_next_request() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.03"].tls);
        assert_eq!(raw.get("/v1/inbox").status, 200);
        let rest = world.members.iter().filter(|(name, _)| **name != "H45.03").map(|(_, member)| member);
        world.endpoint.replace_directory(crate::support::directory(rest));
        assert_eq!(raw.get("/v1/inbox").code(), "cert-unknown");
    });
}

#[test]
fn bodies_that_are_no_request_of_this_protocol_are_refused() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let envelope = world.envelope(b"PK\x03\x04");
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        for body in ["", "{}", "[1]", "{\"envelope\":1,\"signature\":2}", "{\"envelope\":\"e30\",\"signature\":\"!\"}"]
        {
            let said = raw.call(raw.http.put(format!("{}{path}", raw.url)).body(body));
            assert_eq!((said.status, said.code().as_str()), (400, "malformed"), "{body}");
            assert_eq!(said.header("content-type"), "application/problem+json");
            assert!(!said.header("request-id").is_empty());
        }
        let huge = vec![b' '; 600 << 10];
        let said = raw.call(raw.http.put(format!("{}{path}", raw.url)).body(huge));
        assert_eq!((said.status, said.code().as_str()), (413, "too-large"));
        // The endpoint reads no more of that connection, and closes it.
        let raw = world.raw(&world.members["H45.01"].tls);
        assert_eq!(raw.put("/v1/deliveries/not-a-uuid", &world.submission("H45.01", &envelope)).code(), "malformed");
        assert_eq!(raw.get("/v1/nothing").code(), "not-found");
    });
}

#[test]
fn check_says_what_put_would_without_storing_anything() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 check".to_vec();
        let raw = world.raw(&world.members["H45.01"].tls);
        let mut envelope = world.envelope(&package);
        envelope.recipients.push(code("H99"));
        let said = raw.post("/v1/deliveries/check", &world.submission("H45.01", &envelope));
        assert_eq!(said.status, 200);
        let json = said.json();
        assert_eq!(json["package"], "needed");
        assert_eq!(json["recipients"][0]["accepted"], true);
        assert_eq!(json["recipients"][1]["code"], "recipient-unknown");
        raw.upload(&package);
        let said = raw.post("/v1/deliveries/check", &world.submission("H45.01", &envelope));
        assert_eq!(said.json()["package"], "present");
        assert_eq!(raw.get(&format!("/v1/deliveries/{}", envelope.delivery)).status, 404);
    });
}
