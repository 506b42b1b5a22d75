//! The description of a package as a file: TOML or JSON, the same for `pack --meta` and what `unpack` leaves behind.
//!
//! Unknown keys are errors, so a misspelled field is never silently left out of a packet.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::error::CliError;
use crate::cli::files::read_small;
use crate::cli::texts::errors::Code;
use crate::edxml::header::{
    Agency, DocumentPacket, DocumentType, ELSEWHERE, Extra, ExtraContent, Fault, Finding, Replacement, ResponseFor,
    SignerInfo, Staff, StatusPacket, TraceHeader, UpdateInfo,
};
use crate::edxml::{Date, Kind, date};

/// Most bytes of a description.
const LARGEST: u64 = 4 << 20;

/// What is said about a package.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Metadata {
    /// Box 10a of Decree 30/2020 Appendix I; a package with anything in it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secrecy: Option<String>,
    /// `new`, `recall`, `update` or `replace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// Two-digit business status, for a status packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) document_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) type_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) type_detail: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steering: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sphere: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) typist: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copies: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pages: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) appendixes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to_places: Vec<String>,
    /// 1 when a paper copy travels as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paper: Option<i64>,
    /// Why something is recalled, updated, replaced or refused; the description of a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// `yyyy/MM/dd HH:mm:ss` of a status, Vietnam time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Party>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to: Vec<Party>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signer: Option<Signer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) staff: Option<Person>,
    /// The documents recalled, updated or replaced, or the one a status is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) about: Vec<About>,
    /// Documents this one answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reply_to: Vec<About>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) update: Option<Update>,
    /// Systems the package passed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) trace: Vec<Trace>,
    /// Fields the regulation does not have, kept by the place they stand in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Unknown>,
    /// What is said about single files, found by their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<FileNote>,
}

/// What is said about one file beside its name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileNote {
    /// The name of the file given to `pack`.
    pub(crate) name: String,
    /// The name it has in the package, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) original_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Unknown>,
}

