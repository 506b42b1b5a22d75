//! Revoked certificates on either side: a list or a responder names them, is missing, or is too old.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use congvan::authority::{Authority, OcspFault};
use congvan::base::time::UnixTime;
use congvan::exchange::client::{ClientError, Retry};
use congvan::exchange::trust::{Answers, StatusSource, Trust, Untrusted};
use congvan::net::authority_server::{Faults, Listener};
use congvan::net::{FetchSettings, Fetcher, OcspOverHttp};
use congvan::x509::crl::Reason;
use congvan::x509::ocsp::CertId;
use congvan::x509::{Certificate, Crl, OcspRequest, OcspResponse};

use crate::support::{Kind, World, code, outgoing};

/// Puts the authority's lists of this moment in force.
fn lists(world: &World, grace_s: i64) {
    let now = world.now();
    let ders = [world.authority.crl(now).expect("signs"), world.authority.root_crl(now).expect("signs")];
    let lists = ders.iter().map(|der| Crl::from_der(der).expect("reads"));
    let trust = Trust::new(vec![world.authority.root().clone()], Vec::new()).with_revocation(lists, grace_s);
    world.endpoint.replace_trust(trust);
}

fn push(world: &World) -> Result<(), ClientError> {
    let journal = world.folder.path().join(congvan::base::encoding::hex(&crate::races::random::<8>()));
    let sender = world.client_of("H45.01", &journal, &world.url);
    sender.push(&outgoing(&world.package(900), &[code("H45.02")]), &|_| {}).map(|_| ())
}

#[test]
fn a_revoked_seal_is_refused_and_a_revoked_tls_certificate_opens_no_channel() {
    let world = World::new(Kind::Memory);
    lists(&world, 0);
    push(&world).expect("nothing is revoked");
    let member = &world.members["H45.01"];
    world.authority.revoke(&member.seal.certificate, world.now(), Reason::KeyCompromise);
    push(&world).expect("the list in force does not say so yet");
    lists(&world, 0);
    let refused = push(&world).expect_err("revoked");
    assert!(matches!(&refused, ClientError::Refused(problem) if problem.code == "cert-revoked"), "{refused}");
    world.authority.revoke(&member.tls.certificate, world.now(), Reason::Superseded);
    lists(&world, 0);
    let refused = push(&world).expect_err("no channel");
    assert!(matches!(refused, ClientError::Unreachable { .. }), "{refused}");
}

#[test]
fn without_a_list_for_a_certificate_its_status_is_unknown_and_that_is_refused() {
    let world = World::new(Kind::Memory);
    let root = Crl::from_der(&world.authority.root_crl(world.now()).expect("signs")).expect("reads");
    let trust = Trust::new(vec![world.authority.root().clone()], Vec::new()).with_revocation([root], 86_400);
    world.endpoint.replace_trust(trust);
    assert!(matches!(push(&world), Err(ClientError::Unreachable { .. })), "not even the channel opens");
}

#[test]
fn an_outdated_list_counts_within_the_grace_and_not_longer() {
    let world = World::new(Kind::Memory);
    let due = |world: &World| {
        let list = Crl::from_der(&world.authority.crl(world.now()).expect("signs")).expect("reads");
        list.next_update().expect("a date").0 - world.now().0
    };
    let life = due(&world);
    lists(&world, 3_600);
    push(&world).expect("fresh");
    world.pass(life + 3_500);
    push(&world).expect("within the grace");
    world.pass(200);
    assert!(push(&world).is_err(), "past the grace");
}

/// Answers as the authority would, or not at all.
#[derive(Debug, Default)]
struct Responder {
    authority: Option<Arc<Authority>>,
    is_down: AtomicBool,
    asked: AtomicU32,
}

impl StatusSource for Responder {
    fn ask(&self, certificate: &Certificate, issuer: &Certificate, now: UnixTime) -> Option<OcspResponse> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let authority = self.authority.as_ref().filter(|_| !self.is_down.load(Ordering::SeqCst))?;
        let request = OcspRequest::new(CertId::sha1(issuer, certificate.serial()), None);
        OcspResponse::from_der(&authority.answer_ocsp(&request.to_der(), now, OcspFault::None)).ok()
    }
}

