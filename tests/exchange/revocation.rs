//! Revoked certificates: a list names them, is missing, or is too old.

use congvan::exchange::client::ClientError;
use congvan::exchange::seal::Trust;
use congvan::x509::Crl;
use congvan::x509::crl::Reason;

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
