//! Keeping to a signature field's seed values — ISO 32000-2 12.7.5.5, Tables 237 and 238.
//!
//! What is required is obeyed or refused by name; what is only suggested is taken where nothing else was asked for.

use std::fmt;

use crate::algorithms::DigestAlgorithm;
use crate::pdf::seed_value::{
    ADD_REVOCATION, APPEARANCE_FILTER, CERT_ISSUER, CERT_KEY_USAGE, CERT_POLICY, CERT_SUBJECT, CERT_SUBJECT_NAME,
    CertificateSeed, DIGEST_METHOD, FILTER, LEGAL_ATTESTATION, LOCK_DOCUMENT, REASONS, SUB_FILTER, VERSION,
};
use crate::pdf::{Permission, SeedValue};
use crate::x509::Certificate;

use super::pades::{Encoding, SignatureKind};

/// The signature as its maker asked for it, before its field is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Wished {
    /// Its kind.
    pub kind: SignatureKind,
    /// The digest the key takes by itself.
    pub digest: DigestAlgorithm,
    /// A time-stamp will be added.
    pub time_stamped: bool,
    /// What the field's own `/Lock` allows afterwards.
    pub lock: Option<Permission>,
}

/// What a field demands beyond what was asked for, and we can do — ISO 32000-2 Table 237.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Demands {
    /// Another digest (`/DigestMethod`).
    pub digest: Option<DigestAlgorithm>,
    /// A certification (`/MDP`).
    pub certification: Option<Permission>,
    /// The document locked (`/LockDocument`).
    pub lock: bool,
    /// A time-stamp (`/TimeStamp`).
    pub time_stamp: bool,
    /// Revocation data (`/AddRevInfo`).
    pub revocation: Option<RevocationPlace>,
    /// The format (`/SubFilter`, or what `/AddRevInfo` takes).
    pub encoding: Encoding,
}

/// Where demanded revocation data goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevocationPlace {
    /// Into the value, as a signed attribute (ISO 32000-2 12.8.3.3.2).
    Value,
    /// Into the security store (ISO 32000-2 12.8.4.3), where the value's format has no such attribute.
    Store,
}

/// What a seed value demands of a signature wished for otherwise; `can` says which digests the key signs with.
pub fn demands(seed: &SeedValue, wished: &Wished, can: &dyn Fn(DigestAlgorithm) -> bool) -> Demands {
    const DIGESTS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];
    let requires = |bit: i64| seed.required & bit != 0;
    let listed = |digest: DigestAlgorithm| seed.digest_methods.iter().any(|name| same_digest(name, digest));
    let other_digest = || {
        let wanted = seed.digest_methods.iter().filter_map(|n| DIGESTS.into_iter().find(|d| same_digest(n, *d)));
        wanted.into_iter().find(|digest| can(*digest))
    };
    // Table 237, /SubFilter: the first in the list that the application can do.
    let required = seed.sub_filters.iter().filter(|_| requires(SUB_FILTER));
    let mut encodings = required
        .filter_map(|name| [Encoding::Cades, Encoding::Pkcs7].into_iter().find(|known| known.sub_filter() == *name));
    let adds = requires(ADD_REVOCATION) && seed.adds_revocation;
    // Table 237, /AddRevInfo: defined for the CMS formats of ISO 32000 itself.
    let encoding =
        encodings.next().unwrap_or(if adds && !requires(SUB_FILTER) { Encoding::Pkcs7 } else { Encoding::Cades });
    let certification = match (wished.kind, seed.mdp) {
        (SignatureKind::Approval, Some(class @ 1..=3)) => Some(Permission::from_number(class)),
        _ => None,
    };
    let kind = certification.map_or(wished.kind, SignatureKind::Certification);
    Demands {
        digest: (requires(DIGEST_METHOD) && !listed(wished.digest)).then(other_digest).flatten(),
        certification,
        lock: requires(LOCK_DOCUMENT)
            && seed.lock_document.as_deref() == Some("true")
            && !locks_document(kind, wished.lock),
        time_stamp: seed.time_stamp_required && !wished.time_stamped,
        revocation: adds.then_some(match encoding {
            Encoding::Cades => RevocationPlace::Store,
            Encoding::Pkcs7 => RevocationPlace::Value,
        }),
        encoding,
    }
}

