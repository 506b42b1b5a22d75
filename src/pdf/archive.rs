//! PDF/A: what a file claims to be, and whether an update keeps to it — ISO 19005-1, -2 and -3.
//!
//! No validator: it knows the rules a signature's own objects could break, and looks at those objects only. The claim
//! is the file's own (`pdfaid:part` in its XMP metadata); nothing here writes metadata.

use super::error::PdfError;
use super::object::{Dictionary, Object, ObjectId};
use super::view::View;
use super::xref::{Entry, XrefForm};

/// Largest XMP packet looked at, bytes.
const MAX_METADATA: usize = 1 << 20;
/// Largest content stream of an appearance looked at, bytes.
const MAX_CONTENT: usize = 4 << 20;

/// What a file says about itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Archive {
    /// Part of ISO 19005: 1, 2 or 3; 4 for what is built on PDF 2.0.
    pub part: u8,
    /// Level of conformance: `A`, `B`, `U`; none in part 4.
    pub level: Option<char>,
    /// Its output intent.
    pub intent: Intent,
}

/// The colours of a PDF/A output intent (ISO 19005-2 6.2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Intent {
    /// None: device colours are not allowed at all.
    None,
    /// An RGB profile: `DeviceRGB` and `DeviceGray` are allowed.
    Rgb,
    /// Another profile: of the two only `DeviceGray` is allowed.
    Other,
}

impl Archive {
    /// True when nothing may be transparent: in part 1 (ISO 19005-1 6.4), and in the others on a page that names no
    /// blending colour space where there is no output intent (ISO 19005-2 6.2.10).
    pub fn forbids_transparency(&self) -> bool {
        self.part == 1 || self.intent == Intent::None
    }

    /// True when `DeviceRGB` needs a calibrated colour space in its place.
    pub fn needs_calibrated_colour(&self) -> bool {
        self.intent != Intent::Rgb
    }

    /// Longest string, bytes: ISO 19005-1 6.1.12 (PDF 1.4, Annex C), ISO 19005-2 6.1.13.
    pub fn longest_string(&self) -> usize {
        if self.part == 1 { 65_535 } else { 32_767 }
    }
}

impl std::fmt::Display for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PDF/A-{}", self.part)?;
        self.level.map_or(Ok(()), |level| write!(f, "{}", level.to_ascii_lowercase()))
    }
}

/// A rule an object or the file breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// ISO 19005-1 6.1.3, ISO 19005-2 6.1.3.
    #[error("it is encrypted")]
    Encrypted,
    /// ISO 19005-1 6.1.4 knows tables only.
    #[error("it has cross-reference or object streams, which PDF/A-1 does not know")]
    Streams,
    /// ISO 19005-1 6.4, ISO 19005-2 6.2.10.
    #[error("object {0} is transparent")]
    Transparent(ObjectId),
    /// ISO 19005-1 6.2.3.3, ISO 19005-2 6.2.4.3.
    #[error("object {0} has device colours that the file's output intent does not cover")]
    DeviceColour(ObjectId),
    /// ISO 19005-1 6.5.3, ISO 19005-2 6.3.2.
    #[error("the field of object {0} is hidden or not printed")]
    NotPrinted(ObjectId),
    /// ISO 19005-1 6.9, ISO 19005-2 6.3.3.
    #[error("the field of object {0} has no appearance of its own, or more than one")]
    Appearance(ObjectId),
    /// ISO 19005-1 6.6.2 and 6.9, ISO 19005-2 6.4.1 and 6.5.2.
    #[error("the field of object {0} acts by itself")]
    Action(ObjectId),
    /// ISO 19005-1 6.9, ISO 19005-2 6.4.1.
    #[error("the form asks viewers to draw its fields anew")]
    NeedAppearances,
    /// ISO 19005-1 6.3.4, ISO 19005-2 6.2.11.4.
    #[error("the font of object {0} is not embedded")]
    FontNotEmbedded(ObjectId),
    /// ISO 19005-1 6.3.5.
    #[error("the font of object {0} does not list its signs")]
    CidSet(ObjectId),
    /// ISO 19005-1 6.3.8, ISO 19005-2 6.2.11.7.
    #[error("the font of object {0} does not give its text in Unicode")]
    NoUnicode(ObjectId),
    /// ISO 19005-1 6.1.12, ISO 19005-2 6.1.13.
    #[error("object {0} has a string longer than PDF/A allows")]
    LongString(ObjectId),
}

