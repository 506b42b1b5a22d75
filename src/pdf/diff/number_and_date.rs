//! Fields for number and date that an agency's signature brings with it — Decree 30/2020/NĐ-CP, Appendix I, boxes 3
//! and 4.
//!
//! A leader who signed with another tool prepared no such fields. The agency then puts them on page 1 in the update of
//! its own signature: read-only, with their value and look, beside everything that is there. Here is decided only
//! whether a new field has exactly that shape; whether its signature passed and is an agency's is known later. Anything
//! that could show, hide or do more than a number leaves the field what it is: one more field.

use super::level::Terms;
use super::overlap::PageReadings;
use super::rules::{Comparison, generation};
use super::{Change, ChangeKind, Judged, last_revision};
use crate::pdf::error::PdfError;
use crate::pdf::form_update::READ_ONLY;
use crate::pdf::object::{Dictionary, Object, ObjectId, text_string};
use crate::pdf::page::{Place, Rect};
use crate::pdf::signature_field::{Field, SignatureField, SignatureType, SubFilter};
use crate::pdf::text::TextLine;

/// The fields for number, day and month: a person's signing prepares them, the agency's fills or brings them.
pub const NUMBER_AND_DATE_FIELDS: [&str; 3] = ["congvan_number", "congvan_day", "congvan_month"];

/// `/F` of their widgets: Print and nothing else (ISO 32000-2 Table 167), so they show and cannot be hidden.
const PRINT: i64 = 4;
/// Longest value, in letters.
const MAX_VALUE: usize = 40;
/// Most annotations of the page that are compared with such a field.
const MAX_ANNOTATIONS: usize = 5_000;
/// Least and most a field is wide and high, mm.
const WIDTH_MM: (f64, f64) = (1.0, 61.0);
const HEIGHT_MM: (f64, f64) = (1.0, 12.0);
/// How far down page 1 they end at most, part of its height.
const UPPER: f64 = 0.45;
/// How much of a letter, part of its height or width, may lie under a field: boxes of lines on a tight page touch.
const TOUCHING: f64 = 0.15;
/// Points by which annotations may overlap without lying on each other.
const ROUNDING: f64 = 0.05;
/// Letters of a blank that is to be filled.
const BLANK: [char; 5] = ['.', '…', '_', '\u{a0}', ' '];

