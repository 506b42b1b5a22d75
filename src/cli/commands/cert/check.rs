//! `congvan cert check LEAF`: RFC 5280 path validation with revocation, at one time.
//!
//! The certificate itself is judged, not a signature made with it: what is known to be wrong at the
//! validation time is FAILED, what is missing leaves the verdict INDETERMINATE.

use std::path::PathBuf;

use super::model::{CertReport, PathEntry, PolicyEntry, Remark, TimeEntry, policies};
use crate::algorithms::VerifyError;
use crate::base::encoding::hex;
use crate::base::oid::Oid;
use crate::base::time::UnixTime;
use crate::cli::args::TrustArgs;
use crate::cli::context::Context as Cli;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{SMALL_FILE, path_text, printable, read_small};
use crate::cli::texts::cert as texts;
use crate::cli::texts::errors::Code;
use crate::cli::texts::findings::cause;
use crate::cli::texts::{Text, verdicts};
use crate::cli::trust::{Trust, collector, policy, save};
use crate::net::Wanted;
use crate::path::{
    Anchors, AnyPolicy, Category, ExplicitPolicy, Links, PathError, PolicyMapping, PolicySet, Problem, Purpose,
    Settings,
};
use crate::policy::Policy;
use crate::proofs::Store;
use crate::revocation::{Found, Status, Usable};
use crate::validate::cause::Cause;
use crate::validate::certificate;
use crate::validate::{Inputs, RevocationChecks, constraints};
use crate::x509::Certificate;
use crate::x509::crl::Reason;

/// Arguments of `cert check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[arg(value_name = "LEAF")]
    leaf: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<String>,
    #[arg(long, value_name = "OID", num_args = 1.., value_parser = oid)]
    policy_oid: Vec<Oid>,
    #[arg(long)]
    explicit_policy: bool,
    #[arg(long)]
    inhibit_mapping: bool,
    #[arg(long)]
    inhibit_any: bool,
    #[arg(long, value_name = "PURPOSE", default_value = "any", value_parser = purpose)]
    purpose: Purpose,
}

fn oid(text: &str) -> Result<Oid, String> {
    Oid::parse(text).ok_or_else(|| "1.2.3".to_owned())
}

fn purpose(text: &str) -> Result<Purpose, String> {
    Purpose::parse(text).ok_or_else(|| Purpose::names().collect::<Vec<_>>().join(", "))
}

