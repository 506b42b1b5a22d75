//! A SignedData as it was before some unsigned attributes were put into it — RFC 4998 appendix A, ETSI TS 119 122-3 5.2:
//! what an evidence record inside a CMS structure is over.
//!
//! The attributes are taken out and the lengths around them adapted; every other octet stays as it stands in the file.
//! The content is not held: it goes from the file to the sink.

use super::MAX_SIGNERS;
use super::stream::{MAX_BESIDE, Outline, StreamError, Walk};
use crate::asn1::read::tag;
use crate::asn1::{Reader, Tlv, write};
use crate::base::read::ReadAt;

/// Most octets before encapContentInfo.
const MAX_LEAD: usize = 256 << 10;

/// An unsigned attribute by the place of its signer in the file, and its own place in that signer, both from 0.
pub type Place = (usize, usize);

/// In which order the signers stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// As in the file (RFC 4998 appendix A: the existing coding is not modified).
    AsItStands,
    /// As DER wants a set (X.690 11.6; TS 119 122-3 5.2): a signer that became shorter may have changed its place.
    Sorted,
}

/// The octets of the structure without some attributes.
#[derive(Clone, Debug)]
pub struct Reduced {
    head: Vec<u8>,
    encapsulated: (u64, u64),
    tail: Vec<u8>,
}

impl Reduced {
    /// Takes the attributes at `places` out of the structure at the start of `file`, whose outline is `outline`.
    ///
    /// # Errors
    /// [`StreamError`] when `file` is not the one the outline is of, or cannot be read.
    pub fn new(file: &dyn ReadAt, outline: &Outline, places: &[Place], order: Order) -> Result<Self, StreamError> {
        let mut walk = Walk::new(file);
        let outer = walk.expect(0, file.len(), tag::SEQUENCE)?;
        let (content_type, at) = walk.small(outer.body, outer.limit())?;
        let explicit = walk.expect(at, outer.limit(), tag::context(0))?;
        let fields = walk.expect(explicit.body, explicit.limit(), tag::SEQUENCE)?;
        let (start, end) = outline.encapsulated;
        let lead = file.read_range(fields.body, start.saturating_sub(fields.body), MAX_LEAD)?;
        // The ends of indefinite lengths stand last, two octets each.
        let open = [&outer, &explicit, &fields].iter().filter(|header| header.end.is_none()).count();
        let closing = vec![0; open.saturating_mul(2)];
        let after = outline.len.saturating_sub(octets(&closing)).saturating_sub(end);
        let rest = file.read_range(end, after, MAX_BESIDE)?;
        let mut tail = without(&rest, places, order)?;
        let body = octets(&lead).saturating_add(end.saturating_sub(start)).saturating_add(octets(&tail));
        let inner = header(tag::SEQUENCE, fields.end.map(|_| body));
        let body = body.saturating_add(octets(&inner)).saturating_add(if fields.end.is_none() { 2 } else { 0 });
        let middle = header(tag::context(0), explicit.end.map(|_| body));
        let body = body.saturating_add(octets(&middle)).saturating_add(if explicit.end.is_none() { 2 } else { 0 });
        let body = body.saturating_add(octets(&content_type));
        let outside = header(tag::SEQUENCE, outer.end.map(|_| body));
        tail.extend_from_slice(&closing);
        let head = [outside, content_type, middle, inner, lead].concat();
        Ok(Reduced { head, encapsulated: outline.encapsulated, tail })
    }

    /// Hands its octets to `sink`, in order. `file` is the one it was made from.
    ///
    /// # Errors
    /// [`StreamError`] when `file` cannot be read.
    pub fn feed(&self, file: &dyn ReadAt, sink: &mut dyn FnMut(&[u8])) -> Result<(), StreamError> {
        sink(&self.head);
        Walk::new(file).feed(self.encapsulated.0, self.encapsulated.1, sink)?;
        sink(&self.tail);
        Ok(())
    }
}

