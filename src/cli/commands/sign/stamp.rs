//! What a role's signature shows and where, and which fields it adds or fills — Decree 30/2020/NĐ-CP, Appendix I.

use std::path::Path;

use super::document::Warning;
use super::options::{Date, Options};
use super::refusal::pdf_error;
use super::terms::Shape;
use crate::base::time::UnixTime;
use crate::cli::climbing;
use crate::cli::error::CliError;
use crate::cli::files::printable;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::pdf::page::{PageGeometry, Place, Rect};
use crate::pdf::signature_field::SignatureField;
use crate::pdf::text::{DocumentText, TextError};
use crate::pdf::{Document, Field, Object, SubFilter};
use crate::sign::pades::{ExtraField, ExtraFieldKind, FieldValue, PadesRequest, SignerFacts, Target};
use crate::stamp::anchor::{self, PlaceError, Wanted};
use crate::stamp::appearance::Appearance;
use crate::stamp::blanks::{self, Blank, BlankKind};
use crate::stamp::layout::{self, Arrival, Request, Role};
use crate::stamp::metadata;

/// The field the leader's signing prepares for the agency; a seal that makes its own has a number behind it.
const SEAL_FIELD: &str = "congvan_seal";
/// Most seals of one document.
const MAX_SEALS: u32 = 1_000;
/// Side of that field, mm: the seal of a state body is 36 mm wide; a larger picture asks for `--place`.
const SEAL_MM: f64 = 36.0;

/// What the signature shows, adds and fills.
pub(super) struct Plan {
    target: Spot,
    appearance: Option<Appearance>,
    adds: Vec<Added>,
    fills: Vec<Filled>,
    /// Page and place of what is seen, for the report.
    pub(super) shown: Option<(usize, Place)>,
    pub(super) warnings: Vec<Warning>,
}

enum Spot {
    Field(String),
    New { name: Option<String>, page: usize, rect: Option<Rect> },
}

struct Added {
    name: &'static str,
    label: &'static str,
    page: usize,
    rect: Rect,
    kind: ExtraFieldKind,
    appearance: Option<Appearance>,
}

struct Filled {
    name: &'static str,
    value: String,
    appearance: Appearance,
}

impl Plan {
    /// What it adds beside the signature that an earlier signature could mind.
    pub(super) fn added(&self) -> climbing::Added {
        if self.adds.is_empty() { climbing::Added::Nothing } else { climbing::Added::NumberAndDate }
    }

    /// Full name of the existing field that is signed.
    pub(super) fn existing_field(&self) -> Option<&str> {
        match &self.target {
            Spot::Field(name) => Some(name),
            Spot::New { .. } => None,
        }
    }

    /// The request for a hole of `contents_size` bytes.
    pub(super) fn request<'r>(
        &'r self,
        contents_size: usize,
        now: UnixTime,
        name: &'r str,
        options: &'r Options,
        shape: Shape,
        facts: SignerFacts<'r>,
    ) -> PadesRequest<'r> {
        PadesRequest {
            target: match &self.target {
                Spot::Field(name) => Target::Existing(name),
                Spot::New { name, page, rect } => {
                    Target::New { name: name.as_deref(), page: *page, rect: *rect, lock: None }
                }
            },
            kind: shape.kind,
            encoding: shape.encoding,
            locks_document: shape.locks_document,
            facts,
            appearance: self.appearance.clone(),
            claimed_time: Some(now),
            name: Some(name),
            reason: options.reason.as_deref(),
            location: options.location.as_deref(),
            add_fields: self.adds.iter().map(Added::field).collect(),
            fill_fields: self.fills.iter().map(Filled::value).collect(),
            ..PadesRequest::new(contents_size)
        }
    }
}

impl Added {
    fn field(&self) -> ExtraField<'_> {
        ExtraField {
            name: self.name,
            label: Some(self.label),
            page: self.page,
            rect: Some(self.rect),
            kind: self.kind.clone(),
            appearance: self.appearance.clone(),
        }
    }
}

impl Filled {
    fn value(&self) -> FieldValue<'_> {
        FieldValue { name: self.name, value: &self.value, read_only: true, appearance: Some(self.appearance.clone()) }
    }
}

