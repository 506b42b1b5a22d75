//! Signatures of a PDF — ISO 32000-2 12.8, EN 319 142-1: what is found in the file, before any judging.
//!
//! One pass over the signed ranges hashes them; the rest reads through a bounded window.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::cades::{note_policy, signature_stamps};
use super::candidate::{Candidate, Change, Digests, Extent, Form, Judged, Kind};
use super::cause::Cause;
use super::collected::{self, Collected};
use super::conclusion::SubIndication;
use super::envelope::{CmsSignature, Envelope};
use super::finding::Finding;
use super::hashing::{self, Prefix, Wanted};
use super::poe;
use crate::algorithms::DigestAlgorithm;
use crate::asn1::Tlv;
use crate::base::read::ReadAt;
use crate::cms::{SignedData, oids};
use crate::pdf::diff::{self, Analysis, Attack, ChangeKind, Diff};
use crate::pdf::second_opinion::{Opinion, Readers, SecondOpinion};
use crate::pdf::{
    Document, OpenOptions, PdfError, Repair, SecurityStore, Signature, SignatureField, SignatureType, SubFilter,
};
use crate::tsp::Token;

/// How much of a PDF is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// Signatures, what was added after each, and what other readers see.
    Everything,
    /// Signatures only. For a file just made whose one signature covers all of it; a verdict on anybody else's file
    /// needs the rest.
    Signatures,
}

/// Reads the signatures of a PDF and hashes what they cover.
///
/// # Errors
/// [`PdfError`] when the file cannot be read as a PDF at all.
pub fn collect(file: &dyn ReadAt, password: Option<&str>) -> Result<Collected, PdfError> {
    collect_in(file, password, Scope::Everything, None)
}

/// [`collect`] with up to `helpers` threads more than the one that asks. What is found does not depend on them.
///
/// # Errors
/// Those of [`collect`].
pub(crate) fn collect_with(file: &dyn ReadAt, password: Option<&str>, helpers: usize) -> Result<Collected, PdfError> {
    let document = open(file, password)?;
    let collected = gather(&document, Scope::Everything, None, helpers);
    if helpers > 0 && document.has_run_out() {
        // What one document may cost was spent by several threads: which of them was refused is chance.
        return collect(file, password);
    }
    collected
}

/// [`collect`] within a scope, going on from what is `known` of the file's first bytes.
///
/// # Errors
/// Those of [`collect`].
pub(crate) fn collect_in(
    file: &dyn ReadAt,
    password: Option<&str>,
    scope: Scope,
    known: Option<Prefix>,
) -> Result<Collected, PdfError> {
    gather(&open(file, password)?, scope, known, 0)
}

fn open<'a>(file: &'a dyn ReadAt, password: Option<&str>) -> Result<Document<'a>, PdfError> {
    match Document::open_with(file, OpenOptions { password, repair: Repair::Refuse }) {
        Err(PdfError::XrefDamaged { .. }) => Document::open_with(file, OpenOptions { password, repair: Repair::Scan }),
        other => other,
    }
}

fn gather(document: &Document<'_>, scope: Scope, known: Option<Prefix>, helpers: usize) -> Result<Collected, PdfError> {
    let fields = document.signatures()?;
    let mut collected = Collected {
        revisions: number(document.revisions().len()),
        is_rebuilt: document.is_rebuilt(),
        ..Collected::default()
    };
    let mut seen = HashSet::new();
    // A dictionary in several fields is one signature, reported once under the first field's name.
    let signed: Vec<Signed<'_>> = fields
        .iter()
        .enumerate()
        .filter_map(|(at, field)| Some(Signed { at, field, signature: field.signature.as_ref()? }))
        .filter(|signed| signed.signature.value.id.is_none_or(|id| seen.insert(id)))
        .collect();
    let questions = Questions::new(document, if scope == Scope::Everything { &signed } else { &[] });
    let (mut found, hashes) = std::thread::scope(|scope_of_threads| {
        for _ in 0..helpers.min(questions.len()) {
            // Where no thread is to be had, everything is done by this one.
            let _ = std::thread::Builder::new().spawn_scoped(scope_of_threads, || questions.answer());
        }
        let own = own_part(document, scope, &fields, &signed, collected.revisions, known);
        match own.is_ok() {
            true => questions.answer(),
            false => questions.drop_rest(),
        }
        own
    })?;
    for ((one, signed), opinion) in found.iter_mut().zip(&signed).zip(questions.answers()) {
        opinions(&mut one.base, opinion?, signed.signature.coverage.is_sound());
    }
    let (sha256, digests) = hashes;
    collected.documents.push(collected::Document { name: None, sha256: sha256.clone() });
    collected.sha256 = sha256;
    for (mut one, digests) in found.into_iter().zip(digests) {
        one.base.digests = digests;
        collected.candidates.extend(each_signer(&one));
    }
    collected.candidates.sort_by_key(|c| c.extent.revision.unwrap_or(u32::MAX));
    if !collected.candidates.is_empty()
        && let Ok(Some(store)) = document.view().security_store()
    {
        collected.stored = stored(&store);
        collected.certificates = store.certificates;
        collected.crls = store.crls;
        collected.ocsp_responses = store.ocsp_responses;
    }
    Ok(collected)
}

