//! Signature schemes: what an algorithm identifier means, and verifying one value under one key.

use super::digest::DigestAlgorithm;
use super::fallback;
use super::public_key::{Curve, DSA, EC_PUBLIC_KEY, ED25519, PublicKey, RSA_ENCRYPTION, RSASSA_PSS};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv, write};
use crate::base::oid::Oid;
use ring::signature as ring;

/// A signature scheme with everything needed to verify one value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1v15(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Digest of the message.
        digest: DigestAlgorithm,
        /// Digest of MGF1.
        mgf_digest: DigestAlgorithm,
        /// Salt length in octets.
        salt_len: usize,
    },
    /// ECDSA (FIPS 186-5) over the curve of the key, value as DER.
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// DSA (FIPS 186-4), only ever verified.
    Dsa(DigestAlgorithm),
}

/// Why a signature value was not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The value does not verify under this key.
    #[error("the signature value does not verify under the key")]
    Invalid,
    /// No maintained library here computes this; says which.
    #[error("the algorithm {0} is not supported")]
    Unsupported(String),
    /// The key is damaged or of another kind than the scheme.
    #[error("the public key does not fit the algorithm")]
    Key,
    /// The signature algorithm names one digest and the structure around it another.
    #[error("the signature algorithm digests with {}, the structure around it with {}", .signature.name(), .structure.name())]
    DigestMismatch {
        /// Digest of the signature algorithm.
        signature: DigestAlgorithm,
        /// Digest named beside it.
        structure: DigestAlgorithm,
    },
    /// The identifier or its parameters are damaged.
    #[error("the algorithm identifier is damaged")]
    Identifier(#[from] Asn1Error),
}

/// Parameters of RSASSA-PSS — RFC 4055 §3.1, with the defaults filled in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PssParameters {
    pub(crate) digest: DigestAlgorithm,
    pub(crate) mgf_digest: DigestAlgorithm,
    pub(crate) salt_len: usize,
}

/// Longest PSS salt that is read; no modulus we compute with has room for a longer one.
const MAX_SALT_LEN: u64 = 2_048;
/// id-mgf1, 1.2.840.113549.1.1.8.
const MGF1: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8]);

use DigestAlgorithm::{Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};

/// Last arc under 1.2.840.113549.1.1 (RFC 8017 §A.2.4).
const PKCS1: [(u8, DigestAlgorithm); 5] = [(5, Sha1), (14, Sha224), (11, Sha256), (12, Sha384), (13, Sha512)];
/// Last arc under 2.16.840.1.101.3.4.3 (NIST CSOR): kind and digest.
const NIST: [(u8, Family, DigestAlgorithm); 16] = [
    (1, Family::Dsa, Sha224),
    (2, Family::Dsa, Sha256),
    (3, Family::Dsa, Sha384),
    (4, Family::Dsa, Sha512),
    (5, Family::Dsa, Sha3_224),
    (6, Family::Dsa, Sha3_256),
    (7, Family::Dsa, Sha3_384),
    (8, Family::Dsa, Sha3_512),
    (9, Family::Ecdsa, Sha3_224),
    (10, Family::Ecdsa, Sha3_256),
    (11, Family::Ecdsa, Sha3_384),
    (12, Family::Ecdsa, Sha3_512),
    (13, Family::Rsa, Sha3_224),
    (14, Family::Rsa, Sha3_256),
    (15, Family::Rsa, Sha3_384),
    (16, Family::Rsa, Sha3_512),
];
const PKCS1_ARC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const NIST_ARC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 3];
/// ecdsa-with-SHA1, 1.2.840.10045.4.1, and ecdsa-with-SHA2, 1.2.840.10045.4.3 (RFC 5758 §3.2).
const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
const ECDSA_SHA2_ARC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
const ECDSA_SHA2: [(u8, DigestAlgorithm); 4] = [(1, Sha224), (2, Sha256), (3, Sha384), (4, Sha512)];
/// dsa-with-sha1, 1.2.840.10040.4.3 (RFC 3279 §2.2.2).
const DSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3];
/// sha1WithRSASignature, 1.3.14.3.2.29 (OIW), met in old certificates.
const OIW_SHA1_RSA: &[u8] = &[0x2b, 0x0e, 3, 2, 29];
/// Algorithms that are known by name and not computed.
const NAMED: [(&[u8], &str); 8] = [
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], "md2WithRSAEncryption"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "md5WithRSAEncryption"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
    (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75], "SM2 with SM3"),
    (&[0x2a, 0x85, 0x03, 7, 1, 1, 3, 2], "GOST R 34.10-2012 (256)"),
    (&[0x2a, 0x85, 0x03, 7, 1, 1, 3, 3], "GOST R 34.10-2012 (512)"),
    (&[0x2b, 0x24, 3, 3, 1, 2], "RSA with RIPEMD-160"),
    (&[0x04, 0x00, 0x7f, 0x00, 0x07, 1, 1, 4, 1, 3], "plain ECDSA with SHA-256"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    Ecdsa,
    Dsa,
}

