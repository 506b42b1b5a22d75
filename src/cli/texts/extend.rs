//! Sentences of `congvan extend`.

use super::texts;

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
