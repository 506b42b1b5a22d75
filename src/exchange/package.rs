//! Kinds of packages that travel, and the endpoint's look at their outside.
//!
//! An endpoint judges metadata and class only; it opens a container far enough to know that it is one.

use crate::base::read::ReadAt;

/// Media types that travel, the file name endings they are known by, and the first octets they have.
const KINDS: [(&str, &[&str], Shape); 3] = [
    ("application/vnd.etsi.asic-e+zip", &["asice", "sce"], Shape::Zip),
    ("application/vnd.etsi.asic-s+zip", &["asics", "scs"], Shape::Zip),
    ("application/edxml+xml", &["edxml", "xml"], Shape::Xml),
];

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
}

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

/// Whether the octets begin as their media type says.
///
/// # Errors
/// [`PackageError`].
pub fn check(package: &dyn ReadAt, media_type: &str) -> Result<(), PackageError> {
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
        assert_eq!(check(&b"PK\x03\x04...".to_vec(), "application/vnd.etsi.asic-e+zip"), Ok(()));
        assert_eq!(check(&b"\xef\xbb\xbf\n<edXML/>".to_vec(), "application/edxml+xml"), Ok(()));
        assert_eq!(check(&b"%PDF-1.7".to_vec(), "application/edxml+xml"), Err(PackageError::Shape));
        assert_eq!(check(&b"".to_vec(), "application/edxml+xml"), Err(PackageError::Shape));
        assert_eq!(check(&b"%PDF-1.7".to_vec(), "application/pdf"), Err(PackageError::Kind));
    }
}
