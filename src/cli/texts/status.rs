//! Sentences of `congvan status`.

use super::{Text, texts};

texts! {
    ASKING { vi: "Hỏi trạng thái", en: "Asking" }
    NOTHING { vi: "chưa gửi gì qua điểm trao đổi này", en: "nothing was sent through this endpoint yet" }
    DELIVERY { vi: "{delivery} ({file}): điểm trao đổi đã nhận", en: "{delivery} ({file}): accepted by the endpoint" }
    OPEN { vi: "{delivery} ({file}): gửi dở dang, chạy lại lệnh push để hoàn tất", en: "{delivery} ({file}): broken off; run push again to finish it" }
    REFUSED { vi: "{delivery} ({file}): bị từ chối, sửa rồi gửi lại", en: "{delivery} ({file}): refused; correct it and push again" }
    RECIPIENT { vi: "  {recipient}: {state} ({time})", en: "  {recipient}: {state} ({time})" }
    AVAILABLE { vi: "đang chờ trong hộp nhận", en: "waits in the inbox" }
    LEASED { vi: "đang được lấy về", en: "is being fetched" }
    PARKED { vi: "lấy về nhiều lần không thành, đang để riêng", en: "fetched in vain many times, set aside" }
    ACCEPTED { vi: "đã nhận", en: "has it" }
    REJECTED { vi: "từ chối nhận", en: "refused it" }
    RECALLED { vi: "đã thu hồi", en: "recalled" }
    FARES { vi: "    xử lý: {code} {name}{text} ({time})", en: "    business: {code} {name}{text} ({time})" }
    REASON { vi: "    lý do: {reason}", en: "    reason: {reason}" }
    ENDS { vi: "    hạn nhận: {time}", en: "    to be received by {time}" }
    ENDS_SOON { vi: "    SẮP HẾT HẠN NHẬN: {time}", en: "    RUNS OUT SOON: to be received by {time}" }
    RECALL_ASKED { vi: "    đã yêu cầu thu hồi, nơi nhận chưa trả lời", en: "    asked to give it back, not answered yet" }
    REPLACED_BY { vi: "  được thay bằng lần gửi {delivery}", en: "  replaced by delivery {delivery}" }
    SAYING { vi: "Báo trạng thái", en: "Telling" }
    SAID { vi: "{delivery}: đã báo trạng thái {code} cho nơi gửi", en: "{delivery}: told the sender status {code}" }
    EXPIRED { vi: "quá hạn", en: "ran out of time" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "status --set",
        Text {
            vi: "Báo cho nơi gửi trạng thái xử lý của lần gửi đã nhận: 01 đến 06, 15 (đồng ý thu hồi, thay thế) hoặc 16 (từ chối)",
            en: "Tell the sender how it fares with deliveries received: 01 to 06, 15 (give back, replace: agreed) or 16 (declined)",
        },
    ),
    (
        "status --text",
        Text { vi: "Lời kèm theo; bắt buộc với 02 và 16", en: "In your own words; needed with 02 and 16" },
    ),
    (
        "status --sender",
        Text { vi: "Nơi gửi, khi nhiều nơi dùng cùng mã", en: "The sender, where several use the same id" },
    ),
    (
        "status",
        Text {
            vi: "Cho biết những gì đã gửi đang ở đâu

Không có đối số thì liệt kê mọi lần gửi trong nhật ký. Trạng thái được đối chiếu với bằng chứng có ký
của điểm trao đổi, từng chữ ký đều được kiểm tra.

Ví dụ:
  congvan status --endpoint https://exchange.example",
            en: "Tell where what was sent stands

Without arguments every delivery of the journal is listed. States are compared with the endpoint's sealed
evidence, and each seal is checked.

Example:
  congvan status --endpoint https://exchange.example",
        },
    ),
    ("status DELIVERY", Text { vi: "Mã lần gửi", en: "Id of a delivery" }),
];
