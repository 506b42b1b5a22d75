//! What is in a container — EN 319 162-1: its kind, data files, signature files, and which signature reaches which file.
//!
//! Coverage is read from names only; whether digests and values are right is for validation to say.

use std::collections::HashMap;

use crate::base::read::ReadAt;
use crate::xml::dsig::{NAMESPACE, Reference, references};
use crate::xml::{XmlError, decode, parse};

use super::manifest::{Manifest, ManifestError, entry_name};
use super::zip::{Archive, Entry, Fault, Limits, ZipError};

/// Largest signature file or manifest that is read, in bytes.
pub const MAX_METADATA: usize = 32 << 20;
/// Most signature files and manifests of one container.
const MAX_METADATA_FILES: usize = 500;
/// Most bytes all of them have together.
const MAX_METADATA_TOTAL: u64 = 128 << 20;

/// Media type of an ASiC-E container (EN 319 162-1 A.1).
pub const ASIC_E: &str = "application/vnd.etsi.asic-e+zip";
/// Media type of an ASiC-S container.
pub const ASIC_S: &str = "application/vnd.etsi.asic-s+zip";

/// Why a container cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// Not a ZIP we read.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// A ZIP without anything that makes it a container.
    #[error("the ZIP holds no signature, time-stamp or container type")]
    NotAContainer,
    /// Too many signature files and manifests.
    #[error("the container has more than {limit} signature files and manifests")]
    TooMany {
        /// The bound.
        limit: usize,
    },
    /// Signature files and manifests too large together.
    #[error("the signature files and manifests of the container have more than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: u64,
    },
}

/// The kind of container.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// One data file (EN 319 162-1 §4.3).
    Simple,
    /// Any number of data files (§4.4).
    Extended,
}

/// Something in a container that its rules do not have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerFault {
    /// Two readers of the ZIP may see different files.
    #[error(transparent)]
    Zip(#[from] Fault),
    /// The `mimetype` entry is not the first one, or not stored as it is (A.1).
    #[error("the mimetype entry is not the first one, uncompressed and without an extra field")]
    MimetypePlace,
    /// It names another type.
    #[error("the container calls itself {0:?}")]
    Mimetype(String),
    /// There is no data file.
    #[error("the container has no data file")]
    NoData,
    /// A container for one file has several.
    #[error("the container is for one data file and has {0}")]
    SeveralData(usize),
    /// A manifest cannot be used.
    #[error("the manifest {name:?} cannot be used: {why}")]
    Manifest {
        /// Its entry.
        name: String,
        /// What is wrong.
        why: String,
    },
}

impl ContainerFault {
    /// True when only the form is wrong: every reader still sees the same files.
    pub fn is_form(&self) -> bool {
        matches!(self, ContainerFault::MimetypePlace | ContainerFault::Mimetype(_))
    }
}

/// What a signature file holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureKind {
    /// XML signatures.
    Xades,
    /// One CMS signature.
    Cades,
    /// One RFC 3161 time-stamp token.
    TimeStamp,
    /// An RFC 4998 or RFC 6283 evidence record.
    EvidenceRecord,
}

/// A signature file of the container.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignatureFile {
    /// Its place in [`Container::entries`].
    pub entry: usize,
    /// What it holds.
    pub kind: SignatureKind,
}

/// What one signature reaches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Coverage {
    /// Place among the XML signatures of its file; 0 for the other kinds.
    pub index: usize,
    /// Data files it reaches, as places in [`Container::entries`].
    pub data: Vec<usize>,
    /// References that lead to no entry, or to one that stands twice.
    pub unresolved: Vec<String>,
    /// The manifest it is over, for CAdES and time-stamps.
    pub manifest: Option<usize>,
}

/// An open container.
#[derive(Debug)]
pub struct Container<'a> {
    archive: Archive<'a>,
    // What signature files will become, by place.
    replaced: HashMap<usize, Vec<u8>>,
    /// Its kind.
    pub kind: Kind,
    /// What it calls itself, where it has a `mimetype` entry.
    pub mimetype: Option<String>,
    /// Signature files, in the order of the directory.
    pub signatures: Vec<SignatureFile>,
    /// Manifests that could be read, with their place in [`Container::entries`].
    pub manifests: Vec<(usize, Manifest)>,
    /// Data files, as places in [`Container::entries`].
    pub data: Vec<usize>,
    /// What its rules do not have.
    pub faults: Vec<ContainerFault>,
}

