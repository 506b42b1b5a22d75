//! What a careful reader of a verdict should know: one coded sentence each.
//!
//! A finding alone decides nothing; where one also costs the verdict, the block that found it returns
//! the sub-indication beside it.

use super::cause::Cause;
use crate::base::time::UnixTime;

/// A remark on one signature.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The digest is one that collisions are known for or near.
    #[error("the digest {0} is weak")]
    WeakDigest(&'static str),
    /// The signer's key is shorter than the policy accepts.
    #[error("the signer's key has only {0} bits")]
    WeakKey(usize),
    /// The algorithm cannot be computed here.
    #[error("the algorithm {0} is not supported, so the signature value was not checked")]
    AlgorithmNotSupported(String),
    /// /ByteRange or /Contents breaks a rule of ISO 32000-2 12.8.1.
    #[error("the byte range is wrong: {0}")]
    ByteRange(Cause),
    /// The CMS could not be read.
    #[error("the signature's CMS cannot be read: {0}")]
    CmsUnreadable(String),
    /// Read, but not in DER.
    #[error("the CMS is BER, not DER; it was read leniently")]
    CmsNotDer,
    /// The CMS holds no or several SignerInfos where one is due.
    #[error("the CMS has {0} signers where a PDF signature has one")]
    SignerCount(usize),
    /// A legacy form that is recognised, never passed.
    #[error("the sub-filter {0} is a legacy form that cannot pass")]
    LegacySubFilter(String),
    /// A form nobody defined.
    #[error("the sub-filter {0} is not known")]
    UnknownSubFilter(String),
    /// CMS without signed attributes.
    #[error("the CMS has no signed attributes, so nothing binds the signing certificate")]
    NoSignedAttributes,
    /// A signed attribute that must be there once is missing or repeated.
    #[error("the signed attribute {0} is missing or repeated")]
    AttributeMissing(&'static str),
    /// The value is over the DER order of the attributes, which is not that of the file.
    #[error("the signed attributes are not in DER order; they were sorted to verify")]
    AttributesOutOfOrder,
    /// content-type does not name the content.
    #[error("the content-type attribute does not name the signed content")]
    ContentType,
    /// No ESS reference to the signing certificate.
    #[error("the signature does not name its certificate (no signing-certificate attribute)")]
    NoSigningCertificateReference,
    /// The ESS reference names another certificate.
    #[error("the signing-certificate attribute names another certificate")]
    SigningCertificateMismatch,
    /// digestAlgorithm and signatureAlgorithm disagree.
    #[error("the digest algorithms of the signature disagree")]
    DigestAlgorithmsDiffer,
    /// signing-time is present although PAdES forbids it (EN 319 142-1 6.3).
    #[error("the CMS carries a signing-time, which PAdES forbids")]
    SigningTimeInPades,
    /// The claimed time is about seven hours ahead of the proven one: local time labelled UTC.
    #[error(
        "the claimed time {claimed} is seven hours ahead of the proven time {proven}: Vietnam time labelled as UTC"
    )]
    LocalTimeAsUtc {
        /// What the signature says.
        claimed: UnixTime,
        /// What a time-stamp proves.
        proven: UnixTime,
    },
    /// The claimed time is later than the proven one.
    #[error("the claimed time {claimed} is later than the proven time {proven}")]
    ClaimedAfterProven {
        /// What the signature says.
        claimed: UnixTime,
        /// What a time-stamp proves.
        proven: UnixTime,
    },
    /// A signature time-stamp that did not pass.
    #[error("a time-stamp did not pass: {0}")]
    TimestampNotPassed(Cause),
    /// No anchor was configured.
    #[error("no trust anchor was given, so nothing can be trusted")]
    NoAnchors,
    /// The policy or the command line switched revocation off.
    #[error("revocation was not checked, so the verdict cannot be TOTAL-PASSED")]
    RevocationNotChecked,
    /// No revocation data at hand for a certificate.
    #[error("no usable revocation data for {0}")]
    RevocationUnavailable(Cause),
    /// A path was found and did not validate.
    #[error("the certificate path is not valid: {0}")]
    Path(Cause),
    /// Bytes follow and changed the document.
    #[error("after this signature: {what}{}", on_page(.page))]
    ChangedAfter {
        /// What was changed, with object and field.
        what: Cause,
        /// The page it shows on, from 1.
        page: Option<u32>,
    },
    /// Another reader sees another document.
    #[error("another PDF reader sees a different structure: {0}")]
    StructureAmbiguous(Cause),
    /// The second reader could not read the revision.
    #[error("the second PDF reader could not read the signed revision: {0}")]
    SecondOpinionCannotRead(Cause),
    /// The second reader was not run.
    #[error("the second PDF reader was not run: {0}")]
    SecondOpinionNotRun(Cause),
    /// The file's cross-reference had to be rebuilt.
    #[error("the cross-reference of the file is damaged and was rebuilt: {0}")]
    XrefRebuilt(Cause),
    /// The same signature dictionary serves several fields.
    #[error("the signature is referenced by several fields")]
    SharedSignature,
    /// Hints that this is one of the published attacks.
    #[error("this is the shape of a {0} attack")]
    Attack(String),
    /// What a reference of an XML signature leads to was changed.
    #[error("what the reference {0:?} leads to is not what was signed")]
    ReferenceChanged(String),
    /// A reference of an XML signature leads out of the file, to something that is not at hand.
    #[error("what the reference {0:?} leads to is not at hand")]
    ReferenceNotAtHand(String),
    /// A reference of an XML signature cannot be followed.
    #[error("the reference {uri:?} cannot be followed: {why}")]
    ReferenceUnresolved {
        /// The reference.
        uri: String,
        /// Why.
        why: String,
    },
    /// A transform that could make a signature cover next to nothing.
    #[error("the transform {0:?} is refused, so what was signed is not known")]
    TransformRefused(String),
    /// What an XML signature signs has no canonical form.
    #[error("what was signed has no canonical form: {0}")]
    NoCanonicalForm(String),
    /// The signature cannot be read.
    #[error("the signature cannot be read: {0}")]
    SignatureUnreadable(String),
    /// The signature does not reach something it would have to.
    #[error("the signature does not cover {0}")]
    NotCovered(String),
    /// The content that was named is not the one inside.
    #[error("the content that was named is not the content inside the signature")]
    ContentDiffers,
    /// Something follows the structure of the signature.
    #[error("bytes follow the structure of the signature")]
    TrailingBytes,
    /// A time-stamp, or what is like one, of a kind that is named and not evaluated.
    #[error("the {0} is of a kind that is not evaluated")]
    TimestampNotEvaluated(&'static str),
    /// An evidence record cannot be read, or a time-stamp of it is not over what it should be.
    #[error("the evidence record does not fit: {0}")]
    EvidenceRecordUnfit(String),
    /// The index of an archive time-stamp is damaged, or names what is not there.
    #[error("the index of an archive time-stamp does not fit: {0}")]
    ArchiveIndex(String),
    /// The signature follows a signature policy.
    #[error("the signature follows the signature policy {0}, which was not looked at")]
    SignaturePolicy(String),
    /// A content time-stamp states a later time than is proven for the signature.
    #[error("a time-stamp over the content ({content}) is later than the signature is proven to exist ({signature})")]
    TimestampOrder {
        /// What the content time-stamp states.
        content: UnixTime,
        /// What is proven for the signature.
        signature: UnixTime,
    },
    /// An XML signature names a bare key instead of a certificate.
    #[error("the signature names a bare key and no certificate, so nobody vouches for the signer")]
    BareKey,
    /// An ECDSA or DSA value stands in XML as DER.
    #[error("the signature value is DER where XML signatures have two numbers side by side; it was read leniently")]
    EcdsaValueDer,
    /// Something in a container that its rules do not have, or that readers may see differently.
    #[error("the container is not sound: {0}")]
    Container(String),
    /// A container's outer form is not as written; every reader still sees the same files.
    #[error("the form of the container is not as the standard has it: {0}")]
    ContainerForm(String),
    /// A data file of a container that no signature reaches.
    #[error("no signature covers the file {0:?}")]
    FileNotSigned(String),
    /// A data file of a container that only time-stamps reach.
    #[error("only a time-stamp covers the file {0:?}, and no signature")]
    OnlyTimeStamped(String),
    /// The packet signature of an edXML packet does not hold.
    #[error("the packet signature does not hold: {0}")]
    PacketSignature(String),
    /// The time-stamp came later after the claimed time than the policy allows.
    #[error("the time-stamp ({proven}) came too long after the claimed time ({claimed})")]
    TimestampDelay {
        /// What the signature says.
        claimed: UnixTime,
        /// What a time-stamp proves.
        proven: UnixTime,
    },
    /// The stamp hides part of the page.
    #[error("a later signature's stamp lies over {0}")]
    StampOverlaps(String),
    /// The file is no original by Decree 30/2020/NĐ-CP.
    #[error("the file is no original: {0}")]
    NotOriginal(Cause),
    /// A receipt that names the file and proves nothing about its age.
    #[error("the receipt proves no time: {0}")]
    ReceiptNotUsed(Cause),
    /// Nobody told as what somebody signed, so it is open whether the file is an original.
    #[error("the role of {subject}, who made the signature {signature}, is not known")]
    RoleUnknown {
        /// Id of the signature.
        signature: String,
        /// The signer's subject.
        subject: String,
    },
}

