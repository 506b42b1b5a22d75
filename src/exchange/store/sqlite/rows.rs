//! Digests over rows: what a column says is believed only while it is what was written.
//!
//! Octets are named by their digests everywhere; seals and the columns beside them were named by nothing, and a bit of
//! theirs that turned over on disk went out as if it were true. Each row a promise hangs on therefore has a digest over its
//! columns. A reader that meets a row with another one gets [`StoreError::Corrupt`] and serves nothing of it; `fsck` says
//! where it is. These digests are against disks, not against people: who can write the database can write them too.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use crate::exchange::id::Sha256;
use crate::exchange::state::Item;
use crate::exchange::store::StoreError;

/// A set of columns under one digest.
#[derive(Debug)]
pub(super) struct Sealed {
    /// The table they stand in, which the digest is over too.
    pub(super) table: &'static str,
    /// What a reader says when they are not what was written.
    what: &'static str,
    /// What names a row.
    key: &'static [&'static str],
    /// The columns in their order, each under a name that is clear in every join; the digest is the last.
    pub(super) columns: &'static str,
    /// Names of the first column and of the digest.
    ends: (&'static str, &'static str),
    /// The digest's own column.
    digest: &'static str,
}

/// A delivery, without what may change: `replaced_by`, `closed` and `kept`.
pub(super) const DELIVERY: Sealed = Sealed {
    table: "delivery",
    what: "delivery",
    key: &["key"],
    columns: "delivery.sender AS delivery_sender, delivery.id AS delivery_id, delivery.digest AS delivery_digest, \
              delivery.signature_digest AS delivery_seal, delivery.blob AS delivery_blob, \
              delivery.package AS delivery_package, delivery.size AS delivery_size, \
              delivery.media_type AS delivery_media_type, delivery.accepted AS delivery_accepted, \
              delivery.row_digest AS delivery_row",
    ends: ("delivery_sender", "delivery_row"),
    digest: "row_digest",
};

/// Evidence; its octets and its seal are in it by their digests.
pub(super) const EVIDENCE: Sealed = Sealed {
    table: "evidence",
    what: "piece of evidence",
    key: &["seq"],
    columns: "evidence.seq AS evidence_seq, evidence.id AS evidence_id, evidence.digest AS evidence_digest, \
              evidence.signature_digest AS evidence_seal, evidence.event AS evidence_event, \
              evidence.time AS evidence_time, evidence.sender AS evidence_sender, \
              evidence.delivery AS evidence_delivery, evidence.n AS evidence_n, \
              evidence.recipient AS evidence_recipient, evidence.row_digest AS evidence_row",
    ends: ("evidence_seq", "evidence_row"),
    digest: "row_digest",
};

/// What of an item never changes.
pub(super) const ITEM: Sealed = Sealed {
    table: "recipient_state",
    what: "item",
    key: &["key"],
    columns: "recipient_state.delivery AS item_delivery, recipient_state.recipient AS item_recipient, \
              recipient_state.item AS item_name, recipient_state.not_after AS item_not_after, \
              recipient_state.halfway AS item_halfway, recipient_state.consigned AS item_consigned, \
              recipient_state.row_digest AS item_row",
    ends: ("item_delivery", "item_row"),
    digest: "row_digest",
};

/// Where an item stands.
pub(super) const STATE: Sealed = Sealed {
    table: "recipient_state",
    what: "state of an item",
    key: &["key"],
    columns: "recipient_state.phase AS state_phase, recipient_state.version AS state_version, \
              recipient_state.lease AS state_lease, recipient_state.lease_until AS state_lease_until, \
              recipient_state.attempt AS state_attempt, recipient_state.visible_from AS state_visible_from, \
              recipient_state.accessed AS state_accessed, recipient_state.warned AS state_warned, \
              recipient_state.recall_asked AS state_recall_asked, recipient_state.state_digest AS state_row",
    ends: ("state_phase", "state_row"),
    digest: "state_digest",
};

/// A signed object about an item.
pub(super) const SAID: Sealed = Sealed {
    table: "said",
    what: "statement",
    key: &["evidence"],
    columns: "said.evidence AS said_evidence, said.state AS said_state, said.kind AS said_kind, \
              said.bytes AS said_bytes, said.signature AS said_signature, said.row_digest AS said_row",
    ends: ("said_evidence", "said_row"),
    digest: "row_digest",
};

/// A line of an agency's events.
pub(super) const EVENT: Sealed = Sealed {
    table: "event",
    what: "line of events",
    key: &["agency", "seq"],
    columns: "event.agency AS event_agency, event.seq AS event_seq, event.time AS event_time, \
              event.event AS event_event, event.delivery AS event_delivery, event.recipient AS event_recipient, \
              event.item AS event_item, event.n AS event_n, event.row_digest AS event_row",
    ends: ("event_agency", "event_row"),
    digest: "row_digest",
};

/// The answer to a claim.
pub(super) const CLAIM: Sealed = Sealed {
    table: "claim",
    what: "claim",
    key: &["agency", "id"],
    columns: "claim.agency AS claim_agency, claim.id AS claim_id, claim.time AS claim_time, \
              claim.answer AS claim_answer, claim.row_digest AS claim_row",
    ends: ("claim_agency", "claim_row"),
    digest: "row_digest",
};

/// Everything that has a digest over its row.
pub(super) const ALL: [&Sealed; 7] = [&DELIVERY, &EVIDENCE, &ITEM, &STATE, &SAID, &EVENT, &CLAIM];

