//! `congvan key test`: opens a key as signing does, signs a random message, verifies it, and measures how
//! many signatures a second it makes where that is asked. Writes nothing.

use std::time::{Duration, Instant};

use ring::rand::SecureRandom as _;

use super::model::{KeyReport, algorithm};
use crate::cli::args::KeyArgs;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{path_text, printable};
use crate::cli::identity;
use crate::cli::parallel;
use crate::cli::texts::errors::Code;
use crate::cli::texts::key as texts;
use crate::keys::{KeyError, RsaPadding, Signer};

/// Arguments of `key test`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    key: KeyArgs,
    #[arg(long)]
    pss: bool,
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=60))]
    rate: Option<u64>,
}

/// Tries the key.
pub(crate) fn run(args: &Args, context: &mut Context) -> Result<Exit, CliError> {
    let padding = if args.pss { RsaPadding::Pss } else { RsaPadding::default() };
    let identity = identity::open_padded(&args.key, padding, context)?;
    let name = path_text(&identity.path);
    let mut message = b"congvan key test ".to_vec();
    let mut random = [0; 32];
    let no_random = |_| CliError::new(Code::KeyRefused).with("cause", "no random numbers");
    ring::rand::SystemRandom::new().fill(&mut random).map_err(no_random)?;
    message.extend_from_slice(&random);

    let scheme = identity.signer.scheme();
    let refused = |error: KeyError| match error {
        KeyError::Token(refusal) => crate::cli::token::failure(&refusal, &name),
        other => CliError::new(Code::KeyRefused).with("cause", printable(&other.to_string())),
    };
    let value = identity.signer.sign(&message).map_err(refused)?;
    let certificate = &identity.certificate;
    scheme.verify(certificate.spki(), &message, &value).map_err(|_| {
        let subject = printable(&certificate.subject().to_string());
        CliError::new(Code::KeyCertMismatch).path("path", &identity.path).with("subject", subject)
    })?;

    let per_second = match args.rate {
        Some(seconds) => Some(rate(identity.signer.as_ref(), &message, seconds).map_err(refused)?),
        None => None,
    };
    let scheme = format!("{} {}", scheme.name(), scheme.digest().name());
    let kind = if name.starts_with(crate::keys::pkcs11::SCHEME) { "token" } else { "file" };
    let mut report = KeyReport::new(name.clone(), kind);
    report.algorithm = algorithm(identity.signer.public_key());
    report.scheme = Some(scheme.clone());
    report.chain = identity.chain.len();
    report.usable = Some(true);
    report.tested = Some(true);
    report.rate = per_second;
    let missing = CliError::new(Code::CertNotGiven).path("path", &identity.path);
    report.judge(Some(certificate), clock::now(), missing, context.lang);
    let usable = report.usable == Some(true);
    if context.json {
        context.out.json(&report)?;
    } else {
        let subject = printable(&certificate.subject().to_string());
        let values: &[(&str, &dyn std::fmt::Display)] = &[("key", &name), ("subject", &subject), ("scheme", &scheme)];
        let line = context.say(texts::TESTED, values);
        context.out.line(&line)?;
        if let Some(per_second) = per_second {
            let rate = format!("{per_second:.0}");
            context.out.line(&context.say(texts::RATE, &[("key", &name), ("rate", &rate)]))?;
        }
        if let Err(error) = identity::check_usable(certificate, clock::now()) {
            return Ok(context.fail(&error));
        }
    }
    Ok(if usable { Exit::Done } else { Exit::CouldNot })
}

/// Signatures per second when every core does nothing else for that long.
fn rate(signer: &dyn Signer, message: &[u8], seconds: u64) -> Result<f64, KeyError> {
    let cores = parallel::cores();
    let began = Instant::now();
    let until = began + Duration::from_secs(seconds);
    let mut made = 0_u32;
    std::thread::scope(|scope| {
        let busy: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut made = 0_u32;
                    while Instant::now() < until {
                        signer.sign(message)?;
                        made = made.saturating_add(1);
                    }
                    Ok(made)
                })
            })
            .collect();
        for one in busy {
            let counted = one.join().unwrap_or_else(|_| Err(KeyError::Refused("it failed under load".to_owned())))?;
            made = made.saturating_add(counted);
        }
        Ok(f64::from(made) / began.elapsed().as_secs_f64())
    })
}
