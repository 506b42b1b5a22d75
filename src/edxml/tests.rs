//! Both directions together, and packets nobody should send.

use std::io;

use proptest::prelude::*;

use super::date::Date;
use super::envelope::read_skeleton;
use super::header::tests::sample;
use super::header::{
    Agency, Extra, ExtraContent, FileEntry, Replacement, ResponseFor, Staff, StatusPacket, UpdateInfo,
};
use super::write::Signing;
use super::*;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::xml::XmlError;

/// Keeps every attachment in memory.
#[derive(Default)]
struct Memory(Vec<Vec<u8>>);

impl Sinks for Memory {
    fn begin(&mut self, index: usize) -> io::Result<()> {
        assert_eq!(index, self.0.len());
        self.0.push(Vec::new());
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.last_mut().expect("begun").extend_from_slice(bytes);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn with_files(mut packet: DocumentPacket, names: &[&str]) -> DocumentPacket {
    for (at, name) in names.iter().enumerate() {
        packet.files.push(FileEntry {
            content_id: format!("file-{at}"),
            name: (*name).to_owned(),
            content_type: attachment::media_type(name).to_owned(),
            description: None,
            ..FileEntry::default()
        });
    }
    packet
}

fn write(packet: &DocumentPacket, contents: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let contents: Vec<&dyn ReadAt> = contents.iter().map(|c| -> &dyn ReadAt { c }).collect();
    Skeleton::document(packet, Signing::Unsigned).expect("good").write(&mut out, &contents).expect("writes");
    out
}

fn read_all(bytes: &[u8]) -> Result<(Packet, Vec<Vec<u8>>), EdxmlError> {
    let mut memory = Memory::default();
    let packet = read(&bytes.to_vec(), &mut memory, &Limits::default())?;
    Ok((packet, memory.0))
}

fn document(packet: &Packet) -> &DocumentPacket {
    match &packet.message {
        Message::Document(document) => document,
        Message::Status(_) => panic!("a status packet"),
    }
}

fn text_of(packet: &DocumentPacket) -> String {
    String::from_utf8(write(packet, &vec![b"hello".to_vec(); packet.files.len()])).expect("UTF-8")
}

#[test]
fn every_kind_comes_back_as_it_was_written() {
    let id = || "000.00.00.H99,2026/01/02,7/UBND".to_owned();
    let mut packets = vec![sample(); 4];
    packets[1].business.kind = Kind::Recall;
    packets[1].business.reason = Some("Sai nội dung".to_owned());
    packets[1].response_for = vec![ResponseFor {
        agency: "000.00.00.H99".to_owned(),
        code: "7/UBND".to_owned(),
        document_id: id(),
        date: Date::new(2026, 1, 2),
        extra: Vec::new(),
    }];
    packets[2].business.kind = Kind::Update;
    packets[2].business.document_id = Some(id());
    packets[2].business.update = Some(UpdateInfo {
        content_changed: true,
        recipients_changed: true,
        receivers: vec![("H99.01".to_owned(), true), ("H99.02".to_owned(), false)],
    });
    packets[3].business.kind = Kind::Replace;
    packets[3].business.paper = Some(1);
    packets[3].business.replacements = vec![Replacement {
        document_id: id(),
        agencies: vec!["H99.01".to_owned(), "H99.02".to_owned()],
        extra: Vec::new(),
    }];
    packets[3].business.staff = Some(Staff { department: Some("Văn phòng".to_owned()), ..Staff::default() });
    for packet in packets {
        let packet = with_files(packet, &["Công văn.pdf", "Phụ lục.xlsx", "trống.txt"]);
        let contents = [b"%PDF-1.7".to_vec(), (0..255).collect(), Vec::new()];
        let (got, got_contents) = read_all(&write(&packet, &contents)).expect("reads");
        assert_eq!(document(&got), &packet);
        assert_eq!(got_contents, contents);
        assert_eq!(got.warnings, []);
        assert_eq!(got.signature, SignatureForm::Absent);
    }
}

#[test]
fn every_status_comes_back_as_it_was_written() {
    for status in Status::all() {
        let packet = StatusPacket {
            from: Agency { code: "H99.01".to_owned(), name: Some("Sở B".to_owned()), ..Agency::default() },
            about: ResponseFor {
                agency: "000.00.00.H99".to_owned(),
                code: "12/UBND-TT".to_owned(),
                document_id: "000.00.00.H99,2026/03/05,12/UBND-TT".to_owned(),
                date: Date::new(2026, 3, 5),
                extra: Vec::new(),
            },
            staff: None,
            status: Some(status),
            status_code: status.code().to_owned(),
            description: Some("Lý do".to_owned()),
            at: UnixTime::parse_rfc3339("2026-03-05T10:00:00+07:00"),
            extra: Vec::new(),
        };
        let mut out = Vec::new();
        Skeleton::status(&packet, Signing::Unsigned).expect("good").write(&mut out, &[]).expect("writes");
        let (got, _) = read_all(&out).expect("reads");
        assert!(matches!(&got.message, Message::Status(p) if **p == packet), "{got:?}");
        assert_eq!(got.warnings, []);
    }
}

#[test]
fn a_refusal_without_reason_is_not_written() {
    let packet = StatusPacket {
        from: Agency { code: "H99.01".to_owned(), name: Some("Sở B".to_owned()), ..Agency::default() },
        about: ResponseFor {
            agency: "H99".to_owned(),
            code: "1/A".to_owned(),
            document_id: "x".to_owned(),
            date: Date::new(2026, 3, 5),
            extra: Vec::new(),
        },
        staff: None,
        status: Some(Status::Refused),
        status_code: "02".to_owned(),
        description: None,
        at: Some(UnixTime(0)),
        extra: Vec::new(),
    };
    let Err(WriteError::Rules(findings)) = Skeleton::status(&packet, Signing::Unsigned) else { panic!("written") };
    assert_eq!(findings.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Description is missing"]);
}

#[test]
fn the_prefix_pattern_is_the_one_peers_take() {
    let text = text_of(&with_files(sample(), &["a.pdf"]));
    for line in [
        "<edXML xmlns=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\">",
        "  <edXML:edXMLEnvelope xmlns:edXML=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\">",
        "        <edXML:DocumentId>000.00.00.H99,2026/03/05,12/UBND-TT</edXML:DocumentId>",
        "          <edXML:PromulgationDate>2026/03/05</edXML:PromulgationDate>",
        "          <edXML:Timestamp>2026/03/05 08:09:11</edXML:Timestamp>",
        "        <edXML:Subject>V/v thử nghiệm &lt;liên thông&gt;</edXML:Subject>",
        "          <edXML:ContentId>cid:file-0</edXML:ContentId>",
        "      <ContentId>cid:file-0</ContentId>",
        "      <edXML:ContentTransferEncoded xmlns:edXML=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\">aGVsbG8=</edXML:ContentTransferEncoded>",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
}

#[test]
fn any_prefix_order_and_namespace_met_is_read_alike() {
    let plain = text_of(&with_files(sample(), &["a.pdf"]));
    let expected = document(&read_all(plain.as_bytes()).expect("reads").0).clone();
    let without_prefix = plain.replace("edXML:", "").replace("xmlns:edXML=", "xmlns=");
    let other_prefix = plain.replace("edXML:", "q:").replace("xmlns:edXML", "xmlns:q");
    let lines: Vec<&str> = plain.lines().collect();
    let at = lines.iter().position(|l| l.contains("<edXML:Subject>")).expect("has one");
    let mut moved = lines.clone();
    let subject = moved.remove(at);
    moved.insert(lines.iter().position(|l| l.contains("<edXML:From>")).expect("has one"), subject);
    let windows = format!("\u{feff}{}\r\n", plain.replace('\n', "\r\n"));
    let one_line: String = plain.lines().map(str::trim).collect();
    let dates =
        plain.replace("2026/03/05</edXML:Prom", "05/03/2026</edXML:Prom").replace("2026/03/05 08", "2026-03-05T08");
    let cids = plain.replace(">cid:file-0", ">file-0");
    let net = plain.replace("<edXML xmlns=", "<edXML xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns=")
        .replace("<edXML:TraceHeaderList>", "<edXML:TraceHeaderList id=\"\" version=\"1.0\" mustUnderstand=\"1\" actor=\"http://schemas.xmlsoap.org/soap/actor/next\">");
    for (name, text) in [
        ("without prefix", without_prefix),
        ("other prefix", other_prefix),
        ("moved field", moved.join("\n")),
        ("windows", windows),
        ("one line", one_line),
        ("dates", dates),
        ("cid", cids),
        ("net", net),
    ] {
        let (packet, contents) = read_all(text.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(document(&packet), &expected, "{name}");
        assert_eq!(contents, [b"hello"], "{name}");
        assert_eq!(packet.warnings, [], "{name}");
    }
    let old = plain.replace(NAMESPACE, "http://www.e-doc.vn/Schema/");
    let (packet, _) = read_all(old.as_bytes()).expect("reads");
    assert_eq!(document(&packet), &expected);
    assert_eq!(packet.warnings.len(), 1, "{:?}", packet.warnings);
}

#[test]
fn utf16_is_read_and_its_attachments_can_be_decoded_again() {
    let text = text_of(&with_files(sample(), &["a.pdf"])).replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
    let bytes: Vec<u8> =
        [0xfffe_u16.to_be()].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let bytes = [&[0xff, 0xfe][..], &bytes[2..]].concat();
    let (packet, contents) = read_all(&bytes).expect("reads");
    assert_eq!(contents, [b"hello"]);
    let mut again = Vec::new();
    packet
        .content(&bytes, &packet.attachments[0], &mut |b| {
            again.extend_from_slice(b);
            Ok(())
        })
        .expect("decodes");
    assert_eq!(again, b"hello");
}

#[test]
fn an_attachment_is_decoded_again_from_behind_a_byte_order_mark_comments_and_cdata() {
    let text = format!("\u{feff}{}", text_of(&with_files(sample(), &["a.pdf", "b.pdf"])));
    let text = text.replacen(">aGVsbG8=<", "><!-- x --> aG<![CDATA[Vs]]>&#13;\nbG8=<", 1);
    let bytes = text.into_bytes();
    let (packet, contents) = read_all(&bytes).expect("reads");
    assert_eq!(contents, [b"hello", b"hello"]);
    for attachment in &packet.attachments {
        let mut again = Vec::new();
        packet
            .content(&bytes, attachment, &mut |b| {
                again.extend_from_slice(b);
                Ok(())
            })
            .expect("decodes");
        assert_eq!(again, b"hello");
        assert_eq!(attachment.length, 5);
    }
}

#[test]
fn unknown_elements_travel_on() {
    let mut packet = sample();
    packet.extra = vec![Extra {
        namespace: Some(NAMESPACE.to_owned()),
        name: "ResponseForTask".to_owned(),
        attributes: vec![
            (None, "a".to_owned(), "1\n2".to_owned()),
            (Some("urn:x".to_owned()), "b".to_owned(), "2".to_owned()),
        ],
        content: vec![
            ExtraContent::Element(Extra {
                namespace: Some("urn:vendor".to_owned()),
                name: "TaskCode".to_owned(),
                attributes: Vec::new(),
                content: vec![ExtraContent::Text("x < y".to_owned())],
            }),
            ExtraContent::Text(" tail ".to_owned()),
        ],
    }];
    packet.other.extra = vec![Extra {
        namespace: Some(NAMESPACE.to_owned()),
        name: "Direction".to_owned(),
        attributes: Vec::new(),
        content: vec![ExtraContent::Text("true".to_owned())],
    }];
    let (got, _) = read_all(&write(&packet, &[])).expect("reads");
    assert_eq!(document(&got), &packet);
}

#[test]
fn unknown_elements_travel_on_wherever_they_stand() {
    let extra = |namespace: &str, name: &str| Extra {
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        attributes: Vec::new(),
        content: vec![ExtraContent::Text("1".to_owned())],
    };
    let own = || vec![extra(NAMESPACE, "Own"), extra("urn:vendor", "Foreign")];
    let mut packet = with_files(sample(), &["a.pdf"]);
    packet.from.extra = own();
    packet.to[1].extra = own();
    packet.signer.extra = own();
    packet.trace[0].extra = own();
    packet.business.extra = own();
    packet.business.staff = Some(Staff { extra: own(), ..Staff::default() });
    packet.business.kind = Kind::Replace;
    packet.business.update = Some(UpdateInfo::default());
    packet.business.replacements =
        vec![Replacement { document_id: "id".to_owned(), agencies: vec!["H99.01".to_owned()], extra: own() }];
    packet.response_for = vec![header::ResponseFor {
        agency: "H99".to_owned(),
        code: "1/A".to_owned(),
        document_id: "id".to_owned(),
        date: Date::new(2026, 3, 5),
        extra: own(),
    }];
    packet.files[0].extra = own();
    packet.elsewhere = header::ELSEWHERE.iter().flat_map(|p| own().into_iter().map(|e| ((*p).to_owned(), e))).collect();
    let (got, contents) = read_all(&write(&packet, &[b"hello".to_vec()])).expect("reads");
    assert_eq!(document(&got), &packet);
    assert_eq!((got.warnings.as_slice(), contents.as_slice()), (&[][..], &[b"hello".to_vec()][..]));
}

#[test]
fn the_manifest_fills_what_the_attachment_leaves_out_by_place_or_id() {
    let text = text_of(&with_files(sample(), &["a.pdf", "b.pdf"]));
    let no_ids = text
        .replace("      <ContentId>cid:file-0</ContentId>\n", "")
        .replace("      <ContentId>cid:file-1</ContentId>\n", "");
    let (packet, _) = read_all(no_ids.as_bytes()).expect("reads");
    assert_eq!(
        packet.attachments.iter().map(|a| a.entry.content_id.as_str()).collect::<Vec<_>>(),
        ["file-0", "file-1"]
    );
    let renamed = text.replacen("<AttachmentName>a.pdf", "<AttachmentName>evil.pdf", 1);
    let (packet, _) = read_all(renamed.as_bytes()).expect("reads");
    assert!(packet.warnings.iter().any(|w| w.fault == header::Fault::Mismatch), "{:?}", packet.warnings);
    let dropped = text.replacen("cid:file-0", "cid:other", 1);
    let (packet, _) = read_all(dropped.as_bytes()).expect("reads");
    assert!(packet.warnings.iter().any(|w| w.fault == header::Fault::Mismatch), "{:?}", packet.warnings);
}

#[test]
fn fields_out_of_form_are_warnings_on_input() {
    let text = text_of(&sample())
        .replace("<edXML:OrganId>H99.01", "<edXML:OrganId>28.22.H17")
        .replace("2026/03/05</edXML:PromulgationDate>", "hôm nay</edXML:PromulgationDate>");
    let (packet, _) = read_all(text.as_bytes()).expect("reads");
    let warnings: Vec<String> = packet.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "PromulgationDate is \"hôm nay\", which is not a date",
            "To/OrganId is \"28.22.H17\", which is not an agency code (H45.01 or the older 000.01.00.H45)",
            "PromulgationInfo/PromulgationDate is missing",
        ]
    );
}

#[test]
fn signatures_are_told_apart_by_their_namespace() {
    let text = text_of(&sample());
    let with = |element: &str| {
        let text = text.replace("</edXML:TraceHeaderList>", &format!("</edXML:TraceHeaderList>{element}"));
        read_all(text.as_bytes()).expect("reads").0.signature
    };
    assert_eq!(with("<Signature><SignedInfo/></Signature>"), SignatureForm::Placeholder);
    assert_eq!(with("<edXML:DigitalSignature/>"), SignatureForm::Placeholder);
    let real = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    assert_eq!(with(real), SignatureForm::XmlDsig);
    assert_eq!(with(&real.repeat(2)), SignatureForm::Several);
}

#[test]
fn what_is_not_a_packet_is_named() {
    let fail = |text: &str| read_all(text.as_bytes()).expect_err("refused").to_string();
    assert!(fail("<a/>").contains("edXMLEnvelope"));
    assert!(fail("<edXML><edXMLEnvelope/></edXML>").contains("edXMLHeader"));
    assert!(fail("<edXML><edXMLEnvelope><edXMLHeader/></edXMLEnvelope></edXML>").contains("MessageHeader"));
    assert!(fail("junk<?xml version=\"1.0\"?><edXML/>").contains("before the root element"));
    assert!(fail("%PDF-1.7").contains("before the root element"));
    assert!(matches!(read_all(b""), Err(EdxmlError::Xml(XmlError::NoRoot))));
}

#[test]
fn hostile_packets_are_refused() {
    let text = text_of(&with_files(sample(), &["a.pdf"]));
    let entity =
        text.replacen("?>\n", "?>\n<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>\n", 1);
    assert!(matches!(read_all(entity.as_bytes()), Err(EdxmlError::Xml(XmlError::Doctype))));
    let inside = text.replace("aGVsbG8=", "aGVs<x/>bG8=");
    assert!(matches!(read_all(inside.as_bytes()), Err(EdxmlError::ElementInBase64 { number: 1 })));
    let padding = text.replace("aGVsbG8=", "aGVsbG8");
    assert!(matches!(read_all(padding.as_bytes()), Err(EdxmlError::Base64 { number: 1, .. })));
    let doubled =
        text.replace("</Attachment>", "<ContentTransferEncoded>aGVsbG8=</ContentTransferEncoded></Attachment>");
    assert!(matches!(read_all(doubled.as_bytes()), Err(EdxmlError::Ambiguous)));
    let cut = text.get(..text.len() - 20).expect("long");
    assert!(matches!(read_all(cut.as_bytes()), Err(EdxmlError::Xml(XmlError::Truncated))));
    let bound = Limits { skeleton: 100, ..Limits::default() };
    let refused = |limits: &Limits| read(&text.clone().into_bytes(), &mut NoSinks, limits).map(|_| ());
    assert!(matches!(refused(&bound), Err(EdxmlError::SkeletonTooLarge { limit: 100 })));
    let elements = text.matches('<').count() - text.matches("</").count() - text.matches("<?").count();
    let bound = Limits { elements, ..Limits::default() };
    assert!(refused(&bound).is_ok());
    let bound = Limits { elements: elements - 1, ..Limits::default() };
    assert!(matches!(refused(&bound), Err(EdxmlError::TooManyElements { .. })));
    let bound = Limits { attachment: 4, ..Limits::default() };
    assert!(matches!(refused(&bound), Err(EdxmlError::AttachmentTooLarge { number: 1, limit: 4 })));
    assert!(refused(&Limits { attachment: 5, attachments: 1, ..Limits::default() }).is_ok());
    let bound = Limits { attachments: 0, ..Limits::default() };
    assert!(matches!(refused(&bound), Err(EdxmlError::TooManyAttachments { limit: 0 })));
}

#[test]
fn nesting_is_read_to_its_bound_and_not_past_it() {
    let text = text_of(&sample());
    // The root, envelope, header and message header stand around it.
    let nested = |levels: usize| {
        let inside = format!("{}{}", "<x>".repeat(levels), "</x>".repeat(levels));
        text.replacen("<edXML:Subject>", &format!("{inside}<edXML:Subject>"), 1)
    };
    assert!(read_all(nested(crate::xml::scan::MAX_DEPTH - 4).as_bytes()).is_ok());
    let deeper = nested(crate::xml::scan::MAX_DEPTH - 3);
    assert!(matches!(read_all(deeper.as_bytes()), Err(EdxmlError::Xml(XmlError::TooDeep { .. }))));
}

#[test]
fn attachments_that_share_an_id_or_a_name_stay_apart_and_are_named() {
    let text = text_of(&with_files(sample(), &["a.pdf", "b.pdf"]));
    let shared = text.replace("cid:file-1", "cid:file-0").replace("b.pdf", "A.PDF");
    let (packet, contents) = read_all(shared.as_bytes()).expect("reads");
    assert_eq!(contents.len(), 2);
    assert_eq!(packet.attachments.iter().map(|a| a.safe_name.as_str()).collect::<Vec<_>>(), ["a.pdf", "A (2).PDF"]);
    assert!(packet.warnings.iter().any(|w| w.fault == header::Fault::Repeated), "{:?}", packet.warnings);
}

#[test]
fn content_in_a_comment_or_cdata_is_no_attachment() {
    let text = text_of(&sample());
    let fake = "<Attachment><ContentTransferEncoded>aGVsbG8=</ContentTransferEncoded></Attachment>";
    for hidden in [format!("<!--{fake}-->"), format!("<![CDATA[{fake}]]>")] {
        let text = text.replace("<AttachmentEncoded />", &format!("<AttachmentEncoded>{hidden}</AttachmentEncoded>"));
        let (packet, contents) = read_all(text.as_bytes()).expect("reads");
        assert!(packet.attachments.is_empty() && contents.is_empty());
    }
}

/// A packet with `length` bytes of base64, made as it is read: never in memory.
struct Huge {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    // How far it was read.
    read: std::sync::atomic::AtomicU64,
}

impl ReadAt for Huge {
    fn len(&self) -> u64 {
        ReadAt::len(&self.head) + self.length + ReadAt::len(&self.tail)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read.fetch_max(offset, std::sync::atomic::Ordering::Relaxed);
        let head = ReadAt::len(&self.head);
        if offset < head {
            return self.head.read_at(buffer, offset);
        }
        if offset >= head + self.length {
            return self.tail.read_at(buffer, offset - head - self.length);
        }
        let n = usize::try_from(self.length - (offset - head)).unwrap_or(usize::MAX).min(buffer.len());
        buffer[..n].fill(b'A');
        Ok(n)
    }
}

#[test]
fn a_huge_attachment_passes_without_being_held() {
    let text = text_of(&with_files(sample(), &["a.pdf"]));
    let (head, tail) = text.split_once("aGVsbG8=").expect("has it");
    let huge = |length| Huge { head: head.as_bytes().to_vec(), tail: tail.as_bytes().to_vec(), length, read: 0.into() };
    let packet = read_skeleton(&huge(2 << 30)).expect("reads");
    assert_eq!(packet.attachments[0].length, 3 << 29);
    assert!(packet.skeleton().len() < 10_000);
    assert!(matches!(read_skeleton(&huge((64 << 20) + 1)), Err(EdxmlError::Base64 { .. })));
}

#[test]
fn reading_stops_soon_after_an_attachment_is_past_its_bound() {
    let text = text_of(&with_files(sample(), &["a.pdf"]));
    let (head, tail) = text.split_once("aGVsbG8=").expect("has it");
    let (head, tail) = (head.as_bytes().to_vec(), tail.as_bytes().to_vec());
    let source = Huge { head, tail, length: 2 << 30, read: 0.into() };
    let limits = Limits { attachment: 1 << 20, ..Limits::default() };
    let refused = read(&source, &mut NoSinks, &limits);
    assert!(matches!(refused, Err(EdxmlError::AttachmentTooLarge { number: 1, .. })));
    let reached = source.read.into_inner();
    assert!(reached < 4 << 20, "{reached}");
}

fn word() -> impl Strategy<Value = String> {
    "[ -~À-ỹ]{1,40}".prop_map(|s| s.trim().to_owned()).prop_filter("not empty", |s| !s.is_empty())
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(word())
}

fn any_packet() -> impl Strategy<Value = (DocumentPacket, Vec<Vec<u8>>)> {
    let files = proptest::collection::vec((word(), maybe(), proptest::collection::vec(any::<u8>(), 0..300)), 0..4);
    let scalars = (0_i64..5, proptest::option::of(0_i64..4), 1_u8..13, 1_u8..29, 0_i64..4_000_000_000);
    (word(), maybe(), maybe(), proptest::collection::vec(word(), 0..4), files, scalars).prop_map(
        |(subject, content, email, places, files, (priority, steering, month, day, at))| {
            let mut packet = sample();
            packet.subject = subject;
            packet.content = content;
            packet.from.email = email;
            packet.to_places = places.clone();
            packet.other.appendixes = places;
            packet.other.priority = priority;
            packet.steering = steering;
            packet.date = Date::new(2026, month, day);
            packet.due = Date::new(2027, month, day);
            packet.trace[0].at = Some(UnixTime(at));
            let mut contents = Vec::new();
            for (number, (name, description, bytes)) in files.into_iter().enumerate() {
                packet.files.push(FileEntry {
                    content_id: format!("id{number}"),
                    name,
                    content_type: "application/octet-stream".to_owned(),
                    description,
                    ..FileEntry::default()
                });
                contents.push(bytes);
            }
            (packet, contents)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn writing_and_reading_is_the_identity((packet, contents) in any_packet()) {
        let bytes = write(&packet, &contents);
        let (got, got_contents) = read_all(&bytes).expect("reads");
        prop_assert_eq!(document(&got), &packet);
        prop_assert_eq!(got_contents, contents);
        // What was read writes the same bytes again.
        let again = write(document(&got), &read_all(&bytes).expect("reads").1);
        prop_assert_eq!(again, bytes);
    }

    #[test]
    fn a_mutated_packet_never_panics(at in 0_usize..4000, with in any::<u8>(), cut in 0_usize..4000) {
        let mut bytes = text_of(&with_files(sample(), &["a.pdf"])).into_bytes();
        let length = bytes.len();
        bytes[at % length] = with;
        let _ = read_all(&bytes);
        bytes.truncate(cut);
        let _ = read_all(&bytes);
    }
}