/// An agency: a bare code, or a table.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "PartyForm")]
pub(crate) struct Party {
    pub(crate) code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_charge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) telephone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fax: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) website: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Unknown>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PartyForm {
    Bare(String),
    Table(PartyTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyTable {
    code: String,
    name: Option<String>,
    in_charge: Option<String>,
    address: Option<String>,
    email: Option<String>,
    telephone: Option<String>,
    fax: Option<String>,
    website: Option<String>,
    #[serde(default)]
    extra: Vec<Unknown>,
}

impl From<PartyForm> for Party {
    fn from(form: PartyForm) -> Self {
        match form {
            PartyForm::Bare(text) => Party::parse(&text),
            PartyForm::Table(t) => Party {
                code: t.code,
                name: t.name,
                in_charge: t.in_charge,
                address: t.address,
                email: t.email,
                telephone: t.telephone,
                fax: t.fax,
                website: t.website,
                extra: t.extra,
            },
        }
    }
}

impl Party {
    /// `CODE` or `CODE=NAME`, as on the command line.
    pub(crate) fn parse(text: &str) -> Self {
        let (code, name) = match text.split_once('=') {
            Some((code, name)) => (code, Some(name.trim().to_owned())),
            None => (text, None),
        };
        Party { code: code.trim().to_owned(), name, ..Party::default() }
    }

    fn from_wire(agency: &Agency) -> Self {
        Party {
            code: agency.code.clone(),
            name: agency.name.clone(),
            in_charge: agency.in_charge.clone(),
            address: agency.address.clone(),
            email: agency.email.clone(),
            telephone: agency.telephone.clone(),
            fax: agency.fax.clone(),
            website: agency.website.clone(),
            extra: unknowns(&agency.extra),
        }
    }

    // Receivers show the name; where none is known the code stands for it.
    fn to_wire(&self) -> Agency {
        Agency {
            name: Some(self.name.clone().unwrap_or_else(|| self.code.clone())),
            code: self.code.clone(),
            in_charge: self.in_charge.clone(),
            address: self.address.clone(),
            email: self.email.clone(),
            telephone: self.telephone.clone(),
            fax: self.fax.clone(),
            website: self.website.clone(),
            extra: extras(&self.extra),
        }
    }
}

/// Who signed the document: a bare name, or a table.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "SignerForm")]
pub(crate) struct Signer {
    /// TM., KT., TL., TUQ., Q.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) competence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SignerForm {
    Bare(String),
    Table(SignerTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignerTable {
    competence: Option<String>,
    position: Option<String>,
    name: Option<String>,
}

impl From<SignerForm> for Signer {
    fn from(form: SignerForm) -> Self {
        match form {
            SignerForm::Bare(name) => Signer { name: Some(name), ..Signer::default() },
            SignerForm::Table(t) => Signer { competence: t.competence, position: t.position, name: t.name },
        }
    }
}

/// Who to ask.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Person {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mobile: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Unknown>,
}

/// Another document: its identifier, or a table where the identifier does not tell the rest.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "AboutForm")]
pub(crate) struct About {
    pub(crate) document_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agency: Option<String>,
    /// `number/notation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<String>,
    /// For which agencies it is replaced; all recipients when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) agencies: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Unknown>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AboutForm {
    Bare(String),
    Table(AboutTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AboutTable {
    document_id: String,
    agency: Option<String>,
    code: Option<String>,
    date: Option<String>,
    #[serde(default)]
    agencies: Vec<String>,
    #[serde(default)]
    extra: Vec<Unknown>,
}

impl From<AboutForm> for About {
    fn from(form: AboutForm) -> Self {
        match form {
            AboutForm::Bare(id) => About::parse(&id),
            AboutForm::Table(t) => {
                let parsed = About::parse(&t.document_id);
                About {
                    document_id: t.document_id,
                    agency: t.agency.or(parsed.agency),
                    code: t.code.or(parsed.code),
                    date: t.date.or(parsed.date),
                    agencies: t.agencies,
                    extra: t.extra,
                }
            }
        }
    }
}

impl About {
    /// An identifier; one of three parts tells agency, date and code as well.
    pub(crate) fn parse(id: &str) -> Self {
        let parts: Vec<&str> = id.splitn(3, ',').collect();
        let (agency, date, code) = match parts.as_slice() {
            [agency, date, code] => (Some(*agency), Some(*date), Some(*code)),
            _ => (None, None, None),
        };
        About {
            document_id: id.to_owned(),
            agency: agency.map(str::to_owned),
            code: code.map(str::to_owned),
            date: date.map(str::to_owned),
            ..About::default()
        }
    }

    fn from_wire(about: &ResponseFor) -> Self {
        About {
            document_id: about.document_id.clone(),
            agency: Some(about.agency.clone()).filter(|a| !a.is_empty()),
            code: Some(about.code.clone()).filter(|c| !c.is_empty()),
            date: about.date.map(Date::iso),
            agencies: Vec::new(),
            extra: unknowns(&about.extra),
        }
    }

    fn to_wire(&self, faults: &mut Vec<Finding>) -> ResponseFor {
        ResponseFor {
            agency: self.agency.clone().unwrap_or_default(),
            code: self.code.clone().unwrap_or_default(),
            document_id: self.document_id.clone(),
            date: day("about.date", self.date.as_deref(), faults),
            extra: extras(&self.extra),
        }
    }
}

/// What an update changes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Update {
    pub(crate) content_changed: bool,
    pub(crate) recipients_changed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) added: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<String>,
}

/// A system the package passed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Trace {
    pub(crate) agency: String,
    /// `yyyy/MM/dd HH:mm:ss`, Vietnam time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) extra: Vec<Unknown>,
}

/// A field the regulation does not have.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Unknown {
    /// The element it stands in: empty for the message header, or `OtherInfo`, `SignerInfo`, `Bussiness` or one of
    /// [`crate::edxml::header::ELSEWHERE`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) parent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attributes: Vec<(Option<String>, String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) content: Vec<Inside>,
}

/// Text or an element inside an unknown field.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Inside {
    Text(String),
    Element(Unknown),
}

