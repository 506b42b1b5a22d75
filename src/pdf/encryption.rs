//! Encrypted documents — ISO 32000-2 7.6. Keys and ciphers of the standard handler come from `lopdf`.
//!
//! A document that does not open with the password given is *locked*: its structure reads as far as it does not
//! lie in encrypted object streams; strings stay as they are in the file.

use lopdf::encryption::{EncryptionState, PasswordAlgorithm};

use super::bridge::to_lopdf;
use super::error::{ObjectFault, PdfError};
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::view::View;

/// How a document is encrypted, and the key if it could be had.
pub struct Encryption {
    handler: String,
    dictionary_id: Option<ObjectId>,
    encrypt_metadata: bool,
    permissions: i64,
    state: Option<Opened>,
}

struct Opened {
    key: EncryptionState,
    password: zeroize::Zeroizing<Vec<u8>>,
    by: OpenedBy,
}

/// Whose password opened a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenedBy {
    /// The owner's: everything is permitted.
    Owner,
    /// The user's, perhaps empty: what the permissions say.
    User,
}

/// A change that permissions may forbid — ISO 32000-2 Table 22.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// Filling a field that exists, signature fields included.
    FillField,
    /// Adding a field.
    AddField,
}

impl Encryption {
    pub(crate) fn open(view: &View<'_, '_>, password: Option<&str>) -> Result<Option<Self>, PdfError> {
        let Some(entry) = view.trailer().get("Encrypt") else { return Ok(None) };
        let Some(dictionary) = view.resolve(entry)?.as_dictionary().cloned() else { return Ok(None) };
        let handler = String::from_utf8_lossy(dictionary.name("Filter").unwrap_or_default()).into_owned();
        let mut resolved = Dictionary::new();
        for (key, value) in dictionary.iter() {
            if let Ok(key) = std::str::from_utf8(key) {
                resolved.set(key, view.resolve(value)?);
            }
        }
        let state = if handler == "Standard" { open_standard(view, &resolved, password) } else { None };
        Ok(Some(Encryption {
            handler,
            dictionary_id: entry.as_reference(),
            encrypt_metadata: dictionary.get("EncryptMetadata").and_then(Object::as_bool).unwrap_or(true),
            permissions: resolved.integer("P").unwrap_or(0),
            state,
        }))
    }

    /// Name of the security handler: `Standard` for passwords, `Adobe.PubSec` for certificates.
    pub fn handler(&self) -> &str {
        &self.handler
    }

    /// True when the password did not open it.
    pub fn is_locked(&self) -> bool {
        self.state.is_none()
    }

    /// Says why a locked document cannot be worked on.
    ///
    /// # Errors
    /// [`PdfError::PasswordNeeded`] or [`PdfError::EncryptionUnsupported`].
    pub fn require_open(&self) -> Result<(), PdfError> {
        match (&self.state, self.handler.as_str()) {
            (Some(_), _) => Ok(()),
            (None, "Standard") => Err(PdfError::PasswordNeeded),
            (None, other) => Err(PdfError::EncryptionUnsupported(other.to_owned())),
        }
    }

    /// Whose password opened it; `None` when locked.
    pub fn opened_by(&self) -> Option<OpenedBy> {
        self.state.as_ref().map(|opened| opened.by)
    }

    /// The password that opened it, as the bytes its revision hashes; for another reader of the same file.
    pub fn password(&self) -> Option<&[u8]> {
        self.state.as_ref().map(|opened| opened.password.as_slice())
    }

    /// Whether whoever opened the document may make this change — ISO 32000-2 7.6.4.2, Table 22.
    pub fn permits(&self, change: Change) -> bool {
        const MODIFY: i64 = 1 << 3;
        const ANNOTATE: i64 = 1 << 5;
        const FILL: i64 = 1 << 8;
        let Some(opened) = &self.state else { return false };
        let has = |bits: i64| self.permissions & bits == bits;
        match change {
            _ if opened.by == OpenedBy::Owner => true,
            // Bit 9 has a meaning from revision 3 on.
            Change::FillField => has(ANNOTATE) || (opened.key.revision() >= 3 && has(FILL)),
            Change::AddField => has(MODIFY | ANNOTATE),
        }
    }

    pub(crate) fn decrypt_strings(&self, id: ObjectId, object: &mut Object) -> Result<(), ObjectFault> {
        let Some(state) = self.state() else { return Ok(()) };
        if self.dictionary_id == Some(id) {
            return Ok(());
        }
        if let Object::Stream(stream) = object
            && stream.dictionary.is_name("Type", "XRef")
        {
            return Ok(());
        }
        let filter = state.get_string_filter();
        let key = filter
            .compute_key(state.file_encryption_key(), (id.number, id.generation))
            .map_err(|_| ObjectFault::Decrypt)?;
        walk_strings(object, &mut |bytes| {
            *bytes = filter.decrypt(&key, bytes).map_err(|_| ObjectFault::Decrypt)?;
            Ok(())
        })
    }

