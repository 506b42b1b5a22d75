//! The one font stamps are set in: Liberation Serif 2.1.5, whose widths are those of Times New Roman.
//!
//! Vietnamese in NFC needs no shaping: `cmap` (ISO/IEC 14496-22 5.2.1, formats 4 and 12) gives the glyph, `hmtx` its
//! width. What is used is subset and embedded as a Type 0 font over a CIDFontType2 (ISO 32000-2 9.7.4) whose ToUnicode
//! map returns the NFC text. The font file is ours, so a malformed table is a broken build, never a document's fault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use lopdf::{Object, ObjectId, dictionary};
use subsetter::GlyphRemapper;
use unicode_normalization::UnicodeNormalization;

use crate::stamp::appearance::deflated;

static REGULAR: &[u8] = include_bytes!("../../fixtures/font/LiberationSerif-Regular.ttf");

/// Why text cannot be set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// Letters the font does not have, each once, in order of appearance.
    #[error("the stamp's font has no sign for {}", .missing.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect::<Vec<_>>().join(", "))]
    Missing {
        /// The letters.
        missing: Vec<char>,
    },
    /// The embedded font could not be read or subset: the build is broken.
    #[error("the embedded font cannot be read")]
    Unreadable,
}

/// A parsed font program: what text setting needs of it, nothing more.
#[derive(Debug)]
pub struct Face {
    data: &'static [u8],
    units_per_em: u16,
    ascent: i16,
    descent: i16,
    bounds: [i16; 4],
    cap_height: i16,
    advances: Vec<u16>,
    glyphs: BTreeMap<u32, u16>,
}

impl Face {
    /// Liberation Serif Regular, parsed once.
    ///
    /// # Errors
    /// [`FontError::Unreadable`] when the embedded file is not the expected one.
    pub fn regular() -> Result<&'static Face, FontError> {
        static FACE: OnceLock<Option<Face>> = OnceLock::new();
        FACE.get_or_init(|| Face::parse(REGULAR)).as_ref().ok_or(FontError::Unreadable)
    }

    /// The glyph of `c`; `None` when the font has none.
    pub fn glyph(&self, c: char) -> Option<u16> {
        self.glyphs.get(&u32::from(c)).copied().filter(|g| *g != 0)
    }

    /// Advance width of `glyph` in thousandths of the font size.
    pub fn advance(&self, glyph: u16) -> f32 {
        let last = self.advances.last().copied().unwrap_or(0);
        let units = self.advances.get(usize::from(glyph)).copied().unwrap_or(last);
        f32::from(units) * 1000.0 / f32::from(self.units_per_em)
    }

    /// Width of `text` (taken as NFC) at `size_pt`, in points; letters the font lacks count nothing.
    pub fn width_pt(&self, text: &str, size_pt: f32) -> f32 {
        text.nfc().map(drawn).filter_map(|c| self.glyph(c)).map(|g| self.advance(g)).sum::<f32>() * size_pt / 1000.0
    }

    /// Height above the baseline in thousandths of the font size.
    pub fn ascent(&self) -> f32 {
        self.thousandths(self.ascent)
    }

    /// Depth below the baseline in thousandths of the font size; negative.
    pub fn descent(&self) -> f32 {
        self.thousandths(self.descent)
    }

    /// Height of capital letters in thousandths of the font size.
    pub fn cap_height(&self) -> f32 {
        self.thousandths(self.cap_height)
    }

    fn thousandths(&self, units: i16) -> f32 {
        f32::from(units) * 1000.0 / f32::from(self.units_per_em)
    }

    fn parse(data: &'static [u8]) -> Option<Face> {
        let head = table(data, b"head")?;
        let hhea = table(data, b"hhea")?;
        let units_per_em = u16_at(head, 18).filter(|u| (16..=16_384).contains(u))?;
        let count = usize::from(u16_at(hhea, 34)?);
        let hmtx = table(data, b"hmtx")?;
        let advances = (0..count).map(|i| u16_at(hmtx, i * 4)).collect::<Option<Vec<_>>>()?;
        let os2 = table(data, b"OS/2")?;
        Some(Face {
            data,
            units_per_em,
            ascent: i16_at(hhea, 4)?,
            descent: i16_at(hhea, 6)?,
            bounds: [i16_at(head, 36)?, i16_at(head, 38)?, i16_at(head, 40)?, i16_at(head, 42)?],
            cap_height: i16_at(os2, 88)?,
            advances,
            glyphs: cmap(table(data, b"cmap")?)?,
        })
    }
}

