//! `congvan.toml`: file < `CONGVAN_*` < flag. One definition here; unknown keys are errors.
//!
//! A client's profile is `<configuration folder>/PROFILE/congvan.toml` (`default` unless `--profile` names another;
//! a name with a path separator or ending in `.toml` is taken as the file itself). A server names its file with
//! `serve --config`. Relative paths count from the folder of the file; those of variables from the current folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::environment;
use super::error::CliError;
use super::files::{folder_of, read_small};
use super::secrets;
use super::texts::{Lang, errors::Code};
use crate::exchange::package::Containers;
use crate::keys::pkcs11::{SCHEME, TokenUri, UriError};

/// Most bytes of a configuration file.
const LARGEST: u64 = 1 << 20;

/// What a signing, verifying, sending or receiving agency configures.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Client {
    /// Code of the agency, `H45.01`.
    pub(crate) agency: Option<String>,
    /// The private key, its certificates and where its passphrase is.
    pub(crate) key: Option<Key>,
    /// The key and certificates that open the channel to the endpoint; `key` when there are none.
    pub(crate) tls: Option<Key>,
    /// Trust anchors: PEM or DER files, or folders of them.
    pub(crate) anchors: Vec<PathBuf>,
    /// The exchange endpoint.
    pub(crate) endpoint: Option<String>,
    /// Time-stamping services, in order.
    pub(crate) tsa: Vec<String>,
    /// Name or file of the validation policy.
    pub(crate) policy: Option<String>,
    /// File that says who signs as what.
    pub(crate) roles: Option<PathBuf>,
    /// Folder of fetched revocation data; the state folder's when not set.
    pub(crate) cache: Option<PathBuf>,
    /// `HOST=URL`: where to ask instead of hosts that certificates name.
    pub(crate) fetch_hosts: Vec<String>,
    /// Revocation lists the endpoint's certificate is judged by, PEM or DER files or folders of them; with any, every
    /// certificate of its path must be covered.
    pub(crate) crls: Vec<PathBuf>,
    /// Hours a list or an answer counts after its successor was due.
    #[serde(default = "crl_grace_hours")]
    pub(crate) crl_grace_hours: u32,
    /// Whether to ask by OCSP about the endpoint's certificate where the lists do not speak.
    pub(crate) ocsp: Ocsp,
    /// Language of messages.
    pub(crate) lang: Option<Lang>,
}

impl Default for Client {
    fn default() -> Self {
        Client {
            agency: None,
            key: None,
            tls: None,
            anchors: Vec::new(),
            endpoint: None,
            tsa: Vec::new(),
            policy: None,
            roles: None,
            cache: None,
            fetch_hosts: Vec::new(),
            crls: Vec::new(),
            crl_grace_hours: crl_grace_hours(),
            ocsp: Ocsp::default(),
            lang: None,
        }
    }
}

/// Whether the channel's certificates are asked about by OCSP.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ocsp {
    /// No.
    #[default]
    Off,
    /// Yes, where no revocation list speaks; who cannot be asked about is refused.
    Ask,
}

