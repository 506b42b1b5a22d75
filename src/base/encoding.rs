//! Base64, hexadecimal and PEM (RFC 7468), with bounds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Standard base64 with padding, on one line.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64, white space skipped; `None` for any other character or wrong padding.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|b| b.is_ascii_whitespace()) {
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        return STANDARD.decode(packed).ok();
    }
    STANDARD.decode(text).ok()
}

/// True for characters that show nothing themselves and make text around them read as another, or break its line:
/// controls, direction marks, line and paragraph separators, tags, and what has no width (UTS #39, UTR #36).
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

/// [`hex()`] into `room`, which must be twice as long; false where it is not.
pub fn hex_into(bytes: &[u8], room: &mut [u8]) -> bool {
    hex::encode_to_slice(bytes, room).is_ok()
}

/// Reads hexadecimal in either case.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok()
}

/// A name as a relative reference (RFC 3986 §2.1): everything but unreserved characters and `/` behind percent signs.
pub fn percent_encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Takes percent-encoding off (RFC 3986 §2.1); `None` when a sign is not followed by two hexadecimal digits or the
/// result is not UTF-8.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        out.extend(hex::decode(digits).ok()?);
        rest = tail;
    }
    String::from_utf8(out).ok()
}

/// One PEM block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pem {
    /// What stands between `-----BEGIN ` and `-----`.
    pub label: String,
    /// The decoded body.
    pub der: Vec<u8>,
}

/// Reads every PEM block of a text, in order; text between blocks and RFC 1421 headers are skipped.
/// A block whose body is not base64 or that has no end line is left out.
pub fn pem_blocks(text: &str) -> Vec<Pem> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim) {
        if let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|l| l.strip_suffix("-----")) {
            open = Some((label.to_owned(), String::new()));
        } else if let Some(label) = line.strip_prefix("-----END ").and_then(|l| l.strip_suffix("-----")) {
            if let Some((begun, body)) = open.take()
                && begun == label
                && let Some(der) = from_base64(&body)
            {
                blocks.push(Pem { label: begun, der });
            }
        } else if let Some((_, body)) = open.as_mut()
            && !line.contains(':')
        {
            body.push_str(line);
        }
    }
    blocks
}

/// One PEM block with 64 characters a line.
pub fn to_pem(label: &str, der: &[u8]) -> String {
    let body = base64(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_turns_text_is_told_from_text() {
        for c in [
            '\0',
            '\n',
            '\u{1b}',
            '\u{9b}',
            '\u{ad}',
            '\u{200b}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_deceptive(c), "{c:?}");
        }
        assert!(!"Ủy ban nhân dân tỉnh Sơn Hải, số 12/QĐ-UBND u\u{309}".chars().any(is_deceptive));
    }

    #[test]
    fn percent_encoding_is_taken_off_once_or_not_at_all() {
        assert_eq!(percent_decoded("t%E1%BB%9D%20tr%2525.pdf").as_deref(), Some("tờ tr%25.pdf"));
        assert_eq!(percent_encoded("tờ/a-b tr%25.pdf"), "t%E1%BB%9D/a-b%20tr%2525.pdf");
        assert_eq!(percent_decoded("100%"), None);
        assert_eq!(percent_decoded("%zz"), None);
        assert_eq!(percent_decoded("%ff"), None);
    }

    #[test]
    fn pem_round_trips_and_skips_broken_blocks() {
        let text = format!("note\n{}-----BEGIN X-----\n!!\n-----END X-----\n", to_pem("CERTIFICATE", &[7; 100]));
        assert_eq!(pem_blocks(&text), [Pem { label: "CERTIFICATE".to_owned(), der: vec![7; 100] }]);
    }
}
