//! Sentences of `congvan pull`.

use super::texts;

texts! {
    TAKING { vi: "Nhận", en: "Receiving" }
    TAKEN { vi: "{path}: nhận từ {sender}, lần gửi {delivery}, đã báo nhận", en: "{path}: received from {sender}, delivery {delivery}, acknowledged" }
    NOTHING { vi: "không có gì đang chờ nhận", en: "nothing waits to be received" }
}
