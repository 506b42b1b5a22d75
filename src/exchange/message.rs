//! The bytes of every signed object: JSON in its canonical form (RFC 8785), read and written.
//!
//! Only strings, integers, arrays and objects exist here: no `null`, no booleans, no fractions, so that
//! every implementation prints the same bytes. The reader accepts *only* the canonical form, so what was
//! read prints as the same bytes again; that is what a signature over received bytes needs.

use std::fmt;

/// Longest canonical text that is read, in octets; a longer one is refused before parsing.
pub const MAX_LENGTH: usize = 256 * 1024;
/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 8;
/// Most values (of any kind) in one text.
pub const MAX_VALUES: usize = 4_096;
/// Largest integer magnitude: what an IEEE 754 double holds exactly (RFC 8785 §3.2.2.3, RFC 7493 §2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A JSON value of the kinds signed objects use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer within ±[`MAX_INTEGER`].
    Integer(i64),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

/// A JSON object: names unique, kept in canonical order (UTF-16 code units, RFC 8785 §3.2.3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Object(Vec<(String, Value)>);

/// Why bytes are not a signed object of this protocol.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Longer than [`MAX_LENGTH`].
    #[error("the object has {found} octets, more than the {MAX_LENGTH} allowed")]
    TooLong {
        /// Octets found.
        found: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`] or more values than [`MAX_VALUES`].
    #[error("the object is nested too deeply or holds too many values")]
    TooComplex,
    /// Not the canonical form of any JSON text of the allowed kinds.
    #[error("the bytes are not canonical JSON of strings, integers, arrays and objects at octet {at}")]
    NotCanonical {
        /// Offset of the first octet that is wrong.
        at: usize,
    },
    /// The text is not an object.
    #[error("the text is not a JSON object")]
    NotAnObject,
    /// A field that must be there is not.
    #[error("the field {field} is missing")]
    Missing {
        /// Its name.
        field: String,
    },
    /// A field this version of the object does not have.
    #[error("the field {field} is not part of this version of the object")]
    Unknown {
        /// Its name.
        field: String,
    },
    /// A field whose value is of the wrong kind or outside its rules.
    #[error("the field {field} has a value outside its rules: {rule}")]
    Value {
        /// Its name.
        field: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Another object, or another version of it.
    #[error("the object is {found}, not {expected}")]
    Schema {
        /// The schema string looked for.
        expected: &'static str,
        /// The schema string found.
        found: String,
    },
}

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Object::default()
    }

    /// Sets a field, replacing an earlier value of that name.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        match self.position(name) {
            Ok(at) => self.0[at].1 = value.into(),
            Err(at) => self.0.insert(at, (name.to_owned(), value.into())),
        }
        self
    }

    /// Sets a field when there is a value for it.
    pub fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.position(name).ok().map(|at| &self.0[at].1)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::new();
        write_object(self, &mut out);
        out.into_bytes()
    }

    /// Reads an object from its canonical bytes, and from nothing else.
    ///
    /// # Errors
    /// [`MessageError::TooLong`], [`MessageError::TooComplex`], [`MessageError::NotCanonical`],
    /// [`MessageError::NotAnObject`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        if bytes.len() > MAX_LENGTH {
            return Err(MessageError::TooLong { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|e| MessageError::NotCanonical { at: e.valid_up_to() })?;
        let mut parser = Parser { text, at: 0, values: 0 };
        let value = parser.value(0)?;
        if parser.at != text.len() {
            return Err(MessageError::NotCanonical { at: parser.at });
        }
        match value {
            Value::Object(object) => Ok(object),
            _ => Err(MessageError::NotAnObject),
        }
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| utf16_order(own, name))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    /// Numbers past [`MAX_INTEGER`] become [`MAX_INTEGER`]: sizes and times here never come near it.
    fn from(number: i64) -> Self {
        Value::Integer(number.clamp(-MAX_INTEGER, MAX_INTEGER))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::from(i64::try_from(number).unwrap_or(MAX_INTEGER))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Integer(i64::from(number))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Value::Object(object)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Value::List(list.into_iter().map(Into::into).collect())
    }
}

/// Takes an object apart field by field; what is left over at the end is an error.
#[derive(Debug)]
pub(crate) struct Fields {
    object: Object,
    prefix: String,
}

impl Fields {
    /// Reads canonical bytes and checks the `schema` field.
    pub(crate) fn read(bytes: &[u8], schema: &'static str) -> Result<Self, MessageError> {
        let mut fields = Fields { object: Object::from_bytes(bytes)?, prefix: String::new() };
        let found = fields.text("schema", 64)?;
        if found != schema {
            return Err(MessageError::Schema { expected: schema, found });
        }
        Ok(fields)
    }

    /// Whether a field is there and not yet taken.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.object.get(field).is_some()
    }

    fn name(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    fn bad(&self, field: &str, rule: &'static str) -> MessageError {
        MessageError::Value { field: self.name(field), rule }
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.object.position(field).ok().map(|at| self.object.0.remove(at).1)
    }

    fn need(&mut self, field: &str) -> Result<Value, MessageError> {
        self.take(field).ok_or_else(|| MessageError::Missing { field: self.name(field) })
    }

    /// A string of 1 to `max` octets.
    pub(crate) fn text(&mut self, field: &str, max: usize) -> Result<String, MessageError> {
        match self.need(field)? {
            Value::Text(text) if !text.is_empty() && text.len() <= max => Ok(text),
            _ => Err(self.bad(field, "a string that is neither empty nor too long")),
        }
    }

    /// A string that may be absent.
    pub(crate) fn text_opt(&mut self, field: &str, max: usize) -> Result<Option<String>, MessageError> {
        if self.object.get(field).is_none() {
            return Ok(None);
        }
        self.text(field, max).map(Some)
    }

    /// A string that `parse` understands.
    pub(crate) fn parsed<T>(
        &mut self,
        field: &str,
        rule: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, MessageError> {
        let text = self.text(field, MAX_LENGTH)?;
        parse(&text).ok_or_else(|| self.bad(field, rule))
    }

    /// The same for a field that may be absent.
    pub(crate) fn parsed_opt<T>(
        &mut self,
        field: &str,
        rule: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, MessageError> {
        if self.object.get(field).is_none() {
            return Ok(None);
        }
        self.parsed(field, rule, parse).map(Some)
    }

    /// An integer from 0.
    pub(crate) fn unsigned(&mut self, field: &str) -> Result<u64, MessageError> {
        match self.need(field)? {
            Value::Integer(n) => u64::try_from(n).map_err(|_| self.bad(field, "an integer from 0")),
            _ => Err(self.bad(field, "an integer from 0")),
        }
    }

    /// An array of 1 to `max` strings that `parse` understands.
    pub(crate) fn list<T>(
        &mut self,
        field: &str,
        max: usize,
        rule: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, MessageError> {
        let Value::List(values) = self.need(field)? else { return Err(self.bad(field, rule)) };
        if values.is_empty() || values.len() > max {
            return Err(self.bad(field, rule));
        }
        values
            .iter()
            .map(|value| match value {
                Value::Text(text) => parse(text).ok_or_else(|| self.bad(field, rule)),
                _ => Err(self.bad(field, rule)),
            })
            .collect()
    }

    /// An array of objects, each read by `read`; absent counts as empty.
    pub(crate) fn objects<T>(
        &mut self,
        field: &str,
        max: usize,
        read: impl Fn(Fields) -> Result<T, MessageError>,
    ) -> Result<Vec<T>, MessageError> {
        let Some(value) = self.take(field) else { return Ok(Vec::new()) };
        let rule = "an array of objects that is neither empty nor too long";
        let Value::List(values) = value else { return Err(self.bad(field, rule)) };
        if values.is_empty() || values.len() > max {
            return Err(self.bad(field, rule));
        }
        values
            .into_iter()
            .map(|value| match value {
                Value::Object(object) => read(Fields { object, prefix: format!("{}{field}.", self.prefix) }),
                _ => Err(self.bad(field, rule)),
            })
            .collect()
    }

    /// An inner object.
    pub(crate) fn object(&mut self, field: &str) -> Result<Fields, MessageError> {
        match self.need(field)? {
            Value::Object(object) => Ok(Fields { object, prefix: format!("{}{field}.", self.prefix) }),
            _ => Err(self.bad(field, "an object")),
        }
    }

    /// An inner object that may be absent.
    pub(crate) fn object_opt(&mut self, field: &str) -> Result<Option<Fields>, MessageError> {
        if self.object.get(field).is_none() {
            return Ok(None);
        }
        self.object(field).map(Some)
    }

    /// Ends the reading.
    pub(crate) fn end(self) -> Result<(), MessageError> {
        match self.object.0.first() {
            None => Ok(()),
            Some((field, _)) => Err(MessageError::Unknown { field: self.name(field) }),
        }
    }
}

fn utf16_order(a: &str, b: &str) -> std::cmp::Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn write_object(object: &Object, out: &mut String) {
    out.push('{');
    for (at, (name, value)) in object.0.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(name, out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Text(text) => write_text(text, out),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::List(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(value, out);
            }
            out.push(']');
        }
        Value::Object(object) => write_object(object, out),
    }
}

// RFC 8785 §3.2.2.2: short escapes where JSON has them, \u00xx in lower case for the other controls, all else as is.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl Parser<'_> {
    fn fail<T>(&self) -> Result<T, MessageError> {
        Err(MessageError::NotCanonical { at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), MessageError> {
        if self.peek() != Some(byte) {
            return self.fail();
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value, MessageError> {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(MessageError::TooComplex);
        }
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.integer().map(Value::Integer),
            Some(b'[') => self.list(depth),
            Some(b'{') => self.object(depth),
            _ => self.fail(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, MessageError> {
        self.expect(b'[')?;
        let mut values = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => {
                    self.expect(b']')?;
                    return Ok(Value::List(values));
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, MessageError> {
        self.expect(b'{')?;
        let mut fields: Vec<(String, Value)> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(Object(fields)));
        }
        loop {
            let before = self.at;
            let name = self.string()?;
            // Strictly rising names: sorted and unique at once (RFC 8785 §3.2.3, RFC 7493 §2.3).
            if fields.last().is_some_and(|(last, _)| utf16_order(last, &name) != std::cmp::Ordering::Less) {
                return Err(MessageError::NotCanonical { at: before });
            }
            self.expect(b':')?;
            let value = self.value(depth + 1)?;
            fields.push((name, value));
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => {
                    self.expect(b'}')?;
                    return Ok(Value::Object(Object(fields)));
                }
            }
        }
    }

    fn integer(&mut self) -> Result<i64, MessageError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        let digits = self.text.get(first..self.at).unwrap_or("");
        let number = self.text.get(start..self.at).and_then(|t| t.parse::<i64>().ok());
        let canonical = !digits.is_empty()
            && (digits == "0" && first == start || !digits.starts_with('0'))
            && !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        match number {
            Some(n) if canonical && (-MAX_INTEGER..=MAX_INTEGER).contains(&n) => Ok(n),
            _ => Err(MessageError::NotCanonical { at: start }),
        }
    }

    fn string(&mut self) -> Result<String, MessageError> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let Some(c) = rest.chars().next() else { return self.fail() };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(out);
                }
                '\\' => out.push(self.escape(rest)?),
                c if c < ' ' => return self.fail(),
                c => {
                    out.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, rest: &str) -> Result<char, MessageError> {
        let (c, length) = match rest.as_bytes().get(1) {
            Some(b'"') => ('"', 2),
            Some(b'\\') => ('\\', 2),
            Some(b'b') => ('\u{8}', 2),
            Some(b't') => ('\t', 2),
            Some(b'n') => ('\n', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'r') => ('\r', 2),
            Some(b'u') => match rest.get(2..6).and_then(control_character) {
                Some(c) => (c, 6),
                None => return self.fail(),
            },
            _ => return self.fail(),
        };
        self.at += length;
        Ok(c)
    }
}

// A control character that has no short escape, in the one spelling the canonical form allows.
fn control_character(digits: &str) -> Option<char> {
    let lower = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    (lower && c < ' ' && !matches!(c, '\u{8}' | '\t' | '\n' | '\u{c}' | '\r')).then_some(c)
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        write_object(self, &mut out);
        f.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Result<Object, MessageError> {
        Object::from_bytes(text.as_bytes())
    }

    #[test]
    fn canonical_text_is_read_and_printed_as_the_same_bytes() {
        for text in [
            "{}",
            r#"{"a":"Số 15/QĐ-UBND","b":[],"c":[1,-2,"x",{}],"d":{"e":0}}"#,
            r#"{"a":"\"\\\b\t\n\f\r\u0000\u001f/€"}"#,
            r#"{"n":9007199254740991,"o":-9007199254740991}"#,
            "{\"\u{10000}\":1,\"\u{e000}\":2}",
        ] {
            assert_eq!(reads(text).map(|o| o.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for text in [
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":1}"#,
            "{\"\u{e000}\":2,\"\u{10000}\":1}",
            r#"{ "a":1}"#,
            r#"{"a":1}
"#,
            r#"{"a":01}"#,
            r#"{"a":-0}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e2}"#,
            r#"{"a":9007199254740992}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\u001F"}"#,
            r#"{"a":"\u000a"}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            "",
        ] {
            assert!(matches!(reads(text), Err(MessageError::NotCanonical { .. })), "{text}: {:?}", reads(text));
        }
        assert_eq!(reads("[]"), Err(MessageError::NotAnObject));
        assert_eq!(Object::from_bytes(b"{\"a\":\"\xff\"}"), Err(MessageError::NotCanonical { at: 6 }));
    }

    #[test]
    fn depth_count_and_length_are_bounded() {
        let nest = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(reads(&nest(MAX_DEPTH)).is_ok());
        assert_eq!(reads(&nest(MAX_DEPTH + 1)), Err(MessageError::TooComplex));
        let many = |n: usize| format!("{{\"a\":[{}]}}", vec!["1"; n].join(","));
        assert!(reads(&many(MAX_VALUES - 2)).is_ok());
        assert_eq!(reads(&many(MAX_VALUES - 1)), Err(MessageError::TooComplex));
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_LENGTH));
        assert!(matches!(reads(&long), Err(MessageError::TooLong { .. })));
    }

    #[test]
    fn fields_set_in_any_order_come_out_sorted() {
        let mut object = Object::new();
        object.set("b", 1_u32).set("a", "x").set("b", 2_u32).set_some("c", None::<String>);
        assert_eq!(object.to_string(), r#"{"a":"x","b":2}"#);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_prints_as_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            if let Ok(object) = Object::from_bytes(&bytes) {
                proptest::prop_assert_eq!(object.to_bytes(), bytes);
            }
        }

        #[test]
        fn whatever_is_printed_reads_as_the_same(names in proptest::collection::vec(".{0,12}", 0..12), number in -MAX_INTEGER..=MAX_INTEGER) {
            let mut object = Object::new();
            for name in &names {
                object.set(name, vec![Value::from(name.as_str()), Value::from(number)]);
            }
            proptest::prop_assert_eq!(Object::from_bytes(&object.to_bytes()), Ok(object));
        }
    }
}
