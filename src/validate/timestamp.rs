//! Time-stamp validation — EN 319 102-1 5.4, and past signature validation (5.6.2.4) where the authority's
//! certificate no longer validates now.

use super::candidate::StampKind;
use super::cause::Cause;
use super::conclusion::{Conclusion, SubIndication};
use super::finding::Finding;
use super::poe::{self, ProofsOfExistence};
use super::verdict::{RevocationFact, TimestampVerdict};
use super::{Inputs, certificate, constraints, past_certificate};
use crate::algorithms::cms_signer::SignerError;
use crate::algorithms::{DigestAlgorithm, SignatureScheme, VerifyError};
use crate::base::time::UnixTime;
use crate::path::Purpose;
use crate::timestamp::{TokenError, TokenFacts, verify_token};
use crate::tsp::Token;
use crate::x509::Certificate;

/// Seconds the authority's clock may be ahead of ours.
const CLOCK_SKEW_S: i64 = 60;

/// Outcome for one token.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// `Passed`, or why not.
    pub(crate) conclusion: Conclusion,
    /// The time stated, when the token could be read.
    pub(crate) gen_time: Option<UnixTime>,
    /// The authority's certificate.
    pub(crate) authority: Option<Certificate>,
    /// Its path.
    pub(crate) chain: Vec<Certificate>,
    /// A path to an anchor was found and judged good.
    pub(crate) trusted: bool,
    /// Revocation facts along it.
    pub(crate) revocation: Vec<RevocationFact>,
    /// Digest and scheme of the token's signature, when it verifies.
    pub(crate) algorithms: Option<(DigestAlgorithm, SignatureScheme)>,
    /// Remarks.
    pub(crate) findings: Vec<Finding>,
}

impl Outcome {
    /// The part of it that a signature's verdict carries.
    pub(crate) fn verdict(&self, kind: StampKind) -> TimestampVerdict {
        TimestampVerdict {
            kind,
            gen_time: self.gen_time,
            authority: self.authority.clone(),
            conclusion: self.conclusion,
        }
    }

    /// The time it proves, when it passed.
    pub(crate) fn proven(&self) -> Option<UnixTime> {
        self.gen_time.filter(|_| self.conclusion.passed())
    }

    fn failed(conclusion: SubIndication, gen_time: Option<UnixTime>, why: Cause) -> Self {
        Outcome {
            conclusion: Conclusion::Not(conclusion),
            gen_time,
            authority: None,
            chain: Vec::new(),
            trusted: false,
            revocation: Vec::new(),
            algorithms: None,
            findings: vec![Finding::TimestampNotPassed(why)],
        }
    }
}

/// When `data` is proven to have existed, by an RFC 3161 token over it that is judged like any other.
///
/// # Errors
/// Why the token proves nothing.
pub fn existence(token: &[u8], data: &[u8], inputs: &Inputs<'_>) -> Result<UnixTime, Finding> {
    let proofs = ProofsOfExistence::new(inputs.now);
    let outcome = validate(token, &mut |algorithm| Some(algorithm.digest(data)), &proofs, inputs);
    match (outcome.proven(), outcome.conclusion.sub_indication()) {
        (Some(time), _) => Ok(time),
        (None, why) => Err(outcome.findings.into_iter().next().unwrap_or_else(|| {
            let why = why.map(|why| why.to_string()).unwrap_or_default();
            Finding::TimestampNotPassed(Cause::new("stamp-conclusion", vec![("code", why.clone())], why))
        })),
    }
}