impl Unknown {
    fn from_wire(parent: &str, extra: &Extra) -> Self {
        let inside = |content: &ExtraContent| match content {
            ExtraContent::Text(text) => Inside::Text(text.clone()),
            ExtraContent::Element(element) => Inside::Element(Unknown::from_wire("", element)),
        };
        Unknown {
            parent: parent.to_owned(),
            namespace: extra.namespace.clone(),
            name: extra.name.clone(),
            attributes: extra.attributes.clone(),
            content: extra.content.iter().map(inside).collect(),
        }
    }

    fn to_wire(&self) -> Extra {
        let inside = |content: &Inside| match content {
            Inside::Text(text) => ExtraContent::Text(text.clone()),
            Inside::Element(element) => ExtraContent::Element(element.to_wire()),
        };
        Extra {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            attributes: self.attributes.clone(),
            content: self.content.iter().map(inside).collect(),
        }
    }
}

/// What `unpack` writes around a description, so that its file can be given to `pack --meta` again.
#[derive(Deserialize)]
struct Wrapped {
    meta: Metadata,
    #[serde(default)]
    files: Vec<WrappedFile>,
}

#[derive(Deserialize)]
struct WrappedFile {
    name: String,
    original_name: Option<String>,
    content_id: Option<String>,
    content_type: Option<String>,
    description: Option<String>,
    #[serde(default)]
    unzipped: bool,
    #[serde(default)]
    extra: Vec<Unknown>,
}

impl From<Wrapped> for Metadata {
    fn from(wrapped: Wrapped) -> Self {
        let notes = wrapped.files.into_iter().map(|f| FileNote {
            name: f.name,
            original_name: f.original_name,
            content_id: f.content_id,
            // The type said that a ZIP was around the file; it is gone.
            content_type: f.content_type.filter(|t| !f.unzipped && !t.is_empty()),
            description: f.description,
            extra: f.extra,
        });
        Metadata { files: notes.collect(), ..wrapped.meta }
    }
}

/// Unknown elements as a description has them.
pub(crate) fn unknowns(extras: &[Extra]) -> Vec<Unknown> {
    extras.iter().map(|e| Unknown::from_wire("", e)).collect()
}

/// Unknown elements as a packet has them.
pub(crate) fn extras(unknowns: &[Unknown]) -> Vec<Extra> {
    unknowns.iter().map(Unknown::to_wire).collect()
}

impl Metadata {
    /// Reads a TOML or JSON file, by its extension; JSON also in the form `unpack` leaves behind.
    ///
    /// # Errors
    /// [`Code::MetadataInvalid`] with the place, or why the file cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let bytes = read_small(path, LARGEST)?;
        let invalid = |cause: String| {
            let line = cause.lines().filter(|l| !l.trim().is_empty()).collect::<Vec<_>>().join(" ");
            CliError::new(Code::MetadataInvalid).path("path", path).with("cause", line)
        };
        let text = String::from_utf8(bytes).map_err(|_| invalid("not UTF-8".to_owned()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
            let value: serde_json::Value = serde_json::from_str(text).map_err(|e| invalid(e.to_string()))?;
            let parsed = if value.get("meta").is_some() {
                serde_json::from_value::<Wrapped>(value).map(Metadata::from)
            } else {
                serde_json::from_value(value)
            };
            return parsed.map_err(|e| invalid(e.to_string()));
        }
        toml::from_str(text).map_err(|e| invalid(e.to_string()))
    }

