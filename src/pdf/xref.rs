//! Cross-reference tables, streams and the chain they form — ISO 32000-2 7.5.4, 7.5.5, 7.5.8.
//!
//! Reads what the file says and nothing else: no rebuilding here. Every section stays separate, so that each
//! revision can be seen as its first reader saw it. Costs 24 bytes an entry.

use std::collections::HashSet;

use super::error::{PdfError, XrefFault};
use super::filter;
use super::lexer::{Lexer, Token, is_space};
use super::object::{Dictionary, Object};
use crate::base::read::ReadAt;

/// Most sections (revisions, roughly) of one file.
pub const MAX_SECTIONS: usize = 2_048;
/// Highest object number that is read: twice the architectural limit of ISO 32000-1 Annex C.
pub const MAX_OBJECT_NUMBER: u32 = 16_777_214;
const FREE_ENTRIES: u64 = 200_000;
const STARTXREF_WINDOW: u64 = 64 << 10;

/// Where an object is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entry {
    /// Deleted or never used.
    Free,
    /// At a file offset.
    InUse {
        /// File offset of `N G obj`.
        offset: u64,
        /// Its generation.
        generation: u16,
    },
    /// In an object stream.
    Compressed {
        /// Object number of the stream.
        stream: u32,
        /// Position among the objects of the stream.
        index: u32,
    },
}

/// Table or stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum XrefForm {
    /// `xref` … `trailer`.
    Table,
    /// A stream of `/Type /XRef`.
    Stream,
}

/// Entries of one section, sorted by object number.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    rows: Vec<(u32, Entry)>,
    repeated: bool,
}

impl Entries {
    /// The entry of an object number.
    pub fn get(&self, number: u32) -> Option<Entry> {
        let at = self.rows.binary_search_by_key(&number, |row| row.0).ok()?;
        self.rows.get(at).map(|row| row.1)
    }

    /// All entries, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Entry)> {
        self.rows.iter().copied()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True when one object number had two different entries in this section.
    pub fn has_repeated(&self) -> bool {
        self.repeated
    }

    pub(crate) fn from_rows(mut rows: Vec<(u32, Entry)>) -> Self {
        let ascending = rows.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let mut repeated = false;
        if !ascending {
            rows.sort_by_key(|row| row.0);
            repeated = rows.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
            rows.dedup_by_key(|row| row.0);
        }
        rows.shrink_to_fit();
        Entries { rows, repeated }
    }
}

/// The part of a hybrid file only readers of streams see — ISO 32000-2 7.5.8.4.
#[derive(Clone, Debug)]
pub struct Hybrid {
    /// File offset of the stream.
    pub offset: u64,
    /// Its entries.
    pub entries: Entries,
}

/// One section of the chain.
#[derive(Clone, Debug)]
pub struct Section {
    /// File offset of `xref` or of the stream object.
    pub offset: u64,
    /// First byte after the trailer dictionary or the stream object.
    pub end: u64,
    /// Table or stream.
    pub form: XrefForm,
    /// Its own entries.
    pub entries: Entries,
    /// The stream `/XRefStm` names.
    pub hybrid: Option<Hybrid>,
    /// Trailer dictionary, or the stream's dictionary.
    pub trailer: Dictionary,
    /// File offset of the section before, base included.
    pub previous: Option<u64>,
}

/// Offset of the last `startxref` that begins before `end`, and the number after it.
pub(crate) fn last_startxref(file: &dyn ReadAt, end: u64) -> Result<Option<(u64, u64)>, PdfError> {
    let mut window = 2_048;
    loop {
        let from = end.saturating_sub(window);
        let bytes = file.read_range(from, end - from, usize::try_from(STARTXREF_WINDOW).unwrap_or(usize::MAX))?;
        if let Some(at) = rfind(&bytes, b"startxref") {
            let position = from.saturating_add(u64::try_from(at).unwrap_or(0));
            let mut lexer = Lexer::new(file, position.saturating_add(9));
            let value = match lexer.token() {
                Ok(Token::Value(Object::Integer(value))) => u64::try_from(value).ok(),
                _ => None,
            };
            return Ok(value.map(|value| (position, value)));
        }
        if from == 0 || window >= STARTXREF_WINDOW {
            return Ok(None);
        }
        window = STARTXREF_WINDOW;
    }
}

