//! Evidence: sealed statements that something happened to a delivery, and the receipts made of them.
//!
//! Events carry the names of ETSI EN 319 522-3 (`ERDSEventId`, a URI that ends in the event's name);
//! fields follow its list of required contents. Evidence is canonical JSON, sealed once by the endpoint
//! and never changed or signed again. It names the log it will stand in, never its position there.

use super::envelope::{AGENCY, DIGEST, Package, Registry, TIME, UUID, time, token};
use super::id::{AgencyCode, Sha256, Uuid};
use super::log::leaf::Leaf;
use super::message::{Fields, MessageError, Object};
use crate::base::encoding::{base64, from_base64, from_hex, hex};
use crate::base::time::UnixTime;

/// The schema string of evidence.
pub const SCHEMA: &str = "congvan.evidence/1";
/// The schema string of a receipt.
pub const RECEIPT_SCHEMA: &str = "congvan.receipt/1";
/// The schema string of a recipient's acknowledgement.
pub const ACK_SCHEMA: &str = "congvan.ack/1";
/// What every event URI starts with (EN 319 522-3, values of `ERDSEventId`).
pub const EVENT_BASE: &str = "http://uri.etsi.org/19522/Event/";

/// What the URIs of events begin with that EN 319 522-3 does not have: taking back, and the recipient's own business.
pub const OWN_EVENT_BASE: &str = "urn:congvan:event:";

/// An event that this endpoint can attest: those of EN 319 522-3, then our own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are those of the standard; PROTOCOL.md says what they mean here")]
pub enum Event {
    SubmissionAcceptance,
    SubmissionRejection,
    ContentConsignment,
    ContentConsignmentFailure,
    ConsignmentAcceptance,
    ConsignmentRejection,
    AcceptanceRejectionExpiry,
    ContentHandover,
    ContentHandoverFailure,
    Recall,
    RecallFailure,
    BusinessStatus,
}

const EVENTS: [(Event, &str); 12] = [
    (Event::SubmissionAcceptance, "SubmissionAcceptance"),
    (Event::SubmissionRejection, "SubmissionRejection"),
    (Event::ContentConsignment, "ContentConsignment"),
    (Event::ContentConsignmentFailure, "ContentConsignmentFailure"),
    (Event::ConsignmentAcceptance, "ConsignmentAcceptance"),
    (Event::ConsignmentRejection, "ConsignmentRejection"),
    (Event::AcceptanceRejectionExpiry, "AcceptanceRejectionExpiry"),
    (Event::ContentHandover, "ContentHandover"),
    (Event::ContentHandoverFailure, "ContentHandoverFailure"),
    (Event::Recall, "Recall"),
    (Event::RecallFailure, "RecallFailure"),
    (Event::BusinessStatus, "BusinessStatus"),
];

impl Event {
    /// The event's name.
    pub fn name(self) -> &'static str {
        EVENTS.iter().find(|(event, _)| *event == self).map_or("", |(_, name)| name)
    }

    /// The event of a name.
    pub fn parse(name: &str) -> Option<Self> {
        EVENTS.iter().find(|(_, own)| *own == name).map(|(event, _)| *event)
    }

    /// The event's URI.
    pub fn uri(self) -> String {
        format!("{}{}", self.base(), self.name())
    }

    fn from_uri(uri: &str) -> Option<Self> {
        let name = uri.strip_prefix(EVENT_BASE).or_else(|| uri.strip_prefix(OWN_EVENT_BASE))?;
        Event::parse(name).filter(|event| event.uri() == uri)
    }

    fn base(self) -> &'static str {
        match self {
            Event::Recall | Event::RecallFailure | Event::BusinessStatus => OWN_EVENT_BASE,
            _ => EVENT_BASE,
        }
    }

    /// Whether the event says that something was refused, failed or ran out; such evidence gives reasons.
    pub fn is_negative(self) -> bool {
        matches!(
            self,
            Event::SubmissionRejection
                | Event::ContentConsignmentFailure
                | Event::ConsignmentRejection
                | Event::AcceptanceRejectionExpiry
                | Event::ContentHandoverFailure
                | Event::Recall
                | Event::RecallFailure
        )
    }
}

