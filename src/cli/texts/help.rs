//! Help of every verb and argument.
//!
//! Keys: the verb (`"sign"`, `"cert check"`, `""` for the command itself), `"VERB --flag"` or `"VERB NAME"` for an
//! argument of one verb, `"--flag"` for the shared groups. A verb's text starts with a line in the imperative
//! without a period and holds at least one example line that begins with `congvan VERB`; the tests parse it.
//! An argument's text may go on after an empty line; that part only shows with `--help`.

use super::{Lang, Text};

/// Finds a help text by its key.
pub(crate) fn find(key: &str) -> Option<Text> {
    ALL.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

/// A help text in one language; empty when there is none, which the tests rule out.
pub(crate) fn text(key: &str, lang: Lang) -> &'static str {
    find(key).map_or("", |text| text.get(lang))
}

/// Every help text.
pub(crate) const ALL: &[(&str, Text)] = &[
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
    // --- every verb ---
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
    // --- explain ---
    (
        "explain",
        Text {
            vi: "Giải thích một mã lỗi hoặc mã thoát

Không có đối số thì liệt kê mọi mã.

Ví dụ:
  congvan explain OUTPUT_EXISTS
  congvan explain 3",
            en: "Explain an error code or exit code

Without an argument every code is listed.

Example:
  congvan explain OUTPUT_EXISTS
  congvan explain 3",
        },
    ),
    ("explain CODE", Text { vi: "Mã cần giải thích, chữ hoa hay thường", en: "The code to explain, in either case" }),
];
