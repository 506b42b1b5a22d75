//! Sentences of `congvan pull`.

use super::{Text, texts};

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

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "pull --watch",
        Text { vi: "Không dừng: nhận ngay khi có gói mới", en: "Go on: receive whatever comes as it comes" },
    ),
    ("pull --reject", Text { vi: "Từ chối lần gửi này thay vì nhận", en: "Refuse this delivery instead of receiving" }),
    ("pull --reason", Text { vi: "Lý do từ chối, nơi gửi sẽ đọc", en: "Why it is refused; the sender will read it" }),
    (
        "pull --sender",
        Text { vi: "Nơi gửi, khi nhiều nơi dùng cùng mã", en: "The sender, where several use the same id" },
    ),
    (
        "pull",
        Text {
            vi: "Nhận mọi gói đang chờ và báo nhận

Mỗi gói được tải về, kiểm tra giá trị băm và chữ ký nơi gửi, ghi trọn vẹn vào một thư mục riêng rồi mới
báo nhận có ký. Gói không qua kiểm tra được trả lại và không để lại tệp nào.

Ví dụ:
  congvan pull --out den --endpoint https://exchange.example",
            en: "Receive every package that waits, and acknowledge it

Each package is downloaded, checked by digest and the sender's seal, kept whole in a folder of its own,
and only then acknowledged with a signature. One that fails its checks is given back and leaves no file.

Example:
  congvan pull --out in --endpoint https://exchange.example",
        },
    ),
    ("pull --out", Text { vi: "Thư mục chứa những gì nhận được", en: "Folder for what is received" }),
];
