//! Writing a packet in the one strict shape: prefix pattern, order, dates and codes as every known peer takes them.

use std::io;

use crate::base::encoding::base64;
use crate::base::read::ReadAt;
use crate::xml::XML_NAMESPACE;

use super::NAMESPACE;
use super::date::format_timestamp;
use super::header::{
    Agency, DocumentPacket, Extra, ExtraContent, Finding, ResponseFor, Staff, StatusPacket, is_xml_char,
};

/// Value of the `Id` attribute of `MessageHeader` in a signed packet.
pub const HEADER_ID: &str = "MessageHeader";
/// Value of the `Id` attribute of `edXMLBody` in a signed packet.
pub const BODY_ID: &str = "edXMLBody";
/// Value of the `Id` attribute of `Bussiness` in a signed packet that is an order about another document.
pub const BUSINESS_ID: &str = "Bussiness";

/// Why a packet cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// It breaks rules of the wire; at least one finding.
    #[error("the packet breaks a rule of QCVN 102:2016: {}", list(.0))]
    Rules(Vec<Finding>),
    /// Another number of contents than of files was handed in.
    #[error("{files} files are listed but {contents} contents were given")]
    Contents {
        /// Files in the packet.
        files: usize,
        /// Contents given.
        contents: usize,
    },
    /// The output or a content failed.
    #[error("the packet could not be written")]
    Io(#[from] io::Error),
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A packet ready to be written except for the content of its attachments.
#[derive(Clone, Debug)]
pub struct Skeleton {
    // What stands before, between and after the attachments' contents: one more than there are files.
    pub(super) parts: Vec<String>,
}

/// Whether the parts a signature covers get an `Id`, and the signature itself.
#[derive(Clone, Copy, Debug)]
pub enum Signing<'a> {
    /// No signature.
    Unsigned,
    /// Parts get an `Id`, and this `Signature` element stands in the header.
    Signed(&'a str),
}

impl Skeleton {
    /// Lays out a packet that carries, recalls, updates or replaces a document.
    ///
    /// # Errors
    /// [`WriteError::Rules`] when [`DocumentPacket::check`] finds anything.
    pub fn document(packet: &DocumentPacket, signing: Signing<'_>) -> Result<Self, WriteError> {
        refuse(packet.check())?;
        let mut out = Writer::new();
        out.open_envelope();
        out.line(3, &format!("<edXML:MessageHeader{}>", id(signing, HEADER_ID)));
        message_header(&mut out, packet);
        out.line(3, "</edXML:MessageHeader>");
        out.line(3, "<edXML:TraceHeaderList>");
        business(&mut out, packet, signing);
        for trace in &packet.trace {
            out.open(4, "TraceHeader");
            out.field(5, "OrganId", &trace.agency);
            out.optional(5, "Timestamp", trace.at.map(format_timestamp).as_deref());
            out.extras(5, &trace.extra);
            out.close(4, "TraceHeader");
        }
        out.elsewhere(4, "TraceHeaderList", packet);
        out.line(3, "</edXML:TraceHeaderList>");
        out.signature(signing);
        out.elsewhere(3, "edXMLHeader", packet);
        out.line(2, "</edXML:edXMLHeader>");
        out.line(2, &format!("<edXML:edXMLBody{}>", id(signing, BODY_ID)));
        if packet.files.is_empty() && !packet.elsewhere.iter().any(|(parent, _)| parent == "edXMLManifest") {
            out.line(3, "<edXML:edXMLManifest version=\"1.0\" />");
        } else {
            out.line(3, "<edXML:edXMLManifest version=\"1.0\">");
            for file in &packet.files {
                out.open(4, "Reference");
                out.field(5, "ContentId", &format!("cid:{}", file.content_id));
                out.field(5, "ContentType", &file.content_type);
                out.optional(5, "Description", file.description.as_deref());
                out.field(5, "AttachmentName", &file.name);
                out.close(4, "Reference");
            }
            out.elsewhere(4, "edXMLManifest", packet);
            out.line(3, "</edXML:edXMLManifest>");
        }
        out.elsewhere(3, "edXMLBody", packet);
        out.line(2, "</edXML:edXMLBody>");
        out.line(1, "</edXML:edXMLEnvelope>");
        let parts = attachments(out, packet);
        Ok(Skeleton { parts })
    }

    /// Lays out a status packet.
    ///
    /// # Errors
    /// [`WriteError::Rules`] when [`StatusPacket::check`] finds anything.
    pub fn status(packet: &StatusPacket, signing: Signing<'_>) -> Result<Self, WriteError> {
        refuse(packet.check())?;
        let mut out = Writer::new();
        out.open_envelope();
        out.line(3, &format!("<edXML:MessageHeader{}>", id(signing, HEADER_ID)));
        agency(&mut out, "From", &packet.from);
        response_for(&mut out, &packet.about);
        if let Some(staff) = &packet.staff {
            write_staff(&mut out, 4, staff);
        }
        out.optional(4, "StatusCode", packet.status.map(super::codes::Status::code));
        out.optional(4, "Description", packet.description.as_deref());
        out.optional(4, "Timestamp", packet.at.map(format_timestamp).as_deref());
        out.extras(4, &packet.extra);
        out.line(3, "</edXML:MessageHeader>");
        out.signature(signing);
        out.line(2, "</edXML:edXMLHeader>");
        out.line(1, "</edXML:edXMLEnvelope>");
        out.line(0, "</edXML>");
        Ok(Skeleton { parts: vec![out.0] })
    }

    /// Bytes the packet has when written with contents of these lengths; saturates.
    pub fn written_len(&self, contents: impl IntoIterator<Item = u64>) -> u64 {
        let text = self.parts.iter().map(|p| u64::try_from(p.len()).unwrap_or(u64::MAX));
        // RFC 4648 §4: four characters for every three octets begun.
        let encoded = contents.into_iter().map(|length| length.div_ceil(3).saturating_mul(4));
        text.chain(encoded).fold(0, u64::saturating_add)
    }

    /// The packet with every attachment empty: what a packet signature is made over.
    pub fn text(&self) -> String {
        self.parts.concat()
    }

    /// Writes the packet, the content of each file read from `contents` in the order of the files and put in as base64
    /// on one line.
    ///
    /// # Errors
    /// [`WriteError::Contents`] before anything is written, [`WriteError::Io`] from either side.
    pub fn write(&self, out: &mut dyn io::Write, contents: &[&dyn ReadAt]) -> Result<(), WriteError> {
        let files = self.parts.len().saturating_sub(1);
        if files != contents.len() {
            return Err(WriteError::Contents { files, contents: contents.len() });
        }
        let mut contents = contents.iter();
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0
                && let Some(content) = contents.next()
            {
                write_base64(out, *content)?;
            }
            out.write_all(part.as_bytes())?;
        }
        Ok(())
    }
}

