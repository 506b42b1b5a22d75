//! What is said after sending: recall, replacement, business status, expiry; and what is removed in the end.

use congvan::base::encoding::base64;
use congvan::edxml::codes::Status;
use congvan::exchange::client::{ClientError, RecallOutcome, RequestKind};
use congvan::exchange::evidence::{Event, Reason};
use congvan::exchange::state::Phase;
use congvan::exchange::store::Happening;
use serde_json::json;

use crate::support::{World, code, outgoing, over_all_stores};

fn reason() -> Reason {
    Reason::new("sender-asks", Some("Gửi nhầm nơi nhận"))
}

fn push(world: &World, to: &[&str]) -> congvan::exchange::client::Pushed {
    let recipients: Vec<_> = to.iter().map(|name| code(name)).collect();
    world.client("H45.01").push(&outgoing(&world.package(900), &recipients), &|_| {}).expect("pushed")
}

#[test]
fn a_recall_takes_back_what_waits_and_asks_whoever_has_it() {
    over_all_stores(|world| {
        let pushed = push(world, &["H45.02", "H45.03"]);
        let (sender, out) = (world.client("H45.01"), world.folder.path().join("in"));
        world.client("H45.03").pull(&out, None).expect("pulled");
        let recalled = sender.recall(pushed.delivery, &[], reason()).expect("decided");
        let outcomes: Vec<_> = recalled.iter().map(|line| (line.recipient.as_str(), line.outcome)).collect();
        assert_eq!(outcomes, [("H45.02", RecallOutcome::Recalled), ("H45.03", RecallOutcome::AlreadyFinal)]);
        let again = sender.recall(pushed.delivery, &[], Reason::new("other", None)).expect("decided");
        let receipts = |lines: &[congvan::exchange::client::Recalled]| {
            lines.iter().map(|line| line.receipt.clone()).collect::<Vec<_>>()
        };
        assert_eq!(receipts(&again), receipts(&recalled), "the first answer stands");

        // Whoever had not read it sees nothing to take, and learns why.
        let report = world.client("H45.02").pull(&out, None).expect("pulled");
        assert!(report.taken.is_empty() && report.failed.is_empty());
        assert!(report.requests[0].in_time);
        // Whoever had it is asked, and keeps what was asked beside it.
        let report = world.client("H45.03").pull(&out, None).expect("pulled");
        let RequestKind::Recall(asked) = &report.requests[0].kind else { panic!("a recall") };
        assert_eq!((asked.reason.clone(), report.requests[0].in_time), (reason(), false));
        assert!(out.join(format!("H45.01_{}", pushed.delivery)).join("recall.json").is_file());

        let status = sender.status(pushed.delivery).expect("status");
        assert_eq!(status.recipients[0].state, Phase::Recalled);
        assert!(status.recipients[1].recall_asked && status.recipients[1].state == Phase::Accepted);
        // The recipient agrees.
        world.client("H45.03").fares(pushed.delivery, None, Status::Agreed, None).expect("told");
        let status = sender.status(pushed.delivery).expect("status");
        assert_eq!(status.recipients[1].fares, Some(Status::Agreed));
    });
}

#[test]
fn a_recall_of_some_leaves_the_others_and_strangers_cannot() {
    over_all_stores(|world| {
        let pushed = push(world, &["H45.02", "H45.03"]);
        let recalled = world.client("H45.01").recall(pushed.delivery, &[code("H45.03")], reason()).expect("decided");
        assert_eq!(recalled.len(), 1);
        let taken = world.client("H45.02").pull(&world.folder.path().join("in"), None).expect("pulled").taken;
        assert_eq!(taken.len(), 1);
        let stranger = world.client("H45.02").recall(pushed.delivery, &[], reason());
        assert!(matches!(stranger, Err(ClientError::Refused(problem)) if problem.code == "not-found"));
        let nobody = world.client("H45.01").recall(pushed.delivery, &[code("H45.09")], reason());
        assert!(matches!(nobody, Err(ClientError::Refused(problem)) if problem.code == "recipient-unknown"));
    });
}

