//! Clocks that are wrong or jump (T01–T05), and leases across them (L04, L05).

use std::sync::Arc;

use congvan::exchange::client::{self, Client, ClientError, Retry};
use congvan::exchange::journal::Journal;
use congvan::exchange::server::Now;
use congvan::exchange::state::Phase;
use congvan::exchange::trust::Trust;
use serde_json::json;

use crate::support::{World, code, outgoing, over_all_stores, sealer, tls_identity};

/// A client whose clock is off by so many seconds.
fn client_off_by(world: &World, seconds: i64) -> Client {
    let (member, clock) = (&world.members["H45.01"], world.endpoint.clock.clone());
    Client::new(client::Settings {
        endpoint: world.url.clone(),
        agency: member.code.clone(),
        identity: tls_identity(&member.tls),
        sealer: sealer(&member.seal),
        anchors: vec![world.authority.root().clone()],
        channel: Trust::new(vec![world.authority.root().clone()], Vec::new()),
        journal: Journal::open(&world.folder.path().join(format!("clock{seconds}"))).expect("a journal"),
        clock: Arc::new(move || Now { unix_ms: clock().unix_ms.saturating_add_signed(seconds * 1_000) }),
        retry: Retry::never(),
    })
    .expect("a client")
}

#[test]
fn t01_a_client_an_hour_ahead_is_told_so_and_one_an_hour_behind_is_served() {
    over_all_stores(|world| {
        let to = [code("H45.02")];
        let ahead = client_off_by(world, 3_600).push(&outgoing(&world.package(900), &to), &|_| {});
        match ahead {
            Err(ClientError::Refused(problem)) => assert_eq!(problem.code, "clock-skew"),
            other => panic!("{other:?}"),
        }
        client_off_by(world, 299).push(&outgoing(&world.package(901), &to), &|_| {}).expect("within the tolerance");
        client_off_by(world, -3_600).push(&outgoing(&world.package(902), &to), &|_| {}).expect("behind is harmless");
    });
}

#[test]
fn t02_an_endpoint_an_hour_behind_refuses_what_seems_to_come_from_the_future() {
    over_all_stores(|world| {
        let client = client_off_by(world, 3_600);
        world.pass(3_600);
        // Now the endpoint agrees with that client's journal of before, and is an hour ahead of its own past.
        let to = [code("H45.02")];
        client_off_by(world, 0).push(&outgoing(&world.package(900), &to), &|_| {}).expect("agreed");
        world.pass(-3_600);
        let refused = client.push(&outgoing(&world.package(901), &to), &|_| {});
        assert!(matches!(refused, Err(ClientError::Refused(problem)) if problem.code == "clock-skew"));
    });
}

#[test]
fn t03_evidence_times_never_go_back_along_a_chain_when_the_clock_does() {
    over_all_stores(|world| {
        let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
        // Certificates began to be valid with this test.
        world.pass(1_000);
        let pushed = sender.push(&outgoing(&world.package(900), &[code("H45.02")]), &|_| {}).expect("pushed");
        world.pass(-250);
        recipient.pull(&world.folder.path().join("in"), None).expect("pulled");
        let status = sender.status(pushed.delivery).expect("status");
        assert_eq!(status.recipients[0].state, Phase::Accepted);
        let times: Vec<i64> = status.evidence.iter().map(|(_, says)| says.time.0).collect();
        assert!(times.is_sorted(), "{times:?}");
    });
}

#[test]
fn t04_leases_go_by_the_endpoints_clock_whatever_the_workers_think() {
    over_all_stores(|world| {
        world.client("H45.01").push(&outgoing(&world.package(900), &[code("H45.02")]), &|_| {}).expect("pushed");
        let raw = world.raw(&world.members["H45.02"].tls);
        let claim = |id: &str| {
            let said = raw.post("/v1/inbox/claim", &json!({"claim": id, "max": 5, "lease_s": 60})).json();
            said["items"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(claim("t04-1"), 1);
        assert_eq!(claim("t04-2"), 0);
        world.pass(61);
        assert_eq!(claim("t04-3"), 1);
    });
}

#[test]
fn t05_a_second_repeated_at_midnight_changes_nothing() {
    over_all_stores(|world| {
        // A leap second smeared or stepped is a clock that stands still or repeats a second.
        world.freeze();
        world.pass(1_000);
        let sender = world.client("H45.01");
        for n in 0..4 {
            let pushed = sender.push(&outgoing(&world.package(900 + n), &[code("H45.02")]), &|_| {}).expect("pushed");
            world.pass(if n % 2 == 0 { 1 } else { -1 });
            assert_eq!(sender.status(pushed.delivery).expect("status").evidence.len(), 2);
        }
        let report = world.client("H45.02").pull(&world.folder.path().join("in"), None).expect("pulled");
        assert_eq!(report.taken.len(), 4);
    });
}

#[test]
fn l04_two_claims_with_the_same_id_are_one_claim_also_after_the_lease() {
    over_all_stores(|world| {
        let sender = world.client("H45.01");
        for n in 0..3 {
            sender.push(&outgoing(&world.package(900 + n), &[code("H45.02")]), &|_| {}).expect("pushed");
        }
        let claim = || {
            let raw = world.raw(&world.members["H45.02"].tls);
            raw.post("/v1/inbox/claim", &json!({"claim": "l04", "max": 2, "lease_s": 60})).json()["items"].clone()
        };
        let answers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().expect("done")).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(answers[0].as_array().map(Vec::len), Some(2));
        world.pass(100);
        assert_eq!(claim(), answers[0], "what was leased then; the leases themselves are over");
        let item = answers[0][0]["item"].as_str().expect("an item");
        let raw = world.raw(&world.members["H45.02"].tls);
        assert_eq!(
            raw.post(&format!("/v1/inbox/{item}/extend"), &json!({"lease": 1, "lease_s": 9})).code(),
            "lease-lost"
        );
    });
}

#[test]
fn l05_a_clock_that_jumps_ahead_ends_leases_and_one_that_jumps_back_revives_none() {
    over_all_stores(|world| {
        world.client("H45.01").push(&outgoing(&world.package(900), &[code("H45.02")]), &|_| {}).expect("pushed");
        let raw = world.raw(&world.members["H45.02"].tls);
        let claim = |id: &str| raw.post("/v1/inbox/claim", &json!({"claim": id, "max": 1, "lease_s": 60})).json();
        let first = claim("l05-1")["items"][0].clone();
        let item = first["item"].as_str().expect("an item").to_owned();
        let extend =
            |lease: u64| raw.post(&format!("/v1/inbox/{item}/extend"), &json!({"lease": lease, "lease_s": 60}));
        world.pass(3_600);
        assert_eq!(extend(1).code(), "lease-lost");
        assert_eq!(claim("l05-2")["items"][0]["lease"].as_u64(), Some(2));
        world.pass(-3_600);
        assert_eq!(extend(1).code(), "lease-lost", "the newer lease fences the older one off");
        assert_eq!(extend(2).status, 200);
    });
}
