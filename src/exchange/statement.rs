//! What agencies say about a delivery after it was sent: the sender takes it back, a recipient says how it fares.
//!
//! Both are canonical JSON signed by the agency (PROTOCOL.md §4.7, §4.8) and stand in evidence by their digest.

use super::envelope::{AGENCY, DIGEST, MAX_RECIPIENTS, Registry, TIME, UUID, time};
use super::evidence::Reason;
use super::id::{AgencyCode, Sha256, Uuid};
use super::message::{Fields, MessageError, Object};
use crate::base::time::UnixTime;
use crate::edxml::codes::Status;

/// The schema string of a recall.
pub const RECALL_SCHEMA: &str = "congvan.recall/1";
/// The schema string of a recipient's business status.
pub const STATUS_SCHEMA: &str = "congvan.business-status/1";

/// The sender takes a delivery back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recall {
    /// The delivery's id.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// SHA-256 of its envelope.
    pub envelope: Sha256,
    /// From whom; from everybody when empty.
    pub recipients: Vec<AgencyCode>,
    /// Why.
    pub reason: Reason,
    /// When the sender signed this.
    pub time: UnixTime,
}

impl Recall {
    /// The canonical bytes the sender signs.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", RECALL_SCHEMA)
            .set("delivery", self.delivery.to_string())
            .set("sender", self.sender.as_str())
            .set("envelope", self.envelope.to_string())
            .set("reason", self.reason.to_object())
            .set("time", self.time.rfc3339());
        if !self.recipients.is_empty() {
            out.set("recipients", self.recipients.iter().map(AgencyCode::as_str).collect::<Vec<_>>());
        }
        out.to_bytes()
    }

    /// Reads a recall from its canonical bytes.
    ///
    /// # Errors
    /// [`MessageError`] for any bytes that are not exactly a recall of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, RECALL_SCHEMA)?;
        let recipients = match fields.has("recipients") {
            true => fields.list("recipients", MAX_RECIPIENTS, "1 to 256 agency codes", AgencyCode::parse)?,
            false => Vec::new(),
        };
        let recall = Recall {
            delivery: fields.parsed("delivery", UUID, Uuid::parse)?,
            sender: fields.parsed("sender", AGENCY, AgencyCode::parse)?,
            envelope: fields.parsed("envelope", DIGEST, Sha256::parse)?,
            recipients,
            reason: Reason::from_fields(fields.object("reason")?)?,
            time: fields.parsed("time", TIME, time)?,
        };
        fields.end()?;
        Ok(recall)
    }
}

/// A recipient says how it fares with a delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BusinessStatus {
    /// The delivery's id.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// Who speaks.
    pub recipient: AgencyCode,
    /// SHA-256 of its envelope.
    pub envelope: Sha256,
    /// How it fares (QCVN 102:2016, `StatusCode`); never [`Status::TakeBack`], which is the sender's to say.
    pub status: Status,
    /// In the recipient's own words; there where the status asks for a reason.
    pub text: Option<String>,
    /// The recipient's own register entry.
    pub registry: Option<Registry>,
    /// When the recipient signed this.
    pub time: UnixTime,
}

const STATUS: &str = "01 to 06, 15 or 16";

/// The status of a code, of those a recipient can say; two digits exactly.
pub fn recipient_status(code: &str) -> Option<Status> {
    Status::from_code(code).filter(|status| status.code() == code && *status != Status::TakeBack)
}

impl BusinessStatus {
    /// The canonical bytes the recipient signs.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", STATUS_SCHEMA)
            .set("delivery", self.delivery.to_string())
            .set("sender", self.sender.as_str())
            .set("recipient", self.recipient.as_str())
            .set("envelope", self.envelope.to_string())
            .set("status", self.status.code())
            .set_some("text", self.text.as_deref())
            .set_some("registry", self.registry.as_ref().map(Registry::to_object))
            .set("time", self.time.rfc3339());
        out.to_bytes()
    }

    /// Reads a status from its canonical bytes.
    ///
    /// # Errors
    /// [`MessageError`] for any bytes that are not exactly a status of this version; one that asks for a reason
    /// and gives none is refused too.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, STATUS_SCHEMA)?;
        let status = BusinessStatus {
            delivery: fields.parsed("delivery", UUID, Uuid::parse)?,
            sender: fields.parsed("sender", AGENCY, AgencyCode::parse)?,
            recipient: fields.parsed("recipient", AGENCY, AgencyCode::parse)?,
            envelope: fields.parsed("envelope", DIGEST, Sha256::parse)?,
            status: fields.parsed("status", STATUS, recipient_status)?,
            text: fields.text_opt("text", 1_024)?,
            registry: fields.object_opt("registry")?.map(Registry::from_fields).transpose()?,
            time: fields.parsed("time", TIME, time)?,
        };
        fields.end()?;
        if status.status.needs_reason() && status.text.is_none() {
            return Err(MessageError::Missing { field: "text".to_owned() });
        }
        Ok(status)
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::tests::sample;
    use super::*;

    #[test]
    fn a_recall_round_trips_with_and_without_recipients() {
        let evidence = sample();
        let all = Recall {
            delivery: evidence.delivery,
            sender: evidence.sender.clone(),
            envelope: evidence.envelope,
            recipients: Vec::new(),
            reason: Reason::new("wrong-document", Some("Gửi nhầm")),
            time: evidence.time,
        };
        let one = Recall { recipients: vec![evidence.recipients[0].clone()], ..all.clone() };
        for recall in [all, one] {
            assert_eq!(Recall::from_bytes(&recall.to_bytes()), Ok(recall));
        }
    }

    #[test]
    fn a_status_round_trips_and_a_refusal_needs_its_reason() {
        let evidence = sample();
        let status = BusinessStatus {
            delivery: evidence.delivery,
            sender: evidence.sender.clone(),
            recipient: evidence.recipients[0].clone(),
            envelope: evidence.envelope,
            status: Status::InProgress,
            text: None,
            registry: None,
            time: evidence.time,
        };
        assert_eq!(BusinessStatus::from_bytes(&status.to_bytes()), Ok(status.clone()));
        let declined = BusinessStatus { status: Status::Declined, ..status.clone() };
        assert_eq!(
            BusinessStatus::from_bytes(&declined.to_bytes()),
            Err(MessageError::Missing { field: "text".to_owned() })
        );
        let taken_back = BusinessStatus { status: Status::TakeBack, text: Some("no".to_owned()), ..status };
        assert!(matches!(BusinessStatus::from_bytes(&taken_back.to_bytes()), Err(MessageError::Value { .. })));
    }
}
