//! Evidence records over a signed container: what they prove, what renews them, and what breaks them.

use congvan::algorithms::DigestAlgorithm;
use congvan::asic::manifest::{self, NewReference};
use congvan::asn1::{Tlv, write};
use congvan::authority::TsaFault;
use congvan::base::time::UnixTime;
use congvan::sign::asic::Shape;
use congvan::tsp::{TimeStampRequest, TimeStampResponse};
use congvan::validate::conclusion::SubIndication;
use congvan::x509::crl::Reason;

use crate::asic::{Entries, judged_in, signed, with};
use crate::scene::{DAY, NOW, PASSED, Scene, Setting, failed, indeterminate, outcome};

const RECORD: &str = "META-INF/evidencerecord.ers";

/// A token whose imprint is this hash.
pub(crate) fn over(scene: &Scene, algorithm: DigestAlgorithm, hash: &[u8], at: UnixTime) -> Vec<u8> {
    let question = TimeStampRequest::new(&algorithm.oid(), hash, &[1, 2, 3, 4]);
    let answer = scene.authority.answer_time_stamp(&question.to_der(), at, TsaFault::None);
    TimeStampResponse::parse(&answer).expect("an answer").token.expect("a token")
}

/// An archive time-stamp over these hashes, in one list (RFC 4998 §4.2).
pub(crate) fn stamp(scene: &Scene, algorithm: DigestAlgorithm, mut hashes: Vec<Vec<u8>>, at: UnixTime) -> Vec<u8> {
    let listed: Vec<Vec<u8>> = hashes.iter().map(|hash| write::octet_string(hash)).collect();
    hashes.sort();
    let root = if hashes.len() == 1 { hashes.remove(0) } else { algorithm.digest(&hashes.concat()) };
    write::sequence(&[write::context(2, &[write::sequence(&listed)]), over(scene, algorithm, &root, at)])
}

/// The token of an archive time-stamp: its last field.
pub(crate) fn token_of(stamp: &[u8]) -> Vec<u8> {
    let value = Tlv::parse(stamp).expect("DER");
    let mut fields = value.reader();
    fields.any().expect("a tree");
    fields.any().expect("a token").raw.to_vec()
}

pub(crate) fn record(chains: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let chains: Vec<Vec<u8>> = chains.iter().map(|stamps| write::sequence(stamps)).collect();
    write::sequence(&[write::integer(1), write::sequence::<Vec<u8>>(&[]), write::sequence(&chains)])
}

struct Kept {
    scene: Scene,
    zip: Vec<u8>,
    // What the record is over: the data file and the signature.
    objects: Vec<Vec<u8>>,
}

impl Kept {
    fn new() -> Self {
        let scene = Scene::new();
        let zip = signed(&scene, Shape::ExtendedCades, &[("a.txt", b"one")]);
        let mut objects = Vec::new();
        with(&zip, |all| {
            let find = |name: &str| all.iter().find(|(n, _)| n.ends_with(name)).expect("there").1.clone();
            objects = vec![find("a.txt"), find(".p7s")];
        });
        Kept { scene, zip, objects }
    }

    fn hashes(&self, algorithm: DigestAlgorithm) -> Vec<Vec<u8>> {
        self.objects.iter().map(|object| algorithm.digest(object)).collect()
    }

    fn first(&self, at: UnixTime) -> Vec<u8> {
        stamp(&self.scene, DigestAlgorithm::Sha256, self.hashes(DigestAlgorithm::Sha256), at)
    }

    /// The container with this record over both objects.
    fn with(&self, record: Vec<u8>) -> Vec<u8> {
        with(&self.zip, |all: &mut Entries| {
            let sha256 = self.hashes(DigestAlgorithm::Sha256);
            let names: Vec<String> =
                all.iter().map(|(name, _)| name.clone()).filter(|n| n == "a.txt" || n.ends_with(".p7s")).collect();
            let place = |name: &str| usize::from(name != "a.txt");
            let references: Vec<NewReference<'_>> = names
                .iter()
                .map(|name| NewReference {
                    name,
                    media_type: "application/octet-stream",
                    digest_method: "http://www.w3.org/2001/04/xmlenc#sha256",
                    digest: &sha256[place(name)],
                    is_root: false,
                })
                .collect();
            let listing = manifest::write(RECORD, "application/octet-stream", &references);
            all.push(("META-INF/ASiCEvidenceRecordManifest001.xml".to_owned(), listing.into_bytes()));
            all.push((RECORD.to_owned(), record));
        })
    }
}

#[test]
fn a_record_proves_that_the_signature_is_older_than_its_signers_revocation() {
    let kept = Kept::new();
    kept.scene.authority.revoke(&kept.scene.leader.certificate, NOW.plus(DAY), Reason::KeyCompromise);
    let later = Setting::at(NOW.plus(2 * DAY));
    let without = judged_in(&kept.scene, &kept.zip, &later);
    assert_eq!(outcome(&without.verdicts[0]), indeterminate(SubIndication::RevokedNoPoe));
    let zip = kept.with(record(&[vec![kept.first(NOW.plus(60))]]));
    let got = judged_in(&kept.scene, &zip, &later);
    assert_eq!(
        got.verdicts.iter().map(outcome).collect::<Vec<_>>(),
        [PASSED, PASSED],
        "{:?}",
        got.verdicts[1].findings
    );
    assert_eq!(got.verdicts[0].best_time, Some(NOW.plus(60)));
    assert_eq!(got.verdicts[1].extent.names, ["a.txt"]);
    // Stamped after the revocation it proves nothing.
    let late = kept.with(record(&[vec![kept.first(NOW.plus(DAY + 60))]]));
    assert_eq!(outcome(&judged_in(&kept.scene, &late, &later).verdicts[0]), indeterminate(SubIndication::RevokedNoPoe));
}

