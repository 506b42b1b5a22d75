//! From bytes to a tree, with bounds — XML 1.0 (fifth edition), Namespaces in XML 1.0.
//!
//! UTF-8 and UTF-16 are read, with or without byte order mark. Entities beyond the five of XML 1.0 §4.6 do not exist
//! here, since a document type is refused.

use std::borrow::Cow;

use super::scan::Scanner;

/// Largest document that becomes a tree, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Most nodes of a tree.
const MAX_NODES: u32 = 4_000_000;

/// Why bytes are not XML that we read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Larger than the bound.
    #[error("the XML is larger than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// Elements nested deeper than the bound.
    #[error("the XML is nested deeper than {limit} elements")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// More attributes on one element than the bound.
    #[error("an XML element has more than {limit} attributes")]
    TooManyAttributes {
        /// The bound.
        limit: usize,
    },
    /// More namespace declarations in scope than the bound.
    #[error("more than {limit} XML namespace declarations are in scope at once")]
    TooManyNamespaces {
        /// The bound.
        limit: usize,
    },
    /// One tag, comment or processing instruction longer than the bound.
    #[error("the XML markup at byte {offset} is longer than {limit} bytes")]
    MarkupTooLong {
        /// The bound, in bytes.
        limit: usize,
        /// Where it starts.
        offset: u64,
    },
    /// A document type declaration, which could define entities.
    #[error("the XML has a document type declaration (DOCTYPE), which is never read")]
    Doctype,
    /// Something other than white space before the first element.
    #[error("text stands before the root element, at byte {offset}: remove everything before the XML declaration")]
    BeforeRoot {
        /// Where it starts.
        offset: u64,
    },
    /// The XML declaration is not the very first thing.
    #[error("the XML declaration starts at byte {offset}, but it must be the very first thing in the file")]
    DeclarationMisplaced {
        /// Where it starts.
        offset: u64,
    },
    /// Something other than comments after the root element.
    #[error("something follows the root element, at byte {offset}")]
    AfterRoot {
        /// Where it starts.
        offset: u64,
    },
    /// No element at all.
    #[error("the XML has no root element")]
    NoRoot,
    /// The bytes end inside markup or an open element.
    #[error("the XML is cut short")]
    Truncated,
    /// Markup that no XML reader takes.
    #[error("the markup at byte {offset} is not well-formed XML")]
    Malformed {
        /// Where it starts.
        offset: u64,
    },
    /// Not well-formed, in the words of the tree reader.
    #[error("the XML is not well-formed: {reason}")]
    NotWellFormed {
        /// What was found and where, as line and column.
        reason: String,
    },
    /// Bytes that are not text in the declared or detected encoding.
    #[error("the XML is not valid {encoding}")]
    Encoding {
        /// Name of the encoding.
        encoding: &'static str,
    },
    /// An encoding other than UTF-8 and UTF-16 is declared and needed.
    #[error("the XML declares the encoding {declared}, but only UTF-8 and UTF-16 are read")]
    UnknownEncoding {
        /// As declared, cut to 40 characters.
        declared: String,
    },
}

/// The text of an XML document, without byte order mark; UTF-16 becomes UTF-8 (XML 1.0 §4.3.3, appendix F).
///
/// # Errors
/// [`XmlError::TooLarge`], [`XmlError::Encoding`] or [`XmlError::UnknownEncoding`].
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    if bytes.len() > MAX_BYTES {
        return Err(XmlError::TooLarge { limit: MAX_BYTES });
    }
    match Encoding::detect(bytes) {
        Encoding::Utf8 { mark } => {
            let bytes = bytes.get(mark..).unwrap_or_default();
            let text = std::str::from_utf8(bytes);
            if let Some(declared) = declared_encoding(bytes)
                && !declared.eq_ignore_ascii_case(b"utf-8")
                && !declared.eq_ignore_ascii_case(b"utf8")
                && !(bytes.is_ascii() && reads_as_ascii(declared))
            {
                let declared = String::from_utf8_lossy(declared).chars().take(40).collect();
                return Err(XmlError::UnknownEncoding { declared });
            }
            text.map(Cow::Borrowed).map_err(|_| XmlError::Encoding { encoding: "UTF-8" })
        }
        Encoding::Utf16 { mark, big_endian } => {
            let (pairs, odd) = bytes.get(mark..).unwrap_or_default().as_chunks::<2>();
            let unit = |pair: &[u8; 2]| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
            let text: Result<String, _> = char::decode_utf16(pairs.iter().map(unit)).collect();
            match text {
                Ok(text) if odd.is_empty() => Ok(Cow::Owned(text)),
                _ => Err(XmlError::Encoding { encoding: "UTF-16" }),
            }
        }
    }
}

/// How the bytes of a document are to be read, told by its first four bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// UTF-8, or something that has to declare itself.
    Utf8 {
        /// Bytes of the byte order mark, 0 or 3.
        mark: usize,
    },
    /// UTF-16.
    Utf16 {
        /// Bytes of the byte order mark, 0 or 2.
        mark: usize,
        /// The high byte comes first.
        big_endian: bool,
    },
}

