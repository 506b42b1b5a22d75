//! Uploads and packages.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Session, Shared, Sink, digest, number, unsigned};
use crate::base::read::ReadAt as _;
use crate::base::time::UnixTime;
use crate::exchange::id::{AgencyCode, Sha256};
use crate::exchange::store::blobs::Blobs;
use crate::exchange::store::{Body, Created, Epoch, NewUpload, SMALL_BODY, Settled, StoreError, UploadState};

/// Puts in order what a crash left between files and rows: parts nobody knows go, and a package that got its
/// name but not its row gets it, after its digest was taken anew.
pub(super) fn recover(db: &mut Connection, blobs: &Blobs) -> Result<(), StoreError> {
    let transaction = db.transaction()?;
    let mut parts: HashSet<String> = blobs.parts()?.into_iter().collect();
    let open: Vec<(String, String, u64, Sha256)> = transaction
        .prepare("SELECT id, agency, length, digest FROM upload WHERE complete = 0 AND length > ?1")?
        .query_map(params![number(SMALL_BODY)], |row| {
            Ok((row.get("id")?, row.get("agency")?, unsigned(row, "length")?, digest(row, "digest")?))
        })?
        .collect::<Result<_, _>>()?;
    for (id, agency, length, digest) in open {
        if parts.remove(&id) {
            continue;
        }
        let found = blobs.read(&digest).ok().filter(|file| file.len() == length);
        let is_whole = match &found {
            Some(file) => super::fsck::file_digest(file)? == digest,
            None => false,
        };
        if is_whole {
            let blob = keep_file(&transaction, &digest, length)?;
            own(&transaction, &agency, blob)?;
            transaction
                .execute("UPDATE upload SET offset = length, complete = 1, blob = ?2 WHERE id = ?1", params![id, blob])
                .map(|_| ())?;
        } else {
            transaction.execute("DELETE FROM upload WHERE id = ?1", params![id])?;
        }
    }
    transaction.commit()?;
    for part in parts {
        blobs.drop_part(&part);
    }
    Ok(())
}

/// What an upload about to begin meets: the whole package, or an older upload of it.
pub(super) fn known(db: &Connection, agency: &AgencyCode, new: &NewUpload) -> Result<Option<Created>, StoreError> {
    if package_size(db, agency, &new.digest)?.is_some() {
        return Ok(Some(Created::Complete));
    }
    let known = db
        .prepare_cached(
            "SELECT id, offset FROM upload
             WHERE agency = ?1 AND digest = ?2 AND length = ?3 AND complete = 0 AND expires >= ?4",
        )?
        .query_row(params![agency.as_str(), new.digest.0, number(new.length), new.now.0], |row| {
            Ok(Created::Resumes { upload: row.get("id")?, offset: unsigned(row, "offset")? })
        })
        .optional()?;
    Ok(known)
}

pub(super) fn create(
    db: &Connection,
    shared: &Shared,
    agency: &AgencyCode,
    new: &NewUpload,
) -> Result<Created, StoreError> {
    if let Some(known) = known(db, agency, new)? {
        return Ok(known);
    }
    // One that is complete holds its package: housekeeping lets both go together.
    let mut expired = db.prepare_cached(
        "DELETE FROM upload WHERE agency = ?1 AND expires < ?2 AND complete = 0 RETURNING id, digest",
    )?;
    let mut rows = expired.query(params![agency.as_str(), new.now.0])?;
    while let Some(row) = rows.next()? {
        let (id, package): (String, Sha256) = (row.get("id")?, digest(row, "digest")?);
        forget(shared, &id);
        shared.blobs.drop_part(&id);
        drop_unwanted(db, shared, &package)?;
    }
    let (open, reserved) = db
        .prepare_cached(
            "SELECT count(*) AS open, coalesce(sum(length), 0) AS reserved FROM upload WHERE agency = ?1 AND complete = 0",
        )?
        .query_row(params![agency.as_str()], |row| Ok((row.get::<_, u32>("open")?, unsigned(row, "reserved")?)))?;
    if open >= new.most_open {
        return Ok(Created::TooMany);
    }
    if reserved.saturating_add(new.length) > new.most_reserved {
        return Ok(Created::TooMuch);
    }
    db.prepare_cached(
        "INSERT INTO upload (id, agency, length, digest, offset, complete, created, expires) VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, ?6)",
    )?
    .execute(params![new.id, agency.as_str(), number(new.length), new.digest.0, new.now.0, new.expires.0])?;
    Ok(Created::Begun)
}

