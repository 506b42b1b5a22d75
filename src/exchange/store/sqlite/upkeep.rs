//! Housekeeping: packages kept no longer, uploads that ran out, claims nobody will ask for again.
//!
//! Evidence, leaves and envelopes are never removed. A package goes in two steps: the transaction that lets the last
//! reference go marks it, a later one unlinks its file, unless somebody uploads the same octets in the meantime.

use rusqlite::{Connection, params};

use super::uploads::{drop_unwanted, forget};
use super::{Shared, digest};
use crate::exchange::id::Sha256;
use crate::exchange::store::{StoreError, Upkeep, Upkept};

/// Most of each kind that one run removes: the writer has other work.
const AT_ONCE: u32 = 200;
/// Seconds between a package's mark and the end of its file: downloads under way end.
const GRACE_S: i64 = 60;
/// Seconds a claim's answer is remembered: far longer than any lease.
const CLAIM_S: i64 = 7 * 86_400;

pub(super) fn run(db: &Connection, shared: &Shared, upkeep: &Upkeep) -> Result<Upkept, StoreError> {
    let mut done = Upkept::default();
    sweep(db, shared, upkeep)?;
    if let Some(before) = upkeep.packages_before {
        let closed: Vec<(i64, i64)> = db
            .prepare_cached("SELECT key, blob FROM delivery WHERE kept = 1 AND closed < ?1 ORDER BY closed LIMIT ?2")?
            .query_map(params![before.0, AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (key, blob) in closed {
            db.prepare_cached("UPDATE delivery SET kept = 0 WHERE key = ?1")?.execute(params![key])?;
            done.packages += u64::from(let_go(db, blob, upkeep)?);
        }
    }
    let over: Vec<(String, Option<i64>, Sha256)> = db
        .prepare_cached("SELECT id, blob, digest FROM upload WHERE expires < ?1 ORDER BY expires LIMIT ?2")?
        .query_map(params![upkeep.now.0, AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?, digest(row, "digest")?)))?
        .collect::<Result<_, _>>()?;
    for (id, blob, package) in over {
        db.prepare_cached("DELETE FROM upload WHERE id = ?1")?.execute(params![id])?;
        if let Some(blob) = blob {
            // Uploaded, and in all this time never sent.
            done.packages += u64::from(let_go(db, blob, upkeep)?);
        } else {
            forget(shared, &id);
            shared.blobs.drop_part(&id);
            drop_unwanted(db, shared, &package)?;
            done.uploads += 1;
        }
    }
    db.prepare_cached("DELETE FROM claim WHERE time < ?1")?.execute(params![upkeep.now.plus(-CLAIM_S).0])?;
    Ok(done)
}

/// Marks a package as removed when nothing refers to it any more.
fn let_go(db: &Connection, blob: i64, upkeep: &Upkeep) -> Result<bool, StoreError> {
    let wanted: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM delivery WHERE blob = ?1 AND kept = 1)
                 OR EXISTS (SELECT 1 FROM upload WHERE blob = ?1)
                 OR EXISTS (SELECT 1 FROM upload
                            WHERE digest = (SELECT digest FROM blob WHERE key = ?1) AND complete = 0)",
        )?
        .query_row(params![blob], |row| row.get(0))?;
    if wanted {
        return Ok(false);
    }
    db.prepare_cached("DELETE FROM owned_blob WHERE blob = ?1")?.execute(params![blob])?;
    db.prepare_cached("DELETE FROM small_blob WHERE blob = ?1")?.execute(params![blob])?;
    let marked = db
        .prepare_cached(
            "UPDATE blob SET removed = ?2, swept = CASE place WHEN 'file' THEN 0 ELSE 1 END
             WHERE key = ?1 AND removed IS NULL",
        )?
        .execute(params![blob, upkeep.now.0])?;
    Ok(marked > 0)
}

/// Unlinks files of packages marked a while ago. The writer alone brings a package back, so nothing comes between.
fn sweep(db: &Connection, shared: &Shared, upkeep: &Upkeep) -> Result<(), StoreError> {
    let marked: Vec<Sha256> = db
        .prepare_cached("SELECT digest FROM blob WHERE swept = 0 AND removed < ?1 ORDER BY removed LIMIT ?2")?
        .query_map(params![upkeep.now.plus(-GRACE_S).0, AT_ONCE], |row| digest(row, "digest"))?
        .collect::<Result<_, _>>()?;
    for package in marked {
        let comes_back: bool = db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM upload WHERE digest = ?1 AND complete = 0)")?
            .query_row(params![package.0], |row| row.get(0))?;
        if !comes_back && shared.blobs.remove(&package).is_ok() {
            db.prepare_cached("UPDATE blob SET swept = 1 WHERE digest = ?1")?.execute(params![package.0])?;
        }
    }
    Ok(())
}
