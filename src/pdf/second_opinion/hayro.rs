//! What `hayro-syntax` sees.

use std::sync::Arc;

use hayro_syntax::object::{MaybeRef, Object as HayroObject, ObjectIdentifier};

use super::agreed::{Agreed, begins_alone};
use super::alike::{MAX_DEPTH, Value, real, same_number, surely_alike_dictionaries};
use super::{Depth, Opinion, Own, Parser, Span, compare};
use crate::pdf::document::Beginning;
use crate::pdf::error::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId};

/// What it sees differently in the revision that ends with these bytes.
///
/// # Errors
/// Those of [`compare`].
pub(super) fn ask(
    own: &Own<'_, '_>,
    signature: Option<ObjectId>,
    bytes: Arc<Beginning>,
    agreed: Option<&Agreed>,
) -> Result<Opinion, PdfError> {
    match hayro_syntax::Pdf::new(bytes) {
        Ok(other) => compare(own, signature, &Hayro::new(other, agreed), Depth::Everything),
        Err(_) => Ok(Opinion::CannotRead),
    }
}

/// A revision as `hayro-syntax` reads it.
pub(super) struct Hayro<'g> {
    pdf: hayro_syntax::Pdf,
    agreed: Option<&'g Agreed>,
}

impl<'g> Hayro<'g> {
    /// With what is known of other revisions.
    pub(super) fn new(pdf: hayro_syntax::Pdf, agreed: Option<&'g Agreed>) -> Self {
        Hayro { pdf, agreed }
    }

    // A dictionary in the file, which is read when asked for, is what it was when it was compared.
    fn has_dictionary(
        &self,
        id: ObjectId,
        ours: &Object,
        theirs: &hayro_syntax::object::Dict<'_>,
        place: Option<Span>,
    ) -> bool {
        let Some(dictionary) = ours.as_dictionary() else { return false };
        let bytes: &[u8] = self.pdf.data().as_ref();
        let known = self.agreed.and_then(|agreed| {
            let start = begins_alone(bytes, ours, place)?;
            let there = theirs.data().as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
            let end = there.checked_add(theirs.data().len())?;
            (end < bytes.len()).then_some((agreed, start, there))
        });
        let Some((agreed, start, there)) = known else { return surely_hayro_dictionary(dictionary, theirs, 0) };
        if agreed.has(id, start, there) {
            return true;
        }
        let same = surely_hayro_dictionary(dictionary, theirs, 0);
        if same {
            agreed.add(id, start, there);
        }
        same
    }
}

fn hayro_id(id: ObjectId) -> ObjectIdentifier {
    ObjectIdentifier::new(id.number, i32::from(id.generation))
}

fn from_hayro_id(number: u32, generation: i32) -> Option<ObjectId> {
    Some(ObjectId { number, generation: u16::try_from(generation).ok()? })
}

impl Parser for Hayro<'_> {
    fn root(&self) -> Option<ObjectId> {
        let id = self.pdf.xref().root_id();
        from_hayro_id(id.obj_number, id.gen_number)
    }

    fn object(&self, id: ObjectId) -> Option<Object> {
        let object = self.pdf.xref().get::<HayroObject<'_>>(hayro_id(id));
        object.map_or(Some(Object::Null), |object| from_hayro(object, 0))
    }

    fn data(&self, id: ObjectId) -> Option<Vec<u8>> {
        let stream = self.pdf.xref().get::<hayro_syntax::object::Stream<'_>>(hayro_id(id))?;
        Some(stream.raw_data().into_owned())
    }

    fn surely_has(&self, id: ObjectId, ours: &Object, data: Option<&[u8]>, place: Option<Span>) -> bool {
        match self.pdf.xref().get::<HayroObject<'_>>(hayro_id(id)) {
            Some(HayroObject::Stream(stream)) => {
                ours.as_stream().is_some()
                    && data.is_some_and(|data| *data == *stream.raw_data())
                    && self.has_dictionary(id, ours, stream.dict(), place)
            }
            Some(HayroObject::Dict(theirs)) if data.is_none() && matches!(ours, Object::Dictionary(_)) => {
                self.has_dictionary(id, ours, &theirs, place)
            }
            Some(theirs) => data.is_none() && surely_hayro(ours, &theirs, 0),
            None => false,
        }
    }

    fn pages(&self) -> Option<Vec<Option<ObjectId>>> {
        let id = |page: &hayro_syntax::page::Page<'_>| {
            page.raw().obj_id().and_then(|id| from_hayro_id(id.obj_number, id.gen_number))
        };
        Some(self.pdf.pages().iter().map(id).collect())
    }
}

