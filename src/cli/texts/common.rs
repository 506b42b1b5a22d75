//! Sentences and words more than one verb needs.

use super::texts;

texts! {
    ERROR { vi: "lỗi", en: "error" }
    HINT { vi: "gợi ý", en: "hint" }
    WARNING { vi: "cảnh báo", en: "warning" }
    USAGE { vi: "Cách dùng", en: "Usage" }
    USAGE_OPTIONS { vi: "[TÙY CHỌN]", en: "[OPTIONS]" }
    USAGE_VERB { vi: "<LỆNH>", en: "<VERB>" }
    ARGUMENTS { vi: "Đối số", en: "Arguments" }
    OPTIONS { vi: "Tùy chọn", en: "Options" }
    SHARED_OPTIONS { vi: "Tùy chọn chung", en: "Options of every verb" }
    VERBS { vi: "Các lệnh", en: "Verbs" }
    ASK_PASSPHRASE { vi: "Mật khẩu của {path}: ", en: "Passphrase of {path}: " }
    ASK_PIN { vi: "PIN của token {token}: ", en: "PIN of the token {token}: " }
    EXIT { vi: "mã thoát", en: "exit code" }
}