impl<'a> Container<'a> {
    /// Opens a container; signature files are listed and manifests read.
    ///
    /// # Errors
    /// A [`ContainerError`] when it is none that can be read.
    pub fn open(source: &'a dyn ReadAt, limits: Limits) -> Result<Self, ContainerError> {
        let archive = Archive::open(source, limits)?;
        let mut faults: Vec<ContainerFault> = archive.faults.iter().cloned().map(ContainerFault::Zip).collect();
        let mimetype = mimetype(&archive, &mut faults);
        let (mut signatures, mut manifests, mut data, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0_usize);
        let mut total = 0_u64;
        for (at, entry) in archive.entries.iter().enumerate() {
            let role = Role::of(&entry.name);
            if matches!(role, Role::Signature(_) | Role::Manifest) {
                count += 1;
                total = total.saturating_add(entry.size);
                if total > MAX_METADATA_TOTAL {
                    return Err(ContainerError::TooLarge { limit: MAX_METADATA_TOTAL });
                }
                if count > MAX_METADATA_FILES {
                    return Err(ContainerError::TooMany { limit: MAX_METADATA_FILES });
                }
            }
            match role {
                Role::Signature(kind) => signatures.push(SignatureFile { entry: at, kind }),
                Role::Manifest => match read_manifest(&archive, entry) {
                    Ok(manifest) => manifests.push((at, manifest)),
                    Err(why) => faults.push(ContainerFault::Manifest { name: entry.name.clone(), why }),
                },
                Role::Data => data.push(at),
                Role::Other => {}
            }
        }
        let named = match mimetype.as_deref().map(|m| m.trim()) {
            Some(ASIC_E | "application/vnd.bdoc-1.0" | "application/vnd.bdoc") => Some(Kind::Extended),
            Some(ASIC_S) => Some(Kind::Simple),
            _ => None,
        };
        if named.is_none() && signatures.is_empty() {
            return Err(ContainerError::NotAContainer);
        }
        let kind = named.unwrap_or(if manifests.is_empty() && data.len() == 1 { Kind::Simple } else { Kind::Extended });
        if data.is_empty() {
            faults.push(ContainerFault::NoData);
        } else if kind == Kind::Simple && data.len() > 1 {
            faults.push(ContainerFault::SeveralData(data.len()));
        }
        Ok(Container { archive, replaced: HashMap::new(), kind, mimetype, signatures, manifests, data, faults })
    }

    /// Every entry of the ZIP.
    pub fn entries(&self) -> &[Entry] {
        &self.archive.entries
    }

    /// The ZIP.
    pub fn archive(&self) -> &Archive<'a> {
        &self.archive
    }

    /// The bytes of a signature file or manifest.
    ///
    /// # Errors
    /// As [`Archive::read`]; past [`MAX_METADATA`] a [`ZipError::Bomb`].
    pub fn metadata(&self, entry: usize) -> Result<Vec<u8>, ZipError> {
        if let Some(bytes) = self.replaced.get(&entry) {
            return Ok(bytes.clone());
        }
        match self.archive.entries.get(entry) {
            Some(entry) => self.archive.read(entry, MAX_METADATA),
            None => Err(ZipError::Directory { entry: entry.saturating_add(1) }),
        }
    }

    /// Lets a signature file read as `bytes` from now on: what it is about to become.
    pub fn replace(&mut self, entry: usize, bytes: Vec<u8>) {
        self.replaced.insert(entry, bytes);
    }

    /// The signature files that will become something else, by name.
    pub fn replaced(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let named = self.replaced.iter();
        named.filter_map(|(at, bytes)| Some((self.archive.entries.get(*at)?.name.as_str(), bytes.as_slice())))
    }

    /// What each signature of a file reaches, by the names it holds.
    ///
    /// # Errors
    /// A [`ZipError`] when the file cannot be unpacked, an [`XmlError`] in [`CoverageError`] when it is not XML.
    pub fn coverage(&self, signature: SignatureFile) -> Result<Vec<Coverage>, CoverageError> {
        if signature.kind == SignatureKind::Xades {
            return self.xml_coverage(signature.entry);
        }
        let name = self.archive.entries.get(signature.entry).map_or("", |e| e.name.as_str());
        let over = self.manifests.iter().find(|(_, manifest)| manifest.signature == name);
        let coverage = match over {
            Some((at, manifest)) => {
                let mut coverage = Coverage { index: 0, data: Vec::new(), unresolved: Vec::new(), manifest: Some(*at) };
                for reference in &manifest.references {
                    self.reach(&reference.name, &mut coverage);
                }
                coverage
            }
            // §4.3: without a manifest the signature is over the one data file.
            None => Coverage {
                index: 0,
                data: if self.data.len() == 1 { self.data.clone() } else { Vec::new() },
                unresolved: Vec::new(),
                manifest: None,
            },
        };
        Ok(vec![coverage])
    }

    /// Data files that none of the given coverages reaches.
    pub fn uncovered(&self, coverages: &[Coverage]) -> Vec<usize> {
        self.data.iter().copied().filter(|at| !coverages.iter().any(|c| c.data.contains(at))).collect()
    }

    fn xml_coverage(&self, entry: usize) -> Result<Vec<Coverage>, CoverageError> {
        let bytes = self.metadata(entry)?;
        let text = decode(&bytes)?;
        let tree = parse(&text)?;
        let signatures = tree.descendants().filter(|n| n.has_tag_name((NAMESPACE, "Signature")));
        // Counter-signatures stand inside another signature and are over its value.
        let outer = signatures.filter(|n| !n.ancestors().skip(1).any(|a| a.has_tag_name((NAMESPACE, "Signature"))));
        let mut all = Vec::new();
        for (index, node) in outer.enumerate() {
            let mut coverage = Coverage { index, data: Vec::new(), unresolved: Vec::new(), manifest: None };
            let info = node.children().find(|n| n.has_tag_name((NAMESPACE, "SignedInfo")));
            let list: Vec<Reference> = info.and_then(|n| references(n).ok()).unwrap_or_default();
            for reference in list {
                let uri = reference.uri.unwrap_or_default();
                if uri.is_empty() || uri.starts_with('#') {
                    continue;
                }
                match entry_name(&uri) {
                    Some(name) => self.reach(&name, &mut coverage),
                    None => coverage.unresolved.push(uri),
                }
            }
            all.push(coverage);
        }
        Ok(all)
    }

    fn reach(&self, name: &str, coverage: &mut Coverage) {
        let mut found = self.archive.entries.iter().enumerate().filter(|(_, e)| e.name == name);
        match (found.next(), found.next()) {
            (Some((at, _)), None) => {
                if self.data.contains(&at) && !coverage.data.contains(&at) {
                    coverage.data.push(at);
                }
            }
            _ => coverage.unresolved.push(name.to_owned()),
        }
    }
}

