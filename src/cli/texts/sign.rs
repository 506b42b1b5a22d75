//! Sentences of `congvan sign`.

use super::{Text, texts};

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
        vi: "{path} đã có chữ ký mà không có ô số và ngày; các ô được thêm lúc này chỉ được nơi nhận chấp nhận khi nơi đó biết con dấu này là của cơ quan (`--roles`), nếu không thì chưa kết luận được về chữ ký trước",
        en: "{path} is signed already, without fields for number and date; those added now are accepted only where the roles name this seal as an agency's (`--roles`), elsewhere they leave the earlier verdict open",
    }
    SEALED_WITHOUT_ROLES {
        vi: "{path} được đóng dấu mà không biết ai đã ký với tư cách gì: chưa khai tệp `roles` trong hồ sơ, nên nơi nhận cũng không kết luận được đây là bản gốc",
        en: "{path} is sealed without knowing who signed as what: the profile names no file of `roles`, and nobody can tell that it is an original",
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

/// Help of the verb and of its own arguments.
pub(crate) const HELP: &[(&str, Text)] = &[
    (
        "sign",
        Text {
            vi: "Ký tệp: PDF theo vai trò với chữ ký hiển thị đúng Nghị định 30/2020/NĐ-CP, tệp khác trong ASiC, CAdES hoặc XAdES

Thêm chữ ký PAdES như một bản cập nhật nối tiếp: mọi byte cũ giữ nguyên. Tệp kết quả là TÊN.signed.pdf
bên cạnh tệp gốc, hoặc theo --out. Người có thẩm quyền ký trước (leader), rồi cơ quan đóng dấu (seal).
Mật khẩu của khóa lấy từ CONGVAN_PASSPHRASE, --passphrase-fd, hồ sơ, hoặc hỏi trên màn hình.
Tệp không phải PDF được ký theo --format; gói ASiC và tệp .p7s đã ký nhận thêm một chữ ký.
Chạy lại cùng lệnh với nhiều tệp hay thư mục sẽ bỏ qua tệp đã được khóa này ký đúng; tệp lỗi không làm dừng
các tệp khác.

Ví dụ:
  congvan sign quyet-dinh.pdf --as leader --key lanh-dao.p12 --image chu-ky.png
  congvan sign quyet-dinh.signed.pdf --as seal --key dau.p12 --image dau.png --number 07/QĐ-UBND --date 2026-03-05
  congvan sign a.pdf b.pdf --key ky.p12 --level t --tsa http://tsa.example --out da-ky/",
            en: "Sign PDFs in a role, with the stamp Decree 30/2020/NĐ-CP gives it, and other files in ASiC, CAdES or XAdES

Adds a PAdES signature as an incremental update: every earlier byte stays. The result is
NAME.signed.pdf beside the input, or goes to --out. The authorised person signs first (leader), then
the agency seals (seal). The key's passphrase comes from CONGVAN_PASSPHRASE, --passphrase-fd, the
profile, or a question on the terminal. Files that are no PDF are signed as --format says; containers
and .p7s files that are signed get another signature. Running the same command over several files or folders again
skips what this key has soundly signed already; a file that fails does not stop the others.

Example:
  congvan sign decision.pdf --as leader --key leader.p12 --image signature.png
  congvan sign decision.signed.pdf --as seal --key seal.p12 --image seal.png --number 07/QĐ-UBND --date 2026-03-05
  congvan sign a.pdf b.pdf --key signer.p12 --level t --tsa http://tsa.example --out signed/",
        },
    ),
    (
        "sign FILE",
        Text {
            vi: "Các tệp cần ký; trong thư mục thì chỉ PDF, trừ khi có --format",
            en: "Files to sign; of folders the PDFs, or with --format every file",
        },
    ),
    (
        "sign --as",
        Text {
            vi: "Vai trò: plain, initial, leader, seal, appendix, copy hoặc incoming

  plain     chữ ký thường; chỉ hiển thị khi có --place, --field, --anchor hoặc --image
  initial   ký nháy
  leader    người có thẩm quyền: giữa chức vụ và họ tên; tạo sẵn ô số, ngày và ô dấu
  seal      dấu cơ quan, phủ một phần ba bên trái chữ ký; điền số và ngày
  appendix  phụ lục ở tệp riêng: số, ký hiệu và thời gian ký ở góc trên bên phải
  copy      bản sao: SAO Y, SAO LỤC hoặc TRÍCH SAO
  incoming  dấu ĐẾN 50 × 35 mm",
            en: "Role: plain, initial, leader, seal, appendix, copy or incoming

  plain     an ordinary signature; shows only with --place, --field, --anchor or --image
  initial   initials (ký nháy)
  leader    the authorised person: between position and name; prepares fields for number, date and seal
  seal      the agency's seal over the left third of that signature; fills number and date
  appendix  an appendix in a file of its own: number, notation and signing time at the top right
  copy      a copy: SAO Y, SAO LỤC or TRÍCH SAO
  incoming  the 50 × 35 mm ĐẾN stamp",
        },
    ),
    (
        "sign --format",
        Text {
            vi: "Dạng chữ ký: pades, asic-e, asic-e-cades, asic-s, asic-s-xades, cades, xades; mặc định theo tệp (PDF: pades, .xml: xades, gói ASiC hay .p7s: thêm chữ ký, còn lại: asic-e)",
            en: "Format: pades, asic-e, asic-e-cades, asic-s, asic-s-xades, cades, xades; by the file if not given (PDF: pades, .xml: xades, ASiC or .p7s: another signature, else asic-e)",
        },
    ),
    (
        "sign --countersign",
        Text {
            vi: "Ký đối chứng: ký lên chữ ký cuối cùng trong gói ASiC, tệp .p7s hay tệp XML

Không có cờ này, gói ASiC và tệp .p7s nhận thêm một chữ ký song song trên cùng các tệp. Tệp XML đã ký
toàn bộ thì luôn được ký đối chứng, vì chữ ký toàn bộ thứ hai sẽ làm hỏng chữ ký thứ nhất.",
            en: "Counter-sign: sign the last signature in an ASiC container, a .p7s or an XML file

Without it containers and .p7s files get another signature over the same files, beside those that are
there. An XML file that is signed as a whole is always counter-signed, because a second signature over
all of it would break the first.",
        },
    ),
    (
        "sign --level",
        Text {
            vi: "Mức chữ ký: b, t, lt hay lta; mặc định t khi có dịch vụ dấu thời gian, nếu không thì b

b ký; t thêm dấu thời gian; lt thêm chứng thư, CRL và OCSP của người ký và của dịch vụ dấu thời
gian, để kiểm tra được khi không còn hỏi được ai; lta thêm dấu thời gian lên tất cả. Từ lt cần gốc
tin cậy.",
            en: "Level: b, t, lt or lta; t by default where a time-stamping service is known, else b

b signs; t adds a time-stamp; lt adds certificates, CRLs and OCSP answers of the signer and of the
time-stamping service, for when nobody can be asked any more; lta adds a time-stamp over all of it.
From lt on trust anchors are needed.",
        },
    ),
    (
        "sign --on-tsa-failure",
        Text {
            vi: "Khi không có dấu thời gian: refuse không ghi gì (mặc định), b ký mức B và cảnh báo",
            en: "Without a time-stamp: refuse writes nothing (the default), b signs at level B and warns",
        },
    ),
    (
        "sign --trust-anchor",
        Text {
            vi: "Gốc tin cậy của người ký (PEM hoặc DER); mặc định là của hồ sơ",
            en: "Trust anchors for the signer (PEM or DER); the profile's by default",
        },
    ),
    (
        "sign --require-revocation",
        Text {
            vi: "Không ký khi không biết chắc chứng thư chưa bị thu hồi",
            en: "Do not sign unless the certificate is known not to be revoked",
        },
    ),
    (
        "sign --field",
        Text {
            vi: "Ký vào ô chữ ký có sẵn mang tên này", en: "Sign the existing signature field of this name"
        },
    ),
    (
        "sign --place",
        Text {
            vi: "Vị trí tính bằng mm từ góc trên bên trái của trang như đang hiển thị",
            en: "Place in mm from the top left of the page as displayed",
        },
    ),
    (
        "sign --anchor",
        Text {
            vi: "Chức vụ hoặc họ tên mà chữ ký đứng cùng, khi có nhiều",
            en: "Position or name the signature belongs to, where there are several",
        },
    ),
    (
        "sign --number",
        Text {
            vi: "Số và ký hiệu văn bản, như 07/QĐ-UBND; số đến với vai trò incoming",
            en: "Number and notation of the document, such as 07/QĐ-UBND; the arrival number for incoming",
        },
    ),
    (
        "sign --date",
        Text {
            vi: "Ngày ban hành, như 2026-03-05 hoặc 05/03/2026; ngày đến với vai trò incoming",
            en: "Date of issue, such as 2026-03-05 or 05/03/2026; the day of arrival for incoming",
        },
    ),
    (
        "sign --image",
        Text {
            vi: "Ảnh PNG nền trong của chữ ký hoặc con dấu, giữ kích thước thật",
            en: "Transparent PNG of the hand signature or seal, kept in its real size",
        },
    ),
    (
        "sign --stamp-size",
        Text {
            vi: "Chiều rộng thật của ảnh tính bằng mm, khi ảnh không ghi",
            en: "Real width of the picture in mm, where the picture does not tell",
        },
    ),
    (
        "sign --copy-form",
        Text {
            vi: "Hình thức sao: sao-y, sao-luc hoặc trich-sao",
            en: "Form of the copy: sao-y, sao-luc or trich-sao",
        },
    ),
    ("sign --reason", Text { vi: "Lý do ký, ghi vào chữ ký", en: "Reason, written into the signature" }),
    ("sign --location", Text { vi: "Nơi ký, ghi vào chữ ký", en: "Place of signing, written into the signature" }),
    (
        "sign --passed-to",
        Text {
            vi: "Nơi chuyển đến, ghi trong dấu \"Đến\"", en: "To whom it is passed, in the arrival stamp"
        },
    ),
    (
        "sign --file-code",
        Text {
            vi: "Số và ký hiệu hồ sơ, ghi trong dấu \"Đến\"",
            en: "Number and notation of the file, in the arrival stamp",
        },
    ),
    (
        "sign --certify",
        Text {
            vi: "Chứng nhận văn bản: sau đó không cho sửa gì (1), cho điền biểu mẫu và ký (2), cho cả ghi chú (3)

Chỉ dùng được cho chữ ký đầu tiên, với vai trò plain, appendix hoặc copy.",
            en: "Certify: afterwards allow no change (1), filling forms and signing (2), annotations too (3)

Only for a document's first signature, as plain, appendix or copy.",
        },
    ),
    (
        "sign --pdf-password-fd",
        Text {
            vi: "Đọc mật khẩu của tệp PDF từ mô tả tệp này; nếu không thì từ CONGVAN_PDF_PASSWORD",
            en: "Read the PDF's password from this file descriptor; else it comes from CONGVAN_PDF_PASSWORD",
        },
    ),
    (
        "sign --preview",
        Text {
            vi: "Chỉ vẽ trang như sẽ hiện sau khi ký vào ảnh PNG này; không ký

Chưa dùng đến khóa: có thể chỉ nêu --cert.",
            en: "Only draw the page as it will look signed into this PNG; nothing is signed

The key is not used: --cert alone is enough.",
        },
    ),
    (
        "sign --declare-unclassified",
        Text {
            vi: "Khẳng định văn bản không mật khi trang 1 không có chữ đọc được",
            en: "Declare that documents whose page 1 has no readable text are not classified",
        },
    ),
];
