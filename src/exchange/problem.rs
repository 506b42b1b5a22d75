//! Refusals as the endpoint says them: `application/problem+json` (RFC 9457) with a stable code.
//!
//! The sentence is safe for strangers; causes stay in the endpoint's own log.

use serde::{Deserialize, Serialize};

/// Why the endpoint refuses; the list is closed, a new code is a new version of the protocol.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each code's meaning is its title")]
pub enum Code {
    IdReused,
    LeaseLost,
    AlreadyFinal,
    UploadIncomplete,
    UploadExpired,
    UploadSuperseded,
    OffsetMismatch,
    DigestMismatch,
    TooLarge,
    NoSpace,
    ClassNotAccepted,
    ModeNotAccepted,
    RecipientUnknown,
    RecipientSuspended,
    SenderMismatch,
    AgencySuspended,
    CertRevoked,
    CertUnknown,
    SignatureInvalid,
    EnvelopeInvalid,
    ContainerInvalid,
    EnvelopeExpired,
    RecallTooLate,
    ClockSkew,
    NonceReplayed,
    NotAnswered,
    RateLimited,
    ShuttingDown,
    Malformed,
    NotFound,
    Internal,
}

/// What a client does about a refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// Nothing: it will never succeed.
    Never,
    /// The same request again, at once or a little later.
    SameRequest,
    /// The same request after so many seconds.
    After(u32),
    /// Another request, after mending what is named.
    AfterFixing,
    /// A new claim first.
    NewLease,
}

type Row = (Code, &'static str, u16, Retry, &'static str);

use Retry::{After, AfterFixing, Never, NewLease, SameRequest};

const TABLE: [Row; 31] = [
    (Code::IdReused, "id-reused", 409, Never, "This delivery id already stands for another envelope."),
    (Code::LeaseLost, "lease-lost", 409, NewLease, "The lease named is not the one that holds now."),
    (Code::AlreadyFinal, "already-final", 409, Never, "The item was already decided otherwise."),
    (Code::UploadIncomplete, "upload-incomplete", 409, AfterFixing, "The package is not here yet, or not all of it."),
    (Code::UploadExpired, "upload-expired", 410, AfterFixing, "The upload is gone; begin a new one."),
    (Code::UploadSuperseded, "upload-superseded", 409, SameRequest, "A newer request took this upload over."),
    (Code::OffsetMismatch, "offset-mismatch", 409, AfterFixing, "The upload continues at another offset."),
    (Code::DigestMismatch, "digest-mismatch", 400, SameRequest, "The bytes do not have the digest announced."),
    (Code::TooLarge, "too-large", 413, Never, "The package or request is larger than allowed."),
    (Code::NoSpace, "no-space", 507, After(300), "There is no room for this package now."),
    (Code::ClassNotAccepted, "class-not-accepted", 422, AfterFixing, "A document of this class is not accepted."),
    (
        Code::ModeNotAccepted,
        "mode-not-accepted",
        422,
        AfterFixing,
        "This endpoint does not offer this mode of delivery.",
    ),
    (Code::RecipientUnknown, "recipient-unknown", 422, AfterFixing, "A recipient is not in the directory."),
    (Code::RecipientSuspended, "recipient-suspended", 422, AfterFixing, "A recipient takes nothing for now."),
    (Code::SenderMismatch, "sender-mismatch", 403, AfterFixing, "The object names another agency than the channel."),
    (Code::AgencySuspended, "agency-suspended", 403, AfterFixing, "The agency is suspended."),
    (Code::CertRevoked, "cert-revoked", 403, AfterFixing, "The certificate is revoked, expired or not trusted."),
    (Code::CertUnknown, "cert-unknown", 403, AfterFixing, "The certificate is not in the directory for this use."),
    (Code::SignatureInvalid, "signature-invalid", 422, AfterFixing, "The signature does not verify."),
    (Code::EnvelopeInvalid, "envelope-invalid", 422, AfterFixing, "The signed object breaks a rule of its version."),
    (
        Code::ContainerInvalid,
        "container-invalid",
        422,
        AfterFixing,
        "The package is not a container of its media type.",
    ),
    (Code::EnvelopeExpired, "envelope-expired", 422, AfterFixing, "The envelope's time has run out."),
    (Code::RecallTooLate, "recall-too-late", 409, Never, "The recipient already has the package."),
    (Code::ClockSkew, "clock-skew", 422, AfterFixing, "The time in the object is too far from the endpoint's clock."),
    (Code::NonceReplayed, "nonce-replayed", 409, Never, "This signed request was seen before."),
    (Code::NotAnswered, "not-answered", 409, AfterFixing, "The recipient has not answered this item yet."),
    (Code::RateLimited, "rate-limited", 429, After(5), "Too many requests for now."),
    (Code::ShuttingDown, "shutting-down", 503, After(10), "The endpoint is stopping."),
    (Code::Malformed, "malformed", 400, AfterFixing, "The request is not one of this protocol."),
    (Code::NotFound, "not-found", 404, Never, "There is no such thing here for this agency."),
    (Code::Internal, "internal", 500, SameRequest, "The endpoint could not do its work."),
];

