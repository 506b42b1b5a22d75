//! What a later signature's stamp lies over: fields, annotations, lines of text, most of a page.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::rules::Comparison;
use crate::pdf::object::Object;
use crate::pdf::page::{Page, Place, Rect};
use crate::pdf::signature_field::Field;
use crate::pdf::text::{self, DocumentText, Reading, TextLine};
use crate::pdf::view::View;

/// The text of pages that stamps lie on, by revision (`None` for the newest) and page number. Few pages are read: a
/// hostile file may have a stamp on each.
#[derive(Default)]
pub(crate) struct Lines {
    known: RefCell<HashMap<(Option<usize>, usize), MaybeRead>>,
}

/// The text of one page; `None` where it cannot be read.
type MaybeRead = Option<Rc<PageReadings>>;

/// The lines of one page, by the way they run, those of the main way first.
pub(crate) struct PageReadings {
    pub(crate) readings: Vec<Reading>,
    // Letters nobody can read, or not all of the page was looked at.
    doubtful: bool,
}

impl PageReadings {
    /// True when the page has text and every letter of it is known with its place.
    pub(crate) fn is_whole(self: &Rc<Self>) -> bool {
        !self.doubtful && self.readings.iter().any(|reading| !reading.lines.is_empty())
    }
}

impl Lines {
    /// The text of a page of a revision; `None` where it cannot be read or too many pages were.
    pub(crate) fn read(&self, view: View<'_, '_>, revision: Option<usize>, page: usize) -> MaybeRead {
        let mut known = self.known.borrow_mut();
        if let Some(text) = known.get(&(revision, page)) {
            return text.clone();
        }
        if known.len() >= MAX_TEXT_PAGES {
            return None;
        }
        let text = DocumentText::page(view, page).ok().and_then(|text| {
            let cut = text.cut;
            text.pages.into_iter().next().map(|page| {
                let doubtful = cut || page.cut || page.unreadable > 0;
                let main = Reading { geometry: page.geometry, turned: page.turned, lines: page.lines };
                let readings = std::iter::once(main).chain(page.others).collect();
                Rc::new(PageReadings { readings, doubtful })
            })
        });
        known.insert((revision, page), text.clone());
        text
    }
}

const MAX_OVERLAP_CHECKS: usize = 5_000_000;
const MAX_OVERLAPS: usize = 50;
// Pages read for their text, lines named of those under one stamp, and letters of a line that are shown.
const MAX_TEXT_PAGES: usize = 8;
const MAX_LINES: usize = 5;
const MAX_LETTERS: usize = 40;

impl Comparison<'_, '_, '_> {
    /// Other fields whose widgets lie under this one's, annotations that do, `page` when it covers more than half of its
    /// page, and what is written there.
    pub(super) fn overlaps(&self, field: &Field) -> Vec<String> {
        let mut names = Vec::new();
        for own in &field.widgets {
            let Some(rect) = own.rect else { continue };
            for other in self.reach.fields.iter().filter(|other| other.id != field.id) {
                if !self.may_compare(&names) {
                    break;
                }
                let meets = other.widgets.iter().any(|w| {
                    w.page.is_some() && w.page == own.page && w.rect.is_some_and(|r| r.intersect(&rect).is_some())
                });
                if meets && !names.contains(&other.name) {
                    names.push(other.name.clone());
                }
            }
            let page = own.page.and_then(|number| self.reach.pages.get(number.checked_sub(1)?));
            let Some(page) = page else { continue };
            self.annotations_under(page, &rect, &mut names);
            if let Ok(geometry) = self.new.page_geometry(page)
                && covers_half(&rect, &geometry.crop)
            {
                names.push("page".to_owned());
            }
            names.extend(self.text_under(page.number, &rect));
        }
        names
    }

    fn may_compare(&self, names: &[String]) -> bool {
        let checks = self.overlap_checks.get();
        self.overlap_checks.set(checks.saturating_add(1));
        checks < MAX_OVERLAP_CHECKS && names.len() < MAX_OVERLAPS
    }

    /// Annotations under a stamp, by their type; widgets are told by their field's name.
    fn annotations_under(&self, page: &Page, rect: &Rect, names: &mut Vec<String>) {
        for item in self.annotation_list(self.new, page).unwrap_or_default() {
            if !self.may_compare(names) {
                break;
            }
            let resolved = self.new.resolve(&item).unwrap_or_default();
            let Some(dictionary) = resolved.as_dictionary() else { continue };
            let subtype = dictionary.get("Subtype").and_then(Object::as_name).unwrap_or(b"unknown");
            // A pop-up window shows only where a reader opens it.
            if matches!(subtype, b"Widget" | b"Popup") {
                continue;
            }
            let other = self.new.value(dictionary, "Rect").and_then(|value| self.new.rectangle(&value)).ok().flatten();
            let name = format!("annotation {}", String::from_utf8_lossy(subtype));
            if other.is_some_and(|other| other.intersect(rect).is_some()) && !names.contains(&name) {
                names.push(name);
            }
        }
    }

    /// What is written where a stamp lies, whichever way it runs: the beginnings of its lines, in quotes.
    fn text_under(&self, page: usize, rect: &Rect) -> Vec<String> {
        let Some(text) = self.lines.read(self.new, None, page) else { return Vec::new() };
        let of_reading = |reading: &Reading| {
            let place = reading.geometry.to_display(rect);
            let under = reading.lines.iter().filter(|line| lies_under(line, &place));
            under.map(shown).take(MAX_LINES).collect::<Vec<_>>()
        };
        text.readings.iter().flat_map(of_reading).take(MAX_LINES).collect()
    }
}

fn lies_under(line: &TextLine, place: &Place) -> bool {
    let (right, bottom) = (place.x_mm + place.width_mm, place.y_mm + place.height_mm);
    let letter = |cell: &text::Cell| cell.left < right && cell.right > place.x_mm;
    line.top < bottom && line.bottom > place.y_mm && line.cells.iter().any(letter)
}

fn shown(line: &TextLine) -> String {
    format!("{:?}", line.text.chars().take(MAX_LETTERS).collect::<String>())
}

fn covers_half(rect: &Rect, page: &Rect) -> bool {
    rect.intersect(page).is_some_and(|common| common.width() * common.height() * 2.0 > page.width() * page.height())
}