/// A private key of a client: a bare reference, or a table.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(from = "KeyForm")]
pub(crate) struct Key {
    /// PKCS#8 or PKCS#12 file, or a `pkcs11:` URI.
    #[serde(rename = "ref")]
    pub(crate) reference: PathBuf,
    /// Signer first, then its chain; empty where the key store holds them.
    pub(crate) cert: Vec<PathBuf>,
    /// `file:` or `env:` reference to the passphrase.
    pub(crate) passphrase: Option<String>,
    /// `file:` or `env:` reference to the PIN of the token.
    pub(crate) pin: Option<String>,
    /// PKCS #11 library of the token.
    pub(crate) module: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum KeyForm {
    Bare(PathBuf),
    Table(KeyTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    #[serde(rename = "ref")]
    reference: PathBuf,
    #[serde(default)]
    cert: Vec<PathBuf>,
    passphrase: Option<String>,
    pin: Option<String>,
    module: Option<PathBuf>,
}

impl From<KeyForm> for Key {
    fn from(form: KeyForm) -> Self {
        match form {
            KeyForm::Bare(reference) => Key { reference, cert: Vec::new(), passphrase: None, pin: None, module: None },
            KeyForm::Table(KeyTable { reference, cert, passphrase, pin, module }) => {
                Key { reference, cert, passphrase, pin, module }
            }
        }
    }
}

/// What an operator of an endpoint configures.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Address and port to listen on.
    pub(crate) listen: std::net::SocketAddr,
    /// Folder of the embedded store.
    pub(crate) data: PathBuf,
    /// Name of the log, a host name with a path (C2SP tlog-checkpoint).
    pub(crate) origin: String,
    /// The server's TLS identity.
    pub(crate) tls: CertifiedKey,
    /// What evidence is sealed with.
    pub(crate) seal: CertifiedKey,
    /// What checkpoints are signed with.
    pub(crate) log: LogKey,
    /// Anchors of the agencies' certificates.
    pub(crate) client_anchors: Vec<PathBuf>,
    /// `agencies.toml`.
    pub(crate) directory: PathBuf,
    /// Revocation lists, PEM or DER files or folders of them, read anew when they change; with any, every certificate
    /// must be covered by one.
    #[serde(default)]
    pub(crate) crls: Vec<PathBuf>,
    /// Hours a list or an answer counts after its successor was due.
    #[serde(default = "crl_grace_hours")]
    pub(crate) crl_grace_hours: u32,
    /// Whether to ask by OCSP about the agencies' certificates where the lists do not speak.
    #[serde(default)]
    pub(crate) ocsp: Ocsp,
    /// `HOST=URL`: where to ask instead of hosts that certificates name.
    #[serde(default)]
    pub(crate) fetch_hosts: Vec<String>,
    /// How far packages are looked into before they are accepted: `whole`, or `shape` for their first octets only.
    #[serde(default)]
    pub(crate) containers: Containers,
    /// Who signs `agencies.toml`; without it the file counts as it stands.
    #[serde(default)]
    pub(crate) operator: Option<Operator>,
    /// Bounds of what is accepted.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// How long bodies are kept.
    #[serde(default)]
    pub(crate) retention: Retention,
}

/// A certificate chain and its key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertifiedKey {
    /// Chain, PEM or DER, own certificate first.
    pub(crate) cert: PathBuf,
    /// PKCS#8 or PKCS#12 file.
    pub(crate) key: PathBuf,
    /// `file:` or `env:` reference to the passphrase.
    pub(crate) passphrase: Option<String>,
}

fn crl_grace_hours() -> u32 {
    24
}

/// The operator's key over the directory (`agencies.toml.note`, a C2SP signed note).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operator {
    /// Verifier key the directory must be signed under.
    pub(crate) vkey: String,
    /// PKCS#8 file with the Ed25519 key, where `serve agency add` is run.
    pub(crate) key: Option<PathBuf>,
    /// `file:` or `env:` reference to its passphrase.
    pub(crate) passphrase: Option<String>,
}

/// The log's key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogKey {
    /// PKCS#8 file with an Ed25519 key.
    pub(crate) key: PathBuf,
    /// `file:` or `env:` reference to the passphrase.
    pub(crate) passphrase: Option<String>,
}

