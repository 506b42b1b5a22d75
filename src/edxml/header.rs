//! What a packet says about its document: the fields of QCVN 102:2016/BTTTT, and the rules for writing them.
//!
//! Values are kept as they came; a field that breaks a rule is a [`Finding`], a warning on input and a refusal on
//! output.

use std::collections::HashSet;
use std::fmt;

use crate::base::time::UnixTime;

use super::codes::{AgencyCode, Kind, Status};
use super::date::Date;

/// An agency as sender or recipient.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Agency {
    /// `OrganId`, the agency code.
    pub code: String,
    /// `OrganizationInCharge`, the agency above it.
    pub in_charge: Option<String>,
    /// `OrganName`.
    pub name: Option<String>,
    /// `OrganAdd`.
    pub address: Option<String>,
    /// `Email`.
    pub email: Option<String>,
    /// `Telephone`.
    pub telephone: Option<String>,
    /// `Fax`.
    pub fax: Option<String>,
    /// `Website`.
    pub website: Option<String>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// An element we do not know, kept whole so that it travels on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extra {
    /// Namespace; `None` for an element in none.
    pub namespace: Option<String>,
    /// Local name.
    pub name: String,
    /// Attributes as (namespace, local name, value).
    pub attributes: Vec<(Option<String>, String, String)>,
    /// What is inside, in order.
    pub content: Vec<ExtraContent>,
}

/// Content of an [`Extra`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ExtraContent {
    /// Character data.
    Text(String),
    /// A child element.
    Element(Extra),
}

/// `DocumentType`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DocumentType {
    /// `Type`.
    pub number: Option<i64>,
    /// `TypeDetail`.
    pub detail: Option<i64>,
    /// `TypeName`, which receivers go by.
    pub name: String,
}

/// `SignerInfo`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignerInfo {
    /// `Competence`: TM., KT., TL., TUQ., Q.
    pub competence: Option<String>,
    /// `Position`.
    pub position: Option<String>,
    /// `FullName`.
    pub full_name: Option<String>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// `OtherInfo`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OtherInfo {
    /// `Priority`, 0 to 4 (see [`super::codes::PRIORITIES`]).
    pub priority: i64,
    /// `SphereOfPromulgation`.
    pub sphere: Option<String>,
    /// `TyperNotation`.
    pub typist: Option<String>,
    /// `PromulgationAmount`, number of copies.
    pub copies: Option<i64>,
    /// `PageAmount`.
    pub pages: Option<i64>,
    /// `Appendixes`, one description each.
    pub appendixes: Vec<String>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// `ResponseFor`: another document this packet speaks about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ResponseFor {
    /// `OrganId`.
    pub agency: String,
    /// `Code`, `number/notation` in one string.
    pub code: String,
    /// `DocumentId`.
    pub document_id: String,
    /// `PromulgationDate`.
    pub date: Option<Date>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// `StaffInfo`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Staff {
    /// `Department`.
    pub department: Option<String>,
    /// `Staff`, a name.
    pub name: Option<String>,
    /// `Email`.
    pub email: Option<String>,
    /// `Mobile`.
    pub mobile: Option<String>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// `TraceHeader`: a system the packet passed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TraceHeader {
    /// `OrganId`.
    pub agency: String,
    /// `Timestamp`.
    pub at: Option<UnixTime>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// `Bussiness` (sic): what the packet does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Business {
    /// `BussinessDocType`.
    pub kind: Kind,
    /// `DocumentId` of the document an update touches.
    pub document_id: Option<String>,
    /// `BussinessDocReason`.
    pub reason: Option<String>,
    /// `Paper`: 1 when a paper copy travels as well.
    pub paper: Option<i64>,
    /// `BussinessDocumentInfo`, updates only.
    pub update: Option<UpdateInfo>,
    /// `ReplacementInfoList`, replacements only.
    pub replacements: Vec<Replacement>,
    /// `StaffInfo`.
    pub staff: Option<Staff>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

impl Business {
    /// True when it says more than that a document is new: which other document the packet touches, how and why.
    /// A signature of the packet has to cover that, although it stands among what every system adds to.
    pub fn is_order(&self) -> bool {
        self.kind != Kind::New
            || self.document_id.is_some()
            || self.reason.is_some()
            || self.update.is_some()
            || !self.replacements.is_empty()
    }
}

