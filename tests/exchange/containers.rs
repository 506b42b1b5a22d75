//! The endpoint opens what arrives, as far as it takes to know that every reader sees the same files in it.

use std::sync::Arc;

use congvan::exchange::package::{Containers, PackageError, check};

use crate::support::{ASICE, Kind, World};

/// A ZIP of entries stored as they are, in the order given.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = congvan::asic::zip_write::Writer::new(std::io::Cursor::new(Vec::new()));
    for (name, octets) in entries {
        out.add(name, congvan::asic::zip_write::Packing::Store, octets).expect("adds");
    }
    out.finish().expect("ends").into_inner()
}

fn whole(octets: &[u8], media_type: &str) -> Result<(), PackageError> {
    check(&octets.to_vec(), media_type, Containers::Whole)
}

#[test]
fn an_honest_container_passes_and_what_is_none_does_not() {
    let mimetype = ("mimetype", ASICE.as_bytes());
    let signature = ("META-INF/signatures.p7s", b"0".as_slice());
    assert_eq!(whole(&zip(&[mimetype, ("a.pdf", b"%PDF"), signature]), ASICE), Ok(()));
    for entries in [
        vec![mimetype, ("a.pdf", b"%PDF".as_slice())],
        vec![mimetype, signature],
        vec![("mimetype", b"application/vnd.etsi.asic-s+zip".as_slice()), ("a.pdf", b"%PDF"), signature],
        vec![mimetype, ("../a.pdf", b"%PDF"), signature],
        vec![mimetype, ("a.pdf", b"%PDF"), ("A.PDF", b"%PDF"), signature],
    ] {
        assert_eq!(whole(&zip(&entries), ASICE), Err(PackageError::Container), "{entries:?}");
    }
    let mut cut = zip(&[mimetype, ("a.pdf", b"%PDF"), signature]);
    cut.truncate(cut.len() - 10);
    assert_eq!(whole(&cut, ASICE), Err(PackageError::Container));
    assert_eq!(whole(b"PK\x03\x04 and nothing more", ASICE), Err(PackageError::Container));
}

#[test]
fn xml_that_is_no_packet_or_brings_a_dtd_does_not_pass() {
    for text in ["<a/>", "<edXML", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"] {
        assert_eq!(whole(text.as_bytes(), "application/edxml+xml"), Err(PackageError::Container), "{text}");
    }
}

#[test]
fn a_container_that_is_none_is_refused_with_evidence_and_an_encrypted_one_is_not_opened() {
    let mut world = World::new(Kind::Memory);
    let endpoint = Arc::get_mut(&mut world.endpoint);
    assert!(endpoint.is_none(), "it is served; its limits are those it began with");
    world.restart_checking(Containers::Whole);
    let raw = world.raw(&world.members["H45.01"].tls);
    let octets = b"PK\x03\x04 no container".to_vec();
    raw.upload(&octets);
    let envelope = world.envelope(&octets);
    let path = format!("/v1/deliveries/{}", envelope.delivery);
    let refused = raw.put(&path, &world.submission("H45.01", &envelope));
    assert_eq!((refused.status, refused.code().as_str()), (422, "container-invalid"));
    assert!(refused.json()["evidence"].is_string());
    let mut sealed = world.envelope(&octets);
    sealed.encryption =
        Some(congvan::exchange::envelope::Encryption { scheme: "example".to_owned(), info: "by letter".to_owned() });
    let path = format!("/v1/deliveries/{}", sealed.delivery);
    assert_eq!(raw.put(&path, &world.submission("H45.01", &sealed)).status, 201);
}
