//! Revisions: what each incremental update of a file added — ISO 32000-2 7.5.6.

use super::document::{Document, Oddity};
use super::lexer::{Lexer, Token, is_space};
use super::object::Object;
use super::xref::{Entry, Section};
use crate::base::read::ReadAt;

// Most white space between the end of a revision and the end of a signed range.
const MAX_WHITE: usize = 4_096;

/// One revision. A linearised file's two first sections are one revision (ISO 32000-2 Annex F).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revision {
    /// File offset of its newest section.
    pub xref: u64,
    /// First byte no earlier revision has; 0 for the oldest.
    pub start: u64,
    /// First byte after its `%%EOF` and end of line; where that is missing, after its last section.
    pub end: u64,
    /// First byte after its last cross-reference section (trailer dictionary or stream object).
    pub section_end: u64,
    /// The number after its `startxref`; `None` when there is none.
    pub startxref: Option<u64>,
    /// True when `startxref` and `%%EOF` follow its last section.
    pub has_end_marker: bool,
    /// Index into [`Document::sections`] of its newest section.
    pub(crate) newest_section: usize,
    /// Number of its sections.
    pub(crate) sections: usize,
}

impl Document<'_> {
    /// Sections of one revision, newest first; empty for a revision that is not there.
    pub fn revision_sections(&self, index: usize) -> &[Section] {
        let Some(revision) = self.revisions().get(index) else { return &[] };
        let newest = revision.newest_section;
        self.sections().get(newest..newest.saturating_add(revision.sections)).unwrap_or_default()
    }

    /// Object numbers a revision defines or deletes, ascending.
    pub fn revision_objects(&self, index: usize) -> Vec<(u32, Entry)> {
        let mut rows: Vec<(u32, Entry)> = Vec::new();
        for section in self.revision_sections(index) {
            rows.extend(section.entries.iter());
            rows.extend(section.hybrid.iter().flat_map(|hybrid| hybrid.entries.iter()));
        }
        rows.sort_by_key(|row| row.0);
        // The table's entry comes first; a hidden object's real entry replaces its free one.
        rows.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same && kept.1 == Entry::Free {
                kept.1 = later.1;
            }
            same
        });
        rows
    }

    /// The revision a range that ends at `end` covers: only white space lies between `end` and the revision's own
    /// end, every later section lies behind it, and a reader of only these bytes would start at that revision.
    pub fn revision_ending_at(&self, end: u64) -> Option<usize> {
        let inside = self.revisions().iter().take_while(|revision| revision.section_end <= end).count();
        let index = inside.checked_sub(1)?;
        let later_begin_behind = self.revisions().iter().skip(inside).all(|revision| revision.xref >= end);
        let (_, startxref) = super::xref::last_startxref(self.window(), end).ok().flatten()?;
        let leads_here = self.base().saturating_add(startxref);
        let revision = self.revisions().get(index)?;
        let newest = self.sections().get(revision.newest_section)?;
        let gap = newest.offset.checked_sub(leads_here)?;
        let (from, to) = (revision.end.min(end), revision.end.max(end));
        let between = self.window().read_range(from, to.checked_sub(from)?, MAX_WHITE).ok()?;
        let only_white = between.iter().all(|byte| is_space(*byte));
        (later_begin_behind && only_white && !self.is_rebuilt() && gap <= 32).then_some(index)
    }
}

/// Groups sections (newest first) to revisions (oldest first) and finds where each ends.
pub(crate) fn of_sections(file: &dyn ReadAt, sections: &[Section], oddities: &mut Vec<Oddity>) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut index = sections.len();
    while let Some(at) = index.checked_sub(1) {
        index = at;
        let Some(section) = sections.get(at) else { break };
        let mut last = section;
        let mut newest_section = at;
        if at + 1 == sections.len()
            && let Some(first_page) = at.checked_sub(1).and_then(|newer| sections.get(newer))
            && first_page.offset < section.offset
        {
            newest_section = at - 1;
            index = newest_section;
            last = section;
        } else if sections.get(at + 1).is_some_and(|older| older.offset > section.offset) && revisions.len() > 1 {
            oddities.push(Oddity::SectionsOutOfOrder { section: section.offset });
        }
        let end = end_marker(file, last.end);
        if end.is_none() {
            oddities.push(Oddity::NoEndMarker { section: last.offset });
        }
        let start = revisions.last().map_or(0, |before| before.end);
        revisions.push(Revision {
            xref: sections.get(newest_section).map_or(last.offset, |s| s.offset),
            start,
            end: end.map_or(last.end, |(end, _)| end),
            section_end: last.end,
            startxref: end.and_then(|(_, value)| value),
            has_end_marker: end.is_some(),
            newest_section,
            sections: at + 1 - newest_section,
        });
    }
    if let Some(end) = revisions.last().map(|last| last.end) {
        let mut lexer = Lexer::new(file, end);
        lexer.skip_white();
        if lexer.peek().is_some() {
            oddities.push(Oddity::BytesAfterEnd { at: lexer.position() });
        }
    }
    revisions
}

// (first byte after `%%EOF` and its end of line, number after startxref)
fn end_marker(file: &dyn ReadAt, from: u64) -> Option<(u64, Option<u64>)> {
    let mut lexer = Lexer::new(file, from);
    match lexer.token() {
        Ok(Token::Word(word)) if word == b"startxref" => {}
        _ => return None,
    }
    let value = match lexer.token() {
        Ok(Token::Value(Object::Integer(value))) => u64::try_from(value).ok(),
        _ => return None,
    };
    lexer.skip_white();
    if !lexer.take(b"%%EOF") {
        return None;
    }
    if lexer.peek() == Some(b'\r') {
        lexer.next();
    }
    if lexer.peek() == Some(b'\n') {
        lexer.next();
    }
    Some((lexer.position(), value))
}