impl Family {
    fn with(self, digest: DigestAlgorithm) -> SignatureScheme {
        match self {
            Family::Rsa => SignatureScheme::RsaPkcs1v15(digest),
            Family::Ecdsa => SignatureScheme::Ecdsa(digest),
            Family::Dsa => SignatureScheme::Dsa(digest),
        }
    }
}

impl SignatureScheme {
    /// The scheme a signature algorithm identifier names — RFC 3279 §2.2, RFC 4055, RFC 5758, RFC 8410.
    ///
    /// `digest` is the one named beside it in a CMS SignerInfo: it completes identifiers that name a key
    /// algorithm only (rsaEncryption, RFC 3370 §3.2) and must agree with those that name their own
    /// (RFC 5652 §5.4 digests with `digestAlgorithm`). Ed25519 takes any: RFC 8419 §2.3 asks for SHA-512,
    /// but the value does not depend on it.
    ///
    /// # Errors
    /// [`VerifyError::Unsupported`], [`VerifyError::DigestMismatch`] or [`VerifyError::Identifier`].
    pub fn from_identifiers(
        signature: &AlgorithmIdentifier,
        digest: Option<DigestAlgorithm>,
    ) -> Result<SignatureScheme, VerifyError> {
        let oid = signature.oid.content();
        let bare = |family: Family| {
            digest
                .map(|d| family.with(d))
                .ok_or_else(|| VerifyError::Unsupported(format!("{} without a digest", signature.oid)))
        };
        if signature.oid == RSA_ENCRYPTION {
            return bare(Family::Rsa);
        }
        if signature.oid == EC_PUBLIC_KEY {
            return bare(Family::Ecdsa);
        }
        if signature.oid == DSA {
            return bare(Family::Dsa);
        }
        let scheme = if signature.oid == RSASSA_PSS {
            let p = pss_parameters(signature)?;
            SignatureScheme::RsaPss { digest: p.digest, mgf_digest: p.mgf_digest, salt_len: p.salt_len }
        } else if signature.oid == ED25519 {
            return Ok(SignatureScheme::Ed25519);
        } else {
            named(oid).ok_or_else(|| {
                let known = NAMED.iter().find(|(content, _)| *content == oid);
                VerifyError::Unsupported(
                    known.map_or_else(|| signature.oid.to_string(), |(_, name)| (*name).to_owned()),
                )
            })?
        };
        match digest {
            Some(structure) if structure != scheme.digest() => {
                Err(VerifyError::DigestMismatch { signature: scheme.digest(), structure })
            }
            _ => Ok(scheme),
        }
    }

