//! The fields of a header, read from the tree by local name: any namespace, any order.

use roxmltree::Node;

use crate::base::time::UnixTime;

use super::NAMESPACE;
use super::codes::{Kind, Status};
use super::date::{Date, parse_timestamp};
use super::detached::ENTRY_NAME;
use super::header::{
    Agency, Business, DocumentPacket, DocumentType, Extra, ExtraContent, Fault, FileEntry, Finding, OtherInfo,
    Replacement, ResponseFor, SignerInfo, Staff, StatusPacket, TraceHeader, UpdateInfo, cut,
};

/// Most elements of one list (recipients, replaced documents) that are read.
const MAX_LIST: usize = 200_000;

/// Reads fields and remembers what was odd.
pub(super) struct Fields {
    pub(super) findings: Vec<Finding>,
    // The envelope's own namespace: its elements and those without one are the regulation's.
    namespace: Option<String>,
}

type Element<'a, 'i> = Node<'a, 'i>;

/// Children that are elements of that local name.
pub(super) fn children<'a, 'i: 'a>(node: Element<'a, 'i>, name: &'static str) -> impl Iterator<Item = Element<'a, 'i>> {
    node.children().filter(move |n| n.is_element() && n.tag_name().name() == name).take(MAX_LIST)
}

/// All character data directly inside an element, without white space at its ends.
pub(super) fn text(node: Element<'_, '_>) -> String {
    let text: String = node.children().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
    text.trim().to_owned()
}

/// A content id without `cid:`.
pub(super) fn bare_id(id: &str) -> String {
    let id = id.trim();
    id.strip_prefix("cid:").or_else(|| id.strip_prefix("CID:")).unwrap_or(id).to_owned()
}

impl Fields {
    pub(super) fn new(namespace: Option<&str>) -> Self {
        Fields { findings: Vec::new(), namespace: namespace.map(str::to_owned) }
    }

    pub(super) fn add(&mut self, field: &str, fault: Fault) {
        self.findings.push(Finding { field: field.to_owned(), fault });
    }

