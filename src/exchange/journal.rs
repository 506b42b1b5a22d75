//! The client's journal: which delivery id stands for {endpoint, package, recipients}, and how far it came.
//!
//! An entry is on stable storage before the first octet leaves, with the envelope as it was signed, so that
//! a push broken off anywhere is finished by the next one with the same id and the same octets.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::envelope::{AGENCY, DIGEST, Envelope, UUID, token};
use super::evidence::{BASE64, Event, Receipt, strict_base64};
use super::id::{AgencyCode, Sha256, Uuid};
use super::message::{Fields, MessageError, Object};
use crate::base::encoding::base64;

const SCHEMA: &str = "congvan.journal/1";
const CLAIM_SCHEMA: &str = "congvan.journal-claim/1";
const CLAIM_FILE: &str = "claim.json";
const CURSOR_SCHEMA: &str = "congvan.journal-events/1";
const CURSOR_ENDING: &str = ".events";

/// A folder of journal entries.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

/// What a delivery is known by before it has an id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    /// The endpoint's URL.
    pub endpoint: String,
    /// Digest of the package.
    pub package: Sha256,
    /// The recipients; their order does not matter.
    pub recipients: Vec<AgencyCode>,
}

/// How far a delivery came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// Begun; the endpoint may or may not have it.
    Open,
    /// Accepted: there is a receipt.
    Accepted,
    /// Refused: the id is free for a corrected envelope.
    Refused,
}

/// One delivery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// What it is known by.
    pub key: Key,
    /// Its id.
    pub delivery: Uuid,
    /// Name of the file it was made from, for people.
    pub file: String,
    /// The envelope's octets.
    pub envelope: Vec<u8>,
    /// The seal over them.
    pub signature: Vec<u8>,
    /// How far it came.
    pub progress: Progress,
    /// The receipt's octets, once accepted.
    pub receipt: Option<Vec<u8>>,
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file could not be read or written.
    #[error("the journal file {path} could not be read or written: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no entry of this version.
    #[error("the journal file {path} is damaged: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: MessageError,
    },
}

impl Key {
    fn name(&self) -> String {
        let mut recipients: Vec<&str> = self.recipients.iter().map(AgencyCode::as_str).collect();
        recipients.sort_unstable();
        let mut object = Object::new();
        object
            .set("endpoint", self.endpoint.as_str())
            .set("package", self.package.to_string())
            .set("recipients", recipients);
        Sha256::of(&object.to_bytes()).to_string()
    }
}

impl Progress {
    fn name(self) -> &'static str {
        match self {
            Progress::Open => "open",
            Progress::Accepted => "accepted",
            Progress::Refused => "refused",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Progress::Open, Progress::Accepted, Progress::Refused].into_iter().find(|own| own.name() == text)
    }
}

impl Entry {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", SCHEMA)
            .set("endpoint", self.key.endpoint.as_str())
            .set("package", self.key.package.to_string())
            .set("recipients", self.key.recipients.iter().map(AgencyCode::as_str).collect::<Vec<_>>())
            .set("delivery", self.delivery.to_string())
            .set("file", self.file.as_str())
            .set("envelope", base64(&self.envelope))
            .set("signature", base64(&self.signature))
            .set("progress", self.progress.name())
            .set_some("receipt", self.receipt.as_deref().map(base64));
        out.to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let mut fields = Fields::read(bytes, SCHEMA)?;
        let entry = Entry {
            key: Key {
                endpoint: fields.text("endpoint", 2_048)?,
                package: fields.parsed("package", DIGEST, Sha256::parse)?,
                recipients: fields.list("recipients", super::envelope::MAX_RECIPIENTS, AGENCY, AgencyCode::parse)?,
            },
            delivery: fields.parsed("delivery", UUID, Uuid::parse)?,
            file: fields.text("file", 1_024)?,
            envelope: fields.parsed("envelope", BASE64, strict_base64)?,
            signature: fields.parsed("signature", BASE64, strict_base64)?,
            progress: fields.parsed("progress", "open, accepted or refused", Progress::parse)?,
            receipt: fields.parsed_opt("receipt", BASE64, strict_base64)?,
        };
        fields.end()?;
        entry.agree()?;
        Ok(entry)
    }

    /// Whether what the entry says is what its envelope says, and its receipt is the one of that envelope: one that
    /// rotted on disk is not taken for a delivery that was never made.
    fn agree(&self) -> Result<(), MessageError> {
        let wrong = |field: &str, rule| Err(MessageError::Value { field: field.to_owned(), rule });
        let envelope = Envelope::from_bytes(&self.envelope)?;
        let sorted = |codes: &[AgencyCode]| {
            let mut codes = codes.to_vec();
            codes.sort();
            codes
        };
        let is_its_own = envelope.delivery == self.delivery
            && envelope.package.sha256 == self.key.package
            && sorted(&envelope.recipients) == sorted(&self.key.recipients);
        if !is_its_own {
            return wrong("envelope", "the envelope of this delivery");
        }
        let Some(receipt) = &self.receipt else {
            return if self.progress == Progress::Accepted { wrong("receipt", "there once accepted") } else { Ok(()) };
        };
        let (_, evidence) = Receipt::from_bytes(receipt)?;
        let is_of_it = evidence.event == Event::SubmissionAcceptance
            && evidence.delivery == self.delivery
            && evidence.envelope == Sha256::of(&self.envelope);
        if is_of_it { Ok(()) } else { wrong("receipt", "the receipt of this envelope") }
    }
}

