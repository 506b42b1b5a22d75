//! Evidence records — RFC 4998 (ASN.1) and RFC 6283 (XML): chains of archive time-stamps over hash trees.
//!
//! Says what stands in a record and which octets a renewal hashes; whether hashes and time-stamps fit is decided by
//! whoever has the data. Both syntaxes come out alike, in the order of time.

use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Tlv, write};
use crate::base::encoding::from_base64;
use crate::base::oid::Oid;
use crate::xml::c14n::{C14nError, Method, Visit, canonicalize, canonicalize_nodes};
use crate::xml::{Node, NodeId, XmlError, decode, parse};

const ERS: &str = "urn:ietf:params:xml:ns:ers";
/// Most octets of one record.
pub const MAX_BYTES: usize = 8 << 20;
/// Most chains of one record: how often its hash tree was renewed.
pub const MAX_CHAINS: usize = 16;
/// Most archive time-stamps of one record.
pub const MAX_STAMPS: usize = 64;
/// Most hash values of one record.
pub const MAX_HASHES: usize = 100_000;

/// Why an evidence record cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceRecordError {
    /// Not in the ASN.1 of RFC 4998.
    #[error("the evidence record is damaged: {0}")]
    Asn1(#[from] Asn1Error),
    /// Not XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// XML without a canonical form.
    #[error(transparent)]
    Canonical(#[from] C14nError),
    /// A version nobody defined.
    #[error("the evidence record is of an unknown version")]
    Version,
    /// A part is missing or not what it should be.
    #[error("the evidence record has no usable {0}")]
    Missing(&'static str),
    /// The data was encrypted before it was stamped (RFC 4998 §6).
    #[error("the evidence record is over encrypted data")]
    Encrypted,
    /// Beyond the bounds.
    #[error("the evidence record has more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
}

/// One record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EvidenceRecord {
    /// The chains in the order of time; a new one begins where the hash tree was renewed (RFC 4998 §5.2).
    pub chains: Vec<Chain>,
}

/// Archive time-stamps under one digest algorithm, each renewing the one before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// The chains before this one as a renewal of the hash tree hashes them; empty for the first.
    pub before: Vec<u8>,
    /// How XML data is brought into canonical form before it is hashed (RFC 6283 §3.1.1); `None` in ASN.1 records.
    pub canonical: Option<Method>,
    /// Its archive time-stamps, at least one.
    pub stamps: Vec<ArchiveTimeStamp>,
}

/// One archive time-stamp.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchiveTimeStamp {
    /// The digest algorithm it states; without one it is that of the token's imprint (RFC 4998 §4.1).
    pub digest: Option<DigestName>,
    /// The reduced hash tree, lists of hash values from the leaves up; empty where the token is over one hash alone.
    pub tree: Vec<Vec<Vec<u8>>>,
    /// The RFC 3161 token.
    pub token: Vec<u8>,
    /// What a time-stamp that renews this one hashes.
    pub renewed: Vec<u8>,
}

/// A digest algorithm as the record names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DigestName {
    /// By object identifier.
    Oid(Oid),
    /// By URI.
    Uri(String),
}

impl EvidenceRecord {
    /// Reads a record of either syntax that fills `bytes`.
    ///
    /// # Errors
    /// [`EvidenceRecordError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceRecordError> {
        if bytes.first() == Some(&tag::SEQUENCE) { Self::from_asn1(bytes) } else { from_xml(bytes) }
    }

    /// Reads a record in ASN.1 that fills `bytes` (RFC 4998 §3.1).
    ///
    /// # Errors
    /// [`EvidenceRecordError`].
    pub fn from_asn1(bytes: &[u8]) -> Result<Self, EvidenceRecordError> {
        short(bytes)?;
        from_asn1(bytes)
    }

    /// Reads a record that is an element of a larger document, whose namespaces take part in its canonical forms
    /// (RFC 6283 §2.1).
    ///
    /// # Errors
    /// [`EvidenceRecordError`].
    pub fn from_element(element: Node<'_, '_>) -> Result<Self, EvidenceRecordError> {
        short(element.document().input_text().get(element.range()).unwrap_or_default().as_bytes())?;
        from_node(element)
    }
}

fn short(bytes: &[u8]) -> Result<(), EvidenceRecordError> {
    let too_many = EvidenceRecordError::TooMany { what: "bytes", limit: MAX_BYTES };
    if bytes.len() > MAX_BYTES { Err(too_many) } else { Ok(()) }
}

