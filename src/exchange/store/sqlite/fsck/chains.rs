//! Chains of evidence, and the states of items they tell of.

use std::collections::{BTreeSet, HashMap};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::{digest, number, octets};
use crate::exchange::evidence::{Event, Evidence};
use crate::exchange::id::Sha256;
use crate::exchange::state::Phase;
use crate::exchange::store::sqlite::inbox;
use crate::exchange::store::sqlite::rows::{ITEM, STATE, optional, shown};
use crate::exchange::store::{Fault, SaidKind, StoreError};

/// How items end, and what the evidence of each end is.
const ENDS: [(Event, Phase); 4] = [
    (Event::ContentHandover, Phase::Accepted),
    (Event::ConsignmentRejection, Phase::Rejected),
    (Event::Recall, Phase::Recalled),
    (Event::ContentHandoverFailure, Phase::Expired),
];

// Per delivery: number 0 is the submission; each item's chain leads from its newest evidence back to it, and what it
// attests on the way is what the item's state says, each signed object resting under its own evidence.
pub(super) fn check(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut by_delivery = db.prepare("SELECT seq, n, bytes, digest FROM evidence WHERE delivery = ?1 ORDER BY n")?;
    let mut items = db.prepare(&format!(
        "SELECT key, phase, final, due, recall_asked, last_evidence,
                (SELECT digest FROM evidence WHERE evidence.seq = last) AS last_digest,
                (SELECT digest FROM evidence WHERE evidence.seq = consigned) AS consigned_digest, {}, {}
         FROM recipient_state WHERE delivery = ?1",
        ITEM.columns, STATE.columns
    ))?;
    let mut said = db.prepare(
        "SELECT kind, said.bytes AS bytes, evidence.digest AS digest FROM said JOIN evidence ON evidence.seq = said.evidence
         WHERE state = ?1",
    )?;
    let mut deliveries = db.prepare("SELECT key, closed FROM delivery")?;
    let mut keys = deliveries.query([])?;
    while let Some(delivery) = keys.next()? {
        let key = number(delivery, "key")?;
        let mut chain: HashMap<Sha256, Evidence> = HashMap::new();
        let mut rows = by_delivery.query(params![key])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let seq = u64::try_from(number(row, "seq")?).unwrap_or(0);
            if number(row, "n")? != count {
                faults.push(Fault::Column { table: "evidence", row: seq.to_string(), column: "n" });
            }
            count += 1;
            match Evidence::from_bytes(octets(row, "bytes")?) {
                Ok(evidence) => {
                    let known = evidence.previous.is_none_or(|previous| chain.contains_key(&previous));
                    let first = chain.is_empty();
                    if !known || first != (evidence.event == Event::SubmissionAcceptance) {
                        faults.push(Fault::Evidence { seq, what: "it hangs on nothing" });
                    }
                    if let Some(digest) = digest(row, "digest")? {
                        chain.insert(digest, evidence);
                    }
                }
                Err(_) => faults.push(Fault::Evidence { seq, what: "it cannot be read" }),
            }
        }
        let (mut reached, mut all_ended) = (1, true);
        let mut rows = items.query(params![key])?;
        while let Some(row) = rows.next()? {
            let story = digest(row, "last_evidence")?.map_or_else(Vec::new, |newest| story(&chain, newest));
            reached += story.len().saturating_sub(1);
            let mut objects = HashMap::new();
            let mut lines = said.query(params![number(row, "key")?])?;
            while let Some(line) = lines.next()? {
                if let Some(under) = digest(line, "digest")? {
                    let kind = SaidKind::parse(&shown(line.get_ref("kind")?));
                    objects.insert(under, (kind, Sha256::of(octets(line, "bytes")?)));
                }
            }
            let phase = Phase::parse(&shown(row.get_ref("phase")?));
            all_ended &= phase.is_some_and(Phase::is_final);
            if !phase.is_some_and(|phase| stands(row, phase, &story, &objects).unwrap_or(false)) {
                let phase = phase.map_or("an unknown phase", Phase::name);
                faults.push(Fault::State { item: shown(row.get_ref("item_name")?), phase });
            }
        }
        if reached != chain.len() {
            faults.push(Fault::Evidence { seq: 0, what: "a delivery has evidence outside the chains of its items" });
        }
        if !is_closed_rightly(delivery.get_ref("closed")?, all_ended, &chain) {
            faults.push(Fault::Column { table: "delivery", row: key.to_string(), column: "closed" });
        }
    }
    Ok(())
}

