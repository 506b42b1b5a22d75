//! What `ring` cannot verify, over a message digest: RSA of any size and padding parameters (RFC 8017),
//! ECDSA with any digest on three curves and DSA (FIPS 186-5, FIPS 186-4).
//!
//! Public-key operations only; nothing here ever holds a secret.

use super::digest::DigestAlgorithm;
use super::public_key::{Curve, bit_length, unsigned};
use super::signature::VerifyError;
use crate::asn1::{Tlv, write};
use rsa::BoxedUint;

/// Sizes of RSA moduli that are computed with, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 512..=16_384;

/// RSASSA-PKCS1-v1_5 over a digest — RFC 8017 §8.2.2: the padding is built and compared as a whole.
pub(super) fn rsa_pkcs1v15(
    (n, e): (&[u8], &[u8]),
    digest: DigestAlgorithm,
    value: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let found = rsa_public_operation(n, e, signature)?;
    let info = digest_info(digest, value);
    let padding = found.len().checked_sub(info.len() + 3).filter(|p| *p >= 8).ok_or(VerifyError::Invalid)?;
    let mut expected = vec![0x00, 0x01];
    expected.resize(2 + padding, 0xff);
    expected.push(0);
    expected.extend_from_slice(&info);
    if found == expected { Ok(()) } else { Err(VerifyError::Invalid) }
}

/// RSASSA-PSS over a digest — RFC 8017 §8.1.2 and §9.1.2, trailer field 1.
pub(super) fn rsa_pss(
    (n, e): (&[u8], &[u8]),
    digest: DigestAlgorithm,
    mgf_digest: DigestAlgorithm,
    salt_len: usize,
    value: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let recovered = rsa_public_operation(n, e, signature)?;
    let em_bits = bit_length(n).checked_sub(1).ok_or(VerifyError::Key)?;
    let em_len = em_bits.div_ceil(8);
    // One octet longer than EM when the modulus has 8k + 1 bits: that octet is zero.
    let (lead, em) = recovered.split_at_checked(recovered.len() - em_len).ok_or(VerifyError::Invalid)?;
    if lead.iter().any(|b| *b != 0) || value.len() != digest.output_len() {
        return Err(VerifyError::Invalid);
    }
    let hash_len = digest.output_len();
    let needed = salt_len.checked_add(hash_len + 2).ok_or(VerifyError::Invalid)?;
    if em_len < needed {
        return Err(VerifyError::Invalid);
    }
    let Some((0xbc, body)) = em.split_last() else { return Err(VerifyError::Invalid) };
    let (masked, hash) = body.split_at_checked(em_len - hash_len - 1).ok_or(VerifyError::Invalid)?;
    let unused_bits = u32::try_from(8 * em_len - em_bits).map_err(|_| VerifyError::Invalid)?;
    let keep = 0xffu8.checked_shr(unused_bits).unwrap_or(0);
    let Some(first) = masked.first() else { return Err(VerifyError::Invalid) };
    if first & !keep != 0 {
        return Err(VerifyError::Invalid);
    }
    let mut block = mgf1(mgf_digest, hash, masked.len());
    block.iter_mut().zip(masked).for_each(|(mask, octet)| *mask ^= octet);
    if let Some(first) = block.first_mut() {
        *first &= keep;
    }
    let salt_at = masked.len().checked_sub(salt_len).ok_or(VerifyError::Invalid)?;
    let (padding, salt) = block.split_at(salt_at);
    let Some((1, zeros)) = padding.split_last() else { return Err(VerifyError::Invalid) };
    if zeros.iter().any(|b| *b != 0) {
        return Err(VerifyError::Invalid);
    }
    let mut check = digest.hasher();
    check.update(&[0; 8]);
    check.update(value);
    check.update(salt);
    if check.finish() == hash { Ok(()) } else { Err(VerifyError::Invalid) }
}

/// ECDSA over a digest — FIPS 186-5 §6.4.2; the value is DER (RFC 3279 §2.2.3).
pub(super) fn ecdsa(curve: Curve, point: &[u8], value: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    macro_rules! on {
        ($curve:ident) => {{
            use $curve::ecdsa::signature::hazmat::PrehashVerifier as _;
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| VerifyError::Key)?;
            let signature = $curve::ecdsa::Signature::from_der(signature).map_err(|_| VerifyError::Invalid)?;
            key.verify_prehash(value, &signature).map_err(|_| VerifyError::Invalid)
        }};
    }
    match curve {
        Curve::P256 => on!(p256),
        Curve::P384 => on!(p384),
        Curve::P521 => on!(p521),
    }
}

