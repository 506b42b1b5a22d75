//! One token — RFC 3161 §2.2 and §2.4.2, EN 319 102-1 5.4: signature, signing certificate, imprint, usage.
//!
//! The certificate found here still needs a path to an anchor for time-stamping and a revocation check at the
//! right time; both are asked for by the caller, with the pool this returns.

use crate::algorithms::cms_signer::{Coverage, SignerError, verify_signer};
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::cms::{AttributeError, EssCertId, oids};
use crate::tsp::{Accuracy, TimeStampRequest, TimeStampResponse, Token, TspError};
use crate::x509::Certificate;

/// id-kp-timeStamping, 1.3.6.1.5.5.7.3.8 (RFC 5280 §4.2.1.12).
const TIME_STAMPING: Oid = Oid::from_static(&[0x2b, 6, 1, 5, 5, 7, 3, 8]);

/// What a sound token states. Nothing here says that its authority is trusted.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// The time stated.
    pub gen_time: UnixTime,
    /// How exact it is.
    pub accuracy: Option<Accuracy>,
    /// The authority's policy.
    pub policy: Oid,
    /// The token's number, content octets.
    pub serial: Vec<u8>,
    /// The authority's certificate, bound by the signing-certificate attribute.
    pub certificate: Certificate,
    /// Digest of the imprint.
    pub imprint_digest: DigestAlgorithm,
    /// Digest inside the token's signature.
    pub digest: DigestAlgorithm,
    /// Scheme of the token's signature.
    pub scheme: SignatureScheme,
    /// Whether only the first version of the signing-certificate attribute (SHA-1) binds the certificate.
    pub bound_by_sha1_only: bool,
    /// False when issuer and serial number beside the certificate's digest name another one.
    pub issuer_serial_fits: bool,
}

/// Why a token proves nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not exactly one signer (RFC 3161 §2.4.2).
    #[error("the token has {found} signatures where one was due")]
    Signers {
        /// Signatures found.
        found: usize,
    },
    /// The digest of the imprint cannot be computed.
    #[error("the imprint uses the digest {0}, which is not supported")]
    ImprintDigest(Oid),
    /// What should be stamped is not at hand.
    #[error("what the token was made for is not at hand")]
    NoData,
    /// The token was made for something else.
    #[error("the token was made for other data")]
    Imprint,
    /// No certificate the signer names is at hand.
    #[error("the certificate of the time-stamping authority is not at hand")]
    NoCertificate,
    /// The token does not bind its certificate (RFC 3161 §2.4.2, RFC 5816 §2.2.1).
    #[error("the token does not say which certificate signed it")]
    NoSigningCertificate,
    /// The signing-certificate attribute names another certificate.
    #[error("the token names another certificate than the one at hand")]
    OtherCertificate,
    /// An attribute is damaged or stands there twice.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// The certificate is not for time-stamping only, or not critically so (RFC 3161 §2.3).
    #[error("the certificate of the time-stamping authority is not critically for time-stamping only")]
    Usage,
    /// The value has no signed attributes under it.
    #[error("the token's signature does not cover signed attributes")]
    NoSignedAttributes,
    /// The signature is not right.
    #[error("the token's signature is not right: {0}")]
    Signer(#[from] SignerError),
}

