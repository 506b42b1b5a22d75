//! TimeStampToken and TSTInfo — RFC 3161 §2.4.2.

use super::{MAX_LEN, TspError};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Tlv, write};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::cms::{SignedData, oids};

/// A token: the signed structure and what it says.
#[derive(Clone, Debug)]
pub struct Token {
    raw: Vec<u8>,
    signed_data: SignedData,
    info: TstInfo,
}

/// What an authority states — RFC 3161 §2.4.2.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TstInfo {
    /// The authority's policy.
    pub policy: Oid,
    /// Digest algorithm of the imprint.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// Digest of what was stamped.
    pub imprint: Vec<u8>,
    /// The token's number, content octets of an INTEGER.
    pub serial: Vec<u8>,
    /// The time stated; fractions of a second are cut off.
    pub gen_time: UnixTime,
    /// How exact that time is.
    pub accuracy: Option<Accuracy>,
    /// Whether tokens of this authority can be ordered by their time alone.
    pub ordering: bool,
    /// The number of the request, content octets of an INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// The name of the authority, an encoded GeneralName; a hint.
    pub tsa: Option<Vec<u8>>,
}

/// Deviation around the stated time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Accuracy {
    /// Whole seconds.
    pub seconds: u64,
    /// Thousandths, 0 to 999.
    pub millis: u64,
    /// Millionths, 0 to 999.
    pub micros: u64,
}

impl Token {
    /// Reads a token (a ContentInfo) that fills `bytes`.
    ///
    /// # Errors
    /// [`TspError`] when it is damaged or holds something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, TspError> {
        if bytes.len() > MAX_LEN {
            return Err(TspError::TooLong);
        }
        let signed_data = SignedData::parse(bytes)?;
        if *signed_data.encapsulated_content_type() != oids::TST_INFO {
            return Err(TspError::ContentType { found: signed_data.encapsulated_content_type().clone() });
        }
        let content = signed_data.encapsulated_content().ok_or(TspError::NoContent)?;
        let info = TstInfo::parse(&content)?;
        Ok(Token { raw: bytes.to_vec(), info, signed_data })
    }

    /// The token as it stands in the file.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The signed structure.
    pub fn signed_data(&self) -> &SignedData {
        &self.signed_data
    }

    /// What the authority states.
    pub fn info(&self) -> &TstInfo {
        &self.info
    }
}

impl TstInfo {
    /// Reads one.
    ///
    /// # Errors
    /// [`TspError`] when it is damaged or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, TspError> {
        let outer = Tlv::parse(bytes)?;
        if outer.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: outer.tag }.into());
        }
        let mut fields = outer.reader();
        let version = fields.expect(tag::INTEGER)?.as_u64()?;
        if version != 1 {
            return Err(TspError::Version { found: version });
        }
        let policy = fields.oid()?;
        let mut imprint = fields.sequence()?;
        let imprint_algorithm = AlgorithmIdentifier::read(&mut imprint)?;
        let digest = imprint.expect(tag::OCTET_STRING)?.content.to_vec();
        imprint.end()?;
        let serial = fields.expect(tag::INTEGER)?.content.to_vec();
        let gen_time = fields.expect(tag::GENERALIZED_TIME)?.as_time()?;
        let accuracy = fields.optional(tag::SEQUENCE)?.map(|a| read_accuracy(&a)).transpose()?;
        let ordering = fields.optional(tag::BOOLEAN)?.map(|b| b.as_bool()).transpose()?.unwrap_or(false);
        let nonce = fields.optional(tag::INTEGER)?.map(|n| n.content.to_vec());
        let tsa = fields.optional(tag::context(0))?.map(|name| name.content.to_vec());
        fields.optional(tag::context(1))?; // extensions
        fields.end()?;
        Ok(TstInfo { policy, imprint_algorithm, imprint: digest, serial, gen_time, accuracy, ordering, nonce, tsa })
    }

    /// Its DER form.
    pub fn to_der(&self) -> Vec<u8> {
        let mut fields = vec![
            write::integer(1),
            write::oid(&self.policy),
            write::sequence(&[self.imprint_algorithm.to_der(), write::octet_string(&self.imprint)]),
            write::tlv(tag::INTEGER, &self.serial),
            write::generalized_time(self.gen_time),
        ];
        if let Some(accuracy) = self.accuracy {
            let mut parts = vec![write::integer(accuracy.seconds)];
            for (n, value) in [(0, accuracy.millis), (1, accuracy.micros)] {
                if value > 0 {
                    let number = write::integer(value);
                    parts.push(write::tlv(tag::context_primitive(n), number.get(2..).unwrap_or(&[])));
                }
            }
            fields.push(write::sequence(&parts));
        }
        if self.ordering {
            fields.push(write::boolean(true));
        }
        if let Some(nonce) = &self.nonce {
            fields.push(write::tlv(tag::INTEGER, nonce));
        }
        if let Some(name) = &self.tsa {
            fields.push(write::tlv(tag::context(0), name));
        }
        write::sequence(&fields)
    }
}

fn read_accuracy(value: &Tlv<'_>) -> Result<Accuracy, Asn1Error> {
    let mut fields = value.reader();
    let seconds = fields.optional(tag::INTEGER)?.map(|s| s.as_u64()).transpose()?.unwrap_or(0);
    let mut small = |n: u8| -> Result<u64, Asn1Error> {
        let value = fields.optional(tag::context_primitive(n))?.map(|s| s.as_u64()).transpose()?.unwrap_or(0);
        if value > 999 { Err(Asn1Error::Value) } else { Ok(value) }
    };
    let (millis, micros) = (small(0)?, small(1)?);
    fields.end()?;
    Ok(Accuracy { seconds, millis, micros })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_reads_back_with_every_field() {
        let info = TstInfo {
            policy: Oid::parse("1.2.3.4.1").expect("valid"),
            imprint_algorithm: AlgorithmIdentifier { oid: oids::SHA256, parameters: None },
            imprint: vec![7; 32],
            serial: vec![0x01, 0x02],
            gen_time: UnixTime(1_772_700_000),
            accuracy: Some(Accuracy { seconds: 1, millis: 500, micros: 999 }),
            ordering: true,
            nonce: Some(vec![0x00, 0xff]),
            tsa: None,
        };
        assert_eq!(TstInfo::parse(&info.to_der()), Ok(info));
    }

    #[test]
    fn a_thousand_milliseconds_are_no_accuracy() {
        let accuracy = write::sequence(&[write::tlv(0x80, &[0x03, 0xe8])]);
        assert_eq!(read_accuracy(&Tlv::parse(&accuracy).expect("reads")), Err(Asn1Error::Value));
    }

    #[test]
    fn hostile_bytes_end_in_errors() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/vectors/rfc3161/sigstage/response-sha256.tsr");
        let whole = std::fs::read(path).expect("the fixture");
        let read = |bytes: &[u8]| {
            let response = crate::tsp::TimeStampResponse::parse(bytes)?;
            Token::parse(&response.token.unwrap_or_default())
        };
        read(&whole).expect("reads");
        for at in 0..whole.len() {
            assert!(read(&whole[..at]).is_err(), "cut at {at}");
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= mask;
                let _any = read(&changed);
            }
        }
    }
}