/// The signature about to be made, as far as seed values speak about it.
#[derive(Clone, Copy, Debug)]
pub struct Intended<'a> {
    /// Its kind.
    pub kind: SignatureKind,
    /// Its `/SubFilter`.
    pub sub_filter: &'a str,
    /// Its `/Reason`.
    pub reason: Option<&'a str>,
    /// Digest of the document; `None` when the caller does not say.
    pub digest: Option<DigestAlgorithm>,
    /// A time-stamp over the value will be added.
    pub time_stamped: bool,
    /// Revocation data will be added.
    pub with_revocation: bool,
    /// The signer's certificate and what it was issued by; without one only what names a certificate is not met.
    pub certificate: Option<&'a Certificate>,
    /// Issuers of the certificate.
    pub chain: &'a [Certificate],
    /// The signature will forbid every later change.
    pub locks_document: bool,
}

/// What a field asks for and this signature is not.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Asked {
    /// Another signature handler.
    Handler(String),
    /// Another format.
    Format(Vec<String>),
    /// A handler of a later version.
    Version(i64),
    /// Another reason; none when the list is empty.
    Reason(Vec<String>),
    /// A legal attestation.
    Attestation,
    /// Revocation data inside.
    Revocation,
    /// Another digest.
    Digest(Vec<String>),
    /// The document locked by the signature.
    LockedDocument,
    /// The document left open by the signature.
    OpenDocument,
    /// An appearance kept by the handler under this name.
    Appearance(String),
    /// A certification with this `/P`.
    Certification(i64),
    /// An approval, not a certification.
    Approval,
    /// A time-stamp, from this service if one is named.
    TimeStamp(Option<String>),
    /// One of the certificates it lists.
    Certificate,
    /// A certificate issued by one of those it lists.
    Issuer,
    /// A certificate with one of these policies.
    Policy(Vec<String>),
    /// A certificate with one of these subjects.
    Subject(String),
    /// A certificate with one of these key usages.
    KeyUsage(Vec<String>),
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Handler(name) => write!(f, "the signature handler {name}"),
            Asked::Format(names) => write!(f, "the format {}", names.join(" or ")),
            Asked::Version(version) => write!(f, "a signature handler of version {version}"),
            Asked::Reason(reasons) if reasons.is_empty() => f.write_str("no reason at all"),
            Asked::Reason(reasons) => write!(f, "one of these reasons: {}", reasons.join(", ")),
            Asked::Attestation => f.write_str("a legal attestation"),
            Asked::Revocation => f.write_str("revocation data inside the file"),
            Asked::Digest(names) => write!(f, "the digest {}", names.join(" or ")),
            Asked::LockedDocument => f.write_str("a signature that locks the document"),
            Asked::OpenDocument => f.write_str("a signature that does not lock the document"),
            Asked::Appearance(name) => write!(f, "the appearance {name}"),
            Asked::Certification(number) => write!(f, "a certification that allows changes of class {number}"),
            Asked::Approval => f.write_str("an approval and no certification"),
            Asked::TimeStamp(None) => f.write_str("a time-stamp"),
            Asked::TimeStamp(Some(url)) => write!(f, "a time-stamp from {url}"),
            Asked::Certificate => f.write_str("one of the certificates it lists"),
            Asked::Issuer => f.write_str("a certificate from one of the issuers it lists"),
            Asked::Policy(oids) => write!(f, "a certificate under policy {}", oids.join(" or ")),
            Asked::Subject(names) => write!(f, "a certificate for {names}"),
            Asked::KeyUsage(usages) => write!(f, "a certificate with key usage {}", usages.join(" or ")),
        }
    }
}

/// The reason to give: the one asked for, else the only one the field allows (ISO 32000-2 Table 237, `/Reasons`).
pub fn reason<'a>(seed: Option<&'a SeedValue>, given: Option<&'a str>) -> Option<&'a str> {
    let only = seed.filter(|s| s.required & REASONS != 0).and_then(|s| match s.reasons.as_slice() {
        [one] if one != "." => Some(one.as_str()),
        _ => None,
    });
    given.or(only)
}

