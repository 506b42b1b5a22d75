//! Root, issuing CA, what they issue and revoke — RFC 5280 §4 and §5.

use super::identity::open_key;
pub use super::identity::{Identity, KeyChoice, Purpose, Subject};
use super::{AuthorityError, EmbeddedKey, TEST_ORGANIZATION};
use crate::algorithms::DigestAlgorithm;
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::keys::{Signer, SoftwareKey};
use crate::x509::build::{self, RevokedEntry, TbsCertList, TbsCertificate};
use crate::x509::crl::Reason;
use crate::x509::{Certificate, Extension, KeyUsage, Name, oids};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const DAY: i64 = 86_400;
/// How long a CRL of the authority is good for, in seconds.
pub const CRL_PERIOD_S: i64 = 7 * DAY;
/// The policy of every certificate issued here; an arc of documentation examples (2.999).
pub const TEST_POLICY: &str = "2.999.704.1";

/// Where the authority starts from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The present; validity periods are laid around it.
    pub now: UnixTime,
    /// Where `net::authority_server` will answer, without trailing slash: `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Keys of the two CAs and the TSA.
    pub keys: CaKeys,
}

/// Keys of the authority itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CaKeys {
    /// New P-256 keys.
    Fresh,
    /// The published RSA keys: the same names and keys in every run.
    Embedded,
}

/// The authority.
pub struct Authority {
    base_url: String,
    now: UnixTime,
    root: Identity,
    issuing: Identity,
    pub(super) tsa: Identity,
    pub(super) ocsp: Identity,
    revoked: Mutex<BTreeMap<Vec<u8>, (UnixTime, Reason)>>,
    issued: Mutex<Vec<Vec<u8>>>,
    pub(super) tokens: AtomicU64,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes root, issuing CA, time-stamping authority and OCSP responder.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn new(settings: &Settings) -> Result<Authority, AuthorityError> {
        let choose = |embedded| match settings.keys {
            CaKeys::Fresh => KeyChoice::Fresh,
            CaKeys::Embedded => KeyChoice::Embedded(embedded),
        };
        let ca_name = |common: &str| {
            Name::build(&[
                (oids::AT_COUNTRY, "VN"),
                (oids::AT_ORGANIZATION, TEST_ORGANIZATION),
                (oids::AT_COMMON_NAME, common),
            ])
        };
        let now = settings.now;
        let (root_key, root_pem) = open_key(&choose(EmbeddedKey::Root))?;
        let (issuing_key, issuing_pem) = open_key(&choose(EmbeddedKey::Issuing))?;

        let root_name = ca_name("TEST ONLY - Chứng thực số gốc");
        let mut extensions = vec![
            build::basic_constraints(true, None),
            build::key_usage(KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN)),
        ];
        let root_id = key_identifier(&root_key)?;
        extensions.push(build::subject_key_identifier(&root_id));
        let root_certificate = certify(
            &root_key,
            &root_name,
            &root_name,
            root_key.public_key(),
            (now.plus(-3_650 * DAY), now.plus(3_650 * DAY)),
            extensions,
        )?;