#[test]
fn renewed_time_stamps_and_renewed_hash_trees_pass_in_order() {
    let kept = Kept::new();
    let (sha256, sha512) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha512);
    let first = kept.first(NOW.plus(60));
    let renewed = stamp(&kept.scene, sha256, vec![sha256.digest(&token_of(&first))], NOW.plus(100 * DAY));
    let old = vec![first.clone(), renewed.clone()];
    // RFC 4998 §5.2: H(H(data) + H(the sequence of the chains before)).
    let before = sha512.digest(&write::sequence(&[write::sequence(&old)]));
    let hashes = kept.hashes(sha512).into_iter().map(|hash| sha512.digest(&[hash, before.clone()].concat())).collect();
    let again = stamp(&kept.scene, sha512, hashes, NOW.plus(200 * DAY));
    let zip = kept.with(record(&[old.clone(), vec![again.clone()]]));
    let setting = Setting::at(NOW.plus(201 * DAY));
    let got = judged_in(&kept.scene, &zip, &setting);
    let told: Vec<_> = got.verdicts.iter().map(|v| (v.id.as_str(), outcome(v))).collect();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|(_, outcome)| *outcome == PASSED), "{told:?}");
    assert!(told[3].0.ends_with("#2.1"), "{told:?}");

    // A renewal over another time-stamp than the one before it.
    let other = kept.first(NOW.plus(90));
    let stranger = record(&[vec![other, renewed]]);
    let got = judged_in(&kept.scene, &kept.with(stranger), &setting);
    assert_eq!(outcome(&got.verdicts[2]), failed(SubIndication::HashFailure));
    assert!(got.verdicts[2].findings.iter().any(|f| f.code() == "EVIDENCE_RECORD_UNFIT"));
    // Another's record, renewed for good: the renewal speaks for what was stamped, not for what stands here.
    let foreign = stamp(&kept.scene, sha256, vec![sha256.digest(b"something else")], NOW.plus(60));
    let renewal = stamp(&kept.scene, sha256, vec![sha256.digest(&token_of(&foreign))], NOW.plus(100 * DAY));
    let got = judged_in(&kept.scene, &kept.with(record(&[vec![foreign, renewal.clone()]])), &setting);
    assert_eq!(outcome(&got.verdicts[1]), failed(SubIndication::HashFailure));
    assert_eq!(outcome(&got.verdicts[2]), indeterminate(SubIndication::SigConstraintsFailure));
    assert_eq!(got.verdicts[0].best_time, Some(setting.now), "nothing is proven");
    // The right hashes in the tree, a token over another root, and a renewal of that token.
    let hashes: Vec<Vec<u8>> = kept.hashes(sha256).iter().map(|hash| write::octet_string(hash)).collect();
    let bent = write::sequence(&[
        write::context(2, &[write::sequence(&hashes)]),
        over(&kept.scene, sha256, &sha256.digest(b"something else"), NOW.plus(60)),
    ]);
    let renewal = stamp(&kept.scene, sha256, vec![sha256.digest(&token_of(&bent))], NOW.plus(100 * DAY));
    let got = judged_in(&kept.scene, &kept.with(record(&[vec![bent, renewal]])), &setting);
    assert_eq!(outcome(&got.verdicts[1]), failed(SubIndication::HashFailure));
    assert_eq!(got.verdicts[0].best_time, Some(setting.now), "nothing is proven");
    // A new tree over the data alone, without the chains before it.
    let forgetful = stamp(&kept.scene, sha512, kept.hashes(sha512), NOW.plus(200 * DAY));
    let got = judged_in(&kept.scene, &kept.with(record(&[old, vec![forgetful]])), &setting);
    assert_eq!(outcome(&got.verdicts[3]), failed(SubIndication::HashFailure));
}

#[test]
fn changed_data_and_data_that_was_never_in_the_tree_are_told_apart() {
    let kept = Kept::new();
    let soon = Setting::at(NOW.plus(DAY));
    let sha256 = DigestAlgorithm::Sha256;
    let whole = kept.with(record(&[vec![kept.first(NOW.plus(60))]]));
    let changed =
        with(&whole, |all| all.iter_mut().find(|(name, _)| name == "a.txt").expect("there").1 = b"onf".to_vec());
    let got = judged_in(&kept.scene, &changed, &soon);
    assert!(got.verdicts.iter().all(|v| outcome(v) == failed(SubIndication::HashFailure)), "{:?}", got.verdicts[1]);
    // Over the data file only, although the manifest lists the signature too.
    let partial = stamp(&kept.scene, sha256, vec![sha256.digest(b"one")], NOW.plus(60));
    let got = judged_in(&kept.scene, &kept.with(record(&[vec![partial]])), &soon);
    assert_eq!(outcome(&got.verdicts[0]), PASSED);
    assert_eq!(outcome(&got.verdicts[1]), indeterminate(SubIndication::SigConstraintsFailure));
    assert!(got.verdicts[1].findings.iter().any(|f| f.code() == "NOT_COVERED"), "{:?}", got.verdicts[1].findings);
    // Damaged at any place, it is named and costs the signature nothing.
    let mut damaged = record(&[vec![kept.first(NOW.plus(60))]]);
    damaged.truncate(damaged.len() - 7);
    let got = judged_in(&kept.scene, &kept.with(damaged), &soon);
    assert_eq!(outcome(&got.verdicts[0]), PASSED);
    assert_eq!(outcome(&got.verdicts[1]), failed(SubIndication::FormatFailure));
}