/// Checks the signature about to be made against the seed value of its field.
///
/// # Errors
/// The first requirement it does not meet.
pub fn check(seed: &SeedValue, intended: &Intended<'_>) -> Result<(), Asked> {
    let requires = |bit: i64| seed.required & bit != 0;
    if let Some(filter) = seed.filter.as_ref().filter(|f| requires(FILTER) && *f != "Adobe.PPKLite") {
        return Err(Asked::Handler(filter.clone()));
    }
    if requires(SUB_FILTER) && !seed.sub_filters.iter().any(|s| s == intended.sub_filter) {
        return Err(Asked::Format(seed.sub_filters.clone()));
    }
    // Table 237: 3 is PDF 2.0, the newest there is.
    if let Some(version) = seed.version.filter(|v| requires(VERSION) && *v > 3) {
        return Err(Asked::Version(version));
    }
    if requires(REASONS) {
        // No array, or a single period: there shall be no reason.
        let none = seed.reasons.is_empty() || seed.reasons == ["."];
        let fits = match intended.reason {
            None => none,
            Some(given) => !none && seed.reasons.iter().any(|r| r == given),
        };
        if !fits {
            return Err(Asked::Reason(if none { Vec::new() } else { seed.reasons.clone() }));
        }
    }
    let certifies = matches!(intended.kind, SignatureKind::Certification(_));
    if requires(LEGAL_ATTESTATION) && certifies && !seed.legal_attestations.is_empty() {
        return Err(Asked::Attestation);
    }
    if requires(ADD_REVOCATION) && seed.adds_revocation && !intended.with_revocation {
        return Err(Asked::Revocation);
    }
    if requires(DIGEST_METHOD)
        && let Some(digest) = intended.digest
        && !seed.digest_methods.iter().any(|name| same_digest(name, digest))
    {
        return Err(Asked::Digest(seed.digest_methods.clone()));
    }
    if requires(LOCK_DOCUMENT) && seed.lock_document.as_deref() == Some("true") && !intended.locks_document {
        return Err(Asked::LockedDocument);
    }
    if requires(LOCK_DOCUMENT) && seed.lock_document.as_deref() == Some("false") && intended.locks_document {
        return Err(Asked::OpenDocument);
    }
    if let Some(name) = seed.appearance_filter.as_ref().filter(|_| requires(APPEARANCE_FILTER)) {
        return Err(Asked::Appearance(name.clone()));
    }
    match (seed.mdp, intended.kind) {
        (Some(0), SignatureKind::Certification(_)) => return Err(Asked::Approval),
        (Some(wanted), SignatureKind::Certification(given)) if given.number() != wanted => {
            return Err(Asked::Certification(wanted));
        }
        (Some(wanted @ 1..), SignatureKind::Approval) => return Err(Asked::Certification(wanted)),
        _ => {}
    }
    if seed.time_stamp_required && !intended.time_stamped {
        return Err(Asked::TimeStamp(seed.time_stamp_url.clone()));
    }
    seed.certificate.as_ref().map_or(Ok(()), |wanted| check_certificate(wanted, intended))
}

fn same_digest(name: &str, digest: DigestAlgorithm) -> bool {
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    bare(name) == bare(digest.name())
}

// ISO 32000-2 Table 238.
fn check_certificate(wanted: &CertificateSeed, intended: &Intended<'_>) -> Result<(), Asked> {
    let requires = |bit: i64| wanted.required & bit != 0;
    let certificate = intended.certificate;
    if requires(CERT_SUBJECT) && !wanted.subjects.is_empty() {
        let listed = certificate.is_some_and(|c| wanted.subjects.iter().any(|der| der == c.der()));
        if !listed {
            return Err(Asked::Certificate);
        }
    }
    if requires(CERT_ISSUER) && !wanted.issuers.is_empty() && !below(wanted, intended) {
        return Err(Asked::Issuer);
    }
    // The policies bind only together with issuers.
    if requires(CERT_POLICY) && !wanted.policies.is_empty() && !wanted.issuers.is_empty() {
        let policies = certificate.and_then(Certificate::policies).unwrap_or_default();
        if !policies.iter().any(|p| wanted.policies.contains(&p.policy.to_string())) {
            return Err(Asked::Policy(wanted.policies.clone()));
        }
    }
    if requires(CERT_SUBJECT_NAME) && !wanted.subject_names.is_empty() {
        let named =
            |pairs: &Vec<(String, String)>| pairs.iter().all(|(key, value)| has_attribute(certificate, key, value));
        if !wanted.subject_names.iter().any(named) {
            return Err(Asked::Subject(names(&wanted.subject_names)));
        }
    }
    if requires(CERT_KEY_USAGE) && !wanted.key_usages.is_empty() {
        let bits = certificate.and_then(Certificate::key_usage).map_or(0, |usage| usage.0);
        if !wanted.key_usages.iter().any(|pattern| usage_fits(bits, pattern)) {
            return Err(Asked::KeyUsage(wanted.key_usages.clone()));
        }
    }
    Ok(())
}

