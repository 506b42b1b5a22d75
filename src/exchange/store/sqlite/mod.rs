//! The store of one machine: SQLite (WAL, `synchronous=FULL`) and package files.
//!
//! One thread writes. It takes whatever is queued, gives each member its own savepoint, and commits them
//! together, so that one sync of the disk serves all of them; no timer waits for more. Answers leave only
//! after the commit, and after a second thread has noted the new head of the log in a file of its own; it does so for
//! one group while the next is being written. A commit that fails stops the store for good: what the disk then holds
//! is unknown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::blobs::{Blobs, Part, above, sync_folder};
use super::space::{Marks, Room};
use super::{
    Answer, Body, Claim, Claimed, Commit, Created, Decision, DeliveryView, Epoch, EventLine, EvidenceLine, Fault,
    InboxLine, ItemView, LeaseChange, Met, NewUpload, Rejection, SMALL_BODY, Settled, StatementLine, Store, StoreError,
    Submission, Submitted, Upkeep, Upkept, UploadState,
};
use crate::base::time::UnixTime;
use crate::exchange::evidence::{LogName, Receipt};
use crate::exchange::id::{AgencyCode, Sha256, Uuid};
use crate::exchange::state::{Item, Refused};

mod decisions;
mod deliveries;
mod fsck;
mod inbox;
mod opening;
mod rows;
mod upkeep;
mod uploads;
mod writer;

use opening::{bind_to_log, migrate, open_head, open_reader, prepare};
use writer::{Queue, Weight, note_heads, write_all};

/// Name of the file with the newest head acknowledged, in the store's folder.
const HEAD: &str = "head";
/// Most connections that read at once; one more waits for its turn.
const READERS: usize = 8;

/// The store.
pub struct SqliteStore {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    _lock: std::fs::File,
}

struct Shared {
    database: PathBuf,
    blobs: Blobs,
    room: Room,
    readers: Mutex<Vec<Connection>>,
    reading: Arc<tokio::sync::Semaphore>,
    sessions: Mutex<HashMap<String, Arc<Mutex<Session>>>>,
    stopped: AtomicBool,
}

/// An upload being written by this process.
struct Session {
    epoch: Epoch,
    state: UploadState,
    sink: Sink,
}

enum Sink {
    Small(Vec<u8>),
    File(Box<Part>),
    /// The whole package has its name already; a request broken off before its row was written comes to this.
    Kept,
}

impl SqliteStore {
    /// Opens the store in a folder, making it when it is not there: `exchange.sqlite`, `blobs`, `lock`.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Newer`], [`StoreError::OtherLog`], or what the disk says.
    pub fn open(folder: &Path, log: &LogName) -> Result<Self, StoreError> {
        SqliteStore::open_with(folder, log, Marks::default())
    }

    /// The same with other marks of free room.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_with(folder: &Path, log: &LogName, marks: Marks) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let lock = lock(folder)?;
        let database = folder.join("exchange.sqlite");
        let mut connection = Connection::open(&database)?;
        prepare(&connection)?;
        migrate(&mut connection)?;
        bind_to_log(&mut connection, log)?;
        let head = open_head(&connection, &folder.join(HEAD))?;
        let blobs = Blobs::open(&folder.join("blobs"))?;
        uploads::recover(&mut connection, &blobs)?;
        let room = Room::open(folder, marks)?;
        sync_folder(folder)?;
        sync_folder(above(folder))?;
        let shared = Arc::new(Shared {
            database,
            blobs,
            room,
            readers: Mutex::default(),
            reading: Arc::new(tokio::sync::Semaphore::new(READERS)),
            sessions: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let (queue, jobs) = channel();
        let own = shared.clone();
        let (committed, groups) = channel();
        let noting = shared.clone();
        let noter = std::thread::Builder::new()
            .name("exchange-head".to_owned())
            .spawn(move || note_heads(head, &groups, &noting))?;
        let writer = std::thread::Builder::new().name("exchange-writer".to_owned()).spawn(move || {
            write_all(&mut connection, &jobs, &own, &committed);
            drop(committed);
            let _ = noter.join();
            // The log of writes goes back into the database, so that what lies on disk is one file.
            own.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        })?;
        Ok(SqliteStore { shared, queue: Arc::new(Queue::new(queue)), writer: Mutex::new(Some(writer)), _lock: lock })
    }

    /// Checks a store that is too damaged to be opened, as far as it can be read; nothing is changed or put in order.
    ///
    /// # Errors
    /// [`StoreError::InUse`], or what the disk says.
    pub fn examine(folder: &Path) -> Result<Vec<Fault>, StoreError> {
        let _lock = lock(folder)?;
        let blobs = Blobs::open(&folder.join("blobs"))?;
        let connection = opening::open_checker(&folder.join("exchange.sqlite"))?;
        // What an earlier version left is not put in order before it was opened.
        if opening::is_current(&connection)? { fsck::run(&connection, &blobs) } else { Ok(Vec::new()) }
    }

    /// Runs `work` in the writer's next commit.
    fn write<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.enqueue(work, Weight::New)
    }

