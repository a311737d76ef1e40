//! `guardctl-aws`: the commands of guardctl that talk to an account. `guardctl` starts it.
#![expect(clippy::disallowed_methods, reason = "people have a clock")]
#![warn(clippy::print_stdout, reason = "out! and outln! know a reader that went away")]
#![allow(unreachable_pub, reason = "in a binary, pub means: for its other modules")]

mod apply;
mod confirm;
mod conformance;
mod credentials;
mod doctor;
mod json_call;
mod list;
mod live;
mod look;
mod organization;
mod output;
mod overrides;
mod plan;
mod probe;
mod rehearse;
mod report;
mod sending;
#[expect(clippy::disallowed_types, reason = "makes the client")]
mod sessions;
mod sheet;
mod shell;
mod snapshot;
mod stack;
mod unread;

use std::error::Error;
use std::process::ExitCode;

use guardctl::arguments::{ACCOUNT_PROGRAM, Account, Arguments, Command, Offline, STARTED_BY};
use guardctl::ended;

fn main() -> ExitCode {
    if let Some(other) = another_version() {
        return ended(Err(other.into()));
    }
    ended(match Arguments::parsed().command {
        Command::Account(Account::List(arguments)) => list::run(&arguments),
        Command::Account(Account::Snapshot(arguments)) => snapshot::run(&arguments),
        Command::Account(Account::Plan(arguments)) => plan::run(&arguments),
        Command::Account(Account::Apply(arguments)) => apply::run(&arguments),
        Command::Account(Account::Rehearse(arguments)) => rehearse::run(&arguments),
        Command::Account(Account::Doctor(arguments)) => doctor::run(&arguments),
        Command::Account(Account::Allow(arguments)) => overrides::allow(&arguments),
        Command::Account(Account::Pause(arguments)) => overrides::pause(&arguments),
        Command::Account(Account::Resume(arguments)) => overrides::resume(&arguments),
        Command::Account(Account::Overrides(arguments)) => overrides::list(&arguments),
        Command::Account(Account::Undo(arguments)) => overrides::undo(&arguments),
        Command::Account(Account::Report(arguments)) => report::run(&arguments),
        Command::Account(Account::Probe(arguments)) => probe::run(&arguments),
        Command::Account(Account::Conformance(arguments)) => conformance::run(&arguments),
        Command::Offline(Offline::Replay(arguments)) if arguments.live => {
            rehearse::run(&arguments.into_rehearsal())
        }
        Command::Offline(
            Offline::Validate(_)
            | Offline::Index(_)
            | Offline::Replay(_)
            | Offline::Sandbox(_)
            | Offline::Schema(_)
            | Offline::Completions { .. }
            | Offline::Man { .. },
        ) => needs_no_account(),
    })
}

fn needs_no_account() -> Result<ExitCode, Box<dyn Error>> {
    Err("this command needs no account: call guardctl for it, which starts this program for the rest"
        .into())
}

/// Two versions may read the same words in two ways, so neither goes on for the other.
fn another_version() -> Option<String> {
    let own = env!("CARGO_PKG_VERSION");
    let other = std::env::var(STARTED_BY).ok().filter(|other| other != own)?;
    let program = std::env::current_exe()
        .map_or_else(|_| ACCOUNT_PROGRAM.to_owned(), |path| path.display().to_string());
    Some(format!(
        "{program} is version {own}, and the guardctl that started it is version {other}: build or install \
         both from the same checkout"
    ))
}