/// A field that is signed, and its place among all signature fields.
struct Signed<'f> {
    at: usize,
    field: &'f SignatureField,
    signature: &'f Signature,
}

/// The SHA-256 of a file, and the digests of what each signature covers.
type Hashes = (Vec<u8>, Vec<Digests>);

/// What our own reader finds in the file: the signatures, what was added after each, and what they cover, hashed.
fn own_part(
    document: &Document<'_>,
    scope: Scope,
    fields: &[SignatureField],
    signed: &[Signed<'_>],
    revisions: u32,
    known: Option<Prefix>,
) -> Result<(Vec<Found>, Hashes), PdfError> {
    let analysis = match scope {
        Scope::Everything => Some(Analysis::new(document, fields)?),
        Scope::Signatures => None,
    };
    let mut found = Vec::with_capacity(signed.len());
    for signed in signed {
        let mut one = candidate(document, signed, revisions);
        if let Some(analysis) = &analysis {
            changes(&mut one.base, &analysis.changes_after(signed.at)?);
        }
        found.push(one);
    }
    let wanted: Vec<Wanted> = found.iter().map(|one| one.wanted.clone()).collect();
    let hashes = hashing::hash_from(document.file(), &wanted, known)?;
    Ok((found, hashes))
}

/// What is to be asked of the other readers, one signature after the other, by whatever threads there are.
struct Questions<'q, 'd, 'a> {
    readers: Readers<'d, 'a>,
    signed: &'q [Signed<'q>],
    next: AtomicUsize,
    answers: Vec<OnceLock<Result<SecondOpinion, PdfError>>>,
}

impl<'q, 'd, 'a> Questions<'q, 'd, 'a> {
    fn new(document: &'d Document<'a>, signed: &'q [Signed<'q>]) -> Self {
        let answers = signed.iter().map(|_| OnceLock::new()).collect();
        Questions { readers: Readers::new(document, signed.len()), signed, next: AtomicUsize::new(0), answers }
    }

    fn len(&self) -> usize {
        self.signed.len()
    }

    /// Asks until nothing is left to ask.
    fn answer(&self) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let (Some(signed), Some(answer)) = (self.signed.get(at), self.answers.get(at)) else { return };
            let coverage = &signed.signature.coverage;
            let end = coverage.range.as_ref().map_or(0, |r| r.end);
            let _asked_once = answer.set(self.readers.ask(coverage.revision, end, signed.signature.value.id));
        }
    }

    fn drop_rest(&self) {
        self.next.store(self.signed.len(), Ordering::Relaxed);
    }

    /// The answers, in the order of the signatures.
    fn answers(self) -> impl Iterator<Item = Result<SecondOpinion, PdfError>> {
        self.answers.into_iter().filter_map(OnceLock::into_inner)
    }
}

