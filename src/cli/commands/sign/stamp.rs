//! What a role's signature shows and where, and which fields it adds or fills — Decree 30/2020/NĐ-CP, Appendix I.

use std::path::Path;

use super::document::{Warning, pdf_error};
use super::options::{Date, Options};
use crate::base::time::UnixTime;
use crate::cli::error::CliError;
use crate::cli::files::printable;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::pdf::page::{PageGeometry, Place, Rect};
use crate::pdf::signature_field::SignatureField;
use crate::pdf::text::DocumentText;
use crate::pdf::{Document, SubFilter};
use crate::sign::pades::{ExtraField, ExtraFieldKind, FieldValue, PadesRequest, Target};
use crate::stamp::anchor::{self, PlaceError, Wanted};
use crate::stamp::appearance::Appearance;
use crate::stamp::blanks::{self, Blank, BlankKind};
use crate::stamp::layout::{self, Arrival, Request, Role};
use crate::stamp::metadata;

/// The field the leader's signing prepares for the agency.
const SEAL_FIELD: &str = "congvan_seal";
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
    New { page: usize, rect: Option<Rect> },
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
    /// The request for a hole of `contents_size` bytes.
    pub(super) fn request<'r>(
        &'r self,
        contents_size: usize,
        now: UnixTime,
        name: &'r str,
        options: &'r Options,
    ) -> PadesRequest<'r> {
        PadesRequest {
            target: match &self.target {
                Spot::Field(name) => Target::Existing(name),
                Spot::New { page, rect } => Target::New { name: None, page: *page, rect: *rect, lock: None },
            },
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
    text: Option<&'a DocumentText>,
    options: &'a Options,
    signer: &'a str,
    signatures: Vec<SignatureField>,
    names: Vec<String>,
}

/// Decides what signing this document as `options.role` shows and where.
///
/// # Errors
/// What is missing, ambiguous or forbidden; nothing is guessed.
pub(super) fn plan(
    path: &Path,
    document: &Document<'_>,
    text: Option<&DocumentText>,
    options: &Options,
    signer: &str,
    now: UnixTime,
) -> Result<Plan, CliError> {
    let failed = |e: &crate::pdf::PdfError| pdf_error(path, e);
    let signatures = document.signatures().map_err(|e| failed(&e))?;
    let names = document.view().fields().map_err(|e| failed(&e))?.into_iter().map(|f| f.name).collect();
    let case = Case { path, document, text, options, signer, signatures, names };
    let mut plan = Plan {
        target: Spot::New { page: 1, rect: None },
        appearance: None,
        adds: Vec::new(),
        fills: Vec::new(),
        shown: None,
        warnings: Vec::new(),
    };
    if !case.is_visible() {
        return Ok(plan);
    }
    let appearance = case.draw(now)?;
    case.put(&mut plan, appearance)?;
    match options.role {
        Role::Leader => case.prepare_for_the_seal(&mut plan)?,
        Role::Seal => case.fill_number_and_date(&mut plan)?,
        _ => {}
    }
    Ok(plan)
}