// RFC 4998 §3.1; implicit tags.
fn from_asn1(bytes: &[u8]) -> Result<EvidenceRecord, EvidenceRecordError> {
    let mut bounds = Bounds::default();
    let outer = Tlv::parse(bytes)?;
    let mut reader = outer.reader();
    if reader.expect(tag::INTEGER)?.as_u64()? != 1 {
        return Err(EvidenceRecordError::Version);
    }
    reader.expect(tag::SEQUENCE)?;
    reader.optional(tag::context(0))?;
    if reader.optional(tag::context(1))?.is_some() {
        return Err(EvidenceRecordError::Encrypted);
    }
    let mut sequence = reader.sequence()?;
    reader.end()?;
    let mut chains = Vec::new();
    let mut before: Vec<&[u8]> = Vec::new();
    while !sequence.is_empty() {
        few(chains.len())?;
        let chain = sequence.expect(tag::SEQUENCE)?;
        let mut stamps = Vec::new();
        let mut within = chain.reader();
        while !within.is_empty() {
            bounds.stamp()?;
            stamps.push(archive_time_stamp(&within.expect(tag::SEQUENCE)?, &mut bounds)?);
        }
        let encoded = if before.is_empty() { Vec::new() } else { write::sequence(&before) };
        chains.push(chain_of(encoded, None, stamps)?);
        before.push(chain.raw);
    }
    record(chains)
}

fn archive_time_stamp(stamp: &Tlv<'_>, bounds: &mut Bounds) -> Result<ArchiveTimeStamp, EvidenceRecordError> {
    let mut reader = stamp.reader();
    let mut digest = None;
    if let Some(stated) = reader.optional(tag::context(0))? {
        // [0] IMPLICIT AlgorithmIdentifier: its content is that of the SEQUENCE.
        let identifier = write::tlv(tag::SEQUENCE, stated.content);
        digest = Some(DigestName::Oid(AlgorithmIdentifier::from_tlv(&Tlv::parse(&identifier)?)?.oid));
    }
    reader.optional(tag::context(1))?;
    let mut tree = Vec::new();
    if let Some(reduced) = reader.optional(tag::context(2))? {
        let mut lists = reduced.reader();
        while !lists.is_empty() {
            let mut list = Vec::new();
            let mut values = lists.sequence()?;
            while !values.is_empty() {
                bounds.hash()?;
                list.push(values.expect(tag::OCTET_STRING)?.octets()?.into_owned());
            }
            tree.push(filled(list)?);
        }
    }
    let token = reader.expect(tag::SEQUENCE)?.raw.to_vec();
    reader.end()?;
    Ok(ArchiveTimeStamp { digest, tree, renewed: token.clone(), token })
}

// RFC 6283 §2.1.
fn from_xml(bytes: &[u8]) -> Result<EvidenceRecord, EvidenceRecordError> {
    short(bytes)?;
    let text = decode(bytes)?;
    let tree = parse(&text)?;
    from_node(tree.root_element())
}

fn from_node(root: Node<'_, '_>) -> Result<EvidenceRecord, EvidenceRecordError> {
    let mut bounds = Bounds::default();
    if !root.has_tag_name((ERS, "EvidenceRecord")) {
        return Err(EvidenceRecordError::Missing("EvidenceRecord"));
    }
    if root.attribute("Version").is_some_and(|version| version != "1.0") {
        return Err(EvidenceRecordError::Version);
    }
    if child(root, "EncryptionInformation").is_some() {
        return Err(EvidenceRecordError::Encrypted);
    }
    let sequence = child(root, "ArchiveTimeStampSequence");
    let sequence = sequence.ok_or(EvidenceRecordError::Missing("ArchiveTimeStampSequence"))?;
    let elements = ordered(sequence, "ArchiveTimeStampChain")?;
    let mut chains = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        few(at)?;
        let method = child(*element, "CanonicalizationMethod").and_then(|m| m.attribute("Algorithm"));
        let method = method.and_then(Method::from_uri).ok_or(EvidenceRecordError::Missing("CanonicalizationMethod"))?;
        let digest = child(*element, "DigestMethod").and_then(|m| m.attribute("Algorithm"));
        let digest = DigestName::Uri(digest.ok_or(EvidenceRecordError::Missing("DigestMethod"))?.to_owned());
        let mut stamps = Vec::new();
        for stamp in ordered(*element, "ArchiveTimeStamp")? {
            bounds.stamp()?;
            stamps.push(xml_time_stamp(stamp, &digest, &method, &mut bounds)?);
        }
        let later: Vec<NodeId> = elements.iter().skip(at).map(|e| e.id()).collect();
        let visit = |node: Node<'_, '_>| if later.contains(&node.id()) { Visit::Skip } else { Visit::Include };
        let before = if at == 0 { Vec::new() } else { canonicalize_nodes(sequence, &method, &visit)? };
        chains.push(chain_of(before, Some(method), stamps)?);
    }
    record(chains)
}

