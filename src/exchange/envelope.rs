//! The envelope: what the sending agency signs, and all an endpoint may route by.
//!
//! Its canonical bytes are signed by the sender's seal (detached CAdES-B-B, see [`super::seal`]); a
//! delivery is the same delivery when sender, id and these bytes are the same.

use super::id::{AgencyCode, Sha256, Uuid, is_token};
use super::message::{Fields, MessageError, Object};
use crate::base::time::UnixTime;

/// The schema string of this version.
pub const SCHEMA: &str = "congvan.envelope/1";
/// Most recipients of one delivery.
pub const MAX_RECIPIENTS: usize = 256;

/// A signed envelope's content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope {
    /// The delivery's id, chosen by the sender before the first byte leaves.
    pub delivery: Uuid,
    /// Who sends.
    pub sender: AgencyCode,
    /// Who is to receive; at least one, no two alike.
    pub recipients: Vec<AgencyCode>,
    /// When the sender made this envelope.
    pub created: UnixTime,
    /// After this the endpoint does not accept or offer it any more.
    pub not_after: Option<UnixTime>,
    /// The package it speaks of.
    pub package: Package,
    /// The class of the document; `unclassified` for all this software is made for.
    pub class: Class,
    /// The sender's register entry.
    pub registry: Option<Registry>,
    /// Delivery with or without consent before handover.
    pub mode: Mode,
    /// The conversation it belongs to.
    pub thread: Option<Uuid>,
    /// The delivery it answers.
    pub in_reply_to: Option<Uuid>,
    /// The delivery it takes the place of.
    pub replaces: Option<Uuid>,
    /// Evidence the sender wants beyond what is always made; names of events.
    pub wanted_evidence: Vec<super::evidence::Event>,
    /// How the package is encrypted for its recipients.
    pub encryption: Option<Encryption>,
}

/// A package by its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Package {
    /// SHA-256 of its bytes: its name everywhere.
    pub sha256: Sha256,
    /// Length in octets.
    pub size: u64,
    /// What kind of package it is, as a media type.
    pub media_type: String,
}

/// A register entry: number and notation (số, ký hiệu) and date of an official document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registry {
    /// The number, `15`.
    pub number: String,
    /// The notation, `QĐ-UBND`.
    pub notation: Option<String>,
    /// The date, `2026-03-05`.
    pub date: String,
}

/// A document class: a short lower-case word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Class(String);

/// Whether the recipient is asked before the bytes cross.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Handover without asking.
    Basic,
    /// The recipient accepts first.
    Consent,
}

/// How a package is encrypted: the scheme and a word of its own about the keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Encryption {
    /// Name of the scheme.
    pub scheme: String,
    /// Where its key material is found, in the scheme's own words.
    pub info: String,
}

impl Class {
    /// The class of documents without any secrecy marking.
    pub const UNCLASSIFIED: &'static str = "unclassified";
    /// Classes no directory entry can allow.
    pub const NEVER: [&'static str; 3] = ["confidential", "secret", "top-secret"];

    /// Reads a class: 1 to 32 of `[a-z0-9-]`.
    pub fn parse(text: &str) -> Option<Self> {
        let fine = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fine.then(|| Class(text.to_owned()))
    }

    /// The class as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// [`Class::UNCLASSIFIED`].
    pub fn unclassified() -> Self {
        Class(Class::UNCLASSIFIED.to_owned())
    }
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Basic => "basic",
            Mode::Consent => "consent",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Mode::Basic, Mode::Consent].into_iter().find(|mode| mode.name() == text)
    }
}

