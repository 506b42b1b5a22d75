//! Which certificates the exchange trusts: a path to an anchor (RFC 5280 §6.1), and nobody who revoked one of it.
//!
//! Revocation is judged by lists given beforehand and, where a [`StatusSource`] is there, by OCSP answers asked for
//! when the lists do not speak. Where any of the two is in use an unknown status is refused; what is out of date
//! counts for a bounded grace, and each such use is logged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use super::evidence::{Evidence, Receipt};
use super::seal::{CheckedReceipt, ReceiptError, verify};
use crate::base::time::UnixTime;
use crate::path::{Anchors, Links, PathError, Pool, Purpose, Settings, ValidPath};
use crate::policy::UnknownStatus;
use crate::revocation::{self, Finding, Status, Target};
use crate::x509::{Certificate, Crl, OcspResponse};

/// Seconds after which an answer is asked for anew, however long it says it is good: a revocation is known within it.
const ASK_ANEW_S: i64 = 3_600;
/// Seconds before a question that got no answer is asked again.
const ASK_AGAIN_S: i64 = 60;
/// Seconds an answer's clock may run ahead of ours.
const SKEW_S: i64 = 300;
/// Most certificates whose answers are kept.
const MOST_KEPT: usize = 50_000;

/// The anchors certificates of this exchange must lead to, intermediates known beforehand, and what is known of
/// revocation.
#[derive(Debug, Default)]
pub struct Trust {
    anchors: Anchors,
    intermediates: Vec<Certificate>,
    links: Links,
    revocation: Option<Revocation>,
}

/// What revocation is judged by.
#[derive(Debug)]
struct Revocation {
    lists: revocation::Evidence,
    pool: Pool,
    grace_s: i64,
    answers: Option<Arc<Answers>>,
}

/// Asks for the status of certificates; may block for as long as a network does.
pub trait StatusSource: Send + Sync + std::fmt::Debug {
    /// An OCSP answer about `certificate` from those who speak for its `issuer`, or `None` when none is to be had now.
    /// What it is worth is judged by the caller.
    fn ask(&self, certificate: &Certificate, issuer: &Certificate, now: UnixTime) -> Option<OcspResponse>;
}

/// OCSP answers as they were asked for, newest per certificate; one [`Trust`] hands them on to the next.
#[derive(Debug)]
pub struct Answers {
    source: Arc<dyn StatusSource>,
    kept: Mutex<HashMap<[u8; 32], Kept>>,
    asking: Mutex<()>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    answer: Option<Arc<revocation::Evidence>>,
    /// When it came.
    since: Option<UnixTime>,
    /// When it was asked for last, in vain or not.
    asked: Option<UnixTime>,
}

impl Kept {
    fn is_to_be_asked(&self, now: UnixTime) -> bool {
        let long_ago = |at: Option<UnixTime>, seconds| at.is_none_or(|at| at.plus(seconds) <= now || now < at);
        long_ago(self.since, ASK_ANEW_S) && long_ago(self.asked, ASK_AGAIN_S)
    }
}

impl Answers {
    /// No answers yet.
    pub fn new(source: Arc<dyn StatusSource>) -> Self {
        Answers { source, kept: Mutex::default(), asking: Mutex::default() }
    }

    fn kept(&self, certificate: &Certificate) -> Kept {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(certificate.sha256()).cloned().unwrap_or_default()
    }

    /// What is known of a certificate; asks first, if that is due and allowed.
    fn about(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        now: UnixTime,
        asking: Asking,
    ) -> Option<Arc<revocation::Evidence>> {
        let known = self.kept(certificate);
        if asking == Asking::Never || !known.is_to_be_asked(now) {
            return known.answer;
        }
        // One question at a time: whoever waited finds the answer, and nobody waits who has one already.
        let _turn = match self.asking.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::WouldBlock) if known.answer.is_some() => return known.answer,
            _ => self.asking.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let mut known = self.kept(certificate);
        if !known.is_to_be_asked(now) {
            return known.answer;
        }
        // A thread of its own: whoever checks may be one that must not wait for a network itself.
        let answer = std::thread::scope(|scope| {
            scope.spawn(|| self.source.ask(certificate, issuer, now)).join().unwrap_or_default()
        });
        known.asked = Some(now);
        match answer {
            Some(answer) => {
                let mut evidence = revocation::Evidence::new();
                let _first = evidence.add_ocsp(answer);
                known.answer = Some(Arc::new(evidence));
                known.since = Some(now);
            }
            None => tracing::warn!(subject = %certificate.subject(), "nobody says whether a certificate was revoked"),
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(*certificate.sha256(), known.clone());
        known.answer
    }
}

