//! What an end-entity certificate is used for: key usage and extended key usage — RFC 5280 §4.2.1.3, §4.2.1.12.

use std::fmt;

use super::Problem;
use crate::base::oid::Oid;
use crate::x509::{Certificate, KeyUsage, oids};

/// What the certificate at the end of a path is used for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Purpose {
    /// Anything: neither usage is looked at.
    Any,
    /// Signing documents.
    DocumentSigning,
    /// Signing time-stamps (RFC 3161 §2.3).
    TimeStamping,
    /// Signing OCSP answers for a CA (RFC 6960 §4.2.2.2).
    OcspSigning,
    /// Signing CRLs (RFC 5280 §6.3.3 (f)).
    CrlSigning,
    /// A TLS server.
    TlsServer,
    /// A TLS client.
    TlsClient,
}

/// szOID_KP_DOCUMENT_SIGNING, 1.3.6.1.4.1.311.10.3.12.
const MICROSOFT_DOCUMENT_SIGNING: Oid = Oid::from_static(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 12]);
/// Adobe authentic documents trust, 1.2.840.113583.1.1.5.
const ADOBE_AUTHENTIC_DOCUMENTS: Oid = Oid::from_static(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 1, 1, 5]);

impl Purpose {
    /// Reads the name given on a command line.
    pub fn parse(text: &str) -> Option<Purpose> {
        Purpose::TABLE.iter().find(|(_, name, _)| *name == text).map(|(purpose, ..)| *purpose)
    }

    /// The name given on a command line.
    pub fn name(self) -> &'static str {
        Purpose::TABLE.iter().find(|(p, ..)| *p == self).map_or("", |(_, name, _)| name)
    }

    /// Every purpose's name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Purpose::TABLE.iter().map(|(_, name, _)| *name)
    }

    const TABLE: [(Purpose, &'static str, &'static str); 7] = [
        (Purpose::Any, "any", "any purpose"),
        (Purpose::DocumentSigning, "document-signing", "signing documents"),
        (Purpose::TimeStamping, "time-stamping", "signing time-stamps"),
        (Purpose::OcspSigning, "ocsp-signing", "signing OCSP answers"),
        (Purpose::CrlSigning, "crl-signing", "signing CRLs"),
        (Purpose::TlsServer, "tls-server", "a TLS server"),
        (Purpose::TlsClient, "tls-client", "a TLS client"),
    ];

    /// Checks the end entity.
    pub(crate) fn check_leaf(self, certificate: &Certificate) -> Result<(), Problem> {
        if !self.key_usage_fits(certificate.key_usage()) {
            return Err(Problem::KeyUsage(self));
        }
        if self.extended_key_usage_fits(certificate) { Ok(()) } else { Err(Problem::ExtendedKeyUsage(self)) }
    }

    /// Checks an intermediate, or an anchor whose constraints apply. Extended key usage restricts what lies
    /// below only for TLS, where every implementation reads it so; RFC 5280 gives it no meaning in a CA.
    pub(crate) fn check_ca(self, certificate: &Certificate) -> Result<(), Problem> {
        let wanted = match self {
            Purpose::TlsServer => oids::KP_SERVER_AUTH,
            Purpose::TlsClient => oids::KP_CLIENT_AUTH,
            _ => return Ok(()),
        };
        match certificate.extended_key_usage() {
            Some(list) if !list.iter().any(|p| *p == wanted || *p == oids::ANY_EXTENDED_KEY_USAGE) => {
                Err(Problem::ExtendedKeyUsage(self))
            }
            _ => Ok(()),
        }
    }

    fn key_usage_fits(self, usage: Option<KeyUsage>) -> bool {
        let Some(usage) = usage else { return true };
        let signs = KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::NON_REPUDIATION);
        usage.has_any(match self {
            Purpose::Any => return true,
            Purpose::DocumentSigning | Purpose::TimeStamping | Purpose::OcspSigning => signs,
            Purpose::CrlSigning => KeyUsage::CRL_SIGN,
            Purpose::TlsServer => {
                KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::KEY_ENCIPHERMENT).union(KeyUsage::KEY_AGREEMENT)
            }
            Purpose::TlsClient => KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::KEY_AGREEMENT),
        })
    }

    fn extended_key_usage_fits(self, certificate: &Certificate) -> bool {
        let list = certificate.extended_key_usage();
        let has = |wanted: &[Oid]| list.is_none_or(|list| list.iter().any(|p| wanted.contains(p)));
        match self {
            Purpose::Any | Purpose::CrlSigning => true,
            // Certificates of persons and agencies name e-mail or client authentication at least as often as
            // document signing (RFC 9336 §3.1 leaves the combination to policy); servers, time-stamps, code
            // and OCSP alone are refused.
            Purpose::DocumentSigning => has(&[
                oids::ANY_EXTENDED_KEY_USAGE,
                oids::KP_DOCUMENT_SIGNING,
                oids::KP_EMAIL_PROTECTION,
                oids::KP_CLIENT_AUTH,
                MICROSOFT_DOCUMENT_SIGNING,
                ADOBE_AUTHENTIC_DOCUMENTS,
            ]),
            // RFC 3161 §2.3: there, critical, and the only one.
            Purpose::TimeStamping => {
                list == Some(&[oids::KP_TIME_STAMPING]) && certificate.extended_key_usage_is_critical()
            }
            // RFC 6960 §4.2.2.2: there; anyExtendedKeyUsage is no designation.
            Purpose::OcspSigning => list.is_some_and(|list| list.contains(&oids::KP_OCSP_SIGNING)),
            Purpose::TlsServer => has(&[oids::ANY_EXTENDED_KEY_USAGE, oids::KP_SERVER_AUTH]),
            Purpose::TlsClient => has(&[oids::ANY_EXTENDED_KEY_USAGE, oids::KP_CLIENT_AUTH]),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Purpose::TABLE.iter().find(|(p, ..)| p == self).map_or("", |(.., text)| text))
    }
}
