//! Containers signed by the test authority, and what the verdict becomes when something in them is not as it was.

use std::io::Cursor;
use std::rc::Rc;

use congvan::algorithms::DigestAlgorithm;
use congvan::asic::Container;
use congvan::asic::manifest::{self, NewReference};
use congvan::asic::zip::Limits;
use congvan::asic::zip_write::{Packing, Writer};
use congvan::authority::TsaFault;
use congvan::base::read::ReadAt;
use congvan::sign::asic::{self, DataFile, Shape, Who};
use congvan::validate::asic::collect;
use congvan::validate::collected::Collected;
use congvan::validate::conclusion::SubIndication;
use congvan::validate::verdict::Verdict;

use crate::scene::{DAY, NOW, PASSED, Scene, Setting, failed, indeterminate, outcome, token};

const SHAPES: [Shape; 4] = [Shape::ExtendedXades, Shape::ExtendedCades, Shape::SimpleXades, Shape::SimpleCades];

/// Entries of a ZIP, in order.
pub(crate) type Entries = Vec<(String, Vec<u8>)>;

pub(crate) fn signed(scene: &Scene, shape: Shape, files: &[(&str, &[u8])]) -> Vec<u8> {
    let held: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, content)| (*name, content.to_vec())).collect();
    let files: Vec<DataFile<'_>> =
        held.iter().map(|(name, content)| DataFile { name, media_type: "text/plain", content }).collect();
    let who = Who {
        signer: &*scene.leader.signer,
        certificate: &scene.leader.certificate,
        chain: &scene.leader.issuers,
        at: NOW,
        tsa: None,
    };
    asic::write(Cursor::new(Vec::new()), shape, &files, &who).expect("signs").into_inner()
}

fn entries(zip: &[u8]) -> Entries {
    let zip = zip.to_vec();
    let container = Container::open(&zip, Limits::default()).expect("opens");
    let read = |e: &congvan::asic::zip::Entry| container.archive().read(e, 1 << 20).expect("unpacks");
    container.entries().iter().map(|e| (e.name.clone(), read(e))).collect()
}

fn zipped(entries: &Entries) -> Vec<u8> {
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let packing = if name == "mimetype" { Packing::Store } else { Packing::Deflate };
        writer.add(name, packing, content).expect("adds");
    }
    writer.finish().expect("finishes").into_inner()
}

/// The container with some of its entries changed.
pub(crate) fn with(zip: &[u8], change: impl FnOnce(&mut Entries)) -> Vec<u8> {
    let mut found = entries(zip);
    change(&mut found);
    zipped(&found)
}

pub(crate) struct Judged {
    pub(crate) collected: Collected,
    pub(crate) verdicts: Vec<Verdict>,
}

impl Judged {
    fn codes(&self) -> Vec<&'static str> {
        self.collected.breaches.iter().map(|(finding, _)| finding.code()).collect()
    }
}

fn judged(scene: &Scene, zip: &[u8]) -> Judged {
    judged_in(scene, zip, &Setting::at(NOW))
}

pub(crate) fn judged_in(scene: &Scene, zip: &[u8], setting: &Setting) -> Judged {
    let zip = zip.to_vec();
    let container = Container::open(&zip, Limits::default()).expect("opens");
    let contents: Vec<Option<Rc<dyn ReadAt + '_>>> = container
        .entries()
        .iter()
        .map(|e| container.archive().read(e, 1 << 20).ok().map(|bytes| -> Rc<dyn ReadAt> { Rc::new(bytes) }))
        .collect();
    let collected = collect(&container, &zip, &contents).expect("memory");
    let verdicts = match collected.candidates.is_empty() {
        true => Vec::new(),
        false => scene.judge_collected(&collected, setting, scene.crls(setting), None),
    };
    Judged { collected, verdicts }
}

#[test]
fn every_shape_passes_as_it_was_signed_and_covers_every_file() {
    let scene = Scene::new();
    for shape in SHAPES {
        let files: &[(&str, &[u8])] = match shape {
            Shape::SimpleXades | Shape::SimpleCades => &[("tờ trình.txt", b"1")],
            _ => &[("tờ trình.txt", b"1"), ("b.txt", b"2")],
        };
        let got = judged(&scene, &signed(&scene, shape, files));
        assert_eq!(got.verdicts.iter().map(outcome).collect::<Vec<_>>(), [PASSED], "{shape:?}");
        assert_eq!(got.collected.breaches, [], "{shape:?}");
        let names: Vec<&str> = files.iter().map(|f| f.0).collect();
        assert_eq!(got.verdicts[0].extent.names, names, "{shape:?}");
        let documents: Vec<_> = got.collected.documents.iter().map(|d| d.name.as_deref().unwrap_or("")).collect();
        assert_eq!(documents, names, "{shape:?}");
    }
}

