//! Pulling: claim, check, download, keep, acknowledge.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::transfer::Download;
use super::{Client, ClientError, Request, digest_of};
use crate::base::encoding::{base64, hex};
use crate::exchange::directory::{Agency, Role};
use crate::exchange::envelope::{Envelope, Package, Registry};
use crate::exchange::evidence::{Ack, Event, Evidence, Outcome, Reason, strict_base64};
use crate::exchange::id::{AgencyCode, Sha256, Uuid, is_token};
use crate::exchange::journal::{Overwrite, sync_folder, write_whole};
use crate::exchange::package::ending_of;
use crate::exchange::seal;
use crate::exchange::store::Happening;
use crate::path::Purpose;

/// Lease asked for, in seconds: time to download one package.
const LEASE_S: u32 = 1_800;
/// Items asked for at a time.
const BATCH: u32 = 20;
/// Seconds until an item that could not be taken is offered again.
const LATER_S: u32 = 600;
/// Name of the journal's cursor of events that a pull has dealt with.
pub const CURSOR: &str = "pull";

/// An item taken and acknowledged.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The delivery's id.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// What the sender signed.
    pub envelope: Envelope,
    /// Folder with everything received.
    pub folder: PathBuf,
    /// The package in it.
    pub package: PathBuf,
    /// The endpoint's evidence of the handover.
    pub evidence: Evidence,
    /// Whether the sender had asked for it back by then; what it asked lies in the folder.
    pub recall_asked: bool,
}

/// An item that was given back.
#[derive(Debug)]
pub struct PullFailure {
    /// The delivery's id.
    pub delivery: String,
    /// Who sent it.
    pub sender: String,
    /// Why it was not taken.
    pub why: PullProblem,
}

/// Why an item was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullProblem {
    /// The envelope is not the one of this item, or not for us.
    #[error("the envelope does not fit the item: its {0} is another")]
    Envelope(&'static str),
    /// The sender's seal is not listed for the sender.
    #[error("the certificate of the seal is not listed for the sender")]
    SealNotListed,
    /// The package is not what the envelope names.
    #[error("the package is not the one the sender signed: expected {expected}, found {found}")]
    PackageTampered {
        /// Digest in the envelope.
        expected: Sha256,
        /// Digest of what came.
        found: Sha256,
    },
    /// The package has another length than the envelope says.
    #[error("the package is not the one the sender signed: its length is another")]
    PackageLength,
    /// Another program is fetching this delivery into the same folder.
    #[error("another program fetches this delivery into {0}")]
    Busy(PathBuf),
    /// A folder of this delivery holds another package already.
    #[error("the folder {0} holds another package of this name already")]
    FolderTaken(PathBuf),
    /// Something stopped the work on this item.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// How a pull is done.
#[derive(Clone, Copy, Default)]
pub struct PullOptions<'a> {
    /// Own register entry, for every acknowledgement.
    pub registry: Option<&'a Registry>,
    /// Told of the octets of a package that have come so far.
    pub came: Option<Progress<'a>>,
}

/// Hears of a package's octets as they come.
pub type Progress<'a> = &'a (dyn Fn(&Envelope, u64) + Sync);

/// Everything one pull did.
#[derive(Debug, Default)]
pub struct PullReport {
    /// Items taken and acknowledged.
    pub taken: Vec<Pulled>,
    /// Items given back.
    pub failed: Vec<PullFailure>,
    /// What senders asked about deliveries received earlier, or took back before they were received.
    pub requests: Vec<Request>,
    /// Deliveries whose time runs out and that were not received yet: id and sender.
    pub running_out: Vec<(Uuid, AgencyCode)>,
}

/// Requests, and what runs out.
type News = (Vec<Request>, Vec<(Uuid, AgencyCode)>);

#[derive(Deserialize)]
struct SignedForm {
    object: String,
    signature: String,
}

#[derive(Deserialize)]
struct ClaimAnswer {
    items: Vec<ClaimedItem>,
}

#[derive(Deserialize)]
struct ClaimedItem {
    item: String,
    lease: u64,
    delivery: String,
    sender: String,
    envelope: String,
    signature: String,
    receipt: String,
    recall: Option<SignedForm>,
}

impl Client {
    /// Takes everything that waits: each item is downloaded, checked, kept under `out` and then acknowledged.
    ///
    /// An item that fails its checks is given back and reported; the rest goes on.
    ///
    /// # Errors
    /// [`ClientError`] when the endpoint cannot be reached or a file of the journal cannot be written.
    pub fn pull(&self, out: &Path, registry: Option<&Registry>) -> Result<PullReport, ClientError> {
        self.pull_with(out, &PullOptions { registry, came: None })
    }