/// Bounds of what an endpoint accepts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Largest package in bytes.
    pub(crate) package_bytes: u64,
    /// Largest request that is not an upload, in bytes.
    pub(crate) request_bytes: u64,
    /// Uploads one agency may have open.
    pub(crate) open_uploads: u32,
    /// Bytes the open uploads of one agency may have room reserved for.
    pub(crate) reserved_bytes: u64,
    /// Slowest upload that is waited for, in bytes a second; 0 for any.
    pub(crate) slowest_bytes_s: u64,
    /// Items one agency may have under a lease at once.
    pub(crate) leased_items: u32,
    /// Connections at once.
    pub(crate) connections: u32,
    /// Size of the reserve file that acknowledgements use when the device is full; deliveries stop with as much
    /// left free, uploads with four times as much. 0 for none.
    pub(crate) reserve_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            package_bytes: 10 << 30,
            request_bytes: 1 << 20,
            open_uploads: 64,
            reserved_bytes: 100 << 30,
            slowest_bytes_s: 1 << 10,
            leased_items: 10_000,
            connections: 1_024,
            reserve_bytes: 64 << 20,
        }
    }
}

/// How long bodies are kept; evidence and log entries are never deleted.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retention {
    /// Days an unfinished upload is kept.
    pub(crate) upload_days: u32,
    /// Days a package is kept after its last recipient decided; 0 for ever.
    pub(crate) package_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Retention { upload_days: 7, package_days: 90 }
    }
}

/// How a variable's text becomes a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Text,
    Path,
    Number,
    /// Separated by white space.
    Words,
    /// Separated like `PATH`.
    Paths,
    /// A path, or a table with `ref`.
    Key,
}

/// Every key of a client's file that a `CONGVAN_*` variable can set: `key` → `CONGVAN_KEY`.
const CLIENT_KEYS: &[(&str, Kind)] = &[
    ("agency", Kind::Text),
    ("key", Kind::Key),
    ("tls", Kind::Key),
    ("anchors", Kind::Paths),
    ("endpoint", Kind::Text),
    ("tsa", Kind::Words),
    ("policy", Kind::Text),
    ("roles", Kind::Path),
    ("cache", Kind::Path),
    ("fetch_hosts", Kind::Words),
    ("crls", Kind::Paths),
    ("crl_grace_hours", Kind::Number),
    ("ocsp", Kind::Text),
    ("lang", Kind::Text),
];

/// Every key of a server's file that a variable can set: `tls.cert` → `CONGVAN_TLS_CERT`.
const SERVER_KEYS: &[(&str, Kind)] = &[
    ("listen", Kind::Text),
    ("data", Kind::Path),
    ("origin", Kind::Text),
    ("tls.cert", Kind::Path),
    ("tls.key", Kind::Path),
    ("tls.passphrase", Kind::Text),
    ("seal.cert", Kind::Path),
    ("seal.key", Kind::Path),
    ("seal.passphrase", Kind::Text),
    ("log.key", Kind::Path),
    ("log.passphrase", Kind::Text),
    ("client_anchors", Kind::Paths),
    ("directory", Kind::Path),
    ("crls", Kind::Paths),
    ("containers", Kind::Text),
    ("crl_grace_hours", Kind::Number),
    ("ocsp", Kind::Text),
    ("fetch_hosts", Kind::Words),
    ("operator.vkey", Kind::Text),
    ("operator.key", Kind::Path),
    ("operator.passphrase", Kind::Text),
    ("limits.package_bytes", Kind::Number),
    ("limits.request_bytes", Kind::Number),
    ("limits.open_uploads", Kind::Number),
    ("limits.reserved_bytes", Kind::Number),
    ("limits.slowest_bytes_s", Kind::Number),
    ("limits.leased_items", Kind::Number),
    ("limits.connections", Kind::Number),
    ("limits.reserve_bytes", Kind::Number),
    ("retention.upload_days", Kind::Number),
    ("retention.package_days", Kind::Number),
];

