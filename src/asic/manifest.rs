//! Manifests of a container: `ASiCManifest` (EN 319 162-1 A.4), which a CAdES signature or time-stamp is over, and
//! the OpenDocument `manifest.xml`, which lists media types.

use std::collections::HashSet;

use roxmltree::Node;

use crate::base::encoding::{base64, from_base64, percent_encoded};
use crate::xml::dsig::escaped;
use crate::xml::{XmlError, decode, parse};

const ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const ODF: &str = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";
/// Most references of one manifest.
const MAX_REFERENCES: usize = 10_000;

/// Why a manifest cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// XML of another kind.
    #[error("the manifest has no usable {0}")]
    Missing(&'static str),
    /// Too many references.
    #[error("the manifest has more than {MAX_REFERENCES} references")]
    TooMany,
    /// Two references to one name.
    #[error("the manifest names {0:?} twice")]
    Repeated(String),
}

/// An `ASiCManifest`, `ASiCArchiveManifest` or `ASiCEvidenceRecordManifest`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Manifest {
    /// Name of the signature, time-stamp or evidence record over this manifest, percent signs resolved.
    pub signature: String,
    /// Media type of that file, where given.
    pub signature_type: Option<String>,
    /// The files it lists.
    pub references: Vec<DataReference>,
}

/// A `DataObjectReference`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataReference {
    /// Name of the file, percent signs resolved.
    pub name: String,
    /// XML identifier of the digest.
    pub digest_method: String,
    /// The digest.
    pub digest: Vec<u8>,
    /// The file is the last archive manifest (`Rootfile`, EN 319 162-1 A.7).
    pub is_root: bool,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// A [`ManifestError`] that says what is missing or too much.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let text = decode(bytes)?;
        let tree = parse(&text)?;
        let root = tree.root_element();
        let is = |node: Node<'_, '_>, namespace, name| node.has_tag_name((namespace, name));
        if !is(root, ASIC, "ASiCManifest") {
            return Err(ManifestError::Missing("ASiCManifest"));
        }
        let mut signatures = root.children().filter(|n| is(*n, ASIC, "SigReference"));
        let (Some(signature), None) = (signatures.next(), signatures.next()) else {
            return Err(ManifestError::Missing("SigReference"));
        };
        let mut references = Vec::new();
        let mut names = HashSet::new();
        for node in root.children().filter(|n| is(*n, ASIC, "DataObjectReference")) {
            if references.len() >= MAX_REFERENCES {
                return Err(ManifestError::TooMany);
            }
            let part = |name| node.children().find(|n| is(*n, DSIG, name)).ok_or(ManifestError::Missing("digest"));
            let value: String = part("DigestValue")?.children().filter_map(|n| n.text()).collect();
            let uri = node.attribute("URI").ok_or(ManifestError::Missing("URI"))?;
            let name = listed_name(uri).ok_or(ManifestError::Missing("URI"))?;
            if !names.insert(name.clone()) {
                return Err(ManifestError::Repeated(name));
            }
            references.push(DataReference {
                name,
                digest_method: part("DigestMethod")?
                    .attribute("Algorithm")
                    .ok_or(ManifestError::Missing("Algorithm"))?
                    .to_owned(),
                digest: from_base64(&value).ok_or(ManifestError::Missing("DigestValue"))?,
                is_root: node.attribute("Rootfile") == Some("true"),
            });
        }
        Ok(Manifest {
            signature: listed_name(signature.attribute("URI").unwrap_or(""))
                .filter(|name| !name.is_empty())
                .ok_or(ManifestError::Missing("SigReference URI"))?,
            signature_type: signature.attribute("MimeType").map(str::to_owned),
            references,
        })
    }
}

/// A file to be listed in a new manifest.
#[derive(Clone, Copy, Debug)]
pub struct NewReference<'a> {
    /// Name of its entry; written percent-encoded.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// XML identifier of the digest.
    pub digest_method: &'a str,
    /// The digest.
    pub digest: &'a [u8],
    /// It is the archive manifest before this one (`Rootfile`, A.7).
    pub is_root: bool,
}

/// An `ASiCManifest` (A.4) that `signature`, of the media type given, will be over.
pub fn write(signature: &str, signature_type: &str, references: &[NewReference<'_>]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:ASiCManifest xmlns:asic=\"{ASIC}\" xmlns:ds=\"{DSIG}\">\n  \
         <asic:SigReference URI=\"{}\" MimeType=\"{}\"/>\n",
        percent_encoded(signature),
        escaped(signature_type),
    );
    for reference in references {
        out.push_str(&format!(
            "  <asic:DataObjectReference URI=\"{}\" MimeType=\"{}\"{}>\n    <ds:DigestMethod Algorithm=\"{}\"/>\n    \
             <ds:DigestValue>{}</ds:DigestValue>\n  </asic:DataObjectReference>\n",
            percent_encoded(reference.name),
            escaped(reference.media_type),
            if reference.is_root { " Rootfile=\"true\"" } else { "" },
            escaped(reference.digest_method),
            base64(reference.digest),
        ));
    }
    out.push_str("</asic:ASiCManifest>\n");
    out
}

