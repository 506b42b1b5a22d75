//! Stores: one method per protocol operation, behind one trait.
//!
//! A store keeps and compares; it decides nothing. What may happen is said by [`super::state`], what is
//! signed is signed before a store sees it. A write that depends on what was read names the version it
//! saw, and comes back as [`Commit::Lost`] when another came first. When a method returns `Ok`, what it
//! did is on stable storage (promise G1).

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use super::envelope::Package;
use super::evidence::{Event, Receipt};
use super::id::{AgencyCode, Sha256, Uuid};
use super::state::{Item, Refused};
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;

pub mod blobs;
pub mod head;
pub mod memory;
mod running_digest;
pub mod space;
pub mod sqlite;

/// Bodies up to this many octets are rows of the database, larger ones are files.
pub const SMALL_BODY: u64 = 256 * 1024;

/// What a store method returns.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store could not do its work. None of these says anything about the request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error("a file of the store could not be read or written: {0}")]
    File(#[from] std::io::Error),
    /// The device is full.
    #[error("the device is full")]
    NoSpace,
    /// A commit failed earlier; the process must be started anew.
    #[error("an earlier commit failed, so nothing more is written")]
    Stopped,
    /// The database was written by a later version.
    #[error("the database has schema version {found}, this program knows up to {known}")]
    Newer {
        /// Its version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// Another process uses this store.
    #[error("another process uses this store")]
    InUse,
    /// The store belongs to another log.
    #[error("the store belongs to the log {found}, not {configured}")]
    OtherLog {
        /// The verifier key it was begun with.
        found: String,
        /// The verifier key configured.
        configured: String,
    },
    /// The database does not hold what was acknowledged.
    #[error(
        "the database holds {found} log entries, but entry {acknowledged} was acknowledged and is not among them: it went \
         back behind what was promised"
    )]
    WentBack {
        /// Entries it holds.
        found: u64,
        /// The entry acknowledged last, counted from 1.
        acknowledged: u64,
        /// The file that says so.
        file: PathBuf,
    },
    /// What is stored cannot be read back; `fsck` tells more.
    #[error("the store holds a {0} that cannot be read")]
    Corrupt(&'static str),
}

impl StoreError {
    /// Whether what is stored is damaged, and not merely out of reach.
    pub fn is_damage(&self) -> bool {
        use rusqlite::Error;
        match self {
            StoreError::Corrupt(_) => true,
            StoreError::Database(Error::SqliteFailure(error, _)) => {
                matches!(error.code, rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
            }
            StoreError::Database(
                Error::FromSqlConversionFailure(..)
                | Error::InvalidColumnType(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::Utf8Error(..),
            ) => true,
            _ => false,
        }
    }
}

/// A store of one endpoint.
pub trait Store: Send + Sync {
    /// Begins an upload with all its room, or tells that this agency stored these octets before or has begun to.
    /// Its expired uploads are dropped first.
    fn create_upload<'a>(&'a self, agency: &'a AgencyCode, new: NewUpload) -> Answer<'a, Created>;

    /// An upload's state.
    fn upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<UploadState>>;

    /// Takes an upload over: whoever wrote to it before can do so no more.
    fn take_over<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, Option<(UploadState, Epoch)>>;

    /// Writes octets at an offset past what is durable; nothing is promised yet. `false` when taken over.
    fn append<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, bytes: Vec<u8>) -> Answer<'a, bool>;

    /// Makes everything below `offset` durable, and at the full length checks the digest and keeps the package.
    fn settle<'a>(&'a self, upload: &'a str, epoch: Epoch, offset: u64, now: UnixTime) -> Answer<'a, Settled>;

    /// Drops an upload.
    fn cancel_upload<'a>(&'a self, agency: &'a AgencyCode, upload: &'a str) -> Answer<'a, bool>;

