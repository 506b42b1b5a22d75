//! PDF objects — ISO 32000-2 7.3.
//!
//! A value keeps what a later comparison or rewriting needs: the spelling of a real number, where a string
//! stood in the file, the order of dictionary keys, and whether a key came twice. Stream data stays in the file.

use std::fmt;

/// Number and generation of an indirect object — ISO 32000-2 7.3.10.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectId {
    /// Object number, from 1.
    pub number: u32,
    /// Generation, 0 in nearly every file.
    pub generation: u16,
}

impl ObjectId {
    /// The object `number` of generation 0.
    pub const fn new(number: u32) -> Self {
        ObjectId { number, generation: 0 }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.generation)
    }
}

/// A value. Equality is equality of meaning: spans, spellings of numbers and key order do not count.
#[derive(Clone, Debug, Default)]
pub enum Object {
    /// `null`, and every reference to an object that does not exist.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A real number.
    Real(Box<Real>),
    /// A name, without the slash and with `#xx` decoded.
    Name(Vec<u8>),
    /// A string.
    String(Box<PdfString>),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Box<Dictionary>),
    /// A stream: dictionary and the place of its data.
    Stream(Box<Stream>),
    /// A reference, `12 0 R`.
    Reference(ObjectId),
}

/// A real number with its spelling, so that rewriting an object does not change it.
#[derive(Clone, Debug)]
pub struct Real {
    /// The value; finite.
    pub value: f64,
    /// As written in the file.
    pub text: String,
}

/// A string object: its bytes after unescaping, and its place.
#[derive(Clone, Debug, Default)]
pub struct PdfString {
    /// Decoded bytes.
    pub bytes: Vec<u8>,
    /// Written as `<…>`.
    pub hex: bool,
    /// True when the hex form held something other than hex digits and white space.
    pub malformed: bool,
    /// File offsets of the token, delimiters included; `None` inside an object stream.
    pub span: Option<(u64, u64)>,
}

/// A dictionary in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    entries: Vec<(Vec<u8>, Object)>,
    repeated_key: bool,
}

/// A stream object — ISO 32000-2 7.3.8.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The stream dictionary.
    pub dictionary: Dictionary,
    /// The object it is (decryption needs it).
    pub id: ObjectId,
    /// File offset of the first byte of the (encoded) data.
    pub start: u64,
    /// Length of the encoded data in bytes.
    pub length: u64,
    /// True when `/Length` was wrong and `endstream` was searched instead.
    pub length_repaired: bool,
}

impl Object {
    /// A name.
    pub fn name(text: &str) -> Self {
        Object::Name(text.as_bytes().to_vec())
    }

    /// A string written literally.
    pub fn string(bytes: impl Into<Vec<u8>>) -> Self {
        Object::String(Box::new(PdfString { bytes: bytes.into(), ..PdfString::default() }))
    }

    /// A real number, at most four decimals.
    pub fn real(value: f64) -> Self {
        let value = if value.is_finite() { value } else { 0.0 };
        let mut text = format!("{value:.4}");
        while text.ends_with('0') {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
        match text.parse::<i64>() {
            Ok(whole) => Object::Integer(whole),
            Err(_) => Object::Real(Box::new(Real { value: text.parse().unwrap_or(0.0), text })),
        }
    }

    /// The dictionary of a dictionary or stream.
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Object]> {
        match self {
            Object::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The bytes of a name.
    pub fn as_name(&self) -> Option<&[u8]> {
        match self {
            Object::Name(name) => Some(name),
            _ => None,
        }
    }

    /// A string.
    pub fn as_string(&self) -> Option<&PdfString> {
        match self {
            Object::String(string) => Some(string),
            _ => None,
        }
    }

    /// A stream.
    pub fn as_stream(&self) -> Option<&Stream> {
        match self {
            Object::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// An integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Object::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// An integer or a real.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Object::Integer(value) => Some(to_f64(*value)),
            Object::Real(real) => Some(real.value),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Object::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The target of a reference.
    pub fn as_reference(&self) -> Option<ObjectId> {
        match self {
            Object::Reference(id) => Some(*id),
            _ => None,
        }
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Object::Null)
    }

    /// Writes the object as a file has it; a stream only as its dictionary.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Object::Null => out.extend_from_slice(b"null"),
            Object::Boolean(true) => out.extend_from_slice(b"true"),
            Object::Boolean(false) => out.extend_from_slice(b"false"),
            Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Object::Real(real) => out.extend_from_slice(real.text.as_bytes()),
            Object::Name(name) => write_name(name, out),
            Object::String(string) => write_string(string, out),
            Object::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Object::Dictionary(dictionary) => dictionary.write(out),
            Object::Stream(stream) => stream.dictionary.write(out),
            Object::Reference(id) => out.extend_from_slice(format!("{id} R").as_bytes()),
        }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Object::Null, Object::Null) => true,
            (Object::Boolean(a), Object::Boolean(b)) => a == b,
            (Object::Integer(a), Object::Integer(b)) => a == b,
            (Object::Integer(_) | Object::Real(_), Object::Integer(_) | Object::Real(_)) => {
                self.as_number() == other.as_number()
            }
            (Object::Name(a), Object::Name(b)) => a == b,
            (Object::String(a), Object::String(b)) => a.bytes == b.bytes,
            (Object::Array(a), Object::Array(b)) => a == b,
            (Object::Dictionary(a), Object::Dictionary(b)) => a == b,
            (Object::Stream(a), Object::Stream(b)) => {
                a.dictionary == b.dictionary && a.start == b.start && a.length == b.length
            }
            (Object::Reference(a), Object::Reference(b)) => a == b,
            _ => false,
        }
    }
}

