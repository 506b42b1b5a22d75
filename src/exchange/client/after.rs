//! What an agency says after sending or receiving: taking back, and how it fares; and the events it learns of it by.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::{Client, ClientError};
use crate::base::encoding::base64;
use crate::base::time::UnixTime;
use crate::edxml::codes::Status;
use crate::exchange::envelope::Envelope;
use crate::exchange::evidence::{Event, Evidence, Reason, strict_base64};
use crate::exchange::id::{AgencyCode, Sha256, Uuid, is_token};
use crate::exchange::seal;
use crate::exchange::statement::{BusinessStatus, Recall};
use crate::exchange::store::{EventLine, Happening};
use crate::path::Purpose;

/// What became of a recall at one recipient.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// The recipient.
    pub recipient: AgencyCode,
    /// What became of it.
    pub outcome: RecallOutcome,
    /// The receipt's octets.
    pub receipt: Vec<u8>,
    /// The evidence in it.
    pub evidence: Evidence,
}

/// What became of a recall.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecallOutcome {
    /// Nobody read it; it is taken back.
    Recalled,
    /// The recipient could have read it: it is asked, and decides.
    TooLate,
    /// It was answered or had run out: the recipient is told.
    AlreadyFinal,
}

impl RecallOutcome {
    /// The outcome's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            RecallOutcome::Recalled => "recalled",
            RecallOutcome::TooLate => "too-late",
            RecallOutcome::AlreadyFinal => "already-final",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        use RecallOutcome::{AlreadyFinal, Recalled, TooLate};
        [Recalled, TooLate, AlreadyFinal].into_iter().find(|own| own.name() == name)
    }
}

/// What a sender asks of a recipient that could have read its delivery.
#[derive(Clone, Debug)]
pub struct Request {
    /// The delivery.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// What is asked.
    pub kind: RequestKind,
    /// The signed object's octets.
    pub object: Vec<u8>,
    /// The seal over them.
    pub signature: Vec<u8>,
    /// Whether it was taken back in time, so that there is nothing to decide.
    pub in_time: bool,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum RequestKind {
    /// To give it back.
    Recall(Recall),
    /// To take another delivery in its place.
    Replacement(Box<Envelope>),
}

#[derive(Deserialize)]
struct RecalledAnswer {
    recipients: Vec<RecalledLine>,
}

#[derive(Deserialize)]
struct RecalledLine {
    recipient: String,
    outcome: String,
    receipt: String,
}

#[derive(Deserialize)]
struct ViewOfEnvelope {
    envelope: String,
}

#[derive(Deserialize)]
struct EventsAnswer {
    events: Vec<EventForm>,
    next: u64,
}

#[derive(Deserialize)]
struct EventForm {
    seq: u64,
    time: String,
    event: String,
    delivery: String,
    sender: String,
    recipient: Option<String>,
    item: Option<String>,
    n: Option<u64>,
}

#[derive(Deserialize)]
struct InboxAnswer {
    items: Vec<InboxForm>,
}

#[derive(Deserialize)]
struct InboxForm {
    item: String,
    sender: String,
}

#[derive(Deserialize)]
struct RecallOfAnswer {
    delivery: String,
    sender: String,
    state: String,
    object: String,
    signature: String,
}

const ANSWER: ClientError = ClientError::Answer("a member outside the rules of this protocol");

impl Client {
    /// Takes a delivery back, from some recipients or from all when none are named. Asking again gives the first answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn recall(
        &self,
        delivery: Uuid,
        recipients: &[AgencyCode],
        reason: Reason,
    ) -> Result<Vec<Recalled>, ClientError> {
        let view: ViewOfEnvelope = self.json(&self.get(&format!("/v1/deliveries/{delivery}"))?)?;
        let envelope = Sha256::parse(&view.envelope).ok_or(ANSWER)?;
        let (sender, time) = (self.agency.clone(), self.now());
        let recall = Recall { delivery, sender, envelope, recipients: recipients.to_vec(), reason, time };
        let bytes = recall.to_bytes();
        // What the endpoint would not read is found here.
        Recall::from_bytes(&bytes)?;
        let signature = self.sealer.seal(&bytes)?;
        let body = json!({"recall": base64(&bytes), "signature": base64(&signature)});
        let answer: RecalledAnswer = self.json(&self.post(&format!("/v1/deliveries/{delivery}/recall"), &body)?)?;
        answer
            .recipients
            .iter()
            .map(|line| {
                let recipient = AgencyCode::parse(&line.recipient).ok_or(ANSWER)?;
                let outcome = RecallOutcome::parse(&line.outcome).ok_or(ANSWER)?;
                let receipt = strict_base64(&line.receipt).ok_or(ANSWER)?;
                let (_, evidence) = self.check_receipt(&receipt)?;
                let event = match outcome {
                    RecallOutcome::Recalled => Event::Recall,
                    _ => Event::RecallFailure,
                };
                let foreign = [
                    (evidence.event != event, "event"),
                    (evidence.delivery != delivery, "delivery"),
                    (evidence.recipients != [recipient.clone()], "recipient"),
                ];
                match foreign.into_iter().find(|(is_foreign, _)| *is_foreign) {
                    Some((_, what)) => Err(ClientError::ForeignReceipt(what)),
                    None => Ok(Recalled { recipient, outcome, receipt, evidence }),
                }
            })
            .collect()
    }

