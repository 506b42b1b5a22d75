//! Seed values: what whoever prepared a signature field asks of the signature in it — ISO 32000-2 12.7.5.5, Tables 237,
//! 238 and 239.
//!
//! Reads them; whether a signature keeps to them is decided where signatures are made.

use super::error::PdfError;
use super::object::{Dictionary, Object, text_string};
use super::signature_field::{byte_strings, name, names, string, strings};
use super::view::View;

/// `/Ff` bit 1: only this `/Filter`.
pub const FILTER: i64 = 1;
/// Bit 2: only these `/SubFilter`s.
pub const SUB_FILTER: i64 = 1 << 1;
/// Bit 3: only handlers of this `/V`.
pub const VERSION: i64 = 1 << 2;
/// Bit 4: only these `/Reasons`.
pub const REASONS: i64 = 1 << 3;
/// Bit 5: only these `/LegalAttestation`s.
pub const LEGAL_ATTESTATION: i64 = 1 << 4;
/// Bit 6: `/AddRevInfo` binds.
pub const ADD_REVOCATION: i64 = 1 << 5;
/// Bit 7: only these `/DigestMethod`s.
pub const DIGEST_METHOD: i64 = 1 << 6;
/// Bit 8: `/LockDocument` binds.
pub const LOCK_DOCUMENT: i64 = 1 << 7;
/// Bit 9: `/AppearanceFilter` binds.
pub const APPEARANCE_FILTER: i64 = 1 << 8;

/// A seed value dictionary — ISO 32000-2 Table 237.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SeedValue {
    /// `/Ff`: which of the others are required; the constants of this module.
    pub required: i64,
    /// `/Filter`.
    pub filter: Option<String>,
    /// `/SubFilter`, in order of preference.
    pub sub_filters: Vec<String>,
    /// `/V`, rounded up: 1 for PDF 1.5, 2 for 1.7, 3 for 2.0.
    pub version: Option<i64>,
    /// `/DigestMethod`: `SHA1`, `SHA256` …
    pub digest_methods: Vec<String>,
    /// `/Reasons`.
    pub reasons: Vec<String>,
    /// `/LegalAttestation`.
    pub legal_attestations: Vec<String>,
    /// `/MDP /P`; 0 asks for an approval signature.
    pub mdp: Option<i64>,
    /// `/TimeStamp /URL`.
    pub time_stamp_url: Option<String>,
    /// `/TimeStamp /Ff` bit 1: a time-stamp is required.
    pub time_stamp_required: bool,
    /// `/AddRevInfo`.
    pub adds_revocation: bool,
    /// `/LockDocument`: `true`, `false` or `auto`.
    pub lock_document: Option<String>,
    /// `/AppearanceFilter`.
    pub appearance_filter: Option<String>,
    /// `/Cert`.
    pub certificate: Option<CertificateSeed>,
}

/// `/Cert /Ff` bit 1: only these subjects.
pub const CERT_SUBJECT: i64 = 1;
/// Bit 2: only below these issuers.
pub const CERT_ISSUER: i64 = 1 << 1;
/// Bit 3: only with one of these policies.
pub const CERT_POLICY: i64 = 1 << 2;
/// Bit 4: only with one of these subject names.
pub const CERT_SUBJECT_NAME: i64 = 1 << 3;
/// Bit 6: only with one of these key usages.
pub const CERT_KEY_USAGE: i64 = 1 << 5;

/// What a seed value asks of the signer's certificate — ISO 32000-2 Table 238.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CertificateSeed {
    /// `/Ff`; the constants of this module.
    pub required: i64,
    /// `/Subject`: certificates, DER.
    pub subjects: Vec<Vec<u8>>,
    /// `/Issuer`: certificates, DER.
    pub issuers: Vec<Vec<u8>>,
    /// `/OID`: policies, dotted.
    pub policies: Vec<String>,
    /// `/SubjectDN`: attribute names and values, all of which one certificate must have.
    pub subject_names: Vec<Vec<(String, String)>>,
    /// `/KeyUsage`: one of `0`, `1`, `X` for each bit of the extension.
    pub key_usages: Vec<String>,
}

