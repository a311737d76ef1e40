//! The folder in which both programs are, as they are once they are built or installed.

use std::path::{Path, PathBuf};

/// Cargo builds this package's own program for its tests. The other one is as new as the last
/// `cargo test` or `cargo build` that named its package, as `cargo test --workspace` does.
pub(crate) fn programs() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_guardctl-aws")).parent().expect("a folder");
    let program = folder.join("guardctl");
    let how = "build both with: cargo test -p guardctl -p guardctl-aws (or --workspace)";
    assert!(program.exists(), "there is no {}: {how}", program.display());
    folder.to_owned()
}