// The signer's certificate or one of its issuers was issued by one that is listed.
fn below(wanted: &CertificateSeed, intended: &Intended<'_>) -> bool {
    let issuers: Vec<Certificate> = wanted.issuers.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    intended
        .certificate
        .into_iter()
        .chain(intended.chain)
        .any(|one| issuers.iter().any(|issuer| issuer.der() == one.der() || issuer.subject().matches(one.issuer())))
}

fn has_attribute(certificate: Option<&Certificate>, key: &str, value: &str) -> bool {
    const NAMES: [(&str, &str); 11] = [
        ("cn", "2.5.4.3"),
        ("sn", "2.5.4.4"),
        ("serialnumber", "2.5.4.5"),
        ("c", "2.5.4.6"),
        ("l", "2.5.4.7"),
        ("st", "2.5.4.8"),
        ("o", "2.5.4.10"),
        ("ou", "2.5.4.11"),
        ("title", "2.5.4.12"),
        ("e", "1.2.840.113549.1.9.1"),
        ("emailaddress", "1.2.840.113549.1.9.1"),
    ];
    let key = key.to_ascii_lowercase();
    let oid = NAMES.iter().find(|(name, _)| *name == key).map_or(key.as_str(), |(_, oid)| *oid);
    certificate.is_some_and(|c| {
        c.subject().attributes().any(|a| a.kind.to_string() == oid && a.text.as_deref() == Some(value))
    })
}

fn names(wanted: &[Vec<(String, String)>]) -> String {
    let one = |pairs: &Vec<(String, String)>| {
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
    };
    wanted.iter().map(one).collect::<Vec<_>>().join(" or ")
}

// Bit 0 of the extension is the first character; what the pattern leaves out does not matter.
fn usage_fits(bits: u16, pattern: &str) -> bool {
    pattern.bytes().take(9).enumerate().all(|(at, wanted)| {
        let set = bits & (1 << at) != 0;
        match wanted {
            b'0' => !set,
            b'1' => set,
            _ => true,
        }
    })
}