pub(super) fn state(db: &Connection, agency: &AgencyCode, upload: &str) -> Result<Option<UploadState>, StoreError> {
    Ok(db
        .prepare_cached("SELECT length, offset, digest, complete, expires FROM upload WHERE id = ?1 AND agency = ?2")?
        .query_row(params![upload, agency.as_str()], |row| {
            Ok(UploadState {
                length: unsigned(row, "length")?,
                offset: unsigned(row, "offset")?,
                digest: digest(row, "digest")?,
                complete: row.get("complete")?,
                expires: UnixTime(row.get("expires")?),
            })
        })
        .optional()?)
}

pub(super) fn take_over(
    db: &Connection,
    shared: &Shared,
    agency: &AgencyCode,
    upload: &str,
) -> Result<Option<(UploadState, Epoch)>, StoreError> {
    let Some(state) = state(db, agency, upload)? else { return Ok(None) };
    let known = shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(upload).cloned();
    if let Some(session) = known {
        // Waits for a write of the older request that is under way, then shuts it out.
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        session.epoch = session.epoch.saturating_add(1);
        session.state = state.clone();
        return Ok(Some((state, session.epoch)));
    }
    // The offset goes with what is kept for it: read together, in one statement.
    type Kept = (u64, Option<Vec<u8>>, Option<Vec<u8>>);
    let kept: Option<Kept> = db
        .prepare_cached("SELECT offset, part, running FROM upload WHERE id = ?1")?
        .query_row(params![upload], |row| Ok((unsigned(row, "offset")?, row.get("part")?, row.get("running")?)))
        .optional()?;
    let Some((offset, part, running)) = kept else { return Ok(None) };
    let state = UploadState { offset, ..state };
    let sink = if state.length <= SMALL_BODY {
        Sink::Small(part.unwrap_or_default())
    } else {
        match shared.blobs.part(upload, offset, running.as_deref()) {
            Ok(part) => Sink::File(Box::new(part)),
            // Completed by another request in this very moment, or damaged: either way there is nothing to go on with.
            Err(StoreError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    };
    let session = Session { epoch: 1, state: state.clone(), sink };
    let mut sessions = shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = sessions.entry(upload.to_owned()).or_insert_with(|| Arc::new(Mutex::new(session))).clone();
    drop(sessions);
    // Two requests may have come this far together: each gets its own epoch, the later one holds.
    let mut session = kept.lock().unwrap_or_else(PoisonError::into_inner);
    session.epoch = session.epoch.saturating_add(1);
    Ok(Some((state, session.epoch)))
}

fn session(shared: &Shared, upload: &str) -> Option<Arc<Mutex<Session>>> {
    shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(upload).cloned()
}

pub(super) fn append(
    shared: &Shared,
    upload: &str,
    epoch: Epoch,
    offset: u64,
    bytes: &[u8],
) -> Result<bool, StoreError> {
    let Some(session) = session(shared, upload) else { return Ok(false) };
    let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
    if session.epoch != epoch {
        return Ok(false);
    }
    match &mut session.sink {
        Sink::Small(part) => {
            part.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
            part.extend_from_slice(bytes);
        }
        Sink::File(part) => part.write(offset, bytes)?,
        // What has its name is never written to again: others may read it.
        Sink::Kept => {}
    }
    Ok(true)
}

/// The same for a package that is kept in memory until it is whole, if this is one and nobody is at it.
pub(super) fn append_small(shared: &Shared, upload: &str, epoch: Epoch, offset: u64, bytes: &[u8]) -> Option<bool> {
    let session = session(shared, upload)?;
    let mut session = session.try_lock().ok()?;
    let is_current = session.epoch == epoch;
    match &mut session.sink {
        Sink::Small(part) if is_current => {
            part.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
            part.extend_from_slice(bytes);
            Some(true)
        }
        Sink::Small(_) => Some(false),
        Sink::File(_) | Sink::Kept => None,
    }
}

/// What the disk or the memory holds, ready for the row; goes with the offset the writer began at.
pub(super) enum Synced {
    Superseded,
    Small(Vec<u8>),
    /// With the running digest of what is synced.
    Part(Option<Vec<u8>>),
    File(Sha256),
    Wrong,
}

pub(super) fn sync(shared: &Shared, upload: &str, epoch: Epoch, offset: u64) -> Result<(u64, Synced), StoreError> {
    let Some(session) = session(shared, upload) else { return Ok((0, Synced::Superseded)) };
    let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
    let (state, from) = (session.state.clone(), session.state.offset);
    if session.epoch != epoch {
        return Ok((from, Synced::Superseded));
    }
    match &mut session.sink {
        Sink::Small(part) => {
            part.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
            if offset == state.length && Sha256::of(part) != state.digest {
                return Ok((from, Synced::Wrong));
            }
            Ok((from, Synced::Small(part.clone())))
        }
        Sink::File(part) => {
            if offset < state.length {
                part.sync()?;
                return Ok((from, Synced::Part(part.running(offset))));
            }
            if !part.has_digest(state.length, &state.digest)? {
                shared.blobs.drop_part(upload);
                return Ok((from, Synced::Wrong));
            }
            part.sync()?;
            shared.blobs.keep(upload, &state.digest)?;
            session.sink = Sink::Kept;
            Ok((from, Synced::File(state.digest)))
        }
        // Its octets were compared with the digest before it got its name.
        Sink::Kept if offset == state.length => {
            let is_there = shared.blobs.read(&state.digest).is_ok_and(|file| file.len() == state.length);
            Ok((from, if is_there { Synced::File(state.digest) } else { Synced::Wrong }))
        }
        Sink::Kept => Ok((from, Synced::Superseded)),
    }
}

pub(super) fn settle(
    db: &Connection,
    shared: &Shared,
    upload: &str,
    offset: u64,
    (from, synced): &(u64, Synced),
) -> Result<Settled, StoreError> {
    // An offset never goes back: a writer that began elsewhere than the row now stands was overtaken.
    let row = db
        .prepare_cached("SELECT agency, length, digest FROM upload WHERE id = ?1 AND offset = ?2")?
        .query_row(params![upload, number(*from)], |row| {
            Ok((row.get::<_, String>("agency")?, unsigned(row, "length")?, digest(row, "digest")?))
        })
        .optional()?;
    let Some((agency, length, digest)) = row else {
        if let Synced::File(digest) = synced {
            drop_unwanted(db, shared, digest)?;
        }
        return Ok(Settled::Superseded);
    };
    let complete = offset == length;
    let (part, running, blob) = match synced {
        Synced::Superseded => return Ok(Settled::Superseded),
        Synced::Wrong => {
            db.prepare_cached("DELETE FROM upload WHERE id = ?1")?.execute(params![upload])?;
            return Ok(Settled::WrongDigest);
        }
        Synced::Small(bytes) if complete => (None, None, Some(keep_small(db, &digest, bytes)?)),
        Synced::Small(bytes) => (Some(bytes), None, None),
        Synced::Part(running) => (None, running.as_ref(), None),
        Synced::File(_) => (None, None, Some(keep_file(db, &digest, length)?)),
    };
    if let Some(blob) = blob {
        own(db, &agency, blob)?;
    }
    db.prepare_cached(
        "UPDATE upload SET offset = ?2, complete = ?3, part = ?4, running = ?5, blob = ?6 WHERE id = ?1",
    )?
    .execute(params![upload, number(offset), complete, part, running, blob])?;
    Ok(Settled::Durable { offset, complete })
}

/// Removes a package that got its name for an upload that is gone, unless another one wants it.
pub(super) fn drop_unwanted(db: &Connection, shared: &Shared, digest: &Sha256) -> Result<(), StoreError> {
    let wanted: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM blob WHERE digest = ?1 AND (removed IS NULL OR swept = 0))
                 OR EXISTS (SELECT 1 FROM upload WHERE digest = ?1 AND complete = 0)",
        )?
        .query_row(params![digest.0], |row| row.get(0))?;
    if wanted { Ok(()) } else { shared.blobs.remove(digest) }
}

