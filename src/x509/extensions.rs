//! Certificate and CRL extensions — RFC 5280 §4.2 and §5.2, decoded.

use std::net::IpAddr;

use super::name::Name;
use super::{X509Error, oids};
use crate::asn1::read::tag;
use crate::asn1::{Asn1Error, Reader, Tlv};
use crate::base::oid::Oid;

/// Most extensions that are read in one object.
pub const MAX_EXTENSIONS: usize = 128;
/// Most elements that are read in one list inside an extension.
pub const MAX_ELEMENTS: usize = 4_096;

/// One extension, undecoded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    /// Its identifier.
    pub oid: Oid,
    /// Whether who does not understand it must refuse.
    pub critical: bool,
    /// The octets inside `extnValue`.
    pub value: Vec<u8>,
}

/// Key usage bits — RFC 5280 §4.2.1.3. Bit 0 (digitalSignature) is `1 << 0`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeyUsage(pub u16);

#[expect(missing_docs, reason = "the names are those of RFC 5280 §4.2.1.3")]
impl KeyUsage {
    pub const DIGITAL_SIGNATURE: KeyUsage = KeyUsage(1);
    pub const NON_REPUDIATION: KeyUsage = KeyUsage(1 << 1);
    pub const KEY_ENCIPHERMENT: KeyUsage = KeyUsage(1 << 2);
    pub const DATA_ENCIPHERMENT: KeyUsage = KeyUsage(1 << 3);
    pub const KEY_AGREEMENT: KeyUsage = KeyUsage(1 << 4);
    pub const KEY_CERT_SIGN: KeyUsage = KeyUsage(1 << 5);
    pub const CRL_SIGN: KeyUsage = KeyUsage(1 << 6);
    pub const ENCIPHER_ONLY: KeyUsage = KeyUsage(1 << 7);
    pub const DECIPHER_ONLY: KeyUsage = KeyUsage(1 << 8);

    /// True when any bit of `other` is set.
    pub fn has_any(self, other: KeyUsage) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets of bits.
    #[must_use]
    pub fn union(self, other: KeyUsage) -> KeyUsage {
        KeyUsage(self.0 | other.0)
    }

    /// The numbers of the set bits, ascending.
    pub fn bits(self) -> Vec<u8> {
        (0u8..9).filter(|bit| self.0 & (1 << bit) != 0).collect()
    }

    /// The names RFC 5280 gives the set bits.
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        self.bits().into_iter().filter_map(|bit| NAMES.get(usize::from(bit)).copied()).collect()
    }
}

/// Basic constraints — RFC 5280 §4.2.1.9.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// Most non-self-issued intermediates that may follow; larger numbers saturate.
    pub path_len: Option<u32>,
}

/// Extended key usage — RFC 5280 §4.2.1.12.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExtendedKeyUsage {
    /// The purposes, in file order.
    pub purposes: Vec<Oid>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// Authority key identifier — RFC 5280 §4.2.1.1.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuthorityKeyIdentifier {
    /// Identifier of the issuer's key.
    pub key_id: Option<Vec<u8>>,
    /// Issuer of the issuer's certificate.
    pub issuer: Vec<GeneralName>,
    /// Serial number of the issuer's certificate, content octets.
    pub serial: Option<Vec<u8>>,
}

/// One name of RFC 5280 §4.2.1.6. Texts are kept as the file's octets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GeneralName {
    /// otherName: type and the encoded `[0]` value.
    Other {
        /// Type of the name.
        kind: Oid,
        /// The encoded value.
        value: Vec<u8>,
    },
    /// rfc822Name.
    Email(Vec<u8>),
    /// dNSName.
    Dns(Vec<u8>),
    /// x400Address, undecoded.
    X400(Vec<u8>),
    /// directoryName.
    Directory(Name),
    /// ediPartyName, undecoded.
    EdiParty(Vec<u8>),
    /// uniformResourceIdentifier.
    Uri(Vec<u8>),
    /// iPAddress: 4 or 16 octets in a certificate, 8 or 32 in a constraint.
    Ip(Vec<u8>),
    /// registeredID.
    RegisteredId(Oid),
}

