//! Published and openssl-made signature values through both ways of verifying: ring first, and over a digest.

use super::{DigestAlgorithm, SignatureScheme, VerifyError};
use crate::base::encoding::{from_base64, from_hex};
use std::path::PathBuf;

fn vectors(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors").join(name)
}

fn both_ways(scheme: SignatureScheme, spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let whole = scheme.verify(spki, message, signature);
    if scheme != SignatureScheme::Ed25519 {
        let digest = scheme.digest().digest(message);
        assert_eq!(scheme.verify_digest(spki, &digest, signature), whole, "the two ways differ under {scheme:?}");
    }
    whole
}

fn digest(name: &str) -> DigestAlgorithm {
    let name = name.to_ascii_lowercase();
    let name = if name.starts_with("sha3") { name } else { name.replace('-', "") };
    DigestAlgorithm::from_name(&name).expect("a known digest")
}

#[test]
fn wycheproof_outcomes_hold() {
    let mut seen = 0;
    for entry in std::fs::read_dir(vectors("wycheproof")).expect("the vectors") {
        let path = entry.expect("readable").path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let file: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("readable")).expect("JSON");
        for group in file["groups"].as_array().expect("groups") {
            let sha = || digest(group["sha"].as_str().expect("a digest"));
            let scheme = match file["algorithm"].as_str().expect("an algorithm") {
                "ECDSA" => SignatureScheme::Ecdsa(sha()),
                "EDDSA" => SignatureScheme::Ed25519,
                "RSASSA-PKCS1-v1_5" => SignatureScheme::RsaPkcs1v15(sha()),
                "RSASSA-PSS" => SignatureScheme::RsaPss {
                    digest: sha(),
                    mgf_digest: digest(group["mgfSha"].as_str().expect("a mask digest")),
                    salt_len: usize::try_from(group["sLen"].as_u64().expect("a salt")).expect("small"),
                },
                other => panic!("{other}"),
            };
            let key = from_hex(group["key"].as_str().expect("a key")).expect("hex");
            for test in group["tests"].as_array().expect("tests") {
                let octets = |at: usize| from_hex(test[at].as_str().expect("text")).expect("hex");
                let got = both_ways(scheme, &key, &octets(1), &octets(2));
                match test[3].as_str().expect("an outcome") {
                    "valid" => assert_eq!(got, Ok(()), "{} {}", path.display(), test[0]),
                    "invalid" => assert_eq!(got, Err(VerifyError::Invalid), "{} {}", path.display(), test[0]),
                    _ => {}
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 300, "only {seen} vectors were found");
}

#[test]
fn openssl_values_verify_and_tampered_ones_do_not() {
    let text = std::fs::read_to_string(vectors("signatures/openssl.tsv")).expect("the vectors");
    let mut seen = 0;
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let words: Vec<&str> = fields[0].split(' ').collect();
        let scheme = match words[..] {
            ["rsa", d] => SignatureScheme::RsaPkcs1v15(digest(d)),
            ["ecdsa", d] => SignatureScheme::Ecdsa(digest(d)),
            ["dsa", d] => SignatureScheme::Dsa(digest(d)),
            ["pss", d, m, salt] => SignatureScheme::RsaPss {
                digest: digest(d),
                mgf_digest: digest(m),
                salt_len: salt.parse().expect("a number"),
            },
            _ => panic!("{line}"),
        };
        let octets = |at: usize| from_base64(fields[at]).expect("base64");
        let (key, mut message, mut value) = (octets(1), octets(2), octets(3));
        assert_eq!(both_ways(scheme, &key, &message, &value), Ok(()), "{}", fields[0]);
        let last = value.len() - 1;
        value[last] ^= 1;
        assert_eq!(both_ways(scheme, &key, &message, &value), Err(VerifyError::Invalid), "{}", fields[0]);
        value[last] ^= 1;
        message[0] ^= 1;
        assert_eq!(both_ways(scheme, &key, &message, &value), Err(VerifyError::Invalid), "{}", fields[0]);
        seen += 1;
    }
    assert!(seen > 60, "only {seen} vectors were found");
}

#[test]
fn one_bit_more_of_salt_or_another_mask_is_invalid() {
    let text = std::fs::read_to_string(vectors("signatures/openssl.tsv")).expect("the vectors");
    let line = text.lines().find(|l| l.starts_with("pss sha256 sha384 7\t")).expect("the vector");
    let fields: Vec<Vec<u8>> = line.split('\t').skip(1).map(|f| from_base64(f).expect("base64")).collect();
    let scheme =
        |mgf_digest, salt_len| SignatureScheme::RsaPss { digest: DigestAlgorithm::Sha256, mgf_digest, salt_len };
    let verify = |s: SignatureScheme| s.verify(&fields[0], &fields[1], &fields[2]);
    assert_eq!(verify(scheme(DigestAlgorithm::Sha384, 7)), Ok(()));
    assert_eq!(verify(scheme(DigestAlgorithm::Sha384, 8)), Err(VerifyError::Invalid));
    assert_eq!(verify(scheme(DigestAlgorithm::Sha384, usize::MAX)), Err(VerifyError::Invalid));
    assert_eq!(verify(scheme(DigestAlgorithm::Sha256, 7)), Err(VerifyError::Invalid));
    assert_eq!(verify(SignatureScheme::Ed25519), Err(VerifyError::Key));
}
