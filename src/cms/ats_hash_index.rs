//! ats-hash-index — EN 319 122-1 5.5.2: which certificates, revocation data and unsigned attributes an archive
//! time-stamp is over.

use super::{Attribute, AttributeError, MAX_ATTRIBUTES, MAX_CERTIFICATES, SignerInfo, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv, write};
use crate::base::oid::Oid;

/// Which edition of the attribute; they differ in what is hashed of an unsigned attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IndexVersion {
    /// TS 101 733: the whole Attribute.
    V1,
    /// EN 319 122-1 V1.0.0: the whole Attribute.
    V2,
    /// EN 319 122-1 5.5.2: the type and one value at a time.
    V3,
}

/// The attribute as it stands in the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AtsHashIndex {
    /// Its edition.
    pub version: IndexVersion,
    /// The whole value, encoded: part of what the time-stamp is over.
    pub raw: Vec<u8>,
    /// The digest of the index.
    pub algorithm: AlgorithmIdentifier,
    /// Digests of entries of `certificates`.
    pub certificates: Vec<Vec<u8>>,
    /// Digests of entries of `crls`.
    pub crls: Vec<Vec<u8>>,
    /// Digests of unsigned attributes or of their values.
    pub attributes: Vec<Vec<u8>>,
}

impl AtsHashIndex {
    /// The index in the unsigned attributes of a token's signer; the newest edition where there are several.
    ///
    /// # Errors
    /// [`AttributeError`] when it does not stand there once with one right value.
    pub fn of(token: &SignerInfo) -> Result<Option<Self>, AttributeError> {
        let editions = [
            (oids::ATS_HASH_INDEX_V3, IndexVersion::V3),
            (oids::ATS_HASH_INDEX_V2, IndexVersion::V2),
            (oids::ATS_HASH_INDEX, IndexVersion::V1),
        ];
        for (oid, version) in editions {
            let found = token.unsigned_attributes().decoded(&oid, |value| read(value, version))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What is hashed of an unsigned attribute: one piece for each value, or one for the whole of it.
    pub fn pieces(&self, attribute: &Attribute) -> Vec<Vec<u8>> {
        match self.version {
            IndexVersion::V1 | IndexVersion::V2 => vec![attribute.raw.clone()],
            IndexVersion::V3 => {
                let oid = write::oid(&attribute.oid);
                attribute.values.iter().map(|value| [oid.as_slice(), value].concat()).collect()
            }
        }
    }
}

/// The value of ats-hash-index-v3 over these digests, encoded.
pub fn ats_hash_index_v3(digest: &Oid, certificates: &[Vec<u8>], crls: &[Vec<u8>], values: &[Vec<u8>]) -> Vec<u8> {
    let list = |digests: &[Vec<u8>]| {
        let octets: Vec<Vec<u8>> = digests.iter().map(|d| write::octet_string(d)).collect();
        write::sequence(&octets)
    };
    write::sequence(&[write::algorithm(digest, None), list(certificates), list(crls), list(values)])
}

fn read(value: &Tlv<'_>, version: IndexVersion) -> Result<AtsHashIndex, Asn1Error> {
    if value.tag != tag::SEQUENCE {
        return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: value.tag });
    }
    let mut fields = value.reader();
    // The first edition lets SHA-256 be left out.
    let mut ahead = fields.clone();
    let named = ahead.sequence()?.peek_tag() == Some(tag::OID);
    let algorithm = match named {
        true => AlgorithmIdentifier::read(&mut fields)?,
        false => AlgorithmIdentifier { oid: oids::SHA256, parameters: None },
    };
    let certificates = digests(&mut fields, MAX_CERTIFICATES)?;
    let crls = digests(&mut fields, MAX_CERTIFICATES)?;
    let attributes = digests(&mut fields, MAX_ATTRIBUTES)?;
    fields.end()?;
    Ok(AtsHashIndex { version, raw: value.raw.to_vec(), algorithm, certificates, crls, attributes })
}

fn digests(fields: &mut Reader<'_>, limit: usize) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let mut list = fields.sequence()?;
    let mut found = Vec::new();
    while !list.is_empty() {
        if found.len() == limit {
            return Err(Asn1Error::Value);
        }
        found.push(list.expect(tag::OCTET_STRING)?.content.to_vec());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_the_default_digest_may_be_left_out() {
        let digests = [vec![1; 32], vec![2; 32]];
        let der = ats_hash_index_v3(&oids::SHA256, &digests, &[], &digests[1..]);
        let index = read(&Tlv::parse(&der).expect("reads"), IndexVersion::V3).expect("an index");
        assert_eq!((index.certificates.len(), index.crls.len(), index.attributes.len()), (2, 0, 1));
        let lists = [
            write::sequence(&[write::octet_string(&[1; 32])]),
            write::sequence::<Vec<u8>>(&[]),
            write::sequence::<Vec<u8>>(&[]),
        ];
        let bare = write::sequence(&lists);
        let index = read(&Tlv::parse(&bare).expect("reads"), IndexVersion::V1).expect("an index");
        assert_eq!((index.algorithm.oid, index.certificates.len()), (oids::SHA256, 1));
    }
}
