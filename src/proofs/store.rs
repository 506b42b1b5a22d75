//! What we hold.

use std::collections::{HashMap, HashSet};

use crate::asn1::read::tag;
use crate::base::encoding::{hex, pem_blocks};
use crate::cms::SignedData;
use crate::path::Pool;
use crate::revocation::Evidence;
use crate::x509::{Certificate, Crl, Name, OcspResponse, X509Error};

/// Certificates, CRLs and OCSP answers, each once, indexed for path building and revocation.
#[derive(Clone, Debug, Default)]
pub struct Store {
    pool: Pool,
    evidence: Evidence,
    by_digest: HashSet<[u8; 32]>,
    by_issuer_serial: HashMap<(Name, Vec<u8>), Vec<usize>>,
}

/// How much a file added.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Added {
    /// Certificates that were new.
    pub certificates: usize,
    /// CRLs that were new.
    pub crls: usize,
    /// OCSP responses that were new.
    pub ocsp: usize,
    /// Objects that were there already.
    pub known: usize,
}

/// Kind of a proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A certificate.
    Certificate,
    /// A CRL.
    Crl,
    /// An OCSP response.
    Ocsp,
}

impl Kind {
    /// The file suffix it is kept under.
    pub fn suffix(self) -> &'static str {
        match self {
            Kind::Certificate => "crt",
            Kind::Crl => "crl",
            Kind::Ocsp => "ors",
        }
    }
}