/// Validates a token made for data whose digest `imprint` gives.
pub(crate) fn validate(
    token: &[u8],
    imprint: &mut dyn FnMut(DigestAlgorithm) -> Option<Vec<u8>>,
    proofs: &ProofsOfExistence,
    inputs: &Inputs<'_>,
) -> Outcome {
    let token = match Token::parse(token) {
        Ok(token) => token,
        Err(error) => return Outcome::failed(SubIndication::FormatFailure, None, error.to_string().into()),
    };
    let gen_time = Some(token.info().gen_time);
    let facts = match verify_token(&token, imprint, inputs.pool.all()) {
        Ok(facts) => facts,
        // Without the data it can still be told whether the token itself is sound.
        Err(TokenError::NoData) => {
            let claimed = token.info().imprint.clone();
            let error = verify_token(&token, &mut |_| Some(claimed.clone()), inputs.pool.all())
                .map_or_else(|error| error, |_| TokenError::NoData);
            return Outcome::failed(sub_indication(&error), gen_time, (&error).into());
        }
        Err(error) => return Outcome::failed(sub_indication(&error), gen_time, (&error).into()),
    };
    let mut basic = certificate::validate(&facts.certificate, Purpose::TimeStamping, inputs.now, inputs);
    if basic.conclusion.passed()
        && let Some(weak) =
            constraints::value(facts.scheme, &[facts.digest], facts.certificate.spki(), inputs.now, inputs.policy)
    {
        basic.conclusion = Conclusion::Not(SubIndication::CryptoConstraintsFailureNoPoe);
        basic.findings.push(weak);
    }
    let mut conclusion = basic.conclusion;
    let mut chain = basic.chain;
    // 5.4: what it states must be able to be true: not later than now, not before its authority's certificate.
    let stated = facts.gen_time;
    if stated > inputs.now.plus(CLOCK_SKEW_S) || stated < facts.certificate.not_before() {
        let text = format!("its time {stated} is in the future or before its authority's certificate");
        let why = Cause::new("stamp-time", vec![("time", stated.to_string())], text);
        let mut outcome = Outcome::failed(SubIndication::TimestampOrderFailure, gen_time, why);
        (outcome.chain, outcome.revocation) = (chain, basic.revocation);
        (outcome.algorithms, outcome.authority) = (Some((facts.digest, facts.scheme)), Some(facts.certificate));
        return outcome;
    }
    if !conclusion.passed()
        && past(&facts, &token, proofs, inputs).is_some_and(|path| {
            chain = path;
            true
        })
    {
        conclusion = Conclusion::Passed;
        basic.findings.clear();
    }
    if let Some(why) = conclusion.sub_indication() {
        basic.findings.insert(
            0,
            Finding::TimestampNotPassed(Cause::new("stamp-conclusion", vec![("code", why.to_string())], why)),
        );
    }
    Outcome {
        conclusion,
        gen_time,
        trusted: conclusion.passed(),
        chain,
        revocation: basic.revocation,
        algorithms: Some((facts.digest, facts.scheme)),
        findings: basic.findings,
        authority: Some(facts.certificate),
    }
}

/// The path under which the token was good while it is proven to have existed (5.6.2.4).
fn past(
    facts: &TokenFacts,
    token: &Token,
    proofs: &ProofsOfExistence,
    inputs: &Inputs<'_>,
) -> Option<Vec<Certificate>> {
    let past = past_certificate::validate(&facts.certificate, Purpose::TimeStamping, proofs, inputs).ok()?;
    let existed = proofs.of(&poe::digest(token.raw()));
    let weak = constraints::value(facts.scheme, &[facts.digest], facts.certificate.spki(), existed, inputs.policy);
    (existed <= past.control_time && existed <= facts.certificate.not_after() && weak.is_none())
        .then(|| past.path.with_anchor())
}

fn sub_indication(error: &TokenError) -> SubIndication {
    use SubIndication as S;
    match error {
        TokenError::Imprint | TokenError::Signer(SignerError::MessageDigest) => S::HashFailure,
        TokenError::NoData | TokenError::Signer(SignerError::NoContent) => S::SignedDataNotFound,
        TokenError::NoCertificate | TokenError::OtherCertificate | TokenError::NoSigningCertificate => {
            S::NoSigningCertificateFound
        }
        TokenError::Usage => S::ChainConstraintsFailure,
        TokenError::ImprintDigest(_)
        | TokenError::Signer(SignerError::Digest(_) | SignerError::Value(VerifyError::Unsupported(_))) => {
            S::CryptoConstraintsFailure
        }
        TokenError::Signer(SignerError::Value(_)) => S::SigCryptoFailure,
        _ => S::FormatFailure,
    }
}
