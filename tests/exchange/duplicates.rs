//! Duplicates (I01–I06): however often and however late something is said again, it is one delivery with one receipt.

use congvan::exchange::client::Client;
use congvan::exchange::state::Phase;

use crate::support::{Kind, Raw, World, code, outgoing, over_all_stores};

const YEAR_S: i64 = 366 * 86_400;

fn package(world: &World, raw: &Raw, tail: &str) -> (congvan::exchange::envelope::Envelope, String) {
    let package = [b"PK\x03\x04 ".as_slice(), tail.as_bytes()].concat();
    raw.upload(&package);
    let envelope = world.envelope(&package);
    let path = format!("/v1/deliveries/{}", envelope.delivery);
    (envelope, path)
}

fn inbox(world: &World, name: &str) -> usize {
    let said = world.raw(&world.members[name].tls).get("/v1/inbox").json();
    said["items"].as_array().map_or(0, Vec::len)
}

#[test]
fn i01_the_same_put_a_hundred_times_in_parallel_is_one_delivery_with_one_receipt() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let (envelope, path) = package(world, &raw, "i01");
        let body = world.submission("H45.01", &envelope);
        let answers: Vec<(u16, Vec<u8>)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..20)
                .map(|_| {
                    scope.spawn(|| {
                        let raw = world.raw(&world.members["H45.01"].tls);
                        (0..5).map(|_| raw.put(&path, &body)).map(|said| (said.status, said.body)).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("done")).collect()
        });
        assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
        assert!(answers.iter().all(|(status, body)| (*status == 201 || *status == 200) && *body == answers[0].1));
        assert_eq!(inbox(world, "H45.02"), 1);
    });
}

#[test]
fn i02_a_retry_after_a_second_eleven_minutes_and_a_year_returns_the_first_receipt() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let (envelope, path) = package(world, &raw, "i02");
        let body = world.submission("H45.01", &envelope);
        let first = raw.put(&path, &body);
        assert_eq!(first.status, 201);
        for wait in [1, 660, 86_400, YEAR_S] {
            world.pass(wait);
            world.block_on(world.endpoint.clean_up()).expect("tidied");
            let again = raw.put(&path, &body);
            assert_eq!((again.status, &again.body), (200, &first.body), "{wait} s later");
        }
        world.pass(-YEAR_S - 86_400 - 661);
    });
}

#[test]
fn i03_the_same_id_with_other_content_is_a_conflict_and_the_first_stands() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let (envelope, path) = package(world, &raw, "i03");
        let first = raw.put(&path, &world.submission("H45.01", &envelope));
        let mut other = envelope.clone();
        other.recipients.push(code("H45.03"));
        let conflict = raw.put(&path, &world.submission("H45.01", &other));
        assert_eq!((conflict.status, conflict.code().as_str()), (409, "id-reused"));
        let said = conflict.json();
        assert!(said["stored-envelope"] != said["given-envelope"] && said["stored-envelope"].is_string());
        assert_eq!(raw.put(&path, &world.submission("H45.01", &envelope)).body, first.body);
        assert_eq!(inbox(world, "H45.03"), 0);
    });
}

#[test]
fn i04_two_senders_with_the_same_id_have_a_delivery_each() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let (envelope, path) = package(world, &raw, "i04");
        assert_eq!(raw.put(&path, &world.submission("H45.01", &envelope)).status, 201);
        let other = world.raw(&world.members["H45.03"].tls);
        let (mut theirs, _) = package(world, &other, "i04 too");
        (theirs.delivery, theirs.sender) = (envelope.delivery, code("H45.03"));
        assert_eq!(other.put(&path, &world.submission("H45.03", &theirs)).status, 201);
        assert_eq!(inbox(world, "H45.02"), 2);
        let named = world.raw(&world.members["H45.02"].tls).get(&format!("/v1/inbox?delivery={}", envelope.delivery));
        assert_eq!(named.json()["items"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn i05_uploads_and_puts_mixed_in_any_order_store_the_package_once() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let octets = [b"PK\x03\x04 i05 ".as_slice(), &[9; 300_000]].concat();
        let envelope = world.envelope(&octets);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let body = world.submission("H45.01", &envelope);
        assert_eq!(raw.put(&path, &body).code(), "upload-incomplete");
        let upload = raw.create(&octets).header("location").to_owned();
        raw.append(&upload, 0, &octets[..1_000], false);
        assert_eq!(raw.put(&path, &body).code(), "upload-incomplete");
        assert_eq!(raw.create(&octets).header("upload-offset"), "1000", "the older upload goes on");
        assert_eq!(raw.append(&upload, 1_000, &octets[1_000..], true).header("upload-complete"), "?1");
        let first = raw.put(&path, &body);
        assert_eq!(first.status, 201);
        assert_eq!(raw.create(&octets).header("upload-complete"), "?1");
        assert_eq!((raw.put(&path, &body).status, inbox(world, "H45.02")), (200, 1));
    });
}

#[test]
fn i06_a_replay_across_a_restart_returns_the_same_receipt() {
    let mut world = World::new(Kind::Sqlite);
    let file = world.package(900);
    let to = [code("H45.02")];
    let pushed = world.client("H45.01").push(&outgoing(&file, &to), &|_| {}).expect("pushed");
    let envelope = world.client("H45.01").journal().entries().expect("lists").remove(0).envelope;
    world.restart();
    let raw = world.raw(&world.members["H45.01"].tls);
    let envelope = congvan::exchange::envelope::Envelope::from_bytes(&envelope).expect("reads");
    let again = raw.put(&format!("/v1/deliveries/{}", pushed.delivery), &world.submission("H45.01", &envelope));
    assert_eq!((again.status, again.body), (200, pushed.receipt));
    let recipient: Client = world.client("H45.02");
    assert_eq!(recipient.pull(&world.folder.path().join("in"), None).expect("pulled").taken.len(), 1);
    world.restart();
    let status = world.client("H45.01").status(pushed.delivery).expect("status");
    assert_eq!(status.recipients[0].state, Phase::Accepted);
}