    /// Size of a package this agency stored, or received.
    fn package_size<'a>(&'a self, agency: &'a AgencyCode, package: &'a Sha256) -> Answer<'a, Option<u64>>;

    /// A package's octets.
    fn package<'a>(&'a self, package: &'a Sha256) -> Answer<'a, Option<Body>>;

    /// The envelope digest and receipt an id stands for.
    fn accepted<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Sha256, Receipt)>>;

    /// What a submission meets: the delivery its id stands for, or else its package, where one is asked for and this
    /// agency stored it.
    fn meets<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid, package: Option<&'a Sha256>) -> Answer<'a, Met> {
        Box::pin(async move {
            if let Some((envelope, receipt)) = self.accepted(sender, delivery).await? {
                return Ok(Met::Accepted(envelope, receipt));
            }
            let Some(package) = package else { return Ok(Met::New(None)) };
            let Some(size) = self.package_size(sender, package).await? else { return Ok(Met::New(None)) };
            Ok(Met::New(self.package(package).await?.map(|body| (size, body))))
        })
    }

    /// Accepts a delivery with its items, evidence, leaves and events in one transaction.
    fn submit(&self, submission: Submission) -> Answer<'_, Submitted>;

    /// Keeps the evidence of a refused submission.
    fn reject(&self, rejection: Rejection) -> Answer<'_, ()>;

    /// The evidence of a refused submission.
    fn rejection<'a>(&'a self, sender: &'a AgencyCode, evidence: Uuid) -> Answer<'a, Option<Receipt>>;

    /// A delivery as its sender sees it.
    fn delivery<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<DeliveryView>>;

    /// A delivery's envelope and the sender's seal over it.
    fn envelope<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<(Vec<u8>, Vec<u8>)>>;

    /// What evidence a delivery has.
    fn evidence_list<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<EvidenceLine>>>;

    /// One piece of evidence of a delivery.
    fn evidence<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid, n: u64) -> Answer<'a, Option<Receipt>>;

    /// An agency's events after a cursor.
    fn events<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<EventLine>>;

    /// An agency's undecided items after a cursor.
    fn inbox<'a>(&'a self, agency: &'a AgencyCode, after: u64, limit: u32) -> Answer<'a, Vec<InboxLine>>;

    /// Leases items to a worker; the same claim id returns the same answer. `None` when the agency has as many items
    /// under a lease as it may: the claim is not remembered then.
    fn claim<'a>(&'a self, agency: &'a AgencyCode, claim: Claim, now: UnixTime) -> Answer<'a, Option<Vec<Claimed>>>;

    /// One item of an agency.
    fn item<'a>(&'a self, agency: &'a AgencyCode, item: &'a str) -> Answer<'a, Option<ItemView>>;

    /// Changes an item without evidence, asking the state machine inside the transaction.
    fn change_lease<'a>(
        &'a self,
        agency: &'a AgencyCode,
        item: &'a str,
        change: LeaseChange,
        now: UnixTime,
    ) -> Answer<'a, Option<Result<Item, Refused>>>;

    /// Records decisions about items with their evidence, all of them or none: each item must still be at the
    /// version its decision saw.
    fn apply(&self, decisions: Vec<Decision>) -> Answer<'_, Commit>;

    /// All items of a delivery, for its sender.
    fn items_of<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<ItemView>>>;

    /// Items of an agency that belong to deliveries of this id, wherever they stand.
    fn items_named<'a>(&'a self, agency: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Vec<InboxLine>>;

    /// What was said about a delivery: acknowledgements, recalls, statuses, oldest first.
    fn statements<'a>(&'a self, sender: &'a AgencyCode, delivery: Uuid) -> Answer<'a, Option<Vec<StatementLine>>>;

    /// Items for which a warning or the end is due, longest overdue first.
    fn due(&self, now: UnixTime, limit: u32) -> Answer<'_, Vec<ItemView>>;

    /// Housekeeping: removes what is kept no longer, makes the reserve anew.
    fn upkeep(&self, upkeep: Upkeep) -> Answer<'_, Upkept>;

    /// Whether the store can still commit.
    fn is_ready(&self) -> bool;

    /// Whether there is room left to accept deliveries.
    fn has_room(&self) -> bool {
        true
    }

    /// Checks the whole store against itself.
    fn fsck(&self) -> Answer<'_, Vec<Fault>>;
}

/// Counts how often an upload was taken over.
pub type Epoch = u64;

/// An upload about to begin.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// Its name, a random token.
    pub id: String,
    /// Octets to come.
    pub length: u64,
    /// Their digest.
    pub digest: Sha256,
    /// When it begins.
    pub now: UnixTime,
    /// After this it is dropped.
    pub expires: UnixTime,
    /// Most unfinished uploads the agency may have, this one included.
    pub most_open: u32,
    /// Most octets they may have room reserved for, this one included.
    pub most_reserved: u64,
}

/// What became of a new upload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Created {
    /// It has begun.
    Begun,
    /// This agency stored these octets before.
    Complete,
    /// This agency began to upload these octets before: the older upload goes on.
    Resumes {
        /// Its name.
        upload: String,
        /// Octets on stable storage.
        offset: u64,
    },
    /// The agency has as many uploads open as it may.
    TooMany,
    /// Its open uploads have as much room reserved as they may.
    TooMuch,
}

