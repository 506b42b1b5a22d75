//! Uploads: offsets, digests, take-over, and what one agency learns of another's.

use crate::support::{digest_header, over_all_stores};

fn octets(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).expect("small")).collect()
}

#[test]
fn an_upload_in_two_parts_is_whole_and_known_afterwards() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        for size in [1_000, 400_000] {
            let package = octets(size);
            let created = raw.create(&package);
            assert_eq!((created.status, created.header("upload-offset")), (201, "0"));
            let upload = created.header("location").to_owned();
            let first = raw.append(&upload, 0, &package[..600], false);
            assert_eq!((first.status, first.header("upload-offset")), (204, "600"));
            assert_eq!(first.header("upload-complete"), "?0");
            let head = raw.call(raw.http.head(format!("{}{upload}", raw.url)));
            assert_eq!((head.status, head.header("upload-offset")), (204, "600"));
            assert_eq!(head.header("upload-length"), size.to_string());
            let second = raw.append(&upload, 600, &package[600..], true);
            assert_eq!((second.status, second.header("upload-complete")), (204, "?1"));
            assert_eq!(raw.create(&package).status, 200, "stored before");
            let other = world.raw(&world.members["H45.02"].tls);
            assert_eq!(other.create(&package).status, 201, "but not for another agency");
            assert_eq!(other.call(other.http.head(format!("{}{upload}", raw.url))).status, 404);
        }
    });
}

#[test]
fn a_wrong_offset_is_named_and_nothing_changes() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let package = octets(1_000);
        let upload = raw.create(&package).header("location").to_owned();
        raw.append(&upload, 0, &package[..500], false);
        let said = raw.append(&upload, 400, &package[400..], true);
        assert_eq!((said.status, said.code().as_str()), (409, "offset-mismatch"));
        assert_eq!(
            (said.json()["expected-offset"].as_u64(), said.json()["provided-offset"].as_u64()),
            (Some(500), Some(400))
        );
        assert_eq!(raw.append(&upload, 500, &package[500..], true).status, 204);
    });
}

#[test]
fn a_chunk_with_a_wrong_digest_is_dropped_and_can_be_sent_again() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        for size in [1_000, 400_000] {
            let package = octets(size + 1);
            let upload = raw.create(&package).header("location").to_owned();
            let said = raw.append_with(&upload, 0, &package, true, &digest_header(b"other"));
            assert_eq!((said.status, said.code().as_str()), (400, "digest-mismatch"));
            let head = raw.call(raw.http.head(format!("{}{upload}", raw.url)));
            assert_eq!(head.header("upload-offset"), "0");
            assert_eq!(raw.append(&upload, 0, &package, true).status, 204);
        }
    });
}

#[test]
fn a_whole_with_another_digest_than_announced_is_dropped() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        for size in [1_000, 400_000] {
            let (announced, sent) = (octets(size), vec![7; size]);
            let upload = raw.create(&announced).header("location").to_owned();
            let said = raw.append(&upload, 0, &sent, true);
            assert_eq!((said.status, said.code().as_str()), (400, "digest-mismatch"));
            assert_eq!(raw.call(raw.http.head(format!("{}{upload}", raw.url))).status, 404);
            assert_eq!(raw.create(&announced).status, 201, "neither digest counts as stored");
            assert_eq!(raw.create(&sent).status, 201);
        }
    });
}

#[test]
fn more_octets_than_announced_and_flags_that_do_not_fit_are_refused() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let package = octets(1_000);
        let upload = raw.create(&package).header("location").to_owned();
        assert_eq!(raw.append(&upload, 0, &octets(1_001), true).code(), "too-large");
        assert_eq!(raw.append(&upload, 0, &package, false).code(), "malformed");
        assert_eq!(raw.append(&upload, 0, &package[..10], true).code(), "malformed");
        assert_eq!(raw.append(&upload, 0, &package, true).status, 204);
        assert_eq!(raw.append(&upload, 1_000, &[], true).code(), "malformed", "already complete");
        let huge = raw
            .http
            .post(format!("{}/v1/uploads", raw.url))
            .header("upload-length", u64::MAX)
            .header("upload-complete", "?0")
            .header("repr-digest", digest_header(b""));
        assert_eq!(raw.call(huge).code(), "too-large");
    });
}

