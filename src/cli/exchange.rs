//! What the exchange verbs share: the client of an endpoint, from flags and profile, and its errors in our words.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::args::KeyArgs;
use super::config::Ocsp;
use super::context::Context;
use super::error::CliError;
use super::files::{printable, read_small};
use super::identity::{self, certificates_in};
use super::texts::errors::Code;
use super::texts::refusals;
use super::{environment, secrets, trust};
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::exchange::client::{Broken, Client, ClientError, Retry, Settings};
use crate::exchange::id::{AgencyCode, Uuid};
use crate::exchange::journal::{Journal, JournalError};
use crate::exchange::problem::{self, ReadProblem};
use crate::exchange::seal::Sealer;
use crate::exchange::server::{TlsIdentity, system_clock};
use crate::exchange::trust::{Answers, Trust};
use crate::keys::{KeyError, SoftwareKey, software};
use crate::net::{FetchSettings, Fetcher, OcspOverHttp};
use crate::x509::Certificate;

/// Longest wait for an OCSP answer: somebody waits for the channel meanwhile.
const OCSP_PATIENCE: Duration = Duration::from_secs(8);

/// The endpoint, and who we are to it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct EndpointArgs {
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    #[arg(long, value_name = "CODE")]
    pub(crate) agency: Option<String>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) anchor: Vec<PathBuf>,
    #[arg(long, value_name = "REF")]
    pub(crate) tls_key: Option<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) tls_cert: Vec<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<u32>,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
}

/// Reads an agency code from the command line or the configuration.
///
/// # Errors
/// [`Code::AgencyMalformed`].
pub(crate) fn agency_code(text: &str) -> Result<AgencyCode, CliError> {
    AgencyCode::parse(text).ok_or_else(|| CliError::new(Code::AgencyMalformed).with("value", printable(text)))
}

/// Reads the id of a delivery from the command line.
///
/// # Errors
/// [`Code::DeliveryMalformed`].
pub(crate) fn delivery_id(text: &str) -> Result<Uuid, CliError> {
    Uuid::parse(text).ok_or_else(|| CliError::new(Code::DeliveryMalformed).with("value", printable(text)))
}

/// Sets up the client of the endpoint; nothing is sent yet.
///
/// # Errors
/// What is missing or unusable among keys, certificates and settings.
pub(crate) fn client(args: &EndpointArgs, context: &mut Context) -> Result<Client, CliError> {
    let missing = |what| CliError::new(Code::EndpointNotGiven).with("what", what);
    let endpoint = args.endpoint.clone().or_else(|| context.config.endpoint.clone());
    let endpoint = endpoint.ok_or_else(|| missing("endpoint"))?;
    let agency = args.agency.clone().or_else(|| context.config.agency.clone()).ok_or_else(|| missing("agency"))?;
    let agency = agency_code(&agency)?;
    let anchors = if args.anchor.is_empty() { &context.config.anchors } else { &args.anchor };
    let anchors = trust::anchors(anchors)?;
    if anchors.is_empty() {
        return Err(missing("anchors"));
    }
    let seal = identity::open(&args.key, context)?;
    let mut chain = vec![seal.certificate];
    chain.extend(seal.chain);
    let signer: Arc<dyn crate::keys::Signer> = Arc::from(seal.signer);
    let unusable = |cause: String| CliError::new(Code::KeyUnreadable).path("path", &seal.path).with("cause", cause);
    let sealer = Sealer::new(signer.clone(), &without_roots(&chain)).map_err(|e| unusable(e.to_string()))?;
    let identity = match tls_identity(args, context)? {
        Some(identity) => identity,
        None => TlsIdentity { chain: without_roots(&chain), signer },
    };
    let folder = match &args.journal {
        Some(folder) => folder.clone(),
        None => {
            let base = environment::state_folder().ok_or_else(|| missing("journal"))?;
            base.join("journal").join(agency.as_str())
        }
    };
    let journal = Journal::open(&folder).map_err(|e| failed(ClientError::Journal(e)))?;
    let (clock, standard) = (system_clock(), Retry::default());
    let retry = Retry { attempts: args.retries.unwrap_or(standard.attempts), ..standard };
    let channel = channel(anchors.clone(), context)?;
    Client::new(Settings { endpoint, agency, identity, sealer, anchors, channel, journal, clock, retry })
        .map_err(failed)
}

