//! `congvan push FILE --to CODE…`: sends a package through the endpoint and keeps the receipt.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::base::time::UnixTime;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::exchange::{EndpointArgs, agency_code, client, failed};
use crate::cli::files::{Existing, PathName, path_text, write_whole};
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::push as texts;
use crate::exchange::client::{Again, Client, Outgoing};
use crate::exchange::envelope::{Class, Registry};
use crate::exchange::id::{AgencyCode, Uuid};
use crate::exchange::package::media_type_of;

/// Arguments of `push`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "CODE", num_args = 1.., required = true)]
    to: Vec<String>,
    #[arg(long, value_name = "ID")]
    reply_to: Option<String>,
    #[command(flatten)]
    parcel: Parcel,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

/// What is said about a package that is sent.
#[derive(clap::Args, Debug)]
pub(crate) struct Parcel {
    #[arg(long, value_name = "N", requires = "date")]
    number: Option<String>,
    #[arg(long, value_name = "TEXT", requires = "number")]
    notation: Option<String>,
    #[arg(long, value_name = "YYYY-MM-DD", requires = "number")]
    date: Option<String>,
    #[arg(long, value_name = "CLASS", default_value = Class::UNCLASSIFIED)]
    class: String,
    #[arg(long, value_name = "RFC3339")]
    not_after: Option<String>,
    #[arg(long)]
    again: bool,
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

#[derive(Serialize)]
struct Sent<'a> {
    schema: &'static str,
    #[serde(flatten)]
    file: PathName,
    delivery: String,
    recipients: Vec<&'a str>,
    sha256: String,
    accepted: String,
    repeated: bool,
    receipt: PathName,
}

/// Sends.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let recipients = args.to.iter().map(|code| agency_code(code)).collect::<Result<Vec<_>, _>>()?;
    let in_reply_to = match &args.reply_to {
        None => None,
        Some(text) => Some(Uuid::parse(text).ok_or_else(|| bad("--reply-to", text))?),
    };
    // What is wrong with the command line is said before any key is opened.
    check(&args.file, &args.parcel)?;
    let client = client(&args.endpoint, context)?;
    send(&client, &args.file, &recipients, &args.parcel, (in_reply_to, None), context)
}

fn bad(what: &'static str, value: &str) -> CliError {
    CliError::new(Code::BadValue).with("what", what).with("value", crate::cli::files::printable(value))
}

/// The media type, class and last time of a parcel.
fn check(file: &Path, parcel: &Parcel) -> Result<(&'static str, Class, Option<UnixTime>), CliError> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let media_type = media_type_of(&name).ok_or_else(|| CliError::new(Code::NotSendable).path("path", file))?;
    let class = Class::parse(&parcel.class).ok_or_else(|| bad("--class", &parcel.class))?;
    let not_after = match &parcel.not_after {
        None => None,
        Some(text) => {
            Some(UnixTime::parse_rfc3339(text).ok_or_else(|| CliError::new(Code::BadTime).with("value", text))?)
        }
    };
    Ok((media_type, class, not_after))
}

/// Sends a package, keeps its receipt beside it and tells; the links are the delivery it answers and the one it replaces.
pub(super) fn send(
    client: &Client,
    file: &Path,
    recipients: &[AgencyCode],
    parcel: &Parcel,
    (in_reply_to, replaces): (Option<Uuid>, Option<Uuid>),
    context: &mut Context,
) -> Result<Exit, CliError> {
    let (media_type, class, not_after) = check(file, parcel)?;
    let registry = match (&parcel.number, &parcel.date) {
        (Some(number), Some(date)) => {
            let notation = parcel.notation.clone();
            Some(Registry { number: number.clone(), notation, date: date.clone() })
        }
        _ => None,
    };
    let receipt_path = parcel.receipt.clone().unwrap_or_else(|| {
        let mut name = file.to_owned().into_os_string();
        name.push(".receipt.json");
        PathBuf::from(name)
    });
    let again = if parcel.again { Again::New } else { Again::Resume };
    let out = Outgoing { file, media_type, recipients, class, registry, not_after, in_reply_to, replaces, again };
    let size = std::fs::metadata(file).map_err(|e| CliError::reading(file, &e))?.len();
    let progress = Mutex::new(Progress::bytes(context, texts::SENDING.get(context.lang), size));
    let pushed = client.push(&out, &|sent| show(&progress, sent, size)).map_err(failed)?;
    drop(progress);
    // The receipt is safe in the journal already; this copy is for people, and the newest one counts.
    write_whole(&receipt_path, &pushed.receipt, Existing::Replace, &[file])?;
    if context.json {
        context.out.json(&Sent {
            schema: "congvan.push/1",
            file: PathName::from(file),
            delivery: pushed.delivery.to_string(),
            recipients: recipients.iter().map(AgencyCode::as_str).collect(),
            sha256: pushed.evidence.package.sha256.to_string(),
            accepted: pushed.evidence.time.rfc3339(),
            repeated: pushed.was_accepted_before,
            receipt: PathName::from(receipt_path.as_path()),
        })?;
        return Ok(Exit::Done);
    }
    let to: Vec<&str> = recipients.iter().map(AgencyCode::as_str).collect();
    let said = if pushed.was_accepted_before { texts::SENT_BEFORE } else { texts::SENT };
    let line = context.say(
        said,
        &[
            ("path", &path_text(file)),
            ("to", &to.join(", ")),
            ("delivery", &pushed.delivery),
            ("time", &pushed.evidence.time.rfc3339_vietnam()),
        ],
    );
    context.out.line(&line)?;
    let line = context.say(texts::RECEIPT, &[("path", &path_text(&receipt_path))]);
    context.out.line(&line)?;
    Ok(Exit::Done)
}

/// Moves a bar that several threads may move.
pub(super) fn show(progress: &Mutex<Progress>, done: u64, total: u64) {
    progress.lock().unwrap_or_else(PoisonError::into_inner).set(done, total);
}
