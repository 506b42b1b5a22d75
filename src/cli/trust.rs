//! Anchors, intermediates and revocation data named on the command line or in the configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::TrustArgs;
use super::context::Context;
use super::environment;
use super::error::CliError;
use super::files::{Existing, SMALL_FILE, read_small, walk, write_whole};
use super::texts::errors::Code;
use crate::authority::is_test_anchor;
use crate::net::{Cache, Collector, FetchSettings, Fetcher};
use crate::path::Anchors;
use crate::policy::{MAX_ROLES, Policy, Roles};
use crate::proofs::Store;
use crate::validate::RevocationChecks;
use crate::x509::{Certificate, Crl, OcspResponse};

/// What the user gave to judge with.
pub(crate) struct Trust {
    /// Anchors for signers.
    pub(crate) signer_anchors: Anchors,
    /// Anchors for time-stamping authorities.
    pub(crate) tsa_anchors: Anchors,
    /// Certificates of unknown worth.
    pub(crate) untrusted: Vec<Certificate>,
    /// CRLs of unknown worth.
    pub(crate) crls: Vec<Crl>,
    /// OCSP answers of unknown worth.
    pub(crate) ocsp: Vec<OcspResponse>,
    /// Whether revocation is looked at.
    pub(crate) revocation: RevocationChecks,
}

impl Trust {
    /// Trusts nobody and looks nothing up: for asking whether signatures are intact.
    pub(crate) fn none() -> Self {
        Trust {
            signer_anchors: Anchors::default(),
            tsa_anchors: Anchors::default(),
            untrusted: Vec::new(),
            crls: Vec::new(),
            ocsp: Vec::new(),
            revocation: RevocationChecks::Off,
        }
    }

    /// Reads every file and folder named; anchors of the configuration count when no `--anchor` is given.
    ///
    /// # Errors
    /// [`Code::CertificateUnreadable`], [`Code::RevocationUnreadable`], [`Code::TestAnchor`], or why a file cannot
    /// be read.
    pub(crate) fn load(args: &TrustArgs, context: &Context) -> Result<Trust, CliError> {
        let configured = if args.anchor.is_empty() { &context.config.anchors } else { &args.anchor };
        let anchors = anchors(configured)?;
        let tsa =
            if args.proof.tsa_anchor.is_empty() { anchors.clone() } else { self::anchors(&args.proof.tsa_anchor)? };
        let mut crls = crls(&args.proof.crl)?;
        let mut ocsp = Vec::new();
        for path in files(&args.proof.ocsp)? {
            let bytes = read_small(&path, SMALL_FILE)?;
            let read = OcspResponse::from_pem_or_der(&bytes);
            ocsp.extend(read.map_err(|e| unreadable(Code::RevocationUnreadable, &path, &e))?);
        }
        let mut untrusted = certificates(&args.proof.untrusted)?;
        if let Some(folder) = &args.proof.proofs {
            let mut kept = Store::new();
            for path in files(std::slice::from_ref(folder))? {
                // A folder of proofs may hold a note beside them; what is no proof is passed over.
                let _other = kept.add_bytes(&read_small(&path, LARGEST_CRL)?);
            }
            untrusted.extend(kept.pool().all().iter().cloned());
            crls.extend(kept.evidence().crls().iter().cloned());
            ocsp.extend(kept.evidence().ocsp().iter().cloned());
        }
        Ok(Trust {
            signer_anchors: Anchors::from_certificates(anchors),
            tsa_anchors: Anchors::from_certificates(tsa),
            untrusted,
            crls,
            ocsp,
            revocation: if args.no_revocation { RevocationChecks::Off } else { RevocationChecks::On },
        })
    }
}

/// CRLs of a large CA run to tens of megabytes.
const LARGEST_CRL: u64 = 256 << 20;

/// What asks for missing proofs, by the configuration: its bounds, where to ask instead of named hosts, and what was
/// fetched before and has not run out (a cache that cannot be opened is as good as none).
///
/// # Errors
/// [`Code::ConfigInvalid`] for a mapping of hosts that is none.
pub(crate) fn collector(context: &Context) -> Result<Collector, CliError> {
    let bounds = fetch_settings(&context.config.fetch_hosts)?;
    let collector = Collector::new(Arc::new(Fetcher::new(bounds)));
    let folder = context.config.cache.clone().or_else(|| Some(environment::state_folder()?.join("fetched")));
    Ok(match folder.and_then(|folder| Cache::open(&folder).ok()) {
        Some(cache) => collector.with_cache(cache),
        None => collector,
    })
}

