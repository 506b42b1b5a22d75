//! Why something is so, in a form that can be said in any language: a code, the facts, and the English sentence.
//!
//! The modules that find causes speak English through `Display`; a table above the library says the same in the
//! reader's language, by code.

use std::fmt;

use super::finding::Finding;
use super::original::NotOriginal;
use crate::base::encoding::hex;
use crate::base::time::UnixTime;
use crate::path::{PathError, Problem};
use crate::pdf::second_opinion::{NotRun, Part};
use crate::pdf::{ByteRangeFinding, diff};
use crate::policy::Weak;
use crate::revocation::{Dismissed, Unusable};
use crate::timestamp::TokenError;
use crate::x509::crl::Reason;

/// A cause inside a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cause {
    /// Its code, unique among causes; empty where only words are known.
    pub code: &'static str,
    /// What fills its sentence: names, numbers and times, in no language.
    pub facts: Vec<(&'static str, String)>,
    /// A cause further down.
    pub because: Option<Box<Cause>>,
    text: String,
}

impl Cause {
    /// A cause with its facts; `text` is the whole English sentence.
    pub fn new(code: &'static str, facts: Vec<(&'static str, String)>, text: impl fmt::Display) -> Self {
        Cause { code, facts, because: None, text: text.to_string() }
    }

    /// The same, with what lies below it.
    #[must_use]
    pub fn because(mut self, cause: Cause) -> Self {
        self.because = Some(Box::new(cause));
        self
    }

    /// Every code that the conversions here can give, those of changes left out ([`diff::CODES`]).
    pub const CODES: &[&str] = &[
        "byte-range-missing",
        "byte-range-form",
        "byte-range-number",
        "byte-range-start",
        "byte-range-overlap",
        "byte-range-past-end",
        "contents-missing",
        "contents-nowhere",
        "contents-not-hex",
        "gap-not-contents",
        "gap-shared",
        "contents-trailing",
        "contents-not-cms",
        "not-revision-end",
        "key-repeated",
        "not-in-revision",
        "no-anchors",
        "no-issuer",
        "too-much-work",
        "path-too-long",
        "path-rejected",
        "not-yet-valid",
        "expired",
        "issuer-signature",
        "certificate-algorithms",
        "name-chaining",
        "not-a-ca",
        "may-not-sign-certificates",
        "path-length",
        "critical-extension",
        "malformed-extension",
        "duplicate-extension",
        "name-not-permitted",
        "name-excluded",
        "name-uncomparable",
        "maps-any-policy",
        "no-valid-policy",
        "key-usage",
        "extended-key-usage",
        "from-the-future",
        "outdated",
        "too-old",
        "after-expiry",
        "dates",
        "scope",
        "delta-alone",
        "proof-critical-extension",
        "proof-signer",
        "proof-signer-path",
        "proof-signer-revoked",
        "proof-signer-unknown",
        "proof-algorithms",
        "not-asked",
        "no-answer",
        "nonce",
        "proof-unreadable",
        "no-proof",
        "reader-too-large",
        "reader-encrypted",
        "reader-not-hybrid",
        "reader-no-revision",
        "reader-unsuited",
        "readers-disagree",
        "part-signature",
        "part-catalog",
        "part-form",
        "part-page-tree",
        "part-page-content",
        "reader-failed",
        "searched",
        "stamp-signers",
        "stamp-digest",
        "stamp-no-data",
        "stamp-other-data",
        "stamp-no-certificate",
        "stamp-unnamed-certificate",
        "stamp-other-certificate",
        "stamp-usage",
        "stamp-no-attributes",
        "stamp-signature",
        "stamp-other",
        "stamp-time",
        "stamp-conclusion",
        "certificate-revoked",
        "status-unknown",
        "proof-not-used",
        "revocation-not-looked-at",
        "algorithm-not-accepted",
        "key-too-small",
        "algorithm-ended",
        "receipt-no-proof",
        "receipt-no-stamp",
        "receipt-proof",
        "receipt-seal",
        "receipt-stamp",
        "original-no-person",
        "original-no-agency",
        "original-not-passed",
        "original-not-covered",
        "original-between",
        "original-after",
    ];
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Cause {
    fn from(text: String) -> Self {
        Cause { code: "", facts: Vec::new(), because: None, text }
    }
}

