//! A page as a picture, for looking at a stamp before the key is used. Drawn by `hayro`; never part of a verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::page::PageGeometry;

/// Largest file drawn, bytes.
pub const MAX_FILE: u64 = 64 << 20;
/// Most pixels a side; a larger page is drawn coarser.
pub const MAX_SIDE: f64 = 4_000.0;
const MM_PER_INCH: f64 = 25.4;

/// A drawn page: rows of red, green and blue from the top.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Drawn {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Three bytes for each pixel.
    pub rgb: Vec<u8>,
    /// Pixels in a metre of paper.
    pub per_metre: u32,
}

/// Why a page was not drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The renderer cannot read the file, or the page is not there for it.
    #[error("the renderer cannot read the file")]
    Unreadable,
    /// The renderer gave up on something in the page.
    #[error("the renderer failed on the page")]
    Failed,
}

/// Draws page `number` (from 1) of `file`, whose size is that of `geometry`, at `dpi` or, where that would pass
/// [`MAX_SIDE`], less.
///
/// # Errors
/// [`RenderError`]. It may take long on a hostile page: give it a thread and a deadline.
pub fn page(
    file: Vec<u8>,
    password: Option<&str>,
    number: usize,
    geometry: &PageGeometry,
    dpi: f64,
) -> Result<Drawn, RenderError> {
    let (width_mm, height_mm) = geometry.display_size_mm();
    let longest = width_mm.max(height_mm).max(1.0);
    let dpi = dpi.min(MAX_SIDE * MM_PER_INCH / longest);
    // A renderer's bug on one page is no reason to end the program.
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        let pdf =
            Pdf::new_with_password(Arc::new(file), password.unwrap_or("")).map_err(|_| RenderError::Unreadable)?;
        let page = number.checked_sub(1).and_then(|index| pdf.pages().get(index)).ok_or(RenderError::Unreadable)?;
        let (own_width, _) = page.render_dimensions();
        let scale = narrow(width_mm * dpi / MM_PER_INCH) / own_width.max(1.0);
        let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let (interpreter, quality) = (InterpreterSettings::default(), RenderSettings::default());
        let pixels = hayro::render(page, &RenderCache::new(), &interpreter, &quality, &settings);
        let (width, height) = (pixels.width(), pixels.height());
        // The ground is opaque, so premultiplied colours are the colours.
        let rgb = pixels.data_as_u8_slice().chunks_exact(4).flat_map(|p| p.iter().take(3).copied()).collect();
        Ok(Drawn { width, height, rgb, per_metre: whole(dpi * 1_000.0 / MM_PER_INCH) })
    }));
    drawn.unwrap_or(Err(RenderError::Failed))
}

#[expect(clippy::as_conversions, reason = "f64 to f32 has no From; a scale loses nothing that shows")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(
    clippy::as_conversions,
    reason = "f64 to u32 has no TryFrom; the value is between 0 and 4,000 pixels a millimetre"
)]
fn whole(value: f64) -> u32 {
    value.round().clamp(1.0, 4_000_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{Builder, Form, document};
    use crate::pdf::{Document, Rect};

    #[expect(clippy::ptr_arg, reason = "a vector is what reads at offsets, a slice is not")]
    fn draw(file: &Vec<u8>, dpi: f64) -> Drawn {
        let open = Document::open(file).expect("opens");
        let geometry = open.view().page_geometry(&open.view().page(1).expect("there")).expect("reads");
        page(file.clone(), None, 1, &geometry, dpi).expect("draws")
    }

    // A page 60 × 30 mm when displayed, a red square of 10 mm in its displayed top left corner.
    fn with_square(extra: &str, square: &str) -> Vec<u8> {
        let mut builder = Builder::new();
        builder.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        builder.object(3, &format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R{extra}>>"));
        builder.stream(4, "", square.as_bytes());
        builder.table("/Size 5/Root 1 0 R")
    }

    #[test]
    fn a_page_has_its_size_as_displayed_whatever_turns_or_scales_it() {
        let plain = with_square("/MediaBox[0 0 170.08 85.04]", "1 0 0 rg 0 56.7 28.35 28.35 re f");
        let turned = with_square("/MediaBox[0 0 85.04 170.08]/Rotate 90", "1 0 0 rg 0 0 28.35 28.35 re f");
        let unit = with_square("/MediaBox[0 0 85.04 42.52]/UserUnit 2", "1 0 0 rg 0 28.35 14.17 14.17 re f");
        let cropped =
            with_square("/MediaBox[0 0 500 500]/CropBox[100 100 270.08 185.04]", "1 0 0 rg 100 156.7 28.35 28.35 re f");
        for file in [plain, turned, unit, cropped] {
            let drawn = draw(&file, 127.0);
            assert!(drawn.width.abs_diff(300) <= 1 && drawn.height.abs_diff(150) <= 1, "{}", drawn.width);
            assert_eq!(drawn.per_metre, 5_000);
            let at = |x: usize, y: usize| {
                let start = (y * usize::from(drawn.width) + x) * 3;
                (drawn.rgb[start], drawn.rgb[start + 1], drawn.rgb[start + 2])
            };
            assert_eq!((at(10, 10), at(45, 45)), ((255, 0, 0), (255, 0, 0)));
            assert_eq!((at(55, 10), at(10, 55)), ((255, 255, 255), (255, 255, 255)));
        }
    }

    #[test]
    fn a_huge_page_is_drawn_coarser_and_a_page_that_is_not_there_is_no_panic() {
        let file = with_square("/MediaBox[0 0 14400 7200]", "");
        let drawn = draw(&file, 150.0);
        assert!(drawn.width <= 4_000 && drawn.width > 3_990, "{}", drawn.width);
        let small = document(Form::Table, "", "");
        let geometry =
            PageGeometry { crop: Rect { x0: 0.0, y0: 0.0, x1: 595.0, y1: 842.0 }, rotate: 0, user_unit: 1.0 };
        assert_eq!(page(small, None, 2, &geometry, 100.0), Err(RenderError::Unreadable));
        assert_eq!(page(b"%PDF-1.7".to_vec(), None, 1, &geometry, 100.0), Err(RenderError::Unreadable));
    }
}