    pub(crate) fn decrypt_stream(&self, stream: &Stream, data: Vec<u8>) -> Result<Vec<u8>, PdfError> {
        let dictionary = &stream.dictionary;
        let plain = dictionary.is_name("Type", "XRef")
            || (!self.encrypt_metadata && dictionary.is_name("Type", "Metadata"))
            || names_identity_filter(dictionary);
        if plain {
            return Ok(data);
        }
        self.require_open()?;
        let Some(state) = self.state() else { return Ok(data) };
        let filter = state.get_stream_filter();
        let fault = |_| PdfError::Object { id: stream.id, at: stream.start, fault: ObjectFault::Decrypt };
        let key =
            filter.compute_key(state.file_encryption_key(), (stream.id.number, stream.id.generation)).map_err(fault)?;
        filter.decrypt(&key, &data).map_err(fault)
    }

    /// The key state, for encrypting what is appended.
    pub(crate) fn state(&self) -> Option<&EncryptionState> {
        self.state.as_ref().map(|opened| &opened.key)
    }
}

/// Applies `change` to every string, but not to the `/Contents` of a signature (ISO 32000-2 7.6.2).
pub(crate) fn walk_strings(
    object: &mut Object,
    change: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), ObjectFault>,
) -> Result<(), ObjectFault> {
    match object {
        Object::String(string) => change(&mut string.bytes),
        Object::Array(items) => items.iter_mut().try_for_each(|item| walk_strings(item, change)),
        Object::Dictionary(dictionary) => walk_dictionary(dictionary, change),
        Object::Stream(stream) => walk_dictionary(&mut stream.dictionary, change),
        _ => Ok(()),
    }
}

fn walk_dictionary(
    dictionary: &mut Dictionary,
    change: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), ObjectFault>,
) -> Result<(), ObjectFault> {
    let is_signature = dictionary.has("ByteRange");
    for (key, value) in dictionary.iter_mut() {
        if !(is_signature && key == b"Contents") {
            walk_strings(value, change)?;
        }
    }
    Ok(())
}

fn names_identity_filter(dictionary: &Dictionary) -> bool {
    let crypt_first = match dictionary.get("Filter") {
        Some(Object::Name(name)) => name == b"Crypt",
        Some(Object::Array(items)) => items.first().and_then(Object::as_name) == Some(b"Crypt"),
        _ => false,
    };
    let parameters = match dictionary.get("DecodeParms") {
        Some(Object::Array(items)) => items.first().and_then(Object::as_dictionary),
        Some(other) => other.as_dictionary(),
        None => None,
    };
    crypt_first && parameters.and_then(|p| p.name("Name")).is_none_or(|name| name == b"Identity")
}

// lopdf derives keys from a document's trailer: give it one that holds nothing else.
fn open_standard(view: &View<'_, '_>, dictionary: &Dictionary, password: Option<&str>) -> Option<Opened> {
    let mut document = lopdf::Document::new();
    let encrypt = document.add_object(to_lopdf(&Object::from(dictionary.clone())));
    document.trailer.set("Encrypt", encrypt);
    let id = view.value(view.trailer(), "ID").ok()?;
    document.trailer.set("ID", to_lopdf(&id));
    let algorithm = PasswordAlgorithm::try_from(&document).ok()?;
    let try_password = |password: Vec<u8>| {
        let key = EncryptionState::decode(&document, &password).ok()?;
        // The revisions before 5 accept the user's password under either test: ask for the owner's first.
        let by = match algorithm.authenticate_owner_password(&document, &password) {
            Ok(()) => OpenedBy::Owner,
            Err(_) => OpenedBy::User,
        };
        Some(Opened { key, password: password.into(), by })
    };
    password
        .and_then(|password| spellings(&algorithm, password).into_iter().find_map(try_password))
        .or_else(|| try_password(Vec::new()))
}

