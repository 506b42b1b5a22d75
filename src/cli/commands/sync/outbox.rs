//! OUT: what is ready is sent, kept under DONE with its receipt, or put under FAILED with the reason.
//!
//! Whoever writes into OUT writes under another name (`.NAME`, `NAME.tmp`, `NAME.part`) and renames, or writes the order
//! `NAME.to.json` last. A package without an order is sent only when it did not change between two looks.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::Work;
use super::order::Order;
use crate::cli::clock;
use crate::cli::error::CliError;
use crate::cli::exchange::failed;
use crate::cli::files::{Existing, sync_folder, write_whole};
use crate::cli::texts::Lang;
use crate::cli::texts::errors::Code;
use crate::exchange::client::{Again, ClientError, Outgoing};
use crate::exchange::id::Uuid;
use crate::exchange::package::media_type_of;
use crate::exchange::problem;

/// Ending of an order.
const ORDER: &str = ".to.json";
/// Endings of files somebody is writing.
const UNFINISHED: [&str; 3] = [".tmp", ".part", "~"];

/// What became of a file in OUT.
pub(super) enum Sent {
    /// It is with the endpoint, and its receipt here.
    Done { file: String, delivery: Uuid },
    /// It will not be sent; the reason stands beside it under FAILED.
    Failed { file: String, error: CliError },
    /// Nobody said to whom it goes.
    Waits { file: String },
}

/// How files looked the last time; and whose waiting was told.
#[derive(Default)]
pub(super) struct Looks {
    seen: HashMap<PathBuf, Look>,
    told: HashMap<PathBuf, Look>,
}

type Look = (u64, Option<SystemTime>);

impl Looks {
    /// Looks at every file, and says of each whether it is as it was at the last look.
    pub(super) fn look(&mut self, folder: &Path) -> Result<Vec<(PathBuf, bool)>, CliError> {
        let reading = |e: std::io::Error| CliError::reading(folder, &e);
        let (mut seen, mut files) = (HashMap::new(), Vec::new());
        for entry in fs::read_dir(folder).map_err(reading)? {
            let path = entry.map_err(reading)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // Gone in the meantime, or not a file: not ours.
            let Some(meta) = path.metadata().ok().filter(fs::Metadata::is_file) else { continue };
            if name.starts_with('.') || name.ends_with(ORDER) || UNFINISHED.iter().any(|end| name.ends_with(end)) {
                continue;
            }
            let look = (meta.len(), meta.modified().ok());
            files.push((path.clone(), self.seen.get(&path) == Some(&look)));
            seen.insert(path, look);
        }
        self.seen = seen;
        files.sort();
        Ok(files)
    }

    /// Whether the waiting of this file, as it looks now, is yet to be told.
    fn is_news(&mut self, path: &Path) -> bool {
        let look = self.seen.get(path).copied();
        let news = look.is_some() && self.told.get(path) != look.as_ref();
        if let Some(look) = look {
            self.told.insert(path.to_owned(), look);
        }
        news
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    schema: &'static str,
    file: &'a str,
    code: &'static str,
    message: String,
    time: String,
}

/// Whether an order stands beside a package.
pub(super) fn has_order(path: &Path) -> bool {
    with_ending(path, ORDER).is_file()
}

/// Sends what is ready. Something that may pass by itself ends the round; the files stay where they are.
pub(super) fn send_all(work: &Work, looks: &mut Looks) -> Result<Vec<Sent>, CliError> {
    let mut sent = Vec::new();
    finish_moves(work)?;
    for (path, is_settled) in looks.look(&work.folders.out)? {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let order_path = with_ending(&path, ORDER);
        let order = if order_path.is_file() {
            Order::read(&order_path)
        } else if !is_settled {
            continue;
        } else if let Some(order) = Order::of_packet(&path) {
            Ok(order)
        } else if !work.to.is_empty() {
            Ok(Order::to(&work.to))
        } else {
            if looks.is_news(&path) {
                sent.push(Sent::Waits { file });
            }
            continue;
        };
        let outcome = order.map_err(Trouble::of_order).and_then(|order| send(work, &path, &order));
        match outcome {
            Ok(delivery) => sent.push(Sent::Done { file, delivery }),
            Err(Trouble::ForGood(error)) => {
                put_aside(work, &path, &order_path, &error)?;
                sent.push(Sent::Failed { file, error });
            }
            Err(Trouble::Passing(error)) => return Err(error),
        }
    }
    Ok(sent)
}

/// Sends one file. The same file sent before, by a run that was killed, comes back with its first receipt.
fn send(work: &Work, path: &Path, order: &Order) -> Result<Uuid, Trouble> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let media_type =
        media_type_of(&name).ok_or_else(|| Trouble::ForGood(CliError::new(Code::NotSendable).path("path", path)))?;
    let out = Outgoing {
        file: path,
        media_type,
        recipients: &order.to,
        class: order.class.clone(),
        registry: order.registry.clone(),
        not_after: order.not_after,
        in_reply_to: order.in_reply_to,
        replaces: order.replaces,
        again: Again::Resume,
    };
    let pushed = work.client.push(&out, &|_| {}).map_err(Trouble::of_sending)?;
    let id = pushed.delivery.to_string();
    let receipts = work.folders.receipts.join(&id);
    fs::create_dir_all(&receipts).map_err(|e| CliError::writing(&receipts, &e))?;
    write_whole(&receipts.join("000-SubmissionAcceptance.json"), &pushed.receipt, Existing::Replace, &[])?;
    let done = work.folders.done.join(&id);
    fs::create_dir_all(&done).map_err(|e| CliError::writing(&done, &e))?;
    // The order last: a package found without one by the next run would ask whom it is for.
    move_into(&done, path)?;
    move_into(&done, &with_ending(path, ORDER))?;
    Ok(pushed.delivery)
}

