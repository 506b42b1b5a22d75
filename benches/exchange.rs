//! The endpoint measured: `cargo bench --bench exchange -- [MEASURE…] [--NAME VALUE…]`, everything without a measure named.
//!
//! | measure | says | parameters (default) |
//! | --- | --- | --- |
//! | `disk` | the disk's own rate of writing 4 KiB, and 80 KiB, and fdatasync | |
//! | `submits` | durable submissions of 64 KiB at the store, evidence sealed | `--submits` (20000) `--at-once` (128) |
//! | `pushes` | the same over TLS: create, upload, submit | `--pushes` (6000) `--connections` (96) |
//! | `one-shots` | the same in one request each | `--pushes` (6000) `--connections` (96) |
//! | `claims` | claims of 20 and acknowledgements over TLS, signatures on both sides | `--claims` (6000) `--connections` (96) |
//! | `growth` | a submission with 10^4, 10^5, 10^6 stored, then the restart after a crash | `--largest` (1000000) |
//! | `grow`, `cost`, `restart` | the same in steps, over a store that stays: fill it, submit, crash and open it again | `--store FOLDER` `--to N` |
//! | `large` | one package up and down, and the most memory held, by both ends together | `--octets` (10737418240) |
//!
//! Measured on two cores of a shared virtual machine (SHA and AES instructions, ext4), endpoint and clients on the same two:
//!
//! | | |
//! | --- | --- |
//! | the disk: write 4 KiB (80 KiB) and fdatasync | 3,805/s (3,217/s), p99 1.1 ms (0.9 ms) |
//! | 64 KiB at the store, evidence sealed, 128 at once | 3,301/s, p99 93 ms, 393 µs of processor each |
//! | 64 KiB pushed over TLS in three calls, 96 connections | 1,350/s, p99 116 ms, endpoint 1,073 µs, client 162 µs |
//! | the same in one request | 2,011/s, p99 95 ms, endpoint 735 µs, client 83 µs |
//! | claim and acknowledgement over TLS, 96 connections | 2,622/s, p99 57 ms, endpoint 507 µs |
//! | 64 KiB in one request over TLS with 10^4, 10^5, 10^6 stored | 1,970/s, 1,843/s, 1,698/s, endpoint 746, 773, 813 µs |
//! | 64 KiB at the store with 10^4, 10^5, 10^6 stored | writer about 158, 181, 310 µs of processor each |
//! | opening a store of 10^6 after a crash, and its first commit | 10 ms |
//! | 10 GiB up and down, both ends in one process (an earlier build) | at most 34 MiB held |
//!
//! Each prints one JSON line a figure. Clients and endpoint share the processors; `server_us` and `client_us` are the processor
//! time of each for one piece of work. Temporary folders are made where `TMPDIR` says: put it on the disk that is to be
//! measured. `growth` takes 12 GiB and some minutes, `large` 20 GiB; the packages of `growth` are of 1 KiB, made and filed by the
//! same code as all others but without a seal, and what is measured on top of them are submissions of 64 KiB and of 1 KiB.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use congvan::base::encoding::{base64, from_base64, hex};
use congvan::base::time::UnixTime;
use congvan::exchange::envelope::{Envelope, Package};
use congvan::exchange::evidence::{Ack, Event, Evidence, LogName, Outcome, Receipt, SenderAuthentication};
use congvan::exchange::id::{AgencyCode, Sha256, Uuid};
use congvan::exchange::notary::{About, Nonce, Statement};
use congvan::exchange::store::sqlite::SqliteStore;
use congvan::exchange::store::{FiledEvidence, NewItem, Store as _, Submission, Submitted};
use serde_json::json;

#[path = "../tests/exchange/support.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod support;

use congvan::exchange::seal::Sealer;
use support::{Kind, Line, World, code, digest_header, outgoing, request};

const SIZE: usize = 64 << 10;

struct Options {
    measures: Vec<String>,
    values: HashMap<String, String>,
}

impl Options {
    fn read() -> Self {
        let (mut measures, mut values) = (Vec::new(), HashMap::new());
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--") {
                Some(name) => {
                    let value = arguments.next().unwrap_or_else(|| panic!("--{name} takes a value"));
                    values.insert(name.to_owned(), value);
                }
                None => measures.push(argument),
            }
        }
        Options { measures, values }
    }

    /// Whether a measure is wanted; those in steps must be named.
    fn wants(&self, measure: &str) -> bool {
        let is_step = ["grow", "cost", "restart", "crash"].contains(&measure);
        (self.measures.is_empty() && !is_step) || self.measures.iter().any(|own| own == measure)
    }

    fn number(&self, name: &str, otherwise: u64) -> u64 {
        self.values.get(name).map_or(otherwise, |value| value.parse().expect("a number"))
    }

    fn store(&self) -> PathBuf {
        self.values.get("store").map(PathBuf::from).expect("--store FOLDER")
    }
}

