//! Clients that mean ill: silence, endless heads, deep and huge bodies. What they cost is bounded, and others are served.

use std::time::{Duration, Instant};

use congvan::exchange::server::Limits;
use serde_json::json;

use crate::support::{Kind, Line, World, request};

fn small() -> Vec<u8> {
    request("POST", "/v1/inbox/claim", "", json!({"claim": "c", "max": 1, "lease_s": 60}).to_string().as_bytes())
}

fn status(line: &mut Line, request: &[u8]) -> u16 {
    line.call(request).0
}

#[test]
fn more_connections_than_allowed_wait_until_one_ends() {
    let mut world = World::new(Kind::Memory);
    world.restart_within(Limits { connections: 2, ..Limits::default() });
    let tls = &world.members["H45.02"].tls;
    let (mut first, mut second) = (world.line(tls), world.line(tls));
    assert_eq!((status(&mut first, &small()), status(&mut second, &small())), (200, 200));
    let mut third = world.line(tls);
    third.tls.sock.set_read_timeout(Some(Duration::from_millis(700))).expect("sets");
    // Not even the handshake begins.
    assert!(std::io::Write::write_all(&mut third.tls, &small()).is_err());
    drop((first, third));
    let mut fourth = world.line(tls);
    let began = Instant::now();
    assert_eq!(status(&mut fourth, &small()), 200);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn connections_that_say_nothing_do_not_keep_others_out_for_long() {
    let mut world = World::new(Kind::Memory);
    world.restart_within(Limits { connections: 4, ..Limits::default() });
    let silent: Vec<_> = (0..4).map(|_| world.stream()).collect();
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    let mut line = world.line(&world.members["H45.02"].tls);
    assert_eq!(status(&mut line, &small()), 200);
    assert!(began.elapsed() < Duration::from_secs(18), "{:?}", began.elapsed());
    drop(silent);
}

#[test]
fn a_head_that_does_not_end_is_cut_off() {
    let world = World::new(Kind::Memory);
    let mut line = world.line(&world.members["H45.02"].tls);
    line.send(b"GET /v1/inbox HTTP/1.1\r\nhost: localhost\r\n");
    let header = format!("x-{}: {}\r\n", "a".repeat(50), "b".repeat(4_000));
    let mut sent = 0;
    let write = |line: &mut Line| std::io::Write::write_all(&mut line.tls, header.as_bytes());
    while sent < 4 << 20 && write(&mut line).is_ok() {
        sent += header.len();
    }
    // The refusal may be lost with the connection; what counts is that the endpoint took no more.
    assert!(line.answer().is_none_or(|(status, ..)| status == 431));
    assert!(sent < 4 << 20, "{sent} octets of head were taken");
    let mut other = world.line(&world.members["H45.02"].tls);
    assert_eq!(status(&mut other, &small()), 200);
}

#[test]
fn a_thousand_headers_are_refused() {
    let world = World::new(Kind::Memory);
    let mut line = world.line(&world.members["H45.02"].tls);
    let headers: String = (0..1_000).map(|n| format!("x-{n}: 1\r\n")).collect();
    assert_eq!(status(&mut line, &request("GET", "/v1/inbox", &headers, b"")), 431);
}

#[test]
fn deep_and_huge_json_is_malformed_or_too_large() {
    let world = World::new(Kind::Memory);
    let mut line = world.line(&world.members["H45.02"].tls);
    let deep = [&b"[".repeat(200_000)[..], &b"]".repeat(200_000)[..]].concat();
    let nested = format!("{{\"claim\":{}1{}}}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    for body in [&deep[..], nested.as_bytes(), &b"[".repeat(500_000)[..]] {
        let (status, _, said) = line.call(&request("POST", "/v1/inbox/claim", "", body));
        assert_eq!(status, 400, "{}", String::from_utf8_lossy(&said));
    }
    // An envelope that is deep inside its base64.
    let envelope = congvan::base::encoding::base64(&b"[".repeat(100_000));
    let body = json!({"envelope": envelope, "signature": ""}).to_string();
    let path = format!("/v1/deliveries/{}", world.envelope(b"x").delivery);
    assert_eq!(status(&mut line, &request("PUT", &path, "", body.as_bytes())), 422);
    let large = vec![b' '; Limits::default().request + 1];
    let mut other = world.line(&world.members["H45.02"].tls);
    assert_eq!(status(&mut other, &request("POST", "/v1/inbox/claim", "", &large)), 413);
}

#[test]
fn claims_of_more_than_allowed_get_what_is_allowed() {
    let world = World::new(Kind::Memory);
    let mut line = world.line(&world.members["H45.02"].tls);
    let items: Vec<String> = (0..30_000).map(|n| n.to_string()).collect();
    let named = json!({"claim": "named", "max": 1, "lease_s": 60, "items": items});
    assert_eq!(status(&mut line, &request("POST", "/v1/inbox/claim", "", named.to_string().as_bytes())), 400);
    let most = json!({"claim": "most", "max": u32::MAX, "lease_s": u32::MAX});
    assert_eq!(status(&mut line, &request("POST", "/v1/inbox/claim", "", most.to_string().as_bytes())), 200);
    let over = json!({"claim": "over", "max": u64::MAX, "lease_s": 1});
    assert_eq!(status(&mut line, &request("POST", "/v1/inbox/claim", "", over.to_string().as_bytes())), 400);
}

#[test]
fn large_bodies_that_do_not_come_hold_their_room_and_no_more() {
    let mut world = World::new(Kind::Memory);
    let limits = Limits { bodies: 300 << 10, patience: Duration::from_secs(2), ..Limits::default() };
    world.restart_within(limits);
    let tls = &world.members["H45.02"].tls;
    let head =
        |length: usize| format!("POST /v1/inbox/claim HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n");
    let mut stalled = world.line(tls);
    stalled.send(head(250 << 10).as_bytes());
    std::thread::sleep(Duration::from_millis(200));
    // Another large one waits its time, a small one is served at once.
    let (mut large, mut other) = (world.line(tls), world.line(tls));
    large.send(head(200 << 10).as_bytes());
    let began = Instant::now();
    assert_eq!(status(&mut other, &small()), 200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // The stalled one runs out of patience, and its room goes to the other.
    assert_eq!(stalled.answer().map(|(status, ..)| status), Some(400));
    let mut body = json!({"claim": "d", "max": 1, "lease_s": 60}).to_string().into_bytes();
    body.resize(200 << 10, b' ');
    large.send(&body);
    assert!(matches!(large.answer().map(|(status, ..)| status), Some(200 | 429)));
    assert_eq!(status(&mut other, &request("POST", "/v1/inbox/claim", "", &body)), 200);
}
