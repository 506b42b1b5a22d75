//! What a XAdES signature carries to prove its age — EN 319 132-1 5.3, 5.4, 5.5 and annex A.1.5: its time-stamps, what
//! each of them must have been made for, and what it proves when it passes.

use super::{Found, Scene, records};
use crate::algorithms::DigestAlgorithm;
use crate::tsp::Token;
use crate::validate::candidate::{Digests, Stamp, StampKind};
use crate::validate::conclusion::SubIndication;
use crate::validate::finding::Finding;
use crate::validate::poe::{self, ObjectDigest};
use crate::xml::dsig::{DsigError, Signature};
use crate::xml::xades::{self, UnsignedKind, UnsignedProperty, Xades};

/// Most time-stamp tokens looked at in one signature.
const MAX_TOKENS: usize = 64;

pub(super) fn is_archive(stamp: &xades::Stamp) -> bool {
    matches!(stamp.kind, xades::StampKind::Archive { .. })
}

/// The time-stamps of a signature, in the order of the file, and the digests of the revocation data it carries.
pub(super) fn stamps(scene: &Scene<'_, '_, '_>, own: &Found, all: &[Found]) -> (Vec<Stamp>, Vec<ObjectDigest>) {
    let (Some(signature), Some(xades)) = (&own.signature, &own.xades) else { return Default::default() };
    let mut out = Vec::new();
    // Those over the content stand in what is signed.
    let signed = xades.signed.as_ref().map(|s| s.stamps.as_slice()).unwrap_or_default();
    let places = signed.iter().map(|stamp| (0, stamp)).chain(xades.stamps());
    for (place, stamp) in places {
        let algorithms = algorithms(stamp);
        let (imprints, error) = imprints(scene, signature, xades, stamp, place, &algorithms);
        let mut breaches = Vec::new();
        if let Some(error) = error {
            let finding = Finding::TimestampNotPassed(error.to_string().into());
            breaches.push((finding, SubIndication::SignedDataNotFound));
        }
        let proves = proves(scene, own, all, signature, xades, stamp, place);
        for token in &stamp.tokens {
            if out.len() >= MAX_TOKENS {
                return (out, stored(xades));
            }
            out.push(Stamp {
                kind: kind(stamp),
                token: token.clone(),
                imprints: imprints.clone(),
                proves: proves.clone(),
                breaches: breaches.clone(),
            });
        }
    }
    (out, stored(xades))
}

/// What stands where proofs do and is named only.
pub(super) fn not_evaluated(xades: &Xades) -> Vec<Finding> {
    let signed = xades.signed.iter().flat_map(|s| s.stamps.iter());
    let xml = signed.chain(xades.stamps().map(|(_, stamp)| stamp)).any(|stamp| stamp.xml_tokens > 0);
    xml.then_some(Finding::TimestampNotEvaluated("XMLTimeStamp")).into_iter().collect()
}

fn kind(stamp: &xades::Stamp) -> StampKind {
    match stamp.kind {
        xades::StampKind::AllData | xades::StampKind::SomeData => StampKind::Content,
        xades::StampKind::Signature => StampKind::Signature,
        xades::StampKind::SigAndRefs { .. } | xades::StampKind::RefsOnly { .. } => StampKind::References,
        xades::StampKind::Archive { .. } => StampKind::Archive,
    }
}

