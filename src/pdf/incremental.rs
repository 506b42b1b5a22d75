//! Incremental updates: objects appended after untouched earlier bytes — ISO 32000-2 7.5.6.
//!
//! The new cross-reference section has the form of the last one; a file past 10^10 bytes gets a stream, because a
//! table row has ten digits. Values of the file keep their spelling; new objects are `lopdf` values and written by
//! its serialiser. In an encrypted file new strings and streams are encrypted with the file's own key.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::document::Document;
use super::encryption::walk_strings;
use super::error::{ObjectFault, PdfError};
use super::object::{Dictionary, Object, ObjectId};
use super::view::View;
use super::xref::{Entry, MAX_OBJECT_NUMBER, XrefForm};
use crate::base::read::ReadAt;

/// First offset a table row cannot hold.
const TABLE_LIMIT: u64 = 10_000_000_000;

/// Why a file cannot be extended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The cross-reference data was rebuilt: what another reader sees is a guess.
    #[error("the file's cross-reference table is damaged; repair it first, for example with `qpdf IN OUT`")]
    Damaged,
    /// The file reads, or cannot be read, like this.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// No object number is left.
    #[error("the file has no free object number left")]
    NumbersExhausted,
    /// An object of the file to be replaced is not an object of its own.
    #[error("a part of the file that must change is not an object of its own")]
    NotReplaceable,
    /// A value could not be encrypted with the file's key.
    #[error("a value could not be encrypted with the key of the file")]
    Encrypt,
    /// A new object could not be serialised.
    #[error("a new object could not be written")]
    Serialise,
}

/// An update under construction.
pub struct Update<'d, 'a> {
    view: View<'d, 'a>,
    objects: BTreeMap<u32, (u16, Body)>,
    next: u32,
    file_id: Option<Vec<u8>>,
}

enum Body {
    Own(Object),
    New(lopdf::Object),
    Ready(Vec<u8>),
}

/// A finished update: the bytes to write after the untouched file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UpdateBytes {
    /// Length of the file the update belongs to.
    pub offset: u64,
    /// The update.
    pub bytes: Vec<u8>,
    bodies: BTreeMap<u32, usize>,
}

impl UpdateBytes {
    /// Index into [`UpdateBytes::bytes`] of the first byte of an object's value, behind `N G obj`.
    pub fn body_of(&self, id: ObjectId) -> Option<usize> {
        self.bodies.get(&id.number).copied()
    }

    /// Writes the untouched file and then the update.
    ///
    /// # Errors
    /// Those of the storage on either side.
    pub fn write_to(&self, file: &dyn ReadAt, out: &mut dyn Write) -> io::Result<()> {
        const STEP: usize = 256 << 10;
        let mut buffer = vec![0; STEP];
        let mut at = 0;
        while at < self.offset {
            let wanted = usize::try_from(self.offset - at).unwrap_or(STEP).min(STEP);
            let piece = &mut buffer[..wanted];
            file.read_exact_at(piece, at)?;
            out.write_all(piece)?;
            at = at.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
        }
        out.write_all(&self.bytes)
    }
}

impl<'d, 'a> Update<'d, 'a> {
    /// Begins an update of the newest revision.
    ///
    /// # Errors
    /// [`UpdateError::Damaged`] for a rebuilt document, [`UpdateError::Pdf`] for a locked one or one without catalog.
    pub fn begin(document: &'d Document<'a>) -> Result<Self, UpdateError> {
        if document.is_rebuilt() {
            return Err(UpdateError::Damaged);
        }
        if let Some(encryption) = document.encryption() {
            encryption.require_open()?;
        }
        let view = document.view();
        view.catalog_shared()?;
        let stated = view.trailer().integer("Size").and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
        let stated = if stated > MAX_OBJECT_NUMBER { 0 } else { stated };
        let next = view.highest_number().checked_add(1).ok_or(UpdateError::NumbersExhausted)?.max(stated).max(1);
        Ok(Update { view, objects: BTreeMap::new(), next, file_id: None })
    }

    /// The revision that is updated.
    pub fn view(&self) -> View<'d, 'a> {
        self.view
    }

    /// A new object number, to be given a value before the update is finished.
    ///
    /// # Errors
    /// [`UpdateError::NumbersExhausted`].
    pub fn reserve(&mut self) -> Result<ObjectId, UpdateError> {
        if self.next > MAX_OBJECT_NUMBER {
            return Err(UpdateError::NumbersExhausted);
        }
        let id = ObjectId::new(self.next);
        self.next += 1;
        Ok(id)
    }

