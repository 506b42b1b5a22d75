//! Sentences of `congvan unpack`.

use super::texts;

texts! {
    FILE { vi: "{path} ({size} byte), tên trong gói: {original}", en: "{path} ({size} bytes), named {original} in the packet" }
    UNPACKED { vi: "{path}: thông tin của gói", en: "{path}: the description of the packet" }
    UNPACKING { vi: "Mở gói", en: "Unpacking" }
    ODD_FIELD { vi: "trường của gói không đúng dạng: {what}", en: "a field of the packet is out of form: {what}" }
}