fn xml_time_stamp(
    stamp: Node<'_, '_>,
    digest: &DigestName,
    method: &Method,
    bounds: &mut Bounds,
) -> Result<ArchiveTimeStamp, EvidenceRecordError> {
    let mut tree = Vec::new();
    if let Some(hashes) = child(stamp, "HashTree") {
        for sequence in ordered(hashes, "Sequence")? {
            let mut list = Vec::new();
            for value in sequence.children().filter(|n| n.has_tag_name((ERS, "DigestValue"))) {
                bounds.hash()?;
                list.push(octets(value).ok_or(EvidenceRecordError::Missing("DigestValue"))?);
            }
            tree.push(filled(list)?);
        }
    }
    let element = child(stamp, "TimeStamp").ok_or(EvidenceRecordError::Missing("TimeStamp"))?;
    let token = child(element, "TimeStampToken").filter(|t| t.attribute("Type") == Some("RFC3161"));
    let token = token.and_then(octets).ok_or(EvidenceRecordError::Missing("RFC 3161 token"))?;
    // RFC 6283 §4.2.1: the element with everything in it.
    let renewed = canonicalize(element, None, method)?;
    Ok(ArchiveTimeStamp { digest: Some(digest.clone()), tree, token, renewed })
}

fn filled(list: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, EvidenceRecordError> {
    if list.is_empty() { Err(EvidenceRecordError::Missing("hash value in a list")) } else { Ok(list) }
}

fn few(chains: usize) -> Result<(), EvidenceRecordError> {
    let too_many = EvidenceRecordError::TooMany { what: "chains", limit: MAX_CHAINS };
    if chains >= MAX_CHAINS { Err(too_many) } else { Ok(()) }
}

fn record(chains: Vec<Chain>) -> Result<EvidenceRecord, EvidenceRecordError> {
    if chains.is_empty() {
        return Err(EvidenceRecordError::Missing("chain of archive time-stamps"));
    }
    Ok(EvidenceRecord { chains })
}

fn chain_of(
    before: Vec<u8>,
    canonical: Option<Method>,
    stamps: Vec<ArchiveTimeStamp>,
) -> Result<Chain, EvidenceRecordError> {
    if stamps.is_empty() {
        return Err(EvidenceRecordError::Missing("archive time-stamp in a chain"));
    }
    Ok(Chain { before, canonical, stamps })
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| n.has_tag_name((ERS, name)))
}

/// The children of that name in the order of their `Order` attributes, which count from 1 without a gap.
fn ordered<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Vec<Node<'a, 'i>>, EvidenceRecordError> {
    let mut found = Vec::new();
    for element in node.children().filter(|n| n.has_tag_name((ERS, name))) {
        let order: usize = element.attribute("Order").and_then(|o| o.parse().ok()).unwrap_or(0);
        found.push((order, element));
    }
    found.sort_by_key(|(order, _)| *order);
    if found.iter().enumerate().any(|(at, (order, _))| at.checked_add(1) != Some(*order)) {
        return Err(EvidenceRecordError::Missing("order of its elements"));
    }
    Ok(found.into_iter().map(|(_, element)| element).collect())
}

fn octets(node: Node<'_, '_>) -> Option<Vec<u8>> {
    let text: String = node.children().filter_map(|n| n.text()).flat_map(str::chars).collect();
    from_base64(&text.split_ascii_whitespace().collect::<String>())
}

#[derive(Default)]
struct Bounds {
    stamps: usize,
    hashes: usize,
}

impl Bounds {
    fn stamp(&mut self) -> Result<(), EvidenceRecordError> {
        self.stamps = self.stamps.saturating_add(1);
        let too_many = EvidenceRecordError::TooMany { what: "archive time-stamps", limit: MAX_STAMPS };
        if self.stamps > MAX_STAMPS { Err(too_many) } else { Ok(()) }
    }

