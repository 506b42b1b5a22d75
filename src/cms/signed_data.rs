//! SignedData — RFC 5652 §5.1, in its ContentInfo (§3).

use super::{CmsError, MAX_CERTIFICATES, MAX_REVOCATION_INFOS, MAX_SIGNERS, SignerInfo, oids};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv, write};
use crate::base::oid::Oid;
use crate::x509::Certificate;
use std::borrow::Cow;

/// A SignedData taken apart; it owns what it holds.
#[derive(Clone, Debug)]
pub struct SignedData {
    version: u64,
    digest_algorithms: Vec<AlgorithmIdentifier>,
    content_type: Oid,
    content: Option<Content>,
    certificates: Vec<Certificate>,
    unreadable_certificates: Vec<Vec<u8>>,
    other_certificates: Vec<Vec<u8>>,
    revocation: Vec<RevocationInfo>,
    revocation_raw: Vec<Vec<u8>>,
    signers: Vec<SignerInfo>,
}

#[derive(Clone, Debug)]
enum Content {
    Octets(Vec<u8>),
    /// PKCS #7 allowed any type; what is hashed are its content octets (RFC 5652 §5.2.1).
    Other(Vec<u8>),
}

/// One entry of `crls` — RFC 5652 §10.2.1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RevocationInfo {
    /// A CertificateList, encoded.
    Crl(Vec<u8>),
    /// An OCSPResponse, encoded (RFC 5940). A bare BasicOCSPResponse is wrapped into one.
    OcspResponse(Vec<u8>),
    /// Anything else, encoded.
    Other {
        /// Its format.
        format: Oid,
        /// The whole entry.
        raw: Vec<u8>,
    },
}

/// Octets of the first BER value in `bytes`, to tell a CMS structure from padding behind it.
///
/// # Errors
/// [`CmsError::Encoding`] when no value stands there.
pub fn encoded_len(bytes: &[u8]) -> Result<usize, CmsError> {
    Ok(Tlv::parse_prefix(bytes)?.0.raw.len())
}

