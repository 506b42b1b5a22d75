//! Signed notes and their Ed25519 keys (C2SP signed-note).
//!
//! A note is UTF-8 text ending in a newline, a blank line, and one line per signature:
//! `— NAME BASE64(key id || signature)`. The key id is the first four octets of SHA-256 over the name, a
//! newline, the algorithm octet (1 for Ed25519) and the public key; a verifier key is written
//! `NAME+HEX(key id)+BASE64(algorithm octet || public key)`.

use std::sync::Arc;

use crate::algorithms::SignatureScheme;
use crate::base::encoding::{base64, from_base64, from_hex, hex};
use crate::exchange::id::Sha256;
use crate::keys::{KeyError, Signer};

const ED25519: u8 = 1;
/// Most octets of a note that is read.
pub const MAX_NOTE: usize = 256 * 1024;
/// Most signature lines that are read.
pub const MAX_SIGNATURES: usize = 64;

/// Why a key or a note is not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The private key is not an Ed25519 key.
    #[error("the log key is not an Ed25519 key")]
    Key,
    /// The key would not sign.
    #[error(transparent)]
    Refused(#[from] KeyError),
    /// The name holds a space, a plus sign or a control character, or is empty or too long.
    #[error("the key name is empty, too long, or holds a space or a plus sign")]
    Name,
    /// The verifier key is not one, or its key id does not fit.
    #[error("the verifier key is malformed")]
    VerifierKey,
    /// The text is not a signed note.
    #[error("the text is not a signed note")]
    Format,
    /// No signature by the expected key.
    #[error("the note carries no signature by {0}")]
    Unsigned(String),
    /// The expected key's signature is wrong.
    #[error("the signature by {0} is wrong")]
    Signature(String),
}

/// A key that signs notes.
#[derive(Clone)]
pub struct NoteSigner {
    key: Arc<dyn Signer>,
    verifier: NoteVerifier,
}

/// A key that verifies notes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteVerifier {
    name: String,
    id: [u8; 4],
    public: [u8; 32],
}

impl NoteSigner {
    /// An Ed25519 key under a name.
    ///
    /// # Errors
    /// [`NoteError::Key`], [`NoteError::Name`].
    pub fn new(name: &str, key: Arc<dyn Signer>) -> Result<Self, NoteError> {
        // RFC 8410 §4: the last 32 octets of the SubjectPublicKeyInfo are the key.
        let public = key.public_key().last_chunk::<32>().copied().ok_or(NoteError::Key)?;
        if key.scheme() != SignatureScheme::Ed25519 {
            return Err(NoteError::Key);
        }
        Ok(NoteSigner { verifier: NoteVerifier::new(name, public)?, key })
    }

    /// The verifying half.
    pub fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// Signs a text, which must end in a newline and hold no control characters.
    ///
    /// # Errors
    /// [`NoteError::Format`] when the text cannot be a note, [`NoteError::Refused`].
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !text.ends_with('\n') || text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::Format);
        }
        let mut signature = self.verifier.id.to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes())?);
        Ok(format!("{text}\n\u{2014} {} {}\n", self.verifier.name, base64(&signature)))
    }
}

impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NoteSigner").field(&self.verifier).finish()
    }
}

impl NoteVerifier {
    fn new(name: &str, public: [u8; 32]) -> Result<Self, NoteError> {
        let fine =
            (1..=255).contains(&name.len()) && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
        if !fine {
            return Err(NoteError::Name);
        }
        let mut input = name.as_bytes().to_vec();
        input.extend_from_slice(&[b'\n', ED25519]);
        input.extend_from_slice(&public);
        let Sha256([a, b, c, d, ..]) = Sha256::of(&input);
        Ok(NoteVerifier { name: name.to_owned(), id: [a, b, c, d], public })
    }

    /// Reads a verifier key.
    ///
    /// # Errors
    /// [`NoteError::VerifierKey`], [`NoteError::Name`].
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = from_base64(key).ok_or(NoteError::VerifierKey)?;
        let Some((&ED25519, public)) = key.split_first() else { return Err(NoteError::VerifierKey) };
        let verifier = NoteVerifier::new(name, public.try_into().map_err(|_| NoteError::VerifierKey)?)?;
        match from_hex(id) {
            Some(id) if id == verifier.id => Ok(verifier),
            _ => Err(NoteError::VerifierKey),
        }
    }

    /// The verifier key as text.
    pub fn vkey(&self) -> String {
        let mut key = vec![ED25519];
        key.extend_from_slice(&self.public);
        format!("{}+{}+{}", self.name, hex(&self.id), base64(&key))
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note, when this key signed it. Lines by other keys are ignored; a wrong line by this
    /// key refuses the note.
    ///
    /// # Errors
    /// [`NoteError::Format`], [`NoteError::Unsigned`], [`NoteError::Signature`].
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        if note.len() > MAX_NOTE || note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::Format);
        }
        let split = note.rfind("\n\n").ok_or(NoteError::Format)?;
        let (text, lines) = (note.get(..=split), note.get(split.saturating_add(2)..));
        let (Some(text), Some(lines)) = (text, lines) else { return Err(NoteError::Format) };
        if lines.is_empty() || !lines.ends_with('\n') || lines.lines().count() > MAX_SIGNATURES {
            return Err(NoteError::Format);
        }
        let mut found = false;
        for line in lines.lines() {
            let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Format)?;
            let (name, value) = rest.split_once(' ').ok_or(NoteError::Format)?;
            let value = from_base64(value).filter(|v| v.len() > 4).ok_or(NoteError::Format)?;
            let (id, signature) = value.split_at(4);
            if name != self.name || id != self.id {
                continue;
            }
            ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, self.public)
                .verify(text.as_bytes(), signature)
                .map_err(|_| NoteError::Signature(self.name.clone()))?;
            found = true;
        }
        if found { Ok(text) } else { Err(NoteError::Unsigned(self.name.clone())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Arc<dyn Signer> {
        let pkcs8 = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
        Arc::new(crate::keys::software::SoftwareKey::from_pkcs8(pkcs8.as_ref()).expect("opens"))
    }

    #[test]
    fn the_published_example_key_is_read_and_printed() {
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(NoteVerifier::parse(vkey).map(|v| v.vkey()).as_deref(), Ok(vkey));
        assert_eq!(NoteVerifier::parse(&vkey.replace("c74f20a3", "c74f20a4")), Err(NoteError::VerifierKey));
    }

    #[test]
    fn a_note_opens_under_its_key_and_no_other() {
        let signer = NoteSigner::new("exchange.example.vn/log", key()).expect("a signer");
        let note = signer.sign("origin\n12\nroot\n").expect("signed");
        assert_eq!(signer.verifier().open(&note), Ok("origin\n12\nroot\n"));
        let other = NoteSigner::new("other", key()).expect("a signer");
        assert!(matches!(other.verifier().open(&note), Err(NoteError::Unsigned(_))));
        assert!(matches!(signer.verifier().open(&note.replace("12", "13")), Err(NoteError::Signature(_))));
        assert_eq!(signer.verifier().open("origin\n"), Err(NoteError::Format));
    }

    #[test]
    fn names_with_spaces_or_plus_are_refused() {
        for name in ["", "a b", "a+b", "a\nb"] {
            assert!(matches!(NoteSigner::new(name, key()), Err(NoteError::Name)), "{name:?}");
        }
        let p256 = Arc::new(crate::keys::software::generate_p256().expect("a key"));
        assert!(matches!(NoteSigner::new("log", p256), Err(NoteError::Key)));
    }
}
