//! The one thread that writes: whatever is queued shares a commit, and is answered once the head of the log is noted.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};

use super::{Shared, digest, unsigned};
use crate::exchange::store::StoreError;
use crate::exchange::store::head::{Head, HeadFile};

/// Most writes that share one commit.
const GROUP: usize = 256;

/// Where writes wait for their turn.
#[derive(Debug)]
pub(super) struct Queue(Mutex<Option<Sender<Box<dyn Member>>>>);

impl Queue {
    /// A queue to this writer.
    pub(super) fn new(writer: Sender<Box<dyn Member>>) -> Self {
        Queue(Mutex::new(Some(writer)))
    }

    /// Runs `work` in the writer's next commit, whoever waits for the answer; it is queued before this returns.
    pub(super) fn enqueue<T, F>(
        &self,
        work: F,
        weight: Weight,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'static + use<T, F>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let member: Box<dyn Member> = Box::new(Write { work, weight, result: None, reply });
        let sent = match self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(queue) => queue.send(member).is_ok(),
            None => false,
        };
        async move {
            if !sent {
                return Err(StoreError::Stopped);
            }
            answer.await.unwrap_or(Err(StoreError::Stopped))
        }
    }

    /// Takes no more; the writer stops once it has answered everybody.
    pub(super) fn close(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Whether a write may use the reserve when the device is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Weight {
    New,
    Essential,
}

/// One write among those that share a commit.
pub(super) trait Member: Send {
    /// Does the work, once more when asked again.
    fn run(&mut self, connection: &Connection) -> Ran;
    /// Whether it may use the reserve.
    fn weight(&self) -> Weight;
    /// Sends the answer, after the commit or its failure.
    fn deliver(self: Box<Self>, outcome: Outcome);
}

/// What became of one write before its commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ran {
    Done,
    /// It is taken back; the rest of the group goes on.
    TakenBack,
    /// The device is full, and the whole group with it.
    Full,
}

/// How the commit a write was part of ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Committed,
    /// Nothing of it was written.
    NoSpace,
    /// What the disk holds is not known.
    Failed,
}

pub(super) struct Write<T, F> {
    pub(super) work: F,
    pub(super) weight: Weight,
    pub(super) result: Option<Result<T, StoreError>>,
    pub(super) reply: tokio::sync::oneshot::Sender<Result<T, StoreError>>,
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
pub(super) type Committed = (Vec<Box<dyn Member>>, Option<Head>);

pub(super) fn head(connection: &Connection) -> Result<Option<Head>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT seq, hash FROM leaf ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { size: unsigned(row, "seq")?.saturating_add(1), last: digest(row, "hash")? }))
        .optional()
}

/// Notes the heads of committed groups, the newest of those that wait at once, and answers their members.
pub(super) fn note_heads(mut file: HeadFile, groups: &Receiver<Committed>, shared: &Shared) {
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

pub(super) fn write_all(
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
pub(super) fn commit_group(
    connection: &mut Connection,
    group: &mut [Box<dyn Member>],
) -> Result<Option<Head>, rusqlite::Error> {
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
