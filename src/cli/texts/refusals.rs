//! What an endpoint's refusals mean, and how connections end, in the reader's words.

use super::{Text, texts};
use crate::exchange::problem::Code;

texts! {
    ID_REUSED { vi: "mã lần gửi này đã dùng cho một phong bì khác", en: "this delivery id already stands for another envelope" }
    LEASE_LOST { vi: "một máy khác của cơ quan đang giữ văn bản này", en: "another worker of this agency holds the item now" }
    ALREADY_FINAL { vi: "việc này đã được quyết định từ trước", en: "this was decided before" }
    UPLOAD_INCOMPLETE { vi: "gói chưa được tải lên đủ", en: "the package is not uploaded, or not all of it" }
    UPLOAD_EXPIRED { vi: "lượt tải lên đã hết hạn", en: "the upload ran out of time" }
    UPLOAD_SUPERSEDED { vi: "một lượt tải lên mới hơn đã thay lượt này", en: "a newer run took this upload over" }
    OFFSET_MISMATCH { vi: "phần tải lên không nối tiếp phần đã có", en: "the upload does not go on where it stands" }
    DIGEST_MISMATCH { vi: "dữ liệu đến nơi không khớp với mã băm đã báo", en: "what arrived does not have the digest announced" }
    TOO_LARGE { vi: "gói lớn hơn mức cho phép", en: "the package is larger than allowed" }
    NO_SPACE { vi: "điểm trao đổi tạm hết chỗ lưu", en: "the endpoint has no room for it now" }
    CLASS_NOT_ACCEPTED { vi: "không nhận văn bản thuộc loại này", en: "documents of this class are not accepted" }
    MODE_NOT_ACCEPTED { vi: "không có cách gửi này", en: "this mode of delivery is not offered" }
    RECIPIENT_UNKNOWN { vi: "nơi nhận không có trong danh bạ của điểm trao đổi", en: "a recipient is not in the endpoint's directory" }
    RECIPIENT_SUSPENDED { vi: "nơi nhận đang tạm ngừng", en: "a recipient is suspended" }
    SENDER_MISMATCH { vi: "văn bản ghi tên một cơ quan khác với cơ quan đang kết nối", en: "the object names another agency than the one connected" }
    AGENCY_SUSPENDED { vi: "cơ quan đang bị tạm ngừng", en: "the agency is suspended" }
    CERT_REVOKED { vi: "chứng thư đã bị thu hồi, hết hạn hoặc không được tin", en: "the certificate is revoked, expired or not trusted" }
    CERT_UNKNOWN { vi: "chứng thư chưa được đăng ký trong danh bạ cho việc này", en: "the certificate is not registered in the directory for this" }
    SIGNATURE_INVALID { vi: "chữ ký không đúng", en: "the signature does not verify" }
    ENVELOPE_INVALID { vi: "phong bì hoặc lời báo không đúng quy tắc", en: "the signed object breaks a rule" }
    CONTAINER_INVALID { vi: "gói không mở được đúng như loại của nó", en: "the package is no sound container of its kind" }
    ENVELOPE_EXPIRED { vi: "thời hạn nhận (`--not-after`) đã qua", en: "the time it may be received in (`--not-after`) is over" }
    RECALL_TOO_LATE { vi: "nơi nhận đã lấy gói về", en: "the recipient already has the package" }
    CLOCK_SKEW { vi: "đồng hồ của máy này lệch so với điểm trao đổi", en: "this machine's clock and the endpoint's disagree" }
    NONCE_REPLAYED { vi: "yêu cầu này đã được dùng rồi", en: "this request was seen before" }
    NOT_ANSWERED { vi: "văn bản này chưa được báo nhận", en: "the item was not acknowledged yet" }
    RATE_LIMITED { vi: "cơ quan đang dùng quá mức cho phép", en: "the agency uses more than it may at once" }
    SHUTTING_DOWN { vi: "điểm trao đổi đang dừng", en: "the endpoint is stopping" }
    MALFORMED { vi: "yêu cầu không đúng giao thức", en: "the request is not one of the protocol" }
    NOT_FOUND { vi: "cơ quan này không có lần gửi hay văn bản như vậy", en: "this agency has no such delivery or item" }
    INTERNAL { vi: "điểm trao đổi gặp sự cố", en: "the endpoint could not do its work" }

    WAIT { vi: "chạy lại đúng lệnh này sau ít phút; không có gì bị gửi hai lần", en: "run the same command again in a few minutes; nothing is sent twice" }
    LOOK_UP { vi: "xem mã các lần gửi bằng `congvan status`", en: "`congvan status` lists the deliveries" }
    ASK_OPERATOR { vi: "báo cho đơn vị vận hành điểm trao đổi", en: "tell the endpoint's operator" }
    CHECK_CODE { vi: "kiểm tra mã nơi nhận trong danh bạ; chưa có gì được gửi đi", en: "check the recipient's code; nothing was sent" }
    WAIT_FOR_RECIPIENT { vi: "nơi nhận đang tạm ngừng: gửi cách khác hoặc chờ; chưa có gì được gửi đi", en: "the recipient is suspended: send another way or wait; nothing was sent" }
    OTHER_CLASS { vi: "nơi nhận không nhận loại văn bản này; chưa có gì được gửi đi", en: "the recipient does not take this class; nothing was sent" }
    SMALLER { vi: "gói quá lớn đối với nơi nhận: chia nhỏ hoặc gửi cách khác; chưa có gì được gửi đi", en: "the package is too large for the recipient: split it or send another way; nothing was sent" }

    REFUSED { vi: "máy đó từ chối kết nối", en: "the connection was refused" }
    BROKE_OFF { vi: "kết nối bị đứt", en: "the connection broke off" }
    SILENT { vi: "không có trả lời trong thời gian chờ", en: "no answer in time" }
    NO_SUCH_HOST { vi: "không tìm thấy tên máy", en: "the host's name is not known" }
}

