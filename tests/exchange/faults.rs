//! Every store call that changes something fails before and after it took effect; connections are cut;
//! packages and envelopes are tampered with under way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use congvan::base::time::UnixTime;
use congvan::exchange::client::{ClientError, PullProblem};
use congvan::exchange::evidence::{Event, Receipt};
use congvan::exchange::id::{AgencyCode, Sha256, Uuid};
use congvan::exchange::state::{Item, Phase, Refused};
use congvan::exchange::store::{
    Answer, Body, Claim, Claimed, Commit, Created, Decision, DeliveryView, Epoch, EventLine, EvidenceLine, Fault,
    InboxLine, ItemView, LeaseChange, NewUpload, Rejection, Settled, StatementLine, Store, StoreError, Submission,
    Submitted, Upkeep, Upkept, UploadState,
};

use crate::support::{Kind, World, code, outgoing};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum When {
    Before,
    After,
}

/// What the next calls do wrong.
#[derive(Default)]
struct Plan {
    faults: Mutex<VecDeque<(&'static str, When)>>,
    replace_package: Mutex<Option<Vec<u8>>>,
    replace_envelope: Mutex<Option<Vec<u8>>>,
}

impl Plan {
    fn fails(&self, call: &'static str, when: When) -> bool {
        let mut faults = self.faults.lock().expect("not poisoned");
        let fails = faults.front() == Some(&(call, when));
        if fails {
            faults.pop_front();
        }
        fails
    }
}

/// A store that fails as planned, having done its work or not.
struct Faulty {
    inner: Arc<dyn Store>,
    plan: Arc<Plan>,
}

impl Faulty {
    fn run<'a, T: Send + 'a>(
        &'a self,
        call: &'static str,
        work: impl FnOnce() -> Answer<'a, T> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            if self.plan.fails(call, When::Before) {
                return Err(StoreError::Stopped);
            }
            let done = work().await?;
            if self.plan.fails(call, When::After) {
                return Err(StoreError::Stopped);
            }
            Ok(done)
        })
    }
}

impl Store for Faulty {
    fn create_upload<'a>(&'a self, agency: &'a AgencyCode, new: NewUpload) -> Answer<'a, Created> {
        self.run("create_upload", move || self.inner.create_upload(agency, new))
    }
    fn upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<UploadState>> {
        self.inner.upload(agency, upload)
    }
    fn take_over<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<(UploadState, Epoch)>> {
        self.run("take_over", move || self.inner.take_over(agency, upload))
    }
    fn append<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, bytes: Vec<u8>) -> Answer<'a, bool> {
        self.run("append", move || self.inner.append(upload, epoch, offset, bytes))
    }
    fn settle<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, now: UnixTime) -> Answer<'a, Settled> {
        self.run("settle", move || self.inner.settle(upload, epoch, offset, now))
    }
    fn cancel_upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, bool> {
        self.inner.cancel_upload(agency, upload)
    }
    fn package_size<'a>(&'a self, agency: &'a AgencyCode, package: &'a Sha256) -> Answer<'a, Option<u64>> {
        self.run("package_size", move || self.inner.package_size(agency, package))
    }
    fn package<'a>(&'a self, package: &'a Sha256) -> Answer<'a, Option<Body>> {
        match self.plan.replace_package.lock().expect("not poisoned").clone() {
            Some(other) => Box::pin(std::future::ready(Ok(Some(Body(Arc::new(other)))))),
            None => self.inner.package(package),
        }
    }
    fn accepted<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Sha256, Receipt)>> {
        self.run("accepted", move || self.inner.accepted(sender, delivery))
    }
    fn submit(&self, submission: Submission) -> Answer<'_, Submitted> {
        self.run("submit", move || self.inner.submit(submission))
    }
    fn reject(&self, rejection: Rejection) -> Answer<'_, ()> {
        self.inner.reject(rejection)
    }
    fn rejection<'a>(&'a self, sender: &'a AgencyCode, evidence: Uuid) -> Answer<'a, Option<Receipt>> {
        self.inner.rejection(sender, evidence)
    }
    fn delivery<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<DeliveryView>> {
        self.inner.delivery(sender, delivery)
    }
    fn evidence_list<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<EvidenceLine>>> {
        self.inner.evidence_list(sender, delivery)
    }
    fn evidence<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid, n: u64) -> Answer<'a, Option<Receipt>> {
        self.inner.evidence(sender, delivery, n)
    }
    fn events<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<EventLine>> {
        self.inner.events(agency, after, limit)
    }
    fn inbox<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<InboxLine>> {
        self.inner.inbox(agency, after, limit)
    }
    fn claim<'a>(&'a self, agency: &'a AgencyCode, claim: Claim, now: UnixTime) -> Answer<'a, Option<Vec<Claimed>>> {
        let claimed = self.run("claim", move || self.inner.claim(agency, claim, now));
        Box::pin(async move {
            let mut claimed = claimed.await?;
            if let Some(other) = self.plan.replace_envelope.lock().expect("not poisoned").clone() {
                claimed.iter_mut().flatten().for_each(|item| item.envelope = other.clone());
            }
            Ok(claimed)
        })
    }
    fn item<'a>(&'a self, agency: &'a AgencyCode, item: &'a str) -> Answer<'a, Option<ItemView>> {
        self.run("item", move || self.inner.item(agency, item))
    }
    fn change_lease<'a>(
        &'a self,
        agency: &'a AgencyCode,
        item: &'a str,
        change: LeaseChange,
        now: UnixTime,
    ) -> Answer<'a, Option<Result<Item, Refused>>> {
        self.run("change_lease", move || self.inner.change_lease(agency, item, change, now))
    }
    fn apply(&self, decisions: Vec<Decision>) -> Answer<'_, Commit> {
        self.run("apply", move || self.inner.apply(decisions))
    }
    fn envelope<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Vec<u8>, Vec<u8>)>> {
        self.inner.envelope(sender, delivery)
    }
    fn items_of<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<ItemView>>> {
        self.run("items_of", move || self.inner.items_of(sender, delivery))
    }
    fn items_named<'a>(&'a self, agency: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Vec<InboxLine>> {
        self.inner.items_named(agency, delivery)
    }
    fn statements<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<StatementLine>>> {
        self.inner.statements(sender, delivery)
    }
    fn due(&self, now: UnixTime, limit: u32) -> Answer<'_, Vec<ItemView>> {
        self.inner.due(now, limit)
    }
    fn upkeep(&self, upkeep: Upkeep) -> Answer<'_, Upkept> {
        self.inner.upkeep(upkeep)
    }
    fn is_ready(&self) -> bool {
        self.inner.is_ready()
    }
    fn fsck(&self) -> Answer<'_, Vec<Fault>> {
        self.inner.fsck()
    }
}

