//! What findings say in Vietnamese: code and facts to a sentence, causes and changes inside them included.
//!
//! The English of a finding is its own `Display`; here stands the same, and [`localise`] puts it into reports.
//! Placeholders are the names of the facts; `{why}` is the cause further down.

use std::fmt::Display;

use super::{Lang, Text, verdicts};
use crate::report::model::FileReport;
use crate::validate::cause::Cause;
use crate::validate::finding::Finding;

/// Puts every text of a report, and of the reports inside it, into a language.
pub(crate) fn localise(report: &mut FileReport, lang: Lang) {
    if lang == Lang::En {
        return;
    }
    for signature in &mut report.signatures {
        for (warning, finding) in signature.warnings.iter_mut().zip(&signature.findings) {
            warning.text = say(finding);
        }
        for change in &mut signature.changes_after {
            change.what = say_change(&change.cause);
        }
    }
    let mut known: Vec<usize> = Vec::new();
    for (at, finding) in &report.findings {
        if let Some(error) = report.errors.get_mut(*at) {
            error.text = say(finding);
            known.push(*at);
        }
    }
    // What kept us from looking: the table of verdicts says why, the cause stays in the words of whoever found it.
    for (_, error) in report.errors.iter_mut().enumerate().filter(|(at, _)| !known.contains(at)) {
        let why = verdicts::find(&error.code).map(|entry| entry.why.vi);
        let meaning = super::errors::Code::find(&error.code).map(|code| code.entry().meaning.vi);
        if let Some(why) = why.or(meaning) {
            error.text = format!("{} ({})", why.trim_end_matches('.'), error.text);
        }
    }
    for child in &mut report.children {
        localise(child, lang);
    }
}

/// A finding in Vietnamese.
fn say(finding: &Finding) -> String {
    let mut facts = finding.facts();
    let code = finding.code();
    if let Some(cause) = finding.cause() {
        let told = if code == "CHANGED_AFTER_SIGNING" { say_change(cause) } else { say_cause(cause) };
        facts.push(("why", told));
    }
    let page = facts.iter().find(|(name, _)| *name == "page").map(|(_, page)| format!(", trang {page}"));
    match find(FINDINGS, code) {
        Some(text) => fill(text, &facts) + page.as_deref().unwrap_or_default(),
        // One sentence of why is there for every code.
        None => verdicts::find(code)
            .map_or_else(|| finding.to_string(), |entry| format!("{} ({finding})", entry.why.vi.trim_end_matches('.'))),
    }
}

/// A cause in a language.
pub(crate) fn cause(cause: &Cause, lang: Lang) -> String {
    match lang {
        Lang::En => cause.to_string(),
        Lang::Vi => say_cause(cause),
    }
}

fn say_cause(cause: &Cause) -> String {
    let mut facts = cause.facts.clone();
    if let Some(below) = &cause.because {
        facts.push(("why", if is_change(below) { say_change(below) } else { say_cause(below) }));
    }
    let Some(text) = find(CAUSES, cause.code) else { return cause.to_string() };
    let mut said = fill(text, &facts);
    if let Some((_, subject)) = cause.facts.iter().find(|(name, _)| *name == "certificate") {
        said.push_str(&format!(", tại chứng thư số {subject}"));
    }
    match &cause.because {
        Some(_) if !text.contains("{why}") => said + ": " + facts.last().map_or("", |(_, why)| why),
        _ => said,
    }
}

fn is_change(cause: &Cause) -> bool {
    find(CHANGES, cause.code).is_some()
}

/// A change with its code, field and object.
fn say_change(cause: &Cause) -> String {
    let Some(text) = find(CHANGES, cause.code) else { return cause.to_string() };
    let mut said = format!("{text} ({})", cause.code);
    const FACTS: [(&str, &str); 5] = [
        ("detail", "mục"),
        ("field", "trường"),
        ("object", "đối tượng"),
        ("rect", "khung"),
        ("signature", "cùng chữ ký"),
    ];
    for (name, label) in FACTS {
        if let Some((_, value)) = cause.facts.iter().find(|(known, _)| *known == name) {
            said.push_str(&format!(", {label} {value}"));
        }
    }
    said
}