// A multiple of three, so that only the last block is padded.
const BLOCK: usize = 48 * 1024;

fn write_base64(out: &mut dyn io::Write, content: &dyn ReadAt) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    let (mut at, end) = (0_u64, content.len());
    while at < end {
        let wanted = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
        let block = buffer.get_mut(..wanted).unwrap_or_default();
        content.read_exact_at(block, at)?;
        out.write_all(base64(block).as_bytes())?;
        at = at.saturating_add(u64::try_from(wanted).unwrap_or(0));
    }
    Ok(())
}

fn refuse(findings: Vec<Finding>) -> Result<(), WriteError> {
    if findings.is_empty() { Ok(()) } else { Err(WriteError::Rules(findings)) }
}

fn id(signing: Signing<'_>, id: &str) -> String {
    match signing {
        Signing::Unsigned => String::new(),
        Signing::Signed(_) => format!(" Id=\"{id}\""),
    }
}

fn message_header(out: &mut Writer, packet: &DocumentPacket) {
    agency(out, "From", &packet.from);
    for to in &packet.to {
        agency(out, "To", to);
    }
    out.field(4, "DocumentId", &packet.document_id);
    out.open(4, "Code");
    out.field(5, "CodeNumber", &packet.number);
    out.field(5, "CodeNotation", &packet.notation);
    out.elsewhere(5, "Code", packet);
    out.close(4, "Code");
    out.open(4, "PromulgationInfo");
    out.optional(5, "Place", packet.place.as_deref());
    out.optional(5, "PromulgationDate", packet.date.map(|d| d.to_string()).as_deref());
    out.elsewhere(5, "PromulgationInfo", packet);
    out.close(4, "PromulgationInfo");
    out.open(4, "DocumentType");
    out.number(5, "Type", packet.document_type.number);
    out.number(5, "TypeDetail", packet.document_type.detail);
    out.field(5, "TypeName", &packet.document_type.name);
    out.elsewhere(5, "DocumentType", packet);
    out.close(4, "DocumentType");
    out.field(4, "Subject", &packet.subject);
    out.optional(4, "Content", packet.content.as_deref());
    out.open(4, "SignerInfo");
    out.optional(5, "Competence", packet.signer.competence.as_deref());
    out.optional(5, "Position", packet.signer.position.as_deref());
    out.optional(5, "FullName", packet.signer.full_name.as_deref());
    out.extras(5, &packet.signer.extra);
    out.close(4, "SignerInfo");
    out.optional(4, "DueDate", packet.due.map(|d| d.to_string()).as_deref());
    other_info(out, packet);
    for about in &packet.response_for {
        response_for(out, about);
    }
    out.number(4, "SteeringType", packet.steering);
    out.extras(4, &packet.extra);
    if !packet.to_places.is_empty() || packet.elsewhere.iter().any(|(parent, _)| parent == "ToPlaces") {
        out.open(4, "ToPlaces");
        for place in &packet.to_places {
            out.field(5, "Place", place);
        }
        out.elsewhere(5, "ToPlaces", packet);
        out.close(4, "ToPlaces");
    }
}

