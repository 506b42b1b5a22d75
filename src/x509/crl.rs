//! Certificate revocation lists — RFC 5280 §5.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::extensions::{
    self, AuthorityKeyIdentifier, DistributionPoint, DistributionPointName, Extension, GeneralName, Reasons,
};
use super::name::Name;
use super::{X509Error, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv};
use crate::base::encoding::pem_blocks;
use crate::base::time::UnixTime;

/// Most bytes of one CRL that are read.
pub const MAX_CRL: usize = 256 << 20;
/// Most entries of one CRL that are read.
pub const MAX_ENTRIES: usize = 8_000_000;

/// A CRL. Cloning is cheap; equality is equality of the bytes.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    sha256: [u8; 32],
    tbs: Range<usize>,
    issuer: Name,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    signature_algorithm: AlgorithmIdentifier,
    inner_signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    entries: Vec<Entry>,
    by_serial: Vec<u32>,
    issuers: Vec<Vec<GeneralName>>,
    extensions: Vec<Extension>,
    number: Option<Vec<u8>>,
    delta_base: Option<Vec<u8>>,
    issuing_point: Option<IssuingDistributionPoint>,
    authority_key_identifier: Option<AuthorityKeyIdentifier>,
    freshest: Vec<DistributionPoint>,
    unknown_critical_entry: bool,
}

struct Entry {
    serial: Range<usize>,
    at: UnixTime,
    reason: Option<Reason>,
    invalidity: Option<UnixTime>,
    issuer: Option<usize>,
}

/// Why a certificate was revoked — RFC 5280 §5.3.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names are those of RFC 5280 §5.3.1")]
pub enum Reason {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    RemoveFromCrl,
    PrivilegeWithdrawn,
    AaCompromise,
}

impl Reason {
    const TABLE: [(u8, Reason, &'static str); 10] = [
        (0, Reason::Unspecified, "unspecified"),
        (1, Reason::KeyCompromise, "keyCompromise"),
        (2, Reason::CaCompromise, "cACompromise"),
        (3, Reason::AffiliationChanged, "affiliationChanged"),
        (4, Reason::Superseded, "superseded"),
        (5, Reason::CessationOfOperation, "cessationOfOperation"),
        (6, Reason::CertificateHold, "certificateHold"),
        (8, Reason::RemoveFromCrl, "removeFromCRL"),
        (9, Reason::PrivilegeWithdrawn, "privilegeWithdrawn"),
        (10, Reason::AaCompromise, "aACompromise"),
    ];

    /// The reason with this CRLReason number; 7 and everything above 10 are not used.
    pub fn from_code(code: u64) -> Option<Reason> {
        Self::TABLE.iter().find(|(n, ..)| u64::from(*n) == code).map(|(_, reason, _)| *reason)
    }

    /// Its CRLReason number.
    pub fn code(self) -> u8 {
        Self::TABLE.iter().find(|(_, reason, _)| *reason == self).map_or(0, |(n, ..)| *n)
    }

    /// Its name in RFC 5280.
    pub fn name(self) -> &'static str {
        Self::TABLE.iter().find(|(_, reason, _)| *reason == self).map_or("", |(.., name)| name)
    }
}

/// Scope of a CRL — RFC 5280 §5.2.5.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct IssuingDistributionPoint {
    /// Name of the point.
    pub name: Option<DistributionPointName>,
    /// Only end-entity certificates.
    pub only_user_certs: bool,
    /// Only CA certificates.
    pub only_ca_certs: bool,
    /// Only these reasons; `None` means all.
    pub only_some_reasons: Option<Reasons>,
    /// Holds certificates of other issuers too.
    pub indirect: bool,
    /// Only attribute certificates.
    pub only_attribute_certs: bool,
}

/// One revoked certificate.
#[derive(Clone, Copy, Debug)]
pub struct Revoked<'a> {
    /// Serial number, content octets.
    pub serial: &'a [u8],
    /// Revocation date.
    pub at: UnixTime,
    /// Reason, when given.
    pub reason: Option<Reason>,
    /// When the key is thought to have gone bad, when given (RFC 5280 §5.3.2).
    pub invalidity: Option<UnixTime>,
    /// The certificate's issuer where the CRL is indirect and says so (sticky, RFC 5280 §5.3.3).
    pub issuer: Option<&'a [GeneralName]>,
}