impl From<Dictionary> for Object {
    fn from(dictionary: Dictionary) -> Self {
        Object::Dictionary(Box::new(dictionary))
    }
}

impl From<ObjectId> for Object {
    fn from(id: ObjectId) -> Self {
        Object::Reference(id)
    }
}

impl From<i64> for Object {
    fn from(value: i64) -> Self {
        Object::Integer(value)
    }
}

impl From<Vec<Object>> for Object {
    fn from(items: Vec<Object>) -> Self {
        Object::Array(items)
    }
}

impl Dictionary {
    /// An empty dictionary.
    pub const fn new() -> Self {
        Dictionary { entries: Vec::new(), repeated_key: false }
    }

    /// The value of `key`; the last one where a key came twice. `null` counts as absent (ISO 32000-2 7.3.7).
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.by_name(key.as_bytes())
    }

    /// [`Dictionary::get`] for a name that may be no text.
    pub(crate) fn by_name(&self, key: &[u8]) -> Option<&Object> {
        self.raw(key).filter(|value| !value.is_null())
    }

    fn raw(&self, key: &[u8]) -> Option<&Object> {
        self.entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// True when `key` has a value.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The name under `key`, when it stands there directly.
    pub fn name(&self, key: &str) -> Option<&[u8]> {
        self.get(key).and_then(Object::as_name)
    }

    /// True when `key` directly holds this name.
    pub fn is_name(&self, key: &str, name: &str) -> bool {
        self.name(key) == Some(name.as_bytes())
    }

    /// The integer under `key`, when it stands there directly.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.get(key).and_then(Object::as_integer)
    }

    /// Sets `key`, in place when it exists.
    pub fn set(&mut self, key: &str, value: impl Into<Object>) {
        let value = value.into();
        match self.entries.iter_mut().rev().find(|(name, _)| name == key.as_bytes()) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key.as_bytes().to_vec(), value)),
        }
    }

    /// Removes every entry of `key`.
    pub fn remove(&mut self, key: &str) {
        self.entries.retain(|(name, _)| name != key.as_bytes());
    }

    /// All entries in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries.iter().map(|(name, value)| (name.as_slice(), value))
    }

    /// All entries in file order, values changeable.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&[u8], &mut Object)> {
        self.entries.iter_mut().map(|(name, value)| (name.as_slice(), value))
    }

    /// Number of entries, repeated keys counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// True when some key came more than once: readers differ in which value they take.
    pub fn has_repeated_key(&self) -> bool {
        self.repeated_key
    }

    pub(crate) fn from_entries(entries: Vec<(Vec<u8>, Object)>) -> Self {
        let repeated_key = if entries.len() <= 16 {
            entries.iter().enumerate().any(|(at, (key, _))| entries.iter().take(at).any(|(k, _)| k == key))
        } else {
            let mut seen = std::collections::HashSet::with_capacity(entries.len());
            entries.iter().any(|(key, _)| !seen.insert(key.as_slice()))
        };
        Dictionary { entries, repeated_key }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in &self.entries {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
            out.push(b'\n');
        }
        if !self.entries.is_empty() {
            out.pop();
        }
        out.extend_from_slice(b">>");
    }
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        let covered = |a: &Dictionary, b: &Dictionary| {
            let index: std::collections::HashMap<&[u8], &Object> = b.iter().collect();
            a.iter().filter(|(_, value)| !value.is_null()).all(|(key, _)| {
                let mine = a.raw(key).filter(|v| !v.is_null());
                let theirs = index.get(key).copied().filter(|v| !v.is_null());
                mine == theirs
            })
        };
        if self.repeated_key || other.repeated_key {
            // Readers differ about such dictionaries: equal only when written alike.
            return self.entries.len() == other.entries.len()
                && self.entries.iter().zip(&other.entries).all(|(a, b)| a.0 == b.0 && a.1 == b.1);
        }
        covered(self, other) && covered(other, self)
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

