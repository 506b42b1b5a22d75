//! A stamp ready to be embedded: content stream, fonts and pictures — ISO 32000-2 8.10 and 12.5.5.
//!
//! [`Appearance::into_objects`] turns it into the indirect objects of one incremental update. The form XObject it names
//! is what a widget's `/AP << /N … >>` points at; the widget's `/Rect` has the size of [`Appearance::displayed_size_pt`].

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};

use crate::stamp::font::EmbeddedFont;
use crate::stamp::image::{Masking, Picture};

/// Points in a millimetre.
pub const PT_PER_MM: f32 = 72.0 / 25.4;

/// A drawn stamp. Its box is `[0 0 width_pt height_pt]`, origin bottom left.
#[derive(Clone, Debug)]
pub struct Appearance {
    /// Width in points.
    pub width_pt: f32,
    /// Height in points.
    pub height_pt: f32,
    /// The content stream, not compressed.
    pub content: Vec<u8>,
    /// Fonts by resource name (`F0`).
    pub fonts: Vec<(String, EmbeddedFont)>,
    /// Pictures by resource name (`Im0`).
    pub pictures: Vec<(String, Picture)>,
    /// The text it shows, line by line, for reports and `/Contents`.
    pub text: Vec<String>,
    /// Quarter turns of the page it goes on: its `/Rotate`, one of 0, 90, 180, 270.
    pub page_rotation: u16,
    /// What the file it goes into allows.
    pub paint: Paint,
}

/// How an appearance may paint — what PDF/A restricts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Paint {
    /// How what shows through pictures is written.
    pub masking: Masking,
    /// What its colours mean.
    pub colours: Colours,
}

/// What the colours of an appearance mean.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Colours {
    /// Those of the device.
    #[default]
    Device,
    /// Those of calibrated spaces that stand for the device's (ISO 32000-2 8.6.5.6).
    Calibrated,
}

impl Appearance {
    /// Width and height in millimetres, as read.
    pub fn size_mm(&self) -> (f64, f64) {
        let mm = |pt: f32| f64::from(pt) * 25.4 / 72.0;
        (mm(self.width_pt), mm(self.height_pt))
    }

    /// Width and height of the `/Rect` in default user space: exchanged on a page that stands on its side.
    pub fn displayed_size_pt(&self) -> (f32, f32) {
        if self.page_rotation % 180 == 90 { (self.height_pt, self.width_pt) } else { (self.width_pt, self.height_pt) }
    }

    /// Makes it upright on a page whose `/Rotate` is `rotation` degrees (a multiple of 90; others count as 0).
    #[must_use]
    pub fn on_page_rotated(mut self, rotation: u16) -> Self {
        self.page_rotation = if rotation.is_multiple_of(90) { rotation % 360 } else { 0 };
        self
    }

    /// Makes it paint as the file it goes into allows.
    #[must_use]
    pub fn painted(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }

    /// The indirect objects of this appearance and the number of its form XObject.
    ///
    /// `allocate` hands out object numbers that are free in the file. Streams come compressed.
    pub fn into_objects(self, allocate: &mut dyn FnMut() -> ObjectId) -> (ObjectId, Vec<(ObjectId, Object)>) {
        let mut objects = Vec::new();
        let mut resources = Dictionary::new();
        let matrix = self.matrix();
        if !self.fonts.is_empty() {
            let mut fonts = Dictionary::new();
            for (name, font) in self.fonts {
                let (id, mut made) = font.into_objects(allocate);
                fonts.set(name, Object::Reference(id));
                objects.append(&mut made);
            }
            resources.set("Font", fonts);
        }
        if !self.pictures.is_empty() {
            let mut pictures = Dictionary::new();
            for (name, picture) in self.pictures {
                let (id, mut made) = picture.into_objects(allocate, self.paint.masking);
                pictures.set(name, Object::Reference(id));
                objects.append(&mut made);
            }
            resources.set("XObject", pictures);
        }
        if self.paint.colours == Colours::Calibrated {
            resources.set("ColorSpace", calibrated());
        }
        let form = allocate();
        let mut dictionary = dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "FormType" => 1,
            "BBox" => numbers(&[0.0, 0.0, self.width_pt, self.height_pt]),
            "Resources" => resources,
        };
        if let Some(matrix) = matrix {
            dictionary.set("Matrix", numbers(&matrix));
        }
        objects.push((form, Object::Stream(deflated(dictionary, self.content))));
        (form, objects)
    }

    // ISO 32000-2 12.5.5 algorithm 8.1: the matrix turns the box, the viewer then moves it onto /Rect. A page displayed
    // turned clockwise needs its appearance turned the other way.
    fn matrix(&self) -> Option<[f32; 6]> {
        match self.page_rotation {
            90 => Some([0.0, 1.0, -1.0, 0.0, 0.0, 0.0]),
            180 => Some([-1.0, 0.0, 0.0, -1.0, 0.0, 0.0]),
            270 => Some([0.0, -1.0, 1.0, 0.0, 0.0, 0.0]),
            _ => None,
        }
    }
}

