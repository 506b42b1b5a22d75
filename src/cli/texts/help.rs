//! Help of every verb and argument.
//!
//! Keys: the verb (`"sign"`, `"cert check"`, `""` for the command itself), `"VERB --flag"` or `"VERB NAME"` for an
//! argument of one verb, `"--flag"` for the shared groups. A verb's text starts with a line in the imperative
//! without a period and holds at least one example line that begins with `congvan VERB`; the tests parse it.
//! An argument's text may go on after an empty line; that part only shows with `--help`.

use super::{Lang, Text};

/// Finds a help text by its key.
pub(crate) fn find(key: &str) -> Option<Text> {
    all().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

/// A help text in one language; empty when there is none, which the tests rule out.
pub(crate) fn text(key: &str, lang: Lang) -> &'static str {
    find(key).map_or("", |text| text.get(lang))
}

/// Every help text: those shared between verbs, then each verb's own.
pub(crate) fn all() -> impl Iterator<Item = &'static (&'static str, Text)> {
    SHARED.iter().chain(VERBS.iter().copied().flatten())
}

const VERBS: &[&[(&str, Text)]] = &[
    super::audit::HELP,
    super::cert::HELP,
    super::demo::HELP,
    super::explain::HELP,
    super::extend::HELP,
    super::key::HELP,
    super::pack::HELP,
    super::pull::HELP,
    super::push::HELP,
    super::recall::HELP,
    super::serve::HELP,
    super::sign::HELP,
    super::status::HELP,
    super::sync::HELP,
    super::trust::HELP,
    super::unpack::HELP,
    super::verify::HELP,
];

