//! A test province: an authority, agencies, an endpoint on loopback, clients.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use congvan::authority::ca::{Authority, CaKeys, Identity, KeyChoice, Purpose, Settings, Subject};
use congvan::base::encoding::base64;
use congvan::base::time::UnixTime;
use congvan::exchange::client::{self, Again, Client, Outgoing};
use congvan::exchange::directory::{Agency, Directory, ListedCertificate, Role};
use congvan::exchange::envelope::{Class, Envelope, Mode, Package};
use congvan::exchange::evidence::LogName;
use congvan::exchange::id::{AgencyCode, Sha256, Uuid};
use congvan::exchange::journal::Journal;
use congvan::exchange::log::note::NoteSigner;
use congvan::exchange::notary::Notary;
use congvan::exchange::package::Containers;
use congvan::exchange::seal::Sealer;
use congvan::exchange::server::{self, Clock, Endpoint, Limits, Now, Running, Stop, TlsIdentity, server_config};
use congvan::exchange::store::Store;
use congvan::exchange::store::memory::MemoryStore;
use congvan::exchange::store::sqlite::SqliteStore;
use congvan::exchange::trust::Trust;
use congvan::keys::software::SoftwareKey;
use ring::rand::SecureRandom as _;

pub(crate) const ASICE: &str = "application/vnd.etsi.asic-e+zip";

/// The stores every test runs over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

/// Runs a test over every store.
pub(crate) fn over_all_stores(test: impl Fn(&World)) {
    for kind in [Kind::Memory, Kind::Sqlite] {
        eprintln!("store: {kind:?}");
        let world = World::new(kind);
        test(&world);
        let faults = world.block_on(world.store.fsck()).expect("fsck runs");
        assert_eq!(faults, [], "{kind:?}");
    }
}

/// One agency's keys.
pub(crate) struct Member {
    pub(crate) code: AgencyCode,
    pub(crate) tls: Identity,
    pub(crate) seal: Identity,
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) authority: Arc<Authority>,
    pub(crate) members: HashMap<&'static str, Member>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) url: String,
    pub(crate) time: Arc<TestClock>,
    spare: Spare,
    stop: Stop,
    runtime: Option<tokio::runtime::Runtime>,
    serving: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
}

/// What an endpoint is made of again after a restart.
struct Spare {
    seal: Identity,
    host: Identity,
    root: congvan::x509::Certificate,
    directory: Directory,
    log: LogName,
    log_key: Arc<SoftwareKey>,
    containers: Containers,
    package: u64,
    limits: Limits,
}

impl Spare {
    fn endpoint(&self, store: Arc<dyn Store>, time: &Arc<TestClock>) -> Arc<Endpoint> {
        let signer = NoteSigner::new(&format!("{}/directory", self.log.origin), self.log_key.clone());
        Arc::new(Endpoint {
            store,
            directory: RwLock::new(Arc::new(self.directory.clone())),
            notary: Notary {
                endpoint: "exchange.example.vn".to_owned(),
                sealer: sealer(&self.seal),
                log: self.log.clone(),
                max_log_delay_s: 60,
            },
            directory_signer: signer.expect("a key"),
            trust: Arc::new(RwLock::new(Arc::new(Trust::new(vec![self.root.clone()], Vec::new())))),
            clock: test_clock(time.clone()),
            // What is due is looked for when a test says so.
            limits: Limits {
                package: self.package,
                beat: Duration::from_secs(3_600),
                containers: self.containers,
                ..self.limits.clone()
            },
            running: Running::within(&self.limits),
        })
    }
}

pub(crate) fn code(text: &str) -> AgencyCode {
    AgencyCode::parse(text).expect("a code")
}

/// A clock that can be set, and stopped.
#[derive(Default)]
pub(crate) struct TestClock {
    shift_s: AtomicI64,
    frozen_ms: AtomicU64,
}

