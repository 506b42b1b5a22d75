//! A store that forgets when it is dropped: for tests and simulation, through the same face as the real one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    Answer, Body, Claim, Claimed, Commit, Created, Decision, DeliveryView, Epoch, EventLine, EvidenceLine, Fault,
    FiledEvidence, Happening, InboxLine, ItemView, LeaseChange, NewUpload, Rejection, Said, SaidKind, Settled,
    StatementLine, Store, Submission, Submitted, Told, Upkeep, Upkept, UploadState,
};
use crate::base::time::UnixTime;
use crate::exchange::evidence::Receipt;
use crate::exchange::id::{AgencyCode, Sha256, Uuid};
use crate::exchange::log::leaf::leaf_hash;
use crate::exchange::state::{Item, Phase, Refused};

/// The store.
#[derive(Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    blobs: HashMap<Sha256, Arc<Vec<u8>>>,
    owned: BTreeSet<(AgencyCode, Sha256)>,
    uploads: HashMap<String, Upload>,
    deliveries: BTreeMap<(AgencyCode, Uuid), Delivery>,
    items: BTreeMap<u64, Row>,
    places: HashMap<String, u64>,
    leaves: Vec<(Vec<u8>, Sha256)>,
    rejections: HashMap<(AgencyCode, Uuid), Receipt>,
    events: HashMap<AgencyCode, Vec<EventLine>>,
    claims: HashMap<(AgencyCode, String), Vec<Leased>>,
}

struct Upload {
    agency: AgencyCode,
    state: UploadState,
    bytes: Vec<u8>,
    epoch: Epoch,
}

struct Delivery {
    submission: Submission,
    envelope: Sha256,
    evidence: Vec<FiledEvidence>,
    replaced_by: Option<Uuid>,
    closed: Option<UnixTime>,
    kept: bool,
}

struct Row {
    key: (AgencyCode, Uuid),
    recipient: AgencyCode,
    item: String,
    state: Item,
    consigned: Receipt,
    last_evidence: Sha256,
    last_time: UnixTime,
    said: Vec<(Said, u64)>,
}

