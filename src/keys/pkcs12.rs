//! PKCS#12 key stores — RFC 7292: one private key and the certificates beside it.
//!
//! The reading itself is `p12-keystore`'s (PBES2 and the old SHA-1 schemes); everything of that crate stays
//! in this file. What it decrypts in its own buffers is not wiped there; our copies are.

use super::KeyError;
use p12_keystore::error::Error as P12Error;
use zeroize::Zeroizing;

/// Largest key store that is read, in octets.
const MAX_LEN: usize = 4 << 20;
/// Most certificates that are taken from one.
const MAX_CERTIFICATES: usize = 256;

/// The opened content of a key store.
pub(super) struct KeyStore {
    /// The private key as PKCS#8 DER.
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    /// Every certificate, DER, in the order of the file.
    pub(super) certificates: Vec<Vec<u8>>,
}

/// Opens a key store that holds exactly one private key.
pub(super) fn open(bytes: &[u8], passphrase: Option<&str>) -> Result<KeyStore, KeyError> {
    if bytes.len() > MAX_LEN {
        return Err(KeyError::Format);
    }
    let archive = p12_keystore::Pkcs12Archive::from_pkcs12(bytes, passphrase.unwrap_or(""))
        .map_err(|error| classify(&error, passphrase))?;
    let mut keys = archive.keys.iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(KeyError::KeyCount { found: archive.keys.len() });
    };
    Ok(KeyStore {
        pkcs8: Zeroizing::new(key.key.as_der().to_vec()),
        certificates: archive.certs.iter().take(MAX_CERTIFICATES).map(|c| c.cert.as_der().to_vec()).collect(),
    })
}

/// The MAC and the padding speak of the passphrase, everything else of the file.
fn classify(error: &P12Error, passphrase: Option<&str>) -> KeyError {
    match error {
        P12Error::MacError(_) | P12Error::UnpadError | P12Error::Pkcs5Error(_) | P12Error::InvalidPrivateKey => {
            if passphrase.is_none() {
                KeyError::PassphraseNeeded
            } else {
                KeyError::Passphrase
            }
        }
        P12Error::UnsupportedEncryptionScheme
        | P12Error::UnsupportedMacAlgorithm
        | P12Error::UnsupportedContentType
        | P12Error::UnsupportedCertificateType => KeyError::Unsupported("PKCS#12 with another protection".to_owned()),
        _ => KeyError::Format,
    }
}
