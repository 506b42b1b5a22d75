//! The province of the demo: its test authority on loopback, two agencies with keys and profiles, an endpoint.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::authority::ca::CaKeys;
use crate::authority::{Authority, EmbeddedKey, Identity, KeyChoice, Purpose, Settings, Subject};
use crate::base::encoding::{hex, to_pem};
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::files::{Existing, write_private, write_whole};
use crate::cli::texts::errors::Code;
use crate::keys::software::generate_ed25519_pkcs8;
use crate::net::authority_server::{AuthorityServer, Listener};

/// Code of the agency that sends.
pub(super) const SENDER: &str = "H99";
/// Code of the agency that receives.
pub(super) const RECEIVER: &str = "H99.05";

const DECISION: &[u8] = include_bytes!("../../../../fixtures/documents/decision.pdf");
const SIGNATURE: &[u8] = include_bytes!("../../../../fixtures/stamps/signature.png");
const SEAL: &[u8] = include_bytes!("../../../../fixtures/stamps/seal.png");

/// Everything the journey needs, on disk and on loopback.
pub(super) struct Province {
    folder: PathBuf,
    endpoint_port: u16,
    _authority: AuthorityServer,
}

impl Province {
    /// Founds the province: keys, certificates, revocation lists, profiles, documents.
    ///
    /// # Errors
    /// When a file cannot be written or loopback cannot be used.
    pub(super) fn found(folder: &Path) -> Result<Province, CliError> {
        let listener =
            Listener::bind().map_err(|e| CliError::new(Code::ReadFailed).with("path", "127.0.0.1").with("cause", e))?;
        let now = clock::now();
        let settings = Settings { now, base_url: listener.base_url(), keys: CaKeys::Fresh };
        let authority = Authority::new(&settings).map_err(internal)?;
        let tsa = authority.tsa_url();
        let issue = |subject: Subject, purpose, key| authority.issue(&subject, purpose, &key).map_err(internal);
        let leader = issue(
            Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải"),
            Purpose::Signing,
            KeyChoice::Embedded(EmbeddedKey::Leader),
        )?;
        let sender_seal = issue(
            Subject::agency("Ủy ban nhân dân tỉnh Sơn Hải", "Tỉnh Sơn Hải"),
            Purpose::Signing,
            KeyChoice::Embedded(EmbeddedKey::SealA),
        )?;
        let receiver_seal = issue(
            Subject::agency("Sở Khoa học và Công nghệ", "Ủy ban nhân dân tỉnh Sơn Hải"),
            Purpose::Signing,
            KeyChoice::Embedded(EmbeddedKey::SealB),
        )?;
        let endpoint_seal =
            issue(Subject::agency("Trục liên thông tỉnh Sơn Hải", "Tỉnh Sơn Hải"), Purpose::Signing, KeyChoice::Fresh)?;
        let server = issue(Subject::host("localhost", &["localhost"]), Purpose::TlsServer, KeyChoice::Fresh)?;
        let sender_tls = issue(Subject::host("ubnd.sonhai.example", &[]), Purpose::TlsClient, KeyChoice::Fresh)?;
        let receiver_tls = issue(Subject::host("skhcn.sonhai.example", &[]), Purpose::TlsClient, KeyChoice::Fresh)?;

        let endpoint_port = free_port()?;
        let province_folder = Folder(folder);
        province_folder.write("ca/root.pem", to_pem("CERTIFICATE", authority.root().der()).as_bytes())?;
        province_folder.write("ca/issuing.pem", to_pem("CERTIFICATE", authority.issuing().der()).as_bytes())?;
        province_folder.write("ca/crl/issuing.crl", &authority.crl(now).map_err(internal)?)?;
        province_folder.write("ca/crl/root.crl", &authority.root_crl(now).map_err(internal)?)?;
        for (path, identity) in [
            ("ubnd/leader", &leader),
            ("ubnd/seal", &sender_seal),
            ("ubnd/tls", &sender_tls),
            ("skhcn/seal", &receiver_seal),
            ("skhcn/tls", &receiver_tls),
            ("endpoint/seal", &endpoint_seal),
            ("endpoint/tls", &server),
        ] {
            province_folder.identity(path, identity)?;
        }
        let log = generate_ed25519_pkcs8()
            .map_err(|e| CliError::new(Code::WriteFailed).with("path", "log").with("cause", e))?;
        province_folder.write("endpoint/log.pem", to_pem("PRIVATE KEY", &log).as_bytes())?;
        let known =
            [(&leader, "person", SENDER), (&sender_seal, "agency", SENDER), (&receiver_seal, "agency", RECEIVER)];
        province_folder.write("roles.toml", known.map(role).concat().as_bytes())?;
        province_folder.write("ubnd/leader.toml", client(SENDER, "leader", "tls", endpoint_port, &tsa).as_bytes())?;
        province_folder.write("ubnd/seal.toml", client(SENDER, "seal", "tls", endpoint_port, &tsa).as_bytes())?;
        province_folder.write("skhcn/seal.toml", client(RECEIVER, "seal", "tls", endpoint_port, &tsa).as_bytes())?;
        province_folder.write("endpoint/congvan.toml", endpoint(endpoint_port).as_bytes())?;
        province_folder.write("ubnd/signature.png", SIGNATURE)?;
        province_folder.write("ubnd/seal.png", SEAL)?;
        province_folder.write("1-draft.pdf", DECISION)?;

        let clock = Arc::new(clock::now);
        let server = listener.serve(Arc::new(authority), clock);
        let server = server.map_err(|e| CliError::new(Code::ReadFailed).with("path", "127.0.0.1").with("cause", e))?;
        Ok(Province { folder: folder.to_owned(), endpoint_port, _authority: server })
    }

