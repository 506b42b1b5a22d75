//! Deliveries and their evidence, as the sender reaches them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{code, decisions, digest, inbox, number, unsigned, uploads, uuid};
use crate::base::time::UnixTime;
use crate::exchange::envelope::Package;
use crate::exchange::evidence::{Event, Receipt};
use crate::exchange::id::{AgencyCode, Sha256, Uuid};
use crate::exchange::log::leaf::leaf_hash;
use crate::exchange::state::Item;
use crate::exchange::store::{
    Commit, DeliveryView, EvidenceLine, FiledEvidence, Happening, Rejection, StoreError, Submission, Submitted,
};

pub(super) fn accepted(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
) -> Result<Option<(Sha256, Receipt)>, StoreError> {
    Ok(db
        .prepare_cached(
            "SELECT delivery.digest AS envelope, evidence.bytes AS bytes, evidence.signature AS signature, leaf.bytes AS leaf
             FROM delivery JOIN evidence ON evidence.delivery = delivery.key AND evidence.n = 0 JOIN leaf USING (seq)
             WHERE delivery.sender = ?1 AND delivery.id = ?2",
        )?
        .query_row(params![sender.as_str(), delivery.to_string()], |row| Ok((digest(row, "envelope")?, receipt(row)?)))
        .optional()?)
}

pub(super) fn receipt(row: &Row<'_>) -> Result<Receipt, rusqlite::Error> {
    Ok(Receipt { evidence: row.get("bytes")?, signature: row.get("signature")?, leaf: row.get("leaf")? })
}

pub(super) fn submit(db: &Connection, submission: &Submission) -> Result<Submitted, StoreError> {
    let envelope = Sha256::of(&submission.envelope);
    if let Some((stored, receipt)) = accepted(db, &submission.sender, submission.delivery)? {
        return Ok(if stored == envelope { Submitted::Replay(receipt) } else { Submitted::Reused(stored) });
    }
    let (sender, package) = (submission.sender.as_str(), &submission.package);
    let stored = match &submission.body {
        Some(_) => None,
        None => match uploads::owned(db, &submission.sender, &package.sha256)? {
            Some((blob, size)) if size == package.size => Some(blob),
            _ => return Ok(Submitted::PackageMissing),
        },
    };
    if let Some((replaced, decisions)) = &submission.replaces {
        match replace(db, sender, *replaced, submission.delivery)? {
            None => {}
            Some(refused) => return Ok(refused),
        }
        if decisions::apply(db, decisions)? == Commit::Lost {
            return Ok(Submitted::Lost);
        }
    }
    let blob = match (stored, &submission.body) {
        (Some(blob), _) => blob,
        (None, Some(body)) => {
            let blob = uploads::keep_small(db, &package.sha256, body)?;
            uploads::own(db, sender, blob)?;
            blob
        }
        (None, None) => return Ok(Submitted::PackageMissing),
    };
    db.prepare_cached(
        "INSERT INTO delivery (sender, id, envelope, signature, digest, blob, package, size, media_type, accepted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        sender,
        submission.delivery.to_string(),
        submission.envelope,
        submission.signature,
        envelope.0,
        blob,
        package.sha256.0,
        number(package.size),
        package.media_type,
        submission.accepted.0,
    ])?;
    let key = db.last_insert_rowid();
    file(db, sender, &submission.evidence, Some((key, 0)))?;
    tell(db, sender, key, &Tell::of(&submission.evidence), None, Some(0))?;
    for (n, item) in (1_i64..).zip(&submission.items) {
        let seq = file(db, sender, &item.evidence, Some((key, n)))?;
        let told = Tell::of(&item.evidence);
        tell(db, sender, key, &told, None, Some(n))?;
        tell(db, item.recipient.as_str(), key, &told, Some(&item.item), None)?;
        let state = Item::available(submission.accepted, submission.not_after);
        inbox::insert(db, key, item, &state, seq)?;
    }
    Ok(Submitted::New)
}

/// Notes on a delivery that another takes its place; says why not, if so.
fn replace(db: &Connection, sender: &str, replaced: Uuid, by: Uuid) -> Result<Option<Submitted>, StoreError> {
    let standing: Option<Option<String>> = db
        .prepare_cached("SELECT replaced_by FROM delivery WHERE sender = ?1 AND id = ?2")?
        .query_row(params![sender, replaced.to_string()], |row| row.get(0))
        .optional()?;
    match standing {
        None => Ok(Some(Submitted::NothingToReplace)),
        Some(Some(first)) => Ok(Some(Submitted::ReplacedBefore(uuid(&first)?))),
        Some(None) => {
            db.prepare_cached("UPDATE delivery SET replaced_by = ?3 WHERE sender = ?1 AND id = ?2")?
                .execute(params![sender, replaced.to_string(), by.to_string()])?;
            Ok(None)
        }
    }
}

/// Files evidence with the next leaf; its number is dense because one thread gives them all.
pub(super) fn file(
    db: &Connection,
    sender: &str,
    filed: &FiledEvidence,
    delivery: Option<(i64, i64)>,
) -> Result<i64, StoreError> {
    let seq: i64 = db.prepare_cached("SELECT coalesce(max(seq) + 1, 0) FROM leaf")?.query_row([], |row| row.get(0))?;
    let leaf = &filed.receipt.leaf;
    db.prepare_cached("INSERT INTO leaf (seq, bytes, hash) VALUES (?1, ?2, ?3)")?.execute(params![
        seq,
        leaf,
        leaf_hash(leaf).0
    ])?;
    db.prepare_cached(
        "INSERT INTO evidence (seq, id, digest, event, time, sender, delivery, n, recipient, bytes, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        seq,
        filed.id.to_string(),
        filed.digest().0,
        filed.event.name(),
        filed.time.0,
        sender,
        delivery.map(|(key, _)| key),
        delivery.map(|(_, n)| n),
        filed.recipient.as_ref().map(AgencyCode::as_str),
        filed.receipt.evidence,
        filed.receipt.signature,
    ])?;
    Ok(seq)
}