fn put_aside(work: &Work, path: &Path, order: &Path, error: &CliError) -> Result<(), CliError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let time = clock::now();
    let stamp: String = time.rfc3339().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let folder = work.folders.failed.join(format!("{stamp}_{name}"));
    fs::create_dir_all(&folder).map_err(|e| CliError::writing(&folder, &e))?;
    let failure = Failure {
        schema: "congvan.sync-failure/1",
        file: &name,
        code: error.code.as_str(),
        message: error.message(Lang::En),
        time: time.rfc3339(),
    };
    let reason = folder.join("failure.json");
    let json = serde_json::to_vec_pretty(&failure)
        .map_err(|e| CliError::new(Code::WriteFailed).path("path", &reason).with("cause", e))?;
    write_whole(&reason, &json, Existing::Replace, &[])?;
    move_into(&folder, path)?;
    move_into(&folder, order)
}

/// Brings orders after packages that an earlier run moved before it was killed: one left behind would be taken for
/// that of the next file of the same name, and send it to the recipients of the first.
fn finish_moves(work: &Work) -> Result<(), CliError> {
    let out = &work.folders.out;
    for order in names_in(out)? {
        let Some(name) = order.strip_suffix(ORDER).filter(|name| !name.starts_with('.')) else { continue };
        if out.join(name).exists() {
            continue;
        }
        for folder in [&work.folders.done, &work.folders.failed] {
            // Names begin with the time: the newest is the one that was left in the middle.
            let mut moved = names_in(folder)?;
            moved.sort();
            let newest = moved.iter().rev().map(|moved| folder.join(moved)).find(|moved| moved.join(name).is_file());
            if let Some(newest) = newest.filter(|newest| !newest.join(&order).exists()) {
                move_into(&newest, &out.join(&order))?;
                break;
            }
        }
    }
    Ok(())
}

fn names_in(folder: &Path) -> Result<Vec<String>, CliError> {
    let reading = |e: std::io::Error| CliError::reading(folder, &e);
    let entries = fs::read_dir(folder).map_err(reading)?;
    entries.map(|entry| Ok(entry.map_err(reading)?.file_name().to_string_lossy().into_owned())).collect()
}

/// Moves a file, if it is there.
fn move_into(folder: &Path, path: &Path) -> Result<(), CliError> {
    let Some(name) = path.file_name() else { return Ok(()) };
    let target = folder.join(name);
    match fs::rename(path, &target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(CliError::writing(&target, &error)),
        Ok(()) => sync_folder(folder).map_err(|e| CliError::writing(folder, &e)),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Why a file was not sent.
enum Trouble {
    /// It concerns this file, and trying again would not help.
    ForGood(CliError),
    /// It concerns the connection or this machine, and may pass.
    Passing(CliError),
}

impl From<CliError> for Trouble {
    fn from(error: CliError) -> Self {
        Trouble::Passing(error)
    }
}

impl Trouble {
    fn of_order(error: CliError) -> Self {
        match error.code {
            Code::OrderInvalid | Code::AgencyMalformed => Trouble::ForGood(error),
            _ => Trouble::Passing(error),
        }
    }

    fn of_sending(error: ClientError) -> Self {
        let about_the_file = match &error {
            ClientError::Recipients(_) => true,
            ClientError::Refused(refusal) => problem::Code::parse(&refusal.code).is_some_and(|code| match code {
                problem::Code::IdReused | problem::Code::AlreadyFinal => true,
                code => matches!(code.status(), 413 | 422),
            }),
            _ => false,
        };
        if about_the_file { Trouble::ForGood(failed(error)) } else { Trouble::Passing(failed(error)) }
    }
}
