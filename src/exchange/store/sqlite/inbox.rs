//! Items, leases, acknowledgements and events, as an agency reaches its own.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::deliveries::{Signed, head, receipt, receipt_columns, signed};
use super::rows::{self, CLAIM, DELIVERY, EVENT, ITEM, SAID, STATE, optional};
use super::{code, number, unsigned};
use crate::base::time::UnixTime;
use crate::exchange::id::{AgencyCode, Uuid};
use crate::exchange::state::{Item, Phase, Refused};
use crate::exchange::store::{Claim, Claimed, EventLine, Happening, InboxLine, LeaseChange, NewItem, StoreError};

pub(super) fn insert(db: &Connection, delivery: i64, new: &NewItem, state: &Item, seq: i64) -> Result<(), StoreError> {
    let row = ITEM.over(&[
        ValueRef::Integer(delivery),
        new.recipient.as_str().into(),
        new.item.as_str().into(),
        optional(state.not_after.map(|t| t.0)),
        optional(state.halfway.map(|t| t.0)),
        ValueRef::Integer(seq),
    ]);
    db.prepare_cached(
        "INSERT INTO recipient_state (delivery, recipient, item, phase, version, lease, lease_until, attempt,
                                      visible_from, accessed, not_after, consigned, last, last_evidence, halfway, due,
                                      row_digest, state_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14, ?15, ?16, ?17)",
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
        row.0,
        rows::state(state).0,
    ])?;
    Ok(())
}

/// Reads an item's state from the columns of [`ITEM`] and [`STATE`].
///
/// # Errors
/// [`StoreError::Corrupt`] when they are not what was written.
pub(super) fn item(row: &Row<'_>) -> Result<Item, StoreError> {
    ITEM.check(row)?;
    STATE.check(row)?;
    Ok(Item {
        phase: Phase::parse(&row.get::<_, String>("state_phase")?).ok_or(StoreError::Corrupt("phase"))?,
        version: unsigned(row, "state_version")?,
        lease: unsigned(row, "state_lease")?,
        lease_until: UnixTime(row.get("state_lease_until")?),
        attempt: row.get("state_attempt")?,
        visible_from: UnixTime(row.get("state_visible_from")?),
        accessed: row.get("state_accessed")?,
        not_after: row.get::<_, Option<i64>>("item_not_after")?.map(UnixTime),
        halfway: row.get::<_, Option<i64>>("item_halfway")?.map(UnixTime),
        warned: row.get("state_warned")?,
        recall_asked: row.get("state_recall_asked")?,
    })
}

/// Leaves a row out of a list when it is damaged: one that rotted does not keep the others from whoever waits for them.
/// Whoever asks for it by its name is told.
pub(super) fn unless_damaged<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "a damaged row is left out of a list; `congvan serve fsck` tells which");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn update(db: &Connection, key: i64, seen_version: u64, next: &Item) -> Result<bool, StoreError> {
    let changed = db
        .prepare_cached(
            "UPDATE recipient_state SET phase = ?3, version = ?4, lease = ?5, lease_until = ?6, attempt = ?7,
                    visible_from = ?8, accessed = ?9, final = ?10, warned = ?11, recall_asked = ?12, due = ?13,
                    state_digest = ?14
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
            rows::state(next).0,
        ])?;
    Ok(changed == 1)
}

pub(super) fn list(db: &Connection, agency: &AgencyCode, after: u64, limit: u32) -> Result<Vec<InboxLine>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT recipient_state.key AS key, {}, {}, {}
         FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery
         WHERE recipient = ?1 AND final = 0 AND recipient_state.key > ?2 ORDER BY recipient_state.key LIMIT ?3",
        ITEM.columns, STATE.columns, DELIVERY.columns
    ))?;
    inbox_lines(statement.query(params![agency.as_str(), number(after), limit])?)
}

/// Items of deliveries of this id, wherever they stand; few, since ids are random.
pub(super) fn named(db: &Connection, agency: &AgencyCode, delivery: Uuid) -> Result<Vec<InboxLine>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT recipient_state.key AS key, {}, {}, {}
         FROM delivery JOIN recipient_state ON delivery.key = recipient_state.delivery
         WHERE delivery.id = ?2 AND recipient = ?1 ORDER BY recipient_state.key LIMIT 100",
        ITEM.columns, STATE.columns, DELIVERY.columns
    ))?;
    inbox_lines(statement.query(params![agency.as_str(), delivery.to_string()])?)
}

fn inbox_lines(mut rows: rusqlite::Rows<'_>) -> Result<Vec<InboxLine>, StoreError> {
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.extend(unless_damaged(inbox_line(row))?);
    }
    Ok(lines)
}

fn inbox_line(row: &Row<'_>) -> Result<InboxLine, StoreError> {
    let head = head(row)?;
    Ok(InboxLine {
        place: unsigned(row, "key")?,
        item: row.get("item_name")?,
        state: item(row)?,
        delivery: head.id,
        sender: head.sender,
        package: head.package,
        accepted: head.accepted,
    })
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
    let leased = match stored_claim(db, agency, &claim.id)? {
        Some(leased) => leased,
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
            let row = CLAIM.over(&[
                agency.as_str().into(),
                claim.id.as_str().into(),
                ValueRef::Integer(now.0),
                text.as_str().into(),
            ]);
            db.prepare_cached(
                "INSERT OR REPLACE INTO claim (agency, id, time, answer, row_digest) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![agency.as_str(), claim.id, now.0, text, row.0])?;
            leased
        }
    };
    let mut items = Vec::new();
    for leased in &leased {
        let read = claimed(db, agency, leased);
        match &claim.items {
            Some(_) => items.push(read?),
            None => items.extend(unless_damaged(read)?),
        }
    }
    Ok(Some(items))
}