// True only where `from_hayro` would give something `alike`.
fn surely_hayro(ours: &Object, theirs: &HayroObject<'_>, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (ours, theirs) {
        (Object::Null, HayroObject::Null(_)) => true,
        (Object::Boolean(a), HayroObject::Boolean(b)) => a == b,
        (Object::Integer(_) | Object::Real(_), HayroObject::Number(b)) => same_number(ours, b.as_f64()),
        (Object::String(a), HayroObject::String(b)) => a.bytes == b.as_bytes(),
        (Object::Name(a), HayroObject::Name(b)) => a.as_slice() == b.as_ref(),
        (Object::Dictionary(a), HayroObject::Dict(b)) => surely_hayro_dictionary(a, b, depth),
        (Object::Array(a), HayroObject::Array(b)) => {
            let mut theirs = b.raw_iter();
            let all = a.iter().all(|a| theirs.next().is_some_and(|b| surely_hayro_item(a, &b, depth + 1)));
            all && theirs.next().is_none()
        }
        _ => false,
    }
}

fn surely_hayro_dictionary(ours: &Dictionary, theirs: &hayro_syntax::object::Dict<'_>, depth: usize) -> bool {
    surely_alike_dictionaries(ours, theirs.len(), |key, ours, value| match value {
        Value::LeftOut => theirs.contains_key(key),
        Value::Compared => {
            theirs.get_raw::<HayroObject<'_>>(key).is_some_and(|theirs| surely_hayro_item(ours, &theirs, depth + 1))
        }
    })
}

fn surely_hayro_item(ours: &Object, theirs: &MaybeRef<HayroObject<'_>>, depth: usize) -> bool {
    match theirs {
        MaybeRef::Ref(id) => {
            ours.as_reference().is_some_and(|ours| from_hayro_id(id.obj_number, id.gen_number) == Some(ours))
        }
        MaybeRef::NotRef(object) => surely_hayro(ours, object, depth),
    }
}

fn from_hayro(object: HayroObject<'_>, depth: usize) -> Option<Object> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match object {
        HayroObject::Null(_) => Object::Null,
        HayroObject::Boolean(value) => Object::Boolean(value),
        HayroObject::Number(number) => real(number.as_f64()),
        HayroObject::String(string) => Object::string(string.as_bytes()),
        HayroObject::Name(name) => Object::Name(name.as_ref().to_vec()),
        HayroObject::Dict(dictionary) => hayro_dictionary(&dictionary, depth)?.into(),
        HayroObject::Stream(stream) => hayro_dictionary(stream.dict(), depth)?.into(),
        HayroObject::Array(array) => {
            let items: Option<Vec<Object>> = array.raw_iter().map(|item| from_hayro_item(item, depth + 1)).collect();
            Object::Array(items?)
        }
    })
}

fn hayro_dictionary(dictionary: &hayro_syntax::object::Dict<'_>, depth: usize) -> Option<Dictionary> {
    let entries: Option<Vec<(Vec<u8>, Object)>> = dictionary
        .entries()
        .map(|(key, value)| Some((key.as_ref().to_vec(), from_hayro_item(value, depth + 1)?)))
        .collect();
    Some(Dictionary::from_entries(entries?))
}

fn from_hayro_item(item: MaybeRef<HayroObject<'_>>, depth: usize) -> Option<Object> {
    match item {
        MaybeRef::Ref(id) => from_hayro_id(id.obj_number, id.gen_number).map(Object::Reference),
        MaybeRef::NotRef(object) => from_hayro(object, depth),
    }
}
