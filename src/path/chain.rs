//! One path from an anchor to an end entity — RFC 5280 §6.1.2 to §6.1.5.

use std::borrow::Cow;

use super::anchor::{Anchor, Constraints, Expiration};
use super::links::Links;
use super::names::Subtrees;
use super::policies::Graph;
use super::{
    AnyPolicy, ExplicitPolicy, MAX_PATH, PathError, PolicyMapping, Problem, SIGNATURE_COST, Settings, ValidPath,
};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Tlv, write};
use crate::base::budget::Budget;
use crate::base::oid::Oid;
use crate::x509::{Certificate, KeyUsage, Name, oids};

/// id-dsa, 1.2.840.10040.4.1.
const DSA: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1]);

/// Validates `chain`, end entity first, below `anchor`.
///
/// # Errors
/// [`PathError`] with the first problem met on the way down from the anchor.
pub fn validate_chain(
    chain: &[Certificate],
    anchor: &Anchor,
    settings: &Settings,
    links: &Links,
) -> Result<ValidPath, PathError> {
    validate_within(chain, anchor, settings, links, &mut Budget::new(settings.work))
}

pub(super) fn validate_within(
    chain: &[Certificate],
    anchor: &Anchor,
    settings: &Settings,
    links: &Links,
    work: &mut Budget,
) -> Result<ValidPath, PathError> {
    let fail = |problem, certificate: Option<&Certificate>| PathError {
        problem,
        certificate: certificate.cloned(),
        chain: chain.to_vec(),
        anchor: Some(anchor.clone()),
    };
    let Some(leaf) = chain.first() else { return Err(fail(Problem::NoIssuer, None)) };
    if chain.len() > MAX_PATH {
        return Err(fail(Problem::TooLong, None));
    }
    // An anchor that was given as the end entity itself needs no signature above it.
    if chain.len() == 1 && anchor.certificate() == Some(leaf) {
        check_validity(leaf, settings).map_err(|p| fail(p, Some(leaf)))?;
        check_extensions(leaf).map_err(|p| fail(p, Some(leaf)))?;
        settings.purpose.check_leaf(leaf).map_err(|p| fail(p, Some(leaf)))?;
        let mut graph = Graph::new();
        graph.add_certificate(leaf, settings.any_policy == AnyPolicy::Allow);
        let policies = graph.constrained_by(&settings.policies);
        if settings.explicit_policy == ExplicitPolicy::Require && (graph.is_null() || policies.is_empty()) {
            return Err(fail(Problem::NoValidPolicy, Some(leaf)));
        }
        return Ok(ValidPath { chain: chain.to_vec(), anchor: anchor.clone(), policies });
    }
    let mut state = State::new(anchor, chain.len(), settings);
    state.enter_anchor(anchor, settings).map_err(|problem| fail(problem, anchor.certificate()))?;
    for (below, certificate) in chain.iter().enumerate().rev() {
        state
            .process(certificate, below == 0, settings, links, work)
            .and_then(|()| if below == 0 { Ok(()) } else { state.prepare(certificate, settings) })
            .map_err(|problem| fail(problem, Some(certificate)))?;
    }
    let policies = state.wrap_up(leaf, settings).map_err(|problem| fail(problem, Some(leaf)))?;
    Ok(ValidPath { chain: chain.to_vec(), anchor: anchor.clone(), policies })
}

/// The state variables of RFC 5280 §6.1.2.
struct State<'a> {
    graph: Graph,
    subtrees: Subtrees<'a>,
    explicit_policy: u32,
    inhibit_any: u32,
    policy_mapping: u32,
    max_path_length: u32,
    working_name: &'a Name,
    working_spki: Vec<u8>,
}

