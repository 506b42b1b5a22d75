//! Columns against the octets they were taken from, and against each other.
//!
//! The digests of rows say that a column is what was written; this says that what was written is what was signed.

use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::{digest, number, octets};
use crate::exchange::envelope::{Envelope, Package};
use crate::exchange::evidence::{Event, Evidence, Receipt};
use crate::exchange::id::Sha256;
use crate::exchange::log::leaf::leaf_hash;
use crate::exchange::state::Item;
use crate::exchange::store::sqlite::rows::{optional, shown};
use crate::exchange::store::{Fault, StoreError};

/// Notes the columns of a row that hold something else than they should.
fn compare(
    row: &Row<'_>,
    (table, name): (&'static str, &str),
    expected: &[(&'static str, ValueRef<'_>)],
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    for (column, value) in expected {
        if row.get_ref(*column)? != *value {
            faults.push(Fault::Column { table, row: name.to_owned(), column });
        }
    }
    Ok(())
}

fn size(package: &Package) -> ValueRef<'static> {
    ValueRef::Integer(i64::try_from(package.size).unwrap_or(i64::MAX))
}

/// Envelopes, their seals, and what columns of deliveries and items say of them.
pub(super) fn envelopes(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare(
        "SELECT key, envelope, signature, digest, signature_digest, id, sender, package, size, media_type, accepted
         FROM delivery",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (key, id) = (number(row, "key")?, shown(row.get_ref("id")?));
        if digest(row, "signature_digest")? != Some(Sha256::of(octets(row, "signature")?)) {
            faults.push(Fault::EnvelopeSignature(id.clone()));
        }
        let bytes = octets(row, "envelope")?;
        let is_named = digest(row, "digest")? == Some(Sha256::of(bytes));
        let Some(envelope) = Envelope::from_bytes(bytes).ok().filter(|_| is_named) else {
            faults.push(Fault::Envelope(id));
            continue;
        };
        let (package, own) = (&envelope.package, envelope.delivery.to_string());
        let expected = [
            ("id", own.as_str().into()),
            ("sender", envelope.sender.as_str().into()),
            ("package", ValueRef::Blob(&package.sha256.0)),
            ("size", size(package)),
            ("media_type", package.media_type.as_str().into()),
        ];
        compare(row, ("delivery", &key.to_string()), &expected, faults)?;
        items(db, key, &envelope, number(row, "accepted")?, faults)?;
        replacement(db, &envelope, &own, faults)?;
    }
    Ok(())
}

/// One item for each recipient, with the time the envelope gives it.
fn items(
    db: &Connection,
    delivery: i64,
    envelope: &Envelope,
    accepted: i64,
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let fresh = Item::available(crate::base::time::UnixTime(accepted), envelope.not_after);
    let mut missing: BTreeSet<&str> = envelope.recipients.iter().map(|code| code.as_str()).collect();
    let mut statement =
        db.prepare_cached("SELECT key, recipient, not_after, halfway FROM recipient_state WHERE delivery = ?1")?;
    let mut rows = statement.query(params![delivery])?;
    while let Some(row) = rows.next()? {
        let (name, recipient) = (number(row, "key")?.to_string(), shown(row.get_ref("recipient")?));
        if !missing.remove(recipient.as_str()) {
            faults.push(Fault::Column { table: "recipient_state", row: name.clone(), column: "recipient" });
        }
        let not_after = ("not_after", optional(fresh.not_after.map(|time| time.0)));
        compare(row, ("recipient_state", &name), &[not_after], faults)?;
        // Items of the first version have none.
        if row.get_ref("halfway")? != ValueRef::Null {
            let halfway = ("halfway", optional(fresh.halfway.map(|time| time.0)));
            compare(row, ("recipient_state", &name), &[halfway], faults)?;
        }
    }
    faults.extend(missing.into_iter().map(|_| Fault::Column {
        table: "delivery",
        row: delivery.to_string(),
        column: "envelope",
    }));
    Ok(())
}

/// A delivery that takes the place of another is named by that one.
fn replacement(db: &Connection, envelope: &Envelope, id: &str, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let Some(replaced) = envelope.replaces else { return Ok(()) };
    let mut statement = db.prepare_cached("SELECT key, replaced_by FROM delivery WHERE sender = ?1 AND id = ?2")?;
    let mut rows = statement.query(params![envelope.sender.as_str(), replaced.to_string()])?;
    if let Some(row) = rows.next()? {
        let name = number(row, "key")?.to_string();
        compare(row, ("delivery", &name), &[("replaced_by", id.into())], faults)?;
    }
    Ok(())
}