    /// The identifier that names this scheme in certificates and in CMS `signatureAlgorithm`.
    ///
    /// RSA PKCS#1 v1.5 carries NULL (RFC 4055 §5), ECDSA, DSA and Ed25519 nothing (RFC 5758 §3, RFC 8410 §3).
    pub fn to_identifier(self) -> AlgorithmIdentifier {
        let child = |arc: &[u8], last: u8| Oid::from_content(&[arc, &[last]].concat());
        let nist = |family: Family, digest: DigestAlgorithm| {
            let row = NIST.iter().find(|(_, f, d)| *f == family && *d == digest);
            child(NIST_ARC, row.map_or(0, |(last, ..)| *last))
        };
        let (oid, parameters) = match self {
            SignatureScheme::RsaPkcs1v15(digest) => {
                let pkcs1 = PKCS1.iter().find(|(_, d)| *d == digest);
                (
                    pkcs1.map_or_else(|| nist(Family::Rsa, digest), |(last, _)| child(PKCS1_ARC, *last)),
                    Some(write::null()),
                )
            }
            SignatureScheme::RsaPss { digest, mgf_digest, salt_len } => {
                (RSASSA_PSS, Some(encode_pss(digest, mgf_digest, salt_len)))
            }
            SignatureScheme::Ecdsa(Sha1) => (Oid::from_static(ECDSA_SHA1), None),
            SignatureScheme::Ecdsa(digest) => {
                let sha2 = ECDSA_SHA2.iter().find(|(_, d)| *d == digest);
                (sha2.map_or_else(|| nist(Family::Ecdsa, digest), |(last, _)| child(ECDSA_SHA2_ARC, *last)), None)
            }
            SignatureScheme::Ed25519 => (ED25519, None),
            SignatureScheme::Dsa(Sha1) => (Oid::from_static(DSA_SHA1), None),
            SignatureScheme::Dsa(digest) => (nist(Family::Dsa, digest), None),
        };
        AlgorithmIdentifier { oid, parameters }
    }