/// A delivery is closed when the last of its items came to its end, and by that item's evidence.
fn is_closed_rightly(closed: ValueRef<'_>, all_ended: bool, chain: &HashMap<Sha256, Evidence>) -> bool {
    let is_end = |event| ENDS.iter().any(|(end, _)| *end == event);
    let ends: BTreeSet<i64> =
        chain.values().filter(|evidence| is_end(evidence.event)).map(|evidence| evidence.time.0).collect();
    match closed {
        ValueRef::Null => !all_ended,
        ValueRef::Integer(time) => all_ended && ends.contains(&time),
        _ => false,
    }
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

/// Whether an item stands where its story says, and its columns with it.
fn stands(
    row: &Row<'_>,
    phase: Phase,
    story: &[(Sha256, &Evidence)],
    objects: &HashMap<Sha256, (Option<SaidKind>, Sha256)>,
) -> Result<bool, StoreError> {
    let recipient = shown(row.get_ref("item_recipient")?);
    let is_its_own = story.iter().skip(1).all(|(_, evidence)| match evidence.recipients.as_slice() {
        [only] => only.as_str() == recipient,
        _ => false,
    });
    let consigned = story.get(1).map(|(digest, _)| *digest);
    // Items of the first version have no half of their time, and were due without it.
    let is_due = match inbox::item(row) {
        Ok(item) if item.not_after.is_none() || item.halfway.is_some() => {
            row.get_ref("due")? == optional(item.due().map(|time| time.0))
        }
        _ => true,
    };
    Ok(is_its_own
        && is_due
        && digest(row, "last_digest")? == digest(row, "last_evidence")?
        && digest(row, "consigned_digest")? == consigned
        && number(row, "final")? == i64::from(phase.is_final())
        && fits(phase, number(row, "recall_asked")? == 1, story)
        && rest(story, objects))
}

/// Whether a story tells of exactly the state an item is in.
fn fits(phase: Phase, recall_asked: bool, story: &[(Sha256, &Evidence)]) -> bool {
    let count = |event| story.iter().filter(|(_, evidence)| evidence.event == event).count();
    let ended = ENDS.iter().all(|(event, end)| count(*event) == usize::from(phase == *end));
    let begun = story.first().is_some_and(|(_, first)| first.event == Event::SubmissionAcceptance)
        && story.get(1).is_some_and(|(_, second)| second.event == Event::ContentConsignment);
    begun && ended && count(Event::ContentConsignment) == 1 && count(Event::RecallFailure) == usize::from(recall_asked)
}

/// Whether every signed object stands under evidence of its kind that names it, and nothing is named but those.
fn rest(story: &[(Sha256, &Evidence)], objects: &HashMap<Sha256, (Option<SaidKind>, Sha256)>) -> bool {
    let named = story.iter().filter(|(_, evidence)| evidence.acknowledgement.is_some()).count();
    let all = objects.iter().all(|(under, (kind, object))| {
        let evidence = story.iter().find(|(digest, _)| digest == under).map(|(_, evidence)| *evidence);
        let kinds: &[Event] = match kind {
            Some(SaidKind::Ack) => &[Event::ContentHandover, Event::ConsignmentRejection],
            Some(SaidKind::Recall | SaidKind::Replacement) => &[Event::Recall, Event::RecallFailure],
            Some(SaidKind::Status) => &[Event::BusinessStatus],
            None => &[],
        };
        evidence.is_some_and(|e| kinds.contains(&e.event) && e.acknowledgement == Some(*object))
    });
    named == objects.len() && all
}
