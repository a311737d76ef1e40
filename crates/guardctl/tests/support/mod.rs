//! An embedded AWS on a loopback port, for whole binaries.

#![allow(dead_code, reason = "each test binary takes what it needs")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where the repository is.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A file of the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    PathBuf::from(ROOT).join(path)
}

/// `guardctl`, run where people run it.
pub(crate) fn guardctl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guardctl"));
    command.current_dir(ROOT);
    command
}

/// A running `guardctl sandbox`, ended when dropped.
pub(crate) struct Aws {
    child: Child,
    endpoint: String,
}

impl Aws {
    pub(crate) fn start() -> Self {
        let mut child = guardctl()
            .args(["sandbox", "--listen", "127.0.0.1:0", "--update-seconds", "1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("guardctl sandbox");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("a line");
        let endpoint = line
            .split_ascii_whitespace()
            .find_map(|part| part.strip_prefix("AWS_ENDPOINT_URL="))
            .expect("the endpoint")
            .to_owned();
        Self { child, endpoint }
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty folder of that name below the test's own.
pub(crate) fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
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