/// An OpenDocument manifest of a container of that media type: name and media type of each file.
pub fn write_media_types(container: &str, files: &[(&str, &str)]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest:manifest xmlns:manifest=\"{ODF}\" manifest:version=\"1.2\">\n  \
         <manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"{container}\"/>\n"
    );
    for (name, media_type) in files {
        out.push_str(&format!(
            "  <manifest:file-entry manifest:full-path=\"{}\" manifest:media-type=\"{}\"/>\n",
            escaped(name),
            escaped(media_type)
        ));
    }
    out.push_str("</manifest:manifest>\n");
    out
}

/// Name and media type of every file an OpenDocument manifest lists, the root entry `/` left out.
///
/// # Errors
/// A [`ManifestError`] when it is not such a manifest.
pub fn media_types(bytes: &[u8]) -> Result<Vec<(String, String)>, ManifestError> {
    let text = decode(bytes)?;
    let tree = parse(&text)?;
    let root = tree.root_element();
    if !root.has_tag_name((ODF, "manifest")) {
        return Err(ManifestError::Missing("manifest"));
    }
    let entries = root.children().filter(|n| n.has_tag_name((ODF, "file-entry"))).take(MAX_REFERENCES);
    Ok(entries
        .filter_map(|n| Some((n.attribute((ODF, "full-path"))?, n.attribute((ODF, "media-type")).unwrap_or(""))))
        .filter(|(path, _)| *path != "/")
        .map(|(path, media_type)| (path.to_owned(), media_type.to_owned()))
        .collect())
}

/// The entry a relative reference names: percent signs resolved (RFC 3986 §2.1), a leading `./` or `/` dropped; `None`
/// for one that has a fragment or query, leads elsewhere, or is not UTF-8.
pub fn entry_name(uri: &str) -> Option<String> {
    if uri.contains(['#', '?']) { None } else { listed_name(uri) }
}

// Some writers of manifests leave `%`, `#` and `?` of a name as they are, where only the name can be meant.
fn listed_name(uri: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        match (byte, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                rest = after;
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    let name = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(&name);
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(references: &str) -> String {
        format!(
            "<a:ASiCManifest xmlns:a='{ASIC}' xmlns:d='{DSIG}'><a:SigReference URI='META-INF/signature001.p7s' MimeType='application/pkcs7-signature'/>\
             {references}</a:ASiCManifest>"
        )
    }

    const ONE: &str = "<a:DataObjectReference URI='t%E1%BB%87p.txt'><d:DigestMethod Algorithm='u:d'/><d:DigestValue>AQI=</d:DigestValue></a:DataObjectReference>";

    #[test]
    fn references_are_read_with_their_names_resolved() {
        let got = Manifest::parse(manifest(ONE).as_bytes()).expect("reads");
        assert_eq!(got.signature, "META-INF/signature001.p7s");
        assert_eq!((got.references[0].name.as_str(), got.references[0].digest.as_slice()), ("tệp.txt", &[1, 2][..]));
    }

    #[test]
    fn a_manifest_that_says_too_little_or_twice_is_refused() {
        assert_eq!(Manifest::parse(b"<x/>"), Err(ManifestError::Missing("ASiCManifest")));
        assert_eq!(
            Manifest::parse(manifest(&ONE.repeat(2)).as_bytes()),
            Err(ManifestError::Repeated("tệp.txt".to_owned()))
        );
        for (from, to) in
            [("URI='t%E1", "URI='t%FF"), ("AQI=", "?"), ("<a:SigReference", "<a:Other"), (" Algorithm='u:d'", "")]
        {
            let broken = manifest(ONE).replace(from, to);
            assert!(matches!(Manifest::parse(broken.as_bytes()), Err(ManifestError::Missing(_))), "{from}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let digest = [1, 2, 3];
        let reference = NewReference {
            name: "t\u{1ec7}p & 1%20.txt",
            media_type: "text/plain",
            digest_method: "u:d",
            digest: &digest,
            is_root: true,
        };
        let got = Manifest::parse(write("META-INF/signature001.p7s", "a/b", &[reference]).as_bytes()).expect("reads");
        assert_eq!((got.signature.as_str(), got.signature_type.as_deref()), ("META-INF/signature001.p7s", Some("a/b")));
        assert_eq!(
            (got.references[0].name.as_str(), got.references[0].digest.as_slice()),
            (reference.name, &digest[..])
        );
        assert!(got.references[0].is_root);
        let types = media_types(write_media_types("c", &[("a & b", "text/plain")]).as_bytes()).expect("reads");
        assert_eq!(types, [("a & b".to_owned(), "text/plain".to_owned())]);
    }

    #[test]
    fn names_are_resolved_once_and_only_inside_the_container() {
        for (uri, name) in [
            ("a%20b", Some("a b")),
            ("./a", Some("a")),
            ("/a", Some("a")),
            ("%2525", Some("%25")),
            ("a#b", None),
            ("a?b", None),
            ("%4", Some("%4")),
            ("100%GG", Some("100%GG")),
            ("%ff", None),
        ] {
            assert_eq!(entry_name(uri).as_deref(), name, "{uri}");
        }
    }
}