    /// The same for what brings earlier promises to their end: it may use the reserve.
    fn write_essential<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.enqueue(work, Weight::Essential)
    }

    fn enqueue<T, F>(&self, work: F, weight: Weight) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.queue.enqueue(work, weight))
    }

    /// Runs `work` on a reading connection, off the async threads.
    fn read<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Shared) -> Result<T, StoreError> + Send + 'static,
    {
        let shared = self.shared.clone();
        Box::pin(async move {
            let Ok(turn) = shared.reading.clone().acquire_owned().await else { return Err(StoreError::Stopped) };
            tokio::task::spawn_blocking(move || {
                let kept = shared.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = match kept {
                    Some(connection) => connection,
                    None => open_reader(&shared.database)?,
                };
                let result = work(&connection, &shared);
                shared.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                drop(turn);
                result
            })
            .await
            .unwrap_or(Err(StoreError::Stopped))
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = writer.join();
        }
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("database", &self.shared.database).finish()
    }
}

/// The store's lock: one process at a time.
fn lock(folder: &Path) -> Result<std::fs::File, StoreError> {
    let lock = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(std::fs::TryLockError::Error(error)) => Err(StoreError::File(error)),
    }
}

pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(row: &rusqlite::Row<'_>, at: &str) -> Result<u64, rusqlite::Error> {
    row.get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or(0))
}

pub(super) fn digest(row: &rusqlite::Row<'_>, at: &str) -> Result<Sha256, rusqlite::Error> {
    row.get::<_, [u8; 32]>(at).map(Sha256)
}

pub(super) fn code(text: &str) -> Result<AgencyCode, StoreError> {
    AgencyCode::parse(text).ok_or(StoreError::Corrupt("agency code"))
}

pub(super) fn uuid(text: &str) -> Result<Uuid, StoreError> {
    Uuid::parse(text).ok_or(StoreError::Corrupt("id"))
}

impl Store for SqliteStore {
    fn create_upload<'a>(&'a self, agency: &'a AgencyCode, new: NewUpload) -> Answer<'a, Created> {
        let (agency, shared) = (agency.clone(), self.shared.clone());
        Box::pin(async move {
            if new.length > SMALL_BODY {
                // Before room is taken; what is small takes none, and the writer asks all the same.
                let (own, wanted) = (agency.clone(), new.clone());
                if let Some(known) = self.read(move |db, _| uploads::known(db, &own, &wanted)).await? {
                    return Ok(known);
                }
                let (own, id, length) = (shared.clone(), new.id.clone(), new.length);
                let taken = tokio::task::spawn_blocking(move || {
                    own.room.allows_upload(length)?;
                    own.blobs.reserve(&id, length)
                });
                taken.await.unwrap_or(Err(StoreError::Stopped))?;
            } else {
                shared.room.allows_upload(new.length)?;
            }
            let id = new.id.clone();
            let own = shared.clone();
            let created = self.write(move |db| uploads::create(db, &own, &agency, &new)).await;
            if !matches!(created, Ok(Created::Begun)) {
                shared.blobs.drop_part(&id);
            }
            created
        })
    }

