//! Attribute sets — RFC 5652 §5.3: looked up by type, and telling when a type stands there twice.

use super::{CmsError, MAX_ATTRIBUTES, oids};
use crate::asn1::read::tag;
use crate::asn1::{Asn1Error, Reader, Tlv};
use crate::base::oid::Oid;

/// One attribute with all its values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Its type.
    pub oid: Oid,
    /// Its values, each encoded as it stands in the file.
    pub values: Vec<Vec<u8>>,
    /// The whole of it as it stands in the file.
    pub raw: Vec<u8>,
}

/// A set of attributes in the order of the file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attributes {
    list: Vec<Attribute>,
}

/// Why an attribute that must stand once with one value does not.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// The attribute occurs more than once.
    #[error("the attribute {oid} occurs {count} times")]
    Duplicate {
        /// The attribute.
        oid: Oid,
        /// How often it occurs.
        count: usize,
    },
    /// The attribute does not have exactly one value.
    #[error("the attribute {oid} has {count} values")]
    Values {
        /// The attribute.
        oid: Oid,
        /// How many values it has.
        count: usize,
    },
    /// The value does not fit the attribute.
    #[error("the value of the attribute {oid} is damaged: {error}")]
    Encoding {
        /// The attribute.
        oid: Oid,
        /// What is wrong with it.
        error: Asn1Error,
    },
}

/// Encoded CRLs, and encoded OCSP responses.
pub type CrlsAndOcsp = (Vec<Vec<u8>>, Vec<Vec<u8>>);

impl Attributes {
    /// Reads the content octets of a SET OF Attribute.
    pub(super) fn read(content: &[u8]) -> Result<Self, CmsError> {
        let mut list = Vec::new();
        let mut reader = Reader::new(content);
        while !reader.is_empty() {
            if list.len() == MAX_ATTRIBUTES {
                return Err(CmsError::TooMany { what: "attributes", limit: MAX_ATTRIBUTES });
            }
            let whole = reader.expect(tag::SEQUENCE)?;
            let mut fields = whole.reader();
            let oid = fields.oid()?;
            let mut set = fields.expect(tag::SET)?.reader();
            fields.end()?;
            let mut values = Vec::new();
            while !set.is_empty() {
                if values.len() == MAX_ATTRIBUTES {
                    return Err(CmsError::TooMany { what: "values of one attribute", limit: MAX_ATTRIBUTES });
                }
                values.push(set.any()?.raw.to_vec());
            }
            list.push(Attribute { oid, values, raw: whole.raw.to_vec() });
        }
        Ok(Attributes { list })
    }

    /// Every attribute in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.list.iter()
    }

    /// Number of attributes.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// True when at least one attribute of that type stands there.
    pub fn has(&self, oid: &Oid) -> bool {
        self.list.iter().any(|a| a.oid == *oid)
    }

    /// Every value of every attribute of that type, encoded.
    pub fn values<'a>(&'a self, oid: &Oid) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let oid = oid.clone();
        self.list.iter().filter(move |a| a.oid == oid).flat_map(|a| a.values.iter().map(Vec::as_slice))
    }

    /// The value of an attribute that may stand there once with one value (RFC 5652 §11).
    ///
    /// # Errors
    /// [`AttributeError::Duplicate`] or [`AttributeError::Values`].
    pub fn single(&self, oid: &Oid) -> Result<Option<&[u8]>, AttributeError> {
        let mut found = self.list.iter().filter(|a| a.oid == *oid);
        let Some(first) = found.next() else { return Ok(None) };
        let more = found.count();
        if more > 0 {
            return Err(AttributeError::Duplicate { oid: oid.clone(), count: more + 1 });
        }
        match first.values.as_slice() {
            [value] => Ok(Some(value)),
            values => Err(AttributeError::Values { oid: oid.clone(), count: values.len() }),
        }
    }

    /// [`Attributes::single`], read by `decode`.
    pub(super) fn decoded<T>(
        &self,
        oid: &Oid,
        decode: impl FnOnce(&Tlv<'_>) -> Result<T, Asn1Error>,
    ) -> Result<Option<T>, AttributeError> {
        let Some(value) = self.single(oid)? else { return Ok(None) };
        Tlv::parse(value)
            .and_then(|tlv| decode(&tlv))
            .map(Some)
            .map_err(|error| AttributeError::Encoding { oid: oid.clone(), error })
    }

    /// CRLs and OCSP responses of adbe-revocationInfoArchival (ISO 32000-2 12.8.3.3.2): `(crls, ocsp)`, encoded.
    ///
    /// # Errors
    /// Those of [`Attributes::single`], and [`AttributeError::Encoding`].
    pub fn adobe_revocation(&self) -> Result<Option<CrlsAndOcsp>, AttributeError> {
        self.decoded(&oids::ADOBE_REVOCATION, |value| {
            let mut fields = value.reader();
            let mut list = |n: u8| -> Result<Vec<Vec<u8>>, Asn1Error> {
                let Some(field) = fields.optional(tag::context(n))? else { return Ok(Vec::new()) };
                let mut items = field.reader().sequence()?;
                let mut out = Vec::new();
                while !items.is_empty() && out.len() < MAX_ATTRIBUTES {
                    out.push(items.any()?.raw.to_vec());
                }
                Ok(out)
            };
            Ok((list(0)?, list(1)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;
    use crate::cms::build;

    fn set(attributes: &[Vec<u8>]) -> Attributes {
        let whole = write::set_of(attributes);
        Attributes::read(Tlv::parse(&whole).expect("reads").content).expect("attributes")
    }

    #[test]
    fn an_attribute_that_stands_twice_is_reported_not_chosen() {
        let twice = set(&[build::message_digest(&[1; 32]), build::message_digest(&[2; 32])]);
        assert_eq!(
            twice.single(&oids::MESSAGE_DIGEST),
            Err(AttributeError::Duplicate { oid: oids::MESSAGE_DIGEST, count: 2 })
        );
        assert_eq!(twice.values(&oids::MESSAGE_DIGEST).count(), 2);
    }

    #[test]
    fn an_attribute_with_two_values_or_none_is_reported() {
        let values = [write::octet_string(&[1]), write::octet_string(&[2])];
        let two = set(&[build::attribute(&oids::MESSAGE_DIGEST, &values)]);
        assert_eq!(
            two.single(&oids::MESSAGE_DIGEST),
            Err(AttributeError::Values { oid: oids::MESSAGE_DIGEST, count: 2 })
        );
        let none = set(&[build::attribute(&oids::MESSAGE_DIGEST, &[])]);
        assert!(none.single(&oids::MESSAGE_DIGEST).is_err());
        assert_eq!(set(&[]).single(&oids::MESSAGE_DIGEST), Ok(None));
    }

    #[test]
    fn more_attributes_than_the_bound_are_refused() {
        let many = vec![build::attribute(&oids::DATA, &[]); MAX_ATTRIBUTES + 1];
        let whole = write::set_of(&many);
        let content = Tlv::parse(&whole).expect("reads").content;
        assert!(matches!(Attributes::read(content), Err(CmsError::TooMany { what: "attributes", .. })));
    }
}
