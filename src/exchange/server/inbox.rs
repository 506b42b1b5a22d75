//! What a recipient does: look, claim, download, prolong, give back, acknowledge; and everybody's events.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use super::signed::{SKEW_S, Signed, believe};
use super::{Endpoint, Peer, answer, recall};
use crate::algorithms::{DigestAlgorithm, Hasher};
use crate::base::encoding::base64;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::exchange::directory::Role;
use crate::exchange::evidence::{Ack, Outcome};
use crate::exchange::id::{AgencyCode, Sha256, Uuid, is_token};
use crate::exchange::problem::{Code, Problem};
use crate::exchange::state::AckStep;
use crate::exchange::statement::BusinessStatus;
use crate::exchange::store::{self, Claim, Commit, EventLine, ItemView, LeaseChange, SaidKind};

/// By what a recipient may sign.
const SIGNS_FOR_RECIPIENT: &[Role] = &[Role::Seal, Role::Service];
/// Octets read from a package at a time.
const CHUNK: usize = 256 << 10;

#[derive(Deserialize)]
pub(super) struct Cursor {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
    delivery: Option<String>,
}

pub(super) async fn list(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Query(cursor): Query<Cursor>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let lines = match &cursor.delivery {
        Some(delivery) => endpoint.store.items_named(&caller, super::deliveries::named(delivery)?).await?,
        None => endpoint.store.inbox(&caller, cursor.after, cursor.limit.unwrap_or(100).clamp(1, 100)).await?,
    };
    let next = lines.last().map_or(cursor.after, |line| line.place);
    let items: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({
                "item": line.item,
                "delivery": line.delivery.to_string(),
                "sender": line.sender.as_str(),
                "state": line.state.phase.name(),
                "attempt": line.state.attempt,
                "package": {
                    "sha256": line.package.sha256.to_string(),
                    "size": line.package.size,
                    "media_type": line.package.media_type,
                },
                "accepted": line.accepted.rfc3339(),
            })
        })
        .collect();
    Ok(answer::json(&json!({"schema": "congvan.inbox/1", "items": items, "next": next})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimBody {
    claim: String,
    max: u32,
    lease_s: u32,
    items: Option<Vec<String>>,
}

pub(super) async fn claim(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Problem> {
    let body: ClaimBody = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    let most = usize::try_from(endpoint.limits.claim).unwrap_or(usize::MAX);
    let fine = is_token(&body.claim)
        && body.max > 0
        && body.lease_s > 0
        && body.items.as_ref().is_none_or(|items| items.len() <= most && items.iter().all(|item| is_token(item)));
    if !fine {
        return Err(Problem::new(Code::Malformed).detail("a member of the claim is outside its rules"));
    }
    let id = body.claim.clone();
    let claim = Claim {
        id: body.claim,
        max: body.max.min(endpoint.limits.claim),
        lease_s: body.lease_s,
        items: body.items,
        most_leased: endpoint.limits.leased,
    };
    let claimed = endpoint.store.claim(&caller, claim, endpoint.now()).await?;
    let claimed = claimed.ok_or_else(|| {
        Problem::new(Code::RateLimited).detail("as many items are under a lease as may be; answer or release some")
    })?;
    let items: Vec<_> = claimed
        .iter()
        .map(|item| {
            let mut line = json!({
                "item": item.item,
                "lease": item.lease,
                "lease_until": item.lease_until.rfc3339(),
                "attempt": item.attempt,
                "delivery": item.delivery.to_string(),
                "sender": item.sender.as_str(),
                "envelope": base64(&item.envelope),
                "signature": base64(&item.signature),
                "receipt": base64(&item.receipt.to_bytes()),
            });
            if let (Some((object, signature)), Some(map)) = (&item.recall, line.as_object_mut()) {
                map.insert("recall".to_owned(), json!({"object": base64(object), "signature": base64(signature)}));
            }
            line
        })
        .collect();
    Ok(answer::json(&json!({"schema": "congvan.claim/1", "claim": id, "items": items})))
}

async fn find(endpoint: &Endpoint, caller: &AgencyCode, item: &str) -> Result<ItemView, Problem> {
    endpoint.store.item(caller, item).await?.ok_or_else(|| Problem::new(Code::NotFound))
}

pub(super) async fn package(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let view = find(&endpoint, &caller, &item).await?;
    let digest = view.package.sha256;
    let body = endpoint.store.package(&digest).await?;
    let store::Body(body) = body.ok_or_else(|| Problem::new(Code::NotFound).detail("the package is kept no longer"))?;
    let (etag, length) = (format!("\"{digest}\""), body.len());
    let range = match answer::text(&headers, "range") {
        // A range of another version of the package is no range of this one (RFC 9110 §13.1.5).
        Some(range) if answer::text(&headers, "if-range").is_none_or(|tag| tag == etag) => parse_range(range, length),
        _ => Range::Whole,
    };
    if matches!(range, Range::Unsatisfiable) {
        let headers = [("content-range", format!("bytes */{length}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
    }
    if !view.state.accessed {
        // Decided under the same lock as recall: whoever comes first has it.
        let noted = endpoint.store.change_lease(&caller, &item, LeaseChange::Access, endpoint.now()).await?;
        noted.ok_or_else(|| Problem::new(Code::NotFound))??;
    }
    let common = [
        ("etag", etag),
        ("accept-ranges", "bytes".to_owned()),
        ("repr-digest", answer::digest_header(&digest)),
        ("content-type", view.package.media_type.clone()),
    ];
    Ok(match range {
        Range::Part(from, to) => {
            let reader = Reader { body, at: from, end: to.saturating_add(1), check: None };
            let more = [
                ("content-range", format!("bytes {from}-{to}/{length}")),
                ("content-length", to.saturating_sub(from).saturating_add(1).to_string()),
            ];
            (StatusCode::PARTIAL_CONTENT, common, more, reader.into_body()).into_response()
        }
        _ => {
            let check = Some((DigestAlgorithm::Sha256.hasher(), digest));
            let reader = Reader { body, at: 0, end: length, check };
            (StatusCode::OK, common, [("content-length", length.to_string())], reader.into_body()).into_response()
        }
    })
}

#[derive(Debug, Eq, PartialEq)]
enum Range {
    Whole,
    Part(u64, u64),
    Unsatisfiable,
}

/// One byte range (RFC 9110 §14.1.2); several, or other units, count as none asked for.
fn parse_range(text: &str, length: u64) -> Range {
    let Some((from, to)) = text.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else { return Range::Whole };
    let last = length.saturating_sub(1);
    let (from, to) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.min(last)),
        (Ok(from), Err(_)) if to.is_empty() => (from, last),
        (Err(_), Ok(0)) if from.is_empty() => return Range::Unsatisfiable,
        (Err(_), Ok(suffix)) if from.is_empty() => (length.saturating_sub(suffix), last),
        _ => return Range::Whole,
    };
    if from >= length { Range::Unsatisfiable } else { Range::Part(from, to) }
}

/// Reads a package piece by piece off the async threads.
struct Reader {
    body: Arc<dyn ReadAt + Send + Sync>,
    at: u64,
    end: u64,
    check: Option<(Hasher, Sha256)>,
}

impl Reader {
    fn into_body(self) -> Body {
        Body::from_stream(futures_util::stream::try_unfold(self, |reader| async move {
            let step = tokio::task::spawn_blocking(move || reader.next());
            step.await.unwrap_or_else(|_| Err(std::io::Error::other("a worker panicked")))
        }))
    }

    /// The next piece. The last one of a damaged package is held back: the download then fails.
    fn next(mut self) -> std::io::Result<Option<(Bytes, Self)>> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; left.min(CHUNK)];
        self.body.read_exact_at(&mut piece, self.at)?;
        self.at = self.at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if let Some((hasher, expected)) = &mut self.check {
            hasher.update(&piece);
            if self.at >= self.end && hasher.clone().finish() != expected.0 {
                tracing::error!(package = %expected, "a stored package is damaged");
                return Err(std::io::Error::other("the package is damaged"));
            }
        }
        Ok(Some((Bytes::from(piece), self)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtendBody {
    lease: u64,
    lease_s: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseBody {
    lease: u64,
    #[serde(default)]
    delay_s: u32,
    reason: Option<String>,
}

pub(super) async fn extend(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let ExtendBody { lease, lease_s } = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    change(&endpoint, &caller, &item, LeaseChange::Extend { lease, lease_s }).await
}

pub(super) async fn release(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let ReleaseBody { lease, delay_s, reason } = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    if let Some(reason) = reason {
        let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
        tracing::info!(%caller, item, reason, "an item was given back");
    }
    change(&endpoint, &caller, &item, LeaseChange::Release { lease, delay_s }).await
}

async fn change(
    endpoint: &Endpoint,
    caller: &AgencyCode,
    item: &str,
    change: LeaseChange,
) -> Result<Response, Problem> {
    let changed = endpoint.store.change_lease(caller, item, change, endpoint.now()).await?;
    let state = changed.ok_or_else(|| Problem::new(Code::NotFound))??;
    Ok(answer::json(&json!({
        "schema": "congvan.lease/1",
        "item": item,
        "lease": state.lease,
        "lease_until": state.lease_until.rfc3339(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AckBody {
    ack: String,
    signature: String,
    lease: u64,
}

pub(super) async fn acknowledge(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let body: AckBody = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    let signed = Signed::read(&body.ack, &body.signature)?;
    let ack = Ack::from_bytes(&signed.object)?;
    let (signed, now) = believe(&endpoint, &caller, SIGNS_FOR_RECIPIENT, signed).await?;
    // Another change may come between reading and writing: then everything is decided anew.
    for _ in 0..recall::ROUNDS {
        let view = find(&endpoint, &caller, &item).await?;
        let about =
            Spoken { delivery: ack.delivery, sender: &ack.sender, recipient: &ack.recipient, envelope: ack.envelope };
        fits(&about, &caller, &view, ack.time, now)?;
        if ack.package != view.package.sha256 {
            return Err(Problem::new(Code::EnvelopeInvalid)
                .detail("the package stored is not the package sent")
                .with("sent", view.package.sha256)
                .with("stored", ack.package));
        }
        let standing = match view.ack() {
            Some(first) => Some((Ack::from_bytes(&first.bytes)?, &first.receipt)),
            None => None,
        };
        let first = standing.as_ref().map(|(first, _)| first);
        let step = match (view.state.acknowledge(body.lease, &ack, first, now)?, &standing) {
            (AckStep::Repeats, Some((_, receipt))) => return Ok(answer::object(receipt.to_bytes())),
            (AckStep::Repeats, None) => return Err(Problem::new(Code::AlreadyFinal)),
            (AckStep::Decides(step), _) => step,
        };
        let reasons = match &ack.outcome {
            Outcome::Accepted => Vec::new(),
            Outcome::Rejected(reason) => vec![reason.clone()],
        };
        let said = Some((SaidKind::Ack, signed.object.clone(), signed.signature.clone()));
        let (decision, receipt) = recall::decide(&endpoint, &view, step, reasons, said, now).await?;
        if endpoint.store.apply(vec![decision]).await? == Commit::Done {
            endpoint.running.changed.notify_waiters();
            return Ok(answer::object(receipt.to_bytes()));
        }
    }
    tracing::warn!(%caller, item, "an acknowledgement lost every race");
    Err(Problem::new(Code::Internal))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusBody {
    status: String,
    signature: String,
}

/// Most statuses of one item.
const MAX_STATUSES: usize = 64;

/// The recipient says how it fares with an item.
pub(super) async fn fares(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let body: StatusBody = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    let signed = Signed::read(&body.status, &body.signature)?;
    let status = BusinessStatus::from_bytes(&signed.object)?;
    let (signed, now) = believe(&endpoint, &caller, SIGNS_FOR_RECIPIENT, signed).await?;
    for _ in 0..recall::ROUNDS {
        let view = find(&endpoint, &caller, &item).await?;
        let about = Spoken {
            delivery: status.delivery,
            sender: &status.sender,
            recipient: &status.recipient,
            envelope: status.envelope,
        };
        fits(&about, &caller, &view, status.time, now)?;
        let said: Vec<_> = view.said.iter().filter(|said| said.kind == SaidKind::Status).collect();
        if let Some(first) = said.iter().find(|said| said.bytes == signed.object) {
            return Ok(answer::object(first.receipt.to_bytes()));
        }
        if said.len() >= MAX_STATUSES {
            return Err(Problem::new(Code::RateLimited).detail("the item has as many statuses as it may"));
        }
        let step = view.state.fares()?;
        let said = Some((SaidKind::Status, signed.object.clone(), signed.signature.clone()));
        let (decision, receipt) = recall::decide(&endpoint, &view, step, Vec::new(), said, now).await?;
        if endpoint.store.apply(vec![decision]).await? == Commit::Done {
            endpoint.running.changed.notify_waiters();
            return Ok(answer::object(receipt.to_bytes()));
        }
    }
    tracing::warn!(%caller, item, "a status lost every race");
    Err(Problem::new(Code::Internal))
}

/// The envelope of an item, however long ago it was claimed.
pub(super) async fn envelope_of(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let view = find(&endpoint, &caller, &item).await?;
    let signed = endpoint.store.envelope(&view.sender, view.delivery).await?;
    let (envelope, signature) = signed.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(answer::json(&json!({
        "schema": "congvan.item/1",
        "item": item,
        "delivery": view.delivery.to_string(),
        "sender": view.sender.as_str(),
        "state": view.state.phase.name(),
        "envelope": base64(&envelope),
        "signature": base64(&signature),
    })))
}

/// The recall or replacing envelope that concerned an item, for its recipient.
pub(super) async fn recall_of(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(item): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let view = find(&endpoint, &caller, &item).await?;
    let said = view.recall().ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(answer::json(&json!({
        "schema": "congvan.recall-of/1",
        "item": item,
        "delivery": view.delivery.to_string(),
        "sender": view.sender.as_str(),
        "state": view.state.phase.name(),
        "object": base64(&said.bytes),
        "signature": base64(&said.signature),
        "receipt": base64(&said.receipt.to_bytes()),
    })))
}

/// What a signed object of a recipient says it is about.
struct Spoken<'a> {
    delivery: Uuid,
    sender: &'a AgencyCode,
    recipient: &'a AgencyCode,
    envelope: Sha256,
}

/// Whether a signed object speaks of this item.
fn fits(
    about: &Spoken<'_>,
    caller: &AgencyCode,
    view: &ItemView,
    time: UnixTime,
    now: UnixTime,
) -> Result<(), Problem> {
    if about.recipient != caller {
        return Err(Problem::new(Code::SenderMismatch));
    }
    if about.delivery != view.delivery || *about.sender != view.sender || about.envelope != view.envelope {
        return Err(Problem::new(Code::EnvelopeInvalid).detail("the object speaks of another delivery"));
    }
    if time > now.plus(SKEW_S) {
        return Err(Problem::new(Code::ClockSkew).with("endpoint-time", now));
    }
    Ok(())
}

pub(super) async fn events(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Query(cursor): Query<Cursor>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let limit = cursor.limit.unwrap_or(100).clamp(1, 1_000);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(answer::wait_s(&headers));
    loop {
        let changed = endpoint.running.changed.notified();
        let lines = endpoint.store.events(&caller, cursor.after, limit).await?;
        let waited = lines.is_empty() && tokio::time::timeout_at(deadline, changed).await.is_ok();
        if waited && endpoint.caller(peer).is_ok() {
            continue;
        }
        let next = lines.last().map_or(cursor.after, |line| line.seq);
        let events: Vec<_> = lines.iter().map(event_line).collect();
        return Ok(answer::json(&json!({"schema": "congvan.events/1", "events": events, "next": next})));
    }
}

fn event_line(line: &EventLine) -> serde_json::Value {
    let mut out = serde_json::Map::new();
    out.insert("seq".to_owned(), line.seq.into());
    out.insert("time".to_owned(), line.time.rfc3339().into());
    out.insert("event".to_owned(), line.event.name().into());
    out.insert("delivery".to_owned(), line.delivery.to_string().into());
    out.insert("sender".to_owned(), line.sender.as_str().into());
    if let Some(recipient) = &line.recipient {
        out.insert("recipient".to_owned(), recipient.as_str().into());
    }
    if let Some(item) = &line.item {
        out.insert("item".to_owned(), item.as_str().into());
    }
    if let Some(n) = line.n {
        out.insert("n".to_owned(), n.into());
    }
    serde_json::Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_everything_else_is_the_whole() {
        assert_eq!(parse_range("bytes=0-4", 10), Range::Part(0, 4));
        assert_eq!(parse_range("bytes=5-", 10), Range::Part(5, 9));
        assert_eq!(parse_range("bytes=5-99", 10), Range::Part(5, 9));
        assert_eq!(parse_range("bytes=-3", 10), Range::Part(7, 9));
        assert_eq!(parse_range("bytes=-99", 10), Range::Part(0, 9));
        assert_eq!(parse_range("bytes=10-", 10), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=-0", 10), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=0-", 0), Range::Unsatisfiable);
        for text in ["bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=-"] {
            assert_eq!(parse_range(text, 10), Range::Whole, "{text}");
        }
    }
}
