//! What a store of one machine holds after each thing that can happen to it.

use std::time::Duration;

use rusqlite::params;

use super::opening::MIGRATIONS;
use super::writer::{Member, Outcome, Write, commit_group};
use super::*;
use crate::exchange::log::leaf::leaf_hash;

mod rot;

fn log(vkey: &str) -> LogName {
    LogName { origin: "example/log".to_owned(), vkey: vkey.to_owned() }
}

#[test]
fn a_store_belongs_to_one_process_and_one_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path(), &log("k")).expect("opens");
    assert!(matches!(SqliteStore::open(folder.path(), &log("k")), Err(StoreError::InUse)));
    drop(store);
    assert!(matches!(SqliteStore::open(folder.path(), &log("other")), Err(StoreError::OtherLog { .. })));
    assert!(SqliteStore::open(folder.path(), &log("k")).is_ok());
}

#[test]
fn a_database_that_went_back_behind_what_was_acknowledged_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let leaves = |count: i64, salt: u8| {
        let database = Connection::open(folder.path().join("exchange.sqlite")).expect("opens");
        database.execute("DELETE FROM leaf", []).expect("writes");
        for seq in 0..count {
            let insert = "INSERT INTO leaf (seq, bytes, hash) VALUES (?1, x'00', ?2)";
            database.execute(insert, params![seq, [salt; 32]]).expect("writes");
        }
    };
    let open = || SqliteStore::open(folder.path(), &log("k")).map(drop);
    open().expect("opens empty");
    leaves(3, 1);
    open().expect("opens, and notes the third");
    leaves(2, 1);
    assert!(matches!(open(), Err(StoreError::WentBack { found: 2, acknowledged: 3, .. })));
    leaves(4, 2);
    assert!(matches!(open(), Err(StoreError::WentBack { found: 4, acknowledged: 3, .. })), "another history");
    leaves(4, 1);
    open().expect("more than was acknowledged is fine");
    leaves(2, 1);
    std::fs::remove_file(folder.path().join(HEAD)).expect("removes");
    open().expect("the operator gave the rest up");
}

#[test]
fn a_package_that_has_its_name_but_not_its_row_is_finished_by_the_next_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path(), &log("k")).expect("opens");
    let agency = code("H45.01").expect("a code");
    let octets = vec![7; usize::try_from(SMALL_BODY).expect("small") + 9];
    let (length, digest) = (SMALL_BODY + 9, Sha256::of(&octets));
    let (now, expires) = (UnixTime(0), UnixTime(9));
    let new = NewUpload { id: "u".to_owned(), length, digest, now, expires, most_open: 1, most_reserved: u64::MAX };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        assert_eq!(store.create_upload(&agency, new).await.expect("begins"), Created::Begun);
        let (_, epoch) = store.take_over(&agency, "u").await.expect("reads").expect("there");
        assert!(store.append("u", epoch, 0, octets.clone()).await.expect("writes"));
        // The request ends here: its client was killed.
        assert!(matches!(uploads::sync(&store.shared, "u", epoch, length), Ok((0, uploads::Synced::File(_)))));

        let (state, epoch) = store.take_over(&agency, "u").await.expect("reads").expect("still there");
        assert_eq!((state.offset, state.complete), (0, false));
        // What is sent again cannot touch what has its name.
        assert!(store.append("u", epoch, 0, vec![8; 5]).await.expect("is taken"));
        assert_eq!(store.settle("u", epoch, 5, now).await.expect("answers"), Settled::Superseded);
        let (_, epoch) = store.take_over(&agency, "u").await.expect("reads").expect("still there");
        assert!(store.append("u", epoch, 0, octets.clone()).await.expect("is taken"));
        let settled = store.settle("u", epoch, length, now).await.expect("finishes");
        assert_eq!(settled, Settled::Durable { offset: length, complete: true });
        let body = store.package(&digest).await.expect("reads").expect("there");
        assert_eq!(body.0.read_range(0, length, octets.len()).expect("reads"), octets);
    });
}

