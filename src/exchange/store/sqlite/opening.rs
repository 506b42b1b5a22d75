//! Opening the database: how connections are set, migrations, and that it is the one it was.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::writer::head;
use super::{number, rows};
use crate::exchange::evidence::LogName;
use crate::exchange::store::StoreError;
use crate::exchange::store::head::HeadFile;

/// What makes a database one version newer: a script, and what no script can say.
pub(super) struct Migration {
    pub(super) script: &'static str,
    fill: fn(&Connection) -> Result<(), StoreError>,
}

impl Migration {
    const fn of(script: &'static str) -> Self {
        Migration { script, fill: |_| Ok(()) }
    }
}

pub(super) const MIGRATIONS: [Migration; 5] = [
    Migration::of(include_str!("../migrations/0001.sql")),
    Migration::of(include_str!("../migrations/0002.sql")),
    Migration::of(include_str!("../migrations/0003.sql")),
    Migration::of(include_str!("../migrations/0004.sql")),
    Migration { script: include_str!("../migrations/0005.sql"), fill: rows::fill },
];
/// Octets of the log of writes between two checkpoints.
const LOG: i64 = 64 << 20;

pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
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

pub(super) fn open_reader(database: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    prepare_statements(&connection)?;
    Ok(connection)
}

/// A connection that checks: it changes nothing, and yet may write as far as SQLite knows, which passes over the
/// conditions of columns on a connection that is opened for reading.
pub(super) fn open_checker(database: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Whether a database has the version this program makes.
pub(super) fn is_current(connection: &Connection) -> Result<bool, StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(found).is_ok_and(|found| found == MIGRATIONS.len()))
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    // A script may make a table anew that others refer to; whether all references hold is asked before its commit.
    connection.pragma_update(None, "foreign_keys", false)?;
    for (version, migration) in (1_i64..).zip(MIGRATIONS) {
        if version > found {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration.script)?;
            (migration.fill)(&transaction)?;
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
pub(super) fn bind_to_log(connection: &mut Connection, log: &LogName) -> Result<(), StoreError> {
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

/// Opens the file of the newest head; refuses a database that does not hold it.
pub(super) fn open_head(connection: &Connection, path: &Path) -> Result<HeadFile, StoreError> {
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