/// `BussinessDocumentInfo`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UpdateInfo {
    /// `DocumentInfo`: content or metadata changed.
    pub content_changed: bool,
    /// `DocumentReceiver`: the list of recipients changed.
    pub recipients_changed: bool,
    /// `ReceiverList`: agency code, and whether it was added (`ReceiverType` 1) or taken off (0).
    pub receivers: Vec<(String, bool)>,
}

/// `ReplacementInfo`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Replacement {
    /// `DocumentId` of the document replaced.
    pub document_id: String,
    /// `OrganIdList`: the agencies for which it is replaced.
    pub agencies: Vec<String>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// One file of the packet, as the manifest and the attachment itself describe it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FileEntry {
    /// `ContentId` without `cid:`.
    pub content_id: String,
    /// `AttachmentName`, as it came.
    pub name: String,
    /// `ContentType`.
    pub content_type: String,
    /// `Description`.
    pub description: Option<String>,
    /// Children of the attachment the regulation does not have.
    pub extra: Vec<Extra>,
}

/// Elements that stand once and whose unknown children are kept in [`DocumentPacket::elsewhere`].
pub const ELSEWHERE: [&str; 10] = [
    "Code",
    "PromulgationInfo",
    "DocumentType",
    "Appendixes",
    "ToPlaces",
    "BussinessDocumentInfo",
    "TraceHeaderList",
    "edXMLHeader",
    "edXMLBody",
    "edXMLManifest",
];

/// A packet that carries, recalls, updates or replaces a document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DocumentPacket {
    /// `From`.
    pub from: Agency,
    /// `To`, one each.
    pub to: Vec<Agency>,
    /// `DocumentId`; see [`DocumentPacket::three_part_id`].
    pub document_id: String,
    /// `CodeNumber`.
    pub number: String,
    /// `CodeNotation`.
    pub notation: String,
    /// `Place` of promulgation.
    pub place: Option<String>,
    /// `PromulgationDate`.
    pub date: Option<Date>,
    /// `DocumentType`.
    pub document_type: DocumentType,
    /// `Subject`.
    pub subject: String,
    /// `Content`.
    pub content: Option<String>,
    /// `SignerInfo`.
    pub signer: SignerInfo,
    /// `DueDate`.
    pub due: Option<Date>,
    /// `OtherInfo`.
    pub other: OtherInfo,
    /// `ResponseFor`.
    pub response_for: Vec<ResponseFor>,
    /// `SteeringType`: 1 none, 2 steering, 3 report on a steering document.
    pub steering: Option<i64>,
    /// `ToPlaces`.
    pub to_places: Vec<String>,
    /// Children of `MessageHeader` the regulation does not have.
    pub extra: Vec<Extra>,
    /// Unknown children of the other elements, each with the name of its parent, one of [`ELSEWHERE`].
    pub elsewhere: Vec<(String, Extra)>,
    /// `TraceHeader`s, oldest first.
    pub trace: Vec<TraceHeader>,
    /// `Bussiness`.
    pub business: Business,
    /// The files, in order.
    pub files: Vec<FileEntry>,
}

/// A packet that reports the status of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusPacket {
    /// `From`: who reports.
    pub from: Agency,
    /// `ResponseFor`: the document.
    pub about: ResponseFor,
    /// `StaffInfo`.
    pub staff: Option<Staff>,
    /// `StatusCode`; `None` for a code we do not know.
    pub status: Option<Status>,
    /// `StatusCode` as it came.
    pub status_code: String,
    /// `Description`: the reason of a refusal, or free text.
    pub description: Option<String>,
    /// `Timestamp`.
    pub at: Option<UnixTime>,
    /// Children the regulation does not have.
    pub extra: Vec<Extra>,
}

/// What breaks a rule, where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Path of the field, `From/OrganId`.
    pub field: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not there, or empty.
    #[error("is missing")]
    Missing,
    /// Longer than the limit.
    #[error("has {length} characters where at most {limit} are allowed")]
    TooLong {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// Not an agency code.
    #[error("is {found:?}, which is not an agency code (H45.01 or the older 000.01.00.H45)")]
    AgencyCode {
        /// As it came, cut to 60 characters.
        found: String,
    },
    /// Not a value of its list or range.
    #[error("is {found:?}, which is not an allowed value")]
    Value {
        /// As it came, cut to 60 characters.
        found: String,
    },
    /// A date or time in no spelling we know.
    #[error("is {found:?}, which is not a date")]
    Date {
        /// As it came, cut to 60 characters.
        found: String,
    },
    /// Stands more than once where once is due; the first is used.
    #[error("stands more than once")]
    Repeated,
    /// A control character that XML cannot carry.
    #[error("has a control character")]
    ControlCharacter,
    /// In another namespace than the regulation's.
    #[error("is in the namespace {found:?} instead of the one of QCVN 102:2016")]
    Namespace {
        /// As it came, cut to 60 characters.
        found: String,
    },
    /// Manifest and attachments do not say the same.
    #[error("does not fit between manifest and attachments")]
    Mismatch,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.fault)
    }
}

