//! Requests in, answers out: bounds, headers, refusals.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Endpoint, random};
use crate::base::encoding::{base64, from_base64, hex};
use crate::exchange::evidence::strict_base64;
use crate::exchange::id::Sha256;
use crate::exchange::message::MessageError;
use crate::exchange::problem::{Code, Problem, Retry};
use crate::exchange::state::Refused;
use crate::exchange::store::StoreError;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Retry::After(seconds) = self.code.retry() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::NoSpace) {
            return Problem::new(Code::NoSpace);
        }
        tracing::error!(%error, "the store could not do its work");
        Problem::new(Code::Internal)
    }
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        Problem::new(Code::EnvelopeInvalid).detail(error.to_string())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::AlreadyFinal => Problem::new(Code::AlreadyFinal),
            Refused::NotAnswered => Problem::new(Code::NotAnswered),
            Refused::LeaseLost | Refused::NotClaimable | Refused::NotDue => Problem::new(Code::LeaseLost),
        }
    }
}

/// A JSON answer.
pub(super) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(body) => with_type(body.into_bytes(), "application/json"),
        Err(_) => Problem::new(Code::Internal).into_response(),
    }
}

/// Octets of a stored object, as they are.
pub(super) fn object(octets: Vec<u8>) -> Response {
    with_type(octets, "application/json")
}

/// An answer of some media type.
pub(super) fn with_type(body: Vec<u8>, media_type: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}

/// The body of a request that is not an upload, whole and bounded.
pub(super) async fn whole(endpoint: &Endpoint, body: Body) -> Result<Bytes, Problem> {
    whole_within(endpoint, body, endpoint.limits.request).await
}

/// The same with another bound.
pub(super) async fn whole_within(endpoint: &Endpoint, body: Body, most: usize) -> Result<Bytes, Problem> {
    let read = axum::body::to_bytes(body, most);
    match tokio::time::timeout(endpoint.limits.patience, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Problem::new(Code::TooLarge).detail("the request is too large, or broke off")),
        Err(_) => Err(Problem::new(Code::Malformed).detail("the request did not arrive in time")),
    }
}

/// A JSON request body. Read before anything is refused: a connection closed with octets unread loses the answer.
pub(super) async fn read_json<T: DeserializeOwned>(endpoint: &Endpoint, body: Body) -> Result<T, Problem> {
    let bytes = whole(endpoint, body).await?;
    serde_json::from_slice(&bytes)
        .map_err(|_| Problem::new(Code::Malformed).detail("the body is not the JSON of this call"))
}

/// A base64 member of a request.
pub(super) fn octets(text: &str) -> Result<Vec<u8>, Problem> {
    strict_base64(text).ok_or_else(|| Problem::new(Code::Malformed).detail("a member is not base64"))
}

/// A header as text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A header that holds a number.
pub(super) fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, Problem> {
    text(headers, name)
        .and_then(|value| value.trim().parse().ok())
        .ok_or_else(|| Problem::new(Code::Malformed).detail(format!("the header {name} is missing or no number")))
}

/// A header that holds a structured boolean (RFC 9651 §3.3.6).
pub(super) fn boolean(headers: &HeaderMap, name: &'static str) -> Result<bool, Problem> {
    match text(headers, name).map(str::trim) {
        Some("?1") => Ok(true),
        Some("?0") => Ok(false),
        _ => Err(Problem::new(Code::Malformed).detail(format!("the header {name} is missing or not ?0 or ?1"))),
    }
}

/// The SHA-256 of a digest header (RFC 9530), among whatever other algorithms it names.
pub(super) fn digest(headers: &HeaderMap, name: &'static str) -> Result<Sha256, Problem> {
    text(headers, name)
        .into_iter()
        .flat_map(|value| value.split(','))
        .find_map(|member| member.trim().strip_prefix("sha-256=:")?.strip_suffix(':'))
        .and_then(from_base64)
        .and_then(|octets| Sha256::from_slice(&octets))
        .ok_or_else(|| Problem::new(Code::Malformed).detail(format!("the header {name} names no sha-256")))
}

/// A digest as RFC 9530 writes it.
pub(super) fn digest_header(digest: &Sha256) -> String {
    format!("sha-256=:{}:", base64(&digest.0))
}

/// Whether `If-None-Match` names this tag.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    text(headers, "if-none-match").is_some_and(|value| value.split(',').any(|tag| tag.trim() == etag))
}

/// Seconds a client is willing to wait (`Prefer: wait=N`, RFC 7240 §4.3), at most 30.
pub(super) fn wait_s(headers: &HeaderMap) -> u64 {
    text(headers, "prefer")
        .into_iter()
        .flat_map(|value| value.split(','))
        .find_map(|member| member.trim().strip_prefix("wait=")?.parse::<u64>().ok())
        .unwrap_or(0)
        .min(30)
}

/// Gives every request a name, tells the client, and logs how it ended under it.
pub(super) async fn name_request(request: Request, next: Next) -> Response {
    let id = random::<8>().map(|octets| hex(&octets)).unwrap_or_default();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    if status >= 500 {
        tracing::error!(request = %id, %method, %path, status, "answered");
    } else {
        tracing::info!(request = %id, %method, %path, status, "answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", value);
    }
    response
}

/// What is no call of this protocol.
pub(super) async fn no_such_path() -> Problem {
    Problem::new(Code::NotFound).detail("this protocol has no such call")
}
