//! Whom the test authority certifies, for what, and what they get.

use super::{AuthorityError, EmbeddedKey, TEST_ORGANIZATION};
use crate::base::encoding::to_pem;
use crate::base::time::UnixTime;
use crate::keys::{SoftwareKey, software};
use crate::x509::{Certificate, Name, oids};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The key of a new certificate.
#[derive(Clone, Debug)]
pub enum KeyChoice {
    /// A new P-256 key.
    Fresh,
    /// A published RSA key.
    Embedded(EmbeddedKey),
    /// PKCS#8 DER.
    Pkcs8(Zeroizing<Vec<u8>>),
}

/// Whom a certificate is for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Common name.
    pub common_name: String,
    /// Organisation: the agency.
    pub organization: String,
    /// Title of a person.
    pub title: Option<String>,
    /// DNS names of a host.
    pub hosts: Vec<String>,
    /// First and last instant of validity; `None` for the usual three years around `now`.
    pub validity: Option<(UnixTime, UnixTime)>,
}

impl Subject {
    /// A person of an agency.
    pub fn person(name: &str, title: &str, agency: &str) -> Self {
        Subject { title: Some(title.to_owned()), ..Subject::agency(name, agency) }
    }

    /// An agency's seal: the name on the seal and the agency above it.
    pub fn agency(name: &str, parent: &str) -> Self {
        Subject {
            common_name: name.to_owned(),
            organization: parent.to_owned(),
            title: None,
            hosts: Vec::new(),
            validity: None,
        }
    }

    /// A host or a client of a host.
    pub fn host(name: &str, dns: &[&str]) -> Self {
        Subject { hosts: dns.iter().map(|d| (*d).to_owned()).collect(), ..Subject::agency(name, TEST_ORGANIZATION) }
    }

    /// The same with another validity.
    #[must_use]
    pub fn valid(mut self, from: UnixTime, to: UnixTime) -> Self {
        self.validity = Some((from, to));
        self
    }

    pub(super) fn name(&self) -> Name {
        let mut attributes = vec![
            (oids::AT_COUNTRY, "VN"),
            (oids::AT_ORGANIZATION, self.organization.as_str()),
            (oids::AT_ORGANIZATIONAL_UNIT, "TEST ONLY"),
        ];
        attributes.extend(self.title.as_deref().map(|title| (oids::AT_TITLE, title)));
        attributes.push((oids::AT_COMMON_NAME, self.common_name.as_str()));
        Name::build(&attributes)
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Signing documents, of persons and agencies.
    Signing,
    /// TLS server.
    TlsServer,
    /// TLS client.
    TlsClient,
    /// Time-stamping (RFC 3161 §2.3: critical, alone).
    TimeStamping,
    /// Answering OCSP (RFC 6960 §4.2.2.2).
    OcspSigning,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity {
    /// The key, ready to sign.
    pub signer: Arc<SoftwareKey>,
    /// The certificate.
    pub certificate: Certificate,
    /// Its issuers, the issuing CA first, the root last.
    pub issuers: Vec<Certificate>,
    pub(super) pkcs8_pem: Zeroizing<String>,
}

impl Identity {
    /// The key as an unencrypted PKCS#8 PEM file.
    pub fn key_pem(&self) -> &str {
        &self.pkcs8_pem
    }

    /// The certificate and the issuing CA's, as a PEM file; the root is left out.
    pub fn chain_pem(&self) -> String {
        let intermediates = self.issuers.iter().filter(|c| !c.is_self_issued());
        std::iter::once(&self.certificate).chain(intermediates).map(|c| to_pem("CERTIFICATE", c.der())).collect()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("subject", &self.certificate.subject().to_string()).finish_non_exhaustive()
    }
}

/// The key, and its file.
pub(super) fn open_key(choice: &KeyChoice) -> Result<(SoftwareKey, Zeroizing<String>), AuthorityError> {
    let pkcs8 = match choice {
        KeyChoice::Fresh => software::generate_p256_pkcs8()?,
        KeyChoice::Pkcs8(der) => der.clone(),
        KeyChoice::Embedded(embedded) => {
            return Ok((embedded.open()?, Zeroizing::new(embedded.pem().to_owned())));
        }
    };
    Ok((SoftwareKey::from_pkcs8(&pkcs8)?, Zeroizing::new(to_pem("PRIVATE KEY", &pkcs8))))
}