    /// The same, telling how it goes.
    ///
    /// # Errors
    /// As [`Client::pull`].
    pub fn pull_with(&self, out: &Path, options: &PullOptions<'_>) -> Result<PullReport, ClientError> {
        fs::create_dir_all(out).map_err(|source| ClientError::File { path: out.to_owned(), source })?;
        let mut report = PullReport::default();
        let mut senders = HashMap::new();
        loop {
            let claim = match self.journal.open_claim()? {
                Some(claim) => claim,
                None => {
                    let claim = hex(&self.random::<16>()?);
                    self.journal.begin_claim(&claim)?;
                    claim
                }
            };
            let request = json!({"claim": claim, "max": BATCH, "lease_s": LEASE_S});
            let answer: ClaimAnswer = self.json(&self.post("/v1/inbox/claim", &request)?)?;
            if answer.items.is_empty() {
                self.journal.end_claim()?;
                (report.requests, report.running_out) = self.news(out)?;
                return Ok(report);
            }
            for item in &answer.items {
                match self.take(out, item, options, &mut senders) {
                    Ok(pulled) => report.taken.push(pulled),
                    // A lease that ran out: the item comes back with the next claim.
                    Err(PullProblem::Client(ClientError::Refused(problem))) if problem.code == "lease-lost" => {}
                    Err(PullProblem::Client(
                        error @ (ClientError::Unreachable { .. } | ClientError::Endpoint { .. }),
                    )) => return Err(error),
                    Err(why) => {
                        self.give_back(item, &why);
                        let (delivery, sender) = (item.delivery.clone(), item.sender.clone());
                        report.failed.push(PullFailure { delivery, sender, why });
                    }
                }
            }
            self.journal.end_claim()?;
        }
    }

    fn give_back(&self, item: &ClaimedItem, why: &PullProblem) {
        let reason: String = why.to_string().chars().take(200).collect();
        let body = json!({"lease": item.lease, "delay_s": LATER_S, "reason": reason});
        if is_token(&item.item)
            && let Err(error) = self.post(&format!("/v1/inbox/{}/release", item.item), &body)
        {
            // The lease runs out by itself.
            tracing::debug!(%error, "an item could not be given back");
        }
    }

    fn take(
        &self,
        out: &Path,
        item: &ClaimedItem,
        options: &PullOptions<'_>,
        senders: &mut HashMap<AgencyCode, Agency>,
    ) -> Result<Pulled, PullProblem> {
        if !is_token(&item.item) {
            return Err(ClientError::Answer("an item without a name").into());
        }
        let octets = |text: &str| strict_base64(text).ok_or(ClientError::Answer("a member that is not base64"));
        let (bytes, signature, receipt) = (octets(&item.envelope)?, octets(&item.signature)?, octets(&item.receipt)?);
        let envelope = Envelope::from_bytes(&bytes).map_err(ClientError::from)?;
        self.check_envelope(item, &envelope, &bytes, &signature, &receipt, senders)?;

        let folder = out.join(format!("{}_{}", envelope.sender, envelope.delivery));
        let name = format!("package.{}", ending_of(&envelope.package.media_type));
        if folder.exists() {
            // Received before, and the answer to the acknowledgement lost: what is kept must be the same.
            let kept = File::open(folder.join(&name)).and_then(|mut file| digest_of(&mut file)).ok();
            if kept != Some((envelope.package.sha256, envelope.package.size)) {
                return Err(PullProblem::FolderTaken(folder));
            }
        } else {
            // The same name in every run: what one leaves behind the next goes on with.
            let part = out.join(format!(".part-{}_{}", envelope.sender, envelope.delivery));
            fs::create_dir_all(&part).map_err(|e| file_error(&part, e))?;
            let lock = File::create(part.join(".lock")).map_err(|e| file_error(&part, e))?;
            if lock.try_lock().is_err() {
                return Err(PullProblem::Busy(part));
            }
            let came = |octets| options.came.map_or((), |came| came(&envelope, octets));
            if let Err(why) = self.download(item, &envelope.package, &part.join(&name), &came) {
                if !matches!(why, PullProblem::Client(_)) {
                    // Nothing in it is worth going on with.
                    let _ = fs::remove_dir_all(&part);
                }
                return Err(why);
            }
            for (name, octets) in
                [("envelope.json", &bytes), ("envelope.p7s", &signature), ("consignment.json", &receipt)]
            {
                write(&part, name, octets)?;
            }
            let lock_file = part.join(".lock");
            drop(lock);
            fs::remove_file(&lock_file).map_err(|e| file_error(&lock_file, e))?;
            sync_folder(&part).map_err(|e| file_error(&part, e))?;
            fs::rename(&part, &folder).map_err(|e| file_error(&folder, e))?;
            sync_folder(out).map_err(|e| file_error(out, e))?;
        }
        if let Some(recall) = &item.recall {
            let (object, signature) = (octets(&recall.object)?, octets(&recall.signature)?);
            self.check_request(envelope.delivery, &envelope.sender, &object, &signature)?;
            keep_request(&folder, &object, &signature)?;
        }
        let evidence = self.acknowledge(item, &envelope, &bytes, options.registry, &folder)?;
        let package = folder.join(name);
        Ok(Pulled {
            delivery: envelope.delivery,
            sender: envelope.sender.clone(),
            envelope,
            folder,
            package,
            evidence,
            recall_asked: item.recall.is_some(),
        })
    }