/// Files a package that lies in a file, and says under which number.
fn keep_file(db: &Connection, digest: &Sha256, length: u64) -> Result<i64, StoreError> {
    // One that was removed comes back.
    let blob = db
        .prepare_cached(
            "INSERT INTO blob (digest, size, place) VALUES (?1, ?2, 'file')
             ON CONFLICT (digest) DO UPDATE SET removed = NULL, swept = 1 RETURNING key",
        )?
        .query_row(params![digest.0, number(length)], |row| row.get(0))?;
    Ok(blob)
}

/// Keeps a package as a row, and says under which number.
pub(super) fn keep_small(db: &Connection, digest: &Sha256, bytes: &[u8]) -> Result<i64, StoreError> {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let new: Option<i64> = db
        .prepare_cached(
            "INSERT INTO blob (digest, size, place) VALUES (?1, ?2, 'row')
             ON CONFLICT (digest) DO UPDATE SET removed = NULL WHERE removed IS NOT NULL RETURNING key",
        )?
        .query_row(params![digest.0, size], |row| row.get(0))
        .optional()?;
    match new {
        Some(blob) => {
            db.prepare_cached("INSERT INTO small_blob (blob, bytes) VALUES (?1, ?2)")?.execute(params![blob, bytes])?;
            Ok(blob)
        }
        None => Ok(db
            .prepare_cached("SELECT key FROM blob WHERE digest = ?1")?
            .query_row(params![digest.0], |row| row.get(0))?),
    }
}

