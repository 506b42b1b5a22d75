//! Proofs that a leaf stands in the log: C2SP tlog-proof, over RFC 9162 §2.1.3.2 and C2SP tlog-checkpoint.
//!
//! A proof file holds the leaf's index, the hashes beside its way to the root, and the checkpoint the root stands in.
//! A time-stamp over a checkpoint is over its signed text, from the origin line to the newline before the blank line:
//! what every signature and cosignature of the checkpoint covers.

use super::leaf::leaf_hash;
use super::note::{MAX_NOTE, NoteError, NoteVerifier};
use crate::base::encoding::{base64, from_base64};
use crate::exchange::id::Sha256;

/// The first line of a proof file.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Most hashes of a proof: a tree of 2^63 leaves has no more levels.
pub const MAX_HASHES: usize = 63;
/// Most octets of a proof file.
pub const MAX_PROOF: usize = MAX_NOTE + 8 * 1024;

/// Why a proof is not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not a proof file of this version.
    #[error("the proof of inclusion is malformed")]
    Format,
    /// The checkpoint inside is malformed.
    #[error("the checkpoint of the proof is malformed")]
    Checkpoint,
    /// The checkpoint is another log's.
    #[error("the checkpoint is of the log {found}, not of {expected}")]
    OtherLog {
        /// The origin found.
        found: String,
        /// The origin named by the evidence.
        expected: String,
    },
    /// The checkpoint is not signed by the log's key.
    #[error(transparent)]
    Signature(#[from] NoteError),
    /// The index lies outside the tree, or the number of hashes does not fit.
    #[error("leaf {index} cannot be proven in a tree of {size} leaves by {hashes} hashes")]
    Shape {
        /// The leaf's index.
        index: u64,
        /// Leaves in the tree.
        size: u64,
        /// Hashes of the proof.
        hashes: usize,
    },
    /// The hashes lead to another root.
    #[error("the proof leads to another root than the checkpoint's: the leaf is not in the log")]
    Root,
}

/// A proof of inclusion with the checkpoint it leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InclusionProof {
    /// The leaf's index.
    pub index: u64,
    /// The hashes beside its way to the root, lowest first.
    pub hashes: Vec<Sha256>,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
}

/// The head of the log at some size.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// The log's origin line.
    pub origin: String,
    /// Leaves in the tree.
    pub size: u64,
    /// The tree's root hash.
    pub root: Sha256,
    /// The signed text: what a time-stamp is over.
    pub text: String,
}

impl InclusionProof {
    /// Reads a proof file. Extra data, which nothing authenticates, is passed over.
    ///
    /// # Errors
    /// [`ProofError::Format`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        if text.len() > MAX_PROOF {
            return Err(ProofError::Format);
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Format)?;
        let mut lines = head.lines();
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Format);
        }
        let mut line = lines.next().ok_or(ProofError::Format)?;
        if line.starts_with("extra ") {
            line = lines.next().ok_or(ProofError::Format)?;
        }
        let index = line.strip_prefix("index ").and_then(decimal).ok_or(ProofError::Format)?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() >= MAX_HASHES {
                return Err(ProofError::Format);
            }
            hashes.push(hash(line).ok_or(ProofError::Format)?);
        }
        Ok(InclusionProof { index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// The proof file.
    pub fn to_text(&self) -> String {
        let mut out = format!("{HEADER}\nindex {}\n", self.index);
        for Sha256(hash) in &self.hashes {
            out.push_str(&base64(hash));
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.checkpoint);
        out
    }

    /// Checks that `leaf` stands at this place in the tree of the checkpoint, and that the log signed that.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, leaf: &[u8], origin: &str, log: &NoteVerifier) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::parse(log.open(&self.checkpoint)?)?;
        if checkpoint.origin != origin {
            return Err(ProofError::OtherLog { found: checkpoint.origin, expected: origin.to_owned() });
        }
        let root = self.root(leaf_hash(leaf), checkpoint.size)?;
        if root == checkpoint.root { Ok(checkpoint) } else { Err(ProofError::Root) }
    }

    /// RFC 9162 §2.1.3.2.
    fn root(&self, leaf: Sha256, size: u64) -> Result<Sha256, ProofError> {
        let wrong = || ProofError::Shape { index: self.index, size, hashes: self.hashes.len() };
        let last = size.checked_sub(1).filter(|last| self.index <= *last).ok_or_else(wrong)?;
        let (mut node, mut right) = (self.index, last);
        let mut hash = leaf;
        for sibling in &self.hashes {
            if right == 0 {
                return Err(wrong());
            }
            if node & 1 == 1 || node == right {
                hash = parent(sibling, &hash);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    right >>= 1;
                }
            } else {
                hash = parent(&hash, sibling);
            }
            node >>= 1;
            right >>= 1;
        }
        if right == 0 { Ok(hash) } else { Err(wrong()) }
    }
}

