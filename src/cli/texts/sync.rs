//! Sentences of `congvan sync`.

use super::{Text, texts};

texts! {
    SENT { vi: "{file}: đã gửi, lần gửi {delivery}", en: "{file}: sent, delivery {delivery}" }
    WAITS {
        vi: "{file}: chưa biết gửi cho ai; ghi {file}.to.json hoặc dùng --to",
        en: "{file}: nobody said to whom; write {file}.to.json or use --to",
    }
    VERIFIED { vi: "{path}: {indication}", en: "{path}: {indication}" }
    RUNS_OUT { vi: "{delivery}: SẮP HẾT HẠN, {recipient} vẫn chưa nhận", en: "{delivery}: RUNS OUT SOON, {recipient} has not received it yet" }
    EVIDENCE { vi: "{delivery}: {recipient} {event}", en: "{delivery}: {recipient} {event}" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "sync",
        Text {
            vi: "Gửi và nhận qua các thư mục, không cần người trông

Trong DIR: gói đặt vào OUT được gửi rồi chuyển sang DONE, hoặc sang FAILED kèm lý do; gói
nhận về nằm trong IN, mỗi lần gửi một thư mục, kết quả kiểm tra (congvan.verify/1) ở
verify.json; chứng cứ của các lần gửi nằm trong RECEIPTS. Ghi tệp vào OUT dưới tên khác
(.TÊN, TÊN.tmp, TÊN.part) rồi đổi tên, hoặc ghi TÊN.to.json sau cùng:
  {\"to\":[\"H45.02\"],\"number\":\"15\",\"notation\":\"QĐ-UBND\",\"date\":\"2026-03-05\"}
Không có TÊN.to.json thì gói edXML đi tới các nơi nhận ghi trong nó, gói khác tới --to, khi
tệp không còn thay đổi. Dừng ở đâu cũng được: lần chạy sau làm tiếp, không gửi hai lần,
không mất gì.

Ví dụ:
  congvan sync /var/lib/congvan --once",
            en: "Send and receive through folders, unattended

In DIR: a package put into OUT is sent and goes to DONE, or to FAILED with the reason; what
comes lies in IN, a folder for each delivery, with the outcome of its verification
(congvan.verify/1) in verify.json; evidence of what was sent goes to RECEIPTS. Write into
OUT under another name (.NAME, NAME.tmp, NAME.part) and rename, or write NAME.to.json last:
  {\"to\":[\"H45.02\"],\"number\":\"15\",\"notation\":\"QĐ-UBND\",\"date\":\"2026-03-05\"}
Without NAME.to.json an edXML packet goes to the recipients it names itself, anything else
to --to, once the file has stopped changing. Stop it anywhere: the next run goes on, sends
nothing twice and loses nothing.

Example:
  congvan sync /var/lib/congvan --once",
        },
    ),
    (
        "sync DIR",
        Text {
            vi: "Thư mục chứa OUT, IN, RECEIPTS, DONE, FAILED", en: "Folder of OUT, IN, RECEIPTS, DONE and FAILED"
        },
    ),
    ("sync --once", Text { vi: "Chạy một vòng rồi dừng", en: "One round, then end" }),
    ("sync --to", Text { vi: "Nơi nhận của gói không nêu nơi nhận", en: "Recipients of packages that name none" }),
    ("sync --interval", Text { vi: "Số giây giữa hai lần xem OUT", en: "Seconds between two looks at OUT" }),
    (
        "sync --offline",
        Text {
            vi: "Kiểm tra gói nhận về mà không tải gì thêm", en: "Verify what came without fetching anything"
        },
    ),
];
