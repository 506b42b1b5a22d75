//! Indications and sub-indications — EN 319 102-1 5.1.3, tables 5 and 6.
//!
//! Spelled exactly as the standard does, from one table; never printed through `Debug`.

use std::fmt;

/// Main status of one signature or of one building block.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Indication {
    /// The checks passed under the policy.
    Passed,
    /// What is at hand does not settle the question.
    Indeterminate,
    /// The signature is wrong, whatever else we may learn later.
    Failed,
}

/// Why a conclusion is not `Passed`. Variants are the standard's sub-indications.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are those of EN 319 102-1; `explain` carries the sentences")]
pub enum SubIndication {
    // TOTAL-FAILED
    FormatFailure,
    HashFailure,
    SigCryptoFailure,
    Revoked,
    Expired,
    NotYetValid,
    // INDETERMINATE
    SigConstraintsFailure,
    ChainConstraintsFailure,
    CertificateChainGeneralFailure,
    CryptoConstraintsFailure,
    CryptoConstraintsFailureNoPoe,
    PolicyProcessingError,
    SignaturePolicyNotAvailable,
    TimestampOrderFailure,
    NoSigningCertificateFound,
    NoCertificateChainFound,
    NoCertificateChainFoundNoPoe,
    RevokedNoPoe,
    RevokedCaNoPoe,
    OutOfBoundsNotRevoked,
    OutOfBoundsNoPoe,
    RevocationOutOfBoundsNoPoe,
    NoPoe,
    TryLater,
    SignedDataNotFound,
    Custom,
}

use SubIndication as S;

/// Every sub-indication with the standard's spelling.
pub const SUB_INDICATIONS: [(SubIndication, &str); 26] = [
    (S::FormatFailure, "FORMAT_FAILURE"),
    (S::HashFailure, "HASH_FAILURE"),
    (S::SigCryptoFailure, "SIG_CRYPTO_FAILURE"),
    (S::Revoked, "REVOKED"),
    (S::Expired, "EXPIRED"),
    (S::NotYetValid, "NOT_YET_VALID"),
    (S::SigConstraintsFailure, "SIG_CONSTRAINTS_FAILURE"),
    (S::ChainConstraintsFailure, "CHAIN_CONSTRAINTS_FAILURE"),
    (S::CertificateChainGeneralFailure, "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    (S::CryptoConstraintsFailure, "CRYPTO_CONSTRAINTS_FAILURE"),
    (S::CryptoConstraintsFailureNoPoe, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    (S::PolicyProcessingError, "POLICY_PROCESSING_ERROR"),
    (S::SignaturePolicyNotAvailable, "SIGNATURE_POLICY_NOT_AVAILABLE"),
    (S::TimestampOrderFailure, "TIMESTAMP_ORDER_FAILURE"),
    (S::NoSigningCertificateFound, "NO_SIGNING_CERTIFICATE_FOUND"),
    (S::NoCertificateChainFound, "NO_CERTIFICATE_CHAIN_FOUND"),
    (S::NoCertificateChainFoundNoPoe, "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"),
    (S::RevokedNoPoe, "REVOKED_NO_POE"),
    (S::RevokedCaNoPoe, "REVOKED_CA_NO_POE"),
    (S::OutOfBoundsNotRevoked, "OUT_OF_BOUNDS_NOT_REVOKED"),
    (S::OutOfBoundsNoPoe, "OUT_OF_BOUNDS_NO_POE"),
    (S::RevocationOutOfBoundsNoPoe, "REVOCATION_OUT_OF_BOUNDS_NO_POE"),
    (S::NoPoe, "NO_POE"),
    (S::TryLater, "TRY_LATER"),
    (S::SignedDataNotFound, "SIGNED_DATA_NOT_FOUND"),
    (S::Custom, "CUSTOM"),
];

impl SubIndication {
    /// The standard's spelling.
    pub fn name(self) -> &'static str {
        SUB_INDICATIONS.iter().find(|(s, _)| *s == self).map_or("CUSTOM", |(_, name)| name)
    }

    /// The indication this sub-indication belongs to in tables 5 and 6.
    pub fn indication(self) -> Indication {
        match self {
            S::FormatFailure | S::HashFailure | S::SigCryptoFailure | S::Revoked | S::Expired | S::NotYetValid => {
                Indication::Failed
            }
            _ => Indication::Indeterminate,
        }
    }
}

impl fmt::Display for SubIndication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Result of a building block: passed, or the sub-indication that says why not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conclusion {
    /// Passed.
    Passed,
    /// Not passed, for this reason; [`SubIndication::indication`] tells which way.
    Not(SubIndication),
}

impl Conclusion {
    /// The main status.
    pub fn indication(self) -> Indication {
        match self {
            Conclusion::Passed => Indication::Passed,
            Conclusion::Not(s) => s.indication(),
        }
    }

    /// The reason, when not passed.
    pub fn sub_indication(self) -> Option<SubIndication> {
        match self {
            Conclusion::Passed => None,
            Conclusion::Not(s) => Some(s),
        }
    }

    /// True when passed.
    pub fn passed(self) -> bool {
        self == Conclusion::Passed
    }

    /// The worse of two, the first where both are alike.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.indication() > self.indication() { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sub_indication_has_its_own_name() {
        let mut names: Vec<_> = SUB_INDICATIONS.iter().map(|(_, name)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SUB_INDICATIONS.len());
        assert!(SUB_INDICATIONS.iter().all(|(s, name)| s.name() == *name));
    }

    #[test]
    fn failed_outweighs_indeterminate_outweighs_passed() {
        let indeterminate = Conclusion::Not(S::NoPoe);
        let failed = Conclusion::Not(S::HashFailure);
        assert_eq!(Conclusion::Passed.worse(indeterminate), indeterminate);
        assert_eq!(indeterminate.worse(failed), failed);
        assert_eq!(failed.worse(indeterminate), failed);
    }
}
