//! How deliveries fare: the endpoint's view, and the evidence behind it.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Client, ClientError};
use crate::edxml::codes::Status;
use crate::exchange::chain::Chain;
use crate::exchange::directory::{Agency, Role};
use crate::exchange::evidence::{Event, Evidence, strict_base64};
use crate::exchange::id::{AgencyCode, Sha256, Uuid};
use crate::exchange::seal;
use crate::exchange::state::Phase;
use crate::exchange::statement::BusinessStatus;
use crate::exchange::store::SaidKind;
use crate::path::Purpose;

/// A delivery as its endpoint and its evidence show it.
#[derive(Clone, Debug)]
pub struct DeliveryStatus {
    /// The delivery's id.
    pub delivery: Uuid,
    /// Each recipient.
    pub recipients: Vec<RecipientStatus>,
    /// All evidence, checked, oldest first: receipt octets and what they say.
    pub evidence: Vec<(Vec<u8>, Evidence)>,
    /// What recipients said about how it fares, checked, oldest first.
    pub fares: Vec<SaidStatus>,
    /// The delivery that took its place.
    pub replaced_by: Option<Uuid>,
}

/// A recipient's word on how it fares.
#[derive(Clone, Debug)]
pub struct SaidStatus {
    /// What it said.
    pub status: BusinessStatus,
    /// The object's octets.
    pub object: Vec<u8>,
    /// The seal over them.
    pub signature: Vec<u8>,
}

/// One recipient of a delivery.
#[derive(Clone, Debug)]
pub struct RecipientStatus {
    /// The recipient.
    pub recipient: AgencyCode,
    /// Where it stands there, in the endpoint's words.
    pub state: Phase,
    /// The newest event the evidence attests for it.
    pub attested: Option<Event>,
    /// Whether the sender asked for it back too late.
    pub recall_asked: bool,
    /// The newest status the recipient gave.
    pub fares: Option<Status>,
}

#[derive(Deserialize)]
struct View {
    recipients: Vec<ViewLine>,
    evidence: u64,
    replaced_by: Option<String>,
}

#[derive(Deserialize)]
struct Statements {
    statements: Vec<StatementForm>,
}

#[derive(Deserialize)]
struct StatementForm {
    recipient: String,
    kind: String,
    object: String,
    signature: String,
}

#[derive(Deserialize)]
struct ViewLine {
    recipient: String,
    state: String,
    #[serde(default)]
    recall_asked: bool,
}

impl Client {
    /// One piece of evidence of an own delivery, checked: the receipt's octets.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn evidence(&self, delivery: Uuid, n: u64) -> Result<Vec<u8>, ClientError> {
        let receipt = self.get(&format!("/v1/deliveries/{delivery}/evidence/{n}"))?;
        let (_, says) = self.check_receipt(&receipt)?;
        if says.delivery != delivery || says.sender != self.agency {
            return Err(ClientError::ForeignReceipt("delivery"));
        }
        Ok(receipt)
    }

    /// Asks for a delivery's state and all its evidence, and checks each seal and the chains between them.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Chain`] when the evidence does not form one story.
    pub fn status(&self, delivery: Uuid) -> Result<DeliveryStatus, ClientError> {
        let view: View = self.json(&self.get(&format!("/v1/deliveries/{delivery}"))?)?;
        let mut evidence = Vec::new();
        let mut chain = Chain::default();
        for n in 0..view.evidence.min(4_096) {
            let receipt = self.get(&format!("/v1/deliveries/{delivery}/evidence/{n}"))?;
            let (read, says) = self.check_receipt(&receipt)?;
            if says.delivery != delivery || says.sender != self.agency {
                return Err(ClientError::ForeignReceipt("delivery"));
            }
            chain.add(&read.evidence, &says)?;
            evidence.push((receipt, says));
        }
        let fares = self.fares_of(delivery, &evidence)?;
        let recipients = view
            .recipients
            .iter()
            .map(|line| {
                let recipient =
                    AgencyCode::parse(&line.recipient).ok_or(ClientError::Answer("a recipient without a code"))?;
                let state = Phase::parse(&line.state).ok_or(ClientError::Answer("a state that is not known"))?;
                let own = evidence.iter().rev().find(|(_, says)| says.recipients == [recipient.clone()]);
                let said = fares.iter().rev().find(|said| said.status.recipient == recipient);
                Ok(RecipientStatus {
                    attested: own.map(|(_, says)| says.event),
                    recall_asked: line.recall_asked,
                    fares: said.map(|said| said.status.status),
                    recipient,
                    state,
                })
            })
            .collect::<Result<Vec<_>, ClientError>>()?;
        let replaced_by = view.replaced_by.as_deref().and_then(Uuid::parse);
        Ok(DeliveryStatus { delivery, recipients, evidence, fares, replaced_by })
    }

    /// The statuses recipients gave: each must stand in evidence and be signed by the recipient.
    fn fares_of(&self, delivery: Uuid, evidence: &[(Vec<u8>, Evidence)]) -> Result<Vec<SaidStatus>, ClientError> {
        let attested = |digest: Sha256| {
            evidence.iter().any(|(_, says)| says.event == Event::BusinessStatus && says.acknowledgement == Some(digest))
        };
        if !evidence.iter().any(|(_, says)| says.event == Event::BusinessStatus) {
            return Ok(Vec::new());
        }
        let answer: Statements = self.json(&self.get(&format!("/v1/deliveries/{delivery}/statements"))?)?;
        let mut entries: HashMap<String, Agency> = HashMap::new();
        let mut fares = Vec::new();
        for form in answer.statements.iter().filter(|form| form.kind == SaidKind::Status.name()) {
            let wrong = ClientError::Answer("a statement outside the rules of this protocol");
            let (Some(object), Some(signature)) = (strict_base64(&form.object), strict_base64(&form.signature)) else {
                return Err(wrong);
            };
            let status = BusinessStatus::from_bytes(&object)?;
            if status.recipient.as_str() != form.recipient || status.delivery != delivery {
                return Err(ClientError::Answer("a status of another delivery"));
            }
            if !attested(Sha256::of(&object)) {
                return Err(ClientError::Answer("a status that no evidence attests"));
            }
            let verified = seal::verify(&object, &signature)?;
            if !entries.contains_key(&form.recipient) {
                entries.insert(form.recipient.clone(), self.agency_entry(&status.recipient)?);
            }
            let roles = [Role::Seal, Role::Service];
            if !entries.get(&form.recipient).is_some_and(|e| e.lists(&verified.sha256(), &roles, status.time)) {
                return Err(ClientError::SealNotListed);
            }
            self.trust.check(&verified.certificate, &verified.others, Purpose::DocumentSigning, status.time)?;
            fares.push(SaidStatus { status, object, signature });
        }
        Ok(fares)
    }
}
