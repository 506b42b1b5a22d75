//! Evidence records followed as far as hashes go — RFC 4998 §4.3, §5.3; RFC 6283 §3.2, §4.3.
//!
//! Tells of each archive time-stamp what it must have been made for and which data it is over. Whether the tokens pass,
//! each at the time the next one proves, is judged with all other time-stamps. A record in which one time-stamp does not
//! fit proves nothing at all: what renews it would else speak for data that nobody stamped.

use super::archive;
use super::candidate::{Digests, Stamp, StampKind};
use super::conclusion::SubIndication;
use super::finding::Finding;
use super::poe::{self, ObjectDigest};
use crate::algorithms::DigestAlgorithm;
use crate::base::time::UnixTime;
use crate::tsp::Token;
use crate::tsp::evidence_record::{ArchiveTimeStamp, Chain, DigestName, EvidenceRecord};

/// Data a record should be over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    /// What people call it.
    pub(crate) name: String,
    /// Its hash, in each way a record may have come to it; none when the data cannot be had.
    pub(crate) hashes: Vec<Vec<u8>>,
}

/// Hands over the data a record should be over, hashed as the first time-stamp of a chain has it.
pub(crate) type Hashed<'a, E> = dyn FnMut(DigestAlgorithm, &Chain) -> Result<Vec<Object>, E> + 'a;

/// One archive time-stamp of a record.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    /// Number of its chain and its own number in it, from 1.
    pub(crate) number: (usize, usize),
    /// Its token.
    pub(crate) token: Token,
    /// What the token must have been made for.
    pub(crate) imprints: Digests,
    /// Places, among the data, of what it is over itself.
    pub(crate) covered: Vec<usize>,
    /// Tokens and what stands in them, where this one renews them.
    pub(crate) renewed: Vec<ObjectDigest>,
    /// What does not fit.
    pub(crate) breaches: Vec<(Finding, SubIndication)>,
    // Its hashes lead from the data, or from what it renews, to its token.
    fits: bool,
}

impl Followed {
    /// True when it is over data, not over the time-stamp before it alone.
    pub(crate) fn begins_chain(&self) -> bool {
        self.number.1 == 1
    }

    /// As a time-stamp of the signature it stands in; `data` is what exists where everything it should be over does.
    pub(crate) fn into_stamp(self, data: &[ObjectDigest]) -> Stamp {
        let mut proves = self.renewed;
        if self.number.1 == 1 && self.breaches.is_empty() {
            proves.extend_from_slice(data);
        }
        let named = |finding: Finding| match finding {
            Finding::NotCovered(what) => Finding::EvidenceRecordUnfit(format!("it is not over {what}")),
            Finding::ReferenceChanged(what) => Finding::EvidenceRecordUnfit(format!("it is over another {what:?}")),
            Finding::ReferenceNotAtHand(what) => Finding::EvidenceRecordUnfit(format!("{what:?} is not at hand")),
            other => other,
        };
        Stamp {
            kind: StampKind::Record,
            token: self.token.raw().to_vec(),
            imprints: self.imprints,
            proves,
            breaches: self.breaches.into_iter().map(|(finding, sub)| (named(finding), sub)).collect(),
        }
    }

    fn unfit(&mut self, why: &str) {
        self.fits = false;
        self.breaches.push((Finding::EvidenceRecordUnfit(why.to_owned()), SubIndication::HashFailure));
    }
}

/// The tokens of a record in the order of time; `None` when one of them cannot be read.
pub(crate) fn tokens(record: &EvidenceRecord) -> Option<Vec<Token>> {
    record.chains.iter().flat_map(|chain| &chain.stamps).map(|stamp| Token::parse(&stamp.token).ok()).collect()
}

/// When the record says its data existed: the time of its first token.
pub(crate) fn stated_time(record: &EvidenceRecord) -> Option<UnixTime> {
    let stamp = record.chains.first()?.stamps.first()?;
    Token::parse(&stamp.token).ok().map(|token| token.info().gen_time)
}

