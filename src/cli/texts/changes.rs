//! What each change after a signature means, by detail code, kind and judgement: one sentence of why and one of what to do.
//!
//! `congvan explain` finds them beside the verdicts; a test holds the table against every code a change can have.

use super::Text;
use super::verdicts::Verdict;

const NOTHING: Text =
    Text { vi: "Không cần làm gì: thay đổi này được phép.", en: "Nothing: this change is allowed." };
const COMPARE: Text = Text {
    vi: "Xem thay đổi nằm ở đâu bằng `congvan audit chain TỆP` và so với bản đã ký; nếu nghi ngờ, xin nơi gửi bản mới.",
    en: "See where it is with `congvan audit chain FILE` and compare with what was signed; when in doubt, ask the sender for a fresh copy.",
};
const REFUSE: Text = Text {
    vi: "Không dùng tệp này; xin nơi gửi bản gốc chưa bị sửa.",
    en: "Do not use this file; ask the sender for the original.",
};
const ASK: Text = Text {
    vi: "Xem từng thay đổi: phần `what` nêu mã chi tiết để `congvan explain` giải thích.",
    en: "Read the change itself: its `what` gives the detail code that `congvan explain` tells more about.",
};
const SIGNER: Text = Text {
    vi: "Xem kết quả của chính chữ ký được thêm: nếu nó không đạt thì tệp không đạt.",
    en: "Read the verdict of the added signature: if it does not pass, neither does the file.",
};

const fn told(code: &'static str, why: Text, todo: Text) -> Verdict {
    Verdict { code, why, todo }
}