impl GeneralName {
    /// Reads one.
    ///
    /// # Errors
    /// [`X509Error::Asn1`] for a tag or content that is no general name.
    pub fn from_tlv(value: &Tlv<'_>) -> Result<GeneralName, X509Error> {
        let content = value.content.to_vec();
        let ascii = |content: Vec<u8>| {
            if content.is_ascii() { Ok(content) } else { Err(X509Error::Asn1(Asn1Error::Value)) }
        };
        Ok(match value.tag {
            0xa0 => {
                let mut fields = value.reader();
                let kind = fields.oid()?;
                let inner = fields.expect(tag::context(0))?;
                fields.end()?;
                GeneralName::Other { kind, value: inner.content.to_vec() }
            }
            0x81 => GeneralName::Email(ascii(content)?),
            0x82 => GeneralName::Dns(ascii(content)?),
            0xa3 => GeneralName::X400(content),
            // [4] is EXPLICIT because Name is a CHOICE.
            0xa4 => GeneralName::Directory(Name::from_der(value.content)?),
            0xa5 => GeneralName::EdiParty(content),
            0x86 => GeneralName::Uri(ascii(content)?),
            0x87 => GeneralName::Ip(content),
            0x88 => {
                if content.is_empty() {
                    return Err(Asn1Error::Value.into());
                }
                GeneralName::RegisteredId(Oid::from_content(&content))
            }
            found => return Err(Asn1Error::Tag { expected: 0xa4, found }.into()),
        })
    }

    /// Reads `GeneralNames` content until its end; at least one name.
    ///
    /// # Errors
    /// Those of [`GeneralName::from_tlv`]; [`X509Error::TooMany`] past [`MAX_ELEMENTS`].
    pub fn list(mut reader: Reader<'_>) -> Result<Vec<GeneralName>, X509Error> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            bounded(names.len())?;
            names.push(GeneralName::from_tlv(&reader.any()?)?);
        }
        if names.is_empty() {
            return Err(Asn1Error::Value.into());
        }
        Ok(names)
    }

    /// The text of an e-mail, DNS or URI name.
    pub fn ascii(&self) -> Option<&str> {
        match self {
            GeneralName::Email(t) | GeneralName::Dns(t) | GeneralName::Uri(t) => std::str::from_utf8(t).ok(),
            _ => None,
        }
    }

    /// The address of an iPAddress name.
    pub fn ip(&self) -> Option<IpAddr> {
        let GeneralName::Ip(octets) = self else { return None };
        match octets.len() {
            4 => <[u8; 4]>::try_from(octets.as_slice()).ok().map(IpAddr::from),
            16 => <[u8; 16]>::try_from(octets.as_slice()).ok().map(IpAddr::from),
            _ => None,
        }
    }
}

/// One policy of RFC 5280 §4.2.1.4.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyInformation {
    /// The policy.
    pub policy: Oid,
    /// Its qualifiers, undecoded.
    pub qualifiers: Option<Vec<u8>>,
}

impl PolicyInformation {
    /// True when every qualifier is a CPS pointer or a user notice (RFC 5280 §4.2.1.4).
    pub fn has_only_known_qualifiers(&self) -> bool {
        let Some(qualifiers) = &self.qualifiers else { return true };
        let Ok(mut list) = Tlv::parse(qualifiers).map(|t| t.reader()) else { return false };
        while !list.is_empty() {
            match list.sequence().and_then(|mut one| one.oid()) {
                Ok(kind) if kind == oids::QT_CPS || kind == oids::QT_USER_NOTICE => {}
                _ => return false,
            }
        }
        true
    }
}

/// Policy constraints — RFC 5280 §4.2.1.11. Larger numbers saturate.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy, in certificates.
    pub require_explicit: Option<u32>,
    /// inhibitPolicyMapping, in certificates.
    pub inhibit_mapping: Option<u32>,
}

/// Name constraints — RFC 5280 §4.2.1.10.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NameConstraints {
    /// Names must lie in one of these, per form.
    pub permitted: Vec<GeneralSubtree>,
    /// Names must lie in none of these.
    pub excluded: Vec<GeneralSubtree>,
}

/// One subtree of name constraints.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GeneralSubtree {
    /// The base.
    pub base: GeneralName,
    /// True when minimum is not 0 or maximum is there, which RFC 5280 forbids.
    pub has_distance: bool,
}