impl DocumentPacket {
    /// `OrganId,yyyy/MM/dd,Number/Notation`: the identifier to write; `None` without a date.
    pub fn three_part_id(&self) -> Option<String> {
        self.date.map(|date| format!("{},{date},{}/{}", self.from.code, self.number, self.notation))
    }

    /// Every rule of the wire this packet breaks; empty when it can be written.
    pub fn check(&self) -> Vec<Finding> {
        let mut rules = Rules(Vec::new());
        rules.agency("From", &self.from);
        if self.to.is_empty() {
            rules.add("To", Fault::Missing);
        }
        let mut seen = HashSet::new();
        for to in &self.to {
            rules.agency("To", to);
            if !seen.insert(&to.code) {
                rules.add("To/OrganId", Fault::Repeated);
            }
        }
        rules.required("DocumentId", &self.document_id, 200);
        rules.required("Code/CodeNumber", &self.number, 11);
        if !self.number.is_empty() && !self.number.chars().all(char::is_alphanumeric) {
            rules.value("Code/CodeNumber", &self.number);
        }
        rules.required("Code/CodeNotation", &self.notation, 30);
        if self.notation.contains([',', ' ', '\n', '\t']) {
            rules.value("Code/CodeNotation", &self.notation);
        }
        rules.optional("PromulgationInfo/Place", self.place.as_deref(), 100);
        if self.date.is_none() {
            rules.add("PromulgationInfo/PromulgationDate", Fault::Missing);
        }
        rules.required("DocumentType/TypeName", &self.document_type.name, 100);
        rules.required("Subject", &self.subject, 500);
        rules.optional("Content", self.content.as_deref(), usize::MAX);
        rules.optional("SignerInfo/Competence", self.signer.competence.as_deref(), 100);
        rules.optional("SignerInfo/Position", self.signer.position.as_deref(), 100);
        rules.optional("SignerInfo/FullName", self.signer.full_name.as_deref(), 50);
        rules.range("OtherInfo/Priority", Some(self.other.priority), 4);
        rules.optional("OtherInfo/SphereOfPromulgation", self.other.sphere.as_deref(), 100);
        rules.optional("OtherInfo/TyperNotation", self.other.typist.as_deref(), 10);
        rules.range("OtherInfo/PromulgationAmount", self.other.copies, 999);
        rules.range("OtherInfo/PageAmount", self.other.pages, 999);
        for appendix in &self.other.appendixes {
            rules.optional("OtherInfo/Appendixes/Appendix", Some(appendix), 500);
        }
        for about in &self.response_for {
            rules.response_for(about);
        }
        rules.range("SteeringType", self.steering, 3);
        let places: usize = self.to_places.iter().map(|p| p.chars().count()).fold(0, usize::saturating_add);
        rules.length("ToPlaces", places, 1000);
        for place in &self.to_places {
            rules.characters("ToPlaces/Place", place);
        }
        self.check_business(&mut rules);
        self.check_files(&mut rules);
        rules.0
    }

    fn check_business(&self, rules: &mut Rules) {
        for trace in &self.trace {
            rules.code("TraceHeader/OrganId", &trace.agency);
            if trace.at.is_none() {
                rules.add("TraceHeader/Timestamp", Fault::Missing);
            }
        }
        let business = &self.business;
        rules.optional("BussinessDocReason", business.reason.as_deref(), 200);
        rules.optional("Bussiness/DocumentId", business.document_id.as_deref(), 200);
        rules.staff(business.staff.as_ref());
        if let Some(update) = &business.update {
            for (code, _) in &update.receivers {
                rules.code("ReceiverList/Receiver/OrganId", code);
            }
        }
        for replacement in &business.replacements {
            rules.required("ReplacementInfo/DocumentId", &replacement.document_id, 200);
            for code in &replacement.agencies {
                rules.code("ReplacementInfo/OrganIdList/OrganId", code);
            }
        }
        match business.kind {
            Kind::New => {}
            Kind::Recall if self.response_for.is_empty() => rules.add("ResponseFor", Fault::Missing),
            Kind::Update if business.document_id.as_deref().unwrap_or("").is_empty() => {
                rules.add("Bussiness/DocumentId", Fault::Missing);
            }
            Kind::Replace if business.replacements.is_empty() => rules.add("ReplacementInfoList", Fault::Missing),
            Kind::Recall | Kind::Update | Kind::Replace => {}
        }
    }

