//! edXML packets: the packet's own signature, what it says about its document, and the files in it.
//!
//! The packet signature speaks for the packet on its way; each attachment has its own report below `children`. The
//! verdict on the file is the worst of the packet signature, where there is one that can be interpreted, and of the
//! attachments' own: a packet is as good as what it brings.

use std::rc::Rc;

use super::{Judge, Source};
use crate::asic::zip::{Archive, Limits as ZipLimits};
use crate::base::read::ReadAt;
use crate::cli::agreement::{compare, text_of};
use crate::cli::package::Held;
use crate::edxml::attachment::{Form, form};
use crate::edxml::{EdxmlError, Limits, Message, Packet, Sinks, read};
use crate::report::model::{DocumentEntry, FileReport, Remark, Status};
use crate::stamp::metadata;
use crate::validate::collected::Collected;
use crate::validate::conclusion::SubIndication;
use crate::validate::finding::Finding;
use crate::validate::packet::{PacketSignature, check};
use crate::validate::xml::{Carrier, Content, Outside, collect};

/// Bytes looked at to tell a packet from other XML.
const HEAD: usize = 4_096;
/// Id of the packet's own signature.
const PACKET: &str = "packet";

/// True when the root of an edXML packet stands among the first bytes, in UTF-8 or UTF-16.
pub(super) fn looks_like_one(file: &dyn ReadAt) -> bool {
    let mut head = vec![0; HEAD.min(usize::try_from(file.len()).unwrap_or(HEAD))];
    if file.read_exact_at(&mut head, 0).is_err() {
        return false;
    }
    head.retain(|byte| *byte != 0);
    head.to_ascii_lowercase().windows(5).any(|w| w == b"edxml")
}

pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    let mut held = Held::default();
    let packet = match read(source.file, &mut held, &Limits::default()) {
        Ok(packet) => packet,
        Err(EdxmlError::NotAPacket { .. }) => return super::xml::fill(judge, source, report),
        Err(EdxmlError::Io(error) | EdxmlError::Sink(error)) => {
            return report.set_unreadable("READ_FAILED", error.to_string());
        }
        Err(error) => {
            report.format = "edxml";
            return report.set_unreadable("PACKET_UNREADABLE", error.to_string());
        }
    };
    report.format = "edxml";
    let contents = match held.contents() {
        Ok(contents) => contents,
        Err(error) => return report.set_unreadable("READ_FAILED", error.to_string()),
    };
    let signature = match check(&packet, source.file) {
        Ok(signature) => signature,
        Err(error) => return report.set_unreadable("READ_FAILED", error.to_string()),
    };
    report.package_signature = Some(signature.name());
    if let PacketSignature::NotInterpretable(why) = &signature {
        remark(report, "PACKET_SIGNATURE_UNCLEAR", why.to_string());
    }
    let collected = own_signature(&packet, &contents, &signature);
    judge.conclude(&collected, source.name, report);
    report.sha256 = crate::validate::cades::sha256(source.file).ok().map(|digest| crate::base::encoding::hex(&digest));
    files(judge, source, &packet, &contents, &signature, report);
    for warning in &packet.warnings {
        remark(report, "PACKET_FIELD", warning.to_string());
    }
    let children = report.children.iter().map(|c| c.indication);
    let own = Some(report.indication).filter(|_| !report.signatures.is_empty());
    report.indication = children.chain(own).max_by_key(|s| badness(*s)).unwrap_or(Status::NoSignature);
}

fn badness(status: Status) -> u8 {
    match status {
        Status::Skipped => 0,
        Status::TotalPassed => 1,
        Status::NoSignature => 2,
        Status::Indeterminate => 3,
        Status::Unreadable => 4,
        Status::TotalFailed => 5,
    }
}

/// The packet's own signature as one of the file, where it can be interpreted.
fn own_signature(packet: &Packet, contents: &[Rc<dyn ReadAt>], signature: &PacketSignature) -> Collected {
    if matches!(signature, PacketSignature::Absent | PacketSignature::NotInterpretable(_)) {
        return Collected::default();
    }
    let find = |uri: &str| {
        let id = uri.strip_prefix("cid:")?;
        let mut found = packet.attachments.iter().filter(|a| a.entry.content_id == id);
        let attachment = found.next().filter(|_| found.next().is_none())?;
        let bytes = contents.get(attachment.index?)?;
        Some(Content { name: attachment.entry.name.clone(), bytes: Rc::clone(bytes) })
    };
    let outside = Outside { find: &find, only: None, named: &[], carrier: Carrier::Signatures };
    let skeleton = packet.skeleton().as_bytes().to_vec();
    let Ok(mut collected) = collect(&skeleton, &outside) else { return Collected::default() };
    collected.documents.clear();
    collected.candidates.truncate(1);
    for candidate in &mut collected.candidates {
        candidate.id = PACKET.to_owned();
        candidate.extent.whole_file = false;
        // Whether it reaches header, body and every attachment was decided by the rules of packets.
        candidate.breaches.retain(|(finding, _)| !matches!(finding, Finding::NotCovered(_)));
        if let PacketSignature::Invalid(why) = signature {
            candidate.breaches.push((Finding::PacketSignature(why.to_string()), SubIndication::SigConstraintsFailure));
        }
    }
    collected
}

