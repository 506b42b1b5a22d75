//! Pages: the tree, what pages inherit, and where things are on a page as displayed — ISO 32000-2 7.7.3, 14.11.2.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::{Limit, PdfError};
use super::object::{Dictionary, Object, ObjectId};
use super::view::View;
use crate::base::seeded::SeededSet;

/// Most pages of one document.
pub const MAX_PAGES: usize = 500_000;
const MAX_DEPTH: usize = 64;
const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Attributes a page takes from its ancestors — ISO 32000-2 Table 31.
#[derive(Clone, Debug, Default)]
pub struct Inherited {
    /// `/MediaBox`, references inside not followed.
    pub media_box: Option<Object>,
    /// `/CropBox`.
    pub crop_box: Option<Object>,
    /// `/Rotate`.
    pub rotate: Option<Object>,
    /// `/Resources`.
    pub resources: Option<Object>,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page object; `None` for a page that stands directly in `/Kids`.
    pub id: Option<ObjectId>,
    /// Its number, from 1.
    pub number: usize,
    /// What its ancestors give it.
    pub inherited: Arc<Inherited>,
}

/// A rectangle in default user space, lower left to upper right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left.
    pub x0: f64,
    /// Bottom.
    pub y0: f64,
    /// Right.
    pub x1: f64,
    /// Top.
    pub y1: f64,
}

/// Where something is on a page as displayed: millimetres from the top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// From the left edge to the left side, mm.
    pub x_mm: f64,
    /// From the top edge to the top side, mm.
    pub y_mm: f64,
    /// Width, mm.
    pub width_mm: f64,
    /// Height, mm.
    pub height_mm: f64,
}

/// Size and orientation of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageGeometry {
    /// Crop box within the media box: what is displayed.
    pub crop: Rect,
    /// Clockwise turn for display: 0, 90, 180 or 270.
    pub rotate: u16,
    /// Size of a user space unit in 1/72 inch.
    pub user_unit: f64,
}

impl View<'_, '_> {
    /// All pages in order.
    ///
    /// # Errors
    /// [`PdfError::Limit`] for more than [`MAX_PAGES`] pages, a tree deeper than 64 or one that leads into itself;
    /// those of [`View::get`].
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        let mut walk = Walk { view: *self, pages: Vec::new(), seen: SeededSet::default(), stop_after: usize::MAX };
        walk.root()?;
        Ok(walk.pages)
    }

    /// Page `number`, from 1.
    ///
    /// # Errors
    /// [`PdfError::NoSuchPage`], and those of [`View::pages`].
    pub fn page(&self, number: usize) -> Result<Page, PdfError> {
        let mut walk = Walk { view: *self, pages: Vec::new(), seen: SeededSet::default(), stop_after: number };
        walk.root()?;
        let pages = walk.pages.len();
        let index = number.checked_sub(1).and_then(|index| walk.pages.into_iter().nth(index));
        index.ok_or(PdfError::NoSuchPage { asked: number, pages })
    }

    /// The page dictionary.
    ///
    /// # Errors
    /// Those of [`View::get`], [`PdfError::NoSuchPage`] when it is no dictionary or has no object of its own.
    pub fn page_dictionary(&self, page: &Page) -> Result<Dictionary, PdfError> {
        let missing = PdfError::NoSuchPage { asked: page.number, pages: 0 };
        let Some(id) = page.id else { return Err(missing) };
        self.resolve_shared(&Object::Reference(id))?.as_dictionary().cloned().ok_or(missing)
    }

    /// The resources of a page, its own or inherited.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn page_resources(&self, page: &Page) -> Result<Dictionary, PdfError> {
        let own = self.page_dictionary(page)?;
        let resources = own.get("Resources").or(page.inherited.resources.as_ref());
        let Some(resources) = resources else { return Ok(Dictionary::default()) };
        Ok(self.resolve_shared(resources)?.as_dictionary().cloned().unwrap_or_default())
    }

    /// The decoded content of a page, its streams joined by a line feed; at most `limit` bytes.
    ///
    /// # Errors
    /// Those of [`View::stream_data`].
    pub fn page_content(&self, page: &Page, limit: usize) -> Result<Vec<u8>, PdfError> {
        let own = self.page_dictionary(page)?;
        let parts = match self.value(&own, "Contents")? {
            Object::Array(items) => items,
            Object::Null => Vec::new(),
            single => vec![single],
        };
        let mut content = Vec::new();
        for part in &parts {
            if let Object::Stream(stream) = self.resolve(part)? {
                content.extend(self.stream_data(&stream, limit.saturating_sub(content.len()))?);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    /// Size and orientation of a page.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn page_geometry(&self, page: &Page) -> Result<PageGeometry, PdfError> {
        let own = self.page_dictionary(page)?;
        let pick = |key: &str, inherited: &Option<Object>| -> Result<Object, PdfError> {
            own.get(key).or(inherited.as_ref()).map_or(Ok(Object::Null), |value| self.resolve(value))
        };
        let media = self.rectangle(&pick("MediaBox", &page.inherited.media_box)?)?;
        // ISO 32000-2 7.7.3.3: required, yet missing in the wild; readers fall back to Letter.
        let media = media.unwrap_or(Rect { x0: 0.0, y0: 0.0, x1: 612.0, y1: 792.0 });
        let crop = self.rectangle(&pick("CropBox", &page.inherited.crop_box)?)?;
        let crop = crop.and_then(|crop| crop.intersect(&media)).unwrap_or(media);
        let rotate = pick("Rotate", &page.inherited.rotate)?.as_integer().unwrap_or(0).rem_euclid(360);
        let rotate = u16::try_from(rotate).ok().filter(|r| r.is_multiple_of(90)).unwrap_or(0);
        let user_unit = self.value(&own, "UserUnit")?.as_number().filter(|u| *u > 0.0).unwrap_or(1.0);
        Ok(PageGeometry { crop, rotate, user_unit })
    }

    /// A rectangle array with any two opposite corners — ISO 32000-2 7.9.5; `None` when it is none.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn rectangle(&self, object: &Object) -> Result<Option<Rect>, PdfError> {
        let Some(items) = object.as_array() else { return Ok(None) };
        let mut numbers = Vec::with_capacity(4);
        for item in items.iter().take(5) {
            numbers.extend(self.resolve(item)?.as_number());
        }
        let [a, b, c, d] = numbers[..] else { return Ok(None) };
        Ok(Some(Rect { x0: a.min(c), y0: b.min(d), x1: a.max(c), y1: b.max(d) }))
    }

    /// Numbers of pages by page object, from 1; a page listed twice has its first number.
    ///
    /// # Errors
    /// Those of [`View::pages`].
    pub fn page_numbers(&self) -> Result<HashMap<ObjectId, usize>, PdfError> {
        let mut numbers = HashMap::new();
        for page in self.pages()? {
            if let Some(id) = page.id {
                numbers.entry(id).or_insert(page.number);
            }
        }
        Ok(numbers)
    }
}