/// Text brought to NFC, with the spaces Unicode has besides U+0020 set as that one, as the font draws it.
pub fn normalise(text: &str) -> String {
    text.nfc().map(drawn).collect()
}

fn drawn(c: char) -> char {
    if c == '\u{a0}' || c == '\t' || c == '\u{202f}' { ' ' } else { c }
}

/// Collects the letters one appearance uses and encodes them.
#[derive(Debug)]
pub struct FontUse {
    face: &'static Face,
    remapper: GlyphRemapper,
    letters: BTreeMap<u16, char>,
}

impl FontUse {
    /// Nothing used yet.
    ///
    /// # Errors
    /// [`FontError::Unreadable`], see [`Face::regular`].
    pub fn new() -> Result<Self, FontError> {
        Ok(FontUse { face: Face::regular()?, remapper: GlyphRemapper::new(), letters: BTreeMap::new() })
    }

    /// The face behind it.
    pub fn face(&self) -> &'static Face {
        self.face
    }

    /// The two-byte codes of `text` in the subset to be, for a `Tj` operand. NFD input comes out as its NFC form.
    ///
    /// # Errors
    /// [`FontError::Missing`] names every letter the font lacks; nothing is then taken over.
    pub fn encode(&mut self, text: &str) -> Result<Vec<u8>, FontError> {
        let text = normalise(text);
        let mut missing = Vec::new();
        for c in text.chars() {
            if self.face.glyph(c).is_none() && !missing.contains(&c) {
                missing.push(c);
            }
        }
        if !missing.is_empty() {
            return Err(FontError::Missing { missing });
        }
        let mut codes = Vec::with_capacity(text.len() * 2);
        for c in text.chars() {
            let Some(glyph) = self.face.glyph(c) else { continue };
            let code = self.remapper.remap(glyph);
            self.letters.entry(code).or_insert(c);
            codes.extend_from_slice(&code.to_be_bytes());
        }
        Ok(codes)
    }

    /// The subset, ready to embed.
    ///
    /// # Errors
    /// [`FontError::Unreadable`] when the font program cannot be subset.
    pub fn finish(self) -> Result<EmbeddedFont, FontError> {
        let file = subsetter::subset(self.face.data, 0, &self.remapper).map_err(|_| FontError::Unreadable)?;
        let widths = self.remapper.remapped_gids().map(|old| self.face.advance(old)).collect();
        Ok(EmbeddedFont { file, widths, letters: self.letters, face: self.face })
    }
}

/// A subset font: program, widths by code and the letter behind each code.
#[derive(Clone, Debug)]
pub struct EmbeddedFont {
    file: Vec<u8>,
    widths: Vec<f32>,
    letters: BTreeMap<u16, char>,
    face: &'static Face,
}

impl EmbeddedFont {
    /// Letters the subset holds.
    pub fn letters(&self) -> BTreeSet<char> {
        self.letters.values().copied().collect()
    }

    /// Its indirect objects and the number of the Type 0 font among them.
    pub fn into_objects(self, allocate: &mut dyn FnMut() -> ObjectId) -> (ObjectId, Vec<(ObjectId, Object)>) {
        let (font, descendant, descriptor) = (allocate(), allocate(), allocate());
        let (file, unicode, cid_set) = (allocate(), allocate(), allocate());
        let name = format!("{}+LiberationSerif", self.tag());
        let face = self.face;
        let whole = |v: f32| Object::Real(v.round());
        let length = i64::try_from(self.file.len()).unwrap_or(0);
        let objects = vec![
            (
                font,
                Object::Dictionary(dictionary! {
                    "Type" => "Font",
                    "Subtype" => "Type0",
                    "BaseFont" => name.as_str(),
                    "Encoding" => "Identity-H",
                    "DescendantFonts" => vec![Object::Reference(descendant)],
                    "ToUnicode" => Object::Reference(unicode),
                }),
            ),
            (
                descendant,
                Object::Dictionary(dictionary! {
                    "Type" => "Font",
                    "Subtype" => "CIDFontType2",
                    "BaseFont" => name.as_str(),
                    "CIDSystemInfo" => dictionary! {
                        "Registry" => Object::string_literal("Adobe"),
                        "Ordering" => Object::string_literal("Identity"),
                        "Supplement" => 0,
                    },
                    "FontDescriptor" => Object::Reference(descriptor),
                    "CIDToGIDMap" => "Identity",
                    "DW" => 1000,
                    "W" => vec![
                        Object::Integer(0),
                        Object::Array(self.widths.iter().map(|w| Object::Real((w * 100.0).round() / 100.0)).collect()),
                    ],
                }),
            ),
            (
                descriptor,
                Object::Dictionary(dictionary! {
                    "Type" => "FontDescriptor",
                    "FontName" => name.as_str(),
                    // Serif and symbolic (ISO 32000-2 table 121): the codes are glyph numbers, not letters.
                    "Flags" => 6,
                    "FontBBox" => face.bounds.iter().map(|v| whole(face.thousandths(*v))).collect::<Vec<_>>(),
                    "ItalicAngle" => 0,
                    "Ascent" => whole(face.ascent()),
                    "Descent" => whole(face.descent()),
                    "CapHeight" => whole(face.cap_height()),
                    "StemV" => 80,
                    "FontFile2" => Object::Reference(file),
                    "CIDSet" => Object::Reference(cid_set),
                }),
            ),
            (unicode, Object::Stream(deflated(lopdf::Dictionary::new(), to_unicode(&self.letters)))),
            (cid_set, Object::Stream(deflated(lopdf::Dictionary::new(), cid_bits(self.widths.len())))),
            (file, Object::Stream(deflated(dictionary! { "Length1" => length }, self.file))),
        ];
        (font, objects)
    }

