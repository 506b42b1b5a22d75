//! Evidence records inside XAdES signatures — TS 119 132-3 5.2: over everything a signature is made of and every
//! unsigned property before them, hashed as one group of data objects (RFC 4998 §4.2, RFC 6283 §3.2).
//!
//! Which canonical form elements are hashed in, the standard leaves open: that of SignedInfo, that of the record's own
//! chain and Canonical XML 1.0 are tried. A record is read as it stands in the document, whose namespaces take part in
//! its canonical forms, and as a document of its own, which it was before it was put there.

use std::collections::HashMap;

use super::proofs;
use super::{Found, Scene};
use crate::algorithms::DigestAlgorithm;
use crate::tsp::Token;
use crate::tsp::evidence_record::{Chain, EvidenceRecord, EvidenceRecordError};
use crate::validate::candidate::Stamp;
use crate::validate::evidence_record::{self, Followed, Object};
use crate::validate::finding::Finding;
use crate::validate::poe::{self, ObjectDigest};
use crate::xml::NodeId;
use crate::xml::c14n::Method;
use crate::xml::dsig::{DsigError, Signature};
use crate::xml::xades::{SealedRecord, UnsignedKind, Xades};
use crate::xml::xades_stamps::SealedPart;

/// Most properties with records in one signature.
const MAX_PROPERTIES: usize = 8;
/// Most archive time-stamps of all records in one signature.
const MAX_STAMPS: usize = 64;

/// The archive time-stamps of the records in a signature, and what is wrong with records that have none.
pub(super) fn stamps(scene: &Scene<'_, '_, '_>, own: &Found, all: &[Found]) -> (Vec<Stamp>, Vec<Finding>) {
    let (mut stamps, mut remarks) = (Vec::new(), Vec::new());
    let (Some(signature), Some(xades)) = (&own.signature, &own.xades) else { return (stamps, remarks) };
    let mut looked_at = 0_usize;
    for (place, property) in xades.unsigned.iter().enumerate() {
        let UnsignedKind::EvidenceRecords(records) = &property.kind else { continue };
        looked_at = looked_at.saturating_add(1);
        if looked_at > MAX_PROPERTIES {
            remarks.push(unfit(format!("more than {MAX_PROPERTIES} properties hold evidence records")));
            return (stamps, remarks);
        }
        let mut group = match xades.sealed(signature, scene.tree, &scene.ids, place) {
            Ok(parts) => Group { scene, signature, xades, parts, known: HashMap::new() },
            Err(error) => {
                remarks.push(unfit(error.to_string()));
                continue;
            }
        };
        let proven = proofs::everything_before(scene, own, all, signature, xades, place);
        for record in records {
            let steps = match group.follow(record) {
                Ok(steps) => steps,
                Err(why) => {
                    remarks.push(unfit(why));
                    continue;
                }
            };
            if stamps.len().saturating_add(steps.len()) > MAX_STAMPS {
                remarks.push(unfit(format!("the evidence records have more than {MAX_STAMPS} time-stamps")));
                return (stamps, remarks);
            }
            stamps.extend(steps.into_iter().map(|step| step.into_stamp(&proven)));
        }
    }
    (stamps, remarks)
}

/// SHA-256 of the tokens of all time-stamps in a property.
pub(super) fn tokens(scene: &Scene<'_, '_, '_>, property: NodeId, records: &[SealedRecord]) -> Vec<ObjectDigest> {
    if let Some(known) = scene.sealed.borrow().get(&property) {
        return known.clone();
    }
    let first = |record: &SealedRecord| readings(scene, record).ok().and_then(|readings| readings.into_iter().next());
    let stamps = records.iter().filter_map(first).flat_map(|record| record.chains).flat_map(|chain| chain.stamps);
    let found: Vec<ObjectDigest> = stamps.take(MAX_STAMPS).map(|stamp| poe::digest(&stamp.token)).collect();
    scene.sealed.borrow_mut().insert(property, found.clone());
    found
}

/// A record as it stands, and as it was before it was put there.
fn readings(scene: &Scene<'_, '_, '_>, record: &SealedRecord) -> Result<Vec<EvidenceRecord>, String> {
    let told = |error: EvidenceRecordError| error.to_string();
    match record {
        SealedRecord::Asn1(None) => Err("the evidence record is not base64".to_owned()),
        SealedRecord::Asn1(Some(der)) => Ok(vec![EvidenceRecord::from_asn1(der).map_err(told)?]),
        SealedRecord::Xml(id) => {
            let node = scene.tree.get_node(*id).ok_or_else(|| "the evidence record is not there".to_owned())?;
            let mut readings = vec![EvidenceRecord::from_element(node).map_err(told)?];
            // Only where it brings every namespace it uses.
            let text = scene.tree.input_text().get(node.range()).unwrap_or_default();
            readings
                .extend(EvidenceRecord::parse(text.as_bytes()).ok().filter(|alone| readings.first() != Some(alone)));
            Ok(readings)
        }
    }
}