fn algorithms(stamp: &xades::Stamp) -> Vec<DigestAlgorithm> {
    let tokens = stamp.tokens.iter().take(MAX_TOKENS).filter_map(|token| Token::parse(token).ok());
    let mut found: Vec<_> = tokens.filter_map(|t| DigestAlgorithm::from_oid(&t.info().imprint_algorithm.oid)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn imprints(
    scene: &Scene<'_, '_, '_>,
    signature: &Signature,
    xades: &Xades,
    stamp: &xades::Stamp,
    place: usize,
    algorithms: &[DigestAlgorithm],
) -> (Digests, Option<DsigError>) {
    let mut hashers: Vec<_> = algorithms.iter().map(|a| (*a, a.hasher())).collect();
    let mut octets = 0_u64;
    let externals = |uri: &str| scene.external(uri);
    let over = scene.spend(0).and_then(|()| {
        xades.stamped(signature, scene.tree, &scene.ids, stamp, place, &externals, &mut |piece| {
            octets = octets.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            hashers.iter_mut().for_each(|(_, hasher)| hasher.update(piece));
        })
    });
    let spent = scene.spend(octets);
    match over.and(spent) {
        Ok(()) => (Digests(hashers.into_iter().map(|(a, hasher)| (a, hasher.finish())).collect()), None),
        Err(error) => (Digests::default(), Some(error)),
    }
}

/// What exists since before the time of a stamp that passes (EN 319 102-1 5.6.2.3).
fn proves(
    scene: &Scene<'_, '_, '_>,
    own: &Found,
    all: &[Found],
    signature: &Signature,
    xades: &Xades,
    stamp: &xades::Stamp,
    place: usize,
) -> Vec<ObjectDigest> {
    let value = poe::digest(&signature.value);
    let before = xades.unsigned.get(..place).unwrap_or_default();
    let tokens = |of: fn(xades::StampKind) -> bool| {
        let stamps = before.iter().filter_map(move |p| match &p.kind {
            UnsignedKind::Stamp(stamp) if of(stamp.kind) => Some(stamp),
            _ => None,
        });
        stamps.flat_map(|s| &s.tokens).map(|token| poe::digest(token))
    };
    match stamp.kind {
        // Over what is signed or over references to proofs alone: nothing about when the signature was made.
        xades::StampKind::AllData | xades::StampKind::SomeData | xades::StampKind::RefsOnly { .. } => Vec::new(),
        xades::StampKind::Signature => vec![value],
        xades::StampKind::SigAndRefs { .. } => {
            let mut out = vec![value];
            out.extend(tokens(|kind| kind == xades::StampKind::Signature));
            out
        }
        xades::StampKind::Archive { .. } => everything_before(scene, own, all, signature, xades, place),
    }
}

/// What exists where a signature does with its unsigned properties before `place`.
pub(super) fn everything_before(
    scene: &Scene<'_, '_, '_>,
    own: &Found,
    all: &[Found],
    signature: &Signature,
    xades: &Xades,
    place: usize,
) -> Vec<ObjectDigest> {
    let mut out = vec![poe::digest(&signature.value)];
    if let Some(xml) = own.xml() {
        out.extend(xml.key_info.iter().map(|c| *c.sha256()));
    }
    for values in xades.values(place) {
        let lists = [&values.certificates, &values.crls, &values.ocsp_responses];
        out.extend(lists.into_iter().flatten().map(|der| poe::digest(der)));
    }
    for property in xades.unsigned.get(..place).unwrap_or_default() {
        out.extend(tokens_in(scene, property));
        let UnsignedKind::CounterSignature(node) = property.kind else { continue };
        if let Some(counter) = all.iter().find(|f| f.node == node) {
            out.extend(counter.candidate.objects());
            let inside = counter.xades.iter().flat_map(|x| &x.unsigned);
            out.extend(inside.flat_map(|property| tokens_in(scene, property)));
        }
    }
    out
}

fn tokens_in(scene: &Scene<'_, '_, '_>, property: &UnsignedProperty) -> Vec<ObjectDigest> {
    match &property.kind {
        UnsignedKind::Stamp(stamp) => stamp.tokens.iter().map(|token| poe::digest(token)).collect(),
        UnsignedKind::EvidenceRecords(all) => records::tokens(scene, property.node, all),
        _ => Vec::new(),
    }
}

/// Revocation data carried as part of its own level (EN 319 132-1 6.3, LT).
fn stored(xades: &Xades) -> Vec<ObjectDigest> {
    let values = xades.values(usize::MAX);
    values.flat_map(|v| v.crls.iter().chain(&v.ocsp_responses)).map(|der| poe::digest(der)).collect()
}