#[derive(Clone)]
struct Leased {
    place: u64,
    lease: u64,
    lease_until: UnixTime,
    attempt: u32,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Inner {
    fn file(&mut self, evidence: &FiledEvidence) {
        let leaf = evidence.receipt.leaf.clone();
        let hash = leaf_hash(&leaf);
        self.leaves.push((leaf, hash));
    }

    fn tell(&mut self, agency: &AgencyCode, line: EventLine) {
        let list = self.events.entry(agency.clone()).or_default();
        let seq = u64::try_from(list.len()).unwrap_or(u64::MAX).saturating_add(1);
        list.push(EventLine { seq, ..line });
    }

    fn row(&self, agency: &AgencyCode, item: &str) -> Option<(u64, &Row)> {
        let place = *self.places.get(item)?;
        self.items.get(&place).filter(|row| row.recipient == *agency).map(|row| (place, row))
    }

    fn claimed(&self, leased: &Leased) -> Option<Claimed> {
        let row = self.items.get(&leased.place)?;
        let submission = &self.deliveries.get(&row.key)?.submission;
        Some(Claimed {
            item: row.item.clone(),
            lease: leased.lease,
            lease_until: leased.lease_until,
            attempt: leased.attempt,
            delivery: submission.delivery,
            sender: submission.sender.clone(),
            envelope: submission.envelope.clone(),
            signature: submission.signature.clone(),
            receipt: row.consigned.clone(),
            recall: row
                .said
                .iter()
                .find(|(said, _)| matches!(said.kind, SaidKind::Recall | SaidKind::Replacement))
                .map(|(said, _)| (said.bytes.clone(), said.signature.clone())),
        })
    }

    fn view(&self, row: &Row) -> Option<ItemView> {
        let found = self.deliveries.get(&row.key)?;
        Some(ItemView {
            item: row.item.clone(),
            recipient: row.recipient.clone(),
            state: row.state.clone(),
            delivery: found.submission.delivery,
            sender: found.submission.sender.clone(),
            envelope: found.envelope,
            package: found.submission.package.clone(),
            accepted: found.submission.accepted,
            last_evidence: row.last_evidence,
            last_time: row.last_time,
            said: row.said.iter().map(|(said, _)| said.clone()).collect(),
        })
    }

    fn line(&self, place: u64, row: &Row) -> Option<InboxLine> {
        let submission = &self.deliveries.get(&row.key)?.submission;
        Some(InboxLine {
            place,
            item: row.item.clone(),
            state: row.state.clone(),
            delivery: submission.delivery,
            sender: submission.sender.clone(),
            package: submission.package.clone(),
            accepted: submission.accepted,
        })
    }

    fn submit(&mut self, submission: Submission) -> Submitted {
        let key = (submission.sender.clone(), submission.delivery);
        let envelope = Sha256::of(&submission.envelope);
        if let Some(known) = self.deliveries.get(&key) {
            return match known.envelope == envelope {
                true => Submitted::Replay(known.submission.evidence.receipt.clone()),
                false => Submitted::Reused(known.envelope),
            };
        }
        let package = submission.package.sha256;
        if submission.body.is_none() && !self.owned.contains(&(submission.sender.clone(), package)) {
            return Submitted::PackageMissing;
        }
        if let Some((replaced, decisions)) = &submission.replaces {
            let old = (submission.sender.clone(), *replaced);
            match self.deliveries.get(&old).map(|found| found.replaced_by) {
                None => return Submitted::NothingToReplace,
                Some(Some(first)) => return Submitted::ReplacedBefore(first),
                Some(None) => {}
            }
            if self.apply(decisions) == Commit::Lost {
                return Submitted::Lost;
            }
            if let Some(found) = self.deliveries.get_mut(&old) {
                found.replaced_by = Some(submission.delivery);
            }
        }
        if let Some(body) = &submission.body {
            self.blobs.insert(package, body.clone());
            self.owned.insert((submission.sender.clone(), package));
        }
        self.file(&submission.evidence);
        let mut evidence = vec![submission.evidence.clone()];
        let line = |filed: &FiledEvidence, item: Option<&str>, n: Option<usize>| EventLine {
            seq: 0,
            time: filed.time,
            event: Happening::Attested(filed.event),
            delivery: submission.delivery,
            sender: submission.sender.clone(),
            recipient: filed.recipient.clone(),
            item: item.map(str::to_owned),
            n: n.and_then(|n| u64::try_from(n).ok()),
        };
        self.tell(&submission.sender, line(&submission.evidence, None, Some(0)));
        for item in &submission.items {
            self.file(&item.evidence);
            self.tell(&submission.sender, line(&item.evidence, None, Some(evidence.len())));
            self.tell(&item.recipient, line(&item.evidence, Some(&item.item), None));
            evidence.push(item.evidence.clone());
            let place = self.items.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
            self.places.insert(item.item.clone(), place);
            self.items.insert(
                place,
                Row {
                    key: key.clone(),
                    recipient: item.recipient.clone(),
                    item: item.item.clone(),
                    state: Item::available(submission.accepted, submission.not_after),
                    consigned: item.evidence.receipt.clone(),
                    last_evidence: item.evidence.digest(),
                    last_time: item.evidence.time,
                    said: Vec::new(),
                },
            );
        }
        self.deliveries
            .insert(key, Delivery { submission, envelope, evidence, replaced_by: None, closed: None, kept: true });
        Submitted::New
    }

    fn claim(&mut self, agency: &AgencyCode, claim: Claim, now: UnixTime) -> Option<Vec<Leased>> {
        let key = (agency.clone(), claim.id);
        if let Some(answer) = self.claims.get(&key) {
            return Some(answer.clone());
        }
        let is_held =
            |row: &&Row| row.recipient == *agency && row.state.phase == Phase::Leased && row.state.lease_until > now;
        let held = u32::try_from(self.items.values().filter(is_held).count()).unwrap_or(u32::MAX);
        let max = claim.max.min(claim.most_leased.saturating_sub(held));
        if max == 0 {
            return None;
        }
        let by_name = claim.items.is_some();
        let places: Vec<u64> = match &claim.items {
            Some(items) => items.iter().filter_map(|item| self.row(agency, item).map(|(place, _)| place)).collect(),
            None => self.items.iter().filter(|(_, row)| row.recipient == *agency).map(|(place, _)| *place).collect(),
        };
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut answer = Vec::new();
        for place in places {
            if answer.len() >= max {
                break;
            }
            let Some(row) = self.items.get_mut(&place) else { continue };
            let Ok(step) = row.state.claim(claim.lease_s, by_name, now) else { continue };
            row.state = step.item;
            if row.state.phase == Phase::Leased {
                let Item { lease, lease_until, attempt, .. } = row.state;
                answer.push(Leased { place, lease, lease_until, attempt });
            }
        }
        self.claims.insert(key, answer.clone());
        Some(answer)
    }

    fn apply(&mut self, decisions: &[Decision]) -> Commit {
        let stands = |decision: &Decision| {
            let row = self.row(&decision.recipient, &decision.item);
            row.is_some_and(|(_, row)| row.state.version == decision.seen_version)
        };
        if !decisions.iter().all(stands) {
            return Commit::Lost;
        }
        for decision in decisions {
            self.write(decision);
        }
        Commit::Done
    }

    fn write(&mut self, decision: &Decision) {
        let Some(place) = self.places.get(&decision.item).copied() else { return };
        let Some(key) = self.items.get(&place).map(|row| row.key.clone()) else { return };
        let n = self.deliveries.get(&key).and_then(|found| u64::try_from(found.evidence.len()).ok());
        let (time, event, n) = match &decision.told {
            Told::Evidence(evidence) => {
                self.file(evidence);
                if let Some(found) = self.deliveries.get_mut(&key) {
                    found.evidence.push(evidence.clone());
                }
                if let Some(row) = self.items.get_mut(&place) {
                    row.last_evidence = evidence.digest();
                    row.last_time = evidence.time;
                    if let Some((kind, bytes, signature)) = decision.said.clone() {
                        let receipt = evidence.receipt.clone();
                        row.said.push((Said { kind, bytes, signature, receipt }, n.unwrap_or(0)));
                    }
                }
                (evidence.time, Happening::Attested(evidence.event), n)
            }
            Told::Warning(time) => (*time, Happening::ExpiryWarning, None),
        };
        if let Some(row) = self.items.get_mut(&place) {
            row.state = decision.next.clone();
        }
        let line = EventLine {
            seq: 0,
            time,
            event,
            delivery: key.1,
            sender: key.0.clone(),
            recipient: Some(decision.recipient.clone()),
            item: None,
            n,
        };
        self.tell(&key.0, line.clone());
        self.tell(&decision.recipient, EventLine { item: Some(decision.item.clone()), n: None, ..line });
        let is_closed = self.items.values().filter(|row| row.key == key).all(|row| row.state.phase.is_final());
        if let Some(found) = self.deliveries.get_mut(&key).filter(|found| is_closed && found.closed.is_none()) {
            found.closed = Some(time);
        }
    }

    fn upkeep(&mut self, upkeep: &Upkeep) -> Upkept {
        let mut done = Upkept::default();
        let over: Vec<String> = self
            .uploads
            .iter()
            .filter(|(_, upload)| upload.state.expires < upkeep.now)
            .map(|(id, _)| id.clone())
            .collect();
        let mut loose = Vec::new();
        for upload in over.iter().filter_map(|id| self.uploads.remove(id)) {
            if upload.state.complete {
                loose.push(upload.state.digest);
            } else {
                done.uploads += 1;
            }
        }
        for found in self.deliveries.values_mut() {
            if found.kept && found.closed.zip(upkeep.packages_before).is_some_and(|(closed, before)| closed < before) {
                found.kept = false;
                loose.push(found.submission.package.sha256);
            }
        }
        for package in loose {
            let wanted = self.deliveries.values().any(|d| d.kept && d.submission.package.sha256 == package)
                || self.uploads.values().any(|upload| upload.state.digest == package);
            if !wanted && self.blobs.remove(&package).is_some() {
                self.owned.retain(|(_, digest)| *digest != package);
                done.packages += 1;
            }
        }
        done
    }

    fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (digest, bytes) in &self.blobs {
            if Sha256::of(bytes) != *digest {
                faults.push(Fault::PackageDamaged(*digest));
            }
        }
        for delivery in self.deliveries.values() {
            if delivery.kept && !self.blobs.contains_key(&delivery.submission.package.sha256) {
                faults.push(Fault::PackageMissing(delivery.submission.package.sha256));
            }
            for filed in &delivery.evidence {
                let leaf = filed.receipt.read().ok().map(|evidence| evidence.leaf(&filed.receipt.evidence).to_bytes());
                let seq = self.leaves.iter().position(|(bytes, _)| Some(bytes) == leaf.as_ref());
                if seq.is_none() {
                    faults.push(Fault::Evidence { seq: 0, what: "its leaf is not in the log" });
                }
            }
        }
        for row in self.items.values() {
            let acks = row.said.iter().filter(|(said, _)| said.kind == SaidKind::Ack).count();
            let answered = matches!(row.state.phase, Phase::Accepted | Phase::Rejected);
            let rests = row.said.iter().all(|(said, _)| {
                let evidence = said.receipt.read().ok();
                evidence.is_some_and(|e| e.acknowledgement == Some(Sha256::of(&said.bytes)))
            });
            if usize::from(answered) != acks || !rests {
                faults.push(Fault::State { item: row.item.clone(), phase: row.state.phase.name() });
            }
        }
        faults
    }
}