    /// Verifies one signature value over `message` under the key of a SubjectPublicKeyInfo.
    ///
    /// ECDSA and DSA values are DER (RFC 3279 §2.2.2, §2.2.3).
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] when the value is wrong, [`VerifyError::Key`] when key and scheme do not
    /// fit each other, [`VerifyError::Unsupported`] when it cannot be computed here.
    pub fn verify(self, spki_der: &[u8], message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let key = PublicKey::parse(spki_der).map_err(|_| VerifyError::Key)?;
        self.check_key(&key)?;
        let fast: Option<Result<(), VerifyError>> = match (self, &key) {
            (SignatureScheme::Ed25519, PublicKey::Ed25519 { point }) => {
                Some(plain(&ring::ED25519, point, message, signature))
            }
            (SignatureScheme::Ecdsa(digest), PublicKey::Ec { curve, point }) if point.first() == Some(&4) => {
                ring_ecdsa(*curve, digest).map(|algorithm| plain(algorithm, point, message, signature))
            }
            (_, PublicKey::Rsa { n, e, .. }) => self.ring_rsa(n).map(|algorithm| {
                ring::RsaPublicKeyComponents { n, e }
                    .verify(algorithm, message, signature)
                    .map_err(|_| VerifyError::Invalid)
            }),
            _ => None,
        };
        fast.unwrap_or_else(|| self.verify_with(&key, &self.digest().digest(message), signature))
    }

    /// Verifies one signature value over the digest of a message, for content too large to hold.
    ///
    /// # Errors
    /// Those of [`SignatureScheme::verify`]; Ed25519 has no such form and is [`VerifyError::Unsupported`].
    pub fn verify_digest(self, spki_der: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let key = PublicKey::parse(spki_der).map_err(|_| VerifyError::Key)?;
        self.check_key(&key)?;
        self.verify_with(&key, digest, signature)
    }

    fn verify_with(self, key: &PublicKey<'_>, digest: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        if digest.len() != self.digest().output_len() {
            return Err(VerifyError::Invalid);
        }
        match (self, key) {
            (SignatureScheme::RsaPkcs1v15(algorithm), PublicKey::Rsa { n, e, .. }) => {
                fallback::rsa_pkcs1v15((n, e), algorithm, digest, signature)
            }
            (SignatureScheme::RsaPss { digest: algorithm, mgf_digest, salt_len }, PublicKey::Rsa { n, e, .. }) => {
                fallback::rsa_pss((n, e), algorithm, mgf_digest, salt_len, digest, signature)
            }
            (SignatureScheme::Ecdsa(_), PublicKey::Ec { curve, point }) => {
                fallback::ecdsa(*curve, point, digest, signature)
            }
            (SignatureScheme::Dsa(_), PublicKey::Dsa { p, q, g, y }) => fallback::dsa([p, q, g, y], digest, signature),
            (SignatureScheme::Ed25519, _) => Err(VerifyError::Unsupported("Ed25519 over a digest".to_owned())),
            _ => Err(VerifyError::Key),
        }
    }

    /// Says whether the key is of the scheme's kind and may be used with it.
    fn check_key(self, key: &PublicKey<'_>) -> Result<(), VerifyError> {
        match (self, key) {
            (_, PublicKey::Other { oid, .. }) => Err(VerifyError::Unsupported(format!("key {oid}"))),
            (SignatureScheme::RsaPkcs1v15(_), PublicKey::Rsa { restriction: None, .. })
            | (SignatureScheme::RsaPss { .. }, PublicKey::Rsa { restriction: None, .. })
            | (SignatureScheme::Ecdsa(_), PublicKey::Ec { .. })
            | (SignatureScheme::Ed25519, PublicKey::Ed25519 { .. })
            | (SignatureScheme::Dsa(_), PublicKey::Dsa { .. }) => Ok(()),
            (
                SignatureScheme::RsaPss { digest, mgf_digest, salt_len },
                PublicKey::Rsa { restriction: Some(restriction), .. },
            ) if restriction.allows(digest, mgf_digest, salt_len) => Ok(()),
            _ => Err(VerifyError::Key),
        }
    }

    /// ring's verifier for this scheme and modulus, where it has one.
    fn ring_rsa(self, n: &[u8]) -> Option<&'static ring::RsaParameters> {
        let octets = n.len();
        let fits = |least: usize| (least..=1_024).contains(&octets);
        match self {
            SignatureScheme::RsaPkcs1v15(Sha1) if fits(128) => {
                Some(&ring::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
            }
            SignatureScheme::RsaPkcs1v15(Sha256) if fits(256) => Some(&ring::RSA_PKCS1_2048_8192_SHA256),
            SignatureScheme::RsaPkcs1v15(Sha384) if fits(256) => Some(&ring::RSA_PKCS1_2048_8192_SHA384),
            SignatureScheme::RsaPkcs1v15(Sha512) if fits(256) => Some(&ring::RSA_PKCS1_2048_8192_SHA512),
            SignatureScheme::RsaPkcs1v15(Sha256) if fits(128) => {
                Some(&ring::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)
            }
            SignatureScheme::RsaPkcs1v15(Sha512) if fits(128) => {
                Some(&ring::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)
            }
            SignatureScheme::RsaPss { digest, mgf_digest, salt_len }
                if digest == mgf_digest && salt_len == digest.output_len() && fits(256) =>
            {
                match digest {
                    Sha256 => Some(&ring::RSA_PSS_2048_8192_SHA256),
                    Sha384 => Some(&ring::RSA_PSS_2048_8192_SHA384),
                    Sha512 => Some(&ring::RSA_PSS_2048_8192_SHA512),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The name used in reports: `rsa-pkcs1v15`, `rsa-pss`, `ecdsa`, `ed25519`, `dsa`.
    pub fn name(self) -> &'static str {
        match self {
            SignatureScheme::RsaPkcs1v15(_) => "rsa-pkcs1v15",
            SignatureScheme::RsaPss { .. } => "rsa-pss",
            SignatureScheme::Ecdsa(_) => "ecdsa",
            SignatureScheme::Ed25519 => "ed25519",
            SignatureScheme::Dsa(_) => "dsa",
        }
    }

    /// The digest the scheme applies to the message; SHA-512 for Ed25519.
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            SignatureScheme::RsaPkcs1v15(d) | SignatureScheme::Ecdsa(d) | SignatureScheme::Dsa(d) => d,
            SignatureScheme::RsaPss { digest, .. } => digest,
            SignatureScheme::Ed25519 => DigestAlgorithm::Sha512,
        }
    }
}

