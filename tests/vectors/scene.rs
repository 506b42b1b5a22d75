//! A test authority, a document signed by it, and the verdict on what became of it. The clock is pinned.

use congvan::algorithms::DigestAlgorithm;
use congvan::authority::ca::CaKeys;
use congvan::authority::{Authority, Identity, KeyChoice, Purpose, Settings, Subject, TsaFault};
use congvan::base::time::UnixTime;
use congvan::path::{Anchors, Links, Pool};
use congvan::pdf::Document;
use congvan::policy::Policy;
use congvan::revocation::Evidence;
use congvan::sign::cades::{self, CmsRequest};
use congvan::sign::pades::{PadesRequest, prepare};
use congvan::tsp::{TimeStampRequest, TimeStampResponse};
use congvan::validate::collected::Collected;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::pdf::collect;
use congvan::validate::verdict::Verdict;
use congvan::validate::{Inputs, RevocationChecks, judge};
use congvan::x509::{Crl, OcspResponse};

pub(crate) const NOW: UnixTime = UnixTime(1_772_697_600); // 2026-03-05T08:00:00Z
pub(crate) const DAY: i64 = 86_400;
pub(crate) const YEAR: i64 = 365 * DAY;

pub(crate) struct Scene {
    pub(crate) authority: Authority,
    pub(crate) leader: Identity,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải"), Purpose::Signing)
    }

    pub(crate) fn with(subject: Subject, purpose: Purpose) -> Self {
        let settings = Settings { now: NOW, base_url: "http://127.0.0.1:1".to_owned(), keys: CaKeys::Fresh };
        let authority = Authority::new(&settings).expect("an authority");
        let leader = authority.issue(&subject, purpose, &KeyChoice::Fresh).expect("a certificate");
        Scene { authority, leader }
    }

    /// Signs the decision; with `stamped` at that time by the authority's TSA.
    pub(crate) fn sign(&self, stamped: Option<(UnixTime, TsaFault)>) -> Vec<u8> {
        sign(&document(), &self.authority, &self.leader, stamped)
    }

    pub(crate) fn judge(&self, file: &[u8], setting: &Setting) -> Verdict {
        self.judge_all(file, setting).remove(0)
    }

    pub(crate) fn judge_all(&self, file: &[u8], setting: &Setting) -> Vec<Verdict> {
        self.judge_by(file, setting, self.crls(setting), None)
    }

    /// Judges with this evidence, what the file brings along, and other anchors for time-stamps where given.
    pub(crate) fn judge_by(
        &self,
        file: &[u8],
        setting: &Setting,
        evidence: Evidence,
        tsa: Option<&Authority>,
    ) -> Vec<Verdict> {
        self.judge_collected(&collect(&file.to_vec(), None).expect("a PDF"), setting, evidence, tsa)
    }

    /// CRLs of both CAs at the times of `setting`.
    pub(crate) fn crls(&self, setting: &Setting) -> Evidence {
        let mut evidence = Evidence::new();
        for at in &setting.crls_of {
            for der in [self.authority.crl(*at), self.authority.root_crl(*at)] {
                evidence.add_crl(Crl::from_der(&der.expect("signs")).expect("reads"));
            }
        }
        evidence
    }

    /// Judges what was collected of a file of any format.
    pub(crate) fn judge_collected(
        &self,
        collected: &Collected,
        setting: &Setting,
        mut evidence: Evidence,
        tsa: Option<&Authority>,
    ) -> Vec<Verdict> {
        let embedded = collected.embedded();
        let mut pool = Pool::new([self.authority.issuing().clone()]);
        pool.extend(embedded.certificates);
        for crl in embedded.crls.iter().filter_map(|der| Crl::from_der(der).ok()) {
            evidence.add_crl(crl);
        }
        for answer in embedded.ocsp_responses.iter().filter_map(|der| OcspResponse::from_der(der).ok()) {
            evidence.add_ocsp(answer);
        }
        let other = Scene::anchors(&Scene::new().authority);
        let anchors = if setting.other_root { other } else { Scene::anchors(&self.authority) };
        let tsa_anchors = tsa.map_or_else(|| anchors.clone(), Scene::anchors);
        judge(
            collected,
            &Inputs {
                now: setting.now,
                signer_anchors: &anchors,
                tsa_anchors: &tsa_anchors,
                pool: &pool,
                evidence: &evidence,
                links: &Links::new(),
                policy: &setting.policy,
                revocation: setting.revocation,
            },
        )
    }

    fn anchors(authority: &Authority) -> Anchors {
        Anchors::from_certificates([authority.root().clone()])
    }
}

pub(crate) struct Setting {
    pub(crate) now: UnixTime,
    pub(crate) crls_of: Vec<UnixTime>,
    pub(crate) other_root: bool,
    pub(crate) revocation: RevocationChecks,
    pub(crate) policy: Policy,
}

impl Setting {
    /// Judged at `now` with CRLs issued at that time.
    pub(crate) fn at(now: UnixTime) -> Self {
        Setting {
            now,
            crls_of: vec![now],
            other_root: false,
            revocation: RevocationChecks::On,
            policy: Policy::strict(),
        }
    }
}

pub(crate) fn document() -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents/decision.pdf");
    std::fs::read(path).expect("the fixture")
}

pub(crate) fn sign(
    file: &[u8],
    authority: &Authority,
    who: &Identity,
    stamped: Option<(UnixTime, TsaFault)>,
) -> Vec<u8> {
    sign_as(file, request(), |digest| {
        let mut cms =
            cades::sign(&CmsRequest::detached(digest, &who.certificate, &who.issuers), &*who.signer).expect("signs");
        if let Some((at, fault)) = stamped {
            cms.add_signature_time_stamp(&token(authority, cms.signature_value(), at, fault));
        }
        cms.to_der()
    })
}

/// An invisible approval signature.
pub(crate) fn request() -> PadesRequest<'static> {
    let mut request = PadesRequest::new(40_000);
    request.claimed_time = Some(NOW);
    request
}

/// Signs with whatever CMS is made for the SHA-256 digest.
pub(crate) fn sign_as(file: &[u8], request: PadesRequest<'_>, cms: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let file = file.to_vec();
    let parsed = Document::open(&file).expect("a PDF");
    let prepared = prepare(&parsed, request).expect("prepares");
    let digest = prepared.digest(&file, DigestAlgorithm::Sha256).expect("hashes");
    let update = prepared.embed(&cms(&digest)).expect("fits");
    [file, update.bytes].concat()
}

/// A time-stamp over `data`.
pub(crate) fn token(authority: &Authority, data: &[u8], at: UnixTime, fault: TsaFault) -> Vec<u8> {
    let algorithm = DigestAlgorithm::Sha256;
    let question = TimeStampRequest::new(&algorithm.oid(), &algorithm.digest(data), &[1, 2, 3, 4]);
    let answer = authority.answer_time_stamp(&question.to_der(), at, fault);
    TimeStampResponse::parse(&answer).expect("an answer").token.expect("a token")
}

pub(crate) fn outcome(verdict: &Verdict) -> (Indication, Option<SubIndication>) {
    (verdict.conclusion.indication(), verdict.conclusion.sub_indication())
}

pub(crate) const PASSED: (Indication, Option<SubIndication>) = (Indication::Passed, None);

pub(crate) fn indeterminate(sub: SubIndication) -> (Indication, Option<SubIndication>) {
    (Indication::Indeterminate, Some(sub))
}

pub(crate) fn failed(sub: SubIndication) -> (Indication, Option<SubIndication>) {
    (Indication::Failed, Some(sub))
}
