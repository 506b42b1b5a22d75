//! OpenSSL as the other side: it accepts what we write, and we read what it writes.
//!
//! Where the tool is missing the tests say so and pass, except under CI, where it must be there.

use super::{Authority, CaKeys, Identity, KeyChoice, Purpose, Settings, Subject, TsaFault};
use crate::algorithms::cms_signer::{Coverage, verify_signer};
use crate::authority::{EmbeddedKey, OcspFault};
use crate::base::encoding::to_pem;
use crate::base::time::UnixTime;
use crate::cms::{SignedData, oids};
use crate::sign::cades;
use crate::timestamp::{TimeStampSource as _, check_answer};
use crate::tsp::TimeStampRequest;
use crate::x509::ocsp::{CertId, OcspRequest, OcspResponse};
use std::path::Path;
use std::process::Command;

struct Bench {
    folder: tempfile::TempDir,
    authority: Authority,
    now: UnixTime,
}

impl Bench {
    /// `None` without openssl.
    fn new(keys: CaKeys) -> Option<Bench> {
        if Command::new("openssl").arg("version").output().is_err() {
            let ci = std::env::vars_os().any(|(name, _)| name == "CI");
            assert!(!ci, "openssl is missing");
            eprintln!("skipped: openssl is not installed");
            return None;
        }
        let now = UnixTime::parse_rfc3339("2026-03-05T14:07:09+07:00").expect("valid");
        let settings = Settings { now, base_url: "http://127.0.0.1:1".to_owned(), keys };
        let authority = Authority::new(&settings).expect("an authority");
        let bench = Bench { folder: tempfile::tempdir().expect("a folder"), authority, now };
        bench.put("root.pem", to_pem("CERTIFICATE", bench.authority.root().der()).as_bytes());
        bench.put("issuing.pem", to_pem("CERTIFICATE", bench.authority.issuing().der()).as_bytes());
        Some(bench)
    }

    fn seal(&self, key: KeyChoice) -> Identity {
        let subject = Subject::agency("Ủy ban nhân dân tỉnh Thử Nghiệm", "Chính phủ");
        self.authority.issue(&subject, Purpose::Signing, &key).expect("issues")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).expect("written");
    }

    fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).expect(name)
    }

    /// Runs openssl in the folder; `(succeeded, everything it said)`.
    fn try_openssl(&self, arguments: &str) -> (bool, String) {
        let attime = self.now.0.to_string();
        let arguments = arguments.replace("@NOW", &attime);
        let output =
            Command::new("openssl").args(arguments.split(' ')).current_dir(self.path()).output().expect("runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn openssl(&self, arguments: &str) -> String {
        let (fine, said) = self.try_openssl(arguments);
        assert!(fine, "openssl {arguments}\n{said}");
        said
    }
}

#[test]
fn openssl_verifies_our_certificates_and_crls() {
    for keys in [CaKeys::Fresh, CaKeys::Embedded] {
        let Some(bench) = Bench::new(keys) else { return };
        let seal = bench.seal(KeyChoice::Fresh);
        bench.put("seal.pem", to_pem("CERTIFICATE", seal.certificate.der()).as_bytes());
        let crl = |der: &[u8]| to_pem("X509 CRL", der);
        let lists = || {
            let issuing = bench.authority.crl(bench.now).expect("signs");
            [crl(&issuing), crl(&bench.authority.root_crl(bench.now).expect("signs"))].concat()
        };
        let verify = "verify -attime @NOW -x509_strict -CAfile root.pem -untrusted issuing.pem \
                      -crl_check_all -CRLfile lists.pem seal.pem";
        bench.put("lists.pem", lists().as_bytes());
        bench.openssl(verify);
        bench.authority.revoke(&seal.certificate, bench.now, crate::x509::crl::Reason::Superseded);
        bench.put("lists.pem", lists().as_bytes());
        let (fine, said) = bench.try_openssl(verify);
        assert!(!fine && said.contains("certificate revoked"), "{said}");
    }
}

