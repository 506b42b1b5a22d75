//! Who signs: a private key, its certificate and the chain beside it, from flags or the profile.

use std::path::{Path, PathBuf};

use super::args::KeyArgs;
use super::config::Key;
use super::context::Context;
use super::error::CliError;
use super::files::read_small;
use super::secrets;
use super::texts::errors::Code;
use super::token::{self, TokenReference};
use crate::base::time::UnixTime;
use crate::keys::pkcs11::SCHEME;
use crate::keys::{KeyError, OpenedKey, RsaPadding, Signer, fits_certificate, software};
use crate::x509::{Certificate, KeyUsage};

/// Most bytes of a certificate file.
const LARGEST_CERTIFICATES: u64 = 4 << 20;

/// A key that is ready to sign, with its certificates.
pub(crate) struct Identity {
    /// The key.
    pub(crate) signer: Box<dyn Signer>,
    /// The key's certificate.
    pub(crate) certificate: Certificate,
    /// The certificates beside it, issuers first.
    pub(crate) chain: Vec<Certificate>,
    /// Where the key came from: its file, or the URI of its token.
    pub(crate) path: PathBuf,
}

/// Opens the key of `--key`, or of the profile, asking for a passphrase or PIN only when it needs one.
///
/// # Errors
/// [`Code::KeyNotGiven`], [`Code::KeyUnreadable`], the passphrase's own codes, [`Code::CertNotGiven`] when neither the
/// flags nor the key store hold a certificate, [`Code::KeyCertMismatch`] when none of them is the key's; for keys on
/// tokens those of [`token::open`].
pub(crate) fn open(args: &KeyArgs, context: &mut Context) -> Result<Identity, CliError> {
    open_padded(args, RsaPadding::default(), context)
}

/// As [`open`], saying how an RSA key pads.
///
/// # Errors
/// Those of [`open`], and [`Code::KeyUnreadable`] for a padding the key cannot do.
pub(crate) fn open_padded(args: &KeyArgs, padding: RsaPadding, context: &mut Context) -> Result<Identity, CliError> {
    let profile = context.config.key.clone().filter(|_| args.key.is_none());
    let path = match (&args.key, &profile) {
        (Some(path), _) => path.clone(),
        (None, Some(key)) => key.reference.clone(),
        (None, None) if args.token.pkcs11_module.is_some() => PathBuf::from(SCHEME),
        (None, None) => return Err(CliError::new(Code::KeyNotGiven)),
    };
    let files = match &profile {
        Some(key) if args.cert.is_empty() => &key.cert,
        _ => &args.cert,
    };
    let mut given = Vec::new();
    for file in files {
        given.extend(certificates_in(file)?);
    }
    let (opened, path) = match token::uri_of(&path)? {
        None => (open_file(&path, args, profile.as_ref(), padding, context)?, path),
        Some(uri) => {
            let named = PathBuf::from(uri.to_string());
            let (module, pin) = profile.map_or((None, None), |key| (key.module, key.pin));
            let reference = TokenReference { uri, named: args.key.is_some(), module, pin };
            (token::open(&reference, &args.token, &given, padding, context)?, named)
        }
    };
    let chain = if given.is_empty() {
        opened.chain
    } else {
        // What came with the key completes the chain; `order_chain` leaves strangers at the end.
        given.extend(opened.chain);
        software::order_chain(opened.signer.public_key(), given)
    };
    let mut chain = chain.into_iter();
    let Some(certificate) = chain.next() else { return Err(CliError::new(Code::CertNotGiven).path("path", &path)) };
    if !fits_certificate(opened.signer.as_ref(), certificate.spki()) {
        let subject = super::files::printable(&certificate.subject().to_string());
        return Err(CliError::new(Code::KeyCertMismatch).path("path", &path).with("subject", subject));
    }
    Ok(Identity { signer: opened.signer, certificate, chain: chain.collect(), path })
}

fn open_file(
    path: &Path,
    args: &KeyArgs,
    profile: Option<&Key>,
    padding: RsaPadding,
    context: &Context,
) -> Result<OpenedKey, CliError> {
    let limit = u64::try_from(software::MAX_FILE_LEN).unwrap_or(u64::MAX);
    let bytes = zeroize::Zeroizing::new(read_small(path, limit)?);
    let opened = match software::open_padded(&bytes, None, padding) {
        Err(KeyError::PassphraseNeeded) => {
            let reference = profile.and_then(|key| key.passphrase.as_deref());
            let passphrase = secrets::passphrase(context, &args.passphrase, reference, path)?;
            software::open_padded(&bytes, Some(&passphrase), padding)
        }
        other => other,
    };
    opened.map_err(|e| key_error(&e, path))
}

