//! Keys in files: PKCS#8 (RFC 5958) plain or encrypted, PKCS#1, SEC 1 (RFC 5915), PEM of these, and PKCS#12.
//!
//! `ring` signs. Keys are wiped from our memory once `ring` holds them; its own copy is not wiped.

use super::{KeyError, RsaPadding, Signer, pkcs12};
use crate::algorithms::public_key::{
    Curve, EC_PUBLIC_KEY, ED25519, RSA_ENCRYPTION, RSASSA_PSS, named_curve, same_key, spki_for_curve,
};
use crate::algorithms::signature::pss_parameters;
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Tlv, write};
use crate::base::encoding::pem_blocks;
use crate::x509::Certificate;
use ring::rand::SystemRandom;
use ring::signature as ring_signature;
use ring::signature::KeyPair as _;
use std::collections::HashSet;
use zeroize::{Zeroize as _, Zeroizing};

/// Largest key file that is read, in octets.
pub const MAX_FILE_LEN: usize = 4 << 20;
/// Most rounds of key derivation an encrypted key may ask for.
const MAX_ITERATIONS: u64 = 10_000_000;
/// id-PBES2, 1.2.840.113549.1.5.13.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];

/// A private key held in memory.
pub struct SoftwareKey {
    scheme: SignatureScheme,
    spki: Vec<u8>,
    pair: Pair,
}

enum Pair {
    Rsa(Box<ring_signature::RsaKeyPair>),
    Ecdsa(Box<ring_signature::EcdsaKeyPair>),
    Ed25519(Box<ring_signature::Ed25519KeyPair>),
}

/// A key with the certificates that came with it.
pub struct OpenedKey {
    /// The key.
    pub signer: Box<dyn Signer>,
    /// The certificate of the key first, then its issuers as far as they were found, then the rest;
    /// empty when the file held none.
    pub chain: Vec<Certificate>,
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftwareKey").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OpenedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedKey").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// Opens a key file: PKCS#8, PKCS#1, SEC 1 or PKCS#12, DER or PEM. Certificates in a PEM file are its chain.
///
/// # Errors
/// [`KeyError::Format`] for any other file, [`KeyError::PassphraseNeeded`] or [`KeyError::Passphrase`] for a
/// locked one, [`KeyError::Unsupported`] for a kind of key we do not sign with,
/// [`KeyError::KeyCount`] when the file does not hold exactly one key.
pub fn open(bytes: &[u8], passphrase: Option<&str>) -> Result<OpenedKey, KeyError> {
    open_padded(bytes, passphrase, RsaPadding::default())
}

/// As [`open`], saying how an RSA key pads; PSS takes SHA-256.
///
/// # Errors
/// Those of [`open`], and [`KeyError::Unsupported`] for PSS with a key that is not RSA.
pub fn open_padded(bytes: &[u8], passphrase: Option<&str>, padding: RsaPadding) -> Result<OpenedKey, KeyError> {
    let (mut key, certificates) = open_software(bytes, passphrase)?;
    if padding == RsaPadding::Pss && !matches!(key.scheme, SignatureScheme::RsaPss { .. }) {
        key = key.with_pss(DigestAlgorithm::Sha256)?;
    }
    let certificates: Vec<Certificate> = certificates
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<_, _>>()
        .map_err(|_| KeyError::Certificate)?;
    let chain = order_chain(key.public_key(), certificates);
    Ok(OpenedKey { signer: Box::new(key), chain })
}

/// Like [`open`], for a caller that wants to choose the padding or digest first; certificates are DER, unordered.
///
/// # Errors
/// Those of [`open`].
pub fn open_software(bytes: &[u8], passphrase: Option<&str>) -> Result<(SoftwareKey, Vec<Vec<u8>>), KeyError> {
    if bytes.len() > MAX_FILE_LEN {
        return Err(KeyError::Format);
    }
    if bytes.first() == Some(&tag::SEQUENCE) {
        return open_der(bytes, passphrase);
    }
    let text = Zeroizing::new(std::str::from_utf8(bytes).map_err(|_| KeyError::Format)?.to_owned());
    if text.lines().any(|l| l.starts_with("Proc-Type:") && l.contains("ENCRYPTED")) {
        return Err(KeyError::Unsupported("PEM with RFC 1421 encryption".to_owned()));
    }
    let mut certificates = Vec::new();
    let mut keys = Vec::new();
    for mut block in pem_blocks(&text) {
        match block.label.as_str() {
            "CERTIFICATE" => certificates.push(block.der),
            "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                keys.push(open_der(&block.der, passphrase).map(|(key, _)| key));
                block.der.zeroize();
            }
            _ => {}
        }
    }
    match (keys.pop(), keys.is_empty()) {
        (Some(key), true) => Ok((key?, certificates)),
        (None, _) => Err(KeyError::Format),
        (Some(_), false) => Err(KeyError::KeyCount { found: keys.len() + 1 }),
    }
}