impl From<&str> for Cause {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&ByteRangeFinding> for Cause {
    fn from(finding: &ByteRangeFinding) -> Self {
        use ByteRangeFinding as B;
        let number = |name, value: &dyn fmt::Display| (name, value.to_string());
        let (code, facts) = match finding {
            B::Missing => ("byte-range-missing", Vec::new()),
            B::NotTwoPairs => ("byte-range-form", Vec::new()),
            B::OutOfRange => ("byte-range-number", Vec::new()),
            B::NotFromStart { start } => ("byte-range-start", vec![number("start", start)]),
            B::Overlap => ("byte-range-overlap", Vec::new()),
            B::PastEndOfFile { end, length } => {
                ("byte-range-past-end", vec![number("end", end), number("length", length)])
            }
            B::NoContents => ("contents-missing", Vec::new()),
            B::ContentsNotInFile => ("contents-nowhere", Vec::new()),
            B::ContentsNotHex => ("contents-not-hex", Vec::new()),
            B::HoleIsNotContents { hole_start, hole_end, contents_start, contents_end } => {
                let gap = format!("{hole_start}..{hole_end}");
                let contents = format!("{contents_start}..{contents_end}");
                ("gap-not-contents", vec![("gap", gap), ("contents", contents)])
            }
            B::HoleShared { other } => ("gap-shared", vec![number("object", other)]),
            B::NotZeroAfterCms { offset } => ("contents-trailing", vec![number("offset", offset)]),
            B::NotCms => ("contents-not-cms", Vec::new()),
            B::NotAtRevisionEnd { end } => ("not-revision-end", vec![number("end", end)]),
            B::RepeatedKey => ("key-repeated", Vec::new()),
            B::NotInSignedRevision => ("not-in-revision", Vec::new()),
        };
        Cause::new(code, facts, finding)
    }
}

impl From<&Problem> for Cause {
    fn from(problem: &Problem) -> Self {
        use Problem as P;
        let one = |name, value: &dyn fmt::Display| vec![(name, value.to_string())];
        let (code, facts) = match problem {
            P::NoAnchors => ("no-anchors", Vec::new()),
            P::NoIssuer => ("no-issuer", Vec::new()),
            P::WorkExhausted => ("too-much-work", Vec::new()),
            P::TooLong => ("path-too-long", Vec::new()),
            P::Rejected => ("path-rejected", Vec::new()),
            P::NotYetValid { not_before, at } => {
                ("not-yet-valid", vec![("from", not_before.to_string()), ("at", at.to_string())])
            }
            P::Expired { not_after, at } => ("expired", vec![("to", not_after.to_string()), ("at", at.to_string())]),
            P::Signature(_) => ("issuer-signature", Vec::new()),
            P::AlgorithmMismatch => ("certificate-algorithms", Vec::new()),
            P::NameChaining => ("name-chaining", Vec::new()),
            P::NotACa => ("not-a-ca", Vec::new()),
            P::MayNotSignCertificates => ("may-not-sign-certificates", Vec::new()),
            P::PathLength => ("path-length", Vec::new()),
            P::UnknownCriticalExtension(oid) => ("critical-extension", one("oid", oid)),
            P::MalformedExtension(oid) => ("malformed-extension", one("oid", oid)),
            P::DuplicateExtension(oid) => ("duplicate-extension", one("oid", oid)),
            P::NotPermitted => ("name-not-permitted", Vec::new()),
            P::Excluded => ("name-excluded", Vec::new()),
            P::UncomparableName => ("name-uncomparable", Vec::new()),
            P::MapsAnyPolicy => ("maps-any-policy", Vec::new()),
            P::NoValidPolicy => ("no-valid-policy", Vec::new()),
            P::KeyUsage(purpose) => ("key-usage", one("purpose", purpose)),
            P::ExtendedKeyUsage(purpose) => ("extended-key-usage", one("purpose", purpose)),
        };
        Cause::new(code, facts, problem)
    }
}

impl From<&PathError> for Cause {
    /// The problem, with the certificate it is wrong with.
    fn from(error: &PathError) -> Self {
        let below = Cause::from(&error.problem);
        let subject = error.certificate.iter().map(|c| ("certificate", c.subject().to_string()));
        let facts = below.facts.iter().cloned().chain(subject).collect();
        Cause::new(below.code, facts, error)
    }
}

impl From<&Unusable> for Cause {
    fn from(reason: &Unusable) -> Self {
        use Unusable as U;
        let times = |name, value: &dyn fmt::Display, at: &dyn fmt::Display| {
            vec![(name, value.to_string()), ("at", at.to_string())]
        };
        let (code, facts) = match reason {
            U::FromTheFuture { this_update, at } => ("from-the-future", times("issued", this_update, at)),
            U::Outdated { next_update, at } => ("outdated", times("due", next_update, at)),
            U::TooOld { this_update, at } => ("too-old", times("issued", this_update, at)),
            U::AfterExpiry { this_update } => ("after-expiry", vec![("issued", this_update.to_string())]),
            U::Dates => ("dates", Vec::new()),
            U::Scope => ("scope", Vec::new()),
            U::DeltaAlone => ("delta-alone", Vec::new()),
            U::UnknownCriticalExtension => ("proof-critical-extension", Vec::new()),
            U::Signer => ("proof-signer", Vec::new()),
            U::SignerPath(problem) => {
                return Cause::new("proof-signer-path", Vec::new(), reason).because(problem.into());
            }
            U::SignerRevoked => ("proof-signer-revoked", Vec::new()),
            U::SignerStatusUnknown => ("proof-signer-unknown", Vec::new()),
            U::AlgorithmMismatch => ("proof-algorithms", Vec::new()),
            U::NotAsked => ("not-asked", Vec::new()),
            U::NoAnswer => ("no-answer", Vec::new()),
            U::Nonce => ("nonce", Vec::new()),
            U::Unreadable(_) => ("proof-unreadable", Vec::new()),
        };
        Cause::new(code, facts, reason)
    }
}

impl Cause {
    /// No usable revocation data for the certificate of this subject, and why the first that was looked at was none.
    pub(crate) fn no_proof(subject: String, dismissed: Option<&Dismissed>) -> Cause {
        let Some(dismissed) = dismissed else {
            return Cause::new("no-proof", vec![("subject", subject.clone())], subject);
        };
        let text = format!("{subject} ({}: {})", dismissed.source.name(), dismissed.reason);
        Cause::new("no-proof", vec![("subject", subject)], text).because((&dismissed.reason).into())
    }