/// An upload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UploadState {
    /// Octets to come.
    pub length: u64,
    /// Octets on stable storage.
    pub offset: u64,
    /// Their digest once complete.
    pub digest: Sha256,
    /// Whether the package is kept.
    pub complete: bool,
    /// After this it is dropped.
    pub expires: UnixTime,
}

/// What became of octets written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Settled {
    /// So many octets are durable; `complete` when that is all and the digest is right.
    Durable {
        /// Octets on stable storage.
        offset: u64,
        /// Whether the package is kept.
        complete: bool,
    },
    /// A newer request took the upload over, or it is gone.
    Superseded,
    /// All octets are here and their digest is another; the upload is dropped.
    WrongDigest,
}

/// What a submission meets in a store.
pub enum Met {
    /// Its id stands for a delivery: the digest of that one's envelope, and the first receipt.
    Accepted(Sha256, Receipt),
    /// Its id is new; size and octets of its package.
    New(Option<(u64, Body)>),
}

/// A package's octets.
#[derive(Clone)]
pub struct Body(pub Arc<dyn ReadAt + Send + Sync>);

/// Evidence with what a store files it under.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FiledEvidence {
    /// What happened.
    pub event: Event,
    /// When.
    pub time: UnixTime,
    /// The evidence's own id.
    pub id: Uuid,
    /// The one recipient it concerns; absent at submission.
    pub recipient: Option<AgencyCode>,
    /// Evidence, seal and leaf.
    pub receipt: Receipt,
}

impl FiledEvidence {
    /// SHA-256 of the evidence's octets.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&self.receipt.evidence)
    }
}

/// A delivery ready to be accepted.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Who sends.
    pub sender: AgencyCode,
    /// Its id.
    pub delivery: Uuid,
    /// The envelope's octets.
    pub envelope: Vec<u8>,
    /// The sender's seal over them.
    pub signature: Vec<u8>,
    /// The package, which must be stored by this agency.
    pub package: Package,
    /// After this it is offered no more.
    pub not_after: Option<UnixTime>,
    /// When it is accepted.
    pub accepted: UnixTime,
    /// Evidence of the submission.
    pub evidence: FiledEvidence,
    /// One item per recipient.
    pub items: Vec<NewItem>,
    /// The package's octets when they come with the submission, at most [`SMALL_BODY`].
    pub body: Option<Arc<Vec<u8>>>,
    /// The delivery it takes the place of, and what becomes of that one's items.
    pub replaces: Option<(Uuid, Vec<Decision>)>,
}

/// An item about to be put into an inbox.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Its name, a random token.
    pub item: String,
    /// Whose inbox.
    pub recipient: AgencyCode,
    /// Evidence of the consignment.
    pub evidence: FiledEvidence,
}

/// What became of a submission.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Submitted {
    /// It is accepted.
    New,
    /// It was accepted before, with this receipt.
    Replay(Receipt),
    /// The id stands for the envelope of this digest.
    Reused(Sha256),
    /// This agency has not stored the package.
    PackageMissing,
    /// The delivery to be replaced is not one of this agency's.
    NothingToReplace,
    /// The delivery to be replaced was replaced by another before.
    ReplacedBefore(Uuid),
    /// An item of the delivery to be replaced has changed; decide again.
    Lost,
}

/// A refused submission.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Who sent.
    pub sender: AgencyCode,
    /// The id it had.
    pub delivery: Uuid,
    /// Evidence of the refusal.
    pub evidence: FiledEvidence,
}

/// A delivery as its sender sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeliveryView {
    /// Digest of the envelope.
    pub envelope: Sha256,
    /// The package.
    pub package: Package,
    /// When it was accepted.
    pub accepted: UnixTime,
    /// Pieces of evidence.
    pub evidence: u64,
    /// The delivery that took its place.
    pub replaced_by: Option<Uuid>,
    /// Recipients and where the delivery stands at each.
    pub recipients: Vec<(AgencyCode, Item)>,
}

/// A line of a delivery's evidence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EvidenceLine {
    /// Its number in the delivery.
    pub n: u64,
    /// What happened.
    pub event: Event,
    /// When.
    pub time: UnixTime,
    /// The recipient it concerns.
    pub recipient: Option<AgencyCode>,
}

/// An event of an agency.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventLine {
    /// Its number, without gaps per agency.
    pub seq: u64,
    /// When.
    pub time: UnixTime,
    /// What happened.
    pub event: Happening,
    /// The delivery.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// The recipient it concerns.
    pub recipient: Option<AgencyCode>,
    /// The item, for the recipient.
    pub item: Option<String>,
    /// The number of the evidence in the delivery, for the sender.
    pub n: Option<u64>,
}

