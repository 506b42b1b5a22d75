//! Code lists of the wire: agency codes, kinds of packet, urgency, business status, kinds of document.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// An agency code in one of the two forms in use.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AgencyCode(String);

/// Which of the two forms a code has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeForm {
    /// QCVN 102:2016: four groups, top level last, `000.01.00.H45`.
    Old,
    /// Decision 20/2020/QĐ-TTg: top level first, `H45.01`, at most 35 characters.
    New,
}

/// Not an agency code.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not an agency code (H45.01 or the older 000.01.00.H45)")]
pub struct NotAnAgencyCode(pub String);

impl AgencyCode {
    /// Reads a code in either form, exactly.
    ///
    /// # Errors
    /// [`NotAnAgencyCode`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAnAgencyCode> {
        match form(text) {
            Some(_) => Ok(AgencyCode(text.to_owned())),
            None => Err(NotAnAgencyCode(text.chars().take(60).collect())),
        }
    }

    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its form.
    pub fn form(&self) -> CodeForm {
        form(&self.0).unwrap_or(CodeForm::New)
    }
}

impl fmt::Display for AgencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn form(text: &str) -> Option<CodeForm> {
    let group = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let top = |s: &str| matches!(s.as_bytes(), [l, a, b] if l.is_ascii_uppercase() && a.is_ascii_digit() && b.is_ascii_digit());
    let groups: Vec<&str> = text.split('.').take(20).collect();
    match groups.as_slice() {
        [a, b, c, last] if a.len() == 3 && b.len() == 2 && c.len() == 2 && top(last) => {
            (group(a) && group(b) && group(c) && !top(a)).then_some(CodeForm::Old)
        }
        [first, rest @ ..] if top(first) && rest.iter().all(|g| group(g)) && text.len() <= 35 => Some(CodeForm::New),
        _ => None,
    }
}

/// What a packet does (`BussinessDocType`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// 0, a new document.
    #[default]
    New,
    /// 1, thu hồi: the sender takes a document back.
    Recall,
    /// 2, cập nhật: content or recipients of a document changed.
    Update,
    /// 3, thay thế: this document takes the place of others.
    Replace,
}

impl Kind {
    /// The number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Kind::New => 0,
            Kind::Recall => 1,
            Kind::Update => 2,
            Kind::Replace => 3,
        }
    }

    /// The kind a number on the wire means.
    pub fn from_number(number: i64) -> Option<Self> {
        [Kind::New, Kind::Recall, Kind::Update, Kind::Replace].into_iter().find(|k| i64::from(k.number()) == number)
    }

    /// The name used in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Recall => "recall",
            Kind::Update => "update",
            Kind::Replace => "replace",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Kind::New, Kind::Recall, Kind::Update, Kind::Replace].into_iter().find(|k| k.name() == name)
    }
}

/// Business status of a document at its receiver (`StatusCode`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// 01, đã đến.
    Arrived,
    /// 02, từ chối tiếp nhận.
    Refused,
    /// 03, đã tiếp nhận.
    Accepted,
    /// 04, phân công.
    Assigned,
    /// 05, đang xử lý.
    InProgress,
    /// 06, hoàn thành.
    Done,
    /// 13, lấy lại; the only one the sender of the document says.
    TakeBack,
    /// 15, đồng ý cập nhật hoặc lấy lại.
    Agreed,
    /// 16, từ chối cập nhật hoặc lấy lại.
    Declined,
}

const STATUSES: [(Status, &str, &str, &str); 9] = [
    (Status::Arrived, "01", "arrived", "Đã đến"),
    (Status::Refused, "02", "refused", "Từ chối tiếp nhận"),
    (Status::Accepted, "03", "accepted", "Đã tiếp nhận"),
    (Status::Assigned, "04", "assigned", "Phân công"),
    (Status::InProgress, "05", "in-progress", "Đang xử lý"),
    (Status::Done, "06", "done", "Hoàn thành"),
    (Status::TakeBack, "13", "take-back", "Lấy lại"),
    (Status::Agreed, "15", "agreed", "Đồng ý (cập nhật / lấy lại)"),
    (Status::Declined, "16", "declined", "Từ chối (cập nhật / lấy lại)"),
];

impl Status {
    /// Every status there is, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Status> {
        STATUSES.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Status, &'static str, &'static str, &'static str) {
        STATUSES.iter().find(|row| row.0 == self).unwrap_or(&STATUSES[0])
    }

    /// The two digits on the wire.
    pub fn code(self) -> &'static str {
        self.row().1
    }

    /// The status a code means; a single digit is read too.
    pub fn from_code(code: &str) -> Option<Self> {
        let code = code.trim();
        STATUSES.iter().find(|row| row.1 == code || row.1.strip_prefix('0') == Some(code)).map(|row| row.0)
    }

    /// The name used in reports and on the command line.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// What clerks call it.
    pub fn vietnamese(self) -> &'static str {
        self.row().3
    }

    /// True where the reason belongs into the packet: refusals and the take-back.
    pub fn needs_reason(self) -> bool {
        matches!(self, Status::Refused | Status::TakeBack | Status::Declined)
    }
}

