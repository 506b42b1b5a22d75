//! Packets as they are written today, byte for byte: fixtures/edxml, one of each kind.
//!
//! A change here is a change of the wire. `CONGVAN_UPDATE=1` writes them anew; read the difference.

use std::path::{Path, PathBuf};

use congvan::base::read::ReadAt;
use congvan::base::time::UnixTime;
use congvan::edxml::envelope::read_skeleton;
use congvan::edxml::header::{
    Agency, DocumentPacket, DocumentType, FileEntry, Replacement, ResponseFor, SignerInfo, Staff, StatusPacket,
    TraceHeader, UpdateInfo,
};
use congvan::edxml::write::Signing;
use congvan::edxml::{Date, Kind, Message, Skeleton, Status};
use congvan::keys::software::open;
use congvan::sign::edxml::{sign_document, sign_status};
use congvan::validate::packet::{PacketSignature, check};

const ID: &str = "000.01.00.H99,2026/03/05,07/SNV-VP";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/edxml")
}

fn agency(code: &str, name: &str) -> Agency {
    Agency { code: code.to_owned(), name: Some(name.to_owned()), ..Agency::default() }
}

fn at() -> Option<UnixTime> {
    UnixTime::parse_rfc3339("2026-03-05T14:07:09+07:00")
}

fn document() -> DocumentPacket {
    let mut from = agency("000.01.00.H99", "Sở Nội vụ");
    from.in_charge = Some("Ủy ban nhân dân tỉnh A".to_owned());
    from.address = Some("Số 1 đường Độc Lập".to_owned());
    from.email = Some("vanthu@snv.example.vn".to_owned());
    let mut packet = DocumentPacket {
        from,
        to: vec![agency("H99.02", "Sở Tài chính"), agency("000.03.00.H99", "Sở Xây dựng & Giao thông")],
        document_id: ID.to_owned(),
        number: "07".to_owned(),
        notation: "SNV-VP".to_owned(),
        place: Some("Phú Yên".to_owned()),
        date: Date::new(2026, 3, 5),
        document_type: DocumentType { number: Some(18), detail: Some(0), name: "Công văn".to_owned() },
        subject: "V/v báo cáo tình hình gửi, nhận văn bản điện tử".to_owned(),
        content: Some("Đề nghị các cơ quan báo cáo trước ngày 31/3/2026.".to_owned()),
        signer: SignerInfo {
            competence: Some("KT.".to_owned()),
            position: Some("Phó Giám đốc".to_owned()),
            full_name: Some("Nguyễn Văn Ánh".to_owned()),
            extra: Vec::new(),
        },
        due: Date::new(2026, 3, 31),
        steering: Some(1),
        to_places: vec!["Như trên".to_owned(), "Lưu: VT, VP".to_owned()],
        trace: vec![TraceHeader { agency: "000.01.00.H99".to_owned(), at: at(), extra: Vec::new() }],
        ..DocumentPacket::default()
    };
    packet.other.priority = 1;
    packet.other.sphere = Some("Văn thư".to_owned());
    packet.other.typist = Some("NVA".to_owned());
    packet.other.copies = Some(5);
    packet.other.pages = Some(2);
    packet.other.appendixes = vec!["Phụ lục: biểu mẫu <báo cáo>".to_owned()];
    packet.business.paper = Some(0);
    packet.business.staff = Some(Staff {
        department: Some("Văn phòng".to_owned()),
        name: Some("Trần Thị Bình".to_owned()),
        email: Some("binh@snv.example.vn".to_owned()),
        mobile: Some("0900000000".to_owned()),
        extra: Vec::new(),
    });
    packet
}

fn with_files(mut packet: DocumentPacket) -> DocumentPacket {
    for (id, name, content_type, description) in [
        ("file-1", "Công văn 07.pdf", "application/pdf", Some("Văn bản chính")),
        ("file-2", "Phụ lục.txt", "text/plain", None),
    ] {
        packet.files.push(FileEntry {
            content_id: id.to_owned(),
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            description: description.map(str::to_owned),
            ..FileEntry::default()
        });
    }
    packet
}

fn about() -> ResponseFor {
    ResponseFor {
        agency: "000.01.00.H99".to_owned(),
        code: "07/SNV-VP".to_owned(),
        document_id: ID.to_owned(),
        date: Date::new(2026, 3, 5),
        extra: Vec::new(),
    }
}

