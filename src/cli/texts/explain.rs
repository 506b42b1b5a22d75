//! Sentences of `congvan explain`.

use super::{Text, texts};

texts! {
    EXIT_DONE { vi: "đạt, hoặc đã làm xong", en: "passed, or done" }
    EXIT_FAILED { vi: "có chữ ký TOTAL-FAILED", en: "a signature is TOTAL-FAILED" }
    EXIT_USAGE { vi: "dòng lệnh sai, hoặc không có gì để làm", en: "the command line is wrong, or nothing was selected" }
    EXIT_INDETERMINATE { vi: "INDETERMINATE hoặc NO-SIGNATURE: không khẳng định được", en: "INDETERMINATE or NO-SIGNATURE: nothing can be affirmed" }
    EXIT_COULD_NOT { vi: "không làm được việc, hoặc tệp UNREADABLE", en: "the job could not be done, or a file is UNREADABLE" }
    WHAT_TO_DO { vi: "Cách xử lý", en: "What to do" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "explain",
        Text {
            vi: "Giải thích một mã: kết quả kiểm tra, cảnh báo, thay đổi, lỗi hoặc mã thoát

Không có đối số thì liệt kê mọi mã.

Ví dụ:
  congvan explain REVOKED_NO_POE
  congvan explain OUTPUT_EXISTS
  congvan explain 3",
            en: "Explain a code: of a verdict, warning, change, error or exit

Without an argument every code is listed.

Example:
  congvan explain REVOKED_NO_POE
  congvan explain OUTPUT_EXISTS
  congvan explain 3",
        },
    ),
    ("explain CODE", Text { vi: "Mã cần giải thích, chữ hoa hay thường", en: "The code to explain, in either case" }),
];