/// certificates, crls and signerInfos, the attributes taken out of the last.
fn without(rest: &[u8], places: &[Place], order: Order) -> Result<Vec<u8>, StreamError> {
    let mut out = Vec::with_capacity(rest.len());
    let mut reader = Reader::new(rest);
    while !reader.is_empty() {
        let field = reader.any()?;
        if field.tag != tag::SET {
            out.extend_from_slice(field.raw);
            continue;
        }
        let mut signers = Vec::new();
        let mut set = field.reader();
        while !set.is_empty() && signers.len() < MAX_SIGNERS {
            let at = signers.len();
            let dropped: Vec<usize> = places.iter().filter(|(signer, _)| *signer == at).map(|(_, at)| *at).collect();
            let signer = set.any()?;
            signers.push(if dropped.is_empty() { signer.raw.to_vec() } else { reduced(&signer, &dropped)? });
        }
        if order == Order::Sorted {
            signers.sort_unstable();
        }
        out.extend_from_slice(&wrapped(&field, &signers.concat()));
    }
    Ok(out)
}

/// A SignerInfo without the unsigned attributes at these places.
fn reduced(signer: &Tlv<'_>, dropped: &[usize]) -> Result<Vec<u8>, StreamError> {
    let mut fields = signer.reader();
    let mut body = Vec::with_capacity(signer.content.len());
    while !fields.is_empty() {
        let field = fields.any()?;
        // unsignedAttrs stand last; signedAttrs have another tag.
        if field.tag != tag::context(1) || !fields.is_empty() {
            body.extend_from_slice(field.raw);
            continue;
        }
        let mut kept = Vec::new();
        let mut attributes = field.reader();
        let mut at = 0_usize;
        while !attributes.is_empty() {
            let attribute = attributes.any()?;
            if !dropped.contains(&at) {
                kept.extend_from_slice(attribute.raw);
            }
            at = at.saturating_add(1);
        }
        // UnsignedAttributes is never empty (RFC 5652 §5.3).
        if !kept.is_empty() {
            body.extend_from_slice(&wrapped(&field, &kept));
        }
    }
    Ok(wrapped(signer, &body))
}

/// Other content in the coding `value` has.
fn wrapped(value: &Tlv<'_>, content: &[u8]) -> Vec<u8> {
    if value.content == content {
        return value.raw.to_vec();
    }
    match value.raw.get(1) {
        Some(0x80) => [&[value.tag, 0x80], content, &[0, 0]].concat(),
        _ => write::tlv(value.tag, content),
    }
}

/// Identifier and length octets, the shortest; of an indefinite length for `None`.
fn header(tag: u8, length: Option<u64>) -> Vec<u8> {
    match length {
        None => vec![tag, 0x80],
        Some(length) => write::header(tag, length),
    }
}