/// Why a file holds no proof.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Neither certificate, CRL nor OCSP response.
    #[error("the file holds neither a certificate, a CRL nor an OCSP response")]
    Unknown,
    /// A PEM block says what it is and is not.
    #[error("the block {label} cannot be read: {cause}")]
    Block {
        /// Label of the block.
        label: String,
        /// Why.
        cause: X509Error,
    },
}

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        Store::default()
    }

    /// Adds a certificate; false when it was there.
    pub fn add_certificate(&mut self, certificate: Certificate) -> bool {
        let new = self.by_digest.insert(*certificate.sha256());
        if new {
            let key = (certificate.issuer().clone(), certificate.serial().to_vec());
            self.by_issuer_serial.entry(key).or_default().push(self.pool.all().len());
            self.pool.extend([certificate]);
        }
        new
    }

    /// Adds a CRL; false when it was there.
    pub fn add_crl(&mut self, crl: Crl) -> bool {
        self.evidence.add_crl(crl)
    }

    /// Adds an OCSP response and the certificates inside; false when the response was there.
    pub fn add_ocsp(&mut self, response: OcspResponse) -> bool {
        let inside = response.basic().map(|b| b.certificates.clone()).unwrap_or_default();
        for certificate in inside {
            self.add_certificate(certificate);
        }
        self.evidence.add_ocsp(response)
    }

    /// Adds what a file or an answer holds: one object in DER, PEM blocks, or a CMS SignedData that carries
    /// certificates and revocation information (RFC 5280 §4.2.2.1 lets caIssuers point to one).
    ///
    /// # Errors
    /// [`ProofError::Unknown`] when nothing in it is a proof, [`ProofError::Block`] for a damaged PEM block.
    /// What stood before the damage was added.
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<Added, ProofError> {
        let mut added = Added::default();
        if bytes.first() == Some(&tag::SEQUENCE) {
            return if self.add_der(bytes, &mut added) { Ok(added) } else { Err(ProofError::Unknown) };
        }
        let mut seen = false;
        for block in pem_blocks(&String::from_utf8_lossy(bytes)) {
            let damaged = |cause| ProofError::Block { label: block.label.clone(), cause };
            match block.label.as_str() {
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                    self.count_certificate(Certificate::from_der(&block.der).map_err(damaged)?, &mut added);
                }
                "X509 CRL" | "CRL" => {
                    self.count_crl(Crl::from_der(&block.der).map_err(damaged)?, &mut added);
                }
                "OCSP RESPONSE" => {
                    self.count_ocsp(OcspResponse::from_der(&block.der).map_err(damaged)?, &mut added);
                }
                "PKCS7" | "CMS" if self.add_der(&block.der, &mut added) => {}
                _ => continue,
            }
            seen = true;
        }
        if seen { Ok(added) } else { Err(ProofError::Unknown) }
    }

    /// Adds everything another store holds.
    pub fn merge(&mut self, other: &Store) {
        for certificate in other.pool.all() {
            self.add_certificate(certificate.clone());
        }
        for crl in other.evidence.crls() {
            self.add_crl(crl.clone());
        }
        for response in other.evidence.ocsp() {
            self.add_ocsp(response.clone());
        }
    }

    /// The certificates, for path building.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The CRLs and OCSP answers.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The certificates with this issuer and serial number (content octets).
    pub fn by_issuer_serial<'a>(&'a self, issuer: &Name, serial: &[u8]) -> impl Iterator<Item = &'a Certificate> {
        let found = self.by_issuer_serial.get(&(issuer.clone(), serial.to_vec()));
        found.into_iter().flatten().filter_map(|at| self.pool.all().get(*at))
    }

    /// Everything held, as a file name made of the SHA-256 and the bytes.
    pub fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        let name = |sha256: &[u8; 32], kind: Kind| format!("{}.{}", hex(sha256), kind.suffix());
        let certificates = self.pool.all().iter().map(move |c| (name(c.sha256(), Kind::Certificate), c.der()));
        let crls = self.evidence.crls().iter().map(move |c| (name(c.sha256(), Kind::Crl), c.der()));
        let ocsp = self.evidence.ocsp().iter().map(move |o| (name(o.sha256(), Kind::Ocsp), o.der()));
        certificates.chain(crls).chain(ocsp)
    }

    fn add_der(&mut self, der: &[u8], added: &mut Added) -> bool {
        if let Ok(certificate) = Certificate::from_der(der) {
            self.count_certificate(certificate, added);
        } else if let Ok(crl) = Crl::from_der(der) {
            self.count_crl(crl, added);
        } else if let Ok(response) = OcspResponse::from_der(der) {
            self.count_ocsp(response, added);
        } else if let Ok(bag) = SignedData::parse(der) {
            bag.certificates().iter().for_each(|c| self.count_certificate(c.clone(), added));
            bag.crls().filter_map(|der| Crl::from_der(der).ok()).for_each(|c| self.count_crl(c, added));
            bag.ocsp_responses()
                .filter_map(|der| OcspResponse::from_der(der).or_else(|_| OcspResponse::from_basic_der(der)).ok())
                .for_each(|o| self.count_ocsp(o, added));
        } else {
            return false;
        }
        true
    }

    fn count_certificate(&mut self, certificate: Certificate, added: &mut Added) {
        if self.add_certificate(certificate) { added.certificates += 1 } else { added.known += 1 }
    }

    fn count_crl(&mut self, crl: Crl, added: &mut Added) {
        if self.add_crl(crl) { added.crls += 1 } else { added.known += 1 }
    }

    fn count_ocsp(&mut self, response: OcspResponse, added: &mut Added) {
        if self.add_ocsp(response) { added.ocsp += 1 } else { added.known += 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::{AlgorithmIdentifier, write};
    use crate::base::encoding::to_pem;
    use crate::base::oid::Oid;
    use crate::base::time::UnixTime;
    use crate::x509::{build, oids};

    fn crl(number: u64) -> Vec<u8> {
        let algorithm = AlgorithmIdentifier { oid: Oid::from_static(&[0x2b, 0x65, 0x70]), parameters: None };
        let tbs = build::TbsCertList {
            signature_algorithm: algorithm.clone(),
            issuer: Name::build(&[(oids::AT_COMMON_NAME, "CA")]),
            this_update: UnixTime(0),
            next_update: None,
            revoked: Vec::new(),
            extensions: vec![build::crl_number(number)],
        };
        build::assemble(&tbs.to_der(), &algorithm, &[0; 64])
    }

    #[test]
    fn files_are_told_apart_and_counted_once() {
        let mut store = Store::new();
        assert_eq!(store.add_bytes(&crl(1)), Ok(Added { crls: 1, ..Added::default() }));
        assert_eq!(store.add_bytes(&crl(1)), Ok(Added { known: 1, ..Added::default() }));
        let pem = format!("{}\n{}", to_pem("X509 CRL", &crl(1)), to_pem("X509 CRL", &crl(2)));
        assert_eq!(store.add_bytes(pem.as_bytes()), Ok(Added { crls: 1, known: 1, ..Added::default() }));
        assert_eq!(store.files().count(), 2);
        assert!(store.files().all(|(name, bytes)| name.len() == 68 && !bytes.is_empty()));
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let mut store = Store::new();
        assert_eq!(store.add_bytes(b"hello"), Err(ProofError::Unknown));
        assert_eq!(store.add_bytes(&write::sequence(&[write::null()])), Err(ProofError::Unknown));
        let key = to_pem("PRIVATE KEY", &[1, 2, 3]);
        assert_eq!(store.add_bytes(key.as_bytes()), Err(ProofError::Unknown));
        let cut = to_pem("X509 CRL", &crl(1)[1..]);
        assert!(matches!(store.add_bytes(cut.as_bytes()), Err(ProofError::Block { .. })));
    }
}
