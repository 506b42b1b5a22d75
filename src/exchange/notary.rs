//! Makes evidence: fills in what every statement of an endpoint has in common, and seals it.

use super::envelope::{Envelope, Package};
use super::evidence::{Event, Evidence, LogName, Reason, Receipt, SenderAuthentication};
use super::id::{AgencyCode, Sha256, Uuid};
use super::seal::{SealError, Sealer};
use super::store::FiledEvidence;
use crate::base::time::UnixTime;

/// An endpoint's name, seal and log.
#[derive(Clone, Debug)]
pub struct Notary {
    /// The endpoint's name in evidence and leaves.
    pub endpoint: String,
    /// Its seal.
    pub sealer: Sealer,
    /// The log all its evidence stands in.
    pub log: LogName,
    /// Within how many seconds evidence stands there.
    pub max_log_delay_s: u32,
}

/// The delivery a statement is about.
#[derive(Clone, Debug)]
pub struct About {
    /// Its id.
    pub delivery: Uuid,
    /// Digest of its envelope.
    pub envelope: Sha256,
    /// Who sends.
    pub sender: AgencyCode,
    /// Its package.
    pub package: Package,
    /// When it was accepted.
    pub submitted: Option<UnixTime>,
}

impl About {
    /// From an envelope whose octets have this digest.
    pub fn envelope(envelope: &Envelope, digest: Sha256, submitted: Option<UnixTime>) -> Self {
        About {
            delivery: envelope.delivery,
            envelope: digest,
            sender: envelope.sender.clone(),
            package: envelope.package.clone(),
            submitted,
        }
    }
}

/// What a statement says.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// What happened.
    pub event: Event,
    /// When.
    pub time: UnixTime,
    /// Whom it concerns.
    pub recipients: &'a [AgencyCode],
    /// Why, on negative events.
    pub reasons: Vec<Reason>,
    /// Digest of the acknowledgement it rests on.
    pub acknowledgement: Option<Sha256>,
    /// Digest of the evidence before it.
    pub previous: Option<Sha256>,
}

/// What makes a statement unlike any other: its id and its salt.
#[derive(Clone, Copy, Debug)]
pub struct Nonce {
    /// The evidence's id.
    pub id: Uuid,
    /// The evidence's salt.
    pub salt: [u8; 16],
}

impl Notary {
    /// Makes and seals one piece of evidence.
    ///
    /// # Errors
    /// [`SealError`] when the seal would not sign.
    pub fn state(&self, about: &About, statement: Statement<'_>, nonce: Nonce) -> Result<FiledEvidence, SealError> {
        let evidence = Evidence {
            id: nonce.id,
            event: statement.event,
            time: statement.time,
            endpoint: self.endpoint.clone(),
            issuer_certificate: Sha256(*self.sealer.certificate().sha256()),
            delivery: about.delivery,
            envelope: about.envelope,
            sender: about.sender.clone(),
            sender_authentication: SenderAuthentication::Seal,
            recipients: statement.recipients.to_vec(),
            package: about.package.clone(),
            submitted: about.submitted,
            reasons: statement.reasons,
            acknowledgement: statement.acknowledgement,
            previous: statement.previous,
            salt: nonce.salt,
            log: self.log.clone(),
            max_log_delay_s: self.max_log_delay_s,
        };
        let bytes = evidence.to_bytes();
        let signature = self.sealer.seal(&bytes)?;
        let leaf = evidence.leaf(&bytes).to_bytes();
        let recipient = match (statement.previous, statement.recipients) {
            (Some(_), [only]) => Some(only.clone()),
            _ => None,
        };
        Ok(FiledEvidence {
            event: evidence.event,
            time: evidence.time,
            id: evidence.id,
            recipient,
            receipt: Receipt { evidence: bytes, signature, leaf },
        })
    }
}
