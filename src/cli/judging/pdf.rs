//! PDF files.

use super::{Judge, Source};
use crate::report::model::FileReport;
use crate::validate::pdf::collect_with;

/// Smallest file that is worth starting a thread for, in bytes: below, starting and joining it takes longer than all
/// there is to do.
const WORTH_HELP: u64 = 1 << 20;

pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    report.format = "pdf";
    let helpers = if source.file.len() < WORTH_HELP { 0 } else { judge.helpers };
    match collect_with(source.file, judge.password(), helpers) {
        Ok(collected) => {
            let verdicts = judge.conclude(&collected, source.name, report);
            if collected.is_rebuilt && verdicts.is_empty() {
                let text = "the PDF is damaged or cut short, and no signature was found in what is left of it";
                report.set_unreadable("PDF_INCOMPLETE", text.to_owned());
            }
        }
        Err(error) => report.set_unreadable("PDF_UNREADABLE", error.to_string()),
    }
}