fn octets(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::build::{self, SignedDataParts, SignerParts, attribute};
    use super::super::{SignedData, SignerId, oids, stream};
    use super::*;
    use crate::asn1::AlgorithmIdentifier;

    fn signer(serial: u8, unsigned: &[Vec<u8>]) -> SignerParts {
        let algorithm = AlgorithmIdentifier { oid: oids::SHA256, parameters: None };
        SignerParts {
            id: SignerId::IssuerSerial { issuer: write::sequence::<Vec<u8>>(&[]), serial: vec![serial] },
            digest_algorithm: algorithm.clone(),
            signed_attributes: None,
            signature_algorithm: algorithm,
            signature: vec![7; 40],
            unsigned_attributes: unsigned.to_vec(),
        }
    }

    fn structure(signers: &[SignerParts], content: &[u8]) -> Vec<u8> {
        let parts = SignedDataParts { content: Some(content), signers, ..SignedDataParts::default() };
        build::signed_data(&oids::DATA, &parts)
    }

    fn raw(serial: u8, unsigned: &[Vec<u8>]) -> Vec<u8> {
        let read = SignedData::parse(&structure(&[signer(serial, unsigned)], b"c")).expect("reads");
        read.signers()[0].raw().to_vec()
    }

    #[expect(clippy::ptr_arg, reason = "a vector is what reads at offsets, a slice is not")]
    fn fed(bytes: &Vec<u8>, places: &[Place], order: Order) -> Vec<u8> {
        let outline = stream::outline(bytes).expect("an outline");
        let reduced = Reduced::new(bytes, &outline, places, order).expect("reduces");
        let mut out = Vec::new();
        reduced.feed(bytes, &mut |piece| out.extend_from_slice(piece)).expect("feeds");
        out
    }

    fn record(length: usize) -> Vec<u8> {
        attribute(&oids::EVIDENCE_RECORD_INTERNAL, &[write::octet_string(&vec![1; length])])
    }

    #[test]
    fn what_was_put_in_comes_out_again_byte_for_byte() {
        let other = attribute(&oids::SIGNATURE_TIME_STAMP, &[write::octet_string(b"token")]);
        for (content, length) in [(b"c".to_vec(), 3), (vec![5; 70_000], 300), (vec![6; 250], 70_000)] {
            let before = structure(&[signer(1, &[])], &content);
            assert_eq!(fed(&before, &[], Order::AsItStands), before);
            let after = structure(&[signer(1, &[record(length)])], &content);
            assert_eq!(fed(&after, &[(0, 0)], Order::AsItStands), before, "no empty set is left");
            let before = structure(&[signer(1, std::slice::from_ref(&other))], &content);
            let after = structure(&[signer(1, &[other.clone(), record(length)])], &content);
            // DER sorts attributes by what they hold.
            let read = SignedData::parse(&after).expect("reads");
            let at = read.signers()[0].unsigned_attributes().iter().position(|a| a.raw == record(length));
            assert_eq!(fed(&after, &[(0, at.expect("there"))], Order::AsItStands), before);
        }
    }

    #[test]
    fn indefinite_lengths_stay_and_end_where_they_did() {
        let open = |tag: u8, parts: &[&[u8]]| [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat();
        let whole = |signers: &[u8]| {
            let content = open(0xa0, &[&open(0x24, &[&write::octet_string(b"con"), &write::octet_string(b"tent")])]);
            let encapsulated = open(0x30, &[&write::oid(&oids::DATA), &content]);
            let fields = open(0x30, &[&write::integer(1), &write::set_of::<Vec<u8>>(&[]), &encapsulated, signers]);
            open(0x30, &[&write::oid(&oids::SIGNED_DATA), &open(0xa0, &[&fields])])
        };
        let before = whole(&open(0x31, &[&raw(1, &[])]));
        let after = whole(&open(0x31, &[&raw(1, &[record(200)])]));
        assert_eq!(fed(&after, &[(0, 0)], Order::AsItStands), before);
        // What follows in the file is not part of it.
        let padded = [after.as_slice(), b"more"].concat();
        assert_eq!(fed(&padded, &[(0, 0)], Order::AsItStands), before);
    }

    #[test]
    fn a_signer_that_became_shorter_goes_to_its_place_where_that_is_asked() {
        let after = structure(&[signer(2, &[]), signer(1, &[record(9)])], b"c");
        let read = stream::outline(&after).expect("reads").signed_data;
        let place = read.signers().iter().position(|signer| !signer.unsigned_attributes().is_empty());
        assert_eq!(place, Some(1), "the longer one stands last");
        let (first, second) = (raw(1, &[]), raw(2, &[]));
        let set = |signers: &[&[u8]]| write::tlv(tag::SET, &signers.concat());
        assert!(fed(&after, &[(1, 0)], Order::Sorted).ends_with(&set(&[&first, &second])));
        assert!(fed(&after, &[(1, 0)], Order::AsItStands).ends_with(&set(&[&second, &first])));
    }
}
