//! What to ask for, so that a set of certificates can be judged — RFC 5280 §4.2.1.13, §4.2.2.1; RFC 6960.
//!
//! A plan is made from what is at hand: issuers that are missing, then revocation information for every
//! certificate of the paths found so far, then for whoever signed that information. The caller fetches,
//! adds, and plans again until a plan is empty; a request it has made is never listed again when it says so.

use std::collections::HashSet;

use super::Store;
use crate::path::{self, Anchor, Anchors, Links, Search, Settings, ValidPath};
use crate::revocation::{self, Chosen, Context, Status, Target, Unusable};
use crate::x509::ocsp::CertId;
use crate::x509::{Certificate, oids};

/// Most requests of one plan.
pub const MAX_REQUESTS: usize = 64;
/// Longest URL that is asked, in octets.
pub const MAX_URL: usize = 2_048;

/// One thing to ask for. Equal requests are the same question.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Request {
    /// GET the certificates of an issuer.
    Issuer {
        /// Where.
        url: String,
    },
    /// GET a CRL.
    Crl {
        /// Where.
        url: String,
    },
    /// POST an OCSP request about a certificate.
    Ocsp {
        /// Where.
        url: String,
        /// What about.
        cert_id: CertId,
    },
}

impl Request {
    /// Where it goes.
    pub fn url(&self) -> &str {
        match self {
            Request::Issuer { url } | Request::Crl { url } | Request::Ocsp { url, .. } => url,
        }
    }
}

/// Lists what to ask for, so that `certificates` can be judged for `settings` below `anchors`. Requests in
/// `made` are left out. For one certificate OCSP comes first; its CRL is listed when every OCSP question
/// about it has been made and did not settle it.
pub fn plan(
    certificates: &[Certificate],
    store: &Store,
    anchors: &Anchors,
    settings: &Settings,
    context: &Context<'_>,
    made: &HashSet<Request>,
) -> Vec<Request> {
    let mut planner = Planner { store, anchors, context, made, requests: Vec::new(), listed: HashSet::new() };
    for certificate in certificates {
        planner.certificate(certificate, settings, context.links);
        if planner.requests.len() >= MAX_REQUESTS {
            break;
        }
    }
    planner.requests.truncate(MAX_REQUESTS);
    planner.requests
}

struct Planner<'a> {
    store: &'a Store,
    anchors: &'a Anchors,
    context: &'a Context<'a>,
    made: &'a HashSet<Request>,
    requests: Vec<Request>,
    listed: HashSet<Request>,
}

impl Planner<'_> {
    fn certificate(&mut self, certificate: &Certificate, settings: &Settings, links: &Links) {
        let mut first: Option<ValidPath> = None;
        let found = path::search(certificate, self.store.pool(), self.anchors, settings, links, &mut |path| {
            first.get_or_insert_with(|| path.clone());
            Search::Take
        });
        match found {
            Ok(path) => self.path(&path),
            Err(error) => match error.anchor {
                // A complete chain that does not pass, one that has expired say: its past can still be judged.
                Some(anchor) => self.chain(error.chain, anchor),
                None => {
                    for certificate in error.chain.iter().rev().take(2) {
                        self.issuers_of(certificate);
                    }
                }
            },
        }
    }

    fn chain(&mut self, chain: Vec<Certificate>, anchor: Anchor) {
        self.path(&ValidPath { chain, anchor, policies: path::PolicySet::Any });
    }

    fn path(&mut self, path: &ValidPath) {
        if path.chain.len() == 1 && path.anchor.certificate() == path.chain.first() {
            return;
        }
        for at in 0..path.chain.len() {
            let chosen = revocation::check(Target { path, at }, self.store.evidence(), self.context, None);
            if chosen.status() == Status::Unknown {
                self.revocation_of(path, at, &chosen);
            }
        }
    }

    fn revocation_of(&mut self, path: &ValidPath, at: usize, chosen: &Chosen) {
        let Some(certificate) = path.chain.get(at) else { return };
        let before = self.requests.len();
        let issuer = path.issuer_of(at).and_then(|i| i.certificate.cloned());
        if let Some(issuer) = issuer {
            let cert_id = CertId::sha1(&issuer, certificate.serial());
            for url in certificate.ocsp_urls() {
                self.list(Request::Ocsp { url: url.to_owned(), cert_id: cert_id.clone() });
            }
        }
        if self.requests.len() == before {
            for url in certificate.crl_urls() {
                self.list(Request::Crl { url: url.to_owned() });
            }
        }
        self.signers(chosen);
    }

    /// Evidence that fails only for its signer: ask about the signer.
    fn signers(&mut self, chosen: &Chosen) {
        for dismissed in chosen.dismissed.iter().filter(|d| d.reason == Unusable::SignerStatusUnknown) {
            let evidence = self.store.evidence();
            let responders = evidence
                .ocsp()
                .iter()
                .filter(|o| *o.sha256() == dismissed.sha256)
                .filter_map(|o| o.basic())
                .flat_map(|basic| basic.certificates.iter());
            let crl_signers = evidence
                .crls()
                .iter()
                .filter(|c| *c.sha256() == dismissed.sha256)
                .flat_map(|crl| self.store.pool().with_subject(crl.issuer()));
            let signers: Vec<Certificate> = responders
                .filter(|c| c.extended_key_usage().is_some_and(|list| list.contains(&oids::KP_OCSP_SIGNING)))
                .chain(crl_signers)
                .cloned()
                .collect();
            for signer in signers {
                for url in signer.crl_urls() {
                    self.list(Request::Crl { url: url.to_owned() });
                }
            }
        }
    }

    fn issuers_of(&mut self, certificate: &Certificate) {
        for url in certificate.ca_issuer_urls() {
            self.list(Request::Issuer { url: url.to_owned() });
        }
    }

    fn list(&mut self, request: Request) {
        let url = request.url();
        let web = ["http://", "https://"]
            .iter()
            .any(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
        if web
            && url.len() <= MAX_URL
            && self.requests.len() < MAX_REQUESTS
            && !self.made.contains(&request)
            && self.listed.insert(request.clone())
        {
            self.requests.push(request);
        }
    }
}