impl Code {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[30])
    }

    /// The code's name on the wire.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The code of a name.
    pub fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// The HTTP status it comes with.
    pub fn status(self) -> u16 {
        self.row().2
    }

    /// What a client does about it.
    pub fn retry(self) -> Retry {
        self.row().3
    }

    /// What it means, as a sentence.
    pub fn title(self) -> &'static str {
        self.row().4
    }

    /// All codes.
    pub fn all() -> impl Iterator<Item = Code> {
        TABLE.iter().map(|row| row.0)
    }
}

/// A refusal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The code.
    pub code: Code,
    /// What is particular to this case, safe for strangers.
    pub detail: Option<String>,
    /// The delivery it concerns.
    pub delivery: Option<String>,
    /// Path of the evidence of a refusal, where some was made.
    pub evidence: Option<String>,
    /// Further members: offsets, digests.
    pub more: Vec<(&'static str, String)>,
}

impl Problem {
    /// A refusal without particulars.
    pub fn new(code: Code) -> Self {
        Problem { code, detail: None, delivery: None, evidence: None, more: Vec::new() }
    }

    /// Adds what is particular to this case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the delivery.
    #[must_use]
    pub fn delivery(mut self, delivery: impl ToString) -> Self {
        self.delivery = Some(delivery.to_string());
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.more.push((name, value.to_string()));
        self
    }

    /// The JSON body.
    pub fn to_json(&self) -> String {
        let mut out = serde_json::Map::new();
        let mut put = |name: &str, value: &str| out.insert(name.to_owned(), value.into());
        // The upload draft names its own type for the one problem it defines.
        let kind = match self.code {
            Code::OffsetMismatch => {
                "https://iana.org/assignments/http-problem-types#mismatching-upload-offset".to_owned()
            }
            code => format!("urn:congvan:problem:{}", code.name()),
        };
        put("type", &kind);
        put("title", self.code.title());
        put("code", self.code.name());
        put("retry", retry_name(self.code.retry()));
        for (name, value) in [("detail", &self.detail), ("delivery", &self.delivery), ("evidence", &self.evidence)] {
            if let Some(value) = value {
                put(name, value);
            }
        }
        for (name, value) in &self.more {
            match value.parse::<u64>() {
                Ok(number) => out.insert((*name).to_owned(), number.into()),
                Err(_) => out.insert((*name).to_owned(), value.as_str().into()),
            };
        }
        out.insert("status".to_owned(), self.code.status().into());
        if let After(seconds) = self.code.retry() {
            out.insert("retry_after_s".to_owned(), seconds.into());
        }
        serde_json::Value::Object(out).to_string()
    }
}

fn retry_name(retry: Retry) -> &'static str {
    match retry {
        Never => "never",
        SameRequest => "same-request",
        After(_) => "after",
        AfterFixing => "after-fixing",
        NewLease => "new-lease",
    }
}

/// A refusal as a client reads it; unknown members are ignored.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ReadProblem {
    /// The code; a client treats one it does not know by `retry`.
    pub code: String,
    /// What it means.
    #[serde(default)]
    pub title: String,
    /// What is particular to this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(default)]
    pub retry: String,
    /// Seconds to wait, where waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// The delivery it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// Path of the evidence of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_name_and_row() {
        for row in &TABLE {
            assert_eq!(Code::parse(row.1), Some(row.0));
            assert_eq!(row.0.name(), row.1);
            assert!((400..600).contains(&row.2));
        }
        assert_eq!(Code::Internal.row().0, Code::Internal);
    }

    #[test]
    fn a_problem_says_code_retry_and_particulars() {
        let json = Problem::new(Code::OffsetMismatch).with("expected-offset", 12).with("digest", "ab").to_json();
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["code"], "offset-mismatch");
        assert_eq!(value["status"], 409);
        assert_eq!(value["expected-offset"], 12);
        assert_eq!(value["digest"], "ab");
        let read: ReadProblem = serde_json::from_str(&json).expect("reads");
        assert_eq!((read.code.as_str(), read.retry.as_str()), ("offset-mismatch", "after-fixing"));
    }
}