#[test]
fn an_item_taken_back_serves_no_byte_and_takes_no_answer() {
    over_all_stores(|world| {
        let pushed = push(world, &["H45.02"]);
        let raw = world.raw(&world.members["H45.02"].tls);
        let claimed = raw.post("/v1/inbox/claim", &json!({"claim": "c-1", "max": 1, "lease_s": 600})).json();
        let item = claimed["items"][0]["item"].as_str().expect("an item").to_owned();
        world.client("H45.01").recall(pushed.delivery, &[], reason()).expect("decided");
        let download = raw.get(&format!("/v1/inbox/{item}/package"));
        assert_eq!((download.status, download.code().as_str()), (409, "already-final"));
        let asked = raw.get(&format!("/v1/inbox/{item}/recall")).json();
        assert_eq!(
            (asked["state"].as_str(), asked["schema"].as_str()),
            (Some("recalled"), Some("congvan.recall-of/1"))
        );
        let extended = raw.post(&format!("/v1/inbox/{item}/extend"), &json!({"lease": 1, "lease_s": 60}));
        assert_eq!(extended.code(), "lease-lost");
    });
}

#[test]
fn a_recall_signed_by_another_or_about_another_envelope_does_not_count() {
    over_all_stores(|world| {
        let pushed = push(world, &["H45.02"]);
        let raw = world.raw(&world.members["H45.01"].tls);
        let recall = congvan::exchange::statement::Recall {
            delivery: pushed.delivery,
            sender: code("H45.01"),
            envelope: pushed.evidence.envelope,
            recipients: Vec::new(),
            reason: reason(),
            time: world.now(),
        };
        let path = format!("/v1/deliveries/{}/recall", pushed.delivery);
        let body = |recall: &congvan::exchange::statement::Recall, signer: &str| {
            let bytes = recall.to_bytes();
            json!({"recall": base64(&bytes), "signature": world.signed(signer, &bytes)})
        };
        assert_eq!(raw.post(&path, &body(&recall, "H45.02")).code(), "cert-unknown");
        let other = congvan::exchange::statement::Recall {
            envelope: congvan::exchange::id::Sha256::of(b"other"),
            ..recall.clone()
        };
        assert_eq!(raw.post(&path, &body(&other, "H45.01")).code(), "envelope-invalid");
        let ahead = congvan::exchange::statement::Recall { time: world.now().plus(1_000), ..recall.clone() };
        assert_eq!(raw.post(&path, &body(&ahead, "H45.01")).code(), "clock-skew");
        assert_eq!(raw.post(&path, &body(&recall, "H45.01")).status, 200);
    });
}

#[test]
fn a_replacement_takes_the_old_back_in_the_same_step_and_only_once() {
    over_all_stores(|world| {
        let (sender, out) = (world.client("H45.01"), world.folder.path().join("in"));
        let old = push(world, &["H45.02", "H45.03"]);
        world.client("H45.03").pull(&out, None).expect("pulled");
        let to = [code("H45.02"), code("H45.03")];
        let file = world.package(901);
        let mut replacing = outgoing(&file, &to);
        replacing.replaces = Some(old.delivery);
        let new = sender.push(&replacing, &|_| {}).expect("replaced");
        let status = sender.status(old.delivery).expect("status");
        assert_eq!(status.replaced_by, Some(new.delivery));
        assert_eq!((status.recipients[0].state, status.recipients[1].state), (Phase::Recalled, Phase::Accepted));
        // One sees the new one only; the other both, and the link between them.
        let report = world.client("H45.02").pull(&out, None).expect("pulled");
        assert_eq!(report.taken.iter().map(|t| t.delivery).collect::<Vec<_>>(), [new.delivery]);
        let report = world.client("H45.03").pull(&out, None).expect("pulled");
        assert_eq!(report.taken.len(), 1);
        let RequestKind::Replacement(envelope) = &report.requests[0].kind else { panic!("a replacement") };
        assert_eq!((envelope.delivery, report.requests[0].delivery), (new.delivery, old.delivery));
        // A second replacement of the same is refused, and the id stays free of any delivery.
        let file = world.package(902);
        let mut second = outgoing(&file, &to);
        second.replaces = Some(old.delivery);
        let refused = sender.push(&second, &|_| {});
        assert!(matches!(refused, Err(ClientError::Refused(problem)) if problem.code == "already-final"));
        // A replacement can itself be replaced.
        let file = world.package(903);
        let mut third = outgoing(&file, &to);
        third.replaces = Some(new.delivery);
        sender.push(&third, &|_| {}).expect("replaced");
        let file = world.package(904);
        let mut nothing = outgoing(&file, &to);
        nothing.replaces = Some(congvan::exchange::id::Uuid::v7(1, [7; 10]));
        let refused = sender.push(&nothing, &|_| {});
        assert!(matches!(refused, Err(ClientError::Refused(problem)) if problem.code == "envelope-invalid"));
    });
}

