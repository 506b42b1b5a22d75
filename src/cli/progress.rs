//! Progress on a terminal, for anything that takes longer than a second; silent everywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::context::Context;

/// How long a task may run before a bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error, or nothing when nobody is looking, `--quiet` or `--json` was given.
pub(crate) struct Progress {
    // None when nobody will ever see it.
    bar: Option<ProgressBar>,
    started: std::time::Instant,
    shown: bool,
}

impl Progress {
    /// Progress over `total` units of `what` (files, bytes are given to [`Progress::bytes`]).
    pub(crate) fn count(context: &Context, what: &str, total: u64) -> Self {
        Self::new(context, total, &format!("{what} {{wide_bar}} {{pos}}/{{len}} {{per_sec}} {{eta}}"))
    }

    /// Progress over `total` bytes of `what`.
    pub(crate) fn bytes(context: &Context, what: &str, total: u64) -> Self {
        Self::new(context, total, &format!("{what} {{wide_bar}} {{bytes}}/{{total_bytes}} {{bytes_per_sec}} {{eta}}"))
    }

    /// Waiting for `what` without knowing how long.
    pub(crate) fn wait(context: &Context, what: &str) -> Self {
        let progress = Self::new(context, 0, &format!("{what} {{spinner}} {{elapsed}}"));
        if let Some(bar) = &progress.bar {
            bar.unset_length();
        }
        progress
    }

    fn new(context: &Context, total: u64, template: &str) -> Self {
        let bar = context.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Progress { bar, started: std::time::Instant::now(), shown: false }
    }

    /// `units` more are done.
    pub(crate) fn advance(&mut self, units: u64) {
        let Some(bar) = &self.bar else { return };
        bar.inc(units);
        if !self.shown && self.started.elapsed() >= PATIENCE {
            self.shown = true;
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// So many units are done in all, of so many.
    pub(crate) fn set(&mut self, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(done);
        }
        self.advance(0);
    }

    /// Runs `work` while the bar, when it is an endless one, appears after a second by itself.
    pub(crate) fn during<T>(mut self, work: impl FnOnce() -> T + Send) -> T
    where
        T: Send,
    {
        if self.bar.is_none() {
            return work();
        }
        std::thread::scope(|scope| {
            let (done, waiting) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                if waiting.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    self.advance(0);
                    let _ = waiting.recv();
                }
            });
            let result = work();
            drop(done);
            result
        })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