impl Encoding {
    /// Looks at the first bytes (XML 1.0 appendix F.1).
    pub fn detect(bytes: &[u8]) -> Self {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8 { mark: 3 },
            [0xfe, 0xff, ..] => Encoding::Utf16 { mark: 2, big_endian: true },
            [0xff, 0xfe, ..] => Encoding::Utf16 { mark: 2, big_endian: false },
            [0, b'<', 0, ..] => Encoding::Utf16 { mark: 0, big_endian: true },
            [b'<', 0, _, 0, ..] => Encoding::Utf16 { mark: 0, big_endian: false },
            _ => Encoding::Utf8 { mark: 0 },
        }
    }
}

/// The tree of a document whose text was decoded before.
///
/// # Errors
/// An [`XmlError`] that says which bound or rule is broken.
pub fn parse(text: &str) -> Result<roxmltree::Document<'_>, XmlError> {
    if text.len() > MAX_BYTES {
        return Err(XmlError::TooLarge { limit: MAX_BYTES });
    }
    let mut scanner = Scanner::new();
    scanner.push(text.as_bytes(), &mut |_, _| Ok::<(), XmlError>(()))?;
    scanner.finish()?;
    tree(text)
}

/// The tree of a text that went through a [`Scanner`] already.
pub(crate) fn tree(text: &str) -> Result<roxmltree::Document<'_>, XmlError> {
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|e| match e {
        roxmltree::Error::DtdDetected => XmlError::Doctype,
        other => XmlError::NotWellFormed { reason: other.to_string() },
    })
}

// The value of `encoding` in the XML declaration, if there is one in the first bytes.
fn declared_encoding(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.get(..bytes.len().min(200))?;
    let end = head.windows(2).position(|w| w == b"?>")?;
    let declaration = head.get(..end)?.strip_prefix(b"<?xml")?;
    let at = declaration.windows(8).position(|w| w == b"encoding")?;
    let value = declaration.get(at + 8..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    value.get(..value.iter().position(|b| b == quote)?)
}

// Whether a reader that goes by the declaration sees the same characters in octets below 128. In UTF-7, the ISO 2022
// family or EBCDIC it does not, and the declaration is signed by nobody. UTF-16 is declared by writers that then wrote
// octets, and cannot be meant.
fn reads_as_ascii(declared: &[u8]) -> bool {
    const SAME: [&str; 6] = ["us-ascii", "ascii", "gb2312", "gbk", "gb18030", "big5"];
    const FAMILIES: [&str; 9] =
        ["iso-8859-", "iso8859-", "iso_8859-", "latin", "windows-125", "cp125", "utf-16", "euc-", "koi8-"];
    let Ok(declared) = std::str::from_utf8(declared).map(str::to_ascii_lowercase) else { return false };
    SAME.contains(&declared.as_str()) || FAMILIES.iter().any(|family| declared.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_text(bytes: &[u8]) -> Result<String, XmlError> {
        let text = decode(bytes)?;
        let tree = parse(&text)?;
        Ok(tree.root_element().text().unwrap_or("").to_owned())
    }

    #[test]
    fn utf8_and_utf16_with_and_without_mark_are_read() {
        let text = "<?xml version='1.0'?><a>Số đi</a>";
        let wide = |big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.as_bytes().to_vec()),
            wide(true),
            wide(false),
            marked(&[0xfe, 0xff], wide(true)),
            marked(&[0xff, 0xfe], wide(false)),
        ] {
            assert_eq!(root_text(&bytes).as_deref(), Ok("Số đi"));
        }
    }

    #[test]
    fn other_encodings_are_refused_unless_the_text_is_ascii() {
        let declared = "<?xml version='1.0' encoding='windows-1252'?><a>x</a>";
        assert_eq!(root_text(declared.as_bytes()).as_deref(), Ok("x"));
        let needed = declared.replace('x', "é").replace("<?éml", "<?xml");
        assert!(matches!(root_text(needed.as_bytes()), Err(XmlError::UnknownEncoding { .. })));
        assert!(matches!(root_text(b"<a>\xff</a>"), Err(XmlError::Encoding { .. })));
        assert!(matches!(root_text(b"\xfe\xff\x00<\x00"), Err(XmlError::Encoding { .. })));
    }

    #[test]
    fn an_encoding_in_which_ascii_octets_mean_something_else_is_refused() {
        let text = |name: &str| format!("<?xml version='1.0' encoding='{name}'?><a>+ADw-b/+AD4-</a>");
        for name in ["utf-7", "UTF-7", "ISO-2022-JP", "hz-gb-2312", "ebcdic-cp-us", "cp037", "Shift_JIS", "x"] {
            assert!(matches!(root_text(text(name).as_bytes()), Err(XmlError::UnknownEncoding { .. })), "{name}");
        }
        for name in ["UTF-8", "utf8", "US-ASCII", "ISO-8859-1", "windows-1258", "utf-16", "GB18030"] {
            assert_eq!(root_text(text(name).as_bytes()).as_deref(), Ok("+ADw-b/+AD4-"), "{name}");
        }
    }

    #[test]
    fn an_entity_definition_is_refused_before_anything_expands() {
        let bomb = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><a>&b;</a>";
        assert_eq!(root_text(bomb.as_bytes()), Err(XmlError::Doctype));
        assert!(matches!(root_text(b"<a>&b;</a>"), Err(XmlError::NotWellFormed { .. })));
    }

    #[test]
    fn mismatched_tags_are_not_well_formed() {
        assert!(matches!(root_text(b"<a><b></a></b>"), Err(XmlError::NotWellFormed { .. })));
    }
}