/// What a claim was answered before. An answer that rotted is made anew: what it leased is offered again when that runs out.
fn stored_claim(db: &Connection, agency: &AgencyCode, id: &str) -> Result<Option<Vec<Leased>>, StoreError> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {} FROM claim WHERE agency = ?1 AND id = ?2", CLAIM.columns))?;
    let mut rows = statement.query(params![agency.as_str(), id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let read = || -> Result<Vec<Leased>, StoreError> {
        CLAIM.check(row)?;
        serde_json::from_str(&row.get::<_, String>("claim_answer")?).map_err(|_| StoreError::Corrupt("claim"))
    };
    unless_damaged(read())
}

fn lease(db: &Connection, agency: &AgencyCode, claim: &Claim, now: UnixTime) -> Result<Vec<Leased>, StoreError> {
    let mut found = Vec::new();
    match &claim.items {
        Some(items) => {
            for name in items {
                found.extend(find(db, agency, name)?);
            }
        }
        None => {
            // The order of the inbox; the state machine has the last word on each.
            let mut statement = db.prepare_cached(&format!(
                "SELECT key, {}, {} FROM recipient_state WHERE recipient = ?1 AND final = 0
                    AND ((phase = 'available' AND visible_from <= ?2) OR (phase = 'leased' AND lease_until <= ?2))
                    AND (not_after IS NULL OR not_after >= ?2)
                 ORDER BY key LIMIT ?3",
                ITEM.columns, STATE.columns
            ))?;
            let mut rows = statement.query(params![agency.as_str(), now.0, claim.max])?;
            while let Some(row) = rows.next()? {
                found.extend(unless_damaged(standing(row))?);
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

fn claimed(db: &Connection, agency: &AgencyCode, leased: &Leased) -> Result<Claimed, StoreError> {
    let (key, lease, until, attempt) = *leased;
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, {}, envelope, delivery.signature AS seal, {}
         FROM recipient_state JOIN delivery ON delivery.key = recipient_state.delivery
              JOIN evidence ON evidence.seq = consigned JOIN leaf ON leaf.seq = consigned
         WHERE recipient_state.key = ?1 AND recipient_state.recipient = ?2",
        ITEM.columns,
        DELIVERY.columns,
        receipt_columns(),
    ))?;
    let mut rows = statement.query(params![key, agency.as_str()])?;
    let Some(row) = rows.next()? else { return Err(StoreError::Corrupt("claim")) };
    ITEM.check(row)?;
    let head = head(row)?;
    let (envelope, signature) = signed(row, &head)?;
    Ok(Claimed {
        recall: recall(db, key)?,
        item: row.get("item_name")?,
        lease,
        lease_until: UnixTime(until),
        attempt,
        delivery: head.id,
        sender: head.sender,
        envelope,
        signature,
        receipt: receipt(row)?,
    })
}

/// The recall or replacing envelope that concerned an item, with its seal.
fn recall(db: &Connection, key: i64) -> Result<Option<Signed>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM said WHERE state = ?1 AND kind IN ('recall', 'replacement')",
        SAID.columns
    ))?;
    let mut rows = statement.query(params![key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    SAID.check(row)?;
    Ok(Some((row.get("said_bytes")?, row.get("said_signature")?)))
}

/// Key of an item, key of its delivery, and where it stands.
type Standing = (i64, i64, Item);

fn standing(row: &Row<'_>) -> Result<Standing, StoreError> {
    Ok((row.get("key")?, row.get("item_delivery")?, item(row)?))
}

pub(super) fn find(db: &Connection, agency: &AgencyCode, name: &str) -> Result<Option<Standing>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT key, {}, {} FROM recipient_state WHERE recipient = ?1 AND item = ?2",
        ITEM.columns, STATE.columns
    ))?;
    let mut rows = statement.query(params![agency.as_str(), name])?;
    rows.next()?.map(standing).transpose()
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
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, {} FROM event JOIN delivery ON delivery.key = event.delivery
         WHERE agency = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        EVENT.columns, DELIVERY.columns
    ))?;
    let mut rows = statement.query(params![agency.as_str(), number(after), limit])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        EVENT.check(row)?;
        let (seq, head) = (unsigned(row, "event_seq")?, head(row)?);
        // A gap is one of the database: numbers are given without.
        let before = lines.last().map_or(after, |line: &EventLine| line.seq);
        if seq != before.saturating_add(1) {
            return Err(StoreError::Corrupt("line of events"));
        }
        let recipient: Option<String> = row.get("event_recipient")?;
        lines.push(EventLine {
            seq,
            time: UnixTime(row.get("event_time")?),
            event: Happening::parse(&row.get::<_, String>("event_event")?).ok_or(StoreError::Corrupt("event"))?,
            delivery: head.id,
            sender: head.sender,
            recipient: recipient.as_deref().map(code).transpose()?,
            item: row.get("event_item")?,
            n: row.get::<_, Option<i64>>("event_n")?.and_then(|n| u64::try_from(n).ok()),
        });
    }
    Ok(lines)
}
