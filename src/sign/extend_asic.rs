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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Cursor;

    use super::*;
    use crate::asic::manifest::Manifest;
    use crate::asic::zip::Limits;
    use crate::asic::zip_write::{Change, Packing, Writer, rewrite};
    use crate::authority::{Authority, LocalTsa, Settings, TsaFault, ca::CaKeys};
    use crate::timestamp::TokenFacts;

    const NOW: UnixTime = UnixTime(1_772_700_000);

    fn container() -> Vec<u8> {
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        writer.add("mimetype", Packing::Store, crate::asic::container::ASIC_E.as_bytes()).expect("adds");
        for (name, content) in [("a.txt", &b"1"[..]), ("META-INF/signature001.p7s", b"s")] {
            writer.add(name, Packing::Deflate, content).expect("adds");
        }
        writer.finish().expect("finishes").into_inner()
    }

    fn archived(file: &[u8], tsa: &dyn TimeStampSource) -> Result<Vec<u8>, ArchiveError> {
        let file = file.to_vec();
        let container = Container::open(&file, Limits::default()).expect("opens");
        let content = |_: usize, algorithm: DigestAlgorithm| Ok(Some(algorithm.digest(b"1")));
        let made = archive(&container, &content, tsa)?;
        assert_eq!(made.time, NOW);
        let changes: BTreeMap<String, Change> = made.renamed.into_iter().map(|(a, b)| (a, Change::Name(b))).collect();
        Ok(rewrite(&file, Cursor::new(Vec::new()), &changes, &made.added).expect("writes").into_inner())
    }

    #[test]
    fn each_archive_manifest_lists_everything_before_it_and_leads_to_the_one_before() {
        let base_url = "http://127.0.0.1:1".to_owned();
        let authority = Authority::new(&Settings { now: NOW, base_url, keys: CaKeys::Fresh }).expect("an authority");
        let tsa = LocalTsa { authority: &authority, now: NOW, fault: TsaFault::None };
        let twice = archived(&archived(&container(), &tsa).expect("stamps"), &tsa).expect("stamps");
        let container = Container::open(&twice, Limits::default()).expect("opens");
        assert_eq!(container.faults, []);
        let of = |name: &str| -> Manifest {
            let at = container.entries().iter().position(|e| e.name == name).expect("there");
            Manifest::parse(&container.metadata(at).expect("unpacks")).expect("reads")
        };
        let (newest, first) = (of(ARCHIVE_MANIFEST), of("META-INF/ASiCArchiveManifest001.xml"));
        assert_eq!(newest.signature, "META-INF/timestamp002.tst");
        assert_eq!(first.signature, "META-INF/timestamp001.tst");
        let names = |m: &Manifest| m.references.iter().map(|r| (r.name.clone(), r.is_root)).collect::<Vec<_>>();
        let named = |list: &[(&str, bool)]| list.iter().map(|(n, r)| ((*n).to_owned(), *r)).collect::<Vec<_>>();
        assert_eq!(names(&first), named(&[("a.txt", false), ("META-INF/signature001.p7s", false)]));
        assert_eq!(
            names(&newest),
            named(&[
                ("a.txt", false),
                ("META-INF/signature001.p7s", false),
                ("META-INF/timestamp001.tst", false),
                ("META-INF/ASiCArchiveManifest001.xml", true),
            ])
        );
    }

    struct Down;

    impl TimeStampSource for Down {
        fn time_stamp(&self, _: DigestAlgorithm, _: &[u8]) -> Result<(crate::tsp::Token, TokenFacts), TimeStampError> {
            Err(TimeStampError { attempts: Vec::new() })
        }
    }

    #[test]
    fn without_an_answer_nothing_is_made_and_a_damaged_file_is_named() {
        assert!(matches!(archived(&container(), &Down), Err(ArchiveError::TimeStamp(_))));
        let file = container();
        let container = Container::open(&file, Limits::default()).expect("opens");
        let damaged = archive(&container, &|_, _| Ok(None), &Down);
        assert!(matches!(damaged, Err(ArchiveError::Damaged(name)) if name == "a.txt"));
    }
}