    fn upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<UploadState>> {
        let (agency, upload) = (agency.clone(), upload.to_owned());
        self.read(move |db, _| uploads::state(db, &agency, &upload))
    }

    fn take_over<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<(UploadState, Epoch)>> {
        let (agency, upload) = (agency.clone(), upload.to_owned());
        self.read(move |db, shared| uploads::take_over(db, shared, &agency, &upload))
    }

    fn append<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, bytes: Vec<u8>) -> Answer<'a, bool> {
        if let Some(done) = uploads::append_small(&self.shared, upload, epoch, offset, &bytes) {
            return Box::pin(std::future::ready(Ok(done)));
        }
        let (upload, shared) = (upload.to_owned(), self.shared.clone());
        Box::pin(async move {
            tokio::task::spawn_blocking(move || uploads::append(&shared, &upload, epoch, offset, &bytes))
                .await
                .unwrap_or(Err(StoreError::Stopped))
        })
    }

    fn settle<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, _now: UnixTime) -> Answer<'a, Settled> {
        let (own, shared, queue) = (upload.to_owned(), self.shared.clone(), self.queue.clone());
        // One task: a request that is broken off leaves no package with its name and without its row.
        let settle = async move {
            let synced = tokio::task::spawn_blocking({
                let (own, shared) = (own.clone(), shared.clone());
                move || uploads::sync(&shared, &own, epoch, offset)
            })
            .await
            .unwrap_or(Err(StoreError::Stopped))?;
            let (name, kept) = (own.clone(), shared.clone());
            let write = move |db: &Connection| uploads::settle(db, &kept, &name, offset, &synced);
            let settled = queue.enqueue(write, Weight::New).await?;
            if matches!(settled, Settled::WrongDigest | Settled::Durable { complete: true, .. }) {
                uploads::forget(&shared, &own);
            }
            Ok(settled)
        };
        Box::pin(async move { tokio::spawn(settle).await.unwrap_or(Err(StoreError::Stopped)) })
    }

    fn cancel_upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, bool> {
        let (agency, own) = (agency.clone(), upload.to_owned());
        Box::pin(async move {
            let kept = self.shared.clone();
            let cancelled = self.write(move |db| uploads::cancel(db, &kept, &agency, &own)).await?;
            if cancelled {
                uploads::forget(&self.shared, upload);
                self.shared.blobs.drop_part(upload);
            }
            Ok(cancelled)
        })
    }

    fn package_size<'a>(&'a self, agency: &'a AgencyCode, package: &'a Sha256) -> Answer<'a, Option<u64>> {
        let (agency, package) = (agency.clone(), *package);
        self.read(move |db, _| uploads::package_size(db, &agency, &package))
    }

    fn package<'a>(&'a self, package: &'a Sha256) -> Answer<'a, Option<Body>> {
        let package = *package;
        self.read(move |db, shared| uploads::package(db, shared, &package))
    }

    fn accepted<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Sha256, Receipt)>> {
        let sender = sender.clone();
        self.read(move |db, _| deliveries::accepted(db, &sender, delivery))
    }

    fn meets<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid, package: Option<&'a Sha256>) -> Answer<'a, Met> {
        let (sender, package) = (sender.clone(), package.copied());
        self.read(move |db, shared| {
            if let Some((envelope, receipt)) = deliveries::accepted(db, &sender, delivery)? {
                return Ok(Met::Accepted(envelope, receipt));
            }
            let Some(package) = package else { return Ok(Met::New(None)) };
            let Some(size) = uploads::package_size(db, &sender, &package)? else { return Ok(Met::New(None)) };
            Ok(Met::New(uploads::package(db, shared, &package)?.map(|body| (size, body))))
        })
    }

    fn submit(&self, submission: Submission) -> Answer<'_, Submitted> {
        if let Err(error) = self.shared.room.allows_submit() {
            return Box::pin(std::future::ready(Err(error)));
        }
        self.write(move |db| deliveries::submit(db, &submission))
    }

    fn reject(&self, rejection: Rejection) -> Answer<'_, ()> {
        self.write(move |db| deliveries::reject(db, &rejection))
    }

    fn rejection<'a>(&'a self, sender: &'a AgencyCode, evidence: Uuid) -> Answer<'a, Option<Receipt>> {
        let sender = sender.clone();
        self.read(move |db, _| deliveries::rejection(db, &sender, evidence))
    }

    fn delivery<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<DeliveryView>> {
        let sender = sender.clone();
        self.read(move |db, _| deliveries::view(db, &sender, delivery))
    }

    fn envelope<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Vec<u8>, Vec<u8>)>> {
        let sender = sender.clone();
        self.read(move |db, _| deliveries::envelope(db, &sender, delivery))
    }

    fn evidence_list<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<EvidenceLine>>> {
        let sender = sender.clone();
        self.read(move |db, _| deliveries::evidence_list(db, &sender, delivery))
    }

    fn evidence<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid, n: u64) -> Answer<'a, Option<Receipt>> {
        let sender = sender.clone();
        self.read(move |db, _| deliveries::evidence(db, &sender, delivery, n))
    }

    fn events<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<EventLine>> {
        let agency = agency.clone();
        self.read(move |db, _| inbox::events(db, &agency, after, limit))
    }

    fn inbox<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<InboxLine>> {
        let agency = agency.clone();
        self.read(move |db, _| inbox::list(db, &agency, after, limit))
    }

    fn claim<'a>(&'a self, agency: &'a AgencyCode, claim: Claim, now: UnixTime) -> Answer<'a, Option<Vec<Claimed>>> {
        let agency = agency.clone();
        self.write_essential(move |db| inbox::claim(db, &agency, &claim, now))
    }

    fn item<'a>(&'a self, agency: &'a AgencyCode, item: &'a str) -> Answer<'a, Option<ItemView>> {
        let (agency, item) = (agency.clone(), item.to_owned());
        self.read(move |db, _| decisions::view(db, &agency, &item))
    }

    fn change_lease<'a>(
        &'a self,
        agency: &'a AgencyCode,
        item: &'a str,
        change: LeaseChange,
        now: UnixTime,
    ) -> Answer<'a, Option<Result<Item, Refused>>> {
        let (agency, item) = (agency.clone(), item.to_owned());
        self.write_essential(move |db| inbox::change_lease(db, &agency, &item, &change, now))
    }

    fn apply(&self, decisions: Vec<Decision>) -> Answer<'_, Commit> {
        self.write_essential(move |db| decisions::apply(db, &decisions))
    }

    fn items_of<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<ItemView>>> {
        let sender = sender.clone();
        self.read(move |db, _| decisions::items_of(db, &sender, delivery))
    }

    fn items_named<'a>(&'a self, agency: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Vec<InboxLine>> {
        let agency = agency.clone();
        self.read(move |db, _| inbox::named(db, &agency, delivery))
    }

    fn statements<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<StatementLine>>> {
        let sender = sender.clone();
        self.read(move |db, _| decisions::statements(db, &sender, delivery))
    }

    fn due(&self, now: UnixTime, limit: u32) -> Answer<'_, Vec<ItemView>> {
        self.read(move |db, _| decisions::due(db, now, limit))
    }

    fn upkeep(&self, upkeep: Upkeep) -> Answer<'_, Upkept> {
        let shared = self.shared.clone();
        Box::pin(async move {
            let own = shared.clone();
            let done = self.write_essential(move |db| upkeep::run(db, &own, &upkeep)).await?;
            tokio::task::spawn_blocking(move || shared.room.refill()).await.unwrap_or(Err(StoreError::Stopped))?;
            Ok(done)
        })
    }

    fn is_ready(&self) -> bool {
        !self.shared.stopped.load(Ordering::SeqCst)
    }

    fn has_room(&self) -> bool {
        self.shared.room.allows_submit().is_ok()
    }

    fn fsck(&self) -> Answer<'_, Vec<Fault>> {
        self.read(|_, shared| fsck::run(&opening::open_checker(&shared.database)?, &shared.blobs))
    }
}

#[cfg(test)]
mod tests;