/// The document at hand, with what every decision needs.
struct Case<'a, 'd, 'f> {
    path: &'a Path,
    document: &'d Document<'f>,
    text: Result<&'a DocumentText, &'a TextError>,
    options: &'a Options,
    signer: &'a str,
    signatures: Vec<SignatureField>,
    fields: Vec<Field>,
}

/// Decides what signing this document as `options.role` shows and where.
///
/// # Errors
/// What is missing, ambiguous or forbidden; nothing is guessed.
pub(super) fn plan(
    path: &Path,
    document: &Document<'_>,
    text: Result<&DocumentText, &TextError>,
    options: &Options,
    signer: &str,
    now: UnixTime,
) -> Result<Plan, CliError> {
    let mut plan = Plan {
        target: Spot::New { name: None, page: 1, rect: None },
        appearance: None,
        adds: Vec::new(),
        fills: Vec::new(),
        shown: None,
        warnings: Vec::new(),
    };
    if !is_visible(options) {
        return Ok(plan);
    }
    let failed = |e: &crate::pdf::PdfError| pdf_error(path, e);
    let signatures = document.signatures().map_err(|e| failed(&e))?;
    let fields = document.view().fields().map_err(|e| failed(&e))?;
    let case = Case { path, document, text, options, signer, signatures, fields };
    let appearance = case.draw(now)?;
    case.put(&mut plan, appearance)?;
    match options.role {
        Role::Initial => case.prepare_number_and_date(&mut plan)?,
        Role::Leader => {
            case.prepare_number_and_date(&mut plan)?;
            case.prepare_seal(&mut plan)?;
        }
        Role::Seal => case.fill_number_and_date(&mut plan)?,
        _ => {}
    }
    if !plan.adds.is_empty() && case.is_signed() {
        plan.warnings.push((("FIELDS_AFTER_SIGNATURE", texts::FIELDS_AFTER_SIGNATURE), Vec::new()));
    }
    Ok(plan)
}

/// A plain signature shows only when something says where or what.
pub(super) fn is_visible(o: &Options) -> bool {
    o.role != Role::Plain || o.field.is_some() || o.spot.is_some() || o.anchor.is_some() || o.picture.is_some()
}

