//! Sentences of `congvan trust`.

use super::texts;

texts! {
    ANCHOR { vi: "gốc tin cậy cho chữ ký", en: "anchor for signatures" }
    TSA_ANCHOR { vi: "gốc tin cậy cho dấu thời gian", en: "anchor for time-stamps" }
    INTERMEDIATE { vi: "chứng thư trung gian", en: "intermediate" }
    CERTIFICATE { vi: "{kind}: {subject}", en: "{kind}: {subject}" }
    VALID { vi: "còn hạn đến {until} (từ {from})", en: "valid until {until} (from {from})" }
    EXPIRED { vi: "đã hết hạn từ {until} (cấp {from})", en: "expired at {until} (valid from {from})" }
    NOT_YET { vi: "chỉ có hiệu lực từ {from} đến {until}", en: "valid only from {from} to {until}" }
}