impl Envelope {
    /// The canonical bytes: what is signed, and whose SHA-256 is the envelope's digest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", SCHEMA)
            .set("version", 1_u32)
            .set("delivery", self.delivery.to_string())
            .set("sender", self.sender.as_str())
            .set("recipients", self.recipients.iter().map(AgencyCode::as_str).collect::<Vec<_>>())
            .set("created", self.created.rfc3339())
            .set_some("not_after", self.not_after.map(UnixTime::rfc3339))
            .set("package", self.package.to_object())
            .set("class", self.class.as_str())
            .set_some("registry", self.registry.as_ref().map(Registry::to_object))
            .set("mode", self.mode.name())
            .set_some("thread", self.thread.map(|id| id.to_string()))
            .set_some("in_reply_to", self.in_reply_to.map(|id| id.to_string()))
            .set_some("replaces", self.replaces.map(|id| id.to_string()));
        if !self.wanted_evidence.is_empty() {
            out.set("wanted_evidence", self.wanted_evidence.iter().map(|event| event.name()).collect::<Vec<_>>());
        }
        if let Some(encryption) = &self.encryption {
            let mut inner = Object::new();
            inner.set("scheme", encryption.scheme.as_str()).set("info", encryption.info.as_str());
            out.set("encryption", inner);
        }
        out.to_bytes()
    }

    /// Reads an envelope from its canonical bytes.
    ///
    /// # Errors
    /// [`MessageError`] for any bytes that are not exactly an envelope of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, SCHEMA)?;
        if fields.unsigned("version")? != 1 {
            return Err(MessageError::Value { field: "version".to_owned(), rule: "1" });
        }
        let recipients = fields.list("recipients", MAX_RECIPIENTS, RECIPIENTS, AgencyCode::parse)?;
        let mut unique = recipients.clone();
        unique.sort();
        unique.dedup();
        if unique.len() != recipients.len() {
            return Err(MessageError::Value { field: "recipients".to_owned(), rule: RECIPIENTS });
        }
        let wanted_evidence = match fields.has("wanted_evidence") {
            true => fields.list("wanted_evidence", 32, "names of events", super::evidence::Event::parse)?,
            false => Vec::new(),
        };
        let encryption = match fields.object_opt("encryption")? {
            Some(mut inner) => {
                let read = Encryption { scheme: inner.text("scheme", 64)?, info: inner.text("info", 4_096)? };
                inner.end()?;
                Some(read)
            }
            None => None,
        };
        let envelope = Envelope {
            delivery: fields.parsed("delivery", UUID, Uuid::parse)?,
            sender: fields.parsed("sender", AGENCY, AgencyCode::parse)?,
            recipients,
            created: fields.parsed("created", TIME, time)?,
            not_after: fields.parsed_opt("not_after", TIME, time)?,
            package: Package::from_fields(fields.object("package")?)?,
            class: fields.parsed("class", "1 to 32 of a-z, 0-9 and hyphen", Class::parse)?,
            registry: fields.object_opt("registry")?.map(Registry::from_fields).transpose()?,
            mode: fields.parsed("mode", "basic or consent", Mode::parse)?,
            thread: fields.parsed_opt("thread", UUID, Uuid::parse)?,
            in_reply_to: fields.parsed_opt("in_reply_to", UUID, Uuid::parse)?,
            replaces: fields.parsed_opt("replaces", UUID, Uuid::parse)?,
            wanted_evidence,
            encryption,
        };
        fields.end()?;
        Ok(envelope)
    }
}

const RECIPIENTS: &str = "1 to 256 agency codes, no two alike";
pub(crate) const AGENCY: &str = "an agency code";
pub(crate) const UUID: &str = "a UUID of version 7 in lower case";
pub(crate) const TIME: &str = "a time in UTC as YYYY-MM-DDTHH:MM:SSZ";
pub(crate) const DIGEST: &str = "64 lower-case hexadecimal digits";

/// The one spelling of a time: UTC, whole seconds, `Z`.
pub(crate) fn time(text: &str) -> Option<UnixTime> {
    UnixTime::parse_rfc3339(text).filter(|t| t.rfc3339() == text)
}

impl Package {
    pub(crate) fn to_object(&self) -> Object {
        let mut out = Object::new();
        out.set("sha256", self.sha256.to_string()).set("size", self.size).set("media_type", self.media_type.as_str());
        out
    }

    pub(crate) fn from_fields(mut fields: Fields) -> Result<Self, MessageError> {
        let package = Package {
            sha256: fields.parsed("sha256", DIGEST, Sha256::parse)?,
            size: fields.unsigned("size")?,
            media_type: fields.parsed("media_type", "a media type without parameters", media_type)?,
        };
        fields.end()?;
        Ok(package)
    }
}

