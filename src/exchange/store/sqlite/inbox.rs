//! Items, leases, acknowledgements and events, as an agency reaches its own.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::deliveries::{package, receipt};
use super::{code, number, unsigned, uuid};
use crate::base::time::UnixTime;
use crate::exchange::id::{AgencyCode, Uuid};
use crate::exchange::state::{Item, Phase, Refused};
use crate::exchange::store::{Claim, Claimed, EventLine, Happening, InboxLine, LeaseChange, NewItem, StoreError};

pub(super) fn insert(db: &Connection, delivery: i64, new: &NewItem, state: &Item, seq: i64) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO recipient_state (delivery, recipient, item, phase, version, lease, lease_until, attempt,
                                      visible_from, accessed, not_after, consigned, last, last_evidence, halfway, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        delivery,
        new.recipient.as_str(),
        new.item,
        state.phase.name(),
        number(state.version),
        number(state.lease),
        state.lease_until.0,
        state.attempt,
        state.visible_from.0,
        state.accessed,
        state.not_after.map(|t| t.0),
        seq,
        new.evidence.digest().0,
        state.halfway.map(|t| t.0),
        state.due().map(|t| t.0),
    ])?;
    Ok(())
}

/// Reads an item's state from a row of `recipient_state`.
pub(super) fn item(row: &Row<'_>) -> Result<Item, StoreError> {
    Ok(Item {
        phase: Phase::parse(&row.get::<_, String>("phase")?).ok_or(StoreError::Corrupt("phase"))?,
        version: unsigned(row, "version")?,
        lease: unsigned(row, "lease")?,
        lease_until: UnixTime(row.get("lease_until")?),
        attempt: row.get("attempt")?,
        visible_from: UnixTime(row.get("visible_from")?),
        accessed: row.get("accessed")?,
        not_after: row.get::<_, Option<i64>>("not_after")?.map(UnixTime),
        halfway: row.get::<_, Option<i64>>("halfway")?.map(UnixTime),
        warned: row.get("warned")?,
        recall_asked: row.get("recall_asked")?,
    })
}

pub(super) fn update(db: &Connection, key: i64, seen_version: u64, next: &Item) -> Result<bool, StoreError> {
    let changed = db
        .prepare_cached(
            "UPDATE recipient_state SET phase = ?3, version = ?4, lease = ?5, lease_until = ?6, attempt = ?7,
                    visible_from = ?8, accessed = ?9, final = ?10, warned = ?11, recall_asked = ?12, due = ?13
             WHERE key = ?1 AND version = ?2",
        )?
        .execute(params![
            key,
            number(seen_version),
            next.phase.name(),
            number(next.version),
            number(next.lease),
            next.lease_until.0,
            next.attempt,
            next.visible_from.0,
            next.accessed,
            next.phase.is_final(),
            next.warned,
            next.recall_asked,
            next.due().map(|t| t.0),
        ])?;
    Ok(changed == 1)
}

pub(super) fn list(db: &Connection, agency: &AgencyCode, after: u64, limit: u32) -> Result<Vec<InboxLine>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT recipient_state.*, delivery.id AS id, sender, package, size, media_type, accepted
         FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery
         WHERE recipient = ?1 AND final = 0 AND recipient_state.key > ?2 ORDER BY recipient_state.key LIMIT ?3",
    )?;
    inbox_lines(statement.query(params![agency.as_str(), number(after), limit])?)
}

/// Items of deliveries of this id, wherever they stand; few, since ids are random.
pub(super) fn named(db: &Connection, agency: &AgencyCode, delivery: Uuid) -> Result<Vec<InboxLine>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT recipient_state.*, delivery.id AS id, sender, package, size, media_type, accepted
         FROM delivery JOIN recipient_state ON delivery.key = recipient_state.delivery
         WHERE delivery.id = ?2 AND recipient = ?1 ORDER BY recipient_state.key LIMIT 100",
    )?;
    inbox_lines(statement.query(params![agency.as_str(), delivery.to_string()])?)
}

