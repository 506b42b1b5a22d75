//! How the program is linked.
//!
//! On Linux with glibc the unwinder (`libgcc_eh`, under GCC's runtime library exception) goes into the program. Loaded
//! from `libgcc_s.so.1` it asks the processor what it can do at each start, which cost a run of 3 ms 8 %, measured.

#![expect(clippy::disallowed_methods, reason = "cargo talks to a build script through the environment")]

use std::env;
use std::path::PathBuf;
use std::process::Command;

const UNWINDER: &str = "libgcc_eh.a";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CC");
    let is_native = env::var("HOST").ok() == env::var("TARGET").ok();
    let is_glibc = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux")
        && env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu");
    if is_native
        && is_glibc
        && let Some(folder) = folder_of_the_unwinder()
    {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

// Where the C compiler has it. One that does not have it answers with the bare name; without a compiler, or with words
// in CC, the program is linked as usual.
fn folder_of_the_unwinder() -> Option<PathBuf> {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let said = Command::new(compiler).arg(format!("-print-file-name={UNWINDER}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(said.stdout).ok()?.trim());
    if path.is_absolute() && path.is_file() { Some(path.parent()?.to_owned()) } else { None }
}