/// Urgency (`Priority`): its number and what it is called.
pub const PRIORITIES: [(u8, &str); 5] =
    [(0, "thường"), (1, "khẩn"), (2, "thượng khẩn"), (3, "hỏa tốc"), (4, "hỏa tốc hẹn giờ")];

// Name, abbreviation, number in part B of the list of kinds in Amendment 1:2022 of QCVN 102.
const DOCUMENT_KINDS: [(&str, &str, i64); 32] = [
    ("Nghị quyết", "NQ", 1),
    ("Quyết định", "QĐ", 2),
    ("Chỉ thị", "CT", 3),
    ("Quy chế", "QC", 4),
    ("Quy định", "QyĐ", 5),
    ("Thông cáo", "TC", 6),
    ("Thông báo", "TB", 7),
    ("Hướng dẫn", "HD", 8),
    ("Chương trình", "CTr", 9),
    ("Kế hoạch", "KH", 10),
    ("Phương án", "PA", 11),
    ("Đề án", "ĐA", 12),
    ("Dự án", "DA", 13),
    ("Báo cáo", "BC", 14),
    ("Biên bản", "BB", 15),
    ("Tờ trình", "TTr", 16),
    ("Hợp đồng", "HĐ", 17),
    ("Công văn", "", 18),
    ("Công điện", "CĐ", 19),
    ("Bản ghi nhớ", "BGN", 20),
    ("Bản cam kết", "", 21),
    ("Bản thỏa thuận", "BTT", 22),
    ("Giấy chứng nhận", "", 23),
    ("Giấy ủy quyền", "GUQ", 24),
    ("Giấy mời", "GM", 25),
    ("Giấy giới thiệu", "GGT", 26),
    ("Giấy nghỉ phép", "GNP", 27),
    ("Giấy đi đường", "", 28),
    ("Giấy biên nhận", "", 29),
    ("Phiếu gửi", "PG", 30),
    ("Phiếu chuyển", "PC", 31),
    ("Thư công", "", 32),
];

/// The usual spelling and number of a kind of document, found by name (case, spaces and Unicode form do not matter)
/// or by its abbreviation, exactly (Decree 30/2020 Appendix III).
pub fn document_kind(text: &str) -> Option<(&'static str, i64)> {
    let wanted = fold(text);
    DOCUMENT_KINDS
        .iter()
        .find(|row| fold(row.0) == wanted || (!row.1.is_empty() && row.1 == text))
        .map(|row| (row.0, row.2))
}

/// NFC, lower case, runs of white space as one blank: how names of document kinds are compared.
pub fn fold(text: &str) -> String {
    let composed: String = text.nfc().flat_map(char::to_lowercase).collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_agency_code_are_told_apart() {
        for (text, form) in [
            ("000.01.00.H45", CodeForm::Old),
            ("000.00.00.G22", CodeForm::Old),
            ("002.00.20.H13", CodeForm::Old),
            ("H45", CodeForm::New),
            ("H45.01", CodeForm::New),
            ("H37.DN.001", CodeForm::New),
        ] {
            assert_eq!(AgencyCode::parse(text).map(|c| c.form()), Ok(form), "{text}");
        }
    }

    #[test]
    fn damaged_agency_codes_are_refused() {
        let long = format!("H45.{}", "A".repeat(32));
        assert_eq!(long.len(), 36);
        for text in
            ["", "H4", "h45", "H45.", "H45..01", "H45.01 ", "00.00.00.H45", "28.22.H17", "H45/01", long.as_str()]
        {
            assert!(AgencyCode::parse(text).is_err(), "{text}");
        }
        assert!(AgencyCode::parse(long.get(..35).expect("ASCII")).is_ok());
    }

    #[test]
    fn every_status_is_found_by_its_code_and_no_other_is() {
        for status in Status::all() {
            assert_eq!(Status::from_code(status.code()), Some(status));
        }
        assert_eq!(Status::from_code("3"), Some(Status::Accepted));
        for code in ["07", "14", "44", "", "003"] {
            assert_eq!(Status::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn document_kinds_are_found_in_any_unicode_form_and_case() {
        let decomposed: String = "CÔNG  VĂN".nfd().collect();
        assert_eq!(document_kind(&decomposed), Some(("Công văn", 18)));
        assert_eq!(document_kind("QĐ"), Some(("Quyết định", 2)));
        assert_eq!(document_kind("Thư tình"), None);
    }
}