fn agency(out: &mut Writer, name: &str, agency: &Agency) {
    out.open(4, name);
    out.field(5, "OrganId", &agency.code);
    out.optional(5, "OrganizationInCharge", agency.in_charge.as_deref());
    out.optional(5, "OrganName", agency.name.as_deref());
    out.optional(5, "OrganAdd", agency.address.as_deref());
    out.optional(5, "Email", agency.email.as_deref());
    out.optional(5, "Telephone", agency.telephone.as_deref());
    out.optional(5, "Fax", agency.fax.as_deref());
    out.optional(5, "Website", agency.website.as_deref());
    out.extras(5, &agency.extra);
    out.close(4, name);
}

fn other_info(out: &mut Writer, packet: &DocumentPacket) {
    let other = &packet.other;
    out.open(4, "OtherInfo");
    out.number(5, "Priority", Some(other.priority));
    out.optional(5, "SphereOfPromulgation", other.sphere.as_deref());
    out.optional(5, "TyperNotation", other.typist.as_deref());
    out.number(5, "PromulgationAmount", other.copies);
    out.number(5, "PageAmount", other.pages);
    out.extras(5, &other.extra);
    if !other.appendixes.is_empty() || packet.elsewhere.iter().any(|(parent, _)| parent == "Appendixes") {
        out.open(5, "Appendixes");
        for appendix in &other.appendixes {
            out.field(6, "Appendix", appendix);
        }
        out.elsewhere(6, "Appendixes", packet);
        out.close(5, "Appendixes");
    }
    out.close(4, "OtherInfo");
}

fn response_for(out: &mut Writer, about: &ResponseFor) {
    out.open(4, "ResponseFor");
    out.field(5, "OrganId", &about.agency);
    out.field(5, "Code", &about.code);
    out.field(5, "DocumentId", &about.document_id);
    out.optional(5, "PromulgationDate", about.date.map(|d| d.to_string()).as_deref());
    out.extras(5, &about.extra);
    out.close(4, "ResponseFor");
}