/// Reads the chain that begins at `start`, newest section first. Offsets in the file are relative to `base`.
pub(crate) fn read_chain(file: &dyn ReadAt, base: u64, start: u64) -> Result<Vec<Section>, PdfError> {
    let mut reader = ChainReader { file, base, entries_left: FREE_ENTRIES.saturating_add(file.len()) };
    let mut sections: Vec<Section> = Vec::new();
    let mut seen = HashSet::new();
    let mut next = Some(base.saturating_add(start));
    while let Some(at) = next {
        if !seen.insert(at) {
            return Err(damaged(at, XrefFault::Loop));
        }
        if sections.len() >= MAX_SECTIONS {
            return Err(damaged(at, XrefFault::TooMany));
        }
        let section = reader.section(at)?;
        next = section.previous;
        sections.push(section);
    }
    Ok(sections)
}

struct ChainReader<'a> {
    file: &'a dyn ReadAt,
    base: u64,
    entries_left: u64,
}

impl ChainReader<'_> {
    fn section(&mut self, at: u64) -> Result<Section, PdfError> {
        if at >= self.file.len() {
            return Err(damaged(at, XrefFault::NotThere));
        }
        let mut lexer = Lexer::new(self.file, at);
        lexer.skip_white();
        let offset = lexer.position();
        let mut section = if lexer.take(b"xref") && lexer.peek().is_some_and(is_space) {
            self.table(lexer, offset)?
        } else {
            self.stream(offset)?
        };
        section.previous = self.offset_under(&section.trailer, "Prev", offset)?;
        if section.form == XrefForm::Table
            && let Some(hidden) = self.offset_under(&section.trailer, "XRefStm", offset)?
        {
            let stream = self.stream(hidden)?;
            section.hybrid = Some(Hybrid { offset: stream.offset, entries: stream.entries });
        }
        Ok(section)
    }

    fn offset_under(&self, trailer: &Dictionary, key: &str, at: u64) -> Result<Option<u64>, PdfError> {
        match trailer.get(key) {
            None => Ok(None),
            Some(value) => value
                .as_number()
                .filter(|v| *v >= 0.0)
                .and(value.as_integer())
                .and_then(|v| u64::try_from(v).ok())
                .map(|v| Some(self.base.saturating_add(v)))
                .ok_or(damaged(at, XrefFault::NotThere)),
        }
    }

    fn spend(&mut self, count: u64, at: u64) -> Result<(), PdfError> {
        self.entries_left = self.entries_left.checked_sub(count).ok_or(damaged(at, XrefFault::TooMany))?;
        Ok(())
    }

    // ISO 32000-2 7.5.4.
    fn table(&mut self, mut lexer: Lexer<'_>, offset: u64) -> Result<Section, PdfError> {
        let mut rows = Vec::new();
        loop {
            lexer.skip_space();
            if lexer.take(b"trailer") {
                break;
            }
            let at = lexer.position();
            let row_fault = || damaged(at, XrefFault::Row);
            let first = digits(&mut lexer).ok_or_else(row_fault)?;
            let count = digits(&mut lexer).ok_or_else(row_fault)?;
            self.spend(count, at)?;
            for index in 0..count {
                let row = self.row(&mut lexer)?;
                let number = first.checked_add(index).and_then(|n| u32::try_from(n).ok());
                match number.filter(|n| *n <= MAX_OBJECT_NUMBER) {
                    Some(number) => rows.push((number, row)),
                    None if row == Entry::Free => {}
                    None => return Err(damaged(at, XrefFault::TooMany)),
                }
            }
        }
        let trailer = lexer.object().map_err(|fault| damaged(lexer.position(), XrefFault::Syntax(fault)))?;
        let Object::Dictionary(trailer) = trailer else { return Err(damaged(offset, XrefFault::NoTrailer)) };
        Ok(Section {
            offset,
            end: lexer.position(),
            form: XrefForm::Table,
            entries: Entries::from_rows(rows),
            hybrid: None,
            trailer: *trailer,
            previous: None,
        })
    }

    fn row(&self, lexer: &mut Lexer<'_>) -> Result<Entry, PdfError> {
        let at = lexer.position();
        let fault = || damaged(at, XrefFault::Row);
        let offset = digits(lexer).ok_or_else(fault)?;
        let generation = digits(lexer).ok_or_else(fault)?;
        lexer.skip_white();
        match lexer.next() {
            // Offset 0 holds the header: writers that do so mean "free".
            Some(b'n') if offset == 0 => Ok(Entry::Free),
            Some(b'n') => Ok(Entry::InUse {
                offset: self.base.saturating_add(offset),
                generation: u16::try_from(generation).map_err(|_| fault())?,
            }),
            Some(b'f') => Ok(Entry::Free),
            _ => Err(fault()),
        }
    }

    // ISO 32000-2 7.5.8.
    fn stream(&mut self, at: u64) -> Result<Section, PdfError> {
        let fault = |fault| damaged(at, fault);
        let raw = super::indirect::read_indirect(self.file, at, &|_| None)
            .map_err(|_| fault(XrefFault::NotThere))?
            .ok_or(fault(XrefFault::NotThere))?;
        let Object::Stream(stream) = raw.object else { return Err(fault(XrefFault::NotThere)) };
        let dictionary = stream.dictionary;
        if !dictionary.is_name("Type", "XRef") {
            return Err(fault(XrefFault::NotThere));
        }
        let widths: Vec<usize> = dictionary
            .get("W")
            .and_then(Object::as_array)
            .unwrap_or_default()
            .iter()
            .filter_map(|w| w.as_integer().and_then(|w| usize::try_from(w).ok()).filter(|w| *w <= 8))
            .collect();
        let [kind_width, second_width, third_width] = widths[..] else { return Err(fault(XrefFault::Stream)) };
        let width = kind_width + second_width + third_width;
        if width == 0 {
            return Err(fault(XrefFault::Stream));
        }
        let size = dictionary.integer("Size").and_then(|s| u64::try_from(s).ok()).ok_or(fault(XrefFault::Stream))?;
        let ranges: Vec<u64> = match dictionary.get("Index") {
            None => vec![0, size],
            Some(index) => index
                .as_array()
                .unwrap_or_default()
                .iter()
                .map(|n| n.as_integer().and_then(|n| u64::try_from(n).ok()))
                .collect::<Option<_>>()
                .ok_or(fault(XrefFault::Stream))?,
        };
        let count = ranges.chunks(2).fold(0u64, |sum, pair| sum.saturating_add(pair.get(1).copied().unwrap_or(0)));
        self.spend(count, at)?;
        let limit = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(64).saturating_mul(width + 1);
        let encoded = self.file.read_range(stream.start, stream.length, limit.saturating_add(1 << 16))?;
        let data = filter::decode(&dictionary, encoded, limit).map_err(|_| fault(XrefFault::Stream))?;

        let mut rows = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(data.len() / width + 1));
        let mut fields = data.chunks_exact(width);
        for pair in ranges.chunks(2) {
            let [first, count] = *pair else { return Err(fault(XrefFault::Stream)) };
            for index in 0..count {
                let Some(row) = fields.next() else { return Err(fault(XrefFault::Stream)) };
                let (kind, rest) = row.split_at(kind_width);
                let (second, third) = rest.split_at(second_width);
                let number = first.checked_add(index).and_then(|n| u32::try_from(n).ok());
                let entry = match if kind_width == 0 { 1 } else { big_endian(kind) } {
                    0 => Entry::Free,
                    1 => Entry::InUse {
                        offset: self.base.saturating_add(big_endian(second)),
                        generation: u16::try_from(big_endian(third)).map_err(|_| fault(XrefFault::Stream))?,
                    },
                    2 => Entry::Compressed {
                        stream: u32::try_from(big_endian(second)).map_err(|_| fault(XrefFault::Stream))?,
                        index: u32::try_from(big_endian(third)).map_err(|_| fault(XrefFault::Stream))?,
                    },
                    // ISO 32000-2 7.5.8.3: any other type is a reference to the null object.
                    _ => Entry::Free,
                };
                match number.filter(|n| *n <= MAX_OBJECT_NUMBER) {
                    Some(number) => rows.push((number, entry)),
                    None if entry == Entry::Free => {}
                    None => return Err(fault(XrefFault::TooMany)),
                }
            }
        }
        Ok(Section {
            offset: at,
            end: raw.end,
            form: XrefForm::Stream,
            entries: Entries::from_rows(rows),
            hybrid: None,
            trailer: dictionary,
            previous: None,
        })
    }
}

