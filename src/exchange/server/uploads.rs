//! Uploads: careful creation, appending at an offset, digest checks (draft-ietf-httpbis-resumable-upload, RFC 9530).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;

use super::{Endpoint, Limits, Peer, answer, token};
use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::exchange::id::{AgencyCode, Sha256};
use crate::exchange::problem::{Code, Problem};
use crate::exchange::store::{Created, NewUpload, Settled, UploadState};

/// Octets handed to the store at a time.
const CHUNK: usize = 256 << 10;
/// Octets read on after a refusal.
const DRAINED: usize = 1 << 20;

pub(super) async fn create(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let length = answer::number(&headers, "upload-length")?;
    let digest = answer::digest(&headers, "repr-digest")?;
    if answer::boolean(&headers, "upload-complete")? {
        return Err(Problem::new(Code::Malformed).detail("an upload is created without octets"));
    }
    if length > endpoint.limits.package {
        return Err(Problem::new(Code::TooLarge).with("limit", endpoint.limits.package));
    }
    let (id, now) = (token()?, endpoint.now());
    let expires = now.plus(i64::from(endpoint.limits.upload_age_s));
    let (most_open, most_reserved) = (endpoint.limits.open_uploads, endpoint.limits.reserved);
    let new = NewUpload { id: id.clone(), length, digest, now, expires, most_open, most_reserved };
    Ok(match endpoint.store.create_upload(&caller, new).await? {
        Created::Complete => {
            let headers = [("upload-offset", length.to_string()), ("upload-complete", "?1".to_owned())];
            (StatusCode::OK, headers).into_response()
        }
        Created::Resumes { upload, offset } => {
            let limit = format!("max-size={}, max-age={}", endpoint.limits.package, endpoint.limits.upload_age_s);
            let headers = [
                ("location", format!("/v1/uploads/{upload}")),
                ("upload-offset", offset.to_string()),
                ("upload-complete", "?0".to_owned()),
                ("upload-limit", limit),
            ];
            (StatusCode::OK, headers).into_response()
        }
        Created::TooMany => return Err(too_many()),
        Created::TooMuch => return Err(too_much()),
        Created::Begun => {
            let limit = format!("max-size={}, max-age={}", endpoint.limits.package, endpoint.limits.upload_age_s);
            let headers = [
                ("location", format!("/v1/uploads/{id}")),
                ("upload-offset", "0".to_owned()),
                ("upload-complete", "?0".to_owned()),
                ("upload-limit", limit),
            ];
            (StatusCode::CREATED, headers).into_response()
        }
    })
}

fn too_many() -> Problem {
    Problem::new(Code::RateLimited).detail("too many uploads are open; finish or cancel some")
}

fn too_much() -> Problem {
    Problem::new(Code::RateLimited).detail("too much room is reserved for open uploads; finish or cancel some")
}

/// Keeps a package that came with its submission, as an upload of its own.
pub(super) async fn keep(
    endpoint: &Endpoint,
    agency: &AgencyCode,
    digest: &Sha256,
    package: Vec<u8>,
) -> Result<(), Problem> {
    let (id, now) = (token()?, endpoint.now());
    let length = u64::try_from(package.len()).unwrap_or(u64::MAX);
    let new = NewUpload {
        id: id.clone(),
        length,
        digest: *digest,
        now,
        expires: now.plus(i64::from(endpoint.limits.upload_age_s)),
        most_open: endpoint.limits.open_uploads,
        most_reserved: endpoint.limits.reserved,
    };
    let upload = match endpoint.store.create_upload(agency, new).await? {
        Created::Complete => return Ok(()),
        Created::Begun => id,
        // The whole is at hand: what an older upload has of it goes on from there.
        Created::Resumes { upload, .. } => upload,
        Created::TooMany => return Err(too_many()),
        Created::TooMuch => return Err(too_much()),
    };
    let taken = endpoint.store.take_over(agency, &upload).await?;
    let (state, epoch) = taken.ok_or_else(|| Problem::new(Code::UploadSuperseded))?;
    if !state.complete {
        let rest = package.get(usize::try_from(state.offset).unwrap_or(usize::MAX)..).unwrap_or_default().to_vec();
        if !endpoint.store.append(&upload, epoch, state.offset, rest).await? {
            return Err(Problem::new(Code::UploadSuperseded));
        }
        settle(endpoint, agency, &upload, epoch, length).await?;
    }
    Ok(())
}