    /// The description of a packet that was read.
    pub(crate) fn of_document(packet: &DocumentPacket) -> Self {
        let business = &packet.business;
        let text = |value: &str| Some(value.to_owned()).filter(|v| !v.is_empty());
        let mut about: Vec<About> = business.document_id.iter().map(|id| About::parse(id)).collect();
        let mut reply_to: Vec<About> = packet.response_for.iter().map(About::from_wire).collect();
        if business.kind == Kind::Recall {
            about.append(&mut reply_to);
        }
        about.extend(business.replacements.iter().map(|r| About {
            agencies: r.agencies.clone(),
            extra: unknowns(&r.extra),
            ..About::parse(&r.document_id)
        }));
        let mut extra = Vec::new();
        for (parent, extras) in [
            ("", &packet.extra),
            ("OtherInfo", &packet.other.extra),
            ("SignerInfo", &packet.signer.extra),
            ("Bussiness", &business.extra),
        ] {
            extra.extend(extras.iter().map(|e| Unknown::from_wire(parent, e)));
        }
        extra.extend(packet.elsewhere.iter().map(|(parent, e)| Unknown::from_wire(parent, e)));
        Metadata {
            kind: Some(business.kind.name().to_owned()),
            document_id: text(&packet.document_id),
            number: text(&packet.number),
            notation: text(&packet.notation),
            date: packet.date.map(Date::iso),
            place: packet.place.clone(),
            document_type: text(&packet.document_type.name),
            type_number: packet.document_type.number,
            type_detail: packet.document_type.detail,
            subject: text(&packet.subject),
            content: packet.content.clone(),
            due: packet.due.map(Date::iso),
            priority: Some(packet.other.priority),
            steering: packet.steering,
            sphere: packet.other.sphere.clone(),
            typist: packet.other.typist.clone(),
            copies: packet.other.copies,
            pages: packet.other.pages,
            appendixes: packet.other.appendixes.clone(),
            to_places: packet.to_places.clone(),
            paper: business.paper,
            reason: business.reason.clone(),
            from: Some(Party::from_wire(&packet.from)),
            to: packet.to.iter().map(Party::from_wire).collect(),
            signer: Some(Signer {
                competence: packet.signer.competence.clone(),
                position: packet.signer.position.clone(),
                name: packet.signer.full_name.clone(),
            }),
            staff: business.staff.as_ref().map(person),
            about,
            reply_to,
            update: business.update.as_ref().map(|u| Update {
                content_changed: u.content_changed,
                recipients_changed: u.recipients_changed,
                added: u.receivers.iter().filter(|r| r.1).map(|r| r.0.clone()).collect(),
                removed: u.receivers.iter().filter(|r| !r.1).map(|r| r.0.clone()).collect(),
            }),
            trace: packet
                .trace
                .iter()
                .map(|t| Trace {
                    agency: t.agency.clone(),
                    at: t.at.map(date::format_timestamp),
                    extra: unknowns(&t.extra),
                })
                .collect(),
            extra,
            ..Metadata::default()
        }
    }

    /// The description of a status packet that was read.
    pub(crate) fn of_status(packet: &StatusPacket) -> Self {
        Metadata {
            status: Some(packet.status_code.clone()),
            reason: packet.description.clone(),
            at: packet.at.map(date::format_timestamp),
            from: Some(Party::from_wire(&packet.from)),
            about: vec![About::from_wire(&packet.about)],
            staff: packet.staff.as_ref().map(person),
            extra: packet.extra.iter().map(|e| Unknown::from_wire("", e)).collect(),
            ..Metadata::default()
        }
    }

    /// The packet this describes, without files; faults are values that cannot be read at all.
    pub(crate) fn to_document(&self) -> (DocumentPacket, Vec<Finding>) {
        let mut faults = Vec::new();
        let mut packet = DocumentPacket {
            from: self.from.as_ref().map(Party::to_wire).unwrap_or_default(),
            to: self.to.iter().map(Party::to_wire).collect(),
            number: self.number.clone().unwrap_or_default(),
            notation: self.notation.clone().unwrap_or_default(),
            place: self.place.clone(),
            date: day("date", self.date.as_deref(), &mut faults),
            document_type: self.to_document_type(),
            subject: self.subject.clone().unwrap_or_default(),
            content: self.content.clone(),
            due: day("due", self.due.as_deref(), &mut faults),
            steering: self.steering,
            to_places: self.to_places.clone(),
            trace: self.trace.iter().map(|t| to_trace(t, &mut faults)).collect(),
            extra: self.extras(""),
            elsewhere: ELSEWHERE
                .iter()
                .flat_map(|parent| self.extras(parent).into_iter().map(|e| ((*parent).to_owned(), e)))
                .collect(),
            ..DocumentPacket::default()
        };
        if let Some(signer) = &self.signer {
            packet.signer = SignerInfo {
                competence: signer.competence.clone(),
                position: signer.position.clone(),
                full_name: signer.name.clone(),
                extra: Vec::new(),
            };
        }
        packet.signer.extra = self.extras("SignerInfo");
        packet.other.priority = self.priority.unwrap_or(0);
        packet.other.sphere.clone_from(&self.sphere);
        packet.other.typist.clone_from(&self.typist);
        packet.other.copies = self.copies;
        packet.other.pages = self.pages;
        packet.other.appendixes.clone_from(&self.appendixes);
        packet.other.extra = self.extras("OtherInfo");
        self.fill_business(&mut packet, &mut faults);
        packet.document_id = match &self.document_id {
            Some(id) => id.clone(),
            None => packet.three_part_id().unwrap_or_default(),
        };
        (packet, faults)
    }