fn test_clock(time: Arc<TestClock>) -> Clock {
    let system = server::system_clock();
    Arc::new(move || {
        let shift_ms = time.shift_s.load(Ordering::SeqCst) * 1_000;
        let now = match time.frozen_ms.load(Ordering::SeqCst) {
            0 => system().unix_ms,
            frozen => frozen,
        };
        Now { unix_ms: now.saturating_add_signed(shift_ms) }
    })
}

pub(crate) fn tls_identity(identity: &Identity) -> TlsIdentity {
    let mut chain = vec![identity.certificate.clone()];
    chain.extend(identity.issuers.iter().filter(|c| !c.is_self_issued()).cloned());
    TlsIdentity { chain, signer: identity.signer.clone() }
}

pub(crate) fn sealer(identity: &Identity) -> Sealer {
    let mut chain = vec![identity.certificate.clone()];
    chain.extend(identity.issuers.iter().filter(|c| !c.is_self_issued()).cloned());
    Sealer::new(identity.signer.clone(), &chain).expect("a sealer")
}

impl World {
    pub(crate) fn new(kind: Kind) -> Self {
        World::with(kind, |store| store)
    }

    /// A world whose store is wrapped in something.
    pub(crate) fn with(kind: Kind, wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let time = Arc::new(TestClock::default());
        let clock = test_clock(time.clone());
        let settings =
            Settings { now: clock().seconds(), base_url: "http://127.0.0.1:9".to_owned(), keys: CaKeys::Fresh };
        let authority = Arc::new(Authority::new(&settings).expect("an authority"));
        let issue = |subject: &Subject, purpose| authority.issue(subject, purpose, &KeyChoice::Fresh).expect("issued");
        let members: HashMap<_, _> = ["H45.01", "H45.02", "H45.03"]
            .into_iter()
            .map(|name| {
                let member = Member {
                    code: code(name),
                    tls: issue(&Subject::host(&format!("TEST ONLY - {name}"), &[]), Purpose::TlsClient),
                    seal: issue(&Subject::agency(&format!("TEST ONLY - Sở {name}"), "UBND tỉnh"), Purpose::Signing),
                };
                (name, member)
            })
            .collect();
        let log_key = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
        let log_key = Arc::new(SoftwareKey::from_pkcs8(log_key.as_ref()).expect("opens"));
        let origin = "exchange.example.vn/log";
        let log = NoteSigner::new(origin, log_key.clone()).expect("a log key");
        let log = LogName { origin: origin.to_owned(), vkey: log.verifier().vkey() };
        let store: Arc<dyn Store> = match kind {
            Kind::Memory => Arc::new(MemoryStore::new()),
            Kind::Sqlite => Arc::new(SqliteStore::open(&folder.path().join("data"), &log).expect("a store")),
        };
        let store = wrap(store);
        let spare = Spare {
            seal: issue(&Subject::agency("TEST ONLY - Trục liên thông", "UBND tỉnh"), Purpose::Signing),
            host: issue(&Subject::host("localhost", &["localhost"]), Purpose::TlsServer),
            root: authority.root().clone(),
            directory: directory(members.values()),
            log,
            log_key,
            containers: Containers::Shape,
            package: 64 << 20,
            limits: Limits::default(),
        };
        let endpoint = spare.endpoint(store.clone(), &time);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let stop = Stop::new(&endpoint);
        let mut world = World {
            folder,
            authority,
            members,
            store,
            endpoint,
            url: String::new(),
            time,
            spare,
            stop,
            runtime: Some(runtime),
            serving: None,
        };
        world.serve();
        world
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("a runtime").block_on(future)
    }

    /// The endpoint's own certificate.
    pub(crate) fn host(&self) -> &congvan::x509::Certificate {
        &self.spare.host.certificate
    }

