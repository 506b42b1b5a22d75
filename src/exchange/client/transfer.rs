//! Octets of packages over the wire, both ways: in pieces, each checked, going on where the last try ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::Response;

use super::{Client, ClientError, digest_header, digest_of};
use crate::algorithms::DigestAlgorithm;
use crate::exchange::envelope::Package;
use crate::exchange::id::Sha256;
use crate::exchange::problem::Code;

/// Fewest and most octets of one piece; the size between is what about two seconds carry.
const PIECE: (usize, usize) = (256 << 10, 8 << 20);
/// Size of the first piece.
const FIRST_PIECE: usize = 1 << 20;
/// Slowest transfer that is waited for, in octets a second.
const SLOWEST: u64 = 16 << 10;
/// How fast an endpoint takes the digest of a whole package, at worst, in octets a second.
pub(super) const HASHING: u64 = 50 << 20;

/// Told how many octets of the package have crossed so far; may go back when a try begins further in front.
pub(super) type Crossed<'a> = &'a (dyn Fn(u64) + Sync);

/// How a download ended.
pub(super) enum Download {
    /// The file holds the package.
    Whole,
    /// The octets that came have another digest; the file is gone.
    Other {
        /// Theirs.
        found: Sha256,
    },
    /// More or fewer octets came than announced; the file is gone.
    Length,
}

/// Takes octets at an offset.
type Write<'w> = &'w mut dyn FnMut(u64, &[u8]) -> Result<(), ClientError>;

impl Client {
    /// Uploads a package. An older upload of the same octets, of this run or another, is continued where the endpoint
    /// says; a broken connection is dealt with by [`super::Retry`].
    pub(super) fn upload(&self, package: &Package, path: &Path, sent: Crossed<'_>) -> Result<(), ClientError> {
        let failed = |source: io::Error| match source.kind() {
            // Shorter than it was when its digest was taken.
            io::ErrorKind::UnexpectedEof => ClientError::Changed(path.to_owned()),
            _ => ClientError::File { path: path.to_owned(), source },
        };
        let mut file = File::open(path).map_err(failed)?;
        let mut tries = self.tries();
        let mut wrong_wholes = 0;
        loop {
            let mut reached = None;
            match self.upload_from(package, &mut file, sent, &mut reached, &failed) {
                Ok(()) => return Ok(()),
                Err(error) if is_code(&error, Code::DigestMismatch) => {
                    // Either the file is another by now, or the endpoint's copy went wrong: once more from the start.
                    file.rewind().map_err(failed)?;
                    let (now, size) = digest_of(&mut file).map_err(failed)?;
                    wrong_wholes += 1;
                    if (now, size) != (package.sha256, package.size) || wrong_wholes > 2 {
                        return Err(ClientError::Changed(path.to_owned()));
                    }
                }
                // The upload ran out or was dropped: the next try begins another.
                Err(error) if reached.is_some() && is_gone(&error) => {
                    wrong_wholes += 1;
                    if wrong_wholes > 2 {
                        return Err(error);
                    }
                }
                Err(error) => {
                    if reached.is_some_and(|(from, to)| to > from) {
                        tries.progressed();
                    }
                    tries.wait(error)?;
                }
            }
        }
    }