/// Reads RSASSA-PSS-params — RFC 4055 §3.1. Absent fields and absent parameters mean the SHA-1 defaults.
pub(crate) fn pss_parameters(identifier: &AlgorithmIdentifier) -> Result<PssParameters, VerifyError> {
    let mut found = PssParameters { digest: Sha1, mgf_digest: Sha1, salt_len: 20 };
    let Some(parameters) = identifier.parameters.as_deref() else { return Ok(found) };
    let outer = Tlv::parse(parameters)?;
    if outer.tag != tag::SEQUENCE {
        return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: outer.tag }.into());
    }
    let digest_of = |identifier: &AlgorithmIdentifier| {
        DigestAlgorithm::from_oid(&identifier.oid)
            .ok_or_else(|| VerifyError::Unsupported(format!("RSASSA-PSS with digest {}", identifier.oid)))
    };
    let mut fields = outer.reader();
    if let Some(field) = fields.optional(tag::context(0))? {
        found.digest = digest_of(&only_identifier(&field)?)?;
    }
    if let Some(field) = fields.optional(tag::context(1))? {
        let mask = only_identifier(&field)?;
        if mask.oid != MGF1 {
            return Err(VerifyError::Unsupported(format!("RSASSA-PSS with mask {}", mask.oid)));
        }
        let inner = mask.parameters.ok_or(Asn1Error::Truncated)?;
        found.mgf_digest = digest_of(&AlgorithmIdentifier::from_tlv(&Tlv::parse(&inner)?)?)?;
    }
    if let Some(field) = fields.optional(tag::context(2))? {
        let salt = only_integer(&field)?;
        found.salt_len = usize::try_from(salt)
            .ok()
            .filter(|_| salt <= MAX_SALT_LEN)
            .ok_or(VerifyError::Identifier(Asn1Error::Value))?;
    }
    if let Some(field) = fields.optional(tag::context(3))?
        && only_integer(&field)? != 1
    {
        return Err(VerifyError::Unsupported("RSASSA-PSS with another trailer".to_owned()));
    }
    fields.end()?;
    Ok(found)
}

fn only_identifier(field: &Tlv<'_>) -> Result<AlgorithmIdentifier, Asn1Error> {
    let mut reader: Reader<'_> = field.reader();
    let identifier = AlgorithmIdentifier::read(&mut reader)?;
    reader.end()?;
    Ok(identifier)
}

fn only_integer(field: &Tlv<'_>) -> Result<u64, Asn1Error> {
    let mut reader = field.reader();
    let value = reader.expect(tag::INTEGER)?.as_u64()?;
    reader.end()?;
    Ok(value)
}

fn encode_pss(digest: DigestAlgorithm, mgf_digest: DigestAlgorithm, salt_len: usize) -> Vec<u8> {
    let hash = |d: DigestAlgorithm| write::algorithm(&d.oid(), Some(&write::null()));
    let mut fields = Vec::new();
    // DER leaves out what equals its default (X.690 11.5).
    if digest != Sha1 {
        fields.push(write::context(0, &[hash(digest)]));
    }
    if mgf_digest != Sha1 {
        fields.push(write::context(1, &[write::algorithm(&MGF1, Some(&hash(mgf_digest)))]));
    }
    if salt_len != 20 {
        fields.push(write::context(2, &[write::integer(u64::try_from(salt_len).unwrap_or(u64::MAX))]));
    }
    write::sequence(&fields)
}