impl SignedData {
    /// Reads a ContentInfo that holds a SignedData and fills `bytes`.
    ///
    /// # Errors
    /// [`CmsError`] when it is damaged, of another content type or beyond the bounds of this module.
    pub fn parse(bytes: &[u8]) -> Result<SignedData, CmsError> {
        let outer = Tlv::parse(bytes)?;
        if outer.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: outer.tag }.into());
        }
        let mut info = outer.reader();
        let found = info.oid()?;
        if found != oids::SIGNED_DATA {
            return Err(CmsError::ContentType { found });
        }
        let explicit = info.expect(tag::context(0))?;
        info.end()?;
        let mut inside = explicit.reader();
        let mut fields = inside.sequence()?;
        inside.end()?;

        let version = fields.expect(tag::INTEGER)?.as_u64()?;
        let mut algorithms = fields.expect(tag::SET)?.reader();
        let mut digest_algorithms = Vec::new();
        while !algorithms.is_empty() {
            if digest_algorithms.len() == MAX_SIGNERS {
                return Err(CmsError::TooMany { what: "digest algorithms", limit: MAX_SIGNERS });
            }
            digest_algorithms.push(AlgorithmIdentifier::read(&mut algorithms)?);
        }
        let mut encapsulated = fields.sequence()?;
        let content_type = encapsulated.oid()?;
        let content = match encapsulated.optional(tag::context(0))? {
            None => None,
            Some(explicit) => Some(read_content(&explicit)?),
        };
        encapsulated.end()?;

        let mut read = SignedData {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates: Vec::new(),
            unreadable_certificates: Vec::new(),
            other_certificates: Vec::new(),
            revocation: Vec::new(),
            revocation_raw: Vec::new(),
            signers: Vec::new(),
        };
        if let Some(set) = fields.optional(tag::context(0))? {
            read.read_certificates(set.reader())?;
        }
        if let Some(set) = fields.optional(tag::context(1))? {
            read.read_revocation(set.reader())?;
        }
        let mut signers = fields.expect(tag::SET)?.reader();
        while !signers.is_empty() {
            if read.signers.len() == MAX_SIGNERS {
                return Err(CmsError::TooMany { what: "signers", limit: MAX_SIGNERS });
            }
            read.signers.push(SignerInfo::from_tlv(&signers.any()?)?);
        }
        fields.end()?;
        Ok(read)
    }

    /// Reads a ContentInfo at the start of `bytes` with nothing but zeros after it, as it stands in the hole of
    /// a PDF signature and in padded files: `(structure, octets without the padding)`.
    ///
    /// # Errors
    /// Those of [`SignedData::parse`]; [`Asn1Error::Trailing`] when something else than zeros follows.
    pub fn parse_padded(bytes: &[u8]) -> Result<(SignedData, usize), CmsError> {
        let (value, rest) = Tlv::parse_prefix(bytes)?;
        if rest.iter().any(|octet| *octet != 0) {
            return Err(Asn1Error::Trailing.into());
        }
        Ok((SignedData::parse(value.raw)?, value.raw.len()))
    }

    fn read_certificates(&mut self, mut set: Reader<'_>) -> Result<(), CmsError> {
        let mut count = 0;
        while !set.is_empty() {
            let one = set.any()?;
            count += 1;
            if count > MAX_CERTIFICATES {
                return Err(CmsError::TooMany { what: "certificates", limit: MAX_CERTIFICATES });
            }
            if one.tag != tag::SEQUENCE {
                self.other_certificates.push(one.raw.to_vec());
                continue;
            }
            match Certificate::from_der(one.raw) {
                Ok(certificate) => {
                    if !self.certificates.iter().any(|c| c.der() == certificate.der()) {
                        self.certificates.push(certificate);
                    }
                }
                Err(_) => self.unreadable_certificates.push(one.raw.to_vec()),
            }
        }
        Ok(())
    }

    fn read_revocation(&mut self, mut set: Reader<'_>) -> Result<(), CmsError> {
        while !set.is_empty() {
            if self.revocation.len() == MAX_REVOCATION_INFOS {
                return Err(CmsError::TooMany { what: "revocation infos", limit: MAX_REVOCATION_INFOS });
            }
            let one = set.any()?;
            self.revocation_raw.push(one.raw.to_vec());
            self.revocation.push(match one.tag {
                tag::SEQUENCE => RevocationInfo::Crl(one.raw.to_vec()),
                0xa1 => {
                    let mut other = one.reader();
                    let format = other.oid()?;
                    let info = other.any()?;
                    let is_basic = info.reader().peek_tag() == Some(tag::SEQUENCE);
                    if format == oids::RI_OCSP_RESPONSE && !is_basic {
                        RevocationInfo::OcspResponse(info.raw.to_vec())
                    } else if format == oids::OCSP_BASIC || format == oids::RI_OCSP_RESPONSE {
                        // Some writers put a BasicOCSPResponse under the identifier of an OCSPResponse.
                        RevocationInfo::OcspResponse(wrap_basic_response(info.raw))
                    } else {
                        RevocationInfo::Other { format, raw: one.raw.to_vec() }
                    }
                }
                found => return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found }.into()),
            });
        }
        Ok(())
    }

    /// `version`.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// `digestAlgorithms`: a promise to one-pass readers, not evidence.
    pub fn digest_algorithms(&self) -> &[AlgorithmIdentifier] {
        &self.digest_algorithms
    }

    /// `eContentType`.
    pub fn encapsulated_content_type(&self) -> &Oid {
        &self.content_type
    }

    /// What is hashed of the content inside; `None` for a detached signature.
    pub fn encapsulated_content(&self) -> Option<Cow<'_, [u8]>> {
        match self.content.as_ref()? {
            Content::Octets(octets) => Some(Cow::Borrowed(octets)),
            Content::Other(raw) => Tlv::parse(raw).ok().map(|value| Cow::Borrowed(value.content)),
        }
    }

    /// The X.509 certificates, each once, in the order of the file.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Entries that look like certificates and cannot be read, encoded.
    pub fn unreadable_certificates(&self) -> &[Vec<u8>] {
        &self.unreadable_certificates
    }

    /// Attribute certificates and other choices (RFC 5652 §10.2.2), encoded.
    pub fn other_certificates(&self) -> &[Vec<u8>] {
        &self.other_certificates
    }

    /// Every entry of `crls`.
    pub fn revocation_infos(&self) -> &[RevocationInfo] {
        &self.revocation
    }

    /// Every entry of `crls` as it stands in the file, with what it holds.
    pub fn revocation_entries(&self) -> impl Iterator<Item = (&[u8], &RevocationInfo)> {
        self.revocation_raw.iter().map(Vec::as_slice).zip(&self.revocation)
    }

    /// The CRLs, encoded.
    pub fn crls(&self) -> impl Iterator<Item = &[u8]> {
        self.revocation.iter().filter_map(|info| match info {
            RevocationInfo::Crl(raw) => Some(raw.as_slice()),
            _ => None,
        })
    }

    /// The OCSP responses, encoded as OCSPResponse.
    pub fn ocsp_responses(&self) -> impl Iterator<Item = &[u8]> {
        self.revocation.iter().filter_map(|info| match info {
            RevocationInfo::OcspResponse(raw) => Some(raw.as_slice()),
            _ => None,
        })
    }

    /// The signers in the order of the file; none in a bag of certificates.
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }
}

