//! CMS signers — RFC 5652, EN 319 122-1 — as they stand in PDFs, in files of their own and in containers.

use super::candidate::{Digests, Stamp, StampKind};
use super::poe;
use crate::algorithms::DigestAlgorithm;
use crate::cms::SignerInfo;
use crate::tsp::Token;

/// The time-stamps over a signer's value (EN 319 122-1 5.3).
pub(crate) fn signature_stamps(signer: &SignerInfo) -> Vec<Stamp> {
    let stamp = |token: &[u8]| Stamp {
        kind: StampKind::Signature,
        token: token.to_vec(),
        imprints: imprints(token, &[signer.signature()]),
        proves: vec![poe::digest(signer.signature())],
        breaches: Vec::new(),
    };
    signer.signature_time_stamps().map(stamp).collect()
}

/// The digest of `pieces`, one after the other, under the algorithm a token was made with.
pub(crate) fn imprints(token: &[u8], pieces: &[&[u8]]) -> Digests {
    let mut digests = Digests::default();
    let token = Token::parse(token).ok();
    if let Some(algorithm) = token.and_then(|t| DigestAlgorithm::from_oid(&t.info().imprint_algorithm.oid)) {
        let mut hasher = algorithm.hasher();
        pieces.iter().for_each(|piece| hasher.update(piece));
        digests.0.insert(algorithm, hasher.finish());
    }
    digests
}
