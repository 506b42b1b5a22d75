//! TimeStampResp — RFC 3161 §2.4.2.

use super::{MAX_LEN, TspError};
use crate::asn1::read::tag;
use crate::asn1::{Asn1Error, Tlv, write};

/// Most lines of status text that are kept.
const MAX_TEXT: usize = 32;

/// An authority's answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampResponse {
    /// PKIStatus: 0 granted, 1 granted with modifications, anything else refused.
    pub status: u64,
    /// What the authority says about it.
    pub text: Vec<String>,
    /// Why it refused.
    pub failure: Option<FailureInfo>,
    /// The token, encoded.
    pub token: Option<Vec<u8>>,
}

/// PKIFailureInfo — RFC 3161 §2.4.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names are those of RFC 3161")]
pub enum FailureInfo {
    BadAlg,
    BadRequest,
    BadDataFormat,
    TimeNotAvailable,
    UnacceptedPolicy,
    UnacceptedExtension,
    AddInfoNotAvailable,
    SystemFailure,
    /// Another bit, by its number.
    Other(u8),
}

const BITS: [(u8, FailureInfo, &str); 8] = [
    (0, FailureInfo::BadAlg, "badAlg"),
    (2, FailureInfo::BadRequest, "badRequest"),
    (5, FailureInfo::BadDataFormat, "badDataFormat"),
    (14, FailureInfo::TimeNotAvailable, "timeNotAvailable"),
    (15, FailureInfo::UnacceptedPolicy, "unacceptedPolicy"),
    (16, FailureInfo::UnacceptedExtension, "unacceptedExtension"),
    (17, FailureInfo::AddInfoNotAvailable, "addInfoNotAvailable"),
    (25, FailureInfo::SystemFailure, "systemFailure"),
];

impl FailureInfo {
    /// Its name in RFC 3161.
    pub fn name(self) -> &'static str {
        BITS.iter().find(|row| row.1 == self).map_or("another reason", |row| row.2)
    }

    fn bit(self) -> u8 {
        match self {
            FailureInfo::Other(bit) => bit,
            named => BITS.iter().find(|row| row.1 == named).map_or(25, |row| row.0),
        }
    }
}

impl TimeStampResponse {
    /// An answer with a token.
    pub fn granted(token: Vec<u8>) -> Self {
        TimeStampResponse { status: 0, text: Vec::new(), failure: None, token: Some(token) }
    }

    /// A refusal.
    pub fn rejected(failure: FailureInfo, text: &str) -> Self {
        TimeStampResponse { status: 2, text: vec![text.to_owned()], failure: Some(failure), token: None }
    }

    /// True when a token must be there: status granted or granted with modifications.
    pub fn is_granted(&self) -> bool {
        self.status <= 1
    }

    /// Its DER form.
    pub fn to_der(&self) -> Vec<u8> {
        let mut status = vec![write::integer(self.status)];
        if !self.text.is_empty() {
            let lines: Vec<Vec<u8>> = self.text.iter().map(|line| write::utf8(line)).collect();
            status.push(write::sequence(&lines));
        }
        if let Some(failure) = self.failure {
            status.push(write::named_bits(&[failure.bit()]));
        }
        let mut fields = vec![write::sequence(&status)];
        if let Some(token) = &self.token {
            fields.push(token.clone());
        }
        write::sequence(&fields)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`TspError`] when it is damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self, TspError> {
        if bytes.len() > MAX_LEN {
            return Err(TspError::TooLong);
        }
        let outer = Tlv::parse(bytes)?;
        if outer.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: outer.tag }.into());
        }
        let mut fields = outer.reader();
        let mut info = fields.sequence()?;
        let status = info.expect(tag::INTEGER)?.as_u64()?;
        let mut text = Vec::new();
        if let Some(lines) = info.optional(tag::SEQUENCE)? {
            let mut lines = lines.reader();
            while !lines.is_empty() && text.len() < MAX_TEXT {
                text.push(String::from_utf8_lossy(lines.any()?.content).into_owned());
            }
        }
        let failure = info.optional(tag::BIT_STRING)?.and_then(|bits| first_bit(bits.content));
        info.end()?;
        let token = if fields.is_empty() { None } else { Some(fields.any()?.raw.to_vec()) };
        fields.end()?;
        Ok(TimeStampResponse { status, text, failure, token })
    }
}

fn first_bit(content: &[u8]) -> Option<FailureInfo> {
    let octets = content.get(1..)?;
    let at = octets.iter().position(|octet| *octet != 0)?;
    let within = octets.get(at)?.leading_zeros();
    let bit = u8::try_from(at).ok()?.checked_mul(8)?.checked_add(u8::try_from(within).ok()?)?;
    Some(BITS.iter().find(|row| row.0 == bit).map_or(FailureInfo::Other(bit), |row| row.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_reads_back() {
        for (_, failure, _) in BITS {
            let response = TimeStampResponse::rejected(failure, "không nhận");
            assert_eq!(TimeStampResponse::parse(&response.to_der()), Ok(response));
        }
    }

    #[test]
    fn a_granted_answer_keeps_its_token_bytes() {
        let response = TimeStampResponse::granted(write::sequence(&[write::integer(5)]));
        let read = TimeStampResponse::parse(&response.to_der()).expect("reads");
        assert!(read.is_granted());
        assert_eq!(read, response);
    }
}
