//! Sentences of `congvan sign`.

use super::texts;

texts! {
    WORKING { vi: "đang ký", en: "signing" }
    SIGNED { vi: "đã ký {path} → {out} ({level}, {signer}, {place})", en: "signed {path} → {out} ({level}, {signer}, {place})" }
    SIGNED_FILE { vi: "đã ký {path} → {out} ({level}, {signer})", en: "signed {path} → {out} ({level}, {signer})" }
    COUNTERSIGNED_FILE { vi: "đã ký đối chứng lên chữ ký trong {path} → {out} ({level}, {signer})", en: "counter-signed the signature in {path} → {out} ({level}, {signer})" }
    SHOWN { vi: "trang {page}, cách trái {x} mm, cách trên {y} mm", en: "page {page}, {x} mm from the left, {y} mm from the top" }
    ALREADY_SIGNED { vi: "{path} đã được ký từ trước: {out}", en: "{path} was signed already: {out}" }
    SUMMARY { vi: "tổng cộng: {counts}; {seconds} giây", en: "in all: {counts}; {seconds} s" }
    COUNT_SIGNED { vi: "ký {n}", en: "{n} signed" }
    COUNT_ALREADY { vi: "đã ký từ trước {n}", en: "{n} signed already" }
    COUNT_FAILED { vi: "lỗi {n}", en: "{n} failed" }
    COUNT_SKIPPED { vi: "bỏ qua {n}", en: "{n} skipped" }
    INVISIBLE { vi: "không hiển thị", en: "invisible" }
    SECRECY_MARK { vi: "{path} có một dòng là `{mark}`; chỉ ký nếu văn bản không mật", en: "{path} has a line that reads `{mark}`; sign it only if it is not classified" }
    STAMP_OVERLAPS { vi: "chữ ký trên {path} che phần chữ: {text}", en: "the signature on {path} covers text: {text}" }
    TEXT_TURNED {
        vi: "chữ trên trang {page} của {path} không đứng thẳng khi hiển thị; chữ ký đặt theo chiều chữ",
        en: "the text on page {page} of {path} does not stand upright as displayed; the signature follows the text",
    }
    PREVIEWED { vi: "đã vẽ trang {page} của {path} → {out} ({place}); chưa ký gì", en: "drew page {page} of {path} → {out} ({place}); nothing is signed" }
    PDFA_NOT_KEPT { vi: "{path} tự nhận là {claim} nhưng không phải: {cause}", en: "{path} says it is {claim} and is not: {cause}" }
    FIELDS_AFTER_SIGNATURE {
        vi: "{path} đã có chữ ký; thêm ô số và ngày sau chữ ký đó khiến người kiểm tra không kết luận được về nó",
        en: "{path} is signed already; fields for number and date added after that signature leave its verdict open",
    }
    ASK_UNCLASSIFIED {
        vi: "Không đọc được chữ trên trang 1 nên không kiểm tra được dấu mật. Văn bản này không mật? [c/K]",
        en: "Page 1 has no readable text, so it cannot be checked for a mark of secrecy. Is it not classified? [y/N]",
    }
    SIGNER_STATUS_UNKNOWN {
        vi: "chưa biết chứng thư `{subject}` có bị thu hồi hay không ({cause}); vẫn ký",
        en: "it is not known whether the certificate `{subject}` is revoked ({cause}); signing all the same",
    }
    TSA_CLOCK_DIFFERS {
        vi: "dấu thời gian ghi {stated}, đồng hồ máy này chỉ {now}",
        en: "the time-stamp says {stated}, and this machine's clock {now}",
    }
    FIELD_DEMANDS {
        vi: "ô `{field}` của {path} đòi hỏi: {asked}; đã làm theo",
        en: "the field `{field}` of {path} asks for {asked}; this was done",
    }
    WITHOUT_TIME_STAMP {
        vi: "{path} được ký ở mức B vì không lấy được dấu thời gian: {cause}",
        en: "{path} is signed at level B, because no time-stamp could be had: {cause}",
    }
    SIGNED_TWICE {
        vi: "khóa đã ký hai lần cho {path}: dấu thời gian cần {needed} byte mà chỉ dành {reserved}",
        en: "the key signed twice for {path}: with its time-stamp it takes {needed} bytes, and only {reserved} were kept free",
    }
}