/// Whether answers may be asked for, or only those at hand count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asking {
    /// Those at hand only: this thread must not wait.
    Never,
    /// Asked for where that is due.
    WhereDue,
}

/// Why a certificate is not trusted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// It leads to no anchor.
    #[error(transparent)]
    Path(#[from] Box<PathError>),
    /// It, or a certificate above it, was revoked.
    #[error("the certificate {subject} was revoked at {}", .at.rfc3339())]
    Revoked {
        /// Whose certificate.
        subject: String,
        /// When.
        at: UnixTime,
    },
    /// Nothing speaks for it, or for a certificate above it.
    #[error("no revocation list and no OCSP answer speaks for the certificate {subject}")]
    StatusUnknown {
        /// Whose certificate.
        subject: String,
    },
    /// What speaks for it is older than the grace allows.
    #[error("what is known of the revocation of {subject} should have been renewed at {}", .due.rfc3339())]
    StatusStale {
        /// Whose certificate.
        subject: String,
        /// When something newer was due.
        due: UnixTime,
    },
}

impl From<PathError> for Untrusted {
    fn from(error: PathError) -> Self {
        Untrusted::Path(Box::new(error))
    }
}

impl Untrusted {
    /// True when more knowledge may turn it round, false when it is certain.
    pub fn is_for_lack_of_status(&self) -> bool {
        matches!(self, Untrusted::StatusUnknown { .. } | Untrusted::StatusStale { .. })
    }
}

/// What one source says of a certificate: good, and when something newer is due.
#[derive(Clone, Copy, Debug)]
struct Good {
    due: UnixTime,
}

impl Trust {
    /// Anchors, and certificates that may stand below them. Revocation is not looked at.
    pub fn new(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        Trust { anchors: Anchors::from_certificates(anchors), intermediates, links: Links::default(), revocation: None }
    }

    /// The same, judging revocation by these lists: every certificate below an anchor must be covered by one. A list
    /// counts until `grace_s` seconds after its successor was due, and each use after that day is logged.
    #[must_use]
    pub fn with_revocation(self, lists: impl IntoIterator<Item = Crl>, grace_s: i64) -> Self {
        self.with_status(lists, grace_s, None)
    }

    /// The same, asking for OCSP answers about whatever the lists do not speak of.
    #[must_use]
    pub fn with_status(
        mut self,
        lists: impl IntoIterator<Item = Crl>,
        grace_s: i64,
        answers: Option<Arc<Answers>>,
    ) -> Self {
        let mut evidence = revocation::Evidence::new();
        for list in lists {
            let _known_already = evidence.add_crl(list);
        }
        // Whoever signs certificates here signs their lists, or has a certificate from them.
        let pool = Pool::new(
            self.intermediates
                .iter()
                .cloned()
                .chain(self.anchors.all().iter().filter_map(|a| a.certificate().cloned())),
        );
        self.revocation = Some(Revocation { lists: evidence, pool, grace_s, answers });
        self
    }

    /// Whether revocation is judged at all.
    pub fn judges_revocation(&self) -> bool {
        self.revocation.is_some()
    }

    /// Whether answers can be asked for.
    pub fn can_ask(&self) -> bool {
        self.revocation.as_ref().is_some_and(|revocation| revocation.answers.is_some())
    }

