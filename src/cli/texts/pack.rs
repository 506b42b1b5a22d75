//! Sentences of `congvan pack`.

use super::texts;

texts! {
    PACKED { vi: "đã đóng gói {path}: văn bản {id}, {files} tệp", en: "packed {path}: document {id}, {files} files" }
    PACKING { vi: "Đóng gói", en: "Packing" }
    STRAY_FILE { vi: "tệp {name} trong gói không thuộc văn bản nên không được chuyển", en: "the file {name} in the container is not part of the package and is left behind" }
    READ_FROM_DOCUMENT { vi: "đọc từ chính văn bản:", en: "read from the document itself:" }
    READ_FIELD { vi: "  {name}: {value}", en: "  {name}: {value}" }
    ASK_RIGHT { vi: "Các thông tin này đúng không? [c/K]", en: "Is this right? [y/N]" }
    METADATA_DIFFERS {
        vi: "gói ghi {field} là `{declared}`, nhưng văn bản in `{printed}`",
        en: "the package says {field} is `{declared}`, but the document prints `{printed}`",
    }
    SIGNATURE_NOT_PROVEN {
        vi: "chữ ký trong {path} còn nguyên vẹn nhưng chưa đủ bằng chứng: {why}",
        en: "the signatures in {path} are intact, but a proof is missing: {why}",
    }
    TRUST_NOT_JUDGED {
        vi: "chữ ký trong {path} còn nguyên vẹn; chưa xét độ tin cậy vì chưa có gốc tin cậy (`--anchor`): {why}",
        en: "the signatures in {path} are intact; their trust was not judged, since there is no anchor (`--anchor`): {why}",
    }
    TOO_LARGE_FOR_AXIS {
        vi: "gói có {size} MB; trục liên thông và nhiều nơi nhận chỉ lấy đến 50 MB. Hãy gửi qua điểm trao đổi bằng `congvan push`, hoặc giảm độ phân giải bản quét, hoặc chia phụ lục thành nhiều gói",
        en: "the packet has {size} MB; the national axis and many receivers take at most 50 MB. Send it through an endpoint with `congvan push`, scan at a lower resolution, or put annexes into packets of their own",
    }
}