/// Leaves, the evidence under each, its seal and its columns.
pub(super) fn leaves(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare(
        "SELECT leaf.seq AS seq, leaf.bytes AS leaf, hash, evidence.bytes AS bytes, evidence.signature AS signature,
                evidence.digest AS digest, evidence.signature_digest AS signature_digest, evidence.id AS id, event, time,
                evidence.sender AS sender, recipient, evidence.delivery AS delivery, delivery.id AS of,
                delivery.sender AS of_sender, delivery.digest AS envelope, package, size, media_type, accepted
         FROM leaf LEFT JOIN evidence USING (seq) LEFT JOIN delivery ON delivery.key = evidence.delivery
         ORDER BY leaf.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut expected = 0;
    while let Some(row) = rows.next()? {
        let seq = u64::try_from(number(row, "seq")?).unwrap_or(0);
        if seq != expected {
            faults.push(Fault::LeafMissing(expected));
        }
        expected = seq.saturating_add(1);
        let leaf = octets(row, "leaf")?;
        let hash_fits = digest(row, "hash")? == Some(leaf_hash(leaf));
        if row.get_ref("bytes")? == ValueRef::Null {
            faults.push(Fault::LeafDamaged(seq));
            continue;
        }
        let (bytes, signature) = (octets(row, "bytes")?, octets(row, "signature")?);
        if digest(row, "digest")? != Some(Sha256::of(bytes)) {
            faults.push(Fault::Evidence { seq, what: "its octets have another digest" });
        }
        if digest(row, "signature_digest")? != Some(Sha256::of(signature)) {
            faults.push(Fault::EvidenceSignature(seq));
        }
        let receipt = Receipt { evidence: bytes.to_vec(), signature: signature.to_vec(), leaf: leaf.to_vec() };
        match receipt.read() {
            Ok(evidence) => {
                if !hash_fits {
                    faults.push(Fault::LeafDamaged(seq));
                }
                evidence_columns(row, seq, &evidence, faults)?;
            }
            Err(_) => faults.push(Fault::LeafDamaged(seq)),
        }
    }
    Ok(())
}

fn evidence_columns(row: &Row<'_>, seq: u64, evidence: &Evidence, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let (name, id) = (seq.to_string(), evidence.id.to_string());
    // All recipients at submission, whom a column has no room for; one afterwards.
    let recipient = match (evidence.previous, evidence.recipients.as_slice()) {
        (Some(_), [only]) => Some(only.as_str()),
        _ => None,
    };
    let expected = [
        ("id", id.as_str().into()),
        ("event", evidence.event.name().into()),
        ("time", ValueRef::Integer(evidence.time.0)),
        ("sender", evidence.sender.as_str().into()),
        ("recipient", recipient.into()),
    ];
    compare(row, ("evidence", &name), &expected, faults)?;
    let is_of_none = row.get_ref("delivery")? == ValueRef::Null;
    if is_of_none != (evidence.event == Event::SubmissionRejection) {
        faults.push(Fault::Column { table: "evidence", row: name, column: "delivery" });
        return Ok(());
    }
    if is_of_none {
        return Ok(());
    }
    let (delivery, package) = (evidence.delivery.to_string(), &evidence.package);
    let about = [
        ("of", delivery.as_str().into()),
        ("of_sender", evidence.sender.as_str().into()),
        ("envelope", ValueRef::Blob(&evidence.envelope.0)),
        ("package", ValueRef::Blob(&package.sha256.0)),
        ("size", size(package)),
        ("media_type", package.media_type.as_str().into()),
        ("accepted", optional(evidence.submitted.map(|time| time.0))),
    ];
    for (column, value) in about {
        if row.get_ref(column)? != value {
            faults.push(Fault::Evidence { seq, what: "it speaks of another delivery than the one it is filed under" });
            break;
        }
    }
    Ok(())
}

/// Whether a line of events tells of something that is there, to somebody it concerns.
const TELLS: &str = "CASE
    WHEN n IS NOT NULL THEN item IS NULL AND EXISTS (
        SELECT 1 FROM evidence JOIN delivery ON delivery.key = evidence.delivery
        WHERE evidence.delivery = event.delivery AND evidence.n = event.n AND evidence.event = event.event
          AND evidence.time = event.time AND evidence.recipient IS event.recipient AND delivery.sender = event.agency)
    WHEN item IS NULL THEN event = 'ExpiryWarning' AND EXISTS (
        SELECT 1 FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery
        WHERE recipient_state.delivery = event.delivery AND recipient_state.recipient = event.recipient
          AND delivery.sender = event.agency)
    ELSE agency = recipient AND EXISTS (
        SELECT 1 FROM recipient_state AS own
        WHERE own.delivery = event.delivery AND own.recipient = event.recipient AND own.item = event.item
    ) AND (event = 'ExpiryWarning' OR EXISTS (
        SELECT 1 FROM evidence
        WHERE evidence.delivery = event.delivery AND evidence.recipient = event.recipient
          AND evidence.event = event.event AND evidence.time = event.time))
    END";

/// Events: without gaps, each tells of something, and all evidence is told of.
pub(super) fn events(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement =
        db.prepare(&format!("SELECT agency, seq, coalesce({TELLS}, 0) AS tells FROM event ORDER BY agency, seq"))?;
    let mut rows = statement.query([])?;
    let (mut agency, mut last) = (String::new(), 0);
    while let Some(row) = rows.next()? {
        let own = shown(row.get_ref("agency")?);
        if own != agency {
            (agency, last) = (own, 0);
        }
        let seq = u64::try_from(number(row, "seq")?).unwrap_or(0);
        if seq != last + 1 {
            faults.push(Fault::EventGap { agency: agency.clone(), after: last });
        }
        last = seq;
        if number(row, "tells")? != 1 {
            faults.push(Fault::Column { table: "event", row: format!("{agency}/{seq}"), column: "event" });
        }
    }
    for (told, attested) in [
        ("n IS NOT NULL", "delivery IS NOT NULL"),
        ("item IS NOT NULL AND event <> 'ExpiryWarning'", "recipient IS NOT NULL"),
    ] {
        let count = |table: &str, which: &str| -> Result<u64, StoreError> {
            let sql = format!("SELECT count(*) AS all_of_them FROM {table} WHERE {which}");
            Ok(db.query_row(&sql, [], |row| super::number(row, "all_of_them"))?.try_into().unwrap_or(0))
        };
        let (told, attested) = (count("event", told)?, count("evidence", attested)?);
        if told != attested {
            faults.push(Fault::Untold { told, attested });
        }
    }
    Ok(())
}

/// Queries of what names rows in which a column does not fit others: table, column, query.
const OTHERS: [(&str, &str, &str); 6] = [
    ("meta", "name", "SELECT name FROM meta WHERE name <> 'log'"),
    (
        "delivery",
        "blob",
        "SELECT delivery.key FROM delivery LEFT JOIN blob ON blob.key = delivery.blob
         WHERE blob.digest IS NOT package OR blob.size IS NOT delivery.size",
    ),
    (
        "delivery",
        "blob",
        "SELECT key FROM delivery WHERE kept = 1 AND NOT EXISTS (
             SELECT 1 FROM owned_blob WHERE owned_blob.blob = delivery.blob AND owned_blob.agency = delivery.sender)",
    ),
    (
        "delivery",
        "replaced_by",
        "SELECT key FROM delivery WHERE replaced_by IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM delivery AS newer WHERE newer.sender = delivery.sender AND newer.id = delivery.replaced_by)",
    ),
    ("delivery", "kept", "SELECT key FROM delivery WHERE kept = 0 AND closed IS NULL"),
    (
        "upload",
        "blob",
        "SELECT upload.id FROM upload LEFT JOIN blob ON blob.key = upload.blob
         WHERE complete = 1 AND (blob.digest IS NOT upload.digest OR blob.size IS NOT length OR offset <> length)",
    ),
];

/// What else fits together, and the answers to claims.
pub(super) fn others(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    for (table, column, query) in OTHERS {
        let mut statement = db.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            faults.push(Fault::Column { table, row: shown(row.get_ref(0)?), column });
        }
    }
    let mut statement = db.prepare("SELECT agency, id, answer FROM claim")?;
    let mut own = db.prepare("SELECT 1 FROM recipient_state WHERE key = ?1 AND recipient = ?2 AND lease >= ?3")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let agency = shown(row.get_ref("agency")?);
        let leased: Option<Vec<(i64, i64, i64, u32)>> = serde_json::from_slice(octets(row, "answer")?).ok();
        let mut is_own = leased.is_some();
        for (key, lease, ..) in leased.unwrap_or_default() {
            is_own &= own.exists(params![key, agency, lease])?;
        }
        if !is_own {
            let row = format!("{agency}/{}", shown(row.get_ref("id")?));
            faults.push(Fault::Column { table: "claim", row, column: "answer" });
        }
    }
    Ok(())
}