fn faulty_world(kind: Kind) -> (World, Arc<Plan>) {
    let plan = Arc::new(Plan::default());
    let own = plan.clone();
    (World::with(kind, move |inner| Arc::new(Faulty { inner, plan: own })), plan)
}

fn both(test: impl Fn(&World, &Plan)) {
    for kind in [Kind::Memory, Kind::Sqlite] {
        let (world, plan) = faulty_world(kind);
        test(&world, &plan);
        let faults = world.block_on(world.store.fsck()).expect("fsck runs");
        assert_eq!(faults, [], "{kind:?}");
    }
}

#[test]
fn a_push_broken_at_any_store_call_is_finished_by_the_next_with_one_delivery() {
    both(|world, plan| {
        let sender = world.client("H45.01");
        for call in ["create_upload", "take_over", "append", "settle", "package_size", "accepted", "submit"] {
            for when in [When::Before, When::After] {
                let file = world.package(900);
                let to = [code("H45.02")];
                plan.faults.lock().expect("not poisoned").push_back((call, when));
                let broken = sender.push(&outgoing(&file, &to), &|_| {});
                assert!(matches!(&broken, Err(ClientError::Refused(p)) if p.code == "internal"), "{call} {when:?}");
                let id = sender.journal().entries().expect("lists")[0].delivery;
                let pushed = sender.push(&outgoing(&file, &to), &|_| {}).expect("finished");
                assert_eq!(pushed.delivery, id, "{call} {when:?}");
                assert_eq!(pushed.was_accepted_before, (call, when) == ("submit", When::After), "{call} {when:?}");
                let again = sender.push(&outgoing(&file, &to), &|_| {}).expect("receipt");
                assert_eq!(again.receipt, pushed.receipt);
            }
        }
        let inbox = world.raw(&world.members["H45.02"].tls).get("/v1/inbox").json();
        assert_eq!(inbox["items"].as_array().map(Vec::len), Some(14), "one item each, none twice");
    });
}

