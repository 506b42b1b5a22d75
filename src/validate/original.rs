//! Whether a file is an original by Decree 30/2020/NĐ-CP, Article 5: signed by the person with the right to
//! sign, then by the agency, with nothing in between or after that neither of them put there.
//!
//! Looks at verdicts only. Who is a person and who an agency is said by the policy's roles, never by a certificate's
//! common name; where they do not say, the question stays open.

use super::candidate::{Change, Kind};
use super::cause::Cause;
use super::finding::Finding;
use super::verdict::Verdict;
use crate::policy::{Role, Roles, Signer};

pub use crate::pdf::diff::NUMBER_AND_DATE_FIELDS;

/// Kinds of changes that say nothing about the document as long as they are allowed at all: validation data,
/// time-stamps, and what saving itself changes.
const UPKEEP: [&str; 6] = ["security-store", "doc-timestamp-added", "metadata", "catalog", "form", "structure"];

/// What was found out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Originality {
    /// It is one.
    Original {
        /// Id of the person's signature.
        person: String,
        /// Id of the agency's signature.
        agency: String,
        /// The agency's code.
        code: String,
    },
    /// It is none.
    Not(NotOriginal),
    /// Somebody signed whose role nobody told.
    RoleUnknown {
        /// Id of the signature.
        signature: String,
        /// The signer's subject; empty where no certificate was found.
        subject: String,
    },
}

/// Why a file is no original. Ids name signatures.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotOriginal {
    /// Rule (a).
    #[error("no person with a known right to sign has signed it")]
    NoPerson,
    /// Rule (a).
    #[error("no agency has signed it after {person}")]
    NoAgency {
        /// The person's signature.
        person: String,
    },
    /// Rule (a): the person's or the agency's signature did not pass.
    #[error("the signature {signature} is not TOTAL-PASSED")]
    NotPassed {
        /// Its id.
        signature: String,
    },
    /// Rule (b).
    #[error("the agency's signature {agency} does not cover the revision that {person} signed")]
    NotCovered {
        /// The person's signature.
        person: String,
        /// The agency's.
        agency: String,
    },
    /// Rule (c).
    #[error("between {person} and {agency} came more than number, date and time-stamps: {what}")]
    Between {
        /// The person's signature.
        person: String,
        /// The agency's.
        agency: String,
        /// What came.
        what: Cause,
    },
    /// Rule (d).
    #[error("after {agency} came more than time-stamps and a receiver's stamp of arrival: {what}")]
    After {
        /// The agency's signature.
        agency: String,
        /// What came.
        what: Cause,
    },
}

impl Originality {
    /// The finding on the file; `None` for an original.
    pub fn finding(&self) -> Option<Finding> {
        match self {
            Originality::Original { .. } => None,
            Originality::Not(why) => Some(Finding::NotOriginal(why.into())),
            Originality::RoleUnknown { signature, subject } => {
                Some(Finding::RoleUnknown { signature: signature.clone(), subject: subject.clone() })
            }
        }
    }
}

/// Judges by the four rules of the policy `nd30`, over all verdicts on one file.
pub fn judge(verdicts: &[Verdict], roles: &Roles) -> Originality {
    let signatures: Vec<&Verdict> = verdicts.iter().filter(|v| v.kind == Kind::Signature).collect();
    let mut nearest: Option<(u8, Originality)> = None;
    for agency in signatures.iter().filter(|v| is(v, Role::Agency, roles)) {
        for person in signatures.iter().filter(|v| is(v, Role::Person, roles)) {
            let outcome = match pair(person, agency, verdicts, roles) {
                Ok(original) => return original,
                Err(outcome) => outcome,
            };
            // The reasons nearest to an original are told, not the first found.
            let rank = rank(&outcome);
            if nearest.as_ref().is_none_or(|(old, _)| *old <= rank) {
                nearest = Some((rank, outcome));
            }
        }
    }
    if let Some((_, outcome)) = nearest {
        return outcome;
    }
    // A person or an agency is missing: whoever is unknown might be the one.
    if let Some(stranger) = signatures.iter().find(|v| role_of(v, roles).is_none()) {
        return unknown(stranger);
    }
    Originality::Not(match signatures.iter().rfind(|v| is(v, Role::Person, roles)) {
        Some(person) => NotOriginal::NoAgency { person: person.id.clone() },
        None => NotOriginal::NoPerson,
    })
}

/// The role and agency of a signature's signer, when the roles say so.
pub fn role_of<'r>(verdict: &Verdict, roles: &'r Roles) -> Option<&'r Signer> {
    roles.of(verdict.signer.as_ref()?)
}

