//! Who signs as what: certificates mapped to a role and, for agencies, a code.
//!
//! A list of `[[signer]]` entries, in a file of its own or in a policy. Each names a certificate by its SHA-256 or by
//! its whole subject name, never by a common name alone: anybody may be given a certificate for the name of a leader.
//! An entry by digest outranks one by subject. A role is no trust: it counts only where the signature passed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ring::digest::{SHA256, digest};
use unicode_normalization::UnicodeNormalization as _;

use crate::base::encoding::{from_hex, hex};
use crate::x509::{Certificate, oids};

/// Most entries that are read.
pub const MAX_SIGNERS: usize = 100_000;
/// Most bytes of a file of roles.
pub const MAX_ROLES: usize = 64 << 20;
/// Longest agency code, in characters.
const MAX_CODE: usize = 64;

/// As what a certificate signs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A person with the right to sign.
    Person,
    /// An agency: its seal.
    Agency,
    /// A time-stamping authority.
    Tsa,
}

impl Role {
    /// The spelling of reports and files.
    pub fn name(self) -> &'static str {
        match self {
            Role::Person => "person",
            Role::Agency => "agency",
            Role::Tsa => "tsa",
        }
    }
}

/// What is known about one signer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// As what it signs.
    pub role: Role,
    /// Code of the agency it signs for; always there for [`Role::Agency`].
    pub agency: Option<String>,
}

/// Every signer known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Roles {
    by_digest: BTreeMap<[u8; 32], Signer>,
    by_subject: BTreeMap<String, Signer>,
    sha256: Option<[u8; 32]>,
}

/// Why a list of roles cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RolesError {
    /// Larger than any list.
    #[error("the file of roles has {found} bytes, the bound is {MAX_ROLES}")]
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// More entries than are read.
    #[error("there are {found} signers, the bound is {MAX_SIGNERS}")]
    TooMany {
        /// Entries found.
        found: usize,
    },
    /// Not UTF-8.
    #[error("the file of roles is not UTF-8 text")]
    NotText,
    /// Not TOML, or a key that is unknown, missing or of the wrong kind; with the parser's own words.
    #[error("the file of roles cannot be read: {0}")]
    Form(String),
    /// Neither digest nor subject, or both.
    #[error("signer {at} needs either `sha256` or `subject`")]
    OneKey {
        /// Which entry, from 1.
        at: usize,
    },
    /// Not a SHA-256.
    #[error("`{text}` is not the SHA-256 of a certificate: 64 hexadecimal digits")]
    Digest {
        /// What stands there.
        text: String,
    },
    /// A subject that is a common name and nothing else.
    #[error("the subject `{subject}` is a common name only, which anybody may be given; name the whole subject")]
    CommonNameOnly {
        /// The subject.
        subject: String,
    },
    /// An agency without a code.
    #[error("signer {at} is an agency and has no `agency` code")]
    NoCode {
        /// Which entry, from 1.
        at: usize,
    },
    /// Not a code.
    #[error("`{text}` is not an agency code")]
    Code {
        /// What stands there.
        text: String,
    },
    /// Two entries for one certificate.
    #[error("`{key}` is listed twice with different roles")]
    Twice {
        /// The digest or subject.
        key: String,
    },
}

/// One entry as it stands in a file.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignerForm {
    sha256: Option<String>,
    subject: Option<String>,
    role: Role,
    agency: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    signer: Vec<SignerForm>,
}

