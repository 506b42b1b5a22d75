//! The document security store — ETSI EN 319 142-1 5.4, ISO 32000-2 12.8.4.3: certificates, CRLs and OCSP answers
//! kept in the file. They are claims to check, not facts.

use std::collections::HashSet;

use super::error::PdfError;
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::view::View;

/// Most values of one kind that are read.
pub const MAX_VALUES: usize = 10_000;
/// Largest single value, in bytes.
pub const MAX_VALUE: usize = 64 << 20;

/// A DSS dictionary.
#[derive(Clone, Debug, Default)]
pub struct SecurityStore {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub ocsp_responses: Vec<Vec<u8>>,
    /// Validation-related information by signature.
    pub entries: Vec<RelatedInformation>,
    /// References that led to no readable stream.
    pub unreadable: usize,
}

/// One VRI entry.
#[derive(Clone, Debug, Default)]
pub struct RelatedInformation {
    /// Upper-case hexadecimal SHA-1 of the signature's `/Contents`.
    pub key: String,
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub ocsp_responses: Vec<Vec<u8>>,
    /// `/TU`: when it was made, a claim.
    pub created: Option<String>,
    /// `/TS`: a time-stamp token, DER.
    pub time_stamp: Option<Vec<u8>>,
}

impl View<'_, '_> {
    /// The security store of this revision; `None` without one.
    ///
    /// # Errors
    /// Those of [`View::get`]; single unreadable values are counted instead.
    pub fn security_store(&self) -> Result<Option<SecurityStore>, PdfError> {
        let (_, catalog) = self.catalog_shared()?;
        let Some(dss) = self.dictionary(&catalog, "DSS")? else { return Ok(None) };
        let mut reader = Reader { view: *self, unreadable: 0, values_left: MAX_VALUES };
        let mut store = SecurityStore {
            certificates: reader.streams(&dss, "Certs")?,
            crls: reader.streams(&dss, "CRLs")?,
            ocsp_responses: reader.streams(&dss, "OCSPs")?,
            ..SecurityStore::default()
        };
        let vri = self.dictionary(&dss, "VRI")?.unwrap_or_default();
        for (key, value) in vri.iter().filter(|(key, _)| *key != b"Type").take(MAX_VALUES) {
            let resolved = self.resolve(value)?;
            let Some(entry) = resolved.as_dictionary() else { continue };
            store.entries.push(RelatedInformation {
                key: String::from_utf8_lossy(key).into_owned(),
                certificates: reader.streams(entry, "Cert")?,
                crls: reader.streams(entry, "CRL")?,
                ocsp_responses: reader.streams(entry, "OCSP")?,
                created: self.value(entry, "TU")?.as_string().map(|s| super::object::text_string(&s.bytes)),
                time_stamp: match self.value(entry, "TS")? {
                    Object::Stream(stream) => reader.data(&stream),
                    _ => None,
                },
            });
        }
        store.unreadable = reader.unreadable;
        Ok(Some(store))
    }
}

struct Reader<'d, 'a> {
    view: View<'d, 'a>,
    unreadable: usize,
    values_left: usize,
}

impl Reader<'_, '_> {
    fn streams(&mut self, dictionary: &Dictionary, key: &str) -> Result<Vec<Vec<u8>>, PdfError> {
        let list = self.view.value(dictionary, key)?;
        let mut seen: HashSet<ObjectId> = HashSet::new();
        let mut values = Vec::new();
        for item in list.as_array().unwrap_or_default() {
            if item.as_reference().is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let Some(left) = self.values_left.checked_sub(1) else { break };
            self.values_left = left;
            match self.view.resolve(item) {
                Ok(Object::Stream(stream)) => values.extend(self.data(&stream)),
                Err(PdfError::Io(error)) => return Err(error.into()),
                _ => self.unreadable += 1,
            }
        }
        Ok(values)
    }

    fn data(&mut self, stream: &Stream) -> Option<Vec<u8>> {
        let data = self.view.stream_data(stream, MAX_VALUE).ok();
        if data.is_none() {
            self.unreadable += 1;
        }
        data
    }
}
