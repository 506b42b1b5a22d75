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

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "verify",
        Text {
            vi: "Kiểm tra chữ ký số trong tệp và thư mục

Mỗi chữ ký, văn bản và tệp có một kết luận theo EN 319 102-1: TOTAL-PASSED, INDETERMINATE
hoặc TOTAL-FAILED. TOTAL-PASSED luôn nghĩa là có đường dẫn tới gốc tin cậy do bạn cấu hình.
Mã thoát: 0 mọi tệp đạt, 1 có TOTAL-FAILED, 3 có INDETERMINATE hoặc không có chữ ký, 4 không đọc được.

Ví dụ:
  congvan verify den.pdf --anchor goc.pem --crl ds-thu-hoi/
  congvan verify bang-ke.xlsx.p7s --content bang-ke.xlsx --anchor goc.pem
  congvan verify hop-thu-den/ --json",
            en: "Verify the signatures in files and folders

Each signature, document and file gets a verdict of EN 319 102-1: TOTAL-PASSED, INDETERMINATE
or TOTAL-FAILED. TOTAL-PASSED always means a path to an anchor that you configured.
Exit codes: 0 all passed, 1 something is TOTAL-FAILED, 3 INDETERMINATE or no signature, 4 unreadable.

Example:
  congvan verify in.pdf --anchor root.pem --crl crls/
  congvan verify list.xlsx.p7s --content list.xlsx --anchor root.pem
  congvan verify inbox/ --json",
        },
    ),
    ("verify PATH", Text { vi: "Tệp hoặc thư mục cần kiểm tra", en: "Files or folders to verify" }),
    (
        "verify --content",
        Text {
            vi: "Nội dung của chữ ký tách rời; mặc định là tệp cùng tên, bỏ đuôi .p7s, .sig, .tsr… bên cạnh",
            en: "What a detached signature is over; by default the file beside it without .p7s, .sig, .tsr …",
        },
    ),
    (
        "verify --policy",
        Text {
            vi: "Chính sách: strict (mặc định), nd30, integrity-only, hoặc một tệp TOML",
            en: "Policy: strict (the default), nd30, integrity-only, or a TOML file",
        },
    ),
    (
        "verify --roles",
        Text {
            vi: "Tệp TOML cho biết chứng thư số nào ký với tư cách người, cơ quan hay dịch vụ dấu thời gian",
            en: "TOML file that says which certificate signs as a person, an agency or a time-stamping authority",
        },
    ),
    (
        "verify --receipt",
        Text {
            vi: "Biên nhận nêu đúng tệp này; cùng `.tlog-proof` và `.tsr` bên cạnh, nó chứng minh tệp đã tồn tại từ khi nào",
            en: "Receipt that names this very file; with the `.tlog-proof` and `.tsr` beside it, it proves since when the file exists",
        },
    ),
];
