//! One bounded HTTP exchange: POST to a TSA (RFC 3161 §3.4) or OCSP responder (RFC 6960 appendix A),
//! GET of a CRL or certificate (RFC 5280 §4.2.1.13, §4.2.2.1).
//!
//! Redirects are followed by hand, each hop under the same rules. What came back is only bytes; whether it
//! answers the question is decided by whoever asked. Proxies named in the environment are used, except for this
//! machine's loopback; behind one, names are resolved by the proxy, whose own rules then decide where they lead.
//!
//! Blocking: not to be called on an async thread.

use super::address_rule::AddressRule;
use super::install_tls_provider;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{StatusCode, Url};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Most redirects that are followed.
const MAX_HOPS: usize = 5;
/// Longest URL that is fetched, in octets.
const MAX_URL: usize = 8_192;

/// Bounds of every exchange.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// Time for one exchange from the first octet sent to the last received, redirects included.
    pub timeout: Duration,
    /// The same for a time-stamping authority, which may be slow.
    pub tsa_timeout: Duration,
    /// Largest time-stamp, OCSP answer or certificate, in octets.
    pub max_len: u64,
    /// Largest CRL, in octets.
    pub max_crl_len: u64,
    /// Where URLs read from files may lead.
    pub found: AddressRule,
    /// Hosts of URLs read from files, in lower case, and the place that is asked in their stead: scheme, host and
    /// port. Whoever names a place allows it, wherever it lies.
    pub hosts: BTreeMap<String, Url>,
}

impl FetchSettings {
    /// Adds a mapping written `HOST=URL`; false when it is none.
    pub fn map_host(&mut self, text: &str) -> bool {
        let Some((host, place)) = text.split_once('=') else { return false };
        let host = host.trim().to_ascii_lowercase();
        match Url::parse(place.trim()) {
            Ok(place) if fetchable(&place) && !host.is_empty() => {
                self.hosts.insert(host, place);
                true
            }
            _ => false,
        }
    }
}

impl Default for FetchSettings {
    fn default() -> Self {
        FetchSettings {
            timeout: Duration::from_secs(20),
            tsa_timeout: Duration::from_secs(180),
            max_len: 1 << 20,
            max_crl_len: 64 << 20,
            found: AddressRule::PublicOnly,
            hosts: BTreeMap::new(),
        }
    }
}

/// Where an URL comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// The user or the configuration named it: any address.
    Configured,
    /// A certificate or document named it: [`FetchSettings::found`] decides.
    Found,
}

