//! What a code means and what to do about it: one entry per verdict, sub-indication and warning code.
//!
//! `congvan explain CODE` prints these; a test holds the table against the codes the program can produce.

/// One code in two languages, each with one sentence of why and one of what to do.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The code as it stands in reports.
    pub code: &'static str,
    /// Why, in Vietnamese.
    pub why_vi: &'static str,
    /// What to do, in Vietnamese.
    pub do_vi: &'static str,
    /// Why, in English.
    pub why_en: &'static str,
    /// What to do, in English.
    pub do_en: &'static str,
}

const fn entry(
    code: &'static str,
    why_en: &'static str,
    do_en: &'static str,
    why_vi: &'static str,
    do_vi: &'static str,
) -> Explanation {
    Explanation { code, why_vi, do_vi, why_en, do_en }
}

/// Verdicts, sub-indications (EN 319 102-1) and warnings.
pub const EXPLANATIONS: &[Explanation] = &[
    entry(
        "TOTAL-PASSED",
        "Every check of the policy passed, up to an anchor you configured.",
        "Nothing: accept the document.",
        "Mọi kiểm tra của chính sách đều đạt, tới một gốc tin cậy do bạn cấu hình.",
        "Không cần làm gì: chấp nhận văn bản.",
    ),
    entry(
        "INDETERMINATE",
        "What is at hand neither proves nor disproves the signature.",
        "Read the sub-indication: it says which proof is missing.",
        "Dữ liệu hiện có chưa đủ để khẳng định hay bác bỏ chữ ký.",
        "Xem chỉ dẫn phụ: nó cho biết còn thiếu bằng chứng nào.",
    ),
    entry(
        "TOTAL-FAILED",
        "The signature is wrong, and no further proof can repair it.",
        "Return the document to its sender.",
        "Chữ ký sai và không bằng chứng nào khắc phục được.",
        "Trả lại văn bản cho nơi gửi.",
    ),
    entry(
        "NO-SIGNATURE",
        "The file can be read but carries no signature.",
        "Ask the sender for the signed document.",
        "Tệp đọc được nhưng không có chữ ký nào.",
        "Yêu cầu nơi gửi gửi bản đã ký số.",
    ),
    entry(
        "UNREADABLE",
        "The file is not what it claims to be, or is damaged beyond reading.",
        "Fetch it again from its source; a damaged PDF may be repaired with qpdf, which breaks its signatures.",
        "Tệp không đúng định dạng đã khai hoặc hỏng tới mức không đọc được.",
        "Lấy lại tệp từ nguồn; có thể sửa PDF hỏng bằng qpdf nhưng chữ ký sẽ mất hiệu lực.",
    ),
    entry(
        "SKIPPED",
        "The file is of no format that carries signatures, so it was not judged.",
        "Name it on the command line if it should be judged.",
        "Tệp không thuộc định dạng có chữ ký nên không được xét.",
        "Chỉ rõ tên tệp trên dòng lệnh nếu cần xét.",
    ),
    entry(
        "FORMAT_FAILURE",
        "The signature, or what was added to the document after it, does not have the form the standard demands.",
        "Treat the document as altered; the changes are listed with page and object.",
        "Chữ ký, hoặc phần được thêm vào văn bản sau khi ký, không đúng dạng tiêu chuẩn yêu cầu.",
        "Coi văn bản là đã bị sửa; các thay đổi được liệt kê theo trang và đối tượng.",
    ),
    entry(
        "HASH_FAILURE",
        "The signed bytes were changed: their digest is not the one that was signed.",
        "Do not use the document; ask the sender for the original.",
        "Nội dung đã ký bị thay đổi: giá trị băm không khớp với giá trị được ký.",
        "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
    ),
    entry(
        "SIG_CRYPTO_FAILURE",
        "The signature value does not verify under the certificate's key.",
        "Do not use the document; ask the sender for the original.",
        "Giá trị chữ ký không khớp với khóa trong chứng thư số.",
        "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
    ),
    entry(
        "REVOKED",
        "The certificate was already revoked when the signature was proven to exist.",
        "Refuse the document and tell the sender that the certificate is revoked.",
        "Chứng thư số đã bị thu hồi trước thời điểm chữ ký được chứng minh là tồn tại.",
        "Từ chối văn bản và báo nơi gửi rằng chứng thư số đã bị thu hồi.",
    ),
    entry(
        "EXPIRED",
        "The signature was made after the certificate had expired.",
        "Ask the sender to sign again with a valid certificate.",
        "Chữ ký được tạo sau khi chứng thư số đã hết hạn.",
        "Yêu cầu nơi gửi ký lại bằng chứng thư số còn hiệu lực.",
    ),
    entry(
        "NOT_YET_VALID",
        "The signature is proven to be older than the certificate it claims.",
        "Ask the sender which certificate signed, and check the clock of the signing machine.",
        "Chữ ký được chứng minh là có trước chứng thư số mà nó nêu.",
        "Hỏi nơi gửi về chứng thư số đã ký và kiểm tra đồng hồ của máy ký.",
    ),
    entry(
        "SIG_CONSTRAINTS_FAILURE",
        "The signature is sound, but a rule of the policy about its form or about later changes is not met.",
        "Read the warnings: they name the rule; a person must decide.",
        "Chữ ký đúng nhưng không đáp ứng một quy tắc của chính sách về dạng chữ ký hoặc thay đổi sau khi ký.",
        "Xem các cảnh báo: chúng nêu rõ quy tắc; cần người có thẩm quyền quyết định.",
    ),
    entry(
        "CHAIN_CONSTRAINTS_FAILURE",
        "A certificate of the path may not be used the way it was (usage, policy or name constraints).",
        "Ask the sender for a signature with a certificate issued for signing documents.",
        "Một chứng thư số trong đường dẫn không được phép dùng như vậy (mục đích, chính sách hoặc ràng buộc tên).",
        "Yêu cầu ký bằng chứng thư số được cấp để ký văn bản.",
    ),
    entry(
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "The certificate path could not be checked for a reason outside the standard's list.",
        "Give the missing intermediate certificates with --untrusted, or look at the errors.",
        "Không kiểm tra được đường dẫn chứng thư số vì lý do ngoài danh mục tiêu chuẩn.",
        "Bổ sung chứng thư số trung gian bằng --untrusted hoặc xem phần lỗi.",
    ),
    entry(
        "CRYPTO_CONSTRAINTS_FAILURE",
        "An algorithm or key size is no longer accepted by the policy at the time the signature is proven for.",
        "Decide by hand whether the old algorithm was good enough then, or ask for a new signature.",
        "Thuật toán hoặc độ dài khóa không còn được chính sách chấp nhận tại thời điểm chữ ký được chứng minh.",
        "Tự quyết định thuật toán cũ có đủ mạnh khi đó không, hoặc yêu cầu ký lại.",
    ),
    entry(
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "An algorithm is too weak today, and nothing proves that the signature existed while it was strong.",
        "Look for a time-stamp or a delivery receipt from that time.",
        "Thuật toán nay đã yếu và không có gì chứng minh chữ ký tồn tại khi thuật toán còn mạnh.",
        "Tìm dấu thời gian hoặc biên nhận gửi nhận của thời điểm đó.",
    ),
    entry(
        "POLICY_PROCESSING_ERROR",
        "The signature names a policy that could not be processed.",
        "Ask the sender for the signature policy document.",
        "Không xử lý được chính sách chữ ký mà chữ ký nêu.",
        "Yêu cầu nơi gửi cung cấp tài liệu chính sách chữ ký.",
    ),
    entry(
        "SIGNATURE_POLICY_NOT_AVAILABLE",
        "The signature names a policy that is not at hand.",
        "Ask the sender for the signature policy document.",
        "Không có chính sách chữ ký mà chữ ký nêu.",
        "Yêu cầu nơi gửi cung cấp tài liệu chính sách chữ ký.",
    ),
    entry(
        "TIMESTAMP_ORDER_FAILURE",
        "The time-stamps contradict each other about what came first.",
        "Do not rely on the times; ask which time-stamp authority was used.",
        "Các dấu thời gian mâu thuẫn nhau về thứ tự.",
        "Không dựa vào thời gian; hỏi về tổ chức cấp dấu thời gian.",
    ),
    entry(
        "NO_SIGNING_CERTIFICATE_FOUND",
        "The certificate that made the signature is not in the file, or is not the one the signature names.",
        "Give the signer's certificate with --untrusted.",
        "Không tìm thấy chứng thư số đã ký trong tệp, hoặc không đúng chứng thư số mà chữ ký nêu.",
        "Cung cấp chứng thư số người ký bằng --untrusted.",
    ),
    entry(
        "NO_CERTIFICATE_CHAIN_FOUND",
        "No path leads from the signer's certificate to an anchor you configured.",
        "Give the root with --anchor and the issuing certificates with --untrusted, if you trust them.",
        "Không có đường dẫn từ chứng thư số người ký tới gốc tin cậy bạn đã cấu hình.",
        "Cung cấp chứng thư số gốc bằng --anchor và chứng thư số cấp phát bằng --untrusted nếu bạn tin cậy chúng.",
    ),
    entry(
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        "The anchor was no longer trusted at the validation time, and nothing proves the signature is older.",
        "Look for a time-stamp or a delivery receipt from that time.",
        "Gốc tin cậy không còn hiệu lực tại thời điểm kiểm tra và không có gì chứng minh chữ ký có trước đó.",
        "Tìm dấu thời gian hoặc biên nhận gửi nhận của thời điểm đó.",
    ),
    entry(
        "REVOKED_NO_POE",
        "The signer's certificate is revoked, and nothing proves that the signature is older than that.",
        "Look for a time-stamp or a delivery receipt from before the revocation.",
        "Chứng thư số người ký đã bị thu hồi và không có gì chứng minh chữ ký có trước khi thu hồi.",
        "Tìm dấu thời gian hoặc biên nhận gửi nhận trước thời điểm thu hồi.",
    ),
    entry(
        "REVOKED_CA_NO_POE",
        "An issuing certificate is revoked, and nothing proves that the signature is older than that.",
        "Look for a time-stamp from before the revocation.",
        "Chứng thư số cấp phát đã bị thu hồi và không có gì chứng minh chữ ký có trước khi thu hồi.",
        "Tìm dấu thời gian có trước thời điểm thu hồi.",
    ),
    entry(
        "OUT_OF_BOUNDS_NOT_REVOKED",
        "The certificate has expired or is not yet valid; it is known not to be revoked, but the signing time is unproven.",
        "Look for a time-stamp or a delivery receipt from its validity period.",
        "Chứng thư số đã hết hạn hoặc chưa có hiệu lực; biết là không bị thu hồi nhưng thời điểm ký chưa được chứng minh.",
        "Tìm dấu thời gian hoặc biên nhận gửi nhận trong thời hạn của chứng thư số.",
    ),
    entry(
        "OUT_OF_BOUNDS_NO_POE",
        "The certificate has expired or is not yet valid, and nothing proves when the signature was made.",
        "Look for a time-stamp or a delivery receipt from its validity period.",
        "Chứng thư số đã hết hạn hoặc chưa có hiệu lực và không có gì chứng minh thời điểm ký.",
        "Tìm dấu thời gian hoặc biên nhận gửi nhận trong thời hạn của chứng thư số.",
    ),
    entry(
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        "The revocation answer was signed by a certificate that is out of its validity period, and its age is unproven.",
        "Fetch fresh revocation data and verify again.",
        "Thông tin thu hồi được ký bởi chứng thư số ngoài thời hạn hiệu lực và không chứng minh được thời điểm.",
        "Tải thông tin thu hồi mới rồi kiểm tra lại.",
    ),
    entry(
        "NO_POE",
        "Nothing proves that the signature existed at the time it would have to.",
        "Look for a time-stamp or a delivery receipt.",
        "Không có gì chứng minh chữ ký tồn tại vào thời điểm cần thiết.",
        "Tìm dấu thời gian hoặc biên nhận gửi nhận.",
    ),
    entry(
        "TRY_LATER",
        "Revocation data that could settle the question is missing or too old.",
        "Give a fresh CRL or OCSP answer with --crl or --ocsp, or go online.",
        "Thiếu thông tin thu hồi hoặc thông tin đã quá cũ để kết luận.",
        "Cung cấp CRL hoặc trả lời OCSP mới bằng --crl hoặc --ocsp, hoặc kết nối mạng.",
    ),
    entry(
        "SIGNED_DATA_NOT_FOUND",
        "The content that was signed is not at hand.",
        "Name it with --content.",
        "Không có nội dung đã được ký.",
        "Chỉ rõ nội dung bằng --content.",
    ),
    entry(
        "CUSTOM",
        "A rule of our own, outside the standard's list, is not met.",
        "Read the warnings: they name the rule.",
        "Không đáp ứng một quy tắc riêng, ngoài danh mục của tiêu chuẩn.",
        "Xem các cảnh báo: chúng nêu rõ quy tắc.",
    ),
];

/// The entry of a code, case and dashes or underscores alike.
pub fn explanation(code: &str) -> Option<&'static Explanation> {
    let plain = |s: &str| s.to_ascii_uppercase().replace('-', "_");
    EXPLANATIONS.iter().find(|e| plain(e.code) == plain(code))
}
