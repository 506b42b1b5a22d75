//! Writing the document security store — ISO 32000-2 12.8.4.3 and 12.8.4.4, ETSI EN 319 142-1 5.4.2.
//!
//! What the file has stays, object by object; what is new becomes one stream each, and a value that is there already
//! is referred to, not written again. Every value of a VRI entry also stands in the store's own arrays.

use std::collections::HashMap;

use super::error::PdfError;
use super::incremental::{Update, UpdateError};
use super::object::{Dictionary, Object, ObjectId, to_text_string};
use super::security_store::{MAX_VALUE, MAX_VALUES, RelatedInformation, SecurityStore};
use super::view::View;

/// The three kinds of values: key in the store, key in a VRI entry.
const KINDS: [(&str, &str); 3] = [("Certs", "Cert"), ("CRLs", "CRL"), ("OCSPs", "OCSP")];

impl Update<'_, '_> {
    /// Adds values and VRI entries to the security store of the document; makes one where there is none.
    ///
    /// Returns how many values and entries were not there before; with 0 nothing is changed. A time-stamp inside an
    /// entry (`/TS`) is not written.
    ///
    /// # Errors
    /// Those of [`Update::current`]; [`UpdateError::NotReplaceable`] for a catalog without object of its own.
    pub fn add_to_security_store(&mut self, more: &SecurityStore) -> Result<usize, UpdateError> {
        let (_, catalog) = self.view().catalog()?;
        let own = catalog.get("DSS").and_then(Object::as_reference);
        let mut dss = self.view().dictionary(&catalog, "DSS")?.unwrap_or_default();
        let mut new = 0;
        let mut lists = Vec::new();
        for (kind, (key, _)) in KINDS.iter().enumerate() {
            let mut list = List::read(self.view(), &dss, key)?;
            for value in store_values(more, kind).chain(more.entries.iter().flat_map(|e| entry_values(e, kind))) {
                new += usize::from(list.add(self, value)?);
            }
            lists.push(list);
        }
        let vri_is_at = dss.get("VRI").and_then(Object::as_reference);
        let mut vri = self.view().dictionary(&dss, "VRI")?.unwrap_or_default();
        for entry in more.entries.iter().filter(|e| is_key(&e.key)) {
            let mut dictionary = self.view().dictionary(&vri, &entry.key)?.unwrap_or_default();
            let before = dictionary.clone();
            for (kind, (_, key)) in KINDS.iter().enumerate() {
                let Some(list) = lists.get(kind) else { continue };
                let mut own = self.view().value(&dictionary, key)?.as_array().unwrap_or_default().to_vec();
                for value in entry_values(entry, kind) {
                    let Some(id) = list.known.get(value) else { continue };
                    if !own.iter().any(|item| item.as_reference() == Some(*id)) {
                        own.push(Object::from(*id));
                    }
                }
                if !own.is_empty() {
                    dictionary.set(key, own);
                }
            }
            if let Some(created) = entry.created.as_deref().filter(|_| !dictionary.has("TU")) {
                dictionary.set("TU", Object::string(to_text_string(created)));
            }
            if dictionary != before {
                new += 1;
                vri.set(&entry.key, Object::from(dictionary));
            }
        }
        if new == 0 {
            return Ok(0);
        }
        for ((key, _), list) in KINDS.iter().zip(lists) {
            if !list.items.is_empty() {
                dss.set(key, list.items);
            }
        }
        match vri_is_at {
            Some(id) => self.replace(id, vri),
            None if vri.is_empty() => {}
            None => dss.set("VRI", Object::from(vri)),
        }
        dss.set("Type", Object::name("DSS"));
        match own {
            Some(id) => self.replace(id, dss),
            None => {
                let id = self.reserve()?;
                self.set_own(id, Object::from(dss));
                self.change_catalog(|catalog| catalog.set("DSS", id))?;
            }
        }
        Ok(new)
    }
}

