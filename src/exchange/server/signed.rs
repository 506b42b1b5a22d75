//! Signed objects as they come in: read, and believed when signature, directory and path say so.

use std::sync::Arc;

use super::{Endpoint, answer};
use crate::base::time::UnixTime;
use crate::exchange::directory::{Directory, Role};
use crate::exchange::id::AgencyCode;
use crate::exchange::problem::{Code, Problem};
use crate::exchange::seal;
use crate::exchange::trust::{Trust, Untrusted};
use crate::path::Purpose;

/// How far ahead of the endpoint's clock an object's time may lie, in seconds.
pub(super) const SKEW_S: i64 = 300;

/// The octets of a signed object and the signature over them.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) object: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Signed {
    /// Reads both members of a request body.
    pub(super) fn read(object: &str, signature: &str) -> Result<Self, Problem> {
        Ok(Signed { object: answer::octets(object)?, signature: answer::octets(signature)? })
    }
}

/// Whether an agency signed an object, by a certificate listed in one of these roles; off the async threads. Says at
/// what time it was judged.
pub(super) async fn believe(
    endpoint: &Arc<Endpoint>,
    agency: &AgencyCode,
    roles: &'static [Role],
    signed: Signed,
) -> Result<(Signed, UnixTime), Problem> {
    let (trust, directory, now) = (endpoint.trust(), endpoint.directory(), endpoint.now());
    let agency = agency.clone();
    endpoint.compute(move || check(&trust, &directory, &signed, (&agency, roles), now).map(|()| (signed, now))).await?
}

/// Whether a signature verifies, its certificate is listed for the agency, and leads to an anchor.
pub(super) fn check(
    trust: &Trust,
    directory: &Directory,
    signed: &Signed,
    (agency, roles): (&AgencyCode, &[Role]),
    now: UnixTime,
) -> Result<(), Problem> {
    let verified = seal::verify(&signed.object, &signed.signature)
        .map_err(|error| Problem::new(Code::SignatureInvalid).detail(error.to_string()))?;
    let certificate = verified.sha256();
    let owner = directory.owner(&certificate, roles, now);
    if owner.is_none_or(|owner| owner.code != *agency) {
        return Err(Problem::new(Code::CertUnknown).with("certificate", certificate));
    }
    trust
        .check(&verified.certificate, &verified.others, Purpose::DocumentSigning, now)
        .map_err(|error| Problem::new(Code::CertRevoked).detail(why(&error)).with("certificate", certificate))
}

/// Why a certificate is not trusted, without the names in it.
fn why(error: &Untrusted) -> String {
    match error {
        Untrusted::Path(error) => error.problem.to_string(),
        Untrusted::Revoked { at, .. } => format!("it was revoked at {}", at.rfc3339()),
        Untrusted::StatusUnknown { .. } => "nothing says whether it was revoked".to_owned(),
        Untrusted::StatusStale { due, .. } => {
            format!("what is known of its revocation should have been renewed at {}", due.rfc3339())
        }
    }
}