#[test]
fn a_recipient_says_how_it_fares_once_it_has_answered_and_the_sender_believes_its_seal_only() {
    over_all_stores(|world| {
        let pushed = push(world, &["H45.02"]);
        let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
        let early = recipient.fares(pushed.delivery, None, Status::InProgress, None);
        assert!(matches!(early, Err(ClientError::Refused(problem)) if problem.code == "not-answered"));
        recipient.pull(&world.folder.path().join("in"), None).expect("pulled");
        for status in [Status::Accepted, Status::InProgress, Status::Done] {
            recipient.fares(pushed.delivery, Some(&code("H45.01")), status, Some("đang làm")).expect("told");
        }
        let status = sender.status(pushed.delivery).expect("status");
        assert_eq!(status.recipients[0].fares, Some(Status::Done));
        assert_eq!(status.fares.len(), 3);
        let nobody = world.client("H45.03").fares(pushed.delivery, None, Status::Done, None);
        assert!(matches!(nobody, Err(ClientError::NotReceived(_))), "{nobody:?}");
    });
}

#[test]
fn a_refusal_ends_the_item_with_its_reason() {
    over_all_stores(|world| {
        let pushed = push(world, &["H45.02"]);
        let evidence = world
            .client("H45.02")
            .reject(pushed.delivery, None, Reason::new("refused", Some("Sai địa chỉ")))
            .expect("told");
        assert_eq!((evidence.event, evidence.reasons[0].code.as_str()), (Event::ConsignmentRejection, "refused"));
        let status = world.client("H45.01").status(pushed.delivery).expect("status");
        assert_eq!(status.recipients[0].state, Phase::Rejected);
        assert!(world.client("H45.02").pull(&world.folder.path().join("in"), None).expect("pulled").taken.is_empty());
    });
}

#[test]
fn a_pull_that_cannot_take_what_runs_out_says_so_and_one_that_takes_it_does_not() {
    over_all_stores(|world| {
        let (file, to) = (world.package(900), [code("H45.02")]);
        let mut out = outgoing(&file, &to);
        out.not_after = Some(world.now().plus(10 * 86_400));
        let pushed = world.client("H45.01").push(&out, &|_| {}).expect("pushed");
        world.pass(5 * 86_400 + 1);
        world.block_on(world.endpoint.tick()).expect("ticks");
        // Another worker holds it.
        let other = world.raw(&world.members["H45.02"].tls);
        let claim = other.post("/v1/inbox/claim", &json!({"claim": "c-1", "max": 1, "lease_s": 60}));
        assert_eq!(claim.status, 200);
        let (recipient, folder) = (world.client("H45.02"), world.folder.path().join("in"));
        let report = recipient.pull(&folder, None).expect("pulled");
        assert_eq!(report.running_out, [(pushed.delivery, code("H45.01"))]);
        assert!(recipient.pull(&folder, None).expect("pulled").running_out.is_empty(), "told once");
        let second = world.client_with("H45.02", "second", &world.url, congvan::exchange::client::Retry::never());
        world.pass(61);
        let report = second.pull(&folder, None).expect("pulled");
        assert_eq!((report.taken.len(), report.running_out.len()), (1, 0), "it is received");
    });
}