// The colours and the transfer of IEC 61966-2-1 (sRGB), to the precision these spaces have: ISO 32000-2 8.6.5.2, 8.6.5.3.
fn calibrated() -> Dictionary {
    let white = || numbers(&[0.9505, 1.0, 1.089]);
    let rgb = dictionary! {
        "WhitePoint" => white(),
        "Gamma" => numbers(&[2.2, 2.2, 2.2]),
        "Matrix" => numbers(&[0.412, 0.213, 0.019, 0.358, 0.715, 0.119, 0.181, 0.072, 0.951]),
    };
    let grey = dictionary! { "WhitePoint" => white(), "Gamma" => Object::Real(2.2) };
    let space = |name: &str, parameters: Dictionary| {
        Object::Array(vec![Object::Name(name.as_bytes().to_vec()), Object::Dictionary(parameters)])
    };
    dictionary! { "DefaultRGB" => space("CalRGB", rgb), "DefaultGray" => space("CalGray", grey) }
}

/// An array of real numbers, rounded to a thousandth.
pub fn numbers(values: &[f32]) -> Object {
    Object::Array(values.iter().map(|v| Object::Real((v * 1000.0).round() / 1000.0)).collect())
}

/// A stream with `/FlateDecode`.
pub(crate) fn deflated(mut dictionary: Dictionary, plain: Vec<u8>) -> Stream {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let packed = encoder.write_all(&plain).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) => {
            dictionary.set("Filter", "FlateDecode");
            Stream::new(dictionary, packed).with_compression(false)
        }
        // Writing to memory does not fail; should it ever, the plain bytes are as right.
        Err(_) => Stream::new(dictionary, plain).with_compression(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare() -> Appearance {
        Appearance {
            width_pt: 100.0,
            height_pt: 40.0,
            content: b"0 0 100 40 re S".to_vec(),
            fonts: Vec::new(),
            pictures: Vec::new(),
            text: Vec::new(),
            page_rotation: 0,
            paint: Paint::default(),
        }
    }

    #[test]
    fn form_comes_last_with_its_box_and_no_matrix_on_an_upright_page() {
        let mut next = 10;
        let (id, objects) = bare().into_objects(&mut || {
            next += 1;
            (next, 0)
        });
        assert_eq!(id, (11, 0));
        let form = objects.last().unwrap().1.as_stream().unwrap();
        assert_eq!(form.dict.get(b"BBox").unwrap().as_array().unwrap().len(), 4);
        assert!(form.dict.get(b"Matrix").is_err());
        assert_eq!(form.get_plain_content().unwrap(), b"0 0 100 40 re S");
    }

    #[test]
    fn calibrated_colours_stand_for_those_of_the_device() {
        let paint = Paint { colours: Colours::Calibrated, ..Paint::default() };
        let (_, objects) = bare().painted(paint).into_objects(&mut || (1, 0));
        let resources = objects[0].1.as_stream().unwrap().dict.get(b"Resources").unwrap().as_dict().unwrap();
        let spaces = resources.get(b"ColorSpace").unwrap().as_dict().unwrap();
        assert!(spaces.get(b"DefaultRGB").is_ok() && spaces.get(b"DefaultGray").is_ok());
    }

    #[test]
    fn a_page_on_its_side_exchanges_the_sides_of_the_rectangle() {
        let turned = bare().on_page_rotated(270);
        assert_eq!(turned.displayed_size_pt(), (40.0, 100.0));
        let (_, objects) = turned.into_objects(&mut || (1, 0));
        assert!(objects[0].1.as_stream().unwrap().dict.get(b"Matrix").is_ok());
    }
}
