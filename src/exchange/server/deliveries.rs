//! Submitting, and what the sender reads afterwards.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use super::signed::{self, SKEW_S, Signed, believe};
use super::{Endpoint, Peer, answer, recall, token, uploads};
use crate::base::encoding::base64;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::exchange::directory::{Directory, Role};
use crate::exchange::envelope::{Class, Envelope, Mode, Package};
use crate::exchange::evidence::{Event, Reason, Receipt};
use crate::exchange::id::{AgencyCode, Sha256, Uuid};
use crate::exchange::notary::{About, Statement};
use crate::exchange::package::Containers;
use crate::exchange::problem::{Code, Problem};
use crate::exchange::store::{Met, NewItem, Rejection, Submission, Submitted};
use crate::exchange::{package, store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedEnvelope {
    envelope: String,
    signature: String,
}

/// An envelope as it came, read but not yet believed.
struct Offer {
    envelope: Envelope,
    digest: Sha256,
    signed: Signed,
}

impl Offer {
    fn read(body: &SignedEnvelope, caller: &AgencyCode) -> Result<Self, Problem> {
        let signed = Signed::read(&body.envelope, &body.signature)?;
        let envelope = Envelope::from_bytes(&signed.object)?;
        if envelope.sender != *caller {
            return Err(Problem::new(Code::SenderMismatch).delivery(envelope.delivery));
        }
        Ok(Offer { digest: Sha256::of(&signed.object), envelope, signed })
    }
}

pub(super) async fn submit(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let body: SignedEnvelope = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    let id = Uuid::parse(&id).ok_or_else(|| Problem::new(Code::Malformed).detail("the id is no UUID of version 7"))?;
    let offer = Offer::read(&body, &caller)?;
    if offer.envelope.delivery != id {
        return Err(Problem::new(Code::Malformed).detail("the envelope names another delivery").delivery(id));
    }
    offered(&endpoint, &caller, offer, None).await
}

/// The same with a package that comes along; it has the octets and digest its envelope names, or is refused.
pub(super) async fn submit_with(
    endpoint: &Arc<Endpoint>,
    caller: &AgencyCode,
    envelope: &SignedEnvelope,
    package: Vec<u8>,
    idempotency_key: Option<&str>,
) -> Result<Response, Problem> {
    let offer = Offer::read(envelope, caller)?;
    let id = offer.envelope.delivery;
    if idempotency_key.is_some_and(|key| key.trim_matches('"') != id.to_string()) {
        let detail = "the Idempotency-Key is another than the delivery id of the envelope";
        return Err(Problem::new(Code::Malformed).detail(detail).delivery(id));
    }
    offered(endpoint, caller, offer, Some(Arc::new(package))).await
}

async fn offered(
    endpoint: &Arc<Endpoint>,
    caller: &AgencyCode,
    offer: Offer,
    along: Option<Arc<Vec<u8>>>,
) -> Result<Response, Problem> {
    let id = offer.envelope.delivery;
    let wanted = along.is_none().then_some(&offer.envelope.package.sha256);
    let stored = match (endpoint.store.meets(caller, id, wanted).await?, along) {
        (Met::Accepted(stored, receipt), None) => return again(id, &stored, &offer.digest, &receipt),
        (Met::Accepted(stored, receipt), Some(package)) => {
            let named = offer.envelope.package.clone();
            endpoint.compute(move || is_named(&named, &package)).await?.map_err(|problem| problem.delivery(id))?;
            return again(id, &stored, &offer.digest, &receipt);
        }
        (Met::New(_), Some(package)) => Stored::Along(package),
        (Met::New(Some((size, body))), None) => Stored::Before(size, body),
        (Met::New(None), None) => Stored::Nowhere,
    };
    match accept(endpoint, offer, stored).await {
        Ok(response) => Ok(response),
        Err(Refusal::Plain(problem)) => Err(problem.delivery(id)),
        Err(Refusal::Stated(problem, offer)) => Err(state_refusal(endpoint, problem, *offer).await),
    }
}

/// Where the package of a submission is.
enum Stored {
    /// It came along.
    Along(Arc<Vec<u8>>),
    /// This agency stored it before: its size and octets.
    Before(u64, store::Body),
    /// This agency did not store it.
    Nowhere,
}

/// Whether octets are the package an envelope names.
fn is_named(named: &Package, package: &[u8]) -> Result<(), Problem> {
    let size = u64::try_from(package.len()).unwrap_or(u64::MAX);
    if (Sha256::of(package), size) == (named.sha256, named.size) {
        return Ok(());
    }
    Err(Problem::new(Code::DigestMismatch).detail("the package is not the one the envelope names"))
}

/// The answer to an id that stands for a delivery already.
fn again(id: Uuid, stored: &Sha256, given: &Sha256, receipt: &Receipt) -> Result<Response, Problem> {
    if stored != given {
        return Err(Problem::new(Code::IdReused)
            .delivery(id)
            .with("stored-envelope", stored)
            .with("given-envelope", given));
    }
    Ok(answer::object(receipt.to_bytes()))
}

/// Checks the sender's seal: value, directory, path.
async fn authenticate(endpoint: &Arc<Endpoint>, offer: Offer) -> Result<Offer, Problem> {
    let Offer { envelope, digest, signed } = offer;
    match believe(endpoint, &envelope.sender, &[Role::Seal], signed).await {
        Ok((signed, _)) => Ok(Offer { envelope, digest, signed }),
        Err(problem) => Err(problem.delivery(envelope.delivery)),
    }
}

enum Refusal {
    /// Refused without evidence.
    Plain(Problem),
    /// Refused by the rules of the exchange: the sender gets evidence.
    Stated(Problem, Box<Offer>),
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Refusal::Plain(error.into())
    }
}