/// How the endpoint knew that the sender meant it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SenderAuthentication {
    /// The sender's seal stands under the envelope.
    Seal,
    /// Another agency acted under a delegation.
    Delegated,
    /// The packet came through the national axis; the endpoint wrote the envelope as agent.
    AxisHmac,
}

impl SenderAuthentication {
    fn name(self) -> &'static str {
        match self {
            SenderAuthentication::Seal => "seal",
            SenderAuthentication::Delegated => "delegated",
            SenderAuthentication::AxisHmac => "axis-hmac",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        use SenderAuthentication::{AxisHmac, Delegated, Seal};
        [Seal, Delegated, AxisHmac].into_iter().find(|own| own.name() == text)
    }
}

/// Why something was refused, failed or ran out: a code of a closed list and a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reason {
    /// The code: 1 to 64 of `[A-Za-z0-9-]`.
    pub code: String,
    /// A sentence for people.
    pub text: Option<String>,
}

/// The log evidence will stand in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogName {
    /// The log's origin line (C2SP tlog-checkpoint).
    pub origin: String,
    /// Its verifier key (C2SP signed-note).
    pub vkey: String,
}

/// A statement that something happened to a delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// The evidence's own id.
    pub id: Uuid,
    /// What happened.
    pub event: Event,
    /// When.
    pub time: UnixTime,
    /// The agency code or origin of the endpoint that states it.
    pub endpoint: String,
    /// SHA-256 of the certificate the seal verifies under.
    pub issuer_certificate: Sha256,
    /// The delivery's id.
    pub delivery: Uuid,
    /// SHA-256 of the envelope's canonical bytes.
    pub envelope: Sha256,
    /// Who sent.
    pub sender: AgencyCode,
    /// How the sender was known.
    pub sender_authentication: SenderAuthentication,
    /// Whom it concerns: all recipients at submission, one afterwards.
    pub recipients: Vec<AgencyCode>,
    /// The package.
    pub package: Package,
    /// When the delivery was accepted; in all evidence after acceptance.
    pub submitted: Option<UnixTime>,
    /// Why, on negative events.
    pub reasons: Vec<Reason>,
    /// SHA-256 of the signed object the event rests on: an acknowledgement, a recall, a replacing envelope, a status.
    pub acknowledgement: Option<Sha256>,
    /// SHA-256 of the evidence before this one in the chain of this delivery and recipient.
    pub previous: Option<Sha256>,
    /// Sixteen random octets: without them a leaf tells nothing about the evidence.
    pub salt: [u8; 16],
    /// The log it will stand in.
    pub log: LogName,
    /// Within how many seconds it will stand there.
    pub max_log_delay_s: u32,
}

