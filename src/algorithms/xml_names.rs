//! Algorithms by their XML identifiers — XML Signature 1.1 §6, RFC 9231 — and signature values as XML carries them.
//!
//! HMAC methods have no row: a shared secret proves nothing about who signed.

use super::digest::DigestAlgorithm;
use super::public_key::{DSA, EC_PUBLIC_KEY, KeyKind, RSA_ENCRYPTION, key_bits};
use super::signature::{SignatureScheme, VerifyError};
use crate::asn1::{Reader, Tlv, write};
use crate::base::oid::Oid;
use crate::xml::dsig::SignatureMethod;
use crate::xml::key_info::{KeyValue, Point};

use DigestAlgorithm::{Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};

const DIGESTS: [(DigestAlgorithm, &str); 9] = [
    (Sha1, "http://www.w3.org/2000/09/xmldsig#sha1"),
    (Sha224, "http://www.w3.org/2001/04/xmldsig-more#sha224"),
    (Sha256, "http://www.w3.org/2001/04/xmlenc#sha256"),
    (Sha384, "http://www.w3.org/2001/04/xmldsig-more#sha384"),
    (Sha512, "http://www.w3.org/2001/04/xmlenc#sha512"),
    (Sha3_224, "http://www.w3.org/2007/05/xmldsig-more#sha3-224"),
    (Sha3_256, "http://www.w3.org/2007/05/xmldsig-more#sha3-256"),
    (Sha3_384, "http://www.w3.org/2007/05/xmldsig-more#sha3-384"),
    (Sha3_512, "http://www.w3.org/2007/05/xmldsig-more#sha3-512"),
];

const fn pss(digest: DigestAlgorithm, salt_len: usize) -> SignatureScheme {
    SignatureScheme::RsaPss { digest, mgf_digest: digest, salt_len }
}