    // Six capitals that depend on the letters used, so that two subsets of one file differ in name (ISO 32000-2 9.9.2).
    fn tag(&self) -> String {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for (code, letter) in &self.letters {
            for part in [u64::from(*code), u64::from(u32::from(*letter))] {
                hash = (hash ^ part).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        (0..6)
            .map(|_| {
                let letter = u8::try_from(hash % 26).unwrap_or(0);
                hash /= 26;
                char::from(b'A' + letter)
            })
            .collect()
    }
}

// A ToUnicode CMap of single mappings, at most 100 a block — ISO 32000-2 9.10.3.
fn to_unicode(letters: &BTreeMap<u16, char>) -> Vec<u8> {
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) \
         /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\n\
         endcodespacerange\n",
    );
    let all: Vec<_> = letters.iter().collect();
    for block in all.chunks(100) {
        out.push_str(&format!("{} beginbfchar\n", block.len()));
        for (code, letter) in block {
            let mut units = [0u16; 2];
            let text: String = letter.encode_utf16(&mut units).iter().map(|u| format!("{u:04X}")).collect();
            out.push_str(&format!("<{code:04X}> <{text}>\n"));
        }
        out.push_str("endbfchar\n");
    }
    out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    out.into_bytes()
}

// One bit a CID, high bit first, all present — ISO 19005-1 6.3.5 asks for it with every subset.
fn cid_bits(count: usize) -> Vec<u8> {
    let mut bits = vec![0u8; count.div_ceil(8)];
    for cid in 0..count {
        if let Some(byte) = bits.get_mut(cid / 8) {
            *byte |= 0x80 >> (cid % 8);
        }
    }
    bits
}

fn table<'a>(data: &'a [u8], tag: &[u8; 4]) -> Option<&'a [u8]> {
    let count = usize::from(u16_at(data, 4)?);
    (0..count).find_map(|i| {
        let record = data.get(12 + i * 16..28 + i * 16)?;
        if record.get(..4)? != tag {
            return None;
        }
        let offset = usize::try_from(u32_at(record, 8)?).ok()?;
        let length = usize::try_from(u32_at(record, 12)?).ok()?;
        data.get(offset..offset.checked_add(length)?)
    })
}

// Unicode subtables only: (3, 10) with format 12, else (3, 1) or (0, *) with format 4.
fn cmap(table: &[u8]) -> Option<BTreeMap<u32, u16>> {
    let count = usize::from(u16_at(table, 2)?);
    let mut best: Option<(u8, &[u8])> = None;
    for i in 0..count {
        let (platform, encoding) = (u16_at(table, 4 + i * 8)?, u16_at(table, 6 + i * 8)?);
        let subtable = table.get(usize::try_from(u32_at(table, 8 + i * 8)?).ok()?..)?;
        let rank = match (platform, encoding, u16_at(subtable, 0)?) {
            (3, 10, 12) => 2,
            (3, 1, 4) | (0, _, 4) => 1,
            _ => continue,
        };
        if best.is_none_or(|(had, _)| rank > had) {
            best = Some((rank, subtable));
        }
    }
    let (rank, subtable) = best?;
    if rank == 2 { cmap_12(subtable) } else { cmap_4(subtable) }
}

