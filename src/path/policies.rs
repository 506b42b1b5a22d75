//! Certificate policies — RFC 5280 §6.1.2 to §6.1.5 in the graph form of RFC 9618.
//!
//! The tree of RFC 5280 can grow exponentially with the depth; here a level holds each policy once and
//! remembers which policies of the level above it stands for, so the size is bounded by what the
//! certificates themselves list.

use std::collections::{BTreeMap, BTreeSet};

use super::Problem;
use crate::base::oid::Oid;
use crate::x509::{Certificate, oids};

/// A set of certificate policies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PolicySet {
    /// Any policy.
    Any,
    /// These; may be empty.
    These(BTreeSet<Oid>),
}

impl PolicySet {
    /// These policies; anyPolicy among them makes it [`PolicySet::Any`].
    pub fn of(policies: impl IntoIterator<Item = Oid>) -> PolicySet {
        let set: BTreeSet<Oid> = policies.into_iter().collect();
        if set.contains(&oids::ANY_POLICY) { PolicySet::Any } else { PolicySet::These(set) }
    }

    /// True when no policy is in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, PolicySet::These(set) if set.is_empty())
    }
}

/// Policies valid at one depth. A node without parents hangs below anyPolicy.
#[derive(Debug, Default)]
struct Level {
    nodes: BTreeMap<Oid, BTreeSet<Oid>>,
    any: bool,
}

/// valid_policy_graph: levels from the anchor downwards, the last one being worked on.
#[derive(Debug)]
pub(super) struct Graph {
    done: Vec<Level>,
    last: Level,
}

impl Graph {
    /// The initial graph: anyPolicy alone (RFC 5280 §6.1.2 (a)).
    pub(super) fn new() -> Graph {
        Graph { done: Vec::new(), last: Level { nodes: BTreeMap::new(), any: true } }
    }

    /// True when the tree of RFC 5280 would be NULL.
    pub(super) fn is_null(&self) -> bool {
        self.last.nodes.is_empty() && !self.last.any
    }

    /// RFC 5280 §6.1.3 (d) and (e): keeps what this certificate is issued under.
    pub(super) fn add_certificate(&mut self, certificate: &Certificate, any_counts: bool) {
        let Some(policies) = certificate.policies() else {
            self.last = Level::default();
            return;
        };
        let named: BTreeSet<&Oid> = policies.iter().map(|p| &p.policy).filter(|p| **p != oids::ANY_POLICY).collect();
        let any_here = any_counts && policies.iter().any(|p| p.policy == oids::ANY_POLICY);
        let level = &mut self.last;
        if !any_here {
            level.nodes.retain(|policy, _| named.contains(policy));
        }
        if level.any {
            for policy in named {
                level.nodes.entry(policy.clone()).or_default();
            }
        }
        level.any &= any_here;
    }

    /// RFC 5280 §6.1.4 (a) and (b): opens the level below, expecting what this certificate maps to.
    pub(super) fn open_next(&mut self, certificate: &Certificate, mapping_allowed: bool) -> Result<(), Problem> {
        let mappings = certificate.policy_mappings();
        if mappings.iter().any(|(from, to)| *from == oids::ANY_POLICY || *to == oids::ANY_POLICY) {
            return Err(Problem::MapsAnyPolicy);
        }
        let mut level = std::mem::take(&mut self.last);
        let mut next = Level { nodes: BTreeMap::new(), any: level.any };
        let mut mapped = BTreeSet::new();
        for (from, to) in mappings {
            if !mapping_allowed {
                level.nodes.remove(from);
                continue;
            }
            if level.any {
                level.nodes.entry(from.clone()).or_default();
            }
            if level.nodes.contains_key(from) {
                mapped.insert(from.clone());
                next.nodes.entry(to.clone()).or_default().insert(from.clone());
            }
        }
        for policy in level.nodes.keys().filter(|p| !mapped.contains(*p)) {
            next.nodes.entry(policy.clone()).or_default().insert(policy.clone());
        }
        self.done.push(level);
        self.last = next;
        Ok(())
    }

    /// RFC 5280 §6.1.5 (g): what of the user's policies the path is valid for, named in the anchor's domain.
    pub(super) fn constrained_by(&self, user: &PolicySet) -> PolicySet {
        if self.last.any {
            return match user {
                PolicySet::Any => PolicySet::Any,
                // Below anyPolicy every policy of the user's is valid.
                PolicySet::These(wanted) => PolicySet::These(wanted.clone()),
            };
        }
        let mut found = BTreeSet::new();
        let mut alive: BTreeSet<&Oid> = BTreeSet::new();
        let levels = std::iter::once(&self.last).chain(self.done.iter().rev());
        for (depth, level) in levels.enumerate() {
            let mut parents: BTreeSet<&Oid> = BTreeSet::new();
            for (policy, above) in &level.nodes {
                if depth > 0 && !alive.contains(policy) {
                    continue;
                }
                if above.is_empty() {
                    found.insert(policy.clone());
                } else {
                    parents.extend(above);
                }
            }
            alive = parents;
        }
        match user {
            PolicySet::Any => PolicySet::These(found),
            PolicySet::These(wanted) => PolicySet::These(found.intersection(wanted).cloned().collect()),
        }
    }
}