fn read_content(explicit: &Tlv<'_>) -> Result<Content, CmsError> {
    let mut inside = explicit.reader();
    let value = inside.any()?;
    inside.end()?;
    Ok(match value.tag {
        tag::OCTET_STRING | 0x24 => Content::Octets(value.octets()?.into_owned()),
        _ => Content::Other(value.raw.to_vec()),
    })
}

/// OCSPResponse around a BasicOCSPResponse — RFC 6960 §4.2.1.
pub(super) fn wrap_basic_response(basic: &[u8]) -> Vec<u8> {
    let bytes = write::sequence(&[write::oid(&oids::OCSP_BASIC), write::octet_string(basic)]);
    write::sequence(&[write::enumerated(0), write::context(0, &[bytes])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::build::{self, SignedDataParts};

    fn vector(name: &str) -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors/cms").join(name);
        std::fs::read(path).expect(name)
    }

    #[test]
    fn structures_of_others_are_read() {
        for (name, certificates, crls, signers) in [
            ("nss.p7c", 3, 0, 0),
            ("openssl_crl.p7c", 0, 1, 0),
            ("windows.p7c", 1, 0, 0),
            ("sign_sha256_key_id.p7s", 0, 0, 1),
            ("pkits.p7b", 2, 0, 0),
            ("apple_mdm_signature_der.bin", 0, 0, 1),
        ] {
            let read = SignedData::parse(&vector(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let found = (read.certificates().len(), read.crls().count(), read.signers().len());
            assert_eq!(found, (certificates, crls, signers), "{name}");
            assert!(read.unreadable_certificates().is_empty(), "{name}");
        }
    }

    #[test]
    fn other_content_types_are_named() {
        for name in ["compressed_data.bin", "enveloped_data_kari.bin", "kms_ciphertext_for_recipient_1.ber"] {
            assert!(matches!(SignedData::parse(&vector(name)), Err(CmsError::ContentType { .. })), "{name}");
        }
    }

    #[test]
    fn zeros_may_follow_where_padding_is_meant_and_nothing_else() {
        let der = build::signed_data(&oids::DATA, &SignedDataParts::default());
        let padded = [der.as_slice(), &[0; 9]].concat();
        assert!(SignedData::parse(&padded).is_err());
        assert_eq!(SignedData::parse_padded(&padded).expect("reads").1, der.len());
        assert_eq!(encoded_len(&padded), Ok(der.len()));
        let dirty = [padded.as_slice(), &[1]].concat();
        assert_eq!(SignedData::parse_padded(&dirty).expect_err("dirty"), CmsError::Encoding(Asn1Error::Trailing));
    }

    #[test]
    fn indefinite_lengths_and_cut_content_read_as_the_same() {
        let plain =
            build::signed_data(&oids::DATA, &SignedDataParts { content: Some(b"hello"), ..SignedDataParts::default() });
        let ber = |tag: u8, parts: &[&[u8]]| [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat();
        let segments = ber(0x24, &[&write::octet_string(b"he"), &write::octet_string(b"llo")]);
        let encapsulated = ber(0x30, &[&write::oid(&oids::DATA), &ber(0xa0, &[&segments])]);
        let none = write::set_of::<Vec<u8>>(&[]);
        let inner = ber(0x30, &[&write::integer(1), &none, &encapsulated, &none]);
        let outer = ber(0x30, &[&write::oid(&oids::SIGNED_DATA), &ber(0xa0, &[&inner])]);
        for bytes in [plain, outer] {
            let read = SignedData::parse(&bytes).expect("reads");
            assert_eq!(read.encapsulated_content().as_deref(), Some(&b"hello"[..]));
        }
    }

    #[test]
    fn hostile_bytes_end_in_errors() {
        let whole = vector("openssl_crl.p7c");
        for at in 0..whole.len() {
            assert!(SignedData::parse(&whole[..at]).is_err(), "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 0xff;
            let _any = SignedData::parse(&flipped);
        }
        let many = vec![write::sequence::<Vec<u8>>(&[]); MAX_CERTIFICATES + 1];
        let slices: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
        let der =
            build::signed_data(&oids::DATA, &SignedDataParts { certificates: slices, ..SignedDataParts::default() });
        assert!(matches!(SignedData::parse(&der), Err(CmsError::TooMany { what: "certificates", .. })));
    }
}