/// What was found out, before it becomes a report.
struct Judged {
    indication: Indication,
    sub: Option<&'static str>,
    path: Vec<PathEntry>,
    policies: Vec<String>,
    errors: Vec<(&'static str, Cause, Text)>,
    warnings: Vec<(&'static str, Cause)>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Indication {
    Passed,
    Indeterminate,
    Failed,
}

/// Validates the path of one certificate.
pub(crate) fn run(args: &Args, cli: &mut Cli) -> Result<Exit, CliError> {
    let (time, source) = args.trust.time()?;
    let trust = Trust::load(&args.trust, cli)?;
    let policy = policy(args.policy.as_deref(), cli)?;
    let bytes = read_small(&args.leaf, SMALL_FILE)?;
    let mut read = Certificate::from_pem_or_der(&bytes)
        .map_err(|e| CliError::new(Code::CertificateUnreadable).path("path", &args.leaf).with("cause", e))?
        .into_iter();
    let Some(leaf) = read.next() else {
        return Err(CliError::new(Code::CertificateUnreadable).path("path", &args.leaf).with("cause", "—"));
    };
    let mut store = Store::new();
    for certificate in read.chain(trust.untrusted.iter().cloned()) {
        store.add_certificate(certificate);
    }
    for crl in &trust.crls {
        store.add_crl(crl.clone());
    }
    for response in &trust.ocsp {
        store.add_ocsp(response.clone());
    }
    let anchors = match args.purpose {
        Purpose::TimeStamping => &trust.tsa_anchors,
        _ => &trust.signer_anchors,
    };
    let settings = Settings {
        policies: if args.policy_oid.is_empty() { PolicySet::Any } else { PolicySet::of(args.policy_oid.clone()) },
        explicit_policy: if args.explicit_policy { ExplicitPolicy::Require } else { ExplicitPolicy::AsCertificatesSay },
        policy_mapping: if args.inhibit_mapping { PolicyMapping::Inhibit } else { PolicyMapping::Allow },
        any_policy: if args.inhibit_any { AnyPolicy::Inhibit } else { AnyPolicy::Allow },
        ..Settings::new(time, args.purpose)
    };
    let question = Question { leaf, time, settings, policy, revocation: trust.revocation, links: Links::new() };
    // Proofs fetched today say nothing about another day, and are named by none of its rules.
    if !args.trust.proof.offline && source == "clock" && trust.revocation == RevocationChecks::On {
        let wanted = Wanted {
            certificates: std::slice::from_ref(&question.leaf),
            anchors,
            settings: &question.settings,
            links: &question.links,
            usable: question.usable(),
            unknown_signer: question.policy.revocation.unknown_signer,
        };
        let collector = collector(cli)?;
        for failure in collector.collect(&wanted, &mut store) {
            let url = printable(failure.request.url());
            cli.note(texts::MISSED, &[("url", &url), ("why", &failure.error)]);
        }
    }
    let judged = question.judge(&store, anchors);
    if let Some(folder) = &args.trust.save_proofs {
        save(&store, folder)?;
    }
    let report = CertReport {
        schema: "congvan.cert/1",
        file: path_text(&args.leaf),
        indication: judged.indication.name(),
        sub_indication: judged.sub,
        validation_time: TimeEntry { at: time.rfc3339(), source },
        policy: PolicyEntry { name: question.policy.name.clone(), sha256: hex(&question.policy.sha256) },
        purpose: args.purpose.name(),
        path: judged.path,
        policies: judged.policies,
        errors: judged.errors.iter().map(|(code, why, _)| Remark { code, text: cause(why, cli.lang) }).collect(),
        warnings: judged.warnings.iter().map(|(code, why)| Remark { code, text: cause(why, cli.lang) }).collect(),
    };
    if cli.json {
        cli.out.json(&report)?;
    } else {
        print(&report, &judged.errors, cli)?;
    }
    Ok(match judged.indication {
        Indication::Passed => Exit::Done,
        Indication::Indeterminate => Exit::Indeterminate,
        Indication::Failed => Exit::Failed,
    })
}

impl Indication {
    fn name(self) -> &'static str {
        match self {
            Indication::Passed => "PASSED",
            Indication::Indeterminate => "INDETERMINATE",
            Indication::Failed => "FAILED",
        }
    }
}

struct Question {
    leaf: Certificate,
    time: UnixTime,
    settings: Settings,
    policy: Policy,
    revocation: RevocationChecks,
    links: Links,
}

impl Question {
    fn usable(&self) -> Usable {
        Usable::Current { max_age_s: self.policy.revocation.freshness.max_age_s() }
    }

    fn judge(&self, store: &Store, anchors: &Anchors) -> Judged {
        let inputs = Inputs {
            now: self.time,
            signer_anchors: anchors,
            tsa_anchors: anchors,
            pool: store.pool(),
            evidence: store.evidence(),
            links: &self.links,
            policy: &self.policy,
            revocation: self.revocation,
        };
        match certificate::find(&self.leaf, &self.settings, self.time, anchors, &inputs) {
            Ok(found) => self.judge_path(&found),
            Err(error) => no_path(&error),
        }
    }