impl Roles {
    /// Reads a file of roles.
    ///
    /// # Errors
    /// [`RolesError`].
    pub fn from_toml(bytes: &[u8]) -> Result<Roles, RolesError> {
        if bytes.len() > MAX_ROLES {
            return Err(RolesError::TooLarge { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RolesError::NotText)?;
        let file: File = toml::from_str(text).map_err(|e| RolesError::Form(e.message().replace('\n', " ")))?;
        let mut roles = Roles::read(file.signer)?;
        let mut sha256 = [0u8; 32];
        sha256.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
        roles.sha256 = Some(sha256);
        Ok(roles)
    }

    pub(super) fn read(signers: Vec<SignerForm>) -> Result<Roles, RolesError> {
        if signers.len() > MAX_SIGNERS {
            return Err(RolesError::TooMany { found: signers.len() });
        }
        let mut roles = Roles::default();
        for (index, form) in signers.into_iter().enumerate() {
            let at = index.saturating_add(1);
            if form.role == Role::Agency && form.agency.is_none() {
                return Err(RolesError::NoCode { at });
            }
            if let Some(code) = form.agency.as_deref().filter(|code| !is_code(code)) {
                return Err(RolesError::Code { text: code.to_owned() });
            }
            let signer = Signer { role: form.role, agency: form.agency };
            match (form.sha256, form.subject) {
                (Some(text), None) => put(&mut roles.by_digest, read_digest(&text)?, text, signer)?,
                (None, Some(subject)) => put(&mut roles.by_subject, read_subject(&subject)?, subject, signer)?,
                _ => return Err(RolesError::OneKey { at }),
            }
        }
        Ok(roles)
    }

    /// What is known about the holder of a certificate.
    pub fn of(&self, certificate: &Certificate) -> Option<&Signer> {
        if let Some(signer) = self.by_digest.get(certificate.sha256()) {
            return Some(signer);
        }
        if self.by_subject.is_empty() || certificate.subject().attributes().all(|a| a.kind == oids::AT_COMMON_NAME) {
            return None;
        }
        self.by_subject.get(&canonical(&certificate.subject().to_string()))
    }

    /// These, and those of `other` where these say nothing. The digest is that of the first that has one.
    #[must_use]
    pub fn and(mut self, other: Roles) -> Roles {
        for (key, signer) in other.by_digest {
            self.by_digest.entry(key).or_insert(signer);
        }
        for (key, signer) in other.by_subject {
            self.by_subject.entry(key).or_insert(signer);
        }
        self.sha256 = self.sha256.or(other.sha256);
        self
    }

    /// True when no signer is known.
    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty() && self.by_subject.is_empty()
    }

    /// SHA-256 of the file they were read from; `None` when they stand in the policy itself.
    pub fn sha256(&self) -> Option<&[u8; 32]> {
        self.sha256.as_ref()
    }
}

fn put<K: Ord>(map: &mut BTreeMap<K, Signer>, key: K, text: String, signer: Signer) -> Result<(), RolesError> {
    match map.entry(key) {
        Entry::Vacant(free) => {
            free.insert(signer);
            Ok(())
        }
        Entry::Occupied(taken) if *taken.get() == signer => Ok(()),
        Entry::Occupied(_) => Err(RolesError::Twice { key: text }),
    }
}

/// 64 hexadecimal digits, with or without the colons other tools print.
fn read_digest(text: &str) -> Result<[u8; 32], RolesError> {
    let plain: String = text.chars().filter(|c| *c != ':').collect();
    from_hex(&plain).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| RolesError::Digest { text: text.to_owned() })
}

/// A subject as `cert show` prints it, with more than a common name in it.
fn read_subject(subject: &str) -> Result<String, RolesError> {
    let canonical = canonical(subject);
    // An escaped comma belongs to a value (RFC 4514 §2.4).
    let unescaped = canonical.replace("\\\\", "").replace("\\,", "").replace("\\+", "");
    let named = unescaped.split([',', '+']).filter_map(|part| part.split_once('=')).map(|(kind, _)| kind.trim());
    let mut kinds = named.filter(|kind| !matches!(*kind, "cn" | "2.5.4.3"));
    match kinds.next() {
        Some(_) => Ok(canonical),
        None => Err(RolesError::CommonNameOnly { subject: subject.to_owned() }),
    }
}

/// Without regard to case and runs of white space (RFC 5280 §7.1).
fn canonical(subject: &str) -> String {
    let folded: String = subject.nfc().collect::<String>().to_lowercase();
    let parts: Vec<&str> = folded.split_whitespace().collect();
    parts.join(" ").replace(" ,", ",").replace(", ", ",")
}

fn is_code(text: &str) -> bool {
    let fits = !text.is_empty() && text.chars().count() <= MAX_CODE;
    fits && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

impl std::fmt::Display for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.agency {
            Some(agency) => write!(f, "{} {agency}", self.role.name()),
            None => f.write_str(self.role.name()),
        }
    }
}

