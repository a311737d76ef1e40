//! `guardctl`: what needs no account, and the way to what does.
#![expect(clippy::disallowed_methods, reason = "people have a clock")]
#![warn(clippy::print_stdout, reason = "out! and outln! know a reader that went away")]
#![allow(unreachable_pub, reason = "in a binary, pub means: for its other modules")]

mod account;
mod excerpt;
mod index;
mod replay;
mod sandbox;
mod schema;
mod story;
mod validate;

use std::error::Error;
use std::process::ExitCode;

use clap::{Command, CommandFactory as _};
use cognito_domain_guard::text::harmless;
use guardctl::arguments::{self, Arguments, Offline};
use guardctl::exit::Exit;
use guardctl::{ended, errln, out};

fn main() -> ExitCode {
    ended(match Arguments::parsed().command {
        arguments::Command::Account(_) => account::run(),
        arguments::Command::Offline(command) => run(&command),
    })
}

fn run(command: &Offline) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        // Those of a live account are the other program's.
        Offline::Replay(arguments) if arguments.live => account::run(),
        Offline::Validate(arguments) => validate::run(arguments),
        Offline::Index(arguments) => index::run(arguments),
        Offline::Replay(arguments) => replay::run(arguments),
        Offline::Sandbox(arguments) => sandbox::run(arguments),
        Offline::Schema(arguments) => schema::run(arguments),
        Offline::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "guardctl", &mut script);
            out!("{}", String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Offline::Man { command } => man(command.as_deref()),
    }
}

/// The manual page of a command, or of the whole.
fn man(command: Option<&str>) -> Result<ExitCode, Box<dyn Error>> {
    let mut all = Arguments::command();
    // So that each command has its whole name, and its options.
    all.build();
    let of = match command {
        None => all,
        Some(name) => {
            let Some(found) = all.find_subcommand(name).cloned() else {
                let known: Vec<&str> = all.get_subcommands().map(Command::get_name).collect();
                errln!("error: there is no command {}: {}", harmless(name), known.join(", "));
                return Ok(Exit::Usage.into());
            };
            found
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(of).render(&mut page)?;
    out!("{}", String::from_utf8_lossy(&page));
    Ok(ExitCode::SUCCESS)
}
