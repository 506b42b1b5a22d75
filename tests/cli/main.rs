//! Whole commands: exact output, exit codes, what is left on disk, and the help of every verb.

mod cases;
mod contract;
mod demo;
mod disk;
mod help;
<<<<<<< HEAD
mod originals;
=======
mod levels;
>>>>>>> 346f1fe (sign, pack: every form at every level, joined and counter-signed; batches of other files in parallel and resumed)
mod paper;
mod proofs;
mod run;
mod snapshots;
mod stamps;
mod token;