// type/subtype of RFC 6838 §4.2 restricted names, lower case.
fn media_type(text: &str) -> Option<String> {
    let part = |p: &str| {
        (1..=64).contains(&p.len())
            && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/').filter(|(a, b)| part(a) && part(b)).map(|_| text.to_owned())
}

impl Registry {
    pub(crate) fn to_object(&self) -> Object {
        let mut out = Object::new();
        out.set("number", self.number.as_str())
            .set_some("notation", self.notation.as_deref())
            .set("date", self.date.as_str());
        out
    }

    pub(crate) fn from_fields(mut fields: Fields) -> Result<Self, MessageError> {
        let registry = Registry {
            number: fields.text("number", 64)?,
            notation: fields.text_opt("notation", 128)?,
            date: fields.parsed("date", "a date as YYYY-MM-DD", date)?,
        };
        fields.end()?;
        Ok(registry)
    }
}

fn date(text: &str) -> Option<String> {
    (text.len() == 10 && time(&format!("{text}T00:00:00Z")).is_some()).then(|| text.to_owned())
}

/// Reads an item name or another opaque token.
pub(crate) fn token(text: &str) -> Option<String> {
    is_token(text).then(|| text.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Envelope {
        Envelope {
            delivery: Uuid::v7(1_772_700_000_000, [7; 10]),
            sender: AgencyCode::parse("H45.01").expect("a code"),
            recipients: vec![
                AgencyCode::parse("H45.02").expect("a code"),
                AgencyCode::parse("000.01.00.H45").expect("a code"),
            ],
            created: UnixTime(1_772_700_000),
            not_after: Some(UnixTime(1_775_300_000)),
            package: Package {
                sha256: Sha256::of(b"package"),
                size: 7,
                media_type: "application/vnd.etsi.asic-e+zip".to_owned(),
            },
            class: Class::unclassified(),
            registry: Some(Registry {
                number: "15".to_owned(),
                notation: Some("QĐ-UBND".to_owned()),
                date: "2026-03-05".to_owned(),
            }),
            mode: Mode::Basic,
            thread: None,
            in_reply_to: None,
            replaces: None,
            wanted_evidence: vec![super::super::evidence::Event::ContentHandover],
            encryption: None,
        }
    }

    #[test]
    fn an_envelope_round_trips() {
        let envelope = sample();
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes()), Ok(envelope));
    }

    #[test]
    fn fields_outside_their_rules_are_named() {
        let text = String::from_utf8(sample().to_bytes()).expect("text");
        for (from, to, field) in [
            ("\"H45.02\"", "\"000.01.00.H45\"", "recipients"),
            ("\"mode\":\"basic\"", "\"mode\":\"fast\"", "mode"),
            ("\"size\":7", "\"size\":-7", "package.size"),
            ("2026-03-05\"", "2026-02-30\"", "registry.date"),
            ("\"version\":1", "\"version\":2", "version"),
            ("\"class\":\"unclassified\"", "\"class\":\"Mật\"", "class"),
            ("\"media_type\":\"application/", "\"media_type\":\"application", "package.media_type"),
        ] {
            assert!(text.contains(from), "{from}");
            let got = Envelope::from_bytes(text.replacen(from, to, 1).as_bytes());
            assert!(matches!(&got, Err(MessageError::Value { field: f, .. }) if f == field), "{field}: {got:?}");
        }
    }

    #[test]
    fn unknown_missing_and_foreign_objects_are_refused() {
        let text = String::from_utf8(sample().to_bytes()).expect("text");
        let more = text.replacen("\"version\":1", "\"version\":1,\"vx\":1", 1);
        assert_eq!(Envelope::from_bytes(more.as_bytes()), Err(MessageError::Unknown { field: "vx".to_owned() }));
        let less = text.replacen("\"mode\":\"basic\",", "", 1);
        assert_eq!(Envelope::from_bytes(less.as_bytes()), Err(MessageError::Missing { field: "mode".to_owned() }));
        let next = text.replacen("envelope/1", "envelope/2", 1);
        assert!(matches!(Envelope::from_bytes(next.as_bytes()), Err(MessageError::Schema { .. })));
    }
}
