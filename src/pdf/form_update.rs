//! Form fields in an update: new fields with their widgets, values, the form dictionary itself —
//! ISO 32000-2 12.7.3, 12.7.4, 12.5.6.19.
//!
//! Changes as few objects as can be: an indirect array or dictionary is replaced by itself, a direct one with the
//! object it stands in.

use lopdf::dictionary;

use super::incremental::{Update, UpdateError};
use super::object::{Dictionary, Object, ObjectId, to_text_string};
use super::page::{Page, Rect};
use super::signature_field::{Field, FieldLock, FieldSelection};

/// Bit 1 of `/Ff`: read-only — ISO 32000-2 Table 227.
pub const READ_ONLY: i64 = 1;
/// Bits 1 and 2 of `/SigFlags`: signatures exist, append only — ISO 32000-2 Table 225.
pub const SIGNATURES_EXIST: i64 = 1;
/// Bit 2 of `/SigFlags`.
pub const APPEND_ONLY: i64 = 2;
// Annotation flags Print and Locked — ISO 32000-2 Table 167.
const PRINT_AND_LOCKED: i64 = 4 + 128;
const PRINT: i64 = 4;

/// A field to be added.
#[derive(Clone, Debug)]
pub struct NewField<'n> {
    /// Its name; a root field, so without periods.
    pub name: &'n str,
    /// `/TU`: what screen readers and tool tips say.
    pub label: Option<&'n str>,
    /// What it is.
    pub kind: NewFieldKind,
    /// Where it shows; `None` for an invisible one on that page.
    pub rect: Option<Rect>,
    /// Form XObject shown; a visible field without one shows nothing.
    pub appearance: Option<ObjectId>,
}

/// Kinds of fields we make.
#[derive(Clone, Debug)]
pub enum NewFieldKind {
    /// A signature field.
    Signature {
        /// The signature dictionary; `None` for an empty field.
        value: Option<ObjectId>,
        /// What signing it locks.
        lock: Option<FieldLock>,
    },
    /// A one-line text field.
    Text {
        /// Its value.
        value: Option<String>,
        /// Not to be changed in a viewer.
        read_only: bool,
    },
}

impl Update<'_, '_> {
    /// Adds a field with its merged widget to the form and to the page.
    ///
    /// # Errors
    /// Those of [`Update::current`]; [`UpdateError::NotReplaceable`] for a page without object of its own.
    pub fn add_field(&mut self, page: &Page, field: &NewField<'_>) -> Result<ObjectId, UpdateError> {
        let page_id = page.id.ok_or(UpdateError::NotReplaceable)?;
        let id = self.reserve()?;
        let rect = field.rect.unwrap_or(Rect { x0: 0.0, y0: 0.0, x1: 0.0, y1: 0.0 });
        let mut widget = dictionary! {
            "Type" => "Annot",
            "Subtype" => "Widget",
            "T" => string(&to_text_string(field.name)),
            "Rect" => super::bridge::to_lopdf(&rect.to_object()),
            "P" => reference(page_id),
        };
        if let Some(label) = field.label {
            widget.set("TU", string(&to_text_string(label)));
        }
        match &field.kind {
            NewFieldKind::Signature { value, lock } => {
                widget.set("FT", "Sig");
                widget.set("F", PRINT_AND_LOCKED);
                if let Some(value) = value {
                    widget.set("V", reference(*value));
                }
                if let Some(lock) = lock {
                    widget.set("Lock", lock_dictionary(lock, "SigFieldLock"));
                }
            }
            NewFieldKind::Text { value, read_only } => {
                widget.set("FT", "Tx");
                widget.set("F", PRINT);
                widget.set("DA", string(b"/Helv 0 Tf 0 g"));
                if let Some(value) = value {
                    widget.set("V", string(&to_text_string(value)));
                }
                if *read_only {
                    widget.set("Ff", READ_ONLY);
                }
            }
        }
        let visible = rect.width() > 0.0 && rect.height() > 0.0;
        match field.appearance {
            Some(form) => widget.set("AP", dictionary! { "N" => reference(form) }),
            // ISO 19005-2 6.3.3: every visible widget has an appearance, if an empty one.
            None if visible || self.view().archive()?.is_some() => {
                let form = self.add(empty_form(&rect))?;
                widget.set("AP", dictionary! { "N" => reference(form) });
            }
            None => {}
        }
        self.set_new(id, lopdf::Object::Dictionary(widget));
        self.append_to_array(page_id, "Annots", id)?;
        self.add_to_form(id)?;
        if let NewFieldKind::Text { .. } = field.kind {
            self.name_default_font()?;
        }
        Ok(id)
    }

