//! Pushing: journal, check, upload, submit, receipt.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::transfer::HASHING;
use super::{ANSWER_TIMEOUT, Client, ClientError, digest_of};
use crate::base::encoding::base64;
use crate::base::time::UnixTime;
use crate::exchange::envelope::{Class, Envelope, Mode, Package, Registry};
use crate::exchange::evidence::{Event, Evidence};
use crate::exchange::id::{AgencyCode, Sha256, Uuid};
use crate::exchange::journal::{Entry, Key, Progress};
use crate::exchange::problem::Code;

/// A package about to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// The package's file.
    pub file: &'a Path,
    /// What kind of package it is.
    pub media_type: &'a str,
    /// To whom.
    pub recipients: &'a [AgencyCode],
    /// The document's class.
    pub class: Class,
    /// The sender's register entry.
    pub registry: Option<Registry>,
    /// After this it is offered no more.
    pub not_after: Option<UnixTime>,
    /// The delivery it answers.
    pub in_reply_to: Option<Uuid>,
    /// The delivery it takes the place of.
    pub replaces: Option<Uuid>,
    /// A new delivery even when the same package went to the same recipients before.
    pub again: Again,
}

/// What to do about a delivery begun or done before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Again {
    /// Finish it, or return its receipt.
    Resume,
    /// Make a new one.
    New,
}

/// A package sent.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The delivery's id.
    pub delivery: Uuid,
    /// The receipt's octets.
    pub receipt: Vec<u8>,
    /// The evidence in it.
    pub evidence: Evidence,
    /// Whether the endpoint had accepted it before this run.
    pub was_accepted_before: bool,
}

#[derive(Deserialize)]
struct Check {
    package: String,
    recipients: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    recipient: String,
    accepted: bool,
    #[serde(default)]
    code: String,
}

impl Client {
    /// Sends a package; run again after any error, it goes on where it was broken off.
    ///
    /// `sent` is told how many octets have left so far.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn push(&self, out: &Outgoing<'_>, sent: &(dyn Fn(u64) + Sync)) -> Result<Pushed, ClientError> {
        let failed = |source| ClientError::File { path: out.file.to_owned(), source };
        let mut file = File::open(out.file).map_err(failed)?;
        let (package, size) = digest_of(&mut file).map_err(failed)?;
        drop(file);
        let key = Key { endpoint: self.endpoint.clone(), package, recipients: out.recipients.to_vec() };
        if out.again == Again::New {
            self.journal.set_aside(&key)?;
        }
        let package = Package { sha256: package, size, media_type: out.media_type.to_owned() };
        let mut entry = match self.journal.find(&key)? {
            None => self.journal.begin(self.enter(out, &package, key, self.new_id()?)?)?,
            Some(entry) if entry.progress == Progress::Refused => {
                // Only acceptance binds an id: the corrected envelope goes out under the same one.
                let corrected = self.enter(out, &package, key, entry.delivery)?;
                self.journal.update(&corrected)?;
                corrected
            }
            Some(entry) => entry,
        };
        if let (Progress::Accepted, Some(receipt)) = (entry.progress, &entry.receipt) {
            let (_, evidence) = self.check_receipt(receipt)?;
            let (delivery, receipt) = (entry.delivery, receipt.clone());
            return Ok(Pushed { delivery, receipt, evidence, was_accepted_before: true });
        }
        let outcome = self.submit(&entry, &package, out.file, sent);
        match outcome {
            Ok(pushed) => {
                entry.progress = Progress::Accepted;
                entry.receipt = Some(pushed.receipt.clone());
                self.journal.update(&entry)?;
                Ok(pushed)
            }
            Err(error) => {
                if frees_the_id(&error) {
                    entry.progress = Progress::Refused;
                    self.journal.update(&entry)?;
                }
                Err(error)
            }
        }
    }

    fn new_id(&self) -> Result<Uuid, ClientError> {
        Ok(Uuid::v7((self.clock)().unix_ms, self.random()?))
    }

    fn enter(&self, out: &Outgoing<'_>, package: &Package, key: Key, delivery: Uuid) -> Result<Entry, ClientError> {
        let envelope = Envelope {
            delivery,
            sender: self.agency.clone(),
            recipients: out.recipients.to_vec(),
            created: self.now(),
            not_after: out.not_after,
            package: package.clone(),
            class: out.class.clone(),
            registry: out.registry.clone(),
            mode: Mode::Basic,
            thread: None,
            in_reply_to: out.in_reply_to,
            replaces: out.replaces,
            wanted_evidence: Vec::new(),
            encryption: None,
        }
        .to_bytes();
        // What the endpoint would not read is found here, before anything is journalled.
        Envelope::from_bytes(&envelope)?;
        let signature = self.sealer.seal(&envelope)?;
        let name = out.file.file_name().map(|name| name.to_string_lossy().chars().take(200).collect::<String>());
        let file = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "package".to_owned());
        Ok(Entry { key, delivery, file, envelope, signature, progress: Progress::Open, receipt: None })
    }

    fn submit(
        &self,
        entry: &Entry,
        package: &Package,
        path: &Path,
        sent: &(dyn Fn(u64) + Sync),
    ) -> Result<Pushed, ClientError> {
        let body = json!({"envelope": base64(&entry.envelope), "signature": base64(&entry.signature)});
        let check: Check = self.json(&self.post("/v1/deliveries/check", &body)?)?;
        let refused: Vec<_> =
            check.recipients.into_iter().filter(|v| !v.accepted).map(|v| (v.recipient, v.code)).collect();
        if !refused.is_empty() {
            return Err(ClientError::Recipients(refused));
        }
        if check.package != "present" {
            self.upload(package, path, sent)?;
        }
        let url = self.url(&format!("/v1/deliveries/{}", entry.delivery));
        // The endpoint looks through the package before it answers.
        let looks = ANSWER_TIMEOUT + Duration::from_secs(package.size / HASHING);
        let (was_accepted_before, receipt) = self.patiently(|| {
            let response = self.send(self.http.put(&url).timeout(looks).json(&body))?;
            Ok((response.status() == reqwest::StatusCode::OK, self.body(response)?))
        })?;
        let (_, evidence) = self.check_receipt(&receipt)?;
        let foreign = [
            (evidence.event != Event::SubmissionAcceptance, "event"),
            (evidence.delivery != entry.delivery, "delivery"),
            (evidence.envelope != Sha256::of(&entry.envelope), "envelope"),
            (evidence.package != *package, "package"),
            (evidence.sender != self.agency, "sender"),
        ];
        if let Some((_, what)) = foreign.into_iter().find(|(is_foreign, _)| *is_foreign) {
            return Err(ClientError::ForeignReceipt(what));
        }
        Ok(Pushed { delivery: entry.delivery, receipt, evidence, was_accepted_before })
    }
}

/// Whether a refusal says for certain that the id stands for nothing yet.
fn frees_the_id(error: &ClientError) -> bool {
    match error {
        ClientError::Recipients(_) => true,
        ClientError::Refused(problem) => match Code::parse(&problem.code) {
            Some(Code::IdReused) | None => false,
            Some(code) => code.status() == 422 || code.status() == 403,
        },
        _ => false,
    }
}
