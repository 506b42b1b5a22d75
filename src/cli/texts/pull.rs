//! Sentences of `congvan pull`.

use super::texts;

texts! {
    TAKING { vi: "Nhận", en: "Receiving" }
    TAKEN { vi: "{path}: nhận từ {sender}, lần gửi {delivery}, đã báo nhận", en: "{path}: received from {sender}, delivery {delivery}, acknowledged" }
    ASKED_BACK { vi: "  {sender} đã yêu cầu thu hồi lần gửi này; trả lời bằng `congvan status --set 15` hoặc `16`", en: "  {sender} has asked for this one back; answer with `congvan status --set 15` or `16`" }
    TAKEN_BACK { vi: "{delivery}: {sender} đã thu hồi trước khi được nhận ({reason})", en: "{delivery}: {sender} took it back before it was received ({reason})" }
    ASKS_BACK { vi: "{delivery}: {sender} yêu cầu thu hồi ({reason}); trả lời bằng `congvan status --set 15` hoặc `16`", en: "{delivery}: {sender} asks for it back ({reason}); answer with `congvan status --set 15` or `16`" }
    ASKS_REPLACED { vi: "{delivery}: {sender} thay bằng lần gửi {by}; trả lời bằng `congvan status --set 15` hoặc `16`", en: "{delivery}: {sender} replaces it by delivery {by}; answer with `congvan status --set 15` or `16`" }
    REJECTED { vi: "{delivery}: đã từ chối nhận, {sender} được báo", en: "{delivery}: refused, and {sender} is told" }
    NOTHING { vi: "không có gì đang chờ nhận", en: "nothing waits to be received" }
}