/// Why nothing was fetched.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not an URL we fetch: http or https, with a host, without credentials.
    #[error("`{url}` is not an http or https address")]
    Url {
        /// The URL, cut to a readable length.
        url: String,
    },
    /// The host lies in a private network and the rule forbids that.
    #[error("{host} lies in a private network, which an address read from a file may not lead to")]
    PrivateAddress {
        /// The host.
        host: String,
    },
    /// A redirect from https to http.
    #[error("{host} redirects from https to http")]
    Downgrade {
        /// The host that redirected.
        host: String,
    },
    /// Too many redirects.
    #[error("{host} redirects more than {MAX_HOPS} times")]
    Redirects {
        /// The first host.
        host: String,
    },
    /// No connection.
    #[error("no connection to {host}: {cause}")]
    Connect {
        /// The host.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// Too slow.
    #[error("{host} did not answer within {seconds} s")]
    Timeout {
        /// The host.
        host: String,
        /// The bound.
        seconds: u64,
    },
    /// Another status than 200.
    #[error("{host} answered with HTTP status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// Longer than allowed.
    #[error("the answer of {host} is longer than {limit} octets")]
    TooLong {
        /// The host.
        host: String,
        /// The bound.
        limit: u64,
    },
    /// The connection broke.
    #[error("the connection to {host} broke: {cause}")]
    Broken {
        /// The host.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// Fetches; shared between threads, keeps connections open.
pub struct Fetcher {
    settings: FetchSettings,
    open: OnceLock<Result<Client, String>>,
    direct: OnceLock<Result<Client, String>>,
    guarded: OnceLock<Result<Client, String>>,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

struct Exchange<'a> {
    body: Option<(&'static str, &'a [u8])>,
    accept: &'static str,
    limit: u64,
    timeout: Duration,
}

impl Fetcher {
    /// A fetcher with these bounds. No connection is made before the first exchange.
    pub fn new(settings: FetchSettings) -> Self {
        install_tls_provider();
        Fetcher { settings, open: OnceLock::new(), direct: OnceLock::new(), guarded: OnceLock::new() }
    }

    /// Sends a TimeStampReq to an URL of this origin and returns what came back.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn time_stamp(&self, url: &str, origin: Origin, request: &[u8]) -> Result<Vec<u8>, FetchError> {
        self.exchange(
            url,
            origin,
            &Exchange {
                body: Some(("application/timestamp-query", request)),
                accept: "application/timestamp-reply",
                limit: self.settings.max_len,
                timeout: self.settings.tsa_timeout,
            },
        )
    }

    /// Sends an OCSPRequest and returns what came back.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn ocsp(&self, url: &str, origin: Origin, request: &[u8]) -> Result<Vec<u8>, FetchError> {
        self.exchange(
            url,
            origin,
            &Exchange {
                body: Some(("application/ocsp-request", request)),
                accept: "application/ocsp-response",
                limit: self.settings.max_len,
                timeout: self.settings.timeout,
            },
        )
    }

    /// Fetches a CRL.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn crl(&self, url: &str, origin: Origin) -> Result<Vec<u8>, FetchError> {
        let limit = self.settings.max_crl_len;
        let accept = "application/pkix-crl, */*;q=0.5";
        self.exchange(url, origin, &Exchange { body: None, accept, limit, timeout: self.settings.timeout })
    }

    /// Fetches an issuer certificate or a bundle of them.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn certificate(&self, url: &str, origin: Origin) -> Result<Vec<u8>, FetchError> {
        let limit = self.settings.max_len;
        let accept = "application/pkix-cert, application/pkcs7-mime, */*;q=0.5";
        self.exchange(url, origin, &Exchange { body: None, accept, limit, timeout: self.settings.timeout })
    }

    fn exchange(&self, url: &str, origin: Origin, what: &Exchange<'_>) -> Result<Vec<u8>, FetchError> {
        let rule = match origin {
            Origin::Configured => AddressRule::Any,
            Origin::Found => self.settings.found,
        };
        let started = Instant::now();
        let mut at = parse(url)?;
        let first_host = host_of(&at);
        for _ in 0..=MAX_HOPS {
            let mapped = self.mapped(&at, origin);
            let rule = if mapped.is_some() { AddressRule::Any } else { rule };
            at = mapped.unwrap_or(at);
            let host = host_of(&at);
            check_literal(&at, rule)?;
            let left = what
                .timeout
                .checked_sub(started.elapsed())
                .filter(|left| !left.is_zero())
                .ok_or_else(|| FetchError::Timeout { host: host.clone(), seconds: what.timeout.as_secs() })?;
            let client = self.client(&at, rule)?;
            let request = match what.body {
                Some((content_type, body)) => {
                    client.post(at.clone()).header(CONTENT_TYPE, content_type).body(body.to_vec())
                }
                None => client.get(at.clone()),
            };
            let answer = request
                .header(ACCEPT, what.accept)
                .timeout(left)
                .send()
                .map_err(|error| classify(&error, &host, what.timeout))?;
            if answer.status().is_redirection() {
                let next = redirect_target(&at, &answer)
                    .ok_or_else(|| FetchError::Status { host: host.clone(), status: answer.status().as_u16() })?;
                if at.scheme() == "https" && next.scheme() == "http" {
                    return Err(FetchError::Downgrade { host });
                }
                // A question is not carried to another place by 301 to 303, only by 307 and 308 (RFC 9110 §15.4).
                let keeps_method =
                    matches!(answer.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
                if what.body.is_some() && !keeps_method {
                    return Err(FetchError::Status { host, status: answer.status().as_u16() });
                }
                at = next;
                continue;
            }
            if answer.status() != StatusCode::OK {
                return Err(FetchError::Status { host, status: answer.status().as_u16() });
            }
            return read_bounded(answer, &host, what, started);
        }
        Err(FetchError::Redirects { host: first_host })
    }

    /// The place that is asked instead of one read from a file.
    fn mapped(&self, url: &Url, origin: Origin) -> Option<Url> {
        let place = self.settings.hosts.get(url.host_str()?).filter(|_| origin == Origin::Found)?;
        let mut mapped = place.clone();
        mapped.set_path(url.path());
        mapped.set_query(url.query());
        Some(mapped)
    }

    fn client(&self, url: &Url, rule: AddressRule) -> Result<&Client, FetchError> {
        let base = || Client::builder().redirect(reqwest::redirect::Policy::none()).referer(false);
        let agent = concat!("congvan/", env!("CARGO_PKG_VERSION"));
        let make = |builder: reqwest::blocking::ClientBuilder| {
            builder.user_agent(agent).build().map_err(|error| error.to_string())
        };
        let made = match rule {
            AddressRule::PublicOnly => self
                .guarded
                .get_or_init(|| make(base().dns_resolver(Arc::new(PublicOnlyResolver { proxies: proxy_hosts() })))),
            // A proxy of the environment cannot reach this machine's loopback.
            AddressRule::Any if is_loopback(url) => self.direct.get_or_init(|| make(base().no_proxy())),
            AddressRule::Any => self.open.get_or_init(|| make(base())),
        };
        made.as_ref().map_err(|cause| FetchError::Client(cause.clone()))
    }
}