impl Crl {
    /// Reads one CRL that fills `der`.
    ///
    /// # Errors
    /// [`X509Error::TooLarge`], [`X509Error::TooMany`], [`X509Error::Asn1`], [`X509Error::CrlForm`],
    /// [`X509Error::Extension`] and [`X509Error::DuplicateExtension`].
    pub fn from_der(der: &[u8]) -> Result<Crl, X509Error> {
        if der.len() > MAX_CRL {
            return Err(X509Error::TooLarge { found: der.len(), bound: MAX_CRL });
        }
        let outer = Tlv::parse(der)?;
        let mut parts = extensions::sequence_of(&outer)?;
        let tbs = parts.expect(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut parts)?;
        // Unused bits make it no signature value of any scheme: the CRL reads, and never verifies.
        let signature = parts.expect(tag::BIT_STRING)?.bit_octets().unwrap_or_default().to_vec();
        parts.end()?;
        let tbs_start = outer.raw.len() - outer.content.len();
        let content_start = tbs_start + (tbs.raw.len() - tbs.content.len());

        let mut fields = tbs.reader();
        let v2 = match fields.optional(tag::INTEGER)? {
            // RFC 5280 §5.1.2.1: present means v2, which is 1.
            Some(version) if version.content == [1] => true,
            Some(_) => return Err(X509Error::CrlForm("the version is not v2")),
            None => false,
        };
        let inner_signature_algorithm = AlgorithmIdentifier::read(&mut fields)?;
        let issuer = Name::from_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let this_update = fields.any()?.as_time()?;
        let next_update = match fields.peek_tag() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(fields.any()?.as_time()?),
            _ => None,
        };
        let mut list = EntryList::default();
        if let Some(revoked) = fields.optional(tag::SEQUENCE)? {
            let end = content_start + (tbs.content.len() - fields.rest().len());
            list.read(&revoked, end - revoked.content.len(), v2)?;
        }
        let extensions = match fields.optional(tag::context(0))? {
            Some(_) if !v2 => return Err(X509Error::CrlForm("a v1 CRL has extensions")),
            Some(explicit) => extensions::extensions(extensions::whole(explicit.content, tag::SEQUENCE)?.reader())?,
            None => Vec::new(),
        };
        fields.end()?;

        let mut inner = Inner {
            sha256: super::certificate::sha256(der),
            tbs: tbs_start..tbs_start + tbs.raw.len(),
            issuer,
            this_update,
            next_update,
            signature_algorithm,
            inner_signature_algorithm,
            signature,
            by_serial: Vec::new(),
            entries: list.entries,
            issuers: list.issuers,
            unknown_critical_entry: list.unknown_critical,
            extensions: Vec::new(),
            number: None,
            delta_base: None,
            issuing_point: None,
            authority_key_identifier: None,
            freshest: Vec::new(),
            der: der.to_vec(),
        };
        inner.take_extensions(extensions)?;
        inner.index()?;
        Ok(Crl(Arc::new(inner)))
    }

    /// Reads the CRLs of a file: one in DER, or every PEM block that holds one.
    ///
    /// # Errors
    /// Those of [`Crl::from_der`]; an empty list when no PEM block is a CRL.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Crl>, X509Error> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return Crl::from_der(bytes).map(|one| vec![one]);
        }
        pem_blocks(&String::from_utf8_lossy(bytes))
            .iter()
            .filter(|b| matches!(b.label.as_str(), "X509 CRL" | "CRL"))
            .map(|b| Crl::from_der(&b.der))
            .collect()
    }

    /// The whole CRL.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of [`Crl::der`].
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0.sha256
    }

    /// TBSCertList as it stands: what the signature is over.
    pub fn tbs(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When it was issued.
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// When the next one is due at the latest.
    pub fn next_update(&self) -> Option<UnixTime> {
        self.0.next_update
    }

    /// The outer signature algorithm.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.signature_algorithm
    }

    /// The signature algorithm inside TBSCertList; RFC 5280 §5.1.1.2 wants both equal.
    pub fn inner_signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.inner_signature_algorithm
    }

    /// The signature value.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Every extension of the CRL, undecoded.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// cRLNumber, content octets (RFC 5280 §5.2.3).
    pub fn number(&self) -> Option<&[u8]> {
        self.0.number.as_deref()
    }

    /// BaseCRLNumber of a delta CRL, content octets (RFC 5280 §5.2.4); `None` for a complete CRL.
    pub fn delta_base(&self) -> Option<&[u8]> {
        self.0.delta_base.as_deref()
    }

    /// Its scope, when restricted.
    pub fn issuing_distribution_point(&self) -> Option<&IssuingDistributionPoint> {
        self.0.issuing_point.as_ref()
    }

    /// Identifier of the key that signed it.
    pub fn authority_key_identifier(&self) -> Option<&AuthorityKeyIdentifier> {
        self.0.authority_key_identifier.as_ref()
    }

    /// Where its delta CRLs are found.
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.0.freshest
    }

    /// True when an entry has a critical extension that is not understood: the CRL must then not be
    /// used to say a certificate is good (RFC 5280 §5.3).
    pub fn has_unknown_critical_entry_extension(&self) -> bool {
        self.0.unknown_critical_entry
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// True when nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The entries with this serial number (content octets), in file order; several in an indirect CRL.
    pub fn find<'a>(&'a self, serial: &'a [u8]) -> impl Iterator<Item = Revoked<'a>> {
        let inner = &*self.0;
        let from = inner.by_serial.partition_point(|at| inner.serial_at(*at) < serial);
        inner
            .by_serial
            .iter()
            .skip(from)
            .take_while(move |at| inner.serial_at(**at) == serial)
            .filter_map(move |at| inner.entry(*at))
    }

    /// Every entry, in file order.
    pub fn entries(&self) -> impl Iterator<Item = Revoked<'_>> {
        self.0.entries.iter().map(|e| self.0.revoked(e))
    }
}