// ISO 32000-2 7.6.4.3.2 and 7.6.4.3.3: PDFDocEncoding up to revision 4, SASLprep and UTF-8 from 5 on. Producers are
// careless about both, so the UTF-8 bytes as given come last.
fn spellings(algorithm: &PasswordAlgorithm, password: &str) -> Vec<Vec<u8>> {
    let plain = password.as_bytes().to_vec();
    let mut found: Vec<Vec<u8>> = algorithm.sanitize_password(password).into_iter().collect();
    if !found.contains(&plain) {
        found.push(plain);
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use lopdf::encryption::crypt_filters::{Aes128CryptFilter, Aes256CryptFilter, CryptFilter};
    use lopdf::{EncryptionVersion, Permissions};

    use super::*;
    use crate::pdf::testing::{Form, document};
    use crate::pdf::{Document, OpenOptions};

    /// The ciphers of the standard handler.
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Cipher {
        Rc4Of40,
        Rc4Of128,
        Aes128,
        Aes256R5,
        Aes256R6,
    }

    pub(crate) const CIPHERS: [Cipher; 5] =
        [Cipher::Rc4Of40, Cipher::Rc4Of128, Cipher::Aes128, Cipher::Aes256R5, Cipher::Aes256R6];

    /// A document of one page, encrypted.
    #[expect(deprecated, reason = "revision 5 is read, though nobody should write it")]
    pub(crate) fn encrypted(cipher: Cipher, owner: &str, user: &str, permissions: Permissions) -> Vec<u8> {
        let mut plain = lopdf::Document::load_mem(&document(Form::Table, "/Lang(vi)", "")).expect("loads");
        let id = lopdf::Object::String(b"0123456789abcdef".to_vec(), lopdf::StringFormat::Hexadecimal);
        plain.trailer.set("ID", vec![id.clone(), id]);
        let filters = |filter: Arc<dyn CryptFilter>| BTreeMap::from([(b"StdCF".to_vec(), filter)]);
        let (standard, key) = (b"StdCF".to_vec(), [7; 32]);
        let (owner_password, user_password) = (owner, user);
        let version = match cipher {
            Cipher::Rc4Of40 => EncryptionVersion::V1 { document: &plain, owner_password, user_password, permissions },
            Cipher::Rc4Of128 => {
                EncryptionVersion::V2 { document: &plain, owner_password, user_password, key_length: 128, permissions }
            }
            Cipher::Aes128 => EncryptionVersion::V4 {
                document: &plain,
                encrypt_metadata: true,
                crypt_filters: filters(Arc::new(Aes128CryptFilter)),
                stream_filter: standard.clone(),
                string_filter: standard,
                owner_password,
                user_password,
                permissions,
            },
            Cipher::Aes256R5 => EncryptionVersion::R5 {
                encrypt_metadata: true,
                crypt_filters: filters(Arc::new(Aes256CryptFilter)),
                file_encryption_key: &key,
                stream_filter: standard.clone(),
                string_filter: standard,
                owner_password,
                user_password,
                permissions,
            },
            Cipher::Aes256R6 => EncryptionVersion::V5 {
                encrypt_metadata: true,
                crypt_filters: filters(Arc::new(Aes256CryptFilter)),
                file_encryption_key: &key,
                stream_filter: standard.clone(),
                string_filter: standard,
                owner_password,
                user_password,
                permissions,
            },
        };
        let state = EncryptionState::try_from(version).expect("parameters fit");
        plain.encrypt(&state).expect("encrypts");
        let mut out = Vec::new();
        plain.save_to(&mut out).expect("memory");
        out
    }

    #[expect(clippy::ptr_arg, reason = "a vector is what reads at offsets, a slice is not")]
    fn opened(file: &Vec<u8>, password: &str) -> Option<OpenedBy> {
        let options = OpenOptions { password: Some(password), ..OpenOptions::default() };
        let document = Document::open_with(file, options).expect("opens");
        let encryption = document.encryption().expect("encrypted");
        if encryption.opened_by().is_some() {
            let (_, catalog) = document.view().catalog().expect("there");
            let lang = catalog.get("Lang").and_then(Object::as_string).expect("a string");
            assert_eq!(lang.bytes, b"vi", "decrypts");
        } else {
            assert!(matches!(encryption.require_open(), Err(PdfError::PasswordNeeded)));
        }
        encryption.opened_by()
    }

    #[test]
    fn every_cipher_opens_with_either_password_and_says_whose_it_was() {
        for cipher in CIPHERS {
            let file = encrypted(cipher, "chủ", "dùng", Permissions::all());
            assert_eq!(opened(&file, "chủ"), Some(OpenedBy::Owner), "{cipher:?}");
            assert_eq!(opened(&file, "dùng"), Some(OpenedBy::User), "{cipher:?}");
            assert_eq!(opened(&file, "ai đó"), None, "{cipher:?}");
            assert_eq!(opened(&file, ""), None, "{cipher:?}");
            for password in ["chủ", "dùng"] {
                let text = crate::pdf::text::DocumentText::read(&file, Some(password));
                assert_eq!(text.map(|t| t.pages.len()), Ok(1), "{cipher:?} {password}");
            }
        }
    }

    #[test]
    fn permissions_bind_the_user_and_not_the_owner() {
        let allows = |permissions, password| {
            let file = encrypted(Cipher::Aes256R6, "chủ", "", permissions);
            let options = OpenOptions { password, ..OpenOptions::default() };
            let document = Document::open_with(&file, options).expect("opens");
            let encryption = document.encryption().expect("encrypted");
            (encryption.permits(Change::FillField), encryption.permits(Change::AddField))
        };
        assert_eq!(allows(Permissions::all(), None), (true, true));
        assert_eq!(allows(Permissions::FILLABLE, None), (true, false));
        assert_eq!(allows(Permissions::ANNOTABLE, None), (true, false));
        assert_eq!(allows(Permissions::ANNOTABLE | Permissions::MODIFIABLE, None), (true, true));
        assert_eq!(allows(Permissions::PRINTABLE | Permissions::MODIFIABLE, None), (false, false));
        assert_eq!(allows(Permissions::PRINTABLE, Some("chủ")), (true, true));
    }
}
