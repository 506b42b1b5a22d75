//! The field that is signed, its lock and seed value, and what fields show.

use lopdf::dictionary;

use super::{PadesError, PadesRequest, SignatureKind, SignerFacts, Target, sub_filter};
use crate::pdf::form_update::{NewField, NewFieldKind, reference};
use crate::pdf::incremental::Update;
use crate::pdf::signature_field::{FieldSelection, SignatureField};
use crate::pdf::{Field, FieldLock, ObjectId, Permission, Rect};
use crate::sign::seed_value::{self, Intended};
use crate::stamp::appearance::{Appearance, Colours, Paint};
use crate::stamp::image::Masking;

// Returns what signing the field locks.
pub(super) fn put_into_field(
    update: &mut Update<'_, '_>,
    canvas: Canvas,
    signatures: &[SignatureField],
    request: &PadesRequest<'_>,
    name: &str,
    value: ObjectId,
) -> Result<Option<FieldLock>, PadesError> {
    match &request.target {
        Target::Existing(_) => {
            let found = signatures
                .iter()
                .find(|s| s.field.name == name)
                .ok_or_else(|| PadesError::NoSuchField(name.to_owned()))?;
            let old = found.field.value.as_ref().map(|v| update.view().resolve(v)).transpose()?;
            if old.is_some_and(|old| !old.is_null()) {
                return Err(PadesError::AlreadySigned(name.to_owned()));
            }
            check_seed(found, request)?;
            let form = match request.appearance.clone() {
                Some(appearance) => Some(appearance_in(update, canvas, &found.field, appearance)?),
                None => None,
            };
            let lock = lock_of(found, request);
            update.fill_signature(
                &found.field,
                value,
                form,
                lock.as_ref().filter(|l| Some(*l) != found.lock.as_ref()),
            )?;
            Ok(lock)
        }
        Target::New { page, rect, lock, .. } => {
            let appearance = request.appearance.clone().map(|a| embed_appearance(update, canvas, a)).transpose()?;
            let page = update.view().page(*page)?;
            let kind = NewFieldKind::Signature { value: Some(value), lock: lock.clone() };
            update.add_field(&page, &NewField { name, label: None, kind, rect: *rect, appearance })?;
            Ok(lock.clone())
        }
    }
}

// ISO 32000-2 Table 236: whoever locks the document locks every field.
pub(super) fn lock_of(field: &SignatureField, request: &PadesRequest<'_>) -> Option<FieldLock> {
    if !request.locks_document || seed_value::locks_document(request.kind, None) {
        return field.lock.clone();
    }
    Some(FieldLock { fields: FieldSelection::All, permission: Some(Permission::NoChanges) })
}

fn check_seed(field: &SignatureField, request: &PadesRequest<'_>) -> Result<(), PadesError> {
    let Some(seed) = field.seed.as_ref().filter(|_| request.kind != SignatureKind::DocTimeStamp) else {
        return Ok(());
    };
    let SignerFacts { certificate, chain, digest, time_stamped, with_revocation } = request.facts;
    let intended = Intended {
        kind: request.kind,
        sub_filter: sub_filter(request),
        reason: request.reason,
        digest,
        time_stamped,
        with_revocation,
        certificate,
        chain,
        locks_document: seed_value::locks_document(request.kind, lock_of(field, request).and_then(|l| l.permission)),
    };
    let refused = |asked| PadesError::SeedValue { field: field.field.name.clone(), asked };
    seed_value::check(seed, &intended).map_err(refused)
}

// How appearances may paint in this file: what it says of itself (ISO 19005) decides.
#[derive(Clone, Copy)]
pub(super) struct Canvas {
    paint: Paint,
}

impl Canvas {
    pub(super) fn of(update: &Update<'_, '_>, request: &PadesRequest<'_>) -> Result<Self, PadesError> {
        let mut paint = Paint::default();
        let paints = request.appearance.is_some()
            || request.add_fields.iter().any(|field| field.appearance.is_some())
            || request.fill_fields.iter().any(|value| value.appearance.is_some());
        if let Some(archive) = if paints { update.view().archive()? } else { None } {
            if archive.forbids_transparency() {
                paint.masking = Masking::Hard;
            }
            if archive.needs_calibrated_colour() {
                paint.colours = Colours::Calibrated;
            }
        }
        Ok(Canvas { paint })
    }
}

pub(super) fn embed_appearance(
    update: &mut Update<'_, '_>,
    canvas: Canvas,
    appearance: Appearance,
) -> Result<ObjectId, PadesError> {
    let mut failure = None;
    let mut allocate = || match update.reserve() {
        Ok(id) => (id.number, id.generation),
        Err(error) => {
            failure = Some(error);
            (0, 0)
        }
    };
    let ((number, generation), objects) = appearance.painted(canvas.paint).into_objects(&mut allocate);
    if let Some(error) = failure {
        return Err(error.into());
    }
    for ((number, generation), object) in objects {
        update.set_new(ObjectId { number, generation }, object);
    }
    Ok(ObjectId { number, generation })
}

// A viewer stretches an appearance to its field. Put it at its own size into one that has the field's.
pub(super) fn appearance_in(
    update: &mut Update<'_, '_>,
    canvas: Canvas,
    field: &Field,
    appearance: Appearance,
) -> Result<ObjectId, PadesError> {
    let (width, height) = appearance.displayed_size_pt();
    let (width, height) = (f64::from(width), f64::from(height));
    let rotation = appearance.page_rotation;
    let form = embed_appearance(update, canvas, appearance)?;
    let Some((page, rect)) = field.widgets.iter().find_map(|w| Some((w.page, w.rect?))) else { return Ok(form) };
    // The stamp is in points, the rectangle in units of its page.
    let unit = match page {
        Some(page) => update.view().page_geometry(&update.view().page(page)?)?.user_unit,
        None => 1.0,
    };
    let (rect_width, rect_height) = (rect.width() * unit, rect.height() * unit);
    let (spare_x, spare_y) = (rect_width - width, rect_height - height);
    if spare_x.abs() < 0.5 && spare_y.abs() < 0.5 {
        return Ok(form);
    }
    if spare_x < -1.0 || spare_y < -1.0 {
        let mm = |pt: f64| (pt * 254.0 / 72.0).round() / 10.0;
        return Err(PadesError::StampTooLarge {
            field: field.name.clone(),
            stamp_mm: (mm(width), mm(height)),
            field_mm: (mm(rect_width), mm(rect_height)),
        });
    }
    // The turned box of the stamp does not begin at its origin.
    let (from_x, from_y) = match rotation {
        90 => (width, 0.0),
        180 => (width, height),
        270 => (0.0, height),
        _ => (0.0, 0.0),
    };
    let content = format!("q 1 0 0 1 {:.3} {:.3} cm /Fm0 Do Q", spare_x / 2.0 + from_x, spare_y / 2.0 + from_y);
    let size = Rect { x0: 0.0, y0: 0.0, x1: rect_width, y1: rect_height };
    let outer = lopdf::Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "BBox" => crate::pdf::bridge::to_lopdf(&size.to_object()),
            "Resources" => dictionary! { "XObject" => dictionary! { "Fm0" => reference(form) } },
        },
        content.into_bytes(),
    );
    Ok(update.add(lopdf::Object::Stream(outer))?)
}
