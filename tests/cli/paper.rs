//! Documents made for one test: lines of Vietnamese text at given places, on pages of any size and orientation.

use congvan::pdf::{PageGeometry, Rect};
use congvan::stamp::layout;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

/// Points in a millimetre.
const MM: f64 = 72.0 / 25.4;

/// One line: its text, its middle and its baseline in mm from the top left of the page as displayed, its size in points.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    text: String,
    middle_mm: f64,
    baseline_mm: f64,
    size_pt: f64,
    slanted: bool,
}

/// A line of size 13.
pub(crate) fn line(text: &str, middle_mm: f64, baseline_mm: f64) -> Line {
    Line { text: text.to_owned(), middle_mm, baseline_mm, size_pt: 13.0, slanted: false }
}

/// A page to be made.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    /// Lower left and upper right of the visible part, user space units.
    pub(crate) crop: [f64; 4],
    /// How far the media box goes beyond it on every side.
    pub(crate) margin: f64,
    pub(crate) rotate: u16,
    /// Turned further for display, its text not with it.
    pub(crate) lying: u16,
    pub(crate) unit: f64,
    pub(crate) lines: Vec<Line>,
    /// What the XMP metadata claims: part and level of PDF/A.
    pub(crate) archive: Option<(u8, char)>,
    /// Components of the output intent's profile.
    pub(crate) intent: Option<i64>,
}

impl Paper {
    /// An upright page of this size in mm.
    pub(crate) fn new(width_mm: f64, height_mm: f64) -> Self {
        Paper {
            crop: [0.0, 0.0, width_mm * MM, height_mm * MM],
            margin: 0.0,
            rotate: 0,
            lying: 0,
            unit: 1.0,
            lines: Vec::new(),
            archive: None,
            intent: None,
        }
    }

    /// A decision of box layout, its number and date still open, and who signs it at the given middle.
    pub(crate) fn decision(mut self) -> Self {
        let (width, height) = self.geometry().display_size_mm();
        let (left, right) = (width * 0.3, width * 0.72);
        self.lines.extend([
            line("ỦY BAN NHÂN DÂN", left, 22.0),
            line("Số:          /QĐ-UBND", left, 34.0),
            Line { slanted: true, ..line("Sơn Hải, ngày       tháng       năm 2026", right, 34.0) },
            line("QUYẾT ĐỊNH", width / 2.0, 46.0),
            line("Điều 1. Ban hành Quy chế này./.", width * 0.45, 58.0),
            line("PHÓ CHỦ TỊCH", right, height - 60.0),
            line("Nguyễn Văn An", right, height - 25.0),
        ]);
        self
    }

    /// Turned clockwise when displayed: the same page lies on its side in the file.
    pub(crate) fn turned(mut self, rotate: u16) -> Self {
        if !rotate.is_multiple_of(180) {
            self.crop.swap(2, 3);
        }
        self.rotate = rotate;
        self
    }

    /// Displayed turned clockwise by this much, so that its text is not upright any more.
    pub(crate) fn lying(mut self, by: u16) -> Self {
        self.lying = by;
        self
    }

    /// Cut out of a larger sheet, away from the origin.
    pub(crate) fn cropped(mut self, margin: f64) -> Self {
        self.crop = self.crop.map(|side| side + margin);
        self.margin = margin;
        self
    }

    /// The same page in user space units of `unit` points.
    pub(crate) fn in_units(mut self, unit: f64) -> Self {
        self.crop = self.crop.map(|side| side / unit);
        self.unit = unit;
        self
    }

    /// Size and orientation in which its text is upright.
    pub(crate) fn geometry(&self) -> PageGeometry {
        let [x0, y0, x1, y1] = self.crop;
        PageGeometry { crop: Rect { x0, y0, x1, y1 }, rotate: self.rotate, user_unit: self.unit }
    }

