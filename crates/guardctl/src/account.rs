//! The other program: `guardctl-aws`, which carries out what talks to an account.
//!
//! It takes this process's place, with the same arguments, environment, standard streams and terminal. So
//! signals reach it, and its exit code is the command's.

use std::convert::Infallible;
use std::env::{args_os, consts::EXE_SUFFIX, current_exe};
use std::error::Error;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use cognito_domain_guard::text::harmless;
use guardctl::arguments::{ACCOUNT_PROGRAM, STARTED_BY};

/// Goes on as the other program.
///
/// # Errors
///
/// It is not there, or cannot be started.
pub fn run<T>() -> Result<T, Box<dyn Error>> {
    let program = program();
    let mut command = Command::new(&program);
    command.args(args_os().skip(1)).env(STARTED_BY, env!("CARGO_PKG_VERSION"));
    let Err(error) = replace(&mut command);
    if error.kind() != ErrorKind::NotFound {
        let program = program.display().to_string();
        return Err(format!("{} cannot be started: {error}", harmless(&program)).into());
    }
    Err(format!(
        "this command talks to an account, which is the work of a program of its own: \
         {ACCOUNT_PROGRAM} is neither beside guardctl nor on PATH.\n  \
         In a checkout, build it with: cargo build -p {ACCOUNT_PROGRAM}\n  \
         To install it: cargo install --locked --path crates/{ACCOUNT_PROGRAM}"
    )
    .into())
}

/// The one beside this program, which was built or installed with it; else the one on PATH.
fn program() -> PathBuf {
    let name = format!("{ACCOUNT_PROGRAM}{EXE_SUFFIX}");
    let beside = current_exe().ok().and_then(|own| Some(own.parent()?.join(&name)));
    beside.filter(|path| path.exists()).unwrap_or_else(|| name.into())
}

#[cfg(unix)]
fn replace(command: &mut Command) -> Result<Infallible, std::io::Error> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

/// Where a process cannot be replaced, this one waits and ends as the other did.
#[cfg(not(unix))]
fn replace(command: &mut Command) -> Result<Infallible, std::io::Error> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