/// The usual bounds of fetching, asking other places instead of these hosts (`HOST=URL`).
///
/// # Errors
/// [`Code::ConfigInvalid`] for a mapping that is none.
pub(crate) fn fetch_settings(hosts: &[String]) -> Result<FetchSettings, CliError> {
    let mut bounds = FetchSettings::default();
    for text in hosts {
        if !bounds.map_host(text) {
            let cause = format!("fetch_hosts: {text}");
            return Err(CliError::new(Code::ConfigInvalid).with("path", "congvan.toml").with("cause", cause));
        }
    }
    Ok(bounds)
}

/// Writes proofs into a folder, under names made of the SHA-256: what is there already is the same.
///
/// # Errors
/// Why a file cannot be written.
pub(crate) fn save(store: &Store, folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|e| CliError::writing(folder, &e))?;
    for (name, bytes) in store.files() {
        let path = folder.join(name);
        if !path.exists() {
            write_whole(&path, bytes, Existing::Replace, &[])?;
        }
    }
    Ok(())
}

/// The policy by name or file, the configuration's, then `strict`; with who signs as what by the file of roles named,
/// or the configuration's, before what the policy itself says.
///
/// # Errors
/// [`Code::PolicyInvalid`], [`Code::RolesInvalid`], or why a file cannot be read.
pub(crate) fn policy_with_roles(
    named: Option<&str>,
    roles: Option<&Path>,
    context: &Context,
) -> Result<Policy, CliError> {
    let mut policy = policy_alone(named, context)?;
    if let Some(path) = roles.or(context.config.roles.as_deref()) {
        let bytes = read_small(path, u64::try_from(MAX_ROLES).unwrap_or(SMALL_FILE))?;
        let read = Roles::from_toml(&bytes);
        let read = read.map_err(|e| CliError::new(Code::RolesInvalid).path("path", path).with("cause", e))?;
        policy.roles = read.and(policy.roles);
    }
    Ok(policy)
}

/// [`policy_with_roles`] with those of the configuration.
///
/// # Errors
/// The same.
pub(crate) fn policy(named: Option<&str>, context: &Context) -> Result<Policy, CliError> {
    policy_with_roles(named, None, context)
}

fn policy_alone(named: Option<&str>, context: &Context) -> Result<Policy, CliError> {
    let Some(name) = named.or(context.config.policy.as_deref()) else { return Ok(Policy::strict()) };
    if let Some(policy) = Policy::built_in(name) {
        return Ok(policy);
    }
    let path = Path::new(name);
    let bytes = read_small(path, SMALL_FILE)?;
    Policy::from_toml(&bytes).map_err(|e| CliError::new(Code::PolicyInvalid).path("path", path).with("cause", e))
}

/// Every certificate in the files and folders named, in order.
///
/// # Errors
/// [`Code::CertificateUnreadable`] or why a file cannot be read.
pub(crate) fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, CliError> {
    let mut found = Vec::new();
    for path in files(paths)? {
        let bytes = read_small(&path, SMALL_FILE)?;
        let read = Certificate::from_pem_or_der(&bytes);
        found.extend(read.map_err(|e| unreadable(Code::CertificateUnreadable, &path, &e))?);
    }
    Ok(found)
}

/// Every revocation list in the files and folders named.
///
/// # Errors
/// [`Code::RevocationUnreadable`] or why a file cannot be read.
pub(crate) fn crls(paths: &[PathBuf]) -> Result<Vec<Crl>, CliError> {
    let mut found = Vec::new();
    for path in files(paths)? {
        let bytes = read_small(&path, LARGEST_CRL)?;
        found.extend(Crl::from_pem_or_der(&bytes).map_err(|e| unreadable(Code::RevocationUnreadable, &path, &e))?);
    }
    Ok(found)
}

pub(crate) fn anchors(paths: &[PathBuf]) -> Result<Vec<Certificate>, CliError> {
    let found = certificates(paths)?;
    match found.iter().find(|c| is_test_anchor(c)) {
        Some(test) => Err(CliError::new(Code::TestAnchor).with("subject", test.subject())),
        None => Ok(found),
    }
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    Ok(walk(paths)?.into_iter().map(|f| f.path).collect())
}

fn unreadable(code: Code, path: &Path, cause: &dyn std::fmt::Display) -> CliError {
    CliError::new(code).path("path", path).with("cause", cause)
}
