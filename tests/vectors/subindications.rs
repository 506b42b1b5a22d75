//! Every sub-indication of EN 319 102-1 has a scenario that ends in it: a small PKI made on the spot, a CMS signature,
//! and one thing that is wrong. The clock is pinned.

use std::collections::BTreeSet;

use congvan::algorithms::DigestAlgorithm;
use congvan::asn1::{AlgorithmIdentifier, write};
use congvan::base::oid::Oid;
use congvan::base::time::UnixTime;
use congvan::cms::build::{self as cms, SignedDataParts, SignerParts};
use congvan::cms::{oids as cms_oids, stream};
use congvan::keys::Signer as _;
use congvan::path::{Anchors, Links, Pool};
use congvan::policy::Policy;
use congvan::revocation::Evidence;
use congvan::tsp::TstInfo;
use congvan::validate::cades::{self, Content, Named};
use congvan::validate::conclusion::{Indication, SUB_INDICATIONS, SubIndication};
use congvan::validate::verdict::Verdict;
use congvan::validate::{Inputs, RevocationChecks, judge};
use congvan::x509::crl::Reason;
use congvan::x509::ocsp::CertStatus;
use congvan::x509::{Certificate, Crl, KeyUsage, OcspResponse, build, oids};

use crate::made_pki::{DAY, NOW, Party, YEAR, ca, signer};

const CONTENT: &[u8] = b"Quyet dinh so 12";
const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

/// Everything that goes into one verdict. As made, the signature passes.
struct World {
    root: Party,
    issuing: Party,
    leaf: Party,
    tsa_root: Party,
    tsa: Party,
    root_end: UnixTime,
    leaf_bounds: (UnixTime, UnixTime),
    leaf_extensions: Vec<congvan::x509::Extension>,
    issuing_extensions: Vec<congvan::x509::Extension>,
    /// What is revoked of the signer and of its CA, and since when.
    revoked: (Option<UnixTime>, Option<UnixTime>),
    /// When the CRLs of the signer's CAs are issued; none without.
    crls_at: Option<UnixTime>,
    ocsp: Vec<OcspResponse>,
    policy: Policy,
    now: UnixTime,
    /// Time of a signature time-stamp, and of one over the content.
    stamped: Option<UnixTime>,
    content_stamped: Option<UnixTime>,
    more_signed: Vec<Vec<u8>>,
    more_unsigned: Vec<Vec<u8>>,
    /// Content handed over beside the signature.
    content: Option<&'static [u8]>,
    with_certificates: bool,
    anchored: bool,
    /// Changes the signer before it is written.
    spoil: fn(&mut SignerParts),
    /// What follows the structure.
    tail: &'static [u8],
}

impl World {
    fn new() -> World {
        let [root, issuing, leaf, tsa_root, tsa] = ["root", "issuing", "leader", "tsa root", "tsa"].map(Party::new);
        World {
            root,
            issuing,
            leaf,
            tsa_root,
            tsa,
            root_end: NOW.plus(YEAR),
            leaf_bounds: (NOW.plus(-YEAR), NOW.plus(YEAR)),
            leaf_extensions: signer(),
            issuing_extensions: ca(None),
            revoked: (None, None),
            crls_at: None,
            ocsp: Vec::new(),
            policy: Policy::strict(),
            now: NOW.plus(60),
            stamped: None,
            content_stamped: None,
            more_signed: Vec::new(),
            more_unsigned: Vec::new(),
            content: Some(CONTENT),
            with_certificates: true,
            anchored: true,
            spoil: |_| {},
            tail: b"",
        }
        .with_crls()
    }

    fn with_crls(mut self) -> World {
        self.crls_at = Some(self.now);
        self
    }

    /// Judged at another time, with CRLs of that time.
    fn at(mut self, now: UnixTime) -> World {
        self.now = now;
        self.with_crls()
    }

    fn leaf_certificate(&self) -> Certificate {
        self.issuing.issue_for(&self.leaf, self.leaf_bounds.0, self.leaf_bounds.1, self.leaf_extensions.clone())
    }

    fn issuing_certificate(&self) -> Certificate {
        self.root.issue(&self.issuing, self.issuing_extensions.clone())
    }

    fn tsa_certificate(&self) -> Certificate {
        let usage = build::extended_key_usage(&[oids::KP_TIME_STAMPING], true);
        self.tsa_root.issue(&self.tsa, vec![build::key_usage(KeyUsage::DIGITAL_SIGNATURE), usage])
    }

