//! Waiting for a module. PKCS #11 calls block, and nothing in the standard ends one: drivers wait for a reader, a
//! network, or a person at a keypad.
//!
//! Each piece of work runs in a thread of its own; whoever asked waits for it, says from time to time that it waits,
//! and gives up at a limit. A call that was given up on goes on in its thread and keeps what it works with: nothing of
//! it is taken down under it.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::TokenError;

/// How long a module may take for one step, and who is told while it takes long.
#[derive(Clone)]
pub struct Patience {
    /// `None` waits for ever.
    limit: Option<Duration>,
    every: Duration,
    tell: Arc<dyn Fn(Duration) + Send + Sync>,
}

impl std::fmt::Debug for Patience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Patience").field("limit", &self.limit).field("every", &self.every).finish_non_exhaustive()
    }
}

impl Patience {
    /// Gives up after `limit` (`None`: never) and calls `tell` with the time waited so far, `every` so often.
    pub fn new(limit: Option<Duration>, every: Duration, tell: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Patience { limit, every: every.max(Duration::from_millis(1)), tell: Arc::new(tell) }
    }

    /// Waits for `work`, which must hold everything it touches.
    ///
    /// # Errors
    /// [`TokenError::Silent`] past the limit, [`TokenError::Module`] when the work ended without a result.
    pub(super) fn wait<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, TokenError> {
        let (done, answer) = sync_channel(1);
        let worker = std::thread::Builder::new().name("token".to_owned());
        let started = worker.spawn(move || {
            // Nobody waits any more where this fails; the result is dropped here, in the module's own thread.
            let _ = done.send(work());
        });
        started.map_err(|error| TokenError::Module(error.to_string()))?;
        let mut waited = Duration::ZERO;
        loop {
            let left = self.limit.map(|limit| limit.saturating_sub(waited));
            if left == Some(Duration::ZERO) {
                return Err(TokenError::Silent { seconds: waited.as_secs() });
            }
            let step = left.map_or(self.every, |left| left.min(self.every));
            match answer.recv_timeout(step) {
                Ok(value) => return Ok(value),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(TokenError::Module("it ended without an answer".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    waited = waited.saturating_add(step);
                    if self.limit.is_none_or(|limit| waited < limit) {
                        (self.tell)(waited);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn patience(limit_ms: Option<u64>, told: &Arc<Mutex<Vec<Duration>>>) -> Patience {
        let told = Arc::clone(told);
        let limit = limit_ms.map(Duration::from_millis);
        Patience::new(limit, Duration::from_millis(20), move |waited| told.lock().unwrap().push(waited))
    }

    #[test]
    fn work_that_ends_in_time_gives_its_value_and_nobody_is_told() {
        let told = Arc::default();
        assert_eq!(patience(Some(10_000), &told).wait(|| 7), Ok(7));
        assert!(told.lock().unwrap().is_empty());
    }

    #[test]
    fn work_that_hangs_is_told_of_and_given_up_at_the_limit() {
        let told = Arc::default();
        let (_keep, hang) = sync_channel::<()>(1);
        let given_up = patience(Some(50), &told).wait(move || hang.recv().is_ok());
        assert_eq!(given_up, Err(TokenError::Silent { seconds: 0 }));
        assert_eq!(*told.lock().unwrap(), [20, 40].map(Duration::from_millis));
    }

    #[test]
    fn without_a_limit_slow_work_is_waited_for() {
        let told = Arc::default();
        let slow = patience(None, &told).wait(|| std::thread::sleep(Duration::from_millis(70)));
        assert_eq!(slow, Ok(()));
        assert!(told.lock().unwrap().len() >= 2);
    }

    #[test]
    fn work_that_panics_is_an_error_of_the_module() {
        let told = Arc::default();
        let broken: Result<(), _> = patience(None, &told).wait(|| panic!("on purpose"));
        assert!(matches!(broken, Err(TokenError::Module(_))));
    }
}
