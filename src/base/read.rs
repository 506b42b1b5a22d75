//! Random-access reading: the one face every file format takes, so that no file is ever held whole.

use std::io;
use std::sync::Arc;

/// Bytes with a length that can be read at any offset, from several threads.
pub trait ReadAt: Sync {
    /// Length in bytes; does not change while reading.
    fn len(&self) -> u64;

    /// Reads up to `buffer.len()` bytes at `offset`; 0 only at or past the end.
    ///
    /// # Errors
    /// Whatever the underlying storage says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// All of it, where it lies in memory as it is; reading it there saves copies.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }

    /// All of it for whoever outlives this reader, where that takes no copy.
    fn shared(&self) -> Option<Arc<Vec<u8>>> {
        None
    }

    /// True when there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` when the bytes end first, or the storage's own error.
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    buffer = buffer.split_at_mut(n).1;
                    offset += u64::try_from(n).unwrap_or(0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The bytes `offset..offset + length`, at most `limit` of them.
    ///
    /// # Errors
    /// `InvalidInput` when `length` exceeds `limit`, `UnexpectedEof` past the end, or the storage's own error.
    fn read_range(&self, offset: u64, length: u64, limit: usize) -> io::Result<Vec<u8>> {
        let wanted = usize::try_from(length).ok().filter(|n| *n <= limit);
        let Some(wanted) = wanted else { return Err(io::ErrorKind::InvalidInput.into()) };
        if offset.checked_add(length).is_none_or(|end| end > self.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(there) = self.in_memory() {
            let start = usize::try_from(offset).ok();
            let found = start.and_then(|start| there.get(start..start.checked_add(wanted)?));
            return found.map(<[u8]>::to_vec).ok_or(io::ErrorKind::UnexpectedEof.into());
        }
        let mut out = vec![0; wanted];
        self.read_exact_at(&mut out, offset)?;
        Ok(out)
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let Some(rest) = usize::try_from(offset).ok().and_then(|at| self.get(at..)) else { return Ok(0) };
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// The first `length` bytes of another source: one revision of a file that was extended since.
pub struct Prefix<'a> {
    inner: &'a dyn ReadAt,
    length: u64,
}

impl<'a> Prefix<'a> {
    /// A view of the first `length` bytes; shorter when `inner` is.
    pub fn new(inner: &'a dyn ReadAt, length: u64) -> Self {
        Prefix { inner, length: length.min(inner.len()) }
    }
}

impl ReadAt for Prefix<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let n = buffer.len().min(left);
        if n == 0 {
            return Ok(0);
        }
        self.inner.read_at(&mut buffer[..n], offset)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        self.inner.in_memory()?.get(..usize::try_from(self.length).ok()?)
    }
}

/// A source with more bytes behind it: a file and an update that is not written yet.
pub struct Appended<'a> {
    inner: &'a dyn ReadAt,
    tail: &'a [u8],
}

impl<'a> Appended<'a> {
    /// `inner`, then `tail`.
    pub fn new(inner: &'a dyn ReadAt, tail: &'a [u8]) -> Self {
        Appended { inner, tail }
    }
}

impl ReadAt for Appended<'_> {
    fn len(&self) -> u64 {
        self.inner.len().saturating_add(ReadAt::len(self.tail))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match offset.checked_sub(self.inner.len()) {
            Some(behind) => self.tail.read_at(buffer, behind),
            None => self.inner.read_at(buffer, offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appended_bytes_follow_without_a_seam() {
        let (head, tail) = (b"01234".to_vec(), b"567".to_vec());
        let whole = Appended::new(&head, &tail);
        assert_eq!(whole.read_range(3, 4, 16).expect("reads"), b"3456");
        assert_eq!(whole.read_range(5, 3, 16).expect("reads"), b"567");
        assert!(whole.read_range(5, 4, 16).is_err());
        assert_eq!(whole.len(), 8);
    }

    #[test]
    fn prefix_hides_what_follows() {
        let bytes = b"0123456789".to_vec();
        let view = Prefix::new(&bytes, 4);
        let mut buffer = [0; 8];
        assert_eq!(view.read_at(&mut buffer, 2).expect("reads"), 2);
        assert_eq!(&buffer[..2], b"23");
        assert_eq!(view.read_at(&mut buffer, 4).expect("reads"), 0);
        assert!(view.read_exact_at(&mut buffer, 0).is_err());
    }

    #[test]
    fn range_past_the_end_or_the_limit_is_refused() {
        let bytes = b"0123".to_vec();
        assert_eq!(bytes.read_range(1, 3, 3).expect("reads"), b"123");
        assert!(bytes.read_range(1, 4, 100).is_err());
        assert!(bytes.read_range(0, 4, 3).is_err());
        assert!(bytes.read_range(u64::MAX, 2, 100).is_err());
    }
}
