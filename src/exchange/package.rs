//! Kinds of packages that travel, and the endpoint's look at their outside.
//!
//! An endpoint judges metadata and class only; it opens a container far enough to know that it is one, and that
//! every reader sees the same files in it.

use crate::asic::zip::Limits;
use crate::asic::{Container, ContainerFault};
use crate::base::read::ReadAt;
use crate::edxml::envelope::{EdxmlError, read_skeleton};

/// Media types that travel, the file name endings they are known by, and the first octets they have.
const KINDS: [(&str, &[&str], Shape); 3] = [
    ("application/vnd.etsi.asic-e+zip", &["asice", "sce"], Shape::Zip),
    ("application/vnd.etsi.asic-s+zip", &["asics", "scs"], Shape::Zip),
    (PACKET, &["edxml", "xml"], Shape::Xml),
];

/// Media type of an edXML packet.
const PACKET: &str = "application/edxml+xml";

#[derive(Clone, Copy)]
enum Shape {
    Zip,
    Xml,
}

/// Why octets are not a package of their media type.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// No such kind travels.
    #[error("packages of this media type do not travel")]
    Kind,
    /// The octets begin like something else.
    #[error("the package does not begin like its media type")]
    Shape,
    /// The octets could not be read.
    #[error("the package could not be read")]
    Unreadable,
    /// It is no container of its kind, or two readers may see different files in it.
    #[error("the package is no sound container of its media type")]
    Container,
}

/// How far an endpoint looks into what arrives.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Containers {
    /// Directory and headers of a ZIP, the skeleton of a packet; nothing is unpacked.
    #[default]
    Whole,
    /// The first octets only.
    Shape,
}

/// Most entries of a container that travels.
const MAX_ENTRIES: usize = 10_000;

/// The media type of a file name, by its ending.
pub fn media_type_of(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    KINDS.iter().find(|(_, endings, _)| endings.contains(&ending.as_str())).map(|(kind, ..)| *kind)
}

/// The usual file name ending of a media type; `bin` for one that is not known.
pub fn ending_of(media_type: &str) -> &'static str {
    KINDS.iter().find(|(kind, ..)| *kind == media_type).and_then(|(_, endings, _)| endings.first()).unwrap_or(&"bin")
}

/// Media types that travel.
pub fn media_types() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, ..)| *kind)
}

/// Whether the octets are a package of their media type: by their first octets, or by what they contain.
///
/// A container must name its media type, hold data and a signature, and look the same to every reader: no name twice, none
/// that leads out of a folder, headers and directory agreed. A packet must be one, without a DTD. Whether signatures
/// verify is the recipient's to judge.
///
/// # Errors
/// [`PackageError`].
pub fn check(package: &dyn ReadAt, media_type: &str, containers: Containers) -> Result<(), PackageError> {
    check_shape(package, media_type)?;
    if containers == Containers::Shape {
        return Ok(());
    }
    if media_type == PACKET {
        return read_skeleton(package).map(|_| ()).map_err(|error| match error {
            EdxmlError::Io(_) => PackageError::Unreadable,
            _ => PackageError::Container,
        });
    }
    let limits = Limits { entries: MAX_ENTRIES, ..Limits::default() };
    let container = Container::open(package, limits).map_err(|_| PackageError::Container)?;
    let is_named = container.mimetype.as_deref().map(str::trim) == Some(media_type);
    let is_sound = container.faults.iter().all(|fault| matches!(fault, ContainerFault::MimetypePlace));
    let is_complete = !container.signatures.is_empty() && !container.data.is_empty();
    if is_named && is_sound && is_complete { Ok(()) } else { Err(PackageError::Container) }
}

fn check_shape(package: &dyn ReadAt, media_type: &str) -> Result<(), PackageError> {
    let (.., shape) = KINDS.iter().find(|(kind, ..)| *kind == media_type).ok_or(PackageError::Kind)?;
    let mut head = [0; 64];
    let n = package.read_at(&mut head, 0).map_err(|_| PackageError::Unreadable)?;
    let head = head.get(..n).unwrap_or(&[]);
    let fits = match shape {
        // A local file header (APPNOTE 4.3.7): a container has at least its mimetype entry.
        Shape::Zip => head.starts_with(b"PK\x03\x04"),
        Shape::Xml => {
            let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
            text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
        }
    };
    if fits { Ok(()) } else { Err(PackageError::Shape) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_name_and_by_their_first_octets() {
        assert_eq!(media_type_of("15-QD.ASICE"), Some("application/vnd.etsi.asic-e+zip"));
        assert_eq!(media_type_of("a.pdf"), None);
        assert_eq!(ending_of("application/edxml+xml"), "edxml");
        assert_eq!(check_shape(&b"PK\x03\x04...".to_vec(), "application/vnd.etsi.asic-e+zip"), Ok(()));
        assert_eq!(check_shape(&b"\xef\xbb\xbf\n<edXML/>".to_vec(), "application/edxml+xml"), Ok(()));
        assert_eq!(check_shape(&b"%PDF-1.7".to_vec(), "application/edxml+xml"), Err(PackageError::Shape));
        assert_eq!(check_shape(&b"".to_vec(), "application/edxml+xml"), Err(PackageError::Shape));
        assert_eq!(check_shape(&b"%PDF-1.7".to_vec(), "application/pdf"), Err(PackageError::Kind));
    }
}