    /// A later change, with its object, field and page.
    pub(crate) fn change(change: &diff::Change) -> Cause {
        let mut facts: Vec<(&'static str, String)> = Vec::new();
        facts.extend(change.detail.iter().map(|detail| ("detail", detail.clone())));
        facts.extend(change.field.iter().filter(|f| !f.is_empty()).map(|field| ("field", field.clone())));
        facts.extend(change.object.iter().map(|id| ("object", id.to_string())));
        if let Some(seal) = &change.comes_with {
            let at = change.rect.map(|rect| rect.to_array().map(|length| format!("{length:.1}")).join(" "));
            facts.extend(at.map(|at| ("rect", at)));
            facts.push(("signature", seal.clone()));
        }
        let mut text = format!("{} ({})", change.what, change.code);
        for (name, value) in facts.iter().filter(|(name, _)| *name != "detail") {
            text.push_str(&format!(", {name} {value}"));
        }
        Cause::new(change.code, facts, text)
    }
}

impl From<NotRun> for Cause {
    fn from(why: NotRun) -> Self {
        let code = match why {
            NotRun::TooLarge => "reader-too-large",
            NotRun::Encrypted => "reader-encrypted",
            NotRun::NotHybrid => "reader-not-hybrid",
            NotRun::NoRevision => "reader-no-revision",
            NotRun::Unsuited => "reader-unsuited",
        };
        Cause::new(code, Vec::new(), why)
    }
}

impl From<&Part> for Cause {
    fn from(part: &Part) -> Self {
        let (code, facts) = match part {
            Part::Signature => ("part-signature", Vec::new()),
            Part::Catalog => ("part-catalog", Vec::new()),
            Part::Form => ("part-form", Vec::new()),
            Part::PageTree => ("part-page-tree", Vec::new()),
            Part::PageContent(page) => ("part-page-content", vec![("page", page.to_string())]),
        };
        Cause::new(code, facts, part)
    }
}

impl From<&TokenError> for Cause {
    fn from(error: &TokenError) -> Self {
        use TokenError as T;
        let (code, facts) = match error {
            T::Signers { found } => ("stamp-signers", vec![("n", found.to_string())]),
            T::ImprintDigest(oid) => ("stamp-digest", vec![("oid", oid.to_string())]),
            T::NoData => ("stamp-no-data", Vec::new()),
            T::Imprint => ("stamp-other-data", Vec::new()),
            T::NoCertificate => ("stamp-no-certificate", Vec::new()),
            T::NoSigningCertificate => ("stamp-unnamed-certificate", Vec::new()),
            T::OtherCertificate => ("stamp-other-certificate", Vec::new()),
            T::Usage => ("stamp-usage", Vec::new()),
            T::NoSignedAttributes => ("stamp-no-attributes", Vec::new()),
            T::Signer(_) => ("stamp-signature", Vec::new()),
            T::Attribute(_) => ("stamp-other", Vec::new()),
        };
        Cause::new(code, facts, error)
    }
}

impl Cause {
    /// A certificate of a path was revoked.
    pub(crate) fn revoked(subject: &str, at: UnixTime, reason: Option<Reason>, source: &str) -> Cause {
        let reason = reason.map_or("no reason given", Reason::name);
        let text = format!("{subject} was revoked at {at} ({reason}), says {source}");
        let facts = vec![
            ("subject", subject.to_owned()),
            ("at", at.to_string()),
            ("reason", reason.to_owned()),
            ("source", source.to_owned()),
        ];
        Cause::new("certificate-revoked", facts, text)
    }