        let issuing_name = ca_name("TEST ONLY - CA phục vụ các cơ quan Nhà nước");
        let base = settings.base_url.as_str();
        let extensions = vec![
            build::basic_constraints(true, Some(0)),
            build::key_usage(KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN)),
            build::subject_key_identifier(&key_identifier(&issuing_key)?),
            build::authority_key_identifier(&root_id),
            build::certificate_policies(&[oids::ANY_POLICY]),
            build::crl_distribution_points(&[&format!("{base}/root.crl")]),
            build::authority_info_access(&[], &[&format!("{base}/root.cer")]),
        ];
        let issuing_certificate = certify(
            &root_key,
            &root_name,
            &issuing_name,
            issuing_key.public_key(),
            (now.plus(-1_825 * DAY), now.plus(1_825 * DAY)),
            extensions,
        )?;

        let root = Identity {
            signer: Arc::new(root_key),
            certificate: root_certificate.clone(),
            issuers: Vec::new(),
            pkcs8_pem: root_pem,
        };
        let issuing = Identity {
            signer: Arc::new(issuing_key),
            certificate: issuing_certificate,
            issuers: vec![root_certificate],
            pkcs8_pem: issuing_pem,
        };
        let service = |name: &str| Subject::agency(name, TEST_ORGANIZATION);
        let tsa = issue_from(
            &issuing,
            base,
            now,
            &service("TEST ONLY - Cấp dấu thời gian"),
            Purpose::TimeStamping,
            &choose(EmbeddedKey::Tsa),
        )?;
        let ocsp =
            issue_from(&issuing, base, now, &service("TEST ONLY - OCSP"), Purpose::OcspSigning, &KeyChoice::Fresh)?;
        let issued = vec![tsa.certificate.serial().to_vec(), ocsp.certificate.serial().to_vec()];
        Ok(Authority {
            base_url: settings.base_url.clone(),
            now,
            root,
            issuing,
            tsa,
            ocsp,
            revoked: Mutex::new(BTreeMap::new()),
            issued: Mutex::new(issued),
            tokens: AtomicU64::new(1),
        })
    }

    /// The root's certificate: the anchor.
    pub fn root(&self) -> &Certificate {
        &self.root.certificate
    }

    /// The issuing CA's certificate.
    pub fn issuing(&self) -> &Certificate {
        &self.issuing.certificate
    }

    /// The time-stamping authority.
    pub fn time_stamper(&self) -> &Identity {
        &self.tsa
    }

    /// Where `net::authority_server` answers time-stamp requests.
    pub fn tsa_url(&self) -> String {
        format!("{}/tsa", self.base_url)
    }

    /// Issues a certificate under the issuing CA.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue(&self, subject: &Subject, purpose: Purpose, key: &KeyChoice) -> Result<Identity, AuthorityError> {
        let identity = issue_from(&self.issuing, &self.base_url, self.now, subject, purpose, key)?;
        lock(&self.issued).push(identity.certificate.serial().to_vec());
        Ok(identity)
    }

    /// Revokes a certificate of the issuing CA, or the issuing CA itself.
    pub fn revoke(&self, certificate: &Certificate, at: UnixTime, reason: Reason) {
        lock(&self.revoked).insert(certificate.serial().to_vec(), (at, reason));
    }

    /// The issuing CA's CRL as of `now`, DER.
    ///
    /// # Errors
    /// [`AuthorityError::Key`] when the CA's key would not sign.
    pub fn crl(&self, now: UnixTime) -> Result<Vec<u8>, AuthorityError> {
        self.crl_of(&self.issuing, now)
    }

    /// The root's CRL as of `now`, DER.
    ///
    /// # Errors
    /// [`AuthorityError::Key`] when the root's key would not sign.
    pub fn root_crl(&self, now: UnixTime) -> Result<Vec<u8>, AuthorityError> {
        self.crl_of(&self.root, now)
    }

    /// Whether the issuing CA issued this serial number, and when and why it was revoked.
    pub(super) fn status(&self, serial: &[u8]) -> Option<Option<(UnixTime, Reason)>> {
        let known = lock(&self.issued).iter().any(|s| s == serial);
        known.then(|| lock(&self.revoked).get(serial).copied())
    }

    fn crl_of(&self, issuer: &Identity, now: UnixTime) -> Result<Vec<u8>, AuthorityError> {
        let of_root = issuer.certificate.is_self_issued();
        let revoked = lock(&self.revoked)
            .iter()
            .filter(|(serial, (at, _))| {
                *at <= now && (self.issuing.certificate.serial() == serial.as_slice()) == of_root
            })
            .map(|(serial, (at, reason))| RevokedEntry {
                serial: serial.clone(),
                at: *at,
                reason: Some(*reason),
                extensions: Vec::new(),
            })
            .collect();
        let key_id = key_identifier(&issuer.signer)?;
        let list = TbsCertList {
            signature_algorithm: issuer.signer.scheme().to_identifier(),
            issuer: issuer.certificate.subject().clone(),
            this_update: now,
            next_update: Some(now.plus(CRL_PERIOD_S)),
            revoked,
            extensions: vec![
                build::authority_key_identifier(&key_id),
                build::crl_number(u64::try_from(now.0).unwrap_or(0)),
                build::expired_certs_on_crl(self.now.plus(-3_650 * DAY)),
            ],
        };
        let tbs = list.to_der();
        Ok(build::assemble(&tbs, &list.signature_algorithm, &issuer.signer.sign(&tbs)?))
    }
}