/// Makes a fresh P-256 key; it signs ECDSA with SHA-256.
///
/// # Errors
/// [`KeyError::Refused`] when the system has no random numbers.
pub fn generate_p256() -> Result<SoftwareKey, KeyError> {
    SoftwareKey::from_pkcs8(&generate_p256_pkcs8()?)
}

/// Makes a fresh P-256 key as PKCS#8 DER, to be kept by the caller.
///
/// # Errors
/// [`KeyError::Refused`] when the system has no random numbers.
pub fn generate_p256_pkcs8() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let algorithm = &ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let document = ring_signature::EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
        .map_err(|_| KeyError::Refused("no random numbers".to_owned()))?;
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

/// Makes a fresh Ed25519 key as PKCS#8 DER, to be kept by the caller.
///
/// # Errors
/// [`KeyError::Refused`] when the system has no random numbers.
pub fn generate_ed25519_pkcs8() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let document = ring_signature::Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| KeyError::Refused("no random numbers".to_owned()))?;
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

/// Puts the certificate of `public_key` first, its issuers after it, whatever is left at the end; none stands twice.
pub fn order_chain(public_key: &[u8], mut certificates: Vec<Certificate>) -> Vec<Certificate> {
    let mut seen = HashSet::new();
    certificates.retain(|certificate| seen.insert(*certificate.sha256()));
    let Some(leaf) = certificates.iter().position(|c| same_key(c.spki(), public_key)) else { return certificates };
    let mut chain = vec![certificates.remove(leaf)];
    while let Some(last) = chain.last()
        && !last.is_self_issued()
        && let Some(issuer) = certificates.iter().position(|c| c.subject().matches(last.issuer()))
    {
        chain.push(certificates.remove(issuer));
    }
    chain.append(&mut certificates);
    chain
}

