//! Sentences of `congvan serve`.

use super::texts;

texts! {
    LISTENING { vi: "đang phục vụ tại {url}; khóa kiểm tra của nhật ký: {vkey}", en: "serving at {url}; verifier key of the log: {vkey}" }
    ADDED { vi: "{path}: {agency} dùng chứng thư số {certificate} làm {role}", en: "{path}: {agency} uses the certificate {certificate} as {role}" }
    SOUND { vi: "kho lưu nhất quán: dữ liệu, gói, nhật ký và bằng chứng khớp nhau", en: "the store is sound: database, packages, log and evidence agree" }
}