    /// The status packet this describes.
    pub(crate) fn to_status(&self) -> (StatusPacket, Vec<Finding>) {
        let mut faults = Vec::new();
        let status_code = self.status.clone().unwrap_or_default();
        let packet = StatusPacket {
            from: self.from.as_ref().map(Party::to_wire).unwrap_or_default(),
            about: self.about.first().map(|a| a.to_wire(&mut faults)).unwrap_or_default(),
            staff: self.staff.as_ref().map(to_staff),
            status: crate::edxml::Status::from_code(&status_code),
            status_code,
            description: self.reason.clone(),
            at: instant("at", self.at.as_deref(), &mut faults),
            extra: self.extras(""),
        };
        (packet, faults)
    }

    fn to_document_type(&self) -> DocumentType {
        let given = self.document_type.clone().unwrap_or_default();
        let known = crate::edxml::codes::document_kind(&given);
        DocumentType {
            number: self.type_number.or(known.map(|k| k.1)),
            detail: self.type_detail.or(Some(0)),
            name: known.map_or(given, |k| k.0.to_owned()),
        }
    }

    fn fill_business(&self, packet: &mut DocumentPacket, faults: &mut Vec<Finding>) {
        let business = &mut packet.business;
        if let Some(name) = &self.kind {
            match Kind::from_name(name) {
                Some(kind) => business.kind = kind,
                None => faults.push(Finding { field: "kind".to_owned(), fault: Fault::Value { found: name.clone() } }),
            }
        }
        business.reason.clone_from(&self.reason);
        business.paper = self.paper;
        business.staff = self.staff.as_ref().map(to_staff);
        business.extra = self.extras("Bussiness");
        if let Some(update) = &self.update {
            let receivers = update.added.iter().map(|c| (c.clone(), true));
            business.update = Some(UpdateInfo {
                content_changed: update.content_changed,
                recipients_changed: update.recipients_changed,
                receivers: receivers.chain(update.removed.iter().map(|c| (c.clone(), false))).collect(),
            });
        }
        packet.response_for = self.reply_to.iter().map(|a| a.to_wire(faults)).collect();
        match business.kind {
            Kind::New | Kind::Recall => packet.response_for.extend(self.about.iter().map(|a| a.to_wire(faults))),
            Kind::Update => {
                business.document_id = self.about.first().map(|a| a.document_id.clone());
                business.update.get_or_insert_with(|| UpdateInfo { content_changed: true, ..UpdateInfo::default() });
            }
            Kind::Replace => {
                let all: Vec<String> = self.to.iter().map(|t| t.code.clone()).collect();
                business.replacements = self
                    .about
                    .iter()
                    .map(|a| Replacement {
                        document_id: a.document_id.clone(),
                        agencies: if a.agencies.is_empty() { all.clone() } else { a.agencies.clone() },
                        extra: extras(&a.extra),
                    })
                    .collect();
            }
        }
    }

    fn extras(&self, parent: &str) -> Vec<Extra> {
        self.extra.iter().filter(|e| e.parent == parent).map(Unknown::to_wire).collect()
    }
}

