//! Argument groups shared by verbs, flattened into each verb's `Args`.
//!
//! No help text stands here: `help.rs` fills it in from the text table, in the reader's language.

use std::path::{Path, PathBuf};

use clap::Args;

use super::clock;
use super::error::CliError;
use super::texts::{Lang, errors::Code};
use crate::base::time::UnixTime;

/// Flags of every verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true, value_enum, hide_possible_values = true, value_name = "vi|en")]
    pub(crate) lang: Option<Lang>,
    #[arg(long, short = 'q', global = true)]
    pub(crate) quiet: bool,
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

/// The private key and its certificates.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeyArgs {
    /// A PKCS#8 or PKCS#12 file, a `pkcs11:` URI or a PKCS #11 library; the profile's key when not given.
    #[arg(long, value_name = "REF")]
    pub(crate) key: Option<PathBuf>,
    /// Signer first, then its chain.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) cert: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    #[command(flatten)]
    pub(crate) token: TokenArgs,
}

/// The token a key is on, where its PIN comes from, and how long it may think.
#[derive(Args, Clone, Debug)]
pub(crate) struct TokenArgs {
    #[arg(long, value_name = "PATH")]
    pub(crate) pkcs11_module: Option<PathBuf>,
    #[arg(long, value_name = "N", conflicts_with = "pin_file")]
    pub(crate) pin_fd: Option<u32>,
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) allow_last_try: bool,
    #[arg(long, value_name = "SECONDS", default_value_t = 120, hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(crate) token_timeout: u64,
}

impl Default for TokenArgs {
    fn default() -> Self {
        TokenArgs { pkcs11_module: None, pin_fd: None, pin_file: None, allow_last_try: false, token_timeout: 120 }
    }
}

/// Where a passphrase comes from; never the argument itself.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PassphraseArgs {
    #[arg(long, value_name = "N", conflicts_with = "passphrase_file")]
    pub(crate) passphrase_fd: Option<u32>,
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// The time-stamping services to ask, in order.
#[derive(Args, Clone, Debug)]
pub(crate) struct TsaArgs {
    #[arg(long, value_name = "URL", num_args = 1..)]
    pub(crate) tsa: Vec<String>,
}

/// What judging may use beside the anchors for signers, and whether anybody is asked.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ProofArgs {
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) tsa_anchor: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) untrusted: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) crl: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) ocsp: Vec<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub(crate) proofs: Option<PathBuf>,
    #[arg(long)]
    pub(crate) offline: bool,
}

/// What signing at the long-term levels and the checks around signing look at.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SigningProofArgs {
    /// `--anchor` of `sign` is a place on the page.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) trust_anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
    #[arg(long)]
    pub(crate) require_revocation: bool,
}

impl SigningProofArgs {
    /// The same as trust for validating at the current time.
    pub(crate) fn as_trust(&self) -> TrustArgs {
        TrustArgs { anchor: self.trust_anchor.clone(), proof: self.proof.clone(), ..TrustArgs::default() }
    }
}

/// Trust and proofs for extending, which happens now.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ExtendingProofArgs {
    #[arg(long, value_name = "FILE", num_args = 1..)]
    anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
}

impl ExtendingProofArgs {
    /// The same as trust for validating at the current time.
    pub(crate) fn as_trust(&self) -> TrustArgs {
        TrustArgs { anchor: self.anchor.clone(), proof: self.proof.clone(), ..TrustArgs::default() }
    }
}

/// How far up the ladder of EN 319 142-1 6.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, clap::ValueEnum)]
pub(crate) enum Level {
    /// Signed attributes only.
    B,
    /// With a time-stamp over the signature value.
    T,
    /// With everything a later validation needs.
    Lt,
    /// With a time-stamp over all of that.
    Lta,
}

impl Level {
    /// The name in reports for PDF signatures.
    pub(crate) fn pades(self) -> &'static str {
        match self {
            Level::B => "PAdES-B-B",
            Level::T => "PAdES-B-T",
            Level::Lt => "PAdES-B-LT",
            Level::Lta => "PAdES-B-LTA",
        }
    }

    /// Its name, whatever the form.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Level::B => "B-B",
            Level::T => "B-T",
            Level::Lt => "B-LT",
            Level::Lta => "B-LTA",
        }
    }

    /// The level a report names: `PAdES-B-LT` as well as `CAdES-B-LT`.
    pub(crate) fn of_report(name: &str) -> Option<Level> {
        match name.rsplit('-').next()? {
            "B" => Some(Level::B),
            "T" => Some(Level::T),
            "LT" => Some(Level::Lt),
            "LTA" => Some(Level::Lta),
            _ => None,
        }
    }
}

/// How long a time-stamping service may take, and what then.
#[derive(Args, Clone, Debug)]
pub(crate) struct TsaWaitArgs {
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=900))]
    pub(crate) tsa_timeout: u64,
}

/// Where a result goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct OutArgs {
    #[arg(long, short = 'o', value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,
    #[arg(long, short = 'f')]
    pub(crate) force: bool,
}

/// Trust and proofs, the same for `verify` and `cert check`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TrustArgs {
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
    #[arg(long)]
    pub(crate) no_revocation: bool,
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<String>,
    #[arg(long, value_name = "DIR")]
    pub(crate) save_proofs: Option<PathBuf>,
}

impl TrustArgs {
    /// The validation time: `--at`, else the clock; the second value says which (`at` or `clock`).
    ///
    /// # Errors
    /// [`Code::BadTime`] when `--at` is not RFC 3339.
    pub(crate) fn time(&self) -> Result<(UnixTime, &'static str), CliError> {
        match &self.at {
            None => Ok((clock::now(), "clock")),
            Some(text) => match UnixTime::parse_rfc3339(text) {
                Some(time) => Ok((time, "at")),
                None => Err(CliError::new(Code::BadTime).with("value", text)),
            },
        }
    }
}

/// `NAME.signed.EXT` beside the input: the default name of a result.
pub(crate) fn beside(input: &Path, infix: &str) -> PathBuf {
    let mut name = input.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(infix);
    if let Some(extension) = input.extension() {
        name.push(".");
        name.push(extension);
    }
    input.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_output_names_stand_beside_the_input() {
        assert_eq!(beside(Path::new("a/to-trinh.pdf"), "signed"), Path::new("a/to-trinh.signed.pdf"));
        assert_eq!(beside(Path::new("a.b.pdf"), "signed"), Path::new("a.b.signed.pdf"));
        assert_eq!(beside(Path::new("a"), "signed"), Path::new("a.signed"));
    }
}
