//! CAdES signatures — EN 319 122-1 5, and the CMS inside PAdES (EN 319 142-1 6.3).
//!
//! In two steps, so that a time-stamp can be fetched between them: [`sign`] makes the value,
//! [`SignedCms::add_signature_time_stamp`] puts a token beside it, [`SignedCms::to_der`] writes the whole.

use crate::algorithms::public_key::{max_signature_len, same_key};
use crate::algorithms::{DigestAlgorithm, VerifyError};
use crate::asn1::AlgorithmIdentifier;
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::cms::build::{self, SignedDataParts, SignerParts};
use crate::cms::{CmsError, SignedData, oids};
use crate::keys::{KeyError, Signer};
use crate::x509::Certificate;

/// Octets kept free for one signature time-stamp token with the authority's chain.
pub const TIME_STAMP_RESERVE: usize = 16 << 10;

/// What is signed, by whom.
#[derive(Clone, Debug)]
pub struct CmsRequest<'a> {
    /// Type of the content; id-data for documents.
    pub content_type: Oid,
    /// Digest of the content under [`digest_of`] the signer.
    pub message_digest: &'a [u8],
    /// The content, to be put inside; `None` for a detached signature.
    pub content: Option<&'a [u8]>,
    /// The signer's certificate.
    pub certificate: &'a Certificate,
    /// Further certificates put beside it: its issuers.
    pub chain: &'a [Certificate],
    /// The time the signer claims; `None` in PAdES, where /M says it (EN 319 142-1 6.3).
    pub signing_time: Option<UnixTime>,
    /// Further signed attributes, each a whole Attribute, DER.
    pub more_attributes: &'a [Vec<u8>],
}

impl<'a> CmsRequest<'a> {
    /// A detached signature over a document, without claimed time.
    pub fn detached(message_digest: &'a [u8], certificate: &'a Certificate, chain: &'a [Certificate]) -> Self {
        CmsRequest {
            content_type: oids::DATA,
            message_digest,
            content: None,
            certificate,
            chain,
            signing_time: None,
            more_attributes: &[],
        }
    }
}

/// Why no signature was made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CadesError {
    /// The key is not that of the certificate.
    #[error("the key does not match the certificate")]
    KeyDoesNotMatch,
    /// The message digest has another length than the signer's digest.
    #[error("the message digest has {found} octets where {} has {}", .digest.name(), .digest.output_len())]
    DigestLength {
        /// Octets given.
        found: usize,
        /// The digest of the signer.
        digest: DigestAlgorithm,
    },
    /// The key would not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The value the key gave does not verify under the certificate.
    #[error("the key gave a value that does not verify: {0}")]
    WrongValue(VerifyError),
}

/// A made signature, before it is written.
#[derive(Clone, Debug)]
pub struct SignedCms {
    content_type: Oid,
    content: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    signer: SignerParts,
}

/// The digest the content must be hashed with for this signer (RFC 5652 §5.4; SHA-512 for Ed25519, RFC 8419 §2.3).
pub fn digest_of(signer: &dyn Signer) -> DigestAlgorithm {
    signer.scheme().digest()
}

/// Makes the signature value over content-type, message-digest, signingCertificateV2 and, if given, signing-time.
///
/// # Errors
/// [`CadesError`].
pub fn sign(request: &CmsRequest<'_>, signer: &dyn Signer) -> Result<SignedCms, CadesError> {
    make(request, signer, &Content::Typed)
}

fn make(request: &CmsRequest<'_>, signer: &dyn Signer, content: &Content) -> Result<SignedCms, CadesError> {
    let scheme = signer.scheme();
    let digest = digest_of(signer);
    if !same_key(signer.public_key(), request.certificate.spki()) {
        return Err(CadesError::KeyDoesNotMatch);
    }
    if request.message_digest.len() != digest.output_len() {
        return Err(CadesError::DigestLength { found: request.message_digest.len(), digest });
    }
    let attributes = signed_attributes(request, digest, content);
    let signature = signer.sign(&attributes)?;
    // The keys are the same, so what was verified under the signer's was verified under the certificate's.
    if !signer.verifies_itself() {
        scheme.verify(request.certificate.spki(), &attributes, &signature).map_err(CadesError::WrongValue)?;
    }
    Ok(unfinished(request, digest, attributes, scheme.to_identifier(), signature))
}