fn named(oid: &[u8]) -> Option<SignatureScheme> {
    match oid {
        ECDSA_SHA1 => return Some(SignatureScheme::Ecdsa(Sha1)),
        DSA_SHA1 => return Some(SignatureScheme::Dsa(Sha1)),
        OIW_SHA1_RSA => return Some(SignatureScheme::RsaPkcs1v15(Sha1)),
        _ => {}
    }
    let (last, arc) = oid.split_last()?;
    let of = |rows: &[(u8, DigestAlgorithm)]| rows.iter().find(|row| row.0 == *last).map(|row| row.1);
    match arc {
        PKCS1_ARC => of(&PKCS1).map(SignatureScheme::RsaPkcs1v15),
        ECDSA_SHA2_ARC => of(&ECDSA_SHA2).map(SignatureScheme::Ecdsa),
        NIST_ARC => NIST.iter().find(|row| row.0 == *last).map(|row| row.1.with(row.2)),
        _ => None,
    }
}

fn ring_ecdsa(curve: Curve, digest: DigestAlgorithm) -> Option<&'static dyn ring::VerificationAlgorithm> {
    match (curve, digest) {
        (Curve::P256, Sha256) => Some(&ring::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, Sha384) => Some(&ring::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, Sha256) => Some(&ring::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, Sha384) => Some(&ring::ECDSA_P384_SHA384_ASN1),
        _ => None,
    }
}

fn plain(
    algorithm: &'static dyn ring::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    ring::UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| VerifyError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_scheme() -> Vec<SignatureScheme> {
        let digests = [Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_224, Sha3_256, Sha3_384, Sha3_512];
        let mut schemes = vec![SignatureScheme::Ed25519];
        for digest in digests {
            schemes.extend([
                SignatureScheme::RsaPkcs1v15(digest),
                SignatureScheme::Ecdsa(digest),
                SignatureScheme::Dsa(digest),
                SignatureScheme::RsaPss { digest, mgf_digest: digest, salt_len: digest.output_len() },
                SignatureScheme::RsaPss { digest, mgf_digest: Sha1, salt_len: 0 },
            ]);
        }
        schemes
    }

    #[test]
    fn every_identifier_written_reads_back_as_the_same_scheme() {
        for scheme in every_scheme() {
            let identifier = scheme.to_identifier();
            assert_eq!(SignatureScheme::from_identifiers(&identifier, None), Ok(scheme), "{identifier:?}");
            assert!(Tlv::parse(&identifier.to_der()).expect("reads").is_der());
        }
    }

    #[test]
    fn a_key_algorithm_alone_takes_the_digest_beside_it() {
        let bare = AlgorithmIdentifier { oid: RSA_ENCRYPTION, parameters: Some(write::null()) };
        assert_eq!(SignatureScheme::from_identifiers(&bare, Some(Sha512)), Ok(SignatureScheme::RsaPkcs1v15(Sha512)));
        assert!(matches!(SignatureScheme::from_identifiers(&bare, None), Err(VerifyError::Unsupported(_))));
    }

    #[test]
    fn two_different_digests_are_a_mismatch() {
        let identifier = SignatureScheme::RsaPkcs1v15(Sha256).to_identifier();
        assert_eq!(
            SignatureScheme::from_identifiers(&identifier, Some(Sha3_224)),
            Err(VerifyError::DigestMismatch { signature: Sha256, structure: Sha3_224 })
        );
    }

    #[test]
    fn md5_is_named_and_not_computed() {
        let identifier = AlgorithmIdentifier {
            oid: Oid::parse("1.2.840.113549.1.1.4").expect("valid"),
            parameters: Some(write::null()),
        };
        assert_eq!(
            SignatureScheme::from_identifiers(&identifier, None),
            Err(VerifyError::Unsupported("md5WithRSAEncryption".to_owned()))
        );
    }

    #[test]
    fn absurd_salt_lengths_are_refused_when_read() {
        let parameters = write::sequence(&[write::context(2, &[write::integer(1 << 40)])]);
        let identifier = AlgorithmIdentifier { oid: RSASSA_PSS, parameters: Some(parameters) };
        assert_eq!(
            SignatureScheme::from_identifiers(&identifier, None),
            Err(VerifyError::Identifier(Asn1Error::Value))
        );
    }
}
