//! Sentences of `congvan cert`.

use super::{Text, texts};
use crate::path::Problem;

texts! {
    MISSED { vi: "ghi chú: không lấy được gì từ {url}: {why}", en: "note: nothing came from {url}: {why}" }
    ANCHOR { vi: "gốc tin cậy", en: "anchor" }
    VALIDITY { vi: "hiệu lực từ {from} đến {to}", en: "valid from {from} to {to}" }
    STATUS_GOOD { vi: "chưa bị thu hồi ({source}, {time})", en: "not revoked ({source}, {time})" }
    STATUS_REVOKED { vi: "đã bị thu hồi lúc {time} ({source})", en: "revoked at {time} ({source})" }
    STATUS_NOT_KNOWN { vi: "chưa biết đã bị thu hồi hay chưa ({source}, {time})", en: "revocation not known ({source}, {time})" }
    POLICIES { vi: "chính sách chứng thư hợp lệ: {list}", en: "valid certificate policies: {list}" }
    REVOKED { vi: "một chứng thư số trong đường dẫn đã bị thu hồi", en: "a certificate of the path was revoked" }
    STATUS_UNKNOWN {
        vi: "không biết một chứng thư số trong đường dẫn đã bị thu hồi hay chưa",
        en: "it is not known whether a certificate of the path was revoked",
    }
    WEAK {
        vi: "chính sách không chấp nhận một thuật toán hoặc độ dài khóa trong đường dẫn",
        en: "the policy does not accept an algorithm or key size of the path",
    }
    ISSUER { vi: "cơ quan cấp", en: "issuer" }
    SERIAL { vi: "số sê-ri", en: "serial" }
    SHA256 { vi: "SHA-256", en: "SHA-256" }
    PERIOD { vi: "thời hạn", en: "period" }
    KEY { vi: "khóa", en: "key" }
    ALGORITHM { vi: "chữ ký của cơ quan cấp", en: "issuer's signature" }
    AUTHORITY { vi: "loại", en: "kind" }
    KEY_USAGE { vi: "công dụng khóa", en: "key usage" }
    PURPOSES { vi: "mục đích mở rộng", en: "extended key usage" }
    POLICY_LIST { vi: "chính sách", en: "policies" }
    OTHER_NAMES { vi: "tên khác", en: "other names" }
    CRL_PLACES { vi: "danh sách thu hồi", en: "revocation lists" }
    OCSP_PLACES { vi: "OCSP", en: "OCSP" }
    ISSUER_PLACES { vi: "chứng thư của cơ quan cấp", en: "issuer's certificate" }
    DAMAGED { vi: "phần mở rộng bị hỏng", en: "damaged extensions" }

    NO_ANCHORS { vi: "chưa cấu hình gốc tin cậy nào", en: "no trust anchor is configured" }
    NO_ISSUER {
        vi: "không có cơ quan cấp nào dẫn tới một gốc tin cậy",
        en: "no issuer leads to a trust anchor",
    }
    TOO_MUCH_WORK {
        vi: "các chứng thư số tạo thành quá nhiều đường dẫn để thử hết",
        en: "the certificates form more paths than are tried",
    }
    NOT_YET_VALID { vi: "chưa đến ngày có hiệu lực", en: "not valid yet at the time looked at" }
    EXPIRED { vi: "đã hết hạn tại thời điểm xét", en: "expired at the time looked at" }
    BAD_SIGNATURE {
        vi: "chữ ký trên chứng thư số không đúng với khóa của cơ quan cấp",
        en: "the signature on the certificate does not fit its issuer's key",
    }
    NOT_A_CA {
        vi: "một chứng thư số trong đường dẫn không được quyền cấp chứng thư",
        en: "a certificate of the path may not issue certificates",
    }
    TOO_LONG { vi: "đường dẫn dài hơn mức cho phép", en: "the path is longer than allowed" }
    EXTENSION {
        vi: "một phần mở rộng của chứng thư số không hiểu được, bị hỏng hoặc lặp lại",
        en: "an extension of a certificate is not understood, damaged or repeated",
    }
    NAME {
        vi: "một tên nằm ngoài phạm vi mà cơ quan cấp trên cho phép",
        en: "a name lies outside what an issuer above allows",
    }
    NO_POLICY {
        vi: "đường dẫn không hợp lệ theo chính sách chứng thư nào được yêu cầu",
        en: "the path is valid for none of the certificate policies demanded",
    }
    PURPOSE {
        vi: "chứng thư số không dùng được cho mục đích này",
        en: "the certificate may not be used for this purpose",
    }
    OTHER { vi: "đường dẫn trái với RFC 5280", en: "the path breaks RFC 5280" }
}