/// Lists speak for the issuing authority only; agencies are asked about.
fn ask(world: &World, grace_s: i64) -> Arc<Responder> {
    let responder = Arc::new(Responder { authority: Some(world.authority.clone()), ..Responder::default() });
    world.endpoint.replace_trust(asking(world, responder.clone(), grace_s));
    responder
}

fn asking(world: &World, responder: Arc<Responder>, grace_s: i64) -> Trust {
    let root = Crl::from_der(&world.authority.root_crl(world.now()).expect("signs")).expect("reads");
    let answers = Arc::new(Answers::new(responder));
    Trust::new(vec![world.authority.root().clone()], Vec::new()).with_status([root], grace_s, Some(answers))
}

#[test]
fn where_no_list_speaks_the_responder_is_asked_once_and_a_revocation_closes_the_channel() {
    let world = World::new(Kind::Memory);
    world.freeze();
    let responder = ask(&world, 0);
    push(&world).expect("good");
    let asked = responder.asked.load(Ordering::SeqCst);
    assert_eq!(asked, 2, "about the TLS certificate and the seal");
    push(&world).expect("good");
    assert_eq!(responder.asked.load(Ordering::SeqCst), asked, "an answer is kept");
    let member = &world.members["H45.01"];
    world.authority.revoke(&member.seal.certificate, world.now(), Reason::KeyCompromise);
    push(&world).expect("the answer at hand does not say so yet");
    world.pass(3_601);
    let refused = push(&world).expect_err("asked anew");
    assert!(matches!(&refused, ClientError::Refused(problem) if problem.code == "cert-revoked"), "{refused}");
    world.authority.revoke(&member.tls.certificate, world.now(), Reason::Superseded);
    world.pass(3_601);
    assert!(matches!(push(&world), Err(ClientError::Unreachable { .. })), "no channel");
}

#[test]
fn an_open_connection_ends_with_its_certificate() {
    let world = World::new(Kind::Memory);
    world.freeze();
    lists(&world, 0);
    let member = &world.members["H45.01"];
    let raw = world.raw(&member.tls);
    assert_eq!(raw.get("/v1/events").status, 200);
    world.authority.revoke(&member.tls.certificate, world.now(), Reason::Superseded);
    lists(&world, 0);
    let said = raw.get("/v1/events");
    assert_eq!((said.status, said.code().as_str()), (403, "cert-revoked"), "at its next request");
}

#[test]
fn a_responder_that_is_down_is_bridged_by_the_grace_and_not_longer() {
    let world = World::new(Kind::Memory);
    world.freeze();
    let responder = ask(&world, 7_200);
    push(&world).expect("asked");
    responder.is_down.store(true, Ordering::SeqCst);
    let answer = responder.ask(&world.members["H45.01"].tls.certificate, world.authority.issuing(), world.now());
    assert!(answer.is_none());
    world.pass(life_of_an_answer(&world) + 7_100);
    push(&world).expect("within the grace");
    world.pass(200);
    assert!(push(&world).is_err(), "past the grace");
    responder.is_down.store(false, Ordering::SeqCst);
    world.pass(61);
    ask(&world, 7_200);
    push(&world).expect("asked anew");
}

fn life_of_an_answer(world: &World) -> i64 {
    let issuer = world.authority.issuing();
    let request = OcspRequest::new(CertId::sha1(issuer, world.members["H45.01"].tls.certificate.serial()), None);
    let answer = world.authority.answer_ocsp(&request.to_der(), world.now(), OcspFault::None);
    let answer = OcspResponse::from_der(&answer).expect("reads");
    let single = &answer.basic().expect("an answer").responses[0];
    single.next_update.expect("a date").0 - world.now().0
}

#[test]
fn a_responder_that_never_answers_leaves_the_status_unknown_and_that_is_refused() {
    let world = World::new(Kind::Memory);
    let responder = Arc::new(Responder::default());
    world.endpoint.replace_trust(asking(&world, responder.clone(), 86_400));
    assert!(matches!(push(&world), Err(ClientError::Unreachable { .. })));
    assert!(push(&world).is_err());
    assert_eq!(responder.asked.load(Ordering::SeqCst), 1, "it is not asked again at every try");
}

