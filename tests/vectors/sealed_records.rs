//! Evidence records inside XAdES signatures — TS 119 132-3: what they are over in either syntax, what they prove, and
//! what they do not.

use congvan::algorithms::DigestAlgorithm;
use congvan::asn1::write;
use congvan::authority::{Purpose, Subject};
use congvan::base::encoding::base64;
use congvan::base::time::UnixTime;
use congvan::validate::candidate::StampKind;
use congvan::validate::conclusion::Indication;
use congvan::validate::verdict::Verdict;
use congvan::xml;
use congvan::xml::c14n::{Method, canonicalize};
use congvan::xml::dsig::{Ids, NAMESPACE, Signature};
use congvan::xml::xades::{NAMESPACE_RECORDS, Xades};

use super::cms_formats::codes;
use super::evidence_records::{over, record, stamp, token_of};
use super::scene::*;
use super::signed_records::{proven, unproven};
use super::xml_formats::{plain, stamped};
use super::xml_scene::verdicts;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;
const ERS: &str = "urn:ietf:params:xml:ns:ers";
const MADE: UnixTime = UnixTime(NOW.0 + 5 * DAY);

fn scene() -> Scene {
    let subject = Subject::person("Trần Thị Bình", "Giám đốc", "Sở Nội vụ");
    Scene::with(subject.valid(NOW.plus(-DAY), NOW.plus(10 * DAY)), Purpose::Signing)
}

/// Judged long after the certificate has run out; somebody kept the revocation lists of its time.
fn later(scene: &Scene, file: &str) -> Verdict {
    let now = NOW.plus(300 * DAY);
    let setting = Setting { crls_of: vec![NOW.plus(6 * DAY), now], ..Setting::at(now) };
    verdicts(scene, file.as_bytes(), &setting).remove(0)
}

/// The signature with these properties behind its others.
fn with_property(file: &str, inside: &str) -> String {
    let sealed =
        format!("<e:SealingEvidenceRecords xmlns:e=\"{NAMESPACE_RECORDS}\">{inside}</e:SealingEvidenceRecords>");
    if file.contains("</xades:UnsignedSignatureProperties>") {
        let end = "</xades:UnsignedSignatureProperties>";
        return file.replace(end, &format!("{sealed}{end}"));
    }
    let end = "</xades:QualifyingProperties>";
    file.replace(
        end,
        &format!(
            "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{sealed}</xades:UnsignedSignatureProperties>\
             </xades:UnsignedProperties>{end}"
        ),
    )
}

fn asn1(records: &[Vec<u8>]) -> String {
    records.iter().map(|der| format!("<e:ASN1EvidenceRecord>{}</e:ASN1EvidenceRecord>", base64(der))).collect()
}

/// Hashes of the data objects a record put behind everything is over (TS 119 132-3 5.2), written out for the one
/// enveloped signature these tests have: the document without it, SignedInfo, the value, the key, the properties.
fn members(file: &str, algorithm: DigestAlgorithm) -> Vec<Vec<u8>> {
    let tree = xml::parse(file).expect("parses");
    let node = tree.descendants().find(|n| n.has_tag_name((NAMESPACE, "Signature"))).expect("one");
    let signature = Signature::parse(node).expect("reads");
    let xades = Xades::parse(&signature, &tree).expect("reads").expect("some");
    let method = signature.canonicalization.as_ref().expect("known");
    let mut out = Vec::new();
    for reference in &signature.references {
        let mut octets = Vec::new();
        signature
            .octets(&tree, &Ids::of(&tree), reference, &|_| None, method, &mut |b| octets.extend_from_slice(b))
            .expect("there");
        out.push(algorithm.digest(&octets));
    }
    let named = |name: &str| node.children().find(|n| n.has_tag_name((NAMESPACE, name))).expect("one").id();
    let elements = [named("SignedInfo"), named("SignatureValue"), named("KeyInfo")];
    for id in elements.into_iter().chain(xades.unsigned.iter().map(|property| property.node)) {
        let bytes = canonicalize(tree.get_node(id).expect("there"), None, method).expect("canonical");
        out.push(algorithm.digest(&bytes));
    }
    out
}

fn group(file: &str, algorithm: DigestAlgorithm) -> Vec<u8> {
    let mut members = members(file, algorithm);
    members.sort();
    algorithm.digest(&members.concat())
}

fn unsealed(scene: &Scene) -> String {
    String::from_utf8(plain(scene)).expect("UTF-8")
}

