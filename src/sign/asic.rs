//! ASiC containers — EN 319 162-1 4.3, 4.4: one signature over one file (ASiC-S) or over several (ASiC-E), with XAdES
//! or with CAdES; and another signature into a container that is there.
//!
//! Written are the `mimetype` entry first and uncompressed, the files under the names given, the OpenDocument manifest
//! that lists them, and below META-INF what is signed by whom. Every byte depends on what is given only.

use std::io::{self, Read, Seek, Write};

use super::cades::{self, CadesError, CmsRequest, SignedCms};
use super::xades::{self, DetachedObject, XadesError, XadesRequest};
use crate::algorithms::DigestAlgorithm;
use crate::asic::container::{ASIC_E, ASIC_S};
use crate::asic::manifest::{self, NewReference};
use crate::asic::zip_write::{Packing, Writer};
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::cms::CmsError;
use crate::keys::Signer;
use crate::timestamp::{TimeStampError, TimeStampSource};
use crate::x509::Certificate;

/// Entries that no file may be called.
pub const RESERVED: &str = "mimetype";

/// What kind of container, and what kind of signature in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// ASiC-E with XAdES (4.4.3).
    ExtendedXades,
    /// ASiC-E with CAdES (4.4.4).
    ExtendedCades,
    /// ASiC-S with XAdES (4.3.3.2).
    SimpleXades,
    /// ASiC-S with CAdES (4.3.3.3).
    SimpleCades,
}

impl Shape {
    /// True for a container of one file.
    pub fn is_simple(self) -> bool {
        matches!(self, Shape::SimpleXades | Shape::SimpleCades)
    }

    /// True where signatures are XAdES.
    pub fn is_xades(self) -> bool {
        matches!(self, Shape::ExtendedXades | Shape::SimpleXades)
    }

    fn media_type(self) -> &'static str {
        if self.is_simple() { ASIC_S } else { ASIC_E }
    }
}

/// A file that goes into a container, or is in it.
#[derive(Clone, Copy)]
pub struct DataFile<'a> {
    /// Name of its entry: a plain relative path, unique in the container.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// Its bytes.
    pub content: &'a dyn ReadAt,
}

/// Who signs.
#[derive(Clone, Copy)]
pub struct Who<'a> {
    /// The key.
    pub signer: &'a dyn Signer,
    /// Its certificate.
    pub certificate: &'a Certificate,
    /// The issuers put beside it.
    pub chain: &'a [Certificate],
    /// The time the signer claims.
    pub at: UnixTime,
    /// Who stamps the value: without it the level is B, with it T.
    pub tsa: Option<&'a dyn TimeStampSource>,
}

