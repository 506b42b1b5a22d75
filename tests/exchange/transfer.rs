//! Big packages over bad lines: cut at many places, killed and begun again, in constant memory.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use congvan::exchange::client::{ClientError, PullOptions, Retry};
use congvan::exchange::state::Phase;

use crate::proxy::{Fault, Proxy};
use crate::support::{Kind, World, code, outgoing, over_all_stores};

pub(crate) fn target(world: &World) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], world.url.rsplit(':').next().expect("a port").parse().expect("a port")))
}

/// Tries again at once, many times.
pub(crate) fn dogged() -> Retry {
    let longest = Duration::from_millis(20);
    Retry { attempts: 30, first: Duration::from_millis(1), longest, silence: Duration::from_secs(5) }
}

#[test]
fn a_package_crosses_a_line_that_breaks_again_and_again() {
    over_all_stores(|world| {
        let proxy = Proxy::start(target(world));
        let url = proxy.url();
        let file = world.package(3 << 20);
        for (round, each) in [1_200_000_u64, 1_900_000, 90_000].into_iter().enumerate() {
            // Every connection is cut after so many octets, in both directions together.
            proxy.set(Fault::CutAfter(each));
            let to = [code("H45.02")];
            let sender = world.client_with("H45.01", &format!("s{round}"), &url, dogged());
            if round == 2 {
                // Not one piece fits: the client gives up after all its tries, and says why.
                let other = world.package((3 << 20) + 1);
                let error = sender.push(&outgoing(&other, &to), &|_| {}).expect_err("no piece gets through");
                assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
                continue;
            }
            let pushed = sender.push(&outgoing(&file, &to), &|_| {}).expect("pushed");
            let recipient = world.client_with("H45.02", &format!("r{round}"), &url, dogged());
            let out = world.folder.path().join(format!("in{round}"));
            let report = recipient.pull(&out, None).expect("pulled");
            assert_eq!((report.taken.len(), report.failed.len()), (1, 0));
            assert_eq!(std::fs::read(&report.taken[0].package).expect("kept"), std::fs::read(&file).expect("sent"));
            let status = world.client("H45.01").status(pushed.delivery).expect("status");
            assert_eq!(status.recipients[0].state, Phase::Accepted);
        }
        assert!(proxy.cuts() > 4, "{} cuts", proxy.cuts());
    });
}

#[test]
fn a_push_killed_half_way_goes_on_from_what_is_durable() {
    over_all_stores(|world| {
        let file = world.package(6 << 20);
        let proxy = Proxy::start(target(world));
        proxy.set(Fault::CutAfter(4 << 20));
        let to = [code("H45.02")];
        // The first run does not try again, as if it had been killed.
        let first = world.client_with("H45.01", "one", &proxy.url(), Retry::never());
        first.push(&outgoing(&file, &to), &|_| {}).expect_err("cut");
        proxy.set(Fault::None);
        let least = AtomicU64::new(u64::MAX);
        let second = world.client_with("H45.01", "one", &proxy.url(), Retry::never());
        second
            .push(&outgoing(&file, &to), &|sent| {
                least.fetch_min(sent, Ordering::SeqCst);
            })
            .expect("finished");
        assert!(least.load(Ordering::SeqCst) >= 1 << 20, "began at {}", least.load(Ordering::SeqCst));
    });
}

#[test]
fn a_pull_killed_half_way_goes_on_with_what_came() {
    over_all_stores(|world| {
        let file = world.package(6 << 20);
        world.client("H45.01").push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
        let proxy = Proxy::start(target(world));
        let out = world.folder.path().join("in");
        proxy.set(Fault::CutAfter(4 << 20));
        let first = world.client_with("H45.02", "one", &proxy.url(), Retry::never());
        first.pull(&out, None).expect_err("cut");
        proxy.set(Fault::None);
        let least = AtomicU64::new(u64::MAX);
        let second = world.client_with("H45.02", "one", &proxy.url(), Retry::never());
        let came = |_: &congvan::exchange::envelope::Envelope, octets: u64| {
            least.fetch_min(octets, Ordering::SeqCst);
        };
        let report = second.pull_with(&out, &PullOptions { registry: None, came: Some(&came) }).expect("pulled");
        assert_eq!(report.taken.len(), 1);
        assert!(least.load(Ordering::SeqCst) >= 3 << 20, "began at {}", least.load(Ordering::SeqCst));
        assert_eq!(std::fs::read(&report.taken[0].package).expect("kept"), std::fs::read(&file).expect("sent"));
        let left = std::fs::read_dir(&out).expect("a folder").count();
        assert_eq!(left, 1, "no part stays");
    });
}

#[test]
fn a_part_that_went_bad_on_disk_is_fetched_again_from_the_start() {
    let world = World::new(Kind::Memory);
    let file = world.package(2 << 20);
    let pushed = world.client("H45.01").push(&outgoing(&file, &[code("H45.02")]), &|_| {}).expect("pushed");
    let out = world.folder.path().join("in");
    let part = out.join(format!(".part-H45.01_{}", pushed.delivery));
    std::fs::create_dir_all(&part).expect("a folder");
    std::fs::write(part.join("package.asice"), vec![7; 1 << 20]).expect("writes");
    let report = world.client("H45.02").pull(&out, None).expect("pulled");
    assert_eq!(std::fs::read(&report.taken[0].package).expect("kept"), std::fs::read(&file).expect("sent"));
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_noticed() {
    over_all_stores(|world| {
        let file = world.package(3 << 20);
        let sender = world.client("H45.01");
        let changed = sender.push(&outgoing(&file, &[code("H45.02")]), &|sent| {
            if sent == 0 {
                let mut octets = std::fs::read(&file).expect("reads");
                octets[2 << 20] ^= 1;
                std::fs::write(&file, octets).expect("writes");
            }
        });
        assert!(matches!(changed, Err(ClientError::Changed(_))), "{changed:?}");
    });
}

#[test]
fn a_package_larger_than_the_endpoint_takes_is_refused_before_an_octet_is_sent() {
    let mut world = World::new(Kind::Memory);
    world.restart_with_package_limit(100_000);
    let (fits, larger, to) = (world.package(100_000), world.package(100_001), [code("H45.02")]);
    world.client("H45.01").push(&outgoing(&fits, &to), &|_| {}).expect("pushed");
    let refused = world.client("H45.01").push(&outgoing(&larger, &to), &|_| {});
    assert!(matches!(refused, Err(ClientError::Refused(problem)) if problem.code == "too-large"));
}
