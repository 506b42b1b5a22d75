//! PDF files.

use super::{Judge, Source};
use crate::report::model::FileReport;
use crate::validate::pdf::collect_with;

pub(super) fn fill(judge: &Judge, source: &Source<'_>, report: &mut FileReport) {
    report.format = "pdf";
    match collect_with(source.file, judge.password(), judge.helpers) {
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
