//! Evidence records inside CMS signatures — RFC 4998 appendix A; ETSI TS 119 122-3 5.2, 5.3.
//!
//! A record is over the whole structure without the attribute it stands in and without those that came after it; of the
//! external kind it is over the content outside too. Records in one attribute stand beside each other, and each
//! attribute with records is over those before it.

use std::collections::BTreeMap;

use super::{Hashers, digest_file};
use crate::algorithms::DigestAlgorithm;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::cms::oids;
use crate::cms::reduced::{Order, Place, Reduced};
use crate::cms::stream::{self, Outline, StreamError};
use crate::tsp::evidence_record::EvidenceRecord;
use crate::validate::archive;
use crate::validate::candidate::{Digests, Stamp};
use crate::validate::conclusion::SubIndication;
use crate::validate::evidence_record::{self, Object};
use crate::validate::finding::Finding;
use crate::validate::poe::ObjectDigest;

/// Most attributes with records in one structure.
const MAX_ATTRIBUTES: usize = 8;
/// Most archive time-stamps of all records in one structure.
const MAX_STAMPS: usize = 64;

/// What the records of one signer give.
#[derive(Default)]
pub(super) struct Records {
    /// Their archive time-stamps.
    pub(super) stamps: Vec<Stamp>,
    /// What is wrong with those that have none.
    pub(super) remarks: Vec<Finding>,
}

/// An attribute with records.
struct Held {
    place: Place,
    is_external: bool,
    records: Vec<EvidenceRecord>,
    /// When the first of them says it was made; later than everything where none can be read.
    made: UnixTime,
}

/// The records of every signer, by its place; nothing for one without. `outside` is the content that stands outside.
pub(super) fn stamps(
    file: &dyn ReadAt,
    outline: &Outline,
    outside: Option<&dyn ReadAt>,
) -> Result<BTreeMap<usize, Records>, StreamError> {
    let mut found: BTreeMap<usize, Records> = BTreeMap::new();
    let mut held = held(outline, &mut found);
    // RFC 4998 appendix A: chronological order tells which attributes were there before; DER has its own.
    held.sort_by_key(|one| (one.made, one.place));
    let places: Vec<Place> = held.iter().map(|one| one.place).collect();
    let mut left = MAX_STAMPS;
    for (at, one) in held.iter().enumerate() {
        let records = found.entry(one.place.0).or_default();
        if at >= MAX_ATTRIBUTES {
            records.remarks.push(unfit(format!("more than {MAX_ATTRIBUTES} attributes hold evidence records")));
            break;
        }
        let dropped = places.get(at..).unwrap_or_default();
        let seen = Seen::new(file, outline, outside, one, dropped)?;
        let proven = archive::everything(&outline.signed_data, dropped);
        for record in &one.records {
            let count = record.chains.iter().map(|chain| chain.stamps.len()).sum::<usize>();
            let Some(rest) = left.checked_sub(count) else {
                records.remarks.push(unfit(format!("the evidence records have more than {MAX_STAMPS} time-stamps")));
                break;
            };
            left = rest;
            seen.follow(record, &proven, records)?;
        }
    }
    Ok(found)
}

fn held(outline: &Outline, found: &mut BTreeMap<usize, Records>) -> Vec<Held> {
    let mut held = Vec::new();
    for (s, signer) in outline.signed_data.signers().iter().enumerate() {
        for (a, attribute) in signer.unsigned_attributes().iter().enumerate() {
            let is_external = attribute.oid == oids::EVIDENCE_RECORD_EXTERNAL;
            if !is_external && attribute.oid != oids::EVIDENCE_RECORD_INTERNAL {
                continue;
            }
            let mut records = Vec::new();
            for value in &attribute.values {
                match EvidenceRecord::from_asn1(value) {
                    Ok(record) => records.push(record),
                    Err(error) => found.entry(s).or_default().remarks.push(unfit(error.to_string())),
                }
            }
            let made = records.iter().filter_map(evidence_record::stated_time).min();
            held.push(Held { place: (s, a), is_external, records, made: made.unwrap_or(UnixTime(i64::MAX)) });
        }
    }
    held
}

/// What the records of one attribute are over, hashed.
struct Seen {
    /// The structure in each coding it may have been hashed in.
    structure: Vec<Digests>,
    /// The content, where it is part of the group.
    content: Option<Digests>,
    /// Why nothing it is over can prove the signature.
    refused: Option<&'static str>,
}

impl Seen {
    fn new(
        file: &dyn ReadAt,
        outline: &Outline,
        outside: Option<&dyn ReadAt>,
        held: &Held,
        dropped: &[Place],
    ) -> Result<Self, StreamError> {
        let mut algorithms: Vec<DigestAlgorithm> = held.records.iter().flat_map(evidence_record::algorithms).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        // TS 119 122-3 5.2 wants DER, in which signers have another order once one of them is shorter.
        let several = outline.signed_data.signers().len() > 1;
        let orders: &[Order] = if several { &[Order::AsItStands, Order::Sorted] } else { &[Order::AsItStands] };
        let mut structure = Vec::new();
        for order in orders {
            let mut hashers = Hashers::new(&algorithms);
            Reduced::new(file, outline, dropped, *order)?.feed(file, &mut |piece| hashers.update(piece))?;
            structure.push(hashers.finish());
        }
        let content = match (held.is_external, outline.content, outside) {
            (false, ..) => None,
            (true, Some(place), _) => {
                let mut hashers = Hashers::new(&algorithms);
                stream::feed(file, place, &mut |piece| hashers.update(piece))?;
                Some(hashers.finish())
            }
            (true, None, Some(outside)) => Some(digest_file(outside, &algorithms)?),
            (true, None, None) => Some(Digests::default()),
        };
        // TS 119 122-3 5.2, 5.3: of the internal kind for content inside; one for content outside leaves that out.
        let refused = (!held.is_external && outline.content.is_none())
            .then_some("it is of the internal kind, and the content stands outside");
        Ok(Seen { structure, content, refused })
    }

    fn follow(&self, record: &EvidenceRecord, proven: &[ObjectDigest], into: &mut Records) -> Result<(), StreamError> {
        let Some(tokens) = evidence_record::tokens(record) else {
            into.remarks.push(unfit("a time-stamp in it cannot be read".to_owned()));
            return Ok(());
        };
        let mut hashed = |algorithm: DigestAlgorithm, _: &_| -> Result<Vec<Object>, StreamError> {
            let of = |digests: &Digests| digests.0.get(&algorithm).cloned();
            let structure = self.structure.iter().filter_map(of).collect();
            let mut group = vec![Object { name: "SignedData".to_owned(), hashes: structure }];
            let content = self.content.as_ref();
            group.extend(content.map(|c| Object { name: "eContent".to_owned(), hashes: of(c).into_iter().collect() }));
            Ok(group)
        };
        for step in evidence_record::follow(record, tokens, &mut hashed)? {
            let mut stamp = step.into_stamp(proven);
            if let Some(why) = self.refused {
                let sub = SubIndication::SigConstraintsFailure;
                stamp.breaches.push((unfit(why.to_owned()), sub));
            }
            into.stamps.push(stamp);
        }
        Ok(())
    }
}

fn unfit(why: String) -> Finding {
    Finding::EvidenceRecordUnfit(why)
}
