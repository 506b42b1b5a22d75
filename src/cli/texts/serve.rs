//! Sentences of `congvan serve`.

use super::{Text, texts};

texts! {
    LISTENING { vi: "đang phục vụ tại {url}; khóa kiểm tra của nhật ký: {vkey}", en: "serving at {url}; verifier key of the log: {vkey}" }
    ADDED { vi: "{path}: {agency} dùng chứng thư số {certificate} làm {role}", en: "{path}: {agency} uses the certificate {certificate} as {role}" }
    SOUND { vi: "kho lưu nhất quán: dữ liệu, gói, nhật ký và bằng chứng khớp nhau", en: "the store is sound: database, packages, log and evidence agree" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "serve",
        Text {
            vi: "Chạy điểm trao đổi

Phục vụ theo tệp cấu hình cho tới khi được yêu cầu dừng (Ctrl-C hoặc SIGTERM). Mọi thứ đã báo nhận đều
nằm trên đĩa. Danh bạ cơ quan được đọc lại khi tệp thay đổi.

Ví dụ:
  congvan serve --config congvan.toml",
            en: "Run the exchange endpoint

Serves as the configuration says until asked to stop (Ctrl-C or SIGTERM). Whatever was acknowledged is
on disk. The directory of agencies is read anew when its file changes.

Example:
  congvan serve --config congvan.toml",
        },
    ),
    (
        "serve --check-config",
        Text { vi: "In cấu hình có hiệu lực rồi dừng", en: "Print the effective configuration and stop" },
    ),
    (
        "serve agency",
        Text {
            vi: "Sửa danh bạ cơ quan

Ví dụ:
  congvan serve agency add H45.01 --cert seal.pem --role seal",
            en: "Change the directory of agencies

Example:
  congvan serve agency add H45.01 --cert seal.pem --role seal",
        },
    ),
    (
        "serve agency add",
        Text {
            vi: "Ghi chứng thư số của một cơ quan vào danh bạ

Cơ quan chưa có thì được thêm vào. Điểm trao đổi đang chạy tự đọc lại danh bạ.

Ví dụ:
  congvan serve agency add H45.01 --cert seal.pem --role seal --name 'Sở Nội vụ'",
            en: "List a certificate of an agency in the directory

An agency that is not there yet is added. A running endpoint reads the directory anew by itself.

Example:
  congvan serve agency add H45.01 --cert seal.pem --role seal --name 'Sở Nội vụ'",
        },
    ),
    ("serve agency add CODE", Text { vi: "Mã định danh cơ quan", en: "Code of the agency" }),
    (
        "serve agency add --cert",
        Text {
            vi: "Tệp chứng thư số; chứng thư đầu tiên trong tệp được ghi",
            en: "Certificate file; the first certificate in it is listed",
        },
    ),
    (
        "serve agency add --role",
        Text {
            vi: "Dùng để làm gì: tls mở kênh, seal ký, service báo nhận tự động",
            en: "What it is for: tls opens the channel, seal signs, service acknowledges unattended",
        },
    ),
    ("serve agency add --name", Text { vi: "Tên cơ quan", en: "Name of the agency" }),
    ("serve agency add --from", Text { vi: "Có hiệu lực từ", en: "Listed from" }),
    ("serve agency add --until", Text { vi: "Có hiệu lực đến", en: "Listed until" }),
    (
        "serve fsck",
        Text {
            vi: "Kiểm tra kho lưu của điểm trao đổi

Đối chiếu dữ liệu, gói, nhật ký và chuỗi bằng chứng. Điểm trao đổi phải dừng trước. Thoát 1 khi có lỗi.

Ví dụ:
  congvan serve fsck --config congvan.toml",
            en: "Check the endpoint's store against itself

Compares database, packages, log and chains of evidence. The endpoint must be stopped. Exit 1 when
something is wrong.

Example:
  congvan serve fsck --config congvan.toml",
        },
    ),
];