/// Changes after a signature: detail codes, then kinds without a detail code of the same name, then judgements.
pub(crate) const ALL: &[Verdict] = &[
    told(
        "ACTION_CHANGED",
        Text {
            vi: "Một hành động tự chạy khi mở hay in văn bản đã bị thay đổi sau khi ký.",
            en: "What the document does by itself when it is opened or printed was changed after signing.",
        },
        REFUSE,
    ),
    told(
        "ANNOTATION_ADDED",
        Text {
            vi: "Sau khi ký, một chú thích được thêm vào; chú thích có thể che nội dung trang.",
            en: "An annotation was added after signing, and annotations can cover what a page says.",
        },
        COMPARE,
    ),
    told(
        "ANNOTATION_CHANGED",
        Text {
            vi: "Sau khi ký, một chú thích có sẵn bị thay đổi.",
            en: "An annotation that was there was changed after signing.",
        },
        COMPARE,
    ),
    told(
        "ANNOTATION_NOT_PERMITTED",
        Text {
            vi: "Chữ ký chứng nhận không cho phép thêm hay đổi chú thích, nhưng việc đó đã xảy ra.",
            en: "The certifying signature forbids annotations, and one was added or changed.",
        },
        REFUSE,
    ),
    told(
        "ANNOTATION_REMOVED",
        Text {
            vi: "Sau khi ký, một chú thích mà người ký đã thấy bị gỡ bỏ.",
            en: "An annotation the signer saw was removed after signing.",
        },
        COMPARE,
    ),
    told(
        "APPEARANCE_ONLY",
        Text {
            vi: "Hình hiển thị của một trường bị đổi trong khi giá trị giữ nguyên, nên chữ nhìn thấy có thể khác giá trị.",
            en: "What a field shows was exchanged while its value stayed, so what is seen may not be what is stored.",
        },
        COMPARE,
    ),
    told(
        "APPEARANCE_SHARED",
        Text {
            vi: "Hình hiển thị bị đổi của một trường còn được vẽ ở nơi khác, nên đổi luôn cả chỗ đó.",
            en: "The changed look of a field is drawn in another place too, which changed with it.",
        },
        REFUSE,
    ),
    told(
        "BYTES_AFTER_END",
        Text {
            vi: "Có byte nằm sau %%EOF cuối cùng, ngoài mọi phiên bản và mọi chữ ký.",
            en: "Bytes follow the last %%EOF, outside every revision and every signature.",
        },
        COMPARE,
    ),
    told(
        "BYTES_UNLISTED",
        Text {
            vi: "Có byte giữa các đối tượng của một phiên bản sau mà không bảng tham chiếu nào dẫn tới.",
            en: "Bytes stand between the objects of a later revision that no cross-reference leads to.",
        },
        COMPARE,
    ),
    told(
        "CATALOG_CHANGED",
        Text {
            vi: "Một mục của danh mục gốc, nơi quyết định cách văn bản hiển thị, đã bị thay đổi.",
            en: "An entry of the catalog, which decides how the document is shown, was changed.",
        },
        REFUSE,
    ),
    told(
        "DOC_TIME_STAMP",
        Text {
            vi: "Một dấu thời gian văn bản được thêm vào để giữ giá trị chứng minh.",
            en: "A document time-stamp was added, to keep the proof alive.",
        },
        NOTHING,
    ),
    told(
        "DOC_TIME_STAMP_VISIBLE",
        Text {
            vi: "Một dấu thời gian văn bản có hình hiện trên trang; ai cũng xin được dấu thời gian nên hình đó không nói thay ai.",
            en: "A document time-stamp draws on a page; anybody can get one, so what it draws speaks for nobody.",
        },
        COMPARE,
    ),
    told(
        "ENCRYPTION_CHANGED",
        Text {
            vi: "Cách mã hóa của tệp bị thay đổi, nên các byte đã ký có thể giải ra nội dung khác.",
            en: "The encryption of the file was changed, so the signed bytes may decrypt to something else.",
        },
        REFUSE,
    ),
    told(
        "FIELD_ADDED",
        Text {
            vi: "Sau khi ký, một trường không phải chữ ký được thêm vào biểu mẫu.",
            en: "A field that is no signature was added to the form after signing.",
        },
        COMPARE,
    ),
    told(
        "FIELD_CHANGED",
        Text {
            vi: "Một trường bị thay đổi theo cách không phải là điền giá trị.",
            en: "A field was changed in a way that is not filling it in.",
        },
        REFUSE,
    ),
    told(
        "FIELD_FILLED",
        Text {
            vi: "Một trường để trống hoặc mở sẵn khi ký đã được điền, điều chữ ký cho phép.",
            en: "A field that was open when the document was signed was filled in, which the signature allows.",
        },
        NOTHING,
    ),
    told(
        "FIELD_LOCKED",
        Text {
            vi: "Một trường mà chữ ký đã khóa vẫn bị thay đổi.",
            en: "A field that the signature locked was changed all the same.",
        },
        REFUSE,
    ),
    told(
        "FIELD_LOOK_CHANGED",
        Text {
            vi: "Vẻ ngoài của một trường (vị trí chữ, màu, viền) bị thay đổi sau khi ký.",
            en: "The look of a field (alignment, colour, border) was changed after signing.",
        },
        COMPARE,
    ),
    told(
        "FIELD_READ_ONLY",
        Text {
            vi: "Một trường chỉ đọc vào lúc ký đã bị thay đổi.",
            en: "A field that was read-only when the document was signed was changed.",
        },
        REFUSE,
    ),
    told(
        "FIELD_REMOVED",
        Text {
            vi: "Một trường có trong bản đã ký không còn nữa.", en: "A field of the signed version is gone."
        },
        REFUSE,
    ),
    told(
        "FIELD_REPLACED",
        Text {
            vi: "Một trường mới mang cùng tên với trường đã có, nên chương trình đọc có thể nhầm hai trường.",
            en: "A new field has the name of one that was there, so readers may take one for the other.",
        },
        REFUSE,
    ),
    told(
        "FILE_ID_CHANGED",
        Text {
            vi: "Mã định danh cố định của tệp bị thay đổi.",
            en: "The permanent identifier of the file was changed.",
        },
        COMPARE,
    ),
    told(
        "FORM_CHANGED",
        Text {
            vi: "Một mục chung của biểu mẫu bị thay đổi sau khi ký.",
            en: "An entry of the form as a whole was changed after signing.",
        },
        COMPARE,
    ),
    told(
        "FORM_DEFAULTS_ADDED",
        Text {
            vi: "Phông chữ và giá trị mặc định của biểu mẫu được bổ sung, không đổi trường nào.",
            en: "Fonts and defaults of the form were added; no field was changed by it.",
        },
        NOTHING,
    ),
    told(
        "INFO_CHANGED",
        Text {
            vi: "Tên, tác giả hoặc mục khác trong thông tin văn bản bị thay đổi.",
            en: "Title, author or another entry of the document information was changed.",
        },
        COMPARE,
    ),
    told(
        "INFO_DATES",
        Text {
            vi: "Ngày sửa hoặc tên phần mềm trong thông tin văn bản được cập nhật, như mọi chương trình vẫn làm.",
            en: "The modification date or the program's name was updated, as every program does.",
        },
        NOTHING,
    ),
    told(
        "LAYERS_CHANGED",
        Text {
            vi: "Các lớp hiển thị bị thay đổi, nên phần đã ký có thể ẩn đi hoặc hiện ra.",
            en: "The layers were changed, so signed content may be hidden or shown.",
        },
        REFUSE,
    ),
    told(
        "METADATA_ADDED",
        Text {
            vi: "Siêu dữ liệu XMP được thêm vào sau khi ký.", en: "XMP metadata was added after signing."
        },
        COMPARE,
    ),
    told(
        "METADATA_CHANGED",
        Text {
            vi: "Siêu dữ liệu XMP bị thay đổi ở phần không phải ngày tháng.",
            en: "XMP metadata was changed beyond its dates.",
        },
        COMPARE,
    ),
    told(
        "METADATA_DATES",
        Text {
            vi: "Ngày trong siêu dữ liệu XMP được cập nhật, như mọi chương trình vẫn làm.",
            en: "The dates in the XMP metadata were updated, as every program does.",
        },
        NOTHING,
    ),
    told(
        "NAMES_CHANGED",
        Text {
            vi: "Bảng tên của văn bản bị thay đổi: tệp đính kèm, kịch bản hoặc đích liên kết.",
            en: "The document's names were changed: attachments, scripts or link targets.",
        },
        REFUSE,
    ),
    told(
        "NO_CHANGES_PERMITTED",
        Text {
            vi: "Chữ ký chứng nhận cấm mọi thay đổi, nhưng tệp vẫn bị thay đổi.",
            en: "The certifying signature forbids every change, and the file was changed.",
        },
        REFUSE,
    ),
    told(
        "NUMBER_OR_DATE_ADDED",
        Text {
            vi: "Ô số hoặc ngày, chỉ đọc và không che nội dung nào, được thêm cùng một chữ ký sau; được phép khi chữ ký đó đạt TOTAL-PASSED và danh sách vai trò cho biết đó là con dấu của cơ quan.",
            en: "A read-only field for number or date that covers nothing came with a later signature; it is allowed where that signature is TOTAL-PASSED and the roles say that it is an agency's seal.",
        },
        Text {
            vi: "Được phép thì không cần làm gì; chưa kết luận thì khai vai trò của người ký bằng `--roles TỆP` rồi kiểm tra lại.",
            en: "Where it is allowed, nothing; where it is open, tell who signs as what with `--roles FILE` and verify again.",
        },
    ),
    told(
        "OBJECT_COMPLETED_LATER",
        Text {
            vi: "Phiên bản đã ký nhắc tới một đối tượng mà nội dung chỉ được viết ra sau khi ký.",
            en: "The signed version refers to an object whose bytes were only written after signing.",
        },
        REFUSE,
    ),
    told(
        "OBJECT_UNLISTED",
        Text {
            vi: "Có một đối tượng mà không bảng tham chiếu nào dẫn tới; vài chương trình đọc vẫn thấy nó.",
            en: "There is an object that no cross-reference leads to; some readers find it all the same.",
        },
        REFUSE,
    ),
    told(
        "PAGE_ATTRIBUTE_CHANGED",
        Text {
            vi: "Một thuộc tính của trang (khổ giấy, xoay, khung cắt) bị thay đổi.",
            en: "An attribute of a page (size, rotation, crop) was changed.",
        },
        REFUSE,
    ),
    told("PAGE_CHANGED", Text { vi: "Trang bị thay đổi sau khi ký.", en: "A page was changed after signing." }, REFUSE),
    told(
        "PAGE_CONTENT_CHANGED",
        Text {
            vi: "Chữ, hình hoặc phông chữ của một trang bị thay đổi hay gỡ bỏ sau khi ký.",
            en: "Text, pictures or fonts of a page were changed or removed after signing.",
        },
        REFUSE,
    ),
    told(
        "PAGE_TREE_CHANGED",
        Text {
            vi: "Có trang được thêm, bớt hoặc đổi chỗ sau khi ký.",
            en: "Pages were added, removed or moved after signing.",
        },
        REFUSE,
    ),
    told(
        "PAGE_TREE_REPLACED",
        Text {
            vi: "Toàn bộ cây trang bị thay bằng cây khác.", en: "The whole page tree was replaced by another."
        },
        REFUSE,
    ),
    told(
        "PERMISSIONS_CHANGED",
        Text {
            vi: "Quyền do chữ ký chứng nhận đặt ra bị thay đổi.",
            en: "The permissions that a certifying signature sets were changed.",
        },
        REFUSE,
    ),
    told(
        "ROOT_MOVED",
        Text {
            vi: "Danh mục gốc được viết lại ở số đối tượng khác với cùng nội dung.",
            en: "The catalog was written under another object number with the same content.",
        },
        NOTHING,
    ),
    told(
        "ROOT_REPLACED",
        Text {
            vi: "Danh mục gốc bị thay bằng một danh mục đã nằm giấu sẵn trong phần được ký.",
            en: "The catalog was replaced by one that lay hidden in the signed bytes.",
        },
        REFUSE,
    ),
    told(
        "SECURITY_STORE",
        Text {
            vi: "Chứng thư số và dữ liệu thu hồi được thêm vào để kiểm tra về sau.",
            en: "Certificates and revocation data were added, for checking later on.",
        },
        NOTHING,
    ),
    told(
        "SIGNATURE_ADDED",
        Text {
            vi: "Một chữ ký khác được thêm vào; nó được xét riêng và phải tự đạt.",
            en: "Another signature was added; it is judged by itself and has to pass itself.",
        },
        SIGNER,
    ),
    told(
        "SIGNATURE_FIELD_CHANGED",
        Text {
            vi: "Trường chứa một chữ ký đã có bị thay đổi.", en: "The field of an existing signature was changed."
        },
        REFUSE,
    ),
    told(
        "SIGNATURE_FLAGS_CLEARED",
        Text {
            vi: "Cờ báo rằng văn bản có chữ ký bị xóa, nên chương trình khác có thể sửa mà không báo.",
            en: "The flags that tell programs of the signatures were cleared, so they may edit without warning.",
        },
        COMPARE,
    ),
    told(
        "SIGNATURE_REPLACED",
        Text {
            vi: "Từ điển của một chữ ký đã có bị thay bằng từ điển khác.",
            en: "The dictionary of an existing signature was replaced by another.",
        },
        REFUSE,
    ),
    told(
        "SIGNED_REVISION_UNKNOWN",
        Text {
            vi: "Phần được ký không kết thúc ở cuối một phiên bản, nên không biết người ký đã thấy gì.",
            en: "What was signed does not end where a revision ends, so nothing tells what the signer saw.",
        },
        REFUSE,
    ),
    told(
        "STRUCTURE_TREE_CHANGED",
        Text {
            vi: "Cây cấu trúc dùng cho công nghệ đọc màn hình bị thay đổi.",
            en: "The structure tree that screen readers go by was changed.",
        },
        COMPARE,
    ),
    told(
        "TOO_MANY_CHANGES",
        Text {
            vi: "Có nhiều thay đổi hơn số được liệt kê, nên không xét hết được.",
            en: "There are more changes than are listed, so not all were judged.",
        },
        REFUSE,
    ),
    told(
        "TRAILER_CHANGED",
        Text {
            vi: "Một mục của phần kết tệp bị thêm hoặc thay đổi.",
            en: "An entry of the trailer was added or changed.",
        },
        COMPARE,
    ),
    told(
        "VERSION_CHANGED",
        Text {
            vi: "Phiên bản PDF hoặc phần mở rộng được khai báo, như khi ghi thêm dữ liệu xác thực.",
            en: "The PDF version or an extension was declared, as is done when validation data is added.",
        },
        NOTHING,
    ),
    told(
        "WIDGET_MOVED",
        Text {
            vi: "Một trường bị dời chỗ hoặc đổi cỡ trên trang.", en: "A field was moved or resized on its page."
        },
        REFUSE,
    ),
    told(
        "WIDGET_REMOVED",
        Text {
            vi: "Một trường, có thể là hình chữ ký, không còn hiện trên trang nào.",
            en: "A field, perhaps the picture of a signature, is no longer shown on any page.",
        },
        REFUSE,
    ),
    told(
        "XFA_CHANGED",
        Text {
            vi: "Biểu mẫu XFA, thứ vài chương trình hiển thị thay cho trang, bị thay đổi.",
            en: "The XFA form, which some programs show in place of the pages, was changed.",
        },
        REFUSE,
    ),
    told(
        "XREF_ORDER",
        Text {
            vi: "Một bảng tham chiếu mới đứng trước bảng cũ hơn, nên thứ tự phiên bản không rõ ràng.",
            en: "A newer cross-reference stands before an older one, so the order of revisions is not plain.",
        },
        REFUSE,
    ),
    told(
        "XREF_REDIRECTED",
        Text {
            vi: "Một bảng tham chiếu sau dẫn đối tượng tới byte khác nằm sẵn trong phần đã ký.",
            en: "A later cross-reference leads an object to other bytes that lay in the signed part.",
        },
        REFUSE,
    ),
    told(
        "XREF_REPEATED",
        Text {
            vi: "Một bảng tham chiếu liệt kê cùng một đối tượng hai lần, nên mỗi chương trình đọc một khác.",
            en: "A cross-reference lists the same object twice, so readers see different documents.",
        },
        REFUSE,
    ),
    told(
        "doc-timestamp-added",
        Text {
            vi: "Loại thay đổi: một dấu thời gian văn bản được thêm vào.",
            en: "Kind of change: a document time-stamp was added.",
        },
        NOTHING,
    ),
    told(
        "signature-changed",
        Text {
            vi: "Loại thay đổi: một chữ ký đã có bị sửa hoặc thay thế.",
            en: "Kind of change: an existing signature was altered or replaced.",
        },
        REFUSE,
    ),
    told(
        "page-content",
        Text {
            vi: "Loại thay đổi: nội dung nhìn thấy trên trang.", en: "Kind of change: what a page shows."
        },
        REFUSE,
    ),
    told(
        "page-tree",
        Text {
            vi: "Loại thay đổi: có những trang nào, khổ và thứ tự của chúng.",
            en: "Kind of change: which pages there are, their sizes and order.",
        },
        REFUSE,
    ),
    told(
        "metadata",
        Text {
            vi: "Loại thay đổi: thông tin về văn bản như tên, tác giả, ngày.",
            en: "Kind of change: title, author, dates and the like.",
        },
        ASK,
    ),
    told("form", Text { vi: "Loại thay đổi: biểu mẫu nói chung.", en: "Kind of change: the form as a whole." }, ASK),
    told(
        "catalog",
        Text {
            vi: "Loại thay đổi: cách ứng xử của cả văn bản: kịch bản, lớp, đính kèm, quyền.",
            en: "Kind of change: how the document behaves: scripts, layers, attachments, permissions.",
        },
        REFUSE,
    ),
    told(
        "structure",
        Text {
            vi: "Loại thay đổi: bảng tham chiếu, phần kết tệp hoặc byte ngoài mọi phiên bản.",
            en: "Kind of change: cross-references, trailer or bytes outside every revision.",
        },
        ASK,
    ),
    told(
        "allowed",
        Text {
            vi: "Thay đổi sau khi ký mà chữ ký cho phép.", en: "A change after signing that the signature allows."
        },
        NOTHING,
    ),
    told(
        "not-judged",
        Text {
            vi: "Thay đổi sau khi ký không sửa nội dung trang nhưng cũng không thuộc loại được phép, nên chữ ký chỉ là INDETERMINATE.",
            en: "A change after signing that leaves the page content alone but is none of those allowed, so the signature is INDETERMINATE.",
        },
        COMPARE,
    ),
    told(
        "forbidden",
        Text {
            vi: "Thay đổi sau khi ký làm chữ ký thành TOTAL-FAILED.",
            en: "A change after signing that makes the signature TOTAL-FAILED.",
        },
        REFUSE,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::texts::verdicts::find;
    use crate::pdf::diff::{self, ChangeKind};
    use crate::validate::candidate::Judged;

    #[test]
    fn every_code_kind_and_judgement_of_a_change_is_explained_in_both_languages() {
        let kinds = ChangeKind::ALL.iter().map(|kind| kind.name());
        let judged = [Judged::Allowed, Judged::NotJudged, Judged::Forbidden].map(Judged::name);
        for code in diff::CODES.iter().copied().chain(kinds).chain(judged) {
            let entry = find(code).unwrap_or_else(|| panic!("{code} is not explained"));
            for text in [entry.why, entry.todo] {
                assert!(text.vi.len() > 20 && text.en.len() > 20 && text.vi != text.en, "{code}");
            }
        }
    }

    #[test]
    fn only_codes_that_a_change_can_have_are_listed() {
        let plain = |s: &str| s.to_ascii_uppercase().replace('-', "_");
        let known: Vec<String> = diff::CODES
            .iter()
            .copied()
            .chain(ChangeKind::ALL.iter().map(|kind| kind.name()))
            .chain(["allowed", "not-judged", "forbidden"])
            .map(plain)
            .collect();
        for entry in ALL {
            assert!(known.contains(&plain(entry.code)), "{} is nobody's code", entry.code);
            assert_eq!(ALL.iter().filter(|e| plain(e.code) == plain(entry.code)).count(), 1, "{}", entry.code);
        }
    }
}
