//! What validation found, as versioned objects for people and programs.
//!
//! The JSON form is a contract (`fixtures/schemas/congvan.verify-1.schema.json`): fields are added,
//! never changed or removed, under the same `schema` string. Readers ignore fields they do not know.

pub mod build;
pub mod model;
