//! Reading a packet in one pass: attachments are decoded into sinks, the skeleton becomes a tree.

use std::io;
use std::ops::Range;

use crate::base::read::ReadAt;
use crate::xml::parse::{Encoding, MAX_BYTES, XmlError, decode};
use crate::xml::scan::{Piece, Scanner, local_name, tag_name};

use super::NAMESPACE;
use super::attachment::{Base64Error, Decoder, NoSinks, Sinks};
use super::detached::ENTRY_NAME;
use super::fields::{Fields, children, text};
use super::header::{DocumentPacket, Fault, FileEntry, Finding, StatusPacket, cut};
use super::name::safe_names;

/// Bounds for reading a packet.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest skeleton, in bytes: everything except the base64 of attachments.
    pub skeleton: usize,
    /// Most elements of the skeleton: each costs many times its octets.
    pub elements: usize,
    /// Most attachments.
    pub attachments: usize,
    /// Largest attachment after decoding, in bytes.
    pub attachment: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { skeleton: 8 << 20, elements: 200_000, attachments: 1_000, attachment: 4 << 30 }
    }
}

/// Why a packet cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EdxmlError {
    /// Not XML, or past a bound of the XML reader.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The source failed.
    #[error("the packet could not be read")]
    Io(#[from] io::Error),
    /// A sink failed.
    #[error("an attachment could not be stored")]
    Sink(#[source] io::Error),
    /// The part outside the attachments is too large.
    #[error("the packet without its attachments is larger than {limit} bytes")]
    SkeletonTooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// Too many elements.
    #[error("the packet has more than {limit} elements")]
    TooManyElements {
        /// The bound.
        limit: usize,
    },
    /// Too many attachments.
    #[error("the packet has more than {limit} attachments")]
    TooManyAttachments {
        /// The bound.
        limit: usize,
    },
    /// An attachment is too large.
    #[error("attachment {number} is larger than {limit} bytes")]
    AttachmentTooLarge {
        /// Counted from 1.
        number: usize,
        /// The bound, in bytes.
        limit: u64,
    },
    /// An attachment is not base64.
    #[error("attachment {number} is not base64: {fault}")]
    Base64 {
        /// Counted from 1.
        number: usize,
        /// What is wrong.
        fault: Base64Error,
    },
    /// An element stands where only base64 may.
    #[error("attachment {number} has an element inside its base64")]
    ElementInBase64 {
        /// Counted from 1.
        number: usize,
    },
    /// XML, but no packet.
    #[error("the XML is not an edXML packet: it has no {missing}")]
    NotAPacket {
        /// The element that is not there.
        missing: &'static str,
    },
    /// The scanner and the tree reader do not see the same attachments.
    #[error("the attachments of the packet cannot be told apart from its text")]
    Ambiguous,
}

/// What a packet carries.
#[derive(Clone, Debug)]
pub enum Message {
    /// A document, a recall, an update or a replacement.
    Document(Box<DocumentPacket>),
    /// A status report.
    Status(Box<StatusPacket>),
}

/// One attachment as it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attachment {
    /// What manifest and attachment say about it.
    pub entry: FileEntry,
    /// A name that is safe to create, different from those of the other attachments in any case and Unicode form.
    pub safe_name: String,
    /// Its place among the attachments handed to the sinks; `None` when it has no content at all.
    pub index: Option<usize>,
    /// Decoded length in bytes.
    pub length: u64,
    /// The file beside the packet that holds its content, see [`super::detached`].
    pub entry_name: Option<String>,
    encoded: Range<u64>,
}

/// What stands where a packet signature would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureForm {
    /// Nothing.
    Absent,
    /// An element of that name which is not XML-DSig: an empty placeholder, or the dummy of the public samples.
    Placeholder,
    /// An XML-DSig signature, not yet checked.
    XmlDsig,
    /// More than one XML-DSig signature.
    Several,
}

/// A packet that was read.
#[derive(Clone, Debug)]
pub struct Packet {
    /// What it carries.
    pub message: Message,
    /// The files in it.
    pub attachments: Vec<Attachment>,
    /// What was odd but readable.
    pub warnings: Vec<Finding>,
    /// What stands where a signature would.
    pub signature: SignatureForm,
    skeleton: String,
    // UTF-16 packets, which are small, are kept as UTF-8: offsets count in this text.
    transcoded: Option<String>,
}