fn inbox_lines(mut rows: rusqlite::Rows<'_>) -> Result<Vec<InboxLine>, StoreError> {
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(InboxLine {
            place: unsigned(row, "key")?,
            item: row.get("item")?,
            state: item(row)?,
            delivery: uuid(&row.get::<_, String>("id")?)?,
            sender: code(&row.get::<_, String>("sender")?)?,
            package: package(row)?,
            accepted: UnixTime(row.get("accepted")?),
        });
    }
    Ok(lines)
}

/// Octets of envelopes after which an answer takes no further item: many long ones would fill the memory.
const ANSWER: u64 = 4 << 20;

/// One leased item of a stored claim: key, lease, until, attempt.
type Leased = (i64, u64, i64, u32);

pub(super) fn claim(
    db: &Connection,
    agency: &AgencyCode,
    claim: &Claim,
    now: UnixTime,
) -> Result<Option<Vec<Claimed>>, StoreError> {
    let stored: Option<String> = db
        .prepare_cached("SELECT answer FROM claim WHERE agency = ?1 AND id = ?2")?
        .query_row(params![agency.as_str(), claim.id], |row| row.get(0))
        .optional()?;
    let leased: Vec<Leased> = match stored {
        Some(text) => serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("claim"))?,
        None => {
            let held: u32 = db
                .prepare_cached(
                    "SELECT count(*) FROM recipient_state WHERE recipient = ?1 AND phase = 'leased' AND lease_until > ?2",
                )?
                .query_row(params![agency.as_str(), now.0], |row| row.get(0))?;
            let max = claim.max.min(claim.most_leased.saturating_sub(held));
            if max == 0 {
                return Ok(None);
            }
            let leased = lease(db, agency, &Claim { max, ..claim.clone() }, now)?;
            let text = serde_json::to_string(&leased).map_err(|_| StoreError::Corrupt("claim"))?;
            db.prepare_cached("INSERT INTO claim (agency, id, time, answer) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![agency.as_str(), claim.id, now.0, text])?;
            leased
        }
    };
    leased.iter().map(|leased| claimed(db, leased)).collect::<Result<_, _>>().map(Some)
}

fn lease(db: &Connection, agency: &AgencyCode, claim: &Claim, now: UnixTime) -> Result<Vec<Leased>, StoreError> {
    let mut found = Vec::new();
    match &claim.items {
        Some(items) => {
            let mut statement =
                db.prepare_cached("SELECT * FROM recipient_state WHERE recipient = ?1 AND item = ?2")?;
            for name in items {
                let mut rows = statement.query(params![agency.as_str(), name])?;
                while let Some(row) = rows.next()? {
                    found.push((row.get::<_, i64>("key")?, row.get::<_, i64>("delivery")?, item(row)?));
                }
            }
        }
        None => {
            // The order of the inbox; the state machine has the last word on each.
            let mut statement = db.prepare_cached(
                "SELECT * FROM recipient_state WHERE recipient = ?1 AND final = 0
                    AND ((phase = 'available' AND visible_from <= ?2) OR (phase = 'leased' AND lease_until <= ?2))
                    AND (not_after IS NULL OR not_after >= ?2)
                 ORDER BY key LIMIT ?3",
            )?;
            let mut rows = statement.query(params![agency.as_str(), now.0, claim.max])?;
            while let Some(row) = rows.next()? {
                found.push((row.get::<_, i64>("key")?, row.get::<_, i64>("delivery")?, item(row)?));
            }
        }
    }
    let max = usize::try_from(claim.max).unwrap_or(usize::MAX);
    let mut leased = Vec::new();
    let mut octets = 0_u64;
    for (key, delivery, state) in found {
        // An answer holds at least one item, and no more than memory stands.
        if leased.len() >= max || octets >= ANSWER {
            break;
        }
        let Ok(step) = state.claim(claim.lease_s, claim.items.is_some(), now) else { continue };
        update(db, key, state.version, &step.item)?;
        if step.item.phase == Phase::Leased {
            octets = octets.saturating_add(
                db.prepare_cached(
                    "SELECT length(envelope) + length(signature) AS octets FROM delivery WHERE key = ?1",
                )?
                .query_row(params![delivery], |row| unsigned(row, "octets"))?,
            );
            leased.push((key, step.item.lease, step.item.lease_until.0, step.item.attempt));
        }
    }
    Ok(leased)
}

