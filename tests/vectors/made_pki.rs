//! A certification authority made on the spot: P-256 keys, any extension, any lie.

use std::sync::Arc;

use congvan::base::time::UnixTime;
use congvan::keys::Signer as _;
use congvan::keys::software::{SoftwareKey, generate_p256};
use congvan::x509::build::{self, RevokedEntry, TbsCertList, TbsCertificate};
use congvan::x509::crl::Reason;
use congvan::x509::ocsp::{CertId, CertStatus, ResponderId, ResponseData, SingleResponse, assemble_response};
use congvan::x509::{Certificate, Crl, Extension, KeyUsage, Name, OcspResponse, oids};

/// A day in 2026 around which everything is valid.
pub(crate) const NOW: UnixTime = UnixTime(1_772_668_800);
pub(crate) const DAY: i64 = 86_400;
pub(crate) const YEAR: i64 = 365 * DAY;

/// A key with a name.
pub(crate) struct Party {
    pub(crate) name: Name,
    pub(crate) key: Arc<SoftwareKey>,
}

impl Party {
    pub(crate) fn new(name: &str) -> Party {
        let name = Name::build(&[(oids::AT_COUNTRY, "VN"), (oids::AT_COMMON_NAME, name)]);
        Party { name, key: Arc::new(generate_p256().expect("a key")) }
    }

    fn key_id(&self) -> Vec<u8> {
        // What is hashed does not matter, as long as it differs from key to key.
        build::key_identifier(self.key.public_key())
    }

    /// Issues a certificate that names both keys, valid a year around [`NOW`].
    pub(crate) fn issue(&self, subject: &Party, extensions: Vec<Extension>) -> Certificate {
        self.issue_for(subject, NOW.plus(-YEAR), NOW.plus(YEAR), extensions)
    }

    pub(crate) fn issue_for(
        &self,
        subject: &Party,
        from: UnixTime,
        to: UnixTime,
        mut extensions: Vec<Extension>,
    ) -> Certificate {
        extensions.push(build::subject_key_identifier(&subject.key_id()));
        extensions.push(build::authority_key_identifier(&self.key_id()));
        let algorithm = self.key.scheme().to_identifier();
        let tbs = TbsCertificate {
            serial: serial(&subject.key_id(), &self.key_id()),
            signature_algorithm: algorithm.clone(),
            issuer: self.name.clone(),
            not_before: from,
            not_after: to,
            subject: subject.name.clone(),
            spki: subject.key.public_key().to_vec(),
            extensions,
        }
        .to_der();
        let signature = self.key.sign(&tbs).expect("signs");
        Certificate::from_der(&build::assemble(&tbs, &algorithm, &signature)).expect("reads")
    }

    /// Its own certificate.
    pub(crate) fn root(&self) -> Certificate {
        self.issue(self, ca(None))
    }

    pub(crate) fn crl(&self, this_update: UnixTime, revoked: &[(&Certificate, UnixTime, Option<Reason>)]) -> Crl {
        self.crl_with(this_update, revoked, vec![build::crl_number(1)])
    }

    pub(crate) fn crl_with(
        &self,
        this_update: UnixTime,
        revoked: &[(&Certificate, UnixTime, Option<Reason>)],
        extensions: Vec<Extension>,
    ) -> Crl {
        let algorithm = self.key.scheme().to_identifier();
        let tbs = TbsCertList {
            signature_algorithm: algorithm.clone(),
            issuer: self.name.clone(),
            this_update,
            next_update: Some(this_update.plus(DAY)),
            revoked: revoked
                .iter()
                .map(|(certificate, at, reason)| RevokedEntry {
                    serial: certificate.serial().to_vec(),
                    at: *at,
                    reason: *reason,
                    extensions: Vec::new(),
                })
                .collect(),
            extensions,
        }
        .to_der();
        let signature = self.key.sign(&tbs).expect("signs");
        Crl::from_der(&build::assemble(&tbs, &algorithm, &signature)).expect("reads")
    }

    /// An OCSP answer of this key about a certificate, a day from [`NOW`].
    pub(crate) fn ocsp(
        &self,
        issuer: &Certificate,
        about: &Certificate,
        status: CertStatus,
        nonce: Option<Vec<u8>>,
        inside: &[Certificate],
    ) -> OcspResponse {
        self.ocsp_at(NOW, CertId::sha256(issuer, about.serial()), status, nonce, Vec::new(), inside)
    }

    /// The same at a time, with extensions of the single answer.
    pub(crate) fn ocsp_at(
        &self,
        at: UnixTime,
        cert_id: CertId,
        status: CertStatus,
        nonce: Option<Vec<u8>>,
        extensions: Vec<Extension>,
        inside: &[Certificate],
    ) -> OcspResponse {
        let single = SingleResponse { cert_id, status, this_update: at, next_update: Some(at.plus(DAY)), extensions };
        let data = ResponseData {
            responder_id: ResponderId::ByName(self.name.clone()),
            produced_at: at,
            responses: vec![single],
            nonce,
        }
        .to_der();
        let signature = self.key.sign(&data).expect("signs");
        let der = assemble_response(&data, &self.key.scheme().to_identifier(), &signature, inside);
        OcspResponse::from_der(&der).expect("reads")
    }
}

fn serial(subject: &[u8], issuer: &[u8]) -> Vec<u8> {
    let half = |id: &[u8]| id.iter().take(8).copied().collect::<Vec<u8>>();
    let mut serial = vec![1];
    serial.extend(half(subject));
    serial.extend(half(issuer));
    serial
}

/// Extensions of a CA.
pub(crate) fn ca(path_len: Option<u32>) -> Vec<Extension> {
    vec![build::basic_constraints(true, path_len), build::key_usage(KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN))]
}

/// Extensions of who signs documents.
pub(crate) fn signer() -> Vec<Extension> {
    vec![build::key_usage(KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::NON_REPUDIATION))]
}