/// Reads a packet; every attachment is decoded into `sinks` on the way.
///
/// # Errors
/// An [`EdxmlError`]; the sinks may have begun attachments by then, which are to be thrown away.
pub fn read(source: &dyn ReadAt, sinks: &mut dyn Sinks, limits: &Limits) -> Result<Packet, EdxmlError> {
    let mut head = [0_u8; 4];
    let filled = source.read_at(&mut head, 0)?;
    let mut cutter = Cutter::new(sinks, *limits);
    let (skeleton, transcoded) = match Encoding::detect(head.get(..filled).unwrap_or_default()) {
        Encoding::Utf8 { mark } => {
            let start = u64::try_from(mark).unwrap_or(0);
            let mut scanner = Scanner::new();
            each_chunk(source, start..source.len(), &mut |chunk| {
                scanner.push(chunk, &mut |scanner, piece| cutter.piece(scanner, piece))
            })?;
            scanner.finish()?;
            cutter.shift(start);
            (decode(&cutter.skeleton)?.into_owned(), None)
        }
        Encoding::Utf16 { .. } => {
            let bytes = source.read_range(0, source.len(), MAX_BYTES).map_err(|e| match e.kind() {
                io::ErrorKind::InvalidInput => EdxmlError::Xml(XmlError::TooLarge { limit: MAX_BYTES }),
                _ => EdxmlError::Io(e),
            })?;
            let text = decode(&bytes)?.into_owned();
            let mut scanner = Scanner::new();
            scanner.push(text.as_bytes(), &mut |scanner, piece| cutter.piece(scanner, piece))?;
            scanner.finish()?;
            let skeleton = std::mem::take(&mut cutter.skeleton);
            let skeleton = String::from_utf8(skeleton).map_err(|_| XmlError::Encoding { encoding: "UTF-16" })?;
            (skeleton, Some(text))
        }
    };
    let cuts = std::mem::take(&mut cutter.cuts);
    interpret(skeleton, transcoded, &cuts)
}

impl Packet {
    /// The packet's XML with the content of every attachment taken out.
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }

    /// Decodes an attachment again from the bytes the packet was read from.
    ///
    /// # Errors
    /// [`EdxmlError::Io`] from the source, [`EdxmlError::Sink`] from `sink`; [`EdxmlError::Base64`] when the bytes changed since.
    pub fn content(
        &self,
        source: &dyn ReadAt,
        attachment: &Attachment,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), EdxmlError> {
        let number = attachment.index.unwrap_or(0).saturating_add(1);
        let mut scanner = Scanner::fragment(attachment.encoded.start);
        let mut decoder = Decoder::default();
        let mut out = |bytes: &[u8]| sink(bytes).map_err(CutError::Io);
        let mut step = |chunk: &[u8]| {
            let pieces = &mut |_: &Scanner, piece: Piece<'_>| match piece {
                Piece::Text(text) => decoder.text(text, &mut out),
                Piece::Cdata(text) => decoder.cdata(text, &mut out),
                _ => Ok(()),
            };
            scanner.push(chunk, pieces).map_err(|e| e.at(number))
        };
        match &self.transcoded {
            Some(text) => each_chunk(&text.as_bytes().to_vec(), attachment.encoded.clone(), &mut step)?,
            None => each_chunk(source, attachment.encoded.clone(), &mut step)?,
        }
        decoder.finish(&mut out).map_err(|e: CutError| e.at(number))
    }
}

const CHUNK: usize = 128 * 1024;