/// The mutex guards maps that are whole between any two statements, so a panic elsewhere leaves them usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn issue_from(
    issuer: &Identity,
    base_url: &str,
    now: UnixTime,
    subject: &Subject,
    purpose: Purpose,
    key: &KeyChoice,
) -> Result<Identity, AuthorityError> {
    let (key, pkcs8_pem) = open_key(key)?;
    let (usage, purposes, critical): (KeyUsage, &[Oid], bool) = match purpose {
        Purpose::Signing => (
            KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::NON_REPUDIATION),
            &[oids::KP_EMAIL_PROTECTION, oids::KP_DOCUMENT_SIGNING],
            false,
        ),
        Purpose::TlsServer => (KeyUsage::DIGITAL_SIGNATURE, &[oids::KP_SERVER_AUTH], false),
        Purpose::TlsClient => (KeyUsage::DIGITAL_SIGNATURE, &[oids::KP_CLIENT_AUTH], false),
        Purpose::TimeStamping => (KeyUsage::DIGITAL_SIGNATURE, &[oids::KP_TIME_STAMPING], true),
        Purpose::OcspSigning => (KeyUsage::DIGITAL_SIGNATURE, &[oids::KP_OCSP_SIGNING], false),
    };
    let mut extensions = vec![
        build::basic_constraints(false, None),
        build::key_usage(usage),
        build::extended_key_usage(purposes, critical),
        build::subject_key_identifier(&key_identifier(&key)?),
        build::authority_key_identifier(&key_identifier(&issuer.signer)?),
    ];
    extensions.extend(Oid::parse(TEST_POLICY).map(|policy| build::certificate_policies(&[policy])));
    if purpose == Purpose::OcspSigning {
        extensions.push(build::ocsp_no_check());
    } else {
        extensions.push(build::crl_distribution_points(&[&format!("{base_url}/issuing.crl")]));
        extensions
            .push(build::authority_info_access(&[&format!("{base_url}/ocsp")], &[&format!("{base_url}/issuing.cer")]));
    }
    if !subject.hosts.is_empty() {
        let hosts: Vec<&str> = subject.hosts.iter().map(String::as_str).collect();
        extensions.push(build::subject_alt_dns(&hosts));
    }
    let validity = subject.validity.unwrap_or((now.plus(-30 * DAY), now.plus(1_065 * DAY)));
    let certificate =
        certify(&issuer.signer, issuer.certificate.subject(), &subject.name(), key.public_key(), validity, extensions)?;
    let issuers = std::iter::once(&issuer.certificate).chain(&issuer.issuers).cloned().collect();
    Ok(Identity { signer: Arc::new(key), certificate, issuers, pkcs8_pem })
}

/// Signs one certificate. The serial number is drawn from everything else in it, so that pinned inputs give
/// pinned bytes.
fn certify(
    issuer_key: &SoftwareKey,
    issuer: &Name,
    subject: &Name,
    spki: &[u8],
    (not_before, not_after): (UnixTime, UnixTime),
    extensions: Vec<Extension>,
) -> Result<Certificate, AuthorityError> {
    let mut tbs = TbsCertificate {
        serial: vec![1],
        signature_algorithm: issuer_key.scheme().to_identifier(),
        issuer: issuer.clone(),
        not_before,
        not_after,
        subject: subject.clone(),
        spki: spki.to_vec(),
        extensions,
    };
    let mut serial = DigestAlgorithm::Sha256.digest(&tbs.to_der());
    serial.truncate(16);
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x3f | 0x40; // positive, and always 16 octets
    }
    tbs.serial = serial;
    let bytes = tbs.to_der();
    let signature = issuer_key.sign(&bytes)?;
    Ok(Certificate::from_der(&build::assemble(&bytes, &tbs.signature_algorithm, &signature))?)
}

