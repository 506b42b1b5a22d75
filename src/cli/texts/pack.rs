//! Sentences of `congvan pack`.

use super::texts;

texts! {
    PACKED { vi: "đã đóng gói {path}: văn bản {id}, {files} tệp", en: "packed {path}: document {id}, {files} files" }
    PACKING { vi: "Đóng gói", en: "Packing" }
    TOO_LARGE_FOR_AXIS {
        vi: "gói có {size} MB; trục liên thông và nhiều nơi nhận chỉ lấy đến 50 MB. Hãy gửi qua điểm trao đổi bằng `congvan push`, hoặc giảm độ phân giải bản quét, hoặc chia phụ lục thành nhiều gói",
        en: "the packet has {size} MB; the national axis and many receivers take at most 50 MB. Send it through an endpoint with `congvan push`, scan at a lower resolution, or put annexes into packets of their own",
    }
}