    /// What senders asked since the last pull, kept beside the deliveries it is about, and whose time runs out. The
    /// receiver decides: nothing that was received goes away by itself.
    fn news(&self, out: &Path) -> Result<News, ClientError> {
        let (mut found, mut running_out) = (Vec::new(), Vec::new());
        loop {
            let after = self.journal.cursor(CURSOR)?;
            let (events, next) = self.events(after, 0)?;
            for event in &events {
                if event.event == Happening::ExpiryWarning && event.item.is_some() {
                    running_out.push((event.delivery, event.sender.clone()));
                }
                let asks = matches!(event.event, Happening::Attested(Event::Recall | Event::RecallFailure));
                let Some(item) = event.item.as_ref().filter(|_| asks) else { continue };
                let request = self.request(item)?;
                let folder = out.join(format!("{}_{}", request.sender, request.delivery));
                if folder.is_dir() {
                    keep_request(&folder, &request.object, &request.signature)?;
                }
                found.push(request);
            }
            if next == after {
                // What this pull received after all runs out no more.
                running_out.retain(|(delivery, sender)| !out.join(format!("{sender}_{delivery}")).is_dir());
                running_out.dedup();
                return Ok((found, running_out));
            }
            self.journal.set_cursor(CURSOR, next)?;
        }
    }

    /// Refuses a delivery that waits, or that an earlier pull gave back.
    ///
    /// # Errors
    /// [`ClientError::NotReceived`] when no such delivery waits, `lease-lost` when another worker holds it.
    pub fn reject(&self, delivery: Uuid, sender: Option<&AgencyCode>, reason: Reason) -> Result<Evidence, ClientError> {
        let (item, sender) = self.item_of(delivery, sender)?;
        let claim = json!({
            "claim": hex(&self.random::<16>()?), "max": 1, "lease_s": 300, "items": [item],
        });
        let answer: ClaimAnswer = self.json(&self.post("/v1/inbox/claim", &claim)?)?;
        let item = answer.items.first().ok_or(ClientError::NotReceived(delivery))?;
        let bytes = strict_base64(&item.envelope).ok_or(ClientError::Answer("a member that is not base64"))?;
        let envelope = Envelope::from_bytes(&bytes)?;
        if envelope.delivery != delivery || envelope.sender != sender {
            return Err(ClientError::Answer("the envelope of another delivery"));
        }
        let (_, evidence, _) = self.answer(item, &envelope, &bytes, Outcome::Rejected(reason), None)?;
        Ok(evidence)
    }

    fn check_envelope(
        &self,
        item: &ClaimedItem,
        envelope: &Envelope,
        bytes: &[u8],
        signature: &[u8],
        receipt: &[u8],
        senders: &mut HashMap<AgencyCode, Agency>,
    ) -> Result<(), PullProblem> {
        let (_, evidence) = self.check_receipt(receipt)?;
        let other = [
            (envelope.delivery.to_string() != item.delivery, "delivery"),
            (envelope.sender.as_str() != item.sender, "sender"),
            (!envelope.recipients.contains(&self.agency), "recipient"),
            (evidence.event != Event::ContentConsignment, "event"),
            (evidence.envelope != Sha256::of(bytes), "evidence"),
            (evidence.recipients != [self.agency.clone()], "recipient"),
        ];
        if let Some((_, what)) = other.into_iter().find(|(is_other, _)| *is_other) {
            return Err(PullProblem::Envelope(what));
        }
        let verified = seal::verify(bytes, signature).map_err(ClientError::from)?;
        if !senders.contains_key(&envelope.sender) {
            senders.insert(envelope.sender.clone(), self.agency_entry(&envelope.sender)?);
        }
        // The seal counts as of acceptance: a certificate renewed since then is no reason to refuse.
        let at = evidence.submitted.unwrap_or(evidence.time);
        let listed =
            senders.get(&envelope.sender).is_some_and(|agency| agency.lists(&verified.sha256(), &[Role::Seal], at));
        if !listed {
            return Err(PullProblem::SealNotListed);
        }
        self.trust
            .check(&verified.certificate, &verified.others, Purpose::DocumentSigning, at)
            .map_err(ClientError::from)?;
        Ok(())
    }