    /// A file or folder of the province.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// True once the endpoint takes connections.
    pub(super) fn endpoint_answers(&self) -> bool {
        std::net::TcpStream::connect(("127.0.0.1", self.endpoint_port)).is_ok()
    }
}

struct Folder<'a>(&'a Path);

impl Folder<'_> {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| CliError::writing(parent, &e))?;
        }
        write_whole(&path, bytes, Existing::Keep, &[])
    }

    fn identity(&self, name: &str, identity: &Identity) -> Result<(), CliError> {
        let path = self.0.join(format!("{name}.key.pem"));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| CliError::writing(parent, &e))?;
        }
        write_private(&path, identity.key_pem().as_bytes())?;
        self.write(&format!("{name}.cert.pem"), identity.chain_pem().as_bytes())
    }
}

/// As what somebody signs, as an entry of a file of roles.
fn role((who, role, agency): (&Identity, &str, &str)) -> String {
    let digest = hex(who.certificate.sha256());
    format!("[[signer]]\nsha256 = \"{digest}\"\nrole = \"{role}\"\nagency = \"{agency}\"\n\n")
}

fn client(agency: &str, key: &str, tls: &str, port: u16, tsa: &str) -> String {
    format!(
        "agency = \"{agency}\"\nanchors = [\"../ca/root.pem\"]\nroles = \"../roles.toml\"\nendpoint = \"https://localhost:{port}\"\ntsa = [\"{tsa}\"]\n\n\
         [key]\nref = \"{key}.key.pem\"\ncert = [\"{key}.cert.pem\"]\n\n\
         [tls]\nref = \"{tls}.key.pem\"\ncert = [\"{tls}.cert.pem\"]\n"
    )
}

fn endpoint(port: u16) -> String {
    format!(
        "listen = \"127.0.0.1:{port}\"\ndata = \"data\"\norigin = \"truc.sonhai.example\"\n\
         client_anchors = [\"../ca/root.pem\"]\ndirectory = \"agencies.toml\"\n\n\
         [tls]\ncert = \"tls.cert.pem\"\nkey = \"tls.key.pem\"\n\n\
         [seal]\ncert = \"seal.cert.pem\"\nkey = \"seal.key.pem\"\n\n\
         [log]\nkey = \"log.pem\"\n"
    )
}

fn free_port() -> Result<u16, CliError> {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).map(|a| a.port());
    port.map_err(|e| CliError::new(Code::ReadFailed).with("path", "127.0.0.1").with("cause", e))
}

fn internal(error: crate::authority::AuthorityError) -> CliError {
    CliError::new(Code::WriteFailed).with("path", "ca").with("cause", error)
}
