//! Exchange between agencies: signed envelopes, sealed evidence, an append-only log, and both ends.
//!
//! `PROTOCOL.md` beside this file is the wire text. The pure part ([`message`], [`envelope`],
//! [`evidence`], [`state`], [`directory`], [`log`], [`seal`], [`trust`], [`notary`]) knows no clock, network or
//! file; the ends ([`client`] with its [`journal`], [`server`], [`store`]) do.

pub mod chain;
pub mod client;
pub mod directory;
pub mod envelope;
pub mod evidence;
mod handshake;
pub mod id;
pub mod journal;
pub mod log;
pub mod message;
pub mod multipart;
pub mod notary;
pub mod package;
pub mod problem;
pub mod seal;
pub mod server;
pub mod state;
pub mod statement;
pub mod store;
pub mod trust;