impl View<'_, '_> {
    /// What the file claims to be; `None` when it is no PDF/A by its own word, or its metadata does not read.
    ///
    /// # Errors
    /// Those of [`View::catalog`].
    pub fn archive(&self) -> Result<Option<Archive>, PdfError> {
        let (_, catalog) = self.catalog()?;
        let Ok(Object::Stream(metadata)) = self.value(&catalog, "Metadata") else { return Ok(None) };
        let Ok(packet) = self.stream_data(&metadata, MAX_METADATA) else { return Ok(None) };
        let packet = text(&packet);
        let Some(part) = stated(&packet, "pdfaid:part").and_then(|p| p.parse().ok()) else { return Ok(None) };
        let level =
            stated(&packet, "pdfaid:conformance").and_then(|l| l.chars().next()).filter(char::is_ascii_alphabetic);
        Ok(Some(Archive { part, level, intent: self.intent(&catalog) }))
    }

    fn intent(&self, catalog: &Dictionary) -> Intent {
        let Ok(Object::Array(intents)) = self.value(catalog, "OutputIntents") else { return Intent::None };
        for item in intents.iter().take(16) {
            let Ok(intent) = self.resolve(item) else { continue };
            let Some(intent) = intent.as_dictionary().filter(|d| d.is_name("S", "GTS_PDFA1")) else { continue };
            let profile = self.value(intent, "DestOutputProfile").unwrap_or_default();
            return match profile.as_dictionary().and_then(|d| d.integer("N")) {
                Some(3) => Intent::Rgb,
                Some(_) => Intent::Other,
                None => Intent::None,
            };
        }
        Intent::None
    }
}

/// What makes the file as a whole no such PDF/A, whoever wrote it.
pub fn file_breaches(view: &View<'_, '_>, archive: &Archive) -> Vec<Breach> {
    let mut found = Vec::new();
    if view.trailer().has("Encrypt") {
        found.push(Breach::Encrypted);
    }
    let streams = view.sections().iter().any(|section| {
        section.form == XrefForm::Stream
            || section.hybrid.is_some()
            || section.entries.iter().any(|(_, entry)| matches!(entry, Entry::Compressed { .. }))
    });
    if archive.part == 1 && streams {
        found.push(Breach::Streams);
    }
    found
}

/// What objects break that sections from byte `from` on brought.
///
/// # Errors
/// Those of [`View::get`].
pub fn update_breaches(view: &View<'_, '_>, archive: &Archive, from: u64) -> Result<Vec<Breach>, PdfError> {
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let added = view.sections().iter().take_while(|section| section.offset >= from);
    for (number, entry) in added.flat_map(|section| section.entries.iter()) {
        let Entry::InUse { generation, .. } = entry else { continue };
        let id = ObjectId { number, generation };
        if !seen.insert(id) {
            continue;
        }
        let object = view.get(id)?;
        if longest_string(&object) > archive.longest_string() {
            found.push(Breach::LongString(id));
        }
        let Some(dictionary) = object.as_dictionary() else { continue };
        if dictionary.is_name("Subtype", "Widget") {
            widget(view, id, dictionary, &mut found)?;
        } else if dictionary.is_name("Subtype", "Form") {
            form(view, archive, id, &object, &mut found)?;
        } else if dictionary.is_name("Subtype", "Image") {
            let soft = dictionary.get("SMask").is_some_and(|mask| mask.as_name() != Some(b"None"));
            if soft && archive.forbids_transparency() {
                found.push(Breach::Transparent(id));
            }
        } else if dictionary.is_name("Type", "Font") {
            font(view, archive, id, dictionary, &mut found)?;
        } else if dictionary.has("Fields") && dictionary.get("NeedAppearances").and_then(Object::as_bool) == Some(true)
        {
            found.push(Breach::NeedAppearances);
        }
    }
    Ok(found)
}

fn widget(view: &View<'_, '_>, id: ObjectId, dictionary: &Dictionary, found: &mut Vec<Breach>) -> Result<(), PdfError> {
    const PRINT: i64 = 1 << 2;
    // Invisible, Hidden, NoView, ToggleNoView.
    const HIDING: i64 = 1 | 1 << 1 | 1 << 5 | 1 << 8;
    let flags = view.value(dictionary, "F")?.as_integer().unwrap_or(0);
    if flags & PRINT == 0 || flags & HIDING != 0 {
        found.push(Breach::NotPrinted(id));
    }
    let appearances = view.dictionary(dictionary, "AP")?.unwrap_or_default();
    let one_stream = appearances.len() == 1 && matches!(view.value(&appearances, "N")?, Object::Stream(_));
    // Check boxes and radio buttons have a dictionary of states; we make none.
    if !one_stream && !dictionary.is_name("FT", "Btn") {
        found.push(Breach::Appearance(id));
    }
    if dictionary.has("A") || dictionary.has("AA") {
        found.push(Breach::Action(id));
    }
    Ok(())
}

