//! `multipart/form-data` (RFC 7578, RFC 2046 §5.1) as far as a one-shot submission needs it: a few named parts, whole
//! in memory, no nesting and no transfer encodings.

/// Most parts of a body.
const MAX_PARTS: usize = 8;
/// Most octets of a part's headers.
const MAX_HEADERS: usize = 4_096;
/// Longest boundary (RFC 2046 §5.1.1).
const MAX_BOUNDARY: usize = 70;

/// Why a body is not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The content type is another, or names no boundary.
    #[error("the content type is not multipart/form-data with a boundary")]
    ContentType,
    /// The body does not begin with its boundary, or does not end with it.
    #[error("the body does not begin and end with its boundary")]
    Boundary,
    /// A part's headers are too long, not closed, or name no part.
    #[error("a part has no readable name")]
    Headers,
    /// A part is encoded.
    #[error("a part has a transfer encoding")]
    Encoded,
    /// More parts than read here.
    #[error("there are more than {MAX_PARTS} parts")]
    TooMany,
}

/// One part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its octets.
    pub octets: &'a [u8],
}

/// The boundary a content type names.
///
/// # Errors
/// [`MultipartError::ContentType`].
pub fn boundary(content_type: &str) -> Result<&str, MultipartError> {
    let mut members = content_type.split(';').map(str::trim);
    if !members.next().is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")) {
        return Err(MultipartError::ContentType);
    }
    members
        .find_map(|member| parameter(member, "boundary"))
        .filter(|text| !text.is_empty() && text.len() <= MAX_BOUNDARY && text.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or(MultipartError::ContentType)
}

/// The parts of a body.
///
/// # Errors
/// [`MultipartError`].
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, MultipartError> {
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // Before the first boundary the line break is left out, and nothing else is expected there.
    let mut rest = delimiter.get(2..).and_then(|first| body.strip_prefix(first)).ok_or(MultipartError::Boundary)?;
    let mut parts = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(b"--") {
            return if matches!(after, b"" | b"\r\n") { Ok(parts) } else { Err(MultipartError::Boundary) };
        }
        rest = rest.strip_prefix(b"\r\n").ok_or(MultipartError::Boundary)?;
        if parts.len() == MAX_PARTS {
            return Err(MultipartError::TooMany);
        }
        let head = rest.get(..rest.len().min(MAX_HEADERS)).unwrap_or_default();
        let (headers, _) = split(head, b"\r\n\r\n").ok_or(MultipartError::Headers)?;
        let name = name_in(headers)?;
        let after = rest.get(headers.len().saturating_add(4)..).unwrap_or_default();
        let (octets, next) = split(after, &delimiter).ok_or(MultipartError::Boundary)?;
        parts.push(Part { name, octets });
        rest = next;
    }
}

fn name_in(headers: &[u8]) -> Result<&str, MultipartError> {
    let headers = std::str::from_utf8(headers).map_err(|_| MultipartError::Headers)?;
    let mut name = None;
    for line in headers.split("\r\n") {
        let (key, value) = line.split_once(':').ok_or(MultipartError::Headers)?;
        if key.eq_ignore_ascii_case("content-transfer-encoding") && !value.trim().eq_ignore_ascii_case("binary") {
            return Err(MultipartError::Encoded);
        }
        if key.eq_ignore_ascii_case("content-disposition") {
            let mut members = value.split(';').map(str::trim);
            let is_form = members.next().is_some_and(|kind| kind.eq_ignore_ascii_case("form-data"));
            name = members.find_map(|member| parameter(member, "name")).filter(|_| is_form);
        }
    }
    name.ok_or(MultipartError::Headers)
}

/// The value of a parameter, without its quotation marks.
fn parameter<'a>(member: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = member.split_once('=')?;
    key.trim().eq_ignore_ascii_case(name).then(|| {
        let value = value.trim();
        value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value)
    })
}

/// What stands before and after the first occurrence of `mark`.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *mark.first()?;
    let mut from = 0;
    loop {
        let at = bytes.get(from..)?.iter().position(|byte| *byte == first)?.checked_add(from)?;
        let (before, found) = bytes.split_at_checked(at)?;
        if let Some(after) = found.strip_prefix(mark) {
            return Some((before, after));
        }
        from = at.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--b1\r\nContent-Disposition: form-data; name=\"envelope\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--b1\r\ncontent-disposition: form-data; name=package; filename=\"a.asice\"\r\n\r\nPK\r\n--b\r\n\x00\r\n--b1--\r\n";

    #[test]
    fn parts_are_cut_at_the_boundary_and_nowhere_else() {
        let parts = parts(BODY, "b1").expect("reads");
        assert_eq!(parts.first(), Some(&Part { name: "envelope", octets: b"{}" }));
        assert_eq!(parts.get(1), Some(&Part { name: "package", octets: b"PK\r\n--b\r\n\x00" }));
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn the_boundary_is_read_quoted_or_not_and_bounded() {
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Ok("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"abc\""), Ok("abc"));
        let long = format!("multipart/form-data; boundary={}", "a".repeat(MAX_BOUNDARY + 1));
        for wrong in ["multipart/mixed; boundary=abc", "multipart/form-data", "multipart/form-data; boundary=", &long] {
            assert_eq!(boundary(wrong), Err(MultipartError::ContentType), "{wrong}");
        }
    }

    #[test]
    fn bodies_that_are_broken_off_or_something_else_are_refused() {
        for upto in 0..BODY.len() - 2 {
            assert!(parts(&BODY[..upto], "b1").is_err(), "cut at {upto}");
        }
        assert_eq!(parts(b"x\r\n--b1--", "b1"), Err(MultipartError::Boundary));
        assert_eq!(parts(b"--b1\r\nContent-Type: a\r\n\r\nx\r\n--b1--", "b1"), Err(MultipartError::Headers));
        let encoded =
            b"--b1\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b1--";
        assert_eq!(parts(encoded, "b1"), Err(MultipartError::Encoded));
        let many = b"--b1\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n".repeat(MAX_PARTS + 1);
        assert_eq!(parts(&[&many[..], b"--b1--"].concat(), "b1"), Err(MultipartError::TooMany));
        assert_eq!(parts(b"--b1--", "b1"), Ok(Vec::new()));
    }
}
