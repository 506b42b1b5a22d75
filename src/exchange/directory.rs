//! The directory: which agency a certificate stands for, and what each agency takes.
//!
//! `agencies.toml` lists agencies, each with its certificates by role and period. A certificate belongs to
//! the one entry that lists it; nothing is ever read from the names inside a certificate.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::envelope::Class;
use super::evidence::strict_base64;
use super::id::{AgencyCode, Sha256};
use super::message::{Fields, MessageError, Object};
use crate::base::encoding::base64;
use crate::base::time::UnixTime;

/// The schema string of a published entry.
pub const ENTRY_SCHEMA: &str = "congvan.agency/1";
/// Most octets of a certificate in the directory.
pub const MAX_CERTIFICATE: usize = 16 * 1024;

/// What a certificate is listed for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Opens the channel.
    Tls,
    /// Signs envelopes and acknowledgements.
    Seal,
    /// Signs acknowledgements unattended.
    Service,
}

impl Role {
    /// The role's name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Tls => "tls",
            Role::Seal => "seal",
            Role::Service => "service",
        }
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Role::Tls, Role::Seal, Role::Service].into_iter().find(|role| role.name() == name)
    }
}

/// A certificate an agency uses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedCertificate {
    /// What for.
    pub role: Role,
    /// From when, inclusive; open when absent.
    pub from: Option<UnixTime>,
    /// Until when, inclusive; open when absent.
    pub until: Option<UnixTime>,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

impl ListedCertificate {
    /// SHA-256 of the certificate.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(&self.der)
    }

    /// Whether it is listed at `now`.
    pub fn is_current(&self, now: UnixTime) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now <= until)
    }
}

/// One agency.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agency {
    /// Its code.
    pub code: AgencyCode,
    /// Its name.
    pub name: String,
    /// Document classes it takes.
    pub classes: Vec<Class>,
    /// Largest package it takes, in octets.
    pub max_size: u64,
    /// Takes and sends nothing for now.
    pub suspended: bool,
    /// Its certificates.
    pub certificates: Vec<ListedCertificate>,
}

/// All agencies an endpoint serves.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    agencies: BTreeMap<AgencyCode, Agency>,
    owners: HashMap<Sha256, AgencyCode>,
}

