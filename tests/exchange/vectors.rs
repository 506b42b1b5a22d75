//! Every vector of every version, read by this program; what this program makes, read by an independent one.

use std::path::{Path, PathBuf};
use std::process::Command;

use congvan::base::encoding::base64;
use congvan::base::time::UnixTime;
use congvan::exchange::chain::Chain;
use congvan::exchange::directory::Agency;
use congvan::exchange::envelope::Envelope;
use congvan::exchange::evidence::{Ack, Evidence, Receipt};
use congvan::exchange::id::Sha256;
use congvan::exchange::log::leaf::{Leaf, leaf_hash};
use congvan::exchange::log::note::{NoteError, NoteVerifier};
use congvan::exchange::message::{MessageError, Object};
use congvan::exchange::problem::Code;
use congvan::exchange::seal;
use congvan::exchange::statement::{BusinessStatus, Recall};
use congvan::exchange::trust::Trust;
use congvan::path::Purpose;
use congvan::x509::Certificate;
use serde_json::Value;

use crate::support::{Kind, World, code, outgoing};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Why a vector is wrong, in the words of vectors.json.
fn reason(error: &MessageError) -> &'static str {
    match error {
        MessageError::NotCanonical { .. } | MessageError::NotAnObject | MessageError::TooComplex => "not-canonical",
        MessageError::Missing { .. } => "missing-field",
        MessageError::Unknown { .. } => "unknown-field",
        MessageError::Schema { .. } => "wrong-schema",
        MessageError::Value { field, .. } if field == "leaf" => "leaf-mismatch",
        _ => "bad-value",
    }
}

struct Case<'a> {
    folder: &'a Path,
    case: &'a Value,
}

impl Case<'_> {
    fn text(&self, name: &str) -> &str {
        self.case[name].as_str().unwrap_or_else(|| panic!("{} has no {name}", self.case["name"]))
    }

    fn octets(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(self.text(name))).expect("a file")
    }

    fn run(&self) -> Result<(), &'static str> {
        let read = |error: MessageError| reason(&error);
        match self.text("kind") {
            "canonical" => Object::from_bytes(&self.octets("file")).map(|_| ()).map_err(read),
            "envelope" => {
                Envelope::from_bytes(&self.octets("file")).map_err(read)?;
                self.signed()
            }
            "ack" => {
                Ack::from_bytes(&self.octets("file")).map_err(read)?;
                self.signed()
            }
            "recall" => {
                Recall::from_bytes(&self.octets("file")).map_err(read)?;
                self.signed()
            }
            "business-status" => {
                BusinessStatus::from_bytes(&self.octets("file")).map_err(read)?;
                self.signed()
            }
            "leaf" => {
                let leaf = self.octets("file");
                Leaf::from_bytes(&leaf).map_err(read)?;
                if leaf_hash(&leaf).to_string() == self.text("leaf_hash") { Ok(()) } else { Err("digest") }
            }
            "receipt" => self.receipt(&self.octets("file")).map(|_| ()),
            "chain" => {
                let mut chain = Chain::default();
                for name in self.case["files"].as_array().expect("files") {
                    let octets = std::fs::read(self.folder.join(name.as_str().expect("a name"))).expect("a file");
                    let (receipt, evidence) = self.receipt(&octets)?;
                    chain.add(&receipt.evidence, &evidence).map_err(|_| "chain")?;
                }
                Ok(())
            }
            "note" => {
                let verifier = NoteVerifier::parse(self.text("vkey")).map_err(|_| "bad-value")?;
                let note = String::from_utf8(self.octets("file")).expect("text");
                let text = verifier.open(&note).map_err(|error| match error {
                    NoteError::Signature(_) | NoteError::Unsigned(_) => "signature",
                    _ => "bad-value",
                })?;
                Agency::from_entry(text.trim_end_matches('\n').as_bytes()).map(|_| ()).map_err(read)
            }
            "problem" => problem(&self.octets("file")),
            other => panic!("the kind {other} is not known"),
        }
    }

    fn signed(&self) -> Result<(), &'static str> {
        let octets = self.octets("file");
        if Sha256::of(&octets).to_string() != self.text("sha256") {
            return Err("digest");
        }
        self.verify(&octets, &self.octets("signature")).map(|_| ())
    }

    fn verify(&self, octets: &[u8], signature: &[u8]) -> Result<Sha256, &'static str> {
        let verified = seal::verify(octets, signature).map_err(|_| "signature")?;
        let anchors = Certificate::from_pem_or_der(&self.octets("root")).expect("a root");
        let now = UnixTime::parse_rfc3339("2026-03-05T04:00:00Z").expect("a time");
        Trust::new(anchors, Vec::new())
            .check(&verified.certificate, &verified.others, Purpose::DocumentSigning, now)
            .map_err(|_| "untrusted")?;
        Ok(verified.sha256())
    }

    fn receipt(&self, octets: &[u8]) -> Result<(Receipt, Evidence), &'static str> {
        let (receipt, evidence) = Receipt::from_bytes(octets).map_err(|error| reason(&error))?;
        let signer = self.verify(&receipt.evidence, &receipt.signature)?;
        if signer == evidence.issuer_certificate { Ok((receipt, evidence)) } else { Err("issuer-mismatch") }
    }
}

