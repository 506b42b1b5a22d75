//! Sentences of `congvan audit`.

use super::{Text, texts};

texts! {
    DOCUMENT { vi: "văn bản {path}: {indication}", en: "document {path}: {indication}" }
    UNSIGNED { vi: "  không có chữ ký nào", en: "  nobody signed it" }
    SIGNED { vi: "{number}. phiên bản {revision}: {who} đã ký (trường {field})", en: "{number}. revision {revision}: signed by {who} (field {field})" }
    STAMPED { vi: "{number}. phiên bản {revision}: dấu thời gian của {who} (trường {field})", en: "{number}. revision {revision}: time-stamped by {who} (field {field})" }
    PROVEN { vi: "chứng minh tồn tại lúc {time} bởi {tsa}", en: "proven to exist at {time} by {tsa}" }
    TIME { vi: "thời điểm {time}", en: "at {time}" }
    CLAIMED { vi: "tự khai ký lúc {time}, chưa có bằng chứng", en: "claims {time}, unproven" }
    CHAIN { vi: "chứng thư số {serial} do {issuer} cấp, đường dẫn {links} chứng thư số", en: "certificate {serial} issued by {issuer}, a path of {links} certificates" }
    REVOCATION { vi: "thu hồi: chứng thư {certificate}… {status} theo {source}, {at}", en: "revocation: certificate {certificate}… is {status} by {source}, {at}" }
    NOTHING_AFTER { vi: "sau đó không có gì được thêm vào", en: "nothing was added afterwards" }
    AFTER { vi: "sau đó: {what} (trang {page}, {judged})", en: "afterwards: {what} (page {page}, {judged})" }
    NO_DELIVERY { vi: "\nkhông có hồ sơ gửi nhận bên cạnh văn bản (envelope.json)", en: "\nno delivery lies beside the document (envelope.json)" }
    DELIVERY { vi: "lần gửi {id}: từ {sender} đến {recipients}", en: "delivery {id}: from {sender} to {recipients}" }
    INSIDE { vi: "văn bản nằm nguyên vẹn trong gói tin, tên `{name}`", en: "the document stands in the package byte for byte, as `{name}`" }
    NOT_INSIDE { vi: "văn bản không nằm trong gói tin của lần gửi này", en: "the document does not stand in the package of this delivery" }
    OTHER_PACKAGE { vi: "gói tin trong thư mục KHÔNG phải gói tin mà nơi gửi đã ký", en: "the package in the folder is NOT the one the sender signed" }
    SENT { vi: "{number}. {time}: {by} ký phong bì gửi gói tin", en: "{number}. {time}: {by} signed the envelope for the package" }
    ACCEPTED { vi: "{number}. {time}: điểm trao đổi {by} đã nhận gửi", en: "{number}. {time}: the endpoint {by} accepted it" }
    CONSIGNED { vi: "{number}. {time}: điểm trao đổi {by} đặt vào hộp thư của nơi nhận", en: "{number}. {time}: the endpoint {by} put it into the recipient's inbox" }
    ACKNOWLEDGED { vi: "{number}. {time}: {by} ký xác nhận đã nhận gói tin", en: "{number}. {time}: {by} signed that it holds the package" }
    HANDED_OVER { vi: "{number}. {time}: điểm trao đổi {by} ghi nhận đã bàn giao", en: "{number}. {time}: the endpoint {by} recorded the handover" }
    OTHER_STEP { vi: "{number}. {time}: {by} ghi nhận {kind}", en: "{number}. {time}: {by} states {kind}" }
    HOLDS { vi: "đúng, đóng dấu bởi {seal} ({file})", en: "holds, sealed by {seal} ({file})" }
    DOES_NOT_HOLD { vi: "KHÔNG đứng vững: {problem}; đóng dấu bởi {seal} ({file})", en: "does NOT hold: {problem}; sealed by {seal} ({file})" }
    LEAF { vi: "sẽ có trong nhật ký {log} với lá {leaf}", en: "to be found in the log {log} as leaf {leaf}" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "audit",
        Text {
            vi: "Kể lại lịch sử của văn bản từ những gì chứng minh được

Ví dụ:
  congvan audit chain nhan/H99.01_…/van-ban/quyet-dinh.pdf --anchor goc.pem",
            en: "Tell what happened to a document, from what can be proven

Example:
  congvan audit chain received/H99.01_…/files/decision.pdf --anchor root.pem",
        },
    ),
    (
        "audit chain",
        Text {
            vi: "Kể theo thứ tự: ai ký, khi nào, thêm gì sau đó, gửi và bàn giao ra sao

Hồ sơ gửi nhận (envelope.json, handover.json …) được tìm trong các thư mục phía trên văn bản.

Ví dụ:
  congvan audit chain nhan/quyet-dinh.pdf --anchor goc.pem --crl ds-thu-hoi/",
            en: "Tell in order who signed, when, what was added, how it was sent and handed over

The delivery's files (envelope.json, handover.json …) are looked for in the folders above the document.

Example:
  congvan audit chain received/decision.pdf --anchor root.pem --crl crls/",
        },
    ),
    ("audit chain FILE", Text { vi: "Văn bản cần xem", en: "The document" }),
    (
        "audit chain --delivery",
        Text {
            vi: "Thư mục của lần gửi; mặc định tự tìm", en: "Folder of the delivery; found by itself"
        },
    ),
    (
        "audit chain --policy",
        Text { vi: "Chính sách kiểm tra, như của verify", en: "Validation policy, as for verify" },
    ),
];