fn main() {
    let options = Options::read();
    if options.wants("disk") {
        disk(4 << 10);
        disk(80 << 10);
    }
    if options.wants("submits") {
        submits(options.number("submits", 20_000), options.number("at-once", 128));
    }
    if options.wants("pushes") {
        pushes(options.number("pushes", 6_000), options.number("connections", 96));
    }
    if options.wants("one-shots") {
        one_shots(options.number("pushes", 6_000), options.number("connections", 96));
    }
    if options.wants("claims") {
        claims(options.number("claims", 6_000), options.number("connections", 96));
    }
    if options.wants("growth") {
        growth(options.number("largest", 1_000_000));
    }
    if options.wants("grow") {
        Grown::open(&options.store()).grow(options.number("to", 10_000));
    }
    if options.wants("cost") {
        cost(&options.store());
    }
    if options.wants("crash") {
        Grown::open(&options.store()).crash();
    }
    if options.wants("restart") {
        restart(&options.store());
    }
    if options.wants("large") {
        large(options.number("octets", 10 << 30));
    }
}

fn say(figure: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{figure}").expect("writes");
}

fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets).expect("random");
    octets
}

/// Processor time of this process so far; nothing where the system does not tell.
fn processor_time() -> Duration {
    let read = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        // USER_HZ is 100 on every Linux.
        Some(Duration::from_millis(ticks * 10))
    };
    read().unwrap_or_default()
}

/// Processor time of one thread so far.
fn thread_time(thread: &Path) -> Duration {
    let read = || std::fs::read_to_string(thread.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok();
    Duration::from_nanos(read().unwrap_or(0))
}

/// Processor time of the threads of this name.
fn threads_time(name: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |task: &PathBuf| std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name);
    tasks.filter(named).map(|task| thread_time(&task)).sum()
}

/// Most memory held so far, in KiB.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

/// What a measure costs beside time.
#[derive(Default)]
struct Processor {
    server: Option<Duration>,
    client: Option<Duration>,
    writer: Option<Duration>,
}

fn report(what: &str, mut took: Vec<Duration>, whole: Duration, processor: &Processor) {
    took.sort_unstable();
    let count = u32::try_from(took.len()).expect("few");
    let at =
        |percent: usize| (took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e4).round() / 10.0;
    let each = |time: Option<Duration>| time.map(|time| (time.as_secs_f64() * 1e6 / f64::from(count)).round());
    let mut line = json!({
        "measure": what, "count": count, "per_second": (f64::from(count) / whole.as_secs_f64()).round(),
        "p50_ms": at(50), "p99_ms": at(99), "max_ms": at(100),
    });
    let times = [("server_us", processor.server), ("client_us", processor.client), ("writer_us", processor.writer)];
    for (name, time) in times {
        if let Some(time) = each(time) {
            line[name] = time.into();
        }
    }
    say(&line);
}

fn disk(size: usize) {
    let mut file = tempfile::tempfile_in(std::env::temp_dir()).expect("a file");
    let began = Instant::now();
    let mut took = Vec::new();
    while began.elapsed() < Duration::from_secs(3) {
        let one = Instant::now();
        file.write_all(&vec![7; size]).expect("writes");
        file.sync_data().expect("syncs");
        took.push(one.elapsed());
    }
    report(&format!("disk: write {} KiB and fdatasync", size >> 10), took, began.elapsed(), &Processor::default());
}

/// Octets nobody stored before.
fn package(size: usize) -> Vec<u8> {
    let mut body = b"PK\x03\x04".to_vec();
    body.resize(size, 0);
    body[4..20].copy_from_slice(&random::<16>());
    body
}