/// The last signature of a mapped person that is intact and TOTAL-PASSED: what a seal may be put to.
///
/// `None` forbids sealing (Decree 30/2020/NĐ-CP, Article 5: the agency signs after the person with the right to).
pub fn sealable<'v>(verdicts: &'v [Verdict], roles: &Roles) -> Option<&'v Verdict> {
    let fits = |v: &&Verdict| v.kind == Kind::Signature && v.conclusion.passed() && is(v, Role::Person, roles);
    verdicts.iter().rfind(fits)
}

fn is(verdict: &Verdict, role: Role, roles: &Roles) -> bool {
    role_of(verdict, roles).is_some_and(|signer| signer.role == role)
}

fn rank(outcome: &Originality) -> u8 {
    match outcome {
        Originality::Not(NotOriginal::NotCovered { .. }) => 2,
        Originality::Not(NotOriginal::NotPassed { .. }) => 3,
        Originality::Not(NotOriginal::Between { .. } | NotOriginal::After { .. }) => 4,
        Originality::Not(_) => 0,
        Originality::RoleUnknown { .. } | Originality::Original { .. } => 6,
    }
}

fn unknown(verdict: &Verdict) -> Originality {
    let subject = verdict.signer.as_ref().map(|c| c.subject().to_string()).unwrap_or_default();
    Originality::RoleUnknown { signature: verdict.id.clone(), subject }
}

/// Rules (a) to (d) for one person and one agency; what the file is if they hold, else what it is not.
fn pair(person: &Verdict, agency: &Verdict, all: &[Verdict], roles: &Roles) -> Result<Originality, Originality> {
    let ids = || (person.id.clone(), agency.id.clone());
    // (b): it signs a later revision, and a revision holds every earlier one.
    let covered = match (person.extent.revision, agency.extent.revision) {
        (Some(persons), Some(agencys)) => persons < agencys,
        _ => false,
    };
    if !covered {
        let (person, agency) = ids();
        return Err(Originality::Not(NotOriginal::NotCovered { person, agency }));
    }
    // (a)
    if let Some(open) = [person, agency].into_iter().find(|v| !v.conclusion.passed()) {
        return Err(Originality::Not(NotOriginal::NotPassed { signature: open.id.clone() }));
    }
    let code = role_of(agency, roles).and_then(|s| s.agency.clone()).unwrap_or_default();
    // (c): what came after the person and not after the agency came between them.
    for change in person.changes.iter().filter(|change| !agency.changes.iter().any(|after| is_same(change, after))) {
        let is_seal = change.depends_on.as_deref() == Some(agency.id.as_str());
        if !is_seal && !is_upkeep(change) && !fills_number_or_date(change) {
            if let Some(stranger) = stranger_in(change, all, roles) {
                return Err(unknown(stranger));
            }
            let ((person, agency), what) = (ids(), change.what.clone());
            return Err(Originality::Not(NotOriginal::Between { person, agency, what }));
        }
    }
    // (d)
    for change in agency.changes.iter().filter(|change| !is_upkeep(change)) {
        if let Some(stranger) = stranger_in(change, all, roles) {
            return Err(unknown(stranger));
        }
        if !is_arrival(change, &code, all, roles) {
            let ((_, agency), what) = (ids(), change.what.clone());
            return Err(Originality::Not(NotOriginal::After { agency, what }));
        }
    }
    let (person, agency) = ids();
    Ok(Originality::Original { person, agency, code })
}

/// The same thing of the file, whatever two signatures think of it.
fn is_same(one: &Change, other: &Change) -> bool {
    (&one.kind, &one.field, &one.depends_on, one.page) == (&other.kind, &other.field, &other.depends_on, other.page)
        && one.what.facts == other.what.facts
}

fn is_upkeep(change: &Change) -> bool {
    UPKEEP.contains(&change.kind.as_str())
}

fn fills_number_or_date(change: &Change) -> bool {
    let named = change.field.as_deref().is_some_and(|field| NUMBER_AND_DATE_FIELDS.contains(&field));
    change.kind == "field-filled" && named
}

/// The signature this change is, when nobody told as what its signer signs.
fn stranger_in<'v>(change: &Change, all: &'v [Verdict], roles: &Roles) -> Option<&'v Verdict> {
    let id = change.depends_on.as_deref()?;
    all.iter().find(|v| v.id == id && role_of(v, roles).is_none())
}

