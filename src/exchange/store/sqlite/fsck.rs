//! Checks the whole store against itself: database, packages, leaves, evidence chains, events.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::{digest, unsigned, uuid};
use crate::algorithms::DigestAlgorithm;
use crate::base::read::ReadAt;
use crate::exchange::evidence::{Ack, Event, Evidence, Receipt};
use crate::exchange::id::Sha256;
use crate::exchange::log::leaf::leaf_hash;
use crate::exchange::store::blobs::Blobs;
use crate::exchange::store::{Fault, StoreError};

pub(super) fn run(db: &Connection, blobs: &Blobs) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    database(db, &mut faults)?;
    packages(db, blobs, &mut faults)?;
    envelopes(db, &mut faults)?;
    leaves(db, &mut faults)?;
    chains(db, &mut faults)?;
    events(db, &mut faults)?;
    Ok(faults)
}

fn database(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            faults.push(Fault::Database(line));
        }
    }
    let mut statement = db.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        faults.push(Fault::Database(format!("a row of {} refers to nothing", row.get::<_, String>(0)?)));
    }
    Ok(())
}

fn packages(db: &Connection, blobs: &Blobs, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut in_files = HashSet::new();
    let mut statement =
        db.prepare("SELECT blob.digest, size, place, bytes FROM blob LEFT JOIN small_blob USING (digest)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, size) = (digest(row, "digest")?, unsigned(row, "size")?);
        let bytes: Option<Vec<u8>> = row.get("bytes")?;
        if row.get::<_, String>("place")? == "row" {
            match bytes {
                None => faults.push(Fault::PackageMissing(name)),
                Some(bytes) if Sha256::of(&bytes) != name || bytes.len() != usize::try_from(size).unwrap_or(0) => {
                    faults.push(Fault::PackageDamaged(name));
                }
                Some(_) => {}
            }
            continue;
        }
        in_files.insert(name);
        match blobs.read(&name) {
            Err(_) => faults.push(Fault::PackageMissing(name)),
            Ok(file) if file.len() != size || file_digest(&file)? != name => faults.push(Fault::PackageDamaged(name)),
            Ok(_) => {}
        }
    }
    let (found, strange) = blobs.list()?;
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

fn envelopes(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare("SELECT id, envelope, digest FROM delivery")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let envelope: Vec<u8> = row.get("envelope")?;
        if Sha256::of(&envelope) != digest(row, "digest")? {
            faults.push(Fault::Envelope(uuid(&row.get::<_, String>("id")?)?));
        }
    }
    Ok(())
}

fn leaves(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare(
        "SELECT leaf.seq AS seq, leaf.bytes AS leaf, hash, evidence.bytes AS bytes, signature, digest
         FROM leaf LEFT JOIN evidence USING (seq) ORDER BY leaf.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut expected = 0;
    while let Some(row) = rows.next()? {
        let seq = unsigned(row, "seq")?;
        if seq != expected {
            faults.push(Fault::LeafMissing(expected));
        }
        expected = seq.saturating_add(1);
        let leaf: Vec<u8> = row.get("leaf")?;
        let hash_fits = leaf_hash(&leaf) == digest(row, "hash")?;
        let Some(bytes) = row.get::<_, Option<Vec<u8>>>("bytes")? else {
            faults.push(Fault::LeafDamaged(seq));
            continue;
        };
        if Sha256::of(&bytes) != digest(row, "digest")? {
            faults.push(Fault::Evidence { seq, what: "its octets have another digest" });
        }
        let receipt = Receipt { evidence: bytes, signature: row.get("signature")?, leaf };
        match receipt.read() {
            Ok(_) if hash_fits => {}
            _ => faults.push(Fault::LeafDamaged(seq)),
        }
    }
    Ok(())
}

// Per delivery: number 0 is the submission; each item's chain leads from its newest evidence back to it,
// and an item is decided exactly when its chain ends in a decision resting on the acknowledgement kept.
fn chains(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut by_delivery = db.prepare("SELECT seq, bytes, digest FROM evidence WHERE delivery = ?1 ORDER BY n")?;
    let mut items = db.prepare(
        "SELECT item, phase, final, last_evidence, bytes FROM recipient_state LEFT JOIN ack ON ack.state = recipient_state.key
         WHERE delivery = ?1",
    )?;
    let mut deliveries = db.prepare("SELECT key FROM delivery")?;
    let mut keys = deliveries.query([])?;
    while let Some(row) = keys.next()? {
        let key: i64 = row.get(0)?;
        let mut chain: HashMap<Sha256, Evidence> = HashMap::new();
        let mut rows = by_delivery.query(params![key])?;
        while let Some(row) = rows.next()? {
            let bytes: Vec<u8> = row.get("bytes")?;
            match Evidence::from_bytes(&bytes) {
                Ok(evidence) => {
                    let known = evidence.previous.is_none_or(|previous| chain.contains_key(&previous));
                    let first = chain.is_empty();
                    if !known || first != (evidence.event == Event::SubmissionAcceptance) {
                        faults.push(Fault::Evidence { seq: unsigned(row, "seq")?, what: "it hangs on nothing" });
                    }
                    chain.insert(digest(row, "digest")?, evidence);
                }
                Err(_) => faults.push(Fault::Evidence { seq: unsigned(row, "seq")?, what: "it cannot be read" }),
            }
        }
        let mut rows = items.query(params![key])?;
        while let Some(row) = rows.next()? {
            let newest = chain.get(&digest(row, "last_evidence")?);
            let ack: Option<Vec<u8>> = row.get("bytes")?;
            let phase: String = row.get("phase")?;
            let fits = newest.is_some_and(|newest| match (phase.as_str(), &ack) {
                ("accepted", Some(ack)) => newest.event == Event::ContentHandover && rests_on(newest, ack),
                ("rejected", Some(ack)) => newest.event == Event::ConsignmentRejection && rests_on(newest, ack),
                ("available" | "leased" | "parked", None) => newest.event == Event::ContentConsignment,
                _ => false,
            });
            if !fits {
                let phase = crate::exchange::state::Phase::parse(&phase).map_or("an unknown phase", |p| p.name());
                faults.push(Fault::State { item: row.get("item")?, phase });
            }
        }
    }
    Ok(())
}

fn rests_on(evidence: &Evidence, ack: &[u8]) -> bool {
    Ack::from_bytes(ack).is_ok() && evidence.acknowledgement == Some(Sha256::of(ack))
}

fn events(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare("SELECT agency, seq FROM event ORDER BY agency, seq")?;
    let mut rows = statement.query([])?;
    let (mut agency, mut last) = (String::new(), 0);
    while let Some(row) = rows.next()? {
        let own: String = row.get("agency")?;
        if own != agency {
            (agency, last) = (own, 0);
        }
        let seq = unsigned(row, "seq")?;
        if seq != last + 1 {
            faults.push(Fault::EventGap { agency: agency.clone(), after: last });
        }
        last = seq;
    }
    Ok(())
}