fn problem(octets: &[u8]) -> Result<(), &'static str> {
    let value: Value = serde_json::from_slice(octets).expect("JSON");
    for member in ["type", "title", "status", "code", "retry"] {
        value.get(member).ok_or("missing-field")?;
    }
    if value["retry"] == "after" && value.get("retry_after_s").is_none() {
        return Err("missing-field");
    }
    let code = Code::parse(value["code"].as_str().unwrap_or("")).ok_or("bad-value")?;
    if value["status"] == u64::from(code.status()) { Ok(()) } else { Err("bad-value") }
}

#[test]
fn every_vector_of_every_version_comes_out_as_written() {
    let folder = root().join("fixtures/vectors/exchange");
    let mut count = 0;
    let mut wrong = Vec::new();
    for version in std::fs::read_dir(&folder).expect("vectors") {
        let version = version.expect("an entry").path();
        let Ok(text) = std::fs::read_to_string(version.join("vectors.json")) else { continue };
        for case in serde_json::from_str::<Vec<Value>>(&text).expect("JSON") {
            count += 1;
            let found = Case { folder: &version, case: &case }.run().err().unwrap_or("valid");
            let wanted = case["reason"].as_str().unwrap_or("valid");
            if found != wanted {
                wrong.push(format!("{}: {found}, not {wanted}", case["name"]));
            }
        }
    }
    assert!(count >= 100, "{count} vectors");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_both_ends_make_is_believed_by_an_independent_reader() {
    let has = |program: &str| Command::new(program).arg("--help").output().is_ok();
    if !has("python3") || !has("openssl") {
        eprintln!("passed over: python3 or openssl is not installed");
        return;
    }
    let world = World::new(Kind::Memory);
    let (sender, recipient) = (world.client("H45.01"), world.client("H45.02"));
    let to = [code("H45.02"), code("H45.03")];
    let pushed = sender.push(&outgoing(&world.package(900), &to), &|_| {}).expect("pushed");
    let pulled = recipient.pull(&world.folder.path().join("in"), None).expect("pulled").taken.remove(0);
    let folder = world.folder.path().join("vectors");
    std::fs::create_dir(&folder).expect("a folder");
    let put = |name: &str, octets: &[u8]| std::fs::write(folder.join(name), octets).expect("writes");
    let root_pem = congvan::base::encoding::to_pem("CERTIFICATE", world.authority.root().der());
    put("root.pem", root_pem.as_bytes());
    let mut cases = Vec::new();
    for (kind, name) in [("envelope", "envelope"), ("ack", "ack")] {
        for ending in ["json", "p7s"] {
            let file = format!("{name}.{ending}");
            put(&file, &std::fs::read(pulled.folder.join(&file)).expect("kept"));
        }
        cases.push(serde_json::json!({"name": name, "kind": kind, "verdict": "valid", "file": format!("{name}.json"),
            "signature": format!("{name}.p7s"), "root": "root.pem"}));
    }
    let evidence = sender.status(pushed.delivery).expect("status").evidence;
    let files: Vec<String> = (0..evidence.len()).map(|n| format!("receipt-{n}.json")).collect();
    for (file, (receipt, _)) in files.iter().zip(&evidence) {
        put(file, receipt);
    }
    cases.push(
        serde_json::json!({"name": "chain", "kind": "chain", "verdict": "valid", "files": files, "root": "root.pem"}),
    );
    let raw = world.raw(&world.members["H45.01"].tls);
    put("note.txt", &raw.get("/v1/agencies/H45.02").body);
    let vkey = raw.get("/.well-known/agency-exchange").json()["directory_vkey"].clone();
    cases.push(
        serde_json::json!({"name": "note", "kind": "note", "verdict": "valid", "file": "note.txt", "vkey": vkey}),
    );
    let refused = raw.put(
        &format!("/v1/deliveries/{}", pushed.delivery),
        &serde_json::json!({"envelope": base64(b"{}"), "signature": ""}),
    );
    put("problem.json", &refused.body);
    cases.push(serde_json::json!({"name": "problem", "kind": "problem", "verdict": "valid", "file": "problem.json"}));
    put("vectors.json", serde_json::to_string(&cases).expect("prints").as_bytes());
    let checked =
        Command::new("python3").arg(root().join("scripts/check-vectors.py")).arg(&folder).output().expect("runs");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    assert!(said.contains("5 vectors, 0 not as expected"), "{said}");
}
