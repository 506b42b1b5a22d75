//! Sentences of `congvan sync`.

use super::texts;

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
