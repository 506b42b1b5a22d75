//! XML files: XAdES and XML signatures, enveloped, enveloping, or beside the files they sign.

use std::path::{Component, Path};
use std::rc::Rc;

use super::{Judge, Source};
use crate::base::encoding::percent_decoded;
use crate::cli::files::FileReader;
use crate::report::model::{FileReport, Status};
use crate::validate::candidate::Form;
use crate::validate::xml::{Carrier, Content, Outside, XmlFileError, collect};
use crate::xml::dsig::NAMESPACE;

pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    let find = |uri: &str| source.path.and_then(|path| beside(path, uri));
    let outside = Outside { find: &find, named: &[], carrier: Carrier::Document };
    match collect(source.file, &outside) {
        // A document that is merely written in XML.
        Ok(collected) if collected.candidates.is_empty() && !source.named => report.indication = Status::Skipped,
        Ok(collected) => {
            let is_xades = collected.candidates.iter().any(|c| c.form == Form::Xades);
            report.format = match collected.candidates.is_empty() {
                true => "unknown",
                false if is_xades => "xades",
                false => "xml-dsig",
            };
            judge.conclude(&collected, source.name, report);
        }
        Err(XmlFileError::Io(error)) => report.set_unreadable("READ_FAILED", error.to_string()),
        Err(error) => {
            if !source.named && !mentions_signatures(source) {
                report.indication = Status::Skipped;
            } else {
                report.set_unreadable("XML_UNREADABLE", error.to_string());
            }
        }
    }
}

/// The file a reference names, when it lies in the same folder; a name that leads elsewhere names nothing.
fn beside<'a>(signature: &Path, uri: &str) -> Option<Content<'a>> {
    let name = percent_decoded(uri)?;
    let mut parts = Path::new(&name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name.as_str());
    if !plain || name.contains(['/', '\\', ':', '\0']) {
        return None;
    }
    let path = signature.with_file_name(&name);
    let file = FileReader::open(&path).ok()?;
    Some(Content { name, bytes: Rc::new(file) })
}

// What cannot be read is told where it would hold a signature, and passed over where it is, say, a web page.
fn mentions_signatures(source: &Source<'_>) -> bool {
    const WINDOW: usize = 1 << 20;
    let length = usize::try_from(source.file.len()).unwrap_or(WINDOW).min(WINDOW);
    let mut start = vec![0; length];
    let read = source.file.read_exact_at(&mut start, 0).is_ok();
    read && start.windows(NAMESPACE.len()).any(|w| w == NAMESPACE.as_bytes())
}