    /// Says how it fares with a delivery received; `sender` tells deliveries of the same id apart.
    ///
    /// # Errors
    /// [`ClientError::NotReceived`] when no such delivery lies in the inbox, now or earlier.
    pub fn fares(
        &self,
        delivery: Uuid,
        sender: Option<&AgencyCode>,
        status: Status,
        text: Option<&str>,
    ) -> Result<Evidence, ClientError> {
        let (item, sender) = self.item_of(delivery, sender)?;
        let envelope = self.envelope_of(&item, delivery)?;
        let said = BusinessStatus {
            delivery,
            sender,
            recipient: self.agency.clone(),
            envelope,
            status,
            text: text.map(str::to_owned),
            registry: None,
            time: self.now(),
        };
        let bytes = said.to_bytes();
        BusinessStatus::from_bytes(&bytes)?;
        let signature = self.sealer.seal(&bytes)?;
        let body = json!({"status": base64(&bytes), "signature": base64(&signature)});
        let receipt = self.post(&format!("/v1/inbox/{item}/status"), &body)?;
        let (_, evidence) = self.check_receipt(&receipt)?;
        let foreign = [
            (evidence.event != Event::BusinessStatus, "event"),
            (evidence.delivery != delivery, "delivery"),
            (evidence.acknowledgement != Some(Sha256::of(&bytes)), "status"),
        ];
        match foreign.into_iter().find(|(is_foreign, _)| *is_foreign) {
            Some((_, what)) => Err(ClientError::ForeignReceipt(what)),
            None => Ok(evidence),
        }
    }

    /// The item a delivery is in the own inbox, and who sent it.
    pub(super) fn item_of(
        &self,
        delivery: Uuid,
        sender: Option<&AgencyCode>,
    ) -> Result<(String, AgencyCode), ClientError> {
        let answer: InboxAnswer = self.json(&self.get(&format!("/v1/inbox?delivery={delivery}"))?)?;
        let mut found = answer.items.iter().filter(|line| sender.is_none_or(|sender| sender.as_str() == line.sender));
        match (found.next(), found.next()) {
            (Some(line), None) if is_token(&line.item) => {
                Ok((line.item.clone(), AgencyCode::parse(&line.sender).ok_or(ANSWER)?))
            }
            (Some(_), None) => Err(ANSWER),
            (Some(_), Some(_)) => Err(ClientError::SeveralSenders(delivery)),
            (None, _) => Err(ClientError::NotReceived(delivery)),
        }
    }

    fn envelope_of(&self, item: &str, delivery: Uuid) -> Result<Sha256, ClientError> {
        #[derive(Deserialize)]
        struct Form {
            envelope: String,
            delivery: String,
        }
        let form: Form = self.json(&self.get(&format!("/v1/inbox/{item}/envelope"))?)?;
        let bytes = strict_base64(&form.envelope).ok_or(ANSWER)?;
        let envelope = Envelope::from_bytes(&bytes)?;
        if envelope.delivery != delivery || form.delivery != delivery.to_string() {
            return Err(ClientError::Answer("the envelope of another delivery"));
        }
        Ok(Sha256::of(&bytes))
    }