impl Case<'_, '_, '_> {
    /// A plain signature shows only when something says where or what.
    fn is_visible(&self) -> bool {
        let o = self.options;
        o.role != Role::Plain || o.field.is_some() || o.spot.is_some() || o.anchor.is_some() || o.picture.is_some()
    }

    fn draw(&self, now: UnixTime) -> Result<Appearance, CliError> {
        let o = self.options;
        let printed_date =
            o.date.map_or_else(String::new, |Date { year, month, day }| format!("{day:02}/{month:02}/{year}"));
        let request = Request {
            agency: Some(self.signer),
            number: o.number.as_deref(),
            copy_form: o.copy_form,
            arrival: Arrival { number: o.number.as_deref().unwrap_or(""), date: &printed_date, ..Arrival::default() },
            picture: o.picture.clone(),
            ..Request::new(o.role, self.signer, now)
        };
        layout::draw(&request).map_err(|e| CliError::new(Code::StampUnusable).path("path", self.path).with("cause", e))
    }

    /// Gives the stamp its place: a field, the place named, or where the decree wants it.
    fn put(&self, plan: &mut Plan, appearance: Appearance) -> Result<(), CliError> {
        let field = self.options.field.clone().or_else(|| {
            let prepared = self.options.role == Role::Seal && self.options.spot.is_none();
            (prepared && self.is_empty_field(SEAL_FIELD)).then(|| SEAL_FIELD.to_owned())
        });
        if let Some(name) = field {
            let widget = self.signatures.iter().find(|s| s.field.name == name).and_then(|s| s.field.widgets.first());
            let mut rotation = 0;
            if let Some((page, rect)) = widget.and_then(|w| Some((w.page?, w.rect?))) {
                let geometry = self.geometry(page)?;
                rotation = geometry.rotate;
                plan.shown = Some((page, geometry.to_display(&rect)));
            }
            if self.options.role == Role::Seal {
                self.person()?;
            }
            plan.appearance = Some(appearance.on_page_rotated(rotation));
            plan.target = Spot::Field(name);
            return Ok(());
        }
        let size = appearance.size_mm();
        let (page, place, covers) = self.find_place(size)?;
        let geometry = self.geometry(page)?;
        if !anchor::on_page(&geometry, &place) {
            return Err(CliError::new(Code::PlaceOutside).path("path", self.path).with("page", page));
        }
        if self.options.role != Role::Seal && !covers.is_empty() {
            let covers = printable(&covers.join(" · "));
            plan.warnings.push((("STAMP_OVERLAPS", texts::STAMP_OVERLAPS), vec![("text", covers)]));
        }
        plan.target = Spot::New { page, rect: Some(geometry.to_user_space(&place)) };
        plan.appearance = Some(appearance.on_page_rotated(geometry.rotate));
        plan.shown = Some((page, place));
        Ok(())
    }

    fn find_place(&self, size: (f64, f64)) -> Result<(usize, Place, Vec<String>), CliError> {
        let person = if self.options.role == Role::Seal { Some(self.person()?) } else { None };
        if let Some(spot) = &self.options.spot {
            let place = spot.place(size).ok_or_else(|| {
                let size = format!("{:.1} × {:.1}", size.0, size.1);
                CliError::new(Code::StampTooLarge).path("path", self.path).with("field", "--place").with("cause", size)
            })?;
            let covers = self.text.map_or_else(Vec::new, |text| anchor::covered(text, spot.page, &place));
            return Ok((spot.page, place, covers));
        }
        let nothing = DocumentText::default();
        let wanted =
            Wanted { anchor: self.options.anchor.as_deref(), signer: Some(self.signer), signature: person.flatten() };
        let text = self.text.unwrap_or(&nothing);
        let found = anchor::place(self.options.role, text, size.0, size.1, &wanted);
        found.map(|p| (p.page, p.place, p.covers)).map_err(|e| self.place_error(&e))
    }

    /// The signature the seal is set over: the last one by a person that shows; `None` when none shows.
    ///
    /// Article 32 of the decree: the agency seals only what the authorised person signed.
    fn person(&self) -> Result<Option<(usize, Place)>, CliError> {
        let people: Vec<&SignatureField> = self
            .signatures
            .iter()
            .filter(|s| s.signature.as_ref().is_some_and(|sig| sig.value.sub_filter != SubFilter::EtsiRfc3161))
            .collect();
        if people.is_empty() {
            return Err(CliError::new(Code::SealNeedsSignature).path("path", self.path));
        }
        for field in &people {
            if !super::check::is_intact(self.document, field) {
                let name = printable(&field.field.name);
                return Err(CliError::new(Code::SealOnBroken).path("path", self.path).with("field", name));
            }
        }
        for field in people.iter().rev() {
            let widget = field.field.widgets.iter().find_map(|w| Some((w.page?, w.rect?)));
            if let Some((page, rect)) = widget.filter(|(_, r)| r.width() > 1.0 && r.height() > 1.0) {
                return Ok(Some((page, self.geometry(page)?.to_display(&rect))));
            }
        }
        Ok(None)
    }

    fn place_error(&self, error: &PlaceError) -> CliError {
        let code = match error {
            PlaceError::NoText => Code::PlaceNoText,
            PlaceError::Ambiguous { candidates } => {
                let list: Vec<String> = candidates
                    .iter()
                    .map(|a| {
                        format!("{} – {} ({}, {:.0}, {:.0})", a.position, a.name, a.page, a.middle_mm, a.blank_mm.0)
                    })
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

    /// Empty fields for number and date, and the agency's signature field over the left third of what is signed now.
    fn prepare_for_the_seal(&self, plan: &mut Plan) -> Result<(), CliError> {
        for blank in self.blanks() {
            let name = blank.kind.field_name();
            if !self.has_field(name) {
                let kind = ExtraFieldKind::Text { value: None, read_only: false };
                plan.adds.push(self.added(&blank, kind, None)?);
            }
        }
        if let Some((page, place)) = plan.shown
            && !self.has_field(SEAL_FIELD)
        {
            let seal = anchor::over_left_third(&place, (SEAL_MM, SEAL_MM));
            let geometry = self.geometry(page)?;
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
        }
        Ok(())
    }

    /// Number and date into the fields the leader's signing prepared; where another tool signed, read-only text
    /// widgets over the same blanks. What is printed already must be what the flags say.
    fn fill_number_and_date(&self, plan: &mut Plan) -> Result<(), CliError> {
        let (Some(number), Some(date)) = (&self.options.number, self.options.date) else { return Ok(()) };
        let blanks = self.blanks();
        for blank in &blanks {
            let value = match blank.kind {
                BlankKind::Number => printed(number.split('/').next().unwrap_or(number)),
                BlankKind::NumberAndNotation => number.clone(),
                BlankKind::Day => blanks::printed_day(date.day),
                BlankKind::Month => blanks::printed_month(date.month),
            };
            let width_mm = blank.place().width_mm;
            let appearance = layout::field_value(&value, width_mm, blank.size_pt, blank.slanted)
                .map_err(|e| CliError::new(Code::StampUnusable).path("path", self.path).with("cause", e))?;
            let name = blank.kind.field_name();
            if self.has_field(name) {
                let rotation = self.geometry(blank.page)?.rotate;
                plan.fills.push(Filled { name, value, appearance: appearance.on_page_rotated(rotation) });
            } else {
                let kind = ExtraFieldKind::Text { value: Some(value), read_only: true };
                plan.adds.push(self.added(blank, kind, Some(appearance))?);
            }
        }
        let has = |wanted: &[BlankKind]| blanks.iter().any(|b| wanted.contains(&b.kind));
        let facts = self.text.map(metadata::extract).unwrap_or_default();
        if !has(&[BlankKind::Number, BlankKind::NumberAndNotation]) {
            let same =
                facts.number.as_deref().map(printed) == Some(printed(number.split('/').next().unwrap_or(number)));
            if !same {
                return Err(self.no_room("--number", number, facts.number.as_deref()));
            }
        }
        if !has(&[BlankKind::Day, BlankKind::Month]) && facts.date != Some((date.year, date.month, date.day)) {
            let asked = format!("{}/{}/{}", date.day, date.month, date.year);
            let found = facts.date.map(|(year, month, day)| format!("{day}/{month}/{year}"));
            return Err(self.no_room("--date", &asked, found.as_deref()));
        }
        Ok(())
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
        let geometry = self.geometry(blank.page)?;
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
        self.text.map_or_else(Vec::new, blanks::find)
    }

    fn has_field(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    fn is_empty_field(&self, name: &str) -> bool {
        self.signatures.iter().any(|s| s.field.name == name && s.signature.is_none())
    }

    fn geometry(&self, page: usize) -> Result<PageGeometry, CliError> {
        let view = self.document.view();
        view.page(page).and_then(|p| view.page_geometry(&p)).map_err(|e| pdf_error(self.path, &e))
    }
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
}