impl Evidence {
    /// The canonical bytes: what is sealed, and whose SHA-256 is the evidence's digest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut log = Object::new();
        log.set("origin", self.log.origin.as_str()).set("vkey", self.log.vkey.as_str());
        let mut out = Object::new();
        out.set("schema", SCHEMA)
            .set("id", self.id.to_string())
            .set("event", self.event.uri())
            .set("time", self.time.rfc3339())
            .set("endpoint", self.endpoint.as_str())
            .set("issuer_certificate", self.issuer_certificate.to_string())
            .set("delivery", self.delivery.to_string())
            .set("envelope", self.envelope.to_string())
            .set("sender", self.sender.as_str())
            .set("sender_authentication", self.sender_authentication.name())
            .set("recipients", self.recipients.iter().map(AgencyCode::as_str).collect::<Vec<_>>())
            .set("package", self.package.to_object())
            .set_some("submitted", self.submitted.map(UnixTime::rfc3339))
            .set_some("acknowledgement", self.acknowledgement.map(|d| d.to_string()))
            .set_some("previous", self.previous.map(|d| d.to_string()))
            .set("salt", hex(&self.salt))
            .set("log", log)
            .set("max_log_delay_s", self.max_log_delay_s);
        if !self.reasons.is_empty() {
            out.set("reasons", self.reasons.iter().map(Reason::to_object).collect::<Vec<_>>());
        }
        out.to_bytes()
    }

    /// Reads evidence from its canonical bytes.
    ///
    /// # Errors
    /// [`MessageError`] for any bytes that are not exactly evidence of this version; negative events
    /// without reasons and reasons without a negative event are refused too.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, SCHEMA)?;
        let mut log = fields.object("log")?;
        let log_name = LogName { origin: log.text("origin", 255)?, vkey: log.text("vkey", 1_024)? };
        log.end()?;
        let evidence = Evidence {
            id: fields.parsed("id", UUID, Uuid::parse)?,
            event: fields.parsed("event", "the URI of a known event", Event::from_uri)?,
            time: fields.parsed("time", TIME, time)?,
            endpoint: fields.text("endpoint", 255)?,
            issuer_certificate: fields.parsed("issuer_certificate", DIGEST, Sha256::parse)?,
            delivery: fields.parsed("delivery", UUID, Uuid::parse)?,
            envelope: fields.parsed("envelope", DIGEST, Sha256::parse)?,
            sender: fields.parsed("sender", AGENCY, AgencyCode::parse)?,
            sender_authentication: fields.parsed(
                "sender_authentication",
                "seal, delegated or axis-hmac",
                SenderAuthentication::parse,
            )?,
            recipients: fields.list("recipients", super::envelope::MAX_RECIPIENTS, AGENCY, AgencyCode::parse)?,
            package: Package::from_fields(fields.object("package")?)?,
            submitted: fields.parsed_opt("submitted", TIME, time)?,
            reasons: fields.objects("reasons", 16, Reason::from_fields)?,
            acknowledgement: fields.parsed_opt("acknowledgement", DIGEST, Sha256::parse)?,
            previous: fields.parsed_opt("previous", DIGEST, Sha256::parse)?,
            salt: fields.parsed("salt", "32 lower-case hexadecimal digits", salt)?,
            log: log_name,
            max_log_delay_s: u32::try_from(fields.unsigned("max_log_delay_s")?).map_err(|_| MessageError::Value {
                field: "max_log_delay_s".to_owned(),
                rule: "a number of seconds below 2^32",
            })?,
        };
        fields.end()?;
        match (evidence.event.is_negative(), evidence.reasons.is_empty()) {
            (true, true) => Err(MessageError::Missing { field: "reasons".to_owned() }),
            (false, false) => {
                Err(MessageError::Value { field: "reasons".to_owned(), rule: "only on a negative event" })
            }
            _ => Ok(evidence),
        }
    }

    /// The log leaf that commits to this evidence, whose canonical bytes are `bytes`.
    pub fn leaf(&self, bytes: &[u8]) -> Leaf {
        Leaf {
            evidence: Sha256::of(bytes),
            event: self.event,
            endpoint: self.endpoint.clone(),
            time: self.time,
            salt: Sha256::of(&self.salt),
        }
    }
}

fn salt(text: &str) -> Option<[u8; 16]> {
    let octets: [u8; 16] = from_hex(text)?.try_into().ok()?;
    (hex(&octets) == text).then_some(octets)
}

impl Reason {
    /// A reason with the code's own sentence.
    pub fn new(code: &str, text: Option<&str>) -> Self {
        Reason { code: code.to_owned(), text: text.map(str::to_owned) }
    }

    pub(crate) fn to_object(&self) -> Object {
        let mut out = Object::new();
        out.set("code", self.code.as_str()).set_some("text", self.text.as_deref());
        out
    }

    pub(crate) fn from_fields(mut fields: Fields) -> Result<Self, MessageError> {
        let reason = Reason {
            code: fields.parsed("code", "1 to 64 letters, digits and hyphens", token)?,
            text: fields.text_opt("text", 1_024)?,
        };
        fields.end()?;
        Ok(reason)
    }
}

/// Receipt R1: evidence, the endpoint's seal over it, and the log leaf it will be found under.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Canonical bytes of the evidence.
    pub evidence: Vec<u8>,
    /// Detached CAdES-B-B over them, DER.
    pub signature: Vec<u8>,
    /// Canonical bytes of the leaf.
    pub leaf: Vec<u8>,
}

/// Most octets of a detached signature with its certificates.
pub const MAX_SIGNATURE: usize = 32 * 1024;

