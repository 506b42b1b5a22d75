//! Climbing the levels of a CMS signature later — ETSI EN 319 122-1 5.3 to 5.5 and 6: a signature time-stamp (T), the
//! certificates and revocation data it takes to judge it (LT), an archive-time-stamp-v3 over all of it (LTA, and its
//! renewal).
//!
//! Only unsigned parts grow: what the signer signed stays byte for byte.

use super::extend::ExtendError;
use crate::algorithms::DigestAlgorithm;
use crate::asn1::write;
use crate::base::time::UnixTime;
use crate::cms::build::{self, attribute};
use crate::cms::{Attribute, CmsError, SignedData, SignerInfo, ats_hash_index_v3, oids};
use crate::timestamp::TimeStampSource;
use crate::x509::{Certificate, Crl, OcspResponse};

/// Digest of every imprint and index made here.
pub const IMPRINT: DigestAlgorithm = DigestAlgorithm::Sha256;

/// Which signers of a structure climb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signers {
    /// All of them.
    All,
    /// The last one: whoever just signed.
    Last,
}

impl Signers {
    fn places(self, count: usize) -> std::ops::Range<usize> {
        match self {
            Signers::All => 0..count,
            Signers::Last => count.saturating_sub(1)..count,
        }
    }
}

/// A CMS structure taken further, and the times of the time-stamps it got.
#[derive(Clone, Debug)]
pub struct ExtendedCms {
    /// The whole ContentInfo.
    pub cms: Vec<u8>,
    /// What the new time-stamps state.
    pub times: Vec<UnixTime>,
}

/// True when one of these signers has no signature-time-stamp.
///
/// # Errors
/// [`ExtendError`].
pub fn lacks_time_stamp(cms: &[u8], which: Signers) -> Result<bool, ExtendError> {
    let read = SignedData::parse(cms)?;
    let chosen = read.signers().get(which.places(read.signers().len())).unwrap_or_default();
    Ok(chosen.iter().any(|signer| signer.signature_time_stamps().next().is_none()))
}

/// Adds a signature-time-stamp (5.3) to each of these signers that has none.
///
/// # Errors
/// [`ExtendError`].
pub fn add_signature_time_stamps(
    cms: &[u8],
    which: Signers,
    source: &dyn TimeStampSource,
) -> Result<ExtendedCms, ExtendError> {
    let mut extended = ExtendedCms { cms: cms.to_vec(), times: Vec::new() };
    for index in which.places(SignedData::parse(cms)?.signers().len()) {
        let read = SignedData::parse(&extended.cms)?;
        let signer = read.signers().get(index).ok_or(CmsError::NoSigner { index })?;
        if signer.signature_time_stamps().next().is_some() {
            continue;
        }
        unsealed(&read)?;
        let (token, facts) = source.time_stamp(IMPRINT, &IMPRINT.digest(signer.signature()))?;
        extended.cms =
            build::add_unsigned_attributes(&extended.cms, index, &[build::signature_time_stamp(token.raw())])?;
        extended.times.push(facts.gen_time);
    }
    Ok(extended)
}

/// Adds certificates and revocation data to the fields of SignedData (6, level LT); what is there already is not added
/// again. Returns `None` when all of it was there.
///
/// # Errors
/// [`ExtendError`].
pub fn add_validation_data(
    cms: &[u8],
    certificates: &[Certificate],
    crls: &[Crl],
    ocsp: &[OcspResponse],
) -> Result<Option<Vec<u8>>, ExtendError> {
    let read = SignedData::parse(cms)?;
    let certificates: Vec<&[u8]> = certificates
        .iter()
        .filter(|new| !read.certificates().iter().any(|old| old.der() == new.der()))
        .map(Certificate::der)
        .collect();
    let crls: Vec<&[u8]> = crls.iter().map(Crl::der).filter(|new| !read.crls().any(|old| old == *new)).collect();
    let ocsp: Vec<&[u8]> =
        ocsp.iter().map(OcspResponse::der).filter(|new| !read.ocsp_responses().any(|old| old == *new)).collect();
    if certificates.is_empty() && crls.is_empty() && ocsp.is_empty() {
        return Ok(None);
    }
    unsealed(&read)?;
    Ok(Some(build::add_validation_data(cms, &certificates, &crls, &ocsp)?))
}

