//! The endpoint measured: `cargo bench --bench exchange -- [MEASURE…] [--NAME VALUE…]`, everything without a measure named.
//!
//! | measure | says |
//! | --- | --- |
//! | `disk` | the disk's own fdatasync rate, to hold the others against |
//! | `submits` | durable submissions of 64 KiB a second, p99, processor time for each: sealed and stored; and whole pushes over TLS |
//! | `claims` | claims and acknowledgements a second, signatures included |
//! | `growth` | time of a submission with 10^4, 10^5, 10^6 stored (`--largest N` ends earlier), and the time to open that store again |
//! | `large` | one package up and down (`--octets N`, 10 GiB by default) and the most memory held |
//!
//! Each prints one JSON line a figure.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use congvan::base::time::UnixTime;
use congvan::exchange::envelope::Package;
use congvan::exchange::evidence::{Event, Evidence, LogName, Receipt, SenderAuthentication};
use congvan::exchange::id::{AgencyCode, Sha256, Uuid};
use congvan::exchange::notary::{About, Nonce, Statement};
use congvan::exchange::store::sqlite::SqliteStore;
use congvan::exchange::store::{FiledEvidence, NewItem, Store as _, Submission, Submitted};
use serde_json::json;

#[path = "../tests/exchange/support.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod support;

use support::{Kind, World, code, outgoing};

const SIZE: usize = 64 << 10;

struct Options {
    measures: Vec<String>,
    values: std::collections::HashMap<String, u64>,
}

impl Options {
    fn read() -> Self {
        let (mut measures, mut values) = (Vec::new(), std::collections::HashMap::new());
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--") {
                Some(name) => {
                    let value = arguments.next().and_then(|value| value.parse().ok());
                    values.insert(name.to_owned(), value.unwrap_or_else(|| panic!("--{name} takes a number")));
                }
                None => measures.push(argument),
            }
        }
        Options { measures, values }
    }

    fn wants(&self, measure: &str) -> bool {
        self.measures.is_empty() || self.measures.iter().any(|own| own == measure)
    }

    fn value(&self, name: &str, otherwise: u64) -> u64 {
        self.values.get(name).copied().unwrap_or(otherwise)
    }
}

fn main() {
    let options = Options::read();
    if options.wants("disk") {
        disk(&std::env::temp_dir());
    }
    if options.wants("submits") {
        submits(options.value("count", 20_000), options.value("at-once", 128));
        pushes(options.value("pushes", 3_000));
    }
    if options.wants("claims") {
        claims(options.value("claims", 3_000));
    }
    if options.wants("growth") {
        growth(options.value("largest", 1_000_000));
    }
    if options.wants("large") {
        large(options.value("octets", 10 << 30));
    }
}

fn say(figure: serde_json::Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{figure}").expect("writes");
}

fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets).expect("random");
    octets
}

/// Processor time of this process so far; `None` where the system does not tell.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    // USER_HZ is 100 on every Linux.
    Some(Duration::from_millis(ticks * 10))
}

/// Most memory held so far, in KiB.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

fn report(what: &str, mut took: Vec<Duration>, whole: Duration, processor: Option<Duration>) {
    took.sort_unstable();
    let count = u32::try_from(took.len()).expect("few");
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    say(json!({
        "measure": what, "count": count, "per_second": (f64::from(count) / whole.as_secs_f64()).round(),
        "p50_ms": at(50), "p99_ms": at(99), "processor_us": processor.map(|time| time.as_secs_f64() * 1e6 / f64::from(count)),
    }));
}

fn disk(folder: &Path) {
    let mut file = tempfile::tempfile_in(folder).expect("a file");
    let began = Instant::now();
    let mut took = Vec::new();
    while began.elapsed() < Duration::from_secs(3) {
        let one = Instant::now();
        file.write_all(&[7; 4_096]).expect("writes");
        file.sync_data().expect("syncs");
        took.push(one.elapsed());
    }
    report("disk: write 4 KiB and fdatasync", took, began.elapsed(), None);
}

/// A delivery whose evidence is sealed as the endpoint seals it.
fn sealed(world: &World, size: usize) -> Submission {
    let mut body = b"PK\x03\x04".to_vec();
    body.resize(size, 0);
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
        world
            .endpoint
            .notary
            .state(&about, statement, Nonce { id: Uuid::v7(0, random()), salt: random() })
            .expect("sealed")
    };
    let evidence = state(Event::SubmissionAcceptance, None);
    let consigned = state(Event::ContentConsignment, Some(evidence.digest()));
    let item = congvan::base::encoding::hex(&random::<16>());
    Submission {
        sender: envelope.sender.clone(),
        delivery: envelope.delivery,
        signature: vec![0; 1_500],
        package: envelope.package.clone(),
        not_after: None,
        accepted: now,
        evidence,
        items: vec![NewItem { item, recipient: code("H45.02"), evidence: consigned }],
        body: Some(body),
        replaces: None,
        envelope: bytes,
    }
}