impl Receipt {
    /// The receipt's own canonical bytes, as the endpoint returns and the client keeps them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", RECEIPT_SCHEMA)
            .set("evidence", base64(&self.evidence))
            .set("signature", base64(&self.signature))
            .set("leaf", base64(&self.leaf));
        out.to_bytes()
    }

    /// Reads a receipt and checks that the leaf is the one of the evidence; the seal is checked by
    /// [`super::seal::verify`].
    ///
    /// # Errors
    /// [`MessageError`] for other bytes, for evidence that cannot be read, and for a leaf of other evidence.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Evidence), MessageError> {
        let mut fields = Fields::read(bytes, RECEIPT_SCHEMA)?;
        let receipt = Receipt {
            evidence: fields.parsed("evidence", BASE64, strict_base64)?,
            signature: fields.parsed("signature", BASE64, strict_base64)?,
            leaf: fields.parsed("leaf", BASE64, strict_base64)?,
        };
        fields.end()?;
        let evidence = receipt.read()?;
        Ok((receipt, evidence))
    }

    /// The evidence in it, after checking that the leaf commits to exactly these bytes.
    ///
    /// # Errors
    /// As [`Receipt::from_bytes`].
    pub fn read(&self) -> Result<Evidence, MessageError> {
        if self.signature.len() > MAX_SIGNATURE {
            return Err(MessageError::TooLong { found: self.signature.len() });
        }
        let evidence = Evidence::from_bytes(&self.evidence)?;
        if evidence.leaf(&self.evidence).to_bytes() != self.leaf {
            return Err(MessageError::Value { field: "leaf".to_owned(), rule: "the leaf of this evidence" });
        }
        Ok(evidence)
    }
}

pub(crate) const BASE64: &str = "standard base64 with padding, without white space";

pub(crate) fn strict_base64(text: &str) -> Option<Vec<u8>> {
    from_base64(text).filter(|bytes| base64(bytes) == text)
}

/// What a recipient says about an item: that it holds the package, or that it refuses it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ack {
    /// The delivery's id.
    pub delivery: Uuid,
    /// Who sent it.
    pub sender: AgencyCode,
    /// Who answers.
    pub recipient: AgencyCode,
    /// SHA-256 of the envelope it answers.
    pub envelope: Sha256,
    /// SHA-256 of the package as the recipient stored it.
    pub package: Sha256,
    /// Taken, or refused with a reason.
    pub outcome: Outcome,
    /// The recipient's own register entry.
    pub registry: Option<Registry>,
    /// When the recipient signed this.
    pub time: UnixTime,
}

/// The recipient's decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The recipient has the package.
    Accepted,
    /// The recipient refuses it.
    Rejected(Reason),
}