    fn token(&self, data: &[u8], at: UnixTime) -> Vec<u8> {
        let info = TstInfo {
            policy: Oid::parse("2.999.704.2").expect("valid"),
            imprint_algorithm: AlgorithmIdentifier { oid: SHA256.oid(), parameters: None },
            imprint: SHA256.digest(data),
            serial: vec![7],
            gen_time: at,
            accuracy: None,
            ordering: false,
            nonce: None,
            tsa: None,
        }
        .to_der();
        let certificate = self.tsa_certificate();
        let signer = signer_parts(&self.tsa, &certificate, &cms_oids::TST_INFO, &info, &[]);
        let parts = SignedDataParts {
            content: Some(&info),
            certificates: vec![certificate.der()],
            signers: &[signer],
            ..SignedDataParts::default()
        };
        cms::signed_data(&cms_oids::TST_INFO, &parts)
    }

    fn judge(&self) -> Verdict {
        let leaf = self.leaf_certificate();
        let mut more = self.more_signed.clone();
        if let Some(at) = self.content_stamped {
            more.push(cms::attribute(&cms_oids::CONTENT_TIME_STAMP, &[self.token(CONTENT, at)]));
        }
        let mut parts = signer_parts(&self.leaf, &leaf, &cms_oids::DATA, CONTENT, &more);
        if let Some(at) = self.stamped {
            parts.unsigned_attributes.push(cms::signature_time_stamp(&self.token(&parts.signature, at)));
        }
        parts.unsigned_attributes.extend(self.more_unsigned.iter().cloned());
        (self.spoil)(&mut parts);
        let issuing = self.issuing_certificate();
        let certificates = if self.with_certificates { vec![leaf.der(), issuing.der()] } else { Vec::new() };
        let signers = [parts];
        let structure = SignedDataParts { certificates, signers: &signers, ..SignedDataParts::default() };
        let file = [cms::signed_data(&cms_oids::DATA, &structure), self.tail.to_vec()].concat();
        let held = self.content.map(<[u8]>::to_vec);
        let content = held.as_ref().map(|file| Content { name: "a.txt", file, named: Named::ByPlace });
        let outline = stream::outline(&file).expect("an outline");
        let collected = cades::collect(&file, outline, "a.txt.p7s", content).expect("memory");

        let mut evidence = Evidence::new();
        for crl in self.crls() {
            evidence.add_crl(crl);
        }
        for answer in &self.ocsp {
            evidence.add_ocsp(answer.clone());
        }
        let root = self.root.issue_for(&self.root, NOW.plus(-YEAR), self.root_end, ca(None));
        let roots = if self.anchored { vec![root] } else { vec![Party::new("another root").root()] };
        let tsa_anchors = Anchors::from_certificates([self.tsa_root.root()]);
        let inputs = Inputs {
            now: self.now,
            signer_anchors: &Anchors::from_certificates(roots),
            tsa_anchors: &tsa_anchors,
            pool: &Pool::new(collected.embedded().certificates),
            evidence: &evidence,
            links: &Links::new(),
            policy: &self.policy,
            revocation: RevocationChecks::On,
        };
        judge(&collected, &inputs).remove(0)
    }

    fn crls(&self) -> Vec<Crl> {
        let reason = Some(Reason::KeyCompromise);
        // Time-stamps are judged with information of the day; what is in question is the signer's.
        let mut crls = vec![self.tsa_root.crl(self.now, &[])];
        if let Some(at) = self.crls_at {
            let (leaf, issuing) = (self.leaf_certificate(), self.issuing_certificate());
            let of_leaf: Vec<_> = self.revoked.0.iter().map(|since| (&leaf, *since, reason)).collect();
            let of_issuing: Vec<_> = self.revoked.1.iter().map(|since| (&issuing, *since, reason)).collect();
            let keeps = build::expired_certs_on_crl(NOW.plus(-10 * YEAR));
            crls.push(self.issuing.crl_with(at, &of_leaf, vec![build::crl_number(1), keeps]));
            crls.push(self.root.crl(at, &of_issuing));
        }
        crls
    }
}

fn signer_parts(
    who: &Party,
    certificate: &Certificate,
    content_type: &Oid,
    content: &[u8],
    more: &[Vec<u8>],
) -> SignerParts {
    let mut attributes = vec![
        cms::content_type(content_type),
        cms::message_digest(&SHA256.digest(content)),
        cms::signing_certificate_v2(certificate, &SHA256.oid(), &SHA256.digest(certificate.der())),
    ];
    attributes.extend(more.iter().cloned());
    let attributes = cms::signed_attributes(&attributes);
    SignerParts {
        id: SignerParts::id_of(certificate),
        digest_algorithm: AlgorithmIdentifier { oid: SHA256.oid(), parameters: None },
        signature: who.key.sign(&attributes).expect("signs"),
        signed_attributes: Some(attributes),
        signature_algorithm: who.key.scheme().to_identifier(),
        unsigned_attributes: Vec::new(),
    }
}