async fn accept(endpoint: &Arc<Endpoint>, offer: Offer, stored: Stored) -> Result<Response, Refusal> {
    let now = endpoint.now();
    let (id, digest, own) = (offer.envelope.delivery, offer.digest, endpoint.clone());
    let along = match &stored {
        Stored::Along(package) => Some(package.clone()),
        _ => None,
    };
    let mut submission = endpoint.compute(move || examine(&own, offer, &stored, now)).await??;
    match along {
        // A small package is kept by the submission's own transaction, a larger one is uploaded first.
        Some(package) if submission.package.size > store::SMALL_BODY => {
            let package = Arc::try_unwrap(package).unwrap_or_else(|package| package.to_vec());
            uploads::keep(endpoint, &submission.sender, &submission.package.sha256, package).await?;
        }
        along => submission.body = along,
    }
    let receipt = submission.evidence.receipt.clone();
    // An item of the delivery replaced may change between deciding and writing: then everything is decided anew.
    for _ in 0..recall::ROUNDS {
        submission.replaces = match submission.replaces.take() {
            None => None,
            Some((replaced, _)) => Some((replaced, recall::replaced(endpoint, &submission, replaced, now).await?)),
        };
        let outcome = endpoint.store.submit(submission.clone()).await?;
        let problem = match outcome {
            Submitted::New => {
                endpoint.running.changed.notify_waiters();
                let mut response = answer::object(receipt.to_bytes());
                *response.status_mut() = StatusCode::CREATED;
                return Ok(response);
            }
            Submitted::Replay(first) => return Ok(again(id, &digest, &digest, &first)?),
            Submitted::Reused(stored) => return Ok(again(id, &stored, &digest, &receipt)?),
            Submitted::Lost => continue,
            Submitted::PackageMissing => Problem::new(Code::UploadIncomplete),
            Submitted::NothingToReplace => {
                Problem::new(Code::EnvelopeInvalid).detail("the delivery to be replaced is none of this agency's")
            }
            Submitted::ReplacedBefore(by) => Problem::new(Code::AlreadyFinal)
                .detail("the delivery to be replaced was replaced before")
                .with("replaced-by", by),
        };
        return Err(Refusal::Plain(problem));
    }
    tracing::warn!(delivery = %id, "a replacement lost every race");
    Err(Refusal::Plain(Problem::new(Code::Internal)))
}

/// Everything that speaks against a submission, in the order PROTOCOL.md names; then what is to be stored. Computes for
/// long, and may wait for word on revocation.
fn examine(endpoint: &Endpoint, offer: Offer, stored: &Stored, now: UnixTime) -> Result<Submission, Refusal> {
    let envelope = &offer.envelope;
    if let Stored::Along(package) = stored {
        is_named(&envelope.package, package)?;
    }
    signed::check(&endpoint.trust(), &endpoint.directory(), &offer.signed, (&envelope.sender, &[Role::Seal]), now)?;
    if let Err(problem) = judge(endpoint, envelope, now) {
        return Err(Refusal::Stated(problem, Box::new(offer)));
    }
    let package: &(dyn ReadAt + Send + Sync) = match stored {
        Stored::Along(package) => package.as_ref(),
        Stored::Before(size, body) if *size == envelope.package.size => body.0.as_ref(),
        Stored::Before(..) => {
            let detail = "the package has another size than the envelope says";
            return Err(Refusal::Plain(Problem::new(Code::EnvelopeInvalid).detail(detail)));
        }
        Stored::Nowhere => return Err(Refusal::Plain(Problem::new(Code::UploadIncomplete))),
    };
    // What is encrypted for its recipients cannot be opened here.
    let containers = match envelope.encryption {
        Some(_) => Containers::Shape,
        None => endpoint.limits.containers,
    };
    if let Err(error) = package::check(package, &envelope.package.media_type, containers) {
        let problem = Problem::new(Code::ContainerInvalid).detail(error.to_string());
        return Err(Refusal::Stated(problem, Box::new(offer)));
    }
    Ok(write_up(endpoint, offer, now)?)
}

