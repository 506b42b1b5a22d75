//! A proxy that hands octets on until it is told to do something nasty.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to connections made from now on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Each is cut after so many octets, both directions counted together.
    CutAfter(u64),
    /// The answer is lost: once so many octets have crossed, none comes back any more, and the connection is cut.
    LoseAnswerAfter(u64),
    /// Half open: after the handshake octets go nowhere and nothing comes, without an end.
    Silence,
    /// A pause after every few kilobytes towards the endpoint.
    Slow(Duration),
    /// One octet at a time towards the endpoint, with a pause after each.
    Trickle(Duration),
}

struct Shared {
    fault: Mutex<Fault>,
    cuts: AtomicU64,
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(crate) fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            fault: Mutex::new(Fault::None),
            cuts: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let own = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                if own.ended.load(Ordering::SeqCst) {
                    break;
                }
                own.open.lock().expect("not poisoned").extend(client.try_clone().ok());
                let own = own.clone();
                std::thread::spawn(move || {
                    if let Ok(server) = TcpStream::connect(target) {
                        hand_on(&client, &server, &own);
                    }
                });
            }
        });
        Proxy { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub(crate) fn set(&self, fault: Fault) {
        *self.shared.fault.lock().expect("not poisoned") = fault;
    }

    /// Cuts everything there is and takes nothing more.
    pub(crate) fn end(&self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for socket in self.shared.open.lock().expect("not poisoned").drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn hand_on(client: &TcpStream, server: &TcpStream, shared: &Arc<Shared>) {
    let fault = *shared.fault.lock().expect("not poisoned");
    let crossed = AtomicU64::new(0);
    let cut = || {
        shared.cuts.fetch_add(1, Ordering::SeqCst);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| one_way(client, server, fault, true, &crossed, &cut));
        one_way(server, client, fault, false, &crossed, &cut);
    });
}

fn one_way(from: &TcpStream, to: &TcpStream, fault: Fault, up: bool, crossed: &AtomicU64, cut: &dyn Fn()) {
    let (mut from, mut to) = (from, to);
    let mut buffer = vec![0; 16 << 10];
    loop {
        let most = if matches!(fault, Fault::Trickle(_)) && up { 1 } else { buffer.len() };
        let n = match from.read(&mut buffer[..most]) {
            Ok(n) if n > 0 => n,
            _ => break,
        };
        let came = u64::try_from(n).expect("small");
        let before = crossed.fetch_add(came, Ordering::SeqCst);
        let octets = &buffer[..n];
        match fault {
            Fault::CutAfter(most) if before + came > most => {
                let rest = usize::try_from(most.saturating_sub(before)).expect("small").min(n);
                let _ = to.write_all(&octets[..rest]);
                return cut();
            }
            Fault::LoseAnswerAfter(most) if !up && before > most => return cut(),
            Fault::Silence if before > 6_000 => continue,
            Fault::Trickle(pause) | Fault::Slow(pause) if up => std::thread::sleep(pause),
            _ => {}
        }
        if to.write_all(octets).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