#[test]
fn a_lost_answer_to_put_is_replaced_by_the_same_receipt() {
    both(|world, plan| {
        let package = b"PK\x03\x04 lost answer".to_vec();
        let raw = world.raw(&world.members["H45.01"].tls);
        raw.upload(&package);
        let envelope = world.envelope(&package);
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        plan.faults.lock().expect("not poisoned").push_back(("submit", When::After));
        let lost = raw.put(&path, &world.submission("H45.01", &envelope));
        assert_eq!((lost.status, lost.json()["retry"].as_str()), (500, Some("same-request")));
        let stored = raw.get(&format!("{path}/evidence/0"));
        let again = raw.put(&path, &world.submission("H45.01", &envelope));
        assert_eq!((again.status, &again.body), (200, &stored.body));
    });
}

#[test]
fn a_pull_broken_at_any_store_call_is_finished_by_the_next_with_one_handover() {
    both(|world, plan| {
        let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
        for call in ["claim", "item", "change_lease", "apply"] {
            for when in [When::Before, When::After] {
                let file = world.package(900);
                let pushed = sender.push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
                plan.faults.lock().expect("not poisoned").push_back((call, when));
                let out = world.folder.path().join("in");
                match recipient.pull(&out, None) {
                    Err(ClientError::Refused(problem)) => assert_eq!(problem.code, "internal", "{call} {when:?}"),
                    Err(other) => panic!("{call} {when:?}: {other}"),
                    Ok(report) => assert_eq!((report.taken.len(), report.failed.len()), (0, 1), "{call} {when:?}"),
                }
                world.pass(2_000);
                recipient.pull(&out, None).expect("pulled");
                let status = sender.status(pushed.delivery).expect("status");
                assert_eq!(status.recipients[0].state, Phase::Accepted, "{call} {when:?}");
                let handovers = status.evidence.iter().filter(|(_, e)| e.event == Event::ContentHandover).count();
                assert_eq!(handovers, 1, "{call} {when:?}");
                let kept = out.join(format!("H45.01_{}", pushed.delivery)).join("package.asice");
                assert_eq!(std::fs::read(kept).expect("kept"), std::fs::read(&file).expect("sent"));
            }
        }
    });
}

#[test]
fn a_package_changed_under_way_is_not_kept_and_not_acknowledged() {
    both(|world, plan| {
        let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
        let file = world.package(900);
        let pushed = sender.push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
        let mut other = std::fs::read(&file).expect("sent");
        other[500] ^= 1;
        let out = world.folder.path().join("in");
        for replacement in [other.clone(), other[..400].to_vec()] {
            *plan.replace_package.lock().expect("not poisoned") = Some(replacement);
            let report = recipient.pull(&out, None);
            let failed = match report {
                Ok(report) => {
                    assert!(report.taken.is_empty());
                    !report.failed.is_empty()
                }
                // The endpoint notices first and cuts the download.
                Err(ClientError::Unreachable { .. }) => true,
                Err(other) => panic!("{other}"),
            };
            assert!(failed);
            // What came of a download that was cut is kept for the next try, under no name of its own.
            let left = std::fs::read_dir(&out).expect("a folder").map(|e| e.expect("an entry").file_name());
            let named: Vec<_> = left.filter(|name| !name.to_string_lossy().starts_with(".part-")).collect();
            assert!(named.is_empty(), "{named:?}");
            world.pass(4_000);
        }
        *plan.replace_package.lock().expect("not poisoned") = None;
        assert_eq!(recipient.pull(&out, None).expect("pulled").taken.len(), 1);
        assert_eq!(sender.status(pushed.delivery).expect("status").recipients[0].state, Phase::Accepted);
    });
}

#[test]
fn an_envelope_changed_under_way_is_refused() {
    both(|world, plan| {
        let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
        let file = world.package(900);
        sender.push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
        let entry = sender.journal().entries().expect("lists").remove(0);
        let text = String::from_utf8(entry.envelope).expect("text");
        let changed = text.replacen("\"unclassified\"", "\"personnel\"", 1);
        *plan.replace_envelope.lock().expect("not poisoned") = Some(changed.into_bytes());
        let out = world.folder.path().join("in");
        let report = recipient.pull(&out, None).expect("pulled");
        assert!(report.taken.is_empty());
        assert!(matches!(report.failed[0].why, PullProblem::Envelope("evidence")), "{}", report.failed[0].why);
        assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), 0);
    });
}

#[test]
fn an_endpoint_that_goes_away_gives_one_clear_error_and_the_entry_stays_open() {
    let mut world = World::new(Kind::Memory);
    let file = world.package(900);
    let sender = world.client("H45.01");
    world.cut();
    let error = sender.push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect_err("unreachable");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("could not be reached"), "{error}");
    let entries = sender.journal().entries().expect("lists");
    assert_eq!(entries[0].progress, congvan::exchange::journal::Progress::Open);
}

