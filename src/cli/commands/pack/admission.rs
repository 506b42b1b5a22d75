//! What may go into a package: documents that are not classified, and whose own signatures hold.

use std::path::Path;

use super::Args;
use crate::cli::agreement::text_of_pdf;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files::{FileReader, Found, printable};
use crate::cli::judging::Judge;
use crate::cli::texts::Text;
use crate::cli::texts::errors::Code;
use crate::cli::texts::{pack as texts, sign};
use crate::cli::trust::{Trust, policy};
use crate::pdf::text::DocumentText;
use crate::report::model::{FileReport, Status};
use crate::stamp::classified::{self, Guard};

/// A warning: stable code, sentence and what fills it.
pub(super) type Warning = (&'static str, Text, Vec<(&'static str, String)>);

/// What was found out about the files while they were let in.
pub(super) struct Admitted {
    /// Text of each file that is a PDF with readable text.
    pub(super) texts: Vec<Option<DocumentText>>,
    /// Someone declared that what could not be read is not classified.
    pub(super) declared_unclassified: bool,
    pub(super) warnings: Vec<Warning>,
}

/// Looks at every file; the first that may not travel refuses the package.
///
/// # Errors
/// [`Code::MarkedClassified`], [`Code::NotChecked`], [`Code::DocumentNotVerified`], [`Code::DocumentUnsigned`].
pub(super) fn admit(args: &Args, readers: &[FileReader], context: &mut Context) -> Result<Admitted, CliError> {
    let mut admitted = Admitted { texts: Vec::new(), declared_unclassified: false, warnings: Vec::new() };
    if readers.is_empty() {
        return Ok(admitted);
    }
    let mut declared = args.declare_unclassified;
    for (path, reader) in args.file.iter().zip(readers) {
        let text = text_of_pdf(reader);
        let is_pdf = text.is_some() || is_pdf(reader, path)?;
        let guard = match &text {
            Some(text) => classified::judge(text),
            None if is_pdf => Guard::NotChecked,
            // Only PDFs have the decree's boxes; of other files the metadata field speaks.
            None => Guard::Clear,
        };
        match guard {
            Guard::Clear => {}
            Guard::Refuse(mark) => {
                return Err(CliError::new(Code::MarkedClassified).path("path", path).with("mark", mark.as_str()));
            }
            Guard::Warn(mark) => {
                admitted.warnings.push(warning("SECRECY_MARK", sign::SECRECY_MARK, path, "mark", mark.as_str()));
            }
            Guard::NotChecked => {
                declared = declared || context.asks(sign::ASK_UNCLASSIFIED);
                if !declared {
                    return Err(CliError::new(Code::NotChecked).path("path", path));
                }
                admitted.declared_unclassified = true;
            }
        }
        admitted.texts.push(text);
    }
    judge_signatures(args, context, &mut admitted)?;
    Ok(admitted)
}

fn is_pdf(reader: &FileReader, path: &Path) -> Result<bool, CliError> {
    use crate::cli::judging::{Format, format};
    format(reader).map(|f| f == Format::Pdf).map_err(|e| CliError::reading(path, &e))
}

fn judge_signatures(args: &Args, context: &mut Context, admitted: &mut Admitted) -> Result<(), CliError> {
    let at = args.trust.time()?;
    let trust = Trust::load(&args.trust, context)?;
    let has_anchors = !trust.signer_anchors.is_empty();
    let mut judge = Judge::new(trust, policy(None, context)?, at, None);
    if has_anchors && !args.trust.proof.offline {
        judge = judge.online(context)?;
    }
    for path in &args.file {
        let report = judge.file(&Found { path: path.clone(), named: true });
        match standing(&report, has_anchors) {
            Standing::Good => {}
            Standing::NotProven(why) => {
                let (code, text) = if has_anchors {
                    ("SIGNATURE_NOT_PROVEN", texts::SIGNATURE_NOT_PROVEN)
                } else {
                    ("TRUST_NOT_JUDGED", texts::TRUST_NOT_JUDGED)
                };
                admitted.warnings.push(warning(code, text, path, "why", &why));
            }
            Standing::Unsigned if args.allow_unsigned => {}
            Standing::Unsigned => return Err(CliError::new(Code::DocumentUnsigned).path("path", path)),
            Standing::Bad(why) => {
                return Err(CliError::new(Code::DocumentNotVerified).path("path", path).with("why", printable(&why)));
            }
        }
    }
    Ok(())
}

/// What a file's own signatures are worth for sending it.
#[derive(Debug, Eq, PartialEq)]
enum Standing {
    Good,
    /// Nothing speaks against it, but a proof is not at hand.
    NotProven(String),
    Unsigned,
    Bad(String),
}

/// What is missing when only a proof is: no path could be built or no revocation answer be had.
const LACKING_PROOF: [&str; 4] =
    ["TRY_LATER", "REVOCATION_OUT_OF_BOUNDS_NO_POE", "NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED"];
/// The same for someone who configured no anchor at all.
const LACKING_ANCHOR: [&str; 3] =
    ["NO_CERTIFICATE_CHAIN_FOUND", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE", "NO_SIGNING_CERTIFICATE_FOUND"];

fn standing(report: &FileReport, has_anchors: bool) -> Standing {
    if let Some(child) = report.children.iter().find(|c| c.indication == Status::TotalFailed) {
        return Standing::Bad(format!("{}: {}", child.path, reason(child)));
    }
    match report.indication {
        Status::TotalPassed => Standing::Good,
        Status::NoSignature | Status::Skipped => Standing::Unsigned,
        Status::Unreadable
            if report.errors.iter().any(|e| matches!(e.code.as_str(), "UNKNOWN_FORMAT" | "FORMAT_NOT_SUPPORTED")) =>
        {
            Standing::Unsigned
        }
        Status::Unreadable | Status::TotalFailed => Standing::Bad(reason(report)),
        Status::Indeterminate => {
            let lacking = |sub: Option<&str>| {
                sub.is_some_and(|s| LACKING_PROOF.contains(&s) || (!has_anchors && LACKING_ANCHOR.contains(&s)))
            };
            let open = report.signatures.iter().filter(|s| s.indication == Status::Indeterminate);
            let mut subs = open.map(|s| s.sub_indication).peekable();
            if subs.peek().is_some() && subs.all(lacking) && report.errors.is_empty() {
                Standing::NotProven(reason(report))
            } else {
                Standing::Bad(reason(report))
            }
        }
    }
}

// The verdict and, for the worst signature, its reason.
fn reason(report: &FileReport) -> String {
    let worst = report.signatures.iter().find(|s| s.indication == report.indication);
    let sub = worst.and_then(|s| s.sub_indication.map(|sub| format!("{} {sub}", s.id)));
    let error = report.errors.first().map(|e| e.text.clone());
    match sub.or(error) {
        Some(why) => format!("{}, {why}", report.indication.name()),
        None => report.indication.name().to_owned(),
    }
}

pub(super) fn warning(code: &'static str, text: Text, path: &Path, key: &'static str, value: &str) -> Warning {
    (code, text, vec![("path", crate::cli::files::path_text(path)), (key, value.to_owned())])
}