    pub(crate) fn now(&self) -> UnixTime {
        (self.endpoint.clock)().seconds()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.time.shift_s.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Stops the clock; it moves by [`World::pass`] only.
    pub(crate) fn freeze(&self) {
        let now = (server::system_clock())().unix_ms;
        self.time.frozen_ms.store(now, Ordering::SeqCst);
    }

    /// Stops answering; connections under way are cut.
    pub(crate) fn cut(&mut self) {
        self.stop.cut();
        if let Some(serving) = self.serving.take() {
            let _ = self.block_on(async { tokio::time::timeout(Duration::from_secs(5), serving).await });
        }
    }

    /// Stops, lets the store go, and serves the same folder again at another address.
    pub(crate) fn restart(&mut self) {
        self.cut();
        let log = self.endpoint.notary.log.clone();
        let parts = std::mem::replace(&mut self.store, Arc::new(MemoryStore::new()));
        let old = std::mem::replace(&mut self.endpoint, self.spare.endpoint(self.store.clone(), &self.time));
        let stop = Stop::new(&self.endpoint);
        drop((parts, old, std::mem::replace(&mut self.stop, stop)));
        let data = self.folder.path().join("data");
        // Requests that were cut may hold the store a moment longer.
        let store = (0..100).find_map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            SqliteStore::open(&data, &log).ok()
        });
        self.store = Arc::new(store.expect("a store"));
        self.endpoint = self.spare.endpoint(self.store.clone(), &self.time);
        self.serve();
    }

    /// Serves the same store for larger packages.
    pub(crate) fn restart_with_package_limit(&mut self, package: u64) {
        self.cut();
        self.spare.package = package;
        self.endpoint = self.spare.endpoint(self.store.clone(), &self.time);
        self.serve();
    }

    /// Serves the same store within other bounds.
    pub(crate) fn restart_within(&mut self, limits: Limits) {
        self.cut();
        self.spare.limits = limits;
        self.endpoint = self.spare.endpoint(self.store.clone(), &self.time);
        self.serve();
    }

    /// Serves the same store with containers looked at in another way.
    pub(crate) fn restart_checking(&mut self, containers: Containers) {
        self.cut();
        self.spare.containers = containers;
        self.endpoint = self.spare.endpoint(self.store.clone(), &self.time);
        self.serve();
    }

    fn serve(&mut self) {
        let clock = test_clock(self.time.clone());
        let tls = server_config(&tls_identity(&self.spare.host), self.endpoint.trust.clone(), clock).expect("TLS");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        self.url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        self.stop = Stop::new(&self.endpoint);
        let serving = server::serve(listener, tls, self.endpoint.clone(), self.stop.clone());
        self.serving = Some(self.runtime.as_ref().expect("a runtime").spawn(serving));
    }

    pub(crate) fn client(&self, name: &str) -> Client {
        self.client_of(name, &self.folder.path().join("journal").join(name), &self.url)
    }

    pub(crate) fn client_of(&self, name: &str, journal: &Path, url: &str) -> Client {
        self.client_at(name, journal, url, client::Retry::never())
    }

    /// A client behind a bad line, with a journal of its own.
    pub(crate) fn client_with(&self, name: &str, journal: &str, url: &str, retry: client::Retry) -> Client {
        self.client_at(name, &self.folder.path().join("journals").join(journal), url, retry)
    }

    fn client_at(&self, name: &str, journal: &Path, url: &str, retry: client::Retry) -> Client {
        let channel = Trust::new(vec![self.authority.root().clone()], Vec::new());
        self.client_trusting(name, journal, (url, retry), channel)
    }

    /// A client that judges the endpoint's certificate in its own way.
    pub(crate) fn client_trusting(
        &self,
        name: &str,
        journal: &Path,
        (url, retry): (&str, client::Retry),
        channel: Trust,
    ) -> Client {
        let member = &self.members[name];
        Client::new(client::Settings {
            endpoint: url.to_owned(),
            agency: member.code.clone(),
            identity: tls_identity(&member.tls),
            sealer: sealer(&member.seal),
            anchors: vec![self.authority.root().clone()],
            channel,
            journal: Journal::open(journal).expect("a journal"),
            clock: self.endpoint.clock.clone(),
            retry,
        })
        .expect("a client")
    }

    /// A connection that speaks for an agency, for requests the client would not make.
    pub(crate) fn raw(&self, identity: &Identity) -> Raw {
        let tls = self.tls_config(identity);
        let http = reqwest::blocking::Client::builder().tls_backend_preconfigured(tls).no_proxy().build();
        Raw { http: http.expect("a connection"), url: self.url.clone() }
    }

    fn tls_config(&self, identity: &Identity) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.authority.root().der().to_vec().into()).expect("a root");
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_client_cert_resolver(tls_identity(identity).resolver().expect("an identity"))
    }

    /// A connection that speaks for an agency, octet by octet.
    pub(crate) fn line(&self, identity: &Identity) -> Line {
        let name = "localhost".to_owned().try_into().expect("a name");
        let connection =
            rustls::ClientConnection::new(Arc::new(self.tls_config(identity)), name).expect("a connection");
        let stream = self.stream();
        stream.set_nodelay(true).expect("sets");
        Line { tls: rustls::StreamOwned::new(connection, stream), read: Vec::new() }
    }

    /// A connection that says nothing yet.
    pub(crate) fn stream(&self) -> TcpStream {
        TcpStream::connect(self.url.trim_start_matches("https://")).expect("connects")
    }

    /// A file with a package nobody sent before.
    pub(crate) fn package(&self, size: usize) -> PathBuf {
        let mut octets = b"PK\x03\x04".to_vec();
        octets.resize(size.max(20), 0);
        ring::rand::SystemRandom::new().fill(&mut octets[4..20]).expect("random");
        let path = self.folder.path().join(format!("{}.asice", Sha256::of(&octets)));
        std::fs::write(&path, octets).expect("writes");
        path
    }

    /// An envelope of H45.01 to H45.02 for these octets.
    pub(crate) fn envelope(&self, package: &[u8]) -> Envelope {
        let mut random = [0; 10];
        ring::rand::SystemRandom::new().fill(&mut random).expect("random");
        Envelope {
            delivery: Uuid::v7((self.endpoint.clock)().unix_ms, random),
            sender: code("H45.01"),
            recipients: vec![code("H45.02")],
            created: self.now(),
            not_after: None,
            package: Package {
                sha256: Sha256::of(package),
                size: u64::try_from(package.len()).expect("fits"),
                media_type: ASICE.to_owned(),
            },
            class: Class::unclassified(),
            registry: None,
            mode: Mode::Basic,
            thread: None,
            in_reply_to: None,
            replaces: None,
            wanted_evidence: Vec::new(),
            encryption: None,
        }
    }

    pub(crate) fn signed(&self, name: &str, object: &[u8]) -> String {
        base64(&sealer(&self.members[name].seal).seal(object).expect("seals"))
    }

    /// The body of a PUT.
    pub(crate) fn submission(&self, name: &str, envelope: &Envelope) -> serde_json::Value {
        let bytes = envelope.to_bytes();
        serde_json::json!({"envelope": base64(&bytes), "signature": self.signed(name, &bytes)})
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.cut();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// A directory of these agencies.
pub(crate) fn directory<'a>(members: impl IntoIterator<Item = &'a Member>) -> Directory {
    let listed = |role, identity: &Identity| ListedCertificate {
        role,
        from: None,
        until: None,
        der: identity.certificate.der().to_vec(),
    };
    Directory::new(members.into_iter().map(|member| {
        let mut agency = Agency::new(member.code.clone(), "Sở");
        agency.certificates = vec![listed(Role::Tls, &member.tls), listed(Role::Seal, &member.seal)];
        agency
    }))
    .expect("a directory")
}