/// Digests under which a record may ask for its data.
pub(crate) fn algorithms(record: &EvidenceRecord) -> Vec<DigestAlgorithm> {
    let first = record.chains.iter().filter_map(|chain| chain.stamps.first());
    let mut found: Vec<DigestAlgorithm> = first
        .filter_map(|stamp| {
            let token = Token::parse(&stamp.token).ok()?;
            digest_of(stamp, DigestAlgorithm::from_oid(&token.info().imprint_algorithm.oid))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Follows a record with the tokens [`tokens`] gave; `hashed` hands over the data, always in the same order, hashed as
/// the first time-stamp of a chain has it.
///
/// # Errors
/// Those of `hashed`.
pub(crate) fn follow<E>(
    record: &EvidenceRecord,
    tokens: Vec<Token>,
    hashed: &mut Hashed<'_, E>,
) -> Result<Vec<Followed>, E> {
    let mut found: Vec<Followed> = Vec::new();
    let mut tokens = tokens.into_iter();
    let mut inside: Vec<Vec<ObjectDigest>> = Vec::new();
    for (c, chain) in record.chains.iter().enumerate() {
        for (s, (stamp, token)) in chain.stamps.iter().zip(tokens.by_ref()).enumerate() {
            let mut one = Followed {
                number: (c.saturating_add(1), s.saturating_add(1)),
                token,
                imprints: Digests::default(),
                covered: Vec::new(),
                renewed: Vec::new(),
                breaches: Vec::new(),
                fits: true,
            };
            // RFC 4998 §5.1: in the order of time.
            if found.last().is_some_and(|before| before.token.info().gen_time > one.token.info().gen_time) {
                one.unfit("it is older than the time-stamp it renews");
            }
            let old = s.checked_sub(1).and_then(|before| chain.stamps.get(before));
            one.renewed = match old {
                Some(_) => inside.last().cloned().unwrap_or_default(),
                None => inside.concat(),
            };
            inside.push(contents(&one.token));
            hash(&mut one, stamp, old, chain, hashed)?;
            found.push(one);
        }
    }
    // RFC 4998 §5.3 and RFC 6283 §4.3: one that is not verified makes the whole record not verified.
    if found.iter().any(|one| !one.fits || !one.breaches.is_empty()) {
        for one in found.iter_mut().filter(|one| one.breaches.is_empty()) {
            // What fits no token is told by the token.
            let sub = if one.fits { SubIndication::SigConstraintsFailure } else { SubIndication::HashFailure };
            let why = if one.fits { "another time-stamp of it does not fit" } else { "its hash tree leads elsewhere" };
            one.breaches.push((Finding::EvidenceRecordUnfit(why.to_owned()), sub));
        }
    }
    Ok(found)
}

fn hash<E>(
    one: &mut Followed,
    stamp: &ArchiveTimeStamp,
    old: Option<&ArchiveTimeStamp>,
    chain: &Chain,
    hashed: &mut Hashed<'_, E>,
) -> Result<(), E> {
    let imprint = DigestAlgorithm::from_oid(&one.token.info().imprint_algorithm.oid);
    let Some((algorithm, imprint)) = digest_of(stamp, imprint).zip(imprint) else {
        let named = one.token.info().imprint_algorithm.oid.to_string();
        one.breaches.push((Finding::AlgorithmNotSupported(named), SubIndication::CryptoConstraintsFailure));
        return Ok(());
    };
    // RFC 4998 §4.1: the digest of the tree is that of the imprint.
    if algorithm != imprint {
        one.unfit("its hash tree is under another digest than its time-stamp");
    }
    let first = match old {
        Some(old) => one.over_renewed(stamp, algorithm, old),
        None => one.over_data(stamp, algorithm, chain, hashed(algorithm, chain)?),
    };
    // What is not over the right things has the digest of those, which is not what was stamped.
    let root = if one.fits { root(stamp, algorithm).or(first) } else { first };
    if root.as_ref() != Some(&one.token.info().imprint) {
        one.fits = false;
    }
    one.imprints.0.extend(root.map(|root| (imprint, root)));
    Ok(())
}

impl Followed {
    /// RFC 4998 §5.2, RFC 6283 §4.2.1: a renewal of the time-stamp is over the one before.
    fn over_renewed(
        &mut self,
        stamp: &ArchiveTimeStamp,
        algorithm: DigestAlgorithm,
        old: &ArchiveTimeStamp,
    ) -> Option<Vec<u8>> {
        let hash = algorithm.digest(&old.renewed);
        if !stands_first(stamp, &self.token, &hash) {
            self.unfit("it does not renew the time-stamp before it");
        }
        Some(hash)
    }

    /// RFC 4998 §4.3 and RFC 6283 §3.2: the first time-stamp of a chain is over the data, and over the chains before it.
    /// Gives the hash of something it is over, or should be.
    fn over_data(
        &mut self,
        stamp: &ArchiveTimeStamp,
        algorithm: DigestAlgorithm,
        chain: &Chain,
        objects: Vec<Object>,
    ) -> Option<Vec<u8>> {
        if objects.is_empty() {
            let nothing = Finding::NotCovered("any content".to_owned());
            self.breaches.push((nothing, SubIndication::SigConstraintsFailure));
        }
        let mut known = 0_usize;
        let mut hash = None;
        let old = (!chain.before.is_empty()).then(|| algorithm.digest(&chain.before));
        // RFC 6283 §4.2.2: the hash of the chains before stands beside those of the data.
        if let Some(old) = old.as_ref().filter(|_| chain.canonical.is_some()) {
            if stands_first(stamp, &self.token, old) {
                known = 1;
            } else {
                self.unfit("it does not take in the chains before it");
                hash = Some(old.clone());
            }
        }
        let mut missing = Vec::new();
        for (at, object) in objects.into_iter().enumerate() {
            if object.hashes.is_empty() {
                self.breaches.push((Finding::ReferenceNotAtHand(object.name), SubIndication::SignedDataNotFound));
                continue;
            }
            // RFC 4998 §5.2: the hash of the data and that of the chains before, hashed together.
            let joined = |own: Vec<u8>| match old.as_ref().filter(|_| chain.canonical.is_none()) {
                Some(old) => algorithm.digest(&[own.as_slice(), old.as_slice()].concat()),
                None => own,
            };
            let hashes: Vec<Vec<u8>> = object.hashes.into_iter().map(joined).collect();
            match hashes.iter().find(|hash| stands_first(stamp, &self.token, hash)) {
                None => missing.push((object.name, hashes.into_iter().next())),
                Some(found) => {
                    known = known.saturating_add(1);
                    hash = hash.or_else(|| Some(found.clone()));
                    self.covered.push(at);
                }
            }
        }
        // A value in the list that nothing here has is the data as it was; without one, the data was never in it.
        let changed = known == 0 || stamp.tree.first().is_some_and(|list| list.len() > known);
        for (name, own) in missing {
            if changed {
                self.breaches.push((Finding::ReferenceChanged(name), SubIndication::HashFailure));
                self.fits = false;
                hash = own;
            } else {
                self.breaches.push((Finding::NotCovered(format!("{name:?}")), SubIndication::SigConstraintsFailure));
            }
        }
        hash
    }
}

/// A token and what stands in it.
fn contents(token: &Token) -> Vec<ObjectDigest> {
    let mut found = archive::carried_by(token.signed_data());
    found.push(poe::digest(token.raw()));
    found
}

fn digest_of(stamp: &ArchiveTimeStamp, imprint: Option<DigestAlgorithm>) -> Option<DigestAlgorithm> {
    match &stamp.digest {
        None => imprint,
        Some(DigestName::Oid(oid)) => DigestAlgorithm::from_oid(oid),
        Some(DigestName::Uri(uri)) => DigestAlgorithm::from_xml_uri(uri),
    }
}

// RFC 4998 §4.3, step 1: in the first list, or what the token itself is over.
fn stands_first(stamp: &ArchiveTimeStamp, token: &Token, hash: &[u8]) -> bool {
    match stamp.tree.first() {
        Some(list) => list.iter().any(|known| known == hash),
        None => token.info().imprint == hash,
    }
}

// RFC 4998 §4.3, steps 2 and 3: each list sorted, joined and hashed, and the result added to the next one. A first list
// of one value stands for itself.
fn root(stamp: &ArchiveTimeStamp, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
    let mut carried: Option<Vec<u8>> = None;
    for list in &stamp.tree {
        let mut values: Vec<&[u8]> = list.iter().chain(carried.as_ref()).map(Vec::as_slice).collect();
        values.sort_unstable();
        carried = Some(match (values.as_slice(), &carried) {
            ([only], None) => only.to_vec(),
            _ => algorithm.digest(&values.concat()),
        });
    }
    carried
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(tree: &[&[&[u8]]]) -> ArchiveTimeStamp {
        let list = |list: &&[&[u8]]| list.iter().map(|hash| hash.to_vec()).collect();
        ArchiveTimeStamp { digest: None, tree: tree.iter().map(list).collect(), token: Vec::new(), renewed: Vec::new() }
    }

    #[test]
    fn a_root_is_the_sorted_hashes_of_each_list_hashed_into_the_next() {
        let sha256 = DigestAlgorithm::Sha256;
        assert_eq!(root(&stamp(&[]), sha256), None);
        assert_eq!(root(&stamp(&[&[b"only"]]), sha256), Some(b"only".to_vec()));
        let two = sha256.digest(b"ab");
        assert_eq!(root(&stamp(&[&[b"b", b"a"]]), sha256), Some(two.clone()));
        let mut next = [two, b"c".to_vec()];
        next.sort();
        assert_eq!(root(&stamp(&[&[b"a", b"b"], &[b"c"]]), sha256), Some(sha256.digest(&next.concat())));
        // A single value further up is hashed with what comes from below.
        let mut joined = [b"a".to_vec(), b"c".to_vec()];
        joined.sort();
        assert_eq!(root(&stamp(&[&[b"a"], &[b"c"]]), sha256), Some(sha256.digest(&joined.concat())));
    }
}