    /// Nobody says whether a certificate of a path was revoked.
    pub(crate) fn status_unknown(subject: &str) -> Cause {
        let text = format!("nothing usable says whether {subject} was revoked");
        Cause::new("status-unknown", vec![("subject", subject.to_owned())], text)
    }

    /// A CRL or OCSP answer that was looked at and does not count.
    pub(crate) fn not_used(dismissed: &Dismissed) -> Cause {
        let (source, sha256) = (dismissed.source.name(), hex(&dismissed.sha256));
        let text = format!("{source} {sha256}: {}", dismissed.reason);
        let facts = vec![("source", source.to_owned()), ("sha256", sha256)];
        Cause::new("proof-not-used", facts, text).because((&dismissed.reason).into())
    }

    /// The policy does not accept an algorithm or key size of a path, at this certificate.
    pub(crate) fn weak(weak: &Weak, subject: String) -> Cause {
        let text = format!("{weak}, at certificate {subject}");
        let (code, mut facts) = match weak {
            Weak::NotAccepted { name } => ("algorithm-not-accepted", vec![("name", name.clone())]),
            Weak::KeyTooSmall { name, bits, min_bits } => {
                let facts = vec![("name", name.clone()), ("bits", bits.to_string()), ("min", min_bits.to_string())];
                ("key-too-small", facts)
            }
            Weak::Ended { name, until, at } => {
                let facts = vec![("name", name.clone()), ("until", until.to_string()), ("at", at.to_string())];
                ("algorithm-ended", facts)
            }
        };
        facts.push(("certificate", subject));
        Cause::new(code, facts, text)
    }
}

impl From<&NotOriginal> for Cause {
    fn from(why: &NotOriginal) -> Self {
        use NotOriginal as N;
        let (code, facts) = match why {
            N::NoPerson => ("original-no-person", Vec::new()),
            N::NoAgency { person } => ("original-no-agency", vec![("person", person.clone())]),
            N::NotPassed { signature } => ("original-not-passed", vec![("signature", signature.clone())]),
            N::NotCovered { person, agency } => {
                ("original-not-covered", vec![("person", person.clone()), ("agency", agency.clone())])
            }
            N::Between { person, agency, what } => {
                let facts = vec![("person", person.clone()), ("agency", agency.clone())];
                return Cause::new("original-between", facts, why).because(what.clone());
            }
            N::After { agency, what } => {
                return Cause::new("original-after", vec![("agency", agency.clone())], why).because(what.clone());
            }
        };
        Cause::new(code, facts, why)
    }
}

impl Finding {
    /// The facts of its sentence, by name; a cause comes from [`Finding::cause`].
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        use Finding as F;
        let one = |name, value: &dyn fmt::Display| vec![(name, value.to_string())];
        match self {
            F::WeakDigest(digest) => one("digest", digest),
            F::WeakKey(bits) => one("bits", bits),
            F::AlgorithmNotSupported(name) => one("algorithm", name),
            F::CmsUnreadable(detail) | F::SignatureUnreadable(detail) | F::NoCanonicalForm(detail) => {
                one("detail", detail)
            }
            F::SignerCount(n) => one("n", n),
            F::LegacySubFilter(name)
            | F::UnknownSubFilter(name)
            | F::Attack(name)
            | F::TransformRefused(name)
            | F::NotCovered(name) => one("name", name),
            F::AttributeMissing(name) => one("name", name),
            F::LocalTimeAsUtc { claimed, proven }
            | F::ClaimedAfterProven { claimed, proven }
            | F::TimestampDelay { claimed, proven } => {
                vec![("claimed", claimed.to_string()), ("proven", proven.to_string())]
            }
            F::ChangedAfter { page, .. } => page.iter().map(|page| ("page", page.to_string())).collect(),
            F::StampOverlaps(names) => one("names", names),
            F::RoleUnknown { signature, subject } => {
                vec![("signature", signature.clone()), ("subject", subject.clone())]
            }
            F::TimestampNotEvaluated(name) => one("name", name),
            F::FileNotSigned(name) | F::OnlyTimeStamped(name) => one("name", name),
            F::ArchiveIndex(detail)
            | F::EvidenceRecordUnfit(detail)
            | F::Container(detail)
            | F::ContainerForm(detail)
            | F::PacketSignature(detail) => one("detail", detail),
            F::SignaturePolicy(name) => one("name", name),
            F::TimestampOrder { content, signature } => {
                vec![("content", content.to_string()), ("signature", signature.to_string())]
            }
            F::ReferenceChanged(uri) | F::ReferenceNotAtHand(uri) => one("uri", uri),
            F::ReferenceUnresolved { uri, why } => vec![("uri", uri.clone()), ("detail", why.clone())],
            _ => Vec::new(),
        }
    }