/// A delivery whose evidence is sealed as the endpoint seals it.
fn sealed(world: &World, size: usize) -> Submission {
    let body = package(size);
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
    let item = hex(&random::<16>());
    Submission {
        sender: envelope.sender.clone(),
        delivery: envelope.delivery,
        signature: vec![0; 1_500],
        package: envelope.package.clone(),
        not_after: None,
        accepted: now,
        evidence,
        items: vec![NewItem { item, recipient: code("H45.02"), evidence: consigned }],
        body: Some(Arc::new(body)),
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
    let server = Some(processor_time().saturating_sub(before));
    let writer = Some(threads_time("exchange-writer"));
    let processor = Processor { server, writer, client: None };
    report(&format!("submits: 64 KiB, evidence sealed, durable, {at_once} at once"), took, whole, &processor);
}

fn json_request(path: &str, body: &serde_json::Value) -> Vec<u8> {
    let method = if path.starts_with("/v1/deliveries/") { "PUT" } else { "POST" };
    request(method, path, "content-type: application/json\r\n", body.to_string().as_bytes())
}

/// Runs the same work on many connections until it says that there is no more; reports what each piece of it took.
fn on_lines(
    what: &str,
    world: &World,
    agencies: &[&str],
    lines: u64,
    work: impl Fn(&mut Line, u64) -> Option<Vec<Duration>> + Sync,
) -> usize {
    let clients = AtomicU64::new(0);
    let (before, writer, began) = (processor_time(), threads_time("exchange-writer"), Instant::now());
    let took: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..lines)
            .map(|n| {
                let (clients, work) = (&clients, &work);
                scope.spawn(move || {
                    let mut line =
                        world.line(&world.members[agencies[usize::try_from(n).expect("few") % agencies.len()]].tls);
                    let mut took = Vec::new();
                    while let Some(more) = work(&mut line, n) {
                        took.extend(more);
                    }
                    let own = thread_time(Path::new("/proc/thread-self"));
                    clients.fetch_add(u64::try_from(own.as_nanos()).expect("short"), Ordering::SeqCst);
                    took
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("done")).collect()
    });
    let whole = began.elapsed();
    let client = Duration::from_nanos(clients.into_inner());
    let processor = Processor {
        server: Some(processor_time().saturating_sub(before).saturating_sub(client)),
        client: Some(client),
        writer: Some(threads_time("exchange-writer").saturating_sub(writer)),
    };
    let count = took.len();
    report(what, took, whole, &processor);
    count
}

/// Agencies that send at once: each may have so many uploads open and no more.
const SENDERS: [&str; 2] = ["H45.01", "H45.03"];

/// What a sender does before it calls, which is not measured.
struct Prepared {
    envelope: Envelope,
    signed: serde_json::Value,
    body: Vec<u8>,
}

fn prepare(world: &World, count: u64) -> Vec<(Vec<Prepared>, AtomicUsize)> {
    let senders = SENDERS.map(|sender| {
        let sealer = support::sealer(&world.members[sender].seal);
        let prepared = (0..count / 2).map(|_| {
            let body = package(SIZE);
            let envelope = Envelope { sender: code(sender), ..world.envelope(&body) };
            Prepared { signed: signed(&sealer, &envelope), envelope, body }
        });
        (prepared.collect(), AtomicUsize::new(0))
    });
    senders.into_iter().collect()
}

fn next(prepared: &[(Vec<Prepared>, AtomicUsize)], line: u64) -> Option<&Prepared> {
    let (all, next) = &prepared[usize::try_from(line).expect("few") % prepared.len()];
    all.get(next.fetch_add(1, Ordering::SeqCst))
}

fn pushes(count: u64, lines: u64) {
    let world = World::new(Kind::Sqlite);
    push(&world, count, lines, &format!("pushes: 64 KiB, create, upload, submit over TLS, {lines} connections"));
}

fn push(world: &World, count: u64, lines: u64, what: &str) {
    let prepared = prepare(world, count);
    on_lines(what, world, &SENDERS, lines, |line, n| {
        let Prepared { envelope, signed, body } = next(&prepared, n)?;
        let began = Instant::now();
        let digest = digest_header(body);
        let headers = format!("upload-length: {SIZE}\r\nupload-complete: ?0\r\nrepr-digest: {digest}\r\n");
        let (status, head, _) = line.call(&request("POST", "/v1/uploads", &headers, b""));
        assert_eq!(status, 201);
        let upload = head.lines().find_map(|line| line.strip_prefix("location:")).expect("a location").trim();
        let headers = format!(
            "content-type: application/partial-upload\r\nupload-offset: 0\r\nupload-complete: ?1\r\ncontent-digest: {digest}\r\n"
        );
        assert_eq!(line.call(&request("PATCH", upload, &headers, body)).0, 204);
        assert_eq!(line.call(&json_request(&format!("/v1/deliveries/{}", envelope.delivery), signed)).0, 201);
        Some(vec![began.elapsed()])
    });
}

fn one_shots(count: u64, lines: u64) {
    let world = World::new(Kind::Sqlite);
    one_shot(
        &world,
        count,
        lines,
        &format!("one-shots: 64 KiB, envelope and package in one request over TLS, {lines} connections"),
    );
}

fn one_shot(world: &World, count: u64, lines: u64, what: &str) {
    let prepared = prepare(world, count);
    on_lines(what, world, &SENDERS, lines, |line, n| {
        let Prepared { signed, body, .. } = next(&prepared, n)?;
        let began = Instant::now();
        let part = |name: &str| format!("--b0undary\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        let (first, second, end) = (part("envelope"), part("package"), "\r\n--b0undary--\r\n");
        let whole = [first.as_bytes(), signed.to_string().as_bytes(), b"\r\n", second.as_bytes(), body, end.as_bytes()]
            .concat();
        let headers = "content-type: multipart/form-data; boundary=b0undary\r\n";
        let (status, _, said) = line.call(&request("POST", "/v1/deliveries", headers, &whole));
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&said));
        Some(vec![began.elapsed()])
    });
}

