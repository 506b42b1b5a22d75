//! Attachments: base64 decoded while it passes, and how the decoded bytes are to be taken.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where decoded attachments go, one after the other in the order of the packet.
pub trait Sinks {
    /// The next attachment starts; `index` counts from 0. Its name and type are not known yet.
    ///
    /// # Errors
    /// What the storage says; reading stops.
    fn begin(&mut self, index: usize) -> io::Result<()>;

    /// More of its decoded bytes.
    ///
    /// # Errors
    /// What the storage says; reading stops.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// It is complete and its base64 was right to the end.
    ///
    /// # Errors
    /// What the storage says; reading stops.
    fn end(&mut self) -> io::Result<()>;
}

/// Takes nothing in: for reading the skeleton alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSinks;

impl Sinks for NoSinks {
    fn begin(&mut self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why the text of an attachment is not base64 (RFC 4648 §4).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Base64Error {
    /// A character outside the alphabet, or bits set behind the last byte.
    #[error("a character is outside the base64 alphabet")]
    Character,
    /// Padding that is missing, or is not at the end.
    #[error("the base64 padding is wrong")]
    Padding,
}

const BLOCK: usize = 64 * 1024;

/// A base64 decoder for text that arrives in pieces; white space anywhere is skipped.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    text: Vec<u8>,
    bytes: Vec<u8>,
    padded: bool,
    length: u64,
    // Characters of a character reference not finished yet, `&` included.
    reference: Vec<u8>,
}

impl Decoder {
    /// Bytes decoded so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Takes in character data with references not resolved, as [`crate::xml::scan::Piece::Text`] has it.
    pub(super) fn text<E: From<Base64Error>>(
        &mut self,
        mut piece: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !piece.is_empty() {
            if self.reference.is_empty() {
                let run = piece.iter().position(|b| *b == b'&').unwrap_or(piece.len());
                let (plain, tail) = piece.split_at(run);
                self.cdata(plain, sink)?;
                piece = tail;
            }
            // `&#13;` is how some writers keep their line ends; nothing else is expected.
            let Some((&byte, tail)) = piece.split_first() else { break };
            piece = tail;
            self.reference.push(byte);
            if byte == b';' {
                let character = resolve(&self.reference).ok_or(Base64Error::Character)?;
                self.reference.clear();
                self.cdata(&[character], sink)?;
            } else if self.reference.len() > 8 {
                return Err(Base64Error::Character.into());
            }
        }
        Ok(())
    }

    /// Takes in literal character data.
    pub(super) fn cdata<E: From<Base64Error>>(
        &mut self,
        piece: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for run in piece.split(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
            let mut run = run;
            while !run.is_empty() {
                let (now, later) = run.split_at(run.len().min(BLOCK - self.text.len()));
                self.text.extend_from_slice(now);
                run = later;
                if self.text.len() == BLOCK {
                    self.decode_block(sink)?;
                }
            }
        }
        Ok(())
    }

    /// No more text follows.
    pub(super) fn finish<E: From<Base64Error>>(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.reference.is_empty() {
            return Err(Base64Error::Character.into());
        }
        self.decode_block(sink)
    }

    fn decode_block<E: From<Base64Error>>(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if self.text.is_empty() {
            return Ok(());
        }
        if self.padded || !self.text.len().is_multiple_of(4) {
            return Err(Base64Error::Padding.into());
        }
        self.padded = self.text.last() == Some(&b'=');
        self.bytes.resize(BLOCK / 4 * 3, 0);
        let written = STANDARD.decode_slice(&self.text, &mut self.bytes).map_err(|e| match e {
            base64::DecodeSliceError::DecodeError(base64::DecodeError::InvalidPadding) => Base64Error::Padding,
            _ if self.text.iter().rev().skip(2).any(|b| *b == b'=') => Base64Error::Padding,
            _ => Base64Error::Character,
        })?;
        self.text.clear();
        self.length = self.length.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        sink(self.bytes.get(..written).unwrap_or_default())
    }
}

// A numeric reference to an ASCII character.
fn resolve(reference: &[u8]) -> Option<u8> {
    let body = std::str::from_utf8(reference).ok()?.strip_prefix("&#")?.strip_suffix(';')?;
    let number = match body.strip_prefix('x') {
        Some(hex) => u8::from_str_radix(hex, 16).ok()?,
        None => body.parse().ok()?,
    };
    number.is_ascii().then_some(number)
}

/// How the decoded bytes of an attachment are to be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// They are the file.
    Raw,
    /// They may be a ZIP holding the file as its only entry; raw when they are not.
    MaybeZip,
}

