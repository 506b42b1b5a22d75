//! Patience: what is tried again after a connection broke off, how often and after how long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ring::rand::SecureRandom as _;

use super::ClientError;
use crate::exchange::problem::Code;

/// How a client deals with connections that break off and endpoints that are busy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retry {
    /// Tries in a row without any progress before the client gives up; 0 for none after the first.
    pub attempts: u32,
    /// Wait before the first of them; each next one waits twice as long.
    pub first: Duration,
    /// Longest wait.
    pub longest: Duration,
    /// Longest silence within a transfer before the connection counts as dead.
    pub silence: Duration,
}

impl Default for Retry {
    /// Ten tries over about three minutes.
    fn default() -> Self {
        Retry {
            attempts: 10,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            silence: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// No second try of anything.
    pub fn never() -> Self {
        Retry { attempts: 0, ..Retry::default() }
    }
}

/// Tries counted so far; progress begins the count anew.
pub(super) struct Tries<'a> {
    retry: &'a Retry,
    reached: &'a AtomicBool,
    made: u32,
}

impl<'a> Tries<'a> {
    pub(super) fn new(retry: &'a Retry, reached: &'a AtomicBool) -> Self {
        Tries { retry, reached, made: 0 }
    }

    /// Something was achieved since the last failure.
    pub(super) fn progressed(&mut self) {
        self.made = 0;
    }

    /// Waits before the next try, or gives the error back when there is none to be made.
    ///
    /// An endpoint that was never reached at all is no broken connection: whoever runs the command learns it at once.
    pub(super) fn wait(&mut self, error: ClientError) -> Result<(), ClientError> {
        let Some(at_least) = passes(&error) else { return Err(error) };
        if self.made >= self.retry.attempts || !self.reached.load(Ordering::SeqCst) {
            return Err(error);
        }
        let doubled = self.retry.first.saturating_mul(1_u32.checked_shl(self.made).unwrap_or(u32::MAX));
        self.made = self.made.saturating_add(1);
        let wait = doubled.min(self.retry.longest);
        // Between half and the whole of it, so that clients cut off together do not come back together.
        let mut octet = [0];
        let _ = ring::rand::SystemRandom::new().fill(&mut octet);
        let wait = wait / 2 + (wait / 2).saturating_mul(u32::from(octet[0])) / 255;
        tracing::debug!(%error, ?wait, "trying again");
        std::thread::sleep(wait.max(at_least.min(self.retry.longest)));
        Ok(())
    }
}

/// Whether an error may pass by itself, and how long the endpoint asks to wait.
pub(super) fn passes(error: &ClientError) -> Option<Duration> {
    match error {
        ClientError::Unreachable { .. } => Some(Duration::ZERO),
        ClientError::Refused(problem) => match Code::parse(&problem.code) {
            Some(Code::RateLimited) => Some(Duration::from_secs(problem.retry_after_s.unwrap_or(5).into())),
            Some(Code::ShuttingDown | Code::UploadSuperseded | Code::OffsetMismatch | Code::Internal) => {
                Some(Duration::ZERO)
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::exchange::client::Broken;

    fn broken() -> ClientError {
        ClientError::Unreachable { endpoint: String::new(), cause: Broken::BrokeOff }
    }

    #[test]
    fn tries_are_bounded_and_progress_begins_them_anew() {
        let retry = Retry { attempts: 2, first: Duration::ZERO, ..Retry::default() };
        let reached = AtomicBool::new(true);
        let mut tries = Tries::new(&retry, &reached);
        assert!(tries.wait(broken()).is_ok() && tries.wait(broken()).is_ok() && tries.wait(broken()).is_err());
        tries.progressed();
        assert!(tries.wait(broken()).is_ok());
    }

    #[test]
    fn an_endpoint_never_reached_and_a_refusal_for_good_are_not_tried_again() {
        let retry = Retry { first: Duration::ZERO, ..Retry::default() };
        let (never, reached) = (AtomicBool::new(false), AtomicBool::new(true));
        assert!(Tries::new(&retry, &never).wait(broken()).is_err());
        assert!(Tries::new(&retry, &reached).wait(ClientError::Random).is_err());
    }
}
