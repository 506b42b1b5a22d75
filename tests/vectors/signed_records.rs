//! Evidence records inside CMS signatures — RFC 4998 appendix A, TS 119 122-3: what they are over, what they prove, and
//! what they do not.

use congvan::algorithms::DigestAlgorithm;
use congvan::asn1::write;
use congvan::authority::{Identity, Purpose, Subject};
use congvan::base::oid::Oid;
use congvan::base::time::UnixTime;
use congvan::cms::build::{self, attribute};
use congvan::cms::{SignedData, oids};
use congvan::validate::candidate::StampKind;
use congvan::validate::conclusion::{Indication, SubIndication};
use congvan::validate::verdict::Verdict;

use super::cms_formats::{CONTENT, SHA256, clerk, codes, judged, signer, structure};
use super::evidence_records::{over, record, stamp, token_of};
use super::scene::*;

const INTERNAL: Oid = oids::EVIDENCE_RECORD_INTERNAL;
const EXTERNAL: Oid = oids::EVIDENCE_RECORD_EXTERNAL;
/// When the records are made: while the signer's certificate is good.
const MADE: UnixTime = UnixTime(NOW.0 + 5 * DAY);

/// A signer whose certificate runs out after ten days, and what they signed.
struct Kept {
    scene: Scene,
    attached: Vec<u8>,
    detached: Vec<u8>,
}

impl Kept {
    fn new() -> Self {
        let subject = Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ");
        let scene = Scene::with(subject.valid(NOW.plus(-DAY), NOW.plus(10 * DAY)), Purpose::Signing);
        let made = |inside| structure(&[&scene.leader], inside, &[signer(&scene.leader, CONTENT)]);
        let (attached, detached) = (made(Some(CONTENT)), made(None));
        Kept { scene, attached, detached }
    }

    /// Judged long after the certificate has run out; somebody kept the revocation lists of its time.
    fn later(&self, file: &[u8], content: Option<&[u8]>) -> Verdict {
        self.all_later(file, content).remove(0)
    }

    fn all_later(&self, file: &[u8], content: Option<&[u8]>) -> Vec<Verdict> {
        let now = NOW.plus(300 * DAY);
        judged(&self.scene, file, content, &Setting { crls_of: vec![NOW.plus(6 * DAY), now], ..Setting::at(now) })
    }

    /// A record of one time-stamp over these hashes.
    fn record(&self, hashes: Vec<Vec<u8>>, at: UnixTime) -> Vec<u8> {
        record(&[vec![stamp(&self.scene, SHA256, hashes, at)]])
    }

    fn sealed(&self, file: &[u8], at: UnixTime) -> Vec<u8> {
        with(file, 0, &INTERNAL, &[self.record(vec![SHA256.digest(file)], at)])
    }
}

fn with(file: &[u8], signer: usize, kind: &Oid, records: &[Vec<u8>]) -> Vec<u8> {
    build::add_unsigned_attributes(file, signer, &[attribute(kind, records)]).expect("adds")
}

#[track_caller]
pub(crate) fn proven(verdict: &Verdict, at: UnixTime) {
    assert_eq!(outcome(verdict), PASSED, "{:?}", verdict.findings);
    assert_eq!(verdict.best_time, Some(at));
    assert!(!codes(verdict).contains(&"EVIDENCE_RECORD_UNFIT"), "{:?}", verdict.findings);
}

#[track_caller]
pub(crate) fn unproven(verdict: &Verdict) {
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate, "{:?}", verdict.findings);
    assert_eq!(verdict.best_time, Some(NOW.plus(300 * DAY)));
    assert!(codes(verdict).contains(&"EVIDENCE_RECORD_UNFIT"), "{:?}", verdict.findings);
}

#[test]
fn a_record_inside_keeps_a_signature_whose_certificate_has_run_out() {
    let kept = Kept::new();
    let without = kept.later(&kept.attached, None);
    assert_eq!(outcome(&without), indeterminate(SubIndication::OutOfBoundsNotRevoked), "{:?}", without.findings);
    let sealed = kept.later(&kept.sealed(&kept.attached, MADE), None);
    proven(&sealed, MADE);
    let [only] = sealed.timestamps.as_slice() else { panic!("one time-stamp") };
    assert_eq!((only.kind, only.gen_time), (StampKind::Record, Some(MADE)));
    assert!(only.conclusion.passed());
    assert_eq!(sealed.level, Some("CAdES-B-T"));
    // Made when the certificate had run out, it fits and does not help.
    let late = kept.later(&kept.sealed(&kept.attached, NOW.plus(11 * DAY)), None);
    assert_eq!(late.conclusion.indication(), Indication::Indeterminate);
    assert_eq!(late.best_time, Some(NOW.plus(11 * DAY)));
}