/// Twenty octets in upper-case hexadecimal: the only keys an entry may have.
fn is_key(key: &str) -> bool {
    key.len() == 40 && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
}

fn store_values(store: &SecurityStore, kind: usize) -> impl Iterator<Item = &Vec<u8>> {
    match kind {
        0 => store.certificates.iter(),
        1 => store.crls.iter(),
        _ => store.ocsp_responses.iter(),
    }
}

fn entry_values(entry: &RelatedInformation, kind: usize) -> impl Iterator<Item = &Vec<u8>> {
    match kind {
        0 => entry.certificates.iter(),
        1 => entry.crls.iter(),
        _ => entry.ocsp_responses.iter(),
    }
}

/// One array of the store: its items as they stand, and which value is where.
struct List {
    items: Vec<Object>,
    known: HashMap<Vec<u8>, ObjectId>,
}

impl List {
    fn read(view: View<'_, '_>, dss: &Dictionary, key: &str) -> Result<List, UpdateError> {
        let items = view.value(dss, key)?.as_array().unwrap_or_default().to_vec();
        let mut known = HashMap::new();
        for item in items.iter().take(MAX_VALUES) {
            let Some(id) = item.as_reference() else { continue };
            // What cannot be read stays where it is and counts as nothing.
            match view.resolve(item) {
                Ok(Object::Stream(stream)) => {
                    if let Ok(data) = view.stream_data(&stream, MAX_VALUE) {
                        known.entry(data).or_insert(id);
                    }
                }
                Err(PdfError::Io(error)) => return Err(PdfError::Io(error).into()),
                _ => {}
            }
        }
        Ok(List { items, known })
    }

