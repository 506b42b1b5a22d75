//! SubjectPublicKeyInfo — RFC 5280 §4.1.2.7, RFC 3279 §2.3, RFC 5480, RFC 8410: what kind of key it is and how large.

use super::digest::DigestAlgorithm;
use super::signature::{PssParameters, pss_parameters};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Reader, Tlv, write};
use crate::base::oid::Oid;

/// rsaEncryption, 1.2.840.113549.1.1.1.
pub(crate) const RSA_ENCRYPTION: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]);
/// id-RSASSA-PSS, 1.2.840.113549.1.1.10.
pub(crate) const RSASSA_PSS: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);
/// id-ecPublicKey, 1.2.840.10045.2.1.
pub(crate) const EC_PUBLIC_KEY: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
/// id-Ed25519, 1.3.101.112.
pub(crate) const ED25519: Oid = Oid::from_static(&[0x2b, 0x65, 0x70]);
/// id-dsa, 1.2.840.10040.4.1.
pub(crate) const DSA: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1]);
const SECP256R1: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
const SECP384R1: Oid = Oid::from_static(&[0x2b, 0x81, 0x04, 0, 0x22]);
const SECP521R1: Oid = Oid::from_static(&[0x2b, 0x81, 0x04, 0, 0x23]);

/// A curve we can compute on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "the names are those of FIPS 186-5")]
pub enum Curve {
    P256,
    P384,
    P521,
}

/// The kind of a public key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum KeyKind {
    /// RSA, named rsaEncryption or id-RSASSA-PSS.
    Rsa,
    /// Elliptic curve.
    Ec(Curve),
    /// Ed25519.
    Ed25519,
    /// DSA.
    Dsa,
    /// Anything else, by its algorithm (or, for elliptic keys, curve) identifier.
    Other(Oid),
}

/// Kind and size of the key in a SubjectPublicKeyInfo.
///
/// The size is what policies speak of: the modulus of RSA, the prime `p` of DSA, the field of a curve, in bits.
///
/// # Errors
/// [`Asn1Error`] when `spki` is no SubjectPublicKeyInfo or the key inside is damaged.
pub fn key_bits(spki: &[u8]) -> Result<(KeyKind, usize), Asn1Error> {
    Ok(match PublicKey::parse(spki)? {
        PublicKey::Rsa { n, .. } => (KeyKind::Rsa, bit_length(n)),
        PublicKey::Ec { curve, .. } => {
            let bits = match curve {
                Curve::P256 => 256,
                Curve::P384 => 384,
                Curve::P521 => 521,
            };
            (KeyKind::Ec(curve), bits)
        }
        PublicKey::Ed25519 { .. } => (KeyKind::Ed25519, 256),
        PublicKey::Dsa { p, .. } => (KeyKind::Dsa, bit_length(p)),
        PublicKey::Other { oid, bits } => (KeyKind::Other(oid), bits),
    })
}

/// The modulus of an RSA key, an unsigned integer without leading zeros; `None` for any other key.
pub fn rsa_modulus(spki: &[u8]) -> Option<&[u8]> {
    match PublicKey::parse(spki) {
        Ok(PublicKey::Rsa { n, .. }) => {
            let zeros = n.iter().take_while(|octet| **octet == 0).count();
            n.get(zeros..)
        }
        _ => None,
    }
}

/// True when two SubjectPublicKeyInfo hold the same key, however their algorithm parameters are spelled.
pub fn same_key(left: &[u8], right: &[u8]) -> bool {
    if left == right {
        return true;
    }
    match (PublicKey::parse(left), PublicKey::parse(right)) {
        (Ok(PublicKey::Rsa { n, e, .. }), Ok(PublicKey::Rsa { n: other_n, e: other_e, .. })) => {
            (n, e) == (other_n, other_e)
        }
        (Ok(PublicKey::Ec { curve, point }), Ok(PublicKey::Ec { curve: other_curve, point: other_point })) => {
            (curve, point) == (other_curve, other_point)
        }
        (Ok(PublicKey::Ed25519 { point }), Ok(PublicKey::Ed25519 { point: other })) => point == other,
        _ => false,
    }
}

