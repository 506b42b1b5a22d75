//! `pkcs11:` URIs — RFC 7512: which module, slot, token and object are meant.
//!
//! Strict where it matters: a path attribute we do not know could be the one that tells two keys apart, so it is an
//! error (§2.5); query attributes we do not know are passed over. `pin-value` is refused: a secret in an argument is in
//! the process list and the shell's history.

use std::fmt;
use std::path::PathBuf;

/// The scheme, as it begins a reference to a key.
pub const SCHEME: &str = "pkcs11:";
/// Longest URI read, bytes.
const MAX_LEN: usize = 4_096;

/// What a URI asks for; an attribute that is absent fits everything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TokenUri {
    /// Label of the token.
    pub token: Option<String>,
    /// Manufacturer of the token.
    pub manufacturer: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Model of the token.
    pub model: Option<String>,
    /// Number of the slot.
    pub slot_id: Option<u64>,
    /// Description of the slot.
    pub slot_description: Option<String>,
    /// Manufacturer of the slot.
    pub slot_manufacturer: Option<String>,
    /// Manufacturer of the module.
    pub library_manufacturer: Option<String>,
    /// Description of the module.
    pub library_description: Option<String>,
    /// Version of the module: major, minor.
    pub library_version: Option<(u8, u8)>,
    /// Label of the object.
    pub object: Option<String>,
    /// `CKA_ID` of the object.
    pub id: Option<Vec<u8>>,
    /// Path of the module.
    pub module_path: Option<PathBuf>,
    /// Name of the module, without `lib` and `.so`.
    pub module_name: Option<String>,
    /// Where the PIN is: `file:PATH` or `env:NAME`.
    pub pin_source: Option<String>,
}

/// Why a URI is not understood. Never repeats a value: it could be a PIN.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// Another scheme, or too long.
    #[error("it is not a pkcs11: URI")]
    NotPkcs11,
    /// A path attribute that is not of RFC 7512.
    #[error("it has an attribute we do not know: {0:?}")]
    UnknownAttribute(String),
    /// The same attribute twice.
    #[error("the attribute {0} is there twice")]
    Repeated(&'static str),
    /// A value that cannot be read.
    #[error("the value of {0} cannot be read")]
    BadValue(&'static str),
    /// An object that is no private key.
    #[error("it names something other than a private key")]
    NotAKey,
    /// The PIN itself.
    #[error("it carries the PIN itself")]
    PinValue,
    /// A PIN to be asked from a program.
    #[error("pin-source names a program; only files and environment variables are read")]
    PinProgram,
}

impl TokenUri {
    /// Reads a URI.
    ///
    /// # Errors
    /// [`UriError`].
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let rest = text.get(..SCHEME.len()).filter(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
        let rest = rest.and_then(|_| text.get(SCHEME.len()..)).filter(|_| text.len() <= MAX_LEN);
        let rest = rest.ok_or(UriError::NotPkcs11)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = TokenUri::default();
        for attribute in path.split(';').filter(|a| !a.is_empty()) {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            uri.take_path(name, value)?;
        }
        for attribute in query.split('&').filter(|a| !a.is_empty()) {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            uri.take_query(name, value)?;
        }
        Ok(uri)
    }

    // RFC 7512 §2.3, pk11-path.
    fn take_path(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match name {
            "token" => set(&mut self.token, "token", decoded_text(value)),
            "manufacturer" => set(&mut self.manufacturer, "manufacturer", decoded_text(value)),
            "serial" => set(&mut self.serial, "serial", decoded_text(value)),
            "model" => set(&mut self.model, "model", decoded_text(value)),
            "slot-id" => set(&mut self.slot_id, "slot-id", value.parse().ok()),
            "slot-description" => set(&mut self.slot_description, "slot-description", decoded_text(value)),
            "slot-manufacturer" => set(&mut self.slot_manufacturer, "slot-manufacturer", decoded_text(value)),
            "library-manufacturer" => set(&mut self.library_manufacturer, "library-manufacturer", decoded_text(value)),
            "library-description" => set(&mut self.library_description, "library-description", decoded_text(value)),
            "library-version" => set(&mut self.library_version, "library-version", version(value)),
            "object" => set(&mut self.object, "object", decoded_text(value)),
            "id" => set(&mut self.id, "id", decoded(value)),
            "type" if value == "private" => Ok(()),
            // Who names the certificate or the public half means the pair.
            "type" if matches!(value, "cert" | "public") => Ok(()),
            "type" => Err(UriError::NotAKey),
            other => Err(UriError::UnknownAttribute(other.chars().take(40).collect())),
        }
    }

    // RFC 7512 §2.3, pk11-query; §2.4 for what the values mean.
    fn take_query(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match name {
            "module-path" => set(&mut self.module_path, "module-path", decoded_text(value).map(PathBuf::from)),
            "module-name" => {
                let name = decoded_text(value).filter(|n| !n.contains(std::path::is_separator) && !n.contains('\0'));
                set(&mut self.module_name, "module-name", name)
            }
            "pin-source" => {
                let source = decoded_text(value).ok_or(UriError::BadValue("pin-source"))?;
                if source.starts_with('|') {
                    return Err(UriError::PinProgram);
                }
                let source = match source.strip_prefix("file://") {
                    Some(path) => format!("file:{path}"),
                    None if source.starts_with("file:") || source.starts_with("env:") => source,
                    None => format!("file:{source}"),
                };
                set(&mut self.pin_source, "pin-source", Some(source))
            }
            "pin-value" => Err(UriError::PinValue),
            _ => Ok(()),
        }
    }
}

/// The URI as RFC 7512 spells it, without query.
impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        let mut first = true;
        let mut put = |f: &mut fmt::Formatter<'_>, name: &str, value: String| {
            let separator = if std::mem::take(&mut first) { "" } else { ";" };
            write!(f, "{separator}{name}={value}")
        };
        for (name, value) in [
            ("token", &self.token),
            ("manufacturer", &self.manufacturer),
            ("serial", &self.serial),
            ("model", &self.model),
        ] {
            if let Some(value) = value {
                put(f, name, encoded(value.as_bytes()))?;
            }
        }
        if let Some(slot) = self.slot_id {
            put(f, "slot-id", slot.to_string())?;
        }
        if let Some(object) = &self.object {
            put(f, "object", encoded(object.as_bytes()))?;
        }
        if let Some(id) = &self.id {
            put(f, "id", id.iter().map(|byte| format!("%{byte:02X}")).collect())?;
        }
        Ok(())
    }
}