    /// True when the value was new.
    fn add(&mut self, update: &mut Update<'_, '_>, value: &[u8]) -> Result<bool, UpdateError> {
        if self.known.contains_key(value) {
            return Ok(false);
        }
        let stream = lopdf::Stream::new(lopdf::Dictionary::new(), value.to_vec()).with_compression(false);
        let id = update.add(lopdf::Object::Stream(stream))?;
        self.items.push(Object::from(id));
        self.known.insert(value.to_vec(), id);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{FORMS, Form, document, encrypted};
    use crate::pdf::xref::XrefForm;
    use crate::pdf::{Document, OpenOptions};

    fn one(key: &str) -> SecurityStore {
        SecurityStore {
            certificates: vec![b"certificate 1".to_vec()],
            crls: vec![b"list".to_vec()],
            ocsp_responses: vec![b"answer".to_vec()],
            entries: vec![RelatedInformation {
                key: key.to_owned(),
                certificates: vec![b"certificate 1".to_vec(), b"certificate 2".to_vec()],
                crls: vec![b"list".to_vec()],
                ..RelatedInformation::default()
            }],
            unreadable: 0,
        }
    }

    fn extended(file: &[u8], more: &SecurityStore, password: Option<&str>) -> (Vec<u8>, usize) {
        let bytes = file.to_vec();
        let options = OpenOptions { password, ..OpenOptions::default() };
        let document = Document::open_with(&bytes, options).expect("opens");
        let mut update = Update::begin(&document).expect("begins");
        let new = update.add_to_security_store(more).expect("adds");
        if new == 0 {
            return (bytes, 0);
        }
        ([file, &update.finish().expect("finishes").bytes].concat(), new)
    }

    fn read(file: &[u8], password: Option<&str>) -> SecurityStore {
        let bytes = file.to_vec();
        let options = OpenOptions { password, ..OpenOptions::default() };
        let document = Document::open_with(&bytes, options).expect("opens");
        assert_eq!(document.oddities(), []);
        document.view().security_store().expect("reads").expect("there")
    }

    const KEY: &str = "0123456789ABCDEF0123456789ABCDEF01234567";
    const OTHER: &str = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";

    #[test]
    fn what_is_written_reads_back_in_every_cross_reference_form() {
        for form in FORMS {
            let (file, new) = extended(&document(form, "", ""), &one(KEY), None);
            assert_eq!(new, 5, "{form:?}");
            let store = read(&file, None);
            assert_eq!(store.certificates, [b"certificate 1".to_vec(), b"certificate 2".to_vec()]);
            assert_eq!((store.crls.len(), store.ocsp_responses.len(), store.unreadable), (1, 1, 0));
            let [entry] = store.entries.as_slice() else { panic!("{form:?}: {:?}", store.entries) };
            assert_eq!((entry.key.as_str(), entry.certificates.len(), entry.crls.len()), (KEY, 2, 1));
            assert!(entry.ocsp_responses.is_empty());
        }
    }

    #[test]
    fn a_second_round_adds_only_what_is_new_and_loses_nothing() {
        for form in [Form::Table, Form::Compressed] {
            let (first, _) = extended(&document(form, "", ""), &one(KEY), None);
            let (same, new) = extended(&first, &one(KEY), None);
            assert_eq!((new, same.len()), (0, first.len()));
            let mut more = one(OTHER);
            more.crls.push(b"newer list".to_vec());
            let (second, new) = extended(&first, &more, None);
            assert_eq!(new, 2);
            assert!(second.starts_with(&first));
            let store = read(&second, None);
            assert_eq!((store.certificates.len(), store.crls.len(), store.ocsp_responses.len()), (2, 2, 1));
            let mut keys: Vec<&str> = store.entries.iter().map(|e| e.key.as_str()).collect();
            keys.sort_unstable();
            assert_eq!(keys, [KEY, OTHER]);
            // One stream for each value: the certificates of both entries are the same objects.
            let streams = second.windows(13).filter(|w| *w == b"certificate 1").count();
            assert_eq!(streams, 1);
        }
    }

    #[test]
    fn a_store_written_inline_by_others_is_kept_and_grows() {
        let inline = "/DSS<</Certs[10 0 R]/VRI<</FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF<</Cert[10 0 R]>>>>>>";
        let mut builder = crate::pdf::testing::Builder::new();
        builder.object(1, &format!("<</Type/Catalog/Pages 2 0 R{inline}>>"));
        builder.object(2, "<</Type/Pages/Kids[]/Count 0>>");
        builder.stream(10, "", b"certificate 1");
        let file = builder.table("/Root 1 0 R/Size 11");
        let (file, new) = extended(&file, &one(KEY), None);
        assert_eq!(new, 4);
        let store = read(&file, None);
        assert_eq!(store.certificates.len(), 2);
        let found = store.entries.iter().find(|e| e.key == OTHER).expect("kept");
        assert_eq!(found.certificates, [b"certificate 1".to_vec()]);
        assert_eq!(store.entries.len(), 2);
    }

    #[test]
    fn in_an_encrypted_file_the_values_are_encrypted_and_read_back() {
        for user in ["", "secret"] {
            let (file, new) = extended(&encrypted(user), &one(KEY), Some(user));
            assert_eq!(new, 5);
            assert!(!file.windows(11).any(|w| w == b"certificate"), "written in the clear");
            assert_eq!(read(&file, Some(user)).entries[0].certificates[1], b"certificate 2");
            let (_, new) = extended(&file, &one(KEY), Some(user));
            assert_eq!(new, 0);
        }
    }

    #[test]
    fn a_key_that_is_no_digest_is_not_written() {
        let (file, _) = extended(&document(Form::Table, "", ""), &one("abc"), None);
        assert_eq!(read(&file, None).entries.len(), 0);
    }

    #[test]
    fn no_object_stream_is_written_and_the_section_keeps_its_form() {
        let before = document(Form::Table, "", "");
        let (file, _) = extended(&before, &one(KEY), None);
        assert!(!file.windows(7).any(|w| w == b"/ObjStm"));
        let document = Document::open(&file).expect("opens");
        assert_eq!(document.view().sections()[0].form, XrefForm::Table);
    }
}
