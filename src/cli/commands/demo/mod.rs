//! `congvan demo`: a whole province in one folder, and the journey of one decision through it.
//!
//! Every step is the real command line, run in this process and shown before it runs, so that each can be typed
//! again by hand. Only the test authority and the threads behind the two servers are the demo's own.

mod journey;
mod province;

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, check_output, path_text};
use crate::cli::texts::demo as texts;

/// Arguments of `demo`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the journey and leaves everything to look at.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let folder = match &args.dir {
        Some(folder) => {
            let empty = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
            if !empty {
                check_output(folder, Existing::Keep, &[])?;
            }
            std::fs::create_dir_all(folder).map_err(|e| CliError::writing(folder, &e))?;
            folder.clone()
        }
        None => {
            let folder = tempfile::Builder::new().prefix("congvan-demo-").tempdir();
            folder.map_err(|e| CliError::writing(&std::env::temp_dir(), &e))?.keep()
        }
    };
    let started = std::time::Instant::now();
    let line = context.say(texts::INTRO, &[("dir", &path_text(&folder))]);
    context.out.line(&line)?;
    let province = province::Province::found(&folder)?;
    let exit = journey::travel(&province, context)?;
    let seconds = format!("{:.1}", started.elapsed().as_secs_f64());
    let line = context.say(texts::END, &[("seconds", &seconds), ("dir", &path_text(&folder))]);
    context.out.line(&line)?;
    Ok(exit)
}
