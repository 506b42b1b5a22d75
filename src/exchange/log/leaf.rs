//! A leaf of the log: a commitment to one piece of evidence that names no party.

use crate::base::time::UnixTime;
use crate::exchange::envelope::{DIGEST, TIME, time};
use crate::exchange::evidence::Event;
use crate::exchange::id::Sha256;
use crate::exchange::message::{Fields, MessageError, Object};

/// The schema string of this version.
pub const SCHEMA: &str = "congvan.leaf/1";
/// Most octets of a leaf.
pub const MAX_LENGTH: usize = 1_024;

/// What the log holds for one piece of evidence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leaf {
    /// SHA-256 of the evidence's canonical bytes.
    pub evidence: Sha256,
    /// What happened.
    pub event: Event,
    /// The endpoint that states it.
    pub endpoint: String,
    /// When it was stated.
    pub time: UnixTime,
    /// SHA-256 of the evidence's salt.
    pub salt: Sha256,
}

impl Leaf {
    /// The canonical bytes, under [`MAX_LENGTH`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Object::new();
        out.set("schema", SCHEMA)
            .set("evidence", self.evidence.to_string())
            .set("event", self.event.name())
            .set("endpoint", self.endpoint.as_str())
            .set("time", self.time.rfc3339())
            .set("salt", self.salt.to_string());
        out.to_bytes()
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`MessageError`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        if bytes.len() > MAX_LENGTH {
            return Err(MessageError::TooLong { found: bytes.len() });
        }
        let mut fields = Fields::read(bytes, SCHEMA)?;
        let leaf = Leaf {
            evidence: fields.parsed("evidence", DIGEST, Sha256::parse)?,
            event: fields.parsed("event", "the name of a known event", Event::parse)?,
            endpoint: fields.text("endpoint", 255)?,
            time: fields.parsed("time", TIME, time)?,
            salt: fields.parsed("salt", DIGEST, Sha256::parse)?,
        };
        fields.end()?;
        Ok(leaf)
    }
}

/// The Merkle tree hash of one leaf: SHA-256 over 0x00 and its bytes (RFC 6962 §2.1).
pub fn leaf_hash(leaf: &[u8]) -> Sha256 {
    let mut prefixed = Vec::with_capacity(leaf.len().saturating_add(1));
    prefixed.push(0);
    prefixed.extend_from_slice(leaf);
    Sha256::of(&prefixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_leaf_has_the_hash_known_from_certificate_transparency() {
        assert_eq!(leaf_hash(b"").to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn a_leaf_round_trips_and_names_no_party() {
        let evidence = crate::exchange::evidence::tests::sample();
        let leaf = evidence.leaf(&evidence.to_bytes());
        let bytes = leaf.to_bytes();
        assert!(bytes.len() < MAX_LENGTH);
        assert_eq!(Leaf::from_bytes(&bytes), Ok(leaf));
        let text = String::from_utf8(bytes).expect("text");
        assert!(!text.contains("H45"), "{text}");
    }
}