#[test]
fn a_record_inside_keeps_a_signature_whose_certificate_has_run_out() {
    let scene = scene();
    let file = unsealed(&scene);
    assert_eq!(later(&scene, &file).conclusion.indication(), Indication::Indeterminate);
    let sealed =
        |hashes: Vec<Vec<u8>>, at| with_property(&file, &asn1(&[record(&[vec![stamp(&scene, SHA256, hashes, at)]])]));
    let verdict = later(&scene, &sealed(vec![group(&file, SHA256), SHA256.digest(b"a neighbour")], MADE));
    proven(&verdict, MADE);
    let [only] = verdict.timestamps.as_slice() else { panic!("one time-stamp") };
    assert_eq!((only.kind, only.gen_time), (StampKind::Record, Some(MADE)));
    // By the hashes of the group's members in the list.
    proven(&later(&scene, &sealed(members(&file, SHA256), MADE)), MADE);
    // All but one of them; another; the value alone; made too late.
    let members = members(&file, SHA256);
    for left_out in 0..members.len() {
        let mut some = members.clone();
        some.remove(left_out);
        unproven(&later(&scene, &sealed(some, MADE)));
    }
    unproven(&later(&scene, &sealed(vec![SHA256.digest(b"something else")], MADE)));
    unproven(&later(&scene, &sealed(vec![members[3].clone()], MADE)));
    let late = later(&scene, &sealed(vec![group(&file, SHA256)], NOW.plus(11 * DAY)));
    assert_eq!(late.conclusion.indication(), Indication::Indeterminate);
    // Over the signature of another file by the same person.
    let other = unsealed(&scene).replace("T08:00:00Z", "T08:00:01Z");
    unproven(&later(&scene, &sealed(vec![group(&other, SHA256)], MADE)));
}

#[test]
fn records_are_over_what_stands_before_them_and_not_over_what_stands_behind() {
    let scene = scene();
    let file = String::from_utf8(stamped(&scene, NOW.plus(DAY))).expect("UTF-8");
    let first = |file: &str, at| asn1(&[record(&[vec![stamp(&scene, SHA256, vec![group(file, SHA256)], at)]])]);
    let once = with_property(&file, &first(&file, MADE));
    let verdict = later(&scene, &once);
    proven(&verdict, NOW.plus(DAY));
    let twice = with_property(&once, &first(&once, MADE.plus(60)));
    let verdict = later(&scene, &twice);
    proven(&verdict, NOW.plus(DAY));
    let kinds: Vec<_> = verdict.timestamps.iter().map(|stamp| (stamp.kind, stamp.conclusion.passed())).collect();
    assert_eq!(kinds, [(StampKind::Signature, true), (StampKind::Record, true), (StampKind::Record, true)]);
    // In front of the time-stamp it was over, it leaves out something it should be over.
    let (start, end) = (once.find("<e:Sealing").expect("there"), once.find("</e:Sealing").expect("there"));
    let property = &once[start..end + "</e:SealingEvidenceRecords>".len()];
    let property = property.to_owned();
    let front = file.replace("<s:SignatureTimeStamp", &format!("{property}<s:SignatureTimeStamp"));
    assert_ne!(front, file);
    let verdict = later(&scene, &front);
    assert!(codes(&verdict).contains(&"EVIDENCE_RECORD_UNFIT"), "{:?}", verdict.findings);
}

#[test]
fn a_record_over_something_else_proves_nothing_however_well_it_was_renewed() {
    let scene = scene();
    let file = unsealed(&scene);
    let first = stamp(&scene, SHA256, vec![SHA256.digest(b"something else")], MADE);
    let tree = write::context(2, &[write::sequence(&[write::octet_string(&group(&file, SHA256))])]);
    let bent = write::sequence(&[tree, over(&scene, SHA256, &SHA256.digest(b"something else"), MADE)]);
    for first in [first, bent] {
        let renewal = stamp(&scene, SHA256, vec![SHA256.digest(&token_of(&first))], MADE.plus(DAY));
        unproven(&later(&scene, &with_property(&file, &asn1(&[record(&[vec![first, renewal]])]))));
    }
    for damaged in
        ["<e:ASN1EvidenceRecord>!</e:ASN1EvidenceRecord>", "<e:ASN1EvidenceRecord>MAA=</e:ASN1EvidenceRecord>"]
    {
        unproven(&later(&scene, &with_property(&file, damaged)));
    }
    let one = stamp(&scene, SHA256, vec![group(&file, SHA256)], MADE);
    let many = vec![record(&[vec![one.clone()]]); 80];
    let verdict = later(&scene, &with_property(&file, &asn1(&many)));
    assert_eq!((outcome(&verdict), verdict.timestamps.len()), (PASSED, 64));
}

