//! What is wrong with a command line.

use super::texts;

texts! {
    UNKNOWN_VERB { vi: "không có lệnh nào tên là `{argument}`", en: "there is no verb named `{argument}`" }
    UNKNOWN_ARGUMENT { vi: "không có đối số `{argument}`", en: "there is no argument `{argument}`" }
    MISSING_ARGUMENT { vi: "thiếu đối số {argument}", en: "an argument is missing: {argument}" }
    MISSING_VERB { vi: "chưa nêu lệnh", en: "no verb was given" }
    MISSING_VALUE { vi: "`{argument}` cần một giá trị", en: "`{argument}` needs a value" }
    VALUE_NOT_IN_LIST { vi: "`{value}` không dùng được cho `{argument}`; các giá trị là: {allowed}", en: "`{value}` does not fit `{argument}`; the values are: {allowed}" }
    INVALID_VALUE { vi: "`{value}` không dùng được cho `{argument}`", en: "`{value}` does not fit `{argument}`" }
    CONFLICT { vi: "`{argument}` không đi cùng `{other}`", en: "`{argument}` does not go with `{other}`" }
    TOO_MANY_VALUES { vi: "`{argument}` có quá nhiều giá trị", en: "`{argument}` has too many values" }
    NOT_UTF8 { vi: "một đối số không phải UTF-8", en: "an argument is not UTF-8" }
    NOT_UNDERSTOOD { vi: "không đọc được dòng lệnh", en: "the command line cannot be understood" }
    DID_YOU_MEAN { vi: "có phải ý bạn là `{suggestion}`? Xem `{help}`", en: "did you mean `{suggestion}`? See `{help}`" }
}