impl Sealed {
    /// The digest over these columns.
    pub(super) fn over(&self, columns: &[ValueRef<'_>]) -> Sha256 {
        let mut octets = Vec::with_capacity(512);
        // Each value with its kind and length, so that no two rows read alike.
        for value in std::iter::once(ValueRef::from(self.table)).chain(columns.iter().copied()) {
            let number;
            let (kind, value): (u8, &[u8]) = match value {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(value) => {
                    number = value.to_be_bytes();
                    (1, &number)
                }
                ValueRef::Real(value) => {
                    number = value.to_be_bytes();
                    (2, &number)
                }
                ValueRef::Text(value) => (3, value),
                ValueRef::Blob(value) => (4, value),
            };
            octets.push(kind);
            octets.extend_from_slice(&u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
            octets.extend_from_slice(value);
        }
        Sha256::of(&octets)
    }

    /// The digest over these columns of a row as they are, whatever they hold, and the one that was written.
    fn compare(&self, row: &Row<'_>) -> Result<(Sha256, Option<Sha256>), rusqlite::Error> {
        let statement = row.as_ref();
        let (first, last) = (statement.column_index(self.ends.0)?, statement.column_index(self.ends.1)?);
        let values = (first..last).map(|at| row.get_ref(at)).collect::<Result<Vec<_>, _>>()?;
        let written = match row.get_ref(last)? {
            ValueRef::Blob(octets) => Sha256::from_slice(octets),
            _ => None,
        };
        Ok((self.over(&values), written))
    }

    /// Whether these columns of a row are what was written.
    pub(super) fn is_intact(&self, row: &Row<'_>) -> Result<bool, rusqlite::Error> {
        self.compare(row).map(|(found, written)| Some(found) == written)
    }

    /// Refuses a row whose columns are not what was written.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub(super) fn check(&self, row: &Row<'_>) -> Result<(), StoreError> {
        if self.is_intact(row)? { Ok(()) } else { Err(StoreError::Corrupt(self.what)) }
    }

    /// A query of all rows: what names each, then the columns.
    pub(super) fn every(&self) -> String {
        format!("SELECT {}, {} FROM {}", self.key.join(", "), self.columns, self.table)
    }

    /// What names a row of [`Sealed::every`], for people.
    pub(super) fn name(&self, row: &Row<'_>) -> Result<String, rusqlite::Error> {
        let parts = (0..self.key.len()).map(|at| row.get_ref(at).map(shown)).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.join("/"))
    }
}

/// A value for people, whatever it is.
pub(super) fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(value) => String::from_utf8_lossy(value).into_owned(),
        ValueRef::Blob(value) => crate::base::encoding::hex(value.get(..value.len().min(32)).unwrap_or_default()),
    }
}

/// The digest over where an item stands.
pub(super) fn state(item: &Item) -> Sha256 {
    STATE.over(&[
        item.phase.name().into(),
        ValueRef::Integer(super::number(item.version)),
        ValueRef::Integer(super::number(item.lease)),
        ValueRef::Integer(item.lease_until.0),
        ValueRef::Integer(i64::from(item.attempt)),
        ValueRef::Integer(item.visible_from.0),
        ValueRef::Integer(i64::from(item.accessed)),
        ValueRef::Integer(i64::from(item.warned)),
        ValueRef::Integer(i64::from(item.recall_asked)),
    ])
}

/// A number, or nothing.
pub(super) fn optional(value: Option<i64>) -> ValueRef<'static> {
    value.map_or(ValueRef::Null, ValueRef::Integer)
}

/// Gives the rows of an older version their digests. What had rotted by then is taken for what was written: only what
/// the octets say as well is found afterwards.
pub(super) fn fill(db: &Connection) -> Result<(), StoreError> {
    for (table, key) in [("delivery", "key"), ("evidence", "seq")] {
        let mut seals = db.prepare(&format!("SELECT {key}, signature FROM {table}"))?;
        let mut write = db.prepare(&format!("UPDATE {table} SET signature_digest = ?2 WHERE {key} = ?1"))?;
        let mut rows = seals.query([])?;
        while let Some(row) = rows.next()? {
            let seal = match row.get_ref(1)? {
                ValueRef::Text(octets) | ValueRef::Blob(octets) => Sha256::of(octets),
                _ => return Err(StoreError::Corrupt("signature")),
            };
            write.execute((row.get::<_, i64>(0)?, seal.0))?;
        }
    }
    for sealed in ALL {
        let key: Vec<String> = (1..).zip(sealed.key).map(|(at, column)| format!("{column} = ?{at}")).collect();
        let set = sealed.key.len() + 1;
        let update = format!("UPDATE {} SET {} = ?{set} WHERE {}", sealed.table, sealed.digest, key.join(" AND "));
        let (mut every, mut write) = (db.prepare(&sealed.every())?, db.prepare(&update)?);
        let mut rows = every.query([])?;
        while let Some(row) = rows.next()? {
            let (digest, _) = sealed.compare(row)?;
            let key = (0..sealed.key.len()).map(|at| row.get_ref(at)).collect::<Result<Vec<_>, _>>()?;
            let values = key.into_iter().chain([ValueRef::Blob(&digest.0)]).map(ToSqlOutput::Borrowed);
            write.execute(params_from_iter(values))?;
        }
    }
    Ok(())
}
