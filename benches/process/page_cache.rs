//! What the kernel keeps of files in memory.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

/// Throws a file out of the page cache, so that the next start reads it from the disk.
pub(crate) fn evict(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    // What is not on the disk yet stays.
    file.sync_all()?;
    posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
    Ok(())
}

/// Has a file come into the page cache from the disk, whoever wrote it: in which pieces it lies there
/// depends on that, and starts of the same bytes differed by a tenth.
pub(crate) fn load(path: &Path) -> io::Result<()> {
    evict(path)?;
    fs::read(path)?;
    Ok(())
}