fn each_chunk(
    source: &dyn ReadAt,
    range: Range<u64>,
    step: &mut dyn FnMut(&[u8]) -> Result<(), EdxmlError>,
) -> Result<(), EdxmlError> {
    let mut buffer = vec![0; CHUNK];
    let mut at = range.start;
    while at < range.end {
        let wanted = usize::try_from(range.end - at).unwrap_or(CHUNK).min(CHUNK);
        let read = match source.read_at(buffer.get_mut(..wanted).unwrap_or_default(), at) {
            Ok(0) => return Err(EdxmlError::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e.into()),
        };
        step(buffer.get(..read).unwrap_or_default())?;
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    Ok(())
}

// Errors inside the decoding of one attachment, before its number is known.
enum CutError {
    Base64(Base64Error),
    Xml(XmlError),
    Io(io::Error),
}

impl From<Base64Error> for CutError {
    fn from(e: Base64Error) -> Self {
        CutError::Base64(e)
    }
}

impl From<XmlError> for CutError {
    fn from(e: XmlError) -> Self {
        CutError::Xml(e)
    }
}

impl CutError {
    fn at(self, number: usize) -> EdxmlError {
        match self {
            CutError::Base64(fault) => EdxmlError::Base64 { number, fault },
            CutError::Xml(e) => EdxmlError::Xml(e),
            CutError::Io(e) => EdxmlError::Sink(e),
        }
    }
}

struct Cut {
    encoded: Range<u64>,
    length: u64,
}

/// Takes pieces from the scanner, decodes attachments, keeps the rest.
struct Cutter<'s> {
    sinks: &'s mut dyn Sinks,
    limits: Limits,
    skeleton: Vec<u8>,
    path: Vec<Vec<u8>>,
    elements: usize,
    cuts: Vec<Cut>,
    decoder: Option<(Decoder, u64)>,
}

impl<'s> Cutter<'s> {
    fn new(sinks: &'s mut dyn Sinks, limits: Limits) -> Self {
        Cutter { sinks, limits, skeleton: Vec::new(), path: Vec::new(), elements: 0, cuts: Vec::new(), decoder: None }
    }

    // Offsets were counted behind the byte order mark.
    fn shift(&mut self, by: u64) {
        for cut in &mut self.cuts {
            cut.encoded = cut.encoded.start.saturating_add(by)..cut.encoded.end.saturating_add(by);
        }
    }

    fn piece(&mut self, scanner: &Scanner, piece: Piece<'_>) -> Result<(), EdxmlError> {
        if self.decoder.is_some() {
            return self.inside(scanner, piece);
        }
        if matches!(piece, Piece::Start(_) | Piece::Empty(_)) {
            self.elements = self.elements.saturating_add(1);
            if self.elements > self.limits.elements {
                return Err(EdxmlError::TooManyElements { limit: self.limits.elements });
            }
        }
        let bytes = match piece {
            Piece::Start(tag) => {
                let name = local_name(tag_name(tag));
                let is_content = self.is_content(name);
                self.path.push(name.to_vec());
                self.keep(tag)?;
                if is_content {
                    self.begin(scanner)?;
                }
                return Ok(());
            }
            Piece::Empty(tag) => {
                if self.is_content(local_name(tag_name(tag))) {
                    self.begin(scanner)?;
                    self.end(scanner.piece_end())?;
                }
                tag
            }
            Piece::End(tag) => {
                self.path.pop();
                tag
            }
            Piece::Other(bytes) | Piece::Text(bytes) => bytes,
            Piece::Cdata(text) => {
                // Split sections stay one text for the tree reader.
                self.keep(b"<![CDATA[")?;
                self.keep(text)?;
                b"]]>"
            }
        };
        self.keep(bytes)
    }

    fn inside(&mut self, scanner: &Scanner, piece: Piece<'_>) -> Result<(), EdxmlError> {
        let number = self.cuts.len().saturating_add(1);
        match piece {
            Piece::Text(text) => self.feed(number, |decoder, out| decoder.text(text, out)),
            Piece::Cdata(text) => self.feed(number, |decoder, out| decoder.cdata(text, out)),
            Piece::Other(_) => Ok(()),
            Piece::Start(_) | Piece::Empty(_) => Err(EdxmlError::ElementInBase64 { number }),
            Piece::End(tag) => {
                self.end(scanner.piece_start())?;
                self.path.pop();
                self.keep(tag)
            }
        }
    }

    fn is_content(&self, name: &[u8]) -> bool {
        let parents: Vec<&[u8]> = self.path.iter().rev().take(2).map(Vec::as_slice).collect();
        name == b"ContentTransferEncoded" && parents == [&b"Attachment"[..], b"AttachmentEncoded"]
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), EdxmlError> {
        if bytes.len() > self.limits.skeleton.saturating_sub(self.skeleton.len()) {
            return Err(EdxmlError::SkeletonTooLarge { limit: self.limits.skeleton });
        }
        self.skeleton.extend_from_slice(bytes);
        Ok(())
    }