/// Checks a token made for data whose digest `imprint` gives (`None` when the data is not at hand).
///
/// The authority's certificate is looked for in the token and in `pool`.
///
/// # Errors
/// [`TokenError`], the imprint first.
pub fn verify_token(
    token: &Token,
    imprint: &mut dyn FnMut(DigestAlgorithm) -> Option<Vec<u8>>,
    pool: &[Certificate],
) -> Result<TokenFacts, TokenError> {
    let info = token.info();
    let imprint_oid = &info.imprint_algorithm.oid;
    let imprint_digest =
        DigestAlgorithm::from_oid(imprint_oid).ok_or_else(|| TokenError::ImprintDigest(imprint_oid.clone()))?;
    if imprint(imprint_digest).ok_or(TokenError::NoData)? != info.imprint {
        return Err(TokenError::Imprint);
    }
    let [signer] = token.signed_data().signers() else {
        return Err(TokenError::Signers { found: token.signed_data().signers().len() });
    };

    let v1 = signer.signing_certificate()?;
    let v2 = signer.signing_certificate_v2()?;
    let named: Vec<&EssCertId> = [&v2, &v1].into_iter().flatten().filter_map(|list| list.first()).collect();
    if named.is_empty() {
        return Err(TokenError::NoSigningCertificate);
    }
    let mut candidates =
        token.signed_data().certificates().iter().chain(pool).filter(|c| signer.id().names(c)).peekable();
    if candidates.peek().is_none() {
        return Err(TokenError::NoCertificate);
    }
    let certificate =
        candidates.find(|c| named.iter().all(|ess| has_digest(c, ess))).ok_or(TokenError::OtherCertificate)?;
    if certificate.extended_key_usage() != Some(&[TIME_STAMPING]) || !certificate.extended_key_usage_is_critical() {
        return Err(TokenError::Usage);
    }

    let content = token.signed_data().encapsulated_content();
    let facts = verify_signer(signer, certificate.spki(), Some(&oids::TST_INFO), &mut |digest| {
        content.as_ref().map(|octets| digest.digest(octets))
    })?;
    if facts.coverage == Coverage::Content {
        return Err(TokenError::NoSignedAttributes);
    }
    Ok(TokenFacts {
        gen_time: info.gen_time,
        accuracy: info.accuracy,
        policy: info.policy.clone(),
        serial: info.serial.clone(),
        imprint_digest,
        digest: facts.digest,
        scheme: facts.scheme,
        bound_by_sha1_only: v2.is_none(),
        issuer_serial_fits: named.iter().all(|ess| ess.issuer_serial.as_ref().is_none_or(|i| i.names(certificate))),
        certificate: certificate.clone(),
    })
}

/// Why an authority's answer is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The answer is damaged.
    #[error(transparent)]
    Form(#[from] TspError),
    /// The authority refused.
    #[error("the time-stamping authority refused (status {status}): {reason}")]
    Refused {
        /// PKIStatus.
        status: u64,
        /// What it says.
        reason: String,
    },
    /// The authority granted a token and sent none.
    #[error("the time-stamping authority granted a time-stamp and sent none")]
    NoToken,
    /// The token repeats another number than the request's.
    #[error("the time-stamp answers another request (its nonce differs)")]
    Nonce,
    /// The token is under another policy than the one asked for.
    #[error("the time-stamp is under policy {found}, not the one asked for")]
    Policy {
        /// Policy of the token.
        found: Oid,
    },
    /// The token is for another imprint or under another digest.
    #[error("the time-stamp was made for other data")]
    Imprint,
    /// The authority's certificate was not valid at the time it states.
    #[error(
        "the time-stamp says {stated}, and the certificate of the time-stamping authority is valid from {not_before} to {not_after}"
    )]
    OutsideValidity {
        /// The time stated.
        stated: UnixTime,
        /// From.
        not_before: UnixTime,
        /// To.
        not_after: UnixTime,
    },
    /// The token itself is not sound.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Binds an answer to its question (RFC 3161 §2.2) and checks the token: `(token, facts)`.