/// An upload of one large package whose octets are all written, not yet settled.
async fn begun(store: &SqliteStore, id: &str, octets: &[u8], expires: UnixTime) -> (Sha256, u64, Epoch) {
    let agency = code("H45.01").expect("a code");
    let (length, digest) = (SMALL_BODY + 9, Sha256::of(octets));
    let now = UnixTime(0);
    let new = NewUpload { id: id.to_owned(), length, digest, now, expires, most_open: 1, most_reserved: u64::MAX };
    assert_eq!(store.create_upload(&agency, new).await.expect("begins"), Created::Begun);
    let (_, epoch) = store.take_over(&agency, id).await.expect("reads").expect("there");
    assert!(store.append(id, epoch, 0, octets.to_vec()).await.expect("writes"));
    (digest, length, epoch)
}

fn large() -> Vec<u8> {
    vec![7; usize::try_from(SMALL_BODY).expect("small") + 9]
}

#[test]
fn a_request_broken_off_while_its_package_is_settled_leaves_it_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path(), &log("k")).expect("opens");
    let agency = code("H45.01").expect("a code");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let (digest, length, epoch) = begun(&store, "u", &large(), UnixTime(9)).await;
        // The client goes away after the first step began.
        let broken_off = tokio::time::timeout(Duration::ZERO, store.settle("u", epoch, length, UnixTime(0))).await;
        assert!(broken_off.is_err());
        for _ in 0..1_000 {
            if store.package_size(&agency, &digest).await.expect("reads").is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let state = store.upload(&agency, "u").await.expect("reads").expect("there");
        assert_eq!((state.offset, state.complete), (length, true));
        assert!(store.package(&digest).await.expect("reads").is_some());
        assert_eq!(store.fsck().await.expect("looks"), []);
    });
}

#[test]
fn an_upload_that_ends_between_its_packages_name_and_its_row_leaves_no_file() {
    for ends in ["cancelled", "cancelled and settled late", "expired", "expired and begun anew"] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), &log("k")).expect("opens");
        let agency = code("H45.01").expect("a code");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        runtime.block_on(async {
            let (digest, length, epoch) = begun(&store, "u", &large(), UnixTime(9)).await;
            let synced = uploads::sync(&store.shared, "u", epoch, length).expect("syncs");
            assert!(store.shared.blobs.read(&digest).is_ok(), "{ends}: it has its name");
            match ends {
                "expired" => {
                    let upkeep = Upkeep { now: UnixTime(10), packages_before: None };
                    assert_eq!(store.upkeep(upkeep).await.expect("tidies").uploads, 1);
                }
                "expired and begun anew" => {
                    let (id, now, expires) = ("v".to_owned(), UnixTime(10), UnixTime(20));
                    let (length, digest) = (SMALL_BODY + 1, Sha256::of(b"another"));
                    let new = NewUpload { id, length, digest, now, expires, most_open: 1, most_reserved: u64::MAX };
                    assert_eq!(store.create_upload(&agency, new).await.expect("begins"), Created::Begun);
                }
                _ => assert!(store.cancel_upload(&agency, "u").await.expect("cancels")),
            }
            if ends == "cancelled and settled late" {
                let kept = store.shared.clone();
                let settled = store.write(move |db| uploads::settle(db, &kept, "u", length, &synced)).await;
                assert_eq!(settled.expect("answers"), Settled::Superseded);
            }
            assert!(store.shared.blobs.read(&digest).is_err(), "{ends}: the file is gone");
            assert_eq!(store.package_size(&agency, &digest).await.expect("reads"), None);
        });
    }
}

