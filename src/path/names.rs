//! Name constraints — RFC 5280 §4.2.1.10 and §6.1.3 (b), (c).
//!
//! Every permitted list met on the way down must be satisfied, which is the intersection the standard
//! asks for. A constraint that cannot be compared with a name of its form refuses the path.

use super::Problem;
use crate::base::budget::Budget;
use crate::x509::extensions::{GeneralSubtree, NameConstraints};
use crate::x509::{Certificate, GeneralName, oids};

/// The constraints of the certificates above.
#[derive(Debug, Default)]
pub(super) struct Subtrees<'a> {
    all: Vec<&'a NameConstraints>,
}

impl<'a> Subtrees<'a> {
    /// RFC 5280 §6.1.4 (g).
    pub(super) fn add(&mut self, constraints: &'a NameConstraints) {
        self.all.push(constraints);
    }

    /// RFC 5280 §6.1.3 (b), (c): the subject and every alternative name.
    pub(super) fn check(&self, certificate: &Certificate, work: &mut Budget) -> Result<(), Problem> {
        if self.all.is_empty() {
            return Ok(());
        }
        let mut names: Vec<GeneralName> = certificate.subject_alt_names().to_vec();
        if !certificate.subject().is_empty() {
            names.push(GeneralName::Directory(certificate.subject().clone()));
        }
        // RFC 5280 §4.2.1.10: without alternative names, e-mail constraints apply to the subject's addresses.
        if certificate.subject_alt_names().is_empty() {
            for attribute in certificate.subject().attributes().filter(|a| a.kind == oids::AT_EMAIL) {
                let text = attribute.text.as_deref().ok_or(Problem::UncomparableName)?;
                names.push(GeneralName::Email(text.as_bytes().to_vec()));
            }
        }
        for name in &names {
            for constraints in &self.all {
                let cost = constraints.permitted.len().saturating_add(constraints.excluded.len());
                work.spend(u64::try_from(cost).unwrap_or(u64::MAX)).map_err(|_| Problem::WorkExhausted)?;
                check_one(name, constraints)?;
            }
        }
        Ok(())
    }
}

