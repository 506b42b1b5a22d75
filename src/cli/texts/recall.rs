//! Sentences of `congvan recall`.

use super::{Text, texts};

texts! {
    ASKING { vi: "Thu hồi", en: "Taking back" }
    RECALLED { vi: "{recipient}: đã thu hồi, nơi nhận chưa đọc", en: "{recipient}: taken back, nobody there had read it" }
    TOO_LATE {
        vi: "{recipient}: đã lấy gói về; đã báo yêu cầu thu hồi, chờ nơi nhận trả lời (15 hoặc 16)",
        en: "{recipient}: has fetched it already; the request is with them, awaiting their answer (15 or 16)",
    }
    ALREADY_FINAL {
        vi: "{recipient}: đã trả lời từ trước; đã báo yêu cầu thu hồi, chờ nơi nhận trả lời (15 hoặc 16)",
        en: "{recipient}: had answered before; the request is with them, awaiting their answer (15 or 16)",
    }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "recall",
        Text {
            vi: "Thu hồi một lần gửi

Nơi nào chưa đọc byte nào của gói thì gói được lấy lại ngay. Nơi nào đã lấy về thì nhận được
yêu cầu và tự quyết định: trả lời 15 (đồng ý) hoặc 16 (từ chối). Mỗi kết quả đều có chứng
cứ. Hỏi lại cho cùng câu trả lời. Mã thoát là 0 khi đã lấy lại ở mọi nơi, 3 khi còn nơi phải
quyết định.

Ví dụ:
  congvan recall 019cbc35-aa00-7707-8707-070707070707 --reason 'Gửi nhầm nơi nhận'",
            en: "Take back what was sent

Where nobody has read a byte of the package, it is taken back at once. A recipient that has
fetched it is asked, and decides: it answers 15 (agreed) or 16 (declined). There is evidence
of each outcome. Asking again gives the same answer. The exit code is 0 when it was taken
back everywhere, 3 when a recipient has to decide.

Example:
  congvan recall 019cbc35-aa00-7707-8707-070707070707 --reason 'Sent to the wrong office'",
        },
    ),
    ("recall DELIVERY", Text { vi: "Mã lần gửi", en: "Id of the delivery" }),
    (
        "recall --from",
        Text {
            vi: "Chỉ thu hồi ở các nơi này; mặc định là mọi nơi",
            en: "From these recipients only; from all by default",
        },
    ),
    ("recall --reason", Text { vi: "Lý do, nơi nhận sẽ đọc", en: "Why; the recipients will read it" }),
    (
        "replace",
        Text {
            vi: "Gửi một gói thay cho lần gửi trước

Lần gửi cũ được thu hồi trong cùng một bước: nơi chưa đọc chỉ còn thấy gói mới, nơi đã lấy
về được báo là có gói thay thế và tự quyết định. Một lần gửi chỉ được thay một lần. Mặc định
gửi cho các nơi nhận cũ.

Ví dụ:
  congvan replace 019cbc35-aa00-7707-8707-070707070707 15-QD-sua.edxml",
            en: "Send a package in the place of an earlier one

The earlier delivery is taken back in the same step: whoever has not read it sees the new
one only, whoever has fetched it is told of the new one, and decides. A delivery is replaced
once. It goes to the recipients of the earlier one unless others are named.

Example:
  congvan replace 019cbc35-aa00-7707-8707-070707070707 15-QD-corrected.edxml",
        },
    ),
    ("replace DELIVERY", Text { vi: "Mã lần gửi bị thay", en: "Id of the delivery that is replaced" }),
    ("replace FILE", Text { vi: "Gói mới", en: "The new package" }),
    (
        "replace --to",
        Text {
            vi: "Mã các nơi nhận; mặc định như lần gửi cũ",
            en: "Codes of the recipients; those of the earlier delivery by default",
        },
    ),
    ("replace --number", Text { vi: "Số văn bản trong sổ đăng ký", en: "Number of the document in the register" }),
    (
        "replace --notation",
        Text { vi: "Ký hiệu văn bản, như QĐ-UBND", en: "Notation of the document, such as QĐ-UBND" },
    ),
    ("replace --date", Text { vi: "Ngày văn bản", en: "Date of the document" }),
    (
        "replace --class",
        Text {
            vi: "Loại văn bản; văn bản mật không được gửi",
            en: "Class of the document; classified ones are not sent",
        },
    ),
    (
        "replace --not-after",
        Text { vi: "Sau thời điểm này không giao nữa", en: "Not delivered any more after this time" },
    ),
    (
        "replace --again",
        Text {
            vi: "Tạo lần gửi mới dù gói này đã gửi cho các nơi này",
            en: "A new delivery even when this package went to these recipients before",
        },
    ),
    (
        "replace --receipt",
        Text {
            vi: "Nơi ghi biên nhận; mặc định cạnh gói",
            en: "Where the receipt goes; beside the package by default",
        },
    ),
];
