//! Finding paths: from the end entity upwards through a pool, anchors first — RFC 4158 in spirit.
//!
//! Each edge is checked by signature before it is followed, so certificates that merely bear the right
//! name cost one signature each and lead nowhere. A certificate, or another one of the same subject and
//! key, stands at most once in a path. All of it draws on one budget.

use std::collections::{HashMap, HashSet};

use super::anchor::{Anchor, Anchors};
use super::chain::{check_signature, lacks_parameters, validate_within};
use super::links::Links;
use super::{MAX_PATH, PathError, Problem, SIGNATURE_COST, Settings, ValidPath};
use crate::base::budget::Budget;
use crate::x509::certificate::sha256;
use crate::x509::{Certificate, Name};

/// Certificates of unknown worth that may stand between an end entity and an anchor.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    all: Vec<Certificate>,
    known: HashSet<[u8; 32]>,
    by_subject: HashMap<Name, Vec<usize>>,
    fingerprint: [u8; 32],
}

impl Pool {
    /// A pool of these; each counts once.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Pool {
        let mut pool = Pool::default();
        pool.extend(certificates);
        pool
    }

    /// Adds certificates; each counts once.
    pub fn extend(&mut self, certificates: impl IntoIterator<Item = Certificate>) {
        for certificate in certificates {
            if self.known.insert(*certificate.sha256()) {
                self.fingerprint = sha256(&[self.fingerprint, *certificate.sha256()].concat());
                self.by_subject.entry(certificate.subject().clone()).or_default().push(self.all.len());
                self.all.push(certificate);
            }
        }
    }

    /// Every certificate, in the order added.
    pub fn all(&self) -> &[Certificate] {
        &self.all
    }

    /// A digest of the certificates and their order.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The certificates with this subject.
    pub fn with_subject<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a Certificate> + use<'a> {
        self.by_subject.get(name).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// True when it is empty.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// What a caller of [`search`] says about a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Search {
    /// This one; stop.
    Take,
    /// Look for another.
    Next,
}

/// Finds the first path from `leaf` to one of `anchors` that passes RFC 5280 §6.1.
///
/// # Errors
/// [`PathError`]: what the attempt that came furthest failed on.
pub fn validate(
    leaf: &Certificate,
    pool: &Pool,
    anchors: &Anchors,
    settings: &Settings,
    links: &Links,
) -> Result<ValidPath, PathError> {
    search(leaf, pool, anchors, settings, links, &mut |_| Search::Take)
}

/// Like [`validate`], and lets `judge` pass over valid paths (one with a revoked intermediate, say).
///
/// # Errors
/// Those of [`validate`]; [`Problem::Rejected`] when `judge` passed over every valid path, with the first of them.
pub fn search(
    leaf: &Certificate,
    pool: &Pool,
    anchors: &Anchors,
    settings: &Settings,
    links: &Links,
    judge: &mut dyn FnMut(&ValidPath) -> Search,
) -> Result<ValidPath, PathError> {
    let mut finder = Finder {
        pool,
        anchors,
        settings,
        links,
        judge,
        work: Budget::new(settings.work),
        rejected: None,
        best: None,
        broken: None,
    };
    if let Some(path) = finder.start(leaf) {
        return Ok(path);
    }
    if let Some(path) = finder.rejected {
        return Err(PathError {
            problem: Problem::Rejected,
            certificate: None,
            chain: path.chain,
            anchor: Some(path.anchor),
        });
    }
    let nothing = || PathError {
        problem: if anchors.is_empty() { Problem::NoAnchors } else { Problem::NoIssuer },
        certificate: Some(leaf.clone()),
        chain: vec![leaf.clone()],
        anchor: None,
    };
    let complete = finder.best.as_ref().is_some_and(|((rank, _), _)| *rank >= COMPLETE);
    if !complete && let Some(error) = finder.explain_broken() {
        return Err(error);
    }
    Err(finder.best.map_or_else(nothing, |(_, error)| error))
}

/// Rank of an attempt that reached an anchor and failed there.
const COMPLETE: u8 = 4;

/// Who may have issued a certificate.
enum Above<'a> {
    Anchor(&'a Anchor),
    Candidate(&'a Certificate),
}

enum OwnedAbove {
    Anchor(Anchor),
    Candidate(Certificate),
}

impl Above<'_> {
    fn spki(&self) -> &[u8] {
        match self {
            Above::Anchor(anchor) => anchor.spki(),
            Above::Candidate(certificate) => certificate.spki(),
        }
    }

    fn certificate(&self) -> Option<&Certificate> {
        match self {
            Above::Anchor(anchor) => anchor.certificate(),
            Above::Candidate(certificate) => Some(certificate),
        }
    }

    fn owned(&self) -> OwnedAbove {
        match self {
            Above::Anchor(anchor) => OwnedAbove::Anchor((*anchor).clone()),
            Above::Candidate(certificate) => OwnedAbove::Candidate((*certificate).clone()),
        }
    }
}

/// Whether `below` names the key of `above` as its issuer's; `None` when one of them says nothing.
fn key_named(below: &Certificate, above: Option<&Certificate>) -> Option<bool> {
    let wanted = below.authority_key_identifier()?.key_id.as_deref()?;
    Some(above?.subject_key_identifier()? == wanted)
}

/// The longest attempt that ended at a signature of the key its certificate names.
struct Broken {
    chain: Vec<Certificate>,
    above: OwnedAbove,
    problem: Problem,
}

struct Finder<'a> {
    pool: &'a Pool,
    anchors: &'a Anchors,
    settings: &'a Settings,
    links: &'a Links,
    judge: &'a mut dyn FnMut(&ValidPath) -> Search,
    work: Budget,
    rejected: Option<ValidPath>,
    best: Option<((u8, usize), PathError)>,
    broken: Option<Broken>,
}