// The command itself and the arguments several verbs take.
const SHARED: &[(&str, Text)] = &[
    (
        "",
        Text {
            vi: "Ký, kiểm tra, đóng gói và trao đổi văn bản giữa các cơ quan

Mỗi lệnh có --json (mỗi dòng một đối tượng) và --help với ví dụ.
Mã thoát: 0 đạt hoặc xong, 1 TOTAL-FAILED, 2 dòng lệnh sai, 3 INDETERMINATE hoặc không có chữ ký,
4 không làm được. `congvan explain MÃ` giải thích mọi mã.

Ví dụ:
  congvan explain FILE_NOT_FOUND",
            en: "Sign, verify, pack and exchange documents between agencies

Every verb has --json (one object per line) and --help with an example.
Exit codes: 0 passed or done, 1 TOTAL-FAILED, 2 usage, 3 INDETERMINATE or no signature,
4 could not do its job. `congvan explain CODE` explains every code.

Example:
  congvan explain FILE_NOT_FOUND",
        },
    ),
    (
        "--json",
        Text {
            vi: "In kết quả dạng JSON, mỗi dòng một đối tượng", en: "Print results as JSON, one object per line"
        },
    ),
    (
        "--lang",
        Text {
            vi: "Ngôn ngữ của thông báo: vi hoặc en; mặc định theo hệ thống",
            en: "Language of messages, vi or en; the locale's by default",
        },
    ),
    ("--quiet", Text { vi: "Không in ghi chú và thanh tiến độ", en: "Print no notes and no progress" }),
    (
        "--profile",
        Text {
            vi: "Hồ sơ cấu hình dùng cho lần chạy này: tên, hoặc một tệp .toml",
            en: "Configuration profile of this run: a name, or a .toml file",
        },
    ),
    ("--help", Text { vi: "In trợ giúp; -h in bản ngắn", en: "Print help; -h prints the short form" }),
    ("--version", Text { vi: "In số phiên bản", en: "Print the version" }),
    (
        "--out",
        Text {
            vi: "Nơi ghi kết quả; mặc định đặt cạnh tệp vào",
            en: "Where the result goes; beside the input by default",
        },
    ),
    ("--force", Text { vi: "Ghi đè kết quả đã có", en: "Overwrite an existing result" }),
    (
        "--anchor",
        Text {
            vi: "Chứng thư số gốc tin cậy (PEM, DER hoặc thư mục); mặc định theo cấu hình",
            en: "Trust anchor certificates (PEM, DER or a folder); the configuration's by default",
        },
    ),
    (
        "--tsa-anchor",
        Text {
            vi: "Gốc tin cậy riêng cho dấu thời gian; mặc định là --anchor",
            en: "Anchors for time-stamping authorities only; --anchor by default",
        },
    ),
    (
        "--untrusted",
        Text {
            vi: "Chứng thư số trung gian chưa được tin cậy, để dựng đường dẫn",
            en: "Intermediate certificates of unknown worth, to build paths with",
        },
    ),
    ("--crl", Text { vi: "Danh sách thu hồi (PEM, DER hoặc thư mục)", en: "Revocation lists (PEM, DER or a folder)" }),
    ("--ocsp", Text { vi: "Trả lời OCSP (DER hoặc thư mục)", en: "OCSP responses (DER or a folder)" }),
    (
        "--no-revocation",
        Text {
            vi: "Không kiểm tra thu hồi; khi đó không chữ ký nào đạt TOTAL-PASSED",
            en: "Do not look at revocation; nothing is TOTAL-PASSED then",
        },
    ),
    (
        "--at",
        Text {
            vi: "Thời điểm xét, thay cho đồng hồ, dạng RFC 3339",
            en: "Judge as of this time instead of the clock, RFC 3339",
        },
    ),
    ("--offline", Text { vi: "Không mở kết nối mạng nào", en: "Open no socket" }),
    (
        "--proofs",
        Text {
            vi: "Thư mục bằng chứng đã lưu trước đây bằng --save-proofs",
            en: "Folder of proofs kept earlier with --save-proofs",
        },
    ),
    (
        "--save-proofs",
        Text {
            vi: "Lưu mọi bằng chứng đã dùng vào thư mục này để kiểm tra lại sau",
            en: "Keep every proof used in this folder, to replay the verdict later",
        },
    ),
    (
        "--key",
        Text {
            vi: "Khóa: tệp PKCS#8 hoặc PKCS#12, hoặc URI pkcs11: của khóa trên token; mặc định là khóa trong hồ sơ",
            en: "The key: a PKCS#8 or PKCS#12 file, or the pkcs11: URI of a key on a token; the profile's by default",
        },
    ),
    (
        "--cert",
        Text {
            vi: "Chứng thư, người ký trước rồi đến các cấp trên; không cần khi tệp khóa đã có",
            en: "Certificates, the signer's first, then its issuers; not needed where the key file holds them",
        },
    ),
    (
        "--passphrase-fd",
        Text {
            vi: "Đọc mật khẩu của khóa từ bộ mô tả tệp số N",
            en: "Read the key's passphrase from file descriptor N",
        },
    ),
    (
        "--passphrase-file",
        Text {
            vi: "Đọc mật khẩu của khóa từ dòng đầu của tệp",
            en: "Read the key's passphrase from the first line of a file",
        },
    ),
    (
        "--pkcs11-module",
        Text { vi: "Thư viện PKCS #11 của nhà cung cấp token", en: "PKCS #11 library of the token's vendor" },
    ),
    (
        "--pin-fd",
        Text {
            vi: "Đọc PIN của token từ bộ mô tả tệp số N", en: "Read the token's PIN from file descriptor N"
        },
    ),
    (
        "--pin-file",
        Text {
            vi: "Đọc PIN của token từ dòng đầu của tệp", en: "Read the token's PIN from the first line of a file"
        },
    ),
    (
        "--allow-last-try",
        Text {
            vi: "Vẫn nhập PIN khi token chỉ còn một lần thử",
            en: "Give the PIN even when the token has one try left",
        },
    ),
    (
        "--rate",
        Text {
            vi: "Đo thêm số chữ ký mỗi giây trên mọi nhân, trong chừng này giây",
            en: "Also measure signatures per second on all cores, for this long",
        },
    ),
    (
        "--token-timeout",
        Text {
            vi: "Chờ token trả lời mỗi bước nhiều nhất bao nhiêu giây (mặc định 120; 0 là không giới hạn)",
            en: "Wait at most this many seconds for each answer of the token (by default 120; 0 waits for ever)",
        },
    ),
    ("--pss", Text { vi: "Ký RSA theo RSASSA-PSS", en: "Sign with RSASSA-PSS where the key is RSA" }),
    (
        "--tsa-timeout",
        Text {
            vi: "Chờ mỗi dịch vụ dấu thời gian nhiều nhất bao nhiêu giây (1–900, mặc định 180)",
            en: "Wait at most this many seconds for each time-stamping service (1-900, by default 180)",
        },
    ),
    (
        "--tsa",
        Text {
            vi: "Dịch vụ cấp dấu thời gian RFC 3161, thử lần lượt",
            en: "RFC 3161 time-stamping services, tried in order",
        },
    ),
    (
        "--endpoint",
        Text {
            vi: "Địa chỉ điểm trao đổi; mặc định theo hồ sơ",
            en: "The exchange endpoint; the profile's by default",
        },
    ),
    (
        "--agency",
        Text {
            vi: "Mã định danh cơ quan mình; mặc định theo hồ sơ",
            en: "Own agency's code; the profile's by default",
        },
    ),
    (
        "--tls-key",
        Text {
            vi: "Khóa mở kênh TLS; mặc định theo hồ sơ, nếu không có thì dùng khóa ký",
            en: "Key that opens the channel; the profile's by default, else the signing key",
        },
    ),
    (
        "--tls-cert",
        Text {
            vi: "Chứng thư số của khóa TLS và chuỗi của nó", en: "Certificate of the TLS key, and its chain"
        },
    ),
    (
        "--retries",
        Text {
            vi: "Số lần thử lại liên tiếp không tiến triển khi kết nối đứt; mặc định 10",
            en: "Tries in a row without progress after a connection breaks off; 10 by default",
        },
    ),
    ("--journal", Text { vi: "Thư mục ghi nhật ký gửi nhận", en: "Folder where deliveries are remembered" }),
    ("--config", Text { vi: "Tệp cấu hình của điểm trao đổi", en: "The endpoint's configuration file" }),
];
