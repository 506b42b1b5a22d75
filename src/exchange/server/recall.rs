//! Decisions with evidence: taking back, replacing, running out; and how every decision is written up.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::deliveries::named;
use super::signed::{SKEW_S, Signed, believe};
use super::{Endpoint, Peer, answer};
use crate::base::encoding::base64;
use crate::base::time::UnixTime;
use crate::exchange::directory::Role;
use crate::exchange::evidence::{Event, Reason, Receipt};
use crate::exchange::id::{Sha256, Uuid};
use crate::exchange::notary::{About, Statement};
use crate::exchange::problem::{Code, Problem};
use crate::exchange::state::{ALREADY_FINAL, NoEvidence, RecallStep, Refused, Step, TOO_LATE};
use crate::exchange::statement::Recall;
use crate::exchange::store::{Commit, Decision, ItemView, SaidKind, Submission, Told};

/// How often a decision is made anew when another change came first.
pub(super) const ROUNDS: usize = 16;
/// Code of the reason of an item that ran out.
const EXPIRED: &str = "expired";
/// Code of the reason of a recall by a replacing delivery.
const REPLACED: &str = "replaced";

/// A signed object a decision rests on: kind, octets, signature.
pub(super) type Said = (SaidKind, Vec<u8>, Vec<u8>);

