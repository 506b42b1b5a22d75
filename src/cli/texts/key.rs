//! Sentences about keys and tokens, and of `congvan key`.

use super::{Text, texts};

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

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "key",
        Text {
            vi: "Xem và thử các khóa trong tệp và trên token

Khóa nằm trong tệp PKCS#8, PKCS#12 hoặc trên token PKCS #11; lệnh nào cần khóa cũng nhận cả ba qua --key.

Ví dụ:
  congvan key list ky.p12
  congvan key test --key ky.p12",
            en: "List and try keys in files and on tokens

Keys are in PKCS#8 or PKCS#12 files or on PKCS #11 tokens; every verb that needs one takes all three with --key.

Example:
  congvan key list signer.p12
  congvan key test --key signer.p12",
        },
    ),
    (
        "key list",
        Text {
            vi: "Liệt kê khóa với chứng thư, thời hạn, và lý do không dùng được

Xem tệp khóa, thư mục chứa chúng, hay mọi token của một thư viện PKCS #11; không nêu gì thì xem khóa của
hồ sơ. Không hỏi mật khẩu hay PIN; có PIN (--pin-fd, --pin-file, CONGVAN_PIN) thì đăng nhập một lần và thấy
cả khóa bí mật.

Ví dụ:
  congvan key list ky.p12 khoa/
  congvan key list --pkcs11-module /usr/lib/softhsm/libsofthsm2.so
  congvan key list --valid",
            en: "List keys with their certificates, expiry, and why one cannot be used

Looks at key files, folders of them, or every token of a PKCS #11 library; without any, at the
profile's key. Never asks for a passphrase or PIN; where a PIN is given (--pin-fd, --pin-file,
CONGVAN_PIN) it logs in once and sees the private keys too.

Example:
  congvan key list signer.p12 keys/
  congvan key list --pkcs11-module /usr/lib/softhsm/libsofthsm2.so
  congvan key list --valid",
        },
    ),
    (
        "key list KEY",
        Text {
            vi: "Tệp khóa, thư mục, URI pkcs11: hoặc thư viện PKCS #11",
            en: "Key files, folders, pkcs11: URIs or PKCS #11 libraries",
        },
    ),
    ("key list --valid", Text { vi: "Chỉ những khóa dùng được", en: "Only keys that can be used" }),
    (
        "key test",
        Text {
            vi: "Ký thử một thông điệp ngẫu nhiên và kiểm tra theo chứng thư

Mở khóa đúng như `congvan sign` (đăng nhập token một lần), nói các cảnh báo của token, ký một thông điệp
ngẫu nhiên và kiểm tra chữ ký bằng chứng thư. Không ghi gì.

Ví dụ:
  congvan key test --key ky.p12 --rate 2
  congvan key test --key 'pkcs11:token=Van%20thu' --pkcs11-module /usr/lib/softhsm/libsofthsm2.so",
            en: "Sign a random message and verify it under the certificate

Opens the key just as `congvan sign` does (one login to a token), tells the token's warnings, signs a
random message and verifies it with the certificate. Writes nothing.

Example:
  congvan key test --key signer.p12 --rate 2
  congvan key test --key 'pkcs11:token=Registry' --pkcs11-module /usr/lib/softhsm/libsofthsm2.so",
        },
    ),
];