/// Class, mode, times and recipients.
fn judge(endpoint: &Endpoint, envelope: &Envelope, now: UnixTime) -> Result<(), Problem> {
    judge_whole(envelope, now)?;
    let directory = endpoint.directory();
    for recipient in &envelope.recipients {
        judge_recipient(&directory, envelope, recipient)
            .map_err(|code| Problem::new(code).with("recipient", recipient))?;
    }
    Ok(())
}

fn judge_whole(envelope: &Envelope, now: UnixTime) -> Result<(), Problem> {
    if Class::NEVER.contains(&envelope.class.as_str()) {
        return Err(Problem::new(Code::ClassNotAccepted));
    }
    if envelope.mode != Mode::Basic {
        return Err(Problem::new(Code::ModeNotAccepted));
    }
    if envelope.created > now.plus(SKEW_S) {
        return Err(Problem::new(Code::ClockSkew).with("endpoint-time", now));
    }
    if envelope.not_after.is_some_and(|end| end < now) {
        return Err(Problem::new(Code::EnvelopeExpired).with("endpoint-time", now));
    }
    Ok(())
}

fn judge_recipient(directory: &Directory, envelope: &Envelope, recipient: &AgencyCode) -> Result<(), Code> {
    let agency = directory.agency(recipient).ok_or(Code::RecipientUnknown)?;
    if agency.suspended {
        return Err(Code::RecipientSuspended);
    }
    if !agency.classes.contains(&envelope.class) {
        return Err(Code::ClassNotAccepted);
    }
    if envelope.package.size > agency.max_size {
        return Err(Code::TooLarge);
    }
    Ok(())
}

