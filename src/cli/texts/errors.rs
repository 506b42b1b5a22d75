//! Every way the command itself can fail: stable code, exit code, sentence, hint, and what `explain` says.
//!
//! A code is a promise to scripts: it is never renamed or reused. What is wrong with a *document* is a finding of
//! a report, not an entry here.

use super::Text;
use crate::cli::error::Exit;

/// What is known about one error code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The code as scripts see it.
    pub(crate) code: &'static str,
    /// The exit code it leads to.
    pub(crate) exit: Exit,
    /// One sentence, lower case, without a period.
    pub(crate) message: Text,
    /// What to do next, lower case, without a period.
    pub(crate) hint: Text,
    /// What it means, for `congvan explain`: full sentences.
    pub(crate) meaning: Text,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $exit:ident {
        message { vi: $mvi:expr, en: $men:expr $(,)? }
        hint { vi: $hvi:expr, en: $hen:expr $(,)? }
        meaning { vi: $evi:expr, en: $een:expr $(,)? }
    })*) => {
        /// A way to fail, under its stable name.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Code {
            $(#[doc = $men] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub(crate) const ALL: &[Code] = &[$(Code::$name),*];

            /// What is known about it.
            pub(crate) fn entry(self) -> &'static Entry {
                match self {
                    $(Code::$name => const { &Entry {
                        code: $code,
                        exit: Exit::$exit,
                        message: Text { vi: $mvi, en: $men },
                        hint: Text { vi: $hvi, en: $hen },
                        meaning: Text { vi: $evi, en: $een },
                    } },)*
                }
            }
        }
    };
}

impl Code {
    /// The code as scripts see it.
    pub(crate) fn as_str(self) -> &'static str {
        self.entry().code
    }

    /// Finds a code by its name, in either case.
    pub(crate) fn find(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(name))
    }
}

