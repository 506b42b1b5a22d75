//! Sentences of `congvan demo`.

use super::{Text, texts};

texts! {
    INTRO {
        vi: "Tỉnh Sơn Hải (không có thật): một cơ quan chứng thực thử nghiệm, hai cơ quan, một điểm trao đổi, một quyết định.\nMọi tệp nằm trong {dir}; các lệnh dưới đây chạy trong thư mục đó.",
        en: "The province of Sơn Hải (it does not exist): a test authority, two agencies, one endpoint, one decision.\nEvery file is in {dir}; the commands below run in that folder.",
    }
    LEADER {
        vi: "Phó Chủ tịch ký quyết định: ảnh chữ ký màu xanh giữa chức vụ và họ tên, kèm dấu thời gian; chỗ ghi số, ngày và con dấu được chuẩn bị sẵn.",
        en: "The vice chairman signs the decision: blue signature between position and name, with a time-stamp; the fields for number, date and seal are prepared.",
    }
    SEAL {
        vi: "Văn thư ghi số, ngày và đóng dấu cơ quan trong một bản cập nhật nối tiếp; chữ ký của lãnh đạo vẫn nguyên vẹn.",
        en: "The clerk puts number, date and the agency's seal in an incremental update; the leader's signature stays intact.",
    }
    VERIFY {
        vi: "Ai cũng kiểm tra được: hai chữ ký, đường dẫn tới gốc tin cậy, danh sách thu hồi, dấu thời gian; không cần mạng.",
        en: "Anybody can check: two signatures, paths to the anchor, revocation lists, time-stamps; no network needed.",
    }
    PACK {
        vi: "Đóng gói edXML (QCVN 102:2016) cho Sở Khoa học và Công nghệ.",
        en: "It is packed as edXML (QCVN 102:2016) for the Department of Science and Technology.",
    }
    SERVE {
        vi: "Điểm trao đổi của tỉnh: danh bạ liệt kê chứng thư số của từng cơ quan, rồi bắt đầu phục vụ qua TLS hai chiều.",
        en: "The province's endpoint: the directory lists each agency's certificates, then it serves over mutual TLS.",
    }
    PUSH {
        vi: "Ủy ban gửi gói tin và nhận biên nhận có ký số, kèm lá nhật ký.",
        en: "The committee sends the package and gets a signed receipt with its log leaf.",
    }
    PUSH_AGAIN {
        vi: "Gửi lại đúng gói tin đó: cùng một biên nhận, từng byte; không có lần gửi thứ hai.",
        en: "Sending the very same again: the same receipt, byte for byte; there is no second delivery.",
    }
    PULL {
        vi: "Sở nhận gói tin, kiểm tra phong bì và ký xác nhận đã nhận.",
        en: "The department takes the package, checks the envelope and signs that it holds it.",
    }
    UNPACK {
        vi: "Mở gói tin: văn bản và thông tin để vào sổ văn bản đến.",
        en: "The package is opened: the document, and its metadata for the register of incoming documents.",
    }
    STATUS {
        vi: "Ủy ban thấy văn bản đã được bàn giao lúc nào.",
        en: "The committee sees when it was handed over.",
    }
    AUDIT {
        vi: "Nhiều năm sau, kiểm toán viên đọc lại toàn bộ câu chuyện từ văn bản đã nhận, không cần mạng.",
        en: "Years later an auditor reads the whole story from the received document, offline.",
    }
    TAMPER {
        vi: "Và nếu có ai sửa một byte của văn bản:",
        en: "And should somebody change one byte of it:",
    }
    END {
        vi: "\nXong sau {seconds} giây. Xem văn bản: mở {dir}/3-issued.pdf bằng trình đọc PDF bất kỳ;\nkiểm tra: congvan verify {dir}/3-issued.pdf --anchor {dir}/ca/root.pem --crl {dir}/ca/crl --offline",
        en: "\nDone in {seconds} seconds. To look at the document open {dir}/3-issued.pdf with any PDF reader;\nto check it: congvan verify {dir}/3-issued.pdf --anchor {dir}/ca/root.pem --crl {dir}/ca/crl --offline",
    }
}

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "demo",
        Text {
            vi: "Xem một văn bản đi từ bàn lãnh đạo đến sổ văn bản đến của cơ quan khác

Dựng cả một tỉnh trong một thư mục: cơ quan chứng thực thử nghiệm, hai cơ quan, điểm trao đổi.
Không cần mạng, không cần chương trình nào khác; mọi tệp trung gian được giữ lại.

Ví dụ:
  congvan demo
  congvan demo --dir thu-nghiem",
            en: "Watch a document go from a leader's desk to the register of another agency

Founds a whole province in one folder: a test authority, two agencies, an endpoint.
Needs no network and no other program; every intermediate file is kept.

Example:
  congvan demo
  congvan demo --dir trial",
        },
    ),
    (
        "demo --dir",
        Text {
            vi: "Thư mục trống hoặc chưa có; mặc định là một thư mục tạm",
            en: "An empty or new folder; a temporary one by default",
        },
    ),
];
