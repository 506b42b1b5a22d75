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
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::blobs::{Blobs, Part, above, sync_folder};
use super::head::{Head, HeadFile};
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
mod upkeep;
mod uploads;

const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
    include_str!("../migrations/0003.sql"),
    include_str!("../migrations/0004.sql"),
];
/// Name of the file with the newest head acknowledged, in the store's folder.
const HEAD: &str = "head";
/// Most writes that share one commit.
const GROUP: usize = 256;
/// Octets of the log of writes between two checkpoints.
const LOG: i64 = 64 << 20;
/// Most connections that read at once; one more waits for its turn.
const READERS: usize = 8;

/// The store.
pub struct SqliteStore {
    shared: Arc<Shared>,
    queue: Mutex<Option<Sender<Box<dyn Member>>>>,
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
        let lock = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::InUse),
            Err(std::fs::TryLockError::Error(error)) => return Err(StoreError::File(error)),
        }
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
        Ok(SqliteStore { shared, queue: Mutex::new(Some(queue)), writer: Mutex::new(Some(writer)), _lock: lock })
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
        let (reply, answer) = tokio::sync::oneshot::channel();
        let member: Box<dyn Member> = Box::new(Write { work, weight, result: None, reply });
        let sent = match self.queue.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(queue) => queue.send(member).is_ok(),
            None => false,
        };
        Box::pin(async move {
            if !sent {
                return Err(StoreError::Stopped);
            }
            answer.await.unwrap_or(Err(StoreError::Stopped))
        })
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
        // The queue's end stops the writer once it has answered everybody.
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
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

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    // Bodies up to 256 KiB are rows: large pages keep their chains short. Only a new database takes this.
    connection.pragma_update(None, "page_size", 16_384)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Each checkpoint syncs log and database once more.
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG / page.max(512))?;
    connection.pragma_update(None, "journal_size_limit", 128 << 20)?;
    // NORMAL may lose the last commits when the power fails; FULL syncs the log at every commit.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A group of the largest bodies, and what of the indexes is touched again and again.
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    prepare_statements(connection)
}

