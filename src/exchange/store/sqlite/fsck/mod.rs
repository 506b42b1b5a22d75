//! Checks the whole store against itself: database, packages, rows and their digests, leaves, evidence chains, events.
//!
//! Nothing damaged hides anything else: values are compared as they are, whatever their type or spelling, and a check
//! that comes to no end is itself a fault, after which the next one runs.

use std::collections::{BTreeMap, HashSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::opening::MIGRATIONS;
use super::rows::{self, shown};
use crate::algorithms::DigestAlgorithm;
use crate::base::read::ReadAt;
use crate::exchange::id::Sha256;
use crate::exchange::store::blobs::Blobs;
use crate::exchange::store::{Fault, StoreError};

mod chains;
mod columns;

type Check = fn(&Connection, &mut Vec<Fault>) -> Result<(), StoreError>;

pub(super) fn run(db: &Connection, blobs: &Blobs) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    let done = pages(db, &mut faults);
    end(done, &mut faults)?;
    let done = packages(db, blobs, &mut faults);
    end(done, &mut faults)?;
    let checks: [Check; 8] = [
        definitions,
        digests,
        columns::envelopes,
        columns::leaves,
        columns::events,
        columns::others,
        kept,
        chains::check,
    ];
    for check in checks {
        let done = check(db, &mut faults);
        end(done, &mut faults)?;
    }
    Ok(faults)
}

/// How a check ended. That the disk or the memory would not do is no fault of what is stored.
fn end(done: Result<(), StoreError>, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OperationInterrupted, OutOfMemory, PermissionDenied,
    };
    let Err(error) = done else { return Ok(()) };
    let is_elsewhere = match &error {
        StoreError::Corrupt(_) => false,
        StoreError::Database(rusqlite::Error::SqliteFailure(error, _)) => matches!(
            error.code,
            CannotOpen
                | DatabaseBusy
                | DatabaseLocked
                | DiskFull
                | OperationInterrupted
                | OutOfMemory
                | PermissionDenied
        ),
        StoreError::Database(_) => false,
        _ => true,
    };
    if is_elsewhere {
        return Err(error);
    }
    let fault = Fault::Database(match error {
        StoreError::Database(error) => error.to_string(),
        error => error.to_string(),
    });
    if !faults.contains(&fault) {
        faults.push(fault);
    }
    Ok(())
}

/// Octets of a column, and none where it holds none.
fn octets<'row>(row: &'row Row<'_>, column: &str) -> Result<&'row [u8], rusqlite::Error> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(octets) | ValueRef::Text(octets) => octets,
        _ => &[],
    })
}

/// A digest in a column, and none where it holds something else.
fn digest(row: &Row<'_>, column: &str) -> Result<Option<Sha256>, rusqlite::Error> {
    Ok(Sha256::from_slice(octets(row, column)?))
}

/// A number in a column, and -1 where it holds something else: none is ever written.
fn number(row: &Row<'_>, column: &str) -> Result<i64, rusqlite::Error> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        _ => -1,
    })
}

/// What SQLite itself finds: pages, indexes, types and conditions of columns, references.
fn pages(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line = shown(row.get_ref(0)?);
        if line != "ok" {
            faults.push(Fault::Database(line));
        }
    }
    let mut statement = db.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        faults.push(Fault::Database(format!("a row of {} refers to nothing", shown(row.get_ref(0)?))));
    }
    Ok(())
}

/// Tables and indexes are those the migrations make: a condition or a default that rotted changes what is written next.
fn definitions(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let fresh = Connection::open_in_memory()?;
    fresh.pragma_update(None, "foreign_keys", false)?;
    for migration in &MIGRATIONS {
        fresh.execute_batch(migration.script)?;
    }
    let (mut found, mut expected) = (definitions_of(db)?, definitions_of(&fresh)?);
    expected.retain(|name, text| found.remove(name).as_ref() != Some(text));
    let others: HashSet<String> = found.into_keys().chain(expected.into_keys()).collect();
    let mut others: Vec<String> = others.into_iter().collect();
    others.sort_unstable();
    faults.extend(others.into_iter().map(|name| Fault::Database(format!("{name} is defined in another way"))));
    Ok(())
}