    fn begin(&mut self, scanner: &Scanner) -> Result<(), EdxmlError> {
        if self.cuts.len() >= self.limits.attachments {
            return Err(EdxmlError::TooManyAttachments { limit: self.limits.attachments });
        }
        self.sinks.begin(self.cuts.len()).map_err(EdxmlError::Sink)?;
        self.decoder = Some((Decoder::default(), scanner.piece_end()));
        Ok(())
    }

    fn end(&mut self, at: u64) -> Result<(), EdxmlError> {
        let number = self.cuts.len().saturating_add(1);
        self.feed(number, |decoder, out| decoder.finish(out))?;
        if let Some((decoder, start)) = self.decoder.take() {
            self.cuts.push(Cut { encoded: start..at.max(start), length: decoder.length() });
        }
        self.sinks.end().map_err(EdxmlError::Sink)
    }

    fn feed(
        &mut self,
        number: usize,
        step: impl FnOnce(&mut Decoder, &mut dyn FnMut(&[u8]) -> Result<(), CutError>) -> Result<(), CutError>,
    ) -> Result<(), EdxmlError> {
        let Some((decoder, _)) = &mut self.decoder else { return Ok(()) };
        let sinks = &mut *self.sinks;
        step(decoder, &mut |bytes| sinks.write(bytes).map_err(CutError::Io)).map_err(|e| e.at(number))?;
        if decoder.length() > self.limits.attachment {
            return Err(EdxmlError::AttachmentTooLarge { number, limit: self.limits.attachment });
        }
        Ok(())
    }
}

fn interpret(skeleton: String, transcoded: Option<String>, cuts: &[Cut]) -> Result<Packet, EdxmlError> {
    let tree = crate::xml::parse::tree(&skeleton)?;
    let root = tree.root_element();
    let named = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.is_element() && node.tag_name().name().eq_ignore_ascii_case(name)
    };
    let envelope = std::iter::once(root)
        .chain(root.children())
        .find(|n| named(*n, "edXMLEnvelope"))
        .ok_or(EdxmlError::NotAPacket { missing: "edXMLEnvelope" })?;
    let part = |name: &'static str| envelope.children().find(|n| named(*n, name));
    let header = part("edXMLHeader").ok_or(EdxmlError::NotAPacket { missing: "edXMLHeader" })?;
    let message =
        children(header, "MessageHeader").next().ok_or(EdxmlError::NotAPacket { missing: "MessageHeader" })?;
    let namespace = envelope.tag_name().namespace();
    let mut fields = Fields::new(namespace);
    if namespace != Some(NAMESPACE) {
        fields.add("edXMLEnvelope", Fault::Namespace { found: cut(namespace.unwrap_or("")) });
    }
    for (node, name) in [(header, "MessageHeader"), (header, "TraceHeaderList")] {
        if children(node, name).nth(1).is_some() {
            fields.add(name, Fault::Repeated);
        }
    }
    let signature = signature_form(&tree);
    let is_status = children(message, "StatusCode").next().is_some();
    let (mut read, attachments) = if is_status {
        (Message::Status(Box::new(fields.status(message))), Vec::new())
    } else {
        let trace = children(header, "TraceHeaderList").next();
        let mut packet = fields.document(message, trace);
        let body = part("edXMLBody");
        let listing = body.and_then(|n| n.children().find(|n| named(*n, "edXMLManifest")));
        for (parent, node, known) in [
            ("edXMLHeader", Some(header), &["MessageHeader", "TraceHeaderList", "Signature", "DigitalSignature"][..]),
            ("edXMLBody", body, &["edXMLManifest"]),
            ("edXMLManifest", listing, &["Reference"]),
        ] {
            packet.elsewhere.extend(fields.elsewhere(parent, node, known));
        }
        let manifest: Vec<FileEntry> = part("edXMLBody")
            .and_then(|body| body.children().find(|n| named(*n, "edXMLManifest")))
            .map(|manifest| children(manifest, "Reference").map(|n| fields.file(n)).collect())
            .unwrap_or_default();
        let attachments = attachments(&tree, &mut fields, &manifest, cuts)?;
        (Message::Document(Box::new(packet)), attachments)
    };
    let mut warnings = fields.findings;
    match &mut read {
        Message::Document(packet) => {
            packet.files = attachments.iter().map(|a| a.entry.clone()).collect();
            warnings.extend(packet.check());
        }
        Message::Status(packet) => warnings.extend(packet.check()),
    }
    warnings.dedup();
    drop(tree);
    Ok(Packet { message: read, attachments, warnings, signature, skeleton, transcoded })
}