/// Adds an archive-time-stamp-v3 (5.5.3) to each of these signers, over the content whose digest `content` is (under
/// [`IMPRINT`]), the signer's fields and everything unsigned that is there now.
///
/// # Errors
/// [`ExtendError`].
pub fn add_archive_time_stamps(
    cms: &[u8],
    which: Signers,
    content: &[u8],
    source: &dyn TimeStampSource,
) -> Result<ExtendedCms, ExtendError> {
    let mut extended = ExtendedCms { cms: cms.to_vec(), times: Vec::new() };
    for index in which.places(SignedData::parse(cms)?.signers().len()) {
        let read = SignedData::parse(&extended.cms)?;
        let signer = read.signers().get(index).ok_or(CmsError::NoSigner { index })?;
        unsealed(&read)?;
        let hash_index = hash_index(&read, signer);
        let mut hasher = IMPRINT.hasher();
        for part in [
            write::oid(read.encapsulated_content_type()).as_slice(),
            content,
            signer.signed_fields(),
            hash_index.as_slice(),
        ] {
            hasher.update(part);
        }
        let (token, facts) = source.time_stamp(IMPRINT, &hasher.finish())?;
        // 5.5.2: the index stands in the token, as an unsigned attribute of its signer.
        let token =
            build::add_unsigned_attributes(token.raw(), 0, &[attribute(&oids::ATS_HASH_INDEX_V3, &[hash_index])])?;
        let archive = attribute(&oids::ARCHIVE_TIME_STAMP_V3, &[token]);
        extended.cms = build::add_unsigned_attributes(&extended.cms, index, &[archive])?;
        extended.times.push(facts.gen_time);
    }
    Ok(extended)
}

// TS 119 122-3 5.2: once a record is inside, nothing else may change.
fn unsealed(read: &SignedData) -> Result<(), ExtendError> {
    let records = [oids::EVIDENCE_RECORD_INTERNAL, oids::EVIDENCE_RECORD_EXTERNAL];
    let sealed = |signer: &SignerInfo| records.iter().any(|oid| signer.unsigned_attributes().has(oid));
    if read.signers().iter().any(sealed) { Err(ExtendError::Sealed) } else { Ok(()) }
}

/// ats-hash-index-v3 over every certificate, every entry of revocation data and every value of the unsigned attributes.
fn hash_index(signed_data: &SignedData, signer: &SignerInfo) -> Vec<u8> {
    let digests = |parts: Vec<&[u8]>| parts.into_iter().map(|part| IMPRINT.digest(part)).collect::<Vec<_>>();
    let others = signed_data.unreadable_certificates().iter().chain(signed_data.other_certificates());
    let certificates =
        signed_data.certificates().iter().map(Certificate::der).chain(others.map(Vec::as_slice)).collect();
    let revocation = signed_data.revocation_entries().map(|(raw, _)| raw).collect();
    let values: Vec<Vec<u8>> = signer.unsigned_attributes().iter().flat_map(pieces).collect();
    let values = values.iter().map(Vec::as_slice).collect();
    ats_hash_index_v3(&IMPRINT.oid(), &digests(certificates), &digests(revocation), &digests(values))
}