fn damaged(at: u64, fault: XrefFault) -> PdfError {
    PdfError::XrefDamaged { at, fault }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn digits(lexer: &mut Lexer<'_>) -> Option<u64> {
    lexer.skip_white();
    let mut value: u64 = 0;
    let mut some = false;
    while let Some(byte) = lexer.peek().filter(u8::is_ascii_digit) {
        lexer.next();
        value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        some = true;
    }
    some.then_some(value)
}

/// Last place of `pattern` in `bytes`.
pub(crate) fn rfind(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).rposition(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(text: &[u8], start: u64) -> Result<Vec<Section>, PdfError> {
        read_chain(&text.to_vec(), 0, start)
    }

    #[test]
    fn a_table_with_two_subsections_is_read() {
        let text = b"xref\n0 1\n0000000000 65535 f \n5 2\n0000000123 00000 n \n0000000456 00002 n\r\ntrailer <</Size 7/Prev 0>>";
        let got = chain(text, 0);
        assert!(matches!(got, Err(PdfError::XrefDamaged { fault: XrefFault::Loop, .. })));
        let text = &text[..text.len() - b"/Prev 0>>".len()];
        let got = chain(&[text, b">>"].concat(), 0).expect("reads");
        assert_eq!(got[0].entries.get(6), Some(Entry::InUse { offset: 456, generation: 2 }));
        assert_eq!(got[0].entries.get(0), Some(Entry::Free));
        assert_eq!(got[0].entries.get(1), None);
    }

    #[test]
    fn more_rows_than_bytes_is_refused_before_memory_is_taken() {
        let got = chain(b"xref\n0 99999999999\n", 0);
        assert!(matches!(got, Err(PdfError::XrefDamaged { fault: XrefFault::TooMany, .. })));
    }

    #[test]
    fn an_offset_of_more_than_ten_digits_is_read() {
        let got = chain(b"xref\n1 1\n123456789012 00000 n\ntrailer<<>>", 0).expect("reads");
        assert_eq!(got[0].entries.get(1), Some(Entry::InUse { offset: 123_456_789_012, generation: 0 }));
    }

    #[test]
    fn a_stream_without_type_field_means_objects_in_use() {
        let text =
            b"9 0 obj<</Type/XRef/Size 3/W[0 2 0]/Index[1 2]/Length 4>>stream\n\x00\x10\x01\x00\nendstream endobj";
        let got = chain(text, 0).expect("reads");
        assert_eq!(got[0].entries.get(1), Some(Entry::InUse { offset: 16, generation: 0 }));
        assert_eq!(got[0].entries.get(2), Some(Entry::InUse { offset: 256, generation: 0 }));
    }

    #[test]
    fn a_stream_shorter_than_its_index_is_damaged() {
        let text = b"9 0 obj<</Type/XRef/Size 9/W[0 2 0]/Length 4>>stream\n\x00\x10\x01\x00\nendstream endobj";
        assert!(matches!(chain(text, 0), Err(PdfError::XrefDamaged { fault: XrefFault::Stream, .. })));
    }

    #[test]
    fn two_entries_for_one_object_are_told() {
        let text = b"xref\n1 1\n0000000012 00000 n \n1 1\n0000000013 00000 n \ntrailer<<>>";
        assert!(chain(text, 0).expect("reads")[0].entries.has_repeated());
    }
}
