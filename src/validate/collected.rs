//! What a file of any format brings to its own validation: its signatures, the documents they are about, and the
//! certificates and revocation data beside them.

use super::candidate::{Candidate, Kind};
use super::conclusion::SubIndication;
use super::envelope::Envelope;
use super::finding::Finding;
use super::poe::ObjectDigest;
use crate::cms::SignedData;
use crate::x509::Certificate;

/// Everything a file brings to its own validation.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Its signatures and document time-stamps; what is older, or covered by another, stands first.
    pub candidates: Vec<Candidate>,
    /// The documents signed, or to be signed.
    pub documents: Vec<Document>,
    /// What is wrong with the file as a whole; each costs the file's verdict, none a signature's.
    pub breaches: Vec<(Finding, SubIndication)>,
    /// Certificates beside the signatures (a security store), DER.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs beside the signatures, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses beside the signatures, DER.
    pub ocsp_responses: Vec<Vec<u8>>,
    /// Number of revisions of a PDF; 0 for other formats.
    pub revisions: u32,
    /// The cross-reference data of a PDF is damaged; what is here was found by searching the file.
    pub is_rebuilt: bool,
    /// SHA-256 of the whole file.
    pub sha256: Vec<u8>,
    /// SHA-256 of each object beside the signatures.
    pub stored: Vec<ObjectDigest>,
}

/// A document a reader would open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// Its name inside a container or beside a detached signature; `None` for the file itself.
    pub name: Option<String>,
    /// SHA-256 of it.
    pub sha256: Vec<u8>,
}

/// What a file brings along for judging it: claims, every one of them.
#[derive(Clone, Debug, Default)]
pub struct Embedded {
    /// Certificates of the signatures, their time-stamps and the store beside them.
    pub certificates: Vec<Certificate>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub ocsp_responses: Vec<Vec<u8>>,
}

impl Collected {
    /// Gathers the certificates and revocation data inside the file; what cannot be read is left out.
    pub fn embedded(&self) -> Embedded {
        let mut found = Embedded {
            certificates: self.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect(),
            crls: self.crls.clone(),
            ocsp_responses: self.ocsp_responses.clone(),
        };
        for candidate in &self.candidates {
            found.take(&candidate.envelope);
            for stamp in &candidate.stamps {
                if let Ok(token) = SignedData::parse(&stamp.token) {
                    found.take_signed_data(&token);
                }
            }
        }
        found
    }

    /// The certificates that claim to have signed: documents first, then time-stamps. Each leads a path to look for.
    pub fn signers(&self) -> (Vec<Certificate>, Vec<Certificate>) {
        let (mut documents, mut stamps) = (Vec::new(), Vec::new());
        for candidate in &self.candidates {
            let of = match candidate.kind {
                Kind::Signature | Kind::CounterSignature => &mut documents,
                Kind::DocTimestamp => &mut stamps,
            };
            let envelope = &candidate.envelope;
            of.extend(envelope.certificates().into_iter().filter(|c| envelope.names(c)).cloned());
            for token in candidate.stamps.iter().filter_map(|s| SignedData::parse(&s.token).ok()) {
                let is_signer = |c: &&Certificate| token.signers().iter().any(|s| s.id().names(c));
                stamps.extend(token.certificates().iter().filter(is_signer).cloned());
            }
        }
        (documents, stamps)
    }
}

impl Embedded {
    fn take(&mut self, envelope: &Envelope) {
        match envelope {
            Envelope::Unreadable => {}
            Envelope::Cms(cms) => {
                self.take_signed_data(&cms.signed_data);
                if !cms.signed_data.signers().iter().any(|s| s.raw() == cms.signer.raw()) {
                    self.take_signer(&cms.signer);
                }
            }
            Envelope::Xml(xml) => {
                self.certificates.extend(xml.key_info.iter().chain(&xml.certificates).cloned());
                self.crls.extend(xml.crls.iter().cloned());
                self.ocsp_responses.extend(xml.ocsp_responses.iter().cloned());
            }
        }
    }

    fn take_signed_data(&mut self, signed_data: &SignedData) {
        self.certificates.extend(signed_data.certificates().iter().cloned());
        self.crls.extend(signed_data.crls().map(<[u8]>::to_vec));
        self.ocsp_responses.extend(signed_data.ocsp_responses().map(<[u8]>::to_vec));
        for signer in signed_data.signers() {
            self.take_signer(signer);
        }
    }

    fn take_signer(&mut self, signer: &crate::cms::SignerInfo) {
        let values = signer.certificate_values();
        self.certificates.extend(values.iter().filter_map(|der| Certificate::from_der(der).ok()));
        let archival = signer.signed_attributes().adobe_revocation().ok().flatten();
        for (crls, ocsp) in archival.into_iter().chain([signer.revocation_values()]) {
            self.crls.extend(crls);
            self.ocsp_responses.extend(ocsp);
        }
    }
}