/// The strict policy with one line of it changed.
fn policy(from: &str, to: &str) -> Policy {
    let strict = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/default.toml");
    let text = std::fs::read_to_string(strict).expect("the policy");
    assert!(text.contains(from), "{from}");
    Policy::from_toml(text.replacen(from, to, 1).as_bytes()).expect("a policy")
}

fn policy_attribute(value: Vec<u8>) -> Vec<u8> {
    cms::attribute(&cms_oids::SIGNATURE_POLICY, &[value])
}

/// A world that ends in this sub-indication; of a time-stamp for CUSTOM.
fn world(sub: SubIndication) -> World {
    use SubIndication as S;
    let w = World::new();
    let short = (NOW.plus(-YEAR), NOW.plus(DAY));
    match sub {
        S::FormatFailure => World { tail: b"and more", ..w },
        S::HashFailure => World { content: Some(b"Quyet dinh so 21"), ..w },
        S::SigCryptoFailure => World {
            spoil: |parts| {
                if let Some(last) = parts.signature.last_mut() {
                    *last ^= 1;
                }
            },
            ..w
        },
        // A time-stamp over the content says that the signature came after the certificate's end.
        S::Revoked => World { revoked: (Some(NOW.plus(DAY)), None), content_stamped: Some(NOW.plus(2 * DAY)), ..w }
            .at(NOW.plus(3 * DAY)),
        S::Expired => World { leaf_bounds: short, content_stamped: Some(NOW.plus(2 * DAY)), ..w }.at(NOW.plus(3 * DAY)),
        S::NotYetValid => {
            let bounds = (NOW.plus(DAY), NOW.plus(YEAR));
            World { leaf_bounds: bounds, stamped: Some(NOW), ..w }.at(NOW.plus(2 * DAY))
        }
        S::SigConstraintsFailure => World {
            policy: policy("[timestamps]", "[timestamps]\nmax-delay-s = 3600"),
            more_signed: vec![cms::signing_time(NOW)],
            stamped: Some(NOW.plus(3_601)),
            ..w
        }
        .at(NOW.plus(DAY)),
        S::ChainConstraintsFailure => World { leaf_extensions: vec![build::key_usage(KeyUsage::KEY_AGREEMENT)], ..w },
        S::CertificateChainGeneralFailure => World { issuing_extensions: signer(), ..w },
        S::CryptoConstraintsFailure => World {
            // GOST R 34.11-2012: known by name to some, computed by nothing here.
            spoil: |parts| {
                let streebog = Oid::parse("1.2.643.7.1.1.2.2").expect("valid");
                parts.digest_algorithm = AlgorithmIdentifier { oid: streebog, parameters: None };
            },
            ..w
        },
        S::CryptoConstraintsFailureNoPoe => {
            World { policy: policy("sha256 = {}", "sha256 = { until = \"2026-03-01\" }"), ..w }
        }
        S::PolicyProcessingError => World { more_signed: vec![policy_attribute(write::integer(1))], ..w },
        S::SignaturePolicyNotAvailable => World {
            policy: policy("signature-policy = \"warn\"", "signature-policy = \"refuse\""),
            more_signed: vec![policy_attribute(write::sequence(&[write::oid(&cms_oids::DATA)]))],
            ..w
        },
        S::TimestampOrderFailure => World { content_stamped: Some(NOW.plus(30)), stamped: Some(NOW.plus(10)), ..w },
        S::NoSigningCertificateFound => World { with_certificates: false, ..w },
        S::NoCertificateChainFound => World { anchored: false, ..w },
        S::NoCertificateChainFoundNoPoe => World { root_end: NOW.plus(DAY), ..w }.at(NOW.plus(2 * DAY)),
        S::RevokedNoPoe => World { revoked: (Some(NOW.plus(DAY)), None), ..w }.at(NOW.plus(2 * DAY)),
        S::RevokedCaNoPoe => World { revoked: (None, Some(NOW.plus(DAY))), ..w }.at(NOW.plus(2 * DAY)),
        S::OutOfBoundsNotRevoked => World { leaf_bounds: short, ..w }.at(NOW.plus(2 * DAY)),
        S::OutOfBoundsNoPoe => World { leaf_bounds: short, ..w.at(NOW.plus(2 * DAY)) }.without_crls(),
        S::RevocationOutOfBoundsNoPoe => World { now: NOW.plus(2 * 3_600), ..w }.with_short_lived_responder(),
        // The CRLs spoke for the certificate while it was good, and nothing proves that they are that old.
        S::NoPoe => World {
            leaf_bounds: short,
            stamped: Some(NOW.plus(10)),
            crls_at: Some(NOW.plus(60)),
            now: NOW.plus(3 * DAY),
            ..w
        },
        S::TryLater => w.without_crls(),
        S::SignedDataNotFound => World { content: None, ..w },
        S::Custom => {
            let token = w.token(b"anything", NOW.plus(10));
            World { more_unsigned: vec![cms::attribute(&cms_oids::ARCHIVE_TIME_STAMP_V1, &[token])], ..w }
        }
    }
}

