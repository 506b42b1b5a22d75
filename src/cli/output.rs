//! Results on standard output: text for people, one versioned JSON object a line for programs.
//!
//! A reader that goes away (`| head`) ends the command without a word. Its exit code is then 4: whatever was still
//! to be said was not said, so the run must not look like a success.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::error::{CliError, plain};
use super::texts::errors::Code;

/// The results of a command.
pub(crate) struct Output {
    to: Box<dyn Write + Send>,
}

/// Everything written to an output that is kept in memory.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// What was written so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output {
    /// Results kept in memory.
    pub(crate) fn captured(into: &Captured) -> Self {
        Output { to: Box::new(into.clone()) }
    }

    /// Standard output of this process; lines appear at once on a terminal, in blocks elsewhere.
    pub(crate) fn stdout() -> Self {
        let terminal = io::stdout().is_terminal();
        let to: Box<dyn Write + Send> =
            if terminal { Box::new(io::stdout()) } else { Box::new(BufWriter::with_capacity(64 << 10, io::stdout())) };
        Output { to }
    }

    /// Writes one line of text.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), CliError> {
        self.to.write_all(line.as_bytes()).and_then(|()| self.to.write_all(b"\n")).map_err(|e| failed(&e))
    }

    /// Writes text as it is.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), CliError> {
        self.to.write_all(text.as_bytes()).map_err(|e| failed(&e))
    }

    /// Writes one JSON object on one line.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> Result<(), CliError> {
        serde_json::to_writer(&mut self.to, object)
            .map_err(io::Error::from)
            .and_then(|()| self.to.write_all(b"\n"))
            .map_err(|e| failed(&e))
    }

    /// Hands everything written so far to the reader.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        self.to.flush().map_err(|e| failed(&e))
    }
}

fn failed(cause: &io::Error) -> CliError {
    if cause.kind() == io::ErrorKind::BrokenPipe {
        return CliError::closed_pipe();
    }
    CliError::new(Code::StdoutFailed).with("cause", plain(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone(io::ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
        let mut closed = Output { to: Box::new(Gone(io::ErrorKind::BrokenPipe)) };
        assert!(closed.line("x").expect_err("closed").is_quiet());
        assert!(closed.json(&1).expect_err("closed").is_quiet());
        let mut full = Output { to: Box::new(Gone(io::ErrorKind::StorageFull)) };
        assert!(!full.line("x").expect_err("full").is_quiet());
    }
}