/// Why no container was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AsicError {
    /// No file was given.
    #[error("there is no file to sign")]
    NoFile,
    /// An ASiC-S container holds exactly one.
    #[error("an ASiC-S container holds one file, and {0} were given")]
    SeveralFiles(usize),
    /// The output or a file failed.
    #[error("the container could not be written")]
    Io(#[from] io::Error),
    /// No XAdES signature could be made.
    #[error(transparent)]
    Xades(#[from] XadesError),
    /// No CAdES signature could be made.
    #[error(transparent)]
    Cades(#[from] CadesError),
    /// The signatures that are there are not read.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// No authority gave a time-stamp.
    #[error(transparent)]
    TimeStamp(#[from] TimeStampError),
}

/// The entries of one signature, by name; that of the signature itself is the last one.
pub type Entries = Vec<(String, Vec<u8>)>;

/// Writes a container of `files` signed by `who`: [`sign`] and [`assemble`].
///
/// # Errors
/// An [`AsicError`]; `out` then holds part of a container.
pub fn write<W: Write + Seek>(out: W, shape: Shape, files: &[DataFile<'_>], who: &Who<'_>) -> Result<W, AsicError> {
    Ok(assemble(out, shape, files, &sign(shape, 1, files, who)?)?)
}

/// Writes a container of `files` and a signature over them.
///
/// # Errors
/// What `out` or a file says; `out` then holds part of a container.
pub fn assemble<W: Write + Seek>(
    out: W,
    shape: Shape,
    files: &[DataFile<'_>],
    signature: &[(String, Vec<u8>)],
) -> io::Result<W> {
    let mut zip = Writer::new(out);
    // A.1: first, not compressed, without an extra field.
    zip.add("mimetype", Packing::Store, shape.media_type().as_bytes())?;
    for file in files {
        zip.add_from(file.name, packing(file.media_type), &mut Sequential { content: file.content, at: 0 })?;
    }
    let listed: Vec<(&str, &str)> = files.iter().map(|f| (f.name, f.media_type)).collect();
    if !shape.is_simple() {
        zip.add("META-INF/manifest.xml", Packing::Deflate, manifest::write_media_types(ASIC_E, &listed).as_bytes())?;
    }
    for (name, bytes) in signature {
        zip.add(name, Packing::Deflate, bytes)?;
    }
    zip.finish()
}

/// Adds a signature to an ASiC-E container; `container` is a copy of it, open for reading and writing. What is there
/// stays byte for byte, the directory at the end apart.
///
/// # Errors
/// What `container` says; it is then of no use.
pub fn append<F: Read + Write + Seek>(container: F, signature: &[(String, Vec<u8>)]) -> io::Result<F> {
    let mut zip = Writer::append(container)?;
    for (name, bytes) in signature {
        zip.add(name, Packing::Deflate, bytes)?;
    }
    zip.finish()
}

/// Puts another signature over the one file of an ASiC-S container into its signature file, which holds them all
/// (EN 319 162-1 4.3.3.2, 4.3.3.3). What others signed stays byte for byte.
///
/// # Errors
/// An [`AsicError`].
pub fn add_to_simple(
    signatures: &[u8],
    shape: Shape,
    file: &DataFile<'_>,
    who: &Who<'_>,
) -> Result<Vec<u8>, AsicError> {
    let digest = digest(file.content, cades::digest_of(who.signer))?;
    if shape.is_xades() {
        let objects = [DetachedObject { name: file.name, media_type: file.media_type, digest: &digest }];
        let request = XadesRequest { certificate: who.certificate, chain: who.chain, signing_time: who.at };
        return Ok(xades::add_detached(signatures, &objects, &request, who.signer, who.tsa)?);
    }
    Ok(detached_cms(&digest, who)?.add_to(signatures)?)
}

/// Signs `files`: the entries of a signature for a container of that shape, `number` being one that no entry of a
/// signature has.
///
/// # Errors
/// An [`AsicError`].
pub fn sign(shape: Shape, number: usize, files: &[DataFile<'_>], who: &Who<'_>) -> Result<Entries, AsicError> {
    if files.is_empty() {
        return Err(AsicError::NoFile);
    }
    if shape.is_simple() && files.len() != 1 {
        return Err(AsicError::SeveralFiles(files.len()));
    }
    let algorithm = cades::digest_of(who.signer);
    let digests = files.iter().map(|f| digest(f.content, algorithm)).collect::<io::Result<Vec<_>>>()?;
    if shape.is_xades() {
        let objects: Vec<DetachedObject<'_>> = files
            .iter()
            .zip(&digests)
            .map(|(f, digest)| DetachedObject { name: f.name, media_type: f.media_type, digest })
            .collect();
        let request = XadesRequest { certificate: who.certificate, chain: who.chain, signing_time: who.at };
        let bytes = xades::detached(&objects, &request, who.signer, who.tsa)?;
        // 4.3.3.2 2), 4.4.3.2 2).
        let name = if shape.is_simple() {
            "META-INF/signatures.xml".to_owned()
        } else {
            format!("META-INF/signatures{number:03}.xml")
        };
        return Ok(vec![(name, bytes)]);
    }
    if let (true, Some(only)) = (shape.is_simple(), digests.first()) {
        return Ok(vec![("META-INF/signature.p7s".to_owned(), detached(only, who)?)]);
    }
    let name = format!("META-INF/signature{number:03}.p7s");
    let references: Vec<NewReference<'_>> = files
        .iter()
        .zip(&digests)
        .map(|(f, digest)| NewReference {
            name: f.name,
            media_type: f.media_type,
            digest_method: algorithm.xml_uri(),
            digest,
            is_root: false,
        })
        .collect();
    // A.4: the signature is over the manifest, the manifest lists the files.
    let listing = manifest::write(&name, "application/pkcs7-signature", &references);
    let value = detached(&algorithm.digest(listing.as_bytes()), who)?;
    Ok(vec![(format!("META-INF/ASiCManifest{number:03}.xml"), listing.into_bytes()), (name, value)])
}

/// A detached CAdES signature over content with that digest under [`cades::digest_of`] the signer, DER (EN 319 122-1
/// 6.3: signing-time is there, and a signature time-stamp at level T).
///
/// # Errors
/// [`AsicError::Cades`] or [`AsicError::TimeStamp`].
pub fn detached(message_digest: &[u8], who: &Who<'_>) -> Result<Vec<u8>, AsicError> {
    Ok(detached_cms(message_digest, who)?.to_der())
}

/// [`detached`], before it is written.
///
/// # Errors
/// The same.
pub fn detached_cms(message_digest: &[u8], who: &Who<'_>) -> Result<SignedCms, AsicError> {
    let request =
        CmsRequest { signing_time: Some(who.at), ..CmsRequest::detached(message_digest, who.certificate, who.chain) };
    let mut cms = cades::sign(&request, who.signer)?;
    if let Some(tsa) = who.tsa {
        let imprint = DigestAlgorithm::Sha256.digest(cms.signature_value());
        let (token, _) = tsa.time_stamp(DigestAlgorithm::Sha256, &imprint)?;
        cms.add_signature_time_stamp(token.raw());
    }
    Ok(cms)
}

/// The digest of a content.
///
/// # Errors
/// Those of the storage.
pub fn digest(content: &dyn ReadAt, algorithm: DigestAlgorithm) -> io::Result<Vec<u8>> {
    let mut hasher = algorithm.hasher();
    let mut buffer = vec![0; 128 << 10];
    let mut source = Sequential { content, at: 0 };
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

// What is compressed already only costs time.
fn packing(media_type: &str) -> Packing {
    let packed = ["pdf", "zip", "jpeg", "png", "compressed", "rar", "openxmlformats", "opendocument"];
    if packed.iter().any(|p| media_type.contains(p)) { Packing::Store } else { Packing::Deflate }
}

/// Content from its start to its end.
struct Sequential<'a> {
    content: &'a dyn ReadAt,
    at: u64,
}

impl Read for Sequential<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read_at(buffer, self.at)?;
        if read == 0 && self.at < self.content.len() && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asic::Container;
    use crate::asic::zip::Limits;
    use crate::keys::software;

    fn opened() -> software::OpenedKey {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/modern.p12");
        software::open(&std::fs::read(path).expect("the fixture"), Some("secret")).expect("opens")
    }

    fn who(key: &software::OpenedKey) -> Who<'_> {
        Who {
            signer: key.signer.as_ref(),
            certificate: &key.chain[0],
            chain: &key.chain[1..],
            at: UnixTime(1_772_700_000),
            tsa: None,
        }
    }

    fn made(shape: Shape, files: &[(&str, &[u8])]) -> Result<Vec<u8>, AsicError> {
        let key = opened();
        let held: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, c)| (*n, c.to_vec())).collect();
        let files: Vec<DataFile<'_>> =
            held.iter().map(|(name, content)| DataFile { name, media_type: "text/plain", content }).collect();
        Ok(write(io::Cursor::new(Vec::new()), shape, &files, &who(&key))?.into_inner())
    }

    #[test]
    fn every_shape_is_a_container_without_a_fault_whose_signature_reaches_every_file() {
        for (shape, files) in [
            (Shape::ExtendedXades, &[("tệp 1.txt", &b"1"[..]), ("b&<>.txt", &b""[..])][..]),
            (Shape::ExtendedCades, &[("tệp 1.txt", b"1"), ("b%20#?.txt", b"2")]),
            (Shape::SimpleXades, &[("a.txt", b"1")]),
            (Shape::SimpleCades, &[("a.txt", b"1")]),
        ] {
            let bytes = made(shape, files).expect("makes");
            let container = Container::open(&bytes, Limits::default()).expect("opens");
            assert_eq!(container.faults, [], "{shape:?}");
            assert_eq!(container.data.len(), files.len(), "{shape:?}");
            let coverage = container.coverage(container.signatures[0]).expect("reads");
            assert_eq!(container.uncovered(&coverage), [0_usize; 0], "{shape:?}: {coverage:?}");
            assert!(bytes.get(38..).expect("long").starts_with(shape.media_type().as_bytes()), "{shape:?}");
        }
    }

    #[test]
    fn a_second_signature_leaves_the_first_part_as_it_was() {
        for shape in [Shape::ExtendedXades, Shape::ExtendedCades] {
            let first = made(shape, &[("a.txt", b"1")]).expect("makes");
            let key = opened();
            let content = b"1".to_vec();
            let files = [DataFile { name: "a.txt", media_type: "text/plain", content: &content }];
            let signature = sign(shape, 2, &files, &who(&key)).expect("signs");
            let second = append(io::Cursor::new(first.clone()), &signature).expect("adds").into_inner();
            let common = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
            let container = Container::open(&second, Limits::default()).expect("opens");
            assert_eq!((container.faults.as_slice(), container.signatures.len()), (&[][..], 2), "{shape:?}");
            let last = container.entries().iter().rev().nth(if shape.is_xades() { 0 } else { 1 }).expect("there");
            assert!(u64::try_from(common).expect("small") >= last.offset, "{shape:?}");
        }
    }

    #[test]
    fn no_file_and_a_second_file_in_a_simple_container_are_refused() {
        assert!(matches!(made(Shape::ExtendedXades, &[]), Err(AsicError::NoFile)));
        let two: [(&str, &[u8]); 2] = [("a", b"1"), ("b", b"2")];
        assert!(matches!(made(Shape::SimpleCades, &two), Err(AsicError::SeveralFiles(2))));
    }
}