pub(super) fn own(db: &Connection, agency: &str, blob: i64) -> Result<(), StoreError> {
    db.prepare_cached("INSERT OR IGNORE INTO owned_blob (blob, agency) VALUES (?1, ?2)")?
        .execute(params![blob, agency])?;
    Ok(())
}

pub(super) fn forget(shared: &Shared, upload: &str) {
    shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(upload);
}

pub(super) fn cancel(db: &Connection, shared: &Shared, agency: &AgencyCode, upload: &str) -> Result<bool, StoreError> {
    let gone: Option<Sha256> = db
        .prepare_cached("DELETE FROM upload WHERE id = ?1 AND agency = ?2 RETURNING digest")?
        .query_row(params![upload, agency.as_str()], |row| digest(row, "digest"))
        .optional()?;
    if let Some(package) = &gone {
        drop_unwanted(db, shared, package)?;
    }
    Ok(gone.is_some())
}

pub(super) fn package_size(db: &Connection, agency: &AgencyCode, package: &Sha256) -> Result<Option<u64>, StoreError> {
    Ok(owned(db, agency, package)?.map(|(_, size)| size))
}

/// Number and size of a package this agency stored, or received.
pub(super) fn owned(db: &Connection, agency: &AgencyCode, package: &Sha256) -> Result<Option<(i64, u64)>, StoreError> {
    Ok(db
        .prepare_cached(
            "SELECT key, size FROM blob JOIN owned_blob ON owned_blob.blob = blob.key AND owned_blob.agency = ?1
             WHERE blob.digest = ?2",
        )?
        .query_row(params![agency.as_str(), package.0], |row| Ok((row.get("key")?, unsigned(row, "size")?)))
        .optional()?)
}

pub(super) fn package(db: &Connection, shared: &Shared, package: &Sha256) -> Result<Option<Body>, StoreError> {
    let found: Option<(i64, String)> = db
        .prepare_cached("SELECT key, place FROM blob WHERE digest = ?1 AND removed IS NULL")?
        .query_row(params![package.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => Ok(None),
        Some((blob, place)) if place == "row" => {
            let bytes: Vec<u8> = db
                .prepare_cached("SELECT bytes FROM small_blob WHERE blob = ?1")?
                .query_row(params![blob], |row| row.get(0))?;
            Ok(Some(Body(Arc::new(bytes))))
        }
        Some(_) => Ok(Some(Body(Arc::new(shared.blobs.read(package)?)))),
    }
}
