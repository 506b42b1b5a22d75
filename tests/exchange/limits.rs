//! What one agency may use at once (PROTOCOL.md §7): open uploads, reserved room, speed, items under a lease; and room
//! for everybody.

use std::io::Read;
use std::time::Duration;

use congvan::exchange::evidence::{Ack, Outcome};
use congvan::exchange::id::Sha256;
use congvan::exchange::server::Limits;
use congvan::exchange::store::space::Marks;
use congvan::exchange::store::sqlite::SqliteStore;
use serde_json::json;

use crate::support::{Kind, Raw, Said, World, code, digest_header};

fn over_all_stores_within(limits: &Limits, test: impl Fn(&World)) {
    for kind in [Kind::Memory, Kind::Sqlite] {
        eprintln!("store: {kind:?}");
        let mut world = World::new(kind);
        world.restart_within(limits.clone());
        test(&world);
    }
}

/// A refusal that may pass: 429, and how long to wait.
fn is_put_off(said: &Said) -> bool {
    let waits = said.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0);
    (said.status, said.code().as_str()) == (429, "rate-limited") && waits && said.json()["retry"] == "after"
}

fn octets(size: usize, fill: u8) -> Vec<u8> {
    let mut octets = b"PK\x03\x04".to_vec();
    octets.resize(size, fill);
    octets
}

#[test]
fn room_reserved_by_one_agency_is_bounded_and_given_back() {
    over_all_stores_within(&Limits { reserved: 1_000_000, ..Limits::default() }, |world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let first = raw.create(&octets(600_000, 1));
        assert_eq!(first.status, 201);
        assert_eq!(raw.create(&octets(400_000, 2)).status, 201, "just within");
        assert!(is_put_off(&raw.create(&octets(1, 3))), "one octet past it");
        let other = world.raw(&world.members["H45.02"].tls);
        assert_eq!(other.create(&octets(1_000_000, 4)).status, 201, "another agency has its own room");
        assert!(is_put_off(&other.create(&octets(1_000_001, 5))));
        let cancelled = raw.call(raw.http.delete(format!("{}{}", raw.url, first.header("location"))));
        assert_eq!(cancelled.status, 204);
        assert_eq!(raw.create(&octets(600_000, 6)).status, 201, "cancelled uploads give their room back");
    });
}

#[test]
fn uploads_of_one_agency_are_counted() {
    over_all_stores_within(&Limits { open_uploads: 2, ..Limits::default() }, |world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let package = octets(10, 1);
        let upload = raw.create(&package).header("location").to_owned();
        assert_eq!(raw.create(&octets(10, 2)).status, 201);
        assert!(is_put_off(&raw.create(&octets(10, 3))));
        assert_eq!(raw.append(&upload, 0, &package, true).status, 204);
        assert_eq!(raw.create(&octets(10, 3)).status, 201, "a finished one counts no more");
    });
}

/// Octets that come one at a time.
struct Trickle(Vec<u8>, usize);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(Duration::from_millis(20));
        let Some(octet) = self.0.get(self.1) else { return Ok(0) };
        buffer[0] = *octet;
        self.1 += 1;
        Ok(1)
    }
}

#[test]
fn an_upload_slower_than_the_bound_is_put_off_and_its_offset_stays() {
    let limits = Limits { slowest: 10_000, run_up: Duration::from_millis(300), ..Limits::default() };
    over_all_stores_within(&limits, |world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let package = octets(80, 7);
        let upload = raw.create(&package).header("location").to_owned();
        let request = raw
            .http
            .patch(format!("{}{upload}", raw.url))
            .header("content-type", "application/partial-upload")
            .header("upload-offset", 0)
            .header("upload-complete", "?1")
            .header("content-digest", digest_header(&package))
            .body(reqwest::blocking::Body::sized(Trickle(package.clone(), 0), 80));
        assert!(is_put_off(&raw.call(request)));
        let state = raw.call(raw.http.head(format!("{}{upload}", raw.url)));
        assert_eq!((state.status, state.header("upload-offset")), (204, "0"));
        assert_eq!(raw.append(&upload, 0, &package, true).status, 204, "at its proper speed it is taken");
    });
}

fn send(world: &World, raw: &Raw, fill: u8) -> congvan::exchange::envelope::Envelope {
    let package = octets(64, fill);
    raw.upload(&package);
    let envelope = world.envelope(&package);
    let said = raw.put(&format!("/v1/deliveries/{}", envelope.delivery), &world.submission("H45.01", &envelope));
    assert_eq!(said.status, 201);
    envelope
}

