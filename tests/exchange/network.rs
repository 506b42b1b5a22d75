//! Bad networks (N01–N06): the answer is lost, the line is dead, slow or cut, an old connection comes late.

use std::time::{Duration, Instant};

use congvan::exchange::client::{ClientError, Retry};
use congvan::exchange::journal::Progress;

use crate::proxy::{Fault, Proxy};
use crate::support::{code, outgoing, over_all_stores};
use crate::transfer::{dogged, target};

#[test]
fn n01_an_answer_lost_on_its_way_is_had_by_asking_again_and_nothing_is_sent_twice() {
    over_all_stores(|world| {
        let proxy = Proxy::start(target(world));
        let to = [code("H45.02")];
        // Wherever the answers of a push begin to be lost, the next push ends with one delivery and its receipt.
        for (n, after) in (3_500..14_000).step_by(1_500).enumerate() {
            let file = world.package(900);
            proxy.set(Fault::LoseAnswerAfter(after));
            let journal = format!("n01-{n}");
            let client = world.client_with("H45.01", &journal, &proxy.url(), Retry::never());
            let first = client.push(&outgoing(&file, &to), &|_| {});
            proxy.set(Fault::None);
            let again = world.client_with("H45.01", &journal, &proxy.url(), Retry::never());
            let pushed = again.push(&outgoing(&file, &to), &|_| {}).expect("finished");
            let entries = again.journal().entries().expect("lists");
            assert_eq!((entries.len(), entries[0].progress), (1, Progress::Accepted));
            if let Ok(first) = first {
                assert_eq!(first.receipt, pushed.receipt);
            }
        }
        assert!(proxy.cuts() >= 3, "{} cuts", proxy.cuts());
        let inbox = world.raw(&world.members["H45.02"].tls).get("/v1/inbox").json();
        assert_eq!(inbox["items"].as_array().map(Vec::len), Some(7));
    });
}

#[test]
fn n02_a_connection_half_open_counts_as_dead_after_a_while_and_is_made_anew() {
    over_all_stores(|world| {
        let proxy = Proxy::start(target(world));
        proxy.set(Fault::Silence);
        let retry = Retry { silence: Duration::from_secs(1), ..dogged() };
        let client = world.client_with("H45.01", "n02", &proxy.url(), retry);
        let (file, to) = (world.package(2 << 20), [code("H45.02")]);
        let began = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_secs(3));
                proxy.set(Fault::None);
            });
            // The channel itself comes up; what is silent is the transfer.
            let pushed = client.push(&outgoing(&file, &to), &|_| {});
            match pushed {
                Ok(_) => {}
                Err(ClientError::Unreachable { .. }) => {
                    proxy.set(Fault::None);
                    client.push(&outgoing(&file, &to), &|_| {}).expect("finished");
                }
                Err(other) => panic!("{other}"),
            }
        });
        assert!(began.elapsed() < Duration::from_secs(150), "{:?}", began.elapsed());
    });
}

#[test]
fn n03_a_client_that_sends_an_octet_at_a_time_holds_up_nobody_else() {
    over_all_stores(|world| {
        let proxy = Proxy::start(target(world));
        proxy.set(Fault::Trickle(Duration::from_millis(20)));
        let (slow_file, file, to) = (world.package(900), world.package(901), [code("H45.02")]);
        let slow = world.client_with("H45.01", "n03", &proxy.url(), Retry::never());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // It may end or not; what matters is the other one.
                let _ = slow.push(&outgoing(&slow_file, &to), &|_| {});
            });
            std::thread::sleep(Duration::from_millis(200));
            let began = Instant::now();
            world.client("H45.01").push(&outgoing(&file, &to), &|_| {}).expect("pushed");
            assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
            proxy.end();
        });
    });
}

#[test]
fn n04_a_reset_in_the_middle_of_a_body_is_taken_over_within_five_seconds() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let octets: Vec<u8> = (0..2_000_000_u32).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let upload = raw.create(&octets).header("location").to_owned();
        let proxy = Proxy::start(target(world));
        proxy.set(Fault::CutAfter(900_000));
        let mut cut = world.raw(&world.members["H45.01"].tls);
        cut.url = proxy.url();
        let request = cut
            .http
            .patch(format!("{}{upload}", cut.url))
            .header("content-type", "application/partial-upload")
            .header("upload-offset", 0)
            .header("upload-complete", "?1")
            .header("content-digest", crate::support::digest_header(&octets))
            .body(octets.clone());
        request.send().expect_err("cut");
        let began = Instant::now();
        let head = raw.call(raw.http.head(format!("{}{upload}", raw.url)));
        let offset: usize = head.header("upload-offset").parse().expect("a number");
        assert_eq!(offset, 0, "nothing of a body without its digest counts");
        assert_eq!(raw.append(&upload, offset, &octets[offset..], true).header("upload-complete"), "?1");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    });
}

#[test]
fn n05_a_duplicate_connection_that_comes_late_writes_nothing() {
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let octets: Vec<u8> = (0..900_000_u32).map(|n| u8::try_from(n % 241).expect("small")).collect();
        let upload = raw.create(&octets).header("location").to_owned();
        let proxy = Proxy::start(target(world));
        proxy.set(Fault::Slow(Duration::from_millis(60)));
        std::thread::scope(|scope| {
            let late = scope.spawn(|| {
                let mut slow = world.raw(&world.members["H45.01"].tls);
                slow.url = proxy.url();
                slow.append(&upload, 0, &octets[..400_000], false)
            });
            std::thread::sleep(Duration::from_millis(700));
            let first = raw.append(&upload, 0, &octets[..500_000], false);
            assert_eq!((first.status, first.header("upload-offset")), (204, "500000"));
            let late = late.join().expect("done");
            assert_eq!(late.status, 409, "{}", late.code());
            assert!(["upload-superseded", "offset-mismatch"].contains(&late.code().as_str()), "{}", late.code());
        });
        assert_eq!(raw.append(&upload, 500_000, &octets[500_000..], true).header("upload-complete"), "?1");
    });
}

#[test]
fn n06_no_interim_answers_are_needed() {
    // RFC 9110 §15.2: a proxy may drop 1xx answers. The protocol asks for none: a push over a line that carries whole
    // answers only is a push like any other.
    over_all_stores(|world| {
        let raw = world.raw(&world.members["H45.01"].tls);
        let octets = b"PK\x03\x04 without interim answers".to_vec();
        let request = raw
            .http
            .post(format!("{}/v1/uploads", raw.url))
            .header("upload-length", octets.len())
            .header("upload-complete", "?0")
            .header("expect", "")
            .header("repr-digest", crate::support::digest_header(&octets));
        let upload = raw.call(request).header("location").to_owned();
        assert_eq!(raw.append(&upload, 0, &octets, true).header("upload-complete"), "?1");
    });
}
