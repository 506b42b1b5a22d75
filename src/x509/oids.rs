//! Object identifiers of the certificate profile — RFC 5280 §4.2 and appendix A, RFC 6960 §4.2.

#![expect(missing_docs, reason = "the names are those of the standards")]

use crate::base::oid::Oid;

macro_rules! oids {
    ($($name:ident = [$($octet:expr),+ $(,)?];)+) => { $(pub const $name: Oid = Oid::from_static(&[$($octet),+]);)+ };
}

oids! {
    // id-ce, 2.5.29
    SUBJECT_KEY_IDENTIFIER = [0x55, 0x1d, 14];
    KEY_USAGE = [0x55, 0x1d, 15];
    SUBJECT_ALT_NAME = [0x55, 0x1d, 17];
    ISSUER_ALT_NAME = [0x55, 0x1d, 18];
    BASIC_CONSTRAINTS = [0x55, 0x1d, 19];
    CRL_NUMBER = [0x55, 0x1d, 20];
    CRL_REASON = [0x55, 0x1d, 21];
    INVALIDITY_DATE = [0x55, 0x1d, 24];
    DELTA_CRL_INDICATOR = [0x55, 0x1d, 27];
    ISSUING_DISTRIBUTION_POINT = [0x55, 0x1d, 28];
    CERTIFICATE_ISSUER = [0x55, 0x1d, 29];
    NAME_CONSTRAINTS = [0x55, 0x1d, 30];
    CRL_DISTRIBUTION_POINTS = [0x55, 0x1d, 31];
    CERTIFICATE_POLICIES = [0x55, 0x1d, 32];
    ANY_POLICY = [0x55, 0x1d, 32, 0];
    POLICY_MAPPINGS = [0x55, 0x1d, 33];
    AUTHORITY_KEY_IDENTIFIER = [0x55, 0x1d, 35];
    POLICY_CONSTRAINTS = [0x55, 0x1d, 36];
    EXTENDED_KEY_USAGE = [0x55, 0x1d, 37];
    ANY_EXTENDED_KEY_USAGE = [0x55, 0x1d, 37, 0];
    FRESHEST_CRL = [0x55, 0x1d, 46];
    INHIBIT_ANY_POLICY = [0x55, 0x1d, 54];
    EXPIRED_CERTS_ON_CRL = [0x55, 0x1d, 60];
    // id-pe and id-ad, 1.3.6.1.5.5.7.1 and .48
    AUTHORITY_INFO_ACCESS = [0x2b, 6, 1, 5, 5, 7, 1, 1];
    QC_STATEMENTS = [0x2b, 6, 1, 5, 5, 7, 1, 3];
    AD_OCSP = [0x2b, 6, 1, 5, 5, 7, 48, 1];
    AD_CA_ISSUERS = [0x2b, 6, 1, 5, 5, 7, 48, 2];
    OCSP_BASIC = [0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
    OCSP_NONCE = [0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
    OCSP_NO_CHECK = [0x2b, 6, 1, 5, 5, 7, 48, 1, 5];
    OCSP_ARCHIVE_CUTOFF = [0x2b, 6, 1, 5, 5, 7, 48, 1, 6];
    // id-qt, 1.3.6.1.5.5.7.2
    QT_CPS = [0x2b, 6, 1, 5, 5, 7, 2, 1];
    QT_USER_NOTICE = [0x2b, 6, 1, 5, 5, 7, 2, 2];
    // id-kp, 1.3.6.1.5.5.7.3
    KP_SERVER_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 1];
    KP_CLIENT_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 2];
    KP_CODE_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 3];
    KP_EMAIL_PROTECTION = [0x2b, 6, 1, 5, 5, 7, 3, 4];
    KP_TIME_STAMPING = [0x2b, 6, 1, 5, 5, 7, 3, 8];
    KP_OCSP_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 9];
    // RFC 9336, document signing
    KP_DOCUMENT_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 36];
    // attribute types, 2.5.4 and others
    AT_COMMON_NAME = [0x55, 4, 3];
    AT_SURNAME = [0x55, 4, 4];
    AT_SERIAL_NUMBER = [0x55, 4, 5];
    AT_COUNTRY = [0x55, 4, 6];
    AT_LOCALITY = [0x55, 4, 7];
    AT_STATE = [0x55, 4, 8];
    AT_STREET = [0x55, 4, 9];
    AT_ORGANIZATION = [0x55, 4, 10];
    AT_ORGANIZATIONAL_UNIT = [0x55, 4, 11];
    AT_TITLE = [0x55, 4, 12];
    AT_GIVEN_NAME = [0x55, 4, 42];
    AT_DN_QUALIFIER = [0x55, 4, 46];
    AT_ORGANIZATION_IDENTIFIER = [0x55, 4, 97];
    AT_EMAIL = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
    AT_USER_ID = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1];
    AT_DOMAIN_COMPONENT = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_read_as_the_standards_print_them() {
        for (oid, dotted) in [
            (KP_DOCUMENT_SIGNING, "1.3.6.1.5.5.7.3.36"),
            (OCSP_NO_CHECK, "1.3.6.1.5.5.7.48.1.5"),
            (AT_EMAIL, "1.2.840.113549.1.9.1"),
            (AT_DOMAIN_COMPONENT, "0.9.2342.19200300.100.1.25"),
            (ANY_POLICY, "2.5.29.32.0"),
            (AT_ORGANIZATION_IDENTIFIER, "2.5.4.97"),
        ] {
            assert_eq!(oid.to_string(), dotted);
        }
    }
}