fn write_staff(out: &mut Writer, depth: usize, staff: &Staff) {
    out.open(depth, "StaffInfo");
    out.optional(depth + 1, "Department", staff.department.as_deref());
    out.optional(depth + 1, "Staff", staff.name.as_deref());
    out.optional(depth + 1, "Email", staff.email.as_deref());
    out.optional(depth + 1, "Mobile", staff.mobile.as_deref());
    out.extras(depth + 1, &staff.extra);
    out.close(depth, "StaffInfo");
}

fn business(out: &mut Writer, packet: &DocumentPacket, signing: Signing<'_>) {
    let business = &packet.business;
    let mark = if business.is_order() { id(signing, BUSINESS_ID) } else { String::new() };
    out.line(4, &format!("<edXML:Bussiness{mark}>"));
    out.optional(5, "DocumentId", business.document_id.as_deref());
    out.number(5, "BussinessDocType", Some(i64::from(business.kind.number())));
    out.optional(5, "BussinessDocReason", business.reason.as_deref());
    out.number(5, "Paper", business.paper);
    if let Some(update) = &business.update {
        out.open(5, "BussinessDocumentInfo");
        out.number(6, "DocumentInfo", Some(i64::from(update.content_changed)));
        out.number(6, "DocumentReceiver", Some(i64::from(update.recipients_changed)));
        if !update.receivers.is_empty() {
            out.open(6, "ReceiverList");
            for (code, added) in &update.receivers {
                out.open(7, "Receiver");
                out.field(8, "OrganId", code);
                out.number(8, "ReceiverType", Some(i64::from(*added)));
                out.close(7, "Receiver");
            }
            out.close(6, "ReceiverList");
        }
        out.elsewhere(6, "BussinessDocumentInfo", packet);
        out.close(5, "BussinessDocumentInfo");
    }
    if !business.replacements.is_empty() {
        out.open(5, "ReplacementInfoList");
        for replacement in &business.replacements {
            out.open(6, "ReplacementInfo");
            out.field(7, "DocumentId", &replacement.document_id);
            out.open(7, "OrganIdList");
            for code in &replacement.agencies {
                out.field(8, "OrganId", code);
            }
            out.close(7, "OrganIdList");
            out.extras(7, &replacement.extra);
            out.close(6, "ReplacementInfo");
        }
        out.close(5, "ReplacementInfoList");
    }
    if let Some(staff) = &business.staff {
        write_staff(out, 5, staff);
    }
    out.extras(5, &business.extra);
    out.close(4, "Bussiness");
}

// The attachments stand beside the envelope and without its prefix, except for their last child.
fn attachments(mut out: Writer, packet: &DocumentPacket) -> Vec<String> {
    let mut parts = Vec::new();
    if packet.files.is_empty() {
        out.line(1, "<AttachmentEncoded />");
    } else {
        out.line(1, "<AttachmentEncoded>");
        for file in &packet.files {
            out.line(2, "<Attachment>");
            out.plain(3, "ContentId", &format!("cid:{}", file.content_id));
            out.plain(3, "AttachmentName", &file.name);
            if let Some(description) = file.description.as_deref().filter(|d| !d.is_empty()) {
                out.plain(3, "Description", description);
            }
            out.plain(3, "ContentType", &file.content_type);
            for extra in &file.extra {
                out.indent(3);
                out.extra(extra, Prefix::Default);
                out.0.push('\n');
            }
            out.0.push_str(&format!("      <edXML:ContentTransferEncoded xmlns:edXML=\"{NAMESPACE}\">"));
            parts.push(std::mem::take(&mut out.0));
            out.0.push_str("</edXML:ContentTransferEncoded>\n");
            out.line(2, "</Attachment>");
        }
        out.line(1, "</AttachmentEncoded>");
    }
    out.line(0, "</edXML>");
    parts.push(out.0);
    parts
}

