//! The DER writer: small functions that return encoded values, composed by the caller.

use super::read::{Asn1Error, Tlv, tag};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;

/// Any value: identifier octet, shortest length, content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    push_header(&mut out, tag, u64::try_from(content.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(content);
    out
}

/// The identifier octet and the shortest length of a value whose `length` octets of content stand elsewhere.
pub fn header(tag: u8, length: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(10);
    push_header(&mut out, tag, length);
    out
}

/// SEQUENCE of encoded parts.
pub fn sequence<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &concat(parts))
}

/// SET OF encoded parts, sorted as DER demands (X.690 11.6).
pub fn set_of<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    tlv(tag::SET, &sorted(parts))
}

/// `[n]` EXPLICIT, or `[n]` IMPLICIT of a constructed type, over encoded parts.
pub fn context<P: AsRef<[u8]>>(n: u8, parts: &[P]) -> Vec<u8> {
    tlv(tag::context(n), &concat(parts))
}

/// `[n]` IMPLICIT SET OF, sorted.
pub fn context_set<P: AsRef<[u8]>>(n: u8, parts: &[P]) -> Vec<u8> {
    tlv(tag::context(n), &sorted(parts))
}

/// INTEGER from unsigned big-endian octets (leading zeros allowed).
pub fn integer_unsigned(octets: &[u8]) -> Vec<u8> {
    let digits = octets.iter().position(|b| *b != 0).map_or(&[][..], |at| &octets[at..]);
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|b| b & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    tlv(tag::INTEGER, &content)
}

/// INTEGER from a small number.
pub fn integer(value: u64) -> Vec<u8> {
    integer_unsigned(&value.to_be_bytes())
}

/// ENUMERATED.
pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(tag::ENUMERATED, &[value])
}

/// BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// NULL.
pub fn null() -> Vec<u8> {
    vec![tag::NULL, 0]
}

/// OBJECT IDENTIFIER.
pub fn oid(value: &Oid) -> Vec<u8> {
    tlv(tag::OID, value.content())
}

/// OCTET STRING.
pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, octets)
}

/// BIT STRING with no unused bits.
pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(octets.len() + 1);
    content.push(0);
    content.extend_from_slice(octets);
    tlv(tag::BIT_STRING, &content)
}

/// BIT STRING of named bits, bit 0 first, trailing zero bits cut off (X.690 11.2.2).
pub fn named_bits(bits: &[u8]) -> Vec<u8> {
    let Some(last) = bits.iter().max() else { return tlv(tag::BIT_STRING, &[0]) };
    let mut content = vec![0u8; usize::from(last / 8) + 2];
    content[0] = 7 - last % 8;
    for bit in bits {
        content[usize::from(bit / 8) + 1] |= 0x80 >> (bit % 8);
    }
    tlv(tag::BIT_STRING, &content)
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, text.as_bytes())
}

/// GeneralizedTime in UTC, whole seconds.
pub fn generalized_time(at: UnixTime) -> Vec<u8> {
    let c = at.civil(0);
    let text = format!("{:04}{:02}{:02}{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
    tlv(tag::GENERALIZED_TIME, text.as_bytes())
}

/// Time of RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 (and before 1950).
pub fn time(at: UnixTime) -> Vec<u8> {
    let c = at.civil(0);
    if (1950..2050).contains(&c.year) {
        let text = format!("{:02}{:02}{:02}{:02}{:02}{:02}Z", c.year % 100, c.month, c.day, c.hour, c.minute, c.second);
        tlv(tag::UTC_TIME, text.as_bytes())
    } else {
        generalized_time(at)
    }
}

/// AlgorithmIdentifier with the given encoded parameters, or none.
pub fn algorithm(id: &Oid, parameters: Option<&[u8]>) -> Vec<u8> {
    let id = oid(id);
    match parameters {
        Some(p) => sequence(&[id.as_slice(), p]),
        None => sequence(&[id]),
    }
}

/// The same value with definite, shortest lengths throughout and OCTET STRINGs in one piece (X.690 10.1, 10.2).
/// Sets keep their order.
///
/// # Errors
/// [`Asn1Error`] when what is inside a constructed value cannot be read.
pub fn normalised(value: &Tlv<'_>) -> Result<Vec<u8>, Asn1Error> {
    if !value.is_constructed() {
        return Ok(tlv(value.tag, value.content));
    }
    if value.tag == tag::OCTET_STRING | 0x20 {
        return Ok(octet_string(&value.octets()?));
    }
    let mut reader = value.reader();
    let mut content = Vec::with_capacity(value.content.len());
    while !reader.is_empty() {
        // Reading an indefinite length has bounded the depth of everything inside already.
        content.extend_from_slice(&normalised(&reader.any()?)?);
    }
    Ok(tlv(value.tag, &content))
}

fn concat<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    parts.iter().flat_map(|p| p.as_ref().iter().copied()).collect()
}

fn sorted<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    let mut order: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    order.sort_unstable();
    concat(&order)
}

fn push_header(out: &mut Vec<u8>, tag: u8, length: u64) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let skip = octets.iter().take_while(|b| **b == 0).count();
            out.push(0x80 | u8::try_from(octets.len() - skip).unwrap_or(0));
            out.extend_from_slice(&octets[skip..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_der_and_reads_back() {
        let bytes =
            sequence(&[integer(0x80), octet_string(&[7; 300]), set_of(&[boolean(true), null()]), named_bits(&[0, 1])]);
        let value = Tlv::parse(&bytes).expect("reads");
        assert!(value.is_der());
        let mut reader = value.reader();
        assert_eq!(reader.any().expect("integer").content, [0, 0x80]);
        assert_eq!(reader.any().expect("octets").content.len(), 300);
        assert_eq!(reader.any().expect("set").content, [0x01, 0x01, 0xff, 0x05, 0x00]);
        assert_eq!(reader.any().expect("bits").content, [6, 0xc0]);
    }

    #[test]
    fn normalising_makes_der_of_ber() {
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0xaa, 0x04, 0x01, 0xbb, 0, 0, 0x02, 0x81, 0x01, 0x05, 0, 0];
        let der = normalised(&Tlv::parse(&ber).expect("reads")).expect("normalises");
        assert_eq!(der, [0x30, 0x07, 0x04, 0x02, 0xaa, 0xbb, 0x02, 0x01, 0x05]);
        assert!(Tlv::parse(&der).expect("reads").is_der());
    }

    #[test]
    fn zero_is_one_octet() {
        assert_eq!(integer(0), [2, 1, 0]);
    }
}
