//! `congvan.key/1`: one key, where it is, and whether it can sign documents now.

use serde::Serialize;

use crate::algorithms::{KeyKind, key_bits};
use crate::base::encoding::hex;
use crate::base::time::UnixTime;
use crate::cli::error::CliError;
use crate::cli::texts::Lang;
use crate::keys::pkcs11::{PinState, TokenFacts};
use crate::x509::Certificate;

/// One key.
#[derive(Debug, Serialize)]
pub(super) struct KeyReport {
    pub(super) schema: &'static str,
    /// What `--key` takes; never with a PIN.
    #[serde(rename = "ref")]
    pub(super) reference: String,
    /// `file` or `token`.
    pub(super) kind: &'static str,
    pub(super) token: Option<TokenReport>,
    pub(super) label: Option<String>,
    /// `CKA_ID` in hexadecimal digits.
    pub(super) id: Option<String>,
    /// `rsa-2048`, `p-256`, `ed25519` …
    pub(super) algorithm: Option<String>,
    /// What its values verify under, where the key was opened.
    pub(super) scheme: Option<String>,
    pub(super) certificate: Option<CertificateReport>,
    /// Certificates beside it.
    pub(super) chain: usize,
    /// Null where the private key was not seen.
    pub(super) usable: Option<bool>,
    pub(super) reasons: Vec<Reason>,
    /// Whether a test signature verified; null when none was made.
    pub(super) tested: Option<bool>,
    /// Signatures per second on all cores, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<f64>,
}

/// A token as it says of itself.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TokenReport {
    pub(super) module: String,
    pub(super) slot: u64,
    pub(super) label: String,
    pub(super) manufacturer: String,
    pub(super) model: String,
    pub(super) serial: String,
    /// `ready wrong-try-made last-try locked not-set-up`.
    pub(super) pin: &'static str,
}

/// The key's certificate.
#[derive(Debug, Serialize)]
pub(super) struct CertificateReport {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) serial: String,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) sha256: String,
}

/// Why a key cannot sign documents now: an error code and its sentence.
#[derive(Debug, Serialize)]
pub(super) struct Reason {
    pub(super) code: &'static str,
    pub(super) text: String,
}

impl KeyReport {
    /// A key at `reference` about which nothing is known yet.
    pub(super) fn new(reference: String, kind: &'static str) -> Self {
        KeyReport {
            schema: "congvan.key/1",
            reference,
            kind,
            token: None,
            label: None,
            id: None,
            algorithm: None,
            scheme: None,
            certificate: None,
            chain: 0,
            usable: None,
            reasons: Vec::new(),
            tested: None,
            rate: None,
        }
    }

    /// Takes over what the certificate says and whether it may sign at `now`.
    pub(super) fn judge(&mut self, certificate: Option<&Certificate>, now: UnixTime, missing: CliError, lang: Lang) {
        match certificate {
            None => self.refuse(&missing, lang),
            Some(certificate) => {
                self.certificate = Some(CertificateReport::new(certificate));
                if let Err(error) = crate::cli::identity::check_usable(certificate, now) {
                    self.refuse(&error, lang);
                }
            }
        }
    }

    /// Says why it is not usable.
    pub(super) fn refuse(&mut self, error: &CliError, lang: Lang) {
        self.usable = Some(false);
        self.reasons.push(Reason { code: error.code.as_str(), text: error.message(lang) });
    }
}

impl TokenReport {
    pub(super) fn new(module: String, facts: &TokenFacts) -> Self {
        TokenReport {
            module,
            slot: facts.slot_id,
            label: facts.label.clone(),
            manufacturer: facts.manufacturer.clone(),
            model: facts.model.clone(),
            serial: facts.serial.clone(),
            pin: match facts.pin {
                _ if !facts.initialised => "not-set-up",
                PinState::NotSet => "not-set-up",
                PinState::Normal => "ready",
                PinState::WrongTryMade => "wrong-try-made",
                PinState::LastTry => "last-try",
                PinState::Locked => "locked",
            },
        }
    }
}

impl CertificateReport {
    fn new(c: &Certificate) -> Self {
        CertificateReport {
            subject: c.subject().to_string(),
            issuer: c.issuer().to_string(),
            serial: hex(c.serial()),
            not_before: c.not_before().rfc3339_vietnam(),
            not_after: c.not_after().rfc3339_vietnam(),
            sha256: hex(c.sha256()),
        }
    }
}

/// `rsa-2048`, `p-256` … of a SubjectPublicKeyInfo.
pub(super) fn algorithm(spki: &[u8]) -> Option<String> {
    let (kind, bits) = key_bits(spki).ok()?;
    Some(match kind {
        KeyKind::Rsa => format!("rsa-{bits}"),
        KeyKind::Ec(_) => format!("p-{bits}"),
        KeyKind::Ed25519 => "ed25519".to_owned(),
        KeyKind::Dsa => format!("dsa-{bits}"),
        KeyKind::Other(oid) => oid.to_string(),
    })
}