/// What an event tells.
pub(super) struct Tell<'a> {
    pub(super) event: Happening,
    pub(super) time: UnixTime,
    pub(super) recipient: Option<&'a AgencyCode>,
}

impl<'a> Tell<'a> {
    pub(super) fn of(filed: &'a FiledEvidence) -> Self {
        Tell { event: Happening::Attested(filed.event), time: filed.time, recipient: filed.recipient.as_ref() }
    }
}

/// Adds an event to an agency's sequence.
pub(super) fn tell(
    db: &Connection,
    agency: &str,
    delivery: i64,
    told: &Tell<'_>,
    item: Option<&str>,
    n: Option<i64>,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO event (agency, seq, time, event, delivery, recipient, item, n)
         VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM event WHERE agency = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        agency,
        told.time.0,
        told.event.name(),
        delivery,
        told.recipient.map(AgencyCode::as_str),
        item,
        n
    ])?;
    Ok(())
}

pub(super) fn reject(db: &Connection, rejection: &Rejection) -> Result<(), StoreError> {
    file(db, rejection.sender.as_str(), &rejection.evidence, None).map(|_| ())
}

pub(super) fn rejection(db: &Connection, sender: &AgencyCode, evidence: Uuid) -> Result<Option<Receipt>, StoreError> {
    Ok(db
        .prepare_cached(
            "SELECT evidence.bytes AS bytes, signature, leaf.bytes AS leaf FROM evidence JOIN leaf USING (seq)
             WHERE id = ?1 AND sender = ?2 AND delivery IS NULL",
        )?
        .query_row(params![evidence.to_string(), sender.as_str()], receipt)
        .optional()?)
}

pub(super) fn view(db: &Connection, sender: &AgencyCode, delivery: Uuid) -> Result<Option<DeliveryView>, StoreError> {
    let found = db
        .prepare_cached(
            "SELECT key, digest, package, size, media_type, accepted, replaced_by,
                    (SELECT count(*) FROM evidence WHERE evidence.delivery = delivery.key) AS evidence
             FROM delivery WHERE sender = ?1 AND id = ?2",
        )?
        .query_row(params![sender.as_str(), delivery.to_string()], |row| {
            let view = DeliveryView {
                envelope: digest(row, "digest")?,
                package: package(row)?,
                accepted: UnixTime(row.get("accepted")?),
                evidence: unsigned(row, "evidence")?,
                replaced_by: row.get::<_, Option<String>>("replaced_by")?.as_deref().and_then(Uuid::parse),
                recipients: Vec::new(),
            };
            Ok((row.get::<_, i64>("key")?, view))
        })
        .optional()?;
    let Some((key, mut view)) = found else { return Ok(None) };
    let mut statement = db.prepare_cached("SELECT * FROM recipient_state WHERE delivery = ?1 ORDER BY key")?;
    let mut rows = statement.query(params![key])?;
    while let Some(row) = rows.next()? {
        view.recipients.push((code(&row.get::<_, String>("recipient")?)?, inbox::item(row)?));
    }
    Ok(Some(view))
}

pub(super) fn package(row: &Row<'_>) -> Result<Package, rusqlite::Error> {
    Ok(Package { sha256: digest(row, "package")?, size: unsigned(row, "size")?, media_type: row.get("media_type")? })
}

/// Envelope and seal.
type Signed = (Vec<u8>, Vec<u8>);

pub(super) fn envelope(db: &Connection, sender: &AgencyCode, delivery: Uuid) -> Result<Option<Signed>, StoreError> {
    Ok(db
        .prepare_cached("SELECT envelope, signature FROM delivery WHERE sender = ?1 AND id = ?2")?
        .query_row(params![sender.as_str(), delivery.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

pub(super) fn evidence_list(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
) -> Result<Option<Vec<EvidenceLine>>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT n, event, time, recipient FROM evidence
         WHERE delivery = (SELECT key FROM delivery WHERE sender = ?1 AND id = ?2) ORDER BY n",
    )?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        let recipient: Option<String> = row.get("recipient")?;
        list.push(EvidenceLine {
            n: unsigned(row, "n")?,
            event: event(row)?,
            time: UnixTime(row.get("time")?),
            recipient: recipient.as_deref().map(code).transpose()?,
        });
    }
    // Every accepted delivery has evidence of its submission, so none at all means no such delivery.
    Ok((!list.is_empty()).then_some(list))
}

pub(super) fn event(row: &Row<'_>) -> Result<Event, StoreError> {
    Event::parse(&row.get::<_, String>("event")?).ok_or(StoreError::Corrupt("event"))
}

pub(super) fn evidence(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
    n: u64,
) -> Result<Option<Receipt>, StoreError> {
    Ok(db
        .prepare_cached(
            "SELECT evidence.bytes AS bytes, evidence.signature AS signature, leaf.bytes AS leaf
             FROM delivery JOIN evidence ON evidence.delivery = delivery.key JOIN leaf USING (seq)
             WHERE delivery.sender = ?1 AND delivery.id = ?2 AND evidence.n = ?3",
        )?
        .query_row(params![sender.as_str(), delivery.to_string(), number(n)], receipt)
        .optional()?)
}