#[test]
fn a_package_another_upload_waits_for_stays_when_one_is_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path(), &log("k")).expect("opens");
    let (one, other) = (code("H45.01").expect("a code"), code("H45.02").expect("a code"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        let (digest, length, epoch) = begun(&store, "u", &large(), UnixTime(9)).await;
        let settled = store.settle("u", epoch, length, UnixTime(0)).await.expect("settles");
        assert_eq!(settled, Settled::Durable { offset: length, complete: true });
        let (now, expires) = (UnixTime(0), UnixTime(9));
        let new = NewUpload { id: "v".to_owned(), length, digest, now, expires, most_open: 1, most_reserved: u64::MAX };
        assert_eq!(store.create_upload(&other, new).await.expect("begins"), Created::Begun);
        let (_, epoch) = store.take_over(&other, "v").await.expect("reads").expect("there");
        assert!(store.append("v", epoch, 0, large()).await.expect("writes"));
        assert!(uploads::sync(&store.shared, "v", epoch, length).is_ok());
        assert!(store.cancel_upload(&other, "v").await.expect("cancels"));
        assert!(store.package(&digest).await.expect("reads").is_some(), "the first agency's");
        assert_eq!(store.package_size(&one, &digest).await.expect("reads"), Some(length));
        assert_eq!(store.fsck().await.expect("looks"), []);
    });
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(SqliteStore::open(folder.path(), &log("k")).expect("opens"));
    let database = Connection::open(folder.path().join("exchange.sqlite")).expect("opens");
    database.pragma_update(None, "user_version", 99).expect("writes");
    drop(database);
    assert!(matches!(SqliteStore::open(folder.path(), &log("k")), Err(StoreError::Newer { found: 99, known: 5 })));
}

/// One delivery as version 2 kept it, its package uploaded before, and an upload that is not finished.
const VERSION_2: &str = "
    INSERT INTO meta VALUES ('log', 'k');
    INSERT INTO blob (digest, size, place) VALUES (zeroblob(32), 3, 'row');
    INSERT INTO small_blob VALUES (zeroblob(32), x'010203');
    INSERT INTO owned_blob VALUES ('H45.01', zeroblob(32));
    INSERT INTO upload VALUES ('u', 'H45.01', 3, zeroblob(32), 3, 1, NULL, 0, 10);
    INSERT INTO upload VALUES ('v', 'H45.01', 9, randomblob(32), 0, 0, NULL, 0, 10);
    INSERT INTO delivery (key, sender, id, envelope, signature, digest, package, size, media_type, accepted)
        VALUES (7, 'H45.01', '019cbc35-aa00-7707-8707-070707070707', x'01', x'02', zeroblob(32), zeroblob(32), 3, 'm', 5);
    INSERT INTO leaf VALUES (0, x'00', zeroblob(32)), (1, x'01', zeroblob(32));
    INSERT INTO evidence VALUES
        (0, 'a', randomblob(32), 'SubmissionAcceptance', 5, 'H45.01', 7, 0, NULL, x'03', x'04'),
        (1, 'b', x'1111111111111111111111111111111111111111111111111111111111111111', 'ContentConsignment', 6, 'H45.01',
         7, 1, 'H45.02', x'05', x'06');
    INSERT INTO recipient_state (delivery, recipient, item, phase, version, lease, lease_until, attempt, visible_from,
                                 accessed, consigned, last_evidence)
        VALUES (7, 'H45.02', 'i', 'available', 1, 0, 0, 0, 0, 0, 1,
                x'1111111111111111111111111111111111111111111111111111111111111111');
    PRAGMA user_version = 2;";

