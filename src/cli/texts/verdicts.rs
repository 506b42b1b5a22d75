//! What a verdict, a sub-indication or a warning means: one sentence of why and one of what to do.
//!
//! `congvan explain CODE` prints these; a test holds the table against every code validation can produce.

use super::{Text, changes};

/// One code of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// The code as it stands in reports.
    pub(crate) code: &'static str,
    /// Why.
    pub(crate) why: Text,
    /// What to do.
    pub(crate) todo: Text,
}

/// The entry of a code; case, dashes and underscores alike.
pub(crate) fn find(code: &str) -> Option<&'static Verdict> {
    let plain = |s: &str| s.to_ascii_uppercase().replace('-', "_");
    ALL.iter().chain(changes::ALL).find(|e| plain(e.code) == plain(code))
}

/// Verdicts, the sub-indications of EN 319 102-1, and warnings.
pub(crate) const ALL: &[Verdict] = &[
    Verdict {
        code: "TOTAL-PASSED",
        why: Text {
            vi: "Mọi kiểm tra của chính sách đều đạt, tới một gốc tin cậy do bạn cấu hình.",
            en: "Every check of the policy passed, up to an anchor you configured.",
        },
        todo: Text { vi: "Không cần làm gì: chấp nhận văn bản.", en: "Nothing: accept the document." },
    },
    Verdict {
        code: "INDETERMINATE",
        why: Text {
            vi: "Dữ liệu hiện có chưa đủ để khẳng định hay bác bỏ chữ ký.",
            en: "What is at hand neither proves nor disproves the signature.",
        },
        todo: Text {
            vi: "Xem chỉ dẫn phụ: nó cho biết còn thiếu bằng chứng nào.",
            en: "Read the sub-indication: it says which proof is missing.",
        },
    },
    Verdict {
        code: "TOTAL-FAILED",
        why: Text {
            vi: "Chữ ký sai và không bằng chứng nào khắc phục được.",
            en: "The signature is wrong, and no further proof can repair it.",
        },
        todo: Text { vi: "Trả lại văn bản cho nơi gửi.", en: "Return the document to its sender." },
    },
    Verdict {
        code: "NO-SIGNATURE",
        why: Text {
            vi: "Tệp đọc được nhưng không có chữ ký nào.",
            en: "The file can be read but carries no signature.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi gửi bản đã ký số.", en: "Ask the sender for the signed document."
        },
    },
    Verdict {
        code: "UNREADABLE",
        why: Text {
            vi: "Tệp không đúng định dạng đã khai hoặc hỏng tới mức không đọc được.",
            en: "The file is not what it claims to be, or is damaged beyond reading.",
        },
        todo: Text {
            vi: "Lấy lại tệp từ nguồn; có thể sửa PDF hỏng bằng qpdf nhưng chữ ký sẽ mất hiệu lực.",
            en: "Fetch it again from its source; a damaged PDF may be repaired with qpdf, which breaks its signatures.",
        },
    },
    Verdict {
        code: "SKIPPED",
        why: Text {
            vi: "Tệp không thuộc định dạng có chữ ký nên không được xét.",
            en: "The file is of no format that carries signatures, so it was not judged.",
        },
        todo: Text {
            vi: "Chỉ rõ tên tệp trên dòng lệnh nếu cần xét.",
            en: "Name it on the command line if it should be judged.",
        },
    },
    Verdict {
        code: "FORMAT_FAILURE",
        why: Text {
            vi: "Chữ ký, hoặc phần được thêm vào văn bản sau khi ký, không đúng dạng tiêu chuẩn yêu cầu.",
            en: "The signature, or what was added to the document after it, does not have the form the standard demands.",
        },
        todo: Text {
            vi: "Coi văn bản là đã bị sửa; các thay đổi được liệt kê theo trang và đối tượng.",
            en: "Treat the document as altered; the changes are listed with page and object.",
        },
    },
    Verdict {
        code: "HASH_FAILURE",
        why: Text {
            vi: "Nội dung đã ký bị thay đổi: giá trị băm không khớp với giá trị được ký.",
            en: "The signed bytes were changed: their digest is not the one that was signed.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
            en: "Do not use the document; ask the sender for the original.",
        },
    },
    Verdict {
        code: "SIG_CRYPTO_FAILURE",
        why: Text {
            vi: "Giá trị chữ ký không khớp với khóa trong chứng thư số.",
            en: "The signature value does not verify under the certificate's key.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
            en: "Do not use the document; ask the sender for the original.",
        },
    },
    Verdict {
        code: "REVOKED",
        why: Text {
            vi: "Chứng thư số đã bị thu hồi trước thời điểm chữ ký được chứng minh là tồn tại.",
            en: "The certificate was already revoked when the signature was proven to exist.",
        },
        todo: Text {
            vi: "Từ chối văn bản và báo nơi gửi rằng chứng thư số đã bị thu hồi.",
            en: "Refuse the document and tell the sender that the certificate is revoked.",
        },
    },
    Verdict {
        code: "EXPIRED",
        why: Text {
            vi: "Chữ ký được tạo sau khi chứng thư số đã hết hạn.",
            en: "The signature was made after the certificate had expired.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi ký lại bằng chứng thư số còn hiệu lực.",
            en: "Ask the sender to sign again with a valid certificate.",
        },
    },
    Verdict {
        code: "NOT_YET_VALID",
        why: Text {
            vi: "Chữ ký được chứng minh là có trước chứng thư số mà nó nêu.",
            en: "The signature is proven to be older than the certificate it claims.",
        },
        todo: Text {
            vi: "Hỏi nơi gửi về chứng thư số đã ký và kiểm tra đồng hồ của máy ký.",
            en: "Ask the sender which certificate signed, and check the clock of the signing machine.",
        },
    },
    Verdict {
        code: "SIG_CONSTRAINTS_FAILURE",
        why: Text {
            vi: "Chữ ký đúng nhưng không đáp ứng một quy tắc của chính sách về dạng chữ ký hoặc thay đổi sau khi ký.",
            en: "The signature is sound, but a rule of the policy about its form or about later changes is not met.",
        },
        todo: Text {
            vi: "Xem các cảnh báo: chúng nêu rõ quy tắc; cần người có thẩm quyền quyết định.",
            en: "Read the warnings: they name the rule; a person must decide.",
        },
    },
    Verdict {
        code: "CHAIN_CONSTRAINTS_FAILURE",
        why: Text {
            vi: "Một chứng thư số trong đường dẫn không được phép dùng như vậy (mục đích, chính sách hoặc ràng buộc tên).",
            en: "A certificate of the path may not be used the way it was (usage, policy or name constraints).",
        },
        todo: Text {
            vi: "Yêu cầu ký bằng chứng thư số được cấp để ký văn bản.",
            en: "Ask the sender for a signature with a certificate issued for signing documents.",
        },
    },
    Verdict {
        code: "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        why: Text {
            vi: "Không kiểm tra được đường dẫn chứng thư số vì lý do ngoài danh mục tiêu chuẩn.",
            en: "The certificate path could not be checked for a reason outside the standard's list.",
        },
        todo: Text {
            vi: "Bổ sung chứng thư số trung gian bằng --untrusted hoặc xem phần lỗi.",
            en: "Give the missing intermediate certificates with --untrusted, or look at the errors.",
        },
    },
    Verdict {
        code: "CRYPTO_CONSTRAINTS_FAILURE",
        why: Text {
            vi: "Thuật toán hoặc độ dài khóa không còn được chính sách chấp nhận tại thời điểm chữ ký được chứng minh.",
            en: "An algorithm or key size is no longer accepted by the policy at the time the signature is proven for.",
        },
        todo: Text {
            vi: "Tự quyết định thuật toán cũ có đủ mạnh khi đó không, hoặc yêu cầu ký lại.",
            en: "Decide by hand whether the old algorithm was good enough then, or ask for a new signature.",
        },
    },
    Verdict {
        code: "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        why: Text {
            vi: "Thuật toán nay đã yếu và không có gì chứng minh chữ ký tồn tại khi thuật toán còn mạnh.",
            en: "An algorithm is too weak today, and nothing proves that the signature existed while it was strong.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian hoặc biên nhận gửi nhận của thời điểm đó.",
            en: "Look for a time-stamp or a delivery receipt from that time.",
        },
    },
    Verdict {
        code: "POLICY_PROCESSING_ERROR",
        why: Text {
            vi: "Không xử lý được chính sách chữ ký mà chữ ký nêu.",
            en: "The signature names a policy that could not be processed.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi cung cấp tài liệu chính sách chữ ký.",
            en: "Ask the sender for the signature policy document.",
        },
    },
    Verdict {
        code: "SIGNATURE_POLICY_NOT_AVAILABLE",
        why: Text {
            vi: "Không có chính sách chữ ký mà chữ ký nêu.",
            en: "The signature names a policy that is not at hand.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi cung cấp tài liệu chính sách chữ ký.",
            en: "Ask the sender for the signature policy document.",
        },
    },
    Verdict {
        code: "TIMESTAMP_ORDER_FAILURE",
        why: Text {
            vi: "Các dấu thời gian mâu thuẫn nhau về thứ tự.",
            en: "The time-stamps contradict each other about what came first.",
        },
        todo: Text {
            vi: "Không dựa vào thời gian; hỏi về tổ chức cấp dấu thời gian.",
            en: "Do not rely on the times; ask which time-stamp authority was used.",
        },
    },
    Verdict {
        code: "NO_SIGNING_CERTIFICATE_FOUND",
        why: Text {
            vi: "Không tìm thấy chứng thư số đã ký trong tệp, hoặc không đúng chứng thư số mà chữ ký nêu.",
            en: "The certificate that made the signature is not in the file, or is not the one the signature names.",
        },
        todo: Text {
            vi: "Cung cấp chứng thư số người ký bằng --untrusted.",
            en: "Give the signer's certificate with --untrusted.",
        },
    },
    Verdict {
        code: "NO_CERTIFICATE_CHAIN_FOUND",
        why: Text {
            vi: "Không có đường dẫn từ chứng thư số người ký tới gốc tin cậy bạn đã cấu hình.",
            en: "No path leads from the signer's certificate to an anchor you configured.",
        },
        todo: Text {
            vi: "Cung cấp chứng thư số gốc bằng --anchor và chứng thư số cấp phát bằng --untrusted nếu bạn tin cậy chúng.",
            en: "Give the root with --anchor and the issuing certificates with --untrusted, if you trust them.",
        },
    },
    Verdict {
        code: "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        why: Text {
            vi: "Gốc tin cậy không còn hiệu lực tại thời điểm kiểm tra và không có gì chứng minh chữ ký có trước đó.",
            en: "The anchor was no longer trusted at the validation time, and nothing proves the signature is older.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian hoặc biên nhận gửi nhận của thời điểm đó.",
            en: "Look for a time-stamp or a delivery receipt from that time.",
        },
    },
    Verdict {
        code: "REVOKED_NO_POE",
        why: Text {
            vi: "Chứng thư số người ký đã bị thu hồi và không có gì chứng minh chữ ký có trước khi thu hồi.",
            en: "The signer's certificate is revoked, and nothing proves that the signature is older than that.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian hoặc biên nhận gửi nhận trước thời điểm thu hồi.",
            en: "Look for a time-stamp or a delivery receipt from before the revocation.",
        },
    },
    Verdict {
        code: "REVOKED_CA_NO_POE",
        why: Text {
            vi: "Chứng thư số cấp phát đã bị thu hồi và không có gì chứng minh chữ ký có trước khi thu hồi.",
            en: "An issuing certificate is revoked, and nothing proves that the signature is older than that.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian có trước thời điểm thu hồi.",
            en: "Look for a time-stamp from before the revocation.",
        },
    },
    Verdict {
        code: "OUT_OF_BOUNDS_NOT_REVOKED",
        why: Text {
            vi: "Chứng thư số đã hết hạn hoặc chưa có hiệu lực; biết là không bị thu hồi nhưng thời điểm ký chưa được chứng minh.",
            en: "The certificate has expired or is not yet valid; it is known not to be revoked, but the signing time is unproven.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian hoặc biên nhận gửi nhận trong thời hạn của chứng thư số.",
            en: "Look for a time-stamp or a delivery receipt from its validity period.",
        },
    },
    Verdict {
        code: "OUT_OF_BOUNDS_NO_POE",
        why: Text {
            vi: "Chứng thư số đã hết hạn hoặc chưa có hiệu lực và không có gì chứng minh thời điểm ký.",
            en: "The certificate has expired or is not yet valid, and nothing proves when the signature was made.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian hoặc biên nhận gửi nhận trong thời hạn của chứng thư số.",
            en: "Look for a time-stamp or a delivery receipt from its validity period.",
        },
    },
    Verdict {
        code: "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        why: Text {
            vi: "Thông tin thu hồi được ký bởi chứng thư số ngoài thời hạn hiệu lực và không chứng minh được thời điểm.",
            en: "The revocation answer was signed by a certificate that is out of its validity period, and its age is unproven.",
        },
        todo: Text {
            vi: "Tải thông tin thu hồi mới rồi kiểm tra lại.",
            en: "Fetch fresh revocation data and verify again.",
        },
    },
    Verdict {
        code: "NO_POE",
        why: Text {
            vi: "Không có gì chứng minh chữ ký tồn tại vào thời điểm cần thiết.",
            en: "Nothing proves that the signature existed at the time it would have to.",
        },
        todo: Text {
            vi: "Tìm dấu thời gian hoặc biên nhận gửi nhận.",
            en: "Look for a time-stamp or a delivery receipt.",
        },
    },
    Verdict {
        code: "TRY_LATER",
        why: Text {
            vi: "Thiếu thông tin thu hồi hoặc thông tin đã quá cũ để kết luận.",
            en: "Revocation data that could settle the question is missing or too old.",
        },
        todo: Text {
            vi: "Cung cấp CRL hoặc trả lời OCSP mới bằng --crl hoặc --ocsp, hoặc kết nối mạng.",
            en: "Give a fresh CRL or OCSP answer with --crl or --ocsp, or go online.",
        },
    },
    Verdict {
        code: "SIGNED_DATA_NOT_FOUND",
        why: Text { vi: "Không có nội dung đã được ký.", en: "The content that was signed is not at hand." },
        todo: Text { vi: "Chỉ rõ nội dung bằng --content.", en: "Name it with --content." },
    },
    Verdict {
        code: "CUSTOM",
        why: Text {
            vi: "Không đáp ứng một quy tắc riêng, ngoài danh mục của tiêu chuẩn.",
            en: "A rule of our own, outside the standard's list, is not met.",
        },
        todo: Text {
            vi: "Xem các cảnh báo: chúng nêu rõ quy tắc.", en: "Read the warnings: they name the rule."
        },
    },
    Verdict {
        code: "UNKNOWN_FORMAT",
        why: Text {
            vi: "Tệp không thuộc định dạng nào có thể mang chữ ký.",
            en: "The file is of no format that can carry a signature.",
        },
        todo: Text {
            vi: "Kiểm tra lại đúng tệp cần kiểm tra chưa.", en: "Check that it is the file you meant."
        },
    },
    Verdict {
        code: "FORMAT_NOT_SUPPORTED",
        why: Text {
            vi: "Phiên bản này chỉ kiểm tra chữ ký trong tệp PDF.",
            en: "This version verifies signatures in PDF files only.",
        },
        todo: Text {
            vi: "Dùng `congvan unpack` với gói edXML rồi kiểm tra từng văn bản bên trong.",
            en: "Use `congvan unpack` on an edXML package and verify the documents inside.",
        },
    },
    Verdict {
        code: "PDF_UNREADABLE",
        why: Text {
            vi: "Tệp bắt đầu như PDF nhưng không đọc được.",
            en: "The file begins like a PDF and cannot be read as one.",
        },
        todo: Text {
            vi: "Lấy lại tệp từ nguồn; câu kèm theo cho biết chỗ hỏng.",
            en: "Fetch it again from its source; the sentence beside the code says where it is damaged.",
        },
    },
    Verdict {
        code: "PDF_INCOMPLETE",
        why: Text {
            vi: "PDF bị hỏng hoặc bị cắt cụt; phần còn lại không có chữ ký.",
            en: "The PDF is damaged or cut short, and what is left of it has no signature.",
        },
        todo: Text {
            vi: "Lấy lại tệp từ nguồn: có thể phần chữ ký đã mất.",
            en: "Fetch it again from its source: its signatures may have been in the missing part.",
        },
    },
    Verdict {
        code: "WEAK_DIGEST",
        why: Text {
            vi: "Chữ ký dựa trên hàm băm có thể bị tạo va chạm.",
            en: "The signature rests on a digest that can be collided.",
        },
        todo: Text {
            vi: "Yêu cầu ký lại với SHA-256 trở lên; chữ ký cũ cần bằng chứng thời gian.",
            en: "Ask for a new signature with SHA-256 or better; an old one needs proof of its time.",
        },
    },
    Verdict {
        code: "WEAK_KEY",
        why: Text {
            vi: "Khóa của người ký ngắn hơn mức chính sách chấp nhận.",
            en: "The signer's key is shorter than the policy accepts.",
        },
        todo: Text { vi: "Yêu cầu ký bằng khóa dài hơn.", en: "Ask for a signature with a longer key." },
    },
    Verdict {
        code: "ALGORITHM_NOT_SUPPORTED",
        why: Text {
            vi: "Chữ ký dùng thuật toán mà không thư viện nào ở đây tính được.",
            en: "The signature uses an algorithm that no maintained library here computes.",
        },
        todo: Text {
            vi: "Kiểm tra bằng công cụ đã tạo tệp; chưa có kết luận nào về tính toàn vẹn.",
            en: "Check the file with the tool that made it; nothing was said about its integrity.",
        },
    },
    Verdict {
        code: "BYTE_RANGE_INVALID",
        why: Text {
            vi: "Vùng byte mà chữ ký PDF khai không đúng quy tắc, nội dung hiển thị có thể khác nội dung đã ký.",
            en: "The bytes a PDF signature claims to cover do not follow the rules, so other bytes could be shown than were signed.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; đây là dấu hiệu giả mạo.",
            en: "Do not use the document; this is how forgeries look.",
        },
    },
    Verdict {
        code: "CMS_UNREADABLE",
        why: Text {
            vi: "Cấu trúc chữ ký trong tệp bị hỏng.",
            en: "The signature container inside the file is damaged.",
        },
        todo: Text { vi: "Yêu cầu nơi gửi gửi tệp gốc.", en: "Ask the sender for the original file." },
    },
    Verdict {
        code: "CMS_NOT_DER",
        why: Text {
            vi: "Chữ ký ghi theo BER thay vì DER; vẫn đọc được.",
            en: "The signature was written in BER where DER is usual; it was read all the same.",
        },
        todo: Text { vi: "Không cần làm gì.", en: "Nothing." },
    },
    Verdict {
        code: "SIGNER_COUNT",
        why: Text {
            vi: "Chữ ký PDF phải có đúng một người ký; chữ ký này không như vậy.",
            en: "A PDF signature holds exactly one signer; this one does not.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi ký lại bằng công cụ khác.",
            en: "Ask the sender to sign again with another tool.",
        },
    },
    Verdict {
        code: "LEGACY_SUBFILTER",
        why: Text {
            vi: "Chữ ký thuộc dạng đã bị bãi bỏ, ràng buộc quá ít để tin cậy.",
            en: "The signature is of a withdrawn form that binds too little to be trusted.",
        },
        todo: Text { vi: "Yêu cầu nơi gửi ký theo PAdES.", en: "Ask the sender for a PAdES signature." },
    },
    Verdict {
        code: "UNKNOWN_SUBFILTER",
        why: Text {
            vi: "Chữ ký thuộc dạng không có tiêu chuẩn nào quy định.",
            en: "The signature is of a form that no standard defines.",
        },
        todo: Text {
            vi: "Hỏi nơi gửi về công cụ ký và yêu cầu ký theo PAdES.",
            en: "Ask the sender which tool signed, and for a PAdES signature.",
        },
    },
    Verdict {
        code: "NO_SIGNED_ATTRIBUTES",
        why: Text {
            vi: "Không có gì ràng buộc chứng thư số với chữ ký.",
            en: "Nothing binds the signing certificate to the signature.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi ký theo PAdES hoặc CAdES.",
            en: "Ask the sender for a PAdES or CAdES signature.",
        },
    },
    Verdict {
        code: "ATTRIBUTE_MISSING",
        why: Text {
            vi: "Một thuộc tính được ký phải có đúng một lần nhưng không như vậy.",
            en: "A signed attribute that must stand there exactly once does not.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi ký lại bằng công cụ khác.",
            en: "Ask the sender to sign again with another tool.",
        },
    },
    Verdict {
        code: "ATTRIBUTES_OUT_OF_ORDER",
        why: Text {
            vi: "Các thuộc tính được ký không theo thứ tự DER; đã sắp xếp lại để kiểm tra.",
            en: "The signer wrote its attributes in another order than it signed them; they were sorted to verify.",
        },
        todo: Text { vi: "Không cần làm gì.", en: "Nothing." },
    },
    Verdict {
        code: "CONTENT_TYPE_MISMATCH",
        why: Text {
            vi: "Chữ ký khai loại nội dung khác với nội dung thực tế.",
            en: "The signature says it covers another kind of content than it does.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
            en: "Do not use the document; ask the sender for the original.",
        },
    },
    Verdict {
        code: "NO_SIGNING_CERTIFICATE_REFERENCE",
        why: Text {
            vi: "Chữ ký không nêu chứng thư số của nó nên chứng thư khác cùng khóa có thể thay thế.",
            en: "The signature does not name its certificate, so another certificate with the same key could stand in.",
        },
        todo: Text {
            vi: "Chấp nhận được với văn bản cũ; văn bản mới nên ký theo PAdES.",
            en: "Nothing for old documents; new ones should be PAdES.",
        },
    },
    Verdict {
        code: "SIGNING_CERTIFICATE_MISMATCH",
        why: Text {
            vi: "Chữ ký nêu chứng thư số khác với chứng thư số kiểm tra được nó.",
            en: "The signature names another certificate than the one that verifies it.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
            en: "Do not use the document; ask the sender for the original.",
        },
    },
    Verdict {
        code: "DIGEST_ALGORITHMS_DIFFER",
        why: Text {
            vi: "Chữ ký nêu hai hàm băm khác nhau cho cùng mục đích.",
            en: "The signature names two different digests for the same purpose.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
            en: "Do not use the document; ask the sender for the original.",
        },
    },
    Verdict {
        code: "SIGNING_TIME_IN_PADES",
        why: Text {
            vi: "Chữ ký mang thời gian ở nơi PAdES không cho phép; thời gian này không chứng minh gì.",
            en: "The signature carries a time where PAdES forbids one; the time proves nothing.",
        },
        todo: Text { vi: "Không cần làm gì.", en: "Nothing." },
    },
    Verdict {
        code: "LOCAL_TIME_AS_UTC",
        why: Text {
            vi: "Máy ký ghi giờ Việt Nam như thể là giờ UTC.",
            en: "The signing machine wrote Vietnam time as if it were UTC.",
        },
        todo: Text {
            vi: "Không cần làm gì; dựa vào dấu thời gian.", en: "Nothing; rely on the time-stamp."
        },
    },
    Verdict {
        code: "CLAIMED_AFTER_PROVEN",
        why: Text {
            vi: "Thời điểm ký khai báo muộn hơn dấu thời gian; đồng hồ máy ký sai.",
            en: "The claimed signing time is later than a time-stamp proves; the signing machine's clock was wrong.",
        },
        todo: Text { vi: "Dựa vào dấu thời gian.", en: "Rely on the time-stamp." },
    },
    Verdict {
        code: "TIMESTAMP_NOT_PASSED",
        why: Text {
            vi: "Không thể dựa vào một dấu thời gian trong chữ ký.",
            en: "A time-stamp in the signature could not be relied on.",
        },
        todo: Text {
            vi: "Cung cấp gốc tin cậy của tổ chức cấp dấu thời gian bằng --tsa-anchor, hoặc chấp nhận thời gian chưa được chứng minh.",
            en: "Give the time-stamp authority's anchor with --tsa-anchor, or accept that the time is unproven.",
        },
    },
    Verdict {
        code: "NO_ANCHORS",
        why: Text {
            vi: "Chưa có gốc tin cậy nào nên không thể tin người ký.",
            en: "No trust anchor was given, so no signer can be trusted.",
        },
        todo: Text {
            vi: "Cung cấp chứng thư số gốc bằng --anchor hoặc đặt anchors trong congvan.toml.",
            en: "Give the root certificate with --anchor, or set anchors in congvan.toml.",
        },
    },
    Verdict {
        code: "REVOCATION_NOT_CHECKED",
        why: Text { vi: "Việc kiểm tra thu hồi đã bị tắt.", en: "Revocation checking was switched off." },
        todo: Text { vi: "Kiểm tra lại, bỏ --no-revocation.", en: "Verify again without --no-revocation." },
    },
    Verdict {
        code: "REVOCATION_UNAVAILABLE",
        why: Text {
            vi: "Không có CRL hay trả lời OCSP cho một chứng thư số trong đường dẫn.",
            en: "No CRL or OCSP answer speaks for a certificate of the path.",
        },
        todo: Text {
            vi: "Cung cấp bằng --crl hoặc --ocsp, hoặc kết nối mạng.",
            en: "Give one with --crl or --ocsp, or go online.",
        },
    },
    Verdict {
        code: "PATH_NOT_VALID",
        why: Text {
            vi: "Có đường dẫn tới gốc tin cậy nhưng vi phạm quy tắc của RFC 5280.",
            en: "A path to an anchor was found but breaks a rule of RFC 5280.",
        },
        todo: Text {
            vi: "Đọc câu kèm theo: nó nêu chứng thư số và quy tắc.",
            en: "Read the sentence: it names the certificate and the rule.",
        },
    },
    Verdict {
        code: "CHANGED_AFTER_SIGNING",
        why: Text {
            vi: "Văn bản được thêm nội dung sau chữ ký này.",
            en: "Something was added to the document after this signature.",
        },
        todo: Text {
            vi: "Xem trang và đối tượng được liệt kê rồi quyết định.",
            en: "Look at the listed page and object and decide whether you expected it.",
        },
    },
    Verdict {
        code: "STRUCTURE_AMBIGUOUS",
        why: Text {
            vi: "Hai bộ đọc PDF thấy hai văn bản khác nhau từ cùng một tệp.",
            en: "Two PDF readers see different documents in the same bytes.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu xuất lại tệp sạch và ký lại.",
            en: "Do not use the document; ask the sender for a clean export, signed again.",
        },
    },
    Verdict {
        code: "SECOND_OPINION_CANNOT_READ",
        why: Text {
            vi: "Bộ đọc PDF thứ hai không đọc được tệp nên chỉ một bộ đọc xét tệp.",
            en: "The second PDF reader could not read the file, so only one reader judged it.",
        },
        todo: Text {
            vi: "Không cần làm gì; chính sách có thể yêu cầu cao hơn.",
            en: "Nothing; a policy can demand more.",
        },
    },
    Verdict {
        code: "SECOND_OPINION_NOT_RUN",
        why: Text {
            vi: "Tệp lớn hơn giới hạn của bộ đọc PDF thứ hai.",
            en: "The file is larger than the second PDF reader is used for.",
        },
        todo: Text {
            vi: "Không cần làm gì; chính sách có thể yêu cầu cao hơn.",
            en: "Nothing; a policy can demand more.",
        },
    },
    Verdict {
        code: "XREF_REBUILT",
        why: Text {
            vi: "Bảng đối tượng của PDF bị hỏng; các chương trình có thể hiển thị khác nhau.",
            en: "The PDF's table of objects is damaged; what a reader shows may differ between programs.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi gửi tệp không hỏng.", en: "Ask the sender for an undamaged file."
        },
    },
    Verdict {
        code: "SHARED_SIGNATURE",
        why: Text {
            vi: "Nhiều trường cùng hiển thị một chữ ký, khiến một lần ký trông như nhiều lần.",
            en: "Several fields show the same signature, which makes one signing look like many.",
        },
        todo: Text { vi: "Chỉ tính là một chữ ký.", en: "Count it as one signature." },
    },
    Verdict {
        code: "KNOWN_ATTACK",
        why: Text {
            vi: "Tệp có dạng của một kiểu tấn công chữ ký PDF đã được công bố.",
            en: "The file has the shape of a published attack on PDF signatures.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; báo bộ phận an toàn thông tin.",
            en: "Do not use the document; tell your security officer.",
        },
    },
    Verdict {
        code: "CONTAINER_NOT_SOUND",
        why: Text {
            vi: "Gói ZIP của tệp ký có chỗ trái quy cách hoặc khiến hai phần mềm đọc ra hai nội dung khác nhau.",
            en: "The container breaks its rules, or two readers may see different files in it.",
        },
        todo: Text {
            vi: "Không dùng tệp này; xin bên ký tạo lại gói.",
            en: "Do not use it; ask the signer to make the container anew.",
        },
    },
    Verdict {
        code: "CONTAINER_FORM",
        why: Text {
            vi: "Hình thức bên ngoài của gói (mục mimetype) không đúng tiêu chuẩn, nhưng nội dung vẫn đọc như nhau.",
            en: "The outer form of the container (its mimetype entry) is not as the standard has it; its files are read alike all the same.",
        },
        todo: Text {
            vi: "Không cần làm gì; báo cho nơi tạo gói.",
            en: "Nothing; tell whoever makes these containers.",
        },
    },
    Verdict {
        code: "FILE_NOT_SIGNED",
        why: Text {
            vi: "Trong gói có tệp không được chữ ký nào bảo vệ.",
            en: "The container holds a file that no signature covers.",
        },
        todo: Text {
            vi: "Không tin tệp đó: có thể nó được thêm vào sau khi ký.",
            en: "Do not trust that file: it may have been added after signing.",
        },
    },
    Verdict {
        code: "ONLY_TIME_STAMPED",
        why: Text {
            vi: "Tệp chỉ có dấu thời gian, không có chữ ký của ai.",
            en: "Only a time-stamp covers the file: it existed then, but nobody signed it.",
        },
        todo: Text {
            vi: "Xem chữ ký bên trong tệp, nếu có.",
            en: "Look at the signatures inside the file, if there are any.",
        },
    },
    Verdict {
        code: "PACKET_SIGNATURE_INVALID",
        why: Text {
            vi: "Chữ ký của gói edXML không khớp với nội dung gói.",
            en: "The packet's own signature does not fit what is in the packet.",
        },
        todo: Text {
            vi: "Gói có thể đã bị sửa trên đường đi: xin gửi lại.",
            en: "The packet may have been changed on its way: ask for it again.",
        },
    },
    Verdict {
        code: "METADATA_DIFFERS",
        why: Text {
            vi: "Thông tin của gói khác với chữ in trên chính văn bản.",
            en: "What the package says about its document is not what the document prints.",
        },
        todo: Text {
            vi: "Tin văn bản đã ký, không tin thông tin của gói; hỏi lại nơi gửi.",
            en: "Believe the signed document, not the package; ask the sender.",
        },
    },
    Verdict {
        code: "METADATA_AGREES",
        why: Text {
            vi: "Thông tin của gói trùng với chữ in trên chính văn bản.",
            en: "What the package says about its document is what the document prints.",
        },
        todo: Text { vi: "Không cần làm gì.", en: "Nothing." },
    },
    Verdict {
        code: "METADATA_NOT_COMPARED",
        why: Text {
            vi: "Không so được thông tin của gói với văn bản vì không đọc được chữ trên đó.",
            en: "The package could not be compared with its document, which has no text that can be read.",
        },
        todo: Text {
            vi: "Tự đối chiếu số, ngày và người ký.", en: "Compare number, date and signer yourself."
        },
    },
    Verdict {
        code: "PACKET_FIELD",
        why: Text {
            vi: "Một trường của gói không đúng QCVN 102:2016.",
            en: "A field of the packet is not as QCVN 102:2016 has it.",
        },
        todo: Text {
            vi: "Không cần làm gì, trừ khi trường đó quan trọng với bạn.",
            en: "Nothing, unless that field matters to you.",
        },
    },
    Verdict {
        code: "PACKET_SIGNATURE_UNCLEAR",
        why: Text {
            vi: "Gói có chỗ ghi chữ ký nhưng không ai diễn giải được nó.",
            en: "Something stands where the packet's signature would, but nobody can say what it signs.",
        },
        todo: Text {
            vi: "Xem chữ ký của từng văn bản bên trong.",
            en: "Go by the signatures of the documents inside.",
        },
    },
    Verdict {
        code: "EVIDENCE_RECORD_UNFIT",
        why: Text {
            vi: "Hồ sơ bằng chứng (RFC 4998, RFC 6283) hỏng, hoặc có dấu thời gian không ký lên dữ liệu lẽ ra nó phải ký hay lên dấu lẽ ra nó phải gia hạn.",
            en: "An evidence record (RFC 4998, RFC 6283) is damaged, or a time-stamp of it is not over the data it should be over or the time-stamp it should renew.",
        },
        todo: Text {
            vi: "Xin lại hồ sơ bằng chứng từ kho lưu trữ; hồ sơ này không chứng minh được gì.",
            en: "Fetch the evidence record from its archive again; this one proves nothing.",
        },
    },
    Verdict {
        code: "CONTAINER_TOO_LARGE",
        why: Text {
            vi: "Gói bung ra quá lớn nên không được xét.",
            en: "The container unpacks to more than is looked at.",
        },
        todo: Text {
            vi: "Nghi ngờ tệp này; nếu chính đáng, chia thành nhiều gói.",
            en: "Be suspicious of it; if it is honest, split it.",
        },
    },
    Verdict {
        code: "CONTAINER_UNREADABLE",
        why: Text {
            vi: "Gói ZIP hỏng hoặc dùng cách nén, mã hóa không đọc được.",
            en: "The ZIP is damaged, or packed or encrypted in a way that is not read.",
        },
        todo: Text { vi: "Lấy lại tệp từ nguồn.", en: "Fetch it again from its source." },
    },
    Verdict {
        code: "NOT_ORIGINAL",
        why: Text {
            vi: "Theo Nghị định 30/2020/NĐ-CP, bản gốc điện tử phải có chữ ký của người có thẩm quyền rồi chữ ký của cơ quan, và không thêm gì khác; tệp này không như vậy.",
            en: "By Decree 30/2020/NĐ-CP an electronic original bears the signature of the person with the right to sign, then the agency's, and nothing else; this file does not.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi gửi bản gốc, hoặc coi tệp là bản sao hay dự thảo.",
            en: "Ask the sender for the original, or treat the file as a copy or draft.",
        },
    },
    Verdict {
        code: "RECEIPT_NOT_USED",
        why: Text {
            vi: "Biên nhận nêu đúng tệp này, nhưng thiếu hoặc sai bằng chứng nằm trong nhật ký, dấu thời gian của điểm kiểm, hoặc con dấu, nên không chứng minh được tệp tồn tại từ khi nào.",
            en: "The receipt names this file, but its proof of inclusion in the log, the checkpoint's time-stamp or its seal is missing or wrong, so it does not prove since when the file exists.",
        },
        todo: Text {
            vi: "Đặt `.tlog-proof` và `.tsr` cạnh biên nhận, nêu gốc tin cậy của dịch vụ dấu thời gian bằng --tsa-anchor, hoặc hỏi nơi vận hành trục.",
            en: "Put the `.tlog-proof` and the `.tsr` beside the receipt, name the time-stamping authority's anchor with --tsa-anchor, or ask the endpoint's operator.",
        },
    },
    Verdict {
        code: "PROOF_NOT_USED",
        why: Text {
            vi: "Một CRL hoặc trả lời OCSP đã được xem nhưng không tính: sai phạm vi, sai người ký hoặc không đúng thời điểm.",
            en: "A CRL or OCSP answer was looked at and does not count: its scope, its signer or its dates do not fit.",
        },
        todo: Text {
            vi: "Không cần làm gì nếu thông tin khác đã đủ; nếu chưa, hãy lấy thông tin thu hồi mới từ cơ quan cấp.",
            en: "Nothing, where other data suffices; otherwise fetch fresh revocation data from the issuer.",
        },
    },
    Verdict {
        code: "ROLE_UNKNOWN",
        why: Text {
            vi: "Tệp vai trò không cho biết người ký này ký với tư cách người có thẩm quyền hay cơ quan, nên chưa kết luận được đây có phải bản gốc không.",
            en: "The file of roles does not say whether this signer signs as a person or as an agency, so it stays open whether this is an original.",
        },
        todo: Text {
            vi: "Xác minh chứng thư số với cơ quan của người ký, rồi thêm vào tệp vai trò (--roles, hoặc `roles` trong congvan.toml); `congvan cert show` in SHA-256 của nó.",
            en: "Confirm the certificate with the signer's agency, then add it to the file of roles (--roles, or `roles` in congvan.toml); `congvan cert show` prints its SHA-256.",
        },
    },
    Verdict {
        code: "STAMP_OVERLAPS",
        why: Text {
            vi: "Hình chữ ký sau đè lên nội dung trên trang.",
            en: "The stamp of a later signature lies over something on the page.",
        },
        todo: Text {
            vi: "Xem trang như tại thời điểm chữ ký này được tạo.",
            en: "Look at the page as it was when this signature was made.",
        },
    },
    Verdict {
        code: "REFERENCE_CHANGED",
        why: Text {
            vi: "Nội dung mà một tham chiếu của chữ ký XML chỉ tới đã bị thay đổi.",
            en: "What a reference of the XML signature leads to was changed.",
        },
        todo: Text {
            vi: "Không sử dụng văn bản; yêu cầu nơi gửi gửi bản gốc.",
            en: "Do not use the document; ask the sender for the original.",
        },
    },
    Verdict {
        code: "REFERENCE_NOT_AT_HAND",
        why: Text {
            vi: "Chữ ký XML ký một tệp không có ở đây.",
            en: "The XML signature is over a file that is not at hand.",
        },
        todo: Text {
            vi: "Đặt tệp đó bên cạnh chữ ký, hoặc chỉ rõ bằng --content.",
            en: "Put that file beside the signature, or name it with --content.",
        },
    },
    Verdict {
        code: "REFERENCE_UNRESOLVED",
        why: Text {
            vi: "Một tham chiếu của chữ ký XML không dẫn tới đúng một phần tử.",
            en: "A reference of the XML signature does not lead to exactly one element.",
        },
        todo: Text {
            vi: "Không tin chữ ký: không ai biết chắc nó ký phần nào.",
            en: "Do not rely on the signature: nobody can say what it signs.",
        },
    },
    Verdict {
        code: "TRANSFORM_REFUSED",
        why: Text {
            vi: "Chữ ký XML dùng một phép biến đổi (như XSLT, XPath) có thể khiến nó không ký gì cả, nên bị từ chối.",
            en: "The XML signature uses a transform (such as XSLT or XPath) that could make it sign next to nothing.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi ký lại không dùng phép biến đổi đó.",
            en: "Ask the sender to sign without that transform.",
        },
    },
    Verdict {
        code: "NO_CANONICAL_FORM",
        why: Text {
            vi: "Phần được ký của XML không có dạng chuẩn tắc (ví dụ tên không gian tên là tham chiếu tương đối), nên không có gì để đối chiếu.",
            en: "What the XML signature signs has no canonical form (a namespace name is a relative reference, say), so there is nothing to compare.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi dùng tên không gian tên tuyệt đối (urn: hoặc http:) rồi ký lại.",
            en: "Ask the sender to use absolute namespace names (urn: or http:) and to sign again.",
        },
    },
    Verdict {
        code: "SIGNATURE_UNREADABLE",
        why: Text {
            vi: "Cấu trúc chữ ký hỏng nên không đọc được.",
            en: "The structure of the signature is damaged and cannot be read.",
        },
        todo: Text { vi: "Lấy lại tệp từ nguồn.", en: "Fetch the file again from its source." },
    },
    Verdict {
        code: "NOT_COVERED",
        why: Text {
            vi: "Chữ ký không phủ tới nội dung lẽ ra phải được ký.",
            en: "The signature does not reach content that it would have to cover.",
        },
        todo: Text {
            vi: "Coi phần không được phủ là chưa ký.", en: "Treat what is not covered as unsigned."
        },
    },
    Verdict {
        code: "BARE_KEY",
        why: Text {
            vi: "Chữ ký XML chỉ nêu một khóa công khai trần, không có chứng thư: không ai bảo đảm người ký là ai.",
            en: "The XML signature names a bare public key and no certificate: nobody vouches for who signed.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi ký kèm chứng thư, hoặc đưa chứng thư bằng --untrusted.",
            en: "Ask the sender to sign with a certificate, or give it with --untrusted.",
        },
    },
    Verdict {
        code: "ECDSA_VALUE_DER",
        why: Text {
            vi: "Giá trị chữ ký ECDSA hoặc DSA trong XML được ghi dạng DER, sai quy cách; đã đọc theo cách rộng.",
            en: "The ECDSA or DSA value stands in the XML as DER, against the standard; it was read leniently.",
        },
        todo: Text {
            vi: "Báo nơi gửi cập nhật phần mềm ký.", en: "Tell the sender to update the signing software."
        },
    },
    Verdict {
        code: "XML_UNREADABLE",
        why: Text {
            vi: "Tệp XML hỏng, quá lớn, hoặc có khai báo kiểu tài liệu (DOCTYPE) nên không đọc được.",
            en: "The XML file is damaged, too large, or has a document type declaration, and cannot be read.",
        },
        todo: Text {
            vi: "Lấy lại tệp từ nguồn; tệp có DOCTYPE phải được ký lại không có nó.",
            en: "Fetch the file again; one with a DOCTYPE has to be signed again without it.",
        },
    },
    Verdict {
        code: "NESTED_TOO_DEEP",
        why: Text {
            vi: "Các tệp lồng nhau quá sâu hoặc quá nhiều nên tệp này không được xem xét.",
            en: "Files are nested too deep, or there are too many, so this one was not looked at.",
        },
        todo: Text {
            vi: "Mở gói bằng `congvan unpack` rồi kiểm tra riêng tệp này.",
            en: "Unpack with `congvan unpack` and verify this file by itself.",
        },
    },
    Verdict {
        code: "CONTENT_DIFFERS",
        why: Text {
            vi: "Nội dung chỉ định khác với nội dung nằm trong chữ ký.",
            en: "The content that was named is not the content inside the signature.",
        },
        todo: Text {
            vi: "Kiểm tra lại đúng tệp; văn bản được ký là tệp nằm bên trong.",
            en: "Check that the right file was named; what was signed is the one inside.",
        },
    },
    Verdict {
        code: "TRAILING_BYTES",
        why: Text {
            vi: "Có dữ liệu lạ nằm sau cấu trúc chữ ký.",
            en: "Bytes that belong to nothing follow the structure of the signature.",
        },
        todo: Text {
            vi: "Lấy lại tệp từ nguồn; phần thừa không được ký.",
            en: "Fetch the file again from its source; the extra bytes are not signed.",
        },
    },
    Verdict {
        code: "TIMESTAMP_NOT_EVALUATED",
        why: Text {
            vi: "Có dấu thời gian thuộc loại chỉ được nêu tên chứ không được xét.",
            en: "A time-stamp is of a kind that is named and not evaluated.",
        },
        todo: Text {
            vi: "Không dựa vào thời gian của nó; các bằng chứng khác vẫn được tính.",
            en: "Do not rely on its time; other proofs still count.",
        },
    },
    Verdict {
        code: "ARCHIVE_INDEX",
        why: Text {
            vi: "Danh mục của dấu thời gian lưu trữ hỏng hoặc nêu thứ không có trong tệp.",
            en: "The index of an archive time-stamp is damaged or names what is not in the file.",
        },
        todo: Text {
            vi: "Lấy lại tệp từ nguồn; dấu thời gian này không chứng minh được gì.",
            en: "Fetch the file again from its source; this time-stamp proves nothing.",
        },
    },
    Verdict {
        code: "SIGNATURE_POLICY",
        why: Text {
            vi: "Chữ ký theo một chính sách ký riêng mà chương trình không đọc.",
            en: "The signature follows a signature policy of its own, which was not looked at.",
        },
        todo: Text {
            vi: "Nếu cần, hỏi nơi ký về chính sách đó.",
            en: "Ask the signer about that policy where it matters.",
        },
    },
    Verdict {
        code: "TIMESTAMP_DELAY",
        why: Text {
            vi: "Dấu thời gian được lấy quá lâu sau thời điểm ký đã khai, so với mức chính sách cho phép.",
            en: "The time-stamp was taken longer after the claimed time than the policy allows.",
        },
        todo: Text {
            vi: "Hỏi nơi ký, hoặc nới max-delay-s trong chính sách.",
            en: "Ask the signer, or raise max-delay-s in the policy.",
        },
    },
    Verdict {
        code: "TIMESTAMP_ORDER",
        why: Text {
            vi: "Dấu thời gian trên nội dung muộn hơn thời điểm chữ ký được chứng minh là đã có.",
            en: "A time-stamp over the content is later than the signature is proven to exist.",
        },
        todo: Text {
            vi: "Yêu cầu nơi gửi giải thích hoặc ký lại: thứ tự này không thể xảy ra.",
            en: "Ask the sender to explain or sign again: that order is impossible.",
        },
    },
    // Warnings of `sign`.
    Verdict {
        code: "SIGNER_STATUS_UNKNOWN",
        why: Text {
            vi: "Trước khi ký không hỏi được chứng thư có bị thu hồi hay không.",
            en: "Before signing nobody could be asked whether the certificate is revoked.",
        },
        todo: Text {
            vi: "Kiểm tra mạng, hoặc ký với `--require-revocation` để từ chối trong trường hợp này.",
            en: "Check the network, or sign with `--require-revocation` to refuse in this case.",
        },
    },
    Verdict {
        code: "FIELD_DEMANDS",
        why: Text {
            vi: "Người lập biểu mẫu đặt điều kiện bắt buộc cho chữ ký trong ô này (ISO 32000-2, 12.7.5.5), và chữ ký được làm theo dù lệnh không yêu cầu.",
            en: "Whoever made the form requires this of the signature in the field (ISO 32000-2 12.7.5.5), and it was done though no flag asked for it.",
        },
        todo: Text {
            vi: "Không cần làm gì; nếu không muốn, ký vào chỗ khác bằng `--place`.",
            en: "Nothing; to sign without it, sign elsewhere with `--place`.",
        },
    },
    Verdict {
        code: "TEXT_TURNED",
        why: Text {
            vi: "Trang được hiển thị nằm ngang hoặc lộn ngược (`/Rotate`), nên chữ trên đó không đứng thẳng.",
            en: "The page is displayed on its side or upside down (`/Rotate`), so its text does not stand upright.",
        },
        todo: Text {
            vi: "Nếu muốn trang đứng thẳng, xoay lại trước khi ký, ví dụ `qpdf --rotate=0 VÀO.pdf RA.pdf`.",
            en: "To have the page upright, turn it before signing, for example `qpdf --rotate=0 IN.pdf OUT.pdf`.",
        },
    },
    Verdict {
        code: "SIGNED_WITHOUT_TIME_STAMP",
        why: Text {
            vi: "Không dịch vụ dấu thời gian nào trả lời đúng, và `--on-tsa-failure b` cho phép ký không có nó.",
            en: "No time-stamping service gave a sound answer, and `--on-tsa-failure b` allows signing without.",
        },
        todo: Text {
            vi: "Chạy `congvan extend` trên tệp khi dịch vụ hoạt động lại.",
            en: "Run `congvan extend` on the file once the service is back.",
        },
    },
    Verdict {
        code: "FIELDS_AFTER_SIGNATURE",
        why: Text {
            vi: "Người ký trước dùng công cụ khác nên chưa có ô số và ngày; con dấu phải tự thêm các ô đó sau chữ ký ấy.",
            en: "The earlier signer used another tool, which prepared no fields for number and date; the seal brings them behind that signature.",
        },
        todo: Text {
            vi: "Gửi cho nơi nhận cả tệp vai trò có con dấu này, hoặc lần sau để người có thẩm quyền ký bằng `congvan sign --as leader`.",
            en: "Let receivers have roles that name this seal as an agency's, or let the authorised person sign with `congvan sign --as leader` next time.",
        },
    },
    Verdict {
        code: "SEALED_WITHOUT_ROLES",
        why: Text {
            vi: "Không có tệp vai trò nào cho biết chữ ký trước là của người có thẩm quyền, nên con dấu chỉ dựa vào việc chữ ký đó không hỏng.",
            en: "No file of roles says that the earlier signature is the authorised person's; the seal relied on its not having failed.",
        },
        todo: Text {
            vi: "Ghi `roles = \"roles.toml\"` vào hồ sơ và khai trong đó từng chứng thư số: người ký là `person`, con dấu là `agency`; xem `congvan verify --help`.",
            en: "Put `roles = \"roles.toml\"` into the profile and name each certificate there: signers as `person`, seals as `agency`; see `congvan verify --help`.",
        },
    },
    Verdict {
        code: "SIGNED_TWICE",
        why: Text {
            vi: "Dấu thời gian lớn hơn chỗ đã dành, nên khóa riêng phải ký lần thứ hai.",
            en: "The time-stamp was larger than the room kept for it, so the private key signed a second time.",
        },
        todo: Text {
            vi: "Không cần làm gì; nếu dùng khóa đếm số lần ký thì tính thêm một lần.",
            en: "Nothing; where a token counts its signatures, count one more.",
        },
    },
    Verdict {
        code: "TSA_CLOCK_DIFFERS",
        why: Text {
            vi: "Thời gian trong dấu thời gian lệch hơn năm phút so với đồng hồ máy này.",
            en: "The time in the time-stamp is more than five minutes from this machine's clock.",
        },
        todo: Text {
            vi: "Chỉnh đồng hồ máy; nếu máy đúng giờ, đổi dịch vụ dấu thời gian.",
            en: "Set this machine's clock; if it is right, use another time-stamping service.",
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Status;
    use crate::validate::conclusion::SUB_INDICATIONS;
    use crate::validate::finding::Finding;

    #[test]
    fn every_code_a_report_can_hold_is_explained_in_both_languages() {
        let statuses = [
            Status::TotalPassed,
            Status::Indeterminate,
            Status::TotalFailed,
            Status::NoSignature,
            Status::Unreadable,
            Status::Skipped,
        ];
        let of_files = [
            "UNKNOWN_FORMAT",
            "FORMAT_NOT_SUPPORTED",
            "PDF_UNREADABLE",
            "PDF_INCOMPLETE",
            "NESTED_TOO_DEEP",
            "XML_UNREADABLE",
        ];
        let codes = statuses
            .map(Status::name)
            .into_iter()
            .chain(SUB_INDICATIONS.map(|(_, name)| name))
            .chain(Finding::CODES.iter().copied())
            .chain(of_files);
        for code in codes {
            let entry = find(code).unwrap_or_else(|| panic!("{code} is not explained"));
            for text in [entry.why, entry.todo] {
                assert!(text.vi.len() > 10 && text.en.len() > 5, "{code}");
            }
        }
    }

    #[test]
    fn no_code_stands_twice() {
        let errors = crate::cli::texts::errors::Code::ALL.iter().map(|code| code.as_str());
        let mut codes: Vec<_> = ALL.iter().chain(changes::ALL).map(|e| e.code).chain(errors).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