impl<'a> State<'a> {
    fn new(anchor: &'a Anchor, length: usize, settings: &Settings) -> State<'a> {
        let n = u32::try_from(length).unwrap_or(u32::MAX);
        let free = n.saturating_add(1);
        State {
            graph: Graph::new(),
            subtrees: Subtrees::default(),
            explicit_policy: if settings.explicit_policy == ExplicitPolicy::Require { 0 } else { free },
            inhibit_any: if settings.any_policy == AnyPolicy::Inhibit { 0 } else { free },
            policy_mapping: if settings.policy_mapping == PolicyMapping::Inhibit { 0 } else { free },
            max_path_length: n,
            working_name: anchor.name(),
            working_spki: anchor.spki().to_vec(),
        }
    }

    /// RFC 5937 §3.2: what the anchor's certificate says becomes the initial state.
    fn enter_anchor(&mut self, anchor: &'a Anchor, settings: &Settings) -> Result<(), Problem> {
        let Some(certificate) = anchor.certificate() else { return Ok(()) };
        if anchor.rules().expiration == Expiration::Apply {
            check_validity(certificate, settings)?;
        }
        if anchor.rules().constraints == Constraints::Ignore {
            return Ok(());
        }
        check_extensions(certificate)?;
        // An anchor that says it is no CA, or may not sign certificates, issues nothing; version 1 roots say nothing.
        if let Some(basic) = certificate.basic_constraints() {
            if !basic.ca {
                return Err(Problem::NotACa);
            }
            if let Some(limit) = basic.path_len {
                self.max_path_length = self.max_path_length.min(limit);
            }
        }
        check_may_sign(certificate)?;
        if let Some(constraints) = certificate.name_constraints() {
            self.subtrees.add(constraints);
        }
        if certificate.policies().is_some() {
            self.graph.add_certificate(certificate, self.inhibit_any > 0);
            self.graph.open_next(certificate, self.policy_mapping > 0)?;
        }
        self.apply_policy_constraints(certificate);
        settings.purpose.check_ca(certificate)
    }

    /// RFC 5280 §6.1.3.
    fn process(
        &mut self,
        certificate: &Certificate,
        last: bool,
        settings: &Settings,
        links: &Links,
        work: &mut Budget,
    ) -> Result<(), Problem> {
        // (a) (4), before (1): the wrong issuer is the better reason than its key not fitting.
        // RFC 5280 §4.1.2.4: an issuer has a name.
        if certificate.issuer().is_empty() || !certificate.issuer().matches(self.working_name) {
            return Err(Problem::NameChaining);
        }
        work.spend(SIGNATURE_COST).map_err(|_| Problem::WorkExhausted)?;
        check_signature(certificate, &self.working_spki, links)?;
        check_validity(certificate, settings)?;
        check_extensions(certificate)?;
        if last || !certificate.is_self_issued() {
            self.subtrees.check(certificate, work)?;
        }
        // (d) (2): anyPolicy counts while not inhibited, and always in a self-issued intermediate.
        let any_counts = self.inhibit_any > 0 || (!last && certificate.is_self_issued());
        self.graph.add_certificate(certificate, any_counts);
        if self.explicit_policy == 0 && self.graph.is_null() {
            return Err(Problem::NoValidPolicy);
        }
        Ok(())
    }

    /// RFC 5280 §6.1.4, for every certificate but the last.
    fn prepare(&mut self, certificate: &'a Certificate, settings: &Settings) -> Result<(), Problem> {
        self.graph.open_next(certificate, self.policy_mapping > 0)?;
        self.working_name = certificate.subject();
        self.working_spki = with_inherited_parameters(certificate.spki(), &self.working_spki);
        if let Some(constraints) = certificate.name_constraints() {
            self.subtrees.add(constraints);
        }
        if !certificate.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        self.apply_policy_constraints(certificate);
        // (k): a version 1 or 2 certificate cannot say that it is a CA's, and no other means is configured.
        if !certificate.is_ca() {
            return Err(Problem::NotACa);
        }
        if !certificate.is_self_issued() {
            self.max_path_length = self.max_path_length.checked_sub(1).ok_or(Problem::PathLength)?;
        }
        if let Some(limit) = certificate.basic_constraints().and_then(|b| b.path_len) {
            self.max_path_length = self.max_path_length.min(limit);
        }
        check_may_sign(certificate)?;
        settings.purpose.check_ca(certificate)
    }

    fn apply_policy_constraints(&mut self, certificate: &Certificate) {
        let constraints = certificate.policy_constraints();
        if let Some(skip) = constraints.require_explicit {
            self.explicit_policy = self.explicit_policy.min(skip);
        }
        if let Some(skip) = constraints.inhibit_mapping {
            self.policy_mapping = self.policy_mapping.min(skip);
        }
        if let Some(skip) = certificate.inhibit_any_policy() {
            self.inhibit_any = self.inhibit_any.min(skip);
        }
    }

    /// RFC 5280 §6.1.5.
    fn wrap_up(&mut self, leaf: &Certificate, settings: &Settings) -> Result<super::policies::PolicySet, Problem> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if leaf.policy_constraints().require_explicit == Some(0) {
            self.explicit_policy = 0;
        }
        let policies = self.graph.constrained_by(&settings.policies);
        if self.explicit_policy == 0 && policies.is_empty() {
            return Err(Problem::NoValidPolicy);
        }
        settings.purpose.check_leaf(leaf)?;
        Ok(policies)
    }
}

fn check_validity(certificate: &Certificate, settings: &Settings) -> Result<(), Problem> {
    let at = settings.time;
    if at < certificate.not_before() {
        return Err(Problem::NotYetValid { not_before: certificate.not_before(), at });
    }
    if at > certificate.not_after() {
        return Err(Problem::Expired { not_after: certificate.not_after(), at });
    }
    Ok(())
}

