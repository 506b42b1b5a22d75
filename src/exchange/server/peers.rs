//! Certificates connections were opened with: judged when a connection opens, and again while it stays open.
//!
//! A handler never waits for a network here: what is known of revocation is looked at for every request, and asked for
//! anew when a connection opens and once a minute (PROTOCOL.md §3).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::{Endpoint, Peer};
use crate::base::time::UnixTime;
use crate::exchange::id::Sha256;
use crate::exchange::problem::{Code, Problem};
use crate::exchange::trust::{Asking, Trust, Untrusted};
use crate::path::Purpose;
use crate::x509::Certificate;

/// Seconds a verdict counts while nothing else is known.
const COUNTS_S: i64 = 60;
/// Seconds after which a certificate nobody used any more is forgotten.
const FORGOTTEN_S: i64 = 86_400;
/// Most certificates remembered before the unused are forgotten.
const MOST: usize = 10_000;

/// What is known of certificates in use.
pub(super) type Peers = HashMap<Sha256, Standing>;

/// A certificate in use.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// As it was shown, own certificate first.
    chain: Arc<[Certificate]>,
    /// By whom it was judged.
    trust: Arc<Trust>,
    verdict: Result<(), Untrusted>,
    judged: UnixTime,
    used: UnixTime,
}

impl Endpoint {
    /// Judges a certificate a connection opens with, asking where nothing is known.
    pub(super) async fn admits(&self, peer: Peer, chain: Arc<[Certificate]>) -> bool {
        let (trust, now) = (self.trust(), self.now());
        let verdict = match trust.judges_revocation() {
            // The handshake has seen to the path.
            false => Ok(()),
            true => ask(&trust, &chain, now).await,
        };
        if let Err(error) = &verdict {
            tracing::info!(%error, certificate = %peer.0, "a client certificate is not trusted");
        }
        let is_fine = verdict.is_ok();
        let mut peers = self.running.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MOST {
            peers.retain(|_, standing| standing.used.plus(FORGOTTEN_S) > now);
        }
        peers.insert(peer.0, Standing { chain, trust, verdict, judged: now, used: now });
        is_fine
    }

    /// Whether the certificate of an open connection still counts.
    pub(super) fn still_admits(&self, peer: Peer) -> Result<(), Problem> {
        let (trust, now) = (self.trust(), self.now());
        if !trust.judges_revocation() {
            return Ok(());
        }
        let refused = || Problem::new(Code::CertRevoked).with("certificate", peer.0);
        let mut peers = self.running.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = peers.get_mut(&peer.0).ok_or_else(refused)?;
        standing.used = now;
        if !Arc::ptr_eq(&standing.trust, &trust) || standing.judged.plus(COUNTS_S) <= now {
            standing.verdict = judge(&trust, &standing.chain, now, Asking::Never);
            (standing.trust, standing.judged) = (trust, now);
        }
        standing.verdict.clone().map_err(|error| {
            tracing::info!(%error, certificate = %peer.0, "a client certificate is trusted no longer");
            refused()
        })
    }

    /// Asks anew about certificates in use where that is due, so that no request has to wait for it.
    pub(super) async fn ask_about_peers(&self) {
        let (trust, now) = (self.trust(), self.now());
        if !trust.can_ask() {
            return;
        }
        let in_use: Vec<_> = {
            let peers = self.running.peers.lock().unwrap_or_else(PoisonError::into_inner);
            let used = peers.iter().filter(|(_, standing)| standing.used.plus(3_600) > now);
            used.map(|(peer, standing)| (*peer, standing.chain.clone())).collect()
        };
        for (peer, chain) in in_use {
            let verdict = ask(&trust, &chain, now).await;
            let mut peers = self.running.peers.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(standing) = peers.get_mut(&peer) {
                (standing.trust, standing.verdict, standing.judged) = (trust.clone(), verdict, now);
            }
        }
    }
}

/// Judges where waiting is allowed.
async fn ask(trust: &Arc<Trust>, chain: &Arc<[Certificate]>, now: UnixTime) -> Result<(), Untrusted> {
    let (trust, chain) = (trust.clone(), chain.clone());
    let asked = tokio::task::spawn_blocking(move || judge(&trust, &chain, now, Asking::WhereDue)).await;
    asked.unwrap_or(Err(Untrusted::StatusUnknown { subject: "?".to_owned() }))
}

fn judge(trust: &Trust, chain: &[Certificate], now: UnixTime, asking: Asking) -> Result<(), Untrusted> {
    let Some((leaf, others)) = chain.split_first() else {
        return Err(Untrusted::StatusUnknown { subject: "?".to_owned() });
    };
    trust.check_with(leaf, others, Purpose::TlsClient, now, asking)
}