/// What each table and index is, without what versions of SQLite write in different ways.
fn definitions_of(db: &Connection) -> Result<BTreeMap<String, String>, StoreError> {
    let mut statement = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let name = format!("{} {}", shown(row.get_ref(0)?), shown(row.get_ref(1)?));
        let mut text = format!("{} {}", shown(row.get_ref(2)?), shown(row.get_ref(3)?));
        text.retain(|c| !c.is_whitespace() && c != '"');
        all.insert(name, text);
    }
    Ok(all)
}

/// Every row that has a digest has that digest.
fn digests(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    for sealed in rows::ALL {
        let mut statement = db.prepare(&sealed.every())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if !sealed.is_intact(row)? {
                faults.push(Fault::Row { table: sealed.table, row: sealed.name(row)? });
            }
        }
    }
    Ok(())
}

fn packages(db: &Connection, blobs: &Blobs, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut in_files = HashSet::new();
    let mut statement = db.prepare(
        "SELECT digest, size, place, bytes, removed, swept FROM blob LEFT JOIN small_blob ON small_blob.blob = blob.key",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(name) = digest(row, "digest")? else {
            faults.push(Fault::Database("a package without a name".to_owned()));
            continue;
        };
        let size = u64::try_from(number(row, "size")?).ok();
        let bytes = match row.get_ref("bytes")? {
            ValueRef::Null => None,
            _ => Some(octets(row, "bytes")?),
        };
        if row.get_ref("removed")? != ValueRef::Null {
            if bytes.is_some() {
                faults.push(Fault::Orphan(name.to_string()));
            }
            // Its file may still be on its way out.
            if number(row, "swept")? == 0 {
                in_files.insert(name);
            }
            continue;
        }
        if row.get_ref("place")? == ValueRef::from("row") {
            match bytes {
                None => faults.push(Fault::PackageMissing(name)),
                Some(bytes) if Sha256::of(bytes) != name || u64::try_from(bytes.len()).ok() != size => {
                    faults.push(Fault::PackageDamaged(name));
                }
                Some(_) => {}
            }
            continue;
        }
        if row.get_ref("place")? != ValueRef::from("file") {
            faults.push(Fault::Column { table: "blob", row: name.to_string(), column: "place" });
        }
        in_files.insert(name);
        match blobs.read(&name) {
            Err(_) => faults.push(Fault::PackageMissing(name)),
            Ok(file) if Some(file.len()) != size || !file_digest(&file).is_ok_and(|found| found == name) => {
                faults.push(Fault::PackageDamaged(name));
            }
            Ok(_) => {}
        }
    }
    let (found, strange) = blobs.list()?;
    let mut open = HashSet::new();
    let mut statement = db.prepare("SELECT id FROM upload WHERE complete = 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        open.insert(shown(row.get_ref(0)?));
    }
    let parts = blobs.parts()?.into_iter().filter(|part| !open.contains(part));
    faults.extend(parts.map(|part| Fault::Orphan(format!("parts/{part}"))));
    let orphans = found.into_iter().filter(|name| !in_files.contains(name)).map(|name| name.to_string());
    faults.extend(orphans.chain(strange).map(Fault::Orphan));
    Ok(())
}

pub(super) fn file_digest(file: &dyn ReadAt) -> Result<Sha256, StoreError> {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let n = file.read_at(&mut buffer, at)?;
        if n == 0 {
            break;
        }
        hasher.update(buffer.get(..n).unwrap_or(&[]));
        at += u64::try_from(n).unwrap_or(0);
    }
    Sha256::from_slice(&hasher.finish()).ok_or(StoreError::Corrupt("digest"))
}

// A package a delivery still keeps is there; one it kept no longer may be gone.
fn kept(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare(
        "SELECT DISTINCT package FROM delivery LEFT JOIN blob ON blob.key = delivery.blob AND blob.digest = delivery.package
         WHERE kept = 1 AND (blob.key IS NULL OR removed IS NOT NULL)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(package) = digest(row, "package")? {
            faults.push(Fault::PackageMissing(package));
        }
    }
    Ok(())
}