fn on_page(page: &Option<u32>) -> String {
    page.map(|page| format!(", page {page}")).unwrap_or_default()
}

impl Finding {
    /// Every code [`Finding::code`] can return.
    pub const CODES: &[&str] = &[
        "WEAK_DIGEST",
        "WEAK_KEY",
        "ALGORITHM_NOT_SUPPORTED",
        "BYTE_RANGE_INVALID",
        "CMS_UNREADABLE",
        "CMS_NOT_DER",
        "SIGNER_COUNT",
        "LEGACY_SUBFILTER",
        "UNKNOWN_SUBFILTER",
        "NO_SIGNED_ATTRIBUTES",
        "ATTRIBUTE_MISSING",
        "ATTRIBUTES_OUT_OF_ORDER",
        "CONTENT_TYPE_MISMATCH",
        "NO_SIGNING_CERTIFICATE_REFERENCE",
        "SIGNING_CERTIFICATE_MISMATCH",
        "DIGEST_ALGORITHMS_DIFFER",
        "SIGNING_TIME_IN_PADES",
        "LOCAL_TIME_AS_UTC",
        "CLAIMED_AFTER_PROVEN",
        "TIMESTAMP_NOT_PASSED",
        "NO_ANCHORS",
        "REVOCATION_NOT_CHECKED",
        "REVOCATION_UNAVAILABLE",
        "PATH_NOT_VALID",
        "CHANGED_AFTER_SIGNING",
        "STRUCTURE_AMBIGUOUS",
        "SECOND_OPINION_CANNOT_READ",
        "SECOND_OPINION_NOT_RUN",
        "XREF_REBUILT",
        "SHARED_SIGNATURE",
        "KNOWN_ATTACK",
        "CONTAINER_NOT_SOUND",
        "CONTAINER_FORM",
        "FILE_NOT_SIGNED",
        "ONLY_TIME_STAMPED",
        "PACKET_SIGNATURE_INVALID",
        "STAMP_OVERLAPS",
        "NOT_ORIGINAL",
        "RECEIPT_NOT_USED",
        "ROLE_UNKNOWN",
        "REFERENCE_CHANGED",
        "REFERENCE_NOT_AT_HAND",
        "REFERENCE_UNRESOLVED",
        "TRANSFORM_REFUSED",
        "NO_CANONICAL_FORM",
        "SIGNATURE_UNREADABLE",
        "NOT_COVERED",
        "CONTENT_DIFFERS",
        "TRAILING_BYTES",
        "TIMESTAMP_NOT_EVALUATED",
        "EVIDENCE_RECORD_UNFIT",
        "ARCHIVE_INDEX",
        "SIGNATURE_POLICY",
        "TIMESTAMP_ORDER",
        "TIMESTAMP_DELAY",
        "BARE_KEY",
        "ECDSA_VALUE_DER",
    ];