    /// Sets the value of a text field and its appearance; other entries stay.
    ///
    /// # Errors
    /// [`UpdateError::NotReplaceable`] for a field or widget without object of its own; those of [`Update::current`].
    pub fn fill_text(
        &mut self,
        field: &Field,
        value: &str,
        read_only: bool,
        appearance: Option<ObjectId>,
    ) -> Result<(), UpdateError> {
        let id = field.id.ok_or(UpdateError::NotReplaceable)?;
        let mut dictionary = self.current_dictionary(id)?;
        dictionary.set("V", Object::string(to_text_string(value)));
        if read_only {
            dictionary.set("Ff", field.flags | READ_ONLY);
        }
        self.replace(id, dictionary);
        self.set_appearance(field, appearance)
    }

    /// Puts a signature dictionary and an appearance into an existing, empty signature field; `lock` replaces its
    /// `/Lock`.
    ///
    /// # Errors
    /// Those of [`Update::fill_text`].
    pub fn fill_signature(
        &mut self,
        field: &Field,
        value: ObjectId,
        appearance: Option<ObjectId>,
        lock: Option<&FieldLock>,
    ) -> Result<(), UpdateError> {
        let id = field.id.ok_or(UpdateError::NotReplaceable)?;
        let mut dictionary = self.current_dictionary(id)?;
        dictionary.set("V", value);
        if let Some(lock) = lock {
            dictionary.set("Lock", own_lock(lock));
        }
        self.replace(id, dictionary);
        self.set_appearance(field, appearance)
    }

    // ISO 32000-2 12.7.4.3: the font of /DA is one of the form's /DR. Viewers that fill the field themselves need it.
    fn name_default_font(&mut self) -> Result<(), UpdateError> {
        let resolved = |update: &Self, from: &Dictionary, key: &str| -> Result<Dictionary, UpdateError> {
            match from.get(key) {
                Some(Object::Reference(id)) => update.current_dictionary(*id),
                other => Ok(other.and_then(Object::as_dictionary).cloned().unwrap_or_default()),
            }
        };
        let form = match self.form_object()? {
            Some(id) => self.current_dictionary(id)?,
            None => resolved(self, &self.current_catalog()?, "AcroForm")?,
        };
        let mut resources = resolved(self, &form, "DR")?;
        let mut fonts = resolved(self, &resources, "Font")?;
        if fonts.has("Helv") {
            return Ok(());
        }
        let mut font = Dictionary::new();
        for (key, name) in [("Type", "Font"), ("Subtype", "Type1"), ("BaseFont", "Helvetica")] {
            font.set(key, Object::name(name));
        }
        font.set("Encoding", Object::name("WinAnsiEncoding"));
        fonts.set("Helv", Object::from(font));
        resources.set("Font", Object::from(fonts));
        self.change_form(|form| {
            form.set("DR", Object::from(resources));
            true
        })
    }

    /// Sets bits of `/SigFlags` in the form dictionary.
    ///
    /// # Errors
    /// Those of [`Update::current`].
    pub fn set_signature_flags(&mut self, bits: i64) -> Result<(), UpdateError> {
        self.change_form(|form| {
            let flags = form.integer("SigFlags").unwrap_or(0);
            if flags & bits == bits {
                return false;
            }
            form.set("SigFlags", flags | bits);
            true
        })
    }

    /// Replaces the catalog after a change.
    ///
    /// # Errors
    /// [`UpdateError::NotReplaceable`] when it is no object of its own; those of [`Update::current`].
    pub fn change_catalog(&mut self, change: impl FnOnce(&mut Dictionary)) -> Result<(), UpdateError> {
        let (id, _) = self.view().catalog()?;
        let id = id.ok_or(UpdateError::NotReplaceable)?;
        let mut catalog = self.current_dictionary(id)?;
        change(&mut catalog);
        self.replace(id, catalog);
        Ok(())
    }

    fn set_appearance(&mut self, field: &Field, appearance: Option<ObjectId>) -> Result<(), UpdateError> {
        let Some(form) = appearance else { return Ok(()) };
        for widget in &field.widgets {
            let id = widget.id.ok_or(UpdateError::NotReplaceable)?;
            let mut dictionary = self.current_dictionary(id)?;
            let mut appearances = Dictionary::new();
            appearances.set("N", form);
            dictionary.set("AP", Object::from(appearances));
            dictionary.remove("AS");
            self.replace(id, dictionary);
        }
        Ok(())
    }

    // Appends a reference to the array under `key` of an object, in whichever object the array stands.
    fn append_to_array(&mut self, owner: ObjectId, key: &str, item: ObjectId) -> Result<(), UpdateError> {
        let mut dictionary = self.current_dictionary(owner)?;
        if let Some(Object::Reference(array)) = dictionary.get(key)
            && let array = *array
            && let Object::Array(mut items) = self.current(array)?
        {
            items.push(item.into());
            self.replace(array, items);
            return Ok(());
        }
        let mut items = dictionary.get(key).and_then(Object::as_array).map(<[Object]>::to_vec).unwrap_or_default();
        items.push(item.into());
        dictionary.set(key, items);
        self.replace(owner, dictionary);
        Ok(())
    }

