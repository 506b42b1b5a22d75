//! The files a received delivery leaves beside its package, and what each of them proves.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::base::encoding::hex;
use crate::base::time::UnixTime;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, SMALL_FILE, read_small};
use crate::edxml::attachment::Sinks;
use crate::edxml::envelope::{Limits, read};
use crate::exchange::envelope::Envelope;
use crate::exchange::evidence::{Ack, Receipt};
use crate::exchange::id::Sha256;
use crate::exchange::log::leaf::leaf_hash;
use crate::exchange::seal;
use crate::exchange::trust::Trust;
use crate::path::Purpose;
use crate::validate::hashing;

/// Folders above a document in which its delivery is looked for: the document itself, its unpacked folder, the
/// delivery's folder.
const LEVELS: usize = 4;

/// One statement about the delivery.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    /// `envelope`, or the event of the evidence, or `acknowledgement`.
    pub(crate) kind: String,
    /// When, as its author states it.
    pub(crate) time: String,
    /// Who states it: an agency code or the endpoint.
    pub(crate) by: String,
    /// Subject of the sealing certificate.
    pub(crate) sealed_by: Option<String>,
    /// The seal verifies and its certificate leads to an anchor.
    pub(crate) holds: bool,
    /// Why it does not hold.
    pub(crate) problem: Option<String>,
    /// File it stands in.
    pub(crate) file: String,
    /// Leaf hash under which the log must show it.
    pub(crate) leaf: Option<String>,
    /// The log's origin.
    pub(crate) log: Option<String>,
}

/// A delivery, as far as its files tell.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Delivery {
    /// Id of the delivery.
    pub(crate) id: String,
    /// Sender's code.
    pub(crate) sender: String,
    /// Recipients' codes.
    pub(crate) recipients: Vec<String>,
    /// SHA-256 of the package, as the sender signed it.
    pub(crate) package: String,
    /// The package in the folder has that digest.
    pub(crate) package_is_the_one_sent: bool,
    /// The document stands in the package, byte for byte, under this name.
    pub(crate) document_name: Option<String>,
    /// The statements, in order.
    pub(crate) steps: Vec<Step>,
}

/// The folder of the delivery that `document` came with: the nearest one above it that holds an envelope.
pub(crate) fn folder_of(document: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(document).ok()?;
    absolute.ancestors().take(LEVELS + 1).find(|folder| folder.join("envelope.json").is_file()).map(Path::to_owned)
}

/// Reads and checks everything in a delivery's folder. `document` is the SHA-256 of the document asked about.
///
/// # Errors
/// When the envelope cannot be read; a statement that does not hold is a finding.
pub(crate) fn examine(folder: &Path, document: &[u8], trust: &Trust) -> Result<Option<Delivery>, CliError> {
    let envelope_bytes = read_small(&folder.join("envelope.json"), SMALL_FILE)?;
    let Ok(envelope) = Envelope::from_bytes(&envelope_bytes) else { return Ok(None) };
    let mut delivery = Delivery {
        id: envelope.delivery.to_string(),
        sender: envelope.sender.to_string(),
        recipients: envelope.recipients.iter().map(ToString::to_string).collect(),
        package: envelope.package.sha256.to_string(),
        package_is_the_one_sent: false,
        document_name: None,
        steps: Vec::new(),
    };
    let mut submitted = envelope.created;
    let mut evidence_steps = Vec::new();
    for name in ["receipt.json", "consignment.json", "handover.json"] {
        if let Some((step, at)) = evidence(&folder.join(name), name, &envelope, &envelope_bytes, trust)? {
            submitted = at.unwrap_or(submitted);
            evidence_steps.push(step);
        }
    }
    delivery.steps.push(signed(
        folder,
        ("envelope.json", "envelope.p7s"),
        "envelope",
        (envelope.created, envelope.sender.to_string()),
        submitted,
        trust,
    )?);
    let acknowledgement = acknowledgement(folder, &envelope, &envelope_bytes, trust)?;
    let handover = evidence_steps.iter().position(|s| s.kind == "ContentHandover");
    let tail = handover.map(|at| evidence_steps.split_off(at)).unwrap_or_default();
    delivery.steps.extend(evidence_steps);
    delivery.steps.extend(acknowledgement);
    delivery.steps.extend(tail);
    look_into_package(folder, &envelope, document, &mut delivery)?;
    Ok(Some(delivery))
}

