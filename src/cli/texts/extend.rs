//! Sentences of `congvan extend`.

use super::{Text, texts};

texts! {
    WORKING { vi: "đang bổ sung", en: "extending" }
    EXTENDED { vi: "đã nâng {path} → {out} ({before} → {after}), đủ bằng chứng đến {until}", en: "extended {path} → {out} ({before} → {after}), proof lasts until {until}" }
    RENEWED { vi: "đã gia hạn {path} → {out} ({after}), đủ bằng chứng đến {until}", en: "renewed {path} → {out} ({after}), proof lasts until {until}" }
    ALREADY { vi: "{path} đã ở mức {before}, đủ bằng chứng đến {until}: để yên", en: "{path} is at {before}, proof lasts until {until}: left alone" }
    NOT_DUE { vi: "{path} ({before}) chưa đến hạn: đủ bằng chứng đến {until}", en: "{path} ({before}) is not due: proof lasts until {until}" }
    WOULD { vi: "sẽ nâng {path} từ {before} lên {after}: hết bằng chứng {until} ({why})", en: "would take {path} from {before} to {after}: proof ends {until} ({why})" }
    WOULD_RENEW { vi: "sẽ gia hạn {path} ({before}): hết bằng chứng {until} ({why})", en: "would renew {path} ({before}): proof ends {until} ({why})" }
    UNBOUNDED { vi: "khi chưa có thời hạn nào biết trước", en: "no end that is known" }
    EXPIRY { vi: "chứng thư `{subject}` hết hạn", en: "the certificate `{subject}` expires" }
    ALGORITHM { vi: "thuật toán {name} hết hiệu lực theo chính sách", en: "the policy ends the algorithm {name}" }
    SUMMARY { vi: "{counts}", en: "{counts} in all" }
    COUNT_EXTENDED { vi: "{n} đã bổ sung", en: "{n} extended" }
    COUNT_WOULD { vi: "{n} cần bổ sung", en: "{n} to be extended" }
    COUNT_LEFT { vi: "{n} để yên", en: "{n} left alone" }
    COUNT_FAILED { vi: "{n} không được", en: "{n} failed" }
    COUNT_SKIPPED { vi: "{n} bỏ qua", en: "{n} skipped" }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "extend",
        Text {
            vi: "Bổ sung dấu thời gian và dữ liệu kiểm tra cho tệp đã ký

Nâng mọi chữ ký trong PDF lên mức yêu cầu (mặc định lta) bằng bản cập nhật nối tiếp: mọi byte cũ giữ
nguyên. CAdES (DER), XAdES và gói ASiC cũng được: chỉ phần không ký lớn thêm. Tệp kết quả là TÊN.extended.pdf bên cạnh, hoặc vào --out. Tệp đã đạt mức thì để yên, trừ khi
--due hay --renew yêu cầu gia hạn: thêm dữ liệu mới cho dấu thời gian cuối rồi đóng dấu thời gian mới.
Chữ ký sai hoặc văn bản bị sửa sau khi ký thì không được bổ sung.

Ví dụ:
  congvan extend quyet-dinh.signed.pdf --anchor goc.pem --tsa http://tsa.example
  congvan extend luu-tru --due 2027-07-01T00:00:00Z --dry-run --anchor goc.pem
  congvan extend luu-tru --due 2027-07-01T00:00:00Z --out da-gia-han --anchor goc.pem --tsa http://tsa.example",
            en: "Add time-stamps and validation data to signed files

Takes every signature of a PDF to the level asked for (lta by default) by incremental updates: every
earlier byte stays. CAdES (DER), XAdES and ASiC containers too: only what is not signed grows. The result is NAME.extended.pdf beside the input, or goes to --out. A file that
has the level is left alone, unless --due or --renew ask for renewal: fresh data for its last
time-stamp, then a new time-stamp. Where a signature is wrong or the document was changed after
signing, nothing is added.

Examples:
  congvan extend decision.signed.pdf --anchor root.pem --tsa http://tsa.example
  congvan extend archive --due 2027-07-01T00:00:00Z --dry-run --anchor root.pem
  congvan extend archive --due 2027-07-01T00:00:00Z --out renewed --anchor root.pem --tsa http://tsa.example",
        },
    ),
    ("extend FILE", Text { vi: "Tệp đã ký, hoặc thư mục có tệp đã ký", en: "Signed files, or folders of them" }),
    (
        "extend --level",
        Text {
            vi: "Mức cần đạt: t, lt hay lta (mặc định)", en: "Level to reach: t, lt or lta (the default)"
        },
    ),
    (
        "extend --due",
        Text {
            vi: "Chỉ những tệp hết bằng chứng trước thời điểm này (RFC 3339): chứng thư hết hạn, thuật toán hết hiệu lực",
            en: "Only files that run out of proof before this time (RFC 3339): certificates expire, algorithms end",
        },
    ),
    (
        "extend --renew",
        Text {
            vi: "Đóng dấu thời gian mới cả khi tệp đã đạt mức",
            en: "Add a new time-stamp even where the level is reached",
        },
    ),
    (
        "extend --dry-run",
        Text {
            vi: "Chỉ liệt kê việc sẽ làm, không ghi gì", en: "List what would be done and write nothing"
        },
    ),
    (
        "extend --content",
        Text {
            vi: "Tệp nội dung của chữ ký CAdES tách rời; mặc định là tệp cùng tên bên cạnh, bỏ phần đuôi",
            en: "Content of a detached CAdES signature; by default the file beside it, without the ending",
        },
    ),
    (
        "extend --policy",
        Text {
            vi: "Chính sách có thời hạn của thuật toán: strict (mặc định), nd30 hoặc một tệp TOML",
            en: "Policy with the end dates of algorithms: strict (the default), nd30 or a TOML file",
        },
    ),
];
