//! Runs the built command in an empty folder with an environment of its own.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The command, ready to be given arguments, in `folder`, speaking English unless told otherwise.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congvan"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CONGVAN_") || name_text.starts_with("LC_") || name_text == "COLUMNS" {
            command.env_remove(&name);
        }
    }
    // An absolute folder that does not exist: no profile of the person running the tests is read.
    let home = folder.join("no-home");
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"] {
        command.env(name, &home);
    }
    command.env("LANG", "C.UTF-8");
    command
}

/// Copies fixtures into a folder: what each is called in it, and where it lies among the fixtures.
pub(crate) fn copy_fixtures(folder: &Path, fixtures: &[(&str, &str)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for (to, from) in fixtures {
        std::fs::copy(root.join(from), folder.join(to)).unwrap_or_else(|e| panic!("{from}: {e}"));
    }
}

/// Runs and returns everything as text.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Done {
    finished(command(folder).args(arguments).output().expect("the command starts"))
}

/// What a finished run said.
#[derive(Debug)]
pub(crate) struct Done {
    /// The exit code; `None` when a signal ended it.
    pub(crate) exit: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Takes a finished run apart.
pub(crate) fn finished(output: Output) -> Done {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 output").replace("\r\n", "\n");
    Done { exit: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// True when recorded files are to be written instead of compared.
pub(crate) fn updating() -> bool {
    std::env::vars_os().any(|(name, value)| name == "CONGVAN_UPDATE" && value == "1")
}