pub(crate) fn outgoing<'a>(file: &'a Path, recipients: &'a [AgencyCode]) -> Outgoing<'a> {
    Outgoing {
        file,
        media_type: ASICE,
        recipients,
        class: Class::unclassified(),
        registry: None,
        not_after: None,
        in_reply_to: None,
        replaces: None,
        again: Again::Resume,
    }
}

/// The same for a package in XML.
pub(crate) fn outgoing_xml<'a>(file: &'a Path, recipients: &'a [AgencyCode]) -> Outgoing<'a> {
    Outgoing { media_type: "application/edxml+xml", ..outgoing(file, recipients) }
}

/// A connection with nothing between it and its octets.
pub(crate) struct Line {
    pub(crate) tls: rustls::StreamOwned<rustls::ClientConnection, TcpStream>,
    read: Vec<u8>,
}

impl Line {
    /// Sends octets, whatever they are.
    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.tls.write_all(octets).expect("writes");
        self.tls.flush().expect("flushes");
    }

    /// Status, head in lower case and body of the next answer; nothing when the endpoint hung up.
    pub(crate) fn answer(&mut self) -> Option<(u16, String, Vec<u8>)> {
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                break String::from_utf8(head).expect("text").to_ascii_lowercase();
            }
            self.more()?;
        };
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
        while self.read.len() < length {
            self.more()?;
        }
        let body = self.read.drain(..length).collect();
        Some((head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), head, body))
    }

    pub(crate) fn call(&mut self, request: &[u8]) -> (u16, String, Vec<u8>) {
        self.send(request);
        self.answer().expect("the endpoint hung up")
    }

    fn more(&mut self) -> Option<()> {
        let mut piece = [0; 16 << 10];
        match self.tls.read(&mut piece) {
            Ok(n) if n > 0 => self.read.extend_from_slice(&piece[..n]),
            _ => return None,
        }
        Some(())
    }
}

