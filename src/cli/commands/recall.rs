//! `congvan recall DELIVERY --reason TEXT`: takes back what was sent, as far as nobody has read it.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, agency_code, client, delivery_id, failed};
use crate::cli::progress::Progress;
use crate::cli::texts::recall as texts;
use crate::exchange::client::RecallOutcome;
use crate::exchange::evidence::Reason;

/// Code of the reason a clerk gives in words.
const CODE: &str = "sender-asks";

/// Arguments of `recall`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "DELIVERY")]
    delivery: String,
    #[arg(long, value_name = "CODE", num_args = 1..)]
    from: Vec<String>,
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

#[derive(Serialize)]
struct Recalled {
    schema: &'static str,
    delivery: String,
    recipients: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    recipient: String,
    outcome: &'static str,
    time: String,
}

/// Asks, and tells what became of it at each recipient.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let delivery = delivery_id(&args.delivery)?;
    let from = args.from.iter().map(|code| agency_code(code)).collect::<Result<Vec<_>, _>>()?;
    let client = client(&args.endpoint, context)?;
    let progress = Progress::wait(context, texts::ASKING.get(context.lang));
    let reason = Reason::new(CODE, Some(&args.reason));
    let recalled = progress.during(|| client.recall(delivery, &from, reason)).map_err(failed)?;
    // What the recipient has yet to decide is neither done nor failed.
    let all = recalled.iter().all(|line| line.outcome == RecallOutcome::Recalled);
    let exit = if all { Exit::Done } else { Exit::Indeterminate };
    if context.json {
        let recipients = recalled.iter().map(|line| Line {
            recipient: line.recipient.to_string(),
            outcome: line.outcome.name(),
            time: line.evidence.time.rfc3339(),
        });
        context.out.json(&Recalled {
            schema: "congvan.recall-result/1",
            delivery: delivery.to_string(),
            recipients: recipients.collect(),
        })?;
        return Ok(exit);
    }
    for line in &recalled {
        let said = match line.outcome {
            RecallOutcome::Recalled => texts::RECALLED,
            RecallOutcome::TooLate => texts::TOO_LATE,
            RecallOutcome::AlreadyFinal => texts::ALREADY_FINAL,
        };
        let text = context.say(said, &[("recipient", &line.recipient)]);
        context.out.line(&text)?;
    }
    Ok(exit)
}
