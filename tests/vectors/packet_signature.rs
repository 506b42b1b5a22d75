//! The signature of a packet: what holds, what does not, what nobody can say.

use congvan::algorithms::DigestAlgorithm;
use congvan::base::encoding::base64;
use congvan::base::read::ReadAt;
use congvan::edxml::codes::Kind;
use congvan::edxml::envelope::read_skeleton;
use congvan::edxml::header::{Agency, Replacement};
use congvan::edxml::{Date, DocumentPacket, FileEntry};
use congvan::keys::Signer;
use congvan::keys::software::open;
use congvan::sign::edxml::sign_document;
use congvan::validate::packet::{Invalid, NotInterpretable, PacketSignature, check};
use congvan::x509::Certificate;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).expect("fixture")
}

fn packet() -> DocumentPacket {
    let agency = |code: &str| Agency { code: code.to_owned(), name: Some(code.to_owned()), ..Agency::default() };
    let mut packet = DocumentPacket {
        from: agency("H99"),
        to: vec![agency("H99.01")],
        number: "1".to_owned(),
        notation: "UBND".to_owned(),
        date: Date::new(2026, 3, 5),
        subject: "V/v thử".to_owned(),
        files: ["a", "b"]
            .map(|name| FileEntry {
                content_id: name.to_owned(),
                name: format!("{name}.txt"),
                content_type: "text/plain".to_owned(),
                description: None,
                ..FileEntry::default()
            })
            .to_vec(),
        ..DocumentPacket::default()
    };
    packet.document_type.name = "Công văn".to_owned();
    packet.document_id = packet.three_part_id().expect("dated");
    packet
}

/// Key and self-made certificate chain of the fixture store.
fn identity() -> (Box<dyn Signer>, Vec<Certificate>) {
    let opened = open(&fixture("keys/modern.p12"), Some("secret")).expect("opens");
    (opened.signer, opened.chain)
}

fn signed() -> String {
    let (signer, chain) = identity();
    let contents: [&dyn ReadAt; 2] = [&b"alpha".to_vec(), &b"beta".to_vec()];
    let skeleton = sign_document(&packet(), &contents, signer.as_ref(), &chain).expect("signs");
    let mut out = Vec::new();
    skeleton.write(&mut out, &contents).expect("writes");
    String::from_utf8(out).expect("UTF-8")
}

fn judged(text: &str) -> PacketSignature {
    let bytes = text.as_bytes().to_vec();
    check(&read_skeleton(&bytes).expect("reads"), &bytes).expect("checks")
}

#[test]
fn a_signed_packet_is_valid_and_stays_so_when_traced() {
    let text = signed();
    let PacketSignature::Valid(verified) = judged(&text) else { panic!("{:?}", judged(&text)) };
    assert!(!verified.is_weak());
    assert_eq!(verified.digests, [DigestAlgorithm::Sha256; 4]);
    let traced = text.replace(
        "</edXML:TraceHeaderList>",
        "<edXML:TraceHeader><edXML:OrganId>H00</edXML:OrganId></edXML:TraceHeader></edXML:TraceHeaderList>",
    );
    assert_eq!(judged(&traced).name(), "valid");
    assert_eq!(judged(&text.replace("\n", "\r\n")).name(), "valid");
}