fn key_identifier(key: &SoftwareKey) -> Result<Vec<u8>, AuthorityError> {
    let bits = crate::asn1::Tlv::parse(key.public_key())
        .and_then(|spki| {
            let mut fields = spki.reader();
            fields.any()?;
            fields.any()?.bit_octets().map(build::key_identifier)
        })
        .map_err(crate::x509::X509Error::from)?;
    Ok(bits)
}

impl Authority {
    /// The number of the next token or answer.
    pub(super) fn next_number(&self) -> u64 {
        self.tokens.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::SignatureScheme;
    use crate::authority::{OcspFault, TsaFault, is_test_anchor};
    use crate::timestamp::{AnswerError, TokenError, check_answer};
    use crate::tsp::TimeStampRequest;
    use crate::x509::ocsp::{CertId, CertStatus, OcspRequest, OcspResponse};
    use crate::x509::{Crl, crl::Reason};

    const NOW: UnixTime = UnixTime(1_772_700_000);

    fn authority(keys: CaKeys) -> Authority {
        let settings = Settings { now: NOW, base_url: "http://127.0.0.1:1".to_owned(), keys };
        Authority::new(&settings).expect("an authority")
    }

    fn leader(authority: &Authority) -> Identity {
        let subject = Subject::person("Nguyễn Văn An", "Chủ tịch", "Ủy ban nhân dân tỉnh Thử Nghiệm");
        authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("issues")
    }

    fn signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
        SignatureScheme::from_identifiers(certificate.signature_algorithm(), None)
            .expect("known")
            .verify(issuer.spki(), certificate.tbs(), certificate.signature())
            .is_ok()
    }

    #[test]
    fn the_chain_is_signed_from_root_to_leader() {
        for keys in [CaKeys::Fresh, CaKeys::Embedded] {
            let authority = authority(keys);
            let leader = leader(&authority);
            assert!(signed_by(authority.root(), authority.root()));
            assert!(signed_by(authority.issuing(), authority.root()));
            assert!(signed_by(&leader.certificate, authority.issuing()));
            assert!(!signed_by(&leader.certificate, authority.root()));
            assert_eq!(leader.issuers, [authority.issuing().clone(), authority.root().clone()]);
            assert_eq!(leader.certificate.ocsp_urls(), ["http://127.0.0.1:1/ocsp"]);
        }
    }

    #[test]
    fn pinned_clock_and_given_keys_give_the_same_bytes() {
        let (one, two) = (authority(CaKeys::Embedded), authority(CaKeys::Embedded));
        assert_eq!(one.root(), two.root());
        assert_eq!(one.issuing(), two.issuing());
        let issue = |a: &Authority| {
            a.issue(&Subject::agency("Sở", "Tỉnh"), Purpose::Signing, &KeyChoice::Embedded(EmbeddedKey::SealA))
                .expect("issues")
                .certificate
        };
        assert_eq!(issue(&one), issue(&two));
        assert_eq!(one.crl(NOW).expect("signs"), two.crl(NOW).expect("signs"));
    }

    #[test]
    fn published_keys_are_known_and_others_are_not() {
        let published = authority(CaKeys::Embedded);
        assert!(is_test_anchor(published.root()));
        assert!(is_test_anchor(published.issuing()));
        let fresh = authority(CaKeys::Fresh);
        assert!(!is_test_anchor(fresh.root()));
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/rsa-with-chain.pem");
        let others = Certificate::from_pem_or_der(&std::fs::read(path).expect("the fixture")).expect("reads");
        assert!(!others.iter().any(is_test_anchor));
    }

