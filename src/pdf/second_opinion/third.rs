//! What `pdf` sees.
//!
//! It is older and less hardened than the others: its panics are "cannot read".

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf::backend::{Backend, IndexRange};
use pdf::file::{NoCache, NoLog, Storage};
use pdf::object::{ParseOptions, PlainRef, Resolve};
use pdf::primitive::{Dictionary as PrimitiveDictionary, Primitive};

use super::agreed::{Agreed, begins_alone};
use super::alike::{MAX_DEPTH, Value, real, same_number, surely_alike_dictionaries};
use super::{Depth, Opinion, Own, Parser, Span, compare};
use crate::pdf::error::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId, PdfString};

/// What it sees differently in the revision that ends with these bytes.
///
/// # Errors
/// Those of [`compare`].
pub(super) fn ask(
    own: &Own<'_, '_>,
    signature: Option<ObjectId>,
    bytes: &[u8],
    depth: Depth,
    agreed: Option<&Agreed>,
) -> Result<Opinion, PdfError> {
    let asked = catch_unwind(AssertUnwindSafe(|| {
        let watch = Cell::new(Watch::Nothing);
        let watched = Watched { bytes, watch: &watch };
        let mut storage = Storage::with_cache(watched, ParseOptions::tolerant(), NoCache, NoCache, NoLog).ok()?;
        let trailer = storage.load_storage_and_trailer().ok()?;
        let other = PdfCrate { resolver: &storage.resolver(), trailer, bytes, watch: &watch, agreed };
        let opinion = compare(own, signature, &other, depth);
        // A table it cannot follow makes every object unreadable; that is no opinion.
        if matches!(opinion, Ok(Opinion::Disagree(_))) && !other.root().is_some_and(|id| other.holds_dictionary(id)) {
            return None;
        }
        Some(opinion)
    }));
    match asked {
        Ok(Some(opinion)) => opinion,
        Ok(None) | Err(_) => Ok(Opinion::CannotRead),
    }
}

/// The bytes it reads, and where it looks for an object.
struct Watched<'b> {
    bytes: &'b [u8],
    watch: &'b Cell<Watch>,
}

/// What is to be known of where it looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Watch {
    Nothing,
    /// Where it looks next. An object begins there and may end anywhere.
    Next,
    /// The same, and here it need not read again.
    StopAt(usize),
    /// It looked here.
    Looked(usize),
    /// It was stopped where it would have read again.
    Stopped,
}

impl Backend for Watched<'_> {
    fn read<R: IndexRange>(&self, range: R) -> pdf::error::Result<&[u8]> {
        let is_open = range.end().is_none();
        let range = range.to_range(self.bytes.len())?;
        match self.watch.get() {
            Watch::StopAt(known) if is_open && range.start == known => {
                self.watch.set(Watch::Stopped);
                return Err(pdf::PdfError::EOF);
            }
            Watch::Next | Watch::StopAt(_) => self.watch.set(Watch::Looked(range.start)),
            Watch::Nothing | Watch::Looked(_) | Watch::Stopped => {}
        }
        self.bytes.get(range).ok_or(pdf::PdfError::EOF)
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }
}

struct PdfCrate<'s, R> {
    resolver: &'s R,
    trailer: PrimitiveDictionary,
    bytes: &'s [u8],
    watch: &'s Cell<Watch>,
    agreed: Option<&'s Agreed>,
}

impl<R: Resolve> PdfCrate<'_, R> {
    fn holds_dictionary(&self, id: ObjectId) -> bool {
        matches!(self.resolver.resolve(plain(id)), Ok(Primitive::Dictionary(_) | Primitive::Stream(_)))
    }

    fn reads_the_same(&self, id: ObjectId, ours: &Object, data: Option<&[u8]>) -> bool {
        match self.resolver.resolve(plain(id)) {
            Ok(Primitive::Stream(stream)) => {
                let ours = ours.as_stream().map(|stream| &stream.dictionary);
                ours.is_some_and(|ours| surely_primitive_dictionary(ours, &stream.info, 0))
                    && data.is_some_and(|data| stream.raw_data(self.resolver).is_ok_and(|theirs| *data == *theirs))
            }
            Ok(theirs) => data.is_none() && surely_primitive(ours, &theirs, 0),
            Err(_) => false,
        }
    }
}