/// Resolves names and drops every address that is not public, except those of the proxies in use.
struct PublicOnlyResolver {
    proxies: Vec<String>,
}

/// Hosts of the proxies the HTTP client takes from the environment.
fn proxy_hosts() -> Vec<String> {
    ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
        .into_iter()
        .filter_map(|name| {
            #[expect(clippy::disallowed_methods, reason = "the HTTP client reads the same variables itself")]
            std::env::var(name).ok()
        })
        .filter_map(|value| proxy_host(&value))
        .collect()
}

/// The host of `http://user:password@host:port` or of `host:port`.
fn proxy_host(value: &str) -> Option<String> {
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    Url::parse(&url).ok()?.host_str().map(str::to_ascii_lowercase)
}

/// Says that a name had only private addresses.
#[derive(Debug, thiserror::Error)]
#[error("every address of the host is private")]
struct OnlyPrivate;

impl reqwest::dns::Resolve for PublicOnlyResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let is_proxy = self.proxies.iter().any(|host| host.eq_ignore_ascii_case(name.as_str()));
        let rule = if is_proxy { AddressRule::Any } else { AddressRule::PublicOnly };
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|a| rule.allows(a.ip())).collect();
            if allowed.is_empty() {
                return Err(OnlyPrivate.into());
            }
            let addresses: reqwest::dns::Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

fn parse(url: &str) -> Result<Url, FetchError> {
    let refuse = || FetchError::Url { url: url.chars().take(200).collect() };
    if url.len() > MAX_URL {
        return Err(refuse());
    }
    Url::parse(url).ok().filter(fetchable).ok_or_else(refuse)
}

fn fetchable(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none()
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || literal(url).is_some_and(|ip| ip.is_loopback())
}

/// Addresses written out never reach the resolver.
fn check_literal(url: &Url, rule: AddressRule) -> Result<(), FetchError> {
    match literal(url) {
        Some(ip) if !rule.allows(ip) => Err(FetchError::PrivateAddress { host: host_of(url) }),
        _ => Ok(()),
    }
}

fn redirect_target(from: &Url, answer: &Response) -> Option<Url> {
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    if location.len() > MAX_URL {
        return None;
    }
    from.join(location).ok().filter(fetchable)
}

