//! Values between our reader and `lopdf`, which derives encryption keys and serialises new objects.

use super::object::{Dictionary, Object};

/// The same value for `lopdf`; a stream becomes its dictionary, a real number loses digits past single precision.
pub fn to_lopdf(object: &Object) -> lopdf::Object {
    match object {
        Object::Null => lopdf::Object::Null,
        Object::Boolean(value) => lopdf::Object::Boolean(*value),
        Object::Integer(value) => lopdf::Object::Integer(*value),
        Object::Real(real) => lopdf::Object::Real(real.text.parse().unwrap_or(0.0)),
        Object::Name(name) => lopdf::Object::Name(name.clone()),
        Object::String(string) => {
            let format = if string.hex { lopdf::StringFormat::Hexadecimal } else { lopdf::StringFormat::Literal };
            lopdf::Object::String(string.bytes.clone(), format)
        }
        Object::Array(items) => lopdf::Object::Array(items.iter().map(to_lopdf).collect()),
        Object::Dictionary(dictionary) => lopdf::Object::Dictionary(dictionary_to_lopdf(dictionary)),
        Object::Stream(stream) => lopdf::Object::Dictionary(dictionary_to_lopdf(&stream.dictionary)),
        Object::Reference(id) => lopdf::Object::Reference((id.number, id.generation)),
    }
}

fn dictionary_to_lopdf(dictionary: &Dictionary) -> lopdf::Dictionary {
    dictionary.iter().map(|(key, value)| (key.to_vec(), to_lopdf(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_crossing() {
        let bytes = b"<</A[1 2.5/N(s)<00ff>]/B 7 0 R/C true>>".to_vec();
        let object = crate::pdf::lexer::Lexer::new(&bytes, 0).object().expect("valid");
        let mut written = Vec::new();
        lopdf::Writer::write_object(&mut written, &to_lopdf(&object)).expect("memory");
        let back = crate::pdf::lexer::Lexer::new(&written, 0).object().expect("valid");
        assert_eq!(back, object);
    }
}