#[test]
fn openssl_verifies_our_cades_with_and_without_a_time_stamp() {
    for key in [KeyChoice::Fresh, KeyChoice::Embedded(EmbeddedKey::SealA)] {
        let Some(bench) = Bench::new(CaKeys::Fresh) else { return };
        let seal = bench.seal(key);
        let content = "Quyết định".as_bytes();
        bench.put("content", content);
        let signer = seal.signer.as_ref();
        let digest = cades::digest_of(signer).digest(content);
        let request = cades::CmsRequest {
            signing_time: Some(bench.now),
            ..cades::CmsRequest::detached(&digest, &seal.certificate, &seal.issuers)
        };
        let mut signed = cades::sign(&request, signer).expect("signs");
        let verify = "cms -verify -cades -binary -purpose any -attime @NOW -inform DER -in signed.p7s \
                      -content content -CAfile root.pem -out out";
        bench.put("signed.p7s", &signed.to_der());
        bench.openssl(verify);

        let algorithm = cades::digest_of(signer);
        let tsa = super::LocalTsa { authority: &bench.authority, now: bench.now, fault: TsaFault::None };
        let (token, _) = tsa.time_stamp(algorithm, &algorithm.digest(signed.signature_value())).expect("a time-stamp");
        signed.add_signature_time_stamp(token.raw());
        bench.put("signed.p7s", &signed.to_der());
        bench.openssl(verify);
        bench.put("content", b"Quyet dinh");
        let (fine, _) = bench.try_openssl(verify);
        assert!(!fine, "openssl took other content");
    }
}

#[test]
fn we_verify_what_openssl_signs() {
    let Some(bench) = Bench::new(CaKeys::Fresh) else { return };
    for (key, options) in [
        (KeyChoice::Fresh, "-md sha256"),
        (KeyChoice::Embedded(EmbeddedKey::SealA), "-md sha512"),
        (KeyChoice::Embedded(EmbeddedKey::SealB), "-md sha256 -keyopt rsa_padding_mode:pss"),
        (KeyChoice::Embedded(EmbeddedKey::Leader), "-md sha384 -keyid"),
        (KeyChoice::Embedded(EmbeddedKey::Leader), "-md sha1 -stream -nodetach"),
        (KeyChoice::Fresh, "-md sha384 -noattr"),
    ] {
        let seal = bench.seal(key);
        bench.put("content", b"hello");
        bench.put("seal.pem", to_pem("CERTIFICATE", seal.certificate.der()).as_bytes());
        bench.put("key.pem", seal.key_pem().as_bytes());
        let cades = if options.contains("-noattr") { "" } else { "-cades " };
        bench.openssl(&format!(
            "cms -sign {cades}-binary -in content -signer seal.pem -inkey key.pem -outform DER -out signed {options}"
        ));
        let read = SignedData::parse(&bench.get("signed")).expect("reads");
        let signer = &read.signers()[0];
        let certificate = read.certificates().iter().find(|c| signer.id().names(c)).expect("there");
        let content = read.encapsulated_content().map(|c| c.into_owned()).unwrap_or(b"hello".to_vec());
        assert_eq!(content, b"hello");
        let verify = |content: &[u8]| {
            verify_signer(signer, certificate.spki(), Some(&oids::DATA), &mut |d| Some(d.digest(content)))
        };
        let facts = verify(b"hello").unwrap_or_else(|e| panic!("{options}: {e}"));
        let expected = if cades.is_empty() { Coverage::Content } else { Coverage::SignedAttributes };
        assert_eq!(facts.coverage, expected, "{options}");
        assert!(verify(b"Hello").is_err(), "{options}");
    }
}

