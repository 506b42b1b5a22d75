//! Stamp pictures: PNG in, image XObject with a mask out — ISO 32000-2 8.9.5, 8.9.6.3 and 11.6.5.2.
//!
//! The mask is soft, except where transparency is forbidden: there a mask of one bit, and what was half transparent is
//! painted as it looks on white paper.
//!
//! The size on paper comes from the file's `pHYs` chunk (PNG 11.3.4.3) or from the caller in millimetres, never from
//! scaling to a box: Decree 30/2020 Appendix I asks for the seal in its actual size.

use std::io::Cursor;

use lopdf::{Object, ObjectId, dictionary};

use crate::stamp::appearance::deflated;

/// Largest picture file, bytes.
pub const MAX_FILE: usize = 8 << 20;
/// Largest width and height, pixels.
pub const MAX_SIDE: u16 = 4_000;
/// Smallest and largest width and height on paper, millimetres.
pub const SIDE_MM: std::ops::RangeInclusive<f32> = 2.0..=150.0;

/// Why a file cannot be a stamp's picture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// More bytes than [`MAX_FILE`].
    #[error("the picture has {bytes} bytes, more than {MAX_FILE}")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not a PNG file.
    #[error("the picture is not a PNG file")]
    NotPng,
    /// A PNG file that breaks off or contradicts itself.
    #[error("the PNG file is damaged")]
    Damaged,
    /// More pixels than [`MAX_SIDE`] a side, or none.
    #[error("the picture measures {width} by {height} pixels, more than {MAX_SIDE} a side")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// No `pHYs` chunk in metres, and no size given.
    #[error("the picture does not say its size on paper")]
    SizeUnknown,
    /// The size on paper is out of bounds.
    #[error("the picture would measure {width_mm:.1} by {height_mm:.1} mm on paper, outside {} to {} mm", SIDE_MM.start(), SIDE_MM.end())]
    SizeOutOfBounds {
        /// Width in millimetres.
        width_mm: f32,
        /// Height in millimetres.
        height_mm: f32,
    },
    /// Every pixel is fully transparent.
    #[error("the picture shows nothing: every pixel is transparent")]
    Empty,
}

/// How what shows through a picture is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Masking {
    /// A soft mask of eight bits: transparency (ISO 32000-2 11.6.5.2).
    #[default]
    Soft,
    /// An explicit mask of one bit, which is none (ISO 32000-2 8.9.6.3); ISO 19005-1 6.4 allows no other.
    Hard,
}

/// A decoded picture with its size on paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    width_px: u16,
    height_px: u16,
    colour: Vec<u8>,
    components: u8,
    alpha: Option<Vec<u8>>,
    width_mm: f32,
    height_mm: f32,
}