/// DSA over a digest — FIPS 186-4 §4.7; the value is DER (RFC 3279 §2.2.2).
pub(super) fn dsa([p, q, g, y]: [&[u8]; 4], value: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    use dsa::signature::hazmat::PrehashVerifier as _;
    let sizes = (bit_length(p), bit_length(q));
    if !matches!(sizes, (1_024, 160) | (2_048, 224 | 256) | (3_072, 256)) {
        return Err(VerifyError::Unsupported(format!("DSA with {} and {} bits", sizes.0, sizes.1)));
    }
    // The library computes in the precision of p: numbers that do not fit below it are no key.
    if g.len() > p.len() || y.len() > p.len() {
        return Err(VerifyError::Key);
    }
    let number = |octets: &[u8], bits: usize| {
        let bits = u32::try_from(bits).map_err(|_| VerifyError::Key)?;
        dsa::BoxedUint::from_be_slice(octets, bits).map_err(|_| VerifyError::Key)
    };
    let (p, q) = (number(p, sizes.0)?, number(q, sizes.1)?);
    let (g, y) = (number(g, sizes.0)?, number(y, sizes.0)?);
    if y >= p {
        return Err(VerifyError::Key);
    }
    let components = dsa::Components::from_components(p, q, g).map_err(|_| VerifyError::Key)?;
    let key = dsa::VerifyingKey::from_components(components, y).map_err(|_| VerifyError::Key)?;

    let outer = Tlv::parse(signature).map_err(|_| VerifyError::Invalid)?;
    if !outer.is_der() || outer.tag != 0x30 {
        return Err(VerifyError::Invalid);
    }
    let mut numbers = outer.reader();
    let mut half = || {
        let octets = unsigned(&mut numbers).map_err(|_| VerifyError::Invalid)?;
        if bit_length(octets) > sizes.1 {
            return Err(VerifyError::Invalid);
        }
        number(octets, sizes.1).map_err(|_| VerifyError::Invalid)
    };
    let (r, s) = (half()?, half()?);
    numbers.end().map_err(|_| VerifyError::Invalid)?;
    let signature = dsa::Signature::from_components(r, s).ok_or(VerifyError::Invalid)?;
    key.verify_prehash(value, &signature).map_err(|_| VerifyError::Invalid)
}

/// RSAVP1 (RFC 8017 §5.2.2) and I2OSP to the octets of the modulus.
fn rsa_public_operation(n: &[u8], e: &[u8], signature: &[u8]) -> Result<Vec<u8>, VerifyError> {
    let bits = bit_length(n);
    if !RSA_BITS.contains(&bits) {
        return Err(VerifyError::Unsupported(format!("RSA with {bits} bits")));
    }
    let length = bits.div_ceil(8);
    if signature.len() != length {
        return Err(VerifyError::Invalid);
    }
    let precision = u32::try_from(length * 8).map_err(|_| VerifyError::Key)?;
    let modulus = BoxedUint::from_be_slice(n, precision).map_err(|_| VerifyError::Key)?;
    let exponent = BoxedUint::from_be_slice_vartime(e);
    let key =
        rsa::PublicKey::new_with_size_limits(modulus.clone(), exponent, RSA_BITS).map_err(|_| VerifyError::Key)?;
    let value = BoxedUint::from_be_slice(signature, precision).map_err(|_| VerifyError::Invalid)?;
    if value >= modulus {
        return Err(VerifyError::Invalid);
    }
    let result = rsa::hazmat::rsa_encrypt(&key, &value).map_err(|_| VerifyError::Invalid)?;
    let octets = result.to_be_bytes();
    let skip = octets.len().checked_sub(length).ok_or(VerifyError::Invalid)?;
    Ok(octets[skip..].to_vec())
}

/// DigestInfo — RFC 8017 §9.2 step 2, with NULL parameters.
fn digest_info(digest: DigestAlgorithm, value: &[u8]) -> Vec<u8> {
    write::sequence(&[write::algorithm(&digest.oid(), Some(&write::null())), write::octet_string(value)])
}

/// MGF1 — RFC 8017 §B.2.1.
fn mgf1(digest: DigestAlgorithm, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length + digest.output_len());
    let mut counter = 0u32;
    while mask.len() < length {
        let mut hasher = digest.hasher();
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        mask.extend_from_slice(&hasher.finish());
        counter = counter.wrapping_add(1);
    }
    mask.truncate(length);
    mask
}