/// Writes a decision up: seals its evidence on top of the newest one, and puts both together for the store.
pub(super) async fn decide(
    endpoint: &Arc<Endpoint>,
    view: &ItemView,
    step: Step,
    reasons: Vec<Reason>,
    said: Option<Said>,
    now: UnixTime,
) -> Result<(Decision, Receipt), Problem> {
    let Ok(event) = step.evidence else { return Err(Problem::new(Code::Internal)) };
    let about = About {
        delivery: view.delivery,
        envelope: view.envelope,
        sender: view.sender.clone(),
        package: view.package.clone(),
        submitted: Some(view.accepted),
    };
    // A clock that was set back does not turn the order of what is attested.
    let now = now.max(view.last_time);
    let rests_on = said.as_ref().map(|(_, bytes, _)| Sha256::of(bytes));
    let (own, recipient, previous) = (endpoint.clone(), view.recipient.clone(), view.last_evidence);
    let evidence = endpoint
        .compute(move || {
            let statement = Statement {
                event,
                time: now,
                recipients: std::slice::from_ref(&recipient),
                reasons,
                acknowledgement: rests_on,
                previous: Some(previous),
            };
            own.notary.state(&about, statement, own.nonce()?).map_err(|error| {
                tracing::error!(%error, "the seal would not sign");
                Problem::new(Code::Internal)
            })
        })
        .await??;
    let receipt = evidence.receipt.clone();
    let decision = Decision {
        recipient: view.recipient.clone(),
        item: view.item.clone(),
        seen_version: view.state.version,
        next: step.item,
        said,
        told: Told::Evidence(evidence),
    };
    Ok((decision, receipt))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecallBody {
    recall: String,
    signature: String,
}

/// The sender takes a delivery back from some recipients, or all.
pub(super) async fn recall(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let body: RecallBody = answer::read_json(&endpoint, body).await?;
    let caller = endpoint.caller(peer)?;
    let id = named(&id)?;
    let signed = Signed::read(&body.recall, &body.signature)?;
    let recall = Recall::from_bytes(&signed.object)?;
    if recall.sender != caller {
        return Err(Problem::new(Code::SenderMismatch).delivery(id));
    }
    if recall.delivery != id {
        return Err(Problem::new(Code::Malformed).detail("the recall names another delivery").delivery(id));
    }
    let (signed, now) = believe(&endpoint, &caller, &[Role::Seal], signed).await?;
    if recall.time > now.plus(SKEW_S) {
        return Err(Problem::new(Code::ClockSkew).with("endpoint-time", now));
    }
    for _ in 0..ROUNDS {
        let items = endpoint.store.items_of(&caller, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
        if items.iter().any(|item| item.envelope != recall.envelope) {
            return Err(Problem::new(Code::EnvelopeInvalid).detail("the recall names another envelope").delivery(id));
        }
        if let Some(other) = recall.recipients.iter().find(|code| items.iter().all(|item| item.recipient != **code)) {
            return Err(Problem::new(Code::RecipientUnknown).with("recipient", other).delivery(id));
        }
        let chosen = items.iter().filter(|i| recall.recipients.is_empty() || recall.recipients.contains(&i.recipient));
        let (mut decisions, mut answers) = (Vec::new(), Vec::new());
        for item in chosen {
            let said = (SaidKind::Recall, signed.object.clone(), signed.signature.clone());
            match take_back(&endpoint, item, recall.reason.clone(), said, now).await? {
                Ok((decision, receipt)) => {
                    decisions.push(decision);
                    answers.push((item, receipt));
                }
                Err(receipt) => answers.push((item, receipt)),
            }
        }
        let is_new = !decisions.is_empty();
        if is_new && endpoint.store.apply(decisions).await? == Commit::Lost {
            continue;
        }
        if is_new {
            endpoint.running.changed.notify_waiters();
        }
        let recipients: Vec<_> = answers
            .iter()
            .map(|(item, receipt)| {
                json!({
                    "recipient": item.recipient.as_str(),
                    "outcome": outcome(receipt),
                    "receipt": base64(&receipt.to_bytes()),
                })
            })
            .collect();
        return Ok(answer::json(
            &json!({"schema": "congvan.recalled/1", "delivery": id.to_string(), "recipients": recipients}),
        ));
    }
    tracing::warn!(%caller, delivery = %id, "a recall lost every race");
    Err(Problem::new(Code::Internal))
}

/// Decides a recall of one item; the receipt of the first when it was decided before.
async fn take_back(
    endpoint: &Arc<Endpoint>,
    item: &ItemView,
    reason: Reason,
    said: Said,
    now: UnixTime,
) -> Result<Result<(Decision, Receipt), Receipt>, Problem> {
    let step = match (item.state.recall(), item.recall()) {
        (RecallStep::Repeats, Some(first)) => return Ok(Err(first.receipt.clone())),
        (RecallStep::Repeats, None) => return Err(Problem::new(Code::Internal)),
        (RecallStep::Decides(step), _) => step,
    };
    let reasons = match step.evidence {
        Ok(Event::RecallFailure) if item.state.phase.is_final() => vec![Reason::new(ALREADY_FINAL, None), reason],
        Ok(Event::RecallFailure) => vec![Reason::new(TOO_LATE, None), reason],
        _ => vec![reason],
    };
    decide(endpoint, item, step, reasons, Some(said), now).await.map(Ok)
}

/// What a receipt of a recall says became of it.
fn outcome(receipt: &Receipt) -> &'static str {
    match receipt.read() {
        Ok(evidence) if evidence.event == Event::Recall => "recalled",
        Ok(evidence) if evidence.reasons.first().is_some_and(|r| r.code == ALREADY_FINAL) => ALREADY_FINAL,
        _ => TOO_LATE,
    }
}

/// What becomes of the items of a delivery that another takes the place of.
pub(super) async fn replaced(
    endpoint: &Arc<Endpoint>,
    submission: &Submission,
    replaced: Uuid,
    now: UnixTime,
) -> Result<Vec<Decision>, Problem> {
    let items = endpoint.store.items_of(&submission.sender, replaced).await?.unwrap_or_default();
    let mut decisions = Vec::new();
    for item in &items {
        let by = submission.delivery.to_string();
        let said = (SaidKind::Replacement, submission.envelope.clone(), submission.signature.clone());
        if let Ok((decision, _)) = take_back(endpoint, item, Reason::new(REPLACED, Some(&by)), said, now).await? {
            decisions.push(decision);
        }
    }
    Ok(decisions)
}

/// Gives warnings and ends what ran out; says how much it did.
pub(super) async fn tick(endpoint: &Arc<Endpoint>, limit: u32) -> Result<usize, Problem> {
    let now = endpoint.now();
    let mut done = 0;
    for item in endpoint.store.due(now, limit).await? {
        let decision = match item.state.tick(now) {
            Ok(step) if step.evidence == Err(NoEvidence::Warning) => Decision {
                recipient: item.recipient.clone(),
                item: item.item.clone(),
                seen_version: item.state.version,
                next: step.item,
                said: None,
                told: Told::Warning(now),
            },
            Ok(step) => {
                let reasons = vec![Reason::new(EXPIRED, None)];
                decide(endpoint, &item, step, reasons, None, now).await?.0
            }
            Err(Refused::NotDue) => continue,
            Err(refused) => return Err(refused.into()),
        };
        // Lost to a claim, an answer or a recall: the next beat looks again.
        if endpoint.store.apply(vec![decision]).await? == Commit::Done {
            done += 1;
        }
    }
    if done > 0 {
        endpoint.running.changed.notify_waiters();
    }
    Ok(done)
}