fn attachments(
    tree: &roxmltree::Document<'_>,
    fields: &mut Fields,
    manifest: &[FileEntry],
    cuts: &[Cut],
) -> Result<Vec<Attachment>, EdxmlError> {
    let is = |node: roxmltree::Node<'_, '_>, name: &str| node.is_element() && node.tag_name().name() == name;
    let mut found = Vec::new();
    let mut next = cuts.iter().enumerate();
    let lists = tree.descendants().filter(|n| is(*n, "AttachmentEncoded"));
    for node in lists.flat_map(|list| list.children().filter(|n| is(*n, "Attachment"))) {
        let mut contents = children(node, "ContentTransferEncoded");
        let cut = match contents.next() {
            Some(content) if content.has_children() => return Err(EdxmlError::Ambiguous),
            Some(_) => Some(next.next().ok_or(EdxmlError::Ambiguous)?),
            None => None,
        };
        if contents.next().is_some() {
            return Err(EdxmlError::Ambiguous);
        }
        let mut names = children(node, ENTRY_NAME);
        let beside = names.next().map(text).filter(|_| cut.is_none() && names.next().is_none());
        if cut.is_none() && beside.is_none() {
            fields.add("Attachment/ContentTransferEncoded", Fault::Missing);
        }
        found.push((fields.file(node), cut, beside));
    }
    if next.next().is_some() {
        return Err(EdxmlError::Ambiguous);
    }
    let same_count = manifest.len() == found.len();
    if !same_count {
        fields.add("edXMLManifest", Fault::Mismatch);
    }
    for (at, (entry, _, _)) in found.iter_mut().enumerate() {
        let by_id = manifest.iter().find(|m| !m.content_id.is_empty() && m.content_id == entry.content_id);
        let by_place =
            || manifest.get(at).filter(|m| same_count && (entry.content_id.is_empty() || m.content_id.is_empty()));
        match by_id.or_else(by_place) {
            Some(listed) => complete(entry, listed, fields),
            None if same_count => fields.add("Attachment/ContentId", Fault::Mismatch),
            None => {}
        }
    }
    let names = safe_names(found.iter().map(|(entry, ..)| entry.name.as_str()));
    let made = found.into_iter().zip(names).map(|((entry, cut, entry_name), safe_name)| Attachment {
        entry,
        safe_name,
        index: cut.map(|(index, _)| index),
        length: cut.map_or(0, |(_, c)| c.length),
        entry_name,
        encoded: cut.map_or(0..0, |(_, c)| c.encoded.clone()),
    });
    Ok(made.collect())
}

// The attachment's own words count; the manifest fills what it leaves out, except the type, whose absence has a meaning.
fn complete(entry: &mut FileEntry, listed: &FileEntry, fields: &mut Fields) {
    if entry.content_id.is_empty() {
        entry.content_id.clone_from(&listed.content_id);
    }
    if entry.name.is_empty() {
        entry.name.clone_from(&listed.name);
    } else if !listed.name.is_empty() && listed.name != entry.name {
        fields.add("Attachment/AttachmentName", Fault::Mismatch);
    }
    if entry.description.is_none() {
        entry.description.clone_from(&listed.description);
    }
}

fn signature_form(tree: &roxmltree::Document<'_>) -> SignatureForm {
    let mut form = SignatureForm::Absent;
    for node in tree.descendants().filter(|n| n.is_element()) {
        let name = node.tag_name();
        match (name.name(), name.namespace()) {
            ("Signature", Some("http://www.w3.org/2000/09/xmldsig#")) => {
                if matches!(form, SignatureForm::XmlDsig | SignatureForm::Several) {
                    return SignatureForm::Several;
                }
                form = SignatureForm::XmlDsig;
            }
            ("Signature" | "DigitalSignature", _) if form == SignatureForm::Absent => form = SignatureForm::Placeholder,
            _ => {}
        }
    }
    form
}

/// Reads a packet without keeping its attachments.
///
/// # Errors
/// As [`read`].
pub fn read_skeleton(source: &dyn ReadAt) -> Result<Packet, EdxmlError> {
    read(source, &mut NoSinks, &Limits::default())
}
