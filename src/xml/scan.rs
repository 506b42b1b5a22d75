//! A forward scanner that splits XML into markup and text while the bytes still arrive.
//!
//! It decides only where markup begins and ends, and keeps the bounds that the tree reader does not have: depth,
//! attributes and namespaces of an element, length of one piece of markup. Whether the markup is well-formed is
//! settled afterwards by [`mod@super::parse`].

use super::parse::XmlError;

/// Deepest nesting of elements that is read.
pub const MAX_DEPTH: usize = 256;
/// Most attributes, namespace declarations included, on one element.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most namespace declarations in scope at one element, counted with repetitions.
pub const MAX_NAMESPACES: usize = 256;
/// Longest tag, comment or processing instruction, in bytes.
pub const MAX_MARKUP: usize = 1 << 20;

/// What the scanner found next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Piece<'a> {
    /// A start tag, from `<` to `>`.
    Start(&'a [u8]),
    /// An empty-element tag, from `<` to `/>`.
    Empty(&'a [u8]),
    /// An end tag.
    End(&'a [u8]),
    /// A comment, a processing instruction or the XML declaration.
    Other(&'a [u8]),
    /// Part of the character data between two pieces of markup, references not resolved.
    Text(&'a [u8]),
    /// Part of the content of a CDATA section.
    Cdata(&'a [u8]),
}

/// The scanner; feed it chunks of any size with [`Scanner::push`], then call [`Scanner::finish`].
#[derive(Debug)]
pub struct Scanner {
    state: State,
    token: Vec<u8>,
    offset: u64,
    piece_start: u64,
    // Namespace declarations in scope, one sum for each open element.
    open: Vec<usize>,
    seen_root: bool,
    fragment: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Text,
    Cdata { brackets: u8 },
    Open,
    Bang,
    Comment,
    Instruction,
    EndTag,
    StartTag { quote: Option<u8> },
}

impl Default for Scanner {
    fn default() -> Self {
        Scanner::new()
    }
}

impl Scanner {
    /// A scanner at the start of a document without byte order mark.
    pub fn new() -> Self {
        Scanner {
            state: State::Text,
            token: Vec::new(),
            offset: 0,
            piece_start: 0,
            open: Vec::new(),
            seen_root: false,
            fragment: false,
        }
    }

    /// A scanner for the content of one element, which starts at `offset` of its document.
    pub fn fragment(offset: u64) -> Self {
        Scanner { offset, fragment: true, ..Scanner::new() }
    }

    /// Offset in the document of the first byte of the piece now handed out.
    pub fn piece_start(&self) -> u64 {
        self.piece_start
    }

    /// Offset in the document just behind the piece now handed out; right for markup, not for text.
    pub fn piece_end(&self) -> u64 {
        self.offset
    }

    /// Depth of open elements; for a start tag that element is counted, for an end tag it is not any more.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Scans `chunk` and hands out every piece that ends in it.
    ///
    /// # Errors
    /// An [`XmlError`] at the first byte that breaks a bound or cannot be markup, or whatever `sink` returns.
    pub fn push<E: From<XmlError>>(
        &mut self,
        chunk: &[u8],
        sink: &mut dyn FnMut(&Scanner, Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            match self.state {
                State::Text => {
                    let run = rest.iter().position(|b| *b == b'<').unwrap_or(rest.len());
                    let (text, tail) = rest.split_at(run);
                    self.piece_start = self.offset;
                    self.advance(text.len());
                    if !text.is_empty() {
                        self.check_text(text)?;
                        sink(self, Piece::Text(text))?;
                    }
                    rest = tail;
                    if !rest.is_empty() {
                        self.piece_start = self.offset;
                        self.token.clear();
                        self.token.push(b'<');
                        self.advance(1);
                        rest = rest.get(1..).unwrap_or_default();
                        self.state = State::Open;
                    }
                }
                State::Cdata { brackets } => rest = self.cdata(rest, brackets, sink)?,
                _ => {
                    self.token.push(byte);
                    self.advance(1);
                    rest = rest.get(1..).unwrap_or_default();
                    if self.token.len() > MAX_MARKUP {
                        return Err(XmlError::MarkupTooLong { limit: MAX_MARKUP, offset: self.piece_start }.into());
                    }
                    self.markup_byte(byte, sink)?;
                }
            }
        }
        Ok(())
    }

    /// Says that no more bytes follow.
    ///
    /// # Errors
    /// [`XmlError::Truncated`] inside markup or an open element, [`XmlError::NoRoot`] when there was none.
    pub fn finish(&self) -> Result<(), XmlError> {
        if self.state != State::Text || !self.open.is_empty() {
            return Err(XmlError::Truncated);
        }
        if !self.seen_root && !self.fragment {
            return Err(XmlError::NoRoot);
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.offset = self.offset.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    fn check_text(&self, text: &[u8]) -> Result<(), XmlError> {
        if self.fragment || !self.open.is_empty() || text.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err(if self.seen_root {
            XmlError::AfterRoot { offset: self.piece_start }
        } else {
            XmlError::BeforeRoot { offset: self.piece_start }
        })
    }

    fn markup_byte<E: From<XmlError>>(
        &mut self,
        byte: u8,
        sink: &mut dyn FnMut(&Scanner, Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let malformed = XmlError::Malformed { offset: self.piece_start };
        match self.state {
            State::Open => {
                self.state = match byte {
                    b'/' => State::EndTag,
                    b'?' => State::Instruction,
                    b'!' => State::Bang,
                    b'<' | b'>' | b'&' | b'"' | b'\'' | b'=' => return Err(malformed.into()),
                    _ if byte.is_ascii_whitespace() => return Err(malformed.into()),
                    _ => State::StartTag { quote: None },
                };
            }
            State::Bang => {
                const CDATA: &[u8] = b"<![CDATA[";
                if self.token == b"<!--" {
                    self.state = State::Comment;
                } else if self.token == CDATA {
                    if self.open.is_empty() && !self.fragment {
                        return Err(malformed.into());
                    }
                    self.state = State::Cdata { brackets: 0 };
                } else if !CDATA.starts_with(&self.token) && !b"<!--".starts_with(&self.token) {
                    let doctype = b"<!DOCTYPE";
                    if !doctype.starts_with(&self.token) {
                        return Err(malformed.into());
                    }
                    if self.token.len() == doctype.len() {
                        return Err(XmlError::Doctype.into());
                    }
                }
            }
            State::Comment if self.token.len() >= 7 && self.token.ends_with(b"-->") => self.hand_out(sink)?,
            State::Instruction if self.token.len() >= 4 && self.token.ends_with(b"?>") => {
                self.check_instruction()?;
                self.hand_out(sink)?;
            }
            State::EndTag if byte == b'>' => {
                if self.open.pop().is_none() {
                    return Err(malformed.into());
                }
                self.hand_out(sink)?;
            }
            State::StartTag { quote: Some(quote) } if byte == quote => self.state = State::StartTag { quote: None },
            State::StartTag { quote: None } => match byte {
                b'"' | b'\'' => self.state = State::StartTag { quote: Some(byte) },
                b'<' => return Err(malformed.into()),
                b'>' => {
                    if self.open.is_empty() && !self.fragment {
                        if self.seen_root {
                            return Err(XmlError::AfterRoot { offset: self.piece_start }.into());
                        }
                        self.seen_root = true;
                    }
                    let declared = check_start_tag(&self.token, self.piece_start)?;
                    let in_scope = self.open.last().copied().unwrap_or(0).saturating_add(declared);
                    if in_scope > MAX_NAMESPACES {
                        return Err(XmlError::TooManyNamespaces { limit: MAX_NAMESPACES }.into());
                    }
                    if self.open.len() >= MAX_DEPTH {
                        return Err(XmlError::TooDeep { limit: MAX_DEPTH }.into());
                    }
                    if !self.token.ends_with(b"/>") {
                        self.open.push(in_scope);
                    }
                    self.hand_out(sink)?;
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    // The declaration stands at the very start or nowhere (XML 1.0 §2.8).
    fn check_instruction(&self) -> Result<(), XmlError> {
        let target = self.token.get(2..).unwrap_or_default();
        let end = target.iter().position(|b| b.is_ascii_whitespace() || *b == b'?').unwrap_or(0);
        if target.get(..end).is_some_and(|name| name.eq_ignore_ascii_case(b"xml"))
            && (self.piece_start != 0 || !self.token.starts_with(b"<?xml "))
        {
            return Err(XmlError::DeclarationMisplaced { offset: self.piece_start });
        }
        Ok(())
    }

    fn hand_out<E>(&mut self, sink: &mut dyn FnMut(&Scanner, Piece<'_>) -> Result<(), E>) -> Result<(), E> {
        let token = std::mem::take(&mut self.token);
        let piece = match self.state {
            State::EndTag => Piece::End(&token),
            State::StartTag { .. } if token.ends_with(b"/>") => Piece::Empty(&token),
            State::StartTag { .. } => Piece::Start(&token),
            _ => Piece::Other(&token),
        };
        self.state = State::Text;
        let result = sink(self, piece);
        self.token = token;
        result
    }

    fn cdata<'c, E>(
        &mut self,
        chunk: &'c [u8],
        brackets: u8,
        sink: &mut dyn FnMut(&Scanner, Piece<'_>) -> Result<(), E>,
    ) -> Result<&'c [u8], E> {
        let held: &[u8] = if brackets == 2 { b"]]" } else { b"]" };
        let Some((&byte, tail)) = chunk.split_first() else { return Ok(chunk) };
        if brackets == 0 {
            let run = chunk.iter().position(|b| *b == b']').unwrap_or(chunk.len());
            let (text, rest) = chunk.split_at(run);
            self.piece_start = self.offset;
            self.advance(text.len());
            if !text.is_empty() {
                sink(self, Piece::Cdata(text))?;
            }
            if rest.is_empty() {
                return Ok(rest);
            }
            self.advance(1);
            self.state = State::Cdata { brackets: 1 };
            return Ok(rest.get(1..).unwrap_or_default());
        }
        match byte {
            b'>' if brackets == 2 => {
                self.advance(1);
                self.state = State::Text;
                Ok(tail)
            }
            b']' => {
                self.advance(1);
                if brackets == 2 {
                    sink(self, Piece::Cdata(b"]"))?;
                }
                self.state = State::Cdata { brackets: 2 };
                Ok(tail)
            }
            _ => {
                sink(self, Piece::Cdata(held))?;
                self.state = State::Cdata { brackets: 0 };
                Ok(chunk)
            }
        }
    }
}

/// The qualified name in a tag.
pub fn tag_name(tag: &[u8]) -> &[u8] {
    let from = if tag.starts_with(b"</") { 2 } else { 1 };
    let body = tag.get(from..).unwrap_or_default();
    let end = body.iter().position(|b| b.is_ascii_whitespace() || *b == b'>' || *b == b'/').unwrap_or(body.len());
    body.get(..end).unwrap_or_default()
}

/// The part of a qualified name behind its prefix.
pub fn local_name(qualified: &[u8]) -> &[u8] {
    match qualified.iter().position(|b| *b == b':') {
        Some(at) => qualified.get(at + 1..).unwrap_or_default(),
        None => qualified,
    }
}

// Counts what the tree reader handles in quadratic time, and refuses what it lets pass: a second default namespace
// on one element, and the removal of a prefix (Namespaces in XML 1.0 §5, "No Prefix Undeclaring").
fn check_start_tag(tag: &[u8], offset: u64) -> Result<usize, XmlError> {
    let malformed = || XmlError::Malformed { offset };
    let mut rest = tag.get(1 + tag_name(tag).len()..).ok_or_else(malformed)?;
    let (mut attributes, mut namespaces, mut default) = (0_usize, 0_usize, false);
    loop {
        rest = rest.trim_ascii_start();
        if rest == b">" || rest == b"/>" {
            break;
        }
        let equals = rest.iter().position(|b| *b == b'=').ok_or_else(malformed)?;
        let name = rest.get(..equals).ok_or_else(malformed)?.trim_ascii_end();
        let value = rest.get(equals + 1..).ok_or_else(malformed)?.trim_ascii_start();
        let (&quote, value) = value.split_first().ok_or_else(malformed)?;
        let end = value.iter().position(|b| *b == quote).ok_or_else(malformed)?;
        attributes += 1;
        if attributes > MAX_ATTRIBUTES {
            return Err(XmlError::TooManyAttributes { limit: MAX_ATTRIBUTES });
        }
        if name == b"xmlns" {
            if default {
                return Err(malformed());
            }
            default = true;
            namespaces += 1;
        } else if name.starts_with(b"xmlns:") {
            if end == 0 {
                return Err(malformed());
            }
            namespaces += 1;
        }
        rest = value.get(end + 1..).ok_or_else(malformed)?;
    }
    Ok(namespaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str, chunk: usize) -> Result<Vec<String>, XmlError> {
        let mut scanner = Scanner::new();
        let mut out: Vec<String> = Vec::new();
        for part in text.as_bytes().chunks(chunk) {
            scanner.push(part, &mut |_, piece| {
                let (mark, bytes) = match piece {
                    Piece::Start(b) => ("S", b),
                    Piece::Empty(b) => ("E", b),
                    Piece::End(b) => ("/", b),
                    Piece::Other(b) => ("O", b),
                    Piece::Text(b) => ("T", b),
                    Piece::Cdata(b) => ("C", b),
                };
                let text = String::from_utf8_lossy(bytes).into_owned();
                match out.last_mut() {
                    Some(last) if (mark == "T" || mark == "C") && last.starts_with(mark) => last.push_str(&text),
                    _ => out.push(format!("{mark}{text}")),
                }
                Ok::<(), XmlError>(())
            })?;
        }
        scanner.finish()?;
        Ok(out)
    }

    #[test]
    fn pieces_are_the_same_whatever_the_chunks() {
        let text = "<?xml version='1.0'?><a x='>' y=\"'\"><!-- <b> --><b><![CDATA[x]]]></b>]]]]><c/>t]]</a>\n";
        let whole = scan(text, 1000).expect("scans");
        for chunk in 1..12 {
            assert_eq!(scan(text, chunk).expect("scans"), whole);
        }
        let expected = [
            "O<?xml version='1.0'?>",
            "S<a x='>' y=\"'\">",
            "O<!-- <b> -->",
            "S<b>",
            "Cx]",
            "/</b>",
            "T]]]]>",
            "E<c/>",
        ];
        assert_eq!(whole.get(..8).expect("seven"), expected);
    }

    #[test]
    fn nesting_at_the_bound_is_read_and_one_more_refused() {
        let nest = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
        assert!(scan(&nest(MAX_DEPTH), 64).is_ok());
        assert_eq!(scan(&nest(MAX_DEPTH + 1), 64), Err(XmlError::TooDeep { limit: MAX_DEPTH }));
    }

    #[test]
    fn doctype_stray_text_and_second_root_are_named() {
        assert_eq!(scan("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", 3), Err(XmlError::Doctype));
        assert_eq!(scan("x<a/>", 3), Err(XmlError::BeforeRoot { offset: 0 }));
        assert_eq!(scan("\n<?xml version='1.0'?><a/>", 3), Err(XmlError::DeclarationMisplaced { offset: 1 }));
        assert_eq!(scan("<a/><b/>", 3), Err(XmlError::AfterRoot { offset: 4 }));
        assert_eq!(scan("<a>", 3), Err(XmlError::Truncated));
        assert_eq!(scan("", 3), Err(XmlError::NoRoot));
    }

    #[test]
    fn attributes_past_the_bound_and_repeated_default_namespace_are_refused() {
        let many = |n: usize| format!("<a{}/>", (0..n).map(|i| format!(" a{i}='x'")).collect::<String>());
        assert!(scan(&many(MAX_ATTRIBUTES), 99).is_ok());
        assert!(matches!(scan(&many(MAX_ATTRIBUTES + 1), 99), Err(XmlError::TooManyAttributes { .. })));
        assert!(scan("<a xmlns='u' xmlns='v'/>", 99).is_err());
        assert!(scan("<a xmlns:p='u'><b xmlns:p=''/></a>", 99).is_err());
        let nested = |n: usize| format!("{}{}", "<a xmlns='u' xmlns:b='c'>".repeat(n), "</a>".repeat(n));
        assert!(scan(&nested(MAX_NAMESPACES / 2), 99).is_ok());
        assert!(matches!(scan(&nested(MAX_NAMESPACES / 2 + 1), 99), Err(XmlError::TooManyNamespaces { .. })));
    }
}