fn claimed(db: &Connection, leased: &Leased) -> Result<Claimed, StoreError> {
    let (key, lease, until, attempt) = *leased;
    let mut statement = db.prepare_cached(
        "SELECT item, delivery.id AS id, delivery.sender AS sender, envelope, delivery.signature AS seal,
                evidence.bytes AS bytes, evidence.signature AS signature, leaf.bytes AS leaf
         FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery
              JOIN evidence ON evidence.seq = consigned JOIN leaf ON leaf.seq = consigned
         WHERE recipient_state.key = ?1",
    )?;
    let mut rows = statement.query(params![key])?;
    let Some(row) = rows.next()? else { return Err(StoreError::Corrupt("claim")) };
    let recall = db
        .prepare_cached("SELECT bytes, signature FROM said WHERE state = ?1 AND kind IN ('recall', 'replacement')")?
        .query_row(params![key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(Claimed {
        recall,
        item: row.get("item")?,
        lease,
        lease_until: UnixTime(until),
        attempt,
        delivery: uuid(&row.get::<_, String>("id")?)?,
        sender: code(&row.get::<_, String>("sender")?)?,
        envelope: row.get("envelope")?,
        signature: row.get("seal")?,
        receipt: receipt(row)?,
    })
}

pub(super) fn find(db: &Connection, agency: &AgencyCode, name: &str) -> Result<Option<(i64, i64, Item)>, StoreError> {
    let mut statement = db.prepare_cached("SELECT * FROM recipient_state WHERE recipient = ?1 AND item = ?2")?;
    let mut rows = statement.query(params![agency.as_str(), name])?;
    match rows.next()? {
        Some(row) => Ok(Some((row.get("key")?, row.get("delivery")?, item(row)?))),
        None => Ok(None),
    }
}

pub(super) fn change_lease(
    db: &Connection,
    agency: &AgencyCode,
    name: &str,
    change: &LeaseChange,
    now: UnixTime,
) -> Result<Option<Result<Item, Refused>>, StoreError> {
    let Some((key, _, state)) = find(db, agency, name)? else { return Ok(None) };
    let changed = change.apply(&state, now);
    if let Ok(next) = &changed
        && *next != state
    {
        update(db, key, state.version, next)?;
    }
    Ok(Some(changed))
}

pub(super) fn events(
    db: &Connection,
    agency: &AgencyCode,
    after: u64,
    limit: u32,
) -> Result<Vec<EventLine>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT seq, time, event, delivery.id AS id, sender, recipient, item, n
         FROM event JOIN delivery ON delivery.key = event.delivery WHERE agency = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut rows = statement.query(params![agency.as_str(), number(after), limit])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let recipient: Option<String> = row.get("recipient")?;
        lines.push(EventLine {
            seq: unsigned(row, "seq")?,
            time: UnixTime(row.get("time")?),
            event: Happening::parse(&row.get::<_, String>("event")?).ok_or(StoreError::Corrupt("event"))?,
            delivery: uuid(&row.get::<_, String>("id")?)?,
            sender: code(&row.get::<_, String>("sender")?)?,
            recipient: recipient.as_deref().map(code).transpose()?,
            item: row.get("item")?,
            n: row.get::<_, Option<i64>>("n")?.and_then(|n| u64::try_from(n).ok()),
        });
    }
    Ok(lines)
}