    #[test]
    fn a_revoked_certificate_is_on_the_crl_and_in_ocsp_from_its_time_on() {
        let authority = authority(CaKeys::Fresh);
        let leader = leader(&authority);
        let at = NOW.plus(100);
        authority.revoke(&leader.certificate, at, Reason::KeyCompromise);
        let on_crl = |now| {
            let crl = Crl::from_der(&authority.crl(now).expect("signs")).expect("reads");
            crl.find(leader.certificate.serial()).next().map(|r| (r.at, r.reason))
        };
        assert_eq!(on_crl(at.plus(-1)), None);
        assert_eq!(on_crl(at), Some((at, Some(Reason::KeyCompromise))));
        let root_crl = Crl::from_der(&authority.root_crl(at).expect("signs")).expect("reads");
        assert!(root_crl.is_empty());

        let asked = OcspRequest::new(CertId::sha1(authority.issuing(), leader.certificate.serial()), Some(vec![7; 16]));
        let answer = |now| {
            let der = authority.answer_ocsp(&asked.to_der(), now, OcspFault::None);
            let response = OcspResponse::from_der(&der).expect("reads");
            let basic = response.basic().expect("basic").clone();
            assert_eq!(basic.nonce.as_deref(), Some(&[7; 16][..]));
            let responder = &basic.certificates[0];
            assert!(responder.has_ocsp_no_check());
            let scheme = SignatureScheme::from_identifiers(&basic.signature_algorithm, None).expect("known");
            assert_eq!(scheme.verify(responder.spki(), &basic.tbs, &basic.signature), Ok(()));
            basic.responses[0].status
        };
        assert_eq!(answer(at.plus(-1)), CertStatus::Good);
        assert_eq!(answer(at), CertStatus::Revoked { at, reason: Some(Reason::KeyCompromise) });
    }

    #[test]
    fn a_certificate_of_somebody_else_is_unknown() {
        let authority = authority(CaKeys::Fresh);
        for id in [CertId::sha256(authority.issuing(), &[0x2a]), CertId::sha256(authority.root(), &[0x2a])] {
            let der = authority.answer_ocsp(&OcspRequest::new(id, None).to_der(), NOW, OcspFault::None);
            let response = OcspResponse::from_der(&der).expect("reads");
            assert_eq!(response.basic().expect("basic").responses[0].status, CertStatus::Unknown);
        }
    }

    fn ask(fault: TsaFault, keys: CaKeys) -> Result<UnixTime, AnswerError> {
        let authority = authority(keys);
        let imprint = DigestAlgorithm::Sha256.digest(b"data");
        let request = TimeStampRequest::new(&DigestAlgorithm::Sha256.oid(), &imprint, &[9; 8]);
        let answer = authority.answer_time_stamp(&request.to_der(), NOW, fault);
        let (token, facts) = check_answer(&request, &answer, &[])?;
        assert_eq!(facts.certificate, authority.time_stamper().certificate);
        assert!(!facts.bound_by_sha1_only && facts.issuer_serial_fits);
        let other = crate::timestamp::verify_token(&token, &mut |d| Some(d.digest(b"Data")), &[]);
        assert_eq!(other.expect_err("other data"), TokenError::Imprint);
        Ok(facts.gen_time)
    }

    #[test]
    fn a_time_stamp_verifies_under_both_kinds_of_keys() {
        assert_eq!(ask(TsaFault::None, CaKeys::Fresh), Ok(NOW));
        assert_eq!(ask(TsaFault::None, CaKeys::Embedded), Ok(NOW));
    }

    #[test]
    fn every_fault_of_a_time_stamping_authority_is_named() {
        let fault = |f| ask(f, CaKeys::Fresh).expect_err("a fault");
        assert_eq!(fault(TsaFault::WrongNonce), AnswerError::Nonce);
        assert_eq!(fault(TsaFault::WrongImprint), AnswerError::Imprint);
        assert_eq!(fault(TsaFault::WrongSigner), AnswerError::Token(TokenError::Usage));
        assert!(matches!(fault(TsaFault::BrokenSignature), AnswerError::Token(TokenError::Signer(_))));
        assert!(matches!(fault(TsaFault::Refuses), AnswerError::Refused { status: 2, .. }));
        assert_eq!(fault(TsaFault::Empty), AnswerError::NoToken);
        assert!(matches!(fault(TsaFault::Garbage), AnswerError::Form(_)));
    }
}
