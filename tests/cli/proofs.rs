//! Proofs kept in a folder: a verdict made with what was fetched is made again without a network, byte for byte.

use std::path::Path;
use std::sync::Arc;

use congvan::algorithms::DigestAlgorithm;
use congvan::authority::{Authority, CaKeys, KeyChoice, Purpose, Settings, Subject};
use congvan::base::time::UnixTime;
use congvan::net::authority_server::{AuthorityServer, Faults, Listener};
use congvan::pdf::Document;
use congvan::sign::cades::{CmsRequest, sign};
use congvan::sign::pades::{PadesRequest, prepare};

use crate::run::{Done, command, finished};

/// The time the file system has: that of this machine.
pub(crate) fn now(folder: &Path) -> UnixTime {
    let path = folder.join("now");
    std::fs::write(&path, b"").expect("writes");
    let modified = std::fs::metadata(&path).and_then(|m| m.modified()).expect("a time");
    let since = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    UnixTime(i64::try_from(since).expect("small")).plus(-5)
}

fn served(folder: &Path) -> (AuthorityServer, String) {
    let (now, listener) = (now(folder), Listener::bind().expect("a port"));
    let place = listener.base_url();
    let settings = Settings { now, base_url: place.clone(), keys: CaKeys::Fresh };
    let authority = Arc::new(Authority::new(&settings).expect("an authority"));
    std::fs::write(folder.join("root.der"), authority.root().der()).expect("writes");
    let subject = Subject::person("Nguyễn Văn An", "Phó Chủ tịch", "Ủy ban nhân dân tỉnh Sơn Hải");
    let leader = authority.issue(&subject, Purpose::Signing, &KeyChoice::Fresh).expect("issues");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents/decision.pdf");
    let file = std::fs::read(fixture).expect("the fixture");
    let parsed = Document::open(&file).expect("a PDF");
    let prepared = prepare(&parsed, PadesRequest::new(40_000)).expect("prepares");
    let digest = prepared.digest(&file, DigestAlgorithm::Sha256).expect("hashes");
    let request = CmsRequest::detached(&digest, &leader.certificate, &leader.issuers);
    let cms = sign(&request, &*leader.signer).expect("signs").to_der();
    let signed = [&file[..], &prepared.embed(&cms).expect("fits").bytes].concat();
    std::fs::write(folder.join("signed.pdf"), signed).expect("writes");
    (listener.serve(authority, Arc::new(move || now)).expect("serves"), place)
}

fn verify(folder: &Path, place: &str, more: &[&str]) -> Done {
    let mut command = command(folder);
    command.args(["verify", "signed.pdf", "--anchor", "root.der", "--json"]).args(more);
    command.env("CONGVAN_FETCH_HOSTS", format!("127.0.0.1={place}"));
    command.env("CONGVAN_CACHE", folder.join("cache"));
    finished(command.output().expect("starts"))
}

#[test]
fn a_verdict_is_replayed_offline_from_saved_proofs_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_server, place) = served(folder.path());
    let first = verify(folder.path(), &place, &["--save-proofs", "proofs"]);
    assert_eq!(first.exit, Some(0), "{first:?}");
    let kept = std::fs::read_dir(folder.path().join("proofs")).expect("saved").count();
    assert!(kept >= 3, "{kept} proofs");
    let at = first.stdout.split("\"at\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a time").to_owned();
    let again = || verify(folder.path(), &place, &["--proofs", "proofs", "--offline", "--at", &at]);
    let second = again();
    assert_eq!(second.stdout, first.stdout.replacen("\"source\":\"clock\"", "\"source\":\"at\"", 1));
    assert_eq!(again().stdout, second.stdout);
    // Without them there is nothing to judge by.
    let bare = verify(folder.path(), &place, &["--offline", "--at", &at]);
    assert_eq!(bare.exit, Some(3), "{bare:?}");
}

#[test]
fn what_was_fetched_once_serves_the_next_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, place) = served(folder.path());
    assert_eq!(verify(folder.path(), &place, &[]).exit, Some(0));
    server.set_faults(Faults { down: true, ..Faults::default() });
    assert_eq!(verify(folder.path(), &place, &[]).exit, Some(0), "from the cache");
    std::fs::remove_dir_all(folder.path().join("cache")).expect("the cache");
    assert_eq!(verify(folder.path(), &place, &[]).exit, Some(3), "nobody answers");
}