/// What elements of the regulation's namespace are called by: its prefix is not in scope among the attachments.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Prefix {
    EdXml,
    Default,
}

struct Writer(String);

impl Writer {
    fn new() -> Self {
        Writer("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    fn open_envelope(&mut self) {
        self.line(0, &format!("<edXML xmlns=\"{NAMESPACE}\">"));
        self.line(1, &format!("<edXML:edXMLEnvelope xmlns:edXML=\"{NAMESPACE}\">"));
        self.line(2, "<edXML:edXMLHeader>");
    }

    fn signature(&mut self, signing: Signing<'_>) {
        if let Signing::Signed(element) = signing {
            self.0.push_str("      ");
            self.0.push_str(element);
            self.0.push('\n');
        }
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.0.push_str("  ");
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.indent(depth);
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn open(&mut self, depth: usize, name: &str) {
        self.line(depth, &format!("<edXML:{name}>"));
    }

    fn close(&mut self, depth: usize, name: &str) {
        self.line(depth, &format!("</edXML:{name}>"));
    }

    fn field(&mut self, depth: usize, name: &str, value: &str) {
        self.indent(depth);
        self.0.push_str(&format!("<edXML:{name}>"));
        escape(&mut self.0, value);
        self.0.push_str(&format!("</edXML:{name}>\n"));
    }

    fn plain(&mut self, depth: usize, name: &str, value: &str) {
        self.indent(depth);
        self.0.push_str(&format!("<{name}>"));
        escape(&mut self.0, value);
        self.0.push_str(&format!("</{name}>\n"));
    }

    // Known peers leave out what is empty.
    fn optional(&mut self, depth: usize, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            self.field(depth, name, value);
        }
    }

    fn number(&mut self, depth: usize, name: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.field(depth, name, &value.to_string());
        }
    }

    fn extras(&mut self, depth: usize, extras: &[Extra]) {
        for extra in extras {
            self.indent(depth);
            self.extra(extra, Prefix::EdXml);
            self.0.push('\n');
        }
    }

    fn elsewhere(&mut self, depth: usize, parent: &str, packet: &DocumentPacket) {
        for (_, extra) in packet.elsewhere.iter().filter(|(name, _)| name == parent) {
            self.indent(depth);
            self.extra(extra, Prefix::EdXml);
            self.0.push('\n');
        }
    }

    fn extra(&mut self, extra: &Extra, prefix: Prefix) {
        let (tag, declaration) = match extra.namespace.as_deref() {
            Some(NAMESPACE) if prefix == Prefix::EdXml => (format!("edXML:{}", extra.name), None),
            other => (extra.name.clone(), Some(other.unwrap_or(""))),
        };
        self.0.push_str(&format!("<{tag}"));
        if let Some(namespace) = declaration {
            self.attribute("xmlns", namespace);
        }
        for (at, (namespace, name, value)) in extra.attributes.iter().enumerate() {
            match namespace.as_deref() {
                None => self.attribute(name, value),
                Some(XML_NAMESPACE) => self.attribute(&format!("xml:{name}"), value),
                Some(other) => {
                    self.attribute(&format!("xmlns:a{at}"), other);
                    self.attribute(&format!("a{at}:{name}"), value);
                }
            }
        }
        self.0.push('>');
        for content in &extra.content {
            match content {
                ExtraContent::Text(text) => escape(&mut self.0, text),
                ExtraContent::Element(element) => self.extra(element, prefix),
            }
        }
        self.0.push_str(&format!("</{tag}>"));
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let mut escaped = String::new();
        escape(&mut escaped, value);
        // A reader turns literal line ends and tabs in a value into blanks (XML 1.0 §3.3.3).
        let escaped = escaped.replace('\n', "&#10;").replace('\t', "&#9;");
        self.0.push_str(&format!(" {name}=\"{escaped}\""));
    }
}

/// Escapes character data and attribute values alike; characters XML cannot hold were refused before, or are left out.
pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            _ if is_xml_char(c) => out.push(c),
            _ => {}
        }
    }
}