#[test]
fn a_changed_file_fails_in_every_shape() {
    let scene = Scene::new();
    for shape in SHAPES {
        let zip = with(&signed(&scene, shape, &[("a.txt", b"one")]), |all| {
            all.iter_mut().find(|(name, _)| name == "a.txt").expect("there").1 = b"onf".to_vec();
        });
        let got = judged(&scene, &zip);
        assert_eq!(outcome(&got.verdicts[0]), failed(SubIndication::HashFailure), "{shape:?}");
        // A detached signature without a list is over the one file there is, right or wrong.
        let uncovered = if shape == Shape::SimpleCades { vec![] } else { vec!["FILE_NOT_SIGNED"] };
        assert_eq!(got.codes(), uncovered, "{shape:?}");
    }
}

#[test]
fn a_file_added_later_is_named_and_costs_the_verdict_on_the_container() {
    let scene = Scene::new();
    for shape in [Shape::ExtendedXades, Shape::ExtendedCades] {
        let zip = with(&signed(&scene, shape, &[("a.txt", b"1")]), |all| {
            all.insert(2, ("added.txt".to_owned(), b"2".to_vec()));
        });
        let got = judged(&scene, &zip);
        assert_eq!(outcome(&got.verdicts[0]), PASSED, "{shape:?}");
        assert_eq!(got.codes(), ["CONTAINER_NOT_SOUND", "FILE_NOT_SIGNED"], "{shape:?}");
        assert!(got.collected.breaches[1].0.to_string().contains("added.txt"));
    }
}

#[test]
fn a_file_taken_away_or_renamed_is_not_found() {
    let scene = Scene::new();
    for shape in [Shape::ExtendedXades, Shape::ExtendedCades] {
        let whole = signed(&scene, shape, &[("a.txt", b"1"), ("b.txt", b"2")]);
        let gone = with(&whole, |all| all.retain(|(name, _)| name != "b.txt"));
        let renamed = with(&whole, |all| {
            all.iter_mut().find(|(name, _)| name == "b.txt").expect("there").0 = "c.txt".to_owned();
        });
        for (zip, codes) in [
            (gone, vec!["CONTAINER_NOT_SOUND"]),
            (renamed, vec!["CONTAINER_NOT_SOUND", "CONTAINER_NOT_SOUND", "FILE_NOT_SIGNED"]),
        ] {
            let got = judged(&scene, &zip);
            assert_eq!(outcome(&got.verdicts[0]), indeterminate(SubIndication::SignedDataNotFound), "{shape:?}");
            assert_eq!(got.codes(), codes, "{shape:?}");
        }
    }
}

#[test]
fn a_manifest_that_was_changed_fails_and_one_over_nothing_covers_nothing() {
    let scene = Scene::new();
    let whole = signed(&scene, Shape::ExtendedCades, &[("a.txt", b"1"), ("b.txt", b"2")]);
    let manifest = "META-INF/ASiCManifest001.xml";
    let shorter = with(&whole, |all| {
        let listing = &mut all.iter_mut().find(|(name, _)| name == manifest).expect("there").1;
        let text = String::from_utf8(listing.clone()).expect("UTF-8");
        let from = text.rfind("  <asic:DataObjectReference").expect("two");
        let to = text.find("</asic:ASiCManifest>").expect("ends");
        *listing = format!("{}{}", &text[..from], &text[to..]).into_bytes();
    });
    let got = judged(&scene, &shorter);
    assert_eq!(outcome(&got.verdicts[0]), failed(SubIndication::HashFailure));
    let gone = with(&whole, |all| all.retain(|(name, _)| name != manifest));
    let got = judged(&scene, &gone);
    assert_eq!(outcome(&got.verdicts[0]), indeterminate(SubIndication::SignedDataNotFound));
    assert_eq!(got.codes(), ["FILE_NOT_SIGNED", "FILE_NOT_SIGNED"]);
}

#[test]
fn what_readers_may_see_differently_costs_the_verdict() {
    let scene = Scene::new();
    let whole = signed(&scene, Shape::ExtendedXades, &[("a.txt", b"1"), ("A2.txt", b"2")]);
    // The name in the directory only: readers that go by local headers see another file.
    let place = whole.windows(5).rposition(|w| w == b"a.txt").expect("in the directory");
    let mut mismatch = whole.clone();
    mismatch[place] = b'z';
    let got = judged(&scene, &mismatch);
    let worst: Vec<_> = got.collected.breaches.iter().filter(|(_, s)| *s == SubIndication::FormatFailure).collect();
    assert!(worst.iter().any(|(f, _)| f.to_string().contains("described differently")), "{:?}", got.collected.breaches);
    // Bytes between the entries and the directory: a container may hide there for other readers.
    let end = Container::open(&whole, Limits::default()).expect("opens").entries().len();
    assert_eq!(end, 5);
}