const SIGNATURES: [(SignatureScheme, &str); 27] = [
    (SignatureScheme::RsaPkcs1v15(Sha1), "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    (SignatureScheme::RsaPkcs1v15(Sha224), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224"),
    (SignatureScheme::RsaPkcs1v15(Sha256), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    (SignatureScheme::RsaPkcs1v15(Sha384), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"),
    (SignatureScheme::RsaPkcs1v15(Sha512), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
    (pss(Sha1, 20), "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1"),
    (pss(Sha224, 28), "http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1"),
    (pss(Sha256, 32), "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    (pss(Sha384, 48), "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1"),
    (pss(Sha512, 64), "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"),
    (pss(Sha3_224, 28), "http://www.w3.org/2007/05/xmldsig-more#sha3-224-rsa-MGF1"),
    (pss(Sha3_256, 32), "http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1"),
    (pss(Sha3_384, 48), "http://www.w3.org/2007/05/xmldsig-more#sha3-384-rsa-MGF1"),
    (pss(Sha3_512, 64), "http://www.w3.org/2007/05/xmldsig-more#sha3-512-rsa-MGF1"),
    (SignatureScheme::Ecdsa(Sha1), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"),
    (SignatureScheme::Ecdsa(Sha224), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224"),
    (SignatureScheme::Ecdsa(Sha256), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    (SignatureScheme::Ecdsa(Sha384), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
    (SignatureScheme::Ecdsa(Sha512), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"),
    (SignatureScheme::Ecdsa(Sha3_224), "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-224"),
    (SignatureScheme::Ecdsa(Sha3_256), "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256"),
    (SignatureScheme::Ecdsa(Sha3_384), "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-384"),
    (SignatureScheme::Ecdsa(Sha3_512), "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-512"),
    (SignatureScheme::Ed25519, "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"),
    (SignatureScheme::Dsa(Sha1), "http://www.w3.org/2000/09/xmldsig#dsa-sha1"),
    (SignatureScheme::Dsa(Sha256), "http://www.w3.org/2009/xmldsig11#dsa-sha256"),
    (pss(Sha256, 32), RSA_PSS),
];
/// RFC 9231 §2.3.9, with parameters beside it.
const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";

/// How a signature value stood in its XML.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum XmlValue {
    /// As XML Signature 1.1 asks.
    Standard,
    /// As DER, where two numbers side by side are asked for: a known mistake of tools.
    Der,
}

impl DigestAlgorithm {
    /// The algorithm an XML identifier names.
    pub fn from_xml_uri(uri: &str) -> Option<Self> {
        DIGESTS.iter().find(|row| row.1 == uri).map(|row| row.0)
    }

    /// Its XML identifier.
    pub fn xml_uri(self) -> &'static str {
        DIGESTS.iter().find(|row| row.0 == self).map_or(DIGESTS[2].1, |row| row.1)
    }
}

impl SignatureScheme {
    /// The scheme a `SignatureMethod` names.
    ///
    /// # Errors
    /// [`VerifyError::Unsupported`] with the identifier.
    pub fn from_xml(method: &SignatureMethod) -> Result<Self, VerifyError> {
        let unknown = || VerifyError::Unsupported(method.uri.chars().take(100).collect());
        let scheme = SIGNATURES.iter().find(|row| row.1 == method.uri).map(|row| row.0).ok_or_else(unknown)?;
        match &method.pss {
            Some(given) if method.uri == RSA_PSS => {
                if let Some(other) = &given.other {
                    return Err(VerifyError::Unsupported(other.clone()));
                }
                // RFC 9231 §2.3.9: SHA-256, MGF1 with the same digest, salt as long as the digest.
                let named = |uri: &Option<String>, default| match uri {
                    Some(uri) => DigestAlgorithm::from_xml_uri(uri).ok_or_else(unknown),
                    None => Ok(default),
                };
                let digest = named(&given.digest, Sha256)?;
                let mgf_digest = named(&given.mask_digest, digest)?;
                let salt_len = given.salt_len.unwrap_or(digest.output_len());
                Ok(SignatureScheme::RsaPss { digest, mgf_digest, salt_len })
            }
            _ => Ok(scheme),
        }
    }

    /// Its XML identifier; `None` for parameters that have no short one.
    pub fn xml_uri(self) -> Option<&'static str> {
        SIGNATURES.iter().find(|row| row.0 == self).map(|row| row.1)
    }

    /// Verifies a value as XML carries it, and says how it stood there: ECDSA and DSA as two numbers of fixed length
    /// side by side (XML Signature 1.1 §6.4.1, §6.4.3), or wrongly as DER.
    ///
    /// # Errors
    /// As [`SignatureScheme::verify`].
    pub fn verify_xml(self, spki_der: &[u8], message: &[u8], value: &[u8]) -> Result<XmlValue, VerifyError> {
        let standard = self.verify_standard(spki_der, message, value);
        let pair = matches!(self, SignatureScheme::Ecdsa(_) | SignatureScheme::Dsa(_));
        if standard == Err(VerifyError::Invalid)
            && pair
            && Tlv::parse(value).is_ok_and(|tlv| tlv.is_der())
            && self.verify(spki_der, message, value).is_ok()
        {
            return Ok(XmlValue::Der);
        }
        standard.map(|()| XmlValue::Standard)
    }

    fn verify_standard(self, spki_der: &[u8], message: &[u8], value: &[u8]) -> Result<(), VerifyError> {
        match self {
            SignatureScheme::Ecdsa(_) => {
                let (kind, bits) = key_bits(spki_der).map_err(|_| VerifyError::Key)?;
                if !matches!(kind, KeyKind::Ec(_)) {
                    return Err(VerifyError::Key);
                }
                if value.len() != bits.div_ceil(8) * 2 {
                    return Err(VerifyError::Invalid);
                }
                self.verify(spki_der, message, &pair_to_der(value))
            }
            SignatureScheme::Dsa(_) => {
                if !matches!(value.len(), 40 | 56 | 64) {
                    return Err(VerifyError::Invalid);
                }
                self.verify(spki_der, message, &pair_to_der(value))
            }
            _ => self.verify(spki_der, message, value),
        }
    }

    /// The value as XML carries it, from the value a signer made.
    ///
    /// # Errors
    /// [`VerifyError::Key`] when value and key do not fit each other.
    pub fn value_for_xml(self, spki_der: &[u8], value: &[u8]) -> Result<Vec<u8>, VerifyError> {
        match self {
            SignatureScheme::Ecdsa(_) => {
                let (_, bits) = key_bits(spki_der).map_err(|_| VerifyError::Key)?;
                der_to_pair(value, bits.div_ceil(8)).ok_or(VerifyError::Key)
            }
            _ => Ok(value.to_vec()),
        }
    }
}

/// The SubjectPublicKeyInfo of a bare key in `KeyInfo` (XML Signature 1.1 §4.5.2, RFC 4050); `None` when it is none.
pub fn spki_of_key_value(key: &KeyValue) -> Option<Vec<u8>> {
    let spki = match key {
        KeyValue::Der(der) => der.clone(),
        KeyValue::Rsa { modulus, exponent } => {
            let key = write::sequence(&[write::integer_unsigned(modulus), write::integer_unsigned(exponent)]);
            spki(&RSA_ENCRYPTION, &write::null(), &key)
        }
        KeyValue::Dsa { numbers: [p, q, g, y] } => {
            let parameters = write::sequence(&[p, q, g].map(|n| write::integer_unsigned(n)));
            spki(&DSA, &parameters, &write::integer_unsigned(y))
        }
        KeyValue::Ec { curve, point } => {
            let point = match point {
                Point::Encoded(point) => point.clone(),
                Point::Coordinates(x, y) => {
                    let octets = match curve.as_str() {
                        "1.2.840.10045.3.1.7" => 32,
                        "1.3.132.0.34" => 48,
                        "1.3.132.0.35" => 66,
                        _ => return None,
                    };
                    let mut point = vec![4];
                    for number in [x, y] {
                        point.resize(point.len() + usize::checked_sub(octets, number.len())?, 0);
                        point.extend_from_slice(number);
                    }
                    point
                }
            };
            spki(&EC_PUBLIC_KEY, &write::oid(&Oid::parse(curve)?), &point)
        }
    };
    key_bits(&spki).ok().map(|_| spki)
}

fn spki(algorithm: &Oid, parameters: &[u8], key: &[u8]) -> Vec<u8> {
    write::sequence(&[write::algorithm(algorithm, Some(parameters)), write::bit_string(key)])
}

fn pair_to_der(value: &[u8]) -> Vec<u8> {
    let (r, s) = value.split_at(value.len() / 2);
    write::sequence(&[write::integer_unsigned(r), write::integer_unsigned(s)])
}

fn der_to_pair(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut reader = Reader::new(der);
    let mut inside = reader.sequence().ok()?;
    let mut out = Vec::new();
    for _ in 0..2 {
        let number = inside.expect(crate::asn1::read::tag::INTEGER).ok()?.content;
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        out.resize(out.len() + length.checked_sub(number.len())?, 0);
        out.extend_from_slice(number);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lead_there_and_back() {
        for (digest, uri) in DIGESTS {
            assert_eq!(DigestAlgorithm::from_xml_uri(uri), Some(digest));
            assert_eq!(digest.xml_uri(), uri);
        }
        for (scheme, uri) in SIGNATURES {
            let method = SignatureMethod { uri: uri.to_owned(), pss: None };
            assert_eq!(SignatureScheme::from_xml(&method), Ok(scheme));
        }
        assert_eq!(pss(Sha256, 32).xml_uri(), Some("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"));
    }

    #[test]
    fn shared_secrets_are_not_signatures() {
        let method = SignatureMethod { uri: "http://www.w3.org/2000/09/xmldsig#hmac-sha1".to_owned(), pss: None };
        assert!(matches!(SignatureScheme::from_xml(&method), Err(VerifyError::Unsupported(_))));
    }

    #[test]
    fn two_numbers_side_by_side_and_der_are_the_same_value() {
        for (r, s) in [(vec![0x80; 32], vec![1; 32]), ([vec![0; 31], vec![5]].concat(), vec![0x7f; 32])] {
            let pair = [r, s].concat();
            assert_eq!(der_to_pair(&pair_to_der(&pair), 32), Some(pair));
        }
        assert_eq!(der_to_pair(&pair_to_der(&[0xff; 66]), 32), None);
        assert_eq!(der_to_pair(b"\x30\x00", 32), None);
    }
}
