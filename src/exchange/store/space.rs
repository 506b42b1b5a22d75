//! Room on the device: what new work must leave free, and a reserve that acknowledgements can still use.
//!
//! Below the high mark no upload begins, below the low mark nothing is accepted; acknowledgements, claims and
//! reads go on. When the device is full all the same, the reserve file is given up, so that what is promised
//! already can be brought to its end; it is made anew when there is room again.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::blobs::{full, sync_folder};

/// Name of the reserve file in the store's folder.
const RESERVE: &str = "reserve";

/// Marks of free room, in octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Marks {
    /// Size of the reserve file; 0 for none.
    pub reserve: u64,
    /// With less than this free, no delivery is accepted.
    pub low: u64,
    /// With less than this left after an upload, it does not begin.
    pub high: u64,
}

impl Marks {
    /// Marks that fit a reserve file of this size: low is once, high is four times its size.
    pub fn of_reserve(reserve: u64) -> Self {
        Marks { reserve, low: reserve, high: reserve.saturating_mul(4) }
    }
}

impl Default for Marks {
    /// A reserve of 64 MiB.
    fn default() -> Self {
        Marks::of_reserve(64 << 20)
    }
}

/// The room of a store's folder.
#[derive(Debug)]
pub struct Room {
    folder: PathBuf,
    marks: Marks,
}

impl Room {
    /// Looks after a folder and makes its reserve, if there is room for it.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn open(folder: &Path, marks: Marks) -> Result<Self, StoreError> {
        let room = Room { folder: folder.to_owned(), marks };
        room.refill()?;
        Ok(room)
    }

    /// Whether an upload of `length` octets may begin.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`].
    pub fn allows_upload(&self, length: u64) -> Result<(), StoreError> {
        self.leaves(length.saturating_add(self.marks.high))
    }

    /// Whether a delivery may be accepted.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`].
    pub fn allows_submit(&self) -> Result<(), StoreError> {
        self.leaves(self.marks.low)
    }

    fn leaves(&self, wanted: u64) -> Result<(), StoreError> {
        match available(&self.folder) {
            Ok(Some(free)) if free < wanted => Err(StoreError::NoSpace),
            // Where the system does not tell, the write itself does.
            _ => Ok(()),
        }
    }

    /// Gives the reserve up; `false` when there was none left.
    pub fn release(&self) -> bool {
        let freed = std::fs::remove_file(self.folder.join(RESERVE)).is_ok();
        if freed {
            tracing::error!("the device is full; the reserve is in use now");
        }
        freed
    }

    /// Makes the reserve anew when it is gone and there is room for it above the high mark.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn refill(&self) -> Result<(), StoreError> {
        let path = self.folder.join(RESERVE);
        let wanted = self.marks.reserve;
        if wanted == 0 || path.metadata().is_ok_and(|meta| meta.len() == wanted) {
            return Ok(());
        }
        if self.leaves(wanted.saturating_add(self.marks.high)).is_err() {
            return Ok(());
        }
        let made = || -> Result<(), StoreError> {
            let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
            allocate(&file, wanted)?;
            file.sync_all().map_err(full)?;
            sync_folder(&self.folder)?;
            Ok(())
        };
        match made() {
            Err(StoreError::NoSpace) => {
                // Half a reserve helps nobody.
                let _ = std::fs::remove_file(&path);
                Ok(())
            }
            other => other,
        }
    }
}

/// Takes room for a file of `length` octets.
///
/// # Errors
/// [`StoreError::NoSpace`], [`StoreError::File`].
pub fn allocate(file: &File, length: u64) -> Result<(), StoreError> {
    if length == 0 {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        match fallocate(file, FallocateFlags::empty(), 0, length) {
            Ok(()) => return Ok(()),
            // This file system cannot promise room; the writes themselves will tell.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(full(io::Error::from(error))),
        }
    }
    file.set_len(length).map_err(full)
}

/// Octets free for this user on the device of a folder; `None` where the system does not tell.
fn available(folder: &Path) -> io::Result<Option<u64>> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(folder)?;
        Ok(Some(stat.f_bavail.saturating_mul(stat.f_frsize)))
    }
    #[cfg(windows)]
    {
        fs4::available_space(folder).map(Some)
    }
    #[cfg(not(any(unix, windows)))]
    {
        let _ = folder;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_is_made_given_up_once_and_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let room = Room::open(folder.path(), Marks { reserve: 4_096, low: 0, high: 0 }).expect("opens");
        let path = folder.path().join(RESERVE);
        assert_eq!(path.metadata().expect("there").len(), 4_096);
        assert!(room.release() && !room.release());
        room.refill().expect("refills");
        assert_eq!(path.metadata().expect("there").len(), 4_096);
    }

    #[test]
    #[cfg(any(unix, windows))]
    fn marks_refuse_uploads_before_submissions() {
        let folder = tempfile::tempdir().expect("a folder");
        let free = available(folder.path()).expect("told").expect("told");
        let room = |low, high| Room { folder: folder.path().to_owned(), marks: Marks { reserve: 0, low, high } };
        // Half and double: other programs use the same device.
        assert!(room(free / 2, free * 2).allows_submit().is_ok());
        assert!(matches!(room(free / 2, free * 2).allows_upload(1), Err(StoreError::NoSpace)));
        assert!(matches!(room(free * 2, 0).allows_submit(), Err(StoreError::NoSpace)));
        assert!(matches!(room(0, 0).allows_upload(free * 2), Err(StoreError::NoSpace)));
        assert!(room(0, 0).allows_upload(free / 2).is_ok());
    }
}