    fn add_to_form(&mut self, field: ObjectId) -> Result<(), UpdateError> {
        if let Some(form) = self.form_object()? {
            return self.append_to_array(form, "Fields", field);
        }
        self.change_form(|form| {
            let mut fields = form.get("Fields").and_then(Object::as_array).map(<[Object]>::to_vec).unwrap_or_default();
            fields.push(field.into());
            form.set("Fields", fields);
            true
        })
    }

    // The form dictionary's object in this update, where it has one.
    fn form_object(&self) -> Result<Option<ObjectId>, UpdateError> {
        let catalog = self.current_catalog()?;
        let Some(entry) = catalog.get("AcroForm").and_then(Object::as_reference) else { return Ok(None) };
        Ok(matches!(self.current(entry)?, Object::Dictionary(_)).then_some(entry))
    }

    fn current_catalog(&self) -> Result<Dictionary, UpdateError> {
        let (id, _) = self.view().catalog()?;
        self.current_dictionary(id.ok_or(UpdateError::NotReplaceable)?)
    }

    // Changes the form dictionary, making one when there is none.
    fn change_form(&mut self, change: impl FnOnce(&mut Dictionary) -> bool) -> Result<(), UpdateError> {
        if let Some(id) = self.form_object()? {
            let mut form = self.current_dictionary(id)?;
            if change(&mut form) {
                self.replace(id, form);
            }
            return Ok(());
        }
        let catalog = self.current_catalog()?;
        match catalog.get("AcroForm").and_then(Object::as_dictionary) {
            Some(form) => {
                let mut form = form.clone();
                if change(&mut form) {
                    self.change_catalog(|catalog| catalog.set("AcroForm", Object::from(form)))?;
                }
            }
            None => {
                let mut form = Dictionary::new();
                form.set("Fields", Vec::new());
                change(&mut form);
                let id = self.reserve()?;
                self.set_own(id, form.into());
                self.change_catalog(|catalog| catalog.set("AcroForm", id))?;
            }
        }
        Ok(())
    }
}

/// A lock as a dictionary: `/Lock` of a field, or the parameters of FieldMDP (`kind` is `/Type`).
pub(crate) fn lock_dictionary(lock: &FieldLock, kind: &str) -> lopdf::Dictionary {
    let mut dictionary = dictionary! { "Type" => kind };
    let names =
        |names: &[String]| lopdf::Object::Array(names.iter().map(|name| string(&to_text_string(name))).collect());
    match &lock.fields {
        FieldSelection::All => dictionary.set("Action", "All"),
        FieldSelection::Include(fields) => {
            dictionary.set("Action", "Include");
            dictionary.set("Fields", names(fields));
        }
        FieldSelection::Exclude(fields) => {
            dictionary.set("Action", "Exclude");
            dictionary.set("Fields", names(fields));
        }
    }
    if let Some(permission) = lock.permission {
        dictionary.set("P", permission.number());
    }
    dictionary
}

fn own_lock(lock: &FieldLock) -> Object {
    let names = |names: &[String]| names.iter().map(|name| Object::string(to_text_string(name))).collect::<Vec<_>>();
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", Object::name("SigFieldLock"));
    let (action, fields) = match &lock.fields {
        FieldSelection::All => ("All", None),
        FieldSelection::Include(fields) => ("Include", Some(names(fields))),
        FieldSelection::Exclude(fields) => ("Exclude", Some(names(fields))),
    };
    dictionary.set("Action", Object::name(action));
    if let Some(fields) = fields {
        dictionary.set("Fields", fields);
    }
    if let Some(permission) = lock.permission {
        dictionary.set("P", permission.number());
    }
    Object::from(dictionary)
}

/// A literal string for `lopdf`.
pub(crate) fn string(bytes: &[u8]) -> lopdf::Object {
    lopdf::Object::String(bytes.to_vec(), lopdf::StringFormat::Literal)
}

/// A reference for `lopdf`.
pub fn reference(id: ObjectId) -> lopdf::Object {
    lopdf::Object::Reference((id.number, id.generation))
}

fn empty_form(rect: &Rect) -> lopdf::Object {
    let size = Rect { x0: 0.0, y0: 0.0, x1: rect.width(), y1: rect.height() };
    lopdf::Object::Stream(lopdf::Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "BBox" => super::bridge::to_lopdf(&size.to_object()),
            "Resources" => dictionary! {},
        },
        Vec::new(),
    ))
}
