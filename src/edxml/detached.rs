//! A packet whose files lie beside it: the form it has inside an ASiC-E container.
//!
//! The text is that of the packet, byte for byte, except that each attachment names the file that holds its content
//! (`EntryName`) where its base64 stood. Header, body and a signature over them stay what they were, so a packet can
//! be taken apart and put together again; the names are those of the container's entries.

use roxmltree::{Document, Node};

use super::write::{Skeleton, escape};
use super::{EdxmlError, NAMESPACE};
use crate::xml::parse;

/// The element that names the file, a child of `Attachment`.
pub const ENTRY_NAME: &str = "EntryName";
/// Name of the entry that holds the packet.
pub const MESSAGE_ENTRY: &str = "message.edxml";

/// Puts names in the place of the attachments' base64. `skeleton` is a packet with every attachment empty
/// ([`Skeleton::text`], [`super::Packet::skeleton`]); the names are in the order of its attachments.
///
/// # Errors
/// An [`EdxmlError`] when it is not XML, [`EdxmlError::Ambiguous`] when it has another number of attachments.
pub fn detach(skeleton: &str, names: &[String]) -> Result<String, EdxmlError> {
    let parts = cut(skeleton, "ContentTransferEncoded")?;
    if parts.len() != names.len().saturating_add(1) {
        return Err(EdxmlError::Ambiguous);
    }
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        // The text is UTF-8 now, whatever the packet was.
        let declared = part.strip_prefix("<?xml").filter(|_| at == 0).and_then(|rest| rest.split_once("?>"));
        let part = match declared {
            Some((declaration, rest)) if !declaration.to_ascii_lowercase().contains("utf-8") => {
                out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
                rest
            }
            _ => part,
        };
        if let Some(name) = at.checked_sub(1).and_then(|before| names.get(before)) {
            out.push_str(&format!("<{ENTRY_NAME} xmlns=\"{NAMESPACE}\">"));
            escape(&mut out, name);
            out.push_str(&format!("</{ENTRY_NAME}>"));
        }
        out.push_str(part);
    }
    Ok(out)
}

/// The skeleton of the packet that `message`, the text of a detached one, stands for.
///
/// # Errors
/// An [`EdxmlError`] when it is not XML.
pub fn attach(message: &str) -> Result<Skeleton, EdxmlError> {
    let cut = cut(message, ENTRY_NAME)?;
    let last = cut.len().saturating_sub(1);
    let parts = cut.iter().enumerate().map(|(at, part)| {
        let mut text = String::new();
        if at > 0 {
            text.push_str("</edXML:ContentTransferEncoded>");
        }
        text.push_str(part);
        if at < last {
            text.push_str(&format!("<edXML:ContentTransferEncoded xmlns:edXML=\"{NAMESPACE}\">"));
        }
        text
    });
    Ok(Skeleton { parts: parts.collect() })
}

// What stands around the elements of that name among the attachments.
fn cut<'t>(text: &'t str, name: &str) -> Result<Vec<&'t str>, EdxmlError> {
    let tree: Document<'_> = parse(text)?;
    let is = |node: Node<'_, '_>, name: &str| node.is_element() && node.tag_name().name() == name;
    let mut parts = Vec::new();
    let mut from = 0;
    for node in tree.descendants().filter(|n| is(*n, name)) {
        let inside = node.parent().is_some_and(|p| is(p, "Attachment"))
            && node.parent().and_then(|p| p.parent()).is_some_and(|p| is(p, "AttachmentEncoded"));
        if !inside {
            continue;
        }
        let range = node.range();
        parts.push(text.get(from..range.start).ok_or(EdxmlError::Ambiguous)?);
        from = range.end;
    }
    parts.push(text.get(from..).ok_or(EdxmlError::Ambiguous)?);
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::sample;
    use super::super::write::Signing;
    use super::super::{FileEntry, Message, NoSinks, read};
    use super::*;
    use crate::base::read::ReadAt;

    fn two_files() -> Skeleton {
        let mut packet = sample();
        for (id, name) in [("a", "Công văn.pdf"), ("b", "b.txt")] {
            packet.files.push(FileEntry {
                content_id: id.to_owned(),
                name: name.to_owned(),
                content_type: "text/plain".to_owned(),
                ..FileEntry::default()
            });
        }
        Skeleton::document(&packet, Signing::Unsigned).expect("within the rules")
    }

    #[test]
    fn a_packet_is_taken_apart_and_put_together_byte_for_byte() {
        let skeleton = two_files();
        let contents: [&dyn ReadAt; 2] = [&b"one".to_vec(), &b"two".to_vec()];
        let mut packet = Vec::new();
        skeleton.write(&mut packet, &contents).expect("writes");
        let read_back = read(&packet, &mut NoSinks, &Default::default()).expect("reads");
        let message = detach(read_back.skeleton(), &["a & b.pdf".to_owned(), "b.txt".to_owned()]).expect("detaches");
        let apart = read(&message.clone().into_bytes(), &mut NoSinks, &Default::default()).expect("reads");
        assert_eq!(apart.warnings, []);
        let names: Vec<_> = apart.attachments.iter().map(|a| a.entry_name.as_deref()).collect();
        assert_eq!(names, [Some("a & b.pdf"), Some("b.txt")]);
        let (Message::Document(one), Message::Document(other)) = (&apart.message, &read_back.message) else {
            panic!("documents")
        };
        assert_eq!(one, other);
        let mut again = Vec::new();
        attach(&message).expect("attaches").write(&mut again, &contents).expect("writes");
        assert_eq!(String::from_utf8(again), String::from_utf8(packet));
    }

    #[test]
    fn another_number_of_names_is_refused_and_stray_elements_are_left_alone() {
        let text = two_files().text();
        assert!(matches!(detach(&text, &["a".to_owned()]), Err(EdxmlError::Ambiguous)));
        let stray = text.replace("<edXML:Subject>", "<edXML:ContentTransferEncoded/><edXML:Subject>");
        let message = detach(&stray, &["a".to_owned(), "b".to_owned()]).expect("detaches");
        assert!(message.contains("<edXML:ContentTransferEncoded/><edXML:Subject>"));
    }
}
