//! How many durable submissions a second this machine takes; run by hand: `cargo test --profile ci --test exchange speed -- --ignored --nocapture`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use congvan::exchange::evidence::Event;
use congvan::exchange::id::{Sha256, Uuid};
use congvan::exchange::notary::{About, Nonce, Statement};
use congvan::exchange::store::{NewItem, Submission, Submitted};

use crate::support::{Kind, World, code};

const SIZE: usize = 64 << 10;

fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets).expect("random");
    octets
}

/// A submission with its body, sealed and ready for the store.
fn submission(world: &World) -> Submission {
    let mut body = b"PK\x03\x04".to_vec();
    body.resize(SIZE, 0);
    body[4..20].copy_from_slice(&random::<16>());
    let envelope = world.envelope(&body);
    let bytes = envelope.to_bytes();
    let now = world.now();
    let about = About::envelope(&envelope, Sha256::of(&bytes), Some(now));
    let state = |event, previous| {
        let statement = Statement {
            event,
            time: now,
            recipients: &envelope.recipients,
            reasons: Vec::new(),
            acknowledgement: None,
            previous,
        };
        let nonce = Nonce { id: Uuid::v7(0, random()), salt: random() };
        world.endpoint.notary.state(&about, statement, nonce).expect("sealed")
    };
    let evidence = state(Event::SubmissionAcceptance, None);
    let consigned = state(Event::ContentConsignment, Some(evidence.digest()));
    Submission {
        sender: envelope.sender.clone(),
        delivery: envelope.delivery,
        signature: vec![0; 1_500],
        package: envelope.package.clone(),
        not_after: None,
        accepted: now,
        evidence,
        items: vec![NewItem {
            item: congvan::base::encoding::hex(&random::<16>()),
            recipient: code("H45.02"),
            evidence: consigned,
        }],
        body: Some(body),
        replaces: None,
        envelope: bytes,
    }
}

fn report(what: &str, mut took: Vec<Duration>, whole: Duration) {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    let rate = f64::from(u32::try_from(took.len()).expect("few")) / whole.as_secs_f64();
    eprintln!("{what}: {rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
}

#[test]
#[ignore = "a measurement"]
fn durable_submissions_a_second() {
    let world = World::new(Kind::Sqlite);
    let many: Vec<Submission> = (0..4_000).map(|_| submission(&world)).collect();
    let started = Instant::now();
    let took = world.block_on(async {
        let queue = Arc::new(tokio::sync::Semaphore::new(128));
        let mut tasks = Vec::new();
        for one in many {
            let permit = queue.clone().acquire_owned().await.expect("open");
            let store = world.store.clone();
            tasks.push(tokio::spawn(async move {
                let began = Instant::now();
                assert_eq!(store.submit(one).await.expect("commits"), Submitted::New);
                drop(permit);
                began.elapsed()
            }));
        }
        let mut took = Vec::new();
        for task in tasks {
            took.push(task.await.expect("done"));
        }
        took
    });
    report("store, 64 KiB in the submission's own transaction, 128 at once", took, started.elapsed());

    let workers = 32;
    let bodies: Vec<_> = (0..1_500).map(|_| submission(&world)).collect();
    let next = AtomicUsize::new(0);
    let prepared: Vec<_> = bodies
        .into_iter()
        .map(|one| {
            let envelope = congvan::exchange::envelope::Envelope::from_bytes(&one.envelope).expect("reads");
            (
                format!("/v1/deliveries/{}", one.delivery),
                world.submission("H45.01", &envelope),
                one.body.expect("a body"),
            )
        })
        .collect();
    let started = Instant::now();
    let took: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    let raw = world.raw(&world.members["H45.01"].tls);
                    let mut took = Vec::new();
                    while let Some((path, body, package)) = prepared.get(next.fetch_add(1, Ordering::SeqCst)) {
                        let began = Instant::now();
                        raw.upload(package);
                        assert_eq!(raw.put(path, body).status, 201);
                        took.push(began.elapsed());
                    }
                    took
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("done")).collect()
    });
    report(
        "whole push over TLS: create, upload, submit (3 commits), client on the same cores",
        took,
        started.elapsed(),
    );
}
