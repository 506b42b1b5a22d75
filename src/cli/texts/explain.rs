//! Sentences of `congvan explain`.

use super::texts;

texts! {
    EXIT_DONE { vi: "đạt, hoặc đã làm xong", en: "passed, or done" }
    EXIT_FAILED { vi: "có chữ ký TOTAL-FAILED", en: "a signature is TOTAL-FAILED" }
    EXIT_USAGE { vi: "dòng lệnh sai, hoặc không có gì để làm", en: "the command line is wrong, or nothing was selected" }
    EXIT_INDETERMINATE { vi: "INDETERMINATE hoặc NO-SIGNATURE: không khẳng định được", en: "INDETERMINATE or NO-SIGNATURE: nothing can be affirmed" }
    EXIT_COULD_NOT { vi: "không làm được việc, hoặc tệp UNREADABLE", en: "the job could not be done, or a file is UNREADABLE" }
    WHAT_TO_DO { vi: "Cách xử lý", en: "What to do" }
}