#[test]
fn a_client_refuses_an_endpoint_whose_certificate_was_revoked_or_whose_status_nobody_tells() {
    let world = World::new(Kind::Memory);
    let client = |n: u32, channel: Trust| {
        let journal = world.folder.path().join(format!("journal-{n}"));
        world.client_trusting("H45.01", &journal, (&world.url, Retry::never()), channel)
    };
    let ask = |client: &congvan::exchange::client::Client| client.agency_entry(&code("H45.02")).map(|_| ());
    let all = || {
        let now = world.now();
        let ders = [world.authority.crl(now).expect("signs"), world.authority.root_crl(now).expect("signs")];
        let lists: Vec<_> = ders.iter().map(|der| Crl::from_der(der).expect("reads")).collect();
        Trust::new(vec![world.authority.root().clone()], Vec::new()).with_revocation(lists, 0)
    };
    ask(&client(1, all())).expect("not revoked");
    let root = Crl::from_der(&world.authority.root_crl(world.now()).expect("signs")).expect("reads");
    let only_root = Trust::new(vec![world.authority.root().clone()], Vec::new()).with_revocation([root], 0);
    let unknown = ask(&client(2, only_root)).expect_err("unknown");
    assert!(matches!(&unknown, ClientError::Endpoint { why: Untrusted::StatusUnknown { .. }, .. }), "{unknown}");
    let responder = Arc::new(Responder { authority: Some(world.authority.clone()), ..Responder::default() });
    ask(&client(3, asking(&world, responder.clone(), 0))).expect("the responder speaks for it");
    world.authority.revoke(world.host(), world.now(), Reason::KeyCompromise);
    for (n, channel) in [(4, all()), (5, asking(&world, responder, 0))] {
        let revoked = ask(&client(n, channel)).expect_err("revoked");
        assert!(matches!(&revoked, ClientError::Endpoint { why: Untrusted::Revoked { .. }, .. }), "{revoked}");
    }
}

#[test]
fn a_client_refuses_an_endpoint_of_another_name_or_another_authority() {
    let (world, other) = (World::new(Kind::Memory), World::new(Kind::Memory));
    let trust = |world: &World| Trust::new(vec![world.authority.root().clone()], Vec::new());
    let by_address = world.url.replace("localhost", "127.0.0.1");
    let ask = |url: &str, journal: &str, channel| {
        let journal = world.folder.path().join(journal);
        world.client_trusting("H45.01", &journal, (url, Retry::never()), channel).agency_entry(&code("H45.02"))
    };
    let refused = ask(&by_address, "j1", trust(&world)).expect_err("the certificate names localhost only");
    assert!(matches!(&refused, ClientError::Unreachable { .. }), "{refused}");
    let refused = ask(&world.url, "j2", trust(&other)).expect_err("another authority");
    assert!(matches!(&refused, ClientError::Endpoint { why: Untrusted::Path(_), .. }), "{refused}");
}

#[test]
fn answers_come_over_http_from_where_certificates_say() {
    let world = World::new(Kind::Memory);
    let listener = Listener::bind().expect("a port");
    let place = listener.base_url();
    let clock = world.endpoint.clock.clone();
    let server = listener.serve(world.authority.clone(), Arc::new(move || clock().seconds())).expect("serves");
    let mut bounds = FetchSettings::default();
    // The test authority's certificates name an address where nobody listens.
    assert!(bounds.map_host(&format!("127.0.0.1={place}")));
    let source = OcspOverHttp::new(Arc::new(Fetcher::new(bounds)));
    let member = &world.members["H45.01"];
    let answer = source.ask(&member.tls.certificate, world.authority.issuing(), world.now()).expect("an answer");
    assert_eq!(answer.basic().map(|basic| basic.responses.len()), Some(1));
    server.set_faults(Faults { down: true, ..Faults::default() });
    assert!(source.ask(&member.tls.certificate, world.authority.issuing(), world.now()).is_none());
}