    /// The own agency's events after a number; waits up to `wait_s` seconds (30 at most) when there are none.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn events(&self, after: u64, wait_s: u32) -> Result<(Vec<EventLine>, u64), ClientError> {
        let url = self.url(&format!("/v1/events?after={after}&limit=500"));
        let wait = wait_s.min(30);
        let bytes = self.patiently(|| {
            let mut request = self.http.get(&url);
            if wait > 0 {
                let longest = self.retry.silence + Duration::from_secs(u64::from(wait));
                request = request.timeout(longest).header("prefer", format!("wait={wait}"));
            }
            self.body(self.send(request)?)
        })?;
        let answer: EventsAnswer = self.json(&bytes)?;
        let mut expected = after;
        let mut events = Vec::new();
        for form in answer.events {
            expected = expected.saturating_add(1);
            if form.seq != expected {
                return Err(ClientError::Answer("events with a gap"));
            }
            // An event this version does not know is passed over, but counted.
            let Some(event) = Happening::parse(&form.event) else { continue };
            events.push(EventLine {
                seq: form.seq,
                time: UnixTime::parse_rfc3339(&form.time).ok_or(ANSWER)?,
                event,
                delivery: Uuid::parse(&form.delivery).ok_or(ANSWER)?,
                sender: AgencyCode::parse(&form.sender).ok_or(ANSWER)?,
                recipient: form.recipient.as_deref().map(|r| AgencyCode::parse(r).ok_or(ANSWER)).transpose()?,
                item: form.item.filter(|item| is_token(item)),
                n: form.n,
            });
        }
        if answer.next != expected {
            return Err(ClientError::Answer("events with a gap"));
        }
        Ok((events, answer.next))
    }

    /// What the sender of an item asks, checked: signed by the sender, about this delivery.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn request(&self, item: &str) -> Result<Request, ClientError> {
        let answer: RecallOfAnswer = self.json(&self.get(&format!("/v1/inbox/{item}/recall"))?)?;
        let delivery = Uuid::parse(&answer.delivery).ok_or(ANSWER)?;
        let sender = AgencyCode::parse(&answer.sender).ok_or(ANSWER)?;
        let (object, signature) =
            (strict_base64(&answer.object).ok_or(ANSWER)?, strict_base64(&answer.signature).ok_or(ANSWER)?);
        let kind = self.check_request(delivery, &sender, &object, &signature)?;
        Ok(Request { delivery, sender, kind, object, signature, in_time: answer.state == "recalled" })
    }

    /// Checks a recall or replacing envelope of a sender.
    pub(super) fn check_request(
        &self,
        delivery: Uuid,
        sender: &AgencyCode,
        object: &[u8],
        signature: &[u8],
    ) -> Result<RequestKind, ClientError> {
        let verified = seal::verify(object, signature)?;
        let entry = self.agency_entry(sender)?;
        let (kind, at) = match Recall::from_bytes(object) {
            Ok(recall) if recall.delivery == delivery && recall.sender == *sender => {
                let time = recall.time;
                (RequestKind::Recall(recall), time)
            }
            Ok(_) => return Err(ClientError::Answer("a recall of another delivery")),
            Err(_) => {
                let envelope = Envelope::from_bytes(object)?;
                if envelope.replaces != Some(delivery) || envelope.sender != *sender {
                    return Err(ClientError::Answer("an envelope that replaces another delivery"));
                }
                let time = envelope.created;
                (RequestKind::Replacement(Box::new(envelope)), time)
            }
        };
        if !entry.lists(&verified.sha256(), &[crate::exchange::directory::Role::Seal], at) {
            return Err(ClientError::SealNotListed);
        }
        self.trust.check(&verified.certificate, &verified.others, Purpose::DocumentSigning, at)?;
        Ok(kind)
    }
}