/// The sentence about a problem; its facts stand in the line below, as RFC 5280 words them.
pub(crate) fn of(problem: &Problem) -> Text {
    match problem {
        Problem::NoAnchors => NO_ANCHORS,
        Problem::NoIssuer => NO_ISSUER,
        Problem::WorkExhausted => TOO_MUCH_WORK,
        Problem::NotYetValid { .. } => NOT_YET_VALID,
        Problem::Expired { .. } => EXPIRED,
        Problem::Signature(_) => BAD_SIGNATURE,
        Problem::NotACa | Problem::MayNotSignCertificates => NOT_A_CA,
        Problem::TooLong | Problem::PathLength => TOO_LONG,
        Problem::UnknownCriticalExtension(_) | Problem::MalformedExtension(_) | Problem::DuplicateExtension(_) => {
            EXTENSION
        }
        Problem::NotPermitted | Problem::Excluded | Problem::UncomparableName => NAME,
        Problem::NoValidPolicy => NO_POLICY,
        Problem::KeyUsage(_) | Problem::ExtendedKeyUsage(_) => PURPOSE,
        _ => OTHER,
    }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "cert",
        Text {
            vi: "Xem và kiểm tra chứng thư số

Ví dụ:
  congvan cert show chung-thu.pem",
            en: "Look at certificates and check them

Example:
  congvan cert show certificate.pem",
        },
    ),
    (
        "cert check",
        Text {
            vi: "Kiểm tra đường dẫn của một chứng thư số theo RFC 5280

Dựng đường dẫn từ chứng thư tới một gốc tin cậy, kiểm tra mọi ràng buộc và việc thu hồi tại một thời
điểm. Mã thoát: 0 PASSED, 1 FAILED (biết chắc là sai), 3 INDETERMINATE (còn thiếu bằng chứng).

Ví dụ:
  congvan cert check chung-thu.pem --anchor goc.pem --crl ds-thu-hoi/
  congvan cert check tsa.pem --anchor goc.pem --purpose time-stamping --at 2026-03-05T00:00:00Z",
            en: "Validate the path of a certificate, RFC 5280

Builds a path from the certificate to a trust anchor and checks every constraint and the revocation
status at one time. Exit codes: 0 PASSED, 1 FAILED (known to be wrong), 3 INDETERMINATE (proof is missing).

Example:
  congvan cert check certificate.pem --anchor root.pem --crl crls/
  congvan cert check tsa.pem --anchor root.pem --purpose time-stamping --at 2026-03-05T00:00:00Z",
        },
    ),
    (
        "cert check LEAF",
        Text {
            vi: "Chứng thư số cần kiểm tra (PEM hoặc DER); các chứng thư sau nó trong tệp là trung gian",
            en: "The certificate to check (PEM or DER); further ones in the file are intermediates",
        },
    ),
    (
        "cert check --policy",
        Text {
            vi: "Chính sách: strict (mặc định), nd30, integrity-only, hoặc một tệp TOML",
            en: "Policy: strict (the default), nd30, integrity-only, or a TOML file",
        },
    ),
    (
        "cert check --no-revocation",
        Text {
            vi: "Không kiểm tra thu hồi; kết quả có cảnh báo", en: "Do not look at revocation; the result says so"
        },
    ),
    (
        "cert check --policy-oid",
        Text {
            vi: "Các chính sách chứng thư được chấp nhận; mặc định là mọi chính sách",
            en: "Certificate policies that are acceptable; any by default",
        },
    ),
    (
        "cert check --explicit-policy",
        Text {
            vi: "Bắt buộc đường dẫn hợp lệ theo ít nhất một chính sách được chấp nhận",
            en: "Require the path to be valid for one of the acceptable policies",
        },
    ),
    (
        "cert check --inhibit-mapping",
        Text { vi: "Không chấp nhận ánh xạ chính sách", en: "Do not follow policy mappings" },
    ),
    (
        "cert check --inhibit-any",
        Text { vi: "Không tính anyPolicy là một chính sách", en: "Do not let anyPolicy stand for a policy" },
    ),
    (
        "cert check --purpose",
        Text {
            vi: "Mục đích: any (mặc định), document-signing, time-stamping, ocsp-signing, crl-signing, tls-server, tls-client",
            en: "Purpose: any (the default), document-signing, time-stamping, ocsp-signing, crl-signing, tls-server, tls-client",
        },
    ),
    (
        "cert show",
        Text {
            vi: "In nội dung chứng thư số, không phán xét

Ví dụ:
  congvan cert show chung-thu.pem --json",
            en: "Show what stands in certificates, without judging them

Example:
  congvan cert show certificate.pem --json",
        },
    ),
    ("cert show FILE", Text { vi: "Tệp chứng thư số (PEM hoặc DER)", en: "Certificate files (PEM or DER)" }),
];
