//! Deliveries and their evidence, as the sender reaches them.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::rows::{DELIVERY, EVENT, EVIDENCE, ITEM, STATE, optional};
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
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, {} FROM delivery JOIN evidence ON evidence.delivery = delivery.key AND evidence.n = 0 JOIN leaf USING (seq)
         WHERE delivery.sender = ?1 AND delivery.id = ?2",
        DELIVERY.columns,
        receipt_columns(),
    ))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    rows.next()?.map(|row| Ok((head(row)?.envelope, receipt(row)?))).transpose()
}

/// What a delivery's columns say.
pub(super) struct Head {
    pub(super) sender: AgencyCode,
    pub(super) id: Uuid,
    pub(super) envelope: Sha256,
    pub(super) package: Package,
    pub(super) accepted: UnixTime,
    seal: Sha256,
}

/// Reads the columns of [`DELIVERY`].
///
/// # Errors
/// [`StoreError::Corrupt`] when they are not what was written.
pub(super) fn head(row: &Row<'_>) -> Result<Head, StoreError> {
    DELIVERY.check(row)?;
    Ok(Head {
        sender: code(&row.get::<_, String>("delivery_sender")?)?,
        id: uuid(&row.get::<_, String>("delivery_id")?)?,
        envelope: digest(row, "delivery_digest")?,
        package: Package {
            sha256: digest(row, "delivery_package")?,
            size: unsigned(row, "delivery_size")?,
            media_type: row.get("delivery_media_type")?,
        },
        accepted: UnixTime(row.get("delivery_accepted")?),
        seal: digest(row, "delivery_seal")?,
    })
}

/// The octets of an object and the seal over them.
pub(super) type Signed = (Vec<u8>, Vec<u8>);

/// Reads the columns `envelope` and `seal` of a delivery.
///
/// # Errors
/// [`StoreError::Corrupt`] when they are not what was written.
pub(super) fn signed(row: &Row<'_>, head: &Head) -> Result<Signed, StoreError> {
    let (envelope, seal): (Vec<u8>, Vec<u8>) = (row.get("envelope")?, row.get("seal")?);
    if Sha256::of(&envelope) != head.envelope || Sha256::of(&seal) != head.seal {
        return Err(StoreError::Corrupt("envelope"));
    }
    Ok((envelope, seal))
}

/// The columns a receipt is made of, of `evidence` and `leaf`.
pub(super) fn receipt_columns() -> String {
    format!(
        "{}, evidence.bytes AS bytes, evidence.signature AS signature, leaf.bytes AS leaf, leaf.hash AS leaf_hash",
        EVIDENCE.columns
    )
}

/// Reads [`receipt_columns`].
///
/// # Errors
/// [`StoreError::Corrupt`] when they are not what was written.
pub(super) fn receipt(row: &Row<'_>) -> Result<Receipt, StoreError> {
    EVIDENCE.check(row)?;
    let receipt = Receipt { evidence: row.get("bytes")?, signature: row.get("signature")?, leaf: row.get("leaf")? };
    let is_intact = Sha256::of(&receipt.evidence) == digest(row, "evidence_digest")?
        && Sha256::of(&receipt.signature) == digest(row, "evidence_seal")?
        && leaf_hash(&receipt.leaf) == digest(row, "leaf_hash")?;
    if is_intact { Ok(receipt) } else { Err(StoreError::Corrupt("receipt")) }
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
    let (id, seal) = (submission.delivery.to_string(), Sha256::of(&submission.signature));
    let row = DELIVERY.over(&[
        sender.into(),
        id.as_str().into(),
        ValueRef::Blob(&envelope.0),
        ValueRef::Blob(&seal.0),
        ValueRef::Integer(blob),
        ValueRef::Blob(&package.sha256.0),
        ValueRef::Integer(number(package.size)),
        package.media_type.as_str().into(),
        ValueRef::Integer(submission.accepted.0),
    ]);
    db.prepare_cached(
        "INSERT INTO delivery (sender, id, envelope, signature, digest, blob, package, size, media_type, accepted,
                               signature_digest, row_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        sender,
        id,
        submission.envelope,
        submission.signature,
        envelope.0,
        blob,
        package.sha256.0,
        number(package.size),
        package.media_type,
        submission.accepted.0,
        seal.0,
        row.0,
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
    let (id, recipient) = (filed.id.to_string(), filed.recipient.as_ref().map(AgencyCode::as_str));
    let (digest, seal) = (filed.digest(), Sha256::of(&filed.receipt.signature));
    let row = EVIDENCE.over(&[
        ValueRef::Integer(seq),
        id.as_str().into(),
        ValueRef::Blob(&digest.0),
        ValueRef::Blob(&seal.0),
        filed.event.name().into(),
        ValueRef::Integer(filed.time.0),
        sender.into(),
        optional(delivery.map(|(key, _)| key)),
        optional(delivery.map(|(_, n)| n)),
        recipient.into(),
    ]);
    db.prepare_cached(
        "INSERT INTO evidence (seq, id, digest, event, time, sender, delivery, n, recipient, bytes, signature,
                               signature_digest, row_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        seq,
        id,
        digest.0,
        filed.event.name(),
        filed.time.0,
        sender,
        delivery.map(|(key, _)| key),
        delivery.map(|(_, n)| n),
        recipient,
        filed.receipt.evidence,
        filed.receipt.signature,
        seal.0,
        row.0,
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
    let seq: i64 = db
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM event WHERE agency = ?1")?
        .query_row(params![agency], |row| row.get(0))?;
    let (event, recipient) = (told.event.name(), told.recipient.map(AgencyCode::as_str));
    let row = EVENT.over(&[
        agency.into(),
        ValueRef::Integer(seq),
        ValueRef::Integer(told.time.0),
        event.into(),
        ValueRef::Integer(delivery),
        recipient.into(),
        item.into(),
        optional(n),
    ]);
    db.prepare_cached(
        "INSERT INTO event (agency, seq, time, event, delivery, recipient, item, n, row_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![agency, seq, told.time.0, event, delivery, recipient, item, n, row.0])?;
    Ok(())
}

pub(super) fn reject(db: &Connection, rejection: &Rejection) -> Result<(), StoreError> {
    file(db, rejection.sender.as_str(), &rejection.evidence, None).map(|_| ())
}

pub(super) fn rejection(db: &Connection, sender: &AgencyCode, evidence: Uuid) -> Result<Option<Receipt>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM evidence JOIN leaf USING (seq) WHERE id = ?1 AND sender = ?2 AND delivery IS NULL",
        receipt_columns()
    ))?;
    let mut rows = statement.query(params![evidence.to_string(), sender.as_str()])?;
    rows.next()?.map(receipt).transpose()
}

