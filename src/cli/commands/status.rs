//! `congvan status [DELIVERY…]`: where what was sent stands, by the endpoint's evidence.

use serde::Serialize;

use crate::base::time::UnixTime;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, agency_code, client, delivery_id, failed};
use crate::cli::files::printable;
use crate::cli::progress::Progress;
use crate::cli::texts::Lang;
use crate::cli::texts::errors::Code;
use crate::cli::texts::status as texts;
use crate::exchange::client::DeliveryStatus;
use crate::exchange::envelope::Envelope;
use crate::exchange::id::Uuid;
use crate::exchange::journal::{Entry, Progress as Reached};
use crate::exchange::state::Phase;
use crate::exchange::statement::recipient_status;

/// Arguments of `status`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "DELIVERY")]
    delivery: Vec<String>,
    #[arg(long, value_name = "01..06|15|16", requires = "delivery")]
    set: Option<String>,
    #[arg(long, value_name = "TEXT", requires = "set")]
    text: Option<String>,
    #[arg(long, value_name = "CODE", requires = "set")]
    sender: Option<String>,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

#[derive(Serialize)]
struct Status<'a> {
    schema: &'static str,
    delivery: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    recipients: Vec<Recipient>,
    evidence: Vec<Statement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fares: Vec<SaidLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
}

#[derive(Serialize)]
struct Recipient {
    recipient: String,
    state: &'static str,
    attested: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fares: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    recall_asked: bool,
}

#[derive(Serialize)]
struct SaidLine<'a> {
    recipient: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    time: String,
}

#[derive(Serialize)]
struct Set {
    schema: &'static str,
    delivery: String,
    status: &'static str,
    time: String,
}

#[derive(Serialize)]
struct Statement {
    event: &'static str,
    time: String,
    recipients: Vec<String>,
    reasons: Vec<String>,
}

/// Asks and tells.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    if let Some(code) = &args.set {
        return set(args, code, context);
    }
    let client = client(&args.endpoint, context)?;
    let entries = client.journal().entries().map_err(|e| failed(e.into()))?;
    let mut wanted: Vec<(Uuid, Option<&Entry>, Reached)> = Vec::new();
    for text in &args.delivery {
        let id = delivery_id(text)?;
        let entry = entries.iter().find(|entry| entry.delivery == id);
        wanted.push((id, entry, entry.map_or(Reached::Accepted, |e| e.progress)));
    }
    if args.delivery.is_empty() {
        wanted.extend(entries.iter().map(|e| (e.delivery, Some(e), e.progress)));
        if wanted.is_empty() {
            context.note(texts::NOTHING, &[]);
        }
    }
    let mut exit = Exit::Done;
    for (id, entry, reached) in wanted {
        let file = entry.map(|entry| entry.file.as_str());
        match reached {
            Reached::Accepted => {
                let progress = Progress::wait(context, texts::ASKING.get(context.lang));
                match progress.during(|| client.status(id)) {
                    Ok(status) => {
                        let envelope = entry.and_then(|entry| Envelope::from_bytes(&entry.envelope).ok());
                        tell(&status, file, envelope.and_then(|envelope| envelope.not_after), context)?;
                    }
                    Err(error) => exit = exit.worst(context.fail(&failed(error))),
                }
            }
            Reached::Open => not_sent(id, "open", file, context)?,
            Reached::Refused => not_sent(id, "refused", file, context)?,
        }
    }
    Ok(exit)
}

fn not_sent(id: Uuid, state: &'static str, file: Option<&str>, context: &mut Context) -> Result<(), CliError> {
    if context.json {
        let delivery = id.to_string();
        return context.out.json(&Status {
            schema: "congvan.status/1",
            delivery,
            state,
            file,
            recipients: Vec::new(),
            evidence: Vec::new(),
            fares: Vec::new(),
            replaced_by: None,
            not_after: None,
        });
    }
    let text = if state == "open" { texts::OPEN } else { texts::REFUSED };
    let line = context.say(text, &[("delivery", &id), ("file", &printable(file.unwrap_or("?")))]);
    context.out.line(&line)
}