#[test]
fn two_signatures_share_an_id_and_are_told_apart() {
    let scene = Scene::new();
    let once = signed(&scene, Shape::ExtendedXades, &[("a.txt", b"1")]);
    let twice = with(&once, |all| {
        let signature = all.last().expect("there").1.clone();
        all.push(("META-INF/signatures002.xml".to_owned(), signature));
    });
    let got = judged(&scene, &twice);
    assert_eq!(got.verdicts.iter().map(outcome).collect::<Vec<_>>(), [PASSED, PASSED]);
    assert_ne!(got.verdicts[0].id, got.verdicts[1].id);
}

#[test]
fn a_time_stamp_alone_passes_and_signs_nothing() {
    let scene = Scene::new();
    let stamp = token(&scene.authority, b"1", NOW.plus(-DAY), TsaFault::None);
    let zip = zipped(&vec![
        ("mimetype".to_owned(), b"application/vnd.etsi.asic-s+zip".to_vec()),
        ("a.txt".to_owned(), b"1".to_vec()),
        ("META-INF/timestamp.tst".to_owned(), stamp),
    ]);
    let got = judged(&scene, &zip);
    assert_eq!(got.verdicts.iter().map(outcome).collect::<Vec<_>>(), [PASSED]);
    assert_eq!(got.codes(), ["ONLY_TIME_STAMPED"]);
    let other = with(&zip, |all| all[1].1 = b"2".to_vec());
    assert_eq!(outcome(&judged(&scene, &other).verdicts[0]), failed(SubIndication::HashFailure));
}

#[test]
fn a_time_stamp_over_a_manifest_holds_for_what_it_lists_only() {
    let scene = Scene::new();
    let whole = signed(&scene, Shape::ExtendedCades, &[("a.txt", b"1")]);
    let found = entries(&whole);
    let digests: Vec<(String, Vec<u8>)> =
        found.iter().skip(1).map(|(name, content)| (name.clone(), DigestAlgorithm::Sha256.digest(content))).collect();
    let references: Vec<NewReference<'_>> = digests
        .iter()
        .map(|(name, digest)| NewReference {
            name,
            media_type: "application/octet-stream",
            digest_method: DigestAlgorithm::Sha256.xml_uri(),
            digest,
            is_root: false,
        })
        .collect();
    let listing = manifest::write("META-INF/timestamp001.tst", "application/vnd.etsi.timestamp-token", &references);
    let stamp = token(&scene.authority, listing.as_bytes(), NOW.plus(-DAY), TsaFault::None);
    let archived = with(&whole, |all| {
        all.push(("META-INF/ASiCArchiveManifest.xml".to_owned(), listing.into_bytes()));
        all.push(("META-INF/timestamp001.tst".to_owned(), stamp));
    });
    let got = judged(&scene, &archived);
    assert_eq!(got.verdicts.iter().map(outcome).collect::<Vec<_>>(), [PASSED, PASSED]);
    assert_eq!(got.collected.breaches, []);
    assert_eq!(got.verdicts[0].best_time, Some(NOW.plus(-DAY)), "the time-stamp proves the signature");
    // With another signature file it proves nothing any more.
    let other = with(&archived, |all| {
        let at = all.iter().position(|(name, _)| name.ends_with(".p7s")).expect("there");
        all[at].1 = entries(&signed(&scene, Shape::ExtendedCades, &[("a.txt", b"1"), ("b", b"")]))
            .into_iter()
            .find(|(name, _)| name.ends_with(".p7s"))
            .expect("there")
            .1;
    });
    let got = judged(&scene, &other);
    assert_eq!(outcome(&got.verdicts[1]), failed(SubIndication::HashFailure));
    assert_eq!(outcome(&got.verdicts[0]), failed(SubIndication::HashFailure));
}

#[test]
fn no_flipped_octet_of_a_container_passes_with_another_file() {
    let scene = Scene::new();
    for shape in [Shape::ExtendedXades, Shape::ExtendedCades] {
        let whole = signed(&scene, shape, &[("a.txt", b"one")]);
        for at in (0..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[at] ^= 0x11;
            let Ok(container) = Container::open(&changed, Limits::default()) else { continue };
            let contents: Vec<Option<Vec<u8>>> =
                container.entries().iter().map(|e| container.archive().read(e, 1 << 20).ok()).collect();
            let same = container
                .data
                .iter()
                .all(|d| container.entries()[*d].name == "a.txt" && contents[*d].as_deref() == Some(b"one"));
            drop(container);
            let got = judged(&scene, &changed);
            let passed = !got.verdicts.is_empty()
                && got.collected.breaches.is_empty()
                && got.verdicts.iter().all(|v| outcome(v) == PASSED);
            assert!(same || !passed, "{shape:?}: octet {at}");
        }
    }
}
