//! What every test of the whole program needs: the program, and a folder to work in.

use std::path::PathBuf;
use std::process::Command;

/// Where the repository is.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// `guardctl`, run where people run it.
pub(crate) fn guardctl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guardctl"));
    command.current_dir(ROOT);
    command
}

/// An empty folder of that name below the test's own.
pub(crate) fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