/// Where a CRL is found — RFC 5280 §4.2.1.13.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DistributionPoint {
    /// Name of the point.
    pub name: Option<DistributionPointName>,
    /// Reasons the CRL covers; `None` means all.
    pub reasons: Option<Reasons>,
    /// Who signs the CRL when it is not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

/// Name of a distribution point.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DistributionPointName {
    /// fullName.
    Full(Vec<GeneralName>),
    /// nameRelativeToCRLIssuer: content octets of the RelativeDistinguishedName.
    Relative(Vec<u8>),
}

/// Reason flags — RFC 5280 §4.2.1.13; bit `n` of the standard is `1 << n`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reasons(pub u16);

impl Reasons {
    /// Bits 1 to 8: every reason a CRL can be partitioned by.
    pub const ALL: Reasons = Reasons(0x1fe);

    /// Both sets.
    #[must_use]
    pub fn union(self, other: Reasons) -> Reasons {
        Reasons(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub fn intersection(self, other: Reasons) -> Reasons {
        Reasons(self.0 & other.0)
    }

    /// True when `other` is part of this set.
    pub fn contains(self, other: Reasons) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Everything RFC 5280 defines for certificates, decoded; plus what could not be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) authority_key_identifier: Option<AuthorityKeyIdentifier>,
    pub(crate) policies: Option<Vec<PolicyInformation>>,
    pub(crate) policy_mappings: Vec<(Oid, Oid)>,
    pub(crate) policy_constraints: PolicyConstraints,
    pub(crate) inhibit_any: Option<u32>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) subject_alt_names: Vec<GeneralName>,
    pub(crate) distribution_points: Vec<DistributionPoint>,
    pub(crate) freshest_crl: Vec<DistributionPoint>,
    pub(crate) info_access: Vec<(Oid, GeneralName)>,
    pub(crate) ocsp_no_check: bool,
    pub(crate) malformed: Vec<Oid>,
    pub(crate) duplicate: Vec<Oid>,
}

impl Decoded {
    pub(crate) fn read(extensions: &[Extension]) -> Decoded {
        let mut out = Decoded::default();
        for (at, extension) in extensions.iter().enumerate() {
            if extensions.iter().take(at).any(|e| e.oid == extension.oid) {
                out.duplicate.push(extension.oid.clone());
            } else if out.read_one(extension).is_err() {
                out.malformed.push(extension.oid.clone());
            }
        }
        out
    }

    fn read_one(&mut self, extension: &Extension) -> Result<(), X509Error> {
        let bytes = extension.value.as_slice();
        let oid = &extension.oid;
        if *oid == oids::KEY_USAGE {
            self.key_usage = Some(KeyUsage(flags(&Tlv::parse(bytes)?, tag::BIT_STRING)?));
        } else if *oid == oids::EXTENDED_KEY_USAGE {
            let purposes = list(bytes, |value| Ok(value.as_oid()?))?;
            self.extended_key_usage = Some(ExtendedKeyUsage { purposes, critical: extension.critical });
        } else if *oid == oids::BASIC_CONSTRAINTS {
            self.basic_constraints = Some(basic_constraints(bytes)?);
        } else if *oid == oids::SUBJECT_KEY_IDENTIFIER {
            self.subject_key_identifier = Some(whole(bytes, tag::OCTET_STRING)?.content.to_vec());
        } else if *oid == oids::AUTHORITY_KEY_IDENTIFIER {
            self.authority_key_identifier = Some(authority_key_identifier(bytes)?);
        } else if *oid == oids::CERTIFICATE_POLICIES {
            self.policies = Some(policies(bytes)?);
        } else if *oid == oids::POLICY_MAPPINGS {
            self.policy_mappings = list(bytes, |value| {
                let mut pair = sequence_of(value)?;
                let both = (pair.oid()?, pair.oid()?);
                pair.end()?;
                Ok(both)
            })?;
        } else if *oid == oids::POLICY_CONSTRAINTS {
            self.policy_constraints = policy_constraints(bytes)?;
        } else if *oid == oids::INHIBIT_ANY_POLICY {
            self.inhibit_any = Some(count(&whole(bytes, tag::INTEGER)?)?);
        } else if *oid == oids::NAME_CONSTRAINTS {
            self.name_constraints = Some(name_constraints(bytes)?);
        } else if *oid == oids::SUBJECT_ALT_NAME {
            let list = whole(bytes, tag::SEQUENCE)?;
            // RFC 5280 §4.2.1.6 wants at least one name; CAs have issued none, which names nothing.
            if !list.content.is_empty() {
                self.subject_alt_names = GeneralName::list(list.reader())?;
            }
        } else if *oid == oids::CRL_DISTRIBUTION_POINTS {
            self.distribution_points = list(bytes, distribution_point)?;
        } else if *oid == oids::FRESHEST_CRL {
            self.freshest_crl = list(bytes, distribution_point)?;
        } else if *oid == oids::AUTHORITY_INFO_ACCESS {
            self.info_access = list(bytes, |value| {
                let mut fields = sequence_of(value)?;
                let method = fields.oid()?;
                let place = GeneralName::from_tlv(&fields.any()?)?;
                fields.end()?;
                Ok((method, place))
            })?;
        } else if *oid == oids::OCSP_NO_CHECK {
            // RFC 6960 §4.2.2.2.1: the value is NULL.
            if !whole(bytes, tag::NULL)?.content.is_empty() {
                return Err(Asn1Error::Value.into());
            }
            self.ocsp_no_check = true;
        }
        Ok(())
    }
}

