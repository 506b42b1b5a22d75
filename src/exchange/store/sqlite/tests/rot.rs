//! What rots on disk: every column changed one at a time is found, and nothing of it is served.

use rusqlite::types::Value;

use super::super::opening::MIGRATIONS;
use super::super::{fsck, rows};
use super::*;
use crate::edxml::codes::Status;
use crate::exchange::envelope::{Class, Envelope, Mode, Package};
use crate::exchange::evidence::{Ack, Event, Evidence, Outcome, Reason, SenderAuthentication};
use crate::exchange::state::{AckStep, NoEvidence, RecallStep, Step};
use crate::exchange::statement::{BusinessStatus, Recall};
use crate::exchange::store::{FiledEvidence, NewItem, SaidKind, Told};

const SENDER: &str = "H45.01";
const TAKES: &str = "H45.02";
const LEAVES: &str = "H45.03";
const NOW: UnixTime = UnixTime(1_772_700_000);

/// A store in which everything has happened that leaves a row.
struct Scene {
    folder: tempfile::TempDir,
    store: Option<SqliteStore>,
    runtime: tokio::runtime::Runtime,
    made: std::cell::Cell<u8>,
}

/// What evidence says of a delivery.
struct About {
    envelope: Envelope,
    digest: Sha256,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Some(SqliteStore::open(folder.path(), &log("k")).expect("opens"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        Scene { folder, store, runtime, made: std::cell::Cell::new(0) }
    }

    fn store(&self) -> &SqliteStore {
        self.store.as_ref().expect("open")
    }

    fn next(&self) -> u8 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    fn fsck(&self) -> Vec<Fault> {
        self.runtime.block_on(self.store().fsck()).expect("looks")
    }

    /// Closes the store and opens what it left.
    fn database(&mut self) -> Connection {
        self.store = None;
        let database = Connection::open(self.folder.path().join("exchange.sqlite")).expect("opens");
        database.pragma_update(None, "foreign_keys", false).expect("off");
        database.pragma_update(None, "ignore_check_constraints", true).expect("off");
        database
    }

    fn reopen(&mut self) {
        self.store = Some(SqliteStore::open(self.folder.path(), &log("k")).expect("opens"));
    }

    fn evidence(
        &self,
        about: &About,
        (event, time): (Event, UnixTime),
        recipients: &[AgencyCode],
        (previous, acknowledgement): (Option<Sha256>, Option<Sha256>),
    ) -> FiledEvidence {
        let n = self.next();
        let evidence = Evidence {
            id: Uuid::v7(1_772_700_000_000 + u64::from(n), [n; 10]),
            event,
            time,
            endpoint: "exchange.example.vn".to_owned(),
            issuer_certificate: Sha256::of(b"certificate"),
            delivery: about.envelope.delivery,
            envelope: about.digest,
            sender: about.envelope.sender.clone(),
            sender_authentication: SenderAuthentication::Seal,
            recipients: recipients.to_vec(),
            package: about.envelope.package.clone(),
            submitted: (event != Event::SubmissionRejection).then_some(NOW),
            reasons: if event.is_negative() { vec![Reason::new("why", None)] } else { Vec::new() },
            acknowledgement,
            previous,
            salt: [n; 16],
            log: log("k"),
            max_log_delay_s: 60,
        };
        let bytes = evidence.to_bytes();
        let receipt = Receipt { leaf: evidence.leaf(&bytes).to_bytes(), evidence: bytes, signature: vec![n; 90] };
        let recipient = previous.is_some().then(|| recipients[0].clone());
        FiledEvidence { event, time, id: evidence.id, recipient, receipt }
    }

    fn submission(
        &self,
        recipients: &[&str],
        package: &[u8],
        not_after: Option<UnixTime>,
        replaces: Option<Uuid>,
    ) -> Submission {
        let n = self.next();
        let recipients: Vec<AgencyCode> = recipients.iter().map(|text| code(text).expect("a code")).collect();
        let package = Package {
            sha256: Sha256::of(package),
            size: u64::try_from(package.len()).expect("small"),
            media_type: "application/edxml+xml".to_owned(),
        };
        let envelope = Envelope {
            delivery: Uuid::v7(1_772_700_000_000, [n; 10]),
            sender: code(SENDER).expect("a code"),
            recipients: recipients.clone(),
            created: NOW,
            not_after,
            package: package.clone(),
            class: Class::unclassified(),
            registry: None,
            mode: Mode::Basic,
            thread: None,
            in_reply_to: None,
            replaces,
            wanted_evidence: Vec::new(),
            encryption: None,
        };
        let octets = envelope.to_bytes();
        let about = About { digest: Sha256::of(&octets), envelope };
        let evidence = self.evidence(&about, (Event::SubmissionAcceptance, NOW), &recipients, (None, None));
        let items = recipients
            .iter()
            .map(|recipient| {
                let own = std::slice::from_ref(recipient);
                let links = (Some(evidence.digest()), None);
                let evidence = self.evidence(&about, (Event::ContentConsignment, NOW), own, links);
                NewItem { item: format!("item-{}", self.next()), recipient: recipient.clone(), evidence }
            })
            .collect();
        Submission {
            sender: about.envelope.sender.clone(),
            delivery: about.envelope.delivery,
            envelope: octets,
            signature: vec![n; 80],
            package,
            not_after,
            accepted: NOW,
            evidence,
            items,
            body: None,
            replaces: None,
        }
    }

    async fn submit(&self, submission: &Submission) {
        assert_eq!(self.store().submit(submission.clone()).await.expect("writes"), Submitted::New);
    }

    /// A step of an item written up, with the signed object it rests on.
    fn decision(&self, item: &ItemView, step: Step, said: Option<(SaidKind, Vec<u8>)>, time: UnixTime) -> Decision {
        let told = match step.evidence {
            Err(NoEvidence::Warning) => Told::Warning(time),
            Err(_) => panic!("nothing is written up"),
            Ok(event) => {
                let envelope = self.runtime.block_on(self.store().envelope(&item.sender, item.delivery));
                let envelope = envelope.expect("reads").expect("there").0;
                let about =
                    About { digest: item.envelope, envelope: Envelope::from_bytes(&envelope).expect("an envelope") };
                let object = said.as_ref().map(|(_, bytes)| Sha256::of(bytes));
                let own = std::slice::from_ref(&item.recipient);
                Told::Evidence(self.evidence(&about, (event, time), own, (Some(item.last_evidence), object)))
            }
        };
        Decision {
            recipient: item.recipient.clone(),
            item: item.item.clone(),
            seen_version: item.state.version,
            next: step.item,
            said: said.map(|(kind, bytes)| (kind, bytes, vec![self.next(); 70])),
            told,
        }
    }

    fn apply(&self, decision: Decision) {
        assert_eq!(self.runtime.block_on(self.store().apply(vec![decision])).expect("writes"), Commit::Done);
    }

    fn item(&self, agency: &str, name: &str) -> ItemView {
        let agency = code(agency).expect("a code");
        self.runtime.block_on(self.store().item(&agency, name)).expect("reads").expect("there")
    }

    fn claim(&self, agency: &str, id: &str) -> Vec<Claimed> {
        let (agency, id) = (code(agency).expect("a code"), id.to_owned());
        let claim = Claim { id, max: 10, lease_s: 60, items: None, most_leased: 100 };
        self.runtime.block_on(self.store().claim(&agency, claim, NOW)).expect("claims").expect("as many as it may")
    }

    /// The life of four deliveries and a refusal; gives the first delivery, which was taken by one and recalled from
    /// another, and the last one, which waits.
    fn play(&self) -> (Submission, Submission) {
        let end = Some(NOW.plus(1_000));
        let mut first = self.submission(&[TAKES, LEAVES], b"first package", end, None);
        first.body = Some(Arc::new(b"first package".to_vec()));
        self.runtime.block_on(self.submit(&first));
        let name = first.items[0].item.clone();

        let leased = self.claim(TAKES, "claim-1");
        assert_eq!(leased.len(), 1);
        let own = code(TAKES).expect("a code");
        let accessed = self.store().change_lease(&own, &name, LeaseChange::Access, NOW);
        assert!(matches!(self.runtime.block_on(accessed), Ok(Some(Ok(_)))));
        let item = self.item(TAKES, &name);
        let ack = Ack {
            delivery: item.delivery,
            sender: item.sender.clone(),
            recipient: item.recipient.clone(),
            envelope: item.envelope,
            package: item.package.sha256,
            outcome: Outcome::Accepted,
            registry: None,
            time: NOW,
        };
        let AckStep::Decides(step) = item.state.acknowledge(1, &ack, None, NOW).expect("is held") else {
            panic!("it is the first answer")
        };
        self.apply(self.decision(&item, step, Some((SaidKind::Ack, ack.to_bytes())), NOW.plus(5)));
        let item = self.item(TAKES, &name);
        let status = BusinessStatus {
            delivery: item.delivery,
            sender: item.sender.clone(),
            recipient: item.recipient.clone(),
            envelope: item.envelope,
            status: Status::from_code("06").expect("a status"),
            text: None,
            registry: None,
            time: NOW,
        };
        let step = item.state.fares().expect("was answered");
        self.apply(self.decision(&item, step, Some((SaidKind::Status, status.to_bytes())), NOW.plus(6)));

        let waits = self.item(LEAVES, &first.items[1].item);
        let step = waits.state.tick(NOW.plus(600)).expect("half of its time is over");
        self.apply(self.decision(&waits, step, None, NOW.plus(600)));
        let recall = Recall {
            delivery: first.delivery,
            sender: first.sender.clone(),
            envelope: Sha256::of(&first.envelope),
            recipients: Vec::new(),
            reason: Reason::new("withdrawn", None),
            time: NOW,
        };
        for (agency, item) in [(TAKES, &first.items[0]), (LEAVES, &first.items[1])] {
            let item = self.item(agency, &item.item);
            let RecallStep::Decides(step) = item.state.recall() else { panic!("nobody asked before") };
            self.apply(self.decision(&item, step, Some((SaidKind::Recall, recall.to_bytes())), NOW.plus(700)));
        }

        let mut second = self.submission(&[LEAVES], b"second package", None, None);
        second.body = Some(Arc::new(b"second package".to_vec()));
        self.runtime.block_on(self.submit(&second));
        let octets = large();
        let mut third = self.submission(&[TAKES, LEAVES], &octets, Some(NOW.plus(9_000)), Some(second.delivery));
        let item = self.item(LEAVES, &second.items[0].item);
        let RecallStep::Decides(step) = item.state.recall() else { panic!("nobody asked before") };
        let mut replaced =
            self.decision(&item, step, Some((SaidKind::Replacement, third.envelope.clone())), NOW.plus(800));
        replaced.said = replaced.said.map(|(kind, bytes, _)| (kind, bytes, third.signature.clone()));
        third.replaces = Some((second.delivery, vec![replaced]));
        self.runtime.block_on(async {
            let (_, length, epoch) = begun(self.store(), "u", &octets, NOW.plus(99)).await;
            let settled = self.store().settle("u", epoch, length, NOW).await.expect("settles");
            assert_eq!(settled, Settled::Durable { offset: length, complete: true });
            self.submit(&third).await;
        });
        assert_eq!(self.claim(TAKES, "claim-2").len(), 1);

        let refused = self.submission(&[TAKES], b"refused", None, None);
        let about = About {
            envelope: Envelope::from_bytes(&refused.envelope).expect("an envelope"),
            digest: Sha256::of(&refused.envelope),
        };
        let to = [code(TAKES).expect("a code")];
        let evidence = self.evidence(&about, (Event::SubmissionRejection, NOW), &to, (None, None));
        let rejection = Rejection { sender: refused.sender.clone(), delivery: refused.delivery, evidence };
        self.runtime.block_on(self.store().reject(rejection)).expect("writes");
        (first, third)
    }
}

/// What may change without a promise broken: table, column, why nobody looks.
const HARMLESS: [(&str, &str, &str); 14] = [
    ("meta", "value", "a store of another log is not opened"),
    ("blob", "swept", "a package that is there is not swept"),
    ("recipient_state", "key", "where something refers to it, it is found; else it is a place in an inbox"),
    ("delivery", "kept", "a package that everybody answered may go; before, it is found"),
    ("upload", "id", "an upload is compared with its digest at its end, and begun anew when it is gone"),
    ("upload", "agency", "as its id"),
    ("upload", "part", "as its id"),
    ("upload", "running", "as its id"),
    ("upload", "created", "an upload runs out by `expires`"),
    ("upload", "expires", "an upload that runs out early is begun anew"),
    ("upload", "offset", "of what is not complete: as its id"),
    ("upload", "length", "of what is not complete: as its id"),
    ("upload", "digest", "of what is not complete: as its id"),
    ("upload", "complete", "of what is not complete: as its id"),
];

/// What a value may have become, each of its type.
fn rotten(value: &Value) -> Vec<Value> {
    let flip = |octets: &[u8], at: usize, bit: u8| {
        let mut octets = octets.to_vec();
        if let Some(octet) = octets.get_mut(at) {
            *octet ^= bit;
        }
        octets
    };
    match value {
        Value::Null | Value::Real(_) => Vec::new(),
        Value::Integer(number) => vec![Value::Integer(number ^ 1), Value::Integer(number ^ (1 << 20))],
        Value::Text(text) => [(0, 1), (text.len() - 1, 2)]
            .map(|(at, bit)| Value::Text(String::from_utf8(flip(text.as_bytes(), at, bit)).expect("text")))
            .to_vec(),
        Value::Blob(octets) => vec![Value::Blob(flip(octets, 0, 1)), Value::Blob(flip(octets, octets.len() - 1, 128))],
    }
}

#[test]
fn every_column_that_rots_is_found() {
    let mut scene = Scene::new();
    scene.play();
    assert_eq!(scene.fsck(), []);
    let blobs = Blobs::open(&scene.folder.path().join("blobs")).expect("opens");
    let database = scene.database();
    let tables: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
        .expect("reads");
    let (mut looked, mut missed, mut unused) = (0, Vec::new(), HARMLESS.to_vec());
    for table in tables {
        let mut read = database.prepare(&format!("SELECT * FROM {table}")).expect("reads");
        let columns: Vec<String> = read.column_names().map(str::to_owned).collect();
        let every = (0..columns.len()).collect::<Vec<_>>();
        let all: Vec<Vec<Value>> = read
            .query_map([], |row| every.iter().map(|at| row.get(*at)).collect())
            .and_then(Iterator::collect)
            .expect("reads");
        assert!(!all.is_empty(), "nothing happened that leaves a row in {table}");
        let which = columns.iter().map(|column| format!("{column} IS ?")).collect::<Vec<_>>().join(" AND ");
        for values in &all {
            for (column, value) in columns.iter().zip(values) {
                for rotten in rotten(value) {
                    database.execute_batch("BEGIN").expect("begins");
                    let update = format!("UPDATE {table} SET {column} = ? WHERE {which}");
                    let bound = std::iter::once(&rotten).chain(values);
                    let done = database.execute(&update, rusqlite::params_from_iter(bound));
                    // What two rows may not share, SQLite does not write.
                    if done.is_ok() {
                        assert_eq!(done, Ok(1), "{table}.{column}");
                        looked += 1;
                        let faults = fsck::run(&database, &blobs).expect("looks");
                        let is_listed = |(of, name, _): &(&str, &str, &str)| *of == table && name == column;
                        if faults.is_empty() && !HARMLESS.iter().any(is_listed) {
                            missed.push(format!("{table}.{column}: {value:?} became {rotten:?}"));
                        }
                        if faults.is_empty() {
                            unused.retain(|entry| !is_listed(entry));
                        }
                    }
                    database.execute_batch("ROLLBACK").expect("ends");
                }
            }
        }
    }
    assert_eq!(missed, Vec::<String>::new());
    assert!(looked > 500, "{looked}");
    // What is found all the same has no place on the list; an upload that is not complete is not in this scene.
    unused.retain(|(table, ..)| *table != "upload");
    assert_eq!(unused, []);
}

#[test]
fn text_that_is_none_and_tables_that_are_defined_otherwise_hide_nothing() {
    let mut scene = Scene::new();
    scene.play();
    let blobs = Blobs::open(&scene.folder.path().join("blobs")).expect("opens");
    let database = scene.database();
    for text in [
        "UPDATE evidence SET event = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "UPDATE delivery SET id = CAST(x'ff' AS TEXT) WHERE key = 1",
        "UPDATE recipient_state SET phase = CAST(x'ff' AS TEXT), item = CAST(x'fe' AS TEXT) WHERE key = 2",
        "UPDATE event SET agency = CAST(x'ff' AS TEXT) WHERE agency = 'H45.01' AND seq = 2",
        "UPDATE claim SET answer = CAST(x'ff' AS TEXT)",
        "UPDATE said SET kind = CAST(x'ff' AS TEXT)",
    ] {
        database.execute_batch("BEGIN; UPDATE small_blob SET bytes = x'00' WHERE blob = 1;").expect("begins");
        database.execute_batch(text).expect("damages");
        let faults = fsck::run(&database, &blobs).expect("looks");
        database.execute_batch("ROLLBACK").expect("ends");
        assert!(faults.len() >= 2, "{text}: {faults:?}");
        assert!(faults.iter().any(|fault| matches!(fault, Fault::PackageDamaged(_))), "{text}: {faults:?}");
        assert!(faults.iter().any(|fault| matches!(fault, Fault::Row { .. })), "{text}: {faults:?}");
    }
    database.pragma_update(None, "writable_schema", true).expect("on");
    let update = "UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT 1', 'DEFAULT 0') WHERE name = 'delivery'";
    assert_eq!(database.execute(update, []), Ok(1));
    let faults = fsck::run(&database, &blobs).expect("looks");
    assert_eq!(faults, [Fault::Database("table delivery is defined in another way".to_owned())]);
}

#[test]
fn what_rots_is_named_by_its_place() {
    let mut scene = Scene::new();
    let (first, _) = scene.play();
    let database = scene.database();
    let blobs = Blobs::open(&scene.folder.path().join("blobs")).expect("opens");
    let row = |table, row: &str| Fault::Row { table, row: row.to_owned() };
    for (damage, expected) in [
        ("UPDATE evidence SET signature = x'00' WHERE seq = 2", vec![Fault::EvidenceSignature(2)]),
        (
            "UPDATE delivery SET signature = x'00' WHERE key = 1",
            vec![Fault::EnvelopeSignature(first.delivery.to_string())],
        ),
        ("UPDATE said SET signature = x'00' WHERE kind = 'ack'", vec![row("said", "3")]),
        ("UPDATE recipient_state SET accessed = 0 WHERE key = 1", vec![row("recipient_state", "1")]),
        (
            "UPDATE event SET time = 0 WHERE agency = 'H45.01' AND seq = 1",
            vec![
                row("event", "H45.01/1"),
                Fault::Column { table: "event", row: "H45.01/1".to_owned(), column: "event" },
            ],
        ),
        (
            "UPDATE evidence SET id = 'x' WHERE seq = 10",
            vec![row("evidence", "10"), Fault::Column { table: "evidence", row: "10".to_owned(), column: "id" }],
        ),
    ] {
        database.execute_batch("BEGIN").expect("begins");
        assert_eq!(database.execute(damage, []), Ok(1), "{damage}");
        let faults = fsck::run(&database, &blobs).expect("looks");
        database.execute_batch("ROLLBACK").expect("ends");
        assert_eq!(faults, expected, "{damage}");
    }
}

#[test]
fn what_rotted_is_not_served_and_does_not_keep_the_rest() {
    let mut scene = Scene::new();
    let (first, last) = scene.play();
    let damage = |scene: &mut Scene, sql: &str| {
        let database = scene.database();
        database.execute_batch(sql).expect("damages");
        drop(database);
        scene.reopen();
    };
    let (sender, takes, leaves) = (first.sender.clone(), code(TAKES).expect("a code"), code(LEAVES).expect("a code"));
    damage(&mut scene, "UPDATE evidence SET signature = x'00' WHERE seq = 0");
    scene.runtime.block_on(async {
        let store = scene.store.as_ref().expect("open");
        assert!(matches!(store.evidence(&sender, first.delivery, 0).await, Err(StoreError::Corrupt("receipt"))));
        assert!(matches!(store.accepted(&sender, first.delivery).await, Err(StoreError::Corrupt("receipt"))));
        let again = store.submit(first.clone()).await;
        assert!(matches!(again, Err(StoreError::Corrupt("receipt"))), "a second push gets no other receipt: {again:?}");
        assert!(matches!(store.evidence(&sender, first.delivery, 1).await, Ok(Some(_))));
    });
    damage(&mut scene, "UPDATE evidence SET time = time + 1 WHERE seq = 1");
    scene.runtime.block_on(async {
        let store = scene.store.as_ref().expect("open");
        assert!(store.evidence_list(&sender, first.delivery).await.is_err());
        assert!(store.evidence_list(&sender, last.delivery).await.is_ok());
    });
    // The state of an item: whether its octets were served decides whether it can be taken back.
    damage(&mut scene, "UPDATE recipient_state SET accessed = 1 - accessed WHERE key = 4");
    scene.runtime.block_on(async {
        let store = scene.store.as_ref().expect("open");
        let name = &last.items[0].item;
        assert!(matches!(store.item(&takes, name).await, Err(StoreError::Corrupt("state of an item"))));
        assert!(store.items_of(&sender, last.delivery).await.is_err());
        assert!(store.delivery(&sender, last.delivery).await.is_err());
        assert!(store.change_lease(&takes, name, LeaseChange::Access, NOW).await.is_err());
        assert_eq!(store.inbox(&takes, 0, 10).await.expect("lists").len(), 0);
        assert_eq!(store.inbox(&leaves, 0, 10).await.expect("lists").len(), 1);
    });
    // Two wait for one agency: the one whose envelope rotted does not keep the other.
    let mut more = scene.submission(&[LEAVES], b"more", None, None);
    more.body = Some(Arc::new(b"more".to_vec()));
    scene.runtime.block_on(scene.submit(&more));
    damage(&mut scene, "UPDATE delivery SET signature = x'00' WHERE key = 3");
    let claimed = scene.claim(LEAVES, "claim-3");
    assert_eq!(claimed.iter().map(|item| item.delivery).collect::<Vec<_>>(), [more.delivery]);
    scene.runtime.block_on(async {
        let store = scene.store.as_ref().expect("open");
        assert!(matches!(store.envelope(&sender, last.delivery).await, Err(StoreError::Corrupt("envelope"))));
        let items = Some(vec![last.items[1].item.clone()]);
        let by_name = Claim { id: "by-name".to_owned(), max: 1, lease_s: 60, items, most_leased: 100 };
        let claimed = store.claim(&leaves, by_name, NOW.plus(61)).await;
        assert!(matches!(claimed, Err(StoreError::Corrupt("envelope"))), "{claimed:?}");
    });
    // What a claim was answered is made anew; it never reaches the items of others.
    damage(&mut scene, "UPDATE claim SET answer = replace(answer, '[6,', '[2,') WHERE id = 'claim-3'");
    let claimed = scene.claim(LEAVES, "claim-3");
    assert!(claimed.is_empty(), "{:?}", claimed.iter().map(|item| &item.item).collect::<Vec<_>>());
    let all = [
        "UPDATE event SET n = n + 1 WHERE agency = 'H45.01' AND seq = 3",
        "UPDATE said SET signature = x'00' WHERE kind = 'ack'",
        "UPDATE delivery SET replaced_by = id WHERE replaced_by IS NOT NULL",
        "UPDATE recipient_state SET last_evidence = zeroblob(32) WHERE key = 3",
    ];
    damage(&mut scene, &all.join(";"));
    scene.runtime.block_on(async {
        let store = scene.store.as_ref().expect("open");
        assert!(store.events(&sender, 2, 1).await.is_err());
        assert!(store.events(&sender, 3, 1).await.is_ok());
        assert!(store.statements(&sender, first.delivery).await.is_err());
        assert!(store.item(&takes, &first.items[0].item).await.is_err());
    });
}

#[test]
fn a_store_of_version_4_is_sound_and_keeps_its_receipts() {
    let mut scene = Scene::new();
    let (first, last) = scene.play();
    let database = scene.database();
    for (table, column) in [
        ("delivery", "signature_digest"),
        ("evidence", "signature_digest"),
        ("recipient_state", "state_digest"),
        ("delivery", "row_digest"),
        ("evidence", "row_digest"),
        ("recipient_state", "row_digest"),
        ("said", "row_digest"),
        ("event", "row_digest"),
        ("claim", "row_digest"),
    ] {
        database.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN {column}")).expect("goes back");
    }
    assert_eq!(rows::ALL.len() + 2, 9, "all digests went");
    database.pragma_update(None, "user_version", 4).expect("goes back");
    drop(database);
    assert_eq!(MIGRATIONS.len(), 5);
    scene.reopen();
    assert_eq!(scene.fsck(), []);
    for submission in [&first, &last] {
        let read = scene.store().accepted(&submission.sender, submission.delivery);
        let (_, receipt) = scene.runtime.block_on(read).expect("reads").expect("there");
        assert_eq!(receipt, submission.evidence.receipt);
        let read = scene.store().envelope(&submission.sender, submission.delivery);
        let signed = scene.runtime.block_on(read).expect("reads").expect("there");
        assert_eq!(signed, (submission.envelope.clone(), submission.signature.clone()));
    }
    assert_eq!(scene.claim(TAKES, "claim-2").len(), 1);
    // It goes on as one that was always of this version.
    let mut more = scene.submission(&[TAKES], b"more", None, None);
    more.body = Some(Arc::new(b"more".to_vec()));
    scene.runtime.block_on(scene.submit(&more));
    assert_eq!(scene.claim(TAKES, "claim-3").len(), 1);
    assert_eq!(scene.fsck(), []);
}

#[test]
fn a_store_too_damaged_to_be_opened_is_examined_all_the_same() {
    let mut scene = Scene::new();
    scene.play();
    let database = scene.database();
    database.execute_batch("UPDATE upload SET complete = 0, length = 1 << 30, digest = x'00'").expect("damages");
    drop(database);
    let opened = SqliteStore::open(scene.folder.path(), &log("k")).map(drop);
    assert!(matches!(&opened, Err(error) if error.is_damage()), "{opened:?}");
    let found = SqliteStore::examine(scene.folder.path()).expect("looks");
    assert_eq!(found, [Fault::Database("CHECK constraint failed in upload".to_owned())]);
}