/// Why a directory cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Not TOML of this shape.
    #[error("the directory cannot be read: {0}")]
    Format(String),
    /// An agency code outside its rules.
    #[error("{0} is not an agency code")]
    Code(String),
    /// A document class outside its rules, or one that is never exchanged.
    #[error("{agency} lists the class {class}, which is not one it can take")]
    Class {
        /// The agency.
        agency: String,
        /// The class.
        class: String,
    },
    /// A certificate that is not base64, or too long.
    #[error("{agency} lists a certificate that is not base64 or is too long")]
    Certificate {
        /// The agency.
        agency: String,
    },
    /// A time outside RFC 3339.
    #[error("{agency} lists {text}, which is not a time")]
    Time {
        /// The agency.
        agency: String,
        /// What stands there.
        text: String,
    },
    /// The same code twice.
    #[error("{0} is listed twice")]
    Twice(AgencyCode),
    /// One certificate under two agencies.
    #[error("the certificate {certificate} is listed by both {first} and {second}")]
    Shared {
        /// Its SHA-256.
        certificate: Sha256,
        /// One agency.
        first: AgencyCode,
        /// The other.
        second: AgencyCode,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    version: u32,
    #[serde(default, rename = "agency")]
    agencies: Vec<AgencyForm>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AgencyForm {
    code: String,
    name: String,
    #[serde(default = "default_classes")]
    classes: Vec<String>,
    #[serde(default = "default_max_size")]
    max_size: u64,
    #[serde(default, skip_serializing_if = "is_false")]
    suspended: bool,
    #[serde(default, rename = "certificate")]
    certificates: Vec<CertificateForm>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CertificateForm {
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    der: String,
}

fn default_classes() -> Vec<String> {
    vec![Class::UNCLASSIFIED.to_owned()]
}

fn default_max_size() -> u64 {
    10 * 1024 * 1024 * 1024
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Agency {
    /// An agency that takes unclassified documents up to 10 GiB and has no certificates yet.
    pub fn new(code: AgencyCode, name: &str) -> Self {
        Agency {
            code,
            name: name.to_owned(),
            classes: vec![Class::unclassified()],
            max_size: default_max_size(),
            suspended: false,
            certificates: Vec::new(),
        }
    }

    /// Whether the certificate is listed here for one of `roles` at `now`.
    pub fn lists(&self, certificate: &Sha256, roles: &[Role], now: UnixTime) -> bool {
        self.certificates.iter().any(|c| roles.contains(&c.role) && c.is_current(now) && c.sha256() == *certificate)
    }

    /// The published form, canonical JSON: the text of a signed note, without its closing newline.
    pub fn to_entry(&self) -> Object {
        let certificates: Vec<Object> = self
            .certificates
            .iter()
            .map(|certificate| {
                let mut out = Object::new();
                out.set("role", certificate.role.name())
                    .set("der", base64(&certificate.der))
                    .set_some("from", certificate.from.map(UnixTime::rfc3339))
                    .set_some("until", certificate.until.map(UnixTime::rfc3339));
                out
            })
            .collect();
        let mut out = Object::new();
        out.set("schema", ENTRY_SCHEMA)
            .set("code", self.code.as_str())
            .set("name", self.name.as_str())
            .set("classes", self.classes.iter().map(Class::as_str).collect::<Vec<_>>())
            .set("max_size", self.max_size)
            .set("suspended", u32::from(self.suspended));
        if !certificates.is_empty() {
            out.set("certificates", certificates);
        }
        out
    }

    /// Reads the published form.
    ///
    /// # Errors
    /// [`MessageError`] for any bytes that are not exactly an entry of this version.
    pub fn from_entry(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, ENTRY_SCHEMA)?;
        let time = super::envelope::time;
        let agency = Agency {
            code: fields.parsed("code", super::envelope::AGENCY, AgencyCode::parse)?,
            name: fields.text("name", 512)?,
            classes: fields.list("classes", 32, "document classes", Class::parse)?,
            max_size: fields.unsigned("max_size")?,
            suspended: fields.unsigned("suspended")? != 0,
            certificates: fields.objects("certificates", 64, |mut inner| {
                let certificate = ListedCertificate {
                    role: inner.parsed("role", "tls, seal or service", Role::parse)?,
                    from: inner.parsed_opt("from", super::envelope::TIME, time)?,
                    until: inner.parsed_opt("until", super::envelope::TIME, time)?,
                    der: inner.parsed("der", super::evidence::BASE64, strict_base64)?,
                };
                inner.end()?;
                Ok(certificate)
            })?,
        };
        fields.end()?;
        Ok(agency)
    }
}

impl Directory {
    /// A directory of these agencies.
    ///
    /// # Errors
    /// [`DirectoryError::Twice`], [`DirectoryError::Shared`].
    pub fn new(agencies: impl IntoIterator<Item = Agency>) -> Result<Self, DirectoryError> {
        let mut directory = Directory::default();
        for agency in agencies {
            for certificate in &agency.certificates {
                let sha256 = certificate.sha256();
                match directory.owners.insert(sha256, agency.code.clone()) {
                    Some(first) if first != agency.code => {
                        return Err(DirectoryError::Shared { certificate: sha256, first, second: agency.code.clone() });
                    }
                    _ => {}
                }
            }
            if let Some(first) = directory.agencies.insert(agency.code.clone(), agency) {
                return Err(DirectoryError::Twice(first.code));
            }
        }
        Ok(directory)
    }

    /// Reads `agencies.toml`.
    ///
    /// # Errors
    /// [`DirectoryError`], with the first thing that is wrong.
    pub fn from_toml(text: &str) -> Result<Self, DirectoryError> {
        let form: FileForm = toml::from_str(text).map_err(|e| DirectoryError::Format(e.message().to_owned()))?;
        if form.version != 1 {
            return Err(DirectoryError::Format(format!("version {} is not known", form.version)));
        }
        let agencies = form.agencies.into_iter().map(read_agency).collect::<Result<Vec<_>, _>>()?;
        Directory::new(agencies)
    }

    /// Prints `agencies.toml`.
    ///
    /// # Errors
    /// [`DirectoryError::Format`] when the TOML writer refuses, which no directory read or built here makes it do.
    pub fn to_toml(&self) -> Result<String, DirectoryError> {
        let agencies = self.agencies.values().map(print_agency).collect();
        toml::to_string_pretty(&FileForm { version: 1, agencies }).map_err(|e| DirectoryError::Format(e.to_string()))
    }

    /// The agency of a code.
    pub fn agency(&self, code: &AgencyCode) -> Option<&Agency> {
        self.agencies.get(code)
    }

    /// The agency that lists this certificate for one of `roles` at `now`.
    pub fn owner(&self, certificate: &Sha256, roles: &[Role], now: UnixTime) -> Option<&Agency> {
        let agency = self.agencies.get(self.owners.get(certificate)?)?;
        agency.lists(certificate, roles, now).then_some(agency)
    }

    /// All agencies, by code.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.agencies.values()
    }
}

fn read_agency(form: AgencyForm) -> Result<Agency, DirectoryError> {
    let code = AgencyCode::parse(&form.code).ok_or_else(|| DirectoryError::Code(form.code.clone()))?;
    let classes = form
        .classes
        .into_iter()
        .map(|class| match Class::parse(&class) {
            Some(read) if !Class::NEVER.contains(&read.as_str()) => Ok(read),
            _ => Err(DirectoryError::Class { agency: form.code.clone(), class }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let time = |text: Option<String>| match text {
        None => Ok(None),
        Some(text) => UnixTime::parse_rfc3339(&text)
            .map(Some)
            .ok_or_else(|| DirectoryError::Time { agency: form.code.clone(), text }),
    };
    let certificates = form
        .certificates
        .into_iter()
        .map(|certificate| {
            let der = crate::base::encoding::from_base64(&certificate.der)
                .filter(|der| der.len() <= MAX_CERTIFICATE)
                .ok_or_else(|| DirectoryError::Certificate { agency: form.code.clone() })?;
            Ok(ListedCertificate {
                role: certificate.role,
                from: time(certificate.from)?,
                until: time(certificate.until)?,
                der,
            })
        })
        .collect::<Result<Vec<_>, DirectoryError>>()?;
    Ok(Agency { code, name: form.name, classes, max_size: form.max_size, suspended: form.suspended, certificates })
}

fn print_agency(agency: &Agency) -> AgencyForm {
    AgencyForm {
        code: agency.code.to_string(),
        name: agency.name.clone(),
        classes: agency.classes.iter().map(|class| class.as_str().to_owned()).collect(),
        max_size: agency.max_size,
        suspended: agency.suspended,
        certificates: agency
            .certificates
            .iter()
            .map(|certificate| CertificateForm {
                role: certificate.role,
                from: certificate.from.map(UnixTime::rfc3339),
                until: certificate.until.map(UnixTime::rfc3339),
                der: base64(&certificate.der),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(code: &str, der: &[u8]) -> Agency {
        let mut agency = Agency::new(AgencyCode::parse(code).expect("a code"), "Sở Nội vụ");
        agency.certificates.push(ListedCertificate {
            role: Role::Seal,
            from: Some(UnixTime(1_000)),
            until: Some(UnixTime(2_000)),
            der: der.to_vec(),
        });
        agency
    }

    #[test]
    fn a_directory_round_trips_and_finds_owners_by_certificate() {
        let directory = Directory::new([agency("H45.01", b"one"), agency("H45.02", b"two")]).expect("a directory");
        let read = Directory::from_toml(&directory.to_toml().expect("prints")).expect("reads");
        let owner = |der: &[u8], roles: &[Role], now| {
            read.owner(&Sha256::of(der), roles, UnixTime(now)).map(|agency| agency.code.to_string())
        };
        assert_eq!(owner(b"two", &[Role::Seal], 1_500).as_deref(), Some("H45.02"));
        assert_eq!(owner(b"two", &[Role::Seal], 2_000).as_deref(), Some("H45.02"));
        assert_eq!(owner(b"two", &[Role::Seal], 2_001), None);
        assert_eq!(owner(b"two", &[Role::Seal], 999), None);
        assert_eq!(owner(b"two", &[Role::Tls], 1_500), None);
        assert_eq!(owner(b"three", &[Role::Seal], 1_500), None);
    }

    #[test]
    fn one_certificate_under_two_agencies_is_refused() {
        let got = Directory::new([agency("H45.01", b"one"), agency("H45.02", b"one")]);
        assert!(matches!(got, Err(DirectoryError::Shared { .. })));
        let got = Directory::new([agency("H45.01", b"one"), agency("H45.01", b"two")]);
        assert!(matches!(got, Err(DirectoryError::Twice(_))));
    }

    #[test]
    fn unknown_keys_and_secret_classes_are_refused() {
        let text = "version = 1\n[[agency]]\ncode = \"H45\"\nname = \"x\"\n";
        assert!(Directory::from_toml(text).is_ok());
        assert!(matches!(Directory::from_toml(&format!("{text}colour = 1\n")), Err(DirectoryError::Format(_))));
        let secret = format!("{text}classes = [\"secret\"]\n");
        assert!(matches!(Directory::from_toml(&secret), Err(DirectoryError::Class { .. })));
        let twice = format!("{text}[[agency]]\ncode = \"H/45\"\nname = \"x\"\n");
        assert_eq!(Directory::from_toml(&twice).err(), Some(DirectoryError::Code("H/45".to_owned())));
    }

    #[test]
    fn a_published_entry_round_trips() {
        let agency = agency("H45.01", b"one");
        assert_eq!(Agency::from_entry(&agency.to_entry().to_bytes()), Ok(agency));
    }
}
