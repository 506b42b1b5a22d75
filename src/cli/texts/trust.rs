//! Sentences of `congvan trust`.

use super::{Text, texts};

texts! {
    ANCHOR { vi: "gốc tin cậy cho chữ ký", en: "anchor for signatures" }
    TSA_ANCHOR { vi: "gốc tin cậy cho dấu thời gian", en: "anchor for time-stamps" }
    INTERMEDIATE { vi: "chứng thư trung gian", en: "intermediate" }
    CERTIFICATE { vi: "{kind}: {subject}", en: "{kind}: {subject}" }
    VALID { vi: "còn hạn đến {until} (từ {from})", en: "valid until {until} (from {from})" }
    EXPIRED { vi: "đã hết hạn từ {until} (cấp {from})", en: "expired at {until} (valid from {from})" }
    NOT_YET { vi: "chỉ có hiệu lực từ {from} đến {until}", en: "valid only from {from} to {until}" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "trust",
        Text {
            vi: "Xem các gốc tin cậy

Không gốc nào được dựng sẵn; gốc đến từ `anchors` trong hồ sơ hoặc từ --anchor.

Ví dụ:
  congvan trust list",
            en: "Look at the trust anchors

None is compiled in; they come from `anchors` in the profile or from --anchor.

Example:
  congvan trust list",
        },
    ),
    (
        "trust list",
        Text {
            vi: "Liệt kê gốc tin cậy và chứng thư trung gian, với thời hạn

Ví dụ:
  congvan trust list --anchor goc.pem --json",
            en: "List anchors and intermediates with their validity

Example:
  congvan trust list --anchor root.pem --json",
        },
    ),
];