/// What a certification of this `/P` locks: 1 locks everything.
pub(super) fn locks_document(kind: SignatureKind, lock: Option<Permission>) -> bool {
    kind == SignatureKind::Certification(Permission::NoChanges) || lock == Some(Permission::NoChanges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intended<'a>() -> Intended<'a> {
        Intended {
            kind: SignatureKind::Approval,
            sub_filter: "ETSI.CAdES.detached",
            reason: None,
            digest: Some(DigestAlgorithm::Sha256),
            time_stamped: false,
            with_revocation: false,
            certificate: None,
            chain: &[],
            locks_document: false,
        }
    }

    fn asked(seed: SeedValue) -> Option<Asked> {
        check(&seed, &intended()).err()
    }

    #[test]
    fn what_is_only_suggested_binds_nobody() {
        let seed = SeedValue {
            filter: Some("Other".into()),
            sub_filters: vec!["adbe.pkcs7.detached".into()],
            version: Some(9),
            digest_methods: vec!["SHA512".into()],
            reasons: vec!["A".into()],
            legal_attestations: vec!["x".into()],
            adds_revocation: true,
            lock_document: Some("true".into()),
            appearance_filter: Some("A".into()),
            certificate: Some(CertificateSeed { subjects: vec![vec![0]], ..CertificateSeed::default() }),
            ..SeedValue::default()
        };
        assert_eq!(asked(seed), None);
    }

    #[test]
    fn every_requirement_is_named() {
        let require = |required, seed: SeedValue| asked(SeedValue { required, ..seed });
        let seed = SeedValue::default;
        let one = |text: &str| vec![text.to_owned()];
        assert_eq!(require(FILTER, SeedValue { filter: Some("X".into()), ..seed() }), Some(Asked::Handler("X".into())));
        assert_eq!(require(FILTER, SeedValue { filter: Some("Adobe.PPKLite".into()), ..seed() }), None);
        let format = one("adbe.pkcs7.sha1");
        assert_eq!(
            require(SUB_FILTER, SeedValue { sub_filters: format.clone(), ..seed() }),
            Some(Asked::Format(format))
        );
        assert_eq!(require(VERSION, SeedValue { version: Some(3), ..seed() }), None);
        assert_eq!(require(VERSION, SeedValue { version: Some(4), ..seed() }), Some(Asked::Version(4)));
        assert_eq!(require(REASONS, SeedValue { reasons: one("A"), ..seed() }), Some(Asked::Reason(one("A"))));
        assert_eq!(require(REASONS, SeedValue { reasons: one("."), ..seed() }), None);
        assert_eq!(require(ADD_REVOCATION, SeedValue { adds_revocation: true, ..seed() }), Some(Asked::Revocation));
        assert_eq!(require(ADD_REVOCATION, seed()), None);
        assert_eq!(require(DIGEST_METHOD, SeedValue { digest_methods: one("SHA-256"), ..seed() }), None);
        assert_eq!(
            require(DIGEST_METHOD, SeedValue { digest_methods: one("SHA384"), ..seed() }),
            Some(Asked::Digest(one("SHA384")))
        );
        let lock = |value: &str| SeedValue { lock_document: Some(value.into()), ..seed() };
        assert_eq!(require(LOCK_DOCUMENT, lock("true")), Some(Asked::LockedDocument));
        assert_eq!(require(LOCK_DOCUMENT, lock("auto")), None);
        assert_eq!(require(0, SeedValue { mdp: Some(2), ..seed() }), Some(Asked::Certification(2)));
        assert_eq!(require(0, SeedValue { mdp: Some(0), ..seed() }), None);
        assert_eq!(require(0, SeedValue { time_stamp_required: true, ..seed() }), Some(Asked::TimeStamp(None)));
    }

    #[test]
    fn what_is_demanded_and_possible_is_done() {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let wished = Wished { kind: SignatureKind::Approval, digest: Sha256, time_stamped: false, lock: None };
        let demanded =
            |required, seed: SeedValue| demands(&SeedValue { required, ..seed }, &wished, &|digest| digest != Sha384);
        let (seed, none) = (SeedValue::default, Demands::default());
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let digests = |names: &[&str]| SeedValue { digest_methods: list(names), ..seed() };
        assert_eq!(demanded(DIGEST_METHOD, digests(&["SHA1", "SHA384", "SHA512"])).digest, Some(Sha512));
        assert_eq!(demanded(DIGEST_METHOD, digests(&["SHA512", "SHA256"])), none);
        assert_eq!(demanded(DIGEST_METHOD, digests(&["SHA1", "SHA384"])), none);
        assert_eq!(demanded(0, digests(&["SHA512"])), none);
        assert_eq!(demanded(0, SeedValue { mdp: Some(2), ..seed() }).certification, Some(Permission::FillForms));
        assert_eq!(demanded(0, SeedValue { mdp: Some(0), ..seed() }), none);
        assert!(demanded(0, SeedValue { time_stamp_required: true, ..seed() }).time_stamp);
        let lock = |value: &str| SeedValue { lock_document: Some(value.to_owned()), ..seed() };
        assert!(demanded(LOCK_DOCUMENT, lock("true")).lock);
        assert_eq!(demanded(LOCK_DOCUMENT, lock("auto")), none);
        let formats = |names: &[&str]| SeedValue { sub_filters: list(names), ..seed() };
        let legacy = demanded(SUB_FILTER, formats(&["adbe.pkcs7.sha1", "adbe.pkcs7.detached"]));
        assert_eq!(legacy.encoding, Encoding::Pkcs7);
        assert_eq!(demanded(SUB_FILTER, formats(&["adbe.pkcs7.sha1"])), none);
        let adds = |names: &[&str]| SeedValue { adds_revocation: true, ..formats(names) };
        let alone = demanded(ADD_REVOCATION, adds(&[]));
        assert_eq!((alone.encoding, alone.revocation), (Encoding::Pkcs7, Some(RevocationPlace::Value)));
        let etsi = demanded(ADD_REVOCATION | SUB_FILTER, adds(&["ETSI.CAdES.detached"]));
        assert_eq!((etsi.encoding, etsi.revocation), (Encoding::Cades, Some(RevocationPlace::Store)));
        assert_eq!(demanded(0, adds(&[])), none);
    }

    #[test]
    fn a_certification_meets_only_its_own_class() {
        let certify = |permission, mdp| {
            let kind = SignatureKind::Certification(permission);
            let seed = SeedValue { mdp: Some(mdp), ..SeedValue::default() };
            check(&seed, &Intended { kind, ..intended() }).err()
        };
        assert_eq!(certify(Permission::FillForms, 2), None);
        assert_eq!(certify(Permission::FillForms, 1), Some(Asked::Certification(1)));
        assert_eq!(certify(Permission::FillForms, 0), Some(Asked::Approval));
    }

    #[test]
    fn the_only_reason_allowed_is_given_and_a_reason_asked_for_stays() {
        let seed = |reasons: &[&str], required| SeedValue {
            required,
            reasons: reasons.iter().map(|r| (*r).to_owned()).collect(),
            ..SeedValue::default()
        };
        assert_eq!(reason(Some(&seed(&["A"], REASONS)), None), Some("A"));
        assert_eq!(reason(Some(&seed(&["A"], REASONS)), Some("B")), Some("B"));
        assert_eq!(reason(Some(&seed(&["A", "B"], REASONS)), None), None);
        assert_eq!(reason(Some(&seed(&["."], REASONS)), None), None);
        assert_eq!(reason(Some(&seed(&["A"], 0)), None), None);
    }

    #[test]
    fn a_certificate_must_be_one_of_those_listed_where_that_is_required() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/modern.p12");
        let key = crate::keys::software::open(&std::fs::read(path).expect("the fixture"), Some("secret"));
        let key = key.expect("opens");
        let certificate = &key.chain[0];
        let with = |seed: CertificateSeed| {
            let seed = SeedValue { certificate: Some(seed), ..SeedValue::default() };
            check(&seed, &Intended { certificate: Some(certificate), ..intended() }).err()
        };
        let base = CertificateSeed::default;
        let own = vec![certificate.der().to_vec()];
        let other = vec![vec![0x30, 0x00]];
        let subjects = |subjects| with(CertificateSeed { required: CERT_SUBJECT, subjects, ..base() });
        assert_eq!(subjects(own.clone()), None);
        assert_eq!(subjects(other.clone()), Some(Asked::Certificate));
        assert_eq!(with(CertificateSeed { required: CERT_ISSUER, issuers: own, ..base() }), None);
        assert_eq!(with(CertificateSeed { required: CERT_ISSUER, issuers: other, ..base() }), Some(Asked::Issuer));
        let name = certificate.subject().common_name().expect("has one");
        let named = |value: &str| {
            let subject_names = vec![vec![("CN".to_owned(), value.to_owned())]];
            with(CertificateSeed { required: CERT_SUBJECT_NAME, subject_names, ..base() })
        };
        assert_eq!(named(&name), None);
        assert_eq!(named("Ai đó"), Some(Asked::Subject("CN=Ai đó".into())));
        let usage = |pattern: &str| {
            with(CertificateSeed { required: CERT_KEY_USAGE, key_usages: vec![pattern.into()], ..base() })
        };
        let bits = certificate.key_usage().map_or(0, |u| u.0);
        let own: String = (0..9).map(|bit| if bits & (1 << bit) != 0 { '1' } else { '0' }).collect();
        let other: String = own.chars().map(|c| if c == '1' { '0' } else { '1' }).collect();
        assert_eq!(usage(&own), None);
        assert_eq!(usage("XXXXXXXXX"), None);
        assert_eq!(usage(&other), Some(Asked::KeyUsage(vec![other])));
    }
}