impl Journal {
    /// Opens a folder, making it when it is not there.
    ///
    /// # Errors
    /// [`JournalError::File`].
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(|source| JournalError::File { path: folder.to_owned(), source })?;
        Ok(Journal { folder: folder.to_owned() })
    }

    /// The entry of a key.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn find(&self, key: &Key) -> Result<Option<Entry>, JournalError> {
        self.read(&self.path(key))
    }

    /// Writes an entry unless one of this key came first, and returns the one that stands.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin(&self, entry: Entry) -> Result<Entry, JournalError> {
        let path = self.path(&entry.key);
        if self.write(&path, &entry.to_bytes(), Overwrite::Never)? {
            return Ok(entry);
        }
        Ok(self.read(&path)?.unwrap_or(entry))
    }

    /// Replaces an entry.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn update(&self, entry: &Entry) -> Result<(), JournalError> {
        self.write(&self.path(&entry.key), &entry.to_bytes(), Overwrite::Yes).map(|_| ())
    }

    /// Puts an entry aside under its delivery's id, so that its key is free for a new delivery.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn set_aside(&self, key: &Key) -> Result<(), JournalError> {
        let path = self.path(key);
        let Some(entry) = self.read(&path)? else { return Ok(()) };
        let target = self.folder.join(format!("{}.json", entry.delivery));
        fs::rename(&path, &target)
            .and_then(|()| sync_folder(&self.folder))
            .map_err(|source| JournalError::File { path, source })
    }

    /// All entries, newest delivery first.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn entries(&self) -> Result<Vec<Entry>, JournalError> {
        let failed = |source| JournalError::File { path: self.folder.clone(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if name.ends_with(".json")
                && name != CLAIM_FILE
                && let Some(entry) = self.read(&path)?
            {
                found.push(entry);
            }
        }
        found.sort_by_key(|entry| std::cmp::Reverse(entry.delivery));
        Ok(found)
    }

    /// The claim of a pull that was not finished.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open_claim(&self) -> Result<Option<String>, JournalError> {
        let path = self.folder.join(CLAIM_FILE);
        let Some(bytes) = read_file(&path)? else { return Ok(None) };
        let read = || -> Result<String, MessageError> {
            let mut fields = Fields::read(&bytes, CLAIM_SCHEMA)?;
            let claim = fields.parsed("claim", "a token", token)?;
            fields.end()?;
            Ok(claim)
        };
        read().map(Some).map_err(|source| JournalError::Damaged { path, source })
    }

    /// Remembers a claim before it is sent.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin_claim(&self, claim: &str) -> Result<(), JournalError> {
        let mut object = Object::new();
        object.set("schema", CLAIM_SCHEMA).set("claim", claim);
        self.write(&self.folder.join(CLAIM_FILE), &object.to_bytes(), Overwrite::Yes).map(|_| ())
    }

    /// Forgets the claim: everything in it was dealt with.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn end_claim(&self) -> Result<(), JournalError> {
        let path = self.folder.join(CLAIM_FILE);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(JournalError::File { path, source }),
            _ => Ok(()),
        }
    }

    /// The number of the last event that was dealt with under a name; 0 before the first.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn cursor(&self, name: &str) -> Result<u64, JournalError> {
        let path = self.folder.join(format!("{name}{CURSOR_ENDING}"));
        let Some(bytes) = read_file(&path)? else { return Ok(0) };
        let read = || -> Result<u64, MessageError> {
            let mut fields = Fields::read(&bytes, CURSOR_SCHEMA)?;
            let after = fields.unsigned("after")?;
            fields.end()?;
            Ok(after)
        };
        read().map_err(|source| JournalError::Damaged { path, source })
    }

    /// Remembers that events up to this number are dealt with.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn set_cursor(&self, name: &str, after: u64) -> Result<(), JournalError> {
        let mut object = Object::new();
        object.set("schema", CURSOR_SCHEMA).set("after", after);
        let path = self.folder.join(format!("{name}{CURSOR_ENDING}"));
        self.write(&path, &object.to_bytes(), Overwrite::Yes).map(|_| ())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.json", key.name()))
    }

    fn read(&self, path: &Path) -> Result<Option<Entry>, JournalError> {
        let Some(bytes) = read_file(path)? else { return Ok(None) };
        let read = || {
            let entry = Entry::from_bytes(&bytes)?;
            // It is called by its key, or by its delivery once it was put aside.
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or("");
            if name != entry.key.name() && name != entry.delivery.to_string() {
                return Err(MessageError::Value { field: "endpoint".to_owned(), rule: "the one the file is named by" });
            }
            Ok(entry)
        };
        read().map(Some).map_err(|source| JournalError::Damaged { path: path.to_owned(), source })
    }

    fn write(&self, path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<bool, JournalError> {
        write_whole(&self.folder, path, bytes, overwrite)
            .map_err(|source| JournalError::File { path: path.to_owned(), source })
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Overwrite {
    Never,
    Yes,
}

fn read_file(path: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(JournalError::File { path: path.to_owned(), source }),
    }
}

/// Writes a file whole and durable, or not at all; `false` when it was there and must stay.
pub(crate) fn write_whole(folder: &Path, path: &Path, bytes: &[u8], overwrite: Overwrite) -> io::Result<bool> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let placed = match overwrite {
        Overwrite::Yes => file.persist(path),
        Overwrite::Never => file.persist_noclobber(path),
    };
    match placed {
        Ok(_) => {}
        Err(e) if overwrite == Overwrite::Never && e.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(e) => return Err(e.error),
    }
    sync_folder(folder)?;
    Ok(true)
}