    /// The stable code `congvan explain` knows.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::WeakDigest(_) => "WEAK_DIGEST",
            Finding::WeakKey(_) => "WEAK_KEY",
            Finding::AlgorithmNotSupported(_) => "ALGORITHM_NOT_SUPPORTED",
            Finding::ByteRange(_) => "BYTE_RANGE_INVALID",
            Finding::CmsUnreadable(_) => "CMS_UNREADABLE",
            Finding::CmsNotDer => "CMS_NOT_DER",
            Finding::SignerCount(_) => "SIGNER_COUNT",
            Finding::LegacySubFilter(_) => "LEGACY_SUBFILTER",
            Finding::UnknownSubFilter(_) => "UNKNOWN_SUBFILTER",
            Finding::NoSignedAttributes => "NO_SIGNED_ATTRIBUTES",
            Finding::AttributeMissing(_) => "ATTRIBUTE_MISSING",
            Finding::AttributesOutOfOrder => "ATTRIBUTES_OUT_OF_ORDER",
            Finding::ContentType => "CONTENT_TYPE_MISMATCH",
            Finding::NoSigningCertificateReference => "NO_SIGNING_CERTIFICATE_REFERENCE",
            Finding::SigningCertificateMismatch => "SIGNING_CERTIFICATE_MISMATCH",
            Finding::DigestAlgorithmsDiffer => "DIGEST_ALGORITHMS_DIFFER",
            Finding::SigningTimeInPades => "SIGNING_TIME_IN_PADES",
            Finding::LocalTimeAsUtc { .. } => "LOCAL_TIME_AS_UTC",
            Finding::ClaimedAfterProven { .. } => "CLAIMED_AFTER_PROVEN",
            Finding::TimestampNotPassed(_) => "TIMESTAMP_NOT_PASSED",
            Finding::NoAnchors => "NO_ANCHORS",
            Finding::RevocationNotChecked => "REVOCATION_NOT_CHECKED",
            Finding::RevocationUnavailable(_) => "REVOCATION_UNAVAILABLE",
            Finding::Path(_) => "PATH_NOT_VALID",
            Finding::ChangedAfter { .. } => "CHANGED_AFTER_SIGNING",
            Finding::StructureAmbiguous(_) => "STRUCTURE_AMBIGUOUS",
            Finding::SecondOpinionCannotRead(_) => "SECOND_OPINION_CANNOT_READ",
            Finding::SecondOpinionNotRun(_) => "SECOND_OPINION_NOT_RUN",
            Finding::XrefRebuilt(_) => "XREF_REBUILT",
            Finding::SharedSignature => "SHARED_SIGNATURE",
            Finding::Attack(_) => "KNOWN_ATTACK",
            Finding::Container(_) => "CONTAINER_NOT_SOUND",
            Finding::ContainerForm(_) => "CONTAINER_FORM",
            Finding::FileNotSigned(_) => "FILE_NOT_SIGNED",
            Finding::OnlyTimeStamped(_) => "ONLY_TIME_STAMPED",
            Finding::PacketSignature(_) => "PACKET_SIGNATURE_INVALID",
            Finding::StampOverlaps(_) => "STAMP_OVERLAPS",
            Finding::NotOriginal(_) => "NOT_ORIGINAL",
            Finding::ReceiptNotUsed(_) => "RECEIPT_NOT_USED",
            Finding::RoleUnknown { .. } => "ROLE_UNKNOWN",
            Finding::ReferenceChanged(_) => "REFERENCE_CHANGED",
            Finding::ReferenceNotAtHand(_) => "REFERENCE_NOT_AT_HAND",
            Finding::ReferenceUnresolved { .. } => "REFERENCE_UNRESOLVED",
            Finding::TransformRefused(_) => "TRANSFORM_REFUSED",
            Finding::NoCanonicalForm(_) => "NO_CANONICAL_FORM",
            Finding::SignatureUnreadable(_) => "SIGNATURE_UNREADABLE",
            Finding::NotCovered(_) => "NOT_COVERED",
            Finding::ContentDiffers => "CONTENT_DIFFERS",
            Finding::TrailingBytes => "TRAILING_BYTES",
            Finding::TimestampNotEvaluated(_) => "TIMESTAMP_NOT_EVALUATED",
            Finding::EvidenceRecordUnfit(_) => "EVIDENCE_RECORD_UNFIT",
            Finding::ArchiveIndex(_) => "ARCHIVE_INDEX",
            Finding::SignaturePolicy(_) => "SIGNATURE_POLICY",
            Finding::TimestampOrder { .. } => "TIMESTAMP_ORDER",
            Finding::TimestampDelay { .. } => "TIMESTAMP_DELAY",
            Finding::BareKey => "BARE_KEY",
            Finding::EcdsaValueDer => "ECDSA_VALUE_DER",
        }
    }
}
