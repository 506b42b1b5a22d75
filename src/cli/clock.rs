//! The clock: the one place of the command line that asks what time it is.

use std::time::SystemTime;

use crate::base::time::UnixTime;

/// The system clock's current time in whole seconds.
pub(crate) fn now() -> UnixTime {
    #[expect(clippy::disallowed_methods, reason = "the command line hands the time down to everyone else")]
    let now = SystemTime::now();
    let seconds = match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    };
    UnixTime(seconds)
}