impl SoftwareKey {
    /// Reads an unencrypted PKCS#8 key.
    ///
    /// # Errors
    /// [`KeyError::Format`] or [`KeyError::Unsupported`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let outer = Tlv::parse(der).map_err(|_| KeyError::Format)?;
        let mut fields = outer.reader();
        let version = fields.expect(tag::INTEGER).and_then(|v| v.as_u64()).map_err(|_| KeyError::Format)?;
        let algorithm = AlgorithmIdentifier::read(&mut fields).map_err(|_| KeyError::Format)?;
        let inner = fields.expect(tag::OCTET_STRING).map_err(|_| KeyError::Format)?.content;
        if outer.tag != tag::SEQUENCE || version > 1 {
            return Err(KeyError::Format);
        }
        if algorithm.oid == RSA_ENCRYPTION {
            return Self::from_rsa(inner, SignatureScheme::RsaPkcs1v15(DigestAlgorithm::Sha256), &algorithm);
        }
        if algorithm.oid == RSASSA_PSS {
            let scheme = match &algorithm.parameters {
                None => default_pss(DigestAlgorithm::Sha256),
                Some(_) => {
                    let p = pss_parameters(&algorithm).map_err(|e| KeyError::Unsupported(e.to_string()))?;
                    SignatureScheme::RsaPss { digest: p.digest, mgf_digest: p.mgf_digest, salt_len: p.salt_len }
                }
            };
            return Self::from_rsa(inner, scheme, &algorithm);
        }
        if algorithm.oid == EC_PUBLIC_KEY {
            let parameters = algorithm.parameters.as_deref().ok_or(KeyError::Format)?;
            return Self::from_sec1(inner, Some(parameters));
        }
        if algorithm.oid == ED25519 {
            let pair = ring_signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Format)?;
            let spki =
                write::sequence(&[write::algorithm(&ED25519, None), write::bit_string(pair.public_key().as_ref())]);
            return Ok(SoftwareKey { scheme: SignatureScheme::Ed25519, spki, pair: Pair::Ed25519(Box::new(pair)) });
        }
        Err(KeyError::Unsupported(algorithm.oid.to_string()))
    }

    /// The same RSA key signing RSASSA-PSS (RFC 8017 §8.1) with `digest`, its MGF1 and a salt of its length.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for keys that are not RSA.
    pub fn with_pss(mut self, digest: DigestAlgorithm) -> Result<Self, KeyError> {
        match self.pair {
            Pair::Rsa(_) if signing_padding(default_pss(digest)).is_some() => {
                self.scheme = default_pss(digest);
                Ok(self)
            }
            _ => Err(KeyError::Unsupported("RSASSA-PSS with this key".to_owned())),
        }
    }

    fn from_rsa(pkcs1: &[u8], scheme: SignatureScheme, algorithm: &AlgorithmIdentifier) -> Result<Self, KeyError> {
        let pair =
            ring_signature::RsaKeyPair::from_der(pkcs1).map_err(|rejected| match rejected.to_string().as_str() {
                "TooSmall" => KeyError::Unsupported("RSA below 2048 bits".to_owned()),
                "TooLarge" => KeyError::Unsupported("RSA above 4096 bits".to_owned()),
                _ => KeyError::Format,
            })?;
        if signing_padding(scheme).is_none() {
            return Err(KeyError::Unsupported("RSASSA-PSS with these parameters".to_owned()));
        }
        let parameters = if algorithm.oid == RSASSA_PSS { algorithm.parameters.clone() } else { Some(write::null()) };
        let spki = write::sequence(&[
            write::algorithm(&algorithm.oid, parameters.as_deref()),
            write::bit_string(pair.public_key().as_ref()),
        ]);
        Ok(SoftwareKey { scheme, spki, pair: Pair::Rsa(Box::new(pair)) })
    }

    /// ECPrivateKey — RFC 5915 §3; the curve comes from outside or from its `[0]`.
    fn from_sec1(der: &[u8], curve_outside: Option<&[u8]>) -> Result<Self, KeyError> {
        let outer = Tlv::parse(der).map_err(|_| KeyError::Format)?;
        let mut fields = outer.reader();
        let version = fields.expect(tag::INTEGER).and_then(|v| v.as_u64()).map_err(|_| KeyError::Format)?;
        let scalar = fields.expect(tag::OCTET_STRING).map_err(|_| KeyError::Format)?.content;
        let curve_inside = fields.optional(tag::context(0)).map_err(|_| KeyError::Format)?.map(|c| c.content);
        let public = fields.optional(tag::context(1)).map_err(|_| KeyError::Format)?;
        if version != 1 || outer.tag != tag::SEQUENCE {
            return Err(KeyError::Format);
        }
        let curve_der = curve_outside.or(curve_inside).ok_or(KeyError::Format)?;
        let curve_oid = Tlv::parse(curve_der).and_then(|c| c.as_oid()).map_err(|_| KeyError::Format)?;
        let curve =
            named_curve(&curve_oid).ok_or_else(|| KeyError::Unsupported(format!("elliptic curve {curve_oid}")))?;
        let point = match public {
            Some(field) => {
                let mut inner = field.reader();
                inner
                    .expect(tag::BIT_STRING)
                    .and_then(|b| b.bit_octets().map(<[u8]>::to_vec))
                    .map_err(|_| KeyError::Format)?
            }
            None => public_point(curve, scalar)?,
        };
        let (algorithm, digest) = match curve {
            Curve::P256 => (&ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING, DigestAlgorithm::Sha256),
            Curve::P384 => (&ring_signature::ECDSA_P384_SHA384_ASN1_SIGNING, DigestAlgorithm::Sha384),
            Curve::P521 => return Err(KeyError::Unsupported("elliptic curve P-521".to_owned())),
        };
        let pair = ring_signature::EcdsaKeyPair::from_private_key_and_public_key(
            algorithm,
            scalar,
            &point,
            &SystemRandom::new(),
        )
        .map_err(|_| KeyError::Format)?;
        let spki = spki_for_curve(curve, &point);
        Ok(SoftwareKey { scheme: SignatureScheme::Ecdsa(digest), spki, pair: Pair::Ecdsa(Box::new(pair)) })
    }
}

impl Signer for SoftwareKey {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn public_key(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign_as(self.scheme, message)
    }

    // `ring` ties each curve to its digest; RSA takes any.
    fn scheme_with(&self, digest: DigestAlgorithm) -> Option<SignatureScheme> {
        let scheme = match self.scheme {
            SignatureScheme::RsaPkcs1v15(_) => SignatureScheme::RsaPkcs1v15(digest),
            SignatureScheme::RsaPss { .. } => default_pss(digest),
            other => return Some(other).filter(|own| own.digest() == digest),
        };
        signing_padding(scheme).map(|_| scheme)
    }