impl Picture {
    /// Reads a PNG of any kind, interlaced ones too. `width_mm` overrides the file's own size; the height follows.
    ///
    /// # Errors
    /// See [`ImageError`]; nothing outside the bounds is ever allocated.
    pub fn from_png(file: &[u8], width_mm: Option<f32>) -> Result<Picture, ImageError> {
        if file.len() > MAX_FILE {
            return Err(ImageError::FileTooLarge { bytes: file.len() });
        }
        if !file.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Err(ImageError::NotPng);
        }
        let mut decoder = png::Decoder::new_with_limits(
            Cursor::new(file),
            png::Limits { bytes: 4 * usize::from(MAX_SIDE) * usize::from(MAX_SIDE) },
        );
        // Palettes and packed bits become bytes, sixteen bits become eight, tRNS becomes an alpha channel.
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let (wide, high) = {
            let header = decoder.read_header_info().map_err(|_| ImageError::Damaged)?;
            (header.width, header.height)
        };
        let side = |v: u32| u16::try_from(v).ok().filter(|v| (1..=MAX_SIDE).contains(v));
        let (Some(width_px), Some(height_px)) = (side(wide), side(high)) else {
            return Err(ImageError::TooManyPixels { width: wide, height: high });
        };
        let mut reader = decoder.read_info().map_err(|_| ImageError::Damaged)?;
        let density = reader.info().pixel_dims;
        let bytes = reader.output_buffer_size().ok_or(ImageError::Damaged)?;
        let mut pixels = vec![0; bytes];
        let frame = reader.next_frame(&mut pixels).map_err(|_| ImageError::Damaged)?;
        pixels.truncate(frame.buffer_size());
        let (components, has_alpha) = match frame.color_type {
            png::ColorType::Grayscale => (1, false),
            png::ColorType::GrayscaleAlpha => (1, true),
            png::ColorType::Rgb => (3, false),
            png::ColorType::Rgba => (3, true),
            png::ColorType::Indexed => return Err(ImageError::Damaged),
        };
        let (colour, alpha) = split(pixels, usize::from(components), has_alpha);
        if alpha.as_ref().is_some_and(|a| a.iter().all(|v| *v == 0)) {
            return Err(ImageError::Empty);
        }
        let (width_mm, height_mm) = size(width_px, height_px, width_mm, density)?;
        Ok(Picture { width_px, height_px, colour, components, alpha, width_mm, height_mm })
    }

    /// Width and height on paper, millimetres.
    pub fn size_mm(&self) -> (f32, f32) {
        (self.width_mm, self.height_mm)
    }

    /// Width and height, pixels.
    pub fn size_px(&self) -> (u16, u16) {
        (self.width_px, self.height_px)
    }

    /// Whether anything shows through it.
    pub fn is_transparent(&self) -> bool {
        self.alpha.as_ref().is_some_and(|a| a.iter().any(|v| *v < 255))
    }

    /// Its indirect objects and the number of the image XObject among them.
    pub fn into_objects(
        mut self,
        allocate: &mut dyn FnMut() -> ObjectId,
        masking: Masking,
    ) -> (ObjectId, Vec<(ObjectId, Object)>) {
        let image = allocate();
        let (width, height) = (i64::from(self.width_px), i64::from(self.height_px));
        let mut dictionary = dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => width,
            "Height" => height,
            "ColorSpace" => if self.components == 1 { "DeviceGray" } else { "DeviceRGB" },
            "BitsPerComponent" => 8,
        };
        let mut objects = Vec::new();
        if let Some(alpha) = self.alpha.take().filter(|a| a.iter().any(|v| *v < 255)) {
            let mask = allocate();
            let mut stencil = dictionary! {
                "Type" => "XObject",
                "Subtype" => "Image",
                "Width" => width,
                "Height" => height,
            };
            let samples = match masking {
                Masking::Soft => {
                    stencil.set("ColorSpace", "DeviceGray");
                    stencil.set("BitsPerComponent", 8);
                    dictionary.set("SMask", Object::Reference(mask));
                    alpha
                }
                Masking::Hard => {
                    stencil.set("ImageMask", true);
                    stencil.set("BitsPerComponent", 1);
                    dictionary.set("Mask", Object::Reference(mask));
                    blend_on_white(&mut self.colour, &alpha, usize::from(self.components));
                    one_bit(&alpha, usize::from(self.width_px))
                }
            };
            objects.push((mask, Object::Stream(deflated(stencil, samples))));
        }
        objects.push((image, Object::Stream(deflated(dictionary, self.colour))));
        (image, objects)
    }
}

// A sample of 1 hides (ISO 32000-2 8.9.6.2): what is more than half transparent. Rows begin at whole bytes.
fn one_bit(alpha: &[u8], width: usize) -> Vec<u8> {
    let mut bits = Vec::with_capacity(alpha.len() / 8 + 1);
    for row in alpha.chunks(width.max(1)) {
        for eight in row.chunks(8) {
            let byte =
                eight.iter().enumerate().fold(0, |byte, (at, v)| if *v < 128 { byte | 0x80 >> at } else { byte });
            bits.push(byte);
        }
    }
    bits
}

fn blend_on_white(colour: &mut [u8], alpha: &[u8], components: usize) {
    for (ink, opacity) in colour.chunks_exact_mut(components.max(1)).zip(alpha) {
        for value in ink {
            let on_white = (u32::from(*value) * u32::from(*opacity) + 255 * (255 - u32::from(*opacity)) + 127) / 255;
            *value = u8::try_from(on_white).unwrap_or(255);
        }
    }
}

fn split(pixels: Vec<u8>, components: usize, has_alpha: bool) -> (Vec<u8>, Option<Vec<u8>>) {
    if !has_alpha {
        return (pixels, None);
    }
    let mut colour = Vec::with_capacity(pixels.len());
    let mut alpha = Vec::with_capacity(pixels.len() / (components + 1));
    for pixel in pixels.chunks_exact(components + 1) {
        let (ink, opacity) = pixel.split_at(components);
        let opacity = opacity.first().copied().unwrap_or(255);
        // What cannot be seen is made one colour: it packs to nothing.
        if opacity == 0 {
            colour.resize(colour.len() + components, 255);
        } else {
            colour.extend_from_slice(ink);
        }
        alpha.push(opacity);
    }
    (colour, Some(alpha))
}