struct Walk<'d, 'a> {
    view: View<'d, 'a>,
    pages: Vec<Page>,
    seen: SeededSet<ObjectId>,
    stop_after: usize,
}

impl Walk<'_, '_> {
    fn root(&mut self) -> Result<(), PdfError> {
        let (_, catalog) = self.view.catalog_shared()?;
        match catalog.get("Pages") {
            Some(root) => self.node(root, &Arc::new(Inherited::default()), 0),
            None => Ok(()),
        }
    }

    fn node(&mut self, node: &Object, inherited: &Arc<Inherited>, depth: usize) -> Result<(), PdfError> {
        if self.pages.len() >= self.stop_after {
            return Ok(());
        }
        if depth > MAX_DEPTH || self.pages.len() >= MAX_PAGES {
            return Err(PdfError::Limit(Limit::PageTree));
        }
        let id = node.as_reference();
        let resolved = self.view.resolve_shared(node)?;
        let Some(dictionary) = resolved.as_dictionary() else { return Ok(()) };
        let kids = if dictionary.is_name("Type", "Page") { None } else { dictionary.get("Kids") };
        let Some(kids) = kids else {
            let number = self.pages.len() + 1;
            self.pages.push(Page { id, number, inherited: Arc::clone(inherited) });
            return Ok(());
        };
        if id.is_some_and(|id| !self.seen.insert(id)) {
            return Err(PdfError::Limit(Limit::PageTree));
        }
        let gives = ["MediaBox", "CropBox", "Rotate", "Resources"].iter().any(|key| dictionary.has(key));
        let inherited = if gives {
            let pick = |key: &str, from: &Option<Object>| dictionary.get(key).cloned().or_else(|| from.clone());
            Arc::new(Inherited {
                media_box: pick("MediaBox", &inherited.media_box),
                crop_box: pick("CropBox", &inherited.crop_box),
                rotate: pick("Rotate", &inherited.rotate),
                resources: pick("Resources", &inherited.resources),
            })
        } else {
            Arc::clone(inherited)
        };
        let kids = self.view.resolve_shared(kids)?;
        for kid in kids.as_array().unwrap_or_default() {
            self.node(kid, &inherited, depth + 1)?;
        }
        Ok(())
    }
}

impl Rect {
    /// Width in user space units.
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    /// Height in user space units.
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    /// The common part; `None` when there is none.
    pub fn intersect(&self, other: &Rect) -> Option<Rect> {
        let common = Rect {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        };
        (common.width() > 0.0 && common.height() > 0.0).then_some(common)
    }

    /// As `[x0, y0, x1, y1]`.
    pub fn to_array(&self) -> [f64; 4] {
        [self.x0, self.y0, self.x1, self.y1]
    }

    /// As a PDF array, four decimals.
    pub fn to_object(&self) -> Object {
        Object::Array(self.to_array().into_iter().map(Object::real).collect())
    }
}