    /// Adds a new object.
    ///
    /// # Errors
    /// [`UpdateError::NumbersExhausted`].
    pub fn add(&mut self, object: lopdf::Object) -> Result<ObjectId, UpdateError> {
        let id = self.reserve()?;
        self.set_new(id, object);
        Ok(id)
    }

    /// Gives a reserved number its value.
    pub fn set_new(&mut self, id: ObjectId, object: lopdf::Object) {
        self.objects.insert(id.number, (id.generation, Body::New(object)));
    }

    /// Gives a reserved number a value of our own kind.
    pub fn set_own(&mut self, id: ObjectId, object: Object) {
        self.objects.insert(id.number, (id.generation, Body::Own(object)));
    }

    /// Gives a reserved number bytes that are written as they are, encryption included or not needed.
    pub fn set_ready(&mut self, id: ObjectId, bytes: Vec<u8>) {
        self.objects.insert(id.number, (id.generation, Body::Ready(bytes)));
    }

    /// An object as this update leaves it so far.
    ///
    /// # Errors
    /// Those of [`View::get`]; [`UpdateError::NotReplaceable`] for one this update made of foreign parts.
    pub fn current(&self, id: ObjectId) -> Result<Object, UpdateError> {
        match self.objects.get(&id.number) {
            Some((_, Body::Own(object))) => Ok(object.clone()),
            Some(_) => Err(UpdateError::NotReplaceable),
            None => Ok(self.view.get(id)?),
        }
    }

    /// The dictionary of [`Update::current`].
    ///
    /// # Errors
    /// Those of [`Update::current`]; [`UpdateError::NotReplaceable`] when it is no dictionary.
    pub fn current_dictionary(&self, id: ObjectId) -> Result<Dictionary, UpdateError> {
        match self.current(id)? {
            Object::Dictionary(dictionary) => Ok(*dictionary),
            _ => Err(UpdateError::NotReplaceable),
        }
    }

    /// Replaces an object of the file.
    pub fn replace(&mut self, id: ObjectId, object: impl Into<Object>) {
        self.objects.insert(id.number, (id.generation, Body::Own(object.into())));
    }

    /// Second part of the trailer's `/ID` (ISO 32000-2 14.4); without it the old one stays.
    pub fn set_file_id(&mut self, id: Vec<u8>) {
        self.file_id = Some(id);
    }

    /// Serialises a new object as it will stand in the file, encrypted where the file is.
    ///
    /// # Errors
    /// [`UpdateError::Encrypt`], [`UpdateError::Serialise`].
    pub fn serialise(&self, id: ObjectId, object: &lopdf::Object) -> Result<Vec<u8>, UpdateError> {
        let mut object = object.clone();
        if let Some(state) = self.encryption_state() {
            lopdf::encryption::encrypt_object(state, (id.number, id.generation), &mut object)
                .map_err(|_| UpdateError::Encrypt)?;
        }
        if let lopdf::Object::Stream(stream) = &mut object {
            let length = i64::try_from(stream.content.len()).map_err(|_| UpdateError::Serialise)?;
            stream.dict.set("Length", length);
        }
        let mut bytes = Vec::new();
        lopdf::Writer::write_object(&mut bytes, &object).map_err(|_| UpdateError::Serialise)?;
        Ok(bytes)
    }

    /// Writes everything: objects, cross-reference section, trailer.
    ///
    /// # Errors
    /// [`UpdateError::Encrypt`], [`UpdateError::Serialise`], [`UpdateError::NumbersExhausted`].
    pub fn finish(mut self) -> Result<UpdateBytes, UpdateError> {
        let offset = self.view.document().len();
        let mut bytes = Vec::new();
        if !self.ends_with_line()? {
            bytes.push(b'\n');
        }
        let mut bodies = BTreeMap::new();
        let mut rows: Vec<(u32, u64, u16)> = Vec::new();
        let objects = std::mem::take(&mut self.objects);
        for (number, (generation, body)) in objects {
            let id = ObjectId { number, generation };
            rows.push((number, position(offset, &bytes), generation));
            bytes.extend_from_slice(format!("{id} obj\n").as_bytes());
            bodies.insert(number, bytes.len());
            match body {
                Body::Own(object) => self.own(id, object)?.write(&mut bytes),
                Body::New(object) => bytes.extend(self.serialise(id, &object)?),
                Body::Ready(ready) => bytes.extend(ready),
            }
            bytes.extend_from_slice(b"\nendobj\n");
        }
        let end = position(offset, &bytes);
        let form = self.view.sections().first().map_or(XrefForm::Table, |section| section.form);
        let base = self.view.document().base();
        if form == XrefForm::Table && end < TABLE_LIMIT {
            self.table(&rows, base, &mut bytes);
        } else {
            self.stream(rows, base, end, &mut bytes)?;
        }
        bytes.extend_from_slice(format!("startxref\n{}\n%%EOF\n", end - base).as_bytes());
        Ok(UpdateBytes { offset, bytes, bodies })
    }

