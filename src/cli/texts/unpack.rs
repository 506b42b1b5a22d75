//! Sentences of `congvan unpack`.

use super::{Text, texts};

texts! {
    STRAY_FILE { vi: "tệp {name} trong gói không thuộc văn bản nên không được mở ra", en: "the file {name} in the container is not part of the package and was not unpacked" }
    FILE { vi: "{path} ({size} byte), tên trong gói: {original}", en: "{path} ({size} bytes), named {original} in the packet" }
    UNPACKED { vi: "{path}: thông tin của gói", en: "{path}: the description of the packet" }
    UNPACKING { vi: "Mở gói", en: "Unpacking" }
    ODD_FIELD { vi: "trường của gói không đúng dạng: {what}", en: "a field of the packet is out of form: {what}" }
    SIGNATURE_ABSENT { vi: "gói không có chữ ký riêng", en: "the packet has no signature of its own" }
    SIGNATURE_VALID { vi: "chữ ký của gói còn nguyên vẹn, ký bởi {signer}; chưa xét độ tin cậy", en: "the packet's signature is intact, made by {signer}; its trust was not judged" }
    SIGNATURE_BROKEN { vi: "chữ ký của gói KHÔNG khớp", en: "the packet's signature does NOT hold" }
    SIGNATURE_UNCLEAR { vi: "chữ ký của gói không diễn giải được: {why}", en: "the packet's signature cannot be interpreted: {why}" }
    SIGNATURE_INVALID { vi: "chữ ký của gói không khớp: {why}. Gói có thể đã bị sửa trên đường đi, hãy xin gửi lại", en: "the packet's signature does not hold: {why}. The packet may have been changed on its way; ask for it again" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "unpack",
        Text {
            vi: "Mở gói edXML: ghi các tệp và thông tin vào một thư mục mới

Tên tệp được làm an toàn; tên gốc và toàn bộ thông tin nằm trong metadata.json, dùng lại được với
`congvan pack --meta`. Không tệp nào có sẵn bị ghi đè, không gì được ghi ra ngoài thư mục.

Ví dụ:
  congvan unpack cong-van.edxml --out cong-van",
            en: "Unpack an edXML packet into a new folder

Names are made safe; the original names and all metadata are in metadata.json, which
`congvan pack --meta` takes again. No existing file is overwritten, nothing is written outside the folder.

Example:
  congvan unpack cong-van.edxml --out cong-van",
        },
    ),
    ("unpack FILE", Text { vi: "Gói cần mở", en: "The packet to unpack" }),
];