impl<R: Resolve> Parser for PdfCrate<'_, R> {
    fn root(&self) -> Option<ObjectId> {
        match self.trailer.get("Root")? {
            Primitive::Reference(id) => from_plain(*id),
            _ => None,
        }
    }

    fn object(&self, id: ObjectId) -> Option<Object> {
        match self.resolver.resolve(plain(id)) {
            Ok(primitive) => from_primitive(&primitive, 0),
            Err(pdf::PdfError::FreeObject { .. } | pdf::PdfError::NullRef { .. }) => Some(Object::Null),
            Err(_) => None,
        }
    }

    fn data(&self, id: ObjectId) -> Option<Vec<u8>> {
        match self.resolver.resolve(plain(id)).ok()? {
            Primitive::Stream(stream) => Some(stream.raw_data(self.resolver).ok()?.to_vec()),
            _ => None,
        }
    }

    fn surely_has(&self, id: ObjectId, ours: &Object, data: Option<&[u8]>, place: Option<Span>) -> bool {
        let alone = self.agreed.and_then(|agreed| Some((agreed, begins_alone(self.bytes, ours, place)?)));
        let Some((agreed, start)) = alone else { return self.reads_the_same(id, ours, data) };
        // It is led here by its own table, or reads anew.
        self.watch.set(if agreed.has(id, start, start) { Watch::StopAt(start) } else { Watch::Next });
        let same = self.reads_the_same(id, ours, data);
        match self.watch.replace(Watch::Nothing) {
            Watch::Stopped => true,
            Watch::Looked(at) => {
                if same && at == start {
                    agreed.add(id, start, at);
                }
                same
            }
            Watch::Nothing | Watch::Next | Watch::StopAt(_) => same,
        }
    }

    fn pages(&self) -> Option<Vec<Option<ObjectId>>> {
        None
    }
}

fn plain(id: ObjectId) -> PlainRef {
    PlainRef { id: u64::from(id.number), r#gen: u64::from(id.generation) }
}

fn from_plain(id: PlainRef) -> Option<ObjectId> {
    Some(ObjectId { number: u32::try_from(id.id).ok()?, generation: u16::try_from(id.r#gen).ok()? })
}

// True only where `from_primitive` would give something `alike`.
fn surely_primitive(ours: &Object, theirs: &Primitive, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (ours, theirs) {
        (Object::Null, Primitive::Null) => true,
        (Object::Boolean(a), Primitive::Boolean(b)) => a == b,
        (Object::Integer(_) | Object::Real(_), Primitive::Integer(b)) => same_number(ours, f64::from(*b)),
        (Object::Integer(_) | Object::Real(_), Primitive::Number(b)) => same_number(ours, f64::from(*b)),
        (Object::String(a), Primitive::String(b)) => a.bytes == b.as_bytes(),
        (Object::Name(a), Primitive::Name(b)) => a.as_slice() == b.as_str().as_bytes(),
        (Object::Reference(a), Primitive::Reference(b)) => from_plain(*b) == Some(*a),
        (Object::Dictionary(a), Primitive::Dictionary(b)) => surely_primitive_dictionary(a, b, depth),
        (Object::Array(a), Primitive::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| surely_primitive(a, b, depth + 1))
        }
        _ => false,
    }
}

fn surely_primitive_dictionary(ours: &Dictionary, theirs: &PrimitiveDictionary, depth: usize) -> bool {
    surely_alike_dictionaries(ours, theirs.len(), |key, ours, value| {
        theirs.get(key).is_some_and(|theirs| value == Value::LeftOut || surely_primitive(ours, theirs, depth + 1))
    })
}

fn from_primitive(primitive: &Primitive, depth: usize) -> Option<Object> {
    if depth > MAX_DEPTH {
        return None;
    }
    let dictionary = |dictionary: &PrimitiveDictionary| -> Option<Object> {
        let entries: Option<Vec<(Vec<u8>, Object)>> = dictionary
            .iter()
            .map(|(key, value)| Some((key.as_str().as_bytes().to_vec(), from_primitive(value, depth + 1)?)))
            .collect();
        Some(Dictionary::from_entries(entries?).into())
    };
    Some(match primitive {
        Primitive::Null => Object::Null,
        Primitive::Integer(value) => Object::Integer(i64::from(*value)),
        Primitive::Number(value) => real(f64::from(*value)),
        Primitive::Boolean(value) => Object::Boolean(*value),
        Primitive::String(string) => {
            Object::String(Box::new(PdfString { bytes: string.as_bytes().to_vec(), ..PdfString::default() }))
        }
        Primitive::Name(name) => Object::Name(name.as_str().as_bytes().to_vec()),
        Primitive::Reference(id) => Object::Reference(from_plain(*id)?),
        Primitive::Array(items) => {
            Object::Array(items.iter().map(|item| from_primitive(item, depth + 1)).collect::<Option<_>>()?)
        }
        Primitive::Dictionary(inner) => dictionary(inner)?,
        Primitive::Stream(stream) => dictionary(&stream.info)?,
    })
}