fn later(kind: Kind) -> DocumentPacket {
    let mut packet = document();
    packet.business.kind = kind;
    packet.business.reason = Some("Có sai sót về nội dung".to_owned());
    if kind != Kind::Recall {
        packet.number = "08".to_owned();
        packet.document_id = packet.three_part_id().expect("dated");
    }
    packet
}

fn status(status: Status, reason: Option<&str>) -> StatusPacket {
    StatusPacket {
        from: agency("H99.02", "Sở Tài chính"),
        about: about(),
        staff: Some(Staff { name: Some("Lê Văn Cường".to_owned()), ..Staff::default() }),
        status: Some(status),
        status_code: status.code().to_owned(),
        description: reason.map(str::to_owned),
        at: at(),
        extra: Vec::new(),
    }
}

fn finish(skeleton: &Skeleton, contents: &[&dyn ReadAt]) -> Vec<u8> {
    let mut out = Vec::new();
    skeleton.write(&mut out, contents).expect("writes");
    out
}

fn packets() -> Vec<(String, Vec<u8>)> {
    let (pdf, text) = (b"%PDF-1.7\n%stands for the document\n".to_vec(), "Phụ lục\r\n".as_bytes().to_vec());
    let contents: [&dyn ReadAt; 2] = [&pdf, &text];
    let plain = |packet: &DocumentPacket| Skeleton::document(packet, Signing::Unsigned).expect("within the rules");
    let mut recall = later(Kind::Recall);
    recall.response_for = vec![about()];
    let mut update = later(Kind::Update);
    update.business.document_id = Some(ID.to_owned());
    update.business.update = Some(UpdateInfo {
        content_changed: true,
        recipients_changed: true,
        receivers: vec![("H99.04".to_owned(), true), ("H99.02".to_owned(), false)],
    });
    let mut replace = later(Kind::Replace);
    replace.business.replacements = vec![Replacement {
        document_id: ID.to_owned(),
        agencies: vec!["H99.02".to_owned(), "000.03.00.H99".to_owned()],
        extra: Vec::new(),
    }];
    let keys = std::fs::read(root().join("../keys/modern.p12")).expect("fixture");
    let opened = open(&keys, Some("secret")).expect("opens");
    let signed =
        sign_document(&with_files(document()), &contents, opened.signer.as_ref(), &opened.chain).expect("signs");
    let accepted = status(Status::Accepted, None);
    let signed_status = sign_status(&accepted, opened.signer.as_ref(), &opened.chain).expect("signs");
    let mut all = vec![
        ("new".to_owned(), finish(&plain(&with_files(document())), &contents)),
        ("new-signed".to_owned(), finish(&signed, &contents)),
        ("recall".to_owned(), finish(&plain(&recall), &[])),
        ("update".to_owned(), finish(&plain(&with_files(update)), &contents)),
        ("replace".to_owned(), finish(&plain(&with_files(replace)), &contents)),
        ("status-03-signed".to_owned(), finish(&signed_status, &[])),
    ];
    for one in Status::all() {
        let reason = one.needs_reason().then_some("Văn bản không thuộc thẩm quyền");
        let skeleton = Skeleton::status(&status(one, reason), Signing::Unsigned).expect("within the rules");
        all.push((format!("status-{}", one.code()), finish(&skeleton, &[])));
    }
    all
}

#[test]
fn every_kind_of_packet_is_written_as_recorded() {
    let updating = std::env::vars_os().any(|(name, value)| name == "CONGVAN_UPDATE" && value == "1");
    for (name, bytes) in packets() {
        let path = root().join(format!("{name}.edxml"));
        if updating {
            std::fs::write(&path, &bytes).expect("writes");
        }
        let recorded = std::fs::read(&path).expect("recorded");
        assert_eq!(String::from_utf8(bytes), String::from_utf8(recorded), "{name}");
    }
}

#[test]
fn recorded_packets_read_without_a_warning_and_signed_ones_are_valid() {
    for (name, bytes) in packets() {
        let packet = read_skeleton(&bytes).expect("reads");
        assert_eq!(packet.warnings, [], "{name}");
        assert_eq!(matches!(packet.message, Message::Status(_)), name.starts_with("status"), "{name}");
        let signature = check(&packet, &bytes).expect("checks");
        let expected = if name.ends_with("signed") { "valid" } else { "absent" };
        assert_eq!(signature.name(), expected, "{name}: {:?}", signature.reason());
        if let PacketSignature::Valid(verified) = signature {
            assert!(!verified.is_weak());
        }
    }
}