impl Case<'_, '_, '_> {
    fn draw(&self, now: UnixTime) -> Result<Appearance, CliError> {
        let o = self.options;
        let printed_date =
            o.date.map_or_else(String::new, |Date { year, month, day }| format!("{day:02}/{month:02}/{year}"));
        let request = Request {
            agency: Some(self.signer),
            number: o.number.as_deref(),
            copy_form: o.copy_form,
            arrival: Arrival {
                number: o.number.as_deref().unwrap_or(""),
                date: &printed_date,
                passed_to: o.passed_to.as_deref().unwrap_or(""),
                file: o.file_code.as_deref().unwrap_or(""),
            },
            picture: o.picture.clone(),
            ..Request::new(o.role, self.signer, now)
        };
        layout::draw(&request).map_err(|e| CliError::new(Code::StampUnusable).path("path", self.path).with("cause", e))
    }

    /// Gives the stamp its place: a field, the place named, or where the decree wants it.
    fn put(&self, plan: &mut Plan, appearance: Appearance) -> Result<(), CliError> {
        let field = self.options.field.clone().or_else(|| {
            let open = self.options.spot.is_none() && self.options.anchor.is_none();
            let prepared = self.options.role == Role::Seal && open;
            (prepared && self.is_empty_field(SEAL_FIELD)).then(|| SEAL_FIELD.to_owned())
        });
        if let Some(name) = field {
            let widget = self.signatures.iter().find(|s| s.field.name == name).and_then(|s| s.field.widgets.first());
            let mut rotation = 0;
            if let Some((page, rect)) = widget.and_then(|w| Some((w.page?, w.rect?))) {
                rotation = self.reading(page)?.rotate;
                plan.shown = Some((page, self.displayed(page)?.to_display(&rect)));
            }
            if self.options.role == Role::Seal {
                self.people()?;
            }
            plan.appearance = Some(appearance.on_page_rotated(rotation));
            plan.target = Spot::Field(name);
            return Ok(());
        }
        let size = appearance.size_mm();
        let Found { page, geometry, place, covers } = self.find_place(size)?;
        if !anchor::on_page(&geometry, &place) {
            return Err(CliError::new(Code::PlaceOutside).path("path", self.path).with("page", page));
        }
        if self.options.role != Role::Seal && !covers.is_empty() {
            let covers = printable(&covers.join(" · "));
            plan.warnings.push((("STAMP_OVERLAPS", texts::STAMP_OVERLAPS), vec![("text", covers)]));
        }
        let displayed = self.displayed(page)?;
        if displayed.rotate != geometry.rotate {
            plan.warnings.push((("TEXT_TURNED", texts::TEXT_TURNED), vec![("page", page.to_string())]));
        }
        let rect = geometry.to_user_space(&place);
        let name = (self.options.role == Role::Seal).then(|| self.seal_name()).flatten();
        plan.target = Spot::New { name, page, rect: Some(rect) };
        plan.appearance = Some(appearance.on_page_rotated(geometry.rotate));
        plan.shown = Some((page, displayed.to_display(&rect)));
        Ok(())
    }

    fn find_place(&self, size: (f64, f64)) -> Result<Found, CliError> {
        let people = if self.options.role == Role::Seal { self.people()? } else { Vec::new() };
        if let Some(spot) = &self.options.spot {
            let place = spot.place(size).ok_or_else(|| {
                let size = format!("{:.1} × {:.1}", size.0, size.1);
                CliError::new(Code::StampTooLarge).path("path", self.path).with("field", "--place").with("cause", size)
            })?;
            let geometry = self.displayed(spot.page)?;
            let as_read = self.reading(spot.page)?.to_display(&geometry.to_user_space(&place));
            let covers = self.text.map_or_else(|_| Vec::new(), |text| anchor::covered(text, spot.page, &as_read));
            return Ok(Found { page: spot.page, geometry, place, covers });
        }
        let nothing = DocumentText::default();
        let signature = if people.is_empty() { None } else { self.person_to_seal(&people)? };
        let wanted = Wanted { anchor: self.options.anchor.as_deref(), signer: Some(self.signer), signature };
        let text = match (self.text, self.options.role) {
            (Ok(text), _) => text,
            // The seal goes by the signature, not by text.
            (Err(_), Role::Seal) => &nothing,
            (Err(cause), _) => {
                return Err(CliError::new(Code::PlaceNotLooked).path("path", self.path).with("cause", cause));
            }
        };
        let found = anchor::place(self.options.role, text, size.0, size.1, &wanted);
        let found = found.map_err(|e| self.place_error(&e, size))?;
        let geometry = self.reading(found.page)?;
        Ok(Found { page: found.page, geometry, place: found.place, covers: found.covers })
    }

    /// The signatures of people: all but time-stamps and seals.
    ///
    /// # Errors
    /// There is none, or an earlier signature is broken. Article 32 of the decree: the agency seals only what the
    /// authorised person signed.
    fn people(&self) -> Result<Vec<&SignatureField>, CliError> {
        let signed: Vec<&SignatureField> = self
            .signatures
            .iter()
            .filter(|s| s.signature.as_ref().is_some_and(|sig| sig.value.sub_filter != SubFilter::EtsiRfc3161))
            .collect();
        let people: Vec<&SignatureField> = signed.iter().copied().filter(|s| !is_seal(&s.field.name)).collect();
        if people.is_empty() {
            return Err(CliError::new(Code::SealNeedsSignature).path("path", self.path));
        }
        for field in &signed {
            if !super::check::is_intact(self.document, field) {
                let name = printable(&field.field.name);
                return Err(CliError::new(Code::SealOnBroken).path("path", self.path).with("field", name));
            }
        }
        Ok(people)
    }

    /// The signature the seal is set over: the last one that shows and has no seal yet; `--anchor` names the signer
    /// where people signed side by side. `None` when none shows.
    fn person_to_seal(&self, people: &[&SignatureField]) -> Result<Option<(usize, Place)>, CliError> {
        let mut seals = Vec::new();
        for seal in self.signatures.iter().filter(|s| is_seal(&s.field.name) && s.signature.is_some()) {
            seals.extend(self.shown(seal)?);
        }
        let mut open = Vec::new();
        for field in people {
            if let Some((page, place)) = self.shown(field)?
                && !seals.iter().any(|(on, seal)| *on == page && overlap(seal, &place))
            {
                let name = field.signature.as_ref().and_then(|s| s.value.name.clone()).unwrap_or_default();
                open.push((page, place, name));
            }
        }
        if let Some(anchor) = &self.options.anchor {
            open.retain(|(_, _, name)| anchor::same_words(name, anchor));
        }
        let Some((page, place, _)) = open.last().cloned() else { return Ok(None) };
        // Initials stand elsewhere; two signatures on one height are of two people who sign together.
        let beside =
            |other: &Place| other.y_mm < place.y_mm + place.height_mm && place.y_mm < other.y_mm + other.height_mm;
        let rivals: Vec<_> = open.iter().filter(|(on, other, _)| *on == page && beside(other)).collect();
        if rivals.len() > 1 {
            let list = rivals.iter().map(|(on, at, name)| self.candidate(name, *on, at)).collect::<Vec<_>>();
            return Err(CliError::new(Code::SealAmbiguous)
                .path("path", self.path)
                .with("candidates", printable(&list.join("; "))));
        }
        Ok(Some((page, place)))
    }

    /// Where a signature shows, on the page as its text reads; `None` for one without a box worth the name.
    fn shown(&self, field: &SignatureField) -> Result<Option<(usize, Place)>, CliError> {
        let widget = field.field.widgets.iter().find_map(|w| Some((w.page?, w.rect?)));
        match widget.filter(|(_, rect)| rect.width() > 1.0 && rect.height() > 1.0) {
            Some((page, rect)) => Ok(Some((page, self.reading(page)?.to_display(&rect)))),
            None => Ok(None),
        }
    }

    /// A name by which later seals know this one.
    fn seal_name(&self) -> Option<String> {
        let numbered = (2..MAX_SEALS).map(|n| format!("{SEAL_FIELD}{n}"));
        std::iter::once(SEAL_FIELD.to_owned()).chain(numbered).find(|name| !self.has_field(name))
    }

    fn is_signed(&self) -> bool {
        self.signatures.iter().any(|s| s.signature.is_some())
    }

    fn place_error(&self, error: &PlaceError, size: (f64, f64)) -> CliError {
        let code = match error {
            PlaceError::NoText => Code::PlaceNoText,
            PlaceError::Ambiguous { candidates } => {
                let list: Vec<String> = candidates
                    .iter()
                    .map(|a| self.candidate(&format!("{} – {}", a.position, a.name), a.page, &a.centred(size)))
                    .collect();
                return CliError::new(Code::PlaceAmbiguous)
                    .path("path", self.path)
                    .with("candidates", printable(&list.join("; ")));
            }
            PlaceError::NoSignature => Code::SealNeedsPlace,
            _ => Code::PlaceNotFound,
        };
        CliError::new(code).path("path", self.path).with("cause", error)
    }

    /// Empty fields for number and date, before the first signature: filled later they are no change to it.
    fn prepare_number_and_date(&self, plan: &mut Plan) -> Result<(), CliError> {
        for blank in self.blanks() {
            if !self.has_field(blank.kind.field_name()) {
                let kind = ExtraFieldKind::Text { value: None, read_only: false };
                plan.adds.push(self.added(&blank, kind, None)?);
            }
        }
        Ok(())
    }

    /// The agency's signature field over the left third of what is signed now. Behind an earlier signature it would be
    /// a field added to that; the seal then makes its own.
    fn prepare_seal(&self, plan: &mut Plan) -> Result<(), CliError> {
        let signature = match &plan.target {
            Spot::New { page, rect: Some(rect), .. } => Some((*page, *rect)),
            Spot::Field(name) => self.field_rect(name),
            Spot::New { .. } => None,
        };
        let Some((page, rect)) = signature.filter(|_| !self.has_field(SEAL_FIELD) && !self.is_signed()) else {
            return Ok(());
        };
        let geometry = self.reading(page)?;
        let seal = anchor::over_left_third(&geometry.to_display(&rect), (SEAL_MM, SEAL_MM));
        if anchor::on_page(&geometry, &seal) {
            plan.adds.push(Added {
                name: SEAL_FIELD,
                label: "Chữ ký số của cơ quan",
                page,
                rect: geometry.to_user_space(&seal),
                kind: ExtraFieldKind::Signature { lock: None },
                appearance: None,
            });
        }
        Ok(())
    }

    /// Number and date into the fields that were prepared; where another tool signed, read-only text widgets over the
    /// same blanks. What is printed already must be what the flags say.
    fn fill_number_and_date(&self, plan: &mut Plan) -> Result<(), CliError> {
        let (Some(number), Some(date)) = (&self.options.number, self.options.date) else { return Ok(()) };
        let (ordinal, notation) = number.split_once('/').map_or((number.as_str(), None), |(n, rest)| (n, Some(rest)));
        let blanks = self.blanks();
        for blank in &blanks {
            let value = match (blank.kind, notation) {
                (BlankKind::Number, _) | (BlankKind::NumberAndNotation, None) => printed(ordinal),
                (BlankKind::NumberAndNotation, Some(rest)) => format!("{}/{rest}", printed(ordinal)),
                (BlankKind::Day, _) => blanks::printed_day(date.day),
                (BlankKind::Month, _) => blanks::printed_month(date.month),
            };
            self.fill(plan, blank, value)?;
        }
        let has = |wanted: &[BlankKind]| blanks.iter().any(|b| wanted.contains(&b.kind));
        let facts = self.text.map(metadata::extract).unwrap_or_default();
        if !has(&[BlankKind::Number, BlankKind::NumberAndNotation])
            && facts.number.as_deref().map(printed) != Some(printed(ordinal))
        {
            return Err(self.no_room("--number", number, facts.number.as_deref()));
        }
        if let (Some(asked), Some(there)) = (notation, facts.notation.as_deref())
            && !has(&[BlankKind::NumberAndNotation])
            && !anchor::same_words(asked, there)
        {
            return Err(self.no_room("--number", number, Some(&format!("/{there}"))));
        }
        let asked = format!("{}/{}/{}", date.day, date.month, date.year);
        if let Some(year) = self.text.ok().and_then(metadata::printed_year).filter(|year| *year != date.year) {
            return Err(self.no_room("--date", &asked, Some(&year.to_string())));
        }
        if !has(&[BlankKind::Day, BlankKind::Month]) && facts.date != Some((date.year, date.month, date.day)) {
            let found = facts.date.map(|(year, month, day)| format!("{day}/{month}/{year}"));
            return Err(self.no_room("--date", &asked, found.as_deref()));
        }
        Ok(())
    }

    fn fill(&self, plan: &mut Plan, blank: &Blank, value: String) -> Result<(), CliError> {
        let name = blank.kind.field_name();
        let appearance = layout::field_value(&value, blank.place().width_mm, blank.size_pt, blank.slanted)
            .map_err(|e| CliError::new(Code::StampUnusable).path("path", self.path).with("cause", e))?;
        let Some(field) = self.fields.iter().find(|f| f.name == name) else {
            let kind = ExtraFieldKind::Text { value: Some(value), read_only: true };
            plan.adds.push(self.added(blank, kind, Some(appearance))?);
            return Ok(());
        };
        match self.document.view().resolve(field.value.as_ref().unwrap_or(&Object::Null)) {
            Ok(Object::String(there)) if !there.bytes.is_empty() => {
                let there = crate::pdf::object::text_string(&there.bytes);
                if there == value { Ok(()) } else { Err(self.no_room(name, &value, Some(&there))) }
            }
            Ok(_) => {
                let rotation = self.reading(blank.page)?.rotate;
                plan.fills.push(Filled { name, value, appearance: appearance.on_page_rotated(rotation) });
                Ok(())
            }
            Err(e) => Err(pdf_error(self.path, &e)),
        }
    }

    fn no_room(&self, flag: &str, asked: &str, printed: Option<&str>) -> CliError {
        let code = if printed.is_some() { Code::PrintedDiffers } else { Code::NoRoomFor };
        CliError::new(code)
            .path("path", self.path)
            .with("flag", flag)
            .with("value", printable(asked))
            .with("printed", printable(printed.unwrap_or("")))
    }

    fn added(&self, blank: &Blank, kind: ExtraFieldKind, shown: Option<Appearance>) -> Result<Added, CliError> {
        let geometry = self.reading(blank.page)?;
        let label = match blank.kind {
            BlankKind::Number | BlankKind::NumberAndNotation => "Số văn bản",
            BlankKind::Day => "Ngày ban hành",
            BlankKind::Month => "Tháng ban hành",
        };
        Ok(Added {
            name: blank.kind.field_name(),
            label,
            page: blank.page,
            rect: geometry.to_user_space(&blank.place()),
            kind,
            appearance: shown.map(|appearance| appearance.on_page_rotated(geometry.rotate)),
        })
    }

    fn blanks(&self) -> Vec<Blank> {
        self.text.map_or_else(|_| Vec::new(), blanks::find)
    }

    fn has_field(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    fn is_empty_field(&self, name: &str) -> bool {
        self.signatures.iter().any(|s| s.field.name == name && s.signature.is_none())
    }

    /// The page as displayed: what `--place` and reports speak of.
    fn displayed(&self, page: usize) -> Result<PageGeometry, CliError> {
        let view = self.document.view();
        view.page(page).and_then(|p| view.page_geometry(&p)).map_err(|e| pdf_error(self.path, &e))
    }

    /// The page as its text reads: the same, unless it is displayed on its side or upside down.
    fn reading(&self, page: usize) -> Result<PageGeometry, CliError> {
        let read = self.text.ok().and_then(|text| text.pages.iter().find(|p| p.number == page));
        read.map_or_else(|| self.displayed(page), |read| Ok(read.geometry))
    }

    fn field_rect(&self, name: &str) -> Option<(usize, Rect)> {
        let field = self.signatures.iter().find(|s| s.field.name == name)?;
        field.field.widgets.first().and_then(|w| Some((w.page?, w.rect?)))
    }

    /// One of several places on the page as its text reads, with the flag that chooses it.
    fn candidate(&self, what: &str, page: usize, at: &Place) -> String {
        let geometries = (self.reading(page), self.displayed(page));
        let at = match geometries {
            (Ok(reading), Ok(displayed)) => displayed.to_display(&reading.to_user_space(at)),
            _ => *at,
        };
        format!("{what} (--place {page},{:.0},{:.0})", at.x_mm.max(0.0), at.y_mm.max(0.0))
    }
}

