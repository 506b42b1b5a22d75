//! Care without meaning: time, object identifiers, random-access reading, work budgets, text encodings.
//!
//! Everything here is usable by every other layer and knows none of them.

pub mod budget;
pub mod encoding;
pub mod oid;
pub mod read;
pub mod recent;
pub mod seeded;
pub mod time;