/// What the endpoint's certificate is judged by: the anchors, and what the profile says about revocation.
fn channel(anchors: Vec<Certificate>, context: &Context) -> Result<Trust, CliError> {
    let config = &context.config;
    let trust = Trust::new(anchors, Vec::new());
    if config.crls.is_empty() && config.ocsp == Ocsp::Off {
        return Ok(trust);
    }
    let answers = answers(config.ocsp, &config.fetch_hosts)?;
    let grace_s = i64::from(config.crl_grace_hours).saturating_mul(3_600);
    Ok(trust.with_status(trust::crls(&config.crls)?, grace_s, answers))
}

/// Who is asked by OCSP, as the configuration has it.
///
/// # Errors
/// [`Code::ConfigInvalid`] for a mapping of hosts that is none.
pub(crate) fn answers(ocsp: Ocsp, hosts: &[String]) -> Result<Option<Arc<Answers>>, CliError> {
    if ocsp == Ocsp::Off {
        return Ok(None);
    }
    let bounds = FetchSettings { timeout: OCSP_PATIENCE, ..trust::fetch_settings(hosts)? };
    let source = OcspOverHttp::new(Arc::new(Fetcher::new(bounds)));
    Ok(Some(Arc::new(Answers::new(Arc::new(source)))))
}

/// A chain as it is sent: whoever checks it has the root already.
fn without_roots(chain: &[Certificate]) -> Vec<Certificate> {
    let issuers = chain.iter().skip(1).filter(|c| !c.is_self_issued());
    chain.iter().take(1).chain(issuers).cloned().collect()
}

fn tls_identity(args: &EndpointArgs, context: &Context) -> Result<Option<TlsIdentity>, CliError> {
    let configured = context.config.tls.as_ref();
    let (path, certificates, passphrase) = match (&args.tls_key, configured) {
        (Some(path), _) => (path.clone(), args.tls_cert.clone(), None),
        (None, Some(key)) => (key.reference.clone(), key.cert.clone(), key.passphrase.clone()),
        (None, None) => return Ok(None),
    };
    open_tls(&path, &certificates, passphrase.as_deref()).map(Some)
}

/// Opens a TLS key with its certificates, from its own file or beside it.
///
/// # Errors
/// Why the files cannot be used.
pub(crate) fn open_tls(
    path: &std::path::Path,
    certificates: &[PathBuf],
    passphrase: Option<&str>,
) -> Result<TlsIdentity, CliError> {
    let (key, mut own) = open_software(path, passphrase)?;
    if !certificates.is_empty() {
        own.clear();
        for file in certificates {
            own.extend(certificates_in(file)?);
        }
    }
    let key = for_tls(key).map_err(|e| key_error(&e, path))?;
    let chain = without_roots(&software::order_chain(crate::keys::Signer::public_key(&key), own));
    if chain.is_empty() {
        return Err(CliError::new(Code::CertNotGiven).path("path", path));
    }
    Ok(TlsIdentity { chain, signer: Arc::new(key) })
}

/// Opens a key file whose passphrase, if it has one, is found by reference.
///
/// # Errors
/// Why the file cannot be used.
pub(crate) fn open_software(
    path: &std::path::Path,
    passphrase: Option<&str>,
) -> Result<(SoftwareKey, Vec<Certificate>), CliError> {
    let limit = u64::try_from(software::MAX_FILE_LEN).unwrap_or(u64::MAX);
    let bytes = zeroize::Zeroizing::new(read_small(path, limit)?);
    let passphrase = passphrase.map(secrets::resolve).transpose()?;
    let opened = software::open_software(&bytes, passphrase.as_ref().map(|p| p.as_str()));
    let (key, ders) = opened.map_err(|e| key_error(&e, path))?;
    let certificates = ders.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>();
    let certificates =
        certificates.map_err(|e| CliError::new(Code::CertUnreadable).path("path", path).with("cause", e))?;
    Ok((key, certificates))
}