#[test]
fn openssl_verifies_our_time_stamps_and_we_understand_its_questions() {
    for keys in [CaKeys::Fresh, CaKeys::Embedded] {
        let Some(bench) = Bench::new(keys) else { return };
        bench.put("data", b"data");
        for options in ["-sha256 -cert", "-sha512 -cert -no_nonce", "-sha256"] {
            bench.openssl(&format!("ts -query -data data {options} -out question"));
            let answer = bench.authority.answer_time_stamp(&bench.get("question"), bench.now, TsaFault::None);
            bench.put("answer", &answer);
            let tsa = to_pem("CERTIFICATE", bench.authority.time_stamper().certificate.der());
            let issuing = to_pem("CERTIFICATE", bench.authority.issuing().der());
            bench.put("untrusted.pem", [tsa, issuing].concat().as_bytes());
            bench.openssl(
                "ts -verify -attime @NOW -queryfile question -in answer -CAfile root.pem -untrusted untrusted.pem",
            );
            let request = TimeStampRequest::parse(&bench.get("question")).expect("reads");
            let pool = [bench.authority.time_stamper().certificate.clone()];
            let (_, facts) = check_answer(&request, &answer, &pool).expect("sound");
            assert_eq!(facts.gen_time, bench.now);
        }
        bench.put("data", b"other");
        let (fine, _) = bench
            .try_openssl("ts -verify -attime @NOW -data data -in answer -CAfile root.pem -untrusted untrusted.pem");
        assert!(!fine, "openssl took a time-stamp for other data");
    }
}

#[test]
fn we_take_the_time_stamps_of_openssl() {
    let Some(bench) = Bench::new(CaKeys::Embedded) else { return };
    let tsa = bench.authority.time_stamper();
    bench.put("tsa.pem", to_pem("CERTIFICATE", tsa.certificate.der()).as_bytes());
    bench.put("tsa.key", tsa.key_pem().as_bytes());
    bench.put("serial", b"01\n");
    bench.put(
        "tsa.cnf",
        b"[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n\
          digests=sha256,sha512\naccuracy=secs:1,millisecs:5\nordering=yes\ntsa_name=yes\n",
    );
    bench.put("data", b"data");
    bench.openssl("ts -query -data data -sha512 -cert -out question");
    bench.openssl(
        "ts -reply -config tsa.cnf -section t -queryfile question -signer tsa.pem -inkey tsa.key \
         -chain issuing.pem -out answer",
    );
    let request = TimeStampRequest::parse(&bench.get("question")).expect("reads");
    let (token, facts) = check_answer(&request, &bench.get("answer"), &[]).expect("sound");
    assert_eq!(facts.certificate, tsa.certificate);
    assert!(token.info().ordering && token.info().tsa.is_some());
    assert_eq!(token.info().accuracy.map(|a| (a.seconds, a.millis)), Some((1, 5)));
}

#[test]
fn openssl_understands_our_ocsp_responder() {
    let Some(bench) = Bench::new(CaKeys::Fresh) else { return };
    let seal = bench.seal(KeyChoice::Fresh);
    bench.put("seal.pem", to_pem("CERTIFICATE", seal.certificate.der()).as_bytes());
    bench.openssl("ocsp -issuer issuing.pem -cert seal.pem -reqout question");
    let question = OcspRequest::from_der(&bench.get("question")).expect("reads");
    assert!(question.nonce.is_some());
    let answer = |fault| {
        bench.put("answer", &bench.authority.answer_ocsp(&bench.get("question"), bench.now, fault));
        bench.try_openssl(
            "ocsp -no_nonce -attime @NOW -reqin question -respin answer -issuer issuing.pem -cert seal.pem -CAfile root.pem \
             -verify_other issuing.pem -validity_period 1000000000",
        )
    };
    let (fine, said) = answer(OcspFault::None);
    assert!(fine && said.contains("Response verify OK") && said.contains("seal.pem: good"), "{said}");
    bench.authority.revoke(&seal.certificate, bench.now, crate::x509::crl::Reason::KeyCompromise);
    let (_, said) = answer(OcspFault::None);
    assert!(said.contains("seal.pem: revoked") && said.contains("keyCompromise"), "{said}");
    for fault in [OcspFault::WrongSigner, OcspFault::BrokenSignature] {
        let (_, said) = answer(fault);
        assert!(!said.contains("Response verify OK"), "{fault:?}: {said}");
    }
    let asked = CertId::sha256(bench.authority.issuing(), seal.certificate.serial());
    let der = bench.authority.answer_ocsp(&OcspRequest::new(asked, None).to_der(), bench.now, OcspFault::TryLater);
    assert!(OcspResponse::from_der(&der).expect("reads").basic().is_none());
}