fn candidate(document: &Document<'_>, signed: &Signed<'_>, revisions: u32) -> Found {
    let Signed { field, signature, .. } = signed;
    let value = &signature.value;
    let coverage = &signature.coverage;
    let widget = field.field.widgets.first();
    let is_timestamp = value.kind == SignatureType::DocTimeStamp || value.sub_filter == SubFilter::EtsiRfc3161;
    let kind = if is_timestamp { Kind::DocTimestamp } else { Kind::Signature };
    let mut base = Candidate::new(field.field.name.clone(), kind, form(&value.sub_filter), Envelope::Unreadable);
    base.claimed_time = value.claimed_time;
    base.extent = Extent {
        revision: coverage.revision.map(|r| number(r).saturating_add(1)),
        of: Some(revisions),
        whole_file: coverage.whole_file,
        names: Vec::new(),
        signatures: Vec::new(),
    };
    base.page = widget.and_then(|w| w.page).map(number);
    base.rect = widget.and_then(|w| w.rect).filter(|r| r.width() > 0.0 && r.height() > 0.0).map(|r| r.to_array());
    for finding in &coverage.findings {
        if let Some(attack) = Attack::of_byte_range(finding) {
            push_once(&mut base.remarks, Finding::Attack(attack.name().to_owned()));
        }
        base.breaches.push((Finding::ByteRange(finding.into()), SubIndication::FormatFailure));
    }
    if !signature.shared_with.is_empty() {
        base.remarks.push(Finding::SharedSignature);
    }
    if document.is_rebuilt() {
        let why = Cause::new("searched", Vec::new(), "objects were found by searching the file");
        base.breaches.push((Finding::XrefRebuilt(why), SubIndication::SigConstraintsFailure));
    }
    match &base.form {
        Form::Legacy(name) => {
            base.breaches.push((Finding::LegacySubFilter(name.clone()), SubIndication::SigConstraintsFailure));
        }
        Form::Unknown(name) => {
            base.breaches.push((Finding::UnknownSubFilter(name.clone()), SubIndication::SigConstraintsFailure));
        }
        _ => {}
    }
    let contents = value.contents.as_deref().unwrap_or_default();
    let cms = coverage.cms_length.and_then(|length| contents.get(..length)).unwrap_or(contents);
    let signed_data = match SignedData::parse(cms) {
        Ok(signed_data) => {
            if !Tlv::parse(cms).is_ok_and(|tlv| tlv.is_der()) {
                base.remarks.push(Finding::CmsNotDer);
            }
            Some(Arc::new(signed_data))
        }
        Err(error) => {
            let finding = Finding::CmsUnreadable(error.to_string());
            base.breaches.push((finding, SubIndication::FormatFailure));
            None
        }
    };
    let signers = signed_data.as_ref().map_or(1, |s| s.signers().len());
    if signers != 1 && !matches!(base.form, Form::Legacy(_)) {
        // EN 319 142-1 6.2.1: there shall only be a single signer.
        base.breaches.push((Finding::SignerCount(signers), SubIndication::SigConstraintsFailure));
    }
    if let Some(signed_data) = signed_data.as_ref().filter(|_| base.form.is_detached()) {
        // ISO 32000-2 12.8.3.3.1, EN 319 142-1 6.2.1: of type data, and nothing inside.
        let inside = signed_data.encapsulated_content().is_some_and(|content| !content.is_empty());
        if inside || *signed_data.encapsulated_content_type() != oids::DATA {
            base.breaches.push((Finding::ContentType, SubIndication::FormatFailure));
        }
    }
    if is_timestamp
        && let Some(view) = coverage.revision.and_then(|r| document.view_at(r))
        && let Ok(Some(store)) = view.security_store()
    {
        base.stored = stored(&store);
    }
    let algorithms = signed_data.as_ref().map(|s| algorithms(s, is_timestamp, cms)).unwrap_or_default();
    let ranges = coverage.range.as_ref().map(|r| vec![(r.start, r.hole_start), (r.hole_end, r.end)]);
    let wanted = Wanted { ranges: ranges.unwrap_or_default(), algorithms };
    Found { base, signed_data, raw: cms.into(), wanted }
}

/// A signature dictionary, before its content is hashed.
struct Found {
    base: Candidate,
    signed_data: Option<Arc<SignedData>>,
    raw: Arc<[u8]>,
    wanted: Wanted,
}