    /// Whether a certificate leads to an anchor at `now` (RFC 5280 §6.1) and is not revoked then (§6.3; RFC 6960).
    /// May wait for answers; see [`Trust::check_with`].
    ///
    /// # Errors
    /// [`Untrusted`]; an unknown status is one.
    pub fn check(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<(), Untrusted> {
        self.check_with(certificate, others, purpose, now, Asking::WhereDue)
    }

    /// The same, saying whether answers may be asked for.
    ///
    /// # Errors
    /// [`Untrusted`]; an unknown status is one.
    pub fn check_with(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        purpose: Purpose,
        now: UnixTime,
        asking: Asking,
    ) -> Result<(), Untrusted> {
        let mut pool = Pool::new(self.intermediates.iter().cloned());
        pool.extend(others.iter().cloned());
        let settings = Settings::new(now, purpose);
        let path = crate::path::validate(certificate, &pool, &self.anchors, &settings, &self.links)?;
        match &self.revocation {
            None => Ok(()),
            Some(revocation) => self.check_revocation(&path, others, revocation, (now, asking)),
        }
    }

    fn check_revocation(
        &self,
        path: &ValidPath,
        others: &[Certificate],
        revocation: &Revocation,
        (now, asking): (UnixTime, Asking),
    ) -> Result<(), Untrusted> {
        let mut pool = revocation.pool.clone();
        pool.extend(others.iter().cloned());
        let context = revocation::Context {
            pool: &pool,
            links: &self.links,
            time: now,
            // Dates are judged below, because the grace is ours.
            usable: revocation::Usable::AnyTime,
            unknown_signer: UnknownStatus::Deny,
            work: crate::path::DEFAULT_WORK,
        };
        // Listed by itself, an anchor answers to nobody.
        let own_anchor = path.chain.len() == 1 && path.anchor.certificate() == path.chain.first();
        for (at, certificate) in path.chain.iter().enumerate().filter(|_| !own_anchor) {
            let target = Target { path, at };
            let subject = || certificate.subject().to_string();
            let listed = revocation::check(target, &revocation.lists, &context, None);
            let mut known = good(&listed.all, now, subject)?;
            let issuer = path.chain.get(at.saturating_add(1)).or_else(|| path.anchor.certificate());
            if let (Some(answers), Some(issuer)) = (&revocation.answers, issuer)
                && known.is_none_or(|good| now > good.due)
                && let Some(evidence) = answers.about(certificate, issuer, now, asking)
            {
                let answered = revocation::check(target, &evidence, &context, None);
                let answered = good(&answered.all, now.plus(SKEW_S), subject)?;
                known = known.into_iter().chain(answered).max_by_key(|good| good.due);
            }
            let Some(Good { due }) = known else { return Err(Untrusted::StatusUnknown { subject: subject() }) };
            if now > due.plus(revocation.grace_s) {
                return Err(Untrusted::StatusStale { subject: subject(), due });
            }
            if now > due {
                tracing::warn!(subject = %subject(), due = %due.rfc3339(), "an outdated word on revocation was used");
            }
        }
        Ok(())
    }

    /// Checks a receipt: form, leaf, seal, issuer, anchor.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn check_receipt(&self, bytes: &[u8]) -> Result<CheckedReceipt, ReceiptError> {
        let (receipt, evidence) = Receipt::from_bytes(bytes)?;
        let certificate = self.check_evidence(&receipt, &evidence)?;
        Ok(CheckedReceipt { receipt, evidence, certificate })
    }

    /// The same for a receipt that was read: seal, issuer, anchor. Returns the sealing certificate.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn check_evidence(&self, receipt: &Receipt, evidence: &Evidence) -> Result<Certificate, ReceiptError> {
        let verified = verify(&receipt.evidence, &receipt.signature)?;
        if verified.sha256() != evidence.issuer_certificate {
            return Err(ReceiptError::OtherCertificate);
        }
        let purpose = Purpose::DocumentSigning;
        self.check(&verified.certificate, &verified.others, purpose, evidence.time)?;
        Ok(verified.certificate)
    }
}

/// What findings, best first, say of a certificate. One from after `now` says nothing yet.
fn good(findings: &[Finding], now: UnixTime, subject: impl Fn() -> String) -> Result<Option<Good>, Untrusted> {
    let finding = findings.iter().find(|finding| finding.this_update <= now);
    match finding.map(|finding| (finding.status, finding)) {
        Some((Status::Revoked { at, .. }, _)) => Err(Untrusted::Revoked { subject: subject(), at }),
        Some((Status::Good, finding)) => {
            Ok(Some(Good { due: finding.next_update.unwrap_or(finding.this_update.plus(ASK_ANEW_S)) }))
        }
        _ => Ok(None),
    }
}