fn read_bounded(
    mut answer: Response,
    host: &str,
    what: &Exchange<'_>,
    started: Instant,
) -> Result<Vec<u8>, FetchError> {
    let too_long = || FetchError::TooLong { host: host.to_owned(), limit: what.limit };
    if answer.content_length().is_some_and(|announced| announced > what.limit) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    let mut chunk = [0u8; 16 << 10];
    loop {
        if started.elapsed() > what.timeout {
            return Err(FetchError::Timeout { host: host.to_owned(), seconds: what.timeout.as_secs() });
        }
        match answer.read(&mut chunk) {
            Ok(0) => return Ok(body),
            Ok(n) => {
                body.extend_from_slice(chunk.get(..n).unwrap_or_default());
                if u64::try_from(body.len()).unwrap_or(u64::MAX) > what.limit {
                    return Err(too_long());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                return Err(FetchError::Timeout { host: host.to_owned(), seconds: what.timeout.as_secs() });
            }
            Err(error) => return Err(FetchError::Broken { host: host.to_owned(), cause: error.to_string() }),
        }
    }
}

fn classify(error: &reqwest::Error, host: &str, timeout: Duration) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut last = String::new();
    while let Some(one) = cause {
        if one.is::<OnlyPrivate>() {
            return FetchError::PrivateAddress { host: host.to_owned() };
        }
        last = one.to_string();
        cause = one.source();
    }
    let host = host.to_owned();
    if error.is_timeout() {
        FetchError::Timeout { host, seconds: timeout.as_secs() }
    } else if error.is_connect() {
        FetchError::Connect { host, cause: last }
    } else {
        FetchError::Broken { host, cause: last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::net::TcpListener;

    /// A server that gives one fixed answer to every connection and then hangs up.
    fn canned(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 4_096];
                let _read = stream.read(&mut request);
                let _sent = stream.write_all(&answer);
            }
        });
        format!("http://{address}")
    }

    fn fetcher(found: AddressRule) -> Fetcher {
        Fetcher::new(FetchSettings {
            timeout: Duration::from_secs(2),
            tsa_timeout: Duration::from_secs(1),
            max_len: 100,
            max_crl_len: 100,
            found,
            hosts: BTreeMap::new(),
        })
    }

    #[test]
    fn a_mapped_host_is_asked_elsewhere_and_may_not_lead_on_into_a_private_network() {
        let target = canned(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok".to_vec());
        let leading = canned(
            format!("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n")
                .into_bytes(),
        );
        let mapping = |place: &str| {
            let mut settings = FetchSettings { timeout: Duration::from_secs(2), ..FetchSettings::default() };
            assert!(settings.map_host(&format!("CA.example={place}")));
            Fetcher::new(settings)
        };
        let url = "http://ca.example/1.crl?x";
        assert_eq!(mapping(&target).crl(url, Origin::Found).expect("mapped"), b"ok");
        assert!(matches!(mapping(&leading).crl(url, Origin::Found), Err(FetchError::PrivateAddress { .. })));
        let mut settings = FetchSettings::default();
        for bad in ["ca.example", "=http://a", "ca.example=ftp://a", "ca.example=http://u:p@a"] {
            assert!(!settings.map_host(bad), "{bad}");
        }
    }

    #[test]
    fn an_answer_of_exactly_the_bound_is_taken_and_one_octet_more_is_not() {
        let with = |n: usize| {
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            canned([head.as_bytes().to_vec(), vec![b'x'; n]].concat())
        };
        let fetcher = fetcher(AddressRule::Any);
        assert_eq!(fetcher.crl(&with(100), Origin::Found).expect("fits").len(), 100);
        assert!(matches!(fetcher.crl(&with(101), Origin::Found), Err(FetchError::TooLong { limit: 100, .. })));
        let announced = canned(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n".to_vec());
        assert!(matches!(fetcher.crl(&announced, Origin::Found), Err(FetchError::TooLong { .. })));
    }

    #[test]
    fn a_found_address_does_not_lead_inside_but_a_configured_one_may() {
        let url = canned(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok".to_vec());
        let fetcher = fetcher(AddressRule::PublicOnly);
        assert!(matches!(fetcher.crl(&url, Origin::Found), Err(FetchError::PrivateAddress { .. })));
        let by_name = url.replace("127.0.0.1", "localhost");
        assert!(matches!(fetcher.crl(&by_name, Origin::Found), Err(FetchError::PrivateAddress { .. })));
        assert_eq!(fetcher.crl(&url, Origin::Configured).expect("allowed"), b"ok");
    }

    #[test]
    fn redirects_are_bounded_and_every_hop_is_checked() {
        let redirect = |to: &str| {
            canned(
                format!("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
                    .into_bytes(),
            )
        };
        let target = canned(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok".to_vec());
        let fetcher = fetcher(AddressRule::Any);
        assert_eq!(fetcher.crl(&redirect(&target), Origin::Found).expect("one hop"), b"ok");
        assert!(matches!(fetcher.crl(&redirect("/again"), Origin::Found), Err(FetchError::Redirects { .. })));
        for bad in ["file:///etc/passwd", "ftp://host/", "http://user:secret@host/"] {
            assert!(matches!(fetcher.crl(&redirect(bad), Origin::Found), Err(FetchError::Status { status: 302, .. })));
        }
        // A question is not resent to where a 302 points.
        assert!(matches!(
            fetcher.time_stamp(&redirect(&target), Origin::Configured, b"q"),
            Err(FetchError::Status { status: 302, .. })
        ));
    }

    #[test]
    fn nobody_there_a_silent_host_and_an_error_status_are_told_apart() {
        let fetcher = fetcher(AddressRule::Any);
        let gone = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            format!("http://{}", listener.local_addr().expect("an address"))
        };
        assert!(matches!(fetcher.crl(&gone, Origin::Found), Err(FetchError::Connect { .. })));
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", silent.local_addr().expect("an address"));
        assert!(matches!(
            fetcher.time_stamp(&url, Origin::Configured, b"q"),
            Err(FetchError::Timeout { seconds: 1, .. })
        ));
        let broken = canned(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_vec());
        assert!(matches!(fetcher.crl(&broken, Origin::Found), Err(FetchError::Status { status: 503, .. })));
    }

    #[test]
    fn the_host_of_a_proxy_is_found_in_every_spelling() {
        for value in ["proxy.tinh.vn:3128", "http://proxy.tinh.vn:3128", "http://u:p@Proxy.Tinh.vn:3128/"] {
            assert_eq!(proxy_host(value).as_deref(), Some("proxy.tinh.vn"), "{value}");
        }
        assert_eq!(proxy_host(""), None);
    }

    #[test]
    fn other_schemes_and_credentials_in_urls_are_refused() {
        let fetcher = fetcher(AddressRule::Any);
        for url in ["ldap://ca/", "file:///etc/passwd", "http://", "http://user:secret@host/", "not an url"] {
            assert!(matches!(fetcher.crl(url, Origin::Found), Err(FetchError::Url { .. })), "{url}");
        }
    }
}
