//! Sentences of `congvan pack`.

use super::{Text, texts};

texts! {
    PACKED { vi: "đã đóng gói {path}: văn bản {id}, {files} tệp", en: "packed {path}: document {id}, {files} files" }
    PACKING { vi: "Đóng gói", en: "Packing" }
    STRAY_FILE { vi: "tệp {name} trong gói không thuộc văn bản nên không được chuyển", en: "the file {name} in the container is not part of the package and is left behind" }
    READ_FROM_DOCUMENT { vi: "đọc từ chính văn bản:", en: "read from the document itself:" }
    READ_FIELD { vi: "  {name}: {value}", en: "  {name}: {value}" }
    ASK_RIGHT { vi: "Các thông tin này đúng không? [c/K]", en: "Is this right? [y/N]" }
    METADATA_DIFFERS {
        vi: "gói ghi {field} là `{declared}`, nhưng văn bản in `{printed}`",
        en: "the package says {field} is `{declared}`, but the document prints `{printed}`",
    }
    SIGNATURE_NOT_PROVEN {
        vi: "chữ ký trong {path} còn nguyên vẹn nhưng chưa đủ bằng chứng: {why}",
        en: "the signatures in {path} are intact, but a proof is missing: {why}",
    }
    TRUST_NOT_JUDGED {
        vi: "chữ ký trong {path} còn nguyên vẹn; chưa xét độ tin cậy vì chưa có gốc tin cậy (`--anchor`): {why}",
        en: "the signatures in {path} are intact; their trust was not judged, since there is no anchor (`--anchor`): {why}",
    }
    TOO_LARGE_FOR_AXIS {
        vi: "gói có {size} MB; trục liên thông và nhiều nơi nhận chỉ lấy đến 50 MB. Hãy gửi qua điểm trao đổi bằng `congvan push`, hoặc giảm độ phân giải bản quét, hoặc chia phụ lục thành nhiều gói",
        en: "the packet has {size} MB; the national axis and many receivers take at most 50 MB. Send it through an endpoint with `congvan push`, scan at a lower resolution, or put annexes into packets of their own",
    }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "pack",
        Text {
            vi: "Đóng gói tệp và thông tin văn bản thành gói edXML (QCVN 102:2016) hoặc ASiC-E

Thông tin lấy từ tùy chọn, từ tệp --meta (TOML hoặc JSON), từ hồ sơ, rồi từ chữ in trên chính văn bản;
phần đọc từ văn bản được hỏi lại trên màn hình (trừ khi có --yes), còn khi chạy tự động thì được dùng
luôn và nêu ra trong --json. Gói mới, thu hồi, cập nhật, thay thế theo --kind; gói trạng thái theo
--status và --about. Văn bản mật, văn bản chưa ký hoặc có chữ ký sai bị từ chối.

Ví dụ:
  congvan pack cong-van.pdf --from H45.01=\"Sở A\" --to H45.02=\"Sở B\" --number 12 --notation SNV-VP
      --date 2026-03-05 --type \"Công văn\" --subject \"V/v báo cáo\" --out cong-van.edxml
  congvan pack --status 03 --from H45.02 --about H45.01,2026/03/05,12/SNV-VP --out da-nhan.edxml",
            en: "Pack files and their metadata into an edXML packet (QCVN 102:2016) or an ASiC-E container

Metadata comes from flags, then a --meta file (TOML or JSON), then the profile, then what the document
itself prints: that part is shown and asked about on a terminal (unless --yes), and taken and listed in
--json otherwise. --kind makes new, recall, update and replace packets; --status with --about makes
status packets. Classified, unsigned and wrongly signed documents are refused.

Example:
  congvan pack cong-van.pdf --from H45.01=\"Sở A\" --to H45.02=\"Sở B\" --number 12 --notation SNV-VP
      --date 2026-03-05 --type \"Công văn\" --subject \"V/v báo cáo\" --out cong-van.edxml
  congvan pack --status 03 --from H45.02 --about H45.01,2026/03/05,12/SNV-VP --out da-nhan.edxml",
        },
    ),
    (
        "pack FILE",
        Text {
            vi: "Các tệp đi cùng, theo thứ tự; văn bản chính đứng đầu",
            en: "Files to carry, in order; the main document first",
        },
    ),
    (
        "pack --convert",
        Text {
            vi: "Chuyển gói edXML thành ASiC-E hoặc ngược lại, giữ nguyên thông tin và tệp",
            en: "Turn an edXML packet into an ASiC-E container or back, metadata and files as they are",
        },
    ),
    (
        "pack --level",
        Text {
            vi: "Mức chữ ký của gói ASiC-E: b, t, lt hay lta; mặc định t khi có --tsa, nếu không thì b",
            en: "Level of an ASiC-E package's signature: b, t, lt or lta; t by default with --tsa, else b",
        },
    ),
    (
        "pack --format",
        Text {
            vi: "Dạng gói: edxml, hoặc asic-e (cần khóa để ký)",
            en: "Form of the package: edxml, or asic-e (needs a key)",
        },
    ),
    (
        "pack --yes",
        Text {
            vi: "Không hỏi lại về thông tin đọc từ văn bản", en: "Do not ask about fields read from the document"
        },
    ),
    (
        "pack --declare-unclassified",
        Text {
            vi: "Khẳng định văn bản không có chữ đọc được (bản quét) không mật",
            en: "Declare that documents without readable text (scans) are not classified",
        },
    ),
    (
        "pack --allow-unsigned",
        Text {
            vi: "Nhận cả tệp không có chữ ký số, như bảng tính kèm theo; chữ ký sai vẫn bị từ chối",
            en: "Take files without a signature too, such as annexed spreadsheets; wrong signatures are still refused",
        },
    ),
    (
        "pack --transport",
        Text {
            vi: "Kênh gửi: axis (trục liên thông, đến 50 MB) hoặc endpoint; gói quá lớn bị từ chối",
            en: "How it will travel: axis (at most 50 MB) or endpoint; a packet that is too large is refused",
        },
    ),
    ("pack --meta", Text { vi: "Tệp TOML hoặc JSON có thông tin văn bản", en: "TOML or JSON file with the metadata" }),
    (
        "pack --from",
        Text {
            vi: "Cơ quan gửi: mã, hoặc mã=tên; mặc định theo hồ sơ",
            en: "Sending agency: code, or code=name; the profile's by default",
        },
    ),
    ("pack --to", Text { vi: "Các cơ quan nhận: mã, hoặc mã=tên", en: "Receiving agencies: code, or code=name" }),
    (
        "pack --kind",
        Text {
            vi: "Loại gói: new (mới), recall (thu hồi), update (cập nhật), replace (thay thế)",
            en: "Kind of packet: new, recall, update or replace",
        },
    ),
    ("pack --status", Text { vi: "Mã trạng thái: 01 đến 06, 13, 15, 16", en: "Status code: 01 to 06, 13, 15, 16" }),
    ("pack --number", Text { vi: "Số văn bản", en: "Number of the document" }),
    ("pack --notation", Text { vi: "Ký hiệu văn bản", en: "Notation of the document" }),
    ("pack --date", Text { vi: "Ngày ban hành, như 2026-03-05", en: "Date of issue, like 2026-03-05" }),
    (
        "pack --type",
        Text {
            vi: "Tên loại văn bản, như Công văn, hoặc chữ viết tắt như QĐ",
            en: "Kind of document, like Công văn, or its abbreviation, like QĐ",
        },
    ),
    ("pack --subject", Text { vi: "Trích yếu", en: "Subject" }),
    ("pack --place", Text { vi: "Nơi ban hành", en: "Place of issue" }),
    ("pack --signer", Text { vi: "Họ tên người ký văn bản", en: "Full name of who signed the document" }),
    ("pack --position", Text { vi: "Chức vụ người ký", en: "Position of who signed" }),
    (
        "pack --competence",
        Text {
            vi: "Quyền hạn ký: TM., KT., TL., TUQ., Q.", en: "Authority of the signer: TM., KT., TL., TUQ., Q."
        },
    ),
    (
        "pack --priority",
        Text {
            vi: "Độ khẩn: 0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ",
            en: "Urgency: 0 normal, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc with a set hour",
        },
    ),
    ("pack --due", Text { vi: "Hạn trả lời", en: "Date an answer is due" }),
    (
        "pack --about",
        Text {
            vi: "Mã văn bản được thu hồi, cập nhật, thay thế hoặc báo trạng thái",
            en: "Identifier of the document recalled, updated, replaced or reported on",
        },
    ),
    (
        "pack --reply-to",
        Text {
            vi: "Mã văn bản mà văn bản này trả lời", en: "Identifier of the document this one answers"
        },
    ),
    (
        "pack --reason",
        Text {
            vi: "Lý do; với gói trạng thái là nội dung mô tả", en: "Reason; the description of a status packet"
        },
    ),
    ("pack --paper", Text { vi: "Có bản giấy gửi kèm theo", en: "A paper copy travels as well" }),
    (
        "pack --no-packet-signature",
        Text {
            vi: "Không ký gói, cho nơi nhận không đọc được gói có chữ ký",
            en: "Do not sign the packet, for receivers that cannot read signed ones",
        },
    ),
];
