//! Many files in one run: which become what, in parallel, each on its own.
//!
//! A run that was interrupted is started again with the same command: what is there already and is what this run would
//! make ([`super::check::is_done`]) is left as it is; nothing is ever judged by its name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Args;
use super::document::{Ready, Signing};
use super::report::{self, Totals};
use crate::base::read::ReadAt as _;
use crate::cli::args::beside;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{FileReader, Found, folder_of, sync_folder, walk};
use crate::cli::parallel;
use crate::cli::progress::Progress;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::cli::two_steps::in_two_steps;

/// Where a PDF's header must begin (ISO 32000-2 Annex I, note on headers): bytes looked at.
const HEADER_WITHIN: u64 = 1_024;
/// Signing waits for tokens and time-stamps: more workers than cores keep the cores busy meanwhile.
const WORKERS_PER_CORE: usize = 2;
/// Files the disk is asked to make durable at one time: it does many for little more than one.
const SYNCING: usize = 16;

/// One file and what it becomes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Job {
    pub(super) input: PathBuf,
    pub(super) output: PathBuf,
}

/// Everything one run is to sign.
#[derive(Debug)]
pub(super) struct Batch {
    jobs: Vec<Job>,
    /// Files of folders that are no PDF.
    skipped: usize,
    /// One file that was named: a question may be asked, and nothing is resumed.
    single: bool,
}

/// Which file goes where: `--out` is a folder when there are several files, when it is one, or when it ends like one;
/// below a folder that was named the folders inside are kept.
///
/// # Errors
/// [`Code::SameOutput`] when two files would become one, [`Code::NothingSelected`] when no folder holds a PDF, or why a
/// folder cannot be read or made.
pub(super) fn plan(args: &Args) -> Result<Batch, CliError> {
    plan_as(args, args.files.len() == 1 && !args.files.iter().any(|path| path.is_dir()))
}

fn plan_as(args: &Args, single: bool) -> Result<Batch, CliError> {
    let folder = args.out.out.as_deref().filter(|out| !single || is_folder(out));
    let mut batch = Batch { jobs: Vec::new(), skipped: 0, single };
    for named in &args.files {
        if !named.is_dir() {
            let output = match (&args.out.out, folder) {
                (None, _) => beside(named, "signed"),
                (Some(_), Some(folder)) => folder.join(signed_name(named)),
                (Some(out), None) => out.clone(),
            };
            batch.jobs.push(Job { input: named.clone(), output });
            continue;
        }
        for Found { path, .. } in walk(std::slice::from_ref(named))? {
            let inside = folder.is_some_and(|out| path.starts_with(out) && !named.starts_with(out));
            if inside || !is_pdf(&path) {
                batch.skipped += 1;
                continue;
            }
            let output = match folder {
                None => beside(&path, "signed"),
                Some(folder) => {
                    let below = path.strip_prefix(named).unwrap_or(&path);
                    folder.join(below).with_file_name(signed_name(&path))
                }
            };
            batch.jobs.push(Job { input: path, output });
        }
    }
    // Results of an earlier run beside their inputs are not inputs.
    let outputs: BTreeSet<PathBuf> = batch.jobs.iter().map(|job| job.output.clone()).collect();
    let named: BTreeSet<&PathBuf> = args.files.iter().collect();
    let before = batch.jobs.len();
    batch.jobs.retain(|job| named.contains(&job.input) || !outputs.contains(&job.input));
    batch.skipped += before - batch.jobs.len();
    let mut taken = BTreeSet::new();
    for job in &batch.jobs {
        if !taken.insert(&job.output) {
            return Err(CliError::new(Code::SameOutput).path("path", &job.output));
        }
    }
    if let (true, Some(first)) = (batch.jobs.is_empty(), args.files.first()) {
        return Err(CliError::new(Code::NothingSelected).path("path", first));
    }
    for folder in batch.folders() {
        std::fs::create_dir_all(folder).map_err(|e| CliError::writing(folder, &e))?;
    }
    Ok(batch)
}

/// [`plan`] for files that are not all there is to do: `--out` is a folder and nothing is asked.
///
/// # Errors
/// The same.
pub(super) fn plan_several(args: &Args) -> Result<Batch, CliError> {
    plan_as(args, false)
}

impl Batch {
    /// The only file, when one file was named.
    pub(super) fn single(&self) -> Option<&Job> {
        self.jobs.first().filter(|_| self.single)
    }

    /// Signs all of it and says at the end how it went.
    ///
    /// # Errors
    /// When the results cannot be told or made durable; files that fail are counted.
    pub(super) fn run(&self, signing: &Signing<'_>, before: Totals, context: &mut Context) -> Result<Exit, CliError> {
        let began = Instant::now();
        let total = u64::try_from(self.jobs.len()).unwrap_or(u64::MAX);
        let mut progress = Progress::count(context, &context.say(texts::WORKING, &[]), total);
        let mut totals = Totals { skipped: self.skipped, ..before };
        let mut exit = Exit::Done;
        in_two_steps(
            &self.jobs,
            (parallel::cores().saturating_mul(WORKERS_PER_CORE), SYNCING),
            |job| signing.sign(&job.input, &job.output),
            |ready| ready.and_then(Ready::finish),
            |job, outcome| {
                progress.advance(1);
                totals.count(&outcome);
                exit = exit.worst(report::file(job, signing, outcome, context)?);
                Ok::<(), CliError>(())
            },
        )?;
        drop(progress);
        self.make_names_durable()?;
        totals.report(began.elapsed(), context)?;
        Ok(exit)
    }

    /// After this a power failure does not take the names of results away.
    ///
    /// # Errors
    /// When the disk says no.
    pub(super) fn make_names_durable(&self) -> Result<(), CliError> {
        self.folders().into_iter().try_for_each(|f| sync_folder(f).map_err(|e| CliError::writing(f, &e)))
    }

    fn folders(&self) -> BTreeSet<&Path> {
        self.jobs.iter().map(|job| folder_of(&job.output)).collect()
    }
}

fn is_folder(out: &Path) -> bool {
    let text = out.as_os_str().as_encoded_bytes();
    out.is_dir() || text.last().is_some_and(|b| std::path::is_separator(char::from(*b)))
}

fn signed_name(input: &Path) -> PathBuf {
    PathBuf::from(beside(input, "signed").file_name().unwrap_or_default())
}

fn is_pdf(path: &Path) -> bool {
    let start = FileReader::open(path).ok().and_then(|file| {
        let length = file.len().min(HEADER_WITHIN);
        file.read_range(0, length, usize::try_from(HEADER_WITHIN).ok()?).ok()
    });
    // A container may begin with a PDF that is stored as it is.
    start.is_some_and(|start| !start.starts_with(b"PK") && start.windows(5).any(|bytes| bytes == b"%PDF-"))
}