fn set<T>(place: &mut Option<T>, name: &'static str, value: Option<T>) -> Result<(), UriError> {
    if place.is_some() {
        return Err(UriError::Repeated(name));
    }
    *place = Some(value.ok_or(UriError::BadValue(name))?);
    Ok(())
}

fn version(value: &str) -> Option<(u8, u8)> {
    let (major, minor) = value.split_once('.').unwrap_or((value, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Percent-decoding — RFC 3986 §2.1.
fn decoded(value: &str) -> Option<Vec<u8>> {
    let mut bytes = value.bytes();
    let mut out = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

fn decoded_text(value: &str) -> Option<String> {
    String::from_utf8(decoded(value)?).ok()
}

// RFC 7512 §2.3: what pk11-res-avail and unreserved letters leave out is encoded.
fn encoded(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let letter = char::from(*byte);
        if letter.is_ascii_alphanumeric() || "-._~:[]@!$'()*+,=&".contains(letter) {
            out.push(letter);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_read_and_decoded() {
        let uri = TokenUri::parse(
            "pkcs11:token=V%C4%83n%20th%C6%B0;manufacturer=SoftHSM%20project;serial=ab12;slot-id=3;object=ky;id=%01%fF;type=private\
             ?module-path=/usr/lib/x.so&pin-source=file:/run/pin&vendor-thing=1",
        )
        .expect("reads");
        assert_eq!(uri.token.as_deref(), Some("Văn thư"));
        assert_eq!(uri.manufacturer.as_deref(), Some("SoftHSM project"));
        assert_eq!((uri.serial.as_deref(), uri.slot_id), (Some("ab12"), Some(3)));
        assert_eq!((uri.object.as_deref(), uri.id.as_deref()), (Some("ky"), Some(&[1, 0xff][..])));
        assert_eq!(uri.module_path, Some(PathBuf::from("/usr/lib/x.so")));
        assert_eq!(uri.pin_source.as_deref(), Some("file:/run/pin"));
    }

    #[test]
    fn what_is_printed_reads_back_the_same() {
        let text = "pkcs11:token=V%C4%83n%20th%C6%B0;serial=a%3Bb;slot-id=7;object=k%2Fy;id=%01%FF";
        let uri = TokenUri::parse(text).expect("reads");
        assert_eq!(uri.to_string(), text);
        assert_eq!(TokenUri::parse("pkcs11:"), Ok(TokenUri::default()));
    }

    #[test]
    fn pin_sources_are_files_and_variables_only() {
        let source = |text: &str| TokenUri::parse(text).map(|uri| uri.pin_source);
        assert_eq!(source("pkcs11:?pin-source=/etc/pin"), Ok(Some("file:/etc/pin".to_owned())));
        assert_eq!(source("pkcs11:?pin-source=file:///etc/pin"), Ok(Some("file:/etc/pin".to_owned())));
        assert_eq!(source("pkcs11:?pin-source=env:TOKEN_PIN"), Ok(Some("env:TOKEN_PIN".to_owned())));
        assert_eq!(source("pkcs11:?pin-source=%7C/bin/askpin"), Err(UriError::PinProgram));
    }

    #[test]
    fn a_pin_in_the_uri_is_refused_without_repeating_it() {
        let refused = TokenUri::parse("pkcs11:token=a?pin-value=123456").expect_err("refused");
        assert_eq!(refused, UriError::PinValue);
        assert!(!refused.to_string().contains("123456"));
    }

    #[test]
    fn what_cannot_be_meant_is_an_error() {
        for (text, error) in [
            ("file:token=a", UriError::NotPkcs11),
            ("pkcs11", UriError::NotPkcs11),
            ("pkcs11:colour=red", UriError::UnknownAttribute("colour".to_owned())),
            ("pkcs11:token=a;token=b", UriError::Repeated("token")),
            ("pkcs11:token=%zz", UriError::BadValue("token")),
            ("pkcs11:token=%f", UriError::BadValue("token")),
            ("pkcs11:token=%ff", UriError::BadValue("token")),
            ("pkcs11:slot-id=-1", UriError::BadValue("slot-id")),
            ("pkcs11:type=secret-key", UriError::NotAKey),
            ("pkcs11:?module-name=../x", UriError::BadValue("module-name")),
        ] {
            assert_eq!(TokenUri::parse(text), Err(error), "{text}");
        }
    }
}