    fn download(
        &self,
        item: &ClaimedItem,
        package: &Package,
        path: &Path,
        came: &(dyn Fn(u64) + Sync),
    ) -> Result<(), PullProblem> {
        let mut prolonged = Instant::now();
        let mut alive = || {
            if prolonged.elapsed() >= Duration::from_secs(u64::from(LEASE_S) / 3) {
                prolonged = Instant::now();
                let body = json!({"lease": item.lease, "lease_s": LEASE_S});
                self.post(&format!("/v1/inbox/{}/extend", item.item), &body)?;
            }
            Ok(())
        };
        let url = format!("/v1/inbox/{}/package", item.item);
        match self.download_to(&url, package, path, came, &mut alive)? {
            Download::Whole => Ok(()),
            Download::Length => Err(PullProblem::PackageLength),
            Download::Other { found } => Err(PullProblem::PackageTampered { expected: package.sha256, found }),
        }
    }

    fn acknowledge(
        &self,
        item: &ClaimedItem,
        envelope: &Envelope,
        bytes: &[u8],
        registry: Option<&Registry>,
        folder: &Path,
    ) -> Result<Evidence, PullProblem> {
        let (receipt, evidence, said) = self.answer(item, envelope, bytes, Outcome::Accepted, registry)?;
        if evidence.acknowledgement == Some(Sha256::of(&said.0)) {
            write(folder, "ack.json", &said.0)?;
            write(folder, "ack.p7s", &said.1)?;
        }
        write(folder, "handover.json", &receipt)?;
        Ok(evidence)
    }

    /// Signs and sends an acknowledgement: the receipt's octets, the evidence, and the object with its signature.
    fn answer(
        &self,
        item: &ClaimedItem,
        envelope: &Envelope,
        bytes: &[u8],
        outcome: Outcome,
        registry: Option<&Registry>,
    ) -> Result<(Vec<u8>, Evidence, Signed), ClientError> {
        let event = match outcome {
            Outcome::Accepted => Event::ContentHandover,
            Outcome::Rejected(_) => Event::ConsignmentRejection,
        };
        let ack = Ack {
            delivery: envelope.delivery,
            sender: envelope.sender.clone(),
            recipient: self.agency.clone(),
            envelope: Sha256::of(bytes),
            package: envelope.package.sha256,
            outcome,
            registry: registry.cloned(),
            time: self.now(),
        };
        let ack_bytes = ack.to_bytes();
        let signature = self.sealer.seal(&ack_bytes)?;
        let body = json!({"ack": base64(&ack_bytes), "signature": base64(&signature), "lease": item.lease});
        let receipt = self.post(&format!("/v1/inbox/{}/ack", item.item), &body)?;
        let (_, evidence) = self.check_receipt(&receipt)?;
        let other = [
            (evidence.event != event, "event"),
            (evidence.delivery != ack.delivery, "delivery"),
            (evidence.envelope != ack.envelope, "envelope"),
        ];
        match other.into_iter().find(|(is_other, _)| *is_other) {
            Some((_, what)) => Err(ClientError::ForeignReceipt(what)),
            None => Ok((receipt, evidence, (ack_bytes, signature))),
        }
    }
}

/// An object and its signature.
type Signed = (Vec<u8>, Vec<u8>);

/// Keeps what a sender asked beside the delivery it is about.
fn keep_request(folder: &Path, object: &[u8], signature: &[u8]) -> Result<(), ClientError> {
    for (name, octets) in [("recall.json", object), ("recall.p7s", signature)] {
        let path = folder.join(name);
        write_whole(folder, &path, octets, Overwrite::Yes).map_err(|source| ClientError::File { path, source })?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, octets: &[u8]) -> Result<(), PullProblem> {
    let path = folder.join(name);
    write_whole(folder, &path, octets, Overwrite::Yes).map_err(|e| file_error(&path, e))?;
    Ok(())
}

fn file_error(path: &Path, source: io::Error) -> PullProblem {
    PullProblem::Client(ClientError::File { path: path.to_owned(), source })
}