/// The first list of hash values, and the token.
type Stamp = (Vec<Vec<u8>>, Vec<u8>);

/// A record in XML: each chain by its digest and its stamps.
fn xmlers(prefix: &str, chains: &[(&str, Vec<Stamp>)]) -> String {
    let p = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
    let mut out = String::new();
    for (c, (digest, stamps)) in chains.iter().enumerate() {
        out.push_str(&format!(
            "<{p}ArchiveTimeStampChain Order=\"{}\"><{p}DigestMethod Algorithm=\"{digest}\"/>\
             <{p}CanonicalizationMethod Algorithm=\"{}\"/>",
            c + 1,
            Method::inclusive().uri()
        ));
        for (s, (hashes, token)) in stamps.iter().enumerate() {
            let values: String =
                hashes.iter().map(|hash| format!("<{p}DigestValue>{}</{p}DigestValue>", base64(hash))).collect();
            out.push_str(&format!(
                "<{p}ArchiveTimeStamp Order=\"{}\"><{p}HashTree><{p}Sequence Order=\"1\">{values}</{p}Sequence></{p}HashTree>\
                 <{p}TimeStamp><{p}TimeStampToken Type=\"RFC3161\">{}</{p}TimeStampToken></{p}TimeStamp></{p}ArchiveTimeStamp>",
                s + 1,
                base64(token)
            ));
        }
        out.push_str(&format!("</{p}ArchiveTimeStampChain>"));
    }
    let declared = if prefix.is_empty() { format!("xmlns=\"{ERS}\"") } else { format!("xmlns:{prefix}=\"{ERS}\"") };
    format!(
        "<{p}EvidenceRecord {declared} Version=\"1.0\"><{p}ArchiveTimeStampSequence>{out}</{p}ArchiveTimeStampSequence></{p}EvidenceRecord>"
    )
}

#[test]
fn a_record_in_xml_is_renewed_as_it_stands_or_as_it_stood_by_itself() {
    let scene = scene();
    let file = unsealed(&scene);
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha512 = "http://www.w3.org/2001/04/xmlenc#sha512";
    let own = group(&file, SHA256);
    let first = (vec![own.clone()], over(&scene, SHA256, &own, MADE));
    for prefix in ["", "ers"] {
        let once = xmlers(prefix, &[(sha256, vec![first.clone()])]);
        proven(&later(&scene, &with_property(&file, &once)), MADE);
        for inside in [false, true] {
            // The TimeStamp element and, for a new tree, the sequence so far, in canonical form.
            let whole = if inside { with_property(&file, &once) } else { once.clone() };
            let tree = xml::parse(&whole).expect("parses");
            let canonical = |name: &str| {
                let node = tree.descendants().find(|n| n.has_tag_name((ERS, name))).expect("one");
                canonicalize(node, None, &Method::inclusive()).expect("canonical")
            };
            let renewed = SHA256.digest(&canonical("TimeStamp"));
            let second = (vec![renewed.clone()], over(&scene, SHA256, &renewed, NOW.plus(20 * DAY)));
            let twice = xmlers(prefix, &[(sha256, vec![first.clone(), second])]);
            proven(&later(&scene, &with_property(&file, &twice)), MADE);
            let digest = DigestAlgorithm::Sha512;
            let mut both = vec![group(&file, digest), digest.digest(&canonical("ArchiveTimeStampSequence"))];
            both.sort();
            let root = digest.digest(&both.concat());
            let again = (both, over(&scene, digest, &root, NOW.plus(40 * DAY)));
            let rebuilt = xmlers(prefix, &[(sha256, vec![first.clone()]), (sha512, vec![again.clone()])]);
            let verdict = later(&scene, &with_property(&file, &rebuilt));
            proven(&verdict, MADE);
            assert_eq!(verdict.timestamps.len(), 2);
            // A new tree behind another chain than the one it took in.
            let other = (vec![own.clone()], over(&scene, SHA256, &own, MADE.plus(1)));
            let swapped = xmlers(prefix, &[(sha256, vec![other]), (sha512, vec![again])]);
            unproven(&later(&scene, &with_property(&file, &swapped)));
        }
    }
}