/// Where a stamp goes: a place and the orientation of the page it is told in.
struct Found {
    page: usize,
    geometry: PageGeometry,
    place: Place,
    covers: Vec<String>,
}

/// True for the field of a seal this program set.
fn is_seal(name: &str) -> bool {
    name.strip_prefix(SEAL_FIELD).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.x_mm < b.x_mm + b.width_mm
        && b.x_mm < a.x_mm + a.width_mm
        && a.y_mm < b.y_mm + b.height_mm
        && b.y_mm < a.y_mm + a.height_mm
}

/// A number below ten gets its leading nought; one with letters stays as it is.
fn printed(number: &str) -> String {
    let number = number.trim();
    number.parse().map_or_else(|_| number.to_owned(), blanks::printed_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_ten_get_their_nought_and_odd_ones_stay() {
        assert_eq!(printed("7"), "07");
        assert_eq!(printed("07"), "07");
        assert_eq!(printed("123"), "123");
        assert_eq!(printed("12a"), "12a");
    }

    #[test]
    fn seals_are_known_by_their_fields() {
        assert!(is_seal("congvan_seal") && is_seal("congvan_seal2"));
        assert!(!is_seal("congvan_seals") && !is_seal("Signature1"));
    }

    #[test]
    fn boxes_that_only_touch_do_not_overlap() {
        let place = |x_mm| Place { x_mm, y_mm: 0.0, width_mm: 10.0, height_mm: 10.0 };
        assert!(overlap(&place(0.0), &place(9.9)));
        assert!(!overlap(&place(0.0), &place(10.0)));
    }
}
