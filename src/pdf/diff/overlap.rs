//! What a later signature's stamp lies over: fields, lines of text, most of a page.

use std::cell::RefCell;
use std::collections::HashMap;

use super::rules::Comparison;
use crate::pdf::page::{Place, Rect};
use crate::pdf::signature_field::Field;
use crate::pdf::text::{self, DocumentText, TextLine};

/// The lines of text of pages, by page number.
pub(crate) type Lines = RefCell<HashMap<usize, Vec<TextLine>>>;

const MAX_OVERLAP_CHECKS: usize = 5_000_000;
const MAX_OVERLAPS: usize = 50;
// Pages read for their text, lines named of those under one stamp, and letters of a line that are shown.
const MAX_TEXT_PAGES: usize = 8;
const MAX_LINES: usize = 5;
const MAX_LETTERS: usize = 40;

impl Comparison<'_, '_, '_> {
    /// Other fields whose widgets lie under this one's, `page` when it covers more than half of its page, and what is
    /// written there.
    pub(super) fn overlaps(&self, field: &Field) -> Vec<String> {
        let mut names = Vec::new();
        for own in &field.widgets {
            let Some(rect) = own.rect else { continue };
            for other in self.reach.fields.iter().filter(|other| other.id != field.id) {
                if self.overlap_checks.get() >= MAX_OVERLAP_CHECKS || names.len() >= MAX_OVERLAPS {
                    break;
                }
                self.overlap_checks.set(self.overlap_checks.get() + 1);
                let meets = other.widgets.iter().any(|w| {
                    w.page.is_some() && w.page == own.page && w.rect.is_some_and(|r| r.intersect(&rect).is_some())
                });
                if meets && !names.contains(&other.name) {
                    names.push(other.name.clone());
                }
            }
            let page = own.page.and_then(|number| self.reach.pages.get(number.checked_sub(1)?));
            if let Some(Ok(geometry)) = page.map(|page| self.new.page_geometry(page))
                && covers_half(&rect, &geometry.crop)
            {
                names.push("page".to_owned());
            }
            if let (Some(number), Some(Ok(geometry))) = (own.page, page.map(|page| self.new.page_geometry(page))) {
                names.extend(self.text_under(number, &geometry.to_display(&rect)));
            }
        }
        names
    }

    /// What is written where a stamp lies: the beginnings of its lines, in quotes.
    fn text_under(&self, page: usize, place: &Place) -> Vec<String> {
        let mut known = self.lines.borrow_mut();
        if !known.contains_key(&page) {
            if known.len() >= MAX_TEXT_PAGES {
                return Vec::new();
            }
            let text = DocumentText::page(self.new, page).unwrap_or_default();
            known.insert(page, text.pages.into_iter().flat_map(|page| page.lines).collect());
        }
        let (right, bottom) = (place.x_mm + place.width_mm, place.y_mm + place.height_mm);
        let under = |line: &&TextLine| {
            let letter = |cell: &text::Cell| cell.left < right && cell.right > place.x_mm;
            line.top < bottom && line.bottom > place.y_mm && line.cells.iter().any(letter)
        };
        let lines = known.get(&page).into_iter().flatten().filter(under);
        let shown = |line: &TextLine| format!("{:?}", line.text.chars().take(MAX_LETTERS).collect::<String>());
        lines.take(MAX_LINES).map(shown).collect()
    }
}

fn covers_half(rect: &Rect, page: &Rect) -> bool {
    rect.intersect(page).is_some_and(|common| common.width() * common.height() * 2.0 > page.width() * page.height())
}
