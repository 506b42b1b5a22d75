//! Sentences of `congvan push`.

use super::texts;

texts! {
    SENDING { vi: "Gửi", en: "Sending" }
    SENT { vi: "{path}: đã gửi tới {to} lúc {time}, lần gửi {delivery}", en: "{path}: sent to {to} at {time}, delivery {delivery}" }
    SENT_BEFORE {
        vi: "{path}: đã gửi tới {to} từ trước, lúc {time}, lần gửi {delivery}; không gửi thêm",
        en: "{path}: sent to {to} before, at {time}, delivery {delivery}; nothing was sent twice",
    }
    RECEIPT { vi: "  biên nhận: {path}", en: "  receipt: {path}" }
}
