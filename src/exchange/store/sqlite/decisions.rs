//! Decisions about items, what was said about them, and what is due.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::deliveries::{Tell, file, package, receipt, tell};
use super::inbox::{find, item, update};
use super::{code, digest, unsigned, uuid};
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
                db.prepare_cached(
                    "INSERT INTO said (evidence, state, kind, bytes, signature) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![seq, key, kind.name(), bytes, signature])?;
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

const VIEW: &str =
    "SELECT recipient_state.*, delivery.id AS id, delivery.sender AS sender, digest AS envelope, package, size,
            media_type, accepted, (SELECT time FROM evidence WHERE evidence.seq = last) AS last_time
     FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery ";

pub(super) fn view(db: &Connection, agency: &AgencyCode, name: &str) -> Result<Option<ItemView>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{VIEW} WHERE recipient = ?1 AND item = ?2"))?;
    let mut rows = statement.query(params![agency.as_str(), name])?;
    rows.next()?.map(|row| read(db, row)).transpose()
}

pub(super) fn items_of(
    db: &Connection,
    sender: &AgencyCode,
    delivery: Uuid,
) -> Result<Option<Vec<ItemView>>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "{VIEW} WHERE delivery.sender = ?1 AND delivery.id = ?2 ORDER BY recipient_state.key"
    ))?;
    let mut rows = statement.query(params![sender.as_str(), delivery.to_string()])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(db, row)?);
    }
    // Every delivery has a recipient, so no item means no such delivery.
    Ok((!items.is_empty()).then_some(items))
}

pub(super) fn due(db: &Connection, now: UnixTime, limit: u32) -> Result<Vec<ItemView>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{VIEW} WHERE due <= ?1 ORDER BY due LIMIT ?2"))?;
    let mut rows = statement.query(params![now.0, limit])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(db, row)?);
    }
    Ok(items)
}

fn read(db: &Connection, row: &Row<'_>) -> Result<ItemView, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT kind, said.bytes AS said, said.signature AS seal, evidence.bytes AS bytes,
                evidence.signature AS signature, leaf.bytes AS leaf
         FROM said JOIN evidence ON evidence.seq = said.evidence JOIN leaf ON leaf.seq = said.evidence
         WHERE state = ?1 ORDER BY said.evidence",
    )?;
    let mut rows = statement.query(params![row.get::<_, i64>("key")?])?;
    let mut said = Vec::new();
    while let Some(row) = rows.next()? {
        said.push(Said {
            kind: kind(row)?,
            bytes: row.get("said")?,
            signature: row.get("seal")?,
            receipt: receipt(row)?,
        });
    }
    Ok(ItemView {
        item: row.get("item")?,
        recipient: code(&row.get::<_, String>("recipient")?)?,
        state: item(row)?,
        delivery: uuid(&row.get::<_, String>("id")?)?,
        sender: code(&row.get::<_, String>("sender")?)?,
        envelope: digest(row, "envelope")?,
        package: package(row)?,
        accepted: UnixTime(row.get("accepted")?),
        last_evidence: digest(row, "last_evidence")?,
        last_time: UnixTime(row.get::<_, Option<i64>>("last_time")?.ok_or(StoreError::Corrupt("evidence"))?),
        said,
    })
}

fn kind(row: &Row<'_>) -> Result<SaidKind, StoreError> {
    SaidKind::parse(&row.get::<_, String>("kind")?).ok_or(StoreError::Corrupt("statement"))
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
    let mut statement = db.prepare_cached(
        "SELECT recipient_state.recipient AS recipient, kind, said.bytes AS said, said.signature AS seal, n
         FROM recipient_state JOIN said ON said.state = recipient_state.key JOIN evidence ON evidence.seq = said.evidence
         WHERE recipient_state.delivery = ?1 ORDER BY said.evidence",
    )?;
    let mut rows = statement.query(params![key])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(StatementLine {
            recipient: code(&row.get::<_, String>("recipient")?)?,
            kind: kind(row)?,
            bytes: row.get("said")?,
            signature: row.get("seal")?,
            n: unsigned(row, "n")?,
        });
    }
    Ok(Some(lines))
}
