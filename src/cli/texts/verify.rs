//! Sentences of `congvan verify`.

use super::{Text, texts};

/// How a change was judged (`allowed`, `not-judged`, `forbidden`), in words.
pub(crate) fn judged(name: &str) -> Text {
    match name {
        "allowed" => ALLOWED,
        "not-judged" => NOT_JUDGED,
        _ => FORBIDDEN,
    }
}

texts! {
    PACKAGE_SIGNATURE { vi: "chữ ký của gói: {state}", en: "packet signature: {state}" }
    NO_ANCHORS {
        vi: "ghi chú: chưa có gốc tin cậy (--anchor), nên kết quả tốt nhất là INDETERMINATE",
        en: "note: no trust anchor was given (--anchor), so the best verdict is INDETERMINATE",
    }
    PROGRESS { vi: "kiểm tra", en: "verifying" }
    SUMMARY { vi: "tổng cộng: {counts}", en: "in all: {counts}" }
    SKIPPED { vi: "{n} tệp bỏ qua", en: "{n} skipped" }
    SIGNER { vi: "người ký: {subject}", en: "signer: {subject}" }
    PROVEN { vi: "tồn tại từ: {time} (có bằng chứng; khai báo {claimed})", en: "existed at: {time} (proven; claimed {claimed})" }
    UNPROVEN { vi: "khai báo ký lúc: {claimed} (chưa có bằng chứng)", en: "claims to be signed at: {claimed} (unproven)" }
    COVERS { vi: "phủ phiên bản {revision} trong {of}: {document}", en: "covers revision {revision} of {of}: {document}" }
    UNCHANGED { vi: "sau đó không có gì thêm", en: "nothing was added afterwards" }
    ALLOWED_CHANGES { vi: "sau đó chỉ có thay đổi được phép", en: "only allowed changes afterwards" }
    AMBIGUOUS { vi: "các bộ đọc thấy nội dung khác nhau", en: "readers disagree about its content" }
    CHANGED { vi: "văn bản đã bị thay đổi sau chữ ký này", en: "the document was changed afterwards" }
    LEVEL { vi: "mức {level}, {algorithm} với {digest}", en: "level {level}, {algorithm} with {digest}" }
    REASON { vi: "{why} {todo}", en: "{why} {todo}" }
    EXISTED { vi: "tệp tồn tại từ: {time} (theo biên nhận)", en: "the file exists since: {time} (by its receipt)" }
    ALLOWED { vi: "được phép", en: "allowed" }
    NOT_JUDGED { vi: "không xét", en: "not judged" }
    FORBIDDEN { vi: "bị cấm", en: "forbidden" }
    CHANGE { vi: "thay đổi ({judged}), trang {page}: {what}", en: "change ({judged}), page {page}: {what}" }
}