/// Reads `Extensions` content.
pub(crate) fn extensions(mut reader: Reader<'_>) -> Result<Vec<Extension>, X509Error> {
    let mut out = Vec::new();
    while !reader.is_empty() {
        if out.len() >= MAX_EXTENSIONS {
            return Err(X509Error::TooMany { bound: MAX_EXTENSIONS });
        }
        let mut fields = reader.sequence()?;
        let oid = fields.oid()?;
        let critical = match fields.optional(tag::BOOLEAN)? {
            Some(flag) => flag.as_bool()?,
            None => false,
        };
        let value = fields.expect(tag::OCTET_STRING)?.content.to_vec();
        fields.end()?;
        out.push(Extension { oid, critical, value });
    }
    Ok(out)
}

/// One distribution point; also the shape of the issuing distribution point's name.
pub(crate) fn distribution_point(value: &Tlv<'_>) -> Result<DistributionPoint, X509Error> {
    let mut fields = sequence_of(value)?;
    let mut point = DistributionPoint::default();
    if let Some(name) = fields.optional(tag::context(0))? {
        point.name = Some(distribution_point_name(&name)?);
    }
    if let Some(reasons) = fields.optional(tag::context_primitive(1))? {
        point.reasons = Some(Reasons(flags(&reasons, reasons.tag)?));
    }
    if let Some(issuer) = fields.optional(tag::context(2))? {
        point.crl_issuer = GeneralName::list(issuer.reader())?;
    }
    fields.end()?;
    // RFC 5280 §4.2.1.13: it must not consist of reasons alone.
    if point.name.is_none() && point.crl_issuer.is_empty() {
        return Err(Asn1Error::Value.into());
    }
    Ok(point)
}

/// DistributionPointName inside its EXPLICIT `[0]`.
pub(crate) fn distribution_point_name(value: &Tlv<'_>) -> Result<DistributionPointName, X509Error> {
    let choice = Tlv::parse(value.content)?;
    match choice.tag {
        0xa0 => Ok(DistributionPointName::Full(GeneralName::list(choice.reader())?)),
        0xa1 => Ok(DistributionPointName::Relative(choice.content.to_vec())),
        found => Err(Asn1Error::Tag { expected: 0xa0, found }.into()),
    }
}

/// A BIT STRING of named bits as a number, bit `n` as `1 << n`; bits above 15 are dropped.
pub(crate) fn flags(value: &Tlv<'_>, expected: u8) -> Result<u16, X509Error> {
    if value.tag != expected {
        return Err(Asn1Error::Tag { expected, found: value.tag }.into());
    }
    let (unused, octets) = value.content.split_first().ok_or(Asn1Error::Value)?;
    if *unused > 7 || (octets.is_empty() && *unused != 0) {
        return Err(Asn1Error::Value.into());
    }
    let mut out = 0u16;
    for (at, octet) in octets.iter().take(2).enumerate() {
        let padding = if at + 1 == octets.len() { u32::from(*unused) } else { 0 };
        let kept = octet & u8::MAX.checked_shl(padding).unwrap_or(0);
        out |= u16::from(kept.reverse_bits()) << (8 * at);
    }
    Ok(out)
}