impl PageGeometry {
    /// Width and height of the page as displayed, mm.
    pub fn display_size_mm(&self) -> (f64, f64) {
        let (width, height) = (self.mm(self.crop.width()), self.mm(self.crop.height()));
        if self.rotate.is_multiple_of(180) { (width, height) } else { (height, width) }
    }

    /// The user space rectangle of a place on the page as displayed.
    pub fn to_user_space(&self, place: &Place) -> Rect {
        let a = self.point(place.x_mm, place.y_mm);
        let b = self.point(place.x_mm + place.width_mm, place.y_mm + place.height_mm);
        Rect { x0: a.0.min(b.0), y0: a.1.min(b.1), x1: a.0.max(b.0), y1: a.1.max(b.1) }
    }

    /// The place on the page as displayed of a user space rectangle.
    pub fn to_display(&self, rect: &Rect) -> Place {
        let crop = &self.crop;
        let (x, y, width, height) = match self.rotate {
            90 => (rect.y0 - crop.y0, rect.x0 - crop.x0, rect.height(), rect.width()),
            180 => (crop.x1 - rect.x1, rect.y0 - crop.y0, rect.width(), rect.height()),
            270 => (crop.y1 - rect.y1, crop.x1 - rect.x1, rect.height(), rect.width()),
            _ => (rect.x0 - crop.x0, crop.y1 - rect.y1, rect.width(), rect.height()),
        };
        Place { x_mm: self.mm(x), y_mm: self.mm(y), width_mm: self.mm(width), height_mm: self.mm(height) }
    }

    /// Matrix for an appearance that shall stand upright on the page as displayed: maps the box
    /// `[0 0 width height]` (of the displayed size) to itself turned against the page's rotation.
    pub fn upright_matrix(&self, width: f64, height: f64) -> [f64; 6] {
        match self.rotate {
            90 => [0.0, 1.0, -1.0, 0.0, height, 0.0],
            180 => [-1.0, 0.0, 0.0, -1.0, width, height],
            270 => [0.0, -1.0, 1.0, 0.0, 0.0, width],
            _ => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        }
    }

    fn mm(&self, units: f64) -> f64 {
        units * self.user_unit / POINTS_PER_MM
    }

    fn point(&self, x_mm: f64, y_mm: f64) -> (f64, f64) {
        let (x, y) = (x_mm * POINTS_PER_MM / self.user_unit, y_mm * POINTS_PER_MM / self.user_unit);
        let crop = &self.crop;
        match self.rotate {
            90 => (crop.x0 + y, crop.y0 + x),
            180 => (crop.x1 - x, crop.y0 + y),
            270 => (crop.x1 - y, crop.y1 - x),
            _ => (crop.x0 + x, crop.y1 - y),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(rotate: u16) -> PageGeometry {
        PageGeometry { crop: Rect { x0: 10.0, y0: 20.0, x1: 605.0, y1: 862.0 }, rotate, user_unit: 1.0 }
    }

    #[test]
    fn places_round_trip_at_every_rotation() {
        let place = Place { x_mm: 20.0, y_mm: 30.0, width_mm: 40.0, height_mm: 15.0 };
        for rotate in [0, 90, 180, 270] {
            let geometry = geometry(rotate);
            let back = geometry.to_display(&geometry.to_user_space(&place));
            for (a, b) in [(back.x_mm, 20.0), (back.y_mm, 30.0), (back.width_mm, 40.0), (back.height_mm, 15.0)] {
                assert!((a - b).abs() < 1e-9, "{rotate}: {back:?}");
            }
        }
    }

    #[test]
    fn the_top_left_of_the_displayed_page_is_the_right_corner() {
        let corner = Place { x_mm: 0.0, y_mm: 0.0, width_mm: 1.0, height_mm: 1.0 };
        let at = |rotate| geometry(rotate).to_user_space(&corner);
        assert!((at(0).x0 - 10.0).abs() < 1e-9 && (at(0).y1 - 862.0).abs() < 1e-9);
        assert!((at(90).x0 - 10.0).abs() < 1e-9 && (at(90).y0 - 20.0).abs() < 1e-9);
        assert!((at(180).x1 - 605.0).abs() < 1e-9 && (at(180).y0 - 20.0).abs() < 1e-9);
        assert!((at(270).x1 - 605.0).abs() < 1e-9 && (at(270).y1 - 862.0).abs() < 1e-9);
    }

    #[test]
    fn boxes_that_do_not_meet_have_no_common_part() {
        let a = Rect { x0: 0.0, y0: 0.0, x1: 10.0, y1: 10.0 };
        assert_eq!(a.intersect(&Rect { x0: 10.0, y0: 0.0, x1: 20.0, y1: 10.0 }), None);
        assert!(a.intersect(&Rect { x0: 9.0, y0: 9.0, x1: 20.0, y1: 20.0 }).is_some());
    }
}