#[test]
fn every_change_to_what_is_signed_is_named() {
    let text = signed();
    for (from, to, uri) in [
        ("V/v thử", "V/v thật", "#MessageHeader"),
        ("<edXML:AttachmentName>a.txt", "<edXML:AttachmentName>c.txt", "#edXMLBody"),
        (&base64(b"alpha"), &base64(b"alphb"), "cid:a"),
        ("Id=\"edXMLBody\"", "Id=\"MessageHeader\"", "#MessageHeader"),
        ("<ContentId>cid:b", "<ContentId>cid:a", "cid:a"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let PacketSignature::Invalid(Invalid::Changed(got)) = judged(&changed) else {
            panic!("{from}: {:?}", judged(&changed))
        };
        assert_eq!(got, uri, "{from}");
    }
}

#[test]
fn a_changed_list_of_references_or_value_does_not_verify() {
    let text = signed();
    let from = text.find("<Reference URI=\"cid:b\">").expect("there");
    let to = text[from..].find("</Reference>").expect("ends") + from + "</Reference>".len();
    let dropped = format!("{}{}", &text[..from], &text[to..]);
    assert!(matches!(judged(&dropped), PacketSignature::Invalid(Invalid::Value)));
    let at = text.find("<SignatureValue>").expect("there") + "<SignatureValue>".len();
    let letter = if text[at..].starts_with('B') { "C" } else { "B" };
    let changed = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
    assert!(matches!(judged(&changed), PacketSignature::Invalid(Invalid::Value)));
}

#[test]
fn an_attachment_added_later_is_not_covered() {
    let more = "<Attachment><ContentId>cid:c</ContentId><AttachmentName>c.txt</AttachmentName><ContentType>text/plain</ContentType>\
                <ContentTransferEncoded>AAAA</ContentTransferEncoded></Attachment></AttachmentEncoded>";
    let got = judged(&signed().replace("</AttachmentEncoded>", more));
    assert!(matches!(&got, PacketSignature::Invalid(Invalid::Uncovered(what)) if what == "c.txt"), "{got:?}");
}

#[test]
fn a_second_header_wrapped_around_the_signed_one_is_not_covered() {
    let text = signed();
    let from = text.find("<edXML:MessageHeader Id").expect("there");
    let to = text.find("</edXML:MessageHeader>").expect("there") + "</edXML:MessageHeader>".len();
    let header = &text[from..to];
    let evil = header.replace(" Id=\"MessageHeader\"", "").replace("V/v thử", "V/v giả");
    let wrapped = format!("{}{evil}<x>{header}</x>{}", &text[..from], &text[to..]);
    assert!(matches!(judged(&wrapped), PacketSignature::Invalid(Invalid::Uncovered(what)) if what == "MessageHeader"));
}

#[track_caller]
fn uncovered(text: &str, part: &str) {
    let got = judged(text);
    assert!(matches!(&got, PacketSignature::Invalid(Invalid::Uncovered(what)) if what == part), "{part}: {got:?}");
}

#[test]
fn a_signed_new_document_cannot_be_made_into_an_order() {
    let text = signed();
    let kind = "<edXML:BussinessDocType>0</edXML:BussinessDocType>";
    assert!(text.contains(kind));
    uncovered(&text.replace(kind, "<edXML:BussinessDocType>1</edXML:BussinessDocType>"), "Bussiness");
    let reason = format!("{kind}<edXML:BussinessDocReason>x</edXML:BussinessDocReason>");
    uncovered(&text.replace(kind, &reason), "Bussiness");
}

#[test]
fn a_signed_order_is_covered_and_no_other_may_stand_in_its_place() {
    let (signer, chain) = identity();
    let mut replace = packet();
    replace.business.kind = Kind::Replace;
    replace.business.replacements =
        vec![Replacement { document_id: "H99,2026/03/01,9/UBND".to_owned(), agencies: vec![], extra: Vec::new() }];
    let contents: [&dyn ReadAt; 2] = [&b"alpha".to_vec(), &b"beta".to_vec()];
    let skeleton = sign_document(&replace, &contents, signer.as_ref(), &chain).expect("signs");
    let mut out = Vec::new();
    skeleton.write(&mut out, &contents).expect("writes");
    let text = String::from_utf8(out).expect("UTF-8");
    assert_eq!(judged(&text).name(), "valid");
    let changed = text.replace("H99,2026/03/01,9/UBND", "H99,2026/03/01,8/UBND");
    assert!(matches!(judged(&changed), PacketSignature::Invalid(Invalid::Changed(uri)) if uri == "#Bussiness"));
    let from = text.find("<edXML:Bussiness ").expect("there");
    let to = text.find("</edXML:Bussiness>").expect("there") + "</edXML:Bussiness>".len();
    let order = &text[from..to];
    let harmless = "<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType></edXML:Bussiness>";
    let with = |inside: &str| format!("{}{inside}{}", &text[..from], &text[to..]);
    uncovered(&with(&format!("{harmless}{order}")), "Bussiness");
    uncovered(&with(&format!("<edXML:x>{order}</edXML:x>")), "Bussiness");
    let second = format!("{harmless}</edXML:TraceHeaderList><edXML:TraceHeaderList>{order}");
    uncovered(&with(&second), "TraceHeaderList");
    // Read to the letter, so that this list is none.
    uncovered(&text.replace("edXML:TraceHeaderList>", "edXML:traceHeaderList>"), "Bussiness");
    let header = "<edXML:TraceHeaderList>";
    let two_headers = text.replace(header, &format!("</edXML:edXMLHeader><edXML:edXMLHeader>{header}"));
    uncovered(&two_headers, "edXMLHeader");
    assert!(matches!(judged(&with("")), PacketSignature::Invalid(Invalid::Changed(_))));
}

#[test]
fn a_body_that_readers_take_before_the_signed_one_is_not_covered() {
    let text = signed();
    let start = text.find("<edXML:edXMLBody ").expect("there");
    let end = text.find("</edXML:edXMLBody>").expect("there") + "</edXML:edXMLBody>".len();
    let with = |body: &str| format!("{}{body}{}", &text[..start], &text[end..]);
    let body = &text[start..end];
    let evil = "<edXML:edxmlbody><edXML:edXMLManifest/></edXML:edxmlbody>";
    uncovered(&with(&format!("{evil}{body}")), "edXMLBody");
    uncovered(&with(&format!("<edXML:x>{body}</edXML:x>")), "edXMLBody");
}

#[test]
fn a_name_that_the_signed_list_does_not_give_a_file_is_not_covered() {
    let text = signed();
    let changed = text.replace("<AttachmentName>a.txt", "<AttachmentName>b.exe");
    assert_ne!(changed, text);
    uncovered(&changed, "the name \"b.exe\"");
    let from = text.find("<Attachment>").expect("there");
    let zip = text[from..].replacen("<ContentType>text/plain", "<ContentType>application/zip", 1);
    uncovered(&format!("{}{zip}", &text[..from]), "the type \"application/zip\" of \"a.txt\"");
}

#[test]
fn absent_dummy_and_doubled_signatures_are_told_apart() {
    let text = signed();
    let from = text.find("<Signature ").expect("there");
    let to = text.find("</Signature>").expect("there") + "</Signature>".len();
    let with = |element: &str| judged(&format!("{}{element}{}", &text[..from], &text[to..]));
    assert_eq!(with("").name(), "absent");
    let element = &text[from..to];
    let dummy = element.replace(" xmlns=\"http://www.w3.org/2000/09/xmldsig#\"", "");
    assert!(matches!(with(&dummy), PacketSignature::NotInterpretable(NotInterpretable::Placeholder)));
    assert!(matches!(with(&element.repeat(2)), PacketSignature::NotInterpretable(NotInterpretable::Several)));
    let xpath = element.replace(
        "http://www.w3.org/2001/10/xml-exc-c14n#\"/></Transforms>",
        "http://www.w3.org/TR/1999/REC-xpath-19991116\"/></Transforms>",
    );
    assert!(matches!(with(&xpath), PacketSignature::NotInterpretable(NotInterpretable::Structure(_))));
    let bare = element.replace("X509Certificate>", "X509Other>");
    assert!(matches!(with(&bare), PacketSignature::NotInterpretable(NotInterpretable::NoCertificate)));
    let unknown = element.replace("xmlenc#sha256", "xmlenc#md5");
    assert!(matches!(with(&unknown), PacketSignature::NotInterpretable(NotInterpretable::Algorithm(_))));
}