fn write_string(string: &PdfString, out: &mut Vec<u8>) {
    if string.hex {
        out.push(b'<');
        out.extend_from_slice(crate::base::encoding::hex(&string.bytes).as_bytes());
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for byte in &string.bytes {
        match byte {
            b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\n' => out.extend_from_slice(b"\\n"),
            _ => out.push(*byte),
        }
    }
    out.push(b')');
}

/// The nearest double; exact below 2^53.
#[expect(clippy::as_conversions, reason = "the one place where rounding to the nearest double is meant")]
pub(crate) fn to_f64(value: i64) -> f64 {
    value as f64
}

/// Text of a text string — ISO 32000-2 7.9.2.2: UTF-16BE or UTF-8 with a byte order mark, else PDFDocEncoding.
pub fn text_string(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(rest, u16::from_be_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return String::from_utf8_lossy(rest).into_owned();
    }
    bytes.iter().map(|byte| doc_encoding(*byte)).collect()
}

/// The shortest text string for `text`: ASCII as it is, anything else as UTF-16BE with its mark.
pub fn to_text_string(text: &str) -> Vec<u8> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
        return text.as_bytes().to_vec();
    }
    let mut out = vec![0xfe, 0xff];
    for unit in text.encode_utf16() {
        out.extend_from_slice(&unit.to_be_bytes());
    }
    out
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

// ISO 32000-2 Annex D.2, where it differs from Latin-1.
fn doc_encoding(byte: u8) -> char {
    const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const HIGH: [char; 31] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł',
        'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
    ];
    match byte {
        0x18..=0x1f => LOW.get(usize::from(byte - 0x18)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        0x80..=0x9e => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f | 0x9f | 0xad => char::REPLACEMENT_CHARACTER,
        0xa0 => '€',
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_of_meaning_not_of_spelling() {
        let real =
            |text: &str| Object::Real(Box::new(Real { value: text.parse().expect("number"), text: text.into() }));
        assert_eq!(Object::Integer(5), real("5.00"));
        assert_ne!(Object::Integer(5), real("5.01"));
        let mut a = Dictionary::new();
        a.set("X", 1);
        a.set("Y", 2);
        let mut b = Dictionary::new();
        b.set("Y", 2);
        b.set("X", 1);
        b.set("Z", Object::Null);
        assert_eq!(a, b);
        b.set("Z", 3);
        assert_ne!(a, b);
        assert_ne!(b, a);
    }

    #[test]
    fn repeated_keys_are_told_and_never_equal_to_single_ones() {
        let entry = |value: i64| (b"X".to_vec(), Object::Integer(value));
        let twice = Dictionary::from_entries(vec![entry(1), entry(1)]);
        assert!(twice.has_repeated_key());
        assert_ne!(twice, Dictionary::from_entries(vec![entry(1)]));
    }

    #[test]
    fn text_strings_round_trip_vietnamese() {
        for text in ["Con dau", "Chủ tịch Ủy ban nhân dân", "ký số 😀"] {
            assert_eq!(text_string(&to_text_string(text)), text);
        }
        assert_eq!(text_string(&[0x80, 0xa0, 0xe9]), "•€é");
        assert_eq!(text_string(b"\xef\xbb\xbfs\xe1\xbb\x91"), "số");
    }

    #[test]
    fn names_and_strings_are_escaped() {
        let mut out = Vec::new();
        Object::Name(b"A B#\xc3".to_vec()).write(&mut out);
        Object::string(*b"a(b)\\\r").write(&mut out);
        Object::real(12.5).write(&mut out);
        assert_eq!(out, b"/A#20B#23#C3(a\\(b\\)\\\\\\r)12.5");
        assert_eq!(Object::real(-0.00001), Object::Integer(0));
    }
}