/// A request as it travels in HTTP/1.1.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A connection without any manners.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) http: reqwest::blocking::Client,
    pub(crate) url: String,
}

pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Said {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

impl Raw {
    pub(crate) fn call(&self, request: reqwest::blocking::RequestBuilder) -> Said {
        let response = request.send().expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Said { status, headers, body: response.bytes().expect("a body").to_vec() }
    }

    pub(crate) fn get(&self, path: &str) -> Said {
        self.call(self.http.get(format!("{}{path}", self.url)))
    }

    pub(crate) fn put(&self, path: &str, body: &serde_json::Value) -> Said {
        self.call(self.http.put(format!("{}{path}", self.url)).json(body))
    }

    pub(crate) fn post(&self, path: &str, body: &serde_json::Value) -> Said {
        self.call(self.http.post(format!("{}{path}", self.url)).json(body))
    }

    pub(crate) fn create(&self, package: &[u8]) -> Said {
        let request = self
            .http
            .post(format!("{}/v1/uploads", self.url))
            .header("upload-length", package.len())
            .header("upload-complete", "?0")
            .header("repr-digest", digest_header(package));
        self.call(request)
    }

    pub(crate) fn append(&self, upload: &str, offset: usize, octets: &[u8], last: bool) -> Said {
        self.append_with(upload, offset, octets, last, &digest_header(octets))
    }

    pub(crate) fn append_with(&self, upload: &str, offset: usize, octets: &[u8], last: bool, digest: &str) -> Said {
        let request = self
            .http
            .patch(format!("{}{upload}", self.url))
            .header("content-type", "application/partial-upload")
            .header("upload-offset", offset)
            .header("upload-complete", if last { "?1" } else { "?0" })
            .header("content-digest", digest)
            .body(octets.to_vec());
        self.call(request)
    }

    pub(crate) fn upload(&self, package: &[u8]) {
        let created = self.create(package);
        if created.header("upload-complete") == "?1" {
            return;
        }
        let said = self.append(created.header("location"), 0, package, true);
        assert_eq!((said.status, said.header("upload-complete")), (204, "?1"));
    }
}

pub(crate) fn digest_header(octets: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&Sha256::of(octets).0))
}
