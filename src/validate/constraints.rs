//! Cryptographic constraints — EN 319 102-1 5.1.4.1 and 5.2.8: was each algorithm and key good enough at a time.

use super::finding::Finding;
use crate::algorithms::{DigestAlgorithm, SignatureScheme, key_bits};
use crate::base::time::UnixTime;
use crate::path::ValidPath;
use crate::policy::{Policy, Weak};

/// The first weak algorithm along a path, looked at `at`. The anchor's own signature proves nothing and is left out.
pub(crate) fn chain(path: &ValidPath, at: UnixTime, policy: &Policy) -> Option<Finding> {
    path.chain.iter().enumerate().find_map(|(place, certificate)| {
        let issuer = path.issuer_of(place)?;
        let scheme = SignatureScheme::from_identifiers(certificate.signature_algorithm(), None).ok()?;
        value(scheme, &[], &issuer.spki, at, policy)
    })
}

/// Why a signature value with these algorithms, beside the digest of its own scheme, was too weak at `at`, if it was.
pub(crate) fn value(
    scheme: SignatureScheme,
    content_digests: &[DigestAlgorithm],
    spki: &[u8],
    at: UnixTime,
    policy: &Policy,
) -> Option<Finding> {
    let rules = &policy.algorithms;
    for digest in content_digests.iter().copied().chain([scheme.digest()]) {
        if rules.check_digest(digest.name(), at).is_err() {
            return Some(Finding::WeakDigest(digest.name()));
        }
    }
    let bits = key_bits(spki).ok().and_then(|(_, bits)| u32::try_from(bits).ok()).unwrap_or(0);
    match rules.check_signature(scheme.name(), bits, at) {
        Ok(()) => None,
        Err(Weak::NotAccepted { name }) => Some(Finding::AlgorithmNotSupported(name)),
        Err(_) => Some(Finding::WeakKey(usize::try_from(bits).unwrap_or(0))),
    }
}
