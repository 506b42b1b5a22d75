//! Archive time-stamps of a container — EN 319 162-1 4.4.4 and A.7: an `ASiCArchiveManifest` that lists every data
//! file, signature, time-stamp and manifest with its digest, and a time-stamp over that.
//!
//! The newest manifest is called `META-INF/ASiCArchiveManifest.xml`; the one before gets a number and is marked as
//! `Rootfile` in the new one, which leads a reader from each to the one before. Nothing that is there changes but
//! that name.

use std::io;

use crate::algorithms::DigestAlgorithm;
use crate::asic::Container;
use crate::asic::container::SignatureKind;
use crate::asic::manifest::{self, NewReference};
use crate::asic::zip::ZipError;
use crate::base::time::UnixTime;
use crate::edxml::attachment::media_type;
use crate::timestamp::{TimeStampError, TimeStampSource};

/// Name of the newest archive manifest (A.7).
pub const ARCHIVE_MANIFEST: &str = "META-INF/ASiCArchiveManifest.xml";
/// Media type of a time-stamp token (A.7).
const TOKEN_TYPE: &str = "application/vnd.etsi.timestamp-token";
/// Digest of every reference and imprint made here.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

/// Why a container got no archive time-stamp.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// An entry could not be unpacked.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// The digest of an entry is not known: it is damaged.
    #[error("the entry {0:?} is damaged")]
    Damaged(String),
    /// No authority gave a time-stamp.
    #[error(transparent)]
    TimeStamp(#[from] TimeStampError),
    /// The content of a file could not be read.
    #[error("a file of the container could not be read")]
    Io(#[from] io::Error),
}

/// What an archive time-stamp adds to a container.
#[derive(Clone, Debug)]
pub struct Archived {
    /// The manifest so far the newest, and the name it gets.
    pub renamed: Option<(String, String)>,
    /// New entries: the time-stamp and the manifest it is over.
    pub added: Vec<(String, Vec<u8>)>,
    /// What the time-stamp states.
    pub time: UnixTime,
}

/// Stamps everything in a container. `digest` gives the digest of the content of a data file by its place.
///
/// # Errors
/// An [`ArchiveError`].
pub fn archive(
    container: &Container<'_>,
    digest: &dyn Fn(usize, DigestAlgorithm) -> io::Result<Option<Vec<u8>>>,
    source: &dyn TimeStampSource,
) -> Result<Archived, ArchiveError> {
    let entries = container.entries();
    let taken = |name: &str| entries.iter().any(|e| e.name == name);
    let free = |prefix: &str, suffix: &str, from: usize| {
        (from..).map(|n| format!("META-INF/{prefix}{n:03}{suffix}")).find(|name| !taken(name)).unwrap_or_default()
    };
    let has_newest = taken(ARCHIVE_MANIFEST);
    let renamed = has_newest.then(|| (ARCHIVE_MANIFEST.to_owned(), free("ASiCArchiveManifest", ".xml", 1)));
    let mut listed: Vec<(String, &'static str, Vec<u8>, bool)> = Vec::new();
    for at in &container.data {
        let Some(entry) = entries.get(*at) else { continue };
        let found = digest(*at, DIGEST)?.ok_or_else(|| ArchiveError::Damaged(entry.name.clone()))?;
        listed.push((entry.name.clone(), media_type(&entry.name), found, false));
    }
    for file in &container.signatures {
        let Some(entry) = entries.get(file.entry) else { continue };
        let kind = match file.kind {
            SignatureKind::Xades => "text/xml",
            SignatureKind::Cades => "application/pkcs7-signature",
            SignatureKind::TimeStamp => TOKEN_TYPE,
            SignatureKind::EvidenceRecord => "application/octet-stream",
        };
        listed.push((entry.name.clone(), kind, DIGEST.digest(&container.metadata(file.entry)?), false));
    }
    for (at, _) in &container.manifests {
        let Some(entry) = entries.get(*at) else { continue };
        let is_newest = entry.name == ARCHIVE_MANIFEST;
        let name = renamed.as_ref().filter(|_| is_newest).map_or(&entry.name, |(_, to)| to);
        listed.push((name.clone(), "text/xml", DIGEST.digest(&container.metadata(*at)?), is_newest));
    }
    let references: Vec<NewReference<'_>> = listed
        .iter()
        .map(|(name, media_type, digest, is_root)| NewReference {
            name,
            media_type,
            digest_method: DIGEST.xml_uri(),
            digest,
            is_root: *is_root,
        })
        .collect();
    let token_name = free("timestamp", ".tst", 1);
    let listing = manifest::write(&token_name, TOKEN_TYPE, &references);
    let (token, facts) = source.time_stamp(DIGEST, &DIGEST.digest(listing.as_bytes()))?;
    let added = vec![(token_name, token.raw().to_vec()), (ARCHIVE_MANIFEST.to_owned(), listing.into_bytes())];
    Ok(Archived { renamed, added, time: facts.gen_time })
}