    /// The file.
    pub(crate) fn pdf(&self) -> Vec<u8> {
        let mut document = Document::with_version(if self.archive.is_some_and(|a| a.0 == 1) { "1.4" } else { "1.7" });
        document.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
        let mut content = format!("q {} cm\n", self.upright());
        let mut forms = Dictionary::new();
        let (_, height_mm) = self.geometry().display_size_mm();
        for (index, line) in self.lines.iter().enumerate() {
            let width_mm = 180.0;
            let value = layout::field_value(&line.text, width_mm, line.size_pt, line.slanted).expect("can be set");
            let mut next = document.max_id;
            let (form, objects) = value.into_objects(&mut || {
                next += 1;
                (next, 0)
            });
            document.max_id = next;
            document.objects.extend(objects);
            forms.set(format!("X{index}"), Object::Reference(form));
            let x = (line.middle_mm - width_mm / 2.0) * MM;
            let y = (height_mm - line.baseline_mm) * MM - 0.25 * line.size_pt;
            content.push_str(&format!("q 1 0 0 1 {x:.3} {y:.3} cm /X{index} Do Q\n"));
        }
        content.push('Q');
        let content = document.add_object(Stream::new(Dictionary::new(), content.into_bytes()));
        let pages = document.new_object_id();
        let crop = numbers(&self.crop);
        let [x0, y0, x1, y1] = self.crop;
        let m = self.margin;
        let mut page = dictionary! {
            "Type" => "Page", "Parent" => Object::Reference(pages), "Contents" => Object::Reference(content),
            "MediaBox" => numbers(&[x0 - m, y0 - m, x1 + m, y1 + m]), "CropBox" => crop,
            "Rotate" => i64::from((self.rotate + self.lying) % 360), "Resources" => dictionary! { "XObject" => forms },
        };
        if (self.unit - 1.0).abs() > f64::EPSILON {
            page.set("UserUnit", Object::Real(narrow(self.unit)));
        }
        let page = document.add_object(page);
        let tree = dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![Object::Reference(page)] };
        document.objects.insert(pages, Object::Dictionary(tree));
        let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => Object::Reference(pages) };
        if let Some((part, level)) = self.archive {
            let packet = format!(
                "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>\
                 <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
                 <rdf:Description rdf:about='' xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/' pdfaid:part='{part}' \
                 pdfaid:conformance='{level}'/></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
            );
            let entries = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
            let metadata = document.add_object(Stream::new(entries, packet.into_bytes()));
            catalog.set("Metadata", metadata);
        }
        if let Some(components) = self.intent {
            let profile = document.add_object(Stream::new(dictionary! { "N" => components }, Vec::new()));
            let intent = dictionary! {
                "Type" => "OutputIntent", "S" => "GTS_PDFA1", "DestOutputProfile" => Object::Reference(profile),
            };
            catalog.set("OutputIntents", vec![Object::Dictionary(intent)]);
        }
        let root = document.add_object(catalog);
        document.trailer.set("Root", Object::Reference(root));
        let id = Object::String(b"0123456789abcdef".to_vec(), lopdf::StringFormat::Hexadecimal);
        document.trailer.set("ID", vec![id.clone(), id]);
        let mut out = Vec::new();
        document.save_to(&mut out).expect("memory");
        out
    }

    // From points of the page as displayed, origin bottom left, to user space.
    fn upright(&self) -> String {
        let ([x0, y0, x1, y1], s) = (self.crop, 1.0 / self.unit);
        let matrix = match self.rotate {
            90 => [0.0, s, -s, 0.0, x1, y0],
            180 => [-s, 0.0, 0.0, -s, x1, y1],
            270 => [0.0, -s, s, 0.0, x0, y1],
            _ => [s, 0.0, 0.0, s, x0, y0],
        };
        matrix.map(|n| format!("{n:.4}")).join(" ")
    }
}

fn numbers(values: &[f64]) -> Object {
    Object::Array(values.iter().map(|v| Object::Real(narrow(*v))).collect())
}

#[expect(clippy::as_conversions, reason = "f64 to f32 has no From")]
fn narrow(value: f64) -> f32 {
    value as f32
}