pub(super) fn view(db: &Connection, sender: &AgencyCode, delivery: Uuid) -> Result<Option<DeliveryView>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT delivery.key AS key, {}, replaced_by,
                (SELECT count(*) FROM evidence WHERE evidence.delivery = delivery.key) AS evidence,
                EXISTS (SELECT 1 FROM delivery AS newer WHERE newer.sender = delivery.sender
                                                          AND newer.id = delivery.replaced_by) AS newer_is_there
         FROM delivery WHERE sender = ?1 AND id = ?2",
        DELIVERY.columns
    ))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let head = head(row)?;
    let replaced_by: Option<String> = row.get("replaced_by")?;
    if replaced_by.is_some() && !row.get::<_, bool>("newer_is_there")? {
        return Err(StoreError::Corrupt("replacement"));
    }
    let mut view = DeliveryView {
        envelope: head.envelope,
        package: head.package,
        accepted: head.accepted,
        evidence: unsigned(row, "evidence")?,
        replaced_by: replaced_by.as_deref().map(uuid).transpose()?,
        recipients: Vec::new(),
    };
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, {} FROM recipient_state WHERE delivery = ?1 ORDER BY key",
        ITEM.columns, STATE.columns
    ))?;
    let mut rows = statement.query(params![row.get::<_, i64>("key")?])?;
    while let Some(row) = rows.next()? {
        view.recipients.push((code(&row.get::<_, String>("item_recipient")?)?, inbox::item(row)?));
    }
    Ok(Some(view))
}

pub(super) fn envelope(db: &Connection, sender: &AgencyCode, delivery: Uuid) -> Result<Option<Signed>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, envelope, signature AS seal FROM delivery WHERE sender = ?1 AND id = ?2",
        DELIVERY.columns
    ))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    rows.next()?.map(|row| signed(row, &head(row)?)).transpose()
}

pub(super) fn evidence_list(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
) -> Result<Option<Vec<EvidenceLine>>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM evidence WHERE delivery = (SELECT key FROM delivery WHERE sender = ?1 AND id = ?2) ORDER BY n",
        EVIDENCE.columns
    ))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        EVIDENCE.check(row)?;
        let n = unsigned(row, "evidence_n")?;
        // A gap is one of the database: numbers are given without.
        if usize::try_from(n) != Ok(list.len()) {
            return Err(StoreError::Corrupt("piece of evidence"));
        }
        let recipient: Option<String> = row.get("evidence_recipient")?;
        list.push(EvidenceLine {
            n,
            event: Event::parse(&row.get::<_, String>("evidence_event")?).ok_or(StoreError::Corrupt("event"))?,
            time: UnixTime(row.get("evidence_time")?),
            recipient: recipient.as_deref().map(code).transpose()?,
        });
    }
    // Every accepted delivery has evidence of its submission, so none at all means no such delivery.
    Ok((!list.is_empty()).then_some(list))
}

pub(super) fn evidence(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
    n: u64,
) -> Result<Option<Receipt>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM delivery JOIN evidence ON evidence.delivery = delivery.key JOIN leaf USING (seq)
         WHERE delivery.sender = ?1 AND delivery.id = ?2 AND evidence.n = ?3",
        receipt_columns()
    ))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string(), number(n)])?;
    rows.next()?.map(receipt).transpose()
}
