//! Validation process for basic signatures — EN 319 102-1 5.3: form, signing certificate, its path now, the
//! signature value, and the policy's demands on attributes.

use super::candidate::{Candidate, Form};
use super::certificate::{self, Outcome};
use super::conclusion::{Conclusion, SubIndication};
use super::crypto::{self, Cryptographic, Integrity};
use super::envelope::Envelope;
use super::finding::Finding;
use super::signing_certificate::{self, Reference};
use super::{Inputs, constraints};
use crate::path::Purpose;
use crate::policy::OnDoubt;
use crate::x509::Certificate;

/// What the basic process found, kept apart so that proofs of existence can mend what they may mend.
#[derive(Clone, Debug)]
pub(crate) struct Basic {
    /// Form, signing certificate, signature value, attributes: no proof of existence changes this.
    pub(crate) intrinsic: Conclusion,
    /// The path now; `None` without a signing certificate.
    pub(crate) certificate: Option<Outcome>,
    /// The signature's own algorithms are too weak now.
    pub(crate) weak_now: Option<Finding>,
    /// Do digest and value hold.
    pub(crate) cryptographic: Option<Cryptographic>,
    /// The signer's certificate.
    pub(crate) signer: Option<Certificate>,
    /// A signed attribute names the certificate.
    pub(crate) named: bool,
    /// Remarks.
    pub(crate) findings: Vec<Finding>,
}

impl Basic {
    /// The one word for reports.
    pub(crate) fn integrity(&self) -> Integrity {
        self.cryptographic.as_ref().map_or(Integrity::Unknown, |c| c.integrity)
    }
}

/// Runs the basic process at `inputs.now`.
pub(crate) fn validate(candidate: &Candidate, inputs: &Inputs<'_>) -> Basic {
    let mut basic = Basic {
        intrinsic: Conclusion::Passed,
        certificate: None,
        weak_now: None,
        cryptographic: None,
        signer: None,
        named: false,
        findings: candidate.remarks.clone(),
    };
    // 5.2.2 format checking.
    for (finding, sub) in &candidate.breaches {
        basic.intrinsic = basic.intrinsic.worse(Conclusion::Not(*sub));
        basic.findings.push(finding.clone());
    }
    let rules = &inputs.policy.structure;
    let refused = candidate.remarks.iter().any(|remark| match remark {
        Finding::SecondOpinionCannotRead(_) => rules.second_opinion_unreadable == OnDoubt::Refuse,
        Finding::SecondOpinionNotRun(_) => rules.second_opinion_not_run == OnDoubt::Refuse,
        _ => false,
    });
    if refused {
        basic.intrinsic = basic.intrinsic.worse(Conclusion::Not(SubIndication::SigConstraintsFailure));
    }
    // 5.2.4: a signature policy that is demanded to be followed and not at hand.
    let follows = candidate.remarks.iter().any(|remark| matches!(remark, Finding::SignaturePolicy(_)));
    if follows && rules.signature_policy == OnDoubt::Refuse {
        basic.intrinsic = basic.intrinsic.worse(Conclusion::Not(SubIndication::SignaturePolicyNotAvailable));
    }
    // 5.2.3 identification of the signing certificate: those in the signature first.
    let carried = candidate.envelope.certificates();
    let identified =
        signing_certificate::identify(&candidate.envelope, carried.iter().copied().chain(inputs.pool.all()));
    // 5.2.7 cryptographic verification; its outcome outranks whatever trust says.
    let spki = identified.certificate.as_ref().map(Certificate::spki);
    let Some(cryptographic) = crypto::verify(candidate, spki) else {
        basic.intrinsic = basic.intrinsic.worse(Conclusion::Not(SubIndication::FormatFailure));
        return basic;
    };
    basic.findings.extend(identified.findings);
    basic.named = identified.reference == Reference::Named;
    basic.findings.extend(cryptographic.findings.iter().cloned());
    basic.intrinsic = basic.intrinsic.worse(cryptographic.conclusion).worse(identified.conclusion);
    // 5.2.8 signature acceptance: attributes.
    let (attributes, findings) = attributes(candidate, identified.reference, &cryptographic);
    basic.findings.extend(findings);
    basic.intrinsic = basic.intrinsic.worse(attributes);
    if let (Some(scheme), Some(spki)) = (cryptographic.scheme, spki) {
        basic.weak_now = constraints::value(scheme, &cryptographic.digests, spki, inputs.now, inputs.policy);
    }
    // 5.2.6 certificate validation.
    if let Some(found) = &identified.certificate {
        basic.certificate = Some(certificate::validate(found, Purpose::DocumentSigning, inputs.now, inputs));
    }
    basic.cryptographic = Some(cryptographic);
    basic.signer = identified.certificate;
    basic
}

/// What the form demands of the signed attributes (EN 319 142-1 6.3, EN 319 132-1 6.3, ISO 32000-1 12.8.3.3).
fn attributes(
    candidate: &Candidate,
    reference: Reference,
    cryptographic: &Cryptographic,
) -> (Conclusion, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut conclusion = Conclusion::Passed;
    if !cryptographic.has_signed_attributes {
        conclusion = Conclusion::Not(SubIndication::SigConstraintsFailure);
    }
    if reference == Reference::Absent && cryptographic.has_signed_attributes {
        findings.push(Finding::NoSigningCertificateReference);
        if candidate.form.demands_reference() {
            conclusion = Conclusion::Not(SubIndication::SigConstraintsFailure);
        }
    }
    if let (Form::PadesCades, Envelope::Cms(cms)) = (&candidate.form, &candidate.envelope)
        && matches!(cms.signer.signing_time(), Ok(Some(_)) | Err(_))
    {
        findings.push(Finding::SigningTimeInPades);
    }
    (conclusion, findings)
}
