//! Checks the whole store against itself: database, packages, leaves, evidence chains, events.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::{digest, unsigned, uuid};
use crate::algorithms::DigestAlgorithm;
use crate::base::read::ReadAt;
use crate::exchange::evidence::{Event, Evidence, Receipt};
use crate::exchange::id::Sha256;
use crate::exchange::log::leaf::leaf_hash;
use crate::exchange::state::Phase;
use crate::exchange::store::blobs::Blobs;
use crate::exchange::store::{Fault, SaidKind, StoreError};

pub(super) fn run(db: &Connection, blobs: &Blobs) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    database(db, &mut faults)?;
    packages(db, blobs, &mut faults)?;
    kept(db, &mut faults)?;
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
    let mut statement = db.prepare(
        "SELECT digest, size, place, bytes, removed, swept FROM blob LEFT JOIN small_blob ON small_blob.blob = blob.key",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, size) = (digest(row, "digest")?, unsigned(row, "size")?);
        let bytes: Option<Vec<u8>> = row.get("bytes")?;
        if row.get::<_, Option<i64>>("removed")?.is_some() {
            if bytes.is_some() {
                faults.push(Fault::Orphan(name.to_string()));
            }
            // Its file may still be on its way out.
            if !row.get::<_, bool>("swept")? {
                in_files.insert(name);
            }
            continue;
        }
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
    let open: HashSet<String> = db
        .prepare("SELECT id FROM upload WHERE complete = 0")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
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
        faults.push(Fault::PackageMissing(digest(row, "package")?));
    }
    Ok(())
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

// Per delivery: number 0 is the submission; each item's chain leads from its newest evidence back to it, and what it
// attests on the way is what the item's state says, each signed object resting under its own evidence.
fn chains(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut by_delivery = db.prepare("SELECT seq, bytes, digest FROM evidence WHERE delivery = ?1 ORDER BY n")?;
    let mut items = db.prepare(
        "SELECT key, item, phase, final, recall_asked, last_evidence,
                (SELECT digest FROM evidence WHERE evidence.seq = last) AS last_digest
         FROM recipient_state WHERE delivery = ?1",
    )?;
    let mut said = db.prepare(
        "SELECT kind, said.bytes AS bytes, evidence.digest AS digest FROM said JOIN evidence ON evidence.seq = said.evidence
         WHERE state = ?1",
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
        let mut reached = 1;
        while let Some(row) = rows.next()? {
            let phase: String = row.get("phase")?;
            let story = story(&chain, digest(row, "last_evidence")?);
            reached += story.len().saturating_sub(1);
            let mut objects = HashMap::new();
            let mut lines = said.query(params![row.get::<_, i64>("key")?])?;
            while let Some(line) = lines.next()? {
                let kind = SaidKind::parse(&line.get::<_, String>("kind")?).ok_or(StoreError::Corrupt("statement"))?;
                objects.insert(digest(line, "digest")?, (kind, line.get::<_, Vec<u8>>("bytes")?));
            }
            let is_final: bool = row.get("final")?;
            let newest: Option<[u8; 32]> = row.get("last_digest")?;
            let fits = newest == Some(digest(row, "last_evidence")?.0)
                && Phase::parse(&phase).is_some_and(|phase| phase.is_final() == is_final)
                && fits(&phase, row.get("recall_asked")?, &story)
                && rest(&story, &objects);
            if !fits {
                let phase = Phase::parse(&phase).map_or("an unknown phase", |p| p.name());
                faults.push(Fault::State { item: row.get("item")?, phase });
            }
        }
        if reached != chain.len() {
            faults.push(Fault::Evidence { seq: 0, what: "a delivery has evidence outside the chains of its items" });
        }
    }
    Ok(())
}

/// The chain that ends in `newest`, oldest first; empty when it leads nowhere.
fn story(chain: &HashMap<Sha256, Evidence>, newest: Sha256) -> Vec<(Sha256, &Evidence)> {
    let mut story = Vec::new();
    let mut at = Some(newest);
    while let Some(digest) = at {
        // A circle cannot be: each piece names the digest of an older one. The bound costs nothing.
        let Some(evidence) = chain.get(&digest).filter(|_| story.len() <= chain.len()) else { return Vec::new() };
        story.push((digest, evidence));
        at = evidence.previous;
    }
    story.reverse();
    story
}

/// Whether a story tells of exactly the state an item is in.
fn fits(phase: &str, recall_asked: bool, story: &[(Sha256, &Evidence)]) -> bool {
    let count = |event| story.iter().filter(|(_, evidence)| evidence.event == event).count();
    let ends = [
        (Event::ContentHandover, "accepted"),
        (Event::ConsignmentRejection, "rejected"),
        (Event::Recall, "recalled"),
        (Event::ContentHandoverFailure, "expired"),
    ];
    let ended = ends.iter().all(|(event, name)| count(*event) == usize::from(phase == *name));
    let begun = story.first().is_some_and(|(_, first)| first.event == Event::SubmissionAcceptance)
        && story.get(1).is_some_and(|(_, second)| second.event == Event::ContentConsignment);
    begun && ended && count(Event::ContentConsignment) == 1 && count(Event::RecallFailure) == usize::from(recall_asked)
}

/// Whether every signed object stands under evidence of its kind that names it, and nothing is named but those.
fn rest(story: &[(Sha256, &Evidence)], objects: &HashMap<Sha256, (SaidKind, Vec<u8>)>) -> bool {
    let named = story.iter().filter(|(_, evidence)| evidence.acknowledgement.is_some()).count();
    let all = objects.iter().all(|(under, (kind, bytes))| {
        let evidence = story.iter().find(|(digest, _)| digest == under).map(|(_, evidence)| *evidence);
        let kinds: &[Event] = match kind {
            SaidKind::Ack => &[Event::ContentHandover, Event::ConsignmentRejection],
            SaidKind::Recall | SaidKind::Replacement => &[Event::Recall, Event::RecallFailure],
            SaidKind::Status => &[Event::BusinessStatus],
        };
        evidence.is_some_and(|e| kinds.contains(&e.event) && e.acknowledgement == Some(Sha256::of(bytes)))
    });
    named == objects.len() && all
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
