//! Message digests — FIPS 180-4, FIPS 202 — by name, by object identifier, and as a stream.

use crate::base::oid::Oid;

/// A digest algorithm we can compute.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are those of the standards")]
pub enum DigestAlgorithm {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

use DigestAlgorithm::{Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};

// name, OID content octets, output octets
const TABLE: [(DigestAlgorithm, &str, &[u8], usize); 9] = [
    (Sha1, "sha1", &[0x2b, 0x0e, 0x03, 0x02, 0x1a], 20),
    (Sha224, "sha224", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04], 28),
    (Sha256, "sha256", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01], 32),
    (Sha384, "sha384", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], 48),
    (Sha512, "sha512", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03], 64),
    (Sha3_224, "sha3-224", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x07], 28),
    (Sha3_256, "sha3-256", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08], 32),
    (Sha3_384, "sha3-384", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x09], 48),
    (Sha3_512, "sha3-512", &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x0a], 64),
];

impl DigestAlgorithm {
    fn row(self) -> &'static (DigestAlgorithm, &'static str, &'static [u8], usize) {
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[2])
    }

    /// The name used in reports and policies: `sha256`, `sha3-256`.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The algorithm of that report name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Its object identifier.
    pub fn oid(self) -> Oid {
        Oid::from_static(self.row().2)
    }

    /// The algorithm an object identifier names.
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        TABLE.iter().find(|row| row.2 == oid.content()).map(|row| row.0)
    }

    /// Octets of output.
    pub fn output_len(self) -> usize {
        self.row().3
    }

    /// The digest of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// A running digest.
    pub fn hasher(self) -> Hasher {
        use sha2::Digest as _;
        let ring = |a: &'static ring::digest::Algorithm| State::Ring(Box::new(ring::digest::Context::new(a)));
        Hasher(match self {
            Sha1 => ring(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY),
            Sha256 => ring(&ring::digest::SHA256),
            Sha384 => ring(&ring::digest::SHA384),
            Sha512 => ring(&ring::digest::SHA512),
            Sha224 => State::Sha224(sha2::Sha224::new()),
            Sha3_224 => State::Sha3_224(sha3::Sha3_224::new()),
            Sha3_256 => State::Sha3_256(sha3::Sha3_256::new()),
            Sha3_384 => State::Sha3_384(sha3::Sha3_384::new()),
            Sha3_512 => State::Sha3_512(sha3::Sha3_512::new()),
        })
    }
}

/// A digest being computed.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Ring(Box<ring::digest::Context>),
    Sha224(sha2::Sha224),
    Sha3_224(sha3::Sha3_224),
    Sha3_256(sha3::Sha3_256),
    Sha3_384(sha3::Sha3_384),
    Sha3_512(sha3::Sha3_512),
}

impl Hasher {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        use sha2::Digest as _;
        match &mut self.0 {
            State::Ring(c) => c.update(bytes),
            State::Sha224(c) => c.update(bytes),
            State::Sha3_224(c) => c.update(bytes),
            State::Sha3_256(c) => c.update(bytes),
            State::Sha3_384(c) => c.update(bytes),
            State::Sha3_512(c) => c.update(bytes),
        }
    }

    /// The digest of everything taken in.
    pub fn finish(self) -> Vec<u8> {
        use sha2::Digest as _;
        match self.0 {
            State::Ring(c) => c.finish().as_ref().to_vec(),
            State::Sha224(c) => c.finalize().to_vec(),
            State::Sha3_224(c) => c.finalize().to_vec(),
            State::Sha3_256(c) => c.finalize().to_vec(),
            State::Sha3_384(c) => c.finalize().to_vec(),
            State::Sha3_512(c) => c.finalize().to_vec(),
        }
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_input_has_the_published_digests() {
        let got = |a: DigestAlgorithm| crate::base::encoding::hex(&a.digest(b""));
        assert_eq!(got(Sha1), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(got(Sha224), "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f");
        assert_eq!(got(Sha256), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(got(Sha3_256), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
    }

    #[test]
    fn every_row_is_found_by_name_and_identifier_and_has_its_length() {
        for row in &TABLE {
            assert_eq!(DigestAlgorithm::from_name(row.1), Some(row.0));
            assert_eq!(DigestAlgorithm::from_oid(&row.0.oid()), Some(row.0));
            assert_eq!(row.0.digest(b"x").len(), row.3);
        }
    }
}
