//! Time-stamps over more than the value of a CMS signature — EN 319 122-1 5.5 and A.1.5: what each is over, and whose
//! existence it proves.

use super::cades::{Whole, imprint_algorithm, imprints};
use super::candidate::{Digests, Stamp, StampKind};
use super::conclusion::SubIndication;
use super::finding::Finding;
use super::poe::{self, ObjectDigest};
use crate::algorithms::DigestAlgorithm;
use crate::asn1::read::tag;
use crate::asn1::{Tlv, write};
use crate::base::oid::Oid;
use crate::cms::reduced::Place;
use crate::cms::{AtsHashIndex, Attribute, RevocationInfo, SignedData, SignerInfo, oids};
use crate::tsp::Token;
use crate::tsp::evidence_record::EvidenceRecord;

/// archive-time-stamp-v3 (EN 319 122-1 5.5.3): over the digest of the content, the signer's fields and an index of
/// certificates, revocation data and unsigned attributes. It proves those it names, and nothing that was added later.
pub(crate) fn version_3(signed_data: &SignedData, signer: &SignerInfo, content: &Digests, token: &[u8]) -> Stamp {
    let mut stamp = blank(token, StampKind::Archive);
    let index = match index_of(token) {
        Ok(index) => index,
        Err(why) => {
            stamp.breaches.push((Finding::ArchiveIndex(why), SubIndication::FormatFailure));
            return stamp;
        }
    };
    // 5.5.3: eContentType, the digest of the content, the fields of the SignerInfo up to the value, the index.
    let content_type = write::oid(signed_data.encapsulated_content_type());
    if let Some(digest) = imprint_algorithm(token).and_then(|a| content.0.get(&a)) {
        stamp.imprints = imprints(token, &[&content_type, digest, signer.signed_fields(), &index.raw]);
    }
    let Some(algorithm) = DigestAlgorithm::from_oid(&index.algorithm.oid) else {
        let name = index.algorithm.oid.to_string();
        stamp.breaches.push((Finding::AlgorithmNotSupported(name), SubIndication::CryptoConstraintsFailure));
        return stamp;
    };
    let covered = Covered::of(&index, algorithm, signed_data, signer);
    if let Some(what) = covered.missing {
        // 5.5.2: each digest of the index is that of something that is there.
        stamp.breaches.push((Finding::ArchiveIndex(what.to_owned()), SubIndication::HashFailure));
        return stamp;
    }
    stamp.proves = covered.objects;
    stamp.proves.push(poe::digest(signer.signature()));
    stamp.proves.extend(signer.content_time_stamps().map(poe::digest));
    stamp
}

/// archive-time-stamp-v2 (EN 319 122-1 A.2.4, TS 101 733 6.4.1): over encapContentInfo, content outside, certificates
/// and revocation data, and every field of the signer with the unsigned attributes that were there before it. What was
/// added to those sets later breaks it; it then proves nothing.
pub(crate) fn version_2(
    whole: &Whole,
    signed_data: &SignedData,
    signer: &SignerInfo,
    own: &Attribute,
    token: &[u8],
) -> Stamp {
    let mut stamp = blank(token, StampKind::Archive);
    let time = |token: &[u8]| Token::parse(token).map(|t| t.info().gen_time).ok();
    let made = time(token);
    let is_archive = |oid: &Oid| {
        [oids::ARCHIVE_TIME_STAMP_V1, oids::ARCHIVE_TIME_STAMP_V2, oids::ARCHIVE_TIME_STAMP_V3].contains(oid)
    };
    let later =
        |a: &&Attribute| a.raw == own.raw || is_archive(&a.oid) && a.values.iter().any(|other| time(other) >= made);
    let before: Vec<&Attribute> = signer.unsigned_attributes().iter().filter(|a| !later(a)).collect();
    let raw: Vec<&[u8]> = before.iter().map(|a| a.raw.as_slice()).collect();
    let algorithm = imprint_algorithm(token);
    if let Some((algorithm, begun)) = whole.begun.iter().find(|(known, _)| Some(*known) == algorithm) {
        let mut hasher = begun.clone();
        hasher.update(&whole.sets);
        hasher.update(signer.signed_fields());
        hasher.update(&write::context(1, &raw));
        stamp.imprints.0.insert(*algorithm, hasher.finish());
    }
    stamp.proves.push(poe::digest(signer.signature()));
    stamp.proves.extend(signer.content_time_stamps().map(poe::digest));
    let others = signed_data.unreadable_certificates().iter().chain(signed_data.other_certificates());
    let certificates = signed_data.certificates().iter().map(|c| c.der());
    stamp.proves.extend(certificates.chain(others.map(Vec::as_slice)).map(poe::digest));
    stamp.proves.extend(signed_data.crls().chain(signed_data.ocsp_responses()).map(poe::digest));
    for attribute in before {
        stamp.proves.extend(attribute.values.iter().flat_map(|value| objects_of(attribute, value)));
    }
    stamp
}