/// Most octets a signature value under this key can have; `None` for keys we do not compute with.
pub fn max_signature_len(spki: &[u8]) -> Option<usize> {
    Some(match PublicKey::parse(spki).ok()? {
        PublicKey::Rsa { n, .. } => bit_length(n).div_ceil(8),
        // SEQUENCE of two INTEGERs, each with a sign octet (RFC 3279 §2.2.3).
        PublicKey::Ec { curve: Curve::P256, .. } => 72,
        PublicKey::Ec { curve: Curve::P384, .. } => 104,
        PublicKey::Ec { curve: Curve::P521, .. } => 139,
        PublicKey::Ed25519 { .. } => 64,
        PublicKey::Dsa { .. } | PublicKey::Other { .. } => return None,
    })
}

/// The curve an identifier names — RFC 5480 §2.1.1.1.
pub(crate) fn named_curve(oid: &Oid) -> Option<Curve> {
    [(SECP256R1, Curve::P256), (SECP384R1, Curve::P384), (SECP521R1, Curve::P521)]
        .into_iter()
        .find(|(named, _)| named == oid)
        .map(|(_, curve)| curve)
}

/// SubjectPublicKeyInfo of a point — RFC 5480 §2.
pub(crate) fn spki_for_curve(curve: Curve, point: &[u8]) -> Vec<u8> {
    let named = match curve {
        Curve::P256 => SECP256R1,
        Curve::P384 => SECP384R1,
        Curve::P521 => SECP521R1,
    };
    write::sequence(&[write::algorithm(&EC_PUBLIC_KEY, Some(&write::oid(&named))), write::bit_string(point)])
}

/// A public key taken apart. Numbers are unsigned, big endian, without leading zeros.
#[derive(Clone, Debug)]
pub(crate) enum PublicKey<'a> {
    Rsa { n: &'a [u8], e: &'a [u8], restriction: Option<PssRestriction> },
    Ec { curve: Curve, point: &'a [u8] },
    Ed25519 { point: &'a [u8] },
    Dsa { p: &'a [u8], q: &'a [u8], g: &'a [u8], y: &'a [u8] },
    Other { oid: Oid, bits: usize },
}

/// What an id-RSASSA-PSS key may be used for — RFC 4055 §3.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PssRestriction {
    /// PSS with any parameters.
    AnyPss,
    /// PSS with this digest and mask, and at least this salt.
    Exactly(PssParameters),
}

impl<'a> PublicKey<'a> {
    /// Takes a SubjectPublicKeyInfo apart.
    pub(crate) fn parse(spki: &'a [u8]) -> Result<Self, Asn1Error> {
        let outer = Tlv::parse(spki)?;
        if outer.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: outer.tag });
        }
        let mut fields = outer.reader();
        let algorithm = fields.expect(tag::SEQUENCE)?;
        let bits = fields.expect(tag::BIT_STRING)?.bit_octets()?;
        fields.end()?;
        let mut parts = algorithm.reader();
        let oid = parts.oid()?;
        let parameters = if parts.is_empty() { None } else { Some(parts.any()?) };
        parts.end()?;

        if oid == RSA_ENCRYPTION || oid == RSASSA_PSS {
            let restriction = match parameters {
                _ if oid == RSA_ENCRYPTION => None,
                None => Some(PssRestriction::AnyPss),
                Some(p) => {
                    let identifier = AlgorithmIdentifier { oid: oid.clone(), parameters: Some(p.raw.to_vec()) };
                    Some(PssRestriction::Exactly(pss_parameters(&identifier).map_err(|_| Asn1Error::Value)?))
                }
            };
            let mut key = Tlv::parse(bits)?.reader();
            let (n, e) = (modulus(&mut key)?, unsigned(&mut key)?);
            key.end()?;
            return Ok(PublicKey::Rsa { n, e, restriction });
        }
        if oid == EC_PUBLIC_KEY {
            let Some(parameters) = parameters else { return Err(Asn1Error::Truncated) };
            let Ok(named) = parameters.as_oid() else {
                // Explicit curve parameters (RFC 5480 §2.1.1 forbids them).
                return Ok(PublicKey::Other { oid, bits: 0 });
            };
            let Some(curve) = named_curve(&named) else {
                return Ok(PublicKey::Other { oid: named, bits: bits.len().saturating_sub(1) * 4 });
            };
            return Ok(PublicKey::Ec { curve, point: bits });
        }
        if oid == ED25519 {
            return Ok(PublicKey::Ed25519 { point: bits });
        }
        if oid == DSA {
            // Parameters may be inherited from the issuer (RFC 3279 §2.3.2); such keys are not used alone.
            let Some(parameters) = parameters.filter(|p| p.tag == tag::SEQUENCE) else {
                return Ok(PublicKey::Other { oid, bits: 0 });
            };
            let mut numbers = parameters.reader();
            let (p, q, g) = (unsigned(&mut numbers)?, unsigned(&mut numbers)?, unsigned(&mut numbers)?);
            numbers.end()?;
            let mut key = Reader::new(bits);
            let y = unsigned(&mut key)?;
            key.end()?;
            return Ok(PublicKey::Dsa { p, q, g, y });
        }
        Ok(PublicKey::Other { oid, bits: bits.len() * 8 })
    }
}