fn signed(sealer: &Sealer, envelope: &Envelope) -> serde_json::Value {
    let bytes = envelope.to_bytes();
    json!({"envelope": base64(&bytes), "signature": base64(&sealer.seal(&bytes).expect("seals"))})
}

fn claims(count: u64, lines: u64) {
    let world = World::new(Kind::Sqlite);
    world.block_on(async {
        for _ in 0..count / 100 {
            let hundred = (0..100).map(|_| world.store.submit(sealed(&world, 1_000)));
            for answer in futures_util::future::join_all(hundred).await {
                assert_eq!(answer.expect("commits"), Submitted::New);
            }
        }
    });
    let sealer = support::sealer(&world.members["H45.02"].seal);
    let round = AtomicUsize::new(0);
    let what = format!("claims: claim 20 and acknowledge each over TLS, both signatures, {lines} connections");
    let done = on_lines(&what, &world, &["H45.02"], lines, |line, worker| {
        let claim =
            json!({"claim": format!("w{worker}-{}", round.fetch_add(1, Ordering::SeqCst)), "max": 20, "lease_s": 600});
        let (status, _, body) = line.call(&json_request("/v1/inbox/claim", &claim));
        assert_eq!(status, 200);
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let items = body["items"].as_array().expect("items").clone();
        let acknowledged = |item: &serde_json::Value| {
            let began = Instant::now();
            let request = acknowledgement(&world, &sealer, item);
            assert_eq!(line.call(&request).0, 200);
            began.elapsed()
        };
        if items.is_empty() { None } else { Some(items.iter().map(acknowledged).collect()) }
    });
    assert_eq!(u64::try_from(done).expect("few"), count / 100 * 100);
}

fn acknowledgement(world: &World, sealer: &Sealer, item: &serde_json::Value) -> Vec<u8> {
    let envelope = from_base64(item["envelope"].as_str().expect("text")).expect("base64");
    let read = Envelope::from_bytes(&envelope).expect("reads");
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
    let signature = base64(&sealer.seal(&bytes).expect("seals"));
    let body = json!({"ack": base64(&bytes), "signature": signature, "lease": item["lease"]});
    json_request(&format!("/v1/inbox/{}/ack", item["item"].as_str().expect("a name")), &body)
}

/// A delivery with evidence in its true shape and size, but no seal: what a store keeps does not depend on it.
fn unsealed(log: &LogName, n: u64, size: usize) -> Submission {
    let now = UnixTime(1_800_000_000 + i64::try_from(n / 1_000).expect("small"));
    let body = package(size);
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
    // Named as the endpoint names: the time, then what nobody can guess.
    let item = format!("{:012x}{}", u64::try_from(now.0).expect("positive") * 1_000 + n % 1_000, hex(&random::<10>()));
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
        items: vec![NewItem { item, recipient, evidence: consigned }],
        body: Some(Arc::new(body)),
        replaces: None,
        envelope,
    }
}

/// A store that is filled and measured in steps.
struct Grown {
    store: Arc<SqliteStore>,
    log: LogName,
    runtime: tokio::runtime::Runtime,
    stored: u64,
}

fn bench_log() -> LogName {
    LogName { origin: "exchange.example.vn/log".to_owned(), vkey: "k".to_owned() }
}