impl<'a> Finder<'a> {
    fn start(&mut self, leaf: &Certificate) -> Option<ValidPath> {
        let mut chain = vec![leaf.clone()];
        if let Some(anchor) = self.anchors.given_as(leaf)
            && let Some(path) = self.try_chain(&chain, anchor)
        {
            return Some(path);
        }
        self.climb(&mut chain)
    }

    // Recursion is bounded by MAX_PATH.
    fn climb(&mut self, chain: &mut Vec<Certificate>) -> Option<ValidPath> {
        let top = chain.last()?.clone();
        let anchors = self.anchors;
        for anchor in anchors.named(top.issuer()) {
            if self.is_spent(1, chain) {
                return None;
            }
            // The end entity as its own anchor was tried at the start.
            if chain.len() == 1 && anchor.certificate() == Some(&top) {
                continue;
            }
            if !self.edge_holds(&top, &Above::Anchor(anchor), chain) {
                continue;
            }
            if let Some(path) = self.try_chain(chain, anchor) {
                return Some(path);
            }
        }
        if chain.len() >= MAX_PATH {
            self.note((1, chain.len()), Problem::TooLong, None, chain, None);
            return None;
        }
        let mut candidates: Vec<&'a Certificate> = self.pool.with_subject(top.issuer()).collect();
        candidates.sort_by_cached_key(|c| self.preference(&top, c));
        let mut followed = false;
        for candidate in candidates {
            if self.is_spent(1, chain) {
                return None;
            }
            let again = |c: &Certificate| c.subject().matches(candidate.subject()) && c.spki() == candidate.spki();
            if chain.iter().any(again) {
                continue;
            }
            if !self.edge_holds(&top, &Above::Candidate(candidate), chain) {
                continue;
            }
            followed = true;
            chain.push(candidate.clone());
            let found = self.climb(chain);
            chain.pop();
            if found.is_some() {
                return found;
            }
        }
        if !followed {
            self.note((1, chain.len()), Problem::NoIssuer, chain.last().cloned(), chain, None);
        }
        None
    }

    fn edge_holds(&mut self, top: &Certificate, above: &Above<'_>, chain: &[Certificate]) -> bool {
        let spki = above.spki();
        if lacks_parameters(spki) {
            return true; // settled on the way down, where the parameters are known
        }
        if self.is_spent(SIGNATURE_COST, chain) {
            return false;
        }
        let Err(problem) = check_signature(top, spki, self.links) else { return true };
        match key_named(top, above.certificate()) {
            // Another key of the same name, an earlier generation of the CA say: simply not the issuer.
            Some(false) => {}
            None => self.note((2, chain.len()), problem, Some(top.clone()), chain, None),
            Some(true) => {
                self.note((3, chain.len()), problem.clone(), Some(top.clone()), chain, None);
                if self.broken.as_ref().is_none_or(|b| b.chain.len() < chain.len()) {
                    let (chain, above) = (chain.to_vec(), above.owned());
                    self.broken = Some(Broken { chain, above, problem });
                }
            }
        }
        false
    }

    /// The certificate names exactly this key as its issuer's, and its signature is not of that key: where the
    /// issuer leads to an anchor, the error shows the whole path that is claimed.
    fn explain_broken(&mut self) -> Option<PathError> {
        let Broken { mut chain, above, problem } = self.broken.take()?;
        let certificate = chain.last().cloned();
        let anchor = match above {
            OwnedAbove::Anchor(anchor) => anchor,
            OwnedAbove::Candidate(issuer) => {
                let settings =
                    Settings { work: self.work.left(), ..Settings::new(self.settings.time, super::Purpose::Any) };
                let path = validate(&issuer, self.pool, self.anchors, &settings, self.links).ok()?;
                chain.extend(path.chain);
                path.anchor
            }
        };
        Some(PathError { problem, certificate, chain, anchor: Some(anchor) })
    }

    fn try_chain(&mut self, chain: &[Certificate], anchor: &Anchor) -> Option<ValidPath> {
        match validate_within(chain, anchor, self.settings, self.links, &mut self.work) {
            Ok(path) => match (self.judge)(&path) {
                Search::Take => Some(path),
                Search::Next => {
                    self.rejected.get_or_insert(path);
                    None
                }
            },
            Err(error) => {
                // A complete chain says more than an unfinished one; the shortest of them is the plainest.
                let rank = (COMPLETE, MAX_PATH.saturating_sub(chain.len()));
                if self.best.as_ref().is_none_or(|(best, _)| *best < rank) {
                    self.best = Some((rank, error));
                }
                None
            }
        }
    }

    fn is_spent(&mut self, units: u64, chain: &[Certificate]) -> bool {
        if self.work.spend(units).is_ok() {
            return false;
        }
        self.note((3, usize::MAX), Problem::WorkExhausted, None, chain, None);
        true
    }

    fn note(
        &mut self,
        rank: (u8, usize),
        problem: Problem,
        certificate: Option<Certificate>,
        chain: &[Certificate],
        anchor: Option<&Anchor>,
    ) {
        if self.best.as_ref().is_none_or(|(best, _)| *best < rank) {
            let error = PathError { problem, certificate, chain: chain.to_vec(), anchor: anchor.cloned() };
            self.best = Some((rank, error));
        }
    }

    // Smaller is tried earlier: the key the certificate names, valid now, younger.
    fn preference(&self, below: &Certificate, candidate: &Certificate) -> (u8, u8, std::cmp::Reverse<i64>) {
        let key = match key_named(below, Some(candidate)) {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        };
        let at = self.settings.time;
        let outside = u8::from(at < candidate.not_before() || at > candidate.not_after());
        (key, outside, std::cmp::Reverse(candidate.not_before().0))
    }
}