impl Store for MemoryStore {
    fn create_upload<'a>(&'a self, agency: &'a AgencyCode, new: NewUpload) -> Answer<'a, Created> {
        let mut inner = self.lock();
        if inner.owned.contains(&(agency.clone(), new.digest)) {
            return ready(Created::Complete);
        }
        inner.uploads.retain(|_, u| u.agency != *agency || new.now <= u.state.expires);
        let same = |u: &Upload| u.agency == *agency && u.state.digest == new.digest && u.state.length == new.length;
        if let Some((upload, known)) = inner.uploads.iter().find(|(_, u)| same(u) && !u.state.complete) {
            return ready(Created::Resumes { upload: upload.clone(), offset: known.state.offset });
        }
        let open = inner.uploads.values().filter(|u| u.agency == *agency && !u.state.complete).count();
        if u32::try_from(open).unwrap_or(u32::MAX) >= new.most_open {
            return ready(Created::TooMany);
        }
        let unfinished = inner.uploads.values().filter(|u| u.agency == *agency && !u.state.complete);
        let reserved = unfinished.fold(new.length, |sum, u| sum.saturating_add(u.state.length));
        if reserved > new.most_reserved {
            return ready(Created::TooMuch);
        }
        let NewUpload { id, length, digest, expires, .. } = new;
        let state = UploadState { length, offset: 0, digest, complete: false, expires };
        inner.uploads.insert(id, Upload { agency: agency.clone(), state, bytes: Vec::new(), epoch: 0 });
        ready(Created::Begun)
    }