fn form(
    view: &View<'_, '_>,
    archive: &Archive,
    id: ObjectId,
    object: &Object,
    found: &mut Vec<Breach>,
) -> Result<(), PdfError> {
    let Object::Stream(stream) = object else { return Ok(()) };
    if stream.dictionary.has("Group") && archive.forbids_transparency() {
        found.push(Breach::Transparent(id));
    }
    let resources = view.dictionary(&stream.dictionary, "Resources")?.unwrap_or_default();
    let spaces = view.dictionary(&resources, "ColorSpace")?.unwrap_or_default();
    let content = view.stream_data(stream, MAX_CONTENT)?;
    let operators = |wanted: &[&[u8]]| content.split(u8::is_ascii_whitespace).any(|word| wanted.contains(&word));
    let mut rgb = operators(&[b"rg", b"RG"]);
    let mut grey = operators(&[b"g", b"G"]);
    let pictures = view.dictionary(&resources, "XObject")?.unwrap_or_default();
    for (_, picture) in pictures.iter() {
        let picture = view.resolve(picture)?;
        let Some(picture) = picture.as_dictionary() else { continue };
        rgb |= picture.is_name("ColorSpace", "DeviceRGB");
        grey |= picture.is_name("ColorSpace", "DeviceGray");
    }
    let wrong_rgb = rgb && archive.intent != Intent::Rgb && !spaces.has("DefaultRGB");
    let wrong_grey = grey && archive.intent == Intent::None && !spaces.has("DefaultGray");
    if wrong_rgb || wrong_grey || operators(&[b"k", b"K"]) {
        found.push(Breach::DeviceColour(id));
    }
    Ok(())
}

fn font(
    view: &View<'_, '_>,
    archive: &Archive,
    id: ObjectId,
    dictionary: &Dictionary,
    found: &mut Vec<Breach>,
) -> Result<(), PdfError> {
    if dictionary.is_name("Subtype", "Type0") {
        if matches!(archive.level, Some('A' | 'a' | 'U' | 'u')) && !dictionary.has("ToUnicode") {
            found.push(Breach::NoUnicode(id));
        }
        return Ok(());
    }
    let descriptor = view.dictionary(dictionary, "FontDescriptor")?.unwrap_or_default();
    if !["FontFile", "FontFile2", "FontFile3"].iter().any(|key| descriptor.has(key)) {
        found.push(Breach::FontNotEmbedded(id));
    } else if archive.part == 1 && dictionary.is_name("Subtype", "CIDFontType2") && !descriptor.has("CIDSet") {
        found.push(Breach::CidSet(id));
    }
    Ok(())
}

fn longest_string(object: &Object) -> usize {
    let entries = |d: &Dictionary| d.iter().map(|(_, value)| longest_string(value)).max().unwrap_or(0);
    match object {
        Object::String(string) => string.bytes.len(),
        Object::Array(items) => items.iter().map(longest_string).max().unwrap_or(0),
        Object::Dictionary(dictionary) => entries(dictionary),
        Object::Stream(stream) => entries(&stream.dictionary),
        _ => 0,
    }
}