impl Checkpoint {
    /// Reads the signed text of a checkpoint (C2SP tlog-checkpoint): origin, size, root; extension lines may follow.
    ///
    /// # Errors
    /// [`ProofError::Checkpoint`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let mut lines = text.lines();
        let origin = lines.next().filter(|line| !line.is_empty());
        let size = lines.next().and_then(decimal);
        let root = lines.next().and_then(hash);
        match (origin, size, root, lines.all(|line| !line.is_empty())) {
            (Some(origin), Some(size), Some(root), true) => {
                Ok(Checkpoint { origin: origin.to_owned(), size, root, text: text.to_owned() })
            }
            _ => Err(ProofError::Checkpoint),
        }
    }
}

/// RFC 9162 §2.1.1: the hash of an inner node.
fn parent(Sha256(left): &Sha256, Sha256(right): &Sha256) -> Sha256 {
    let mut both = Vec::with_capacity(65);
    both.push(1);
    both.extend_from_slice(left);
    both.extend_from_slice(right);
    Sha256::of(&both)
}

/// A number without sign or leading noughts.
fn decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}

fn hash(line: &str) -> Option<Sha256> {
    from_base64(line).and_then(|octets| Sha256::from_slice(&octets))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::exchange::log::note::NoteSigner;

    /// Root and, for each leaf, the hashes beside its way: RFC 9162 §2.1.1 and §2.1.3.1 as they are written there.
    fn tree(leaves: &[Sha256]) -> (Sha256, Vec<Vec<Sha256>>) {
        let [first, ..] = leaves else { return (Sha256::of(b""), Vec::new()) };
        if leaves.len() == 1 {
            return (*first, vec![Vec::new()]);
        }
        let split = leaves.len().next_power_of_two() / 2;
        let ((left, mut ways), (right, more)) = (tree(&leaves[..split]), tree(&leaves[split..]));
        ways.iter_mut().for_each(|way| way.push(right));
        ways.extend(more.into_iter().map(|mut way| {
            way.push(left);
            way
        }));
        (parent(&left, &right), ways)
    }

    /// A log of these leaves under a key, and the proof of one of them.
    pub(crate) fn proof(leaves: &[&[u8]], index: usize, origin: &str, signer: &NoteSigner) -> InclusionProof {
        let hashes: Vec<Sha256> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let (Sha256(root), ways) = tree(&hashes);
        let text = format!("{origin}\n{}\n{}\n", leaves.len(), base64(&root));
        InclusionProof {
            index: u64::try_from(index).expect("small"),
            hashes: ways[index].clone(),
            checkpoint: signer.sign(&text).expect("signs"),
        }
    }

    pub(crate) fn signer(name: &str) -> NoteSigner {
        let pkcs8 = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
        let key = crate::keys::software::SoftwareKey::from_pkcs8(pkcs8.as_ref()).expect("opens");
        NoteSigner::new(name, std::sync::Arc::new(key)).expect("a signer")
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven_and_no_other() {
        let log = signer("log.example");
        let leaves: Vec<Vec<u8>> = (0..20u8).map(|n| vec![n]).collect();
        for size in 1..=leaves.len() {
            let some: Vec<&[u8]> = leaves[..size].iter().map(Vec::as_slice).collect();
            for index in 0..size {
                let proof = proof(&some, index, "log.example", &log);
                let again = InclusionProof::parse(&proof.to_text()).expect("reads");
                assert_eq!(again, proof);
                let checked = again.verify(some[index], "log.example", log.verifier()).expect("proven");
                assert_eq!(checked.size, u64::try_from(size).expect("small"));
                assert_eq!(again.verify(b"other", "log.example", log.verifier()), Err(ProofError::Root));
                let moved = InclusionProof { index: again.index + 1, ..again.clone() };
                assert!(moved.verify(some[index], "log.example", log.verifier()).is_err(), "{size} {index}");
                let mut longer = again;
                longer.hashes.push(Sha256::of(b"one more"));
                assert!(longer.verify(some[index], "log.example", log.verifier()).is_err());
            }
        }
    }

    #[test]
    fn another_logs_checkpoint_or_key_or_a_changed_size_is_refused() {
        let (log, other) = (signer("log.example"), signer("log.example"));
        let proof = proof(&[b"a", b"b", b"c"], 1, "log.example", &log);
        assert!(matches!(proof.verify(b"b", "else.example", log.verifier()), Err(ProofError::OtherLog { .. })));
        assert!(matches!(proof.verify(b"b", "log.example", other.verifier()), Err(ProofError::Signature(_))));
        let larger = InclusionProof { checkpoint: proof.checkpoint.replace("\n3\n", "\n4\n"), ..proof };
        assert!(matches!(larger.verify(b"b", "log.example", log.verifier()), Err(ProofError::Signature(_))));
    }

    #[test]
    fn files_that_are_no_proof_are_refused() {
        let good = proof(&[b"a", b"b"], 0, "log.example", &signer("log.example")).to_text();
        assert!(InclusionProof::parse(&good).is_ok());
        let with_extra = good.replacen("index", "extra AAAA\nindex", 1);
        assert!(InclusionProof::parse(&with_extra).is_ok());
        for bad in [
            String::new(),
            good.replacen("@v1", "@v2", 1),
            good.replacen("index 0", "index 00", 1),
            good.replacen("index 0", "index -1", 1),
            good.replacen("\n\n", "\nAAAA\n\n", 1),
        ] {
            assert_eq!(InclusionProof::parse(&bad), Err(ProofError::Format), "{bad}");
        }
    }
}