impl Grown {
    fn open(folder: &Path) -> Self {
        let (log, runtime) = (bench_log(), tokio::runtime::Builder::new_multi_thread().enable_all().build());
        let store = Arc::new(SqliteStore::open(folder, &log).expect("opens"));
        Grown { store, log, runtime: runtime.expect("a runtime"), stored: Grown::stored(folder) }
    }

    fn stored(folder: &Path) -> u64 {
        let database = rusqlite::Connection::open(folder.join("exchange.sqlite")).expect("opens");
        let stored = database.query_row("SELECT coalesce(max(key), 0) FROM delivery", [], |row| row.get::<_, i64>(0));
        u64::try_from(stored.expect("reads")).expect("positive")
    }

    fn grow(&mut self, to: u64) {
        self.submit(to.saturating_sub(self.stored), 1 << 10);
    }

    /// What a submission costs on top of what is there.
    fn cost(&mut self) {
        let stored = self.stored;
        for (size, count) in [(1 << 10, 5_000), (SIZE, 3_000)] {
            // What the rest of the machine does is in every figure: the middle one of five says most.
            for _ in 0..5 {
                let (writer, began) = (threads_time("exchange-writer"), Instant::now());
                let took = self.submit(count / 5, size);
                let writer = Some(threads_time("exchange-writer").saturating_sub(writer));
                let what = format!("cost: a submission of {} KiB with {stored} stored", size >> 10);
                report(&what, took, began.elapsed(), &Processor { writer, ..Processor::default() });
            }
        }
    }

    /// Ends this process in the middle of its work.
    fn crash(&mut self) {
        self.submit(2_000, 1 << 10);
        std::process::abort();
    }

    fn submit(&mut self, count: u64, size: usize) -> Vec<Duration> {
        let range = self.stored..self.stored + count;
        self.stored += count;
        let (store, log) = (&self.store, &self.log);
        self.runtime.block_on(async {
            let queue = Arc::new(tokio::sync::Semaphore::new(128));
            let mut took = Vec::new();
            let mut tasks = Vec::new();
            for n in range {
                let permit = queue.clone().acquire_owned().await.expect("open");
                let (store, log) = (store.clone(), log.clone());
                tasks.push(tokio::spawn(async move {
                    let one = unsealed(&log, n, size);
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
}

fn growth(largest: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    for size in [10_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= largest) {
        let mut grown = Grown::open(folder.path());
        grown.grow(size);
        drop(grown);
        cost(folder.path());
    }
    restart(folder.path());
}

/// What a submission costs on top of what is there: in the store alone, and at an endpoint that serves it.
fn cost(folder: &Path) {
    let mut grown = Grown::open(folder);
    let stored = grown.stored;
    grown.cost();
    drop(grown);
    let world = World::with(Kind::Memory, |_| Arc::new(SqliteStore::open(folder, &bench_log()).expect("opens")));
    one_shot(&world, 1_000, 96, "not counted: what the first thousand cost");
    one_shot(&world, 4_000, 96, &format!("cost: a one-shot submission of 64 KiB over TLS with {stored} stored"));
}

/// Lets another process crash over the store, and opens it again.
fn restart(folder: &Path) {
    let own = std::env::current_exe().expect("a name");
    let crashed = std::process::Command::new(own).args(["crash", "--store"]).arg(folder).status().expect("runs");
    assert!(!crashed.success());
    let log = std::fs::metadata(folder.join("exchange.sqlite-wal")).map_or(0, |meta| meta.len());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let began = Instant::now();
    let store = SqliteStore::open(folder, &bench_log()).expect("opens");
    let first = runtime.block_on(store.inbox(&AgencyCode::parse("H01.01").expect("a code"), 0, 10)).expect("reads");
    let ready = began.elapsed();
    let n = Grown::stored(folder);
    runtime.block_on(store.submit(unsealed(&bench_log(), n, 1 << 10))).expect("commits");
    say(&json!({
        "measure": format!("restart: after a crash with {n} stored, open and read an inbox"), "ready_s": ready.as_secs_f64(),
        "with_a_commit_s": began.elapsed().as_secs_f64(), "items": first.len(), "log_octets": log,
    }));
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
    say(&json!({
        "measure": "large: one package up and down, both ends in one process", "octets": octets,
        "up_s": up.as_secs_f64(), "down_s": began.elapsed().as_secs_f64(), "peak_kib": peak_kib(),
    }));
}