fn files(
    judge: &Judge,
    source: &Source<'_>,
    packet: &Packet,
    contents: &[Rc<dyn ReadAt>],
    signature: &PacketSignature,
    report: &mut FileReport,
) {
    let mut compared = None;
    for attachment in &packet.attachments {
        let Some(content) = attachment.index.and_then(|at| contents.get(at)) else { continue };
        let file = match unwrapped(content, &attachment.entry) {
            Ok(file) => file,
            Err(why) => {
                let text = format!("the file {:?} cannot be unpacked: {why}", attachment.entry.name);
                return report.set_unreadable("PACKET_UNREADABLE", text);
            }
        };
        if let Ok(digest) = crate::validate::cades::sha256(&*file) {
            report.documents.push(DocumentEntry {
                name: attachment.safe_name.clone(),
                sha256: crate::base::encoding::hex(&digest),
                covered_by: match signature {
                    PacketSignature::Valid(_) => vec![PACKET.to_owned()],
                    _ => Vec::new(),
                },
            });
        }
        if let Some(child) = judge.child(&*file, &attachment.safe_name, report, source.nesting) {
            if compared.is_none() && child.format == "pdf" {
                compared = Some(file);
            }
            report.children.push(child);
        }
    }
    if let (Message::Document(document), Some(pdf)) = (&packet.message, compared) {
        agreement(document, &*pdf, report);
    }
}

/// Number, notation, date and signer as the packet and as its first PDF have them.
pub(super) fn agreement(document: &crate::edxml::DocumentPacket, pdf: &dyn ReadAt, report: &mut FileReport) {
    let printed = text_of(pdf).map(|text| metadata::extract(&text)).unwrap_or_default();
    let compared = compare(document, &printed);
    if compared.is_empty() {
        let text = "the document prints no number, date or signer that could be read".to_owned();
        return remark(report, "METADATA_NOT_COMPARED", text);
    }
    let same: Vec<&str> = compared.iter().filter(|c| c.same).map(|c| c.field).collect();
    if !same.is_empty() {
        remark(report, "METADATA_AGREES", format!("package and document agree on {}", same.join(", ")));
    }
    for one in compared.iter().filter(|c| !c.same) {
        let (field, declared, printed) = (one.field, &one.declared, &one.printed);
        remark(
            report,
            "METADATA_DIFFERS",
            format!("the package says {field} is {declared:?}, the document prints {printed:?}"),
        );
    }
}

fn remark(report: &mut FileReport, code: &str, text: String) {
    report.remarks.push(Remark { code: code.to_owned(), text });
}

// The file itself, where a ZIP stands around it.
fn unwrapped(content: &Rc<dyn ReadAt>, entry: &crate::edxml::FileEntry) -> Result<Rc<dyn ReadAt>, String> {
    let mut head = vec![0; 4.min(usize::try_from(content.len()).unwrap_or(4))];
    content.read_exact_at(&mut head, 0).map_err(|e| e.to_string())?;
    if form(&entry.content_type, &entry.name, &head) == Form::Raw {
        return Ok(Rc::clone(content));
    }
    let Ok(archive) = Archive::open(&**content, ZipLimits::default()) else { return Ok(Rc::clone(content)) };
    let [only] = archive.entries.as_slice() else { return Ok(Rc::clone(content)) };
    if only.is_folder() || !archive.faults.iter().all(|f| matches!(f, crate::asic::zip::Fault::Name(_))) {
        return Ok(Rc::clone(content));
    }
    let mut held = Held::default();
    held.begin(0).map_err(|e| e.to_string())?;
    archive.unpack(only, &mut |bytes| held.write(bytes)).map_err(|e| e.to_string())?;
    held.end().map_err(|e| e.to_string())?;
    held.contents().map_err(|e| e.to_string())?.pop().ok_or_else(|| "it is empty".to_owned())
}