///
/// # Errors
/// [`AnswerError`].
pub fn check_answer(
    request: &TimeStampRequest,
    answer: &[u8],
    pool: &[Certificate],
) -> Result<(Token, TokenFacts), AnswerError> {
    let response = TimeStampResponse::parse(answer)?;
    if !response.is_granted() {
        let failure = response.failure.map(|f| f.name().to_owned());
        let words: Vec<String> = failure.into_iter().chain(response.text).collect();
        return Err(AnswerError::Refused { status: response.status, reason: words.join(", ") });
    }
    let token = Token::parse(&response.token.ok_or(AnswerError::NoToken)?)?;
    let info = token.info();
    if info.nonce != request.nonce {
        return Err(AnswerError::Nonce);
    }
    if request.policy.as_ref().is_some_and(|asked| *asked != info.policy) {
        return Err(AnswerError::Policy { found: info.policy.clone() });
    }
    if info.imprint_algorithm.oid != request.imprint_algorithm.oid || info.imprint != request.imprint {
        return Err(AnswerError::Imprint);
    }
    let facts = verify_token(&token, &mut |_| Some(request.imprint.clone()), pool)?;
    let (not_before, not_after) = (facts.certificate.not_before(), facts.certificate.not_after());
    if facts.gen_time < not_before || facts.gen_time > not_after {
        return Err(AnswerError::OutsideValidity { stated: facts.gen_time, not_before, not_after });
    }
    Ok((token, facts))
}

fn has_digest(certificate: &Certificate, ess: &EssCertId) -> bool {
    DigestAlgorithm::from_oid(&ess.digest_algorithm.oid)
        .is_some_and(|digest| digest.digest(certificate.der()) == ess.digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(name: &str) -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors/rfc3161").join(name);
        std::fs::read(path).expect(name)
    }

    fn chain(name: &str) -> Vec<Certificate> {
        Certificate::from_pem_or_der(&vector(name)).expect(name)
    }

    fn token(name: &str) -> Token {
        let response = TimeStampResponse::parse(&vector(name)).expect(name);
        Token::parse(&response.token.expect("granted")).expect(name)
    }

    fn judge(name: &str, pool: &[Certificate]) -> Result<TokenFacts, TokenError> {
        let token = token(name);
        let imprint = token.info().imprint.clone();
        verify_token(&token, &mut |_| Some(imprint.clone()), pool)
    }

    #[test]
    fn tokens_of_three_authorities_are_sound() {
        for name in ["sigstage/response-sha256.tsr", "sigstage/response-sha512.tsr", "identrust/issue-104.tsr"] {
            let facts = judge(name, &[]).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(facts.issuer_serial_fits, "{name}");
        }
    }

    #[test]
    fn a_certificate_left_out_is_found_in_the_pool() {
        let name = "sigstage/response-no-embedded-cert.tsr";
        assert_eq!(judge(name, &[]).expect_err("none"), TokenError::NoCertificate);
        assert_eq!(judge(name, &chain("test_tsa/ts_chain.pem")).expect_err("foreign"), TokenError::NoCertificate);
        judge(name, &chain("sigstage/ts_chain.pem")).expect("found");
    }

    #[test]
    fn a_changed_value_is_told() {
        let error = judge("sigstage/response-invalid-signature.tsr", &[]).expect_err("changed");
        assert!(matches!(error, TokenError::Signer(SignerError::Value(_))), "{error:?}");
    }

    #[test]
    fn injected_certificates_do_not_become_the_signer() {
        let token = token("test_tsa/response-injected-certs.tsr");
        assert!(token.signed_data().certificates().len() > 1);
        let facts = judge("test_tsa/response-injected-certs.tsr", &[]).expect("the token itself is sound");
        let signer = &token.signed_data().signers()[0];
        assert!(signer.id().names(&facts.certificate));
        let ess = signer.signing_certificate_v2().expect("one").or(signer.signing_certificate().expect("one"));
        assert!(has_digest(&facts.certificate, &ess.expect("bound")[0]));
    }

    #[test]
    fn an_answer_to_another_request_is_not_taken() {
        let request = TimeStampRequest::parse(&vector("test_tsa/request.der")).expect("reads");
        let other = TimeStampRequest::parse(&vector("test_tsa/other_request.der")).expect("reads");
        let answer = vector("test_tsa/response-injected-certs.tsr");
        let results = [&request, &other].map(|r| check_answer(r, &answer, &[]).map(|_| ()));
        assert!(results.iter().any(Result::is_err), "{results:?}");
        assert!(
            results
                .iter()
                .flat_map(|r| r.as_ref().err())
                .all(|e| matches!(e, AnswerError::Nonce | AnswerError::Imprint))
        );
    }
}