/// The key by which an entry names `certificate`, for messages that tell what to add.
pub fn key_of(certificate: &Certificate) -> String {
    hex(certificate.sha256())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> Certificate {
        use crate::authority::{Authority, CaKeys, KeyChoice, Purpose, Settings, Subject};
        let now = crate::base::time::UnixTime(1_772_697_600);
        let settings = Settings { now, base_url: "http://127.0.0.1:1".to_owned(), keys: CaKeys::Fresh };
        let authority = Authority::new(&settings).expect("an authority");
        let subject = Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải, A+B");
        authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("issues").certificate
    }

    fn read(text: &str) -> Result<Roles, RolesError> {
        Roles::from_toml(text.as_bytes())
    }

    fn entry(key: &str, role: &str) -> String {
        format!("[[signer]]\n{key}\nrole = \"{role}\"\nagency = \"H45.01\"\n")
    }

    #[test]
    fn a_certificate_is_found_by_its_digest_or_its_whole_subject() {
        let leader = certificate();
        let digest = hex(leader.sha256());
        let colons =
            digest.to_uppercase().as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":");
        let subject = leader.subject().to_string();
        let spaced = subject.to_uppercase().replace(", ", " ,  ");
        for key in [
            format!("sha256 = \"{digest}\""),
            format!("sha256 = \"{colons}\""),
            format!("subject = '{subject}'"),
            format!("subject = '{spaced}'"),
        ] {
            let roles = read(&entry(&key, "person")).expect("reads");
            let expected = Signer { role: Role::Person, agency: Some("H45.01".to_owned()) };
            assert_eq!(roles.of(&leader), Some(&expected), "{key}");
        }
        let other = read(&entry(&format!("sha256 = \"{}\"", "0".repeat(64)), "person")).expect("reads");
        assert_eq!(other.of(&leader), None);
    }

    #[test]
    fn a_digest_outranks_a_subject() {
        let leader = certificate();
        let by_digest = entry(&format!("sha256 = \"{}\"", hex(leader.sha256())), "agency");
        let by_subject = entry(&format!("subject = '{}'", leader.subject()), "person");
        let roles = read(&[by_subject, by_digest].concat()).expect("reads");
        assert_eq!(roles.of(&leader).map(|s| s.role), Some(Role::Agency));
    }

    #[test]
    fn a_common_name_alone_names_nobody() {
        for subject in ["CN=Nguyễn Văn An", "cn = A\\, O=B", "2.5.4.3=A", "An"] {
            let got = read(&entry(&format!("subject = '{subject}'"), "person"));
            assert!(matches!(got, Err(RolesError::CommonNameOnly { .. })), "{subject}: {got:?}");
        }
        assert!(read(&entry("subject = 'CN=A, O=B'", "person")).is_ok());
    }

    #[test]
    fn entries_that_say_too_little_too_much_or_two_things_are_errors() {
        let digest = format!("sha256 = \"{}\"", "0".repeat(64));
        assert!(matches!(read("[[signer]]\nrole = \"person\"\n"), Err(RolesError::OneKey { at: 1 })));
        let both = format!("{digest}\nsubject = 'CN=A, O=B'");
        assert!(matches!(read(&entry(&both, "person")), Err(RolesError::OneKey { at: 1 })));
        assert!(matches!(read(&entry("sha256 = \"00\"", "person")), Err(RolesError::Digest { .. })));
        assert!(matches!(read(&entry(&digest, "king")), Err(RolesError::Form(_))));
        assert!(matches!(read(&format!("{}x = 1\n", entry(&digest, "person"))), Err(RolesError::Form(_))));
        let no_code = format!("[[signer]]\n{digest}\nrole = \"agency\"\n");
        assert!(matches!(read(&no_code), Err(RolesError::NoCode { at: 1 })));
        let odd = entry(&digest, "agency").replace("H45.01", "H 45");
        assert!(matches!(read(&odd), Err(RolesError::Code { .. })));
        let twice = [entry(&digest, "person"), entry(&digest, "tsa")].concat();
        assert!(matches!(read(&twice), Err(RolesError::Twice { .. })));
        assert!(read(&[entry(&digest, "person"), entry(&digest, "person")].concat()).is_ok());
        assert!(matches!(Roles::from_toml(&[0xff]), Err(RolesError::NotText)));
    }

    #[test]
    fn what_was_named_first_wins_when_two_lists_meet() {
        let leader = certificate();
        let key = format!("sha256 = \"{}\"", hex(leader.sha256()));
        let (first, second) = (read(&entry(&key, "person")).expect("reads"), read(&entry(&key, "tsa")).expect("reads"));
        assert_eq!(first.and(second).of(&leader).map(|s| s.role), Some(Role::Person));
        assert!(Roles::default().is_empty());
    }
}