    /// What lies below it.
    pub fn cause(&self) -> Option<&Cause> {
        use Finding as F;
        match self {
            F::ByteRange(why)
            | F::TimestampNotPassed(why)
            | F::RevocationUnavailable(why)
            | F::Path(why)
            | F::ChangedAfter { what: why, .. }
            | F::StructureAmbiguous(why)
            | F::SecondOpinionCannotRead(why)
            | F::SecondOpinionNotRun(why)
            | F::XrefRebuilt(why)
            | F::NotOriginal(why)
            | F::ReceiptNotUsed(why) => Some(why),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_twice_and_every_conversion_gives_a_listed_one() {
        let mut codes = Cause::CODES.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Cause::CODES.len());
        let at = UnixTime(0);
        let some: [Cause; 5] = [
            (&ByteRangeFinding::NotFromStart { start: 1 }).into(),
            (&Problem::Expired { not_after: at, at }).into(),
            (&Unusable::SignerPath(Problem::NotACa)).into(),
            NotRun::TooLarge.into(),
            (&TokenError::Imprint).into(),
        ];
        for cause in some {
            assert!(Cause::CODES.contains(&cause.code), "{}", cause.code);
            assert!(!cause.to_string().is_empty());
        }
    }

    #[test]
    fn a_path_error_names_its_certificate_beside_the_problem() {
        let error = PathError { problem: Problem::NoIssuer, certificate: None, chain: Vec::new(), anchor: None };
        assert_eq!(Cause::from(&error), Cause::from(&Problem::NoIssuer));
    }
}