    fn one<'a, 'i: 'a>(&mut self, node: Element<'a, 'i>, name: &'static str) -> Option<Element<'a, 'i>> {
        let mut found = children(node, name);
        let first = found.next();
        if found.next().is_some() {
            self.add(name, Fault::Repeated);
        }
        first
    }

    fn text(&mut self, node: Element<'_, '_>, name: &'static str) -> Option<String> {
        self.one(node, name).map(text).filter(|t| !t.is_empty())
    }

    fn value(&mut self, node: Element<'_, '_>, name: &'static str) -> String {
        self.text(node, name).unwrap_or_default()
    }

    fn integer(&mut self, node: Element<'_, '_>, name: &'static str) -> Option<i64> {
        let found = self.text(node, name)?;
        let number = found.parse().ok();
        if number.is_none() {
            self.add(name, Fault::Value { found: cut(&found) });
        }
        number
    }

    fn flag(&mut self, node: Element<'_, '_>, name: &'static str) -> bool {
        match self.text(node, name).as_deref() {
            None | Some("0" | "false") => false,
            Some("1" | "true") => true,
            Some(other) => {
                let found = cut(other);
                self.add(name, Fault::Value { found });
                false
            }
        }
    }

    fn date(&mut self, node: Element<'_, '_>, name: &'static str) -> Option<Date> {
        let found = self.text(node, name)?;
        let date = Date::parse(&found);
        if date.is_none() {
            self.add(name, Fault::Date { found: cut(&found) });
        }
        date
    }

    fn timestamp(&mut self, node: Element<'_, '_>, name: &'static str) -> Option<UnixTime> {
        let found = self.text(node, name)?;
        let at = parse_timestamp(&found);
        if at.is_none() {
            self.add(name, Fault::Date { found: cut(&found) });
        }
        at
    }

    fn extra(&self, node: Element<'_, '_>, known: &[&str]) -> Vec<Extra> {
        node.children()
            .filter(|n| n.is_element() && !known.contains(&n.tag_name().name()))
            .map(|n| self.keep(n))
            .collect()
    }

    // The depth of the tree is bounded by the scanner.
    fn keep(&self, node: Element<'_, '_>) -> Extra {
        let namespace = match node.tag_name().namespace() {
            None => Some(NAMESPACE),
            Some(own) if Some(own) == self.namespace.as_deref() => Some(NAMESPACE),
            other => other,
        };
        let attributes =
            node.attributes().map(|a| (a.namespace().map(str::to_owned), a.name().to_owned(), a.value().to_owned()));
        let content = node.children().filter_map(|child| {
            if child.is_element() {
                return Some(ExtraContent::Element(self.keep(child)));
            }
            child.text().filter(|_| child.is_text()).map(|t| ExtraContent::Text(t.to_owned()))
        });
        Extra {
            namespace: namespace.map(str::to_owned),
            name: node.tag_name().name().to_owned(),
            attributes: attributes.collect(),
            content: content.collect(),
        }
    }

    fn agency(&mut self, node: Element<'_, '_>) -> Agency {
        Agency {
            code: self.value(node, "OrganId"),
            in_charge: self.text(node, "OrganizationInCharge"),
            name: self.text(node, "OrganName"),
            address: self.text(node, "OrganAdd"),
            email: self.text(node, "Email"),
            telephone: self.text(node, "Telephone"),
            fax: self.text(node, "Fax"),
            website: self.text(node, "Website"),
            extra: self.extra(
                node,
                &["OrganId", "OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Telephone", "Fax", "Website"],
            ),
        }
    }

    fn response_for(&mut self, node: Element<'_, '_>) -> ResponseFor {
        ResponseFor {
            agency: self.value(node, "OrganId"),
            code: self.value(node, "Code"),
            document_id: self.value(node, "DocumentId"),
            date: self.date(node, "PromulgationDate"),
            extra: self.extra(node, &["OrganId", "Code", "DocumentId", "PromulgationDate"]),
        }
    }

    fn staff(&mut self, node: Element<'_, '_>) -> Staff {
        Staff {
            department: self.text(node, "Department"),
            name: self.text(node, "Staff"),
            email: self.text(node, "Email"),
            mobile: self.text(node, "Mobile"),
            extra: self.extra(node, &["Department", "Staff", "Email", "Mobile"]),
        }
    }

    /// `MessageHeader` of a status packet.
    pub(super) fn status(&mut self, header: Element<'_, '_>) -> StatusPacket {
        let status_code = self.value(header, "StatusCode");
        StatusPacket {
            from: self.one(header, "From").map(|n| self.agency(n)).unwrap_or_default(),
            about: self.one(header, "ResponseFor").map(|n| self.response_for(n)).unwrap_or_default(),
            staff: self.one(header, "StaffInfo").map(|n| self.staff(n)),
            status: Status::from_code(&status_code),
            status_code,
            description: self.text(header, "Description"),
            at: self.timestamp(header, "Timestamp"),
            extra: self.extra(header, &["From", "ResponseFor", "StaffInfo", "StatusCode", "Description", "Timestamp"]),
        }
    }

    /// Unknown children of an element, with its name.
    pub(super) fn elsewhere(
        &self,
        parent: &str,
        node: Option<Element<'_, '_>>,
        known: &[&str],
    ) -> Vec<(String, Extra)> {
        let found = node.map(|n| self.extra(n, &[])).unwrap_or_default();
        // Some of these are found in any case, so none of them is unknown in another.
        let unknown = found.into_iter().filter(|e| !known.iter().any(|k| k.eq_ignore_ascii_case(&e.name)));
        unknown.map(|extra| (parent.to_owned(), extra)).collect()
    }

    /// `MessageHeader` of a packet with a document, and the `TraceHeaderList` beside it; files come later.
    pub(super) fn document(&mut self, header: Element<'_, '_>, trace: Option<Element<'_, '_>>) -> DocumentPacket {
        let mut packet = self.message(header, trace);
        let inside = |node: Element<'_, '_>, name: &'static str| children(node, name).next().map(|n| n.id());
        let tree = header.document();
        let at = |id: Option<roxmltree::NodeId>| id.and_then(|id| tree.get_node(id));
        let other = at(inside(header, "OtherInfo")).and_then(|n| inside(n, "Appendixes"));
        let update = trace
            .and_then(|n| inside(n, "Bussiness"))
            .and_then(|id| tree.get_node(id))
            .and_then(|n| inside(n, "BussinessDocumentInfo"));
        for (parent, node, known) in [
            ("Code", at(inside(header, "Code")), &["CodeNumber", "CodeNotation"][..]),
            ("PromulgationInfo", at(inside(header, "PromulgationInfo")), &["Place", "PromulgationDate"]),
            ("DocumentType", at(inside(header, "DocumentType")), &["Type", "TypeDetail", "TypeName"]),
            ("Appendixes", at(other), &["Appendix"]),
            ("ToPlaces", at(inside(header, "ToPlaces")), &["Place"]),
            ("BussinessDocumentInfo", at(update), &["DocumentInfo", "DocumentReceiver", "ReceiverList"]),
            ("TraceHeaderList", trace, &["TraceHeader", "Bussiness"]),
        ] {
            packet.elsewhere.extend(self.elsewhere(parent, node, known));
        }
        packet
    }

    fn message(&mut self, header: Element<'_, '_>, trace: Option<Element<'_, '_>>) -> DocumentPacket {
        let code = self.one(header, "Code");
        let promulgation = self.one(header, "PromulgationInfo");
        let places = self.one(header, "ToPlaces");
        DocumentPacket {
            from: self.one(header, "From").map(|n| self.agency(n)).unwrap_or_default(),
            to: children(header, "To").map(|n| self.agency(n)).collect(),
            document_id: self.value(header, "DocumentId"),
            number: code.map(|n| self.value(n, "CodeNumber")).unwrap_or_default(),
            notation: code.map(|n| self.value(n, "CodeNotation")).unwrap_or_default(),
            place: promulgation.and_then(|n| self.text(n, "Place")),
            date: promulgation.and_then(|n| self.date(n, "PromulgationDate")),
            document_type: self.one(header, "DocumentType").map(|n| self.document_type(n)).unwrap_or_default(),
            subject: self.value(header, "Subject"),
            content: self.text(header, "Content"),
            signer: self.one(header, "SignerInfo").map(|n| self.signer(n)).unwrap_or_default(),
            due: self.date(header, "DueDate"),
            other: self.one(header, "OtherInfo").map(|n| self.other_info(n)).unwrap_or_default(),
            response_for: children(header, "ResponseFor").map(|n| self.response_for(n)).collect(),
            steering: self.integer(header, "SteeringType"),
            to_places: places.map(|n| children(n, "Place").map(text).collect()).unwrap_or_default(),
            extra: self.extra(
                header,
                &[
                    "From",
                    "To",
                    "DocumentId",
                    "Code",
                    "PromulgationInfo",
                    "DocumentType",
                    "Subject",
                    "Content",
                    "SignerInfo",
                    "DueDate",
                    "OtherInfo",
                    "ResponseFor",
                    "SteeringType",
                    "ToPlaces",
                ],
            ),
            trace: trace
                .map(|n| {
                    children(n, "TraceHeader")
                        .map(|t| TraceHeader {
                            agency: self.value(t, "OrganId"),
                            at: self.timestamp(t, "Timestamp"),
                            extra: self.extra(t, &["OrganId", "Timestamp"]),
                        })
                        .collect()
                })
                .unwrap_or_default(),
            business: trace.and_then(|n| self.one(n, "Bussiness")).map(|n| self.business(n)).unwrap_or_default(),
            files: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    fn document_type(&mut self, node: Element<'_, '_>) -> DocumentType {
        DocumentType {
            number: self.integer(node, "Type"),
            detail: self.integer(node, "TypeDetail"),
            name: self.value(node, "TypeName"),
        }
    }

    fn signer(&mut self, node: Element<'_, '_>) -> SignerInfo {
        SignerInfo {
            competence: self.text(node, "Competence"),
            position: self.text(node, "Position"),
            full_name: self.text(node, "FullName"),
            extra: self.extra(node, &["Competence", "Position", "FullName"]),
        }
    }

    fn other_info(&mut self, node: Element<'_, '_>) -> OtherInfo {
        let appendixes = self.one(node, "Appendixes");
        OtherInfo {
            priority: self.integer(node, "Priority").unwrap_or(0),
            sphere: self.text(node, "SphereOfPromulgation"),
            typist: self.text(node, "TyperNotation"),
            copies: self.integer(node, "PromulgationAmount"),
            pages: self.integer(node, "PageAmount"),
            appendixes: appendixes.map(|n| children(n, "Appendix").map(text).collect()).unwrap_or_default(),
            extra: self.extra(
                node,
                &[
                    "Priority",
                    "SphereOfPromulgation",
                    "TyperNotation",
                    "PromulgationAmount",
                    "PageAmount",
                    "Appendixes",
                ],
            ),
        }
    }

    fn business(&mut self, node: Element<'_, '_>) -> Business {
        let number = self.integer(node, "BussinessDocType").unwrap_or(0);
        let kind = Kind::from_number(number).unwrap_or_else(|| {
            self.add("BussinessDocType", Fault::Value { found: number.to_string() });
            Kind::New
        });
        let list = self.one(node, "ReplacementInfoList");
        Business {
            kind,
            document_id: self.text(node, "DocumentId"),
            reason: self.text(node, "BussinessDocReason"),
            paper: self.integer(node, "Paper"),
            update: self.one(node, "BussinessDocumentInfo").map(|n| self.update(n)),
            replacements: list
                .map(|n| children(n, "ReplacementInfo").map(|r| self.replacement(r)).collect())
                .unwrap_or_default(),
            staff: self.one(node, "StaffInfo").map(|n| self.staff(n)),
            extra: self.extra(
                node,
                &[
                    "DocumentId",
                    "BussinessDocType",
                    "BussinessDocReason",
                    "Paper",
                    "BussinessDocumentInfo",
                    "ReplacementInfoList",
                    "StaffInfo",
                ],
            ),
        }
    }

    fn update(&mut self, node: Element<'_, '_>) -> UpdateInfo {
        let list = self.one(node, "ReceiverList");
        UpdateInfo {
            content_changed: self.flag(node, "DocumentInfo"),
            recipients_changed: self.flag(node, "DocumentReceiver"),
            receivers: list
                .map(|n| {
                    children(n, "Receiver").map(|r| (self.value(r, "OrganId"), self.flag(r, "ReceiverType"))).collect()
                })
                .unwrap_or_default(),
        }
    }

    fn replacement(&mut self, node: Element<'_, '_>) -> Replacement {
        let list = self.one(node, "OrganIdList");
        Replacement {
            document_id: self.value(node, "DocumentId"),
            agencies: list.map(|n| children(n, "OrganId").map(text).collect()).unwrap_or_default(),
            extra: self.extra(node, &["DocumentId", "OrganIdList"]),
        }
    }

    /// A manifest `Reference` or an `Attachment`, which share their children.
    pub(super) fn file(&mut self, node: Element<'_, '_>) -> FileEntry {
        // Some packets of .NET peers put the id into an attribute of the manifest's reference.
        let link = node.attributes().find(|a| a.name() == "href").map(|a| a.value().to_owned());
        let id = self.text(node, "ContentId").or(link).unwrap_or_default();
        FileEntry {
            content_id: bare_id(&id),
            name: self.value(node, "AttachmentName"),
            content_type: self.value(node, "ContentType"),
            description: self.text(node, "Description"),
            extra: self.extra(
                node,
                &["ContentId", "AttachmentName", "ContentType", "Description", "ContentTransferEncoded", ENTRY_NAME],
            ),
        }
    }
}