fn tell(
    status: &DeliveryStatus,
    file: Option<&str>,
    not_after: Option<UnixTime>,
    context: &mut Context,
) -> Result<(), CliError> {
    if context.json {
        return context.out.json(&Status {
            schema: "congvan.status/1",
            delivery: status.delivery.to_string(),
            state: "accepted",
            file,
            recipients: status
                .recipients
                .iter()
                .map(|r| Recipient {
                    recipient: r.recipient.to_string(),
                    state: r.state.name(),
                    attested: r.attested.map(|event| event.name()),
                    fares: r.fares.map(|status| status.code()),
                    recall_asked: r.recall_asked,
                })
                .collect(),
            evidence: status
                .evidence
                .iter()
                .map(|(_, says)| Statement {
                    event: says.event.name(),
                    time: says.time.rfc3339(),
                    recipients: says.recipients.iter().map(ToString::to_string).collect(),
                    reasons: says.reasons.iter().map(|reason| reason.code.clone()).collect(),
                })
                .collect(),
            fares: status
                .fares
                .iter()
                .map(|said| SaidLine {
                    recipient: said.status.recipient.as_str(),
                    status: said.status.status.code(),
                    text: said.status.text.as_deref(),
                    time: said.status.time.rfc3339(),
                })
                .collect(),
            replaced_by: status.replaced_by.map(|by| by.to_string()),
            not_after: not_after.map(UnixTime::rfc3339),
        });
    }
    let line =
        context.say(texts::DELIVERY, &[("delivery", &status.delivery), ("file", &printable(file.unwrap_or("?")))]);
    context.out.line(&line)?;
    for recipient in &status.recipients {
        let last = status.evidence.iter().rev().find(|(_, says)| says.recipients == [recipient.recipient.clone()]);
        let time = last.map(|(_, says)| says.time.rfc3339_vietnam()).unwrap_or_default();
        let state = match recipient.state {
            Phase::Available => texts::AVAILABLE,
            Phase::Leased => texts::LEASED,
            Phase::Parked => texts::PARKED,
            Phase::Accepted => texts::ACCEPTED,
            Phase::Rejected => texts::REJECTED,
            Phase::Recalled => texts::RECALLED,
            Phase::Expired => texts::EXPIRED,
        };
        let line = context.say(
            texts::RECIPIENT,
            &[("recipient", &recipient.recipient), ("state", &state.get(context.lang)), ("time", &time)],
        );
        context.out.line(&line)?;
        let reasons = last.map(|(_, says)| says.reasons.as_slice()).unwrap_or_default();
        if recipient.state == Phase::Rejected
            && let Some(why) = reasons.first()
        {
            let why = printable(why.text.as_deref().unwrap_or(&why.code));
            let line = context.say(texts::REASON, &[("reason", &why)]);
            context.out.line(&line)?;
        }
        if let Some(end) = not_after.filter(|_| !recipient.state.is_final()) {
            let text = if end.plus(-86_400) <= clock::now() { texts::ENDS_SOON } else { texts::ENDS };
            let line = context.say(text, &[("time", &end.rfc3339_vietnam())]);
            context.out.line(&line)?;
        }
        if let Some(said) = status.fares.iter().rev().find(|said| said.status.recipient == recipient.recipient) {
            let name =
                if context.lang == Lang::Vi { said.status.status.vietnamese() } else { said.status.status.name() };
            let text = said.status.text.as_deref().map(|text| format!(": {}", printable(text))).unwrap_or_default();
            let line = context.say(
                texts::FARES,
                &[
                    ("code", &said.status.status.code()),
                    ("name", &name),
                    ("text", &text),
                    ("time", &said.status.time.rfc3339_vietnam()),
                ],
            );
            context.out.line(&line)?;
        } else if recipient.recall_asked {
            context.out.line(texts::RECALL_ASKED.get(context.lang))?;
        }
    }
    if let Some(by) = status.replaced_by {
        let line = context.say(texts::REPLACED_BY, &[("delivery", &by)]);
        context.out.line(&line)?;
    }
    Ok(())
}

/// Says how it fares with deliveries received.
fn set(args: &Args, code: &str, context: &mut Context) -> Result<Exit, CliError> {
    let bad = || CliError::new(Code::StatusUnknown).with("value", printable(code));
    let status = recipient_status(code).ok_or_else(bad)?;
    if status.needs_reason() && args.text.is_none() {
        return Err(CliError::new(Code::ReasonNeeded).with("code", status.code()));
    }
    let sender = args.sender.as_deref().map(agency_code).transpose()?;
    let deliveries = args.delivery.iter().map(|id| delivery_id(id)).collect::<Result<Vec<_>, _>>()?;
    let client = client(&args.endpoint, context)?;
    let mut exit = Exit::Done;
    for delivery in deliveries {
        let progress = Progress::wait(context, texts::SAYING.get(context.lang));
        let said = progress.during(|| client.fares(delivery, sender.as_ref(), status, args.text.as_deref()));
        match said {
            Ok(evidence) if context.json => context.out.json(&Set {
                schema: "congvan.status-set/1",
                delivery: delivery.to_string(),
                status: status.code(),
                time: evidence.time.rfc3339(),
            })?,
            Ok(_) => {
                let line = context.say(texts::SAID, &[("delivery", &delivery), ("code", &status.code())]);
                context.out.line(&line)?;
            }
            Err(error) => exit = exit.worst(context.fail(&failed(error))),
        }
    }
    Ok(exit)
}
