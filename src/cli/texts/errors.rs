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
    PolicyInvalid = "POLICY_INVALID", Usage {
        message { vi: "không dùng được chính sách {path}: {cause}", en: "cannot use the policy {path}: {cause}" }
        hint { vi: "các chính sách có sẵn: strict, nd30, integrity-only", en: "built-in policies are strict, nd30 and integrity-only" }
        meaning {
            vi: "Tệp chính sách không phải TOML hợp lệ hoặc có khóa lạ.",
            en: "The policy file is not valid TOML or has an unknown key.",
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
    BinaryToTerminal = "BINARY_TO_TERMINAL", Usage {
        message { vi: "không in dữ liệu nhị phân ra màn hình", en: "binary data is not written to a terminal" }
        hint { vi: "ghi vào tệp bằng `--out`", en: "write it to a file with `--out`" }
        meaning {
            vi: "Dữ liệu nhị phân làm hỏng màn hình.",
            en: "Binary data would garble the terminal.",
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
        message { vi: "không lấy được mật khẩu từ {source}: {cause}", en: "cannot get the passphrase from {source}: {cause}" }
        hint { vi: "đặt CONGVAN_PASSPHRASE hoặc dùng `--passphrase-fd`", en: "set CONGVAN_PASSPHRASE or use `--passphrase-fd`" }
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
        hint { vi: "nêu tệp khóa bằng `--key`, hoặc ghi `key` vào hồ sơ", en: "name the key file with `--key`, or put `key` into the profile" }
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
}