#[test]
fn a_store_of_version_2_keeps_what_it_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Connection::open(folder.path().join("exchange.sqlite")).expect("opens");
    for script in [MIGRATIONS[0].script, MIGRATIONS[1].script, VERSION_2] {
        database.execute_batch(script).expect("writes");
    }
    for (seq, octets) in [(0, [3]), (1, [5])] {
        let digest = Sha256::of(&octets).0;
        let update = "UPDATE evidence SET digest = ?2 WHERE seq = ?1";
        database.execute(update, params![seq, digest]).expect("writes");
        let update = "UPDATE leaf SET hash = ?2 WHERE seq = ?1";
        database.execute(update, params![seq, leaf_hash(&[u8::try_from(seq).expect("small")]).0]).expect("writes");
    }
    let newest = Sha256::of(&[5]);
    database.execute("UPDATE recipient_state SET last_evidence = ?1", params![newest.0]).expect("writes");
    drop(database);
    let store = SqliteStore::open(folder.path(), &log("k")).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (sender, recipient) = (code("H45.01").expect("a code"), code("H45.02").expect("a code"));
    let (id, package) = (uuid("019cbc35-aa00-7707-8707-070707070707").expect("an id"), Sha256([0; 32]));
    runtime.block_on(async {
        assert_eq!(store.package_size(&sender, &package).await.expect("reads"), Some(3));
        assert_eq!(store.package_size(&recipient, &package).await.expect("reads"), None);
        assert_eq!(store.package(&package).await.expect("reads").expect("there").0.len(), 3);
        let (_, receipt) = store.accepted(&sender, id).await.expect("reads").expect("there");
        assert_eq!((receipt.evidence, receipt.signature, receipt.leaf), (vec![3], vec![4], vec![0]));
        let item = store.item(&recipient, "i").await.expect("reads").expect("there");
        assert_eq!((item.delivery, item.last_time, item.last_evidence), (id, UnixTime(6), newest));
        // The upload that ran out no longer holds the package, the delivery does; the unfinished one is gone.
        let upkeep = Upkeep { now: UnixTime(11), packages_before: None };
        let done = store.upkeep(upkeep).await.expect("tidies");
        assert_eq!(done, Upkept { packages: 0, uploads: 1 });
        assert_eq!(store.package_size(&sender, &package).await.expect("reads"), Some(3));
    });
}

#[test]
fn a_migration_that_leaves_a_reference_to_nothing_is_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("exchange.sqlite");
    let database = Connection::open(&path).expect("opens");
    database.pragma_update(None, "foreign_keys", false).expect("off");
    for script in [MIGRATIONS[0].script, MIGRATIONS[1].script, VERSION_2, "DELETE FROM leaf"] {
        database.execute_batch(script).expect("writes");
    }
    drop(database);
    assert!(matches!(SqliteStore::open(folder.path(), &log("k")), Err(StoreError::Corrupt("reference"))));
    let database = Connection::open(&path).expect("opens");
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).expect("reads");
    assert_eq!(version, 2);
}

#[test]
fn a_write_that_fails_is_taken_back_and_the_rest_of_its_group_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("exchange.sqlite");
    drop(SqliteStore::open(folder.path(), &log("k")).expect("opens"));
    let mut database = Connection::open(&path).expect("opens");
    let write = |name: &'static str, fails: bool| {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let work = move |db: &Connection| {
            db.execute("INSERT INTO meta VALUES (?1, 'x')", params![name])?;
            if fails { Err(StoreError::Corrupt("test")) } else { Ok(name) }
        };
        let member: Box<dyn Member> = Box::new(Write { work, weight: Weight::New, result: None, reply });
        (member, answer)
    };
    let (mut group, answers): (Vec<_>, Vec<_>) =
        [("a", false), ("b", true), ("c", false)].map(|(n, f)| write(n, f)).into_iter().unzip();
    commit_group(&mut database, &mut group).expect("commits");
    group.into_iter().for_each(|member| member.deliver(Outcome::Committed));
    let got: Vec<_> = answers.into_iter().map(|answer| answer.blocking_recv().expect("answered").ok()).collect();
    assert_eq!(got, [Some("a"), None, Some("c")]);
    let names: Vec<String> = database
        .prepare("SELECT name FROM meta WHERE value = 'x' ORDER BY name")
        .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
        .expect("reads");
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn the_database_syncs_every_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::open(folder.path().join("x.sqlite")).expect("opens");
    prepare(&connection).expect("prepares");
    let value = |name: &str| {
        connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).expect("a value")
    };
    assert_eq!(value("synchronous"), rusqlite::types::Value::Integer(2));
    assert_eq!(value("foreign_keys"), rusqlite::types::Value::Integer(1));
    assert_eq!(value("journal_mode"), rusqlite::types::Value::Text("wal".to_owned()));
}
