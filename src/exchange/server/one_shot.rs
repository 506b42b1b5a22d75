//! A whole submission in one request: envelope and package, for senders without the patience for an upload.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::deliveries::{SignedEnvelope, submit_with};
use super::{Endpoint, Peer, answer};
use crate::exchange::multipart;
use crate::exchange::problem::{Code, Problem};

/// Largest package that may come this way, in octets.
pub(super) const MAX_PACKAGE: u64 = 8 << 20;

pub(super) async fn submit(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let package = usize::try_from(MAX_PACKAGE.min(endpoint.limits.package)).unwrap_or(usize::MAX);
    let bytes = answer::whole_within(&endpoint, body, endpoint.limits.request.saturating_add(package)).await?;
    let caller = endpoint.caller(peer)?;
    let malformed = |detail: &str| Problem::new(Code::Malformed).detail(detail);
    let read = || -> Result<(SignedEnvelope, Vec<u8>), Problem> {
        let boundary = multipart::boundary(answer::text(&headers, "content-type").unwrap_or_default());
        let parts = boundary.and_then(|boundary| multipart::parts(&bytes, boundary));
        let parts = parts.map_err(|error| malformed(&error.to_string()))?;
        let named = |name: &str| {
            let mut found = parts.iter().filter(|part| part.name == name);
            match (found.next(), found.next()) {
                (Some(part), None) => Ok(part.octets),
                _ => Err(malformed("exactly one part `envelope` and one part `package` are asked for")),
            }
        };
        let envelope = serde_json::from_slice(named("envelope")?)
            .map_err(|_| malformed("the part `envelope` is not the JSON of this call"))?;
        let octets = named("package")?;
        if octets.len() > package {
            return Err(Problem::new(Code::TooLarge).with("limit", package));
        }
        Ok((envelope, octets.to_vec()))
    };
    let (envelope, octets) = read()?;
    drop(bytes);
    submit_with(&endpoint, &caller, &envelope, octets, answer::text(&headers, "idempotency-key")).await
}