impl World {
    fn without_crls(mut self) -> World {
        self.crls_at = None;
        self
    }

    /// Both statuses come from answers, the signer's signed with SHA-384 by a responder of its own.
    fn with_responder_of_another_digest(mut self) -> World {
        let pem = include_str!("../../fixtures/keys/p384.pem");
        let der = congvan::base::encoding::pem_blocks(pem).remove(0).der;
        let key = congvan::keys::SoftwareKey::from_pkcs8(&der).expect("a key");
        let responder = Party { key: std::sync::Arc::new(key), ..Party::new("responder") };
        let usage = build::extended_key_usage(&[oids::KP_OCSP_SIGNING], false);
        let extensions = vec![build::key_usage(KeyUsage::DIGITAL_SIGNATURE), usage, build::ocsp_no_check()];
        let certificate = self.issuing.issue_for(&responder, NOW.plus(-DAY), NOW.plus(YEAR), extensions);
        let (issuing, leaf) = (self.issuing_certificate(), self.leaf_certificate());
        self.crls_at = None;
        self.ocsp = vec![
            responder.ocsp(&issuing, &leaf, CertStatus::Good, None, &[certificate]),
            self.root.ocsp(&self.root.root(), &issuing, CertStatus::Good, None, &[]),
        ];
        self
    }

    /// The signer's status comes from a responder whose certificate lasts an hour, the CA's from its CRL.
    fn with_short_lived_responder(mut self) -> World {
        let responder = Party::new("responder");
        let usage = build::extended_key_usage(&[oids::KP_OCSP_SIGNING], false);
        let extensions = vec![build::key_usage(KeyUsage::DIGITAL_SIGNATURE), usage, build::ocsp_no_check()];
        let certificate = self.issuing.issue_for(&responder, NOW.plus(-DAY), NOW.plus(3_600), extensions);
        let (issuing, leaf) = (self.issuing_certificate(), self.leaf_certificate());
        self.ocsp = vec![responder.ocsp(&issuing, &leaf, CertStatus::Good, None, &[certificate])];
        // Only the root's list: that of the issuing CA would speak for the signer.
        self.revoked = (None, None);
        self.crls_at = None;
        self.ocsp.push(self.root.ocsp(&self.root.root(), &issuing, CertStatus::Good, None, &[]));
        self
    }
}

#[test]
fn revocation_data_signed_with_what_has_ended_does_not_speak() {
    let world = || World::new().with_responder_of_another_digest();
    assert!(world().judge().conclusion.passed(), "{:?}", world().judge().findings);
    let ended = policy("sha384 = {}", "sha384 = { until = \"2026-03-01\" }");
    let verdict = World { policy: ended, ..world() }.judge();
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate);
    assert!(verdict.findings.iter().any(|f| f.code() == "WEAK_DIGEST"), "{:?}", verdict.findings);
    // A day before the end the same data still speaks.
    let later = policy("sha384 = {}", "sha384 = { until = \"2026-03-06\" }");
    assert!(World { policy: later, ..world() }.judge().conclusion.passed());
}

#[test]
fn as_made_the_world_passes() {
    let verdict = World::new().judge();
    assert!(verdict.conclusion.passed(), "{:?} {:?}", verdict.conclusion, verdict.findings);
}