#[test]
fn a_store_survives_a_restart_with_everything_it_promised() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(Kind::Sqlite);
    let file = world.package(300_000);
    let sender = world.client("H45.01");
    let pushed = sender.push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
    let log = world.endpoint.notary.log.clone();
    let data = world.folder.path().join("data");
    // A copy of the files as they are now is what a crash would leave.
    copy(&data, &folder.path().join("data"));
    let copied = congvan::exchange::store::sqlite::SqliteStore::open(&folder.path().join("data"), &log).expect("opens");
    let receipt = world.block_on(copied.evidence(&code("H45.01"), pushed.delivery, 0)).expect("reads").expect("there");
    assert_eq!(receipt.to_bytes(), pushed.receipt);
    assert_eq!(world.block_on(copied.fsck()).expect("fsck"), []);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}

#[test]
fn fsck_names_what_was_damaged_on_disk() {
    let world = World::new(Kind::Sqlite);
    let sender = world.client("H45.01");
    sender.push(&outgoing(&world.package(300_000), &[code("H45.02")]), &|_| {}).expect("pushed");
    sender.push(&outgoing(&world.package(500), &[code("H45.02")]), &|_| {}).expect("pushed");
    let data = world.folder.path().join("data");
    let database = rusqlite::Connection::open(data.join("exchange.sqlite")).expect("opens");
    let fsck = || world.block_on(world.store.fsck()).expect("fsck runs");
    assert_eq!(fsck(), []);
    database.execute("UPDATE small_blob SET bytes = x'00'", []).expect("damages");
    assert!(matches!(fsck()[..], [Fault::PackageDamaged(_)]));
    database.execute("UPDATE leaf SET bytes = x'7b7d' WHERE seq = 1", []).expect("damages");
    assert!(fsck().contains(&Fault::LeafDamaged(1)));
    database.execute("UPDATE recipient_state SET phase = 'accepted', final = 1 WHERE key = 1", []).expect("damages");
    assert!(fsck().iter().any(|fault| matches!(fault, Fault::State { phase: "accepted", .. })));
    database.execute("DELETE FROM event WHERE agency = 'H45.01' AND seq = 2", []).expect("damages");
    assert!(fsck().iter().any(|fault| matches!(fault, Fault::EventGap { after: 1, .. })));
    let blob = walk(&data.join("blobs"));
    let mut octets = std::fs::read(&blob).expect("reads");
    octets[1_000] ^= 1;
    std::fs::write(&blob, octets).expect("damages");
    assert_eq!(fsck().iter().filter(|fault| matches!(fault, Fault::PackageDamaged(_))).count(), 2);
    std::fs::remove_file(&blob).expect("removes");
    assert!(fsck().iter().any(|fault| matches!(fault, Fault::PackageMissing(_))));
}

#[test]
fn a_receipt_that_rotted_is_answered_with_a_failure_and_the_others_as_ever() {
    let world = World::new(Kind::Sqlite);
    let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
    let pushed = sender.push(&outgoing(&world.package(500), &[code("H45.02")]), &|_| {}).expect("pushed");
    let other = sender.push(&outgoing(&world.package(500), &[code("H45.02")]), &|_| {}).expect("pushed");
    let database = rusqlite::Connection::open(world.folder.path().join("data/exchange.sqlite")).expect("opens");
    // In the certificates under the seal, say, where no signature reaches.
    let damage = "UPDATE evidence SET signature = CAST(signature || x'00' AS BLOB) WHERE seq = 0";
    assert_eq!(database.execute(damage, []), Ok(1));
    assert_eq!(database.execute("UPDATE recipient_state SET accessed = 1 WHERE key = 1", []), Ok(1));
    let raw = world.raw(&world.members["H45.01"].tls);
    for path in
        [format!("/v1/deliveries/{}/evidence/0", pushed.delivery), format!("/v1/deliveries/{}", pushed.delivery)]
    {
        let said = raw.get(&path);
        assert_eq!((said.status, said.code().as_str()), (500, "internal"), "{path}");
    }
    assert_eq!(raw.get(&format!("/v1/deliveries/{}/evidence/1", pushed.delivery)).status, 200);
    assert!(sender.status(other.delivery).is_ok());
    // The recipient gets the one that is whole.
    let report = recipient.pull(&world.folder.path().join("in"), None).expect("pulled");
    assert_eq!(report.taken.iter().map(|taken| taken.delivery).collect::<Vec<_>>(), [other.delivery]);
}

fn walk(folder: &std::path::Path) -> std::path::PathBuf {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).expect("reads") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    assert_eq!(found.len(), 1);
    found.remove(0)
}