/// Makes all evidence of an acceptance and puts the submission together.
fn write_up(endpoint: &Endpoint, offer: Offer, now: UnixTime) -> Result<Submission, Problem> {
    let Offer { envelope, digest, signed } = offer;
    let about = About::envelope(&envelope, digest, Some(now));
    let state = |event, recipients: &[_], previous| {
        let (reasons, acknowledgement) = (Vec::new(), None);
        let statement = Statement { event, time: now, recipients, reasons, acknowledgement, previous };
        endpoint.notary.state(&about, statement, endpoint.nonce()?).map_err(|error| {
            tracing::error!(%error, "the seal would not sign");
            Problem::new(Code::Internal)
        })
    };
    let evidence = state(Event::SubmissionAcceptance, &envelope.recipients, None)?;
    let previous = Some(evidence.digest());
    let items = envelope
        .recipients
        .iter()
        .map(|recipient| {
            let evidence = state(Event::ContentConsignment, std::slice::from_ref(recipient), previous)?;
            Ok(NewItem { item: token()?, recipient: recipient.clone(), evidence })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(Submission {
        sender: envelope.sender.clone(),
        delivery: envelope.delivery,
        envelope: signed.object,
        signature: signed.signature,
        package: envelope.package.clone(),
        not_after: envelope.not_after,
        accepted: now,
        evidence,
        items,
        body: None,
        replaces: envelope.replaces.map(|replaced| (replaced, Vec::new())),
    })
}

/// Seals and keeps the evidence of a refusal, and says where it is.
async fn state_refusal(endpoint: &Arc<Endpoint>, problem: Problem, offer: Offer) -> Problem {
    let (sender, delivery) = (offer.envelope.sender.clone(), offer.envelope.delivery);
    let mut problem = problem.delivery(delivery);
    if !endpoint.may_reject(&sender) {
        return problem;
    }
    let (own, now, code, detail) = (endpoint.clone(), endpoint.now(), problem.code, problem.detail.clone());
    let sealed = endpoint
        .compute(move || {
            let about = About::envelope(&offer.envelope, offer.digest, None);
            let statement = Statement {
                event: Event::SubmissionRejection,
                time: now,
                recipients: &offer.envelope.recipients,
                reasons: vec![Reason::new(code.name(), Some(detail.as_deref().unwrap_or(code.title())))],
                acknowledgement: None,
                previous: None,
            };
            own.notary.state(&about, statement, own.nonce().ok()?).ok()
        })
        .await;
    let Ok(Some(evidence)) = sealed else {
        tracing::error!("the evidence of a refusal could not be sealed");
        return problem;
    };
    let path = format!("/v1/rejections/{}", evidence.id);
    match endpoint.store.reject(Rejection { sender, delivery, evidence }).await {
        Ok(()) => problem.evidence = Some(path),
        Err(error) => tracing::error!(%error, "the evidence of a refusal could not be kept"),
    }
    problem
}

pub(super) async fn check(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Result<Response, Problem> {
    let body: SignedEnvelope = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    let offer = authenticate(&endpoint, Offer::read(&body, &caller)?).await?;
    let (envelope, directory) = (&offer.envelope, endpoint.directory());
    // What concerns the envelope as a whole is a refusal here as there.
    judge_whole(envelope, endpoint.now()).map_err(|problem| problem.delivery(envelope.delivery))?;
    let recipients: Vec<_> = envelope
        .recipients
        .iter()
        .map(|recipient| match judge_recipient(&directory, envelope, recipient) {
            Ok(()) => json!({"recipient": recipient.as_str(), "accepted": true}),
            Err(code) => json!({"recipient": recipient.as_str(), "accepted": false, "code": code.name()}),
        })
        .collect();
    let size = endpoint.store.package_size(&caller, &envelope.package.sha256).await?;
    let package = if size == Some(envelope.package.size) { "present" } else { "needed" };
    Ok(answer::json(&json!({
        "schema": "congvan.check/1",
        "delivery": envelope.delivery.to_string(),
        "package": package,
        "recipients": recipients,
    })))
}

pub(super) fn named(id: &str) -> Result<Uuid, Problem> {
    Uuid::parse(id).ok_or_else(|| Problem::new(Code::NotFound))
}

pub(super) async fn view(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let id = named(&id)?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(answer::wait_s(&headers));
    loop {
        let changed = endpoint.running.changed.notified();
        let view = endpoint.store.delivery(&caller, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
        let recipients: Vec<_> = view
            .recipients
            .iter()
            .map(|(recipient, item)| {
                let mut line =
                    json!({"recipient": recipient.as_str(), "state": item.phase.name(), "attempt": item.attempt});
                if let (true, Some(map)) = (item.recall_asked, line.as_object_mut()) {
                    map.insert("recall_asked".to_owned(), true.into());
                }
                line
            })
            .collect();
        let mut body = json!({
            "schema": "congvan.delivery/1",
            "delivery": id.to_string(),
            "sender": caller.as_str(),
            "envelope": view.envelope.to_string(),
            "package": {
                "sha256": view.package.sha256.to_string(),
                "size": view.package.size,
                "media_type": view.package.media_type,
            },
            "accepted": view.accepted.rfc3339(),
            "evidence": view.evidence,
            "recipients": recipients,
        });
        if let (Some(by), Some(map)) = (view.replaced_by, body.as_object_mut()) {
            map.insert("replaced_by".to_owned(), by.to_string().into());
        }
        let etag = format!("\"{}\"", Sha256::of(body.to_string().as_bytes()));
        if !answer::is_known(&headers, &etag) {
            let mut response = answer::json(&body);
            if let Ok(value) = HeaderValue::from_str(&etag) {
                response.headers_mut().insert(header::ETAG, value);
            }
            return Ok(response);
        }
        if tokio::time::timeout_at(deadline, changed).await.is_err() || endpoint.caller(peer).is_err() {
            return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
        }
    }
}

pub(super) async fn statements(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let id = named(&id)?;
    let list = endpoint.store.statements(&caller, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let lines: Vec<_> = list
        .iter()
        .map(|line| {
            json!({
                "recipient": line.recipient.as_str(),
                "kind": line.kind.name(),
                "object": base64(&line.bytes),
                "signature": base64(&line.signature),
                "n": line.n,
            })
        })
        .collect();
    Ok(answer::json(&json!({"schema": "congvan.statements/1", "delivery": id.to_string(), "statements": lines})))
}

pub(super) async fn evidence_list(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let id = named(&id)?;
    let list = endpoint.store.evidence_list(&caller, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let lines: Vec<_> = list
        .iter()
        .map(|line| {
            let mut out = json!({"n": line.n, "event": line.event.name(), "time": line.time.rfc3339()});
            if let (Some(map), Some(recipient)) = (out.as_object_mut(), &line.recipient) {
                map.insert("recipient".to_owned(), recipient.as_str().into());
            }
            out
        })
        .collect();
    Ok(answer::json(&json!({"schema": "congvan.evidence-list/1", "delivery": id.to_string(), "evidence": lines})))
}

pub(super) async fn evidence(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path((id, n)): Path<(String, u64)>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let receipt = endpoint.store.evidence(&caller, named(&id)?, n).await?;
    let receipt = receipt.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(answer::object(receipt.to_bytes()))
}

pub(super) async fn proof(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path((id, n)): Path<(String, u64)>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let is_known = endpoint.store.evidence(&caller, named(&id)?, n).await?.is_some();
    let mut response = Problem::new(Code::NotFound).into_response();
    if is_known {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    Ok(response)
}

pub(super) async fn rejection(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let caller = endpoint.caller(peer)?;
    let receipt = endpoint.store.rejection(&caller, named(&id)?).await?;
    let receipt = receipt.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(answer::object(receipt.to_bytes()))
}