/// 5.5.2: the type and one value at a time.
fn pieces(attribute: &Attribute) -> impl Iterator<Item = Vec<u8>> {
    let oid = write::oid(&attribute.oid);
    attribute.values.iter().map(move |value| [oid.as_slice(), value].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Authority, KeyChoice, LocalTsa, Purpose, Settings, Subject, TsaFault, ca::CaKeys};
    use crate::cms::AtsHashIndex;
    use crate::sign::cades::{self, CmsRequest};
    use crate::tsp::Token;

    const NOW: UnixTime = UnixTime(1_772_700_000);

    fn authority() -> Authority {
        let base_url = "http://127.0.0.1:1".to_owned();
        Authority::new(&Settings { now: NOW, base_url, keys: CaKeys::Fresh }).expect("an authority")
    }

    fn signed(authority: &Authority) -> Vec<u8> {
        let who = authority.issue(&Subject::agency("Sở", "Tỉnh"), Purpose::Signing, &KeyChoice::Fresh).expect("issues");
        let digest = IMPRINT.digest(b"content");
        let request = CmsRequest::detached(&digest, &who.certificate, &[]);
        cades::sign(&request, &*who.signer).expect("signs").to_der()
    }

    #[test]
    fn each_step_adds_its_part_and_leaves_what_was_signed() {
        let authority = authority();
        let tsa = LocalTsa { authority: &authority, now: NOW, fault: TsaFault::None };
        let b = signed(&authority);
        let fields = |cms: &[u8]| SignedData::parse(cms).expect("reads").signers()[0].signed_fields().to_vec();
        let t = add_signature_time_stamps(&b, Signers::All, &tsa).expect("stamps");
        assert_eq!((t.times.as_slice(), fields(&t.cms)), ([NOW].as_slice(), fields(&b)));
        assert_eq!(add_signature_time_stamps(&t.cms, Signers::All, &tsa).expect("nothing to do").times, []);
        let crl = Crl::from_der(&authority.crl(NOW).expect("signs")).expect("reads");
        let issuers = [authority.issuing().clone(), authority.root().clone()];
        let lt = add_validation_data(&t.cms, &issuers, std::slice::from_ref(&crl), &[]).expect("adds").expect("new");
        let read = SignedData::parse(&lt).expect("reads");
        assert_eq!((read.certificates().len(), read.crls().count()), (3, 1));
        assert_eq!(add_validation_data(&lt, &issuers, &[crl], &[]).expect("reads"), None);
        let lta = add_archive_time_stamps(&lt, Signers::All, &IMPRINT.digest(b"content"), &tsa).expect("stamps");
        assert_eq!(fields(&lta.cms), fields(&b));
        let read = SignedData::parse(&lta.cms).expect("reads");
        let archive: Vec<&[u8]> =
            read.signers()[0].unsigned_attributes().values(&oids::ARCHIVE_TIME_STAMP_V3).collect();
        let token = Token::parse(archive[0]).expect("a token");
        let index = AtsHashIndex::of(&token.signed_data().signers()[0]).expect("one").expect("there");
        assert_eq!((index.certificates.len(), index.crls.len(), index.attributes.len()), (3, 1, 1));
    }

    #[test]
    fn what_an_evidence_record_is_over_gets_nothing_added() {
        let authority = authority();
        let tsa = LocalTsa { authority: &authority, now: NOW, fault: TsaFault::None };
        let record = attribute(&oids::EVIDENCE_RECORD_INTERNAL, &[write::sequence::<Vec<u8>>(&[])]);
        let sealed = build::add_unsigned_attributes(&signed(&authority), 0, &[record]).expect("adds");
        let refused = |result: Result<_, ExtendError>| matches!(result, Err(ExtendError::Sealed));
        assert!(refused(add_signature_time_stamps(&sealed, Signers::All, &tsa)));
        assert!(refused(add_archive_time_stamps(&sealed, Signers::All, &IMPRINT.digest(b"content"), &tsa)));
        let crl = Crl::from_der(&authority.crl(NOW).expect("signs")).expect("reads");
        assert!(matches!(add_validation_data(&sealed, &[], &[crl], &[]), Err(ExtendError::Sealed)));
        assert_eq!(add_validation_data(&sealed, &[], &[], &[]).expect("nothing to add"), None);
    }

    #[test]
    fn an_ocsp_answer_makes_version_5_and_reads_back() {
        let authority = authority();
        let b = signed(&authority);
        let id = crate::x509::ocsp::CertId::sha1(authority.issuing(), &[1]);
        let question = crate::x509::OcspRequest::new(id, None).to_der();
        let answer = authority.answer_ocsp(&question, NOW, crate::authority::OcspFault::None);
        let answer = OcspResponse::from_der(&answer).expect("an answer");
        let lt = add_validation_data(&b, &[], &[], std::slice::from_ref(&answer)).expect("adds").expect("new");
        let read = SignedData::parse(&lt).expect("reads");
        assert_eq!((read.version(), read.ocsp_responses().count()), (5, 1));
        assert_eq!(read.ocsp_responses().next(), Some(answer.der()));
        assert_eq!(add_validation_data(&lt, &[], &[], &[answer]).expect("reads"), None);
    }
}
