//! How deliveries fare: the endpoint's view, and the evidence behind it.

use serde::Deserialize;

use super::{Client, ClientError};
use crate::exchange::chain::Chain;
use crate::exchange::evidence::{Event, Evidence};
use crate::exchange::id::{AgencyCode, Uuid};
use crate::exchange::state::Phase;

/// A delivery as its endpoint and its evidence show it.
#[derive(Clone, Debug)]
pub struct DeliveryStatus {
    /// The delivery's id.
    pub delivery: Uuid,
    /// Each recipient.
    pub recipients: Vec<RecipientStatus>,
    /// All evidence, checked, oldest first: receipt octets and what they say.
    pub evidence: Vec<(Vec<u8>, Evidence)>,
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
}

#[derive(Deserialize)]
struct View {
    recipients: Vec<ViewLine>,
    evidence: u64,
}

#[derive(Deserialize)]
struct ViewLine {
    recipient: String,
    state: String,
}

impl Client {
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
        let recipients = view
            .recipients
            .iter()
            .map(|line| {
                let recipient =
                    AgencyCode::parse(&line.recipient).ok_or(ClientError::Answer("a recipient without a code"))?;
                let state = Phase::parse(&line.state).ok_or(ClientError::Answer("a state that is not known"))?;
                let own = evidence.iter().rev().find(|(_, says)| says.recipients == [recipient.clone()]);
                Ok(RecipientStatus { attested: own.map(|(_, says)| says.event), recipient, state })
            })
            .collect::<Result<Vec<_>, ClientError>>()?;
        Ok(DeliveryStatus { delivery, recipients, evidence })
    }
}