/// What a code of the protocol says.
pub(crate) fn meaning(code: Code) -> Text {
    match code {
        Code::IdReused => ID_REUSED,
        Code::LeaseLost => LEASE_LOST,
        Code::AlreadyFinal => ALREADY_FINAL,
        Code::UploadIncomplete => UPLOAD_INCOMPLETE,
        Code::UploadExpired => UPLOAD_EXPIRED,
        Code::UploadSuperseded => UPLOAD_SUPERSEDED,
        Code::OffsetMismatch => OFFSET_MISMATCH,
        Code::DigestMismatch => DIGEST_MISMATCH,
        Code::TooLarge => TOO_LARGE,
        Code::NoSpace => NO_SPACE,
        Code::ClassNotAccepted => CLASS_NOT_ACCEPTED,
        Code::ModeNotAccepted => MODE_NOT_ACCEPTED,
        Code::RecipientUnknown => RECIPIENT_UNKNOWN,
        Code::RecipientSuspended => RECIPIENT_SUSPENDED,
        Code::SenderMismatch => SENDER_MISMATCH,
        Code::AgencySuspended => AGENCY_SUSPENDED,
        Code::CertRevoked => CERT_REVOKED,
        Code::CertUnknown => CERT_UNKNOWN,
        Code::SignatureInvalid => SIGNATURE_INVALID,
        Code::EnvelopeInvalid => ENVELOPE_INVALID,
        Code::ContainerInvalid => CONTAINER_INVALID,
        Code::EnvelopeExpired => ENVELOPE_EXPIRED,
        Code::RecallTooLate => RECALL_TOO_LATE,
        Code::ClockSkew => CLOCK_SKEW,
        Code::NonceReplayed => NONCE_REPLAYED,
        Code::NotAnswered => NOT_ANSWERED,
        Code::RateLimited => RATE_LIMITED,
        Code::ShuttingDown => SHUTTING_DOWN,
        Code::Malformed => MALFORMED,
        Code::NotFound => NOT_FOUND,
        Code::Internal => INTERNAL,
    }
}

/// What to do about it, where that is more than mending what is named.
pub(crate) fn advice(code: Code) -> Option<Text> {
    match code {
        Code::NoSpace
        | Code::RateLimited
        | Code::ShuttingDown
        | Code::UploadSuperseded
        | Code::OffsetMismatch
        | Code::LeaseLost => Some(WAIT),
        Code::NotFound | Code::AlreadyFinal => Some(LOOK_UP),
        Code::Internal | Code::Malformed | Code::AgencySuspended | Code::CertUnknown => Some(ASK_OPERATOR),
        _ => None,
    }
}

/// What to do about a recipient that is not accepted.
pub(crate) fn advice_on_recipient(code: Code) -> Option<Text> {
    match code {
        Code::RecipientUnknown => Some(CHECK_CODE),
        Code::RecipientSuspended => Some(WAIT_FOR_RECIPIENT),
        Code::ClassNotAccepted => Some(OTHER_CLASS),
        Code::TooLarge => Some(SMALLER),
        _ => None,
    }
}
