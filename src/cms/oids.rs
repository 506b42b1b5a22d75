//! Object identifiers of CMS content types and attributes.

use crate::base::oid::Oid;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $($octet:expr),+;)+) => {
        $($(#[$doc])* pub const $name: Oid = Oid::from_static(&[$($octet),+]);)+
    };
}

oids! {
    /// id-data, 1.2.840.113549.1.7.1.
    DATA = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1;
    /// id-signedData, 1.2.840.113549.1.7.2.
    SIGNED_DATA = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2;
    /// id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4 (RFC 3161 §2.4.2).
    TST_INFO = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4;
    /// id-contentType, 1.2.840.113549.1.9.3 (RFC 5652 §11.1).
    CONTENT_TYPE = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3;
    /// id-messageDigest, 1.2.840.113549.1.9.4 (RFC 5652 §11.2).
    MESSAGE_DIGEST = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4;
    /// id-signingTime, 1.2.840.113549.1.9.5 (RFC 5652 §11.3).
    SIGNING_TIME = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5;
    /// id-countersignature, 1.2.840.113549.1.9.6 (RFC 5652 §11.4).
    COUNTER_SIGNATURE = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 6;
    /// id-aa-CMSAlgorithmProtection, 1.2.840.113549.1.9.52 (RFC 6211).
    ALGORITHM_PROTECTION = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 52;
    /// id-aa-signingCertificate, 1.2.840.113549.1.9.16.2.12 (RFC 2634 §5.4).
    SIGNING_CERTIFICATE = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 12;
    /// id-aa-signingCertificateV2, 1.2.840.113549.1.9.16.2.47 (RFC 5035 §3).
    SIGNING_CERTIFICATE_V2 = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47;
    /// id-aa-signatureTimeStampToken, 1.2.840.113549.1.9.16.2.14 (EN 319 122-1 5.3).
    SIGNATURE_TIME_STAMP = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14;
    /// id-aa-ets-sigPolicyId, 1.2.840.113549.1.9.16.2.15 (EN 319 122-1 5.2.9).
    SIGNATURE_POLICY = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 15;
    /// id-aa-ets-commitmentType, 1.2.840.113549.1.9.16.2.16 (EN 319 122-1 5.2.3).
    COMMITMENT_TYPE = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 16;
    /// id-aa-ets-signerLocation, 1.2.840.113549.1.9.16.2.17 (EN 319 122-1 5.2.5).
    SIGNER_LOCATION = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 17;
    /// id-aa-ets-contentTimestamp, 1.2.840.113549.1.9.16.2.20 (EN 319 122-1 5.2.8).
    CONTENT_TIME_STAMP = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 20;
    /// id-aa-ets-certValues, 1.2.840.113549.1.9.16.2.23 (EN 319 122-1 A.1.1.2).
    CERTIFICATE_VALUES = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 23;
    /// id-aa-ets-revocationValues, 1.2.840.113549.1.9.16.2.24 (EN 319 122-1 A.1.2.2).
    REVOCATION_VALUES = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 24;
    /// id-aa-ets-archiveTimestampV3, 0.4.0.1733.2.4 (EN 319 122-1 5.5.3).
    ARCHIVE_TIME_STAMP_V3 = 0x04, 0x00, 0x8d, 0x45, 2, 4;
    /// id-aa-ets-archiveTimestampV2, 1.2.840.113549.1.9.16.2.48 (EN 319 122-1 A.2.4).
    ARCHIVE_TIME_STAMP_V2 = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 48;
    /// id-aa-ets-archiveTimestamp, 1.2.840.113549.1.9.16.2.27 (TS 101 733, withdrawn).
    ARCHIVE_TIME_STAMP_V1 = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 27;
    /// id-aa-er-internal, 1.2.840.113549.1.9.16.2.49 (RFC 4998 appendix A).
    EVIDENCE_RECORD_INTERNAL = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 49;
    /// id-aa-er-external, 1.2.840.113549.1.9.16.2.50 (RFC 4998 appendix A).
    EVIDENCE_RECORD_EXTERNAL = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 50;
    /// id-aa-ets-escTimeStamp, 1.2.840.113549.1.9.16.2.25 (EN 319 122-1 A.1.5.2).
    ESC_TIME_STAMP = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 25;
    /// id-aa-ets-certCRLTimestamp, 1.2.840.113549.1.9.16.2.26 (EN 319 122-1 A.1.5.1).
    CERT_CRL_TIME_STAMP = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 26;
    /// id-aa-ets-CertificateRefs, 1.2.840.113549.1.9.16.2.21 (EN 319 122-1 A.1.1.1).
    CERTIFICATE_REFS = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 21;
    /// id-aa-ets-revocationRefs, 1.2.840.113549.1.9.16.2.22 (EN 319 122-1 A.1.2.1).
    REVOCATION_REFS = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 22;
    /// id-aa-ATSHashIndex, 0.4.0.1733.2.5 (TS 101 733 6.4.2).
    ATS_HASH_INDEX = 0x04, 0x00, 0x8d, 0x45, 2, 5;
    /// id-aa-ATSHashIndex-v2, 0.4.0.19122.1.4 (EN 319 122-1 V1.0.0).
    ATS_HASH_INDEX_V2 = 0x04, 0x00, 0x81, 0x95, 0x32, 1, 4;
    /// id-aa-ATSHashIndex-v3, 0.4.0.19122.1.5 (EN 319 122-1 5.5.2).
    ATS_HASH_INDEX_V3 = 0x04, 0x00, 0x81, 0x95, 0x32, 1, 5;
    /// adbe-revocationInfoArchival, 1.2.840.113583.1.1.8 (ISO 32000-2 12.8.3.3.2).
    ADOBE_REVOCATION = 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 1, 1, 8;
    /// id-ri-ocsp-response, 1.3.6.1.5.5.7.16.2 (RFC 5940 §2.1).
    RI_OCSP_RESPONSE = 0x2b, 6, 1, 5, 5, 7, 16, 2;
    /// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1 (RFC 6960 §4.2.1).
    OCSP_BASIC = 0x2b, 6, 1, 5, 5, 7, 48, 1, 1;
    /// id-sha256, 2.16.840.1.101.3.4.2.1, the default of RFC 5035 §4.
    SHA256 = 0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, 1;
    /// id-sha1, 1.3.14.3.2.26, the only digest of RFC 2634 §5.4.1.
    SHA1 = 0x2b, 0x0e, 3, 2, 0x1a;
}