// An XMP packet may be UTF-8 or UTF-16 (ISO 16684-1 7.1).
fn text(packet: &[u8]) -> String {
    let unit = match packet {
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        _ => return String::from_utf8_lossy(packet).into_owned(),
    };
    let units = packet.chunks_exact(2).filter_map(|pair| Some(unit([*pair.first()?, *pair.get(1)?])));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

// The value of a property, as an attribute or as an element; the prefix is prescribed (ISO 19005-1 6.7.11).
fn stated<'t>(packet: &'t str, property: &str) -> Option<&'t str> {
    for (at, _) in packet.match_indices(property) {
        let rest = packet.get(at..)?.strip_prefix(property)?.trim_start();
        let value = match rest.strip_prefix('=') {
            Some(quoted) => quoted.trim_start().trim_start_matches(['"', '\'']),
            None => match rest.strip_prefix('>') {
                Some(element) => element,
                None => continue,
            },
        };
        let value = value.split(['"', '\'', '<']).next()?.trim();
        if !value.is_empty() && value.len() <= 8 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::Document;
    use crate::pdf::testing::Builder;

    fn archived(part: &str, intent: Option<i64>) -> Vec<u8> {
        let mut builder = Builder::new();
        let intents = intent.map_or("", |_| "/OutputIntents[<</S/GTS_PDFA1/DestOutputProfile 6 0 R>>]");
        builder.object(1, &format!("<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R{intents}>>"));
        builder.object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        builder.object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>");
        builder.stream(5, "/Type/Metadata/Subtype/XML", part.as_bytes());
        builder.stream(6, &format!("/N {}", intent.unwrap_or(3)), b"");
        builder.table("/Size 7/Root 1 0 R")
    }

    fn claim(part: &str, intent: Option<i64>) -> Option<Archive> {
        let file = archived(part, intent);
        Document::open(&file).expect("opens").view().archive().expect("reads")
    }

    #[test]
    fn the_claim_is_read_as_attribute_and_as_element() {
        let attribute = "<rdf:Description pdfaid:part=\"1\" pdfaid:conformance='B'/>";
        let element = "<pdfaid:part> 2 </pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>";
        let archive = Archive { part: 1, level: Some('B'), intent: Intent::Rgb };
        assert_eq!(claim(attribute, Some(3)), Some(archive));
        assert_eq!(archive.to_string(), "PDF/A-1b");
        assert_eq!(claim(element, None), Some(Archive { part: 2, level: Some('U'), intent: Intent::None }));
        assert_eq!(claim(element, Some(4)).map(|a| a.intent), Some(Intent::Other));
        assert_eq!(claim("<x:xmpmeta/>", Some(3)), None);
        assert_eq!(claim("<pdfaid:part>x</pdfaid:part>", Some(3)), None);
    }

    #[test]
    fn objects_of_the_newest_section_are_held_to_the_rules() {
        let base = archived("<pdfaid:part>1</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>", Some(4));
        let at = base.windows(6).rposition(|w| w == b"\nxref\n").expect("there");
        let start = at + 1;
        let mut builder = Builder::after(&base);
        builder.object(10, "<</Type/Annot/Subtype/Widget/FT/Sig/F 2/AA<<>>/A<</S/Named>>>>");
        builder.stream(11, "/Subtype/Form/Group<</S/Transparency>>", b"1 0 0 rg");
        builder.stream(12, "/Subtype/Image/SMask 13 0 R", b"");
        builder.object(14, "<</Type/Font/Subtype/Type0>>");
        builder.object(15, "<</Type/Font/Subtype/CIDFontType2/FontDescriptor<</FontFile2 6 0 R>>>>");
        builder.object(16, "<</Type/Font/Subtype/TrueType>>");
        builder.object(17, &format!("<</Contents<{}>>>", "00".repeat(65_536)));
        builder.object(18, "<</Fields[]/NeedAppearances true>>");
        let file = builder.table(&format!("/Size 19/Root 1 0 R/Prev {start}"));
        let document = Document::open(&file).expect("opens");
        let view = document.view();
        let archive = view.archive().expect("reads").expect("claims");
        let id = ObjectId::new;
        let found = update_breaches(&view, &archive, u64::try_from(base.len()).expect("small")).expect("reads");
        assert_eq!(
            found,
            [
                Breach::NotPrinted(id(10)),
                Breach::Appearance(id(10)),
                Breach::Action(id(10)),
                Breach::Transparent(id(11)),
                Breach::DeviceColour(id(11)),
                Breach::Transparent(id(12)),
                Breach::NoUnicode(id(14)),
                Breach::CidSet(id(15)),
                Breach::FontNotEmbedded(id(16)),
                Breach::LongString(id(17)),
                Breach::NeedAppearances,
            ]
        );
        assert_eq!(file_breaches(&view, &archive), []);
    }

    #[test]
    fn streams_and_encryption_are_told_of_the_whole_file() {
        let file = crate::pdf::testing::document(crate::pdf::testing::Form::Compressed, "", "");
        let document = Document::open(&file).expect("opens");
        let archive = |part| Archive { part, level: None, intent: Intent::None };
        assert_eq!(file_breaches(&document.view(), &archive(1)), [Breach::Streams]);
        assert_eq!(file_breaches(&document.view(), &archive(2)), []);
    }
}
