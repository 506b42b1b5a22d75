//! Leases, fencing, acknowledgements, downloads.

use congvan::base::encoding::{base64, from_base64};
use congvan::exchange::envelope::Envelope;
use congvan::exchange::evidence::{Ack, Event, Outcome, Reason, Receipt};
use congvan::exchange::id::Sha256;
use serde_json::json;

use crate::support::{Raw, World, code, over_all_stores};

/// Sends a small package and returns the sender's and the recipient's connection with the envelope.
fn sent(world: &World, package: &[u8]) -> (Raw, Raw, Envelope) {
    let sender = world.raw(&world.members["H45.01"].tls);
    sender.upload(package);
    let envelope = world.envelope(package);
    let said = sender.put(&format!("/v1/deliveries/{}", envelope.delivery), &world.submission("H45.01", &envelope));
    assert_eq!(said.status, 201);
    (sender, world.raw(&world.members["H45.02"].tls), envelope)
}

fn claim(raw: &Raw, id: &str, lease_s: u32) -> serde_json::Value {
    let said = raw.post("/v1/inbox/claim", &json!({"claim": id, "max": 10, "lease_s": lease_s}));
    assert_eq!(said.status, 200);
    said.json()["items"].clone()
}

fn ack(world: &World, envelope: &Envelope, outcome: Outcome) -> Ack {
    Ack {
        delivery: envelope.delivery,
        sender: envelope.sender.clone(),
        recipient: code("H45.02"),
        envelope: Sha256::of(&envelope.to_bytes()),
        package: envelope.package.sha256,
        outcome,
        registry: None,
        time: world.now(),
    }
}

fn answer(world: &World, ack: &Ack, lease: &serde_json::Value) -> serde_json::Value {
    let bytes = ack.to_bytes();
    json!({"ack": base64(&bytes), "signature": world.signed("H45.02", &bytes), "lease": lease})
}

#[test]
fn a_claim_repeated_returns_the_same_items_and_another_one_nothing() {
    over_all_stores(|world| {
        let (_, recipient, envelope) = sent(world, b"PK\x03\x04 claim");
        let first = claim(&recipient, "c-1", 60);
        assert_eq!(first.as_array().map(Vec::len), Some(1));
        assert_eq!(first[0]["attempt"], 1);
        let bytes = from_base64(first[0]["envelope"].as_str().expect("text")).expect("base64");
        assert_eq!(bytes, envelope.to_bytes());
        assert_eq!(claim(&recipient, "c-1", 60), first);
        assert_eq!(claim(&recipient, "c-2", 60), json!([]));
        assert_eq!(claim(&world.raw(&world.members["H45.03"].tls), "c-1", 60), json!([]), "ids are per agency");
    });
}

#[test]
fn a_lease_that_ran_out_can_change_nothing_after_the_next_claim() {
    over_all_stores(|world| {
        let (_, recipient, envelope) = sent(world, b"PK\x03\x04 fencing");
        let first = claim(&recipient, "c-1", 60)[0].clone();
        let item = first["item"].as_str().expect("a name").to_owned();
        world.pass(61);
        let yes = ack(world, &envelope, Outcome::Accepted);
        let said = recipient.post(&format!("/v1/inbox/{item}/ack"), &answer(world, &yes, &first["lease"]));
        assert_eq!((said.status, said.code().as_str()), (409, "lease-lost"), "expired");
        let second = claim(&recipient, "c-2", 60)[0].clone();
        assert!(second["lease"].as_u64() > first["lease"].as_u64());
        assert_eq!(second["attempt"], 2);
        for call in ["extend", "release", "ack"] {
            let body = match call {
                "extend" => json!({"lease": first["lease"], "lease_s": 60}),
                "release" => json!({"lease": first["lease"]}),
                _ => answer(world, &yes, &first["lease"]),
            };
            let said = recipient.post(&format!("/v1/inbox/{item}/{call}"), &body);
            assert_eq!((said.status, said.code().as_str()), (409, "lease-lost"), "{call}");
        }
        let said = recipient.post(&format!("/v1/inbox/{item}/ack"), &answer(world, &yes, &second["lease"]));
        assert_eq!(said.status, 200);
    });
}