/// What was added after the signature, judged object by object.
fn changes(base: &mut Candidate, diff: &Diff) {
    for change in &diff.changes {
        let judged = match change.judged {
            diff::Judged::Allowed | diff::Judged::IfPassed => Judged::Allowed,
            diff::Judged::NotJudged => Judged::NotJudged,
            diff::Judged::Forbidden => Judged::Forbidden,
        };
        if !change.overlaps.is_empty() {
            base.remarks.push(Finding::StampOverlaps(change.overlaps.join(", ")));
        }
        base.changes.push(Change {
            kind: change.kind.name().to_owned(),
            judged,
            page: change.page.map(number),
            what: Cause::change(change),
            field: change.field.clone(),
            attack: change.attack.map(Attack::name),
            comes_with: change.comes_with.clone(),
            rect: change.rect.map(|rect| rect.to_array()),
            // A later signature under no name cannot be settled, and its judgement stays with nobody.
            depends_on: (change.judged == diff::Judged::IfPassed).then(|| change.field.clone().unwrap_or_default()),
        });
    }
    if diff.cut {
        base.changes.push(Change {
            kind: ChangeKind::Structure.name().to_owned(),
            judged: Judged::Forbidden,
            page: None,
            what: Cause::new("TOO_MANY_CHANGES", Vec::new(), "more changes than are listed (TOO_MANY_CHANGES)"),
            field: None,
            depends_on: None,
            comes_with: None,
            rect: None,
            attack: None,
        });
    }
}

/// What other readers see in the signed bytes.
fn opinions(base: &mut Candidate, opinion: SecondOpinion, coverage_is_sound: bool) {
    for (who, disagreement) in opinion.disagreements() {
        let object = disagreement.object.map(|id| format!(", object {id}")).unwrap_or_default();
        let text = format!("{who} on {}{object}", disagreement.part);
        let mut facts = vec![("reader", who.to_string())];
        facts.extend(disagreement.object.map(|id| ("object", id.to_string())));
        let what = Cause::new("readers-disagree", facts, text).because((&disagreement.part).into());
        push_once(&mut base.remarks, Finding::StructureAmbiguous(what));
    }
    base.ambiguous = opinion.is_ambiguous();
    match opinion.hayro {
        Opinion::CannotRead => base.remarks.push(Finding::SecondOpinionCannotRead(Cause::new(
            "reader-failed",
            vec![("reader", "hayro-syntax".to_owned())],
            "hayro-syntax",
        ))),
        Opinion::NotRun(why) if coverage_is_sound => {
            base.remarks.push(Finding::SecondOpinionNotRun(why.into()));
        }
        _ => {}
    }
}

