//! Where this is measured.

use std::io;
use std::path::PathBuf;
use std::process::Command;

/// Cargo's target folder: this program lies in `target/release/deps`.
pub(crate) fn target_folder() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    program.ancestors().nth(3).map(PathBuf::from).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Cores, processor, kernel and compiler.
pub(crate) fn line() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processors = read("/proc/cpuinfo");
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or(std::env::consts::ARCH, |rest| rest.trim_start_matches([' ', '\t', ':']));
    let kernel = read("/proc/sys/kernel/osrelease");
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    format!(
        "{cores} cores of {processor}, Linux {}, {}",
        kernel.trim(),
        rustc.unwrap_or_default().trim()
    )
}
