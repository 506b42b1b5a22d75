//! Trust anchors — RFC 5280 §6.1.1 (d), with the constraints of RFC 5937 where they are wanted.

use std::collections::HashMap;
use std::sync::Arc;

use crate::x509::certificate::sha256;
use crate::x509::{Certificate, Name};

/// Whether what the anchor's own certificate says restricts the paths below it (RFC 5937 §3.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Constraints {
    /// Basic constraints, key usage, name and policy constraints of the anchor apply.
    #[default]
    Apply,
    /// Only name and key count.
    Ignore,
}

/// Whether the anchor's own validity period counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Expiration {
    /// It must be valid at the validation time.
    #[default]
    Apply,
    /// Its validity is not looked at.
    Ignore,
}

/// How an anchor's certificate is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AnchorRules {
    /// Its constraints.
    pub constraints: Constraints,
    /// Its validity.
    pub expiration: Expiration,
}

/// One trust anchor. Cloning is cheap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Anchor(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    name: Name,
    spki: Vec<u8>,
    certificate: Option<Certificate>,
    rules: AnchorRules,
}

impl Anchor {
    /// From a certificate, whose signature is not looked at.
    pub fn from_certificate(certificate: Certificate, rules: AnchorRules) -> Anchor {
        Anchor(Arc::new(Inner {
            name: certificate.subject().clone(),
            spki: certificate.spki().to_vec(),
            certificate: Some(certificate),
            rules,
        }))
    }

    /// From a name and a SubjectPublicKeyInfo.
    pub fn from_key(name: Name, spki: Vec<u8>) -> Anchor {
        Anchor(Arc::new(Inner { name, spki, certificate: None, rules: AnchorRules::default() }))
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// Its SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// Its certificate, where it was given as one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.0.certificate.as_ref()
    }

    /// A digest of everything it is.
    fn fingerprint(&self) -> [u8; 32] {
        let rules = self.rules();
        let flags = [
            u8::from(self.certificate().is_some()),
            u8::from(rules.constraints == Constraints::Apply),
            u8::from(rules.expiration == Expiration::Apply),
        ];
        let certificate = self.certificate().map_or([0; 32], |certificate| *certificate.sha256());
        sha256(&[flags.as_slice(), &certificate, &sha256(self.name().der()), &sha256(self.spki())].concat())
    }

    /// How its certificate is read.
    pub fn rules(&self) -> AnchorRules {
        self.0.rules
    }
}

/// The anchors configured for one purpose.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    all: Vec<Anchor>,
    by_name: HashMap<Name, Vec<usize>>,
    fingerprint: [u8; 32],
}

impl Anchors {
    /// Anchors in the order given.
    pub fn new(anchors: impl IntoIterator<Item = Anchor>) -> Anchors {
        let mut out = Anchors::default();
        for anchor in anchors {
            out.fingerprint = sha256(&[out.fingerprint, anchor.fingerprint()].concat());
            out.by_name.entry(anchor.name().clone()).or_default().push(out.all.len());
            out.all.push(anchor);
        }
        out
    }

    /// Anchors from certificates, all read by the strict default rules.
    pub fn from_certificates(certificates: impl IntoIterator<Item = Certificate>) -> Anchors {
        Anchors::new(certificates.into_iter().map(|c| Anchor::from_certificate(c, AnchorRules::default())))
    }

    /// Every anchor.
    pub fn all(&self) -> &[Anchor] {
        &self.all
    }

    /// A digest of the anchors and their order.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The anchors of this name.
    pub fn named<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a Anchor> + use<'a> {
        self.by_name.get(name).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// The anchor that was given as exactly this certificate.
    pub fn given_as(&self, certificate: &Certificate) -> Option<&Anchor> {
        self.named(certificate.subject()).find(|a| a.certificate() == Some(certificate))
    }
}