/// How the group stands in the first list of a hash tree.
#[derive(Clone, Copy)]
enum Listed {
    /// By one hash over those of its members.
    AsOne,
    /// By the hashes of its members.
    EachByItself,
}

/// The data objects records of one property are over.
struct Group<'a, 'i, 'o> {
    scene: &'a Scene<'a, 'i, 'o>,
    signature: &'a Signature,
    xades: &'a Xades,
    parts: Vec<SealedPart>,
    known: HashMap<(DigestAlgorithm, String), Option<Vec<Vec<u8>>>>,
}

impl Group<'_, '_, '_> {
    /// The first way of reading and hashing in which everything fits; the first of all where nothing does.
    fn follow(&mut self, record: &SealedRecord) -> Result<Vec<Followed>, String> {
        let readings = readings(self.scene, record)?;
        let mut first = None;
        for listed in [Listed::AsOne, Listed::EachByItself] {
            for reading in &readings {
                let tokens: Vec<Token> =
                    evidence_record::tokens(reading).ok_or_else(|| "a time-stamp in it cannot be read".to_owned())?;
                let mut hashed = |algorithm: DigestAlgorithm, chain: &Chain| -> Result<_, std::convert::Infallible> {
                    Ok(self.objects(listed, algorithm, chain))
                };
                let Ok(steps) = evidence_record::follow(reading, tokens, &mut hashed);
                if steps.iter().all(|step| step.breaches.is_empty()) {
                    return Ok(steps);
                }
                first = first.or(Some(steps));
            }
        }
        Ok(first.unwrap_or_default())
    }

    fn objects(&mut self, listed: Listed, algorithm: DigestAlgorithm, chain: &Chain) -> Vec<Object> {
        let own = self.signature.canonicalization.as_ref().ok().cloned();
        let mut methods: Vec<Method> = Vec::new();
        for method in own.into_iter().chain(chain.canonical.clone()).chain([Method::inclusive()]) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        let members: Vec<Vec<Vec<u8>>> = methods.iter().filter_map(|method| self.members(algorithm, method)).collect();
        match listed {
            Listed::AsOne => {
                let hashes = members.into_iter().map(|members| joined(members, algorithm)).collect();
                vec![Object { name: "Signature".to_owned(), hashes }]
            }
            Listed::EachByItself => {
                let name = |at: usize| format!("Signature/{}", at.saturating_add(1));
                let of = |at: usize| members.iter().filter_map(|members| members.get(at).cloned()).collect();
                (0..self.parts.len()).map(|at| Object { name: name(at), hashes: of(at) }).collect()
            }
        }
    }

    /// The hash of each member; `None` when one of them cannot be had.
    fn members(&mut self, algorithm: DigestAlgorithm, method: &Method) -> Option<Vec<Vec<u8>>> {
        let key = (algorithm, format!("{method:?}"));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let hashes = self.parts.iter().map(|part| self.hash(part, algorithm, method).ok()).collect::<Option<Vec<_>>>();
        self.known.insert(key, hashes.clone());
        hashes
    }

    fn hash(&self, part: &SealedPart, algorithm: DigestAlgorithm, method: &Method) -> Result<Vec<u8>, DsigError> {
        let scene = self.scene;
        if let SealedPart::Reference(reference) = part
            && scene.is_plain(reference)
        {
            return scene.digest(self.signature, reference, algorithm).map(|(digest, _)| digest);
        }
        scene.spend(0)?;
        let mut hasher = algorithm.hasher();
        let mut octets = 0_u64;
        let externals = |uri: &str| scene.external(uri);
        let over =
            self.xades.sealed_octets(part, self.signature, scene.tree, &scene.ids, method, &externals, &mut |piece| {
                octets = octets.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                hasher.update(piece);
            });
        scene.spend(octets)?;
        over.map(|()| hasher.finish())
    }
}

// RFC 4998 §4.2 step 3: a group of one stands for itself.
fn joined(mut members: Vec<Vec<u8>>, algorithm: DigestAlgorithm) -> Vec<u8> {
    members.sort_unstable();
    match members.as_slice() {
        [only] => only.clone(),
        all => algorithm.digest(&all.concat()),
    }
}

fn unfit(why: String) -> Finding {
    Finding::EvidenceRecordUnfit(why)
}
