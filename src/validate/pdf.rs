//! Signatures of a PDF — ISO 32000-2 12.8, EN 319 142-1: what is found in the file, before any judging.
//!
//! One pass over the signed ranges hashes them; the rest reads through a bounded window.

use std::collections::HashSet;
use std::sync::Arc;

use super::cades::{note_policy, signature_stamps};
use super::candidate::{Candidate, Change, Extent, Form, Judged, Kind};
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
use crate::pdf::second_opinion::{Opinion, Readers};
use crate::pdf::{Document, OpenOptions, PdfError, Repair, SecurityStore, SignatureField, SignatureType, SubFilter};
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
    let strict = Document::open_with(file, OpenOptions { password, repair: Repair::Refuse });
    let document = match strict {
        Err(PdfError::XrefDamaged { .. }) => Document::open_with(file, OpenOptions { password, repair: Repair::Scan })?,
        other => other?,
    };
    let fields = document.signatures()?;
    let mut collected = Collected {
        revisions: number(document.revisions().len()),
        is_rebuilt: document.is_rebuilt(),
        ..Collected::default()
    };
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let readers = Readers::new(&document);
    let analysis = match scope {
        Scope::Everything => Some(Analysis::new(&document, &fields)?),
        Scope::Signatures => None,
    };
    for (at, field) in fields.iter().enumerate() {
        // A dictionary in several fields is one signature, reported once under the first field's name.
        let id = field.signature.as_ref().and_then(|s| s.value.id);
        if id.is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let Some(mut one) = candidate(&document, field, collected.revisions) else { continue };
        if let Some(analysis) = &analysis {
            changes(&mut one.base, &analysis.changes_after(at)?);
            opinions(&mut one.base, &readers, field)?;
        }
        found.push(one);
    }
    let wanted: Vec<Wanted> = found.iter().map(|one| one.wanted.clone()).collect();
    let (sha256, digests) = hashing::hash_from(file, &wanted, known)?;
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

fn candidate(document: &Document<'_>, field: &SignatureField, revisions: u32) -> Option<Found> {
    let signature = field.signature.as_ref()?;
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
    Some(Found { base, signed_data, raw: cms.into(), wanted })
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
            // A later signature under no name cannot be settled, and its judgement stays with nobody.
            comes_with: change.comes_with.clone(),
            rect: change.rect.map(|rect| rect.to_array()),
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
fn opinions(base: &mut Candidate, readers: &Readers<'_, '_>, field: &SignatureField) -> Result<(), PdfError> {
    let Some(signature) = &field.signature else { return Ok(()) };
    let end = signature.coverage.range.as_ref().map_or(0, |r| r.end);
    let opinion = readers.ask(signature.coverage.revision, end, signature.value.id)?;
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
        Opinion::NotRun(why) if coverage_is_sound(field) => {
            base.remarks.push(Finding::SecondOpinionNotRun(why.into()));
        }
        _ => {}
    }
    Ok(())
}

fn coverage_is_sound(field: &SignatureField) -> bool {
    field.signature.as_ref().is_some_and(|s| s.coverage.is_sound())
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