/// Why the reach of a signature cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoverageError {
    /// Its file cannot be unpacked.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// Its file is not XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

enum Role {
    Signature(SignatureKind),
    Manifest,
    Data,
    Other,
}

impl Role {
    // EN 319 162-1 §4.3.3, §4.4.3, A.2: names below META-INF, told by what they contain.
    fn of(name: &str) -> Role {
        let Some(inner) = name.strip_prefix("META-INF/") else {
            return if name == "mimetype" || name.ends_with('/') { Role::Other } else { Role::Data };
        };
        let lower = inner.to_ascii_lowercase();
        let ends = |extension: &str| lower.ends_with(extension);
        if lower.contains("asic") && lower.contains("manifest") && ends(".xml") {
            Role::Manifest
        } else if lower.contains("evidencerecord") && (ends(".ers") || ends(".xml")) {
            Role::Signature(SignatureKind::EvidenceRecord)
        } else if lower.contains("signature") && ends(".xml") {
            Role::Signature(SignatureKind::Xades)
        } else if lower.contains("signature") && ends(".p7s") {
            Role::Signature(SignatureKind::Cades)
        } else if lower.contains("timestamp") && ends(".tst") {
            Role::Signature(SignatureKind::TimeStamp)
        } else {
            Role::Other
        }
    }
}

fn mimetype(archive: &Archive<'_>, faults: &mut Vec<ContainerFault>) -> Option<String> {
    let (at, entry) = archive.entries.iter().enumerate().find(|(_, e)| e.name == "mimetype")?;
    if at != 0 || entry.offset != 0 || !entry.stored || entry.local_extra != 0 {
        faults.push(ContainerFault::MimetypePlace);
    }
    let text = archive.read(entry, 1_000).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
    let text = text.trim_start_matches('\u{feff}').trim().to_owned();
    if text != ASIC_E && text != ASIC_S {
        faults.push(ContainerFault::Mimetype(text.chars().take(100).collect()));
    }
    Some(text)
}