fn person(staff: &Staff) -> Person {
    Person {
        department: staff.department.clone(),
        name: staff.name.clone(),
        email: staff.email.clone(),
        mobile: staff.mobile.clone(),
        extra: unknowns(&staff.extra),
    }
}

fn to_staff(person: &Person) -> Staff {
    Staff {
        department: person.department.clone(),
        name: person.name.clone(),
        email: person.email.clone(),
        mobile: person.mobile.clone(),
        extra: extras(&person.extra),
    }
}

fn to_trace(trace: &Trace, faults: &mut Vec<Finding>) -> TraceHeader {
    TraceHeader {
        agency: trace.agency.clone(),
        at: instant("trace.at", trace.at.as_deref(), faults),
        extra: extras(&trace.extra),
    }
}

fn day(field: &str, text: Option<&str>, faults: &mut Vec<Finding>) -> Option<Date> {
    let text = text?;
    let day = Date::parse(text);
    if day.is_none() {
        faults.push(Finding { field: field.to_owned(), fault: Fault::Date { found: text.chars().take(60).collect() } });
    }
    day
}

fn instant(field: &str, text: Option<&str>, faults: &mut Vec<Finding>) -> Option<crate::base::time::UnixTime> {
    let text = text?;
    let at = date::parse_timestamp(text);
    if at.is_none() {
        faults.push(Finding { field: field.to_owned(), fault: Fault::Date { found: text.chars().take(60).collect() } });
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Metadata {
        toml::from_str(text).expect("valid")
    }

    #[test]
    fn short_and_long_forms_say_the_same() {
        let short = parse("from = 'H99=UBND'\nto = ['H99.01=Sở B']\nsigner = 'A'\nabout = ['H99,2026/01/02,7/UBND']");
        let long = parse(
            "[from]\ncode = 'H99'\nname = 'UBND'\n[[to]]\ncode = 'H99.01'\nname = 'Sở B'\n[signer]\nname = 'A'\n\
             [[about]]\ndocument_id = 'H99,2026/01/02,7/UBND'",
        );
        assert_eq!(short.to_document(), long.to_document());
        assert_eq!(short.to_document().0.response_for[0].code, "7/UBND");
    }

    #[test]
    fn a_packet_survives_the_way_through_its_description() {
        let mut meta = parse(
            "kind = 'replace'\nnumber = '12'\nnotation = 'QĐ-UBND'\ndate = '05/03/2026'\ntype = 'QĐ'\nsubject = 'x'\n\
             from = 'H99=A'\nto = ['H99.01=B']\nabout = ['id']\nreason = 'r'\npaper = 1\npages = 3\n\
             to_places = ['Như trên']\nsteering = 2\ndue = '2026-04-01'\n[signer]\nposition = 'Chủ tịch'\n[staff]\nname = 'N'",
        );
        let field = |parent: &str| Unknown { name: "X".to_owned(), parent: parent.to_owned(), ..Unknown::default() };
        meta.extra = vec![field("OtherInfo"), field("Code"), field("edXMLBody"), field("")];
        meta.to[0].extra = vec![field("")];
        meta.about[0].extra = vec![field("")];
        meta.staff.as_mut().expect("given").extra = vec![field("")];
        let (packet, faults) = meta.to_document();
        assert_eq!(faults, []);
        assert_eq!(packet.document_type.name, "Quyết định");
        assert_eq!(packet.business.replacements[0].agencies, ["H99.01"]);
        assert_eq!((packet.to[0].extra.len(), packet.elsewhere.len(), packet.extra.len()), (1, 2, 1));
        let json = serde_json::to_string(&Metadata::of_document(&packet)).expect("serializes");
        let again: Metadata = serde_json::from_str(&json).expect("reads");
        assert_eq!(again.to_document(), (packet, Vec::new()));
    }

    #[test]
    fn unknown_keys_and_impossible_dates_are_errors() {
        assert!(toml::from_str::<Metadata>("sujbect = 'x'").is_err());
        let (_, faults) = parse("date = '2026-02-30'\nkind = 'other'").to_document();
        assert_eq!(faults.len(), 2);
    }
}
