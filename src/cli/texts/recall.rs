//! Sentences of `congvan recall`.

use super::texts;

texts! {
    ASKING { vi: "Thu hồi", en: "Taking back" }
    RECALLED { vi: "{recipient}: đã thu hồi, nơi nhận chưa đọc", en: "{recipient}: taken back, nobody there had read it" }
    TOO_LATE {
        vi: "{recipient}: đã lấy gói về; đã báo yêu cầu thu hồi, chờ nơi nhận trả lời (15 hoặc 16)",
        en: "{recipient}: has fetched it already; the request is with them, awaiting their answer (15 or 16)",
    }
    ALREADY_FINAL {
        vi: "{recipient}: đã trả lời từ trước; đã báo yêu cầu thu hồi, chờ nơi nhận trả lời (15 hoặc 16)",
        en: "{recipient}: had answered before; the request is with them, awaiting their answer (15 or 16)",
    }
}