    fn encryption_state(&self) -> Option<&'d lopdf::EncryptionState> {
        self.view.document().encryption().and_then(|encryption| encryption.state())
    }

    fn own(&self, id: ObjectId, mut object: Object) -> Result<Object, UpdateError> {
        if let Some(state) = self.encryption_state() {
            let filter = state.get_string_filter();
            let key = filter
                .compute_key(state.file_encryption_key(), (id.number, id.generation))
                .map_err(|_| UpdateError::Encrypt)?;
            walk_strings(&mut object, &mut |bytes| {
                *bytes = filter.encrypt(&key, bytes).map_err(|_| ObjectFault::Decrypt)?;
                Ok(())
            })
            .map_err(|_| UpdateError::Encrypt)?;
        }
        Ok(object)
    }

    fn ends_with_line(&self) -> Result<bool, UpdateError> {
        let file = self.view.document().file();
        let last = file.read_range(file.len().saturating_sub(1), 1, 1).map_err(PdfError::Io)?;
        Ok(matches!(last.first(), Some(b'\n' | b'\r')))
    }

    fn trailer(&self, base: u64) -> Dictionary {
        // Keys of the section and of a stream that is none of ours (ISO 32000-2 Tables 5, 15, 17, 19).
        const NOT_COPIED: [&str; 13] = [
            "Size",
            "Prev",
            "XRefStm",
            "Type",
            "W",
            "Index",
            "Length",
            "Filter",
            "DecodeParms",
            "F",
            "FFilter",
            "FDecodeParms",
            "DL",
        ];
        let mut trailer = Dictionary::new();
        trailer.set("Size", i64::from(self.next));
        for (key, value) in self.view.trailer().iter() {
            if let Ok(key) = std::str::from_utf8(key)
                && !NOT_COPIED.contains(&key)
            {
                trailer.set(key, value.clone());
            }
        }
        if let (Some(second), Ok(Object::Array(mut parts))) =
            (&self.file_id, self.view.value(self.view.trailer(), "ID"))
            && parts.len() == 2
        {
            parts.pop();
            let second = super::object::PdfString { bytes: second.clone(), hex: true, malformed: false, span: None };
            parts.push(Object::String(Box::new(second)));
            trailer.set("ID", parts);
        }
        let previous = self.view.sections().first().map_or(0, |section| section.offset);
        trailer.set("Prev", i64::try_from(previous.saturating_sub(base)).unwrap_or(i64::MAX));
        trailer
    }

    fn table(&self, rows: &[(u32, u64, u16)], base: u64, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b"xref\n");
        for run in runs(rows) {
            let first = run.first().map_or(0, |row| row.0);
            bytes.extend_from_slice(format!("{first} {}\n", run.len()).as_bytes());
            for (_, at, generation) in run {
                bytes.extend_from_slice(format!("{:010} {generation:05} n \n", at - base).as_bytes());
            }
        }
        bytes.extend_from_slice(b"trailer\n");
        Object::from(self.trailer(base)).write(bytes);
        bytes.push(b'\n');
    }

    fn stream(
        &mut self,
        mut rows: Vec<(u32, u64, u16)>,
        base: u64,
        at: u64,
        bytes: &mut Vec<u8>,
    ) -> Result<(), UpdateError> {
        let id = self.reserve()?;
        rows.push((id.number, at, 0));
        let width = if at - base > u64::from(u32::MAX) { 8 } else { 4 };
        let mut data = Vec::new();
        let mut index = Vec::new();
        for run in runs(&rows) {
            index.push(Object::Integer(run.first().map_or(0, |row| i64::from(row.0))));
            index.push(Object::Integer(i64::try_from(run.len()).unwrap_or(0)));
            for (_, at, generation) in run {
                data.push(1);
                data.extend_from_slice(&(at - base).to_be_bytes()[8 - width..]);
                data.extend_from_slice(&generation.to_be_bytes());
            }
        }
        let mut dictionary = self.trailer(base);
        dictionary.set("Type", Object::name("XRef"));
        dictionary
            .set("W", vec![Object::Integer(1), Object::Integer(i64::try_from(width).unwrap_or(8)), Object::Integer(2)]);
        dictionary.set("Index", index);
        dictionary.set("Length", i64::try_from(data.len()).unwrap_or(0));
        bytes.extend_from_slice(format!("{id} obj\n").as_bytes());
        Object::from(dictionary).write(bytes);
        bytes.extend_from_slice(b"\nstream\n");
        bytes.extend_from_slice(&data);
        bytes.extend_from_slice(b"\nendstream\nendobj\n");
        Ok(())
    }

    /// The generation an existing object has, for references to it.
    pub fn generation_of(&self, number: u32) -> u16 {
        match self.view.entry(number) {
            Entry::InUse { generation, .. } => generation,
            _ => 0,
        }
    }
}

