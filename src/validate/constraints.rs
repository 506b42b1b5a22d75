//! Cryptographic constraints — EN 319 102-1 5.1.4.1 and 5.2.8: was each algorithm and key good enough at a time.

use super::finding::Finding;
use crate::algorithms::{DigestAlgorithm, SignatureScheme, key_bits};
use crate::base::time::UnixTime;
use crate::path::ValidPath;
use crate::policy::{Policy, Weak};
use crate::revocation;

/// What is too weak.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Digest(&'static str),
    Key(u32),
}

/// The first weak algorithm along a path, looked at `at`. The anchor's own signature proves nothing and is left out.
pub(crate) fn chain(path: &ValidPath, at: UnixTime, policy: &Policy) -> Option<Finding> {
    along(path, at, policy).map(|(_, part, weak)| finding(part, weak))
}

/// The same, with the place of the certificate whose signature is weak and the rule that says so.
pub(crate) fn chain_weakness(path: &ValidPath, at: UnixTime, policy: &Policy) -> Option<(usize, Weak)> {
    along(path, at, policy).map(|(place, _, weak)| (place, weak))
}

/// Why a signature value with these algorithms, beside the digest of its own scheme, was too weak at `at`, if it was.
pub(crate) fn value(
    scheme: SignatureScheme,
    content_digests: &[DigestAlgorithm],
    spki: &[u8],
    at: UnixTime,
    policy: &Policy,
) -> Option<Finding> {
    weakness(scheme, content_digests, spki, at, policy).map(|(part, weak)| finding(part, weak))
}

/// Why the revocation data about the certificate at `place` of a path was signed too weakly for `at`, if it was; the path
/// of a signer of its own included.
pub(crate) fn revocation(
    found: &revocation::Finding,
    path: &ValidPath,
    place: usize,
    at: UnixTime,
    policy: &Policy,
) -> Option<Finding> {
    let own = found.signer.as_ref().and_then(|signer| chain(signer, at, policy));
    own.or_else(|| {
        let (scheme, spki) = signed_by(found, path, place)?;
        weakness(scheme, &[], &spki, at, policy).map(|(part, weak)| finding(part, weak))
    })
}

/// The algorithm and key that revocation data about the certificate at `place` is signed with.
pub(crate) fn signed_by(
    found: &revocation::Finding,
    path: &ValidPath,
    place: usize,
) -> Option<(SignatureScheme, Vec<u8>)> {
    let spki = match &found.signer {
        Some(signer) => signer.chain.first()?.spki().to_vec(),
        None => path.issuer_of(place)?.spki.to_vec(),
    };
    Some((found.scheme?, spki))
}

fn along(path: &ValidPath, at: UnixTime, policy: &Policy) -> Option<(usize, Part, Weak)> {
    path.chain.iter().enumerate().find_map(|(place, certificate)| {
        let issuer = path.issuer_of(place)?;
        let scheme = SignatureScheme::from_identifiers(certificate.signature_algorithm(), None).ok()?;
        let (part, weak) = weakness(scheme, &[], &issuer.spki, at, policy)?;
        Some((place, part, weak))
    })
}

fn weakness(
    scheme: SignatureScheme,
    content_digests: &[DigestAlgorithm],
    spki: &[u8],
    at: UnixTime,
    policy: &Policy,
) -> Option<(Part, Weak)> {
    let rules = &policy.algorithms;
    for digest in content_digests.iter().copied().chain([scheme.digest()]) {
        if let Err(weak) = rules.check_digest(digest.name(), at) {
            return Some((Part::Digest(digest.name()), weak));
        }
    }
    let bits = key_bits(spki).ok().and_then(|(_, bits)| u32::try_from(bits).ok()).unwrap_or(0);
    rules.check_signature(scheme.name(), bits, at).err().map(|weak| (Part::Key(bits), weak))
}

fn finding(part: Part, weak: Weak) -> Finding {
    match (part, weak) {
        (Part::Digest(name), _) => Finding::WeakDigest(name),
        (Part::Key(_), Weak::NotAccepted { name }) => Finding::AlgorithmNotSupported(name),
        (Part::Key(bits), _) => Finding::WeakKey(usize::try_from(bits).unwrap_or(0)),
    }
}