#[test]
fn an_acknowledgement_repeated_gets_the_same_receipt_and_another_one_a_conflict() {
    over_all_stores(|world| {
        let (sender, recipient, envelope) = sent(world, b"PK\x03\x04 ack twice");
        let claimed = claim(&recipient, "c-1", 60)[0].clone();
        let path = format!("/v1/inbox/{}/ack", claimed["item"].as_str().expect("a name"));
        let yes = ack(world, &envelope, Outcome::Accepted);
        let first = recipient.post(&path, &answer(world, &yes, &claimed["lease"]));
        assert_eq!(first.status, 200);
        let (_, evidence) = Receipt::from_bytes(&first.body).expect("a receipt");
        assert_eq!(evidence.event, Event::ContentHandover);
        world.pass(5_000);
        let later = Ack { time: world.now(), ..yes.clone() };
        let again = recipient.post(&path, &answer(world, &later, &json!(999)));
        assert_eq!((again.status, &again.body), (200, &first.body), "whenever, under whatever lease");
        let no = ack(world, &envelope, Outcome::Rejected(Reason::new("not-for-us", None)));
        let said = recipient.post(&path, &answer(world, &no, &claimed["lease"]));
        assert_eq!((said.status, said.code().as_str()), (409, "already-final"));
        let view = sender.get(&format!("/v1/deliveries/{}", envelope.delivery)).json();
        assert_eq!((view["recipients"][0]["state"].as_str(), view["evidence"].as_u64()), (Some("accepted"), Some(3)));
    });
}

#[test]
fn a_refusal_tells_the_sender_why() {
    over_all_stores(|world| {
        let (sender, recipient, envelope) = sent(world, b"PK\x03\x04 refused by the recipient");
        let claimed = claim(&recipient, "c-1", 60)[0].clone();
        let path = format!("/v1/inbox/{}/ack", claimed["item"].as_str().expect("a name"));
        let no = ack(world, &envelope, Outcome::Rejected(Reason::new("not-for-us", Some("Gửi nhầm nơi nhận"))));
        assert_eq!(recipient.post(&path, &answer(world, &no, &claimed["lease"])).status, 200);
        let said = sender.get(&format!("/v1/deliveries/{}/evidence/2", envelope.delivery));
        let (_, evidence) = Receipt::from_bytes(&said.body).expect("a receipt");
        assert_eq!(evidence.event, Event::ConsignmentRejection);
        assert_eq!(evidence.reasons, [Reason::new("not-for-us", Some("Gửi nhầm nơi nhận"))]);
    });
}

#[test]
fn acknowledgements_of_something_else_or_by_someone_else_do_not_count() {
    over_all_stores(|world| {
        let (_, recipient, envelope) = sent(world, b"PK\x03\x04 wrong acks");
        let claimed = claim(&recipient, "c-1", 60)[0].clone();
        let path = format!("/v1/inbox/{}/ack", claimed["item"].as_str().expect("a name"));
        let good = ack(world, &envelope, Outcome::Accepted);
        let cases = [
            (Ack { package: Sha256::of(b"other"), ..good.clone() }, 422, "envelope-invalid"),
            (Ack { envelope: Sha256::of(b"other"), ..good.clone() }, 422, "envelope-invalid"),
            (Ack { recipient: code("H45.03"), ..good.clone() }, 403, "sender-mismatch"),
            (Ack { time: world.now().plus(400), ..good.clone() }, 422, "clock-skew"),
        ];
        for (wrong, status, expected) in cases {
            let said = recipient.post(&path, &answer(world, &wrong, &claimed["lease"]));
            assert_eq!((said.status, said.code().as_str()), (status, expected));
        }
        let mut forged = answer(world, &good, &claimed["lease"]);
        forged["signature"] = world.signed("H45.01", &good.to_bytes()).into();
        assert_eq!(recipient.post(&path, &forged).code(), "cert-unknown");
        let outsider = world.raw(&world.members["H45.03"].tls);
        assert_eq!(outsider.post(&path, &answer(world, &good, &claimed["lease"])).status, 403);
        assert_eq!(recipient.post(&path, &answer(world, &good, &claimed["lease"])).status, 200);
    });
}

#[test]
fn a_released_item_comes_back_after_its_delay_or_by_name() {
    over_all_stores(|world| {
        let (_, recipient, _) = sent(world, b"PK\x03\x04 release");
        let first = claim(&recipient, "c-1", 60)[0].clone();
        let item = first["item"].as_str().expect("a name").to_owned();
        let body = json!({"lease": first["lease"], "delay_s": 100, "reason": "đĩa đầy"});
        assert_eq!(recipient.post(&format!("/v1/inbox/{item}/release"), &body).status, 200);
        assert_eq!(claim(&recipient, "c-2", 60), json!([]));
        let named = json!({"claim": "c-3", "max": 1, "lease_s": 10, "items": [item]});
        assert_eq!(recipient.post("/v1/inbox/claim", &named).json()["items"][0]["lease"], 2);
        world.pass(101);
        assert_eq!(claim(&recipient, "c-4", 60)[0]["lease"], 3);
    });
}