/// Reads a seed value dictionary.
///
/// # Errors
/// Those of [`View::value`].
pub(super) fn seed_value(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<SeedValue, PdfError> {
    let mdp = view.dictionary(dictionary, "MDP")?;
    let time_stamp = view.dictionary(dictionary, "TimeStamp")?;
    let certificate = view.dictionary(dictionary, "Cert")?;
    let stamp_flags = time_stamp.as_ref().map(|d| flags(view, d)).transpose()?.unwrap_or(0);
    Ok(SeedValue {
        required: flags(view, dictionary)?,
        filter: name(view, dictionary, "Filter")?,
        sub_filters: names(view, dictionary, "SubFilter")?,
        version: view
            .value(dictionary, "V")?
            .as_number()
            .map(|v| (1..=9).find(|n| f64::from(*n) >= v).map_or(10, i64::from)),
        digest_methods: names_or_strings(view, dictionary, "DigestMethod")?,
        reasons: strings(view, dictionary, "Reasons")?,
        legal_attestations: strings(view, dictionary, "LegalAttestation")?,
        mdp: mdp.map(|d| view.value(&d, "P")).transpose()?.and_then(|p| p.as_integer()),
        time_stamp_url: time_stamp.map(|d| string(view, &d, "URL")).transpose()?.flatten(),
        time_stamp_required: stamp_flags & 1 != 0,
        adds_revocation: view.value(dictionary, "AddRevInfo")?.as_bool().unwrap_or(false),
        lock_document: name(view, dictionary, "LockDocument")?,
        appearance_filter: string(view, dictionary, "AppearanceFilter")?,
        certificate: certificate.map(|d| certificate_seed(view, &d)).transpose()?,
    })
}

fn certificate_seed(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<CertificateSeed, PdfError> {
    let list = |key: &str| -> Result<Vec<Vec<u8>>, PdfError> {
        let list = view.value(dictionary, key)?;
        byte_strings(view, list.as_array().unwrap_or_default())
    };
    let mut subject_names = Vec::new();
    let wanted = view.value(dictionary, "SubjectDN")?;
    for item in wanted.as_array().unwrap_or_default().iter().take(1_000) {
        let resolved = view.resolve(item)?;
        let Some(pairs) = resolved.as_dictionary() else { continue };
        let mut attributes = Vec::new();
        for (key, value) in pairs.iter().take(100) {
            if let Object::String(value) = view.resolve(value)? {
                attributes.push((String::from_utf8_lossy(key).into_owned(), text_string(&value.bytes)));
            }
        }
        subject_names.push(attributes);
    }
    Ok(CertificateSeed {
        required: flags(view, dictionary)?,
        subjects: list("Subject")?,
        issuers: list("Issuer")?,
        policies: strings(view, dictionary, "OID")?,
        subject_names,
        key_usages: strings(view, dictionary, "KeyUsage")?,
    })
}

fn flags(view: &View<'_, '_>, dictionary: &Dictionary) -> Result<i64, PdfError> {
    Ok(view.value(dictionary, "Ff")?.as_integer().unwrap_or(0))
}

// Names by the standard, strings in what Acrobat writes.
fn names_or_strings(view: &View<'_, '_>, dictionary: &Dictionary, key: &str) -> Result<Vec<String>, PdfError> {
    let mut found = names(view, dictionary, key)?;
    found.extend(strings(view, dictionary, key)?);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::pdf::Document;
    use crate::pdf::testing::{Form, document_with};

    #[test]
    fn everything_a_seed_value_can_ask_is_read() {
        let seal = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/SV<</Type/SV/Ff 511\
                    /Filter/Adobe.PPKLite/SubFilter[/ETSI.CAdES.detached/adbe.pkcs7.detached]/V 2\
                    /DigestMethod[(SHA256)/SHA512]/Reasons[(Ph\\351 duy\\305t)]/LegalAttestation[(x)]/MDP<</P 2>>\
                    /TimeStamp<</URL(http://tsa.example)/Ff 1>>/AddRevInfo true/LockDocument/auto/AppearanceFilter(A)\
                    /Cert<</Type/SVCert/Ff 63/Subject[<3000>]/Issuer[<3001>]/OID[(2.5.29.32.0)]/KeyUsage[(1X)]\
                    /SubjectDN[<</CN(An)/O(UBND)>>]>>>>>>";
        let file = document_with(Form::Table, "/AcroForm<</Fields[11 0 R]>>", "/Annots[11 0 R]", &[(11, seal)]);
        let document = Document::open(&file).expect("opens");
        let seed = document.signatures().expect("reads").remove(0).seed.expect("there");
        assert_eq!((seed.required, seed.version, seed.mdp), (511, Some(2), Some(2)));
        assert_eq!(seed.sub_filters, ["ETSI.CAdES.detached", "adbe.pkcs7.detached"]);
        assert_eq!(seed.digest_methods, ["SHA512", "SHA256"]);
        assert!(seed.time_stamp_required && seed.adds_revocation);
        assert_eq!(seed.lock_document.as_deref(), Some("auto"));
        let certificate = seed.certificate.expect("there");
        assert_eq!(certificate.subjects, [vec![0x30, 0x00]]);
        assert_eq!(certificate.issuers, [vec![0x30, 0x01]]);
        assert_eq!(certificate.subject_names, [[("CN".into(), "An".into()), ("O".into(), "UBND".into())]]);
        assert_eq!((certificate.policies, certificate.key_usages), (vec!["2.5.29.32.0".into()], vec!["1X".into()]));
    }
}