    fn sign_as(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let refused = |_| KeyError::Refused("the signing operation failed".to_owned());
        let unsupported = || KeyError::Unsupported("this padding".to_owned());
        if self.scheme_with(scheme.digest()) != Some(scheme) && scheme != self.scheme {
            return Err(unsupported());
        }
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let padding = signing_padding(scheme).ok_or_else(unsupported)?;
                let mut value = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, message, &mut value).map_err(refused)?;
                Ok(value)
            }
            Pair::Ecdsa(pair) => Ok(pair.sign(&random, message).map_err(refused)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    // `ring` raises every RSA value to the public exponent again before it gives it away, against faults.
    fn verifies_itself(&self) -> bool {
        matches!(self.pair, Pair::Rsa(_))
    }
}

fn open_der(der: &[u8], passphrase: Option<&str>) -> Result<(SoftwareKey, Vec<Vec<u8>>), KeyError> {
    let outer = Tlv::parse(der).map_err(|_| KeyError::Format)?;
    let mut fields = outer.reader();
    let first = fields.any().map_err(|_| KeyError::Format)?;
    let second = fields.any().map_err(|_| KeyError::Format)?;
    match (first.tag, first.as_u64(), second.tag) {
        // PFX — RFC 7292 §4
        (tag::INTEGER, Ok(3), tag::SEQUENCE) => {
            let store = pkcs12::open(der, passphrase)?;
            Ok((SoftwareKey::from_pkcs8(&store.pkcs8)?, store.certificates))
        }
        // OneAsymmetricKey — RFC 5958 §2
        (tag::INTEGER, Ok(0 | 1), tag::SEQUENCE) => Ok((SoftwareKey::from_pkcs8(der)?, Vec::new())),
        // RSAPrivateKey — RFC 8017 §A.1.2
        (tag::INTEGER, Ok(0), tag::INTEGER) => {
            let algorithm = AlgorithmIdentifier { oid: RSA_ENCRYPTION, parameters: Some(write::null()) };
            let scheme = SignatureScheme::RsaPkcs1v15(DigestAlgorithm::Sha256);
            Ok((SoftwareKey::from_rsa(der, scheme, &algorithm)?, Vec::new()))
        }
        // ECPrivateKey — RFC 5915 §3
        (tag::INTEGER, Ok(1), tag::OCTET_STRING) => Ok((SoftwareKey::from_sec1(der, None)?, Vec::new())),
        // EncryptedPrivateKeyInfo — RFC 5958 §3
        (tag::SEQUENCE, _, tag::OCTET_STRING) => {
            let Some(passphrase) = passphrase else { return Err(KeyError::PassphraseNeeded) };
            check_derivation(&first)?;
            let opened = decrypt(der, passphrase)?;
            // One padding in 256 looks right under a wrong passphrase; what it opens is no key.
            let key = SoftwareKey::from_pkcs8(opened.as_bytes()).map_err(|error| match error {
                KeyError::Format => KeyError::Passphrase,
                other => other,
            })?;
            Ok((key, Vec::new()))
        }
        _ => Err(KeyError::Format),
    }
}

fn decrypt(der: &[u8], passphrase: &str) -> Result<pkcs8::SecretDocument, KeyError> {
    let locked = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Format)?;
    locked.decrypt(passphrase).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { oid }) => {
            KeyError::Unsupported(format!("encryption {oid}"))
        }
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::NoPbes1CryptSupport) => {
            KeyError::Unsupported("PBES1 encryption".to_owned())
        }
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::AlgorithmParametersInvalid { .. }) => KeyError::Format,
        _ => KeyError::Passphrase,
    })
}

/// Bounds the work an encrypted key may ask for — PBKDF2-params, RFC 8018 §A.2.
fn check_derivation(encryption: &Tlv<'_>) -> Result<(), KeyError> {
    let rounds = || {
        let mut scheme = encryption.reader();
        if scheme.oid().ok()?.content() != PBES2 {
            return None;
        }
        let mut derivation = scheme.sequence().ok()?.sequence().ok()?;
        derivation.oid().ok()?;
        let mut parameters = derivation.sequence().ok()?;
        parameters.any().ok()?;
        parameters.any().ok()?.as_u64().ok()
    };
    match rounds() {
        Some(rounds) if rounds > MAX_ITERATIONS => {
            Err(KeyError::Unsupported(format!("key derivation with {rounds} rounds")))
        }
        _ => Ok(()),
    }
}