    fn check_files(&self, rules: &mut Rules) {
        let mut ids = HashSet::new();
        for file in &self.files {
            rules.required("Attachment/ContentId", &file.content_id, 200);
            rules.required("Attachment/AttachmentName", &file.name, 255);
            rules.required("Attachment/ContentType", &file.content_type, 100);
            rules.optional("Attachment/Description", file.description.as_deref(), 500);
            if !file.content_id.chars().all(|c| c.is_ascii_alphanumeric() || "-._@".contains(c)) {
                rules.value("Attachment/ContentId", &file.content_id);
            }
            if !ids.insert(&file.content_id) {
                rules.add("Attachment/ContentId", Fault::Repeated);
            }
        }
    }
}

impl StatusPacket {
    /// Every rule of the wire this packet breaks; empty when it can be written.
    pub fn check(&self) -> Vec<Finding> {
        let mut rules = Rules(Vec::new());
        rules.agency("From", &self.from);
        rules.response_for(&self.about);
        rules.staff(self.staff.as_ref());
        match self.status {
            None => rules.value("StatusCode", &self.status_code),
            Some(status) if status.needs_reason() && self.description.as_deref().unwrap_or("").is_empty() => {
                rules.add("Description", Fault::Missing);
            }
            Some(_) => {}
        }
        rules.optional("Description", self.description.as_deref(), 500);
        if self.at.is_none() {
            rules.add("Timestamp", Fault::Missing);
        }
        rules.0
    }
}

/// Cuts a value for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

// Lengths are those of Decree 30/2020 Appendix VI and of the data models of known systems.
struct Rules(Vec<Finding>);

impl Rules {
    fn add(&mut self, field: &str, fault: Fault) {
        self.0.push(Finding { field: field.to_owned(), fault });
    }

    fn value(&mut self, field: &str, found: &str) {
        self.add(field, Fault::Value { found: cut(found) });
    }

    fn length(&mut self, field: &str, length: usize, limit: usize) {
        if length > limit {
            self.add(field, Fault::TooLong { length, limit });
        }
    }

    fn characters(&mut self, field: &str, value: &str) {
        if !value.chars().all(is_xml_char) {
            self.add(field, Fault::ControlCharacter);
        }
    }

    fn optional(&mut self, field: &str, value: Option<&str>, limit: usize) {
        if let Some(value) = value {
            self.length(field, value.chars().count(), limit);
            self.characters(field, value);
        }
    }

    fn required(&mut self, field: &str, value: &str, limit: usize) {
        if value.trim().is_empty() {
            self.add(field, Fault::Missing);
        }
        self.optional(field, Some(value), limit);
    }

    fn range(&mut self, field: &str, value: Option<i64>, most: i64) {
        if let Some(value) = value
            && !(0..=most).contains(&value)
        {
            self.value(field, &value.to_string());
        }
    }

    fn code(&mut self, field: &str, code: &str) {
        if AgencyCode::parse(code).is_err() {
            self.add(field, Fault::AgencyCode { found: cut(code) });
        }
    }

    fn agency(&mut self, field: &str, agency: &Agency) {
        self.code(&format!("{field}/OrganId"), &agency.code);
        let name = format!("{field}/OrganName");
        self.required(&name, agency.name.as_deref().unwrap_or(""), 200);
        for (part, value, limit) in [
            ("OrganizationInCharge", &agency.in_charge, 200),
            ("OrganAdd", &agency.address, 250),
            ("Email", &agency.email, 100),
            ("Telephone", &agency.telephone, 50),
            ("Fax", &agency.fax, 50),
            ("Website", &agency.website, 100),
        ] {
            self.optional(&format!("{field}/{part}"), value.as_deref(), limit);
        }
    }