fn check_one(name: &GeneralName, constraints: &NameConstraints) -> Result<(), Problem> {
    for subtree in constraints.excluded.iter().filter(|s| same_form(name, &s.base)) {
        if within(name, subtree, Side::Excluded)? {
            return Err(Problem::Excluded);
        }
    }
    let mut restricted = false;
    for subtree in constraints.permitted.iter().filter(|s| same_form(name, &s.base)) {
        restricted = true;
        if within(name, subtree, Side::Permitted)? {
            return Ok(());
        }
    }
    if restricted { Err(Problem::NotPermitted) } else { Ok(()) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

fn same_form(name: &GeneralName, base: &GeneralName) -> bool {
    match (name, base) {
        // Other names of different types are different forms.
        (GeneralName::Other { kind: a, .. }, GeneralName::Other { kind: b, .. }) => a == b,
        _ => std::mem::discriminant(name) == std::mem::discriminant(base),
    }
}

fn within(name: &GeneralName, subtree: &GeneralSubtree, side: Side) -> Result<bool, Problem> {
    // RFC 5280 §4.2.1.10: minimum is 0 and maximum absent; anything else is not processed.
    if subtree.has_distance {
        return Err(Problem::UncomparableName);
    }
    match (name, &subtree.base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Ok(name.is_within(base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns_within(name, base, side),
        (GeneralName::Email(name), GeneralName::Email(base)) => email_within(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri_within(name, base),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => ip_within(name, base),
        // No comparison is defined for the other forms.
        _ => Err(Problem::UncomparableName),
    }
}

fn dns_within(name: &[u8], base: &[u8], side: Side) -> Result<bool, Problem> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    if base.is_empty() {
        return Ok(true);
    }
    // A leading dot has no meaning in this form; reading it either way accepts what the CA may not have meant.
    if !is_host(base) || name.is_empty() {
        return Err(Problem::UncomparableName);
    }
    if let Some(parent) = name.strip_prefix(b"*.") {
        if !is_host(parent) {
            return Err(Problem::UncomparableName);
        }
        // A wildcard stands for every label: it lies inside when its parent does, and it reaches into an
        // excluded subtree that begins one label further down.
        let reaches = side == Side::Excluded
            && strip_suffix_ignoring_case(base, parent)
                .and_then(|label| label.strip_suffix(b"."))
                .is_some_and(|label| !label.contains(&b'.'));
        return Ok(host_within(parent, base) || reaches);
    }
    if !is_host(name) {
        return Err(Problem::UncomparableName);
    }
    Ok(host_within(name, base))
}

fn email_within(name: &[u8], base: &[u8]) -> Result<bool, Problem> {
    let (local, host) = split_at_sign(name).ok_or(Problem::UncomparableName)?;
    if local.is_empty() || !is_host(host) {
        return Err(Problem::UncomparableName);
    }
    if let Some((wanted_local, wanted_host)) = split_at_sign(base) {
        // RFC 5280 §7.5: the local part is compared exactly, the host without regard to case.
        return Ok(local == wanted_local && host.eq_ignore_ascii_case(wanted_host));
    }
    domain_or_host(host, base)
}

fn uri_within(name: &[u8], base: &[u8]) -> Result<bool, Problem> {
    let text = std::str::from_utf8(name).map_err(|_| Problem::UncomparableName)?;
    // RFC 5280 §4.2.1.10: a URI without an authority with a host name is refused.
    let (scheme, rest) = text.split_once(':').ok_or(Problem::UncomparableName)?;
    let authority = rest.strip_prefix("//").ok_or(Problem::UncomparableName)?;
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let scheme_ok = scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if !scheme_ok || !is_host(host.as_bytes()) || host.parse::<std::net::IpAddr>().is_ok() {
        return Err(Problem::UncomparableName);
    }
    domain_or_host(host.as_bytes(), base)
}

// `.example.com` means hosts below, `example.com` that host alone.
fn domain_or_host(host: &[u8], base: &[u8]) -> Result<bool, Problem> {
    if base.is_empty() {
        return Ok(true);
    }
    match base.strip_prefix(b".") {
        Some(domain) if is_host(domain) => {
            Ok(strip_suffix_ignoring_case(host, base).is_some_and(|head| !head.is_empty()))
        }
        None if is_host(base) => Ok(host.eq_ignore_ascii_case(base)),
        _ => Err(Problem::UncomparableName),
    }
}

fn ip_within(name: &[u8], base: &[u8]) -> Result<bool, Problem> {
    if !matches!((name.len(), base.len()), (4 | 16, 8 | 32)) {
        return Err(Problem::UncomparableName);
    }
    let (network, mask) = base.split_at(base.len() / 2);
    // RFC 4632 style: ones, then zeros.
    let mut bits = mask.iter().flat_map(|octet| (0..8).map(move |bit| octet & (0x80 >> bit) != 0));
    if !bits.by_ref().skip_while(|bit| *bit).all(|bit| !bit) {
        return Err(Problem::UncomparableName);
    }
    Ok(name.len() == network.len() && name.iter().zip(network).zip(mask).all(|((n, w), m)| n & m == w & m))
}

fn host_within(host: &[u8], base: &[u8]) -> bool {
    strip_suffix_ignoring_case(host, base).is_some_and(|head| head.is_empty() || head.ends_with(b"."))
}

fn strip_suffix_ignoring_case<'a>(text: &'a [u8], suffix: &[u8]) -> Option<&'a [u8]> {
    let (head, tail) = text.split_at(text.len().checked_sub(suffix.len())?);
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

fn split_at_sign(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|b| *b == b'@')?;
    let (local, rest) = text.split_at(at);
    Some((local, rest.strip_prefix(b"@").unwrap_or_default()))
}

fn is_host(text: &[u8]) -> bool {
    text.len() <= 253
        && text.split(|b| *b == b'.').all(|label| {
            (1..=63).contains(&label.len())
                && label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::Name;

    fn verdict(name: GeneralName, permitted: &[GeneralName], excluded: &[GeneralName]) -> Result<(), Problem> {
        let tree = |list: &[GeneralName]| {
            list.iter().map(|base| GeneralSubtree { base: base.clone(), has_distance: false }).collect()
        };
        check_one(&name, &NameConstraints { permitted: tree(permitted), excluded: tree(excluded) })
    }

    fn dns(text: &str) -> GeneralName {
        GeneralName::Dns(text.as_bytes().to_vec())
    }

    fn email(text: &str) -> GeneralName {
        GeneralName::Email(text.as_bytes().to_vec())
    }

    fn uri(text: &str) -> GeneralName {
        GeneralName::Uri(text.as_bytes().to_vec())
    }

    #[test]
    fn dns_names_lie_below_by_whole_labels() {
        assert_eq!(verdict(dns("a.gov.vn"), &[dns("GOV.vn")], &[]), Ok(()));
        assert_eq!(verdict(dns("gov.vn"), &[dns("gov.vn")], &[]), Ok(()));
        assert_eq!(verdict(dns("agov.vn"), &[dns("gov.vn")], &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(dns("a.gov.vn"), &[], &[dns("gov.vn")]), Err(Problem::Excluded));
        assert_eq!(verdict(dns("a.gov.vn"), &[dns(".gov.vn")], &[]), Err(Problem::UncomparableName));
        assert_eq!(verdict(dns("a.gov.vn"), &[], &[dns("")]), Err(Problem::Excluded));
    }

    #[test]
    fn a_wildcard_reaches_into_an_excluded_subtree_one_label_down() {
        assert_eq!(verdict(dns("*.gov.vn"), &[dns("gov.vn")], &[]), Ok(()));
        assert_eq!(verdict(dns("*.gov.vn"), &[dns("a.gov.vn")], &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(dns("*.gov.vn"), &[], &[dns("a.gov.vn")]), Err(Problem::Excluded));
        assert_eq!(verdict(dns("*.gov.vn"), &[], &[dns("b.a.gov.vn")]), Ok(()));
    }

    #[test]
    fn mailboxes_hosts_and_domains_are_three_constraints() {
        let name = || email("Vanthu@h45.gov.vn");
        assert_eq!(verdict(name(), &[email("Vanthu@H45.gov.vn")], &[]), Ok(()));
        assert_eq!(verdict(name(), &[email("vanthu@h45.gov.vn")], &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(name(), &[email("h45.gov.vn")], &[]), Ok(()));
        assert_eq!(verdict(name(), &[email("gov.vn")], &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(name(), &[email(".gov.vn")], &[]), Ok(()));
        assert_eq!(verdict(email("no-host"), &[email(".gov.vn")], &[]), Err(Problem::UncomparableName));
    }

    #[test]
    fn uris_are_compared_by_host() {
        let name = || uri("https://u:p@a.gov.vn:8443/x?y");
        assert_eq!(verdict(name(), &[uri(".gov.vn")], &[]), Ok(()));
        assert_eq!(verdict(name(), &[uri("gov.vn")], &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(name(), &[], &[uri("A.gov.vn")]), Err(Problem::Excluded));
        for odd in ["urn:a:b", "https://10.0.0.1/", "https:///x", "https://[::1]/"] {
            assert_eq!(verdict(uri(odd), &[uri(".gov.vn")], &[]), Err(Problem::UncomparableName), "{odd}");
        }
    }

    #[test]
    fn addresses_are_compared_under_the_mask() {
        let ip = |octets: &[u8]| GeneralName::Ip(octets.to_vec());
        let net = ip(&[10, 1, 0, 0, 255, 255, 0, 0]);
        assert_eq!(verdict(ip(&[10, 1, 255, 1]), std::slice::from_ref(&net), &[]), Ok(()));
        assert_eq!(verdict(ip(&[10, 2, 0, 1]), std::slice::from_ref(&net), &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(ip(&[0; 16]), &[net], &[]), Err(Problem::NotPermitted));
        let holes = ip(&[10, 1, 0, 0, 255, 0, 255, 0]);
        assert_eq!(verdict(ip(&[10, 1, 0, 1]), &[holes], &[]), Err(Problem::UncomparableName));
    }

    #[test]
    fn forms_without_a_comparison_and_distances_refuse_only_names_of_their_form() {
        let other = || GeneralName::Other { kind: oids::AT_USER_ID, value: vec![5, 0] };
        assert_eq!(verdict(other(), &[other()], &[]), Err(Problem::UncomparableName));
        assert_eq!(verdict(dns("a.vn"), &[other()], &[]), Ok(()));
        let far = NameConstraints {
            permitted: vec![GeneralSubtree { base: dns("vn"), has_distance: true }],
            excluded: Vec::new(),
        };
        assert_eq!(check_one(&dns("a.vn"), &far), Err(Problem::UncomparableName));
        assert_eq!(check_one(&email("a@a.vn"), &far), Ok(()));
    }

    #[test]
    fn directory_names_outside_every_permitted_subtree_are_refused() {
        let name =
            |o: &str| GeneralName::Directory(Name::build(&[(oids::AT_COUNTRY, "VN"), (oids::AT_ORGANIZATION, o)]));
        assert_eq!(verdict(name("A"), &[name("B"), name("a")], &[]), Ok(()));
        assert_eq!(verdict(name("A"), &[name("B")], &[]), Err(Problem::NotPermitted));
        assert_eq!(verdict(name("A"), &[], &[name("A")]), Err(Problem::Excluded));
    }
}