fn find(table: &[(&str, &'static str)], code: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

fn fill(text: &'static str, facts: &[(&'static str, String)]) -> String {
    let values: Vec<(&str, &dyn Display)> =
        facts.iter().map(|(name, value)| -> (&str, &dyn Display) { (name, value) }).collect();
    Text { vi: text, en: text }.fill(Lang::Vi, &values)
}

const FINDINGS: &[(&str, &str)] = &[
    ("WEAK_DIGEST", "thuật toán băm {digest} yếu"),
    ("WEAK_KEY", "khóa của người ký chỉ có {bits} bit"),
    ("ALGORITHM_NOT_SUPPORTED", "không hỗ trợ thuật toán {algorithm}, nên giá trị chữ ký chưa được kiểm tra"),
    ("BYTE_RANGE_INVALID", "phạm vi byte được ký sai: {why}"),
    ("CMS_UNREADABLE", "không đọc được cấu trúc CMS của chữ ký: {detail}"),
    ("CMS_NOT_DER", "CMS viết theo BER chứ không phải DER; đã đọc nới lỏng"),
    ("SIGNER_COUNT", "CMS có {n} người ký, trong khi chữ ký PDF chỉ có một"),
    ("LEGACY_SUBFILTER", "kiểu chữ ký {name} là dạng cũ, không thể đạt"),
    ("UNKNOWN_SUBFILTER", "không biết kiểu chữ ký {name}"),
    ("NO_SIGNED_ATTRIBUTES", "CMS không có thuộc tính được ký, nên không có gì gắn chữ ký với chứng thư số"),
    ("ATTRIBUTE_MISSING", "thuộc tính được ký {name} bị thiếu hoặc lặp lại"),
    ("ATTRIBUTES_OUT_OF_ORDER", "các thuộc tính được ký không theo thứ tự DER; đã sắp xếp lại để kiểm tra"),
    ("CONTENT_TYPE_MISMATCH", "thuộc tính content-type không chỉ đúng nội dung được ký"),
    (
        "NO_SIGNING_CERTIFICATE_REFERENCE",
        "chữ ký không nêu chứng thư số của mình (thiếu thuộc tính signing-certificate)",
    ),
    ("SIGNING_CERTIFICATE_MISMATCH", "thuộc tính signing-certificate nêu một chứng thư số khác"),
    ("DIGEST_ALGORITHMS_DIFFER", "các thuật toán băm trong chữ ký không khớp nhau"),
    ("SIGNING_TIME_IN_PADES", "CMS có signing-time, điều PAdES không cho phép"),
    (
        "LOCAL_TIME_AS_UTC",
        "giờ khai báo {claimed} sớm hơn bảy tiếng so với giờ được chứng minh {proven}: giờ Việt Nam bị ghi là UTC",
    ),
    ("CLAIMED_AFTER_PROVEN", "giờ khai báo {claimed} muộn hơn giờ được chứng minh {proven}"),
    ("TIMESTAMP_NOT_PASSED", "một dấu thời gian không đạt: {why}"),
    ("NO_ANCHORS", "chưa có gốc tin cậy nào, nên không thể tin cậy điều gì"),
    ("REVOCATION_NOT_CHECKED", "chưa kiểm tra thu hồi, nên kết quả không thể là TOTAL-PASSED"),
    ("REVOCATION_UNAVAILABLE", "không có thông tin thu hồi dùng được cho {why}"),
    ("PATH_NOT_VALID", "đường dẫn chứng thư số không hợp lệ: {why}"),
    ("CHANGED_AFTER_SIGNING", "sau chữ ký này: {why}"),
    ("STRUCTURE_AMBIGUOUS", "một bộ đọc PDF khác thấy cấu trúc khác: {why}"),
    ("SECOND_OPINION_CANNOT_READ", "bộ đọc PDF thứ hai không đọc được phiên bản đã ký: {why}"),
    ("SECOND_OPINION_NOT_RUN", "bộ đọc PDF thứ hai không được chạy: {why}"),
    ("XREF_REBUILT", "bảng tham chiếu của tệp bị hỏng và đã được dựng lại: {why}"),
    ("SHARED_SIGNATURE", "nhiều trường cùng trỏ tới chữ ký này"),
    ("KNOWN_ATTACK", "đây là dạng của kiểu tấn công {name}"),
    ("CONTAINER_NOT_SOUND", "bộ chứa không đúng quy cách: {detail}"),
    ("CONTAINER_FORM", "hình thức của bộ chứa khác tiêu chuẩn: {detail}"),
    ("FILE_NOT_SIGNED", "không chữ ký nào phủ tệp {name}"),
    ("ONLY_TIME_STAMPED", "tệp {name} chỉ có dấu thời gian, không có chữ ký"),
    ("PACKET_SIGNATURE_INVALID", "chữ ký của gói tin không đúng: {detail}"),
    ("STAMP_OVERLAPS", "hình chữ ký của một chữ ký sau đè lên {names}"),
    ("NOT_ORIGINAL", "tệp không phải bản gốc: {why}"),
    ("ROLE_UNKNOWN", "không biết {subject}, người tạo chữ ký {signature}, ký với vai trò gì"),
    ("RECEIPT_NOT_USED", "biên nhận không chứng minh được thời điểm nào: {why}"),
    ("CONTENT_DIFFERS", "nội dung được nêu không phải nội dung nằm trong chữ ký"),
    ("TRAILING_BYTES", "có byte nằm sau cấu trúc của chữ ký"),
    ("TIMESTAMP_NOT_EVALUATED", "{name} thuộc loại không được xét"),
    ("EVIDENCE_RECORD_UNFIT", "hồ sơ bằng chứng không khớp: {detail}"),
    ("ARCHIVE_INDEX", "chỉ mục của dấu thời gian lưu trữ không khớp: {detail}"),
    ("SIGNATURE_POLICY", "chữ ký theo chính sách {name}, chính sách này chưa được xét"),
    (
        "TIMESTAMP_ORDER",
        "dấu thời gian trên nội dung ({content}) muộn hơn lúc chữ ký được chứng minh là tồn tại ({signature})",
    ),
    ("TIMESTAMP_DELAY", "dấu thời gian ({proven}) đến quá lâu sau thời điểm ký đã khai ({claimed})"),
    ("BARE_KEY", "chữ ký chỉ nêu một khóa trần, không có chứng thư số, nên không ai bảo đảm cho người ký"),
    ("ECDSA_VALUE_DER", "giá trị chữ ký theo DER thay vì hai số liền nhau như XML yêu cầu; đã đọc nới lỏng"),
    ("REFERENCE_CHANGED", "nội dung mà tham chiếu {uri} chỉ tới không phải nội dung đã được ký"),
    ("REFERENCE_NOT_AT_HAND", "không có nội dung mà tham chiếu {uri} chỉ tới"),
    ("REFERENCE_UNRESOLVED", "không đi theo được tham chiếu {uri}: {detail}"),
    ("TRANSFORM_REFUSED", "phép biến đổi {name} bị từ chối, nên không biết điều gì đã được ký"),
    ("NO_CANONICAL_FORM", "phần được ký không có dạng chuẩn tắc: {detail}"),
    ("SIGNATURE_UNREADABLE", "không đọc được chữ ký: {detail}"),
    ("NOT_COVERED", "chữ ký không phủ {name}"),
];

const CAUSES: &[(&str, &str)] = &[
    ("byte-range-missing", "từ điển chữ ký không có ByteRange"),
    ("byte-range-form", "ByteRange không phải hai cặp số"),
    ("byte-range-number", "ByteRange có số không thể là vị trí trong tệp"),
    ("byte-range-start", "phần được ký bắt đầu từ {start} chứ không từ 0"),
    ("byte-range-overlap", "hai đoạn được ký chồng lên nhau"),
    ("byte-range-past-end", "phần được ký kết thúc ở {end}, trong khi tệp kết thúc ở {length}"),
    ("contents-missing", "từ điển chữ ký không có chuỗi Contents"),
    ("contents-nowhere", "chuỗi Contents không có vị trí riêng trong tệp"),
    ("contents-not-hex", "chuỗi Contents không phải hệ mười sáu thuần"),
    ("gap-not-contents", "khoảng không được ký {gap} không phải là chuỗi Contents ở {contents}"),
    ("gap-shared", "từ điển chữ ký {object} để trống cùng một khoảng không được ký"),
    ("contents-trailing", "byte {offset} của chuỗi Contents không thuộc CMS cũng không phải số 0 đệm"),
    ("contents-not-cms", "chuỗi Contents không chứa trọn một giá trị CMS"),
    ("not-revision-end", "phần được ký kết thúc ở {end}, không phải cuối một phiên bản"),
    ("key-repeated", "từ điển chữ ký lặp lại một khóa"),
    ("not-in-revision", "từ điển chữ ký không nằm trong phiên bản mà nó ký"),
    ("no-anchors", "chưa cấu hình gốc tin cậy nào"),
    ("no-issuer", "không có cơ quan cấp nào dẫn tới một gốc tin cậy"),
    ("too-much-work", "các chứng thư số hiện có tạo thành quá nhiều đường dẫn để thử hết"),
    ("path-too-long", "đường dẫn dài hơn mức cho phép"),
    ("path-rejected", "mọi đường dẫn đều bị loại sau khi kiểm tra"),
    ("not-yet-valid", "chưa có hiệu lực trước {from}, xét tại {at}"),
    ("expired", "hết hiệu lực sau {to}, xét tại {at}"),
    ("issuer-signature", "chữ ký của cơ quan cấp không được chấp nhận"),
    ("certificate-algorithms", "thuật toán chữ ký bên trong và bên ngoài khác nhau"),
    ("name-chaining", "cơ quan cấp không phải chủ thể của chứng thư số phía trên"),
    ("not-a-ca", "không phải cơ quan chứng thực"),
    ("may-not-sign-certificates", "khóa không được phép ký chứng thư số"),
    ("path-length", "có nhiều chứng thư trung gian hơn mức cho phép"),
    ("critical-extension", "không hiểu phần mở rộng quan trọng {oid}"),
    ("malformed-extension", "không giải mã được phần mở rộng {oid}"),
    ("duplicate-extension", "phần mở rộng {oid} xuất hiện nhiều lần"),
    ("name-not-permitted", "một tên nằm ngoài phạm vi được phép"),
    ("name-excluded", "một tên nằm trong phạm vi bị loại trừ"),
    ("name-uncomparable", "không áp dụng được ràng buộc tên cho tên dạng này"),
    ("maps-any-policy", "ánh xạ chính sách dùng anyPolicy"),
    ("no-valid-policy", "đường dẫn không hợp lệ theo chính sách nào được yêu cầu"),
    ("key-usage", "công dụng khóa không cho phép {purpose}"),
    ("extended-key-usage", "mục đích mở rộng của khóa không cho phép {purpose}"),
    ("from-the-future", "phát hành lúc {issued}, sau thời điểm xét {at}"),
    ("outdated", "lẽ ra đã có thông tin mới hơn từ {due}, xét tại {at}"),
    ("too-old", "phát hành lúc {issued}, quá cũ tại {at}"),
    ("after-expiry", "phát hành lúc {issued}, khi chứng thư số đã hết hạn, mà không giữ lại chứng thư hết hạn"),
    ("dates", "các thời điểm trong đó mâu thuẫn nhau"),
    ("scope", "CRL không bao gồm chứng thư số này"),
    ("delta-alone", "CRL bổ sung không có CRL đầy đủ đi kèm"),
    ("proof-critical-extension", "không hiểu một phần mở rộng quan trọng trong đó"),
    ("proof-signer", "không có chứng thư số nào được quyền ký mà khớp với chữ ký trên đó"),
    ("proof-signer-path", "không chấp nhận người ký nó"),
    ("proof-signer-revoked", "người ký nó đã bị thu hồi"),
    ("proof-signer-unknown", "không biết tình trạng của người ký nó"),
    ("proof-algorithms", "thuật toán chữ ký bên trong và bên ngoài khác nhau"),
    ("not-asked", "trả lời OCSP nói về chứng thư số khác"),
    ("no-answer", "máy chủ OCSP không trả lời"),
    ("nonce", "số ngẫu nhiên trong trả lời OCSP khác với yêu cầu"),
    ("proof-unreadable", "không đọc được"),
    ("no-proof", "{subject}"),
    ("reader-too-large", "phiên bản đã ký quá lớn đối với nó"),
    ("reader-encrypted", "văn bản được mã hóa"),
    ("reader-not-hybrid", "tệp không phải dạng lai"),
    ("reader-no-revision", "chữ ký không phủ phiên bản nào"),
    ("reader-unsuited", "bộ đọc không hợp với tệp này"),
    ("readers-disagree", "{reader} thấy khác về {why}"),
    ("part-signature", "từ điển chữ ký"),
    ("part-catalog", "danh mục gốc (catalog)"),
    ("part-form", "biểu mẫu"),
    ("part-page-tree", "cây trang"),
    ("part-page-content", "nội dung trang {page}"),
    ("reader-failed", "{reader}"),
    ("searched", "các đối tượng được tìm bằng cách dò toàn tệp"),
    ("stamp-signers", "thẻ thời gian có {n} chữ ký thay vì một"),
    ("stamp-digest", "thẻ thời gian dùng thuật toán băm {oid}, không được hỗ trợ"),
    ("stamp-no-data", "không có dữ liệu mà thẻ thời gian được tạo cho"),
    ("stamp-other-data", "thẻ thời gian được tạo cho dữ liệu khác"),
    ("stamp-no-certificate", "không có chứng thư số của dịch vụ cấp dấu thời gian"),
    ("stamp-unnamed-certificate", "thẻ thời gian không nói chứng thư số nào đã ký nó"),
    ("stamp-other-certificate", "thẻ thời gian nêu một chứng thư số khác"),
    ("stamp-usage", "chứng thư số của dịch vụ không dành riêng cho việc cấp dấu thời gian"),
    ("stamp-no-attributes", "chữ ký của thẻ thời gian không phủ thuộc tính được ký"),
    ("stamp-signature", "chữ ký của thẻ thời gian không đúng"),
    ("stamp-other", "một thuộc tính của thẻ thời gian bị hỏng hoặc lặp lại"),
    ("stamp-time", "giờ của nó, {time}, ở tương lai hoặc trước chứng thư số của dịch vụ"),
    ("stamp-conclusion", "{code}"),
    ("certificate-revoked", "{subject} bị thu hồi lúc {at} ({reason}), theo {source}"),
    ("status-unknown", "không có thông tin dùng được nào cho biết {subject} đã bị thu hồi hay chưa"),
    ("proof-not-used", "{source} {sha256}"),
    ("revocation-not-looked-at", "chưa xét việc thu hồi"),
    ("algorithm-not-accepted", "chính sách không chấp nhận thuật toán {name}"),
    ("key-too-small", "chính sách chấp nhận {name} từ {min} bit, khóa này có {bits}"),
    ("algorithm-ended", "chính sách chấp nhận {name} đến {until}, xét tại {at}"),
    ("receipt-no-proof", "không có bằng chứng nằm trong nhật ký bên cạnh nó ({file})"),
    ("receipt-no-stamp", "không có dấu thời gian cho điểm kiểm của nhật ký bên cạnh nó ({file})"),
    ("receipt-proof", "bằng chứng nằm trong nhật ký không đúng ({detail})"),
    ("receipt-seal", "con dấu trên biên nhận không đúng ({detail})"),
    ("receipt-stamp", "dấu thời gian của điểm kiểm không đạt"),
    ("original-no-person", "chưa có người có thẩm quyền đã biết nào ký"),
    ("original-no-agency", "chưa có cơ quan nào ký sau {person}"),
    ("original-not-passed", "chữ ký {signature} không đạt TOTAL-PASSED"),
    ("original-not-covered", "chữ ký {agency} của cơ quan không phủ phiên bản mà {person} đã ký"),
    ("original-between", "giữa {person} và {agency} có thêm điều khác ngoài số, ngày tháng và dấu thời gian: {why}"),
    ("original-after", "sau {agency} có thêm điều khác ngoài dấu thời gian và dấu đến của nơi nhận: {why}"),
];

const CHANGES: &[(&str, &str)] = &[
    ("ACTION_CHANGED", "hành động tự chạy của văn bản bị thay đổi"),
    ("ANNOTATION_ADDED", "một chú thích được thêm vào"),
    ("ANNOTATION_CHANGED", "một chú thích bị thay đổi"),
    ("ANNOTATION_NOT_PERMITTED", "một chú thích mà chữ ký chứng nhận không cho phép"),
    ("ANNOTATION_REMOVED", "một chú thích bị gỡ bỏ"),
    ("APPEARANCE_ONLY", "hình hiển thị của trường bị đổi mà giá trị thì không"),
    ("APPEARANCE_SHARED", "hình hiển thị của một trường còn được dùng ở nơi khác"),
    ("BYTES_AFTER_END", "có byte sau %%EOF cuối cùng"),
    ("BYTES_UNLISTED", "có byte lạ giữa các đối tượng của một phiên bản sau"),
    ("CATALOG_CHANGED", "một mục của danh mục gốc bị thay đổi"),
    ("DOC_TIME_STAMP", "một dấu thời gian văn bản được thêm vào"),
    ("DOC_TIME_STAMP_VISIBLE", "một dấu thời gian văn bản hiện trên trang được thêm vào"),
    ("ENCRYPTION_CHANGED", "việc mã hóa bị thay đổi"),
    ("FIELD_ADDED", "một trường được thêm vào"),
    ("FIELD_CHANGED", "một trường bị thay đổi"),
    ("FIELD_FILLED", "một trường được điền"),
    ("FIELD_LOCKED", "một trường đã khóa bị thay đổi"),
    ("FIELD_LOOK_CHANGED", "vẻ ngoài của một trường bị thay đổi"),
    ("FIELD_READ_ONLY", "một trường chỉ đọc bị thay đổi"),
    ("FIELD_REMOVED", "một trường bị gỡ bỏ"),
    ("FIELD_REPLACED", "một trường trùng tên với trường đã có"),
    ("FILE_ID_CHANGED", "mã định danh của tệp bị thay đổi"),
    ("FORM_CHANGED", "một mục của biểu mẫu bị thay đổi"),
    ("FORM_DEFAULTS_ADDED", "giá trị mặc định của biểu mẫu được thêm vào"),
    ("INFO_CHANGED", "thông tin về văn bản bị thay đổi"),
    ("INFO_DATES", "ngày sửa hoặc phần mềm trong thông tin văn bản được cập nhật"),
    ("LAYERS_CHANGED", "các lớp hiển thị bị thay đổi"),
    ("METADATA_ADDED", "siêu dữ liệu XMP được thêm vào"),
    ("METADATA_CHANGED", "siêu dữ liệu XMP bị thay đổi"),
    ("METADATA_DATES", "ngày trong siêu dữ liệu XMP được cập nhật"),
    ("NAMES_CHANGED", "bảng tên, tệp đính kèm hoặc kịch bản bị thay đổi"),
    ("NO_CHANGES_PERMITTED", "một thay đổi trong khi chữ ký chứng nhận không cho phép thay đổi nào"),
    ("NUMBER_OR_DATE_ADDED", "ô số hoặc ngày được thêm cùng một chữ ký"),
    ("OBJECT_COMPLETED_LATER", "phiên bản đã ký dẫn một đối tượng tới các byte được thêm sau"),
    ("OBJECT_UNLISTED", "một đối tượng mà không bảng tham chiếu nào dẫn tới"),
    ("PAGE_ATTRIBUTE_CHANGED", "một thuộc tính của trang bị thay đổi"),
    ("PAGE_CHANGED", "trang bị thay đổi"),
    ("PAGE_CONTENT_CHANGED", "nội dung trang, phông chữ hoặc hình vẽ của trang bị thay đổi hay gỡ bỏ"),
    ("PAGE_TREE_CHANGED", "cây trang bị thay đổi"),
    ("PAGE_TREE_REPLACED", "cây trang bị thay bằng cây khác"),
    ("PERMISSIONS_CHANGED", "quyền của văn bản bị thay đổi"),
    ("ROOT_MOVED", "danh mục gốc được ghi ở chỗ khác"),
    ("ROOT_REPLACED", "danh mục gốc bị thay bằng một danh mục đã giấu sẵn"),
    ("SECURITY_STORE", "dữ liệu xác thực được thêm vào"),
    ("SIGNATURE_ADDED", "một chữ ký được thêm vào"),
    ("SIGNATURE_FIELD_CHANGED", "trường của một chữ ký bị thay đổi"),
    ("SIGNATURE_FLAGS_CLEARED", "cờ báo có chữ ký bị xóa"),
    ("SIGNATURE_REPLACED", "một từ điển chữ ký bị thay thế"),
    ("SIGNED_REVISION_UNKNOWN", "phần được ký không kết thúc ở phiên bản nào"),
    ("STRUCTURE_TREE_CHANGED", "cây cấu trúc cho công nghệ trợ giúp bị thay đổi"),
    ("TOO_MANY_CHANGES", "có nhiều thay đổi hơn số được liệt kê"),
    ("TRAILER_CHANGED", "một mục của phần kết tệp bị thay đổi"),
    ("VERSION_CHANGED", "phiên bản PDF hoặc phần mở rộng được khai báo"),
    ("WIDGET_MOVED", "vị trí của một trường bị dời"),
    ("WIDGET_REMOVED", "một trường không còn hiện trên trang nào"),
    ("XFA_CHANGED", "biểu mẫu XFA bị thay đổi"),
    ("XREF_ORDER", "một bảng tham chiếu sau đứng trước bảng cũ hơn"),
    ("XREF_REDIRECTED", "một bảng tham chiếu sau dẫn đối tượng tới byte khác trong phần đã ký"),
    ("XREF_REPEATED", "một bảng tham chiếu liệt kê cùng đối tượng hai lần"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::diff;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn every_code_has_its_sentence_once() {
        for (table, codes) in [(FINDINGS, Finding::CODES), (CAUSES, Cause::CODES), (CHANGES, diff::CODES)] {
            for code in codes {
                assert!(find(table, code).is_some(), "{code} has no sentence");
            }
            for (code, text) in table {
                assert!(codes.contains(code), "{code} is nobody's code");
                assert_eq!(table.iter().filter(|(other, _)| other == code).count(), 1, "{code}");
                assert_eq!(*text, text.nfc().collect::<String>(), "{code} is not NFC");
            }
        }
    }

    #[test]
    fn a_finding_with_a_cause_leaves_no_placeholder_and_no_english() {
        use crate::pdf::ByteRangeFinding;
        use crate::revocation::Unusable;
        let below = Cause::from(&Unusable::Scope);
        let missing = Cause::new("no-proof", vec![("subject", "CN=A".to_owned())], "CN=A").because(below);
        let change = Cause::new("SIGNATURE_ADDED", vec![("object", "70 0".to_owned())], "a signature was added");
        for (finding, expected) in [
            (
                Finding::ByteRange((&ByteRangeFinding::NotFromStart { start: 7 }).into()),
                "phạm vi byte được ký sai: phần được ký bắt đầu từ 7 chứ không từ 0",
            ),
            (
                Finding::RevocationUnavailable(missing),
                "không có thông tin thu hồi dùng được cho CN=A: CRL không bao gồm chứng thư số này",
            ),
            (
                Finding::ChangedAfter { what: change, page: Some(2) },
                "sau chữ ký này: một chữ ký được thêm vào (SIGNATURE_ADDED), đối tượng 70 0, trang 2",
            ),
            (Finding::WeakKey(1_024), "khóa của người ký chỉ có 1024 bit"),
        ] {
            assert_eq!(say(&finding), expected);
        }
    }
}
