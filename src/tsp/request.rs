//! TimeStampReq — RFC 3161 §2.4.1.

use super::{MAX_LEN, TspError};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Tlv, write};
use crate::base::oid::Oid;

/// A question to a time-stamping authority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampRequest {
    /// Digest algorithm of the imprint.
    pub imprint_algorithm: AlgorithmIdentifier,
    /// Digest of what is stamped.
    pub imprint: Vec<u8>,
    /// The policy asked for.
    pub policy: Option<Oid>,
    /// A number to be repeated in the token, content octets of an INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// Whether the token shall carry the authority's certificate.
    pub cert_req: bool,
    /// Whether the request carries extensions; we send none and understand none.
    pub has_extensions: bool,
}

impl TimeStampRequest {
    /// A request for a token with certificate: `imprint` under `digest`, with a nonce from random octets
    /// (RFC 3161 §2.4.1: a large number used once).
    pub fn new(digest: &Oid, imprint: &[u8], nonce: &[u8]) -> Self {
        let number = write::integer_unsigned(nonce);
        TimeStampRequest {
            imprint_algorithm: AlgorithmIdentifier { oid: digest.clone(), parameters: Some(write::null()) },
            imprint: imprint.to_vec(),
            policy: None,
            nonce: Some(Tlv::parse(&number).map_or_else(|_| nonce.to_vec(), |n| n.content.to_vec())),
            cert_req: true,
            has_extensions: false,
        }
    }

    /// Its DER form.
    pub fn to_der(&self) -> Vec<u8> {
        let imprint = write::sequence(&[self.imprint_algorithm.to_der(), write::octet_string(&self.imprint)]);
        let mut fields = vec![write::integer(1), imprint];
        if let Some(policy) = &self.policy {
            fields.push(write::oid(policy));
        }
        if let Some(nonce) = &self.nonce {
            fields.push(write::tlv(tag::INTEGER, nonce));
        }
        if self.cert_req {
            fields.push(write::boolean(true));
        }
        write::sequence(&fields)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`TspError`] when it is damaged or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, TspError> {
        if bytes.len() > MAX_LEN {
            return Err(TspError::TooLong);
        }
        let mut outer = Tlv::parse(bytes).map(|t| crate::asn1::Reader::new(t.raw))?;
        let mut fields = outer.sequence()?;
        let version = fields.expect(tag::INTEGER)?.as_u64()?;
        if version != 1 {
            return Err(TspError::Version { found: version });
        }
        let mut imprint = fields.sequence()?;
        let imprint_algorithm = AlgorithmIdentifier::read(&mut imprint)?;
        let digest = imprint.expect(tag::OCTET_STRING)?.content.to_vec();
        imprint.end()?;
        let policy = fields.optional(tag::OID)?.map(|p| p.as_oid()).transpose()?;
        let nonce = fields.optional(tag::INTEGER)?.map(|n| n.content.to_vec());
        let cert_req = fields.optional(tag::BOOLEAN)?.map(|b| b.as_bool()).transpose()?.unwrap_or(false);
        let has_extensions = fields.optional(tag::context(0))?.is_some();
        fields.end()?;
        Ok(TimeStampRequest { imprint_algorithm, imprint: digest, policy, nonce, cert_req, has_extensions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::oids;

    #[test]
    fn a_request_reads_back_with_every_field() {
        let mut request = TimeStampRequest::new(&oids::SHA256, &[7; 32], &[0xff, 1, 2, 3, 4, 5, 6, 7]);
        request.policy = Oid::parse("1.2.3.4");
        let der = request.to_der();
        assert!(Tlv::parse(&der).expect("reads").is_der());
        assert_eq!(TimeStampRequest::parse(&der), Ok(request));
    }

    #[test]
    fn another_version_and_trailing_bytes_are_refused() {
        let mut der = TimeStampRequest::new(&oids::SHA256, &[7; 32], &[1]).to_der();
        der.push(0);
        assert!(matches!(TimeStampRequest::parse(&der), Err(TspError::Encoding(_))));
        der.pop();
        der[4] = 2;
        assert_eq!(TimeStampRequest::parse(&der), Err(TspError::Version { found: 2 }));
    }
}