fn evidence(
    path: &Path,
    name: &str,
    envelope: &Envelope,
    envelope_bytes: &[u8],
    trust: &Trust,
) -> Result<Option<(Step, Option<UnixTime>)>, CliError> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = read_small(path, SMALL_FILE)?;
    let unreadable = |problem: String| Step {
        kind: "evidence".to_owned(),
        time: String::new(),
        by: String::new(),
        sealed_by: None,
        holds: false,
        problem: Some(problem),
        file: name.to_owned(),
        leaf: None,
        log: None,
    };
    let (receipt, evidence) = match Receipt::from_bytes(&bytes) {
        Ok(read) => read,
        Err(error) => return Ok(Some((unreadable(error.to_string()), None))),
    };
    let mut step = Step {
        kind: evidence.event.name().to_owned(),
        time: evidence.time.rfc3339(),
        by: evidence.endpoint.clone(),
        sealed_by: None,
        holds: false,
        problem: None,
        file: name.to_owned(),
        leaf: Some(leaf_hash(&receipt.leaf).to_string()),
        log: Some(evidence.log.origin.clone()),
    };
    let own = evidence.delivery == envelope.delivery && evidence.envelope == Sha256::of(envelope_bytes);
    // Who sealed it is shown even where that leads to no anchor.
    let sealed = seal::verify(&receipt.evidence, &receipt.signature);
    step.sealed_by = sealed.ok().map(|verified| verified.certificate.subject().to_string());
    let outcome = match trust.check_evidence(&receipt, &evidence) {
        Err(error) => Err(error.to_string()),
        Ok(_) if !own => Err("it is about another delivery".to_owned()),
        Ok(_) => Ok(()),
    };
    step.holds = outcome.is_ok();
    step.problem = outcome.err();
    Ok(Some((step, evidence.submitted)))
}

fn signed(
    folder: &Path,
    (object, signature): (&str, &str),
    kind: &str,
    (time, by): (UnixTime, String),
    judged_at: UnixTime,
    trust: &Trust,
) -> Result<Step, CliError> {
    let bytes = read_small(&folder.join(object), SMALL_FILE)?;
    let mut step = Step {
        kind: kind.to_owned(),
        time: time.rfc3339(),
        by,
        sealed_by: None,
        holds: false,
        problem: None,
        file: object.to_owned(),
        leaf: None,
        log: None,
    };
    let path = folder.join(signature);
    if !path.is_file() {
        step.problem = Some(format!("{signature} is missing"));
        return Ok(step);
    }
    let value = read_small(&path, SMALL_FILE)?;
    let outcome = seal::verify(&bytes, &value).map_err(|e| e.to_string()).and_then(|verified| {
        step.sealed_by = Some(verified.certificate.subject().to_string());
        let check = trust.check(&verified.certificate, &verified.others, Purpose::DocumentSigning, judged_at);
        check.map_err(|e| e.to_string())
    });
    step.holds = outcome.is_ok();
    step.problem = outcome.err();
    Ok(step)
}

fn acknowledgement(
    folder: &Path,
    envelope: &Envelope,
    envelope_bytes: &[u8],
    trust: &Trust,
) -> Result<Option<Step>, CliError> {
    let path = folder.join("ack.json");
    if !path.is_file() {
        return Ok(None);
    }
    let Ok(ack) = Ack::from_bytes(&read_small(&path, SMALL_FILE)?) else { return Ok(None) };
    let said = (ack.time, ack.recipient.to_string());
    let mut step = signed(folder, ("ack.json", "ack.p7s"), "acknowledgement", said, ack.time, trust)?;
    let other = ack.delivery != envelope.delivery
        || ack.envelope != Sha256::of(envelope_bytes)
        || ack.package != envelope.package.sha256;
    if other {
        step.holds = false;
        step.problem = Some("it is about another delivery".to_owned());
    }
    Ok(Some(step))
}

/// Hashes the package, and every file in it, to see whether the document is one of them.
fn look_into_package(
    folder: &Path,
    envelope: &Envelope,
    document: &[u8],
    delivery: &mut Delivery,
) -> Result<(), CliError> {
    let Some(path) = package_in(folder) else { return Ok(()) };
    let file = FileReader::open(&path)?;
    let (digest, _) = hashing::hash(&file, &[]).map_err(|e| CliError::reading(&path, &e))?;
    delivery.package_is_the_one_sent = hex(&digest) == envelope.package.sha256.to_string();
    let mut sinks = HashEach::default();
    if let Ok(packet) = read(&file, &mut sinks, &Limits::default()) {
        let found = sinks.done.iter().position(|digest| digest == document);
        let attachment = packet.attachments.iter().find(|a| found.is_some() && a.index == found);
        delivery.document_name = attachment.map(|a| a.safe_name.clone());
    }
    Ok(())
}

fn package_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    paths.into_iter().find(|p| p.is_file() && p.file_stem().is_some_and(|s| s == "package"))
}

/// Takes the attachments of a packet only to hash them.
#[derive(Default)]
struct HashEach {
    open: Option<Hasher>,
    done: Vec<Vec<u8>>,
}

impl Sinks for HashEach {
    fn begin(&mut self, _: usize) -> io::Result<()> {
        self.open = Some(DigestAlgorithm::Sha256.hasher());
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(hasher) = &mut self.open {
            hasher.update(bytes);
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.done.extend(self.open.take().map(Hasher::finish));
        Ok(())
    }
}