/// The one value that fills `bytes`, of this tag.
pub(crate) fn whole(bytes: &[u8], expected: u8) -> Result<Tlv<'_>, X509Error> {
    let value = Tlv::parse(bytes)?;
    if value.tag != expected {
        return Err(Asn1Error::Tag { expected, found: value.tag }.into());
    }
    Ok(value)
}

pub(crate) fn sequence_of<'a>(value: &Tlv<'a>) -> Result<Reader<'a>, X509Error> {
    if value.tag != tag::SEQUENCE {
        return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: value.tag }.into());
    }
    Ok(value.reader())
}

// SEQUENCE SIZE (1..MAX) OF.
fn list<T>(bytes: &[u8], one: impl Fn(&Tlv<'_>) -> Result<T, X509Error>) -> Result<Vec<T>, X509Error> {
    let mut reader = whole(bytes, tag::SEQUENCE)?.reader();
    let mut out = Vec::new();
    while !reader.is_empty() {
        bounded(out.len())?;
        out.push(one(&reader.any()?)?);
    }
    if out.is_empty() {
        return Err(Asn1Error::Value.into());
    }
    Ok(out)
}

fn bounded(have: usize) -> Result<(), X509Error> {
    if have >= MAX_ELEMENTS { Err(X509Error::TooMany { bound: MAX_ELEMENTS }) } else { Ok(()) }
}

// SkipCerts and pathLenConstraint: a larger number than any path has saturates.
fn count(value: &Tlv<'_>) -> Result<u32, X509Error> {
    if value.content.first().is_none_or(|b| b & 0x80 != 0) {
        return Err(Asn1Error::Value.into());
    }
    Ok(value.as_u64().ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX))
}

fn basic_constraints(bytes: &[u8]) -> Result<BasicConstraints, X509Error> {
    let mut fields = whole(bytes, tag::SEQUENCE)?.reader();
    let ca = match fields.optional(tag::BOOLEAN)? {
        Some(flag) => flag.as_bool()?,
        None => false,
    };
    let path_len = fields.optional(tag::INTEGER)?.map(|n| count(&n)).transpose()?;
    fields.end()?;
    Ok(BasicConstraints { ca, path_len })
}

pub(crate) fn authority_key_identifier(bytes: &[u8]) -> Result<AuthorityKeyIdentifier, X509Error> {
    let mut fields = whole(bytes, tag::SEQUENCE)?.reader();
    let key_id = fields.optional(tag::context_primitive(0))?.map(|v| v.content.to_vec());
    let issuer = match fields.optional(tag::context(1))? {
        Some(names) => GeneralName::list(names.reader())?,
        None => Vec::new(),
    };
    let serial = fields.optional(tag::context_primitive(2))?.map(|v| v.content.to_vec());
    fields.end()?;
    Ok(AuthorityKeyIdentifier { key_id, issuer, serial })
}

fn policies(bytes: &[u8]) -> Result<Vec<PolicyInformation>, X509Error> {
    let found = list(bytes, |value| {
        let mut fields = sequence_of(value)?;
        let policy = fields.oid()?;
        let qualifiers = fields.optional(tag::SEQUENCE)?.map(|q| q.raw.to_vec());
        fields.end()?;
        Ok(PolicyInformation { policy, qualifiers })
    })?;
    // RFC 5280 §4.2.1.4: a policy must not appear more than once.
    let mut seen = std::collections::HashSet::new();
    if found.iter().all(|p| seen.insert(&p.policy)) { Ok(found) } else { Err(Asn1Error::Value.into()) }
}

fn policy_constraints(bytes: &[u8]) -> Result<PolicyConstraints, X509Error> {
    let mut fields = whole(bytes, tag::SEQUENCE)?.reader();
    let require_explicit = fields.optional(tag::context_primitive(0))?.map(|n| count(&n)).transpose()?;
    let inhibit_mapping = fields.optional(tag::context_primitive(1))?.map(|n| count(&n)).transpose()?;
    fields.end()?;
    // RFC 5280 §4.2.1.11: an empty sequence must not be issued.
    if require_explicit.is_none() && inhibit_mapping.is_none() {
        return Err(Asn1Error::Value.into());
    }
    Ok(PolicyConstraints { require_explicit, inhibit_mapping })
}

