//! CRLs and OCSP answers at hand, indexed by what they are looked up with.

use std::collections::{HashMap, HashSet};

use super::known::{Found, Known, Question};
use crate::path::PathError;
use crate::x509::{Crl, Name, OcspResponse};

/// CRLs by issuer and OCSP answers by the serial numbers they speak about; each counts once.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    known: HashSet<[u8; 32]>,
    answers: Known,
    crls: Vec<Crl>,
    ocsp: Vec<OcspResponse>,
    by_issuer: HashMap<Name, Vec<usize>>,
    by_serial: HashMap<Vec<u8>, Vec<usize>>,
}

impl Evidence {
    /// Nothing.
    pub fn new() -> Evidence {
        Evidence::default()
    }

    /// Adds a CRL; false when it was there.
    pub fn add_crl(&mut self, crl: Crl) -> bool {
        let new = self.known.insert(*crl.sha256());
        if new {
            self.by_issuer.entry(crl.issuer().clone()).or_default().push(self.crls.len());
            self.crls.push(crl);
            self.answers = Known::default();
        }
        new
    }

    /// Adds an OCSP response; false when it was there.
    pub fn add_ocsp(&mut self, response: OcspResponse) -> bool {
        let new = self.known.insert(*response.sha256());
        if new {
            let serials: HashSet<&Vec<u8>> =
                response.basic().into_iter().flat_map(|b| &b.responses).map(|r| &r.cert_id.serial).collect();
            for serial in serials {
                self.by_serial.entry(serial.clone()).or_default().push(self.ocsp.len());
            }
            self.ocsp.push(response);
            self.answers = Known::default();
        }
        new
    }

    /// Every CRL, in the order added.
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// Every OCSP response, in the order added.
    pub fn ocsp(&self) -> &[OcspResponse] {
        &self.ocsp
    }

    /// The CRLs this issuer signed.
    pub fn crls_of<'a>(&'a self, issuer: &Name) -> impl Iterator<Item = &'a Crl> + use<'a> {
        self.by_issuer.get(issuer).into_iter().flatten().filter_map(|at| self.crls.get(*at))
    }

    /// The OCSP responses that speak about a certificate with this serial number.
    pub fn ocsp_about<'a>(&'a self, serial: &[u8]) -> impl Iterator<Item = &'a OcspResponse> + use<'a> {
        self.by_serial.get(serial).into_iter().flatten().filter_map(|at| self.ocsp.get(*at))
    }

    /// The answer given before to the very same question, or the one `answer` gives now by this evidence.
    ///
    /// # Errors
    /// Those of `answer`.
    pub fn answer(
        &self,
        question: &Question,
        answer: impl FnOnce() -> Result<Found, PathError>,
    ) -> Result<Found, PathError> {
        self.answers.answer(question, answer)
    }

    /// True when there is nothing.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
