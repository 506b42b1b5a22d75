//! Fetched answers on disk, each until it runs out: one file a question, written whole or not at all.
//!
//! Nothing in it is believed more than a fresh answer: it is read and judged the same way. A cache that cannot
//! be read or written is as good as none.

use crate::algorithms::DigestAlgorithm;
use crate::base::encoding::hex;
use crate::base::time::UnixTime;
use crate::proofs::{Store, plan::Request};
use crate::x509::{Crl, OcspResponse};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Oldest a CRL may be and still serve although its successor is not due, in seconds.
const MAX_CRL_AGE_S: i64 = 86_400;
/// The same for an OCSP answer.
const MAX_OCSP_AGE_S: i64 = 6 * 3_600;
/// Largest file that is read back, in octets.
const MAX_FILE: u64 = 64 << 20;

/// A folder of answers.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in `folder`, which is made when it is not there.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<Cache> {
        std::fs::create_dir_all(folder)?;
        Ok(Cache { folder: folder.to_owned() })
    }

    /// The kept answer, if it is still good at `now`.
    pub(super) fn get(&self, request: &Request, now: UnixTime) -> Option<Vec<u8>> {
        let file = std::fs::File::open(self.path(request)).ok()?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).ok()?;
        let fits = u64::try_from(bytes.len()).is_ok_and(|n| n <= MAX_FILE);
        (fits && still_good(request, &bytes, now)).then_some(bytes)
    }

    /// Keeps an answer.
    pub(super) fn put(&self, request: &Request, bytes: &[u8]) {
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(self.path(request)).map_err(|error| error.error)?;
            Ok(())
        };
        // Without the file the next run asks again, which is all a cache may cost.
        let _kept = write();
    }

    fn path(&self, request: &Request) -> PathBuf {
        let (suffix, question) = match request {
            Request::Issuer { url } => ("crt", url.clone().into_bytes()),
            Request::Crl { url } => ("crl", url.clone().into_bytes()),
            Request::Ocsp { url, cert_id } => ("ors", [url.as_bytes(), &[0], &cert_id.to_der()].concat()),
        };
        let name = hex(&DigestAlgorithm::Sha256.digest(&question));
        self.folder.join(format!("{name}.{suffix}"))
    }
}

fn still_good(request: &Request, bytes: &[u8], now: UnixTime) -> bool {
    let good = |this: UnixTime, next: Option<UnixTime>, max_age_s: i64| {
        this <= now && now < this.plus(max_age_s) && next.is_some_and(|next| now < next)
    };
    match request {
        Request::Issuer { .. } => {
            let mut store = Store::new();
            store.add_bytes(bytes).is_ok()
                && !store.pool().all().is_empty()
                && store.pool().all().iter().all(|c| now <= c.not_after())
        }
        Request::Crl { .. } => Crl::from_pem_or_der(bytes).is_ok_and(|lists| {
            !lists.is_empty() && lists.iter().all(|l| good(l.this_update(), l.next_update(), MAX_CRL_AGE_S))
        }),
        Request::Ocsp { .. } => OcspResponse::from_der(bytes).is_ok_and(|answer| {
            answer.basic().is_some_and(|basic| {
                !basic.responses.is_empty()
                    && basic.responses.iter().all(|r| good(r.this_update, r.next_update, MAX_OCSP_AGE_S))
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_and_foreign_files_are_as_good_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path()).expect("a cache");
        let request = Request::Crl { url: "http://ca/1.crl".to_owned() };
        assert_eq!(cache.get(&request, UnixTime(0)), None);
        cache.put(&request, b"no CRL");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
        assert_eq!(cache.get(&request, UnixTime(0)), None);
    }
}