    fn staff(&mut self, staff: Option<&Staff>) {
        let Some(staff) = staff else { return };
        self.optional("StaffInfo/Department", staff.department.as_deref(), 250);
        self.optional("StaffInfo/Staff", staff.name.as_deref(), 100);
        self.optional("StaffInfo/Email", staff.email.as_deref(), 100);
        self.optional("StaffInfo/Mobile", staff.mobile.as_deref(), 100);
    }

    fn response_for(&mut self, about: &ResponseFor) {
        self.code("ResponseFor/OrganId", &about.agency);
        self.required("ResponseFor/Code", &about.code, 42);
        self.required("ResponseFor/DocumentId", &about.document_id, 200);
        if about.date.is_none() {
            self.add("ResponseFor/PromulgationDate", Fault::Missing);
        }
    }
}

/// Characters an XML 1.0 document can hold (§2.2).
pub(super) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A packet that breaks no rule.
    pub(in crate::edxml) fn sample() -> DocumentPacket {
        let agency =
            |code: &str, name: &str| Agency { code: code.to_owned(), name: Some(name.to_owned()), ..Agency::default() };
        let mut packet = DocumentPacket {
            from: agency("000.00.00.H99", "Ủy ban nhân dân tỉnh A"),
            to: vec![agency("H99.01", "Sở B"), agency("H99.02", "Sở C & D")],
            number: "12".to_owned(),
            notation: "UBND-TT".to_owned(),
            place: Some("Phú Yên".to_owned()),
            date: Date::new(2026, 3, 5),
            document_type: DocumentType { number: Some(18), detail: Some(0), name: "Công văn".to_owned() },
            subject: "V/v thử nghiệm <liên thông>".to_owned(),
            signer: SignerInfo {
                competence: Some("KT.".to_owned()),
                position: Some("Phó Chủ tịch".to_owned()),
                full_name: Some("Nguyễn Văn A".to_owned()),
                extra: Vec::new(),
            },
            trace: vec![TraceHeader {
                agency: "000.00.00.H99".to_owned(),
                at: UnixTime::parse_rfc3339("2026-03-05T08:09:11+07:00"),
                extra: Vec::new(),
            }],
            ..DocumentPacket::default()
        };
        packet.document_id = packet.three_part_id().expect("has a date");
        packet
    }

    fn faults(change: impl FnOnce(&mut DocumentPacket)) -> Vec<String> {
        let mut packet = sample();
        change(&mut packet);
        packet.check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_packet_has_no_finding() {
        assert_eq!(faults(|_| {}), Vec::<String>::new());
        assert_eq!(sample().document_id, "000.00.00.H99,2026/03/05,12/UBND-TT");
    }

    #[test]
    fn each_limit_holds_at_the_bound_and_breaks_one_past_it() {
        assert!(faults(|p| p.subject = "đ".repeat(500)).is_empty());
        assert_eq!(
            faults(|p| p.subject = "đ".repeat(501)),
            ["Subject has 501 characters where at most 500 are allowed"]
        );
        assert!(faults(|p| p.number = "1".repeat(11)).is_empty());
        assert_eq!(faults(|p| p.number = "1".repeat(12)).len(), 1);
        assert_eq!(faults(|p| p.other.priority = 5), ["OtherInfo/Priority is \"5\", which is not an allowed value"]);
    }

    #[test]
    fn codes_recipients_and_dates_out_of_form_are_found() {
        assert_eq!(faults(|p| p.to.clear()), ["To is missing"]);
        assert_eq!(faults(|p| p.to[1].code = "H99.01".to_owned()), ["To/OrganId stands more than once"]);
        assert_eq!(faults(|p| p.from.code = "X".to_owned()).len(), 1);
        assert_eq!(faults(|p| p.date = None), ["PromulgationInfo/PromulgationDate is missing"]);
        assert_eq!(faults(|p| p.subject = "a\u{1}b".to_owned()), ["Subject has a control character"]);
        assert_eq!(faults(|p| p.notation = "A,B".to_owned()).len(), 1);
    }

    #[test]
    fn each_kind_must_name_what_it_touches() {
        assert_eq!(faults(|p| p.business.kind = Kind::Recall), ["ResponseFor is missing"]);
        assert_eq!(faults(|p| p.business.kind = Kind::Update), ["Bussiness/DocumentId is missing"]);
        assert_eq!(faults(|p| p.business.kind = Kind::Replace), ["ReplacementInfoList is missing"]);
    }
}