/// `certificates` and `crls` of an encoded SignedData in its ContentInfo, one behind the other.
pub(crate) fn sets_of(content_info: &[u8]) -> Option<Vec<u8>> {
    let mut outer = Tlv::parse(content_info).ok()?.reader();
    outer.any().ok()?;
    let mut fields = outer.any().ok()?.reader().any().ok()?.reader();
    let mut sets = Vec::new();
    while !fields.is_empty() {
        let field = fields.any().ok()?;
        if field.tag == tag::context(0) || field.tag == tag::context(1) {
            sets.extend_from_slice(field.raw);
        }
    }
    Some(sets)
}

/// CAdES-C-time-stamp and time-stamped-certs-crls-references (EN 319 122-1 A.1.5.2, A.1.5.1): over the references
/// that the signature carries; the first is over the value too.
pub(crate) fn over_references(signer: &SignerInfo, kind: &Oid, token: &[u8]) -> Stamp {
    let mut stamp = blank(token, StampKind::References);
    // A.1.5: types and values, without what makes them Attributes.
    let inside = |oid: &Oid| -> Vec<Vec<u8>> {
        let named = signer.unsigned_attributes().iter().filter(|a| a.oid == *oid);
        named.filter_map(|a| Some(Tlv::parse(&a.raw).ok()?.content.to_vec())).collect()
    };
    let mut parts = Vec::new();
    if *kind == oids::ESC_TIME_STAMP {
        parts.push(signer.signature().to_vec());
        parts.extend(inside(&oids::SIGNATURE_TIME_STAMP));
        stamp.proves.push(poe::digest(signer.signature()));
        stamp.proves.extend(signer.signature_time_stamps().map(poe::digest));
    }
    parts.extend(inside(&oids::CERTIFICATE_REFS));
    parts.extend(inside(&oids::REVOCATION_REFS));
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    stamp.imprints = imprints(token, &parts);
    stamp
}

/// A withdrawn kind, shown with its time and proving nothing.
pub(crate) fn not_evaluated(token: &[u8], name: &'static str) -> Stamp {
    let mut stamp = blank(token, StampKind::Archive);
    stamp.breaches.push((Finding::TimestampNotEvaluated(name), SubIndication::Custom));
    stamp
}

fn blank(token: &[u8], kind: StampKind) -> Stamp {
    Stamp { kind, token: token.to_vec(), imprints: Digests::default(), proves: Vec::new(), breaches: Vec::new() }
}

fn index_of(token: &[u8]) -> Result<AtsHashIndex, String> {
    let token = Token::parse(token).map_err(|e| e.to_string())?;
    let signer = token.signed_data().signers().first().ok_or_else(|| "the token has no signer".to_owned())?;
    AtsHashIndex::of(signer).map_err(|e| e.to_string())?.ok_or_else(|| "the token has no ats-hash-index".to_owned())
}

/// What an index names, found again.
struct Covered {
    objects: Vec<ObjectDigest>,
    /// The first kind of thing it names that is not there.
    missing: Option<&'static str>,
}