/// The client configuration of a profile; empty when the default profile has no file.
///
/// # Errors
/// [`Code::NoProfile`] for a profile named but missing, [`Code::ConfigInvalid`] and [`Code::SecretInConfig`] for what
/// is in it.
pub(crate) fn client(profile: Option<&str>) -> Result<Client, CliError> {
    let path = client_path(profile);
    let variables = environment_table(CLIENT_KEYS);
    let mut config: Client = match &path {
        Some(path) if path.is_file() => load(path, variables)?,
        Some(path) if profile.is_some() => {
            return Err(CliError::new(Code::NoProfile).with("profile", profile.unwrap_or("")).path("path", path));
        }
        _ => from_table(Path::new("CONGVAN_*"), Table::new(), variables)?,
    };
    if let Some(path) = path {
        let base = folder_of(&path);
        config
            .anchors
            .iter_mut()
            .chain(&mut config.roles)
            .chain(&mut config.cache)
            .chain(&mut config.crls)
            .for_each(|path| *path = base.join(&path));
        for key in [&mut config.key, &mut config.tls].into_iter().flatten() {
            if !key.reference.to_string_lossy().starts_with(SCHEME) {
                key.reference = base.join(&key.reference);
            }
            key.module = key.module.take().map(|module| base.join(module));
            key.cert.iter_mut().for_each(|cert| *cert = base.join(&cert));
        }
    }
    for (passphrase, pin, key) in
        [("key.passphrase", "key.pin", &config.key), ("tls.passphrase", "tls.pin", &config.tls)]
    {
        let Some(key) = key else { continue };
        for (name, value) in [(passphrase, &key.passphrase), (pin, &key.pin)] {
            if let Some(value) = value {
                check_reference(name, value)?;
            }
        }
        if TokenUri::parse(&key.reference.to_string_lossy()) == Err(UriError::PinValue) {
            return Err(CliError::new(Code::SecretInConfig).with("key", pin));
        }
    }
    Ok(config)
}

/// The file of a profile: see the module's head.
pub(crate) fn client_path(profile: Option<&str>) -> Option<PathBuf> {
    match profile {
        Some(name) if name.ends_with(".toml") || name.contains(std::path::is_separator) => Some(PathBuf::from(name)),
        name => Some(environment::config_folder()?.join(name.unwrap_or("default")).join("congvan.toml")),
    }
}

/// The server configuration in `path`, with paths made relative to the current folder.
///
/// # Errors
/// As [`client`], and [`Code::FileNotFound`].
pub(crate) fn server(path: &Path) -> Result<Server, CliError> {
    let mut config: Server = load(path, environment_table(SERVER_KEYS))?;
    for (key, value) in [
        ("tls.passphrase", &config.tls.passphrase),
        ("seal.passphrase", &config.seal.passphrase),
        ("log.passphrase", &config.log.passphrase),
    ] {
        if let Some(value) = value {
            check_reference(key, value)?;
        }
    }
    let base = folder_of(path);
    if let Some(passphrase) = config.operator.as_ref().and_then(|operator| operator.passphrase.as_deref()) {
        check_reference("operator.passphrase", passphrase)?;
    }
    let Server { data, tls, seal, log, client_anchors, directory, crls, operator, .. } = &mut config;
    for path in [data, &mut tls.cert, &mut tls.key, &mut seal.cert, &mut seal.key, &mut log.key, directory]
        .into_iter()
        .chain(client_anchors)
        .chain(crls)
        .chain(operator.as_mut().and_then(|operator| operator.key.as_mut()))
    {
        *path = base.join(&path);
    }
    Ok(config)
}

/// The effective configuration as a file would say it.
pub(crate) fn effective(config: &impl Serialize) -> Result<String, CliError> {
    toml::to_string_pretty(config)
        .map_err(|e| CliError::new(Code::ConfigInvalid).with("path", "congvan.toml").with("cause", e))
}

fn check_reference(key: &'static str, value: &str) -> Result<(), CliError> {
    if secrets::is_reference(value) { Ok(()) } else { Err(CliError::new(Code::SecretInConfig).with("key", key)) }
}

