//! Whole commands: exact output, exit codes, what is left on disk, and the help of every verb.

mod cases;
mod contract;
mod demo;
mod disk;
mod help;
mod levels;
mod originals;
mod paper;
mod proofs;
mod run;
mod secrets;
mod snapshots;
mod stamps;
mod token;
