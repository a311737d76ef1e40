//! Files of the repository that tests read.

use std::path::PathBuf;

use crate::support::ROOT;

/// A file of the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    PathBuf::from(ROOT).join(path)
}

/// The events that ship.
pub(crate) fn events() -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(at("events"))
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}