    fn upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<UploadState>> {
        ready(self.lock().uploads.get(upload).filter(|u| u.agency == *agency).map(|u| u.state.clone()))
    }

    fn take_over<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<(UploadState, Epoch)>> {
        ready(self.lock().uploads.get_mut(upload).filter(|u| u.agency == *agency).map(|u| {
            u.epoch = u.epoch.saturating_add(1);
            (u.state.clone(), u.epoch)
        }))
    }

    fn append<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, bytes: Vec<u8>) -> Answer<'a, bool> {
        let mut inner = self.lock();
        let Some(u) = inner.uploads.get_mut(upload).filter(|u| u.epoch == epoch) else { return ready(false) };
        u.bytes.resize(usize::try_from(offset).unwrap_or(usize::MAX).min(u.bytes.len()), 0);
        u.bytes.extend_from_slice(&bytes);
        ready(true)
    }

    fn settle<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, _now: UnixTime) -> Answer<'a, Settled> {
        let mut inner = self.lock();
        let Some(u) = inner.uploads.get_mut(upload).filter(|u| u.epoch == epoch) else {
            return ready(Settled::Superseded);
        };
        u.state.offset = offset;
        if offset < u.state.length {
            return ready(Settled::Durable { offset, complete: false });
        }
        let (digest, agency, bytes) = (u.state.digest, u.agency.clone(), std::mem::take(&mut u.bytes));
        if Sha256::of(&bytes) != digest {
            inner.uploads.remove(upload);
            return ready(Settled::WrongDigest);
        }
        u.state.complete = true;
        inner.blobs.insert(digest, Arc::new(bytes));
        inner.owned.insert((agency, digest));
        ready(Settled::Durable { offset, complete: true })
    }

    fn cancel_upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, bool> {
        let mut inner = self.lock();
        let own = inner.uploads.get(upload).is_some_and(|u| u.agency == *agency);
        if own {
            inner.uploads.remove(upload);
        }
        ready(own)
    }

    fn package_size<'a>(&'a self, agency: &'a AgencyCode, package: &'a Sha256) -> Answer<'a, Option<u64>> {
        let inner = self.lock();
        let own = inner.owned.contains(&(agency.clone(), *package));
        ready(inner.blobs.get(package).filter(|_| own).and_then(|b| u64::try_from(b.len()).ok()))
    }

    fn package<'a>(&'a self, package: &'a Sha256) -> Answer<'a, Option<Body>> {
        ready(self.lock().blobs.get(package).map(|bytes| Body(bytes.clone())))
    }

    fn accepted<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Sha256, Receipt)>> {
        let inner = self.lock();
        let found = inner.deliveries.get(&(sender.clone(), delivery));
        ready(found.map(|d| (d.envelope, d.submission.evidence.receipt.clone())))
    }

    fn submit(&self, submission: Submission) -> Answer<'_, Submitted> {
        ready(self.lock().submit(submission))
    }

    fn reject(&self, rejection: Rejection) -> Answer<'_, ()> {
        let mut inner = self.lock();
        inner.file(&rejection.evidence);
        inner.rejections.insert((rejection.sender, rejection.evidence.id), rejection.evidence.receipt);
        ready(())
    }

    fn rejection<'a>(&'a self, sender: &'a AgencyCode, evidence: Uuid) -> Answer<'a, Option<Receipt>> {
        ready(self.lock().rejections.get(&(sender.clone(), evidence)).cloned())
    }

    fn delivery<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<DeliveryView>> {
        let inner = self.lock();
        let key = (sender.clone(), delivery);
        ready(inner.deliveries.get(&key).map(|found| {
            DeliveryView {
                envelope: found.envelope,
                package: found.submission.package.clone(),
                accepted: found.submission.accepted,
                evidence: u64::try_from(found.evidence.len()).unwrap_or(u64::MAX),
                replaced_by: found.replaced_by,
                recipients: inner
                    .items
                    .values()
                    .filter(|row| row.key == key)
                    .map(|row| (row.recipient.clone(), row.state.clone()))
                    .collect(),
            }
        }))
    }

    fn envelope<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Vec<u8>, Vec<u8>)>> {
        let inner = self.lock();
        let found = inner.deliveries.get(&(sender.clone(), delivery));
        ready(found.map(|d| (d.submission.envelope.clone(), d.submission.signature.clone())))
    }

    fn evidence_list<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<EvidenceLine>>> {
        let inner = self.lock();
        ready(inner.deliveries.get(&(sender.clone(), delivery)).map(|found| {
            (0..)
                .zip(&found.evidence)
                .map(|(n, filed)| EvidenceLine {
                    n,
                    event: filed.event,
                    time: filed.time,
                    recipient: filed.recipient.clone(),
                })
                .collect()
        }))
    }

    fn evidence<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid, n: u64) -> Answer<'a, Option<Receipt>> {
        let inner = self.lock();
        let found = inner.deliveries.get(&(sender.clone(), delivery));
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        ready(found.and_then(|d| d.evidence.get(n)).map(|filed| filed.receipt.clone()))
    }

    fn events<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<EventLine>> {
        let inner = self.lock();
        let lines = inner.events.get(agency).into_iter().flatten();
        ready(lines.filter(|l| l.seq > after).take(usize::try_from(limit).unwrap_or(0)).cloned().collect())
    }

    fn inbox<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<InboxLine>> {
        let inner = self.lock();
        let lines = inner
            .items
            .range(after.saturating_add(1)..)
            .filter(|(_, row)| row.recipient == *agency && !row.state.phase.is_final())
            .filter_map(|(place, row)| inner.line(*place, row))
            .take(usize::try_from(limit).unwrap_or(0))
            .collect();
        ready(lines)
    }

    fn claim<'a>(&'a self, agency: &'a AgencyCode, claim: Claim, now: UnixTime) -> Answer<'a, Option<Vec<Claimed>>> {
        let mut inner = self.lock();
        let leased = inner.claim(agency, claim, now);
        ready(leased.map(|leased| leased.iter().filter_map(|l| inner.claimed(l)).collect()))
    }

    fn item<'a>(&'a self, agency: &'a AgencyCode, item: &'a str) -> Answer<'a, Option<ItemView>> {
        let inner = self.lock();
        ready(inner.row(agency, item).and_then(|(_, row)| inner.view(row)))
    }

    fn change_lease<'a>(
        &'a self,
        agency: &'a AgencyCode,
        item: &'a str,
        change: LeaseChange,
        now: UnixTime,
    ) -> Answer<'a, Option<Result<Item, Refused>>> {
        let mut inner = self.lock();
        let Some(place) = inner.row(agency, item).map(|(place, _)| place) else { return ready(None) };
        let Some(row) = inner.items.get_mut(&place) else { return ready(None) };
        let changed = change.apply(&row.state, now);
        if let Ok(next) = &changed {
            row.state = next.clone();
        }
        ready(Some(changed))
    }

    fn apply(&self, decisions: Vec<Decision>) -> Answer<'_, Commit> {
        ready(self.lock().apply(&decisions))
    }

    fn items_of<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<ItemView>>> {
        let inner = self.lock();
        let key = (sender.clone(), delivery);
        let rows = inner.items.values().filter(|row| row.key == key);
        let items: Vec<_> = rows.filter_map(|row| inner.view(row)).collect();
        ready((!items.is_empty()).then_some(items))
    }

    fn items_named<'a>(&'a self, agency: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Vec<InboxLine>> {
        let inner = self.lock();
        let rows = inner.items.iter().filter(|(_, row)| row.recipient == *agency && row.key.1 == delivery);
        ready(rows.filter_map(|(place, row)| inner.line(*place, row)).collect())
    }

    fn statements<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<StatementLine>>> {
        let inner = self.lock();
        let key = (sender.clone(), delivery);
        if !inner.deliveries.contains_key(&key) {
            return ready(None);
        }
        let rows = inner.items.values().filter(|row| row.key == key);
        let mut lines: Vec<_> = rows
            .flat_map(|row| {
                row.said.iter().map(|(said, n)| StatementLine {
                    recipient: row.recipient.clone(),
                    kind: said.kind,
                    bytes: said.bytes.clone(),
                    signature: said.signature.clone(),
                    n: *n,
                })
            })
            .collect();
        lines.sort_by_key(|line| line.n);
        ready(Some(lines))
    }

    fn due(&self, now: UnixTime, limit: u32) -> Answer<'_, Vec<ItemView>> {
        let inner = self.lock();
        let mut rows: Vec<_> =
            inner.items.values().filter_map(|row| Some((row.state.due().filter(|due| *due <= now)?, row))).collect();
        rows.sort_by_key(|(due, _)| *due);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        ready(rows.into_iter().take(most).filter_map(|(_, row)| inner.view(row)).collect())
    }

    fn upkeep(&self, upkeep: Upkeep) -> Answer<'_, Upkept> {
        ready(self.lock().upkeep(&upkeep))
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn fsck(&self) -> Answer<'_, Vec<Fault>> {
        ready(self.lock().check())
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryStore")
    }
}