#[test]
fn time_that_runs_out_is_warned_of_twice_and_then_attested_to_both_sides() {
    over_all_stores(|world| {
        let (file, to) = (world.package(900), [code("H45.02")]);
        let mut out = outgoing(&file, &to);
        out.not_after = Some(world.now().plus(10 * 86_400));
        let pushed = world.client("H45.01").push(&out, &|_| {}).expect("pushed");
        let happened = |name: &str| -> Vec<Happening> {
            let (events, _) = world.client(name).events(0, 0).expect("events");
            events.into_iter().filter(|e| e.delivery == pushed.delivery).map(|e| e.event).collect()
        };
        let tick = || {
            world.block_on(world.endpoint.tick()).expect("ticks");
        };
        for _ in 0..2 {
            world.pass(5 * 86_400 - 3_600);
            tick();
            tick();
        }
        assert_eq!(happened("H45.02").iter().filter(|h| **h == Happening::ExpiryWarning).count(), 1);
        world.pass(3_600);
        tick();
        world.pass(3_601 + 3_600);
        tick();
        tick();
        for name in ["H45.01", "H45.02"] {
            let all = happened(name);
            assert!(all.contains(&Happening::Attested(Event::ContentHandoverFailure)), "{name}: {all:?}");
        }
        let status = world.client("H45.01").status(pushed.delivery).expect("status");
        assert_eq!(status.recipients[0].state, Phase::Expired);
        let (_, last) = status.evidence.last().expect("evidence");
        assert_eq!(last.reasons[0].code, "expired");
        let recalled = world.client("H45.01").recall(pushed.delivery, &[], reason()).expect("decided");
        assert_eq!(recalled[0].outcome, RecallOutcome::AlreadyFinal);
        world.pass(-11 * 86_400);
    });
}

#[test]
fn a_package_goes_when_it_is_kept_no_longer_and_its_evidence_stays() {
    over_all_stores(|world| {
        let file = world.package(300_000);
        let to = [code("H45.02")];
        let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
        let pushed = sender.push(&outgoing(&file, &to), &|_| {}).expect("pushed");
        let small = sender.push(&outgoing(&world.package(100), &to), &|_| {}).expect("pushed");
        let out = world.folder.path().join("in");
        let tidy = || world.block_on(world.endpoint.clean_up()).expect("tidied");
        world.pass(100 * 86_400);
        assert_eq!(tidy().packages, 0, "nobody has answered yet");
        recipient.pull(&out, None).expect("pulled");
        world.pass(89 * 86_400);
        assert_eq!(tidy().packages, 0);
        world.pass(2 * 86_400);
        assert_eq!(tidy().packages, 2);
        world.pass(100);
        tidy();
        for delivery in [pushed.delivery, small.delivery] {
            let status = sender.status(delivery).expect("status");
            assert_eq!(status.recipients[0].state, Phase::Accepted);
            assert_eq!(status.evidence.len(), 3);
        }
        let raw = world.raw(&world.members["H45.02"].tls);
        let named = raw.get(&format!("/v1/inbox?delivery={}", pushed.delivery)).json();
        let item = named["items"][0]["item"].as_str().expect("an item");
        assert_eq!(raw.get(&format!("/v1/inbox/{item}/package")).status, 404);
        // The same octets can be sent again.
        let mut again = outgoing(&file, &to);
        again.again = congvan::exchange::client::Again::New;
        sender.push(&again, &|_| {}).expect("pushed again");
        assert_eq!(recipient.pull(&world.folder.path().join("in2"), None).expect("pulled").taken.len(), 1);
        world.pass(-191 * 86_400 - 100);
    });
}

#[test]
fn events_wake_whoever_waits_for_them() {
    over_all_stores(|world| {
        let recipient = world.client("H45.02");
        let (_, next) = recipient.events(0, 0).expect("events");
        let began = std::time::Instant::now();
        let (events, _) = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| recipient.events(next, 20).expect("events"));
            std::thread::sleep(std::time::Duration::from_millis(300));
            push(world, &["H45.02"]);
            waiting.join().expect("done")
        });
        assert_eq!(events.len(), 1);
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    });
}