/// How statements are kept: planned once, whatever is bound to them. Without this the planner looks at the values, and
/// so plans anew at each use.
fn prepare_statements(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn open_reader(database: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    prepare_statements(&connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    // A script may make a table anew that others refer to; whether all references hold is asked before its commit.
    connection.pragma_update(None, "foreign_keys", false)?;
    for (version, script) in (1_i64..).zip(MIGRATIONS) {
        if version > found {
            let transaction = connection.transaction()?;
            transaction.execute_batch(script)?;
            if transaction.prepare("PRAGMA foreign_key_check")?.exists([])? {
                return Err(StoreError::Corrupt("reference"));
            }
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

// A store begun under one log key must not go on under another: receipts name the key.
fn bind_to_log(connection: &mut Connection, log: &LogName) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let found: Option<String> =
        transaction.query_row("SELECT value FROM meta WHERE name = 'log'", [], |row| row.get(0)).optional()?;
    match found {
        Some(found) if found != log.vkey => {
            return Err(StoreError::OtherLog { found, configured: log.vkey.clone() });
        }
        Some(_) => {}
        None => {
            transaction.execute("INSERT INTO meta (name, value) VALUES ('log', ?1)", params![log.vkey])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Whether a write may use the reserve when the device is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Weight {
    New,
    Essential,
}

/// One write among those that share a commit.
trait Member: Send {
    /// Does the work, once more when asked again.
    fn run(&mut self, connection: &Connection) -> Ran;
    /// Whether it may use the reserve.
    fn weight(&self) -> Weight;
    /// Sends the answer, after the commit or its failure.
    fn deliver(self: Box<Self>, outcome: Outcome);
}

/// What became of one write before its commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ran {
    Done,
    /// It is taken back; the rest of the group goes on.
    TakenBack,
    /// The device is full, and the whole group with it.
    Full,
}

/// How the commit a write was part of ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Committed,
    /// Nothing of it was written.
    NoSpace,
    /// What the disk holds is not known.
    Failed,
}

struct Write<T, F> {
    work: F,
    weight: Weight,
    result: Option<Result<T, StoreError>>,
    reply: tokio::sync::oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Member for Write<T, F>
where
    T: Send,
    F: Fn(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> Ran {
        let result = (self.work)(connection);
        let ran = match &result {
            Ok(_) => Ran::Done,
            Err(StoreError::Database(error)) if is_full(error) => Ran::Full,
            Err(_) => Ran::TakenBack,
        };
        self.result = Some(result);
        ran
    }

    fn weight(&self) -> Weight {
        self.weight
    }

    fn deliver(self: Box<Self>, outcome: Outcome) {
        let answer = match (self.result, outcome) {
            (_, Outcome::NoSpace) => Err(StoreError::NoSpace),
            (Some(Ok(value)), Outcome::Committed) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            _ => Err(StoreError::Stopped),
        };
        // Whoever asked may be gone; what was committed stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// A committed group, and the head of the log it left.
type Committed = (Vec<Box<dyn Member>>, Option<Head>);

/// Opens the file of the newest head; refuses a database that does not hold it.
fn open_head(connection: &Connection, path: &Path) -> Result<HeadFile, StoreError> {
    let mut file = HeadFile::open(path)?;
    let current = head(connection)?;
    if let Some(acknowledged) = file.newest() {
        let seq = acknowledged.size.saturating_sub(1);
        let held: Option<[u8; 32]> = connection
            .query_row("SELECT hash FROM leaf WHERE seq = ?1", params![number(seq)], |row| row.get(0))
            .optional()?;
        if held != Some(acknowledged.last.0) {
            let found = current.map_or(0, |head| head.size);
            return Err(StoreError::WentBack { found, acknowledged: acknowledged.size, file: path.to_owned() });
        }
    }
    if let Some(current) = current {
        file.write(current)?;
    }
    Ok(file)
}

fn head(connection: &Connection) -> Result<Option<Head>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT seq, hash FROM leaf ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { size: unsigned(row, "seq")?.saturating_add(1), last: digest(row, "hash")? }))
        .optional()
}

/// Notes the heads of committed groups, the newest of those that wait at once, and answers their members.
fn note_heads(mut file: HeadFile, groups: &Receiver<Committed>, shared: &Shared) {
    while let Ok((mut members, mut newest)) = groups.recv() {
        while let Ok((more, head)) = groups.try_recv() {
            members.extend(more);
            newest = head.or(newest);
        }
        let outcome = match newest.map_or(Ok(()), |head| file.write(head)) {
            Ok(()) => Outcome::Committed,
            Err(error) => {
                tracing::error!(%error, "the head of the log cannot be noted; nothing more is written");
                shared.stopped.store(true, Ordering::SeqCst);
                Outcome::Failed
            }
        };
        members.into_iter().for_each(|member| member.deliver(outcome));
    }
}

fn write_all(
    connection: &mut Connection,
    jobs: &Receiver<Box<dyn Member>>,
    shared: &Shared,
    committed: &Sender<Committed>,
) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        if shared.stopped.load(Ordering::SeqCst) {
            group.into_iter().for_each(|member| member.deliver(Outcome::Failed));
            continue;
        }
        match commit_group(connection, &mut group) {
            Ok(head) => hand_on(committed, (group, head)),
            Err(error) if is_full(&error) => commit_what_must_be(connection, group, shared, committed),
            Err(error) => {
                tracing::error!(%error, "a commit failed; nothing more is written");
                shared.stopped.store(true, Ordering::SeqCst);
                group.into_iter().for_each(|member| member.deliver(Outcome::Failed));
            }
        }
    }
}

/// The device is full, and SQLite has taken the whole group back: new work is refused, and what brings earlier
/// promises to their end goes on in the room the reserve gives up.
fn commit_what_must_be(
    connection: &mut Connection,
    group: Vec<Box<dyn Member>>,
    shared: &Shared,
    committed: &Sender<Committed>,
) {
    let (mut essential, new): (Vec<_>, Vec<_>) =
        group.into_iter().partition(|member| member.weight() == Weight::Essential);
    new.into_iter().for_each(|member| member.deliver(Outcome::NoSpace));
    if essential.is_empty() {
        return;
    }
    shared.room.release();
    // A checkpoint moves what the log holds and lets its room be used again.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    let outcome = match commit_group(connection, &mut essential) {
        Ok(head) => return hand_on(committed, (essential, head)),
        Err(error) if is_full(&error) => Outcome::NoSpace,
        Err(error) => {
            tracing::error!(%error, "a commit failed; nothing more is written");
            shared.stopped.store(true, Ordering::SeqCst);
            Outcome::Failed
        }
    };
    essential.into_iter().for_each(|member| member.deliver(outcome));
}

fn hand_on(committed: &Sender<Committed>, group: Committed) {
    if let Err(lost) = committed.send(group) {
        let (members, _) = lost.0;
        members.into_iter().for_each(|member| member.deliver(Outcome::Failed));
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

fn full() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None)
}

/// Commits a group; returns the head of the log as it then is. Mostly nobody fails, so at first no savepoint is made, which would copy each page aside that a member
/// touches; when one fails all is taken back, and done again with a savepoint for each.
fn commit_group(connection: &mut Connection, group: &mut [Box<dyn Member>]) -> Result<Option<Head>, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut ran = Ran::Done;
    for member in group.iter_mut() {
        ran = member.run(&transaction);
        if ran != Ran::Done {
            break;
        }
    }
    match ran {
        Ran::Done => return commit(transaction),
        // SQLite may have ended the whole transaction already.
        Ran::Full => return Err(full()),
        Ran::TakenBack => transaction.rollback()?,
    }
    commit_each(connection, group)
}

fn commit_each(connection: &mut Connection, group: &mut [Box<dyn Member>]) -> Result<Option<Head>, rusqlite::Error> {
    let mut transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for member in group {
        let savepoint = transaction.savepoint()?;
        match member.run(&savepoint) {
            Ran::Done => savepoint.commit()?,
            Ran::TakenBack => savepoint.finish()?,
            // SQLite may have ended the whole transaction already.
            Ran::Full => return Err(full()),
        }
    }
    commit(transaction)
}

fn commit(transaction: rusqlite::Transaction<'_>) -> Result<Option<Head>, rusqlite::Error> {
    let head = head(&transaction)?;
    transaction.commit()?;
    Ok(head)
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
        let (own, shared) = (upload.to_owned(), self.shared.clone());
        Box::pin(async move {
            let synced = tokio::task::spawn_blocking({
                let own = own.clone();
                move || uploads::sync(&shared, &own, epoch, offset)
            })
            .await
            .unwrap_or(Err(StoreError::Stopped))?;
            let kept = self.shared.clone();
            let settled = self.write(move |db| uploads::settle(db, &kept, &own, offset, &synced)).await?;
            if matches!(settled, Settled::WrongDigest | Settled::Durable { complete: true, .. }) {
                uploads::forget(&self.shared, upload);
            }
            Ok(settled)
        })
    }

    fn cancel_upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, bool> {
        let (agency, own) = (agency.clone(), upload.to_owned());
        Box::pin(async move {
            let cancelled = self.write(move |db| uploads::cancel(db, &agency, &own)).await?;
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
        self.read(|db, shared| fsck::run(db, &shared.blobs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_database_of_a_later_version_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(SqliteStore::open(folder.path(), &log("k")).expect("opens"));
        let database = Connection::open(folder.path().join("exchange.sqlite")).expect("opens");
        database.pragma_update(None, "user_version", 99).expect("writes");
        drop(database);
        assert!(matches!(SqliteStore::open(folder.path(), &log("k")), Err(StoreError::Newer { found: 99, known: 4 })));
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
        for script in [MIGRATIONS[0], MIGRATIONS[1], VERSION_2] {
            database.execute_batch(script).expect("writes");
        }
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
            assert_eq!((item.delivery, item.last_time, item.last_evidence), (id, UnixTime(6), Sha256([0x11; 32])));
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
        for script in [MIGRATIONS[0], MIGRATIONS[1], VERSION_2, "DELETE FROM leaf"] {
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
}
