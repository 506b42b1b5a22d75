//! Finding objects without cross-reference data, for reports about damaged files.
//!
//! One pass over the file; the last object of a number wins, as in other readers. Nothing found this way may be
//! signed or trusted: the caller marks the document.

use std::collections::BTreeMap;

use super::error::{PdfError, XrefFault};
use super::indirect::{object_header, read_indirect};
use super::lexer::{Lexer, is_regular, is_space};
use super::object::{Dictionary, Object, ObjectId};
use super::xref::{Entries, Entry, MAX_OBJECT_NUMBER, Section, XrefForm};
use crate::base::read::ReadAt;

const STEP: u64 = 1 << 20;
const MAX_FOUND: usize = 2_000_000;

/// Builds one section out of every object and trailer found.
pub(crate) fn scan(file: &dyn ReadAt) -> Result<Section, PdfError> {
    let mut found = BTreeMap::new();
    let mut trailer = Dictionary::new();
    let mut at = 0;
    while at < file.len() {
        let length = STEP.saturating_add(64).min(file.len() - at);
        let bytes = file.read_range(at, length, usize::try_from(STEP).unwrap_or(0) + 64)?;
        for (index, window) in bytes.windows(4).enumerate() {
            let position = at.saturating_add(u64::try_from(index).unwrap_or(0));
            if position >= at.saturating_add(STEP) {
                break;
            }
            let begins_word = index == 0 || bytes.get(index - 1).is_none_or(|b| !is_regular(*b));
            if window == b"trai" && bytes.get(index..).is_some_and(|rest| rest.starts_with(b"trailer")) {
                note_trailer(Lexer::new(file, position.saturating_add(7)).object().ok(), &mut trailer);
            } else if begins_word && window.first().is_some_and(u8::is_ascii_digit) {
                note_object(file, position, &bytes[index..], &mut found, &mut trailer);
                if found.len() > MAX_FOUND {
                    return Err(PdfError::XrefDamaged { at: position, fault: XrefFault::TooMany });
                }
            }
        }
        at = at.saturating_add(STEP);
    }
    if found.is_empty() || !trailer.has("Root") {
        let catalog = find_catalog(file, &found);
        let Some(catalog) = catalog else {
            return Err(PdfError::XrefDamaged { at: file.len(), fault: XrefFault::NoStartXref });
        };
        trailer.set("Root", catalog);
    }
    trailer.remove("Prev");
    trailer.remove("XRefStm");
    Ok(Section {
        offset: file.len(),
        end: file.len(),
        form: XrefForm::Table,
        entries: Entries::from_rows(found.into_iter().collect()),
        hybrid: None,
        trailer,
        previous: None,
    })
}

fn note_trailer(object: Option<Object>, trailer: &mut Dictionary) {
    if let Some(dictionary) = object.as_ref().and_then(Object::as_dictionary)
        && dictionary.has("Root")
    {
        *trailer = dictionary.clone();
    }
}

fn note_object(file: &dyn ReadAt, at: u64, bytes: &[u8], found: &mut BTreeMap<u32, Entry>, trailer: &mut Dictionary) {
    // Cheap look first: digits, space, digits, space, `obj`.
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits > 10 || !bytes.get(digits).copied().is_some_and(is_space) {
        return;
    }
    let Ok(Some(id)) = object_header(&mut Lexer::new(file, at)) else { return };
    if id.number > MAX_OBJECT_NUMBER {
        return;
    }
    found.insert(id.number, Entry::InUse { offset: at, generation: id.generation });
    let Ok(Some(raw)) = read_indirect(file, at, &|_| None) else { return };
    let Some(stream) = raw.object.as_stream() else { return };
    if stream.dictionary.is_name("Type", "XRef") {
        note_trailer(Some(raw.object), trailer);
    } else if stream.dictionary.is_name("Type", "ObjStm") {
        note_compressed(file, stream, id, found);
    }
}

fn note_compressed(file: &dyn ReadAt, stream: &super::object::Stream, id: ObjectId, found: &mut BTreeMap<u32, Entry>) {
    const LIMIT: usize = 16 << 20;
    let Ok(encoded) = file.read_range(stream.start, stream.length, LIMIT) else { return };
    let Ok(data) = super::filter::decode(&stream.dictionary, encoded, LIMIT) else { return };
    let count = stream.dictionary.integer("N").and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let mut lexer = Lexer::decoded(&data, 0);
    for index in 0..count.min(200_000) {
        let (Ok(number), Ok(_)) = (lexer.object(), lexer.object()) else { return };
        if let Some(number) =
            number.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= MAX_OBJECT_NUMBER)
        {
            found.insert(number, Entry::Compressed { stream: id.number, index });
        }
    }
}

fn find_catalog(file: &dyn ReadAt, found: &BTreeMap<u32, Entry>) -> Option<ObjectId> {
    found.iter().rev().take(100_000).find_map(|(number, entry)| {
        let Entry::InUse { offset, generation } = entry else { return None };
        let raw = read_indirect(file, *offset, &|_| None).ok()??;
        let is_catalog = raw.object.as_dictionary().is_some_and(|d| d.is_name("Type", "Catalog"));
        is_catalog.then_some(ObjectId { number: *number, generation: *generation })
    })
}
