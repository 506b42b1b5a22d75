//! PKCS#12 key stores — RFC 7292: one private key and the certificates beside it.
//!
//! The reading itself is `p12-keystore`'s (PBES2 and the old SHA-1 schemes); everything of that crate stays
//! in this file. What it decrypts in its own buffers is not wiped there; our copies are.

use super::KeyError;
use crate::asn1::read::tag;
use crate::asn1::{Tlv, write};
use p12_keystore::Pkcs12Archive;
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
    let archive = read(bytes, passphrase.unwrap_or("")).map_err(|error| classify(&error, passphrase))?;
    let mut keys = archive.keys.iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(KeyError::KeyCount { found: archive.keys.len() });
    };
    Ok(KeyStore {
        pkcs8: Zeroizing::new(key.key.as_der().to_vec()),
        certificates: archive.certs.iter().take(MAX_CERTIFICATES).map(|c| c.cert.as_der().to_vec()).collect(),
    })
}

/// Reads DER at once. Browsers write BER: its outer shell is turned into DER first, which leaves the octets under
/// the MAC as they are; only when that MAC held, the shell inside is turned too and read without it.
fn read(bytes: &[u8], passphrase: &str) -> Result<Pkcs12Archive, P12Error> {
    let direct = Pkcs12Archive::from_pkcs12(bytes, passphrase);
    let Some(shell) = Shell::parse(bytes) else { return direct };
    if !matches!(direct, Err(P12Error::DerError(_))) {
        return direct;
    }
    match Pkcs12Archive::from_pkcs12(&shell.to_der(&shell.safe, shell.mac), passphrase) {
        Err(P12Error::DerError(error)) => match shell.safe_as_der() {
            // The MAC comes before the content is read, so it held.
            Some(safe) if shell.mac.is_some() => Pkcs12Archive::from_pkcs12(&shell.to_der(&safe, None), passphrase),
            _ => Err(P12Error::DerError(error)),
        },
        other => other,
    }
}

/// A PFX that is BER — RFC 7292 §4.
struct Shell<'a> {
    content_type: &'a [u8],
    safe: Vec<u8>,
    mac: Option<&'a [u8]>,
}

impl<'a> Shell<'a> {
    /// `None` for DER and for what is no PFX.
    fn parse(bytes: &'a [u8]) -> Option<Shell<'a>> {
        let outer = Tlv::parse(bytes).ok().filter(|outer| !outer.is_der())?;
        let mut fields = outer.reader();
        let version = fields.expect(tag::INTEGER).ok()?;
        let mut info = fields.sequence().ok()?;
        let content_type = info.expect(tag::OID).ok()?.raw;
        let safe = info.expect(tag::context(0)).ok()?.reader().any().ok()?.octets().ok()?.into_owned();
        let mac = fields.optional(tag::SEQUENCE).ok()?;
        (version.content == [3] && fields.is_empty() && mac.is_none_or(|m| m.is_der())).then_some(Shell {
            content_type,
            safe,
            mac: mac.map(|m| m.raw),
        })
    }

    fn to_der(&self, safe: &[u8], mac: Option<&[u8]>) -> Vec<u8> {
        let explicit = write::context(0, &[write::octet_string(safe)]);
        let info = write::sequence(&[self.content_type, &explicit]);
        let mut parts = vec![write::integer(3), info];
        parts.extend(mac.map(<[u8]>::to_vec));
        write::sequence(&parts)
    }

    /// AuthenticatedSafe with definite lengths and whole strings; what the strings hold is not touched.
    fn safe_as_der(&self) -> Option<Vec<u8>> {
        let mut list = Tlv::parse(&self.safe).ok()?.reader();
        let mut infos = Vec::new();
        while !list.is_empty() {
            let mut info = list.sequence().ok()?;
            let content_type = info.expect(tag::OID).ok()?.raw;
            let content = info.expect(tag::context(0)).ok()?.reader().any().ok()?;
            let inner = match content.tag {
                tag::OCTET_STRING | 0x24 => write::octet_string(&content.octets().ok()?),
                tag::SEQUENCE => encrypted_data(&content)?,
                _ => return None,
            };
            infos.push(write::sequence(&[content_type, &write::context(0, &[inner])]));
        }
        Some(write::sequence(&infos))
    }
}

/// EncryptedData — RFC 5652 §8.
fn encrypted_data(content: &Tlv<'_>) -> Option<Vec<u8>> {
    let mut fields = content.reader();
    let version = fields.expect(tag::INTEGER).ok()?.raw;
    let mut info = fields.sequence().ok()?;
    let content_type = info.expect(tag::OID).ok()?.raw;
    let algorithm = info.expect(tag::SEQUENCE).ok().filter(Tlv::is_der)?.raw;
    let octets = write::tlv(tag::context_primitive(0), &info.any().ok()?.octets().ok()?);
    Some(write::sequence(&[version, &write::sequence(&[content_type, algorithm, &octets])]))
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