fn acknowledge(world: &World, raw: &Raw, envelope: &congvan::exchange::envelope::Envelope, item: &serde_json::Value) {
    let ack = Ack {
        delivery: envelope.delivery,
        sender: envelope.sender.clone(),
        recipient: code("H45.02"),
        envelope: Sha256::of(&envelope.to_bytes()),
        package: envelope.package.sha256,
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

#[test]
fn items_under_a_lease_are_counted_and_answers_make_room() {
    over_all_stores_within(&Limits { leased: 2, ..Limits::default() }, |world| {
        let sender = world.raw(&world.members["H45.01"].tls);
        let recipient = world.raw(&world.members["H45.02"].tls);
        let envelopes: Vec<_> = (1..=4).map(|fill| send(world, &sender, fill)).collect();
        let claim = |id: &str| recipient.post("/v1/inbox/claim", &json!({"claim": id, "max": 10, "lease_s": 60}));
        let first = claim("c-1");
        let items = first.json()["items"].as_array().expect("items").clone();
        assert_eq!(items.len(), 2, "no more than may be under a lease");
        assert!(is_put_off(&claim("c-2")));
        assert_eq!(claim("c-1").body, first.body, "a claim repeated is answered all the same");
        acknowledge(world, &recipient, &envelopes[0], &items[0]);
        let second = claim("c-2").json();
        assert_eq!(second["items"].as_array().map(Vec::len), Some(1), "put off is not remembered as an answer");
        assert!(is_put_off(&claim("c-3")));
        world.pass(61);
        assert_eq!(claim("c-4").json()["items"].as_array().map(Vec::len), Some(2), "leases that ran out count no more");
    });
}

#[test]
fn below_the_marks_uploads_then_deliveries_are_refused_and_the_endpoint_says_it_is_not_ready() {
    let world = World::with(Kind::Memory, |_| {
        // No device has that much free: everything is below its marks.
        let folder = tempfile::tempdir().expect("a folder").keep();
        let log = congvan::exchange::evidence::LogName { origin: "o/log".to_owned(), vkey: "k".to_owned() };
        let marks = Marks { reserve: 0, low: u64::MAX / 4, high: u64::MAX / 2 };
        std::sync::Arc::new(SqliteStore::open_with(&folder, &log, marks).expect("a store"))
    });
    let raw = world.raw(&world.members["H45.01"].tls);
    let said = raw.create(&octets(10, 1));
    assert_eq!((said.status, said.code().as_str()), (507, "no-space"));
    assert!(said.header("retry-after").parse::<u32>().is_ok());
    let ready = raw.get("/readyz");
    assert_eq!((ready.status, ready.code().as_str()), (503, "shutting-down"));
    assert_eq!(raw.get("/healthz").status, 200);
    assert_eq!(raw.get("/v1/events").status, 200, "reading goes on");
    assert_eq!(raw.post("/v1/inbox/claim", &json!({"claim": "c", "max": 1, "lease_s": 1})).status, 200, "and claiming");
}

#[test]
fn every_refusal_of_the_protocol_is_asked_for_by_a_test() {
    let tests: String = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exchange"))
        .expect("the tests")
        .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("text"))
        .collect();
    let reserved = ["recall-too-late", "nonce-replayed"];
    for refusal in congvan::exchange::problem::Code::all() {
        let is_asked_for = tests.contains(&format!("\"{}\"", refusal.name()));
        assert!(is_asked_for || reserved.contains(&refusal.name()), "{}", refusal.name());
    }
}

#[test]
fn suspended_agencies_send_nothing_and_are_sent_nothing() {
    let world = World::new(Kind::Memory);
    let package = octets(64, 1);
    let raw = world.raw(&world.members["H45.01"].tls);
    raw.upload(&package);
    let suspend = |name: &str| {
        let mut agencies: Vec<_> = crate::support::directory(world.members.values()).agencies().cloned().collect();
        agencies.iter_mut().filter(|agency| agency.code == code(name)).for_each(|agency| agency.suspended = true);
        world.endpoint.replace_directory(congvan::exchange::directory::Directory::new(agencies).expect("a directory"));
    };
    suspend("H45.02");
    let envelope = world.envelope(&package);
    let said = raw.put(&format!("/v1/deliveries/{}", envelope.delivery), &world.submission("H45.01", &envelope));
    assert_eq!((said.status, said.code().as_str()), (422, "recipient-suspended"));
    suspend("H45.01");
    let said = raw.get("/v1/events");
    assert_eq!((said.status, said.code().as_str()), (403, "agency-suspended"));
}