fn size(
    width_px: u16,
    height_px: u16,
    wanted_mm: Option<f32>,
    density: Option<png::PixelDimensions>,
) -> Result<(f32, f32), ImageError> {
    let (wide, high) = (f32::from(width_px), f32::from(height_px));
    let per_metre = |v: u32| u16::try_from(v).ok().filter(|v| *v > 0).map(f32::from);
    let shape = match density {
        Some(d) => per_metre(d.xppu).zip(per_metre(d.yppu)),
        None => None,
    };
    let own = match density {
        Some(d) if d.unit == png::Unit::Meter => shape.map(|(x, y)| (wide * 1000.0 / x, high * 1000.0 / y)),
        _ => None,
    };
    let (width_mm, height_mm) = match (wanted_mm, own, shape) {
        (Some(mm), Some((w, h)), _) => (mm, mm * h / w),
        (Some(mm), None, Some((x, y))) => (mm, mm * (high / y) / (wide / x)),
        (Some(mm), None, None) => (mm, mm * high / wide),
        (None, Some(own), _) => own,
        (None, None, _) => return Err(ImageError::SizeUnknown),
    };
    if SIDE_MM.contains(&width_mm) && SIDE_MM.contains(&height_mm) {
        Ok((width_mm, height_mm))
    } else {
        Err(ImageError::SizeOutOfBounds { width_mm, height_mm })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) static SEAL: &[u8] = include_bytes!("../../fixtures/stamps/seal.png");
    pub(crate) static SIGNATURE: &[u8] = include_bytes!("../../fixtures/stamps/signature.png");

    fn png(width: u32, height: u32, pixels: &[u8], density: Option<png::PixelDimensions>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_pixel_dims(density);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        out
    }

    #[test]
    fn the_seal_is_36_mm_across_by_its_own_word() {
        let seal = Picture::from_png(SEAL, None).unwrap();
        let (w, h) = seal.size_mm();
        assert!((w - 36.0).abs() < 0.1 && (h - 36.0).abs() < 0.1, "{w} {h}");
        assert!(seal.is_transparent());
    }

    #[test]
    fn a_given_width_wins_and_keeps_the_shape() {
        let (w, h) = Picture::from_png(SIGNATURE, Some(60.0)).unwrap().size_mm();
        assert_eq!(w, 60.0);
        assert!((h - 60.0 * 223.0 / 543.0).abs() < 0.05, "{h}");
    }

    #[test]
    fn a_picture_without_a_size_is_refused_until_one_is_given() {
        let bare = png(2, 1, &[0, 0, 255, 255, 0, 0, 255, 0], None);
        assert_eq!(Picture::from_png(&bare, None), Err(ImageError::SizeUnknown));
        assert_eq!(Picture::from_png(&bare, Some(30.0)).unwrap().size_mm(), (30.0, 15.0));
        let out = Picture::from_png(&bare, Some(150.1));
        assert!(matches!(out, Err(ImageError::SizeOutOfBounds { .. })), "{out:?}");
        assert!(matches!(Picture::from_png(&bare, Some(f32::NAN)), Err(ImageError::SizeOutOfBounds { .. })));
    }

    #[test]
    fn other_files_and_broken_ones_are_told_apart() {
        assert_eq!(Picture::from_png(b"\xff\xd8\xff\xe0", None), Err(ImageError::NotPng));
        assert_eq!(Picture::from_png(&SEAL[..SEAL.len() / 2], None), Err(ImageError::Damaged));
        let mut wrong = SEAL.to_vec();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 1;
        assert_eq!(Picture::from_png(&wrong, None), Err(ImageError::Damaged));
        let invisible = png(1, 1, &[9, 9, 9, 0], None);
        assert_eq!(Picture::from_png(&invisible, Some(9.0)), Err(ImageError::Empty));
    }

    #[test]
    fn a_header_that_claims_too_many_pixels_allocates_nothing() {
        let mut huge = png(1, 1, &[0, 0, 0, 255], None);
        huge[16..20].copy_from_slice(&4_001u32.to_be_bytes());
        // The header's checksum: without the right one the file is damaged instead.
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(Picture::from_png(&huge, None), Err(ImageError::TooManyPixels { width: 4_001, height: 1 }));
    }

    fn crc32(data: &[u8]) -> u32 {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        crc.sum()
    }

    #[test]
    fn transparency_becomes_a_soft_mask_of_the_same_size() {
        let mut next = 0;
        let mut allocate = || {
            next += 1;
            (next, 0)
        };
        let (id, objects) = Picture::from_png(SIGNATURE, None).unwrap().into_objects(&mut allocate, Masking::Soft);
        let image = objects.iter().find(|o| o.0 == id).unwrap().1.as_stream().unwrap();
        let mask = image.dict.get(b"SMask").unwrap().as_reference().unwrap();
        let mask = objects.iter().find(|o| o.0 == mask).unwrap().1.as_stream().unwrap();
        assert_eq!(mask.get_plain_content().unwrap().len() * 3, image.get_plain_content().unwrap().len());
    }

    #[test]
    fn where_nothing_may_be_transparent_the_mask_has_one_bit_and_the_ink_is_that_on_white() {
        // Nine pixels wide: opaque red, half red, nearly clear, then clear.
        let mut pixels = vec![255, 0, 0, 255, 255, 0, 0, 128, 255, 0, 0, 127];
        pixels.resize(9 * 4, 0);
        let picture = Picture::from_png(&png(9, 1, &pixels, None), Some(27.0)).unwrap();
        let mut next = 0;
        let mut allocate = || {
            next += 1;
            (next, 0)
        };
        let (id, objects) = picture.into_objects(&mut allocate, Masking::Hard);
        let stream = |id| objects.iter().find(|o| o.0 == id).unwrap().1.as_stream().unwrap();
        let image = stream(id);
        assert!(image.dict.get(b"SMask").is_err());
        let mask = stream(image.dict.get(b"Mask").unwrap().as_reference().unwrap());
        assert!(mask.dict.get(b"ImageMask").unwrap().as_bool().unwrap());
        assert_eq!(mask.get_plain_content().unwrap(), [0b0011_1111, 0b1000_0000]);
        assert_eq!(image.get_plain_content().unwrap()[..6], [255, 0, 0, 255, 127, 127]);
    }

    // Every kind of PNG that shows the same two pixels: one blue, one clear or white.
    #[test]
    fn every_kind_of_png_reads_to_the_same_picture() {
        let encode = |colour, depth, data: &[u8], palette: Option<(&'static [u8], &'static [u8])>| {
            let mut out = Vec::new();
            let mut encoder = png::Encoder::new(&mut out, 2, 1);
            encoder.set_color(colour);
            encoder.set_depth(depth);
            if let Some((colours, alpha)) = palette {
                encoder.set_palette(colours);
                encoder.set_trns(alpha);
            }
            encoder.write_header().unwrap().write_image_data(data).unwrap();
            Picture::from_png(&out, Some(20.0)).unwrap()
        };
        use png::{BitDepth, ColorType};
        let wanted = png(2, 1, &[0, 0, 255, 255, 255, 255, 255, 0], None);
        let wanted = Picture::from_png(&wanted, Some(20.0)).unwrap();
        let sixteen: Vec<u8> = [0u16, 0, 0xffff, 0xffff, 0, 0, 0, 0].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(encode(ColorType::Rgba, BitDepth::Sixteen, &sixteen, None), wanted);
        let palette: (&[u8], &[u8]) = (&[0, 0, 255, 9, 9, 9], &[255, 0]);
        assert_eq!(encode(ColorType::Indexed, BitDepth::One, &[0b0100_0000], Some(palette)), wanted);
        let opaque = encode(ColorType::Rgb, BitDepth::Eight, &[0, 0, 255, 255, 255, 255], None);
        assert!(!opaque.is_transparent());
        assert_eq!(opaque.size_mm(), wanted.size_mm());
        let grey = encode(ColorType::Grayscale, BitDepth::One, &[0b0100_0000], None);
        assert_eq!((grey.components, grey.colour.as_slice()), (1, &[0, 255][..]));
    }

    #[test]
    fn an_interlaced_picture_is_read_whole() {
        // Adam7 (PNG 8.2) of 2 × 2 opaque pixels: pass 1 holds the first, pass 6 its right neighbour, pass 7 the second row.
        let mut raw = vec![0, 1, 0, 0, 255, 0, 2, 0, 0, 255, 0, 3, 0, 0, 255, 4, 0, 0, 255];
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &raw).unwrap();
        raw = packed.finish().unwrap();
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        let header = [0, 0, 0, 2, 0, 0, 0, 2, 8, 6, 0, 0, 1];
        for (kind, data) in [(*b"IHDR", header.as_slice()), (*b"IDAT", &raw), (*b"IEND", &[])] {
            file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            let body = [kind.as_slice(), data].concat();
            file.extend(&body);
            file.extend(crc32(&body).to_be_bytes());
        }
        let picture = Picture::from_png(&file, Some(10.0)).unwrap();
        assert_eq!(picture.colour, [1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0]);
    }
}
