//! Metadata in the document's own words: read from the PDF's text where the decree's layout puts it, shown, confirmed.

use super::admission::Warning;
use crate::cli::agreement::{compare, printed_date};
use crate::cli::commands::metadata::{Metadata, Signer};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files::printable;
use crate::cli::texts::errors::Code;
use crate::cli::texts::pack as texts;
use crate::edxml::{Date, DocumentPacket};
use crate::stamp::metadata::Metadata as Printed;

/// Fills what flags, file and profile leave open with what the document prints; returns name and value of each field
/// filled, in the order of the header.
pub(super) fn fill(meta: &mut Metadata, printed: Printed) -> Vec<(&'static str, String)> {
    let mut filled = Vec::new();
    let mut take = |name: &'static str, field: &mut Option<String>, value: Option<String>| {
        if let (None, Some(value)) = (&field, value) {
            filled.push((name, value.clone()));
            *field = Some(value);
        }
    };
    take("number", &mut meta.number, printed.number.clone());
    take("notation", &mut meta.notation, printed.notation.clone());
    take("date", &mut meta.date, printed_date(&printed).map(Date::iso));
    take("place", &mut meta.place, printed.place.clone());
    let kind = printed.kind.map(|k| crate::edxml::codes::document_kind(k).map_or(k, |known| known.0).to_owned());
    take("type", &mut meta.document_type, kind);
    take("subject", &mut meta.subject, printed.subject.clone());
    // What someone said about the signer is not mixed with what is printed.
    if meta.signer.is_none() && printed.signer.is_some() {
        let mut signer = Signer::default();
        take("competence", &mut signer.competence, printed.competence.map(|(mark, _)| mark));
        take("position", &mut signer.position, printed.position);
        take("signer", &mut signer.name, printed.signer);
        meta.signer = Some(signer);
    }
    if let Some(from) = &mut meta.from {
        take("from", &mut from.name, printed.agency);
    }
    if meta.to_places.is_empty() && !printed.recipients.is_empty() {
        filled.push(("to_places", printed.recipients.join("; ")));
        meta.to_places = printed.recipients;
    }
    filled
}

/// Shows what was read and, on a terminal without `--yes`, asks whether it is right.
///
/// # Errors
/// [`Code::NotConfirmed`] when the answer is no.
pub(super) fn confirm(filled: &[(&'static str, String)], yes: bool, context: &mut Context) -> Result<(), CliError> {
    if filled.is_empty() {
        return Ok(());
    }
    let asking = !yes && context.is_interactive();
    if asking || !context.json {
        context.note(texts::READ_FROM_DOCUMENT, &[]);
        for (name, value) in filled {
            context.note(texts::READ_FIELD, &[("name", name), ("value", &printable(value))]);
        }
    }
    if asking && !context.asks(texts::ASK_RIGHT) {
        return Err(CliError::new(Code::NotConfirmed));
    }
    Ok(())
}

/// A warning for every statement of the package that its document contradicts.
pub(super) fn contradictions(packet: &DocumentPacket, printed: &Printed) -> Vec<Warning> {
    compare(packet, printed)
        .into_iter()
        .filter(|c| !c.same)
        .map(|c| {
            let values = vec![("field", c.field.to_owned()), ("declared", c.declared), ("printed", c.printed)];
            ("METADATA_DIFFERS", texts::METADATA_DIFFERS, values)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::agreement::text_of;
    use crate::cli::commands::metadata::Party;

    /// What the letter prints, once number and date are in their blanks.
    fn printed() -> Printed {
        let path = format!("{}/fixtures/documents/letter.pdf", env!("CARGO_MANIFEST_DIR"));
        let text = text_of(&std::fs::read(path).expect("the fixture")).expect("reads");
        Printed { number: Some("07".to_owned()), date: Some((2026, 3, 5)), ..crate::stamp::metadata::extract(&text) }
    }

    #[test]
    fn a_letter_in_the_decrees_form_fills_every_field_a_packet_needs() {
        let mut meta =
            Metadata { from: Some(Party::parse("H45.01")), to: vec![Party::parse("H45.02")], ..Metadata::default() };
        let filled = fill(&mut meta, printed());
        let names: Vec<_> = filled.iter().map(|f| f.0).collect();
        for needed in ["number", "notation", "date", "type", "subject", "signer", "from"] {
            assert!(names.contains(&needed), "{needed} in {names:?}");
        }
        let (packet, faults) = meta.to_document();
        assert_eq!(faults, []);
        assert_eq!(packet.check(), []);
        assert_eq!(packet.document_type.name, "Công văn");
        assert!(contradictions(&packet, &printed()).is_empty());
    }

    #[test]
    fn what_was_said_stays_and_what_differs_is_named() {
        let mut meta = Metadata {
            number: Some("999".to_owned()),
            signer: Some(Signer { name: Some("Ai Đó".to_owned()), ..Signer::default() }),
            ..Metadata::default()
        };
        let filled = fill(&mut meta, printed());
        assert!(filled.iter().all(|f| f.0 != "number" && f.0 != "signer" && f.0 != "position"), "{filled:?}");
        let (packet, _) = meta.to_document();
        let fields: Vec<_> = contradictions(&packet, &printed()).into_iter().map(|w| w.2[0].1.clone()).collect();
        assert_eq!(fields, ["number", "signer"]);
    }
}