impl Ack {
    /// The canonical bytes the recipient signs.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", ACK_SCHEMA)
            .set("delivery", self.delivery.to_string())
            .set("sender", self.sender.as_str())
            .set("recipient", self.recipient.as_str())
            .set("envelope", self.envelope.to_string())
            .set("package", self.package.to_string())
            .set_some("registry", self.registry.as_ref().map(Registry::to_object))
            .set("time", self.time.rfc3339());
        match &self.outcome {
            Outcome::Accepted => out.set("outcome", "accepted"),
            Outcome::Rejected(reason) => out.set("outcome", "rejected").set("reason", reason.to_object()),
        };
        out.to_bytes()
    }

    /// Reads an acknowledgement from its canonical bytes.
    ///
    /// # Errors
    /// [`MessageError`] for any bytes that are not exactly an acknowledgement of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, ACK_SCHEMA)?;
        let accepted = fields.parsed("outcome", "accepted or rejected", |text| match text {
            "accepted" => Some(true),
            "rejected" => Some(false),
            _ => None,
        })?;
        let ack = Ack {
            delivery: fields.parsed("delivery", UUID, Uuid::parse)?,
            sender: fields.parsed("sender", AGENCY, AgencyCode::parse)?,
            recipient: fields.parsed("recipient", AGENCY, AgencyCode::parse)?,
            envelope: fields.parsed("envelope", DIGEST, Sha256::parse)?,
            package: fields.parsed("package", DIGEST, Sha256::parse)?,
            outcome: match accepted {
                true => Outcome::Accepted,
                false => Outcome::Rejected(Reason::from_fields(fields.object("reason")?)?),
            },
            registry: fields.object_opt("registry")?.map(Registry::from_fields).transpose()?,
            time: fields.parsed("time", TIME, time)?,
        };
        fields.end()?;
        Ok(ack)
    }

    /// Whether another acknowledgement says the same, whenever it was signed.
    pub fn says_the_same_as(&self, other: &Ack) -> bool {
        Ack { time: other.time, ..self.clone() } == *other
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Evidence {
        let envelope = super::super::envelope::tests::sample();
        Evidence {
            id: Uuid::v7(1_772_700_001_000, [9; 10]),
            event: Event::SubmissionAcceptance,
            time: UnixTime(1_772_700_001),
            endpoint: "exchange.example.vn".to_owned(),
            issuer_certificate: Sha256::of(b"certificate"),
            delivery: envelope.delivery,
            envelope: Sha256::of(&envelope.to_bytes()),
            sender: envelope.sender,
            sender_authentication: SenderAuthentication::Seal,
            recipients: envelope.recipients,
            package: envelope.package,
            submitted: Some(UnixTime(1_772_700_001)),
            reasons: Vec::new(),
            acknowledgement: None,
            previous: None,
            salt: [3; 16],
            log: LogName { origin: "exchange.example.vn/log".to_owned(), vkey: "k".to_owned() },
            max_log_delay_s: 60,
        }
    }

    #[test]
    fn evidence_and_receipt_round_trip() {
        let evidence = sample();
        let bytes = evidence.to_bytes();
        assert_eq!(Evidence::from_bytes(&bytes).as_ref(), Ok(&evidence));
        let receipt =
            Receipt { leaf: evidence.leaf(&bytes).to_bytes(), evidence: bytes, signature: b"signature".to_vec() };
        assert_eq!(Receipt::from_bytes(&receipt.to_bytes()), Ok((receipt, evidence)));
    }

    #[test]
    fn a_leaf_of_other_evidence_is_refused() {
        let evidence = sample();
        let other = Evidence { salt: [4; 16], ..evidence.clone() };
        let receipt = Receipt {
            evidence: evidence.to_bytes(),
            signature: vec![1],
            leaf: other.leaf(&other.to_bytes()).to_bytes(),
        };
        assert!(
            matches!(Receipt::from_bytes(&receipt.to_bytes()), Err(MessageError::Value { field, .. }) if field == "leaf")
        );
    }

    #[test]
    fn reasons_stand_on_negative_events_and_only_there() {
        let rejection = Evidence {
            event: Event::SubmissionRejection,
            submitted: None,
            reasons: vec![Reason::new("recipient-unknown", None)],
            ..sample()
        };
        assert_eq!(Evidence::from_bytes(&rejection.to_bytes()).as_ref(), Ok(&rejection));
        let bare = Evidence { reasons: Vec::new(), ..rejection.clone() };
        assert!(Evidence::from_bytes(&bare.to_bytes()).is_err());
        let odd = Evidence { event: Event::SubmissionAcceptance, ..rejection };
        assert!(Evidence::from_bytes(&odd.to_bytes()).is_err());
    }

    #[test]
    fn an_acknowledgement_round_trips_and_needs_a_reason_to_refuse() {
        let evidence = sample();
        let ack = Ack {
            delivery: evidence.delivery,
            sender: evidence.sender.clone(),
            recipient: evidence.recipients[0].clone(),
            envelope: evidence.envelope,
            package: evidence.package.sha256,
            outcome: Outcome::Rejected(Reason::new("not-for-us", Some("Gửi nhầm nơi nhận"))),
            registry: None,
            time: UnixTime(1_772_700_100),
        };
        assert_eq!(Ack::from_bytes(&ack.to_bytes()).as_ref(), Ok(&ack));
        let text = String::from_utf8(ack.to_bytes()).expect("text");
        let accepted = text.replace("\"outcome\":\"rejected\"", "\"outcome\":\"accepted\"");
        assert_eq!(Ack::from_bytes(accepted.as_bytes()), Err(MessageError::Unknown { field: "reason".to_owned() }));
        let later = Ack { time: UnixTime(1_772_700_200), ..ack.clone() };
        assert!(ack.says_the_same_as(&later));
        assert!(!ack.says_the_same_as(&Ack { outcome: Outcome::Accepted, ..later }));
    }

    #[test]
    fn every_event_is_found_by_its_uri() {
        for (event, name) in EVENTS {
            assert!(event.uri().ends_with(name));
            assert_eq!(Event::from_uri(&event.uri()), Some(event));
        }
        assert_eq!(Event::from_uri("SubmissionAcceptance"), None);
    }
}
