//! What an endpoint says about itself and its agencies.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::one_shot::MAX_PACKAGE;
use super::{Endpoint, Peer, answer};
use crate::base::encoding::base64;
use crate::exchange::envelope::MAX_RECIPIENTS;
use crate::exchange::id::AgencyCode;
use crate::exchange::package::media_types;
use crate::exchange::problem::{Code, Problem};
use crate::exchange::state::MAX_LEASE_S;

pub(super) async fn well_known(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let (notary, limits) = (&endpoint.notary, &endpoint.limits);
    let mut response = answer::json(&json!({
        "schema": "congvan.endpoint/1",
        "endpoint": notary.endpoint,
        "agency": caller.as_str(),
        "versions": [1],
        "time": endpoint.now().rfc3339(),
        "log": {"origin": notary.log.origin, "vkey": notary.log.vkey, "max_log_delay_s": notary.max_log_delay_s},
        "directory_vkey": endpoint.directory_signer.verifier().vkey(),
        "modes": ["basic"],
        "media_types": media_types().collect::<Vec<_>>(),
        "limits": {
            "package": limits.package,
            "one_shot": limits.package.min(MAX_PACKAGE),
            "recipients": MAX_RECIPIENTS,
            "claim": limits.claim,
            "lease_s": MAX_LEASE_S,
            "leased": limits.leased,
            "upload_age_s": limits.upload_age_s,
            "open_uploads": limits.open_uploads,
            "reserved": limits.reserved,
        },
        "seal_certificate": base64(notary.sealer.certificate().der()),
        "digests": ["sha-256"],
    }));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    Ok(response)
}

pub(super) async fn agency(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    endpoint.caller(peer)?;
    let directory = endpoint.directory();
    let entry = AgencyCode::parse(&code)
        .and_then(|code| directory.agency(&code).map(|agency| agency.to_entry()))
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    let note = endpoint.directory_signer.sign(&format!("{entry}\n")).map_err(|error| {
        tracing::error!(%error, code, "a directory entry cannot be signed");
        Problem::new(Code::Internal)
    })?;
    Ok(answer::with_type(note.into_bytes(), "text/plain; charset=utf-8"))
}

pub(super) async fn healthy() -> &'static str {
    "ok"
}

pub(super) async fn ready(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let stopping = endpoint.running.stopping.load(Ordering::SeqCst);
    let certificate = endpoint.notary.sealer.certificate();
    let now = endpoint.now();
    let can_seal = certificate.not_before() <= now && now <= certificate.not_after();
    let room = endpoint.clone();
    let has_room = tokio::task::spawn_blocking(move || room.store.has_room()).await.unwrap_or(false);
    let why = match (endpoint.store.is_ready() && !stopping, can_seal, has_room) {
        (true, true, true) => return "ok".into_response(),
        (false, _, _) => "it can commit no more, or is stopping",
        (_, false, _) => "the certificate of its seal is not valid now",
        (_, _, false) => "there is too little room left to accept deliveries",
    };
    // Whoever balances load asks for 503, whatever the reason (PROTOCOL.md §5).
    Problem::new(Code::ShuttingDown).detail(why).into_response()
}
