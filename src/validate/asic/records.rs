//! Evidence records of a container — RFC 4998 §4.3, §5.3; RFC 6283 §3.2, §4.3; EN 319 162-1 4.4.5.
//!
//! Every archive time-stamp of a record becomes a time-stamp of the container, in the order of time: the first of a
//! record over the data, each later one over what it renews. Hash trees are followed here; whether the tokens pass,
//! each at the time the next one proves, is judged with all other time-stamps.

use std::io;

use super::{Scene, tst};
use crate::algorithms::DigestAlgorithm;
use crate::asic::SignatureFile;
use crate::asic::evidence_record::{ArchiveTimeStamp, Chain, DigestName, EvidenceRecord};
use crate::base::read::ReadAt;
use crate::tsp::Token;
use crate::validate::candidate::Candidate;
use crate::validate::conclusion::SubIndication;
use crate::validate::finding::Finding;
use crate::validate::poe::ObjectDigest;
use crate::xml::c14n::{Method, canonicalize};
use crate::xml::parse::MAX_BYTES;
use crate::xml::{decode, parse};

/// What a record is about.
struct Objects {
    /// Places among the entries.
    entries: Vec<usize>,
    /// What the manifest breaks.
    breaches: Vec<(Finding, SubIndication)>,
}

impl Scene<'_> {
    pub(super) fn evidence_record(&mut self, file: SignatureFile) -> io::Result<()> {
        let Ok(bytes) = self.container.metadata(file.entry) else {
            self.unreadable(file, "it is damaged");
            return Ok(());
        };
        let record = match EvidenceRecord::parse(&bytes) {
            Ok(record) => record,
            Err(error) => {
                self.unreadable(file, &error.to_string());
                return Ok(());
            }
        };
        let objects = self.objects(file)?;
        let mut proven: Vec<ObjectDigest> = self
            .collected
            .candidates
            .iter()
            .zip(&self.owners)
            .filter(|(_, owner)| objects.entries.contains(*owner))
            .flat_map(|(candidate, _)| candidate.objects())
            .collect();
        let mut found = Vec::new();
        for (c, chain) in record.chains.iter().enumerate() {
            for (s, stamp) in chain.stamps.iter().enumerate() {
                let id = format!("{}.{}", c.saturating_add(1), s.saturating_add(1));
                let Ok(token) = Token::parse(&stamp.token) else {
                    self.take(file, found);
                    self.unreadable(file, "a time-stamp in it cannot be read");
                    return Ok(());
                };
                let mut one = tst::candidate(id, &token);
                let imprint = DigestAlgorithm::from_oid(&token.info().imprint_algorithm.oid);
                let Some((algorithm, imprint)) = digest_of(stamp, imprint).zip(imprint) else {
                    let named = token.info().imprint_algorithm.oid.to_string();
                    one.breaches.push((Finding::AlgorithmNotSupported(named), SubIndication::CryptoConstraintsFailure));
                    found.push(one);
                    continue;
                };
                let over = match s.checked_sub(1).and_then(|before| chain.stamps.get(before)) {
                    Some(old) => renewal(stamp, &token, algorithm, old, &mut one),
                    None => self.over_data(stamp, &token, algorithm, chain, &objects, &mut one)?,
                };
                // What is not over the right things has the digest of those, which is not what was stamped.
                let root = if over.fits { root(stamp, algorithm).or(over.hash) } else { over.hash };
                if let Some(root) = root {
                    one.digests.0.insert(imprint, root);
                }
                let own = one.envelope.objects();
                one.stored.clone_from(&proven);
                proven.extend(own);
                found.push(one);
            }
        }
        self.take(file, found);
        Ok(())
    }

    // What its manifest lists, or the one data file.
    fn objects(&mut self, file: SignatureFile) -> io::Result<Objects> {
        let reach = self.target(file)?.reach;
        let own = self.name(file.entry);
        let manifest = self.container.manifests.iter().find(|(_, manifest)| manifest.signature == own);
        let entries = match manifest {
            Some((_, manifest)) => manifest.references.iter().filter_map(|r| self.find(&r.name)).collect(),
            None => match self.container.data.as_slice() {
                [only] => vec![*only],
                _ => Vec::new(),
            },
        };
        Ok(Objects { entries, breaches: reach.breaches })
    }

    /// RFC 4998 §4.3 and RFC 6283 §3.2: the first time-stamp of a chain is over the data, and over the chains before it.
    fn over_data(
        &mut self,
        stamp: &ArchiveTimeStamp,
        token: &Token,
        algorithm: DigestAlgorithm,
        chain: &Chain,
        objects: &Objects,
        one: &mut Candidate,
    ) -> io::Result<Over> {
        let mut over = Over { fits: true, hash: None };
        one.breaches.extend(objects.breaches.iter().cloned());
        if objects.entries.is_empty() {
            let nothing = Finding::NotCovered("any content".to_owned());
            one.breaches.push((nothing, SubIndication::SigConstraintsFailure));
        }
        let mut known = 0_usize;
        // RFC 6283 §4.2.2: the hash of the chains before stands beside those of the data.
        if !chain.before.is_empty() && chain.canonical.is_some() {
            let old = algorithm.digest(&chain.before);
            if stands_first(stamp, token, &old) {
                known = 1;
            } else {
                let why = "it does not take in the chains before it".to_owned();
                one.breaches.push((Finding::EvidenceRecordUnfit(why), SubIndication::HashFailure));
                over = Over { fits: false, hash: Some(old) };
            }
        }
        let mut missing = Vec::new();
        for entry in &objects.entries {
            let name = self.name(*entry).to_owned();
            let Some(hashes) = self.hashes(*entry, algorithm, chain)? else {
                one.breaches.push((Finding::ReferenceNotAtHand(name), SubIndication::SignedDataNotFound));
                continue;
            };
            match hashes.iter().find(|hash| stands_first(stamp, token, hash)) {
                None => missing.push((name, hashes.first().cloned())),
                Some(hash) => {
                    known = known.saturating_add(1);
                    over.hash = over.hash.or_else(|| Some(hash.clone()));
                    if self.data.contains(entry) {
                        one.extent.names.push(name);
                    }
                }
            }
        }
        // A value in the list that nothing here has is the data as it was; without one, the data was never in it.
        let changed = known == 0 || stamp.tree.first().is_some_and(|list| list.len() > known);
        for (name, hash) in missing {
            if changed {
                one.breaches.push((Finding::ReferenceChanged(name), SubIndication::HashFailure));
                over = Over { fits: false, hash };
            } else {
                one.breaches.push((Finding::NotCovered(format!("{name:?}")), SubIndication::SigConstraintsFailure));
            }
        }
        Ok(over)
    }

    /// The hashes by which a chain may know an entry; `None` when its content cannot be had.
    fn hashes(&mut self, entry: usize, algorithm: DigestAlgorithm, chain: &Chain) -> io::Result<Option<Vec<Vec<u8>>>> {
        let Some(plain) = self.digest(entry, algorithm)? else { return Ok(None) };
        let mut hashes = vec![plain];
        match &chain.canonical {
            // RFC 6283 §3.1.1: XML in its canonical form.
            Some(method) => {
                let canonical = match self.contents.get(entry) {
                    Some(Some(content)) => canonical(&**content, method),
                    _ => self.container.metadata(entry).ok().and_then(|bytes| canonical(&bytes, method)),
                };
                hashes.extend(canonical.map(|bytes| algorithm.digest(&bytes)));
            }
            // RFC 4998 §5.2: the hash of the data and that of the chains before, hashed together.
            None if !chain.before.is_empty() => {
                let old = algorithm.digest(&chain.before);
                hashes = hashes.into_iter().map(|hash| algorithm.digest(&[hash, old.clone()].concat())).collect();
            }
            None => {}
        }
        Ok(Some(hashes))
    }
}

/// What a time-stamp is over.
struct Over {
    /// Everything that should be under it is.
    fits: bool,
    /// The hash of something that is under it, or should be.
    hash: Option<Vec<u8>>,
}

/// RFC 4998 §5.2, RFC 6283 §4.2.1: a renewal of the time-stamp is over the one before.
fn renewal(
    stamp: &ArchiveTimeStamp,
    token: &Token,
    algorithm: DigestAlgorithm,
    old: &ArchiveTimeStamp,
    one: &mut Candidate,
) -> Over {
    let hash = algorithm.digest(&old.renewed);
    let fits = stands_first(stamp, token, &hash);
    if !fits {
        let why = "it does not renew the time-stamp before it".to_owned();
        one.breaches.push((Finding::EvidenceRecordUnfit(why), SubIndication::HashFailure));
    }
    Over { fits, hash: Some(hash) }
}

fn canonical(content: &dyn ReadAt, method: &Method) -> Option<Vec<u8>> {
    let bytes = content.read_range(0, content.len(), MAX_BYTES).ok()?;
    let text = decode(&bytes).ok()?;
    let tree = parse(&text).ok()?;
    canonicalize(tree.root(), None, method).ok()
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