/// Refuses a certificate that cannot sign documents at `now`.
///
/// # Errors
/// [`Code::CertNotYetValid`], [`Code::CertExpired`], [`Code::CertWrongUsage`].
pub(crate) fn check_usable(certificate: &Certificate, now: UnixTime) -> Result<(), CliError> {
    let subject = || super::files::printable(&certificate.subject().to_string());
    if now < certificate.not_before() {
        let from = certificate.not_before().rfc3339_vietnam();
        return Err(CliError::new(Code::CertNotYetValid).with("subject", subject()).with("time", from));
    }
    if now > certificate.not_after() {
        let until = certificate.not_after().rfc3339_vietnam();
        return Err(CliError::new(Code::CertExpired).with("subject", subject()).with("time", until));
    }
    // RFC 5280 §4.2.1.3: without the extension every use is allowed.
    let signing = KeyUsage::DIGITAL_SIGNATURE.union(KeyUsage::NON_REPUDIATION);
    if certificate.is_ca() || certificate.key_usage().is_some_and(|usage| !usage.has_any(signing)) {
        return Err(CliError::new(Code::CertWrongUsage).with("subject", subject()));
    }
    Ok(())
}

/// Every certificate of a PEM or DER file.
///
/// # Errors
/// [`Code::CertUnreadable`], or why the file cannot be read.
pub(crate) fn certificates_in(path: &Path) -> Result<Vec<Certificate>, CliError> {
    let bytes = read_small(path, LARGEST_CERTIFICATES)?;
    Certificate::from_pem_or_der(&bytes)
        .map_err(|e| CliError::new(Code::CertUnreadable).path("path", path).with("cause", e))
}

pub(crate) fn key_error(error: &KeyError, path: &Path) -> CliError {
    let code = match error {
        KeyError::Passphrase => Code::WrongPassphrase,
        KeyError::PassphraseNeeded => Code::PassphraseNeeded,
        _ => Code::KeyUnreadable,
    };
    CliError::new(code).path("path", path).with("cause", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{PassphraseArgs, TokenArgs};
    use crate::cli::texts::Lang;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys").join(name)
    }

    fn arguments(key: &str, cert: &[&str]) -> KeyArgs {
        KeyArgs {
            key: Some(fixture(key)),
            cert: cert.iter().map(|name| fixture(name)).collect(),
            passphrase: PassphraseArgs::default(),
            token: TokenArgs::default(),
        }
    }

    fn opened(args: &KeyArgs) -> Result<Identity, CliError> {
        open(args, &mut Context::new(Lang::En, false))
    }

    #[test]
    fn a_pem_with_its_chain_opens_signer_first() {
        let identity = opened(&arguments("rsa-with-chain.pem", &[])).expect("opens");
        assert!(fits_certificate(identity.signer.as_ref(), identity.certificate.spki()));
        assert!(!identity.chain.is_empty());
    }

    #[test]
    fn a_certificate_of_another_key_is_refused() {
        let refused = opened(&arguments("p256.pem", &["rsa-with-chain.pem"])).err().expect("refused");
        assert_eq!(refused.code, Code::KeyCertMismatch);
    }

    #[test]
    fn a_key_alone_and_a_file_that_is_no_key_are_told_apart() {
        assert_eq!(opened(&arguments("p256.pem", &[])).err().expect("refused").code, Code::CertNotGiven);
        assert_eq!(opened(&arguments("NOTES", &[])).err().expect("refused").code, Code::KeyUnreadable);
        assert_eq!(opened(&arguments("p256.pem", &["NOTES"])).err().expect("refused").code, Code::CertUnreadable);
        let nothing = KeyArgs { key: None, cert: Vec::new(), ..arguments("p256.pem", &[]) };
        assert_eq!(opened(&nothing).err().expect("refused").code, Code::KeyNotGiven);
    }

    #[test]
    fn validity_counts_to_the_second_and_a_ca_does_not_sign_documents() {
        let identity = opened(&arguments("rsa-with-chain.pem", &[])).expect("opens");
        let certificate = &identity.certificate;
        let (first, last) = (certificate.not_before(), certificate.not_after());
        let code = |at: UnixTime| check_usable(certificate, at).err().map(|e| e.code);
        assert_eq!(code(first), None);
        assert_eq!(code(last), None);
        assert_eq!(code(first.plus(-1)), Some(Code::CertNotYetValid));
        assert_eq!(code(last.plus(1)), Some(Code::CertExpired));
        let ca = identity.chain.iter().find(|c| c.is_ca()).expect("an issuer");
        assert_eq!(check_usable(ca, ca.not_before()).err().map(|e| e.code), Some(Code::CertWrongUsage));
    }
}