/// What an entry in an agency's events tells of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Happening {
    /// Something there is evidence of.
    Attested(Event),
    /// The time of an item runs out: half of it is over, or the last day has begun.
    ExpiryWarning,
}

impl Happening {
    const WARNING: &'static str = "ExpiryWarning";

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Happening::Attested(event) => event.name(),
            Happening::ExpiryWarning => Happening::WARNING,
        }
    }

    /// What a name means.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            Happening::WARNING => Some(Happening::ExpiryWarning),
            name => Event::parse(name).map(Happening::Attested),
        }
    }
}

/// An undecided item.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxLine {
    /// Its place in the inbox: the cursor.
    pub place: u64,
    /// Its name.
    pub item: String,
    /// Where it stands.
    pub state: Item,
    /// The delivery.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// The package.
    pub package: Package,
    /// When it was accepted.
    pub accepted: UnixTime,
}

/// A worker's claim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its id, chosen by the worker.
    pub id: String,
    /// Most items wanted.
    pub max: u32,
    /// Seconds of lease wanted.
    pub lease_s: u32,
    /// Items wanted by name; whatever comes when absent.
    pub items: Option<Vec<String>>,
    /// Most items the agency may have under a lease, those of this claim included.
    pub most_leased: u32,
}

/// An item leased to a worker.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claimed {
    /// Its name.
    pub item: String,
    /// The lease's number.
    pub lease: u64,
    /// Until when it holds.
    pub lease_until: UnixTime,
    /// How often the item was claimed.
    pub attempt: u32,
    /// The delivery.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// The envelope's octets.
    pub envelope: Vec<u8>,
    /// The sender's seal over them.
    pub signature: Vec<u8>,
    /// Evidence of the consignment.
    pub receipt: Receipt,
    /// The recall or replacing envelope and its seal, when the sender asked too late.
    pub recall: Option<(Vec<u8>, Vec<u8>)>,
}

/// One item with its delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ItemView {
    /// Its name.
    pub item: String,
    /// Whose it is.
    pub recipient: AgencyCode,
    /// Where it stands.
    pub state: Item,
    /// The delivery.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// Digest of the envelope.
    pub envelope: Sha256,
    /// The package.
    pub package: Package,
    /// When it was accepted.
    pub accepted: UnixTime,
    /// Digest of the newest evidence of this item.
    pub last_evidence: Sha256,
    /// The time it states; no later evidence states an earlier one.
    pub last_time: UnixTime,
    /// What was said about it, oldest first.
    pub said: Vec<Said>,
}

impl ItemView {
    /// The acknowledgement that decided it.
    pub fn ack(&self) -> Option<&Said> {
        self.said.iter().find(|said| said.kind == SaidKind::Ack)
    }

    /// The recall or replacement that concerned it.
    pub fn recall(&self) -> Option<&Said> {
        self.said.iter().find(|said| matches!(said.kind, SaidKind::Recall | SaidKind::Replacement))
    }
}

/// A signed object about an item, with the evidence made of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Said {
    /// What kind of object.
    pub kind: SaidKind,
    /// Its octets.
    pub bytes: Vec<u8>,
    /// The seal over them.
    pub signature: Vec<u8>,
    /// The evidence made of it.
    pub receipt: Receipt,
}

/// Kinds of objects that are said about items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SaidKind {
    /// The recipient's acknowledgement.
    Ack,
    /// The sender's recall.
    Recall,
    /// The envelope of the delivery that took this one's place.
    Replacement,
    /// The recipient's business status.
    Status,
}

const SAID: [(SaidKind, &str); 4] = [
    (SaidKind::Ack, "ack"),
    (SaidKind::Recall, "recall"),
    (SaidKind::Replacement, "replacement"),
    (SaidKind::Status, "status"),
];

impl SaidKind {
    /// The kind's name.
    pub fn name(self) -> &'static str {
        SAID.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind of a name.
    pub fn parse(name: &str) -> Option<Self> {
        SAID.iter().find(|(_, own)| *own == name).map(|(kind, _)| *kind)
    }
}

/// A signed object about one recipient's part of a delivery, for its sender.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatementLine {
    /// The recipient it concerns.
    pub recipient: AgencyCode,
    /// What kind of object.
    pub kind: SaidKind,
    /// Its octets.
    pub bytes: Vec<u8>,
    /// The seal over them.
    pub signature: Vec<u8>,
    /// Number of the evidence made of it.
    pub n: u64,
}

