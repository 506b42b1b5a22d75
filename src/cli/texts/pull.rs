//! Sentences of `congvan pull`.

use super::texts;

texts! {
    TAKING { vi: "Nhận", en: "Receiving" }
    TAKEN { vi: "{path}: nhận từ {sender}, lần gửi {delivery}, đã báo nhận", en: "{path}: received from {sender}, delivery {delivery}, acknowledged" }
    ASKED_BACK { vi: "  {sender} đã yêu cầu thu hồi lần gửi này; đồng ý: `congvan status {delivery} --set 15`; không: `--set 16 --text LÝ-DO`", en: "  {sender} has asked for this one back; to agree: `congvan status {delivery} --set 15`; else `--set 16 --text WHY`" }
    TAKEN_BACK { vi: "{delivery}: {sender} đã thu hồi trước khi được nhận ({reason})", en: "{delivery}: {sender} took it back before it was received ({reason})" }
    ASKS_BACK { vi: "{delivery}: {sender} yêu cầu thu hồi ({reason}); đồng ý: `congvan status {delivery} --set 15`; không: `--set 16 --text LÝ-DO`", en: "{delivery}: {sender} asks for it back ({reason}); to agree: `congvan status {delivery} --set 15`; else `--set 16 --text WHY`" }
    ASKS_REPLACED { vi: "{delivery}: {sender} thay bằng lần gửi {by}; đồng ý: `congvan status {delivery} --set 15`; không: `--set 16 --text LÝ-DO`", en: "{delivery}: {sender} replaces it by delivery {by}; to agree: `congvan status {delivery} --set 15`; else `--set 16 --text WHY`" }
    RUNS_OUT { vi: "{delivery}: SẮP HẾT HẠN NHẬN, gói từ {sender} vẫn chưa được nhận", en: "{delivery}: RUNS OUT SOON, the package from {sender} is still not received" }
    REJECTED { vi: "{delivery}: đã từ chối nhận, {sender} được báo", en: "{delivery}: refused, and {sender} is told" }
    NOTHING { vi: "không có gì đang chờ nhận", en: "nothing waits to be received" }
}