#[test]
fn renewed_time_stamps_and_trees_prove_the_time_of_the_first() {
    let kept = Kept::new();
    let sha512 = DigestAlgorithm::Sha512;
    let first = stamp(&kept.scene, SHA256, vec![SHA256.digest(&kept.attached), SHA256.digest(b"a neighbour")], MADE);
    let renewed = stamp(&kept.scene, SHA256, vec![SHA256.digest(&token_of(&first))], NOW.plus(20 * DAY));
    let old = vec![first, renewed];
    let before = sha512.digest(&write::sequence(&[write::sequence(&old)]));
    let joined = sha512.digest(&[sha512.digest(&kept.attached), before].concat());
    let again = stamp(&kept.scene, sha512, vec![joined, sha512.digest(b"another")], NOW.plus(40 * DAY));
    let whole = with(&kept.attached, 0, &INTERNAL, &[record(&[old.clone(), vec![again.clone()]])]);
    let verdict = kept.later(&whole, None);
    // Nobody has the neighbour; its hash in the tree is no obstacle.
    proven(&verdict, MADE);
    assert_eq!(verdict.timestamps.len(), 3);
    // A new tree that forgets the chains before it.
    let forgetful = stamp(&kept.scene, sha512, vec![sha512.digest(&kept.attached)], NOW.plus(40 * DAY));
    unproven(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[record(&[old, vec![forgetful]])]), None));
    // Renewed before it was made.
    let first = stamp(&kept.scene, SHA256, vec![SHA256.digest(&kept.attached)], MADE);
    let early = stamp(&kept.scene, SHA256, vec![SHA256.digest(&token_of(&first))], MADE.plus(-1));
    unproven(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[record(&[vec![first, early]])]), None));
}

#[test]
fn a_record_over_anything_else_proves_nothing_however_well_it_was_renewed() {
    let kept = Kept::new();
    let other = kept.record(vec![SHA256.digest(b"something else")], MADE);
    unproven(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[other]), None));
    // The content alone, or the detached structure, is not the structure.
    for bytes in [CONTENT, &kept.detached] {
        let record = kept.record(vec![SHA256.digest(bytes)], MADE);
        unproven(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[record]), None));
    }
    // Genuine tokens in a row, of which the first is over something else.
    let first = stamp(&kept.scene, SHA256, vec![SHA256.digest(b"something else")], MADE);
    let second = stamp(&kept.scene, SHA256, vec![SHA256.digest(&token_of(&first))], MADE.plus(DAY));
    unproven(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[record(&[vec![first, second]])]), None));
    // The right hash in the tree, the token over another root; renewed for good.
    let tree = write::context(2, &[write::sequence(&[write::octet_string(&SHA256.digest(&kept.attached))])]);
    let bent = write::sequence(&[tree, over(&kept.scene, SHA256, &SHA256.digest(b"something else"), MADE)]);
    let second = stamp(&kept.scene, SHA256, vec![SHA256.digest(&token_of(&bent))], MADE.plus(DAY));
    unproven(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[record(&[vec![bent, second]])]), None));
    // What came into the structure after the record: it is no longer over what is there.
    let sealed = kept.sealed(&kept.attached, MADE);
    let note = attribute(&oids::SIGNER_LOCATION, &[write::sequence::<Vec<u8>>(&[])]);
    unproven(&kept.later(&build::add_unsigned_attributes(&sealed, 0, &[note]).expect("adds"), None));
}

#[test]
fn a_record_of_the_external_kind_is_over_structure_and_content_together() {
    let kept = Kept::new();
    let (own, content) = (SHA256.digest(&kept.detached), SHA256.digest(CONTENT));
    let sealed = |hashes: Vec<Vec<u8>>| with(&kept.detached, 0, &EXTERNAL, &[kept.record(hashes, MADE)]);
    let whole = sealed(vec![own.clone(), content.clone()]);
    proven(&kept.later(&whole, Some(CONTENT)), MADE);
    // Without its content a record cannot be followed, nor the signature.
    assert_eq!(outcome(&kept.later(&whole, None)), indeterminate(SubIndication::SignedDataNotFound));
    unproven(&kept.later(&sealed(vec![own.clone()]), Some(CONTENT)));
    unproven(&kept.later(&sealed(vec![content.clone()]), Some(CONTENT)));
    unproven(&kept.later(&sealed(vec![own.clone(), SHA256.digest(b"another content")]), Some(CONTENT)));
    // Of the internal kind it leaves out the content.
    let internal = with(&kept.detached, 0, &INTERNAL, &[kept.record(vec![own], MADE)]);
    unproven(&kept.later(&internal, Some(CONTENT)));
    // Content inside stands in the structure already.
    let both = kept.record(vec![SHA256.digest(&kept.attached), content], MADE);
    proven(&kept.later(&with(&kept.attached, 0, &EXTERNAL, &[both]), None), MADE);
}