#[test]
fn every_sub_indication_is_reached_by_a_scenario() {
    let mut reached = BTreeSet::new();
    let mut wrong = Vec::new();
    for (sub, name) in SUB_INDICATIONS {
        let verdict = world(sub).judge();
        let found = match sub {
            SubIndication::Custom => {
                assert!(verdict.conclusion.passed(), "{:?}", verdict.conclusion);
                verdict.timestamps[0].conclusion
            }
            _ => verdict.conclusion,
        };
        if found.sub_indication() == Some(sub) {
            reached.insert(name);
        } else {
            wrong.push(format!("{name}: {:?} {:?}", found.sub_indication(), verdict.findings));
        }
        assert_eq!(found.sub_indication().map(SubIndication::indication), Some(sub.indication()), "{name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(reached.len(), SUB_INDICATIONS.len());
}

#[test]
fn proof_of_an_earlier_time_mends_what_it_may_mend() {
    use SubIndication as S;
    let stamped = Some(NOW.plus(10));
    for sub in [S::RevokedNoPoe, S::RevokedCaNoPoe, S::OutOfBoundsNotRevoked, S::NoCertificateChainFoundNoPoe] {
        let verdict = World { stamped, ..world(sub) }.judge();
        assert!(verdict.conclusion.passed(), "{sub}: {:?} {:?}", verdict.conclusion, verdict.findings);
    }
    // And not what says that the signature itself is wrong.
    for sub in [S::HashFailure, S::SigCryptoFailure, S::FormatFailure, S::NoSigningCertificateFound] {
        assert_eq!(World { stamped, ..world(sub) }.judge().conclusion.sub_indication(), Some(sub));
    }
}

#[test]
fn a_stamp_of_the_very_second_of_the_end_is_too_late_for_a_revocation_and_in_time_for_an_expiry() {
    let revoked = |at| World { stamped: Some(at), ..world(SubIndication::RevokedNoPoe) }.judge().conclusion;
    assert!(revoked(NOW.plus(DAY - 1)).passed());
    assert_eq!(revoked(NOW.plus(DAY)).sub_indication(), Some(SubIndication::RevokedNoPoe));
    let expired = |at| World { stamped: Some(at), ..world(SubIndication::OutOfBoundsNotRevoked) }.judge().conclusion;
    assert!(expired(NOW.plus(DAY)).passed());
    assert!(!expired(NOW.plus(DAY + 1)).passed());
    let sunset =
        |at| World { stamped: Some(at), ..world(SubIndication::NoCertificateChainFoundNoPoe) }.judge().conclusion;
    assert!(sunset(NOW.plus(DAY)).passed());
    assert!(!sunset(NOW.plus(DAY + 1)).passed());
}

#[test]
fn a_content_time_stamp_of_the_second_of_the_end_decides() {
    let revoked = |at| World { content_stamped: Some(at), ..world(SubIndication::Revoked) }.judge().conclusion;
    assert_eq!(revoked(NOW.plus(DAY)).sub_indication(), Some(SubIndication::Revoked));
    assert_eq!(revoked(NOW.plus(DAY - 1)).sub_indication(), Some(SubIndication::RevokedNoPoe));
    let expired = |at| World { content_stamped: Some(at), ..world(SubIndication::Expired) }.judge().conclusion;
    assert_eq!(expired(NOW.plus(DAY + 1)).sub_indication(), Some(SubIndication::Expired));
    assert_eq!(expired(NOW.plus(DAY)).indication(), Indication::Indeterminate);
}

#[test]
fn a_time_stamp_delay_of_exactly_the_bound_passes() {
    let w = world(SubIndication::SigConstraintsFailure);
    let verdict = World { stamped: Some(NOW.plus(3_600)), ..w }.judge();
    assert!(verdict.conclusion.passed(), "{:?}", verdict.findings);
}

#[test]
fn an_algorithm_that_ended_is_not_mended_by_stamps_that_used_it_too() {
    let w = world(SubIndication::CryptoConstraintsFailureNoPoe);
    let policy = policy("sha256 = {}", "sha256 = { until = \"2026-03-06\" }");
    let verdict = World { policy, stamped: Some(NOW.plus(10)), ..w }.at(NOW.plus(2 * DAY)).judge();
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate);
}

#[test]
fn revocation_data_too_old_or_of_the_wrong_signer_does_not_settle_anything() {
    // A day and a second later the CRLs are due to be renewed.
    let stale = World { now: NOW.plus(60 + DAY + 1), ..World::new() };
    assert_eq!(stale.judge().conclusion.sub_indication(), Some(SubIndication::TryLater));
    let fresh = World { now: NOW.plus(60 + DAY), ..World::new() };
    assert!(fresh.judge().conclusion.passed());
    let mut forged = World::new().without_crls();
    let (issuing, leaf) = (forged.issuing_certificate(), forged.leaf_certificate());
    forged.ocsp = vec![Party::new("issuing").ocsp(&issuing, &leaf, CertStatus::Good, None, &[])];
    assert_eq!(forged.judge().conclusion.sub_indication(), Some(SubIndication::TryLater));
}
