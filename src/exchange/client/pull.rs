//! Pulling: claim, check, download, keep, acknowledge.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::{Client, ClientError, digest_of, patience};
use crate::algorithms::DigestAlgorithm;
use crate::base::encoding::{base64, hex};
use crate::exchange::directory::{Agency, Role};
use crate::exchange::envelope::{Envelope, Registry};
use crate::exchange::evidence::{Ack, Event, Evidence, Outcome, strict_base64};
use crate::exchange::id::{AgencyCode, Sha256, Uuid, is_token};
use crate::exchange::journal::{Overwrite, sync_folder, write_whole};
use crate::exchange::package::ending_of;
use crate::exchange::seal;
use crate::path::Purpose;

/// Lease asked for, in seconds: time to download one package.
const LEASE_S: u32 = 1_800;
/// Items asked for at a time.
const BATCH: u32 = 20;
/// Seconds until an item that could not be taken is offered again.
const LATER_S: u32 = 600;

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
    /// A folder of this delivery holds another package already.
    #[error("the folder {0} holds another package of this name already")]
    FolderTaken(PathBuf),
    /// Something stopped the work on this item.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Everything one pull did.
#[derive(Debug, Default)]
pub struct PullReport {
    /// Items taken and acknowledged.
    pub taken: Vec<Pulled>,
    /// Items given back.
    pub failed: Vec<PullFailure>,
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
}

impl Client {
    /// Takes everything that waits: each item is downloaded, checked, kept under `out` and then acknowledged.
    ///
    /// An item that fails its checks is given back and reported; the rest goes on.
    ///
    /// # Errors
    /// [`ClientError`] when the endpoint cannot be reached or a file of the journal cannot be written.
    pub fn pull(&self, out: &Path, registry: Option<&Registry>) -> Result<PullReport, ClientError> {
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
                return Ok(report);
            }
            for item in &answer.items {
                match self.take(out, item, registry, &mut senders) {
                    Ok(pulled) => report.taken.push(pulled),
                    // A lease that ran out: the item comes back with the next claim.
                    Err(PullProblem::Client(ClientError::Refused(problem))) if problem.code == "lease-lost" => {}
                    Err(PullProblem::Client(error @ ClientError::Unreachable { .. })) => return Err(error),
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
        registry: Option<&Registry>,
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
            let part = tempfile::Builder::new().prefix(".part-").tempdir_in(out).map_err(|e| file_error(out, e))?;
            self.download(item, &envelope, &part.path().join(&name))?;
            for (name, octets) in
                [("envelope.json", &bytes), ("envelope.p7s", &signature), ("consignment.json", &receipt)]
            {
                write(part.path(), name, octets)?;
            }
            sync_folder(part.path()).map_err(|e| file_error(part.path(), e))?;
            fs::rename(part.path(), &folder).map_err(|e| file_error(&folder, e))?;
            // The temporary folder has its own name now and must not be removed.
            let _ = part.keep();
            sync_folder(out).map_err(|e| file_error(out, e))?;
        }
        let evidence = self.acknowledge(item, &envelope, &bytes, registry, &folder)?;
        let package = folder.join(name);
        Ok(Pulled { delivery: envelope.delivery, sender: envelope.sender.clone(), envelope, folder, package, evidence })
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

    fn download(&self, item: &ClaimedItem, envelope: &Envelope, path: &Path) -> Result<(), PullProblem> {
        let size = envelope.package.size;
        let request = self.http.get(self.url(&format!("/v1/inbox/{}/package", item.item))).timeout(patience(size));
        let mut response = self.send(request)?.take(size.saturating_add(1));
        let mut file = File::create_new(path).map_err(|e| file_error(path, e))?;
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        let mut buffer = vec![0; 256 << 10];
        let mut received: u64 = 0;
        loop {
            let n = response.read(&mut buffer).map_err(|error| self.broken(&error))?;
            let piece = buffer.get(..n).unwrap_or(&[]);
            if piece.is_empty() {
                break;
            }
            hasher.update(piece);
            file.write_all(piece).map_err(|e| file_error(path, e))?;
            received = received.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        }
        if received != size {
            return Err(PullProblem::PackageLength);
        }
        let expected = envelope.package.sha256;
        let found = Sha256::from_slice(&hasher.finish()).ok_or(ClientError::Answer("no digest"))?;
        if found != expected {
            return Err(PullProblem::PackageTampered { expected, found });
        }
        file.sync_all().map_err(|e| file_error(path, e))?;
        Ok(())
    }

    fn acknowledge(
        &self,
        item: &ClaimedItem,
        envelope: &Envelope,
        bytes: &[u8],
        registry: Option<&Registry>,
        folder: &Path,
    ) -> Result<Evidence, PullProblem> {
        let ack = Ack {
            delivery: envelope.delivery,
            sender: envelope.sender.clone(),
            recipient: self.agency.clone(),
            envelope: Sha256::of(bytes),
            package: envelope.package.sha256,
            outcome: Outcome::Accepted,
            registry: registry.cloned(),
            time: self.now(),
        };
        let ack_bytes = ack.to_bytes();
        let signature = self.sealer.seal(&ack_bytes).map_err(ClientError::from)?;
        let body = json!({"ack": base64(&ack_bytes), "signature": base64(&signature), "lease": item.lease});
        let receipt = self.post(&format!("/v1/inbox/{}/ack", item.item), &body)?;
        let (_, evidence) = self.check_receipt(&receipt)?;
        let other = [
            (evidence.event != Event::ContentHandover, "event"),
            (evidence.delivery != ack.delivery, "delivery"),
            (evidence.envelope != ack.envelope, "envelope"),
        ];
        if let Some((_, what)) = other.into_iter().find(|(is_other, _)| *is_other) {
            return Err(ClientError::ForeignReceipt(what).into());
        }
        if evidence.acknowledgement == Some(Sha256::of(&ack_bytes)) {
            write(folder, "ack.json", &ack_bytes)?;
            write(folder, "ack.p7s", &signature)?;
        }
        write(folder, "handover.json", &receipt)?;
        Ok(evidence)
    }
}

fn write(folder: &Path, name: &str, octets: &[u8]) -> Result<(), PullProblem> {
    let path = folder.join(name);
    write_whole(folder, &path, octets, Overwrite::Yes).map_err(|e| file_error(&path, e))?;
    Ok(())
}

fn file_error(path: &Path, source: io::Error) -> PullProblem {
    PullProblem::Client(ClientError::File { path: path.to_owned(), source })
}