/// Makes a folder's entries durable; Windows does so with the files themselves.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(delivery: u8) -> Entry {
        let sample = crate::exchange::envelope::tests::sample();
        let envelope = Envelope { delivery: Uuid::v7(1_772_700_000_000, [delivery; 10]), ..sample };
        Entry {
            key: Key {
                endpoint: "https://exchange.example.vn".to_owned(),
                package: envelope.package.sha256,
                recipients: envelope.recipients.clone(),
            },
            delivery: envelope.delivery,
            file: "15-QĐ.asice".to_owned(),
            envelope: envelope.to_bytes(),
            signature: vec![1, 2, 3],
            progress: Progress::Open,
            receipt: None,
        }
    }

    /// The same entry once accepted.
    fn accepted(entry: Entry) -> Entry {
        let sample = crate::exchange::evidence::tests::sample();
        let evidence = crate::exchange::evidence::Evidence {
            delivery: entry.delivery,
            envelope: Sha256::of(&entry.envelope),
            ..sample
        };
        let bytes = evidence.to_bytes();
        let receipt = Receipt { leaf: evidence.leaf(&bytes).to_bytes(), evidence: bytes, signature: vec![4; 9] };
        Entry { progress: Progress::Accepted, receipt: Some(receipt.to_bytes()), ..entry }
    }

    #[test]
    fn the_first_entry_of_a_key_stands_and_recipients_have_no_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        assert_eq!(journal.begin(entry(1)).expect("begins"), entry(1));
        let mut second = entry(2);
        second.key.recipients.reverse();
        assert_eq!(journal.begin(second.clone()).expect("finds"), entry(1));
        assert_eq!(journal.find(&second.key).expect("finds"), Some(entry(1)));
    }

    #[test]
    fn an_entry_put_aside_frees_its_key_and_is_still_listed() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        journal.begin(entry(1)).expect("begins");
        journal.set_aside(&entry(1).key).expect("put aside");
        assert_eq!(journal.begin(entry(2)).expect("begins"), entry(2));
        assert_eq!(journal.entries().expect("lists"), [entry(2), entry(1)]);
    }

    #[test]
    fn progress_and_receipt_survive() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        let done = accepted(entry(1));
        journal.begin(entry(1)).expect("begins");
        journal.update(&done).expect("updates");
        assert_eq!(Journal::open(folder.path()).expect("opens").find(&done.key).expect("finds"), Some(done));
    }

    #[test]
    fn a_damaged_entry_is_named_and_not_begun_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        journal.begin(entry(1)).expect("begins");
        fs::write(journal.path(&entry(1).key), b"{").expect("writes");
        assert!(matches!(journal.find(&entry(1).key), Err(JournalError::Damaged { .. })));
        assert!(matches!(journal.begin(entry(2)), Err(JournalError::Damaged { .. })));
    }

    #[test]
    fn an_entry_that_rots_is_damaged_or_says_what_it_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        let whole = accepted(entry(1));
        journal.begin(whole.clone()).expect("begins");
        let path = journal.path(&whole.key);
        let octets = fs::read(&path).expect("reads");
        let says = |entry: &Entry| {
            let receipt = entry.receipt.as_deref().and_then(|receipt| Receipt::from_bytes(receipt).ok());
            let receipt = receipt.map(|(receipt, _)| (receipt.evidence, receipt.leaf));
            (entry.key.clone(), entry.delivery, entry.envelope.clone(), entry.progress, receipt)
        };
        let mut named = 0;
        for at in 0..octets.len() {
            let mut rotten = octets.clone();
            rotten[at] ^= 1 << (at % 8);
            fs::write(&path, &rotten).expect("writes");
            match journal.find(&whole.key) {
                Err(JournalError::Damaged { .. }) => named += 1,
                // The name of the file it came from, and seals, which are verified before they count.
                Ok(Some(entry)) => assert_eq!(says(&entry), says(&whole), "octet {at}"),
                other => panic!("octet {at}: {other:?}"),
            }
        }
        assert!(named * 10 > octets.len() * 9, "{named} of {} octets", octets.len());
    }

    #[test]
    fn a_receipt_or_an_envelope_of_another_delivery_is_not_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        let (one, other) = (accepted(entry(1)), accepted(entry(2)));
        for wrong in [
            Entry { receipt: other.receipt.clone(), ..one.clone() },
            Entry { receipt: None, ..one.clone() },
            Entry { envelope: other.envelope.clone(), ..entry(1) },
            Entry { delivery: other.delivery, ..one.clone() },
        ] {
            journal.update(&wrong).expect("writes");
            assert!(matches!(journal.find(&one.key), Err(JournalError::Damaged { .. })), "{wrong:?}");
        }
        journal.update(&one).expect("writes");
        assert_eq!(journal.find(&one.key).expect("reads"), Some(one));
    }

    #[test]
    fn a_cursor_is_remembered_under_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        assert_eq!(journal.cursor("pull").expect("reads"), 0);
        journal.set_cursor("pull", 7).expect("writes");
        assert_eq!((journal.cursor("pull").expect("reads"), journal.cursor("sync").expect("reads")), (7, 0));
        assert_eq!(journal.entries().expect("lists"), []);
    }

    #[test]
    fn a_claim_is_remembered_until_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("opens");
        assert_eq!(journal.open_claim().expect("reads"), None);
        journal.begin_claim("c-1").expect("begins");
        assert_eq!(journal.open_claim().expect("reads").as_deref(), Some("c-1"));
        journal.end_claim().expect("ends");
        journal.end_claim().expect("ends twice");
        assert_eq!(journal.open_claim().expect("reads"), None);
    }
}
