//! XML files: XAdES and XML signatures, enveloped, enveloping, or beside the files they sign.

use std::path::{Component, Path};
use std::rc::Rc;

use super::{Judge, Source};
use crate::base::encoding::percent_decoded;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, PathName};
use crate::report::model::{FileReport, Status};
use crate::validate::cades::Named;
use crate::validate::candidate::Form;
use crate::validate::xml::{Carrier, Content, Outside, XmlFileError, collect};
use crate::xml::dsig::NAMESPACE;

pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    let collected = match with_outside(judge, source, |outside| collect(source.file, outside)) {
        Ok(collected) => collected,
        Err(error) => return report.set_unreadable(error.code.as_str(), error.message(crate::cli::texts::Lang::En)),
    };
    match collected {
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

/// Runs `then` with what the references of an XML file may lead to: files named with `--content`, or beside it.
///
/// # Errors
/// Why a file that is named cannot be opened.
pub(crate) fn with_outside<R>(
    judge: &Judge,
    source: &Source<'_>,
    then: impl FnOnce(&Outside<'_>) -> R,
) -> Result<R, CliError> {
    let content = judge.detached(source)?;
    let find = |uri: &str| {
        let name = percent_decoded(uri)?;
        let given = judge.contents().iter().find(|path| path.file_name() == Path::new(&name).file_name());
        let given = given.and_then(|path| Some((path, FileReader::open(path).ok()?)));
        match given {
            Some((path, file)) => Some(Content { name: file_name(path), bytes: Rc::new(file) }),
            None => source.path.and_then(|path| beside(path, &name)),
        }
    };
    let expressly = content.as_ref().filter(|c| c.named == Named::Expressly);
    let named: Vec<String> = expressly.map(|c| c.name.clone()).into_iter().collect();
    let only = content.map(|c| Content { name: c.name, bytes: Rc::new(c.file) });
    let outside = Outside { find: &find, only, named: &named, carrier: Carrier::Document };
    Ok(then(&outside))
}

/// The file a reference names, when it lies in the same folder; a name that leads elsewhere names nothing.
fn beside<'a>(signature: &Path, name: &str) -> Option<Content<'a>> {
    let mut parts = Path::new(name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    if !plain || name.contains(['/', '\\', ':', '\0']) {
        return None;
    }
    let path = signature.with_file_name(name);
    let file = FileReader::open(&path).ok()?;
    Some(Content { name: file_name(&path), bytes: Rc::new(file) })
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| PathName::from(Path::new(name)).path).unwrap_or_default()
}

// What cannot be read is told where it would hold a signature, and passed over where it is, say, a web page.
fn mentions_signatures(source: &Source<'_>) -> bool {
    const WINDOW: usize = 1 << 20;
    let length = usize::try_from(source.file.len()).unwrap_or(WINDOW).min(WINDOW);
    let mut start = vec![0; length];
    let read = source.file.read_exact_at(&mut start, 0).is_ok();
    read && start.windows(NAMESPACE.len()).any(|w| w == NAMESPACE.as_bytes())
}