    fn hash(&mut self) -> Result<(), EvidenceRecordError> {
        self.hashes = self.hashes.saturating_add(1);
        let too_many = EvidenceRecordError::TooMany { what: "hash values", limit: MAX_HASHES };
        if self.hashes > MAX_HASHES { Err(too_many) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists of a hash tree, and what stands for the token.
    type Stamp<'a> = (&'a [&'a [&'a [u8]]], &'a [u8]);

    /// A record of chains of stamps.
    fn asn1(chains: &[&[Stamp<'_>]]) -> Vec<u8> {
        let stamp = |(tree, token): &Stamp<'_>| {
            let list = |list: &&[&[u8]]| {
                write::sequence(&list.iter().map(|hash| write::octet_string(hash)).collect::<Vec<_>>())
            };
            let lists: Vec<Vec<u8>> = tree.iter().map(list).collect();
            let tree = if lists.is_empty() { Vec::new() } else { write::context(2, &lists) };
            write::sequence(&[tree, write::sequence(&[write::octet_string(token)])])
        };
        let chain = |stamps: &&[Stamp<'_>]| write::sequence(&stamps.iter().map(stamp).collect::<Vec<_>>());
        let all = write::sequence(&chains.iter().map(chain).collect::<Vec<_>>());
        write::sequence(&[write::integer(1), write::sequence::<Vec<u8>>(&[]), all])
    }

    #[test]
    fn chains_trees_and_tokens_come_out_in_order() {
        let bytes =
            asn1(&[&[(&[&[b"one", b"two"], &[b"three"]], b"first"), (&[], b"second")], &[(&[&[b"four"]], b"third")]]);
        let record = EvidenceRecord::parse(&bytes).expect("reads");
        assert_eq!(record.chains.len(), 2);
        let [first, second] = record.chains[0].stamps.as_slice() else { panic!("two stamps") };
        assert_eq!(first.tree, [vec![b"one".to_vec(), b"two".to_vec()], vec![b"three".to_vec()]]);
        assert_eq!((second.tree.len(), &second.renewed), (0, &second.token));
        assert!(record.chains[0].before.is_empty());
        // RFC 4998 §5.2: the sequence of the chains before, encoded.
        let outer = Tlv::parse(&bytes).expect("DER");
        let mut inside = outer.reader();
        inside.any().expect("version");
        inside.any().expect("digests");
        let chains = inside.any().expect("chains");
        let old = chains.reader().any().expect("a chain");
        assert_eq!(record.chains[1].before, write::sequence(&[old.raw]));
    }

    #[test]
    fn every_cut_is_refused_and_so_are_other_versions() {
        let whole = asn1(&[&[(&[&[b"one"]], b"first")]]);
        for end in 0..whole.len() {
            assert!(EvidenceRecord::parse(&whole[..end]).is_err(), "{end}");
        }
        let mut other = whole.clone();
        let version = other.windows(3).position(|w| w == [2, 1, 1]).expect("a version");
        other[version + 2] = 2;
        assert_eq!(EvidenceRecord::parse(&other), Err(EvidenceRecordError::Version));
        assert_eq!(
            EvidenceRecord::parse(&asn1(&[])),
            Err(EvidenceRecordError::Missing("chain of archive time-stamps"))
        );
    }

    const XML: &str = "<EvidenceRecord Version='1.0' xmlns='urn:ietf:params:xml:ns:ers'><ArchiveTimeStampSequence>\
        <ArchiveTimeStampChain Order='2'><DigestMethod Algorithm='d2'/>\
        <CanonicalizationMethod Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/>\
        <ArchiveTimeStamp Order='1'><TimeStamp><TimeStampToken Type='RFC3161'>Yg==</TimeStampToken></TimeStamp>\
        </ArchiveTimeStamp></ArchiveTimeStampChain>\
        <ArchiveTimeStampChain Order='1'><DigestMethod Algorithm='d1'/>\
        <CanonicalizationMethod Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/>\
        <ArchiveTimeStamp Order='1'><HashTree><Sequence Order='1'><DigestValue>YQ==</DigestValue></Sequence></HashTree>\
        <TimeStamp><TimeStampToken Type='RFC3161'>YQ==</TimeStampToken></TimeStamp></ArchiveTimeStamp>\
        </ArchiveTimeStampChain></ArchiveTimeStampSequence></EvidenceRecord>";

    #[test]
    fn xml_records_follow_their_order_attributes() {
        let record = EvidenceRecord::parse(XML.as_bytes()).expect("reads");
        let [first, second] = record.chains.as_slice() else { panic!("two chains") };
        assert_eq!(first.stamps[0].token, b"a");
        assert_eq!(first.stamps[0].tree, [vec![b"a".to_vec()]]);
        assert_eq!(second.stamps[0].digest, Some(DigestName::Uri("d2".to_owned())));
        let before = String::from_utf8(second.before.clone()).expect("text");
        assert!(before.contains("d1") && !before.contains("d2"), "{before}");
        let renewed = String::from_utf8(first.stamps[0].renewed.clone()).expect("text");
        assert!(renewed.starts_with("<TimeStamp xmlns=\"urn:ietf:params:xml:ns:ers\">"), "{renewed}");
    }

    #[test]
    fn repeated_or_missing_orders_and_other_tokens_are_refused() {
        for (from, to) in [("Order='2'", "Order='1'"), ("Order='2'", "Order='3'"), ("RFC3161", "XML"), ("1.0", "2.0")] {
            assert!(EvidenceRecord::parse(XML.replacen(from, to, 1).as_bytes()).is_err(), "{from} {to}");
        }
        assert!(EvidenceRecord::parse(b"<EvidenceRecord/>").is_err());
    }
}
