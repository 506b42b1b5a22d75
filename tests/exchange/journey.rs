//! One document from one agency to another, through the client.

use congvan::exchange::client::ClientError;
use congvan::exchange::envelope::Registry;
use congvan::exchange::evidence::{Event, Receipt};
use congvan::exchange::id::Sha256;
use congvan::exchange::state::Phase;

use crate::support::{code, outgoing, over_all_stores};

#[test]
fn a_package_is_pushed_pulled_acknowledged_and_receipted() {
    over_all_stores(|world| {
        for size in [1_000, 300_000, 3 << 20] {
            let file = world.package(size);
            let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
            let to = [code("H45.02")];
            let pushed = sender.push(&outgoing(&file, &to), &|_| {}).expect("pushed");
            assert_eq!(pushed.evidence.event, Event::SubmissionAcceptance);
            assert!(!pushed.was_accepted_before);

            let status = sender.status(pushed.delivery).expect("status");
            assert_eq!(status.recipients[0].state, Phase::Available);

            let out = world.folder.path().join("in");
            let registry = Registry { number: "77".to_owned(), notation: None, date: "2026-03-06".to_owned() };
            let report = recipient.pull(&out, Some(&registry)).expect("pulled");
            assert!(report.failed.is_empty(), "{:?}", report.failed);
            let pulled = &report.taken[0];
            assert_eq!(std::fs::read(&pulled.package).expect("kept"), std::fs::read(&file).expect("sent"));
            assert_eq!(pulled.evidence.event, Event::ContentHandover);
            for name in ["envelope.json", "envelope.p7s", "consignment.json", "ack.json", "ack.p7s", "handover.json"] {
                assert!(pulled.folder.join(name).is_file(), "{name}");
            }

            let status = sender.status(pushed.delivery).expect("status");
            assert_eq!(status.recipients[0].state, Phase::Accepted);
            assert_eq!(status.recipients[0].attested, Some(Event::ContentHandover));
            let events: Vec<_> = status.evidence.iter().map(|(_, evidence)| evidence.event).collect();
            assert_eq!(events, [Event::SubmissionAcceptance, Event::ContentConsignment, Event::ContentHandover]);
            assert_eq!(status.evidence[0].0, pushed.receipt);

            assert!(recipient.pull(&out, None).expect("pulled").taken.is_empty(), "nothing waits any more");
        }
    });
}

#[test]
fn every_recipient_has_its_own_item_and_chain() {
    over_all_stores(|world| {
        let file = world.package(1_000);
        let sender = world.client("H45.01");
        let to = [code("H45.02"), code("H45.03")];
        let pushed = sender.push(&outgoing(&file, &to), &|_| {}).expect("pushed");
        world.client("H45.03").pull(&world.folder.path().join("in3"), None).expect("pulled");
        let status = sender.status(pushed.delivery).expect("status");
        let states: Vec<_> = status.recipients.iter().map(|r| r.state).collect();
        assert_eq!(states, [Phase::Available, Phase::Accepted]);
        let handover = &status.evidence[3].1;
        assert_eq!((handover.event, handover.recipients.as_slice()), (Event::ContentHandover, &to[1..]));
        let second = Sha256::of(&Receipt::from_bytes(&status.evidence[2].0).expect("reads").0.evidence);
        assert_eq!(handover.previous, Some(second), "the chain of its own recipient");
    });
}

#[test]
fn pushing_again_returns_the_first_receipt_and_again_makes_a_new_delivery() {
    over_all_stores(|world| {
        let file = world.package(1_000);
        let sender = world.client("H45.01");
        let to = [code("H45.02")];
        let first = sender.push(&outgoing(&file, &to), &|_| {}).expect("pushed");
        let second = sender.push(&outgoing(&file, &to), &|_| {}).expect("pushed");
        assert!(second.was_accepted_before);
        assert_eq!(second.receipt, first.receipt);
        let mut anew = outgoing(&file, &to);
        anew.again = congvan::exchange::client::Again::New;
        let third = sender.push(&anew, &|_| {}).expect("pushed");
        assert_ne!(third.delivery, first.delivery);
    });
}

#[test]
fn an_unknown_recipient_is_refused_before_anything_is_uploaded_and_the_id_stays_free() {
    over_all_stores(|world| {
        let file = world.package(1_000);
        let sender = world.client("H45.01");
        let to = [code("H45.02"), code("H99")];
        let error = sender.push(&outgoing(&file, &to), &|_| {}).expect_err("refused");
        let ClientError::Recipients(list) = &error else { panic!("{error}") };
        assert_eq!(list.as_slice(), [("H99".to_owned(), "recipient-unknown".to_owned())]);
        assert!(error.to_string().contains("H99"), "{error}");
    });
}

#[test]
fn a_receipt_verifies_offline_and_a_changed_one_does_not() {
    over_all_stores(|world| {
        let file = world.package(1_000);
        let sender = world.client("H45.01");
        let pushed = sender.push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
        let offline = world.client_of("H45.03", &world.folder.path().join("elsewhere"), "https://localhost:1");
        assert!(offline.check_receipt(&pushed.receipt).is_ok());
        for at in (0..pushed.receipt.len()).step_by(97) {
            let mut changed = pushed.receipt.clone();
            changed[at] ^= 1;
            assert!(offline.check_receipt(&changed).is_err(), "octet {at}");
        }
    });
}

#[test]
fn events_are_gapless_for_sender_and_recipient() {
    over_all_stores(|world| {
        let sender = world.client("H45.01");
        for _ in 0..3 {
            sender.push(&outgoing(&world.package(500), &[code("H45.02")]), &|_| {}).expect("pushed");
        }
        world.client("H45.02").pull(&world.folder.path().join("in"), None).expect("pulled");
        for (name, expected) in [("H45.01", 9), ("H45.02", 6), ("H45.03", 0)] {
            let raw = world.raw(&world.members[name].tls);
            let events = raw.get("/v1/events?limit=100").json();
            let numbers: Vec<_> =
                events["events"].as_array().expect("a list").iter().map(|e| e["seq"].as_u64()).collect();
            assert_eq!(numbers, (1..=expected).map(Some).collect::<Vec<_>>(), "{name}");
        }
        let raw = world.raw(&world.members["H45.02"].tls);
        let rest = raw.get("/v1/events?after=4").json();
        assert_eq!(rest["events"].as_array().expect("a list").len(), 2);
        assert_eq!(rest["next"], 6);
    });
}