fn position(offset: u64, bytes: &[u8]) -> u64 {
    offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

// Runs of consecutive object numbers: one subsection each.
fn runs(rows: &[(u32, u64, u16)]) -> impl Iterator<Item = &[(u32, u64, u16)]> {
    rows.chunk_by(|a, b| a.0.checked_add(1) == Some(b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{FORMS, Form, document, encrypted, past_ten_digits};
    use crate::pdf::{OpenOptions, Repair};

    fn extended(file: &dyn ReadAt) -> Vec<u8> {
        let document = Document::open(file).expect("opens");
        let mut update = Update::begin(&document).expect("begins");
        let text = lopdf::Object::String("Số 15".as_bytes().to_vec(), lopdf::StringFormat::Literal);
        let new = update.add(text).expect("a number is free");
        update
            .change_catalog(|catalog| {
                catalog.set("Note", new);
                catalog.set("Lang", Object::string(*b"vi"));
            })
            .expect("the catalog is an object");
        update.finish().expect("finishes").bytes
    }

    fn check(file: &dyn ReadAt, form: XrefForm) {
        let document = Document::open(file).expect("opens");
        let view = document.view();
        let (_, catalog) = view.catalog().expect("there");
        let bytes = |key| view.value(&catalog, key).expect("reads").as_string().map(|s| s.bytes.clone());
        assert_eq!(bytes("Note"), Some("Số 15".as_bytes().to_vec()));
        assert_eq!(bytes("Lang"), Some(b"vi".to_vec()));
        assert_eq!(view.sections()[0].form, form);
        assert_eq!(view.pages().expect("reads").len(), 1);
        assert_eq!(document.oddities(), []);
    }

    #[test]
    fn the_new_section_has_the_form_of_the_last_one() {
        for form in FORMS {
            let file = document(form, "", "");
            let whole = [file.clone(), extended(&file)].concat();
            let table = matches!(form, Form::Table | Form::Hybrid);
            check(&whole, if table { XrefForm::Table } else { XrefForm::Stream });
        }
    }

    #[test]
    fn a_file_without_a_last_line_end_gets_one() {
        let mut file = document(Form::Table, "", "");
        file.pop();
        let update = extended(&file);
        assert_eq!(update.first(), Some(&b'\n'));
        check(&[file, update].concat(), XrefForm::Table);
    }

    #[test]
    fn past_ten_digits_the_section_is_a_stream_that_holds_them() {
        let file = past_ten_digits();
        let update = extended(&file);
        let whole = file.followed_by(&update);
        check(&whole, XrefForm::Stream);
    }

    #[test]
    fn what_is_added_to_an_encrypted_file_is_encrypted() {
        let file = encrypted("");
        let update = extended(&file);
        assert!(!update.windows(4).any(|w| w == b"(vi)"), "written in the clear");
        let whole = [file, update].concat();
        check(&whole, XrefForm::Table);
        let document = Document::open(&whole).expect("opens");
        let page = document.view().page(1).expect("there");
        assert!(document.view().page_content(&page, 1000).expect("decrypts").starts_with(b"BT /F1"));
        let other =
            lopdf::Document::load_mem_with_options(&whole, lopdf::LoadOptions::with_password("")).expect("loads");
        let catalog = other.catalog().expect("there");
        assert_eq!(catalog.get(b"Lang").and_then(lopdf::Object::as_str).ok(), Some(&b"vi"[..]));
    }

    #[test]
    fn a_locked_file_is_not_extended_without_its_password() {
        let file = encrypted("secret");
        let locked = Document::open(&file).expect("opens locked");
        assert!(matches!(Update::begin(&locked), Err(UpdateError::Pdf(PdfError::PasswordNeeded))));
        for password in ["secret", "owner"] {
            let options = OpenOptions { password: Some(password), repair: Repair::Refuse };
            let open = Document::open_with(&file, options).expect("opens");
            assert!(Update::begin(&open).is_ok(), "{password}");
        }
    }
}