fn cmap_12(table: &[u8]) -> Option<BTreeMap<u32, u16>> {
    let mut map = BTreeMap::new();
    let groups = usize::try_from(u32_at(table, 12)?).ok()?;
    for i in 0..groups {
        let at = 16 + i * 12;
        let (first, last, glyph) = (u32_at(table, at)?, u32_at(table, at + 4)?, u32_at(table, at + 8)?);
        for c in first..=last.min(0x10_ffff) {
            map.insert(c, u16::try_from(glyph + (c - first)).ok()?);
        }
    }
    Some(map)
}

fn cmap_4(table: &[u8]) -> Option<BTreeMap<u32, u16>> {
    let mut map = BTreeMap::new();
    let doubled = usize::from(u16_at(table, 6)?);
    for i in 0..doubled / 2 {
        let end = u16_at(table, 14 + i * 2)?;
        let start = u16_at(table, 16 + doubled + i * 2)?;
        let delta = u16_at(table, 16 + doubled * 2 + i * 2)?;
        let place = 16 + doubled * 3 + i * 2;
        let range = u16_at(table, place)?;
        for c in start..=end {
            if c == u16::MAX {
                break;
            }
            let glyph = if range == 0 {
                c.wrapping_add(delta)
            } else {
                match u16_at(table, place + usize::from(range) + usize::from(c - start) * 2)? {
                    0 => 0,
                    g => g.wrapping_add(delta),
                }
            };
            if glyph != 0 {
                map.insert(u32::from(c), glyph);
            }
        }
    }
    Some(map)
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_be_bytes)
}

fn i16_at(data: &[u8], at: usize) -> Option<i16> {
    data.get(at..at.checked_add(2)?)?.try_into().ok().map(i16::from_be_bytes)
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOWELS: &str = "aăâeêioôơuưy";
    const TONES: [&str; 6] = ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"];

    fn vietnamese() -> String {
        let mut all = String::from("đĐ");
        for vowel in VOWELS.chars() {
            for tone in TONES {
                let lower: String = format!("{vowel}{tone}").nfc().collect();
                all.push_str(&lower.to_uppercase());
                all.push_str(&lower);
            }
        }
        all
    }

    #[test]
    fn every_vietnamese_letter_and_sign_has_a_glyph() {
        let face = Face::regular().unwrap();
        for c in vietnamese().chars().chain("₫§№“”–—…·0123456789/:;,.-+()&@".chars()) {
            assert!(face.glyph(c).is_some(), "{c}");
        }
        assert_eq!(vietnamese().chars().count(), 2 + 12 * 6 * 2);
    }

    #[test]
    fn widths_are_those_of_times() {
        let face = Face::regular().unwrap();
        for (c, width) in [('A', 722.0), ('a', 444.0), ('M', 889.0), ('Đ', 722.0), ('0', 500.0)] {
            let got = face.advance(face.glyph(c).unwrap());
            assert!((got - width).abs() < 1.0, "{c}: {got}");
        }
    }

    #[test]
    fn decomposed_text_encodes_as_its_composed_form() {
        let composed = "Ủy ban nhân dân tỉnh Sơn Hải";
        let decomposed: String = composed.nfd().collect();
        assert_ne!(composed, decomposed);
        let (mut a, mut b) = (FontUse::new().unwrap(), FontUse::new().unwrap());
        assert_eq!(a.encode(composed).unwrap(), b.encode(&decomposed).unwrap());
        assert_eq!(a.letters, b.letters);
    }

    #[test]
    fn missing_letters_are_named_once_and_nothing_is_taken_over() {
        let mut font = FontUse::new().unwrap();
        let got = font.encode("ký 署 số 署 ✓").unwrap_err();
        assert_eq!(got, FontError::Missing { missing: vec!['署', '✓'] });
        assert!(font.letters.is_empty());
    }

    #[test]
    fn a_subset_is_small_and_maps_every_code_back() {
        let mut font = FontUse::new().unwrap();
        font.encode(&vietnamese()).unwrap();
        let made = font.finish().unwrap();
        assert!(made.file.len() < 40_000, "{}", made.file.len());
        assert_eq!(made.widths.len(), made.letters.len() + 1);
        let map = String::from_utf8(to_unicode(&made.letters)).unwrap();
        assert!(map.contains("<0001> <0111>"), "{map}");
        assert!(made.letters().contains(&'Ặ'));
    }

    #[test]
    fn no_break_space_is_drawn_as_a_space() {
        let mut font = FontUse::new().unwrap();
        font.encode("a\u{a0}b c").unwrap();
        assert_eq!(font.letters.values().filter(|c| c.is_whitespace()).count(), 1);
        assert!(font.letters.values().all(|c| *c != '\u{a0}'));
    }
}