fn read_manifest(archive: &Archive<'_>, entry: &Entry) -> Result<Manifest, String> {
    let bytes = archive.read(entry, MAX_METADATA).map_err(|e| e.to_string())?;
    Manifest::parse(&bytes).map_err(|e: ManifestError| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::zip_write::{Packing, Writer};
    use super::*;

    fn zip(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = Writer::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in files {
            let packing = if *name == "mimetype" { Packing::Store } else { Packing::Deflate };
            writer.add(name, packing, content.as_bytes()).expect("adds");
        }
        writer.finish().expect("finishes").into_inner()
    }

    fn signatures(uris: &[&str]) -> String {
        let references: String = uris
            .iter()
            .map(|uri| {
                format!(
                    "<Reference URI='{uri}'><DigestMethod Algorithm='u'/><DigestValue>AA==</DigestValue></Reference>"
                )
            })
            .collect();
        format!("<x><Signature xmlns='{NAMESPACE}'><SignedInfo>{references}</SignedInfo></Signature></x>")
    }

    fn open<T>(bytes: &[u8], look: impl FnOnce(Container<'_>) -> T) -> T {
        look(Container::open(&bytes.to_vec(), Limits::default()).expect("opens"))
    }

    #[test]
    fn an_extended_container_tells_which_files_its_signature_reaches() {
        let bytes = zip(&[
            ("mimetype", ASIC_E),
            ("t\u{1ec7}p.txt", "1"),
            ("b.txt", "2"),
            ("META-INF/signatures0.xml", &signatures(&["t%E1%BB%87p.txt", "#x", "gone.txt"])),
        ]);
        open(&bytes, |container| {
            assert_eq!((container.kind, container.faults.as_slice()), (Kind::Extended, &[][..]));
            let coverage = container.coverage(container.signatures[0]).expect("reads");
            assert_eq!(
                coverage,
                [Coverage { index: 0, data: vec![1], unresolved: vec!["gone.txt".to_owned()], manifest: None }]
            );
            assert_eq!(container.uncovered(&coverage), [2]);
        });
    }

    #[test]
    fn a_cms_signature_reaches_what_its_manifest_lists() {
        let manifest = "<a:ASiCManifest xmlns:a='http://uri.etsi.org/02918/v1.2.1#' xmlns:d='http://www.w3.org/2000/09/xmldsig#'>\
            <a:SigReference URI='META-INF/signature001.p7s'/><a:DataObjectReference URI='a.txt'><d:DigestMethod Algorithm='u'/>\
            <d:DigestValue>AA==</d:DigestValue></a:DataObjectReference></a:ASiCManifest>";
        let bytes = zip(&[
            ("mimetype", ASIC_E),
            ("a.txt", "1"),
            ("b.txt", "2"),
            ("META-INF/ASiCManifest001.xml", manifest),
            ("META-INF/signature001.p7s", "x"),
        ]);
        open(&bytes, |container| {
            let coverage = container.coverage(container.signatures[0]).expect("reads");
            assert_eq!((coverage[0].data.as_slice(), coverage[0].manifest), (&[1][..], Some(3)));
            assert_eq!(container.uncovered(&coverage), [2]);
        });
    }

    #[test]
    fn a_simple_container_reaches_its_one_file_and_names_a_second() {
        let one = zip(&[("mimetype", ASIC_S), ("a.txt", "1"), ("META-INF/timestamp.tst", "x")]);
        open(&one, |container| {
            assert_eq!(container.kind, Kind::Simple);
            assert_eq!(container.coverage(container.signatures[0]).expect("reads")[0].data, [1]);
        });
        let two = zip(&[("mimetype", ASIC_S), ("a.txt", "1"), ("b.txt", "2"), ("META-INF/signature.p7s", "x")]);
        open(&two, |container| {
            assert_eq!(container.faults, [ContainerFault::SeveralData(2)]);
            assert!(container.coverage(container.signatures[0]).expect("reads")[0].data.is_empty());
        });
    }

    #[test]
    fn types_places_and_missing_data_are_faults() {
        let late = zip(&[("a.txt", "1"), ("mimetype", ASIC_E), ("META-INF/signatures.xml", "<x/>")]);
        open(&late, |container| assert_eq!(container.faults, [ContainerFault::MimetypePlace]));
        let other = zip(&[("mimetype", "text/plain"), ("a", "1"), ("META-INF/signatures.xml", "<x/>")]);
        open(&other, |container| assert_eq!(container.faults, [ContainerFault::Mimetype("text/plain".to_owned())]));
        let empty = zip(&[("mimetype", ASIC_E), ("META-INF/signatures.xml", "<x/>")]);
        open(&empty, |container| assert_eq!(container.faults, [ContainerFault::NoData]));
        let broken = zip(&[("mimetype", ASIC_E), ("a", "1"), ("META-INF/ASiCManifest.xml", "<x/>")]);
        open(&broken, |container| assert!(matches!(container.faults.as_slice(), [ContainerFault::Manifest { .. }])));
        let plain = zip(&[("a.txt", "1")]);
        assert!(matches!(Container::open(&plain, Limits::default()), Err(ContainerError::NotAContainer)));
    }
}