#[test]
fn two_workers_never_hold_the_same_item() {
    over_all_stores(|world| {
        for n in 0..20 {
            sent(world, format!("PK\x03\x04 {n}").as_bytes());
        }
        let recipient = world.raw(&world.members["H45.02"].tls);
        let mut all: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..8)
                .map(|worker| {
                    let recipient = recipient.clone();
                    scope.spawn(move || {
                        let mut own = Vec::new();
                        for round in 0..4 {
                            let body = json!({"claim": format!("w{worker}-{round}"), "max": 2, "lease_s": 600});
                            let items = recipient.post("/v1/inbox/claim", &body).json()["items"].clone();
                            let items = items.as_array().expect("a list").clone();
                            own.extend(items.iter().map(|i| i["item"].as_str().expect("a name").to_owned()));
                        }
                        own
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().expect("done")).collect()
        });
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!((count, all.len()), (20, 20));
    });
}

#[test]
fn a_package_is_served_whole_in_ranges_and_to_its_recipient_only() {
    over_all_stores(|world| {
        let mut package = b"PK\x03\x04".to_vec();
        package.resize(700_000, 9);
        let (_, recipient, _) = sent(world, &package);
        let item = claim(&recipient, "c-1", 60)[0]["item"].as_str().expect("a name").to_owned();
        let path = format!("/v1/inbox/{item}/package");
        let whole = recipient.get(&path);
        assert_eq!((whole.status, &whole.body), (200, &package));
        let tag = format!("\"{}\"", Sha256::of(&package));
        assert_eq!(whole.header("etag"), tag);
        let range = |range: &str, tag: &str| {
            let request = recipient.http.get(format!("{}{path}", recipient.url)).header("range", range);
            recipient.call(if tag.is_empty() { request } else { request.header("if-range", tag) })
        };
        let part = range("bytes=699990-", &tag);
        assert_eq!(
            (part.status, part.body.len(), part.header("content-range")),
            (206, 10, "bytes 699990-699999/700000")
        );
        assert_eq!(range("bytes=0-3", "").body, b"PK\x03\x04");
        assert_eq!(range("bytes=0-3", "\"another\"").status, 200, "another version: the whole");
        assert_eq!(range("bytes=700000-", "").status, 416);
        for name in ["H45.01", "H45.03"] {
            assert_eq!(world.raw(&world.members[name].tls).get(&path).status, 404, "{name}");
        }
    });
}

#[test]
fn a_delivery_past_its_end_is_not_handed_out() {
    over_all_stores(|world| {
        let package = b"PK\x03\x04 ends".to_vec();
        let sender = world.raw(&world.members["H45.01"].tls);
        sender.upload(&package);
        let mut envelope = world.envelope(&package);
        envelope.not_after = Some(world.now().plus(100));
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        assert_eq!(sender.put(&path, &world.submission("H45.01", &envelope)).status, 201);
        world.pass(101);
        assert_eq!(claim(&world.raw(&world.members["H45.02"].tls), "c-1", 60), json!([]));
    });
}

#[test]
fn a_sender_who_waits_is_told_when_the_recipient_answers() {
    over_all_stores(|world| {
        let (sender, recipient, envelope) = sent(world, b"PK\x03\x04 long poll");
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let tag = sender.get(&path).header("etag").to_owned();
        let ask = |wait: &str| {
            let request = sender.http.get(format!("{}{path}", sender.url)).header("if-none-match", &tag);
            sender.call(request.header("prefer", wait))
        };
        assert_eq!(ask("wait=0").status, 304);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| ask("wait=20"));
            let claimed = claim(&recipient, "c-1", 60)[0].clone();
            let yes = ack(world, &envelope, Outcome::Accepted);
            let ack_path = format!("/v1/inbox/{}/ack", claimed["item"].as_str().expect("a name"));
            assert_eq!(recipient.post(&ack_path, &answer(world, &yes, &claimed["lease"])).status, 200);
            let said = waiting.join().expect("answered");
            assert_eq!(said.status, 200);
        });
    });
}