impl Inner {
    fn take_extensions(&mut self, list: Vec<Extension>) -> Result<(), X509Error> {
        for (at, extension) in list.iter().enumerate() {
            if list.iter().take(at).any(|e| e.oid == extension.oid) {
                return Err(X509Error::DuplicateExtension(extension.oid.clone()));
            }
            self.take_extension(extension).map_err(|_| X509Error::Extension(extension.oid.clone()))?;
        }
        self.extensions = list;
        Ok(())
    }

    fn take_extension(&mut self, extension: &Extension) -> Result<(), X509Error> {
        let bytes = extension.value.as_slice();
        let oid = &extension.oid;
        let number = || -> Result<Vec<u8>, X509Error> {
            let value = extensions::whole(bytes, tag::INTEGER)?;
            // RFC 5280 §5.2.3: at most 20 octets, never negative.
            if value.content.first().is_none_or(|b| b & 0x80 != 0) || value.content.len() > 21 {
                return Err(Asn1Error::Value.into());
            }
            Ok(value.content.to_vec())
        };
        if *oid == oids::CRL_NUMBER {
            self.number = Some(number()?);
        } else if *oid == oids::DELTA_CRL_INDICATOR {
            self.delta_base = Some(number()?);
        } else if *oid == oids::ISSUING_DISTRIBUTION_POINT {
            self.issuing_point = Some(issuing_point(bytes)?);
        } else if *oid == oids::AUTHORITY_KEY_IDENTIFIER {
            self.authority_key_identifier = Some(extensions::authority_key_identifier(bytes)?);
        } else if *oid == oids::FRESHEST_CRL {
            let mut points = extensions::whole(bytes, tag::SEQUENCE)?.reader();
            while !points.is_empty() && self.freshest.len() < extensions::MAX_ELEMENTS {
                self.freshest.push(extensions::distribution_point(&points.any()?)?);
            }
        }
        Ok(())
    }

    fn index(&mut self) -> Result<(), X509Error> {
        let count = u32::try_from(self.entries.len()).map_err(|_| X509Error::TooMany { bound: MAX_ENTRIES })?;
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_by(|a, b| self.serial_at(*a).cmp(self.serial_at(*b)));
        self.by_serial = order;
        Ok(())
    }

    fn serial_at(&self, at: u32) -> &[u8] {
        usize::try_from(at)
            .ok()
            .and_then(|at| self.entries.get(at))
            .and_then(|e| self.der.get(e.serial.clone()))
            .unwrap_or_default()
    }

    fn entry(&self, at: u32) -> Option<Revoked<'_>> {
        self.entries.get(usize::try_from(at).ok()?).map(|e| self.revoked(e))
    }

    fn revoked(&self, entry: &Entry) -> Revoked<'_> {
        Revoked {
            serial: self.der.get(entry.serial.clone()).unwrap_or_default(),
            at: entry.at,
            reason: entry.reason,
            invalidity: entry.invalidity,
            issuer: entry.issuer.and_then(|at| self.issuers.get(at)).map(Vec::as_slice),
        }
    }
}