codes! {
    // --- the command line itself ---
    Usage = "USAGE", Usage {
        message { vi: "{what}", en: "{what}" }
        hint { vi: "xem `{help}`", en: "see `{help}`" }
        meaning {
            vi: "Dòng lệnh không đọc được: thiếu đối số, tùy chọn lạ hoặc giá trị sai. Chưa có gì được thực hiện.",
            en: "The command line could not be understood: an argument is missing, an option is unknown or a value is wrong. Nothing was done.",
        }
    }
    NothingSelected = "NOTHING_SELECTED", Usage {
        message { vi: "không có tệp nào để xử lý trong {path}", en: "there is no file to work on in {path}" }
        hint { vi: "nêu tên tệp, hoặc một thư mục có tệp", en: "name files, or a folder that holds some" }
        meaning {
            vi: "Các đường dẫn đã nêu không chứa tệp nào mà lệnh này xử lý được.",
            en: "The paths given hold no file this verb works on.",
        }
    }
    NotInTable = "UNKNOWN_CODE", Usage {
        message { vi: "không có mã nào tên là {code}", en: "there is no code named {code}" }
        hint { vi: "`congvan explain` không đối số liệt kê mọi mã", en: "`congvan explain` without an argument lists every code" }
        meaning {
            vi: "Mã cần giải thích không có trong bảng của phiên bản này.",
            en: "The code to explain is not in this version's table.",
        }
    }

    BadTime = "BAD_TIME", Usage {
        message { vi: "`{value}` không phải thời điểm RFC 3339", en: "`{value}` is not an RFC 3339 time" }
        hint { vi: "viết như `2026-03-05T14:07:09+07:00`", en: "write it like `2026-03-05T14:07:09+07:00`" }
        meaning {
            vi: "Thời điểm phải có ngày, giờ và múi giờ.",
            en: "A time needs a date, a time of day and an offset.",
        }
    }

    // --- trust ---
    CertificateUnreadable = "CERTIFICATE_UNREADABLE", CouldNot {
        message { vi: "không đọc được chứng thư số trong {path}: {cause}", en: "cannot read a certificate from {path}: {cause}" }
        hint { vi: "cần tệp PEM hoặc DER của chứng thư số X.509", en: "an X.509 certificate in PEM or DER is needed" }
        meaning {
            vi: "Tệp được nêu làm chứng thư số không chứa chứng thư số đọc được.",
            en: "A file named as a certificate holds none that can be read.",
        }
    }
    RevocationUnreadable = "REVOCATION_UNREADABLE", CouldNot {
        message { vi: "không đọc được thông tin thu hồi trong {path}: {cause}", en: "cannot read revocation data from {path}: {cause}" }
        hint { vi: "--crl cần CRL (PEM hoặc DER), --ocsp cần trả lời OCSP (DER)", en: "--crl wants a CRL (PEM or DER), --ocsp an OCSP response (DER)" }
        meaning {
            vi: "Tệp được nêu làm CRL hoặc trả lời OCSP không đúng dạng.",
            en: "A file named as a CRL or OCSP response is not one.",
        }
    }
    TestAnchor = "TEST_ANCHOR", Usage {
        message { vi: "khóa của `{subject}` là khóa thử nghiệm công khai, không thể là gốc tin cậy", en: "the key of `{subject}` is a published test key and can be no trust anchor" }
        hint { vi: "dùng chứng thư số gốc thật; bản demo tự tin cậy gốc của nó", en: "use a real root certificate; the demo trusts its own root by itself" }
        meaning {
            vi: "Khóa riêng này nằm trong mã nguồn để kiểm thử, ai cũng có thể ký bằng nó.",
            en: "The private key is in the source code for tests, so anybody could sign with it.",
        }
    }
    RolesInvalid = "ROLES_INVALID", Usage {
        message { vi: "không dùng được tệp vai trò {path}: {cause}", en: "cannot use the file of roles {path}: {cause}" }
        hint {
            vi: "mỗi mục [[signer]] cần `role` (person, agency hoặc tsa), `sha256` hoặc `subject`, và `agency` cho cơ quan",
            en: "every [[signer]] needs `role` (person, agency or tsa), `sha256` or `subject`, and `agency` for an agency",
        }
        meaning {
            vi: "Tệp vai trò cho biết chứng thư số nào ký với tư cách người có thẩm quyền, cơ quan hay dịch vụ cấp dấu thời gian. Tệp được nêu không đúng dạng hoặc tự mâu thuẫn.",
            en: "A file of roles says which certificate signs as a person, an agency or a time-stamping authority. The one named is malformed or contradicts itself.",
        }
    }
    ReceiptUnreadable = "RECEIPT_UNREADABLE", CouldNot {
        message { vi: "{path} không phải biên nhận: {cause}", en: "{path} is not a receipt: {cause}" }
        hint { vi: "dùng receipt.json do `congvan push` hoặc `congvan pull` lưu lại", en: "use the receipt.json that `congvan push` or `congvan pull` keeps" }
        meaning {
            vi: "Tệp được nêu làm biên nhận không đúng dạng biên nhận của trục trao đổi.",
            en: "The file named as a receipt does not have the form of the exchange's receipts.",
        }
    }
    PolicyInvalid = "POLICY_INVALID", Usage {
        message { vi: "không dùng được chính sách {path}: {cause}", en: "cannot use the policy {path}: {cause}" }
        hint { vi: "các chính sách có sẵn: strict, nd30, integrity-only", en: "built-in policies are strict, nd30 and integrity-only" }
        meaning {
            vi: "Tệp chính sách không phải TOML hợp lệ hoặc có khóa lạ.",
            en: "The policy file is not valid TOML or has an unknown key.",
        }
    }

    // --- demo ---
    DemoFailed = "DEMO_FAILED", CouldNot {
        message { vi: "bước `{step}` của bản demo không kết thúc như mong đợi", en: "the step `{step}` of the demo did not end as it must" }
        hint { vi: "xem dòng phía trên; các tệp vẫn còn để xem xét", en: "look at the lines above; the files are still there to examine" }
        meaning {
            vi: "Bản demo dừng ở bước đầu tiên không cho kết quả đúng.",
            en: "The demo stops at the first step that does not give the right result.",
        }
    }

    // --- files ---
    FileNotFound = "FILE_NOT_FOUND", CouldNot {
        message { vi: "không tìm thấy {path}", en: "cannot find {path}" }
        hint { vi: "kiểm tra lại tên và thư mục", en: "check the name and the folder" }
        meaning {
            vi: "Tệp hoặc thư mục đã nêu không tồn tại.",
            en: "The file or folder named does not exist.",
        }
    }
    ReadFailed = "READ_FAILED", CouldNot {
        message { vi: "không đọc được {path}: {cause}", en: "cannot read {path}: {cause}" }
        hint { vi: "kiểm tra quyền đọc và ổ đĩa", en: "check the permission to read and the disk" }
        meaning {
            vi: "Hệ điều hành không cho đọc tệp. Không có kết luận nào về nội dung của nó.",
            en: "The operating system did not let the file be read. Nothing is said about its contents.",
        }
    }
    WriteFailed = "WRITE_FAILED", CouldNot {
        message { vi: "không ghi được {path}: {cause}", en: "cannot write {path}: {cause}" }
        hint { vi: "kiểm tra quyền ghi và chỗ trống; không có tệp dở dang nào để lại", en: "check the permission to write and the free space; no half-written file was left" }
        meaning {
            vi: "Không ghi được kết quả. Tệp kết quả chỉ xuất hiện trọn vẹn hoặc không xuất hiện.",
            en: "The result could not be written. Files appear whole or not at all.",
        }
    }
    DiskFull = "DISK_FULL", CouldNot {
        message { vi: "hết chỗ trên đĩa khi ghi {path}", en: "the disk is full while writing {path}" }
        hint { vi: "giải phóng chỗ trống rồi chạy lại; không có tệp dở dang nào để lại", en: "free some space and run again; no half-written file was left" }
        meaning {
            vi: "Ổ đĩa chứa tệp kết quả đã đầy hoặc hết hạn mức. Phần đã ghi được xóa đi.",
            en: "The disk that was to hold the result is full, or the quota is used up. What had been written was removed.",
        }
    }
    OutputExists = "OUTPUT_EXISTS", CouldNot {
        message { vi: "{path} đã có sẵn", en: "{path} already exists" }
        hint { vi: "chọn tên khác bằng `--out`, hoặc ghi đè bằng `--force`", en: "choose another name with `--out`, or overwrite with `--force`" }
        meaning {
            vi: "Tệp kết quả đã tồn tại; lệnh không bao giờ ghi đè nếu không có --force.",
            en: "The output exists already; nothing is ever overwritten without --force.",
        }
    }
    SameFile = "SAME_FILE", Usage {
        message { vi: "{path} vừa là đầu vào vừa là đầu ra", en: "{path} is both input and output" }
        hint { vi: "chọn tên khác bằng `--out`", en: "choose another name with `--out`" }
        meaning {
            vi: "Ghi đè lên chính tệp đang đọc sẽ làm mất bản gốc, nên bị từ chối kể cả với --force.",
            en: "Writing over the file being read would lose the original, so it is refused even with --force.",
        }
    }
    TooLarge = "TOO_LARGE", CouldNot {
        message { vi: "{path} lớn hơn giới hạn {limit} byte", en: "{path} is larger than the limit of {limit} bytes" }
        hint { vi: "kiểm tra xem có nhầm tệp không", en: "check that this is the file you meant" }
        meaning {
            vi: "Tệp phụ trợ (khóa, chứng thư, cấu hình …) lớn hơn mức hợp lý và không được đọc vào bộ nhớ.",
            en: "An auxiliary file (key, certificate, configuration …) is larger than makes sense and was not read into memory.",
        }
    }
    StdoutFailed = "STDOUT_FAILED", CouldNot {
        message { vi: "không ghi được kết quả ra đầu ra chuẩn: {cause}", en: "cannot write the results to standard output: {cause}" }
        hint { vi: "kiểm tra chỗ trống nơi đầu ra được chuyển tới", en: "check the space where the output is sent to" }
        meaning {
            vi: "Kết quả không tới được nơi nhận.",
            en: "The results did not reach where they were sent.",
        }
    }

    // --- configuration and secrets ---
    ConfigInvalid = "CONFIG_INVALID", Usage {
        message { vi: "cấu hình {path} sai: {cause}", en: "the configuration {path} is wrong: {cause}" }
        hint { vi: "sửa dòng được nêu; khóa lạ là lỗi, không bị bỏ qua", en: "correct the line named; unknown keys are errors, they are not skipped" }
        meaning {
            vi: "Tệp congvan.toml, hoặc biến CONGVAN_*, có khóa lạ hoặc giá trị sai.",
            en: "congvan.toml, or a CONGVAN_* variable, has an unknown key or a wrong value.",
        }
    }
    SecretInConfig = "SECRET_IN_CONFIG", Usage {
        message { vi: "{key} trong cấu hình phải là tham chiếu, không phải chính bí mật", en: "{key} in the configuration must be a reference, not the secret itself" }
        hint { vi: "viết `file:ĐƯỜNG_DẪN` hoặc `env:TÊN_BIẾN`", en: "write `file:PATH` or `env:VARIABLE`" }
        meaning {
            vi: "Mật khẩu và PIN không bao giờ nằm trong tệp cấu hình; chỉ nơi tìm chúng mới nằm ở đó.",
            en: "Passphrases and PINs never stand in the configuration; only where to find them does.",
        }
    }
    SecretUnavailable = "SECRET_UNAVAILABLE", CouldNot {
        message { vi: "không lấy được mật khẩu hay PIN từ {source}: {cause}", en: "cannot get the passphrase or PIN from {source}: {cause}" }
        hint { vi: "đặt CONGVAN_PASSPHRASE hay CONGVAN_PIN, hoặc dùng `--passphrase-fd`, `--pin-fd`", en: "set CONGVAN_PASSPHRASE or CONGVAN_PIN, or use `--passphrase-fd`, `--pin-fd`" }
        meaning {
            vi: "Nơi được chỉ để lấy mật khẩu hoặc PIN không đọc được.",
            en: "Where the passphrase or PIN was said to be could not be read.",
        }
    }
    PassphraseNeeded = "PASSPHRASE_NEEDED", CouldNot {
        message { vi: "khóa {path} được mã hóa và chưa có mật khẩu", en: "the key {path} is encrypted and no passphrase was given" }
        hint { vi: "đặt CONGVAN_PASSPHRASE, dùng `--passphrase-fd`, hoặc chạy trên màn hình để được hỏi", en: "set CONGVAN_PASSPHRASE, use `--passphrase-fd`, or run on a terminal to be asked" }
        meaning {
            vi: "Cần mật khẩu nhưng không có nơi nào cung cấp và không có màn hình để hỏi.",
            en: "A passphrase is needed, no source gave one and there is no terminal to ask on.",
        }
    }
    WrongPassphrase = "WRONG_PASSPHRASE", CouldNot {
        message { vi: "mật khẩu của khóa {path} không đúng", en: "the passphrase of the key {path} is wrong" }
        hint { vi: "thử lại; kiểm tra bộ gõ và phím Caps Lock", en: "try again; check the keyboard layout and Caps Lock" }
        meaning {
            vi: "Tệp khóa không mở được bằng mật khẩu đã cho. Lệnh không tự thử lại.",
            en: "The key file does not open with the passphrase given. Nothing is retried by itself.",
        }
    }
    NoProfile = "NO_PROFILE", Usage {
        message { vi: "không có hồ sơ {profile} tại {path}", en: "there is no profile {profile} at {path}" }
        hint { vi: "kiểm tra `--profile`, hoặc truyền mọi thứ bằng tùy chọn", en: "check `--profile`, or give everything by flag" }
        meaning {
            vi: "Hồ sơ được gọi tên không có tệp cấu hình.",
            en: "The profile named has no configuration file.",
        }
    }
    BadReference = "BAD_REFERENCE", Usage {
        message { vi: "{value} không phải tham chiếu bí mật", en: "{value} is not a reference to a secret" }
        hint { vi: "viết `file:ĐƯỜNG_DẪN` hoặc `env:TÊN_BIẾN`", en: "write `file:PATH` or `env:VARIABLE`" }
        meaning {
            vi: "Bí mật được nêu bằng tham chiếu file: hoặc env:.",
            en: "Secrets are named by a file: or env: reference.",
        }
    }

    // --- keys and certificates ---
    KeyNotGiven = "KEY_NOT_GIVEN", Usage {
        message { vi: "chưa có khóa ký", en: "no signing key was given" }
        hint { vi: "nêu khóa bằng `--key`: một tệp, hoặc URI `pkcs11:` cho token; hoặc ghi `key` vào hồ sơ", en: "name it with `--key`: a file, or a `pkcs11:` URI for a token; or put `key` into the profile" }
        meaning {
            vi: "Lệnh này cần khóa bí mật; không có trong tùy chọn và cũng không có trong hồ sơ.",
            en: "This verb needs a private key; neither a flag nor the profile names one.",
        }
    }
    KeyUnreadable = "KEY_UNREADABLE", CouldNot {
        message { vi: "không dùng được khóa {path}: {cause}", en: "cannot use the key {path}: {cause}" }
        hint { vi: "cần một tệp PKCS#8 (.pem, .key, .der) hoặc PKCS#12 (.p12, .pfx) với một khóa RSA, P-256, P-384 hoặc Ed25519", en: "give a PKCS#8 (.pem, .key, .der) or PKCS#12 (.p12, .pfx) file with one RSA, P-256, P-384 or Ed25519 key" }
        meaning {
            vi: "Tệp khóa không đúng khuôn dạng, hỏng, hoặc chứa loại khóa không dùng để ký.",
            en: "The key file has another form, is damaged, or holds a kind of key that does not sign here.",
        }
    }
    CertNotGiven = "CERT_NOT_GIVEN", Usage {
        message { vi: "chưa có chứng thư cho khóa {path}", en: "no certificate was given for the key {path}" }
        hint { vi: "nêu chứng thư bằng `--cert`, người ký trước rồi đến các cấp trên", en: "name the certificates with `--cert`, the signer's first, then its issuers" }
        meaning {
            vi: "Tệp khóa không kèm chứng thư và không có chứng thư nào được nêu.",
            en: "The key file holds no certificate and none was named.",
        }
    }
    CertUnreadable = "CERT_UNREADABLE", CouldNot {
        message { vi: "không đọc được chứng thư trong {path}: {cause}", en: "cannot read the certificates in {path}: {cause}" }
        hint { vi: "cần chứng thư X.509 dạng PEM hoặc DER", en: "give X.509 certificates, PEM or DER" }
        meaning {
            vi: "Tệp chứng thư không đúng khuôn dạng hoặc hỏng.",
            en: "The certificate file has another form or is damaged.",
        }
    }
    KeyCertMismatch = "KEY_CERT_MISMATCH", CouldNot {
        message { vi: "khóa {path} không phải của chứng thư `{subject}`", en: "the key {path} is not that of the certificate `{subject}`" }
        hint { vi: "nêu đúng cặp khóa và chứng thư; xem chứng thư bằng `congvan cert show`", en: "name the key and certificate that belong together; look at certificates with `congvan cert show`" }
        meaning {
            vi: "Khóa công khai trong chứng thư không khớp với khóa bí mật: chữ ký sẽ không ai kiểm tra được.",
            en: "The public key in the certificate is not that of the private key: nobody could verify the signature.",
        }
    }
    CertExpired = "CERT_EXPIRED", CouldNot {
        message { vi: "chứng thư `{subject}` đã hết hạn từ {time}", en: "the certificate `{subject}` expired at {time}" }
        hint { vi: "ký bằng chứng thư còn hạn, hoặc xin cấp lại", en: "sign with a certificate that is valid now, or have it renewed" }
        meaning {
            vi: "Chữ ký làm sau khi chứng thư hết hạn không có giá trị, nên không được tạo ra.",
            en: "A signature made after its certificate expired is worthless, so it is not made.",
        }
    }
    CertNotYetValid = "CERT_NOT_YET_VALID", CouldNot {
        message { vi: "chứng thư `{subject}` chỉ có hiệu lực từ {time}", en: "the certificate `{subject}` is valid only from {time}" }
        hint { vi: "kiểm tra đồng hồ của máy, hoặc chờ đến lúc đó", en: "check this machine's clock, or wait until then" }
        meaning {
            vi: "Thời hạn của chứng thư chưa bắt đầu.",
            en: "The certificate's validity has not begun.",
        }
    }
    CertWrongUsage = "CERT_WRONG_USAGE", CouldNot {
        message { vi: "chứng thư `{subject}` không dùng để ký văn bản", en: "the certificate `{subject}` is not for signing documents" }
        hint { vi: "dùng chứng thư ký số có digitalSignature hoặc nonRepudiation", en: "use a signing certificate with digitalSignature or nonRepudiation" }
        meaning {
            vi: "Mục đích sử dụng ghi trong chứng thư (RFC 5280 §4.2.1.3) không bao gồm chữ ký trên văn bản, hoặc đó là chứng thư của cơ quan cấp.",
            en: "The key usage in the certificate (RFC 5280 §4.2.1.3) does not include signatures on documents, or it is a CA's.",
        }
    }

    // --- tokens ---
    BadKeyUri = "BAD_KEY_URI", Usage {
        message { vi: "không hiểu URI của khóa: {cause}", en: "the URI of the key is not understood: {cause}" }
        hint { vi: "`congvan key list --pkcs11-module ĐƯỜNG_DẪN` in URI đúng của từng khóa", en: "`congvan key list --pkcs11-module PATH` prints the right URI of each key" }
        meaning {
            vi: "Khóa trên token được nêu bằng URI theo RFC 7512. Thuộc tính lạ trong phần đường dẫn là lỗi vì có thể chính nó phân biệt hai khóa.",
            en: "Keys on tokens are named by RFC 7512 URIs. An unknown attribute in the path is an error, because it could be the one that tells two keys apart.",
        }
    }
    PinInArgument = "PIN_IN_ARGUMENT", Usage {
        message { vi: "URI của khóa chứa chính mã PIN (`pin-value`)", en: "the URI of the key carries the PIN itself (`pin-value`)" }
        hint { vi: "bỏ `pin-value`; dùng `--pin-fd`, `--pin-file`, CONGVAN_PIN hoặc `pin-source=file:…`; nếu PIN đã lộ, hãy đổi", en: "leave `pin-value` out; use `--pin-fd`, `--pin-file`, CONGVAN_PIN or `pin-source=file:…`; change the PIN if others saw it" }
        meaning {
            vi: "Đối số của lệnh hiện trong danh sách tiến trình và lịch sử lệnh, nên bí mật không được nhận ở đó.",
            en: "Arguments show in the list of processes and in the shell's history, so no secret is taken there.",
        }
    }
    ModuleNotGiven = "MODULE_NOT_GIVEN", Usage {
        message { vi: "chưa biết thư viện PKCS #11 của token (không tìm thấy `{name}`)", en: "the token's PKCS #11 library is not known (`{name}` is not installed)" }
        hint { vi: "nêu thư viện của nhà cung cấp token bằng `--pkcs11-module ĐƯỜNG_DẪN`", en: "name the library of the token's vendor with `--pkcs11-module PATH`" }
        meaning {
            vi: "Token được dùng qua thư viện PKCS #11 của nhà cung cấp; không có trong URI, tùy chọn hay hồ sơ.",
            en: "A token is used through its vendor's PKCS #11 library; neither the URI, a flag nor the profile names one.",
        }
    }
    ModuleUnusable = "MODULE_UNUSABLE", CouldNot {
        message { vi: "không dùng được thư viện `{token}`: {cause}", en: "cannot use the library `{token}`: {cause}" }
        hint { vi: "kiểm tra đường dẫn, bản 64 hay 32 bit, và phần mềm của nhà cung cấp token", en: "check the path, whether it is the 64- or 32-bit build, and the software of the token's vendor" }
        meaning {
            vi: "Tệp không phải thư viện PKCS #11 cho hệ thống này, hoặc thư viện tự báo lỗi khi khởi động.",
            en: "The file is no PKCS #11 library for this system, or the library itself failed when it was started.",
        }
    }
    TokenNotFound = "TOKEN_NOT_FOUND", CouldNot {
        message { vi: "không có token phù hợp (đang cắm: {found})", en: "no token fits (present: {found})" }
        hint { vi: "cắm token, hoặc xem các token bằng `congvan key list --pkcs11-module ĐƯỜNG_DẪN`", en: "plug the token in, or list what is there with `congvan key list --pkcs11-module PATH`" }
        meaning {
            vi: "Thư viện không thấy token nào đúng với URI của khóa.",
            en: "The library sees no token that the URI of the key describes.",
        }
    }
    TokenAmbiguous = "TOKEN_AMBIGUOUS", Usage {
        message { vi: "có nhiều token phù hợp: {found}", en: "more than one token fits: {found}" }
        hint { vi: "nêu một token bằng `--key 'pkcs11:token=…;serial=…'`", en: "name one with `--key 'pkcs11:token=…;serial=…'`" }
        meaning {
            vi: "Không bao giờ đoán token: một lần nhập PIN nhầm token là một lần sai.",
            en: "A token is never guessed: a PIN given to the wrong one is a wrong try.",
        }
    }
    TokenUnusable = "TOKEN_UNUSABLE", CouldNot {
        message { vi: "không dùng được token `{token}`: {cause}", en: "cannot use the token `{token}`: {cause}" }
        hint { vi: "xem tình trạng token bằng `congvan key list`, rồi dùng phần mềm của nhà cung cấp nếu cần", en: "look at the token with `congvan key list`, then use its vendor's software where needed" }
        meaning {
            vi: "Token chưa được thiết lập, từ chối thao tác, hoặc không ký được bằng khóa này. Không có gì được ghi ra.",
            en: "The token is not set up, refused the operation, or cannot sign with this key. Nothing was written.",
        }
    }
    TokenGone = "TOKEN_GONE", CouldNot {
        message { vi: "token `{token}` đã bị rút ra hoặc phiên làm việc đã kết thúc", en: "the token `{token}` was taken out, or its session ended" }
        hint { vi: "cắm lại token rồi chạy lại cùng lệnh; tệp đã ký được giữ nguyên", en: "plug the token in and run the same command again; what is signed already stays" }
        meaning {
            vi: "Token biến mất giữa chừng. Các tệp còn lại không được ký và không có tệp dở dang; lần chạy sau bỏ qua tệp đã xong.",
            en: "The token disappeared on the way. The remaining files are not signed and none is half-written; the next run skips what is done.",
        }
    }
    TokenSilent = "TOKEN_SILENT", CouldNot {
        message { vi: "token `{token}` không trả lời sau {seconds} giây", en: "the token `{token}` has not answered for {seconds} s" }
        hint { vi: "xem token có chờ bấm PIN trên phím của nó không, rút ra cắm lại rồi chạy lại; đổi thời gian chờ bằng `--token-timeout`", en: "see whether it waits for a PIN on its own keys, plug it in again and run the same command; `--token-timeout` sets how long it is waited for" }
        meaning {
            vi: "Thư viện PKCS#11 treo trong một lệnh. Các tệp còn lại không được ký và không có tệp dở dang; một lần đăng nhập đang dở vẫn có thể bị token tính là một lần thử.",
            en: "The PKCS#11 library hangs in a call. The remaining files are not signed and none is half-written; a login under way may still count as a try.",
        }
    }
    PinNeeded = "PIN_NEEDED", CouldNot {
        message { vi: "token `{token}` cần PIN và chưa có PIN", en: "the token `{token}` asks for a PIN and none was given" }
        hint { vi: "đặt CONGVAN_PIN, dùng `--pin-fd` hay `--pin-file`, hoặc chạy trên màn hình để được hỏi", en: "set CONGVAN_PIN, use `--pin-fd` or `--pin-file`, or run on a terminal to be asked" }
        meaning {
            vi: "Cần PIN nhưng không có nơi nào cung cấp và không có màn hình để hỏi.",
            en: "A PIN is needed, no source gave one and there is no terminal to ask on.",
        }
    }
    WrongPin = "WRONG_PIN", CouldNot {
        message { vi: "PIN của token `{token}` không đúng; {then}", en: "the PIN of the token `{token}` is wrong; {then}" }
        hint { vi: "kiểm tra PIN trước khi thử lại: sau vài lần sai token sẽ bị khóa", en: "check the PIN before you try again: after some wrong ones the token locks" }
        meaning {
            vi: "Token đã từ chối PIN. Lệnh chỉ thử một lần và không bao giờ tự thử lại.",
            en: "The token refused the PIN. It is tried once, and never again by itself.",
        }
    }
    PinLocked = "PIN_LOCKED", CouldNot {
        message { vi: "token `{token}` đã bị khóa vì nhập sai PIN quá nhiều lần", en: "the token `{token}` is locked after too many wrong PINs" }
        hint { vi: "mở khóa bằng mã PUK hoặc liên hệ nơi cấp token", en: "unlock it with its PUK, or ask who issued the token" }
        meaning {
            vi: "Token không nhận PIN nữa cho đến khi được mở khóa.",
            en: "The token takes no PIN until it is unlocked.",
        }
    }
    PinLastTry = "PIN_LAST_TRY", CouldNot {
        message { vi: "token `{token}` chỉ còn một lần nhập PIN trước khi bị khóa", en: "the token `{token}` has one try of the PIN left before it locks" }
        hint { vi: "chắc chắn về PIN rồi chạy lại với `--allow-last-try`", en: "be sure of the PIN, then run again with `--allow-last-try`" }
        meaning {
            vi: "PIN không được gửi đi, để một lỗi gõ hay cấu hình sai không khóa token.",
            en: "The PIN was not sent, so that a slip or a wrong setting does not lock the token.",
        }
    }
    KeyNotFound = "KEY_NOT_FOUND", CouldNot {
        message { vi: "token `{token}` không có khóa ký phù hợp", en: "the token `{token}` holds no signing key that fits" }
        hint { vi: "xem các khóa bằng `congvan key list`, rồi sửa `object` hoặc `id` trong URI", en: "list the keys with `congvan key list`, then correct `object` or `id` in the URI" }
        meaning {
            vi: "Không có khóa bí mật nào đúng với nhãn hay id trong URI, hoặc khóa không được phép ký.",
            en: "No private key has the label or id of the URI, or the key may not sign.",
        }
    }
    KeyAmbiguous = "KEY_AMBIGUOUS", Usage {
        message { vi: "token `{token}` có nhiều khóa phù hợp: {found}", en: "the token `{token}` holds more than one key that fits: {found}" }
        hint { vi: "chọn một khóa bằng `--key` với một trong các URI này", en: "choose one with `--key` and one of these URIs" }
        meaning {
            vi: "Khóa ký không bao giờ được đoán.",
            en: "The key to sign with is never guessed.",
        }
    }
    Pkcs11NotBuilt = "PKCS11_NOT_BUILT", CouldNot {
        message { vi: "bản dựng này không dùng được token", en: "this build cannot use tokens" }
        hint { vi: "dựng lại với tính năng `pkcs11` (mặc định có)", en: "build it with the feature `pkcs11` (there by default)" }
        meaning {
            vi: "Phần PKCS #11 đã bị tắt khi dựng chương trình.",
            en: "The PKCS #11 part was left out when the program was built.",
        }
    }

    AnchorsNotGiven = "ANCHORS_NOT_GIVEN", Usage {
        message { vi: "chưa có gốc tin cậy nào được cấu hình", en: "no trust anchor is configured" }
        hint { vi: "nêu bằng `--anchor`, hoặc ghi `anchors` vào hồ sơ", en: "name one with `--anchor`, or put `anchors` into the profile" }
        meaning {
            vi: "Không gốc tin cậy nào được dựng sẵn: thiếu gốc, kết quả kiểm tra tốt nhất là INDETERMINATE.",
            en: "No anchor is compiled in: without one the best verdict is INDETERMINATE.",
        }
    }

    // --- packages ---
    MetadataInvalid = "METADATA_INVALID", Usage {
        message { vi: "tệp thông tin {path} không dùng được: {cause}", en: "the description {path} cannot be used: {cause}" }
        hint { vi: "`congvan pack --help` có ví dụ; `congvan unpack` để lại một tệp cùng dạng", en: "`congvan pack --help` has an example; `congvan unpack` leaves a file of this form" }
        meaning {
            vi: "Tệp cho --meta không phải TOML hoặc JSON đúng dạng, hoặc có trường lạ. Trường lạ là lỗi để không bỏ sót điều gì.",
            en: "The file given with --meta is not TOML or JSON of the right form, or has a field nobody knows. Unknown fields are errors so that nothing is left out silently.",
        }
    }
    PacketRules = "PACKET_RULES", Usage {
        message { vi: "chưa đóng gói được vì: {faults}", en: "cannot pack because {faults}" }
        hint { vi: "sửa các trường đã nêu bằng tùy chọn hoặc trong tệp --meta", en: "correct the fields named, by flag or in the --meta file" }
        meaning {
            vi: "Thông tin của gói trái với QCVN 102:2016: mã định danh, ngày hoặc độ dài không đúng dạng, hay thiếu trường bắt buộc. Nơi nhận sẽ từ chối gói như vậy nên nó không được ghi.",
            en: "The metadata breaks QCVN 102:2016: an agency code, a date or a length is out of form, or a required field is missing. Receivers would refuse such a packet, so it is not written.",
        }
    }
    Classified = "CLASSIFIED", Usage {
        message { vi: "văn bản có độ mật `{secrecy}`, không được đóng gói", en: "the document is classified `{secrecy}` and is not packed" }
        hint { vi: "văn bản mật đi theo đường khác; congvan chỉ dùng cho văn bản không mật", en: "classified documents travel another way; congvan is for non-classified ones only" }
        meaning {
            vi: "Trường độ mật có nội dung. QCVN 102 và công cụ này không áp dụng cho văn bản mật.",
            en: "The secrecy field is filled. Neither QCVN 102 nor this tool covers classified documents.",
        }
    }
    DocumentUnsigned = "DOCUMENT_UNSIGNED", CouldNot {
        message { vi: "{path} chưa có chữ ký số", en: "{path} carries no digital signature" }
        hint { vi: "ký bằng `congvan sign` trước; nếu loại tài liệu này không cần ký, thêm `--allow-unsigned`", en: "sign it first with `congvan sign`; if files of this kind need no signature, add `--allow-unsigned`" }
        meaning {
            vi: "Văn bản điện tử gửi giữa các cơ quan phải có chữ ký số (Nghị định 30/2020/NĐ-CP, Điều 5). Tệp không cần ký, như bảng tính kèm theo, chỉ được đóng gói khi có người nói rõ điều đó.",
            en: "Electronic documents between agencies carry digital signatures (Decree 30/2020/NĐ-CP, Article 5). A file that needs none, such as an annexed spreadsheet, is packed only when someone says so.",
        }
    }
    DocumentNotVerified = "DOCUMENT_NOT_VERIFIED", CouldNot {
        message { vi: "chữ ký trong {path} không đạt: {why}", en: "the signatures in {path} do not verify: {why}" }
        hint { vi: "xem `congvan verify` để biết lý do; lấy lại bản gốc đã ký", en: "see why with `congvan verify`; take the signed original again" }
        meaning {
            vi: "Nơi nhận sẽ trả lại văn bản có chữ ký sai, nên nó không được đóng gói. Thiếu bằng chứng về thu hồi chỉ là cảnh báo.",
            en: "The receiver would return a document with a wrong signature, so it is not packed. A missing revocation answer alone is only a warning.",
        }
    }
    OverTransportLimit = "OVER_TRANSPORT_LIMIT", CouldNot {
        message { vi: "gói {path} sẽ có {size} MB; kênh đã chọn chỉ lấy đến {limit} MB", en: "the packet {path} would have {size} MB; the transport chosen takes at most {limit} MB" }
        hint { vi: "gửi qua điểm trao đổi (`--transport endpoint`, rồi `congvan push`), giảm độ phân giải bản quét, hoặc chia phụ lục thành nhiều gói", en: "send it through an endpoint (`--transport endpoint`, then `congvan push`), scan at a lower resolution, or put annexes into packets of their own" }
        meaning {
            vi: "Gói lớn hơn giới hạn của trục liên thông hoặc điểm trao đổi. Gói không được ghi ra.",
            en: "The packet is larger than the national axis or the endpoint takes. It was not written.",
        }
    }
    NotConfirmed = "NOT_CONFIRMED", CouldNot {
        message { vi: "chưa đóng gói: thông tin đọc từ văn bản không được xác nhận", en: "not packed: what was read from the document was not confirmed" }
        hint { vi: "nêu đúng các trường bằng tùy chọn hoặc tệp --meta", en: "give the right fields by flag or in a --meta file" }
        meaning {
            vi: "Người dùng trả lời không khi được hỏi về thông tin đọc từ chính văn bản.",
            en: "The answer was no when asked about the fields read from the document itself.",
        }
    }
    StatusWithFiles = "STATUS_WITH_FILES", Usage {
        message { vi: "gói trạng thái không mang tệp, nhưng có {path}", en: "a status packet carries no files, but {path} was given" }
        hint { vi: "bỏ tên tệp, hoặc bỏ `--status`", en: "leave the file out, or leave `--status` out" }
        meaning {
            vi: "Gói trạng thái chỉ báo mã trạng thái của một văn bản đã nhận.",
            en: "A status packet only reports the status code of a document received earlier.",
        }
    }
    NotAPackage = "NOT_A_PACKAGE", CouldNot {
        message { vi: "không mở được gói {path}: {cause}", en: "cannot unpack {path}: {cause}" }
        hint { vi: "xin bên gửi gửi lại; không có tệp nào được ghi ra", en: "ask the sender to send it again; no file was written" }
        meaning {
            vi: "Tệp không phải gói edXML đọc được, bị hỏng, hoặc vượt các giới hạn an toàn.",
            en: "The file is not an edXML packet that can be read, is damaged, or goes past the limits that keep reading safe.",
        }
    }

    // --- signing ---
    RoleNeeds = "ROLE_NEEDS", Usage {
        message { vi: "vai trò {role} cần {flag}", en: "the role {role} needs {flag}" }
        hint { vi: "thêm {flag}; xem `congvan sign --help`", en: "add {flag}; see `congvan sign --help`" }
        meaning {
            vi: "Nghị định 30/2020/NĐ-CP yêu cầu thông tin này trên chữ ký của vai trò đó.",
            en: "Decree 30/2020/NĐ-CP asks for this item on the signature of that role.",
        }
    }
    RoleForbids = "ROLE_FORBIDS", Usage {
        message { vi: "vai trò {role} không dùng {flag}", en: "the role {role} takes no {flag}" }
        hint { vi: "bỏ {flag}; xem `congvan sign --help`", en: "leave out {flag}; see `congvan sign --help`" }
        meaning {
            vi: "Chữ ký của vai trò đó không có phần này: phụ lục, bản sao và dấu \"Đến\" không có hình; người ký trước không chứng nhận.",
            en: "That role's signature has no such part: appendices, copies and arrivals carry no picture, and whoever signs first does not certify.",
        }
    }
    BadDate = "BAD_DATE", Usage {
        message { vi: "`{value}` không phải ngày", en: "`{value}` is not a date" }
        hint { vi: "viết như `2026-03-05` hoặc `05/03/2026`", en: "write it like `2026-03-05` or `05/03/2026`" }
        meaning {
            vi: "Ngày phải có thật và viết theo một trong hai cách.",
            en: "A date must exist and be written in one of the two ways.",
        }
    }
    BadPlace = "BAD_PLACE", Usage {
        message { vi: "`{value}` không phải vị trí", en: "`{value}` is not a place" }
        hint { vi: "viết `TRANG,X,Y` hoặc `TRANG,X,Y,RỘNG,CAO`, tính bằng mm từ góc trên bên trái, ví dụ `1,110,220`", en: "write `PAGE,X,Y` or `PAGE,X,Y,W,H` in mm from the top left, such as `1,110,220`" }
        meaning {
            vi: "Vị trí gồm số trang từ 1 và khoảng cách từ góc trên bên trái của trang như đang hiển thị.",
            en: "A place is a page number from 1 and distances from the top left of the page as displayed.",
        }
    }
    TsaNotGiven = "TSA_NOT_GIVEN", Usage {
        message { vi: "mức này cần dịch vụ cấp dấu thời gian mà chưa có", en: "this level needs a time-stamping service and none was given" }
        hint { vi: "thêm `--tsa URL`, ghi `tsa` vào hồ sơ, hoặc ký với `--level b`", en: "add `--tsa URL`, put `tsa` into the profile, or sign with `--level b`" }
        meaning {
            vi: "Từ mức T trở lên chữ ký mang dấu thời gian của một dịch vụ RFC 3161.",
            en: "From level T on a signature carries a time-stamp from an RFC 3161 service.",
        }
    }
    TsaFailed = "TSA_FAILED", CouldNot {
        message { vi: "không lấy được dấu thời gian: {cause}", en: "could not get a time-stamp: {cause}" }
        hint { vi: "không có gì được ghi; ký với `--level b` rồi bổ sung sau, hoặc nêu `--tsa` khác", en: "nothing was written; sign with `--level b` and extend later, or name another `--tsa`" }
        meaning {
            vi: "Dịch vụ cấp dấu thời gian không trả lời, hoặc trả lời không dùng được.",
            en: "The time-stamping service did not answer, or its answer cannot be used.",
        }
    }
    SameOutput = "SAME_OUTPUT", Usage {
        message { vi: "hai tệp cùng muốn ghi vào {path}", en: "two files would be written to {path}" }
        hint { vi: "ký chúng riêng, hoặc đổi tên", en: "sign them apart, or rename them" }
        meaning {
            vi: "Các tệp đầu vào trùng tên sẽ ghi đè lên nhau trong thư mục kết quả.",
            en: "Inputs with the same name would overwrite each other in the output folder.",
        }
    }
    PictureUnusable = "PICTURE_UNUSABLE", CouldNot {
        message { vi: "không dùng được ảnh {path}: {cause}", en: "cannot use the picture {path}: {cause}" }
        hint { vi: "cần ảnh PNG nền trong, có mật độ điểm ảnh (pHYs) hoặc `--stamp-size MM`", en: "give a PNG with transparent ground and its size on paper (pHYs), or `--stamp-size MM`" }
        meaning {
            vi: "Ảnh chữ ký và con dấu giữ kích thước thật, nên ảnh phải cho biết kích thước.",
            en: "Pictures of signatures and seals keep their real size, so the picture must tell it.",
        }
    }
    StampUnusable = "STAMP_UNUSABLE", CouldNot {
        message { vi: "không vẽ được chữ ký cho {path}: {cause}", en: "cannot draw the signature for {path}: {cause}" }
        hint { vi: "rút ngắn nội dung, hoặc dùng ảnh bằng `--image`", en: "shorten the text, or use a picture with `--image`" }
        meaning {
            vi: "Nội dung của chữ ký hiển thị quá dài hoặc có ký tự mà phông chữ không có.",
            en: "The text of the visible signature is too long or has letters the font lacks.",
        }
    }
    MarkedClassified = "MARKED_CLASSIFIED", CouldNot {
        message { vi: "{path} mang dấu {mark}", en: "{path} is marked {mark}" }
        hint { vi: "văn bản mật không được xử lý bằng công cụ này", en: "classified documents are not handled with this tool" }
        meaning {
            vi: "Trang 1 có dấu chỉ độ mật ở ô số 10a (Nghị định 30/2020/NĐ-CP, Phụ lục I).",
            en: "Page 1 carries a mark of secrecy in box 10a (Decree 30/2020/NĐ-CP, Appendix I).",
        }
    }
    NotChecked = "NOT_CHECKED", CouldNot {
        message { vi: "không đọc được chữ trên trang 1 của {path} nên không kiểm tra được dấu mật", en: "page 1 of {path} has no readable text, so it was not checked for a mark of secrecy" }
        hint { vi: "nếu văn bản không mật, thêm `--declare-unclassified`", en: "if the document is not classified, add `--declare-unclassified`" }
        meaning {
            vi: "Bản quét hoặc tệp rất lớn: phải có người khẳng định văn bản không mật; lời khẳng định được ghi lại.",
            en: "A scan or a very large file: someone must declare that it is not classified, and the declaration is recorded.",
        }
    }
    PlaceNoText = "PLACE_NO_TEXT", CouldNot {
        message { vi: "{path} không có chữ để tìm vị trí ký", en: "{path} has no text to find the place by" }
        hint { vi: "nêu vị trí bằng `--place TRANG,X,Y` hoặc ô ký bằng `--field`", en: "name the place with `--place PAGE,X,Y` or a field with `--field`" }
        meaning {
            vi: "Văn bản quét không cho biết chức vụ và họ tên nằm ở đâu.",
            en: "A scan does not tell where position and name stand.",
        }
    }
    PlaceNotFound = "PLACE_NOT_FOUND", CouldNot {
        message { vi: "không tìm thấy vị trí ký trong {path}: {cause}", en: "cannot find the place to sign in {path}: {cause}" }
        hint { vi: "nêu vị trí bằng `--place TRANG,X,Y` hoặc ô ký bằng `--field`", en: "name the place with `--place PAGE,X,Y` or a field with `--field`" }
        meaning {
            vi: "Không có chỗ trống đúng như Nghị định 30/2020/NĐ-CP quy định cho vai trò này.",
            en: "There is no blank where Decree 30/2020/NĐ-CP wants the signature of this role.",
        }
    }
    PlaceAmbiguous = "PLACE_AMBIGUOUS", CouldNot {
        message { vi: "có nhiều vị trí ký trong {path}: {candidates}", en: "several places fit in {path}: {candidates}" }
        hint { vi: "chọn bằng `--anchor \"HỌ TÊN\"` hoặc `--place TRANG,X,Y`", en: "choose with `--anchor \"NAME\"` or `--place PAGE,X,Y`" }
        meaning {
            vi: "Nhiều người ký ngang nhau; lệnh không đoán.",
            en: "Several people sign side by side; nothing is guessed.",
        }
    }
    PlaceOutside = "PLACE_OUTSIDE", CouldNot {
        message { vi: "chữ ký không nằm trọn trên trang {page} của {path}", en: "the signature would not be wholly on page {page} of {path}" }
        hint { vi: "chọn vị trí khác bằng `--place`", en: "choose another place with `--place`" }
        meaning {
            vi: "Chữ ký hiển thị phải nằm trọn trong trang.",
            en: "A visible signature must lie wholly on its page.",
        }
    }
    StampTooLarge = "STAMP_TOO_LARGE", CouldNot {
        message { vi: "chữ ký lớn hơn {field} trong {path}: {cause}", en: "the signature is larger than {field} in {path}: {cause}" }
        hint { vi: "chọn chỗ rộng hơn bằng `--place`, hoặc đặt `--stamp-size`", en: "choose a wider place with `--place`, or set `--stamp-size`" }
        meaning {
            vi: "Ảnh giữ kích thước thật và không bị thu nhỏ cho vừa ô.",
            en: "Pictures keep their real size and are not shrunk into a box.",
        }
    }
    SealNeedsSignature = "SEAL_NEEDS_SIGNATURE", CouldNot {
        message { vi: "{path} chưa có chữ ký của người có thẩm quyền", en: "{path} is not signed by a person yet" }
        hint { vi: "người có thẩm quyền ký trước bằng `--as leader`, cơ quan đóng dấu sau", en: "the authorised person signs first with `--as leader`, the agency seals afterwards" }
        meaning {
            vi: "Điều 32 Nghị định 30/2020/NĐ-CP: chỉ đóng dấu lên văn bản mà người có thẩm quyền đã ký.",
            en: "Article 32 of Decree 30/2020/NĐ-CP: only what the authorised person signed is sealed.",
        }
    }
    SealNeedsPassed = "SEAL_NEEDS_PASSED", CouldNot {
        message {
            vi: "chữ ký trước trong {path} chưa đạt TOTAL-PASSED, nên không đóng dấu lên đó",
            en: "no earlier signature in {path} is TOTAL-PASSED, so it is not sealed",
        }
        hint {
            vi: "xem lý do bằng `congvan verify`; cung cấp gốc tin cậy và thông tin thu hồi, và khai người ký trong tệp `roles`",
            en: "see why with `congvan verify`; give anchors and revocation data, and name the signers in a file of `roles`",
        }
        meaning {
            vi: "Cơ quan chỉ đóng dấu sau chữ ký nguyên vẹn, hợp lệ của người có thẩm quyền (Điều 32 Nghị định 30/2020/NĐ-CP). Khi chưa có tệp vai trò, ít nhất một chữ ký phải đạt theo các gốc tin cậy đã cấu hình, và không chữ ký nào được hỏng.",
            en: "The agency seals only after an intact, valid signature of the authorised person (Article 32 of Decree 30/2020/NĐ-CP). Without a file of roles at least one signature must pass by the anchors configured, and none may have failed.",
        }
    }
    SealNeedsPerson = "SEAL_NEEDS_PERSON", CouldNot {
        message {
            vi: "{path} chưa có chữ ký đạt TOTAL-PASSED của người có thẩm quyền theo tệp vai trò",
            en: "{path} has no TOTAL-PASSED signature of a person in the file of roles",
        }
        hint {
            vi: "xem `congvan verify --roles`; thêm chứng thư số của người ký vào `roles`, hoặc cung cấp gốc tin cậy và thông tin thu hồi",
            en: "see `congvan verify --roles`; add the signer's certificate to `roles`, or give anchors and revocation data",
        }
        meaning {
            vi: "Khi đã cấu hình tệp vai trò, cơ quan chỉ đóng dấu sau chữ ký nguyên vẹn, hợp lệ của một người có trong đó (Điều 32 Nghị định 30/2020/NĐ-CP).",
            en: "Where a file of roles is configured, the agency seals only after an intact, valid signature of a person in it (Article 32 of Decree 30/2020/NĐ-CP).",
        }
    }
    SealOnBroken = "SEAL_ON_BROKEN", CouldNot {
        message { vi: "chữ ký `{field}` trên {path} không còn nguyên vẹn", en: "the signature `{field}` on {path} is not intact" }
        hint { vi: "không đóng dấu; kiểm tra bằng `congvan verify` và xin bản gốc", en: "do not seal it; look at it with `congvan verify` and ask for the original" }
        meaning {
            vi: "Văn bản đã bị thay đổi sau khi ký, hoặc chữ ký không đúng.",
            en: "The document was changed after it was signed, or the signature is wrong.",
        }
    }
    SealNeedsPlace = "SEAL_NEEDS_PLACE", CouldNot {
        message { vi: "chữ ký trên {path} không hiển thị nên không có chỗ đóng dấu", en: "the signature on {path} does not show, so there is no place for the seal" }
        hint { vi: "nêu vị trí bằng `--place TRANG,X,Y`", en: "name the place with `--place PAGE,X,Y`" }
        meaning {
            vi: "Con dấu phủ một phần ba bên trái chữ ký; cần biết chữ ký ở đâu.",
            en: "The seal covers the left third of the signature; where that is must be known.",
        }
    }
    NoRoomFor = "NO_ROOM_FOR", CouldNot {
        message { vi: "{path} không có chỗ trống cho {flag} {value}", en: "{path} has no blank for {flag} {value}" }
        hint { vi: "để trống số và ngày trong dự thảo, như `Số:      /QĐ-UBND`", en: "leave number and date blank in the draft, as in `Số:      /QĐ-UBND`" }
        meaning {
            vi: "Số và ngày phải hiện trên trang 1, và không được ghi đè lên nội dung đã ký.",
            en: "Number and date must show on page 1, and may not be written over what was signed.",
        }
    }
    PrintedDiffers = "PRINTED_DIFFERS", CouldNot {
        message { vi: "{path} in sẵn `{printed}`, còn {flag} là `{value}`", en: "{path} says `{printed}` in print, and {flag} says `{value}`" }
        hint { vi: "sửa {flag}, hoặc sửa dự thảo rồi ký lại", en: "correct {flag}, or correct the draft and have it signed again" }
        meaning {
            vi: "Số hoặc ngày in trên văn bản khác với số hoặc ngày được nêu.",
            en: "The number or date printed on the document is not the one given.",
        }
    }
    NotAPdf = "NOT_A_PDF", CouldNot {
        message { vi: "{path} không phải PDF", en: "{path} is not a PDF" }
        hint { vi: "xuất văn bản ra PDF rồi ký", en: "export the document as PDF, then sign it" }
        meaning {
            vi: "Tệp không bắt đầu bằng phần đầu của PDF.",
            en: "The file does not begin with a PDF header.",
        }
    }
    PdfDamaged = "PDF_DAMAGED", CouldNot {
        message { vi: "{path} bị hỏng hoặc bị cắt cụt: {cause}", en: "{path} is damaged or cut short: {cause}" }
        hint { vi: "lấy lại tệp từ nơi gửi, hoặc sửa bằng `qpdf CŨ.pdf MỚI.pdf` trước lần ký đầu tiên", en: "get the file again, or repair it with `qpdf OLD.pdf NEW.pdf` before its first signature" }
        meaning {
            vi: "Cấu trúc PDF không đọc chắc chắn được. Ký một tệp như vậy là ký một nội dung không rõ.",
            en: "The PDF's structure cannot be read with certainty. Signing it would sign something unknown.",
        }
    }
    PdfAmbiguous = "PDF_AMBIGUOUS", CouldNot {
        message { vi: "các trình đọc PDF hiểu {path} khác nhau: {cause}", en: "PDF readers disagree about {path}: {cause}" }
        hint { vi: "ghi lại tệp bằng `qpdf CŨ.pdf MỚI.pdf`, xem lại rồi ký tệp mới", en: "write the file anew with `qpdf OLD.pdf NEW.pdf`, look at it, and sign that" }
        meaning {
            vi: "Tệp có chỗ hỏng mà mỗi trình đọc sửa một cách. Ký nó là ký một nội dung không rõ.",
            en: "Something in the file is wrong and each reader mends it its own way. Signing it would sign something unknown.",
        }
    }
    PdfXfa = "PDF_XFA", CouldNot {
        message { vi: "{path} là biểu mẫu XFA", en: "{path} is an XFA form" }
        hint { vi: "in biểu mẫu ra một PDF thường rồi ký", en: "print the form to an ordinary PDF and sign that" }
        meaning {
            vi: "Biểu mẫu XFA hiển thị nội dung khác với các trang PDF, và PDF 2.0 đã bỏ nó.",
            en: "An XFA form shows something else than its PDF pages, and PDF 2.0 gave it up.",
        }
    }
    PdfNotPermitted = "PDF_NOT_PERMITTED", CouldNot {
        message { vi: "{path} không cho phép: {cause}", en: "{path} does not permit it: {cause}" }
        hint { vi: "đặt mật khẩu của chủ tệp vào CONGVAN_PDF_PASSWORD, hoặc ký vào ô có sẵn bằng `--field`", en: "put the owner's password into CONGVAN_PDF_PASSWORD, or sign an existing field with `--field`" }
        meaning {
            vi: "Tệp được mã hóa và quyền đi kèm mật khẩu người dùng không cho thay đổi này (ISO 32000-2, bảng 22).",
            en: "The file is encrypted and what its user's password permits does not include this change (ISO 32000-2 Table 22).",
        }
    }
    PdfaBroken = "PDFA_BROKEN", CouldNot {
        message { vi: "{path} là {claim} và sẽ không còn như vậy: {cause}", en: "{path} is {claim} and would no longer be: {cause}" }
        hint { vi: "không có gì được ghi; ký không hiển thị, hoặc báo lỗi này kèm tệp", en: "nothing was written; sign without a stamp, or report this with the file" }
        meaning {
            vi: "Tệp lưu trữ PDF/A phải giữ đúng quy tắc của ISO 19005 sau khi ký.",
            en: "An archival file (PDF/A) must keep the rules of ISO 19005 when it is signed.",
        }
    }
    CertifyFirst = "CERTIFY_FIRST", CouldNot {
        message { vi: "{path} đã có chữ ký `{field}`, nên không chứng nhận được nữa", en: "{path} already has the signature `{field}`, so it can no longer be certified" }
        hint { vi: "bỏ `--certify`", en: "leave `--certify` out" }
        meaning {
            vi: "Chữ ký chứng nhận phải là chữ ký đầu tiên (ISO 32000-2, 12.8.2.2).",
            en: "A certifying signature must be the first (ISO 32000-2 12.8.2.2).",
        }
    }
    FieldAsks = "FIELD_ASKS", CouldNot {
        message { vi: "ô `{field}` của {path} đòi hỏi: {asked}", en: "the field `{field}` of {path} asks for {asked}" }
        hint { vi: "làm theo bằng `--reason`, `--level`, `--certify` hoặc khóa khác; hay ký vào chỗ khác bằng `--place`", en: "do so with `--reason`, `--level`, `--certify` or another key, or sign elsewhere with `--place`" }
        meaning {
            vi: "Người lập biểu mẫu đặt điều kiện bắt buộc cho chữ ký trong ô này (ISO 32000-2, 12.7.5.5).",
            en: "Whoever made the form requires something of the signature in this field (ISO 32000-2 12.7.5.5).",
        }
    }
    PlaceNotLooked = "PLACE_NOT_LOOKED", CouldNot {
        message { vi: "không đọc được chữ trong {path} để tìm vị trí ký: {cause}", en: "the text of {path} was not read to find the place: {cause}" }
        hint { vi: "nêu vị trí bằng `--place TRANG,X,Y` hoặc ô ký bằng `--field`", en: "name the place with `--place PAGE,X,Y` or a field with `--field`" }
        meaning {
            vi: "Chữ chỉ được đọc trong những tệp có cỡ thông thường.",
            en: "Text is read in files of ordinary size only.",
        }
    }
    SealAmbiguous = "SEAL_AMBIGUOUS", CouldNot {
        message { vi: "{path} có nhiều chữ ký chưa đóng dấu: {candidates}", en: "{path} has several signatures without a seal: {candidates}" }
        hint { vi: "chọn bằng `--anchor \"TÊN NGƯỜI KÝ\"` hoặc `--place TRANG,X,Y`", en: "choose with `--anchor \"NAME OF SIGNER\"` or `--place PAGE,X,Y`" }
        meaning {
            vi: "Văn bản liên tịch có nhiều người ký; mỗi cơ quan đóng dấu lên chữ ký của người mình.",
            en: "A joint document is signed by several people; each agency seals its own.",
        }
    }
    PreviewOneFile = "PREVIEW_ONE_FILE", Usage {
        message { vi: "`--preview` vẽ một tệp mỗi lần", en: "`--preview` draws one file at a time" }
        hint { vi: "nêu một tệp PDF", en: "name one PDF" }
        meaning {
            vi: "Bản xem trước là một ảnh của một trang.",
            en: "A preview is one picture of one page.",
        }
    }
    PreviewFailed = "PREVIEW_FAILED", CouldNot {
        message { vi: "không vẽ được {path}: {cause}", en: "cannot draw {path}: {cause}" }
        hint { vi: "ký mà không xem trước; việc ký không phụ thuộc vào bản xem trước", en: "sign without a preview; signing does not depend on it" }
        meaning {
            vi: "Trình vẽ trang không đọc được tệp này.",
            en: "The renderer does not read this file.",
        }
    }
    PdfPassword = "PDF_PASSWORD", CouldNot {
        message { vi: "{path} được mã hóa và cần mật khẩu", en: "{path} is encrypted and needs its password" }
        hint { vi: "đặt mật khẩu vào CONGVAN_PDF_PASSWORD, hoặc dùng `--pdf-password-fd`", en: "put its password into CONGVAN_PDF_PASSWORD, or use `--pdf-password-fd`" }
        meaning {
            vi: "Tệp PDF được mã hóa; thiếu mật khẩu hoặc mật khẩu sai.",
            en: "The PDF is encrypted; its password is missing or wrong.",
        }
    }
    PdfEncryption = "PDF_ENCRYPTION", CouldNot {
        message { vi: "không mở được {path}: {cause}", en: "cannot open {path}: {cause}" }
        hint { vi: "bỏ mã hóa bằng công cụ đã tạo ra tệp", en: "remove the encryption with the tool that made the file" }
        meaning {
            vi: "Tệp dùng cách mã hóa mà lệnh này không hỗ trợ.",
            en: "The file uses a kind of encryption this command does not open.",
        }
    }
    NoSuchPage = "NO_SUCH_PAGE", Usage {
        message { vi: "{path} không có trang {page}; tệp có {pages} trang", en: "{path} has no page {page}; it has {pages}" }
        hint { vi: "sửa số trang trong `--place`", en: "correct the page in `--place`" }
        meaning {
            vi: "Số trang lớn hơn số trang của tệp.",
            en: "The page number is larger than the file has pages.",
        }
    }
    NoSuchField = "NO_SUCH_FIELD", CouldNot {
        message { vi: "{path} không có ô ký `{field}`", en: "{path} has no signature field `{field}`" }
        hint { vi: "kiểm tra tên trong `--field`, hoặc dùng `--place`", en: "check the name in `--field`, or use `--place`" }
        meaning {
            vi: "Không có trường chữ ký mang tên đó.",
            en: "There is no signature field of that name.",
        }
    }
    FieldSigned = "FIELD_SIGNED", CouldNot {
        message { vi: "ô `{field}` của {path} đã được ký", en: "the field `{field}` of {path} is signed already" }
        hint { vi: "chọn ô trống, hoặc dùng `--place`", en: "choose an empty field, or use `--place`" }
        meaning {
            vi: "Một ô chỉ ký được một lần.",
            en: "A field can be signed once only.",
        }
    }
    Certified = "CERTIFIED", CouldNot {
        message { vi: "{path} không cho thêm thay đổi này: {cause}", en: "{path} does not allow this change: {cause}" }
        hint { vi: "hỏi người đã chứng nhận văn bản; giữ nguyên bản nhận được", en: "ask whoever certified the document; keep what you received as it is" }
        meaning {
            vi: "Một chữ ký trước đó cấm thay đổi (DocMDP hoặc FieldMDP); ký thêm sẽ làm hỏng nó.",
            en: "An earlier signature forbids the change (DocMDP or FieldMDP); signing would break it.",
        }
    }
    RoleNeedsPdf = "ROLE_NEEDS_PDF", Usage {
        message { vi: "vai trò {role} chỉ có trên tệp PDF, {path} không ký dạng PDF", en: "the role {role} exists in PDFs only, and {path} is not signed as one" }
        hint { vi: "bỏ `--as`, hoặc ký tệp PDF với `--format pades`", en: "leave `--as` out, or sign a PDF with `--format pades`" }
        meaning {
            vi: "Nghị định 30/2020/NĐ-CP quy định hình chữ ký trên trang PDF; ASiC, CAdES và XAdES không có trang.",
            en: "Decree 30/2020/NĐ-CP says what stands on the page of a PDF; ASiC, CAdES and XAdES have no page.",
        }
    }
    SimpleContainer = "SIMPLE_CONTAINER", CouldNot {
        message { vi: "{path} không có tệp chữ ký nào còn thêm được chữ ký", en: "{path} has no signature file that could take another signature" }
        hint { vi: "đưa cả gói vào một gói ASiC-E mới: `congvan sign … --format asic-e`", en: "put it into a new ASiC-E container: `congvan sign … --format asic-e`" }
        meaning {
            vi: "Gói chỉ có dấu thời gian, hoặc các chữ ký đã nằm dưới dấu thời gian lưu trữ của gói: sửa chúng là làm hỏng dấu thời gian đó. Gói ASiC-E chứa gói này giữ nguyên mọi thứ.",
            en: "It holds time-stamps only, or its signatures are under an archive time-stamp of the container, which changing them would break. An ASiC-E around it keeps everything as it is.",
        }
    }
    SignFailed = "SIGN_FAILED", CouldNot {
        message { vi: "không ký được {path}: {cause}", en: "cannot sign {path}: {cause}" }
        hint { vi: "không có gì được ghi; mở tệp bằng trình đọc PDF và lưu lại rồi thử lần nữa", en: "nothing was written; open the file in a PDF editor, save it anew and try again" }
        meaning {
            vi: "Tệp có cấu trúc mà lệnh này không thêm chữ ký vào được.",
            en: "The file is built in a way that this command cannot add a signature to.",
        }
    }
    KeyRefused = "KEY_REFUSED", CouldNot {
        message { vi: "khóa không ký được: {cause}", en: "the key would not sign: {cause}" }
        hint { vi: "kiểm tra cặp khóa và chứng thư", en: "check that key and certificate belong together" }
        meaning {
            vi: "Khóa từ chối ký hoặc cho ra giá trị không kiểm tra được.",
            en: "The key refused, or gave a value that does not verify.",
        }
    }
    NotSoundAfter = "NOT_SOUND_AFTER", CouldNot {
        message { vi: "chữ ký vừa tạo không đạt khi kiểm tra lại", en: "the signature just made did not pass the check after signing" }
        hint { vi: "không có gì được ghi; hãy báo lỗi kèm tệp này", en: "nothing was written; please report this with the file" }
        meaning {
            vi: "Sau khi ký, lệnh đọc lại tệp và kiểm tra chữ ký; kết quả không đạt nên tệp không được giữ lại.",
            en: "After signing, the file is read again and the signature checked; it did not pass, so the file was not kept.",
        }
    }
    CertRevoked = "CERT_REVOKED", CouldNot {
        message { vi: "chứng thư `{subject}` đã bị thu hồi từ {time}", en: "the certificate `{subject}` is revoked since {time}" }
        hint { vi: "không có gì được ghi; ký bằng chứng thư khác, hoặc xin cấp lại", en: "nothing was written; sign with another certificate, or have it reissued" }
        meaning {
            vi: "Chữ ký làm sau khi chứng thư bị thu hồi không có giá trị, nên không được tạo ra.",
            en: "A signature made after its certificate was revoked is worthless, so it is not made.",
        }
    }
    RevocationUnknown = "REVOCATION_UNKNOWN", CouldNot {
        message { vi: "không biết chứng thư `{subject}` có bị thu hồi hay không: {cause}", en: "it cannot be told whether the certificate `{subject}` is revoked: {cause}" }
        hint { vi: "nêu `--crl` hay `--ocsp`, thử lại khi có mạng, hoặc bỏ `--require-revocation`", en: "give `--crl` or `--ocsp`, try again with a network, or leave out `--require-revocation`" }
        meaning {
            vi: "Có `--require-revocation` thì chỉ ký khi biết chắc chứng thư chưa bị thu hồi.",
            en: "With `--require-revocation` nothing is signed unless the certificate is known not to be revoked.",
        }
    }
    LevelNeedsAnchors = "LEVEL_NEEDS_ANCHORS", Usage {
        message { vi: "mức {level} cần gốc tin cậy để biết phải lưu những chứng thư và dữ liệu thu hồi nào, mà chưa có gốc nào", en: "level {level} needs trust anchors, which say which certificates and revocation data to keep, and none is configured" }
        hint { vi: "nêu gốc của người ký và của dịch vụ dấu thời gian (`sign --trust-anchor`, `extend --anchor`, và `--tsa-anchor`), hoặc ghi `anchors` vào hồ sơ", en: "name the roots of the signer and of the time-stamping service (`sign --trust-anchor`, `extend --anchor`, and `--tsa-anchor`), or put `anchors` into the profile" }
        meaning {
            vi: "Từ mức LT trở lên tệp mang theo mọi thứ cần để kiểm tra sau này: đường dẫn tới gốc tin cậy và dữ liệu thu hồi của từng chứng thư trên đó.",
            en: "From level LT on a file carries what a later validation needs: the paths to the trust anchors and revocation data for every certificate on them.",
        }
    }
    LevelByExtend = "LEVEL_BY_EXTEND", Usage {
        message { vi: "chữ ký đối chứng không đạt mức {level} ngay khi ký", en: "a counter-signature does not reach level {level} while it is made" }
        hint { vi: "ký với `--level t`, rồi chạy `congvan extend`", en: "sign with `--level t`, then run `congvan extend`" }
        meaning {
            vi: "Dữ liệu kiểm tra lâu dài của chữ ký đối chứng nằm cùng chữ ký mà nó ký lên; `extend` bổ sung cho cả hai.",
            en: "What the long-term levels add for a counter-signature goes beside the signature it is over; `extend` adds it for both.",
        }
    }
    FlagNeedsPdf = "FLAG_NEEDS_PDF", Usage {
        message { vi: "{flag} chỉ có nghĩa với PDF, mà {path} không được ký dưới dạng PDF", en: "{flag} means something in PDFs only, and {path} is not signed as one" }
        hint { vi: "bỏ {flag}, hoặc ký một tệp PDF", en: "leave {flag} out, or sign a PDF" }
        meaning {
            vi: "Ô chữ ký, vị trí, hình ảnh, số và ngày là phần hiển thị của chữ ký trong PDF; các dạng khác không có phần hiển thị.",
            en: "Fields, places, pictures, number and date belong to what a signature shows in a PDF; other forms show nothing.",
        }
    }
    PackLevel = "PACK_LEVEL", Usage {
        message { vi: "mức {level} chỉ có cho gói ASiC-E", en: "level {level} is for packages in ASiC-E" }
        hint { vi: "thêm `--format asic-e`; chữ ký của gói edXML chỉ dùng trên đường truyền", en: "add `--format asic-e`; the signature of an edXML packet is for its way only" }
        meaning {
            vi: "Quy chuẩn edXML không có dấu thời gian hay dữ liệu kiểm tra cho chữ ký của gói; chữ ký trong các văn bản thì có.",
            en: "The edXML regulation has no time-stamps or validation data for the packet's signature; the signatures of the documents in it have.",
        }
    }
    CountersignPdf = "COUNTERSIGN_PDF", Usage {
        message { vi: "{path} là PDF: chữ ký trong PDF không ký đối chứng được", en: "{path} is a PDF, whose signatures are not counter-signed" }
        hint { vi: "bỏ `--countersign` để ký thêm một chữ ký", en: "leave `--countersign` out to add another signature" }
        meaning {
            vi: "Chữ ký sau trong PDF bao trùm chữ ký trước, nên đã là xác nhận cho chữ ký đó.",
            en: "A later signature in a PDF is over the earlier ones and so confirms them already.",
        }
    }
    RevocationMissing = "REVOCATION_MISSING", CouldNot {
        message { vi: "{path} không lên được mức {level}: không có dữ liệu thu hồi của `{subject}`", en: "{path} cannot reach level {level}: there is no revocation data for `{subject}`" }
        hint { vi: "không có gì được ghi; nêu `--crl`, `--ocsp` hay `--proofs`, hoặc dùng `--level t` rồi `congvan extend` sau", en: "nothing was written; give `--crl`, `--ocsp` or `--proofs`, or take `--level t` and `congvan extend` later" }
        meaning {
            vi: "Mức LT đòi hỏi CRL hoặc trả lời OCSP còn hiệu lực của mọi chứng thư trên đường dẫn của người ký và của dịch vụ dấu thời gian.",
            en: "Level LT asks for a current CRL or OCSP answer for every certificate on the paths of the signer and of the time-stamping service.",
        }
    }
    PathMissing = "PATH_MISSING", CouldNot {
        message { vi: "{path} không lên được mức {level}: `{subject}` không dẫn tới gốc tin cậy nào: {cause}", en: "{path} cannot reach level {level}: `{subject}` leads to no trust anchor: {cause}" }
        hint { vi: "không có gì được ghi; nêu gốc và chứng thư trung gian (`--tsa-anchor`, `--untrusted`), hoặc dùng `--level t`", en: "nothing was written; name the root and the intermediates (`--tsa-anchor`, `--untrusted`), or take `--level t`" }
        meaning {
            vi: "Dữ liệu cần lưu ở mức LT là dữ liệu của đường dẫn từ chứng thư tới một gốc tin cậy do bạn cấu hình; đường dẫn đó không có.",
            en: "What is kept at level LT belongs to the path from a certificate to an anchor you configured; there is no such path.",
        }
    }
    LevelNotReached = "LEVEL_NOT_REACHED", CouldNot {
        message { vi: "chữ ký vừa tạo không đạt mức {level} khi kiểm tra lại", en: "the signature just made is not at level {level} by the check after signing" }
        hint { vi: "không có gì được ghi; kiểm tra dịch vụ dấu thời gian và gốc tin cậy, hoặc chọn mức thấp hơn", en: "nothing was written; check the time-stamping service and the anchors, or choose a lower level" }
        meaning {
            vi: "Tệp được đọc lại và đánh giá như `congvan verify`; thiếu dấu thời gian hay dữ liệu của mức đã chọn nên tệp không được giữ lại.",
            en: "The file is read again and judged as by `congvan verify`; the time-stamp or data of the level asked for is not there, so the file was not kept.",
        }
    }
    EarlierWorse = "EARLIER_WORSE", CouldNot {
        message { vi: "thêm chữ ký này sẽ làm hỏng chữ ký có trước {field}", en: "adding this signature would harm the earlier signature {field}" }
        hint { vi: "không có gì được ghi; xem `congvan verify` nói gì về tệp này và về vị trí của dấu", en: "nothing was written; see what `congvan verify` says about the file, and where the stamp goes" }
        meaning {
            vi: "Sau khi ký, các chữ ký có trước được đánh giá lại; một chữ ký có kết luận xấu hơn trước nên tệp không được giữ lại.",
            en: "After signing, the earlier signatures are judged again; one of them has a worse verdict than before, so the file was not kept.",
        }
    }

    // --- extend ---
    ExtendUnsupported = "EXTEND_UNSUPPORTED", CouldNot {
        message { vi: "chưa bổ sung được cho {path}: chữ ký dạng {format}", en: "cannot extend {path}: its signatures are of the form {format}" }
        hint { vi: "bổ sung được PAdES trong PDF, CAdES dạng DER hoặc PEM, XAdES trong tệp XML và các gói ASiC; dùng công cụ đã ký tệp này", en: "PAdES in PDFs, CAdES in DER or PEM, XAdES in XML files and ASiC containers can be extended; use the tool that signed this file" }
        meaning {
            vi: "Lệnh đọc và kiểm tra được dạng chữ ký này nhưng chưa biết thêm dữ liệu kiểm tra vào đó.",
            en: "This form of signature can be read and verified, but validation data cannot be added to it yet.",
        }
    }
    ExtendUnsound = "EXTEND_UNSOUND", Failed {
        message { vi: "không bổ sung cho {path}: chữ ký {field} không đạt ({cause})", en: "{path} is not extended: its signature {field} does not hold ({cause})" }
        hint { vi: "xem `congvan verify` nói gì; dấu thời gian không cứu được chữ ký sai", en: "see what `congvan verify` says; a time-stamp does not save a wrong signature" }
        meaning {
            vi: "Một chữ ký trong tệp sai, đã bị thu hồi, hoặc văn bản bị sửa sau khi ký; thêm dữ liệu chỉ che giấu điều đó.",
            en: "A signature of the file is wrong or revoked, or the document was changed after signing; adding data would only paint over it.",
        }
    }
    ExtendNoContent = "EXTEND_NO_CONTENT", CouldNot {
        message { vi: "không tìm thấy nội dung được ký của {path}", en: "what {path} signs is not at hand" }
        hint { vi: "để tệp nội dung bên cạnh (cùng tên, bỏ phần đuôi), hoặc nêu `--content`", en: "put the content beside it under the same name without the ending, or name it with `--content`" }
        meaning {
            vi: "Dấu thời gian lưu trữ bao trùm cả nội dung; chữ ký tách rời không mang nội dung theo.",
            en: "An archive time-stamp is over the content too, and a detached signature does not hold it.",
        }
    }
    NotSigned = "NOT_SIGNED", Indeterminate {
        message { vi: "{path} không có chữ ký nào để bổ sung", en: "{path} has no signature to extend" }
        hint { vi: "ký bằng `congvan sign` trước", en: "sign it with `congvan sign` first" }
        meaning {
            vi: "Tệp đọc được nhưng không có chữ ký.",
            en: "The file can be read and carries no signature.",
        }
    }
    ExtendFailed = "EXTEND_FAILED", CouldNot {
        message { vi: "không bổ sung được {path}: {cause}", en: "cannot extend {path}: {cause}" }
        hint { vi: "không có gì được ghi; xem `congvan verify` nói gì về tệp này", en: "nothing was written; see what `congvan verify` says about the file" }
        meaning {
            vi: "Không thể nối thêm dữ liệu kiểm tra hay dấu thời gian vào tệp mà giữ nguyên mọi byte cũ.",
            en: "Validation data or a time-stamp could not be appended while keeping every earlier byte.",
        }
    }

    // --- cert ---

    // --- push, pull, status, serve ---

    // --- audit, demo ---

    // --- exchange ---
    BadValue = "BAD_VALUE", Usage {
        message { vi: "`{value}` không dùng được cho {what}", en: "`{value}` is no value for {what}" }
        hint { vi: "xem `--help` của lệnh", en: "see the verb's `--help`" }
        meaning {
            vi: "Giá trị của tùy chọn không đúng dạng mà tùy chọn đó cần.",
            en: "The value of an option is not of the form the option needs.",
        }
    }
    AgencyMalformed = "BAD_AGENCY_CODE", Usage {
        message { vi: "`{value}` không phải mã định danh cơ quan", en: "`{value}` is not an agency code" }
        hint { vi: "viết như `H45.01` hoặc `000.01.00.H45`", en: "write it like `H45.01` or `000.01.00.H45`" }
        meaning {
            vi: "Mã định danh gồm chữ, số và gạch nối, các phần cách nhau bằng dấu chấm.",
            en: "A code is letters, digits and hyphens, its parts separated by dots.",
        }
    }
    EndpointNotGiven = "ENDPOINT_NOT_GIVEN", Usage {
        message { vi: "chưa có {what} để trao đổi", en: "the exchange needs {what}, which was not given" }
        hint { vi: "nêu bằng tùy chọn `--endpoint`, `--agency`, `--anchor`, `--journal`, hoặc ghi vào hồ sơ", en: "give it with `--endpoint`, `--agency`, `--anchor` or `--journal`, or put it into the profile" }
        meaning {
            vi: "Gửi và nhận cần địa chỉ điểm trao đổi, mã cơ quan, gốc tin cậy và nơi ghi nhật ký.",
            en: "Sending and receiving need the endpoint's address, the agency's code, trust anchors and a place for the journal.",
        }
    }
    EndpointSettings = "ENDPOINT_SETTINGS", Usage {
        message { vi: "không thiết lập được kết nối: {cause}", en: "the connection cannot be set up: {cause}" }
        hint { vi: "địa chỉ viết như `https://exchange.example:8443`; kiểm tra khóa và chứng thư số TLS", en: "write the address like `https://exchange.example:8443`; check the TLS key and certificate" }
        meaning {
            vi: "Địa chỉ điểm trao đổi hoặc khóa TLS không dùng được. Chưa có gì được gửi.",
            en: "The endpoint's address or the TLS key cannot be used. Nothing was sent.",
        }
    }
    EndpointUnreachable = "ENDPOINT_UNREACHABLE", CouldNot {
        message { vi: "không liên lạc được với {endpoint}: {cause}", en: "cannot reach {endpoint}: {cause}" }
        hint { vi: "chạy lại đúng lệnh này khi có kết nối: việc dở dang sẽ được hoàn tất, không gửi hai lần", en: "run the same command again when the connection is back: it finishes what was begun and sends nothing twice" }
        meaning {
            vi: "Điểm trao đổi không trả lời hoặc kết nối đứt giữa chừng. Mã lần gửi đã được ghi trước khi byte đầu tiên rời máy.",
            en: "The endpoint does not answer, or the connection broke off. The delivery's id was written down before the first byte left.",
        }
    }
    EndpointRefused = "ENDPOINT_REFUSED", CouldNot {
        message { vi: "điểm trao đổi từ chối ({code}): {cause}{detail}", en: "the endpoint refused ({code}): {cause}{detail}" }
        hint { vi: "sửa điều đã nêu rồi chạy lại", en: "mend what is named and run again" }
        meaning {
            vi: "Điểm trao đổi trả lời bằng một mã từ chối ổn định; các mã nằm trong PROTOCOL.md.",
            en: "The endpoint answered with one of its stable codes; PROTOCOL.md lists them.",
        }
    }
    EndpointUntrusted = "ENDPOINT_UNTRUSTED", CouldNot {
        message { vi: "câu trả lời của điểm trao đổi không được tin: {cause}", en: "the endpoint's answer is not believed: {cause}" }
        hint { vi: "kiểm tra gốc tin cậy; nếu đúng, báo cho đơn vị vận hành điểm trao đổi", en: "check the trust anchors; if they are right, tell the endpoint's operator" }
        meaning {
            vi: "Biên nhận, chữ ký hoặc dạng của câu trả lời không qua được kiểm tra, nên không được lưu làm bằng chứng.",
            en: "A receipt, a signature or the form of an answer does not pass its check, so it was not kept as proof.",
        }
    }
    RecipientNotAccepted = "RECIPIENT_NOT_ACCEPTED", CouldNot {
        message { vi: "không gửi được tới: {recipients}", en: "cannot send to: {recipients}" }
        hint { vi: "kiểm tra mã nơi nhận; chưa có gì được gửi đi", en: "check the recipients' codes; nothing was sent" }
        meaning {
            vi: "Điểm trao đổi không biết nơi nhận, nơi nhận đang tạm ngừng, hoặc không nhận loại văn bản hay cỡ gói này.",
            en: "The endpoint does not know a recipient, the recipient is suspended, or it does not take this class or size.",
        }
    }
    NotSendable = "NOT_SENDABLE", Usage {
        message { vi: "{path} không phải gói gửi được", en: "{path} is not a package that travels" }
        hint { vi: "đóng gói trước bằng `congvan pack`; nhận .edxml, .asice, .asics", en: "pack it first with `congvan pack`; .edxml, .asice and .asics travel" }
        meaning {
            vi: "Chỉ gói edXML hoặc ASiC được gửi qua điểm trao đổi, nhận biết theo đuôi tên tệp.",
            en: "Only edXML and ASiC packages travel through an endpoint; the name's ending says which.",
        }
    }
    FileChanged = "FILE_CHANGED", CouldNot {
        message { vi: "{path} thay đổi trong lúc gửi", en: "{path} changed while it was sent" }
        hint { vi: "chờ tệp ghi xong rồi gửi lại", en: "wait until the file is finished and push again" }
        meaning {
            vi: "Nội dung tệp không còn khớp với giá trị băm đã ký, nên điểm trao đổi không nhận.",
            en: "The file no longer has the digest that was signed, so the endpoint did not take it.",
        }
    }
    JournalDamaged = "JOURNAL_DAMAGED", CouldNot {
        message { vi: "nhật ký gửi nhận {path} bị hỏng: {cause}", en: "the journal file {path} is damaged: {cause}" }
        hint { vi: "giữ tệp lại và hỏi điểm trao đổi bằng `congvan status` trước khi gửi lại", en: "keep the file and ask the endpoint with `congvan status` before sending again" }
        meaning {
            vi: "Không biết chắc lần gửi trước đã tới đâu, nên lệnh không tự gửi lại.",
            en: "How far an earlier delivery came is not certain, so nothing is sent again by itself.",
        }
    }
    ItemNotTaken = "ITEM_NOT_TAKEN", Failed {
        message { vi: "không nhận lần gửi {delivery} của {sender}: {cause}", en: "did not take delivery {delivery} from {sender}: {cause}" }
        hint { vi: "gói được trả lại hộp nhận và chưa báo nhận; báo cho nơi gửi nếu lặp lại", en: "it was given back unacknowledged; tell the sender if it happens again" }
        meaning {
            vi: "Phong bì, chữ ký hoặc nội dung gói không qua được kiểm tra. Không có tệp nào được giữ lại.",
            en: "Envelope, seal or package did not pass the checks. No file of it was kept.",
        }
    }
    DeliveryNotKnown = "DELIVERY_NOT_KNOWN", Usage {
        message { vi: "nhật ký không có lần gửi {delivery}", en: "the journal knows no delivery {delivery}" }
        hint { vi: "nêu các nơi nhận bằng `--to`", en: "name the recipients with `--to`" }
        meaning {
            vi: "Lần gửi này được gửi từ máy khác hoặc với nhật ký khác, nên không biết các nơi nhận của nó.",
            en: "The delivery was sent from another machine or with another journal, so its recipients are not known here.",
        }
    }
    ReasonNeeded = "REASON_NEEDED", Usage {
        message { vi: "trạng thái {code} phải kèm lý do", en: "status {code} needs a reason" }
        hint { vi: "thêm `--text` với lý do", en: "add `--text` with the reason" }
        meaning {
            vi: "Nơi gửi cần biết vì sao văn bản bị từ chối (02) hoặc vì sao không đồng ý thu hồi, cập nhật, thay thế (16).",
            en: "The sender must learn why a document was refused (02), or why a recall, update or replacement is declined (16).",
        }
    }
    StatusUnknown = "STATUS_UNKNOWN", Usage {
        message { vi: "`{value}` không phải trạng thái nơi nhận báo được", en: "`{value}` is no status a recipient can give" }
        hint {
            vi: "01 đã đến, 02 từ chối, 03 đã tiếp nhận, 04 phân công, 05 đang xử lý, 06 hoàn thành, 15 đồng ý, 16 không đồng ý",
            en: "01 arrived, 02 refused, 03 taken in, 04 assigned, 05 in progress, 06 done, 15 agreed, 16 declined",
        }
        meaning {
            vi: "Trạng thái là hai chữ số theo QCVN 102:2016; 13 (thu hồi) là việc của nơi gửi.",
            en: "Statuses are two digits of QCVN 102:2016; 13, taking back, is the sender's.",
        }
    }
    DeliveryMalformed = "BAD_DELIVERY_ID", Usage {
        message { vi: "`{value}` không phải mã lần gửi", en: "`{value}` is no delivery id" }
        hint {
            vi: "mã có dạng 019cbc35-aa00-7707-8707-070707070707; `congvan status` liệt kê các lần đã gửi",
            en: "an id looks like 019cbc35-aa00-7707-8707-070707070707; `congvan status` lists what was sent",
        }
        meaning {
            vi: "Mỗi lần gửi có một mã do máy gửi chọn; mã in ra khi gửi và khi nhận.",
            en: "Each delivery has an id, chosen by the sender and printed when it is sent and received.",
        }
    }
    NotReceived = "NOT_RECEIVED", Usage {
        message { vi: "không có lần gửi {delivery} nào tới cơ quan này", en: "no delivery {delivery} came to this agency" }
        hint { vi: "kiểm tra mã lần gửi; lệnh này dành cho nơi nhận", en: "check the id; this is for the recipient of a delivery" }
        meaning {
            vi: "Hộp nhận ở điểm trao đổi không có và chưa từng có lần gửi mang mã này.",
            en: "The inbox at the endpoint neither holds nor held a delivery of this id.",
        }
    }
    SeveralSenders = "SEVERAL_SENDERS", Usage {
        message { vi: "nhiều nơi gửi có lần gửi mang mã {delivery}", en: "several senders have a delivery {delivery}" }
        hint { vi: "nêu nơi gửi bằng `--sender`", en: "name the sender with `--sender`" }
        meaning {
            vi: "Mã lần gửi chỉ là duy nhất trong một nơi gửi.",
            en: "The id of a delivery is unique within one sender only.",
        }
    }
    OrderInvalid = "ORDER_INVALID", Usage {
        message { vi: "lệnh gửi {path} sai: {cause}", en: "the order {path} is wrong: {cause}" }
        hint { vi: "xem `congvan sync --help` về nội dung của tệp này", en: "see `congvan sync --help` for what stands in it" }
        meaning {
            vi: "Tệp NAME.to.json cạnh gói trong OUT không đọc được hoặc có giá trị ngoài quy tắc.",
            en: "The file NAME.to.json beside a package in OUT cannot be read, or a value in it is outside its rules.",
        }
    }
    SyncBusy = "SYNC_BUSY", CouldNot {
        message { vi: "một tiến trình khác đang đồng bộ thư mục {path}", en: "another process syncs the folder {path}" }
        hint { vi: "chờ tiến trình đó xong, hoặc dùng thư mục khác", en: "wait until it is done, or use another folder" }
        meaning {
            vi: "Mỗi thư mục chỉ có một `congvan sync` chạy cùng lúc.",
            en: "One `congvan sync` runs over a folder at a time.",
        }
    }
    DirectoryInvalid = "DIRECTORY_INVALID", Usage {
        message { vi: "danh bạ cơ quan {path} sai: {cause}", en: "the directory of agencies {path} is wrong: {cause}" }
        hint { vi: "sửa tệp, hoặc dùng `congvan serve agency add`", en: "correct the file, or use `congvan serve agency add`" }
        meaning {
            vi: "Tệp agencies.toml không đọc được, có mã trùng, hoặc một chứng thư số thuộc hai cơ quan.",
            en: "agencies.toml cannot be read, lists a code twice, or lists one certificate under two agencies.",
        }
    }
    ListenFailed = "LISTEN_FAILED", CouldNot {
        message { vi: "không mở được {address}: {cause}", en: "cannot listen on {address}: {cause}" }
        hint { vi: "chọn địa chỉ khác trong `listen`, hoặc dừng chương trình đang dùng cổng", en: "choose another address in `listen`, or stop what uses the port" }
        meaning {
            vi: "Địa chỉ hoặc cổng đang được dùng hoặc không thuộc máy này.",
            en: "The address or port is in use, or is not this machine's.",
        }
    }
    StoreWentBack = "STORE_WENT_BACK", CouldNot {
        message {
            vi: "cơ sở dữ liệu có {found} mục nhật ký nhưng mục {acknowledged} đã được xác nhận với bên ngoài và không có trong đó: dữ liệu đã lùi về trước điều đã hứa",
            en: "the database holds {found} log entries, but entry {acknowledged} was acknowledged to somebody and is not among them: it went back behind what was promised",
        }
        hint {
            vi: "đặt lại bản sao mới nhất của dữ liệu; nếu chấp nhận mất phần thiếu thì xóa {path} rồi chạy lại",
            en: "put the newest copy of the data back; to go on without what is lost, remove {path} and start again",
        }
        meaning {
            vi: "Một bản sao lưu cũ đã được phục hồi, hoặc tệp của cơ sở dữ liệu bị hỏng trên đĩa và vài giao dịch cuối đã mất. Những biên nhận đã cấp sau đó sẽ không còn được kho lưu biết đến.",
            en: "An old copy was restored, or a file of the database was damaged on disk and the last transactions with it. Receipts given since would be unknown to the store.",
        }
    }
    StoreUnusable = "STORE_UNUSABLE", CouldNot {
        message { vi: "không dùng được kho lưu của điểm trao đổi: {cause}", en: "the endpoint's store cannot be used: {cause}" }
        hint { vi: "kiểm tra đĩa và quyền; `congvan serve fsck` kiểm tra kho khi điểm trao đổi đã dừng", en: "check disk and permissions; `congvan serve fsck` checks the store while the endpoint is stopped" }
        meaning {
            vi: "Kho lưu đang do tiến trình khác dùng, thuộc nhật ký khác, do phiên bản mới hơn ghi, hoặc đĩa báo lỗi.",
            en: "The store is in use by another process, belongs to another log, was written by a later version, or the disk failed.",
        }
    }
}