fn name_constraints(bytes: &[u8]) -> Result<NameConstraints, X509Error> {
    let mut fields = whole(bytes, tag::SEQUENCE)?.reader();
    let permitted = fields.optional(tag::context(0))?.map(|v| subtrees(v.reader())).transpose()?;
    let excluded = fields.optional(tag::context(1))?.map(|v| subtrees(v.reader())).transpose()?;
    fields.end()?;
    // RFC 5280 §4.2.1.10: an empty sequence must not be issued.
    if permitted.is_none() && excluded.is_none() {
        return Err(Asn1Error::Value.into());
    }
    Ok(NameConstraints { permitted: permitted.unwrap_or_default(), excluded: excluded.unwrap_or_default() })
}

fn subtrees(mut reader: Reader<'_>) -> Result<Vec<GeneralSubtree>, X509Error> {
    let mut out = Vec::new();
    while !reader.is_empty() {
        bounded(out.len())?;
        let mut fields = reader.sequence()?;
        let base = GeneralName::from_tlv(&fields.any()?)?;
        let minimum = fields.optional(tag::context_primitive(0))?.map(|n| count(&n)).transpose()?;
        let maximum = fields.optional(tag::context_primitive(1))?;
        fields.end()?;
        out.push(GeneralSubtree { base, has_distance: minimum.is_some_and(|n| n != 0) || maximum.is_some() });
    }
    if out.is_empty() { Err(Asn1Error::Value.into()) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;

    fn decode(oid: Oid, value: Vec<u8>) -> Decoded {
        Decoded::read(&[Extension { oid, critical: true, value }])
    }

    #[test]
    fn key_usage_bits_are_counted_from_the_first() {
        let got = decode(oids::KEY_USAGE, write::named_bits(&[0, 5, 8]));
        assert_eq!(got.key_usage.map(KeyUsage::bits), Some(vec![0, 5, 8]));
        assert_eq!(got.key_usage.map(KeyUsage::names), Some(vec!["digitalSignature", "keyCertSign", "decipherOnly"]));
        // Bits in the padding do not count.
        let padded = decode(oids::KEY_USAGE, vec![3, 2, 7, 0xff]);
        assert_eq!(padded.key_usage, Some(KeyUsage(1)));
    }

    #[test]
    fn empty_lists_and_repeated_policies_are_malformed() {
        let empty = write::sequence::<Vec<u8>>(&[]);
        for oid in
            [oids::EXTENDED_KEY_USAGE, oids::CERTIFICATE_POLICIES, oids::NAME_CONSTRAINTS, oids::POLICY_CONSTRAINTS]
        {
            assert_eq!(decode(oid.clone(), empty.clone()).malformed, [oid]);
        }
        let policy = write::sequence(&[write::oid(&oids::ANY_POLICY)]);
        assert!(decode(oids::CERTIFICATE_POLICIES, write::sequence(&[&policy])).malformed.is_empty());
        assert!(!decode(oids::CERTIFICATE_POLICIES, write::sequence(&[&policy, &policy])).malformed.is_empty());
    }

    #[test]
    fn an_extension_that_stands_twice_is_named() {
        let one = Extension { oid: oids::KEY_USAGE, critical: true, value: write::named_bits(&[0]) };
        let got = Decoded::read(&[one.clone(), one]);
        assert_eq!(got.duplicate, [oids::KEY_USAGE]);
    }

    #[test]
    fn path_length_larger_than_any_path_saturates_and_negative_is_malformed() {
        let value = |length: &[u8]| write::sequence(&[write::boolean(true), write::tlv(tag::INTEGER, length)]);
        let huge = decode(oids::BASIC_CONSTRAINTS, value(&[0x7f; 20]));
        assert_eq!(huge.basic_constraints, Some(BasicConstraints { ca: true, path_len: Some(u32::MAX) }));
        assert_eq!(decode(oids::BASIC_CONSTRAINTS, value(&[0xff])).malformed, [oids::BASIC_CONSTRAINTS]);
    }
}