pub(super) async fn state(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(upload): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let state = endpoint.store.upload(&caller, &upload).await?;
    let state = current(&endpoint, state)?;
    let headers = [
        ("upload-offset", state.offset.to_string()),
        ("upload-length", state.length.to_string()),
        ("upload-complete", flag(state.complete).to_owned()),
        ("upload-limit", format!("max-size={}", endpoint.limits.package)),
        ("cache-control", "no-store".to_owned()),
    ];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

pub(super) async fn append(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(upload): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut frames = body.into_data_stream();
    let outcome = append_frames(&endpoint, peer, &upload, &headers, &mut frames).await;
    if outcome.is_err() {
        drain(&mut frames).await;
    }
    outcome
}

/// Reads on a little after a refusal: a connection closed with octets unread loses the answer on its way.
async fn drain(frames: &mut BodyDataStream) {
    let mut left = DRAINED;
    let rest = async {
        while let Some(Ok(frame)) = frames.next().await {
            left = left.saturating_sub(frame.len());
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), rest).await;
}

async fn append_frames(
    endpoint: &Endpoint,
    peer: Peer,
    upload: &str,
    headers: &HeaderMap,
    frames: &mut BodyDataStream,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    if answer::text(headers, "content-type") != Some("application/partial-upload") {
        return Err(Problem::new(Code::Malformed).detail("the content type is not application/partial-upload"));
    }
    let from = answer::number(headers, "upload-offset")?;
    let is_last = answer::boolean(headers, "upload-complete")?;
    let digest = answer::digest(headers, "content-digest")?;
    let taken = endpoint.store.take_over(&caller, upload).await?;
    let (state, epoch) = taken.ok_or_else(|| Problem::new(Code::NotFound))?;
    let state = current(endpoint, Some(state))?;
    if from != state.offset {
        return Err(Problem::new(Code::OffsetMismatch)
            .with("expected-offset", state.offset)
            .with("provided-offset", from));
    }
    if state.complete {
        return Err(Problem::new(Code::Malformed).detail("the upload is complete"));
    }
    let mut writer = Writer { endpoint, upload, epoch, offset: from, limit: state.length };
    let found = writer.write_all(frames).await?;
    if found != digest.0 {
        return Err(Problem::new(Code::DigestMismatch));
    }
    let offset = writer.offset;
    if is_last != (offset == state.length) {
        return Err(Problem::new(Code::Malformed).detail("Upload-Complete does not fit the length"));
    }
    settle(endpoint, &caller, upload, epoch, offset).await
}

async fn settle(
    endpoint: &Endpoint,
    caller: &AgencyCode,
    upload: &str,
    epoch: u64,
    offset: u64,
) -> Result<Response, Problem> {
    match endpoint.store.settle(upload, epoch, offset, endpoint.now()).await? {
        Settled::Durable { offset, complete } => {
            let headers = [("upload-offset", offset.to_string()), ("upload-complete", flag(complete).to_owned())];
            Ok((StatusCode::NO_CONTENT, headers).into_response())
        }
        Settled::Superseded => Err(Problem::new(Code::UploadSuperseded)),
        Settled::WrongDigest => {
            tracing::info!(%caller, upload, "an upload was dropped: its octets have another digest");
            Err(Problem::new(Code::DigestMismatch).detail("the whole has another digest than announced; begin anew"))
        }
    }
}

pub(super) async fn cancel(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(upload): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    match endpoint.store.cancel_upload(&caller, &upload).await? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Problem::new(Code::NotFound)),
    }
}

fn current(endpoint: &Endpoint, state: Option<UploadState>) -> Result<UploadState, Problem> {
    let state = state.ok_or_else(|| Problem::new(Code::NotFound))?;
    if !state.complete && state.expires < endpoint.now() {
        return Err(Problem::new(Code::UploadExpired));
    }
    Ok(state)
}

fn flag(value: bool) -> &'static str {
    if value { "?1" } else { "?0" }
}

/// Whether a body is slower than one is waited for, once its run-up is over.
fn is_too_slow(limits: &Limits, came: u64, took: Duration) -> bool {
    took >= limits.run_up && u128::from(came) * 1_000 < u128::from(limits.slowest) * took.as_millis()
}

/// Passes a body on to the store in chunks, taking its digest on the way.
struct Writer<'a> {
    endpoint: &'a Endpoint,
    upload: &'a str,
    epoch: u64,
    offset: u64,
    limit: u64,
}

impl Writer<'_> {
    async fn write_all(&mut self, frames: &mut BodyDataStream) -> Result<[u8; 32], Problem> {
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        let mut chunk = Vec::new();
        let (began, from) = (Instant::now(), self.offset);
        loop {
            let came = self.offset.saturating_sub(from).saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if is_too_slow(&self.endpoint.limits, came, began.elapsed()) {
                return Err(Problem::new(Code::RateLimited).detail("the octets come too slowly; try again later"));
            }
            let frame = match tokio::time::timeout(self.endpoint.limits.patience, frames.next()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => break,
                // Nothing was settled: the offset stays where it was.
                Ok(Some(Err(_))) | Err(_) => return Err(Problem::new(Code::Malformed).detail("the body broke off")),
            };
            chunk.extend_from_slice(&frame);
            if chunk.len() >= CHUNK {
                hasher = self.write(std::mem::take(&mut chunk), hasher).await?;
            }
        }
        if !chunk.is_empty() {
            hasher = self.write(chunk, hasher).await?;
        }
        hasher.finish().try_into().map_err(|_| Problem::new(Code::Internal))
    }

    async fn write(&mut self, chunk: Vec<u8>, mut hasher: Hasher) -> Result<Hasher, Problem> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let end = self.offset.saturating_add(length);
        if end > self.limit {
            return Err(Problem::new(Code::TooLarge).detail("more octets than announced"));
        }
        let (chunk, hasher) = self
            .endpoint
            .compute(move || {
                hasher.update(&chunk);
                (chunk, hasher)
            })
            .await?;
        if !self.endpoint.store.append(self.upload, self.epoch, self.offset, chunk).await? {
            return Err(Problem::new(Code::UploadSuperseded));
        }
        self.offset = end;
        Ok(hasher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_too_slow_only_below_the_bound_and_after_its_run_up() {
        let limits = Limits { slowest: 1_000, run_up: Duration::from_secs(10), ..Limits::default() };
        assert!(!is_too_slow(&limits, 0, Duration::from_millis(9_999)));
        assert!(is_too_slow(&limits, 9_999, Duration::from_secs(10)));
        assert!(!is_too_slow(&limits, 10_000, Duration::from_secs(10)));
        assert!(!is_too_slow(&Limits { slowest: 0, ..limits }, 0, Duration::from_secs(3_600)));
    }
}