    fn judge_path(&self, found: &Found) -> Judged {
        let Found { path, status, unknown } = found;
        let anchor = path.anchor.certificate();
        let mut judged = Judged {
            indication: Indication::Passed,
            sub: None,
            path: path
                .chain
                .iter()
                .enumerate()
                .map(|(at, c)| PathEntry::new(c, anchor == Some(c), status.certificates.get(at)))
                .collect(),
            policies: policies(&path.policies),
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        if let Some(anchor) = anchor.filter(|a| path.chain.last() != Some(*a)) {
            judged.path.push(PathEntry::new(anchor, true, None));
        }
        for dismissed in status.certificates.iter().flat_map(|c| &c.dismissed) {
            judged.warnings.push(("PROOF_NOT_USED", Cause::not_used(dismissed)));
        }
        let subject = |at: usize| path.chain.get(at).map(|c| c.subject().to_string()).unwrap_or_default();
        if let Some((at, finding)) = status.revoked_at(self.time) {
            let Status::Revoked { at: when, reason } = finding.status else { return judged };
            let why = Cause::revoked(&subject(at), when, reason, finding.source.name());
            let hold = reason == Some(Reason::CertificateHold);
            let (indication, sub) = match (at, hold) {
                (0, true) => (Indication::Indeterminate, "TRY_LATER"),
                (0, false) => (Indication::Failed, "REVOKED_NO_POE"),
                _ => (Indication::Failed, "REVOKED_CA_NO_POE"),
            };
            judged.conclude(indication, sub, why, texts::REVOKED);
        } else if let Some(at) = *unknown {
            let why = Cause::status_unknown(&subject(at));
            judged.conclude(Indication::Indeterminate, "TRY_LATER", why, texts::STATUS_UNKNOWN);
        } else if let Some((at, weak)) = constraints::chain_weakness(path, self.time, &self.policy) {
            let sub = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE";
            judged.conclude(Indication::Indeterminate, sub, Cause::weak(&weak, subject(at)), texts::WEAK);
        }
        if self.revocation == RevocationChecks::Off {
            let why = Cause::new("revocation-not-looked-at", Vec::new(), "revocation was not looked at");
            judged.warnings.push(("REVOCATION_NOT_CHECKED", why));
        }
        judged
    }
}

impl Judged {
    fn conclude(&mut self, indication: Indication, sub: &'static str, why: Cause, say: Text) {
        self.indication = indication;
        self.sub = Some(sub);
        self.errors.push((sub, why, say));
    }
}

fn no_path(error: &PathError) -> Judged {
    let anchor = error.anchor.as_ref().and_then(|a| a.certificate());
    let mut entries: Vec<PathEntry> = error.chain.iter().map(|c| PathEntry::new(c, false, None)).collect();
    entries.extend(anchor.filter(|a| error.chain.last() != Some(*a)).map(|a| PathEntry::new(a, true, None)));
    let mut judged = Judged {
        indication: Indication::Failed,
        sub: None,
        path: entries,
        policies: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let (indication, sub) = match (&error.problem, error.category()) {
        // The issuer the certificate names is at hand and trusted, and did not sign it.
        (Problem::Signature(VerifyError::Invalid), _) if error.anchor.is_some() => {
            (Indication::Failed, "CERTIFICATE_CHAIN_GENERAL_FAILURE")
        }
        (_, Category::NoChain) => (Indication::Indeterminate, "NO_CERTIFICATE_CHAIN_FOUND"),
        (_, Category::LeafOutOfBounds) => (Indication::Failed, "OUT_OF_BOUNDS_NO_POE"),
        (_, Category::Constraints) => (Indication::Failed, "CHAIN_CONSTRAINTS_FAILURE"),
        (_, Category::General) => (Indication::Failed, "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    };
    judged.conclude(indication, sub, error.into(), texts::of(&error.problem));
    judged
}

fn print(report: &CertReport, errors: &[(&'static str, Cause, Text)], cli: &mut Cli) -> Result<(), CliError> {
    let lang = cli.lang;
    cli.out.line(&format!("{:<13} {}", report.indication, report.file))?;
    for (code, why, say) in errors {
        cli.out.line(&format!("    {code}: {}", say.get(lang)))?;
        cli.out.line(&format!("      {}", printable(&cause(why, lang))))?;
        if let Some(entry) = verdicts::find(code) {
            cli.out.line(&format!("      {}", entry.todo.get(lang)))?;
        }
    }
    for (at, entry) in report.path.iter().enumerate() {
        let label = if entry.anchor { texts::ANCHOR.get(lang).to_owned() } else { format!("{at}") };
        cli.out.line(&format!("    {label}: {}", printable(&entry.subject)))?;
        let line = texts::VALIDITY.fill(lang, &[("from", &entry.not_before), ("to", &entry.not_after)]);
        cli.out.line(&format!("       {line}"))?;
        if let Some(revocation) = &entry.revocation {
            let source = revocation.source.unwrap_or("—");
            let time = revocation.at.as_ref().or(revocation.this_update.as_ref());
            let time = time.map_or("—", String::as_str);
            let status = match revocation.status {
                "good" => texts::STATUS_GOOD,
                "revoked" => texts::STATUS_REVOKED,
                _ => texts::STATUS_NOT_KNOWN,
            };
            let line = status.fill(lang, &[("source", &source), ("time", &time)]);
            cli.out.line(&format!("       {line}"))?;
        }
    }
    if !report.policies.is_empty() {
        let line = texts::POLICIES.fill(lang, &[("list", &report.policies.join(", "))]);
        cli.out.line(&format!("    {line}"))?;
    }
    Ok(())
}