/// Decides by the attachment's own type and name and by its first bytes.
///
/// The rule of the reader all peers use: `application/zip`, or no type at all, with a name that does not end in `.zip`
/// means a ZIP around the file. Whether it holds exactly one entry is for the ZIP reader to say; office files, which
/// are ZIPs of many entries, stay what they are.
pub fn form(content_type: &str, name: &str, first_bytes: &[u8]) -> Form {
    let zip_type = content_type.is_empty() || content_type.trim().eq_ignore_ascii_case("application/zip");
    if zip_type && !name.ends_with(".zip") && first_bytes.starts_with(b"PK\x03\x04") {
        Form::MaybeZip
    } else {
        Form::Raw
    }
}

/// The media type to write for a file name: never `application/zip` unless the name ends in `.zip` exactly, since that
/// type makes peers unpack the file.
pub fn media_type(name: &str) -> &'static str {
    if name.ends_with(".zip") {
        return "application/zip";
    }
    let extension = super::name::split_extension(name).1.to_ascii_lowercase();
    match extension.as_str() {
        ".pdf" => "application/pdf",
        ".doc" => "application/msword",
        ".docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xls" => "application/vnd.ms-excel",
        ".xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".ppt" => "application/vnd.ms-powerpoint",
        ".pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt" => "application/vnd.oasis.opendocument.text",
        ".ods" => "application/vnd.oasis.opendocument.spreadsheet",
        ".txt" => "text/plain",
        ".csv" => "text/csv",
        ".xml" => "application/xml",
        ".json" => "application/json",
        ".png" => "image/png",
        ".jpg" | ".jpeg" => "image/jpeg",
        ".tif" | ".tiff" => "image/tiff",
        ".asice" => "application/vnd.etsi.asic-e+zip",
        ".asics" => "application/vnd.etsi.asic-s+zip",
        ".p7s" => "application/pkcs7-signature",
        ".zip" => "application/x-zip-compressed",
        ".rar" => "application/vnd.rar",
        ".7z" => "application/x-7z-compressed",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&str]) -> Result<Vec<u8>, Base64Error> {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        let mut sink = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            Ok::<(), Base64Error>(())
        };
        for piece in pieces {
            decoder.text(piece.as_bytes(), &mut sink)?;
        }
        decoder.finish(&mut sink)?;
        Ok(out)
    }

    #[test]
    fn pieces_line_ends_and_references_do_not_matter() {
        for pieces in [
            &["aGVsbG8="][..],
            &["a", "G", "Vs", "bG8", "="],
            &[" aGVs\r\n", "\tbG8=\n"],
            &["aGVs&#13;\nbG8="],
            &["aGVs&#", "xD;", "bG8&#61;"],
            &["&#97;GVsbG8="],
        ] {
            assert_eq!(decode(pieces).as_deref(), Ok(&b"hello"[..]), "{pieces:?}");
        }
        assert_eq!(decode(&[]).as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn wrong_padding_and_characters_are_refused() {
        for text in ["aGVsbG8", "aGVsbG8==", "aGVs=", "aGVsbG8=aGVs", "=", "===="] {
            assert_eq!(decode(&[text]), Err(Base64Error::Padding), "{text}");
        }
        for text in ["aGVs*G8=", "aGVs-_8=", "aGVs&amp;", "aGVs&#1114111111;", "aGVs&#13", "ệ1"] {
            assert_eq!(decode(&[text]), Err(Base64Error::Character), "{text}");
        }
    }

    #[test]
    fn blocks_larger_than_the_buffer_come_out_whole_and_late_padding_is_seen() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| u8::try_from(i % 251).unwrap_or(0)).collect();
        let text = crate::base::encoding::base64(&bytes);
        assert_eq!(decode(&[&text]), Ok(bytes));
        let padded = format!("{}aA=={}", "AAAA".repeat(BLOCK / 4 - 1), "AAAA");
        assert_eq!(decode(&[&padded]), Err(Base64Error::Padding));
    }

    #[test]
    fn only_the_zip_type_without_a_zip_name_is_unpacked() {
        let zip = b"PK\x03\x04";
        assert_eq!(form("application/zip", "a.pdf", zip), Form::MaybeZip);
        assert_eq!(form("", "a.pdf", zip), Form::MaybeZip);
        assert_eq!(form("application/zip", "a.zip", zip), Form::Raw);
        assert_eq!(form("application/zip", "a.ZIP", zip), Form::MaybeZip);
        assert_eq!(form("application/zip", "a.pdf", b"%PDF"), Form::Raw);
        assert_eq!(form("application/x-zip-compressed", "a.xlsx", zip), Form::Raw);
    }

    #[test]
    fn no_type_we_write_makes_a_peer_unpack() {
        for name in ["a.pdf", "a.xlsx", "a.ZIP", "a", "a.docx", "zip"] {
            assert_ne!(media_type(name), "application/zip", "{name}");
        }
        assert_eq!(media_type("a.zip"), "application/zip");
    }
}