fn push_once(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// One entry for each SignerInfo: the second and later ones get a number behind the field's name.
fn each_signer(found: &Found) -> Vec<Candidate> {
    let base = &found.base;
    let Some(signed_data) = found.signed_data.as_ref().filter(|s| !s.signers().is_empty()) else {
        return vec![base.clone()];
    };
    let each = signed_data.signers().iter().enumerate().map(|(at, signer)| {
        let id = if at == 0 { base.id.clone() } else { format!("{}#{}", base.id, at + 1) };
        let envelope = Envelope::Cms(CmsSignature {
            raw: found.raw.clone(),
            signed_data: signed_data.clone(),
            signer: signer.clone(),
            content_type: Some(oids::DATA),
        });
        let stamps = if base.kind == Kind::Signature { signature_stamps(signer) } else { Vec::new() };
        let mut one = Candidate { id, envelope, stamps, ..base.clone() };
        note_policy(&mut one);
        one
    });
    each.collect()
}

fn form(sub_filter: &SubFilter) -> Form {
    match sub_filter {
        SubFilter::EtsiCadesDetached => Form::PadesCades,
        SubFilter::AdbePkcs7Detached => Form::Pkcs7Detached,
        SubFilter::EtsiRfc3161 => Form::PadesTimestamp,
        SubFilter::AdbePkcs7Sha1 => Form::Legacy("adbe.pkcs7.sha1".to_owned()),
        SubFilter::AdbeX509RsaSha1 => Form::Legacy("adbe.x509.rsa_sha1".to_owned()),
        SubFilter::Other(name) => Form::Unknown(name.clone()),
        SubFilter::Missing => Form::Unknown("(none)".to_owned()),
    }
}

/// The digests that judging this CMS will ask for.
fn algorithms(signed_data: &SignedData, is_timestamp: bool, cms: &[u8]) -> Vec<DigestAlgorithm> {
    let mut wanted: Vec<DigestAlgorithm> = if is_timestamp {
        let token = Token::parse(cms).ok();
        token.and_then(|t| DigestAlgorithm::from_oid(&t.info().imprint_algorithm.oid)).into_iter().collect()
    } else {
        signed_data.signers().iter().filter_map(|s| DigestAlgorithm::from_oid(&s.digest_algorithm().oid)).collect()
    };
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

fn stored(store: &SecurityStore) -> Vec<[u8; 32]> {
    let all = [&store.certificates, &store.crls, &store.ocsp_responses];
    all.into_iter().flatten().map(|object| poe::digest(object)).collect()
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::{Builder, Form as FileForm, document_with};

    // Four signature dictionaries in as many revisions, the last with another object twice.
    fn several() -> Vec<u8> {
        let fields = "/AcroForm<</Fields[21 0 R 22 0 R 23 0 R 24 0 R]/SigFlags 3>>";
        let field = |number: u32| {
            format!("<</FT/Sig/T(S{number})/Type/Annot/Subtype/Widget/Rect[0 0 9 9]/P 3 0 R/V {} 0 R>>", number + 10)
        };
        let empty: Vec<(u32, String)> =
            (21..25).map(|number| (number, field(number).replace(&format!("/V {} 0 R", number + 10), ""))).collect();
        let more: Vec<(u32, &str)> = empty.iter().map(|(number, body)| (*number, body.as_str())).collect();
        let mut file = document_with(FileForm::Table, fields, "/Annots[21 0 R 22 0 R 23 0 R 24 0 R]", &more);
        for number in 21..25 {
            let previous = Document::open(&file).expect("opens").start_xref();
            let mut builder = Builder::after(&file);
            builder.object(number, &field(number));
            let value = "<</Type/Sig/Filter/X/SubFilter/ETSI.CAdES.detached/ByteRange[0 AAAAAAAA BBBBBBBB CCCCCCCC]\
                         /Contents<30030201010000>>>";
            builder.object(number + 10, value);
            if number == 24 {
                builder.object(3, "<</Type/Page/Parent 2 0 R/Rotate 90>>");
                builder.object(3, "<</Type/Page/Parent 2 0 R/Rotate 180>>");
            }
            file = builder.table(&format!("/Root 1 0 R/Size 60/Prev {previous}"));
            let find = |file: &[u8], what: &[u8]| file.windows(what.len()).rposition(|window| window == what);
            let hole = find(&file, b"/Contents<").expect("there") + 9;
            let end = hole + file[hole..].iter().position(|byte| *byte == b'>').expect("there") + 1;
            for (what, number) in [(b"AAAAAAAA", hole), (b"BBBBBBBB", end), (b"CCCCCCCC", file.len() - end)] {
                let at = find(&file, what).expect("there");
                file[at..at + what.len()].copy_from_slice(format!("{number:08}").as_bytes());
            }
        }
        file
    }

    #[test]
    fn helping_threads_change_nothing_of_what_is_found() {
        let file = several();
        let alone = format!("{:?}", collect(&file, None).expect("reads"));
        assert!(alone.contains("StructureAmbiguous"), "{alone}");
        for helpers in [1, 2, 7] {
            for _ in 0..20 {
                assert_eq!(format!("{:?}", collect_with(&file, None, helpers).expect("reads")), alone);
            }
        }
    }

    #[test]
    fn a_document_that_costs_too_much_ends_the_same_with_and_without_help() {
        // An object of a megabyte, named over and over by the form.
        let big = format!("[{}]", "0 ".repeat(600_000));
        let kids = "<</FT/Sig/Kids[10 0 R]/T 10 0 R/Rect 10 0 R>>".to_owned();
        let names: Vec<(u32, String)> = (30..130).map(|n| (n, kids.clone())).collect();
        let mut more: Vec<(u32, &str)> = names.iter().map(|(number, body)| (*number, body.as_str())).collect();
        more.push((10, &big));
        let list: Vec<String> = names.iter().map(|(number, _)| format!("{number} 0 R")).collect();
        let fields = format!("/AcroForm<</Fields[{}]>>", list.join(" "));
        let file = document_with(FileForm::Table, &fields, "", &more);
        let told = |got: Result<Collected, PdfError>| format!("{got:?}");
        let alone = told(collect(&file, None));
        for helpers in [1, 3] {
            assert_eq!(told(collect_with(&file, None, helpers)), alone);
        }
    }
}
