//! AlgorithmIdentifier — RFC 5280 §4.1.1.2: what every signed structure names its algorithms with.

use super::read::{Asn1Error, Reader, Tlv, tag};
use crate::base::oid::Oid;

/// An algorithm's identifier and its parameters, undecoded.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AlgorithmIdentifier {
    /// The algorithm.
    pub oid: Oid,
    /// The encoded parameters as they stand in the file; `None` when absent (NULL is `Some`).
    pub parameters: Option<Vec<u8>>,
}

impl AlgorithmIdentifier {
    /// Reads one from a SEQUENCE value.
    ///
    /// # Errors
    /// [`Asn1Error`] when the value is no AlgorithmIdentifier.
    pub fn from_tlv(value: &Tlv<'_>) -> Result<Self, Asn1Error> {
        if value.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: value.tag });
        }
        let mut fields = value.reader();
        let oid = fields.oid()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.any()?.raw.to_vec()) };
        fields.end()?;
        Ok(AlgorithmIdentifier { oid, parameters })
    }

    /// Reads the next value of `reader` as one.
    ///
    /// # Errors
    /// [`Asn1Error`] when the value is no AlgorithmIdentifier.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Asn1Error> {
        Self::from_tlv(&reader.any()?)
    }

    /// Its DER form.
    pub fn to_der(&self) -> Vec<u8> {
        super::write::algorithm(&self.oid, self.parameters.as_deref())
    }

    /// True when the parameters are absent or NULL.
    pub fn has_no_parameters(&self) -> bool {
        self.parameters.as_deref().is_none_or(|p| p == [tag::NULL, 0])
    }
}
