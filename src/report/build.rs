//! From verdicts to the report contract.

use super::model::{
    ChangeReport, Covers, DocumentEntry, FileReport, PolicyName, Remark, RevocationReport, SignatureReport, Signer,
    Status, TimestampReport, VERIFY_SCHEMA, ValidationTime,
};
use crate::base::encoding::hex;
use crate::base::time::UnixTime;
use crate::policy::Roles;
use crate::validate::collected::Collected;
use crate::validate::conclusion::{Conclusion, Indication};
use crate::validate::crypto::Integrity;
use crate::validate::finding::Finding;
use crate::validate::original::{self, Originality};
use crate::validate::verdict::Verdict;

impl FileReport {
    /// A report without signatures yet: [`Status::NoSignature`].
    pub fn new(path: String, format: &'static str, at: (UnixTime, &'static str), policy: PolicyName) -> Self {
        FileReport {
            schema: VERIFY_SCHEMA,
            path,
            path_bytes: None,
            sha256: None,
            format,
            indication: Status::NoSignature,
            validation_time: ValidationTime { at: at.0.rfc3339(), source: at.1 },
            policy,
            documents: Vec::new(),
            package_signature: None,
            children: Vec::new(),
            signatures: Vec::new(),
            errors: Vec::new(),
            remarks: Vec::new(),
            findings: Vec::new(),
            existed_since: None,
            existed: None,
        }
    }

    /// Takes over the verdicts and lets the worst decide.
    pub fn set_signatures(&mut self, verdicts: &[Verdict]) {
        self.signatures = verdicts.iter().map(SignatureReport::from).collect();
        let worst = verdicts.iter().map(|v| v.conclusion).reduce(Conclusion::worse);
        self.indication = worst.map_or(Status::NoSignature, status);
    }

    /// Takes over the documents and what is wrong with the file as a whole, which can only make the verdict worse.
    /// `verdicts` are those of [`FileReport::set_signatures`].
    pub fn set_documents(&mut self, own_name: &str, collected: &Collected, verdicts: &[Verdict]) {
        self.sha256 = (!collected.sha256.is_empty()).then(|| hex(&collected.sha256));
        for document in &collected.documents {
            let covers = |v: &&Verdict| match &document.name {
                Some(name) => v.extent.names.contains(name),
                None => v.extent.whole_file,
            };
            self.documents.push(DocumentEntry {
                name: document.name.clone().unwrap_or_else(|| own_name.to_owned()),
                sha256: hex(&document.sha256),
                covered_by: verdicts.iter().filter(covers).map(|v| v.id.clone()).collect(),
            });
        }
        for (finding, sub) in &collected.breaches {
            self.push_finding(finding);
            let worse = status(Conclusion::Not(*sub));
            if self.indication == Status::TotalPassed || worse == Status::TotalFailed && !verdicts.is_empty() {
                self.indication = worse;
            }
        }
    }

    /// Says as what each signer signed. `verdicts` are those of [`FileReport::set_signatures`].
    pub fn set_roles(&mut self, verdicts: &[Verdict], roles: &Roles) {
        for (signature, verdict) in self.signatures.iter_mut().zip(verdicts) {
            let Some(known) = original::role_of(verdict, roles) else { continue };
            signature.role = Some(known.role.name().to_owned());
            if let Some(signer) = &mut signature.signer {
                signer.agency.clone_from(&known.agency);
            }
        }
    }

    /// A file that is no original does not pass.
    pub fn set_originality(&mut self, originality: &Originality) {
        let Some(finding) = originality.finding() else { return };
        self.push_finding(&finding);
        if self.indication == Status::TotalPassed {
            self.indication = Status::Indeterminate;
        }
    }

    /// Says since when the file is proven to exist by something outside it.
    pub fn set_existed(&mut self, time: Option<UnixTime>) {
        self.existed_since = time.map(UnixTime::rfc3339);
        self.existed = time;
    }

    /// A remark on the file as a whole that decides nothing.
    pub fn push_finding(&mut self, finding: &Finding) {
        self.findings.push((self.errors.len(), finding.clone()));
        self.errors.push(Remark { code: finding.code().to_owned(), text: finding.to_string() });
    }

    /// Says that the file could not be read, and why.
    pub fn set_unreadable(&mut self, code: &str, text: String) {
        self.indication = Status::Unreadable;
        self.errors.push(Remark { code: code.to_owned(), text });
    }
}

fn status(conclusion: Conclusion) -> Status {
    match conclusion.indication() {
        Indication::Passed => Status::TotalPassed,
        Indication::Indeterminate => Status::Indeterminate,
        Indication::Failed => Status::TotalFailed,
    }
}

impl From<&Verdict> for SignatureReport {
    fn from(v: &Verdict) -> Self {
        SignatureReport {
            id: v.id.clone(),
            kind: v.kind.name(),
            parent: v.parent.clone(),
            indication: status(v.conclusion),
            sub_indication: v.conclusion.sub_indication().map(|s| s.name()),
            integrity: match v.integrity {
                Integrity::Intact => "intact",
                Integrity::Broken => "broken",
                Integrity::Unknown => "unknown",
            },
            document: v.document.name(),
            trusted: v.trusted,
            level: v.level,
            role: None,
            signer: v.signer.as_ref().map(|c| Signer {
                subject: c.subject().to_string(),
                serial: hex(c.serial()),
                agency: None,
                issuer: c.issuer().to_string(),
            }),
            claimed_time: v.claimed_time.map(UnixTime::rfc3339),
            best_time: v.best_time.map(UnixTime::rfc3339),
            covers: Covers {
                revision: v.extent.revision,
                of: v.extent.of,
                whole_file: v.extent.whole_file,
                names: v.extent.names.clone(),
            },
            page: v.page,
            rect: v.rect,
            changes_after: v
                .changes
                .iter()
                .map(|c| ChangeReport {
                    kind: c.kind.clone(),
                    judged: c.judged.name(),
                    page: c.page,
                    rect: c.rect,
                    what: c.what.to_string(),
                    cause: c.what.clone(),
                })
                .collect(),
            digest: v.digest.map(|d| d.name()),
            algorithm: v.scheme.map(|s| s.name()),
            chain: v.chain.iter().map(|c| hex(c.sha256())).collect(),
            revocation: v
                .revocation
                .iter()
                .map(|f| RevocationReport {
                    certificate: hex(f.certificate.sha256()),
                    source: f.source.name(),
                    status: f.status.name(),
                    at: f.at.map(UnixTime::rfc3339),
                })
                .collect(),
            timestamps: v
                .timestamps
                .iter()
                .map(|t| TimestampReport {
                    kind: t.kind.name(),
                    gen_time: t.gen_time.map(UnixTime::rfc3339),
                    tsa: t.authority.as_ref().map(|c| c.subject().to_string()),
                    indication: match t.conclusion.indication() {
                        Indication::Passed => "PASSED",
                        Indication::Indeterminate => "INDETERMINATE",
                        Indication::Failed => "FAILED",
                    },
                    sub_indication: t.conclusion.sub_indication().map(|s| s.name()),
                })
                .collect(),
            warnings: v.findings.iter().map(|f| Remark { code: f.code().to_owned(), text: f.to_string() }).collect(),
            findings: v.findings.clone(),
        }
    }
}
