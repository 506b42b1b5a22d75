//! What a judgement will need again later, for signing at the long-term levels and for extending.

use super::Judge;
use crate::base::read::ReadAt;
use crate::base::time::UnixTime;
use crate::net::Wanted;
use crate::path::{Anchors, Purpose, Settings};
use crate::pdf::PdfError;
use crate::policy::Policy;
use crate::proofs::Store;
use crate::revocation::Usable;
use crate::validate::candidate::Kind;
use crate::validate::collected::Collected;
use crate::validate::hashing::Prefix;
use crate::validate::material::{Material, Missing, material};
use crate::validate::pdf::{Scope, collect, collect_in};
use crate::validate::verdict::Verdict;
use crate::validate::{Inputs, judge};
use crate::x509::Certificate;

/// A judged PDF and, signature by signature in the same order, what judging it took.
pub(crate) struct Proven {
    /// The verdicts.
    pub(crate) verdicts: Vec<Verdict>,
    /// The validation data of each.
    pub(crate) material: Vec<Material>,
}

/// What is known about a certificate before it signs.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// Good, by evidence at hand.
    Good,
    /// Revoked.
    Revoked {
        /// The certificate or the issuer that is.
        certificate: Box<Certificate>,
        /// Since when.
        at: UnixTime,
    },
    /// Nobody could be asked, or nobody knows.
    Unknown {
        /// The certificate names somebody to ask.
        names_a_source: bool,
        /// Why there is no answer, where somebody was asked.
        why: Option<String>,
    },
}

impl Judge {
    /// True when paths can end somewhere.
    pub(crate) fn has_anchors(&self) -> bool {
        !self.trust.signer_anchors.is_empty() && !self.trust.tsa_anchors.is_empty()
    }

    /// The policy.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a PDF at `now`, with OCSP answers from after this call, and gathers what that took.
    ///
    /// # Errors
    /// [`PdfError`] when it cannot be read.
    pub(crate) fn prove(&self, file: &dyn ReadAt, now: UnixTime) -> Result<Proven, PdfError> {
        Ok(self.prove_collected(&collect(file, self.password())?, now))
    }

    /// [`Judge::prove`] for what was collected of a file of any format.
    pub(crate) fn prove_collected(&self, collected: &Collected, now: UnixTime) -> Proven {
        // An answer from before a time-stamp says nothing about the moment after it.
        if let Some(collector) = &self.collector {
            collector.forget_ocsp();
        }
        let store = self.gather_afresh(collected, now);
        let now = self.answered(now);
        let inputs = self.inputs(&store, now);
        let verdicts = judge(collected, &inputs);
        let material = verdicts.iter().map(|verdict| of(verdict, &inputs)).collect();
        Proven { verdicts, material }
    }

    /// Everything at hand, and fresh answers where the file's own would do as well.
    fn gather_afresh(&self, collected: &Collected, now: UnixTime) -> Store {
        let without = Collected { crls: Vec::new(), ocsp_responses: Vec::new(), ..collected.clone() };
        let mut store = self.gather(&without, self.collector.as_ref(), now);
        store.merge(&self.gather(collected, None, now));
        store
    }

    /// The verdicts on a PDF at `now` by what is at hand; nobody is asked.
    ///
    /// # Errors
    /// [`PdfError`] when it cannot be read.
    pub(crate) fn verdicts_at_hand(&self, file: &dyn ReadAt, now: UnixTime) -> Result<Vec<Verdict>, PdfError> {
        Ok(self.judged_at_hand(&collect(file, self.password())?, now))
    }

    /// [`Judge::verdicts_at_hand`] on a file just made, whose one signature is over all of it: nothing can have been
    /// changed after it, and nobody else's reading is asked. `known` is what was hashed while its first bytes were written.
    ///
    /// # Errors
    /// [`PdfError`] when it cannot be read.
    pub(crate) fn verdicts_on_own(
        &self,
        file: &dyn ReadAt,
        known: Option<Prefix>,
        now: UnixTime,
    ) -> Result<Vec<Verdict>, PdfError> {
        Ok(self.judged_at_hand(&collect_in(file, self.password(), Scope::Signatures, known)?, now))
    }

    /// [`Judge::verdicts_at_hand`] for what was collected of a file of any format.
    pub(crate) fn judged_at_hand(&self, collected: &Collected, now: UnixTime) -> Vec<Verdict> {
        let store = self.gather(collected, None, now);
        judge(collected, &self.inputs(&store, now))
    }

    /// Whether a certificate about to sign is known to be revoked. Without configured anchors its own chain is
    /// believed for this one question: who gave the key gave the chain.
    pub(crate) fn standing(&self, certificate: &Certificate, chain: &[Certificate], now: UnixTime) -> Standing {
        let (found, why) = self.looked_up(certificate, chain, now);
        for missing in &found.missing {
            if let Missing::Revoked { certificate, at } = missing {
                return Standing::Revoked { certificate: Box::new(certificate.clone()), at: *at };
            }
        }
        let names_a_source = !certificate.ocsp_urls().is_empty() || !certificate.crl_urls().is_empty();
        if found.missing.is_empty() { Standing::Good } else { Standing::Unknown { names_a_source, why } }
    }

    /// What speaks for a certificate about to sign, on the terms of [`Judge::standing`].
    pub(crate) fn evidence(&self, certificate: &Certificate, chain: &[Certificate], now: UnixTime) -> Material {
        self.looked_up(certificate, chain, now).0
    }

    /// Asks whoever can be asked; the second value is why the first of them gave nothing.
    fn looked_up(&self, certificate: &Certificate, chain: &[Certificate], now: UnixTime) -> (Material, Option<String>) {
        let mut store = self.store.clone();
        for one in std::iter::once(certificate).chain(chain) {
            store.add_certificate(one.clone());
        }
        let own = chain.last().filter(|_| self.trust.signer_anchors.is_empty());
        let own = own.map(|last| Anchors::from_certificates([last.clone()]));
        let anchors = own.as_ref().unwrap_or(&self.trust.signer_anchors);
        let mut why = None;
        if let Some(collector) = self.collector.as_ref().filter(|_| !anchors.is_empty()) {
            let wanted = Wanted {
                certificates: std::slice::from_ref(certificate),
                anchors,
                settings: &Settings::new(now, Purpose::DocumentSigning),
                links: &self.links,
                usable: Usable::Current { max_age_s: self.policy.revocation.freshness.max_age_s() },
                unknown_signer: self.policy.revocation.unknown_signer,
            };
            why = collector.collect(&wanted, &mut store).first().map(|failure| failure.error.to_string());
        }
        let inputs = Inputs { signer_anchors: anchors, ..self.inputs(&store, self.answered(now)) };
        (material(certificate, Purpose::DocumentSigning, &inputs), why)
    }
}

fn of(verdict: &Verdict, inputs: &Inputs<'_>) -> Material {
    let mut all = Material::default();
    let purpose = match verdict.kind {
        Kind::DocTimestamp => Purpose::TimeStamping,
        _ => Purpose::DocumentSigning,
    };
    if let Some(signer) = &verdict.signer {
        all.merge(material(signer, purpose, inputs));
    }
    for authority in verdict.timestamps.iter().filter_map(|t| t.authority.as_ref()) {
        all.merge(material(authority, Purpose::TimeStamping, inputs));
    }
    all
}