// TLS 1.3 has no PKCS#1 v1.5 signatures (RFC 8446 §4.2.3).
fn for_tls(key: SoftwareKey) -> Result<SoftwareKey, KeyError> {
    match crate::keys::Signer::scheme(&key) {
        SignatureScheme::RsaPkcs1v15(_) => key.with_pss(DigestAlgorithm::Sha256),
        _ => Ok(key),
    }
}

fn key_error(error: &KeyError, path: &std::path::Path) -> CliError {
    let code = match error {
        KeyError::Passphrase => Code::WrongPassphrase,
        KeyError::PassphraseNeeded => Code::PassphraseNeeded,
        _ => Code::KeyUnreadable,
    };
    CliError::new(code).path("path", path).with("cause", error)
}

/// What stopped the client, as the command says it.
pub(crate) fn failed(error: ClientError) -> CliError {
    let cause = printable(&error.to_string());
    match error {
        ClientError::Unreachable { endpoint, cause } => {
            let error = CliError::new(Code::EndpointUnreachable).with("endpoint", printable(&endpoint));
            match cause {
                Broken::Refused => error.with_text("cause", refusals::REFUSED, &[]),
                Broken::BrokeOff => error.with_text("cause", refusals::BROKE_OFF, &[]),
                Broken::Silent => error.with_text("cause", refusals::SILENT, &[]),
                Broken::NoSuchHost => error.with_text("cause", refusals::NO_SUCH_HOST, &[]),
                Broken::Other(cause) => error.with("cause", printable(&cause)),
            }
        }
        ClientError::Recipients(list) => {
            let first = list.first().and_then(|(_, why)| problem::Code::parse(why));
            let list: Vec<String> = list.iter().map(|(code, why)| format!("{code} ({why})")).collect();
            let error = CliError::new(Code::RecipientNotAccepted).with("recipients", printable(&list.join(", ")));
            match first.and_then(refusals::advice_on_recipient) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }
        ClientError::Refused(problem) => refused(&problem),
        ClientError::File { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            CliError::reading(&path, &source)
        }
        ClientError::File { path, source } => CliError::writing(&path, &source),
        ClientError::Journal(JournalError::File { path, source }) => CliError::writing(&path, &source),
        ClientError::Journal(JournalError::Damaged { path, source }) => {
            CliError::new(Code::JournalDamaged).path("path", &path).with("cause", source)
        }
        ClientError::NotReceived(delivery) => CliError::new(Code::NotReceived).with("delivery", delivery),
        ClientError::SeveralSenders(delivery) => CliError::new(Code::SeveralSenders).with("delivery", delivery),
        ClientError::Changed(path) => CliError::new(Code::FileChanged).path("path", &path),
        ClientError::Url(_) | ClientError::Tls(_) | ClientError::Setup(_) => {
            CliError::new(Code::EndpointSettings).with("cause", cause)
        }
        _ => CliError::new(Code::EndpointUntrusted).with("cause", cause),
    }
}

/// A refusal in the reader's words, with what the endpoint adds to it.
fn refused(problem: &ReadProblem) -> CliError {
    let detail = problem.detail.as_ref().map(|detail| format!(": {}", detail.trim_end_matches('.')));
    let error = CliError::new(Code::EndpointRefused)
        .with("code", printable(&problem.code))
        .with("detail", printable(&detail.unwrap_or_default()));
    // A later version of the protocol may know more codes.
    let Some(code) = problem::Code::parse(&problem.code) else {
        return error.with("cause", printable(problem.title.trim_end_matches('.')));
    };
    let error = error.with_text("cause", refusals::meaning(code), &[]);
    match refusals::advice(code) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