pub(super) fn check_signature(certificate: &Certificate, spki: &[u8], links: &Links) -> Result<(), Problem> {
    if certificate.signature_algorithm() != certificate.inner_signature_algorithm() {
        return Err(Problem::AlgorithmMismatch);
    }
    links
        .verify(
            certificate.sha256(),
            spki,
            certificate.signature_algorithm(),
            certificate.tbs(),
            certificate.signature(),
        )
        .map_err(Problem::Signature)
}

fn check_may_sign(certificate: &Certificate) -> Result<(), Problem> {
    match certificate.key_usage() {
        Some(usage) if !usage.has_any(KeyUsage::KEY_CERT_SIGN) => Err(Problem::MayNotSignCertificates),
        _ => Ok(()),
    }
}

/// RFC 5280 §6.1.4 (o), §6.1.5 (f), and §4.2: nothing critical unknown, nothing processed damaged, nothing twice.
fn check_extensions(certificate: &Certificate) -> Result<(), Problem> {
    const PROCESSED: [Oid; 9] = [
        oids::KEY_USAGE,
        oids::EXTENDED_KEY_USAGE,
        oids::BASIC_CONSTRAINTS,
        oids::NAME_CONSTRAINTS,
        oids::CERTIFICATE_POLICIES,
        oids::POLICY_MAPPINGS,
        oids::POLICY_CONSTRAINTS,
        oids::INHIBIT_ANY_POLICY,
        oids::SUBJECT_ALT_NAME,
    ];
    // Read elsewhere or carrying nothing that restricts the path.
    const UNDERSTOOD: [Oid; 7] = [
        oids::AUTHORITY_KEY_IDENTIFIER,
        oids::SUBJECT_KEY_IDENTIFIER,
        oids::ISSUER_ALT_NAME,
        oids::CRL_DISTRIBUTION_POINTS,
        oids::FRESHEST_CRL,
        oids::AUTHORITY_INFO_ACCESS,
        oids::OCSP_NO_CHECK,
    ];
    if let Some(oid) = certificate.duplicate_extensions().first() {
        return Err(Problem::DuplicateExtension(oid.clone()));
    }
    for extension in certificate.extensions().iter().filter(|e| e.critical) {
        if !PROCESSED.contains(&extension.oid) && !UNDERSTOOD.contains(&extension.oid) {
            return Err(Problem::UnknownCriticalExtension(extension.oid.clone()));
        }
    }
    // RFC 5280 §4.2.1.4: critical policies with a qualifier that cannot be interpreted refuse the path.
    let policies = certificate.extension(&oids::CERTIFICATE_POLICIES).filter(|e| e.critical);
    if policies.is_some() && certificate.policies().into_iter().flatten().any(|p| !p.has_only_known_qualifiers()) {
        return Err(Problem::UnknownCriticalExtension(oids::CERTIFICATE_POLICIES));
    }
    for oid in certificate.malformed_extensions() {
        if PROCESSED.contains(oid) || certificate.extension(oid).is_some_and(|e| e.critical) {
            return Err(Problem::MalformedExtension(oid.clone()));
        }
    }
    Ok(())
}

/// RFC 5280 §6.1.4 (e): a DSA key without parameters has those of the key above.
fn with_inherited_parameters(spki: &[u8], above: &[u8]) -> Vec<u8> {
    inherited(spki, above).unwrap_or_else(|| spki.to_vec())
}

/// The key of `issuer`, whose own issuers stand in `above`, nearest first, and end at `anchor`.
pub(super) fn working_key<'a>(issuer: &'a Certificate, above: &[Certificate], anchor: &Anchor) -> Cow<'a, [u8]> {
    if !lacks_parameters(issuer.spki()) {
        return Cow::Borrowed(issuer.spki());
    }
    let top = anchor.spki().to_vec();
    let key = above.iter().rev().fold(top, |key, certificate| with_inherited_parameters(certificate.spki(), &key));
    Cow::Owned(with_inherited_parameters(issuer.spki(), &key))
}

fn inherited(spki: &[u8], above: &[u8]) -> Option<Vec<u8>> {
    let own = Tlv::parse(spki).ok()?;
    let mut fields = own.reader();
    let algorithm = AlgorithmIdentifier::read(&mut fields).ok()?;
    if algorithm.oid != DSA || !algorithm.has_no_parameters() {
        return None;
    }
    let key = fields.expect(tag::BIT_STRING).ok()?;
    let mut above = Tlv::parse(above).ok()?.reader();
    let from = AlgorithmIdentifier::read(&mut above).ok()?;
    (from.oid == DSA && !from.has_no_parameters()).then(|| write::sequence(&[from.to_der().as_slice(), key.raw]))
}

/// True for a DSA key whose parameters stand in the certificate above (RFC 3279 §2.3.2).
pub(super) fn lacks_parameters(spki: &[u8]) -> bool {
    Tlv::parse(spki)
        .ok()
        .and_then(|t| AlgorithmIdentifier::read(&mut t.reader()).ok())
        .is_some_and(|a| a.oid == DSA && a.has_no_parameters())
}