/// A change of a lease.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LeaseChange {
    /// Prolong it.
    Extend {
        /// The lease's number.
        lease: u64,
        /// Seconds from now.
        lease_s: u32,
    },
    /// Give the item back.
    Release {
        /// The lease's number.
        lease: u64,
        /// Seconds until it is offered again.
        delay_s: u32,
    },
    /// Note that octets are about to be served.
    Access,
}

impl LeaseChange {
    /// What the state machine says to it; an item served before stays as it is.
    ///
    /// # Errors
    /// As the state machine.
    pub fn apply(&self, item: &Item, now: UnixTime) -> Result<Item, Refused> {
        match *self {
            LeaseChange::Extend { lease, lease_s } => item.extend(lease, lease_s, now).map(|step| step.item),
            LeaseChange::Release { lease, delay_s } => item.release(lease, delay_s, now).map(|step| step.item),
            LeaseChange::Access => Ok(item.access()?.map_or_else(|| item.clone(), |step| step.item)),
        }
    }
}

/// Something decided about an item.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whose item.
    pub recipient: AgencyCode,
    /// The item.
    pub item: String,
    /// The version the decision was made on.
    pub seen_version: u64,
    /// The item afterwards.
    pub next: Item,
    /// The signed object it rests on: kind, octets, signature.
    pub said: Option<(SaidKind, Vec<u8>, Vec<u8>)>,
    /// What both sides are told.
    pub told: Told,
}

/// What is told about a decision.
#[derive(Clone, Debug)]
pub enum Told {
    /// Evidence; its `previous` is the evidence that was newest at the version seen.
    Evidence(FiledEvidence),
    /// That time runs out, as of this moment.
    Warning(UnixTime),
}

/// What housekeeping is to keep.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep {
    /// Now.
    pub now: UnixTime,
    /// Packages all of whose deliveries were decided before this are removed; none when absent.
    pub packages_before: Option<UnixTime>,
}

/// What housekeeping did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Upkept {
    /// Packages removed.
    pub packages: u64,
    /// Unfinished uploads dropped.
    pub uploads: u64,
}

/// Whether a compare-and-set write took place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Commit {
    /// It did.
    Done,
    /// Another change came first; read again.
    Lost,
}

/// Something `fsck` found wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// SQLite's own check found something.
    #[error("the database is damaged: {0}")]
    Database(String),
    /// A package a delivery names is not there.
    #[error("the package {0} is missing")]
    PackageMissing(Sha256),
    /// A package's octets have another digest or length.
    #[error("the package {0} is not what its name says")]
    PackageDamaged(Sha256),
    /// A leaf's number is missing.
    #[error("the log has no leaf {0}")]
    LeafMissing(u64),
    /// A leaf does not belong to the evidence filed with it, or its hash is wrong.
    #[error("leaf {0} does not fit its evidence")]
    LeafDamaged(u64),
    /// Evidence that cannot be read, or whose chain is broken.
    #[error("evidence {seq} is damaged: {what}")]
    Evidence {
        /// Number of its leaf.
        seq: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The endpoint's seal over evidence is not the one that was stored with it.
    #[error("the signature of evidence {0} is damaged")]
    EvidenceSignature(u64),
    /// An envelope's octets have another digest than the one filed, or cannot be read. The id is as it stands there.
    #[error("the envelope of delivery {0} is damaged")]
    Envelope(String),
    /// The sender's seal over an envelope is not the one that was stored with it.
    #[error("the signature of the envelope of delivery {0} is damaged")]
    EnvelopeSignature(String),
    /// A row whose columns are not what was written.
    #[error("row {row} of {table} is not what was written")]
    Row {
        /// The table.
        table: &'static str,
        /// What names the row in it.
        row: String,
    },
    /// A column that says something else than what is signed, or than what stands beside it.
    #[error("`{column}` in row {row} of {table} does not fit")]
    Column {
        /// The table.
        table: &'static str,
        /// What names the row in it.
        row: String,
        /// The column.
        column: &'static str,
    },
    /// An item's state lacks evidence, or evidence lacks the state.
    #[error("item {item} stands at {phase} without the evidence for it")]
    State {
        /// The item.
        item: String,
        /// Its phase.
        phase: &'static str,
    },
    /// An agency's events have a gap.
    #[error("the events of {agency} have a gap after {after}")]
    EventGap {
        /// The agency.
        agency: String,
        /// The last number before the gap.
        after: u64,
    },
    /// Events and evidence are not of the same number.
    #[error("{told} events tell of {attested} pieces of evidence")]
    Untold {
        /// Events.
        told: u64,
        /// Pieces of evidence.
        attested: u64,
    },
    /// A file no row refers to.
    #[error("the file {0} belongs to nothing")]
    Orphan(String),
}