    /// One run from where the endpoint stands; `reached` is where it began and how far it came.
    fn upload_from(
        &self,
        package: &Package,
        file: &mut File,
        sent: Crossed<'_>,
        reached: &mut Option<(u64, u64)>,
        failed: &dyn Fn(io::Error) -> ClientError,
    ) -> Result<(), ClientError> {
        let request = self
            .http
            .post(self.url("/v1/uploads"))
            .header("upload-length", package.size)
            .header("upload-complete", "?0")
            .header("repr-digest", digest_header(&package.sha256));
        let response = self.send(request)?;
        if header(&response, "upload-complete") == Some("?1") {
            sent(package.size);
            return Ok(());
        }
        let location = header(&response, "location").filter(|l| l.starts_with("/v1/uploads/"));
        let location = location.ok_or(ClientError::Answer("no upload"))?.to_owned();
        let mut offset = offset_of(&response)?.filter(|offset| *offset <= package.size).unwrap_or(0);
        *reached = Some((offset, offset));
        let mut piece = vec![0; FIRST_PIECE];
        loop {
            sent(offset);
            let left = package.size.saturating_sub(offset);
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            let octets = piece.get_mut(..length).unwrap_or_default();
            file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(octets)).map_err(failed)?;
            let taken = u64::try_from(length).unwrap_or(u64::MAX);
            let is_last = taken == left;
            let hashing = if is_last { package.size / HASHING } else { 0 };
            let began = Instant::now();
            let request = self
                .http
                .patch(self.url(&location))
                .timeout(self.retry.silence.max(Duration::from_secs(taken / SLOWEST)) + Duration::from_secs(hashing))
                .header("content-type", "application/partial-upload")
                .header("upload-offset", offset)
                .header("upload-complete", if is_last { "?1" } else { "?0" })
                .header("content-digest", digest_header(&Sha256::of(octets)))
                .body(octets.to_vec());
            let response = self.send(request)?;
            let durable = offset_of(&response)?;
            if durable != Some(offset.saturating_add(taken)) {
                return Err(ClientError::Answer("an upload at another offset than was sent"));
            }
            offset = offset.saturating_add(taken);
            *reached = reached.map(|(from, _)| (from, offset));
            sent(offset);
            if is_last {
                return match header(&response, "upload-complete") {
                    Some("?1") => Ok(()),
                    _ => Err(ClientError::Answer("an upload that is not complete")),
                };
            }
            piece.resize(next_piece(length, began.elapsed()), 0);
        }
    }

    /// Downloads a package into `path`, going on with what an earlier try left there. `alive` is called between
    /// pieces and may break the download off.
    pub(super) fn download_to(
        &self,
        url: &str,
        package: &Package,
        path: &Path,
        came: Crossed<'_>,
        alive: &mut dyn FnMut() -> Result<(), ClientError>,
    ) -> Result<Download, ClientError> {
        let failed = |source| ClientError::File { path: path.to_owned(), source };
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(failed)?;
        let mut kept = file.metadata().map_err(failed)?.len();
        if kept > package.size {
            (kept, ()) = (0, file.set_len(0).map_err(failed)?);
        }
        let mut was_resumed = kept > 0;
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        let mut buffer = vec![0; 256 << 10];
        let mut at: u64 = 0;
        while at < kept {
            let n = file.read(&mut buffer).map_err(failed)?;
            if n == 0 {
                break;
            }
            hasher.update(buffer.get(..n).unwrap_or(&[]));
            at = at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        }
        let mut tries = self.tries();
        loop {
            let began_at = at;
            let outcome = self.download_from(url, package, &mut at, &mut |from, octets| {
                if from == 0 && octets.is_empty() {
                    // The endpoint sends the whole anew.
                    hasher = DigestAlgorithm::Sha256.hasher();
                    file.set_len(0).map_err(failed)?;
                }
                file.seek(SeekFrom::Start(from)).and_then(|_| file.write_all(octets)).map_err(failed)?;
                hasher.update(octets);
                came(from.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX)));
                alive()
            });
            match outcome {
                Ok(()) if at == package.size => {
                    let found = Sha256::from_slice(&hasher.clone().finish()).ok_or(ClientError::Answer("no digest"))?;
                    if found == package.sha256 {
                        file.sync_all().map_err(failed)?;
                        return Ok(Download::Whole);
                    }
                    if !was_resumed {
                        drop(file);
                        std::fs::remove_file(path).map_err(failed)?;
                        return Ok(Download::Other { found });
                    }
                    // What an earlier try left may be what is wrong.
                    was_resumed = false;
                    hasher = DigestAlgorithm::Sha256.hasher();
                    file.set_len(0).map_err(failed)?;
                    at = 0;
                }
                Ok(()) => {
                    drop(file);
                    std::fs::remove_file(path).map_err(failed)?;
                    return Ok(Download::Length);
                }
                Err(error) => {
                    if at > began_at {
                        tries.progressed();
                    }
                    tries.wait(error)?;
                }
            }
        }
    }

    fn download_from(&self, url: &str, package: &Package, at: &mut u64, write: Write<'_>) -> Result<(), ClientError> {
        if *at == package.size && package.size > 0 {
            return Ok(());
        }
        let mut request = self.http.get(self.url(url)).timeout(self.retry.silence.max(Duration::from_secs(1)));
        if *at > 0 {
            request =
                request.header("range", format!("bytes={at}-")).header("if-range", format!("\"{}\"", package.sha256));
        }
        let mut response = self.send(request)?;
        let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
        let starts =
            header(&response, "content-range").and_then(|range| range.strip_prefix("bytes ")?.split('-').next());
        if is_part && starts.and_then(|from| from.parse().ok()) != Some(*at) {
            return Err(ClientError::Answer("another range of the package than was asked for"));
        }
        if !is_part {
            *at = 0;
            write(0, &[])?;
        }
        let mut buffer = vec![0; 256 << 10];
        loop {
            // One octet more than announced is read, to notice that there is one.
            let left = package.size.saturating_sub(*at).saturating_add(1);
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let n = response.read(buffer.get_mut(..most).unwrap_or_default()).map_err(|error| self.broken(&error))?;
            if n == 0 {
                return if *at < package.size && announced(&response).is_none() {
                    // Without a length the end of the body and a cut connection look alike.
                    Err(self.broken(&io::ErrorKind::UnexpectedEof.into()))
                } else {
                    Ok(())
                };
            }
            let octets = buffer.get(..n).unwrap_or(&[]);
            if u64::try_from(n).unwrap_or(u64::MAX) >= left {
                *at = package.size.saturating_add(1);
                return Ok(());
            }
            write(*at, octets)?;
            *at = at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        }
    }
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

fn announced(response: &Response) -> Option<u64> {
    header(response, "content-length").and_then(|value| value.parse().ok())
}

fn offset_of(response: &Response) -> Result<Option<u64>, ClientError> {
    header(response, "upload-offset")
        .map(|value| value.parse().map_err(|_| ClientError::Answer("an offset that is no number")))
        .transpose()
}

fn is_code(error: &ClientError, code: Code) -> bool {
    matches!(error, ClientError::Refused(problem) if problem.code == code.name())
}

fn is_gone(error: &ClientError) -> bool {
    is_code(error, Code::UploadExpired) || is_code(error, Code::NotFound)
}

/// Twice as much when a piece took less than a second, half when it took more than four.
fn next_piece(length: usize, took: Duration) -> usize {
    let next = match took {
        quick if quick < Duration::from_secs(1) => length.saturating_mul(2),
        slow if slow > Duration::from_secs(4) => length / 2,
        _ => length,
    };
    next.clamp(PIECE.0, PIECE.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_on_a_fast_line_and_shrink_on_a_slow_one_within_bounds() {
        assert_eq!(next_piece(1 << 20, Duration::from_millis(10)), 2 << 20);
        assert_eq!(next_piece(8 << 20, Duration::from_millis(10)), 8 << 20);
        assert_eq!(next_piece(1 << 20, Duration::from_secs(2)), 1 << 20);
        assert_eq!(next_piece(256 << 10, Duration::from_secs(60)), 256 << 10);
        assert_eq!(next_piece(8 << 20, Duration::from_secs(5)), 4 << 20);
    }
}
