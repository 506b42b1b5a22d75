//! Decisions about items, what was said about them, and what is due.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::deliveries::{Tell, file, head, receipt, receipt_columns, tell};
use super::inbox::{find, item, unless_damaged, update};
use super::rows::{DELIVERY, EVIDENCE, ITEM, SAID, STATE};
use super::{code, digest, unsigned};
use crate::base::time::UnixTime;
use crate::exchange::id::{AgencyCode, Uuid};
use crate::exchange::state::Item;
use crate::exchange::store::{Commit, Decision, Happening, ItemView, Said, SaidKind, StatementLine, StoreError, Told};

/// Writes decisions inside a savepoint of their own: all of them, or none.
pub(super) fn apply(db: &Connection, decisions: &[Decision]) -> Result<Commit, StoreError> {
    let mut rows = Vec::new();
    // Nothing is written before every version was seen to stand: there is no other writer to change one.
    for decision in decisions {
        match find(db, &decision.recipient, &decision.item)? {
            Some((key, delivery, state)) if state.version == decision.seen_version => rows.push((key, delivery, state)),
            _ => return Ok(Commit::Lost),
        }
    }
    for (decision, (key, delivery, before)) in decisions.iter().zip(rows) {
        write(db, decision, key, delivery, &before)?;
    }
    Ok(Commit::Done)
}

fn write(db: &Connection, decision: &Decision, key: i64, delivery: i64, before: &Item) -> Result<(), StoreError> {
    if !update(db, key, decision.seen_version, &decision.next)? {
        return Err(StoreError::Corrupt("item"));
    }
    let (sender, n): (String, i64) = db
        .prepare_cached(
            "SELECT sender, (SELECT count(*) FROM evidence WHERE evidence.delivery = delivery.key) FROM delivery WHERE key = ?1",
        )?
        .query_row(params![delivery], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (told, n) = match &decision.told {
        Told::Evidence(evidence) => {
            let seq = file(db, &sender, evidence, Some((delivery, n)))?;
            db.prepare_cached("UPDATE recipient_state SET last = ?2, last_evidence = ?3 WHERE key = ?1")?
                .execute(params![key, seq, evidence.digest().0])?;
            if let Some((kind, bytes, signature)) = &decision.said {
                let row = SAID.over(&[
                    ValueRef::Integer(seq),
                    ValueRef::Integer(key),
                    kind.name().into(),
                    ValueRef::Blob(bytes),
                    ValueRef::Blob(signature),
                ]);
                db.prepare_cached(
                    "INSERT INTO said (evidence, state, kind, bytes, signature, row_digest)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![seq, key, kind.name(), bytes, signature, row.0])?;
            }
            (Tell::of(evidence), Some(n))
        }
        Told::Warning(time) => {
            let recipient = Some(&decision.recipient);
            (Tell { event: Happening::ExpiryWarning, time: *time, recipient }, None)
        }
    };
    tell(db, &sender, delivery, &told, None, n)?;
    tell(db, decision.recipient.as_str(), delivery, &told, Some(&decision.item), None)?;
    if decision.next.phase.is_final() && !before.phase.is_final() {
        db.prepare_cached(
            "UPDATE delivery SET closed = ?2 WHERE key = ?1
             AND NOT EXISTS (SELECT 1 FROM recipient_state WHERE recipient_state.delivery = ?1 AND final = 0)",
        )?
        .execute(params![delivery, told.time.0])?;
    }
    Ok(())
}

fn view_of(which: &str) -> String {
    format!(
        "SELECT recipient_state.key AS key, last_evidence, {}, {}, {}, {}
         FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery
              LEFT JOIN evidence ON evidence.seq = recipient_state.last {which}",
        ITEM.columns, STATE.columns, DELIVERY.columns, EVIDENCE.columns
    )
}

pub(super) fn view(db: &Connection, agency: &AgencyCode, name: &str) -> Result<Option<ItemView>, StoreError> {
    let which = "WHERE recipient_state.recipient = ?1 AND recipient_state.item = ?2";
    let mut statement = db.prepare_cached(&view_of(which))?;
    let mut rows = statement.query(params![agency.as_str(), name])?;
    rows.next()?.map(|row| read(db, row)).transpose()
}

pub(super) fn items_of(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
) -> Result<Option<Vec<ItemView>>, StoreError> {
    let which = "WHERE delivery.sender = ?1 AND delivery.id = ?2 ORDER BY recipient_state.key";
    let mut statement = db.prepare_cached(&view_of(which))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(db, row)?);
    }
    // Every delivery has a recipient, so no item means no such delivery.
    Ok((!items.is_empty()).then_some(items))
}