impl PssRestriction {
    /// True when the key may verify PSS values with these parameters.
    pub(crate) fn allows(self, digest: DigestAlgorithm, mgf_digest: DigestAlgorithm, salt_len: usize) -> bool {
        match self {
            PssRestriction::AnyPss => true,
            PssRestriction::Exactly(p) => p.digest == digest && p.mgf_digest == mgf_digest && salt_len >= p.salt_len,
        }
    }
}

/// Bits of an unsigned big-endian number.
pub(crate) fn bit_length(number: &[u8]) -> usize {
    let significant = number.iter().position(|b| *b != 0).map_or(&[][..], |at| &number[at..]);
    significant.first().map_or(0, |first| {
        let leading = usize::try_from(first.leading_zeros()).unwrap_or(0);
        significant.len() * 8 - leading
    })
}

/// A modulus. Some state cards wrote theirs without the sign octet; everybody reads those as positive.
fn modulus<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Asn1Error> {
    let mut look = reader.clone();
    let content = look.expect(tag::INTEGER)?.content;
    if content.first().is_some_and(|b| b & 0x80 != 0) {
        *reader = look;
        return Ok(content);
    }
    unsigned(reader)
}

/// A positive INTEGER without leading zeros.
pub(crate) fn unsigned<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Asn1Error> {
    let content = reader.expect(tag::INTEGER)?.content;
    match content {
        [] => Err(Asn1Error::Value),
        [first, ..] if first & 0x80 != 0 => Err(Asn1Error::Value),
        [0, rest @ ..] if rest.first().is_some_and(|b| b & 0x80 != 0) => Ok(rest),
        [0, ..] => Err(Asn1Error::Value),
        _ => Ok(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(n: &[u8]) -> Vec<u8> {
        let key = write::sequence(&[write::integer_unsigned(n), write::integer(65_537)]);
        write::sequence(&[write::algorithm(&RSA_ENCRYPTION, Some(&write::null())), write::bit_string(&key)])
    }

    #[test]
    fn the_size_of_rsa_is_that_of_its_modulus() {
        let mut n = vec![0x80; 256];
        assert_eq!(key_bits(&rsa(&n)), Ok((KeyKind::Rsa, 2_048)));
        n[0] = 0x7f;
        assert_eq!(key_bits(&rsa(&n)), Ok((KeyKind::Rsa, 2_047)));
    }

    #[test]
    fn a_modulus_without_its_sign_octet_is_read_as_positive() {
        let n = [0x97; 256];
        let key = write::sequence(&[write::tlv(tag::INTEGER, &n), write::integer(65_537)]);
        let spki = write::sequence(&[write::algorithm(&RSA_ENCRYPTION, Some(&write::null())), write::bit_string(&key)]);
        assert_eq!(key_bits(&spki), Ok((KeyKind::Rsa, 2_048)));
        assert!(same_key(&spki, &rsa(&n)));
    }

    #[test]
    fn zero_modulus_and_trailing_bytes_are_refused() {
        assert_eq!(key_bits(&rsa(&[0])), Err(Asn1Error::Value));
        let mut spki = rsa(&[0x80; 256]);
        spki.push(0);
        assert_eq!(key_bits(&spki), Err(Asn1Error::Trailing));
    }

    #[test]
    fn an_unknown_curve_is_named() {
        let brainpool = Oid::parse("1.3.36.3.3.2.8.1.1.7").expect("valid");
        let spki = write::sequence(&[
            write::algorithm(&EC_PUBLIC_KEY, Some(&write::oid(&brainpool))),
            write::bit_string(&[4; 65]),
        ]);
        assert_eq!(key_bits(&spki), Ok((KeyKind::Other(brainpool), 256)));
    }
}
