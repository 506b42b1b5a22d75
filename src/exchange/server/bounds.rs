//! What requests may take of memory before anybody looked into them.
//!
//! A connection costs its buffers, and there are at most `limits.connections`. Bodies that are read whole come on top: what
//! does not fit into those buffers takes room from one budget for all, waits for it, and gives it back with the answer.
//! Small requests (claims, acknowledgements, ordinary submissions) take none, so that nobody keeps others from them.

use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Endpoint;
use super::one_shot::MAX_PACKAGE;
use crate::exchange::problem::{Code, Problem};

/// Most octets of a request's line and headers, and of what is read ahead of a body.
pub(super) const HEAD: usize = 64 << 10;
/// Most octets of headers in HTTP/2.
pub(super) const HEADER_LIST: u32 = 16 << 10;
/// Most requests at once on one connection of HTTP/2.
pub(super) const STREAMS: u32 = 32;
/// A body of so many octets takes no room.
const FREE: u64 = 16 << 10;
/// The call that takes a package along.
const ONE_SHOT: &str = "/v1/deliveries";
/// What one permit of the budget stands for, in octets.
const UNIT: u64 = 1 << 10;

/// Permits of a budget of so many octets.
pub(super) fn permits(octets: u64) -> usize {
    usize::try_from(octets / UNIT).unwrap_or(usize::MAX).min(tokio::sync::Semaphore::MAX_PERMITS)
}

/// Lets a request through once there is room for its body.
pub(super) async fn take_room(State(endpoint): State<Arc<Endpoint>>, request: Request, next: Next) -> Response {
    // More than the bound of a call is never read.
    let bound = match request.uri().path() {
        ONE_SHOT => MAX_PACKAGE,
        _ => 0,
    };
    let bound = bound.saturating_add(u64::try_from(endpoint.limits.request).unwrap_or(u64::MAX));
    let wanted = announced(&request).min(bound);
    // Uploads are passed on piece by piece.
    if wanted <= FREE || request.method() == Method::PATCH {
        return next.run(request).await;
    }
    let all = permits(endpoint.limits.bodies);
    let wanted = u32::try_from(permits(wanted).saturating_add(1).min(all)).unwrap_or(u32::MAX);
    let room = tokio::time::timeout(endpoint.limits.patience, endpoint.running.bodies.acquire_many(wanted)).await;
    match room {
        Ok(Ok(_room)) => next.run(request).await,
        Ok(Err(_)) => Problem::new(Code::ShuttingDown).into_response(),
        Err(_) => Problem::new(Code::RateLimited).detail("too many large requests are under way").into_response(),
    }
}

/// Octets a body may have: those announced; where none are, more than there are.
fn announced(request: &Request) -> u64 {
    if let Some(length) = request.headers().get(header::CONTENT_LENGTH) {
        return length.to_str().ok().and_then(|text| text.trim().parse().ok()).unwrap_or(u64::MAX);
    }
    match *request.method() {
        Method::GET | Method::HEAD | Method::DELETE => 0,
        // In pieces whose end nobody knows; an end that is known at once is no body at all.
        _ if request.body().is_end_stream() => 0,
        _ => u64::MAX,
    }
}
