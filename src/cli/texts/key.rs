//! Sentences about keys and tokens, and of `congvan key`.

use super::texts;

texts! {
    WRONG_TRY_MADE {
        vi: "token `{token}`: đã có lần nhập sai PIN; mỗi lần sai nữa làm token gần bị khóa hơn",
        en: "token `{token}`: a wrong PIN was given before; each further one brings the token closer to locking",
    }
    LAST_TRY {
        vi: "token `{token}`: chỉ còn một lần nhập PIN; nếu sai, token sẽ bị khóa",
        en: "token `{token}`: this is the last try of the PIN; a wrong one locks the token",
    }
    PIN_TO_BE_CHANGED { vi: "token `{token}`: cần đổi PIN", en: "token `{token}`: its PIN must be changed" }
    TRY_COUNTED { vi: "token đã tính một lần sai", en: "the token has counted one wrong try" }
    ONE_TRY_LEFT { vi: "chỉ còn một lần thử trước khi bị khóa", en: "one try is left before it locks" }
    LOCKED_NOW { vi: "token đã bị khóa", en: "the token is locked now" }
    TOKEN_THINKS {
        vi: "token `{token}`: chưa trả lời sau {seconds} giây, vẫn đang chờ; có thể token chờ bấm PIN trên phím của nó",
        en: "token `{token}`: no answer for {seconds} s, still waiting; it may wait for a PIN on its own keys",
    }

    USABLE { vi: "dùng được", en: "usable" }
    NOT_USABLE { vi: "không dùng được: {why}", en: "not usable: {why}" }
    FILE { vi: "tệp {path}", en: "file {path}" }
    TOKEN {
        vi: "token `{token}` (khe {slot}, {model}, số {serial}): {state}",
        en: "token `{token}` (slot {slot}, {model}, serial {serial}): {state}",
    }
    KEY { vi: "{name}: {algorithm}", en: "{name}: {algorithm}" }
    UNNAMED { vi: "khóa không tên", en: "a key without a name" }
    CERTIFICATE { vi: "chứng thư {subject}, hạn đến {until}", en: "certificate {subject}, valid until {until}" }
    NO_CERTIFICATE { vi: "không có chứng thư đi cùng", en: "no certificate beside it" }
    NO_KEYS { vi: "không có khóa hay chứng thư nào", en: "no key or certificate" }
    PRIVATE_NOT_SEEN {
        vi: "khóa bí mật chỉ thấy sau khi đăng nhập; kiểm tra bằng `congvan key test`",
        en: "the private key shows only after a login; try it with `congvan key test`",
    }
    REFERENCE { vi: "dùng bằng --key '{uri}'", en: "use it with --key '{uri}'" }
    PIN_NORMAL { vi: "sẵn sàng", en: "ready" }
    PIN_WRONG_TRY { vi: "đã có lần nhập sai PIN", en: "a wrong PIN was given before" }
    PIN_LAST_TRY { vi: "chỉ còn một lần nhập PIN", en: "one try of the PIN is left" }
    PIN_LOCKED { vi: "bị khóa", en: "locked" }
    PIN_NOT_SET { vi: "chưa thiết lập", en: "not set up" }
    NO_TOKENS { vi: "{module}: không có token", en: "{module}: no token" }
    TESTED {
        vi: "{key}: ký thử và kiểm tra đúng theo chứng thư {subject} ({scheme})",
        en: "{key}: signed a test message, which verifies under the certificate {subject} ({scheme})",
    }
    RATE {
        vi: "{key}: {rate} chữ ký mỗi giây khi dùng mọi nhân",
        en: "{key}: {rate} signatures per second on all cores",
    }
}