/// Octets the written structure can have at most, with room for a time-stamp token of `time_stamp` octets
/// ([`TIME_STAMP_RESERVE`] before one is known, 0 for none).
///
/// # Errors
/// [`CadesError::KeyDoesNotMatch`] when the certificate holds a key we do not sign with.
pub fn max_len(request: &CmsRequest<'_>, signer: &dyn Signer, time_stamp: usize) -> Result<usize, CadesError> {
    let value_len = max_signature_len(signer.public_key()).ok_or(CadesError::KeyDoesNotMatch)?;
    let digest = digest_of(signer);
    let attributes = signed_attributes(request, digest, &Content::Typed);
    let mut signed = unfinished(request, digest, attributes, signer.scheme().to_identifier(), vec![0; value_len]);
    if time_stamp > 0 {
        signed.add_signature_time_stamp(&vec![0; time_stamp]);
    }
    Ok(signed.to_der().len())
}

impl SignedCms {
    /// The signature value: what a signature time-stamp is over (EN 319 122-1 5.3).
    pub fn signature_value(&self) -> &[u8] {
        &self.signer.signature
    }

    /// Puts an encoded token beside the value.
    pub fn add_signature_time_stamp(&mut self, token: &[u8]) {
        self.signer.unsigned_attributes.push(build::signature_time_stamp(token));
    }

    /// The signature put beside those of an existing structure over the same content: parallel signatures.
    ///
    /// # Errors
    /// [`CmsError`] when `cms` is no SignedData.
    pub fn add_to(&self, cms: &[u8]) -> Result<Vec<u8>, CmsError> {
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Certificate::der).collect();
        build::add_signer(cms, &self.signer, &certificates)
    }

    /// A structure with what [`countersign`] made of it among the unsigned attributes of signer number `index`.
    ///
    /// # Errors
    /// [`CmsError`] when `cms` is no SignedData or has no such signer.
    pub fn counter(&self, cms: &[u8], index: usize) -> Result<Vec<u8>, CmsError> {
        let attribute = build::attribute(&oids::COUNTER_SIGNATURE, &[self.signer.to_der()]);
        let countersigned = build::add_unsigned_attributes(cms, index, &[attribute])?;
        let read = SignedData::parse(cms)?;
        let own = self.certificates.iter().map(Certificate::der);
        let fresh: Vec<&[u8]> = own.filter(|new| !read.certificates().iter().any(|c| c.der() == *new)).collect();
        match fresh.is_empty() {
            true => Ok(countersigned),
            false => build::add_validation_data(&countersigned, &fresh, &[], &[]),
        }
    }

    /// The whole as ContentInfo, DER.
    pub fn to_der(&self) -> Vec<u8> {
        build::signed_data(
            &self.content_type,
            &SignedDataParts {
                content: self.content.as_deref(),
                certificates: self.certificates.iter().map(Certificate::der).collect(),
                signers: std::slice::from_ref(&self.signer),
                ..SignedDataParts::default()
            },
        )
    }
}

/// A counter-signature of signer number `index` of an existing structure (RFC 5652 §11.4): over its signature value.
/// [`SignedCms::counter`] puts it where it belongs.
///
/// # Errors
/// [`CounterError`].
pub fn countersign(
    cms: &[u8],
    index: usize,
    request: &CmsRequest<'_>,
    signer: &dyn Signer,
) -> Result<SignedCms, CounterError> {
    let read = SignedData::parse(cms)?;
    let value = read.signers().get(index).ok_or(CmsError::NoSigner { index })?.signature().to_vec();
    let digest = digest_of(signer).digest(&value);
    Ok(make(&CmsRequest { message_digest: &digest, ..request.clone() }, signer, &Content::Signature)?)
}