/// A passed signature of another agency: the stamp "đến" of whoever received it.
fn is_arrival(change: &Change, own: &str, all: &[Verdict], roles: &Roles) -> bool {
    let Some(id) = change.depends_on.as_deref().filter(|_| change.kind == "signature-added") else { return false };
    let mut named = all.iter().filter(|v| v.id == id).peekable();
    named.peek().is_some()
        && named.all(|v| {
            let other = role_of(v, roles).filter(|s| s.role == Role::Agency);
            v.conclusion.passed() && other.is_some_and(|s| s.agency.as_deref() != Some(own))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::encoding::hex;
    use crate::validate::candidate::{Extent, Judged};
    use crate::validate::conclusion::{Conclusion, SubIndication};
    use crate::validate::crypto::Integrity;
    use crate::validate::verdict::DocumentState;
    use crate::x509::Certificate;

    /// One certificate for each name.
    fn certificate(name: &str) -> Certificate {
        use crate::authority::{Authority, CaKeys, KeyChoice, Purpose, Settings, Subject};
        static MADE: std::sync::OnceLock<Vec<(&str, Certificate)>> = std::sync::OnceLock::new();
        let made = MADE.get_or_init(|| {
            let now = crate::base::time::UnixTime(1_772_697_600);
            let settings = Settings { now, base_url: "http://127.0.0.1:1".to_owned(), keys: CaKeys::Fresh };
            let authority = Authority::new(&settings).expect("an authority");
            let names = ["leader", "seal-a", "seal-b", "tsa", "stranger"];
            names
                .map(|name| {
                    let subject = Subject::person(name, "Trưởng phòng", "Sở Nội vụ");
                    let made = authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("issues");
                    (name, made.certificate)
                })
                .to_vec()
        });
        made.iter().find(|(known, _)| *known == name).expect("a known name").1.clone()
    }

    fn roles(entries: &[(&str, &str, &str)]) -> Roles {
        let entry = |(name, role, agency): &(&str, &str, &str)| {
            let digest = hex(certificate(name).sha256());
            format!("[[signer]]\nsha256 = \"{digest}\"\nrole = \"{role}\"\nagency = \"{agency}\"\n")
        };
        Roles::from_toml(entries.iter().map(entry).collect::<String>().as_bytes()).expect("reads")
    }

    const ALL: &[(&str, &str, &str)] = &[
        ("leader", "person", "H45.01"),
        ("seal-a", "agency", "H45.01"),
        ("seal-b", "agency", "H45.02"),
        ("tsa", "tsa", "TSA"),
    ];

    fn verdict(id: &str, signer: &str, revision: u32, changes: Vec<Change>) -> Verdict {
        Verdict {
            id: id.to_owned(),
            kind: Kind::Signature,
            parent: None,
            conclusion: Conclusion::Passed,
            integrity: Integrity::Intact,
            document: DocumentState::AllowedChanges,
            trusted: true,
            level: None,
            signer: Some(certificate(signer)),
            claimed_time: None,
            best_time: None,
            extent: Extent {
                revision: Some(revision),
                of: Some(9),
                whole_file: false,
                names: Vec::new(),
                signatures: Vec::new(),
            },
            page: None,
            rect: None,
            changes,
            digest: None,
            scheme: None,
            chain: Vec::new(),
            revocation: Vec::new(),
            timestamps: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn change(kind: &str, field: Option<&str>, depends_on: Option<&str>) -> Change {
        Change {
            kind: kind.to_owned(),
            judged: Judged::Allowed,
            page: Some(1),
            what: Cause::new("TEST", vec![("field", field.unwrap_or_default().to_owned())], kind),
            field: field.map(str::to_owned),
            depends_on: depends_on.map(str::to_owned),
            comes_with: None,
            rect: None,
            attack: None,
        }
    }

    fn added(id: &str) -> Change {
        change("signature-added", Some(id), Some(id))
    }

    fn filled(field: &str) -> Change {
        change("field-filled", Some(field), None)
    }

    /// Leader, then seal with number and date, then whatever `after` is.
    fn file(between: Vec<Change>, after: Vec<Change>) -> Vec<Verdict> {
        let mut changes = vec![added("Seal"), filled("congvan_number"), filled("congvan_day"), filled("congvan_month")];
        changes.extend(between);
        changes.extend(after.iter().cloned());
        vec![verdict("Leader", "leader", 1, changes), verdict("Seal", "seal-a", 2, after)]
    }

    #[test]
    fn a_person_then_an_agency_with_number_and_date_is_an_original() {
        let expected =
            Originality::Original { person: "Leader".to_owned(), agency: "Seal".to_owned(), code: "H45.01".to_owned() };
        assert_eq!(judge(&file(Vec::new(), Vec::new()), &roles(ALL)), expected);
        let upkeep = || vec![change("security-store", None, None), change("doc-timestamp-added", Some("T"), None)];
        assert_eq!(judge(&file(upkeep(), Vec::new()), &roles(ALL)), expected);
        assert_eq!(judge(&file(Vec::new(), upkeep()), &roles(ALL)), expected);
        assert!(expected.finding().is_none());
    }

    #[test]
    fn without_one_of_the_two_or_in_the_other_order_it_is_none() {
        let [leader, seal] = <[Verdict; 2]>::try_from(file(Vec::new(), Vec::new())).expect("two");
        let not = |why| Originality::Not(why);
        let person = || "Leader".to_owned();
        assert_eq!(judge(std::slice::from_ref(&leader), &roles(ALL)), not(NotOriginal::NoAgency { person: person() }));
        assert_eq!(judge(std::slice::from_ref(&seal), &roles(ALL)), not(NotOriginal::NoPerson));
        assert_eq!(judge(&[], &roles(ALL)), not(NotOriginal::NoPerson));
        let early = Verdict { extent: leader.extent.clone(), ..seal };
        let covered = NotOriginal::NotCovered { person: person(), agency: "Seal".to_owned() };
        assert_eq!(judge(&[early, leader], &roles(ALL)), not(covered));
    }

    #[test]
    fn a_signature_that_did_not_pass_makes_none() {
        for open in ["Leader", "Seal"] {
            let mut verdicts = file(Vec::new(), Vec::new());
            let found = verdicts.iter_mut().find(|v| v.id == open).expect("there");
            found.conclusion = Conclusion::Not(SubIndication::TryLater);
            let why = NotOriginal::NotPassed { signature: open.to_owned() };
            assert_eq!(judge(&verdicts, &roles(ALL)), Originality::Not(why));
        }
    }

    #[test]
    fn anything_else_between_them_makes_none() {
        for change in [filled("amount"), added("Another"), change("annotation-added", None, None)] {
            let mut verdicts = file(vec![change.clone()], Vec::new());
            verdicts.push(verdict("Another", "seal-b", 2, Vec::new()));
            let got = judge(&verdicts, &roles(ALL));
            assert!(matches!(got, Originality::Not(NotOriginal::Between { .. })), "{change:?}: {got:?}");
        }
    }

    #[test]
    fn after_the_seal_only_a_receivers_signature_may_come() {
        let with = |signer: &str, passed: bool| {
            let mut verdicts = file(Vec::new(), vec![added("Arrival")]);
            let mut last = verdict("Arrival", signer, 3, Vec::new());
            if !passed {
                last.conclusion = Conclusion::Not(SubIndication::TryLater);
            }
            verdicts.push(last);
            judge(&verdicts, &roles(ALL))
        };
        assert!(matches!(with("seal-b", true), Originality::Original { .. }));
        for got in [with("seal-b", false), with("leader", true)] {
            assert!(matches!(got, Originality::Not(NotOriginal::After { .. })), "{got:?}");
        }
        // The same agency again: whichever of its two is taken for the seal, the other is in the way.
        assert!(matches!(with("seal-a", true), Originality::Not(_)));
        let filled = judge(&file(Vec::new(), vec![filled("congvan_number")]), &roles(ALL));
        assert!(matches!(filled, Originality::Not(NotOriginal::After { .. })), "{filled:?}");
    }

    #[test]
    fn whoever_might_be_the_missing_one_leaves_the_role_unknown() {
        let leader_only = roles(&[("leader", "person", "H45.01")]);
        let got = judge(&file(Vec::new(), Vec::new()), &leader_only);
        assert!(matches!(&got, Originality::RoleUnknown { signature, .. } if signature == "Seal"), "{got:?}");
        let got = judge(&file(Vec::new(), Vec::new()), &Roles::default());
        assert!(matches!(&got, Originality::RoleUnknown { signature, .. } if signature == "Leader"), "{got:?}");
        let mut arrived = file(Vec::new(), vec![added("Arrival")]);
        arrived.push(verdict("Arrival", "stranger", 3, Vec::new()));
        let got = judge(&arrived, &roles(ALL));
        assert!(matches!(&got, Originality::RoleUnknown { signature, .. } if signature == "Arrival"), "{got:?}");
        assert_eq!(got.finding().map(|f| f.code()), Some("ROLE_UNKNOWN"));
    }

    #[test]
    fn a_seal_needs_a_passed_signature_of_a_mapped_person() {
        let verdicts = file(Vec::new(), Vec::new());
        assert_eq!(sealable(&verdicts, &roles(ALL)).map(|v| v.id.as_str()), Some("Leader"));
        assert!(sealable(&verdicts, &roles(&[("seal-a", "agency", "H45.01")])).is_none());
        let mut open = verdicts;
        for verdict in &mut open {
            verdict.conclusion = Conclusion::Not(SubIndication::TryLater);
        }
        assert!(sealable(&open, &roles(ALL)).is_none());
    }
}
