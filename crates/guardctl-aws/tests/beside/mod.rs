//! The folder in which both programs are, as they are once they are built or installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Cargo builds this package's own program for its tests, and has no stable way to have the other one built
/// too: that is as new as the last `cargo test` or `cargo build` that named its package, as
/// `cargo test --workspace` does. An old one would answer for the new one's source, so it ends the test.
pub(crate) fn programs() -> PathBuf {
    static CHECKED: OnceLock<()> = OnceLock::new();
    let folder = Path::new(env!("CARGO_BIN_EXE_guardctl-aws")).parent().expect("a folder");
    CHECKED.get_or_init(|| {
        let program = folder.join("guardctl");
        let how =
            "build it with: cargo build -p guardctl, or test all with: cargo test --workspace";
        assert!(program.exists(), "there is no {}: {how}", program.display());
        let newer = newer_source(&program);
        assert!(newer.is_none(), "{} is older than {newer:?}: {how}", program.display());
    });
    folder.to_owned()
}

/// A source file that has changed since the program was built of it, as Cargo's list beside it names them.
/// `cargo build` and `cargo run` write that list. Where only `cargo test` has built the program there is none, or
/// one of an earlier build, and no way to tell.
fn newer_source(program: &Path) -> Option<PathBuf> {
    let built = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let list = program.with_extension("d");
    if built(&list) < built(program) {
        return None;
    }
    let list = fs::read_to_string(list).ok()?;
    let (_, sources) = list.split_once(": ").expect("a program and its sources");
    // A blank in a path has a backslash before it.
    let sources = sources.trim_end().replace("\\ ", "\0");
    let program = built(program)?;
    let mut sources = sources.split(' ').map(|path| PathBuf::from(path.replace('\0', " ")));
    sources.find(|source| built(source).is_none_or(|changed| changed > program))
}