fn load<T: for<'de> Deserialize<'de>>(path: &Path, variables: Table) -> Result<T, CliError> {
    let bytes = read_small(path, LARGEST)?;
    let invalid = |cause: String| CliError::new(Code::ConfigInvalid).path("path", path).with("cause", cause);
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8".to_owned()))?;
    let table: Table = toml::from_str(&text).map_err(|e| invalid(one_line(&e, &text)))?;
    if variables.is_empty() {
        // Straight from the text, so that the error can name its line.
        return toml::from_str(&text).map_err(|e| invalid(one_line(&e, &text)));
    }
    from_table(path, table, variables)
}

fn from_table<T: for<'de> Deserialize<'de>>(path: &Path, mut table: Table, variables: Table) -> Result<T, CliError> {
    merge(&mut table, variables);
    table.try_into().map_err(|e: toml::de::Error| {
        CliError::new(Code::ConfigInvalid).path("path", path).with("cause", e.message().replace('\n', " "))
    })
}

fn one_line(error: &toml::de::Error, text: &str) -> String {
    let message = error.message().replace('\n', " ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(more)) => merge(inner, more),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn environment_table(keys: &[(&str, Kind)]) -> Table {
    let values: BTreeMap<&str, Value> = keys
        .iter()
        .filter_map(|(key, kind)| {
            let name = format!("CONGVAN_{}", key.replace('.', "_").to_uppercase());
            let value = environment::variable(&name)?;
            Some((*key, to_value(&value, *kind)?))
        })
        .collect();
    nested(values)
}

fn nested(values: BTreeMap<&str, Value>) -> Table {
    let mut table = Table::new();
    for (key, value) in values {
        let single = key.rsplit('.').fold(value, |inner, part| {
            let mut outer = Table::new();
            outer.insert(part.to_owned(), inner);
            Value::Table(outer)
        });
        if let Value::Table(single) = single {
            merge(&mut table, single);
        }
    }
    table
}

/// `None` for a value that is not UTF-8: no key takes one from a variable.
fn to_value(value: &std::ffi::OsStr, kind: Kind) -> Option<Value> {
    let text = value.to_str();
    match kind {
        Kind::Text => text.map(|t| Value::String(t.to_owned())),
        Kind::Key if text.is_some_and(|t| t.starts_with(SCHEME)) => text.map(|t| Value::String(t.to_owned())),
        Kind::Path | Kind::Key => absolute(PathBuf::from(value)).map(Value::String),
        // A number that does not parse stays text, so that reading it names the key and the mistake.
        Kind::Number => text.map(|t| t.parse().map_or_else(|_| Value::String(t.to_owned()), Value::Integer)),
        Kind::Words => text.map(|t| Value::Array(t.split_whitespace().map(|w| Value::String(w.to_owned())).collect())),
        Kind::Paths => {
            let paths = environment::path_list(value).into_iter().map(absolute);
            paths.map(|p| p.map(Value::String)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
    }
}

// A relative path of a variable counts from where the command was called.
fn absolute(path: PathBuf) -> Option<String> {
    std::path::absolute(&path).unwrap_or(path).into_os_string().into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL_SERVER: &str = r#"
        listen = "127.0.0.1:8443"
        data = "data"
        origin = "exchange.example/log"
        client_anchors = ["anchors"]
        directory = "agencies.toml"
        [tls]
        cert = "tls.pem"
        key = "tls.key"
        passphrase = "env:TLS"
        [seal]
        cert = "seal.pem"
        key = "seal.p12"
        passphrase = "file:seal.pass"
        [log]
        key = "log.key"
        passphrase = "env:LOG"
        [operator]
        vkey = "operator+12345678+AAAA"
        key = "operator.key"
        passphrase = "env:OPERATOR"
    "#;

    const FULL_CLIENT: &str = r#"
        agency = "H45.01"
        key = "seal.p12"
        tls = "tls.pem"
        anchors = ["root.pem"]
        endpoint = "https://exchange.example"
        tsa = ["http://tsa.example"]
        policy = "strict"
        roles = "roles.toml"
        cache = "fetched"
        fetch_hosts = ["ocsp.example=http://10.0.0.5:8080"]
        crls = ["crls"]
        crl_grace_hours = 12
        ocsp = "ask"
        lang = "vi"
    "#;

    fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("congvan.toml");
        std::fs::write(&path, text).expect("writes");
        (folder, path)
    }

    fn flat(prefix: &str, value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Table(table) => table.iter().for_each(|(key, value)| flat(&format!("{prefix}{key}."), value, out)),
            _ => out.push(prefix.trim_end_matches('.').to_owned()),
        }
    }

    #[test]
    fn every_key_of_the_server_has_its_variable() {
        let (_folder, path) = write(FULL_SERVER);
        let mut keys = Vec::new();
        flat("", &Value::try_from(server(&path).expect("reads")).expect("prints"), &mut keys);
        let mut known: Vec<String> = SERVER_KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
        keys.sort();
        known.sort();
        assert_eq!(keys, known);
    }

    #[test]
    fn every_key_of_the_client_has_its_variable() {
        let config: Client = toml::from_str(FULL_CLIENT).expect("reads");
        let Value::Table(table) = Value::try_from(config).expect("prints") else { panic!("a table") };
        let mut known: Vec<&str> = CLIENT_KEYS.iter().map(|(key, _)| *key).collect();
        known.sort_unstable();
        assert_eq!(table.keys().map(String::as_str).collect::<Vec<_>>(), known);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_its_line() {
        let (_folder, path) = write("agency = \"H45\"\nendpont = \"x\"\n");
        let error = client(path.to_str()).expect_err("refused");
        assert_eq!(error.code, Code::ConfigInvalid);
        let message = error.message(Lang::En);
        assert!(message.contains("line 2") && message.contains("endpont"), "{message}");
    }

    #[test]
    fn a_secret_written_into_the_file_is_refused_and_not_repeated() {
        let (_folder, path) = write("[key]\nref = \"a.p12\"\npassphrase = \"hunter2\"\n");
        let error = client(path.to_str()).expect_err("refused");
        assert_eq!(error.code, Code::SecretInConfig);
        assert!(!error.message(Lang::En).contains("hunter2"));
    }

    #[test]
    fn paths_count_from_the_folder_of_the_file() {
        let (folder, path) = write(FULL_CLIENT);
        let config = client(path.to_str()).expect("reads");
        assert_eq!(config.anchors, [folder.path().join("root.pem")]);
        assert_eq!(config.roles, Some(folder.path().join("roles.toml")));
        assert_eq!(config.key.expect("a key").reference, folder.path().join("seal.p12"));
    }

    #[test]
    fn a_variable_wins_over_the_file_key_by_key() {
        let mut table: Table = toml::from_str(FULL_SERVER).expect("reads");
        let set = nested(BTreeMap::from([
            ("tls.cert", Value::String("other.pem".to_owned())),
            ("limits.connections", Value::Integer(5)),
        ]));
        merge(&mut table, set);
        let config: Server = table.try_into().expect("reads");
        assert_eq!(config.tls.cert, Path::new("other.pem"));
        assert_eq!(config.tls.key, Path::new("tls.key"));
        assert_eq!(config.limits, Limits { connections: 5, ..Limits::default() });
    }

    #[test]
    fn a_profile_that_was_named_must_exist() {
        let missing = tempfile::tempdir().expect("folder").path().join("no.toml");
        assert_eq!(client(missing.to_str()).expect_err("missing").code, Code::NoProfile);
    }

    #[test]
    fn the_effective_configuration_reads_back_the_same() {
        let (_folder, path) = write(FULL_SERVER);
        let config = server(&path).expect("reads");
        let again: Server = toml::from_str(&effective(&config).expect("prints")).expect("reads");
        assert_eq!(again, config);
    }
}
