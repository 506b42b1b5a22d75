//! `congvan cert show FILE…`: what stands in certificates, without judging them.

use std::path::PathBuf;

use serde::Serialize;

use crate::algorithms::{KeyKind, SignatureScheme, key_bits};
use crate::base::encoding::hex;
use crate::base::oid::Oid;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{SMALL_FILE, path_text, printable, read_small};
use crate::cli::texts::cert as texts;
use crate::cli::texts::errors::Code;
use crate::x509::{Certificate, GeneralName};

/// Arguments of `cert show`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Shown {
    schema: &'static str,
    file: String,
    subject: String,
    issuer: String,
    serial: String,
    sha256: String,
    version: u32,
    not_before: String,
    not_after: String,
    key: Key,
    signature_algorithm: String,
    is_ca: bool,
    path_length: Option<u32>,
    key_usage: Vec<&'static str>,
    extended_key_usage: Vec<String>,
    policies: Vec<String>,
    subject_alt_names: Vec<String>,
    subject_key_identifier: Option<String>,
    authority_key_identifier: Option<String>,
    crl_urls: Vec<String>,
    ocsp_urls: Vec<String>,
    issuer_urls: Vec<String>,
    critical_extensions: Vec<String>,
    malformed_extensions: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Key {
    kind: &'static str,
    bits: Option<usize>,
}

/// Shows every certificate of every file.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    for path in &args.files {
        let bytes = read_small(path, SMALL_FILE)?;
        let certificates = Certificate::from_pem_or_der(&bytes)
            .map_err(|e| CliError::new(Code::CertificateUnreadable).path("path", path).with("cause", e))?;
        for certificate in &certificates {
            let shown = Shown::new(path_text(path), certificate);
            if context.json { context.out.json(&shown)? } else { print(&shown, context)? }
        }
    }
    Ok(Exit::Done)
}

impl Shown {
    fn new(file: String, c: &Certificate) -> Shown {
        let words = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let dotted = |list: &[Oid]| list.iter().map(Oid::to_string).collect::<Vec<_>>();
        let (kind, bits) = match key_bits(c.spki()) {
            Ok((kind, bits)) => (kind_name(kind), Some(bits)),
            Err(_) => ("unknown", None),
        };
        let algorithm = match SignatureScheme::from_identifiers(c.signature_algorithm(), None) {
            Ok(scheme) => format!("{} {}", scheme.name(), scheme.digest().name()),
            Err(_) => c.signature_algorithm().oid.to_string(),
        };
        Shown {
            schema: "congvan.certificate/1",
            file,
            subject: c.subject().to_string(),
            issuer: c.issuer().to_string(),
            serial: hex(c.serial()),
            sha256: hex(c.sha256()),
            version: c.version(),
            not_before: c.not_before().rfc3339(),
            not_after: c.not_after().rfc3339(),
            key: Key { kind, bits },
            signature_algorithm: algorithm,
            is_ca: c.is_ca(),
            path_length: c.basic_constraints().and_then(|b| b.path_len),
            key_usage: c.key_usage().map(|u| u.names()).unwrap_or_default(),
            extended_key_usage: dotted(c.extended_key_usage().unwrap_or_default()),
            policies: c.policies().into_iter().flatten().map(|p| p.policy.to_string()).collect(),
            subject_alt_names: c.subject_alt_names().iter().map(general_name).collect(),
            subject_key_identifier: c.subject_key_identifier().map(hex),
            authority_key_identifier: c.authority_key_identifier().and_then(|a| a.key_id.as_deref()).map(hex),
            crl_urls: words(c.crl_urls()),
            ocsp_urls: words(c.ocsp_urls()),
            issuer_urls: words(c.ca_issuer_urls()),
            critical_extensions: c.extensions().iter().filter(|e| e.critical).map(|e| e.oid.to_string()).collect(),
            malformed_extensions: dotted(c.malformed_extensions()),
        }
    }
}

fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa => "rsa",
        KeyKind::Ec(_) => "ec",
        KeyKind::Ed25519 => "ed25519",
        KeyKind::Dsa => "dsa",
        KeyKind::Other(_) => "unknown",
    }
}

fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::Email(_) => format!("email:{}", name.ascii().unwrap_or_default()),
        GeneralName::Dns(_) => format!("dns:{}", name.ascii().unwrap_or_default()),
        GeneralName::Uri(_) => format!("uri:{}", name.ascii().unwrap_or_default()),
        GeneralName::Directory(name) => format!("directory:{name}"),
        GeneralName::Ip(octets) => match name.ip() {
            Some(ip) => format!("ip:{ip}"),
            None => format!("ip:{}", hex(octets)),
        },
        GeneralName::RegisteredId(oid) => format!("oid:{oid}"),
        GeneralName::Other { kind, .. } => format!("other:{kind}"),
        GeneralName::X400(_) => "x400".to_owned(),
        GeneralName::EdiParty(_) => "edi".to_owned(),
    }
}

fn print(shown: &Shown, context: &mut Context) -> Result<(), CliError> {
    let lang = context.lang;
    context.out.line(&printable(&shown.subject))?;
    let validity = texts::VALIDITY.fill(lang, &[("from", &shown.not_before), ("to", &shown.not_after)]);
    let key = match shown.key.bits {
        Some(bits) => format!("{} {bits}", shown.key.kind),
        None => shown.key.kind.to_owned(),
    };
    let ca = match (shown.is_ca, shown.path_length) {
        (true, Some(n)) => format!("CA, {n}"),
        (true, None) => "CA".to_owned(),
        (false, _) => String::new(),
    };
    let rows = [
        (texts::ISSUER, shown.issuer.clone()),
        (texts::SERIAL, shown.serial.clone()),
        (texts::SHA256, shown.sha256.clone()),
        (texts::PERIOD, validity),
        (texts::KEY, key),
        (texts::ALGORITHM, shown.signature_algorithm.clone()),
        (texts::AUTHORITY, ca),
        (texts::KEY_USAGE, shown.key_usage.join(", ")),
        (texts::PURPOSES, shown.extended_key_usage.join(", ")),
        (texts::POLICY_LIST, shown.policies.join(", ")),
        (texts::OTHER_NAMES, shown.subject_alt_names.join(", ")),
        (texts::CRL_PLACES, shown.crl_urls.join(" ")),
        (texts::OCSP_PLACES, shown.ocsp_urls.join(" ")),
        (texts::ISSUER_PLACES, shown.issuer_urls.join(" ")),
        (texts::DAMAGED, shown.malformed_extensions.join(", ")),
    ];
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        context.out.line(&format!("    {}: {}", label.get(lang), printable(&value)))?;
    }
    Ok(())
}
