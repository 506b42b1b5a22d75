//! Published vectors: files nobody here wrote, with the outcome they must have.
//!
//! Where ours differs on purpose, `divergences.toml` says so with the reason; an entry that no longer
//! differs fails the run.

mod asic;
mod attacks;
mod attacks_named;
mod attacks_trust;
mod boringssl;
mod cms_formats;
mod evidence_records;
mod foreign_leader;
mod limbo;
mod long_term;
mod made_pki;
mod openssl_ocsp;
mod originals;
mod outcome;
mod pack;
mod packet_signature;
mod packets;
mod past_scenarios;
mod path_scenarios;
mod pkits;
mod revocation_scenarios;
mod scenarios;
mod scene;
mod sealed_records;
mod signed_records;
mod speed;
mod subindications;
mod xml_attacks;
mod xml_formats;
mod xml_scene;
