//! Sentences of `congvan push`.

use super::{Text, texts};

texts! {
    SENDING { vi: "Gửi", en: "Sending" }
    SENT { vi: "{path}: đã gửi tới {to} lúc {time}, lần gửi {delivery}", en: "{path}: sent to {to} at {time}, delivery {delivery}" }
    SENT_BEFORE {
        vi: "{path}: đã gửi tới {to} từ trước, lúc {time}, lần gửi {delivery}; không gửi thêm",
        en: "{path}: sent to {to} before, at {time}, delivery {delivery}; nothing was sent twice",
    }
    RECEIPT { vi: "  biên nhận: {path}", en: "  receipt: {path}" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "push",
        Text {
            vi: "Gửi một gói tới các cơ quan qua điểm trao đổi

Gói là tệp .edxml, .asice hoặc .asics. Mã lần gửi được ghi vào nhật ký trước khi byte đầu tiên rời máy:
chạy lại cùng lệnh sau khi đứt kết nối sẽ hoàn tất lần gửi đó, hoặc trả lại đúng biên nhận đã có.
Biên nhận được ghi cạnh gói.

Ví dụ:
  congvan push 15-QD.edxml --to H45.02 H45.03 --endpoint https://exchange.example",
            en: "Send a package to agencies through the endpoint

A package is an .edxml, .asice or .asics file. The delivery's id is written to the journal before
the first byte leaves: the same command run again after a broken connection finishes that delivery,
or returns the receipt it already has. The receipt is written beside the package.

Example:
  congvan push 15-QD.edxml --to H45.02 H45.03 --endpoint https://exchange.example",
        },
    ),
    ("push FILE", Text { vi: "Gói cần gửi", en: "The package to send" }),
    ("push --to", Text { vi: "Mã các nơi nhận", en: "Codes of the recipients" }),
    ("push --number", Text { vi: "Số văn bản trong sổ đăng ký", en: "Number of the document in the register" }),
    ("push --notation", Text { vi: "Ký hiệu văn bản, như QĐ-UBND", en: "Notation of the document, such as QĐ-UBND" }),
    ("push --date", Text { vi: "Ngày văn bản", en: "Date of the document" }),
    (
        "push --class",
        Text {
            vi: "Loại văn bản; chỉ trao đổi văn bản không mật",
            en: "Class of the document; only unclassified ones travel",
        },
    ),
    ("push --not-after", Text { vi: "Sau thời điểm này không giao nữa", en: "Not delivered any more after this time" }),
    ("push --reply-to", Text { vi: "Mã lần gửi mà gói này trả lời", en: "The delivery this one answers" }),
    (
        "push --again",
        Text {
            vi: "Gửi thêm một lần mới dù đã gửi gói này tới các nơi này",
            en: "Make a new delivery even when this package went there before",
        },
    ),
    (
        "push --receipt",
        Text {
            vi: "Nơi ghi biên nhận; mặc định là GÓI.receipt.json",
            en: "Where the receipt goes; FILE.receipt.json by default",
        },
    ),
];
