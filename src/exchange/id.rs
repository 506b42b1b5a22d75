//! Names of things: deliveries (UUIDv7, RFC 9562 §5.7), digests and agencies.

use std::fmt;

use crate::algorithms::DigestAlgorithm;
use crate::base::encoding::{from_hex, hex};

/// A UUID of version 7: the time in milliseconds, then random bits (RFC 9562 §5.7).
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// Makes one from the Unix time in milliseconds and ten random octets.
    pub fn v7(unix_ms: u64, random: [u8; 10]) -> Self {
        let mut octets = [0; 16];
        octets[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
        octets[6..].copy_from_slice(&random);
        octets[6] = 0x70 | (octets[6] & 0x0f);
        octets[8] = 0x80 | (octets[8] & 0x3f);
        Uuid(octets)
    }

    /// Reads the lower-case form with hyphens; any version but 7 and any other spelling is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.len() == 36
            && text.bytes().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => b == b'-',
                _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
            });
        if !shape {
            return None;
        }
        let octets: [u8; 16] = from_hex(&text.replace('-', ""))?.try_into().ok()?;
        (octets[6] >> 4 == 7 && octets[8] >> 6 == 2).then_some(Uuid(octets))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let h = hex(&self.0);
        let (a, rest) = h.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        write!(f, "{a}-{b}-{c}-{d}-{e}")
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

/// A SHA-256 value; printed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Sha256::from_slice(&DigestAlgorithm::Sha256.digest(bytes)).expect("SHA-256 has 32 octets")
    }

    /// Reads 32 octets.
    pub fn from_slice(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Sha256)
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        lower.then(|| from_hex(text)).flatten().and_then(|octets| Sha256::from_slice(&octets))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// An agency's code, such as `H45.01` or `000.01.00.H45`.
///
/// 1 to 64 letters, digits, dots and hyphens, dots only between others: never a path, never a header.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AgencyCode(String);

impl AgencyCode {
    /// Reads a code.
    pub fn parse(text: &str) -> Option<Self> {
        let fine = (1..=64).contains(&text.len())
            && text
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        fine.then(|| AgencyCode(text.to_owned()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An opaque name given by one side: 1 to 64 of `[A-Za-z0-9-]`.
pub(crate) fn is_token(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuid_round_trips_and_carries_its_time() {
        let id = Uuid::v7(0x0198_7654_3210, [0xff; 10]);
        assert_eq!(id.to_string(), "01987654-3210-7fff-bfff-ffffffffffff");
        assert_eq!(Uuid::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn uuid_of_another_version_or_spelling_is_refused() {
        for text in [
            "01987654-3210-4fff-bfff-ffffffffffff",
            "01987654-3210-7fff-ffff-ffffffffffff",
            "01987654-3210-7FFF-bfff-ffffffffffff",
            "0198765432107fffbfffffffffffffff",
            "{1987654-3210-7fff-bfff-ffffffffffff",
            "",
        ] {
            assert_eq!(Uuid::parse(text), None, "{text}");
        }
    }

    #[test]
    fn agency_codes_old_and_new_are_read_and_paths_are_not() {
        for text in ["H45", "H45.01", "000.01.00.H45", "A-1"] {
            assert_eq!(AgencyCode::parse(text).expect("a code").as_str(), text);
        }
        for text in ["", ".", "..", "H45.", ".H45", "H45..01", "a/b", "a b", "Sở", "a\n", &"x".repeat(65)] {
            assert_eq!(AgencyCode::parse(text), None, "{text}");
        }
    }
}