#[test]
fn records_stand_beside_each_other_in_one_attribute_and_behind_each_other_in_several() {
    let kept = Kept::new();
    let own = || vec![SHA256.digest(&kept.attached)];
    let side_by_side = [kept.record(own(), MADE), kept.record(own(), MADE.plus(60))];
    let verdict = kept.later(&with(&kept.attached, 0, &INTERNAL, &side_by_side), None);
    proven(&verdict, MADE);
    assert_eq!(verdict.timestamps.len(), 2);
    let once = kept.sealed(&kept.attached, MADE);
    let twice = kept.sealed(&once, MADE.plus(60));
    let verdict = kept.later(&twice, None);
    proven(&verdict, MADE);
    assert_eq!(verdict.timestamps.len(), 2);
    // Whatever the order of the file, time tells which came first.
    let read = SignedData::parse(&twice).expect("reads");
    let mut attributes: Vec<Vec<u8>> =
        read.signers()[0].unsigned_attributes().iter().map(|attribute| attribute.raw.clone()).collect();
    let in_file = attributes.concat();
    attributes.reverse();
    let at = twice.windows(in_file.len()).position(|window| window == in_file).expect("there");
    let mut swapped = twice.clone();
    swapped[at..at + in_file.len()].copy_from_slice(&attributes.concat());
    proven(&kept.later(&swapped, None), MADE);
    // The second is not over the first: it says that it is alone.
    let alone = with(&once, 0, &INTERNAL, &[kept.record(own(), MADE.plus(60))]);
    let verdict = kept.later(&alone, None);
    assert_eq!((outcome(&verdict), verdict.best_time), (PASSED, Some(MADE)));
    assert!(codes(&verdict).contains(&"EVIDENCE_RECORD_UNFIT"));
}

#[test]
fn a_record_speaks_for_every_signer_of_the_structure() {
    let kept = Kept::new();
    let clerk = clerk(&kept.scene);
    let people: [&Identity; 2] = [&kept.scene.leader, &clerk];
    let file = structure(&people, Some(CONTENT), &people.map(|who| signer(who, CONTENT)));
    for place in [0, 1] {
        let record = kept.record(vec![SHA256.digest(&file)], MADE);
        let all = kept.all_later(&with(&file, place, &INTERNAL, &[record]), None);
        assert_eq!(all.len(), 2);
        for verdict in &all {
            assert_eq!(outcome(verdict), PASSED, "{:?}", verdict.findings);
            assert_eq!(verdict.best_time, Some(MADE));
        }
        assert_eq!(all.iter().map(|verdict| verdict.timestamps.len()).sum::<usize>(), 1);
    }
}

#[test]
fn a_weak_digest_proves_only_what_was_taken_over_in_time() {
    let kept = Kept::new();
    let sha1 = DigestAlgorithm::Sha1;
    let first = stamp(&kept.scene, sha1, vec![sha1.digest(&kept.attached)], MADE);
    unproven_by_weakness(&kept.later(&with(&kept.attached, 0, &INTERNAL, &[record(&[vec![first]])]), None));
}

#[track_caller]
fn unproven_by_weakness(verdict: &Verdict) {
    assert_eq!(verdict.conclusion.indication(), Indication::Indeterminate, "{:?}", verdict.findings);
    assert_eq!(verdict.best_time, Some(NOW.plus(300 * DAY)));
    assert!(codes(verdict).contains(&"WEAK_DIGEST"), "{:?}", verdict.findings);
}

#[test]
fn hostile_records_are_bounded_and_damaged_ones_cost_the_signature_nothing() {
    let kept = Kept::new();
    let mut other_version = kept.record(vec![SHA256.digest(&kept.attached)], MADE);
    let version = other_version.windows(3).position(|octets| octets == [2, 1, 1]).expect("a version");
    other_version[version + 2] = 2;
    let soon = |file: &[u8]| judged(&kept.scene, file, None, &Setting::at(MADE)).remove(0);
    for record in [other_version, write::sequence::<Vec<u8>>(&[]), vec![5, 0], vec![4, 1, b'<']] {
        let verdict = soon(&with(&kept.attached, 0, &INTERNAL, &[record]));
        assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
        assert!(codes(&verdict).contains(&"EVIDENCE_RECORD_UNFIT"));
    }
    let one = stamp(&kept.scene, SHA256, vec![SHA256.digest(&kept.attached)], MADE);
    let many = record(&[vec![one.clone(); 65]]);
    let deep = {
        let lists: Vec<Vec<u8>> = (0..100_001).map(|_| write::sequence(&[write::octet_string(&[7])])).collect();
        record(&[vec![write::sequence(&[write::context(2, &lists), token_of(&one)])]])
    };
    let chains = record(&vec![vec![one.clone()]; 17]);
    for record in [many, deep, chains] {
        let verdict = soon(&with(&kept.attached, 0, &INTERNAL, &[record]));
        assert_eq!(outcome(&verdict), PASSED, "{:?}", verdict.findings);
        assert!(verdict.timestamps.is_empty());
        assert!(codes(&verdict).contains(&"EVIDENCE_RECORD_UNFIT"));
    }
    // Many attributes with records: the first eight are looked at.
    let mut file = kept.attached.clone();
    for n in 0..12 {
        file = kept.sealed(&file, MADE.plus(n));
    }
    let verdict = kept.later(&file, None);
    assert_eq!((outcome(&verdict), verdict.timestamps.len()), (PASSED, 8));
}