impl Comparison<'_, '_, '_> {
    /// The full name of the signature's field that this new one came with in one update; `None` where it is anything
    /// but a field for number or date as [`NUMBER_AND_DATE_FIELDS`] are added by a seal.
    pub(super) fn comes_with(&self, field: &Field) -> Result<Option<String>, PdfError> {
        if !self.is_open_to(&field.name) || !self.is_the_only_of_its_name(field) {
            return Ok(None);
        }
        let Some(id) = field.id else { return Ok(None) };
        let Some(signature) = self.signature_of_update(id)? else { return Ok(None) };
        let fits = has_shape(field) && self.has_own_look(field, id)? && self.stands_free(field, id)?;
        Ok(fits.then(|| signature.field.name.clone()))
    }

    /// Takes the offer back where the update did anything else beside: then it is not the seal's own update.
    pub(super) fn only_with_their_seal(&self, found: &mut [Change]) {
        let offers: Vec<(Option<usize>, String)> =
            found.iter().filter_map(|change| Some((change.revision, change.comes_with.clone()?))).collect();
        for (revision, seal) in offers {
            let alone = found.iter().filter(|other| other.revision == revision).all(|other| belongs(other, &seal));
            let takes_back = |change: &&mut Change| change.revision == revision && change.comes_with.is_some();
            for change in found.iter_mut().filter(takes_back).filter(|_| !alone || revision.is_none()) {
                change.comes_with = None;
            }
        }
    }

    // Neither this signature nor one it covers says anything about later fields: DocMDP allows no new field under any
    // permission (ISO 32000-2 Table 257).
    fn is_open_to(&self, name: &str) -> bool {
        let revision_of = |field: &SignatureField| field.signature.as_ref().and_then(|s| s.coverage.revision);
        let signed = revision_of(self.signed);
        let covered = self.signatures.iter().filter(|other| {
            let other = revision_of(other);
            other.is_some() && other <= signed
        });
        NUMBER_AND_DATE_FIELDS.contains(&name)
            && self.terms.permission.is_none()
            && !self.terms.locks(name)
            && covered.map(Terms::of).all(|terms| terms.permission.is_none() && !terms.locks(name))
    }

    fn is_the_only_of_its_name(&self, field: &Field) -> bool {
        self.reach.fields.iter().filter(|other| other.name == field.name).count() == 1
    }

    // The one signature, no time-stamp, that ends the update in which the object came to be and was last written.
    fn signature_of_update(&self, id: ObjectId) -> Result<Option<&SignatureField>, PdfError> {
        let Some(revision) = last_revision(self.new, id.number) else { return Ok(None) };
        let before = revision.checked_sub(1).and_then(|before| self.new.document().view_at(before));
        let is_new = match before {
            Some(before) => {
                before.get(ObjectId { number: id.number, generation: generation(before, id.number) })?.is_null()
            }
            None => false,
        };
        let mut ending = self
            .signatures
            .iter()
            .filter(|s| s.signature.as_ref().is_some_and(|signature| signature.coverage.revision == Some(revision)));
        let (Some(only), None) = (ending.next(), ending.next()) else { return Ok(None) };
        let sound = only.signature.as_ref().is_some_and(|signature| {
            signature.value.kind == SignatureType::Signature
                && signature.value.sub_filter != SubFilter::EtsiRfc3161
                && signature.coverage.is_sound()
                && signature.shared_with.is_empty()
        });
        Ok((is_new && sound).then_some(only))
    }

    // One normal appearance that came with the field: a form of text, without anything that could be switched.
    fn has_own_look(&self, field: &Field, id: ObjectId) -> Result<bool, PdfError> {
        const STREAM: [&[u8]; 10] = [
            b"Type",
            b"Subtype",
            b"FormType",
            b"BBox",
            b"Matrix",
            b"Resources",
            b"Length",
            b"Filter",
            b"DecodeParms",
            b"LastModified",
        ];
        const RESOURCES: [&[u8]; 3] = [b"Font", b"ColorSpace", b"ProcSet"];
        let looks = field.dictionary.get("AP").and_then(Object::as_dictionary);
        let Some(form) = looks.filter(|looks| looks.len() == 1).and_then(|looks| looks.get("N")?.as_reference()) else {
            return Ok(false);
        };
        let came_with_it = last_revision(self.new, form.number) == last_revision(self.new, id.number);
        if !came_with_it || !self.old.get(form).unwrap_or_default().is_null() {
            return Ok(false);
        }
        let Object::Stream(stream) = self.new.get(form)? else { return Ok(false) };
        let dictionary = &stream.dictionary;
        let Some(resources) = dictionary.get("Resources").and_then(Object::as_dictionary) else { return Ok(false) };
        let numbers = |key: &str| -> Option<Vec<f64>> {
            dictionary.get(key)?.as_array()?.iter().map(Object::as_number).collect()
        };
        let is_area = matches!(numbers("BBox").as_deref(), Some([x0, y0, x1, y1]) if x1 - x0 > 1.0 && y1 - y0 > 1.0);
        let is_upright = !dictionary.has("Matrix")
            || matches!(numbers("Matrix").as_deref(), Some([a, b, c, d, _, _]) if (a * d - b * c).abs() > 0.1);
        Ok(dictionary.is_name("Subtype", "Form")
            && only_keys(dictionary, &STREAM)
            && only_keys(resources, &RESOURCES)
            && is_area
            && is_upright)
    }

    // On page 1 and nowhere else, in its upper part, over no letter of what was signed and no other annotation.
    fn stands_free(&self, field: &Field, id: ObjectId) -> Result<bool, PdfError> {
        let Some(page) = self.reach.pages.first().filter(|page| page.id.is_some()) else { return Ok(false) };
        let on_first = field.dictionary.get("P").and_then(Object::as_reference) == page.id;
        let listed = self.reach.listed.get(&id.number).map(Vec::as_slice);
        let was_first = self.old.page(1).is_ok_and(|old| old.id == page.id);
        if !on_first || listed != Some(&[page.number]) || !was_first {
            return Ok(false);
        }
        let Some(rect) = field.widgets.first().and_then(|widget| widget.rect) else { return Ok(false) };
        let crop = self.new.page_geometry(page)?.crop;
        let inside = rect.x0 >= crop.x0 && rect.y0 >= crop.y0 && rect.x1 <= crop.x1 && rect.y1 <= crop.y1;
        if !inside || !self.misses_annotations(page.number, &rect, id)? {
            return Ok(false);
        }
        let revision = self.signed.signature.as_ref().and_then(|s| s.coverage.revision);
        let Some(text) = self.lines.read(self.old, revision, page.number).filter(PageReadings::is_whole) else {
            return Ok(false);
        };
        let Some(main) = text.readings.first() else { return Ok(false) };
        let (place, (_, height)) = (main.geometry.to_display(&rect), main.geometry.display_size_mm());
        let fits = |value: f64, (least, most): (f64, f64)| value >= least && value <= most;
        let in_its_place = fits(place.width_mm, WIDTH_MM)
            && fits(place.height_mm, HEIGHT_MM)
            && place.y_mm + place.height_mm <= height * UPPER;
        let covers = text.readings.iter().any(|reading| {
            let place = reading.geometry.to_display(&rect);
            reading.lines.iter().any(|line| covers(&place, line))
        });
        Ok(in_its_place && !covers)
    }

    fn misses_annotations(&self, page: usize, rect: &Rect, own: ObjectId) -> Result<bool, PdfError> {
        let Some(page) = self.reach.pages.get(page.saturating_sub(1)) else { return Ok(false) };
        let listed = self.annotation_list(self.new, page)?;
        if listed.len() > MAX_ANNOTATIONS {
            return Ok(false);
        }
        let own_box =
            Rect { x0: rect.x0 + ROUNDING, y0: rect.y0 + ROUNDING, x1: rect.x1 - ROUNDING, y1: rect.y1 - ROUNDING };
        for item in listed.iter().filter(|item| item.as_reference() != Some(own)) {
            let Some(dictionary) = self.new.resolve(item)?.as_dictionary().cloned() else { continue };
            let other = self.new.value(&dictionary, "Rect").and_then(|value| self.new.rectangle(&value))?;
            // Where it lies cannot be said of one without a rectangle.
            if other.is_none_or(|other| other.intersect(&own_box).is_some()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

// What a seal's own update holds beside such fields.
fn belongs(change: &Change, seal: &str) -> bool {
    let number_or_date = || change.field.as_deref().is_some_and(|name| NUMBER_AND_DATE_FIELDS.contains(&name));
    match change.kind {
        ChangeKind::SignatureAdded => change.field.as_deref() == Some(seal),
        ChangeKind::NumberOrDateAdded => change.comes_with.as_deref() == Some(seal),
        ChangeKind::FieldFilled => number_or_date(),
        ChangeKind::SecurityStore
        | ChangeKind::Metadata
        | ChangeKind::Form
        | ChangeKind::Catalog
        | ChangeKind::Structure => change.judged == Judged::Allowed,
        _ => false,
    }
}

// A merged root field and widget with the entries that are needed and no other: no action, no inheritance, no script.
fn has_shape(field: &Field) -> bool {
    const ENTRIES: [&[u8]; 13] =
        [b"Type", b"Subtype", b"FT", b"T", b"TU", b"V", b"DA", b"Ff", b"F", b"Rect", b"P", b"AP", b"M"];
    let dictionary = &field.dictionary;
    let [widget] = field.widgets.as_slice() else { return false };
    let value = dictionary.get("V").and_then(Object::as_string).map(|value| text_string(&value.bytes));
    let readable = value.is_some_and(|value| {
        let letters = value.chars().count();
        (1..=MAX_VALUE).contains(&letters) && !value.trim().is_empty() && !value.chars().any(char::is_control)
    });
    widget.id == field.id
        && !dictionary.has_repeated_key()
        && only_keys(dictionary, &ENTRIES)
        && dictionary.is_name("Subtype", "Widget")
        && dictionary.is_name("FT", "Tx")
        && dictionary.integer("Ff") == Some(READ_ONLY)
        && dictionary.integer("F") == Some(PRINT)
        && readable
}

fn only_keys(dictionary: &Dictionary, known: &[&[u8]]) -> bool {
    !dictionary.has_repeated_key() && dictionary.iter().all(|(key, _)| known.contains(&key))
}

// True when a letter lies under the place by more than the edges of tight lines do.
fn covers(place: &Place, line: &TextLine) -> bool {
    let bottom = place.y_mm + place.height_mm;
    let spare = (line.bottom - line.top) * TOUCHING;
    if line.top + spare >= bottom || line.bottom - spare <= place.y_mm {
        return false;
    }
    line.cells.iter().enumerate().any(|(index, cell)| {
        let end = line.cells.get(index + 1).map_or(line.text.len(), |next| next.at);
        let letters = line.text.get(cell.at..end).unwrap_or_default();
        let spare = (cell.right - cell.left) * TOUCHING;
        let under = cell.left + spare < place.x_mm + place.width_mm && cell.right - spare > place.x_mm;
        under && letters.chars().any(|letter| !BLANK.contains(&letter))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Diff;
    use super::super::tests::{changed, diff, signature, signed, signed_with};
    use super::*;
    use crate::pdf::testing::{FORMS, Form};

    const PAGE: &str = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>";

    /// A seal's update over a file of another tool: signature field 70, number field 72 with its look 73.
    struct Seal {
        form: Form,
        number: String,
        look: String,
        listed: &'static str,
        fields: &'static str,
        more: Vec<(u32, String)>,
    }

    impl Seal {
        fn new() -> Self {
            let number = "<</FT/Tx/T(congvan_number)/Type/Annot/Subtype/Widget/Rect[300 700 380 715]/P 3 0 R/F 4/Ff 1\
                          /V(15)/DA(/F1 9 Tf)/AP<</N 73 0 R>>>>";
            Seal {
                form: Form::Table,
                number: number.to_owned(),
                look: "/Type/XObject/Subtype/Form/BBox[0 0 80 15]/Resources<</Font<</F1 5 0 R>>>>".to_owned(),
                listed: "20 0 R 10 0 R 70 0 R 72 0 R",
                fields: "20 0 R 10 0 R 70 0 R 72 0 R",
                more: Vec::new(),
            }
        }

        /// With one thing of the number's field said otherwise.
        fn with(from: &str, to: &str) -> Self {
            let mut seal = Seal::new();
            assert!(seal.number.contains(from), "{from}");
            seal.number = seal.number.replacen(from, to, 1);
            seal
        }

        fn looking(from: &str, to: &str) -> Self {
            let mut seal = Seal::new();
            assert!(seal.look.contains(from), "{from}");
            seal.look = seal.look.replacen(from, to, 1);
            seal
        }

        fn also(mut self, number: u32, body: &str) -> Self {
            self.more.push((number, body.to_owned()));
            self
        }

        fn write(&self, builder: &mut crate::pdf::testing::Builder) {
            builder.object(3, &format!("{PAGE}/Annots[{}]>>", self.listed));
            builder.object(11, &format!("<</Fields[{}]/SigFlags 3>>", self.fields));
            builder.object(72, &self.number).stream(73, &self.look, b"q Q");
            for (number, body) in &self.more {
                builder.object(*number, body);
            }
        }

        fn after(&self, led: &[u8]) -> Vec<u8> {
            signature(led, 71, "", self.form, |builder| {
                let field = "<</FT/Sig/T(Seal)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 71 0 R>>";
                self.write(builder);
                builder.object(70, field);
            })
        }
    }

    fn offers(diff: &Diff) -> Vec<&str> {
        diff.changes.iter().filter_map(|change| change.comes_with.as_deref()).collect()
    }

    /// Never allowed by itself, and offered to nobody's seal.
    fn refused(file: &[u8]) -> bool {
        let diff = diff(file);
        let open = diff.changes.iter().any(|change| change.judged >= Judged::NotJudged);
        open && offers(&diff).is_empty()
    }

    #[test]
    fn the_number_that_comes_with_a_seal_is_named_and_waits_for_its_verdict() {
        for form in FORMS {
            let file = Seal { form, ..Seal::new() }.after(&signed(form, "", ""));
            let found = diff(&file);
            let change = found.changes.iter().find(|c| c.kind == ChangeKind::NumberOrDateAdded).expect("there");
            assert_eq!((change.code, change.judged), ("NUMBER_OR_DATE_ADDED", Judged::NotJudged), "{form:?}");
            assert_eq!((change.comes_with.as_deref(), change.page), (Some("Seal"), Some(1)), "{form:?}");
            assert_eq!(change.rect.map(|r| r.to_array()), Some([300.0, 700.0, 380.0, 715.0]));
            assert_eq!(found.changes.len(), 2, "{found:?}");
        }
    }

    #[test]
    fn a_field_of_another_shape_is_one_more_field() {
        let led = signed(Form::Table, "", "");
        for (from, to) in [
            ("congvan_number", "congvan_amount"),
            ("/FT/Tx", "/FT/Ch"),
            ("/Ff 1", "/Ff 0"),
            ("/Ff 1", "/Ff 4097"),
            ("/F 4", "/F 6"),
            ("/F 4", "/F 36"),
            ("/F 4", "/F 0"),
            ("/V(15)", ""),
            ("/V(15)", "/V(   )"),
            ("/V(15)", "/V(15\\n)"),
            ("/V(15)", "/V(0123456789012345678901234567890123456789x)"),
            ("/V(15)", "/V(15)/A<</S/JavaScript/JS(x)>>"),
            ("/V(15)", "/V(15)/AA<</K<</S/JavaScript/JS(x)>>>>"),
            ("/V(15)", "/V(15)/OC 9 0 R"),
            ("/V(15)", "/V(15)/MK<</BG[1]>>"),
            ("/V(15)", "/V(15)/Kids[]"),
            ("/V(15)", "/V(15)/V(16)"),
            ("/AP<</N 73 0 R>>", "/AP<</N 73 0 R/D 73 0 R>>"),
            ("/AP<</N 73 0 R>>", "/AP<</N 12 0 R>>"),
            ("/AP<</N 73 0 R>>", ""),
        ] {
            assert!(refused(&Seal::with(from, to).after(&led)), "{to}");
        }
        for (from, to) in [
            ("/BBox[0 0 80 15]", "/BBox[0 0 80 0]"),
            ("/BBox[0 0 80 15]", "/BBox[0 0 80 15]/Matrix[0 0 0 0 0 0]"),
            ("/BBox[0 0 80 15]", "/BBox[0 0 80 15]/OC 9 0 R"),
            ("/Resources<<", "/Resources<</XObject<</A 12 0 R>>"),
            ("/Resources<<", "/Resources<</Properties<</A 9 0 R>>"),
            ("/Subtype/Form", "/Subtype/Image"),
        ] {
            assert!(refused(&Seal::looking(from, to).after(&led)), "{to}");
        }
    }

    #[test]
    fn a_field_over_content_outside_the_page_or_of_another_size_is_one_more_field() {
        let led = signed(Form::Table, "", "");
        let at = |rect: &str| Seal::with("[300 700 380 715]", rect).after(&led);
        for rect in [
            "[60 715 140 730]",  // over what is written
            "[10 20 90 35]",     // over another field, and at the foot of the page
            "[300 400 380 415]", // in the lower part
            "[590 700 670 715]", // partly outside
            "[900 700 980 715]", // outside
            "[300 700 300 700]", // invisible
            "[300 700 520 715]", // too wide
            "[300 700 380 760]", // too high
        ] {
            assert!(refused(&at(rect)), "{rect}");
        }
        assert_eq!(offers(&diff(&at("[200 780 280 795]"))), ["Seal"]);
        // An annotation that was signed lies there.
        let link = "<</Type/Annot/Subtype/Link/Rect[370 690 400 705]>>";
        let page = format!("{PAGE}/Annots[20 0 R 10 0 R 30 0 R]>>");
        let led = signed_with(Form::Table, "", "", &[(3, &page), (30, link)]);
        let seal =
            |rect: &str| Seal { listed: "20 0 R 10 0 R 30 0 R 70 0 R 72 0 R", ..Seal::with("[300 700 380 715]", rect) };
        assert!(refused(&seal("[300 700 380 715]").after(&led)));
        assert_eq!(offers(&diff(&seal("[280 700 360 715]").after(&led))), ["Seal"]);
    }

    #[test]
    fn a_field_on_another_page_twice_or_beside_its_double_is_one_more_field() {
        let second = format!("{PAGE}/Annots[]>>");
        let node = "<</Type/Pages/Kids[3 0 R 30 0 R]/Count 2/MediaBox[0 0 595.276 841.89]>>";
        let led = signed_with(Form::Table, "", "", &[(2, node), (30, &second)]);
        assert_eq!(offers(&diff(&Seal::new().after(&led))), ["Seal"]);
        let listing = format!("{PAGE}/Annots[72 0 R]>>");
        let elsewhere = Seal { listed: "20 0 R 10 0 R 70 0 R", ..Seal::with("/P 3 0 R", "/P 30 0 R") };
        assert!(refused(&elsewhere.also(30, &listing).after(&led)), "page 2");
        let lying = Seal { listed: "20 0 R 10 0 R 70 0 R", ..Seal::new() };
        assert!(refused(&lying.also(30, &listing).after(&led)), "page 2, said to be on page 1");
        assert!(refused(&Seal::new().also(30, &listing).after(&led)), "both pages");
        let nowhere = Seal { listed: "20 0 R 10 0 R 70 0 R", ..Seal::new() };
        assert!(refused(&nowhere.after(&led)), "no page");

        let other = Seal::new().number.replace("300 700 380 715", "300 600 380 615");
        let double = Seal {
            listed: "20 0 R 10 0 R 70 0 R 72 0 R 74 0 R",
            fields: "20 0 R 10 0 R 70 0 R 72 0 R 74 0 R",
            ..Seal::new()
        };
        assert!(refused(&double.also(74, &other).after(&led)), "two of one name");
        let kids = Seal::with("/V(15)", "/V(15)/Parent 75 0 R");
        assert!(refused(&kids.after(&led)), "of a group");
    }

    #[test]
    fn an_update_that_does_anything_else_is_no_seals() {
        let led = signed(Form::Table, "", "");
        let amount = "<</FT/Tx/T(amount)/Type/Annot/Subtype/Widget/Rect[300 600 380 615]/P 3 0 R/V(1)>>";
        let with_more = || Seal {
            listed: "20 0 R 10 0 R 70 0 R 72 0 R 74 0 R",
            fields: "20 0 R 10 0 R 70 0 R 72 0 R 74 0 R",
            ..Seal::new()
        };
        assert!(refused(&with_more().also(74, amount).after(&led)), "another field");
        let note = "<</Type/Annot/Subtype/Text/Rect[10 600 30 620]>>";
        let noted = Seal { fields: Seal::new().fields, ..with_more() };
        assert!(refused(&noted.also(74, note).after(&led)), "an annotation");
        let filled = "<</FT/Tx/T(Number)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/DA(/F1 9 Tf)/V(9)\
                      /AP<</N 12 0 R>>>>";
        assert!(offers(&diff(&Seal::new().also(10, filled).after(&led))).is_empty(), "a field of the leader's");
        assert!(refused(&Seal::new().also(4, "<</Length 0>>\nstream\n\nendstream").after(&led)), "the content");
    }

    #[test]
    fn without_a_signature_of_the_same_update_nobody_brought_it() {
        let led = signed(Form::Table, "", "");
        let seal = Seal { listed: "20 0 R 10 0 R 72 0 R", fields: "20 0 R 10 0 R 72 0 R", ..Seal::new() };
        let number = seal.number.clone();
        let page = format!("{PAGE}/Annots[{}]>>", seal.listed);
        let form = format!("<</Fields[{}]/SigFlags 3>>", seal.fields);
        let look = "<</Type/XObject/Subtype/Form/BBox[0 0 80 15]/Resources<<>>/Length 3>>\nstream\nq Q\nendstream";
        let objects = [(3, page.as_str()), (11, form.as_str()), (72, number.as_str()), (73, look)];
        let unsigned = changed(&led, Form::Table, &objects);
        assert!(refused(&unsigned), "no signature at all");
        let field = "<</FT/Sig/T(Seal)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 71 0 R>>";
        let page = format!("{PAGE}/Annots[20 0 R 10 0 R 72 0 R 70 0 R]>>");
        let signed_later = signature(&unsigned, 71, "", Form::Table, |builder| {
            builder
                .object(3, &page)
                .object(70, field)
                .object(11, "<</Fields[20 0 R 10 0 R 72 0 R 70 0 R]/SigFlags 3>>");
        });
        assert!(refused(&signed_later), "signed one update later");
        let sealed = Seal::new().after(&led);
        let rewritten = changed(&sealed, Form::Table, &[(72, &Seal::with("(15)", "(16)").number)]);
        assert!(refused(&rewritten), "written again after the seal");
        let other_look = look.replace("q Q", "Q q");
        assert!(refused(&changed(&sealed, Form::Table, &[(73, &other_look)])), "another look after the seal");
    }

    #[test]
    fn certified_or_locked_documents_get_no_number() {
        let mdp = |p: u8| format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {p}/V/1.2>>>>]");
        for permission in [1, 2, 3] {
            assert!(refused(&Seal::new().after(&signed(Form::Table, &mdp(permission), ""))), "P {permission}");
        }
        let all = "/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]";
        assert!(refused(&Seal::new().after(&signed(Form::Table, all, ""))), "FieldMDP");
        for lock in [
            "/Action/All",
            "/Action/All/P 1",
            "/Action/Include/Fields[]/P 2",
            "/Action/Include/Fields[(congvan_number)]",
        ] {
            let led = signed(Form::Table, "", &format!("/Lock<</Type/SigFieldLock{lock}>>"));
            assert!(refused(&Seal::new().after(&led)), "{lock}");
        }
        let other = "/Lock<</Type/SigFieldLock/Action/Include/Fields[(amount)]>>";
        assert_eq!(offers(&diff(&Seal::new().after(&signed(Form::Table, "", other)))), ["Seal"]);
    }

    #[test]
    fn a_field_that_was_there_shows_on_no_other_page() {
        let second = format!("{PAGE}/Annots[]>>");
        let node = "<</Type/Pages/Kids[3 0 R 30 0 R]/Count 2/MediaBox[0 0 595.276 841.89]>>";
        let led = signed_with(Form::Table, "", "", &[(2, node), (30, &second)]);
        for shown in ["10 0 R", "20 0 R"] {
            let listing = format!("{PAGE}/Annots[{shown}]>>");
            let found = diff(&changed(&led, Form::Table, &[(30, &listing)]));
            let codes: Vec<_> = found.changes.iter().map(|c| (c.code, c.judged, c.page)).collect();
            assert_eq!(codes, [("WIDGET_MOVED", Judged::Forbidden, Some(2))], "{shown}");
        }
    }
}
