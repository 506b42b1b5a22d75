//! How long a signature stays provable by what its file holds: until the newest time-stamp over it, or the signature
//! itself where there is none, loses its certificate or an algorithm — EN 319 102-1 5.6.3, EN 319 142-1 5.5.

use super::candidate::{Kind, StampKind};
use super::verdict::Verdict;
use crate::algorithms::public_key::KeyKind;
use crate::algorithms::{DigestAlgorithm, SignatureScheme, key_bits};
use crate::base::time::UnixTime;
use crate::path::ValidPath;
use crate::policy::AlgorithmRules;
use crate::x509::Certificate;

/// When proof ends, and by what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct End {
    /// The first second without it.
    pub at: UnixTime,
    /// What ends.
    pub by: Cause,
}

/// What ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cause {
    /// A certificate's validity.
    Expiry(Box<Certificate>),
    /// The time the policy gives an algorithm, by its name in policies.
    Algorithm(String),
}

/// When the first signature of a file loses its proof; `None` without signatures, or when no end is known.
///
/// A document time-stamp carries everything before it. The anchor's own end counts for nothing: it is the user's.
pub fn end(verdicts: &[Verdict], rules: &AlgorithmRules) -> Option<End> {
    let signatures = verdicts.iter().filter(|v| v.kind == Kind::Signature);
    let ends = signatures.flat_map(|signature| of(signature, verdicts, rules));
    // Time-stamps alone in a file are what is kept.
    let alone = verdicts.iter().all(|v| v.kind == Kind::DocTimestamp);
    let newest = verdicts.iter().filter(|_| alone).max_by_key(|v| (v.extent.revision, v.best_time));
    ends.chain(newest.into_iter().flat_map(|v| of_verdict(v, rules))).min_by_key(|end| end.at)
}

/// When the first algorithm of a path ends; the anchor's own signature proves nothing and is left out.
pub(crate) fn end_of_path(path: &ValidPath, rules: &AlgorithmRules) -> Option<UnixTime> {
    let of = |place: usize, certificate: &Certificate| {
        let issuer = path.issuer_of(place)?;
        let scheme = SignatureScheme::from_identifiers(certificate.signature_algorithm(), None).ok()?;
        let ends = [digest_end(scheme.digest(), rules), key_end(scheme, &issuer.spki, rules)];
        ends.into_iter().flatten().map(|end| end.at).min()
    };
    path.chain.iter().enumerate().filter_map(|(place, certificate)| of(place, certificate)).min()
}

/// When an algorithm with a key ends.
pub(crate) fn end_of(scheme: SignatureScheme, spki: &[u8], rules: &AlgorithmRules) -> Option<UnixTime> {
    let ends = [digest_end(scheme.digest(), rules), key_end(scheme, spki, rules)];
    ends.into_iter().flatten().map(|end| end.at).min()
}

fn of(signature: &Verdict, all: &[Verdict], rules: &AlgorithmRules) -> Vec<End> {
    let over = |v: &&Verdict| v.kind == Kind::DocTimestamp && v.extent.is_over(&signature.id, &signature.extent);
    if let Some(newest) = all.iter().filter(over).max_by_key(|v| (v.extent.revision, v.best_time)) {
        return of_verdict(newest, rules);
    }
    let stamps = signature.timestamps.iter().filter(|t| t.kind != StampKind::Content);
    let stamped = stamps.filter_map(|t| t.authority.as_ref()).max_by_key(|a| a.not_after());
    let Some(authority) = stamped else { return of_verdict(signature, rules) };
    let mut ends = of_certificate(authority, rules);
    // Below LT the revocation data is somebody else's to keep, and rarely kept beyond the certificate.
    if !signature.level.is_some_and(|level| level.ends_with("-LT") || level.ends_with("-LTA")) {
        ends.extend(of_chain(&signature.chain));
    }
    ends
}

fn of_verdict(verdict: &Verdict, rules: &AlgorithmRules) -> Vec<End> {
    let mut ends = of_chain(&verdict.chain);
    if let Some(signer) = &verdict.signer {
        ends.push(expiry(signer));
        ends.extend(verdict.scheme.and_then(|scheme| key_end(scheme, signer.spki(), rules)));
    }
    ends.extend(verdict.digest.and_then(|digest| digest_end(digest, rules)));
    for pair in verdict.chain.windows(2) {
        let [certificate, issuer] = pair else { continue };
        if let Ok(scheme) = SignatureScheme::from_identifiers(certificate.signature_algorithm(), None) {
            ends.extend(digest_end(scheme.digest(), rules));
            ends.extend(key_end(scheme, issuer.spki(), rules));
        }
    }
    ends
}

/// Of a certificate of which only the key is known: the longest-lived scheme it can have signed with.
fn of_certificate(certificate: &Certificate, rules: &AlgorithmRules) -> Vec<End> {
    let names: &[&str] = match key_bits(certificate.spki()) {
        Ok((KeyKind::Rsa, _)) => &["rsa-pkcs1v15", "rsa-pss"],
        Ok((KeyKind::Ec(_), _)) => &["ecdsa"],
        Ok((KeyKind::Ed25519, _)) => &["ed25519"],
        Ok((KeyKind::Dsa, _)) => &["dsa"],
        _ => &[],
    };
    let by_name: Vec<Option<End>> = names.iter().map(|name| rule_end(name, certificate.spki(), rules)).collect();
    let last =
        if by_name.iter().any(Option::is_none) { None } else { by_name.into_iter().flatten().max_by_key(|e| e.at) };
    std::iter::once(expiry(certificate)).chain(last).collect()
}

fn of_chain(chain: &[Certificate]) -> Vec<End> {
    // The last is the anchor, or as far as the attempt came.
    let below = chain.len().saturating_sub(1).max(1);
    chain.iter().take(below).map(expiry).collect()
}

fn expiry(certificate: &Certificate) -> End {
    End { at: certificate.not_after().plus(1), by: Cause::Expiry(Box::new(certificate.clone())) }
}

fn digest_end(digest: DigestAlgorithm, rules: &AlgorithmRules) -> Option<End> {
    let name = digest.name();
    // One the policy does not know has ended before it began.
    let at = rules.digests.get(name).map_or(Some(UnixTime(0)), |rule| rule.until)?;
    Some(End { at, by: Cause::Algorithm(name.to_owned()) })
}

fn key_end(scheme: SignatureScheme, spki: &[u8], rules: &AlgorithmRules) -> Option<End> {
    rule_end(scheme.name(), spki, rules)
}

fn rule_end(name: &str, spki: &[u8], rules: &AlgorithmRules) -> Option<End> {
    let bits = key_bits(spki).ok().and_then(|(_, bits)| u32::try_from(bits).ok()).unwrap_or(0);
    let known = rules.signatures.get(name).into_iter().flatten();
    let rule = known.filter(|rule| rule.min_bits <= bits).max_by_key(|rule| rule.min_bits);
    let at = rule.map_or(Some(UnixTime(0)), |rule| rule.until)?;
    Some(End { at, by: Cause::Algorithm(format!("{name} {bits}")) })
}