fn submits(count: u64, at_once: u64) {
    let world = Arc::new(World::new(Kind::Sqlite));
    let (before, began) = (processor_time(), Instant::now());
    let took = world.block_on(async {
        let queue = Arc::new(tokio::sync::Semaphore::new(usize::try_from(at_once).expect("few")));
        let mut tasks = Vec::new();
        for _ in 0..count {
            let permit = queue.clone().acquire_owned().await.expect("open");
            let world = world.clone();
            tasks.push(tokio::spawn(async move {
                let own = world.clone();
                let began = Instant::now();
                let one = tokio::task::spawn_blocking(move || sealed(&own, SIZE)).await.expect("sealed");
                assert_eq!(world.store.submit(one).await.expect("commits"), Submitted::New);
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
    let whole = began.elapsed();
    let processor = processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    report(&format!("submit: 64 KiB, evidence sealed, durable, {at_once} at once"), took, whole, processor);
}

fn pushes(count: u64) {
    let world = World::new(Kind::Sqlite);
    let prepared: Vec<_> = (0..count)
        .map(|_| {
            let mut body = b"PK\x03\x04".to_vec();
            body.resize(SIZE, 0);
            body[4..20].copy_from_slice(&random::<16>());
            let envelope = world.envelope(&body);
            (format!("/v1/deliveries/{}", envelope.delivery), world.submission("H45.01", &envelope), body)
        })
        .collect();
    let next = AtomicUsize::new(0);
    let (before, began) = (processor_time(), Instant::now());
    let took: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..32)
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
    let whole = began.elapsed();
    let processor = processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    report("push: create, upload, submit over TLS, the client on the same cores", took, whole, processor);
}

fn claims(count: u64) {
    let world = World::new(Kind::Sqlite);
    for _ in 0..count {
        assert_eq!(world.block_on(world.store.submit(sealed(&world, 1_000))).expect("commits"), Submitted::New);
    }
    let (before, began) = (processor_time(), Instant::now());
    let took: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|worker| {
                let world = &world;
                scope.spawn(move || {
                    let raw = world.raw(&world.members["H45.02"].tls);
                    let mut took = Vec::new();
                    for round in 0.. {
                        let claim = json!({"claim": format!("w{worker}-{round}"), "max": 20, "lease_s": 600});
                        let items = raw.post("/v1/inbox/claim", &claim).json()["items"].clone();
                        let items = items.as_array().expect("items").clone();
                        if items.is_empty() {
                            break;
                        }
                        for item in items {
                            let began = Instant::now();
                            acknowledge(world, &raw, &item);
                            took.push(began.elapsed());
                        }
                    }
                    took
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("done")).collect()
    });
    let whole = began.elapsed();
    assert_eq!(u64::try_from(took.len()).expect("few"), count);
    let processor = processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    report("claim and acknowledge over TLS, both signatures, the client on the same cores", took, whole, processor);
}

fn acknowledge(world: &World, raw: &support::Raw, item: &serde_json::Value) {
    use congvan::exchange::evidence::{Ack, Outcome};
    let envelope = congvan::base::encoding::from_base64(item["envelope"].as_str().expect("text")).expect("base64");
    let read = congvan::exchange::envelope::Envelope::from_bytes(&envelope).expect("reads");
    let ack = Ack {
        delivery: read.delivery,
        sender: read.sender,
        recipient: code("H45.02"),
        envelope: Sha256::of(&envelope),
        package: read.package.sha256,
        outcome: Outcome::Accepted,
        registry: None,
        time: world.now(),
    };
    let bytes = ack.to_bytes();
    let body = json!({
        "ack": congvan::base::encoding::base64(&bytes),
        "signature": world.signed("H45.02", &bytes),
        "lease": item["lease"],
    });
    let said = raw.post(&format!("/v1/inbox/{}/ack", item["item"].as_str().expect("a name")), &body);
    assert_eq!(said.status, 200);
}

/// A delivery with evidence in its true shape and size, but no seal: what a store keeps does not depend on it.
fn unsealed(log: &LogName, n: u64) -> Submission {
    let now = UnixTime(1_800_000_000 + i64::try_from(n / 1_000).expect("small"));
    let body = [b"PK\x03\x04".as_slice(), &random::<16>(), &[0; 1_004]].concat();
    let package = Package {
        sha256: Sha256::of(&body),
        size: u64::try_from(body.len()).expect("small"),
        media_type: support::ASICE.to_owned(),
    };
    let agency = |n: u64| AgencyCode::parse(&format!("H{:02}.{:02}", n % 63, n % 20)).expect("a code");
    let (sender, recipient) = (agency(n), agency(n + 7));
    let delivery = Uuid::v7(u64::try_from(now.0).expect("positive") * 1_000 + n % 1_000, random());
    let envelope = format!("{{\"delivery\":\"{delivery}\",\"pad\":\"{}\"}}", "x".repeat(600)).into_bytes();
    let file = |event, recipients: &[AgencyCode], previous| {
        let evidence = Evidence {
            id: Uuid::v7(u64::try_from(now.0).expect("positive") * 1_000, random()),
            event,
            time: now,
            endpoint: "exchange.example.vn".to_owned(),
            issuer_certificate: Sha256::of(b"certificate"),
            delivery,
            envelope: Sha256::of(&envelope),
            sender: sender.clone(),
            sender_authentication: SenderAuthentication::Seal,
            recipients: recipients.to_vec(),
            package: package.clone(),
            submitted: Some(now),
            reasons: Vec::new(),
            acknowledgement: None,
            previous,
            salt: random(),
            log: log.clone(),
            max_log_delay_s: 60,
        };
        let bytes = evidence.to_bytes();
        let leaf = evidence.leaf(&bytes).to_bytes();
        let recipient = previous.is_some().then(|| recipients[0].clone());
        let receipt = Receipt { evidence: bytes, signature: vec![0; 1_500], leaf };
        FiledEvidence { event, time: now, id: evidence.id, recipient, receipt }
    };
    let evidence = file(Event::SubmissionAcceptance, std::slice::from_ref(&recipient), None);
    let consigned = file(Event::ContentConsignment, std::slice::from_ref(&recipient), Some(evidence.digest()));
    Submission {
        sender,
        delivery,
        signature: vec![0; 1_500],
        package,
        not_after: None,
        accepted: now,
        evidence,
        items: vec![NewItem { item: congvan::base::encoding::hex(&random::<16>()), recipient, evidence: consigned }],
        body: Some(body),
        replaces: None,
        envelope,
    }
}

fn growth(largest: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = LogName { origin: "exchange.example.vn/log".to_owned(), vkey: "k".to_owned() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let store = Arc::new(SqliteStore::open(folder.path(), &log).expect("opens"));
    let mut stored = 0;
    for size in [10_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= largest) {
        // The last tenth, at most ten thousand, is what is measured.
        let measured = (size / 10).min(10_000);
        fill(&runtime, &store, &log, stored..size - measured);
        let began = Instant::now();
        let took = fill(&runtime, &store, &log, size - measured..size);
        stored = size;
        report(&format!("growth: a submission of 1 KiB with {size} stored"), took, began.elapsed(), None);
    }
    drop(store);
    let began = Instant::now();
    let store = SqliteStore::open(folder.path(), &log).expect("opens");
    let first = runtime.block_on(store.inbox(&AgencyCode::parse("H01.01").expect("a code"), 0, 10)).expect("reads");
    let ready = began.elapsed();
    runtime.block_on(store.submit(unsealed(&log, stored))).expect("commits");
    say(json!({
        "measure": format!("restart: {stored} stored, open and read an inbox"), "ready_s": ready.as_secs_f64(),
        "with_a_commit_s": began.elapsed().as_secs_f64(), "items": first.len(),
    }));
}

fn fill(
    runtime: &tokio::runtime::Runtime,
    store: &Arc<SqliteStore>,
    log: &LogName,
    range: std::ops::Range<u64>,
) -> Vec<Duration> {
    runtime.block_on(async {
        let queue = Arc::new(tokio::sync::Semaphore::new(256));
        let mut took = Vec::new();
        let mut tasks = Vec::new();
        for n in range {
            let permit = queue.clone().acquire_owned().await.expect("open");
            let (store, log) = (store.clone(), log.clone());
            tasks.push(tokio::spawn(async move {
                let one = unsealed(&log, n);
                let began = Instant::now();
                assert_eq!(store.submit(one).await.expect("commits"), Submitted::New);
                drop(permit);
                began.elapsed()
            }));
            if tasks.len() >= 10_000 {
                for task in tasks.drain(..) {
                    took.push(task.await.expect("done"));
                }
            }
        }
        for task in tasks {
            took.push(task.await.expect("done"));
        }
        took
    })
}

fn large(octets: u64) {
    let mut world = World::new(Kind::Sqlite);
    world.restart_with_package_limit(octets);
    let path = world.folder.path().join("large.asice");
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(b"PK\x03\x04").expect("writes");
    file.set_len(octets).expect("grows");
    drop(file);
    let began = Instant::now();
    let pushed = world.client("H45.01").push(&outgoing(&path, &[code("H45.02")]), &|_| {}).expect("pushed");
    let up = began.elapsed();
    let began = Instant::now();
    let report = world.client("H45.02").pull(&world.folder.path().join("in"), None).expect("pulled");
    assert_eq!(report.taken[0].delivery, pushed.delivery);
    say(json!({
        "measure": "large: one package up and down, both ends in one process", "octets": octets,
        "up_s": up.as_secs_f64(), "down_s": began.elapsed().as_secs_f64(), "peak_kib": peak_kib(),
    }));
}