#[derive(Default)]
struct EntryList {
    entries: Vec<Entry>,
    issuers: Vec<Vec<GeneralName>>,
    unknown_critical: bool,
}

impl EntryList {
    // `start` is where the content of `list` begins in the file.
    fn read(&mut self, list: &Tlv<'_>, start: usize, v2: bool) -> Result<(), X509Error> {
        let mut reader = list.reader();
        // RFC 5280 §5.1.2.6: the list must be absent when nothing is revoked; an empty one is met and harmless.
        while !reader.is_empty() {
            if self.entries.len() >= MAX_ENTRIES {
                return Err(X509Error::TooMany { bound: MAX_ENTRIES });
            }
            let entry = reader.expect(tag::SEQUENCE)?;
            let end = start + (list.content.len() - reader.rest().len());
            let mut fields = entry.reader();
            let serial = fields.expect(tag::INTEGER)?;
            let serial_end = end - fields.rest().len();
            let at = fields.any()?.as_time()?;
            let mut one = Entry {
                serial: serial_end - serial.content.len()..serial_end,
                at,
                reason: None,
                invalidity: None,
                // Sticky: an entry without its own has that of the entry before it.
                issuer: self.issuers.len().checked_sub(1),
            };
            if let Some(list) = fields.optional(tag::SEQUENCE)? {
                if !v2 {
                    return Err(X509Error::CrlForm("a v1 CRL has entry extensions"));
                }
                self.read_extensions(&mut one, list.reader())?;
            }
            fields.end()?;
            self.entries.push(one);
        }
        Ok(())
    }

    fn read_extensions(&mut self, entry: &mut Entry, reader: Reader<'_>) -> Result<(), X509Error> {
        let list = extensions::extensions(reader)?;
        for (at, extension) in list.iter().enumerate() {
            if list.iter().take(at).any(|e| e.oid == extension.oid) {
                return Err(X509Error::DuplicateExtension(extension.oid.clone()));
            }
            let bytes = extension.value.as_slice();
            if extension.oid == oids::CRL_REASON {
                let code = extensions::whole(bytes, tag::ENUMERATED)?.as_u64()?;
                entry.reason = Some(Reason::from_code(code).ok_or(X509Error::CrlForm("the reason code is unknown"))?);
            } else if extension.oid == oids::INVALIDITY_DATE {
                entry.invalidity = Some(extensions::whole(bytes, tag::GENERALIZED_TIME)?.as_time()?);
            } else if extension.oid == oids::CERTIFICATE_ISSUER {
                self.issuers.push(GeneralName::list(extensions::whole(bytes, tag::SEQUENCE)?.reader())?);
                entry.issuer = self.issuers.len().checked_sub(1);
            } else if extension.critical {
                self.unknown_critical = true;
            }
        }
        Ok(())
    }
}

fn issuing_point(bytes: &[u8]) -> Result<IssuingDistributionPoint, X509Error> {
    let mut fields = extensions::whole(bytes, tag::SEQUENCE)?.reader();
    let mut point = IssuingDistributionPoint::default();
    if let Some(name) = fields.optional(tag::context(0))? {
        point.name = Some(extensions::distribution_point_name(&name)?);
    }
    let flag = |fields: &mut Reader<'_>, n: u8| -> Result<bool, X509Error> {
        Ok(match fields.optional(tag::context_primitive(n))? {
            Some(value) => value.as_bool()?,
            None => false,
        })
    };
    point.only_user_certs = flag(&mut fields, 1)?;
    point.only_ca_certs = flag(&mut fields, 2)?;
    if let Some(reasons) = fields.optional(tag::context_primitive(3))? {
        point.only_some_reasons = Some(Reasons(extensions::flags(&reasons, reasons.tag)?));
    }
    point.indirect = flag(&mut fields, 4)?;
    point.only_attribute_certs = flag(&mut fields, 5)?;
    fields.end()?;
    // RFC 5280 §5.2.5: at most one of the three, and never the empty sequence.
    let only = [point.only_user_certs, point.only_ca_certs, point.only_attribute_certs];
    if only.into_iter().filter(|b| *b).count() > 1 || point == IssuingDistributionPoint::default() {
        return Err(Asn1Error::Value.into());
    }
    Ok(point)
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.0.sha256 == other.0.sha256
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {} entries, {})", self.issuer(), self.len(), self.this_update())
    }
}