/// Why no counter-signature was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CounterError {
    /// The structure is not read.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// No value was made.
    #[error(transparent)]
    Cades(#[from] CadesError),
}

/// What is signed.
enum Content {
    /// Content of a type, which is signed too.
    Typed,
    /// Another signature, which has no type (RFC 5652 §11.4).
    Signature,
}

fn signed_attributes(request: &CmsRequest<'_>, digest: DigestAlgorithm, content: &Content) -> Vec<u8> {
    let certificate = request.certificate;
    let mut attributes = match content {
        Content::Typed => vec![build::content_type(&request.content_type)],
        Content::Signature => Vec::new(),
    };
    attributes.extend([
        build::message_digest(request.message_digest),
        build::signing_certificate_v2(certificate, &digest.oid(), &digest.digest(certificate.der())),
    ]);
    attributes.extend(request.signing_time.map(build::signing_time));
    attributes.extend_from_slice(request.more_attributes);
    build::signed_attributes(&attributes)
}

fn unfinished(
    request: &CmsRequest<'_>,
    digest: DigestAlgorithm,
    signed_attributes: Vec<u8>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
) -> SignedCms {
    let mut certificates = vec![request.certificate.clone()];
    for one in request.chain {
        if !certificates.iter().any(|c| c.der() == one.der()) {
            certificates.push(one.clone());
        }
    }
    SignedCms {
        content_type: request.content_type.clone(),
        content: request.content.map(<[u8]>::to_vec),
        certificates,
        signer: SignerParts {
            id: SignerParts::id_of(request.certificate),
            // RFC 5754 §2: parameters absent.
            digest_algorithm: AlgorithmIdentifier { oid: digest.oid(), parameters: None },
            signed_attributes: Some(signed_attributes),
            signature_algorithm,
            signature,
            unsigned_attributes: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::cms_signer::{Coverage, SignerError, verify_signer};
    use crate::cms::SignerId;
    use crate::keys::software;

    fn opened() -> software::OpenedKey {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/modern.p12");
        software::open(&std::fs::read(path).expect("the fixture"), Some("secret")).expect("opens")
    }

    fn signed_over(content: &[u8], time: Option<UnixTime>) -> (SignedCms, software::OpenedKey) {
        let key = opened();
        let digest = digest_of(key.signer.as_ref()).digest(content);
        let request =
            CmsRequest { signing_time: time, ..CmsRequest::detached(&digest, &key.chain[0], &key.chain[1..]) };
        let signed = sign(&request, key.signer.as_ref()).expect("signs");
        let bound = max_len(&request, key.signer.as_ref(), 0).expect("bound");
        assert!(signed.to_der().len() <= bound);
        (signed, key)
    }

    fn verify(cms: &[u8], content: &[u8], key: &software::OpenedKey) -> Result<Coverage, SignerError> {
        let read = SignedData::parse(cms).expect("reads");
        assert!(read.signers()[0].id().names(&key.chain[0]));
        verify_signer(&read.signers()[0], key.chain[0].spki(), Some(&oids::DATA), &mut |d| Some(d.digest(content)))
            .map(|f| f.coverage)
    }

    #[test]
    fn what_is_signed_verifies_and_holds_what_pades_asks_for_only() {
        let (signed, key) = signed_over(b"content", None);
        let der = signed.to_der();
        assert!(crate::asn1::Tlv::parse(&der).expect("reads").is_der());
        assert_eq!(verify(&der, b"content", &key), Ok(Coverage::SignedAttributes));
        let read = SignedData::parse(&der).expect("reads");
        let signer = &read.signers()[0];
        assert_eq!(signer.signing_time(), Ok(None));
        assert_eq!(signer.signed_attributes().len(), 3);
        let ess = signer.signing_certificate_v2().expect("one").expect("there");
        assert_eq!(ess[0].digest, key.chain[0].sha256());
        assert!(ess[0].issuer_serial.as_ref().expect("there").names(&key.chain[0]));
        assert_eq!(read.certificates().len(), 2);
        assert!(matches!(signer.id(), SignerId::IssuerSerial { .. }));
    }

    #[test]
    fn a_parallel_signature_and_a_counter_signature_leave_the_first_as_it_was() {
        let (first, key) = signed_over(b"content", None);
        let first = first.to_der();
        let (second, _) = signed_over(b"content", Some(UnixTime(1_772_700_000)));
        let both = second.add_to(&first).expect("adds");
        let read = SignedData::parse(&both).expect("reads");
        let original = SignedData::parse(&first).expect("reads");
        assert_eq!((read.signers().len(), read.certificates().len(), read.digest_algorithms().len()), (2, 2, 1));
        assert_eq!(read.signers()[0].raw(), original.signers()[0].raw());
        assert_eq!(verify(&both, b"content", &key), Ok(Coverage::SignedAttributes));
        let request = CmsRequest::detached(&[], &key.chain[0], &key.chain[1..]);
        let countered = countersign(&both, 1, &request, key.signer.as_ref()).expect("countersigns");
        let countered = countered.counter(&both, 1).expect("adds");
        let read = SignedData::parse(&countered).expect("reads");
        assert_eq!(
            read.signers()[1].signed_fields(),
            SignedData::parse(&both).expect("reads").signers()[1].signed_fields()
        );
        let raw: Vec<&[u8]> = read.signers()[1].counter_signatures().collect();
        let counter =
            crate::cms::SignerInfo::from_tlv(&crate::asn1::Tlv::parse(raw[0]).expect("reads")).expect("reads");
        assert_eq!(counter.content_type(), Ok(None));
        let value = read.signers()[1].signature().to_vec();
        let found = verify_signer(&counter, key.chain[0].spki(), None, &mut |d| Some(d.digest(&value)));
        assert_eq!(found.map(|f| f.coverage), Ok(Coverage::SignedAttributes));
        assert!(countersign(&both, 2, &request, key.signer.as_ref()).is_err());
    }

    #[test]
    fn other_content_and_a_changed_value_are_told_apart() {
        let (signed, key) = signed_over(b"content", Some(UnixTime(1_772_700_000)));
        let mut der = signed.to_der();
        assert_eq!(verify(&der, b"Content", &key), Err(SignerError::MessageDigest));
        let last = der.len() - 1;
        der[last] ^= 1;
        assert_eq!(verify(&der, b"content", &key), Err(VerifyError::Invalid.into()));
    }

    #[test]
    fn attributes_in_another_order_verify_as_sorted() {
        let (signed, key) = signed_over(b"content", Some(UnixTime(1_772_700_000)));
        let mut parts = signed.signer.clone();
        let set = parts.signed_attributes.take().expect("there");
        let outer = crate::asn1::Tlv::parse(&set).expect("reads");
        let mut reader = outer.reader();
        let mut list = Vec::new();
        while !reader.is_empty() {
            list.push(reader.any().expect("reads").raw);
        }
        list.reverse();
        parts.signed_attributes = Some(crate::asn1::write::tlv(0x31, &list.concat()));
        let der = SignedCms { signer: parts, ..signed }.to_der();
        assert_eq!(verify(&der, b"content", &key), Ok(Coverage::SortedAttributes));
    }

    #[test]
    fn a_token_added_later_leaves_the_signature_as_it_was() {
        let (mut signed, key) = signed_over(b"content", None);
        let before = signed.to_der();
        let token = crate::asn1::write::sequence(&[crate::asn1::write::integer(1)]);
        let later = build::add_unsigned_attributes(&before, 0, &[build::signature_time_stamp(&token)]).expect("adds");
        signed.add_signature_time_stamp(&token);
        assert_eq!(later, signed.to_der());
        assert_eq!(verify(&later, b"content", &key), Ok(Coverage::SignedAttributes));
        let read = SignedData::parse(&later).expect("reads");
        assert_eq!(read.signers()[0].signature_time_stamps().collect::<Vec<_>>(), [token.as_slice()]);
        assert!(build::add_unsigned_attributes(&before, 1, &[]).is_err());
    }

    #[test]
    fn a_key_of_another_certificate_does_not_sign() {
        let key = opened();
        let digest = digest_of(key.signer.as_ref()).digest(b"content");
        let request = CmsRequest::detached(&digest, &key.chain[1], &[]);
        assert_eq!(sign(&request, key.signer.as_ref()).expect_err("foreign"), CadesError::KeyDoesNotMatch);
    }

    #[test]
    fn only_rsa_keys_in_memory_have_verified_what_they_give() {
        let rsa = |signer: &dyn Signer| matches!(signer.scheme(), crate::algorithms::SignatureScheme::RsaPkcs1v15(_));
        let key = opened();
        let p256 = software::generate_p256().expect("random");
        for signer in [key.signer.as_ref(), &p256] {
            assert_eq!(signer.verifies_itself(), rsa(signer));
        }
        assert!(rsa(key.signer.as_ref()) && !rsa(&p256));
    }

    #[test]
    fn a_digest_of_another_length_is_refused() {
        let key = opened();
        let request = CmsRequest::detached(&[0; 20], &key.chain[0], &[]);
        assert!(matches!(sign(&request, key.signer.as_ref()), Err(CadesError::DigestLength { found: 20, .. })));
    }

    #[test]
    fn no_changed_octet_is_accepted_except_where_nothing_is_signed() {
        let key = software::generate_p256().expect("random");
        let settings = crate::x509::build::TbsCertificate {
            serial: vec![7],
            signature_algorithm: key.scheme().to_identifier(),
            issuer: crate::x509::Name::build(&[(crate::x509::oids::AT_COMMON_NAME, "TEST ONLY")]),
            not_before: UnixTime(0),
            not_after: UnixTime(1),
            subject: crate::x509::Name::build(&[(crate::x509::oids::AT_COMMON_NAME, "TEST ONLY")]),
            spki: key.public_key().to_vec(),
            extensions: Vec::new(),
        };
        let tbs = settings.to_der();
        let value = key.sign(&tbs).expect("signs");
        let der = crate::x509::build::assemble(&tbs, &settings.signature_algorithm, &value);
        let certificate = Certificate::from_der(&der).expect("reads");
        let digest = digest_of(&key).digest(b"content");
        let request = CmsRequest {
            signing_time: Some(UnixTime(1_772_700_000)),
            ..CmsRequest::detached(&digest, &certificate, &[])
        };
        let whole = sign(&request, &key).expect("signs").to_der();
        let original = SignedData::parse(&whole).expect("reads");
        let signed = original.signers()[0].signed_attributes_raw().expect("there").to_vec();

        let mut accepted = 0;
        for at in 0..whole.len() {
            for mask in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= mask;
                let Ok(read) = SignedData::parse(&changed) else { continue };
                let [signer] = read.signers() else { continue };
                let result =
                    verify_signer(signer, certificate.spki(), Some(&oids::DATA), &mut |d| Some(d.digest(b"content")));
                if result.is_ok() {
                    accepted += 1;
                    assert_eq!(signer.signed_attributes_raw(), Some(signed.as_slice()), "octet {at}");
                    assert_eq!(signer.signature(), original.signers()[0].signature(), "octet {at}");
                }
            }
        }
        // Certificates, versions and the signer's name are not signed by the value itself.
        assert!(accepted > 0 && accepted < whole.len() * 4);
    }
}