impl Covered {
    fn of(index: &AtsHashIndex, algorithm: DigestAlgorithm, signed_data: &SignedData, signer: &SignerInfo) -> Self {
        let mut objects = Vec::new();
        let mut missing = None;
        // 5.5.2: the entries of `certificates` and `crls` as they are encoded.
        let certificates = signed_data.certificates().iter().map(|c| c.der());
        let others = signed_data.unreadable_certificates().iter().chain(signed_data.other_certificates());
        let found: Vec<(Vec<u8>, ObjectDigest)> = certificates
            .chain(others.map(Vec::as_slice))
            .map(|der| (algorithm.digest(der), poe::digest(der)))
            .collect();
        for wanted in &index.certificates {
            match found.iter().find(|(digest, _)| digest == wanted) {
                Some((_, object)) => objects.push(*object),
                None => missing = missing.or(Some("a certificate that is not there")),
            }
        }
        let found: Vec<(Vec<u8>, Option<ObjectDigest>)> = signed_data
            .revocation_entries()
            .map(|(raw, info)| {
                let object = match info {
                    RevocationInfo::Crl(der) | RevocationInfo::OcspResponse(der) => Some(poe::digest(der)),
                    RevocationInfo::Other { .. } => None,
                };
                (algorithm.digest(raw), object)
            })
            .collect();
        for wanted in &index.crls {
            match found.iter().find(|(digest, _)| digest == wanted) {
                Some((_, object)) => objects.extend(*object),
                None => missing = missing.or(Some("revocation data that is not there")),
            }
        }
        let mut matched = vec![false; index.attributes.len()];
        for attribute in signer.unsigned_attributes().iter() {
            let pieces = index.pieces(attribute);
            let whole = pieces.len() == 1 && attribute.values.len() != 1;
            for (at, piece) in pieces.iter().enumerate() {
                let digest = algorithm.digest(piece);
                let Some(place) = index.attributes.iter().position(|wanted| *wanted == digest) else { continue };
                if let Some(slot) = matched.get_mut(place) {
                    *slot = true;
                }
                let values = if whole { 0..attribute.values.len() } else { at..at.saturating_add(1) };
                for value in attribute.values.get(values).unwrap_or_default() {
                    objects.extend(objects_of(attribute, value));
                }
            }
        }
        if matched.contains(&false) {
            missing = missing.or(Some("an unsigned attribute that is not there"));
        }
        Covered { objects, missing }
    }
}

/// Everything that stands in a structure from which the attributes at `dropped` are taken out.
pub(crate) fn everything(signed_data: &SignedData, dropped: &[Place]) -> Vec<ObjectDigest> {
    let others = signed_data.unreadable_certificates().iter().chain(signed_data.other_certificates());
    let certificates = signed_data.certificates().iter().map(|c| c.der());
    let mut found: Vec<ObjectDigest> = certificates.chain(others.map(Vec::as_slice)).map(poe::digest).collect();
    found.extend(signed_data.crls().chain(signed_data.ocsp_responses()).map(poe::digest));
    for (s, signer) in signed_data.signers().iter().enumerate() {
        found.push(poe::digest(signer.signature()));
        found.extend(signer.content_time_stamps().map(poe::digest));
        for (a, attribute) in signer.unsigned_attributes().iter().enumerate() {
            if !dropped.contains(&(s, a)) {
                found.extend(attribute.values.iter().flat_map(|value| objects_of(attribute, value)));
            }
        }
    }
    found
}

/// The objects one value of an unsigned attribute holds: tokens, certificates, revocation data, counter-signatures.
fn objects_of(attribute: &Attribute, value: &[u8]) -> Vec<ObjectDigest> {
    let mut objects = vec![poe::digest(value)];
    let oid = &attribute.oid;
    if *oid == oids::CERTIFICATE_VALUES {
        objects.extend(SignerInfo::certificates_in(value).iter().map(|der| poe::digest(der)));
    } else if *oid == oids::REVOCATION_VALUES {
        let (crls, answers) = SignerInfo::revocation_in(value);
        objects.extend(crls.iter().chain(&answers).map(|der| poe::digest(der)));
    } else if *oid == oids::COUNTER_SIGNATURE {
        let counter = Tlv::parse(value).ok().and_then(|v| SignerInfo::from_tlv(&v).ok());
        objects.extend(counter.iter().map(|c| poe::digest(c.signature())));
        objects.extend(counter.iter().flat_map(|c| c.signature_time_stamps()).map(poe::digest));
    } else if [oids::EVIDENCE_RECORD_INTERNAL, oids::EVIDENCE_RECORD_EXTERNAL].contains(oid) {
        let record = EvidenceRecord::from_asn1(value).ok();
        let stamps = record.iter().flat_map(|record| &record.chains).flat_map(|chain| &chain.stamps);
        objects.extend(stamps.map(|stamp| poe::digest(&stamp.token)));
    } else if let Ok(token) = SignedData::parse(value) {
        objects.extend(carried_by(&token));
    }
    objects
}

/// What a time-stamp carries and what exists since it does: certificates and revocation data.
pub(crate) fn carried_by(token: &SignedData) -> Vec<ObjectDigest> {
    let mut found: Vec<ObjectDigest> = token.certificates().iter().map(|c| *c.sha256()).collect();
    found.extend(token.crls().chain(token.ocsp_responses()).map(poe::digest));
    for signer in token.signers() {
        let (crls, answers) = signer.revocation_values();
        found.extend(crls.iter().chain(&answers).map(|der| poe::digest(der)));
        found.extend(signer.certificate_values().iter().map(|der| poe::digest(der)));
    }
    found
}
