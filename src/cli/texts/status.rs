//! Sentences of `congvan status`.

use super::texts;

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
