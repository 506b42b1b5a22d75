//! `NAME.to.json` beside a package in OUT: to whom it goes, and what is said about it.

use std::path::Path;

use serde::Deserialize;

use crate::base::time::UnixTime;
use crate::cli::error::CliError;
use crate::cli::exchange::agency_code;
use crate::cli::files::{FileReader, printable, read_small};
use crate::cli::texts::errors::Code;
use crate::edxml::envelope::{Message, read_skeleton};
use crate::exchange::envelope::{Class, Registry};
use crate::exchange::id::{AgencyCode, Uuid};

/// Most bytes of an order.
const LARGEST: u64 = 64 << 10;

/// What is to become of a package.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Order {
    pub(super) to: Vec<AgencyCode>,
    pub(super) class: Class,
    pub(super) registry: Option<Registry>,
    pub(super) not_after: Option<UnixTime>,
    pub(super) in_reply_to: Option<Uuid>,
    pub(super) replaces: Option<Uuid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    to: Vec<String>,
    class: Option<String>,
    number: Option<String>,
    notation: Option<String>,
    date: Option<String>,
    not_after: Option<String>,
    reply_to: Option<String>,
    replaces: Option<String>,
}

impl Order {
    /// An order that says nothing but to whom.
    pub(super) fn to(recipients: &[AgencyCode]) -> Self {
        Order {
            to: recipients.to_vec(),
            class: Class::unclassified(),
            registry: None,
            not_after: None,
            in_reply_to: None,
            replaces: None,
        }
    }

    /// Reads the order beside a package.
    ///
    /// # Errors
    /// [`Code::OrderInvalid`], or why the file cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let invalid =
            |cause: &str| CliError::new(Code::OrderInvalid).path("path", path).with("cause", printable(cause));
        let form: Form = serde_json::from_slice(&read_small(path, LARGEST)?).map_err(|e| invalid(&e.to_string()))?;
        let to = form.to.iter().map(|code| agency_code(code)).collect::<Result<Vec<_>, _>>()?;
        let id = |text: Option<&String>| match text {
            None => Ok(None),
            Some(text) => Uuid::parse(text).map(Some).ok_or_else(|| invalid("an id is no UUID of version 7")),
        };
        let registry = match (form.number, form.date) {
            (Some(number), Some(date)) => Some(Registry { number, notation: form.notation, date }),
            (None, None) => None,
            _ => return Err(invalid("number and date stand together")),
        };
        let class = match &form.class {
            None => Class::unclassified(),
            Some(text) => Class::parse(text).ok_or_else(|| invalid("the class is outside its rules"))?,
        };
        let not_after = match &form.not_after {
            None => None,
            Some(text) => Some(UnixTime::parse_rfc3339(text).ok_or_else(|| invalid("not_after is no time"))?),
        };
        if to.is_empty() {
            return Err(invalid("no recipient is named"));
        }
        let (in_reply_to, replaces) = (id(form.reply_to.as_ref())?, id(form.replaces.as_ref())?);
        Ok(Order { to, class, registry, not_after, in_reply_to, replaces })
    }

    /// The recipients an edXML packet names itself; `None` when it names none that travel here.
    pub(super) fn of_packet(path: &Path) -> Option<Self> {
        let file = FileReader::open(path).ok()?;
        let packet = read_skeleton(&file).ok()?;
        let to: Vec<AgencyCode> = match &packet.message {
            Message::Document(document) => document.to.iter().map(|to| AgencyCode::parse(&to.code)).collect(),
            Message::Status(status) => vec![AgencyCode::parse(&status.about.agency)],
        }
        .into_iter()
        .collect::<Option<_>>()?;
        (!to.is_empty()).then(|| Order::to(&to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_whole_or_refused_with_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.edxml.to.json");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("writes");
            Order::read(&path)
        };
        let order = read(r#"{"to":["H45.02"],"number":"15","notation":"QĐ-UBND","date":"2026-03-05"}"#).expect("reads");
        assert_eq!(order.to, [AgencyCode::parse("H45.02").expect("a code")]);
        assert_eq!(order.registry.expect("registered").number, "15");
        for wrong in ["{}", r#"{"to":[]}"#, r#"{"to":["H45.02"],"number":"15"}"#, r#"{"to":["H45.02"],"more":1}"#] {
            assert_eq!(read(wrong).expect_err(wrong).code, Code::OrderInvalid, "{wrong}");
        }
    }
}
