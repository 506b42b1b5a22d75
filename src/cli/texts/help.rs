//! Help of every verb and argument.
//!
//! Keys: the verb (`"sign"`, `"cert check"`, `""` for the command itself), `"VERB --flag"` or `"VERB NAME"` for an
//! argument of one verb, `"--flag"` for the shared groups. A verb's text starts with a line in the imperative
//! without a period and holds at least one example line that begins with `congvan VERB`; the tests parse it.
//! An argument's text may go on after an empty line; that part only shows with `--help`.

use super::{Lang, Text};

/// Finds a help text by its key.
pub(crate) fn find(key: &str) -> Option<Text> {
    ALL.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

/// A help text in one language; empty when there is none, which the tests rule out.
pub(crate) fn text(key: &str, lang: Lang) -> &'static str {
    find(key).map_or("", |text| text.get(lang))
}

/// Every help text.
pub(crate) const ALL: &[(&str, Text)] = &[
    (
        "",
        Text {
            vi: "Ký, kiểm tra, đóng gói và trao đổi văn bản giữa các cơ quan

Mỗi lệnh có --json (mỗi dòng một đối tượng) và --help với ví dụ.
Mã thoát: 0 đạt hoặc xong, 1 TOTAL-FAILED, 2 dòng lệnh sai, 3 INDETERMINATE hoặc không có chữ ký,
4 không làm được. `congvan explain MÃ` giải thích mọi mã.

Ví dụ:
  congvan explain FILE_NOT_FOUND",
            en: "Sign, verify, pack and exchange documents between agencies

Every verb has --json (one object per line) and --help with an example.
Exit codes: 0 passed or done, 1 TOTAL-FAILED, 2 usage, 3 INDETERMINATE or no signature,
4 could not do its job. `congvan explain CODE` explains every code.

Example:
  congvan explain FILE_NOT_FOUND",
        },
    ),
    // --- every verb ---
    (
        "--json",
        Text {
            vi: "In kết quả dạng JSON, mỗi dòng một đối tượng", en: "Print results as JSON, one object per line"
        },
    ),
    (
        "--lang",
        Text {
            vi: "Ngôn ngữ của thông báo: vi hoặc en; mặc định theo hệ thống",
            en: "Language of messages, vi or en; the locale's by default",
        },
    ),
    ("--quiet", Text { vi: "Không in ghi chú và thanh tiến độ", en: "Print no notes and no progress" }),
    (
        "--profile",
        Text {
            vi: "Hồ sơ cấu hình dùng cho lần chạy này: tên, hoặc một tệp .toml",
            en: "Configuration profile of this run: a name, or a .toml file",
        },
    ),
    ("--help", Text { vi: "In trợ giúp; -h in bản ngắn", en: "Print help; -h prints the short form" }),
    ("--version", Text { vi: "In số phiên bản", en: "Print the version" }),
    (
        "--out",
        Text {
            vi: "Nơi ghi kết quả; mặc định đặt cạnh tệp vào",
            en: "Where the result goes; beside the input by default",
        },
    ),
    ("--force", Text { vi: "Ghi đè kết quả đã có", en: "Overwrite an existing result" }),
    // --- explain ---
    (
        "explain",
        Text {
            vi: "Giải thích một mã lỗi hoặc mã thoát

Không có đối số thì liệt kê mọi mã.

Ví dụ:
  congvan explain OUTPUT_EXISTS
  congvan explain 3",
            en: "Explain an error code or exit code

Without an argument every code is listed.

Example:
  congvan explain OUTPUT_EXISTS
  congvan explain 3",
        },
    ),
    ("explain CODE", Text { vi: "Mã cần giải thích, chữ hoa hay thường", en: "The code to explain, in either case" }),
    // --- trust and proofs, shared ---
    (
        "--anchor",
        Text {
            vi: "Chứng thư số gốc tin cậy (PEM, DER hoặc thư mục); mặc định theo cấu hình",
            en: "Trust anchor certificates (PEM, DER or a folder); the configuration's by default",
        },
    ),
    (
        "--tsa-anchor",
        Text {
            vi: "Gốc tin cậy riêng cho dấu thời gian; mặc định là --anchor",
            en: "Anchors for time-stamping authorities only; --anchor by default",
        },
    ),
    (
        "--untrusted",
        Text {
            vi: "Chứng thư số trung gian chưa được tin cậy, để dựng đường dẫn",
            en: "Intermediate certificates of unknown worth, to build paths with",
        },
    ),
    ("--crl", Text { vi: "Danh sách thu hồi (PEM, DER hoặc thư mục)", en: "Revocation lists (PEM, DER or a folder)" }),
    ("--ocsp", Text { vi: "Trả lời OCSP (DER hoặc thư mục)", en: "OCSP responses (DER or a folder)" }),
    (
        "--no-revocation",
        Text {
            vi: "Không kiểm tra thu hồi; khi đó không chữ ký nào đạt TOTAL-PASSED",
            en: "Do not look at revocation; nothing is TOTAL-PASSED then",
        },
    ),
    (
        "--at",
        Text {
            vi: "Thời điểm xét, thay cho đồng hồ, dạng RFC 3339",
            en: "Judge as of this time instead of the clock, RFC 3339",
        },
    ),
    ("--offline", Text { vi: "Không mở kết nối mạng nào", en: "Open no socket" }),
    (
        "--proofs",
        Text {
            vi: "Thư mục bằng chứng đã lưu trước đây bằng --save-proofs",
            en: "Folder of proofs kept earlier with --save-proofs",
        },
    ),
    (
        "--save-proofs",
        Text {
            vi: "Lưu mọi bằng chứng đã dùng vào thư mục này để kiểm tra lại sau",
            en: "Keep every proof used in this folder, to replay the verdict later",
        },
    ),
    // --- audit ---
    (
        "audit",
        Text {
            vi: "Kể lại lịch sử của văn bản từ những gì chứng minh được

Ví dụ:
  congvan audit chain nhan/H99.01_…/van-ban/quyet-dinh.pdf --anchor goc.pem",
            en: "Tell what happened to a document, from what can be proven

Example:
  congvan audit chain received/H99.01_…/files/decision.pdf --anchor root.pem",
        },
    ),
    (
        "audit chain",
        Text {
            vi: "Kể theo thứ tự: ai ký, khi nào, thêm gì sau đó, gửi và bàn giao ra sao

Hồ sơ gửi nhận (envelope.json, handover.json …) được tìm trong các thư mục phía trên văn bản.

Ví dụ:
  congvan audit chain nhan/quyet-dinh.pdf --anchor goc.pem --crl ds-thu-hoi/",
            en: "Tell in order who signed, when, what was added, how it was sent and handed over

The delivery's files (envelope.json, handover.json …) are looked for in the folders above the document.

Example:
  congvan audit chain received/decision.pdf --anchor root.pem --crl crls/",
        },
    ),
    ("audit chain FILE", Text { vi: "Văn bản cần xem", en: "The document" }),
    (
        "audit chain --delivery",
        Text {
            vi: "Thư mục của lần gửi; mặc định tự tìm", en: "Folder of the delivery; found by itself"
        },
    ),
    (
        "audit chain --policy",
        Text { vi: "Chính sách kiểm tra, như của verify", en: "Validation policy, as for verify" },
    ),
    // --- demo ---
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
    // --- verify ---
    (
        "verify",
        Text {
            vi: "Kiểm tra chữ ký số trong tệp và thư mục

Mỗi chữ ký, văn bản và tệp có một kết luận theo EN 319 102-1: TOTAL-PASSED, INDETERMINATE
hoặc TOTAL-FAILED. TOTAL-PASSED luôn nghĩa là có đường dẫn tới gốc tin cậy do bạn cấu hình.
Mã thoát: 0 mọi tệp đạt, 1 có TOTAL-FAILED, 3 có INDETERMINATE hoặc không có chữ ký, 4 không đọc được.

Ví dụ:
  congvan verify den.pdf --anchor goc.pem --crl ds-thu-hoi/
  congvan verify bang-ke.xlsx.p7s --content bang-ke.xlsx --anchor goc.pem
  congvan verify hop-thu-den/ --json",
            en: "Verify the signatures in files and folders

Each signature, document and file gets a verdict of EN 319 102-1: TOTAL-PASSED, INDETERMINATE
or TOTAL-FAILED. TOTAL-PASSED always means a path to an anchor that you configured.
Exit codes: 0 all passed, 1 something is TOTAL-FAILED, 3 INDETERMINATE or no signature, 4 unreadable.

Example:
  congvan verify in.pdf --anchor root.pem --crl crls/
  congvan verify list.xlsx.p7s --content list.xlsx --anchor root.pem
  congvan verify inbox/ --json",
        },
    ),
    ("verify PATH", Text { vi: "Tệp hoặc thư mục cần kiểm tra", en: "Files or folders to verify" }),
    (
        "verify --content",
        Text {
            vi: "Nội dung của chữ ký tách rời; mặc định là tệp cùng tên, bỏ đuôi .p7s, .sig, .tsr… bên cạnh",
            en: "What a detached signature is over; by default the file beside it without .p7s, .sig, .tsr …",
        },
    ),
    (
        "verify --policy",
        Text {
            vi: "Chính sách: strict (mặc định), nd30, integrity-only, hoặc một tệp TOML",
            en: "Policy: strict (the default), nd30, integrity-only, or a TOML file",
        },
    ),
    (
        "verify --roles",
        Text {
            vi: "Tệp TOML cho biết chứng thư số nào ký với tư cách người, cơ quan hay dịch vụ dấu thời gian",
            en: "TOML file that says which certificate signs as a person, an agency or a time-stamping authority",
        },
    ),
    (
        "verify --receipt",
        Text {
            vi: "Biên nhận nêu đúng tệp này; cùng `.tlog-proof` và `.tsr` bên cạnh, nó chứng minh tệp đã tồn tại từ khi nào",
            en: "Receipt that names this very file; with the `.tlog-proof` and `.tsr` beside it, it proves since when the file exists",
        },
    ),
    // --- pack ---
    (
        "pack",
        Text {
            vi: "Đóng gói tệp và thông tin văn bản thành gói edXML (QCVN 102:2016)

Thông tin lấy từ tùy chọn, từ tệp --meta (TOML hoặc JSON), từ hồ sơ, rồi từ chữ in trên chính văn bản;
phần đọc từ văn bản được hỏi lại trên màn hình (trừ khi có --yes), còn khi chạy tự động thì được dùng
luôn và nêu ra trong --json. Gói mới, thu hồi, cập nhật, thay thế theo --kind; gói trạng thái theo
--status và --about. Văn bản mật, văn bản chưa ký hoặc có chữ ký sai bị từ chối.

Ví dụ:
  congvan pack cong-van.pdf --from H45.01=\"Sở A\" --to H45.02=\"Sở B\" --number 12 --notation SNV-VP
      --date 2026-03-05 --type \"Công văn\" --subject \"V/v báo cáo\" --out cong-van.edxml
  congvan pack --status 03 --from H45.02 --about H45.01,2026/03/05,12/SNV-VP --out da-nhan.edxml",
            en: "Pack files and their metadata into an edXML packet (QCVN 102:2016)

Metadata comes from flags, then a --meta file (TOML or JSON), then the profile, then what the document
itself prints: that part is shown and asked about on a terminal (unless --yes), and taken and listed in
--json otherwise. --kind makes new, recall, update and replace packets; --status with --about makes
status packets. Classified, unsigned and wrongly signed documents are refused.

Example:
  congvan pack cong-van.pdf --from H45.01=\"Sở A\" --to H45.02=\"Sở B\" --number 12 --notation SNV-VP
      --date 2026-03-05 --type \"Công văn\" --subject \"V/v báo cáo\" --out cong-van.edxml
  congvan pack --status 03 --from H45.02 --about H45.01,2026/03/05,12/SNV-VP --out da-nhan.edxml",
        },
    ),
    (
        "pack FILE",
        Text {
            vi: "Các tệp đi cùng, theo thứ tự; văn bản chính đứng đầu",
            en: "Files to carry, in order; the main document first",
        },
    ),
    (
        "pack --convert",
        Text {
            vi: "Chuyển gói edXML thành ASiC-E hoặc ngược lại, giữ nguyên thông tin và tệp",
            en: "Turn an edXML packet into an ASiC-E container or back, metadata and files as they are",
        },
    ),
    (
        "pack --level",
        Text {
            vi: "Mức chữ ký của gói ASiC-E: b, t, lt hay lta; mặc định t khi có --tsa, nếu không thì b",
            en: "Level of an ASiC-E package's signature: b, t, lt or lta; t by default with --tsa, else b",
        },
    ),
    (
        "pack --format",
        Text {
            vi: "Dạng gói: edxml, hoặc asic-e (cần khóa để ký)",
            en: "Form of the package: edxml, or asic-e (needs a key)",
        },
    ),
    (
        "pack --yes",
        Text {
            vi: "Không hỏi lại về thông tin đọc từ văn bản", en: "Do not ask about fields read from the document"
        },
    ),
    (
        "pack --declare-unclassified",
        Text {
            vi: "Khẳng định văn bản không có chữ đọc được (bản quét) không mật",
            en: "Declare that documents without readable text (scans) are not classified",
        },
    ),
    (
        "pack --allow-unsigned",
        Text {
            vi: "Nhận cả tệp không có chữ ký số, như bảng tính kèm theo; chữ ký sai vẫn bị từ chối",
            en: "Take files without a signature too, such as annexed spreadsheets; wrong signatures are still refused",
        },
    ),
    (
        "pack --transport",
        Text {
            vi: "Kênh gửi: axis (trục liên thông, đến 50 MB) hoặc endpoint; gói quá lớn bị từ chối",
            en: "How it will travel: axis (at most 50 MB) or endpoint; a packet that is too large is refused",
        },
    ),
    ("pack --meta", Text { vi: "Tệp TOML hoặc JSON có thông tin văn bản", en: "TOML or JSON file with the metadata" }),
    (
        "pack --from",
        Text {
            vi: "Cơ quan gửi: mã, hoặc mã=tên; mặc định theo hồ sơ",
            en: "Sending agency: code, or code=name; the profile's by default",
        },
    ),
    ("pack --to", Text { vi: "Các cơ quan nhận: mã, hoặc mã=tên", en: "Receiving agencies: code, or code=name" }),
    (
        "pack --kind",
        Text {
            vi: "Loại gói: new (mới), recall (thu hồi), update (cập nhật), replace (thay thế)",
            en: "Kind of packet: new, recall, update or replace",
        },
    ),
    ("pack --status", Text { vi: "Mã trạng thái: 01 đến 06, 13, 15, 16", en: "Status code: 01 to 06, 13, 15, 16" }),
    ("pack --number", Text { vi: "Số văn bản", en: "Number of the document" }),
    ("pack --notation", Text { vi: "Ký hiệu văn bản", en: "Notation of the document" }),
    ("pack --date", Text { vi: "Ngày ban hành, như 2026-03-05", en: "Date of issue, like 2026-03-05" }),
    (
        "pack --type",
        Text {
            vi: "Tên loại văn bản, như Công văn, hoặc chữ viết tắt như QĐ",
            en: "Kind of document, like Công văn, or its abbreviation, like QĐ",
        },
    ),
    ("pack --subject", Text { vi: "Trích yếu", en: "Subject" }),
    ("pack --place", Text { vi: "Nơi ban hành", en: "Place of issue" }),
    ("pack --signer", Text { vi: "Họ tên người ký văn bản", en: "Full name of who signed the document" }),
    ("pack --position", Text { vi: "Chức vụ người ký", en: "Position of who signed" }),
    (
        "pack --competence",
        Text {
            vi: "Quyền hạn ký: TM., KT., TL., TUQ., Q.", en: "Authority of the signer: TM., KT., TL., TUQ., Q."
        },
    ),
    (
        "pack --priority",
        Text {
            vi: "Độ khẩn: 0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ",
            en: "Urgency: 0 normal, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc with a set hour",
        },
    ),
    ("pack --due", Text { vi: "Hạn trả lời", en: "Date an answer is due" }),
    (
        "pack --about",
        Text {
            vi: "Mã văn bản được thu hồi, cập nhật, thay thế hoặc báo trạng thái",
            en: "Identifier of the document recalled, updated, replaced or reported on",
        },
    ),
    (
        "pack --reply-to",
        Text {
            vi: "Mã văn bản mà văn bản này trả lời", en: "Identifier of the document this one answers"
        },
    ),
    (
        "pack --reason",
        Text {
            vi: "Lý do; với gói trạng thái là nội dung mô tả", en: "Reason; the description of a status packet"
        },
    ),
    ("pack --paper", Text { vi: "Có bản giấy gửi kèm theo", en: "A paper copy travels as well" }),
    (
        "pack --no-packet-signature",
        Text {
            vi: "Không ký gói, cho nơi nhận không đọc được gói có chữ ký",
            en: "Do not sign the packet, for receivers that cannot read signed ones",
        },
    ),
    // --- unpack ---
    (
        "unpack",
        Text {
            vi: "Mở gói edXML: ghi các tệp và thông tin vào một thư mục mới

Tên tệp được làm an toàn; tên gốc và toàn bộ thông tin nằm trong metadata.json, dùng lại được với
`congvan pack --meta`. Không tệp nào có sẵn bị ghi đè, không gì được ghi ra ngoài thư mục.

Ví dụ:
  congvan unpack cong-van.edxml --out cong-van",
            en: "Unpack an edXML packet into a new folder

Names are made safe; the original names and all metadata are in metadata.json, which
`congvan pack --meta` takes again. No existing file is overwritten, nothing is written outside the folder.

Example:
  congvan unpack cong-van.edxml --out cong-van",
        },
    ),
    ("unpack FILE", Text { vi: "Gói cần mở", en: "The packet to unpack" }),
    // --- extend ---
    (
        "extend",
        Text {
            vi: "Bổ sung dấu thời gian và dữ liệu kiểm tra cho tệp đã ký

Nâng mọi chữ ký trong PDF lên mức yêu cầu (mặc định lta) bằng bản cập nhật nối tiếp: mọi byte cũ giữ
nguyên. CAdES (DER), XAdES và gói ASiC cũng được: chỉ phần không ký lớn thêm. Tệp kết quả là TÊN.extended.pdf bên cạnh, hoặc vào --out. Tệp đã đạt mức thì để yên, trừ khi
--due hay --renew yêu cầu gia hạn: thêm dữ liệu mới cho dấu thời gian cuối rồi đóng dấu thời gian mới.
Chữ ký sai hoặc văn bản bị sửa sau khi ký thì không được bổ sung.

Ví dụ:
  congvan extend quyet-dinh.signed.pdf --anchor goc.pem --tsa http://tsa.example
  congvan extend luu-tru --due 2027-07-01T00:00:00Z --dry-run --anchor goc.pem
  congvan extend luu-tru --due 2027-07-01T00:00:00Z --out da-gia-han --anchor goc.pem --tsa http://tsa.example",
            en: "Add time-stamps and validation data to signed files

Takes every signature of a PDF to the level asked for (lta by default) by incremental updates: every
earlier byte stays. CAdES (DER), XAdES and ASiC containers too: only what is not signed grows. The result is NAME.extended.pdf beside the input, or goes to --out. A file that
has the level is left alone, unless --due or --renew ask for renewal: fresh data for its last
time-stamp, then a new time-stamp. Where a signature is wrong or the document was changed after
signing, nothing is added.

Examples:
  congvan extend decision.signed.pdf --anchor root.pem --tsa http://tsa.example
  congvan extend archive --due 2027-07-01T00:00:00Z --dry-run --anchor root.pem
  congvan extend archive --due 2027-07-01T00:00:00Z --out renewed --anchor root.pem --tsa http://tsa.example",
        },
    ),
    ("extend FILE", Text { vi: "Tệp đã ký, hoặc thư mục có tệp đã ký", en: "Signed files, or folders of them" }),
    (
        "extend --level",
        Text {
            vi: "Mức cần đạt: t, lt hay lta (mặc định)", en: "Level to reach: t, lt or lta (the default)"
        },
    ),
    (
        "extend --due",
        Text {
            vi: "Chỉ những tệp hết bằng chứng trước thời điểm này (RFC 3339): chứng thư hết hạn, thuật toán hết hiệu lực",
            en: "Only files that run out of proof before this time (RFC 3339): certificates expire, algorithms end",
        },
    ),
    (
        "extend --renew",
        Text {
            vi: "Đóng dấu thời gian mới cả khi tệp đã đạt mức",
            en: "Add a new time-stamp even where the level is reached",
        },
    ),
    (
        "extend --dry-run",
        Text {
            vi: "Chỉ liệt kê việc sẽ làm, không ghi gì", en: "List what would be done and write nothing"
        },
    ),
    (
        "extend --content",
        Text {
            vi: "Tệp nội dung của chữ ký CAdES tách rời; mặc định là tệp cùng tên bên cạnh, bỏ phần đuôi",
            en: "Content of a detached CAdES signature; by default the file beside it, without the ending",
        },
    ),
    (
        "extend --policy",
        Text {
            vi: "Chính sách có thời hạn của thuật toán: strict (mặc định), nd30 hoặc một tệp TOML",
            en: "Policy with the end dates of algorithms: strict (the default), nd30 or a TOML file",
        },
    ),
    // --- sign ---
    (
        "sign",
        Text {
            vi: "Ký PDF theo vai trò, với chữ ký hiển thị đúng Nghị định 30/2020/NĐ-CP

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
            en: "Sign PDFs in a role, with the visible signature Decree 30/2020/NĐ-CP gives it

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
            vi: "Các tệp cần ký; trong thư mục thì chỉ PDF, trừ khi có --format", en: "Files to sign; of folders the PDFs, or with --format every file"
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
        "--key",
        Text {
            vi: "Khóa: tệp PKCS#8 hoặc PKCS#12, hoặc URI pkcs11: của khóa trên token; mặc định là khóa trong hồ sơ",
            en: "The key: a PKCS#8 or PKCS#12 file, or the pkcs11: URI of a key on a token; the profile's by default",
        },
    ),
    (
        "--cert",
        Text {
            vi: "Chứng thư, người ký trước rồi đến các cấp trên; không cần khi tệp khóa đã có",
            en: "Certificates, the signer's first, then its issuers; not needed where the key file holds them",
        },
    ),
    (
        "--passphrase-fd",
        Text {
            vi: "Đọc mật khẩu của khóa từ bộ mô tả tệp số N",
            en: "Read the key's passphrase from file descriptor N",
        },
    ),
    (
        "--passphrase-file",
        Text {
            vi: "Đọc mật khẩu của khóa từ dòng đầu của tệp",
            en: "Read the key's passphrase from the first line of a file",
        },
    ),
    (
        "--pkcs11-module",
        Text { vi: "Thư viện PKCS #11 của nhà cung cấp token", en: "PKCS #11 library of the token's vendor" },
    ),
    (
        "--pin-fd",
        Text {
            vi: "Đọc PIN của token từ bộ mô tả tệp số N", en: "Read the token's PIN from file descriptor N"
        },
    ),
    (
        "--pin-file",
        Text {
            vi: "Đọc PIN của token từ dòng đầu của tệp", en: "Read the token's PIN from the first line of a file"
        },
    ),
    (
        "--allow-last-try",
        Text {
            vi: "Vẫn nhập PIN khi token chỉ còn một lần thử",
            en: "Give the PIN even when the token has one try left",
        },
    ),
    (
        "--rate",
        Text {
            vi: "Đo thêm số chữ ký mỗi giây trên mọi nhân, trong chừng này giây",
            en: "Also measure signatures per second on all cores, for this long",
        },
    ),
    (
        "--token-timeout",
        Text {
            vi: "Chờ token trả lời mỗi bước nhiều nhất bao nhiêu giây (mặc định 120; 0 là không giới hạn)",
            en: "Wait at most this many seconds for each answer of the token (by default 120; 0 waits for ever)",
        },
    ),
    ("--pss", Text { vi: "Ký RSA theo RSASSA-PSS", en: "Sign with RSASSA-PSS where the key is RSA" }),
    (
        "trust",
        Text {
            vi: "Xem các gốc tin cậy

Không gốc nào được dựng sẵn; gốc đến từ `anchors` trong hồ sơ hoặc từ --anchor.

Ví dụ:
  congvan trust list",
            en: "Look at the trust anchors

None is compiled in; they come from `anchors` in the profile or from --anchor.

Example:
  congvan trust list",
        },
    ),
    (
        "trust list",
        Text {
            vi: "Liệt kê gốc tin cậy và chứng thư trung gian, với thời hạn

Ví dụ:
  congvan trust list --anchor goc.pem --json",
            en: "List anchors and intermediates with their validity

Example:
  congvan trust list --anchor root.pem --json",
        },
    ),
    (
        "key",
        Text {
            vi: "Xem và thử các khóa trong tệp và trên token

Khóa nằm trong tệp PKCS#8, PKCS#12 hoặc trên token PKCS #11; lệnh nào cần khóa cũng nhận cả ba qua --key.

Ví dụ:
  congvan key list ky.p12
  congvan key test --key ky.p12",
            en: "List and try keys in files and on tokens

Keys are in PKCS#8 or PKCS#12 files or on PKCS #11 tokens; every verb that needs one takes all three with --key.

Example:
  congvan key list signer.p12
  congvan key test --key signer.p12",
        },
    ),
    (
        "key list",
        Text {
            vi: "Liệt kê khóa với chứng thư, thời hạn, và lý do không dùng được

Xem tệp khóa, thư mục chứa chúng, hay mọi token của một thư viện PKCS #11; không nêu gì thì xem khóa của
hồ sơ. Không hỏi mật khẩu hay PIN; có PIN (--pin-fd, --pin-file, CONGVAN_PIN) thì đăng nhập một lần và thấy
cả khóa bí mật.

Ví dụ:
  congvan key list ky.p12 khoa/
  congvan key list --pkcs11-module /usr/lib/softhsm/libsofthsm2.so
  congvan key list --valid",
            en: "List keys with their certificates, expiry, and why one cannot be used

Looks at key files, folders of them, or every token of a PKCS #11 library; without any, at the
profile's key. Never asks for a passphrase or PIN; where a PIN is given (--pin-fd, --pin-file,
CONGVAN_PIN) it logs in once and sees the private keys too.

Example:
  congvan key list signer.p12 keys/
  congvan key list --pkcs11-module /usr/lib/softhsm/libsofthsm2.so
  congvan key list --valid",
        },
    ),
    (
        "key list KEY",
        Text {
            vi: "Tệp khóa, thư mục, URI pkcs11: hoặc thư viện PKCS #11",
            en: "Key files, folders, pkcs11: URIs or PKCS #11 libraries",
        },
    ),
    ("key list --valid", Text { vi: "Chỉ những khóa dùng được", en: "Only keys that can be used" }),
    (
        "key test",
        Text {
            vi: "Ký thử một thông điệp ngẫu nhiên và kiểm tra theo chứng thư

Mở khóa đúng như `congvan sign` (đăng nhập token một lần), nói các cảnh báo của token, ký một thông điệp
ngẫu nhiên và kiểm tra chữ ký bằng chứng thư. Không ghi gì.

Ví dụ:
  congvan key test --key ky.p12 --rate 2
  congvan key test --key 'pkcs11:token=Van%20thu' --pkcs11-module /usr/lib/softhsm/libsofthsm2.so",
            en: "Sign a random message and verify it under the certificate

Opens the key just as `congvan sign` does (one login to a token), tells the token's warnings, signs a
random message and verifies it with the certificate. Writes nothing.

Example:
  congvan key test --key signer.p12 --rate 2
  congvan key test --key 'pkcs11:token=Registry' --pkcs11-module /usr/lib/softhsm/libsofthsm2.so",
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
        "--tsa-timeout",
        Text {
            vi: "Chờ mỗi dịch vụ dấu thời gian nhiều nhất bao nhiêu giây (1–900, mặc định 180)",
            en: "Wait at most this many seconds for each time-stamping service (1-900, by default 180)",
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
        "--tsa",
        Text {
            vi: "Dịch vụ cấp dấu thời gian RFC 3161, thử lần lượt",
            en: "RFC 3161 time-stamping services, tried in order",
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
    // --- cert ---

    // --- push, pull, status ---

    // --- serve ---

    // --- audit ---

    // --- demo ---
    // --- exchange, shared ---
    (
        "--endpoint",
        Text {
            vi: "Địa chỉ điểm trao đổi; mặc định theo hồ sơ",
            en: "The exchange endpoint; the profile's by default",
        },
    ),
    (
        "--agency",
        Text {
            vi: "Mã định danh cơ quan mình; mặc định theo hồ sơ",
            en: "Own agency's code; the profile's by default",
        },
    ),
    (
        "--tls-key",
        Text {
            vi: "Khóa mở kênh TLS; mặc định theo hồ sơ, nếu không có thì dùng khóa ký",
            en: "Key that opens the channel; the profile's by default, else the signing key",
        },
    ),
    (
        "--tls-cert",
        Text {
            vi: "Chứng thư số của khóa TLS và chuỗi của nó", en: "Certificate of the TLS key, and its chain"
        },
    ),
    (
        "--retries",
        Text {
            vi: "Số lần thử lại liên tiếp không tiến triển khi kết nối đứt; mặc định 10",
            en: "Tries in a row without progress after a connection breaks off; 10 by default",
        },
    ),
    ("--journal", Text { vi: "Thư mục ghi nhật ký gửi nhận", en: "Folder where deliveries are remembered" }),
    ("--config", Text { vi: "Tệp cấu hình của điểm trao đổi", en: "The endpoint's configuration file" }),
    // --- recall, replace, sync ---
    (
        "recall",
        Text {
            vi: "Thu hồi một lần gửi

Nơi nào chưa đọc byte nào của gói thì gói được lấy lại ngay. Nơi nào đã lấy về thì nhận được
yêu cầu và tự quyết định: trả lời 15 (đồng ý) hoặc 16 (từ chối). Mỗi kết quả đều có chứng
cứ. Hỏi lại cho cùng câu trả lời. Mã thoát là 0 khi đã lấy lại ở mọi nơi, 3 khi còn nơi phải
quyết định.

Ví dụ:
  congvan recall 019cbc35-aa00-7707-8707-070707070707 --reason 'Gửi nhầm nơi nhận'",
            en: "Take back what was sent

Where nobody has read a byte of the package, it is taken back at once. A recipient that has
fetched it is asked, and decides: it answers 15 (agreed) or 16 (declined). There is evidence
of each outcome. Asking again gives the same answer. The exit code is 0 when it was taken
back everywhere, 3 when a recipient has to decide.

Example:
  congvan recall 019cbc35-aa00-7707-8707-070707070707 --reason 'Sent to the wrong office'",
        },
    ),
    ("recall DELIVERY", Text { vi: "Mã lần gửi", en: "Id of the delivery" }),
    ("recall --from", Text { vi: "Chỉ thu hồi ở các nơi này; mặc định là mọi nơi", en: "From these recipients only; from all by default" }),
    ("recall --reason", Text { vi: "Lý do, nơi nhận sẽ đọc", en: "Why; the recipients will read it" }),
    (
        "replace",
        Text {
            vi: "Gửi một gói thay cho lần gửi trước

Lần gửi cũ được thu hồi trong cùng một bước: nơi chưa đọc chỉ còn thấy gói mới, nơi đã lấy
về được báo là có gói thay thế và tự quyết định. Một lần gửi chỉ được thay một lần. Mặc định
gửi cho các nơi nhận cũ.

Ví dụ:
  congvan replace 019cbc35-aa00-7707-8707-070707070707 15-QD-sua.edxml",
            en: "Send a package in the place of an earlier one

The earlier delivery is taken back in the same step: whoever has not read it sees the new
one only, whoever has fetched it is told of the new one, and decides. A delivery is replaced
once. It goes to the recipients of the earlier one unless others are named.

Example:
  congvan replace 019cbc35-aa00-7707-8707-070707070707 15-QD-corrected.edxml",
        },
    ),
    ("replace DELIVERY", Text { vi: "Mã lần gửi bị thay", en: "Id of the delivery that is replaced" }),
    ("replace FILE", Text { vi: "Gói mới", en: "The new package" }),
    ("replace --to", Text { vi: "Mã các nơi nhận; mặc định như lần gửi cũ", en: "Codes of the recipients; those of the earlier delivery by default" }),
    ("replace --number", Text { vi: "Số văn bản trong sổ đăng ký", en: "Number of the document in the register" }),
    ("replace --notation", Text { vi: "Ký hiệu văn bản, như QĐ-UBND", en: "Notation of the document, such as QĐ-UBND" }),
    ("replace --date", Text { vi: "Ngày văn bản", en: "Date of the document" }),
    ("replace --class", Text { vi: "Loại văn bản; văn bản mật không được gửi", en: "Class of the document; classified ones are not sent" }),
    ("replace --not-after", Text { vi: "Sau thời điểm này không giao nữa", en: "Not delivered any more after this time" }),
    ("replace --again", Text { vi: "Tạo lần gửi mới dù gói này đã gửi cho các nơi này", en: "A new delivery even when this package went to these recipients before" }),
    ("replace --receipt", Text { vi: "Nơi ghi biên nhận; mặc định cạnh gói", en: "Where the receipt goes; beside the package by default" }),
    (
        "sync",
        Text {
            vi: "Gửi và nhận qua các thư mục, không cần người trông

Trong DIR: gói đặt vào OUT được gửi rồi chuyển sang DONE, hoặc sang FAILED kèm lý do; gói
nhận về nằm trong IN, mỗi lần gửi một thư mục, kết quả kiểm tra (congvan.verify/1) ở
verify.json; chứng cứ của các lần gửi nằm trong RECEIPTS. Ghi tệp vào OUT dưới tên khác
(.TÊN, TÊN.tmp, TÊN.part) rồi đổi tên, hoặc ghi TÊN.to.json sau cùng:
  {\"to\":[\"H45.02\"],\"number\":\"15\",\"notation\":\"QĐ-UBND\",\"date\":\"2026-03-05\"}
Không có TÊN.to.json thì gói edXML đi tới các nơi nhận ghi trong nó, gói khác tới --to, khi
tệp không còn thay đổi. Dừng ở đâu cũng được: lần chạy sau làm tiếp, không gửi hai lần,
không mất gì.

Ví dụ:
  congvan sync /var/lib/congvan --once",
            en: "Send and receive through folders, unattended

In DIR: a package put into OUT is sent and goes to DONE, or to FAILED with the reason; what
comes lies in IN, a folder for each delivery, with the outcome of its verification
(congvan.verify/1) in verify.json; evidence of what was sent goes to RECEIPTS. Write into
OUT under another name (.NAME, NAME.tmp, NAME.part) and rename, or write NAME.to.json last:
  {\"to\":[\"H45.02\"],\"number\":\"15\",\"notation\":\"QĐ-UBND\",\"date\":\"2026-03-05\"}
Without NAME.to.json an edXML packet goes to the recipients it names itself, anything else
to --to, once the file has stopped changing. Stop it anywhere: the next run goes on, sends
nothing twice and loses nothing.

Example:
  congvan sync /var/lib/congvan --once",
        },
    ),
    ("sync DIR", Text { vi: "Thư mục chứa OUT, IN, RECEIPTS, DONE, FAILED", en: "Folder of OUT, IN, RECEIPTS, DONE and FAILED" }),
    ("sync --once", Text { vi: "Chạy một vòng rồi dừng", en: "One round, then end" }),
    ("sync --to", Text { vi: "Nơi nhận của gói không nêu nơi nhận", en: "Recipients of packages that name none" }),
    ("sync --interval", Text { vi: "Số giây giữa hai lần xem OUT", en: "Seconds between two looks at OUT" }),
    ("sync --offline", Text { vi: "Kiểm tra gói nhận về mà không tải gì thêm", en: "Verify what came without fetching anything" }),
    ("status --set", Text { vi: "Báo cho nơi gửi trạng thái xử lý của lần gửi đã nhận: 01 đến 06, 15 (đồng ý thu hồi, thay thế) hoặc 16 (từ chối)", en: "Tell the sender how it fares with deliveries received: 01 to 06, 15 (give back, replace: agreed) or 16 (declined)" }),
    ("status --text", Text { vi: "Lời kèm theo; bắt buộc với 02 và 16", en: "In your own words; needed with 02 and 16" }),
    ("status --sender", Text { vi: "Nơi gửi, khi nhiều nơi dùng cùng mã", en: "The sender, where several use the same id" }),
    ("pull --watch", Text { vi: "Không dừng: nhận ngay khi có gói mới", en: "Go on: receive whatever comes as it comes" }),
    ("pull --reject", Text { vi: "Từ chối lần gửi này thay vì nhận", en: "Refuse this delivery instead of receiving" }),
    ("pull --reason", Text { vi: "Lý do từ chối, nơi gửi sẽ đọc", en: "Why it is refused; the sender will read it" }),
    ("pull --sender", Text { vi: "Nơi gửi, khi nhiều nơi dùng cùng mã", en: "The sender, where several use the same id" }),
    // --- push ---
    (
        "push",
        Text {
            vi: "Gửi một gói tới các cơ quan qua điểm trao đổi

Gói là tệp .edxml, .asice hoặc .asics. Mã lần gửi được ghi vào nhật ký trước khi byte đầu tiên rời máy:
chạy lại cùng lệnh sau khi đứt kết nối sẽ hoàn tất lần gửi đó, hoặc trả lại đúng biên nhận đã có.
Biên nhận được ghi cạnh gói.

Ví dụ:
  congvan push 15-QD.edxml --to H45.02 H45.03 --endpoint https://exchange.example",
            en: "Send a package to agencies through the endpoint

A package is an .edxml, .asice or .asics file. The delivery's id is written to the journal before
the first byte leaves: the same command run again after a broken connection finishes that delivery,
or returns the receipt it already has. The receipt is written beside the package.

Example:
  congvan push 15-QD.edxml --to H45.02 H45.03 --endpoint https://exchange.example",
        },
    ),
    ("push FILE", Text { vi: "Gói cần gửi", en: "The package to send" }),
    ("push --to", Text { vi: "Mã các nơi nhận", en: "Codes of the recipients" }),
    ("push --number", Text { vi: "Số văn bản trong sổ đăng ký", en: "Number of the document in the register" }),
    ("push --notation", Text { vi: "Ký hiệu văn bản, như QĐ-UBND", en: "Notation of the document, such as QĐ-UBND" }),
    ("push --date", Text { vi: "Ngày văn bản", en: "Date of the document" }),
    (
        "push --class",
        Text {
            vi: "Loại văn bản; chỉ trao đổi văn bản không mật",
            en: "Class of the document; only unclassified ones travel",
        },
    ),
    ("push --not-after", Text { vi: "Sau thời điểm này không giao nữa", en: "Not delivered any more after this time" }),
    ("push --reply-to", Text { vi: "Mã lần gửi mà gói này trả lời", en: "The delivery this one answers" }),
    (
        "push --again",
        Text {
            vi: "Gửi thêm một lần mới dù đã gửi gói này tới các nơi này",
            en: "Make a new delivery even when this package went there before",
        },
    ),
    (
        "push --receipt",
        Text {
            vi: "Nơi ghi biên nhận; mặc định là GÓI.receipt.json",
            en: "Where the receipt goes; FILE.receipt.json by default",
        },
    ),
    // --- pull ---
    (
        "pull",
        Text {
            vi: "Nhận mọi gói đang chờ và báo nhận

Mỗi gói được tải về, kiểm tra giá trị băm và chữ ký nơi gửi, ghi trọn vẹn vào một thư mục riêng rồi mới
báo nhận có ký. Gói không qua kiểm tra được trả lại và không để lại tệp nào.

Ví dụ:
  congvan pull --out den --endpoint https://exchange.example",
            en: "Receive every package that waits, and acknowledge it

Each package is downloaded, checked by digest and the sender's seal, kept whole in a folder of its own,
and only then acknowledged with a signature. One that fails its checks is given back and leaves no file.

Example:
  congvan pull --out in --endpoint https://exchange.example",
        },
    ),
    ("pull --out", Text { vi: "Thư mục chứa những gì nhận được", en: "Folder for what is received" }),
    // --- status ---
    (
        "status",
        Text {
            vi: "Cho biết những gì đã gửi đang ở đâu

Không có đối số thì liệt kê mọi lần gửi trong nhật ký. Trạng thái được đối chiếu với bằng chứng có ký
của điểm trao đổi, từng chữ ký đều được kiểm tra.

Ví dụ:
  congvan status --endpoint https://exchange.example",
            en: "Tell where what was sent stands

Without arguments every delivery of the journal is listed. States are compared with the endpoint's sealed
evidence, and each seal is checked.

Example:
  congvan status --endpoint https://exchange.example",
        },
    ),
    ("status DELIVERY", Text { vi: "Mã lần gửi", en: "Id of a delivery" }),
    // --- serve ---
    (
        "serve",
        Text {
            vi: "Chạy điểm trao đổi

Phục vụ theo tệp cấu hình cho tới khi được yêu cầu dừng (Ctrl-C hoặc SIGTERM). Mọi thứ đã báo nhận đều
nằm trên đĩa. Danh bạ cơ quan được đọc lại khi tệp thay đổi.

Ví dụ:
  congvan serve --config congvan.toml",
            en: "Run the exchange endpoint

Serves as the configuration says until asked to stop (Ctrl-C or SIGTERM). Whatever was acknowledged is
on disk. The directory of agencies is read anew when its file changes.

Example:
  congvan serve --config congvan.toml",
        },
    ),
    (
        "serve --check-config",
        Text { vi: "In cấu hình có hiệu lực rồi dừng", en: "Print the effective configuration and stop" },
    ),
    (
        "serve agency",
        Text {
            vi: "Sửa danh bạ cơ quan

Ví dụ:
  congvan serve agency add H45.01 --cert seal.pem --role seal",
            en: "Change the directory of agencies

Example:
  congvan serve agency add H45.01 --cert seal.pem --role seal",
        },
    ),
    (
        "serve agency add",
        Text {
            vi: "Ghi chứng thư số của một cơ quan vào danh bạ

Cơ quan chưa có thì được thêm vào. Điểm trao đổi đang chạy tự đọc lại danh bạ.

Ví dụ:
  congvan serve agency add H45.01 --cert seal.pem --role seal --name 'Sở Nội vụ'",
            en: "List a certificate of an agency in the directory

An agency that is not there yet is added. A running endpoint reads the directory anew by itself.

Example:
  congvan serve agency add H45.01 --cert seal.pem --role seal --name 'Sở Nội vụ'",
        },
    ),
    ("serve agency add CODE", Text { vi: "Mã định danh cơ quan", en: "Code of the agency" }),
    (
        "serve agency add --cert",
        Text {
            vi: "Tệp chứng thư số; chứng thư đầu tiên trong tệp được ghi",
            en: "Certificate file; the first certificate in it is listed",
        },
    ),
    (
        "serve agency add --role",
        Text {
            vi: "Dùng để làm gì: tls mở kênh, seal ký, service báo nhận tự động",
            en: "What it is for: tls opens the channel, seal signs, service acknowledges unattended",
        },
    ),
    ("serve agency add --name", Text { vi: "Tên cơ quan", en: "Name of the agency" }),
    ("serve agency add --from", Text { vi: "Có hiệu lực từ", en: "Listed from" }),
    ("serve agency add --until", Text { vi: "Có hiệu lực đến", en: "Listed until" }),
    (
        "serve fsck",
        Text {
            vi: "Kiểm tra kho lưu của điểm trao đổi

Đối chiếu dữ liệu, gói, nhật ký và chuỗi bằng chứng. Điểm trao đổi phải dừng trước. Thoát 1 khi có lỗi.

Ví dụ:
  congvan serve fsck --config congvan.toml",
            en: "Check the endpoint's store against itself

Compares database, packages, log and chains of evidence. The endpoint must be stopped. Exit 1 when
something is wrong.

Example:
  congvan serve fsck --config congvan.toml",
        },
    ),
    // --- cert ---
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