#[test]
fn an_upload_ends_when_cancelled_and_when_its_time_is_over() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let upload = raw.create(&octets(400_000)).header("location").to_owned();
        raw.append(&upload, 0, &octets(100), false);
        let cancel = || raw.call(raw.http.delete(format!("{}{upload}", raw.url))).status;
        assert_eq!((cancel(), cancel()), (204, 404));
        let upload = raw.create(&octets(2_000)).header("location").to_owned();
        world.pass(86_400);
        assert_eq!(raw.append(&upload, 0, &octets(2_000), true).status, 204, "its last second");
        let upload = raw.create(&octets(3_000)).header("location").to_owned();
        world.pass(86_401);
        let said = raw.append(&upload, 0, &octets(3_000), true);
        assert_eq!((said.status, said.code().as_str()), (410, "upload-expired"));
    });
}

#[test]
fn an_empty_package_is_a_package_of_no_octets() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let upload = raw.create(&[]).header("location").to_owned();
        assert_eq!(raw.append(&upload, 0, &[], true).header("upload-complete"), "?1");
        assert_eq!(raw.create(&[]).status, 200);
    });
}

#[test]
fn an_agency_has_so_many_uploads_open_and_expired_ones_make_room() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let package = |n: usize| octets(300_000 + n);
        for n in 0..64 {
            assert_eq!(raw.create(&package(n)).status, 201, "{n}");
        }
        assert_eq!((raw.create(&package(64)).status, raw.create(&package(64)).code().as_str()), (429, "rate-limited"));
        let other = world.raw(&world.members["H45.02"].tls);
        assert_eq!(other.create(&package(64)).status, 201, "another agency has its own count");
        world.pass(86_401);
        assert_eq!(raw.create(&package(64)).status, 201);
    });
}

#[test]
fn an_upload_goes_on_after_a_restart_whatever_became_of_the_digest_kept() {
    let mut world = crate::support::World::new(crate::support::Kind::Sqlite);
    let set: [(&str, &str); 3] = [
        ("as it was", "UPDATE upload SET running = running"),
        ("lost", "UPDATE upload SET running = NULL"),
        (
            "of other octets",
            "UPDATE upload SET running = (SELECT running FROM upload WHERE complete = 0 LIMIT 1 OFFSET 1)",
        ),
    ];
    for (n, (name, change)) in (1_u8..).zip(set) {
        let package = [vec![n; 400_000], vec![n + 100; 300_000]].concat();
        // Another upload, whose digest is another.
        let other = vec![n + 200; 500_000];
        let raw = world.raw(&world.members["H45.01"].tls);
        let upload = raw.create(&package).header("location").to_owned();
        assert_eq!(raw.append(&upload, 0, &package[..400_000], false).status, 204);
        let second = raw.create(&other).header("location").to_owned();
        assert_eq!(raw.append(&second, 0, &other[..300_000], false).status, 204);
        let database = rusqlite::Connection::open(world.folder.path().join("data/exchange.sqlite")).expect("opens");
        database.busy_timeout(std::time::Duration::from_secs(5)).expect("waits");
        assert!(database.execute(change, []).expect("writes") >= 2);
        drop(database);
        world.restart();
        let raw = world.raw(&world.members["H45.01"].tls);
        let said = raw.append(&upload, 400_000, &package[400_000..], true);
        assert_eq!((said.status, said.header("upload-complete")), (204, "?1"), "{name}");
        assert_eq!(raw.append(&second, 300_000, &other[300_000..], true).status, 204, "{name}");
    }
}
