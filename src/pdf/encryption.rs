//! Encrypted documents — ISO 32000-2 7.6. Keys and ciphers of the standard handler come from `lopdf`.
//!
//! A document that does not open with the password given is *locked*: its structure reads as far as it does not
//! lie in encrypted object streams; strings stay as they are in the file.

use lopdf::encryption::EncryptionState;

use super::bridge::to_lopdf;
use super::document::View;
use super::error::{ObjectFault, PdfError};
use super::object::{Dictionary, Object, ObjectId, Stream};

/// How a document is encrypted, and the key if it could be had.
pub struct Encryption {
    handler: String,
    dictionary_id: Option<ObjectId>,
    encrypt_metadata: bool,
    state: Option<EncryptionState>,
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

    pub(crate) fn decrypt_strings(&self, id: ObjectId, object: &mut Object) -> Result<(), ObjectFault> {
        let Some(state) = &self.state else { return Ok(()) };
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
        let Some(state) = &self.state else { return Ok(data) };
        let filter = state.get_stream_filter();
        let fault = |_| PdfError::Object { id: stream.id, at: stream.start, fault: ObjectFault::Decrypt };
        let key =
            filter.compute_key(state.file_encryption_key(), (stream.id.number, stream.id.generation)).map_err(fault)?;
        filter.decrypt(&key, &data).map_err(fault)
    }

    /// The key state, for encrypting what is appended.
    pub(crate) fn state(&self) -> Option<&EncryptionState> {
        self.state.as_ref()
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
fn open_standard(view: &View<'_, '_>, dictionary: &Dictionary, password: Option<&str>) -> Option<EncryptionState> {
    let mut document = lopdf::Document::new();
    let encrypt = document.add_object(to_lopdf(&Object::from(dictionary.clone())));
    document.trailer.set("Encrypt", encrypt);
    let id = view.value(view.trailer(), "ID").ok()?;
    document.trailer.set("ID", to_lopdf(&id));
    let try_password = |password: &str| EncryptionState::decode(&document, password).ok();
    password.and_then(try_password).or_else(|| try_password(""))
}