fn default_pss(digest: DigestAlgorithm) -> SignatureScheme {
    SignatureScheme::RsaPss { digest, mgf_digest: digest, salt_len: digest.output_len() }
}

fn signing_padding(scheme: SignatureScheme) -> Option<&'static dyn ring_signature::RsaEncoding> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    match scheme {
        SignatureScheme::RsaPkcs1v15(Sha256) => Some(&ring_signature::RSA_PKCS1_SHA256),
        SignatureScheme::RsaPkcs1v15(Sha384) => Some(&ring_signature::RSA_PKCS1_SHA384),
        SignatureScheme::RsaPkcs1v15(Sha512) => Some(&ring_signature::RSA_PKCS1_SHA512),
        SignatureScheme::RsaPss { digest, mgf_digest, salt_len }
            if digest == mgf_digest && salt_len == digest.output_len() =>
        {
            match digest {
                Sha256 => Some(&ring_signature::RSA_PSS_SHA256),
                Sha384 => Some(&ring_signature::RSA_PSS_SHA384),
                Sha512 => Some(&ring_signature::RSA_PSS_SHA512),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The public point of a scalar, for key files that leave it out.
fn public_point(curve: Curve, scalar: &[u8]) -> Result<Vec<u8>, KeyError> {
    macro_rules! on {
        ($curve:ident) => {{
            use $curve::elliptic_curve::sec1::ToSec1Point as _;
            let secret = $curve::SecretKey::from_slice(scalar).map_err(|_| KeyError::Format)?;
            Ok(secret.public_key().to_sec1_point(false).as_bytes().to_vec())
        }};
    }
    match curve {
        Curve::P256 => on!(p256),
        Curve::P384 => on!(p384),
        Curve::P521 => Err(KeyError::Unsupported("elliptic curve P-521".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys").join(name)).expect(name)
    }

    fn signs(key: &dyn Signer) {
        let value = key.sign("văn bản".as_bytes()).expect("signs");
        assert_eq!(key.scheme().verify(key.public_key(), "văn bản".as_bytes(), &value), Ok(()));
        assert!(key.scheme().verify(key.public_key(), b"van ban", &value).is_err());
    }

    #[test]
    fn a_certificate_given_twice_stands_once_in_the_chain() {
        let opened = open(&file("modern.p12"), Some("secret")).expect("opens");
        let twice: Vec<_> = opened.chain.iter().chain(&opened.chain).rev().cloned().collect();
        let ordered = order_chain(opened.signer.public_key(), twice);
        let digests = |chain: &[Certificate]| chain.iter().map(|c| *c.sha256()).collect::<Vec<_>>();
        assert!(opened.chain.len() > 1);
        assert_eq!(digests(&ordered), digests(&opened.chain));
    }

    #[test]
    fn every_shape_of_key_file_opens_and_signs() {
        for (name, passphrase) in [
            ("p256.pem", None),
            ("p256-sec1.pem", None),
            ("p256-no-public.pem", None),
            ("p256-encrypted.pem", Some("secret")),
            ("p384.pem", None),
            ("ed25519.pem", None),
            ("rsa.pem", None),
            ("rsa.der", None),
            ("rsa-pkcs1.pem", None),
            ("rsa-encrypted.der", Some("secret")),
            ("rsa-scrypt.pem", Some("secret")),
            ("rsa-pss.pem", None),
            ("modern.p12", Some("secret")),
            ("sha512.p12", Some("secret")),
            ("legacy.p12", Some("secret")),
            ("keytool.p12", Some("secret")),
            ("nss.p12", Some("secret")),
            ("empty-passphrase.p12", None),
            ("empty-passphrase.p12", Some("")),
            ("vietnamese-passphrase.p12", Some("mật khẩu")),
        ] {
            let opened = open(&file(name), passphrase).unwrap_or_else(|e| panic!("{name}: {e}"));
            signs(opened.signer.as_ref());
        }
    }

    #[test]
    fn a_chain_comes_leaf_first_whatever_the_order_of_the_file() {
        for (name, passphrase) in
            [("rsa-with-chain.pem", None), ("modern.p12", Some("secret")), ("nss.p12", Some("secret"))]
        {
            let opened = open(&file(name), passphrase).expect(name);
            let names: Vec<_> = opened.chain.iter().map(|c| c.subject().common_name()).collect();
            let expected = ["TEST ONLY Nguyễn Văn Thử", "TEST ONLY issuer of the key files"];
            assert_eq!(names, expected.map(|n| Some(n.to_owned())), "{name}");
            assert!(super::super::fits_certificate(opened.signer.as_ref(), opened.chain[0].spki()));
            assert!(!super::super::fits_certificate(opened.signer.as_ref(), opened.chain[1].spki()));
        }
    }

    #[test]
    fn wrong_missing_and_needless_passphrases_are_told_apart() {
        for name in ["p256-encrypted.pem", "rsa-encrypted.der", "modern.p12", "legacy.p12", "keytool.p12", "nss.p12"] {
            assert_eq!(open(&file(name), Some("wrong")).expect_err(name), KeyError::Passphrase, "{name}");
            assert_eq!(open(&file(name), None).expect_err(name), KeyError::PassphraseNeeded, "{name}");
        }
        assert!(open(&file("rsa.pem"), Some("needless")).is_ok());
    }

    #[test]
    fn what_is_no_key_file_is_no_key_file() {
        for bytes in
            [&b""[..], b"hello", &[0x30, 0x80], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
        {
            assert_eq!(open(bytes, Some("secret")).expect_err("no key"), KeyError::Format);
        }
        let mut cut = file("modern.p12");
        cut.truncate(cut.len() - 1);
        assert_eq!(open(&cut, Some("secret")).expect_err("cut"), KeyError::Format);
    }

    #[test]
    fn kinds_we_do_not_sign_with_are_named() {
        for name in ["rsa1024.pem", "p521.pem", "rsa-pkcs1-encrypted.pem"] {
            let error = open(&file(name), Some("secret")).expect_err(name);
            assert!(matches!(error, KeyError::Unsupported(_)), "{name}: {error:?}");
        }
    }

    #[test]
    fn two_keys_in_one_file_are_too_many() {
        let both = [file("rsa.pem"), file("p256.pem")].concat();
        assert_eq!(open(&both, None).expect_err("two"), KeyError::KeyCount { found: 2 });
    }

    #[test]
    fn key_derivation_past_the_bound_is_refused_before_it_starts() {
        let rounds = |count: u64| {
            let kdf = write::sequence(&[
                write::oid(&crate::base::oid::Oid::parse("1.2.840.113549.1.5.12").expect("valid")),
                write::sequence(&[write::octet_string(&[1; 8]), write::integer(count)]),
            ]);
            let encryption = write::sequence(&[
                write::oid(&crate::base::oid::Oid::from_static(PBES2)),
                write::sequence(&[kdf, write::sequence(&[write::null()])]),
            ]);
            check_derivation(&Tlv::parse(&encryption).expect("reads"))
        };
        assert_eq!(rounds(MAX_ITERATIONS), Ok(()));
        assert!(matches!(rounds(MAX_ITERATIONS + 1), Err(KeyError::Unsupported(_))));
    }

    #[test]
    fn pss_is_a_choice_for_rsa_only() {
        let (rsa, _) = open_software(&file("rsa.pem"), None).expect("opens");
        let pss = rsa.with_pss(DigestAlgorithm::Sha384).expect("RSA");
        assert!(matches!(pss.scheme(), SignatureScheme::RsaPss { salt_len: 48, .. }));
        signs(&pss);
        assert!(generate_p256().expect("random").with_pss(DigestAlgorithm::Sha256).is_err());
    }

    #[test]
    fn a_fresh_key_signs() {
        signs(&generate_p256().expect("random"));
    }

    #[test]
    fn an_rsa_key_signs_with_any_sha2_digest_and_a_curve_with_its_own() {
        use crate::keys::WithDigest;
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        let open = |name: &str| {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys").join(name);
            open(&std::fs::read(path).expect("the fixture"), None).expect("opens")
        };
        let rsa = open("rsa.pem").signer;
        for digest in [Sha256, Sha384, Sha512] {
            let other = WithDigest::new(rsa.as_ref(), digest).expect("signs so");
            assert_eq!(other.scheme(), SignatureScheme::RsaPkcs1v15(digest));
            let value = other.sign(b"abc").expect("signs");
            assert_eq!(other.scheme().verify(other.public_key(), b"abc", &value), Ok(()));
        }
        assert!(WithDigest::new(rsa.as_ref(), Sha1).is_none());
        let p256 = open("p256.pem").signer;
        assert!(WithDigest::new(p256.as_ref(), Sha256).is_some());
        assert!(WithDigest::new(p256.as_ref(), Sha384).is_none());
        assert!(rsa.sign_as(SignatureScheme::Ed25519, b"abc").is_err());
    }
}