pub(super) fn due(db: &Connection, now: UnixTime, limit: u32) -> Result<Vec<ItemView>, StoreError> {
    let mut statement = db.prepare_cached(&view_of("WHERE due <= ?1 ORDER BY due LIMIT ?2"))?;
    let mut rows = statement.query(params![now.0, limit])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.extend(unless_damaged(read(db, row))?);
    }
    Ok(items)
}

fn read(db: &Connection, row: &Row<'_>) -> Result<ItemView, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, {} FROM said JOIN evidence ON evidence.seq = said.evidence JOIN leaf ON leaf.seq = said.evidence
         WHERE state = ?1 ORDER BY said.evidence",
        SAID.columns,
        receipt_columns(),
    ))?;
    let mut rows = statement.query(params![row.get::<_, i64>("key")?])?;
    let mut said = Vec::new();
    while let Some(row) = rows.next()? {
        said.push(Said {
            kind: kind(row)?,
            bytes: row.get("said_bytes")?,
            signature: row.get("said_signature")?,
            receipt: receipt(row)?,
        });
    }
    let head = head(row)?;
    EVIDENCE.check(row)?;
    let last_evidence = digest(row, "last_evidence")?;
    if last_evidence != digest(row, "evidence_digest")? {
        return Err(StoreError::Corrupt("item"));
    }
    Ok(ItemView {
        item: row.get("item_name")?,
        recipient: code(&row.get::<_, String>("item_recipient")?)?,
        state: item(row)?,
        delivery: head.id,
        sender: head.sender,
        envelope: head.envelope,
        package: head.package,
        accepted: head.accepted,
        last_evidence,
        last_time: UnixTime(row.get("evidence_time")?),
        said,
    })
}

/// The kind of a statement, of which nothing is read before its row is known to be what was written.
fn kind(row: &Row<'_>) -> Result<SaidKind, StoreError> {
    SAID.check(row)?;
    SaidKind::parse(&row.get::<_, String>("said_kind")?).ok_or(StoreError::Corrupt("statement"))
}

pub(super) fn statements(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
) -> Result<Option<Vec<StatementLine>>, StoreError> {
    let key: Option<i64> = db
        .prepare_cached("SELECT key FROM delivery WHERE sender = ?1 AND id = ?2")?
        .query_row(params![sender.as_str(), delivery.to_string()], |row| row.get(0))
        .optional()?;
    let Some(key) = key else { return Ok(None) };
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, {}, {}
         FROM recipient_state JOIN said ON said.state = recipient_state.key JOIN evidence ON evidence.seq = said.evidence
         WHERE recipient_state.delivery = ?1 ORDER BY said.evidence",
        SAID.columns, ITEM.columns, EVIDENCE.columns
    ))?;
    let mut rows = statement.query(params![key])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        ITEM.check(row)?;
        EVIDENCE.check(row)?;
        lines.push(StatementLine {
            recipient: code(&row.get::<_, String>("item_recipient")?)?,
            kind: kind(row)?,
            bytes: row.get("said_bytes")?,
            signature: row.get("said_signature")?,
            n: unsigned(row, "evidence_n")?,
        });
    }
    Ok(Some(lines))
}
