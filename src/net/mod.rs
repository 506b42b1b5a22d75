//! Fetching what signing and validating ask for — time-stamps, OCSP answers, CRLs, issuer certificates —
//! bounded in size, time and hops, and never into private networks by accident.

pub mod address_rule;
pub mod authority_server;
pub mod cache;
pub mod collect;
pub mod fetch;
pub mod status;
pub mod tsa;

pub use address_rule::AddressRule;
pub use cache::Cache;
pub use collect::{CollectError, Collector, Failure, Wanted};
pub use fetch::{FetchError, FetchSettings, Fetcher, Origin};
pub use status::OcspOverHttp;
pub use tsa::HttpTsa;

use std::sync::Once;

/// Makes ring the one TLS provider of this process; further calls do nothing.
pub fn install_tls_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that a provider was installed before, which is as good.
        let _already = rustls::crypto::ring::default_provider().install_default();
    });
}
